// SPDX-License-Identifier: GPL-2.0
/* call: one question, one answer. */

#include "asker.h"
#include "kselftest_harness.h"

#define CALLERS	8

FIXTURE(call)
{
	struct pair pair;
};

FIXTURE_SETUP(call)
{
	self->pair = new_pair_for(CALLERS);
}

FIXTURE_TEARDOWN(call)
{
	close_pair(&self->pair);
}

/* A thread that calls with the question's number. */
static struct asker start_caller(int right)
{
	return (struct asker){ .question = { .way = CALL, .right = right } };
}

struct numbered {
	int right;
	uint64_t number;
	uint64_t answer;
	pthread_t thread;
};

static void *call_with_number(void *argument)
{
	struct numbered *caller = argument;

	msgport_call(caller->right, &caller->number, sizeof(caller->number),
		     &caller->answer, sizeof(caller->answer), MSGPORT_FOREVER);
	return NULL;
}

/* All ask before any is answered, and the last is answered first. */
TEST_F(call, call_returns_the_answer_to_its_own_question)
{
	struct numbered callers[CALLERS];
	uint64_t tokens[CALLERS], numbers[CALLERS];
	int i;

	for (i = 0; i < CALLERS; i++) {
		callers[i] = (struct numbered){ .right = self->pair.send, .number = i };
		ASSERT_EQ(0, pthread_create(&callers[i].thread, NULL, call_with_number,
					    &callers[i]));
	}
	ASSERT_TRUE(wait_for_queued(self->pair.receive, CALLERS));
	for (i = 0; i < CALLERS; i++)
		numbers[i] = take_number(self->pair.receive, &tokens[i]) + 100;
	for (i = CALLERS - 1; i >= 0; i--) {
		EXPECT_EQ(0, msgport_reply(self->pair.receive, tokens[i], &numbers[i],
					   sizeof(numbers[i])));
	}
	for (i = 0; i < CALLERS; i++) {
		ASSERT_EQ(0, pthread_join(callers[i].thread, NULL));
		EXPECT_EQ(i + 100, callers[i].answer);
	}
	EXPECT_EQ(CALLERS, stat_of(self->pair.receive).answered);
	EXPECT_EQ(0, stat_of(self->pair.receive).waiting);
}

/* Nobody receives, nobody looks: the caller alone keeps the time. */
TEST_F(call, call_whose_request_expires_ends_then)
{
	uint64_t number = QUESTION;
	struct msgport_message request = {
		.data = &number, .size = sizeof(number), .ttl = 5 * NS_PER_MS,
	};
	struct msgport_message answer = { 0 };
	struct msgport_stat stat;

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call_message(self->pair.send, &request,
							   &answer, 0, in_ms(PATIENCE_MS),
							   NULL)));
	stat = stat_of(self->pair.send);
	EXPECT_EQ(1, stat.expired);
	EXPECT_EQ(1, stat.given_up);
	EXPECT_EQ(0, stat.queued);
	request.ttl = 1;
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_send_message(self->pair.send, &request,
							   MSGPORT_SYNC,
							   in_ms(PATIENCE_MS))));
	EXPECT_EQ(2, stat_of(self->pair.send).expired);
	EXPECT_TRUE(port_balanced(self->pair.send));
}

/* The time to live is that of the request, not of who works on it. */
TEST_F(call, call_whose_request_was_taken_in_time_waits_for_its_answer)
{
	uint64_t number = QUESTION, reply = 0, token;
	struct msgport_message request = {
		.data = &number, .size = sizeof(number), .ttl = 200 * NS_PER_MS,
	};
	struct msgport_message answer = { .data = &reply, .size = sizeof(reply) };
	pid_t server = start_child();

	if (!server) {
		if (!wait_for_queued(self->pair.receive, 1) ||
		    take_number(self->pair.receive, &token) != QUESTION)
			_exit(1);
		pause_ms(300);
		_exit(error_of(answer_number(self->pair.receive, token)));
	}
	EXPECT_EQ(0, error_of(msgport_call_message(self->pair.send, &request, &answer, 0,
						   in_ms(PATIENCE_MS), NULL)));
	EXPECT_EQ(ANSWER, reply);
	EXPECT_EQ(0, child_status(server));
	EXPECT_EQ(0, stat_of(self->pair.send).expired);
}

struct taker_of_one {
	int right;
	uint64_t token;
};

/* Takes a request, has it for a while, and gives it back for nobody to look at. */
static void *take_and_release(void *argument)
{
	struct taker_of_one *taker = argument;
	uint64_t number;
	struct msgport_message m = { .data = &number, .size = sizeof(number) };

	if (msgport_receive_message(taker->right, &m, NULL, 0, MSGPORT_FOREVER))
		return NULL;
	pause_ms(30);
	taker->token = m.token;
	msgport_release(taker->right, m.token);
	return NULL;
}

/* A receiver that waits has it before the caller sleeps, and that is not the end. */
TEST_F(call, call_whose_request_was_given_back_in_time_expires_as_any)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	uint64_t number = QUESTION;
	struct msgport_message request = {
		.data = &number, .size = sizeof(number), .ttl = 200 * NS_PER_MS,
	};
	struct msgport_message answer = { 0 };
	struct taker_of_one taker = { 0 };
	struct pair pair;
	pthread_t thread;

	options.flags = MSGPORT_ACK;
	pair = new_pair(&options);
	taker.right = pair.receive;
	ASSERT_EQ(0, pthread_create(&thread, NULL, take_and_release, &taker));
	ASSERT_TRUE(wait_for_receivers(pair.send, 1));
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call_message(pair.send, &request, &answer, 0,
							   in_ms(PATIENCE_MS), NULL)));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_NE(0, taker.token);
	EXPECT_EQ(1, stat_of(pair.send).redelivered);
	EXPECT_EQ(1, stat_of(pair.send).expired);
	EXPECT_EQ(0, stat_of(pair.send).withdrawn);
	close_pair(&pair);
}

/* The other thread's, whose whole answer is looked at here. */
struct whole {
	struct asker asker;
	char bytes[16];
	struct msgport_message answer;
	int error;
};

static void *call_for_whole(void *argument)
{
	struct whole *whole = argument;
	struct msgport_message request = { .data = "ask", .size = 3, .tag = 5 };

	whole->answer = (struct msgport_message){ .data = whole->bytes,
						  .size = sizeof(whole->bytes) };
	whole->error = error_of(msgport_call_message(whole->asker.question.right, &request,
						     &whole->answer, 0, MSGPORT_FOREVER,
						     NULL));
	return NULL;
}

static void start_whole(struct whole *whole, int right)
{
	whole->asker = start_caller(right);
	errno = pthread_create(&whole->asker.thread, NULL, call_for_whole, whole);
	if (errno)
		give_up("pthread_create");
}

TEST_F(call, answer_comes_with_its_tag_priority_and_the_servers_stamp)
{
	struct msgport_message question = { .size = 0 }, reply = {
		.data = "told", .size = 4, .tag = 9, .priority = 20,
	};
	struct whole whole;
	char bytes[8];

	start_whole(&whole, self->pair.send);
	question.data = bytes;
	question.size = sizeof(bytes);
	ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &question, NULL, 0,
					     in_ms(PATIENCE_MS)));
	EXPECT_EQ(3, question.size);
	EXPECT_EQ(5, question.tag);
	EXPECT_EQ(MSGPORT_KIND_DATA, question.stamp.kind);
	EXPECT_EQ(sizeof(whole.bytes), question.stamp.answer_size);
	EXPECT_EQ(0, question.stamp.answer_fds);
	ASSERT_EQ(0, msgport_reply_message(self->pair.receive, question.token, &reply));
	pthread_join(whole.asker.thread, NULL);
	ASSERT_EQ(0, whole.error);
	EXPECT_EQ(4, whole.answer.size);
	EXPECT_EQ(0, memcmp("told", whole.bytes, 4));
	EXPECT_EQ(9, whole.answer.tag);
	EXPECT_EQ(20, whole.answer.priority);
	EXPECT_EQ(0, whole.answer.token);
	EXPECT_EQ(MSGPORT_KIND_REPLY, whole.answer.stamp.kind);
	EXPECT_EQ(getpid(), whole.answer.stamp.pid);
	EXPECT_EQ(0, whole.answer.stamp.badge);
	EXPECT_EQ(0, whole.answer.stamp.source);
}

TEST_F(call, call_takes_an_empty_answer)
{
	struct whole whole;
	uint64_t token;

	start_whole(&whole, self->pair.send);
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	take_number(self->pair.receive, &token);
	ASSERT_EQ(0, msgport_reply(self->pair.receive, token, NULL, 0));
	pthread_join(whole.asker.thread, NULL);
	EXPECT_EQ(0, whole.error);
	EXPECT_EQ(0, whole.answer.size);
	EXPECT_EQ(MSGPORT_KIND_REPLY, whole.answer.stamp.kind);
}

TEST_F(call, acknowledged_call_returns_an_empty_answer_of_that_kind)
{
	struct pair acknowledging = new_ack_pair(2);
	struct whole whole;
	uint64_t token;

	start_whole(&whole, acknowledging.send);
	ASSERT_TRUE(wait_for_queued(acknowledging.receive, 1));
	take_number(acknowledging.receive, &token);
	ASSERT_EQ(0, msgport_ack(acknowledging.receive, token));
	pthread_join(whole.asker.thread, NULL);
	EXPECT_EQ(0, whole.error);
	EXPECT_EQ(0, whole.answer.size);
	EXPECT_EQ(MSGPORT_KIND_ACKNOWLEDGED, whole.answer.stamp.kind);
	close_pair(&acknowledging);
}

TEST_F(call, call_to_a_full_port_fails_with_eagain_when_it_must_not_wait)
{
	struct msgport_message request = { .size = 0 }, answer = { .size = 0 };

	fill(self->pair.send);
	EXPECT_EQ(EAGAIN, error_of(msgport_call_message(self->pair.send, &request, &answer,
							MSGPORT_NONBLOCK, MSGPORT_FOREVER,
							NULL)));
	EXPECT_EQ(0, stat_of(self->pair.send).asked);
}

TEST_F(call, call_to_a_full_port_gives_up_at_its_deadline_with_etimedout)
{
	unsigned int sent = fill(self->pair.send);
	uint64_t deadline = in_ms(60);

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call(self->pair.send, "x", 1, NULL, 0,
						   deadline)));
	EXPECT_LE(deadline, now_ns());
	EXPECT_EQ(0, stat_of(self->pair.send).asked);
	EXPECT_EQ(sent, stat_of(self->pair.send).sent);
}

TEST_F(call, call_that_nobody_takes_is_withdrawn_at_its_deadline)
{
	struct msgport_stat stat;

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call(self->pair.send, "x", 1, NULL, 0,
						   in_ms(60))));
	stat = stat_of(self->pair.send);
	EXPECT_EQ(1, stat.asked);
	EXPECT_EQ(1, stat.given_up);
	EXPECT_EQ(0, stat.waiting);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(1, stat.withdrawn);
	EXPECT_TRUE(balanced(&stat));
}

/* The answer comes too late, and says so to the server. */
TEST_F(call, call_taken_before_its_deadline_leaves_a_spent_token)
{
	struct msgport_message m;
	pid_t child = start_child();
	char byte;

	if (!child)
		_exit(error_of(msgport_call(self->pair.send, "x", 1, NULL, 0, in_ms(150))));
	m = (struct msgport_message){ .data = &byte, .size = 1 };
	ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &m, NULL, 0,
					     in_ms(PATIENCE_MS)));
	ASSERT_EQ(ETIMEDOUT, child_status(child));
	EXPECT_EQ(ESRCH, error_of(msgport_reply(self->pair.receive, m.token, NULL, 0)));
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
	EXPECT_EQ(1, stat_of(self->pair.receive).given_up);
}

/* Somebody has to look: expired messages end when they would be taken. */
TEST_F(call, call_whose_question_expires_fails_with_etimedout)
{
	struct msgport_message request = { .data = "x", .size = 1, .ttl = 50 * NS_PER_MS };
	struct msgport_message answer = { .size = 0 };
	pid_t child = start_child();

	if (!child)
		_exit(error_of(msgport_call_message(self->pair.send, &request, &answer, 0,
						    MSGPORT_FOREVER, NULL)));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 0));
	EXPECT_EQ(ETIMEDOUT, child_status(child));
	EXPECT_EQ(1, stat_of(self->pair.receive).expired);
}

TEST_F(call, call_discarded_as_too_large_fails_with_emsgsize)
{
	struct asker asker = start_caller(self->pair.send);
	char byte;

	start_asking_thread(&asker);
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->pair.receive, &byte, 1,
						     MSGPORT_DISCARD_LARGE)));
	EXPECT_EQ(EMSGSIZE, end_of_asker(&asker));
	EXPECT_EQ(1, stat_of(self->pair.receive).too_large);
}

TEST_F(call, call_on_an_acknowledging_port_exhausted_fails_with_esrch)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct asker asker;
	struct pair pair;
	uint64_t token;

	options.flags = MSGPORT_ACK;
	options.max_deliveries = 1;
	pair = new_pair(&options);
	asker = start_caller(pair.send);
	start_asking_thread(&asker);
	ASSERT_TRUE(wait_for_queued(pair.receive, 1));
	ASSERT_EQ(QUESTION, take_number(pair.receive, &token));
	ASSERT_EQ(0, msgport_release(pair.receive, token));
	EXPECT_EQ(ESRCH, end_of_asker(&asker));
	EXPECT_EQ(1, stat_of(pair.receive).exhausted);
	close_pair(&pair);
}

TEST_F(call, call_to_a_dead_port_fails_with_epipe)
{
	close(self->pair.receive);
	EXPECT_EQ(EPIPE, error_of(msgport_call(self->pair.send, "x", 1, NULL, 0,
					       MSGPORT_FOREVER)));
}

TEST_F(call, call_with_bad_fields_fails_with_einval_and_asks_nothing)
{
	struct msgport_call bad[] = {
		{ .flags = MSGPORT_SYNC },
		{ .flags = 1U << 31 },
		{ .request = { .flags = MSGPORT_ANSWER } },
		{ .request = { .reserved = 1 } },
		{ .request = { .cookie = 1 } },
		{ .request = { .fd_count = MSGPORT_FDS_MAX + 1 } },
		{ .answer = { .fd_count = MSGPORT_FDS_MAX + 1 } },
		{ .answer = { .iov_count = 1, .data_size = 1 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EINVAL, error_of(raw_call(self->pair.send, &bad[i])))
			TH_LOG("row %u", i);
	}
	EXPECT_EQ(0, stat_of(self->pair.receive).asked);
}

TEST_F(call, call_that_cannot_be_sent_leaves_nothing)
{
	struct msgport_message request = { .data = "x", .size = 1, .priority = 10 };
	struct msgport_message answer = { .size = 0 };
	int modest = msgport_mint(self->pair.receive, 0, 0, 9, 0);
	char *large = calloc(1, 65537);
	uint64_t id = 0;

	EXPECT_EQ(EPERM, error_of(msgport_call_message(modest, &request, &answer, 0,
						       MSGPORT_FOREVER, &id)));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_call(self->pair.send, large, 65537, NULL, 0,
						  MSGPORT_FOREVER)));
	request = (struct msgport_message){ .data = bytes_before_hole(0), .size = 1 };
	EXPECT_EQ(EFAULT, error_of(msgport_call_message(self->pair.send, &request, &answer,
							0, MSGPORT_FOREVER, &id)));
	request = (struct msgport_message){ .priority = 32 };
	EXPECT_EQ(EINVAL, error_of(msgport_call_message(self->pair.send, &request, &answer,
							0, MSGPORT_FOREVER, &id)));
	EXPECT_EQ(0, id);
	EXPECT_EQ(0, stat_of(self->pair.receive).asked);
	EXPECT_EQ(0, stat_of(self->pair.receive).sent);
	close(modest);
	free(large);
}

/* 15 answers of 16 MiB are as much as a user may have, with all that goes with them. */
TEST_F(call, call_for_an_answer_over_the_users_bytes_fails_with_edquot)
{
	int home = new_port(NULL), i;
	uint64_t token;
	char answer;

	for (i = 0; i < 15; i++) {
		ASSERT_EQ(0, ask(self->pair.send, i, home, 0, MSGPORT_SIZE_MAX));
		ASSERT_EQ(i, take_number(self->pair.receive, &token));
	}
	EXPECT_EQ(EDQUOT, error_of(msgport_call(self->pair.send, "x", 1, &answer,
						MSGPORT_SIZE_MAX, in_ms(0))));
	EXPECT_EQ(0, stat_of(self->pair.send).asked);
	/* a small one finds room, and waits for nobody */
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call(self->pair.send, "x", 1, &answer, 1,
						   in_ms(1))));
	close(home);
}

TEST_HARNESS_MAIN
