/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rights: what a descriptor of msgport stands for.
 *
 * A receive right belongs to one file, and goes with it; the port lives while
 * it has one.  A send right holds the port's memory, not its life.  It lives
 * while it has a pin: its file is one, each message in transit through it is
 * one, and whoever settles such a message holds one for as long as he needs
 * it.  So the stamp of a queued message outlives the descriptor that sent it.
 *
 * To a receive right belong what was taken through it (delivery.h) and its watches
 * (watch.h), to a send right its watches and the calls that were interrupted
 * (call.h).  They end with the last descriptor; the right is gone for them then,
 * though messages may still pin it.
 *
 * A right that was minted for one message is spent once that is accepted, and while
 * it is being sent.  One with manual credit has its credits as the limit of its
 * gate: a grant raises it, and each message that ends takes its credit along.
 *
 * Sets, groups, watches and return addresses may hold a port's memory, never
 * the file of a receive right: a port must not keep itself alive.
 */
#ifndef _MSGPORT_RIGHT_H
#define _MSGPORT_RIGHT_H

#include <linux/fs.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/msgport.h>

#include "gate.h"
#include "gone.h"
#include "queue.h"
#include "quota.h"

struct msgport_badge;
struct msgport_calling;
struct msgport_ns;
struct msgport_port;
struct msgport_process;
struct msgport_traffic;

struct msgport_receive_right {
	struct msgport_port *port;	/* constant, pinned */
	struct msgport_account *account; /* constant, pinned: pays for the right */
	refcount_t refs;		/* file, receives under way through a set */
	bool stream;			/* read(2) was used: poll shows its end */
	u8 lend_pause;			/* a hint: see msgport_may_lend() */
	u32 leaves;			/* port's lock: how often a process has left it */
	struct rb_root takers;		/* port's lock: who took through it */
	struct rb_root watches;		/* port's lock: made through it, by id */
};

/* What the messages of one uid may take of a port. */
struct msgport_share {
	union {				/* port's lock */
		struct rb_node node;	/* in traffic->shares */
		struct msgport_gone gone; /* without users */
	};
	struct msgport_account *account; /* constant, pinned */
	u32 users;			/* port's lock: rights */
	struct msgport_gate gate;	/* port's lock */
};

struct msgport_send_right {
	struct msgport_port *port;	/* constant, pinned */
	struct msgport_account *account; /* constant, pinned: pays for the right */
	struct msgport_share *share;	/* constant */
	struct msgport_badge *badge;	/* constant */
	u64 id;				/* constant: the source of its messages */
	struct msgport_send_right *source; /* constant: itself; of a group's lane
					    * the one it sends as (group.h); pinned
					    */
	u8 max_priority;		/* constant */
	bool wants_credit;		/* port's lock: somebody polled in vain */
	bool all_wide;			/* its queues take every priority; a hint */
	bool open;			/* port's lock: it has a descriptor */
	u8 lend_pause;			/* a hint: see msgport_may_lend() */
	u8 mint_flags;			/* constant: MSGPORT_MINT_* */
	bool manual;			/* constant: credits do not come back by themselves */
	u32 pins;			/* port's lock: file, messages, short users */
	u32 missed;			/* port's lock: of a group's source: not told yet */
	union {				/* port's lock */
		struct rb_node node;	/* in traffic->sources; a lane is in its
					 * publisher's, under the group's lock
					 */
		struct msgport_gone gone; /* without a pin */
	};
	struct msgport_gate gate;	/* port's lock: the window */
	struct msgport_queue queue;	/* port's lock: its messages */
	struct msgport_process *process; /* port's lock: who sent last; counted */
	struct pid *last_tgid;		/* of @process; compared without the lock */
	struct rb_root parked;		/* port's lock: calls interrupted (call.h) */
	struct msgport_calling *idle_call; /* by xchg: memory for the next call, or NULL */
	void *idle_object;		/* by xchg: for the next message (pool.h), or NULL */
	struct rb_root watches;		/* port's lock: made through it, by id */
	struct list_head source_watches; /* port's lock: for it to go */
	wait_queue_head_t writers;	/* who polls for credit */
	struct msgport_wish wish;	/* to be told of fewer pending bytes */
};

/*
 * Good for one message that was sent, or is being sent by another thread; port's lock.
 */
static inline bool msgport_send_right_spent(const struct msgport_send_right *right)
{
	return unlikely(right->mint_flags & MSGPORT_MINT_ONCE) &&
	       right->gate.used >= right->gate.limit;
}

/*
 * What is told of the limit of its gate: 0 for none, but of a right with manual credit
 * it is what there is; port's lock.
 */
static inline u32 msgport_send_right_window(const struct msgport_send_right *right)
{
	return right->gate.limit == U32_MAX && !right->manual ? 0 : right->gate.limit;
}

/* The objects. */
int msgport_right_init(void);
void msgport_right_exit(void);
struct msgport_receive_right *msgport_receive_right_new(struct msgport_port *port);
void msgport_receive_right_close(struct msgport_receive_right *right);
void msgport_receive_right_put(struct msgport_receive_right *right);
struct msgport_send_right *msgport_send_right_new(struct msgport_port *port, u64 badge,
						  u32 window, u8 max_priority, u32 flags);
void msgport_send_right_close(struct msgport_send_right *right);
void msgport_send_right_unpin(struct msgport_send_right *right);
u64 msgport_source_new(void);
struct msgport_send_right *msgport_source_right(struct msgport_port *port, u64 id);
struct msgport_send_right *msgport_lane_new(struct msgport_send_right *source,
					    struct msgport_account *account);
void msgport_lane_put(struct msgport_send_right *lane);
struct msgport_send_right *msgport_source_find(struct msgport_traffic *traffic, u64 id);
int msgport_grant(struct msgport_port *port, u64 source, u32 credits);
struct msgport_share *msgport_share_resize_next(struct msgport_port *port,
						unsigned long after);

/* Their files; file.c. */
extern const struct file_operations msgport_control_fops;
struct file *msgport_right_file(const char *name, const struct file_operations *fops,
				void *right, int flags);
struct file *msgport_receive_file(struct msgport_receive_right *right);
struct msgport_receive_right *msgport_receive_right_of(const struct file *file);
struct file *msgport_send_file(struct msgport_send_right *right);
bool msgport_is_send_file(const struct file *file);

#endif
