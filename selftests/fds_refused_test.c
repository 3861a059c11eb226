// SPDX-License-Identifier: GPL-2.0
/* Descriptors that may not travel, ports and rights that carry none. */
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "fds.h"

FIXTURE(fds_refused)
{
	struct pair pair;
};

FIXTURE_SETUP(fds_refused)
{
	self->pair = new_fds_pair(0);
}

/* Whatever was refused, nothing was sent and nothing stays charged or open. */
FIXTURE_TEARDOWN(fds_refused)
{
	EXPECT_EQ(0, stat_of(self->pair.receive).sent);
	close_pair(&self->pair);
}

/* The errno of sending it, which closes it. */
static int refusal(FIXTURE_DATA(fds_refused) *self, int fd)
{
	int error = error_of(send_fd(self->pair.send, fd));

	close(fd);
	return error;
}

TEST_F(fds_refused, receive_right_does_not_travel)
{
	struct pair other = new_pair(NULL);

	EXPECT_EQ(EOPNOTSUPP, refusal(self, other.receive));
	close(other.send);
}

TEST_F(fds_refused, receive_right_of_the_very_port_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, dup(self->pair.receive)));
}

TEST_F(fds_refused, control_descriptor_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, msgport_open()));
}

TEST_F(fds_refused, unix_stream_socket_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

TEST_F(fds_refused, unix_socket_of_a_pair_does_not_travel)
{
	int fds[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	EXPECT_EQ(EOPNOTSUPP, refusal(self, fds[0]));
	close(fds[1]);
}

TEST_F(fds_refused, epoll_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, epoll_create1(EPOLL_CLOEXEC)));
}

TEST_F(fds_refused, io_uring_does_not_travel)
{
	struct io_uring_params params = { 0 };
	int fd = syscall(SYS_io_uring_setup, 1, &params);

	if (fd < 0)
		SKIP(return, "the kernel has no io_uring");
	EXPECT_EQ(EOPNOTSUPP, refusal(self, fd));
}

TEST_F(fds_refused, inotify_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, inotify_init1(IN_CLOEXEC)));
}

TEST_F(fds_refused, userfaultfd_does_not_travel)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0)
		SKIP(return, "the kernel has no userfaultfd");
	EXPECT_EQ(EOPNOTSUPP, refusal(self, fd));
}

TEST_F(fds_refused, character_device_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, open("/dev/null", O_RDWR | O_CLOEXEC)));
}

TEST_F(fds_refused, terminal_does_not_travel)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		SKIP(return, "no pseudoterminals");
	EXPECT_EQ(EOPNOTSUPP, refusal(self, fd));
}

TEST_F(fds_refused, namespace_does_not_travel)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(EOPNOTSUPP, refusal(self, fd));
}

TEST_F(fds_refused, path_descriptor_does_not_travel)
{
	EXPECT_EQ(EOPNOTSUPP, refusal(self, open("/tmp", O_PATH | O_CLOEXEC)));
}

TEST_F(fds_refused, kcm_socket_does_not_travel)
{
	int fd = socket(AF_KCM, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		SKIP(return, "the kernel has no such sockets");
	EXPECT_EQ(EOPNOTSUPP, refusal(self, fd));
}

/* ---- and what is no descriptor to send ---- */

TEST_F(fds_refused, closed_descriptor_fails_with_ebadf)
{
	int fd = dup(0);

	close(fd);
	EXPECT_EQ(EBADF, error_of(send_fd(self->pair.send, fd)));
	EXPECT_EQ(EBADF, error_of(send_fd(self->pair.send, -1)));
}

/* The good ones before it were taken and are let go of again. */
TEST_F(fds_refused, one_bad_descriptor_refuses_the_message)
{
	int fds[3], pipe_fds[2];

	ASSERT_EQ(0, pipe2(pipe_fds, O_CLOEXEC));
	fds[0] = pipe_fds[1];
	fds[1] = epoll_create1(EPOLL_CLOEXEC);
	fds[2] = pipe_fds[1];
	EXPECT_EQ(EOPNOTSUPP, error_of(send_fds(self->pair.send, fds, 3)));
	close(fds[1]);
	fds[1] = -1;
	EXPECT_EQ(EBADF, error_of(send_fds(self->pair.send, fds, 3)));
	close(pipe_fds[1]);
	EXPECT_TRUE(pipe_ends(pipe_fds[0]));
	close(pipe_fds[0]);
}

TEST_F(fds_refused, array_at_a_bad_address_fails_with_efault)
{
	int *end = bytes_before_hole(sizeof(int));

	*end = eventfd(0, EFD_CLOEXEC);
	EXPECT_EQ(EFAULT, error_of(send_fds(self->pair.send, end, 2)));
	EXPECT_EQ(EFAULT, error_of(send_fds(self->pair.send, NULL, 1)));
	close(*end);
}

TEST_F(fds_refused, descriptors_over_64_fail_with_einval)
{
	int fds[MSGPORT_FDS_MAX + 1] = { 0 };

	EXPECT_EQ(EINVAL, error_of(send_fds(self->pair.send, fds, MSGPORT_FDS_MAX + 1)));
}

TEST(port_that_has_not_opted_in_refuses_descriptors_with_eopnotsupp)
{
	struct pair pair = new_pair(NULL);
	int fd = eventfd(0, EFD_CLOEXEC);

	EXPECT_EQ(EOPNOTSUPP, error_of(send_fd(pair.send, fd)));
	EXPECT_EQ(0, stat_of(pair.receive).sent);
	close(fd);
	close_pair(&pair);
}

TEST(right_without_descriptors_refuses_them_with_eperm_and_sends_all_else)
{
	struct pair pair = new_fds_pair(0);
	int right = msgport_mint(pair.receive, 0, 0, 0, MSGPORT_MINT_NO_FDS);
	int fd = eventfd(0, EFD_CLOEXEC);

	ASSERT_LE(0, right);
	EXPECT_EQ(EPERM, error_of(send_fd(right, fd)));
	EXPECT_EQ(0, stat_of(pair.receive).sent);
	EXPECT_EQ(0, send_number(right, 1, 0));
	EXPECT_EQ(0, send_fd(pair.send, fd));
	close(fd);
	close(right);
	close_pair(&pair);
}

TEST(kept_port_with_descriptors_fails_with_einval)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_KEEP | MSGPORT_DESCRIPTORS;
	EXPECT_EQ(EINVAL, error_of(msgport_create(MSGPORT_DEFAULT, new_name("fds"),
						  &options)));
}

TEST_HARNESS_MAIN
