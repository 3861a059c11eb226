// SPDX-License-Identifier: GPL-2.0
/* The end of a port, and what becomes of all who had to do with it. */
#include <poll.h>

#include "kselftest_harness.h"
#include "errand.h"

TEST(send_to_dead_port_fails_with_epipe)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, close(port.receive));
	EXPECT_EQ(EPIPE, error_of(send_number(port.send, 1, 0)));
	EXPECT_EQ(EPIPE, error_of(send_number(port.send, 1, MSGPORT_NONBLOCK)));
	EXPECT_EQ(1, stat_of(port.send).dead);
	EXPECT_EQ(0, close(port.send));
}

TEST(messages_queued_when_the_port_dies_are_discarded_and_counted)
{
	struct pair port = new_pair(NULL);
	struct msgport_stat stat;
	unsigned int i;

	for (i = 0; i < 150; i++)
		ASSERT_EQ(0, send_urgent(port.send, i, i % 3));
	ASSERT_LE(0, receive_number(port.receive, 0));
	ASSERT_EQ(0, close(port.receive));
	stat = stat_of(port.send);
	EXPECT_EQ(150, stat.sent);
	EXPECT_EQ(1, stat.received);
	EXPECT_EQ(149, stat.died_with_port);
	EXPECT_EQ(149, stat.discarded);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_EQ(0, stat.in_transit);
	EXPECT_EQ(0, close(port.send));
}

TEST(sender_waiting_at_the_port_when_it_dies_gets_epipe)
{
	struct pair port = new_pair_for(1);
	struct msgport_stat stat;
	pid_t senders[3];
	int i;

	ASSERT_EQ(1, fill(port.send));
	for (i = 0; i < 3; i++)
		senders[i] = start_errand((struct errand){ .right = port.send,
							   .priority = i });
	ASSERT_TRUE(wait_for_senders(port.receive, 3));
	ASSERT_EQ(0, close(port.receive));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(EPIPE, child_status(senders[i]));
	stat = stat_of(port.send);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.discarded);
	EXPECT_EQ(0, stat.waiting_senders);
	EXPECT_EQ(0, stat.in_transit);
	EXPECT_EQ(0, close(port.send));
}

TEST(sender_waiting_on_its_window_when_the_port_dies_gets_epipe)
{
	struct pair port = new_pair_for(8);
	int right = msgport_mint(port.receive, 0, 1, 31, 0);
	pid_t sender;

	ASSERT_EQ(1, fill(right));
	sender = start_errand((struct errand){ .right = right });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	ASSERT_EQ(0, close(port.receive));
	EXPECT_EQ(EPIPE, child_status(sender));
	EXPECT_EQ(0, stat_of(right).in_transit);
	EXPECT_EQ(0, close(right));
	EXPECT_EQ(0, close(port.send));
}

TEST(many_waiting_senders_all_get_epipe)
{
	enum { SENDERS = 100 };
	struct pair port = new_pair_for(1);
	pid_t senders[SENDERS];
	int i;

	ASSERT_EQ(1, fill(port.send));
	for (i = 0; i < SENDERS; i++)
		senders[i] = start_errand((struct errand){ .right = port.send });
	ASSERT_TRUE(wait_for_senders(port.receive, SENDERS));
	ASSERT_EQ(0, close(port.receive));
	for (i = 0; i < SENDERS; i++)
		EXPECT_EQ(EPIPE, child_status(senders[i]));
	EXPECT_EQ(0, close(port.send));
}

TEST(send_right_of_a_dead_port_polls_hangup)
{
	struct pair port = new_pair(NULL);
	struct pollfd send = { .fd = port.send, .events = POLLOUT };

	ASSERT_EQ(1, poll(&send, 1, 0));
	EXPECT_EQ(0, send.revents & (POLLHUP | POLLERR));
	ASSERT_EQ(0, close(port.receive));
	ASSERT_EQ(1, poll(&send, 1, 0));
	EXPECT_NE(0, send.revents & POLLHUP);
	EXPECT_NE(0, send.revents & POLLERR);
	EXPECT_EQ(0, close(port.send));
}

TEST(who_polls_a_send_right_is_woken_by_the_death_of_the_port)
{
	struct pair port = new_pair_for(1);
	pid_t poller;

	ASSERT_EQ(1, fill(port.send));
	poller = start_child();
	if (!poller) {
		struct pollfd send = { .fd = keep_only(port.send), .events = POLLOUT };

		_exit(poll(&send, 1, PATIENCE_MS) == 1 && send.revents & POLLHUP ? 0 : 1);
	}
	/* so that it sleeps, most likely: right either way */
	pause_ms(50);
	ASSERT_EQ(0, close(port.receive));
	EXPECT_EQ(0, child_status(poller));
	EXPECT_EQ(0, close(port.send));
}

TEST(name_of_a_dead_port_is_gone_at_once_and_free)
{
	const char *name = new_name("death");
	int receive, send, again;

	receive = msgport_create(MSGPORT_DEFAULT, name, NULL);
	ASSERT_GE(receive, 0);
	send = msgport_connect(MSGPORT_DEFAULT, name, 0);
	ASSERT_GE(send, 0);
	EXPECT_EQ(EEXIST, error_of(msgport_create(MSGPORT_DEFAULT, name, NULL)));
	ASSERT_EQ(0, close(receive));
	EXPECT_EQ(ENOENT, error_of(msgport_connect(MSGPORT_DEFAULT, name, 0)));
	again = msgport_create(MSGPORT_DEFAULT, name, NULL);
	EXPECT_GE(again, 0);
	/* the old right does not lead to the new port */
	EXPECT_EQ(EPIPE, error_of(send_number(send, 1, 0)));
	EXPECT_EQ(0, close(again));
	EXPECT_EQ(0, close(send));
}

TEST(port_lives_while_it_has_another_receive_right)
{
	struct pair port = new_pair(NULL);
	int other = msgport_reopen(port.receive);

	ASSERT_GE(other, 0);
	ASSERT_EQ(0, send_number(port.send, 1, 0));
	ASSERT_EQ(0, close(port.receive));
	EXPECT_EQ(0, stat_of(port.send).dead);
	EXPECT_EQ(0, send_number(port.send, 2, 0));
	EXPECT_EQ(1, receive_number(other, 0));
	EXPECT_EQ(2, receive_number(other, 0));
	ASSERT_EQ(0, close(other));
	EXPECT_EQ(1, stat_of(port.send).dead);
	EXPECT_EQ(0, close(port.send));
}

TEST(port_lives_while_a_copy_of_the_descriptor_is_open)
{
	struct pair port = new_pair(NULL);
	int copy = dup(port.receive);

	ASSERT_GE(copy, 0);
	ASSERT_EQ(0, close(port.receive));
	EXPECT_EQ(0, send_number(port.send, 1, 0));
	ASSERT_EQ(0, close(copy));
	EXPECT_EQ(EPIPE, error_of(send_number(port.send, 1, 0)));
	EXPECT_EQ(0, close(port.send));
}

/* A child with the only receive right; it is told to die in the state asked. */
static pid_t start_owner(struct pair *port, bool receives)
{
	pid_t owner = start_child();

	if (!owner) {
		close(port->send);
		while (receives)
			receive_number(port->receive, 0);
		for (;;)
			pause();
	}
	close(port->receive);
	return owner;
}

TEST(port_dies_with_the_process_that_held_its_receive_right)
{
	struct pair port = new_pair_for(1);
	pid_t owner = start_owner(&port, false), sender;

	ASSERT_EQ(1, fill(port.send));
	sender = start_errand((struct errand){ .right = port.send });
	ASSERT_TRUE(wait_for_senders(port.send, 1));
	end_child(owner);
	EXPECT_EQ(EPIPE, child_status(sender));
	EXPECT_EQ(1, stat_of(port.send).died_with_port);
	EXPECT_EQ(0, close(port.send));
}

TEST(port_dies_with_the_process_killed_while_it_waits_in_receive)
{
	struct pair port = new_pair(NULL);
	pid_t owner = start_owner(&port, true);

	ASSERT_TRUE(wait_for_receivers(port.send, 1));
	end_child(owner);
	EXPECT_EQ(EPIPE, error_of(send_number(port.send, 1, 0)));
	EXPECT_EQ(0, stat_of(port.send).waiting_receivers);
	EXPECT_EQ(0, close(port.send));
}

TEST(message_goes_to_another_receiver_when_the_one_that_waited_was_killed)
{
	struct pair port = new_pair(NULL);
	pid_t killed = start_receiver(port.receive, 1), other;

	ASSERT_TRUE(wait_for_receivers(port.receive, 1));
	other = start_receiver(port.receive, 1);
	ASSERT_TRUE(wait_for_receivers(port.receive, 2));
	end_child(killed);
	EXPECT_EQ(1, stat_of(port.receive).waiting_receivers);
	EXPECT_EQ(0, send_number(port.send, 1, 0));
	EXPECT_EQ(0, child_status(other));
	close_pair(&port);
}

TEST(what_a_dead_process_sent_stays)
{
	struct pair port = new_pair(NULL);
	struct msgport_stat stat;
	pid_t sender = start_child();

	if (!sender) {
		port.send = keep_only(port.send);
		if (!send_number(port.send, 1, 0) && !send_number(port.send, 2, 0))
			raise(SIGKILL);
		_exit(1);
	}
	EXPECT_EQ(0, close(port.send));
	EXPECT_EQ(256 + SIGKILL, child_status(sender));
	stat = stat_of(port.receive);
	EXPECT_EQ(2, stat.queued);
	EXPECT_EQ(0, stat.senders);
	EXPECT_EQ(1, receive_number(port.receive, 0));
	EXPECT_EQ(2, receive_number(port.receive, 0));
	EXPECT_EQ(0, close(port.receive));
}

TEST(sender_killed_while_it_waits_leaves_nothing_behind)
{
	struct pair port = new_pair_for(1);
	struct msgport_stat stat;
	pid_t sender;

	ASSERT_EQ(1, fill(port.send));
	sender = start_errand((struct errand){ .right = port.send, .number = 9 });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	end_child(sender);
	stat = stat_of(port.receive);
	EXPECT_EQ(0, stat.waiting_senders);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(0, receive_number(port.receive, 0));
	EXPECT_EQ(EAGAIN, error_of(receive_number(port.receive, MSGPORT_NONBLOCK)));
	close_pair(&port);
}

TEST(sum_over_the_namespace_still_counts_a_port_that_has_gone)
{
	int control = msgport_open();
	struct msgport_stat before = stat_of(control), after;
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_number(port.send, 1, 0));
	ASSERT_EQ(0, send_number(port.send, 2, 0));
	ASSERT_EQ(1, receive_number(port.receive, 0));
	close_pair(&port);
	after = stat_of(control);
	EXPECT_EQ(before.sent + 2, after.sent);
	EXPECT_EQ(before.received + 1, after.received);
	EXPECT_EQ(before.died_with_port + 1, after.died_with_port);
	EXPECT_EQ(before.ports, after.ports);
	EXPECT_TRUE(balanced(&after));
	EXPECT_EQ(0, close(control));
}

TEST_HARNESS_MAIN
