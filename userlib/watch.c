// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Watches: one event, once. */

#include <sys/ioctl.h>

#include "internal.h"

MSGPORT_EXPORT int msgport_watch(int right, unsigned int what,
				 uint64_t subject, int event_right,
				 uint64_t cookie, uint64_t *id)
{
	struct msgport_watch argument = {
		.size = sizeof(argument),
		.what = what,
		.badge = subject,
		.cookie = cookie,
		.event_fd = event_right,
	};

	if (ioctl(right, MSGPORT_IOC_WATCH, &argument) < 0)
		return -1;
	if (id)
		*id = argument.id;
	return 0;
}

MSGPORT_EXPORT int msgport_unwatch(int right, uint64_t id)
{
	struct msgport_unwatch argument = {
		.size = sizeof(argument),
		.id = id,
	};

	return ioctl(right, MSGPORT_IOC_UNWATCH, &argument);
}
