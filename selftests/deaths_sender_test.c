// SPDX-License-Identifier: GPL-2.0
/* The table of deaths: send rights, and processes that sent. */

#include "deaths.h"
#include "kselftest_harness.h"

FIXTURE(sender_dies)
{
	struct cast cast;
};

FIXTURE_VARIANT(sender_dies)
{
	unsigned int flags;
	bool apart;
	enum way way;
};

ROWS_OF(sender_dies)

FIXTURE_SETUP(sender_dies)
{
	assemble(&self->cast, variant->flags, 1, variant->apart, variant->way);
}

FIXTURE_TEARDOWN(sender_dies)
{
	disband(&self->cast);
}

/* ---- the last send right ---- */

/* A call holds its right until it ends, so it is interrupted first. */
static int ask_and_let_go(struct cast *cast)
{
	int error = 0;

	if (cast->asker.question.way == CALL)
		parked_call(cast->pair.send);
	else
		error = put_question(&cast->asker.question);
	close(cast->pair.send);
	return error;
}

TEST_F(sender_dies, queued_message_stays_when_the_last_send_right_goes_and_a_call_does_not)
{
	struct cast *cast = &self->cast;
	int receive = cast->pair.receive, events = new_port(NULL);
	pid_t child;

	ASSERT_EQ(0, msgport_watch(receive, MSGPORT_WATCH_SENDERS, 0, events, COOKIE, NULL));
	ASSERT_EQ(0, msgport_watch(receive, MSGPORT_WATCH_BADGE, 0, events, COOKIE, NULL));
	if (variant->apart) {
		child = start_child();
		if (!child)
			_exit(ask_and_let_go(cast));
		close(cast->pair.send);
		ASSERT_EQ(0, child_status(child));
	} else {
		ASSERT_EQ(0, ask_and_let_go(cast));
	}
	EXPECT_EQ(MSGPORT_KIND_EVENT, next_kind(events, COOKIE));
	EXPECT_EQ(MSGPORT_KIND_EVENT, next_kind(events, COOKIE));
	EXPECT_EQ(0, stat_of(receive).senders);
	if (variant->way == CALL) {
		EXPECT_EQ(1, stat_of(receive).withdrawn);
		EXPECT_EQ(1, stat_of(receive).given_up);
	} else {
		EXPECT_TRUE(question_lives_on(cast, 0));
		EXPECT_EQ(1, stat_of(receive).received);
	}
	EXPECT_TRUE(all_has_ended(receive));
	close(events);
}

/* ---- a sending process ---- */

/* In a child: asks, by a thread, and waits to be killed. */
static void ask_and_pause(struct cast *cast)
{
	start_asking_thread(&cast->asker);
	for (;;)
		pause();
}

/* Where it is one process, the sender has the receive right as well. */
static pid_t start_sending_process(struct cast *cast)
{
	pid_t child = start_child();

	if (child)
		return child;
	if (cast->apart)
		close(cast->pair.receive);
	ask_and_pause(cast);
	return 0;
}

TEST_F(sender_dies, queued_message_stays_when_its_sender_ends_and_a_call_does_not)
{
	struct cast *cast = &self->cast;
	int receive = cast->pair.receive;
	pid_t child = start_sending_process(cast);

	ASSERT_TRUE(wait_for_queued(receive, 1));
	end_child(child);
	if (variant->way == CALL) {
		EXPECT_EQ(0, stat_of(receive).queued);
		EXPECT_EQ(1, stat_of(receive).withdrawn);
		EXPECT_EQ(1, stat_of(receive).given_up);
	} else {
		EXPECT_TRUE(question_lives_on(cast, 0));
		EXPECT_EQ(1, stat_of(receive).received);
	}
	EXPECT_TRUE(all_has_ended(receive));
}

/* A thread asks, and its own process takes it. */
static pid_t start_asking_and_taking_process(struct cast *cast)
{
	pid_t child = start_child();
	uint64_t token;

	if (child)
		return child;
	start_asking_thread(&cast->asker);
	if (!wait_for_queued(cast->pair.receive, 1) ||
	    take_number(cast->pair.receive, &token) != QUESTION)
		_exit(1);
	for (;;)
		pause();
}

/* The only one who takes it is its sender: both end at once. */
static void check_end_of_both(struct __test_metadata *_metadata, struct cast *cast)
{
	enum way way = cast->asker.question.way;

	if (way == CALL) {
		EXPECT_EQ(cast->acknowledging, stat_of(cast->pair.receive).withdrawn);
		EXPECT_EQ(1, stat_of(cast->pair.receive).given_up);
	} else if (cast->acknowledging) {
		EXPECT_TRUE(question_lives_on(cast, 1));
	} else if (way == RETURN_ADDRESS) {
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_GONE, 0));
	}
}

/* Somebody else has it in hand: its answer finds nobody, if it was a call. */
static void check_end_of_sender(struct __test_metadata *_metadata, struct cast *cast,
				uint64_t token)
{
	int receive = cast->pair.receive;

	switch (cast->asker.question.way) {
	case ONE_WAY:
		EXPECT_EQ(cast->acknowledging ? 0 : EOPNOTSUPP,
			  error_of(msgport_ack(receive, token)));
		break;
	case RETURN_ADDRESS:
		EXPECT_EQ(0, answer_number(receive, token));
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_REPLY, ANSWER));
		break;
	case CALL:
		EXPECT_EQ(ESRCH, error_of(answer_number(receive, token)));
		EXPECT_EQ(1, stat_of(receive).given_up);
	}
	EXPECT_EQ(1, stat_of(receive).received);
}

TEST_F(sender_dies, taken_message_is_delivered_when_its_sender_ends_and_a_calls_token_is_spent)
{
	struct cast *cast = &self->cast;
	uint64_t token;
	pid_t child;

	if (variant->apart) {
		child = start_sending_process(cast);
		ASSERT_TRUE(wait_for_queued(cast->pair.receive, 1));
		ASSERT_EQ(QUESTION, take_number(cast->pair.receive, &token));
		end_child(child);
		check_end_of_sender(_metadata, cast, token);
	} else {
		child = start_asking_and_taking_process(cast);
		ASSERT_TRUE(wait_for_taken(cast));
		end_child(child);
		check_end_of_both(_metadata, cast);
	}
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

/* Nobody wants the answer any more, so nobody gets the question again. */
TEST_F(sender_dies, released_message_of_a_sender_that_ended_stays_and_a_call_does_not)
{
	struct cast *cast = &self->cast;
	int receive = cast->pair.receive;
	uint64_t token;
	pid_t child;

	child = start_sending_process(cast);
	ASSERT_TRUE(wait_for_queued(receive, 1));
	ASSERT_EQ(QUESTION, take_number(receive, &token));
	end_child(child);
	if (!variant->flags) {
		EXPECT_EQ(EOPNOTSUPP, error_of(msgport_release(receive, token)));
		return;
	}
	ASSERT_EQ(0, msgport_release(receive, token));
	EXPECT_EQ(variant->way == CALL, stat_of(receive).withdrawn);
	if (variant->way != CALL) {
		EXPECT_TRUE(question_lives_on(cast, 1));
	}
	EXPECT_TRUE(all_has_ended(receive));
}

TEST_HARNESS_MAIN
