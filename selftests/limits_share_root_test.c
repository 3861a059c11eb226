// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of another user's share of a port when the port's limits change.
 * Root, to be two users.
 */
#include "kselftest_harness.h"
#include "users.h"

#define ROOM	16
#define SHARE	4

FIXTURE(resized)
{
	int receive;
	int guest;		/* a send right of another user */
};

FIXTURE_SETUP(resized)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = ROOM;
	options.uid_share = SHARE;
	self->receive = new_port(&options);
	ASSERT_GE(self->receive, 0);
	ASSERT_EQ(0, seteuid(ALICE));
	self->guest = mint_plain(self->receive);
	ASSERT_EQ(0, seteuid(0));
	ASSERT_GE(self->guest, 0);
}

FIXTURE_TEARDOWN(resized)
{
	close(self->guest);
	close(self->receive);
}

static int set_max_msgs(int receive, unsigned int max_msgs)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS, .max_msgs = max_msgs,
	};

	return msgport_limits(receive, &limits);
}

TEST_F(resized, share_keeps_its_part_when_max_msgs_is_lowered)
{
	ASSERT_EQ(0, set_max_msgs(self->receive, ROOM / 2));
	EXPECT_EQ(SHARE / 2, stat_of(self->receive).uid_share);
	EXPECT_EQ(SHARE / 2, fill(self->guest));
}

TEST_F(resized, share_keeps_its_part_when_max_msgs_is_raised)
{
	ASSERT_EQ(0, set_max_msgs(self->receive, ROOM * 2));
	EXPECT_EQ(SHARE * 2, stat_of(self->receive).uid_share);
	EXPECT_EQ(SHARE * 2, fill(self->guest));
}

/* Below the share itself, where it would be all of the port. */
TEST_F(resized, another_user_has_no_whole_port_however_small_it_becomes)
{
	ASSERT_EQ(0, set_max_msgs(self->receive, SHARE));
	EXPECT_EQ(1, fill(self->guest));
	ASSERT_EQ(0, receive_number(self->receive, MSGPORT_NONBLOCK));
	ASSERT_EQ(0, set_max_msgs(self->receive, 2));
	EXPECT_EQ(1, fill(self->guest));
}

/* A port of one has no part: what it had comes back with its room. */
TEST_F(resized, share_is_what_it_was_when_max_msgs_is_lowered_and_raised_again)
{
	ASSERT_EQ(0, set_max_msgs(self->receive, 1));
	ASSERT_EQ(0, set_max_msgs(self->receive, ROOM));
	EXPECT_EQ(SHARE, stat_of(self->receive).uid_share);
	EXPECT_EQ(SHARE, fill(self->guest));
}

TEST_F(resized, share_that_is_set_with_max_msgs_is_as_set)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS | MSGPORT_SET_UID_SHARE,
		.max_msgs = ROOM / 2, .uid_share = 3,
	};

	ASSERT_EQ(0, msgport_limits(self->receive, &limits));
	EXPECT_EQ(3, fill(self->guest));
}

/* Its owner has all of it, as ever. */
TEST_F(resized, owner_has_the_whole_port_whatever_its_limits_become)
{
	int own = mint_plain(self->receive);

	ASSERT_EQ(0, set_max_msgs(self->receive, ROOM / 2));
	EXPECT_EQ(ROOM / 2, fill(own));
	ASSERT_EQ(0, set_max_msgs(self->receive, ROOM * 2));
	EXPECT_EQ(ROOM * 2 - ROOM / 2, fill(own));
	close(own);
}

TEST_HARNESS_MAIN
