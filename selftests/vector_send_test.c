// SPDX-License-Identifier: GPL-2.0
/* Long vectors on their way into a port: what passes together, and what cannot. */
#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "errand.h"
#include "vectors.h"

FIXTURE(vector_send)
{
	struct pair pair;
	struct vector v;
};

FIXTURE_SETUP(vector_send)
{
	self->pair = new_pair_for(2 * LONG);
	number_out(&self->v);
}

FIXTURE_TEARDOWN(vector_send)
{
	EXPECT_TRUE(port_balanced(self->pair.receive));
	close_pair(&self->pair);
}

/* The port has exactly these numbers, in this order. */
#define expect_numbers(right, from, to) do {					\
	int64_t next_number;							\
	int its_right = (right);						\
	for (next_number = (from); next_number < (to); next_number++) {		\
		ASSERT_EQ(next_number,						\
			  receive_number(its_right, MSGPORT_NONBLOCK));		\
	}									\
	ASSERT_EQ(-1, receive_number(its_right, MSGPORT_NONBLOCK));		\
	ASSERT_EQ(EAGAIN, errno);						\
} while (0)

TEST_F(vector_send, vectors_of_every_length_arrive_in_order)
{
	static const unsigned int lengths[] = { 1, 2, 31, 32, 33, 63, 64, 65, LONG };
	unsigned int i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		ASSERT_EQ((int)lengths[i], send_numbers(self->pair.send, &self->v, lengths[i]));
		expect_numbers(self->pair.receive, 0, lengths[i]);
	}
}

TEST_F(vector_send, element_with_something_special_goes_in_its_place)
{
	struct msgport_iovec pieces[2] = {
		{ address_of(&self->v.numbers[7]), 3 },
		{ address_of(&self->v.numbers[7]) + 3, 5 },
	};
	struct msgport_outgoing *out = self->v.out;
	struct msgport_message message = { 0 };
	uint64_t token = 0, number, i;

	out[7].data = address_of(pieces);
	out[7].data_size = 0;
	out[7].iov_count = 2;
	out[0].ttl = 1000000000000;
	out[33].ttl = 1000000000000;
	out[50].error = 99;
	out[51].flags = MSGPORT_ANSWER;
	out[51].answer_fd = self->pair.receive;
	out[51].answer_size = 8;
	ASSERT_EQ(60, send_numbers(self->pair.send, &self->v, 60));
	EXPECT_EQ(0, out[50].error);
	for (i = 0; i < 60; i++) {
		message.data = &number;
		message.size = sizeof(number);
		ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &message, NULL,
						     MSGPORT_NONBLOCK, 0));
		EXPECT_EQ(i, number);
		EXPECT_EQ(i == 51, !!message.token);
		token += message.token;
	}
	EXPECT_EQ(0, msgport_reply(self->pair.receive, token, "", 0));
}

TEST_F(vector_send, element_that_is_wrong_ends_the_vector_where_it_stands)
{
	static const int places[] = { 0, 1, 31, 32, 40 };
	unsigned int i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int at = places[i];

		number_out(&self->v);
		self->v.out[at].priority = 32;
		ASSERT_EQ(at ?: -EINVAL, send_numbers(self->pair.send, &self->v, 50));
		ASSERT_EQ(EINVAL, self->v.out[at].error);
		expect_numbers(self->pair.receive, 0, at);
		self->v.out[at].priority = 0;
		self->v.out[at].data = 8;
		ASSERT_EQ(at ?: -EFAULT, send_numbers(self->pair.send, &self->v, 50));
		ASSERT_EQ(EFAULT, self->v.out[at].error);
		expect_numbers(self->pair.receive, 0, at);
		self->v.out[at].data_size = 70000;
		ASSERT_EQ(at ?: -EMSGSIZE, send_numbers(self->pair.send, &self->v, 50));
		ASSERT_EQ(EMSGSIZE, self->v.out[at].error);
		expect_numbers(self->pair.receive, 0, at);
		ASSERT_EQ(0, self->v.out[at + 1].error);
	}
}

TEST_F(vector_send, elements_beyond_the_mapping_are_not_sent)
{
	size_t size = 40 * sizeof(self->v.out[0]);
	struct msgport_outgoing *out = bytes_before_hole(size);

	memcpy(out, self->v.out, size);
	ASSERT_EQ(40, send_elements(self->pair.send, out, LONG, 0, MSGPORT_FOREVER));
	expect_numbers(self->pair.receive, 0, 40);
}

TEST_F(vector_send, window_of_a_right_ends_the_vector)
{
	int narrow = msgport_mint(self->pair.receive, 0, 37, 31, 0);

	ASSERT_LE(0, narrow);
	ASSERT_EQ(37, send_numbers(narrow, &self->v, LONG));
	EXPECT_EQ(EAGAIN, self->v.out[37].error);
	EXPECT_EQ(0, self->v.out[38].error);
	expect_numbers(self->pair.receive, 0, 37);
	ASSERT_EQ(37, send_numbers(narrow, &self->v, 37));
	close(narrow);
}

TEST_F(vector_send, credits_are_spent_by_what_is_received)
{
	int manual = msgport_mint(self->pair.receive, 0, 40, 31, MSGPORT_MINT_MANUAL);

	ASSERT_LE(0, manual);
	ASSERT_EQ(40, send_numbers(manual, &self->v, LONG));
	room_in(&self->v);
	ASSERT_EQ(40, receive_numbers(self->pair.receive, &self->v, LONG));
	number_out(&self->v);
	EXPECT_EQ(-EAGAIN, send_numbers(manual, &self->v, LONG));
	close(manual);
}

TEST_F(vector_send, right_for_one_message_carries_one)
{
	int once = msgport_mint(self->pair.receive, 0, 0, 31, MSGPORT_MINT_ONCE);

	ASSERT_LE(0, once);
	EXPECT_EQ(1, send_numbers(once, &self->v, 40));
	EXPECT_EQ(ESRCH, self->v.out[1].error);
	expect_numbers(self->pair.receive, 0, 1);
	close(once);
}

TEST_F(vector_send, bytes_end_a_vector_of_mixed_sizes_at_the_first_that_does_not_fit)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char large[4096];
	struct pair pair;
	int i;

	options.max_size = sizeof(large);
	options.max_bytes = 20 * 192 + 4096;
	pair = new_pair(&options);
	for (i = 10; i < 12; i++) {
		self->v.out[i].data = address_of(large);
		self->v.out[i].data_size = sizeof(large);
	}
	/* the second large one does not fit, what is behind it would */
	ASSERT_EQ(11, send_numbers(pair.send, &self->v, LONG));
	EXPECT_EQ(EAGAIN, self->v.out[11].error);
	EXPECT_EQ(11, stat_of(pair.receive).queued);
	close_pair(&pair);
}

TEST_F(vector_send, priorities_of_a_vector_are_kept_to)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		self->v.out[i].priority = i % 4;
	ASSERT_EQ(64, send_numbers(self->pair.send, &self->v, 64));
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(4 * (i % 16) + 3 - i / 16,
			  receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
}

TEST_F(vector_send, vector_waits_for_room_and_the_rest_follows)
{
	struct pair pair = new_pair_for(40);
	pid_t child = start_child();
	int64_t i;

	if (!child)
		_exit(send_elements(pair.send, self->v.out, LONG, 0, MSGPORT_FOREVER) != LONG);
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	EXPECT_EQ(40, stat_of(pair.receive).sent);
	for (i = 0; i < LONG; i++) {
		ASSERT_EQ(i, receive_number(pair.receive, 0));
	}
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(-1, receive_number(pair.receive, MSGPORT_NONBLOCK));
	EXPECT_TRUE(port_balanced(pair.receive));
	close_pair(&pair);
}

TEST_F(vector_send, vector_does_not_overtake_who_waits)
{
	struct pair pair = new_pair_for(40);
	pid_t first, second;
	int64_t i;

	ASSERT_EQ(40U, fill(pair.send));
	first = start_sender(pair.send, 1000, 0);
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	second = start_child();
	if (!second)
		_exit(send_elements(pair.send, self->v.out, 50, 0, MSGPORT_FOREVER) != 50);
	ASSERT_TRUE(wait_for_senders(pair.receive, 2));
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(i, receive_number(pair.receive, 0));
	}
	ASSERT_EQ(1000, receive_number(pair.receive, 0));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(i, receive_number(pair.receive, 0));
	}
	EXPECT_EQ(0, child_status(first));
	EXPECT_EQ(0, child_status(second));
	close_pair(&pair);
}

/* There are places, but not for who is first in the line. */
TEST_F(vector_send, small_messages_of_a_vector_do_not_overtake_a_large_one_that_waits)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char large[4096];
	struct pair pair;
	pid_t child;

	options.max_size = sizeof(large);
	options.max_bytes = 20 * 192 + 4096;
	pair = new_pair(&options);
	ASSERT_EQ(10, send_numbers(pair.send, &self->v, 10));
	ASSERT_EQ(0, msgport_send(pair.send, large, sizeof(large), 0));
	child = start_child();
	if (!child)
		_exit(msgport_send(pair.send, large, sizeof(large), 0));
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	EXPECT_EQ(-EAGAIN, send_numbers(pair.send, &self->v, 5));
	EXPECT_EQ(11, stat_of(pair.receive).queued);
	end_child(child);
	EXPECT_EQ(5, send_numbers(pair.send, &self->v, 5));
	close_pair(&pair);
}

/* A user may have 16 MiB of what is not accepted yet; this would be 30. */
TEST_F(vector_send, what_was_built_and_not_sent_is_not_held_against_its_user)
{
	struct pair pair = new_pair_for(1);
	int round;

	ASSERT_EQ(1, send_numbers(pair.send, &self->v, LONG));
	for (round = 0; round < 5000; round++) {
		ASSERT_EQ(-EAGAIN, send_numbers(pair.send, &self->v, 32));
	}
	EXPECT_EQ(0, receive_number(pair.receive, 0));
	EXPECT_EQ(1, send_numbers(pair.send, &self->v, LONG));
	close_pair(&pair);
}

/* Of the 16 MiB that a user may have pending it holds what it would by single sends. */
TEST_F(vector_send, vector_that_waits_leaves_its_users_other_sends_room)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	size_t mib = 1 << 20;
	char *large = calloc(8, mib);
	struct pair full, other;
	pid_t child;
	int i;

	options.max_size = 8 * mib;
	options.max_msgs = 1;
	options.max_bytes = 9 * mib;
	full = new_pair(&options);
	other = new_pair(&options);
	for (i = 0; i < 14; i++) {
		self->v.out[i].data = address_of(large);
		self->v.out[i].data_size = mib;
	}
	ASSERT_EQ(1, send_numbers(full.send, &self->v, 1));
	child = start_child();
	if (!child)
		_exit(send_elements(full.send, self->v.out, 14, 0, MSGPORT_FOREVER) < 0);
	ASSERT_TRUE(wait_for_senders(full.receive, 1));
	EXPECT_EQ(0, msgport_send(other.send, large, 8 * mib, MSGPORT_NONBLOCK));
	end_child(child);
	close_pair(&full);
	close_pair(&other);
	free(large);
}

TEST_F(vector_send, port_that_dies_while_a_vector_waits_ends_it)
{
	struct pair pair = new_pair_for(40);
	pid_t child = start_child();
	int sent;

	if (!child) {
		close(pair.receive);
		sent = send_elements(pair.send, self->v.out, LONG, 0, MSGPORT_FOREVER);
		_exit(sent != 40 || self->v.out[40].error != EPIPE ||
		      !port_balanced(pair.send));
	}
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	close(pair.receive);
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(-EPIPE, send_numbers(pair.send, &self->v, LONG));
	close(pair.send);
}

TEST_F(vector_send, signal_ends_a_vector_that_waits_with_what_was_sent)
{
	struct pair pair = new_pair_for(40);
	pid_t child = start_child();

	if (!child) {
		catch_without_restart(SIGUSR1);
		_exit(send_elements(pair.send, self->v.out, LONG, 0, MSGPORT_FOREVER) != 40);
	}
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	kill(child, SIGUSR1);
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(40, stat_of(pair.receive).sent);
	EXPECT_EQ(0, stat_of(pair.receive).waiting_senders);
	close_pair(&pair);
}

TEST_F(vector_send, deadline_ends_a_vector_that_waits)
{
	struct pair pair = new_pair_for(40);

	EXPECT_EQ(40, send_elements(pair.send, self->v.out, LONG, 0, in_ms(50)));
	EXPECT_EQ(ETIMEDOUT, self->v.out[40].error);
	EXPECT_EQ(40, stat_of(pair.receive).sent);
	close_pair(&pair);
}

TEST_F(vector_send, everybody_who_waits_gets_one_message_of_a_vector)
{
	pid_t receivers[40];
	int64_t i, got;

	for (i = 0; i < 40; i++) {
		receivers[i] = start_child();
		if (!receivers[i])
			_exit(receive_number(self->pair.receive, 0));
		ASSERT_TRUE(wait_for_receivers(self->pair.receive, i + 1));
	}
	ASSERT_EQ(LONG, send_numbers(self->pair.send, &self->v, LONG));
	/* first come, first served */
	for (i = 0; i < 40; i++) {
		EXPECT_EQ(i, child_status(receivers[i]));
	}
	for (got = 40; got < LONG; got++) {
		ASSERT_EQ(got, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
}

TEST_F(vector_send, who_waits_for_a_tag_gets_its_message_out_of_a_vector)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 77 };
	struct pair pair = new_pair_for(LONG);
	pid_t receivers[8], child;
	int i;

	for (i = 0; i < 8; i++) {
		receivers[i] = start_child();
		if (!receivers[i]) {
			filter.tag = 70 + i;
			_exit(choose_number(pair.receive, &filter, 0, MSGPORT_FOREVER, NULL));
		}
	}
	child = start_receiver(pair.receive, 0);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 9));
	for (i = 0; i < 8; i++)
		self->v.out[20 + 5 * i].tag = 70 + i;
	ASSERT_EQ(LONG, send_numbers(pair.send, &self->v, LONG));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(20 + 5 * i, child_status(receivers[i]));
	}
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(LONG - 9, stat_of(pair.receive).queued);
	close_pair(&pair);
}

/* More than may be woken at once: all who choose, and a receiver for each message. */
TEST_F(vector_send, vector_wakes_everybody_it_concerns)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 5 };
	struct pair pair = new_pair_for(LONG);
	pid_t choosers[64], receivers[40];
	static char large[100];
	unsigned int got = 0;
	int i;

	for (i = 0; i < 64; i++) {
		choosers[i] = start_child();
		if (!choosers[i])
			_exit(error_of(choose_number(pair.receive, &filter, 0,
						     MSGPORT_FOREVER, NULL)));
	}
	ASSERT_TRUE(wait_for_receivers(pair.receive, 64));
	for (i = 0; i < 40; i++) {
		receivers[i] = start_child();
		if (!receivers[i])
			_exit(receive_number(pair.receive, 0) < 0 ? 100 + errno : 0);
		ASSERT_TRUE(wait_for_receivers(pair.receive, 65 + i));
	}
	/* nobody can take the first: all who choose look, and the first who does not */
	self->v.out[0].data = address_of(large);
	self->v.out[0].data_size = sizeof(large);
	self->v.out[0].tag = 5;
	ASSERT_EQ(40, send_numbers(pair.send, &self->v, 40));
	for (i = 0; i < 64; i++) {
		EXPECT_EQ(EMSGSIZE, child_status(choosers[i]));
	}
	/* who comes to look before the next is there finds the first in the way too */
	for (i = 0; i < 40; i++) {
		int status = child_status(receivers[i]);

		EXPECT_TRUE(status == 100 + EMSGSIZE || (i && !status));
		got += !status;
	}
	EXPECT_EQ(40U - got, stat_of(pair.receive).queued);
	close_pair(&pair);
}

TEST_F(vector_send, set_gets_the_whole_of_a_vector_sent_to_a_member)
{
	int set = msgport_set_create(MSGPORT_DEFAULT);
	int64_t i;

	ASSERT_LE(0, set);
	ASSERT_EQ(0, msgport_set_add(set, self->pair.receive, 5));
	ASSERT_EQ(LONG, send_numbers(self->pair.send, &self->v, LONG));
	for (i = 0; i < LONG; i++) {
		ASSERT_EQ(i, receive_number(set, MSGPORT_NONBLOCK));
	}
	EXPECT_EQ(-1, receive_number(set, MSGPORT_NONBLOCK));
	close(set);
}

struct sending_thread {
	int right;
	struct vector *v;
};

static void *send_three(void *argument)
{
	struct sending_thread *it = argument;

	send_numbers(it->right, it->v, 3);
	return NULL;
}

TEST_F(vector_send, threads_of_a_vector_are_told_apart)
{
	struct sending_thread other = { self->pair.send, &self->v };
	pthread_t thread;

	ASSERT_EQ(3, send_numbers(self->pair.send, &self->v, 3));
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_three, &other));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	room_in(&self->v);
	ASSERT_EQ(6, receive_numbers(self->pair.receive, &self->v, 8));
	EXPECT_EQ((uint32_t)getpid(), self->v.in[0].stamp.tid);
	EXPECT_EQ((uint32_t)getpid(), self->v.in[2].stamp.tid);
	EXPECT_EQ((uint32_t)getpid(), self->v.in[3].stamp.pid);
	EXPECT_NE((uint32_t)getpid(), self->v.in[3].stamp.tid);
	EXPECT_EQ(self->v.in[3].stamp.tid, self->v.in[5].stamp.tid);
}

TEST_HARNESS_MAIN
