/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is in the messages: the first word of every cache line is written by the sender
 * and read by the receiver, who notices one that is lost, doubled or damaged.  So both
 * sides touch all of it, and the copies in between are not drowned in what a program
 * does with its data.
 */
#ifndef MSGPORT_BENCH_PAYLOAD_H
#define MSGPORT_BENCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

void payload_fill(void *payload, size_t size, uint64_t value);
uint64_t payload_sum(const void *payload, size_t size);

/* What payload_sum() finds after payload_fill(). */
uint64_t payload_sum_of(size_t size, uint64_t value);

/* Ends the program if it is not what was filled in. */
void payload_expect(const void *payload, size_t size, uint64_t value);

/* Room for @count payloads, with every page there. */
void *payload_room(size_t size, unsigned int count);

#endif
