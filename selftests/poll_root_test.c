// SPDX-License-Identifier: GPL-2.0
/* POLLOUT and the share of another user than the port's.  Root, to be two. */
#include <poll.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define GUEST	1000

static int events_of(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };

	if (poll(&pollfd, 1, 0) < 0)
		give_up("poll");
	return pollfd.revents;
}

FIXTURE(share)
{
	struct pair port;
	int guest;			/* send right that counts against another uid */
};

FIXTURE_SETUP(share)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 6;
	options.uid_share = 2;
	self->port = new_pair(&options);
	ASSERT_EQ(0, seteuid(GUEST));
	self->guest = mint_plain(self->port.receive);
	ASSERT_EQ(0, seteuid(0));
	ASSERT_LE(0, self->guest);
}

FIXTURE_TEARDOWN(share)
{
	close(self->guest);
	close_pair(&self->port);
}

TEST_F(share, send_right_is_not_writable_when_its_users_share_is_used_up)
{
	ASSERT_EQ(2, fill(self->guest));
	EXPECT_EQ(0, events_of(self->guest));
	EXPECT_EQ(POLLOUT, events_of(self->port.send));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(POLLOUT, events_of(self->guest));
}

/* Room in the port that is not in the share must not end the wait for it. */
TEST_F(share, waiting_poll_ends_with_room_in_the_share)
{
	struct pollfd pollfd = { .fd = self->guest, .events = POLLOUT };
	pid_t poller;

	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	ASSERT_EQ(2, fill(self->guest));
	poller = start_child();
	if (!poller)
		_exit(poll(&pollfd, 1, PATIENCE_MS) != 1 ||
		      send_number(self->guest, 10, MSGPORT_NONBLOCK));
	ASSERT_EQ(9, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, events_of(self->guest));
	EXPECT_TRUE(child_runs(poller));
	ASSERT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, child_status(poller));
}

/* ---- bytes of the port, which the guest's own share does not show ---- */

static struct pair new_pair_of_bytes(int *guest, size_t max_size)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair port;

	options.max_size = max_size;
	options.max_bytes = 20000;
	options.max_msgs = 8;
	options.uid_share = 7;
	port = new_pair(&options);
	if (seteuid(GUEST))
		give_up("seteuid");
	*guest = mint_plain(port.receive);
	if (*guest < 0 || seteuid(0))
		give_up("mint");
	return port;
}

static char large[8000];

TEST(send_right_is_not_writable_when_others_fill_the_port)
{
	int guest;
	struct pair port = new_pair_of_bytes(&guest, sizeof(large));

	EXPECT_EQ(POLLOUT, events_of(guest));
	ASSERT_EQ(0, msgport_send(port.send, large, sizeof(large), 0));
	ASSERT_EQ(0, msgport_send(port.send, large, 4000, 0));
	EXPECT_EQ(0, events_of(guest));
	ASSERT_EQ((ssize_t)sizeof(large),
		  msgport_receive(port.receive, large, sizeof(large), 0));
	EXPECT_EQ(POLLOUT, events_of(guest));
	close(guest);
	close_pair(&port);
}

/*
 *	guest				test
 *	sends a large one, waits
 *	at the port, not in its
 *	own share
 *					lowers max_size: there would be
 *					room, but the guest stands before
 */
TEST(send_right_is_not_writable_while_another_user_waits_at_the_port)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_SIZE, .max_size = 64 };
	int guest;
	struct pair port = new_pair_of_bytes(&guest, sizeof(large));
	pid_t sender;

	ASSERT_EQ(0, msgport_send(port.send, large, sizeof(large), 0));
	ASSERT_EQ(0, msgport_send(port.send, large, 4000, 0));
	sender = start_child();
	if (!sender)
		_exit(error_of(msgport_send(guest, large, sizeof(large), 0)));
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	ASSERT_EQ(0, msgport_limits(port.receive, &limits));
	EXPECT_EQ(0, events_of(port.send));
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 1, MSGPORT_NONBLOCK)));
	end_child(sender);
	EXPECT_EQ(POLLOUT, events_of(port.send));
	close(guest);
	close_pair(&port);
}

TEST_HARNESS_MAIN
