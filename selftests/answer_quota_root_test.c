// SPDX-License-Identifier: GPL-2.0
/*
 * At the limit of every quota: what was promised when a question was accepted is
 * kept.  Module parameters go down to nothing between question and answer; the
 * asker and the replier are an ordinary user, whom the limits bind.
 */

#include "asker.h"
#include "kselftest_harness.h"

#define USER		2000
#define PARAMETERS	"/sys/module/msgport/parameters/"
#define LARGE		200000

static const char *const parameters[] = {
	PARAMETERS "max_ports", PARAMETERS "max_bytes", PARAMETERS "max_rights",
	PARAMETERS "max_pending", PARAMETERS "max_kept", PARAMETERS "max_records",
};

FIXTURE(answer_quota)
{
	unsigned long values[ARRAY_SIZE(parameters)];
	int control;
	struct pair pair;
	struct pair home;
};

FIXTURE_VARIANT(answer_quota)
{
	unsigned int flags;
	enum way way;
};

FIXTURE_VARIANT_ADD(answer_quota, ordinary_return_address)
{
	.way = RETURN_ADDRESS,
};

FIXTURE_VARIANT_ADD(answer_quota, acknowledging_return_address)
{
	.flags = MSGPORT_ACK,
	.way = RETURN_ADDRESS,
};

FIXTURE_VARIANT_ADD(answer_quota, ordinary_call)
{
	.way = CALL,
};

FIXTURE_VARIANT_ADD(answer_quota, acknowledging_call)
{
	.flags = MSGPORT_ACK,
	.way = CALL,
};

static unsigned long read_parameter(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long number;

	if (!file || fscanf(file, "%lu", &number) != 1)
		give_up(path);
	fclose(file);
	return number;
}

static void write_parameter(const char *path, unsigned long number)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lu", number) < 0 || fclose(file))
		give_up(path);
}

/* The user's own port, and a right to it; the test stays root and looks. */
static struct pair new_pair_of_user(int control, unsigned int flags, unsigned int max_msgs)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair pair;

	options.flags = flags;
	options.max_msgs = max_msgs;
	if (seteuid(USER))
		give_up("seteuid");
	pair.receive = msgport_create(control, NULL, &options);
	if (pair.receive < 0)
		give_up("create");
	pair.send = mint_plain(pair.receive);
	if (pair.send < 0 || seteuid(0))
		give_up("mint");
	return pair;
}

FIXTURE_SETUP(answer_quota)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		self->values[i] = read_parameter(parameters[i]);
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	self->pair = new_pair_of_user(self->control, variant->flags, 2);
	self->home = new_pair_of_user(self->control, 0, 1);
}

FIXTURE_TEARDOWN(answer_quota)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		write_parameter(parameters[i], self->values[i]);
	close_pair(&self->home);
	close_pair(&self->pair);
	close(self->control);
}

static void allow_nothing(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		write_parameter(parameters[i], 0);
}

static int become_user(void)
{
	if (setresuid(USER, USER, USER))
		give_up("setresuid");
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Asks for an answer of many bytes, and looks at each of them. */
static int ask_for_much(FIXTURE_DATA(answer_quota) *self, enum way way)
{
	struct msgport_due due = {
		.receive_right = self->home.receive, .cookie = COOKIE, .size = LARGE,
	};
	struct msgport_filter answers_only = { .by = MSGPORT_BY_SOURCE, .source = 0 };
	struct msgport_message m = { .due = &due };
	char *bytes = malloc(LARGE);

	become_user();
	if (way == CALL) {
		if (msgport_call(self->pair.send, NULL, 0, bytes, LARGE,
				 MSGPORT_FOREVER) != LARGE)
			return errno;
		return !has_pattern(bytes, LARGE, 1);
	}
	if (msgport_send_message(self->pair.send, &m, 0, MSGPORT_FOREVER))
		return errno;
	m = (struct msgport_message){ .data = bytes, .size = LARGE };
	if (msgport_receive_message(self->home.receive, &m, &answers_only, 0,
				    MSGPORT_FOREVER))
		return errno;
	return m.size != LARGE || m.cookie != COOKIE || !has_pattern(bytes, LARGE, 1);
}

/* Takes the question, and answers it as the user. */
static int answer_much(FIXTURE_DATA(answer_quota) *self)
{
	char *bytes = malloc(LARGE);
	struct msgport_message m;

	become_user();
	fill_pattern(bytes, LARGE, 1);
	if (take(self->pair.receive, &m) != 0 || !m.token)
		return 201;
	/* nothing may be had that is not promised */
	if (error_of(msgport_create(self->control, NULL, NULL)) != EDQUOT)
		return 202;
	if (error_of(ask(self->pair.send, 1, self->home.receive, 0, 8)) != EDQUOT)
		return 203;
	return error_of(msgport_reply(self->pair.receive, m.token, bytes, LARGE));
}

TEST_F(answer_quota, answer_at_the_limit_of_every_quota_arrives_at_a_full_port)
{
	pid_t asker = start_child(), replier;

	if (!asker)
		_exit(ask_for_much(self, variant->way));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	if (variant->way == RETURN_ADDRESS) {
		ASSERT_TRUE(wait_for_receivers(self->home.receive, 1));
	}
	/* both ports are full from here on */
	fill(self->home.send);
	fill(self->pair.send);
	allow_nothing();
	replier = start_child();
	if (!replier)
		_exit(answer_much(self));
	EXPECT_EQ(0, child_status(replier));
	EXPECT_EQ(0, child_status(asker));
	EXPECT_EQ(1, stat_of(self->home.receive).queued);
	EXPECT_EQ(0, stat_of(self->home.receive).answers);
}

/* What the kernel itself answers with was made and paid for with the question. */
TEST_F(answer_quota, news_of_a_death_at_the_limit_of_every_quota_arrives)
{
	struct question question = {
		.way = variant->way, .right = self->pair.send, .home = self->home.receive,
	};
	pid_t asker = start_child();
	uint64_t token;
	int error;

	if (!asker) {
		close(self->pair.receive);
		become_user();
		_exit(put_question(&question));
	}
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	fill(self->home.send);
	allow_nothing();
	close(self->pair.receive);
	error = child_status(asker);
	if (variant->way == CALL) {
		EXPECT_EQ(ESRCH, error);
		return;
	}
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, receive_number(self->home.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(variant->flags ? MSGPORT_KIND_RETURNED : MSGPORT_KIND_GONE,
		  next_kind(self->home.receive, COOKIE));
}

/* Asked, answered and received; 0, or where it went wrong. */
static int round_trip(FIXTURE_DATA(answer_quota) *self, enum way way)
{
	struct asker asker = {
		.question = {
			.way = way,
			.right = self->pair.send,
			.home = self->home.receive,
		},
	};
	uint64_t token;
	int error;

	start_asking_thread(&asker);
	if (way == CALL && !wait_for_queued(self->pair.receive, 1))
		return 1;
	/* a call waits for its answer, a question has been sent */
	error = way == CALL ? 0 : end_of_asker(&asker);
	if (error)
		return error;
	if (take_number(self->pair.receive, &token) != QUESTION ||
	    answer_number(self->pair.receive, token))
		return 2;
	if (way == CALL)
		return end_of_asker(&asker);
	return receive_number(self->home.receive, 0) == ANSWER ? 0 : 3;
}

/* What the ports have reserved, and room for one question's answer at a time. */
static int round_trips(FIXTURE_DATA(answer_quota) *self, enum way way)
{
	int i, error = 0;

	write_parameter(PARAMETERS "max_bytes", 2 * 262144 + 2048);
	become_user();
	for (i = 0; i < 50 && !error; i++)
		error = round_trip(self, way);
	return error;
}

TEST_F(answer_quota, user_has_all_its_bytes_again_when_the_answer_was_received)
{
	pid_t child = start_child();

	if (!child)
		_exit(round_trips(self, variant->way));
	EXPECT_EQ(0, child_status(child));
}

/* 0 if three watches may be had and no fourth, until one of them ends. */
static int watch_three(int right, int home)
{
	uint64_t ids[3];
	int i;

	write_parameter(PARAMETERS "max_records", 3);
	become_user();
	for (i = 0; i < 3; i++)
		if (msgport_watch(right, MSGPORT_WATCH_DEATH, 0, home, 0, &ids[i]))
			return 1;
	if (error_of(msgport_watch(right, MSGPORT_WATCH_DEATH, 0, home, 0, NULL)) != EDQUOT)
		return 2;
	if (msgport_unwatch(right, ids[1]) ||
	    msgport_watch(right, MSGPORT_WATCH_DEATH, 0, home, 0, NULL))
		return 3;
	return 0;
}

TEST(watch_over_the_users_records_fails_with_edquot_until_one_ends)
{
	unsigned long before = read_parameter(PARAMETERS "max_records");
	struct pair pair = new_pair(NULL);
	int home = new_port(NULL), status;
	pid_t child = start_child();

	if (!child)
		_exit(watch_three(pair.send, home));
	status = child_status(child);
	write_parameter(PARAMETERS "max_records", before);
	EXPECT_EQ(0, status);
	EXPECT_EQ(3, stat_of(home).answers);
	close(home);
	close_pair(&pair);
}

#define QUESTION_SIZE	60000

/* Room for a small question and a small answer, but not for the question once more. */
static int ask_at_length(FIXTURE_DATA(answer_quota) *self, enum way way)
{
	static char bytes[QUESTION_SIZE];
	struct msgport_due due = { .receive_right = self->home.receive, .size = 8 };
	struct msgport_message m = { .data = bytes, .size = sizeof(bytes), .due = &due };

	write_parameter(PARAMETERS "max_bytes", 2 * 262144 + QUESTION_SIZE / 2);
	become_user();
	if (way == CALL)
		return error_of(msgport_call(self->pair.send, bytes, sizeof(bytes), bytes, 8,
					     0));
	if (error_of(msgport_send_message(self->pair.send, &m, 0, 0)) != EDQUOT)
		return 201;
	m.size = 8;
	return error_of(msgport_send_message(self->pair.send, &m, 0, 0));
}

/* It may come back as it is; a call's does not. */
TEST_F(answer_quota, question_that_would_return_over_the_users_bytes_fails_with_edquot)
{
	pid_t child = start_child();

	if (!child)
		_exit(ask_at_length(self, variant->way));
	EXPECT_EQ(variant->way == CALL ? ETIMEDOUT : 0, child_status(child));
}

TEST_HARNESS_MAIN
