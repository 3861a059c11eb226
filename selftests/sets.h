/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of port sets share. */
#ifndef MSGPORT_SETS_H
#define MSGPORT_SETS_H

#include "testlib.h"

/* A set of so many ports with cookies 100, 101 ... and a sender to each. */
#define SET_PORTS	3
#define COOKIE(i)	(100 + (i))

struct set {
	int fd;
	struct pair port[SET_PORTS];
};

static inline struct set new_set(const struct msgport_options *options)
{
	struct set set = { .fd = msgport_set_create(MSGPORT_DEFAULT) };
	int i;

	if (set.fd < 0)
		give_up("set_create");
	for (i = 0; i < SET_PORTS; i++) {
		set.port[i] = new_pair(options);
		if (msgport_set_add(set.fd, set.port[i].receive, COOKIE(i)))
			give_up("set_add");
	}
	return set;
}

static inline void close_set(struct set *set)
{
	int i;

	for (i = 0; i < SET_PORTS; i++)
		close_pair(&set->port[i]);
	close(set->fd);
}

/* A number and where it came from. */
struct taken {
	int64_t number;			/* -1: errno */
	uint64_t cookie;
	uint64_t token;
	unsigned int kind;
};

static inline struct taken take_until(int set, const struct msgport_filter *filter,
				      unsigned int flags, uint64_t deadline)
{
	struct msgport_message message = { 0 };
	struct taken taken = {
		.number = choose_number(set, filter, flags, deadline, &message),
	};

	taken.cookie = message.cookie;
	taken.token = message.token;
	taken.kind = message.stamp.kind;
	return taken;
}

static inline struct taken take(int set)
{
	return take_until(set, NULL, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

/* A child that takes one number from a set, all it has; its status is the errno. */
static inline pid_t start_set_receiver(int set, int64_t expected)
{
	pid_t pid = start_child();
	struct taken taken;

	if (pid)
		return pid;
	if (dup2(set, 3) != 3 || close_range(4, ~0U, 0))
		give_up("close_range");
	set = 3;
	taken = take_until(set, NULL, 0, in_ms(PATIENCE_MS));
	_exit(taken.number == -1 ? errno : taken.number == expected ? 0 : 255);
}

#endif
