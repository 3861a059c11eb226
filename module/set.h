/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sets: many ports to receive from at once.
 *
 * A member is a receive right.  States of a membership, under the lock of the
 * right's port:
 *
 *	NEW ---> JOINED ---> LEFT ---> GONE
 *	            ^         |
 *	            '---------'	added again
 *
 * JOINED from set_add until set_remove, the last close of the set, or that of the
 * right: whichever is first.  LEFT is a member that something was taken through
 * which is not settled yet: nothing more is taken, but its tokens are good on the
 * set, and when the process that took lets go of the set that still comes back.
 * GONE with the last of these.
 *
 * A member holds the memory of its set and, by its right, that of the port, never
 * a file.  While a message that was taken through it is being copied the right is
 * pinned, as a descriptor would pin it: closing it meanwhile ends it afterwards.
 * The right is freed after its members are GONE.
 *
 * Locks, outer before inner:
 *
 *	port->lock		a membership's state, the port's list of members
 *	   the set's lock	who waits, who is ready; it is that of the xarray
 *	      wait queues' own locks
 *
 * Receiving begins at the set: it picks a member and pins it, lets go of the set,
 * and locks the port.  One port is locked at a time.
 *
 * READY members, marked in the xarray, are those to look at:
 *   1. A message that comes to stand in a port's queue makes all the port's members
 *      ready, in the locked section in which it does.
 *   2. A member is made idle under its port's lock, by who looked and found nothing
 *      that anybody could take.
 * So no message waits unseen, and an idle member costs a receive nothing.  Members
 * are looked at in the order of their slots, beginning behind the one that was taken
 * from last: round robin.  A receive that fails does not move the turn on.
 *
 * A receive that finds nothing waits in one of two lists, as at a port (receive.h):
 *
 *	receiving	takes anything: it comes here, in one locked section of the
 *			set, only if no member is ready
 *	choosing	filters, or peeks: it is here before it looks, since what it
 *			wants may come to a member that it has passed
 *
 * and is woken in one of two ways, each of them once, since who does so takes it
 * off its list under the set's lock.  (A lock and not a compare and exchange: the
 * lists need it anyway.)
 *
 *	HANDED	a message that it wants and can take, straight from its sender
 *	LOOK	a member is ready: it was moved to @claimed, and is told after
 *		unlocking by whoever owes that; it looks, and takes or sleeps again
 *
 * No wake-up is lost: each message that stays in a queue claims the first of
 * @receiving and all of @choosing that want it; who was claimed and leaves, with a
 * message or without, claims the next of @receiving if a member is ready.  Who
 * chooses and was claimed while it looked looks again before it sleeps.
 *
 * What is owed after unlocking hangs on the member (@told), pinned, so that a port
 * may be in many sets without memory for that; it is owed once at a time.
 *
 * Failures: set_add charges and allocates before it takes a lock; what it made is
 * undone if the right is a member already.  Receiving allocates only what a message
 * with a token needs (delivery.h).  If the membership ended while the message was
 * in hand it goes back, and the receive goes on without that member.
 */
#ifndef _MSGPORT_SET_H
#define _MSGPORT_SET_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

struct file;
struct msgport_account;
struct msgport_inbound;
struct msgport_message;
struct msgport_port;
struct msgport_receive_right;
struct msgport_wakeups;
struct msgport_wanted;

/* Sixteen bits of a token say through which member it was taken; 0: through none. */
#define MSGPORT_SLOT_BITS	16
#define MSGPORT_SLOT_MAX	((1U << MSGPORT_SLOT_BITS) - 1)

/* The set's lock is that of @members; "lock" below. */
struct msgport_set {
	struct xarray members;		/* JOINED and LEFT, by slot; marked: ready */
	refcount_t refs;		/* file, members */
	u32 turn;			/* slot to look at next; a hint */
	u64 id;				/* constant */
	u32 count;			/* lock: members JOINED */
	u32 waiting;			/* lock: receives that sleep */
	u32 leaves;			/* lock: how often a process has left it */
	u16 choosers;			/* lock: in @choosing, or claimed from there */
	bool offers;			/* lock: who polls a rendezvous waits for ours */
	struct list_head receiving;	/* lock: struct msgport_receiving, in order */
	struct list_head choosing;	/* lock */
	struct list_head claimed;	/* lock: of both, to be told */
	wait_queue_head_t readers;	/* who polls */
	struct fasync_struct *fasync;	/* its own lock */
	struct msgport_account *account; /* constant, pinned: pays for the set */
};

enum msgport_member_state {
	MSGPORT_MEMBER_NEW,
	MSGPORT_MEMBER_JOINED,
	MSGPORT_MEMBER_LEFT,
	MSGPORT_MEMBER_GONE,
};

struct msgport_member {
	struct hlist_node node;		/* port->lock: port->members */
	struct msgport_set *set;	/* constant, pinned */
	struct msgport_receive_right *right; /* constant; valid until GONE */
	struct msgport_port *port;	/* constant, pinned */
	refcount_t refs;		/* list, takers, short users */
	u32 slot;			/* constant: in set->members */
	u8 state;			/* port->lock; enum msgport_member_state */
	bool ready;			/* set's lock: marked */
	bool told;			/* set's lock: somebody owes the set a wake-up */
	u32 takers;			/* port->lock: processes with something unsettled */
	u64 cookie;			/* port->lock */
	struct msgport_member *next;	/* of who owes: the next that is told */
	struct msgport_account *account; /* constant, pinned: pays */
};

int msgport_set_init(void);
void msgport_set_exit(void);
struct msgport_set *msgport_set_new(void);
void msgport_set_close(struct msgport_set *set);
int msgport_set_add(struct msgport_set *set, struct msgport_receive_right *right,
		    u64 cookie);
int msgport_set_remove(struct msgport_set *set, struct msgport_receive_right *right);
void msgport_set_leave(struct msgport_set *set, const void *table);
struct msgport_receive_right *msgport_set_find(struct msgport_set *set, u64 token);

/* Members, pinned with their rights. */
struct msgport_member *msgport_set_next(struct msgport_set *set, unsigned long *slot);
void msgport_member_unpin(struct msgport_member *member);
struct msgport_member *msgport_member_get(struct msgport_member *member);
void msgport_member_put(struct msgport_member *member);

/* Under the port's lock. */
void msgport_member_take(struct msgport_member *member);
void msgport_member_untake(struct msgport_member *member);

static inline bool msgport_member_joined(const struct msgport_member *member)
{
	return member->state == MSGPORT_MEMBER_JOINED;
}

/* A receive right is closed. */
void msgport_memberships_end(struct msgport_receive_right *right);

/* Who is ready, and who is told; set_ready.c. */
struct msgport_member *msgport_set_next_ready(struct msgport_set *set,
					      unsigned long *slot, unsigned long last);
bool msgport_set_readable(struct msgport_set *set);
void msgport_set_tell(struct msgport_set *set, struct msgport_member *told);
void msgport_sets_tell(struct msgport_member *told);

/* Under the set's lock. */
bool msgport_set_is_ready(const struct msgport_set *set);
void msgport_set_claim_next(struct msgport_set *set);

/* Under the port's lock. */
void msgport_member_idle(struct msgport_member *member);
bool msgport_sets_hand_over(struct msgport_port *port, struct msgport_message *m,
			    struct msgport_wakeups *wk);
void msgport_sets_look(struct msgport_port *port, struct msgport_message *m,
		       struct msgport_wakeups *wk);
bool msgport_sets_wait(const struct msgport_port *port);

/* Receiving; set_receive.c. */
int msgport_set_receive(struct msgport_set *set, const struct msgport_wanted *wanted,
			struct msgport_inbound *in);
int msgport_set_receive_finish(struct msgport_inbound *in, int err);
bool msgport_set_scannable(struct msgport_set *set);

/* Its file; set_file.c. */
struct file *msgport_set_file(struct msgport_set *set);

#endif
