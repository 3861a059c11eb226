// SPDX-License-Identifier: GPL-2.0
/* Looking through a port's queues: which message is next, and which must go. */

#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "answer.h"
#include "compat.h"
#include "deliver.h"
#include "limits.h"
#include "look.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "sort.h"
#include "stamp.h"

enum look {
	LOOK_FOUND,
	LOOK_NOTHING,
	LOOK_EXPIRED,		/* this one must be discarded first */
	LOOK_MORE,		/* the batch is used up; the cursor knows where */
};

/* Choices that have a queue of their own. */
#define CHOICES_SORTED	(MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE | MSGPORT_BY_PROCESS)

/* The smallest of the queues that holds all that is wanted, or NULL. */
static struct msgport_queue *choose_queue(struct msgport_port *port,
					  const struct msgport_wanted *wanted,
					  enum msgport_order *order)
{
	struct msgport_traffic *traffic = port->traffic;

	*order = MSGPORT_OF_PORT;
	if (likely(!(wanted->flags & MSGPORT_CHOICES)))
		return &port->queue;
	if (!traffic)
		return NULL;
	if (wanted->flags & MSGPORT_BY_SOURCE) {
		struct msgport_send_right *right;

		*order = MSGPORT_OF_SOURCE;
		if (!wanted->source)
			return &traffic->unsent;
		right = msgport_source_find(traffic, wanted->source);
		if (!right || (wanted->flags & MSGPORT_BY_BADGE &&
			       right->badge->badge != wanted->badge))
			return NULL;
		return &right->queue;
	}
	if (wanted->flags & MSGPORT_BY_PROCESS) {
		struct msgport_process *process =
			msgport_process_find(traffic, wanted->start_time, wanted->pid);

		*order = MSGPORT_OF_PROCESS;
		return process ? &process->queue : NULL;
	}
	if (wanted->flags & MSGPORT_BY_BADGE) {
		struct msgport_badge *badge = msgport_badge_find(traffic, wanted->badge);

		*order = MSGPORT_OF_BADGE;
		return badge ? &badge->queue : NULL;
	}
	return &port->queue;
}

/*
 * The best message that is wanted.  A choice that has its own queue finds it at
 * once; one that must scan leaves the cursor where it is to go on.
 */
static enum look look(struct msgport_port *port, const struct msgport_wanted *wanted,
		      struct msgport_cursor *cursor, struct msgport_message **found)
{
	unsigned int budget = MSGPORT_BATCH;
	enum msgport_order order;
	struct msgport_message *m;

	if (likely(hlist_unhashed(&cursor->node))) {
		struct msgport_queue *q = choose_queue(port, wanted, &order);

		m = q ? msgport_queue_first(q, order) : NULL;
	} else {
		order = cursor->order;
		m = cursor->next;
		hlist_del_init(&cursor->node);
	}
	for (; m; m = msgport_queue_next(m, order)) {
		if (wanted->flags & MSGPORT_BY_PRIORITY && m->priority < wanted->priority)
			return LOOK_NOTHING;
		if (!budget--) {
			msgport_cursor_leave(port, cursor, order, m);
			return LOOK_MORE;
		}
		if (m->state == MSGPORT_IN_HAND ||
		    (m->state == MSGPORT_OFFERED &&
		     !msgport_port_may_meet(port, msgport_cost(m))))
			continue;
		*found = m;
		if (msgport_expired(m)) {
			/* its sender is told by its own clock */
			if (m->state == MSGPORT_OFFERED)
				continue;
			if (msgport_must_scan(wanted->flags))
				msgport_cursor_leave(port, cursor, order,
						     msgport_queue_next(m, order));
			return LOOK_EXPIRED;
		}
		if (msgport_wants(wanted, m))
			return LOOK_FOUND;
	}
	return LOOK_NOTHING;
}

/* Has a receiver that finds nothing a place to wait at?  Who does not choose has. */
bool msgport_may_wait(const struct msgport_port *port, const struct msgport_wanted *wanted,
		      const struct msgport_receiving *r)
{
	return !msgport_is_chooser(wanted) || r->has_place ||
	       port->choosers < MSGPORT_FILTERED_MAX;
}

static void discard_expired(struct msgport_port *port, struct msgport_message *m)
	__releases(&port->lock)
{
	msgport_dequeue(port, m);
	msgport_port_discard(port, m, MSGPORT_EXPIRED);
}

/**
 * msgport_search() - look through the queue, letting go of the lock now and then
 * @port: locked
 * @wanted: what to look for
 * @r: the record of who looks; in no list when this returns, but with -EINPROGRESS
 * @m: out: the message
 *
 * Returns 0 with a message, -EAGAIN, -EDQUOT, -EINPROGRESS if @r was told
 * meanwhile, or -EINTR to who is being killed.
 */
int msgport_search(struct msgport_port *port, const struct msgport_wanted *wanted,
		   struct msgport_receiving *r, struct msgport_message **m)
	__must_hold(&port->lock)
{
	struct msgport_cursor cursor;
	bool blind = false;

	if (unlikely(wanted->flags & CHOICES_SORTED) && msgport_sort(port))
		return -EINTR;
	INIT_HLIST_NODE(&cursor.node);
	for (;;) {
		enum look result = look(port, wanted, &cursor, m);

		if (likely(result == LOOK_FOUND || result == LOOK_NOTHING)) {
			if (unlikely(!list_empty(&r->list)))
				msgport_receiving_remove(port, r);
			if (result == LOOK_FOUND)
				return 0;
			return blind ? -EDQUOT : -EAGAIN;
		}
		/*
		 * What comes while a scan goes on is offered to who may wait.  Who
		 * may not could miss it, and must not sleep afterwards.
		 */
		if (!hlist_unhashed(&cursor.node) && list_empty(&r->list) &&
		    !(wanted->flags & MSGPORT_NONBLOCK)) {
			if (msgport_may_wait(port, wanted, r))
				msgport_receiving_add(port, r);
			else
				blind = true;
		}
		if (result == LOOK_EXPIRED)
			discard_expired(port, *m);
		else
			spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
		if (r->state != MSGPORT_RECEIVING_WAITING) {
			hlist_del_init(&cursor.node);
			return -EINPROGRESS;
		}
	}
}

/**
 * msgport_expire() - end every queued message whose time to live has passed
 * @port: pinned, unlocked
 *
 * What is never looked at would hold its place; MSGPORT_IOC_STAT looks.
 */
void msgport_expire(struct msgport_port *port)
{
	static const struct msgport_wanted nothing = {
		.flags = MSGPORT_BY_TAG | MSGPORT_NONBLOCK,
		.tag = 1,	/* under a mask of 0 no tag is 1 */
	};
	struct msgport_cursor cursor;
	struct msgport_message *m;

	INIT_HLIST_NODE(&cursor.node);
	spin_lock(&port->lock);
	while (port->traffic && port->traffic->mortal) {
		enum look result = look(port, &nothing, &cursor, &m);

		if (result == LOOK_NOTHING)
			break;
		if (result == LOOK_EXPIRED)
			discard_expired(port, m);
		else
			spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
		if (fatal_signal_pending(current))
			break;
	}
	hlist_del_init(&cursor.node);
	spin_unlock(&port->lock);
}

/**
 * msgport_return_dues() - nobody can receive from a kept port any more
 * @port: pinned, unlocked
 *
 * What an answer is due for goes back; the rest waits for a receiver.
 */
void msgport_return_dues(struct msgport_port *port)
{
	unsigned int budget = MSGPORT_BATCH;
	struct msgport_message *m, *next;
	struct msgport_cursor cursor;

	msgport_senders_refuse(port);
	spin_lock(&port->lock);
	m = msgport_queue_first(&port->queue, MSGPORT_OF_PORT);
	for (; m && !port->receivers; m = next) {
		bool back = m->state == MSGPORT_QUEUED && msgport_due_of(m);

		next = msgport_queue_next(m, MSGPORT_OF_PORT);
		if (!back && --budget)
			continue;
		msgport_cursor_leave(port, &cursor, MSGPORT_OF_PORT, next);
		if (back) {
			msgport_dequeue(port, m);
			msgport_port_discard(port, m, MSGPORT_DIED_WITH_PORT);
		} else {
			spin_unlock(&port->lock);
		}
		cond_resched();
		budget = MSGPORT_BATCH;
		spin_lock(&port->lock);
		hlist_del(&cursor.node);
		next = cursor.next;
	}
	spin_unlock(&port->lock);
}
