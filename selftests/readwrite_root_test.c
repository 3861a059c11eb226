// SPDX-License-Identifier: GPL-2.0
/*
 * write speaks for whoever opened the right.  A program that runs for another
 * user, as a set-uid one does, and finds the right among its descriptors must
 * not be made to speak for that user.  Root, to be two users.
 */
#include "kselftest_harness.h"
#include "testlib.h"

#define ALICE	1000
#define BOB	1001

static int as(gid_t gid, uid_t uid, struct pair port)
{
	become(uid, gid);
	return error_of(write(port.send, "x", 1));
}

/* The errno of a write by another process with these ids. */
static int write_as(gid_t gid, uid_t uid, struct pair port)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(as(gid, uid, port));
	return child_status(pid);
}

FIXTURE(speaker)
{
	struct pair port;
};

/* A right that Alice opened; the test itself stays root. */
FIXTURE_SETUP(speaker)
{
	ASSERT_EQ(0, setegid(ALICE));
	ASSERT_EQ(0, seteuid(ALICE));
	self->port = new_pair(NULL);
	ASSERT_EQ(0, seteuid(0));
	ASSERT_EQ(0, setegid(0));
}

FIXTURE_TEARDOWN(speaker)
{
	close_pair(&self->port);
}

TEST_F(speaker, write_by_the_user_who_opened_the_right_works)
{
	EXPECT_EQ(0, write_as(ALICE, ALICE, self->port));
	EXPECT_EQ(1, stat_of(self->port.send).sent);
}

TEST_F(speaker, write_by_another_user_fails_with_eperm)
{
	EXPECT_EQ(EPERM, write_as(ALICE, BOB, self->port));
	EXPECT_EQ(EPERM, write_as(BOB, ALICE, self->port));
	EXPECT_EQ(EPERM, write_as(BOB, BOB, self->port));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
}

/* As in a set-uid program: the real uid is Alice's, the effective one root's. */
TEST_F(speaker, write_by_a_set_uid_program_fails_with_eperm)
{
	EXPECT_EQ(EPERM, error_of(write(self->port.send, "x", 1)));
	ASSERT_EQ(0, setresuid(ALICE, 0, 0));
	EXPECT_EQ(EPERM, error_of(write(self->port.send, "x", 1)));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
}

/* send stamps the caller as it is: whoever calls it knows what it does. */
TEST_F(speaker, send_by_another_user_carries_that_users_stamp)
{
	char byte;
	struct msgport_message message = { .data = &byte, .size = 1 };
	pid_t pid = start_child();

	if (!pid) {
		become(BOB, BOB);
		_exit(error_of(msgport_send(self->port.send, "x", 1, 0)));
	}
	ASSERT_EQ(0, child_status(pid));
	ASSERT_EQ(0, msgport_receive_message(self->port.receive, &message, NULL,
					     MSGPORT_NONBLOCK, MSGPORT_FOREVER));
	EXPECT_EQ(BOB, message.stamp.uid);
	EXPECT_EQ(BOB, message.stamp.gid);
}

TEST_HARNESS_MAIN
