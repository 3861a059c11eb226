/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors in messages: what the tests of them share. */
#ifndef MSGPORT_FDS_H
#define MSGPORT_FDS_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>

#include "testlib.h"

/* A port that takes descriptors, and a send right to it. */
static inline struct pair new_fds_pair(unsigned int more_flags)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_DESCRIPTORS | more_flags;
	return new_pair(&options);
}

/* Bytes that go with them, so that both are seen to arrive. */
#define FDS_PAYLOAD	"with descriptors"

static inline int send_fds(int right, int *fds, unsigned int count)
{
	struct msgport_message message = {
		.data = FDS_PAYLOAD,
		.size = sizeof(FDS_PAYLOAD),
		.fds = fds,
		.fd_count = count,
	};

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

static inline int send_fd(int right, int fd)
{
	return send_fds(right, &fd, 1);
}

/* Into room for @count; 0 and the count that came, or -1 and the one needed. */
static inline int receive_fds_token(int right, int *fds, unsigned int *count,
				    unsigned int flags, uint64_t *token)
{
	char data[sizeof(FDS_PAYLOAD)];
	struct msgport_message message = {
		.data = data,
		.size = sizeof(data),
		.fds = fds,
		.fd_count = *count,
	};
	int err = msgport_receive_message(right, &message, NULL,
					  flags | MSGPORT_NONBLOCK, MSGPORT_FOREVER);

	*count = message.fd_count;
	if (token)
		*token = message.token;
	if (!err && (message.size != sizeof(data) || memcmp(data, FDS_PAYLOAD, sizeof(data)))) {
		errno = EBADMSG;
		return -1;
	}
	return err;
}

static inline int receive_fds(int right, int *fds, unsigned int *count, unsigned int flags)
{
	return receive_fds_token(right, fds, count, flags, NULL);
}

/* The one descriptor of the next message, or -1. */
static inline int receive_one_fd(int right)
{
	unsigned int count = 1;
	int fd = -1;

	if (receive_fds(right, &fd, &count, 0))
		return -1;
	if (count != 1) {
		errno = EBADMSG;
		return -1;
	}
	return fd;
}

/* Sends it, closes it, and returns what arrives. */
static inline int through(const struct pair *pair, int fd)
{
	if (send_fd(pair->send, fd))
		return -1;
	close(fd);
	return receive_one_fd(pair->receive);
}

/* How many descriptors this process has open. */
static inline unsigned int open_descriptors(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		give_up("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	/* but for the two dots and the directory's own */
	return count - 3;
}

/*
 * Does the pipe's reader see that no writer is left?  A file is let go of when
 * the task that does it next returns to its program, so it may take a moment.
 */
static inline bool pipe_ends(int reader)
{
	struct pollfd poll_fd = { .fd = reader, .events = POLLIN };

	return poll(&poll_fd, 1, PATIENCE_MS) == 1 && poll_fd.revents == POLLHUP;
}

/* Is there somebody who could still write? */
static inline bool pipe_has_writer(int reader)
{
	struct pollfd poll_fd = { .fd = reader, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 0;
}

#endif
