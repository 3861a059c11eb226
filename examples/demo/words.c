// SPDX-License-Identifier: GPL-2.0
/* Who waits for whom, in words: all of it is read from the ports' figures. */
#include <stdarg.h>
#include <stdio.h>

#include "demo.h"

#define SLOW	100000		/* microseconds a block */

static bool waits_for_room(const struct demo *demo, enum stage stage)
{
	return stage != WRITER && demo->life[stage] == RUNNING &&
	       demo->stat[stage == READER ? TO_SEALER : TO_WRITER].waiting_senders;
}

static bool waits_for_message(const struct demo *demo, enum stage stage)
{
	return stage != READER && demo->life[stage] == RUNNING &&
	       demo->stat[stage == SEALER ? TO_SEALER : TO_WRITER].waiting_receivers;
}

static bool is_slow(const struct demo *demo, enum stage stage)
{
	return atomic_load(&demo->panel->pause[stage]) >= SLOW / demo->hurry;
}

bool it_waits(const struct demo *demo, enum stage stage)
{
	return waits_for_room(demo, stage) || waits_for_message(demo, stage);
}

const char *what_it_does(const struct demo *demo, enum stage stage)
{
	if (demo->life[stage] == KILLED)
		return "is dead";
	if (demo->life[stage] == FINISHED)
		return "is done";
	if (waits_for_room(demo, stage))
		return stage == READER ? "waits for the sealer" : "waits for the writer";
	if (waits_for_message(demo, stage))
		return stage == SEALER ? "waits for the reader" : "waits for the sealer";
	return is_slow(demo, stage) ? "is slow" : "works";
}

/*
 * The longest chain: "the reader waits for the sealer, which waits for the
 * writer, which is slow".  Those who wait for room wait for the next in
 * the pipeline, those who wait for a message for the one before.
 */
void describe_waiting(const struct demo *demo, char *text, size_t size)
{
	bool (*waits)(const struct demo *, enum stage) = waits_for_room;
	int step = 1, stage = READER, used;

	if (!waits_for_room(demo, READER) && !waits_for_room(demo, SEALER)) {
		waits = waits_for_message;
		step = -1;
		stage = WRITER;
	}
	if (!waits(demo, stage))
		stage = SEALER;
	if (!waits(demo, stage)) {
		snprintf(text, size, "nobody waits");
		return;
	}
	used = snprintf(text, size, "the %s %s", stage_names[stage],
			what_it_does(demo, stage));
	while (waits(demo, stage) && used < (int)size) {
		stage += step;
		used += snprintf(text + used, size - used, ", which %s",
				 what_it_does(demo, stage));
	}
}

/* Of the whole, 0 to 1: what the writers have taken, the end included. */
double share_written(const struct demo *demo)
{
	return (double)demo->stat[TO_WRITER].received / (demo->blocks + 1);
}

void tell(const struct demo *demo, const char *format, ...)
{
	char text[160];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	view->event(demo, text);
}
