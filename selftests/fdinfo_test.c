// SPDX-License-Identifier: GPL-2.0
/* What /proc tells of a descriptor of ours. */
#include <fcntl.h>

#include "groups.h"
#include "kselftest_harness.h"

/* The value of a field of /proc/self/fdinfo, or "" if there is none. */
static const char *field(int fd, const char *name)
{
	static char value[128];
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (!file)
		give_up(path);
	value[0] = '\0';
	while (fgets(line, sizeof(line), file)) {
		char *end = strchr(line, ':');

		if (!end)
			continue;
		*end = '\0';
		if (!strcmp(line, name))
			sscanf(end + 1, " %127[^\n]", value);
	}
	fclose(file);
	return value;
}

/* Is there such a line about a member of a group? */
static bool has_member(int fd, int member, const char *state)
{
	char path[64], line[256], expected[256];
	bool found = false;
	FILE *file;

	snprintf(expected, sizeof(expected), "msgport-member:\tport %llu%s\n",
		 (unsigned long long)stat_of(member).port, state);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (!file)
		give_up(path);
	while (!found && fgets(line, sizeof(line), file))
		found = !strcmp(line, expected);
	fclose(file);
	return found;
}

static uint64_t number(int fd, const char *name)
{
	const char *value = field(fd, name);

	return value[0] ? strtoull(value, NULL, 10) : UINT64_MAX;
}

FIXTURE(fdinfo)
{
	struct pair port;
};

FIXTURE_SETUP(fdinfo)
{
	self->port.receive = new_port_for(12);
	self->port.send = msgport_mint(self->port.receive, 4711, 0, 5, 0);
	ASSERT_LE(0, self->port.send);
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
}

FIXTURE_TEARDOWN(fdinfo)
{
	close_pair(&self->port);
}

TEST_F(fdinfo, fdinfo_of_a_control_descriptor_says_control)
{
	int control = msgport_open();

	ASSERT_LE(0, control);
	EXPECT_STREQ("control", field(control, "msgport-kind"));
	close(control);
}

TEST_F(fdinfo, fdinfo_of_a_receive_right_shows_its_port)
{
	struct msgport_stat stat = stat_of(self->port.receive);
	int fd = self->port.receive;

	EXPECT_STREQ("receive", field(fd, "msgport-kind"));
	EXPECT_EQ(stat.port, number(fd, "msgport-port"));
	EXPECT_EQ(1, number(fd, "msgport-queued"));
	EXPECT_EQ(12, number(fd, "msgport-max-msgs"));
	EXPECT_EQ(stat.bytes, number(fd, "msgport-bytes"));
	EXPECT_EQ(stat.max_bytes, number(fd, "msgport-max-bytes"));
	EXPECT_EQ(0, number(fd, "msgport-dead"));
}

TEST_F(fdinfo, fdinfo_of_a_send_right_shows_its_badge_and_source)
{
	struct msgport_stat stat = stat_of(self->port.send);
	int fd = self->port.send;

	EXPECT_STREQ("send", field(fd, "msgport-kind"));
	EXPECT_EQ(stat.source, number(fd, "msgport-source"));
	EXPECT_EQ(4711, number(fd, "msgport-badge"));
	EXPECT_EQ(5, number(fd, "msgport-max-priority"));
	EXPECT_EQ(stat.port, number(fd, "msgport-port"));
	EXPECT_EQ(1, number(fd, "msgport-queued"));
}

TEST_F(fdinfo, fdinfo_of_a_send_right_shows_its_window_and_how_it_was_minted)
{
	int manual = msgport_mint(self->port.receive, 0, 2, 0,
				  MSGPORT_MINT_MANUAL | MSGPORT_MINT_NO_FDS);

	EXPECT_STREQ("0", field(self->port.send, "msgport-window"));
	EXPECT_STREQ("0x0", field(self->port.send, "msgport-mint-flags"));
	EXPECT_STREQ("2", field(manual, "msgport-window"));
	EXPECT_STREQ("0x6", field(manual, "msgport-mint-flags"));
	ASSERT_EQ(1, receive_number(self->port.receive, 0));
	ASSERT_EQ(0, send_number(manual, 1, 0));
	ASSERT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_STREQ("1", field(manual, "msgport-window"));
	close(manual);
}

TEST_F(fdinfo, fdinfo_of_a_send_right_shows_that_the_port_is_dead)
{
	close(self->port.receive);
	self->port.receive = -1;
	EXPECT_EQ(1, number(self->port.send, "msgport-dead"));
	EXPECT_EQ(0, number(self->port.send, "msgport-queued"));
}

TEST_F(fdinfo, fdinfo_of_a_set_shows_its_members_and_a_member_its_sets)
{
	int set = msgport_set_create(MSGPORT_DEFAULT);
	char member[64];
	pid_t receiver;

	ASSERT_LE(0, set);
	EXPECT_STREQ("set", field(set, "msgport-kind"));
	EXPECT_EQ(0, number(set, "msgport-members"));
	EXPECT_STREQ("", field(set, "msgport-member"));
	EXPECT_EQ(0, number(self->port.receive, "msgport-sets"));
	ASSERT_EQ(0, msgport_set_add(set, self->port.receive, 77));
	EXPECT_EQ(1, number(set, "msgport-members"));
	snprintf(member, sizeof(member), "port %llu cookie 77",
		 (unsigned long long)stat_of(self->port.receive).port);
	EXPECT_STREQ(member, field(set, "msgport-member"));
	EXPECT_EQ(1, number(self->port.receive, "msgport-sets"));
	EXPECT_EQ(1, receive_number(set, 0));
	EXPECT_EQ(0, number(set, "msgport-waiting"));
	receiver = start_receiver(set, 2);
	ASSERT_TRUE(wait_for_receivers(set, 1));
	EXPECT_EQ(1, number(set, "msgport-waiting"));
	end_child(receiver);
	close(set);
	EXPECT_EQ(0, number(self->port.receive, "msgport-sets"));
}

TEST_F(fdinfo, fdinfo_of_a_group_shows_its_members_and_what_they_missed)
{
	struct msgport_group_options options = { .max_members = 5 };
	const char *name;
	int group = new_group(&name, &options);
	int member = new_member(name, 1, MSGPORT_JOIN_LOSSY);

	ASSERT_EQ(0, send_number(group, 1, 0));
	ASSERT_EQ(0, send_number(group, 2, 0));
	EXPECT_STREQ("group", field(group, "msgport-kind"));
	EXPECT_EQ(stat_of(group).source, number(group, "msgport-source"));
	EXPECT_EQ(1, number(group, "msgport-members"));
	EXPECT_EQ(5, number(group, "msgport-max-members"));
	EXPECT_EQ(2, number(group, "msgport-sent"));
	EXPECT_EQ(1, number(group, "msgport-missed"));
	close(member);
	EXPECT_EQ(0, number(group, "msgport-members"));
	close(group);
}

/* What its owner expels is the one that is full and not lossy. */
TEST_F(fdinfo, fdinfo_of_a_group_shows_which_member_stalls_it)
{
	const char *name;
	int group = new_group(&name, NULL);
	int roomy = new_member(name, 4, 0), narrow = new_member(name, 1, 0);
	int lossy = new_member(name, 1, MSGPORT_JOIN_LOSSY);

	EXPECT_TRUE(has_member(group, roomy, ""));
	EXPECT_TRUE(has_member(group, narrow, ""));
	EXPECT_TRUE(has_member(group, lossy, " lossy"));
	ASSERT_EQ(0, send_number(group, 1, 0));
	ASSERT_EQ(1, receive_number(narrow, MSGPORT_NONBLOCK));
	ASSERT_EQ(0, send_number(group, 2, 0));
	EXPECT_EQ(EAGAIN, error_of(send_number(group, 3, MSGPORT_NONBLOCK)));
	EXPECT_TRUE(has_member(group, roomy, ""));
	EXPECT_TRUE(has_member(group, narrow, " full"));
	EXPECT_TRUE(has_member(group, lossy, " lossy missed 1 full"));
	ASSERT_EQ(0, msgport_expel(group, stat_of(narrow).port));
	EXPECT_FALSE(has_member(group, narrow, " full"));
	EXPECT_EQ(0, send_number(group, 3, MSGPORT_NONBLOCK));
	EXPECT_TRUE(has_member(group, lossy, " lossy missed 2 full"));
	ASSERT_EQ(1, receive_number(lossy, MSGPORT_NONBLOCK));
	EXPECT_TRUE(has_member(group, lossy, " lossy missed 2"));
	close(roomy);
	close(narrow);
	close(lossy);
	close(group);
}

TEST_F(fdinfo, link_in_proc_names_the_kind_of_right)
{
	char path[64], name[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->port.receive);
	EXPECT_LT(0, readlink(path, name, sizeof(name) - 1));
	EXPECT_STREQ("anon_inode:[msgport-receive]", name);
	memset(name, 0, sizeof(name));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->port.send);
	EXPECT_LT(0, readlink(path, name, sizeof(name) - 1));
	EXPECT_STREQ("anon_inode:[msgport-send]", name);
}

/* Opening it there would be a second way to a right. */
TEST_F(fdinfo, right_cannot_be_opened_through_proc)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->port.receive);
	EXPECT_EQ(-1, open(path, O_RDWR));
	EXPECT_EQ(-1, open(path, O_RDONLY));
}

TEST_HARNESS_MAIN
