// SPDX-License-Identifier: GPL-2.0
/* join: who becomes a member, and what a membership holds. */

#include "groups.h"
#include "kselftest_harness.h"

FIXTURE(join)
{
	const char *name;
	int group;
	int port;
};

FIXTURE_SETUP(join)
{
	self->group = new_group(&self->name, NULL);
	self->port = new_port_for(4);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(join)
{
	close(self->port);
	close(self->group);
}

TEST_F(join, join_makes_the_port_a_member)
{
	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	EXPECT_EQ(1, stat_of(self->group).ports);
	EXPECT_EQ(1, stat_of(self->port).senders);
}

TEST_F(join, join_twice_fails_with_eexist)
{
	int again = msgport_reopen(self->port);

	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	EXPECT_EQ(EEXIST, error_of(msgport_join(self->port, self->name, 0)));
	/* the membership is the port's, not that of the right */
	EXPECT_EQ(EEXIST, error_of(msgport_join(again, self->name, MSGPORT_JOIN_LOSSY)));
	EXPECT_EQ(1, stat_of(self->group).ports);
	close(again);
}

TEST_F(join, join_of_what_is_no_group_fails_with_enoent)
{
	const char *name = new_name("port");
	int port = msgport_create(MSGPORT_DEFAULT, name, NULL);

	EXPECT_EQ(ENOENT, error_of(msgport_join(self->port, new_name("nobody"), 0)));
	EXPECT_EQ(ENOENT, error_of(msgport_join(self->port, name, 0)));
	close(port);
}

TEST_F(join, join_refuses_what_it_does_not_know)
{
	struct msgport_join argument = {
		.size = sizeof(argument),
		.name = address_of(self->name),
		.name_len = strlen(self->name),
		.reserved = 1,
	};

	EXPECT_EQ(EINVAL, error_of(msgport_join(self->port, self->name, 2)));
	EXPECT_EQ(EINVAL, error_of(msgport_join(self->port, "", 0)));
	EXPECT_EQ(EFAULT, error_of(msgport_join(self->port, NULL, 0)));
	EXPECT_EQ(EINVAL, error_of(ioctl(self->port, MSGPORT_IOC_JOIN, &argument)));
	EXPECT_EQ(0, stat_of(self->group).ports);
}

TEST_F(join, join_with_a_rendezvous_port_fails_with_eopnotsupp)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int port;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_port(&options);
	ASSERT_LE(0, port);
	EXPECT_EQ(EOPNOTSUPP, error_of(msgport_join(port, self->name, 0)));
	close(port);
}

TEST(join_of_a_group_with_all_its_members_fails_with_edquot)
{
	struct msgport_group_options options = { .max_members = 2 };
	const char *name;
	int group = new_group(&name, &options);
	int one = new_member(name, 1, 0), two = new_member(name, 1, 0);
	int three = new_port_for(1);

	EXPECT_EQ(EDQUOT, error_of(msgport_join(three, name, 0)));
	close(one);
	EXPECT_EQ(0, msgport_join(three, name, 0));
	close(two);
	close(three);
	EXPECT_EQ(0, stat_of(group).ports);
	close(group);
}

TEST_F(join, member_of_two_groups_receives_from_both)
{
	const char *name;
	int other = new_group(&name, NULL);

	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	ASSERT_EQ(0, msgport_join(self->port, name, 0));
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, send_number(other, 2, 0));
	EXPECT_EQ(1, next_number(self->port, NULL));
	EXPECT_EQ(2, next_number(self->port, NULL));
	close(other);
}

TEST_F(join, membership_does_not_keep_the_port_alive)
{
	int send = mint_plain(self->port);

	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	close(self->port);
	self->port = -1;
	EXPECT_EQ(EPIPE, error_of(send_number(send, 1, 0)));
	EXPECT_EQ(0, stat_of(self->group).ports);
	EXPECT_EQ(0, send_number(self->group, 2, 0));
	close(send);
}

TEST_F(join, join_again_with_messages_still_there_finds_the_same_source)
{
	struct msgport_filter filter = {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(self->group).source,
	};

	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, msgport_leave(self->port, self->name));
	EXPECT_EQ(0, stat_of(self->port).senders);
	ASSERT_EQ(0, msgport_join(self->port, self->name, 0));
	EXPECT_EQ(1, stat_of(self->port).senders);
	ASSERT_EQ(0, send_number(self->group, 2, 0));
	EXPECT_EQ(1, choose_number(self->port, &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(2, choose_number(self->port, &filter, MSGPORT_NONBLOCK, 0, NULL));
}

TEST_HARNESS_MAIN
