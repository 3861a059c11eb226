// SPDX-License-Identifier: GPL-2.0
/*
 * When the sender is woken whose message was let in.  Its wake-up may wait for
 * company, but not past a half-empty port, a receiver that sleeps, or 1 ms.
 */
#include <poll.h>

#include "kselftest_harness.h"
#include "errand.h"

#define ROUNDS		40
#define ROOM		4
#define GATHERED_NS	NS_PER_MS

/* What the sender tells: when it came back from its send of each round. */
struct returns {
	volatile uint64_t at[ROUNDS];
};

FIXTURE(round)
{
	struct pair port;
	struct returns *returns;
	int go[2];
	pid_t sender;
};

/* One send a round, when told to. */
static void send_when_told(FIXTURE_DATA(round) *self)
{
	unsigned int i;
	char byte;

	close(self->port.receive);
	close(self->go[1]);
	for (i = 0; i < ROUNDS && read(self->go[0], &byte, 1) == 1; i++) {
		if (send_number(self->port.send, i, 0))
			_exit(errno);
		self->returns->at[i] = now_ns();
	}
	_exit(0);
}

FIXTURE_SETUP(round)
{
	self->port = new_pair_for(ROOM);
	self->returns = mmap(NULL, sizeof(*self->returns), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->returns);
	ASSERT_EQ(0, pipe(self->go));
	self->sender = start_child();
	if (!self->sender)
		send_when_told(self);
	close(self->go[0]);
}

FIXTURE_TEARDOWN(round)
{
	EXPECT_EQ(0, child_status(self->sender));
	close_pair(&self->port);
}

static bool came_back(FIXTURE_DATA(round) *self, unsigned int i)
{
	uint64_t end = in_ms(PATIENCE_MS);

	while (!self->returns->at[i]) {
		if (now_ns() > end)
			return false;
		sched_yield();
	}
	return true;
}

static bool take(int receive, unsigned int count)
{
	while (count--)
		if (receive_number(receive, 0) < 0)
			return false;
	return true;
}

/*
 * Each round: the port is full, the sender waits, @act makes room.  Returns the
 * shortest time from there to the sender's return, or ~0 if a round failed.
 */
static uint64_t shortest(FIXTURE_DATA(round) *self, bool (*act)(int receive))
{
	uint64_t best = ~0ULL, start, took;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		fill(self->port.send);
		if (write(self->go[1], "", 1) != 1 ||
		    !wait_for_senders(self->port.receive, 1))
			return ~0ULL;
		start = now_ns();
		if (!act(self->port.receive) || !came_back(self, i))
			return ~0ULL;
		took = self->returns->at[i] - start;
		best = took < best ? took : best;
		while (receive_number(self->port.receive, MSGPORT_NONBLOCK) >= 0)
			;
	}
	return best;
}

static bool take_one(int receive)
{
	return take(receive, 1);
}

TEST_F(round, sender_let_in_is_woken_after_a_millisecond_though_nobody_does_anything)
{
	uint64_t best = shortest(self, take_one);

	ASSERT_NE(~0ULL, best);
	/* this is also what makes the other tests here tests */
	EXPECT_GE(best, GATHERED_NS);
	EXPECT_LT(best, 100 * GATHERED_NS);
}

/* The place of the first that is taken goes to the sender: three leave half. */
static bool take_to_half(int receive)
{
	return take(receive, 1 + ROOM / 2);
}

TEST_F(round, sender_let_in_is_woken_when_the_port_is_half_empty)
{
	EXPECT_LT(shortest(self, take_to_half), GATHERED_NS);
}

static bool take_and_sleep(int receive)
{
	static const struct msgport_filter nothing = {
		.by = MSGPORT_BY_TAG,
		.tag = 12345,
		.tag_mask = ~0ULL,
	};

	return take(receive, 1) &&
	       choose_number(receive, &nothing, 0, in_ms(20), NULL) == -1 &&
	       errno == ETIMEDOUT;
}

TEST_F(round, sender_let_in_is_woken_when_the_receiver_sleeps)
{
	EXPECT_LT(shortest(self, take_and_sleep), GATHERED_NS);
}

/*
 *	producer  --- messages --->  port  --->  consumer
 *	    `-------- a byte for each, by a pipe ----^
 *
 * The consumer takes a message, then waits for the byte of the one that the
 * producer could send only then.
 */
static unsigned int rounds_with_pipe(unsigned int room, unsigned int rounds)
{
	struct pair port = new_pair_for(room);
	struct pollfd poll_pipe = { .events = POLLIN };
	unsigned int i = 0, n;
	int bytes[2];
	pid_t producer;
	char byte;

	if (pipe(bytes))
		give_up("pipe");
	producer = start_child();
	if (!producer) {
		close(port.receive);
		for (n = 0; n < room + rounds; n++)
			if (send_number(port.send, n, 0) || write(bytes[1], "", 1) != 1)
				_exit(errno);
		_exit(0);
	}
	poll_pipe.fd = bytes[0];
	for (n = 0; n < room; n++)
		if (read(bytes[0], &byte, 1) != 1)
			return 0;
	for (; i < rounds; i++)
		if (receive_number(port.receive, 0) != i ||
		    poll(&poll_pipe, 1, PATIENCE_MS) != 1 ||
		    read(bytes[0], &byte, 1) != 1)
			break;
	end_child(producer);
	close_pair(&port);
	return i;
}

TEST(consumer_that_waits_elsewhere_for_the_blocked_producer_does_not_hang)
{
	EXPECT_EQ(100, rounds_with_pipe(16, 100));
}

TEST(consumer_that_waits_elsewhere_does_not_hang_on_a_port_of_one)
{
	EXPECT_EQ(100, rounds_with_pipe(1, 100));
}

/* Tells of one race between a deadline and a receiver that makes room. */
struct race {
	volatile uint64_t deadline, ended;
	volatile int error;
};

static void race_once(struct pair *port, struct race *race, uint64_t before)
{
	pid_t sender;

	race->ended = 0;
	sender = start_child();
	if (!sender) {
		race->deadline = in_ms(20);
		race->error = error_of(send_until(port->send, 1, race->deadline));
		race->ended = now_ns();
		_exit(0);
	}
	if (wait_for_senders(port->receive, 1))
		while (now_ns() < race->deadline - before)
			;
	receive_number(port->receive, 0);
	child_status(sender);
}

/*
 * Room is made shortly before the deadline, so that the sender is let in, not
 * woken yet, and finds its deadline passed when it is.
 */
TEST(deadline_that_passes_after_admission_is_success)
{
	struct race *race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int i, late = 0;

	ASSERT_NE(MAP_FAILED, race);
	for (i = 0; i < 60 && late < 3; i++) {
		struct pair port = new_pair_for(ROOM);
		uint64_t sent = fill(port.send);

		race_once(&port, race, i % 12 * (NS_PER_MS / 10));
		if (race->error) {
			EXPECT_EQ(ETIMEDOUT, race->error);
		} else {
			sent++;
			late += race->ended > race->deadline;
		}
		EXPECT_EQ(sent, stat_of(port.receive).sent);
		close_pair(&port);
	}
	/* without such a case nothing was shown */
	EXPECT_GT(late, 0);
}

TEST_HARNESS_MAIN
