// SPDX-License-Identifier: GPL-2.0
/* Sleeping and waking across processes, and a window of messages. */

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "credit.h"

void gate_open(struct gate *gate, enum gate_kind kind)
{
	*gate = (struct gate) { .event = -1 };
	if (kind == GATE_FUTEX)
		return;
	/* One token for each sleeper. */
	gate->event = eventfd(0, EFD_SEMAPHORE);
	if (gate->event < 0)
		die("eventfd");
}

void gate_close(struct gate *gate)
{
	if (gate->event >= 0)
		close(gate->event);
}

uint32_t gate_enter(struct gate *gate)
{
	uint32_t ticket = __atomic_load_n(&gate->turn, __ATOMIC_ACQUIRE);

	/* A full barrier before the second look; pairs with gate_wake(). */
	__atomic_fetch_add(&gate->asleep, 1, __ATOMIC_SEQ_CST);
	return ticket;
}

void gate_wait(struct gate *gate, uint32_t ticket)
{
	uint64_t token;

	if (gate->event < 0) {
		if (syscall(SYS_futex, &gate->turn, FUTEX_WAIT, ticket, NULL,
			    NULL, 0) < 0 && errno != EAGAIN)
			die("futex");
	} else if (read(gate->event, &token, sizeof(token)) != sizeof(token)) {
		die("read of an eventfd");
	}
}

void gate_wake_sleepers(struct gate *gate)
{
	uint64_t sleepers = __atomic_exchange_n(&gate->asleep, 0, __ATOMIC_SEQ_CST);

	if (!sleepers)
		return;
	if (gate->event < 0) {
		__atomic_fetch_add(&gate->turn, 1, __ATOMIC_SEQ_CST);
		if (syscall(SYS_futex, &gate->turn, FUTEX_WAKE, INT_MAX, NULL,
			    NULL, 0) < 0)
			die("futex");
	} else if (write(gate->event, &sleepers, sizeof(sleepers)) < 0) {
		die("write to an eventfd");
	}
}

void credit_open(struct credit *credit, unsigned int window,
		 enum gate_kind kind)
{
	gate_open(&credit->room, kind);
	credit->window = window;
	credit->used = 0;
	credit->nonblock = false;
}

void credit_close(struct credit *credit)
{
	gate_close(&credit->room);
}

static bool try_take(struct credit *credit)
{
	uint32_t used = __atomic_load_n(&credit->used, __ATOMIC_RELAXED);

	while (used < credit->window)
		if (__atomic_compare_exchange_n(&credit->used, &used, used + 1,
						true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

bool credit_take(struct credit *credit)
{
	uint32_t ticket;

	while (!try_take(credit)) {
		if (credit->nonblock)
			return false;
		ticket = gate_enter(&credit->room);
		if (try_take(credit))
			break;
		gate_wait(&credit->room, ticket);
	}
	return true;
}

void credit_give(struct credit *credit, unsigned int count)
{
	uint32_t left = __atomic_sub_fetch(&credit->used, count, __ATOMIC_RELEASE);

	if (left <= credit->window / 2)
		gate_wake(&credit->room);
}
