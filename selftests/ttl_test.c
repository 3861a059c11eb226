// SPDX-License-Identifier: GPL-2.0
/* Time to live: what is not taken in time ends, and is counted. */
#include "kselftest_harness.h"
#include "errand.h"

#define SHORT_MS	60
#define LONG_MS		600000

static int send_mortal(int right, uint64_t number, uint64_t ttl)
{
	struct errand errand = { .right = right, .number = number, .ttl = ttl };

	return run_errand(&errand);
}

static int send_short(int right, uint64_t number)
{
	return send_mortal(right, number, SHORT_MS * NS_PER_MS);
}

/* Time is what this is about. */
static void outlive(void)
{
	pause_ms(SHORT_MS + 20);
}

TEST(message_over_its_time_to_live_is_not_received)
{
	struct pair port = new_pair(NULL);
	struct msgport_stat stat;

	ASSERT_EQ(0, send_short(port.send, 1));
	outlive();
	EXPECT_EQ(EAGAIN, error_of(receive_number(port.receive, MSGPORT_NONBLOCK)));
	stat = stat_of(port.receive);
	EXPECT_EQ(1, stat.expired);
	EXPECT_EQ(1, stat.discarded);
	EXPECT_EQ(0, stat.received);
	EXPECT_TRUE(balanced(&stat));
	close_pair(&port);
}

TEST(message_within_its_time_to_live_is_received)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_mortal(port.send, 1, LONG_MS * NS_PER_MS));
	outlive();
	EXPECT_EQ(1, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(port.receive).expired);
	close_pair(&port);
}

TEST(time_to_live_of_zero_or_all_ones_never_expires)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_mortal(port.send, 1, 0));
	ASSERT_EQ(0, send_mortal(port.send, 2, ~0ULL));
	outlive();
	EXPECT_EQ(2, stat_of(port.receive).queued);
	EXPECT_EQ(1, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, receive_number(port.receive, MSGPORT_NONBLOCK));
	close_pair(&port);
}

TEST(receive_passes_over_expired_messages_to_the_next)
{
	struct pair port = new_pair(NULL);
	unsigned int i;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, send_mortal(port.send, i, NS_PER_MS));
	ASSERT_EQ(0, send_number(port.send, 500, 0));
	outlive();
	EXPECT_EQ(500, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(100, stat_of(port.receive).expired);
	close_pair(&port);
}

TEST(expired_message_between_others_goes_alone)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_number(port.send, 1, 0));
	ASSERT_EQ(0, send_short(port.send, 2));
	ASSERT_EQ(0, send_number(port.send, 3, 0));
	outlive();
	EXPECT_EQ(2, stat_of(port.receive).queued);
	EXPECT_EQ(1, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(port.receive).expired);
	close_pair(&port);
}

TEST(stat_ends_expired_messages_before_it_counts)
{
	struct pair port = new_pair(NULL);
	struct msgport_stat stat;
	unsigned int i;

	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, send_short(port.send, i));
	outlive();
	stat = stat_of(port.send);
	EXPECT_EQ(200, stat.sent);
	EXPECT_EQ(200, stat.expired);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_EQ(0, stat.in_transit);
	close_pair(&port);
}

/* Also one that was in a hand, and went back before its time was over. */
TEST(stat_ends_an_expired_message_that_a_failed_receive_put_back)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_mortal(port.send, 1, NS_PER_S));
	EXPECT_EQ(EFAULT, error_of(msgport_receive(port.receive, (void *)16, 8, 0)));
	EXPECT_EQ(1, stat_of(port.send).queued);
	pause_ms(1020);
	EXPECT_EQ(0, stat_of(port.send).queued);
	EXPECT_EQ(1, stat_of(port.send).expired);
	close_pair(&port);
}

TEST(peek_does_not_show_an_expired_message)
{
	struct pair port = new_pair(NULL);
	uint64_t number;

	ASSERT_EQ(0, send_short(port.send, 1));
	EXPECT_EQ(sizeof(number), msgport_receive(port.receive, &number, sizeof(number),
						  MSGPORT_PEEK | MSGPORT_NONBLOCK));
	outlive();
	EXPECT_EQ(EAGAIN, error_of(msgport_receive(port.receive, &number, sizeof(number),
						   MSGPORT_PEEK | MSGPORT_NONBLOCK)));
	close_pair(&port);
}

/* In the port, which has one place: a mortal message.  At its gate: a sender. */
static pid_t sender_behind_mortal(const struct pair *port)
{
	pid_t sender = 0;

	if (!send_mortal(port->send, 1, 300 * NS_PER_MS)) {
		sender = start_errand((struct errand){ .right = port->send, .number = 2 });
		pause_ms(320);
	}
	return sender;
}

TEST(expired_message_found_by_stat_lets_a_waiting_sender_in)
{
	struct pair port = new_pair_for(1);
	pid_t sender = sender_behind_mortal(&port);

	ASSERT_NE(0, sender);
	EXPECT_EQ(1, stat_of(port.receive).expired);
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, receive_number(port.receive, MSGPORT_NONBLOCK));
	close_pair(&port);
}

TEST(expired_message_found_by_receive_lets_a_waiting_sender_in)
{
	struct pair port = new_pair_for(1);
	pid_t sender = sender_behind_mortal(&port);

	ASSERT_NE(0, sender);
	EXPECT_EQ(2, receive_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(1, stat_of(port.receive).expired);
	close_pair(&port);
}

TEST(expired_message_gives_its_right_its_window_back)
{
	struct pair port = new_pair_for(8);
	int right = msgport_mint(port.receive, 0, 1, 31, 0);

	ASSERT_EQ(0, send_short(right, 1));
	ASSERT_EQ(EAGAIN, error_of(send_number(right, 2, MSGPORT_NONBLOCK)));
	outlive();
	EXPECT_EQ(0, stat_of(right).in_transit);
	EXPECT_EQ(0, send_number(right, 2, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, close(right));
	close_pair(&port);
}

TEST(time_to_live_runs_while_the_sender_waits_for_room)
{
	struct pair port = new_pair_for(1);
	pid_t sender;

	ASSERT_EQ(1, fill(port.send));
	sender = start_errand((struct errand){ .right = port.send, .number = 1,
					       .ttl = SHORT_MS * NS_PER_MS });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	outlive();
	EXPECT_EQ(0, receive_number(port.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(receive_number(port.receive, MSGPORT_NONBLOCK)));
	EXPECT_EQ(1, stat_of(port.receive).expired);
	close_pair(&port);
}

TEST(mortal_message_goes_straight_to_a_waiting_receiver)
{
	struct pair port = new_pair(NULL);
	pid_t receiver = start_receiver(port.receive, 1);

	ASSERT_TRUE(wait_for_receivers(port.receive, 1));
	EXPECT_EQ(0, send_mortal(port.send, 1, LONG_MS * NS_PER_MS));
	EXPECT_EQ(0, child_status(receiver));
	EXPECT_EQ(1, stat_of(port.receive).received);
	close_pair(&port);
}

TEST_HARNESS_MAIN
