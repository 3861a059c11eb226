// SPDX-License-Identifier: GPL-2.0
/* The table of deaths: a port that outlives its rights. */

#include "deaths.h"
#include "kselftest_harness.h"

FIXTURE(kept_dies)
{
	struct cast cast;
	const char *name;
	int control;
};

FIXTURE_VARIANT(kept_dies)
{
	unsigned int flags;
	bool apart;
	enum way way;
};

ROWS_OF(kept_dies)

FIXTURE_SETUP(kept_dies)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct cast *cast = &self->cast;

	assemble(cast, variant->flags, 1, variant->apart, variant->way);
	close_pair(&cast->pair);
	self->name = new_name("kept-answers");
	self->control = msgport_open();
	options.flags = variant->flags | MSGPORT_KEEP;
	cast->pair.receive = msgport_create(self->control, self->name, &options);
	ASSERT_LE(0, cast->pair.receive);
	cast->pair.send = mint_plain(cast->pair.receive);
	cast->asker.question.right = cast->pair.send;
}

FIXTURE_TEARDOWN(kept_dies)
{
	EXPECT_EQ(0, msgport_unlink(self->control, self->name));
	close(self->control);
	disband(&self->cast);
}

static void come_back(FIXTURE_DATA(kept_dies) *self)
{
	self->cast.pair.receive = msgport_connect(self->control, self->name,
						  MSGPORT_CONNECT_RECEIVE);
	if (self->cast.pair.receive < 0)
		give_up("connect");
}

TEST_F(kept_dies, send_to_a_kept_port_without_a_receiver_queues_and_a_question_gets_epipe)
{
	struct cast *cast = &self->cast;

	close(cast->pair.receive);
	start_asker(cast);
	if (variant->way != ONE_WAY) {
		EXPECT_EQ(EPIPE, end_of_asker(&cast->asker));
		EXPECT_EQ(0, stat_of(cast->pair.send).sent);
		EXPECT_EQ(0, stat_of(cast->home).answers);
		return;
	}
	EXPECT_EQ(0, end_of_asker(&cast->asker));
	EXPECT_EQ(1, stat_of(cast->pair.send).queued);
	come_back(self);
	EXPECT_TRUE(question_lives_on(cast, 0));
}

TEST_F(kept_dies, queued_message_stays_when_the_last_receiver_goes_and_a_question_returns)
{
	struct cast *cast = &self->cast;

	ASSERT_TRUE(ask_and_wait(cast));
	close(cast->pair.receive);
	EXPECT_EQ(variant->way == CALL ? EPIPE : 0, end_of_asker(&cast->asker));
	EXPECT_EQ(0, stat_of(cast->pair.send).dead);
	if (variant->way == RETURN_ADDRESS) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	}
	come_back(self);
	if (variant->way == ONE_WAY) {
		EXPECT_TRUE(question_lives_on(cast, 0));
	}
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

/* Outstanding: it goes back, or home. */
TEST_F(kept_dies, taken_message_stays_when_the_last_receiver_goes_and_a_question_returns)
{
	struct cast *cast = &self->cast;
	uint64_t token;

	ASSERT_TRUE(ask_and_wait(cast));
	ASSERT_EQ(QUESTION, take_number(cast->pair.receive, &token));
	close(cast->pair.receive);
	EXPECT_EQ(variant->way == CALL ? ESRCH : 0, end_of_asker(&cast->asker));
	if (variant->way == RETURN_ADDRESS && variant->flags) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	}
	if (variant->way == RETURN_ADDRESS && !variant->flags) {
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_GONE, 0));
	}
	come_back(self);
	if (variant->way == ONE_WAY && variant->flags) {
		EXPECT_TRUE(question_lives_on(cast, 1));
	}
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

/* The same for a receiver in a process that is killed with the last right. */
TEST_F(kept_dies, message_taken_by_a_last_receiver_that_is_killed_is_the_same)
{
	struct cast *cast = &self->cast;
	uint64_t token;
	pid_t taker;

	ASSERT_TRUE(ask_and_wait(cast));
	taker = start_child();
	if (!taker) {
		if (take_number(cast->pair.receive, &token) != QUESTION)
			_exit(1);
		for (;;)
			pause();
	}
	ASSERT_TRUE(wait_for_taken(cast));
	close(cast->pair.receive);
	end_child(taker);
	EXPECT_EQ(variant->way == CALL ? ESRCH : 0, end_of_asker(&cast->asker));
	if (variant->way == RETURN_ADDRESS && variant->flags) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	}
	if (variant->way == RETURN_ADDRESS && !variant->flags) {
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_GONE, 0));
	}
	come_back(self);
	if (variant->way == ONE_WAY && variant->flags) {
		EXPECT_TRUE(question_lives_on(cast, 1));
	}
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

TEST_HARNESS_MAIN
