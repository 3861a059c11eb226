// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring's read and write: at once where they can, otherwise the kernel arms
 * a poll and tries again, with no thread that blocks in our place.
 */
#include <dirent.h>

#include "kselftest_harness.h"
#include "ring.h"

/* Threads that the kernel has made to block in our place. */
static int workers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	char path[300], name[32];
	struct dirent *entry;
	int count = 0;
	FILE *file;

	if (!tasks)
		give_up("/proc/self/task");
	while ((entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		count += fgets(name, sizeof(name), file) && !strncmp(name, "iou-wrk", 7);
		fclose(file);
	}
	closedir(tasks);
	return count;
}

FIXTURE(uring)
{
	struct pair port;
	struct ring ring;
	bool open;
	char buffer[64];
};

FIXTURE_SETUP(uring)
{
	int error = ring_open(&self->ring);

	if (error == ENOSYS || error == EPERM)
		SKIP(return, "io_uring_setup: %s", strerror(error));
	ASSERT_EQ(0, error);
	self->open = true;
	self->port = new_pair_for(2);
}

FIXTURE_TEARDOWN(uring)
{
	if (!self->open)
		return;
	ring_close(&self->ring);
	close_pair(&self->port);
}

static void submit_read(FIXTURE_DATA(uring) *self, uint64_t id)
{
	ring_io(&self->ring, IORING_OP_READ, self->port.receive, self->buffer,
		sizeof(self->buffer), id);
}

static void submit_write(FIXTURE_DATA(uring) *self, const char *text, uint64_t id)
{
	ring_io(&self->ring, IORING_OP_WRITE, self->port.send, (void *)text,
		strlen(text), id);
}

/*
 * Does anybody block for a request that waits?  A thread would take a moment to
 * begin, so look for a while.
 */
static bool somebody_blocks(FIXTURE_DATA(uring) *self)
{
	struct msgport_stat stat;
	int i;

	for (i = 0; i < 100; i++) {
		stat = stat_of(self->port.send);
		if (stat.waiting_senders || stat.waiting_receivers || workers())
			return true;
		pause_ms(1);
	}
	return false;
}

TEST_F(uring, read_of_a_message_that_is_there_completes_at_once)
{
	int result = NO_RESULT;
	uint64_t id = 0;

	ASSERT_EQ(5, write(self->port.send, "there", 5));
	submit_read(self, 1);
	ASSERT_TRUE(ring_result(&self->ring, &id, &result));
	EXPECT_EQ(1, id);
	EXPECT_EQ(5, result);
	EXPECT_EQ(0, memcmp(self->buffer, "there", 5));
	EXPECT_EQ(1, stat_of(self->port.receive).received);
}

TEST_F(uring, write_into_a_port_with_room_completes_at_once)
{
	int result = NO_RESULT;
	uint64_t id = 0;

	submit_write(self, "quick", 2);
	ASSERT_TRUE(ring_result(&self->ring, &id, &result));
	EXPECT_EQ(2, id);
	EXPECT_EQ(5, result);
	EXPECT_EQ(5, msgport_receive(self->port.receive, self->buffer, 64, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, memcmp(self->buffer, "quick", 5));
}

TEST_F(uring, read_of_an_empty_port_completes_when_a_message_comes)
{
	int result;
	uint64_t id;

	submit_read(self, 3);
	EXPECT_FALSE(ring_result(&self->ring, &id, &result));
	EXPECT_FALSE(somebody_blocks(self));
	ASSERT_EQ(4, write(self->port.send, "late", 4));
	EXPECT_EQ(4, ring_wait(&self->ring, 3));
	EXPECT_EQ(0, memcmp(self->buffer, "late", 4));
	EXPECT_EQ(0, workers());
	EXPECT_EQ(0, stat_of(self->port.receive).queued);
}

TEST_F(uring, write_into_a_full_port_completes_when_room_returns)
{
	int result;
	uint64_t id;

	ASSERT_EQ(2, fill(self->port.send));
	submit_write(self, "patient", 4);
	EXPECT_FALSE(ring_result(&self->ring, &id, &result));
	EXPECT_FALSE(somebody_blocks(self));
	EXPECT_EQ(0, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(7, ring_wait(&self->ring, 4));
	EXPECT_EQ(3, stat_of(self->port.send).sent);
	EXPECT_EQ(1, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(7, msgport_receive(self->port.receive, self->buffer, 64, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, memcmp(self->buffer, "patient", 7));
}

TEST_F(uring, two_reads_that_wait_get_a_message_each)
{
	char first[8] = "", second[8] = "";
	uint64_t ids[2] = { 0, 0 };
	int results[2], i;

	ring_io(&self->ring, IORING_OP_READ, self->port.receive, first, 8, 1);
	ring_io(&self->ring, IORING_OP_READ, self->port.receive, second, 8, 2);
	ASSERT_EQ(1, write(self->port.send, "x", 1));
	ASSERT_EQ(1, write(self->port.send, "y", 1));
	for (i = 0; i < 2; i++) {
		int round;

		for (round = 0; round < PATIENCE_MS; round++) {
			if (ring_result(&self->ring, &ids[i], &results[i]))
				break;
			pause_ms(1);
		}
		ASSERT_NE(0, ids[i]);
		EXPECT_EQ(1, results[i]);
	}
	EXPECT_EQ(3, ids[0] + ids[1]);
	EXPECT_EQ('x' + 'y', first[0] + second[0]);
}

TEST_F(uring, read_that_waits_completes_with_0_when_the_last_sender_closes)
{
	int result;
	uint64_t id;

	submit_read(self, 5);
	EXPECT_FALSE(ring_result(&self->ring, &id, &result));
	close(self->port.send);
	self->port.send = -1;
	EXPECT_EQ(0, ring_wait(&self->ring, 5));
}

TEST_F(uring, write_that_waits_completes_with_epipe_when_the_port_dies)
{
	int result, other;
	uint64_t id;

	ASSERT_EQ(2, fill(self->port.send));
	submit_write(self, "lost", 6);
	EXPECT_FALSE(ring_result(&self->ring, &id, &result));
	other = self->port.receive;
	self->port.receive = -1;
	close(other);
	EXPECT_EQ(-EPIPE, ring_wait(&self->ring, 6));
	EXPECT_EQ(2, stat_of(self->port.send).sent);
}

TEST_F(uring, read_that_is_cancelled_takes_nothing)
{
	struct io_uring_sqe cancel = {
		.opcode = IORING_OP_ASYNC_CANCEL, .fd = -1, .addr = 7, .user_data = 8,
	};
	int result, i, seen = 0;
	uint64_t id;

	submit_read(self, 7);
	ring_submit(&self->ring, &cancel);
	for (i = 0; i < PATIENCE_MS && seen < 2; i++) {
		while (ring_result(&self->ring, &id, &result)) {
			EXPECT_EQ(id == 7 ? -ECANCELED : 0, result);
			seen++;
		}
		pause_ms(1);
	}
	EXPECT_EQ(2, seen);
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(9, receive_number(self->port.receive, MSGPORT_NONBLOCK));
}

/* The ring goes with the process that had it, whatever it was waiting for. */
TEST_F(uring, ring_of_a_killed_process_leaves_nothing)
{
	int pipes[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(pipes));
	child = start_child();
	if (!child) {
		struct ring ring;

		if (ring_open(&ring))
			_exit(1);
		ring_io(&ring, IORING_OP_READ, self->port.receive, self->buffer, 64, 1);
		if (write(pipes[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	end_child(child);
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(9, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_TRUE(port_balanced(self->port.receive));
	close(pipes[0]);
}

TEST_HARNESS_MAIN
