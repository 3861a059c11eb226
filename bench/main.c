// SPDX-License-Identifier: GPL-2.0
/*
 * bench: what messages cost, in instructions of the guest.
 *
 *	bench                     everything
 *	bench WORKLOAD TRANSPORT  one stretch of one workload
 *	bench bounds              what must not grow: see bounds.c
 *
 * Prints lines for bench/report.py:
 *	kernel RELEASE VERSION
 *	depth TRANSPORT MESSAGES
 *	figure WORKLOAD TRANSPORT STEPS INSTRUCTIONS
 *	floor STEPS INSTRUCTIONS NAME
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

static const struct workload {
	const char *name;
	struct result (*run)(const struct transport *transport);
} workloads[] = {
	{ "round-trip", round_trip },
	{ "one-way", one_way },
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

	for (i = 0; i < transport_count; i++)
		printf("depth %s %u\n", transports[i].name,
		       depth_of(&transports[i]));
}

static void print_figure(const struct workload *workload,
			 const struct transport *transport)
{
	struct result result = workload->run(transport);

	printf("figure %s %s %" PRIu64 " %" PRIu64 "\n", workload->name,
	       transport->name, result.steps, result.instructions);
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

static int run_all(void)
{
	size_t i, j;

	print_kernel();
	print_depths();
	for (i = 0; i < workload_count; i++)
		for (j = 0; j < transport_count; j++)
			print_figure(&workloads[i], &transports[j]);
	print_floors();
	return 0;
}

static int run_one(const char *workload, const char *transport)
{
	size_t i, j;

	for (i = 0; i < workload_count; i++)
		for (j = 0; j < transport_count; j++)
			if (!strcmp(workloads[i].name, workload) &&
			    !strcmp(transports[j].name, transport)) {
				print_figure(&workloads[i], &transports[j]);
				return 0;
			}
	fprintf(stderr, "bench: no workload %s over %s\n", workload, transport);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return run_all();
	if (argc == 2 && !strcmp(argv[1], "bounds"))
		return run_bounds();
	if (argc == 3)
		return run_one(argv[1], argv[2]);
	fprintf(stderr, "usage: bench [WORKLOAD TRANSPORT | bounds]\n");
	return 2;
}
