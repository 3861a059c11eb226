// SPDX-License-Identifier: GPL-2.0
/*
 * One receiver of many channels: bursts of messages, each to another channel, and a
 * turn given back through a pipe after each burst, which is the same for all.
 *
 *	ports-epoll	by epoll: one message for each that it tells of
 *	ports-set	by a port set: as many in a call as there are
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "payload.h"

#define BURST		32
#define STRIDE		37		/* from one channel to the next; prime */
#define DEPTH_EACH	32		/* messages that each channel holds */

struct ports {
	const struct transport *transport;
	struct channel *channels;
	uint64_t *counts;		/* the sender's and the receiver's: of each */
	unsigned int count;
	int turns[2];			/* each byte is a burst that may come */
	int gathered;			/* epoll or set */
	char *payloads;
};

static void send_bursts(void *context)
{
	struct ports *p = context;
	unsigned int at = 0, i;
	char turn;

	while (read(p->turns[0], &turn, 1) == 1)
		for (i = 0; i < BURST; i++) {
			size_t size = p->channels[at].shape.size;

			payload_fill(p->payloads, size, p->counts[at]++);
			p->transport->send(&p->channels[at], p->payloads);
			at = (at + STRIDE) % p->count;
		}
}

static void give_turn(struct ports *p)
{
	if (write(p->turns[1], "", 1) != 1)
		die("write of a turn");
}

static void check(struct ports *p, unsigned int from, const char *payload)
{
	payload_expect(payload, p->channels[from].shape.size, p->counts[from]++);
}

static void take_by_epoll(void *context)
{
	struct epoll_event events[BURST];
	struct ports *p = context;
	int taken = 0, n, i;

	give_turn(p);
	while (taken < BURST) {
		n = epoll_wait(p->gathered, events, BURST - taken, -1);
		if (n <= 0)
			die("epoll_wait");
		for (i = 0; i < n; i++) {
			unsigned int from = events[i].data.u32;

			p->transport->receive(&p->channels[from], p->payloads);
			check(p, from, p->payloads);
		}
		taken += n;
	}
}

static void take_by_set(void *context)
{
	struct msgport_message messages[BURST];
	struct ports *p = context;
	size_t size = p->channels->shape.size;
	ssize_t taken = 0, n, i;

	give_turn(p);
	while (taken < BURST) {
		for (i = 0; i < BURST - taken; i++)
			messages[i] = (struct msgport_message){
				.data = p->payloads + i * size, .size = size,
			};
		n = msgport_receive_batch(p->gathered, messages, BURST - taken, NULL, 0,
					  MSGPORT_FOREVER);
		if (n <= 0)
			die("msgport_receive_batch");
		for (i = 0; i < n; i++)
			check(p, messages[i].cookie, messages[i].data);
		taken += n;
	}
}

static void gather_by_epoll(struct ports *p)
{
	unsigned int i;

	p->gathered = epoll_create1(0);
	for (i = 0; i < p->count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (epoll_ctl(p->gathered, EPOLL_CTL_ADD, p->channels[i].rx, &event))
			die("epoll_ctl");
	}
}

static void gather_by_set(struct ports *p)
{
	unsigned int i;

	p->gathered = msgport_set_create(MSGPORT_DEFAULT);
	for (i = 0; i < p->count; i++)
		if (msgport_set_add(p->gathered, p->channels[i].rx, i))
			die("msgport_set_add");
}

/* As many descriptors as a user may have without asking anybody. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static struct result run(const struct transport *transport, size_t size,
			 unsigned int count, void (*gather)(struct ports *p),
			 void (*take)(void *context))
{
	struct ports p = { .transport = transport, .count = count };
	struct result result;
	unsigned int i;
	pid_t sender;

	allow_descriptors();
	p.channels = calloc(count, sizeof(*p.channels));
	p.counts = calloc(count, sizeof(*p.counts));
	if (!p.channels || !p.counts)
		die("calloc");
	for (i = 0; i < count; i++) {
		p.channels[i].shape = (struct shape){ size, DEPTH_EACH, 1 };
		if (!transport->open(&p.channels[i]))
			return (struct result){ 0 };
	}
	p.payloads = payload_room(size, BURST);
	if (pipe(p.turns))
		die("pipe");
	gather(&p);
	sender = start_child(send_bursts, &p);
	result = measure(take, &p, BURST);
	end_child(sender);
	close(p.gathered);
	close(p.turns[0]);
	close(p.turns[1]);
	for (i = 0; i < count; i++)
		transport->close(&p.channels[i]);
	free(p.payloads);
	free(p.counts);
	free(p.channels);
	return result;
}

/* @count: channels. */
struct result ports_epoll(const struct transport *transport, size_t size,
			  unsigned int count)
{
	if (!transport->many)
		return (struct result){ 0 };
	return run(transport, size, count, gather_by_epoll, take_by_epoll);
}

struct result ports_set(const struct transport *transport, size_t size,
			unsigned int count)
{
	if (transport != &over_msgport)
		return (struct result){ 0 };
	return run(transport, size, count, gather_by_set, take_by_set);
}
