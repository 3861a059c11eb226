// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Rights made from a receive right: mint, reopen. */

#include <sys/ioctl.h>

#include "internal.h"

MSGPORT_EXPORT int msgport_mint(int receive_right, uint64_t badge,
				unsigned int window, unsigned int max_priority,
				unsigned int flags)
{
	struct msgport_mint argument = {
		.size = sizeof(argument),
		.flags = flags,
		.badge = badge,
		.window = window,
		.max_priority = max_priority,
	};

	return ioctl(receive_right, MSGPORT_IOC_MINT, &argument);
}

MSGPORT_EXPORT int msgport_reopen(int receive_right)
{
	struct msgport_reopen argument = { .size = sizeof(argument) };

	return ioctl(receive_right, MSGPORT_IOC_REOPEN, &argument);
}
