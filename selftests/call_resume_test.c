// SPDX-License-Identifier: GPL-2.0
/* A call that a signal interrupts is kept, with its answer, for its own thread. */

#include "asker.h"
#include "kselftest_harness.h"

FIXTURE(resume)
{
	struct pair pair;
};

FIXTURE_SETUP(resume)
{
	self->pair = new_pair(NULL);
}

FIXTURE_TEARDOWN(resume)
{
	close_pair(&self->pair);
}

TEST_F(resume, interrupted_call_gets_the_answer_that_came_meanwhile)
{
	uint64_t id = parked_call(self->pair.send), token, answer = 0;

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(0, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
	EXPECT_EQ(ANSWER, answer);
	EXPECT_EQ(0, id);
	EXPECT_EQ(1, stat_of(self->pair.receive).sent);
}

TEST_F(resume, interrupted_call_waits_on_for_an_answer_that_is_not_there)
{
	uint64_t id = parked_call(self->pair.send), first = id, answer;
	struct msgport_stat stat;

	EXPECT_EQ(EINTR, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
	EXPECT_EQ(first, id);
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.asked);
	EXPECT_EQ(1, stat.waiting);
	EXPECT_EQ(0, msgport_cancel(self->pair.send, id));
}

TEST_F(resume, answer_that_does_not_fit_the_smaller_buffer_is_kept)
{
	uint64_t id = parked_call(self->pair.send), token, answer = 0;
	struct msgport_message request = { .size = 0 };
	struct msgport_message small = { .data = &answer, .size = 4 };

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_call_message(self->pair.send, &request, &small,
							  0, MSGPORT_FOREVER, &id)));
	EXPECT_EQ(sizeof(answer), small.size);
	EXPECT_NE(0, id);
	EXPECT_EQ(0, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
	EXPECT_EQ(ANSWER, answer);
}

TEST_F(resume, answer_that_cannot_be_copied_is_kept)
{
	uint64_t id = parked_call(self->pair.send), token, answer = 0;
	struct msgport_message request = { .size = 0 };
	struct msgport_message hole = { .data = bytes_before_hole(4), .size = sizeof(answer) };

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(EFAULT, error_of(msgport_call_message(self->pair.send, &request, &hole, 0,
							MSGPORT_FOREVER, &id)));
	EXPECT_NE(0, id);
	EXPECT_EQ(0, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
	EXPECT_EQ(ANSWER, answer);
}

struct other {
	int right;
	uint64_t id;
};

static void *resume_in_thread(void *argument)
{
	struct other *other = argument;
	uint64_t answer;

	return (void *)(intptr_t)call_until_signal(other->right, &other->id, &answer,
						   sizeof(answer));
}

TEST_F(resume, call_of_another_thread_fails_with_esrch)
{
	uint64_t id = parked_call(self->pair.send), token, answer;
	struct other other = { self->pair.send, id };
	pthread_t thread;
	void *error;

	ASSERT_EQ(0, pthread_create(&thread, NULL, resume_in_thread, &other));
	ASSERT_EQ(0, pthread_join(thread, &error));
	EXPECT_EQ(ESRCH, (intptr_t)error);
	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(0, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
}

TEST_F(resume, call_resumed_through_another_right_fails_with_esrch)
{
	uint64_t id = parked_call(self->pair.send), wrong = id, answer;
	int other = mint_plain(self->pair.receive);

	EXPECT_EQ(ESRCH, call_until_signal(other, &wrong, &answer, sizeof(answer)));
	EXPECT_EQ(1, stat_of(self->pair.receive).waiting);
	EXPECT_EQ(0, msgport_cancel(self->pair.send, id));
	close(other);
}

TEST_F(resume, call_that_has_ended_fails_with_esrch)
{
	uint64_t id = parked_call(self->pair.send), again = id, token, answer;

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	ASSERT_EQ(0, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
	EXPECT_EQ(ESRCH, call_until_signal(self->pair.send, &again, &answer,
					   sizeof(answer)));
}

TEST_F(resume, interrupted_call_gives_up_at_the_new_deadline_and_is_withdrawn)
{
	uint64_t id = parked_call(self->pair.send), answer;
	struct msgport_message request = { .size = 0 };
	struct msgport_message reply = { .data = &answer, .size = sizeof(answer) };

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_call_message(self->pair.send, &request, &reply,
							   0, in_ms(50), &id)));
	EXPECT_EQ(0, id);
	EXPECT_EQ(1, stat_of(self->pair.receive).withdrawn);
}

TEST_F(resume, interrupted_call_learns_that_the_port_died)
{
	uint64_t id = parked_call(self->pair.send), answer;

	close(self->pair.receive);
	EXPECT_EQ(EPIPE, call_until_signal(self->pair.send, &id, &answer, sizeof(answer)));
	EXPECT_EQ(0, id);
	EXPECT_EQ(1, stat_of(self->pair.send).gone);
}

TEST_F(resume, interrupted_call_ends_with_the_last_close_of_its_right)
{
	struct msgport_stat stat;

	parked_call(self->pair.send);
	close(self->pair.send);
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(1, stat.withdrawn);
	EXPECT_EQ(1, stat.given_up);
	EXPECT_EQ(0, stat.waiting);
}

/* The right lives on in the parent, but its thread has gone. */
TEST_F(resume, interrupted_call_ends_with_its_process)
{
	pid_t child = start_child();
	struct msgport_stat stat;

	if (!child) {
		parked_call(self->pair.send);
		_exit(stat_of(self->pair.send).waiting != 1);
	}
	ASSERT_EQ(0, child_status(child));
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(1, stat.withdrawn);
	EXPECT_EQ(1, stat.given_up);
}

TEST_F(resume, interrupted_synchronous_send_waits_on_and_sends_once)
{
	uint64_t number = QUESTION;
	struct msgport_send send = {
		.flags = MSGPORT_SYNC,
		.deadline = MSGPORT_FOREVER,
		.message = { .data = address_of(&number), .data_size = sizeof(number) },
	};

	alarm_every(2000, 0);
	ASSERT_EQ(EINTR, error_of(raw_send(self->pair.send, &send)));
	ASSERT_EQ(EINTR, error_of(raw_send(self->pair.send, &send)));
	alarm_every(0, 0);
	EXPECT_NE(0, send.id);
	EXPECT_EQ(1, stat_of(self->pair.receive).sent);
	ASSERT_EQ(QUESTION, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, raw_send(self->pair.send, &send));
	EXPECT_EQ(0, send.id);
	EXPECT_EQ(1, stat_of(self->pair.receive).answered);
}

TEST_HARNESS_MAIN
