/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page that stalls whoever touches it: nobody answers its fault, so that a
 * copy to or from it goes on when its process is killed, and not before.  Root
 * alone may make one that stalls the kernel too.
 */
#ifndef MSGPORT_STALL_H
#define MSGPORT_STALL_H

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/syscall.h>

#include "errand.h"
#include "processor.h"

/* The faults of a page are the caller's to answer; ends the process if not. */
static inline int open_userfaultfd(void *page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register region = {
		.range = { .start = address_of(page), .len = page_size() },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &region))
		give_up("userfaultfd");
	return fd;
}

/* For the calling process alone; nobody answers. */
static inline void *stalling_page(void)
{
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		give_up("mmap");
	open_userfaultfd(page);
	return page;
}

static inline bool can_stall(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	close(fd);
	return fd >= 0;
}

/*
 * A child that takes the next message and holds it in its hand until killed; with a
 * token, if it is one to settle.
 */
static inline pid_t start_stalled_receiver(int receive)
{
	struct msgport_message message = { .size = 64 };
	pid_t pid = start_child();

	if (!pid) {
		receive = keep_only(receive);
		message.data = stalling_page();
		_exit(error_of(msgport_receive_message(receive, &message, NULL, 0,
						       MSGPORT_FOREVER)));
	}
	return pid;
}

/* A child that begins to copy a message in and never gets to its end. */
static inline pid_t start_stalled_sender(int send)
{
	pid_t pid = start_child();

	if (!pid) {
		send = keep_only(send);
		_exit(error_of(msgport_send(send, stalling_page(), 64, 0)));
	}
	return pid;
}

static inline bool wait_for_in_hand(int fd, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (stat_of(fd).in_hand == count)
			return true;
		pause_ms(1);
	}
	return false;
}

#endif
