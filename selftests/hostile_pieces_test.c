// SPDX-License-Identifier: GPL-2.0
/* Payloads in pieces: too many, too long, overlapping the end of memory. */
#include "kselftest_harness.h"
#include "testlib.h"

#define MOST		MSGPORT_IOV_MAX

FIXTURE(pieces)
{
	struct pair port;
	struct msgport_iovec iov[MOST + 1];
	char bytes[MOST + 1];
	struct msgport_send send;
	struct msgport_receive receive;
};

FIXTURE_SETUP(pieces)
{
	unsigned int i;

	self->port = new_pair(NULL);
	fill_pattern(self->bytes, sizeof(self->bytes), 1);
	for (i = 0; i < MOST + 1; i++) {
		self->iov[i].base = address_of(self->bytes + i);
		self->iov[i].len = 1;
	}
	self->send.flags = MSGPORT_NONBLOCK;
	self->send.deadline = MSGPORT_FOREVER;
	self->send.message.data = address_of(self->iov);
	self->send.message.iov_count = 2;
	self->receive.flags = MSGPORT_NONBLOCK;
	self->receive.deadline = MSGPORT_FOREVER;
	self->receive.message.data = address_of(self->iov);
	self->receive.message.iov_count = 2;
}

FIXTURE_TEARDOWN(pieces)
{
	close_pair(&self->port);
}

/* Both sides refuse these pieces, and a message that is there stays. */
static bool both_refuse(FIXTURE_DATA(pieces) *self, int error)
{
	struct msgport_stat before, after;
	int sent, received;

	if (send_number(self->port.send, 1, MSGPORT_NONBLOCK))
		give_up("send");
	before = stat_of(self->port.send);
	sent = error_of(raw_send(self->port.send, &self->send));
	received = error_of(raw_receive(self->port.receive, &self->receive));
	after = stat_of(self->port.send);
	if (receive_number(self->port.receive, MSGPORT_NONBLOCK) != 1)
		give_up("receive");
	return sent == error && received == error &&
	       !memcmp(&before, &after, sizeof(before));
}

TEST_F(pieces, lengths_that_overflow_fail_with_einval)
{
	static const uint64_t lengths[][2] = {
		{ UINT64_MAX, 1 }, { UINT64_MAX, UINT64_MAX },
		{ 1ULL << 63, 1ULL << 63 }, { 8, UINT64_MAX - 7 },
		{ UINT64_MAX, 0 }, { 1ULL << 31, 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->iov[0].len = lengths[i][0];
		self->iov[1].len = lengths[i][1];
		EXPECT_TRUE(both_refuse(self, EINVAL))
			TH_LOG("%#llx and %#llx", (unsigned long long)lengths[i][0],
			       (unsigned long long)lengths[i][1]);
	}
}

TEST_F(pieces, more_than_1024_pieces_fail_with_einval)
{
	self->send.message.iov_count = MOST + 1;
	self->receive.message.iov_count = MOST + 1;
	EXPECT_TRUE(both_refuse(self, EINVAL));
	self->send.message.iov_count = UINT32_MAX;
	self->receive.message.iov_count = UINT32_MAX;
	EXPECT_TRUE(both_refuse(self, EINVAL));
}

TEST_F(pieces, size_beside_pieces_fails_with_einval)
{
	self->send.message.data_size = 2;
	self->receive.message.data_size = 2;
	EXPECT_TRUE(both_refuse(self, EINVAL));
}

TEST_F(pieces, array_that_runs_into_a_hole_fails_with_efault)
{
	struct msgport_iovec *last = bytes_before_hole(sizeof(*last));

	*last = self->iov[0];
	self->send.message.data = address_of(last);
	self->receive.message.data = address_of(last);
	EXPECT_TRUE(both_refuse(self, EFAULT));
	self->send.message.data = 0;
	self->receive.message.data = 0;
	EXPECT_TRUE(both_refuse(self, EFAULT));
}

/* The kernel's own memory must not be read or written for a user. */
TEST_F(pieces, piece_in_the_kernels_memory_fails_with_efault)
{
	self->iov[1].base = 0xffff888000000000;
	self->iov[1].len = 8;
	EXPECT_TRUE(both_refuse(self, EFAULT));
	self->iov[1].base = (uint64_t)-4;
	EXPECT_TRUE(both_refuse(self, EFAULT));
}

TEST_F(pieces, kernels_memory_in_one_piece_fails_with_efault)
{
	self->send.message.data = 0xffff888000000000;
	self->send.message.data_size = 8;
	self->send.message.iov_count = 0;
	self->receive.message.data = 0xffff888000000000;
	self->receive.message.data_size = 8;
	self->receive.message.iov_count = 0;
	EXPECT_TRUE(both_refuse(self, EFAULT));
}

TEST_F(pieces, pieces_of_1024_carry_a_byte_each)
{
	char received[MOST];
	unsigned int i;

	self->send.message.iov_count = MOST;
	ASSERT_EQ(0, raw_send(self->port.send, &self->send));
	/* backwards, so that every piece counts */
	for (i = 0; i < MOST; i++)
		self->iov[i].base = address_of(received + MOST - 1 - i);
	self->receive.message.iov_count = MOST;
	ASSERT_EQ(0, raw_receive(self->port.receive, &self->receive));
	EXPECT_EQ(MOST, self->receive.message.data_size);
	for (i = 0; i < MOST; i++)
		EXPECT_EQ(self->bytes[i], received[MOST - 1 - i]);
}

TEST_F(pieces, empty_pieces_are_not_looked_at)
{
	self->iov[0].base = 0xffff888000000000;
	self->iov[0].len = 0;
	ASSERT_EQ(0, raw_send(self->port.send, &self->send));
	ASSERT_EQ(0, raw_receive(self->port.receive, &self->receive));
	EXPECT_EQ(1, self->receive.message.data_size);
}

TEST_F(pieces, pieces_one_byte_short_leave_the_message)
{
	char received[3];

	self->send.message.iov_count = 3;
	ASSERT_EQ(0, raw_send(self->port.send, &self->send));
	EXPECT_EQ(EMSGSIZE, error_of(raw_receive(self->port.receive, &self->receive)));
	EXPECT_EQ(3, self->receive.message.data_size);
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	EXPECT_EQ(3, msgport_receive(self->port.receive, received, 3, 0));
	EXPECT_EQ(0, memcmp(received, self->bytes, 3));
}

TEST_HARNESS_MAIN
