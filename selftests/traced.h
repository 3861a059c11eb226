/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says of ports to who looks: the trace, and the state file.  Root. */
#ifndef MSGPORT_TRACED_H
#define MSGPORT_TRACED_H

#include "users.h"

#define TRACING		"/sys/kernel/tracing/"
#define EVENTS		TRACING "events/msgport/enable"
#define STATE_FILE	"/sys/kernel/debug/msgport/state"

/* A file's text; good until the next one is read. */
static inline const char *read_text(const char *path)
{
	static char text[1 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length, used = 0;

	if (fd < 0)
		give_up(path);
	while ((length = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += length;
	close(fd);
	text[used] = '\0';
	return text;
}

/* Is there a line with both, in this order? */
static inline bool has_line(const char *lines, const char *one, const char *other)
{
	const char *at = lines, *end, *found;

	while ((at = strstr(at, one))) {
		end = strchrnul(at, '\n');
		found = strstr(at, other);
		if (found && found < end)
			return true;
		at = end;
	}
	return false;
}

/* The line of a process in the state file, in @line; false if it waits nowhere. */
static inline bool where_it_waits(pid_t pid, char *line, size_t size)
{
	const char *text = read_text(STATE_FILE), *at, *from;
	char word[32];

	snprintf(word, sizeof(word), " pid=%d ", pid);
	at = strstr(text, word);
	if (!at)
		return false;
	for (from = at; from > text && from[-1] != '\n';)
		from--;
	snprintf(line, size, "%.*s", (int)strcspn(from, "\n"), from);
	return true;
}

static inline bool can_trace(void)
{
	return !access(EVENTS, W_OK);
}

/*
 * Names of commands are not recorded: for those the kernel patches its scheduler and idle
 * loop at each start and stop.  An emulator of several processors may miss such a patch,
 * and execute for ever the breakpoint that stood there meanwhile.
 */
static inline void start_trace(void)
{
	write_file(TRACING "options/record-cmd", "0");
	write_file(TRACING "trace", "\n");
	write_file(EVENTS, "1");
}

static inline void stop_trace(void)
{
	write_file(EVENTS, "0");
}

/* A line of the trace about the port or group of a descriptor, with something in it. */
static inline bool traced_of(int fd, const char *event, const char *what)
{
	struct msgport_stat stat = stat_of(fd);
	char begin[64];

	if (stat.what == MSGPORT_IS_GROUP)
		snprintf(begin, sizeof(begin), "msgport_%s: group=%llu ", event,
			 (unsigned long long)stat.source);
	else
		snprintf(begin, sizeof(begin), "msgport_%s: port=%llu ", event,
			 (unsigned long long)stat.port);
	return has_line(read_text(TRACING "trace"), begin, what);
}

#endif
