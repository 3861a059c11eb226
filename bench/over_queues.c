// SPDX-License-Identifier: GPL-2.0
/* POSIX message queues, and those of System V. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include "bench.h"

#define MQUEUE_LARGEST	8192	/* bytes, for an ordinary user */
#define SYSV_LARGEST	8192	/* bytes, by default for anybody */

static bool open_mqueue(struct channel *channel)
{
	const struct shape *shape = &channel->shape;
	struct mq_attr attr = {
		.mq_maxmsg = shape->depth,
		.mq_msgsize = shape->size ? shape->size : 1,
	};
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
	return true;
}

static bool send_mqueue(struct channel *channel, const void *payload)
{
	if (!mq_send(channel->tx, payload, channel->shape.size, 0))
		return true;
	if (errno != EAGAIN)
		die("mq_send");
	return false;
}

static void receive_mqueue(struct channel *channel, void *payload)
{
	size_t room = channel->shape.size ? channel->shape.size : 1;

	if (mq_receive(channel->rx, payload, room, NULL) != (ssize_t)channel->shape.size)
		die("mq_receive");
}

/* A message of System V begins with its type, and lies elsewhere than its payload. */
struct sysv {
	int flags;			/* IPC_NOWAIT, once asked for */
	long type;			/* the message; the payload follows */
};

static bool open_sysv(struct channel *channel)
{
	const struct shape *shape = &channel->shape;
	struct sysv *sysv = calloc(1, sizeof(*sysv) + shape->size);
	struct msqid_ds limits;

	if (!sysv)
		die("calloc");
	channel->own = sysv;
	channel->rx = msgget(IPC_PRIVATE, 0600);
	channel->tx = channel->rx;
	if (channel->rx < 0 || msgctl(channel->rx, IPC_STAT, &limits))
		die("msgget");
	/* the default may be larger than what is wanted, but not for all sizes */
	limits.msg_qbytes = shape->depth * (shape->size ? shape->size : 1);
	if (msgctl(channel->rx, IPC_SET, &limits))
		die("IPC_SET");
	return true;
}

static void close_sysv(struct channel *channel)
{
	msgctl(channel->rx, IPC_RMID, NULL);
	free(channel->own);
}

static void sysv_nonblock(struct channel *channel)
{
	struct sysv *sysv = channel->own;

	sysv->flags = IPC_NOWAIT;
}

static bool send_sysv(struct channel *channel, const void *payload)
{
	struct sysv *sysv = channel->own;

	sysv->type = 1;
	memcpy(sysv + 1, payload, channel->shape.size);
	if (!msgsnd(channel->tx, &sysv->type, channel->shape.size, sysv->flags))
		return true;
	if (errno != EAGAIN)
		die("msgsnd");
	return false;
}

static void receive_sysv(struct channel *channel, void *payload)
{
	struct sysv *sysv = channel->own;

	if (msgrcv(channel->rx, &sysv->type, channel->shape.size, 0, 0) !=
	    (ssize_t)channel->shape.size)
		die("msgrcv");
	memcpy(payload, sysv + 1, channel->shape.size);
}

const struct transport over_mqueue = {
	.name = "mqueue",
	.largest = MQUEUE_LARGEST,
	.deep = true,
	.open = open_mqueue,
	.close = close_ends,
	.send = send_mqueue,
	.receive = receive_mqueue,
};

const struct transport over_sysv = {
	.name = "sysv",
	.smallest = 1,
	.largest = SYSV_LARGEST,
	.deep = true,
	.open = open_sysv,
	.close = close_sysv,
	.nonblock = sysv_nonblock,
	.send = send_sysv,
	.receive = receive_sysv,
};
