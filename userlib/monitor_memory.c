// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A monitor's memory, allocated once: data, stacks, requests and answers. */

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "monitor.h"

#define WAITING_DEFAULT	64
#define WAITING_MAX	65535
#define BUFFER_DEFAULT	4096
#define STACK_DEFAULT	65536
#define STACK_MIN	16384		/* a signal handler's frame, and some more */
#define STACK_MAX	1073741824UL
#define DATA_MAX	1073741824UL
#define CONDITIONS_MAX	65536

static size_t whole_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* What is left to us is filled in, what is out of range refused. */
static int settle(struct msgport_monitor_options *options)
{
	if (!options->procedures)
		return fail(EFAULT);
	if (!options->max_waiting)
		options->max_waiting = WAITING_DEFAULT;
	if (!options->mode)
		options->mode = 0200;
	if (!options->max_request)
		options->max_request = BUFFER_DEFAULT;
	if (!options->max_answer)
		options->max_answer = BUFFER_DEFAULT;
	if (!options->stack_size)
		options->stack_size = STACK_DEFAULT;
	if (!options->procedure_count || (options->mode & ~0222U) ||
	    options->condition_count > CONDITIONS_MAX ||
	    options->max_waiting > WAITING_MAX ||
	    options->max_request > MSGPORT_SIZE_MAX ||
	    options->max_answer > MSGPORT_SIZE_MAX ||
	    options->stack_size < STACK_MIN || options->stack_size > STACK_MAX ||
	    options->data_size > DATA_MAX)
		return fail(EINVAL);
	options->stack_size = whole_pages(options->stack_size);
	return 0;
}

static unsigned int place_count(const struct msgport_monitor *monitor)
{
	return monitor->options.max_waiting + 1;
}

/* A page in front of each stack, where one that is too deep faults. */
static size_t bytes_of_place(const struct msgport_monitor *monitor)
{
	return whole_pages(1) + monitor->options.stack_size +
	       whole_pages(monitor->options.max_request) +
	       whole_pages(monitor->options.max_answer);
}

/*
 *    data | guard, stack, request, answer | guard, stack, ... | guard
 *
 * Everything is mapped without access, and given it piece by piece: so the data
 * and each stack have a page that nobody may touch on either side.
 */
static int map(struct msgport_monitor *monitor)
{
	uint64_t bytes = monitor->data_bytes + whole_pages(1) +
			 (uint64_t)bytes_of_place(monitor) * place_count(monitor);

	if (bytes > SIZE_MAX / 2)
		return fail(EINVAL);
	monitor->memory_bytes = (size_t)bytes;
	monitor->memory = mmap(NULL, monitor->memory_bytes, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (monitor->memory == MAP_FAILED) {
		monitor->memory = NULL;
		return -1;
	}
	monitor->data = monitor->memory;
	if (monitor->data_bytes &&
	    mprotect(monitor->data, monitor->data_bytes, PROT_READ | PROT_WRITE))
		return -1;
	if (monitor->options.data)
		memcpy(monitor->data, monitor->options.data, monitor->options.data_size);
	return 0;
}

static int furnish(struct msgport_monitor *monitor, struct place *place,
		   char *memory)
{
	size_t guard = whole_pages(1);

	if (mprotect(memory + guard, bytes_of_place(monitor) - guard,
		     PROT_READ | PROT_WRITE))
		return -1;
	place->monitor = monitor;
	place->stack = memory + guard;
	place->request = place->stack + monitor->options.stack_size;
	place->answer = place->request + whole_pages(monitor->options.max_request);
	place->entry.data = monitor->data;
	place->entry.request = place->request;
	place->entry.answer = place->answer;
	push(&monitor->idle, place);
	return 0;
}

static int allocate(struct msgport_monitor *monitor)
{
	char *memory;
	unsigned int i;

	monitor->place = calloc(place_count(monitor), sizeof(*monitor->place));
	/* one more, so that none is no failure */
	monitor->conditions = calloc(monitor->options.condition_count + 1,
				     sizeof(*monitor->conditions));
	if (!monitor->place || !monitor->conditions)
		return fail(ENOMEM);
	monitor->data_bytes = whole_pages(monitor->options.data_size);
	if (map(monitor))
		return -1;
	memory = monitor->memory + monitor->data_bytes;
	for (i = 0; i < place_count(monitor); i++) {
		if (furnish(monitor, &monitor->place[i], memory))
			return -1;
		memory += bytes_of_place(monitor);
	}
	monitor->door = pop(&monitor->idle);
	return 0;
}

static int make_port(struct msgport_monitor *monitor, int control, const char *name)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.mode = monitor->options.mode;
	options.max_size = (unsigned int)monitor->options.max_request;
	monitor->port = msgport_create(control, name, &options);
	return monitor->port < 0 ? -1 : 0;
}

MSGPORT_EXPORT struct msgport_monitor *
msgport_monitor_create(int control, const char *name,
		       const struct msgport_monitor_options *options)
{
	struct msgport_monitor *monitor = NULL;
	int error;

	if (!options) {
		errno = EFAULT;
		return NULL;
	}
	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return NULL;
	monitor->port = -1;
	monitor->options = *options;
	/* last the port: who finds its name finds a monitor */
	if (!settle(&monitor->options) && !allocate(monitor) &&
	    !make_port(monitor, control, name))
		return monitor;
	error = errno;
	msgport_monitor_free(monitor);
	errno = error;
	return NULL;
}

MSGPORT_EXPORT void msgport_monitor_free(struct msgport_monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->port >= 0)
		close(monitor->port);
	if (monitor->memory)
		munmap(monitor->memory, monitor->memory_bytes);
	free(monitor->conditions);
	free(monitor->place);
	free(monitor);
}

MSGPORT_EXPORT int msgport_monitor_port(const struct msgport_monitor *monitor)
{
	return monitor->port;
}
