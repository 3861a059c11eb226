// SPDX-License-Identifier: GPL-2.0
/* The queues by source, badge and process, from the first choice on. */

#include <linux/sched.h>
#include <linux/sched/signal.h>

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
	if (msgport_is_answer(m))
		return;
	msgport_queue_push(&m->right->source->queue, MSGPORT_OF_SOURCE, m);
	msgport_queue_push(&m->right->badge->queue, MSGPORT_OF_BADGE, m);
	msgport_queue_push(&m->process->queue, MSGPORT_OF_PROCESS, m);
}

/* Nothing stands behind the mark. */
static void begin_sorting(struct msgport_port *port)
{
	struct msgport_traffic *traffic = port->traffic;

	traffic->sorted = MSGPORT_SORTED_SOME;
	traffic->mark_priority = 0;
	traffic->mark_sequence = U64_MAX;
	msgport_cursor_leave(port, &traffic->sorting, MSGPORT_OF_PORT, NULL);
}

/* One batch, backwards from the cursor; NULL is the queue's end. */
static void sort_some(struct msgport_port *port)
{
	struct msgport_traffic *traffic = port->traffic;
	unsigned int budget = MSGPORT_BATCH;
	struct msgport_message *m;

	while (budget--) {
		m = msgport_queue_before(&port->queue, MSGPORT_OF_PORT,
					 traffic->sorting.next);
		if (!m) {
			traffic->sorted = MSGPORT_SORTED_ALL;
			hlist_del(&traffic->sorting.node);
			return;
		}
		/* one of a lower priority may have come to where the cursor has been */
		if (!msgport_behind_mark(traffic, m))
			pass(traffic, m);
		traffic->sorting.next = m;
	}
}

/**
 * msgport_sort() - have the messages of a port sorted
 * @port: locked; the lock is let go now and then if they are not
 *
 * Returns -EINTR to who is killed meanwhile, and leaves the rest to the next; else 0.
 */
int msgport_sort(struct msgport_port *port)
	__must_hold(&port->lock)
{
	struct msgport_traffic *traffic = port->traffic;

	/* without traffic there is nothing that could be sorted, nor was there ever */
	if (!traffic)
		return 0;
	if (traffic->sorted == MSGPORT_SORTED_NO)
		begin_sorting(port);
	for (;;) {
		if (traffic->sorted == MSGPORT_SORTED_SOME)
			sort_some(port);
		if (likely(traffic->sorted == MSGPORT_SORTED_ALL))
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
	}
}
