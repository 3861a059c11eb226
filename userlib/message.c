// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Messages: send and receive, and the deadlines that both take. */

#include <stddef.h>
#include <sys/ioctl.h>
#include <time.h>

#include "internal.h"

#define NANOSECONDS_PER_SECOND	1000000000ULL

#define BY_ANYTHING	(MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE | \
			 MSGPORT_BY_PROCESS | MSGPORT_BY_TAG | \
			 MSGPORT_BY_PRIORITY)

_Static_assert(sizeof(int) == sizeof(__s32),
	       "descriptors are handed to the kernel as they are");

/*
 * Pieces of a payload.  Where pointers have 64 bits, struct iovec is struct
 * msgport_iovec, and the kernel reads the caller's own.  Elsewhere they are
 * widened, 16 KiB on the stack at most: allocating could fail.
 */
struct pieces {
#if __SIZEOF_POINTER__ == 8
	char unused;
#else
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

static __u64 pieces_to_uapi(struct pieces *pieces, const struct iovec *iov,
			    unsigned int count)
{
	(void)pieces;
	(void)count;
	return address_of(iov);
}
#else
static __u64 pieces_to_uapi(struct pieces *pieces, const struct iovec *iov,
			    unsigned int count)
{
	unsigned int i;

	/* Too many are refused by the kernel, which then reads none. */
	if (!iov || count > MSGPORT_IOV_MAX)
		return address_of(iov);
	for (i = 0; i < count; i++) {
		pieces->wide[i].base = address_of(iov[i].iov_base);
		pieces->wide[i].len = iov[i].iov_len;
	}
	return address_of(pieces->wide);
}
#endif

MSGPORT_EXPORT uint64_t msgport_deadline(uint64_t nanoseconds_from_now)
{
	struct timespec time;
	uint64_t now;

	/* This clock is always there and the address is good: no error. */
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND +
	      (uint64_t)time.tv_nsec;
	if (nanoseconds_from_now > MSGPORT_FOREVER - now)
		return MSGPORT_FOREVER;
	return now + nanoseconds_from_now;
}

MSGPORT_EXPORT int msgport_send(int send_right, const void *data, size_t size,
				unsigned int flags)
{
	struct msgport_send argument = {
		.size = sizeof(argument),
		.flags = flags,
		.deadline = MSGPORT_FOREVER,
		.message.data = address_of(data),
		.message.data_size = size,
	};

	return ioctl(send_right, MSGPORT_IOC_SEND, &argument);
}

MSGPORT_EXPORT int msgport_send_message(int send_right,
					const struct msgport_message *message,
					unsigned int flags, uint64_t deadline)
{
	struct msgport_send argument = {
		.size = sizeof(argument),
		.flags = flags,
		.deadline = deadline,
	};
	struct msgport_outgoing *out = &argument.message;
	struct pieces pieces;

	if (!message)
		return fail(EFAULT);
	if (message->iov_count) {
		out->data = pieces_to_uapi(&pieces, message->iov,
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
	return ioctl(send_right, MSGPORT_IOC_SEND, &argument);
}

MSGPORT_EXPORT ssize_t msgport_receive(int receive_right, void *buffer,
				       size_t size, unsigned int flags)
{
	struct msgport_receive argument = {
		.size = sizeof(argument),
		.flags = flags,
		.deadline = MSGPORT_FOREVER,
		.message.data = address_of(buffer),
		.message.data_size = size,
	};

	/* Without a filter these would choose what is badge 0 or tag 0. */
	if (flags & BY_ANYTHING)
		return fail(EINVAL);
	if (ioctl(receive_right, MSGPORT_IOC_RECEIVE, &argument) < 0)
		return -1;
	return (ssize_t)argument.message.data_size;
}

static void filter_to_uapi(struct msgport_receive *argument,
			   const struct msgport_filter *filter)
{
	argument->flags |= filter->by;
	argument->source = filter->source;
	argument->badge = filter->badge;
	argument->tag = filter->tag;
	argument->tag_mask = filter->tag_mask;
	argument->start_time = filter->start_time;
	argument->pid = filter->pid;
	argument->priority = filter->priority;
}

static void sizes_from_uapi(struct msgport_message *message,
			    const struct msgport_incoming *in)
{
	message->size = (size_t)in->data_size;
	message->fd_count = in->fd_count;
}

static void message_from_uapi(struct msgport_message *message,
			      const struct msgport_incoming *in)
{
	sizes_from_uapi(message, in);
	message->tag = in->tag;
	message->priority = in->priority;
	message->token = in->token;
	message->cookie = in->cookie;
	message->stamp = in->stamp;
}

MSGPORT_EXPORT int msgport_receive_message(int receive_right,
					   struct msgport_message *message,
					   const struct msgport_filter *filter,
					   unsigned int flags,
					   uint64_t deadline)
{
	struct msgport_receive argument = {
		.size = sizeof(argument),
		.flags = flags,
		.deadline = deadline,
	};
	struct msgport_incoming *in = &argument.message;
	struct pieces pieces;

	if (!message)
		return fail(EFAULT);
	/* What to choose by stands in the filter, what to do in the flags. */
	if ((flags & BY_ANYTHING) || (filter && (filter->by & ~BY_ANYTHING)))
		return fail(EINVAL);
	if (filter)
		filter_to_uapi(&argument, filter);
	if (message->iov_count) {
		in->data = pieces_to_uapi(&pieces, message->iov,
					  message->iov_count);
		in->iov_count = message->iov_count;
	} else {
		in->data = address_of(message->data);
		in->data_size = message->size;
	}
	in->fds = address_of(message->fds);
	in->fd_count = message->fd_count;
	if (ioctl(receive_right, MSGPORT_IOC_RECEIVE, &argument) < 0) {
		if (errno == EMSGSIZE)
			sizes_from_uapi(message, in);
		return -1;
	}
	message_from_uapi(message, in);
	return 0;
}
