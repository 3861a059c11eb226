// SPDX-License-Identifier: GPL-2.0
/*
 * What was taken through a set: settled on the set or on the member, answered,
 * and given back when its process lets go.
 */
#include <pthread.h>

#include "kselftest_harness.h"
#include "sets.h"

FIXTURE(set_settle)
{
	struct set set;			/* of acknowledging ports */
	struct set plain;		/* of ordinary ones */
	int fd;
};

FIXTURE_SETUP(set_settle)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_ACK;
	self->set = new_set(&options);
	self->plain = new_set(NULL);
	self->fd = self->set.fd;
}

FIXTURE_TEARDOWN(set_settle)
{
	close_set(&self->set);
	close_set(&self->plain);
}

/* ---- ack and release ---- */

TEST_F(set_settle, ack_on_the_set_settles_what_was_taken_through_any_member)
{
	struct taken taken[SET_PORTS];
	int i;

	for (i = 0; i < SET_PORTS; i++) {
		ASSERT_EQ(0, send_number(self->set.port[i].send, i, 0));
		taken[i] = take(self->fd);
		ASSERT_NE(0, taken[i].token);
		EXPECT_EQ(1, stat_of(self->set.port[i].send).outstanding);
	}
	for (i = SET_PORTS - 1; i >= 0; i--) {
		EXPECT_EQ(0, msgport_ack(self->fd, taken[i].token));
		EXPECT_EQ(0, stat_of(self->set.port[i].send).outstanding);
		EXPECT_EQ(1, stat_of(self->set.port[i].send).received);
		EXPECT_EQ(ESRCH, error_of(msgport_ack(self->fd, taken[i].token)));
	}
}

TEST_F(set_settle, release_on_the_set_gives_the_message_back)
{
	struct taken taken;

	ASSERT_EQ(0, send_number(self->set.port[1].send, 5, 0));
	taken = take(self->fd);
	EXPECT_EQ(-1, take(self->fd).number);
	EXPECT_EQ(0, msgport_release(self->fd, taken.token));
	EXPECT_EQ(5, take(self->fd).number);
	EXPECT_EQ(1, stat_of(self->set.port[1].send).redelivered);
}

TEST_F(set_settle, ack_on_the_member_settles_what_was_taken_through_the_set)
{
	ASSERT_EQ(0, send_number(self->set.port[1].send, 5, 0));
	EXPECT_EQ(0, msgport_ack(self->set.port[1].receive, take(self->fd).token));
}

TEST_F(set_settle, token_of_another_right_member_or_set_fails_with_esrch)
{
	struct taken taken, direct;
	int other = msgport_set_create(MSGPORT_DEFAULT);

	ASSERT_EQ(0, msgport_set_add(other, self->set.port[0].receive, 1));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 2, 0));
	direct = take(self->set.port[0].receive);
	taken = take(self->fd);
	ASSERT_EQ(2, taken.number);
	/* not through the set; through another, with the same place in it */
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->fd, direct.token)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(other, taken.token)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->plain.fd, taken.token)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->set.port[1].receive, taken.token)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->fd, taken.token + 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->fd, taken.token - 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->fd, 0)));
	EXPECT_EQ(ESRCH, error_of(msgport_release(self->fd, ~0ULL)));
	EXPECT_EQ(0, msgport_ack(self->fd, taken.token));
	EXPECT_EQ(0, msgport_ack(self->set.port[0].receive, direct.token));
	close(other);
}

/* ---- answers ---- */

struct asker {
	int right;
	int64_t answer;
};

static void *ask(void *argument)
{
	struct asker *asker = argument;
	int64_t question = asker->answer;

	if (msgport_call(asker->right, &question, sizeof(question), &asker->answer,
			 sizeof(asker->answer), in_ms(PATIENCE_MS)) < 0)
		asker->answer = -errno;
	return NULL;
}

TEST_F(set_settle, reply_on_the_set_answers_a_call_to_any_member)
{
	int i;

	for (i = 0; i < SET_PORTS; i++) {
		struct asker asker = { self->plain.port[i].send, 10 * i };
		int64_t answer = 10 * i + 1;
		struct taken taken;
		pthread_t thread;

		ASSERT_EQ(0, pthread_create(&thread, NULL, ask, &asker));
		taken = take_until(self->plain.fd, NULL, 0, in_ms(PATIENCE_MS));
		EXPECT_EQ(10 * i, taken.number);
		EXPECT_EQ(COOKIE(i), taken.cookie);
		EXPECT_EQ(0, msgport_reply(self->plain.fd, taken.token, &answer, 8));
		EXPECT_EQ(ESRCH, error_of(msgport_reply(self->plain.fd, taken.token,
							&answer, 8)));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_EQ(answer, asker.answer);
	}
}

/* Two services, one loop, one system call a question. */
TEST_F(set_settle, reply_receive_on_the_set_serves_every_member)
{
	struct asker askers[SET_PORTS];
	pthread_t threads[SET_PORTS];
	int64_t answer = 0, question;
	uint64_t token = 0;
	int i;

	for (i = 0; i < SET_PORTS; i++) {
		askers[i] = (struct asker){ self->plain.port[i].send, 10 * i };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, ask, &askers[i]));
	}
	for (i = 0; i < SET_PORTS; i++) {
		ASSERT_EQ(8, msgport_reply_receive(self->plain.fd, &token, &answer, 8,
						   &question, 8));
		EXPECT_EQ(0, errno);
		answer = question + 1;
	}
	EXPECT_EQ(0, msgport_reply(self->plain.fd, token, &answer, 8));
	for (i = 0; i < SET_PORTS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(10 * i + 1, askers[i].answer);
	}
}

TEST_F(set_settle, reply_receive_with_a_bad_token_receives_all_the_same)
{
	uint64_t token = 12345;
	int64_t number = 0;

	ASSERT_EQ(0, send_number(self->plain.port[1].send, 5, 0));
	EXPECT_EQ(8, msgport_reply_receive(self->plain.fd, &token, "", 1, &number, 8));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(5, number);
}

/* An answer has the cookie of its question: that says where it belongs. */
TEST_F(set_settle, answer_that_comes_through_a_set_has_its_own_cookie)
{
	struct msgport_due due = {
		.receive_right = self->plain.port[2].receive, .cookie = 4711, .size = 8,
	};
	struct msgport_message question = { .due = &due };
	struct taken taken;

	ASSERT_EQ(0, msgport_send_message(self->plain.port[0].send, &question, 0,
					  MSGPORT_FOREVER));
	ASSERT_EQ(0, msgport_receive_message(self->plain.fd, &question, NULL,
					     MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(COOKIE(0), question.cookie);
	ASSERT_EQ(0, msgport_reply(self->plain.fd, question.token, &(int64_t){ 9 }, 8));
	taken = take(self->plain.fd);
	EXPECT_EQ(9, taken.number);
	EXPECT_EQ(MSGPORT_KIND_REPLY, taken.kind);
	EXPECT_EQ(4711, taken.cookie);
}

TEST_F(set_settle, member_closed_while_a_call_is_served_fails_the_call_with_esrch)
{
	struct asker asker = { self->plain.port[0].send, 1 };
	struct taken taken;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, ask, &asker));
	taken = take_until(self->plain.fd, NULL, 0, in_ms(PATIENCE_MS));
	close(self->plain.port[0].receive);
	self->plain.port[0].receive = -1;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-ESRCH, asker.answer);
	EXPECT_EQ(ESRCH, error_of(msgport_reply(self->plain.fd, taken.token, "", 0)));
}

/* ---- who lets go ---- */

struct worker {
	pid_t pid;
	int go;				/* closed: it may end */
};

/* A process that has but the set, and has taken one number. */
static struct worker start_worker(int set, int64_t expected)
{
	struct worker worker;
	int told[2], go[2];
	char byte = 0;

	if (pipe(told) || pipe(go))
		give_up("pipe");
	worker.pid = start_child();
	if (!worker.pid) {
		if (dup2(set, 3) != 3 || dup2(told[1], 4) != 4 || dup2(go[0], 5) != 5)
			give_up("dup2");
		close_range(6, ~0U, 0);
		byte = take_until(3, NULL, 0, in_ms(PATIENCE_MS)).number;
		if (write(4, &byte, 1) != 1)
			_exit(1);
		_exit(read(5, &byte, 1) < 0);
	}
	close(told[1]);
	close(go[0]);
	if (read(told[0], &byte, 1) != 1 || byte != expected)
		give_up("worker");
	close(told[0]);
	worker.go = go[1];
	return worker;
}

/*
 *	worker			test
 *	takes by the set, which is
 *	all it has
 *	is killed
 *				has it again, with another token
 */
TEST_F(set_settle, what_a_killed_worker_took_through_the_set_comes_back)
{
	struct worker worker;
	struct taken taken;

	ASSERT_EQ(0, send_number(self->set.port[1].send, 5, 0));
	worker = start_worker(self->fd, 5);
	EXPECT_EQ(1, stat_of(self->set.port[1].send).outstanding);
	end_child(worker.pid);
	taken = take_until(self->fd, NULL, 0, in_ms(PATIENCE_MS));
	EXPECT_EQ(5, taken.number);
	EXPECT_EQ(0, msgport_ack(self->fd, taken.token));
	close(worker.go);
}

TEST_F(set_settle, call_taken_through_the_set_by_a_worker_that_ends_fails_with_esrch)
{
	struct asker asker = { self->plain.port[0].send, 1 };
	struct worker worker;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, ask, &asker));
	worker = start_worker(self->plain.fd, 1);
	close(worker.go);
	EXPECT_EQ(0, child_status(worker.pid));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-ESRCH, asker.answer);
}

TEST_F(set_settle, what_was_taken_comes_back_when_the_process_closes_the_set)
{
	int copy = dup(self->fd);

	ASSERT_EQ(0, send_number(self->set.port[1].send, 5, 0));
	ASSERT_EQ(5, take(self->fd).number);
	close(copy);
	EXPECT_EQ(1, stat_of(self->set.port[1].send).outstanding);
	close(self->fd);
	self->set.fd = -1;
	EXPECT_EQ(0, stat_of(self->set.port[1].send).outstanding);
	EXPECT_EQ(5, receive_number(self->set.port[1].receive, MSGPORT_NONBLOCK));
}

TEST_F(set_settle, what_one_process_took_stays_when_another_closes_the_set)
{
	pid_t other;

	ASSERT_EQ(0, send_number(self->set.port[1].send, 5, 0));
	ASSERT_EQ(5, take(self->fd).number);
	other = start_child();
	if (!other)
		_exit(close(self->fd));
	EXPECT_EQ(0, child_status(other));
	EXPECT_EQ(1, stat_of(self->set.port[1].send).outstanding);
}

/* What came by the port itself is not the set's, and the other way round. */
TEST_F(set_settle, closing_the_set_leaves_what_was_taken_from_the_port_itself)
{
	struct pair *port = &self->set.port[1];
	struct taken direct;

	ASSERT_EQ(0, send_number(port->send, 5, 0));
	ASSERT_EQ(0, send_number(port->send, 6, 0));
	direct = take(port->receive);
	ASSERT_EQ(6, take(self->fd).number);
	close(self->fd);
	self->set.fd = -1;
	EXPECT_EQ(1, stat_of(port->send).outstanding);
	EXPECT_EQ(0, msgport_ack(port->receive, direct.token));
	EXPECT_EQ(1, stat_of(port->send).queued);
}

TEST_F(set_settle, last_close_of_the_member_gives_back_what_was_taken_through_the_set)
{
	struct pair *port = &self->set.port[1];
	int second = msgport_reopen(port->receive);
	struct taken taken;

	ASSERT_EQ(0, send_number(port->send, 5, 0));
	taken = take(self->fd);
	close(port->receive);
	port->receive = second;
	EXPECT_EQ(0, stat_of(port->send).outstanding);
	EXPECT_EQ(ESRCH, error_of(msgport_ack(self->fd, taken.token)));
	EXPECT_EQ(5, receive_number(second, MSGPORT_NONBLOCK));
}

/*
 *	thread				test
 *	waits on the set
 *					has a message, closes the set:
 *					it goes back, to who waits
 *	may have it: then it goes
 *	back once more
 */
static void *wait_on(void *argument)
{
	/* as a message, with a token: to be outstanding */
	take_until(*(int *)argument, NULL, 0, MSGPORT_FOREVER);
	return NULL;
}

TEST_F(set_settle, set_closed_with_a_thread_waiting_on_it_leaves_nothing_outstanding)
{
	struct pair *port = &self->set.port[1];
	pthread_t thread;
	int fd = self->fd;

	ASSERT_EQ(0, send_number(port->send, 5, 0));
	ASSERT_EQ(5, take(self->fd).number);
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_on, &fd));
	ASSERT_TRUE(wait_for_receivers(self->fd, 1));
	close(self->fd);
	self->set.fd = -1;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, stat_of(port->send).outstanding);
	EXPECT_EQ(1, stat_of(port->send).queued);
	EXPECT_EQ(5, receive_number(port->receive, MSGPORT_NONBLOCK));
}

/* The same with the port itself. */
TEST_F(set_settle, right_closed_with_a_thread_waiting_on_it_leaves_nothing_outstanding)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair port;
	pthread_t thread;
	int other, fd;

	options.flags = MSGPORT_ACK;
	port = new_pair(&options);
	other = msgport_reopen(port.receive);
	fd = port.receive;
	ASSERT_EQ(0, send_number(port.send, 5, 0));
	ASSERT_EQ(5, take(port.receive).number);
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_on, &fd));
	ASSERT_TRUE(wait_for_receivers(other, 1));
	close(port.receive);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, stat_of(port.send).outstanding);
	EXPECT_EQ(5, receive_number(other, MSGPORT_NONBLOCK));
	close(port.send);
	close(other);
}

TEST_HARNESS_MAIN
