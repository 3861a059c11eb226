// SPDX-License-Identifier: GPL-2.0
/* set_add: who may be a member, how often, and how it ends. */
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "sets.h"

FIXTURE(set_add)
{
	struct set set;
	int set_fd;
};

FIXTURE_SETUP(set_add)
{
	self->set = new_set(NULL);
	self->set_fd = self->set.fd;
}

FIXTURE_TEARDOWN(set_add)
{
	close_set(&self->set);
}

TEST_F(set_add, message_of_a_member_comes_with_the_members_cookie)
{
	struct taken taken;
	int i;

	EXPECT_EQ(SET_PORTS, stat_of(self->set_fd).ports);
	for (i = 0; i < SET_PORTS; i++) {
		ASSERT_EQ(0, send_number(self->set.port[i].send, i, 0));
		taken = take(self->set_fd);
		EXPECT_EQ(i, taken.number);
		EXPECT_EQ(COOKIE(i), taken.cookie);
		EXPECT_EQ(0, taken.token);
	}
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->set_fd, MSGPORT_NONBLOCK)));
}

TEST_F(set_add, what_the_port_has_already_is_there_at_once)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_number(port.send, 5, 0));
	EXPECT_EQ(-1, take(self->set_fd).number);
	ASSERT_EQ(0, msgport_set_add(self->set_fd, port.receive, 7));
	EXPECT_EQ(5, take(self->set_fd).number);
	close_pair(&port);
}

/*
 *	receiver		test
 *	waits on the set
 *				adds a port that has a message
 *	has it
 */
TEST_F(set_add, receiver_that_waits_gets_what_a_new_member_has)
{
	struct pair port = new_pair(NULL);
	pid_t receiver = start_set_receiver(self->set_fd, 5);

	ASSERT_EQ(0, send_number(port.send, 5, 0));
	ASSERT_TRUE(wait_for_receivers(self->set_fd, 1));
	ASSERT_EQ(0, msgport_set_add(self->set_fd, port.receive, 7));
	EXPECT_EQ(0, child_status(receiver));
	close_pair(&port);
}

/* One is told to look; that one tells the other. */
TEST_F(set_add, two_receivers_that_wait_get_both_messages_of_a_new_member)
{
	struct pair port = new_pair(NULL);
	pid_t receivers[2];
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, send_number(port.send, 5, 0));
		receivers[i] = start_set_receiver(self->set_fd, 5);
	}
	ASSERT_TRUE(wait_for_receivers(self->set_fd, 2));
	ASSERT_EQ(0, msgport_set_add(self->set_fd, port.receive, 7));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, child_status(receivers[i]));
	}
	close_pair(&port);
}

TEST_F(set_add, set_add_of_a_member_fails_with_eexist)
{
	EXPECT_EQ(EEXIST, error_of(msgport_set_add(self->set_fd, self->set.port[0].receive,
						   1)));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(COOKIE(0), take(self->set_fd).cookie);
	EXPECT_EQ(SET_PORTS, stat_of(self->set_fd).ports);
}

TEST_F(set_add, set_in_a_set_fails_with_ebadf)
{
	int other = msgport_set_create(MSGPORT_DEFAULT);

	EXPECT_EQ(EBADF, error_of(msgport_set_add(self->set_fd, other, 1)));
	EXPECT_EQ(EBADF, error_of(msgport_set_add(self->set_fd, self->set_fd, 1)));
	close(other);
}

TEST_F(set_add, set_add_of_what_is_no_receive_right_fails_with_ebadf)
{
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(msgport_set_add(self->set_fd, self->set.port[0].send, 1)));
	EXPECT_EQ(EBADF, error_of(msgport_set_add(self->set_fd, control, 1)));
	EXPECT_EQ(EBADF, error_of(msgport_set_add(self->set_fd, 0, 1)));
	EXPECT_EQ(EBADF, error_of(msgport_set_add(self->set_fd, -1, 1)));
	close(control);
}

TEST_F(set_add, port_may_be_in_several_sets)
{
	int other = msgport_set_create(MSGPORT_DEFAULT);
	struct taken taken;

	ASSERT_EQ(0, msgport_set_add(other, self->set.port[0].receive, 7));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 2, 0));
	taken = take(other);
	EXPECT_EQ(1, taken.number);
	EXPECT_EQ(7, taken.cookie);
	taken = take(self->set_fd);
	EXPECT_EQ(2, taken.number);
	EXPECT_EQ(COOKIE(0), taken.cookie);
	EXPECT_EQ(-1, take(other).number);
	close(other);
}

TEST_F(set_add, two_receive_rights_of_a_port_are_two_members)
{
	int second = msgport_reopen(self->set.port[0].receive);

	ASSERT_EQ(0, msgport_set_add(self->set_fd, second, 7));
	EXPECT_EQ(SET_PORTS + 1, stat_of(self->set_fd).ports);
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(1, take(self->set_fd).number);
	EXPECT_EQ(-1, take(self->set_fd).number);
	close(second);
	EXPECT_EQ(SET_PORTS, stat_of(self->set_fd).ports);
}

/* The set holds no file: the last close of the right is the port's end. */
TEST_F(set_add, membership_ends_with_the_last_close_of_the_right)
{
	close(self->set.port[0].receive);
	self->set.port[0].receive = -1;
	EXPECT_EQ(1, stat_of(self->set.port[0].send).dead);
	EXPECT_EQ(EPIPE, error_of(send_number(self->set.port[0].send, 1, 0)));
	EXPECT_EQ(SET_PORTS - 1, stat_of(self->set_fd).ports);
	ASSERT_EQ(0, send_number(self->set.port[1].send, 1, 0));
	EXPECT_EQ(1, take(self->set_fd).number);
}

TEST_F(set_add, membership_stays_while_a_copy_of_the_descriptor_does)
{
	int copy = dup(self->set.port[0].receive);

	close(self->set.port[0].receive);
	self->set.port[0].receive = copy;
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(1, take(self->set_fd).number);
}

/*
 *	receiver		test
 *	waits on the set
 *				closes every member
 *	waits on
 *				adds another, with a message
 *	has it
 */
TEST_F(set_add, receiver_waits_on_when_every_member_has_died)
{
	struct pair port = new_pair(NULL);
	pid_t receiver = start_set_receiver(self->set_fd, 5);
	int i;

	ASSERT_TRUE(wait_for_receivers(self->set_fd, 1));
	for (i = 0; i < SET_PORTS; i++) {
		close(self->set.port[i].receive);
		self->set.port[i].receive = -1;
	}
	EXPECT_EQ(0, stat_of(self->set_fd).ports);
	EXPECT_TRUE(child_runs(receiver));
	ASSERT_EQ(0, msgport_set_add(self->set_fd, port.receive, 1));
	ASSERT_EQ(0, send_number(port.send, 5, 0));
	EXPECT_EQ(0, child_status(receiver));
	close_pair(&port);
}

TEST_F(set_add, port_in_64_sets_goes_into_no_other_with_edquot)
{
	int sets[64], i;

	for (i = 1; i < 64; i++) {
		sets[i] = msgport_set_create(MSGPORT_DEFAULT);
		ASSERT_EQ(0, msgport_set_add(sets[i], self->set.port[0].receive, i));
	}
	sets[0] = msgport_set_create(MSGPORT_DEFAULT);
	EXPECT_EQ(EDQUOT, error_of(msgport_set_add(sets[0], self->set.port[0].receive, 0)));
	EXPECT_EQ(0, stat_of(sets[0]).ports);
	close(sets[63]);
	EXPECT_EQ(0, msgport_set_add(sets[0], self->set.port[0].receive, 0));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(1, take(sets[0]).number);
	for (i = 0; i < 63; i++)
		close(sets[i]);
}

TEST_F(set_add, membership_16385_of_a_user_fails_with_edquot_until_one_ends)
{
	enum { SETS = 64, PORTS = 256, HERE = SET_PORTS };
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int sets[SETS], ports[PORTS], i, j, left = SETS * PORTS - HERE;
	struct rlimit limit;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	options.max_msgs = 1;
	options.max_size = 64;
	options.max_bytes = 4096;
	for (i = 0; i < SETS; i++)
		sets[i] = msgport_set_create(MSGPORT_DEFAULT);
	for (j = 0; j < PORTS; j++)
		ports[j] = new_port(&options);
	for (i = 0; i < SETS; i++) {
		for (j = 0; j < PORTS && left; j++, left--) {
			ASSERT_EQ(0, msgport_set_add(sets[i], ports[j], 0));
		}
	}
	EXPECT_EQ(EDQUOT, error_of(msgport_set_add(sets[SETS - 1], ports[PORTS - 1], 0)));
	close(ports[0]);
	EXPECT_EQ(0, msgport_set_add(sets[SETS - 1], ports[PORTS - 1], 0));
	close(sets[0]);
	EXPECT_EQ(0, msgport_set_add(sets[SETS - 1], ports[PORTS - 2], 0));
	for (i = 1; i < SETS; i++)
		close(sets[i]);
	for (j = 1; j < PORTS; j++)
		close(ports[j]);
}

TEST_F(set_add, set_closed_with_members_leaves_the_ports_as_they_are)
{
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	close(self->set_fd);
	self->set.fd = -1;
	EXPECT_EQ(1, receive_number(self->set.port[0].receive, 0));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 2, 0));
	EXPECT_EQ(2, receive_number(self->set.port[0].receive, 0));
}

TEST_F(set_add, list_counts_the_sets_of_a_port)
{
	uint64_t after = stat_of(self->set.port[0].receive).port - 1;
	struct msgport_port_info info = { 0 };
	int control = msgport_open();

	ASSERT_EQ(1, msgport_list(control, &after, &info, 1));
	EXPECT_EQ(1, info.sets);
	close(control);
}

TEST_HARNESS_MAIN
