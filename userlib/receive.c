// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Receiving: the next message, a chosen one, many at once. */

#include <sys/ioctl.h>

#include "message.h"

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
	/* Nobody would learn the token.  A peek takes nothing. */
	if (!(flags & MSGPORT_PEEK))
		argument.flags |= MSGPORT_SETTLE;
	if (ioctl(receive_right, MSGPORT_IOC_RECEIVE, &argument) < 0)
		return -1;
	return (ssize_t)argument.message.data_size;
}

MSGPORT_EXPORT int msgport_receive_message(int receive_right,
					   struct msgport_message *message,
					   const struct msgport_filter *filter,
					   unsigned int flags,
					   uint64_t deadline)
{
	struct msgport_receive argument = { .size = sizeof(argument) };
	struct pieces pieces;

	if (!message)
		return fail(EFAULT);
	if (receive_to_uapi(&argument, filter, flags, deadline) < 0)
		return -1;
	pieces.used = 0;
	message_to_incoming(&argument.message, message, &pieces);
	if (ioctl(receive_right, MSGPORT_IOC_RECEIVE, &argument) < 0) {
		if (errno == EMSGSIZE)
			sizes_from_incoming(message, &argument.message);
		return -1;
	}
	message_from_incoming(message, &argument.message);
	return 0;
}

/* Receives as many as one system call takes; tells in @tried how many. */
static int receive_chunk(int right, struct msgport_message *messages,
			 size_t count, struct msgport_receive *argument,
			 unsigned int *tried)
{
	struct msgport_incoming in[BATCH_CHUNK];
	struct pieces pieces;
	unsigned int n, i, got;
	int result;

	pieces.used = 0;
	for (n = 0; n < BATCH_CHUNK && n < count; n++) {
		if (!pieces_fit(&pieces, messages[n].iov_count))
			break;
		memset(&in[n], 0, sizeof(in[n]));
		message_to_incoming(&in[n], &messages[n], &pieces);
	}
	*tried = n;
	argument->vector = address_of(in);
	argument->count = n;
	result = ioctl(right, MSGPORT_IOC_RECEIVE, argument);
	got = result < 0 ? 0 : (unsigned int)result;
	for (i = 0; i < got; i++)
		message_from_incoming(&messages[i], &in[i]);
	/* The one that ended the batch for want of room says what it needs. */
	if (got < n && (result < 0 ? errno : in[got].error) == EMSGSIZE)
		sizes_from_incoming(&messages[got], &in[got]);
	return result;
}

MSGPORT_EXPORT ssize_t msgport_receive_batch(int right,
					     struct msgport_message *messages,
					     size_t count,
					     const struct msgport_filter *filter,
					     unsigned int flags,
					     uint64_t deadline)
{
	struct msgport_receive argument = {
		.size = sizeof(argument),
		.element_size = sizeof(struct msgport_incoming),
	};
	size_t done = 0;
	unsigned int tried;
	int got;

	if (!messages && count)
		return fail(EFAULT);
	/* Every system call of a batch that only looks would see the same. */
	if (flags & MSGPORT_PEEK)
		return fail(EINVAL);
	if (receive_to_uapi(&argument, filter, flags, deadline) < 0)
		return -1;
	while (done < count) {
		got = receive_chunk(right, messages + done, count - done,
				    &argument, &tried);
		if (got < 0)
			return done ? (ssize_t)done : -1;
		done += (unsigned int)got;
		if ((unsigned int)got < tried)
			break;
		/* Only the first message is waited for. */
		argument.flags |= MSGPORT_NONBLOCK;
	}
	return (ssize_t)done;
}
