// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A monitor: the door, who is inside, who waits, and to whom it is handed. */

#include <sys/mman.h>
#include <time.h>

#include "monitor.h"

/* ---- the procedure's side of a stack ---- */

/* What a place's stack does for ever: one procedure, then out, then the next. */
static void inside(unsigned int high, unsigned int low)
{
	struct place *place = (struct place *)(uintptr_t)((uint64_t)high << 32 | low);
	struct msgport_monitor *monitor = place->monitor;

	for (;;) {
		place->result = monitor->options.procedures[place->procedure](monitor,
									      &place->entry);
		place->error = place->result < 0 ? errno : 0;
		place->left = true;
		swapcontext(&place->context, &monitor->outside);
	}
}

/* makecontext() hands on numbers only, so the address goes in two halves. */
static void make_context(struct place *place)
{
	uint64_t address = (uintptr_t)place;

	getcontext(&place->context);
	place->context.uc_stack.ss_sp = place->stack;
	place->context.uc_stack.ss_size = place->monitor->options.stack_size;
	place->context.uc_link = NULL;
	makecontext(&place->context, (void (*)(void))inside, 2,
		    (unsigned int)(address >> 32), (unsigned int)address);
	place->started = true;
}

/* The data's pages are a mapping of their own, so this splits none and cannot fail. */
static void set_read_only(struct msgport_monitor *monitor, bool read_only)
{
	if (monitor->read_only == read_only || !monitor->data_bytes)
		return;
	mprotect(monitor->data, monitor->data_bytes,
		 read_only ? PROT_READ : PROT_READ | PROT_WRITE);
	monitor->read_only = read_only;
}

/* Until the procedure returns or waits. */
static void run(struct msgport_monitor *monitor, struct place *place)
{
	set_read_only(monitor, false);
	monitor->active = place;
	if (!place->started)
		make_context(place);
	swapcontext(&monitor->outside, &place->context);
	monitor->active = NULL;
}

/* ---- answers ---- */

static struct msgport_message answer_of(const struct place *place)
{
	struct msgport_message answer = { .tag = (uint64_t)place->error };

	if (!place->error) {
		answer.data = place->answer;
		answer.size = (size_t)place->result;
	}
	return answer;
}

/*
 * Without memory for its bytes the client is told so, which needs none; nobody
 * may be left waiting for an answer.  Any other failure means that it has gone.
 */
static void answer(struct place *place, uint64_t token)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct msgport_message message = answer_of(place);

	if (!token)
		return;
	while (msgport_reply_message(place->monitor->port, token, &message) &&
	       errno == ENOMEM) {
		message = (struct msgport_message){ .tag = ENOMEM };
		nanosleep(&moment, NULL);
	}
}

/*
 * Does anybody still wait for the answer?  A reply of one byte more than the
 * client can take is refused and leaves the token good (EMSGSIZE), unless the
 * token is spent already (ESRCH).
 */
static bool client_has_gone(const struct place *place)
{
	return place->token &&
	       msgport_reply(place->monitor->port, place->token, place->answer,
			     place->entry.stamp.answer_size + 1) < 0 &&
	       errno == ESRCH;
}

/* ---- what procedures call ---- */

/* Of those that wait for a condition: the first whose client is there. */
static struct place *first_present(struct msgport_monitor *monitor,
				   struct places *condition)
{
	struct place *place;

	while ((place = pop(condition))) {
		monitor->waiting--;
		if (!client_has_gone(place))
			return place;
		push(&monitor->gone, place);
	}
	return NULL;
}

/* Takes all whose clients have gone out of the conditions. */
static void pass_over_gone(struct msgport_monitor *monitor)
{
	unsigned int i, count;
	struct place *place;

	for (i = 0; i < monitor->options.condition_count; i++) {
		for (count = monitor->conditions[i].count; count; count--) {
			place = pop(&monitor->conditions[i]);
			if (!client_has_gone(place)) {
				push(&monitor->conditions[i], place);
				continue;
			}
			monitor->waiting--;
			push(&monitor->gone, place);
		}
	}
}

static int may_act(const struct msgport_monitor *monitor, unsigned int condition)
{
	if (!monitor->active || monitor->active->signalled)
		return fail(EPERM);
	if (condition >= monitor->options.condition_count)
		return fail(EINVAL);
	return 0;
}

MSGPORT_EXPORT int msgport_monitor_wait(struct msgport_monitor *monitor,
					unsigned int condition)
{
	struct place *self = monitor->active;

	if (may_act(monitor, condition))
		return -1;
	if (self->gone)
		return fail(ESRCH);
	if (monitor->waiting == monitor->options.max_waiting)
		pass_over_gone(monitor);
	if (monitor->waiting == monitor->options.max_waiting)
		return fail(EDQUOT);
	push(&monitor->conditions[condition], self);
	monitor->waiting++;
	swapcontext(&self->context, &monitor->outside);
	return self->gone ? fail(ESRCH) : 0;
}

MSGPORT_EXPORT int msgport_monitor_signal(struct msgport_monitor *monitor,
					  unsigned int condition)
{
	if (may_act(monitor, condition))
		return -1;
	monitor->active->signalled = true;
	monitor->handed = first_present(monitor, &monitor->conditions[condition]);
	set_read_only(monitor, true);
	return 0;
}

MSGPORT_EXPORT unsigned int
msgport_monitor_waiting(const struct msgport_monitor *monitor,
			unsigned int condition)
{
	if (condition >= monitor->options.condition_count)
		return 0;
	return monitor->conditions[condition].count;
}

MSGPORT_EXPORT void msgport_monitor_stop(struct msgport_monitor *monitor)
{
	monitor->stopping = true;
}

/* ---- the door ---- */

/* Who was signalled; then those who must be told that their client has gone. */
static struct place *successor(struct msgport_monitor *monitor)
{
	struct place *place = monitor->handed;

	monitor->handed = NULL;
	if (!place) {
		place = pop(&monitor->gone);
		if (place)
			place->gone = true;
	}
	return place;
}

static void begin(struct place *place, const struct msgport_message *request)
{
	const struct msgport_monitor_options *options = &place->monitor->options;
	uint64_t room = request->stamp.answer_size;

	place->token = request->token;
	place->procedure = request->tag;
	place->entry.request_size = request->size;
	place->entry.answer_size = room < options->max_answer ? (size_t)room :
								options->max_answer;
	place->entry.stamp = request->stamp;
	place->left = false;
	place->signalled = false;
	place->gone = false;
}

/*
 * The door is open: answers who left last, if that is still to be done, and
 * waits for the next to enter, in one system call.
 */
static int admit(struct msgport_monitor *monitor, uint64_t deadline)
{
	struct place *place = monitor->door;
	struct msgport_message reply = answer_of(place), request = {
		.data = place->request,
		.size = monitor->options.max_request,
	};
	uint64_t token = place->token;
	int reply_error = 0, result, error;

	result = msgport_reply_receive_message(monitor->port, &place->token, &reply,
					       &request, NULL, 0, deadline,
					       &reply_error);
	error = errno;
	if (reply_error == ENOMEM)
		answer(place, token);
	if (result)
		return fail(error);
	begin(place, &request);
	return 0;
}

static bool can_take(struct place *place)
{
	if (place->procedure < place->monitor->options.procedure_count)
		return true;
	place->left = true;
	place->result = -1;
	place->error = EOPNOTSUPP;
	return false;
}

/*
 * Who left without handing the monitor on is answered when the door opens.  Any
 * other is answered at once, before the next one runs.
 */
static void leave(struct msgport_monitor *monitor, struct place *place)
{
	if (!place->error && (size_t)place->result > place->entry.answer_size)
		place->error = EMSGSIZE;
	if (!monitor->handed && !monitor->gone.first && !monitor->stopping) {
		monitor->door = place;
		return;
	}
	answer(place, place->token);
	place->token = 0;
	push(&monitor->idle, place);
}

/* From the one who has entered until the door is open again. */
static void occupy(struct msgport_monitor *monitor, struct place *place)
{
	monitor->door = NULL;
	do {
		if (can_take(place))
			run(monitor, place);
		if (place->left)
			leave(monitor, place);
		place = successor(monitor);
	} while (place);
	/* of max_waiting + 1 places, one is free */
	if (!monitor->door)
		monitor->door = pop(&monitor->idle);
}

MSGPORT_EXPORT int msgport_monitor_serve(struct msgport_monitor *monitor,
					 uint64_t deadline)
{
	int result = 0, error = 0;

	if (monitor->serving)
		return fail(EPERM);
	monitor->serving = true;
	monitor->stopping = false;
	while (!monitor->stopping && !result) {
		result = admit(monitor, deadline);
		error = errno;
		if (!result)
			occupy(monitor, monitor->door);
	}
	set_read_only(monitor, false);
	monitor->serving = false;
	return result ? fail(error) : 0;
}

/* ---- the client ---- */

MSGPORT_EXPORT ssize_t msgport_monitor_enter(int send_right, unsigned int procedure,
					     const void *request, size_t request_size,
					     void *answer, size_t answer_size,
					     uint64_t deadline)
{
	struct msgport_message question = {
		.data = (void *)request,
		.size = request_size,
		.tag = procedure,
	};
	struct msgport_message reply = { .data = answer, .size = answer_size };

	if (msgport_call_message(send_right, &question, &reply, 0, deadline, NULL))
		return -1;
	if (reply.tag)
		return fail((int)reply.tag);
	return (ssize_t)reply.size;
}
