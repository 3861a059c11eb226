// SPDX-License-Identifier: GPL-2.0
/* The demonstration's story, told in five steps. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "demo.h"

#define TICK	100000000	/* nanoseconds between two frames */
#define BOUND	20.0		/* seconds that a state is waited for */

struct step {
	const char *title;
	const char *text[3];	/* up to two lines; NULL ends them */
	unsigned int pause[STAGES];
	void (*act)(struct demo *demo);
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void tick(struct demo *demo)
{
	static const struct timespec pause = { .tv_nsec = TICK };
	static double start;

	if (!start)
		start = now();
	nanosleep(&pause, NULL);
	look(demo);
	demo->seconds = now() - start;
	view->frame(demo);
}

/* Each second of the story is one of the clock, or less in a hurry. */
static void watch(struct demo *demo, double seconds)
{
	double end = now() + seconds / demo->hurry;

	do
		tick(demo);
	while (now() < end && !all_finished(demo));
}

static void watch_until(struct demo *demo, bool (*reached)(const struct demo *))
{
	double end = now() + BOUND;

	while (!reached(demo) && now() < end && !all_finished(demo))
		tick(demo);
}

static bool everything_is_full(const struct demo *demo)
{
	return (demo->stat[TO_SEALER].waiting_senders &&
		demo->stat[TO_WRITER].waiting_senders) ||
	       demo->life[READER] == FINISHED;
}

static bool nobody_waits_for_room(const struct demo *demo)
{
	return demo->stat[TO_SEALER].queued == 0 && demo->stat[TO_WRITER].queued <= 1;
}

static void set_pauses(struct demo *demo, const unsigned int *pause)
{
	int i;

	for (i = 0; i < STAGES; i++)
		atomic_store(&demo->panel->pause[i], pause[i] / demo->hurry);
}

static void kill_it(struct demo *demo)
{
	if (kill_writer(demo))
		tell(demo, "the writer, process %d, is killed", demo->pids[WRITER]);
}

static void start_it_again(struct demo *demo)
{
	if (demo->life[WRITER] != KILLED)
		return;
	start_stage(demo, WRITER);
	tell(demo, "a new writer is started, process %d", demo->pids[WRITER]);
}

static void flow(struct demo *demo)
{
	watch(demo, 4);
}

static void fill_up(struct demo *demo)
{
	watch_until(demo, everything_is_full);
	if (demo->seen_waiting[READER])
		tell(demo, "both ports are full, and the reader waits inside its send");
	watch(demo, 3);
}

static void kill_and_start_again(struct demo *demo)
{
	static const unsigned int easy[STAGES] = { 150000, 0, 60000 };
	unsigned int before = atomic_load(&demo->panel->repeated);

	kill_it(demo);
	watch(demo, 3);
	set_pauses(demo, easy);
	start_it_again(demo);
	watch(demo, 0.5);
	if (atomic_load(&demo->panel->repeated) > before)
		tell(demo, "it knows the first block by its number: written, not yet taken");
	watch_until(demo, nobody_waits_for_room);
}

/* 0.1 to 0.6 seconds */
static double some_time(void)
{
	return 0.1 + 0.5 * rand() / RAND_MAX;
}

static void kill_at_random(struct demo *demo)
{
	int i;

	srand(time(NULL));
	for (i = 0; i < 6; i++) {
		watch(demo, some_time());
		kill_it(demo);
		watch(demo, some_time() / 2);
		start_it_again(demo);
	}
}

static void run_out(struct demo *demo)
{
	while (!all_finished(demo))
		tick(demo);
}

static const struct step steps[] = {
	{
		"Three processes, two ports",
		{ "The reader cuts the file into blocks, the sealer adds a checksum to each,",
		  "the writer checks it and writes. The reader rests: the others wait for it." },
		{ 50000, 0, 0 }, flow,
	}, {
		"A slow writer",
		{ "A port takes 16 messages. Whoever sends to a full one waits in the kernel",
		  "until there is room: the writer's pace becomes everybody's, nothing is lost." },
		{ 50000, 0, 300000 }, fill_up,
	}, {
		"The writer is killed, and started again",
		{ "It looks at a message, writes the block, and only then takes the message. So",
		  "what was in its hands when it died is still in the port for the next one." },
		{ 50000, 0, 300000 }, kill_and_start_again,
	}, {
		"The writer is killed six times at random moments",
		{ "Whatever it is doing: copying, writing, or waiting for a message. The kernel",
		  "counts every message, and the two sums at the end will tell." },
		{ 20000, 0, 5000 }, kill_at_random,
	}, {
		"The rest, as fast as it goes",
		{ "Nobody rests any more.", NULL },
		{ 0, 0, 0 }, run_out,
	},
};

#define STEPS	(sizeof(steps) / sizeof(steps[0]))

void direct(struct demo *demo)
{
	unsigned int i;

	look(demo);
	for (i = 0; i < STEPS && !all_finished(demo); i++) {
		char title[80];

		snprintf(title, sizeof(title), "%u of %zu  %s", i + 1, STEPS,
			 steps[i].title);
		set_pauses(demo, steps[i].pause);
		view->step(demo, title, steps[i].text);
		steps[i].act(demo);
	}
	for (i = 0; i < 15 / demo->hurry; i++)
		tick(demo);
}
