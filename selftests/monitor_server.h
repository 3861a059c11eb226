/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A monitor for tests, in a process of its own: a buffer of a few places, whose
 * procedures write down every step they take, and procedures that do one thing
 * alone.
 */
#ifndef MSGPORT_MONITOR_SERVER_H
#define MSGPORT_MONITOR_SERVER_H

#include <stdatomic.h>

#include <msgport_monitor.h>

#include "monitor_trace.h"

#define BUFFER_PLACES	2

enum { NOT_FULL, NOT_EMPTY };

enum procedure {
	PROCEDURE_PUT,
	PROCEDURE_TAKE,
	PROCEDURE_WAIT,		/* for a condition */
	PROCEDURE_SIGNAL,
	PROCEDURE_LOOK,		/* at the data */
	PROCEDURE_STAY,		/* inside, until the test says so */
	PROCEDURE_AFTER_SIGNAL,	/* everything that may not be done then */
	PROCEDURE_WRITE_AFTER_SIGNAL,
	PROCEDURE_FAIL,		/* with the errno it is given */
	PROCEDURE_OVERFLOW,	/* an answer of more than there is room for */
	PROCEDURE_WAITING,	/* how many wait for a condition */
	PROCEDURE_STOP,
	PROCEDURE_ECHO,
	PROCEDURES,
};

struct buffer {
	int held;
	int gone;		/* procedures that were told so */
	int waits;		/* procedures that are in a wait, as they count */
};

/* Shared with the test. */
struct monitor_shared {
	atomic_int staying;	/* somebody is inside, and stays */
	atomic_int go;		/* until this */
	atomic_uint entries;
	struct trace trace;
};

static struct monitor_shared *monitor_shared;

struct monitor_in_child {
	pid_t server;
	int right;
	int port;		/* a send right, to ask the port with */
};

/* ---- procedures ---- */

static inline int number_in(const struct msgport_entry *entry)
{
	return entry->request_size == sizeof(int) ? *(const int *)entry->request : 0;
}

static inline ssize_t answer_number(const struct msgport_entry *entry, int number)
{
	if (entry->answer_size < sizeof(number))
		return 0;
	*(int *)entry->answer = number;
	return sizeof(number);
}

/* A wait that is written down; each wait is counted in the data, and off again. */
static inline int traced_wait(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry, uint32_t who,
			      unsigned int condition)
{
	struct buffer *buffer = entry->data;
	int error;

	buffer->waits++;
	trace_step(&monitor_shared->trace, STEP_WAIT, who, condition);
	error = error_of(msgport_monitor_wait(monitor, condition));
	trace_step(&monitor_shared->trace, error ? STEP_GONE : STEP_BACK, who, 0);
	buffer->waits--;
	if (error)
		buffer->gone++;
	return error;
}

/* Leaves with a signal, of which nothing may come between. */
static inline void traced_signal(struct msgport_monitor *monitor, uint32_t who,
				 unsigned int condition)
{
	trace_step(&monitor_shared->trace, STEP_SIGNAL, who, condition);
	msgport_monitor_signal(monitor, condition);
	trace_step(&monitor_shared->trace, STEP_LEAVE, who, 0);
}

static inline ssize_t move(struct msgport_monitor *monitor,
			   const struct msgport_entry *entry, int from, int by,
			   unsigned int until, unsigned int then)
{
	struct buffer *buffer = entry->data;
	uint32_t who = ++monitor_shared->entries;

	trace_step(&monitor_shared->trace, STEP_ENTER, who, 0);
	if (buffer->held == from && traced_wait(monitor, entry, who, until)) {
		trace_step(&monitor_shared->trace, STEP_LEAVE, who, 0);
		errno = ECANCELED;
		return -1;
	}
	/* what was signalled holds, without another look */
	if (buffer->held == from) {
		errno = EPROTO;
		return -1;
	}
	buffer->held += by;
	traced_signal(monitor, who, then);
	return answer_number(entry, buffer->held);
}

static ssize_t procedure_put(struct msgport_monitor *monitor,
			     const struct msgport_entry *entry)
{
	return move(monitor, entry, BUFFER_PLACES, 1, NOT_FULL, NOT_EMPTY);
}

static ssize_t procedure_take(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	return move(monitor, entry, 0, -1, NOT_EMPTY, NOT_FULL);
}

static ssize_t procedure_wait(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	struct buffer *buffer = entry->data;

	buffer->waits++;
	if (msgport_monitor_wait(monitor, number_in(entry))) {
		int error = errno;

		buffer->waits--;
		buffer->gone += error == ESRCH;
		/* told once; a second wait is refused */
		if (error == ESRCH &&
		    error_of(msgport_monitor_wait(monitor, 0)) != ESRCH)
			buffer->gone = -1000;
		errno = error;
		return -1;
	}
	buffer->waits--;
	return answer_number(entry, buffer->waits);
}

static ssize_t procedure_signal(struct msgport_monitor *monitor,
				const struct msgport_entry *entry)
{
	return msgport_monitor_signal(monitor, number_in(entry));
}

static ssize_t procedure_look(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	(void)monitor;
	if (entry->answer_size < sizeof(struct buffer)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(entry->answer, entry->data, sizeof(struct buffer));
	return sizeof(struct buffer);
}

static ssize_t procedure_stay(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	(void)monitor;
	((struct buffer *)entry->data)->held++;
	monitor_shared->staying = 1;
	while (!monitor_shared->go)
		pause_ms(1);
	monitor_shared->staying = 0;
	return 0;
}

/* Answers how many of the things were refused as they must be: all three. */
static ssize_t procedure_after_signal(struct msgport_monitor *monitor,
				      const struct msgport_entry *entry)
{
	int refused = 0;

	msgport_monitor_signal(monitor, 0);
	refused += error_of(msgport_monitor_wait(monitor, 1)) == EPERM;
	refused += error_of(msgport_monitor_signal(monitor, 1)) == EPERM;
	refused += error_of(msgport_monitor_serve(monitor, 0)) == EPERM;
	return answer_number(entry, refused);
}

static ssize_t procedure_write_after_signal(struct msgport_monitor *monitor,
					    const struct msgport_entry *entry)
{
	struct buffer *buffer = entry->data;

	buffer->held = 7;
	msgport_monitor_signal(monitor, 0);
	if (buffer->held == 7)
		*(volatile int *)&buffer->held = 8;
	return 0;
}

static ssize_t procedure_fail(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	(void)monitor;
	errno = number_in(entry);
	return -1;
}

static ssize_t procedure_overflow(struct msgport_monitor *monitor,
				  const struct msgport_entry *entry)
{
	(void)monitor;
	return (ssize_t)entry->answer_size + 1;
}

static ssize_t procedure_waiting(struct msgport_monitor *monitor,
				 const struct msgport_entry *entry)
{
	return answer_number(entry, msgport_monitor_waiting(monitor, number_in(entry)));
}

static ssize_t procedure_stop(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	(void)entry;
	msgport_monitor_stop(monitor);
	return 0;
}

static ssize_t procedure_echo(struct msgport_monitor *monitor,
			      const struct msgport_entry *entry)
{
	size_t size = entry->request_size < entry->answer_size ? entry->request_size :
								 entry->answer_size;

	(void)monitor;
	memcpy(entry->answer, entry->request, size);
	return size;
}

static const msgport_procedure procedures[PROCEDURES] = {
	[PROCEDURE_PUT] = procedure_put,
	[PROCEDURE_TAKE] = procedure_take,
	[PROCEDURE_WAIT] = procedure_wait,
	[PROCEDURE_SIGNAL] = procedure_signal,
	[PROCEDURE_LOOK] = procedure_look,
	[PROCEDURE_STAY] = procedure_stay,
	[PROCEDURE_AFTER_SIGNAL] = procedure_after_signal,
	[PROCEDURE_WRITE_AFTER_SIGNAL] = procedure_write_after_signal,
	[PROCEDURE_FAIL] = procedure_fail,
	[PROCEDURE_OVERFLOW] = procedure_overflow,
	[PROCEDURE_WAITING] = procedure_waiting,
	[PROCEDURE_STOP] = procedure_stop,
	[PROCEDURE_ECHO] = procedure_echo,
};

/* ---- the server ---- */

#define SEGMENTATION_FAULT	77	/* exit status */

static void on_fault(int signal)
{
	(void)signal;
	_exit(SEGMENTATION_FAULT);
}

static inline struct msgport_monitor *new_monitor(unsigned int max_waiting)
{
	struct msgport_monitor_options options = {
		.procedures = procedures,
		.procedure_count = PROCEDURES,
		.condition_count = TRACE_CONDITIONS,
		.max_waiting = max_waiting,
		.data_size = sizeof(struct buffer),
	};
	struct msgport_monitor *monitor;

	monitor = msgport_monitor_create(MSGPORT_DEFAULT, NULL, &options);
	if (!monitor)
		give_up("monitor");
	monitor_shared = mmap(NULL, sizeof(*monitor_shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (monitor_shared == MAP_FAILED)
		give_up("mmap");
	return monitor;
}

/* Serves in a child; its status is the errno of serve. */
static inline struct monitor_in_child start_monitor(unsigned int max_waiting)
{
	struct msgport_monitor *monitor = new_monitor(max_waiting);
	struct monitor_in_child child;

	child.right = mint_plain(msgport_monitor_port(monitor));
	if (child.right < 0)
		give_up("mint");
	child.server = start_child();
	if (!child.server) {
		signal(SIGSEGV, on_fault);
		_exit(error_of(msgport_monitor_serve(monitor, MSGPORT_FOREVER)));
	}
	msgport_monitor_free(monitor);
	return child;
}

static inline void end_monitor(struct monitor_in_child *child)
{
	close(child->right);
	end_child(child->server);
	munmap(monitor_shared, sizeof(*monitor_shared));
}

/* ---- clients ---- */

/* What the procedure answers, a number; -1 with errno.  Nobody waits for ever. */
static inline int enter(int right, enum procedure procedure, int number)
{
	int answer = 0;

	if (msgport_monitor_enter(right, procedure, &number, sizeof(number), &answer,
				  sizeof(answer), in_ms(PATIENCE_MS)) < 0)
		return -1;
	return answer;
}

static inline struct buffer look(int right)
{
	struct buffer buffer = { .held = -1 };

	if (msgport_monitor_enter(right, PROCEDURE_LOOK, NULL, 0, &buffer,
				  sizeof(buffer), MSGPORT_FOREVER) != sizeof(buffer))
		give_up("look");
	return buffer;
}

/* A child that enters once; its status is the errno. */
static inline pid_t start_client(int right, enum procedure procedure, int number)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(error_of(enter(right, procedure, number)));
	return pid;
}

/* Until so many wait for a condition, as the monitor says. */
static inline bool wait_for_waiting(int right, unsigned int condition, int count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (enter(right, PROCEDURE_WAITING, condition) == count)
			return true;
		pause_ms(1);
	}
	return false;
}

#endif
