// SPDX-License-Identifier: GPL-2.0
/* A message's memory. */

#include <linux/slab.h>

#include "compat.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "pool.h"
#include "port.h"
#include "quota.h"
#include "right.h"

static struct kmem_cache *message_cache;

int msgport_message_init(void)
{
	size_t head = offsetof(struct msgport_message, data);

	BUILD_BUG_ON(sizeof(struct msgport_message) != 128);
	message_cache = kmem_cache_create_usercopy("msgport_message", MSGPORT_OBJECT, 0,
						   SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN,
						   head, MSGPORT_OBJECT - head, NULL);
	return message_cache ? 0 : -ENOMEM;
}

void msgport_message_exit(void)
{
	kmem_cache_destroy(message_cache);
}

/* A run that was kept, or 0. */
static unsigned long run_kept(struct msgport_pool *pool, unsigned int order)
{
	unsigned long run;

	if (!pool || !READ_ONCE(pool->run_bytes))
		return 0;
	spin_lock(pool->lock);
	run = msgport_pool_take_run(pool, order);
	spin_unlock(pool->lock);
	return run;
}

/* A run of at most @rest bytes rounded up: one that was kept, or as comes for nothing. */
static unsigned long run_get(size_t rest, struct msgport_pool *pool)
{
	unsigned int order = min_t(unsigned int, MSGPORT_RUN_ORDER, get_order(rest));
	unsigned long run;
	struct page *page;

	while (order && (PAGE_SIZE << order) > PAGE_ALIGN(rest))
		order--;
	run = run_kept(pool, order);
	if (run)
		return run;
	if (order) {
		page = alloc_pages((GFP_KERNEL_ACCOUNT & ~__GFP_DIRECT_RECLAIM) |
				   __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY, order);
		if (page)
			return (unsigned long)page | order;
	}
	return (unsigned long)alloc_page(GFP_KERNEL_ACCOUNT);
}

static void runs_free(struct msgport_message *m)
{
	unsigned long *run = msgport_payload(m);
	size_t rest = m->size;

	for (; rest && *run; run++) {
		size_t bytes = msgport_run_bytes(*run, rest);

		__free_pages(msgport_run_page(*run), msgport_run_order(*run));
		rest -= bytes;
	}
}

static int runs_get(struct msgport_message *m, struct msgport_pool *pool)
{
	unsigned long *run = msgport_payload(m);
	size_t rest = m->size;

	for (; rest; run++) {
		*run = run_get(rest, pool);
		if (!*run)
			return -ENOMEM;
		rest -= msgport_run_bytes(*run, rest);
		/* as a rule the kernel clears what it gives */
		cond_resched();
	}
	return 0;
}

static void *object_new(size_t object)
{
	if (object > PAGE_SIZE)
		return kvmalloc(object, GFP_KERNEL_ACCOUNT);
	if (likely(object <= MSGPORT_OBJECT))
		return kmem_cache_alloc(message_cache, GFP_KERNEL);
	return kmalloc(msgport_class_bytes(msgport_object_class(object)), GFP_KERNEL_ACCOUNT);
}

/* One of a class, and of any class for who does not know it. */
void msgport_object_free(void *object, unsigned int class)
{
	if (likely(!class))
		kmem_cache_free(message_cache, object);
	else
		kvfree(object);
}

/* One that was kept, or NULL. */
static void *object_kept(struct msgport_pool *pool, unsigned int class)
{
	void *object;

	if (!pool || !READ_ONCE(pool->objects[class]))
		return NULL;
	spin_lock(pool->lock);
	object = msgport_pool_take(pool, class);
	spin_unlock(pool->lock);
	return object;
}

/* With a structure of zeros. */
static struct msgport_message *object_get(size_t object, struct msgport_pool *pool)
{
	void *m = likely(object <= PAGE_SIZE) ?
		  object_kept(pool, msgport_object_class(object)) : NULL;

	if (!m)
		m = object_new(object);
	if (likely(m))
		*(struct msgport_message *)m = (struct msgport_message){};
	return m;
}

/**
 * msgport_message_new() - memory for a message
 * @size: bytes of payload, up to MSGPORT_SIZE_MAX
 * @has_extra: with struct msgport_extra
 * @pool: of the port that it is for, or NULL
 *
 * May sleep.  Returns a BUILT message without a sender, or NULL.
 */
struct msgport_message *msgport_message_new(size_t size, bool has_extra,
					    struct msgport_pool *pool)
{
	size_t object = msgport_message_object(size, has_extra);
	struct msgport_message *m = object_get(object, pool);

	if (!m)
		return NULL;
	m->size = size;
	m->has_extra = has_extra;
	m->state = MSGPORT_BUILT;
	if (has_extra) {
		memset(msgport_extra(m), 0, sizeof(struct msgport_extra));
		msgport_extra(m)->expires = MSGPORT_FOREVER;
	}
	if (msgport_message_paged(size, has_extra)) {
		memset(msgport_payload(m), 0,
		       DIV_ROUND_UP(size, PAGE_SIZE) * sizeof(unsigned long));
		if (runs_get(m, pool)) {
			msgport_message_free(m);
			return NULL;
		}
	}
	return m;
}

/**
 * msgport_stock_fill() - memory for so many common messages, if it comes for little
 * @stock: not initialised
 * @count: up to MSGPORT_STOCK
 * @pool: of the port that they are for
 *
 * May sleep.
 */
void msgport_stock_fill(struct msgport_stock *stock, u32 count, struct msgport_pool *pool)
{
	u32 n;

	spin_lock(pool->lock);
	for (n = 0; n < count; n++) {
		stock->objects[n] = msgport_pool_take(pool, 0);
		if (unlikely(!stock->objects[n]))
			break;
	}
	spin_unlock(pool->lock);
	if (unlikely(n < count))
		n += kmem_cache_alloc_bulk(message_cache, GFP_KERNEL, count - n,
					   stock->objects + n);
	stock->count = n;
}

/* The right's own; other threads may send through it. */
static void *idle_object(struct msgport_send_right *right)
{
	return READ_ONCE(right->idle_object) ? xchg(&right->idle_object, NULL) : NULL;
}

/**
 * msgport_message_from() - memory for a plain message, as a rule at hand
 * @stock: may be used up, or NULL: for one by itself
 * @size: bytes of payload
 * @right: that it will go through
 *
 * As msgport_message_new() without an extra.
 */
struct msgport_message *msgport_message_from(struct msgport_stock *stock, size_t size,
					     struct msgport_send_right *right)
{
	struct msgport_message *m = NULL;

	if (likely(msgport_message_common(size, false))) {
		if (!stock)
			m = idle_object(right);
		else if (stock->count)
			m = stock->objects[--stock->count];
	}
	if (unlikely(!m))
		return msgport_message_new(size, false, msgport_port_pool(right->port));
	*m = (struct msgport_message){ .size = size, .state = MSGPORT_BUILT };
	return m;
}

/**
 * msgport_message_share() - a message with the payload of another
 * @holder: BUILT and named, without an extra; goes with the last that shares it
 *
 * May sleep.  Returns a BUILT message with an extra, in all else like @holder, or
 * NULL.  @holder->shared_by counts the caller as well, from 1; its own use ends with
 * msgport_message_unshare().
 */
struct msgport_message *msgport_message_share(struct msgport_message *holder)
{
	struct msgport_message *m;

	BUILD_BUG_ON(sizeof(*m) + sizeof(struct msgport_extra) + sizeof(holder) >
		     MSGPORT_OBJECT);
	m = msgport_message_new(0, true, NULL);
	if (!m)
		return NULL;
	m->size = holder->size;
	m->sent_at = holder->sent_at;
	m->tag = holder->tag;
	m->uid = holder->uid;
	m->gid = holder->gid;
	m->tid = get_pid(holder->tid);
	m->priority = holder->priority;
	m->shared = true;
	*msgport_holder_of(m) = holder;
	refcount_inc(&holder->shared_by);
	return m;
}

/* What only an answer or an event has. */
static void answer_free(struct msgport_message *m)
{
	struct msgport_extra *extra = msgport_extra(m);

	put_pid(extra->tgid);
	if (extra->account)
		msgport_uncharge(extra->account, MSGPORT_CHARGE_BYTES, msgport_cost(m));
	msgport_account_put(extra->account);
}

/* One user of a payload less. */
void msgport_message_unshare(struct msgport_message *holder)
{
	if (refcount_dec_and_test(&holder->shared_by))
		msgport_message_free(holder);
}

/* What a port may keep beside what is in transit: no more than it has paid for. */
static __always_inline u64 room_to_keep(const struct msgport_port *port)
{
	const struct msgport_gate *gate = &port->gate;

	lockdep_assert_held(&port->lock);
	return likely(port->state == MSGPORT_PORT_LIVE && gate->bytes < gate->max_bytes) ?
	       gate->max_bytes - gate->bytes : 0;
}

/* What is left of a stock goes to the port. */
void msgport_stock_free(struct msgport_stock *stock, struct msgport_port *port)
{
	u32 left = stock->count;

	if (likely(!left))
		return;
	spin_lock(&port->lock);
	while (left && msgport_pool_keep(msgport_port_pool(port), 0,
					 stock->objects[left - 1], room_to_keep(port)))
		left--;
	spin_unlock(&port->lock);
	if (left)
		kmem_cache_free_bulk(message_cache, left, stock->objects);
}

/*
 * Under the lock: a batch of runs, from @run on, goes to the port or, where that keeps no
 * more, into @left.  Returns where to go on; @rest is what is left of the payload.
 */
static unsigned long *leave_some(struct msgport_port *port, unsigned long *run, size_t *rest,
				 struct list_head *left)
{
	unsigned int budget = MSGPORT_BATCH;

	for (; *rest && *run && budget--; run++) {
		*rest -= msgport_run_bytes(*run, *rest);
		if (!msgport_pool_keep_run(msgport_port_pool(port), *run, room_to_keep(port)))
			list_add(&msgport_run_page(*run)->lru, left);
	}
	return run;
}

/* Leaves its pages to the port's next message, and frees what may not stay. */
static noinline_for_stack void leave_pages(struct msgport_message *m,
					   struct msgport_port *port)
{
	unsigned long *run = msgport_payload(m);
	struct page *page, *next;
	size_t rest = m->size;
	LIST_HEAD(left);

	while (rest && *run) {
		spin_lock(&port->lock);
		run = leave_some(port, run, &rest, &left);
		spin_unlock(&port->lock);
		cond_resched();
	}
	list_for_each_entry_safe(page, next, &left, lru) {
		__free_pages(page, compound_order(page));
		cond_resched();
	}
}

/* All that hangs on a message but its own memory.  Pages go to @port if it may be. */
static void strip_message(struct msgport_message *m, struct msgport_port *port)
{
	msgport_files_free(msgport_message_files(m));
	if (unlikely(msgport_message_paged(m->size, m->has_extra))) {
		if (port)
			leave_pages(m, port);
		else
			runs_free(m);
	}
	put_pid(m->tid);
	if (unlikely(m->has_extra) && msgport_extra(m)->kind != MSGPORT_KIND_DATA)
		answer_free(m);
}

static bool leave_object(void *object, unsigned int class, struct msgport_port *port)
{
	bool kept;

	spin_lock(&port->lock);
	kept = msgport_pool_keep(msgport_port_pool(port), class, object, room_to_keep(port));
	spin_unlock(&port->lock);
	return kept;
}

static void destroy(struct msgport_message *m, struct msgport_port *port)
{
	struct msgport_message *holder = NULL;
	unsigned int class;
	size_t object;

	if (unlikely(m->shared)) {
		holder = *msgport_holder_of(m);
		m->size = 0;
	}
	object = msgport_message_object(m->size, m->has_extra);
	class = msgport_object_class(object);
	strip_message(m, port);
	if (!port || object > PAGE_SIZE || !leave_object(m, class, port))
		msgport_object_free(m, class);
	if (unlikely(holder))
		msgport_message_unshare(holder);
}

/*
 * Destroys a message in any stage; it is in no queue and has no sender, and no
 * lock is held, since its descriptors are closed.
 */
void msgport_message_free(struct msgport_message *m)
{
	if (m)
		destroy(m, NULL);
}

/**
 * msgport_message_used() - destroy a message that has been received
 * @m: as for msgport_message_free()
 * @port: that it was sent to, or answered from; pinned.  It may keep the memory.
 */
void msgport_message_used(struct msgport_message *m, struct msgport_port *port)
{
	if (likely(m))
		destroy(m, port);
}

/* With an extra, or not a common one. */
static noinline bool leave_special(struct msgport_message *m, struct msgport_port *port)
{
	size_t object;

	if (unlikely(m->tid || m->shared || msgport_message_paged(m->size, m->has_extra)))
		return false;
	if (unlikely(m->has_extra) && (msgport_extra(m)->kind != MSGPORT_KIND_DATA ||
				       msgport_extra(m)->files))
		return false;
	object = msgport_message_object(m->size, m->has_extra);
	return msgport_pool_keep(msgport_port_pool(port), msgport_object_class(object), m,
				 room_to_keep(port));
}

/**
 * msgport_message_leave() - the same under the port's lock, if that is possible
 * @m: ended, and nobody peeks at it
 * @port: that it was sent to
 *
 * Returns false if more than an object must go, or the port keeps no more: then
 * msgport_message_used() follows.
 */
inline bool msgport_message_leave(struct msgport_message *m, struct msgport_port *port)
{
	if (unlikely(m->tid || !msgport_message_common(m->size, m->has_extra)))
		return leave_special(m, port);
	return msgport_pool_keep(&port->traffic->pool, 0, m, room_to_keep(port));
}
