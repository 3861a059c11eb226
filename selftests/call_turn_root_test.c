// SPDX-License-Identifier: GPL-2.0
/*
 * A caller lends its turn to a server that waits for the same processor, or the server
 * to its caller: one of them stays runnable, and does not sleep.  How often they have
 * slept the kernel counts (voluntary context switches).  Root, for real-time priorities.
 */
#include <sys/resource.h>
#include <sys/utsname.h>

#include "asker.h"
#include "kselftest_harness.h"
#include "processor.h"
#include "traced.h"

#define ROUNDS		1000

FIXTURE(turn)
{
	struct pair pair;
	pid_t server;
};

/* Takes @delay microseconds over each answer. */
static void be_server(int right, useconds_t delay)
{
	uint64_t token = 0, answer = ANSWER, question;

	for (;;) {
		if (msgport_reply_receive(right, &token, &answer, sizeof(answer), &question,
					  sizeof(question)) != sizeof(question))
			_exit(1);
		if (delay)
			usleep(delay);
	}
}

static pid_t start_server(int right, useconds_t delay)
{
	pid_t pid = start_child();

	if (!pid)
		be_server(right, delay);
	return pid;
}

FIXTURE_SETUP(turn)
{
	stay_on_one_processor();
	self->pair = new_pair(NULL);
	self->server = 0;
}

FIXTURE_TEARDOWN(turn)
{
	if (self->server)
		end_child(self->server);
	close_pair(&self->pair);
}

static long sleeps(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		give_up("getrusage");
	return usage.ru_nvcsw;
}

static long sleeps_of(pid_t pid)
{
	char path[64];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	at = strstr(read_text(path), "\nvoluntary_ctxt_switches:");
	if (!at)
		give_up(path);
	return strtol(at + 25, NULL, 10);
}

/* How often the caller slept in so many calls; -1: an answer was wrong. */
static long sleeps_in_calls(int right, int rounds)
{
	uint64_t question = QUESTION, answer;
	long before = sleeps();

	while (rounds--) {
		answer = 0;
		if (msgport_call(right, &question, sizeof(question), &answer, sizeof(answer),
				 MSGPORT_FOREVER) != sizeof(answer) || answer != ANSWER)
			return -1;
	}
	return sleeps() - before;
}

/* Later kernels make a directed yield dear, and who sleeps for a moment stays queued. */
static int can_lend(void)
{
	int major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		give_up("uname");
	return major < 6 || (major == 6 && minor < 6);
}

/* Each would sleep once in a call. */
TEST_F(turn, caller_or_server_does_not_sleep_on_the_same_processor)
{
	long before, slept = 2 * ROUNDS;
	int tries;

	if (!can_lend())
		SKIP(return, "turns are lent on kernels before 6.6");
	self->server = start_server(self->pair.receive, 0);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	ASSERT_LE(0, sleeps_in_calls(self->pair.send, ROUNDS));
	/* others on the processor may come between, but not each time */
	for (tries = 0; tries < 3 && slept >= ROUNDS * 3 / 2; tries++) {
		before = sleeps() + sleeps_of(self->server);
		ASSERT_LE(0, sleeps_in_calls(self->pair.send, ROUNDS));
		slept = sleeps() + sleeps_of(self->server) - before;
	}
	EXPECT_GT(ROUNDS * 3 / 2, slept);
}

TEST_F(turn, caller_that_the_server_cannot_precede_sleeps)
{
	self->server = start_server(self->pair.receive, 0);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	run_before(SCHED_FIFO, 1);
	EXPECT_LE(ROUNDS, sleeps_in_calls(self->pair.send, ROUNDS));
}

TEST_F(turn, caller_whose_server_takes_its_time_sleeps)
{
	self->server = start_server(self->pair.receive, 1000);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	/* one or the other is let run too late to sleep */
	EXPECT_LE(ROUNDS / 10 * 9, sleeps_in_calls(self->pair.send, ROUNDS));
}

TEST_F(turn, calls_are_answered_beside_who_never_sleeps)
{
	pid_t busy = start_child();

	if (!busy)
		for (;;)
			;
	self->server = start_server(self->pair.receive, 0);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	EXPECT_LE(0, sleeps_in_calls(self->pair.send, 100));
	end_child(busy);
}

TEST_F(turn, caller_whose_server_dies_is_told)
{
	uint64_t question = QUESTION, answer, token;
	pid_t server = start_child();

	if (!server) {
		token = 0;
		msgport_reply_receive(self->pair.receive, &token, NULL, 0, &question,
				      sizeof(question));
		_exit(0);
	}
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	close(self->pair.receive);
	self->pair.receive = -1;
	EXPECT_EQ(-1, msgport_call(self->pair.send, &question, sizeof(question), &answer,
				   sizeof(answer), MSGPORT_FOREVER));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(0, child_status(server));
}

TEST_HARNESS_MAIN
