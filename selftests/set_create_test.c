// SPDX-License-Identifier: GPL-2.0
/* set_create: an empty set, and what its descriptor is and is not. */
#include <fcntl.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(set_create)
{
	int set;
};

FIXTURE_SETUP(set_create)
{
	self->set = msgport_set_create(MSGPORT_DEFAULT);
	ASSERT_LE(0, self->set);
}

FIXTURE_TEARDOWN(set_create)
{
	close(self->set);
}

TEST_F(set_create, set_is_close_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->set, F_GETFD));
}

TEST_F(set_create, set_says_what_it_is)
{
	struct msgport_version version = { 0 };
	struct msgport_stat stat = stat_of(self->set);

	EXPECT_EQ(MSGPORT_IS_SET, stat.what);
	EXPECT_EQ(0, stat.port);
	EXPECT_EQ(0, stat.ports);
	ASSERT_EQ(0, raw_version(self->set, &version));
	EXPECT_TRUE(version.features & MSGPORT_FEATURE_SETS);
}

TEST_F(set_create, receive_from_an_empty_set_waits_until_its_deadline)
{
	struct msgport_message message = { 0 };
	uint64_t deadline = in_ms(60);

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_receive_message(self->set, &message, NULL,
							      0, deadline)));
	EXPECT_LE(deadline, now_ns());
}

TEST_F(set_create, receive_from_an_empty_set_fails_with_eagain_when_it_must_not_wait)
{
	EXPECT_EQ(EAGAIN, error_of(msgport_receive(self->set, NULL, 0, MSGPORT_NONBLOCK)));
	ASSERT_EQ(0, fcntl(self->set, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(msgport_receive(self->set, NULL, 0, 0)));
}

TEST_F(set_create, set_is_no_receive_right)
{
	char byte = 0;

	EXPECT_EQ(EBADF, error_of(msgport_mint(self->set, 0, 0, 0, 0)));
	EXPECT_EQ(EBADF, error_of(msgport_reopen(self->set)));
	EXPECT_EQ(EBADF, error_of(msgport_send(self->set, "a", 1, 0)));
	EXPECT_EQ(EBADF, error_of(msgport_grant(self->set, 1, 1)));
	EXPECT_EQ(EBADF, error_of(read(self->set, &byte, 1)));
	EXPECT_EQ(EBADF, error_of(write(self->set, &byte, 1)));
}

TEST_F(set_create, set_create_on_anything_but_a_control_descriptor_fails_with_ebadf)
{
	int port = new_port(NULL);

	EXPECT_EQ(EBADF, error_of(msgport_set_create(port)));
	EXPECT_EQ(EBADF, error_of(msgport_set_create(self->set)));
	close(port);
}

TEST_F(set_create, set_create_without_a_free_descriptor_fails_with_emfile)
{
	struct rlimit old, low;
	int control = msgport_open(), first = dup(0), error;

	close(first);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	low = old;
	low.rlim_cur = first;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &low));
	error = error_of(msgport_set_create(control));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_EQ(EMFILE, error);
	close(control);
}

TEST_HARNESS_MAIN
