// SPDX-License-Identifier: GPL-2.0
/* expel: the owner ends somebody's membership. */

#include "groups.h"
#include "kselftest_harness.h"

FIXTURE(expel)
{
	const char *name;
	int group;
	int port;
	uint64_t id;
};

FIXTURE_SETUP(expel)
{
	self->group = new_group(&self->name, NULL);
	self->port = new_member(self->name, 1, 0);
	self->id = stat_of(self->port).port;
}

FIXTURE_TEARDOWN(expel)
{
	close(self->port);
	close(self->group);
}

TEST_F(expel, expel_ends_the_membership_and_keeps_what_is_in_the_port)
{
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, msgport_expel(self->group, self->id));
	EXPECT_EQ(0, stat_of(self->group).ports);
	ASSERT_EQ(0, send_number(self->group, 2, 0));
	EXPECT_EQ(1, next_number(self->port, NULL));
	EXPECT_EQ(-1, next_number(self->port, NULL));
	EXPECT_EQ(ENOENT, error_of(msgport_leave(self->port, self->name)));
}

TEST_F(expel, expel_of_who_is_no_member_fails_with_enoent)
{
	int other = new_port_for(1);

	EXPECT_EQ(ENOENT, error_of(msgport_expel(self->group, stat_of(other).port)));
	EXPECT_EQ(ENOENT, error_of(msgport_expel(self->group, 0)));
	EXPECT_EQ(1, stat_of(self->group).ports);
	close(other);
}

TEST_F(expel, expel_on_what_is_no_group_fails_with_ebadf)
{
	struct msgport_expel argument = { .size = sizeof(argument), .flags = 1 };

	EXPECT_EQ(EBADF, error_of(msgport_expel(self->port, self->id)));
	EXPECT_EQ(EINVAL, error_of(ioctl(self->group, MSGPORT_IOC_EXPEL, &argument)));
}

TEST_F(expel, expel_of_the_full_member_wakes_the_sender)
{
	int room = new_member(self->name, 4, 0);
	pid_t sender;

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	sender = start_sender(self->group, 2, 0);
	ASSERT_TRUE(wait_for_publishers(self->group, 1));
	ASSERT_EQ(0, msgport_expel(self->group, self->id));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, stat_of(room).queued);
	EXPECT_EQ(1, stat_of(self->port).queued);
	EXPECT_EQ(0, stat_of(self->port).waiting_senders);
	close(room);
}

TEST_F(expel, expelled_member_may_join_again)
{
	ASSERT_EQ(0, msgport_expel(self->group, self->id));
	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	EXPECT_EQ(0, send_number(self->group, 1, 0));
	EXPECT_EQ(1, next_number(self->port, NULL));
}

TEST_HARNESS_MAIN
