/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens in a monitor, as its procedures themselves write it down, and the
 * automaton that says whether it may happen.
 *
 *                      ENTER
 *           .--------------------------.
 *           |                          v        SIGNAL, nobody waits
 *       OPEN, nobody                INSIDE --------------------.
 *           ^      LEAVE, WAIT         |                       v
 *           |<-------------------------|                  INSIDE, may only
 *           |                          | SIGNAL            LEAVE, to OPEN
 *           |                          v
 *           |                 INSIDE, may only LEAVE
 *           |                          | LEAVE
 *           |                          v            BACK of the one signalled
 *           |                 CLOSED, handed on --------------------> INSIDE
 *           |
 *           '-- GONE: a waiter whose client has gone is inside, without a signal
 *
 * The automaton has queues of its own and is told nothing by the library.
 */
#ifndef MSGPORT_MONITOR_TRACE_H
#define MSGPORT_MONITOR_TRACE_H

#include "testlib.h"

#define TRACE_CONDITIONS	2
#define TRACE_WAITERS		64
#define TRACE_SIZE		(1U << 18)

enum step { STEP_ENTER, STEP_WAIT, STEP_BACK, STEP_GONE, STEP_SIGNAL, STEP_LEAVE };

struct traced {
	enum step step;
	uint32_t entry;			/* which of all entries, from 1 */
	uint32_t condition;		/* of STEP_WAIT and STEP_SIGNAL */
};

/* In shared memory: the server writes, the test reads when it has ended. */
struct trace {
	volatile uint32_t count;
	struct traced traced[TRACE_SIZE];
};

static inline void trace_step(struct trace *trace, enum step step, uint32_t entry,
			      uint32_t condition)
{
	if (trace->count == TRACE_SIZE)
		return;
	trace->traced[trace->count] = (struct traced){ step, entry, condition };
	trace->count++;
}

/* First come, first served; who was passed over has gone and is due to say so. */
struct waiters {
	uint32_t entry[TRACE_WAITERS];
	bool passed_over[TRACE_WAITERS];
	unsigned int count;
};

struct automaton {
	uint32_t inside;		/* entry; 0: nobody */
	bool signalled;			/* by who is inside */
	bool handed;			/* the door is closed for one of a queue */
	uint32_t handed_from;		/* the queue */
	struct waiters waiters[TRACE_CONDITIONS];
	const char *wrong;		/* what was not allowed; "": nothing */
	unsigned int seen[6];		/* steps of each kind */
	unsigned int handovers;		/* signals that met a waiter */
	unsigned int lost;		/* signals that met none */
};

static inline bool refuse(struct automaton *automaton, const char *why)
{
	automaton->wrong = why;
	return false;
}

static inline void remove_waiter(struct waiters *waiters, unsigned int which)
{
	for (; which + 1 < waiters->count; which++) {
		waiters->entry[which] = waiters->entry[which + 1];
		waiters->passed_over[which] = waiters->passed_over[which + 1];
	}
	waiters->count--;
}

/* Index of an entry in a queue; the queue's count if it is not there. */
static inline unsigned int find_waiter(const struct waiters *waiters, uint32_t entry)
{
	unsigned int i = 0;

	while (i < waiters->count && waiters->entry[i] != entry)
		i++;
	return i;
}

static inline bool step_enter(struct automaton *automaton, uint32_t entry)
{
	unsigned int i, j;

	if (automaton->inside)
		return refuse(automaton, "entered while another was inside");
	if (automaton->handed)
		return refuse(automaton, "entered between a signal and the waiter's return");
	for (i = 0; i < TRACE_CONDITIONS; i++) {
		for (j = 0; j < automaton->waiters[i].count; j++) {
			if (automaton->waiters[i].passed_over[j])
				return refuse(automaton, "entered before one that had gone");
		}
	}
	automaton->inside = entry;
	automaton->signalled = false;
	return true;
}

static inline bool step_wait(struct automaton *automaton, uint32_t condition)
{
	struct waiters *waiters = &automaton->waiters[condition];

	if (automaton->signalled)
		return refuse(automaton, "waited after a signal");
	if (waiters->count == TRACE_WAITERS)
		return refuse(automaton, "more wait than there are clients");
	waiters->passed_over[waiters->count] = false;
	waiters->entry[waiters->count++] = automaton->inside;
	automaton->inside = 0;
	return true;
}

static inline bool step_signal(struct automaton *automaton, uint32_t condition)
{
	if (automaton->signalled)
		return refuse(automaton, "signalled after a signal");
	automaton->signalled = true;
	automaton->handed = automaton->waiters[condition].count;
	automaton->handed_from = condition;
	if (automaton->handed)
		automaton->handovers++;
	else
		automaton->lost++;
	return true;
}

/* The first of the queue that was signalled, or all before it have gone. */
static inline bool step_back(struct automaton *automaton, uint32_t entry)
{
	struct waiters *waiters = &automaton->waiters[automaton->handed_from];
	unsigned int which = find_waiter(waiters, entry), i;

	if (automaton->inside)
		return refuse(automaton, "came back while another was inside");
	if (!automaton->handed)
		return refuse(automaton, "came back without a signal");
	if (which == waiters->count)
		return refuse(automaton, "another came back than was signalled");
	if (waiters->passed_over[which])
		return refuse(automaton, "came back after it was passed over");
	for (i = 0; i < which; i++)
		waiters->passed_over[i] = true;
	remove_waiter(waiters, which);
	automaton->handed = false;
	automaton->inside = entry;
	automaton->signalled = false;
	return true;
}

/* That one is told of its end says that the signal, if there was one, met no other. */
static inline bool step_gone(struct automaton *automaton, uint32_t entry)
{
	struct waiters *waiters = &automaton->waiters[automaton->handed_from];
	unsigned int i, which;

	if (automaton->inside)
		return refuse(automaton, "told of its end while another was inside");
	for (i = 0; automaton->handed && i < waiters->count; i++)
		waiters->passed_over[i] = true;
	automaton->handed = false;
	for (i = 0; i < TRACE_CONDITIONS; i++) {
		waiters = &automaton->waiters[i];
		which = find_waiter(waiters, entry);
		if (which == waiters->count)
			continue;
		remove_waiter(waiters, which);
		automaton->inside = entry;
		automaton->signalled = false;
		return true;
	}
	return refuse(automaton, "told of its end, and had not waited");
}

static inline bool automaton_step(struct automaton *automaton, const struct traced *traced)
{
	automaton->seen[traced->step]++;
	if (traced->condition >= TRACE_CONDITIONS)
		return refuse(automaton, "no such condition");
	if (traced->step == STEP_ENTER)
		return step_enter(automaton, traced->entry);
	if (traced->step == STEP_BACK)
		return step_back(automaton, traced->entry);
	if (traced->step == STEP_GONE)
		return step_gone(automaton, traced->entry);
	if (automaton->inside != traced->entry)
		return refuse(automaton, "did something without being inside");
	if (traced->step == STEP_WAIT)
		return step_wait(automaton, traced->condition);
	if (traced->step == STEP_SIGNAL)
		return step_signal(automaton, traced->condition);
	automaton->inside = 0;
	return true;
}

/* How many steps were allowed; all of them if none was wrong. */
static inline uint32_t run_automaton(struct automaton *automaton, const struct traced *traced,
				     uint32_t count)
{
	uint32_t i;

	*automaton = (struct automaton){ .wrong = "" };
	for (i = 0; i < count; i++)
		if (!automaton_step(automaton, &traced[i]))
			break;
	return i;
}

#endif
