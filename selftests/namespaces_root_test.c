// SPDX-License-Identifier: GPL-2.0
/* Names belong to a network namespace, and end with it. */

#include <fcntl.h>
#include <sched.h>

#include "kselftest_harness.h"
#include "testlib.h"

/* Any user whose group may open the device. */
#define USER	1000

FIXTURE(namespaces)
{
	const char *name;
	int first;		/* control descriptor of the namespace we came in */
	int first_net;		/* that namespace */
	int second;		/* control descriptor of one that we made */
	int port;		/* of that name in the second one */
};

static int enter_new_net(void)
{
	if (unshare(CLONE_NEWNET))
		give_up("unshare");
	return msgport_open();
}

/* The second one has no process in it from here on, and ends soon. */
static void leave_net(int net)
{
	if (setns(net, CLONE_NEWNET))
		give_up("setns");
}

FIXTURE_SETUP(namespaces)
{
	self->name = new_name("namespaces");
	self->first = msgport_open();
	self->first_net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->first_net);
	self->second = enter_new_net();
	ASSERT_LE(0, self->second);
	self->port = msgport_create(self->second, self->name, NULL);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(namespaces)
{
	close(self->port);
	close(self->second);
	close(self->first_net);
	close(self->first);
}

/* The end of a namespace comes some time after its last process. */
static bool wait_for_its_end(int control, const char *name)
{
	unsigned int i;
	int fd;

	for (i = 0; i < PATIENCE_MS; i++) {
		fd = msgport_connect(control, name, 0);
		if (fd < 0)
			return errno == ENOENT;
		close(fd);
		pause_ms(1);
	}
	return false;
}

TEST_F(namespaces, name_is_known_in_its_own_namespace_only)
{
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->first, self->name, 0)));
	EXPECT_EQ(0, error_of(close(msgport_connect(self->second, self->name, 0))));
}

/*
 *	first namespace:  name -> port one
 *	second namespace: name -> port two
 */
TEST_F(namespaces, same_name_in_two_namespaces_is_two_ports)
{
	int one = msgport_create(self->first, self->name, NULL);
	int to_one = msgport_connect(self->first, self->name, 0);
	int to_two = msgport_connect(self->second, self->name, 0);

	ASSERT_LE(0, one);
	ASSERT_LE(0, to_one);
	ASSERT_LE(0, to_two);
	EXPECT_EQ(stat_of(one).port, stat_of(to_one).port);
	EXPECT_EQ(stat_of(self->port).port, stat_of(to_two).port);
	EXPECT_EQ(0, msgport_unlink(self->first, self->name));
	EXPECT_EQ(0, error_of(close(msgport_connect(self->second, self->name, 0))));
	close(one);
	close(to_one);
	close(to_two);
}

TEST_F(namespaces, control_descriptor_stays_in_the_namespace_it_was_opened_in)
{
	int fd;

	leave_net(self->first_net);
	EXPECT_EQ(ENOENT, error_of(msgport_connect(MSGPORT_DEFAULT, self->name, 0)));
	fd = msgport_create(self->first, self->name, NULL);
	EXPECT_LE(0, fd);
	EXPECT_EQ(0, error_of(close(msgport_connect(MSGPORT_DEFAULT, self->name, 0))));
	close(fd);
}

TEST_F(namespaces, list_and_stat_show_one_namespace)
{
	struct msgport_port_info info[4];
	uint64_t after = 0;

	EXPECT_EQ(1, stat_of(self->second).ports);
	ASSERT_EQ(1, msgport_list(self->second, &after, info, 4));
	EXPECT_EQ(stat_of(self->port).port, info[0].id);
	after = info[0].id - 1;
	EXPECT_EQ(0, msgport_list(self->first, &after, info, 4));
}

TEST_F(namespaces, right_works_across_namespaces)
{
	int right = msgport_connect(self->second, self->name, 0);

	leave_net(self->first_net);
	EXPECT_EQ(0, send_number(right, 7, 0));
	EXPECT_EQ(7, receive_number(self->port, MSGPORT_NONBLOCK));
	close(right);
}

TEST_F(namespaces, end_of_the_namespace_takes_the_name_and_leaves_the_rights)
{
	int right = msgport_connect(self->second, self->name, 0);

	ASSERT_LE(0, right);
	leave_net(self->first_net);
	ASSERT_TRUE(wait_for_its_end(self->second, self->name));
	EXPECT_EQ(0, stat_of(right).dead);
	EXPECT_EQ(0, send_number(right, 7, 0));
	EXPECT_EQ(7, receive_number(self->port, MSGPORT_NONBLOCK));
	close(right);
}

TEST_F(namespaces, group_of_a_namespace_that_has_ended_serves_its_members)
{
	const char *name = new_name("namespaces_group");
	int group = msgport_group_create(self->second, name, NULL);
	int late = msgport_create(self->second, NULL, NULL);

	ASSERT_LE(0, group);
	ASSERT_LE(0, late);
	ASSERT_EQ(0, msgport_join(self->port, name, 0));
	leave_net(self->first_net);
	ASSERT_TRUE(wait_for_its_end(self->second, self->name));
	ASSERT_EQ(0, send_number(group, 1, 0));
	EXPECT_EQ(1, receive_number(self->port, 0));
	EXPECT_EQ(ENOENT, error_of(msgport_join(late, name, 0)));
	EXPECT_EQ(ENOENT, error_of(msgport_leave(self->port, name)));
	EXPECT_EQ(0, msgport_expel(group, stat_of(self->port).port));
	EXPECT_EQ(0, stat_of(group).ports);
	EXPECT_EQ(0, close(group));
	EXPECT_EQ(0, close(late));
}

TEST_F(namespaces, create_in_a_namespace_that_has_ended_fails_with_enoent)
{
	leave_net(self->first_net);
	ASSERT_TRUE(wait_for_its_end(self->second, self->name));
	EXPECT_EQ(ENOENT, error_of(msgport_create(self->second, self->name, NULL)));
	EXPECT_EQ(ENOENT, error_of(msgport_create(self->second, NULL, NULL)));
}

TEST_F(namespaces, end_of_the_namespace_ends_a_kept_port_without_a_receiver)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *kept = new_name("kept");
	struct msgport_stat stat;
	int fd, right;

	options.flags = MSGPORT_KEEP;
	fd = msgport_create(self->second, kept, &options);
	ASSERT_LE(0, fd);
	right = msgport_connect(self->second, kept, 0);
	ASSERT_LE(0, right);
	close(fd);
	ASSERT_EQ(0, send_number(right, 1, 0));
	EXPECT_EQ(0, stat_of(right).dead);
	leave_net(self->first_net);
	ASSERT_TRUE(wait_for_its_end(self->second, kept));
	/* dead with its name; what was in it goes after that */
	ASSERT_TRUE(wait_for_queued(right, 0));
	stat = stat_of(right);
	EXPECT_EQ(1, stat.dead);
	EXPECT_EQ(1, stat.died_with_port);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_EQ(EPIPE, error_of(send_number(right, 2, 0)));
	close(right);
}

/* Capabilities count over the user namespace that owns the network namespace. */
TEST_F(namespaces, system_name_may_be_had_in_a_namespace_of_ones_own)
{
	pid_t pid = start_child();

	if (!pid) {
		int first, second;

		become(USER, USER);
		first = msgport_open();
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(255);
		second = msgport_open();
		if (first < 0 || second < 0)
			_exit(254);
		if (msgport_create(second, "sys.own", NULL) < 0)
			_exit(253);
		_exit(error_of(msgport_create(first, "sys.foreign", NULL)));
	}
	EXPECT_EQ(EPERM, child_status(pid));
}

TEST_F(namespaces, stamp_and_list_show_users_that_are_not_mapped_as_65534)
{
	pid_t pid = start_child();

	if (!pid) {
		struct msgport_port_info info;
		struct msgport_message message;
		int right = mint_plain(self->port);
		uint64_t after = stat_of(self->port).port - 1;

		if (send_number(right, 1, 0) || unshare(CLONE_NEWUSER))
			_exit(255);
		if (choose_number(self->port, NULL, 0, in_ms(1000), &message) != 1)
			_exit(254);
		if (message.stamp.uid != 65534 || message.stamp.gid != 65534)
			_exit(253);
		if (msgport_list(self->second, &after, &info, 1) != 1)
			_exit(252);
		_exit(info.uid == 65534 && info.gid == 65534 ? 0 : 251);
	}
	EXPECT_EQ(0, child_status(pid));
}

TEST_HARNESS_MAIN
