// SPDX-License-Identifier: GPL-2.0
/* watch: one event, once, when something happens to a port. */

#include <poll.h>

#include "asker.h"
#include "kselftest_harness.h"

FIXTURE(watch)
{
	struct pair pair;	/* watched */
	int home;		/* where events arrive */
};

FIXTURE_SETUP(watch)
{
	self->pair = new_pair_for(2);
	self->home = new_port_for(4);
}

FIXTURE_TEARDOWN(watch)
{
	close(self->home);
	close_pair(&self->pair);
}

static int watch(int right, unsigned int what, uint64_t subject, int home)
{
	return msgport_watch(right, what, subject, home, COOKIE, NULL);
}

/* The tag of the event that is there; 0: none; -1: something else. */
static int64_t next_event(int home)
{
	struct msgport_message m = { .size = 0 };

	if (msgport_receive_message(home, &m, NULL, MSGPORT_NONBLOCK, 0))
		return errno == EAGAIN ? 0 : -1;
	if (m.stamp.kind != MSGPORT_KIND_EVENT || m.cookie != COOKIE || m.size || m.token)
		return -1;
	return m.tag;
}

TEST_F(watch, death_is_told_once_to_each_who_watches)
{
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home));
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home));
	EXPECT_EQ(0, next_event(self->home));
	close(self->pair.receive);
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(0, next_event(self->home));
}

TEST_F(watch, event_names_what_was_watched_and_who_watched_it)
{
	int right = msgport_mint(self->pair.receive, 99, 0, 0, 0);
	struct msgport_message m = { .size = 0 };

	ASSERT_EQ(0, msgport_watch(self->pair.receive, MSGPORT_WATCH_BADGE, 99, self->home,
				   1ULL << 63, NULL));
	close(right);
	ASSERT_EQ(0, msgport_receive_message(self->home, &m, NULL, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(MSGPORT_KIND_EVENT, m.stamp.kind);
	EXPECT_EQ(MSGPORT_WATCH_BADGE, m.tag);
	EXPECT_EQ(99, m.stamp.badge);
	EXPECT_EQ(1ULL << 63, m.cookie);
	EXPECT_EQ(0, m.stamp.source);
	EXPECT_EQ(0, m.priority);
	EXPECT_EQ(getpid(), m.stamp.pid);
	EXPECT_EQ(geteuid(), m.stamp.uid);
}

TEST_F(watch, last_send_right_is_told_when_its_last_descriptor_is_closed)
{
	int copy = dup(self->pair.send), other = mint_plain(self->pair.receive);

	ASSERT_EQ(0, watch(self->pair.receive, MSGPORT_WATCH_SENDERS, 0, self->home));
	close(self->pair.send);
	close(other);
	EXPECT_EQ(0, next_event(self->home));
	close(copy);
	EXPECT_EQ(MSGPORT_WATCH_SENDERS, next_event(self->home));
}

TEST_F(watch, badge_is_told_when_the_last_right_with_it_goes)
{
	int one = msgport_mint(self->pair.receive, 99, 0, 0, 0);
	int two = msgport_mint(self->pair.receive, 99, 0, 0, 0);
	int other = msgport_mint(self->pair.receive, 98, 0, 0, 0);

	ASSERT_EQ(0, watch(self->pair.receive, MSGPORT_WATCH_BADGE, 99, self->home));
	close(other);
	close(one);
	EXPECT_EQ(0, next_event(self->home));
	close(two);
	EXPECT_EQ(MSGPORT_WATCH_BADGE, next_event(self->home));
}

TEST_F(watch, source_is_told_when_its_right_goes)
{
	int one = msgport_mint(self->pair.receive, 99, 0, 0, 0);
	int two = msgport_mint(self->pair.receive, 99, 0, 0, 0);

	ASSERT_EQ(0, watch(self->pair.receive, MSGPORT_WATCH_SOURCE, stat_of(one).source,
			   self->home));
	close(two);
	EXPECT_EQ(0, next_event(self->home));
	close(one);
	EXPECT_EQ(MSGPORT_WATCH_SOURCE, next_event(self->home));
}

TEST_F(watch, room_is_told_when_a_full_port_has_some_again)
{
	fill(self->pair.send);
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, self->home));
	EXPECT_EQ(0, next_event(self->home));
	ASSERT_EQ(0, receive_number(self->pair.receive, 0));
	EXPECT_EQ(MSGPORT_WATCH_ROOM, next_event(self->home));
	EXPECT_EQ(0, send_number(self->pair.send, 5, MSGPORT_NONBLOCK));
	ASSERT_EQ(1, receive_number(self->pair.receive, 0));
	EXPECT_EQ(0, next_event(self->home));
}

TEST_F(watch, room_on_an_acknowledging_port_is_told_when_a_message_is_settled)
{
	struct pair pair = new_ack_pair(1);
	uint64_t token;

	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	ASSERT_EQ(0, watch(pair.send, MSGPORT_WATCH_ROOM, 0, self->home));
	ASSERT_EQ(1, take_number(pair.receive, &token));
	EXPECT_EQ(0, next_event(self->home));
	ASSERT_EQ(0, msgport_ack(pair.receive, token));
	EXPECT_EQ(MSGPORT_WATCH_ROOM, next_event(self->home));
	close_pair(&pair);
}

TEST_F(watch, what_is_so_already_is_told_at_once)
{
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, self->home));
	EXPECT_EQ(MSGPORT_WATCH_ROOM, next_event(self->home));
	close(self->pair.send);
	ASSERT_EQ(0, watch(self->pair.receive, MSGPORT_WATCH_SENDERS, 0, self->home));
	EXPECT_EQ(MSGPORT_WATCH_SENDERS, next_event(self->home));
}

/* Who never came has not gone. */
TEST_F(watch, port_that_never_had_a_sender_tells_when_its_first_and_last_goes)
{
	int port = new_port(NULL), right;

	ASSERT_EQ(0, watch(port, MSGPORT_WATCH_SENDERS, 0, self->home));
	EXPECT_EQ(0, next_event(self->home));
	right = mint_plain(port);
	EXPECT_EQ(0, next_event(self->home));
	close(right);
	EXPECT_EQ(MSGPORT_WATCH_SENDERS, next_event(self->home));
	close(port);
}

TEST_F(watch, every_watch_of_a_port_that_dies_tells_its_death)
{
	uint64_t source = stat_of(self->pair.send).source;

	fill(self->pair.send);
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, self->home));
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_SENDERS, 0, self->home));
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_BADGE, 0, self->home));
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_SOURCE, source, self->home));
	close(self->pair.receive);
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(0, next_event(self->home));
}

TEST_F(watch, event_that_a_sender_went_stands_behind_what_it_sent)
{
	int right = mint_plain(self->home);
	uint64_t source = stat_of(right).source;

	ASSERT_EQ(0, watch(self->home, MSGPORT_WATCH_SOURCE, source, self->home));
	ASSERT_EQ(0, send_number(right, 1, 0));
	ASSERT_EQ(0, send_number(right, 2, 0));
	close(right);
	EXPECT_EQ(1, receive_number(self->home, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, receive_number(self->home, MSGPORT_NONBLOCK));
	EXPECT_EQ(MSGPORT_WATCH_SOURCE, next_event(self->home));
}

TEST_F(watch, event_wakes_a_receiver_that_waits_for_it)
{
	struct msgport_message m = { .size = 0 };
	pid_t child;

	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home));
	child = start_child();
	if (!child) {
		close(self->pair.receive);
		_exit(msgport_receive_message(self->home, &m, NULL, 0, MSGPORT_FOREVER) ||
		      m.tag != MSGPORT_WATCH_DEATH);
	}
	ASSERT_TRUE(wait_for_receivers(self->home, 1));
	close(self->pair.receive);
	EXPECT_EQ(0, child_status(child));
}

TEST_F(watch, event_makes_its_port_readable)
{
	struct pollfd poll_fd = { .fd = self->home, .events = POLLIN };

	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home));
	ASSERT_EQ(0, poll(&poll_fd, 1, 0));
	close(self->pair.receive);
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLIN, poll_fd.revents & POLLIN);
}

/* As answers: until it is received, wherever it stands. */
TEST_F(watch, watch_takes_a_place_for_its_event_until_that_is_received)
{
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home));
	}
	EXPECT_EQ(4, stat_of(self->home).answers);
	EXPECT_EQ(ENOBUFS, error_of(watch(self->pair.send, MSGPORT_WATCH_DEATH, 0,
					  self->home)));
	close(self->pair.receive);
	EXPECT_EQ(4, stat_of(self->home).answers);
	EXPECT_EQ(4, stat_of(self->home).queued);
	EXPECT_EQ(MSGPORT_WATCH_DEATH, next_event(self->home));
	EXPECT_EQ(3, stat_of(self->home).answers);
}

TEST_F(watch, right_that_is_closed_watches_no_more)
{
	int other = mint_plain(self->pair.receive);

	ASSERT_EQ(0, watch(other, MSGPORT_WATCH_DEATH, 0, self->home));
	close(other);
	EXPECT_EQ(0, stat_of(self->home).answers);
	close(self->pair.receive);
	EXPECT_EQ(0, next_event(self->home));
}

TEST_F(watch, event_whose_port_has_died_is_discarded_there)
{
	struct pair home = new_pair(NULL);

	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, home.receive));
	close(home.receive);
	close(self->pair.receive);
	EXPECT_EQ(1, stat_of(home.send).sent);
	EXPECT_EQ(1, stat_of(home.send).died_with_port);
	EXPECT_EQ(0, stat_of(home.send).answers);
	close(home.send);
}

/* The last receive right of what is watched is where the event was to arrive. */
TEST_F(watch, port_that_watches_its_own_death_dies_in_peace)
{
	struct pair pair = new_pair(NULL);

	ASSERT_EQ(0, watch(pair.send, MSGPORT_WATCH_DEATH, 0, pair.receive));
	close(pair.receive);
	EXPECT_EQ(1, stat_of(pair.send).dead);
	EXPECT_TRUE(port_balanced(pair.send));
	close(pair.send);
}

TEST_F(watch, watch_of_a_dead_port_fails_with_epipe_and_takes_no_place)
{
	close(self->pair.receive);
	EXPECT_EQ(EPIPE, error_of(watch(self->pair.send, MSGPORT_WATCH_DEATH, 0,
					self->home)));
	EXPECT_EQ(EPIPE, error_of(watch(self->pair.send, MSGPORT_WATCH_ROOM, 0,
					self->home)));
	EXPECT_EQ(0, stat_of(self->home).answers);
}

TEST_F(watch, watch_for_a_badge_or_source_that_nobody_has_fails_with_esrch)
{
	EXPECT_EQ(ESRCH, error_of(watch(self->pair.send, MSGPORT_WATCH_BADGE, 12,
					self->home)));
	EXPECT_EQ(ESRCH, error_of(watch(self->pair.send, MSGPORT_WATCH_SOURCE, UINT64_MAX,
					self->home)));
	EXPECT_EQ(ESRCH, error_of(watch(self->pair.send, MSGPORT_WATCH_SOURCE, 0,
					self->home)));
	EXPECT_EQ(0, stat_of(self->home).answers);
}

/* Its message keeps the badge in the port, but no right has it any more. */
TEST_F(watch, watch_for_a_badge_that_only_a_message_has_fails_with_esrch)
{
	int right = msgport_mint(self->pair.receive, 12, 0, 0, 0);
	uint64_t source = stat_of(right).source;

	ASSERT_EQ(0, send_number(right, 1, 0));
	close(right);
	EXPECT_EQ(ESRCH, error_of(watch(self->pair.receive, MSGPORT_WATCH_BADGE, 12,
					self->home)));
	EXPECT_EQ(ESRCH, error_of(watch(self->pair.receive, MSGPORT_WATCH_SOURCE, source,
					self->home)));
}

/* Whoever makes room tells them all; other users have their own 16. */
#define ROOM_WATCHES	16

TEST_F(watch, watch_17_for_room_on_one_port_fails_with_edquot_until_one_ends)
{
	int home = new_port_for(2 * ROOM_WATCHES), i;
	uint64_t id;

	fill(self->pair.send);
	for (i = 0; i < ROOM_WATCHES; i++) {
		ASSERT_EQ(0, msgport_watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, home,
					   COOKIE, &id));
	}
	EXPECT_EQ(EDQUOT, error_of(watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, home)));
	EXPECT_EQ(ROOM_WATCHES, stat_of(home).answers);
	ASSERT_EQ(0, msgport_unwatch(self->pair.send, id));
	ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, home));
	/* all of them are told, and as many may watch again */
	ASSERT_EQ(0, receive_number(self->pair.receive, 0));
	for (i = 0; i < ROOM_WATCHES; i++) {
		ASSERT_EQ(MSGPORT_WATCH_ROOM, next_event(home));
	}
	fill(self->pair.send);
	for (i = 0; i < ROOM_WATCHES; i++) {
		ASSERT_EQ(0, watch(self->pair.send, MSGPORT_WATCH_ROOM, 0, home));
	}
	close(home);
}

TEST_F(watch, watch_for_what_there_is_not_fails_with_einval)
{
	EXPECT_EQ(EINVAL, error_of(watch(self->pair.send, 0, 0, self->home)));
	EXPECT_EQ(EINVAL, error_of(watch(self->pair.send, MSGPORT_WATCH_SOURCE + 1, 0,
					 self->home)));
	EXPECT_EQ(EINVAL, error_of(watch(self->pair.send, MSGPORT_WATCH_DEATH, 1,
					 self->home)));
	EXPECT_EQ(EINVAL, error_of(watch(self->pair.send, MSGPORT_WATCH_ROOM, 1,
					 self->home)));
}

TEST_F(watch, event_to_anything_but_a_receive_right_fails_with_ebadf)
{
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, -1)));
	EXPECT_EQ(EBADF, error_of(watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, control)));
	EXPECT_EQ(EBADF, error_of(watch(self->pair.send, MSGPORT_WATCH_DEATH, 0,
					self->pair.send)));
	EXPECT_EQ(EBADF, error_of(watch(control, MSGPORT_WATCH_DEATH, 0, self->home)));
	close(control);
}

TEST_F(watch, watch_that_cannot_answer_fails_with_efault_and_watches_nothing)
{
	struct msgport_watch *verb = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, verb);
	verb->size = sizeof(*verb);
	verb->what = MSGPORT_WATCH_DEATH;
	verb->event_fd = self->home;
	ASSERT_EQ(0, mprotect(verb, page_size(), PROT_READ));
	EXPECT_EQ(EFAULT, error_of(ioctl(self->pair.send, MSGPORT_IOC_WATCH, verb)));
	EXPECT_EQ(0, stat_of(self->home).answers);
	munmap(verb, page_size());
}

TEST_HARNESS_MAIN
