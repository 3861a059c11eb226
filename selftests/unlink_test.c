// SPDX-License-Identifier: GPL-2.0
/* unlink: the name goes, the rights stay. */

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(unlink)
{
	const char *name;
	int control;
	int port;
};

FIXTURE_SETUP(unlink)
{
	self->name = new_name("unlink");
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	self->port = msgport_create(self->control, self->name, NULL);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(unlink)
{
	close(self->port);
	close(self->control);
}

TEST_F(unlink, unlink_takes_the_name_and_leaves_the_rights)
{
	int right = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, right);
	ASSERT_EQ(0, msgport_unlink(self->control, self->name));
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, self->name, 0)));
	EXPECT_EQ(0, stat_of(self->port).dead);
	EXPECT_EQ(0, send_number(right, 6, 0));
	EXPECT_EQ(6, receive_number(self->port, MSGPORT_NONBLOCK));
	close(right);
}

TEST_F(unlink, unlink_frees_the_name_for_another_port)
{
	int other, right;

	ASSERT_EQ(0, msgport_unlink(self->control, self->name));
	other = msgport_create(self->control, self->name, NULL);
	ASSERT_LE(0, other);
	right = msgport_connect(self->control, self->name, 0);
	ASSERT_LE(0, right);
	EXPECT_EQ(stat_of(other).port, stat_of(right).port);
	/* the first port's end must not take the second one's name */
	close(self->port);
	close(right);
	right = msgport_connect(self->control, self->name, 0);
	EXPECT_LE(0, right);
	close(right);
	close(other);
}

TEST_F(unlink, unlink_twice_fails_with_enoent)
{
	ASSERT_EQ(0, msgport_unlink(self->control, self->name));
	EXPECT_EQ(ENOENT, error_of(msgport_unlink(self->control, self->name)));
}

TEST_F(unlink, unlink_of_an_unknown_name_fails_with_enoent)
{
	EXPECT_EQ(ENOENT, error_of(msgport_unlink(self->control, "nobody")));
}

TEST_F(unlink, unlink_with_bad_arguments_fails_with_their_errno)
{
	char name[64];
	struct msgport_unlink argument = {
		.name = address_of(self->name),
		.name_len = strlen(self->name),
	};

	argument.flags = 1;
	EXPECT_EQ(EINVAL, error_of(raw_unlink(self->control, &argument)));
	argument.flags = 0;
	argument.reserved = 1;
	EXPECT_EQ(EINVAL, error_of(raw_unlink(self->control, &argument)));
	argument.reserved = 0;
	argument.name_len = 0;
	EXPECT_EQ(EINVAL, error_of(raw_unlink(self->control, &argument)));
	argument.name_len = 5;
	argument.name = address_of(bytes_before_hole(4));
	EXPECT_EQ(EFAULT, error_of(raw_unlink(self->control, &argument)));
	memset(name, 'u', sizeof(name));
	argument.name = address_of(name);
	argument.name_len = sizeof(name);
	EXPECT_EQ(ENAMETOOLONG, error_of(raw_unlink(self->control, &argument)));
}

TEST_F(unlink, unlink_on_a_right_fails_with_ebadf)
{
	EXPECT_EQ(EBADF, error_of(msgport_unlink(self->port, self->name)));
}

TEST_HARNESS_MAIN
