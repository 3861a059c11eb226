// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Port sets: many ports to receive from at once. */

#include <sys/ioctl.h>

#include "internal.h"

MSGPORT_EXPORT int msgport_set_create(int control)
{
	struct msgport_set_create argument = { .size = sizeof(argument) };

	return msgport_control_ioctl(control, MSGPORT_IOC_SET_CREATE, &argument);
}

MSGPORT_EXPORT int msgport_set_add(int set, int receive_right, uint64_t cookie)
{
	struct msgport_set_add argument = {
		.size = sizeof(argument),
		.cookie = cookie,
		.receive_fd = receive_right,
	};

	return ioctl(set, MSGPORT_IOC_SET_ADD, &argument);
}

MSGPORT_EXPORT int msgport_set_remove(int set, int receive_right)
{
	struct msgport_set_remove argument = {
		.size = sizeof(argument),
		.receive_fd = receive_right,
	};

	return ioctl(set, MSGPORT_IOC_SET_REMOVE, &argument);
}
