// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of sends that are not accepted yet are charged to who sends, whoever
 * minted the right that is sent through.  Root, to be several users.
 */
#include <poll.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "users.h"

#define SENDERS		40
#define LARGE		MSGPORT_SIZE_MAX	/* one alone is all that may be pending */

/*
 *	server: owns both ports and both send rights
 *	client: another user, who has inherited the send rights
 *
 *	client --- large messages, that wait --->  busy (of the server)
 *	server, client --- small messages ----->  idle (of the server)
 *	client --------- small messages ------->  own  (of the client)
 */
FIXTURE(pending_users)
{
	struct pair busy, idle, own;
	pid_t senders[SENDERS];
	int started;
};

FIXTURE_VARIANT(pending_users)
{
	uid_t server;
};

FIXTURE_VARIANT_ADD(pending_users, root) { .server = 0 };
FIXTURE_VARIANT_ADD(pending_users, user) { .server = ALICE };

#define CLIENT	BOB

static struct pair pair_of(int control, uid_t uid, unsigned int max_msgs, unsigned int max_size)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair pair;

	options.max_msgs = max_msgs;
	options.max_size = max_size;
	if (seteuid(uid))
		give_up("seteuid");
	pair.receive = msgport_create(control, NULL, &options);
	pair.send = mint_plain(pair.receive);
	if (seteuid(0) || pair.receive < 0 || pair.send < 0)
		give_up("ports");
	return pair;
}

FIXTURE_SETUP(pending_users)
{
	int control = msgport_open();

	self->busy = pair_of(control, variant->server, 1, LARGE);
	self->idle = pair_of(control, variant->server, 8, 65);
	self->own = pair_of(control, CLIENT, 8, 65);
	self->started = 0;
	close(control);
	ASSERT_EQ(1, fill(self->busy.send));
}

FIXTURE_TEARDOWN(pending_users)
{
	while (self->started)
		end_child(self->senders[--self->started]);
	close_pair(&self->busy);
	close_pair(&self->idle);
	close_pair(&self->own);
}

/* One is pending, the others wait for that. */
static void block_client(FIXTURE_DATA(pending_users) *self, int count)
{
	struct errand errand = { .right = self->busy.send, .size = LARGE };

	for (; self->started < count; self->started++) {
		self->senders[self->started] = start_child();
		if (!self->senders[self->started]) {
			become(CLIENT, DEVICE_GID);
			errand.right = keep_only(errand.right);
			_exit(run_errand(&errand));
		}
	}
	if (!wait_for_senders(self->busy.receive, 1))
		give_up("client");
}

/* The errno of what a function does as a user. */
static int as(uid_t uid, int (*function)(int right), int right)
{
	pid_t pid = start_child();

	if (!pid) {
		if (uid)
			become(uid, DEVICE_GID);
		_exit(function(right));
	}
	return child_status(pid);
}

/* The least that counts before it waits. */
static int send_at_once(int right)
{
	char bytes[65] = "";

	return error_of(msgport_send(right, bytes, sizeof(bytes), MSGPORT_NONBLOCK));
}

static int send_number_at_once(int right)
{
	return error_of(send_number(right, 1, MSGPORT_NONBLOCK));
}

static int send_soon(int right)
{
	return error_of(send_until(right, 1, in_ms(3000)));
}

/* 1: poll says that a send would be accepted at once; 0: it does not. */
static int writable(int right)
{
	struct pollfd pollfd = { .fd = right, .events = POLLOUT };

	return poll(&pollfd, 1, 0) == 1;
}

TEST_F(pending_users, pending_bytes_of_a_client_do_not_hold_up_the_server)
{
	block_client(self, SENDERS);
	EXPECT_EQ(0, as(variant->server, send_at_once, self->idle.send));
	EXPECT_EQ(0, as(variant->server, send_soon, self->idle.send));
	EXPECT_EQ(1, as(variant->server, writable, self->idle.send));
	EXPECT_EQ(2, stat_of(self->idle.receive).queued);
}

TEST_F(pending_users, pending_bytes_of_a_client_hold_up_its_other_ports)
{
	block_client(self, 1);
	EXPECT_EQ(EAGAIN, as(CLIENT, send_at_once, self->own.send));
	EXPECT_EQ(0, as(CLIENT, writable, self->own.send));
	EXPECT_EQ(EAGAIN, as(CLIENT, send_at_once, self->idle.send));
	end_child(self->senders[--self->started]);
	EXPECT_EQ(0, as(CLIENT, send_at_once, self->own.send));
	EXPECT_EQ(1, as(CLIENT, writable, self->own.send));
	EXPECT_EQ(0, as(CLIENT, send_at_once, self->idle.send));
}

TEST_F(pending_users, pending_bytes_of_a_client_do_not_hold_up_what_need_not_wait)
{
	block_client(self, 1);
	EXPECT_EQ(0, as(CLIENT, send_number_at_once, self->own.send));
	EXPECT_EQ(0, as(CLIENT, send_number_at_once, self->idle.send));
}

/* What poll promises holds for who polls, not for who minted the right. */
TEST_F(pending_users, right_of_another_is_not_writable_while_ones_own_bytes_are_pending)
{
	block_client(self, 1);
	ASSERT_EQ(EAGAIN, as(CLIENT, send_at_once, self->idle.send));
	EXPECT_EQ(0, as(CLIENT, writable, self->idle.send));
}

/* Refused, then told; 0 if so. */
static int wait_for_edge(int right)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, right, &event))
		return 1;
	/* what it says before the first refusal does not matter */
	epoll_wait(epoll, &event, 1, 0);
	if (send_at_once(right) != EAGAIN)
		return 2;
	if (epoll_wait(epoll, &event, 1, 5000) != 1)
		return 3;
	return send_at_once(right) ? 4 : 0;
}

/*
 *	client: EAGAIN -- sleeps in epoll_wait ------- told, sends
 *	client's other send:                    killed
 */
TEST_F(pending_users, edge_sender_with_anothers_right_is_told_when_its_own_bytes_fall)
{
	pid_t poller;

	block_client(self, 1);
	poller = start_child();
	if (!poller) {
		become(CLIENT, DEVICE_GID);
		_exit(wait_for_edge(self->idle.send));
	}
	pause_ms(300);
	ASSERT_TRUE(child_runs(poller));
	end_child(self->senders[--self->started]);
	EXPECT_EQ(0, child_status(poller));
}

TEST_HARNESS_MAIN
