// SPDX-License-Identifier: GPL-2.0
/* The last sender has closed: who waits for nothing else is told of it, too. */
#include <poll.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "errand.h"

FIXTURE(rdhup)
{
	struct pair port;
};

FIXTURE_SETUP(rdhup)
{
	self->port = new_pair(NULL);
}

FIXTURE_TEARDOWN(rdhup)
{
	close_pair(&self->port);
}

static void close_sender(FIXTURE_DATA(rdhup) *self)
{
	close(self->port.send);
	self->port.send = -1;
}

static int events_of(int fd, short events, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	return poll(&pollfd, 1, ms) == 1 ? pollfd.revents : 0;
}

/*
 * A child that waits in poll; its status is 0 if it was told exactly what it
 * expected, and told, not woken by the time.
 */
static pid_t start_poller(FIXTURE_DATA(rdhup) *self, short events, int expected)
{
	pid_t pid = start_child();
	uint64_t start = now_ns();

	if (pid)
		return pid;
	close_sender(self);
	if (events_of(self->port.receive, events, 5000) != expected)
		_exit(1);
	_exit(now_ns() - start < 4000 * NS_PER_MS ? 0 : 2);
}

static void read_one(FIXTURE_DATA(rdhup) *self)
{
	char byte;

	if (write(self->port.send, "a", 1) != 1 || read(self->port.receive, &byte, 1) != 1)
		give_up("read");
}

TEST_F(rdhup, poll_for_rdhup_ends_when_the_last_sender_closes)
{
	pid_t poller = start_poller(self, POLLRDHUP, POLLRDHUP);

	pause_ms(300);
	ASSERT_TRUE(child_runs(poller));
	close_sender(self);
	EXPECT_EQ(0, child_status(poller));
}

TEST_F(rdhup, poll_for_nothing_ends_with_a_hangup_for_who_has_read)
{
	pid_t poller;

	read_one(self);
	poller = start_poller(self, 0, POLLHUP);
	pause_ms(300);
	ASSERT_TRUE(child_runs(poller));
	close_sender(self);
	EXPECT_EQ(0, child_status(poller));
}

/* Who receives hears of the end only if it asks for it. */
TEST_F(rdhup, hangup_is_not_shown_to_who_has_never_read)
{
	EXPECT_EQ(0, events_of(self->port.receive, POLLIN | POLLRDHUP, 0));
	close_sender(self);
	EXPECT_EQ(POLLRDHUP, events_of(self->port.receive, POLLIN | POLLRDHUP, 0));
	EXPECT_EQ(0, events_of(self->port.receive, POLLIN, 0));
}

/*
 *	poller:   polls for POLLRDHUP ----------------- told
 *	sender:   sends, closes
 *	receiver:                receives the message
 */
TEST_F(rdhup, poll_for_rdhup_ends_with_the_last_message_of_senders_that_have_gone)
{
	pid_t poller;

	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	poller = start_poller(self, POLLRDHUP, POLLRDHUP);
	close_sender(self);
	pause_ms(300);
	EXPECT_TRUE(child_runs(poller));
	EXPECT_EQ(0, events_of(self->port.receive, POLLRDHUP, 0));
	EXPECT_EQ(5, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(poller));
}

TEST_F(rdhup, rdhup_goes_when_there_is_a_sender_again)
{
	close_sender(self);
	EXPECT_EQ(POLLRDHUP, events_of(self->port.receive, POLLRDHUP, 0));
	self->port.send = mint_plain(self->port.receive);
	EXPECT_EQ(0, events_of(self->port.receive, POLLRDHUP, 0));
}

TEST_F(rdhup, edge_for_rdhup_comes_when_the_last_sender_closes)
{
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->port.receive, &event));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	close_sender(self);
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(EPOLLRDHUP, event.events);
	close(epoll);
}

TEST_HARNESS_MAIN
