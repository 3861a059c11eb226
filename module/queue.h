/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Order: which message comes next.  Knows nothing of ports.
 *
 * A queue is one list of messages, best first, under the lock of its port.
 *   1. A message of higher priority stands before one of lower.
 *   2. Within a priority, the lower sequence number stands first.
 *   3. Adding at the end of a priority, looking at the best and removing take
 *      the same time at any length.  Putting back walks over those messages of
 *      its priority that are older, in steps that the caller bounds.
 *
 * To find the end of a priority the queue keeps a pointer to the last message
 * of each.  As long as only priority 0 has been used that is one pointer in the
 * structure itself; for others msgport_queue_widen() gives it a table, which
 * the sender allocates before it takes the lock.
 *
 * A message is in four queues at once, one for each way of choosing: all
 * messages of the port, and those of its source, its badge and its process.  (In the
 * other three only from the first choice on: sort.h.)
 * hlist is used because its nodes are as small as a list's, its heads half as
 * big, and removal needs no head.
 */
#ifndef _MSGPORT_QUEUE_H
#define _MSGPORT_QUEUE_H

#include <linux/list.h>
#include <linux/types.h>

struct msgport_message;

enum msgport_order {
	MSGPORT_OF_PORT,
	MSGPORT_OF_SOURCE,
	MSGPORT_OF_BADGE,
	MSGPORT_OF_PROCESS,
	MSGPORT_ORDERS
};

#define MSGPORT_PRIORITIES	32

/* The table of a queue that has met a priority other than 0. */
struct msgport_lasts {
	struct hlist_node *last[MSGPORT_PRIORITIES];
};

struct msgport_queue {
	struct hlist_head messages;	/* best first */
	u32 priorities;			/* bit p: a message of priority p is here */
	bool wide;			/* @table is in use, not @last */
	union {
		struct hlist_node *last;	/* of priority 0 */
		struct msgport_lasts *table;	/* by priority; ours to free */
	};
};

void msgport_queue_init(struct msgport_queue *q);
void msgport_queue_destroy(struct msgport_queue *q);
void msgport_queue_widen(struct msgport_queue *q, struct msgport_lasts *table);
void msgport_queue_add(struct msgport_queue *q, enum msgport_order order,
		       struct msgport_message *m);
void msgport_queue_push(struct msgport_queue *q, enum msgport_order order,
			struct msgport_message *m);
void msgport_queue_remove(struct msgport_queue *q, enum msgport_order order,
			  struct msgport_message *m);
struct msgport_message *msgport_queue_place(struct msgport_queue *q,
					    enum msgport_order order,
					    const struct msgport_message *m);
bool msgport_queue_seek(const struct msgport_message *m, enum msgport_order order,
			struct msgport_message **at, unsigned int *budget);
void msgport_queue_insert(struct msgport_queue *q, enum msgport_order order,
			  struct msgport_message *m, struct msgport_message *at);
struct msgport_message *msgport_queue_first(const struct msgport_queue *q,
					    enum msgport_order order);
struct msgport_message *msgport_queue_before(const struct msgport_queue *q,
					     enum msgport_order order,
					     const struct msgport_message *m);
struct msgport_message *msgport_queue_next(const struct msgport_message *m,
					   enum msgport_order order);

static inline bool msgport_queue_empty(const struct msgport_queue *q)
{
	return hlist_empty(&q->messages);
}

#endif
