// SPDX-License-Identifier: GPL-2.0
/* msgport and its peers, each with room for DEPTH messages if it can be told. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"

/* What a socket's buffer is charged for one of our messages: data and head. */
#define SOCKET_BUFFER_BYTES	768

/* A send that found no room is the caller's business, all else is fatal. */
static bool sent(int result, const char *what)
{
	if (result >= 0)
		return true;
	if (errno != EAGAIN)
		die(what);
	return false;
}

static void received(ssize_t result, const char *what)
{
	if (result != MESSAGE_BYTES)
		die(what);
}

static void msgport_open_channel(struct channel *channel)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = DEPTH;
	channel->rx = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (channel->rx < 0)
		die("msgport_create");
	channel->tx = msgport_mint(channel->rx, 0, 0, MSGPORT_PRIORITY_MAX, 0);
	if (channel->tx < 0)
		die("msgport_mint");
}

static bool msgport_send_payload(struct channel *channel,
				 const struct payload *payload)
{
	return sent(msgport_send(channel->tx, payload, sizeof(*payload), 0),
		    "msgport_send");
}

static void msgport_receive_payload(struct channel *channel,
				    struct payload *payload)
{
	received(msgport_receive(channel->rx, payload, sizeof(*payload), 0),
		 "msgport_receive");
}

static bool write_payload(struct channel *channel, const struct payload *payload)
{
	return sent((int)write(channel->tx, payload, sizeof(*payload)), "write");
}

static void read_payload(struct channel *channel, struct payload *payload)
{
	received(read(channel->rx, payload, sizeof(*payload)), "read");
}

static void mqueue_open_channel(struct channel *channel)
{
	struct mq_attr attr = { .mq_maxmsg = DEPTH, .mq_msgsize = MESSAGE_BYTES };
	char name[32];

	snprintf(name, sizeof(name), "/bench.%d", getpid());
	channel->rx = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (channel->rx < 0)
		die("mq_open");
	/* An open of its own, so that O_NONBLOCK may differ. */
	channel->tx = mq_open(name, O_WRONLY);
	if (channel->tx < 0)
		die("mq_open");
	mq_unlink(name);
}

static bool mqueue_send_payload(struct channel *channel,
				const struct payload *payload)
{
	return sent(mq_send(channel->tx, (const char *)payload, sizeof(*payload), 0),
		    "mq_send");
}

static void mqueue_receive_payload(struct channel *channel,
				   struct payload *payload)
{
	received(mq_receive(channel->rx, (char *)payload, sizeof(*payload), NULL),
		 "mq_receive");
}

static void pipe_open_channel(struct channel *channel)
{
	int ends[2];

	if (pipe(ends))
		die("pipe");
	channel->rx = ends[0];
	channel->tx = ends[1];
	if (fcntl(channel->tx, F_SETPIPE_SZ, DEPTH * MESSAGE_BYTES) < 0)
		die("F_SETPIPE_SZ");
}

static void seqpacket_open_channel(struct channel *channel)
{
	/* The kernel doubles what it is told. */
	int ends[2], bytes = DEPTH * SOCKET_BUFFER_BYTES / 2;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		die("socketpair");
	channel->rx = ends[0];
	channel->tx = ends[1];
	if (setsockopt(channel->tx, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)))
		die("SO_SNDBUF");
}

static bool socket_send_payload(struct channel *channel,
				const struct payload *payload)
{
	return sent((int)send(channel->tx, payload, sizeof(*payload), 0), "send");
}

static void socket_receive_payload(struct channel *channel,
				   struct payload *payload)
{
	received(recv(channel->rx, payload, sizeof(*payload), 0), "recv");
}

const struct transport transports[] = {
	{ "msgport", msgport_open_channel, msgport_send_payload,
	  msgport_receive_payload },
	{ "msgport-rw", msgport_open_channel, write_payload, read_payload },
	{ "mqueue", mqueue_open_channel, mqueue_send_payload,
	  mqueue_receive_payload },
	{ "pipe", pipe_open_channel, write_payload, read_payload },
	{ "seqpacket", seqpacket_open_channel, socket_send_payload,
	  socket_receive_payload },
};

const size_t transport_count = sizeof(transports) / sizeof(transports[0]);
