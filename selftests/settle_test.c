// SPDX-License-Identifier: GPL-2.0
/*
 * Received and settled in one: MSGPORT_SETTLE, and the library's short call, which
 * has it.  What needs a token stays for who wants one.
 */
#include "asker.h"
#include "kselftest_harness.h"

#define ROOM	4

FIXTURE(settle)
{
	struct pair pair;
	int home;		/* of answers */
	int from;		/* the receive right, or a set that it is in */
	int64_t number;
	struct msgport_message message;
};

FIXTURE_VARIANT(settle)
{
	unsigned int flags;
	bool set;
};

FIXTURE_VARIANT_ADD(settle, ordinary)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(settle, acknowledging)
{
	.flags = MSGPORT_ACK,
};

FIXTURE_VARIANT_ADD(settle, ordinary_set)
{
	.set = true,
};

FIXTURE_VARIANT_ADD(settle, acknowledging_set)
{
	.flags = MSGPORT_ACK, .set = true,
};

FIXTURE_SETUP(settle)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = variant->flags | MSGPORT_DESCRIPTORS;
	options.max_msgs = ROOM;
	self->pair = new_pair(&options);
	self->home = new_port(NULL);
	self->from = variant->set ? msgport_set_create(MSGPORT_DEFAULT) :
				    self->pair.receive;
	if (variant->set && msgport_set_add(self->from, self->pair.receive, 9))
		give_up("set_add");
}

FIXTURE_TEARDOWN(settle)
{
	if (variant->set)
		close(self->from);
	close(self->home);
	close_pair(&self->pair);
}

/* The message form, with the flag. */
static int settle_next(FIXTURE_DATA(settle) *self, unsigned int flags)
{
	self->message = (struct msgport_message){
		.data = &self->number,
		.size = sizeof(self->number),
		.token = 1,
	};
	return msgport_receive_message(self->from, &self->message, NULL,
				       MSGPORT_SETTLE | MSGPORT_NONBLOCK | flags, 0);
}

/* Somebody who wants a token gets the question, and answers it. */
static bool question_is_whole(FIXTURE_DATA(settle) *self)
{
	struct msgport_message m;

	return take(self->from, &m) == QUESTION && m.token && !m.stamp.deliveries &&
	       !answer_number(self->from, m.token) &&
	       next_kind(self->home, COOKIE) == MSGPORT_KIND_REPLY;
}

/* A port that nobody settles is full for good after as many as it holds. */
TEST_F(settle, short_receive_of_more_than_the_port_holds_leaves_nothing_outstanding)
{
	struct msgport_stat stat;
	int i;

	for (i = 0; i < 3 * ROOM; i++) {
		ASSERT_EQ(0, send_number(self->pair.send, i, MSGPORT_NONBLOCK));
		ASSERT_EQ(i, receive_number(self->from, MSGPORT_NONBLOCK));
	}
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(3 * ROOM, stat.received);
	EXPECT_EQ(0, stat.outstanding);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_TRUE(balanced(&stat));
}

TEST_F(settle, settled_message_has_a_stamp_and_no_token)
{
	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	ASSERT_EQ(0, settle_next(self, 0));
	EXPECT_EQ(5, self->number);
	EXPECT_EQ(0, self->message.token);
	EXPECT_EQ(stat_of(self->pair.send).source, self->message.stamp.source);
	EXPECT_EQ(variant->set ? 9 : 0, self->message.cookie);
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
}

TEST_F(settle, settled_message_gives_its_place_in_the_window_back)
{
	int right = msgport_mint(self->pair.receive, 0, 1, 0, 0);

	ASSERT_EQ(0, send_number(right, 1, MSGPORT_NONBLOCK));
	ASSERT_EQ(EAGAIN, error_of(send_number(right, 2, MSGPORT_NONBLOCK)));
	ASSERT_EQ(1, receive_number(self->from, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, send_number(right, 2, MSGPORT_NONBLOCK));
	close(right);
}

TEST_F(settle, question_stays_and_a_receive_without_a_token_fails_with_eopnotsupp)
{
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	EXPECT_EQ(EOPNOTSUPP, error_of(receive_number(self->from, MSGPORT_NONBLOCK)));
	EXPECT_EQ(EOPNOTSUPP, error_of(settle_next(self, 0)));
	EXPECT_EQ(EOPNOTSUPP, error_of(settle_next(self, MSGPORT_DISCARD_LARGE)));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	EXPECT_EQ(0, stat_of(self->home).queued);
	EXPECT_TRUE(question_is_whole(self));
}

TEST_F(settle, call_that_meets_a_receive_without_a_token_is_answered_by_the_next)
{
	struct asker asker = { .question = { .way = CALL, .right = self->pair.send } };
	uint64_t token;

	start_asking_thread(&asker);
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	EXPECT_EQ(EOPNOTSUPP, error_of(receive_number(self->from, MSGPORT_NONBLOCK)));
	ASSERT_EQ(QUESTION, take_number(self->from, &token));
	EXPECT_EQ(0, answer_number(self->from, token));
	EXPECT_EQ(0, end_of_asker(&asker));
}

/* It would have to be answered, and goes home instead: no token is needed for that. */
TEST_F(settle, question_that_does_not_fit_fails_with_emsgsize_and_can_be_discarded)
{
	char byte;

	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->from, &byte, 1, MSGPORT_NONBLOCK)));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->from, &byte, 1,
						     MSGPORT_DISCARD_LARGE |
						     MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(self->pair.receive).queued);
	EXPECT_EQ(MSGPORT_KIND_RETURNED, next_kind(self->home, COOKIE));
}

/* Its sender waits for the end of the message, and this is it. */
TEST_F(settle, synchronous_send_returns_when_its_message_is_settled)
{
	pid_t child = start_child();
	uint64_t number = 6;

	if (!child)
		_exit(error_of(msgport_send_sync(self->pair.send, &number, sizeof(number),
						 MSGPORT_FOREVER)));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	EXPECT_EQ(6, receive_number(self->from, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(1, stat_of(self->pair.receive).answered);
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
}

TEST_F(settle, batch_settles_all_before_the_first_question)
{
	int64_t numbers[ROOM];
	struct msgport_message in[ROOM] = { { 0 } };
	unsigned int i;

	for (i = 0; i < ROOM; i++) {
		in[i].data = &numbers[i];
		in[i].size = sizeof(numbers[i]);
	}
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	ASSERT_EQ(2, msgport_receive_batch(self->from, in, ROOM, NULL, MSGPORT_SETTLE, 0));
	EXPECT_EQ(1, numbers[0]);
	EXPECT_EQ(2, numbers[1]);
	EXPECT_EQ(0, in[0].token);
	EXPECT_EQ(0, in[1].token);
	EXPECT_EQ(2, stat_of(self->pair.receive).received);
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(EOPNOTSUPP, error_of(msgport_receive_batch(self->from, in, ROOM, NULL,
							     MSGPORT_SETTLE, 0)));
	EXPECT_TRUE(question_is_whole(self));
}

TEST_F(settle, filter_settles_what_it_chooses_behind_a_question)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 3 };
	struct msgport_message m;

	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	ASSERT_EQ(0, send_tagged(self->pair.send, 7, 3));
	EXPECT_EQ(7, choose_number(self->from, &filter, MSGPORT_SETTLE | MSGPORT_NONBLOCK, 0,
				   &m));
	EXPECT_EQ(0, m.token);
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
	EXPECT_TRUE(question_is_whole(self));
}

TEST_F(settle, server_that_replies_and_settles_the_next_has_no_token)
{
	int64_t number = ANSWER;
	struct msgport_message answer = { .data = &number, .size = sizeof(number) };
	struct msgport_message next = { .data = &self->number, .size = 8, .token = 1 };
	uint64_t token;

	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	ASSERT_EQ(QUESTION, take_number(self->from, &token));
	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	ASSERT_EQ(0, msgport_reply_receive_message(self->from, &token, &answer, &next, NULL,
						   MSGPORT_SETTLE | MSGPORT_NONBLOCK, 0,
						   NULL));
	EXPECT_EQ(5, self->number);
	EXPECT_EQ(0, next.token);
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, COOKIE));
}

TEST_F(settle, settling_peek_fails_with_einval_and_a_plain_one_shows_a_question)
{
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	EXPECT_EQ(EINVAL, error_of(settle_next(self, MSGPORT_PEEK)));
	EXPECT_EQ(EINVAL, error_of(receive_number(self->from, MSGPORT_PEEK | MSGPORT_SETTLE |
						  MSGPORT_NONBLOCK)));
	EXPECT_EQ(QUESTION, receive_number(self->from, MSGPORT_PEEK | MSGPORT_NONBLOCK));
	EXPECT_TRUE(question_is_whole(self));
}

/* Nobody answers an answer: it is received as any message, on the port that it is due to. */
TEST_F(settle, answers_and_events_are_received_without_a_token)
{
	struct pair server = new_pair(NULL);
	struct msgport_stat stat;
	uint64_t token;

	ASSERT_EQ(0, ask(server.send, QUESTION, self->pair.receive, COOKIE, 8));
	ASSERT_EQ(QUESTION, take_number(server.receive, &token));
	ASSERT_EQ(0, answer_number(server.receive, token));
	EXPECT_EQ(ANSWER, receive_number(self->from, MSGPORT_NONBLOCK));
	ASSERT_EQ(0, msgport_watch(server.receive, MSGPORT_WATCH_DEATH, 0,
				   self->pair.receive, 8, NULL));
	close_pair(&server);
	EXPECT_EQ(0, settle_next(self, 0));
	EXPECT_EQ(MSGPORT_KIND_EVENT, self->message.stamp.kind);
	EXPECT_EQ(8, self->message.cookie);
	EXPECT_EQ(0, self->message.token);
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(2, stat.received);
	EXPECT_EQ(0, stat.outstanding);
	EXPECT_EQ(0, stat.answers);
}

/* Unlike a stream. */
TEST_F(settle, empty_message_is_settled_and_the_last_sender_is_no_end)
{
	ASSERT_EQ(0, msgport_send(self->pair.send, NULL, 0, 0));
	close(self->pair.send);
	self->pair.send = -1;
	EXPECT_EQ(0, msgport_receive(self->from, NULL, 0, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
	EXPECT_EQ(EAGAIN, error_of(msgport_receive(self->from, NULL, 0, MSGPORT_NONBLOCK)));
}

/* The short call has no room for descriptors; the message form has. */
TEST_F(settle, message_with_descriptors_is_emsgsize_for_the_short_call_and_can_be_settled)
{
	int travels = mint_plain(self->home), arrived = -1;
	struct msgport_message out = { .fds = &travels, .fd_count = 1 };
	struct msgport_message in = { .fds = &arrived, .fd_count = 1 };

	ASSERT_EQ(0, msgport_send_message(self->pair.send, &out, 0, MSGPORT_FOREVER));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->from, NULL, 0, MSGPORT_NONBLOCK)));
	ASSERT_EQ(0, msgport_receive_message(self->from, &in, NULL,
					     MSGPORT_SETTLE | MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(1, in.fd_count);
	EXPECT_EQ(0, in.token);
	EXPECT_EQ(0, send_number(arrived, 5, 0));
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
	close(arrived);
	close(travels);
}

TEST_F(settle, message_that_cannot_be_copied_stays_and_was_not_handed_out)
{
	struct msgport_message m;

	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	EXPECT_EQ(EFAULT, error_of(msgport_receive(self->from, bytes_before_hole(4), 8,
						   MSGPORT_NONBLOCK)));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	EXPECT_EQ(0, stat_of(self->pair.receive).received);
	EXPECT_EQ(5, take(self->from, &m));
	EXPECT_EQ(0, m.stamp.deliveries);
}

/* ---- who waits ---- */

/* A child that waits in the short call, and then settles what comes; the errno. */
static pid_t start_short(FIXTURE_DATA(settle) *self)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(error_of(receive_number(self->from, 0)));
	return pid;
}

TEST_F(settle, receiver_that_waits_without_a_token_settles_what_comes)
{
	pid_t child = start_short(self);

	ASSERT_TRUE(wait_for_receivers(self->from, 1));
	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
	EXPECT_EQ(0, stat_of(self->pair.receive).redelivered);
}

TEST_F(settle, question_ends_the_wait_of_a_receiver_without_a_token)
{
	pid_t child = start_short(self);

	ASSERT_TRUE(wait_for_receivers(self->from, 1));
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	EXPECT_EQ(EOPNOTSUPP, child_status(child));
	EXPECT_TRUE(question_is_whole(self));
}

/*
 *	first			second			test
 *	waits, no token
 *				waits
 *							asks
 *				takes and answers
 *							sends
 *	settles that
 */
TEST_F(settle, question_passes_a_receiver_without_a_token_by)
{
	pid_t first = start_short(self), second;

	ASSERT_TRUE(wait_for_receivers(self->from, 1));
	second = start_child();
	if (!second) {
		struct msgport_message m = { .data = &self->number, .size = 8 };

		if (msgport_receive_message(self->from, &m, NULL, 0, MSGPORT_FOREVER))
			_exit(errno);
		_exit(error_of(answer_number(self->from, m.token)));
	}
	ASSERT_TRUE(wait_for_receivers(self->from, 2));
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	EXPECT_EQ(0, child_status(second));
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, COOKIE));
	EXPECT_TRUE(child_runs(first));
	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	EXPECT_EQ(0, child_status(first));
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
}

TEST_HARNESS_MAIN
