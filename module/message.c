// SPDX-License-Identifier: GPL-2.0
/* A message's memory, and its way from and to the user's. */

#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "limits.h"
#include "message.h"
#include "quota.h"

/* Largest run of pages asked for; tried without effort, see pages_get(). */
#define RUN_ORDER	4

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

static void *payload(struct msgport_message *m)
{
	return m->data + (m->has_extra ? sizeof(struct msgport_extra) : 0);
}

/*
 * A run of pages is one word: the page's address with the order in its low
 * bits.  The last word of a message is the one that completes its size.
 */
static struct page *run_page(unsigned long run)
{
	return (struct page *)(run & ~0xfUL);
}

static unsigned int run_order(unsigned long run)
{
	return run & 0xf;
}

static size_t run_bytes(unsigned long run, size_t rest)
{
	return min_t(size_t, PAGE_SIZE << run_order(run), rest);
}

/* A run of at most @rest bytes rounded up: as large as comes for nothing. */
static unsigned long run_get(size_t rest)
{
	unsigned int order = min_t(unsigned int, RUN_ORDER, get_order(rest));
	struct page *page;

	while (order && (PAGE_SIZE << order) > PAGE_ALIGN(rest))
		order--;
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
	unsigned long *run = payload(m);
	size_t rest = m->size;

	for (; rest && *run; run++) {
		size_t bytes = run_bytes(*run, rest);

		__free_pages(run_page(*run), run_order(*run));
		rest -= bytes;
	}
}

static int runs_get(struct msgport_message *m)
{
	unsigned long *run = payload(m);
	size_t rest = m->size;

	for (; rest; run++) {
		*run = run_get(rest);
		if (!*run)
			return -ENOMEM;
		rest -= run_bytes(*run, rest);
		/* as a rule the kernel clears what it gives */
		cond_resched();
	}
	return 0;
}

/* With a structure of zeros. */
static struct msgport_message *object_get(size_t object)
{
	struct msgport_message *m;

	if (likely(object == MSGPORT_OBJECT))
		m = kmem_cache_alloc(message_cache, GFP_KERNEL);
	else
		m = kvmalloc(object, GFP_KERNEL_ACCOUNT);
	if (likely(m))
		*m = (struct msgport_message){};
	return m;
}

/**
 * msgport_message_new() - memory for a message
 * @size: bytes of payload, up to MSGPORT_SIZE_MAX
 * @has_extra: with struct msgport_extra
 *
 * May sleep.  Returns a BUILT message without a sender, or NULL.
 */
struct msgport_message *msgport_message_new(size_t size, bool has_extra)
{
	size_t object = msgport_message_object(size, has_extra);
	struct msgport_message *m = object_get(object);

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
		memset(payload(m), 0,
		       DIV_ROUND_UP(size, PAGE_SIZE) * sizeof(unsigned long));
		if (runs_get(m)) {
			msgport_message_free(m);
			return NULL;
		}
	}
	return m;
}

/* Where one that shares its payload keeps whose it is: behind the extra. */
static struct msgport_message **holder_of(struct msgport_message *m)
{
	return payload(m);
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
	m = msgport_message_new(0, true);
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
	*holder_of(m) = holder;
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

/*
 * Destroys a message in any stage; it is in no queue and has no sender, and no
 * lock is held, since its descriptors are closed.
 */
void msgport_message_free(struct msgport_message *m)
{
	struct msgport_message *holder = NULL;
	size_t object;

	if (!m)
		return;
	msgport_files_free(msgport_message_files(m));
	if (unlikely(m->shared)) {
		holder = *holder_of(m);
		m->size = 0;
	}
	object = msgport_message_object(m->size, m->has_extra);
	if (msgport_message_paged(m->size, m->has_extra))
		runs_free(m);
	put_pid(m->tid);
	if (unlikely(m->has_extra) && msgport_extra(m)->kind != MSGPORT_KIND_DATA)
		answer_free(m);
	if (object == MSGPORT_OBJECT)
		kmem_cache_free(message_cache, m);
	else
		kvfree(m);
	if (unlikely(holder))
		msgport_message_unshare(holder);
}

/*
 * An iterator over a buffer, good for one copy.  The copying functions check
 * every address themselves.
 */
static void buffer_iter(const struct msgport_buffer *buffer, struct iov_iter *iter,
			unsigned int direction)
{
	if (buffer->iter)
		*iter = *buffer->iter;
	else if (buffer->pieces)
		iov_iter_init(iter, direction, buffer->pieces, buffer->count,
			      buffer->size);
	else
		iov_iter_ubuf(iter, direction, buffer->data, buffer->size);
}

/*
 * Up to this many bytes are copied word by word: what the kernel's own copy checks of
 * the kernel's side costs more than such a copy, and holds by the object's making.
 */
#define FEW_BYTES	64

/* Copies while there is as much, a few at a time; @copy jumps to fault. */
#define COPY_AS(type, copy, times)						\
	for (; size >= sizeof(type) * (times); size -= sizeof(type) * (times)) {	\
		_Pragma("GCC unroll 4")						\
		for (i = 0; i < (times); i++)					\
			copy(type);						\
		user += sizeof(type) * (times);					\
		kernel += sizeof(type) * (times);				\
	}

#define GET_AS(type)								\
	unsafe_get_user(((type *)kernel)[i], (type __user *)user + i, fault)
#define PUT_AS(type)								\
	unsafe_put_user(((type *)kernel)[i], (type __user *)user + i, fault)

static bool few_get(void *kernel, const void __user *user, size_t size)
{
	int i;

	if (!user_read_access_begin(user, size))
		return false;
	COPY_AS(unsigned long, GET_AS, 4);
	COPY_AS(unsigned long, GET_AS, 1);
	COPY_AS(u8, GET_AS, 1);
	user_read_access_end();
	return true;
fault:
	user_read_access_end();
	return false;
}

static bool few_put(void __user *user, const void *kernel, size_t size)
{
	int i;

	if (!user_write_access_begin(user, size))
		return false;
	COPY_AS(unsigned long, PUT_AS, 4);
	COPY_AS(unsigned long, PUT_AS, 1);
	COPY_AS(u8, PUT_AS, 1);
	user_write_access_end();
	return true;
fault:
	user_write_access_end();
	return false;
}

/* One piece of user memory to or from one object. */
static bool piece_get(void *kernel, const void __user *user, size_t size)
{
	return likely(size <= FEW_BYTES) ? few_get(kernel, user, size) :
	       !copy_from_user(kernel, user, size);
}

static bool piece_put(void __user *user, const void *kernel, size_t size)
{
	return likely(size <= FEW_BYTES) ? few_put(user, kernel, size) :
	       !copy_to_user(user, kernel, size);
}

/**
 * msgport_message_fill() - copy the payload in
 * @m: BUILT, of the buffer's size
 * @buffer: the user's
 *
 * May sleep for as long as the user's memory makes it.
 */
int msgport_message_fill(struct msgport_message *m, const struct msgport_buffer *buffer)
{
	struct iov_iter iter;
	unsigned long *run;
	size_t rest = m->size;

	if (!msgport_message_paged(m->size, m->has_extra)) {
		if (buffer->data)
			return piece_get(payload(m), buffer->data, m->size) ?
			       0 : -EFAULT;
		buffer_iter(buffer, &iter, ITER_SOURCE);
		return copy_from_iter(payload(m), m->size, &iter) == m->size ?
		       0 : -EFAULT;
	}
	buffer_iter(buffer, &iter, ITER_SOURCE);
	for (run = payload(m); rest; run++) {
		size_t bytes = run_bytes(*run, rest);

		if (copy_from_iter(page_address(run_page(*run)), bytes, &iter) != bytes)
			return -EFAULT;
		rest -= bytes;
		cond_resched();
	}
	return 0;
}

/**
 * msgport_message_copy() - copy the payload out
 * @m: in hand or pinned, so that nobody frees it
 * @buffer: the user's, of at least the message's size
 */
int msgport_message_copy(struct msgport_message *m, const struct msgport_buffer *buffer)
{
	struct iov_iter iter;
	unsigned long *run;
	size_t rest = m->size;

	if (unlikely(m->shared))
		m = *holder_of(m);
	if (!msgport_message_paged(m->size, m->has_extra)) {
		if (buffer->data)
			return piece_put(buffer->data, payload(m), m->size) ?
			       0 : -EFAULT;
		buffer_iter(buffer, &iter, ITER_DEST);
		return copy_to_iter(payload(m), m->size, &iter) == m->size ?
		       0 : -EFAULT;
	}
	buffer_iter(buffer, &iter, ITER_DEST);
	for (run = payload(m); rest; run++) {
		size_t bytes = run_bytes(*run, rest);

		if (copy_to_iter(page_address(run_page(*run)), bytes, &iter) != bytes)
			return -EFAULT;
		rest -= bytes;
		cond_resched();
	}
	return 0;
}

/* Turns the ABI's pieces into the kernel's; sums up, with care for overflow. */
static int pieces_get(struct msgport_buffer *buffer, u64 address, u32 count)
{
	struct msgport_iovec *user;
	u64 total = 0;
	u32 i;

	user = vmemdup_user(u64_to_user_ptr(address), count * sizeof(*user));
	if (IS_ERR(user))
		return PTR_ERR(user);
	buffer->pieces = kvmalloc_array(count, sizeof(*buffer->pieces),
					GFP_KERNEL_ACCOUNT);
	if (!buffer->pieces) {
		kvfree(user);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		buffer->pieces[i].iov_base = u64_to_user_ptr(user[i].base);
		buffer->pieces[i].iov_len = user[i].len;
		if (check_add_overflow(total, user[i].len, &total) ||
		    total > MAX_RW_COUNT) {
			kvfree(user);
			msgport_buffer_put(buffer);
			return -EINVAL;
		}
	}
	kvfree(user);
	buffer->count = count;
	buffer->size = total;
	return 0;
}

/**
 * msgport_buffer_get() - what an argument structure says of a payload
 * @buffer: filled; end it with msgport_buffer_put()
 * @data: address of the bytes, or of struct msgport_iovec
 * @size: bytes; 0 with an iovec
 * @count: elements of the iovec, or 0
 *
 * -EINVAL for too many elements, lengths that overflow, or both a size and an
 * iovec; -EFAULT for a bad iovec.
 */
int msgport_buffer_get(struct msgport_buffer *buffer, u64 data, u64 size, u32 count)
{
	buffer->pieces = NULL;
	buffer->iter = NULL;
	buffer->data = NULL;
	if (likely(!count)) {
		if (data != (unsigned long)data)
			return -EFAULT;
		buffer->data = u64_to_user_ptr(data);
		buffer->size = min_t(u64, size, SIZE_MAX);
		return 0;
	}
	if (count > MSGPORT_IOV_MAX || size)
		return -EINVAL;
	return pieces_get(buffer, data, count);
}

void msgport_buffer_free(struct msgport_buffer *buffer)
{
	kvfree(buffer->pieces);
	buffer->pieces = NULL;
}
