// SPDX-License-Identifier: GPL-2.0
/* group_create, and the names and descriptors of groups. */

#include <fcntl.h>
#include <sys/resource.h>

#include "groups.h"
#include "kselftest_harness.h"

static int raw_group_create(struct msgport_group_create *argument)
{
	int control = msgport_open(), result;

	argument->size = sizeof(*argument);
	result = ioctl(control, MSGPORT_IOC_GROUP_CREATE, argument);
	if (result < 0)
		result = -errno;
	close(control);
	return result;
}

TEST(group_create_gives_a_group_that_says_what_it_is)
{
	struct msgport_group_options options = { .max_members = 3 };
	const char *name;
	int group = new_group(&name, &options);
	struct msgport_stat stat = stat_of(group);

	EXPECT_EQ(MSGPORT_IS_GROUP, stat.what);
	EXPECT_EQ(3, stat.max_msgs);
	EXPECT_EQ(0, stat.ports);
	EXPECT_EQ(1, stat.senders);
	EXPECT_NE(0, stat.source);
	EXPECT_EQ(MSGPORT_PRIORITY_MAX, stat.max_priority);
	EXPECT_EQ(FD_CLOEXEC, fcntl(group, F_GETFD));
	close(group);
}

TEST(group_create_without_limits_takes_64_members)
{
	const char *name;
	int group = new_group(&name, NULL);

	EXPECT_EQ(64, stat_of(group).max_msgs);
	close(group);
}

TEST(group_create_without_a_name_gives_one_that_nobody_can_join)
{
	int group = msgport_group_create(MSGPORT_DEFAULT, NULL, NULL);

	ASSERT_LE(0, group);
	EXPECT_EQ(0, send_number(group, 1, 0));
	close(group);
}

TEST(group_create_with_a_name_that_is_taken_fails_with_eexist)
{
	const char *name, *of_port = new_name("port");
	int group = new_group(&name, NULL);
	int port = msgport_create(MSGPORT_DEFAULT, of_port, NULL);

	EXPECT_EQ(EEXIST, error_of(msgport_group_create(MSGPORT_DEFAULT, name, NULL)));
	EXPECT_EQ(EEXIST, error_of(msgport_group_create(MSGPORT_DEFAULT, of_port, NULL)));
	EXPECT_EQ(EEXIST, error_of(msgport_create(MSGPORT_DEFAULT, name, NULL)));
	close(port);
	close(group);
}

TEST(group_create_refuses_what_it_does_not_know)
{
	struct msgport_group_create argument = { .flags = 1 };

	EXPECT_EQ(-EINVAL, raw_group_create(&argument));
	argument = (struct msgport_group_create){ .reserved = 1 };
	EXPECT_EQ(-EINVAL, raw_group_create(&argument));
	argument = (struct msgport_group_create){ .mode = 0700 };
	EXPECT_EQ(-EINVAL, raw_group_create(&argument));
	argument = (struct msgport_group_create){ .max_members = 1025 };
	EXPECT_EQ(-EINVAL, raw_group_create(&argument));
	argument = (struct msgport_group_create){ .name_len = 4 };
	EXPECT_EQ(-EINVAL, raw_group_create(&argument));
}

TEST(group_create_without_a_free_descriptor_leaves_no_name)
{
	struct rlimit none, before;
	const char *name = new_name("group");
	int control = msgport_open(), group;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = control + 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(EMFILE, error_of(msgport_group_create(control, name, NULL)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
	group = msgport_group_create(control, name, NULL);
	EXPECT_LE(0, group);
	close(group);
	close(control);
}

TEST(group_ends_with_its_last_descriptor)
{
	const char *name;
	int group = new_group(&name, NULL);
	int other = msgport_connect(MSGPORT_DEFAULT, name, 0);
	int member = new_member(name, 4, 0);

	ASSERT_LE(0, other);
	EXPECT_EQ(2, stat_of(group).senders);
	close(group);
	EXPECT_EQ(0, send_number(other, 1, 0));
	EXPECT_EQ(1, stat_of(member).senders);
	close(other);
	EXPECT_EQ(0, stat_of(member).senders);
	EXPECT_EQ(ENOENT, error_of(msgport_connect(MSGPORT_DEFAULT, name, 0)));
	EXPECT_EQ(ENOENT, error_of(msgport_leave(member, name)));
	/* what was sent stays */
	EXPECT_EQ(1, next_number(member, NULL));
	group = msgport_group_create(MSGPORT_DEFAULT, name, NULL);
	EXPECT_LE(0, group);
	close(group);
	close(member);
}

TEST(group_without_its_name_goes_on)
{
	const char *name;
	int group = new_group(&name, NULL), member = new_member(name, 4, 0);

	ASSERT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	EXPECT_EQ(ENOENT, error_of(msgport_unlink(MSGPORT_DEFAULT, name)));
	EXPECT_EQ(ENOENT, error_of(msgport_connect(MSGPORT_DEFAULT, name, 0)));
	EXPECT_EQ(0, send_number(group, 1, 0));
	EXPECT_EQ(1, next_number(member, NULL));
	close(member);
	close(group);
}

TEST(connect_to_a_group_is_only_for_sending)
{
	const char *name;
	int group = new_group(&name, NULL);
	int other = msgport_connect(MSGPORT_DEFAULT, name, 0);

	ASSERT_LE(0, other);
	EXPECT_EQ(MSGPORT_IS_GROUP, stat_of(other).what);
	EXPECT_EQ(EOPNOTSUPP, error_of(msgport_connect(MSGPORT_DEFAULT, name,
						       MSGPORT_CONNECT_RECEIVE)));
	EXPECT_EQ(EACCES, error_of(msgport_connect_owner(MSGPORT_DEFAULT, name, 0,
							 geteuid() + 1)));
	close(other);
	close(group);
}

TEST(group_is_not_among_the_ports_of_list)
{
	struct msgport_port_info ports[8];
	const char *name;
	int group = new_group(&name, NULL);
	uint64_t after = 0;

	EXPECT_EQ(0, msgport_list(MSGPORT_DEFAULT, &after, ports, 8));
	close(group);
}

TEST(fdinfo_of_a_group_tells_its_members)
{
	const char *name;
	int group = new_group(&name, NULL), member = new_member(name, 4, 0);
	char path[64], text[1024] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", group);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LT(0, read(fd, text, sizeof(text) - 1));
	EXPECT_NE(NULL, strstr(text, "msgport-kind:\tgroup\n"));
	EXPECT_NE(NULL, strstr(text, "msgport-members:\t1\n"));
	close(fd);
	close(member);
	close(group);
}

TEST_HARNESS_MAIN
