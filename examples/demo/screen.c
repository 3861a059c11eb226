// SPDX-License-Identifier: GPL-2.0
/*
 * Draws the demonstration: the three processes, how full each port is now and
 * was before, who waits for whom, the counters, and what has happened.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

static const struct glyphs unicode = {
	"█", "░", "─", "▶", "│", "╭", "╮", "╰", "╯", "┤", "├",
	{ " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
};

static const struct glyphs ascii = {
	"#", ".", "-", ">", "|", "+", "+", "+", "+", "|", "|",
	{ " ", "_", "_", ".", "-", "-", "=", "=", "#" },
};

struct screen screen;

void screen_set(unsigned int rows, unsigned int columns, bool ascii_only)
{
	screen.rows = rows;
	screen.columns = columns;
	screen.glyphs = ascii_only ? &ascii : &unicode;
	screen.cell = ((columns - 2 * MARGIN - STAGES * BOX) / PORTS - 5) / LIMIT;
}

void repeat(const char *glyph, unsigned int count)
{
	while (count--)
		fputs(glyph, stdout);
}

/* Ends the line that was printed, and begins the next. */
void next_row(void)
{
	fputs(RESET END_OF_LINE, stdout);
	if (++screen.row < screen.rows)
		fputs("\r\n", stdout);
}

static void skip_to(unsigned int row)
{
	while (screen.row < row)
		next_row();
}

static void draw_title(const struct demo *demo)
{
	const char *name = strrchr(demo->source, '/');
	char left[256], right[16];
	int width = screen.columns;

	name = name ? name + 1 : demo->source;
	snprintf(left, sizeof(left), " msgport  %.40s: %jd bytes in %u messages", name,
		 (intmax_t)demo->size, demo->blocks);
	for (char *c = left; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	snprintf(right, sizeof(right), "%.1f s ", demo->seconds);
	printf(INVERSE "%-*.*s%s", width - (int)strlen(right),
	       width - (int)strlen(right), left, right);
	next_row();
}

static void draw_step(void)
{
	const char *const *line = screen.text;

	printf("%*s" BOLD CYAN "%s", MARGIN, "", screen.title);
	next_row();
	while (line && *line) {
		printf("%*s%s", MARGIN, "", *line++);
		next_row();
	}
}

static void draw_waiting(const struct demo *demo)
{
	char text[160];

	describe_waiting(demo, text, sizeof(text));
	text[0] = toupper(text[0]);
	printf("%*s" BOLD "%.*s.", MARGIN, "", (int)screen.columns - 2 * MARGIN, text);
	next_row();
}

/* The fill of one port over time, in so many rows; the newest on the right. */
static void draw_history(int port, unsigned int rows)
{
	unsigned int columns = screen.columns - 2 * MARGIN - 15, row, column;
	unsigned int steps = rows * EIGHTHS;

	for (row = rows; row-- > 0;) {
		printf("%*s%-13s ", MARGIN, "", row == rows - 1 ? port_names[port] : "");
		for (column = columns; column-- > 0;) {
			unsigned int back = column + 1, at, level;

			if (back > screen.frames || back > HISTORY) {
				putchar(' ');
				continue;
			}
			at = (screen.frames - back) % HISTORY;
			level = (screen.history[port][at] * steps + LIMIT - 1) / LIMIT;
			level = level > row * EIGHTHS ? level - row * EIGHTHS : 0;
			if (level > EIGHTHS)
				level = EIGHTHS;
			fputs(screen.killed[at] && port == TO_WRITER ? RED :
			      screen.history[port][at] >= LIMIT ? YELLOW : GREEN, stdout);
			fputs(screen.glyphs->levels[level], stdout);
		}
		next_row();
	}
}

static void draw_counters(const struct demo *demo)
{
	int i;

	printf("%*s" DIM "%-13s %9s %9s %9s %9s   waiting", MARGIN, "", "port", "sent",
	       "received", "discarded", "queued");
	next_row();
	for (i = 0; i < PORTS; i++) {
		const struct msgport_stat *stat = &demo->stat[i];

		printf("%*s%-13s %9llu %9llu %9llu %9llu   %s", MARGIN, "", port_names[i],
		       (unsigned long long)stat->sent,
		       (unsigned long long)stat->received,
		       (unsigned long long)stat->discarded,
		       (unsigned long long)stat->queued,
		       stat->waiting_senders ? YELLOW "a sender" :
		       stat->waiting_receivers ? YELLOW "a receiver" : DIM "nobody");
		next_row();
	}
}

static void draw_progress(const struct demo *demo)
{
	unsigned int width = screen.columns - 2 * MARGIN - 22;
	unsigned int done = share_written(demo) * width;

	printf("%*s%-13s " CYAN, MARGIN, "", "written");
	repeat(screen.glyphs->full, done);
	fputs(RESET DIM, stdout);
	repeat(screen.glyphs->empty, width - done);
	printf(RESET " %3.0f %%", 100 * share_written(demo));
	next_row();
}

/* The last ones that there is room for. */
static void draw_events(void)
{
	unsigned int room = screen.rows - screen.row, i = 0;

	if (room > EVENTS)
		room = EVENTS;
	if (screen.event_count > room)
		i = screen.event_count - room;
	for (; i < screen.event_count; i++) {
		printf("%*s%s", MARGIN, "", screen.events[i % EVENTS]);
		next_row();
	}
}

static void remember(const struct demo *demo)
{
	unsigned int at = screen.frames++ % HISTORY;
	int i;

	for (i = 0; i < PORTS; i++)
		screen.history[i][at] = demo->stat[i].queued;
	screen.killed[at] = demo->life[WRITER] == KILLED;
}

static void frame(const struct demo *demo)
{
	bool tall = screen.rows >= 34;

	remember(demo);
	fputs("\033[H", stdout);
	screen.row = 0;
	draw_title(demo);
	skip_to(2);
	draw_step();
	skip_to(6);
	draw_picture(demo);
	skip_to(screen.row + 1);
	draw_waiting(demo);
	skip_to(screen.row + 1);
	draw_history(TO_SEALER, tall ? 4 : 1);
	if (tall)
		next_row();
	draw_history(TO_WRITER, tall ? 4 : 1);
	if (tall)
		next_row();
	draw_progress(demo);
	if (tall)
		next_row();
	draw_counters(demo);
	skip_to(screen.row + 1);
	draw_events();
	fputs(RESET "\033[J", stdout);
	fflush(stdout);
}

static void event(const struct demo *demo, const char *text)
{
	snprintf(screen.events[screen.event_count++ % EVENTS], sizeof(screen.events[0]),
		 "%5.1f s  %s", demo->seconds, text);
}

static void step(const struct demo *demo, const char *title, const char *const *text)
{
	(void)demo;
	snprintf(screen.title, sizeof(screen.title), "%s", title);
	screen.text = text;
}

static void end(void)
{
	if (screen.owner != getpid())
		return;
	screen.owner = 0;
	fputs(RESET "\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/*
 * On the terminal's other screen, so that nothing of the user's is lost; it is
 * left however the director ends, but not when one of the others does.
 */
static void start(const struct demo *demo)
{
	(void)demo;
	screen.owner = getpid();
	atexit(end);
	setvbuf(stdout, NULL, _IOFBF, 65536);
	fputs("\033[?1049h\033[?25l\033[2J", stdout);
}

const struct view screen_view = { start, step, event, frame, end };
