// SPDX-License-Identifier: GPL-2.0
/* Receiving: look, take or wait, then finish: commit or put back. */

#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "answer.h"
#include "call.h"
#include "compat.h"
#include "deliver.h"
#include "delivery.h"
#include "limits.h"
#include "look.h"
#include "message.h"
#include "plain.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "set.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

/* What is known of a message that was found or handed over; @in->member is set. */
void msgport_describe(struct msgport_inbound *in, struct msgport_message *m)
{
	in->message = m;
	in->size = m->size;
	in->fd_count = msgport_message_fds(m);
	in->priority = m->priority;
	in->tag = m->tag;
	in->token = 0;
	if (unlikely(msgport_is_answer(m)))
		in->cookie = msgport_extra(m)->cookie;
	else
		in->cookie = unlikely(in->member) ? READ_ONCE(in->member->cookie) : 0;
	in->taker = NULL;
}

/* Takes a queued message; an offered one is accepted thereby. */
static void take_queued(struct msgport_port *port, struct msgport_message *m,
			const struct msgport_wanted *wanted, struct msgport_wakeups *wk)
{
	bool offered = m->state == MSGPORT_OFFERED;

	msgport_take(port, m, wanted);
	if (unlikely(offered))
		msgport_send_taken(port, m, wk);
}

/* What is looked at may outlive its end: whoever looks pays for it meanwhile. */
static int peek(struct msgport_receive_right *right, struct msgport_message *m,
		struct msgport_inbound *in)
{
	if (m->pins == U8_MAX || !msgport_pending_try(right->account, msgport_cost(m)))
		return -EAGAIN;
	m->pins++;
	in->peeked = true;
	msgport_stamp_fill(in->stamp, m);
	msgport_stamp_due(in->stamp, msgport_due_of(m));
	return 0;
}

/* Deals with the message found: 0 with it in hand or pinned, or an error. */
static int found(struct msgport_receive_right *right,
		 const struct msgport_wanted *wanted, struct msgport_message *m,
		 struct msgport_inbound *in, struct msgport_wakeups *wk)
	__must_hold(&right->port->lock)
{
	struct msgport_port *port = right->port;

	msgport_describe(in, m);
	if (wanted->flags & MSGPORT_PEEK && msgport_fits(wanted, m))
		return peek(right, m, in);
	if (likely(msgport_fits(wanted, m))) {
		take_queued(port, m, wanted, wk);
		return 0;
	}
	/* there is room: only its being settled is in the way */
	if (msgport_has_room(wanted, m))
		return -EOPNOTSUPP;
	if (wanted->flags & MSGPORT_DISCARD_LARGE && !(wanted->flags & MSGPORT_PEEK)) {
		take_queued(port, m, wanted, wk);
		msgport_untake(port, m, true);
		msgport_port_discard(port, m, MSGPORT_TOO_LARGE);
		spin_lock(&port->lock);
	}
	return -EMSGSIZE;
}

/* Nothing there: -EINPROGRESS to wait, -ENODATA for the end of a stream. */
static int decide(struct msgport_port *port, const struct msgport_wanted *wanted,
		  const struct msgport_receiving *r)
{
	if (wanted->stream && msgport_port_ended(port))
		return -ENODATA;
	if (wanted->flags & MSGPORT_NONBLOCK)
		return -EAGAIN;
	return msgport_may_wait(port, wanted, r) ? -EINPROGRESS : -EDQUOT;
}

/* Before sleeping: tell who waits for a receiver, and who was woken late. */
static void before_sleep(struct msgport_port *port, struct msgport_wakeups *wk)
	__must_hold(&port->lock)
{
	struct msgport_traffic *traffic = port->traffic;

	if (!traffic)
		return;
	if (traffic->wants_room && msgport_port_rendezvous(port)) {
		traffic->wants_room = false;
		wk->tell |= MSGPORT_TELL_WRITABLE;
	}
	if (unlikely(!list_empty(&traffic->watch_room)) && msgport_port_has_room(port))
		wk->tell |= MSGPORT_TELL_ROOM;
	msgport_senders_flush(port, wk);
}

/*
 * One look at the port: 0 with a message, an error, or -EINPROGRESS with @r in
 * the port's lists or told already.
 */
static int receive_once(struct msgport_receive_right *right,
			const struct msgport_wanted *wanted,
			struct msgport_receiving *r, bool looked,
			struct msgport_inbound *in)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = right->port;
	struct msgport_message *m;
	int err;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	err = likely(!port->available) ? -EAGAIN : msgport_search(port, wanted, r, &m);
	if (!err)
		err = found(right, wanted, m, in, &wk);
	else if (err == -EAGAIN)
		err = decide(port, wanted, r);
	if (err == -EINPROGRESS) {
		if (r->state == MSGPORT_RECEIVING_WAITING && list_empty(&r->list))
			msgport_receiving_add(port, r);
		before_sleep(port, &wk);
	} else {
		msgport_receiving_leave(port, r);
		if (unlikely(looked))
			msgport_pass_on(port, &wk);
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	return err;
}

/*
 * Takes what is first in the queue for who takes anything, whatever is special about it,
 * so that nothing is looked for and nobody is told.  False: it must be looked for.
 */
static noinline bool take_first(struct msgport_port *port, const struct msgport_wanted *wanted,
				struct msgport_inbound *in)
{
	struct msgport_message *m = msgport_queue_first(&port->queue, MSGPORT_OF_PORT);

	if (unlikely(!m) || wanted->flags & (MSGPORT_CHOICES | MSGPORT_PEEK) ||
	    m->state != MSGPORT_QUEUED || msgport_expired(m) || !msgport_fits(wanted, m))
		return false;
	msgport_take(port, m, wanted);
	msgport_describe(in, m);
	return true;
}

/* One look at a member, under the lock; -ENODATA: nothing that is wanted. */
static noinline_for_stack int look_once(struct msgport_member *member,
					const struct msgport_wanted *wanted,
					struct msgport_inbound *in,
					struct msgport_wakeups *wk)
{
	struct msgport_receiving r = { .wanted = wanted };
	struct msgport_message *m;

	INIT_LIST_HEAD(&r.list);
	if (msgport_search(member->port, wanted, &r, &m))
		return -ENODATA;
	return found(member->right, wanted, m, in, wk);
}

/**
 * msgport_receive_try() - one look at a member of a set
 * @member: pinned, with its right
 * @wanted: must not wait
 * @in: filled as by msgport_receive()
 *
 * -ENODATA: nothing that is wanted.  If nobody could take anything afterwards the
 * member is idle then.
 */
int msgport_receive_try(struct msgport_member *member, const struct msgport_wanted *wanted,
			struct msgport_inbound *in)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = member->port;
	int err = 0;

	in->member = member;
	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	if (!msgport_take_plain(port, wanted, in) && !take_first(port, wanted, in))
		err = look_once(member, wanted, in, &wk);
	/* the last of what is there has been taken, or nothing was */
	if (!msgport_port_readable(port) ||
	    (unlikely(err == -ENODATA) && !msgport_is_chooser(wanted))) {
		msgport_member_idle(member);
		before_sleep(port, &wk);
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	return err;
}

/* Has this member of a set a message?  If not it is idle. */
bool msgport_receive_possible(struct msgport_member *member)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = member->port;
	bool readable;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	readable = msgport_port_readable(port);
	if (!readable) {
		msgport_member_idle(member);
		msgport_senders_flush(port, &wk);
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	return readable;
}

/* Somebody waits on a set that this port is in. */
void msgport_receive_waits(struct msgport_port *port)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	before_sleep(port, &wk);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
}

/* Sleeps until told; false, with the record out of the lists, on giving up. */
static bool wait_told(struct msgport_receive_right *right, struct msgport_receiving *r,
		      int *err)
{
	const struct msgport_wanted *wanted = r->wanted;
	struct msgport_port *port = right->port;
	bool waiting;

	if (wanted->lend)
		msgport_lend(wanted->lend, &right->lend_pause, &r->state,
			     MSGPORT_RECEIVING_WAITING);
	*err = msgport_sleep(&r->state, MSGPORT_RECEIVING_WAITING, wanted->deadline);
	if (likely(!*err))
		return true;
	spin_lock(&port->lock);
	waiting = r->state == MSGPORT_RECEIVING_WAITING;
	if (waiting) {
		msgport_receiving_remove(port, r);
		msgport_receiving_leave(port, r);
	}
	spin_unlock(&port->lock);
	return !waiting;
}

/* Will it have a token?  A due may go meanwhile, but none can come. */
static bool needs_delivery(const struct msgport_port *port, const struct msgport_inbound *in)
{
	struct msgport_message *m = in->message;

	if (port->flags & MSGPORT_ACK)
		return !in->settle;
	return unlikely(m->has_extra) && !msgport_is_answer(m) &&
	       READ_ONCE(msgport_extra(m)->due);
}

/**
 * msgport_receive_prepare() - before a message that was taken is copied
 * @right: that it was taken through
 * @in: in hand; gets its stamp, if there is a place for one, and its token if it is to
 *	have one
 *
 * On an error the message has gone back.
 */
int msgport_receive_prepare(struct msgport_receive_right *right,
			    struct msgport_inbound *in)
{
	int err;

	if (likely(in->stamp))
		msgport_stamp_fill(in->stamp, in->message);
	if (likely(!needs_delivery(right->port, in)))
		return 0;
	err = msgport_delivery_prepare(right, in);
	return err ? msgport_receive_finish(right, in, err) : 0;
}

static bool take_ready(struct msgport_receive_right *right,
		       const struct msgport_wanted *wanted, struct msgport_inbound *in)
{
	struct msgport_port *port = right->port;
	bool taken;

	if (!READ_ONCE(port->available))
		return false;
	spin_lock(&port->lock);
	taken = msgport_take_plain(port, wanted, in) || take_first(port, wanted, in);
	spin_unlock(&port->lock);
	return taken;
}

static noinline_for_stack int look_and_wait(struct msgport_receive_right *right,
					    const struct msgport_wanted *wanted,
					    struct msgport_inbound *in)
{
	struct msgport_receiving r = { .wanted = wanted, .task = current };
	bool looked = false;
	int err;

	INIT_LIST_HEAD(&r.list);
	for (;;) {
		r.state = MSGPORT_RECEIVING_WAITING;
		err = receive_once(right, wanted, &r, looked, in);
		if (err != -EINPROGRESS)
			break;
		if (!wait_told(right, &r, &err))
			return err;
		if (likely(r.state == MSGPORT_RECEIVING_HANDED)) {
			msgport_describe(in, r.message);
			err = 0;
			break;
		}
		looked = true;
	}
	if (unlikely(err || in->peeked))
		return err;
	return msgport_receive_prepare(right, in);
}

/**
 * msgport_receive() - take the next message that is wanted, waiting for it
 * @right: pinned by its file
 * @wanted: what, and how much can be taken
 * @in: filled on success; @in->size also on -EMSGSIZE
 *
 * Returns 0 with the message in hand (or pinned, for a peek): the caller copies
 * it and ends with msgport_receive_finish().  -ENODATA is the end
 * of a stream.
 */
int msgport_receive(struct msgport_receive_right *right,
		    const struct msgport_wanted *wanted, struct msgport_inbound *in)
{
	in->member = NULL;
	in->peeked = false;
	in->settle = wanted->flags & MSGPORT_SETTLE;
	return take_ready(right, wanted, in) ? msgport_receive_prepare(right, in) :
	       look_and_wait(right, wanted, in);
}

static void unpeek(struct msgport_receive_right *right, struct msgport_message *m)
{
	struct msgport_port *port = right->port;
	struct msgport_due *due = NULL;
	u32 cost = msgport_cost(m);
	bool last;

	spin_lock(&port->lock);
	last = !--m->pins && m->state == MSGPORT_ENDED;
	if (last) {
		due = m->delivery.due;
		/* it has links there again */
		m->delivery.due = NULL;
	}
	spin_unlock(&port->lock);
	if (due)
		msgport_due_return(due, m);
	else if (last)
		msgport_message_free(m);
	msgport_pending_uncharge(right->account, cost);
}

/* What is due for a message that has been received: an answer yet, or the news. */
static void leave_due(struct msgport_port *port, struct msgport_due *due,
		      const struct msgport_inbound *in, struct msgport_wakeups *wk)
{
	if (due->sync) {
		msgport_call_complete(due, NULL, 0, wk);
		return;
	}
	due->delivery.due = due;
	msgport_delivery_add(port, &due->delivery, in);
}

/* Taken and kept: it holds its places until it is settled. */
static void leave_outstanding(struct msgport_port *port, struct msgport_message *m,
			      const struct msgport_inbound *in)
{
	m->state = MSGPORT_OUTSTANDING;
	m->delivery.due = NULL;
	port->traffic->outstanding++;
	msgport_delivery_add(port, &m->delivery, in);
}

/* The message has reached the user.  Returns true if its taker may have left. */
static bool commit(struct msgport_port *port, struct msgport_inbound *in)
{
	struct msgport_message *m = in->message;
	struct msgport_send_right *sender;
	struct msgport_due *due;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	bool pinned, gone, left = false;

	msgport_wakeups_init(&wk);
	trace_msgport_receive(port->id, msgport_is_answer(m) ? 0 : m->right->id, m->sequence,
			      in->size, in->fd_count);
	spin_lock(&port->lock);
	msgport_untake(port, m, true);
	if (unlikely(in->taker)) {
		left = msgport_taker_put(in);
		if (port->flags & MSGPORT_ACK) {
			leave_outstanding(port, m, in);
			spin_unlock(&port->lock);
			return left;
		}
	}
	due = msgport_due_take(m);
	if (unlikely(due))
		leave_due(port, due, in, &wk);
	port->traffic->ledger.received++;
	pinned = m->pins;
	sender = msgport_port_end(port, m, &wk);
	gone = pinned || msgport_message_leave(m, port);
	msgport_port_settle(port, sender, &wk);
	if (unlikely(!gone))
		msgport_message_used(m, port);
	return left;
}

/* The message has not. */
static bool put_back(struct msgport_port *port, struct msgport_inbound *in)
{
	bool left = false;

	spin_lock(&port->lock);
	if (in->taker)
		left = msgport_taker_put(in);
	msgport_put_back(port, in->message);
	return left;
}

/* What is not plain, or has not reached the user. */
static noinline int finish_special(struct msgport_receive_right *right,
				   struct msgport_inbound *in, int err)
{
	in->left = false;
	if (unlikely(!err && fatal_signal_pending(current)))
		err = -EINTR;
	if (unlikely(!err && in->fd_count && !in->peeked))
		err = msgport_files_install(msgport_message_files(in->message), in->fds);
	if (unlikely(in->peeked))
		unpeek(right, in->message);
	else if (likely(!err))
		in->left = commit(right->port, in);
	else
		in->left = put_back(right->port, in);
	if (unlikely(in->left))
		msgport_taker_check(right, in->member);
	return err;
}

/**
 * msgport_receive_finish() - the second step: commit, or put back
 * @right: that the message was taken through
 * @in: of msgport_receive()
 * @err: of the copy to the user
 *
 * A task that is being killed will not look at what it got: that goes back too,
 * and so does a message whose descriptors cannot be installed.
 */
inline int msgport_receive_finish(struct msgport_receive_right *right,
				  struct msgport_inbound *in, int err)
{
	if (unlikely(err) || unlikely(fatal_signal_pending(current)) ||
	    unlikely(!msgport_was_plain(in)))
		return finish_special(right, in, err);
	in->left = false;
	msgport_end_plain(right->port, in->message);
	return 0;
}
