// SPDX-License-Identifier: GPL-2.0
/* Tracepoints and state file of what joins several ports: sets and groups.  Root. */
#include "kselftest_harness.h"
#include "sets.h"
#include "traced.h"
#include "groups.h"

#define LINES	64		/* of one list in the state file */

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

/* The lines that follow one that begins so, while they are indented as far. */
static unsigned int lines_below(const char *begin, const char *indent, bool *cut)
{
	const char *at = strstr(read_text(STATE_FILE), begin);
	size_t length = strlen(indent);
	unsigned int lines = 0;

	*cut = false;
	if (!at)
		return 0;
	for (at = strchr(at, '\n') + 1; !strncmp(at, indent, length); at = strchr(at, '\n') + 1) {
		*cut = !strncmp(at + length, "...\n", 4);
		lines += !*cut;
	}
	return lines;
}

static void start_receivers(int fd, pid_t *pids, unsigned int count)
{
	for (; count; count--)
		*pids++ = start_receiver(fd, 0);
}

static void end_children(const pid_t *pids, unsigned int count)
{
	for (; count; count--)
		end_child(*pids++);
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

TEST_F(trace_set, state_file_shows_who_waits_on_a_set_below_it)
{
	const char *set = with_id("  set ", self->set.fd);
	pid_t pid = start_set_receiver(self->set.fd, 1);
	char line[256], mark[64];
	bool cut;

	ASSERT_TRUE(wait_for_receivers(self->set.fd, 1));
	EXPECT_EQ(1, lines_below(set, "    receive pid=", &cut));
	ASSERT_TRUE(where_it_waits(pid, line, sizeof(line)));
	snprintf(mark, sizeof(mark), "    receive pid=%d comm=", pid);
	EXPECT_EQ(0, strncmp(line, mark, strlen(mark)));
	EXPECT_NE(NULL, strstr(line, " flags=0x0 room=8"));
	end_child(pid);
	EXPECT_EQ(0, lines_below(set, "    receive pid=", &cut));
}

TEST_F(trace_set, state_file_says_where_a_list_of_who_waits_on_a_set_is_cut)
{
	const char *set = with_id("  set ", self->set.fd);
	pid_t pids[LINES + 1];
	bool cut;

	start_receivers(self->set.fd, pids, LINES);
	ASSERT_TRUE(wait_for_receivers(self->set.fd, LINES));
	EXPECT_EQ(LINES, lines_below(set, "    ", &cut));
	EXPECT_FALSE(cut);
	start_receivers(self->set.fd, pids + LINES, 1);
	ASSERT_TRUE(wait_for_receivers(self->set.fd, LINES + 1));
	EXPECT_EQ(LINES, lines_below(set, "    ", &cut));
	EXPECT_TRUE(cut);
	end_children(pids, LINES + 1);
}

TEST_F(trace_set, state_file_says_where_a_list_of_who_waits_at_a_port_is_cut)
{
	int port = new_port(NULL);
	const char *line = with_id("port ", port);
	pid_t pids[LINES + 1];
	bool cut;

	start_receivers(port, pids, LINES);
	ASSERT_TRUE(wait_for_receivers(port, LINES));
	EXPECT_EQ(LINES, lines_below(line, "  ", &cut));
	EXPECT_FALSE(cut);
	start_receivers(port, pids + LINES, 1);
	ASSERT_TRUE(wait_for_receivers(port, LINES + 1));
	EXPECT_EQ(LINES, lines_below(line, "  ", &cut));
	EXPECT_TRUE(cut);
	end_children(pids, LINES + 1);
	close(port);
}

TEST_F(trace_set, state_file_says_where_a_list_of_who_sends_is_cut)
{
	struct pair pair = new_pair(NULL);
	const char *line = with_id("port ", pair.receive);
	pid_t pids[LINES + 1];
	unsigned int i;
	bool cut;

	fill(pair.send);
	for (i = 0; i < LINES + 1; i++)
		pids[i] = start_sender(pair.send, i, 0);
	ASSERT_TRUE(wait_for_senders(pair.receive, LINES + 1));
	EXPECT_EQ(LINES, lines_below(line, "  ", &cut));
	EXPECT_TRUE(cut);
	end_children(pids, LINES + 1);
	close_pair(&pair);
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

TEST_F(trace_group, state_file_shows_the_members_below_a_group)
{
	int full = new_member(self->name, 2, 0), roomy = new_member(self->name, 4, 0);
	const char *group = with_id("group ", self->group), *text;
	char lines[256];
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, send_number(self->group, i, 0));
	}
	text = strstr(read_text(STATE_FILE), group);
	ASSERT_NE(NULL, text);
	snprintf(lines, sizeof(lines),
		 "\n  member port %llu lossy missed 1 full\n  member port %llu full\n"
		 "  member port %llu\n",
		 (unsigned long long)stat_of(self->member).port,
		 (unsigned long long)stat_of(full).port,
		 (unsigned long long)stat_of(roomy).port);
	EXPECT_EQ(0, strncmp(strchr(text, '\n'), lines, strlen(lines)));
	close(full);
	close(roomy);
}

TEST_F(trace_group, state_file_says_where_a_list_of_members_is_cut)
{
	const struct msgport_group_options options = { .max_members = LINES + 1 };
	const char *name, *line;
	int members[LINES + 1], group = new_group(&name, &options);
	unsigned int i;
	bool cut;

	line = with_id("group ", group);
	for (i = 0; i < LINES; i++)
		members[i] = new_member(name, 1, 0);
	EXPECT_EQ(LINES, lines_below(line, "  ", &cut));
	EXPECT_FALSE(cut);
	members[LINES] = new_member(name, 1, 0);
	EXPECT_EQ(LINES, lines_below(line, "  ", &cut));
	EXPECT_TRUE(cut);
	for (i = 0; i < LINES + 1; i++)
		close(members[i]);
	close(group);
}

TEST_HARNESS_MAIN
