// SPDX-License-Identifier: GPL-2.0
/* receive: buffers that fit, that do not, and that cannot be written. */

#include "kselftest_harness.h"
#include "testlib.h"

/* Inside one object, in a larger one, in pages. */
static const size_t sizes[] = { 1, 63, 64, 65, 128, 3968, 3969, 4096, 65536 };

FIXTURE(receive_buffer)
{
	struct pair pair;
	unsigned char *sent;
	unsigned char *got;
};

FIXTURE_SETUP(receive_buffer)
{
	self->pair = new_pair(NULL);
	self->sent = malloc(65537);
	self->got = malloc(65537);
	ASSERT_NE(NULL, self->sent);
	ASSERT_NE(NULL, self->got);
}

FIXTURE_TEARDOWN(receive_buffer)
{
	EXPECT_TRUE(port_balanced(self->pair.receive));
	EXPECT_EQ(0, stat_of(self->pair.receive).in_hand);
	close_pair(&self->pair);
	free(self->sent);
	free(self->got);
}

static int send_pattern(struct pair *pair, void *buffer, size_t size, uint32_t seed)
{
	fill_pattern(buffer, size, seed);
	return msgport_send(pair->send, buffer, size, 0);
}

TEST_F(receive_buffer, receive_gives_every_byte_back)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, send_pattern(&self->pair, self->sent, sizes[i], i));
		memset(self->got, 0, sizes[i]);
		ASSERT_EQ(sizes[i], msgport_receive(self->pair.receive, self->got,
						    65537, 0));
		EXPECT_TRUE(has_pattern(self->got, sizes[i], i))
			TH_LOG("%zu bytes", sizes[i]);
	}
}

TEST_F(receive_buffer, receive_writes_no_byte_behind_the_message)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, send_pattern(&self->pair, self->sent, sizes[i], i));
		self->got[sizes[i]] = 0xa5;
		ASSERT_EQ(sizes[i], msgport_receive(self->pair.receive, self->got,
						    65537, 0));
		EXPECT_EQ(0xa5, self->got[sizes[i]]);
	}
}

TEST_F(receive_buffer, receive_into_a_buffer_of_the_exact_size_succeeds)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned char *exact = bytes_before_hole(sizes[i]);

		ASSERT_EQ(0, send_pattern(&self->pair, self->sent, sizes[i], i));
		ASSERT_EQ(sizes[i], msgport_receive(self->pair.receive, exact,
						    sizes[i], 0));
		EXPECT_TRUE(has_pattern(exact, sizes[i], i));
	}
}

TEST_F(receive_buffer, receive_of_no_bytes_needs_no_buffer)
{
	ASSERT_EQ(0, msgport_send(self->pair.send, NULL, 0, 0));
	EXPECT_EQ(0, msgport_receive(self->pair.receive, NULL, 0, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
}

TEST_F(receive_buffer, receive_scatters_over_pieces_in_order)
{
	struct iovec iov[3] = {
		{ self->got, 100 }, { NULL, 0 }, { self->got + 200, 65000 },
	};
	struct msgport_message message = { .iov = iov, .iov_count = 3 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes) - 1; i++) {
		size_t size = sizes[i], first = size < 100 ? size : 100;

		memset(self->got, 0, 65537);
		ASSERT_EQ(0, send_pattern(&self->pair, self->sent, size, i));
		ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &message,
						     NULL, 0, 0));
		EXPECT_EQ(size, message.size);
		EXPECT_EQ(0, memcmp(self->sent, self->got, first));
		EXPECT_EQ(0, memcmp(self->sent + first, self->got + 200, size - first));
	}
}

TEST_F(receive_buffer, receive_into_pieces_that_overflow_fails_with_einval)
{
	struct iovec iov[2] = { { self->got, SIZE_MAX }, { self->got, 2 } };
	struct msgport_message message = { .iov = iov, .iov_count = 2 };

	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EINVAL, error_of(msgport_receive_message(self->pair.receive,
							   &message, NULL, 0, 0)));
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(receive_buffer, receive_into_one_byte_too_few_fails_and_leaves_the_message)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct msgport_message message = {
			.data = self->got,
			.size = sizes[i] - 1,
			.tag = 0x5a5a,
		};

		ASSERT_EQ(0, send_pattern(&self->pair, self->sent, sizes[i], i));
		memset(self->got, 0xa5, sizes[i]);
		EXPECT_EQ(EMSGSIZE,
			  error_of(msgport_receive_message(self->pair.receive,
							   &message, NULL, 0, 0)));
		EXPECT_EQ(sizes[i], message.size);
		EXPECT_EQ(0x5a5a, message.tag);
		EXPECT_EQ(0xa5, self->got[0]);
		ASSERT_EQ(sizes[i], msgport_receive(self->pair.receive, self->got,
						    message.size, MSGPORT_NONBLOCK));
		EXPECT_TRUE(has_pattern(self->got, sizes[i], i));
	}
}

TEST_F(receive_buffer, receive_that_waits_with_too_few_bytes_fails_with_emsgsize)
{
	pid_t receiver = start_child();

	if (!receiver)
		_exit(error_of(msgport_receive(self->pair.receive, self->got, 7, 0)));
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EMSGSIZE, child_status(receiver));
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

/*
 *	waiting: first, room for 4 bytes; second, room for 8
 *	sent:    8 bytes, which only the second can take
 */
TEST_F(receive_buffer, message_goes_to_the_first_waiting_receive_that_it_fits)
{
	pid_t small = start_child(), large;
	uint32_t number;

	if (!small)
		_exit(error_of(msgport_receive(self->pair.receive, self->got, 4, 0)));
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	large = start_receiver(self->pair.receive, 7);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 2));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(0, child_status(large));
	EXPECT_TRUE(child_runs(small));
	number = 1;
	ASSERT_EQ(0, msgport_send(self->pair.send, &number, sizeof(number), 0));
	EXPECT_EQ(0, child_status(small));
}

/* Who cannot take it says so and goes; the next must then be asked. */
TEST_F(receive_buffer, message_too_large_for_all_that_wait_is_told_to_all)
{
	pid_t small[3];
	int i;

	for (i = 0; i < 3; i++) {
		small[i] = start_child();
		if (!small[i])
			_exit(error_of(msgport_receive(self->pair.receive, self->got,
						       4, 0)));
	}
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 3));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(EMSGSIZE, child_status(small[i]));
	}
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(receive_buffer, peek_with_no_room_tells_the_size_and_leaves_the_message)
{
	struct msgport_message message = { .data = NULL, .size = 0 };

	ASSERT_EQ(0, send_pattern(&self->pair, self->sent, 5000, 1));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->pair.receive,
							     &message, NULL,
							     MSGPORT_PEEK, 0)));
	EXPECT_EQ(5000, message.size);
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
}

TEST_F(receive_buffer, discard_large_drops_what_does_not_fit_and_counts_it)
{
	struct msgport_message message = { .data = self->got, .size = 99 };

	ASSERT_EQ(0, send_pattern(&self->pair, self->sent, 100, 1));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->pair.receive,
							     &message, NULL,
							     MSGPORT_DISCARD_LARGE, 0)));
	EXPECT_EQ(100, message.size);
	EXPECT_EQ(1, stat_of(self->pair.receive).too_large);
	EXPECT_EQ(1, stat_of(self->pair.receive).discarded);
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_DISCARD_LARGE));
}

TEST_F(receive_buffer, discard_large_with_peek_drops_nothing)
{
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->pair.receive, self->got, 1,
						     MSGPORT_PEEK |
						     MSGPORT_DISCARD_LARGE)));
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(receive_buffer, discard_large_makes_room_for_a_waiting_sender)
{
	struct pair pair = new_pair_for(1);
	pid_t sender;

	ASSERT_EQ(1, fill(pair.send));
	sender = start_sender(pair.send, 7, 0);
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(pair.receive, self->got, 1,
						     MSGPORT_DISCARD_LARGE)));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(7, receive_number(pair.receive, MSGPORT_NONBLOCK));
	close_pair(&pair);
}

TEST_F(receive_buffer, receive_with_a_fault_at_the_last_byte_leaves_the_message)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned char *bytes = bytes_before_hole(sizes[i] - 1);

		ASSERT_EQ(0, send_pattern(&self->pair, self->sent, sizes[i], i));
		EXPECT_EQ(EFAULT, error_of(msgport_receive(self->pair.receive, bytes,
							   sizes[i], 0)))
			TH_LOG("%zu bytes", sizes[i]);
		EXPECT_EQ(0, stat_of(self->pair.receive).in_hand);
		ASSERT_EQ(sizes[i], msgport_receive(self->pair.receive, self->got,
						    65537, MSGPORT_NONBLOCK));
		EXPECT_TRUE(has_pattern(self->got, sizes[i], i));
	}
}

TEST_F(receive_buffer, receive_with_a_fault_puts_the_message_back_at_its_place)
{
	char *hole = bytes_before_hole(7);
	int i;

	ASSERT_EQ(0, send_urgent(self->pair.send, 3, 0));
	ASSERT_EQ(0, send_urgent(self->pair.send, 1, 5));
	ASSERT_EQ(0, send_urgent(self->pair.send, 2, 5));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(EFAULT, error_of(msgport_receive(self->pair.receive, hole,
							   8, 0)));
	}
	EXPECT_EQ(3, stat_of(self->pair.receive).queued);
	EXPECT_EQ(0, stat_of(self->pair.receive).received);
	for (i = 1; i <= 3; i++) {
		EXPECT_EQ(i, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
}

TEST_F(receive_buffer, receive_with_a_fault_offers_the_message_to_who_waits)
{
	char *hole = bytes_before_hole(7);
	pid_t faulty, receiver;

	faulty = start_child();
	if (!faulty)
		_exit(error_of(msgport_receive(self->pair.receive, hole, 8, 0)));
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	receiver = start_receiver(self->pair.receive, 7);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 2));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EFAULT, child_status(faulty));
	EXPECT_EQ(0, child_status(receiver));
}

TEST_F(receive_buffer, receive_that_cannot_write_its_structure_leaves_the_message)
{
	struct msgport_receive *argument = bytes_before_hole(page_size());
	uint64_t number;

	argument->size = sizeof(*argument);
	argument->message.data = address_of(&number);
	argument->message.data_size = sizeof(number);
	ASSERT_EQ(0, mprotect(argument, page_size(), PROT_READ));
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EFAULT, error_of(raw_receive(self->pair.receive, argument)));
	EXPECT_EQ(0, stat_of(self->pair.receive).received);
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(receive_buffer, peek_with_a_fault_leaves_the_message)
{
	ASSERT_EQ(0, send_number(self->pair.send, 7, 0));
	EXPECT_EQ(EFAULT, error_of(msgport_receive(self->pair.receive,
						   bytes_before_hole(7), 8,
						   MSGPORT_PEEK)));
	EXPECT_EQ(7, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(self->pair.receive).queued);
}

TEST_F(receive_buffer, receive_takes_a_message_of_16_mib)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	unsigned char *large = malloc(MSGPORT_SIZE_MAX);
	struct pair pair;

	options.max_size = MSGPORT_SIZE_MAX;
	pair = new_pair(&options);
	ASSERT_NE(NULL, large);
	fill_pattern(large, MSGPORT_SIZE_MAX, 16);
	ASSERT_EQ(0, msgport_send(pair.send, large, MSGPORT_SIZE_MAX, 0));
	memset(large, 0, MSGPORT_SIZE_MAX);
	ASSERT_EQ(MSGPORT_SIZE_MAX, msgport_receive(pair.receive, large,
						    MSGPORT_SIZE_MAX, 0));
	EXPECT_TRUE(has_pattern(large, MSGPORT_SIZE_MAX, 16));
	free(large);
	close_pair(&pair);
}

TEST_HARNESS_MAIN
