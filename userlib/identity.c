// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Identity: is the process of a stamp alive, and a descriptor of that process. */

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open	434	/* the same on every architecture but alpha */
#endif

MSGPORT_EXPORT int msgport_verify(int fd, const struct msgport_stamp *stamp)
{
	struct msgport_verify argument = { .size = sizeof(argument) };

	if (!stamp)
		return fail(EFAULT);
	argument.pid = stamp->pid;
	argument.start_time = stamp->start_time;
	return ioctl(fd, MSGPORT_IOC_VERIFY, &argument);
}

/*
 * First the descriptor, then the question.  The sender had its pid before it
 * sent; if it has it still after the pidfd was opened by that number, then no
 * other process had it in between.
 */
MSGPORT_EXPORT int msgport_pidfd(int fd, const struct msgport_stamp *stamp)
{
	int pidfd, error;

	if (!stamp)
		return fail(EFAULT);
	pidfd = (int)syscall(SYS_pidfd_open, stamp->pid, 0);
	if (pidfd < 0) {
		/* 0, of a sender that cannot be seen; or a thread has the number */
		if (errno == EINVAL || errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	if (!msgport_verify(fd, stamp))
		return pidfd;
	/* close() must not hide why the process is not the one. */
	error = errno;
	close(pidfd);
	return fail(error);
}
