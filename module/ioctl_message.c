// SPDX-License-Identifier: GPL-2.0
/* Verbs that move messages: send and receive. */

#include <linux/ktime.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "deliver.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "send.h"

static bool nonblock(const struct msgport_request *req, u32 flags)
{
	return flags & MSGPORT_NONBLOCK || req->file->f_flags & O_NONBLOCK;
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

long msgport_verb_send(struct msgport_request *req)
{
	struct msgport_send *arg = &req->send;
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
	out.nonblock = nonblock(req, arg->flags);
	err = msgport_send(req->file->private_data, &out);
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

static int choose(struct msgport_request *req, struct msgport_wanted *wanted)
{
	struct msgport_receive_right *right = req->file->private_data;
	const struct msgport_receive *arg = &req->receive;

	wanted->source = arg->source;
	wanted->badge = arg->badge;
	wanted->tag_mask = arg->tag_mask ?: ~0ULL;
	wanted->tag = arg->tag & wanted->tag_mask;
	wanted->start_time = arg->start_time;
	wanted->pid = arg->pid;
	wanted->pid_ns = task_active_pid_ns(current);
	wanted->priority = arg->priority;
	if (arg->flags & MSGPORT_BY_PRIORITY && arg->priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	if (msgport_must_scan(arg->flags) &&
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
static int tell_needed(struct msgport_request *req, const struct msgport_inbound *in)
{
	struct msgport_receive __user *user = req->user;

	if (put_user((u64)in->size, &user->message.data_size) ||
	    put_user(0, &user->message.fd_count))
		return -EFAULT;
	return -EMSGSIZE;
}

/* The user's memory is all written before the message is committed. */
static int hand_out(struct msgport_request *req, const struct msgport_buffer *buffer,
		    const struct msgport_inbound *in)
{
	struct msgport_receive __user *user = req->user;
	struct msgport_receive *arg = &req->receive;
	int err = msgport_message_copy(in->message, buffer);

	if (unlikely(err))
		return err;
	fill_incoming(&arg->message, in);
	return copy_to_user(&user->message, &arg->message, sizeof(arg->message)) ?
	       -EFAULT : 0;
}

long msgport_verb_receive(struct msgport_request *req)
{
	struct msgport_receive *arg = &req->receive;
	struct msgport_wanted wanted MSGPORT_UNINITIALIZED;
	struct msgport_inbound in MSGPORT_UNINITIALIZED;
	struct msgport_buffer buffer;
	long err;

	if (unlikely(arg->flags & ~MSGPORT_RECEIVE_FLAGS))
		return -EINVAL;
	if (unlikely(arg->vector))
		return -EOPNOTSUPP;
	if (unlikely(arg->count || arg->element_size ||
		     arg->message.fd_count > MSGPORT_FDS_MAX))
		return -EINVAL;
	wanted.flags = arg->flags & ~MSGPORT_NONBLOCK;
	if (nonblock(req, arg->flags))
		wanted.flags |= MSGPORT_NONBLOCK;
	wanted.stream = false;
	wanted.deadline = host_deadline(arg->deadline);
	if (unlikely(arg->flags & MSGPORT_CHOICES)) {
		err = choose(req, &wanted);
		if (err)
			return err;
	}
	err = msgport_buffer_get(&buffer, arg->message.data, arg->message.data_size,
				 arg->message.iov_count);
	if (unlikely(err))
		return err;
	wanted.room = buffer.size;
	err = msgport_receive(req->file->private_data, &wanted, &in);
	if (likely(!err)) {
		err = hand_out(req, &buffer, &in);
		err = msgport_receive_finish(req->file->private_data, &in, err);
	} else if (err == -EMSGSIZE) {
		err = tell_needed(req, &in);
	}
	msgport_buffer_put(&buffer);
	return err;
}

