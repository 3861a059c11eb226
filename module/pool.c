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

void msgport_pool_init(struct msgport_pool *pool)
{
	int order;

	spin_lock_init(&pool->lock);
	pool->listed = false;
	pool->closed = false;
	pool->counted = 0;
	pool->bytes = 0;
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
	lockdep_assert_held(&pool->lock);
	WRITE_ONCE(pool->bytes, pool->bytes + bytes);
	if (unlikely(pool->bytes > pool->counted))
		count_more(pool);
}

static __always_inline void pool_less(struct msgport_pool *pool, u64 bytes)
{
	lockdep_assert_held(&pool->lock);
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
	atomic_long_sub(pool->counted >> PAGE_SHIFT, &pages_kept);
	pool->counted = 0;
	return pages;
}

static void breathe(unsigned int *n)
{
	if (++*n % MSGPORT_BATCH == 0)
		cond_resched();
}

/* All of a chain, or of nothing. */
void msgport_chain_free(struct msgport_kept *first, unsigned int class)
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
			msgport_chain_free(first, class);
		}
	}
}

static void empty(struct msgport_pool *pool, bool close)
{
	struct stripped out;

	stripped_init(&out);
	spin_lock(&pool->lock);
	pool->closed |= close;
	strip(pool, &out);
	if (pool->listed) {
		spin_lock(&pools_lock);
		list_del(&pool->node);
		spin_unlock(&pools_lock);
		pool->listed = false;
	}
	spin_unlock(&pool->lock);
	free_stripped(&out);
}

/**
 * msgport_pool_empty() - give everything back, and keep nothing from now on
 * @pool: its port is dead, or about to be freed
 */
void msgport_pool_empty(struct msgport_pool *pool)
{
	empty(pool, true);
}

/**
 * msgport_pool_begin_again() - give everything back
 * @pool: its port has paid for less from now on
 */
void msgport_pool_begin_again(struct msgport_pool *pool)
{
	empty(pool, false);
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

	if (READ_ONCE(pool->bytes) < PAGE_SIZE)
		return 0;
	spin_lock(&pool->lock);
	for (;; order--) {
		page = list_first_entry_or_null(&pool->runs[order], struct page, lru);
		if (page || !order)
			break;
	}
	if (page) {
		list_del(&page->lru);
		pool_less(pool, PAGE_SIZE << order);
	}
	spin_unlock(&pool->lock);
	return page ? (unsigned long)page | order : 0;
}

/**
 * msgport_pool_keep() - keep a run for later
 * @pool: of the port that it was sent to
 * @run: nobody else's
 * @room: bytes that may be kept in all
 *
 * Returns false if it may not: the run is still the caller's.
 */
bool msgport_pool_keep(struct msgport_pool *pool, unsigned long run, u64 room)
{
	unsigned int order = msgport_run_order(run);
	bool keep;

	spin_lock(&pool->lock);
	keep = !pool->closed && pool->bytes + (PAGE_SIZE << order) <= room;
	if (likely(keep)) {
		list_add(&msgport_run_page(run)->lru, &pool->runs[order]);
		pool_more(pool, PAGE_SIZE << order);
	}
	spin_unlock(&pool->lock);
	return keep;
}

/**
 * msgport_pool_take_objects() - objects that were kept
 * @pool: of the port that the messages will be sent to
 * @class: of msgport_object_class()
 * @objects: filled from its beginning
 * @most: of these
 *
 * Returns how many there were.  They are not cleared.
 */
u32 msgport_pool_take_objects(struct msgport_pool *pool, unsigned int class,
			      void **objects, u32 most)
{
	struct msgport_kept **first = &pool->objects[class];
	u32 n = 0;

	if (!READ_ONCE(*first))
		return 0;
	spin_lock(&pool->lock);
	for (; n < most && *first; n++) {
		objects[n] = *first;
		WRITE_ONCE(*first, (*first)->next);
	}
	pool_less(pool, n * msgport_class_bytes(class));
	spin_unlock(&pool->lock);
	return n;
}

static __always_inline void chain_push(struct msgport_kept **first, void *object)
{
	struct msgport_kept *kept = object;

	kept->next = *first;
	WRITE_ONCE(*first, kept);
}

/**
 * msgport_pool_take_chain() - objects that were kept, as a chain
 * @pool: of the port that the messages will be sent to
 * @class: of msgport_object_class()
 * @most: of these, from 1
 *
 * Returns the first, or NULL.
 */
struct msgport_kept *msgport_pool_take_chain(struct msgport_pool *pool,
					     unsigned int class, u32 most)
{
	struct msgport_kept *first, *last;
	u32 n;

	if (!READ_ONCE(pool->objects[class]))
		return NULL;
	spin_lock(&pool->lock);
	first = pool->objects[class];
	if (likely(first)) {
		for (n = 1, last = first; n < most && last->next; n++)
			last = last->next;
		WRITE_ONCE(pool->objects[class], last->next);
		last->next = NULL;
		pool_less(pool, n * msgport_class_bytes(class));
	}
	spin_unlock(&pool->lock);
	return first;
}

/**
 * msgport_pool_keep_objects() - keep objects for later
 * @pool: of the port that they were sent to
 * @class: of msgport_object_class()
 * @objects: nobody else's
 * @count: of these
 * @room: bytes that may be kept in all
 *
 * Returns how many of the last were kept: those before them are still the caller's.
 */
u32 msgport_pool_keep_objects(struct msgport_pool *pool, unsigned int class,
			      void **objects, u32 count, u64 room)
{
	size_t each = msgport_class_bytes(class);
	u64 bytes = 0;
	u32 n = 0;

	if (!MSGPORT_KEEPS_OBJECTS)
		return 0;
	spin_lock(&pool->lock);
	if (likely(!pool->closed && pool->bytes < room))
		room -= pool->bytes;
	else
		room = 0;
	for (; n < count && bytes + each <= room; n++, bytes += each)
		chain_push(&pool->objects[class], objects[count - 1 - n]);
	pool_more(pool, bytes);
	spin_unlock(&pool->lock);
	return n;
}

static unsigned long count_pools(struct shrinker *shrinker, struct shrink_control *control)
{
	return atomic_long_read(&pages_kept) ?: SHRINK_EMPTY;
}

/* Under the shrinker's lock.  Returns false if it is busy. */
static bool strip_listed(struct msgport_pool *pool, struct stripped *out,
			 unsigned long *pages)
{
	if (!spin_trylock(&pool->lock))
		return false;
	list_del(&pool->node);
	pool->listed = false;
	*pages += strip(pool, out);
	/* it may be freed after this */
	spin_unlock(&pool->lock);
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
