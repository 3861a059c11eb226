// SPDX-License-Identifier: GPL-2.0
/* Pipes and AF_UNIX sockets. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define PIPE_BYTES_MAX	(1 << 20)	/* for an ordinary user */
/* What a socket's buffer is charged for a message beside its bytes, about. */
#define SOCKET_HEAD	704

static bool open_pipe(struct channel *channel)
{
	size_t bytes = channel->shape.depth * channel->shape.size;
	int ends[2];

	if (pipe(ends))
		die("pipe");
	channel->rx = ends[0];
	channel->tx = ends[1];
	if (bytes > PIPE_BYTES_MAX)
		bytes = PIPE_BYTES_MAX;
	if (bytes && fcntl(channel->tx, F_SETPIPE_SZ, (int)bytes) < 0)
		die("F_SETPIPE_SZ");
	return true;
}

/* A stream knows no messages: all of one, or nothing. */
static bool write_all(struct channel *channel, const void *payload)
{
	size_t done = 0, size = channel->shape.size;

	while (done < size) {
		ssize_t n = write(channel->tx, (const char *)payload + done, size - done);

		if (n < 0 && errno == EAGAIN && !done)
			return false;
		if (n <= 0)
			die("write");
		done += n;
	}
	return true;
}

static void read_all(struct channel *channel, void *payload)
{
	size_t done = 0, size = channel->shape.size;

	while (done < size) {
		ssize_t n = read(channel->rx, (char *)payload + done, size - done);

		if (n <= 0)
			die("read");
		done += n;
	}
}

static bool open_socket(struct channel *channel, int type)
{
	const struct shape *shape = &channel->shape;
	/* the kernel doubles what it is told, and has a bound for ordinary users */
	int ends[2], bytes = shape->depth * (shape->size + SOCKET_HEAD) / 2;

	if (socketpair(AF_UNIX, type, 0, ends))
		die("socketpair");
	channel->rx = ends[0];
	channel->tx = ends[1];
	if (setsockopt(channel->tx, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)))
		die("SO_SNDBUF");
	channel->own = calloc(shape->batch, sizeof(struct mmsghdr) + sizeof(struct iovec));
	if (!channel->own)
		die("calloc");
	return true;
}

static bool open_stream(struct channel *channel)
{
	return open_socket(channel, SOCK_STREAM);
}

static bool open_seqpacket(struct channel *channel)
{
	return open_socket(channel, SOCK_SEQPACKET);
}

static bool open_dgram(struct channel *channel)
{
	return open_socket(channel, SOCK_DGRAM);
}

static void close_socket(struct channel *channel)
{
	close_ends(channel);
	free(channel->own);
}

static bool send_packet(struct channel *channel, const void *payload)
{
	if (send(channel->tx, payload, channel->shape.size, 0) >= 0)
		return true;
	if (errno != EAGAIN)
		die("send");
	return false;
}

static void receive_packet(struct channel *channel, void *payload)
{
	if (recv(channel->rx, payload, channel->shape.size, 0) !=
	    (ssize_t)channel->shape.size)
		die("recv");
}

static struct mmsghdr *packets_at(struct channel *channel, const void *payloads)
{
	struct mmsghdr *packets = channel->own;
	struct iovec *iov = (struct iovec *)(packets + channel->shape.batch);
	unsigned int i;

	for (i = 0; i < channel->shape.batch; i++) {
		iov[i].iov_base = (char *)payloads + i * channel->shape.size;
		iov[i].iov_len = channel->shape.size;
		packets[i] = (struct mmsghdr){
			.msg_hdr = { .msg_iov = &iov[i], .msg_iovlen = 1 },
		};
	}
	return packets;
}

static void send_packets(struct channel *channel, const void *payloads)
{
	struct mmsghdr *packets = packets_at(channel, payloads);
	unsigned int sent = 0;

	while (sent < channel->shape.batch) {
		int n = sendmmsg(channel->tx, packets + sent, channel->shape.batch - sent, 0);

		if (n <= 0)
			die("sendmmsg");
		sent += n;
	}
}

static unsigned int receive_packets(struct channel *channel, void *payloads)
{
	int n = recvmmsg(channel->rx, packets_at(channel, payloads), channel->shape.batch,
			 MSG_WAITFORONE, NULL);

	if (n <= 0)
		die("recvmmsg");
	return n;
}

const struct transport over_pipe = {
	.name = "pipe",
	.smallest = 1,
	.largest = SIZE_MAX_EVER,
	.many = true,
	.deep = true,
	.open = open_pipe,
	.close = close_ends,
	.send = write_all,
	.receive = read_all,
};

const struct transport over_stream = {
	.name = "stream",
	.smallest = 1,
	.largest = SIZE_MAX_EVER,
	.many = true,
	.open = open_stream,
	.close = close_socket,
	.send = write_all,
	.receive = read_all,
};

const struct transport over_seqpacket = {
	.name = "seqpacket",
	.largest = 64 << 10,
	.many = true,
	.open = open_seqpacket,
	.close = close_socket,
	.send = send_packet,
	.receive = receive_packet,
	.send_many = send_packets,
	.receive_many = receive_packets,
};

const struct transport over_dgram = {
	.name = "dgram",
	.largest = 64 << 10,
	.many = true,
	.open = open_dgram,
	.close = close_socket,
	.send = send_packet,
	.receive = receive_packet,
	.send_many = send_packets,
	.receive_many = receive_packets,
};
