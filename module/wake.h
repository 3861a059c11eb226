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
 */
#ifndef _MSGPORT_WAKE_H
#define _MSGPORT_WAKE_H

#include <linux/types.h>
#include <linux/wait.h>

#include "compat.h"
#include "limits.h"

struct fasync_struct;
struct msgport_member;
struct msgport_port;
struct msgport_send_right;
struct task_struct;

/* On the stack of whoever takes the lock, MSGPORT_UNINITIALIZED. */
struct msgport_wakeups {
	u8 count;			/* of @tasks */
	bool readable;			/* tell who polls receive rights */
	bool writable;			/* tell who polls send rights */
	bool ended;			/* tell readers: the last sender went */
	bool died;			/* tell who polls send rights: the port died */
	bool room;			/* tell who watches for room */
	bool groups;			/* tell who polls groups that the port is in */
	struct msgport_send_right *credit; /* this right has credit again; pinned */
	struct msgport_member *told;	/* whose sets are told, chained; pinned */
	struct task_struct *tasks[MSGPORT_WAKE_BATCH];
};

static inline void msgport_wakeups_init(struct msgport_wakeups *wk)
{
	wk->count = 0;
	wk->readable = false;
	wk->writable = false;
	wk->ended = false;
	wk->died = false;
	wk->room = false;
	wk->groups = false;
	wk->credit = NULL;
	wk->told = NULL;
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
	if (wk->count | wk->readable | wk->writable | wk->ended | wk->died | wk->room |
	    wk->groups || wk->credit || wk->told)
		msgport_wake_all(port, wk);
}

struct task_struct *msgport_task_get(struct task_struct *task);
void msgport_tasks_wake(struct task_struct **tasks, unsigned int count);
void msgport_wake_pollers(wait_queue_head_t *queue, struct fasync_struct **fasync);
int msgport_sleep(const int *state, int waiting, u64 deadline);
int msgport_sleep_unfrozen(const int *state, int waiting, u64 deadline);

#endif
