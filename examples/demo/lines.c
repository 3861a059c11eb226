// SPDX-License-Identifier: GPL-2.0
/* Shows the demonstration as plain lines, for logs and small terminals. */
#include <stdio.h>
#include <string.h>

#include "demo.h"

static double last_frame;

static void start(const struct demo *demo)
{
	printf("%jd bytes in %u messages of %zu, through two ports with a limit of %d\n",
	       (intmax_t)demo->size, demo->blocks, demo->block, LIMIT);
}

static void step(const struct demo *demo, const char *title,
		 const char *const *text)
{
	(void)demo;
	printf("\n%s\n", title);
	while (*text)
		printf("%s\n", *text++);
}

static void event(const struct demo *demo, const char *text)
{
	printf("%5.1f s  %s\n", demo->seconds, text);
}

static void print_port(const struct msgport_stat *stat)
{
	char bar[LIMIT + 1];
	int i;

	for (i = 0; i < LIMIT; i++)
		bar[i] = i < (int)stat->queued ? '#' : '.';
	bar[LIMIT] = '\0';
	printf(" [%s] ", bar);
}

/* One line a second, or more often in a hurry. */
static void frame(const struct demo *demo)
{
	char waiting[160];

	if (demo->seconds < last_frame + 1.0 / demo->hurry)
		return;
	last_frame = demo->seconds;
	describe_waiting(demo, waiting, sizeof(waiting));
	printf("%5.1f s  reader", demo->seconds);
	print_port(&demo->stat[TO_SEALER]);
	printf("sealer");
	print_port(&demo->stat[TO_WRITER]);
	printf("writer %3.0f %%  %s\n", 100 * share_written(demo), waiting);
}

static void end(void)
{
}

const struct view lines_view = { start, step, event, frame, end };
