// SPDX-License-Identifier: GPL-2.0
/* Answers that are due at a return address: exactly one, with a place of its own. */

#include <sys/epoll.h>

#include "asker.h"
#include "kselftest_harness.h"

#define PLACES	4

FIXTURE(answer)
{
	struct pair pair;
	struct pair home;
};

FIXTURE_VARIANT(answer)
{
	unsigned int flags;		/* of the port that is asked */
	unsigned int home_flags;	/* of the port that the answer comes to */
};

FIXTURE_VARIANT_ADD(answer, ordinary)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(answer, acknowledging)
{
	.flags = MSGPORT_ACK,
};

FIXTURE_VARIANT_ADD(answer, ordinary_to_acknowledging_home)
{
	.home_flags = MSGPORT_ACK,
};

FIXTURE_VARIANT_ADD(answer, acknowledging_to_acknowledging_home)
{
	.flags = MSGPORT_ACK,
	.home_flags = MSGPORT_ACK,
};

FIXTURE_SETUP(answer)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = variant->flags;
	self->pair = new_pair(&options);
	options.flags = variant->home_flags;
	options.max_deliveries = 2;
	options.max_msgs = 1;
	options.max_answers = PLACES;
	self->home = new_pair(&options);
}

FIXTURE_TEARDOWN(answer)
{
	close_pair(&self->home);
	close_pair(&self->pair);
}

/* Received for good: an answer at an acknowledging home is outstanding before. */
static bool is_done_with(FIXTURE_DATA(answer) *self, const struct msgport_message *m,
			 bool acknowledging)
{
	if (!acknowledging)
		return !m->token;
	return m->token && !msgport_ack(self->home.receive, m->token);
}

/* One answer is there, and no other; of this kind and reason. */
static bool only_answer_is(FIXTURE_DATA(answer) *self, bool acknowledging,
			   unsigned int kind, unsigned int reason, int64_t number)
{
	struct msgport_message m;

	return take(self->home.receive, &m) == number && m.cookie == COOKIE &&
	       m.stamp.kind == kind && m.stamp.reason == reason &&
	       is_done_with(self, &m, acknowledging) &&
	       take(self->home.receive, &m) == -1 && errno == EAGAIN &&
	       !stat_of(self->home.receive).answers;
}

/* Asked and taken. */
static uint64_t taken_question(FIXTURE_DATA(answer) *self, size_t answer_size)
{
	uint64_t token;

	if (ask(self->pair.send, QUESTION, self->home.receive, COOKIE, answer_size) ||
	    take_number(self->pair.receive, &token) != QUESTION)
		give_up("ask");
	return token;
}

TEST_F(answer, reply_is_the_one_answer)
{
	uint64_t token = taken_question(self, 8);

	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_TRUE(only_answer_is(self, variant->home_flags, MSGPORT_KIND_REPLY, 0, ANSWER));
}

TEST_F(answer, receipt_is_the_one_answer_to_what_was_acknowledged)
{
	uint64_t token = taken_question(self, 8);

	if (!variant->flags) {
		EXPECT_EQ(EOPNOTSUPP, error_of(msgport_ack(self->pair.receive, token)));
		return;
	}
	ASSERT_EQ(0, msgport_ack(self->pair.receive, token));
	EXPECT_TRUE(only_answer_is(self, variant->home_flags, MSGPORT_KIND_ACKNOWLEDGED, 0,
				   0));
	EXPECT_EQ(ESRCH, error_of(answer_number(self->pair.receive, token)));
}

/* It names who asked, and is as it was, priority and all. */
TEST_F(answer, question_that_expires_comes_back_whole)
{
	struct msgport_due due = {
		.receive_right = self->home.receive, .cookie = COOKIE, .size = 0,
	};
	uint64_t number = QUESTION;
	struct msgport_message question = {
		.data = &number, .size = sizeof(number), .tag = 3, .priority = 9,
		.ttl = 1, .due = &due,
	};
	struct msgport_message m;

	ASSERT_EQ(0, msgport_send_message(self->pair.send, &question, 0, MSGPORT_FOREVER));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 0));
	EXPECT_EQ(1, stat_of(self->pair.receive).returned);
	EXPECT_EQ(0, stat_of(self->pair.receive).expired);
	ASSERT_EQ(QUESTION, take(self->home.receive, &m));
	EXPECT_EQ(MSGPORT_KIND_RETURNED, m.stamp.kind);
	EXPECT_EQ(MSGPORT_REASON_EXPIRED, m.stamp.reason);
	EXPECT_EQ(COOKIE, m.cookie);
	EXPECT_EQ(3, m.tag);
	EXPECT_EQ(9, m.priority);
	EXPECT_EQ(0, m.stamp.source);
	EXPECT_EQ(0, m.stamp.deliveries);
	EXPECT_EQ(getpid(), (pid_t)m.stamp.pid);
	EXPECT_TRUE(is_done_with(self, &m, variant->home_flags));
}

TEST_F(answer, question_discarded_as_too_large_comes_back)
{
	char byte;

	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home.receive, COOKIE, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->pair.receive, &byte, 1,
						     MSGPORT_DISCARD_LARGE)));
	EXPECT_TRUE(only_answer_is(self, variant->home_flags, MSGPORT_KIND_RETURNED,
				   MSGPORT_REASON_TOO_LARGE, QUESTION));
	EXPECT_EQ(1, stat_of(self->pair.receive).returned);
	EXPECT_EQ(0, stat_of(self->pair.receive).too_large);
}

TEST_F(answer, question_to_a_port_that_dies_has_one_answer)
{
	taken_question(self, 8);
	close(self->pair.receive);
	if (variant->flags) {
		EXPECT_TRUE(only_answer_is(self, variant->home_flags, MSGPORT_KIND_RETURNED,
					   MSGPORT_REASON_DIED, QUESTION));
	} else {
		EXPECT_TRUE(only_answer_is(self, variant->home_flags, MSGPORT_KIND_GONE, 0,
					   0));
	}
}

/* Its deliveries are those of the port that it came back to. */
TEST_F(answer, question_that_was_given_back_comes_home_as_if_never_taken)
{
	uint64_t token = taken_question(self, 8);
	struct msgport_message m;

	if (!variant->flags) {
		EXPECT_EQ(EOPNOTSUPP, error_of(msgport_release(self->pair.receive, token)));
		return;
	}
	ASSERT_EQ(0, msgport_release(self->pair.receive, token));
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, msgport_release(self->pair.receive, token));
	close(self->pair.receive);
	ASSERT_EQ(QUESTION, take(self->home.receive, &m));
	EXPECT_EQ(MSGPORT_KIND_RETURNED, m.stamp.kind);
	EXPECT_EQ(0, m.stamp.deliveries);
	if (variant->home_flags) {
		ASSERT_EQ(0, msgport_release(self->home.receive, m.token));
		EXPECT_EQ(QUESTION, take(self->home.receive, &m));
		EXPECT_EQ(1, m.stamp.deliveries);
	}
}

TEST_F(answer, question_that_is_not_accepted_takes_no_place)
{
	struct msgport_due due = { .receive_right = self->home.receive };
	struct msgport_message question = { .due = &due };
	char *large = calloc(1, 65537);

	question.data = large;
	question.size = 65537;
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send_message(self->pair.send, &question, 0,
							  MSGPORT_FOREVER)));
	fill(self->pair.send);
	EXPECT_EQ(EAGAIN, error_of(ask(self->pair.send, 1, self->home.receive, 0, 8)));
	close(self->pair.receive);
	EXPECT_EQ(EPIPE, error_of(ask(self->pair.send, 1, self->home.receive, 0, 8)));
	EXPECT_EQ(0, stat_of(self->home.receive).answers);
	free(large);
}

TEST_F(answer, question_without_a_place_fails_with_enobufs_until_an_answer_was_received)
{
	uint64_t tokens[PLACES];
	struct msgport_message m;
	int i;

	for (i = 0; i < PLACES; i++)
		tokens[i] = taken_question(self, 8);
	EXPECT_EQ(ENOBUFS, error_of(ask(self->pair.send, 1, self->home.receive, 0, 8)));
	for (i = 0; i < PLACES; i++) {
		ASSERT_EQ(0, answer_number(self->pair.receive, tokens[i]));
	}
	EXPECT_EQ(ENOBUFS, error_of(ask(self->pair.send, 1, self->home.receive, 0, 8)));
	EXPECT_EQ(PLACES, stat_of(self->home.receive).answers);
	ASSERT_EQ(ANSWER, take(self->home.receive, &m));
	EXPECT_TRUE(is_done_with(self, &m, variant->home_flags));
	EXPECT_EQ(0, ask(self->pair.send, 1, self->home.receive, 0, 8));
	EXPECT_EQ(ENOBUFS, error_of(ask(self->pair.send, 1, self->home.receive, 0, 8)));
}

TEST_F(answer, answers_have_room_though_their_port_is_full)
{
	uint64_t token = taken_question(self, 8);

	ASSERT_EQ(1, fill(self->home.send));
	EXPECT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(2, stat_of(self->home.receive).queued);
	EXPECT_EQ(EAGAIN, error_of(send_number(self->home.send, 1, MSGPORT_NONBLOCK)));
}

TEST_F(answer, answers_are_received_by_priority_among_messages)
{
	uint64_t low = taken_question(self, 8), high = taken_question(self, 8);
	uint64_t numbers[] = { 100, 200 };
	struct msgport_message answer = { .data = &numbers[0], .size = 8, .priority = 1 };
	struct msgport_message m;

	ASSERT_EQ(0, send_urgent(self->home.send, 150, 5));
	ASSERT_EQ(0, msgport_reply_message(self->pair.receive, low, &answer));
	answer.data = &numbers[1];
	answer.priority = 31;
	ASSERT_EQ(0, msgport_reply_message(self->pair.receive, high, &answer));
	EXPECT_EQ(200, take(self->home.receive, &m));
	EXPECT_EQ(31, m.priority);
	EXPECT_EQ(150, take(self->home.receive, &m));
	EXPECT_EQ(100, take(self->home.receive, &m));
}

TEST_F(answer, choosing_source_0_takes_answers_alone)
{
	uint64_t token = taken_question(self, 8);
	struct msgport_filter filter = { .by = MSGPORT_BY_SOURCE, .source = 0 };
	struct msgport_message m;

	ASSERT_EQ(0, send_urgent(self->home.send, 1, 31));
	EXPECT_EQ(EAGAIN, error_of(choose_number(self->home.receive, &filter,
						 MSGPORT_NONBLOCK, 0, NULL)));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(ANSWER, choose_number(self->home.receive, &filter, MSGPORT_NONBLOCK, 0,
					&m));
	EXPECT_EQ(COOKIE, m.cookie);
	EXPECT_EQ(EAGAIN, error_of(choose_number(self->home.receive, &filter,
						 MSGPORT_NONBLOCK, 0, NULL)));
	filter.source = stat_of(self->home.send).source;
	EXPECT_EQ(1, choose_number(self->home.receive, &filter, MSGPORT_NONBLOCK, 0, NULL));
}

TEST_F(answer, choosing_source_0_waits_for_an_answer)
{
	uint64_t token = taken_question(self, 8);
	struct msgport_filter filter = { .by = MSGPORT_BY_SOURCE, .source = 0 };
	pid_t child = start_child();

	if (!child)
		_exit(choose_number(self->home.receive, &filter, 0, MSGPORT_FOREVER,
				    NULL) != ANSWER);
	ASSERT_TRUE(wait_for_receivers(self->home.receive, 1));
	ASSERT_EQ(0, send_number(self->home.send, 1, 0));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(0, child_status(child));
}

TEST_F(answer, stamp_of_a_question_tells_what_its_sender_can_take)
{
	struct msgport_due due = { .receive_right = self->home.receive, .size = 12345 };
	struct msgport_message question = { .due = &due }, m;

	ASSERT_EQ(0, msgport_send_message(self->pair.send, &question, 0, MSGPORT_FOREVER));
	ASSERT_EQ(0, take(self->pair.receive, &m));
	EXPECT_EQ(12345, m.stamp.answer_size);
	EXPECT_EQ(0, m.stamp.answer_fds);
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(1, take(self->pair.receive, &m));
	EXPECT_EQ(0, m.stamp.answer_size);
}

TEST_F(answer, answer_as_large_as_asked_for_arrives_whole)
{
	size_t sizes[] = { 0, 1, 64, 65, 5000, 300000 }, i;
	char *sent = malloc(300000), *got = malloc(300000);

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t token = taken_question(self, sizes[i]);
		struct msgport_message m = { .data = got, .size = sizes[i] };

		fill_pattern(sent, sizes[i], i);
		memset(got, 0, sizes[i]);
		ASSERT_EQ(EMSGSIZE, error_of(msgport_reply(self->pair.receive, token, sent,
							   sizes[i] + 1)));
		ASSERT_EQ(0, msgport_reply(self->pair.receive, token, sent, sizes[i]));
		ASSERT_EQ(0, msgport_receive_message(self->home.receive, &m, NULL,
						     MSGPORT_NONBLOCK, 0));
		ASSERT_EQ(sizes[i], m.size);
		ASSERT_TRUE(has_pattern(got, sizes[i], i));
		ASSERT_TRUE(is_done_with(self, &m, variant->home_flags));
	}
	free(sent);
	free(got);
}

TEST_F(answer, answer_makes_its_port_readable_for_epoll)
{
	uint64_t token = taken_question(self, 8);
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int set = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, self->home.receive, &event));
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 0));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 0));
	close(set);
}

/* An answer counts as sent where it arrives, before its question is received. */
TEST_F(answer, ledgers_of_both_ports_balance_with_an_answer)
{
	uint64_t token = taken_question(self, 8);
	struct msgport_stat stat;

	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.received);
	stat = stat_of(self->home.receive);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_TRUE(only_answer_is(self, variant->home_flags, MSGPORT_KIND_REPLY, 0, ANSWER));
	stat = stat_of(self->home.receive);
	EXPECT_EQ(1, stat.received);
	EXPECT_TRUE(balanced(&stat));
}

/* ---- at an acknowledging home it is a message as any other ---- */

FIXTURE(answer_home)
{
	struct pair pair;
	struct pair home;
	struct msgport_message answer;	/* outstanding */
};

FIXTURE_SETUP(answer_home)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	uint64_t token;

	self->pair = new_pair(NULL);
	options.flags = MSGPORT_ACK;
	options.max_deliveries = 2;
	self->home = new_pair(&options);
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home.receive, COOKIE, 8));
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	ASSERT_EQ(ANSWER, take(self->home.receive, &self->answer));
}

FIXTURE_TEARDOWN(answer_home)
{
	close_pair(&self->home);
	close_pair(&self->pair);
}

TEST_F(answer_home, outstanding_answer_holds_its_place_until_it_is_acknowledged)
{
	EXPECT_EQ(1, stat_of(self->home.receive).outstanding);
	EXPECT_EQ(1, stat_of(self->home.receive).answers);
	EXPECT_EQ(0, msgport_ack(self->home.receive, self->answer.token));
	EXPECT_EQ(0, stat_of(self->home.receive).answers);
	EXPECT_EQ(1, stat_of(self->home.receive).received);
}

TEST_F(answer_home, released_answer_comes_again_and_is_discarded_in_the_end)
{
	struct msgport_message m;

	ASSERT_EQ(0, msgport_release(self->home.receive, self->answer.token));
	ASSERT_EQ(ANSWER, take(self->home.receive, &m));
	EXPECT_EQ(1, m.stamp.deliveries);
	EXPECT_EQ(COOKIE, m.cookie);
	ASSERT_EQ(0, msgport_release(self->home.receive, m.token));
	EXPECT_EQ(1, stat_of(self->home.receive).exhausted);
	EXPECT_EQ(0, stat_of(self->home.receive).answers);
	EXPECT_TRUE(port_balanced(self->home.receive));
}

TEST_F(answer_home, reply_to_an_answer_fails_with_esrch_and_settles_it)
{
	EXPECT_EQ(ESRCH, error_of(answer_number(self->home.receive, self->answer.token)));
	EXPECT_EQ(0, stat_of(self->home.receive).outstanding);
	EXPECT_EQ(1, stat_of(self->home.receive).received);
}

TEST_HARNESS_MAIN
