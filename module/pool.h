/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that a port keeps for its next messages.
 *
 * A message is an object (message.h), with runs of pages for more than about a page of
 * payload.  To get these from the kernel, cleared, and to give them back costs more than
 * a small message's way through the port, and for a large one more than a copy: so those
 * of a message that has been received stay with its port for the next that is sent there.
 * A pipe does the same with two pages.
 *
 * Bound: what is kept, with what is in transit at that moment, is no more than max_bytes,
 * which the port's owner has paid for.  (Later messages may come beside it, so that it is
 * twice that at most.)  The kernel takes it back when it is short of memory (a shrinker),
 * and all goes when the port dies.  It stays charged to the control group of whoever sent
 * first, which cannot ask for it by itself.
 * What is read of it has been written for the same message: nothing of the last one's is
 * ever seen.  It is not cleared, though, before the kernel has it back.
 *
 * A receiver leaves a message's object in the locked section that ends the message, and a
 * sender takes the one for his next in the section that accepts this one
 * (right->idle_object): so neither costs a lock of its own.  The right's counts in no
 * bound but that of rights, and goes with the right: neither the port's end nor the
 * shrinker reaches it.
 *
 * Kernels that look for uses of freed or unwritten memory would see none in what is kept:
 * there objects go back at once (MSGPORT_KEEPS_OBJECTS); runs of pages do not.
 *
 * Locks: the port's for all of a pool; inside it the shrinker's, for the list of pools.
 * The shrinker comes the other way round and only tries.
 */
#ifndef _MSGPORT_POOL_H
#define _MSGPORT_POOL_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "message.h"

/* Largest run of pages; tried without effort, see run_get(). */
#define MSGPORT_RUN_ORDER	4

#define MSGPORT_KEEPS_OBJECTS	(!IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KMSAN))

/*
 * Objects are kept by class: the common ones, then powers of two up to a page.  Larger
 * ones are not kept.
 */
#define MSGPORT_CLASSES		(PAGE_SHIFT - 6)

static inline unsigned int msgport_object_class(size_t object)
{
	return object <= MSGPORT_OBJECT ? 0 : fls(object - 1) - 7;
}

static inline size_t msgport_class_bytes(unsigned int class)
{
	return class ? 128UL << class : MSGPORT_OBJECT;
}

/* At the beginning of an object that is kept: a chain, last in, first out. */
struct msgport_kept {
	struct msgport_kept *next;
	struct msgport_kept *chain;	/* of the first: another chain, once stripped */
};

struct msgport_pool {
	spinlock_t *lock;		/* the port's: of all below */
	bool listed;			/* the shrinker knows it */
	u64 bytes;			/* kept; the state file reads it without the lock */
	u64 run_bytes;			/* of these, in @runs; also read as a hint */
	u64 counted;			/* what the shrinker counts for it: no less */
	struct list_head node;		/* in the shrinker's list; its lock too */
	struct msgport_kept *objects[MSGPORT_CLASSES]; /* also read as a hint */
	struct list_head runs[MSGPORT_RUN_ORDER + 1]; /* page.lru, by order */
};

int msgport_pools_init(void);
void msgport_pools_exit(void);
void msgport_pool_init(struct msgport_pool *pool, spinlock_t *lock);
void msgport_pool_empty(struct msgport_pool *pool);

/* Under the port's lock. */
unsigned long msgport_pool_take_run(struct msgport_pool *pool, unsigned int order);
bool msgport_pool_keep_run(struct msgport_pool *pool, unsigned long run, u64 room);
void *msgport_pool_take(struct msgport_pool *pool, unsigned int class);
bool msgport_pool_keep(struct msgport_pool *pool, unsigned int class, void *object,
		       u64 room);

#endif
