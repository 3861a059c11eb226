// SPDX-License-Identifier: GPL-2.0
/*
 * A ring of messages in shared memory, with what processes have for waiting:
 * a futex or an eventfd, slept at only when the ring is empty or full;
 * process-shared POSIX semaphores that count places and messages; and a
 * monitor of a process-shared mutex and two conditions. Several may send, one
 * receives. Every message is copied in and out, as whoever gets it must not
 * see it change.
 */
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "credit.h"

/* In shared memory; each kind of waiting has members of its own. */
struct ring {
	struct credit credit;		/* futex, eventfd: free places */
	struct gate filled;		/* futex, eventfd: the receiver */
	sem_t free, full, senders;	/* semaphores; senders: only one writes */
	pthread_mutex_t lock;		/* monitor: all below */
	pthread_cond_t not_full, not_empty;
	uint64_t tail;			/* messages that have a place; atomic */
	uint64_t head;			/* messages taken out; the receiver's */
	size_t size;			/* bytes; this and the rest are constant */
	uint64_t depth;			/* places */
	size_t bytes;			/* of the mapping */
	uint64_t *written;		/* a place: number of its message, from 1 */
	char *places;
};

/* The payloads begin at a page of their own. */
#define PLACES_ALIGNMENT	4096

static struct ring *map_ring(const struct shape *shape)
{
	size_t head = sizeof(struct ring) + shape->depth * sizeof(uint64_t);
	size_t bytes;
	struct ring *ring;

	head = (head + PLACES_ALIGNMENT - 1) & ~(size_t)(PLACES_ALIGNMENT - 1);
	bytes = head + shape->depth * shape->size;
	ring = shared_memory(bytes);
	ring->size = shape->size;
	ring->depth = shape->depth;
	ring->bytes = bytes;
	ring->written = (uint64_t *)(ring + 1);
	ring->places = (char *)ring + head;
	return ring;
}

static struct ring *new_ring(struct channel *channel)
{
	struct ring *ring = map_ring(&channel->shape);

	channel->own = ring;
	return ring;
}

static void free_ring(struct channel *channel)
{
	struct ring *ring = channel->own;

	munmap(ring, ring->bytes);
}

/* Kept with the credits, though only gates have these. */
static void set_nonblock(struct channel *channel)
{
	struct ring *ring = channel->own;

	ring->credit.nonblock = true;
}

static void *place_of(struct ring *ring, uint64_t number)
{
	return ring->places + number % ring->depth * ring->size;
}

static void copy_in(struct ring *ring, uint64_t number, const void *payload)
{
	memcpy(place_of(ring, number), payload, ring->size);
}

static void copy_out(struct ring *ring, uint64_t number, void *payload)
{
	memcpy(payload, place_of(ring, number), ring->size);
}

static bool open_with_gates(struct channel *channel, enum gate_kind kind)
{
	struct ring *ring = new_ring(channel);

	credit_open(&ring->credit, ring->depth, kind);
	gate_open(&ring->filled, kind);
	return true;
}

static bool open_with_futex(struct channel *channel)
{
	return open_with_gates(channel, GATE_FUTEX);
}

static bool open_with_eventfd(struct channel *channel)
{
	return open_with_gates(channel, GATE_EVENTFD);
}

static void close_with_gates(struct channel *channel)
{
	struct ring *ring = channel->own;

	gate_close(&ring->filled);
	credit_close(&ring->credit);
	free_ring(channel);
}

/*
 * A sender that has a credit has a place too: messages leave in order, so that
 * those with a credit are neighbours, and not more than there are places.
 */
static bool send_with_gates(struct channel *channel, const void *payload)
{
	struct ring *ring = channel->own;
	uint64_t number;

	if (!credit_take(&ring->credit))
		return false;
	number = __atomic_fetch_add(&ring->tail, 1, __ATOMIC_RELAXED);
	copy_in(ring, number, payload);
	/* Pairs with the acquire in is_written(). */
	__atomic_store_n(&ring->written[number % ring->depth], number + 1,
			 __ATOMIC_RELEASE);
	gate_wake(&ring->filled);
	return true;
}

static bool is_written(struct ring *ring, uint64_t number)
{
	return __atomic_load_n(&ring->written[number % ring->depth],
			       __ATOMIC_ACQUIRE) == number + 1;
}

static void receive_with_gates(struct channel *channel, void *payload)
{
	struct ring *ring = channel->own;
	uint32_t ticket;

	while (!is_written(ring, ring->head)) {
		ticket = gate_enter(&ring->filled);
		if (is_written(ring, ring->head))
			break;
		gate_wait(&ring->filled, ticket);
	}
	copy_out(ring, ring->head, payload);
	ring->head++;
	credit_give(&ring->credit, 1);
}

static bool open_with_semaphores(struct channel *channel)
{
	struct ring *ring = new_ring(channel);

	if (sem_init(&ring->free, 1, ring->depth) ||
	    sem_init(&ring->full, 1, 0) || sem_init(&ring->senders, 1, 1))
		die("sem_init");
	return true;
}

static bool send_with_semaphores(struct channel *channel, const void *payload)
{
	struct ring *ring = channel->own;

	if (ring->credit.nonblock && sem_trywait(&ring->free))
		return false;
	if ((!ring->credit.nonblock && sem_wait(&ring->free)) ||
	    sem_wait(&ring->senders))
		die("sem_wait");
	copy_in(ring, ring->tail++, payload);
	if (sem_post(&ring->senders) || sem_post(&ring->full))
		die("sem_post");
	return true;
}

static void receive_with_semaphores(struct channel *channel, void *payload)
{
	struct ring *ring = channel->own;

	if (sem_wait(&ring->full))
		die("sem_wait");
	copy_out(ring, ring->head++, payload);
	if (sem_post(&ring->free))
		die("sem_post");
}

static bool open_monitor(struct channel *channel)
{
	struct ring *ring = new_ring(channel);
	pthread_mutexattr_t lock;
	pthread_condattr_t condition;

	if (pthread_mutexattr_init(&lock) || pthread_condattr_init(&condition) ||
	    pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED) ||
	    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED) ||
	    pthread_mutex_init(&ring->lock, &lock) ||
	    pthread_cond_init(&ring->not_full, &condition) ||
	    pthread_cond_init(&ring->not_empty, &condition))
		die("a mutex or condition of several processes");
	return true;
}

static bool send_by_monitor(struct channel *channel, const void *payload)
{
	struct ring *ring = channel->own;

	pthread_mutex_lock(&ring->lock);
	while (ring->tail - ring->head == ring->depth) {
		if (ring->credit.nonblock) {
			pthread_mutex_unlock(&ring->lock);
			return false;
		}
		pthread_cond_wait(&ring->not_full, &ring->lock);
	}
	copy_in(ring, ring->tail++, payload);
	pthread_cond_signal(&ring->not_empty);
	pthread_mutex_unlock(&ring->lock);
	return true;
}

static void receive_by_monitor(struct channel *channel, void *payload)
{
	struct ring *ring = channel->own;

	pthread_mutex_lock(&ring->lock);
	while (ring->tail == ring->head)
		pthread_cond_wait(&ring->not_empty, &ring->lock);
	copy_out(ring, ring->head++, payload);
	pthread_cond_signal(&ring->not_full);
	pthread_mutex_unlock(&ring->lock);
}

const struct transport over_shared_futex = {
	.name = "shm-futex", .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_with_futex, .close = close_with_gates,
	.send = send_with_gates, .receive = receive_with_gates,
	.nonblock = set_nonblock,
};

const struct transport over_shared_eventfd = {
	.name = "shm-eventfd", .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_with_eventfd, .close = close_with_gates,
	.send = send_with_gates, .receive = receive_with_gates,
	.nonblock = set_nonblock,
};

const struct transport over_shared_semaphores = {
	.name = "shm-semaphores", .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_with_semaphores, .close = free_ring,
	.send = send_with_semaphores, .receive = receive_with_semaphores,
	.nonblock = set_nonblock,
};

const struct transport over_monitor = {
	.name = "monitor", .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_monitor, .close = free_ring,
	.send = send_by_monitor, .receive = receive_by_monitor,
	.nonblock = set_nonblock,
};
