/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a message goes.  Everything here is under the port's lock; the rules
 * are in receive.h.
 */
#ifndef _MSGPORT_DELIVER_H
#define _MSGPORT_DELIVER_H

#include "limits.h"
#include "receive.h"

static inline bool msgport_is_chooser(const struct msgport_wanted *wanted)
{
	return wanted->flags & (MSGPORT_CHOICES | MSGPORT_PEEK);
}

/* Must a receiver with these flags look at messages that it does not want? */
static inline bool msgport_must_scan(u32 flags)
{
	return flags & MSGPORT_BY_TAG ||
	       (flags & MSGPORT_BY_PROCESS &&
		flags & (MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE));
}

bool msgport_wants(const struct msgport_wanted *wanted, const struct msgport_message *m);
bool msgport_has_room(const struct msgport_wanted *wanted, struct msgport_message *m);
bool msgport_fits(const struct msgport_wanted *wanted, struct msgport_message *m);
bool msgport_expired(struct msgport_message *m);
void msgport_receiving_add(struct msgport_port *port, struct msgport_receiving *r);
void msgport_receiving_remove(struct msgport_port *port, struct msgport_receiving *r);
void msgport_receiving_leave(struct msgport_port *port, struct msgport_receiving *r);
void msgport_take(struct msgport_port *port, struct msgport_message *m,
		  const struct msgport_wanted *wanted);
void msgport_take_first(struct msgport_port *port, struct msgport_message *m);
void msgport_untake(struct msgport_port *port, struct msgport_message *m, bool leave);
void msgport_put_back(struct msgport_port *port, struct msgport_message *m)
	__releases(&port->lock);
void msgport_cursor_leave(struct msgport_port *port, struct msgport_cursor *cursor,
			  enum msgport_order order, struct msgport_message *next);
void msgport_tell_readers(struct msgport_port *port, struct msgport_wakeups *wk);
void msgport_pass_on(struct msgport_port *port, struct msgport_wakeups *wk);

#endif
