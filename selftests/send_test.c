// SPDX-License-Identifier: GPL-2.0
/* send: what is accepted, what is refused, and how a send waits. */

#include <fcntl.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(send)
{
	struct pair pair;
};

/* A port with room for two messages of at most 10,000 bytes. */
FIXTURE_SETUP(send)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 2;
	options.max_size = 10000;
	self->pair = new_pair(&options);
}

FIXTURE_TEARDOWN(send)
{
	EXPECT_TRUE(port_balanced(self->pair.send));
	close_pair(&self->pair);
}

TEST_F(send, send_returns_without_waiting_for_a_receiver)
{
	EXPECT_EQ(0, send_number(self->pair.send, 1, 0));
	EXPECT_EQ(1, stat_of(self->pair.receive).queued);
	EXPECT_EQ(1, stat_of(self->pair.receive).sent);
}

TEST_F(send, send_carries_tag_and_priority)
{
	struct msgport_message message = {
		.data = "x",
		.size = 1,
		.tag = 0x123456789abcdef0ULL,
		.priority = 31,
	};
	struct msgport_message got = { .data = (char[1]) { 0 }, .size = 1 };

	ASSERT_EQ(0, msgport_send_message(self->pair.send, &message, 0,
					  MSGPORT_FOREVER));
	ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &got, NULL, 0,
					     in_ms(1000)));
	EXPECT_EQ(message.tag, got.tag);
	EXPECT_EQ(31, got.priority);
	EXPECT_EQ(MSGPORT_KIND_DATA, got.stamp.kind);
	EXPECT_EQ(0, got.token);
}

TEST_F(send, send_takes_a_copy)
{
	uint64_t number = 1;

	ASSERT_EQ(0, msgport_send(self->pair.send, &number, sizeof(number), 0));
	number = 2;
	EXPECT_EQ(1, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
}

TEST_F(send, send_of_no_bytes_needs_no_buffer)
{
	char byte;

	EXPECT_EQ(0, msgport_send(self->pair.send, NULL, 0, 0));
	EXPECT_EQ(0, msgport_receive(self->pair.receive, &byte, 1, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(self->pair.receive).received);
}

TEST_F(send, send_of_max_size_succeeds_and_of_one_byte_more_fails_with_emsgsize)
{
	static char bytes[10001];

	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->pair.send, bytes, 10001, 0)));
	EXPECT_EQ(0, stat_of(self->pair.send).sent);
	EXPECT_EQ(0, msgport_send(self->pair.send, bytes, 10000, 0));
}

TEST_F(send, send_of_absurd_sizes_fails_with_emsgsize)
{
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->pair.send, "x", UINT32_MAX, 0)));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->pair.send, "x", SIZE_MAX, 0)));
}

/* Sends pieces; the errno. */
static int send_pieces(int right, const struct iovec *iov, unsigned int count)
{
	struct msgport_message message = { .iov = iov, .iov_count = count };

	return error_of(msgport_send_message(right, &message, 0, MSGPORT_FOREVER));
}

TEST_F(send, send_gathers_pieces_in_order)
{
	struct iovec iov[] = {
		{ "one ", 4 }, { NULL, 0 }, { "two ", 4 }, { "three", 6 },
	};
	char text[32];

	ASSERT_EQ(0, send_pieces(self->pair.send, iov, 4));
	ASSERT_EQ(14, msgport_receive(self->pair.receive, text, sizeof(text), 0));
	EXPECT_STREQ("one two three", text);
}

TEST_F(send, send_gathers_1024_pieces_and_refuses_1025_with_einval)
{
	static unsigned char bytes[1025];
	static struct iovec iov[1025];
	unsigned char got[1024];
	int i;

	for (i = 0; i < 1025; i++) {
		bytes[i] = i % 251;
		iov[i] = (struct iovec) { &bytes[i], 1 };
	}
	EXPECT_EQ(EINVAL, send_pieces(self->pair.send, iov, 1025));
	ASSERT_EQ(0, send_pieces(self->pair.send, iov, 1024));
	ASSERT_EQ(1024, msgport_receive(self->pair.receive, got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(bytes, got, 1024));
}

TEST_F(send, send_of_pieces_over_max_size_fails_with_emsgsize)
{
	static char bytes[10000];
	struct iovec iov[] = { { bytes, 10000 }, { bytes, 1 } };

	EXPECT_EQ(EMSGSIZE, send_pieces(self->pair.send, iov, 2));
}

TEST_F(send, send_of_pieces_whose_lengths_overflow_fails_with_einval)
{
	struct iovec iov[] = { { "x", SIZE_MAX }, { "y", 2 } };

	EXPECT_EQ(EINVAL, send_pieces(self->pair.send, iov, 2));
	iov[0].iov_len = SIZE_MAX / 2 + 1;
	iov[1].iov_len = SIZE_MAX / 2 + 1;
	EXPECT_EQ(EINVAL, send_pieces(self->pair.send, iov, 2));
}

TEST_F(send, send_of_pieces_at_a_bad_address_fails_with_efault)
{
	struct iovec iov[] = { { "x", 1 }, { (void *)8, 1 } };
	struct msgport_send list_at_8 = {
		.deadline = MSGPORT_FOREVER,
		.message.data = 8,
		.message.iov_count = 1,
	};

	EXPECT_EQ(EFAULT, send_pieces(self->pair.send, iov, 2));
	/* on 32 bits the library itself would read a list at a bad address */
	EXPECT_EQ(EFAULT, error_of(raw_send(self->pair.send, &list_at_8)));
	EXPECT_EQ(0, stat_of(self->pair.send).sent);
}

TEST_F(send, send_with_a_fault_at_the_last_byte_sends_nothing)
{
	static const size_t sizes[] = { 1, 60, 64, 65, 4000, 4096, 9999 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *bytes = bytes_before_hole(sizes[i] - 1);

		EXPECT_EQ(EFAULT, error_of(msgport_send(self->pair.send, bytes,
							sizes[i], 0)))
			TH_LOG("%zu bytes", sizes[i]);
	}
	EXPECT_EQ(0, stat_of(self->pair.send).sent);
	EXPECT_EQ(0, stat_of(self->pair.send).bytes);
	EXPECT_EQ(0, stat_of(self->pair.send).in_transit);
}

TEST_F(send, send_to_a_full_port_fails_with_eagain_when_it_must_not_wait)
{
	ASSERT_EQ(2, fill(self->pair.send));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->pair.send, 3, MSGPORT_NONBLOCK)));
	ASSERT_EQ(0, fcntl(self->pair.send, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->pair.send, 3, 0)));
	EXPECT_EQ(2, stat_of(self->pair.send).sent);
	EXPECT_EQ(2, stat_of(self->pair.send).in_transit);
}

TEST_F(send, send_waits_for_room_and_goes_on_with_it)
{
	pid_t sender;

	ASSERT_EQ(2, fill(self->pair.send));
	sender = start_sender(self->pair.send, 7, 0);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	EXPECT_EQ(2, stat_of(self->pair.receive).queued);
	ASSERT_EQ(0, receive_number(self->pair.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(1, receive_number(self->pair.receive, 0));
	EXPECT_EQ(7, receive_number(self->pair.receive, 0));
}

TEST_F(send, send_gives_up_at_its_deadline_with_etimedout)
{
	uint64_t begin = now_ns(), deadline = in_ms(100);

	ASSERT_EQ(2, fill(self->pair.send));
	EXPECT_EQ(ETIMEDOUT, error_of(send_until(self->pair.send, 3, deadline)));
	EXPECT_LE(deadline, now_ns());
	EXPECT_GT(begin + 10 * NS_PER_S, now_ns());
	EXPECT_EQ(2, stat_of(self->pair.send).sent);
	EXPECT_EQ(0, stat_of(self->pair.send).waiting_senders);
}

TEST_F(send, send_with_a_past_deadline_succeeds_if_there_is_room)
{
	EXPECT_EQ(0, send_until(self->pair.send, 1, 0));
	EXPECT_EQ(0, send_until(self->pair.send, 1, 1));
	EXPECT_EQ(ETIMEDOUT, error_of(send_until(self->pair.send, 1, 1)));
}

TEST_F(send, send_after_the_ports_death_fails_with_epipe)
{
	close(self->pair.receive);
	EXPECT_EQ(EPIPE, error_of(send_number(self->pair.send, 1, 0)));
	EXPECT_EQ(EPIPE, error_of(send_number(self->pair.send, 1, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(self->pair.send).sent);
}

TEST_F(send, send_that_waits_fails_with_epipe_when_the_port_dies)
{
	pid_t sender;

	ASSERT_EQ(2, fill(self->pair.send));
	sender = start_child();
	if (!sender) {
		close(self->pair.receive);
		_exit(error_of(send_number(self->pair.send, 7, 0)));
	}
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	close(self->pair.receive);
	EXPECT_EQ(EPIPE, child_status(sender));
	EXPECT_EQ(2, stat_of(self->pair.send).died_with_port);
	EXPECT_EQ(2, stat_of(self->pair.send).sent);
}

TEST_F(send, send_of_priority_32_fails_with_einval)
{
	EXPECT_EQ(EINVAL, error_of(send_urgent(self->pair.send, 1, 32)));
	EXPECT_EQ(EINVAL, error_of(send_urgent(self->pair.send, 1, UINT32_MAX)));
}

TEST_F(send, send_on_anything_but_a_send_right_fails_with_ebadf)
{
	int control = msgport_open();

	EXPECT_EQ(EBADF, error_of(send_number(self->pair.receive, 1, 0)));
	EXPECT_EQ(EBADF, error_of(send_number(control, 1, 0)));
	EXPECT_EQ(EBADF, error_of(send_number(-1, 1, 0)));
	close(control);
}

TEST_F(send, send_with_bad_fields_fails_with_einval)
{
	struct msgport_send bad[] = {
		{ .flags = MSGPORT_PEEK },
		{ .flags = 1U << 31 },
		{ .count = 1 },
		{ .element_size = sizeof(struct msgport_outgoing) },
		{ .id = 1 },
		{ .flags = MSGPORT_SYNC, .message = { .flags = MSGPORT_ANSWER } },
		{ .message = { .flags = 1U << 31 } },
		{ .message = { .reserved = 1 } },
		{ .message = { .cookie = 1 } },
		{ .message = { .answer_size = 1 } },
		{ .message = { .answer_fd = 1 } },
		{ .message = { .answer_fds = 1 } },
		{ .message = { .fd_count = MSGPORT_FDS_MAX + 1 } },
		{ .message = { .iov_count = 1, .data_size = 1 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EINVAL, error_of(raw_send(self->pair.send, &bad[i])))
			TH_LOG("row %u", i);
	}
}

TEST_HARNESS_MAIN
