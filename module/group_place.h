/* SPDX-License-Identifier: GPL-2.0 */
/* A send to a group under way: what it holds, and where; the rules are in group.h. */
#ifndef _MSGPORT_GROUP_PLACE_H
#define _MSGPORT_GROUP_PLACE_H

#include <linux/list.h>
#include <linux/types.h>

#include "gate.h"
#include "stamp.h"

struct msgport_account;
struct msgport_membership;
struct msgport_message;
struct msgport_outbound;
struct msgport_port;
struct msgport_publisher;
struct msgport_send_right;

/* A send under way, on its own stack. */
struct msgport_publishing {
	struct msgport_publisher *publisher;
	const struct msgport_outbound *out;
	struct msgport_account *account;	/* the sender's own */
	struct msgport_message *payload;
	u64 expires;
	u64 deadline;
	struct hlist_head spare;	/* messages for members */
	u32 have;			/* of them, and of those placed */
	struct hlist_head placed;	/* those that have their places */
	struct list_head missing;	/* lossy members that have none */
	struct msgport_spares spares;	/* for attaching them */
	u64 charged;			/* pending bytes */
	struct msgport_sending sending;	/* its message is NULL: waits nowhere */
};

/* Outcomes of trying one member, beside errors. */
enum msgport_place {
	MSGPORT_PLACE_HELD,
	MSGPORT_PLACE_SKIPPED,		/* it is dead */
	MSGPORT_PLACE_MISSED,			/* it is lossy, and has no room */
	MSGPORT_PLACE_FULL,
};

struct msgport_message *msgport_spare_take(struct msgport_publishing *p);

/* Under the group's lock. */
int msgport_place_try(struct msgport_publishing *p, struct msgport_membership *member);
int msgport_place_stand(struct msgport_publishing *p, struct msgport_membership *member,
			struct msgport_send_right *lane);
bool msgport_place_waits_at(const struct msgport_publishing *p,
			    const struct msgport_send_right *lane);
void msgport_places_give_back(struct msgport_publishing *p);

/* With or without it. */
void msgport_place_leave(struct msgport_publishing *p, struct msgport_port *port,
			 struct msgport_message *m, enum msgport_gate_stage stage)
	__releases(&port->lock);
void msgport_place_abandon(struct msgport_publishing *p);

#endif
