// SPDX-License-Identifier: GPL-2.0
/*
 * A deep queue and one message in its middle that others than the next receiver
 * choose: taken and put back at no cost that depends on the depth.
 * The bounds are loose: a walk over the queue for each call is many times over.
 *
 * timeout: 180
 */
#include "kselftest_harness.h"
#include "testlib.h"

#define OLDER		100000
#define YOUNGER		100000
#define DEPTH		(OLDER + 1 + YOUNGER)
#define VICTIM		OLDER		/* its number, as the others' in order */
#define BADGE		5
#define CALLS		1000
#define LOOKS		200
#define BOUND_MS	2000

/*
 *	0 ... 99999 of one source | VICTIM of another | 100001 ... 200000
 */
FIXTURE(deep)
{
	int receive;
	int many, one;		/* send rights */
};

FIXTURE_SETUP(deep)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	uint64_t i;

	options.max_msgs = DEPTH;
	options.max_bytes = DEPTH * 192ULL + 65536;
	options.max_size = 64;
	self->receive = new_port(&options);
	ASSERT_GE(self->receive, 0);
	self->many = mint_plain(self->receive);
	self->one = msgport_mint(self->receive, BADGE, 0, 0, 0);
	ASSERT_GE(self->many, 0);
	ASSERT_GE(self->one, 0);
	for (i = 0; i < DEPTH; i++)
		if (send_number(i == VICTIM ? self->one : self->many, i, MSGPORT_NONBLOCK))
			give_up("send");
}

FIXTURE_TEARDOWN(deep)
{
	close(self->many);
	close(self->one);
	close(self->receive);
}

static struct msgport_filter from(int right)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_SOURCE, .source = stat_of(right).source,
	};
}

/* Takes what is chosen into memory that is not there: it goes back. */
static int take_in_vain(int receive, const struct msgport_filter *filter, void *hole)
{
	struct msgport_message message = { .data = hole, .size = sizeof(uint64_t) };

	return error_of(msgport_receive_message(receive, &message, filter,
						MSGPORT_NONBLOCK, MSGPORT_FOREVER));
}

/* How long that takes so many times; ~0 if it was not put back. */
static uint64_t time_in_vain(int receive, int right)
{
	struct msgport_filter filter = from(right);
	void *hole = bytes_before_hole(0);
	uint64_t start = now_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		if (take_in_vain(receive, &filter, hole) != EFAULT)
			return ~0ULL;
	return now_ns() - start;
}

/* The same in the middle of three. */
static uint64_t time_in_vain_when_shallow(void)
{
	struct pair port = new_pair(NULL);
	int other = mint_plain(port.receive), i;
	uint64_t took;

	for (i = 0; i < 3; i++)
		if (send_number(i == 1 ? other : port.send, i, MSGPORT_NONBLOCK))
			give_up("send");
	took = time_in_vain(port.receive, other);
	close(other);
	close_pair(&port);
	return took;
}

TEST_F_TIMEOUT(deep, message_put_back_into_the_middle_is_received_at_its_place, 120)
{
	struct msgport_filter victim = from(self->one);
	void *hole = bytes_before_hole(0);
	int64_t i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(EFAULT, take_in_vain(self->receive, &victim, hole));
	for (i = 0; i < DEPTH; i++)
		ASSERT_EQ(i, receive_number(self->receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(DEPTH, stat_of(self->receive).received);
}

TEST_F_TIMEOUT(deep, message_is_put_back_into_the_middle_of_a_deep_queue_without_a_walk, 120)
{
	struct msgport_filter victim = from(self->one);
	uint64_t shallow = time_in_vain_when_shallow();

	ASSERT_NE(~0ULL, shallow);
	EXPECT_GT(10 * shallow + BOUND_MS * NS_PER_MS, time_in_vain(self->receive, self->one));
	EXPECT_EQ(VICTIM, choose_number(self->receive, &victim, MSGPORT_NONBLOCK,
					MSGPORT_FOREVER, NULL));
}

/* A source has one badge: with another there is nothing to look through. */
TEST_F_TIMEOUT(deep, choice_of_a_source_with_anothers_badge_finds_nothing_at_once, 120)
{
	struct msgport_filter filter = from(self->many);
	uint64_t start = now_ns();
	int i;

	filter.by |= MSGPORT_BY_BADGE;
	filter.badge = BADGE;
	for (i = 0; i < LOOKS; i++)
		ASSERT_EQ(EAGAIN, error_of(choose_number(self->receive, &filter,
							 MSGPORT_NONBLOCK,
							 MSGPORT_FOREVER, NULL)));
	EXPECT_LT(now_ns() - start, BOUND_MS * NS_PER_MS);
	filter.badge = 0;
	EXPECT_EQ(0, choose_number(self->receive, &filter, MSGPORT_NONBLOCK,
				   MSGPORT_FOREVER, NULL));
}

TEST_HARNESS_MAIN
