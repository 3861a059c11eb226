// SPDX-License-Identifier: GPL-2.0
/* Tracepoints of what follows a receive: answers, calls, what comes back.  Root. */
#include "asker.h"
#include "kselftest_harness.h"
#include "traced.h"

FIXTURE(trace_answers)
{
	struct pair work;	/* acknowledging, 2 deliveries */
	struct pair home;
};

FIXTURE_SETUP(trace_answers)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	if (!can_trace())
		SKIP(return, "the kernel has no tracefs, or it is not mounted");
	options.flags = MSGPORT_ACK;
	options.max_deliveries = 2;
	self->work = new_pair(&options);
	self->home = new_pair_for(4);
	start_trace();
}

FIXTURE_TEARDOWN(trace_answers)
{
	stop_trace();
	close_pair(&self->work);
	close_pair(&self->home);
}

/* Asked by the home port, and taken; its token. */
static uint64_t taken_question(FIXTURE_DATA(trace_answers) *self)
{
	uint64_t token;

	if (ask(self->work.send, QUESTION, self->home.receive, COOKIE, 8) ||
	    take_number(self->work.receive, &token) != QUESTION)
		give_up("ask");
	return token;
}

TEST_F(trace_answers, answers_are_traced_at_their_home_with_kind_and_cookie)
{
	uint64_t token = taken_question(self);

	EXPECT_FALSE(traced_of(self->home.receive, "answer", ""));
	ASSERT_EQ(0, answer_number(self->work.receive, token));
	EXPECT_TRUE(traced_of(self->home.receive, "answer", "size=8 kind=reply cookie=77"));
	token = taken_question(self);
	ASSERT_EQ(0, msgport_ack(self->work.receive, token));
	EXPECT_TRUE(traced_of(self->home.receive, "answer",
			      "size=0 kind=acknowledged cookie=77"));
	EXPECT_FALSE(traced_of(self->work.receive, "answer", ""));
}

TEST_F(trace_answers, release_is_traced_with_the_number_of_deliveries)
{
	uint64_t token;

	ASSERT_EQ(0, send_number(self->work.send, 1, 0));
	ASSERT_EQ(1, take_number(self->work.receive, &token));
	EXPECT_FALSE(traced_of(self->work.receive, "release", ""));
	ASSERT_EQ(0, msgport_release(self->work.receive, token));
	EXPECT_TRUE(traced_of(self->work.receive, "release", "sequence=1 deliveries=1"));
}

TEST_F(trace_answers, message_that_exhausts_its_deliveries_is_traced_by_what_comes_of_it)
{
	uint64_t token;
	int i;

	ASSERT_EQ(0, send_number(self->work.send, 1, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(1, take_number(self->work.receive, &token));
		ASSERT_EQ(0, msgport_release(self->work.receive, token));
	}
	EXPECT_TRUE(traced_of(self->work.receive, "discard", "size=8 reason=exhausted"));
	EXPECT_FALSE(traced_of(self->work.receive, "return", ""));
	for (i = 0; i < 2; i++) {
		if (!i)
			token = taken_question(self);
		else
			ASSERT_EQ(QUESTION, take_number(self->work.receive, &token));
		ASSERT_EQ(0, msgport_release(self->work.receive, token));
	}
	EXPECT_TRUE(traced_of(self->work.receive, "return", "size=8 reason=exhausted"));
	EXPECT_TRUE(traced_of(self->home.receive, "answer", "kind=returned cookie=77"));
}

/* A child calls; whatever comes of the call, it ends. */
static pid_t start_call(FIXTURE_DATA(trace_answers) *self)
{
	struct asker asker = {
		.question = { .way = CALL, .right = self->work.send },
	};

	start_asking_child(&asker, self->work.receive);
	return asker.pid;
}

TEST_F(trace_answers, call_is_traced_when_it_ends_with_what_came_of_it)
{
	uint64_t token;
	pid_t child = start_call(self);

	ASSERT_TRUE(wait_for_queued(self->work.receive, 1));
	ASSERT_EQ(QUESTION, take_number(self->work.receive, &token));
	EXPECT_FALSE(traced_of(self->work.receive, "call", ""));
	ASSERT_EQ(0, answer_number(self->work.receive, token));
	EXPECT_EQ(0, child_status(child));
	EXPECT_TRUE(traced_of(self->work.receive, "call", "error=0"));
	child = start_call(self);
	ASSERT_TRUE(wait_for_queued(self->work.receive, 1));
	end_child(child);
	EXPECT_TRUE(traced_of(self->work.receive, "call", "error=-4"));
	EXPECT_TRUE(traced_of(self->work.receive, "discard", "reason=withdrawn"));
}

TEST_F(trace_answers, call_that_ends_at_its_deadline_is_traced_with_that)
{
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call(self->work.send, NULL, 0, NULL, 0,
						   in_ms(20))));
	EXPECT_TRUE(traced_of(self->work.receive, "call", "error=-110"));
}

TEST_F(trace_answers, call_that_dies_with_its_port_is_traced_with_its_error)
{
	pid_t child = start_call(self);

	ASSERT_TRUE(wait_for_queued(self->work.receive, 1));
	ASSERT_EQ(0, close(self->work.receive));
	EXPECT_EQ(EPIPE, child_status(child));
	EXPECT_TRUE(traced_of(self->work.send, "call", "error=-32"));
	self->work.receive = dup(0);
}

TEST_HARNESS_MAIN
