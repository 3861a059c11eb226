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
#include "message.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "set.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

enum look {
	LOOK_FOUND,
	LOOK_NOTHING,
	LOOK_EXPIRED,		/* this one must be discarded first */
	LOOK_MORE,		/* the batch is used up; the cursor knows where */
};

/* The smallest of the queues that holds all that is wanted, or NULL. */
static struct msgport_queue *choose_queue(struct msgport_port *port,
					  const struct msgport_wanted *wanted,
					  enum msgport_order *order)
{
	struct msgport_traffic *traffic = port->traffic;

	*order = MSGPORT_OF_PORT;
	if (likely(!(wanted->flags & MSGPORT_CHOICES)))
		return &port->queue;
	if (!traffic)
		return NULL;
	if (wanted->flags & MSGPORT_BY_SOURCE) {
		struct msgport_send_right *right;

		*order = MSGPORT_OF_SOURCE;
		if (!wanted->source)
			return &traffic->unsent;
		right = msgport_source_find(traffic, wanted->source);
		if (!right || (wanted->flags & MSGPORT_BY_BADGE &&
			       right->badge->badge != wanted->badge))
			return NULL;
		return &right->queue;
	}
	if (wanted->flags & MSGPORT_BY_PROCESS) {
		struct msgport_process *process =
			msgport_process_find(traffic, wanted->start_time, wanted->pid);

		*order = MSGPORT_OF_PROCESS;
		return process ? &process->queue : NULL;
	}
	if (wanted->flags & MSGPORT_BY_BADGE) {
		struct msgport_badge *badge = msgport_badge_find(traffic, wanted->badge);

		*order = MSGPORT_OF_BADGE;
		return badge ? &badge->queue : NULL;
	}
	return &port->queue;
}

/*
 * The best message that is wanted.  A choice that has its own queue finds it at
 * once; one that must scan leaves the cursor where it is to go on.
 */
static enum look look(struct msgport_port *port, const struct msgport_wanted *wanted,
		      struct msgport_cursor *cursor, struct msgport_message **found)
{
	unsigned int budget = MSGPORT_BATCH;
	enum msgport_order order;
	struct msgport_message *m;

	if (likely(hlist_unhashed(&cursor->node))) {
		struct msgport_queue *q = choose_queue(port, wanted, &order);

		m = q ? msgport_queue_first(q, order) : NULL;
	} else {
		order = cursor->order;
		m = cursor->next;
		hlist_del_init(&cursor->node);
	}
	for (; m; m = msgport_queue_next(m, order)) {
		if (wanted->flags & MSGPORT_BY_PRIORITY && m->priority < wanted->priority)
			return LOOK_NOTHING;
		if (!budget--) {
			msgport_cursor_leave(port, cursor, order, m);
			return LOOK_MORE;
		}
		if (m->state == MSGPORT_IN_HAND ||
		    (m->state == MSGPORT_OFFERED &&
		     !msgport_port_may_meet(port, msgport_cost(m))))
			continue;
		*found = m;
		if (msgport_expired(m)) {
			/* its sender is told by its own clock */
			if (m->state == MSGPORT_OFFERED)
				continue;
			if (msgport_must_scan(wanted->flags))
				msgport_cursor_leave(port, cursor, order,
						     msgport_queue_next(m, order));
			return LOOK_EXPIRED;
		}
		if (msgport_wants(wanted, m))
			return LOOK_FOUND;
	}
	return LOOK_NOTHING;
}

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
	msgport_stamp_fill(&in->stamp, m);
	msgport_stamp_due(&in->stamp, msgport_due_of(m));
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
	if (wanted->stream && m->size <= wanted->room)
		return -EOPNOTSUPP;
	if (wanted->flags & MSGPORT_DISCARD_LARGE && !(wanted->flags & MSGPORT_PEEK)) {
		take_queued(port, m, wanted, wk);
		msgport_untake(port, m, true);
		msgport_port_discard(port, m, MSGPORT_TOO_LARGE);
		spin_lock(&port->lock);
	}
	return -EMSGSIZE;
}

static bool may_wait(struct msgport_port *port, const struct msgport_wanted *wanted,
		     const struct msgport_receiving *r)
{
	return !msgport_is_chooser(wanted) || r->has_place ||
	       port->choosers < MSGPORT_FILTERED_MAX;
}

static void discard_expired(struct msgport_port *port, struct msgport_message *m)
	__releases(&port->lock)
{
	msgport_dequeue(port, m);
	msgport_port_discard(port, m, MSGPORT_EXPIRED);
}

/*
 * Looks through the queue, letting go of the lock now and then.  0 with a
 * message, -EAGAIN, -EDQUOT, or -EINPROGRESS if @r was told meanwhile.
 */
static int search(struct msgport_port *port, const struct msgport_wanted *wanted,
		  struct msgport_receiving *r, struct msgport_message **m)
	__must_hold(&port->lock)
{
	struct msgport_cursor cursor;
	bool blind = false;

	INIT_HLIST_NODE(&cursor.node);
	for (;;) {
		enum look result = look(port, wanted, &cursor, m);

		if (likely(result == LOOK_FOUND || result == LOOK_NOTHING)) {
			if (unlikely(!list_empty(&r->list)))
				msgport_receiving_remove(port, r);
			if (result == LOOK_FOUND)
				return 0;
			return blind ? -EDQUOT : -EAGAIN;
		}
		/*
		 * What comes while a scan goes on is offered to who may wait.  Who
		 * may not could miss it, and must not sleep afterwards.
		 */
		if (!hlist_unhashed(&cursor.node) && list_empty(&r->list) &&
		    !(wanted->flags & MSGPORT_NONBLOCK)) {
			if (may_wait(port, wanted, r))
				msgport_receiving_add(port, r);
			else
				blind = true;
		}
		if (result == LOOK_EXPIRED)
			discard_expired(port, *m);
		else
			spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
		if (r->state != MSGPORT_RECEIVING_WAITING) {
			hlist_del_init(&cursor.node);
			return -EINPROGRESS;
		}
	}
}

/**
 * msgport_expire() - end every queued message whose time to live has passed
 * @port: pinned, unlocked
 *
 * What is never looked at would hold its place; MSGPORT_IOC_STAT looks.
 */
void msgport_expire(struct msgport_port *port)
{
	static const struct msgport_wanted nothing = {
		.flags = MSGPORT_BY_TAG | MSGPORT_NONBLOCK,
		.tag = 1,	/* under a mask of 0 no tag is 1 */
	};
	struct msgport_cursor cursor;
	struct msgport_message *m;

	INIT_HLIST_NODE(&cursor.node);
	spin_lock(&port->lock);
	while (port->traffic && port->traffic->mortal) {
		enum look result = look(port, &nothing, &cursor, &m);

		if (result == LOOK_NOTHING)
			break;
		if (result == LOOK_EXPIRED)
			discard_expired(port, m);
		else
			spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
		if (fatal_signal_pending(current))
			break;
	}
	hlist_del_init(&cursor.node);
	spin_unlock(&port->lock);
}

/**
 * msgport_return_dues() - nobody can receive from a kept port any more
 * @port: pinned, unlocked
 *
 * What an answer is due for goes back; the rest waits for a receiver.
 */
void msgport_return_dues(struct msgport_port *port)
{
	unsigned int budget = MSGPORT_BATCH;
	struct msgport_message *m, *next;
	struct msgport_cursor cursor;

	msgport_senders_refuse(port);
	spin_lock(&port->lock);
	m = msgport_queue_first(&port->queue, MSGPORT_OF_PORT);
	for (; m && !port->receivers; m = next) {
		bool back = m->state == MSGPORT_QUEUED && msgport_due_of(m);

		next = msgport_queue_next(m, MSGPORT_OF_PORT);
		if (!back && --budget)
			continue;
		msgport_cursor_leave(port, &cursor, MSGPORT_OF_PORT, next);
		if (back) {
			msgport_dequeue(port, m);
			msgport_port_discard(port, m, MSGPORT_DIED_WITH_PORT);
		} else {
			spin_unlock(&port->lock);
		}
		cond_resched();
		budget = MSGPORT_BATCH;
		spin_lock(&port->lock);
		hlist_del(&cursor.node);
		next = cursor.next;
	}
	spin_unlock(&port->lock);
}

/* Nothing there: -EINPROGRESS to wait, -ENODATA for the end of a stream. */
static int decide(struct msgport_port *port, const struct msgport_wanted *wanted,
		  const struct msgport_receiving *r)
{
	if (wanted->stream && msgport_port_ended(port))
		return -ENODATA;
	if (wanted->flags & MSGPORT_NONBLOCK)
		return -EAGAIN;
	return may_wait(port, wanted, r) ? -EINPROGRESS : -EDQUOT;
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
		wk->writable = true;
	}
	if (unlikely(!list_empty(&traffic->watch_room)) && msgport_port_has_room(port))
		wk->room = true;
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
	err = search(port, wanted, r, &m);
	if (likely(!err))
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

/**
 * msgport_receive_try() - one look at a member of a set
 * @member: pinned, with its right
 * @wanted: must not wait
 * @in: filled as by msgport_receive()
 *
 * -ENODATA: nothing that is wanted.  If nobody could take anything the member is
 * idle then.
 */
int msgport_receive_try(struct msgport_member *member, const struct msgport_wanted *wanted,
			struct msgport_inbound *in)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = member->port;
	struct msgport_receiving r = { .wanted = wanted };
	struct msgport_message *m;
	int err;

	INIT_LIST_HEAD(&r.list);
	in->member = member;
	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	err = search(port, wanted, &r, &m);
	if (likely(!err)) {
		err = found(member->right, wanted, m, in, &wk);
	} else {
		err = -ENODATA;
		if (!msgport_is_chooser(wanted) || !msgport_port_readable(port)) {
			msgport_member_idle(member);
			before_sleep(port, &wk);
		}
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
static bool wait_told(struct msgport_port *port, struct msgport_receiving *r,
		      u64 deadline, int *err)
{
	bool waiting;

	*err = msgport_sleep(&r->state, MSGPORT_RECEIVING_WAITING, deadline);
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
 * @in: in hand; gets its stamp and, if it is to have one, its token
 *
 * On an error the message has gone back.
 */
int msgport_receive_prepare(struct msgport_receive_right *right,
			    struct msgport_inbound *in)
{
	int err;

	msgport_stamp_fill(&in->stamp, in->message);
	if (likely(!needs_delivery(right->port, in)))
		return 0;
	err = msgport_delivery_prepare(right, in);
	return err ? msgport_receive_finish(right, in, err) : 0;
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
	struct msgport_port *port = right->port;
	struct msgport_receiving r = { .wanted = wanted, .task = current };
	bool looked = false;
	int err;

	INIT_LIST_HEAD(&r.list);
	in->member = NULL;
	in->peeked = false;
	in->settle = wanted->stream;
	for (;;) {
		r.state = MSGPORT_RECEIVING_WAITING;
		err = receive_once(right, wanted, &r, looked, in);
		if (err != -EINPROGRESS)
			break;
		if (!wait_told(port, &r, wanted->deadline, &err))
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
	bool pinned, left = false;

	msgport_wakeups_init(&wk);
	trace_msgport_receive(port->id, in->stamp.source, in->stamp.sequence, in->size,
			      in->fd_count);
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
	msgport_port_settle(port, sender, &wk);
	if (likely(!pinned))
		msgport_message_free(m);
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

/**
 * msgport_receive_finish() - the second step: commit, or put back
 * @right: that the message was taken through
 * @in: of msgport_receive()
 * @err: of the copy to the user
 *
 * A task that is being killed will not look at what it got: that goes back too,
 * and so does a message whose descriptors cannot be installed.
 */
int msgport_receive_finish(struct msgport_receive_right *right,
			   struct msgport_inbound *in, int err)
{
	bool left = false;

	if (unlikely(!err && fatal_signal_pending(current)))
		err = -EINTR;
	if (unlikely(!err && in->fd_count && !in->peeked))
		err = msgport_files_install(msgport_message_files(in->message), in->fds);
	if (unlikely(in->peeked))
		unpeek(right, in->message);
	else if (likely(!err))
		left = commit(right->port, in);
	else
		left = put_back(right->port, in);
	if (unlikely(left))
		msgport_taker_check(right, in->member);
	return err;
}
