/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Payload: where it lies in a message, and in user memory.
 *
 * Behind the structure, and the extra if there is one; of more than about a page in runs
 * of pages, whose addresses stand there.  Only payload.c touches it in user memory: as
 * many times as a receive is tried, and never under a lock.
 */
#ifndef _MSGPORT_PAYLOAD_H
#define _MSGPORT_PAYLOAD_H

#include <linux/mm.h>
#include <linux/uio.h>

#include "compat.h"
#include "message.h"

/* Payload in user memory: one piece, an array of them, or an iterator. */
struct msgport_buffer {
	size_t size;			/* bytes in all */
	void __user *data;		/* one piece */
	struct iovec *pieces;		/* or several; ours to free */
	unsigned int count;
	struct iov_iter *iter;		/* or what read and write were given */
};

/* What read and write were given; as a rule it is one piece. */
static inline void msgport_buffer_of_iter(struct msgport_buffer *buffer, struct iov_iter *iter)
{
	buffer->size = iov_iter_count(iter);
	buffer->data = msgport_iter_piece(iter);
	buffer->pieces = NULL;
	buffer->iter = likely(buffer->data) ? NULL : iter;
}

static inline void *msgport_payload(struct msgport_message *m)
{
	return m->data + (m->has_extra ? sizeof(struct msgport_extra) : 0);
}

/*
 * A run of pages is one word: the page's address with the order in its low
 * bits.  The last word of a message is the one that completes its size.
 */
static inline struct page *msgport_run_page(unsigned long run)
{
	return (struct page *)(run & ~0xfUL);
}

static inline unsigned int msgport_run_order(unsigned long run)
{
	return run & 0xf;
}

static inline size_t msgport_run_bytes(unsigned long run, size_t rest)
{
	return min_t(size_t, PAGE_SIZE << msgport_run_order(run), rest);
}

/* Where one that shares its payload keeps whose it is: behind the extra. */
static inline struct msgport_message **msgport_holder_of(struct msgport_message *m)
{
	return msgport_payload(m);
}

int msgport_message_fill(struct msgport_message *m, const struct msgport_buffer *buffer);
int msgport_message_copy(struct msgport_message *m, const struct msgport_buffer *buffer);

int msgport_buffer_get(struct msgport_buffer *buffer, u64 data, u64 size, u32 count);
void msgport_buffer_free(struct msgport_buffer *buffer);

static inline void msgport_buffer_put(struct msgport_buffer *buffer)
{
	if (unlikely(buffer->pieces))
		msgport_buffer_free(buffer);
}

#endif
