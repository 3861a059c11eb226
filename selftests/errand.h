/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An errand: one send by a process of its own, which holds nothing but its
 * send right, so that it keeps no port alive.  Its exit status is the errno of
 * the send, 0 if the message was accepted.
 */
#ifndef MSGPORT_ERRAND_H
#define MSGPORT_ERRAND_H

#include "testlib.h"

struct errand {
	int right;
	uint64_t number;		/* the first eight bytes of the message */
	size_t size;			/* of the message; 0: eight bytes */
	unsigned int priority;
	uint64_t ttl;			/* nanoseconds; 0: none */
	unsigned int deadline_ms;	/* from its start; 0: none */
};

static inline int run_errand(const struct errand *errand)
{
	size_t size = errand->size ? errand->size : sizeof(errand->number);
	struct msgport_message message = {
		.data = calloc(1, size),
		.size = size,
		.priority = errand->priority,
		.ttl = errand->ttl,
	};
	int error;

	if (!message.data)
		return ENOMEM;
	memcpy(message.data, &errand->number, sizeof(errand->number));
	error = error_of(msgport_send_message(errand->right, &message, 0,
					      errand->deadline_ms ?
					      in_ms(errand->deadline_ms) :
					      MSGPORT_FOREVER));
	free(message.data);
	return error;
}

/* In a child: closes every descriptor but the standard ones and this. */
static inline int keep_only(int fd)
{
	if (dup2(fd, STDERR_FILENO + 1) < 0 ||
	    close_range(STDERR_FILENO + 2, ~0U, 0))
		give_up("close_range");
	return STDERR_FILENO + 1;
}

static inline pid_t start_errand(struct errand errand)
{
	pid_t pid = start_child();

	if (pid)
		return pid;
	errand.right = keep_only(errand.right);
	_exit(run_errand(&errand));
}

/* The number of the next message, of whatever size; -1 with errno. */
static inline int64_t take_any_number(int right, unsigned int flags)
{
	struct msgport_stat stat = stat_of(right);
	int64_t *data = malloc(stat.max_size);
	int64_t number = -1;
	int error;

	if (!data)
		give_up("malloc");
	error = error_of(msgport_receive(right, data, stat.max_size, flags));
	if (!error)
		number = data[0];
	free(data);
	errno = error;
	return number;
}

/* A handler that does nothing, and does not restart the call: EINTR. */
static inline void on_signal(int signal)
{
	(void)signal;
}

static inline void catch_without_restart(int signal)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(signal, &action, NULL);
}

#endif
