// SPDX-License-Identifier: GPL-2.0
/* release, and the deaths that release: an outstanding message goes back. */

#include <fcntl.h>

#include "kselftest_harness.h"
#include "taken.h"

FIXTURE(release)
{
	struct pair pair;
};

FIXTURE_SETUP(release)
{
	self->pair = new_ack_pair(512);
}

FIXTURE_TEARDOWN(release)
{
	close_pair(&self->pair);
}

TEST_F(release, released_message_comes_again_at_its_place_with_another_token)
{
	uint64_t first, second, again;
	struct msgport_message m;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 3, 0));
	ASSERT_EQ(1, take_number(self->pair.receive, &first));
	ASSERT_EQ(2, take_number(self->pair.receive, &second));
	ASSERT_EQ(0, msgport_release(self->pair.receive, first));
	EXPECT_EQ(1, take(self->pair.receive, &m));
	EXPECT_EQ(1, m.stamp.deliveries);
	EXPECT_NE(first, m.token);
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->pair.receive, first)));
	EXPECT_EQ(3, take_number(self->pair.receive, &again));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, m.token));
	EXPECT_EQ(1, stat_of(self->pair.receive).redelivered);
}

/* Far from the front, so that the place is searched for in several batches. */
TEST_F(release, messages_released_in_any_order_come_again_in_theirs)
{
	uint64_t tokens[400];
	unsigned int i;

	for (i = 0; i < 400; i++) {
		ASSERT_EQ(0, send_number(self->pair.send, i, 0));
	}
	for (i = 0; i < 400; i++) {
		ASSERT_EQ(i, take_number(self->pair.receive, &tokens[i]));
	}
	/* 7 and 400 have no common factor: each once, all over the queue */
	for (i = 0; i < 400; i++) {
		ASSERT_EQ(0, msgport_release(self->pair.receive, tokens[i * 7 % 400]));
	}
	for (i = 0; i < 400; i++) {
		ASSERT_EQ(i, take_number(self->pair.receive, &tokens[i]));
	}
}

TEST_F(release, message_handed_out_max_deliveries_times_is_discarded_as_exhausted)
{
	uint64_t token;
	unsigned int i;

	ASSERT_EQ(0, send_number(self->pair.send, 5, 0));
	for (i = 0; i < MSGPORT_DELIVERIES; i++) {
		ASSERT_EQ(5, take_number(self->pair.receive, &token));
		ASSERT_EQ(0, msgport_release(self->pair.receive, token));
	}
	EXPECT_EQ(-1, take_number(self->pair.receive, &token));
	EXPECT_EQ(1, stat_of(self->pair.receive).exhausted);
	EXPECT_EQ(1, stat_of(self->pair.receive).discarded);
}

TEST_F(release, exhausted_question_comes_back_to_its_return_address)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int home = new_port(NULL);
	struct msgport_message m;
	struct pair pair;
	uint64_t token;

	options.flags = MSGPORT_ACK;
	options.max_deliveries = 1;
	pair = new_pair(&options);
	ASSERT_EQ(0, ask(pair.send, 6, home, 3, 0));
	ASSERT_EQ(6, take_number(pair.receive, &token));
	ASSERT_EQ(0, msgport_release(pair.receive, token));
	EXPECT_EQ(6, take(home, &m));
	EXPECT_EQ(MSGPORT_KIND_RETURNED, m.stamp.kind);
	EXPECT_EQ(MSGPORT_REASON_EXHAUSTED, m.stamp.reason);
	EXPECT_EQ(3, m.cookie);
	EXPECT_EQ(1, stat_of(pair.receive).returned);
	close_pair(&pair);
	close(home);
}

TEST_F(release, message_of_a_closed_right_comes_again_through_another)
{
	int worker = msgport_reopen(self->pair.receive);
	struct msgport_message m;
	uint64_t token;

	ASSERT_EQ(0, send_number(self->pair.send, 8, 0));
	ASSERT_EQ(8, take_number(worker, &token));
	EXPECT_EQ(-1, take(self->pair.receive, &m));
	ASSERT_EQ(0, close(worker));
	EXPECT_EQ(8, take(self->pair.receive, &m));
	EXPECT_EQ(1, m.stamp.deliveries);
}

/*
 *	parent: right ---- fork ---- worker: same right
 *	                             takes 1 and 2, is killed
 *	takes 1 and 2 again
 */
TEST_F(release, messages_of_a_killed_worker_that_shared_the_right_come_again)
{
	struct msgport_message m;
	pid_t worker;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	worker = start_child();
	if (!worker) {
		take(self->pair.receive, &m);
		take(self->pair.receive, &m);
		pause();
		_exit(0);
	}
	while (stat_of(self->pair.receive).outstanding != 2)
		pause_ms(1);
	ASSERT_EQ(0, kill(worker, SIGKILL));
	ASSERT_EQ(worker, waitpid(worker, NULL, 0));
	EXPECT_EQ(1, take(self->pair.receive, &m));
	EXPECT_EQ(1, m.stamp.deliveries);
	EXPECT_EQ(2, take(self->pair.receive, &m));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, m.token));
}

/* It still has another descriptor; then it has none, and lives on. */
TEST_F(release, messages_come_again_when_a_worker_closes_its_last_descriptor)
{
	int copy = dup(self->pair.receive), told[2];
	struct msgport_message m;
	char byte;
	pid_t worker;

	ASSERT_EQ(0, pipe(told));
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	worker = start_child();
	if (!worker) {
		take(self->pair.receive, &m);
		close(copy);
		if (stat_of(self->pair.receive).outstanding != 1)
			_exit(1);
		close(self->pair.receive);
		(void)!write(told[1], "x", 1);
		pause();
		_exit(0);
	}
	ASSERT_EQ(1, read(told[0], &byte, 1));
	EXPECT_EQ(1, take(self->pair.receive, &m));
	kill(worker, SIGKILL);
	waitpid(worker, NULL, 0);
	close(told[0]);
	close(told[1]);
	close(copy);
}

/*
 * A child that takes the next message and becomes a program that sleeps.  Returns
 * when it is that program; by default descriptors end there, as always.
 */
static pid_t start_program_with_message(int receive, bool inherits)
{
	uint64_t token;
	int told[2];
	char byte;
	pid_t child;

	if (pipe2(told, O_CLOEXEC))
		give_up("pipe2");
	child = start_child();
	if (!child) {
		if (take_number(receive, &token) == -1 ||
		    fcntl(receive, F_SETFD, inherits ? 0 : FD_CLOEXEC))
			_exit(1);
		execlp("sleep", "sleep", "1000", NULL);
		_exit(2);
	}
	close(told[1]);
	/* its end is closed by the exec, after all that has a smaller number */
	if (read(told[0], &byte, 1))
		give_up("exec");
	close(told[0]);
	return child;
}

TEST_F(release, message_comes_again_when_its_taker_executes_a_program_without_the_right)
{
	uint64_t token;
	pid_t program;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	program = start_program_with_message(self->pair.receive, false);
	EXPECT_EQ(1, take_number(self->pair.receive, &token));
	EXPECT_TRUE(child_runs(program));
	end_child(program);
}

TEST_F(release, message_stays_with_a_program_that_inherits_the_right_until_it_ends)
{
	uint64_t token;
	pid_t program;

	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	program = start_program_with_message(self->pair.receive, true);
	EXPECT_TRUE(child_runs(program));
	EXPECT_EQ(1, stat_of(self->pair.receive).outstanding);
	EXPECT_EQ(-1, take_number(self->pair.receive, &token));
	end_child(program);
	EXPECT_EQ(1, take_number(self->pair.receive, &token));
}

TEST_F(release, message_that_goes_back_is_offered_to_a_receiver_that_waits)
{
	uint64_t token;
	pid_t child;

	ASSERT_EQ(0, send_number(self->pair.send, 4, 0));
	ASSERT_EQ(4, take_number(self->pair.receive, &token));
	child = start_child();
	if (!child)
		_exit(choose_number(self->pair.receive, NULL, 0, MSGPORT_FOREVER, NULL) != 4);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	ASSERT_EQ(0, msgport_release(self->pair.receive, token));
	EXPECT_EQ(0, child_status(child));
}

/* It was sent; only who waited for its end is gone. */
TEST_F(release, message_whose_synchronous_sender_gave_up_comes_again)
{
	struct msgport_message m;
	uint64_t token, number = 6;
	pid_t child = start_child();

	if (!child)
		_exit(error_of(msgport_send_sync(self->pair.send, &number,
						 sizeof(number), in_ms(200))));
	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_EQ(6, take_number(self->pair.receive, &token));
	EXPECT_EQ(ETIMEDOUT, child_status(child));
	ASSERT_EQ(0, msgport_release(self->pair.receive, token));
	EXPECT_EQ(6, take(self->pair.receive, &m));
	EXPECT_EQ(0, msgport_ack(self->pair.receive, m.token));
}

TEST_HARNESS_MAIN
