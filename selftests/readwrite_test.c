// SPDX-License-Identifier: GPL-2.0
/*
 * read and write: one message each way, for shells and for whatever knows only
 * files.  What a stream cannot carry stays for receive.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(stream)
{
	struct pair port;
	char buffer[64];
};

FIXTURE_SETUP(stream)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 4;
	options.max_size = 32;
	self->port = new_pair(&options);
}

FIXTURE_TEARDOWN(stream)
{
	close(self->port.receive);
	if (self->port.send >= 0)
		close(self->port.send);
}

static void close_sender(FIXTURE_DATA(stream) *self)
{
	close(self->port.send);
	self->port.send = -1;
}

static void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		give_up("fcntl");
}

static ssize_t read_some(FIXTURE_DATA(stream) *self, size_t size)
{
	return read(self->port.receive, self->buffer, size);
}

TEST_F(stream, write_is_one_message_and_read_takes_one)
{
	EXPECT_EQ(5, write(self->port.send, "first", 5));
	EXPECT_EQ(6, write(self->port.send, "second", 6));
	EXPECT_EQ(2, stat_of(self->port.receive).queued);
	EXPECT_EQ(5, read_some(self, sizeof(self->buffer)));
	EXPECT_EQ(0, memcmp(self->buffer, "first", 5));
	EXPECT_EQ(6, read_some(self, sizeof(self->buffer)));
	EXPECT_EQ(0, memcmp(self->buffer, "second", 6));
	EXPECT_EQ(2, stat_of(self->port.receive).received);
}

TEST_F(stream, written_message_is_received_with_the_stamp_of_the_right)
{
	struct msgport_message message = { .data = self->buffer, .size = 64 };
	int right = msgport_mint(self->port.receive, 77, 0, 9, 0);

	ASSERT_LE(0, right);
	EXPECT_EQ(3, write(right, "abc", 3));
	ASSERT_EQ(0, msgport_receive_message(self->port.receive, &message, NULL, 0,
					     MSGPORT_FOREVER));
	EXPECT_EQ(3, message.size);
	EXPECT_EQ(0, message.tag);
	EXPECT_EQ(0, message.priority);
	EXPECT_EQ(77, message.stamp.badge);
	EXPECT_EQ(getpid(), (pid_t)message.stamp.pid);
	EXPECT_EQ(geteuid(), message.stamp.uid);
	EXPECT_EQ(stat_of(right).source, message.stamp.source);
	close(right);
}

TEST_F(stream, write_of_no_bytes_fails_with_einval)
{
	EXPECT_EQ(EINVAL, error_of(write(self->port.send, "", 0)));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
}

TEST_F(stream, write_over_max_size_fails_with_emsgsize)
{
	EXPECT_EQ(EMSGSIZE, error_of(write(self->port.send, self->buffer, 33)));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
	EXPECT_EQ(32, write(self->port.send, self->buffer, 32));
}

TEST_F(stream, writev_gathers_one_message_and_readv_scatters_it)
{
	char head[2], tail[4];
	struct iovec out[2] = {
		{ .iov_base = "one", .iov_len = 3 }, { .iov_base = "two", .iov_len = 3 },
	};
	struct iovec in[2] = {
		{ .iov_base = head, .iov_len = 2 }, { .iov_base = tail, .iov_len = 4 },
	};

	EXPECT_EQ(6, writev(self->port.send, out, 2));
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	EXPECT_EQ(6, readv(self->port.receive, in, 2));
	EXPECT_EQ(0, memcmp(head, "on", 2));
	EXPECT_EQ(0, memcmp(tail, "etwo", 4));
}

TEST_F(stream, read_one_byte_short_fails_with_emsgsize_and_the_message_stays)
{
	ASSERT_EQ(5, write(self->port.send, "whole", 5));
	EXPECT_EQ(EMSGSIZE, error_of(read_some(self, 4)));
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	EXPECT_EQ(5, read_some(self, 5));
	EXPECT_EQ(0, memcmp(self->buffer, "whole", 5));
}

/* There is nothing to answer: being read is the end that its sender waits for. */
TEST_F(stream, read_takes_a_synchronous_message_and_ends_the_send)
{
	pid_t sender = start_child();

	if (!sender)
		_exit(error_of(msgport_send(self->port.send, "sync", 4, MSGPORT_SYNC)));
	ASSERT_TRUE(wait_for_queued(self->port.receive, 1));
	ASSERT_EQ(4, read_some(self, sizeof(self->buffer)));
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(stream, read_of_a_message_without_bytes_fails_with_eopnotsupp)
{
	ASSERT_EQ(0, msgport_send(self->port.send, NULL, 0, 0));
	EXPECT_EQ(EOPNOTSUPP, error_of(read_some(self, 8)));
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	EXPECT_EQ(0, msgport_receive(self->port.receive, NULL, 0, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(self->port.receive).queued);
}

/* An empty message must not be taken for the end. */
TEST_F(stream, message_without_bytes_keeps_the_end_back)
{
	ASSERT_EQ(0, msgport_send(self->port.send, NULL, 0, 0));
	close_sender(self);
	EXPECT_EQ(EOPNOTSUPP, error_of(read_some(self, 8)));
	EXPECT_EQ(0, msgport_receive(self->port.receive, NULL, 0, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, error_of(read_some(self, 8)));
	EXPECT_EQ(0, read_some(self, 8));
}

TEST_F(stream, end_comes_after_the_last_message_of_the_last_sender)
{
	int other = mint_plain(self->port.receive);

	ASSERT_LE(0, other);
	set_nonblocking(self->port.receive);
	ASSERT_EQ(3, write(self->port.send, "abc", 3));
	close_sender(self);
	EXPECT_EQ(3, read_some(self, 8));
	EXPECT_EQ(EAGAIN, error_of(read_some(self, 8)));
	ASSERT_EQ(2, write(other, "de", 2));
	close(other);
	EXPECT_EQ(2, read_some(self, 8));
	EXPECT_EQ(0, read_some(self, 8));
	EXPECT_EQ(0, read_some(self, 8));
}

TEST(read_on_a_port_that_never_had_a_sender_is_not_at_the_end)
{
	int receive = new_port(NULL);
	char byte;

	ASSERT_LE(0, receive);
	set_nonblocking(receive);
	EXPECT_EQ(EAGAIN, error_of(read(receive, &byte, 1)));
	close(receive);
}

TEST_F(stream, new_sender_after_the_end_begins_again)
{
	set_nonblocking(self->port.receive);
	close_sender(self);
	EXPECT_EQ(0, read_some(self, 8));
	self->port.send = mint_plain(self->port.receive);
	EXPECT_EQ(EAGAIN, error_of(read_some(self, 8)));
	ASSERT_EQ(1, write(self->port.send, "x", 1));
	EXPECT_EQ(1, read_some(self, 8));
}

/* For receive there is no end: somebody may mint another right. */
TEST_F(stream, receive_waits_on_where_read_ends)
{
	close_sender(self);
	EXPECT_EQ(0, read_some(self, 8));
	EXPECT_EQ(EAGAIN, error_of(msgport_receive(self->port.receive, self->buffer, 8,
						   MSGPORT_NONBLOCK)));
}

struct reading {
	int fd;
	ssize_t result;
	char buffer[32];
};

static void *read_in_thread(void *argument)
{
	struct reading *reading = argument;

	reading->result = read(reading->fd, reading->buffer, sizeof(reading->buffer));
	return NULL;
}

TEST_F(stream, blocked_read_takes_what_comes)
{
	struct reading reading = { .fd = self->port.receive };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_in_thread, &reading));
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ASSERT_EQ(4, write(self->port.send, "late", 4));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(4, reading.result);
	EXPECT_EQ(0, memcmp(reading.buffer, "late", 4));
}

/* Every reader, not only the first: the end is no message. */
TEST_F(stream, blocked_reads_all_end_when_the_last_sender_closes)
{
	struct reading readings[3];
	pthread_t threads[3];
	int i;

	for (i = 0; i < 3; i++) {
		readings[i] = (struct reading){ .fd = self->port.receive, .result = -2 };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, read_in_thread,
					    &readings[i]));
	}
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 3));
	close_sender(self);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, readings[i].result);
	}
}

/*
 *	cat				test
 *	read, sleeps
 *					writes "one", "two", closes
 *	reads both, then the end
 *	writes both to the pipe, exits
 */
TEST_F(stream, cat_copies_all_and_ends)
{
	char copied[16] = "";
	int pipes[2], status, got = 0, bytes;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = start_child();
	if (!pid) {
		/* its own copy of the last sender would keep it waiting */
		close(self->port.send);
		dup2(self->port.receive, 0);
		dup2(pipes[1], 1);
		execlp("cat", "cat", NULL);
		_exit(127);
	}
	close(pipes[1]);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ASSERT_EQ(3, write(self->port.send, "one", 3));
	ASSERT_EQ(3, write(self->port.send, "two", 3));
	close_sender(self);
	while ((bytes = read(pipes[0], copied + got, sizeof(copied) - 1 - got)) > 0)
		got += bytes;
	status = child_status(pid);
	EXPECT_EQ(0, status);
	EXPECT_STREQ("onetwo", copied);
	close(pipes[0]);
}

TEST_F(stream, read_and_write_that_may_not_wait_fail_with_eagain)
{
	struct iovec piece = { .iov_base = self->buffer, .iov_len = 8 };

	EXPECT_EQ(EAGAIN, error_of(preadv2(self->port.receive, &piece, 1, -1, RWF_NOWAIT)));
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(EAGAIN, error_of(pwritev2(self->port.send, &piece, 1, -1, RWF_NOWAIT)));
	EXPECT_EQ(8, preadv2(self->port.receive, &piece, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(8, pwritev2(self->port.send, &piece, 1, -1, RWF_NOWAIT));
}

TEST_F(stream, o_nonblock_makes_read_and_write_fail_with_eagain)
{
	set_nonblocking(self->port.receive);
	set_nonblocking(self->port.send);
	EXPECT_EQ(EAGAIN, error_of(read_some(self, 8)));
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(EAGAIN, error_of(write(self->port.send, "x", 1)));
}

TEST_F(stream, places_in_the_file_fail_with_espipe)
{
	struct iovec piece = { .iov_base = self->buffer, .iov_len = 8 };

	ASSERT_EQ(3, write(self->port.send, "abc", 3));
	EXPECT_EQ(ESPIPE, error_of(pread(self->port.receive, self->buffer, 8, 0)));
	EXPECT_EQ(ESPIPE, error_of(pwrite(self->port.send, "x", 1, 0)));
	EXPECT_EQ(ESPIPE, error_of(preadv2(self->port.receive, &piece, 1, 0, 0)));
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
}

TEST_F(stream, wrong_way_fails_with_ebadf)
{
	EXPECT_EQ(EBADF, error_of(read(self->port.send, self->buffer, 8)));
	EXPECT_EQ(EBADF, error_of(write(self->port.receive, "x", 1)));
}

/* The default action of SIGPIPE would end the test. */
TEST_F(stream, write_to_a_dead_port_fails_with_epipe_and_no_signal)
{
	close(self->port.receive);
	EXPECT_EQ(EPIPE, error_of(write(self->port.send, "x", 1)));
	self->port.receive = new_port(NULL);
}

TEST_F(stream, splice_and_sendfile_are_refused)
{
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(3, write(self->port.send, "abc", 3));
	EXPECT_EQ(EINVAL, error_of(splice(self->port.receive, NULL, pipes[1], NULL, 8, 0)));
	ASSERT_EQ(3, write(pipes[1], "def", 3));
	EXPECT_EQ(EINVAL, error_of(splice(pipes[0], NULL, self->port.send, NULL, 8, 0)));
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_HARNESS_MAIN
