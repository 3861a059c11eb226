// SPDX-License-Identifier: GPL-2.0
/* connect: from a name to a right. */

#include <fcntl.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(connect)
{
	const char *name;
	int control;
	int port;
};

FIXTURE_SETUP(connect)
{
	self->name = new_name("connect");
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	self->port = msgport_create(self->control, self->name, NULL);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(connect)
{
	close(self->port);
	close(self->control);
}

static struct msgport_connect to(const char *name)
{
	return (struct msgport_connect) {
		.name = address_of(name),
		.name_len = strlen(name),
		.owner = MSGPORT_NO_UID,
	};
}

TEST_F(connect, connect_gives_a_send_right_whose_messages_arrive)
{
	int right = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, right);
	EXPECT_EQ(MSGPORT_IS_SEND, stat_of(right).what);
	EXPECT_EQ(0, send_number(right, 42, 0));
	EXPECT_EQ(42, receive_number(self->port, MSGPORT_NONBLOCK));
	close(right);
}

TEST_F(connect, connect_tells_the_ids_that_stamps_and_stat_show)
{
	struct msgport_connect argument = to(self->name);
	int right = raw_connect(self->control, &argument);
	struct msgport_message message;

	ASSERT_LE(0, right);
	EXPECT_EQ(stat_of(self->port).port, argument.id);
	EXPECT_EQ(stat_of(right).source, argument.source);
	ASSERT_EQ(0, send_number(right, 1, 0));
	ASSERT_EQ(1, choose_number(self->port, NULL, 0, in_ms(1000), &message));
	EXPECT_EQ(argument.source, message.stamp.source);
	EXPECT_EQ(0, message.stamp.badge);
	close(right);
}

TEST_F(connect, connect_again_gives_another_source)
{
	int one = msgport_connect(self->control, self->name, 0);
	int two = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	EXPECT_NE(stat_of(one).source, stat_of(two).source);
	EXPECT_EQ(2, stat_of(self->port).senders);
	close(one);
	close(two);
}

TEST_F(connect, connect_for_receiving_gives_a_second_receive_right)
{
	int sender = mint_plain(self->port);
	int right = msgport_connect(self->control, self->name,
				    MSGPORT_CONNECT_RECEIVE);

	ASSERT_LE(0, right);
	EXPECT_EQ(MSGPORT_IS_RECEIVE, stat_of(right).what);
	EXPECT_EQ(2, stat_of(self->port).receivers);
	ASSERT_EQ(0, send_number(sender, 5, 0));
	EXPECT_EQ(5, receive_number(right, MSGPORT_NONBLOCK));
	close(right);
	close(sender);
}

TEST_F(connect, connect_gives_a_descriptor_that_closes_on_exec)
{
	int right = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, right);
	EXPECT_EQ(FD_CLOEXEC, fcntl(right, F_GETFD));
	close(right);
}

TEST_F(connect, connect_by_the_owner_carries_every_priority)
{
	int right = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, right);
	EXPECT_EQ(31, stat_of(right).max_priority);
	close(right);
}

TEST_F(connect, connect_to_an_unknown_name_fails_with_enoent)
{
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, "nobody", 0)));
}

TEST_F(connect, connect_to_a_longer_or_shorter_name_fails_with_enoent)
{
	char name[MSGPORT_NAME_MAX + 1];

	snprintf(name, sizeof(name), "%sx", self->name);
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, name, 0)));
	name[strlen(self->name) - 1] = 0;
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, name, 0)));
}

TEST_F(connect, connect_after_the_ports_death_fails_with_enoent)
{
	int right = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, right);
	close(self->port);
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, self->name, 0)));
	close(right);
}

TEST_F(connect, connect_to_the_expected_owner_succeeds_and_to_another_fails_with_eacces)
{
	int right = msgport_connect_owner(self->control, self->name, 0, geteuid());

	EXPECT_LE(0, right);
	close(right);
	EXPECT_EQ(EACCES, error_of(msgport_connect_owner(self->control, self->name,
							 0, geteuid() + 1)));
}

TEST_F(connect, connect_against_the_owners_own_mode_fails_with_eacces)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("connect");
	int port, right;

	options.mode = 0466;
	port = msgport_create(self->control, name, &options);
	ASSERT_LE(0, port);
	EXPECT_EQ(EACCES, error_of(msgport_connect(self->control, name, 0)));
	right = msgport_connect(self->control, name, MSGPORT_CONNECT_RECEIVE);
	EXPECT_LE(0, right);
	close(right);
	close(port);

	options.mode = 0266;
	port = msgport_create(self->control, name, &options);
	ASSERT_LE(0, port);
	EXPECT_EQ(EACCES, error_of(msgport_connect(self->control, name,
						   MSGPORT_CONNECT_RECEIVE)));
	right = msgport_connect(self->control, name, 0);
	EXPECT_LE(0, right);
	close(right);
	close(port);
}

TEST_F(connect, connect_with_bad_arguments_fails_with_their_errno)
{
	struct msgport_connect argument = to(self->name);
	char name[64];

	argument.flags = 1U << 30;
	EXPECT_EQ(EINVAL, error_of(raw_connect(self->control, &argument)));

	argument = to(self->name);
	argument.name_len = 0;
	EXPECT_EQ(EINVAL, error_of(raw_connect(self->control, &argument)));

	memset(name, 'x', sizeof(name));
	argument = to(self->name);
	argument.name = address_of(name);
	argument.name_len = sizeof(name);
	EXPECT_EQ(ENAMETOOLONG, error_of(raw_connect(self->control, &argument)));

	argument = to(self->name);
	argument.name = address_of(bytes_before_hole(4));
	EXPECT_EQ(EFAULT, error_of(raw_connect(self->control, &argument)));
}

TEST_F(connect, connect_on_a_right_fails_with_ebadf)
{
	EXPECT_EQ(EBADF, error_of(msgport_connect(self->port, self->name, 0)));
}

TEST_F(connect, connect_without_a_free_descriptor_fails_with_emfile_and_leaves_nothing)
{
	struct rlimit limit, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(EMFILE, error_of(msgport_connect(self->control, self->name, 0)));
	EXPECT_EQ(EMFILE, error_of(msgport_connect(self->control, self->name,
						   MSGPORT_CONNECT_RECEIVE)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, stat_of(self->port).senders);
	EXPECT_EQ(1, stat_of(self->port).receivers);
}

TEST_F(connect, connect_that_cannot_answer_fails_with_efault_and_leaves_nothing)
{
	struct msgport_connect *argument = bytes_before_hole(page_size());

	*argument = to(self->name);
	argument->size = sizeof(*argument);
	ASSERT_EQ(0, mprotect(argument, page_size(), PROT_READ));
	EXPECT_EQ(EFAULT, error_of(raw_connect(self->control, argument)));
	EXPECT_EQ(0, stat_of(self->port).senders);
}

TEST_HARNESS_MAIN
