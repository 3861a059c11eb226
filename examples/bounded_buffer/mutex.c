// SPDX-License-Identifier: GPL-2.0
/*
 * The monitor of threads: shared memory with a mutex and condition variables.
 *
 * A signal only wakes a waiter, which must then take the mutex like anybody else.
 * Others may get in before it and undo what it waited for: hence the "while",
 * where the monitor in monitor.c does with an "if".  And a process that dies with
 * the mutex locked leaves it locked, unless everybody is prepared for that
 * (PTHREAD_MUTEX_ROBUST).
 */
#include <err.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

#include "buffer.h"

struct buffer {
	pthread_mutex_t mutex;
	pthread_cond_t not_full, not_empty;
	int ring[CAPACITY];
	unsigned int in, out;
};

static struct buffer *buffer;

void buffer_make(void)
{
	pthread_mutexattr_t shared_mutex;
	pthread_condattr_t shared_condition;

	buffer = mmap(NULL, sizeof(*buffer), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		err(1, "mmap");
	pthread_mutexattr_init(&shared_mutex);
	pthread_mutexattr_setpshared(&shared_mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&buffer->mutex, &shared_mutex);
	pthread_condattr_init(&shared_condition);
	pthread_condattr_setpshared(&shared_condition, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&buffer->not_full, &shared_condition);
	pthread_cond_init(&buffer->not_empty, &shared_condition);
}

void buffer_put(int item)
{
	pthread_mutex_lock(&buffer->mutex);
	while (buffer->in - buffer->out == CAPACITY)
		pthread_cond_wait(&buffer->not_full, &buffer->mutex);
	buffer->ring[buffer->in % CAPACITY] = item;
	dawdle();
	buffer->in++;
	pthread_cond_signal(&buffer->not_empty);
	pthread_mutex_unlock(&buffer->mutex);
}

int buffer_take(void)
{
	int item;

	pthread_mutex_lock(&buffer->mutex);
	while (buffer->in == buffer->out)
		pthread_cond_wait(&buffer->not_empty, &buffer->mutex);
	item = buffer->ring[buffer->out % CAPACITY];
	dawdle();
	buffer->out++;
	pthread_cond_signal(&buffer->not_full);
	pthread_mutex_unlock(&buffer->mutex);
	return item;
}

int buffer_held(void)
{
	int held;

	pthread_mutex_lock(&buffer->mutex);
	held = (int)(buffer->in - buffer->out);
	pthread_mutex_unlock(&buffer->mutex);
	return held;
}

void buffer_end(void)
{
	munmap(buffer, sizeof(*buffer));
}
