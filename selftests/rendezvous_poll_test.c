// SPDX-License-Identifier: GPL-2.0
/*
 * POLLOUT of a rendezvous port: a receiver waits that takes whatever is sent.
 * One that only looks, or that chooses, may leave a send where it was.
 */
#include <poll.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "errand.h"

#define SPIN_MS		200

static const struct msgport_filter seven = {
	.by = MSGPORT_BY_TAG, .tag = 7, .tag_mask = ~0ULL,
};

FIXTURE(waiting)
{
	struct pair port;
	pid_t receiver;
};

/* What waits: one that peeks, one that chooses, or one of each kind. */
FIXTURE_VARIANT(waiting)
{
	bool peeks, chooses;
};

FIXTURE_VARIANT_ADD(waiting, peeker) { .peeks = true };
FIXTURE_VARIANT_ADD(waiting, chooser) { .chooses = true };
FIXTURE_VARIANT_ADD(waiting, choosing_peeker) { .peeks = true, .chooses = true };

FIXTURE_SETUP(waiting)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_RENDEZVOUS;
	self->port = new_pair(&options);
	self->receiver = start_child();
	if (!self->receiver) {
		choose_number(self->port.receive, variant->chooses ? &seven : NULL,
			      variant->peeks ? MSGPORT_PEEK : 0, MSGPORT_FOREVER, NULL);
		_exit(0);
	}
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
}

FIXTURE_TEARDOWN(waiting)
{
	end_child(self->receiver);
	close_pair(&self->port);
}

static int writable(int right)
{
	struct pollfd pollfd = { .fd = right, .events = POLLOUT };

	return poll(&pollfd, 1, 0) == 1;
}

TEST_F(waiting, rendezvous_is_not_writable_for_one_that_may_not_take_the_message)
{
	pid_t taker;

	EXPECT_EQ(0, writable(self->port.send));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 5, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, writable(self->port.send));
	taker = start_receiver(self->port.receive, 5);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 2));
	EXPECT_EQ(1, writable(self->port.send));
	EXPECT_EQ(0, send_number(self->port.send, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(taker));
}

/* As an event loop does: told that there is room, it sends until refused. */
static unsigned int events_while_refused(int right, int epoll)
{
	struct epoll_event event;
	unsigned int events = 0;
	uint64_t end = in_ms(SPIN_MS);

	while (now_ns() < end) {
		if (error_of(send_number(right, 5, MSGPORT_NONBLOCK)) != EAGAIN)
			give_up("send");
		events += epoll_wait(epoll, &event, 1, 10) == 1;
	}
	return events;
}

TEST_F(waiting, refused_edge_sender_at_a_rendezvous_is_not_told_over_and_over)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	pid_t taker;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->port.send, &event));
	EXPECT_GE(2, events_while_refused(self->port.send, epoll));
	/* and is told when it matters */
	taker = start_receiver(self->port.receive, 5);
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 5000));
	EXPECT_EQ(0, send_number(self->port.send, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(taker));
	close(epoll);
}

/* No matter in which order they came to wait. */
TEST_F(waiting, rendezvous_that_one_of_several_would_take_is_writable_until_it_has)
{
	pid_t taker = start_receiver(self->port.receive, 5), peeker;

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 2));
	peeker = start_child();
	if (!peeker) {
		choose_number(self->port.receive, &seven, MSGPORT_PEEK, MSGPORT_FOREVER,
			      NULL);
		_exit(0);
	}
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 3));
	EXPECT_EQ(1, writable(self->port.send));
	ASSERT_EQ(0, send_number(self->port.send, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(taker));
	EXPECT_EQ(0, writable(self->port.send));
	end_child(peeker);
}

TEST(rendezvous_is_not_writable_for_one_that_chooses_from_a_set)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int set = msgport_set_create(MSGPORT_DEFAULT);
	struct pair port;
	pid_t receiver;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_pair(&options);
	ASSERT_EQ(0, msgport_set_add(set, port.receive, 1));
	receiver = start_child();
	if (!receiver)
		_exit(choose_number(set, &seven, 0, MSGPORT_FOREVER, NULL));
	ASSERT_TRUE(wait_for_receivers(set, 1));
	EXPECT_FALSE(writable(port.send));
	end_child(receiver);
	receiver = start_receiver(set, 1);
	ASSERT_TRUE(wait_for_receivers(set, 1));
	EXPECT_TRUE(writable(port.send));
	EXPECT_EQ(0, send_number(port.send, 1, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(receiver));
	close_pair(&port);
	close(set);
}

TEST_HARNESS_MAIN
