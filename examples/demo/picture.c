// SPDX-License-Identifier: GPL-2.0
/* Draws the three processes as boxes, and the ports as bars between them. */
#include <stdio.h>
#include <string.h>

#include "screen.h"

static const char *colour_of(const struct demo *demo, enum stage stage)
{
	if (demo->life[stage] == KILLED)
		return BOLD RED;
	if (demo->life[stage] == FINISHED)
		return DIM;
	return it_waits(demo, stage) ? YELLOW : GREEN;
}

static unsigned int link_width(void)
{
	return (screen.columns - 2 * MARGIN - STAGES * BOX) / PORTS;
}

/* The top or the bottom edges of all three boxes. */
static void draw_edges(const struct demo *demo, const char *left, const char *right)
{
	int i;

	printf("%*s", MARGIN, "");
	for (i = 0; i < STAGES; i++) {
		fputs(colour_of(demo, i), stdout);
		fputs(left, stdout);
		repeat(screen.glyphs->line, BOX - 2);
		fputs(right, stdout);
		fputs(RESET, stdout);
		if (i < PORTS)
			printf("%*s", link_width(), "");
	}
	next_row();
}

static const char *colour_of_port(const struct msgport_stat *stat)
{
	return stat->queued >= LIMIT ? RED : stat->queued > LIMIT / 2 ? YELLOW : GREEN;
}

/* "--|######....|-->" between two boxes; the newest messages are on the left. */
static void draw_link(const struct msgport_stat *stat)
{
	const struct glyphs *glyphs = screen.glyphs;
	unsigned int queued = stat->queued < LIMIT ? stat->queued : LIMIT;
	unsigned int rest = link_width() - LIMIT * screen.cell - 3;

	repeat(glyphs->line, rest / 2);
	fputs(glyphs->tee_left, stdout);
	fputs(DIM, stdout);
	repeat(glyphs->empty, (LIMIT - queued) * screen.cell);
	fputs(RESET, stdout);
	fputs(colour_of_port(stat), stdout);
	repeat(glyphs->full, queued * screen.cell);
	fputs(RESET, stdout);
	fputs(glyphs->tee_right, stdout);
	repeat(glyphs->line, rest - rest / 2);
	fputs(glyphs->arrow, stdout);
}

static void draw_middle(const struct demo *demo)
{
	int i;

	printf("%*s", MARGIN, "");
	for (i = 0; i < STAGES; i++) {
		printf("%s%s " BOLD "%s" RESET "%s %s" RESET, colour_of(demo, i),
		       screen.glyphs->upright, stage_names[i], colour_of(demo, i),
		       screen.glyphs->upright);
		if (i < PORTS)
			draw_link(&demo->stat[i]);
	}
	next_row();
}

static void centre(const char *text, int width)
{
	int length = strlen(text), left = (width - length) / 2;

	if (length > width)
		printf("%.*s", width, text);
	else
		printf("%*s%s%*s", left, "", text, width - length - left, "");
}

/* A phrase that is wider than a box is cut before its last two words. */
static void cut_phrase(const char *phrase, bool second, char *part, size_t size)
{
	const char *cut = strstr(phrase, " the ");

	if (!cut)
		cut = phrase + strlen(phrase);
	if (second)
		snprintf(part, size, "%s", *cut ? cut + 1 : "");
	else
		snprintf(part, size, "%.*s", (int)(cut - phrase), phrase);
}

/*
 * Under the boxes what each does, in two rows ("waits for", "the sealer"), and
 * under the links how full each port is.
 */
static void draw_below(const struct demo *demo, bool second_row)
{
	char text[32];
	int i;

	printf("%*s", MARGIN, "");
	for (i = 0; i < STAGES; i++) {
		fputs(colour_of(demo, i), stdout);
		cut_phrase(what_it_does(demo, i), second_row, text, sizeof(text));
		centre(text, BOX);
		fputs(RESET, stdout);
		if (i == PORTS)
			continue;
		snprintf(text, sizeof(text), second_row ? "" : "%llu of %d",
			 (unsigned long long)demo->stat[i].queued, LIMIT);
		centre(text, link_width());
	}
	next_row();
}

void draw_picture(const struct demo *demo)
{
	const struct glyphs *glyphs = screen.glyphs;

	draw_edges(demo, glyphs->top_left, glyphs->top_right);
	draw_middle(demo);
	draw_edges(demo, glyphs->bottom_left, glyphs->bottom_right);
	draw_below(demo, false);
	draw_below(demo, true);
}
