/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Between struct msgport_message and what the kernel takes and gives.
 *
 * Inline, because a message's way through the library is this and one ioctl.
 */
#ifndef MSGPORT_MESSAGE_H
#define MSGPORT_MESSAGE_H

#include <stdbool.h>

#include "internal.h"

#define BY_ANYTHING	(MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE | \
			 MSGPORT_BY_PROCESS | MSGPORT_BY_TAG | \
			 MSGPORT_BY_PRIORITY)

/*
 * Messages of a batch that go into one system call.  They are converted on the
 * stack, since allocating could fail: 2,816 bytes on the way out, 4,864 on the
 * way in.
 */
#define BATCH_CHUNK	32

_Static_assert(sizeof(int) == sizeof(__s32),
	       "descriptors are handed to the kernel as they are");

/*
 * The pieces of the payloads of one system call.  Where pointers have 64 bits,
 * struct iovec is struct msgport_iovec, and the kernel reads the caller's own.
 * Elsewhere they are widened here, 16 KiB on the stack: the pieces of any one
 * message fit, those of several may not.
 */
struct pieces {
	unsigned int used;
#if __SIZEOF_POINTER__ != 8
	struct msgport_iovec wide[MSGPORT_IOV_MAX];
#endif
};

#if __SIZEOF_POINTER__ == 8
_Static_assert(sizeof(struct iovec) == sizeof(struct msgport_iovec) &&
	       offsetof(struct iovec, iov_base) ==
		       offsetof(struct msgport_iovec, base) &&
	       offsetof(struct iovec, iov_len) ==
		       offsetof(struct msgport_iovec, len),
	       "struct iovec is what the kernel reads");

static inline bool pieces_fit(const struct pieces *pieces, unsigned int count)
{
	(void)pieces;
	(void)count;
	return true;
}

static inline __u64 pieces_to_uapi(struct pieces *pieces,
				   const struct iovec *iov, unsigned int count)
{
	(void)pieces;
	(void)count;
	return address_of(iov);
}
#else
/* Too many for any message are let through: the kernel refuses them unread. */
static inline bool pieces_fit(const struct pieces *pieces, unsigned int count)
{
	return count > MSGPORT_IOV_MAX ||
	       count <= MSGPORT_IOV_MAX - pieces->used;
}

static inline __u64 pieces_to_uapi(struct pieces *pieces,
				   const struct iovec *iov, unsigned int count)
{
	struct msgport_iovec *wide = pieces->wide + pieces->used;
	unsigned int i;

	if (!iov || count > MSGPORT_IOV_MAX)
		return address_of(iov);
	for (i = 0; i < count; i++) {
		wide[i].base = address_of(iov[i].iov_base);
		wide[i].len = iov[i].iov_len;
	}
	pieces->used += count;
	return address_of(wide);
}
#endif

/* @out is zeroed by who calls: without an answer due its fields are reserved. */
static inline void message_to_outgoing(struct msgport_outgoing *out,
				       const struct msgport_message *message,
				       struct pieces *pieces)
{
	const struct msgport_due *due = message->due;

	if (message->iov_count) {
		out->data = pieces_to_uapi(pieces, message->iov,
					   message->iov_count);
		out->iov_count = message->iov_count;
	} else {
		out->data = address_of(message->data);
		out->data_size = message->size;
	}
	out->fds = address_of(message->fds);
	out->fd_count = message->fd_count;
	out->tag = message->tag;
	out->priority = message->priority;
	out->ttl = message->ttl;
	if (!due)
		return;
	out->flags = MSGPORT_ANSWER;
	out->answer_fd = due->receive_right;
	out->cookie = due->cookie;
	out->answer_size = due->size;
	out->answer_fds = due->fd_count;
}

static inline void message_to_incoming(struct msgport_incoming *in,
				       const struct msgport_message *message,
				       struct pieces *pieces)
{
	if (message->iov_count) {
		in->data = pieces_to_uapi(pieces, message->iov,
					  message->iov_count);
		in->iov_count = message->iov_count;
	} else {
		in->data = address_of(message->data);
		in->data_size = message->size;
	}
	in->fds = address_of(message->fds);
	in->fd_count = message->fd_count;
}

static inline void sizes_from_incoming(struct msgport_message *message,
				       const struct msgport_incoming *in)
{
	message->size = (size_t)in->data_size;
	message->fd_count = in->fd_count;
}

static inline void message_from_incoming(struct msgport_message *message,
					 const struct msgport_incoming *in)
{
	sizes_from_incoming(message, in);
	message->tag = in->tag;
	message->priority = in->priority;
	message->token = in->token;
	message->cookie = in->cookie;
	message->stamp = in->stamp;
}

/*
 * What to do stands in the flags, what to choose by in the filter: a choice in
 * the flags would be of badge 0 or tag 0.
 */
static inline int receive_to_uapi(struct msgport_receive *argument,
				  const struct msgport_filter *filter,
				  unsigned int flags, uint64_t deadline)
{
	if ((flags & BY_ANYTHING) || (filter && (filter->by & ~BY_ANYTHING)))
		return fail(EINVAL);
	argument->flags = flags;
	argument->deadline = deadline;
	if (!filter)
		return 0;
	argument->flags |= filter->by;
	argument->source = filter->source;
	argument->badge = filter->badge;
	argument->tag = filter->tag;
	argument->tag_mask = filter->tag_mask;
	argument->start_time = filter->start_time;
	argument->pid = filter->pid;
	argument->priority = filter->priority;
	return 0;
}

#endif /* MSGPORT_MESSAGE_H */
