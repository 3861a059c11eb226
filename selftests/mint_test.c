// SPDX-License-Identifier: GPL-2.0
/* mint: send rights with a badge, a window and a greatest priority. */

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(mint)
{
	int port;
};

FIXTURE_SETUP(mint)
{
	self->port = new_port(NULL);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(mint)
{
	close(self->port);
}

TEST_F(mint, mint_puts_the_badge_in_every_stamp)
{
	const uint64_t badge = 0xfedcba9876543210ULL;
	int right = msgport_mint(self->port, badge, 0, 0, 0);
	struct msgport_message message;
	int i;

	ASSERT_LE(0, right);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, send_number(right, i, 0));
		ASSERT_EQ(i, choose_number(self->port, NULL, 0, in_ms(1000), &message));
		EXPECT_EQ(badge, message.stamp.badge);
	}
	close(right);
}

TEST_F(mint, mint_tells_the_source_that_stamps_and_stat_show)
{
	struct msgport_mint argument = { .badge = 3 };
	int right = raw_mint(self->port, &argument);
	struct msgport_message message;

	ASSERT_LE(0, right);
	EXPECT_EQ(argument.source, stat_of(right).source);
	ASSERT_EQ(0, send_number(right, 1, 0));
	ASSERT_EQ(1, choose_number(self->port, NULL, 0, in_ms(1000), &message));
	EXPECT_EQ(argument.source, message.stamp.source);
	close(right);
}

TEST_F(mint, mint_twice_with_one_badge_gives_two_sources)
{
	int one = msgport_mint(self->port, 9, 0, 0, 0);
	int two = msgport_mint(self->port, 9, 0, 0, 0);

	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	EXPECT_NE(stat_of(one).source, stat_of(two).source);
	EXPECT_EQ(9, stat_of(one).badge);
	EXPECT_EQ(9, stat_of(two).badge);
	close(one);
	close(two);
}

TEST_F(mint, mint_gives_a_descriptor_that_closes_on_exec)
{
	int right = mint_plain(self->port);

	ASSERT_LE(0, right);
	EXPECT_EQ(FD_CLOEXEC, fcntl(right, F_GETFD));
	close(right);
}

TEST_F(mint, mint_limits_the_priority_with_eperm)
{
	int right = msgport_mint(self->port, 0, 0, 7, 0);

	ASSERT_LE(0, right);
	EXPECT_EQ(7, stat_of(right).max_priority);
	EXPECT_EQ(0, send_urgent(right, 1, 7));
	EXPECT_EQ(EPERM, error_of(send_urgent(right, 2, 8)));
	EXPECT_EQ(1, stat_of(self->port).queued);
	close(right);
}

TEST_F(mint, mint_window_is_full_while_the_port_has_room)
{
	int narrow = msgport_mint(self->port, 0, 2, 0, 0);
	int wide = mint_plain(self->port);

	ASSERT_LE(0, narrow);
	ASSERT_LE(0, wide);
	EXPECT_EQ(2, stat_of(narrow).window);
	EXPECT_EQ(0, stat_of(wide).window);
	EXPECT_EQ(2, fill(narrow));
	EXPECT_EQ(2, stat_of(narrow).in_transit);
	EXPECT_EQ(0, send_number(wide, 7, MSGPORT_NONBLOCK));
	close(narrow);
	close(wide);
}

TEST_F(mint, mint_window_opens_when_a_message_of_the_right_is_received)
{
	int narrow = msgport_mint(self->port, 0, 1, 0, 0);

	ASSERT_LE(0, narrow);
	ASSERT_EQ(0, send_number(narrow, 1, MSGPORT_NONBLOCK));
	ASSERT_EQ(EAGAIN, error_of(send_number(narrow, 2, MSGPORT_NONBLOCK)));
	ASSERT_EQ(1, receive_number(self->port, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, stat_of(narrow).in_transit);
	EXPECT_EQ(0, send_number(narrow, 2, MSGPORT_NONBLOCK));
	close(narrow);
}

/*
 *	narrow, window 1 --- [1] --.
 *	                            port: 1, 10
 *	wide -------------- [10] --'
 *	A child waits on narrow.  Receiving 10 leaves it waiting; receiving 1
 *	lets it go on.
 */
TEST_F(mint, mint_window_waits_for_its_own_messages_only)
{
	struct msgport_filter from_wide = { .by = MSGPORT_BY_SOURCE };
	int narrow = msgport_mint(self->port, 0, 1, 0, 0);
	int wide = mint_plain(self->port);
	pid_t sender;

	ASSERT_LE(0, narrow);
	ASSERT_LE(0, wide);
	from_wide.source = stat_of(wide).source;
	ASSERT_EQ(0, send_number(narrow, 1, 0));
	ASSERT_EQ(0, send_number(wide, 10, 0));
	sender = start_sender(narrow, 2, 0);
	ASSERT_TRUE(wait_for_senders(self->port, 1));
	ASSERT_EQ(10, choose_number(self->port, &from_wide, 0, in_ms(1000), NULL));
	EXPECT_EQ(1, stat_of(self->port).waiting_senders);
	ASSERT_EQ(1, receive_number(self->port, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, receive_number(self->port, MSGPORT_NONBLOCK));
	close(narrow);
	close(wide);
}

TEST_F(mint, mint_with_a_value_out_of_range_fails_with_einval)
{
	struct msgport_mint reserved = { .reserved = 1 };

	EXPECT_EQ(EINVAL, error_of(msgport_mint(self->port, 0, 0, 32, 0)));
	EXPECT_EQ(EINVAL, error_of(msgport_mint(self->port, 0, 0, 0, 1U << 20)));
	EXPECT_EQ(EINVAL, error_of(raw_mint(self->port, &reserved)));
}

TEST_F(mint, right_for_one_message_is_spent_by_it)
{
	int once = msgport_mint(self->port, 0, 0, 0, MSGPORT_MINT_ONCE);

	ASSERT_LE(0, once);
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(once, NULL, 1 << 20, 0)));
	EXPECT_EQ(0, msgport_send(once, "a", 1, 0));
	EXPECT_EQ(ESRCH, error_of(msgport_send(once, "b", 1, 0)));
	EXPECT_EQ(0, close(once));
}

static short events_of(int right)
{
	struct pollfd poll_fd = { .fd = right, .events = POLLOUT };

	poll(&poll_fd, 1, 0);
	return poll_fd.revents;
}

TEST_F(mint, right_for_one_message_that_is_spent_polls_as_one_of_a_dead_port)
{
	int once = msgport_mint(self->port, 0, 0, 0, MSGPORT_MINT_ONCE);
	int64_t number = 1;

	EXPECT_EQ(POLLOUT, events_of(once));
	ASSERT_EQ(0, send_number(once, number, 0));
	EXPECT_EQ(POLLOUT | POLLHUP | POLLERR, events_of(once));
	ASSERT_EQ(number, receive_number(self->port, 0));
	EXPECT_EQ(POLLOUT | POLLHUP | POLLERR, events_of(once));
	close(once);
}

TEST_F(mint, mint_on_anything_but_a_receive_right_fails_with_ebadf)
{
	int right = mint_plain(self->port), control = msgport_open();

	ASSERT_LE(0, right);
	ASSERT_LE(0, control);
	EXPECT_EQ(EBADF, error_of(mint_plain(right)));
	EXPECT_EQ(EBADF, error_of(mint_plain(control)));
	close(right);
	close(control);
}

TEST_F(mint, mint_without_a_free_descriptor_fails_with_emfile_and_leaves_nothing)
{
	struct rlimit limit, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(EMFILE, error_of(mint_plain(self->port)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, stat_of(self->port).senders);
}

TEST_F(mint, mint_that_cannot_answer_fails_with_efault_and_leaves_nothing)
{
	struct msgport_mint *argument = bytes_before_hole(page_size());

	argument->size = sizeof(*argument);
	ASSERT_EQ(0, mprotect(argument, page_size(), PROT_READ));
	EXPECT_EQ(EFAULT, error_of(raw_mint(self->port, argument)));
	EXPECT_EQ(0, stat_of(self->port).senders);
}

TEST_HARNESS_MAIN
