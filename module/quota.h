/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who pays: one account for each uid that has anything of ours.
 *
 * The accounting uid is the caller's effective one; inside user namespaces it
 * is the owner of the outermost one that somebody other than root made, so that
 * mapped uids are no way round a limit.  (Root gives each container uids of its
 * own, and need not pay for them all.)  An account lives
 * while something is charged to it: everything that holds a charge holds a
 * reference.
 *
 * What waits is not charged: the record of a waiting send or receive lies on its
 * own thread's stack, and threads are bounded by RLIMIT_NPROC.  The copy that a
 * send has made is charged as pending until it is accepted, unless it is a plain one
 * of a common object (send.h).
 *
 * Counters are atomic and taken before whatever they pay for is made; no lock
 * of a port is held.  Ceilings are module parameters; CAP_SYS_RESOURCE passes
 * them, but what it takes is counted all the same.
 */
#ifndef _MSGPORT_QUOTA_H
#define _MSGPORT_QUOTA_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

struct fasync_struct;

enum msgport_charge {
	MSGPORT_CHARGE_PORTS,
	MSGPORT_CHARGE_BYTES,		/* reserved as max_bytes; answers, events */
	MSGPORT_CHARGE_RIGHTS,
	MSGPORT_CHARGE_KEPT,
	MSGPORT_CHARGE_RECORDS,		/* watches, memberships of sets and groups */
	MSGPORT_CHARGE_FDS,		/* in messages, not received yet; asked for */
	MSGPORT_CHARGES
};

struct msgport_account {
	struct rb_node node;		/* in the tree, under its lock */
	kuid_t uid;			/* constant */
	refcount_t refs;
	atomic_long_t used[MSGPORT_CHARGES];
	atomic_long_t pending;		/* bytes copied or to be, not yet accepted */
	wait_queue_head_t room;		/* senders that wait for @pending to fall */
	struct list_head wishes;	/* who polled and found too much pending */
};

/*
 * Somebody's wish to be told when less is pending.  Lives in the send right,
 * beside the wait queue that is to be told: io_uring polls two queues of a
 * file at most, and those are taken.
 */
struct msgport_wish {
	struct list_head node;		/* account->wishes, under their lock */
	struct msgport_account *account; /* that it is made to, pinned; NULL: none */
	wait_queue_head_t *queue;	/* constant: who is told, */
	struct fasync_struct **fasync;	/* constant: and by signal */
};

struct msgport_account *msgport_account_get(void);
struct msgport_account *msgport_account_near(struct msgport_account *guess);
struct msgport_account *msgport_account_hold(struct msgport_account *account);
void msgport_account_put(struct msgport_account *account);
int msgport_charge(struct msgport_account *account, enum msgport_charge what,
		   unsigned long amount);
void msgport_uncharge(struct msgport_account *account, enum msgport_charge what,
		      unsigned long amount);
struct msgport_account *msgport_account_pay(struct msgport_account *account,
					    enum msgport_charge what);
void msgport_account_refund(struct msgport_account *account, enum msgport_charge what);
bool msgport_account_is_mine(const struct msgport_account *account);
bool msgport_pending_try(struct msgport_account *account, unsigned long bytes);
bool msgport_pending_room(struct msgport_account *account, unsigned long bytes,
			  struct msgport_wish *wish);
bool msgport_pending_try_or_wish(struct msgport_account *account, unsigned long bytes,
				 struct msgport_wish *wish);
void msgport_wish_init(struct msgport_wish *wish, wait_queue_head_t *queue,
		       struct fasync_struct **fasync);
void msgport_wish_cancel(struct msgport_wish *wish);
void msgport_pending_uncharge(struct msgport_account *account, unsigned long bytes);

#endif
