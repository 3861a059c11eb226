// SPDX-License-Identifier: GPL-2.0
/*
 * Sealed memory in one direction.
 *
 *	sealed-new	each payload is made, filled, sealed, sent, checked, mapped and
 *			summed; as the other transports' payloads, both sides touch it
 *	sealed-again	one that is sealed already is sent, checked and mapped, and nobody
 *			reads it: the hand-over alone
 */
#include <stdlib.h>
#include <unistd.h>

#include <msgport_sealed.h>

#include "bench.h"
#include "payload.h"

struct handing {
	struct msgport_sealed sealed;
	size_t size;
	uint64_t count;			/* the sender's and the receiver's */
	int tx, rx;
};

static void send_sealed(struct handing *h, int fd)
{
	struct msgport_message message = { .fds = &fd, .fd_count = 1 };

	if (msgport_send_message(h->tx, &message, 0, MSGPORT_FOREVER))
		die("msgport_send_message");
}

static void receive_sealed(struct handing *h)
{
	int fd;
	struct msgport_message message = { .fds = &fd, .fd_count = 1 };

	if (msgport_receive_message(h->rx, &message, NULL, 0, MSGPORT_FOREVER))
		die("msgport_receive_message");
	if (msgport_sealed_accept(&h->sealed, fd, h->size))
		die("msgport_sealed_accept");
}

static void send_new(void *context)
{
	struct handing *h = context;

	for (;;) {
		if (msgport_sealed_create(&h->sealed, h->size))
			die("msgport_sealed_create");
		payload_fill(h->sealed.data, h->size, h->count++);
		if (msgport_sealed_seal(&h->sealed))
			die("msgport_sealed_seal");
		send_sealed(h, h->sealed.fd);
		msgport_sealed_free(&h->sealed);
	}
}

static void take_new(void *context)
{
	struct handing *h = context;

	receive_sealed(h);
	payload_expect(h->sealed.data, h->size, h->count++);
	msgport_sealed_free(&h->sealed);
}

static void send_again(void *context)
{
	struct handing *h = context;

	if (msgport_sealed_create(&h->sealed, h->size) || msgport_sealed_seal(&h->sealed))
		die("msgport_sealed_create");
	for (;;)
		send_sealed(h, h->sealed.fd);
}

static void take_again(void *context)
{
	struct handing *h = context;

	receive_sealed(h);
	msgport_sealed_free(&h->sealed);
}

static struct result run(const struct transport *transport, size_t size,
			 void (*send)(void *context), void (*take)(void *context))
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct handing h = { .size = size };
	struct result result;
	pid_t sender;

	if (transport != &over_msgport)
		return (struct result){ 0 };
	options.flags = MSGPORT_DESCRIPTORS;
	options.max_msgs = depth_for(size);
	h.rx = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	h.tx = msgport_mint(h.rx, 0, 0, MSGPORT_PRIORITY_MAX, 0);
	if (h.tx < 0)
		die("msgport_mint");
	sender = start_child(send, &h);
	result = measure(take, &h, 1);
	end_child(sender);
	close(h.tx);
	close(h.rx);
	return result;
}

struct result sealed_new(const struct transport *transport, size_t size,
			 unsigned int count)
{
	(void)count;
	return run(transport, size, send_new, take_new);
}

struct result sealed_again(const struct transport *transport, size_t size,
			   unsigned int count)
{
	(void)count;
	return run(transport, size, send_again, take_again);
}
