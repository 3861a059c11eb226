// SPDX-License-Identifier: GPL-2.0
/* A waiting sender's copy is memory too: 16 MiB a user, or one message. */
#include "kselftest_harness.h"
#include "errand.h"

#define MIB		(1ULL << 20)
#define SIZE_MAX_PORT	MSGPORT_SIZE_MAX
#define BYTES		(18 * MIB)
#define COMMON		64		/* bytes that the smallest object takes */

/*
 *	blocked   --- 10 MiB, waits for room --->  full
 *	another   --- 10 MiB, there is room --->   empty
 *
 * Both messages are of one user, and neither is accepted yet: together they
 * would be over his 16 MiB, whatever room the second port has.
 */
FIXTURE(pending)
{
	struct pair full, empty;
	pid_t blocked;
};

FIXTURE_SETUP(pending)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 2;
	options.max_size = SIZE_MAX_PORT;
	options.max_bytes = BYTES;
	self->empty = new_pair(&options);
	options.max_msgs = 1;
	self->full = new_pair(&options);
	ASSERT_EQ(1, fill(self->full.send));
}

FIXTURE_TEARDOWN(pending)
{
	close_pair(&self->full);
	close_pair(&self->empty);
}

static bool block(FIXTURE_DATA(pending) *self, size_t size)
{
	self->blocked = start_errand((struct errand){ .right = self->full.send, .size = size });
	return wait_for_senders(self->full.receive, 1);
}

static int send_bytes(int right, size_t size, unsigned int flags)
{
	void *data = calloc(1, size);
	int error = error_of(msgport_send(right, data, size, flags));

	free(data);
	return error;
}

TEST_F(pending, nonblocking_send_over_the_users_pending_bytes_fails_with_eagain)
{
	ASSERT_TRUE(block(self, 10 * MIB));
	EXPECT_EQ(EAGAIN, send_bytes(self->empty.send, 10 * MIB, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(self->empty.receive).sent);
	/* what fits beside it passes */
	EXPECT_EQ(0, send_bytes(self->empty.send, 5 * MIB, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, close(self->full.receive));
	EXPECT_EQ(EPIPE, child_status(self->blocked));
	self->full.receive = dup(0);
}

TEST_F(pending, send_over_the_users_pending_bytes_waits_until_they_fall)
{
	pid_t waiting;

	ASSERT_TRUE(block(self, 10 * MIB));
	waiting = start_errand((struct errand){ .right = self->empty.send, .number = 3,
						.size = 10 * MIB });
	pause_ms(100);
	EXPECT_TRUE(child_runs(waiting));
	EXPECT_EQ(0, stat_of(self->empty.receive).sent);
	EXPECT_EQ(0, receive_number(self->full.receive, 0));
	EXPECT_EQ(0, child_status(self->blocked));
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_EQ(3, take_any_number(self->empty.receive, 0));
}

TEST_F(pending, send_over_the_users_pending_bytes_gives_up_at_its_deadline)
{
	pid_t waiting;

	ASSERT_TRUE(block(self, 10 * MIB));
	waiting = start_errand((struct errand){ .right = self->empty.send, .deadline_ms = 150,
						.size = 10 * MIB });
	EXPECT_EQ(ETIMEDOUT, child_status(waiting));
	EXPECT_EQ(0, stat_of(self->empty.receive).sent);
	end_child(self->blocked);
	EXPECT_EQ(0, send_bytes(self->empty.send, 10 * MIB, MSGPORT_NONBLOCK));
}

TEST_F(pending, send_over_the_users_pending_bytes_ends_with_a_signal)
{
	pid_t waiting;

	catch_without_restart(SIGUSR1);
	ASSERT_TRUE(block(self, 10 * MIB));
	waiting = start_errand((struct errand){ .right = self->empty.send,
						.size = 10 * MIB });
	/* until it waits; a signal that comes before finds a call that restarts */
	while (child_runs(waiting)) {
		pause_ms(100);
		kill(waiting, SIGUSR1);
	}
	EXPECT_EQ(EINTR, child_status(waiting));
	end_child(self->blocked);
}

TEST_F(pending, one_message_may_always_be_pending_whatever_its_size)
{
	ASSERT_TRUE(block(self, MSGPORT_SIZE_MAX));
	EXPECT_EQ(EAGAIN, send_bytes(self->empty.send, COMMON + 1, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, receive_number(self->full.receive, 0));
	EXPECT_EQ(0, child_status(self->blocked));
	EXPECT_EQ(MSGPORT_SIZE_MAX, stat_of(self->full.receive).bytes & ~(MIB - 1));
}

TEST_F(pending, small_message_is_accepted_whatever_is_pending)
{
	ASSERT_TRUE(block(self, MSGPORT_SIZE_MAX));
	/* the first of this process by this right, and one that is not */
	EXPECT_EQ(0, send_bytes(self->empty.send, COMMON, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, send_bytes(self->empty.send, COMMON, 0));
	EXPECT_EQ(2, stat_of(self->empty.receive).sent);
	/* there is no room any more */
	EXPECT_EQ(EAGAIN, send_bytes(self->empty.send, COMMON, MSGPORT_NONBLOCK));
	end_child(self->blocked);
}

TEST_F(pending, small_message_that_must_wait_waits_for_its_port_alone)
{
	pid_t waiting;

	ASSERT_EQ(2, fill(self->empty.send));
	ASSERT_TRUE(block(self, MSGPORT_SIZE_MAX));
	waiting = start_errand((struct errand){ .right = self->empty.send, .number = 3,
						.size = COMMON });
	EXPECT_TRUE(wait_for_senders(self->empty.receive, 1));
	EXPECT_EQ(0, receive_number(self->empty.receive, 0));
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_TRUE(child_runs(self->blocked));
	EXPECT_EQ(1, receive_number(self->empty.receive, 0));
	EXPECT_EQ(3, take_any_number(self->empty.receive, 0));
	end_child(self->blocked);
}

TEST_F(pending, vector_of_small_messages_is_accepted_whatever_is_pending)
{
	struct msgport_message messages[2];
	char bytes[COMMON + 1] = "";
	int i;

	for (i = 0; i < 2; i++)
		messages[i] = (struct msgport_message){ .data = bytes, .size = COMMON + i };
	ASSERT_TRUE(block(self, MSGPORT_SIZE_MAX));
	/* the other is one byte too large */
	EXPECT_EQ(1, msgport_send_batch(self->empty.send, messages, 2, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(EAGAIN, error_of(msgport_send_batch(self->empty.send, messages + 1, 1,
						      MSGPORT_NONBLOCK, 0)));
	messages[1].size = COMMON;
	EXPECT_EQ(1, msgport_send_batch(self->empty.send, messages, 2, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(2, stat_of(self->empty.receive).sent);
	end_child(self->blocked);
}

TEST_F(pending, pending_bytes_are_given_back_when_their_sender_is_killed)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(block(self, MSGPORT_SIZE_MAX));
		end_child(self->blocked);
	}
	EXPECT_EQ(0, send_bytes(self->empty.send, MSGPORT_SIZE_MAX, MSGPORT_NONBLOCK));
}

TEST_HARNESS_MAIN
