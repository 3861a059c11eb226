/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every ioctl of the uapi header in one table, each with a way to make a valid
 * argument structure for it.  The conditions that hold for all of them are in
 * abi_test.c; adding a verb to the ABI means adding a row here.
 */
#ifndef MSGPORT_ABI_TABLE_H
#define MSGPORT_ABI_TABLE_H

#include <fcntl.h>
#include <stddef.h>

#include "testlib.h"

#define KINDS		5	/* control descriptor, both rights, set, group */
#define RESERVED_MAX	9
#define NOBODYS		(1ULL << 60)	/* no token, no source, no call has it */

#define CONTROL		(1U << MSGPORT_IS_CONTROL)
#define RECEIVE		(1U << MSGPORT_IS_RECEIVE)
#define SEND		(1U << MSGPORT_IS_SEND)
#define SET		(1U << MSGPORT_IS_SET)
#define GROUP		(1U << MSGPORT_IS_GROUP)
#define ANY		(CONTROL | RECEIVE | SEND | SET | GROUP)

/* What the table's verbs work on. */
struct world {
	int fds[KINDS];			/* by MSGPORT_IS_*; -1: there is none */
	int spare;			/* receive right of a port to be unlinked */
	int other;			/* receive right of another port, in no set */
	char name[MSGPORT_NAME_MAX + 1];
	char spare_name[MSGPORT_NAME_MAX + 1];
	char payload[16];
	struct msgport_port_info ports[4];
};

/* A word of a structure, where anything but the known bits is refused. */
struct flags {
	unsigned int offset;
	uint32_t known;
};

/* A field that must be zero. */
struct field {
	unsigned int offset;
	unsigned int size;		/* 0: the end of the list */
};

struct verb {
	const char *name;
	unsigned int number;		/* MSGPORT_IOC_* */
	unsigned int size;		/* of the structure */
	unsigned int kinds;		/* that it works on */
	int outcome;			/* of a valid structure; an errno that changes nothing */
	bool answers;			/* the structure is written back */
	bool makes_fd;
	void (*fill)(struct world *world, void *argument);
	struct flags flags[2];		/* known 0 at offset 0: the end */
	struct field reserved[RESERVED_MAX];
};

#define FIELD(type, member) \
	{ offsetof(struct type, member), sizeof(((struct type *)0)->member) }

static void fill_nothing(struct world *world, void *argument)
{
	(void)world;
	(void)argument;
}

static void fill_create(struct world *world, void *argument)
{
	struct msgport_create *create = argument;

	(void)world;
	create->gid = MSGPORT_NO_UID;
	create->max_msgs = 4;
}

static void fill_connect(struct world *world, void *argument)
{
	struct msgport_connect *connect = argument;

	connect->name = address_of(world->name);
	connect->name_len = strlen(world->name);
	connect->owner = MSGPORT_NO_UID;
}

static void fill_mint(struct world *world, void *argument)
{
	struct msgport_mint *mint = argument;

	(void)world;
	mint->badge = 7;
	mint->max_priority = 3;
}

/* Each time another name, since a success takes it away. */
static void fill_unlink(struct world *world, void *argument)
{
	struct msgport_unlink *unlink = argument;

	if (world->spare >= 0)
		close(world->spare);
	strcpy(world->spare_name, new_name("abi.spare"));
	world->spare = msgport_create(world->fds[MSGPORT_IS_CONTROL],
				      world->spare_name, NULL);
	if (world->spare < 0)
		give_up("create a port to unlink");
	unlink->name = address_of(world->spare_name);
	unlink->name_len = strlen(world->spare_name);
}

static void fill_send(struct world *world, void *argument)
{
	struct msgport_send *send = argument;

	send->flags = MSGPORT_NONBLOCK;
	send->deadline = MSGPORT_FOREVER;
	send->message.data = address_of(world->payload);
	send->message.data_size = sizeof(world->payload);
}

/* With a message to receive. */
static void fill_receive(struct world *world, void *argument)
{
	struct msgport_receive *receive = argument;

	if (!stat_of(world->fds[MSGPORT_IS_RECEIVE]).queued &&
	    msgport_send(world->fds[MSGPORT_IS_SEND], "abi", 3, 0))
		give_up("send");
	receive->flags = MSGPORT_NONBLOCK;
	receive->deadline = MSGPORT_FOREVER;
	receive->message.data = address_of(world->payload);
	receive->message.data_size = sizeof(world->payload);
}

/* A member already. */
static void fill_set_add(struct world *world, void *argument)
{
	struct msgport_set_add *add = argument;

	add->receive_fd = world->fds[MSGPORT_IS_RECEIVE];
}

/* A receive right that is no member. */
static void fill_set_remove(struct world *world, void *argument)
{
	struct msgport_set_remove *remove = argument;

	remove->receive_fd = world->other;
}

static void fill_list(struct world *world, void *argument)
{
	struct msgport_list *list = argument;

	list->ports = address_of(world->ports);
	list->count = 4;
	list->element_size = sizeof(world->ports[0]);
}

/* A call that is to go on, which there is not. */
static void fill_call(struct world *world, void *argument)
{
	struct msgport_call *call = argument;

	call->deadline = MSGPORT_FOREVER;
	call->id = NOBODYS;
	call->answer.data = address_of(world->payload);
	call->answer.data_size = sizeof(world->payload);
}

static void fill_cancel(struct world *world, void *argument)
{
	(void)world;
	((struct msgport_cancel *)argument)->id = NOBODYS;
}

static void fill_reply(struct world *world, void *argument)
{
	(void)world;
	((struct msgport_reply *)argument)->token = NOBODYS;
}

/* With nothing to answer, and a message to receive. */
static void fill_reply_receive(struct world *world, void *argument)
{
	fill_receive(world, &((struct msgport_reply_receive *)argument)->receive);
}

static void fill_grant(struct world *world, void *argument)
{
	(void)world;
	((struct msgport_grant *)argument)->source = NOBODYS;
}

static void fill_watch(struct world *world, void *argument)
{
	struct msgport_watch *watch = argument;

	watch->what = MSGPORT_WATCH_DEATH;
	watch->event_fd = world->fds[MSGPORT_IS_RECEIVE];
}

static void fill_unwatch(struct world *world, void *argument)
{
	(void)world;
	((struct msgport_unwatch *)argument)->id = NOBODYS;
}

static void fill_group_create(struct world *world, void *argument)
{
	(void)world;
	((struct msgport_group_create *)argument)->max_members = 4;
}

/* The name of a port, which is no group's. */
static void fill_join(struct world *world, void *argument)
{
	struct msgport_join *join = argument;

	join->name = address_of(world->name);
	join->name_len = strlen(world->name);
}

static void fill_leave(struct world *world, void *argument)
{
	struct msgport_leave *leave = argument;

	leave->name = address_of(world->name);
	leave->name_len = strlen(world->name);
}

static void fill_verify(struct world *world, void *argument)
{
	struct msgport_verify *verify = argument;

	(void)world;
	verify->pid = getpid();
}

#define VERB(NAME, verb) \
	.name = #NAME, .number = MSGPORT_IOC_##NAME, \
	.size = sizeof(struct msgport_##verb)

static const struct verb verbs[] = {
	{ VERB(VERSION, version), .kinds = ANY, .answers = true, .fill = fill_nothing },
	{
		VERB(CREATE, create), .kinds = CONTROL, .answers = true,
		.makes_fd = true, .fill = fill_create,
		.flags = { { offsetof(struct msgport_create, flags),
			     MSGPORT_ACK | MSGPORT_KEEP | MSGPORT_RENDEZVOUS |
			     MSGPORT_DESCRIPTORS },
			   { offsetof(struct msgport_create, mode), 0666 } },
	},
	{
		VERB(CONNECT, connect), .kinds = CONTROL, .answers = true,
		.makes_fd = true, .fill = fill_connect,
		.flags = { { offsetof(struct msgport_connect, flags),
			     MSGPORT_CONNECT_RECEIVE } },
	},
	{
		VERB(MINT, mint), .kinds = RECEIVE, .answers = true,
		.makes_fd = true, .fill = fill_mint,
		.flags = { { offsetof(struct msgport_mint, flags),
			     MSGPORT_MINT_ONCE | MSGPORT_MINT_NO_FDS |
			     MSGPORT_MINT_MANUAL } },
		.reserved = { FIELD(msgport_mint, reserved) },
	},
	{
		VERB(REOPEN, reopen), .kinds = RECEIVE, .makes_fd = true,
		.fill = fill_nothing,
		.flags = { { offsetof(struct msgport_reopen, flags), 0 } },
	},
	{
		VERB(UNLINK, unlink), .kinds = CONTROL, .fill = fill_unlink,
		.flags = { { offsetof(struct msgport_unlink, flags), 0 } },
		.reserved = { FIELD(msgport_unlink, reserved) },
	},
	{
		VERB(SEND, send), .kinds = SEND | GROUP, .fill = fill_send,
		.flags = { { offsetof(struct msgport_send, flags),
			     MSGPORT_NONBLOCK | MSGPORT_SYNC },
			   { offsetof(struct msgport_send, message.flags),
			     MSGPORT_ANSWER } },
		.reserved = {
			FIELD(msgport_send, message.reserved),
			/* without a vector */
			FIELD(msgport_send, count),
			FIELD(msgport_send, element_size),
			/* if it is not synchronous */
			FIELD(msgport_send, id),
			/* without an answer due */
			FIELD(msgport_send, message.cookie),
			FIELD(msgport_send, message.answer_size),
			FIELD(msgport_send, message.answer_fd),
			FIELD(msgport_send, message.answer_fds),
		},
	},
	{
		VERB(RECEIVE, receive), .kinds = RECEIVE | SET, .answers = true,
		.fill = fill_receive,
		.flags = { { offsetof(struct msgport_receive, flags),
			     MSGPORT_NONBLOCK | MSGPORT_PEEK |
			     MSGPORT_DISCARD_LARGE | MSGPORT_SETTLE |
			     MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE |
			     MSGPORT_BY_PROCESS | MSGPORT_BY_TAG |
			     MSGPORT_BY_PRIORITY } },
		.reserved = {
			/* without a vector */
			FIELD(msgport_receive, count),
			FIELD(msgport_receive, element_size),
		},
	},
	{
		VERB(CALL, call), .kinds = SEND, .outcome = ESRCH, .fill = fill_call,
		.flags = { { offsetof(struct msgport_call, flags), MSGPORT_NONBLOCK } },
		.reserved = { FIELD(msgport_call, request.flags) },
	},
	{
		VERB(CANCEL, cancel), .kinds = SEND, .outcome = ESRCH, .fill = fill_cancel,
		.flags = { { offsetof(struct msgport_cancel, flags), 0 } },
	},
	{
		VERB(REPLY, reply), .kinds = RECEIVE | SET, .outcome = ESRCH, .fill = fill_reply,
		.flags = { { offsetof(struct msgport_reply, flags), 0 } },
		.reserved = {
			FIELD(msgport_reply, answer.flags),
			FIELD(msgport_reply, answer.ttl),
			FIELD(msgport_reply, answer.cookie),
			FIELD(msgport_reply, answer.answer_fd),
			FIELD(msgport_reply, answer.reserved),
		},
	},
	{
		VERB(REPLY_RECEIVE, reply_receive), .kinds = RECEIVE | SET,
		.answers = true, .fill = fill_reply_receive,
		.flags = { { offsetof(struct msgport_reply_receive, receive.flags),
			     MSGPORT_NONBLOCK | MSGPORT_PEEK |
			     MSGPORT_DISCARD_LARGE | MSGPORT_SETTLE |
			     MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE |
			     MSGPORT_BY_PROCESS | MSGPORT_BY_TAG |
			     MSGPORT_BY_PRIORITY } },
	},
	{
		VERB(ACK, ack), .kinds = RECEIVE | SET, .outcome = EOPNOTSUPP,
		.fill = fill_nothing,
		.flags = { { offsetof(struct msgport_ack, flags), 0 } },
	},
	{
		VERB(RELEASE, release), .kinds = RECEIVE | SET, .outcome = EOPNOTSUPP,
		.fill = fill_nothing,
		.flags = { { offsetof(struct msgport_release, flags), 0 } },
	},
	{
		VERB(GRANT, grant), .kinds = RECEIVE, .outcome = ESRCH, .fill = fill_grant,
	},
	{
		VERB(WATCH, watch), .kinds = RECEIVE | SEND, .answers = true,
		.fill = fill_watch,
		.reserved = {
			FIELD(msgport_watch, reserved),
			/* with what has neither badge nor source */
			FIELD(msgport_watch, badge),
		},
	},
	{
		VERB(UNWATCH, unwatch), .kinds = RECEIVE | SEND, .outcome = ESRCH,
		.fill = fill_unwatch,
		.flags = { { offsetof(struct msgport_unwatch, flags), 0 } },
	},
	{
		VERB(SET_CREATE, set_create), .kinds = CONTROL, .makes_fd = true,
		.fill = fill_nothing,
		.flags = { { offsetof(struct msgport_set_create, flags), 0 } },
	},
	{
		VERB(SET_ADD, set_add), .kinds = SET, .outcome = EEXIST,
		.fill = fill_set_add,
		.flags = { { offsetof(struct msgport_set_add, flags), 0 } },
		.reserved = { FIELD(msgport_set_add, reserved) },
	},
	{
		VERB(SET_REMOVE, set_remove), .kinds = SET, .outcome = ENOENT,
		.fill = fill_set_remove,
		.flags = { { offsetof(struct msgport_set_remove, flags), 0 } },
		.reserved = { FIELD(msgport_set_remove, reserved) },
	},
	{
		VERB(GROUP_CREATE, group_create), .kinds = CONTROL, .makes_fd = true,
		.fill = fill_group_create,
		.flags = { { offsetof(struct msgport_group_create, flags), 0 },
			   { offsetof(struct msgport_group_create, mode), 0666 } },
		.reserved = { FIELD(msgport_group_create, reserved) },
	},
	{
		VERB(JOIN, join), .kinds = RECEIVE, .outcome = ENOENT, .fill = fill_join,
		.flags = { { offsetof(struct msgport_join, flags), MSGPORT_JOIN_LOSSY } },
		.reserved = { FIELD(msgport_join, reserved) },
	},
	{
		VERB(LEAVE, leave), .kinds = RECEIVE, .outcome = ENOENT, .fill = fill_leave,
		.flags = { { offsetof(struct msgport_leave, flags), 0 } },
		.reserved = { FIELD(msgport_leave, reserved) },
	},
	{
		VERB(EXPEL, expel), .kinds = GROUP, .outcome = ENOENT, .fill = fill_nothing,
		.flags = { { offsetof(struct msgport_expel, flags), 0 } },
	},
	{ VERB(VERIFY, verify), .kinds = ANY, .outcome = ESRCH, .fill = fill_verify },
	{ VERB(STAT, stat), .kinds = ANY, .answers = true, .fill = fill_nothing },
	{
		VERB(LIMITS, limits), .kinds = RECEIVE, .answers = true,
		.fill = fill_nothing,
		.flags = { { offsetof(struct msgport_limits, flags),
			     MSGPORT_SET_MAX_MSGS | MSGPORT_SET_MAX_BYTES |
			     MSGPORT_SET_MAX_SIZE | MSGPORT_SET_MAX_ANSWERS |
			     MSGPORT_SET_UID_SHARE } },
	},
	{
		VERB(LIST, list), .kinds = CONTROL, .answers = true,
		.fill = fill_list,
		.flags = { { offsetof(struct msgport_list, flags), MSGPORT_LIST_GROUPS } },
	},
};

#define VERBS	ARRAY_SIZE(verbs)

/* One of the kinds that the verb works on. */
static inline int kind_for(const struct verb *verb)
{
	if (verb->kinds & CONTROL)
		return MSGPORT_IS_CONTROL;
	if (verb->kinds == SET)
		return MSGPORT_IS_SET;
	if (verb->kinds & RECEIVE)
		return MSGPORT_IS_RECEIVE;
	return verb->kinds & SEND ? MSGPORT_IS_SEND : MSGPORT_IS_GROUP;
}

#endif
