// SPDX-License-Identifier: GPL-2.0
/* Verbs that ask and answer, and that settle what was taken. */

#include "answer.h"
#include "call.h"
#include "compat.h"
#include "delivery.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "set.h"
#include "stamp.h"
#include "wake.h"

static void describe(struct msgport_inbound *in, struct msgport_message *m,
		     struct msgport_stamp *stamp)
{
	if (unlikely(!m)) {
		memset(in, 0, sizeof(*in));
		memset(stamp, 0, sizeof(*stamp));
		msgport_stamp_self(stamp, MSGPORT_KIND_ACKNOWLEDGED);
		return;
	}
	in->message = m;
	in->size = m->size;
	in->fd_count = msgport_message_fds(m);
	in->priority = m->priority;
	in->tag = m->tag;
	in->token = 0;
	in->cookie = 0;
	msgport_stamp_fill(stamp, m);
}

/* The last step that may fail.  The call is over, or not over after all. */
static long install(struct msgport_request *req, const struct msgport_inbound *in,
		    const struct msgport_buffer *buffer, u32 fd_room, u64 id)
{
	struct msgport_call __user *user = req->user;
	const struct msgport_incoming *m = &req->call.answer;
	long err = msgport_files_install(msgport_message_files(in->message), m->fds);

	if (likely(!err))
		return 0;
	msgport_hand_out_undo(m, buffer, fd_room, &user->answer);
	return put_user(id, &user->id) ? -EFAULT : err;
}

/* To the user, all of it, or an error; the last word is that the call is over. */
static long hand_answer(struct msgport_request *req, const struct msgport_inbound *in,
			const struct msgport_buffer *buffer, u64 id)
{
	struct msgport_call __user *user = req->user;
	struct msgport_incoming *m = &req->call.answer;
	u32 fd_room = m->fd_count;
	long err = 0;

	if (in->size > buffer->size || in->fd_count > fd_room)
		return msgport_tell_needed(&user->answer, in);
	if (likely(in->message)) {
		err = msgport_hand_out(in, buffer, m, &user->answer);
	} else {
		msgport_fill_incoming(m, in);
		if (copy_to_user(&user->answer, m, sizeof(*m)))
			err = -EFAULT;
	}
	if (likely(!err) && put_user(0, &user->id))
		err = -EFAULT;
	if (unlikely(!err && in->fd_count))
		err = install(req, in, buffer, fd_room, id);
	return err;
}

/* The outcome of a call that is DONE.  An answer that cannot be handed out stays. */
static long conclude(struct msgport_request *req, struct msgport_calling *call,
		     const struct msgport_buffer *buffer)
{
	struct msgport_call __user *user = req->user;
	struct msgport_inbound in MSGPORT_UNINITIALIZED;
	long err = call->err;

	if (unlikely(err)) {
		msgport_call_free(call);
		return put_user(0, &user->id) ? -EFAULT : err;
	}
	describe(&in, call->answer, &req->call.answer.stamp);
	err = hand_answer(req, &in, buffer, call->id);
	if (likely(!err))
		msgport_call_over(req->file->private_data, call);
	else
		msgport_call_park(req->file, call);
	return err;
}

static struct msgport_calling *begin(struct msgport_request *req,
				     const struct msgport_buffer *buffer)
{
	struct msgport_call __user *user = req->user;
	struct msgport_call *arg = &req->call;
	struct msgport_calling *call;
	struct msgport_buffer request MSGPORT_UNINITIALIZED;
	struct msgport_outbound out MSGPORT_UNINITIALIZED;
	long err;

	err = msgport_get_outgoing(&arg->request, &request, &out);
	if (unlikely(err))
		return ERR_PTR(err);
	out.deadline = msgport_host_deadline(arg->deadline);
	out.nonblock = msgport_nonblock(req, arg->flags);
	call = msgport_call_new(req->file->private_data, buffer->size,
				arg->answer.fd_count, false);
	err = PTR_ERR_OR_ZERO(call);
	if (likely(!err))
		err = msgport_send_recorded(req, &user->id, call, &out);
	msgport_buffer_put(&request);
	return err ? ERR_PTR(err) : call;
}

long msgport_verb_call(struct msgport_request *req)
{
	struct msgport_send_right *right = req->file->private_data;
	struct msgport_call __user *user = req->user;
	struct msgport_call *arg = &req->call;
	struct msgport_incoming *m = &arg->answer;
	struct msgport_calling *call;
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	long err;

	if (arg->flags & ~MSGPORT_NONBLOCK || arg->request.flags ||
	    m->fd_count > MSGPORT_FDS_MAX)
		return -EINVAL;
	err = msgport_buffer_get(&buffer, m->data, m->data_size, m->iov_count);
	if (unlikely(err))
		return err;
	call = likely(!arg->id) ? begin(req, &buffer) :
				  msgport_call_resume(right, arg->id);
	err = PTR_ERR_OR_ZERO(call);
	if (unlikely(err))
		goto put;
	err = msgport_call_wait(req->file, call, msgport_host_deadline(arg->deadline));
	if (likely(!err))
		err = conclude(req, call, &buffer);
	else if (err != -ERESTARTSYS && put_user(0, &user->id))
		err = -EFAULT;
put:
	msgport_buffer_put(&buffer);
	return err;
}

long msgport_verb_cancel(struct msgport_request *req)
{
	if (req->cancel.flags)
		return -EINVAL;
	return msgport_cancel(req->file->private_data, req->cancel.id);
}

/* The receive right that a token is good on; of a set the member's, pinned. */
static struct msgport_receive_right *right_of(const struct msgport_request *req, u64 token)
{
	if (likely(req->kind == MSGPORT_IS_RECEIVE))
		return req->file->private_data;
	return msgport_set_find(req->file->private_data, token);
}

static void put_right(const struct msgport_request *req,
		      struct msgport_receive_right *right)
{
	if (unlikely(req->kind == MSGPORT_IS_SET))
		msgport_receive_right_put(right);
}

/*
 * What only a question has is reserved in an answer.  @lend gets whom it wakes, pinned,
 * or is NULL.
 */
static long answer(const struct msgport_request *req, u64 token,
		   struct msgport_outgoing *m, struct task_struct **lend)
{
	struct msgport_receive_right *right;
	struct msgport_outbound out MSGPORT_UNINITIALIZED;
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	long err;

	if (m->flags || m->ttl)
		return -EINVAL;
	/* what a try before this one was told */
	m->answer_size = 0;
	m->answer_fds = 0;
	err = msgport_get_outgoing(m, &buffer, &out);
	if (unlikely(err))
		return err;
	out.lend = lend;
	right = right_of(req, token);
	err = PTR_ERR_OR_ZERO(right);
	if (likely(!err)) {
		err = msgport_reply(right, token, &out, m);
		put_right(req, right);
	}
	msgport_buffer_put(&buffer);
	return err;
}

/* Says how large the answer may be. */
static int tell_limits(struct msgport_outgoing __user *user,
		       const struct msgport_outgoing *m)
{
	return put_user(m->answer_size, &user->answer_size) ||
	       put_user(m->answer_fds, &user->answer_fds) ? -EFAULT : 0;
}

long msgport_verb_reply(struct msgport_request *req)
{
	struct msgport_reply __user *user = req->user;
	struct msgport_reply *arg = &req->reply;
	long err;

	if (arg->flags)
		return -EINVAL;
	err = answer(req, arg->token, &arg->answer, NULL);
	if (unlikely(err == -EMSGSIZE) && tell_limits(&user->answer, &arg->answer))
		err = -EFAULT;
	return err;
}

/* The token is cleared before the answer is sent: a restarted call sends none. */
static long reply_first(struct msgport_request *req, struct task_struct **lend)
{
	struct msgport_reply_receive __user *user = req->user;
	struct msgport_reply_receive *arg = &req->reply_receive;
	long err;

	if (put_user(0, &user->token) ||
	    (unlikely(arg->reply_error) && put_user(0, &user->reply_error)))
		return -EFAULT;
	err = answer(req, arg->token, &arg->answer, lend);
	if (likely(!err))
		return 0;
	if (err == -EMSGSIZE && tell_limits(&user->answer, &arg->answer))
		return -EFAULT;
	return put_user((s32)-err, &user->reply_error) ? -EFAULT : 0;
}

static bool may_lend(const struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;

	return likely(req->kind == MSGPORT_IS_RECEIVE) && msgport_may_lend(&right->lend_pause);
}

long msgport_verb_reply_receive(struct msgport_request *req)
{
	struct msgport_reply_receive __user *user = req->user;
	struct msgport_reply_receive *arg = &req->reply_receive;
	struct msgport_wanted wanted MSGPORT_UNINITIALIZED;
	struct task_struct *asker = NULL;
	long err;

	/* the outer structure says how large it is */
	if (arg->receive.size && arg->receive.size != sizeof(arg->receive))
		return -EINVAL;
	err = msgport_get_wanted(req, &arg->receive, &wanted);
	if (likely(!err && may_lend(req)))
		wanted.lend = &asker;
	if (likely(!err && arg->token))
		err = reply_first(req, wanted.lend);
	if (likely(!err))
		err = msgport_receive_into(req, &arg->receive, &wanted, &user->receive);
	/* it did not have to wait */
	if (unlikely(asker))
		msgport_task_put(asker);
	return err;
}

long msgport_verb_ack(struct msgport_request *req)
{
	struct msgport_receive_right *right;
	long err;

	if (req->ack.flags)
		return -EINVAL;
	right = right_of(req, req->ack.token);
	if (IS_ERR(right))
		return PTR_ERR(right);
	err = msgport_ack(right, req->ack.token);
	put_right(req, right);
	return err;
}

long msgport_verb_release(struct msgport_request *req)
{
	struct msgport_receive_right *right;
	long err;

	if (req->release.flags)
		return -EINVAL;
	right = right_of(req, req->release.token);
	if (IS_ERR(right))
		return PTR_ERR(right);
	err = msgport_release(right, req->release.token);
	put_right(req, right);
	return err;
}

long msgport_verb_grant(struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;

	return msgport_grant(right->port, req->grant.source, req->grant.credits);
}
