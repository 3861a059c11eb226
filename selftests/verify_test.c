// SPDX-License-Identifier: GPL-2.0
/* verify: is the very process of a stamp alive?  (pidfd_test.c: its pidfd.) */

#include "asker.h"
#include "kselftest_harness.h"

/* A message of a process that lives. */
FIXTURE(verify)
{
	struct pair pair;
	pid_t sender;
	struct msgport_message message;
};

FIXTURE_SETUP(verify)
{
	self->pair = new_pair(NULL);
	self->sender = start_child();
	if (!self->sender) {
		send_number(self->pair.send, 1, 0);
		for (;;)
			pause();
	}
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_EQ(1, take(self->pair.receive, &self->message));
}

FIXTURE_TEARDOWN(verify)
{
	if (self->sender)
		end_child(self->sender);
	close_pair(&self->pair);
}

TEST_F(verify, verify_of_a_process_that_lives_succeeds_on_any_descriptor)
{
	int control = msgport_open();

	EXPECT_EQ(self->sender, (pid_t)self->message.stamp.pid);
	EXPECT_EQ(0, msgport_verify(control, &self->message.stamp));
	EXPECT_EQ(0, msgport_verify(self->pair.receive, &self->message.stamp));
	EXPECT_EQ(0, msgport_verify(self->pair.send, &self->message.stamp));
	close(control);
}

TEST_F(verify, verify_of_a_process_that_has_ended_fails_with_esrch)
{
	siginfo_t info;

	kill(self->sender, SIGKILL);
	/* a zombie has its pid still, and is not alive */
	ASSERT_EQ(0, waitid(P_PID, self->sender, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive,
						 &self->message.stamp)));
	child_status(self->sender);
	self->sender = 0;
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive,
						 &self->message.stamp)));
}

TEST_F(verify, verify_of_another_process_with_the_pid_fails_with_esrch)
{
	struct msgport_stamp stamp = self->message.stamp;

	stamp.start_time--;
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive, &stamp)));
	stamp.start_time = 0;
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive, &stamp)));
}

TEST_F(verify, verify_of_what_is_no_process_fails_with_esrch)
{
	struct msgport_stamp stamp = self->message.stamp;

	stamp.pid = 0;
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive, &stamp)));
	stamp.pid = UINT32_MAX;
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive, &stamp)));
}

static void *send_from_thread(void *argument)
{
	send_number(*(int *)argument, 2, 0);
	return NULL;
}

/* The stamp names the process; the thread that sent may have gone. */
TEST_F(verify, verify_of_a_process_whose_sending_thread_has_ended_succeeds)
{
	struct msgport_message m;
	struct msgport_stamp thread_stamp;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, send_from_thread, &self->pair.send));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(2, take(self->pair.receive, &m));
	EXPECT_NE(m.stamp.pid, m.stamp.tid);
	EXPECT_EQ(0, msgport_verify(self->pair.receive, &m.stamp));
	/* a thread's number is no process's */
	thread_stamp = m.stamp;
	thread_stamp.pid = m.stamp.tid;
	EXPECT_EQ(ESRCH, error_of(msgport_verify(self->pair.receive, &thread_stamp)));
}

/* Who answered, and whose question was acknowledged: stamps of answers, too. */
TEST_F(verify, verify_of_an_answers_stamp_is_of_the_replier)
{
	int home = new_port(NULL);
	struct msgport_message m;
	uint64_t token;

	ASSERT_EQ(0, ask(self->pair.send, 1, home, COOKIE, 8));
	ASSERT_EQ(1, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	ASSERT_EQ(ANSWER, take(home, &m));
	EXPECT_EQ(getpid(), (pid_t)m.stamp.pid);
	EXPECT_EQ(0, msgport_verify(home, &m.stamp));
	close(home);
}

TEST_HARNESS_MAIN
