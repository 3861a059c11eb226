/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The demonstration: a file goes through three processes and two ports.
 *
 *   file -> reader -- "demo.sealer" --> sealer -- "demo.writer" --> writer -> copy
 *
 * A fourth process, the director, makes the ports, starts the three, changes
 * their speed, kills the writer and starts it again, and shows all of it.  It
 * holds both receive rights, so that the ports outlive a killed writer.
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <msgport.h>

#define LIMIT		16		/* messages in transit, of each port */
#define BLOCK_MAX	65536		/* bytes of the file in one message */
#define BLOCKS_WANTED	500		/* as many, unless the file is large */

enum stage { READER, SEALER, WRITER, STAGES };
enum { TO_SEALER, TO_WRITER, PORTS };

enum life { RUNNING, FINISHED, KILLED };

/*
 * The director's knobs, in memory shared with the three; and what the writer
 * tells of itself.  Nothing of the file goes this way.
 */
struct panel {
	_Atomic unsigned int pause[STAGES];	/* microseconds after each block */
	_Atomic unsigned int repeated;		/* blocks that came to the writer twice */
};

struct port {
	int receive_right, send_right;
};

struct demo {
	/* constant once started */
	const char *source, *copy;		/* paths of files */
	off_t size;				/* of the source, bytes */
	size_t block;				/* bytes of the file in a message */
	unsigned int blocks;			/* in the whole file */
	unsigned int hurry;			/* times are divided by this */
	struct port ports[PORTS];
	struct panel *panel;

	/* the director's own */
	pid_t pids[STAGES];
	enum life life[STAGES];
	unsigned int kills;
	struct msgport_stat stat[PORTS];	/* as of the last look */
	unsigned long most_queued[PORTS];
	bool seen_waiting[STAGES];		/* blocked in a send */
	double seconds;				/* since the start */
};

extern const char *const stage_names[STAGES];
extern const char *const port_names[PORTS];

/* stages.c: what the three processes do; none returns. */
_Noreturn void read_blocks(const struct demo *demo);
_Noreturn void seal_blocks(const struct demo *demo);
_Noreturn void write_blocks(const struct demo *demo);

/* processes.c: making, watching and ending them */
void make_ports(struct demo *demo);
void start_stage(struct demo *demo, enum stage stage);
void drop_send_rights(struct demo *demo);
bool kill_writer(struct demo *demo);
void look(struct demo *demo);
bool all_finished(const struct demo *demo);

/* steps.c: the story */
void direct(struct demo *demo);

/* words.c: who waits for whom */
const char *what_it_does(const struct demo *demo, enum stage stage);
bool it_waits(const struct demo *demo, enum stage stage);
void describe_waiting(const struct demo *demo, char *text, size_t size);
double share_written(const struct demo *demo);

/* How it is shown: screen.c draws, lines.c prints. */
struct view {
	void (*start)(const struct demo *demo);
	void (*step)(const struct demo *demo, const char *title,
		     const char *const *text);		/* NULL ends the lines */
	void (*event)(const struct demo *demo, const char *text);
	void (*frame)(const struct demo *demo);		/* ten times a second */
	void (*end)(void);
};

extern const struct view *view;
extern const struct view lines_view, screen_view;

void screen_set(unsigned int rows, unsigned int columns, bool ascii);
void tell(const struct demo *demo, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* DEMO_H */
