// SPDX-License-Identifier: GPL-2.0
/* A payload's way from and to the user's memory. */

#include <linux/fault-inject-usercopy.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "limits.h"
#include "message.h"
#include "payload.h"

/*
 * An iterator over a buffer of several pieces, good for one copy.  The copying
 * functions check every address themselves.
 */
static void buffer_iter(const struct msgport_buffer *buffer, struct iov_iter *iter,
			unsigned int direction)
{
	if (buffer->iter)
		*iter = *buffer->iter;
	else
		iov_iter_init(iter, direction, buffer->pieces, buffer->count,
			      buffer->size);
}

/*
 * Up to this many bytes are copied word by word: what the kernel's own copy checks of
 * the kernel's side costs more than such a copy, and holds by the object's making.
 */
#define FEW_BYTES	64

#define WORD		sizeof(unsigned long)

/* One piece of this type; a fault goes to the label of that name. */
#define GET(type, i)								\
	unsafe_get_user(((type *)kernel)[i], (type __user *)user + (i), fault)
#define PUT(type, i)								\
	unsafe_put_user(((const type *)kernel)[i], (type __user *)user + (i), fault)

static bool few_get(void *kernel, const void __user *user, size_t size)
{
	if (should_fail_usercopy() || !user_read_access_begin(user, size))
		return false;
	for (; size >= 4 * WORD; size -= 4 * WORD, user += 4 * WORD, kernel += 4 * WORD) {
		GET(unsigned long, 0);
		GET(unsigned long, 1);
		GET(unsigned long, 2);
		GET(unsigned long, 3);
	}
	for (; size >= WORD; size -= WORD, user += WORD, kernel += WORD)
		GET(unsigned long, 0);
	for (; size; size--, user++, kernel++)
		GET(u8, 0);
	user_read_access_end();
	return true;
fault:
	user_read_access_end();
	return false;
}

static bool few_put(void __user *user, const void *kernel, size_t size)
{
	if (should_fail_usercopy() || !user_write_access_begin(user, size))
		return false;
	for (; size >= 4 * WORD; size -= 4 * WORD, user += 4 * WORD, kernel += 4 * WORD) {
		PUT(unsigned long, 0);
		PUT(unsigned long, 1);
		PUT(unsigned long, 2);
		PUT(unsigned long, 3);
	}
	for (; size >= WORD; size -= WORD, user += WORD, kernel += WORD)
		PUT(unsigned long, 0);
	for (; size; size--, user++, kernel++)
		PUT(u8, 0);
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

static bool in_one_piece(const struct msgport_buffer *buffer)
{
	return !buffer->pieces && !buffer->iter;
}

static bool in_pieces(const struct msgport_message *m, const struct msgport_buffer *buffer)
{
	return !in_one_piece(buffer) || msgport_message_paged(m->size, m->has_extra);
}

/* From one piece into pages. */
static int fill_pages(struct msgport_message *m, const void __user *user)
{
	unsigned long *run = msgport_payload(m);
	size_t rest = m->size;

	for (; rest; run++) {
		size_t bytes = msgport_run_bytes(*run, rest);

		if (copy_from_user(page_address(msgport_run_page(*run)), user, bytes))
			return -EFAULT;
		user += bytes;
		rest -= bytes;
		cond_resched();
	}
	return 0;
}

/* From several pieces, or into pages. */
static noinline_for_stack int fill_pieces(struct msgport_message *m,
					  const struct msgport_buffer *buffer)
{
	struct iov_iter iter;
	unsigned long *run;
	size_t rest = m->size;

	if (in_one_piece(buffer))
		return fill_pages(m, buffer->data);
	buffer_iter(buffer, &iter, ITER_SOURCE);
	if (!msgport_message_paged(m->size, m->has_extra))
		return copy_from_iter(msgport_payload(m), m->size, &iter) == m->size ?
		       0 : -EFAULT;
	for (run = msgport_payload(m); rest; run++) {
		size_t bytes = msgport_run_bytes(*run, rest);

		if (copy_from_iter(page_address(msgport_run_page(*run)), bytes, &iter) != bytes)
			return -EFAULT;
		rest -= bytes;
		cond_resched();
	}
	return 0;
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
	if (unlikely(in_pieces(m, buffer)))
		return fill_pieces(m, buffer);
	return piece_get(msgport_payload(m), buffer->data, m->size) ? 0 : -EFAULT;
}

/* From pages into one piece. */
static int copy_pages(struct msgport_message *m, void __user *user)
{
	unsigned long *run = msgport_payload(m);
	size_t rest = m->size;

	for (; rest; run++) {
		size_t bytes = msgport_run_bytes(*run, rest);

		if (copy_to_user(user, page_address(msgport_run_page(*run)), bytes))
			return -EFAULT;
		user += bytes;
		rest -= bytes;
		cond_resched();
	}
	return 0;
}

/* Into several pieces, or from pages. */
static noinline_for_stack int copy_pieces(struct msgport_message *m,
					  const struct msgport_buffer *buffer)
{
	struct iov_iter iter;
	unsigned long *run;
	size_t rest = m->size;

	if (in_one_piece(buffer))
		return copy_pages(m, buffer->data);
	buffer_iter(buffer, &iter, ITER_DEST);
	if (!msgport_message_paged(m->size, m->has_extra))
		return copy_to_iter(msgport_payload(m), m->size, &iter) == m->size ?
		       0 : -EFAULT;
	for (run = msgport_payload(m); rest; run++) {
		size_t bytes = msgport_run_bytes(*run, rest);

		if (copy_to_iter(page_address(msgport_run_page(*run)), bytes, &iter) != bytes)
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
	if (unlikely(m->shared))
		m = *msgport_holder_of(m);
	if (unlikely(in_pieces(m, buffer)))
		return copy_pieces(m, buffer);
	return piece_put(buffer->data, msgport_payload(m), m->size) ? 0 : -EFAULT;
}

/* Turns the ABI's pieces into the kernel's; sums up, with care for overflow. */
static noinline int pieces_get(struct msgport_buffer *buffer, u64 address, u32 count)
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
