// SPDX-License-Identifier: GPL-2.0
/* The queues by source, badge and process, from the first choice on. */

#include <linux/sched.h>

#include "deliver.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "right.h"
#include "sort.h"
#include "stamp.h"

/* Does it stand at or behind the mark? */
bool msgport_behind_mark(const struct msgport_traffic *traffic,
			 const struct msgport_message *m)
{
	if (m->priority != traffic->mark_priority)
		return m->priority < traffic->mark_priority;
	return m->sequence >= traffic->mark_sequence;
}

/* The mark passes it. */
static void pass(struct msgport_traffic *traffic, struct msgport_message *m)
{
	traffic->mark_priority = m->priority;
	traffic->mark_sequence = m->sequence;
	traffic->sorted = MSGPORT_SORTED_SOME;
	if (msgport_is_answer(m))
		return;
	msgport_queue_push(&m->right->source->queue, MSGPORT_OF_SOURCE, m);
	msgport_queue_push(&m->right->badge->queue, MSGPORT_OF_BADGE, m);
	msgport_queue_push(&m->process->queue, MSGPORT_OF_PROCESS, m);
}

/*
 * One batch, backwards from @cursor->next, which is moved on; NULL is the queue's end.
 * Returns false when all is sorted.
 */
static bool sort_some(struct msgport_port *port, struct msgport_cursor *cursor)
{
	unsigned int budget = MSGPORT_BATCH;
	struct msgport_message *m;

	while (budget--) {
		m = msgport_queue_before(&port->queue, MSGPORT_OF_PORT, cursor->next);
		if (!m || port->traffic->sorted == MSGPORT_SORTED_ALL) {
			port->traffic->sorted = MSGPORT_SORTED_ALL;
			return false;
		}
		if (!msgport_is_sorted(port, m))
			pass(port->traffic, m);
		cursor->next = m;
	}
	return true;
}

/**
 * msgport_sort() - have the messages of a port sorted
 * @port: locked; the lock is let go now and then if they are not
 */
void msgport_sort(struct msgport_port *port)
	__must_hold(&port->lock)
{
	struct msgport_cursor cursor;

	/* without traffic there is nothing that could be sorted, nor was there ever */
	if (!port->traffic || port->traffic->sorted == MSGPORT_SORTED_ALL)
		return;
	cursor.next = NULL;
	while (sort_some(port, &cursor)) {
		msgport_cursor_leave(port, &cursor, MSGPORT_OF_PORT, cursor.next);
		spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
		hlist_del(&cursor.node);
	}
}
