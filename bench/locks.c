// SPDX-License-Identifier: GPL-2.0
/*
 * Locks taken and contended on two processors, as the kernel's lockstat counts them
 * (CONFIG_LOCK_STAT; the file is root's). It counts all that the machine does in a
 * stretch, classes of locks apart.
 */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define LOCK_STAT	"/proc/lock_stat"
#define CLASSES_MAX	1024
#define NAME_MAX_SHOWN	63
#define RARE		100	/* a class taken less than once in so many steps is not told */

struct lock_class {
	char name[NAME_MAX_SHOWN + 1];
	uint64_t taken, contended, bounced;
};

static struct lock_class classes[CLASSES_MAX];
static size_t class_count;

static void forget(void)
{
	FILE *file = fopen(LOCK_STAT, "w");

	if (!file || fputs("0", file) < 0 || fclose(file))
		die("clearing " LOCK_STAT);
}

/* "NAME: con-bounces contentions min max total avg acq-bounces acquisitions ..." */
static bool parse(char *line, struct lock_class *to)
{
	char *colon = strrchr(line, ':');
	size_t blanks = strspn(line, " ");

	if (!colon || blanks >= (size_t)(colon - line))
		return false;
	*colon = '\0';
	if (sscanf(colon + 1, "%*u %" SCNu64 " %*f %*f %*f %*f %" SCNu64 " %" SCNu64,
		   &to->contended, &to->bounced, &to->taken) != 3)
		return false;
	snprintf(to->name, sizeof(to->name), "%s", line + blanks);
	return true;
}

static void remember(void)
{
	FILE *file = fopen(LOCK_STAT, "r");
	char line[512];

	if (!file)
		die(LOCK_STAT);
	class_count = 0;
	while (class_count < CLASSES_MAX && fgets(line, sizeof(line), file))
		if (parse(line, &classes[class_count]))
			class_count++;
	fclose(file);
	if (!class_count)
		die(LOCK_STAT " tells of no lock");
}

static void use_processor(int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* Senders are children: they inherit whatever holds when they start. */
static void elsewhere(void *context)
{
	const struct transport *transport = context;

	use_processor(1);
	for (;;)
		one_way(transport, SIZE_DEFAULT, 1);
}

/*
 * Two channels that have nothing to do with each other, one at each processor. A step
 * is a message of the first; about as many go by the other.
 */
static struct result pairs(const struct transport *transport, size_t size,
			   unsigned int count)
{
	struct result result;
	cpu_set_t all;
	pid_t other;

	if (sched_getaffinity(0, sizeof(all), &all))
		die("sched_getaffinity");
	other = start_child(elsewhere, (void *)transport);
	use_processor(0);
	result = one_way(transport, size, count);
	end_child(other);
	if (sched_setaffinity(0, sizeof(all), &all))
		die("sched_setaffinity");
	return result;
}

static const struct {
	const char *name;
	struct result (*run)(const struct transport *transport, size_t size,
			     unsigned int count);
	size_t size;
	unsigned int count;
} cells[] = {
	{ "round-trip", round_trip, 64, 1 },
	{ "one-way", one_way, 64, 1 },
	{ "one-way", one_way, 4096, 1 },
	{ "batch", one_way, 64, BATCH },
	{ "fan-in", fan_in, 64, 2 },
	{ "fan-in", fan_in, 64, 16 },
	{ "pairs", pairs, 64, 1 },
};

static const struct transport *const looked_at[] = {
	&over_msgport, &over_mqueue, &over_pipe, &over_seqpacket, &over_binder, &over_tipc,
};

static void print_cell(size_t cell, const struct transport *transport)
{
	struct result result;
	size_t i;

	class_count = 0;
	result = cells[cell].run(transport, cells[cell].size, cells[cell].count);
	if (!result.steps)
		return;
	printf("locks %s %s %zu %u %" PRIu64 "\n", cells[cell].name, transport->name,
	       cells[cell].size, cells[cell].count, result.steps);
	for (i = 0; i < class_count; i++)
		if (classes[i].taken >= result.steps / RARE || classes[i].contended)
			printf("class %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
			       classes[i].taken, classes[i].contended,
			       classes[i].bounced, classes[i].name);
	fflush(stdout);
}

int run_locks(void)
{
	size_t cell, i;

	measure_between(forget, remember);
	for (cell = 0; cell < sizeof(cells) / sizeof(cells[0]); cell++)
		for (i = 0; i < sizeof(looked_at) / sizeof(looked_at[0]); i++)
			print_cell(cell, looked_at[i]);
	return 0;
}
