// SPDX-License-Identifier: GPL-2.0
/* Sleeping, and waking who sleeps: tasks, pollers, signal-driven readers. */

#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "group.h"
#include "port.h"
#include "right.h"
#include "set.h"
#include "wake.h"
#include "watch.h"

/* Under the port's lock.  The caller has made sure that there is a place. */
void msgport_wakeups_add(struct msgport_wakeups *wk, struct task_struct *task)
{
	wk->tasks[wk->count++] = get_task_struct(task);
}

struct task_struct *msgport_task_get(struct task_struct *task)
{
	return get_task_struct(task);
}

void msgport_task_put(struct task_struct *task)
{
	put_task_struct(task);
}

/* Unlocked. */
void msgport_tasks_wake(struct task_struct **tasks, unsigned int count)
{
	while (count--) {
		wake_up_process(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

/* Something can be received. */
void msgport_wake_pollers(wait_queue_head_t *queue, struct fasync_struct **fasync)
{
	if (wq_has_sleeper(queue))
		wake_up_interruptible_poll(queue, EPOLLIN | EPOLLRDNORM);
	kill_fasync(fasync, SIGIO, POLL_IN);
}

static void wake_readers(struct msgport_port *port, __poll_t what)
{
	/* wq_has_sleeper() has the barrier that pairs with poll_wait()'s */
	if (wq_has_sleeper(&port->readers))
		wake_up_interruptible_poll(&port->readers, what);
	kill_fasync(&port->fasync, SIGIO, POLL_IN);
}

static void wake_writers(struct msgport_traffic *traffic, __poll_t what)
{
	if (!traffic)
		return;
	if (wq_has_sleeper(&traffic->writers))
		wake_up_interruptible_poll(&traffic->writers, what);
	kill_fasync(&traffic->fasync, SIGIO, POLL_OUT);
}

/**
 * msgport_lend() - before the caller waits: let whom he has woken run
 * @to: whom, pinned, put and set to NULL; or nobody
 * @pause: of the right that is waited on
 * @state: as for msgport_sleep()
 * @waiting: likewise
 */
void msgport_lend(struct task_struct **to, u8 *pause, const int *state, int waiting)
{
	struct task_struct *task = *to;

	if (!task)
		return;
	*to = NULL;
	/* a hint: the task may move at any moment */
	if (READ_ONCE(*state) == waiting && task_cpu(task) == raw_smp_processor_id()) {
		msgport_yield_to(task);
		if (READ_ONCE(*state) == waiting)
			WRITE_ONCE(*pause, MSGPORT_LEND_PAUSE);
	}
	put_task_struct(task);
}

/* Everybody but tasks. */
static noinline_for_stack void wake_others(struct msgport_port *port,
					   struct msgport_wakeups *wk)
{
	u32 tell = wk->tell;

	if (tell & (MSGPORT_TELL_READABLE | MSGPORT_TELL_ENDED))
		wake_readers(port, EPOLLIN | EPOLLRDNORM |
			     (tell & MSGPORT_TELL_ENDED ? EPOLLRDHUP | EPOLLHUP : 0));
	if (unlikely(tell & (MSGPORT_TELL_WRITABLE | MSGPORT_TELL_DIED)))
		wake_writers(READ_ONCE(port->traffic), EPOLLOUT | EPOLLWRNORM |
			     (tell & MSGPORT_TELL_DIED ? EPOLLHUP | EPOLLERR : 0));
	if (unlikely(tell & MSGPORT_TELL_CREDIT)) {
		if (wq_has_sleeper(&wk->credit->writers))
			wake_up_interruptible_poll(&wk->credit->writers,
						   EPOLLOUT | EPOLLWRNORM);
		kill_fasync(&port->traffic->fasync, SIGIO, POLL_OUT);
	}
	if (unlikely(tell & MSGPORT_TELL_ROOM))
		msgport_watches_room(port);
	if (unlikely(tell & MSGPORT_TELL_GROUPS))
		msgport_groups_wake(port);
	if (unlikely(tell & MSGPORT_TELL_SETS))
		msgport_sets_tell(wk->told);
	msgport_wakeups_init(wk);
}

/* See msgport_wake(). */
void msgport_wake_all(struct msgport_port *port, struct msgport_wakeups *wk)
{
	u32 i;

	for (i = 0; i < wk->count; i++) {
		wake_up_process(wk->tasks[i]);
		if (!i && wk->lend && !*wk->lend)
			*wk->lend = wk->tasks[i];
		else
			put_task_struct(wk->tasks[i]);
	}
	wk->count = 0;
	if (wk->tell)
		wake_others(port, wk);
}

static int sleep_as(unsigned int how, const int *state, int waiting, u64 deadline)
{
	ktime_t expires = deadline > KTIME_MAX ? KTIME_MAX : deadline;
	int err = 0;

	for (;;) {
		set_current_state(how);
		/* pairs with the store-release of the waker */
		if (smp_load_acquire(state) != waiting)
			break;
		if (signal_pending(current)) {
			err = -ERESTARTSYS;
			break;
		}
		if (deadline == MSGPORT_FOREVER) {
			schedule();
			continue;
		}
		if (!schedule_hrtimeout_range_clock(&expires, current->timer_slack_ns,
						    HRTIMER_MODE_ABS,
						    CLOCK_MONOTONIC)) {
			err = -ETIMEDOUT;
			break;
		}
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/**
 * msgport_sleep() - wait until a state has changed
 * @state: written by the waker with a store-release
 * @waiting: the value it has until then
 * @deadline: CLOCK_MONOTONIC of the host, or MSGPORT_FOREVER
 *
 * Freezable, and ended by any signal.  Returns 0 once the state has changed,
 * -ERESTARTSYS or -ETIMEDOUT.  A deadline is absolute, so that a restarted
 * system call waits no longer than asked.
 */
int msgport_sleep(const int *state, int waiting, u64 deadline)
{
	return sleep_as(TASK_INTERRUPTIBLE | TASK_FREEZABLE, state, waiting, deadline);
}

/* The same for who may be given what others wait for: not asleep while frozen. */
int msgport_sleep_unfrozen(const int *state, int waiting, u64 deadline)
{
	return sleep_as(TASK_INTERRUPTIBLE, state, waiting, deadline);
}
