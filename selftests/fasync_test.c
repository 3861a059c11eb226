// SPDX-License-Identifier: GPL-2.0
/* Signal-driven users: SIGIO when a message is there, when room is, at death. */
#include <fcntl.h>
#include <poll.h>

#include "kselftest_harness.h"
#include "groups.h"

FIXTURE(sigio)
{
	struct pair port;
};

/* The signal is taken by asking for it, so that none is lost. */
FIXTURE_SETUP(sigio)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	self->port = new_pair_for(4);
}

FIXTURE_TEARDOWN(sigio)
{
	close_pair(&self->port);
}

static void drive_by_signals(int fd)
{
	if (fcntl(fd, F_SETOWN, getpid()) || fcntl(fd, F_SETSIG, SIGIO) ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK))
		give_up("fcntl");
}

/* Waits for the signal: the descriptor it is about, or -1. */
static int told_about(int ms, long *band)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	if (sigtimedwait(&set, &info, &time) < 0)
		return -1;
	*band = info.si_band;
	return info.si_fd;
}

TEST_F(sigio, receiver_is_signalled_when_a_message_comes)
{
	long band = 0;

	drive_by_signals(self->port.receive);
	EXPECT_EQ(-1, told_about(0, &band));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(self->port.receive, told_about(PATIENCE_MS, &band));
	EXPECT_TRUE(band & POLLIN);
	EXPECT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, 0)));
}

TEST_F(sigio, sender_that_was_refused_is_signalled_when_room_returns)
{
	long band = 0;

	drive_by_signals(self->port.send);
	ASSERT_EQ(4, fill(self->port.send));
	EXPECT_EQ(-1, told_about(0, &band));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(self->port.send, told_about(PATIENCE_MS, &band));
	EXPECT_TRUE(band & POLLOUT);
	EXPECT_EQ(0, send_number(self->port.send, 4, 0));
}

TEST_F(sigio, sender_is_signalled_when_its_window_opens)
{
	int narrow = msgport_mint(self->port.receive, 0, 1, 0, 0);
	long band = 0;

	ASSERT_LE(0, narrow);
	drive_by_signals(narrow);
	ASSERT_EQ(1, fill(narrow));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(narrow, told_about(PATIENCE_MS, &band));
	close(narrow);
}

TEST_F(sigio, sender_is_signalled_when_the_port_dies)
{
	long band = 0;

	drive_by_signals(self->port.send);
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_EQ(self->port.send, told_about(PATIENCE_MS, &band));
	EXPECT_EQ(EPIPE, error_of(send_number(self->port.send, 1, 0)));
}

TEST_F(sigio, sender_to_a_group_is_signalled_when_its_members_have_room)
{
	const char *name;
	int group = new_group(&name, NULL);
	int member = new_member(name, 2, 0);
	long band = 0;

	drive_by_signals(group);
	ASSERT_EQ(2, fill(group));
	EXPECT_EQ(-1, told_about(0, &band));
	ASSERT_EQ(0, receive_number(member, 0));
	ASSERT_EQ(1, receive_number(member, 0));
	EXPECT_EQ(group, told_about(PATIENCE_MS, &band));
	EXPECT_TRUE(band & POLLOUT);
	EXPECT_EQ(0, close(member));
	EXPECT_EQ(0, close(group));
}

TEST_F(sigio, reader_is_signalled_at_the_end)
{
	long band = 0;
	char byte;

	drive_by_signals(self->port.receive);
	close(self->port.send);
	self->port.send = -1;
	EXPECT_EQ(self->port.receive, told_about(PATIENCE_MS, &band));
	EXPECT_EQ(0, read(self->port.receive, &byte, 1));
}

TEST_F(sigio, nobody_is_signalled_after_the_flag_is_cleared)
{
	long band = 0;

	drive_by_signals(self->port.receive);
	ASSERT_EQ(0, fcntl(self->port.receive, F_SETFL, 0));
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(-1, told_about(20, &band));
}

/* A right that is closed while it has a signal's owner takes it along. */
TEST_F(sigio, nobody_is_signalled_about_a_right_that_is_closed)
{
	int other = msgport_reopen(self->port.receive);
	long band = 0;

	ASSERT_LE(0, other);
	drive_by_signals(other);
	close(other);
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(-1, told_about(20, &band));
}

TEST_HARNESS_MAIN
