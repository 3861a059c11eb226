// SPDX-License-Identifier: GPL-2.0
/* reply: by token, once, and what leaves the token good. */

#include <fcntl.h>

#include "asker.h"
#include "kselftest_harness.h"

#define LARGE	100000

/* A question with a return address was taken; its answer may have 8 bytes. */
FIXTURE(reply)
{
	struct pair pair;
	int home;
	uint64_t token;
};

FIXTURE_VARIANT(reply)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(reply, ordinary)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(reply, acknowledging)
{
	.flags = MSGPORT_ACK,
};

FIXTURE_SETUP(reply)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = variant->flags;
	self->pair = new_pair(&options);
	self->home = new_port(NULL);
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &self->token));
}

FIXTURE_TEARDOWN(reply)
{
	close(self->home);
	close_pair(&self->pair);
}

/* The one answer is still to be had, and arrives. */
static bool token_is_good(FIXTURE_DATA(reply) *self)
{
	struct msgport_message m;

	return !answer_number(self->pair.receive, self->token) &&
	       take(self->home, &m) == ANSWER && m.stamp.kind == MSGPORT_KIND_REPLY &&
	       m.cookie == COOKIE && take(self->home, &m) == -1 && errno == EAGAIN;
}

TEST_F(reply, answer_arrives_with_its_fields_and_the_cookie)
{
	struct iovec pieces[] = { { "to", 2 }, { "ld", 2 } };
	struct msgport_message answer = {
		.iov = pieces, .iov_count = 2, .tag = 6, .priority = 31,
	};
	struct msgport_message m = { .size = 0 };
	char bytes[8];

	ASSERT_EQ(0, msgport_reply_message(self->pair.receive, self->token, &answer));
	m.data = bytes;
	m.size = sizeof(bytes);
	ASSERT_EQ(0, msgport_receive_message(self->home, &m, NULL, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(4, m.size);
	EXPECT_EQ(0, memcmp("told", bytes, 4));
	EXPECT_EQ(6, m.tag);
	EXPECT_EQ(31, m.priority);
	EXPECT_EQ(COOKIE, m.cookie);
	EXPECT_EQ(0, m.token);
	EXPECT_EQ(MSGPORT_KIND_REPLY, m.stamp.kind);
	EXPECT_EQ(getpid(), m.stamp.pid);
	EXPECT_EQ(0, m.stamp.source);
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
}

TEST_F(reply, second_reply_fails_with_esrch_and_sends_nothing)
{
	ASSERT_TRUE(token_is_good(self));
	EXPECT_EQ(ESRCH, error_of(answer_number(self->pair.receive, self->token)));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->home, MSGPORT_NONBLOCK)));
	EXPECT_EQ(1, stat_of(self->home).sent);
}

TEST_F(reply, reply_through_another_right_fails_with_esrch_and_the_token_stays_good)
{
	int other = msgport_reopen(self->pair.receive);
	struct pair foreign = new_pair(NULL);

	EXPECT_EQ(ESRCH, error_of(answer_number(other, self->token)));
	EXPECT_EQ(ESRCH, error_of(answer_number(foreign.receive, self->token)));
	EXPECT_TRUE(token_is_good(self));
	close_pair(&foreign);
	close(other);
}

TEST_F(reply, reply_that_is_too_large_fails_with_emsgsize_and_the_token_stays_good)
{
	char *bytes = calloc(1, LARGE);
	size_t sizes[] = { 9, 65, 4096, LARGE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct msgport_reply reply = {
			.token = self->token,
			.answer = { .data = address_of(bytes), .data_size = sizes[i],
				    .answer_fds = 0 },
		};

		EXPECT_EQ(EMSGSIZE, error_of(raw_reply(self->pair.receive, &reply)));
		EXPECT_EQ(8, reply.answer.answer_size);
		EXPECT_EQ(0, reply.answer.answer_fds);
	}
	EXPECT_TRUE(token_is_good(self));
	free(bytes);
}

TEST_F(reply, reply_cut_to_the_size_that_was_told_works_with_the_same_structure)
{
	char bytes[20] = "";
	struct msgport_reply reply = {
		.token = self->token,
		.answer = { .data = address_of(bytes), .data_size = sizeof(bytes) },
	};

	ASSERT_EQ(EMSGSIZE, error_of(raw_reply(self->pair.receive, &reply)));
	reply.answer.data_size = reply.answer.answer_size;
	EXPECT_EQ(0, raw_reply(self->pair.receive, &reply));
	EXPECT_EQ(MSGPORT_KIND_REPLY, next_kind(self->home, COOKIE));
}

TEST_F(reply, reply_from_bad_memory_fails_with_efault_and_the_token_stays_good)
{
	EXPECT_EQ(EFAULT, error_of(msgport_reply(self->pair.receive, self->token,
						 bytes_before_hole(4), 8)));
	EXPECT_TRUE(token_is_good(self));
}

TEST_F(reply, reply_with_fields_of_a_question_fails_with_einval_and_the_token_stays_good)
{
	struct msgport_message urgent = { .priority = MSGPORT_PRIORITY_MAX + 1 };
	struct msgport_message mortal = { .ttl = NS_PER_S };
	struct msgport_due due = { .receive_right = self->home };
	struct msgport_message answerable = { .due = &due };

	EXPECT_EQ(EINVAL, error_of(msgport_reply_message(self->pair.receive, self->token,
							 &urgent)));
	EXPECT_EQ(EINVAL, error_of(msgport_reply_message(self->pair.receive, self->token,
							 &mortal)));
	EXPECT_EQ(EINVAL, error_of(msgport_reply_message(self->pair.receive, self->token,
							 &answerable)));
	EXPECT_TRUE(token_is_good(self));
}

TEST_F(reply, reply_on_a_send_right_fails_with_ebadf_and_the_token_stays_good)
{
	EXPECT_EQ(EBADF, error_of(answer_number(self->pair.send, self->token)));
	EXPECT_EQ(EBADF, error_of(answer_number(-1, self->token)));
	EXPECT_TRUE(token_is_good(self));
}

/* A copy of the descriptor is the same right, and so is a forked child's. */
TEST_F(reply, reply_by_whoever_holds_the_right_works)
{
	struct msgport_message m;
	pid_t child = start_child();

	if (!child)
		_exit(error_of(answer_number(self->pair.receive, self->token)));
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(ANSWER, take(self->home, &m));
	EXPECT_EQ(child, m.stamp.pid);
}

TEST_F(reply, reply_to_a_message_without_an_answer_due_fails_with_esrch)
{
	uint64_t token;

	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	ASSERT_EQ(5, take_number(self->pair.receive, &token));
	EXPECT_EQ(variant->flags == MSGPORT_ACK, token != 0);
	EXPECT_EQ(ESRCH, error_of(answer_number(self->pair.receive, token)));
	/* where it was outstanding, it is settled all the same */
	EXPECT_EQ(0, error_of(answer_number(self->pair.receive, self->token)));
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(2, stat_of(self->pair.receive).received);
}

/* Its sender waits for the end of the message, not for an answer. */
TEST_F(reply, reply_to_a_synchronous_send_fails_with_esrch_and_ends_the_send)
{
	pid_t child = start_child();
	struct msgport_message m;

	if (!child)
		_exit(error_of(msgport_send_sync(self->pair.send, "12345678", 8,
						 MSGPORT_FOREVER)));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_NE(-1, take(self->pair.receive, &m));
	EXPECT_EQ(0, m.stamp.answer_size);
	EXPECT_EQ(ESRCH, error_of(answer_number(self->pair.receive, m.token)));
	EXPECT_EQ(0, child_status(child));
	EXPECT_TRUE(token_is_good(self));
}

struct racer {
	FIXTURE_DATA(reply) *self;
	pthread_barrier_t *start;
};

static void *reply_in_race(void *argument)
{
	struct racer *racer = argument;

	pthread_barrier_wait(racer->start);
	return (void *)(intptr_t)error_of(answer_number(racer->self->pair.receive,
							racer->self->token));
}

TEST_F(reply, of_four_replies_at_once_one_succeeds)
{
	pthread_barrier_t start;
	struct racer racer = { self, &start };
	struct msgport_message m;
	pthread_t threads[4];
	int round, i, good;
	void *error;

	pthread_barrier_init(&start, NULL, 4);
	for (round = 0; round < 50; round++) {
		for (i = 0, good = 0; i < 4; i++) {
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, reply_in_race,
						    &racer));
		}
		for (i = 0; i < 4; i++) {
			pthread_join(threads[i], &error);
			ASSERT_TRUE(!error || (intptr_t)error == ESRCH);
			good += !error;
		}
		ASSERT_EQ(1, good);
		ASSERT_EQ(ANSWER, take(self->home, &m));
		ASSERT_EQ(-1, take(self->home, &m));
		ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
		ASSERT_EQ(QUESTION, take_number(self->pair.receive, &self->token));
	}
	pthread_barrier_destroy(&start);
}

/* Nothing was ever made for messages through it. */
TEST(token_on_a_port_that_never_had_a_sender_is_spent)
{
	static const size_t sizes[] = { 0, 8, 64, 1000, 5000 };
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char bytes[5000];
	uint64_t token;
	int port;
	size_t i;

	options.flags = MSGPORT_ACK;
	port = new_port(&options);

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EXPECT_EQ(-1, msgport_reply(port, 1, bytes, sizes[i]));
		EXPECT_EQ(ESRCH, errno);
	}
	EXPECT_EQ(-1, msgport_ack(port, 1));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(-1, msgport_release(port, 1));
	EXPECT_EQ(ESRCH, errno);
	ASSERT_EQ(0, fcntl(port, F_SETFL, O_NONBLOCK));
	token = 1;
	EXPECT_EQ(-1, msgport_reply_receive(port, &token, bytes, 8, bytes, 8));
	EXPECT_EQ(EAGAIN, errno);
	close(port);
}

TEST_HARNESS_MAIN
