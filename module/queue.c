// SPDX-License-Identifier: GPL-2.0
/* Order: by priority, then by sequence number. */

#include <linux/bitops.h>
#include <linux/slab.h>

#include "message.h"
#include "queue.h"

static struct msgport_message *message_of(struct hlist_node *node,
					  enum msgport_order order)
{
	return node ? container_of(node, struct msgport_message, link[order]) : NULL;
}

static struct hlist_node **last_of(struct msgport_queue *q, unsigned int priority)
{
	return q->wide ? &q->table->last[priority] : &q->last;
}

/* The node before this one, or NULL. */
static struct hlist_node *node_before(const struct msgport_queue *q,
				      struct hlist_node *node)
{
	if (node->pprev == &q->messages.first)
		return NULL;
	return container_of(node->pprev, struct hlist_node, next);
}

void msgport_queue_init(struct msgport_queue *q)
{
	INIT_HLIST_HEAD(&q->messages);
	q->priorities = 0;
	q->wide = false;
	q->last = NULL;
}

void msgport_queue_destroy(struct msgport_queue *q)
{
	WARN_ON_ONCE(!msgport_queue_empty(q));
	if (q->wide)
		kfree(q->table);
}

/**
 * msgport_queue_widen() - make a queue ready for every priority
 * @q: under its port's lock, not wide yet
 * @table: becomes the queue's
 */
void msgport_queue_widen(struct msgport_queue *q, struct msgport_lasts *table)
{
	table->last[0] = q->last;
	q->table = table;
	q->wide = true;
}

/* The last node that a message of this priority comes after, or NULL. */
static struct hlist_node *end_of_priority(struct msgport_queue *q, unsigned int priority)
{
	u32 before = q->priorities >> priority;

	if (!before)
		return NULL;
	return *last_of(q, priority + __ffs(before));
}

/* An older message goes back among its own: behind those older still. */
static void put_back(struct msgport_queue *q, enum msgport_order order,
		     struct msgport_message *m)
{
	struct hlist_node *before = NULL, *at;

	if (m->priority < MSGPORT_PRIORITIES - 1)
		before = end_of_priority(q, m->priority + 1);
	at = before ? before->next : q->messages.first;
	while (message_of(at, order)->sequence < m->sequence)
		at = at->next;
	hlist_add_before(&m->link[order], at);
}

/**
 * msgport_queue_add() - put a message at its place
 * @q: under its port's lock; wide if the message's priority is not 0
 * @order: which of the message's links this queue uses
 * @m: in no queue of this order
 */
void msgport_queue_add(struct msgport_queue *q, enum msgport_order order,
		       struct msgport_message *m)
{
	struct hlist_node **last = last_of(q, m->priority);
	struct hlist_node *end;

	if ((q->priorities & BIT(m->priority)) &&
	    message_of(*last, order)->sequence > m->sequence) {
		put_back(q, order, m);
		return;
	}
	end = end_of_priority(q, m->priority);
	if (end)
		hlist_add_behind(&m->link[order], end);
	else
		hlist_add_head(&m->link[order], &q->messages);
	*last = &m->link[order];
	q->priorities |= BIT(m->priority);
}

void msgport_queue_remove(struct msgport_queue *q, enum msgport_order order,
			  struct msgport_message *m)
{
	struct hlist_node **last = last_of(q, m->priority);
	struct hlist_node *node = &m->link[order];

	if (*last == node) {
		struct hlist_node *before = node_before(q, node);

		if (before && message_of(before, order)->priority == m->priority) {
			*last = before;
		} else {
			*last = NULL;
			q->priorities &= ~BIT(m->priority);
		}
	}
	hlist_del_init(node);
}

struct msgport_message *msgport_queue_first(const struct msgport_queue *q,
					    enum msgport_order order)
{
	return message_of(q->messages.first, order);
}

struct msgport_message *msgport_queue_next(const struct msgport_message *m,
					   enum msgport_order order)
{
	return message_of(m->link[order].next, order);
}
