// SPDX-License-Identifier: GPL-2.0
/* MSGPORT_RENDEZVOUS: a send meets a receiver, or nothing is sent. */
#include <poll.h>

#include "kselftest_harness.h"
#include "errand.h"

FIXTURE(meeting)
{
	struct pair port;
};

FIXTURE_SETUP(meeting)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_RENDEZVOUS;
	self->port = new_pair(&options);
}

FIXTURE_TEARDOWN(meeting)
{
	close_pair(&self->port);
}

/* A sender that stands in the queue with its offer. */
static pid_t offer(FIXTURE_DATA(meeting) *self, struct errand errand)
{
	unsigned int before = stat_of(self->port.receive).waiting_senders;
	pid_t sender;

	errand.right = self->port.send;
	sender = start_errand(errand);
	return wait_for_senders(self->port.receive, before + 1) ? sender : 0;
}

TEST_F(meeting, rendezvous_send_waits_until_somebody_receives)
{
	pid_t sender = offer(self, (struct errand){ .number = 5 });
	struct msgport_stat stat = stat_of(self->port.receive);

	ASSERT_NE(0, sender);
	EXPECT_TRUE(child_runs(sender));
	EXPECT_EQ(0, stat.sent);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(5, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	stat = stat_of(self->port.receive);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.received);
	EXPECT_TRUE(balanced(&stat));
}

TEST_F(meeting, rendezvous_send_into_a_waiting_receiver_does_not_wait)
{
	pid_t receiver = start_receiver(self->port.receive, 5);

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	EXPECT_EQ(0, send_number(self->port.send, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(receiver));
	EXPECT_EQ(1, stat_of(self->port.receive).sent);
	EXPECT_EQ(1, stat_of(self->port.receive).received);
}

TEST_F(meeting, nonblocking_rendezvous_send_without_a_receiver_fails_with_eagain)
{
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 5, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
}

TEST_F(meeting, nonblocking_receive_takes_what_is_offered)
{
	pid_t sender = offer(self, (struct errand){ .number = 5 });

	ASSERT_NE(0, sender);
	EXPECT_EQ(5, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
}

TEST_F(meeting, offer_that_reaches_its_deadline_is_withdrawn)
{
	pid_t sender = offer(self, (struct errand){ .number = 5, .deadline_ms = 200 });

	ASSERT_NE(0, sender);
	EXPECT_EQ(ETIMEDOUT, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
	EXPECT_EQ(0, stat_of(self->port.receive).waiting_senders);
}

TEST_F(meeting, offer_whose_sender_gets_a_signal_is_withdrawn)
{
	pid_t sender;

	catch_without_restart(SIGUSR1);
	sender = offer(self, (struct errand){ .number = 5 });
	ASSERT_NE(0, sender);
	kill(sender, SIGUSR1);
	EXPECT_EQ(EINTR, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
}

TEST_F(meeting, offer_whose_sender_is_killed_is_withdrawn)
{
	pid_t killed = offer(self, (struct errand){ .number = 5 });
	pid_t other = offer(self, (struct errand){ .number = 6 });

	ASSERT_NE(0, killed);
	ASSERT_NE(0, other);
	end_child(killed);
	EXPECT_EQ(6, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(other));
	EXPECT_EQ(1, stat_of(self->port.receive).sent);
}

TEST_F(meeting, receiver_killed_while_it_waits_is_met_by_nobody)
{
	pid_t receiver = start_receiver(self->port.receive, 5);

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	end_child(receiver);
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 5, MSGPORT_NONBLOCK)));
}

TEST_F(meeting, receiver_chooses_among_what_is_offered)
{
	pid_t senders[3];
	struct msgport_filter urgent = { .by = MSGPORT_BY_PRIORITY, .priority = 3 };
	int i;

	for (i = 0; i < 3; i++) {
		senders[i] = offer(self, (struct errand){ .number = i, .priority = i });
		ASSERT_NE(0, senders[i]);
	}
	EXPECT_EQ(EAGAIN, error_of(choose_number(self->port.receive, &urgent,
						 MSGPORT_NONBLOCK, MSGPORT_FOREVER, NULL)));
	urgent.priority = 1;
	EXPECT_EQ(2, choose_number(self->port.receive, &urgent, 0, MSGPORT_FOREVER, NULL));
	EXPECT_EQ(1, choose_number(self->port.receive, &urgent, 0, MSGPORT_FOREVER, NULL));
	EXPECT_TRUE(child_runs(senders[0]));
	EXPECT_EQ(0, receive_number(self->port.receive, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, child_status(senders[i]));
}

TEST_F(meeting, offers_are_taken_by_priority_then_age)
{
	static const struct errand errands[] = {
		{ .number = 0 }, { .number = 1, .priority = 7 }, { .number = 2 },
		{ .number = 3, .priority = 7 },
	};
	static const int order[] = { 1, 3, 0, 2 };
	pid_t senders[4];
	int i;

	for (i = 0; i < 4; i++) {
		senders[i] = offer(self, errands[i]);
		ASSERT_NE(0, senders[i]);
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(order[i], receive_number(self->port.receive, 0));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, child_status(senders[i]));
}

/* A receiver that waits for a tag is not met by a message without it. */
TEST_F(meeting, offer_does_not_meet_a_receiver_that_wants_another)
{
	static const struct msgport_filter seven = {
		.by = MSGPORT_BY_TAG, .tag = 7, .tag_mask = ~0ULL,
	};
	struct msgport_message tagged = { .tag = 7 };
	pid_t receiver = start_child();

	if (!receiver) {
		struct msgport_message message = { .size = 0 };

		_exit(error_of(msgport_receive_message(self->port.receive, &message,
						       &seven, 0, MSGPORT_FOREVER)));
	}
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 5, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, msgport_send_message(self->port.send, &tagged, MSGPORT_NONBLOCK,
					  MSGPORT_FOREVER));
	EXPECT_EQ(0, child_status(receiver));
}

TEST_F(meeting, offer_too_large_for_the_buffer_stays_offered)
{
	pid_t sender = offer(self, (struct errand){ .number = 5, .size = 100 });
	int64_t number[13];

	ASSERT_NE(0, sender);
	EXPECT_EQ(EMSGSIZE, error_of(receive_number(self->port.receive, 0)));
	EXPECT_TRUE(child_runs(sender));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
	EXPECT_EQ(100, msgport_receive(self->port.receive, number, sizeof(number), 0));
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(meeting, peek_at_an_offer_does_not_complete_the_send)
{
	pid_t sender = offer(self, (struct errand){ .number = 5 });

	ASSERT_NE(0, sender);
	EXPECT_EQ(5, receive_number(self->port.receive, MSGPORT_PEEK));
	EXPECT_TRUE(child_runs(sender));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
	EXPECT_EQ(5, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(meeting, send_right_polls_writable_only_while_a_receiver_waits)
{
	struct pollfd send = { .fd = self->port.send, .events = POLLOUT };
	pid_t receiver;

	EXPECT_EQ(0, poll(&send, 1, 0));
	receiver = start_receiver(self->port.receive, 5);
	EXPECT_EQ(1, poll(&send, 1, PATIENCE_MS));
	EXPECT_EQ(POLLOUT, send.revents);
	EXPECT_EQ(0, send_number(self->port.send, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(receiver));
	EXPECT_EQ(0, poll(&send, 1, 0));
}

TEST_F(meeting, receive_right_polls_readable_while_a_send_is_offered)
{
	struct pollfd receive = { .fd = self->port.receive, .events = POLLIN };
	pid_t sender;

	EXPECT_EQ(0, poll(&receive, 1, 0));
	sender = offer(self, (struct errand){ .number = 5 });
	ASSERT_NE(0, sender);
	EXPECT_EQ(1, poll(&receive, 1, 0));
	EXPECT_EQ(5, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(0, poll(&receive, 1, 0));
}

TEST_F(meeting, offers_on_a_rendezvous_port_that_dies_get_epipe)
{
	pid_t senders[3];
	int i;

	for (i = 0; i < 3; i++) {
		senders[i] = offer(self, (struct errand){ .number = i });
		ASSERT_NE(0, senders[i]);
	}
	ASSERT_EQ(0, close(self->port.receive));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(EPIPE, child_status(senders[i]));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
	EXPECT_EQ(0, stat_of(self->port.send).discarded);
	/* for the teardown, which closes it */
	self->port.receive = dup(self->port.send);
}

TEST_F(meeting, offer_over_its_time_to_live_gives_up_with_etimedout)
{
	pid_t sender = offer(self, (struct errand){ .number = 5, .ttl = 200 * NS_PER_MS });
	struct msgport_stat stat;

	ASSERT_NE(0, sender);
	EXPECT_EQ(ETIMEDOUT, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
	/* it was never sent, so there is nothing to count */
	stat = stat_of(self->port.receive);
	EXPECT_EQ(0, stat.sent);
	EXPECT_EQ(0, stat.expired);
	EXPECT_TRUE(balanced(&stat));
}

TEST_F(meeting, several_receivers_meet_one_sender_each)
{
	pid_t receivers[4];
	int i;

	for (i = 0; i < 4; i++) {
		receivers[i] = start_receiver(self->port.receive, i);
		ASSERT_TRUE(wait_for_receivers(self->port.receive, i + 1));
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, send_number(self->port.send, i, MSGPORT_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 4, MSGPORT_NONBLOCK)));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, child_status(receivers[i]));
}

TEST_HARNESS_MAIN
