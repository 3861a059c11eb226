// SPDX-License-Identifier: GPL-2.0
/* cancel: a call that was interrupted is given up. */

#include "asker.h"
#include "kselftest_harness.h"

FIXTURE(cancel)
{
	struct pair pair;
};

FIXTURE_VARIANT(cancel)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(cancel, ordinary)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(cancel, acknowledging)
{
	.flags = MSGPORT_ACK,
};

FIXTURE_SETUP(cancel)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = variant->flags;
	self->pair = new_pair(&options);
}

FIXTURE_TEARDOWN(cancel)
{
	close_pair(&self->pair);
}

TEST_F(cancel, cancelled_question_that_nobody_took_is_withdrawn)
{
	uint64_t id = parked_call(self->pair.send);
	struct msgport_stat stat;

	ASSERT_EQ(0, msgport_cancel(self->pair.send, id));
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(1, stat.withdrawn);
	EXPECT_EQ(1, stat.given_up);
	EXPECT_EQ(0, stat.waiting);
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->pair.receive, MSGPORT_NONBLOCK)));
}

TEST_F(cancel, reply_to_a_cancelled_question_fails_with_esrch_and_settles_it)
{
	uint64_t id = parked_call(self->pair.send), token;

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, msgport_cancel(self->pair.send, id));
	EXPECT_EQ(ESRCH, error_of(answer_number(self->pair.receive, token)));
	EXPECT_EQ(0, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
	EXPECT_EQ(1, stat_of(self->pair.receive).given_up);
}

TEST_F(cancel, cancelled_call_with_an_answer_loses_it_and_leaves_nothing)
{
	uint64_t id = parked_call(self->pair.send), token;

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, answer_number(self->pair.receive, token));
	EXPECT_EQ(0, msgport_cancel(self->pair.send, id));
	EXPECT_EQ(1, stat_of(self->pair.receive).answered);
	EXPECT_EQ(0, stat_of(self->pair.receive).given_up);
	EXPECT_EQ(ESRCH, error_of(msgport_cancel(self->pair.send, id)));
}

TEST_F(cancel, cancel_twice_or_of_an_unknown_id_fails_with_esrch)
{
	uint64_t id = parked_call(self->pair.send);

	EXPECT_EQ(ESRCH, error_of(msgport_cancel(self->pair.send, 0)));
	EXPECT_EQ(ESRCH, error_of(msgport_cancel(self->pair.send, id - 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_cancel(self->pair.send, id + 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_cancel(self->pair.send, UINT64_MAX)));
	EXPECT_EQ(0, msgport_cancel(self->pair.send, id));
	EXPECT_EQ(ESRCH, error_of(msgport_cancel(self->pair.send, id)));
}

struct cancelling {
	int right;
	uint64_t id;
};

static void *cancel_in_thread(void *argument)
{
	struct cancelling *what = argument;

	return (void *)(intptr_t)error_of(msgport_cancel(what->right, what->id));
}

TEST_F(cancel, cancel_by_another_thread_process_or_right_fails_with_esrch)
{
	uint64_t id = parked_call(self->pair.send);
	struct cancelling what = { self->pair.send, id };
	int other = mint_plain(self->pair.receive);
	pthread_t thread;
	pid_t child;
	void *error;

	ASSERT_EQ(0, pthread_create(&thread, NULL, cancel_in_thread, &what));
	ASSERT_EQ(0, pthread_join(thread, &error));
	EXPECT_EQ(ESRCH, (intptr_t)error);
	child = start_child();
	if (!child)
		_exit(error_of(msgport_cancel(self->pair.send, id)));
	EXPECT_EQ(ESRCH, child_status(child));
	EXPECT_EQ(ESRCH, error_of(msgport_cancel(other, id)));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	EXPECT_EQ(0, msgport_cancel(self->pair.send, id));
	close(other);
}

TEST_F(cancel, cancelled_synchronous_send_is_withdrawn)
{
	struct msgport_send send = { .flags = MSGPORT_SYNC, .deadline = MSGPORT_FOREVER };

	alarm_every(2000, 0);
	ASSERT_EQ(EINTR, error_of(raw_send(self->pair.send, &send)));
	alarm_every(0, 0);
	EXPECT_EQ(0, msgport_cancel(self->pair.send, send.id));
	EXPECT_EQ(1, stat_of(self->pair.receive).withdrawn);
	EXPECT_EQ(0, stat_of(self->pair.receive).queued);
}

/* What holds the place: a cancelled call gives back all that it took. */
TEST_F(cancel, cancelled_call_gives_its_place_to_a_sender_that_waits)
{
	struct pair narrow;
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	uint64_t id;
	pid_t sender;

	options.flags = variant->flags;
	options.max_msgs = 1;
	narrow = new_pair(&options);
	id = parked_call(narrow.send);
	sender = start_sender(narrow.send, 5, 0);
	ASSERT_TRUE(wait_for_senders(narrow.receive, 1));
	ASSERT_EQ(0, msgport_cancel(narrow.send, id));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(5, receive_number(narrow.receive, MSGPORT_NONBLOCK));
	close_pair(&narrow);
}

TEST_F(cancel, released_question_of_a_cancelled_call_is_withdrawn)
{
	uint64_t id = parked_call(self->pair.send), token;

	ASSERT_EQ(QUESTION, take_number(self->pair.receive, &token));
	ASSERT_EQ(0, msgport_cancel(self->pair.send, id));
	if (!variant->flags) {
		EXPECT_EQ(EOPNOTSUPP, error_of(msgport_release(self->pair.receive, token)));
		return;
	}
	EXPECT_EQ(0, msgport_release(self->pair.receive, token));
	EXPECT_EQ(0, stat_of(self->pair.receive).queued);
	EXPECT_EQ(1, stat_of(self->pair.receive).withdrawn);
}

TEST_HARNESS_MAIN
