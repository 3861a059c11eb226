// SPDX-License-Identifier: GPL-2.0
/* Groups among several users: who may, who pays, who is held up.  Root, to be several. */
#include <fcntl.h>

#include "groups.h"
#include "kselftest_harness.h"
#include "users.h"

#define ROOM		8
#define SHARE		3
#define MAX_RIGHTS	"/sys/module/msgport/parameters/max_rights"
#define MAX_RECORDS	"/sys/module/msgport/parameters/max_records"

/* For a while, with a group of its own, and that of those who may open the device. */
static bool be(uid_t uid)
{
	gid_t device = DEVICE_GID;

	return !seteuid(0) && !setgroups(1, &device) && !setegid(uid) && !seteuid(uid);
}

/* A group of Alice's with this mode. */
static int alices_group(const char **name, mode_t mode)
{
	struct msgport_group_options options = { .mode = mode };
	int group;

	if (!be(ALICE))
		give_up("seteuid");
	group = new_group(name, &options);
	if (!be(0))
		give_up("seteuid");
	return group;
}

TEST(join_needs_r_and_connect_needs_w)
{
	const char *closed, *joinable, *writable;
	int groups[] = {
		alices_group(&closed, 0600),
		alices_group(&joinable, 0604),
		alices_group(&writable, 0602),
	};
	int port, right;
	unsigned int i;

	ASSERT_TRUE(be(BOB));
	port = new_port_for(1);
	EXPECT_EQ(EACCES, error_of(msgport_join(port, closed, 0)));
	EXPECT_EQ(EACCES, error_of(msgport_join(port, writable, 0)));
	EXPECT_EQ(0, msgport_join(port, joinable, 0));
	EXPECT_EQ(EACCES, error_of(msgport_connect(MSGPORT_DEFAULT, closed, 0)));
	EXPECT_EQ(EACCES, error_of(msgport_connect(MSGPORT_DEFAULT, joinable, 0)));
	right = msgport_connect(MSGPORT_DEFAULT, writable, 0);
	EXPECT_LE(0, right);
	EXPECT_EQ(0, send_number(right, 1, 0));
	ASSERT_TRUE(be(0));
	close(right);
	close(port);
	for (i = 0; i < 3; i++)
		close(groups[i]);
}

static bool is_listed(int control, uint64_t id)
{
	struct msgport_port_info info;
	uint64_t after = 0;

	while (msgport_list_groups(control, &after, &info, 1) == 1)
		if (info.id == id)
			return true;
	return false;
}

TEST(list_shows_a_group_to_its_owner_and_to_who_may_join_or_connect)
{
	const char *closed, *joinable, *writable;
	int groups[] = {
		alices_group(&closed, 0600),
		alices_group(&joinable, 0604),
		alices_group(&writable, 0602),
	};
	int control = msgport_open();
	uint64_t id;
	int i;

	for (i = 0; i < 3; i++) {
		id = stat_of(groups[i]).source;
		ASSERT_TRUE(be(BOB));
		EXPECT_EQ(i != 0, is_listed(control, id));
		ASSERT_TRUE(be(ALICE));
		EXPECT_TRUE(is_listed(control, id));
		ASSERT_TRUE(be(0));
		EXPECT_TRUE(is_listed(control, id));
		close(groups[i]);
	}
	close(control);
}

/* An owner that may do nothing with it may still see it; who is not its owner not. */
TEST(list_shows_a_group_that_nobody_may_use_to_its_owner)
{
	const char *name;
	int group = alices_group(&name, 0060), control = msgport_open();
	uint64_t id = stat_of(group).source;

	ASSERT_TRUE(be(ALICE));
	EXPECT_EQ(EACCES, error_of(msgport_connect(control, name, 0)));
	EXPECT_TRUE(is_listed(control, id));
	ASSERT_TRUE(be(BOB));
	EXPECT_FALSE(is_listed(control, id));
	ASSERT_TRUE(be(0));
	close(control);
	close(group);
}

TEST(expel_by_another_than_the_owner_fails_with_eperm)
{
	const char *name;
	int group = alices_group(&name, 0666), port;

	ASSERT_TRUE(be(BOB));
	port = new_member(name, 1, 0);
	EXPECT_EQ(EPERM, error_of(msgport_expel(group, stat_of(port).port)));
	EXPECT_EQ(1, stat_of(group).ports);
	ASSERT_TRUE(be(ALICE));
	EXPECT_EQ(0, msgport_expel(group, stat_of(port).port));
	ASSERT_TRUE(be(0));
	close(port);
	close(group);
}

TEST(unlink_of_anothers_group_fails_with_eperm)
{
	const char *name;
	int group = alices_group(&name, 0666);

	ASSERT_TRUE(be(BOB));
	EXPECT_EQ(EPERM, error_of(msgport_unlink(MSGPORT_DEFAULT, name)));
	ASSERT_TRUE(be(ALICE));
	EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	ASSERT_TRUE(be(0));
	close(group);
}

TEST(stranger_sends_to_a_group_with_ordinary_priorities_only)
{
	const char *name;
	int group = alices_group(&name, 0666), right;

	ASSERT_TRUE(be(BOB));
	right = msgport_connect(MSGPORT_DEFAULT, name, 0);
	EXPECT_EQ(0, send_urgent(right, 1, 15));
	EXPECT_EQ(EPERM, error_of(send_urgent(right, 1, 16)));
	EXPECT_EQ(0, send_urgent(group, 1, 31));
	EXPECT_EQ(EINVAL, error_of(send_urgent(group, 1, 32)));
	ASSERT_TRUE(be(0));
	close(right);
	close(group);
}

/* Root's port; Alice's group; Alice and Bob send, to the group and directly. */
TEST(flood_of_one_user_through_a_group_leaves_room_for_the_others)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name, *port_name = new_name("port");
	int group = alices_group(&name, 0666), port, bobs, direct;

	options.mode = 0666;
	options.max_msgs = ROOM;
	options.uid_share = SHARE;
	port = msgport_create(MSGPORT_DEFAULT, port_name, &options);
	ASSERT_LE(0, port);
	ASSERT_EQ(0, msgport_join(port, name, 0));
	EXPECT_EQ(SHARE, fill(group));
	ASSERT_TRUE(be(ALICE));
	/* her share is one, however she sends */
	direct = msgport_connect(MSGPORT_DEFAULT, port_name, 0);
	EXPECT_EQ(0, fill(direct));
	ASSERT_TRUE(be(BOB));
	bobs = msgport_connect(MSGPORT_DEFAULT, name, 0);
	EXPECT_EQ(SHARE, fill(bobs));
	ASSERT_TRUE(be(0));
	EXPECT_EQ(0, receive_number(port, 0));
	EXPECT_EQ(1, fill(group));
	EXPECT_EQ(0, fill(bobs));
	close(bobs);
	close(direct);
	close(port);
	close(group);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up(path);
	close(fd);
}

TEST(memberships_of_a_user_are_bounded_with_edquot)
{
	const char *name, *other;
	int group = alices_group(&name, 0666), second = alices_group(&other, 0666), port;

	write_text(MAX_RECORDS, "1");
	ASSERT_TRUE(be(BOB));
	port = new_port_for(1);
	EXPECT_EQ(0, msgport_join(port, name, 0));
	EXPECT_EQ(EDQUOT, error_of(msgport_join(port, other, 0)));
	EXPECT_EQ(EDQUOT, error_of(msgport_group_create(MSGPORT_DEFAULT, NULL, NULL)));
	EXPECT_EQ(0, msgport_leave(port, name));
	EXPECT_EQ(0, msgport_join(port, other, 0));
	ASSERT_TRUE(be(0));
	write_text(MAX_RECORDS, "16384");
	close(port);
	close(group);
	close(second);
}

/* Each alone: who opened it had both. */
TEST(write_to_a_group_by_another_user_or_with_another_gid_fails_with_eperm)
{
	const struct {
		uid_t uid;
		gid_t gid;
		ssize_t result;
	} writers[] = {
		{ BOB, ALICE, -1 },
		{ ALICE, BOB, -1 },
		{ ALICE, ALICE, 1 },
	};
	const char *name;
	int group = alices_group(&name, 0666), port = new_member(name, 4, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writers); i++) {
		ASSERT_EQ(0, setegid(writers[i].gid));
		ASSERT_EQ(0, seteuid(writers[i].uid));
		errno = EPERM;
		EXPECT_EQ(writers[i].result, write(group, "x", 1));
		EXPECT_EQ(EPERM, errno);
		ASSERT_TRUE(be(0));
	}
	EXPECT_EQ(1, stat_of(port).queued);
	close(port);
	close(group);
}

/* What a sender holds at a member's port goes with the membership. */
TEST(members_that_have_left_cost_who_sends_to_the_group_no_rights)
{
	const char *name;
	int group = alices_group(&name, 0666), i, port[12];

	write_text(MAX_RIGHTS, "30");
	ASSERT_TRUE(be(ALICE));
	for (i = 0; i < 12; i++) {
		port[i] = new_member(name, 1, 0);
		EXPECT_EQ(0, send_number(group, i, 0));
		EXPECT_EQ(i, receive_number(port[i], 0));
		EXPECT_EQ(0, msgport_leave(port[i], name));
	}
	/* one is the group's and each port has one: no others are left */
	for (i = 0; i < 12; i++) {
		EXPECT_LE(0, mint_plain(port[i]));
	}
	ASSERT_TRUE(be(0));
	write_text(MAX_RIGHTS, "16384");
	for (i = 0; i < 12; i++)
		close(port[i]);
	close(group);
}

TEST(stamp_of_a_group_message_names_who_sent_it_and_not_who_opened)
{
	const char *name;
	int group = alices_group(&name, 0666), port = new_member(name, 1, 0);
	struct msgport_message message;

	ASSERT_TRUE(be(BOB));
	ASSERT_EQ(0, send_number(group, 1, 0));
	EXPECT_EQ(-1, write(group, "x", 1));
	EXPECT_EQ(EPERM, errno);
	ASSERT_TRUE(be(0));
	ASSERT_EQ(1, choose_number(port, NULL, MSGPORT_NONBLOCK, 0, &message));
	EXPECT_EQ(BOB, message.stamp.uid);
	EXPECT_EQ(getpid(), message.stamp.pid);
	close(port);
	close(group);
}

TEST_HARNESS_MAIN
