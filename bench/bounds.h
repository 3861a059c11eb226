/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must not grow with the number of messages, ports or members. A bound is
 * something that happens between begin() and finish(), while
 * bench/plugin/stretch.c watches how long the module keeps the processor from
 * other tasks.
 */
#ifndef MSGPORT_BENCH_BOUNDS_H
#define MSGPORT_BENCH_BOUNDS_H

#include <stddef.h>
#include <stdint.h>

struct bound {
	const char *name;
	void (*run)(void);
	uint64_t features;	/* of the module, that it needs */
};

extern const struct bound port_bounds[], system_bounds[];
extern const size_t port_bound_count, system_bound_count;

void begin(void);
void finish(void);

/* A port for small messages that anybody may connect to, and what fills it. */
int open_port(const char *name, unsigned int flags, unsigned int max_msgs);
int open_right(int port, uint64_t badge);
void send_messages(int right, unsigned int count);
void receive_messages(int port, unsigned int count);

/* The cost of a receive that chooses. */
void print_choices(void);

#endif
