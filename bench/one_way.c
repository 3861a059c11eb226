// SPDX-License-Identifier: GPL-2.0
/* Messages in one direction, from senders that only room can stop. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "payload.h"

#define PRODUCERS_MAX	16
#define PRODUCER_SHIFT	48	/* a value is who sends, and how many before */

struct flow {
	const struct transport *transport;
	struct channel channel;
	void *payloads;
	uint64_t sent;			/* a sender's: who it is, and how many */
	uint64_t taken[PRODUCERS_MAX];	/* the receiver's: how many from each */
};

static void *payload_at(const struct flow *flow, unsigned int i)
{
	return (char *)flow->payloads + i * flow->channel.shape.size;
}

static void flood(void *context)
{
	struct flow *flow = context;
	const struct shape *shape = &flow->channel.shape;
	unsigned int i;

	for (;;) {
		for (i = 0; i < shape->batch; i++)
			payload_fill(payload_at(flow, i), shape->size, flow->sent++);
		if (shape->batch > 1)
			flow->transport->send_many(&flow->channel, flow->payloads);
		else
			flow->transport->send(&flow->channel, flow->payloads);
	}
}

/* The next of its sender, and whole. */
static void check(struct flow *flow, unsigned int i)
{
	const void *payload = payload_at(flow, i);
	uint64_t value = *(const uint64_t *)payload;
	unsigned int who = value >> PRODUCER_SHIFT;

	if (who >= PRODUCERS_MAX)
		who = 0;
	payload_expect(payload, flow->channel.shape.size,
		       ((uint64_t)who << PRODUCER_SHIFT) + flow->taken[who]++);
}

static void take(void *context)
{
	struct flow *flow = context;

	flow->transport->receive(&flow->channel, flow->payloads);
	check(flow, 0);
}

/* As many as a batch, in as many calls as it takes. */
static void take_many(void *context)
{
	struct flow *flow = context;
	unsigned int n, i, taken = 0, batch = flow->channel.shape.batch;

	while (taken < batch) {
		flow->channel.shape.batch = batch - taken;
		n = flow->transport->receive_many(&flow->channel, flow->payloads);
		for (i = 0; i < n; i++)
			check(flow, i);
		taken += n;
	}
	flow->channel.shape.batch = batch;
}

static struct result run(const struct transport *transport, size_t size,
			 unsigned int batch, unsigned int producers)
{
	struct flow flow = { .transport = transport };
	struct result result = { 0 };
	pid_t senders[PRODUCERS_MAX];
	unsigned int i;

	if (!open_channel(transport, &flow.channel, size, batch))
		return result;
	flow.payloads = payload_room(size, batch);
	for (i = 0; i < producers; i++) {
		flow.sent = (uint64_t)i << PRODUCER_SHIFT;
		senders[i] = start_child(flood, &flow);
	}
	result = measure(batch > 1 ? take_many : take, &flow, batch);
	for (i = 0; i < producers; i++)
		end_child(senders[i]);
	transport->close(&flow.channel);
	free(flow.payloads);
	return result;
}

/* @count: messages a call. */
struct result one_way(const struct transport *transport, size_t size, unsigned int count)
{
	if (count > 1 && !transport->send_many)
		return (struct result){ 0 };
	return run(transport, size, count, 1);
}

/* @count: senders, all by one channel. */
struct result fan_in(const struct transport *transport, size_t size, unsigned int count)
{
	if (count > 1 && transport->one_sender)
		return (struct result){ 0 };
	return run(transport, size, 1, count);
}

/* How many small messages fit before a sender would wait. */
unsigned int depth_of(const struct transport *transport)
{
	char payload[SIZE_DEFAULT] = { 0 };
	struct channel channel;
	unsigned int count = 0;

	if (!open_channel(transport, &channel, sizeof(payload), 1))
		return 0;
	if (transport->nonblock)
		transport->nonblock(&channel);
	else if (fcntl(channel.tx, F_SETFL, fcntl(channel.tx, F_GETFL) | O_NONBLOCK))
		die("F_SETFL");
	while (transport->send(&channel, payload))
		count++;
	transport->close(&channel);
	return count;
}
