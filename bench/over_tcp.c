// SPDX-License-Identifier: GPL-2.0
/*
 * TCP over the guest's loopback: one connection, or as many as there are
 * senders, each of which connects at its first message to a receiver that
 * waits for all of them by epoll.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* Most connections that one look at epoll tells of. */
#define EVENTS		16

static void option(int of, int level, int name, int value)
{
	if (setsockopt(of, level, name, &value, sizeof(value)))
		die("setsockopt of TCP");
}

static int new_socket(void)
{
	int new = socket(AF_INET, SOCK_STREAM, 0);

	if (new < 0)
		die("socket of TCP");
	return new;
}

/*
 * What the receiver's buffer takes and what the sender may leave unsent are about
 * as many messages as shape tells: 281 of 64 bytes where 256 are wanted. The
 * sender's buffer is no bound, as it is charged for what is sent until that is
 * acknowledged, which may be 40 ms later.
 */
static void bound(int of, const struct shape *shape)
{
	int bytes = (int)(shape->depth * shape->size);

	option(of, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
	option(of, SOL_SOCKET, SO_RCVBUF, bytes);
}

/* What is accepted inherits its buffers. */
static int new_listener(const struct shape *shape)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = new_socket();

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bound(listener, shape);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, EVENTS))
		die("listen by TCP");
	return listener;
}

static int connection_to(int listener, const struct shape *shape)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int connection = new_socket();

	bound(connection, shape);
	option(connection, IPPROTO_TCP, TCP_NODELAY, 1);
	if (getsockname(listener, (struct sockaddr *)&address, &length))
		die("getsockname");
	if (connect(connection, (struct sockaddr *)&address, length))
		die("connect by TCP");
	return connection;
}

static int accept_from(int listener)
{
	int connection = accept(listener, NULL, NULL);

	if (connection < 0)
		die("accept by TCP");
	option(connection, IPPROTO_TCP, TCP_NODELAY, 1);
	return connection;
}

/*
 * A stream may take a part of a message, and the rest later. False: it is
 * full, and O_NONBLOCK is set.
 */
static bool write_all(int to, const char *payload, size_t size)
{
	ssize_t done;

	while (size) {
		done = send(to, payload, size, 0);
		if (done < 0 && errno == EAGAIN)
			return false;
		if (done <= 0)
			die("send by TCP");
		payload += done;
		size -= (size_t)done;
	}
	return true;
}

static void read_all(int from, char *payload, size_t size)
{
	ssize_t done;

	while (size) {
		done = recv(from, payload, size, 0);
		if (done <= 0)
			die("recv by TCP");
		payload += done;
		size -= (size_t)done;
	}
}

/* One connection: the sender's end is tx, the receiver's is rx. */

static bool open_connection(struct channel *channel)
{
	const struct shape *shape = &channel->shape;
	int listener = new_listener(shape);

	channel->tx = connection_to(listener, shape);
	channel->rx = accept_from(listener);
	close(listener);
	return true;
}

static bool send_stream(struct channel *channel, const void *payload)
{
	return write_all(channel->tx, payload, channel->shape.size);
}

static void receive_stream(struct channel *channel, void *payload)
{
	read_all(channel->rx, payload, channel->shape.size);
}

static void ask(struct channel *channel, void *payload)
{
	write_all(channel->tx, payload, channel->shape.size);
	read_all(channel->tx, payload, channel->shape.size);
}

static void serve(struct channel *channel, void *payload,
		  void (*answer)(void *payload, size_t size))
{
	for (;;) {
		read_all(channel->rx, payload, channel->shape.size);
		answer(payload, channel->shape.size);
		write_all(channel->rx, payload, channel->shape.size);
	}
}

/*
 * Many connections: rx listens, tx is the sender's own. What the receiver has
 * beside it is its own too, but made before there are other processes.
 */
struct crowd {
	int epoll;
	int count, next;		/* events that the last look told of */
	struct epoll_event events[EVENTS];
};

static void watch(struct crowd *crowd, int socket)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = socket };

	if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, socket, &event))
		die("epoll_ctl");
}

/* All connections together hold what one would. */
static bool open_crowd(struct channel *channel)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	if (!crowd)
		die("calloc");
	crowd->epoll = epoll_create1(0);
	if (crowd->epoll < 0)
		die("epoll_create1");
	channel->shape.depth = (channel->shape.depth + EVENTS - 1) / EVENTS;
	channel->own = crowd;
	channel->tx = -1;
	channel->rx = new_listener(&channel->shape);
	watch(crowd, channel->rx);
	return true;
}

/* What was accepted and never ended is closed with the process. */
static void close_crowd(struct channel *channel)
{
	struct crowd *crowd = channel->own;

	close(crowd->epoll);
	close(channel->rx);
	if (channel->tx >= 0)
		close(channel->tx);
	free(crowd);
}

static void join_crowd(struct channel *channel)
{
	channel->tx = connection_to(channel->rx, &channel->shape);
}

static bool send_from_crowd(struct channel *channel, const void *payload)
{
	if (channel->tx < 0)
		join_crowd(channel);
	return write_all(channel->tx, payload, channel->shape.size);
}

static void set_nonblock(struct channel *channel)
{
	join_crowd(channel);
	if (fcntl(channel->tx, F_SETFL, O_NONBLOCK))
		die("F_SETFL");
}

static void look(struct crowd *crowd)
{
	crowd->next = 0;
	crowd->count = epoll_wait(crowd->epoll, crowd->events, EVENTS, -1);
	if (crowd->count < 0)
		die("epoll_wait");
}

/* One message of each connection that has some, in turn. */
static void receive_from_crowd(struct channel *channel, void *payload)
{
	struct crowd *crowd = channel->own;
	int from;

	for (;;) {
		if (crowd->next == crowd->count)
			look(crowd);
		from = crowd->events[crowd->next++].data.fd;
		if (from != channel->rx)
			break;
		watch(crowd, accept_from(channel->rx));
	}
	read_all(from, payload, channel->shape.size);
}

const struct transport over_tcp = {
	.name = "tcp", .smallest = 1, .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_connection, .close = close_ends,
	.send = send_stream, .receive = receive_stream,
	.one_sender = true, .ask = ask, .serve = serve,
};

const struct transport over_tcp_epoll = {
	.name = "tcp-epoll", .smallest = 1, .largest = SIZE_MAX_EVER, .outside_gate = true,
	.open = open_crowd, .close = close_crowd,
	.send = send_from_crowd, .receive = receive_from_crowd,
	.nonblock = set_nonblock,
};
