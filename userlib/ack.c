// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Settling: what becomes of an outstanding message, and of credit. */

#include <sys/ioctl.h>

#include "internal.h"

MSGPORT_EXPORT int msgport_ack(int receive_right, uint64_t token)
{
	struct msgport_ack argument = {
		.size = sizeof(argument),
		.token = token,
	};

	return ioctl(receive_right, MSGPORT_IOC_ACK, &argument);
}

MSGPORT_EXPORT int msgport_release(int receive_right, uint64_t token)
{
	struct msgport_release argument = {
		.size = sizeof(argument),
		.token = token,
	};

	return ioctl(receive_right, MSGPORT_IOC_RELEASE, &argument);
}

MSGPORT_EXPORT int msgport_grant(int receive_right, uint64_t source,
				 unsigned int credits)
{
	struct msgport_grant argument = {
		.size = sizeof(argument),
		.credits = credits,
		.source = source,
	};

	return ioctl(receive_right, MSGPORT_IOC_GRANT, &argument);
}
