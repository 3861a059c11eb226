// SPDX-License-Identifier: GPL-2.0
/*
 * What may not depend on how much there is: a message through a queue of some depth, a
 * receive by source behind others, the end of a full queue, and a connect among names.
 * One process alone, so that nothing but the queue is measured.  @count is the depth,
 * the queue's own places being the same for all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "payload.h"

#define PLACES		10016		/* of each queue, whatever is in it */
#define DEATHS		20		/* queues that end with their messages */

struct deep {
	const struct transport *transport;
	struct channel channel;
	struct msgport_filter filter;	/* by source, of @chosen */
	int chosen;			/* the right that is chosen */
	char name[32];
	char payload[SIZE_DEFAULT];
};

static void fill_to(struct deep *d, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth; i++)
		d->transport->send(&d->channel, d->payload);
}

/* The transport's own channel with so many places, and @depth messages. */
static bool open_deep(struct deep *d, const struct transport *transport, size_t size,
		      unsigned int depth)
{
	*d = (struct deep){ .transport = transport };
	d->channel.shape = (struct shape){ size, PLACES, 1 };
	if (!transport->deep || !transport->open(&d->channel))
		return false;
	fill_to(d, depth);
	return true;
}

static void through(void *context)
{
	struct deep *d = context;

	d->transport->send(&d->channel, d->payload);
	d->transport->receive(&d->channel, d->payload);
}

struct result deep_one_way(const struct transport *transport, size_t size,
			   unsigned int count)
{
	struct result result;
	struct deep d;

	if (!open_deep(&d, transport, size, count))
		return (struct result){ 0 };
	result = measure(through, &d, 1);
	transport->close(&d.channel);
	return result;
}

static void by_source(void *context)
{
	struct msgport_message message = { .size = SIZE_DEFAULT };
	struct deep *d = context;

	message.data = d->payload;
	if (msgport_send(d->chosen, d->payload, SIZE_DEFAULT, 0) ||
	    msgport_receive_message(d->channel.rx, &message, &d->filter, 0,
				    MSGPORT_FOREVER))
		die("receive by source");
}

/* System V's way to choose: by the message's type. */
static void by_type(void *context)
{
	struct deep *d = context;
	struct {
		long type;
		char payload[SIZE_DEFAULT];
	} message = { .type = 2 };

	if (msgsnd(d->channel.tx, &message, sizeof(message.payload), 0) ||
	    msgrcv(d->channel.rx, &message, sizeof(message.payload), 2, 0) < 0)
		die("receive by type");
}

struct result deep_by_source(const struct transport *transport, size_t size,
			     unsigned int count)
{
	struct result result;
	struct msgport_stat stat;
	struct deep d;

	if ((transport != &over_msgport && transport != &over_sysv) ||
	    !open_deep(&d, transport, size, count))
		return (struct result){ 0 };
	if (transport == &over_sysv) {
		result = measure(by_type, &d, 1);
	} else {
		d.chosen = msgport_mint(d.channel.rx, 0, 0, 0, 0);
		if (d.chosen < 0 || msgport_stat(d.chosen, &stat))
			die("msgport_mint");
		d.filter.by = MSGPORT_BY_SOURCE;
		d.filter.source = stat.source;
		result = measure(by_source, &d, 1);
		close(d.chosen);
	}
	transport->close(&d.channel);
	return result;
}

/* Steps are messages. */
struct result deep_death(const struct transport *transport, size_t size,
			 unsigned int count)
{
	struct result result = { 0 };
	struct deep d;
	unsigned int i;
	uint64_t start;

	for (i = 0; i < DEATHS; i++) {
		if (!open_deep(&d, transport, size, count))
			return (struct result){ 0 };
		start = clock_now();
		transport->close(&d.channel);
		result.instructions += clock_now() - start;
		result.steps += count;
	}
	return result;
}

static void connect_once(void *context)
{
	struct deep *d = context;
	int right = msgport_connect(MSGPORT_DEFAULT, d->name, 0);

	if (right < 0)
		die("msgport_connect");
	close(right);
}

/* @count: names.  By root, who may have so many ports. */
struct result names(const struct transport *transport, size_t size, unsigned int count)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct result result;
	int *ports = calloc(count, sizeof(*ports));
	struct deep d = { 0 };
	unsigned int i;

	if (transport != &over_msgport || geteuid()) {
		free(ports);
		return (struct result){ 0 };
	}
	options.max_msgs = 1;
	options.max_size = size;
	for (i = 0; i < count; i++) {
		snprintf(d.name, sizeof(d.name), "name.%u", i);
		ports[i] = msgport_create(MSGPORT_DEFAULT, d.name, &options);
		if (ports[i] < 0)
			die("msgport_create");
	}
	snprintf(d.name, sizeof(d.name), "name.%u", count / 2);
	result = measure(connect_once, &d, 1);
	while (count--)
		close(ports[count]);
	free(ports);
	return result;
}
