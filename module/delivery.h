/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deliveries: what was taken and is not settled yet.
 *
 * A delivery has a token, which ack, release and reply name.  It is a number
 * that no other delivery of this boot had or will have; it is good on the receive
 * right that the message was taken through, once.  What it stands for:
 *
 *	on an acknowledging port  the message itself, OUTSTANDING: it holds its slot,
 *				  its bytes and its credit
 *	on an ordinary port	  the answer due for a message that has ended;
 *				  a message without an answer due leaves nothing
 *
 * A delivery ends by ack or reply (settled), by release, or with its taker: a
 * process, known by its table of descriptors, that took through a receive right.
 * When there is no descriptor of the right in that table any more, because the
 * process exits, closes the last it has or executes another program, what it took
 *
 *	message		goes back to its place in the queues, its deliveries counted;
 *			at max_deliveries, or if the port is dead, it is returned
 *			or discarded
 *	answer due	becomes "receiver gone" (answer.h)
 *
 * What was taken through a set counts by the descriptors of the set instead.
 *
 * The flush of a descriptor tells that.  It could wait for the exit of a process
 * that closes its last one, but nothing would tell of that exit then.  A thread that
 * receives while another closes the last descriptor finds right->leaves changed
 * when it is done, and looks itself.  Processes that share a table are one taker.
 *
 * Whoever takes a delivery out of the tree, under the port's lock, owns what it
 * stood for and ends it alone.  So there is one end for each, however many ack,
 * reply, exit and close at once.
 *
 * The taker is found or made, and pinned, between taking a message and copying
 * it: if there is no memory the message goes back, and after the copy nothing
 * can fail.
 *
 * Giving back needs the message's place among those of its priority.  If it is
 * not at the front it is searched for in batches: meanwhile the message is IN_HAND
 * and linked in those queues that it has its place in, where nobody takes it.
 */
#ifndef _MSGPORT_DELIVERY_H
#define _MSGPORT_DELIVERY_H

#include <linux/rbtree.h>
#include <linux/types.h>

#include "message.h"

struct msgport_inbound;
struct msgport_member;
struct msgport_port;
struct msgport_receive_right;

/*
 * What was taken through one right with one table of descriptors, by itself or as a
 * member of one set; port's lock.
 */
struct msgport_taker {
	struct rb_node node;		/* in right->takers, by @member and @table */
	const void *table;		/* constant: compared, never followed */
	struct msgport_receive_right *right; /* constant; outlives it */
	struct msgport_member *member;	/* constant, pinned; NULL: by itself */
	u32 users;			/* receives under way that will use it */
	struct hlist_head deliveries;	/* newest first */
};

int msgport_delivery_prepare(struct msgport_receive_right *right,
			     struct msgport_inbound *in);
int msgport_ack(struct msgport_receive_right *right, u64 token);
int msgport_release(struct msgport_receive_right *right, u64 token);
void msgport_taker_leave(struct msgport_receive_right *right, const void *table);
void msgport_member_leave(struct msgport_member *member, const void *table);
void msgport_taker_check(struct msgport_receive_right *right,
			 struct msgport_member *member);
void msgport_takers_end(struct msgport_receive_right *right,
			struct msgport_member *member);
bool msgport_delivery_is_of(struct msgport_receive_right *right,
			    const struct msgport_member *member, u64 token);
bool msgport_table_has(const void *object);

/* Under the port's lock. */
bool msgport_taker_put(const struct msgport_inbound *in);
void msgport_delivery_add(struct msgport_port *port, struct msgport_delivery *d,
			  const struct msgport_inbound *in);
struct msgport_delivery *msgport_delivery_find(struct msgport_receive_right *right,
					       u64 token);
void msgport_delivery_remove(struct msgport_port *port, struct msgport_delivery *d);

static inline struct msgport_message *msgport_delivered(struct msgport_delivery *d)
{
	return d->due ? NULL : container_of(d, struct msgport_message, delivery);
}

#endif
