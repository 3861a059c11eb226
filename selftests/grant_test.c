// SPDX-License-Identifier: GPL-2.0
/* grant: credit that the consumer gives; and rights that have it once. */

#include <poll.h>

#include "asker.h"
#include "kselftest_harness.h"

FIXTURE(grant)
{
	struct pair pair;
	int manual;		/* begins with two credits */
	uint64_t source;	/* its id */
};

FIXTURE_SETUP(grant)
{
	self->pair = new_pair_for(8);
	self->manual = msgport_mint(self->pair.receive, 0, 2, MSGPORT_PRIORITY_MAX,
				    MSGPORT_MINT_MANUAL);
	ASSERT_LE(0, self->manual);
	self->source = stat_of(self->manual).source;
}

FIXTURE_TEARDOWN(grant)
{
	close(self->manual);
	close_pair(&self->pair);
}

static bool writable(int right)
{
	struct pollfd poll_fd = { .fd = right, .events = POLLOUT };

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLOUT;
}

TEST_F(grant, each_message_costs_a_credit_that_no_receive_gives_back)
{
	EXPECT_EQ(2, fill(self->manual));
	EXPECT_EQ(0, receive_number(self->pair.receive, 0));
	EXPECT_EQ(1, receive_number(self->pair.receive, 0));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->manual, 9, MSGPORT_NONBLOCK)));
	EXPECT_FALSE(writable(self->manual));
}

TEST_F(grant, granted_credits_are_good_for_as_many_messages)
{
	fill(self->manual);
	ASSERT_EQ(0, msgport_grant(self->pair.receive, self->source, 3));
	EXPECT_TRUE(writable(self->manual));
	EXPECT_EQ(3, fill(self->manual));
	EXPECT_EQ(5, stat_of(self->pair.receive).queued);
}

TEST_F(grant, right_without_a_credit_waits_for_the_first_grant)
{
	int right = msgport_mint(self->pair.receive, 0, 0, MSGPORT_PRIORITY_MAX,
				 MSGPORT_MINT_MANUAL);
	pid_t sender;

	EXPECT_EQ(EAGAIN, error_of(send_number(right, 1, MSGPORT_NONBLOCK)));
	sender = start_sender(right, 7, 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	EXPECT_TRUE(child_runs(sender));
	ASSERT_EQ(0, msgport_grant(self->pair.receive, stat_of(right).source, 1));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(7, receive_number(self->pair.receive, 0));
	close(right);
}

TEST_F(grant, send_that_is_refused_costs_no_credit)
{
	char *large = calloc(1, 65537);

	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->manual, large, 65537, 0)));
	EXPECT_EQ(EFAULT, error_of(msgport_send(self->manual, bytes_before_hole(0), 1, 0)));
	EXPECT_EQ(2, fill(self->manual));
	free(large);
}

TEST_F(grant, withdrawn_call_costs_its_credit)
{
	ASSERT_EQ(0, msgport_cancel(self->manual, parked_call(self->manual)));
	EXPECT_EQ(1, fill(self->manual));
}

/* The consumer paces the producer: a credit for each message that it has used up. */
TEST_F(grant, consumer_that_grants_one_for_one_never_sees_more_than_the_window)
{
	pid_t producer = start_child();
	struct msgport_stat stat;
	int i;

	if (!producer) {
		for (i = 0; i < 50; i++)
			if (send_number(self->manual, i, 0))
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(i, receive_number(self->pair.receive, 0));
		stat = stat_of(self->pair.receive);
		ASSERT_GE(2, stat.sent - i);
		ASSERT_EQ(0, msgport_grant(self->pair.receive, self->source, 1));
	}
	EXPECT_EQ(0, child_status(producer));
}

TEST_F(grant, grant_to_a_source_that_is_not_the_ports_fails_with_esrch)
{
	struct pair other = new_pair(NULL);
	int foreign = msgport_mint(other.receive, 0, 1, 0, MSGPORT_MINT_MANUAL);

	EXPECT_EQ(ESRCH, error_of(msgport_grant(self->pair.receive, 0, 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_grant(self->pair.receive, UINT64_MAX, 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_grant(self->pair.receive, stat_of(foreign).source,
						1)));
	close(foreign);
	close_pair(&other);
}

TEST_F(grant, grant_to_a_right_that_has_gone_fails_with_esrch)
{
	close(self->manual);
	EXPECT_EQ(ESRCH, error_of(msgport_grant(self->pair.receive, self->source, 1)));
}

TEST_F(grant, grant_to_a_right_without_manual_credit_fails_with_einval)
{
	int once = msgport_mint(self->pair.receive, 0, 0, 0, MSGPORT_MINT_ONCE);
	int both = msgport_mint(self->pair.receive, 0, 0, 0,
				MSGPORT_MINT_ONCE | MSGPORT_MINT_MANUAL);

	EXPECT_EQ(EINVAL, error_of(msgport_grant(self->pair.receive,
						 stat_of(self->pair.send).source, 1)));
	EXPECT_EQ(EINVAL, error_of(msgport_grant(self->pair.receive, stat_of(once).source,
						 1)));
	if (both >= 0) {
		EXPECT_EQ(EINVAL, error_of(msgport_grant(self->pair.receive,
							 stat_of(both).source, 1)));
		close(both);
	}
	close(once);
}

TEST_F(grant, grant_of_more_than_can_be_counted_fails_with_einval_and_gives_nothing)
{
	EXPECT_EQ(EINVAL, error_of(msgport_grant(self->pair.receive, self->source,
						 UINT32_MAX)));
	EXPECT_EQ(2, fill(self->manual));
}

/* ---- good for one message ---- */

FIXTURE(once)
{
	struct pair pair;
	int right;
};

FIXTURE_SETUP(once)
{
	self->pair = new_pair_for(2);
	self->right = msgport_mint(self->pair.receive, 5, 0, MSGPORT_PRIORITY_MAX,
				   MSGPORT_MINT_ONCE);
	ASSERT_LE(0, self->right);
}

FIXTURE_TEARDOWN(once)
{
	close(self->right);
	close_pair(&self->pair);
}

TEST_F(once, second_message_through_a_send_once_right_fails_with_esrch)
{
	ASSERT_EQ(0, send_number(self->right, 1, 0));
	EXPECT_EQ(ESRCH, error_of(send_number(self->right, 2, 0)));
	EXPECT_EQ(1, receive_number(self->pair.receive, 0));
	EXPECT_EQ(ESRCH, error_of(send_number(self->right, 2, 0)));
	EXPECT_EQ(ESRCH, error_of(write(self->right, "x", 1)));
	EXPECT_EQ(1, stat_of(self->pair.receive).sent);
}

TEST_F(once, send_once_right_that_was_refused_is_still_good)
{
	char *large = calloc(1, 65537);

	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->right, large, 65537, 0)));
	fill(self->pair.send);
	EXPECT_EQ(EAGAIN, error_of(send_number(self->right, 1, MSGPORT_NONBLOCK)));
	EXPECT_EQ(ETIMEDOUT, error_of(send_until(self->right, 1, in_ms(20))));
	EXPECT_EQ(0, receive_number(self->pair.receive, 0));
	EXPECT_EQ(0, send_number(self->right, 1, MSGPORT_NONBLOCK));
	free(large);
}

TEST_F(once, send_once_right_carries_one_call)
{
	struct asker asker = { .question = { .way = CALL, .right = self->right } };
	struct msgport_message m;

	start_asking_thread(&asker);
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_EQ(QUESTION, take(self->pair.receive, &m));
	EXPECT_EQ(5, m.stamp.badge);
	EXPECT_EQ(0, answer_number(self->pair.receive, m.token));
	EXPECT_EQ(0, end_of_asker(&asker));
	EXPECT_EQ(ESRCH, put_question(&asker.question));
	EXPECT_EQ(1, stat_of(self->pair.receive).asked);
}

/* Whoever waits with it has it; another thread's turn will not come. */
TEST_F(once, second_send_while_the_first_waits_for_room_fails_with_esrch)
{
	pid_t sender;

	fill(self->pair.send);
	sender = start_sender(self->right, 1, 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	EXPECT_EQ(ESRCH, error_of(send_number(self->right, 2, 0)));
	ASSERT_EQ(0, receive_number(self->pair.receive, 0));
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(once, send_once_right_to_a_dead_port_fails_with_epipe)
{
	ASSERT_EQ(0, send_number(self->right, 1, 0));
	close(self->pair.receive);
	EXPECT_EQ(EPIPE, error_of(send_number(self->right, 2, 0)));
}

TEST_HARNESS_MAIN
