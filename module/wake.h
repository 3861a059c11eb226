/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wake-ups owed at the end of a locked section.
 *
 * Under a port's lock nobody is woken: what is owed is noted here and paid by
 * msgport_wake() after unlocking.  A task is pinned from the moment it is
 * noted, because its waiting record lives on its own stack and it may be gone
 * as soon as the record says so.  The order is always
 *
 *	waker (under the port's lock)		sleeper
 *	note and pin the task
 *	unlink its record
 *	store-release state = done		load-acquire state: done
 *	(does not touch the record again)	leaves; the record is gone
 *	unlock; wake the task; unpin
 *
 * Poll and fasync users are told by the port's or the right's wait queue, both
 * of which live at least as long as the file that polls.
 *
 * Who has woken somebody and will now wait for him, a caller for its server or a server
 * for its next request, lends him the turn, if he stands in the queue of the same
 * processor: the lender stays in that queue himself, and is neither taken out of it nor
 * put back, which is half of what the scheduler costs a call.  If he is let run before
 * what he waits for is there he goes to sleep as ever, so that nothing depends on it, and
 * through that right lends no more for a while.  The scheduler may refuse, to one who
 * has run for less than the other: so both sides try.
 * It is Liedtke's lazy scheduling ("Improving IPC by Kernel Design", 1993), by the
 * directed yield that the kernel has for virtual processors.
 */
#ifndef _MSGPORT_WAKE_H
#define _MSGPORT_WAKE_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "compat.h"
#include "limits.h"

struct fasync_struct;
struct msgport_member;
struct msgport_port;
struct msgport_send_right;
struct task_struct;

/* Whom to tell beside tasks. */
#define MSGPORT_TELL_READABLE	BIT(0)	/* who polls receive rights */
#define MSGPORT_TELL_WRITABLE	BIT(1)	/* who polls send rights */
#define MSGPORT_TELL_ENDED	BIT(2)	/* readers: the last sender went */
#define MSGPORT_TELL_DIED	BIT(3)	/* who polls send rights: the port died */
#define MSGPORT_TELL_ROOM	BIT(4)	/* who watches for room */
#define MSGPORT_TELL_GROUPS	BIT(5)	/* who polls groups that the port is in */
#define MSGPORT_TELL_CREDIT	BIT(6)	/* who polls @credit, which has some again */
#define MSGPORT_TELL_SETS	BIT(7)	/* the sets in the chain @told */

/* On the stack of whoever takes the lock, MSGPORT_UNINITIALIZED. */
struct msgport_wakeups {
	u32 count;			/* of @tasks */
	u32 tell;			/* MSGPORT_TELL_* */
	struct msgport_send_right *credit; /* pinned; see above */
	struct msgport_member *told;	/* pinned; see above */
	struct task_struct **lend;	/* gets the first of @tasks, pinned; or NULL */
	struct task_struct *tasks[MSGPORT_WAKE_BATCH];
};

static inline void msgport_wakeups_init(struct msgport_wakeups *wk)
{
	wk->count = 0;
	wk->tell = 0;
	wk->lend = NULL;
}

/* Is there a place for all that one message may owe? */
static inline bool msgport_wakeups_room(const struct msgport_wakeups *wk)
{
	return wk->count + MSGPORT_WAKE_ONE <= MSGPORT_WAKE_BATCH;
}

void msgport_wakeups_add(struct msgport_wakeups *wk, struct task_struct *task);
void msgport_wake_all(struct msgport_port *port, struct msgport_wakeups *wk);

/**
 * msgport_wake() - pay what a locked section owes, which is mostly nothing
 * @port: pinned by the caller, unlocked
 * @wk: empty afterwards
 */
static inline void msgport_wake(struct msgport_port *port, struct msgport_wakeups *wk)
{
	if (wk->count | wk->tell)
		msgport_wake_all(port, wk);
}

/* How often a right is waited on without lending, when that was in vain. */
#define MSGPORT_LEND_PAUSE	63

/* Is it worth trying?  @pause: the right's; written without a lock, as it is a hint. */
static inline bool msgport_may_lend(u8 *pause)
{
	u8 left = READ_ONCE(*pause);

	if (!MSGPORT_CAN_LEND)
		return false;
	if (unlikely(left))
		WRITE_ONCE(*pause, left - 1);
	return !left;
}

struct task_struct *msgport_task_get(struct task_struct *task);
void msgport_task_put(struct task_struct *task);
void msgport_tasks_wake(struct task_struct **tasks, unsigned int count);
void msgport_wake_pollers(wait_queue_head_t *queue, struct fasync_struct **fasync);
void msgport_lend(struct task_struct **to, u8 *pause, const int *state, int waiting);
int msgport_sleep(const int *state, int waiting, u64 deadline);
int msgport_sleep_unfrozen(const int *state, int waiting, u64 deadline);

#endif
