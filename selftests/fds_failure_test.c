// SPDX-License-Identifier: GPL-2.0
/* Messages with descriptors where something goes wrong: nothing is lost or leaks. */
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "fds.h"

#define MAX_FDS		4096	/* the module's default */

FIXTURE(fds_failure)
{
	struct pair pair;
	int reader, writer;		/* of a pipe; the writer goes into messages */
};

FIXTURE_SETUP(fds_failure)
{
	int fds[2];

	self->pair = new_fds_pair(0);
	if (pipe2(fds, O_CLOEXEC))
		give_up("pipe");
	self->reader = fds[0];
	self->writer = fds[1];
}

FIXTURE_TEARDOWN(fds_failure)
{
	close_pair(&self->pair);
	close(self->reader);
}

/* A message with the pipe's writer, of which no other descriptor is left. */
static bool send_writer(FIXTURE_DATA(fds_failure) *self)
{
	return !send_fd(self->pair.send, self->writer) && !close(self->writer);
}

static bool send_writer_three_times(FIXTURE_DATA(fds_failure) *self)
{
	int fds[3] = { self->writer, self->writer, self->writer };

	return !send_fds(self->pair.send, fds, 3) && !close(self->writer);
}

/* The message is where it was: its descriptors open, and good on receipt. */
static bool message_stayed(FIXTURE_DATA(fds_failure) *self, unsigned int fds)
{
	int arrived[MSGPORT_FDS_MAX];
	unsigned int count = MSGPORT_FDS_MAX, i;

	if (!pipe_has_writer(self->reader) ||
	    receive_fds(self->pair.receive, arrived, &count, 0) || count != fds)
		return false;
	for (i = 0; i < count; i++)
		if (close(arrived[i]))
			return false;
	return pipe_ends(self->reader);
}

static rlim_t limit_descriptors(rlim_t count)
{
	struct rlimit limit;
	rlim_t before;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		give_up("getrlimit");
	before = limit.rlim_cur;
	limit.rlim_cur = count;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		give_up("setrlimit");
	return before;
}

TEST_F(fds_failure, receive_with_one_free_descriptor_of_three_installs_none)
{
	int fds[3] = { 0, 0, 0 }, lowest;
	unsigned int count = 3, before;
	rlim_t limit;

	ASSERT_TRUE(send_writer_three_times(self));
	lowest = dup(0);
	close(lowest);
	before = open_descriptors();
	limit = limit_descriptors(lowest + 1);
	EXPECT_EQ(EMFILE, error_of(receive_fds(self->pair.receive, fds, &count, 0)));
	limit_descriptors(limit);
	EXPECT_EQ(before, open_descriptors());
	EXPECT_EQ(-1, fds[0]);
	EXPECT_EQ(-1, fds[1]);
	EXPECT_EQ(-1, fds[2]);
	EXPECT_TRUE(message_stayed(self, 3));
}

TEST_F(fds_failure, receive_that_installs_none_leaves_the_structure_good_for_another_try)
{
	char room[sizeof(FDS_PAYLOAD) + 100];
	struct msgport_receive verb = { .flags = MSGPORT_NONBLOCK };
	struct msgport_iovec piece = { address_of(room), sizeof(room) };
	int fds[5];
	rlim_t limit;

	ASSERT_TRUE(send_writer(self));
	verb.message.data = address_of(&piece);
	verb.message.iov_count = 1;
	verb.message.fds = address_of(fds);
	verb.message.fd_count = 5;
	limit = limit_descriptors(0);
	EXPECT_EQ(EMFILE, error_of(raw_receive(self->pair.receive, &verb)));
	limit_descriptors(limit);
	EXPECT_EQ(0, verb.message.data_size);
	EXPECT_EQ(5, verb.message.fd_count);
	EXPECT_EQ(0, verb.message.token);
	ASSERT_EQ(0, raw_receive(self->pair.receive, &verb));
	EXPECT_EQ(1, verb.message.fd_count);
	close(fds[0]);
}

TEST_F(fds_failure, receive_into_room_for_too_few_tells_the_count_and_leaves_them)
{
	int fds[2];
	unsigned int count = 2, before = 0;

	ASSERT_TRUE(send_writer_three_times(self));
	before = open_descriptors();
	EXPECT_EQ(EMSGSIZE, error_of(receive_fds(self->pair.receive, fds, &count, 0)));
	EXPECT_EQ(3, count);
	EXPECT_EQ(before, open_descriptors());
	EXPECT_TRUE(message_stayed(self, 3));
}

TEST_F(fds_failure, receive_without_room_for_descriptors_tells_both_sizes)
{
	struct msgport_message message = { 0 };

	ASSERT_TRUE(send_writer(self));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->pair.receive, &message, NULL,
							     MSGPORT_NONBLOCK, 0)));
	EXPECT_EQ(sizeof(FDS_PAYLOAD), message.size);
	EXPECT_EQ(1, message.fd_count);
	EXPECT_TRUE(message_stayed(self, 1));
}

TEST_F(fds_failure, discarding_what_does_not_fit_closes_them)
{
	unsigned int count = 0;

	ASSERT_TRUE(send_writer(self));
	EXPECT_EQ(EMSGSIZE, error_of(receive_fds(self->pair.receive, NULL, &count,
						 MSGPORT_DISCARD_LARGE)));
	EXPECT_EQ(1, count);
	EXPECT_EQ(1, stat_of(self->pair.receive).too_large);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_failure, fault_in_the_array_of_numbers_installs_none)
{
	int *last = bytes_before_hole(sizeof(int));
	unsigned int count = 3, before;

	ASSERT_TRUE(send_writer_three_times(self));
	before = open_descriptors();
	EXPECT_EQ(EFAULT, error_of(receive_fds(self->pair.receive, last, &count, 0)));
	EXPECT_EQ(before, open_descriptors());
	EXPECT_TRUE(message_stayed(self, 3));
}

TEST_F(fds_failure, array_of_numbers_that_cannot_be_written_installs_none)
{
	int *fixed = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int count = 1, before;

	ASSERT_TRUE(send_writer(self));
	before = open_descriptors();
	EXPECT_EQ(EFAULT, error_of(receive_fds(self->pair.receive, fixed, &count, 0)));
	EXPECT_EQ(before, open_descriptors());
	EXPECT_TRUE(message_stayed(self, 1));
}

TEST_F(fds_failure, fault_in_the_payload_installs_none)
{
	struct msgport_message message = { .size = sizeof(FDS_PAYLOAD), .fd_count = 1 };
	int fd = 0;
	unsigned int before;

	message.data = (char *)bytes_before_hole(1);
	message.fds = &fd;
	ASSERT_TRUE(send_writer(self));
	before = open_descriptors();
	EXPECT_EQ(EFAULT, error_of(msgport_receive_message(self->pair.receive, &message, NULL,
							   MSGPORT_NONBLOCK, 0)));
	EXPECT_EQ(before, open_descriptors());
	EXPECT_TRUE(message_stayed(self, 1));
}

TEST_F(fds_failure, read_leaves_a_message_with_descriptors)
{
	char data[sizeof(FDS_PAYLOAD)];

	ASSERT_TRUE(send_writer(self));
	EXPECT_EQ(EOPNOTSUPP, error_of(read(self->pair.receive, data, sizeof(data))));
	EXPECT_TRUE(message_stayed(self, 1));
}

TEST_F(fds_failure, descriptors_of_a_dead_port_are_closed)
{
	ASSERT_TRUE(send_writer(self));
	EXPECT_TRUE(pipe_has_writer(self->reader));
	close(self->pair.receive);
	EXPECT_TRUE(pipe_ends(self->reader));
	EXPECT_EQ(1, stat_of(self->pair.send).died_with_port);
}

TEST_F(fds_failure, descriptors_of_a_message_that_expires_are_closed)
{
	struct msgport_message message = {
		.ttl = NS_PER_MS,
		.fds = &self->writer,
		.fd_count = 1,
	};
	uint64_t sent = now_ns();

	ASSERT_EQ(0, msgport_send_message(self->pair.send, &message, 0, MSGPORT_FOREVER));
	close(self->writer);
	while (now_ns() <= sent + 2 * NS_PER_MS)
		pause_ms(1);
	EXPECT_EQ(1, stat_of(self->pair.receive).expired);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_failure, descriptors_of_a_send_that_finds_no_room_are_let_go)
{
	ASSERT_LT(0, fill(self->pair.send));
	EXPECT_EQ(EAGAIN, error_of(send_fd(self->pair.send, self->writer)));
	close(self->writer);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_failure, descriptors_of_a_killed_sender_that_waits_are_closed)
{
	struct msgport_message message = { .fds = &self->writer, .fd_count = 1 };
	pid_t child;

	ASSERT_LT(0, fill(self->pair.send));
	child = start_child();
	if (!child)
		_exit(error_of(msgport_send_message(self->pair.send, &message, 0,
						    MSGPORT_FOREVER)));
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	close(self->writer);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	end_child(child);
	EXPECT_TRUE(pipe_ends(self->reader));
}

/* Sends as many as there may be in messages; returns how many. */
static unsigned int send_until_refused(int right, int fd)
{
	int fds[MSGPORT_FDS_MAX];
	unsigned int sent = 0, i;

	for (i = 0; i < MSGPORT_FDS_MAX; i++)
		fds[i] = fd;
	while (!send_fds(right, fds, MSGPORT_FDS_MAX))
		sent += MSGPORT_FDS_MAX;
	if (errno != EDQUOT)
		give_up("send descriptors");
	return sent;
}

TEST_F(fds_failure, descriptors_over_the_users_4096_fail_with_edquot_until_some_arrive)
{
	int arrived[MSGPORT_FDS_MAX];
	unsigned int count = MSGPORT_FDS_MAX, i;

	EXPECT_EQ(MAX_FDS, send_until_refused(self->pair.send, self->writer));
	EXPECT_EQ(EDQUOT, error_of(send_fd(self->pair.send, self->writer)));
	EXPECT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, receive_fds(self->pair.receive, arrived, &count, 0));
	for (i = 0; i < count; i++)
		close(arrived[i]);
	EXPECT_EQ(MSGPORT_FDS_MAX, send_until_refused(self->pair.send, self->writer));
	close(self->writer);
}

TEST_F(fds_failure, descriptors_of_a_dead_port_are_no_longer_charged)
{
	struct pair pair = new_fds_pair(0);

	ASSERT_EQ(MAX_FDS, send_until_refused(self->pair.send, self->writer));
	close(self->pair.receive);
	EXPECT_EQ(MAX_FDS, send_until_refused(pair.send, self->writer));
	close_pair(&pair);
	close(self->writer);
}

TEST_HARNESS_MAIN
