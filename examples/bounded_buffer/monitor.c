// SPDX-License-Identifier: GPL-2.0
/*
 * A monitor: the buffer is data of a server process, and its procedures, put and
 * take, run one at a time.  Producers and consumers share nothing with it; to
 * them a procedure is a call.
 *
 *     producers -- put --.                  .-- not_full
 *                        +--> door --> buffer
 *     consumers -- take -'                  '-- not_empty
 *
 * Whoever is signalled is inside next, before anybody at the door, and the signal
 * is the last thing done: so an "if" is enough before each wait.  Who is slow, or
 * dies, in the middle of a call keeps nobody out.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport_monitor.h>

#include "buffer.h"

/* ---- inside the server ---- */

struct buffer {
	int ring[CAPACITY];
	unsigned int in, out;
};

enum condition { NOT_FULL, NOT_EMPTY, CONDITIONS };
enum procedure { PUT, TAKE, HELD, PROCEDURES };

static ssize_t put(struct msgport_monitor *monitor, const struct msgport_entry *entry)
{
	struct buffer *buffer = entry->data;

	if (buffer->in - buffer->out == CAPACITY &&
	    msgport_monitor_wait(monitor, NOT_FULL))
		return -1;
	buffer->ring[buffer->in % CAPACITY] = *(const int *)entry->request;
	dawdle();
	buffer->in++;
	msgport_monitor_signal(monitor, NOT_EMPTY);
	return 0;
}

static ssize_t take(struct msgport_monitor *monitor, const struct msgport_entry *entry)
{
	struct buffer *buffer = entry->data;

	if (buffer->in == buffer->out && msgport_monitor_wait(monitor, NOT_EMPTY))
		return -1;
	*(int *)entry->answer = buffer->ring[buffer->out % CAPACITY];
	dawdle();
	buffer->out++;
	msgport_monitor_signal(monitor, NOT_FULL);
	return sizeof(int);
}

static ssize_t held(struct msgport_monitor *monitor, const struct msgport_entry *entry)
{
	struct buffer *buffer = entry->data;

	(void)monitor;
	*(int *)entry->answer = (int)(buffer->in - buffer->out);
	return sizeof(int);
}

/* ---- its clients ---- */

static int right;
static pid_t server;

void buffer_make(void)
{
	static const msgport_procedure procedures[PROCEDURES] = { put, take, held };
	struct msgport_monitor_options options = {
		.procedures = procedures,
		.procedure_count = PROCEDURES,
		.condition_count = CONDITIONS,
		.data_size = sizeof(struct buffer),
	};
	struct msgport_monitor *monitor;

	monitor = msgport_monitor_create(MSGPORT_DEFAULT, NULL, &options);
	if (!monitor)
		err(1, "monitor");
	right = msgport_mint(msgport_monitor_port(monitor), 0, 0, 0, 0);
	if (right < 0)
		err(1, "mint");
	server = fork();
	if (server < 0)
		err(1, "fork");
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		msgport_monitor_serve(monitor, MSGPORT_FOREVER);
		exit(1);
	}
	/* the server alone holds the port */
	msgport_monitor_free(monitor);
}

static int enter(enum procedure procedure, int item)
{
	int answer = 0;

	if (msgport_monitor_enter(right, procedure, &item, sizeof(item), &answer,
				  sizeof(answer), MSGPORT_FOREVER) < 0)
		err(1, "enter");
	return answer;
}

void buffer_put(int item)
{
	enter(PUT, item);
}

int buffer_take(void)
{
	return enter(TAKE, 0);
}

int buffer_held(void)
{
	return enter(HELD, 0);
}

void buffer_end(void)
{
	close(right);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}
