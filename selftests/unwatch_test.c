// SPDX-License-Identifier: GPL-2.0
/* unwatch: no event comes, and its place is free again. */

#include "asker.h"
#include "kselftest_harness.h"

FIXTURE(unwatch)
{
	struct pair pair;
	int home;
	uint64_t id;		/* of a watch for the port's death */
};

FIXTURE_SETUP(unwatch)
{
	self->pair = new_pair_for(2);
	self->home = new_port_for(1);
	ASSERT_EQ(0, msgport_watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home,
				   COOKIE, &self->id));
	ASSERT_NE(0, self->id);
}

FIXTURE_TEARDOWN(unwatch)
{
	close(self->home);
	close_pair(&self->pair);
}

TEST_F(unwatch, no_event_comes_after_unwatch)
{
	ASSERT_EQ(0, msgport_unwatch(self->pair.send, self->id));
	close(self->pair.receive);
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->home, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(self->home).sent);
}

TEST_F(unwatch, unwatch_gives_the_events_place_back)
{
	uint64_t id;

	EXPECT_EQ(ENOBUFS, error_of(msgport_watch(self->pair.send, MSGPORT_WATCH_DEATH, 0,
						  self->home, 0, &id)));
	ASSERT_EQ(0, msgport_unwatch(self->pair.send, self->id));
	EXPECT_EQ(0, stat_of(self->home).answers);
	EXPECT_EQ(0, msgport_watch(self->pair.send, MSGPORT_WATCH_DEATH, 0, self->home, 0,
				   &id));
	EXPECT_NE(self->id, id);
}

TEST_F(unwatch, unwatch_twice_fails_with_esrch)
{
	ASSERT_EQ(0, msgport_unwatch(self->pair.send, self->id));
	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(self->pair.send, self->id)));
}

TEST_F(unwatch, unwatch_of_what_has_happened_fails_with_esrch)
{
	close(self->pair.receive);
	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(self->pair.send, self->id)));
	EXPECT_EQ(MSGPORT_KIND_EVENT, next_kind(self->home, COOKIE));
}

TEST_F(unwatch, unwatch_through_another_right_or_of_an_unknown_id_fails_with_esrch)
{
	int other = mint_plain(self->pair.receive);

	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(other, self->id)));
	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(self->pair.receive, self->id)));
	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(self->pair.send, 0)));
	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(self->pair.send, self->id + 1)));
	EXPECT_EQ(ESRCH, error_of(msgport_unwatch(self->pair.send, UINT64_MAX)));
	EXPECT_EQ(0, msgport_unwatch(self->pair.send, self->id));
	close(other);
}

/* Each kind stands in a list of its own. */
TEST_F(unwatch, each_kind_of_watch_ends_before_its_time)
{
	uint64_t subjects[] = { 0, 0, 0, 0, stat_of(self->pair.send).source };
	int home = new_port(NULL);
	unsigned int what;
	uint64_t id;

	fill(self->pair.send);
	for (what = MSGPORT_WATCH_DEATH; what <= MSGPORT_WATCH_SOURCE; what++) {
		ASSERT_EQ(0, msgport_watch(self->pair.receive, what, subjects[what - 1], home,
					   0, &id));
		ASSERT_EQ(0, msgport_unwatch(self->pair.receive, id));
	}
	close(self->pair.send);
	close(self->pair.receive);
	EXPECT_EQ(0, stat_of(home).answers);
	EXPECT_EQ(0, stat_of(home).sent);
	close(home);
}

TEST_F(unwatch, unwatch_on_a_control_descriptor_fails_with_ebadf)
{
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(msgport_unwatch(control, self->id)));
	EXPECT_EQ(EBADF, error_of(msgport_unwatch(-1, self->id)));
	close(control);
}

TEST_HARNESS_MAIN
