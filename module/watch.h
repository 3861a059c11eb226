/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches: one event, once, when something happens to a port.
 *
 * A watch belongs to the right that it was made through and waits in two lists:
 * one of what it watches (the port's senders, its room, a badge, a source), and
 * one of all watches of the port.  It ends once, by whoever takes it out of them
 * under the port's lock:
 *
 *	what it watches happened	its event arrives
 *	the port died			its event arrives, and says so: nothing
 *					else will ever happen
 *	unwatch, the right is closed	no event
 *
 * Its event and the event's bytes, a place in max_answers of the port where that
 * arrives, and the charge for the record are taken when it is made.  So firing allocates nothing;
 * it is done unlocked, one after the other, since the event's port has a lock of
 * its own.  Events have priority 0 and the next sequence number: an event that
 * somebody has gone stands behind what he has sent at priority 0 or above, if it
 * arrives at the same port.
 *
 * What is so already when the watch is made fires at once; a badge or a source
 * that nobody has is ESRCH.
 */
#ifndef _MSGPORT_WATCH_H
#define _MSGPORT_WATCH_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct msgport_account;
struct msgport_message;
struct msgport_port;
struct msgport_receive_right;

struct msgport_watching {
	struct rb_node node;		/* port's lock: in @owner, by id */
	struct list_head list;		/* port's lock: with others of the same */
	struct list_head all;		/* port's lock: traffic->watches */
	u64 id;				/* constant; never used twice */
	struct rb_root *owner;		/* constant: the right's watches */
	struct msgport_port *home;	/* constant, pinned: where the event arrives */
	struct msgport_message *event;	/* constant until it arrives */
	struct msgport_account *account; /* constant, pinned: pays for the record */
};

/* What a watch asks for, in the kernel's terms. */
struct msgport_watch_request {
	struct msgport_port *port;	/* watched; pinned by the right */
	struct rb_root *owner;		/* the right's watches */
	struct msgport_receive_right *home; /* where the event is to arrive */
	u32 what;			/* MSGPORT_WATCH_* */
	u64 subject;			/* badge or source, else 0 */
	u64 cookie;
};

int msgport_watch_add(const struct msgport_watch_request *request, u64 *id);
int msgport_watch_remove(struct msgport_port *port, struct rb_root *owner, u64 id);
void msgport_watches_end(struct msgport_port *port, struct rb_root *owner);
void msgport_watches_fire(struct msgport_port *port, struct list_head *fired);
void msgport_watches_room(struct msgport_port *port);
void msgport_watches_died(struct msgport_port *port);

#endif
