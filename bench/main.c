// SPDX-License-Identifier: GPL-2.0
/*
 * bench: what messages cost, in instructions of the guest.
 *
 *	bench                     everything
 *	bench gate                what scripts/bench --gate compares
 *	bench depth               what should not depend on how much is there; by root
 *	bench memory              what they weigh; by root
 *	bench locks               locks on two processors: see locks.c; by root
 *	bench WORKLOAD TRANSPORT [SIZE [COUNT]]
 *	                          one stretch of one workload
 *	bench bounds              what must not grow: see bounds.c
 *
 * Prints lines for bench/report.py:
 *	kernel RELEASE VERSION
 *	depth TRANSPORT MESSAGES
 *	figure WORKLOAD TRANSPORT SIZE COUNT STEPS INSTRUCTIONS
 *	absent TRANSPORT
 *	floor STEPS INSTRUCTIONS NAME
 *	memory WHAT NAME BYTES
 *	locks WORKLOAD TRANSPORT SIZE COUNT STEPS, then for each class of locks
 *	class TAKEN CONTENDED BOUNCED NAME
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "bench.h"

#define CELLS_MAX	12	/* of one workload */
#define DESCRIPTORS	20000

#define DEPTHS { { 64, 1, false }, { 64, 10, false }, { 64, 1000, false },	\
		 { 64, 10000, false } }

/* A size and a count; the list ends with a count of 0. */
struct cell {
	size_t size;
	unsigned int count;
	bool gate;			/* one that the gate compares */
};

static const struct workload {
	const char *name;
	struct result (*run)(const struct transport *transport, size_t size,
			     unsigned int count);
	bool depth;			/* of bench depth alone */
	struct cell cells[CELLS_MAX];
} workloads[] = {
	{ "round-trip", round_trip, false, {
		{ 0, 1, false }, { 8, 1, false }, { 64, 1, true },
		{ 1024, 1, false }, { 4096, 1, true }, { 65536, 1, false },
	} },
	{ "one-way", one_way, false, {
		{ 64, 1, true }, { 1024, 1, false }, { 4096, 1, true },
		{ 65536, 1, true }, { 1 << 20, 1, false },
	} },
	{ "batch", one_way, false, {
		{ 64, BATCH, true }, { 1024, BATCH, false }, { 4096, BATCH, false },
	} },
	{ "fan-in", fan_in, false, {
		{ 64, 1, false }, { 64, 2, false }, { 64, 4, false },
		{ 64, 8, false }, { 64, 16, false },
	} },
	{ "ports-epoll", ports_epoll, false, { { 64, 1, false }, { 64, 1000, false } } },
	{ "ports-set", ports_set, false, { { 64, 1, false }, { 64, 1000, false } } },
	{ "sealed-new", sealed_new, false, { { 65536, 1, false }, { 1 << 20, 1, false } } },
	{ "sealed-again", sealed_again, false, { { 65536, 1, false },
						 { 1 << 20, 1, false } } },
	{ "create", create, false, { { 64, 1, false } } },
	{ "deep-one-way", deep_one_way, true, DEPTHS },
	{ "deep-by-source", deep_by_source, true, DEPTHS },
	{ "deep-death", deep_death, true, DEPTHS },
	{ "names", names, true, { { 64, 10, false }, { 64, 1000, false }, { 64, 10000, false } } },
};

static const size_t workload_count = sizeof(workloads) / sizeof(workloads[0]);

static void print_kernel(void)
{
	struct utsname name;

	uname(&name);
	printf("kernel %s %s\n", name.release, name.version);
}

static void print_depths(void)
{
	size_t i;

	for (i = 0; i < transport_count; i++) {
		unsigned int depth = depth_of(transports[i]);

		if (depth)
			printf("depth %s %u\n", transports[i]->name, depth);
		else
			printf("absent %s\n", transports[i]->name);
	}
}

static void print_figure(const struct workload *workload,
			 const struct transport *transport, size_t size,
			 unsigned int count)
{
	struct result result;

	if (!carries(transport, size))
		return;
	result = workload->run(transport, size, count);
	if (result.steps)
		printf("figure %s %s %zu %u %" PRIu64 " %" PRIu64 "\n", workload->name,
		       transport->name, size, count, result.steps, result.instructions);
}

static void print_workload(const struct workload *workload, bool gate)
{
	const struct cell *cell;
	size_t i;

	for (cell = workload->cells; cell->count; cell++)
		for (i = 0; i < transport_count; i++)
			if (!gate || (cell->gate && !transports[i]->outside_gate))
				print_figure(workload, transports[i], cell->size,
					     cell->count);
}

static void print_floors(void)
{
	struct result result;
	size_t i;

	for (i = 0; i < floor_count; i++) {
		result = floors[i].run();
		printf("floor %" PRIu64 " %" PRIu64 " %s\n", result.steps,
		       result.instructions, floors[i].name);
	}
}

/* Root may have more queues, and deeper ones, than it asks for here. */
static int run_depth(void)
{
	const struct rlimit descriptors = { DESCRIPTORS, DESCRIPTORS };
	const struct rlimit bytes = { RLIM_INFINITY, RLIM_INFINITY };
	size_t i;

	if (setrlimit(RLIMIT_NOFILE, &descriptors) || setrlimit(RLIMIT_MSGQUEUE, &bytes))
		die("setrlimit");
	print_kernel();
	for (i = 0; i < workload_count; i++)
		if (workloads[i].depth)
			print_workload(&workloads[i], false);
	return 0;
}

static int run_all(bool gate)
{
	size_t i;

	print_kernel();
	print_depths();
	for (i = 0; i < workload_count; i++)
		if (!workloads[i].depth)
			print_workload(&workloads[i], gate);
	if (!gate)
		print_floors();
	return 0;
}

/* Digits and nothing else; a count from 1. */
static unsigned long number_of(const char *what, const char *text)
{
	unsigned long number;
	char *end;

	number = strtoul(text, &end, 10);
	if (!strchr("0123456789", *text) || *end || (!number && strcmp(what, "SIZE"))) {
		fprintf(stderr, "bench: %s is a number, not '%s'\n", what, text);
		exit(2);
	}
	return number;
}

static int run_one(const char *name, const char *carrier, size_t size,
		   unsigned int count)
{
	size_t i, j;

	for (i = 0; i < workload_count; i++)
		for (j = 0; j < transport_count; j++)
			if (!strcmp(workloads[i].name, name) &&
			    !strcmp(transports[j]->name, carrier)) {
				print_figure(&workloads[i], transports[j], size,
					     count ? count : workloads[i].cells[0].count);
				return 0;
			}
	fprintf(stderr, "bench: no workload %s over %s\n", name, carrier);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return run_all(false);
	if (argc == 2 && !strcmp(argv[1], "gate"))
		return run_all(true);
	if (argc == 2 && !strcmp(argv[1], "depth"))
		return run_depth();
	if (argc == 2 && !strcmp(argv[1], "memory")) {
		print_kernel();
		return run_memory();
	}
	if (argc == 2 && !strcmp(argv[1], "locks")) {
		print_kernel();
		return run_locks();
	}
	if (argc == 2 && !strcmp(argv[1], "bounds"))
		return run_bounds();
	if (argc >= 3 && argc <= 5)
		return run_one(argv[1], argv[2],
			       argc > 3 ? number_of("SIZE", argv[3]) : SIZE_DEFAULT,
			       argc > 4 ? number_of("COUNT", argv[4]) : 0);
	fputs("usage: bench [gate | depth | memory | locks | bounds |\n"
	      "             WORKLOAD TRANSPORT [SIZE [COUNT]]]\n", stderr);
	return 2;
}
