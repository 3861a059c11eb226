// SPDX-License-Identifier: GPL-2.0
/* Descriptors that travel in messages: each kind, and that it works on arrival. */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include "kselftest_harness.h"
#include "fds.h"

FIXTURE(fds_travel)
{
	struct pair pair;
	char path[64];
};

FIXTURE_SETUP(fds_travel)
{
	self->pair = new_fds_pair(0);
	snprintf(self->path, sizeof(self->path), "/tmp/fds.%d", getpid());
}

FIXTURE_TEARDOWN(fds_travel)
{
	unlink(self->path);
	rmdir(self->path);
	close_pair(&self->pair);
}

TEST_F(fds_travel, send_right_travels_and_sends)
{
	struct pair other = new_pair(NULL);
	uint64_t source = stat_of(other.send).source;
	int right = through(&self->pair, other.send);

	ASSERT_LE(0, right);
	EXPECT_EQ(MSGPORT_IS_SEND, stat_of(right).what);
	EXPECT_EQ(source, stat_of(right).source);
	ASSERT_EQ(0, send_number(right, 7, 0));
	EXPECT_EQ(7, receive_number(other.receive, MSGPORT_NONBLOCK));
	close(right);
	close(other.receive);
}

TEST_F(fds_travel, send_right_to_the_very_port_travels_through_it)
{
	int right = through(&self->pair, dup(self->pair.send));

	ASSERT_LE(0, right);
	ASSERT_EQ(0, send_number(right, 8, 0));
	EXPECT_EQ(8, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	close(right);
}

TEST_F(fds_travel, regular_file_travels_with_its_position)
{
	int fd = open(self->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char byte;

	ASSERT_LE(0, fd);
	ASSERT_EQ(3, write(fd, "abc", 3));
	ASSERT_EQ(1, lseek(fd, 1, SEEK_SET));
	fd = through(&self->pair, fd);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ('b', byte);
	close(fd);
}

TEST_F(fds_travel, directory_travels_and_leads_to_its_files)
{
	int fd, file;

	ASSERT_EQ(0, mkdir(self->path, 0700));
	fd = through(&self->pair, open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	ASSERT_LE(0, fd);
	file = openat(fd, "in-it", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	EXPECT_LE(0, file);
	close(file);
	EXPECT_EQ(0, unlinkat(fd, "in-it", 0));
	close(fd);
}

TEST_F(fds_travel, pipe_travels_with_both_ends)
{
	int fds[2], arrived[2];
	unsigned int count = 2;
	char byte;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	ASSERT_EQ(0, send_fds(self->pair.send, fds, 2));
	close(fds[0]);
	close(fds[1]);
	ASSERT_EQ(0, receive_fds(self->pair.receive, arrived, &count, 0));
	ASSERT_EQ(2, count);
	ASSERT_EQ(1, write(arrived[1], "x", 1));
	ASSERT_EQ(1, read(arrived[0], &byte, 1));
	EXPECT_EQ('x', byte);
	close(arrived[0]);
	close(arrived[1]);
}

TEST_F(fds_travel, fifo_travels)
{
	int fd;

	ASSERT_EQ(0, mkfifo(self->path, 0600));
	fd = through(&self->pair, open(self->path, O_RDWR | O_CLOEXEC));
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, write(fd, "x", 1));
	close(fd);
}

TEST_F(fds_travel, memfd_travels_with_its_seals)
{
	int fd = memfd_create("fds", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 4096));
	ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	fd = through(&self->pair, fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, fcntl(fd, F_GET_SEALS));
	close(fd);
}

TEST_F(fds_travel, eventfd_travels_with_its_count)
{
	int fd = through(&self->pair, eventfd(5, EFD_CLOEXEC | EFD_NONBLOCK));
	uint64_t value = 0;

	ASSERT_LE(0, fd);
	ASSERT_EQ(8, read(fd, &value, sizeof(value)));
	EXPECT_EQ(5, value);
	close(fd);
}

TEST_F(fds_travel, timerfd_travels_and_expires)
{
	struct itimerspec time = { .it_value.tv_nsec = 1 };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t value = 0;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, timerfd_settime(fd, 0, &time, NULL));
	fd = through(&self->pair, fd);
	ASSERT_LE(0, fd);
	ASSERT_EQ(8, read(fd, &value, sizeof(value)));
	EXPECT_EQ(1, value);
	close(fd);
}

TEST_F(fds_travel, signalfd_travels_and_reads_the_receivers_signals)
{
	struct signalfd_siginfo info = { 0 };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	fd = through(&self->pair, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, raise(SIGUSR1));
	ASSERT_EQ(sizeof(info), read(fd, &info, sizeof(info)));
	EXPECT_EQ(SIGUSR1, info.ssi_signo);
	close(fd);
}

TEST_F(fds_travel, pidfd_travels_and_tells_of_the_process)
{
	pid_t child = start_child();
	struct pollfd poll_fd = { .events = POLLIN };

	if (!child)
		for (;;)
			pause();
	poll_fd.fd = through(&self->pair, syscall(SYS_pidfd_open, child, 0));
	ASSERT_LE(0, poll_fd.fd);
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));
	end_child(child);
	EXPECT_EQ(1, poll(&poll_fd, 1, PATIENCE_MS));
	close(poll_fd.fd);
}

/* The far end of a connection over the loopback interface. */
static int connected(int *near)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), far;

	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		give_up("listen");
	*near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(*near, (struct sockaddr *)&address, length))
		give_up("connect");
	far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return far;
}

TEST_F(fds_travel, accepted_connection_travels_and_goes_on)
{
	int near, far = connected(&near);
	char byte;

	ASSERT_LE(0, far);
	far = through(&self->pair, far);
	ASSERT_LE(0, far);
	ASSERT_EQ(1, write(near, "x", 1));
	ASSERT_EQ(1, read(far, &byte, 1));
	EXPECT_EQ('x', byte);
	close(near);
	close(far);
}

/* A socket of a family, if the kernel has it, is the same one on arrival. */
FIXTURE(fds_socket)
{
	struct pair pair;
};

FIXTURE_VARIANT(fds_socket)
{
	int family, type, protocol;
};

FIXTURE_VARIANT_ADD(fds_socket, udp)
{
	.family = AF_INET, .type = SOCK_DGRAM,
};

FIXTURE_VARIANT_ADD(fds_socket, tcp6)
{
	.family = AF_INET6, .type = SOCK_STREAM,
};

FIXTURE_VARIANT_ADD(fds_socket, netlink)
{
	.family = AF_NETLINK, .type = SOCK_RAW, .protocol = NETLINK_ROUTE,
};

FIXTURE_VARIANT_ADD(fds_socket, vsock)
{
	.family = AF_VSOCK, .type = SOCK_STREAM,
};

FIXTURE_VARIANT_ADD(fds_socket, tipc)
{
	.family = AF_TIPC, .type = SOCK_DGRAM,
};

FIXTURE_SETUP(fds_socket)
{
	self->pair = new_fds_pair(0);
}

FIXTURE_TEARDOWN(fds_socket)
{
	close_pair(&self->pair);
}

TEST_F(fds_socket, socket_of_a_family_without_files_travels)
{
	int fd = socket(variant->family, variant->type | SOCK_CLOEXEC, variant->protocol);
	struct stat before, after;
	int family = 0;
	socklen_t length = sizeof(family);

	if (fd < 0)
		SKIP(return, "the kernel has no such sockets");
	ASSERT_EQ(0, fstat(fd, &before));
	fd = through(&self->pair, fd);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &after));
	EXPECT_EQ(before.st_ino, after.st_ino);
	ASSERT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length));
	EXPECT_EQ(variant->family, family);
	close(fd);
}

/* ---- all kinds alike ---- */

TEST_F(fds_travel, descriptors_of_one_message_arrive_in_order)
{
	int fds[MSGPORT_FDS_MAX], arrived[MSGPORT_FDS_MAX];
	unsigned int count = MSGPORT_FDS_MAX, i;
	uint64_t value;

	for (i = 0; i < MSGPORT_FDS_MAX; i++)
		fds[i] = eventfd(i + 1, EFD_CLOEXEC | EFD_NONBLOCK);
	ASSERT_EQ(0, send_fds(self->pair.send, fds, MSGPORT_FDS_MAX));
	for (i = 0; i < MSGPORT_FDS_MAX; i++)
		close(fds[i]);
	ASSERT_EQ(0, receive_fds(self->pair.receive, arrived, &count, 0));
	ASSERT_EQ(MSGPORT_FDS_MAX, count);
	for (i = 0; i < MSGPORT_FDS_MAX; i++) {
		ASSERT_EQ(8, read(arrived[i], &value, sizeof(value)));
		EXPECT_EQ(i + 1, value);
		close(arrived[i]);
	}
}

TEST_F(fds_travel, received_descriptor_is_close_on_exec_and_the_lowest_free)
{
	int fd = eventfd(0, 0), lowest;

	ASSERT_EQ(0, send_fd(self->pair.send, fd));
	lowest = dup(0);
	close(lowest);
	fd = receive_one_fd(self->pair.receive);
	EXPECT_EQ(lowest, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	close(fd);
}

TEST_F(fds_travel, descriptor_in_a_message_stays_open_without_its_sender)
{
	int fds[2], writer;
	pid_t child;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	child = start_child();
	if (!child)
		_exit(error_of(send_fd(self->pair.send, fds[1])));
	ASSERT_EQ(0, child_status(child));
	close(fds[1]);
	EXPECT_TRUE(pipe_has_writer(fds[0]));
	writer = receive_one_fd(self->pair.receive);
	ASSERT_LE(0, writer);
	EXPECT_TRUE(pipe_has_writer(fds[0]));
	close(writer);
	EXPECT_TRUE(pipe_ends(fds[0]));
	close(fds[0]);
}

TEST_F(fds_travel, waiting_receiver_is_handed_descriptors)
{
	int fds[2];
	pid_t child;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	child = start_child();
	if (!child) {
		struct msgport_message message = { .fd_count = 1, .fds = (int[]){ -1 } };

		close(fds[1]);
		if (msgport_receive_message(self->pair.receive, &message, NULL, 0,
					    MSGPORT_FOREVER))
			_exit(errno);
		_exit(write(message.fds[0], "x", 1) == 1 ? 0 : 255);
	}
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	ASSERT_EQ(0, msgport_send_message(self->pair.send,
					  &(struct msgport_message){
						.fds = &fds[1], .fd_count = 1 },
					  0, MSGPORT_FOREVER));
	EXPECT_EQ(0, child_status(child));
	close(fds[0]);
	close(fds[1]);
}

TEST_F(fds_travel, peek_shows_how_many_and_takes_none)
{
	int fds[2] = { eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC) };
	unsigned int before, count = 0;

	ASSERT_EQ(0, send_fds(self->pair.send, fds, 2));
	before = open_descriptors();
	EXPECT_EQ(0, receive_fds(self->pair.receive, NULL, &count, MSGPORT_PEEK));
	EXPECT_EQ(2, count);
	EXPECT_EQ(before, open_descriptors());
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	close(fds[0]);
	close(fds[1]);
}

TEST_F(fds_travel, rendezvous_hands_descriptors_over)
{
	struct pair pair = new_fds_pair(MSGPORT_RENDEZVOUS);
	int fd = eventfd(3, EFD_CLOEXEC | EFD_NONBLOCK), arrived;
	pid_t child = start_child();
	uint64_t value = 0;

	if (!child)
		_exit(error_of(msgport_send_message(pair.send, &(struct msgport_message){
				.data = FDS_PAYLOAD, .size = sizeof(FDS_PAYLOAD),
				.fds = &fd, .fd_count = 1 }, 0, MSGPORT_FOREVER)));
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	arrived = receive_one_fd(pair.receive);
	ASSERT_LE(0, arrived);
	ASSERT_EQ(8, read(arrived, &value, sizeof(value)));
	EXPECT_EQ(3, value);
	EXPECT_EQ(0, child_status(child));
	close(arrived);
	close(fd);
	close_pair(&pair);
}

TEST_F(fds_travel, batch_carries_the_descriptors_of_each_message)
{
	int out[3] = { eventfd(1, EFD_CLOEXEC), eventfd(2, EFD_CLOEXEC),
		       eventfd(3, EFD_CLOEXEC) };
	int in[3] = { -1, -1, -1 };
	struct msgport_message sent[2] = {
		{ .fds = out, .fd_count = 1 }, { .fds = out + 1, .fd_count = 2 },
	};
	struct msgport_message received[2] = {
		{ .fds = in, .fd_count = 1 }, { .fds = in + 1, .fd_count = 2 },
	};
	uint64_t value;
	int i;

	ASSERT_EQ(2, msgport_send_batch(self->pair.send, sent, 2, 0, MSGPORT_FOREVER));
	ASSERT_EQ(2, msgport_receive_batch(self->pair.receive, received, 2, NULL,
					   MSGPORT_NONBLOCK, MSGPORT_FOREVER));
	EXPECT_EQ(1, received[0].fd_count);
	EXPECT_EQ(2, received[1].fd_count);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(8, read(in[i], &value, sizeof(value)));
		EXPECT_EQ(i + 1, value);
		close(in[i]);
		close(out[i]);
	}
}

TEST_F(fds_travel, version_tells_that_descriptors_travel)
{
	struct msgport_version version;

	ASSERT_EQ(0, msgport_version(self->pair.send, &version));
	EXPECT_TRUE(version.features & MSGPORT_FEATURE_SEND_RIGHTS);
	EXPECT_TRUE(version.features & MSGPORT_FEATURE_FDS);
}

TEST_HARNESS_MAIN
