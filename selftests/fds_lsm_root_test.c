// SPDX-License-Identifier: GPL-2.0
/*
 * Security modules are asked about each descriptor that arrives: counted at the
 * hook itself, by a probe of the kernel's.  Root.
 */
#include <sys/eventfd.h>

#include "kselftest_harness.h"
#include "fds.h"
#include "users.h"

#define TRACING		"/sys/kernel/tracing/"
#define PROBE		"msgport_fds_lsm"

FIXTURE(fds_lsm)
{
	struct pair pair;
};

static bool write_line(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return written;
}

FIXTURE_SETUP(fds_lsm)
{
	if (!write_line(TRACING "kprobe_events", "p:" PROBE " security_file_receive\n",
			O_APPEND))
		SKIP(return, "the kernel has no probes");
	ASSERT_TRUE(write_line(TRACING "events/kprobes/" PROBE "/enable", "1", 0));
	self->pair = new_fds_pair(0);
}

FIXTURE_TEARDOWN(fds_lsm)
{
	write_line(TRACING "events/kprobes/" PROBE "/enable", "0", 0);
	write_line(TRACING "kprobe_events", "-:" PROBE "\n", O_APPEND);
	close_pair(&self->pair);
}

/* How often this process has met the hook. */
static unsigned int times_asked(void)
{
	char line[512], wanted[32];
	FILE *trace = fopen(TRACING "trace", "r");
	unsigned int count = 0;

	if (!trace)
		give_up("trace");
	snprintf(wanted, sizeof(wanted), "-%d ", getpid());
	while (fgets(line, sizeof(line), trace))
		count += strstr(line, wanted) && strstr(line, PROBE);
	fclose(trace);
	return count;
}

TEST_F(fds_lsm, security_modules_are_asked_about_each_descriptor)
{
	int fds[3], arrived[3];
	unsigned int count = 3, i;

	for (i = 0; i < 3; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC);
	ASSERT_EQ(0, send_fds(self->pair.send, fds, 3));
	EXPECT_EQ(0, times_asked());
	ASSERT_EQ(0, receive_fds(self->pair.receive, arrived, &count, 0));
	EXPECT_EQ(3, times_asked());
	for (i = 0; i < 3; i++) {
		close(fds[i]);
		close(arrived[i]);
	}
}

TEST_F(fds_lsm, security_modules_are_not_asked_by_a_peek)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	unsigned int count = 0;

	ASSERT_EQ(0, send_fd(self->pair.send, fd));
	ASSERT_EQ(0, receive_fds(self->pair.receive, NULL, &count, MSGPORT_PEEK));
	EXPECT_EQ(0, times_asked());
	close(fd);
}

TEST_HARNESS_MAIN
