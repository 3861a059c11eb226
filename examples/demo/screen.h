/* SPDX-License-Identifier: GPL-2.0 */
/* What the two parts of the drawing share: screen.c and picture.c. */
#ifndef SCREEN_H
#define SCREEN_H

#include "demo.h"

#define BOX		10		/* columns of a process */
#define MARGIN		2
#define HISTORY		512		/* frames */
#define EVENTS		16
#define EIGHTHS		8		/* of a row, in the history */

#define RESET		"\033[0m"
#define BOLD		"\033[1m"
#define DIM		"\033[2m"
#define INVERSE		"\033[7m"
#define RED		"\033[31m"
#define GREEN		"\033[32m"
#define YELLOW		"\033[33m"
#define CYAN		"\033[36m"
#define END_OF_LINE	"\033[K"

struct glyphs {
	const char *full, *empty;		/* a message's place in a port */
	const char *line, *arrow, *upright;
	const char *top_left, *top_right, *bottom_left, *bottom_right;
	const char *tee_left, *tee_right;
	const char *levels[EIGHTHS + 1];
};

struct screen {
	const struct glyphs *glyphs;
	pid_t owner;				/* who leaves the screen; 0: left */
	unsigned int rows, columns;
	unsigned int row;			/* being drawn, from 0 */
	unsigned int cell;			/* columns of a message's place */
	char title[80];
	const char *const *text;
	unsigned char history[PORTS][HISTORY];	/* messages queued */
	unsigned char killed[HISTORY];		/* whether the writer was dead */
	unsigned int frames;
	char events[EVENTS][192];
	unsigned int event_count;
};

extern struct screen screen;

void repeat(const char *glyph, unsigned int count);
void next_row(void);		/* ends the one that was printed */

/* picture.c: the processes and the ports between them, in five rows */
void draw_picture(const struct demo *demo);

#endif /* SCREEN_H */
