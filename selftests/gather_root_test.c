// SPDX-License-Identifier: GPL-2.0
/*
 * Many senders let in at once, whose wake-ups are all owed when the receiver
 * polls: each of them goes on, whatever the first that are woken do meanwhile.
 * Root, because messages are held in the hand by copies that stall.
 */
#include <poll.h>
#include <pthread.h>

#include "kselftest_harness.h"
#include "stall.h"

#define ROOM		40
#define HELD		23	/* more than half, so that nothing else wakes */
#define SENDERS		30	/* twice as many as one batch of wake-ups */
#define ROUNDS		8

FIXTURE(gather)
{
	struct pair port;
	pid_t holders[HELD];
	pthread_t senders[SENDERS];
	unsigned int returned;		/* senders; atomic */
};

static void hold_messages(FIXTURE_DATA(gather) *self)
{
	int i;

	for (i = 0; i < HELD; i++)
		self->holders[i] = start_stalled_receiver(self->port.receive);
	if (!wait_for_in_hand(self->port.receive, HELD))
		give_up("stalled receivers");
}

FIXTURE_SETUP(gather)
{
	if (!can_stall())
		SKIP(return, "the kernel has no userfaultfd");
	self->port = new_pair_for(ROOM);
	self->returned = 0;
	ASSERT_EQ(ROOM, fill(self->port.send));
	hold_messages(self);
}

FIXTURE_TEARDOWN(gather)
{
	int i;

	for (i = 0; i < HELD; i++)
		end_child(self->holders[i]);
	close_pair(&self->port);
}

/* As a producer does: once let in, it has the next message ready. */
static void *send_two(void *argument)
{
	FIXTURE_DATA(gather) *self = argument;

	if (send_number(self->port.send, 1, 0))
		give_up("send");
	__atomic_add_fetch(&self->returned, 1, __ATOMIC_SEQ_CST);
	send_number(self->port.send, 2, MSGPORT_NONBLOCK);
	return NULL;
}

static unsigned int returned(FIXTURE_DATA(gather) *self)
{
	return __atomic_load_n(&self->returned, __ATOMIC_SEQ_CST);
}

static bool all_return_within(FIXTURE_DATA(gather) *self, unsigned int ms)
{
	uint64_t end = in_ms(ms);

	while (returned(self) < SENDERS && now_ns() < end)
		pause_ms(1);
	return returned(self) == SENDERS;
}

static void start_senders(FIXTURE_DATA(gather) *self)
{
	int i;

	for (i = 0; i < SENDERS; i++)
		if (pthread_create(&self->senders[i], NULL, send_two, self))
			give_up("thread");
	if (!wait_for_senders(self->port.receive, SENDERS))
		give_up("senders");
}

static void empty(int receive)
{
	while (receive_number(receive, MSGPORT_NONBLOCK) >= 0)
		;
}

/*
 *	23 receivers: each holds a message, its copy stalls
 *	30 senders:   wait ---- let in ------------- go on
 *	receiver:               takes all -- polls
 */
TEST_F(gather, senders_let_in_all_go_on_when_the_receiver_polls)
{
	struct pollfd receive = { .fd = self->port.receive, .events = POLLIN };
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		self->returned = 0;
		start_senders(self);
		empty(self->port.receive);
		ASSERT_LE(0, poll(&receive, 1, 0));
		ASSERT_TRUE(all_return_within(self, 1000))
			TH_LOG("round %d: %u of %d", round, returned(self), SENDERS);
		for (i = 0; i < SENDERS; i++)
			ASSERT_EQ(0, pthread_join(self->senders[i], NULL));
		empty(self->port.receive);
		/* full again, but for what is held */
		ASSERT_EQ(ROOM - HELD, fill(self->port.send));
	}
}

/* Nobody polls, nobody sleeps in receive: each has a clock of its own. */
TEST_F(gather, senders_let_in_all_go_on_though_nobody_looks_again)
{
	int i;

	start_senders(self);
	empty(self->port.receive);
	EXPECT_TRUE(all_return_within(self, 1000));
	for (i = 0; i < SENDERS; i++)
		EXPECT_EQ(0, pthread_join(self->senders[i], NULL));
}

TEST_HARNESS_MAIN
