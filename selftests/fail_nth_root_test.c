// SPDX-License-Identifier: GPL-2.0
/* Every failure of the verbs that make ports and rights and move messages. */

#include <sys/eventfd.h>

#include "fail_nth.h"
#include "fds.h"

static int made;	/* the descriptor that a verb returned last */

static long close_made(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return close(made);
}

static long open_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return made = msgport_open();
}

static long create_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_create(self->control, "fail-nth", NULL);
}

TEST_F(fail_nth, every_failure_of_create_leaves_no_port_and_no_name)
{
	struct msgport_port_info ports[4];
	uint64_t after = 0;

	sweep(_metadata, self, create_verb, close_made);
	EXPECT_EQ(1, msgport_list(self->control, &after, ports, 4));
}

TEST_F(fail_nth, every_failure_of_open_leaves_nothing)
{
	sweep(_metadata, self, open_verb, close_made);
}

static long connect_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_connect(self->control, "fail-nth", 0);
}

TEST_F(fail_nth, every_failure_of_connect_leaves_no_sender)
{
	int port = msgport_create(self->control, "fail-nth", NULL);
	struct msgport_stat stat;

	ASSERT_GE(port, 0);
	sweep(_metadata, self, connect_verb, close_made);
	ASSERT_EQ(0, msgport_stat(port, &stat));
	EXPECT_EQ(0, stat.senders);
	close(port);
}

static long connect_receive_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_connect(self->control, "fail-nth",
				      MSGPORT_CONNECT_RECEIVE);
}

TEST_F(fail_nth, every_failure_of_connecting_a_receive_right_leaves_none)
{
	int port = msgport_create(self->control, "fail-nth", NULL);
	struct msgport_stat stat;

	ASSERT_GE(port, 0);
	sweep(_metadata, self, connect_receive_verb, close_made);
	ASSERT_EQ(0, msgport_stat(port, &stat));
	EXPECT_EQ(1, stat.receivers);
	close(port);
}

static long mint_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_mint(self->pair.receive, 7, 1, MSGPORT_PRIORITY_MAX, 0);
}

TEST_F(fail_nth, every_failure_of_mint_leaves_no_sender)
{
	struct msgport_stat stat;

	sweep(_metadata, self, mint_verb, close_made);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(1, stat.senders);
}

static long reopen_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_reopen(self->pair.receive);
}

TEST_F(fail_nth, every_failure_of_reopen_leaves_no_receiver)
{
	struct msgport_stat stat;

	sweep(_metadata, self, reopen_verb, close_made);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(1, stat.receivers);
}

static long take_one(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_receive(self->pair.receive, self->large, LARGE, MSGPORT_NONBLOCK);
}

static long send_small_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send(self->pair.send, "small", 5, MSGPORT_NONBLOCK);
}

TEST_F(fail_nth, every_failure_of_send_accepts_nothing)
{
	struct msgport_stat stat;

	sweep(_metadata, self, send_small_verb, take_one);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(stat.sent, stat.received);
}

static long send_large_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send(self->pair.send, self->large, LARGE, MSGPORT_NONBLOCK);
}

TEST_F(fail_nth, every_failure_of_a_large_send_accepts_nothing)
{
	sweep(_metadata, self, send_large_verb, take_one);
}

static long send_pieces_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct iovec pieces[] = {
		{ .iov_base = self->large, .iov_len = 100 },
		{ .iov_base = self->large + 200, .iov_len = 5000 },
	};
	struct msgport_message message = {
		.iov = pieces,
		.iov_count = 2,
		.priority = 9,
		.ttl = 100 * NS_PER_S,
	};

	return msgport_send_message(self->pair.send, &message, MSGPORT_NONBLOCK, 0);
}

TEST_F(fail_nth, every_failure_of_an_urgent_send_in_pieces_accepts_nothing)
{
	sweep(_metadata, self, send_pieces_verb, take_one);
}

static long receive_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct iovec pieces[] = {
		{ .iov_base = self->large, .iov_len = 3000 },
		{ .iov_base = self->large + 4000, .iov_len = 3000 },
	};
	struct msgport_message message = { .iov = pieces, .iov_count = 2 };

	return msgport_receive_message(self->pair.receive, &message, NULL,
				       MSGPORT_NONBLOCK, 0);
}

static long send_again(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send(self->pair.send, self->large, 5000, MSGPORT_NONBLOCK);
}

TEST_F(fail_nth, every_failure_of_receive_leaves_the_message)
{
	struct msgport_stat stat;

	ASSERT_EQ(0, send_again(self));
	sweep(_metadata, self, receive_verb, send_again);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(0, stat.discarded);
	EXPECT_EQ(5000, take_one(self));
}

static long limits_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS,
		.max_msgs = 9,
	};

	return msgport_limits(self->pair.receive, &limits);
}

TEST_F(fail_nth, every_failure_of_limits_leaves_the_port_in_order)
{
	sweep(_metadata, self, limits_verb, NULL);
}

static long stat_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_stat stat;

	return msgport_stat(self->control, &stat);
}

TEST_F(fail_nth, every_failure_of_stat_changes_nothing)
{
	sweep(_metadata, self, stat_verb, NULL);
}

static long list_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_port_info ports[4];
	uint64_t after = 0;

	return msgport_list(self->control, &after, ports, 4);
}

TEST_F(fail_nth, every_failure_of_list_changes_nothing)
{
	sweep(_metadata, self, list_verb, NULL);
}

static const char *group_name = "fail-nth.group";

static long list_groups_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_port_info groups[4];
	uint64_t after = 0;

	return msgport_list_groups(self->control, &after, groups, 4);
}

TEST_F(fail_nth, every_failure_of_list_of_groups_changes_nothing)
{
	int group = msgport_group_create(self->control, group_name, NULL);

	ASSERT_GE(group, 0);
	sweep(_metadata, self, list_groups_verb, NULL);
	EXPECT_EQ(1, list_groups_verb(self));
	close(group);
}

static long unlink_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_unlink(self->control, "fail-nth");
}

static long create_again(FIXTURE_DATA(fail_nth) *self)
{
	close(made);
	return create_verb(self);
}

TEST_F(fail_nth, every_failure_of_unlink_leaves_the_name)
{
	ASSERT_GE(create_verb(self), 0);
	sweep(_metadata, self, unlink_verb, create_again);
	close(made);
}

static long version_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_version version;

	return msgport_version(self->control, &version);
}

TEST_F(fail_nth, every_failure_of_version_changes_nothing)
{
	sweep(_metadata, self, version_verb, NULL);
}

static long read_verb(FIXTURE_DATA(fail_nth) *self)
{
	return read(self->pair.receive, self->large, LARGE);
}

TEST_F(fail_nth, every_failure_of_read_leaves_the_message)
{
	ASSERT_EQ(0, send_again(self));
	sweep(_metadata, self, read_verb, send_again);
	EXPECT_EQ(5000, take_one(self));
}

static long write_verb(FIXTURE_DATA(fail_nth) *self)
{
	return write(self->pair.send, self->large, 300);
}

TEST_F(fail_nth, every_failure_of_write_accepts_nothing)
{
	sweep(_metadata, self, write_verb, take_one);
}

static int sent[3];

static long send_fds_verb(FIXTURE_DATA(fail_nth) *self)
{
	return send_fds(self->pair.send, sent, 3);
}

static long receive_fds_verb(FIXTURE_DATA(fail_nth) *self)
{
	static int arrived[3];
	struct msgport_message message = {
		.data = self->large,
		.size = LARGE,
		.fds = arrived,
		.fd_count = 3,
	};
	unsigned int i;

	if (msgport_receive_message(self->pair.receive, &message, NULL,
				    MSGPORT_NONBLOCK, 0))
		return -1;
	for (i = 0; i < message.fd_count; i++)
		close(arrived[i]);
	return message.fd_count;
}

/* One of each way of telling what may travel. */
static void open_sent(FIXTURE_DATA(fail_nth) *self)
{
	sent[0] = dup(self->pair.send);
	sent[1] = memfd_create("fail-nth", MFD_CLOEXEC);
	sent[2] = eventfd(0, EFD_CLOEXEC);
}

static void close_sent(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		close(sent[i]);
}

TEST_F(fail_nth, every_failure_of_sending_descriptors_accepts_nothing)
{
	struct msgport_stat stat;

	open_sent(self);
	sweep(_metadata, self, send_fds_verb, receive_fds_verb);
	close_sent();
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(stat.sent, stat.received);
}

TEST_F(fail_nth, every_failure_of_receiving_descriptors_leaves_them_in_the_message)
{
	unsigned int before;

	open_sent(self);
	ASSERT_EQ(0, send_fds_verb(self));
	before = open_descriptors();
	sweep(_metadata, self, receive_fds_verb, send_fds_verb);
	EXPECT_EQ(before, open_descriptors());
	EXPECT_EQ(3, receive_fds_verb(self));
	close_sent();
}

static long group_create_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_group_create(self->control, group_name, NULL);
}

TEST_F(fail_nth, every_failure_of_group_create_leaves_no_name)
{
	sweep(_metadata, self, group_create_verb, close_made);
	EXPECT_EQ(0, list_groups_verb(self));
}

static long join_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_join(self->pair.receive, group_name, 0);
}

static long leave_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_leave(self->pair.receive, group_name);
}

TEST_F(fail_nth, every_failure_of_join_leaves_no_membership)
{
	struct msgport_stat stat;
	int group = msgport_group_create(self->control, group_name, NULL);

	sweep(_metadata, self, join_verb, leave_verb);
	ASSERT_EQ(0, msgport_stat(group, &stat));
	EXPECT_EQ(0, stat.ports);
	close(group);
}

TEST_F(fail_nth, every_failure_of_leave_leaves_the_membership)
{
	int group = msgport_group_create(self->control, group_name, NULL);

	ASSERT_EQ(0, join_verb(self));
	sweep(_metadata, self, leave_verb, join_verb);
	close(group);
}

static long expel_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_stat stat;

	if (msgport_stat(self->pair.receive, &stat))
		return -1;
	return msgport_expel(made, stat.port);
}

TEST_F(fail_nth, every_failure_of_expel_leaves_the_membership)
{
	made = msgport_group_create(self->control, group_name, NULL);
	ASSERT_EQ(0, join_verb(self));
	sweep(_metadata, self, expel_verb, join_verb);
	close(made);
}

static int second;	/* another member */

/* A new descriptor each time, so that its lanes are made each time. */
static long group_send_verb(FIXTURE_DATA(fail_nth) *self)
{
	int right = msgport_connect(self->control, group_name, 0), error;
	struct msgport_message message = {
		.data = self->large,
		.size = 10000,
		.priority = 3,
	};

	if (right < 0)
		return -1;
	error = error_of(msgport_send_message(right, &message, MSGPORT_NONBLOCK, 0));
	close(right);
	errno = error;
	return error ? -1 : 0;
}

static long take_both(FIXTURE_DATA(fail_nth) *self)
{
	if (msgport_receive(second, self->large, LARGE, MSGPORT_NONBLOCK) != 10000)
		return -1;
	return take_one(self);
}

TEST_F(fail_nth, every_failure_of_a_group_send_reaches_no_member)
{
	int group = msgport_group_create(self->control, group_name, NULL);
	struct msgport_stat stat;

	second = new_port(NULL);
	ASSERT_EQ(0, join_verb(self));
	ASSERT_EQ(0, msgport_join(second, group_name, 0));
	sweep(_metadata, self, group_send_verb, take_both);
	EXPECT_TRUE(balances(second));
	ASSERT_EQ(0, msgport_stat(second, &stat));
	EXPECT_EQ(stat.sent, stat.received);
	close(second);
	close(group);
}

/* ---- sets ---- */

static int set;

static long set_create_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_set_create(self->control);
}

TEST_F(fail_nth, every_failure_of_set_create_leaves_nothing)
{
	sweep(_metadata, self, set_create_verb, close_made);
}

static long set_add_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_set_add(set, self->pair.receive, 7);
}

static long set_remove_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_set_remove(set, self->pair.receive);
}

TEST_F(fail_nth, every_failure_of_set_add_leaves_no_membership)
{
	struct msgport_stat stat;

	set = msgport_set_create(self->control);
	ASSERT_LE(0, set);
	sweep(_metadata, self, set_add_verb, set_remove_verb);
	ASSERT_EQ(0, msgport_stat(set, &stat));
	EXPECT_EQ(0, stat.ports);
	close(set);
}

TEST_F(fail_nth, every_failure_of_set_remove_leaves_the_membership)
{
	set = msgport_set_create(self->control);
	ASSERT_EQ(0, set_add_verb(self));
	sweep(_metadata, self, set_remove_verb, set_add_verb);
	EXPECT_EQ(EEXIST, error_of(set_add_verb(self)));
	close(set);
}

static struct pair acknowledging;
static uint64_t token;

static long set_receive_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_message message = { .data = self->large, .size = LARGE };
	long err = msgport_receive_message(set, &message, NULL, MSGPORT_NONBLOCK, 0);

	token = message.token;
	return err;
}

/* The process that took has no record with the set any more: another is made. */
static long release_taken(FIXTURE_DATA(fail_nth) *self)
{
	if (msgport_release(set, token) || close(set))
		return -1;
	set = msgport_set_create(self->control);
	return msgport_set_add(set, acknowledging.receive, 7);
}

TEST_F(fail_nth, every_failure_of_receive_on_a_set_leaves_the_message)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_stat stat;

	options.flags = MSGPORT_ACK;
	options.max_deliveries = 255;
	acknowledging = new_pair(&options);
	set = msgport_set_create(self->control);
	ASSERT_EQ(0, msgport_set_add(set, acknowledging.receive, 7));
	ASSERT_EQ(0, msgport_send(acknowledging.send, "a", 1, 0));
	sweep(_metadata, self, set_receive_verb, release_taken);
	ASSERT_EQ(0, msgport_stat(acknowledging.receive, &stat));
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(0, stat.outstanding);
	close(set);
	close_pair(&acknowledging);
}

static long set_ack_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return msgport_ack(set, token);
}

static long take_another(FIXTURE_DATA(fail_nth) *self)
{
	if (msgport_send(acknowledging.send, "a", 1, 0))
		return -1;
	return set_receive_verb(self);
}

TEST_F(fail_nth, every_failure_of_ack_on_a_set_leaves_the_token_good)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_ACK;
	acknowledging = new_pair(&options);
	set = msgport_set_create(self->control);
	ASSERT_EQ(0, msgport_set_add(set, acknowledging.receive, 7));
	ASSERT_EQ(0, take_another(self));
	sweep(_metadata, self, set_ack_verb, take_another);
	EXPECT_EQ(0, set_ack_verb(self));
	close(set);
	close_pair(&acknowledging);
}

TEST_HARNESS_MAIN
