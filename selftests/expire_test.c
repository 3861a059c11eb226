// SPDX-License-Identifier: GPL-2.0
/*
 * Messages whose time to live has passed: who ends them by looking, who does
 * not, and how long it takes where they lie behind many others.
 */
#include "kselftest_harness.h"
#include "errand.h"

#define MANY		20000
#define BOUND_MS	3000

static int send_mortal(int right, uint64_t number, uint64_t ttl)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.ttl = ttl,
	};

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

/* Room for so many messages, each with a time to live. */
static struct pair new_pair_for_mortals(unsigned int count)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = count;
	options.max_size = 64;
	options.max_bytes = count * 256ULL + 65536;
	return new_pair(&options);
}

/* Those that live lie before those that do not. */
static void send_live_and_expired(struct pair *port, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (send_mortal(port->send, i, 0))
			give_up("send");
	for (i = 0; i < count; i++)
		if (send_mortal(port->send, count + i, 1))
			give_up("send");
}

TEST(stat_ends_20000_expired_messages_behind_20000_others_within_3_seconds)
{
	struct pair port = new_pair_for_mortals(2 * MANY);
	struct msgport_stat stat;
	uint64_t start;

	send_live_and_expired(&port, MANY);
	start = now_ns();
	stat = stat_of(port.receive);
	EXPECT_LT(now_ns() - start, BOUND_MS * NS_PER_MS);
	EXPECT_EQ(2 * MANY, stat.sent);
	EXPECT_EQ(MANY, stat.expired);
	EXPECT_EQ(MANY, stat.queued);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_EQ(0, receive_number(port.receive, MSGPORT_NONBLOCK));
	close_pair(&port);
}

/* One of each, then the other way round: the look goes on past what it ends. */
TEST(stat_ends_expired_messages_wherever_they_lie)
{
	struct pair port = new_pair_for_mortals(1000);
	struct msgport_stat stat;
	int i;

	for (i = 0; i < 1000; i++)
		ASSERT_EQ(0, send_mortal(port.send, i, i % 3 ? 1 : 0));
	pause_ms(1);
	stat = stat_of(port.receive);
	EXPECT_EQ(666, stat.expired);
	EXPECT_EQ(334, stat.queued);
	for (i = 0; i < 1000; i += 3)
		EXPECT_EQ(i, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(receive_number(port.receive, MSGPORT_NONBLOCK)));
	close_pair(&port);
}

/* A filter that must look through all goes on past what it ends, too. */
TEST(choice_by_tag_finds_its_message_right_behind_an_expired_one)
{
	struct msgport_filter tag = {
		.by = MSGPORT_BY_TAG, .tag = 7, .tag_mask = ~0ULL,
	};
	struct pair port = new_pair_for_mortals(1000);
	int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, send_number(port.send, 1000 + i, MSGPORT_NONBLOCK));
		ASSERT_EQ(0, send_mortal(port.send, 2000 + i, 1));
		ASSERT_EQ(0, send_tagged(port.send, i, 7));
		pause_ms(1);
		ASSERT_EQ(i, choose_number(port.receive, &tag, MSGPORT_NONBLOCK,
					   MSGPORT_FOREVER, NULL));
	}
	EXPECT_EQ(100, stat_of(port.receive).expired);
	EXPECT_EQ(100, stat_of(port.receive).queued);
	close_pair(&port);
}

/* What the list says of a port: it counts, and ends nothing. */
static int64_t queued_in_list(uint64_t id)
{
	struct msgport_port_info info;
	uint64_t after = id - 1;

	if (msgport_list(MSGPORT_DEFAULT, &after, &info, 1) != 1 || info.id != id)
		return -1;
	return info.queued;
}

TEST(stat_of_the_control_descriptor_ends_no_messages)
{
	struct pair port = new_pair(NULL);
	uint64_t id = stat_of(port.receive).port;
	struct msgport_stat before, after;
	int control = msgport_open(), i;

	ASSERT_GE(control, 0);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, send_mortal(port.send, i, 1));
	pause_ms(1);
	before = stat_of(control);
	after = stat_of(control);
	EXPECT_EQ(5, queued_in_list(id));
	EXPECT_LE(5, after.queued);
	EXPECT_EQ(before.expired, after.expired);
	/* who has a right to the port ends them */
	EXPECT_EQ(5, stat_of(port.send).expired);
	EXPECT_EQ(0, queued_in_list(id));
	EXPECT_EQ(before.expired + 5, stat_of(control).expired);
	close(control);
	close_pair(&port);
}

TEST_HARNESS_MAIN
