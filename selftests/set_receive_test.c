// SPDX-License-Identifier: GPL-2.0
/* receive on a set: in turn, chosen, waiting, failing; and a set that is polled. */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "sets.h"

FIXTURE(set_receive)
{
	struct set set;
	int fd;
};

FIXTURE_SETUP(set_receive)
{
	self->set = new_set(NULL);
	self->fd = self->set.fd;
}

FIXTURE_TEARDOWN(set_receive)
{
	close_set(&self->set);
}

/* ---- in turn ---- */

TEST_F(set_receive, members_that_are_ready_are_taken_from_in_turn)
{
	int i, round;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < SET_PORTS; i++) {
			ASSERT_EQ(0, send_number(self->set.port[i].send, round, 0));
		}
	}
	for (round = 0; round < 4; round++) {
		for (i = 0; i < SET_PORTS; i++) {
			struct taken taken = take(self->fd);

			EXPECT_EQ(round, taken.number);
			EXPECT_EQ(COOKIE(i), taken.cookie);
		}
	}
}

/* One member that always has something keeps no other from being heard. */
TEST_F(set_receive, flood_of_one_member_does_not_keep_another_waiting)
{
	int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, send_number(self->set.port[0].send, i, 0));
	}
	take(self->fd);
	ASSERT_EQ(0, send_number(self->set.port[2].send, 7, 0));
	EXPECT_EQ(COOKIE(2), take(self->fd).cookie);
	EXPECT_EQ(COOKIE(0), take(self->fd).cookie);
}

TEST_F(set_receive, priority_orders_the_messages_of_a_member_only)
{
	ASSERT_EQ(0, send_urgent(self->set.port[0].send, 1, 0));
	ASSERT_EQ(0, send_urgent(self->set.port[0].send, 2, 5));
	ASSERT_EQ(0, send_urgent(self->set.port[1].send, 3, 31));
	EXPECT_EQ(2, take(self->fd).number);
	EXPECT_EQ(3, take(self->fd).number);
	EXPECT_EQ(1, take(self->fd).number);
}

/* ---- waiting ---- */

TEST_F(set_receive, receiver_that_waits_is_handed_what_comes_to_any_member)
{
	int i;

	for (i = 0; i < SET_PORTS; i++) {
		pid_t receiver = start_set_receiver(self->fd, 10 + i);

		ASSERT_TRUE(wait_for_receivers(self->fd, 1));
		ASSERT_EQ(0, send_number(self->set.port[i].send, 10 + i, 0));
		EXPECT_EQ(0, child_status(receiver));
	}
	EXPECT_EQ(0, stat_of(self->fd).waiting_receivers);
}

TEST_F(set_receive, receive_on_a_set_gives_up_at_its_deadline)
{
	uint64_t deadline = in_ms(60);

	EXPECT_EQ(ETIMEDOUT, error_of(take_until(self->fd, NULL, 0, deadline).number));
	EXPECT_LE(deadline, now_ns());
	EXPECT_EQ(0, stat_of(self->fd).waiting_receivers);
}

static void nothing(int signal)
{
	(void)signal;
}

/* A child whose receive a signal interrupts; restarts it or not. */
static pid_t start_interrupted(int set, int flags)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };
	pid_t pid = start_child();
	struct taken taken;

	if (pid)
		return pid;
	sigaction(SIGUSR1, &action, NULL);
	taken = take_until(set, NULL, 0, MSGPORT_FOREVER);
	_exit(taken.number == -1 ? errno : taken.number);
}

TEST_F(set_receive, receive_on_a_set_interrupted_fails_with_eintr_and_takes_nothing)
{
	pid_t receiver = start_interrupted(self->fd, 0);

	ASSERT_TRUE(wait_for_receivers(self->fd, 1));
	kill(receiver, SIGUSR1);
	EXPECT_EQ(EINTR, child_status(receiver));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(1, take(self->fd).number);
}

TEST_F(set_receive, receive_on_a_set_interrupted_goes_on_with_sa_restart)
{
	pid_t receiver = start_interrupted(self->fd, SA_RESTART);

	ASSERT_TRUE(wait_for_receivers(self->fd, 1));
	kill(receiver, SIGUSR1);
	ASSERT_EQ(0, send_number(self->set.port[0].send, 9, 0));
	EXPECT_EQ(9, child_status(receiver));
}

/* Who waits on the port itself comes first; nobody is woken for nothing. */
TEST_F(set_receive, receiver_of_the_port_itself_shares_with_the_set)
{
	pid_t direct = start_receiver(self->set.port[0].receive, 1);
	pid_t waiting;

	ASSERT_TRUE(wait_for_receivers(self->set.port[0].receive, 1));
	waiting = start_set_receiver(self->fd, 2);
	ASSERT_TRUE(wait_for_receivers(self->fd, 2));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(0, child_status(direct));
	EXPECT_TRUE(child_runs(waiting));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 2, 0));
	EXPECT_EQ(0, child_status(waiting));
}

/* ---- failing ---- */

TEST_F(set_receive, buffer_too_small_leaves_the_message_and_the_turn)
{
	struct msgport_message message = { .data = NULL, .size = 0 };
	struct taken taken;

	ASSERT_EQ(0, send_number(self->set.port[1].send, 1, 0));
	ASSERT_EQ(0, send_number(self->set.port[2].send, 2, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->fd, &message, NULL,
							     MSGPORT_NONBLOCK, 0)));
	EXPECT_EQ(8, message.size);
	message.size = 0;
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->fd, &message, NULL,
							     MSGPORT_NONBLOCK, 0)));
	taken = take(self->fd);
	EXPECT_EQ(1, taken.number);
	EXPECT_EQ(COOKIE(1), taken.cookie);
	EXPECT_EQ(2, take(self->fd).number);
}

TEST_F(set_receive, fault_leaves_the_message_and_the_turn)
{
	ASSERT_EQ(0, send_number(self->set.port[1].send, 1, 0));
	ASSERT_EQ(0, send_number(self->set.port[2].send, 2, 0));
	EXPECT_EQ(EFAULT, error_of(msgport_receive(self->fd, bytes_before_hole(0), 8, 0)));
	EXPECT_EQ(1, take(self->fd).number);
	EXPECT_TRUE(port_balanced(self->set.port[1].receive));
}

/*
 *	small receiver		large receiver		test
 *	waits			waits
 *							sends 8 bytes
 *	EMSGSIZE
 *				has them
 */
TEST_F(set_receive, receiver_with_too_small_a_buffer_leaves_it_to_the_next)
{
	pid_t small = start_child(), large;

	if (!small)
		_exit(error_of(msgport_receive(self->fd, NULL, 0, 0)));
	ASSERT_TRUE(wait_for_receivers(self->fd, 1));
	large = start_set_receiver(self->fd, 1);
	ASSERT_TRUE(wait_for_receivers(self->fd, 2));
	ASSERT_EQ(0, send_number(self->set.port[1].send, 1, 0));
	EXPECT_EQ(0, child_status(large));
	ASSERT_EQ(0, send_number(self->set.port[2].send, 2, 0));
	EXPECT_EQ(EMSGSIZE, child_status(small));
	EXPECT_EQ(2, take(self->fd).number);
}

/* ---- chosen ---- */

TEST_F(set_receive, choice_by_source_is_found_behind_members_that_have_others)
{
	struct msgport_filter filter = {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(self->set.port[2].send).source,
	};
	struct taken taken;

	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	ASSERT_EQ(0, send_number(self->set.port[1].send, 2, 0));
	EXPECT_EQ(EAGAIN, error_of(take_until(self->fd, &filter, MSGPORT_NONBLOCK,
					      0).number));
	ASSERT_EQ(0, send_number(self->set.port[2].send, 3, 0));
	taken = take_until(self->fd, &filter, MSGPORT_NONBLOCK, 0);
	EXPECT_EQ(3, taken.number);
	EXPECT_EQ(COOKIE(2), taken.cookie);
	EXPECT_EQ(1, take(self->fd).number);
	EXPECT_EQ(2, take(self->fd).number);
}

TEST_F(set_receive, choice_by_tag_and_by_priority_work_across_members)
{
	struct msgport_filter tag = { .by = MSGPORT_BY_TAG, .tag = 77 };
	struct msgport_filter urgent = { .by = MSGPORT_BY_PRIORITY, .priority = 9 };
	int i;

	for (i = 0; i < SET_PORTS; i++) {
		ASSERT_EQ(0, send_number(self->set.port[i].send, i, 0));
	}
	ASSERT_EQ(0, send_tagged(self->set.port[1].send, 40, 77));
	ASSERT_EQ(0, send_urgent(self->set.port[2].send, 50, 9));
	EXPECT_EQ(40, take_until(self->fd, &tag, MSGPORT_NONBLOCK, 0).number);
	EXPECT_EQ(50, take_until(self->fd, &urgent, MSGPORT_NONBLOCK, 0).number);
	EXPECT_EQ(-1, take_until(self->fd, &tag, MSGPORT_NONBLOCK, 0).number);
}

/*
 *	chooser				test
 *	waits for a tag while members
 *	have others
 *					sends others: it sleeps on
 *					sends the tag
 *	has it
 */
TEST_F(set_receive, chooser_waits_while_members_have_what_it_does_not_want)
{
	struct msgport_filter tag = { .by = MSGPORT_BY_TAG, .tag = 77 };
	pid_t chooser;
	int i;

	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	chooser = start_child();
	if (!chooser)
		_exit(take_until(self->fd, &tag, 0, MSGPORT_FOREVER).number != 40);
	ASSERT_TRUE(wait_for_receivers(self->fd, 1));
	for (i = 0; i < SET_PORTS; i++) {
		ASSERT_EQ(0, send_number(self->set.port[i].send, 2 + i, 0));
	}
	EXPECT_EQ(1, stat_of(self->fd).waiting_receivers);
	ASSERT_EQ(0, send_tagged(self->set.port[1].send, 40, 77));
	EXPECT_EQ(0, child_status(chooser));
	EXPECT_EQ(4, stat_of(self->fd).queued);
}

TEST_F(set_receive, peek_on_a_set_leaves_the_message_and_the_turn)
{
	int i;

	ASSERT_EQ(0, send_number(self->set.port[1].send, 1, 0));
	ASSERT_EQ(0, send_number(self->set.port[2].send, 2, 0));
	for (i = 0; i < 2; i++) {
		struct taken taken = take_until(self->fd, NULL,
						MSGPORT_PEEK | MSGPORT_NONBLOCK, 0);

		EXPECT_EQ(1, taken.number);
		EXPECT_EQ(COOKIE(1), taken.cookie);
	}
	EXPECT_EQ(1, take(self->fd).number);
	EXPECT_EQ(2, take(self->fd).number);
}

TEST_F(set_receive, peek_on_a_set_waits_for_what_comes)
{
	pid_t peeking = start_child();

	if (!peeking)
		_exit(take_until(self->fd, NULL, MSGPORT_PEEK, MSGPORT_FOREVER).number != 4);
	ASSERT_TRUE(wait_for_receivers(self->fd, 1));
	ASSERT_EQ(0, send_number(self->set.port[1].send, 4, 0));
	EXPECT_EQ(0, child_status(peeking));
	EXPECT_EQ(4, take(self->fd).number);
}

TEST_F(set_receive, choice_by_tag_with_a_member_over_4096_deep_fails_with_eopnotsupp)
{
	struct msgport_filter tag = { .by = MSGPORT_BY_TAG, .tag = 77 };
	struct pair deep = new_pair_for(MSGPORT_SCAN_MAX + 1);

	ASSERT_EQ(0, msgport_set_add(self->fd, deep.receive, 1));
	EXPECT_EQ(EOPNOTSUPP, error_of(take_until(self->fd, &tag, MSGPORT_NONBLOCK,
						  0).number));
	close_pair(&deep);
	EXPECT_EQ(EAGAIN, error_of(take_until(self->fd, &tag, MSGPORT_NONBLOCK, 0).number));
}

TEST_F(set_receive, chooser_65_on_one_set_fails_with_edquot)
{
	struct msgport_filter tag = { .by = MSGPORT_BY_TAG, .tag = 77 };
	pid_t choosers[MSGPORT_FILTERED_MAX];
	int i;

	for (i = 0; i < MSGPORT_FILTERED_MAX; i++) {
		choosers[i] = start_child();
		if (!choosers[i])
			_exit(take_until(self->fd, &tag, 0, MSGPORT_FOREVER).number != i);
	}
	ASSERT_TRUE(wait_for_receivers(self->fd, MSGPORT_FILTERED_MAX));
	EXPECT_EQ(EDQUOT, error_of(take_until(self->fd, &tag, 0, in_ms(5000)).number));
	end_child(choosers[0]);
	EXPECT_EQ(ETIMEDOUT, error_of(take_until(self->fd, &tag, 0, in_ms(50)).number));
	for (i = 1; i < MSGPORT_FILTERED_MAX; i++)
		end_child(choosers[i]);
}

/* ---- rendezvous ---- */

TEST_F(set_receive, send_to_a_rendezvous_meets_who_waits_on_the_set)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pollfd poll_send = { .events = POLLOUT };
	struct pair port;
	pid_t receiver;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_pair(&options);
	poll_send.fd = port.send;
	ASSERT_EQ(0, msgport_set_add(self->fd, port.receive, 1));
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 5, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, poll(&poll_send, 1, 0));
	receiver = start_set_receiver(self->fd, 5);
	EXPECT_EQ(1, poll(&poll_send, 1, PATIENCE_MS));
	EXPECT_EQ(0, send_number(port.send, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(receiver));
	close_pair(&port);
}

TEST_F(set_receive, offer_of_a_rendezvous_is_taken_through_the_set)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair port;
	pid_t sender;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_pair(&options);
	ASSERT_EQ(0, msgport_set_add(self->fd, port.receive, 1));
	sender = start_sender(port.send, 6, 0);
	EXPECT_EQ(6, take_until(self->fd, NULL, 0, in_ms(PATIENCE_MS)).number);
	EXPECT_EQ(0, child_status(sender));
	close_pair(&port);
}

/* ---- polling ---- */

static int readable(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, ms) == 1 ? pollfd.revents : 0;
}

TEST_F(set_receive, poll_tells_while_any_member_has_a_message)
{
	EXPECT_EQ(0, readable(self->fd, 0));
	ASSERT_EQ(0, send_number(self->set.port[1].send, 1, 0));
	EXPECT_EQ(POLLIN, readable(self->fd, 0));
	/* somebody else was faster */
	EXPECT_EQ(1, receive_number(self->set.port[1].receive, 0));
	EXPECT_EQ(0, readable(self->fd, 0));
	ASSERT_EQ(0, send_number(self->set.port[1].send, 2, 0));
	EXPECT_EQ(POLLIN, readable(self->fd, 0));
	EXPECT_EQ(2, take(self->fd).number);
	EXPECT_EQ(0, readable(self->fd, 0));
}

TEST_F(set_receive, poll_that_waits_is_told_of_what_comes)
{
	pid_t sender = start_child();

	if (!sender) {
		pause_ms(50);
		_exit(error_of(send_number(self->set.port[2].send, 1, 0)));
	}
	EXPECT_EQ(POLLIN, readable(self->fd, PATIENCE_MS));
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(set_receive, edge_triggered_set_is_told_of_each_arrival_once)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(0), i;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &event));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, send_number(self->set.port[i % 2].send, i, 0));
		EXPECT_EQ(1, epoll_wait(epoll, &event, 1, PATIENCE_MS));
		EXPECT_EQ(EPOLLIN, event.events);
		EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	}
	close(epoll);
}

TEST_F(set_receive, edge_triggered_set_is_told_of_a_member_that_has_a_message)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct pair port = new_pair(NULL);
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &event));
	ASSERT_EQ(0, send_number(port.send, 1, 0));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	ASSERT_EQ(0, msgport_set_add(self->fd, port.receive, 1));
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, PATIENCE_MS));
	close_pair(&port);
	close(epoll);
}

static volatile sig_atomic_t signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

TEST_F(set_receive, signal_tells_of_what_comes_to_a_set)
{
	signals = 0;
	signal(SIGIO, count);
	ASSERT_EQ(0, fcntl(self->fd, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_ASYNC));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(1, signals);
}

TEST_HARNESS_MAIN
