// SPDX-License-Identifier: GPL-2.0
/* Semaphores of the library: so many tokens, however their holders end. */
#include <stdatomic.h>

#include <msgport_semaphore.h>

#include "kselftest_harness.h"
#include "errand.h"

static int new_semaphore(unsigned int value)
{
	int semaphore = msgport_semaphore_create(MSGPORT_DEFAULT, NULL, value, 0, 0);

	if (semaphore < 0)
		give_up("semaphore");
	return semaphore;
}

/* A token without waiting; 0 with errno if there is none. */
static uint64_t take_token(int semaphore)
{
	uint64_t token = 0;

	if (msgport_semaphore_wait(semaphore, &token, MSGPORT_NONBLOCK, MSGPORT_FOREVER))
		return 0;
	return token;
}

static uint64_t free_tokens(int semaphore)
{
	return stat_of(semaphore).queued;
}

static uint64_t held_tokens(int semaphore)
{
	return stat_of(semaphore).outstanding;
}

/* Memory that children write to and their parent reads. */
static void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		give_up("mmap");
	return memory;
}

/* Takes so many tokens in a child, which then stays until it is ended. */
static pid_t start_holder(int semaphore, unsigned int tokens)
{
	uint64_t held = held_tokens(semaphore);
	pid_t pid = start_child();
	unsigned int i;

	if (!pid) {
		for (i = 0; i < tokens; i++)
			if (!take_token(semaphore))
				_exit(1);
		for (;;)
			pause();
	}
	while (child_runs(pid) && held_tokens(semaphore) != held + tokens)
		pause_ms(1);
	return pid;
}

/* Waits for a token in a child and posts it; its status is the errno. */
static pid_t start_waiter(int semaphore)
{
	pid_t pid = start_child();
	uint64_t token;

	if (!pid) {
		if (msgport_semaphore_wait(semaphore, &token, 0, MSGPORT_FOREVER) ||
		    msgport_semaphore_post(semaphore, token))
			_exit(errno);
		_exit(0);
	}
	return pid;
}

TEST(semaphore_lets_in_as_many_as_its_value)
{
	int semaphore = new_semaphore(3);
	uint64_t token[3];
	int i;

	for (i = 0; i < 3; i++) {
		token[i] = take_token(semaphore);
		ASSERT_NE(0, token[i]);
	}
	EXPECT_EQ(0, take_token(semaphore));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, msgport_semaphore_post(semaphore, token[1]));
	EXPECT_NE(0, take_token(semaphore));
	EXPECT_EQ(0, take_token(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

TEST(wait_without_a_token_gives_up_at_its_deadline_or_for_a_signal)
{
	int semaphore = new_semaphore(1);
	struct sigaction action = { .sa_handler = on_signal };
	uint64_t token, start;
	pid_t waiter;

	ASSERT_NE(0, take_token(semaphore));
	start = now_ns();
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_semaphore_wait(semaphore, &token, 0,
							     in_ms(50))));
	EXPECT_LE(50 * NS_PER_MS, now_ns() - start);

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	waiter = start_waiter(semaphore);
	ASSERT_TRUE(wait_for_receivers(semaphore, 1));
	kill(waiter, SIGUSR1);
	EXPECT_EQ(EINTR, child_status(waiter));
	EXPECT_EQ(1, held_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

TEST(post_lets_in_who_has_waited_longest)
{
	int semaphore = new_semaphore(1);
	uint64_t token = take_token(semaphore);
	pid_t first, second;

	ASSERT_NE(0, token);
	first = start_waiter(semaphore);
	ASSERT_TRUE(wait_for_receivers(semaphore, 1));
	second = start_child();
	if (!second) {
		/* keeps what it gets, so that the first must have been first */
		if (msgport_semaphore_wait(semaphore, &token, 0, MSGPORT_FOREVER))
			_exit(1);
		pause();
		_exit(1);
	}
	ASSERT_TRUE(wait_for_receivers(semaphore, 2));
	EXPECT_EQ(0, msgport_semaphore_post(semaphore, token));
	EXPECT_EQ(0, child_status(first));
	end_child(second);
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

TEST(post_of_a_token_that_is_spent_or_foreign_fails_with_esrch)
{
	int semaphore = new_semaphore(2), other = msgport_reopen(semaphore);
	uint64_t token = take_token(semaphore);

	ASSERT_LE(0, other);
	ASSERT_NE(0, token);
	EXPECT_EQ(ESRCH, error_of(msgport_semaphore_post(other, token)));
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(0, msgport_semaphore_post(semaphore, token));
	EXPECT_EQ(ESRCH, error_of(msgport_semaphore_post(semaphore, token)));
	EXPECT_EQ(ESRCH, error_of(msgport_semaphore_post(semaphore, 0)));
	EXPECT_EQ(ESRCH, error_of(msgport_semaphore_post(semaphore, token + 1)));
	EXPECT_EQ(2, free_tokens(semaphore));
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(0, close(semaphore));
}

TEST(tokens_come_back_when_their_holder_is_killed)
{
	int semaphore = new_semaphore(3);
	pid_t holder = start_holder(semaphore, 2), waiter;

	ASSERT_EQ(2, held_tokens(semaphore));
	ASSERT_NE(0, take_token(semaphore));
	waiter = start_waiter(semaphore);
	ASSERT_TRUE(wait_for_receivers(semaphore, 1));
	end_child(holder);
	EXPECT_EQ(0, child_status(waiter));
	EXPECT_EQ(2, free_tokens(semaphore));
	EXPECT_EQ(1, held_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

/* The right stays open: in the parent, and in the holder's own child. */
TEST(token_comes_back_when_its_holder_dies_and_its_child_lives)
{
	int semaphore = new_semaphore(1), pipe_of_child[2];
	pid_t holder;
	char end;

	ASSERT_EQ(0, pipe(pipe_of_child));
	holder = start_child();
	if (!holder) {
		if (!take_token(semaphore))
			_exit(1);
		if (!fork()) {
			/* until the test closes its end */
			close(pipe_of_child[1]);
			_exit(read(pipe_of_child[0], &end, 1) != 0);
		}
		_exit(0);
	}
	EXPECT_EQ(0, child_status(holder));
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_NE(0, take_token(semaphore));
	EXPECT_EQ(0, close(pipe_of_child[1]));
	EXPECT_EQ(0, close(pipe_of_child[0]));
	EXPECT_EQ(0, close(semaphore));
}

TEST(token_stays_with_the_parent_when_a_child_that_shares_the_right_ends)
{
	int semaphore = new_semaphore(2);
	uint64_t token = take_token(semaphore);
	pid_t child;

	ASSERT_NE(0, token);
	child = start_child();
	if (!child)
		_exit(take_token(semaphore) ? 0 : 1);
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(1, held_tokens(semaphore));
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(0, msgport_semaphore_post(semaphore, token));
	EXPECT_EQ(0, close(semaphore));
}

TEST(token_comes_back_when_its_right_is_closed)
{
	int semaphore = new_semaphore(1), other = msgport_reopen(semaphore);

	ASSERT_LE(0, other);
	ASSERT_NE(0, take_token(other));
	EXPECT_EQ(0, free_tokens(semaphore));
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

/* More often than any message is handed out. */
TEST(token_handed_out_a_thousand_times_is_still_there)
{
	int semaphore = new_semaphore(1);
	uint64_t token, last = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		token = take_token(semaphore);
		ASSERT_NE(0, token);
		ASSERT_NE(last, token);
		ASSERT_EQ(0, msgport_semaphore_post(semaphore, token));
		last = token;
	}
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(0, stat_of(semaphore).discarded);
	EXPECT_EQ(0, close(semaphore));
}

TEST(token_of_260_holders_that_died_is_still_there)
{
	int semaphore = new_semaphore(1), i;
	pid_t holder;

	for (i = 0; i < 260; i++) {
		holder = start_child();
		if (!holder)
			_exit(take_token(semaphore) ? 0 : 1);
		ASSERT_EQ(0, child_status(holder));
		ASSERT_EQ(1, free_tokens(semaphore));
	}
	EXPECT_EQ(0, close(semaphore));
}

TEST(stamp_of_a_message_handed_out_without_limit_counts_255_deliveries_at_most)
{
	int semaphore = new_semaphore(1);
	struct msgport_message message;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		message = (struct msgport_message){ 0 };
		ASSERT_EQ(0, msgport_receive_message(semaphore, &message, NULL, 0,
						     MSGPORT_FOREVER));
		ASSERT_EQ(i < 255 ? i : 255, message.stamp.deliveries);
		ASSERT_EQ(0, msgport_release(semaphore, message.token));
	}
	EXPECT_EQ(0, close(semaphore));
}

TEST(semaphore_is_opened_by_its_name)
{
	const char *name = new_name("semaphore");
	int semaphore = msgport_semaphore_create(MSGPORT_DEFAULT, name, 2, 0, 0);
	int other = msgport_semaphore_open(MSGPORT_DEFAULT, name);
	uint64_t token;

	ASSERT_LE(0, semaphore);
	ASSERT_LE(0, other);
	token = take_token(semaphore);
	ASSERT_NE(0, token);
	EXPECT_NE(0, take_token(other));
	EXPECT_EQ(0, take_token(other));
	EXPECT_EQ(0, msgport_semaphore_post(semaphore, token));
	EXPECT_EQ(1, free_tokens(other));
	/* who opens it while tokens are held puts in no others */
	EXPECT_EQ(0, close(semaphore));
	semaphore = msgport_semaphore_open(MSGPORT_DEFAULT, name);
	ASSERT_LE(0, semaphore);
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(1, held_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(ENOENT, error_of(msgport_semaphore_open(MSGPORT_DEFAULT, name)));
}

/* As its maker leaves it that dies after the first token. */
TEST(semaphore_whose_maker_died_half_way_is_completed_by_who_opens_it)
{
	const char *name = new_name("semaphore");
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int half, right, semaphore;

	options.flags = MSGPORT_ACK;
	options.max_msgs = 3;
	options.max_size = 1;
	options.max_deliveries = MSGPORT_UNLIMITED;
	half = msgport_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_LE(0, half);
	right = mint_plain(half);
	ASSERT_EQ(0, msgport_send(right, NULL, 0, 0));
	ASSERT_EQ(0, close(right));
	semaphore = msgport_semaphore_open(MSGPORT_DEFAULT, name);
	ASSERT_LE(0, semaphore);
	EXPECT_EQ(3, free_tokens(semaphore));
	EXPECT_EQ(0, close(half));
	EXPECT_EQ(3, free_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

TEST(many_who_open_a_half_made_semaphore_at_once_make_it_right)
{
	const char *name = new_name("semaphore");
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	pid_t opener[4];
	int half, i;

	options.flags = MSGPORT_ACK;
	options.max_msgs = 200;
	options.max_size = 1;
	options.max_deliveries = MSGPORT_UNLIMITED;
	half = msgport_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_LE(0, half);
	for (i = 0; i < 4; i++) {
		opener[i] = start_child();
		if (!opener[i])
			_exit(msgport_semaphore_open(MSGPORT_DEFAULT, name) < 0);
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, child_status(opener[i]));
	EXPECT_EQ(200, free_tokens(half));
	EXPECT_EQ(200, stat_of(half).sent);
	EXPECT_EQ(0, close(half));
}

TEST(kept_semaphore_has_all_its_tokens_after_everybody_has_gone)
{
	const char *name = new_name("semaphore");
	int semaphore = msgport_semaphore_create(MSGPORT_DEFAULT, name, 2, 0,
						 MSGPORT_KEEP);

	ASSERT_LE(0, semaphore);
	ASSERT_NE(0, take_token(semaphore));
	ASSERT_EQ(0, close(semaphore));
	semaphore = msgport_semaphore_open(MSGPORT_DEFAULT, name);
	ASSERT_LE(0, semaphore);
	EXPECT_EQ(2, free_tokens(semaphore));
	EXPECT_EQ(2, stat_of(semaphore).sent);
	EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	EXPECT_EQ(0, close(semaphore));
}

TEST(semaphore_calls_out_of_range_fail_and_leave_nothing)
{
	const char *name = new_name("semaphore");
	struct pair plain = new_pair(NULL);
	int port = msgport_create(MSGPORT_DEFAULT, name, NULL);
	int semaphore = new_semaphore(1);
	uint64_t token;

	ASSERT_LE(0, port);
	EXPECT_EQ(EINVAL, error_of(msgport_semaphore_create(MSGPORT_DEFAULT, NULL, 0, 0, 0)));
	EXPECT_EQ(EINVAL, error_of(msgport_semaphore_create(MSGPORT_DEFAULT, NULL, 1, 0200, 0)));
	EXPECT_EQ(EINVAL, error_of(msgport_semaphore_create(MSGPORT_DEFAULT, NULL, 1, 0,
							    MSGPORT_ACK)));
	EXPECT_EQ(EINVAL, error_of(msgport_semaphore_create(MSGPORT_DEFAULT, NULL,
							    UINT32_MAX, 0, 0)));
	EXPECT_EQ(EEXIST, error_of(msgport_semaphore_create(MSGPORT_DEFAULT, name, 1, 0, 0)));
	EXPECT_EQ(EINVAL, error_of(msgport_semaphore_open(MSGPORT_DEFAULT, name)));
	EXPECT_EQ(EFAULT, error_of(msgport_semaphore_wait(semaphore, NULL, 0,
							  MSGPORT_FOREVER)));
	EXPECT_EQ(EINVAL, error_of(msgport_semaphore_wait(semaphore, &token, MSGPORT_PEEK,
							  MSGPORT_FOREVER)));
	EXPECT_EQ(0, send_number(plain.send, 1, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_semaphore_wait(plain.receive, &token, 0,
							    MSGPORT_FOREVER)));
	EXPECT_EQ(1, stat_of(plain.receive).queued);
	EXPECT_EQ(EBADF, error_of(msgport_semaphore_wait(plain.send, &token, 0,
							 MSGPORT_FOREVER)));
	EXPECT_EQ(1, free_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
	EXPECT_EQ(0, close(port));
	close_pair(&plain);
}

/* ---- many at once ---- */

#define WORKERS	6
#define VALUE	2
#define ROUNDS	200

struct room {
	atomic_int inside;
	atomic_int most;
	atomic_int entries;
};

/* The first inside stay until the room is full, as otherwise chance alone would have it. */
static void stay_until_full(struct room *room)
{
	uint64_t deadline = in_ms(PATIENCE_MS);

	do {
		sched_yield();
	} while (room->most < VALUE && now_ns() < deadline);
}

static int work(int semaphore, struct room *room, int rounds)
{
	uint64_t token;
	int inside, most;

	while (rounds--) {
		if (msgport_semaphore_wait(semaphore, &token, 0, MSGPORT_FOREVER))
			return 1;
		inside = ++room->inside;
		most = room->most;
		while (inside > most &&
		       !atomic_compare_exchange_weak(&room->most, &most, inside))
			;
		room->entries++;
		stay_until_full(room);
		room->inside--;
		if (msgport_semaphore_post(semaphore, token))
			return 2;
	}
	return 0;
}

/* Some share the right, some have one of their own. */
TEST(never_more_are_inside_than_the_semaphore_has_tokens)
{
	int semaphore = new_semaphore(VALUE), i;
	struct room *room = shared_memory(sizeof(*room));
	pid_t worker[WORKERS];

	for (i = 0; i < WORKERS; i++) {
		worker[i] = start_child();
		if (!worker[i])
			_exit(work(i % 2 ? semaphore : msgport_reopen(semaphore), room,
				   ROUNDS));
	}
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, child_status(worker[i]));
	EXPECT_EQ(WORKERS * ROUNDS, room->entries);
	EXPECT_EQ(VALUE, room->most);
	EXPECT_EQ(VALUE, free_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

/*
 * Each worker is killed wherever it happens to be, often enough to meet every
 * step of wait and post.  At each look there are as many tokens as at first.
 */
TEST(tokens_are_right_after_250_workers_were_killed_at_random)
{
	enum { KILLS = 250 };
	int semaphore = new_semaphore(VALUE), i;
	struct room *room = shared_memory(sizeof(*room));
	pid_t worker[WORKERS] = { 0 };
	unsigned int seed = 1, which;
	struct msgport_stat stat;
	bool right = true;

	for (i = 0; i < KILLS + WORKERS; i++) {
		which = i % WORKERS;
		if (worker[which])
			end_child(worker[which]);
		stat = stat_of(semaphore);
		right &= stat.queued + stat.outstanding == VALUE &&
			 stat.sent == VALUE && balanced(&stat);
		worker[which] = start_child();
		if (!worker[which])
			_exit(work(i % 2 ? semaphore : msgport_reopen(semaphore), room,
				   INT32_MAX));
		seed = seed * 1103515245 + 12345;
		usleep((seed >> 16) % 3000);
	}
	for (i = 0; i < WORKERS; i++)
		end_child(worker[i]);
	EXPECT_TRUE(right);
	EXPECT_LT(KILLS, room->entries);
	EXPECT_EQ(VALUE, free_tokens(semaphore));
	EXPECT_EQ(0, held_tokens(semaphore));
	EXPECT_EQ(0, close(semaphore));
}

TEST_HARNESS_MAIN
