/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Groups: one send, many receivers.
 *
 * Objects
 *	group		name, owner, limits, members; lives while it has a publisher
 *	publisher	one descriptor of it: who opened it, and a lane to each member
 *	membership	one port in one group; the port's, not that of a right
 *	lane		a send right to a member's port, of one publisher (right.h):
 *			it has the share of the publisher's uid, as if that had
 *			connected to the port itself.  So no uid fills a member for
 *			others, and nobody's part is used up by a stranger.  It is made
 *			when the publisher first sends there, and charged to it.
 *
 * All lanes of a group to one port have one source, whose id is the group's: it is
 * what stamps say and receivers may choose.  The membership has it open, so that a
 * port with members' rights only has a sender.  Its badge is 0.
 *
 * A group's message is a message of its own at each member, with one payload that
 * all share.  It counts there as if it were alone: the port of its receiver has
 * paid for as many bytes.
 *
 * Sending, under the group's lock, one member's lock at a time
 *
 *	build	payload, a message for each member, lanes: all that can fail
 *	place	in the order of the ports' ids: a place at the gates of each
 *	commit	if all have one: accepted at each.  Nothing can fail
 *	else	every place is given back, and the send stands in the line of the
 *		one that is full, without the lock and holding no place anywhere
 *
 * Who finds what at a member:
 *	dead, its membership not reaped yet	it is passed over
 *	full, or the message is too large	lossy: it misses this one, which is
 *						counted at commit; else: wait, or
 *						EMSGSIZE
 *
 * The order that members see is that of the commits.
 *
 * Waiting.  The record (struct msgport_sending) stands in the line of a gate, among
 * all others who send there:
 *
 *	WAITING ---> PROMISED	has its places at this member, nothing accepted
 *	   ^  |          |
 *	   |  |          '--> placed by its own next try, or given back by it
 *	   '--|-------------- an older send of a group wants the place: back in the
 *	      |               line where it stood
 *	      '-> KICKED	the membership ended or became lossy: try again
 *	      '-> DEAD		the port died: likewise
 *
 * Why this neither deadlocks nor livelocks.  Nobody sleeps with a place.  Tries
 * take places in one order for all groups, so of those that meet, the one that has
 * come farthest goes on.  A promise is the only thing held out of that order: the
 * older send takes it from the younger, so the oldest is never stopped by one of
 * its priority (it looks at 64; to the oldest each of them is younger).
 * And the promise is why others who send to a busy member cannot starve a group.
 * What holding nothing costs: if several members are full at every moment, with
 * others standing in line at each, a group waits until one of them is not.
 *
 * A member that is full and takes nothing for @stall nanoseconds, seen by those
 * who wait for it or try it, becomes lossy for good.
 *
 * Ends.  A membership ends by leave, expel, the death of its port, or with the
 * group's last publisher.  Closing never waits:
 *
 *	who closes			who holds the lock
 *	says what ended
 *	untidy = true			unlocks
 *	full barrier			full barrier
 *	tries the lock: fails		sees untidy: takes the lock again, tidies
 *
 * Locks, outer before inner:
 *
 *	group->lock (mutex)	members, publishers, lanes; the order of messages
 *	   ns->lock		names
 *	      port->lock	what a membership has under it, sends that wait
 *
 * A group's lock is never taken under another's.  ns->groups, by which groups are
 * walked, has a lock of its own, under which nothing else is taken.
 */
#ifndef _MSGPORT_GROUP_H
#define _MSGPORT_GROUP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/msgport.h>

#include "quota.h"

struct file;
struct msgport_name;
struct msgport_ns;
struct msgport_outbound;
struct msgport_port;
struct msgport_receive_right;
struct msgport_send_right;
struct msgport_sending;
struct msgport_wakeups;
struct seq_file;

struct msgport_group {
	struct mutex lock;		/* of the fields that say so */
	refcount_t refs;		/* publishers, name, short users */
	atomic_t publishers;		/* open descriptors: the group's life */
	struct llist_head closed;	/* of these: to be freed by who tidies */
	bool untidy;			/* something ended: to be seen to by who unlocks */
	u16 mode;			/* constant */
	u32 max_members;		/* constant */
	kuid_t uid;			/* constant: owner */
	kgid_t gid;			/* constant */
	u64 id;				/* constant: the source of its messages */
	u64 stall;			/* constant: ns, 0: for ever */
	struct rb_root members;		/* lock: by port id */
	u32 count;			/* lock: of them; read without it as a hint */
	struct list_head senders;	/* lock: publishers with lanes */
	u64 sent;			/* lock: messages accepted */
	u64 missed;			/* lock: by its lossy members, those gone too */
	atomic_t waiting;		/* sends that wait */
	wait_queue_head_t writers;	/* who polls a publisher */
	struct fasync_struct *fasync;	/* of publishers; its own lock */
	struct msgport_name *name;	/* ns->lock */
	struct msgport_ns *ns;		/* constant, pinned */
	struct msgport_account *account; /* constant, pinned: pays for the record */
};

struct msgport_membership {
	struct rb_node node;		/* group's lock: group->members */
	struct list_head link;		/* port's lock: traffic->memberships; empty:
					 * the port is dead
					 */
	struct list_head wish;		/* port's lock: traffic->wishes; empty: none */
	struct list_head waiting;	/* port's lock: sends in the line here */
	struct list_head missing;	/* group's lock: of the send under way */
	struct msgport_group *group;	/* constant; outlives it */
	struct msgport_port *port;	/* constant, pinned */
	struct msgport_send_right *source; /* constant, open */
	struct msgport_account *account; /* constant, pinned: pays for the record */
	bool lossy;			/* group's lock */
	u64 missed;			/* group's lock: messages, since it joined */
	u64 stalled_at;			/* port's lock: found full; 0: never */
	u64 ended;			/* port's lock: messages it had done with then */
};

struct msgport_publisher {
	struct msgport_group *group;	/* constant, pinned */
	struct msgport_account *account; /* constant, pinned: who opened it */
	struct list_head list;		/* group's lock: group->senders; empty: no lane */
	struct llist_node closed;	/* group->closed */
	struct rb_root lanes;		/* group's lock: send rights by port id */
	u8 max_priority;		/* constant */
	struct msgport_wish wish;	/* to be told of fewer pending bytes */
};

/* Groups, memberships, publishers; group.c. */
struct msgport_group *msgport_group_new(struct msgport_ns *ns,
					const struct msgport_group_create *arg);
int msgport_group_publish(struct msgport_group *group, struct msgport_name *name);
bool msgport_group_unname(struct msgport_group *group);
void msgport_group_put(struct msgport_group *group);
struct msgport_group *msgport_group_next(struct msgport_ns *ns, u64 *after);
void msgport_group_close(struct msgport_group *group);
struct msgport_publisher *msgport_publisher_new(struct msgport_group *group,
						u8 max_priority);
void msgport_publisher_close(struct msgport_publisher *publisher);
int msgport_join(struct msgport_group *group, struct msgport_port *port, bool lossy);
int msgport_leave(struct msgport_group *group, u64 port);
void msgport_groups_end(struct msgport_port *port);

/* For who holds the group's lock. */
int msgport_group_lock(struct msgport_group *group);
void msgport_group_unlock(struct msgport_group *group);
struct msgport_membership *msgport_membership_find(struct msgport_group *group, u64 port);
struct msgport_send_right *msgport_lane_find(struct msgport_publisher *publisher,
					     u64 port);
struct msgport_send_right *msgport_lane_get(struct msgport_publisher *publisher,
					    struct msgport_membership *member);
void msgport_membership_kick(struct msgport_membership *member);

/* Sending; group_send.c. */
int msgport_group_send(struct msgport_publisher *publisher,
		       const struct msgport_outbound *out);
bool msgport_group_has_room(struct msgport_publisher *publisher);
bool msgport_membership_full(struct msgport_membership *member,
			     struct msgport_publisher *publisher);
void msgport_groups_wake(struct msgport_port *port);
void msgport_sending_promise(struct msgport_sending *s, struct msgport_wakeups *wk);

/* Their file, and a member as /proc and debugfs tell of it; group_file.c. */
void msgport_membership_show(struct seq_file *seq, struct msgport_membership *member,
			     struct msgport_publisher *publisher);
struct file *msgport_group_open(struct msgport_group *group, u8 max_priority);

static inline struct msgport_group *msgport_group_get(struct msgport_group *group)
{
	refcount_inc(&group->refs);
	return group;
}

#endif
