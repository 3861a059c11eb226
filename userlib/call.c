// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Calls: a message and its answer, in one system call. */

#include <sys/ioctl.h>

#include "message.h"

static int cancel_ioctl(int send_right, uint64_t id)
{
	struct msgport_cancel argument = {
		.size = sizeof(argument),
		.id = id,
	};

	return ioctl(send_right, MSGPORT_IOC_CANCEL, &argument);
}

/* What failed is what the caller is told, whatever comes of the cancel. */
void msgport_give_up(int send_right, uint64_t id)
{
	int error = errno;

	cancel_ioctl(send_right, id);
	errno = error;
}

/*
 * The kernel writes the call's id before it sends the request, so that the same
 * call again waits on.  Of a call that failed with its id left nobody else knows:
 * it is given up.
 */
static int call_through_signals(int send_right, struct msgport_call *argument)
{
	int result;

	do {
		result = ioctl(send_right, MSGPORT_IOC_CALL, argument);
	} while (result < 0 && errno == EINTR);
	if (result < 0 && argument->id)
		msgport_give_up(send_right, argument->id);
	return result;
}

MSGPORT_EXPORT int msgport_call_message(int send_right,
					const struct msgport_message *request,
					struct msgport_message *answer,
					unsigned int flags, uint64_t deadline,
					uint64_t *id)
{
	struct msgport_call argument = {
		.size = sizeof(argument),
		.flags = flags,
		.deadline = deadline,
		.id = id ? *id : 0,
	};
	struct pieces request_pieces, answer_pieces;
	int result;

	if (!request || !answer)
		return fail(EFAULT);
	/* The answer comes here and nowhere else. */
	if (request->due)
		return fail(EINVAL);
	request_pieces.used = 0;
	answer_pieces.used = 0;
	message_to_outgoing(&argument.request, request, &request_pieces);
	message_to_incoming(&argument.answer, answer, &answer_pieces);
	if (id) {
		result = ioctl(send_right, MSGPORT_IOC_CALL, &argument);
		*id = argument.id;
	} else {
		result = call_through_signals(send_right, &argument);
	}
	if (!result)
		message_from_incoming(answer, &argument.answer);
	else if (errno == EMSGSIZE && argument.id)
		sizes_from_incoming(answer, &argument.answer);
	return result;
}

MSGPORT_EXPORT ssize_t msgport_call(int send_right, const void *request,
				    size_t request_size, void *answer,
				    size_t answer_size, uint64_t deadline)
{
	struct msgport_call argument = {
		.size = sizeof(argument),
		.deadline = deadline,
		.request.data = address_of(request),
		.request.data_size = request_size,
		.answer.data = address_of(answer),
		.answer.data_size = answer_size,
	};

	if (call_through_signals(send_right, &argument) < 0)
		return -1;
	return (ssize_t)argument.answer.data_size;
}

MSGPORT_EXPORT int msgport_cancel(int send_right, uint64_t id)
{
	return cancel_ioctl(send_right, id);
}
