// SPDX-License-Identifier: GPL-2.0
/* The stamp across users and namespaces.  Root, to make them. */
#include <fcntl.h>

#include "kselftest_harness.h"
#include "users.h"

#define OVERFLOW_ID	65534
#define OFFSET_S	1000

FIXTURE(far)
{
	struct pair port;
};

FIXTURE_SETUP(far)
{
	self->port = new_pair(NULL);
}

FIXTURE_TEARDOWN(far)
{
	close_pair(&self->port);
}

/* The stamp of the next message; a number that the caller may look at too. */
static struct msgport_stamp next_stamp(int receive)
{
	struct msgport_message message;

	if (choose_number(receive, NULL, 0, in_ms(PATIENCE_MS), &message) == -1)
		give_up("receive");
	return message.stamp;
}

TEST_F(far, stamp_has_the_effective_user_of_who_sends_not_of_who_connected)
{
	struct msgport_stamp stamp;
	pid_t sender = start_child();

	if (!sender) {
		if (setegid(BOB) || seteuid(ALICE))
			give_up("seteuid");
		_exit(error_of(send_number(self->port.send, 1, 0)));
	}
	EXPECT_EQ(0, child_status(sender));
	ASSERT_EQ(0, send_number(self->port.send, 2, 0));
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(ALICE, stamp.uid);
	EXPECT_EQ(BOB, stamp.gid);
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(0, stamp.uid);
	EXPECT_EQ(0, stamp.gid);
}

TEST_F(far, stamp_has_the_user_at_the_time_of_the_send)
{
	pid_t sender = start_child();

	if (!sender) {
		if (send_number(self->port.send, 1, 0))
			_exit(errno);
		become(ALICE, DEVICE_GID);
		_exit(error_of(send_number(self->port.send, 2, 0)));
	}
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(0, next_stamp(self->port.receive).uid);
	EXPECT_EQ(ALICE, next_stamp(self->port.receive).uid);
}

static int show_user(void *argument)
{
	FIXTURE_DATA(far) *self = argument;
	struct msgport_stamp stamp = next_stamp(self->port.receive);

	/* what is not mapped is the overflow user and group */
	return stamp.uid == OVERFLOW_ID && stamp.gid == OVERFLOW_ID ? 255 :
	       stamp.uid == stamp.gid ? stamp.uid : 254;
}

TEST_F(far, user_that_the_receivers_namespace_has_not_is_the_overflow_user)
{
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(255, run_mapped(ALICE, 0, show_user, self));
}

static int send_one(void *argument)
{
	FIXTURE_DATA(far) *self = argument;

	return error_of(send_number(self->port.send, 1, 0));
}

TEST_F(far, mapped_user_is_seen_as_what_it_is_outside)
{
	struct msgport_stamp stamp;

	ASSERT_EQ(0, run_mapped(ALICE, 3, send_one, self));
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(FIRST_MAPPED + 3, stamp.uid);
	EXPECT_EQ(FIRST_MAPPED + 3, stamp.gid);
}

TEST_F(far, mapped_user_is_seen_by_its_number_inside)
{
	ASSERT_EQ(0, run_mapped(ALICE, 3, send_one, self));
	EXPECT_EQ(3, run_mapped(ALICE, 5, show_user, self));
}

/*
 *	here				pid namespace
 *	sends 1 ----------------------> receives: from pid 0, nobody it can see
 *	receives: from its number here <- sends 2, as pid 1
 */
static int first_process(FIXTURE_DATA(far) *self, int replies)
{
	struct msgport_stamp stamp;

	if (getpid() != 1)
		return 1;
	stamp = next_stamp(self->port.receive);
	if (stamp.pid || stamp.tid)
		return 2;
	if (!stamp.start_time)
		return 3;
	if (send_number(replies, 2, 0) || send_number(self->port.send, 3, 0))
		return 4;
	stamp = next_stamp(self->port.receive);
	return stamp.pid == 1 && stamp.tid == 1 ? 0 : 5;
}

TEST_F(far, pid_is_that_of_the_receivers_pid_namespace_or_zero)
{
	struct pair replies = new_pair(NULL);
	struct msgport_stamp stamp;
	pid_t pid;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(first_process(self, replies.send));
	}
	ASSERT_GT(pid, 1);
	stamp = next_stamp(replies.receive);
	EXPECT_EQ(pid, stamp.pid);
	EXPECT_EQ(pid, stamp.tid);
	EXPECT_EQ(0, child_status(pid));
	close_pair(&replies);
}

/* A child whose CLOCK_MONOTONIC is ahead of ours by OFFSET_S. */
static int run_ahead(int (*function)(FIXTURE_DATA(far) *self), FIXTURE_DATA(far) *self)
{
	char offsets[32];
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		return errno == EINVAL ? -1 : 200;
	snprintf(offsets, sizeof(offsets), "monotonic %d 0", OFFSET_S);
	write_file("/proc/self/timens_offsets", offsets);
	pid = start_child();
	if (!pid)
		_exit(function(self));
	return child_status(pid);
}

static int look_at_sent_at(FIXTURE_DATA(far) *self)
{
	struct msgport_stamp stamp = next_stamp(self->port.receive);
	uint64_t before = now_ns(), after;

	/* sent outside, a moment ago: a moment ago on this clock too */
	if (stamp.sent_at > before || stamp.sent_at < before - 500 * NS_PER_S)
		return 1;
	if (send_number(self->port.send, 2, 0))
		return 2;
	after = now_ns();
	stamp = next_stamp(self->port.receive);
	return stamp.sent_at >= before && stamp.sent_at <= after ? 0 : 3;
}

TEST_F(far, sent_at_is_in_the_receivers_time_namespace)
{
	int status;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	status = run_ahead(look_at_sent_at, self);
	if (status == -1)
		SKIP(return, "the kernel has no time namespaces");
	EXPECT_EQ(0, status);
}

/* 0: gave up at its deadline; it was not over at once, nor late by the offset. */
static int look_at_deadlines(FIXTURE_DATA(far) *self)
{
	uint64_t start = now_ns();

	if (choose_number(self->port.receive, NULL, 0, in_ms(100), NULL) != -1 ||
	    errno != ETIMEDOUT)
		return 1;
	if (now_ns() - start < 100 * NS_PER_MS)
		return 2;
	fill(self->port.send);
	start = now_ns();
	if (!send_until(self->port.send, 1, in_ms(100)) || errno != ETIMEDOUT)
		return 3;
	return now_ns() - start < 100 * NS_PER_MS ? 4 : 0;
}

TEST_F(far, deadlines_are_in_the_callers_time_namespace)
{
	int status = run_ahead(look_at_deadlines, self);

	if (status == -1)
		SKIP(return, "the kernel has no time namespaces");
	EXPECT_EQ(0, status);
}

static int look_at_start_time(FIXTURE_DATA(far) *self)
{
	uint64_t outside = next_stamp(self->port.receive).start_time;

	if (send_number(self->port.send, 2, 0))
		return 1;
	/* started later, but no thousand seconds later: the clock of the host */
	return next_stamp(self->port.receive).start_time - outside < 500 * NS_PER_S ? 0 : 2;
}

TEST_F(far, start_time_is_the_same_in_every_time_namespace)
{
	int status;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	status = run_ahead(look_at_start_time, self);
	if (status == -1)
		SKIP(return, "the kernel has no time namespaces");
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
