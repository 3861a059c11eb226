/* SPDX-License-Identifier: GPL-2.0 */
/* One ring of io_uring, by system calls alone. */
#ifndef MSGPORT_RING_H
#define MSGPORT_RING_H

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "testlib.h"

#define ENTRIES		8

struct ring {
	int fd;
	char *queues;			/* both rings, one mapping */
	size_t queues_size;
	struct io_uring_sqe *entries;
	struct io_uring_params params;
};

/* 0, or the errno. */
static inline int ring_open_with(struct ring *ring, unsigned int flags)
{
	struct io_uring_params *p = &ring->params;

	memset(ring, 0, sizeof(*ring));
	p->flags = flags;
	ring->fd = syscall(SYS_io_uring_setup, ENTRIES, p);
	if (ring->fd < 0)
		return errno;
	ring->queues_size = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
	if (ring->queues_size < p->cq_off.cqes +
				p->cq_entries * sizeof(struct io_uring_cqe))
		ring->queues_size = p->cq_off.cqes +
				    p->cq_entries * sizeof(struct io_uring_cqe);
	ring->queues = mmap(NULL, ring->queues_size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, p->sq_entries * sizeof(struct io_uring_sqe),
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			     ring->fd, IORING_OFF_SQES);
	if (ring->queues == MAP_FAILED || ring->entries == MAP_FAILED)
		give_up("map the ring");
	return 0;
}

static inline int ring_open(struct ring *ring)
{
	return ring_open_with(ring, 0);
}

static inline void ring_close(struct ring *ring)
{
	munmap(ring->entries, ring->params.sq_entries * sizeof(struct io_uring_sqe));
	munmap(ring->queues, ring->queues_size);
	close(ring->fd);
}

static inline _Atomic uint32_t *word(struct ring *ring, uint32_t offset)
{
	return (void *)(ring->queues + offset);
}

/* One request more, for the kernel to find. */
static inline void ring_add(struct ring *ring, const struct io_uring_sqe *request)
{
	struct io_uring_params *p = &ring->params;
	uint32_t tail = atomic_load(word(ring, p->sq_off.tail));
	uint32_t at = tail & *word(ring, p->sq_off.ring_mask);

	ring->entries[at] = *request;
	*word(ring, p->sq_off.array + at * sizeof(uint32_t)) = at;
	atomic_store(word(ring, p->sq_off.tail), tail + 1);
}

/* Hands one request to the kernel, with those that were added before it. */
static inline void ring_submit(struct ring *ring, const struct io_uring_sqe *request)
{
	struct io_uring_params *p = &ring->params;
	long count;

	ring_add(ring, request);
	count = atomic_load(word(ring, p->sq_off.tail)) -
		atomic_load(word(ring, p->sq_off.head));
	if (syscall(SYS_io_uring_enter, ring->fd, count, 0, 0, NULL, 0) != count)
		give_up("io_uring_enter");
}

static inline void ring_io(struct ring *ring, int opcode, int fd, void *data, size_t size,
		    uint64_t id)
{
	struct io_uring_sqe request = {
		.opcode = opcode, .fd = fd, .off = -1, .addr = address_of(data),
		.len = size, .user_data = id,
	};

	ring_submit(ring, &request);
}

/* The next result that is there; false if there is none. */
static inline bool ring_result(struct ring *ring, uint64_t *id, int *result)
{
	struct io_uring_params *p = &ring->params;
	uint32_t head = atomic_load(word(ring, p->cq_off.head));
	struct io_uring_cqe *cqe;

	/* the kernel finishes what is due when we come by */
	syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
	if (head == atomic_load(word(ring, p->cq_off.tail)))
		return false;
	cqe = (void *)(ring->queues + p->cq_off.cqes);
	cqe += head & *word(ring, p->cq_off.ring_mask);
	*id = cqe->user_data;
	*result = cqe->res;
	atomic_store(word(ring, p->cq_off.head), head + 1);
	return true;
}

#define NO_RESULT	INT32_MIN

/* The result of the request, looked for until patience ends. */
static inline int ring_wait(struct ring *ring, uint64_t expected)
{
	int i, result;
	uint64_t id;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (ring_result(ring, &id, &result))
			return id == expected ? result : NO_RESULT;
		pause_ms(1);
	}
	return NO_RESULT;
}

#endif
