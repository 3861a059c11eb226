// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Ports and their names: create, connect, unlink. */

#include "internal.h"

MSGPORT_EXPORT int msgport_create(int control, const char *name,
				  const struct msgport_options *options)
{
	static const struct msgport_options defaults = MSGPORT_OPTIONS_INIT;
	struct msgport_create argument = { .size = sizeof(argument) };

	if (!options)
		options = &defaults;
	if (name) {
		argument.name = address_of(name);
		argument.name_len = name_bytes(name);
	}
	argument.flags = options->flags;
	argument.mode = options->mode;
	/* (gid_t)-1 is MSGPORT_NO_UID: the effective group. */
	argument.gid = options->gid;
	argument.max_msgs = options->max_msgs;
	argument.max_size = options->max_size;
	argument.max_answers = options->max_answers;
	argument.max_bytes = options->max_bytes;
	argument.uid_share = options->uid_share;
	argument.max_deliveries = options->max_deliveries;
	return msgport_control_ioctl(control, MSGPORT_IOC_CREATE, &argument);
}

MSGPORT_EXPORT int msgport_connect_owner(int control, const char *name,
					 unsigned int flags, uid_t owner)
{
	struct msgport_connect argument = { .size = sizeof(argument) };

	if (!name)
		return fail(EFAULT);
	argument.flags = flags;
	argument.name = address_of(name);
	argument.name_len = name_bytes(name);
	/* (uid_t)-1 is MSGPORT_NO_UID: any owner. */
	argument.owner = owner;
	return msgport_control_ioctl(control, MSGPORT_IOC_CONNECT, &argument);
}

MSGPORT_EXPORT int msgport_connect(int control, const char *name,
				   unsigned int flags)
{
	return msgport_connect_owner(control, name, flags, MSGPORT_NO_UID);
}

MSGPORT_EXPORT int msgport_unlink(int control, const char *name)
{
	struct msgport_unlink argument = { .size = sizeof(argument) };

	if (!name)
		return fail(EFAULT);
	argument.name = address_of(name);
	argument.name_len = name_bytes(name);
	return msgport_control_ioctl(control, MSGPORT_IOC_UNLINK, &argument);
}
