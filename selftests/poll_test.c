// SPDX-License-Identifier: GPL-2.0
/*
 * poll and select: POLLIN says that a receive finds something, POLLOUT that any
 * message up to max_size would be accepted at once, POLLHUP that the port died.
 * Edges are in epoll_test.c, another user's share in poll_root_test.c.
 */
#include <poll.h>
#include <sys/select.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define ALL_EVENTS	(POLLIN | POLLOUT | POLLPRI)

/* What poll says at once. */
static int events_of(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = ALL_EVENTS };

	if (poll(&pollfd, 1, 0) < 0)
		give_up("poll");
	return pollfd.revents;
}

static bool select_says(int fd, bool for_writing)
{
	struct timeval no_time = { 0 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, for_writing ? NULL : &set, for_writing ? &set : NULL,
		      NULL, &no_time) == 1;
}

/* A child that waits in poll; its status is what poll says in the end. */
static pid_t start_poller(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = ALL_EVENTS };
	pid_t pid = start_child();

	if (pid)
		return pid;
	if (poll(&pollfd, 1, PATIENCE_MS) != 1)
		_exit(255);
	_exit(pollfd.revents);
}

/* Nothing tells who polls: ask the scheduler whether the child sleeps. */
static bool wait_until_asleep(pid_t pid)
{
	char path[64], state;
	int i, found;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (i = 0; i < PATIENCE_MS; i++) {
		file = fopen(path, "r");
		if (!file)
			return false;
		found = fscanf(file, "%*d %*s %c", &state);
		fclose(file);
		if (found == 1 && state == 'S')
			return true;
		pause_ms(1);
	}
	return false;
}

FIXTURE(poll)
{
	struct pair port;
};

FIXTURE_SETUP(poll)
{
	self->port = new_pair_for(4);
}

FIXTURE_TEARDOWN(poll)
{
	close_pair(&self->port);
}

/* ---- receive rights ---- */

TEST_F(poll, receive_right_is_readable_while_a_message_is_there)
{
	EXPECT_EQ(0, events_of(self->port.receive));
	EXPECT_FALSE(select_says(self->port.receive, false));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(POLLIN, events_of(self->port.receive));
	EXPECT_TRUE(select_says(self->port.receive, false));
	EXPECT_EQ(POLLIN, events_of(self->port.receive));
	ASSERT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, events_of(self->port.receive));
}

TEST_F(poll, waiting_poll_on_a_receive_right_ends_with_a_message)
{
	pid_t poller = start_poller(self->port.receive);

	ASSERT_TRUE(wait_until_asleep(poller));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(POLLIN, child_status(poller));
}

/* Somebody who waits in receive gets the message; there is none to poll for. */
TEST_F(poll, message_handed_to_a_waiting_receiver_is_not_polled)
{
	pid_t receiver = start_receiver(self->port.receive, 1);

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(0, events_of(self->port.receive));
	EXPECT_EQ(0, child_status(receiver));
}

TEST_F(poll, receive_right_is_never_writable)
{
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(0, events_of(self->port.receive) & POLLOUT);
	EXPECT_FALSE(select_says(self->port.receive, true));
}

TEST_F(poll, reader_is_told_of_the_end_after_the_last_message)
{
	char bytes[8];

	ASSERT_EQ(1, write(self->port.send, "a", 1));
	ASSERT_EQ(1, write(self->port.send, "b", 1));
	ASSERT_EQ(1, read(self->port.receive, bytes, sizeof(bytes)));
	close(self->port.send);
	self->port.send = -1;
	EXPECT_EQ(POLLIN, events_of(self->port.receive));
	ASSERT_EQ(1, read(self->port.receive, bytes, sizeof(bytes)));
	EXPECT_EQ(POLLIN | POLLHUP, events_of(self->port.receive));
	EXPECT_EQ(0, read(self->port.receive, bytes, sizeof(bytes)));
}

TEST_F(poll, waiting_reader_is_told_of_the_end)
{
	char bytes[8];
	pid_t poller;

	ASSERT_EQ(1, write(self->port.send, "a", 1));
	ASSERT_EQ(1, read(self->port.receive, bytes, sizeof(bytes)));
	poller = start_child();
	if (!poller) {
		/* its own copy of the last sender would keep it waiting */
		close(self->port.send);
		_exit(child_status(start_poller(self->port.receive)));
	}
	close(self->port.send);
	self->port.send = -1;
	EXPECT_EQ(POLLIN | POLLHUP, child_status(poller));
}

/* ---- send rights ---- */

TEST_F(poll, send_right_is_writable_while_the_port_has_room)
{
	EXPECT_EQ(POLLOUT, events_of(self->port.send));
	EXPECT_TRUE(select_says(self->port.send, true));
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(0, events_of(self->port.send));
	EXPECT_FALSE(select_says(self->port.send, true));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(POLLOUT, events_of(self->port.send));
}

TEST_F(poll, waiting_poll_on_a_send_right_ends_with_room)
{
	pid_t poller;

	ASSERT_EQ(4, fill(self->port.send));
	poller = start_poller(self->port.send);
	ASSERT_TRUE(wait_until_asleep(poller));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(POLLOUT, child_status(poller));
}

TEST_F(poll, send_right_is_writable_while_its_window_is_open)
{
	int narrow = msgport_mint(self->port.receive, 0, 2, 0, 0);
	pid_t poller;

	ASSERT_LE(0, narrow);
	ASSERT_EQ(2, fill(narrow));
	EXPECT_EQ(0, events_of(narrow));
	EXPECT_EQ(POLLOUT, events_of(self->port.send));
	poller = start_poller(narrow);
	ASSERT_TRUE(wait_until_asleep(poller));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(POLLOUT, child_status(poller));
	close(narrow);
}

/* Another one's message that goes opens nobody else's window. */
TEST_F(poll, window_stays_closed_while_others_messages_go)
{
	int narrow = msgport_mint(self->port.receive, 0, 1, 0, 0);

	ASSERT_LE(0, narrow);
	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	ASSERT_EQ(1, fill(narrow));
	ASSERT_EQ(5, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, events_of(narrow));
	close(narrow);
}

/*
 * Room for a small message is not enough: what POLLOUT promises must hold for
 * any message.
 */
TEST_F(poll, send_right_is_writable_only_with_room_for_the_largest_message)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char largest[8000];
	struct pair port;

	options.max_size = sizeof(largest);
	options.max_bytes = 12000;
	port = new_pair(&options);
	EXPECT_EQ(POLLOUT, events_of(port.send));
	ASSERT_EQ(0, msgport_send(port.send, largest, sizeof(largest), MSGPORT_NONBLOCK));
	EXPECT_EQ(0, events_of(port.send));
	EXPECT_EQ(0, send_number(port.send, 1, MSGPORT_NONBLOCK));
	ASSERT_EQ((ssize_t)sizeof(largest),
		  msgport_receive(port.receive, largest, sizeof(largest), 0));
	EXPECT_EQ(POLLOUT, events_of(port.send));
	EXPECT_EQ(0, msgport_send(port.send, largest, sizeof(largest), MSGPORT_NONBLOCK));
	close_pair(&port);
}

/*
 *	waiting sender			test
 *	sends a large one, waits
 *					lowers max_size: there would
 *					be room for any message, but
 *					the other stands before it
 *					receives: there is room for both
 */
TEST_F(poll, send_right_is_not_writable_while_somebody_waits_before_it)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_SIZE, .max_size = 64 };
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char largest[8000];
	struct pair port;
	pid_t sender;

	options.max_size = sizeof(largest);
	options.max_bytes = 20000;
	port = new_pair(&options);
	ASSERT_EQ(0, msgport_send(port.send, largest, sizeof(largest), 0));
	ASSERT_EQ(0, msgport_send(port.send, largest, 4000, 0));
	sender = start_child();
	if (!sender)
		_exit(error_of(msgport_send(port.send, largest, sizeof(largest), 0)));
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	ASSERT_EQ(0, msgport_limits(port.receive, &limits));
	EXPECT_EQ(0, events_of(port.send));
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 1, MSGPORT_NONBLOCK)));
	ASSERT_EQ((ssize_t)sizeof(largest),
		  msgport_receive(port.receive, largest, sizeof(largest), 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(POLLOUT, events_of(port.send));
	close_pair(&port);
}

TEST_F(poll, send_right_shows_a_hangup_when_the_port_is_dead)
{
	ASSERT_EQ(4, fill(self->port.send));
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_TRUE(events_of(self->port.send) & POLLHUP);
}

TEST_F(poll, waiting_poll_on_a_send_right_ends_with_the_port)
{
	pid_t poller;

	ASSERT_EQ(4, fill(self->port.send));
	poller = start_child();
	if (!poller) {
		/* its own copy of the receive right would keep the port alive */
		close(self->port.receive);
		_exit(child_status(start_poller(self->port.send)));
	}
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_TRUE(child_status(poller) & POLLHUP);
}

TEST_F(poll, send_right_is_never_readable)
{
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(POLLOUT, events_of(self->port.send));
	EXPECT_FALSE(select_says(self->port.send, false));
}

/* Without a queue there is room only in a receiver that waits. */
TEST(send_right_of_a_rendezvous_is_writable_while_a_receiver_waits)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair port;
	pid_t receiver;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_pair(&options);
	EXPECT_EQ(0, events_of(port.send));
	receiver = start_receiver(port.receive, 4);
	ASSERT_TRUE(wait_for_receivers(port.receive, 1));
	EXPECT_EQ(POLLOUT, events_of(port.send));
	EXPECT_EQ(0, send_number(port.send, 4, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(receiver));
	EXPECT_EQ(0, events_of(port.send));
	close_pair(&port);
}

TEST_HARNESS_MAIN
