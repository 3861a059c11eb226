// SPDX-License-Identifier: GPL-2.0
/* A time to live where there is no queue: the offer ends, and its sender knows. */
#include "kselftest_harness.h"
#include "errand.h"

#define TTL_MS		300

FIXTURE(mortal_offer)
{
	struct pair port;
};

FIXTURE_SETUP(mortal_offer)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_RENDEZVOUS;
	self->port = new_pair(&options);
}

FIXTURE_TEARDOWN(mortal_offer)
{
	close_pair(&self->port);
}

/* Nothing tells a sender that is not told: so it is not waited for without end. */
static int status_soon(pid_t pid)
{
	uint64_t end = in_ms(TTL_MS + 3000);

	while (child_runs(pid)) {
		if (now_ns() > end) {
			end_child(pid);
			return -1;
		}
		pause_ms(5);
	}
	return child_status(pid);
}

static pid_t start_offer(FIXTURE_DATA(mortal_offer) *self)
{
	pid_t pid = start_errand((struct errand){ .right = self->port.send, .number = 5,
						  .ttl = TTL_MS * NS_PER_MS });

	return wait_for_senders(self->port.receive, 1) ? pid : 0;
}

TEST_F(mortal_offer, offer_that_nobody_takes_within_its_time_to_live_fails_with_etimedout)
{
	pid_t sender = start_offer(self);
	struct msgport_stat stat;

	ASSERT_NE(0, sender);
	EXPECT_EQ(ETIMEDOUT, status_soon(sender));
	stat = stat_of(self->port.receive);
	EXPECT_EQ(0, stat.sent);
	EXPECT_EQ(0, stat.discarded);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(0, stat.waiting_senders);
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
}

/* Looking neither accepts an offer nor ends it, be it before its time or after. */
TEST_F(mortal_offer, stat_of_a_port_does_not_end_what_is_offered_to_it)
{
	pid_t sender = start_offer(self);
	struct msgport_stat stat;

	ASSERT_NE(0, sender);
	while (child_runs(sender)) {
		stat = stat_of(self->port.receive);
		ASSERT_EQ(0, stat.sent);
		ASSERT_EQ(0, stat.expired);
		if (!stat.waiting_senders)
			break;
	}
	EXPECT_EQ(ETIMEDOUT, status_soon(sender));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
}

TEST_F(mortal_offer, offer_taken_within_its_time_to_live_is_a_success)
{
	pid_t sender = start_offer(self);

	ASSERT_NE(0, sender);
	EXPECT_EQ(5, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(1, stat_of(self->port.receive).received);
	EXPECT_EQ(0, stat_of(self->port.receive).expired);
}

TEST_F(mortal_offer, offer_behind_one_that_has_expired_is_taken)
{
	pid_t sender = start_offer(self), other;

	ASSERT_NE(0, sender);
	other = start_errand((struct errand){ .right = self->port.send, .number = 6 });
	EXPECT_EQ(ETIMEDOUT, status_soon(sender));
	EXPECT_EQ(6, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, child_status(other));
}

/* The earlier of the two is what counts. */
TEST_F(mortal_offer, deadline_before_the_time_to_live_ends_the_offer)
{
	pid_t sender = start_errand((struct errand){ .right = self->port.send,
						     .ttl = 60 * NS_PER_S,
						     .deadline_ms = 200 });

	EXPECT_EQ(ETIMEDOUT, status_soon(sender));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
}

TEST_HARNESS_MAIN
