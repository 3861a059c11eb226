// SPDX-License-Identifier: GPL-2.0
/* A full port makes senders wait, and lets them in by priority, then by age. */
#include "kselftest_harness.h"
#include "errand.h"

/* A port with room for one LARGE message and a few small ones. */
#define LARGE		8192
#define LARGE_AND_SOME	10000

static struct pair new_narrow_pair(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 16;
	options.max_size = LARGE;
	options.max_bytes = LARGE_AND_SOME;
	return new_pair(&options);
}

static int send_large(int right, uint64_t number)
{
	struct errand errand = { .right = right, .number = number, .size = LARGE };

	return run_errand(&errand);
}

static int send_now(int right, uint64_t number, unsigned int priority)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.priority = priority,
	};

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

/* Several senders that wait, each in its place before the next one comes. */
static bool line_up(const struct pair *port, struct errand *errands, pid_t *pids,
		    unsigned int count)
{
	unsigned int before = stat_of(port->receive).waiting_senders, i;

	for (i = 0; i < count; i++) {
		errands[i].right = port->send;
		pids[i] = start_errand(errands[i]);
		if (!wait_for_senders(port->receive, before + i + 1))
			return false;
	}
	return true;
}

TEST(sender_waits_while_port_is_full_and_goes_on_when_there_is_room)
{
	struct pair port = new_pair_for(2);
	struct msgport_stat stat;
	pid_t sender;

	ASSERT_EQ(2, fill(port.send));
	sender = start_errand((struct errand){ .right = port.send, .number = 7 });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	EXPECT_TRUE(child_runs(sender));
	EXPECT_EQ(0, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	stat = stat_of(port.receive);
	EXPECT_EQ(2, stat.queued);
	EXPECT_EQ(0, stat.waiting_senders);
	EXPECT_EQ(3, stat.sent);
	EXPECT_EQ(1, take_any_number(port.receive, 0));
	EXPECT_EQ(7, take_any_number(port.receive, 0));
	close_pair(&port);
}

TEST(nonblocking_send_to_full_port_fails_with_eagain)
{
	struct pair port = new_pair_for(3);

	ASSERT_EQ(3, fill(port.send));
	EXPECT_EQ(EAGAIN, error_of(send_number(port.send, 9, MSGPORT_NONBLOCK)));
	EXPECT_EQ(3, stat_of(port.receive).sent);
	close_pair(&port);
}

TEST(waiting_senders_of_one_priority_get_room_first_come_first_served)
{
	struct errand errands[] = {
		{ .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 },
	};
	pid_t pids[ARRAY_SIZE(errands)];
	struct pair port = new_pair_for(1);
	unsigned int i;

	ASSERT_EQ(1, fill(port.send));
	ASSERT_TRUE(line_up(&port, errands, pids, ARRAY_SIZE(errands)));
	for (i = 0; i <= ARRAY_SIZE(errands); i++)
		EXPECT_EQ(i, take_any_number(port.receive, 0));
	for (i = 0; i < ARRAY_SIZE(errands); i++)
		EXPECT_EQ(0, child_status(pids[i]));
	close_pair(&port);
}

TEST(waiting_senders_get_room_by_priority_before_age)
{
	struct errand errands[] = {
		{ .number = 10 },
		{ .number = 11, .priority = 5 },
		{ .number = 12, .priority = 31 },
		{ .number = 13, .priority = 5 },
	};
	static const int order[] = { 0, 12, 11, 13, 10 };
	pid_t pids[ARRAY_SIZE(errands)];
	struct pair port = new_pair_for(1);
	unsigned int i;

	/* With one place the order of receipt is that of acceptance. */
	ASSERT_EQ(1, fill(port.send));
	ASSERT_TRUE(line_up(&port, errands, pids, ARRAY_SIZE(errands)));
	for (i = 0; i < ARRAY_SIZE(order); i++)
		EXPECT_EQ(order[i], take_any_number(port.receive, 0));
	for (i = 0; i < ARRAY_SIZE(errands); i++)
		EXPECT_EQ(0, child_status(pids[i]));
	close_pair(&port);
}

TEST(room_goes_to_the_waiting_sender_and_not_to_a_newcomer)
{
	struct errand waiting = { .number = 7 };
	struct pair port = new_pair_for(1);
	pid_t sender;

	ASSERT_EQ(1, fill(port.send));
	ASSERT_TRUE(line_up(&port, &waiting, &sender, 1));
	EXPECT_EQ(0, take_any_number(port.receive, 0));
	EXPECT_EQ(EAGAIN, error_of(send_now(port.send, 8, 0)));
	EXPECT_EQ(7, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	close_pair(&port);
}

TEST(sender_waits_when_its_bytes_do_not_fit_though_places_are_free)
{
	struct errand waiting = { .number = 2, .size = LARGE };
	struct pair port = new_narrow_pair();
	struct msgport_stat stat;
	pid_t sender;

	ASSERT_EQ(0, send_large(port.send, 1));
	ASSERT_TRUE(line_up(&port, &waiting, &sender, 1));
	stat = stat_of(port.receive);
	EXPECT_EQ(1, stat.queued);
	EXPECT_LE(stat.bytes, stat.max_bytes);
	EXPECT_EQ(1, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, take_any_number(port.receive, 0));
	EXPECT_EQ(0, stat_of(port.receive).bytes);
	close_pair(&port);
}

/*
 * In the port: a large message.  Waiting, in order: a large one, for which the
 * bytes that are left are too few, and a small one, for which they would do.
 */
TEST(large_message_waiting_for_bytes_is_not_overtaken_by_small_ones)
{
	struct errand errands[] = { { .number = 2, .size = LARGE }, { .number = 3 } };
	struct pair port = new_narrow_pair();
	pid_t pids[2];

	ASSERT_EQ(0, send_large(port.send, 1));
	ASSERT_TRUE(line_up(&port, errands, pids, 2));
	EXPECT_EQ(EAGAIN, error_of(send_now(port.send, 4, 0)));
	EXPECT_EQ(1, stat_of(port.receive).sent);
	EXPECT_EQ(1, take_any_number(port.receive, 0));
	EXPECT_EQ(2, take_any_number(port.receive, 0));
	EXPECT_EQ(3, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(pids[0]));
	EXPECT_EQ(0, child_status(pids[1]));
	close_pair(&port);
}

TEST(large_message_waiting_for_bytes_is_overtaken_by_a_higher_priority)
{
	struct errand waiting = { .number = 2, .size = LARGE, .priority = 3 };
	struct pair port = new_narrow_pair();
	pid_t sender;

	ASSERT_EQ(0, send_large(port.send, 1));
	ASSERT_TRUE(line_up(&port, &waiting, &sender, 1));
	EXPECT_EQ(0, send_now(port.send, 4, 4));
	EXPECT_EQ(4, take_any_number(port.receive, 0));
	EXPECT_EQ(1, take_any_number(port.receive, 0));
	EXPECT_EQ(2, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	close_pair(&port);
}

TEST(nonblocking_send_gets_eagain_while_one_of_the_same_priority_waits)
{
	struct errand waiting = { .number = 2, .size = LARGE, .priority = 3 };
	struct pair port = new_narrow_pair();
	pid_t sender;

	ASSERT_EQ(0, send_large(port.send, 1));
	ASSERT_TRUE(line_up(&port, &waiting, &sender, 1));
	EXPECT_EQ(EAGAIN, error_of(send_now(port.send, 4, 3)));
	EXPECT_EQ(EAGAIN, error_of(send_now(port.send, 4, 2)));
	EXPECT_EQ(1, stat_of(port.receive).sent);
	close_pair(&port);
	EXPECT_EQ(EPIPE, child_status(sender));
}

TEST(window_bounds_the_messages_of_one_right_in_transit)
{
	struct pair port = new_pair_for(8);
	int right = msgport_mint(port.receive, 1, 2, 31, 0);
	struct msgport_stat stat;

	ASSERT_GE(right, 0);
	EXPECT_EQ(2, fill(right));
	stat = stat_of(right);
	EXPECT_EQ(2, stat.window);
	EXPECT_EQ(2, stat.in_transit);
	EXPECT_EQ(0, take_any_number(port.receive, 0));
	EXPECT_EQ(1, stat_of(right).in_transit);
	EXPECT_EQ(1, fill(right));
	EXPECT_EQ(0, close(right));
	close_pair(&port);
}

TEST(sender_short_of_its_window_waits_and_holds_up_no_other_right)
{
	struct pair port = new_pair_for(4);
	int right = msgport_mint(port.receive, 1, 1, 31, 0);
	pid_t sender;

	ASSERT_GE(right, 0);
	ASSERT_EQ(1, fill(right));
	sender = start_errand((struct errand){ .right = right, .number = 7 });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	EXPECT_EQ(0, send_now(port.send, 5, 0));
	EXPECT_EQ(2, stat_of(port.receive).sent);
	EXPECT_EQ(0, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(5, take_any_number(port.receive, 0));
	EXPECT_EQ(7, take_any_number(port.receive, 0));
	EXPECT_EQ(0, close(right));
	close_pair(&port);
}

TEST(senders_waiting_on_one_window_go_by_priority_then_age)
{
	struct errand errands[] = {
		{ .number = 1 }, { .number = 2 }, { .number = 3, .priority = 1 },
	};
	static const int order[] = { 0, 3, 1, 2 };
	struct pair port = new_pair_for(8), narrow = port;
	pid_t pids[ARRAY_SIZE(errands)];
	unsigned int i;

	narrow.send = msgport_mint(port.receive, 1, 1, 31, 0);
	ASSERT_GE(narrow.send, 0);
	ASSERT_EQ(1, fill(narrow.send));
	ASSERT_TRUE(line_up(&narrow, errands, pids, ARRAY_SIZE(errands)));
	for (i = 0; i < ARRAY_SIZE(order); i++)
		EXPECT_EQ(order[i], take_any_number(port.receive, 0));
	for (i = 0; i < ARRAY_SIZE(errands); i++)
		EXPECT_EQ(0, child_status(pids[i]));
	EXPECT_EQ(0, close(narrow.send));
	close_pair(&port);
}

TEST(port_of_one_message_carries_many_in_order)
{
	struct pair port = new_pair_for(1);
	pid_t sender = start_child();
	unsigned int i;

	if (!sender) {
		port.send = keep_only(port.send);
		for (i = 0; i < 200; i++)
			if (send_number(port.send, i, 0))
				_exit(errno);
		_exit(0);
	}
	for (i = 0; i < 200; i++)
		ASSERT_EQ(i, take_any_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(take_any_number(port.receive, MSGPORT_NONBLOCK)));
	close_pair(&port);
}

/*
 * Eight senders that never stop.  Who waits is let in by turns; how often each
 * comes to wait is the scheduler's affair, so only starvation is a failure.
 */
TEST(no_sender_among_contending_ones_starves)
{
	enum { SENDERS = 8, MESSAGES = 1600 };
	unsigned int counts[SENDERS] = { 0 }, i;
	struct pair port = new_pair_for(4);
	pid_t pids[SENDERS];
	int64_t number;

	for (i = 0; i < SENDERS; i++) {
		pids[i] = start_child();
		if (pids[i])
			continue;
		port.send = keep_only(port.send);
		while (!send_number(port.send, i, 0))
			;
		_exit(errno);
	}
	/* from when all of them stand in line */
	ASSERT_TRUE(wait_for_senders(port.receive, SENDERS));
	for (i = 0; i < MESSAGES; i++) {
		number = take_any_number(port.receive, 0);
		ASSERT_GE(number, 0);
		ASSERT_LT(number, SENDERS);
		counts[number]++;
	}
	close_pair(&port);
	for (i = 0; i < SENDERS; i++) {
		EXPECT_EQ(EPIPE, child_status(pids[i]));
		EXPECT_GE(counts[i], MESSAGES / SENDERS / 20)
			TH_LOG("sender %u was let in %u times", i, counts[i]);
	}
}

TEST_HARNESS_MAIN
