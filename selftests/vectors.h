/* SPDX-License-Identifier: GPL-2.0 */
/* Vectors of numbered messages, longer than what passes a port's lock at once. */
#ifndef MSGPORT_VECTORS_H
#define MSGPORT_VECTORS_H

#include "testlib.h"

#define LONG		100		/* elements; 32 pass together */

struct vector {
	uint64_t numbers[LONG];
	struct msgport_outgoing out[LONG];
	struct msgport_incoming in[LONG];
};

/* Elements that send 0, 1 and so on. */
static inline void number_out(struct vector *v)
{
	unsigned int i;

	memset(v->out, 0, sizeof(v->out));
	for (i = 0; i < LONG; i++) {
		v->numbers[i] = i;
		v->out[i].data = address_of(&v->numbers[i]);
		v->out[i].data_size = sizeof(v->numbers[i]);
	}
}

/* Elements with room for a number each, and nothing in it. */
static inline void room_in(struct vector *v)
{
	unsigned int i;

	memset(v->in, 0x55, sizeof(v->in));
	memset(v->numbers, 0xff, sizeof(v->numbers));
	for (i = 0; i < LONG; i++) {
		v->in[i].data = address_of(&v->numbers[i]);
		v->in[i].data_size = sizeof(v->numbers[i]);
		v->in[i].iov_count = 0;
		v->in[i].fd_count = 0;
	}
}

/* Both return the count, or -errno. */
static inline int send_elements(int right, struct msgport_outgoing *out,
				unsigned int count, unsigned int flags, uint64_t deadline)
{
	struct msgport_send argument = {
		.flags = flags,
		.deadline = deadline,
		.vector = address_of(out),
		.count = count,
		.element_size = sizeof(*out),
	};
	int sent = raw_send(right, &argument);

	return sent < 0 ? -errno : sent;
}

static inline int receive_elements(int right, struct msgport_incoming *in,
				   unsigned int count, unsigned int flags)
{
	struct msgport_receive argument = {
		.flags = flags,
		.deadline = MSGPORT_FOREVER,
		.vector = address_of(in),
		.count = count,
		.element_size = sizeof(*in),
	};
	int received = raw_receive(right, &argument);

	return received < 0 ? -errno : received;
}

#define send_numbers(right, v, count) \
	send_elements(right, (v)->out, count, MSGPORT_NONBLOCK, 0)
#define receive_numbers(right, v, count) \
	receive_elements(right, (v)->in, count, MSGPORT_NONBLOCK)

#endif
