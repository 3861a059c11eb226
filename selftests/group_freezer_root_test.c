// SPDX-License-Identifier: GPL-2.0
/*
 * A send to a group whose process is frozen where it waits (docker pause does that):
 * it may stay so for ever, and must not hold up others meanwhile.
 * Root, to mount the first version of the freezer, whose sleepers stay asleep.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "groups.h"
#include "kselftest_harness.h"
#include "users.h"

FIXTURE(frozen)
{
	char top[32];
	char procs[64], state[64], inner[48];
	bool mounted;
};

FIXTURE_SETUP(frozen)
{
	strcpy(self->top, "/tmp/freezer.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->top));
	self->mounted = !mount("none", self->top, "cgroup", 0, "freezer");
	if (!self->mounted)
		SKIP(return, "the kernel has no cgroup freezer of version 1");
	snprintf(self->inner, sizeof(self->inner), "%s/inner", self->top);
	snprintf(self->procs, sizeof(self->procs), "%s/cgroup.procs", self->inner);
	snprintf(self->state, sizeof(self->state), "%s/freezer.state", self->inner);
	ASSERT_EQ(0, mkdir(self->inner, 0700));
}

FIXTURE_TEARDOWN(frozen)
{
	if (self->mounted) {
		EXPECT_EQ(0, rmdir(self->inner));
		EXPECT_EQ(0, umount(self->top));
	}
	rmdir(self->top);
}

static bool says(const char *path, const char *text)
{
	char line[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		give_up(path);
	close(fd);
	return !strncmp(line, text, strlen(text));
}

static bool freeze(FIXTURE_DATA(frozen) *self, pid_t pid)
{
	char number[16];
	unsigned int i;

	snprintf(number, sizeof(number), "%d", pid);
	write_file(self->procs, number);
	write_file(self->state, "FROZEN");
	for (i = 0; i < PATIENCE_MS && !says(self->state, "FROZEN"); i++)
		pause_ms(1);
	return i < PATIENCE_MS;
}

TEST_F(frozen, group_send_that_is_frozen_where_it_waits_is_promised_no_place)
{
	struct pair member = new_pair_for(1);
	const char *name;
	int group = new_group(&name, NULL);
	bool frozen;
	pid_t sender;

	ASSERT_EQ(0, msgport_join(member.receive, name, 0));
	ASSERT_EQ(0, send_number(member.send, 1, MSGPORT_NONBLOCK));
	sender = start_sender(group, 2, 0);
	ASSERT_TRUE(wait_for_senders(member.receive, 1));
	frozen = freeze(self, sender);
	EXPECT_TRUE(frozen);
	EXPECT_EQ(1, receive_number(member.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, send_number(member.send, 3, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, receive_number(member.receive, MSGPORT_NONBLOCK));
	write_file(self->state, "THAWED");
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, receive_number(member.receive, MSGPORT_NONBLOCK));
	close(group);
	close_pair(&member);
}

TEST_HARNESS_MAIN
