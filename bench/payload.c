// SPDX-License-Identifier: GPL-2.0
/* What is in the messages. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "payload.h"

#define LINE	64	/* bytes of a cache line */
#define STRIDE	(LINE / sizeof(uint64_t))

/* Words that are touched: none of what has not even one. */
static size_t words(size_t size)
{
	return size < LINE ? size / sizeof(uint64_t) != 0 : size / LINE;
}

void payload_fill(void *payload, size_t size, uint64_t value)
{
	uint64_t *at = payload;
	size_t i, count = words(size);

	/* as cheap as it can be: it is not what is measured */
#pragma GCC unroll 8
	for (i = 0; i < count; i++, at += STRIDE)
		*at = value + i;
}

uint64_t payload_sum(const void *payload, size_t size)
{
	const uint64_t *at = payload;
	size_t i, count = words(size);
	uint64_t total = 0;

#pragma GCC unroll 8
	for (i = 0; i < count; i++, at += STRIDE)
		total += *at;
	return total;
}

uint64_t payload_sum_of(size_t size, uint64_t value)
{
	size_t count = words(size);

	return count * value + count * (count - 1) / 2;
}

void payload_expect(const void *payload, size_t size, uint64_t value)
{
	if (payload_sum(payload, size) == payload_sum_of(size, value))
		return;
	fprintf(stderr, "bench: a message is lost, doubled or damaged\n");
	exit(1);
}

void *payload_room(size_t size, unsigned int count)
{
	size_t bytes = (size ? size : 1) * count;
	void *room = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);

	if (!room)
		die("aligned_alloc");
	memset(room, 0, bytes);
	return room;
}
