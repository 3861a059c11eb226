// SPDX-License-Identifier: GPL-2.0
/* Memory that ports keep, and the kernel's way to get it back. */

#include <linux/mm.h>
#include <linux/sched.h>

#include "compat.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "pool.h"

/* Pools that have kept something since the shrinker saw them last. */
static LIST_HEAD(pools);
static DEFINE_SPINLOCK(pools_lock);
static atomic_long_t pages_kept;
static struct shrinker *pools_shrinker;

/* What was taken out of pools, to be freed without their locks. */
struct stripped {
	struct list_head runs;
	struct msgport_kept *chains[MSGPORT_CLASSES]; /* by msgport_kept.chain */
};

static void stripped_init(struct stripped *out)
{
	INIT_LIST_HEAD(&out->runs);
	memset(out->chains, 0, sizeof(out->chains));
}

void msgport_pool_init(struct msgport_pool *pool, spinlock_t *lock)
{
	int order;

	pool->lock = lock;
	pool->listed = false;
	pool->counted = 0;
	pool->bytes = 0;
	pool->run_bytes = 0;
	memset(pool->objects, 0, sizeof(pool->objects));
	for (order = 0; order <= MSGPORT_RUN_ORDER; order++)
		INIT_LIST_HEAD(&pool->runs[order]);
}

/* See pool_more(). */
static noinline void count_more(struct msgport_pool *pool)
{
	u64 counted = PAGE_ALIGN(pool->bytes);

	atomic_long_add((counted - pool->counted) >> PAGE_SHIFT, &pages_kept);
	pool->counted = counted;
	if (likely(pool->listed))
		return;
	pool->listed = true;
	spin_lock(&pools_lock);
	list_add_tail(&pool->node, &pools);
	spin_unlock(&pools_lock);
}

/*
 * More is kept.  What all pools keep is counted when this one has more than ever, so that
 * not every processor writes there for each message.
 */
static __always_inline void pool_more(struct msgport_pool *pool, u64 bytes)
{
	lockdep_assert_held(pool->lock);
	WRITE_ONCE(pool->bytes, pool->bytes + bytes);
	if (unlikely(pool->bytes > pool->counted))
		count_more(pool);
}

static __always_inline void pool_less(struct msgport_pool *pool, u64 bytes)
{
	lockdep_assert_held(pool->lock);
	WRITE_ONCE(pool->bytes, pool->bytes - bytes);
}

/* Under its lock: everything out of it.  Returns how many pages that is. */
static unsigned long strip(struct msgport_pool *pool, struct stripped *out)
{
	unsigned long pages = DIV_ROUND_UP(pool->bytes, PAGE_SIZE);
	int i;

	for (i = 0; i <= MSGPORT_RUN_ORDER; i++)
		list_splice_init(&pool->runs[i], &out->runs);
	for (i = 0; i < MSGPORT_CLASSES; i++) {
		struct msgport_kept *first = pool->objects[i];

		if (!first)
			continue;
		first->chain = out->chains[i];
		out->chains[i] = first;
		WRITE_ONCE(pool->objects[i], NULL);
	}
	WRITE_ONCE(pool->bytes, 0);
	WRITE_ONCE(pool->run_bytes, 0);
	atomic_long_sub(pool->counted >> PAGE_SHIFT, &pages_kept);
	pool->counted = 0;
	return pages;
}

static void breathe(unsigned int *n)
{
	if (++*n % MSGPORT_BATCH == 0)
		cond_resched();
}

static void free_chain(struct msgport_kept *first, unsigned int class)
{
	struct msgport_kept *next;
	unsigned int n = 0;

	for (; first; first = next) {
		next = first->next;
		msgport_object_free(first, class);
		breathe(&n);
	}
}

static void free_stripped(struct stripped *out)
{
	struct msgport_kept *first, *chain;
	struct page *page, *next;
	unsigned int n = 0, class;

	list_for_each_entry_safe(page, next, &out->runs, lru) {
		__free_pages(page, compound_order(page));
		breathe(&n);
	}
	for (class = 0; class < MSGPORT_CLASSES; class++) {
		for (first = out->chains[class]; first; first = chain) {
			chain = first->chain;
			free_chain(first, class);
		}
	}
}

/**
 * msgport_pool_empty() - give everything back
 * @pool: its port is dead, about to be freed, or has paid for less from now on; unlocked
 */
void msgport_pool_empty(struct msgport_pool *pool)
{
	struct stripped out;

	stripped_init(&out);
	spin_lock(pool->lock);
	strip(pool, &out);
	if (pool->listed) {
		spin_lock(&pools_lock);
		list_del(&pool->node);
		spin_unlock(&pools_lock);
		pool->listed = false;
	}
	spin_unlock(pool->lock);
	free_stripped(&out);
}

/**
 * msgport_pool_take_run() - a run that was kept
 * @pool: of the port that the message will be sent to
 * @order: of at most so many pages; the largest that there is
 *
 * Returns it as payload.h has it, or 0.
 */
unsigned long msgport_pool_take_run(struct msgport_pool *pool, unsigned int order)
{
	struct page *page;

	for (;; order--) {
		page = list_first_entry_or_null(&pool->runs[order], struct page, lru);
		if (page || !order)
			break;
	}
	if (!page)
		return 0;
	list_del(&page->lru);
	pool_less(pool, PAGE_SIZE << order);
	WRITE_ONCE(pool->run_bytes, pool->run_bytes - (PAGE_SIZE << order));
	return (unsigned long)page | order;
}

/**
 * msgport_pool_keep_run() - keep a run for later
 * @pool: of the port that it was sent to
 * @run: nobody else's
 * @room: bytes that may be kept in all
 *
 * Returns false if it may not: the run is still the caller's.
 */
bool msgport_pool_keep_run(struct msgport_pool *pool, unsigned long run, u64 room)
{
	unsigned int order = msgport_run_order(run);

	if (unlikely(pool->bytes + (PAGE_SIZE << order) > room))
		return false;
	list_add(&msgport_run_page(run)->lru, &pool->runs[order]);
	pool_more(pool, PAGE_SIZE << order);
	WRITE_ONCE(pool->run_bytes, pool->run_bytes + (PAGE_SIZE << order));
	return true;
}

/**
 * msgport_pool_take() - an object that was kept
 * @pool: of the port that the message will be sent to
 * @class: of msgport_object_class()
 *
 * Returns it, not cleared, or NULL.
 */
void *msgport_pool_take(struct msgport_pool *pool, unsigned int class)
{
	struct msgport_kept *kept = pool->objects[class];

	if (likely(kept)) {
		WRITE_ONCE(pool->objects[class], kept->next);
		pool_less(pool, msgport_class_bytes(class));
	}
	return kept;
}

/**
 * msgport_pool_keep() - keep an object for later
 * @pool: of the port that it was sent to
 * @class: of msgport_object_class()
 * @object: nobody else's
 * @room: bytes that may be kept in all
 *
 * Returns false if it may not: the object is still the caller's.
 */
bool msgport_pool_keep(struct msgport_pool *pool, unsigned int class, void *object,
		       u64 room)
{
	size_t bytes = msgport_class_bytes(class);
	struct msgport_kept *kept = object;

	if (!MSGPORT_KEEPS_OBJECTS || unlikely(pool->bytes + bytes > room))
		return false;
	kept->next = pool->objects[class];
	WRITE_ONCE(pool->objects[class], kept);
	pool_more(pool, bytes);
	return true;
}

static unsigned long count_pools(struct shrinker *shrinker, struct shrink_control *control)
{
	return atomic_long_read(&pages_kept) ?: SHRINK_EMPTY;
}

/* Under the shrinker's lock.  Returns false if it is busy. */
static bool strip_listed(struct msgport_pool *pool, struct stripped *out,
			 unsigned long *pages)
{
	if (!spin_trylock(pool->lock))
		return false;
	list_del(&pool->node);
	pool->listed = false;
	*pages += strip(pool, out);
	/* its port may be freed after this */
	spin_unlock(pool->lock);
	return true;
}

/*
 * Pools that are longest in the list leave it, until that is so many pages.  Returns
 * these, which may be none though pools left, or SHRINK_STOP.
 */
static unsigned long strip_some(struct stripped *out, unsigned long most)
{
	struct msgport_pool *pool, *next;
	unsigned int budget = MSGPORT_BATCH;
	unsigned long pages = 0;
	bool any = false;

	spin_lock(&pools_lock);
	list_for_each_entry_safe(pool, next, &pools, node) {
		if (pages >= most || !budget--)
			break;
		any |= strip_listed(pool, out, &pages);
	}
	spin_unlock(&pools_lock);
	return any ? pages : SHRINK_STOP;
}

static unsigned long scan_pools(struct shrinker *shrinker, struct shrink_control *control)
{
	struct stripped out;
	unsigned long pages;

	stripped_init(&out);
	pages = strip_some(&out, control->nr_to_scan);
	free_stripped(&out);
	return pages;
}

int msgport_pools_init(void)
{
	pools_shrinker = msgport_shrinker_new("msgport-kept", count_pools, scan_pools);
	return pools_shrinker ? 0 : -ENOMEM;
}

void msgport_pools_exit(void)
{
	msgport_shrinker_free(pools_shrinker);
}
