// SPDX-License-Identifier: GPL-2.0
/*
 * TIPC within one node: a connected pair, which has a window of its own, and
 * reliable datagrams, which the kernel drops when the receiver's buffer is
 * full, so that they need credits.
 */
#include <errno.h>
#include <linux/tipc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "credit.h"

/* The window of a connection is a quarter of its buffer, in blocks. */
#define BLOCK_BYTES		1024
#define BUFFER_SHARE		4

static bool open_pair(struct channel *channel, int type)
{
	int ends[2];

	if (socketpair(AF_TIPC, type, 0, ends)) {
		if (errno == EAFNOSUPPORT)
			return false;
		die("socketpair of TIPC");
	}
	channel->tx = ends[0];
	channel->rx = ends[1];
	return true;
}

/*
 * A sender waits when it has sent more than the window, so it has the last
 * message beyond it. The kernel doubles the bytes that it is told.
 */
static void bound_window(struct channel *channel)
{
	const struct shape *shape = &channel->shape;
	unsigned int blocks = shape->size / BLOCK_BYTES + 1;
	int bytes = (shape->depth - 1) * blocks * BLOCK_BYTES * BUFFER_SHARE / 2;

	if (setsockopt(channel->rx, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) ||
	    setsockopt(channel->tx, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)))
		die("SO_RCVBUF");
}

static bool open_connection(struct channel *channel)
{
	if (!open_pair(channel, SOCK_SEQPACKET))
		return false;
	bound_window(channel);
	return true;
}

static bool send_from(int from, const void *payload, size_t size)
{
	ssize_t sent = send(from, payload, size, 0);

	if (sent == (ssize_t)size)
		return true;
	if (sent >= 0 || errno != EAGAIN)
		die("send by TIPC");
	return false;
}

static void receive_at(int at, void *payload, size_t size)
{
	if (recv(at, payload, size, 0) != (ssize_t)size)
		die("recv by TIPC");
}

static bool send_message(struct channel *channel, const void *payload)
{
	return send_from(channel->tx, payload, channel->shape.size);
}

static void receive_message(struct channel *channel, void *payload)
{
	receive_at(channel->rx, payload, channel->shape.size);
}

/* Both directions of one pair. */
static void ask(struct channel *channel, void *payload)
{
	send_from(channel->tx, payload, channel->shape.size);
	receive_at(channel->tx, payload, channel->shape.size);
}

static void serve(struct channel *channel, void *payload,
		  void (*answer)(void *payload, size_t size))
{
	for (;;) {
		receive_at(channel->rx, payload, channel->shape.size);
		answer(payload, channel->shape.size);
		send_from(channel->rx, payload, channel->shape.size);
	}
}

static bool open_datagrams(struct channel *channel)
{
	struct credit *credit;

	if (!open_pair(channel, SOCK_RDM))
		return false;
	credit = shared_memory(sizeof(*credit));
	credit_open(credit, channel->shape.depth, GATE_FUTEX);
	channel->own = credit;
	return true;
}

static void close_datagrams(struct channel *channel)
{
	credit_close(channel->own);
	munmap(channel->own, sizeof(struct credit));
	close_ends(channel);
}

static bool send_datagram(struct channel *channel, const void *payload)
{
	return credit_take(channel->own) && send_message(channel, payload);
}

static void set_nonblock(struct channel *channel)
{
	struct credit *credit = channel->own;

	credit->nonblock = true;
}

static void receive_datagram(struct channel *channel, void *payload)
{
	receive_message(channel, payload);
	credit_give(channel->own, 1);
}

const struct transport over_tipc = {
	.name = "tipc", .smallest = 1, .largest = TIPC_MAX_USER_MSG_SIZE, .outside_gate = true,
	.open = open_connection, .close = close_ends,
	.send = send_message, .receive = receive_message,
	.ask = ask, .serve = serve,
};

/* A round trip needs no credits: one message is in transit. */
const struct transport over_tipc_datagrams = {
	.name = "tipc-rdm", .smallest = 1, .largest = TIPC_MAX_USER_MSG_SIZE, .outside_gate = true,
	.open = open_datagrams, .close = close_datagrams,
	.send = send_datagram, .receive = receive_datagram,
	.nonblock = set_nonblock,
	.ask = ask, .serve = serve,
};
