// SPDX-License-Identifier: GPL-2.0
/* MSGPORT_KEEP: a named port that survives its rights. */

#include "asker.h"
#include "errand.h"
#include "kselftest_harness.h"

#define MAX_KEPT	16

/* A kept port must not outlive its test: the module could never go. */
FIXTURE(keep)
{
	char name[MSGPORT_NAME_MAX + 1];
	int control;
	int port;
};

static int create_kept(int control, const char *name, unsigned int max_msgs)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_KEEP;
	options.max_msgs = max_msgs;
	return msgport_create(control, name, &options);
}

FIXTURE_SETUP(keep)
{
	strcpy(self->name, new_name("keep"));
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	self->port = create_kept(self->control, self->name, 2);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(keep)
{
	msgport_unlink(self->control, self->name);
	close(self->port);
	close(self->control);
}

static int users_of_the_module(void)
{
	FILE *file = fopen("/sys/module/msgport/refcnt", "r");
	int users = -1;

	if (!file || fscanf(file, "%d", &users) != 1)
		give_up("refcnt");
	fclose(file);
	return users;
}

TEST_F(keep, kept_port_survives_its_last_right_with_its_messages)
{
	int right = msgport_connect(self->control, self->name, 0), again;

	ASSERT_LE(0, right);
	ASSERT_EQ(0, send_number(right, 1, 0));
	close(right);
	close(self->port);
	right = msgport_connect(self->control, self->name, 0);
	ASSERT_LE(0, right);
	EXPECT_EQ(0, stat_of(right).dead);
	EXPECT_EQ(0, stat_of(right).receivers);
	EXPECT_EQ(0, send_number(right, 2, 0));
	again = msgport_connect(self->control, self->name, MSGPORT_CONNECT_RECEIVE);
	ASSERT_LE(0, again);
	EXPECT_EQ(1, receive_number(again, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, receive_number(again, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, stat_of(again).received);
	EXPECT_TRUE(port_balanced(again));
	close(again);
	close(right);
}

TEST_F(keep, kept_port_without_a_receiver_makes_senders_wait)
{
	int right = msgport_connect(self->control, self->name, 0), again;
	pid_t sender;

	ASSERT_LE(0, right);
	close(self->port);
	ASSERT_EQ(2, fill(right));
	sender = start_sender(right, 7, 0);
	ASSERT_TRUE(wait_for_senders(right, 1));
	again = msgport_connect(self->control, self->name, MSGPORT_CONNECT_RECEIVE);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, receive_number(again, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(1, receive_number(again, MSGPORT_NONBLOCK));
	EXPECT_EQ(7, receive_number(again, MSGPORT_NONBLOCK));
	close(again);
	close(right);
}

/* Behind one who asks for nothing, and before one. */
TEST_F(keep, question_that_waits_at_a_kept_port_fails_with_epipe_when_its_receiver_goes)
{
	int right = msgport_connect(self->control, self->name, 0), again;
	struct asker asker = { .question = { .way = CALL, .right = right } };
	pid_t before, after;

	ASSERT_EQ(2, fill(right));
	before = start_errand((struct errand){ .right = right, .number = 10 });
	ASSERT_TRUE(wait_for_senders(right, 1));
	start_asking_child(&asker, self->port);
	ASSERT_TRUE(wait_for_senders(right, 2));
	after = start_errand((struct errand){ .right = right, .number = 11 });
	ASSERT_TRUE(wait_for_senders(right, 3));
	/* the last: each child has closed its own */
	close(self->port);
	EXPECT_EQ(EPIPE, end_of_asker(&asker));
	EXPECT_TRUE(wait_for_senders(right, 2));
	again = msgport_connect(self->control, self->name, MSGPORT_CONNECT_RECEIVE);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, receive_number(again, 0));
	EXPECT_EQ(1, receive_number(again, 0));
	EXPECT_EQ(10, receive_number(again, 0));
	EXPECT_EQ(11, receive_number(again, 0));
	EXPECT_EQ(0, child_status(before));
	EXPECT_EQ(0, child_status(after));
	EXPECT_EQ(0, stat_of(again).asked);
	close(again);
	close(right);
}

TEST_F(keep, unlink_ends_a_kept_port_without_a_receiver)
{
	int right = msgport_connect(self->control, self->name, 0);
	struct msgport_stat stat;
	pid_t sender;

	ASSERT_LE(0, right);
	close(self->port);
	ASSERT_EQ(2, fill(right));
	sender = start_sender(right, 7, 0);
	ASSERT_TRUE(wait_for_senders(right, 1));
	ASSERT_EQ(0, msgport_unlink(self->control, self->name));
	EXPECT_EQ(EPIPE, child_status(sender));
	EXPECT_EQ(EPIPE, error_of(send_number(right, 8, 0)));
	stat = stat_of(right);
	EXPECT_EQ(1, stat.dead);
	EXPECT_EQ(2, stat.died_with_port);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, self->name, 0)));
	close(right);
}

TEST_F(keep, unlink_leaves_a_kept_port_that_has_a_receiver_until_it_closes)
{
	int right = msgport_connect(self->control, self->name, 0);

	ASSERT_LE(0, right);
	ASSERT_EQ(0, msgport_unlink(self->control, self->name));
	EXPECT_EQ(0, send_number(right, 1, 0));
	EXPECT_EQ(1, receive_number(self->port, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(right).dead);
	close(self->port);
	EXPECT_EQ(1, stat_of(right).dead);
	close(right);
}

TEST_F(keep, kept_port_pins_the_module_until_unlink)
{
	int with_rights = users_of_the_module(), with_port, without;

	close(self->port);
	close(self->control);
	with_port = users_of_the_module();
	EXPECT_GT(with_rights, with_port);
	self->control = msgport_open();
	ASSERT_EQ(0, msgport_unlink(self->control, self->name));
	close(self->control);
	without = users_of_the_module();
	EXPECT_EQ(1, with_port - without);
	self->control = msgport_open();
}

TEST_F(keep, kept_port_is_listed_without_a_receiver)
{
	struct msgport_port_info info;
	uint64_t after = stat_of(self->port).port - 1;

	close(self->port);
	ASSERT_EQ(1, msgport_list(self->control, &after, &info, 1));
	EXPECT_STREQ(self->name, (char *)info.name);
	EXPECT_EQ(0, info.receivers);
	EXPECT_EQ(MSGPORT_KEEP, info.flags);
}

TEST_F(keep, kept_port_keeps_its_name)
{
	close(self->port);
	EXPECT_EQ(EEXIST, error_of(create_kept(self->control, self->name, 2)));
	EXPECT_EQ(EEXIST, error_of(msgport_create(self->control, self->name, NULL)));
}

TEST_F(keep, kept_port_number_17_of_a_user_fails_with_edquot_until_one_ends)
{
	char names[MAX_KEPT][MSGPORT_NAME_MAX + 1];
	int i, fd, error;

	for (i = 1; i < MAX_KEPT; i++) {
		strcpy(names[i], new_name("keep"));
		fd = create_kept(self->control, names[i], 1);
		EXPECT_LE(0, fd);
		close(fd);
	}
	error = error_of(create_kept(self->control, "one-too-many", 1));
	EXPECT_EQ(EDQUOT, error);
	EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, "one-too-many", 0)));
	/* ordinary ports are not concerned */
	fd = new_port(NULL);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(0, msgport_unlink(self->control, names[1]));
	fd = create_kept(self->control, names[1], 1);
	EXPECT_LE(0, fd);
	close(fd);
	for (i = 1; i < MAX_KEPT; i++) {
		EXPECT_EQ(0, msgport_unlink(self->control, names[i]));
	}
}

TEST_F(keep, kept_port_that_could_not_be_named_counts_nothing)
{
	char names[MAX_KEPT][MSGPORT_NAME_MAX + 1];
	int i, fd;

	for (i = 0; i < 2 * MAX_KEPT; i++) {
		ASSERT_EQ(EEXIST, error_of(create_kept(self->control, self->name, 1)));
	}
	for (i = 1; i < MAX_KEPT; i++) {
		strcpy(names[i], new_name("keep"));
		fd = create_kept(self->control, names[i], 1);
		EXPECT_LE(0, fd);
		close(fd);
	}
	for (i = 1; i < MAX_KEPT; i++) {
		EXPECT_EQ(0, msgport_unlink(self->control, names[i]));
	}
}

TEST_F(keep, kept_port_holds_its_users_bytes_until_unlink)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char name[MSGPORT_NAME_MAX + 1];
	int fd;

	strcpy(name, new_name("keep"));
	options.flags = MSGPORT_KEEP;
	options.max_bytes = 200 << 20;
	fd = msgport_create(self->control, name, &options);
	ASSERT_LE(0, fd);
	close(fd);
	options.flags = 0;
	EXPECT_EQ(EDQUOT, error_of(new_port(&options)));
	EXPECT_EQ(0, msgport_unlink(self->control, name));
	fd = new_port(&options);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_HARNESS_MAIN
