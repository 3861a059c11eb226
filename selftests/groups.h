/* SPDX-License-Identifier: GPL-2.0 */
/* Groups for tests: a group, its members, and what they have received. */
#ifndef MSGPORT_GROUPS_H
#define MSGPORT_GROUPS_H

#include "testlib.h"

/* A group with a name of its own, which @name is set to; NULL: the defaults. */
static inline int new_group(const char **name, const struct msgport_group_options *options)
{
	int group;

	*name = new_name("group");
	group = msgport_group_create(MSGPORT_DEFAULT, *name, options);
	if (group < 0)
		give_up("group_create");
	return group;
}

/* A port with room for so many messages that is a member. */
static inline int new_member(const char *name, unsigned int max_msgs, unsigned int flags)
{
	int port = new_port_for(max_msgs);

	if (port < 0)
		give_up("create");
	if (msgport_join(port, name, flags))
		give_up("join");
	return port;
}

/* Waits until so many sends wait at a group; false if that never is. */
static inline bool wait_for_publishers(int group, unsigned int count)
{
	return wait_for_senders(group, count);
}

/* The next number without waiting, with how many were missed before it. */
static inline int64_t next_number(int port, uint64_t *missed)
{
	struct msgport_message message;
	int64_t number = choose_number(port, NULL, MSGPORT_NONBLOCK, MSGPORT_FOREVER,
				       &message);

	if (missed && number != -1)
		*missed = message.stamp.missed;
	return number;
}

#endif
