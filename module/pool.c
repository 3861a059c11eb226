// SPDX-License-Identifier: GPL-2.0
/* Pages that ports keep, and the kernel's way to get them back. */

#include <linux/mm.h>
#include <linux/sched.h>

#include "compat.h"
#include "limits.h"
#include "payload.h"
#include "pool.h"

/* Pools that have kept something since the shrinker saw them last. */
static LIST_HEAD(pools);
static DEFINE_SPINLOCK(pools_lock);
static atomic_long_t pages_kept;
static struct shrinker *pools_shrinker;

void msgport_pool_init(struct msgport_pool *pool)
{
	int order;

	spin_lock_init(&pool->lock);
	pool->listed = false;
	pool->closed = false;
	pool->pages = 0;
	for (order = 0; order <= MSGPORT_RUN_ORDER; order++)
		INIT_LIST_HEAD(&pool->runs[order]);
}

/* Under its lock. */
static void pool_count(struct msgport_pool *pool, long pages)
{
	WRITE_ONCE(pool->pages, pool->pages + pages);
	atomic_long_add(pages, &pages_kept);
}

/* Under its lock: everything onto one list.  Returns how many pages that is. */
static unsigned long strip(struct msgport_pool *pool, struct list_head *runs)
{
	unsigned long pages = pool->pages;
	int order;

	for (order = 0; order <= MSGPORT_RUN_ORDER; order++)
		list_splice_init(&pool->runs[order], runs);
	pool_count(pool, -(long)pages);
	return pages;
}

static void free_runs(struct list_head *runs)
{
	struct page *page, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(page, next, runs, lru) {
		__free_pages(page, compound_order(page));
		if (++n % MSGPORT_BATCH == 0)
			cond_resched();
	}
}

/**
 * msgport_pool_empty() - give all pages back, and keep none from now on
 * @pool: its port is dead, or about to be freed
 */
void msgport_pool_empty(struct msgport_pool *pool)
{
	LIST_HEAD(runs);

	spin_lock(&pool->lock);
	pool->closed = true;
	strip(pool, &runs);
	if (pool->listed) {
		spin_lock(&pools_lock);
		list_del(&pool->node);
		spin_unlock(&pools_lock);
		pool->listed = false;
	}
	spin_unlock(&pool->lock);
	free_runs(&runs);
}

/**
 * msgport_pool_take() - a run that was kept
 * @pool: of the port that the message will be sent to
 * @order: of at most so many pages; the largest that there is
 *
 * Returns it as payload.h has it, or 0.
 */
unsigned long msgport_pool_take(struct msgport_pool *pool, unsigned int order)
{
	struct page *page = NULL;

	if (!READ_ONCE(pool->pages))
		return 0;
	spin_lock(&pool->lock);
	for (;; order--) {
		page = list_first_entry_or_null(&pool->runs[order], struct page, lru);
		if (page || !order)
			break;
	}
	if (page) {
		list_del(&page->lru);
		pool_count(pool, -(1L << order));
	}
	spin_unlock(&pool->lock);
	return page ? (unsigned long)page | order : 0;
}

/**
 * msgport_pool_keep() - keep a run for later
 * @pool: the caller has looked whether it may keep so much
 * @run: nobody else's
 *
 * Returns false if the port has died meanwhile: the run is still the caller's.
 */
bool msgport_pool_keep(struct msgport_pool *pool, unsigned long run)
{
	unsigned int order = msgport_run_order(run);

	spin_lock(&pool->lock);
	if (unlikely(pool->closed)) {
		spin_unlock(&pool->lock);
		return false;
	}
	list_add(&msgport_run_page(run)->lru, &pool->runs[order]);
	pool_count(pool, 1L << order);
	if (unlikely(!pool->listed)) {
		pool->listed = true;
		spin_lock(&pools_lock);
		list_add_tail(&pool->node, &pools);
		spin_unlock(&pools_lock);
	}
	spin_unlock(&pool->lock);
	return true;
}

static unsigned long count_pools(struct shrinker *shrinker, struct shrink_control *control)
{
	return atomic_long_read(&pages_kept) ?: SHRINK_EMPTY;
}

/* Under the shrinker's lock.  Returns pages; 0: none, or it is busy. */
static unsigned long strip_listed(struct msgport_pool *pool, struct list_head *runs)
{
	unsigned long pages;

	if (!spin_trylock(&pool->lock))
		return 0;
	list_del(&pool->node);
	pool->listed = false;
	pages = strip(pool, runs);
	/* it may be freed after this */
	spin_unlock(&pool->lock);
	return pages;
}

/* Pools that are longest in the list leave it, until that is so many pages. */
static unsigned long strip_some(struct list_head *runs, unsigned long most)
{
	struct msgport_pool *pool, *next;
	unsigned int budget = MSGPORT_BATCH;
	unsigned long pages = 0;

	spin_lock(&pools_lock);
	list_for_each_entry_safe(pool, next, &pools, node) {
		if (pages >= most || !budget--)
			break;
		pages += strip_listed(pool, runs);
	}
	spin_unlock(&pools_lock);
	return pages;
}

static unsigned long scan_pools(struct shrinker *shrinker, struct shrink_control *control)
{
	unsigned long pages;
	LIST_HEAD(runs);

	pages = strip_some(&runs, control->nr_to_scan);
	free_runs(&runs);
	return pages ?: SHRINK_STOP;
}

int msgport_pools_init(void)
{
	pools_shrinker = msgport_shrinker_new("msgport-pages", count_pools, scan_pools);
	return pools_shrinker ? 0 : -ENOMEM;
}

void msgport_pools_exit(void)
{
	msgport_shrinker_free(pools_shrinker);
}
