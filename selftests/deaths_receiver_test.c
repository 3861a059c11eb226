// SPDX-License-Identifier: GPL-2.0
/* The table of deaths: receive rights, and processes that took messages. */

#include <poll.h>

#include "deaths.h"
#include "kselftest_harness.h"

FIXTURE(receiver_dies)
{
	struct cast cast;
};

FIXTURE_VARIANT(receiver_dies)
{
	unsigned int flags;
	bool apart;
	enum way way;
};

ROWS_OF(receiver_dies)

FIXTURE_SETUP(receiver_dies)
{
	assemble(&self->cast, variant->flags, 1, variant->apart, variant->way);
}

FIXTURE_TEARDOWN(receiver_dies)
{
	disband(&self->cast);
}

static bool hung_up(int right)
{
	struct pollfd poll_fd = { .fd = right, .events = 0 };

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLHUP;
}

/* ---- the last receive right ---- */

TEST_F(receiver_dies, queued_message_of_a_dead_port_returns_or_is_discarded)
{
	struct cast *cast = &self->cast;
	struct msgport_stat stat;

	ASSERT_TRUE(ask_and_wait(cast));
	close(cast->pair.receive);
	EXPECT_EQ(variant->way == CALL ? EPIPE : 0, end_of_asker(&cast->asker));
	stat = stat_of(cast->pair.send);
	EXPECT_EQ(1, stat.dead);
	EXPECT_EQ(variant->way == RETURN_ADDRESS, stat.returned);
	EXPECT_EQ(variant->way != RETURN_ADDRESS, stat.died_with_port);
	EXPECT_EQ(variant->way == CALL, stat.gone);
	if (variant->way == RETURN_ADDRESS) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	}
	EXPECT_TRUE(all_has_ended(cast->pair.send));
	EXPECT_TRUE(hung_up(cast->pair.send));
}

/* On an ordinary port it was received, and its receiver has gone. */
TEST_F(receiver_dies, taken_message_of_a_dead_port_tells_its_asker)
{
	struct cast *cast = &self->cast;
	bool received = !variant->flags;
	struct msgport_stat stat;
	uint64_t token;

	ASSERT_TRUE(ask_and_wait(cast));
	ASSERT_EQ(QUESTION, take_number(cast->pair.receive, &token));
	close(cast->pair.receive);
	EXPECT_EQ(variant->way == CALL ? ESRCH : 0, end_of_asker(&cast->asker));
	stat = stat_of(cast->pair.send);
	EXPECT_EQ(received, stat.received);
	EXPECT_EQ(!received && variant->way == RETURN_ADDRESS, stat.returned);
	EXPECT_EQ(!received && variant->way != RETURN_ADDRESS, stat.died_with_port);
	EXPECT_EQ(variant->way == CALL, stat.gone);
	if (variant->way == RETURN_ADDRESS && received) {
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_GONE, 0));
	}
	if (variant->way == RETURN_ADDRESS && !received) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	}
	EXPECT_TRUE(all_has_ended(cast->pair.send));
}

TEST_F(receiver_dies, sender_that_waits_at_a_port_that_dies_gets_epipe)
{
	struct cast *cast = &self->cast;
	struct msgport_stat stat;

	ASSERT_EQ(1, fill(cast->pair.send));
	start_asker(cast);
	ASSERT_TRUE(wait_for_senders(cast->pair.receive, 1));
	close(cast->pair.receive);
	EXPECT_EQ(EPIPE, end_of_asker(&cast->asker));
	stat = stat_of(cast->pair.send);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.died_with_port);
	EXPECT_EQ(0, stat.asked);
	EXPECT_TRUE(nothing_came(cast->home));
	EXPECT_EQ(0, stat_of(cast->home).answers);
}

TEST_F(receiver_dies, watcher_of_a_port_that_dies_is_told_behind_its_answers)
{
	struct cast *cast = &self->cast;
	int events = new_port(NULL);

	ASSERT_EQ(0, msgport_watch(cast->pair.send, MSGPORT_WATCH_DEATH, 0, events, COOKIE,
				   NULL));
	ASSERT_EQ(0, msgport_watch(cast->pair.send, MSGPORT_WATCH_DEATH, 0, cast->home,
				   COOKIE, NULL));
	ASSERT_TRUE(ask_and_wait(cast));
	close(cast->pair.receive);
	end_of_asker(&cast->asker);
	EXPECT_EQ(MSGPORT_KIND_EVENT, next_kind(events, COOKIE));
	if (variant->way == RETURN_ADDRESS) {
		EXPECT_EQ(MSGPORT_KIND_RETURNED, next_kind(cast->home, COOKIE));
	}
	EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_EVENT, 0));
	close(events);
}

/* ---- a receive right, others remain ---- */

/* What a taker leaves behind that ends without an answer. */
static void check_what_is_left(struct __test_metadata *_metadata, struct cast *cast)
{
	enum way way = cast->asker.question.way;

	if (cast->acknowledging) {
		EXPECT_TRUE(question_lives_on(cast, 1));
		EXPECT_EQ(1, stat_of(cast->pair.receive).redelivered);
	} else if (way == RETURN_ADDRESS) {
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_GONE, 0));
	}
	if (way != RETURN_ADDRESS) {
		EXPECT_TRUE(nothing_came(cast->home));
	}
}

TEST_F(receiver_dies, taken_message_of_a_closed_right_goes_back_or_tells_its_asker)
{
	struct cast *cast = &self->cast;
	bool lost = variant->way == CALL && !variant->flags;
	uint64_t token;
	int worker;

	ASSERT_TRUE(ask_and_wait(cast));
	/* after the child has begun, which would have a descriptor of it too */
	worker = msgport_reopen(cast->pair.receive);
	ASSERT_EQ(QUESTION, take_number(worker, &token));
	close(worker);
	check_what_is_left(_metadata, cast);
	EXPECT_EQ(lost ? ESRCH : 0, end_of_asker(&cast->asker));
	EXPECT_EQ(1, stat_of(cast->pair.receive).received);
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

/* ---- a process that took it, and others have the right ---- */

/* Takes the question, and does nothing with it until it is killed. */
static pid_t start_taker(struct cast *cast)
{
	pid_t child = start_child();
	uint64_t token;

	if (child)
		return child;
	if (take_number(cast->pair.receive, &token) != QUESTION)
		_exit(1);
	for (;;)
		pause();
}

/*
 *	one process:	a thread asks, the process takes, closes its last
 *			descriptor of the right and lives on
 *	two:		one asks, the other takes and is killed
 */
static int ask_take_and_close(struct cast *cast, int told)
{
	uint64_t token;

	start_asking_thread(&cast->asker);
	if (!wait_for_queued(cast->pair.send, 1) ||
	    take_number(cast->pair.receive, &token) != QUESTION)
		return WRONG_ANSWER;
	close(cast->pair.receive);
	if (write(told, "", 1) != 1)
		return WRONG_ANSWER;
	return end_of_asker(&cast->asker);
}

TEST_F(receiver_dies, message_of_a_process_that_ends_goes_back_or_tells_its_asker)
{
	struct cast *cast = &self->cast;
	bool lost = variant->way == CALL && !variant->flags;
	int told[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(told));
	if (variant->apart) {
		ASSERT_TRUE(ask_and_wait(cast));
		child = start_taker(cast);
		ASSERT_TRUE(wait_for_taken(cast));
		end_child(child);
	} else {
		cast->asker.pid = start_child();
		if (!cast->asker.pid)
			_exit(ask_take_and_close(cast, told[1]));
		ASSERT_EQ(1, read(told[0], &byte, 1));
	}
	check_what_is_left(_metadata, cast);
	EXPECT_EQ(lost ? ESRCH : 0, end_of_asker(&cast->asker));
	EXPECT_EQ(1, stat_of(cast->pair.receive).received);
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
	close(told[0]);
	close(told[1]);
}

TEST_HARNESS_MAIN
