// SPDX-License-Identifier: GPL-2.0
/* Bounds of one port: what is in it, and who waits at it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "bounds.h"

#define MESSAGES	10000
#define SENDERS		200		/* that wait for room */
#define LARGE		(4U << 20)	/* bytes */

static void expect_nothing(int port, const struct msgport_filter *filter)
{
	uint64_t data;
	struct msgport_message message = { .data = &data, .size = sizeof(data) };

	if (!msgport_receive_message(port, &message, filter, MSGPORT_NONBLOCK,
				     MSGPORT_FOREVER) || errno != EAGAIN)
		die("a receive for which there is nothing");
}

/* As many as a port with tag filters may have. */
static void filter_that_nothing_passes(void)
{
	const struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 1 };
	int port = open_port(NULL, 0, MSGPORT_SCAN_MAX), right = open_right(port, 0);

	send_messages(right, MSGPORT_SCAN_MAX);
	begin();
	expect_nothing(port, &filter);
	finish();
	close(right);
	close(port);
}

static void choices_that_nothing_passes(void)
{
	struct msgport_filter filter = {
		.badge = 1, .pid = (uint32_t)getppid(), .priority = 1,
	};
	static const unsigned int by[] = {
		MSGPORT_BY_SOURCE, MSGPORT_BY_BADGE, MSGPORT_BY_PROCESS,
		MSGPORT_BY_PRIORITY,
	};
	int port = open_port(NULL, 0, MESSAGES), right = open_right(port, 0);
	size_t i;

	send_messages(right, MESSAGES);
	begin();
	for (i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		filter.by = by[i];
		expect_nothing(port, &filter);
	}
	finish();
	close(right);
	close(port);
}

static void death_of_a_full_port(void)
{
	int port = open_port(NULL, 0, MESSAGES), right = open_right(port, 0);

	send_messages(right, MESSAGES);
	begin();
	close(port);
	finish();
	close(right);
}

/* Every right ends with its only message. */
static void death_of_many_sources(void)
{
	int port = open_port(NULL, 0, MESSAGES), i, right;

	for (i = 0; i < MESSAGES; i++) {
		right = open_right(port, (uint64_t)i);
		send_messages(right, 1);
		close(right);
	}
	begin();
	close(port);
	finish();
}

static void expiry_of_a_full_port(void)
{
	uint64_t data = 0;
	const struct msgport_message message = {
		.data = &data, .size = sizeof(data), .ttl = 1,
	};
	int port = open_port(NULL, 0, MESSAGES), right = open_right(port, 0), i;
	struct msgport_stat stat;

	for (i = 0; i < MESSAGES; i++)
		if (msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER))
			die("msgport_send_message");
	begin();
	if (msgport_stat(port, &stat) || stat.expired != MESSAGES)
		die("msgport_stat");
	finish();
	close(right);
	close(port);
}

/* A port full of messages whose answers are due at @home. */
static int open_asked(int home, int *right)
{
	struct msgport_due due = { .receive_right = home };
	const struct msgport_message message = { .due = &due };
	int port = open_port(NULL, 0, MESSAGES), i;

	*right = open_right(port, 0);
	for (i = 0; i < MESSAGES; i++)
		if (msgport_send_message(*right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER))
			die("msgport_send_message");
	return port;
}

/* All of them go back; then who asked dies with what came back. */
static void return_of_a_full_port(void)
{
	int home = open_port(NULL, 0, MESSAGES), right, port = open_asked(home, &right);

	begin();
	close(port);
	close(home);
	finish();
	close(right);
}

/* Nobody is there any more for the answers. */
static void death_of_an_asker(void)
{
	int home = open_port(NULL, 0, MESSAGES), right, port = open_asked(home, &right);

	begin();
	close(home);
	close(port);
	finish();
	close(right);
}

/* The port dies with everything taken and nothing settled. */
static void death_with_outstanding(void)
{
	int port = open_port(NULL, MSGPORT_ACK, MESSAGES), right = open_right(port, 0);

	send_messages(right, MESSAGES);
	receive_messages(port, MESSAGES);
	begin();
	close(port);
	finish();
	close(right);
}

/* All that it took goes back to the queue. */
static void end_of_a_taker(void)
{
	int port = open_port(NULL, MSGPORT_ACK, MESSAGES), right = open_right(port, 0);
	int taker = msgport_reopen(port);

	if (taker < 0)
		die("msgport_reopen");
	send_messages(right, MESSAGES);
	receive_messages(taker, MESSAGES);
	begin();
	close(taker);
	finish();
	close(right);
	close(port);
}

/* Oldest first: each goes to its place behind all that were before it. */
static void release_in_order(void)
{
	static uint64_t tokens[MESSAGES];
	int port = open_port(NULL, MSGPORT_ACK, MESSAGES), right = open_right(port, 0), i;
	struct msgport_release release = { .size = sizeof(release) };

	send_messages(right, MESSAGES);
	for (i = 0; i < MESSAGES; i++) {
		uint64_t data;
		struct msgport_message message = { .data = &data, .size = sizeof(data) };

		if (msgport_receive_message(port, &message, NULL, MSGPORT_NONBLOCK,
					    MSGPORT_FOREVER))
			die("msgport_receive_message");
		tokens[i] = message.token;
	}
	begin();
	for (i = 0; i < MESSAGES; i++) {
		release.token = tokens[i];
		if (ioctl(port, MSGPORT_IOC_RELEASE, &release))
			die("MSGPORT_IOC_RELEASE");
	}
	finish();
	close(right);
	close(port);
}

static void large_message(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char *data = shared_memory(LARGE);
	int port, right;

	memset(data, 1, LARGE);
	options.max_size = LARGE;
	port = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (port < 0)
		die("msgport_create");
	right = open_right(port, 0);
	begin();
	if (msgport_send(right, data, LARGE, 0) ||
	    msgport_receive(port, data, LARGE, 0) != LARGE)
		die("a large message");
	finish();
	close(right);
	close(port);
}

/*
 * Children that wait.  Each has one end of the port, so that closing the other
 * here is the last close.
 */

struct crowd {
	int port, right;
	int count;
	pid_t pids[SENDERS];
};

static void wait_for_room(void *context)
{
	const struct crowd *crowd = context;
	uint64_t data = 0;

	close(crowd->port);
	msgport_send(crowd->right, &data, sizeof(data), 0);
}

static void wait_by_tag(void *context)
{
	const struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 1 };
	const struct crowd *crowd = context;
	uint64_t data;
	struct msgport_message message = { .data = &data, .size = sizeof(data) };

	msgport_receive_message(crowd->port, &message, &filter, 0, MSGPORT_FOREVER);
}

static void wait_to_look(void *context)
{
	const struct crowd *crowd = context;
	uint64_t data;

	msgport_receive(crowd->port, &data, sizeof(data), MSGPORT_PEEK);
}

static void gather(struct crowd *crowd, int count, void (*run)(void *context))
{
	struct msgport_stat stat;

	for (crowd->count = 0; crowd->count < count; crowd->count++)
		crowd->pids[crowd->count] = start_child(run, crowd);
	do {
		usleep(1000);
		if (msgport_stat(crowd->port, &stat))
			die("msgport_stat");
	} while (stat.waiting_senders + stat.waiting_receivers != (uint32_t)count);
}

static void disperse(const struct crowd *crowd)
{
	int i;

	for (i = 0; i < crowd->count; i++)
		kill(crowd->pids[i], SIGKILL);
	for (i = 0; i < crowd->count; i++)
		if (waitpid(crowd->pids[i], NULL, 0) != crowd->pids[i])
			die("waitpid");
	close(crowd->right);
	close(crowd->port);
}

static void open_crowd(struct crowd *crowd, unsigned int max_msgs)
{
	crowd->port = open_port(NULL, 0, max_msgs);
	crowd->right = open_right(crowd->port, 0);
}

static void death_before_waiting_senders(void)
{
	struct crowd crowd;

	open_crowd(&crowd, 1);
	send_messages(crowd.right, 1);
	gather(&crowd, SENDERS, wait_for_room);
	begin();
	close(crowd.port);
	finish();
	crowd.port = -1;
	disperse(&crowd);
}

/* As many as may wait so, and one message that none of them wants. */
static void send_past_choosers(void)
{
	struct crowd crowd;

	open_crowd(&crowd, 1);
	gather(&crowd, MSGPORT_FILTERED_MAX, wait_by_tag);
	begin();
	send_messages(crowd.right, 1);
	finish();
	disperse(&crowd);
}

/* One message wakes them all. */
static void send_to_lookers(void)
{
	struct crowd crowd;

	open_crowd(&crowd, 1);
	gather(&crowd, MSGPORT_FILTERED_MAX, wait_to_look);
	begin();
	send_messages(crowd.right, 1);
	finish();
	disperse(&crowd);
}

static void read_state(void)
{
	static char text[1 << 16];
	int file = open("/sys/kernel/debug/msgport/state", O_RDONLY);
	ssize_t size;

	if (file < 0)
		die("state");
	do
		size = read(file, text, sizeof(text));
	while (size > 0);
	if (size)
		die("state");
	close(file);
}

/* More lines than the file has for one port. */
static void state_of_a_crowded_port(void)
{
	struct crowd crowd;

	open_crowd(&crowd, 1);
	send_messages(crowd.right, 1);
	gather(&crowd, SENDERS, wait_for_room);
	begin();
	read_state();
	finish();
	disperse(&crowd);
}

const struct bound port_bounds[] = {
	{ "filter-that-nothing-passes", filter_that_nothing_passes, 0 },
	{ "choices-that-nothing-passes", choices_that_nothing_passes, 0 },
	{ "death-of-a-full-port", death_of_a_full_port, 0 },
	{ "death-of-many-sources", death_of_many_sources, 0 },
	{ "death-before-waiting-senders", death_before_waiting_senders, 0 },
	{ "return-of-a-full-port", return_of_a_full_port, MSGPORT_FEATURE_CALLS },
	{ "death-of-an-asker", death_of_an_asker, MSGPORT_FEATURE_CALLS },
	{ "death-with-outstanding", death_with_outstanding, MSGPORT_FEATURE_ACK },
	{ "end-of-a-taker", end_of_a_taker, MSGPORT_FEATURE_ACK },
	{ "release-in-order", release_in_order, MSGPORT_FEATURE_ACK },
	{ "expiry-of-a-full-port", expiry_of_a_full_port, 0 },
	{ "send-past-choosers", send_past_choosers, 0 },
	{ "send-to-lookers", send_to_lookers, 0 },
	{ "state-of-a-crowded-port", state_of_a_crowded_port, 0 },
	{ "large-message", large_message, 0 },
};

const size_t port_bound_count = sizeof(port_bounds) / sizeof(port_bounds[0]);
