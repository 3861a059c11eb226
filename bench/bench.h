/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The benchmark's parts: transports carry messages, workloads use them, and
 * measure() says what one step of a workload costs.
 *
 * It runs where one nanosecond of CLOCK_MONOTONIC is one instruction of the
 * machine's only processor (scripts/bench arranges that), so a cost is what
 * all processes and the kernel execute between two readings of that clock.
 */
#ifndef MSGPORT_BENCH_H
#define MSGPORT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MESSAGE_BYTES	64
#define MESSAGE_WORDS	(MESSAGE_BYTES / sizeof(uint64_t))
#define DEPTH		256	/* messages, where a transport can be told */

struct payload {
	uint64_t word[MESSAGE_WORDS];
};

/* One direction. Both processes have both ends open. */
struct channel {
	int tx, rx;
};

/*
 * What carries messages. The functions block, and end the program on any
 * error; only try_send() may find the channel full, and then returns false.
 */
struct transport {
	const char *name;
	void (*open)(struct channel *channel);
	bool (*send)(struct channel *channel, const struct payload *payload);
	void (*receive)(struct channel *channel, struct payload *payload);
};

extern const struct transport transports[];
extern const size_t transport_count;

/* What one stretch came to: both counts are of the same stretch. */
struct result {
	uint64_t steps;
	uint64_t instructions;
};

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t clock_now(void);

struct result measure(void (*step)(void *context), void *context);

struct result round_trip(const struct transport *transport);
struct result one_way(const struct transport *transport);
unsigned int depth_of(const struct transport *transport);

struct floor {
	const char *name;
	struct result (*run)(void);
};

extern const struct floor floors[];
extern const size_t floor_count;

/* What must not grow: bounds.c. */
int run_bounds(void);

/* A process that dies with its parent, until end_child(). */
pid_t start_child(void (*run)(void *context), void *context);
void end_child(pid_t pid);

/* Memory that parent and children share; never given back. */
void *shared_memory(size_t size);

_Noreturn void die(const char *what);

#endif
