// SPDX-License-Identifier: GPL-2.0
/* Verbs that move messages: send and receive. */

#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>

#include "answer.h"
#include "call.h"
#include "compat.h"
#include "deliver.h"
#include "group.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "set.h"
#include "wake.h"

bool msgport_nonblock(const struct msgport_request *req, u32 flags)
{
	return flags & MSGPORT_NONBLOCK || req->file->f_flags & O_NONBLOCK;
}

/* From the caller's time namespace to the host's. */
u64 msgport_host_deadline(u64 deadline)
{
	s64 offset = msgport_time_offset();

	if (deadline == MSGPORT_FOREVER)
		return deadline;
	deadline = min_t(u64, deadline, KTIME_MAX);
	if (offset > 0 && deadline < offset)
		return 0;
	return min_t(u64, deadline - offset, KTIME_MAX);
}

/* What only an answer gives a meaning to is reserved without one. */
static noinline int check_special(const struct msgport_outgoing *m)
{
	if (m->flags & ~MSGPORT_ANSWER || m->reserved)
		return -EINVAL;
	if (!(m->flags & MSGPORT_ANSWER) &&
	    (m->cookie || m->answer_size || m->answer_fd || m->answer_fds))
		return -EINVAL;
	if (m->answer_size > MSGPORT_SIZE_MAX || m->answer_fds > MSGPORT_FDS_MAX ||
	    m->fd_count > MSGPORT_FDS_MAX)
		return -EINVAL;
	return 0;
}

static int check_outgoing(const struct msgport_outgoing *m)
{
	return likely(!(m->cookie | m->answer_size | m->fd_count | m->flags | m->answer_fd |
			m->answer_fds | m->reserved)) ? 0 : check_special(m);
}

/**
 * msgport_get_outgoing() - a message to send, in the kernel's terms
 * @m: the user's
 * @buffer: filled; end it with msgport_buffer_put()
 * @out: filled but for deadline, nonblock and due
 */
int msgport_get_outgoing(const struct msgport_outgoing *m, struct msgport_buffer *buffer,
			 struct msgport_outbound *out)
{
	int err = check_outgoing(m);

	if (likely(!err))
		err = msgport_buffer_get(buffer, m->data, m->data_size, m->iov_count);
	if (unlikely(err))
		return err;
	out->buffer = buffer;
	out->fds = m->fds;
	out->fd_count = m->fd_count;
	out->tag = m->tag;
	out->ttl = m->ttl;
	out->priority = m->priority;
	out->due = NULL;
	out->lend = NULL;
	return 0;
}

/* Sends with an answer due to a receive right of the caller's. */
static long send_answerable(struct msgport_request *req, const struct msgport_outgoing *m,
			    struct msgport_outbound *out)
{
	struct msgport_return_address to = {
		.cookie = m->cookie,
		.size = m->answer_size,
		.fds = m->answer_fds,
	};
	struct fd f = fdget(m->answer_fd);
	long err = -EBADF;

	if (!fd_file(f))
		return err;
	to.right = msgport_receive_right_of(fd_file(f));
	if (to.right)
		out->due = msgport_due_new(&to, out->buffer->size, out->priority);
	if (to.right)
		err = PTR_ERR_OR_ZERO(out->due);
	fdput(f);
	if (err)
		return err;
	err = msgport_send(req->file->private_data, out);
	if (err)
		msgport_due_free(out->due);
	return err;
}

/**
 * msgport_send_recorded() - send what a call's record waits for
 * @req: on the send right
 * @user_id: gets the record's id before anything is sent; 0 again after an error
 * @call: new; freed on error
 * @out: the message
 */
long msgport_send_recorded(struct msgport_request *req, u64 __user *user_id,
			   struct msgport_calling *call, struct msgport_outbound *out)
{
	struct msgport_send_right *right = req->file->private_data;
	long err = put_user(call->id, user_id);

	if (likely(!err)) {
		out->due = &call->due;
		if (msgport_may_lend(&right->lend_pause))
			out->lend = &call->lend;
		/* the message's own clock begins later, and is looked at then */
		if (unlikely(out->ttl))
			call->expires = ktime_get_ns();
		err = msgport_send(right, out);
		/* a restarted call is to send */
		if (unlikely(err) && put_user(0, user_id))
			err = -EFAULT;
	}
	if (unlikely(err))
		msgport_call_free(call);
	return err;
}

static long send_sync(struct msgport_request *req, struct msgport_outbound *out)
{
	struct msgport_send __user *user = req->user;
	struct msgport_send_right *right = req->file->private_data;
	u64 id = req->send.id;
	struct msgport_calling *call;
	long err;

	call = id ? msgport_call_resume(right, id) : msgport_call_new(right, 0, 0, true);
	if (IS_ERR(call))
		return PTR_ERR(call);
	err = id ? 0 : msgport_send_recorded(req, &user->id, call, out);
	if (err)
		return err;
	err = msgport_call_wait(req->file, call, out->deadline);
	if (err == -ERESTARTSYS)
		return err;
	if (!err) {
		err = call->err;
		msgport_call_free(call);
	}
	return put_user(0, &user->id) ? -EFAULT : err;
}

/* As the sizes of structures: E2BIG is for what cannot be looked through. */
static int check_element(u32 size, size_t ours)
{
	if (size < ours)
		return -EINVAL;
	return size > PAGE_SIZE ? -E2BIG : 0;
}

static int check_send(const struct msgport_send *arg)
{
	if (unlikely(arg->flags & ~MSGPORT_SEND_FLAGS))
		return -EINVAL;
	if (unlikely(arg->vector))
		return arg->flags & MSGPORT_SYNC || arg->id ? -EINVAL :
		       check_element(arg->element_size, sizeof(arg->message));
	if (unlikely(arg->count || arg->element_size))
		return -EINVAL;
	if (arg->flags & MSGPORT_SYNC)
		return arg->message.flags & MSGPORT_ANSWER ? -EINVAL : 0;
	return arg->id ? -EINVAL : 0;
}

/* What every member is to get alike can have no answer, and no end to wait for. */
static long send_group(struct msgport_request *req, const struct msgport_outgoing *m,
		       const struct msgport_outbound *out)
{
	if (req->send.flags & MSGPORT_SYNC)
		return -EINVAL;
	if (m->flags & MSGPORT_ANSWER || m->fd_count)
		return -EOPNOTSUPP;
	return msgport_group_send(req->file->private_data, out);
}

/**
 * msgport_send_one() - send one message, as its structure says
 * @req: on a send right or a group
 * @m: the structure's copy in the kernel
 */
long msgport_send_one(struct msgport_request *req, const struct msgport_outgoing *m)
{
	struct msgport_send *arg = &req->send;
	struct msgport_outbound out MSGPORT_UNINITIALIZED;
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	long err;

	err = msgport_get_outgoing(m, &buffer, &out);
	if (unlikely(err))
		return err;
	out.deadline = msgport_host_deadline(arg->deadline);
	out.nonblock = msgport_nonblock(req, arg->flags);
	if (unlikely(req->kind == MSGPORT_IS_GROUP))
		err = send_group(req, m, &out);
	else if (unlikely(arg->flags & MSGPORT_SYNC))
		err = send_sync(req, &out);
	else if (unlikely(m->flags & MSGPORT_ANSWER))
		err = send_answerable(req, m, &out);
	else
		err = msgport_send(req->file->private_data, &out);
	msgport_buffer_put(&buffer);
	return err;
}

long msgport_verb_send(struct msgport_request *req)
{
	long err = check_send(&req->send);

	if (unlikely(err))
		return err;
	if (unlikely(req->send.vector))
		return msgport_send_vector(req);
	return msgport_send_one(req, &req->send.message);
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

/* Ports that are too deep are made without choices that need a scan. */
static bool scannable(const struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;

	if (req->kind == MSGPORT_IS_SET)
		return msgport_set_scannable(req->file->private_data);
	return READ_ONCE(right->port->gate.limit) <= MSGPORT_SCAN_MAX;
}

static noinline int choose(struct msgport_request *req, const struct msgport_receive *arg,
			   struct msgport_wanted *wanted)
{
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
	if (msgport_must_scan(arg->flags) && !scannable(req))
		return -EOPNOTSUPP;
	if (arg->flags & MSGPORT_BY_PROCESS && !arg->start_time) {
		wanted->start_time = start_time_of(arg->pid);
		if (!wanted->start_time)
			return -ESRCH;
	}
	return 0;
}

/* All but the stamp, which was filled there. */
void msgport_fill_incoming(struct msgport_incoming *m, const struct msgport_inbound *in)
{
	m->data_size = in->size;
	m->tag = in->tag;
	m->token = in->token;
	m->cookie = in->cookie;
	m->fd_count = in->fd_count;
	m->priority = in->priority;
	m->error = 0;
}

/* Says what is needed; the rest of the structure stays as it was. */
int msgport_tell_needed(struct msgport_incoming __user *user,
			const struct msgport_inbound *in)
{
	if (put_user((u64)in->size, &user->data_size) ||
	    put_user(in->fd_count, &user->fd_count))
		return -EFAULT;
	return -EMSGSIZE;
}

/**
 * msgport_hand_out() - a message's way into the user's memory
 * @in: in hand
 * @buffer: large enough
 * @m: the structure's copy in the kernel; filled
 * @user: the structure
 *
 * All is written before the message is committed.
 */
int msgport_hand_out(const struct msgport_inbound *in, const struct msgport_buffer *buffer,
		     struct msgport_incoming *m, struct msgport_incoming __user *user)
{
	int err = msgport_message_copy(in->message, buffer);

	if (unlikely(err))
		return err;
	msgport_fill_incoming(m, in);
	return copy_to_user(user, m, sizeof(*m)) ? -EFAULT : 0;
}

/**
 * msgport_hand_out_undo() - what was handed out has gone back
 * @m: as handed out
 * @buffer: that it was handed out to
 * @fd_room: what the structure said
 * @user: the structure; what is read of it is as before, and it names no token
 */
noinline void msgport_hand_out_undo(const struct msgport_incoming *m,
				    const struct msgport_buffer *buffer, u32 fd_room,
				    struct msgport_incoming __user *user)
{
	u64 size = m->iov_count ? 0 : buffer->size;

	/* it could be written a moment ago; the call fails as it is */
	if (put_user(size, &user->data_size) || put_user(fd_room, &user->fd_count) ||
	    put_user(0, &user->token))
		return;
}

int msgport_check_incoming(const struct msgport_incoming *m)
{
	return m->fd_count > MSGPORT_FDS_MAX || m->iov_count > MSGPORT_IOV_MAX ||
	       (m->iov_count && m->data_size) ? -EINVAL : 0;
}

static int check_receive(const struct msgport_receive *arg)
{
	if (unlikely(arg->flags & ~MSGPORT_RECEIVE_FLAGS))
		return -EINVAL;
	/* who looks takes nothing that could be settled */
	if (unlikely(arg->flags & MSGPORT_PEEK && arg->flags & MSGPORT_SETTLE))
		return -EINVAL;
	if (unlikely(arg->vector))
		return arg->flags & MSGPORT_PEEK ? -EINVAL :
		       check_element(arg->element_size, sizeof(arg->message));
	if (unlikely(arg->count || arg->element_size))
		return -EINVAL;
	return msgport_check_incoming(&arg->message);
}

/**
 * msgport_get_wanted() - what a receive wants, but for the room in its buffer
 * @req: on a receive right or a set
 * @arg: the structure's copy in the kernel
 * @wanted: filled
 *
 * Finds all that can be wrong with it before anything is done, but for the elements of
 * a vector.
 */
inline int msgport_get_wanted(struct msgport_request *req, const struct msgport_receive *arg,
			      struct msgport_wanted *wanted)
{
	int err = check_receive(arg);

	if (unlikely(err))
		return err;
	wanted->flags = arg->flags & ~MSGPORT_NONBLOCK;
	if (msgport_nonblock(req, arg->flags))
		wanted->flags |= MSGPORT_NONBLOCK;
	wanted->stream = false;
	wanted->lend = NULL;
	wanted->deadline = msgport_host_deadline(arg->deadline);
	return likely(!(arg->flags & MSGPORT_CHOICES)) ? 0 : choose(req, arg, wanted);
}

static int take(struct msgport_request *req, const struct msgport_wanted *wanted,
		struct msgport_inbound *in)
{
	if (unlikely(req->kind == MSGPORT_IS_SET))
		return msgport_set_receive(req->file->private_data, wanted, in);
	return msgport_receive(req->file->private_data, wanted, in);
}

static int finish(struct msgport_request *req, struct msgport_inbound *in, int err)
{
	if (unlikely(req->kind == MSGPORT_IS_SET))
		return msgport_set_receive_finish(in, err);
	return msgport_receive_finish(req->file->private_data, in, err);
}

/**
 * msgport_receive_one() - receive one message, as its structure says
 * @req: on a receive right or a set
 * @wanted: gets the room in the buffer
 * @m: the structure's copy in the kernel; filled
 * @user: the structure
 * @in: filled
 */
long msgport_receive_one(struct msgport_request *req, struct msgport_wanted *wanted,
			 struct msgport_incoming *m, struct msgport_incoming __user *user,
			 struct msgport_inbound *in)
{
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	bool handed;
	long err;

	err = msgport_buffer_get(&buffer, m->data, m->data_size, m->iov_count);
	if (unlikely(err))
		return err;
	wanted->room = buffer.size;
	wanted->fd_room = m->fd_count;
	in->fds = m->fds;
	in->stamp = &m->stamp;
	err = take(req, wanted, in);
	if (likely(!err)) {
		err = msgport_hand_out(in, &buffer, m, user);
		handed = !err;
		err = finish(req, in, err);
		/* -EINTR: it is being killed, and looks at nothing any more */
		if (unlikely(err && err != -EINTR && handed))
			msgport_hand_out_undo(m, &buffer, wanted->fd_room, user);
	} else if (err == -EMSGSIZE) {
		err = msgport_tell_needed(user, in);
	}
	msgport_buffer_put(&buffer);
	return err;
}

/**
 * msgport_receive_into() - receive, as the structure says
 * @req: on a receive right or a set
 * @arg: the structure's copy in the kernel
 * @wanted: of msgport_get_wanted()
 * @user: the structure
 */
inline long msgport_receive_into(struct msgport_request *req, struct msgport_receive *arg,
				 struct msgport_wanted *wanted,
				 struct msgport_receive __user *user)
{
	struct msgport_inbound in MSGPORT_UNINITIALIZED;

	if (unlikely(arg->vector))
		return msgport_receive_vector(req, arg, wanted);
	return msgport_receive_one(req, wanted, &arg->message, &user->message, &in);
}

long msgport_verb_receive(struct msgport_request *req)
{
	struct msgport_wanted wanted MSGPORT_UNINITIALIZED;
	long err = msgport_get_wanted(req, &req->receive, &wanted);

	return unlikely(err) ? err :
	       msgport_receive_into(req, &req->receive, &wanted, req->user);
}
