// SPDX-License-Identifier: GPL-2.0
/* Every right is an ordinary descriptor, and closing is how everything ends. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(descriptor)
{
	struct pair port;
	int control;
};

FIXTURE_SETUP(descriptor)
{
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	self->port = new_pair_for(4);
}

FIXTURE_TEARDOWN(descriptor)
{
	close_pair(&self->port);
	close(self->control);
}

static bool close_on_exec(int fd)
{
	return fcntl(fd, F_GETFD) & FD_CLOEXEC;
}

TEST_F(descriptor, every_descriptor_is_close_on_exec)
{
	const char *name = new_name("cloexec");
	int named = msgport_create(self->control, name, NULL);
	int made[] = {
		self->control, self->port.receive, self->port.send, named,
		msgport_reopen(named),
		msgport_connect(self->control, name, 0),
		msgport_connect(self->control, name, MSGPORT_CONNECT_RECEIVE),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(made); i++) {
		ASSERT_LE(0, made[i]);
		EXPECT_TRUE(close_on_exec(made[i]))
			TH_LOG("descriptor %zu", i);
	}
	for (i = 3; i < ARRAY_SIZE(made); i++)
		close(made[i]);
}

/* ---- copies: the same right, which lives until the last is closed ---- */

TEST_F(descriptor, duplicate_of_a_receive_right_keeps_the_port_alive)
{
	int copy = dup(self->port.receive);

	ASSERT_LE(0, copy);
	EXPECT_EQ(1, stat_of(self->port.send).receivers);
	close(self->port.receive);
	EXPECT_EQ(0, stat_of(self->port.send).dead);
	EXPECT_EQ(0, send_number(self->port.send, 4, 0));
	EXPECT_EQ(4, receive_number(copy, 0));
	self->port.receive = -1;
	close(copy);
	EXPECT_EQ(1, stat_of(self->port.send).dead);
}

TEST_F(descriptor, duplicate_of_a_send_right_is_the_same_source)
{
	int copy = dup(self->port.send);

	ASSERT_LE(0, copy);
	EXPECT_EQ(1, stat_of(self->port.receive).senders);
	EXPECT_EQ(stat_of(self->port.send).source, stat_of(copy).source);
	close(self->port.send);
	EXPECT_EQ(1, stat_of(self->port.receive).senders);
	EXPECT_EQ(0, send_number(copy, 4, 0));
	self->port.send = copy;
	EXPECT_EQ(4, receive_number(self->port.receive, 0));
}

TEST_F(descriptor, fork_gives_the_child_the_same_rights)
{
	pid_t child = start_child();

	if (!child)
		_exit(receive_number(self->port.receive, 0) != 1 ||
		      send_number(self->port.send, 2, 0));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(2, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(self->port.send).receivers);
	EXPECT_EQ(1, stat_of(self->port.send).senders);
}

TEST_F(descriptor, port_lives_in_the_child_when_the_parent_closes)
{
	int pipes[2];
	pid_t child;

	ASSERT_EQ(0, pipe(pipes));
	child = start_child();
	if (!child) {
		char byte;

		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) != 0);
	}
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_EQ(0, stat_of(self->port.send).dead);
	close(pipes[1]);
	ASSERT_EQ(0, child_status(child));
	EXPECT_EQ(1, stat_of(self->port.send).dead);
	EXPECT_EQ(EPIPE, error_of(send_number(self->port.send, 1, MSGPORT_NONBLOCK)));
	close(pipes[0]);
}

/* ---- passed over a socket ---- */

union control_room {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int pass(int socket, int fd)
{
	union control_room room = { 0 };
	struct iovec piece = { .iov_base = "f", .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = room.bytes, .msg_controllen = sizeof(room.bytes),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(socket, &header, 0) == 1 ? 0 : -1;
}

static int take(int socket)
{
	union control_room room = { 0 };
	char byte;
	struct iovec piece = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = room.bytes, .msg_controllen = sizeof(room.bytes),
	};
	int fd;

	if (recvmsg(socket, &header, 0) != 1 || !CMSG_FIRSTHDR(&header))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(fd));
	return fd;
}

TEST_F(descriptor, send_right_passed_over_a_socket_sends)
{
	int sockets[2];
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	child = start_child();
	if (!child) {
		close_pair(&self->port);
		_exit(send_number(take(sockets[1]), 6, 0) != 0);
	}
	ASSERT_EQ(0, pass(sockets[0], self->port.send));
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(6, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	close(sockets[0]);
	close(sockets[1]);
}

TEST_F(descriptor, receive_right_passed_over_a_socket_receives)
{
	int sockets[2];
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	child = start_child();
	if (!child) {
		close_pair(&self->port);
		_exit(receive_number(take(sockets[1]), 0) != 6);
	}
	ASSERT_EQ(0, pass(sockets[0], self->port.receive));
	ASSERT_EQ(0, send_number(self->port.send, 6, 0));
	EXPECT_EQ(0, child_status(child));
	close(sockets[0]);
	close(sockets[1]);
}

/* On its way in a socket, a right counts as open. */
TEST_F(descriptor, receive_right_on_its_way_keeps_the_port_alive)
{
	int sockets[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, pass(sockets[0], self->port.receive));
	close(self->port.receive);
	EXPECT_EQ(0, send_number(self->port.send, 8, MSGPORT_NONBLOCK));
	self->port.receive = take(sockets[1]);
	EXPECT_EQ(8, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	close(sockets[0]);
	close(sockets[1]);
}

/* ---- what it is not ---- */

TEST_F(descriptor, memory_of_a_right_cannot_be_mapped)
{
	const int fds[] = { self->control, self->port.receive, self->port.send };
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fds[i], 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fds[i], 0));
	}
}

TEST_F(descriptor, position_of_a_right_cannot_be_set)
{
	const int fds[] = { self->control, self->port.receive, self->port.send };
	int i;

	for (i = 0; i < 3; i++)
		EXPECT_EQ(ESPIPE, error_of(lseek(fds[i], 0, SEEK_SET)));
}

TEST_F(descriptor, right_is_no_regular_file_and_has_no_size)
{
	struct stat stat;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	ASSERT_EQ(0, fstat(self->port.receive, &stat));
	EXPECT_FALSE(S_ISREG(stat.st_mode));
	EXPECT_EQ(0, stat.st_size);
	ASSERT_EQ(0, fstat(self->port.send, &stat));
	EXPECT_FALSE(S_ISREG(stat.st_mode));
	EXPECT_EQ(0, stat.st_size);
	EXPECT_NE(0, ftruncate(self->port.send, 0));
}

TEST_F(descriptor, read_and_write_of_a_control_descriptor_fail_with_ebadf)
{
	char byte = 0;

	EXPECT_EQ(EBADF, error_of(read(self->control, &byte, 1)));
	EXPECT_EQ(EBADF, error_of(write(self->control, &byte, 1)));
}

/* ---- closed while somebody waits ---- */

struct waiter {
	int fd;
	int64_t number;
};

static void *receive_in_thread(void *argument)
{
	struct waiter *waiter = argument;

	waiter->number = receive_number(waiter->fd, 0);
	return NULL;
}

/*
 * A call under way holds its descriptor, as with every file: the wait goes on,
 * and the right ends with it.
 *
 *	waiter				test
 *	receive, sleeps
 *					closes the receive right
 *					sends 3: the port lives
 *	has 3; the last user
 *	of the right goes
 *					sends: EPIPE
 */
TEST_F(descriptor, right_closed_during_a_receive_ends_after_it)
{
	struct waiter waiter = { .fd = self->port.receive };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, receive_in_thread, &waiter));
	ASSERT_TRUE(wait_for_receivers(self->port.send, 1));
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_EQ(0, send_number(self->port.send, 3, MSGPORT_NONBLOCK));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(3, waiter.number);
	EXPECT_EQ(EPIPE, error_of(send_number(self->port.send, 4, MSGPORT_NONBLOCK)));
}

static void *send_in_thread(void *argument)
{
	struct waiter *waiter = argument;

	waiter->number = send_number(waiter->fd, 99, 0);
	return NULL;
}

TEST_F(descriptor, right_closed_during_a_send_sends_all_the_same)
{
	struct waiter waiter = { .fd = self->port.send, .number = -1 };
	pthread_t thread;
	int i;

	ASSERT_EQ(4, fill(self->port.send));
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_in_thread, &waiter));
	ASSERT_TRUE(wait_for_senders(self->port.receive, 1));
	close(self->port.send);
	self->port.send = -1;
	EXPECT_EQ(1, stat_of(self->port.receive).senders);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, waiter.number);
	EXPECT_EQ(99, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(self->port.receive).senders);
}

TEST_HARNESS_MAIN
