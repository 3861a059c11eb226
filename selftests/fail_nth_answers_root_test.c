// SPDX-License-Identifier: GPL-2.0
/*
 * Every failure of the verbs that ask, answer, settle and watch.  Whatever fails,
 * the token stays good: the same reply arrives when nothing fails.
 */

#include "asker.h"
#include "fail_nth.h"

#define ANSWER_MAX	5000

/* What is beside the port of the fixture; each test begins with set_stage(). */
static struct {
	struct pair pair;	/* that is asked */
	int home;		/* where answers come */
	int worker;		/* another right, of either kind */
	uint64_t token;		/* outstanding, or answerable */
	uint64_t id;		/* of a watch, of a call or of a source */
} stage;

static void set_stage(unsigned int flags)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = flags;
	options.max_deliveries = 255;
	stage.pair = new_pair(&options);
	stage.home = new_port(NULL);
}

static void strike_stage(void)
{
	close(stage.home);
	close_pair(&stage.pair);
}

/* Asked, and taken through this right. */
static long take_question(int right)
{
	if (ask(stage.pair.send, QUESTION, stage.home, COOKIE, ANSWER_MAX) ||
	    take_number(right, &stage.token) != QUESTION)
		give_up("a question");
	return 0;
}

/* One answer is at home, and no other. */
static bool one_answer(unsigned int kind)
{
	char bytes[ANSWER_MAX];
	struct msgport_message m = { .data = bytes, .size = sizeof(bytes) };

	return !msgport_receive_message(stage.home, &m, NULL, MSGPORT_NONBLOCK, 0) &&
	       m.stamp.kind == kind && m.cookie == COOKIE && !stat_of(stage.home).queued &&
	       !stat_of(stage.home).answers;
}

/* ---- asking ---- */

static long ask_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return ask(stage.pair.send, QUESTION, stage.home, COOKIE, ANSWER_MAX);
}

static long answer_question(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	uint64_t token;

	return take_number(stage.pair.receive, &token) != QUESTION ||
	       answer_number(stage.pair.receive, token) || !one_answer(MSGPORT_KIND_REPLY) ?
	       -1 : 0;
}

TEST_F(fail_nth, every_failure_of_a_send_with_an_answer_due_takes_no_place)
{
	set_stage(0);
	sweep(_metadata, self, ask_verb, answer_question);
	EXPECT_EQ(0, stat_of(stage.home).answers);
	EXPECT_EQ(stat_of(stage.pair.receive).sent, stat_of(stage.pair.receive).received);
	strike_stage();
}

/* Answers all who call, or receives what is sent. */
static pid_t start_server(int right)
{
	uint64_t token = 0, number, answer = ANSWER;
	pid_t pid = start_child();

	if (pid)
		return pid;
	for (;;)
		if (msgport_reply_receive(right, &token, &answer, sizeof(answer), &number,
					  sizeof(number)) < 0)
			_exit(1);
}

static long call_verb(FIXTURE_DATA(fail_nth) *self)
{
	uint64_t question = QUESTION, answer = 0;
	ssize_t size = msgport_call(self->pair.send, &question, sizeof(question), &answer,
				    sizeof(answer), MSGPORT_FOREVER);

	if (size >= 0 && answer != ANSWER)
		give_up("the answer of a call");
	return size;
}

TEST_F(fail_nth, every_failure_of_call_leaves_no_call)
{
	pid_t server = start_server(self->pair.receive);
	struct msgport_stat stat;

	sweep(_metadata, self, call_verb, NULL);
	stat = stat_of(self->pair.send);
	EXPECT_EQ(0, stat.waiting);
	EXPECT_EQ(stat.asked, stat.answered + stat.gone + stat.given_up);
	end_child(server);
}

static long send_sync_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send_sync(self->pair.send, "12345678", 8, MSGPORT_FOREVER);
}

TEST_F(fail_nth, every_failure_of_a_synchronous_send_leaves_no_call)
{
	pid_t server = start_server(self->pair.receive);
	struct msgport_stat stat;

	sweep(_metadata, self, send_sync_verb, NULL);
	stat = stat_of(self->pair.send);
	EXPECT_EQ(0, stat.waiting);
	EXPECT_EQ(stat.asked, stat.answered);
	end_child(server);
}

static long cancel_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_cancel(self->pair.send, stage.id);
}

static long park_again(FIXTURE_DATA(fail_nth) *self)
{
	stage.id = parked_call(self->pair.send);
	return 0;
}

TEST_F(fail_nth, every_failure_of_cancel_leaves_the_call)
{
	park_again(self);
	sweep(_metadata, self, cancel_verb, park_again);
	EXPECT_EQ(1, stat_of(self->pair.send).waiting);
	EXPECT_EQ(0, msgport_cancel(self->pair.send, stage.id));
}

/* ---- answering ---- */

static long reply_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return answer_number(stage.pair.receive, stage.token);
}

static long reply_large_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct iovec pieces[] = { { self->large, 1000 }, { self->large, 4000 } };
	struct msgport_message answer = { .iov = pieces, .iov_count = 2, .priority = 9 };

	return msgport_reply_message(stage.pair.receive, stage.token, &answer);
}

static long question_again(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return one_answer(MSGPORT_KIND_REPLY) ? take_question(stage.pair.receive) : -1;
}

static void sweep_reply(struct __test_metadata *_metadata, FIXTURE_DATA(fail_nth) *self,
			unsigned int flags, verb_fn verb)
{
	set_stage(flags);
	take_question(stage.pair.receive);
	sweep(_metadata, self, verb, question_again);
	EXPECT_EQ(0, stat_of(stage.home).queued);
	/* what failed last was answered since, and another asked: both are good */
	EXPECT_EQ(0, answer_number(stage.pair.receive, stage.token));
	EXPECT_TRUE(one_answer(MSGPORT_KIND_REPLY));
	EXPECT_TRUE(port_balanced(stage.pair.receive));
	strike_stage();
}

TEST_F(fail_nth, every_failure_of_reply_leaves_the_token_good)
{
	sweep_reply(_metadata, self, 0, reply_verb);
}

TEST_F(fail_nth, every_failure_of_a_large_urgent_reply_leaves_the_token_good)
{
	sweep_reply(_metadata, self, 0, reply_large_verb);
}

TEST_F(fail_nth, every_failure_of_reply_on_an_acknowledging_port_leaves_the_token_good)
{
	sweep_reply(_metadata, self, MSGPORT_ACK, reply_verb);
}

/*
 * One question is taken, another is queued.  Whatever fails, in the reply or in the
 * receive, each has exactly one answer in the end.
 */
static int reply_and_take(uint64_t *token, int *reply_error, struct msgport_message *next,
			  uint64_t *number)
{
	uint64_t answer = ANSWER;
	struct msgport_message reply = { .data = &answer, .size = sizeof(answer) };

	memset(next, 0, sizeof(*next));
	next->data = number;
	next->size = sizeof(*number);
	return msgport_reply_receive_message(stage.pair.receive, token, &reply, next, NULL,
					     MSGPORT_NONBLOCK, 0, reply_error);
}

/* Answers what is left of the two; both answers are there, and no third. */
static bool both_are_answered(uint64_t first)
{
	struct msgport_message m;
	uint64_t token;
	int replies = 0;

	/* ESRCH if it was sent */
	if (answer_number(stage.pair.receive, first) && errno != ESRCH)
		return false;
	if (take_number(stage.pair.receive, &token) == QUESTION &&
	    answer_number(stage.pair.receive, token))
		return false;
	while (take(stage.home, &m) == ANSWER)
		replies++;
	return replies == 2 && !stat_of(stage.home).answers &&
	       !stat_of(stage.pair.receive).outstanding;
}

TEST_F(fail_nth, every_failure_of_reply_receive_leaves_each_question_its_one_answer)
{
	struct msgport_message next;
	int n, error, failures = 0;
	uint64_t first, token, number;
	bool met = true, done;

	set_stage(MSGPORT_ACK);
	for (n = 1; n < TRIES_MAX && met; n++) {
		ASSERT_EQ(0, take_question(stage.pair.receive));
		ASSERT_EQ(0, ask_verb(self));
		first = stage.token;
		token = first;
		error = 0;
		arm(self->nth, n);
		done = !reply_and_take(&token, &error, &next, &number);
		failures += !done || error;
		met = disarm(self->nth);
		ASSERT_TRUE(balances(stage.pair.receive));
		if (done) {
			ASSERT_EQ(0, answer_number(stage.pair.receive, next.token));
		}
		ASSERT_TRUE(both_are_answered(first))
			TH_LOG("try %d", n);
	}
	ASSERT_LT(n, TRIES_MAX);
	EXPECT_LT(3, failures);
	strike_stage();
}

/* ---- settling ---- */

static long ack_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return msgport_ack(stage.pair.receive, stage.token);
}

static long receipt_and_question(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return one_answer(MSGPORT_KIND_ACKNOWLEDGED) ? take_question(stage.pair.receive) : -1;
}

TEST_F(fail_nth, every_failure_of_ack_leaves_the_message_outstanding)
{
	set_stage(MSGPORT_ACK);
	take_question(stage.pair.receive);
	sweep(_metadata, self, ack_verb, receipt_and_question);
	EXPECT_EQ(1, stat_of(stage.pair.receive).outstanding);
	strike_stage();
}

static long release_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return msgport_release(stage.pair.receive, stage.token);
}

static long take_again(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return take_number(stage.pair.receive, &stage.token) == QUESTION ? 0 : -1;
}

TEST_F(fail_nth, every_failure_of_release_leaves_the_message_outstanding)
{
	set_stage(MSGPORT_ACK);
	take_question(stage.pair.receive);
	sweep(_metadata, self, release_verb, take_again);
	EXPECT_EQ(0, msgport_ack(stage.pair.receive, stage.token));
	EXPECT_TRUE(one_answer(MSGPORT_KIND_ACKNOWLEDGED));
	strike_stage();
}

/* Through a right that nobody has taken anything through yet. */
static long take_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return take_number(stage.worker, &stage.token) == QUESTION ? 0 : -1;
}

/* Closing gives it back. */
static long other_worker(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	close(stage.worker);
	stage.worker = msgport_reopen(stage.pair.receive);
	return stat_of(stage.pair.receive).queued == 1 ? 0 : -1;
}

TEST_F(fail_nth, every_failure_of_receive_on_an_acknowledging_port_leaves_the_message)
{
	set_stage(MSGPORT_ACK);
	stage.worker = msgport_reopen(stage.pair.receive);
	ASSERT_EQ(0, ask_verb(self));
	sweep(_metadata, self, take_verb, other_worker);
	EXPECT_EQ(0, stat_of(stage.pair.receive).outstanding);
	EXPECT_EQ(0, answer_question(self));
	close(stage.worker);
	strike_stage();
}

/* What was taken is done with, and the worker goes. */
static long answer_and_ask(FIXTURE_DATA(fail_nth) *self)
{
	if (answer_number(stage.worker, stage.token) || !one_answer(MSGPORT_KIND_REPLY) ||
	    ask_verb(self))
		return -1;
	return other_worker(self);
}

TEST_F(fail_nth, every_failure_of_receiving_a_question_leaves_it)
{
	set_stage(0);
	stage.worker = msgport_reopen(stage.pair.receive);
	ASSERT_EQ(0, ask_verb(self));
	sweep(_metadata, self, take_verb, answer_and_ask);
	EXPECT_EQ(0, answer_question(self));
	close(stage.worker);
	strike_stage();
}

/* ---- credit and watches ---- */

static long grant_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_grant(self->pair.receive, stage.id, 1);
}

/* The one credit is there, and no other. */
static long spend_credit(FIXTURE_DATA(fail_nth) *self)
{
	return fill(stage.worker) == 1 &&
	       receive_number(self->pair.receive, MSGPORT_NONBLOCK) == 0 ? 0 : -1;
}

TEST_F(fail_nth, every_failure_of_grant_gives_nothing)
{
	stage.worker = msgport_mint(self->pair.receive, 0, 0, 0, MSGPORT_MINT_MANUAL);
	stage.id = stat_of(stage.worker).source;
	sweep(_metadata, self, grant_verb, spend_credit);
	EXPECT_EQ(0, fill(stage.worker));
	close(stage.worker);
}

static long watch_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, stage.home, COOKIE,
			     &stage.id);
}

static long unwatch_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_unwatch(self->pair.send, stage.id);
}

TEST_F(fail_nth, every_failure_of_watch_takes_no_place)
{
	set_stage(0);
	sweep(_metadata, self, watch_verb, unwatch_verb);
	EXPECT_EQ(0, stat_of(stage.home).answers);
	EXPECT_EQ(0, stat_of(stage.home).sent);
	strike_stage();
}

TEST_F(fail_nth, every_failure_of_unwatch_leaves_the_watch)
{
	set_stage(0);
	ASSERT_EQ(0, watch_verb(self));
	sweep(_metadata, self, unwatch_verb, watch_verb);
	EXPECT_EQ(1, stat_of(stage.home).answers);
	strike_stage();
}

/* ---- deaths ---- */

/* One question queued, one taken, one watched; every allocation but n - 1 fails. */
TEST_F(fail_nth, death_that_may_not_allocate_tells_all_who_wait)
{
	static const unsigned int flags[] = { 0, MSGPORT_ACK };
	struct msgport_message m;
	unsigned int i;
	int n, came;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		for (n = 1; n < 10; n++) {
			set_stage(flags[i]);
			ASSERT_EQ(0, take_question(stage.pair.receive));
			ASSERT_EQ(0, ask_verb(self));
			ASSERT_EQ(0, msgport_watch(stage.pair.send, MSGPORT_WATCH_DEATH, 0,
						   stage.home, COOKIE, NULL));
			arm(self->nth, n);
			close(stage.pair.receive);
			disarm(self->nth);
			for (came = 0; take(stage.home, &m) >= 0; came++)
				;
			ASSERT_EQ(3, came);
			ASSERT_EQ(1, stat_of(stage.pair.send).dead);
			ASSERT_EQ(0, stat_of(stage.home).answers);
			close(stage.pair.send);
			close(stage.home);
		}
	}
}

TEST_HARNESS_MAIN
