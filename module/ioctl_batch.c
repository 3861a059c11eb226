// SPDX-License-Identifier: GPL-2.0
/* Vectors of messages: send and receive, coupled in trains where it can be. */

#include <linux/sched/signal.h>

#include "compat.h"
#include "ioctl.h"
#include "message.h"
#include "payload.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "train.h"

/* An element of a vector, which may be longer than ours if the rest is zeros. */
static long get_element(void *element, size_t ours, u64 address, u32 size)
{
	return copy_struct_from_user(element, ours, u64_to_user_ptr(address), size);
}

/* Why an element failed.  What a restarted call would do again has not failed. */
static void tell_error(s32 __user *user, long err)
{
	/* an array that cannot be written is the caller's to notice */
	if (err != -ERESTARTSYS && put_user((s32)-err, user))
		return;
}

static struct msgport_outgoing __user *outgoing_at(const struct msgport_send *arg, u32 n)
{
	return u64_to_user_ptr(arg->vector + (u64)n * arg->element_size);
}

static struct msgport_incoming __user *incoming_at(const struct msgport_receive *arg, u32 n)
{
	return u64_to_user_ptr(arg->vector + (u64)n * arg->element_size);
}

static long send_element(struct msgport_request *req, u32 n)
{
	struct msgport_outgoing __user *user = outgoing_at(&req->send, n);
	struct msgport_outgoing m MSGPORT_UNINITIALIZED;
	s32 error;
	long err;

	err = get_element(&m, sizeof(m), (unsigned long)user, req->send.element_size);
	if (unlikely(err))
		return err;
	/* what was written there before says nothing */
	error = m.error;
	m.error = 0;
	if (error && put_user(0, &user->error))
		return -EFAULT;
	return msgport_send_one(req, &m);
}

/* Nothing that would have to be written back or ended. */
static bool is_plain(const struct msgport_outgoing *m)
{
	return !(m->iov_count | m->fd_count | m->flags | m->error);
}

/* The next element, if it can be coupled. */
static bool couple_element(const struct msgport_request *req,
			   struct msgport_account *account, struct msgport_train *train,
			   struct msgport_stock *stock, u32 n, struct msgport_outbound *out,
			   u64 now)
{
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	struct msgport_outgoing m MSGPORT_UNINITIALIZED;

	if (unlikely(copy_from_user(&m, outgoing_at(&req->send, n), sizeof(m))) ||
	    unlikely(!is_plain(&m)) || unlikely(msgport_get_outgoing(&m, &buffer, out)))
		return false;
	return !msgport_train_add(req->file->private_data, account, train, stock, out, now);
}

/* Elements from @n on, as many as can be coupled.  Returns how many were sent. */
static noinline_for_stack u32
send_coupled(struct msgport_request *req, struct msgport_account *account, u32 n, int *err)
{
	struct msgport_train train MSGPORT_UNINITIALIZED;
	struct msgport_stock stock MSGPORT_UNINITIALIZED;
	struct msgport_outbound out MSGPORT_UNINITIALIZED;
	const struct msgport_send *arg = &req->send;
	struct msgport_send_right *right = req->file->private_data;
	u32 most = min_t(u32, arg->count - n, MSGPORT_TRAIN);
	u64 now = ktime_get_ns();

	BUILD_BUG_ON(MSGPORT_STOCK < MSGPORT_TRAIN);
	msgport_stock_fill(&stock, most, msgport_port_pool(right->port));
	msgport_train_init(&train);
	while (train.count < most &&
	       couple_element(req, account, &train, &stock, n + train.count, &out, now))
		;
	msgport_stock_free(&stock, right->port);
	*err = 0;
	if (unlikely(!train.count))
		return 0;
	out.due = NULL;
	out.lend = NULL;
	out.deadline = msgport_host_deadline(arg->deadline);
	out.nonblock = msgport_nonblock(req, arg->flags);
	return msgport_train_send(req->file->private_data, account, &train, &out, err);
}

/* Who pays for what is coupled, to be put; NULL: each goes by itself. */
static struct msgport_account *account_for(const struct msgport_request *req)
{
	const struct msgport_send_right *right = req->file->private_data;

	if (req->kind == MSGPORT_IS_GROUP || msgport_port_rendezvous(right->port) ||
	    req->send.element_size != sizeof(struct msgport_outgoing))
		return NULL;
	return msgport_account_near(right->share->account);
}

/**
 * msgport_send_vector() - send the elements of a vector in order, until one fails
 * @req: on a send right or a group
 *
 * A count is returned if there is any; the failure stands in the element, and is the
 * call's if it is the first.
 */
long msgport_send_vector(struct msgport_request *req)
{
	const struct msgport_send *arg = &req->send;
	struct msgport_account *account = account_for(req);
	u32 n = 0, sent;
	int err = 0;

	while (n < arg->count) {
		sent = account ? send_coupled(req, account, n, &err) : 0;
		n += sent;
		if (likely(!err) && !sent) {
			err = send_element(req, n);
			n += !err;
		}
		if (unlikely(err)) {
			tell_error(&outgoing_at(arg, n)->error, err);
			break;
		}
		cond_resched();
		if (signal_pending(current))
			break;
	}
	msgport_account_put(account);
	/* not "?:", which would make an unsigned of both */
	return n ? (long)n : err;
}

/* Where the elements from @n on are to go; returns how many of @most are for a train. */
static u32 get_rooms(const struct msgport_receive *arg, u32 n, u32 most,
		     struct msgport_room *rooms)
{
	struct msgport_incoming m MSGPORT_UNINITIALIZED;
	u32 i;

	most = min(most, arg->count - n);
	for (i = 0; i < most; i++) {
		if (copy_from_user(&m, incoming_at(arg, n + i),
				   offsetof(struct msgport_incoming, stamp)) ||
		    unlikely(m.iov_count) || unlikely(msgport_check_incoming(&m)))
			break;
		rooms[i].data = m.data;
		rooms[i].size = m.data_size;
	}
	return i;
}

/* All but what the caller wrote there. */
#define HANDED_OUT	offsetof(struct msgport_incoming, tag)

/* One message that is in hand, all of it; or false. */
static bool hand_out_coupled(struct msgport_message *m, const struct msgport_room *room,
			     struct msgport_incoming *in, struct msgport_incoming __user *user)
{
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;

	if (unlikely(msgport_buffer_get(&buffer, room->data, room->size, 0)) ||
	    unlikely(msgport_message_copy(m, &buffer)))
		return false;
	in->tag = m->tag;
	in->priority = m->priority;
	return !put_user((u64)m->size, &user->data_size) &&
	       !copy_to_user((void __user *)user + HANDED_OUT, (void *)in + HANDED_OUT,
			     sizeof(*in) - HANDED_OUT);
}

/* Those in hand; returns how many are all in the user's memory. */
static u32 hand_out_train(const struct msgport_receive *arg, u32 n,
			  const struct msgport_train *train,
			  const struct msgport_room *rooms)
{
	struct msgport_incoming in = { .error = 0 };
	struct msgport_message *before = NULL;
	u32 i;

	for (i = 0; i < train->count; i++) {
		struct msgport_message *m = train->messages[i];

		msgport_stamp_next(&in.stamp, m, before);
		if (unlikely(!hand_out_coupled(m, &rooms[i], &in, incoming_at(arg, n + i))))
			break;
		before = m;
	}
	/* who is being killed looks at nothing any more */
	return unlikely(fatal_signal_pending(current)) ? 0 : i;
}

/* What is there and can be coupled, into the elements from @n on. */
static noinline_for_stack u32
receive_coupled(struct msgport_request *req, const struct msgport_receive *arg,
		const struct msgport_wanted *wanted, u32 n)
{
	struct msgport_room rooms[MSGPORT_TRAIN] MSGPORT_UNINITIALIZED;
	struct msgport_train train MSGPORT_UNINITIALIZED;
	struct msgport_receive_right *right = req->file->private_data;
	u32 most = msgport_train_most(right->port, wanted);
	u32 copied;

	if (most < 2)
		return 0;
	most = get_rooms(arg, n, most, rooms);
	if (unlikely(!most))
		return 0;
	msgport_train_take(right->port, wanted, rooms, most, &train);
	copied = hand_out_train(arg, n, &train, rooms);
	msgport_train_finish(right->port, &train, copied);
	return copied;
}

static long receive_element(struct msgport_request *req, const struct msgport_receive *arg,
			    struct msgport_wanted *wanted, u32 n,
			    struct msgport_inbound *in)
{
	struct msgport_incoming __user *user = incoming_at(arg, n);
	struct msgport_incoming m MSGPORT_UNINITIALIZED;
	long err;

	err = get_element(&m, sizeof(m), (unsigned long)user, arg->element_size);
	if (likely(!err))
		err = msgport_check_incoming(&m);
	return likely(!err) ? msgport_receive_one(req, wanted, &m, user, in) : err;
}

/**
 * msgport_receive_vector() - receive into the elements of a vector
 * @req: on a receive right or a set
 * @arg: the structure's copy in the kernel
 * @wanted: of msgport_get_wanted()
 *
 * Waits for the first; the others are those that are there.  Ends when the process may
 * have no descriptor left: what it took would go back, and be taken again by the next
 * element.
 */
long msgport_receive_vector(struct msgport_request *req, const struct msgport_receive *arg,
			    struct msgport_wanted *wanted)
{
	bool coupled = req->kind == MSGPORT_IS_RECEIVE &&
		       arg->element_size == sizeof(struct msgport_incoming);
	struct msgport_inbound in MSGPORT_UNINITIALIZED;
	long err = 0;
	u32 n = 0, got;

	while (n < arg->count) {
		got = coupled ? receive_coupled(req, arg, wanted, n) : 0;
		n += got;
		if (!got) {
			err = receive_element(req, arg, wanted, n, &in);
			if (unlikely(err)) {
				/* that there are no more is no failure */
				if (!n || err != -EAGAIN)
					tell_error(&incoming_at(arg, n)->error, err);
				break;
			}
			n++;
		}
		wanted->flags |= MSGPORT_NONBLOCK;
		cond_resched();
		if (signal_pending(current) || unlikely(!got && in.left))
			break;
	}
	return n ?: err;
}
