/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bounded buffer of the producer and consumer problem: what it does,
 * whatever it is made of.  workload.c uses it; each of these is one way to
 * make it:
 *
 *	semaphores.c	shared memory, guarded by semaphores (POSIX)
 *	mutex.c		shared memory, guarded by a mutex with condition variables:
 *			the monitor of threads
 *	monitor.c	a monitor: a server process whose procedures run one at a time
 *	messages.c	message passing: the port is the buffer
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <sched.h>

#define CAPACITY	4

/*
 * Called in the middle of a change to the buffer, so that two processes that are
 * both there step on each other's toes: without it that would be rare, and a
 * wrong solution look right.
 */
static inline void dawdle(void)
{
	sched_yield();
}

/* Before the processes that use it are forked. */
void buffer_make(void);

/* Waits while the buffer is full. */
void buffer_put(int item);

/* The item that was put first; waits while there is none. */
int buffer_take(void);

/* How many are in it. */
int buffer_held(void);

/* When the processes have ended. */
void buffer_end(void);

#endif
