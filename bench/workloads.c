// SPDX-License-Identifier: GPL-2.0
/* Round trip and one way between two processes, and how much a channel holds. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

struct pair {
	const struct transport *transport;
	struct channel there, back;
	uint64_t count;
};

/* Every word is written, and every word is read and compared as a sum. */
static void fill(struct payload *payload, uint64_t value)
{
	size_t i;

	for (i = 0; i < MESSAGE_WORDS; i++)
		payload->word[i] = value + i;
}

static uint64_t sum(const struct payload *payload)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < MESSAGE_WORDS; i++)
		total += payload->word[i];
	return total;
}

static uint64_t sum_of(uint64_t value)
{
	return MESSAGE_WORDS * value + MESSAGE_WORDS * (MESSAGE_WORDS - 1) / 2;
}

static void expect(const struct payload *payload, uint64_t value)
{
	if (sum(payload) == sum_of(value))
		return;
	fprintf(stderr, "bench: a message is lost, doubled or damaged\n");
	exit(1);
}

static void close_channel(struct channel *channel)
{
	close(channel->tx);
	close(channel->rx);
}

static void serve(void *context)
{
	struct pair *pair = context;
	struct payload payload;

	for (;;) {
		pair->transport->receive(&pair->there, &payload);
		fill(&payload, sum(&payload));
		pair->transport->send(&pair->back, &payload);
	}
}

static void ask(void *context)
{
	struct pair *pair = context;
	struct payload payload;

	fill(&payload, pair->count);
	pair->transport->send(&pair->there, &payload);
	pair->transport->receive(&pair->back, &payload);
	expect(&payload, sum_of(pair->count));
	pair->count++;
}

/* A step is a message there and one back, each process asleep meanwhile. */
struct result round_trip(const struct transport *transport)
{
	struct pair pair = { .transport = transport };
	struct result result;
	pid_t server;

	transport->open(&pair.there);
	transport->open(&pair.back);
	server = start_child(serve, &pair);
	result = measure(ask, &pair);
	end_child(server);
	close_channel(&pair.there);
	close_channel(&pair.back);
	return result;
}

static void flood(void *context)
{
	struct pair *pair = context;
	struct payload payload;

	for (;;) {
		fill(&payload, pair->count++);
		pair->transport->send(&pair->there, &payload);
	}
}

static void take(void *context)
{
	struct pair *pair = context;
	struct payload payload;

	pair->transport->receive(&pair->there, &payload);
	expect(&payload, pair->count++);
}

/* A step is one message, from a sender that only room can stop. */
struct result one_way(const struct transport *transport)
{
	struct pair pair = { .transport = transport };
	struct result result;
	pid_t sender;

	transport->open(&pair.there);
	sender = start_child(flood, &pair);
	result = measure(take, &pair);
	end_child(sender);
	close_channel(&pair.there);
	return result;
}

/* How many messages fit before a sender would wait. */
unsigned int depth_of(const struct transport *transport)
{
	struct payload payload = { { 0 } };
	struct channel channel;
	unsigned int count = 0;

	transport->open(&channel);
	if (fcntl(channel.tx, F_SETFL, fcntl(channel.tx, F_GETFL) | O_NONBLOCK))
		die("F_SETFL");
	while (transport->send(&channel, &payload))
		count++;
	close_channel(&channel);
	return count;
}
