// SPDX-License-Identifier: GPL-2.0
/* Receiving by choice: source, badge, process, tag, least priority. */

#include "kselftest_harness.h"
#include "testlib.h"

/*
 *	a: badge 1 --.
 *	b: badge 2 ---- port
 *	c: badge 2 --'
 */
FIXTURE(choose)
{
	int port;
	int a, b, c;
};

FIXTURE_SETUP(choose)
{
	self->port = new_port(NULL);
	ASSERT_LE(0, self->port);
	self->a = msgport_mint(self->port, 1, 0, 31, 0);
	self->b = msgport_mint(self->port, 2, 0, 31, 0);
	self->c = msgport_mint(self->port, 2, 0, 31, 0);
	ASSERT_LE(0, self->a);
	ASSERT_LE(0, self->b);
	ASSERT_LE(0, self->c);
}

FIXTURE_TEARDOWN(choose)
{
	EXPECT_TRUE(port_balanced(self->port));
	close(self->a);
	close(self->b);
	close(self->c);
	close(self->port);
}

/* The next number wanted, if it is there. */
static int64_t take(int port, struct msgport_filter filter)
{
	return choose_number(port, &filter, MSGPORT_NONBLOCK, MSGPORT_FOREVER, NULL);
}

static struct msgport_filter by_source(int right)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(right).source,
	};
}

static struct msgport_filter by_badge(uint64_t badge)
{
	return (struct msgport_filter) { .by = MSGPORT_BY_BADGE, .badge = badge };
}

static struct msgport_filter by_tag(uint64_t tag, uint64_t mask)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_TAG, .tag = tag, .tag_mask = mask,
	};
}

static struct msgport_filter by_priority(unsigned int priority)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_PRIORITY, .priority = priority,
	};
}

static int send_full(int right, uint64_t number, uint64_t tag, unsigned int priority)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.tag = tag,
		.priority = priority,
	};

	return msgport_send_message(right, &message, 0, MSGPORT_FOREVER);
}

/* A child that sends a number and ends, reaped: nobody has its pid now. */
static pid_t sent_by_child(int right, uint64_t number)
{
	pid_t pid = start_sender(right, number, 0);

	return child_status(pid) ? -1 : pid;
}

TEST_F(choose, choose_by_source_takes_the_oldest_of_that_right)
{
	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(0, send_number(self->b, 2, 0));
	ASSERT_EQ(0, send_number(self->a, 3, 0));
	ASSERT_EQ(0, send_number(self->b, 4, 0));
	EXPECT_EQ(2, take(self->port, by_source(self->b)));
	EXPECT_EQ(4, take(self->port, by_source(self->b)));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_source(self->b))));
	EXPECT_EQ(2, stat_of(self->port).queued);
}

TEST_F(choose, choose_by_source_works_after_the_right_was_closed)
{
	struct msgport_filter filter = by_source(self->b);

	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(0, send_number(self->b, 2, 0));
	close(self->b);
	EXPECT_EQ(2, take(self->port, filter));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
}

TEST_F(choose, choose_by_badge_takes_from_every_right_with_it)
{
	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(0, send_number(self->b, 2, 0));
	ASSERT_EQ(0, send_number(self->c, 3, 0));
	EXPECT_EQ(2, take(self->port, by_badge(2)));
	EXPECT_EQ(3, take(self->port, by_badge(2)));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_badge(2))));
	EXPECT_EQ(1, take(self->port, by_badge(1)));
}

TEST_F(choose, choose_by_what_nobody_has_fails_with_eagain)
{
	struct msgport_filter filter = by_source(self->a);

	filter.source += 1000000;
	ASSERT_EQ(0, send_number(self->a, 1, 0));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_badge(77))));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_tag(1, ~0ULL))));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_priority(1))));
}

TEST_F(choose, choose_that_waits_in_vain_gives_up_with_etimedout)
{
	struct msgport_filter filter = by_badge(2);

	ASSERT_EQ(0, send_number(self->a, 1, 0));
	EXPECT_EQ(ETIMEDOUT, error_of(choose_number(self->port, &filter, 0, in_ms(60),
						    NULL)));
	EXPECT_EQ(1, take(self->port, by_badge(1)));
}

TEST_F(choose, choose_by_process_finds_what_a_living_process_sent)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_PROCESS, .pid = getpid() };

	ASSERT_LT(0, sent_by_child(self->a, 1));
	ASSERT_EQ(0, send_number(self->a, 2, 0));
	EXPECT_EQ(2, take(self->port, filter));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	EXPECT_EQ(1, stat_of(self->port).queued);
}

TEST_F(choose, choose_by_process_finds_what_a_process_sent_that_has_exited)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_PROCESS };
	struct msgport_message message;
	pid_t first, second;

	first = sent_by_child(self->a, 1);
	ASSERT_LT(0, first);
	ASSERT_EQ(1, choose_number(self->port, NULL, MSGPORT_PEEK, 0, &message));
	EXPECT_EQ(first, message.stamp.pid);
	second = sent_by_child(self->a, 2);
	ASSERT_LT(0, second);
	ASSERT_EQ(0, send_number(self->a, 3, 0));

	filter.pid = first;
	filter.start_time = message.stamp.start_time;
	EXPECT_EQ(1, take(self->port, filter));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	EXPECT_EQ(2, stat_of(self->port).queued);
}

TEST_F(choose, choose_by_a_pid_that_nobody_has_fails_with_esrch)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_PROCESS };

	filter.pid = sent_by_child(self->a, 1);
	ASSERT_LT(0, filter.pid);
	EXPECT_EQ(ESRCH, error_of(take(self->port, filter)));
	EXPECT_EQ(1, stat_of(self->port).queued);
}

TEST_F(choose, choose_by_process_with_another_start_time_finds_nothing)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_PROCESS, .pid = getpid() };
	struct msgport_message message;

	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(1, choose_number(self->port, NULL, MSGPORT_PEEK, 0, &message));
	filter.start_time = message.stamp.start_time + 1;
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	filter.start_time -= 2;
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	filter.start_time = message.stamp.start_time;
	filter.pid++;
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	filter.pid--;
	EXPECT_EQ(1, take(self->port, filter));
}

TEST_F(choose, choose_by_tag_compares_under_the_mask_only)
{
	ASSERT_EQ(0, send_tagged(self->a, 1, 0x10));
	ASSERT_EQ(0, send_tagged(self->a, 2, 0x21));
	ASSERT_EQ(0, send_tagged(self->a, 3, 0x8000000000000022ULL));
	EXPECT_EQ(2, take(self->port, by_tag(0x20, 0xf0)));
	EXPECT_EQ(3, take(self->port, by_tag(0x2f, 0xf0)));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_tag(0x11, ~0ULL))));
	EXPECT_EQ(1, take(self->port, by_tag(0x10, ~0ULL)));
}

TEST_F(choose, choose_by_tag_without_a_mask_compares_all_bits)
{
	ASSERT_EQ(0, send_tagged(self->a, 1, 0x10));
	ASSERT_EQ(0, send_tagged(self->a, 2, 0x77));
	EXPECT_EQ(2, take(self->port, by_tag(0x77, 0)));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_tag(0x77, 0))));
}

TEST_F(choose, choose_by_priority_takes_that_and_higher_ones)
{
	ASSERT_EQ(0, send_urgent(self->a, 1, 4));
	ASSERT_EQ(0, send_urgent(self->a, 2, 5));
	ASSERT_EQ(0, send_urgent(self->a, 3, 31));
	EXPECT_EQ(3, take(self->port, by_priority(5)));
	EXPECT_EQ(2, take(self->port, by_priority(5)));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, by_priority(5))));
	EXPECT_EQ(1, take(self->port, by_priority(0)));
}

TEST_F(choose, choose_takes_the_highest_priority_of_those_that_fit)
{
	ASSERT_EQ(0, send_urgent(self->b, 1, 0));
	ASSERT_EQ(0, send_urgent(self->c, 2, 3));
	ASSERT_EQ(0, send_urgent(self->a, 3, 9));
	ASSERT_EQ(0, send_urgent(self->b, 4, 3));
	EXPECT_EQ(2, take(self->port, by_badge(2)));
	EXPECT_EQ(4, take(self->port, by_source(self->b)));
	EXPECT_EQ(1, take(self->port, by_badge(2)));
	EXPECT_EQ(3, take(self->port, by_badge(1)));
}

TEST_F(choose, choose_by_several_things_takes_what_fits_all)
{
	struct msgport_filter filter = by_source(self->b);

	filter.by |= MSGPORT_BY_BADGE | MSGPORT_BY_PROCESS | MSGPORT_BY_TAG |
		     MSGPORT_BY_PRIORITY;
	filter.badge = 2;
	filter.pid = getpid();
	filter.tag = 7;
	filter.tag_mask = ~0ULL;
	filter.priority = 4;
	ASSERT_LT(0, sent_by_child(self->b, 1));	/* another process, no tag */
	ASSERT_EQ(0, send_full(self->c, 2, 7, 4));	/* another source */
	ASSERT_EQ(0, send_full(self->b, 3, 8, 4));	/* another tag */
	ASSERT_EQ(0, send_full(self->b, 4, 7, 3));	/* priority too low */
	ASSERT_EQ(0, send_full(self->a, 5, 7, 4));	/* another badge */
	ASSERT_EQ(0, send_full(self->b, 6, 7, 4));
	EXPECT_EQ(6, take(self->port, filter));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
	filter.by &= ~MSGPORT_BY_SOURCE;
	EXPECT_EQ(2, take(self->port, filter));
	filter.by &= ~MSGPORT_BY_PRIORITY;
	EXPECT_EQ(4, take(self->port, filter));
	filter.by &= ~MSGPORT_BY_BADGE;
	EXPECT_EQ(5, take(self->port, filter));
	filter.by &= ~MSGPORT_BY_TAG;
	EXPECT_EQ(3, take(self->port, filter));
	filter.by &= ~MSGPORT_BY_PROCESS;
	EXPECT_EQ(1, take(self->port, filter));
}

TEST_F(choose, choose_by_a_badge_and_a_source_without_it_finds_nothing)
{
	struct msgport_filter filter = by_source(self->a);

	filter.by |= MSGPORT_BY_BADGE;
	filter.badge = 2;
	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(0, send_number(self->b, 2, 0));
	EXPECT_EQ(EAGAIN, error_of(take(self->port, filter)));
}

TEST_F(choose, choose_leaves_what_it_passes_over_in_order)
{
	int i;

	for (i = 0; i < 60; i++) {
		ASSERT_EQ(0, send_number(i % 3 == 1 ? self->a : self->b, i, 0));
	}
	for (i = 1; i < 60; i += 3) {
		ASSERT_EQ(i, take(self->port, by_badge(1)));
	}
	for (i = 0; i < 60; i++)
		if (i % 3 != 1) {
			ASSERT_EQ(i, receive_number(self->port, MSGPORT_NONBLOCK));
		}
}

TEST_F(choose, choose_with_peek_shows_the_chosen_message_and_leaves_it)
{
	struct msgport_filter filter = by_badge(2);

	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(0, send_number(self->b, 2, 0));
	EXPECT_EQ(2, choose_number(self->port, &filter, MSGPORT_PEEK, 0, NULL));
	EXPECT_EQ(2, stat_of(self->port).queued);
	EXPECT_EQ(2, take(self->port, filter));
}

TEST_F(choose, choose_with_too_small_a_buffer_leaves_the_chosen_message)
{
	struct msgport_filter filter = by_badge(2);
	struct msgport_message message = { .data = NULL, .size = 0 };

	ASSERT_EQ(0, send_number(self->a, 1, 0));
	ASSERT_EQ(0, send_number(self->b, 2, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->port, &message,
							     &filter, 0, 0)));
	EXPECT_EQ(8, message.size);
	EXPECT_EQ(2, take(self->port, filter));
}

TEST_F(choose, choose_with_a_fault_puts_the_message_back_at_its_place)
{
	struct msgport_filter filter = by_badge(2);
	struct msgport_message message = { .size = 8 };

	message.data = bytes_before_hole(7);
	ASSERT_EQ(0, send_number(self->b, 1, 0));
	ASSERT_EQ(0, send_number(self->c, 2, 0));
	EXPECT_EQ(EFAULT, error_of(msgport_receive_message(self->port, &message,
							   &filter, 0, 0)));
	EXPECT_EQ(1, take(self->port, filter));
	EXPECT_EQ(2, take(self->port, filter));
}

TEST_F(choose, choose_by_a_priority_over_31_fails_with_einval)
{
	EXPECT_EQ(EINVAL, error_of(take(self->port, by_priority(32))));
	EXPECT_EQ(EINVAL, error_of(take(self->port, by_priority(UINT32_MAX))));
}

TEST(choose_by_tag_on_a_port_over_4096_deep_fails_with_eopnotsupp)
{
	struct pair pair = new_pair_for(MSGPORT_SCAN_MAX + 1);
	struct msgport_filter filter = by_source(pair.send);

	ASSERT_EQ(0, send_tagged(pair.send, 1, 7));
	EXPECT_EQ(EOPNOTSUPP, error_of(take(pair.receive, by_tag(7, ~0ULL))));
	filter.by |= MSGPORT_BY_PROCESS;
	filter.pid = getpid();
	EXPECT_EQ(EOPNOTSUPP, error_of(take(pair.receive, filter)));
	filter.by = MSGPORT_BY_SOURCE;
	EXPECT_EQ(1, take(pair.receive, filter));
	close_pair(&pair);
}

TEST(choose_by_tag_on_a_port_4096_deep_finds_the_last_message)
{
	struct pair pair = new_pair_for(MSGPORT_SCAN_MAX);
	int i;

	for (i = 0; i < MSGPORT_SCAN_MAX; i++) {
		ASSERT_EQ(0, send_tagged(pair.send, i, i));
	}
	EXPECT_EQ(4095, take(pair.receive, by_tag(4095, ~0ULL)));
	EXPECT_EQ(EAGAIN, error_of(take(pair.receive, by_tag(4095, ~0ULL))));
	EXPECT_EQ(0, receive_number(pair.receive, MSGPORT_NONBLOCK));
	close_pair(&pair);
}

TEST_HARNESS_MAIN
