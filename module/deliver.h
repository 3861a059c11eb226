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

bool msgport_wants(const struct msgport_wanted *wanted, const struct msgport_message *m);
bool msgport_fits(const struct msgport_wanted *wanted, const struct msgport_message *m);
void msgport_receiving_add(struct msgport_port *port, struct msgport_receiving *r);
void msgport_receiving_remove(struct msgport_port *port, struct msgport_receiving *r);
void msgport_take(struct msgport_port *port, struct msgport_message *m);
void msgport_untake(struct msgport_port *port, struct msgport_message *m);
void msgport_pass_on(struct msgport_port *port, struct msgport_wakeups *wk);

#endif
