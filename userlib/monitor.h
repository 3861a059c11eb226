/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The inside of a monitor: who is where, and on which stack.
 *
 * A place is what one client needs inside: a stack, a request and an answer.
 * There are max_waiting of them and one more, so that when the door opens there
 * is always one for who enters, however many wait.
 *
 *     idle --> at the door --> active --> at the door   left, answered there
 *                                |    --> idle          left, answered at once
 *                                v
 *                             waiting --> handed --> active   (signalled)
 *                                     --> gone   --> active   (client gone)
 *
 * One thread has all of this: there are no locks.
 */
#ifndef MSGPORT_MONITOR_INTERNAL_H
#define MSGPORT_MONITOR_INTERNAL_H

#include <stdbool.h>
#include <ucontext.h>

#include "internal.h"
#include "msgport_monitor.h"

/**
 * struct place - room for one client inside
 * @next: in the list it is in
 * @monitor: constant
 * @context: where its procedure goes on
 * @stack: its lowest byte; constant
 * @entry: what the procedure is given
 * @request: buffer of max_request bytes; constant
 * @answer: buffer of max_answer bytes; constant
 * @token: the client's call, until it is answered; 0: none
 * @procedure: number that the client asked for
 * @result: what the procedure returned
 * @error: its errno, if that is -1
 * @started: @context has been made
 * @left: the procedure has returned
 * @signalled: it has signalled, and may do nothing else
 * @gone: resumed without a signal, since its client has gone
 */
struct place {
	struct place *next;
	struct msgport_monitor *monitor;
	ucontext_t context;
	char *stack;
	struct msgport_entry entry;
	char *request;
	char *answer;
	uint64_t token;
	uint64_t procedure;
	ssize_t result;
	int error;
	bool started;
	bool left;
	bool signalled;
	bool gone;
};

/* First come, first served. */
struct places {
	struct place *first;
	struct place *last;
	unsigned int count;
};

/**
 * struct msgport_monitor - all of one
 * @port: receive right of the door
 * @options: as given, with sizes filled in
 * @data: the monitor's data, in pages of its own
 * @data_bytes: of these pages
 * @memory: the mapping that holds data, stacks and buffers
 * @memory_bytes: of it
 * @place: all places
 * @conditions: who waits, for each condition variable
 * @waiting: in all of @conditions
 * @idle: places of nobody
 * @gone: who is to be told that the client has gone, before the door opens
 * @handed: who was signalled, and runs next
 * @active: who is inside; NULL: the door is open, or serve is not running
 * @door: place of who enters next; it may hold the answer of who left last
 * @outside: where serve goes on when a procedure stops
 * @read_only: the data is, since a procedure has signalled
 * @stopping: nobody else is let in
 * @serving: serve runs
 */
struct msgport_monitor {
	int port;
	struct msgport_monitor_options options;
	void *data;
	size_t data_bytes;
	char *memory;
	size_t memory_bytes;
	struct place *place;
	struct places *conditions;
	unsigned int waiting;
	struct places idle;
	struct places gone;
	struct place *handed;
	struct place *active;
	struct place *door;
	ucontext_t outside;
	bool read_only;
	bool stopping;
	bool serving;
};

static inline void push(struct places *places, struct place *place)
{
	place->next = NULL;
	if (places->first)
		places->last->next = place;
	else
		places->first = place;
	places->last = place;
	places->count++;
}

static inline struct place *pop(struct places *places)
{
	struct place *place = places->first;

	if (place) {
		places->first = place->next;
		places->count--;
	}
	return place;
}

#endif /* MSGPORT_MONITOR_INTERNAL_H */
