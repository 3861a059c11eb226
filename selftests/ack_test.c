// SPDX-License-Identifier: GPL-2.0
/* ack: a message holds its place until it is settled. */

#include "kselftest_harness.h"
#include "taken.h"

FIXTURE(ack)
{
	struct pair pair;
};

FIXTURE_SETUP(ack)
{
	self->pair = new_ack_pair(2);
}

FIXTURE_TEARDOWN(ack)
{
	close_pair(&self->pair);
}

TEST_F(ack, taken_message_is_outstanding_until_it_is_acknowledged)
{
	struct msgport_stat stat;
	uint64_t token;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_NE(0, token);
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(1, stat.outstanding);
	EXPECT_EQ(0, stat.received);

	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(0, stat.outstanding);
	EXPECT_EQ(1, stat.received);
	EXPECT_EQ(0, stat.bytes);
}

TEST_F(ack, outstanding_message_holds_its_slot_and_its_credit)
{
	int narrow = msgport_mint(self->pair.receive, 0, 1, 0, 0);
	uint64_t first, second;

	ASSERT_EQ(0, send_number(narrow, 1, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &first));
	ASSERT_EQ(2, take_number(self->pair.receive, &second));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->pair.send, 3, MSGPORT_NONBLOCK)));
	EXPECT_EQ(EAGAIN, error_of(send_number(narrow, 3, MSGPORT_NONBLOCK)));

	/* the port has room again, the narrow right has no credit yet */
	EXPECT_EQ(0, msgport_ack(self->pair.receive, second));
	EXPECT_EQ(EAGAIN, error_of(send_number(narrow, 3, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, send_number(self->pair.send, 3, MSGPORT_NONBLOCK));
	close(narrow);
}

TEST_F(ack, ack_twice_fails_with_esrch)
{
	uint64_t token;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->pair.receive, token)));
	EXPECT_EQ(ESRCH, error_of(msgport_release(self->pair.receive, token)));
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
}

TEST_F(ack, ack_through_another_right_of_the_port_fails_with_esrch)
{
	int other = msgport_reopen(self->pair.receive);
	uint64_t token;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(other, token)));
	EXPECT_EQ(1, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
	close(other);
}

TEST_F(ack, ack_of_a_made_up_token_fails_with_esrch)
{
	uint64_t token;
	int64_t step;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	for (step = -3; step <= 3; step++) {
		if (step) {
			EXPECT_EQ(ESRCH, error_of(msgport_ack(self->pair.receive,
							      token + step)));
		}
	}
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->pair.receive, 0)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->pair.receive, UINT64_MAX)));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
}

TEST_F(ack, ack_on_an_ordinary_port_fails_with_eopnotsupp)
{
	struct pair pair = new_pair(NULL);

	EXPECT_EQ(EOPNOTSUPP, error_of(msgport_ack(pair.receive, 1)));
	EXPECT_EQ(EOPNOTSUPP, error_of(msgport_release(pair.receive, 1)));
	close_pair(&pair);
}

TEST_F(ack, sender_that_waits_goes_on_when_a_message_is_acknowledged)
{
	uint64_t token;
	pid_t child;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	child = start_child();
	if (!child)
		_exit(send_number(self->pair.send, 3, 0) != 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
	EXPECT_EQ(0, child_status(child));
}

TEST_F(ack, acknowledgement_answers_who_waits_for_an_answer)
{
	int home = new_port(NULL);
	struct msgport_message m = { 0 };
	uint64_t token;

	ASSERT_EQ(0, ask(self->pair.send, 1, home, 77, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
	ASSERT_EQ(0, msgport_receive_message(home, &m, NULL, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(MSGPORT_KIND_ACKNOWLEDGED, m.stamp.kind);
	EXPECT_EQ(77, m.cookie);
	EXPECT_EQ(0, m.size);
	close(home);
}

/* It was made with the question, and is no older than what it tells. */
TEST_F(ack, acknowledgement_has_the_time_at_which_it_was_made)
{
	int home = new_port(NULL);
	struct msgport_message m = { 0 };
	uint64_t token, before;

	ASSERT_EQ(0, ask(self->pair.send, 1, home, 77, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	before = now_ns();
	EXPECT_EQ(0, msgport_ack(self->pair.receive, token));
	ASSERT_EQ(0, msgport_receive_message(home, &m, NULL, MSGPORT_NONBLOCK, 0));
	EXPECT_LE(before, m.stamp.sent_at);
	EXPECT_GE(now_ns(), m.stamp.sent_at);
	close(home);
}

TEST_F(ack, read_settles_at_once)
{
	uint64_t number;

	ASSERT_EQ(0, send_number(self->pair.send, 9, 0));
	ASSERT_EQ(sizeof(number), read(self->pair.receive, &number, sizeof(number)));
	EXPECT_EQ(9, number);
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
}

TEST_HARNESS_MAIN
