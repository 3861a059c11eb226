/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls: send, and wait for the answer.
 *
 * A call is a due (answer.h) whose home is a record of its own.  It belongs to
 * the thread that calls (one made by a worker of io_uring: to whoever uses its table of
 * descriptors) and to the send right.  A send with MSGPORT_SYNC is one
 * that waits for the end of its message instead of an answer.
 *
 *	BUILT ----> WAITING ----> DONE ----> freed by its thread
 *	   |           |            ^
 *	   |           | a signal   | answered, or failed, while parked
 *	   |           v            |
 *	   |        PARKED ---------'   in right->parked, for the thread to resume
 *	   |           |
 *	   '-----------'-- given up: cancel, deadline, fatal signal, the last
 *	                   descriptor of the right goes from the caller's table
 *
 * WAITING and PARKED are one state to whoever answers (MSGPORT_CALL_WAITING); a
 * parked call has no task to wake.  All fields are under the lock of the right's
 * port, but DONE is stored with release when the answer is in place, and the
 * record is its thread's alone from then on.
 *
 * Giving up takes back what can be taken back:
 *	message in the queue	it is discarded, reason withdrawn
 *	in hand, outstanding	it loses its due: a reply finds the token spent;
 *				should it go back to the queue, it is discarded
 *	answer due in the tree	its delivery goes: likewise
 *
 * The id is written to the caller's structure before the request is sent, so that
 * a system call that the kernel restarts finds the parked record and waits on.  An
 * answer that could not be copied is kept in the record, which is parked again.
 *
 * Who waits looks after his own message: when its time to live has passed and nobody
 * has taken it, the call ends with it, though no receiver ever looks.
 *
 * The answer may have brought descriptors, that of this very right among them: the
 * record would hold the right, and the right the record.  So a record is parked only
 * while the table of descriptors that called has one of the right.  Whoever closes
 * the last ends what is parked for that table, and whoever parks looks whether it
 * has gone meanwhile:
 *
 *	closes			parks
 *	out of the table	into right->parked
 *	smp_mb()		smp_mb()
 *	looks for records	looks for a descriptor
 *
 * At least one of them sees the other.  It is the table, and not the process: two
 * processes may share one, and the first that exits closes nothing.
 *
 * After a call that went well the record's memory stays with the right for the next one
 * (right->idle_call), by xchg: two threads never get the same.  At most one a right, and
 * it goes with the right; what it had charged is given back with the call.
 *
 * The ledger of calls, per port: asked = answered + gone + given_up + waiting.
 */
#ifndef _MSGPORT_CALL_H
#define _MSGPORT_CALL_H

#include <linux/rbtree.h>
#include <linux/types.h>

#include "answer.h"

struct file;
struct msgport_send_right;
struct msgport_wakeups;
struct task_struct;

enum msgport_call_state {
	MSGPORT_CALL_WAITING,
	MSGPORT_CALL_DONE,
};

struct msgport_calling {
	struct msgport_due due;
	struct rb_node node;		/* right->parked, by id */
	u64 id;				/* constant; never used twice */
	struct msgport_traffic *traffic; /* constant: whose ledger it is in */
	u64 port;			/* constant: its id */
	u64 expires;			/* its thread's: when to look at the message again */
	struct pid *tid;		/* constant, pinned: whose call; NULL: its table's */
	const void *table;		/* constant: of descriptors; only compared */
	struct task_struct *task;	/* who sleeps; NULL: parked */
	struct task_struct *lend;	/* its thread's: whom it has woken, pinned; or NULL */
	int state;			/* enum msgport_call_state */
	int err;			/* once DONE: the outcome */
	struct msgport_message *answer;	/* once DONE: ours; NULL: an empty one */
};

struct msgport_calling *msgport_call_new(struct msgport_send_right *right,
					 size_t answer_size, u32 answer_fds, bool sync);
void msgport_call_free(struct msgport_calling *call);
void msgport_call_over(struct msgport_send_right *right, struct msgport_calling *call);
struct msgport_calling *msgport_call_resume(struct msgport_send_right *right, u64 id);
int msgport_call_wait(struct file *file, struct msgport_calling *call, u64 deadline);
void msgport_call_park(struct file *file, struct msgport_calling *call);
int msgport_cancel(struct msgport_send_right *right, u64 id);
void msgport_calls_leave(struct msgport_send_right *right, const void *table);
void msgport_calls_end(struct msgport_send_right *right);

/* Under the port's lock. */
void msgport_call_complete(struct msgport_due *due, struct msgport_message *answer,
			   int err, struct msgport_wakeups *wk);

#endif
