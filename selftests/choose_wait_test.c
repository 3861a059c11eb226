// SPDX-License-Identifier: GPL-2.0
/* Receiving by choice: waiting for it, and how many may. */

#include "kselftest_harness.h"
#include "testlib.h"

/* ---- one that waits, for each thing to choose by ---- */

FIXTURE(choose_wait)
{
	int port;
	int wanted;		/* badge 2 */
	int other;		/* badge 1 */
	struct msgport_filter filter;
};

FIXTURE_VARIANT(choose_wait)
{
	unsigned int by;
};

FIXTURE_VARIANT_ADD(choose_wait, source) { .by = MSGPORT_BY_SOURCE };
FIXTURE_VARIANT_ADD(choose_wait, badge) { .by = MSGPORT_BY_BADGE };
FIXTURE_VARIANT_ADD(choose_wait, process) { .by = MSGPORT_BY_PROCESS };
FIXTURE_VARIANT_ADD(choose_wait, tag) { .by = MSGPORT_BY_TAG };
FIXTURE_VARIANT_ADD(choose_wait, priority) { .by = MSGPORT_BY_PRIORITY };

FIXTURE_SETUP(choose_wait)
{
	self->port = new_port(NULL);
	ASSERT_LE(0, self->port);
	self->wanted = msgport_mint(self->port, 2, 0, 31, 0);
	self->other = msgport_mint(self->port, 1, 0, 31, 0);
	ASSERT_LE(0, self->wanted);
	ASSERT_LE(0, self->other);
	self->filter = (struct msgport_filter) {
		.by = variant->by,
		.source = stat_of(self->wanted).source,
		.badge = 2,
		.pid = getpid(),
		.tag = 7,
		.tag_mask = 0xff,
		.priority = 3,
	};
}

FIXTURE_TEARDOWN(choose_wait)
{
	EXPECT_TRUE(port_balanced(self->port));
	close(self->wanted);
	close(self->other);
	close(self->port);
}

/* Fits all five choices. */
static int send_wanted(int right, uint64_t number)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.tag = 7,
		.priority = 3,
	};

	return msgport_send_message(right, &message, 0, MSGPORT_FOREVER);
}

/* Fits none: another process, right, badge, tag, and a lower priority. */
static int send_other(int right, uint64_t number)
{
	return child_status(start_sender(right, number, 2));
}

static pid_t start_chooser(int port, const struct msgport_filter *filter,
			   unsigned int flags, int64_t expected)
{
	pid_t pid = start_child();
	int64_t number;

	if (pid)
		return pid;
	number = choose_number(port, filter, flags, MSGPORT_FOREVER, NULL);
	_exit(number == -1 ? errno : number == expected ? 0 : 255);
}

TEST_F(choose_wait, chooser_waits_until_what_it_wants_comes)
{
	pid_t chooser;

	ASSERT_EQ(0, send_other(self->other, 1));
	chooser = start_chooser(self->port, &self->filter, 0, 9);
	ASSERT_TRUE(wait_for_receivers(self->port, 1));
	ASSERT_EQ(0, send_other(self->other, 2));
	EXPECT_EQ(1, stat_of(self->port).waiting_receivers);
	ASSERT_EQ(0, send_wanted(self->wanted, 9));
	EXPECT_EQ(0, child_status(chooser));
	EXPECT_EQ(1, receive_number(self->port, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, receive_number(self->port, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, stat_of(self->port).received);
}

/*
 *	chooser, waiting ---.
 *	                     port <-- 1, which it does not want
 *	anyone, waiting ----'
 */
TEST_F(choose_wait, chooser_leaves_what_it_does_not_want_to_others_that_wait)
{
	pid_t chooser = start_chooser(self->port, &self->filter, 0, 9), anyone;

	ASSERT_TRUE(wait_for_receivers(self->port, 1));
	anyone = start_receiver(self->port, 1);
	ASSERT_TRUE(wait_for_receivers(self->port, 2));
	ASSERT_EQ(0, send_other(self->other, 1));
	EXPECT_EQ(0, child_status(anyone));
	ASSERT_EQ(0, send_wanted(self->wanted, 9));
	EXPECT_EQ(0, child_status(chooser));
}

TEST_F(choose_wait, chooser_that_peeks_sees_what_it_wants_and_leaves_it)
{
	pid_t chooser = start_chooser(self->port, &self->filter, MSGPORT_PEEK, 9);

	ASSERT_TRUE(wait_for_receivers(self->port, 1));
	ASSERT_EQ(0, send_other(self->other, 1));
	EXPECT_EQ(1, stat_of(self->port).waiting_receivers);
	ASSERT_EQ(0, send_wanted(self->wanted, 9));
	EXPECT_EQ(0, child_status(chooser));
	EXPECT_EQ(2, stat_of(self->port).queued);
}

TEST_F(choose_wait, chooser_killed_leaves_the_message_to_the_next)
{
	pid_t chooser = start_chooser(self->port, &self->filter, 0, 9);

	ASSERT_TRUE(wait_for_receivers(self->port, 1));
	end_child(chooser);
	EXPECT_EQ(0, stat_of(self->port).waiting_receivers);
	ASSERT_EQ(0, send_wanted(self->wanted, 9));
	EXPECT_EQ(9, receive_number(self->port, MSGPORT_NONBLOCK));
}

/* ---- how many ---- */

static struct msgport_filter by_tag(uint64_t tag)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_TAG, .tag = tag, .tag_mask = ~0ULL,
	};
}

/* 64 of them, choosing tags 0 to 63 or peeking at them. */
static void start_choosers(int port, pid_t *choosers, unsigned int flags)
{
	int i;

	for (i = 0; i < MSGPORT_FILTERED_MAX; i++) {
		struct msgport_filter filter = by_tag(i);

		choosers[i] = start_chooser(port, &filter, flags, i);
	}
}

static int choose_soon(int port, uint64_t tag)
{
	struct msgport_filter filter = by_tag(tag);

	return error_of(choose_number(port, &filter, 0, in_ms(50), NULL));
}

TEST(chooser_65_on_one_port_fails_with_edquot)
{
	pid_t choosers[MSGPORT_FILTERED_MAX], another;
	struct msgport_filter filter = by_tag(0);
	struct pair pair = new_pair(NULL);
	int i;

	start_choosers(pair.receive, choosers, 0);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 64));
	EXPECT_EQ(EDQUOT, choose_soon(pair.receive, 100));
	EXPECT_EQ(EDQUOT, error_of(receive_number(pair.receive, MSGPORT_PEEK)));
	/* one leaves, another may come */
	ASSERT_EQ(0, send_tagged(pair.send, 0, 0));
	EXPECT_EQ(0, child_status(choosers[0]));
	another = start_chooser(pair.receive, &filter, 0, 0);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 64));
	EXPECT_EQ(EDQUOT, choose_soon(pair.receive, 100));
	ASSERT_EQ(0, send_tagged(pair.send, 0, 0));
	EXPECT_EQ(0, child_status(another));
	for (i = 1; i < MSGPORT_FILTERED_MAX; i++) {
		ASSERT_EQ(0, send_tagged(pair.send, i, i));
		EXPECT_EQ(0, child_status(choosers[i]));
	}
	close_pair(&pair);
}

TEST(chooser_65_that_need_not_wait_is_served)
{
	pid_t choosers[MSGPORT_FILTERED_MAX], receiver;
	struct pair pair = new_pair(NULL);
	struct msgport_filter filter = by_tag(100);
	int i;

	start_choosers(pair.receive, choosers, MSGPORT_PEEK);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 64));
	ASSERT_EQ(0, send_tagged(pair.send, 5, 100));
	EXPECT_EQ(5, choose_number(pair.receive, &filter, 0, in_ms(1000), NULL));
	EXPECT_EQ(EAGAIN, error_of(choose_number(pair.receive, &filter,
						 MSGPORT_NONBLOCK, 0, NULL)));
	/* who takes anything may wait all the same */
	receiver = start_receiver(pair.receive, 6);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 65));
	ASSERT_EQ(0, send_tagged(pair.send, 6, 100));
	EXPECT_EQ(0, child_status(receiver));
	for (i = 0; i < MSGPORT_FILTERED_MAX; i++)
		end_child(choosers[i]);
	EXPECT_EQ(0, stat_of(pair.receive).waiting_receivers);
	close_pair(&pair);
}

TEST_HARNESS_MAIN
