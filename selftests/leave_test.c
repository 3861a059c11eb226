// SPDX-License-Identifier: GPL-2.0
/* leave: a membership ends, what was received stays. */

#include "groups.h"
#include "kselftest_harness.h"

FIXTURE(leave)
{
	const char *name;
	int group;
	int port;
};

FIXTURE_SETUP(leave)
{
	self->group = new_group(&self->name, NULL);
	self->port = new_member(self->name, 1, 0);
}

FIXTURE_TEARDOWN(leave)
{
	close(self->port);
	close(self->group);
}

TEST_F(leave, leave_keeps_what_is_in_the_port)
{
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	ASSERT_EQ(0, send_number(self->group, 2, 0));
	EXPECT_EQ(0, stat_of(self->group).ports);
	EXPECT_EQ(1, next_number(self->port, NULL));
	EXPECT_EQ(-1, next_number(self->port, NULL));
}

TEST_F(leave, leave_without_being_a_member_fails_with_enoent)
{
	int other = new_port_for(1);

	EXPECT_EQ(ENOENT, error_of(msgport_leave(other, self->name)));
	EXPECT_EQ(ENOENT, error_of(msgport_leave(self->port, new_name("nobody"))));
	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	EXPECT_EQ(ENOENT, error_of(msgport_leave(self->port, self->name)));
	close(other);
}

TEST_F(leave, leave_works_through_any_receive_right_of_the_port)
{
	int again = msgport_reopen(self->port);

	EXPECT_EQ(0, msgport_leave(again, self->name));
	EXPECT_EQ(0, stat_of(self->group).ports);
	close(again);
}

TEST_F(leave, leave_lets_those_go_on_who_wait_for_the_member)
{
	int room = new_member(self->name, 4, 0);
	pid_t one, two;

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	one = start_sender(self->group, 2, 0);
	two = start_sender(self->group, 2, 0);
	ASSERT_TRUE(wait_for_publishers(self->group, 2));
	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	EXPECT_EQ(0, child_status(one));
	EXPECT_EQ(0, child_status(two));
	EXPECT_EQ(3, stat_of(room).queued);
	EXPECT_EQ(1, stat_of(self->port).queued);
	EXPECT_EQ(0, stat_of(self->port).waiting_senders);
	close(room);
}

TEST_F(leave, leave_and_join_begins_a_new_count_of_what_was_missed)
{
	uint64_t missed;

	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	ASSERT_EQ(0, msgport_join(self->port, self->name, MSGPORT_JOIN_LOSSY));
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, send_number(self->group, 2, 0));
	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	EXPECT_EQ(1, next_number(self->port, NULL));
	ASSERT_EQ(0, send_number(self->group, 3, 0));
	EXPECT_EQ(3, next_number(self->port, &missed));
	EXPECT_EQ(0, missed);
	EXPECT_EQ(1, stat_of(self->port).missed);
	EXPECT_EQ(1, stat_of(self->group).missed);
}

/* It is the same source, also while messages of the earlier membership are there. */
TEST_F(leave, choice_of_the_groups_source_finds_messages_of_both_memberships)
{
	int port = new_member(self->name, 4, 0);
	struct msgport_filter filter = {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(self->group).source,
	};
	int direct = mint_plain(port);

	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, msgport_leave(port, self->name));
	ASSERT_EQ(0, send_number(direct, 2, 0));
	ASSERT_EQ(0, msgport_join(port, self->name, 0));
	ASSERT_EQ(0, send_number(self->group, 3, 0));
	EXPECT_EQ(1, choose_number(port, &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(3, choose_number(port, &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(2, receive_number(port, MSGPORT_NONBLOCK));
	close(direct);
	close(port);
}

TEST_HARNESS_MAIN
