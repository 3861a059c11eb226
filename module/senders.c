// SPDX-License-Identifier: GPL-2.0
/* Senders that wait: woken, told that the port died, refused. */

#include <linux/sched.h>

#include "gate.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "trace.h"
#include "wake.h"

/* Its record is out of all lists, and not touched again. */
void msgport_sender_release(struct msgport_port *port, struct msgport_sending *s,
			    enum msgport_sending_state state, struct msgport_wakeups *wk)
{
	trace_msgport_wake(port->id, s->task->pid, state == MSGPORT_SENDING_DEAD);
	list_del(&s->list);
	if (unlikely(s->age))
		list_del(&s->peers);
	msgport_wakeups_add(wk, s->task);
	/* pairs with the acquire in msgport_sleep(); not touched after this */
	smp_store_release(&s->state, state);
}

/**
 * msgport_senders_wake() - wake the senders whose messages were admitted
 * @port: locked
 * @wk: wake-ups owed
 *
 * Returns true if some are left for want of places in @wk.
 */
bool msgport_senders_wake(struct msgport_port *port, struct msgport_wakeups *wk)
{
	struct msgport_traffic *traffic = port->traffic;
	struct msgport_sending *s;

	if (!traffic)
		return false;
	while (!list_empty(&traffic->gathered)) {
		if (!msgport_wakeups_room(wk))
			return true;
		s = list_first_entry(&traffic->gathered, struct msgport_sending, list);
		msgport_sender_release(port, s, MSGPORT_SENDING_WOKEN, wk);
	}
	return false;
}

/* All of them, letting go of the lock between batches. */
void msgport_senders_flush(struct msgport_port *port, struct msgport_wakeups *wk)
	__must_hold(&port->lock)
{
	while (unlikely(msgport_senders_wake(port, wk))) {
		spin_unlock(&port->lock);
		msgport_wake(port, wk);
		cond_resched();
		spin_lock(&port->lock);
	}
}

/* Half of the port is free, and somebody's wake-up is owed. */
bool msgport_senders_low(const struct msgport_port *port)
{
	const struct msgport_gate *gate = &port->gate;

	if (likely(list_empty(&port->traffic->gathered)))
		return false;
	return gate->used <= gate->limit / 2 && gate->bytes <= gate->max_bytes / 2;
}

/* Takes the first sender that waits from wherever it stands, and tells it. */
static void kill_first(struct msgport_port *port, struct msgport_wakeups *wk)
{
	struct msgport_traffic *traffic = port->traffic;
	struct msgport_sending *s;

	s = list_first_entry(&traffic->blocked, struct msgport_sending, list);
	if (s->message->state == MSGPORT_OFFERED)
		msgport_dequeue(port, s->message);
	else
		msgport_gate_unwait(s);
	traffic->waiting--;
	msgport_sender_release(port, s, MSGPORT_SENDING_DEAD, wk);
}

/**
 * msgport_senders_kill() - tell waiting senders that the port is dead
 * @port: locked, DEAD
 * @wk: wake-ups owed
 *
 * Takes them from wherever they wait; they give their places back themselves.
 * Those already admitted are woken: their messages were accepted.  Returns true
 * if some are left.
 */
bool msgport_senders_kill(struct msgport_port *port, struct msgport_wakeups *wk)
{
	struct msgport_traffic *traffic = port->traffic;

	if (!traffic)
		return false;
	while (!list_empty(&traffic->blocked)) {
		if (!msgport_wakeups_room(wk))
			return true;
		kill_first(port, wk);
	}
	return msgport_senders_wake(port, wk);
}

/* Does the first sender that waits ask for an answer? */
static bool first_asks(struct msgport_traffic *traffic)
{
	struct msgport_sending *s;

	s = list_first_entry_or_null(&traffic->blocked, struct msgport_sending, list);
	return s && msgport_due_of(s->message);
}

/**
 * msgport_senders_refuse() - nobody can receive from a kept port any more
 * @port: pinned, unlocked
 *
 * Who waits to ask for an answer gets EPIPE; the others wait on.
 */
void msgport_senders_refuse(struct msgport_port *port)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	bool more = port->traffic;

	msgport_wakeups_init(&wk);
	while (more) {
		spin_lock(&port->lock);
		while ((more = !port->receivers && first_asks(port->traffic)) &&
		       msgport_wakeups_room(&wk))
			kill_first(port, &wk);
		spin_unlock(&port->lock);
		msgport_wake(port, &wk);
		cond_resched();
	}
}
