// SPDX-License-Identifier: GPL-2.0
/* Vectors of messages in one system call, each way. */

#include "kselftest_harness.h"
#include "testlib.h"

#define MANY	8

FIXTURE(batch)
{
	struct pair pair;
	uint64_t numbers[MANY];
	struct msgport_outgoing out[MANY];
	struct msgport_incoming in[MANY];
};

FIXTURE_SETUP(batch)
{
	unsigned int i;

	self->pair = new_pair_for(5);
	for (i = 0; i < MANY; i++) {
		self->numbers[i] = i;
		self->out[i].data = address_of(&self->numbers[i]);
		self->out[i].data_size = sizeof(self->numbers[i]);
		self->in[i].data = address_of(&self->numbers[i]);
		self->in[i].data_size = sizeof(self->numbers[i]);
	}
}

FIXTURE_TEARDOWN(batch)
{
	close_pair(&self->pair);
}

/* Both return the count, or -errno. */
static int send_all(int right, struct msgport_outgoing *out, unsigned int count,
		    unsigned int flags, uint64_t deadline)
{
	struct msgport_send argument = {
		.flags = flags,
		.deadline = deadline,
		.vector = address_of(out),
		.count = count,
		.element_size = sizeof(*out),
	};
	int sent = raw_send(right, &argument);

	return sent < 0 ? -errno : sent;
}

static int receive_all(int right, struct msgport_incoming *in, unsigned int count,
		       unsigned int flags)
{
	struct msgport_receive argument = {
		.flags = flags,
		.deadline = MSGPORT_FOREVER,
		.vector = address_of(in),
		.count = count,
		.element_size = sizeof(*in),
	};
	int received = raw_receive(right, &argument);

	return received < 0 ? -errno : received;
}

TEST_F(batch, vector_of_messages_arrives_in_order)
{
	unsigned int i;

	ASSERT_EQ(5, send_all(self->pair.send, self->out, 5, 0, MSGPORT_FOREVER));
	memset(self->numbers, 0xff, sizeof(self->numbers));
	ASSERT_EQ(5, receive_all(self->pair.receive, self->in, MANY, 0));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(i, self->numbers[i]);
		EXPECT_EQ(i + 1, self->in[i].stamp.sequence);
		EXPECT_EQ(0, self->in[i].error);
	}
	/* that there were no more is no failure of the next */
	EXPECT_EQ(0, self->in[5].error);
}

TEST_F(batch, vector_that_finds_no_room_returns_what_was_sent_and_says_where_it_ended)
{
	self->out[0].error = 99;
	EXPECT_EQ(5, send_all(self->pair.send, self->out, MANY, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(0, self->out[0].error);
	EXPECT_EQ(EAGAIN, self->out[5].error);
	EXPECT_EQ(-EAGAIN, send_all(self->pair.send, self->out, MANY, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(5, stat_of(self->pair.send).sent);
}

TEST_F(batch, vector_has_one_deadline_for_all)
{
	EXPECT_EQ(5, send_all(self->pair.send, self->out, MANY, 0, in_ms(50)));
	EXPECT_EQ(ETIMEDOUT, self->out[5].error);
	EXPECT_EQ(-ETIMEDOUT, send_all(self->pair.send, self->out, MANY, 0, in_ms(50)));
}

TEST_F(batch, vector_waits_for_room_in_its_middle)
{
	pid_t child = start_child();
	int64_t i;

	if (!child)
		_exit(send_all(self->pair.send, self->out, MANY, 0, MSGPORT_FOREVER) != MANY);
	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	for (i = 0; i < MANY; i++) {
		EXPECT_EQ(i, receive_number(self->pair.receive, 0));
	}
	EXPECT_EQ(0, child_status(child));
}

TEST_F(batch, element_that_cannot_be_sent_ends_the_vector_with_its_errno)
{
	self->out[2].priority = 32;
	EXPECT_EQ(2, send_all(self->pair.send, self->out, 5, 0, MSGPORT_FOREVER));
	EXPECT_EQ(EINVAL, self->out[2].error);
	EXPECT_EQ(-EINVAL, send_all(self->pair.send, self->out + 2, 3, 0, MSGPORT_FOREVER));
	EXPECT_EQ(2, stat_of(self->pair.send).queued);
}

TEST_F(batch, element_that_does_not_fit_stays_and_says_what_it_needs)
{
	ASSERT_EQ(3, send_all(self->pair.send, self->out, 3, 0, MSGPORT_FOREVER));
	self->in[1].data_size = 4;
	EXPECT_EQ(1, receive_all(self->pair.receive, self->in, 3, 0));
	EXPECT_EQ(EMSGSIZE, self->in[1].error);
	EXPECT_EQ(8, self->in[1].data_size);
	EXPECT_EQ(2, stat_of(self->pair.receive).queued);
	self->in[1].data_size = 4;
	EXPECT_EQ(-EMSGSIZE, receive_all(self->pair.receive, self->in + 1, 1, 0));
	EXPECT_EQ(8, self->in[1].data_size);
}

TEST_F(batch, vector_receive_waits_for_the_first_only)
{
	pid_t child = start_child();

	if (!child)
		_exit(receive_all(self->pair.receive, self->in, MANY, 0) != 1);
	ASSERT_TRUE(wait_for_receivers(self->pair.receive, 1));
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(-EAGAIN, receive_all(self->pair.receive, self->in, 2, MSGPORT_NONBLOCK));
}

TEST_F(batch, vector_at_a_bad_address_fails_with_efault_at_its_element)
{
	size_t size = sizeof(self->out[0]);
	struct msgport_outgoing *out = bytes_before_hole(2 * size);

	memcpy(out, self->out, 2 * size);
	EXPECT_EQ(2, send_all(self->pair.send, out, 3, 0, MSGPORT_FOREVER));
	EXPECT_EQ(-EFAULT, send_all(self->pair.send, out + 2, 1, 0, MSGPORT_FOREVER));
	EXPECT_EQ(2, stat_of(self->pair.send).sent);
}

TEST_F(batch, vector_of_none_is_none)
{
	EXPECT_EQ(0, send_all(self->pair.send, self->out, 0, 0, MSGPORT_FOREVER));
	EXPECT_EQ(0, receive_all(self->pair.receive, self->in, 0, 0));
}

TEST_F(batch, elements_follow_the_rules_of_structures)
{
	struct {
		struct msgport_outgoing out;
		uint64_t tail;
	} large[2] = { { .out = self->out[0] }, { .out = self->out[1], .tail = 1 } };
	struct msgport_send argument = {
		.deadline = MSGPORT_FOREVER,
		.vector = address_of(large),
		.count = 2,
		.element_size = sizeof(large[0]),
	};

	EXPECT_EQ(1, raw_send(self->pair.send, &argument));
	EXPECT_EQ(E2BIG, large[1].out.error);
	argument.element_size = sizeof(large[0].out) - 1;
	EXPECT_EQ(EINVAL, error_of(raw_send(self->pair.send, &argument)));
	argument.element_size = UINT32_MAX;
	EXPECT_EQ(E2BIG, error_of(raw_send(self->pair.send, &argument)));
}

TEST_F(batch, vector_that_peeks_or_is_synchronous_fails_with_einval)
{
	EXPECT_EQ(-EINVAL, receive_all(self->pair.receive, self->in, 2, MSGPORT_PEEK));
	EXPECT_EQ(-EINVAL, send_all(self->pair.send, self->out, 2, MSGPORT_SYNC,
				    MSGPORT_FOREVER));
}

TEST_F(batch, vector_with_the_id_of_a_synchronous_send_fails_with_einval)
{
	struct msgport_send argument = {
		.deadline = MSGPORT_FOREVER,
		.vector = address_of(self->out),
		.count = 1,
		.element_size = sizeof(self->out[0]),
		.id = 1,
	};

	EXPECT_EQ(EINVAL, error_of(raw_send(self->pair.send, &argument)));
	EXPECT_EQ(0, stat_of(self->pair.receive).sent);
}

/* However many zeros it ends with: nobody is to look through them all. */
TEST_F(batch, element_larger_than_a_page_fails_with_e2big)
{
	char *large = calloc(1, 2 * page_size());
	struct msgport_send argument = {
		.deadline = MSGPORT_FOREVER,
		.vector = address_of(large),
		.count = 1,
		.element_size = page_size() + 1,
	};

	EXPECT_EQ(E2BIG, error_of(raw_send(self->pair.send, &argument)));
	argument.element_size = page_size();
	EXPECT_EQ(1, raw_send(self->pair.send, &argument));
	free(large);
}

TEST_HARNESS_MAIN
