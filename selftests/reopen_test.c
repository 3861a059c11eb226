// SPDX-License-Identifier: GPL-2.0
/* reopen: a second, independent receive right. */

#include <fcntl.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(reopen)
{
	struct pair pair;
};

FIXTURE_SETUP(reopen)
{
	self->pair = new_pair(NULL);
}

FIXTURE_TEARDOWN(reopen)
{
	close_pair(&self->pair);
}

TEST_F(reopen, reopen_gives_a_right_that_receives_from_the_same_port)
{
	int second = msgport_reopen(self->pair.receive);

	ASSERT_LE(0, second);
	EXPECT_EQ(MSGPORT_IS_RECEIVE, stat_of(second).what);
	EXPECT_EQ(stat_of(self->pair.receive).port, stat_of(second).port);
	EXPECT_EQ(2, stat_of(second).receivers);
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	ASSERT_EQ(0, send_number(self->pair.send, 2, 0));
	EXPECT_EQ(1, receive_number(second, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	close(second);
}

TEST_F(reopen, reopened_right_keeps_the_port_alive)
{
	int second = msgport_reopen(self->pair.receive);

	ASSERT_LE(0, second);
	close(self->pair.receive);
	EXPECT_EQ(0, stat_of(second).dead);
	EXPECT_EQ(0, send_number(self->pair.send, 3, 0));
	EXPECT_EQ(3, receive_number(second, MSGPORT_NONBLOCK));
	close(second);
	EXPECT_EQ(1, stat_of(self->pair.send).dead);
	EXPECT_EQ(EPIPE, error_of(send_number(self->pair.send, 4, 0)));
}

TEST_F(reopen, reopened_right_has_flags_of_its_own)
{
	int second = msgport_reopen(self->pair.receive);

	ASSERT_LE(0, second);
	ASSERT_EQ(0, fcntl(second, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(0, fcntl(self->pair.receive, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(EAGAIN, error_of(receive_number(second, 0)));
	close(second);
}

TEST_F(reopen, reopen_gives_a_descriptor_that_closes_on_exec)
{
	int second = msgport_reopen(self->pair.receive);

	ASSERT_LE(0, second);
	EXPECT_EQ(FD_CLOEXEC, fcntl(second, F_GETFD));
	close(second);
}

TEST_F(reopen, reopen_with_flags_fails_with_einval)
{
	struct msgport_reopen argument = { .flags = 1 };

	EXPECT_EQ(EINVAL, error_of(raw_reopen(self->pair.receive, &argument)));
}

TEST_F(reopen, reopen_on_anything_but_a_receive_right_fails_with_ebadf)
{
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(msgport_reopen(self->pair.send)));
	EXPECT_EQ(EBADF, error_of(msgport_reopen(control)));
	close(control);
}

TEST_F(reopen, reopen_without_a_free_descriptor_fails_with_emfile_and_leaves_nothing)
{
	struct rlimit limit, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(EMFILE, error_of(msgport_reopen(self->pair.receive)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(1, stat_of(self->pair.receive).receivers);
}

TEST_HARNESS_MAIN
