// SPDX-License-Identifier: GPL-2.0
/*
 * Selective receive: what a receive costs that chooses one sender's message,
 * with few and with many messages of others before it in the queue.
 *
 * Prints lines for bench/bounds.py:
 *	choice NAME QUEUED RECEIVES INSTRUCTIONS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "bounds.h"

#define FEW		10
#define MANY		10000
#define PLACES		16384	/* of the port, whatever it holds */
#define RECEIVES	500
#define WARM_UP		20
#define OUR_BADGE	1	/* of the crowd's rights none has it */
#define CROWD_BADGE	1000
#define CHILDREN	10	/* processes that a crowd is from */

static void crowd_of_one_right(int port, unsigned int count)
{
	int right = open_right(port, CROWD_BADGE);

	send_messages(right, count);
	close(right);
}

/* Each message is of another source, and of another badge. */
static void crowd_of_many_rights(int port, unsigned int count)
{
	unsigned int i;
	int right;

	for (i = 0; i < count; i++) {
		right = open_right(port, CROWD_BADGE + i);
		send_messages(right, 1);
		close(right);
	}
}

static void crowd_of_processes(int port, unsigned int count)
{
	int i, status;

	fflush(NULL);
	for (i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			crowd_of_one_right(port, count / CHILDREN);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			die("a process of the crowd");
	}
}

static const struct choice {
	const char *name;
	unsigned int by;
	void (*crowd)(int port, unsigned int count);
} choices[] = {
	{ "source", MSGPORT_BY_SOURCE, crowd_of_one_right },
	{ "source-among-sources", MSGPORT_BY_SOURCE, crowd_of_many_rights },
	{ "badge", MSGPORT_BY_BADGE, crowd_of_one_right },
	{ "badge-among-badges", MSGPORT_BY_BADGE, crowd_of_many_rights },
	{ "process", MSGPORT_BY_PROCESS, crowd_of_processes },
};

/* Takes our message; it is the last in the queue. */
static uint64_t receive_ours(int port, struct msgport_filter *filter)
{
	uint64_t data, start, cost;
	struct msgport_message message = { .data = &data, .size = sizeof(data) };

	start = clock_now();
	if (msgport_receive_message(port, &message, filter, MSGPORT_NONBLOCK,
				    MSGPORT_FOREVER))
		die("msgport_receive_message");
	cost = clock_now() - start;
	if (message.stamp.badge != OUR_BADGE) {
		fprintf(stderr, "bench: a message that was not chosen\n");
		exit(1);
	}
	filter->source = message.stamp.source;
	filter->pid = message.stamp.pid;
	filter->start_time = message.stamp.start_time;
	return cost;
}

static struct result receive_again_and_again(int port, int right, unsigned int by)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_BADGE, .badge = OUR_BADGE };
	struct result result = { .steps = RECEIVES };
	unsigned int i;

	send_messages(right, 1);
	receive_ours(port, &filter);
	filter.by = by;
	for (i = 0; i < WARM_UP + RECEIVES; i++) {
		uint64_t cost;

		send_messages(right, 1);
		cost = receive_ours(port, &filter);
		if (i >= WARM_UP)
			result.instructions += cost;
	}
	return result;
}

static void print_choice(const struct choice *choice, unsigned int queued)
{
	int port = open_port(NULL, 0, PLACES);
	int right = open_right(port, OUR_BADGE);
	struct result result;

	choice->crowd(port, queued);
	result = receive_again_and_again(port, right, choice->by);
	printf("choice %s %u %" PRIu64 " %" PRIu64 "\n", choice->name, queued,
	       result.steps, result.instructions);
	close(right);
	close(port);
}

void print_choices(void)
{
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		print_choice(&choices[i], FEW);
		print_choice(&choices[i], MANY);
	}
}
