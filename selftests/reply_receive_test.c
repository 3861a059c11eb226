// SPDX-License-Identifier: GPL-2.0
/* reply_receive: a server's loop is one system call a request. */

#include "asker.h"
#include "kselftest_harness.h"

FIXTURE(reply_receive)
{
	struct pair pair;
	int home;
};

FIXTURE_SETUP(reply_receive)
{
	self->pair = new_pair(NULL);
	self->home = new_port(NULL);
}

FIXTURE_TEARDOWN(reply_receive)
{
	close(self->home);
	close_pair(&self->pair);
}

/* Answers @token, without waiting for the next; the next number or -1. */
static int64_t answer_and_take(int right, uint64_t *token, int *reply_error)
{
	int64_t number = ANSWER, next = 0;
	struct msgport_message answer = { .data = &number, .size = sizeof(number) };
	struct msgport_message m = { .data = &next, .size = sizeof(next) };

	if (msgport_reply_receive_message(right, token, &answer, &m, NULL, MSGPORT_NONBLOCK,
					  0, reply_error))
		return -1;
	*token = m.token;
	return next;
}

TEST_F(reply_receive, answer_is_sent_and_the_next_question_taken)
{
	uint64_t token = 0;
	int error = -1;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	ASSERT_EQ(0, ask(self->pair.send, 2, self->home, 20, 8));
	/* without a token it only receives */
	EXPECT_EQ(1, answer_and_take(self->pair.receive, &token, &error));
	EXPECT_EQ(-1, error);
	EXPECT_EQ(2, answer_and_take(self->pair.receive, &token, &error));
	EXPECT_EQ(0, error);
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, 10));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->home, MSGPORT_NONBLOCK)));
}

TEST_F(reply_receive, answer_is_sent_though_there_is_no_next_question)
{
	uint64_t token;
	int error = -1;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_EQ(EAGAIN, error_of(answer_and_take(self->pair.receive, &token, &error)));
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, token);
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, 10));
}

TEST_F(reply_receive, answer_that_fails_is_reported_and_the_next_question_taken)
{
	uint64_t token = 12345;
	int error = 0;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	EXPECT_EQ(1, answer_and_take(self->pair.receive, &token, &error));
	EXPECT_EQ(ESRCH, error);
	EXPECT_NE(0, token);
	EXPECT_NE(12345, token);
}

TEST_F(reply_receive, answer_that_is_too_large_tells_the_size_and_the_token_stays_good)
{
	struct msgport_reply_receive verb = { .size = sizeof(verb) };
	uint64_t number = ANSWER, token, next;
	struct msgport_message m;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 3));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	verb.token = token;
	verb.answer.data = address_of(&number);
	verb.answer.data_size = sizeof(number);
	verb.receive.size = sizeof(verb.receive);
	verb.receive.message.data = address_of(&next);
	verb.receive.message.data_size = sizeof(next);
	ASSERT_EQ(0, raw_reply_receive(self->pair.receive, &verb));
	EXPECT_EQ(EMSGSIZE, verb.reply_error);
	EXPECT_EQ(3, verb.answer.answer_size);
	EXPECT_EQ(0, verb.token);
	EXPECT_EQ(2, next);
	EXPECT_EQ(0, msgport_reply(self->pair.receive, token, "abc", 3));
	take(self->home, &m);
	EXPECT_EQ(10, m.cookie);
}

TEST_F(reply_receive, question_that_is_too_large_stays_and_the_answer_is_sent)
{
	uint64_t token, number = ANSWER;
	struct msgport_message answer = { .data = &number, .size = sizeof(number) };
	struct msgport_message m = { .data = &number, .size = 2 };
	int error = -1;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	ASSERT_EQ(0, ask(self->pair.send, 2, self->home, 20, 8));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_reply_receive_message(self->pair.receive, &token,
								   &answer, &m, NULL, 0,
								   MSGPORT_FOREVER, &error)));
	EXPECT_EQ(0, error);
	EXPECT_EQ(8, m.size);
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, 10));
	EXPECT_EQ(2, take_number(self->pair.receive, &token));
}

/* The caller's next question comes only after its answer: so that went first. */
static void *call_twice(void *argument)
{
	struct question question = { .way = CALL, .right = *(int *)argument };

	if (put_question(&question))
		return "the first call";
	return put_question(&question) ? "the second call" : NULL;
}

TEST_F(reply_receive, answer_goes_out_before_the_wait_for_the_next)
{
	uint64_t token = 0, number = ANSWER, next;
	pthread_t thread;
	void *error;
	int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, call_twice, &self->pair.send));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(8, msgport_reply_receive(self->pair.receive, &token, &number, 8,
						   &next, 8));
		ASSERT_EQ(QUESTION, next);
		ASSERT_NE(0, token);
	}
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	pthread_join(thread, &error);
	EXPECT_EQ(NULL, error);
}

TEST_F(reply_receive, interrupted_wait_has_answered_once)
{
	uint64_t token, number = ANSWER, next;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	alarm_every(2000, 0);
	ASSERT_EQ(EINTR, error_of(msgport_reply_receive(self->pair.receive, &token, &number,
							8, &next, 8)));
	EXPECT_EQ(0, token);
	ASSERT_EQ(EINTR, error_of(msgport_reply_receive(self->pair.receive, &token, &number,
							8, &next, 8)));
	alarm_every(0, 0);
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, 10));
	EXPECT_EQ(1, stat_of(self->home).sent);
}

/* A token that cannot be cleared might be used twice, so it is not used. */
TEST_F(reply_receive, structure_that_cannot_be_written_answers_nothing)
{
	struct msgport_reply_receive *verb = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
						  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t token;

	ASSERT_NE(MAP_FAILED, verb);
	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	verb->size = sizeof(*verb);
	verb->receive.size = sizeof(verb->receive);
	verb->token = token;
	ASSERT_EQ(0, mprotect(verb, page_size(), PROT_READ));
	EXPECT_EQ(EFAULT, error_of(ioctl(self->pair.receive, MSGPORT_IOC_REPLY_RECEIVE,
					 verb)));
	EXPECT_EQ(0, stat_of(self->home).sent);
	EXPECT_EQ(0, answer_number(self->pair.receive, token));
	munmap(verb, page_size());
}

/* What can be told before anything is done is: the question is still to be answered. */
TEST_F(reply_receive, receive_with_bad_fields_fails_with_einval_and_answers_nothing)
{
	const uint32_t size = sizeof(struct msgport_receive);
	struct msgport_receive bad[] = {
		{ .size = size - 1 },
		{ .size = size + 8 },
		{ .size = size, .flags = 1U << 31 },
		{ .size = size, .count = 1 },
		{ .size = size, .element_size = 1 },
	};
	struct msgport_reply_receive verb;
	uint64_t token;
	unsigned int i;

	ASSERT_EQ(0, ask(self->pair.send, 1, self->home, 10, 8));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		verb = (struct msgport_reply_receive){ .token = token, .receive = bad[i] };
		EXPECT_EQ(EINVAL, error_of(raw_reply_receive(self->pair.receive, &verb)))
			TH_LOG("row %u", i);
		EXPECT_EQ(token, verb.token);
	}
	EXPECT_EQ(0, stat_of(self->home).sent);
	EXPECT_EQ(0, answer_number(self->pair.receive, token));
}

TEST_F(reply_receive, next_question_can_be_chosen)
{
	int other = msgport_mint(self->pair.receive, 9, 0, MSGPORT_PRIORITY_MAX, 0);
	struct msgport_filter filter = { .by = MSGPORT_BY_BADGE, .badge = 9 };
	uint64_t token = 0, number = 0;
	struct msgport_message m = { .data = &number, .size = sizeof(number) };

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_number(other, 2, 0));
	EXPECT_EQ(0, msgport_reply_receive_message(self->pair.receive, &token, NULL, &m,
						   &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(2, number);
	close(other);
}

TEST_F(reply_receive, reply_receive_gives_up_at_its_deadline_with_etimedout)
{
	struct msgport_message m = { .size = 0 };
	uint64_t token = 0, deadline = in_ms(60);

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_reply_receive_message(self->pair.receive,
								    &token, NULL, &m, NULL,
								    0, deadline, NULL)));
	EXPECT_LE(deadline, now_ns());
}

/* The errno of one that asks for an answer to @token and a choice; not answered. */
static int refused_choice(int right, uint64_t token, const struct msgport_receive *choice)
{
	struct msgport_reply_receive verb = { .size = sizeof(verb), .token = token };
	int error;

	verb.receive = *choice;
	verb.receive.size = sizeof(verb.receive);
	verb.receive.flags |= MSGPORT_NONBLOCK;
	error = error_of(raw_reply_receive(right, &verb));
	return verb.token == token ? error : -error;
}

TEST_F(reply_receive, choice_that_is_refused_answers_nothing)
{
	struct msgport_receive priority = { .flags = MSGPORT_BY_PRIORITY, .priority = 32 };
	struct msgport_receive process = { .flags = MSGPORT_BY_PROCESS };
	struct msgport_receive tag = { .flags = MSGPORT_BY_TAG };
	struct msgport_receive fds = { .message.fd_count = MSGPORT_FDS_MAX + 1 };
	struct msgport_receive pieces = { .message.iov_count = MSGPORT_IOV_MAX + 1 };
	struct pair deep = new_pair_for(MSGPORT_SCAN_MAX + 1);
	uint64_t token;

	ASSERT_EQ(0, ask(deep.send, 1, self->home, 10, 8));
	ASSERT_EQ(1, take_number(deep.receive, &token));
	EXPECT_EQ(EINVAL, refused_choice(deep.receive, token, &priority));
	EXPECT_EQ(ESRCH, refused_choice(deep.receive, token, &process));
	EXPECT_EQ(EOPNOTSUPP, refused_choice(deep.receive, token, &tag));
	EXPECT_EQ(EINVAL, refused_choice(deep.receive, token, &fds));
	EXPECT_EQ(EINVAL, refused_choice(deep.receive, token, &pieces));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->home, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, msgport_reply(deep.receive, token, NULL, 0));
	close_pair(&deep);
}

TEST_HARNESS_MAIN
