// SPDX-License-Identifier: GPL-2.0
/*
 * bench bounds: what must not grow, all of it in one run, by root, who may have
 * that many ports. Prints lines for bench/bounds.py, the intervals in the order
 * of their marks:
 *	choice NAME QUEUED RECEIVES INSTRUCTIONS
 *	interval NAME
 *	skip NAME
 */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "bounds.h"
#include "mark.h"

#define DESCRIPTORS	20000
/* For what the kernel puts off: microseconds. */
#define SETTLE		50000

void begin(void)
{
	usleep(SETTLE);
	mark_begin();
}

void finish(void)
{
	usleep(SETTLE);
	mark_end();
}

int open_port(const char *name, unsigned int flags, unsigned int max_msgs)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int port;

	options.flags = flags;
	options.mode = 0666;
	options.max_msgs = max_msgs;
	options.max_size = 64;
	port = msgport_create(MSGPORT_DEFAULT, name, &options);
	if (port < 0)
		die("msgport_create");
	return port;
}

int open_right(int port, uint64_t badge)
{
	int right = msgport_mint(port, badge, 0, MSGPORT_PRIORITY_MAX, 0);

	if (right < 0)
		die("msgport_mint");
	return right;
}

void send_messages(int right, unsigned int count)
{
	uint64_t data = 0;

	for (; count; count--, data++)
		if (msgport_send(right, &data, sizeof(data), MSGPORT_NONBLOCK))
			die("msgport_send");
}

void receive_messages(int port, unsigned int count)
{
	uint64_t data;

	for (; count; count--)
		if (msgport_receive(port, &data, sizeof(data), MSGPORT_NONBLOCK) < 0)
			die("msgport_receive");
}

static uint64_t features(void)
{
	struct msgport_version version;
	int control = msgport_open();

	if (control < 0 || msgport_version(control, &version))
		die("msgport_version");
	close(control);
	return version.features;
}

static void run(const struct bound *bounds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (bounds[i].features & ~features()) {
			printf("skip %s\n", bounds[i].name);
			continue;
		}
		printf("interval %s\n", bounds[i].name);
		fflush(stdout);
		bounds[i].run();
	}
}

int run_bounds(void)
{
	const struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
	print_choices();
	run(port_bounds, port_bound_count);
	run(system_bounds, system_bound_count);
	return 0;
}
