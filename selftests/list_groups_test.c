// SPDX-License-Identifier: GPL-2.0
/* list of groups: those that one may see, a page a call. */

#include "groups.h"
#include "kselftest_harness.h"

#define GROUPS	10

/* The line of one group, found among all; false if it is not there. */
static bool find_group(uint64_t id, struct msgport_port_info *found)
{
	struct msgport_port_info info[8];
	uint64_t after = 0;
	ssize_t n, i;

	while ((n = msgport_list_groups(MSGPORT_DEFAULT, &after, info, 8)) > 0) {
		for (i = 0; i < n; i++) {
			if (info[i].id == id) {
				*found = info[i];
				return true;
			}
		}
	}
	return false;
}

static bool is_listed(uint64_t id)
{
	struct msgport_port_info info;

	return find_group(id, &info);
}

TEST(list_of_groups_shows_everything_of_a_group)
{
	struct msgport_group_options options = { .mode = 0640, .max_members = 7 };
	struct msgport_port_info expected = { 0 }, info;
	const char *name;
	int group = new_group(&name, &options);
	int full = new_member(name, 1, 0), other = new_member(name, 4, 0);
	int second = msgport_connect(MSGPORT_DEFAULT, name, 0);
	pid_t sender;

	ASSERT_LE(0, second);
	ASSERT_EQ(0, send_number(group, 1, 0));
	sender = start_sender(group, 2, 0);
	ASSERT_TRUE(wait_for_publishers(group, 1));

	memset(&info, 0xff, sizeof(info));
	ASSERT_TRUE(find_group(stat_of(group).source, &info));
	expected.id = stat_of(group).source;
	expected.max_msgs = 7;
	expected.receivers = 2;
	expected.senders = 2;
	expected.waiting_senders = 1;
	expected.uid = geteuid();
	expected.gid = getegid();
	expected.mode = 0640;
	expected.name_len = strlen(name);
	memcpy(expected.name, name, strlen(name));
	EXPECT_EQ(expected.receivers, info.receivers);
	EXPECT_EQ(expected.waiting_senders, info.waiting_senders);
	EXPECT_EQ(0, memcmp(&expected, &info, sizeof(info)));
	end_child(sender);
	close(second);
	close(full);
	close(other);
	close(group);
}

TEST(list_of_groups_shows_no_port)
{
	int port = msgport_create(MSGPORT_DEFAULT, new_name("list"), NULL);
	struct msgport_port_info info;
	uint64_t after = 0;

	ASSERT_LE(0, port);
	EXPECT_EQ(0, msgport_list_groups(MSGPORT_DEFAULT, &after, &info, 1));
	close(port);
}

TEST(list_of_groups_drops_a_group_with_its_name)
{
	const char *name;
	int group = new_group(&name, NULL);
	uint64_t id = stat_of(group).source;

	ASSERT_TRUE(is_listed(id));
	ASSERT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	EXPECT_FALSE(is_listed(id));
	close(group);
}

TEST(list_of_groups_drops_a_group_with_its_last_descriptor)
{
	const char *name;
	int group = new_group(&name, NULL), second = msgport_connect(MSGPORT_DEFAULT, name, 0);
	uint64_t id = stat_of(group).source;

	close(group);
	EXPECT_TRUE(is_listed(id));
	close(second);
	EXPECT_FALSE(is_listed(id));
}

TEST(list_of_groups_shows_none_without_a_name)
{
	int group = msgport_group_create(MSGPORT_DEFAULT, NULL, NULL);

	ASSERT_LE(0, group);
	EXPECT_FALSE(is_listed(stat_of(group).source));
	close(group);
}

/* One of them has no name, so that a page begins behind what is not shown. */
TEST(list_goes_through_all_groups_in_pages)
{
	struct msgport_port_info info[3];
	uint64_t after, last, ids[GROUPS];
	int groups[GROUPS], seen[GROUPS] = { 0 }, i, j;
	const char *name;
	ssize_t n;

	for (i = 0; i < GROUPS; i++) {
		groups[i] = i == 3 ? msgport_group_create(MSGPORT_DEFAULT, NULL, NULL) :
				     new_group(&name, NULL);
		ASSERT_LE(0, groups[i]);
		ids[i] = stat_of(groups[i]).source;
	}
	after = ids[0] - 1;
	last = after;
	while ((n = msgport_list_groups(MSGPORT_DEFAULT, &after, info, 3)) > 0) {
		ASSERT_GE(3, n);
		for (i = 0; i < n; i++) {
			EXPECT_LT(last, info[i].id);
			last = info[i].id;
			for (j = 0; j < GROUPS; j++)
				seen[j] += ids[j] == last;
		}
		EXPECT_EQ(last, after);
	}
	EXPECT_EQ(0, n);
	for (i = 0; i < GROUPS; i++) {
		EXPECT_EQ(i != 3, seen[i]);
		close(groups[i]);
	}
}

/* One element is filled after the other: nothing of the first is in the second. */
TEST(list_of_groups_has_zeros_behind_a_short_name)
{
	static const char *const names[] = { "a group with a name that is long", "short" };
	struct msgport_port_info info[2];
	uint64_t after = 0;
	int groups[2], i;
	size_t j;

	for (i = 0; i < 2; i++) {
		groups[i] = msgport_group_create(MSGPORT_DEFAULT, names[i], NULL);
		ASSERT_LE(0, groups[i]);
	}
	ASSERT_EQ(2, msgport_list_groups(MSGPORT_DEFAULT, &after, info, 2));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(strlen(names[i]), info[i].name_len);
		EXPECT_EQ(0, memcmp(names[i], info[i].name, info[i].name_len));
		for (j = info[i].name_len; j < sizeof(info[i].name); j++) {
			EXPECT_EQ(0, info[i].name[j]);
		}
		close(groups[i]);
	}
}

TEST(list_of_groups_begins_behind_the_id_given)
{
	const char *name;
	int one = new_group(&name, NULL), two = new_group(&name, NULL);
	uint64_t after = stat_of(one).source;
	struct msgport_port_info info;

	ASSERT_EQ(1, msgport_list_groups(MSGPORT_DEFAULT, &after, &info, 1));
	EXPECT_EQ(stat_of(two).source, info.id);
	EXPECT_EQ(0, msgport_list_groups(MSGPORT_DEFAULT, &after, &info, 1));
	after = UINT64_MAX;
	EXPECT_EQ(0, msgport_list_groups(MSGPORT_DEFAULT, &after, &info, 1));
	close(one);
	close(two);
}

TEST(list_of_groups_with_bad_arguments_fails_with_their_errno)
{
	struct msgport_port_info info;
	const char *name;
	int group = new_group(&name, NULL), control = msgport_open();
	struct msgport_list good = {
		.flags = MSGPORT_LIST_GROUPS,
		.ports = address_of(&info),
		.count = 1,
		.element_size = sizeof(info),
	}, argument = good;
	uint64_t after = 0;

	EXPECT_EQ(1, raw_list(control, &argument));
	argument = good;
	argument.flags |= MSGPORT_LIST_GROUPS << 1;
	EXPECT_EQ(EINVAL, error_of(raw_list(control, &argument)));
	argument = good;
	argument.ports = address_of(bytes_before_hole(sizeof(info) - 1));
	EXPECT_EQ(EFAULT, error_of(raw_list(control, &argument)));
	EXPECT_EQ(0, argument.after);
	EXPECT_EQ(EBADF, error_of(msgport_list_groups(group, &after, &info, 1)));
	EXPECT_EQ(EFAULT, error_of(msgport_list_groups(control, NULL, &info, 1)));
	EXPECT_EQ(EFAULT, error_of(msgport_list_groups(control, &after, NULL, 1)));
	close(control);
	close(group);
}

TEST_HARNESS_MAIN
