// SPDX-License-Identifier: GPL-2.0
/* receive: which message comes next, and how a receive waits for it. */

#include <fcntl.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(receive)
{
	struct pair pair;
};

FIXTURE_SETUP(receive)
{
	self->pair = new_pair(NULL);
}

FIXTURE_TEARDOWN(receive)
{
	EXPECT_TRUE(port_balanced(self->pair.receive));
	close_pair(&self->pair);
}

TEST_F(receive, receive_takes_the_oldest_message_first)
{
	int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, send_number(self->pair.send, i, 0));
	}
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(i, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
	EXPECT_EQ(100, stat_of(self->pair.receive).received);
	EXPECT_EQ(0, stat_of(self->pair.receive).bytes);
}

TEST_F(receive, receive_takes_the_highest_priority_first_and_the_oldest_of_it)
{
	int i, priority;

	/* 3 of each priority, in an order that is no order: 11 and 32 are coprime */
	for (i = 0; i < 96; i++) {
		priority = i * 11 % 32;
		ASSERT_EQ(0, send_urgent(self->pair.send, priority * 100 + i / 32,
					 priority));
	}
	for (priority = 31; priority >= 0; priority--)
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(priority * 100 + i,
				  receive_number(self->pair.receive, MSGPORT_NONBLOCK));
		}
}

TEST_F(receive, receive_numbers_messages_in_the_order_of_acceptance)
{
	struct msgport_message message;
	uint64_t first;

	ASSERT_EQ(0, send_urgent(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_urgent(self->pair.send, 2, 9));
	ASSERT_EQ(2, choose_number(self->pair.receive, NULL, 0, 0, &message));
	first = message.stamp.sequence;
	ASSERT_EQ(1, choose_number(self->pair.receive, NULL, 0, 0, &message));
	EXPECT_EQ(first - 1, message.stamp.sequence);
}

TEST_F(receive, receive_from_an_empty_port_fails_with_eagain_when_it_must_not_wait)
{
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->pair.receive,
						  MSGPORT_NONBLOCK)));
	ASSERT_EQ(0, fcntl(self->pair.receive, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->pair.receive, 0)));
}

TEST_F(receive, receive_waits_until_a_message_comes)
{
	pid_t receiver = start_receiver(self->pair.receive, 7);

	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	ASSERT_TRUE(child_runs(receiver));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(0, child_status(receiver));
	EXPECT_EQ(0, stat_of(self->pair.receive).waiting_receivers);
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
}

TEST_F(receive, receive_waits_though_nobody_can_send)
{
	uint64_t deadline = in_ms(100);

	close(self->pair.send);
	EXPECT_EQ(ETIMEDOUT, error_of(choose_number(self->pair.receive, NULL, 0,
						    deadline, NULL)));
	EXPECT_LE(deadline, now_ns());
}

TEST_F(receive, receive_gives_up_at_its_deadline_with_etimedout)
{
	uint64_t begin = now_ns(), deadline = in_ms(100);

	EXPECT_EQ(ETIMEDOUT, error_of(choose_number(self->pair.receive, NULL, 0,
						    deadline, NULL)));
	EXPECT_LE(deadline, now_ns());
	EXPECT_GT(begin + 10 * NS_PER_S, now_ns());
	EXPECT_EQ(0, stat_of(self->pair.receive).waiting_receivers);
}

TEST_F(receive, receive_with_a_past_deadline_takes_what_is_there)
{
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(7, choose_number(self->pair.receive, NULL, 0, 1, NULL));
	EXPECT_EQ(ETIMEDOUT, error_of(choose_number(self->pair.receive, NULL, 0, 1,
						    NULL)));
}

/*
 *	receivers, waiting:  first   second   third
 *	messages sent:         1       2        3
 */
TEST_F(receive, receives_that_wait_are_served_first_come_first_served)
{
	pid_t receivers[3];
	int i;

	for (i = 0; i < 3; i++) {
		receivers[i] = start_receiver(self->pair.receive, i + 1);
		ASSERT_TRUE(wait_for_receivers(self->pair.receive, i + 1));
	}
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, send_number(self->pair.send, i + 1, 0));
		EXPECT_EQ(0, child_status(receivers[i]));
	}
}

TEST_F(receive, receive_of_one_message_wakes_one_of_several_waiting)
{
	pid_t one = start_receiver(self->pair.receive, 1);
	pid_t two;

	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	two = start_receiver(self->pair.receive, 2);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 2));
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	EXPECT_EQ(0, child_status(one));
	EXPECT_EQ(1, stat_of(self->pair.receive).waiting_receivers);
	EXPECT_TRUE(child_runs(two));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	EXPECT_EQ(0, child_status(two));
}

TEST_F(receive, receive_stamps_who_sent)
{
	struct msgport_message message;
	uint64_t before = now_ns();

	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	ASSERT_EQ(7, choose_number(self->pair.receive, NULL, 0, 0, &message));
	EXPECT_EQ(getpid(), message.stamp.pid);
	EXPECT_EQ(geteuid(), message.stamp.uid);
	EXPECT_EQ(getegid(), message.stamp.gid);
	EXPECT_EQ(stat_of(self->pair.send).source, message.stamp.source);
	EXPECT_LE(before, message.stamp.sent_at);
	EXPECT_GE(now_ns(), message.stamp.sent_at);
	EXPECT_EQ(0, message.stamp.deliveries);
	EXPECT_EQ(0, message.stamp.reason);
}

TEST_F(receive, peek_shows_the_next_message_and_leaves_it)
{
	struct msgport_message message;
	int i;

	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 8, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(7, choose_number(self->pair.receive, NULL, MSGPORT_PEEK, 0,
					   &message));
		EXPECT_EQ(getpid(), message.stamp.pid);
	}
	EXPECT_EQ(2, stat_of(self->pair.receive).queued);
	EXPECT_EQ(0, stat_of(self->pair.receive).received);
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(8, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(receive, peek_at_an_empty_port_waits_and_fails_like_receive)
{
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->pair.receive, MSGPORT_PEEK |
						  MSGPORT_NONBLOCK)));
	EXPECT_EQ(ETIMEDOUT, error_of(choose_number(self->pair.receive, NULL,
						    MSGPORT_PEEK, in_ms(50), NULL)));
}

/*
 *	peeker, waiting ----.
 *	                     port <-- 7
 *	receiver, waiting --'
 *	The peeker sees the message if it is still there, and takes none away.
 */
TEST_F(receive, peek_that_waits_takes_nothing_from_a_receive_that_waits)
{
	pid_t peeker = start_child(), receiver;

	if (!peeker)
		_exit(receive_number(self->pair.receive, MSGPORT_PEEK) == 8 ? 0 : 1);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	receiver = start_receiver(self->pair.receive, 7);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 2));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(0, child_status(receiver));
	ASSERT_EQ(0, send_number(self->pair.send, 8, 0));
	EXPECT_EQ(0, child_status(peeker));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
}

TEST_F(receive, receive_on_anything_but_a_receive_right_fails_with_ebadf)
{
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(receive_number(self->pair.send, 0)));
	EXPECT_EQ(EBADF, error_of(receive_number(control, 0)));
	close(control);
}

TEST_F(receive, receive_with_bad_fields_fails_with_einval)
{
	struct msgport_receive bad[] = {
		{ .flags = MSGPORT_SYNC },
		{ .flags = 1U << 31 },
		{ .count = 1 },
		{ .element_size = sizeof(struct msgport_incoming) },
		{ .message = { .fd_count = MSGPORT_FDS_MAX + 1 } },
		{ .message = { .iov_count = MSGPORT_IOV_MAX + 1 } },
		{ .message = { .iov_count = 1, .data_size = 1 } },
		{ .flags = MSGPORT_BY_PRIORITY, .priority = 32 },
	};
	unsigned int i;

	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EINVAL, error_of(raw_receive(self->pair.receive, &bad[i])))
			TH_LOG("row %u", i);
	}
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
}

TEST_HARNESS_MAIN
