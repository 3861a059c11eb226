// SPDX-License-Identifier: GPL-2.0
/* The table of deaths: the return address. */

#include "deaths.h"
#include "kselftest_harness.h"

/* As the other rows, but for one way to send. */
FIXTURE(address_dies)
{
	struct cast cast;
	struct pair home;	/* its send right shows its ledger after its death */
};

FIXTURE_VARIANT(address_dies)
{
	unsigned int flags;
	bool apart;
	enum way way;
};

ROW(address_dies, ordinary_one_process, 0, false, RETURN_ADDRESS)
ROW(address_dies, ordinary_two_processes, 0, true, RETURN_ADDRESS)
ROW(address_dies, acknowledging_one_process, MSGPORT_ACK, false, RETURN_ADDRESS)
ROW(address_dies, acknowledging_two_processes, MSGPORT_ACK, true, RETURN_ADDRESS)

/* Whoever asks has the only receive right of the return address from here on. */
FIXTURE_SETUP(address_dies)
{
	struct cast *cast = &self->cast;

	assemble(cast, variant->flags, 1, variant->apart, variant->way);
	self->home = new_pair(NULL);
	cast->asker.question.home = self->home.receive;
	if (variant->apart) {
		cast->asker.pid = start_child();
		if (!cast->asker.pid) {
			close(cast->pair.receive);
			put_question(&cast->asker.question);
			for (;;)
				pause();
		}
		close(self->home.receive);
	} else {
		ASSERT_EQ(0, put_question(&cast->asker.question));
	}
	ASSERT_TRUE(wait_for_queued(cast->pair.receive, 1));
}

FIXTURE_TEARDOWN(address_dies)
{
	close(self->home.send);
	disband(&self->cast);
}

static void kill_address(FIXTURE_DATA(address_dies) *self)
{
	if (self->cast.apart)
		end_child(self->cast.asker.pid);
	else
		close(self->home.receive);
}

/* At home: the answer came, and was discarded; its place is free. */
static bool answer_was_discarded(int home)
{
	struct msgport_stat stat = stat_of(home);

	return stat.dead && stat.sent == 1 && stat.died_with_port == 1 && !stat.answers &&
	       balanced(&stat);
}

TEST_F(address_dies, reply_to_a_dead_return_address_fails_with_esrch_and_is_counted)
{
	int receive = self->cast.pair.receive;
	uint64_t token;

	kill_address(self);
	EXPECT_EQ(1, stat_of(receive).queued);
	ASSERT_EQ(QUESTION, take_number(receive, &token));
	EXPECT_EQ(ESRCH, error_of(answer_number(receive, token)));
	EXPECT_TRUE(answer_was_discarded(self->home.send));
	EXPECT_EQ(1, stat_of(receive).received);
	EXPECT_TRUE(all_has_ended(receive));
	EXPECT_EQ(ESRCH, error_of(answer_number(receive, token)));
}

TEST_F(address_dies, return_address_that_dies_after_the_question_was_taken_is_the_same)
{
	int receive = self->cast.pair.receive;
	uint64_t token;

	ASSERT_EQ(QUESTION, take_number(receive, &token));
	kill_address(self);
	EXPECT_EQ(ESRCH, error_of(answer_number(receive, token)));
	EXPECT_TRUE(answer_was_discarded(self->home.send));
	EXPECT_EQ(1, stat_of(receive).received);
	EXPECT_TRUE(all_has_ended(receive));
}

TEST_F(address_dies, ack_settles_though_nobody_gets_the_receipt)
{
	int receive = self->cast.pair.receive;
	uint64_t token;

	ASSERT_EQ(QUESTION, take_number(receive, &token));
	kill_address(self);
	if (!variant->flags) {
		EXPECT_EQ(EOPNOTSUPP, error_of(msgport_ack(receive, token)));
		return;
	}
	EXPECT_EQ(0, msgport_ack(receive, token));
	EXPECT_TRUE(answer_was_discarded(self->home.send));
	EXPECT_EQ(1, stat_of(receive).received);
}

/* Both ends of it: what would come back finds nobody, and is counted there. */
TEST_F(address_dies, question_that_returns_to_a_dead_address_is_discarded_there)
{
	struct cast *cast = &self->cast;

	kill_address(self);
	close(cast->pair.receive);
	EXPECT_EQ(1, stat_of(cast->pair.send).returned);
	EXPECT_EQ(0, stat_of(cast->pair.send).discarded);
	EXPECT_TRUE(all_has_ended(cast->pair.send));
	EXPECT_TRUE(answer_was_discarded(self->home.send));
}

/* The home dies with the answer in its queue: the other side has done its part. */
TEST_F(address_dies, answer_that_nobody_received_dies_with_the_return_address)
{
	int receive = self->cast.pair.receive;
	uint64_t token;

	ASSERT_EQ(QUESTION, take_number(receive, &token));
	ASSERT_EQ(0, answer_number(receive, token));
	EXPECT_EQ(1, stat_of(self->home.send).queued);
	kill_address(self);
	EXPECT_TRUE(answer_was_discarded(self->home.send));
	EXPECT_TRUE(all_has_ended(receive));
}

TEST_HARNESS_MAIN
