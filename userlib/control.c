// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The device: control descriptors, and what the module behind them speaks. */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

MSGPORT_EXPORT int msgport_open(void)
{
	int fd = open("/dev/msgport", O_RDWR | O_CLOEXEC);

	/* ENOENT is for names of ports: this is the same as a node without a module */
	if (fd < 0 && errno == ENOENT)
		errno = ENXIO;
	return fd;
}

/* An ioctl on @control, or on a control descriptor for this one call. */
int msgport_control_ioctl(int control, unsigned long request, void *argument)
{
	int fd, result, error;

	if (control != MSGPORT_DEFAULT)
		return ioctl(control, request, argument);

	fd = msgport_open();
	if (fd < 0)
		return -1;
	result = ioctl(fd, request, argument);
	/* close() must not hide why the ioctl failed. */
	error = errno;
	close(fd);
	errno = error;
	return result;
}

MSGPORT_EXPORT int msgport_version(int fd, struct msgport_version *version)
{
	struct msgport_version argument = { .size = sizeof(argument) };

	if (!version)
		return fail(EFAULT);
	if (ioctl(fd, MSGPORT_IOC_VERSION, &argument) < 0)
		return -1;
	*version = argument;
	return 0;
}
