// SPDX-License-Identifier: GPL-2.0
/* The verbs: from argument structures to the objects, and back. */

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/nospec.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "name.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stat.h"
#include "trace.h"

/* What a handler gets: the descriptor, and the structure in both places. */
struct call {
	struct file *file;
	u32 kind;
	void __user *user;
	union {
		u32 size;
		struct msgport_version version;
		struct msgport_create create;
		struct msgport_connect connect;
		struct msgport_mint mint;
		struct msgport_reopen reopen;
		struct msgport_unlink unlink;
		struct msgport_send send;
		struct msgport_receive receive;
		struct msgport_stat stat;
		struct msgport_limits limits;
		struct msgport_list list;
	};
};

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
	BUILD_BUG_ON(sizeof(struct msgport_send) != 120);
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
	BUILD_BUG_ON(sizeof(struct msgport_stat) != 184);
	BUILD_BUG_ON(sizeof(struct msgport_list) != 32);
	BUILD_BUG_ON(sizeof(struct msgport_port_info) != 136);
}

static int answer(const struct call *call, const void *arg, size_t size)
{
	return copy_to_user(call->user, arg, size) ? -EFAULT : 0;
}

static bool nonblock(const struct call *call, u32 flags)
{
	return flags & MSGPORT_NONBLOCK || call->file->f_flags & O_NONBLOCK;
}

/* From the caller's time namespace to the host's. */
static u64 host_deadline(u64 deadline)
{
	s64 offset = msgport_time_offset();

	if (deadline == MSGPORT_FOREVER)
		return deadline;
	deadline = min_t(u64, deadline, KTIME_MAX);
	if (offset > 0 && deadline < offset)
		return 0;
	return min_t(u64, deadline - offset, KTIME_MAX);
}

/* ---- descriptors: reserve, build, answer, publish last ---- */

static long verb_version(struct call *call)
{
	call->version.abi = MSGPORT_ABI;
	call->version.features = MSGPORT_FEATURE_PORTS;
	return answer(call, &call->version, sizeof(call->version));
}

static int check_create(const struct msgport_create *arg)
{
	bool rendezvous = arg->flags & MSGPORT_RENDEZVOUS;
	u32 max_msgs = arg->max_msgs ?: MSGPORT_DEFAULT_MSGS;
	u32 max_size = arg->max_size ?: MSGPORT_DEFAULT_SIZE;

	if (arg->flags & ~MSGPORT_CREATE_FLAGS || arg->mode & ~0666)
		return -EINVAL;
	if (!arg->name && (arg->name_len || arg->flags & MSGPORT_KEEP))
		return -EINVAL;
	if (rendezvous && (arg->max_msgs || arg->uid_share))
		return -EINVAL;
	if (max_msgs > MSGPORT_MSGS_MAX || arg->max_answers > MSGPORT_MSGS_MAX ||
	    max_size > MSGPORT_SIZE_MAX || arg->max_deliveries > U8_MAX ||
	    arg->uid_share > max_msgs)
		return -EINVAL;
	if (arg->max_bytes && (arg->max_bytes < msgport_port_smallest_bytes(max_size) ||
			       arg->max_bytes > MSGPORT_BYTES_MAX))
		return -EINVAL;
	return arg->flags & MSGPORT_CREATE_LATER ? -EOPNOTSUPP : 0;
}

static int group_of(const struct msgport_create *arg, kgid_t *gid)
{
	if (arg->gid == MSGPORT_NO_UID) {
		*gid = current_egid();
		return 0;
	}
	*gid = make_kgid(current_user_ns(), arg->gid);
	if (!gid_valid(*gid))
		return -EINVAL;
	return in_egroup_p(*gid) ? 0 : -EPERM;
}

/* The file of a port's first receive right; it owns the right and the port. */
static struct file *new_port_file(struct msgport_ns *ns, const struct msgport_create *arg,
				  kgid_t gid, struct msgport_port **result)
{
	struct msgport_receive_right *right;
	struct msgport_port *port;
	struct file *file;

	port = msgport_port_new(ns, arg, gid);
	if (IS_ERR(port))
		return ERR_CAST(port);
	right = msgport_receive_right_new(port);
	/* the right has a reference of its own */
	msgport_port_put(port);
	if (IS_ERR(right))
		return ERR_CAST(right);
	file = msgport_receive_file(right);
	if (IS_ERR(file))
		msgport_receive_right_free(right);
	*result = port;
	return file;
}

static int publish(struct msgport_port *port, struct msgport_name **name, u32 flags)
{
	int err = 0;

	if (flags & MSGPORT_KEEP)
		err = msgport_charge(port->account, MSGPORT_CHARGE_KEPT, 1);
	if (err)
		return err;
	err = msgport_port_publish(port, *name);
	if (!err)
		*name = NULL;
	else if (flags & MSGPORT_KEEP)
		msgport_uncharge(port->account, MSGPORT_CHARGE_KEPT, 1);
	return err;
}

static long verb_create(struct call *call)
{
	struct msgport_create *arg = &call->create;
	struct msgport_ns *ns = call->file->private_data;
	struct msgport_name *name = NULL;
	struct msgport_port *port;
	struct file *file;
	kgid_t gid;
	int fd, err;

	err = check_create(arg);
	if (!err)
		err = group_of(arg, &gid);
	if (err)
		return err;
	if (arg->name) {
		name = msgport_name_new(arg->name, arg->name_len);
		if (IS_ERR(name))
			return PTR_ERR(name);
		err = msgport_name_allowed(ns, name) ? 0 : -EPERM;
		if (err)
			goto free_name;
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	err = fd;
	if (fd < 0)
		goto free_name;
	file = new_port_file(ns, arg, gid, &port);
	err = PTR_ERR_OR_ZERO(file);
	if (err)
		goto put_fd;
	arg->id = port->id;
	err = answer(call, arg, sizeof(*arg));
	if (!err)
		err = publish(port, &name, arg->flags);
	if (err)
		goto put_file;
	/* nothing fails from here on */
	trace_msgport_create(port->id, port->gate.limit, port->gate.max_bytes);
	fd_install(fd, file);
	return fd;
put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
free_name:
	kfree(name);
	return err;
}

/* A descriptor for a new right; the structure is answered before it is shown. */
static long install_receive(struct call *call, struct msgport_port *port,
			    const void *arg, size_t size)
{
	struct msgport_receive_right *right = msgport_receive_right_new(port);
	struct file *file;
	int fd, err;

	if (IS_ERR(right))
		return PTR_ERR(right);
	file = msgport_receive_file(right);
	if (IS_ERR(file)) {
		msgport_receive_right_free(right);
		return PTR_ERR(file);
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	err = arg ? answer(call, arg, size) : 0;
	if (err) {
		put_unused_fd(fd);
		fput(file);
		return err;
	}
	fd_install(fd, file);
	return fd;
}

/* The same for a send right; its id goes into the structure first. */
static long install_send(struct call *call, struct msgport_send_right *right,
			 u64 *source, const void *arg, size_t size)
{
	struct file *file;
	int fd, err;

	if (IS_ERR(right))
		return PTR_ERR(right);
	*source = right->id;
	file = msgport_send_file(right);
	if (IS_ERR(file)) {
		msgport_send_right_close(right);
		return PTR_ERR(file);
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	err = answer(call, arg, size);
	if (err) {
		put_unused_fd(fd);
		fput(file);
		return err;
	}
	fd_install(fd, file);
	return fd;
}

static bool owned_by(const struct msgport_port *port, u32 owner)
{
	kuid_t uid;

	if (owner == MSGPORT_NO_UID)
		return true;
	uid = make_kuid(current_user_ns(), owner);
	return uid_valid(uid) && uid_eq(uid, port->uid);
}

/* The port of a name, pinned. */
static struct msgport_port *port_of_name(struct call *call, u64 bytes, u32 len)
{
	struct msgport_name *name = msgport_name_new(bytes, len);
	struct msgport_port *port;

	if (IS_ERR(name))
		return ERR_CAST(name);
	port = msgport_name_find(call->file->private_data, name);
	kfree(name);
	return port ?: ERR_PTR(-ENOENT);
}

/* Ordinary priorities for everybody, the upper half for the owner. */
static u8 default_priority(const struct msgport_port *port)
{
	return uid_eq(current_euid(), port->uid) ? MSGPORT_PRIORITY_MAX :
						   MSGPORT_PRIORITY_MAX / 2;
}

static long verb_connect(struct call *call)
{
	struct msgport_connect *arg = &call->connect;
	bool receive = arg->flags & MSGPORT_CONNECT_RECEIVE;
	struct msgport_port *port;
	long fd = -EACCES;

	if (arg->flags & ~MSGPORT_CONNECT_RECEIVE)
		return -EINVAL;
	port = port_of_name(call, arg->name, arg->name_len);
	if (IS_ERR(port))
		return PTR_ERR(port);
	if (!msgport_name_permits(port, receive ? 0004 : 0002) ||
	    !owned_by(port, arg->owner))
		goto put;
	arg->id = port->id;
	arg->source = 0;
	if (receive)
		fd = install_receive(call, port, arg, sizeof(*arg));
	else
		fd = install_send(call, msgport_send_right_new(port, 0, 0,
							       default_priority(port)),
				  &arg->source, arg, sizeof(*arg));
	/* it died after we found it: its name went at the same moment */
	if (fd == -EPIPE)
		fd = -ENOENT;
put:
	msgport_port_put(port);
	return fd;
}

static long verb_mint(struct call *call)
{
	struct msgport_receive_right *right = call->file->private_data;
	struct msgport_mint *arg = &call->mint;

	if (arg->flags & ~MSGPORT_MINT_FLAGS || arg->reserved ||
	    arg->max_priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	if (arg->flags & MSGPORT_MINT_LATER)
		return -EOPNOTSUPP;
	return install_send(call, msgport_send_right_new(right->port, arg->badge,
							 arg->window,
							 arg->max_priority),
			    &arg->source, arg, sizeof(*arg));
}

static long verb_reopen(struct call *call)
{
	struct msgport_receive_right *right = call->file->private_data;

	if (call->reopen.flags)
		return -EINVAL;
	return install_receive(call, right->port, NULL, 0);
}

static long verb_unlink(struct call *call)
{
	struct msgport_unlink *arg = &call->unlink;
	struct msgport_port *port;
	long err = -EPERM;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	port = port_of_name(call, arg->name, arg->name_len);
	if (IS_ERR(port))
		return PTR_ERR(port);
	if (uid_eq(current_euid(), port->uid) ||
	    ns_capable(port->ns->user_ns, CAP_SYS_ADMIN))
		err = msgport_port_unname(port) ? 0 : -ENOENT;
	msgport_port_put(port);
	return err;
}

/* ---- messages ---- */

static int check_outgoing(const struct msgport_outgoing *m)
{
	if (m->flags & ~MSGPORT_ANSWER || m->reserved)
		return -EINVAL;
	if (m->flags & MSGPORT_ANSWER)
		return -EOPNOTSUPP;
	/* what only an answer gives a meaning to is reserved without one */
	if (m->cookie || m->answer_size || m->answer_fd || m->answer_fds)
		return -EINVAL;
	if (m->fd_count > MSGPORT_FDS_MAX)
		return -EINVAL;
	return m->fd_count ? -EOPNOTSUPP : 0;
}

static long verb_send(struct call *call)
{
	struct msgport_send *arg = &call->send;
	struct msgport_outgoing *m = &arg->message;
	struct msgport_outbound out;
	struct msgport_buffer buffer;
	long err;

	if (unlikely(arg->flags & ~MSGPORT_SEND_FLAGS))
		return -EINVAL;
	if (unlikely(arg->flags & MSGPORT_SYNC || arg->vector))
		return -EOPNOTSUPP;
	if (unlikely(arg->count || arg->element_size))
		return -EINVAL;
	err = check_outgoing(m);
	if (unlikely(err))
		return err;
	err = msgport_buffer_get(&buffer, m->data, m->data_size, m->iov_count);
	if (unlikely(err))
		return err;
	out.buffer = &buffer;
	out.tag = m->tag;
	out.ttl = m->ttl;
	out.priority = m->priority;
	out.deadline = host_deadline(arg->deadline);
	out.nonblock = nonblock(call, arg->flags);
	err = msgport_send(call->file->private_data, &out);
	msgport_buffer_put(&buffer);
	return err;
}

/* When the process that has this pid now started; 0 if there is none. */
static u64 start_time_of(u32 pid)
{
	struct task_struct *task;
	u64 start_time = 0;

	rcu_read_lock();
	task = pid_task(find_vpid(pid), PIDTYPE_TGID);
	if (task)
		start_time = task->start_boottime;
	rcu_read_unlock();
	return start_time;
}

/* Does the choice need a scan, which costs by depth? */
static bool needs_scan(u32 flags)
{
	return flags & MSGPORT_BY_TAG ||
	       (flags & MSGPORT_BY_PROCESS &&
		flags & (MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE));
}

static int choose(struct call *call, struct msgport_wanted *wanted)
{
	struct msgport_receive_right *right = call->file->private_data;
	const struct msgport_receive *arg = &call->receive;

	wanted->source = arg->source;
	wanted->badge = arg->badge;
	wanted->tag = arg->tag & arg->tag_mask;
	wanted->tag_mask = arg->tag_mask;
	wanted->start_time = arg->start_time;
	wanted->pid = arg->pid;
	wanted->pid_ns = task_active_pid_ns(current);
	wanted->priority = arg->priority;
	if (arg->flags & MSGPORT_BY_PRIORITY && arg->priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	if (needs_scan(arg->flags) &&
	    READ_ONCE(right->port->gate.limit) > MSGPORT_SCAN_MAX)
		return -EOPNOTSUPP;
	if (arg->flags & MSGPORT_BY_PROCESS && !arg->start_time) {
		wanted->start_time = start_time_of(arg->pid);
		if (!wanted->start_time)
			return -ESRCH;
	}
	return 0;
}

static void fill_incoming(struct msgport_incoming *m, const struct msgport_inbound *in)
{
	m->data_size = in->size;
	m->tag = in->tag;
	m->token = 0;
	m->cookie = 0;
	m->fd_count = 0;
	m->priority = in->priority;
	m->error = 0;
	m->stamp = in->stamp;
}

/* Says what is needed; the rest of the structure stays as it was. */
static int tell_needed(struct call *call, const struct msgport_inbound *in)
{
	struct msgport_receive __user *user = call->user;

	if (put_user((u64)in->size, &user->message.data_size) ||
	    put_user(0, &user->message.fd_count))
		return -EFAULT;
	return -EMSGSIZE;
}

/* The user's memory is all written before the message is committed. */
static int hand_out(struct call *call, const struct msgport_buffer *buffer,
		    const struct msgport_inbound *in)
{
	struct msgport_receive __user *user = call->user;
	struct msgport_receive *arg = &call->receive;
	int err = msgport_message_copy(in->message, buffer);

	if (unlikely(err))
		return err;
	fill_incoming(&arg->message, in);
	return copy_to_user(&user->message, &arg->message, sizeof(arg->message)) ?
	       -EFAULT : 0;
}

static long verb_receive(struct call *call)
{
	struct msgport_receive *arg = &call->receive;
	struct msgport_wanted wanted;
	struct msgport_buffer buffer;
	struct msgport_inbound in;
	long err;

	if (unlikely(arg->flags & ~MSGPORT_RECEIVE_FLAGS))
		return -EINVAL;
	if (unlikely(arg->vector))
		return -EOPNOTSUPP;
	if (unlikely(arg->count || arg->element_size ||
		     arg->message.fd_count > MSGPORT_FDS_MAX))
		return -EINVAL;
	wanted.flags = arg->flags & ~MSGPORT_NONBLOCK;
	if (nonblock(call, arg->flags))
		wanted.flags |= MSGPORT_NONBLOCK;
	wanted.stream = false;
	wanted.deadline = host_deadline(arg->deadline);
	if (unlikely(arg->flags & MSGPORT_CHOICES)) {
		err = choose(call, &wanted);
		if (err)
			return err;
	}
	err = msgport_buffer_get(&buffer, arg->message.data, arg->message.data_size,
				 arg->message.iov_count);
	if (unlikely(err))
		return err;
	wanted.room = buffer.size;
	err = msgport_receive(call->file->private_data, &wanted, &in);
	if (likely(!err)) {
		err = hand_out(call, &buffer, &in);
		err = msgport_receive_finish(call->file->private_data, &in, err);
	} else if (err == -EMSGSIZE) {
		err = tell_needed(call, &in);
	}
	msgport_buffer_put(&buffer);
	return err;
}

/* ---- looking ---- */

static long verb_stat(struct call *call)
{
	void *object = call->file->private_data;
	u32 size = call->stat.size;

	memset(&call->stat, 0, sizeof(call->stat));
	call->stat.size = size;
	call->stat.what = call->kind;
	if (call->kind == MSGPORT_IS_CONTROL)
		msgport_stat_ns(object, &call->stat);
	else if (call->kind == MSGPORT_IS_RECEIVE)
		msgport_stat_port(((struct msgport_receive_right *)object)->port,
				  &call->stat);
	else
		msgport_stat_send(object, &call->stat);
	return answer(call, &call->stat, sizeof(call->stat));
}

static long verb_limits(struct call *call)
{
	struct msgport_receive_right *right = call->file->private_data;
	long err;

	if (call->limits.flags & ~MSGPORT_LIMITS_FLAGS)
		return -EINVAL;
	err = msgport_limits_set(right->port, &call->limits);
	if (err)
		return err;
	return answer(call, &call->limits, sizeof(call->limits));
}

static long verb_list(struct call *call)
{
	struct msgport_ns *ns = call->file->private_data;
	struct msgport_list *arg = &call->list;
	struct msgport_port_info info;
	u64 to = arg->ports;
	u32 n = 0;
	int err;

	if (arg->flags || arg->element_size < sizeof(info))
		return -EINVAL;
	while (n < arg->count && msgport_list_next(ns, &arg->after, &info)) {
		if (copy_to_user(u64_to_user_ptr(to), &info, sizeof(info)) ||
		    clear_user(u64_to_user_ptr(to + sizeof(info)),
			       arg->element_size - sizeof(info)))
			return -EFAULT;
		to += arg->element_size;
		n++;
		cond_resched();
		if (signal_pending(current))
			break;
	}
	err = answer(call, arg, sizeof(*arg));
	return err ?: n;
}

/* ---- the table ---- */

#define ON_CONTROL	BIT(MSGPORT_IS_CONTROL)
#define ON_RECEIVE	BIT(MSGPORT_IS_RECEIVE)
#define ON_SEND		BIT(MSGPORT_IS_SEND)
#define ON_ANY		(ON_CONTROL | ON_RECEIVE | ON_SEND)

struct verb {
	u32 size;
	u32 kinds;
	long (*handler)(struct call *call);	/* NULL: not built yet */
};

#define VERB(NUMBER, name, on)	[_IOC_NR(MSGPORT_IOC_##NUMBER)] = \
	{ sizeof(struct msgport_##name), on, verb_##name }
#define LATER(NUMBER, name, on)	[_IOC_NR(MSGPORT_IOC_##NUMBER)] = \
	{ sizeof(struct msgport_##name), on, NULL }

static const struct verb verbs[] = {
	VERB(VERSION, version, ON_ANY),
	VERB(CREATE, create, ON_CONTROL),
	VERB(CONNECT, connect, ON_CONTROL),
	VERB(MINT, mint, ON_RECEIVE),
	VERB(REOPEN, reopen, ON_RECEIVE),
	VERB(UNLINK, unlink, ON_CONTROL),
	VERB(SEND, send, ON_SEND),
	VERB(RECEIVE, receive, ON_RECEIVE),
	LATER(CALL, call, ON_SEND),
	LATER(CANCEL, cancel, ON_SEND),
	LATER(REPLY, reply, ON_RECEIVE),
	LATER(REPLY_RECEIVE, reply_receive, ON_RECEIVE),
	LATER(ACK, ack, ON_RECEIVE),
	LATER(RELEASE, release, ON_RECEIVE),
	LATER(GRANT, grant, ON_RECEIVE),
	LATER(WATCH, watch, ON_RECEIVE | ON_SEND),
	LATER(UNWATCH, unwatch, ON_RECEIVE | ON_SEND),
	LATER(SET_CREATE, set_create, ON_CONTROL),
	LATER(SET_ADD, set_add, ON_ANY),
	LATER(SET_REMOVE, set_remove, ON_ANY),
	LATER(GROUP_CREATE, group_create, ON_CONTROL),
	LATER(JOIN, join, ON_RECEIVE),
	LATER(LEAVE, leave, ON_RECEIVE),
	LATER(EXPEL, expel, ON_ANY),
	LATER(VERIFY, verify, ON_ANY),
	VERB(STAT, stat, ON_ANY),
	VERB(LIMITS, limits, ON_RECEIVE),
	VERB(LIST, list, ON_CONTROL),
};

/* Copies the structure in: what of it we know; the rest must be zeros. */
static int copy_in(struct call *call, const struct verb *verb)
{
	u32 size;
	int zeros;

	if (get_user(size, (u32 __user *)call->user))
		return -EFAULT;
	if (size < verb->size)
		return -EINVAL;
	if (unlikely(size > verb->size)) {
		if (size > PAGE_SIZE)
			return -E2BIG;
		zeros = check_zeroed_user(call->user + verb->size, size - verb->size);
		if (zeros <= 0)
			return zeros ?: -E2BIG;
	}
	if (!verb->handler)
		return 0;
	if (copy_from_user(&call->size, call->user, verb->size))
		return -EFAULT;
	/* it may have been changed since it was checked */
	call->size = size;
	return 0;
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
	struct call call;
	int err;

	freeze_abi();
	if (cmd != _IO(MSGPORT_IOC_TYPE, nr) || nr >= ARRAY_SIZE(verbs))
		return -ENOTTY;
	verb = &verbs[array_index_nospec(nr, ARRAY_SIZE(verbs))];
	call.file = file;
	call.kind = kind;
	call.user = (void __user *)arg;
	err = copy_in(&call, verb);
	if (unlikely(err))
		return err;
	if (unlikely(!(verb->kinds & BIT(kind))))
		return -EBADF;
	if (unlikely(!verb->handler))
		return -EOPNOTSUPP;
	return verb->handler(&call);
}
