// SPDX-License-Identifier: GPL-2.0
/* What nothing that does the same work can be cheaper than. */

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

static void bare_call(void *context)
{
	(void)context;
	syscall(SYS_getppid);
}

static struct result run_bare_call(void)
{
	return measure(bare_call, NULL, 1);
}

struct copy {
	size_t bytes;
	char from[SIZE_MAX_EVER], to[SIZE_MAX_EVER];
};

static void copy(void *context)
{
	struct copy *c = context;

	memcpy(c->to, c->from, c->bytes);
	/* the compiler must not see that nobody reads it */
	asm volatile("" : : "r"(c) : "memory");
}

static struct result run_copy(size_t bytes)
{
	static struct copy c;

	c.bytes = bytes;
	return measure(copy, &c, 1);
}

static struct result run_copy_of_64(void)
{
	return run_copy(64);
}

static struct result run_copy_of_4096(void)
{
	return run_copy(4096);
}

static struct result run_copy_of_65536(void)
{
	return run_copy(65536);
}

static struct result run_largest_copy(void)
{
	return run_copy(SIZE_MAX_EVER);
}

/* Whose turn it is: 0 the parent's, 1 the child's. */
struct turn {
	int whose;
};

static void yield_until(struct turn *turn, int whose)
{
	while (__atomic_load_n(&turn->whose, __ATOMIC_ACQUIRE) != whose)
		sched_yield();
}

static void yield_back(void *context)
{
	struct turn *turn = context;

	for (;;) {
		yield_until(turn, 1);
		__atomic_store_n(&turn->whose, 0, __ATOMIC_RELEASE);
	}
}

static void yield_there(void *context)
{
	struct turn *turn = context;

	__atomic_store_n(&turn->whose, 1, __ATOMIC_RELEASE);
	yield_until(turn, 0);
}

static struct result run_yield(void)
{
	struct turn *turn = shared_memory(sizeof(*turn));
	struct result result;
	pid_t child = start_child(yield_back, turn);

	result = measure(yield_there, turn, 1);
	end_child(child);
	return result;
}

static void futex(struct turn *turn, int operation, int value)
{
	if (syscall(SYS_futex, &turn->whose, operation, value, NULL, NULL, 0) < 0 &&
	    errno != EAGAIN)
		die("futex");
}

static void give_turn(struct turn *turn, int whose)
{
	__atomic_store_n(&turn->whose, whose, __ATOMIC_RELEASE);
	futex(turn, FUTEX_WAKE, 1);
}

static void sleep_until(struct turn *turn, int whose)
{
	while (__atomic_load_n(&turn->whose, __ATOMIC_ACQUIRE) != whose)
		futex(turn, FUTEX_WAIT, !whose);
}

static void futex_back(void *context)
{
	struct turn *turn = context;

	for (;;) {
		sleep_until(turn, 1);
		give_turn(turn, 0);
	}
}

static void futex_there(void *context)
{
	struct turn *turn = context;

	give_turn(turn, 1);
	sleep_until(turn, 0);
}

static struct result run_futex(void)
{
	struct turn *turn = shared_memory(sizeof(*turn));
	struct result result;
	pid_t child = start_child(futex_back, turn);

	result = measure(futex_there, turn, 1);
	end_child(child);
	return result;
}

const struct floor floors[] = {
	{ "bare system call", run_bare_call },
	{ "memcpy of 64 bytes", run_copy_of_64 },
	{ "memcpy of 4096 bytes", run_copy_of_4096 },
	{ "memcpy of 65536 bytes", run_copy_of_65536 },
	{ "memcpy of 1048576 bytes", run_largest_copy },
	{ "yield hand-off and back", run_yield },
	{ "futex hand-off and back", run_futex },
};

const size_t floor_count = sizeof(floors) / sizeof(floors[0]);
