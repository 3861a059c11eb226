// SPDX-License-Identifier: GPL-2.0
/*
 * Where the bytes of a user's waiting sends leave no room for another: what poll
 * says of it, and what becomes of a send that waits for it.
 */
#include <fcntl.h>
#include <poll.h>

#include "kselftest_harness.h"
#include "errand.h"

#define LARGE	MSGPORT_SIZE_MAX	/* one alone is all that may be pending */
#define SMALL	65			/* the least that counts before it waits */

/*
 *	blocked --- a large message, waits --->  full
 *	test ------ small messages ----------->  idle
 */
FIXTURE(pending_poll)
{
	struct pair full, idle;
	pid_t blocked;
};

FIXTURE_SETUP(pending_poll)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct errand errand = { .size = LARGE };

	options.max_msgs = 1;
	options.max_size = LARGE;
	self->full = new_pair(&options);
	self->idle = new_pair_for(4);
	ASSERT_EQ(1, fill(self->full.send));
	errand.right = self->full.send;
	self->blocked = start_errand(errand);
	ASSERT_TRUE(wait_for_senders(self->full.receive, 1));
}

FIXTURE_TEARDOWN(pending_poll)
{
	if (self->blocked)
		end_child(self->blocked);
	close_pair(&self->full);
	close_pair(&self->idle);
}

static int send_small(int right, unsigned int flags)
{
	char bytes[SMALL] = "";

	return msgport_send(right, bytes, SMALL, flags);
}

static void unblock(FIXTURE_DATA(pending_poll) *self)
{
	end_child(self->blocked);
	self->blocked = 0;
}

static int poll_for_room(int right, int ms)
{
	struct pollfd pollfd = { .fd = right, .events = POLLOUT };

	return poll(&pollfd, 1, ms) == 1 ? pollfd.revents : 0;
}

TEST_F(pending_poll, send_right_is_not_writable_while_its_users_pending_bytes_leave_no_room)
{
	ASSERT_EQ(EAGAIN, error_of(send_small(self->idle.send, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, poll_for_room(self->idle.send, 0));
	unblock(self);
	EXPECT_EQ(POLLOUT, poll_for_room(self->idle.send, 0));
	EXPECT_EQ(0, send_small(self->idle.send, MSGPORT_NONBLOCK));
}

TEST_F(pending_poll, waiting_poll_ends_when_its_users_pending_bytes_fall)
{
	pid_t poller = start_child();
	uint64_t start;

	if (!poller) {
		start = now_ns();
		if (poll_for_room(self->idle.send, PATIENCE_MS) != POLLOUT)
			_exit(1);
		/* not before there is room, which takes a while */
		if (now_ns() - start < 100 * NS_PER_MS)
			_exit(2);
		_exit(error_of(send_small(self->idle.send, MSGPORT_NONBLOCK)));
	}
	pause_ms(300);
	unblock(self);
	EXPECT_EQ(0, child_status(poller));
}

/* Bounded, since a send that nobody tells would wait for ever. */
static bool ends_soon(pid_t pid)
{
	uint64_t end = in_ms(3000);

	while (child_runs(pid) && now_ns() < end)
		pause_ms(5);
	return !child_runs(pid);
}

TEST_F(pending_poll, signal_driven_sender_is_signalled_when_pending_bytes_fall)
{
	struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, fcntl(self->idle.send, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->idle.send, F_SETSIG, SIGIO));
	ASSERT_EQ(0, fcntl(self->idle.send, F_SETFL, O_ASYNC | O_NONBLOCK));
	ASSERT_EQ(EAGAIN, error_of(send_small(self->idle.send, 0)));
	unblock(self);
	ASSERT_EQ(SIGIO, sigtimedwait(&set, &info, &patience));
	EXPECT_EQ(self->idle.send, info.si_fd);
	EXPECT_EQ(0, send_small(self->idle.send, 0));
}

TEST_F(pending_poll, send_waiting_for_pending_bytes_gets_epipe_when_its_port_dies)
{
	pid_t waiting = start_errand((struct errand){ .right = self->idle.send,
						      .size = SMALL });
	bool ended;

	pause_ms(300);
	ASSERT_TRUE(child_runs(waiting));
	ASSERT_EQ(0, stat_of(self->idle.send).sent);
	ASSERT_EQ(0, close(self->idle.receive));
	ended = ends_soon(waiting);
	EXPECT_TRUE(ended);
	if (!ended)
		kill(waiting, SIGKILL);
	EXPECT_EQ(EPIPE, child_status(waiting));
	EXPECT_TRUE(child_runs(self->blocked));
	self->idle.receive = dup(0);
}

/* Another port of the same user that dies is no reason to give up. */
TEST_F(pending_poll, send_waiting_for_pending_bytes_outlives_the_port_that_they_wait_for)
{
	pid_t waiting = start_errand((struct errand){ .right = self->idle.send,
						      .number = 7, .size = SMALL });

	pause_ms(300);
	ASSERT_TRUE(child_runs(waiting));
	ASSERT_EQ(0, close(self->full.receive));
	EXPECT_EQ(EPIPE, child_status(self->blocked));
	self->blocked = 0;
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_EQ(7, take_any_number(self->idle.receive, MSGPORT_NONBLOCK));
	self->full.receive = dup(0);
}

TEST_HARNESS_MAIN
