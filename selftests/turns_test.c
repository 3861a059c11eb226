// SPDX-License-Identifier: GPL-2.0
/* Who gives up waiting passes his turn on; limits that change let others in. */
#include "kselftest_harness.h"
#include "errand.h"

#define LARGE		8192
#define LARGE_AND_SOME	10000

/*
 * In the port: a large message.  First in line: a sender with another large
 * one, for which there are too few bytes; behind it one with a small message,
 * for which there are enough.  When the first gives up, the second goes in.
 */
FIXTURE(line)
{
	struct pair port;
	struct errand first;
	pid_t giving_up, behind;
};

FIXTURE_SETUP(line)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct errand large = { .number = 1, .size = LARGE };

	options.max_msgs = 16;
	options.max_size = LARGE;
	options.max_bytes = LARGE_AND_SOME;
	self->port = new_pair(&options);
	large.right = self->port.send;
	ASSERT_EQ(0, run_errand(&large));
	large.number = 2;
	self->first = large;
}

FIXTURE_TEARDOWN(line)
{
	close_pair(&self->port);
}

static bool stand_in_line(FIXTURE_DATA(line) *self)
{
	struct errand small = { .right = self->port.send, .number = 3 };

	self->giving_up = start_errand(self->first);
	if (!wait_for_senders(self->port.receive, 1))
		return false;
	self->behind = start_errand(small);
	return wait_for_senders(self->port.receive, 2);
}

/* The message of the one behind is in, that of the one before is not. */
static bool only_the_small_one_came_in(FIXTURE_DATA(line) *self)
{
	return !child_status(self->behind) &&
	       stat_of(self->port.receive).sent == 2 &&
	       take_any_number(self->port.receive, 0) == 1 &&
	       take_any_number(self->port.receive, 0) == 3 &&
	       stat_of(self->port.receive).queued == 0 &&
	       stat_of(self->port.receive).bytes == 0;
}

TEST_F(line, sender_that_reaches_its_deadline_passes_its_turn_on)
{
	self->first.deadline_ms = 300;
	ASSERT_TRUE(stand_in_line(self));
	EXPECT_EQ(ETIMEDOUT, child_status(self->giving_up));
	EXPECT_TRUE(only_the_small_one_came_in(self));
}

TEST_F(line, sender_that_gets_a_signal_passes_its_turn_on)
{
	catch_without_restart(SIGUSR1);
	ASSERT_TRUE(stand_in_line(self));
	kill(self->giving_up, SIGUSR1);
	EXPECT_EQ(EINTR, child_status(self->giving_up));
	EXPECT_TRUE(only_the_small_one_came_in(self));
}

TEST_F(line, sender_that_is_killed_passes_its_turn_on)
{
	ASSERT_TRUE(stand_in_line(self));
	kill(self->giving_up, SIGKILL);
	EXPECT_EQ(256 + SIGKILL, child_status(self->giving_up));
	EXPECT_TRUE(only_the_small_one_came_in(self));
}

TEST_F(line, raising_max_bytes_lets_waiting_senders_in)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_BYTES,
		.max_bytes = 3 * LARGE_AND_SOME,
	};

	ASSERT_TRUE(stand_in_line(self));
	EXPECT_EQ(0, msgport_limits(self->port.receive, &limits));
	EXPECT_EQ(0, child_status(self->giving_up));
	EXPECT_EQ(0, child_status(self->behind));
	EXPECT_EQ(1, take_any_number(self->port.receive, 0));
	EXPECT_EQ(2, take_any_number(self->port.receive, 0));
	EXPECT_EQ(3, take_any_number(self->port.receive, 0));
}

/*
 * The right's window is taken, and so is the port: the one that waits on the
 * right holds nothing of the port, and the one that waits at the port holds the
 * window, which it must give back when it goes.
 */
TEST(sender_that_gives_up_at_the_port_gives_its_window_back)
{
	struct pair port = new_pair_for(1);
	int right = msgport_mint(port.receive, 1, 1, 31, 0);
	pid_t holds, waits;

	ASSERT_GE(right, 0);
	ASSERT_EQ(1, fill(port.send));
	holds = start_errand((struct errand){ .right = right, .number = 1 });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	waits = start_errand((struct errand){ .right = right, .number = 2 });
	ASSERT_TRUE(wait_for_senders(port.receive, 2));
	EXPECT_EQ(1, stat_of(right).in_transit);
	end_child(holds);
	EXPECT_EQ(1, stat_of(right).in_transit);
	EXPECT_EQ(0, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(waits));
	EXPECT_EQ(2, take_any_number(port.receive, 0));
	EXPECT_EQ(0, stat_of(right).in_transit);
	EXPECT_EQ(0, close(right));
	close_pair(&port);
}

TEST(raising_max_msgs_lets_as_many_waiting_senders_in)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 3 };
	struct pair port = new_pair_for(1);
	pid_t pids[3];
	int i;

	ASSERT_EQ(1, fill(port.send));
	for (i = 0; i < 3; i++) {
		pids[i] = start_errand((struct errand){ .right = port.send, .number = i + 1 });
		ASSERT_TRUE(wait_for_senders(port.receive, i + 1));
	}
	EXPECT_EQ(0, msgport_limits(port.receive, &limits));
	EXPECT_EQ(0, child_status(pids[0]));
	EXPECT_EQ(0, child_status(pids[1]));
	EXPECT_EQ(3, stat_of(port.receive).queued);
	EXPECT_EQ(1, stat_of(port.receive).waiting_senders);
	EXPECT_TRUE(child_runs(pids[2]));
	close_pair(&port);
	EXPECT_EQ(EPIPE, child_status(pids[2]));
}

TEST(lowering_max_msgs_drops_nothing_and_holds_senders_back)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 2 };
	struct pair port = new_pair_for(4);
	int i;

	ASSERT_EQ(4, fill(port.send));
	EXPECT_EQ(0, msgport_limits(port.receive, &limits));
	EXPECT_EQ(4, stat_of(port.receive).queued);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 9, MSGPORT_NONBLOCK)));
		EXPECT_EQ(i, take_any_number(port.receive, 0));
	}
	EXPECT_EQ(0, send_number(port.send, 9, MSGPORT_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 9, MSGPORT_NONBLOCK)));
	close_pair(&port);
}

TEST(send_that_waits_keeps_the_size_it_was_accepted_with)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_SIZE, .max_size = 64 };
	struct errand errand = { .number = 5, .size = 1000 };
	struct pair port = new_pair_for(1);
	int64_t data[125];
	pid_t sender;

	errand.right = port.send;
	ASSERT_EQ(1, fill(port.send));
	sender = start_errand(errand);
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	EXPECT_EQ(0, msgport_limits(port.receive, &limits));
	EXPECT_EQ(EMSGSIZE, run_errand(&errand));
	EXPECT_EQ(0, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(1000, msgport_receive(port.receive, data, sizeof(data), 0));
	EXPECT_EQ(5, data[0]);
	close_pair(&port);
}

TEST_HARNESS_MAIN
