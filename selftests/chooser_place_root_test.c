// SPDX-License-Identifier: GPL-2.0
/*
 * Choosing receivers, of which a bounded number may wait on a port: one that was
 * told to look and finds nothing goes on waiting in the place it had.
 * Root, for the test runs before everybody else on its processor, so that it can
 * act between the moment when a chooser is told and the moment when it looks.
 */
#include "kselftest_harness.h"
#include "processor.h"

#define CHOOSERS	MSGPORT_FILTERED_MAX
#define SMALL		8
#define LARGE		16

FIXTURE(crowded)
{
	struct pair port;
	pid_t choosers[CHOOSERS];
};

static struct msgport_filter by_tag(uint64_t tag)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_TAG, .tag = tag, .tag_mask = ~0ULL,
	};
}

/* Its status is the errno; 255 if it got something else than its own number. */
static pid_t start_chooser(int port, uint64_t tag)
{
	struct msgport_filter filter = by_tag(tag);
	pid_t pid = start_child();
	int64_t number;

	if (pid)
		return pid;
	number = choose_number(port, &filter, 0, MSGPORT_FOREVER, NULL);
	_exit(number < 0 ? errno : number == (int64_t)tag ? 0 : 255);
}

FIXTURE_SETUP(crowded)
{
	int i;

	stay_on_one_processor();
	self->port = new_pair(NULL);
	for (i = 0; i < CHOOSERS; i++)
		self->choosers[i] = start_chooser(self->port.receive, i);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, CHOOSERS));
}

FIXTURE_TEARDOWN(crowded)
{
	int i;

	for (i = 0; i < CHOOSERS; i++)
		if (self->choosers[i])
			end_child(self->choosers[i]);
	close_pair(&self->port);
}

static int send_large(int right, uint64_t tag)
{
	char data[LARGE] = { 0 };
	struct msgport_message message = { .data = data, .size = LARGE, .tag = tag };

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

/*
 *	64 choosers wait
 *	chooser 3:                  told to look ............... looks, waits on
 *	test:      sends what is too large    takes it, chooses
 */
TEST_F(crowded, chooser_told_to_look_keeps_its_place_against_newcomers)
{
	struct msgport_filter nothing = by_tag(1000);
	char large[LARGE];
	int error;

	run_before(SCHED_FIFO, 1);
	ASSERT_EQ(0, send_large(self->port.send, 3));
	ASSERT_EQ(LARGE, msgport_receive(self->port.receive, large, LARGE,
					 MSGPORT_NONBLOCK));
	error = error_of(choose_number(self->port.receive, &nothing, 0, in_ms(200), NULL));
	run_before(SCHED_OTHER, 0);
	EXPECT_EQ(EDQUOT, error);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, CHOOSERS));
	EXPECT_TRUE(child_runs(self->choosers[3]));
	ASSERT_EQ(0, send_tagged(self->port.send, 3, 3));
	EXPECT_EQ(0, child_status(self->choosers[3]));
	self->choosers[3] = 0;
}

/* A place that was kept is given back once, however its chooser ends. */
TEST_F(crowded, place_of_a_chooser_that_looked_is_free_when_it_has_gone)
{
	pid_t another;

	ASSERT_EQ(0, send_large(self->port.send, 3));
	EXPECT_EQ(EMSGSIZE, child_status(self->choosers[3]));
	self->choosers[3] = start_chooser(self->port.receive, 100);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, CHOOSERS));
	another = start_chooser(self->port.receive, 101);
	EXPECT_EQ(EDQUOT, child_status(another));
	end_child(self->choosers[3]);
	self->choosers[3] = start_chooser(self->port.receive, 102);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, CHOOSERS));
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
}

/* It need not wait, so it needs no place. */
TEST_F(crowded, chooser_65_is_served_past_an_expired_message)
{
	struct msgport_message mortal = { .ttl = 1, .tag = 200 };
	struct msgport_filter wanted = by_tag(100);

	ASSERT_EQ(0, msgport_send_message(self->port.send, &mortal, 0, MSGPORT_FOREVER));
	ASSERT_EQ(0, send_tagged(self->port.send, 5, 100));
	pause_ms(1);
	EXPECT_EQ(5, choose_number(self->port.receive, &wanted, MSGPORT_NONBLOCK,
				   MSGPORT_FOREVER, NULL));
	EXPECT_EQ(1, stat_of(self->port.receive).expired);
}

TEST_HARNESS_MAIN
