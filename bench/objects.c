// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to have one: the memory of an idle one and of a message that waits in
 * it, and the instructions to make it and to end it.
 *
 * Memory is what the machine has less afterwards, slabs with what is lost in them and
 * descriptors with all that belongs to them; the many that are made let what the
 * kernel keeps in reserve vanish.  By root, who may have so many:
 *	memory WHAT NAME BYTES
 */
#include <fcntl.h>
#include <inttypes.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "payload.h"

#define MANY		10000
#define FIRST		1000		/* made and ended before */
#define CHANNELS	40		/* to fill with messages */

/* Descriptors, or what else it is known by; -1: none. */
struct object {
	int a, b;
};

static struct object make_port(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 16;
	options.max_size = 64;
	return (struct object){ msgport_create(MSGPORT_DEFAULT, NULL, &options), -1 };
}

static struct object make_port_and_sender(void)
{
	struct object port = make_port();

	port.b = msgport_mint(port.a, 0, 0, MSGPORT_PRIORITY_MAX, 0);
	if (port.b < 0)
		die("msgport_mint");
	return port;
}

static struct object make_mqueue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 64 };
	struct object queue = { mq_open("/one", O_RDWR | O_CREAT | O_EXCL, 0600, &attr), -1 };

	mq_unlink("/one");
	return queue;
}

static struct object make_sysv(void)
{
	return (struct object){ msgget(IPC_PRIVATE, 0600), -1 };
}

static void end_sysv(struct object queue)
{
	msgctl(queue.a, IPC_RMID, NULL);
}

static struct object make_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		die("pipe");
	return (struct object){ ends[0], ends[1] };
}

static struct object make_sockets(int type)
{
	int ends[2];

	if (socketpair(AF_UNIX, type, 0, ends))
		die("socketpair");
	return (struct object){ ends[0], ends[1] };
}

static struct object make_stream(void)
{
	return make_sockets(SOCK_STREAM);
}

static struct object make_seqpacket(void)
{
	return make_sockets(SOCK_SEQPACKET);
}

static void end_descriptors(struct object object)
{
	close(object.a);
	if (object.b >= 0)
		close(object.b);
}

static const struct kind {
	const char *name;
	struct object (*make)(void);
	void (*end)(struct object object);
} kinds[] = {
	{ "msgport", make_port, end_descriptors },
	{ "msgport-sender", make_port_and_sender, end_descriptors },
	{ "mqueue", make_mqueue, end_descriptors },
	{ "sysv", make_sysv, end_sysv },
	{ "pipe", make_pipe, end_descriptors },
	{ "stream", make_stream, end_descriptors },
	{ "seqpacket", make_seqpacket, end_descriptors },
};

static const struct kind *kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static struct object make(const struct kind *kind)
{
	struct object object = kind->make();

	if (object.a < 0)
		die(kind->name);
	return object;
}

static void make_and_end(void *context)
{
	const struct kind *kind = context;

	kind->end(make(kind));
}

/* Only what is made by itself; @size and @count say nothing here. */
struct result create(const struct transport *transport, size_t size, unsigned int count)
{
	const struct kind *kind = kind_of(transport->name);

	(void)size;
	(void)count;
	return kind ? measure(make_and_end, (void *)kind, 1) : (struct result){ 0 };
}

/* Of the whole machine, in bytes, those at hand for its processor too. */
static int64_t free_memory(void)
{
	FILE *file = fopen("/proc/zoneinfo", "re");
	int64_t pages = 0, some;
	char line[256];

	if (!file)
		die("/proc/zoneinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " pages free %" SCNd64, &some) == 1 ||
		    sscanf(line, " count: %" SCNd64, &some) == 1)
			pages += some;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static void make_many(const struct kind *kind, struct object *objects, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		objects[i] = make(kind);
}

static void end_many(const struct kind *kind, struct object *objects, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		kind->end(objects[i]);
}

/* What was ended before is freed after a grace period, or two. */
static void settle(void)
{
	sleep(1);
}

static void weigh_idle(const struct kind *kind)
{
	static struct object objects[MANY];
	int64_t before;

	make_many(kind, objects, FIRST);
	end_many(kind, objects, FIRST);
	settle();
	before = free_memory();
	make_many(kind, objects, MANY);
	printf("memory idle %s %" PRId64 "\n", kind->name, (before - free_memory()) / MANY);
	end_many(kind, objects, MANY);
}

/* As many messages as fit into some channels. */
static void weigh_queued(const struct transport *transport)
{
	static struct channel channels[CHANNELS];
	char payload[SIZE_DEFAULT] = { 0 };
	unsigned int i, sent = 0;
	int64_t before;

	for (i = 0; i < CHANNELS; i++) {
		if (!open_channel(transport, &channels[i], sizeof(payload), 1))
			return;
		if (transport->nonblock)
			transport->nonblock(&channels[i]);
		else
			fcntl(channels[i].tx, F_SETFL, O_NONBLOCK |
			      fcntl(channels[i].tx, F_GETFL));
	}
	/* what the first message of a channel brings with it */
	for (i = 0; i < CHANNELS; i++)
		transport->send(&channels[i], payload);
	settle();
	before = free_memory();
	for (i = 0; i < CHANNELS; i++)
		while (transport->send(&channels[i], payload))
			sent++;
	printf("memory queued %s %" PRId64 "\n", transport->name,
	       (before - free_memory()) / sent);
	for (i = 0; i < CHANNELS; i++)
		transport->close(&channels[i]);
}

int run_memory(void)
{
	static const struct transport *const queues[] = {
		&over_msgport, &over_mqueue, &over_sysv, &over_pipe, &over_stream,
		&over_seqpacket, &over_dgram,
	};
	const struct rlimit descriptors = { 3 * MANY, 3 * MANY };
	const struct rlimit bytes = { RLIM_INFINITY, RLIM_INFINITY };
	size_t i;

	if (setrlimit(RLIMIT_NOFILE, &descriptors) || setrlimit(RLIMIT_MSGQUEUE, &bytes))
		die("setrlimit");
	for (i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		weigh_queued(queues[i]);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		weigh_idle(&kinds[i]);
	return 0;
}
