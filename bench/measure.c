// SPDX-License-Identifier: GPL-2.0
/* What a step costs, and the processes that take part. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "mark.h"

/*
 * By time and never by number: how far the queues, the caches of the
 * allocator and the scheduler's averages have settled depends on time, and a
 * slow transport must not be measured in another state than a fast one.
 */
#define WARM_UP		40000000ULL	/* ns */
#define STRETCH		100000000ULL	/* ns */
#define STEPS_A_LOOK	64		/* the clock is read once in so many */

_Noreturn void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t clock_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct result repeat(void (*step)(void *context), void *context,
			    unsigned int each, uint64_t nanoseconds)
{
	struct result result = { 0 };
	uint64_t start = clock_now();
	unsigned int i;

	do {
		for (i = 0; i < STEPS_A_LOOK; i += each)
			step(context);
		result.steps += i;
		result.instructions = clock_now() - start;
	} while (result.instructions < nanoseconds);
	return result;
}

static void nothing(void)
{
}

static void (*stretch_begins)(void) = nothing;
static void (*stretch_ends)(void) = nothing;

void measure_between(void (*begin)(void), void (*end)(void))
{
	stretch_begins = begin;
	stretch_ends = end;
}

struct result measure(void (*step)(void *context), void *context, unsigned int each)
{
	struct result result;

	repeat(step, context, each, WARM_UP);
	stretch_begins();
	mark_begin();
	result = repeat(step, context, each, STRETCH);
	mark_end();
	stretch_ends();
	return result;
}

pid_t start_child(void (*run)(void *context), void *context)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	run(context);
	_exit(0);
}

/* A child that ended by itself has found an error, and said so. */
void end_child(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		fprintf(stderr, "bench: the other process ended by itself\n");
		exit(1);
	}
}

void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}
