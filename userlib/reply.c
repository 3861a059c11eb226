// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Answers: reply, and a server's reply and next receive in one. */

#include <sys/ioctl.h>

#include "message.h"

MSGPORT_EXPORT int msgport_reply(int receive_right, uint64_t token,
				 const void *data, size_t size)
{
	struct msgport_reply argument = {
		.size = sizeof(argument),
		.token = token,
		.answer.data = address_of(data),
		.answer.data_size = size,
	};

	return ioctl(receive_right, MSGPORT_IOC_REPLY, &argument);
}

MSGPORT_EXPORT int msgport_reply_message(int receive_right, uint64_t token,
					 const struct msgport_message *answer)
{
	struct msgport_reply argument = {
		.size = sizeof(argument),
		.token = token,
	};
	struct pieces pieces;

	if (!answer)
		return fail(EFAULT);
	/* An answer is not answered. */
	if (answer->due)
		return fail(EINVAL);
	pieces.used = 0;
	message_to_outgoing(&argument.answer, answer, &pieces);
	return ioctl(receive_right, MSGPORT_IOC_REPLY, &argument);
}

/*
 * The kernel clears the token before it answers: a call made again, by a
 * restart or by the caller, only receives.  Returns whether the answer was
 * tried, and then *error is 0 or why it did not arrive.
 */
static bool reply_tried(uint64_t *token, int *error,
			const struct msgport_reply_receive *argument)
{
	bool tried = *token && !argument->token;

	*token = argument->token;
	if (tried)
		*error = argument->reply_error;
	return tried;
}

MSGPORT_EXPORT int
msgport_reply_receive_message(int right, uint64_t *token,
			      const struct msgport_message *answer,
			      struct msgport_message *next,
			      const struct msgport_filter *filter,
			      unsigned int flags, uint64_t deadline,
			      int *reply_error)
{
	struct msgport_reply_receive argument = {
		.size = sizeof(argument),
		.receive.size = sizeof(argument.receive),
	};
	struct msgport_incoming *in = &argument.receive.message;
	struct pieces answer_pieces, next_pieces;
	int result, ignored;

	if (!token || !next || (*token && !answer))
		return fail(EFAULT);
	if (*token && answer->due)
		return fail(EINVAL);
	if (receive_to_uapi(&argument.receive, filter, flags, deadline) < 0)
		return -1;
	answer_pieces.used = 0;
	next_pieces.used = 0;
	argument.token = *token;
	if (*token)
		message_to_outgoing(&argument.answer, answer, &answer_pieces);
	message_to_incoming(in, next, &next_pieces);
	result = ioctl(right, MSGPORT_IOC_REPLY_RECEIVE, &argument);
	reply_tried(token, reply_error ? reply_error : &ignored, &argument);
	if (!result)
		message_from_incoming(next, in);
	else if (errno == EMSGSIZE)
		sizes_from_incoming(next, in);
	return result;
}

MSGPORT_EXPORT ssize_t msgport_reply_receive(int right, uint64_t *token,
					     const void *answer,
					     size_t answer_size, void *buffer,
					     size_t size)
{
	struct msgport_reply_receive argument = {
		.size = sizeof(argument),
		.receive.size = sizeof(argument.receive),
		.receive.deadline = MSGPORT_FOREVER,
		.receive.message.data = address_of(buffer),
		.receive.message.data_size = size,
	};
	int error = 0;

	if (!token)
		return fail(EFAULT);
	argument.token = *token;
	if (*token) {
		argument.answer.data = address_of(answer);
		argument.answer.data_size = answer_size;
	}
	if (ioctl(right, MSGPORT_IOC_REPLY_RECEIVE, &argument) < 0) {
		reply_tried(token, &error, &argument);
		return -1;
	}
	reply_tried(token, &error, &argument);
	*token = argument.receive.message.token;
	errno = error;
	return (ssize_t)argument.receive.message.data_size;
}
