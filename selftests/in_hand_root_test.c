// SPDX-License-Identifier: GPL-2.0
/*
 * Killed half-way through a copy: what was in the hand goes back, what was not
 * yet in the port never comes.  Root, because the copy is made to stall.
 */
#include <poll.h>

#include "kselftest_harness.h"
#include "stall.h"

FIXTURE(stalled)
{
	struct pair port;
};

FIXTURE_SETUP(stalled)
{
	if (!can_stall())
		SKIP(return, "the kernel has no userfaultfd");
	self->port = new_pair_for(4);
}

FIXTURE_TEARDOWN(stalled)
{
	close_pair(&self->port);
}

TEST_F(stalled, message_in_the_hand_counts_as_queued_and_keeps_its_place)
{
	struct msgport_stat stat;
	pid_t receiver;

	ASSERT_EQ(4, fill(self->port.send));
	receiver = start_stalled_receiver(self->port.receive);
	ASSERT_TRUE(wait_for_in_hand(self->port.receive, 1));
	stat = stat_of(self->port.receive);
	EXPECT_EQ(4, stat.queued);
	EXPECT_EQ(0, stat.received);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 9, MSGPORT_NONBLOCK)));
	end_child(receiver);
}

TEST_F(stalled, receiver_killed_with_a_message_in_its_hand_leaves_it_in_its_place)
{
	pid_t receiver;
	int i;

	ASSERT_EQ(4, fill(self->port.send));
	receiver = start_stalled_receiver(self->port.receive);
	ASSERT_TRUE(wait_for_in_hand(self->port.receive, 1));
	end_child(receiver);
	EXPECT_EQ(0, stat_of(self->port.receive).in_hand);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, receive_number(self->port.receive, MSGPORT_NONBLOCK));
}

TEST_F(stalled, messages_of_several_killed_receivers_go_back_in_order)
{
	pid_t receivers[3];
	int i;

	ASSERT_EQ(4, fill(self->port.send));
	for (i = 0; i < 3; i++) {
		receivers[i] = start_stalled_receiver(self->port.receive);
		ASSERT_TRUE(wait_for_in_hand(self->port.receive, i + 1));
	}
	for (i = 0; i < 3; i++)
		end_child(receivers[i]);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(4, stat_of(self->port.receive).received);
}

TEST_F(stalled, message_of_a_killed_receiver_goes_to_one_that_waits)
{
	pid_t killed, other;

	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	killed = start_stalled_receiver(self->port.receive);
	ASSERT_TRUE(wait_for_in_hand(self->port.receive, 1));
	other = start_receiver(self->port.receive, 5);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	end_child(killed);
	EXPECT_EQ(0, child_status(other));
	EXPECT_EQ(1, stat_of(self->port.receive).received);
}

/* The killed receiver had the last receive right: message and port end together. */
TEST_F(stalled, message_in_the_hand_of_the_last_receiver_is_discarded_with_the_port)
{
	struct msgport_stat stat;
	pid_t receiver;

	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	receiver = start_stalled_receiver(self->port.receive);
	ASSERT_TRUE(wait_for_in_hand(self->port.receive, 1));
	ASSERT_EQ(0, close(self->port.receive));
	EXPECT_EQ(0, stat_of(self->port.send).dead);
	end_child(receiver);
	stat = stat_of(self->port.send);
	EXPECT_EQ(1, stat.dead);
	EXPECT_EQ(1, stat.died_with_port);
	EXPECT_EQ(0, stat.received);
	EXPECT_EQ(0, stat.queued);
	EXPECT_TRUE(balanced(&stat));
	self->port.receive = dup(0);
}

/*
 * What no receiver got is not sent when its sender gives up: as if it had still been
 * queued, on any port.
 */
TEST_F(stalled, message_of_a_synchronous_sender_that_gave_up_is_withdrawn_when_its_receiver_fails)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	pid_t sender, receiver;
	int acknowledging;

	for (acknowledging = 0; acknowledging < 2; acknowledging++) {
		close_pair(&self->port);
		options.flags = acknowledging ? MSGPORT_ACK : 0;
		self->port = new_pair(&options);
		sender = start_child();
		if (!sender) {
			uint64_t number = 5;

			_exit(error_of(msgport_send_sync(self->port.send, &number,
							 sizeof(number),
							 MSGPORT_FOREVER)));
		}
		ASSERT_TRUE(wait_for_queued(self->port.receive, 1));
		receiver = start_stalled_receiver(self->port.receive);
		ASSERT_TRUE(wait_for_in_hand(self->port.receive, 1));
		end_child(sender);
		EXPECT_EQ(1, stat_of(self->port.receive).given_up);
		EXPECT_EQ(0, stat_of(self->port.receive).withdrawn);
		end_child(receiver);
		EXPECT_EQ(1, stat_of(self->port.receive).withdrawn);
		EXPECT_EQ(0, stat_of(self->port.receive).queued);
		EXPECT_TRUE(port_balanced(self->port.receive));
	}
}

TEST_F(stalled, sender_killed_while_its_payload_is_copied_sends_nothing)
{
	pid_t sender = start_stalled_sender(self->port.send);

	/* until it is in there; if it is killed before, nothing was sent either */
	pause_ms(50);
	EXPECT_EQ(4, fill(self->port.send));
	end_child(sender);
	EXPECT_EQ(4, stat_of(self->port.receive).sent);
	EXPECT_EQ(0, stat_of(self->port.receive).waiting_senders);
}

TEST_F(stalled, receiver_killed_with_a_rendezvous_message_in_its_hand_leaves_it_for_the_next)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_stat stat;
	struct pair port;
	pid_t sender, receiver;

	options.flags = MSGPORT_RENDEZVOUS;
	port = new_pair(&options);
	sender = start_errand((struct errand){ .right = port.send, .number = 5 });
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	receiver = start_stalled_receiver(port.receive);
	ASSERT_TRUE(wait_for_in_hand(port.receive, 1));
	/* it has met a receiver: that is all that a send promises */
	EXPECT_EQ(0, child_status(sender));
	end_child(receiver);
	stat = stat_of(port.receive);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(5, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(port.receive).received);
	close_pair(&port);
}

/* When the sender came back, in shared memory. */
static pid_t start_timed_sender(int right, volatile uint64_t *returned)
{
	pid_t pid = start_child();

	*returned = 0;
	if (!pid) {
		right = keep_only(right);
		send_number(right, 7, 0);
		*returned = now_ns();
		_exit(0);
	}
	return pid;
}

/*
 * Two messages stay in the hands of stalled receivers, so that a port of three
 * is over half full though its queue is empty.  The sender that was let in has
 * its wake-up owed when the receiver polls and finds nothing.
 */
TEST(sender_let_in_is_woken_when_the_receiver_polls_in_vain)
{
	volatile uint64_t *returned = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pair port = new_pair_for(3);
	struct pollfd receive = { .fd = port.receive, .events = POLLIN };
	uint64_t start, best = ~0ULL;
	pid_t receivers[2], sender;
	int i;

	if (!can_stall())
		SKIP(return, "the kernel has no userfaultfd");
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, send_number(port.send, i, 0));
		receivers[i] = start_stalled_receiver(port.receive);
		ASSERT_TRUE(wait_for_in_hand(port.receive, i + 1));
	}
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, send_number(port.send, 6, 0));
		sender = start_timed_sender(port.send, returned);
		ASSERT_TRUE(wait_for_senders(port.receive, 1));
		start = now_ns();
		ASSERT_EQ(6, receive_number(port.receive, 0));
		ASSERT_EQ(7, receive_number(port.receive, 0));
		ASSERT_EQ(0, poll(&receive, 1, 0));
		EXPECT_EQ(0, child_status(sender));
		if (*returned - start < best)
			best = *returned - start;
	}
	EXPECT_LT(best, NS_PER_MS);
	for (i = 0; i < 2; i++)
		end_child(receivers[i]);
	close_pair(&port);
}

/*
 * One processor, and the sender goes before the receiver: that is killed when it has
 * been handed the message and before it has run again.
 */
TEST(message_handed_to_a_task_that_is_killed_goes_back)
{
	struct sched_param first = { .sched_priority = 1 }, none = { 0 };
	struct pair port = new_pair_for(1);
	pid_t receiver;

	stay_on_one_processor();
	receiver = start_receiver(port.receive, 1);
	ASSERT_TRUE(wait_for_receivers(port.receive, 1));
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_FIFO, &first));
	EXPECT_EQ(0, send_number(port.send, 1, 0));
	EXPECT_EQ(0, kill(receiver, SIGKILL));
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_OTHER, &none));
	EXPECT_EQ(256 + SIGKILL, child_status(receiver));
	EXPECT_EQ(0, stat_of(port.receive).received);
	EXPECT_EQ(1, receive_number(port.receive, MSGPORT_NONBLOCK));
	close_pair(&port);
}

TEST_HARNESS_MAIN
