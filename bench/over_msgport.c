// SPDX-License-Identifier: GPL-2.0
/* msgport, by its calls and by read and write. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"

static bool open_port(struct channel *channel)
{
	const struct shape *shape = &channel->shape;
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = shape->depth;
	/* what is larger than the defaults has to be said */
	if (shape->size > 16 << 10) {
		options.max_size = shape->size;
		options.max_bytes = shape->depth * ((uint64_t)shape->size + 4096);
	}
	channel->rx = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (channel->rx < 0)
		die("msgport_create");
	channel->tx = msgport_mint(channel->rx, 0, 0, MSGPORT_PRIORITY_MAX, 0);
	if (channel->tx < 0)
		die("msgport_mint");
	channel->own = calloc(shape->batch, sizeof(struct msgport_message));
	if (!channel->own)
		die("calloc");
	return true;
}

static void close_port(struct channel *channel)
{
	close_ends(channel);
	free(channel->own);
}

static bool send_one(struct channel *channel, const void *payload)
{
	if (!msgport_send(channel->tx, payload, channel->shape.size, 0))
		return true;
	if (errno != EAGAIN)
		die("msgport_send");
	return false;
}

static void receive_one(struct channel *channel, void *payload)
{
	ssize_t size = msgport_receive(channel->rx, payload, channel->shape.size, 0);

	if (size != (ssize_t)channel->shape.size)
		die("msgport_receive");
}

/* The messages of a batch, which lie one after another. */
static struct msgport_message *messages_at(struct channel *channel, const void *payloads)
{
	struct msgport_message *messages = channel->own;
	unsigned int i;

	for (i = 0; i < channel->shape.batch; i++) {
		messages[i].data = (char *)payloads + i * channel->shape.size;
		messages[i].size = channel->shape.size;
	}
	return messages;
}

static void send_batch(struct channel *channel, const void *payloads)
{
	const struct msgport_message *messages = messages_at(channel, payloads);
	unsigned int sent = 0;

	while (sent < channel->shape.batch) {
		ssize_t n = msgport_send_batch(channel->tx, messages + sent,
					       channel->shape.batch - sent, 0,
					       MSGPORT_FOREVER);
		if (n <= 0)
			die("msgport_send_batch");
		sent += n;
	}
}

static unsigned int receive_batch(struct channel *channel, void *payloads)
{
	ssize_t n = msgport_receive_batch(channel->rx, messages_at(channel, payloads),
					  channel->shape.batch, NULL, 0, MSGPORT_FOREVER);

	if (n <= 0)
		die("msgport_receive_batch");
	return n;
}

static void ask(struct channel *channel, void *payload)
{
	size_t size = channel->shape.size;

	if (msgport_call(channel->tx, payload, size, payload, size,
			 MSGPORT_FOREVER) != (ssize_t)size)
		die("msgport_call");
}

static void serve(struct channel *channel, void *payload,
		  void (*answer)(void *payload, size_t size))
{
	size_t size = channel->shape.size;
	uint64_t token = 0;

	for (;;) {
		if (msgport_reply_receive(channel->rx, &token, payload, size, payload,
					  size) != (ssize_t)size)
			die("msgport_reply_receive");
		answer(payload, size);
	}
}

static bool write_one(struct channel *channel, const void *payload)
{
	if (write(channel->tx, payload, channel->shape.size) ==
	    (ssize_t)channel->shape.size)
		return true;
	if (errno != EAGAIN)
		die("write");
	return false;
}

static void read_one(struct channel *channel, void *payload)
{
	if (read(channel->rx, payload, channel->shape.size) !=
	    (ssize_t)channel->shape.size)
		die("read");
}

const struct transport over_msgport = {
	.name = "msgport",
	.largest = SIZE_MAX_EVER,
	.many = true,
	.deep = true,
	.open = open_port,
	.close = close_port,
	.send = send_one,
	.receive = receive_one,
	.send_many = send_batch,
	.receive_many = receive_batch,
	.ask = ask,
	.serve = serve,
};

/* A round trip by sending and receiving at two ports. */
const struct transport over_msgport_four = {
	.name = "msgport-four",
	.largest = SIZE_MAX_EVER,
	.open = open_port,
	.close = close_port,
	.send = send_one,
	.receive = receive_one,
};

const struct transport over_msgport_rw = {
	.name = "msgport-rw",
	.smallest = 1,
	.largest = SIZE_MAX_EVER,
	.open = open_port,
	.close = close_port,
	.send = write_one,
	.receive = read_one,
};
