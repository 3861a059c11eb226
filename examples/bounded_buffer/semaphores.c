// SPDX-License-Identifier: GPL-2.0
/*
 * Shared memory with semaphores: one counts the empty places, one the items, and
 * one lets one process at a time touch the buffer.
 *
 * The order matters, and nothing checks it: with "mutex" taken before "empties"
 * a producer would wait for a place while it keeps every consumer out.
 */
#include <err.h>
#include <errno.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>

#include "buffer.h"

struct buffer {
	sem_t empties;
	sem_t items;
	sem_t mutex;
	int ring[CAPACITY];
	unsigned int in, out;
};

static struct buffer *buffer;

static void down(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		if (errno != EINTR)
			err(1, "sem_wait");
}

static void up(sem_t *semaphore)
{
	if (sem_post(semaphore))
		err(1, "sem_post");
}

void buffer_make(void)
{
	buffer = mmap(NULL, sizeof(*buffer), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		err(1, "mmap");
	if (sem_init(&buffer->empties, 1, CAPACITY) ||
	    sem_init(&buffer->items, 1, 0) || sem_init(&buffer->mutex, 1, 1))
		err(1, "sem_init");
}

void buffer_put(int item)
{
	down(&buffer->empties);
	down(&buffer->mutex);
	buffer->ring[buffer->in % CAPACITY] = item;
	dawdle();
	buffer->in++;
	up(&buffer->mutex);
	up(&buffer->items);
}

int buffer_take(void)
{
	int item;

	down(&buffer->items);
	down(&buffer->mutex);
	item = buffer->ring[buffer->out % CAPACITY];
	dawdle();
	buffer->out++;
	up(&buffer->mutex);
	up(&buffer->empties);
	return item;
}

int buffer_held(void)
{
	int held;

	down(&buffer->mutex);
	held = (int)(buffer->in - buffer->out);
	up(&buffer->mutex);
	return held;
}

void buffer_end(void)
{
	munmap(buffer, sizeof(*buffer));
}
