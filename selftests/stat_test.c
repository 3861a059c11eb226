// SPDX-License-Identifier: GPL-2.0
/* stat: what there is to read of a port, a right, a namespace. */

#include "errand.h"
#include "groups.h"
#include "kselftest_harness.h"

TEST(stat_of_a_send_right_tells_what_was_minted)
{
	int port = new_port(NULL), right;
	struct msgport_stat stat;

	right = msgport_mint(port, 0xabc, 5, 9, 0);
	ASSERT_LE(0, right);
	ASSERT_EQ(0, send_number(right, 1, 0));
	stat = stat_of(right);
	EXPECT_EQ(MSGPORT_IS_SEND, stat.what);
	EXPECT_EQ(stat_of(port).port, stat.port);
	EXPECT_NE(0, stat.source);
	EXPECT_EQ(0xabc, stat.badge);
	EXPECT_EQ(5, stat.window);
	EXPECT_EQ(1, stat.in_transit);
	EXPECT_EQ(9, stat.max_priority);
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(1, stat.ports);
	close(right);
	close(port);
}

TEST(stat_of_a_send_right_tells_the_flags_that_it_was_minted_with)
{
	const unsigned int all = MSGPORT_MINT_ONCE | MSGPORT_MINT_NO_FDS | MSGPORT_MINT_MANUAL;
	struct pair pair = new_pair(NULL);
	unsigned int flags;
	int right;

	for (flags = 0; flags <= all; flags++) {
		right = msgport_mint(pair.receive, 0, 3, 0, flags);
		ASSERT_LE(0, right);
		EXPECT_EQ(flags, stat_of(right).mint_flags);
		EXPECT_EQ(0, stat_of(right).reserved);
		close(right);
	}
	EXPECT_EQ(0, stat_of(pair.receive).mint_flags);
	close_pair(&pair);
}

/* 0 stands for no window only where there can be one without. */
TEST(stat_tells_a_right_that_may_send_nothing_from_one_without_a_window)
{
	struct pair pair = new_pair(NULL);
	int manual = msgport_mint(pair.receive, 0, 0, 0, MSGPORT_MINT_MANUAL);
	int once = msgport_mint(pair.receive, 0, 0, 0, MSGPORT_MINT_ONCE);
	int plain = msgport_mint(pair.receive, 0, 0, 0, 0);

	EXPECT_EQ(1, stat_of(once).window);
	ASSERT_EQ(0, send_number(once, 1, 0));
	EXPECT_EQ(1, stat_of(once).window);
	EXPECT_EQ(1, stat_of(once).in_transit);
	ASSERT_EQ(1, receive_number(pair.receive, 0));
	EXPECT_EQ(0, stat_of(once).window);
	EXPECT_EQ(MSGPORT_MINT_ONCE, stat_of(once).mint_flags);
	EXPECT_EQ(ESRCH, error_of(send_number(once, 2, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(manual).window);
	EXPECT_EQ(MSGPORT_MINT_MANUAL, stat_of(manual).mint_flags);
	EXPECT_EQ(EAGAIN, error_of(send_number(manual, 2, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(plain).window);
	EXPECT_EQ(0, stat_of(plain).mint_flags);
	EXPECT_EQ(0, send_number(plain, 3, MSGPORT_NONBLOCK));
	close(manual);
	close(once);
	close(plain);
	close_pair(&pair);
}

TEST(stat_of_a_right_with_the_most_manual_credit_tells_all_of_it)
{
	int port = new_port(NULL);
	int right = msgport_mint(port, 0, UINT32_MAX, 0, MSGPORT_MINT_MANUAL);

	ASSERT_LE(0, right);
	EXPECT_EQ(UINT32_MAX, stat_of(right).window);
	ASSERT_EQ(0, send_number(right, 1, 0));
	ASSERT_EQ(1, receive_number(port, 0));
	EXPECT_EQ(UINT32_MAX - 1, stat_of(right).window);
	close(right);
	close(port);
}

TEST(stat_counts_rights_of_both_kinds)
{
	struct pair pair = new_pair(NULL);
	int sender = mint_plain(pair.receive), copy;
	int receiver = msgport_reopen(pair.receive);

	EXPECT_EQ(2, stat_of(pair.receive).senders);
	EXPECT_EQ(2, stat_of(pair.receive).receivers);
	/* a copy of a descriptor is not another right */
	copy = dup(sender);
	EXPECT_EQ(2, stat_of(pair.receive).senders);
	close(sender);
	EXPECT_EQ(2, stat_of(pair.receive).senders);
	close(copy);
	EXPECT_EQ(1, stat_of(pair.receive).senders);
	close(receiver);
	EXPECT_EQ(1, stat_of(pair.receive).receivers);
	close_pair(&pair);
}

TEST(stat_counts_bytes_with_each_messages_own_structure)
{
	struct pair pair = new_pair(NULL);
	static char bytes[60000];
	uint64_t before;

	ASSERT_EQ(0, msgport_send(pair.send, NULL, 0, 0));
	EXPECT_EQ(192, stat_of(pair.receive).bytes);
	ASSERT_EQ(0, msgport_send(pair.send, bytes, 64, 0));
	EXPECT_EQ(384, stat_of(pair.receive).bytes);
	before = stat_of(pair.receive).bytes;
	ASSERT_EQ(0, msgport_send(pair.send, bytes, 60000, 0));
	EXPECT_LE(before + 60000, stat_of(pair.receive).bytes);
	EXPECT_GE(before + 60000 + 2 * 4096, stat_of(pair.receive).bytes);
	close_pair(&pair);
}

TEST(stat_gives_bytes_back_as_messages_end)
{
	struct pair pair = new_pair(NULL);
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, send_urgent(pair.send, i, i));
	}
	EXPECT_EQ(10 * 192, stat_of(pair.send).bytes);
	EXPECT_EQ(10, stat_of(pair.send).in_transit);
	for (i = 9; i >= 0; i--) {
		ASSERT_EQ(i, receive_number(pair.receive, MSGPORT_NONBLOCK));
	}
	EXPECT_EQ(0, stat_of(pair.send).bytes);
	EXPECT_EQ(0, stat_of(pair.send).in_transit);
	close_pair(&pair);
}

TEST(stat_shows_waiting_sends_and_receives)
{
	struct pair pair = new_pair_for(1);
	pid_t waiting;

	waiting = start_receiver(pair.receive, 1);
	EXPECT_TRUE(wait_for_receivers(pair.send, 1));
	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_EQ(0, stat_of(pair.send).waiting_receivers);

	ASSERT_EQ(1, fill(pair.send));
	waiting = start_sender(pair.send, 2, 0);
	EXPECT_TRUE(wait_for_senders(pair.receive, 1));
	/* what waits is not accepted yet */
	EXPECT_EQ(1, stat_of(pair.receive).queued);
	EXPECT_EQ(2, stat_of(pair.receive).sent);
	end_child(waiting);
	EXPECT_EQ(0, stat_of(pair.receive).waiting_senders);
	close_pair(&pair);
}

TEST(stat_of_a_send_right_shows_the_ports_death)
{
	struct pair pair = new_pair(NULL);
	struct msgport_stat stat;

	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	ASSERT_EQ(0, send_number(pair.send, 2, 0));
	ASSERT_EQ(1, receive_number(pair.receive, 0));
	close(pair.receive);
	stat = stat_of(pair.send);
	EXPECT_EQ(1, stat.dead);
	EXPECT_EQ(0, stat.receivers);
	EXPECT_EQ(2, stat.sent);
	EXPECT_EQ(1, stat.received);
	EXPECT_EQ(1, stat.discarded);
	EXPECT_EQ(1, stat.died_with_port);
	EXPECT_EQ(0, stat.queued);
	EXPECT_TRUE(balanced(&stat));
	close(pair.send);
}

TEST(stat_ends_messages_whose_time_to_live_has_passed)
{
	struct msgport_message message = { .data = "x", .size = 1, .ttl = NS_PER_MS };
	struct pair pair = new_pair(NULL);
	struct msgport_stat stat;
	unsigned int i;

	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	ASSERT_EQ(0, msgport_send_message(pair.send, &message, 0, MSGPORT_FOREVER));
	for (i = 0; i < PATIENCE_MS && !stat_of(pair.send).expired; i++)
		pause_ms(1);
	stat = stat_of(pair.send);
	EXPECT_EQ(1, stat.expired);
	EXPECT_EQ(1, stat.discarded);
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(192, stat.bytes);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_EQ(1, receive_number(pair.receive, MSGPORT_NONBLOCK));
	close_pair(&pair);
}

TEST(stat_of_the_control_descriptor_sums_up_the_namespace)
{
	int control = msgport_open();
	struct msgport_stat before = stat_of(control), after;
	struct pair one = new_pair(NULL), two = new_pair_for(7);

	EXPECT_EQ(MSGPORT_IS_CONTROL, before.what);
	EXPECT_EQ(0, before.port);
	ASSERT_EQ(0, send_number(one.send, 1, 0));
	ASSERT_EQ(0, send_number(two.send, 2, 0));
	ASSERT_EQ(2, receive_number(two.receive, 0));
	after = stat_of(control);
	EXPECT_EQ(before.ports + 2, after.ports);
	EXPECT_EQ(before.receivers + 2, after.receivers);
	EXPECT_EQ(before.senders + 2, after.senders);
	EXPECT_EQ(before.sent + 2, after.sent);
	EXPECT_EQ(before.received + 1, after.received);
	EXPECT_EQ(before.queued + 1, after.queued);
	EXPECT_EQ(before.bytes + 192, after.bytes);
	EXPECT_TRUE(balanced(&after));
	close_pair(&one);
	close_pair(&two);
	close(control);
}

TEST(stat_of_the_control_descriptor_counts_ports_that_have_gone)
{
	int control = msgport_open();
	struct msgport_stat before = stat_of(control), after;
	struct pair pair = new_pair(NULL);
	int64_t byte;

	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	ASSERT_EQ(0, send_number(pair.send, 2, 0));
	ASSERT_EQ(0, send_number(pair.send, 3, 0));
	ASSERT_EQ(1, receive_number(pair.receive, 0));
	ASSERT_EQ(EMSGSIZE, error_of(msgport_receive(pair.receive, &byte, 1,
						     MSGPORT_DISCARD_LARGE)));
	close_pair(&pair);
	after = stat_of(control);
	EXPECT_EQ(before.ports, after.ports);
	EXPECT_EQ(before.sent + 3, after.sent);
	EXPECT_EQ(before.received + 1, after.received);
	EXPECT_EQ(before.discarded + 2, after.discarded);
	EXPECT_EQ(before.too_large + 1, after.too_large);
	EXPECT_EQ(before.died_with_port + 1, after.died_with_port);
	EXPECT_EQ(before.queued, after.queued);
	EXPECT_TRUE(balanced(&after));
	close(control);
}

/* A child that calls, with nothing but its right; its status is the errno. */
static pid_t start_caller(int right)
{
	pid_t pid = start_child();

	if (pid)
		return pid;
	right = keep_only(right);
	_exit(error_of(msgport_call(right, "q", 1, NULL, 0, MSGPORT_FOREVER)));
}

TEST(stat_of_the_control_descriptor_counts_calls_of_ports_that_have_gone)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int control = msgport_open();
	struct msgport_stat before = stat_of(control), after;
	struct msgport_message m = { 0 };
	pid_t caller[4];
	struct pair pair;
	char byte;
	int i;

	options.flags = MSGPORT_ACK;
	pair = new_pair(&options);
	for (i = 0; i < 4; i++) {
		caller[i] = start_caller(pair.send);
		ASSERT_TRUE(wait_for_queued(pair.receive, i + 1));
	}
	/* given up: it is never to be received */
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(pair.receive, &byte, 0,
						     MSGPORT_DISCARD_LARGE)));
	EXPECT_EQ(EMSGSIZE, child_status(caller[0]));
	m = (struct msgport_message){ .data = &byte, .size = 1 };
	ASSERT_EQ(0, msgport_receive_message(pair.receive, &m, NULL, 0, MSGPORT_FOREVER));
	ASSERT_EQ(0, msgport_release(pair.receive, m.token));
	m = (struct msgport_message){ .data = &byte, .size = 1 };
	ASSERT_EQ(0, msgport_receive_message(pair.receive, &m, NULL, 0, MSGPORT_FOREVER));
	ASSERT_EQ(0, msgport_reply(pair.receive, m.token, NULL, 0));
	EXPECT_EQ(0, child_status(caller[1]));
	close_pair(&pair);
	EXPECT_EQ(EPIPE, child_status(caller[2]));
	EXPECT_EQ(EPIPE, child_status(caller[3]));
	after = stat_of(control);
	EXPECT_EQ(before.ports, after.ports);
	EXPECT_EQ(before.asked + 4, after.asked);
	EXPECT_EQ(before.answered + 1, after.answered);
	EXPECT_EQ(before.gone + 2, after.gone);
	EXPECT_EQ(before.given_up + 1, after.given_up);
	EXPECT_EQ(before.waiting, after.waiting);
	EXPECT_EQ(before.redelivered + 1, after.redelivered);
	close(control);
}

TEST(stat_of_the_control_descriptor_counts_what_members_that_have_gone_missed)
{
	int control = msgport_open();
	struct msgport_stat before = stat_of(control);
	const char *name;
	int group = new_group(&name, NULL);
	int member = new_member(name, 1, MSGPORT_JOIN_LOSSY);

	ASSERT_EQ(0, send_number(group, 1, 0));
	ASSERT_EQ(0, send_number(group, 2, 0));
	ASSERT_EQ(0, send_number(group, 3, 0));
	close(member);
	/* with the group go the last who know the port */
	close(group);
	EXPECT_EQ(before.missed + 2, stat_of(control).missed);
	close(control);
}

TEST(stat_of_a_set_sums_up_its_members_and_ends_what_has_expired)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int set = msgport_set_create(MSGPORT_DEFAULT);
	struct errand mortal = { .ttl = 1 };
	struct msgport_stat stat;
	struct pair pair[2];
	int i;

	options.flags = MSGPORT_ACK;
	for (i = 0; i < 2; i++) {
		pair[i] = new_pair(&options);
		ASSERT_EQ(0, msgport_set_add(set, pair[i].receive, i));
		ASSERT_EQ(0, send_number(pair[i].send, i, 0));
		mortal.right = pair[i].send;
		ASSERT_EQ(0, run_errand(&mortal));
	}
	stat = stat_of(set);
	EXPECT_EQ(2, stat.ports);
	EXPECT_EQ(4, stat.sent);
	EXPECT_EQ(2, stat.expired);
	EXPECT_EQ(2, stat.queued);
	EXPECT_LE(0, choose_number(set, NULL, 0, MSGPORT_FOREVER, NULL));
	EXPECT_LE(0, choose_number(set, NULL, 0, MSGPORT_FOREVER, NULL));
	EXPECT_EQ(2, stat_of(set).outstanding);
	/* what it holds is still to be settled, but is the set's no more */
	ASSERT_EQ(0, msgport_set_remove(set, pair[0].receive));
	stat = stat_of(set);
	EXPECT_EQ(1, stat.ports);
	EXPECT_EQ(2, stat.sent);
	EXPECT_EQ(1, stat.outstanding);
	close_pair(&pair[0]);
	close_pair(&pair[1]);
	close(set);
}

TEST(stat_shows_the_flags_of_create)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int port;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_port(&options);
	ASSERT_LE(0, port);
	EXPECT_EQ(MSGPORT_RENDEZVOUS, stat_of(port).flags);
	EXPECT_EQ(0, stat_of(port).max_msgs);
	close(port);
}

TEST_HARNESS_MAIN
