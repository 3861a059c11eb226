// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sending: one message, one and its end, many at once. */

#include <sys/ioctl.h>

#include "message.h"

/*
 * A send that waits for its message's end has its id written before the message
 * is accepted.  So the same call again waits on, and never sends twice; and
 * what is left of it when it fails can be given up.
 */
static int send_ioctl(int send_right, struct msgport_send *argument)
{
	int result = ioctl(send_right, MSGPORT_IOC_SEND, argument);

	if (!(argument->flags & MSGPORT_SYNC))
		return result;
	while (result < 0 && errno == EINTR)
		result = ioctl(send_right, MSGPORT_IOC_SEND, argument);
	if (result < 0 && argument->id)
		msgport_give_up(send_right, argument->id);
	return result;
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

	return send_ioctl(send_right, &argument);
}

MSGPORT_EXPORT int msgport_send_sync(int send_right, const void *data,
				     size_t size, uint64_t deadline)
{
	struct msgport_send argument = {
		.size = sizeof(argument),
		.flags = MSGPORT_SYNC,
		.deadline = deadline,
		.message.data = address_of(data),
		.message.data_size = size,
	};

	return send_ioctl(send_right, &argument);
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
	struct pieces pieces;

	if (!message)
		return fail(EFAULT);
	pieces.used = 0;
	message_to_outgoing(&argument.message, message, &pieces);
	return send_ioctl(send_right, &argument);
}

/*
 * Sends the first of @messages, as many as one system call takes, and tells in
 * @tried how many those were.
 */
static int send_chunk(int send_right, const struct msgport_message *messages,
		      size_t count, struct msgport_send *argument,
		      unsigned int *tried)
{
	struct msgport_outgoing out[BATCH_CHUNK];
	struct pieces pieces;
	unsigned int n;

	pieces.used = 0;
	for (n = 0; n < BATCH_CHUNK && n < count; n++) {
		if (!pieces_fit(&pieces, messages[n].iov_count))
			break;
		memset(&out[n], 0, sizeof(out[n]));
		message_to_outgoing(&out[n], &messages[n], &pieces);
	}
	*tried = n;
	argument->vector = address_of(out);
	argument->count = n;
	return ioctl(send_right, MSGPORT_IOC_SEND, argument);
}

MSGPORT_EXPORT ssize_t msgport_send_batch(int send_right,
					  const struct msgport_message *messages,
					  size_t count, unsigned int flags,
					  uint64_t deadline)
{
	struct msgport_send argument = {
		.size = sizeof(argument),
		.flags = flags,
		.deadline = deadline,
		.element_size = sizeof(struct msgport_outgoing),
	};
	size_t done = 0;
	unsigned int tried;
	int sent;

	if (!messages && count)
		return fail(EFAULT);
	while (done < count) {
		sent = send_chunk(send_right, messages + done, count - done,
				  &argument, &tried);
		if (sent < 0)
			return done ? (ssize_t)done : -1;
		done += (unsigned int)sent;
		if ((unsigned int)sent < tried)
			break;
	}
	return (ssize_t)done;
}
