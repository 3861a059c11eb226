// SPDX-License-Identifier: GPL-2.0
/* Tracepoints and state file of what joins several ports: sets and groups.  Root. */
#include "kselftest_harness.h"
#include "sets.h"
#include "traced.h"
#include "groups.h"

/* The id by which the trace and the state file name a descriptor's port, set or group. */
static const char *with_id(const char *key, int fd)
{
	struct msgport_stat stat = stat_of(fd);
	unsigned long long id = stat.what == MSGPORT_IS_GROUP ? stat.source : stat.port;
	static char text[64];
	char path[64];

	if (stat.what == MSGPORT_IS_SET) {
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		if (sscanf(strstr(read_text(path), "msgport-set:"), "msgport-set: %llu",
			   &id) != 1)
			give_up("fdinfo of a set");
	}
	snprintf(text, sizeof(text), "%s%llu", key, id);
	return text;
}

FIXTURE(trace_set)
{
	struct set set;
};

FIXTURE_SETUP(trace_set)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	if (!can_trace())
		SKIP(return, "the kernel has no tracefs, or it is not mounted");
	start_trace();
	self->set = new_set(&options);
}

FIXTURE_TEARDOWN(trace_set)
{
	stop_trace();
	close_set(&self->set);
}

TEST_F(trace_set, ports_that_are_added_and_removed_are_traced_with_set_and_cookie)
{
	int member = self->set.port[1].receive;

	EXPECT_TRUE(traced_of(member, "set_add", with_id("set=", self->set.fd)));
	EXPECT_TRUE(traced_of(member, "set_add", "cookie=101"));
	EXPECT_FALSE(traced_of(member, "set_remove", ""));
	ASSERT_EQ(0, msgport_set_remove(self->set.fd, member));
	EXPECT_TRUE(traced_of(member, "set_remove", "cookie=101"));
}

TEST_F(trace_set, state_file_shows_the_sets_of_a_port)
{
	const char *set = with_id("  set ", self->set.fd);

	EXPECT_TRUE(has_line(read_text(STATE_FILE), set, "cookie=102"));
	EXPECT_FALSE(has_line(read_text(STATE_FILE), set, "ready"));
	ASSERT_EQ(0, send_number(self->set.port[2].send, 1, 0));
	EXPECT_TRUE(has_line(read_text(STATE_FILE), set, "cookie=102 takers=0 ready"));
	ASSERT_EQ(0, msgport_set_remove(self->set.fd, self->set.port[2].receive));
	EXPECT_FALSE(has_line(read_text(STATE_FILE), set, "cookie=102"));
}

FIXTURE(trace_group)
{
	const char *name;
	int group;
	int member;		/* room for one, which may miss */
};

FIXTURE_SETUP(trace_group)
{
	if (!can_trace())
		SKIP(return, "the kernel has no tracefs, or it is not mounted");
	start_trace();
	self->group = new_group(&self->name, NULL);
	self->member = new_member(self->name, 1, MSGPORT_JOIN_LOSSY);
}

FIXTURE_TEARDOWN(trace_group)
{
	stop_trace();
	close(self->member);
	close(self->group);
}

TEST_F(trace_group, members_that_join_and_leave_are_traced)
{
	char lossy[64];

	snprintf(lossy, sizeof(lossy), "%s lossy", with_id("port=", self->member));
	EXPECT_TRUE(traced_of(self->group, "join", lossy));
	EXPECT_FALSE(traced_of(self->group, "leave", ""));
	ASSERT_EQ(0, msgport_leave(self->member, self->name));
	EXPECT_TRUE(traced_of(self->group, "leave", with_id("port=", self->member)));
}

TEST_F(trace_group, send_is_traced_once_and_what_a_member_misses)
{
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	EXPECT_TRUE(traced_of(self->group, "group_send", "count=1 members=1 size=8"));
	EXPECT_TRUE(traced_of(self->member, "send", "size=8"));
	EXPECT_FALSE(traced_of(self->member, "miss", ""));
	ASSERT_EQ(0, send_number(self->group, 2, 0));
	EXPECT_TRUE(traced_of(self->member, "miss", "missed=1"));
}

TEST_F(trace_group, state_file_shows_a_group_until_it_is_gone)
{
	char begin[128];

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	snprintf(begin, sizeof(begin), "%s name=%s ", with_id("group ", self->group),
		 self->name);
	EXPECT_TRUE(has_line(read_text(STATE_FILE), begin, "members=1/"));
	EXPECT_TRUE(has_line(read_text(STATE_FILE), begin, "sent=1 missed=0"));
	ASSERT_EQ(0, close(self->member));
	EXPECT_TRUE(has_line(read_text(STATE_FILE), begin, "members=0/"));
	ASSERT_EQ(0, close(self->group));
	EXPECT_EQ(NULL, strstr(read_text(STATE_FILE), begin));
	self->member = dup(0);
	self->group = dup(0);
}

TEST_HARNESS_MAIN
