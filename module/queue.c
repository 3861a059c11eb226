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

/* The node behind all others, or NULL. */
static struct hlist_node *last_node(const struct msgport_queue *q)
{
	if (!q->priorities)
		return NULL;
	return q->wide ? q->table->last[__ffs(q->priorities)] : q->last;
}

/* The node before this one, or NULL. */
static struct hlist_node *node_before(const struct msgport_queue *q,
				      const struct hlist_node *node)
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

/**
 * msgport_queue_place() - where to begin looking for a message's place
 * @q: under its port's lock; wide if the message's priority is not 0
 * @order: which of the message's links this queue uses
 * @m: in no queue of this order
 *
 * Returns the first message of the priority, or NULL if @m goes behind them all.
 */
struct msgport_message *msgport_queue_place(struct msgport_queue *q,
					    enum msgport_order order,
					    const struct msgport_message *m)
{
	struct hlist_node *before = NULL;

	if (!(q->priorities & BIT(m->priority)) ||
	    message_of(*last_of(q, m->priority), order)->sequence < m->sequence)
		return NULL;
	if (m->priority < MSGPORT_PRIORITIES - 1)
		before = end_of_priority(q, m->priority + 1);
	return message_of(before ? before->next : q->messages.first, order);
}

/**
 * msgport_queue_seek() - go on looking for a message's place
 * @m: the message
 * @order: which of the links
 * @at: what to look at next; moved on
 * @budget: so many steps; counted down
 *
 * Returns true when @m goes before @at, or to the end of its priority if that is
 * NULL or of a lower one.
 */
bool msgport_queue_seek(const struct msgport_message *m, enum msgport_order order,
			struct msgport_message **at, unsigned int *budget)
{
	while (*at && (*at)->priority == m->priority && (*at)->sequence < m->sequence) {
		if (!*budget)
			return false;
		--*budget;
		*at = msgport_queue_next(*at, order);
	}
	return true;
}

/**
 * msgport_queue_insert() - put a message at the place that was found
 * @q: under its port's lock
 * @order: which of the links
 * @m: the message
 * @at: of msgport_queue_seek()
 *
 * Others may have put younger ones before @at since the search passed there.
 */
void msgport_queue_insert(struct msgport_queue *q, enum msgport_order order,
			  struct msgport_message *m, struct msgport_message *at)
{
	struct hlist_node *before = NULL;

	if (at && at->priority == m->priority)
		before = node_before(q, &at->link[order]);
	else if (q->priorities & BIT(m->priority))
		before = *last_of(q, m->priority);
	while (before && message_of(before, order)->priority == m->priority &&
	       message_of(before, order)->sequence > m->sequence) {
		at = message_of(before, order);
		before = node_before(q, before);
	}
	if (at && at->priority == m->priority)
		hlist_add_before(&m->link[order], &at->link[order]);
	else
		msgport_queue_add(q, order, m);
}

/* Behind the last node of all, or NULL. */
static void append(struct msgport_queue *q, struct hlist_node *last,
		   struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = last ? &last->next : &q->messages.first;
	*node->pprev = node;
}

/**
 * msgport_queue_add() - put a message behind all of its priority
 * @q: under its port's lock; wide if the message's priority is not 0
 * @order: which of the message's links this queue uses
 * @m: in no queue of this order; the newest of its priority
 */
void msgport_queue_add(struct msgport_queue *q, enum msgport_order order,
		       struct msgport_message *m)
{
	struct hlist_node *node = &m->link[order];
	struct hlist_node *end;

	/* the end of the only priority is the end of the queue */
	if (likely(!q->wide)) {
		append(q, q->last, node);
		q->last = node;
		q->priorities = BIT(0);
		return;
	}
	end = end_of_priority(q, m->priority);
	if (end)
		hlist_add_behind(node, end);
	else
		hlist_add_head(node, &q->messages);
	q->table->last[m->priority] = node;
	q->priorities |= BIT(m->priority);
}

/**
 * msgport_queue_push() - put a message before all others
 * @q: under its port's lock; wide if the message's priority is not 0
 * @order: which of the message's links this queue uses
 * @m: in no queue of this order; of the highest priority here, and its oldest
 */
void msgport_queue_push(struct msgport_queue *q, enum msgport_order order,
			struct msgport_message *m)
{
	struct hlist_node *node = &m->link[order];

	hlist_add_head(node, &q->messages);
	if (!(q->priorities & BIT(m->priority)))
		*last_of(q, m->priority) = node;
	q->priorities |= BIT(m->priority);
}

void msgport_queue_remove(struct msgport_queue *q, enum msgport_order order,
			  struct msgport_message *m)
{
	struct hlist_node *node = &m->link[order], **last;

	/* as a rule the first leaves, and others are behind it */
	if (likely(!q->wide && q->last != node)) {
		hlist_del_init(node);
		return;
	}
	last = last_of(q, m->priority);
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

/* The one before @m, or the last if that is NULL; or NULL. */
struct msgport_message *msgport_queue_before(const struct msgport_queue *q,
					     enum msgport_order order,
					     const struct msgport_message *m)
{
	return message_of(m ? node_before(q, &m->link[order]) : last_node(q), order);
}

struct msgport_message *msgport_queue_next(const struct msgport_message *m,
					   enum msgport_order order)
{
	return message_of(m->link[order].next, order);
}
