// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Looking: stat, limits, list. */

#include <sys/ioctl.h>

#include "internal.h"

MSGPORT_EXPORT int msgport_stat(int fd, struct msgport_stat *stat)
{
	struct msgport_stat argument = { .size = sizeof(argument) };

	if (!stat)
		return fail(EFAULT);
	if (ioctl(fd, MSGPORT_IOC_STAT, &argument) < 0)
		return -1;
	*stat = argument;
	return 0;
}

/*
 * Only the fields that are to be set go in: what the others hold is the
 * caller's leftovers.
 */
MSGPORT_EXPORT int msgport_limits(int receive_right,
				  struct msgport_limits *limits)
{
	struct msgport_limits argument = { .size = sizeof(argument) };

	if (!limits)
		return fail(EFAULT);
	argument.flags = limits->flags;
	if (limits->flags & MSGPORT_SET_MAX_MSGS)
		argument.max_msgs = limits->max_msgs;
	if (limits->flags & MSGPORT_SET_MAX_BYTES)
		argument.max_bytes = limits->max_bytes;
	if (limits->flags & MSGPORT_SET_MAX_SIZE)
		argument.max_size = limits->max_size;
	if (limits->flags & MSGPORT_SET_MAX_ANSWERS)
		argument.max_answers = limits->max_answers;
	if (limits->flags & MSGPORT_SET_UID_SHARE)
		argument.uid_share = limits->uid_share;
	if (ioctl(receive_right, MSGPORT_IOC_LIMITS, &argument) < 0)
		return -1;
	*limits = argument;
	return 0;
}

static ssize_t list(int control, unsigned int flags, uint64_t *after,
		    struct msgport_port_info *info, size_t count)
{
	struct msgport_list argument = { .size = sizeof(argument) };
	int filled;

	if (!after || (!info && count))
		return fail(EFAULT);
	argument.flags = flags;
	argument.after = *after;
	argument.ports = address_of(info);
	/* A page is what fits; the caller comes back for the rest. */
	argument.count = count > UINT32_MAX ? UINT32_MAX : (__u32)count;
	argument.element_size = sizeof(*info);
	filled = msgport_control_ioctl(control, MSGPORT_IOC_LIST, &argument);
	if (filled >= 0)
		*after = argument.after;
	return filled;
}

MSGPORT_EXPORT ssize_t msgport_list(int control, uint64_t *after,
				    struct msgport_port_info *ports,
				    size_t count)
{
	return list(control, 0, after, ports, count);
}

MSGPORT_EXPORT ssize_t msgport_list_groups(int control, uint64_t *after,
					   struct msgport_port_info *groups,
					   size_t count)
{
	return list(control, MSGPORT_LIST_GROUPS, after, groups, count);
}
