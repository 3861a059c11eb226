/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gates, to sleep at until another process has changed something in shared
 * memory, and credits, for transports that would drop or refuse a message
 * instead of blocking its sender.
 *
 * A sleeper announces itself, looks once more, and only then sleeps; a waker
 * changes what is waited for, and only then looks for sleepers. So one of the
 * two sees the other, and who finds nobody asleep makes no system call:
 *
 *	ticket = gate_enter(gate);	change what is waited for
 *	look once more			gate_wake(gate)
 *	gate_wait(gate, ticket)
 *
 * Both waits may end early: whoever sleeps looks again.
 */
#ifndef MSGPORT_BENCH_CREDIT_H
#define MSGPORT_BENCH_CREDIT_H

#include <stdbool.h>
#include <stdint.h>

/* In shared memory. */
struct gate {
	uint32_t asleep;	/* entered since the last wake-up */
	uint32_t turn;		/* a futex: counts wake-ups */
	int event;		/* sleep at this eventfd instead; -1: at the futex */
};

enum gate_kind { GATE_FUTEX, GATE_EVENTFD };

void gate_open(struct gate *gate, enum gate_kind kind);
void gate_close(struct gate *gate);

/* From here to gate_wait() no wake-up is lost. */
uint32_t gate_enter(struct gate *gate);
void gate_wait(struct gate *gate, uint32_t ticket);
void gate_wake_sleepers(struct gate *gate);

static inline void gate_wake(struct gate *gate)
{
	/* Pairs with the full barrier in gate_enter(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&gate->asleep, __ATOMIC_RELAXED))
		gate_wake_sleepers(gate);
}

/*
 * How many messages may be in transit. A sender that has used up the window
 * sleeps, and is woken when half of it is free again: woken at each free place
 * it would be woken for one message at a time.
 */
struct credit {
	struct gate room;
	uint32_t window;	/* messages; constant */
	uint32_t used;		/* messages in transit; atomic */
	bool nonblock;		/* set before there are other processes */
};

void credit_open(struct credit *credit, unsigned int window,
		 enum gate_kind kind);
void credit_close(struct credit *credit);

/* The sender's, before each message. False: used up, and nonblock is set. */
bool credit_take(struct credit *credit);
/* The receiver's, when messages have left. */
void credit_give(struct credit *credit, unsigned int count);

#endif
