// SPDX-License-Identifier: GPL-2.0
/* The table of verbs, and the way of an argument structure into the kernel. */

#include <linux/nospec.h>

#include "compat.h"
#include "ioctl.h"

/* The ABI's sizes are frozen here. */
static inline void freeze_abi(void)
{
	BUILD_BUG_ON(sizeof(struct msgport_iovec) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_stamp) != 88);
	BUILD_BUG_ON(sizeof(struct msgport_version) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_create) != 64);
	BUILD_BUG_ON(sizeof(struct msgport_connect) != 40);
	BUILD_BUG_ON(sizeof(struct msgport_mint) != 40);
	BUILD_BUG_ON(sizeof(struct msgport_reopen) != 8);
	BUILD_BUG_ON(sizeof(struct msgport_unlink) != 24);
	BUILD_BUG_ON(sizeof(struct msgport_outgoing) != 88);
	BUILD_BUG_ON(sizeof(struct msgport_send) != 128);
	BUILD_BUG_ON(sizeof(struct msgport_incoming) != 152);
	BUILD_BUG_ON(sizeof(struct msgport_receive) != 232);
	BUILD_BUG_ON(sizeof(struct msgport_call) != 264);
	BUILD_BUG_ON(sizeof(struct msgport_cancel) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_reply) != 104);
	BUILD_BUG_ON(sizeof(struct msgport_reply_receive) != 336);
	BUILD_BUG_ON(sizeof(struct msgport_ack) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_release) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_grant) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_watch) != 40);
	BUILD_BUG_ON(sizeof(struct msgport_unwatch) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_set_create) != 8);
	BUILD_BUG_ON(sizeof(struct msgport_set_add) != 24);
	BUILD_BUG_ON(sizeof(struct msgport_set_remove) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_group_create) != 40);
	BUILD_BUG_ON(sizeof(struct msgport_join) != 24);
	BUILD_BUG_ON(sizeof(struct msgport_leave) != 24);
	BUILD_BUG_ON(sizeof(struct msgport_expel) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_verify) != 16);
	BUILD_BUG_ON(sizeof(struct msgport_limits) != 32);
	BUILD_BUG_ON(sizeof(struct msgport_stat) != 264);
	BUILD_BUG_ON(sizeof(struct msgport_list) != 32);
	BUILD_BUG_ON(sizeof(struct msgport_port_info) != 136);
}

#define ON_CONTROL	BIT(MSGPORT_IS_CONTROL)
#define ON_RECEIVE	BIT(MSGPORT_IS_RECEIVE)
#define ON_SEND		BIT(MSGPORT_IS_SEND)
#define ON_SET		BIT(MSGPORT_IS_SET)
#define ON_GROUP	BIT(MSGPORT_IS_GROUP)
#define ON_ANY		(ON_CONTROL | ON_RECEIVE | ON_SEND | ON_SET | ON_GROUP)

struct verb {
	u32 size;
	u32 kinds;
	long (*handler)(struct msgport_request *req);
};

#define VERB(NUMBER, name, on)	[_IOC_NR(MSGPORT_IOC_##NUMBER)] = \
	{ sizeof(struct msgport_##name), on, msgport_verb_##name }

static const struct verb verbs[] = {
	VERB(VERSION, version, ON_ANY),
	VERB(CREATE, create, ON_CONTROL),
	VERB(CONNECT, connect, ON_CONTROL),
	VERB(MINT, mint, ON_RECEIVE),
	VERB(REOPEN, reopen, ON_RECEIVE),
	VERB(UNLINK, unlink, ON_CONTROL),
	VERB(SEND, send, ON_SEND | ON_GROUP),
	VERB(RECEIVE, receive, ON_RECEIVE | ON_SET),
	VERB(CALL, call, ON_SEND),
	VERB(CANCEL, cancel, ON_SEND),
	VERB(REPLY, reply, ON_RECEIVE | ON_SET),
	VERB(REPLY_RECEIVE, reply_receive, ON_RECEIVE | ON_SET),
	VERB(ACK, ack, ON_RECEIVE | ON_SET),
	VERB(RELEASE, release, ON_RECEIVE | ON_SET),
	VERB(GRANT, grant, ON_RECEIVE),
	VERB(WATCH, watch, ON_RECEIVE | ON_SEND),
	VERB(UNWATCH, unwatch, ON_RECEIVE | ON_SEND),
	VERB(SET_CREATE, set_create, ON_CONTROL),
	VERB(SET_ADD, set_add, ON_SET),
	VERB(SET_REMOVE, set_remove, ON_SET),
	VERB(GROUP_CREATE, group_create, ON_CONTROL),
	VERB(JOIN, join, ON_RECEIVE),
	VERB(LEAVE, leave, ON_RECEIVE),
	VERB(EXPEL, expel, ON_GROUP),
	VERB(VERIFY, verify, ON_ANY),
	VERB(STAT, stat, ON_ANY),
	VERB(LIMITS, limits, ON_RECEIVE),
	VERB(LIST, list, ON_CONTROL),
};

/* Sizes that the compiler knows spare the hot verbs a check of the bounds. */
static unsigned long copy_structure(struct msgport_request *req, size_t size)
{
	switch (size) {
	case sizeof(req->send):
		return copy_from_user(&req->send, req->user, sizeof(req->send));
	case sizeof(req->receive):
		return copy_from_user(&req->receive, req->user, sizeof(req->receive));
	case sizeof(req->call):
		return copy_from_user(&req->call, req->user, sizeof(req->call));
	case sizeof(req->reply_receive):
		return copy_from_user(&req->reply_receive, req->user,
				      sizeof(req->reply_receive));
	default:
		return copy_from_user(&req->size, req->user, size);
	}
}

/* Too short, or longer than ours: that is no failure if the rest is zeros. */
static noinline_for_stack int check_size(const struct msgport_request *req, u32 ours)
{
	int zeros;

	if (req->size < ours)
		return -EINVAL;
	if (req->size > PAGE_SIZE)
		return -E2BIG;
	zeros = check_zeroed_user(req->user + ours, req->size - ours);
	return zeros > 0 ? 0 : zeros ?: -E2BIG;
}

/* Copies the structure in: what of it we know. */
static int copy_in(struct msgport_request *req, const struct verb *verb)
{
	if (unlikely(copy_structure(req, verb->size))) {
		/* one that is too short may end where the memory does */
		if (get_user(req->size, (u32 __user *)req->user) ||
		    req->size >= verb->size)
			return -EFAULT;
		return -EINVAL;
	}
	return likely(req->size == verb->size) ? 0 : check_size(req, verb->size);
}

/**
 * msgport_request_get() - the verb's structure, copied in and checked
 * @req: filled
 * @file: the descriptor's
 * @kind: MSGPORT_IS_*, what it is
 * @cmd: one of MSGPORT_IOC_*
 * @arg: address of the verb's structure
 */
int msgport_request_get(struct msgport_request *req, struct file *file, u32 kind,
			unsigned int cmd, unsigned long arg)
{
	const struct verb *verb = &verbs[array_index_nospec(_IOC_NR(cmd), ARRAY_SIZE(verbs))];
	int err;

	req->file = file;
	req->kind = kind;
	req->user = (void __user *)arg;
	err = copy_in(req, verb);
	if (err)
		return err;
	return verb->kinds & BIT(kind) ? 0 : -EBADF;
}

/* Does what was got. */
long msgport_request_run(struct msgport_request *req, unsigned int cmd)
{
	return verbs[array_index_nospec(_IOC_NR(cmd), ARRAY_SIZE(verbs))].handler(req);
}

/**
 * msgport_ioctl() - every ioctl of every descriptor
 * @file: the descriptor's
 * @kind: MSGPORT_IS_*, what it is
 * @cmd: MSGPORT_IOC_*
 * @arg: address of the verb's structure
 */
long msgport_ioctl(struct file *file, u32 kind, unsigned int cmd,
		   unsigned long arg)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct verb *verb;
	struct msgport_request req MSGPORT_UNINITIALIZED;
	int err;

	freeze_abi();
	if (cmd != _IO(MSGPORT_IOC_TYPE, nr) || nr >= ARRAY_SIZE(verbs))
		return -ENOTTY;
	verb = &verbs[array_index_nospec(nr, ARRAY_SIZE(verbs))];
	req.file = file;
	req.kind = kind;
	req.user = (void __user *)arg;
	err = copy_in(&req, verb);
	if (unlikely(err))
		return err;
	if (unlikely(!(verb->kinds & BIT(kind))))
		return -EBADF;
	return verb->handler(&req);
}
