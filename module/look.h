/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking through a port's queues.
 *
 * Under the port's lock, which is let go after MSGPORT_BATCH messages: a cursor in
 * port->cursors stands on the next one meanwhile, and moves on when that leaves.
 * Passed over is what somebody has in hand, and offers that there are no bytes for;
 * what has expired is ended on the way.
 */
#ifndef _MSGPORT_LOOK_H
#define _MSGPORT_LOOK_H

#include <linux/types.h>

struct msgport_message;
struct msgport_port;
struct msgport_receiving;
struct msgport_wanted;

bool msgport_may_wait(const struct msgport_port *port, const struct msgport_wanted *wanted,
		      const struct msgport_receiving *r);
int msgport_search(struct msgport_port *port, const struct msgport_wanted *wanted,
		   struct msgport_receiving *r, struct msgport_message **m);
void msgport_expire(struct msgport_port *port);
void msgport_return_dues(struct msgport_port *port);

#endif
