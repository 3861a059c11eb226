// SPDX-License-Identifier: GPL-2.0
/* Long vectors on their way out of a port: what is taken together, and what cannot. */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "vectors.h"

FIXTURE(vector_receive)
{
	struct pair pair;
	struct vector v;
};

FIXTURE_SETUP(vector_receive)
{
	unsigned int i;

	self->pair = new_pair_for(2 * LONG);
	for (i = 0; i < LONG; i++)
		send_tagged(self->pair.send, i, 1000 + i);
	room_in(&self->v);
}

FIXTURE_TEARDOWN(vector_receive)
{
	EXPECT_TRUE(port_balanced(self->pair.receive));
	close_pair(&self->pair);
}

#define receive_some(count) \
	receive_numbers(self->pair.receive, &self->v, count)

TEST_F(vector_receive, all_of_each_message_is_told)
{
	int i;

	ASSERT_EQ(LONG, receive_some(LONG));
	for (i = 0; i < LONG; i++) {
		const struct msgport_incoming *in = &self->v.in[i];

		ASSERT_EQ((uint64_t)i, self->v.numbers[i]);
		ASSERT_EQ(address_of(&self->v.numbers[i]), in->data);
		ASSERT_EQ(8, in->data_size);
		ASSERT_EQ(0x5555555555555555, in->fds);
		ASSERT_EQ(1000U + i, in->tag);
		ASSERT_EQ(0, in->token);
		ASSERT_EQ(0, in->cookie);
		ASSERT_EQ(0, in->fd_count);
		ASSERT_EQ(0, in->priority);
		ASSERT_EQ(0, in->error);
		ASSERT_EQ(i + 1U, in->stamp.sequence);
		ASSERT_EQ((uint32_t)getpid(), in->stamp.pid);
		ASSERT_EQ((uint32_t)getpid(), in->stamp.tid);
		ASSERT_EQ(geteuid(), in->stamp.uid);
		ASSERT_EQ(getegid(), in->stamp.gid);
		ASSERT_EQ(0, in->stamp.badge);
		ASSERT_EQ(self->v.in[0].stamp.source, in->stamp.source);
		ASSERT_EQ(0, in->stamp.answer_size);
		ASSERT_EQ(0, in->stamp.missed);
		ASSERT_EQ(0, in->stamp.deliveries);
		ASSERT_EQ(0, in->stamp.answer_fds);
		ASSERT_EQ(MSGPORT_KIND_DATA, (int)in->stamp.kind);
		ASSERT_EQ(0, in->stamp.reason);
		ASSERT_LE(self->v.in[0].stamp.sent_at, in->stamp.sent_at);
		ASSERT_LT(0, in->stamp.start_time);
	}
	EXPECT_EQ(LONG, stat_of(self->pair.receive).received);
}

TEST_F(vector_receive, vector_takes_no_more_than_it_has_elements)
{
	static const int lengths[] = { 1, 2, 31, 32 };
	unsigned int i, from = 0;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(lengths[i], receive_some(lengths[i]));
		ASSERT_EQ(from, self->v.numbers[0]);
		from += lengths[i];
		EXPECT_EQ(LONG - from, stat_of(self->pair.receive).queued);
	}
	ASSERT_EQ(LONG - from, (unsigned int)receive_some(LONG));
}

/* Runs of each right; the last of a process and the first of the next have the same. */
static bool by_other(int i)
{
	return (i + 1) / 15 % 2;
}

TEST_F(vector_receive, senders_that_take_turns_are_told_apart)
{
	int other = msgport_mint(self->pair.receive, 9, 0, 31, 0);
	pid_t child;
	int i;

	ASSERT_LE(0, other);
	ASSERT_EQ(LONG, receive_some(LONG));
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, send_number(by_other(i) ? other : self->pair.send, i, 0));
	}
	child = start_child();
	if (!child) {
		for (i = 0; i < 30; i++)
			if (send_number(by_other(i) ? other : self->pair.send, i, 0))
				_exit(1);
		_exit(0);
	}
	ASSERT_EQ(0, child_status(child));
	room_in(&self->v);
	ASSERT_EQ(60, receive_some(LONG));
	for (i = 0; i < 60; i++) {
		const struct msgport_stamp *stamp = &self->v.in[i].stamp;

		ASSERT_EQ(by_other(i % 30) ? 9 : 0, (int)stamp->badge);
		ASSERT_EQ(self->v.in[by_other(i % 30) ? 20 : 0].stamp.source, stamp->source);
		ASSERT_EQ(i < 30 ? getpid() : child, (pid_t)stamp->pid);
		ASSERT_EQ(stamp->pid, stamp->tid);
		ASSERT_EQ(LONG + i + 1U, stamp->sequence);
	}
	EXPECT_NE(self->v.in[0].stamp.source, self->v.in[20].stamp.source);
	EXPECT_NE(self->v.in[0].stamp.start_time, self->v.in[59].stamp.start_time);
	close(other);
}

TEST_F(vector_receive, buffer_that_is_too_small_ends_the_vector_and_loses_nothing)
{
	static const int places[] = { 0, 1, 31, 32, 20 };
	unsigned int i;
	int from = 0;

	for (i = 0; i < 5; i++) {
		int at = places[i];

		room_in(&self->v);
		self->v.in[at].data_size = 7;
		ASSERT_EQ(at ?: -EMSGSIZE, receive_some(LONG));
		ASSERT_EQ(EMSGSIZE, self->v.in[at].error);
		ASSERT_EQ(8, self->v.in[at].data_size);
		from += at;
		EXPECT_EQ((unsigned int)(LONG - from), stat_of(self->pair.receive).queued);
	}
	EXPECT_EQ(from, receive_number(self->pair.receive, 0));
}

TEST_F(vector_receive, payload_that_cannot_be_written_goes_back_with_those_behind_it)
{
	static const int places[] = { 0, 1, 31, 32, 10 };
	unsigned int i;
	int from = 0;

	for (i = 0; i < 5; i++) {
		int at = places[i];

		room_in(&self->v);
		self->v.in[at].data = 8;
		ASSERT_EQ(at ?: -EFAULT, receive_some(LONG));
		ASSERT_EQ(EFAULT, self->v.in[at].error);
		from += at;
		ASSERT_EQ((unsigned int)(LONG - from), stat_of(self->pair.receive).queued);
		ASSERT_EQ((unsigned int)from, stat_of(self->pair.receive).received);
	}
	/* all in their places */
	for (; from < LONG; from++) {
		ASSERT_EQ(from, receive_number(self->pair.receive, MSGPORT_NONBLOCK));
	}
}

TEST_F(vector_receive, elements_beyond_the_mapping_take_nothing)
{
	size_t size = 40 * sizeof(self->v.in[0]);
	struct msgport_incoming *in = bytes_before_hole(size);

	memcpy(in, self->v.in, size);
	ASSERT_EQ(40, receive_elements(self->pair.receive, in, LONG, MSGPORT_NONBLOCK));
	EXPECT_EQ(40, receive_number(self->pair.receive, 0));
}

TEST_F(vector_receive, elements_that_cannot_be_written_back_take_nothing)
{
	size_t page = page_size();
	size_t fit = page / sizeof(self->v.in[0]);
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct msgport_incoming *in = (void *)(memory + page - fit * sizeof(*in));

	ASSERT_NE(MAP_FAILED, memory);
	memcpy(in, self->v.in, (fit + 5) * sizeof(*in));
	ASSERT_EQ(0, mprotect(memory + page, page, PROT_READ));
	ASSERT_EQ((int)fit, receive_elements(self->pair.receive, in, fit + 5,
					     MSGPORT_NONBLOCK));
	EXPECT_EQ((int64_t)fit, receive_number(self->pair.receive, 0));
	munmap(memory, 2 * page);
}

TEST_F(vector_receive, element_of_several_pieces_is_filled_in_its_place)
{
	struct msgport_iovec pieces[2] = {
		{ address_of(&self->v.numbers[7]), 3 },
		{ address_of(&self->v.numbers[7]) + 3, 5 },
	};
	int i;

	self->v.in[7].data = address_of(pieces);
	self->v.in[7].data_size = 0;
	self->v.in[7].iov_count = 2;
	ASSERT_EQ(LONG, receive_some(LONG));
	for (i = 0; i < LONG; i++) {
		ASSERT_EQ((uint64_t)i, self->v.numbers[i]);
	}
}

TEST_F(vector_receive, sizes_of_every_kind_come_whole)
{
	static const size_t sizes[] = { 0, 1, 63, 64, 65, 1000, 3968, 3969, 4096, 20000 };
	static char sent[10][20000], got[10][20000];
	unsigned int i;

	ASSERT_EQ(LONG, receive_some(LONG));
	memset(self->v.out, 0, sizeof(self->v.out));
	memset(got, 0, sizeof(got));
	for (i = 0; i < 10; i++) {
		fill_pattern(sent[i], sizes[i], i);
		self->v.out[i].data = address_of(sent[i]);
		self->v.out[i].data_size = sizes[i];
		self->v.in[i].data = address_of(got[i]);
		self->v.in[i].data_size = sizeof(got[i]);
	}
	ASSERT_EQ(10, send_numbers(self->pair.send, &self->v, 10));
	ASSERT_EQ(10, receive_some(10));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(sizes[i], self->v.in[i].data_size);
		EXPECT_EQ(0, memcmp(sent[i], got[i], sizeof(got[i])));
	}
}

TEST_F(vector_receive, message_with_a_time_to_live_comes_in_its_place_or_not_at_all)
{
	struct msgport_message message = { .data = &self->v.numbers[0], .size = 8 };
	int i;

	ASSERT_EQ(LONG, receive_some(LONG));
	for (i = 0; i < 20; i++) {
		self->v.numbers[0] = i;
		/* of each three one expires at once, one much later */
		message.ttl = i % 3 ? (i % 3 - 1) * 1000000000000 + 1 : 0;
		ASSERT_EQ(0, msgport_send_message(self->pair.send, &message, 0, 0));
	}
	pause_ms(1);
	room_in(&self->v);
	ASSERT_EQ(13, receive_some(LONG));
	for (i = 0; i < 13; i++) {
		EXPECT_NE(1U, self->v.numbers[i] % 3);
		EXPECT_TRUE(!i || self->v.numbers[i] > self->v.numbers[i - 1]);
	}
	EXPECT_EQ(7, stat_of(self->pair.receive).expired);
}

TEST_F(vector_receive, acknowledging_port_gives_a_token_with_each)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair pair;
	int i;

	options.flags = MSGPORT_ACK;
	pair = new_pair(&options);
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, send_number(pair.send, i, 0));
	}
	ASSERT_EQ(20, receive_numbers(pair.receive, &self->v, 20));
	for (i = 0; i < 20; i++) {
		EXPECT_NE(0, self->v.in[i].token);
		EXPECT_EQ(0, msgport_ack(pair.receive, self->v.in[i].token));
	}
	room_in(&self->v);
	ASSERT_EQ(20, receive_elements(pair.receive, self->v.in, LONG,
				       MSGPORT_NONBLOCK | MSGPORT_SETTLE));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(0, self->v.in[i].token);
		EXPECT_EQ(20U + i, self->v.numbers[i]);
	}
	EXPECT_EQ(40, stat_of(pair.receive).received);
	EXPECT_EQ(0, stat_of(pair.receive).outstanding);
	close_pair(&pair);
}

TEST_F(vector_receive, vector_that_chooses_takes_what_it_chose)
{
	struct msgport_receive argument = {
		.flags = MSGPORT_NONBLOCK | MSGPORT_BY_TAG,
		.tag = 1002,
		.tag_mask = ~1ULL,
		.vector = address_of(self->v.in),
		.count = LONG,
		.element_size = sizeof(self->v.in[0]),
	};

	ASSERT_EQ(2, raw_receive(self->pair.receive, &argument));
	EXPECT_EQ(2, self->v.numbers[0]);
	EXPECT_EQ(3, self->v.numbers[1]);
	EXPECT_EQ((unsigned int)LONG - 2, stat_of(self->pair.receive).queued);
}

TEST_F(vector_receive, senders_that_wait_are_let_in_when_a_vector_was_received)
{
	struct pair pair = new_pair_for(40);
	pid_t senders[10];
	int i;

	ASSERT_EQ(40U, fill(pair.send));
	for (i = 0; i < 10; i++) {
		senders[i] = start_sender(pair.send, 40 + i, 0);
		ASSERT_TRUE(wait_for_senders(pair.receive, i + 1));
	}
	ASSERT_EQ(20, receive_numbers(pair.receive, &self->v, 20));
	ASSERT_TRUE(wait_for_senders(pair.receive, 0));
	EXPECT_EQ(30, stat_of(pair.receive).queued);
	room_in(&self->v);
	ASSERT_EQ(30, receive_numbers(pair.receive, &self->v, LONG));
	for (i = 0; i < 30; i++) {
		EXPECT_EQ(20U + i, self->v.numbers[i]);
	}
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, child_status(senders[i]));
	}
	close_pair(&pair);
}

TEST_F(vector_receive, answers_among_messages_come_in_their_places)
{
	struct pair asked = new_pair_for(8);
	uint64_t token = 0, number;

	ASSERT_EQ(LONG, receive_some(LONG));
	number_out(&self->v);
	self->v.out[0].flags = MSGPORT_ANSWER;
	self->v.out[0].answer_fd = self->pair.receive;
	self->v.out[0].answer_size = 8;
	self->v.out[0].cookie = 77;
	ASSERT_EQ(1, send_elements(asked.send, self->v.out, 1, MSGPORT_NONBLOCK, 0));
	ASSERT_EQ(8, msgport_reply_receive(asked.receive, &token, NULL, 0, &number, 8));
	ASSERT_EQ(0, send_number(self->pair.send, 1, 0));
	number = 2;
	ASSERT_EQ(0, msgport_reply(asked.receive, token, &number, 8));
	ASSERT_EQ(0, send_number(self->pair.send, 3, 0));
	room_in(&self->v);
	ASSERT_EQ(3, receive_some(LONG));
	EXPECT_EQ(1, self->v.numbers[0]);
	EXPECT_EQ(2, self->v.numbers[1]);
	EXPECT_EQ(3, self->v.numbers[2]);
	EXPECT_EQ(0, self->v.in[0].cookie);
	EXPECT_EQ(77, self->v.in[1].cookie);
	EXPECT_EQ(MSGPORT_KIND_REPLY, (int)self->v.in[1].stamp.kind);
	EXPECT_EQ(MSGPORT_KIND_DATA, (int)self->v.in[2].stamp.kind);
	close_pair(&asked);
}

/* More bytes in all than the port may ever have. */
TEST_F(vector_receive, places_and_bytes_all_come_back)
{
	int round;

	ASSERT_EQ(LONG, receive_some(LONG));
	for (round = 0; round < 60; round++) {
		number_out(&self->v);
		ASSERT_EQ(LONG, send_numbers(self->pair.send, &self->v, LONG));
		room_in(&self->v);
		ASSERT_EQ(LONG, receive_some(LONG));
	}
	EXPECT_EQ(0, stat_of(self->pair.receive).bytes);
	EXPECT_EQ(2U * LONG, fill(self->pair.send));
}

TEST_HARNESS_MAIN
