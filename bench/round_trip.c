// SPDX-License-Identifier: GPL-2.0
/* A question and its answer, each process asleep meanwhile. */

#include <stdlib.h>

#include "bench.h"
#include "payload.h"

struct conversation {
	const struct transport *transport;
	struct channel there, back;	/* the same, where one is asked */
	void *payload;
	uint64_t count;
};

static void answer(void *payload, size_t size)
{
	payload_fill(payload, size, payload_sum(payload, size));
}

static void serve(void *context)
{
	struct conversation *c = context;

	if (c->transport->serve)
		c->transport->serve(&c->there, c->payload, answer);
	for (;;) {
		c->transport->receive(&c->there, c->payload);
		answer(c->payload, c->there.shape.size);
		c->transport->send(&c->back, c->payload);
	}
}

static void ask(void *context)
{
	struct conversation *c = context;
	size_t size = c->there.shape.size;

	payload_fill(c->payload, size, c->count);
	if (c->transport->ask) {
		c->transport->ask(&c->there, c->payload);
	} else {
		c->transport->send(&c->there, c->payload);
		c->transport->receive(&c->back, c->payload);
	}
	payload_expect(c->payload, size, payload_sum_of(size, c->count));
	c->count++;
}

struct result round_trip(const struct transport *transport, size_t size, unsigned int count)
{
	struct conversation c = { .transport = transport };
	struct result result = { 0 };
	pid_t server;

	(void)count;
	if (!open_channel(transport, &c.there, size, 1))
		return result;
	if (!transport->ask && !open_channel(transport, &c.back, size, 1))
		return result;
	c.payload = payload_room(size, 1);
	server = start_child(serve, &c);
	result = measure(ask, &c, 1);
	end_child(server);
	transport->close(&c.there);
	if (!transport->ask)
		transport->close(&c.back);
	free(c.payload);
	return result;
}
