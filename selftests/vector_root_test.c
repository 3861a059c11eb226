// SPDX-License-Identifier: GPL-2.0
/*
 * Vectors that stop half-way: their copy is made to stall, for which it takes root.
 * What is in the hand then is all that was taken together.
 */
#include "kselftest_harness.h"
#include "stall.h"
#include "vectors.h"

#define STALLED_AT	10		/* the element whose payload goes nowhere */

FIXTURE(vector_stall)
{
	struct pair pair;
	struct vector v;
};

FIXTURE_SETUP(vector_stall)
{
	int i;

	if (!can_stall())
		SKIP(return, "the kernel has no userfaultfd");
	self->pair = new_pair_for(LONG);
	for (i = 0; i < 60; i++)
		send_tagged(self->pair.send, i, 1000 + i);
	room_in(&self->v);
}

FIXTURE_TEARDOWN(vector_stall)
{
	EXPECT_TRUE(port_balanced(self->pair.receive));
	close_pair(&self->pair);
}

/* A child that takes 32 together, and stalls at one of them until it is killed. */
static pid_t start_stalled_vector(int receive, struct vector *v, unsigned int at)
{
	pid_t pid = start_child();

	if (!pid) {
		receive = keep_only(receive);
		v->in[at].data = address_of(stalling_page());
		_exit(receive_elements(receive, v->in, LONG, MSGPORT_NONBLOCK) != LONG);
	}
	return pid;
}

#define expect_all_from(first) do {						\
	int64_t next_number;							\
	for (next_number = (first); next_number < 60; next_number++) {		\
		ASSERT_EQ(next_number,						\
			  receive_number(self->pair.receive, MSGPORT_NONBLOCK)); \
	}									\
} while (0)

TEST_F(vector_stall, vector_of_a_killed_receiver_goes_back_whole)
{
	pid_t receiver = start_stalled_vector(self->pair.receive, &self->v, STALLED_AT);

	ASSERT_TRUE(wait_for_in_hand(self->pair.receive, 32));
	EXPECT_EQ(60, stat_of(self->pair.receive).queued);
	EXPECT_EQ(0, stat_of(self->pair.receive).received);
	end_child(receiver);
	EXPECT_EQ(0, stat_of(self->pair.receive).in_hand);
	expect_all_from(0);
	EXPECT_EQ(60, stat_of(self->pair.receive).received);
}

TEST_F(vector_stall, others_go_on_behind_a_vector_that_stalls)
{
	pid_t receiver = start_stalled_vector(self->pair.receive, &self->v, 0);
	int i;

	ASSERT_TRUE(wait_for_in_hand(self->pair.receive, 32));
	EXPECT_EQ(32, receive_number(self->pair.receive, 0));
	end_child(receiver);
	for (i = 0; i < 32; i++) {
		ASSERT_EQ(i, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
	expect_all_from(33);
}

TEST_F(vector_stall, what_a_killed_receiver_had_goes_to_those_who_wait)
{
	pid_t receiver, others[3];
	int i;

	receiver = start_stalled_vector(self->pair.receive, &self->v, 5);
	ASSERT_TRUE(wait_for_in_hand(self->pair.receive, 32));
	room_in(&self->v);
	ASSERT_EQ(28, receive_numbers(self->pair.receive, &self->v, LONG));
	for (i = 0; i < 3; i++) {
		others[i] = start_receiver(self->pair.receive, i);
		ASSERT_TRUE(wait_for_receivers(self->pair.receive, i + 1));
	}
	end_child(receiver);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, child_status(others[i]));
	}
	room_in(&self->v);
	ASSERT_EQ(29, receive_numbers(self->pair.receive, &self->v, LONG));
	EXPECT_EQ(3, self->v.numbers[0]);
}

TEST_F(vector_stall, port_that_dies_with_a_vector_in_the_hand_discards_it)
{
	pid_t receiver = start_stalled_vector(self->pair.receive, &self->v, STALLED_AT);
	struct msgport_stat stat;

	ASSERT_TRUE(wait_for_in_hand(self->pair.receive, 32));
	close(self->pair.receive);
	end_child(receiver);
	stat = stat_of(self->pair.send);
	EXPECT_EQ(1, stat.dead);
	EXPECT_EQ(60, stat.died_with_port);
	EXPECT_EQ(0, stat.received);
	EXPECT_TRUE(balanced(&stat));
	self->pair.receive = dup(self->pair.send);
}

TEST_F(vector_stall, senders_wait_for_a_vector_in_the_hand)
{
	pid_t receiver, sender;

	number_out(&self->v);
	ASSERT_EQ(40, send_numbers(self->pair.send, &self->v, LONG));
	room_in(&self->v);
	receiver = start_stalled_vector(self->pair.receive, &self->v, STALLED_AT);
	ASSERT_TRUE(wait_for_in_hand(self->pair.receive, 32));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->pair.send, 1, MSGPORT_NONBLOCK)));
	sender = start_sender(self->pair.send, 1, 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	end_child(receiver);
	EXPECT_EQ(1, stat_of(self->pair.receive).waiting_senders);
	room_in(&self->v);
	ASSERT_EQ(32, receive_numbers(self->pair.receive, &self->v, 32));
	EXPECT_EQ(0, child_status(sender));
}

/* Who chose it has it in its hand, and it stays where it was. */
TEST_F(vector_stall, message_in_a_choosers_hand_is_left_out)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 1005 };
	struct msgport_message message = { .size = 64 };
	pid_t chooser = start_child();

	if (!chooser) {
		message.data = stalling_page();
		_exit(error_of(msgport_receive_message(self->pair.receive, &message, &filter,
						       0, MSGPORT_FOREVER)));
	}
	ASSERT_TRUE(wait_for_in_hand(self->pair.receive, 1));
	ASSERT_EQ(59, receive_numbers(self->pair.receive, &self->v, LONG));
	EXPECT_EQ(4, self->v.numbers[4]);
	EXPECT_EQ(6, self->v.numbers[5]);
	end_child(chooser);
	EXPECT_EQ(5, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

/* Whoever looks at them last frees them. */
TEST_F(vector_stall, messages_that_somebody_looks_at_are_received)
{
	struct msgport_message message = { .size = 64 };
	pid_t peekers[3];
	int i;

	for (i = 0; i < 3; i++) {
		peekers[i] = start_child();
		if (!peekers[i]) {
			message.data = stalling_page();
			_exit(error_of(msgport_receive_message(self->pair.receive, &message,
							       NULL, MSGPORT_PEEK,
							       MSGPORT_FOREVER)));
		}
	}
	/* what is looked at is pinned before the copy stalls, and nothing tells of it */
	pause_ms(50);
	ASSERT_EQ(60, receive_numbers(self->pair.receive, &self->v, LONG));
	for (i = 0; i < 60; i++) {
		ASSERT_EQ((uint64_t)i, self->v.numbers[i]);
	}
	number_out(&self->v);
	ASSERT_EQ(60, send_numbers(self->pair.send, &self->v, 60));
	for (i = 0; i < 3; i++)
		end_child(peekers[i]);
	EXPECT_EQ(60, stat_of(self->pair.receive).received);
	room_in(&self->v);
	ASSERT_EQ(60, receive_numbers(self->pair.receive, &self->v, LONG));
}

TEST_HARNESS_MAIN
