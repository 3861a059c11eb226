// SPDX-License-Identifier: GPL-2.0
/*
 * Sets under load: receivers, senders, members that come and go, workers that are
 * killed.  A wake-up that is lost shows as a receive that runs into its deadline, a
 * message that is lost in the sums.
 */
#include <stdatomic.h>

#include "kselftest_harness.h"
#include "sets.h"

#define EACH		300	/* messages a sender */
#define STOP		-2
#define RECEIVERS	4

/* Seen by all processes. */
struct shared {
	atomic_int taken;
	atomic_int failed;		/* an errno */
	atomic_long sum;
};

FIXTURE(set_race)
{
	struct set set;
	struct shared *shared;
	int fd;
};

FIXTURE_SETUP(set_race)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 4;
	self->set = new_set(&options);
	self->fd = self->set.fd;
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
}

FIXTURE_TEARDOWN(set_race)
{
	close_set(&self->set);
	munmap(self->shared, sizeof(*self->shared));
}

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525U + 1013904223U;
	return random_state >> 8;
}

/* Sends 1 to EACH with alternating tags, waiting for room. */
static pid_t start_load(int right)
{
	pid_t pid = start_child();
	int i;

	if (pid)
		return pid;
	for (i = 1; i <= EACH; i++)
		if (send_tagged(right, i, i % 2))
			_exit(errno);
	_exit(0);
}

/* Takes from a set or a right until it is told to stop. */
static pid_t start_drain(FIXTURE_DATA(set_race) *self, int fd,
			 const struct msgport_filter *filter)
{
	pid_t pid = start_child();
	struct taken taken;

	if (pid)
		return pid;
	for (;;) {
		taken = take_until(fd, filter, 0, in_ms(PATIENCE_MS));
		if (taken.number == -1)
			_exit(errno);
		if (taken.number == STOP)
			_exit(0);
		self->shared->taken++;
		self->shared->sum += taken.number;
	}
}

static bool wait_for_taken(FIXTURE_DATA(set_race) *self, int count)
{
	int i;

	for (i = 0; i < PATIENCE_MS && self->shared->taken != count; i++)
		pause_ms(1);
	return self->shared->taken == count;
}

#define SUM	((long)SET_PORTS * EACH * (EACH + 1) / 2)

/*
 *	3 senders	4 receivers		test
 *	send		wait on the set,	takes members out
 *			one on a port		and puts them in
 */
TEST_F(set_race, members_that_come_and_go_lose_no_message_and_no_wake_up)
{
	pid_t senders[SET_PORTS], receivers[RECEIVERS];
	int i, port, running = 1;

	for (i = 0; i < RECEIVERS; i++)
		receivers[i] = start_drain(self, i ? self->fd : self->set.port[2].receive,
					   NULL);
	for (i = 0; i < SET_PORTS; i++)
		senders[i] = start_load(self->set.port[i].send);
	while (running) {
		port = next_random() % 2;
		ASSERT_EQ(0, msgport_set_remove(self->fd, self->set.port[port].receive));
		sched_yield();
		ASSERT_EQ(0, msgport_set_add(self->fd, self->set.port[port].receive,
					     COOKIE(port)));
		for (i = running = 0; i < SET_PORTS; i++)
			running += child_runs(senders[i]);
	}
	for (i = 0; i < SET_PORTS; i++) {
		EXPECT_EQ(0, child_status(senders[i]));
	}
	EXPECT_TRUE(wait_for_taken(self, SET_PORTS * EACH));
	EXPECT_EQ(SUM, self->shared->sum);
	/* the receiver of the port itself comes first, if it waits */
	ASSERT_TRUE(wait_for_receivers(self->set.port[2].receive, 1));
	ASSERT_EQ(0, send_number(self->set.port[2].send, STOP, 0));
	EXPECT_EQ(0, child_status(receivers[0]));
	for (i = 1; i < RECEIVERS; i++) {
		ASSERT_EQ(0, send_number(self->set.port[i % SET_PORTS].send, STOP, 0));
	}
	for (i = 1; i < RECEIVERS; i++) {
		EXPECT_EQ(0, child_status(receivers[i]));
	}
}

/* Each chooses by one of two tags: what the other wants is always there. */
TEST_F(set_race, choosers_on_one_set_each_get_all_that_they_choose)
{
	struct msgport_filter tags[2] = {
		{ .by = MSGPORT_BY_TAG, .tag = 0 },
		{ .by = MSGPORT_BY_TAG, .tag = 1 },
	};
	pid_t senders[SET_PORTS], receivers[RECEIVERS];
	int i;

	for (i = 0; i < RECEIVERS; i++)
		receivers[i] = start_drain(self, self->fd, &tags[i % 2]);
	for (i = 0; i < SET_PORTS; i++)
		senders[i] = start_load(self->set.port[i].send);
	for (i = 0; i < SET_PORTS; i++) {
		EXPECT_EQ(0, child_status(senders[i]));
	}
	EXPECT_TRUE(wait_for_taken(self, SET_PORTS * EACH));
	EXPECT_EQ(SUM, self->shared->sum);
	for (i = 0; i < RECEIVERS; i++) {
		ASSERT_EQ(0, send_tagged(self->set.port[0].send, STOP, i % 2));
	}
	for (i = 0; i < RECEIVERS; i++) {
		EXPECT_EQ(0, child_status(receivers[i]));
	}
}

/* A worker that has but the set: takes and settles by it. */
static pid_t start_settler(int set)
{
	pid_t pid = start_child();
	struct taken taken;

	if (pid)
		return pid;
	if (dup2(set, 3) != 3 || close_range(4, ~0U, 0))
		give_up("close_range");
	for (;;) {
		taken = take_until(3, NULL, 0, in_ms(PATIENCE_MS));
		if (taken.number == -1 || (msgport_ack(3, taken.token) && errno != ESRCH))
			_exit(errno);
	}
}

/*
 *	sender		3 workers		test
 *	sends		take and ack by the	kills one, starts another;
 *			set, which is all	takes members out and
 *			they have		puts them in
 */
TEST_F(set_race, workers_killed_at_any_time_settle_every_message_in_the_end)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	pid_t workers[3], senders[SET_PORTS];
	struct msgport_stat stat;
	struct set set;
	int i, port, kills = 0;

	options.flags = MSGPORT_ACK;
	options.max_msgs = 4;
	options.max_deliveries = 255;
	set = new_set(&options);
	for (i = 0; i < 3; i++)
		workers[i] = start_settler(set.fd);
	for (i = 0; i < SET_PORTS; i++)
		senders[i] = start_load(set.port[i].send);
	do {
		i = next_random() % 3;
		port = next_random() % SET_PORTS;
		ASSERT_EQ(0, msgport_set_remove(set.fd, set.port[port].receive));
		end_child(workers[i]);
		ASSERT_EQ(0, msgport_set_add(set.fd, set.port[port].receive, 0));
		workers[i] = start_settler(set.fd);
		stat = stat_of(set.fd);
		ASSERT_TRUE(balanced(&stat));
	} while (stat.received < SET_PORTS * EACH && ++kills < 20000);
	for (i = 0; i < SET_PORTS; i++) {
		EXPECT_EQ(0, child_status(senders[i]));
		EXPECT_EQ(EACH, stat_of(set.port[i].send).received);
		EXPECT_EQ(0, stat_of(set.port[i].send).outstanding);
	}
	for (i = 0; i < 3; i++)
		end_child(workers[i]);
	TH_LOG("%d workers killed, %llu messages given back", kills,
	       (unsigned long long)stat_of(set.fd).redelivered);
	close_set(&set);
}

/*
 *	receivers		senders			test
 *	wait on the set		send to ports that	makes ports, adds them,
 *				die			closes them
 */
TEST_F(set_race, ports_that_die_in_a_set_disturb_nobody)
{
	pid_t receivers[2], sender;
	struct pair port;
	int i, round;

	for (i = 0; i < 2; i++)
		receivers[i] = start_drain(self, self->fd, NULL);
	for (round = 0; round < 60; round++) {
		port = new_pair(NULL);
		ASSERT_EQ(0, msgport_set_add(self->fd, port.receive, round));
		sender = start_child();
		if (!sender) {
			close(port.receive);
			while (!send_number(port.send, 1, 0))
				;
			_exit(errno);
		}
		if (round % 2)
			sched_yield();
		close(port.receive);
		EXPECT_EQ(EPIPE, child_status(sender));
		EXPECT_TRUE(port_balanced(port.send));
		close(port.send);
	}
	EXPECT_EQ(SET_PORTS, stat_of(self->fd).ports);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, send_number(self->set.port[0].send, STOP, 0));
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, child_status(receivers[i]));
	}
}

TEST_HARNESS_MAIN
