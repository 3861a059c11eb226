// SPDX-License-Identifier: GPL-2.0
/* limits: read, raise, lower. */

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(limits)
{
	struct pair pair;
};

FIXTURE_SETUP(limits)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 4;
	options.max_size = 10000;
	options.max_bytes = 30000;
	options.max_answers = 6;
	options.uid_share = 3;
	self->pair = new_pair(&options);
}

FIXTURE_TEARDOWN(limits)
{
	EXPECT_TRUE(port_balanced(self->pair.receive));
	close_pair(&self->pair);
}

static int set_max_msgs(int port, unsigned int max_msgs)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS,
		.max_msgs = max_msgs,
	};

	return msgport_limits(port, &limits);
}

static int set_max_bytes(int port, uint64_t max_bytes)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_BYTES,
		.max_bytes = max_bytes,
	};

	return msgport_limits(port, &limits);
}

static int set_max_size(int port, unsigned int max_size)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_SIZE,
		.max_size = max_size,
	};

	return msgport_limits(port, &limits);
}

static int receive_large(int port)
{
	static char bytes[10000];

	return msgport_receive(port, bytes, sizeof(bytes), MSGPORT_NONBLOCK);
}

static int send_large(int right, size_t size, unsigned int flags)
{
	static char bytes[10000];

	return msgport_send(right, bytes, size, flags);
}

TEST_F(limits, limits_without_flags_reads_them_all)
{
	struct msgport_limits limits = { .max_msgs = 99, .max_bytes = 1 };

	ASSERT_EQ(0, msgport_limits(self->pair.receive, &limits));
	EXPECT_EQ(4, limits.max_msgs);
	EXPECT_EQ(30000, limits.max_bytes);
	EXPECT_EQ(10000, limits.max_size);
	EXPECT_EQ(6, limits.max_answers);
	EXPECT_EQ(3, limits.uid_share);
}

TEST_F(limits, limits_sets_what_is_flagged_and_tells_the_rest)
{
	struct msgport_limits limits = {
		.size = sizeof(limits),
		.flags = MSGPORT_SET_MAX_ANSWERS | MSGPORT_SET_UID_SHARE,
		.max_answers = 9,
		.uid_share = 1,
		.max_msgs = 77,
		.max_bytes = 77,
		.max_size = 77,
	};

	ASSERT_EQ(0, raw_limits(self->pair.receive, &limits));
	EXPECT_EQ(9, limits.max_answers);
	EXPECT_EQ(1, limits.uid_share);
	EXPECT_EQ(4, limits.max_msgs);
	EXPECT_EQ(30000, limits.max_bytes);
	EXPECT_EQ(10000, limits.max_size);
	EXPECT_EQ(4, stat_of(self->pair.receive).max_msgs);
	EXPECT_EQ(1, stat_of(self->pair.receive).uid_share);
}

TEST_F(limits, raising_max_msgs_makes_room)
{
	ASSERT_EQ(4, fill(self->pair.send));
	ASSERT_EQ(0, set_max_msgs(self->pair.receive, 6));
	EXPECT_EQ(2, fill(self->pair.send));
}

TEST_F(limits, raising_max_msgs_lets_waiting_sends_go_on)
{
	pid_t one, two;

	ASSERT_EQ(4, fill(self->pair.send));
	one = start_sender(self->pair.send, 10, 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	two = start_sender(self->pair.send, 20, 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 2));
	ASSERT_EQ(0, set_max_msgs(self->pair.receive, 5));
	EXPECT_EQ(0, child_status(one));
	EXPECT_EQ(1, stat_of(self->pair.receive).waiting_senders);
	ASSERT_EQ(0, set_max_msgs(self->pair.receive, 6));
	EXPECT_EQ(0, child_status(two));
	EXPECT_EQ(6, stat_of(self->pair.receive).queued);
}

TEST_F(limits, raising_max_bytes_lets_a_waiting_send_go_on)
{
	pid_t sender;

	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	ASSERT_EQ(EAGAIN, error_of(send_large(self->pair.send, 10000,
					      MSGPORT_NONBLOCK)));
	sender = start_child();
	if (!sender)
		_exit(error_of(send_large(self->pair.send, 10000, 0)));
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	ASSERT_EQ(0, set_max_bytes(self->pair.receive, 60000));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(3, stat_of(self->pair.receive).queued);
}

TEST_F(limits, raising_max_size_lets_larger_messages_in)
{
	static char bytes[12000];

	ASSERT_EQ(EMSGSIZE, error_of(msgport_send(self->pair.send, bytes, 12000, 0)));
	ASSERT_EQ(0, set_max_size(self->pair.receive, 12000));
	EXPECT_EQ(0, msgport_send(self->pair.send, bytes, 12000, 0));
}

TEST_F(limits, lowering_max_msgs_drops_nothing_and_fills_no_further)
{
	int i;

	ASSERT_EQ(4, fill(self->pair.send));
	ASSERT_EQ(0, set_max_msgs(self->pair.receive, 2));
	EXPECT_EQ(4, stat_of(self->pair.receive).queued);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(EAGAIN, error_of(send_number(self->pair.send, 9,
						       MSGPORT_NONBLOCK)));
		EXPECT_EQ(i, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
	EXPECT_EQ(0, send_number(self->pair.send, 9, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(9, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(self->pair.receive).discarded);
}

TEST_F(limits, lowering_max_bytes_drops_nothing_and_fills_no_further)
{
	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	ASSERT_EQ(0, set_max_bytes(self->pair.receive, 14000));
	EXPECT_EQ(2, stat_of(self->pair.receive).queued);
	EXPECT_EQ(EAGAIN, error_of(send_number(self->pair.send, 9, MSGPORT_NONBLOCK)));
	EXPECT_EQ(10000, receive_large(self->pair.receive));
	EXPECT_EQ(0, send_number(self->pair.send, 9, MSGPORT_NONBLOCK));
	EXPECT_EQ(10000, receive_large(self->pair.receive));
	EXPECT_EQ(9, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(limits, lowering_max_size_keeps_what_is_queued_and_who_waits)
{
	pid_t sender;

	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	sender = start_child();
	if (!sender)
		_exit(error_of(send_large(self->pair.send, 9999, 0)));
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	ASSERT_EQ(0, set_max_size(self->pair.receive, 50));
	EXPECT_EQ(EMSGSIZE, error_of(send_large(self->pair.send, 51, 0)));
	EXPECT_EQ(10000, receive_large(self->pair.receive));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(10000, receive_large(self->pair.receive));
	EXPECT_EQ(9999, receive_large(self->pair.receive));
}

/* A limit below a waiting message must not hold its sender for ever. */
TEST_F(limits, lowering_max_bytes_below_a_waiting_message_lets_it_in_once_empty)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_SIZE | MSGPORT_SET_MAX_BYTES,
		.max_size = 64,
		.max_bytes = 1000,
	};
	pid_t sender;

	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	ASSERT_EQ(0, send_large(self->pair.send, 10000, 0));
	sender = start_child();
	if (!sender)
		_exit(error_of(send_large(self->pair.send, 10000, 0)));
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	ASSERT_EQ(0, msgport_limits(self->pair.receive, &limits));
	EXPECT_EQ(10000, receive_large(self->pair.receive));
	EXPECT_EQ(1, stat_of(self->pair.receive).waiting_senders);
	EXPECT_EQ(10000, receive_large(self->pair.receive));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(10000, receive_large(self->pair.receive));
}

TEST_F(limits, limits_out_of_range_fail_with_einval_and_change_nothing)
{
	struct msgport_limits bad[] = {
		{ .flags = 1U << 31 },
		{ .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 0 },
		{ .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = UINT32_MAX },
		{ .flags = MSGPORT_SET_MAX_SIZE, .max_size = 0 },
		{ .flags = MSGPORT_SET_MAX_SIZE, .max_size = MSGPORT_SIZE_MAX + 1 },
		{ .flags = MSGPORT_SET_MAX_SIZE, .max_size = 40000 },
		{ .flags = MSGPORT_SET_MAX_BYTES, .max_bytes = 10000 },
		{ .flags = MSGPORT_SET_MAX_BYTES, .max_bytes = UINT64_MAX },
		{ .flags = MSGPORT_SET_MAX_ANSWERS, .max_answers = UINT32_MAX },
		{ .flags = MSGPORT_SET_UID_SHARE, .uid_share = 0 },
		{ .flags = MSGPORT_SET_UID_SHARE, .uid_share = 5 },
		{ .flags = MSGPORT_SET_MAX_MSGS | MSGPORT_SET_UID_SHARE,
		  .max_msgs = 8, .uid_share = 9 },
	};
	struct msgport_limits now = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EINVAL, error_of(raw_limits(self->pair.receive, &bad[i])))
			TH_LOG("row %u", i);
	}
	ASSERT_EQ(0, msgport_limits(self->pair.receive, &now));
	EXPECT_EQ(4, now.max_msgs);
	EXPECT_EQ(30000, now.max_bytes);
	EXPECT_EQ(10000, now.max_size);
	EXPECT_EQ(6, now.max_answers);
	EXPECT_EQ(3, now.uid_share);
}

TEST(limits_of_a_rendezvous_port_have_no_messages_to_set)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_limits share = { .flags = MSGPORT_SET_UID_SHARE, .uid_share = 1 };
	int port;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_port(&options);
	ASSERT_LE(0, port);
	EXPECT_EQ(EINVAL, error_of(set_max_msgs(port, 1)));
	EXPECT_EQ(EINVAL, error_of(raw_limits(port, &share)));
	EXPECT_EQ(0, set_max_size(port, 100));
	close(port);
}

TEST_F(limits, raising_max_bytes_over_the_users_quota_fails_with_edquot)
{
	EXPECT_EQ(EDQUOT, error_of(set_max_bytes(self->pair.receive, 300 << 20)));
	EXPECT_EQ(30000, stat_of(self->pair.receive).max_bytes);
	EXPECT_EQ(0, set_max_bytes(self->pair.receive, 200 << 20));
	EXPECT_EQ(0, set_max_bytes(self->pair.receive, 30000));
}

TEST_F(limits, lowering_max_bytes_gives_the_users_quota_back)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int other;

	options.max_bytes = 200 << 20;
	ASSERT_EQ(0, set_max_bytes(self->pair.receive, 100 << 20));
	ASSERT_EQ(EDQUOT, error_of(new_port(&options)));
	ASSERT_EQ(0, set_max_bytes(self->pair.receive, 30000));
	other = new_port(&options);
	EXPECT_LE(0, other);
	close(other);
}

TEST_F(limits, limits_on_anything_but_a_receive_right_fails_with_ebadf)
{
	struct msgport_limits limits = { 0 };
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(msgport_limits(self->pair.send, &limits)));
	EXPECT_EQ(EBADF, error_of(msgport_limits(control, &limits)));
	close(control);
}

TEST_HARNESS_MAIN
