// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Groups: one send, many receivers. */

#include <sys/ioctl.h>

#include "internal.h"

MSGPORT_EXPORT int
msgport_group_create(int control, const char *name,
		     const struct msgport_group_options *options)
{
	struct msgport_group_create argument = { .size = sizeof(argument) };

	if (name) {
		argument.name = address_of(name);
		argument.name_len = name_bytes(name);
	}
	if (options) {
		argument.mode = options->mode;
		argument.stall = options->stall;
		argument.max_members = options->max_members;
	}
	return msgport_control_ioctl(control, MSGPORT_IOC_GROUP_CREATE,
				     &argument);
}

MSGPORT_EXPORT int msgport_join(int receive_right, const char *group,
				unsigned int flags)
{
	struct msgport_join argument = {
		.size = sizeof(argument),
		.flags = flags,
	};

	if (!group)
		return fail(EFAULT);
	argument.name = address_of(group);
	argument.name_len = name_bytes(group);
	return ioctl(receive_right, MSGPORT_IOC_JOIN, &argument);
}

MSGPORT_EXPORT int msgport_leave(int receive_right, const char *group)
{
	struct msgport_leave argument = { .size = sizeof(argument) };

	if (!group)
		return fail(EFAULT);
	argument.name = address_of(group);
	argument.name_len = name_bytes(group);
	return ioctl(receive_right, MSGPORT_IOC_LEAVE, &argument);
}

MSGPORT_EXPORT int msgport_expel(int group, uint64_t port)
{
	struct msgport_expel argument = {
		.size = sizeof(argument),
		.port = port,
	};

	return ioctl(group, MSGPORT_IOC_EXPEL, &argument);
}
