// SPDX-License-Identifier: GPL-2.0
/*
 * Binder, by hand: the receiver is the device's context manager, which every
 * process may address as handle 0. Questions and answers are transactions and
 * their replies; one-way messages are transactions with TF_ONE_WAY, whose
 * sender binder refuses instead of blocking it, so that they need credits.
 *
 * Each process opens the device for itself at its first message, as what is
 * open belongs to the process that opened it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "credit.h"

#define DEVICE		"/dev/binder"
#define MAP_BYTES	(4UL << 20)	/* the most that binder maps */
#define ASYNC_BYTES	(MAP_BYTES / 2)	/* of them, for one-way messages */
#define TRIES		1000		/* milliseconds until the last manager is gone */

/* What one process has open. */
struct end {
	int device;
	void *map;
	binder_uintptr_t unread;	/* buffer to give back; 0: none */
	const void *data;		/* of the last message in */
	size_t size;			/* bytes of it */
	size_t used, filled;		/* of commands */
	char commands[256];		/* from binder, not looked at yet */
};

/* In shared memory. */
struct meeting {
	struct credit credit;
	struct gate managed;
	uint32_t has_manager;		/* atomic */
};

/* A channel's own; each process has a copy. */
struct parts {
	struct meeting *meeting;
	struct end *end;		/* NULL: not open yet */
};

/* What goes to binder in one ioctl, as binder wants it: without padding. */
struct transaction {
	uint32_t command;
	struct binder_transaction_data data;
} __attribute__((packed));

struct release {
	uint32_t command;
	binder_uintptr_t buffer;
} __attribute__((packed));

struct release_and_reply {
	struct release release;
	struct transaction reply;
} __attribute__((packed));

static struct end *end_of(struct channel *channel)
{
	struct parts *parts = channel->own;

	return parts->end;
}

static struct meeting *meeting_of(struct channel *channel)
{
	struct parts *parts = channel->own;

	return parts->meeting;
}

static struct end *open_end(struct channel *channel)
{
	struct parts *parts = channel->own;
	struct end *end = calloc(1, sizeof(*end));

	if (!end)
		die("calloc");
	end->device = open(DEVICE, O_RDWR);
	if (end->device < 0)
		die(DEVICE);
	end->map = mmap(NULL, MAP_BYTES, PROT_READ, MAP_PRIVATE | MAP_NORESERVE,
			end->device, 0);
	if (end->map == MAP_FAILED)
		die("mmap of " DEVICE);
	parts->end = end;
	return end;
}

static void exchange(struct end *end, const void *commands, size_t size,
		     bool read)
{
	struct binder_write_read both = {
		.write_size = size,
		.write_buffer = (uintptr_t)commands,
		.read_size = read ? sizeof(end->commands) : 0,
		.read_buffer = (uintptr_t)end->commands,
	};

	if (ioctl(end->device, BINDER_WRITE_READ, &both))
		die("BINDER_WRITE_READ");
	if (both.write_consumed != size)
		die("BINDER_WRITE_READ left something unwritten");
	end->used = 0;
	end->filled = both.read_consumed;
}

/* The manager before may be gone but not all of what it had. */
static void become_manager(struct end *end)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!ioctl(end->device, BINDER_SET_CONTEXT_MGR, 0))
			return;
		if (errno != EBUSY)
			break;
		nanosleep(&millisecond, NULL);
	}
	die("BINDER_SET_CONTEXT_MGR");
}

static struct end *open_receiver(struct channel *channel)
{
	uint32_t command = BC_ENTER_LOOPER;
	struct meeting *meeting = meeting_of(channel);
	struct end *end = open_end(channel);

	become_manager(end);
	exchange(end, &command, sizeof(command), false);
	__atomic_store_n(&meeting->has_manager, 1, __ATOMIC_RELEASE);
	gate_wake(&meeting->managed);
	return end;
}

static bool has_manager(struct meeting *meeting)
{
	return __atomic_load_n(&meeting->has_manager, __ATOMIC_ACQUIRE);
}

static struct end *open_sender(struct channel *channel)
{
	struct meeting *meeting = meeting_of(channel);
	uint32_t ticket;

	while (!has_manager(meeting)) {
		ticket = gate_enter(&meeting->managed);
		if (!has_manager(meeting))
			gate_wait(&meeting->managed, ticket);
	}
	return open_end(channel);
}

static void fill_transaction(struct transaction *transaction, uint32_t command,
			     uint32_t flags, const void *payload, size_t size)
{
	memset(transaction, 0, sizeof(*transaction));
	transaction->command = command;
	transaction->data.flags = flags;
	transaction->data.data_size = size;
	transaction->data.data.ptr.buffer = (uintptr_t)payload;
}

static void fill_release(struct release *release, struct end *end)
{
	release->command = BC_FREE_BUFFER;
	release->buffer = end->unread;
	end->unread = 0;
}

static void take_data(struct end *end, const char *from)
{
	struct binder_transaction_data data;

	memcpy(&data, from, sizeof(data));
	end->unread = data.data.ptr.buffer;
	end->data = (const void *)(uintptr_t)data.data.ptr.buffer;
	end->size = data.data_size;
}

/* The next of the commands that are here; 0 when none is left. */
static uint32_t next_command(struct end *end)
{
	uint32_t command;

	if (end->used == end->filled)
		return 0;
	memcpy(&command, end->commands + end->used, sizeof(command));
	end->used += sizeof(command);
	if (command == BR_TRANSACTION || command == BR_REPLY)
		take_data(end, end->commands + end->used);
	end->used += _IOC_SIZE(command);
	return command;
}

static void check_command(uint32_t command)
{
	if (command != BR_DEAD_REPLY && command != BR_FAILED_REPLY &&
	    command != BR_ERROR && command != BR_FROZEN_REPLY)
		return;
	fprintf(stderr, "bench: binder refuses a message (command %#x)\n", command);
	exit(1);
}

/* Reads on until binder says this, after what is to be written. */
static void await_command(struct end *end, uint32_t awaited,
			  const void *commands, size_t size)
{
	uint32_t command;

	for (exchange(end, commands, size, true);; exchange(end, NULL, 0, true))
		while ((command = next_command(end))) {
			if (command == awaited)
				return;
			check_command(command);
		}
}

static void copy_data(struct end *end, void *payload, size_t size)
{
	if (end->size != size) {
		fprintf(stderr, "bench: binder's message has another size\n");
		exit(1);
	}
	memcpy(payload, end->data, size);
}

static unsigned int window_of(const struct shape *shape)
{
	size_t bytes = shape->size > sizeof(void *) ? shape->size : sizeof(void *);
	/* One more is taken out and not given back yet. */
	size_t most = ASYNC_BYTES / bytes - 1;

	return shape->depth < most ? shape->depth : most;
}

static struct meeting *new_meeting(const struct shape *shape)
{
	struct meeting *meeting = shared_memory(sizeof(*meeting));

	gate_open(&meeting->managed, GATE_FUTEX);
	credit_open(&meeting->credit, window_of(shape), GATE_FUTEX);
	return meeting;
}

static bool open_device(struct channel *channel)
{
	struct parts *parts;
	int device = open(DEVICE, O_RDWR);

	if (device < 0)
		return false;
	close(device);
	parts = calloc(1, sizeof(*parts));
	if (!parts)
		die("calloc");
	parts->meeting = new_meeting(&channel->shape);
	channel->own = parts;
	return true;
}

static void close_device(struct channel *channel)
{
	struct end *end = end_of(channel);

	if (end) {
		munmap(end->map, MAP_BYTES);
		close(end->device);
		free(end);
	}
	munmap(meeting_of(channel), sizeof(struct meeting));
	free(channel->own);
}

/* The answer of the question before is given back with this question. */
static void ask(struct channel *channel, void *payload)
{
	struct end *end = end_of(channel) ?: open_sender(channel);
	struct release_and_reply both;
	bool release = end->unread;

	fill_transaction(&both.reply, BC_TRANSACTION, 0, payload,
			 channel->shape.size);
	if (release)
		fill_release(&both.release, end);
	await_command(end, BR_REPLY, release ? (void *)&both : (void *)&both.reply,
		      release ? sizeof(both) : sizeof(both.reply));
	copy_data(end, payload, channel->shape.size);
}

/*
 * Binder says that it has taken a reply before it lets the server wait: the
 * server makes two calls a round trip, and the client one.
 */
static void serve(struct channel *channel, void *payload,
		  void (*answer)(void *payload, size_t size))
{
	struct end *end = open_receiver(channel);
	size_t size = channel->shape.size;
	struct release_and_reply both;

	await_command(end, BR_TRANSACTION, NULL, 0);
	for (;;) {
		copy_data(end, payload, size);
		answer(payload, size);
		fill_release(&both.release, end);
		fill_transaction(&both.reply, BC_REPLY, 0, payload, size);
		await_command(end, BR_TRANSACTION, &both, sizeof(both));
	}
}

static bool send_one_way(struct channel *channel, const void *payload)
{
	struct meeting *meeting = meeting_of(channel);
	struct transaction transaction;
	struct end *end;

	if (!credit_take(&meeting->credit))
		return false;
	/* Credits alone say what fits: binder carries nothing within a process. */
	if (meeting->credit.nonblock)
		return true;
	end = end_of(channel) ?: open_sender(channel);
	fill_transaction(&transaction, BC_TRANSACTION, TF_ONE_WAY, payload,
			 channel->shape.size);
	await_command(end, BR_TRANSACTION_COMPLETE, &transaction,
		      sizeof(transaction));
	return true;
}

static void set_nonblock(struct channel *channel)
{
	meeting_of(channel)->credit.nonblock = true;
}

/* What was received before is given back with this reading. */
static void receive_one_way(struct channel *channel, void *payload)
{
	struct end *end = end_of(channel) ?: open_receiver(channel);
	struct meeting *meeting = meeting_of(channel);
	struct release release;

	if (end->unread) {
		fill_release(&release, end);
		await_command(end, BR_TRANSACTION, &release, sizeof(release));
	} else {
		await_command(end, BR_TRANSACTION, NULL, 0);
	}
	copy_data(end, payload, channel->shape.size);
	credit_give(&meeting->credit, 1);
}

const struct transport over_binder = {
	.name = "binder", .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_device, .close = close_device,
	.send = send_one_way, .receive = receive_one_way,
	.nonblock = set_nonblock,
	.ask = ask, .serve = serve,
};
