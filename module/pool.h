/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that a port keeps for its next messages.
 *
 * A payload of more than about a page lies in runs of pages.  To get them from the
 * kernel, cleared, costs more than to copy into them: so those of a message that has been
 * received stay with its port for the next that is sent there.  A pipe does the same with
 * two pages.
 *
 * Bound: what is kept, with what is in transit at that moment, is no more than max_bytes,
 * which the port's owner has paid for.  (Later messages may come beside it, so that it is
 * twice that at most.)  The kernel takes the pages back when it is short of memory (a
 * shrinker), and all go when the port dies.  They stay charged to the control group of
 * whoever sent first, which cannot ask for them by itself.
 * What is read of a page has been written for the same message: nothing of the last
 * one's is ever seen.
 *
 * Locks: pool->lock for all of a pool, under no other lock and not under a port's; inside
 * it the shrinker's, for the list of pools.  The shrinker comes the other way round and
 * only tries.
 */
#ifndef _MSGPORT_POOL_H
#define _MSGPORT_POOL_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Largest run of pages; tried without effort, see run_get(). */
#define MSGPORT_RUN_ORDER	4

struct msgport_pool {
	spinlock_t lock;		/* of all below */
	bool listed;			/* the shrinker knows it */
	bool closed;			/* its port is dead: it keeps nothing more */
	u32 pages;			/* kept; read without the lock as a hint */
	struct list_head node;		/* in the shrinker's list; its lock too */
	struct list_head runs[MSGPORT_RUN_ORDER + 1]; /* page.lru, by order */
};

int msgport_pools_init(void);
void msgport_pools_exit(void);
void msgport_pool_init(struct msgport_pool *pool);
void msgport_pool_empty(struct msgport_pool *pool);
unsigned long msgport_pool_take(struct msgport_pool *pool, unsigned int order);
bool msgport_pool_keep(struct msgport_pool *pool, unsigned long run);

#endif
