// SPDX-License-Identifier: GPL-2.0
/*
 * epoll, edge triggered above all: whoever was refused with EAGAIN is told when
 * trying again makes sense, and is told once for each time.
 */
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define NOT_TOLD	0

/* The events that an epoll set reports within some time; NOT_TOLD for none. */
static unsigned int told(int epoll, int ms)
{
	struct epoll_event event;
	int count = epoll_wait(epoll, &event, 1, ms);

	if (count < 0)
		give_up("epoll_wait");
	return count ? event.events : NOT_TOLD;
}

/* Watches one descriptor. */
static int watch(int fd, unsigned int events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		give_up("epoll");
	return epoll;
}

FIXTURE(epoll)
{
	struct pair port;
	int set;
};

FIXTURE_SETUP(epoll)
{
	self->port = new_pair_for(4);
	self->set = -1;
}

FIXTURE_TEARDOWN(epoll)
{
	if (self->set >= 0)
		close(self->set);
	close_pair(&self->port);
}

/* ---- level triggered ---- */

TEST_F(epoll, level_receiver_is_told_until_the_port_is_empty)
{
	self->set = watch(self->port.receive, EPOLLIN);
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	ASSERT_EQ(0, send_number(self->port.send, 2, 0));
	EXPECT_EQ(EPOLLIN, told(self->set, 0));
	EXPECT_EQ(EPOLLIN, told(self->set, 0));
	ASSERT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_EQ(EPOLLIN, told(self->set, 0));
	ASSERT_EQ(2, receive_number(self->port.receive, 0));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
}

TEST_F(epoll, level_sender_is_told_until_the_port_is_full)
{
	self->set = watch(self->port.send, EPOLLOUT);
	EXPECT_EQ(EPOLLOUT, told(self->set, 0));
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(EPOLLOUT, told(self->set, 0));
	EXPECT_EQ(EPOLLOUT, told(self->set, 0));
}

/* ---- edge triggered, receiving ---- */

TEST_F(epoll, edge_receiver_is_told_of_each_arrival_once)
{
	self->set = watch(self->port.receive, EPOLLIN | EPOLLET);
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(EPOLLIN, told(self->set, PATIENCE_MS));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
	/* not drained, and told all the same */
	ASSERT_EQ(0, send_number(self->port.send, 2, 0));
	EXPECT_EQ(EPOLLIN, told(self->set, PATIENCE_MS));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
}

TEST_F(epoll, edge_receiver_is_told_of_what_was_there_before)
{
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	self->set = watch(self->port.receive, EPOLLIN | EPOLLET);
	EXPECT_EQ(EPOLLIN, told(self->set, 0));
}

/*
 *	edge triggered			another receiver
 *	is told, does nothing
 *					takes the message, fails:
 *					it comes back
 *	is told again
 */
TEST_F(epoll, edge_receiver_is_told_when_a_message_comes_back)
{
	self->set = watch(self->port.receive, EPOLLIN | EPOLLET);
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(EPOLLIN, told(self->set, PATIENCE_MS));
	EXPECT_EQ(EFAULT, error_of(msgport_receive(self->port.receive,
						   bytes_before_hole(0), 8, 0)));
	EXPECT_EQ(EPOLLIN, told(self->set, PATIENCE_MS));
	EXPECT_EQ(1, receive_number(self->port.receive, MSGPORT_NONBLOCK));
}

TEST_F(epoll, edge_reader_is_told_of_the_end)
{
	char bytes[8];

	self->set = watch(self->port.receive, EPOLLIN | EPOLLET);
	ASSERT_EQ(1, write(self->port.send, "a", 1));
	EXPECT_EQ(EPOLLIN, told(self->set, PATIENCE_MS));
	ASSERT_EQ(1, read(self->port.receive, bytes, sizeof(bytes)));
	close(self->port.send);
	self->port.send = -1;
	EXPECT_EQ(EPOLLIN | EPOLLHUP, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, read(self->port.receive, bytes, sizeof(bytes)));
}

/* ---- edge triggered, sending: no refusal without an edge ---- */

/* Watches from a moment on when the edge of the beginning has been seen. */
static int watch_for_room(int send_right)
{
	int set = watch(send_right, EPOLLOUT | EPOLLET);

	told(set, 0);
	return set;
}

TEST_F(epoll, edge_sender_refused_for_want_of_places_is_told_of_room)
{
	self->set = watch_for_room(self->port.send);
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, send_number(self->port.send, 4, MSGPORT_NONBLOCK));
}

TEST_F(epoll, edge_sender_refused_for_its_window_is_told_of_credit)
{
	int narrow = msgport_mint(self->port.receive, 0, 1, 0, 0), round;

	ASSERT_LE(0, narrow);
	self->set = watch_for_room(narrow);
	for (round = 0; round < 3; round++) {
		ASSERT_EQ(1, fill(narrow));
		EXPECT_EQ(NOT_TOLD, told(self->set, 0));
		ASSERT_EQ(0, receive_number(self->port.receive, 0));
		EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	}
	close(narrow);
}

TEST_F(epoll, edge_sender_refused_for_want_of_bytes_is_told_of_room)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char large[8000];
	struct pair port;

	options.max_size = sizeof(large);
	options.max_bytes = 12000;
	port = new_pair(&options);
	self->set = watch_for_room(port.send);
	ASSERT_EQ(0, msgport_send(port.send, large, sizeof(large), MSGPORT_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(msgport_send(port.send, large, sizeof(large),
						MSGPORT_NONBLOCK)));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
	ASSERT_EQ((ssize_t)sizeof(large), msgport_receive(port.receive, large,
							  sizeof(large), 0));
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, msgport_send(port.send, large, sizeof(large), MSGPORT_NONBLOCK));
	close_pair(&port);
}

/*
 *	edge triggered		waiting sender		receiver
 *				waits for a place
 *	EAGAIN
 *							receives 0
 *				is accepted
 *	not told: full again
 *							receives the rest
 *	is told
 */
TEST_F(epoll, edge_sender_refused_behind_one_who_waits_is_told_after_that_one)
{
	pid_t waiting;

	self->set = watch_for_room(self->port.send);
	ASSERT_EQ(4, fill(self->port.send));
	waiting = start_sender(self->port.send, 9, 0);
	ASSERT_TRUE(wait_for_senders(self->port.receive, 1));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 4, MSGPORT_NONBLOCK)));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, child_status(waiting));
	told(self->set, 0);
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 4, MSGPORT_NONBLOCK)));
	ASSERT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, send_number(self->port.send, 4, MSGPORT_NONBLOCK));
}

/*
 * Nothing but the waiter stands in the way: a limit lowered since has made room
 * for any message that may still come.
 */
TEST_F(epoll, edge_sender_refused_behind_one_who_gives_up_is_told)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_SIZE, .max_size = 64 };
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char large[8000];
	struct pair port;
	pid_t waiting;

	options.max_size = sizeof(large);
	options.max_bytes = 12000;
	port = new_pair(&options);
	self->set = watch_for_room(port.send);
	ASSERT_EQ(0, msgport_send(port.send, large, 4000, 0));
	waiting = start_child();
	if (!waiting)
		_exit(error_of(msgport_send(port.send, large, sizeof(large), 0)));
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	ASSERT_EQ(0, msgport_limits(port.receive, &limits));
	told(self->set, 0);
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 2, MSGPORT_NONBLOCK)));
	end_child(waiting);
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, send_number(port.send, 2, MSGPORT_NONBLOCK));
	close_pair(&port);
}

TEST_F(epoll, edge_sender_is_told_when_the_limits_are_raised)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS | MSGPORT_SET_UID_SHARE,
		.max_msgs = 8, .uid_share = 8,
	};

	self->set = watch_for_room(self->port.send);
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
	ASSERT_EQ(0, msgport_limits(self->port.receive, &limits));
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, send_number(self->port.send, 4, MSGPORT_NONBLOCK));
}

TEST_F(epoll, edge_sender_is_told_when_messages_expire)
{
	struct msgport_message mortal = { .data = "m", .size = 1, .ttl = 1 };
	int i;

	self->set = watch_for_room(self->port.send);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, msgport_send_message(self->port.send, &mortal, 0,
						  MSGPORT_FOREVER));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 4, MSGPORT_NONBLOCK)));
	EXPECT_EQ(4, stat_of(self->port.receive).expired);
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, send_number(self->port.send, 4, MSGPORT_NONBLOCK));
}

TEST_F(epoll, edge_sender_refused_at_a_rendezvous_is_told_of_a_receiver)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair port;
	pid_t receiver;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_pair(&options);
	self->set = watch_for_room(port.send);
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 6, MSGPORT_NONBLOCK)));
	receiver = start_receiver(port.receive, 6);
	EXPECT_EQ(EPOLLOUT, told(self->set, PATIENCE_MS));
	EXPECT_EQ(0, send_number(port.send, 6, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(receiver));
	close_pair(&port);
}

/*
 * What waits elsewhere is memory of the same user: over its bound a send is
 * refused although its own port has room.
 *
 *	edge triggered		waiting sender, other port	test
 *				waits with 16 MiB
 *	EAGAIN
 *								kills it
 *	is told
 */
TEST_F(epoll, edge_sender_refused_for_what_waits_elsewhere_is_told)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char bytes[65] = "";	/* the least that counts */
	struct pair other;
	pid_t waiting;

	options.max_size = MSGPORT_SIZE_MAX;
	options.max_msgs = 1;
	other = new_pair(&options);
	ASSERT_EQ(1, fill(other.send));
	self->set = watch_for_room(self->port.send);
	waiting = start_child();
	if (!waiting)
		_exit(error_of(msgport_send(other.send, calloc(1, MSGPORT_SIZE_MAX),
					    MSGPORT_SIZE_MAX, 0)));
	ASSERT_TRUE(wait_for_senders(other.receive, 1));
	EXPECT_EQ(EAGAIN, error_of(msgport_send(self->port.send, bytes, sizeof(bytes),
						MSGPORT_NONBLOCK)));
	end_child(waiting);
	EXPECT_EQ(EPOLLOUT, told(self->set, 2000));
	EXPECT_EQ(0, msgport_send(self->port.send, bytes, sizeof(bytes), MSGPORT_NONBLOCK));
	close_pair(&other);
}

TEST_F(epoll, edge_sender_is_told_of_the_ports_death)
{
	self->set = watch_for_room(self->port.send);
	ASSERT_EQ(4, fill(self->port.send));
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_TRUE(told(self->set, PATIENCE_MS) & EPOLLHUP);
	EXPECT_EQ(EPIPE, error_of(send_number(self->port.send, 1, MSGPORT_NONBLOCK)));
}

/* The set does not hold a right open, so the port's end is not delayed. */
TEST_F(epoll, right_closed_while_watched_leaves_the_set)
{
	self->set = watch(self->port.receive, EPOLLIN);
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_EQ(1, stat_of(self->port.send).dead);
	EXPECT_EQ(NOT_TOLD, told(self->set, 0));
}

/*
 * A producer and a consumer that never block but in epoll_wait, edge triggered:
 * one lost edge, and they wait for ever.
 */
TEST_F(epoll, edge_triggered_producer_and_consumer_never_lose_an_edge)
{
	enum { MESSAGES = 3000 };
	pid_t producer = start_child();
	int64_t number, next = 0;

	if (!producer) {
		int set = watch(self->port.send, EPOLLOUT | EPOLLET);
		int sent;

		for (sent = 0; sent < MESSAGES; sent++) {
			while (send_number(self->port.send, sent, MSGPORT_NONBLOCK)) {
				if (errno != EAGAIN)
					_exit(1);
				if (told(set, PATIENCE_MS) == NOT_TOLD)
					_exit(2);
			}
		}
		_exit(0);
	}
	self->set = watch(self->port.receive, EPOLLIN | EPOLLET);
	while (next < MESSAGES) {
		number = receive_number(self->port.receive, MSGPORT_NONBLOCK);
		if (number >= 0) {
			ASSERT_EQ(next, number);
			next++;
			continue;
		}
		ASSERT_EQ(EAGAIN, errno);
		ASSERT_NE(NOT_TOLD, told(self->set, PATIENCE_MS));
	}
	EXPECT_EQ(0, child_status(producer));
}

TEST_HARNESS_MAIN
