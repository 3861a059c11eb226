// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A counting semaphore: an acknowledging port that is full of tokens. */

#include <unistd.h>

#include "internal.h"
#include "msgport_semaphore.h"

/* What a token is charged: its structure, with room to spare. */
#define TOKEN_BYTES	256ULL

static int close_and_fail(int fd, int error)
{
	close(fd);
	return fail(error);
}

static int is_semaphore(const struct msgport_stat *stat)
{
	return (stat->flags & MSGPORT_ACK) && stat->max_size == 1;
}

/* Puts tokens in until there is room for no more.  Nothing else is in their way. */
static int fill(int semaphore)
{
	int right = msgport_mint(semaphore, 0, 0, 0, 0), error;

	if (right < 0)
		return -1;
	while (!msgport_send(right, NULL, 0, MSGPORT_NONBLOCK))
		;
	error = errno;
	close(right);
	return error == EAGAIN ? 0 : fail(error);
}

MSGPORT_EXPORT int msgport_semaphore_create(int control, const char *name,
					    unsigned int value, mode_t mode,
					    unsigned int flags)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int semaphore;

	if (!value || (mode & ~0444) || (flags & ~MSGPORT_KEEP))
		return fail(EINVAL);
	options.flags = MSGPORT_ACK | flags;
	options.mode = mode ? mode : 0400;
	options.max_msgs = value;
	options.uid_share = value;
	options.max_size = 1;
	options.max_bytes = value * TOKEN_BYTES;
	options.max_deliveries = MSGPORT_UNLIMITED;
	semaphore = msgport_create(control, name, &options);
	if (semaphore < 0)
		return -1;
	return fill(semaphore) ? close_and_fail(semaphore, errno) : semaphore;
}

MSGPORT_EXPORT int msgport_semaphore_open(int control, const char *name)
{
	int semaphore = msgport_connect(control, name, MSGPORT_CONNECT_RECEIVE);
	struct msgport_stat stat;

	if (semaphore < 0)
		return -1;
	if (msgport_stat(semaphore, &stat))
		return close_and_fail(semaphore, errno);
	if (!is_semaphore(&stat))
		return close_and_fail(semaphore, EINVAL);
	return fill(semaphore) ? close_and_fail(semaphore, errno) : semaphore;
}

MSGPORT_EXPORT int msgport_semaphore_wait(int semaphore, uint64_t *token,
					  unsigned int flags, uint64_t deadline)
{
	struct msgport_message message = { 0 };

	if (!token)
		return fail(EFAULT);
	if (flags & ~MSGPORT_NONBLOCK)
		return fail(EINVAL);
	if (msgport_receive_message(semaphore, &message, NULL, flags, deadline))
		return -1;
	if (!message.token)
		return fail(EOPNOTSUPP);
	*token = message.token;
	return 0;
}

MSGPORT_EXPORT int msgport_semaphore_post(int semaphore, uint64_t token)
{
	return msgport_release(semaphore, token);
}
