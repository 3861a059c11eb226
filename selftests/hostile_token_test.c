// SPDX-License-Identifier: GPL-2.0
/* Tokens that are stale, foreign, replayed or guessed: ESRCH, and nothing happens. */

#include "asker.h"
#include "kselftest_harness.h"

#define GUESSES		20000
#define DELIVERIES	5000

/* One outstanding question on an acknowledging port. */
FIXTURE(hostile_token)
{
	struct pair pair;
	int home;
	uint64_t token;
};

FIXTURE_VARIANT(hostile_token)
{
	int (*verb)(int right, uint64_t token);
};

FIXTURE_VARIANT_ADD(hostile_token, ack)
{
	.verb = msgport_ack,
};

FIXTURE_VARIANT_ADD(hostile_token, release)
{
	.verb = msgport_release,
};

FIXTURE_VARIANT_ADD(hostile_token, reply)
{
	.verb = answer_number,
};

FIXTURE_SETUP(hostile_token)
{
	self->pair = new_ack_pair(8);
	self->home = new_port(NULL);
	ASSERT_EQ(0, ask(self->pair.send, QUESTION, self->home, COOKIE, 8));
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &self->token));
}

FIXTURE_TEARDOWN(hostile_token)
{
	close(self->home);
	close_pair(&self->pair);
}

/* The question is outstanding as before, unanswered, and the verb works on it. */
static bool nothing_happened(FIXTURE_DATA(hostile_token) *self,
			     int (*verb)(int right, uint64_t token))
{
	struct msgport_stat stat = stat_of(self->pair.receive);
	struct msgport_message m;

	return stat.outstanding == 1 && !stat.queued && !stat.received &&
	       !stat.redelivered && take(self->home, &m) == -1 && errno == EAGAIN &&
	       !verb(self->pair.receive, self->token);
}

TEST_F(hostile_token, replayed_token_fails_with_esrch)
{
	ASSERT_EQ(0, variant->verb(self->pair.receive, self->token));
	EXPECT_EQ(ESRCH, error_of(variant->verb(self->pair.receive, self->token)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->pair.receive, self->token)));
	EXPECT_EQ(ESRCH, error_of(msgport_release(self->pair.receive, self->token)));
	EXPECT_EQ(ESRCH, error_of(answer_number(self->pair.receive, self->token)));
	EXPECT_TRUE(port_balanced(self->pair.receive));
}

/* Released and taken again: the message is the same, the delivery is another. */
TEST_F(hostile_token, token_of_an_earlier_delivery_fails_with_esrch)
{
	uint64_t stale = self->token;

	ASSERT_EQ(0, msgport_release(self->pair.receive, stale));
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &self->token));
	ASSERT_NE(stale, self->token);
	EXPECT_EQ(ESRCH, error_of(variant->verb(self->pair.receive, stale)));
	EXPECT_EQ(1, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(0, variant->verb(self->pair.receive, self->token));
}

TEST_F(hostile_token, token_of_another_port_fails_with_esrch_on_both)
{
	struct pair other = new_ack_pair(8);
	uint64_t foreign;

	ASSERT_EQ(0, send_number(other.send, 5, 0));
	ASSERT_EQ(5, take_number(other.receive, &foreign));
	EXPECT_EQ(ESRCH, error_of(variant->verb(self->pair.receive, foreign)));
	EXPECT_EQ(ESRCH, error_of(variant->verb(other.receive, self->token)));
	EXPECT_EQ(1, stat_of(other.receive).outstanding);
	EXPECT_TRUE(nothing_happened(self, variant->verb));
	close_pair(&other);
}

TEST_F(hostile_token, token_of_another_right_of_the_port_fails_with_esrch)
{
	int other = msgport_reopen(self->pair.receive);

	EXPECT_EQ(ESRCH, error_of(variant->verb(other, self->token)));
	EXPECT_TRUE(nothing_happened(self, variant->verb));
	close(other);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* All over, and close by; with one seed, so that a failure comes again. */
TEST_F(hostile_token, guessed_tokens_fail_with_esrch)
{
	uint64_t state = 88172645463325252ULL, guess;
	int i, other = 0;

	for (i = 0; i < GUESSES; i++) {
		guess = next_random(&state);
		if (i & 1)
			guess = self->token + guess % 200 - 100;
		if (guess == self->token)
			continue;
		other += error_of(variant->verb(self->pair.receive, guess)) != ESRCH;
	}
	EXPECT_EQ(0, other);
	EXPECT_TRUE(nothing_happened(self, variant->verb));
}

/* The port is dead, and so is what was outstanding; a descriptor is all there is. */
TEST_F(hostile_token, token_of_a_port_whose_right_is_closed_fails_with_ebadf)
{
	close(self->pair.receive);
	EXPECT_EQ(EBADF, error_of(variant->verb(self->pair.receive, self->token)));
	EXPECT_EQ(1, stat_of(self->pair.send).returned);
	EXPECT_EQ(MSGPORT_KIND_RETURNED, next_kind(self->home, COOKIE));
}

/* The process that took it has gone, so it went back: its token is no good. */
TEST_F(hostile_token, token_of_a_process_that_has_ended_fails_with_esrch)
{
	uint64_t *shared = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	ASSERT_NE(MAP_FAILED, shared);
	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	child = start_child();
	if (!child)
		_exit(take_number(self->pair.receive, shared) != 5);
	ASSERT_EQ(0, child_status(child));
	ASSERT_NE(0, *shared);
	EXPECT_EQ(ESRCH, error_of(variant->verb(self->pair.receive, *shared)));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	munmap(shared, page_size());
}

/* ---- tokens ---- */

static int compare_tokens(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return a < b ? -1 : a > b;
}

/* Settled at once, so that nothing but their past keeps two apart. */
TEST(each_of_5000_deliveries_on_two_ports_has_a_token_of_its_own)
{
	struct pair pairs[] = { new_ack_pair(8), new_ack_pair(8) };
	uint64_t *tokens = calloc(DELIVERIES, sizeof(*tokens));
	int i, twice = 0;

	for (i = 0; i < DELIVERIES; i++) {
		struct pair *pair = &pairs[i & 1];

		ASSERT_EQ(0, send_number(pair->send, i, 0));
		ASSERT_EQ(i, take_number(pair->receive, &tokens[i]));
		ASSERT_EQ(0, msgport_ack(pair->receive, tokens[i]));
	}
	qsort(tokens, DELIVERIES, sizeof(*tokens), compare_tokens);
	for (i = 1; i < DELIVERIES; i++)
		twice += tokens[i] == tokens[i - 1];
	EXPECT_EQ(0, twice);
	EXPECT_NE(0, tokens[0]);
	free(tokens);
	close_pair(&pairs[0]);
	close_pair(&pairs[1]);
}

/* ---- return addresses ---- */

/* One may name what one may receive from, and nothing else. */
TEST(return_address_that_is_no_receive_right_of_ones_own_fails_with_ebadf)
{
	struct pair pair = new_pair(NULL), home = new_pair(NULL);
	int control = msgport_open(), closed = dup(home.receive), file[2];

	ASSERT_EQ(0, pipe(file));
	close(closed);
	EXPECT_EQ(EBADF, error_of(ask(pair.send, 1, home.send, 0, 8)));
	EXPECT_EQ(EBADF, error_of(ask(pair.send, 1, control, 0, 8)));
	EXPECT_EQ(EBADF, error_of(ask(pair.send, 1, closed, 0, 8)));
	EXPECT_EQ(EBADF, error_of(ask(pair.send, 1, -1, 0, 8)));
	EXPECT_EQ(EBADF, error_of(ask(pair.send, 1, file[0], 0, 8)));
	EXPECT_EQ(0, stat_of(pair.receive).sent);
	EXPECT_EQ(0, stat_of(home.receive).answers);
	/* the port itself may be the address, and gets its own answer */
	EXPECT_EQ(0, ask(pair.send, 1, pair.receive, 0, 8));
	close(file[0]);
	close(file[1]);
	close(control);
	close_pair(&home);
	close_pair(&pair);
}

TEST(answer_asked_for_over_the_limits_fails_with_einval)
{
	struct pair pair = new_pair(NULL);
	struct msgport_due due = { .receive_right = pair.receive };
	struct msgport_message question = { .due = &due };

	due.size = MSGPORT_SIZE_MAX + 1;
	EXPECT_EQ(EINVAL, error_of(msgport_send_message(pair.send, &question, 0,
							MSGPORT_FOREVER)));
	due.size = 0;
	due.fd_count = MSGPORT_FDS_MAX + 1;
	EXPECT_EQ(EINVAL, error_of(msgport_send_message(pair.send, &question, 0,
							MSGPORT_FOREVER)));
	EXPECT_EQ(0, stat_of(pair.receive).sent);
	EXPECT_EQ(0, stat_of(pair.receive).answers);
	close_pair(&pair);
}

/* A port that answers itself: question and answer in one queue. */
TEST(port_that_is_its_own_return_address_gets_question_and_answer)
{
	struct pair pair = new_ack_pair(1);
	struct msgport_message m;
	uint64_t token;

	ASSERT_EQ(0, ask(pair.send, QUESTION, pair.receive, COOKIE, 8));
	ASSERT_EQ(QUESTION, take_number(pair.receive, &token));
	ASSERT_EQ(0, answer_number(pair.receive, token));
	ASSERT_EQ(ANSWER, take(pair.receive, &m));
	EXPECT_EQ(COOKIE, m.cookie);
	ASSERT_EQ(0, msgport_ack(pair.receive, m.token));
	ASSERT_EQ(0, ask(pair.send, QUESTION, pair.receive, COOKIE, 8));
	close(pair.receive);
	EXPECT_TRUE(port_balanced(pair.send));
	EXPECT_EQ(0, stat_of(pair.send).answers);
	close(pair.send);
}

TEST_HARNESS_MAIN
