// SPDX-License-Identifier: GPL-2.0
/* Receiving by tag: long scans, which let others to the port on their way. */

#include "kselftest_harness.h"
#include "testlib.h"

#define DEPTH	MSGPORT_SCAN_MAX

static struct msgport_filter by_tag(uint64_t tag)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_TAG, .tag = tag, .tag_mask = ~0ULL,
	};
}

/* Takes the oldest and sends another, which the scans pass over. */
static int churn(struct pair *pair, uint8_t *taken, const bool *stop)
{
	int64_t number;

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		number = receive_number(pair->receive, MSGPORT_NONBLOCK);
		if (number < 0 && errno == EAGAIN)
			continue;
		if (number < 0)
			return errno;
		if (number < DEPTH)
			__atomic_add_fetch(&taken[number], 1, __ATOMIC_RELAXED);
		if (send_tagged(pair->send, DEPTH, DEPTH))
			return errno;
	}
	return 0;
}

/*
 *	churner: takes what is first, puts another behind
 *	scanner: takes tags 4095, 4087 ... from behind
 *	Until they have met, the scanner finds all that it wants.
 */
TEST(scan_of_4096_messages_misses_none_while_others_send_and_receive)
{
	struct {
		bool stop;
		uint8_t taken[DEPTH];
	} *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pair pair = new_pair_for(DEPTH);
	struct msgport_filter filter;
	int64_t number = 0;
	pid_t churner;
	int i, missed;

	ASSERT_NE(MAP_FAILED, shared);
	for (i = 0; i < DEPTH; i++) {
		ASSERT_EQ(0, send_tagged(pair.send, i, i));
	}
	churner = start_child();
	if (!churner)
		_exit(churn(&pair, shared->taken, &shared->stop));
	/* or on a busy machine the scanner may be through before it has begun */
	while (!__atomic_load_n(&shared->taken[99], __ATOMIC_RELAXED))
		pause_ms(1);
	for (missed = DEPTH - 1; missed >= 0; missed -= 8) {
		filter = by_tag(missed);
		number = choose_number(pair.receive, &filter, MSGPORT_NONBLOCK, 0, NULL);
		if (number < 0)
			break;
		ASSERT_EQ(missed, number);
		shared->taken[missed]++;
	}
	ASSERT_EQ(EAGAIN, error_of(number));
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, child_status(churner));
	/* what the scan did not find, the churner had */
	EXPECT_EQ(1, shared->taken[missed]);
	while ((number = receive_number(pair.receive, MSGPORT_NONBLOCK)) >= 0)
		if (number < DEPTH)
			shared->taken[number]++;
	for (i = 0; i < DEPTH; i++) {
		EXPECT_EQ(1, shared->taken[i])
			TH_LOG("message %d, missed %d", i, missed);
	}
	EXPECT_TRUE(port_balanced(pair.receive));
	close_pair(&pair);
}

/*
 * On one processor a task that wakes up comes to run where the other lets go of
 * the port, in the middle of its scan: the kernel is preempted nowhere else.
 */
static void share_one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || prctl(PR_SET_TIMERSLACK, 1))
		give_up("sched_setaffinity");
}

static void sleep_us(unsigned int us)
{
	struct timespec time = { .tv_nsec = us * 1000 };

	nanosleep(&time, NULL);
}

/* Takes the message of this source and later sends it again, to its place. */
static int take_and_send_again(int port, int right, const bool *stop)
{
	struct msgport_filter filter = {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(right).source,
	};

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		sleep_us(50);
		if (choose_number(port, &filter, MSGPORT_NONBLOCK, 0, NULL) != 64)
			return 1;
		sleep_us(50);
		if (send_urgent(right, 64, 1))
			return 2;
	}
	return 0;
}

static int send_to_place(int right, uint64_t number, unsigned int priority)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.tag = number,
		.priority = priority,
	};

	return msgport_send_message(right, &message, 0, MSGPORT_FOREVER);
}

/*
 *	priority 2: 0 ... 63   1: 64   0: 65 ... 128 = wanted
 *	A scan rests before 64, which comes and goes all the time.
 */
TEST(scan_goes_on_where_the_message_it_rested_at_was_taken)
{
	struct pair pair = new_pair(NULL);
	struct msgport_filter wanted = by_tag(128);
	int other = mint_plain(pair.receive), i;
	bool *stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t end;
	pid_t taker;

	ASSERT_NE(MAP_FAILED, stop);
	share_one_processor();
	for (i = 0; i <= 128; i++) {
		ASSERT_EQ(0, send_to_place(i == 64 ? other : pair.send, i,
					   i < 64 ? 2 : i == 64));
	}
	taker = start_child();
	if (!taker)
		_exit(take_and_send_again(pair.receive, other, stop));
	end = in_ms(1000);
	for (i = 0; now_ns() < end; i++) {
		ASSERT_EQ(128, choose_number(pair.receive, &wanted,
					     MSGPORT_PEEK | MSGPORT_NONBLOCK, 0, NULL))
			TH_LOG("look %d", i);
	}
	__atomic_store_n(stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, child_status(taker));
	for (i = 0; i <= 128; i++) {
		EXPECT_EQ(i, receive_number(pair.receive, MSGPORT_NONBLOCK));
	}
	close(other);
	close_pair(&pair);
}

/* Chooses tags from DEPTH on, one after the other. */
static int choose_each(int port, int rounds)
{
	struct msgport_filter filter;
	int i;

	for (i = 0; i < rounds; i++) {
		filter = by_tag(DEPTH + i);
		if (choose_number(port, &filter, 0, in_ms(5000), NULL) != i)
			return 1;
	}
	return 0;
}

static int send_round(int right, uint64_t round)
{
	struct msgport_message message = {
		.data = &round,
		.size = sizeof(round),
		.tag = DEPTH + round,
		/* before what is looked through, where it has been, or behind */
		.priority = round % 4 ? 2 : 0,
	};

	return msgport_send_message(right, &message, 0, in_ms(5000));
}

/*
 * The chooser begins its next scan as soon as it has been served; the message
 * comes at some moment of it, a little later each time.
 */
TEST(scan_is_served_with_what_comes_while_it_looks)
{
	struct pair pair = new_pair_for(DEPTH);
	const unsigned int depth = DEPTH - 16, rounds = 400;
	pid_t chooser;
	unsigned int i;

	for (i = 0; i < depth; i++) {
		ASSERT_EQ(0, send_urgent(pair.send, i, 1));
	}
	share_one_processor();
	chooser = start_child();
	if (!chooser)
		_exit(choose_each(pair.receive, rounds));
	for (i = 0; i < rounds && child_runs(chooser); i++) {
		while (stat_of(pair.receive).received < i && child_runs(chooser))
			sleep_us(10);
		sleep_us(5 + i / 2);
		ASSERT_EQ(0, send_round(pair.send, i));
	}
	EXPECT_EQ(0, child_status(chooser));
	EXPECT_EQ(depth, stat_of(pair.receive).queued);
	close_pair(&pair);
}

TEST_HARNESS_MAIN
