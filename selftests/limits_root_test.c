// SPDX-License-Identifier: GPL-2.0
/* limits, by somebody who has a receive right and is not the owner. */

#include "kselftest_harness.h"
#include "testlib.h"

#define USER	2000

FIXTURE(limits_of_root)
{
	int port;
};

FIXTURE_SETUP(limits_of_root)
{
	self->port = new_port_for(10);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(limits_of_root)
{
	close(self->port);
}

/* Sets as an ordinary user; the errno. */
static int set_by_user(int port, struct msgport_limits limits)
{
	pid_t pid = start_child();

	if (!pid) {
		become(USER, USER);
		_exit(error_of(msgport_limits(port, &limits)));
	}
	return child_status(pid);
}

TEST_F(limits_of_root, each_limit_is_raised_by_the_owner_alone)
{
	struct msgport_limits raised[] = {
		{ .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 11 },
		{ .flags = MSGPORT_SET_MAX_BYTES, .max_bytes = 300000 },
		{ .flags = MSGPORT_SET_MAX_SIZE, .max_size = 65537 },
		{ .flags = MSGPORT_SET_MAX_ANSWERS, .max_answers = 11 },
		{ .flags = MSGPORT_SET_UID_SHARE, .uid_share = 6 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(raised); i++) {
		EXPECT_EQ(EPERM, set_by_user(self->port, raised[i]))
			TH_LOG("row %u", i);
		EXPECT_EQ(0, msgport_limits(self->port, &raised[i]));
	}
}

/* The same number of fewer messages is a greater part of the bytes. */
TEST_F(limits_of_root, share_is_not_raised_by_lowering_what_it_is_a_share_of)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS | MSGPORT_SET_UID_SHARE,
		.max_msgs = 5, .uid_share = 5,
	};

	EXPECT_EQ(EPERM, set_by_user(self->port, limits));
	limits.uid_share = 2;
	EXPECT_EQ(0, set_by_user(self->port, limits));
}

TEST_F(limits_of_root, each_limit_is_lowered_by_any_receiver)
{
	struct msgport_limits lowered[] = {
		{ .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 9 },
		{ .flags = MSGPORT_SET_MAX_BYTES, .max_bytes = 200000 },
		{ .flags = MSGPORT_SET_MAX_SIZE, .max_size = 100 },
		{ .flags = MSGPORT_SET_MAX_ANSWERS, .max_answers = 9 },
		{ .flags = MSGPORT_SET_UID_SHARE, .uid_share = 4 },
	};
	struct msgport_limits now = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lowered); i++) {
		EXPECT_EQ(0, set_by_user(self->port, lowered[i]))
			TH_LOG("row %u", i);
	}
	ASSERT_EQ(0, msgport_limits(self->port, &now));
	EXPECT_EQ(9, now.max_msgs);
	EXPECT_EQ(200000, now.max_bytes);
	EXPECT_EQ(100, now.max_size);
	EXPECT_EQ(9, now.max_answers);
	EXPECT_EQ(4, now.uid_share);
}

TEST_F(limits_of_root, limits_lowered_and_raised_in_one_call_change_nothing_for_a_receiver)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS | MSGPORT_SET_MAX_SIZE,
		.max_msgs = 9,
		.max_size = 70000,
	};

	EXPECT_EQ(EPERM, set_by_user(self->port, limits));
	EXPECT_EQ(10, stat_of(self->port).max_msgs);
	EXPECT_EQ(65536, stat_of(self->port).max_size);
}

TEST_F(limits_of_root, limits_are_read_by_any_receiver)
{
	pid_t pid = start_child();

	if (!pid) {
		struct msgport_limits limits = { 0 };

		become(USER, USER);
		_exit(msgport_limits(self->port, &limits) || limits.max_msgs != 10);
	}
	EXPECT_EQ(0, child_status(pid));
}

TEST_HARNESS_MAIN
