// SPDX-License-Identifier: GPL-2.0
/* Receiving: look, take or wait, then finish: commit or put back. */

#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "deliver.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

enum look {
	LOOK_FOUND,
	LOOK_NOTHING,
	LOOK_EXPIRED,		/* this one must be discarded first */
	LOOK_MORE,		/* the batch is used up; the cursor knows where */
};

static bool expired(struct msgport_message *m)
{
	return unlikely(m->has_extra) && msgport_extra(m)->expires != MSGPORT_FOREVER &&
	       msgport_extra(m)->expires <= ktime_get_ns();
}

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
		struct msgport_send_right *right =
			msgport_source_find(traffic, wanted->source);

		*order = MSGPORT_OF_SOURCE;
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

static void leave_cursor(struct msgport_port *port, struct msgport_cursor *cursor,
			 enum msgport_order order, struct msgport_message *next)
{
	cursor->order = order;
	cursor->next = next;
	hlist_add_head(&cursor->node, &port->cursors);
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
			leave_cursor(port, cursor, order, m);
			return LOOK_MORE;
		}
		if (m->state == MSGPORT_IN_HAND ||
		    (m->state == MSGPORT_OFFERED &&
		     !msgport_port_may_meet(port, msgport_cost(m))))
			continue;
		*found = m;
		if (expired(m)) {
			/* its sender is told by its own clock */
			if (m->state == MSGPORT_OFFERED)
				continue;
			if (msgport_must_scan(wanted->flags))
				leave_cursor(port, cursor, order,
					     msgport_queue_next(m, order));
			return LOOK_EXPIRED;
		}
		if (msgport_wants(wanted, m))
			return LOOK_FOUND;
	}
	return LOOK_NOTHING;
}

static void describe(struct msgport_inbound *in, struct msgport_message *m)
{
	in->message = m;
	in->size = m->size;
	in->priority = m->priority;
	in->tag = m->tag;
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
	return 0;
}

/* Deals with the message found: 0 with it in hand or pinned, or an error. */
static int found(struct msgport_receive_right *right,
		 const struct msgport_wanted *wanted, struct msgport_message *m,
		 struct msgport_inbound *in, struct msgport_wakeups *wk)
	__must_hold(&right->port->lock)
{
	struct msgport_port *port = right->port;

	describe(in, m);
	if (wanted->flags & MSGPORT_PEEK && msgport_fits(wanted, m))
		return peek(right, m, in);
	if (likely(msgport_fits(wanted, m))) {
		take_queued(port, m, wanted, wk);
		return 0;
	}
	if (m->size <= wanted->room)
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
	in->peeked = false;
	for (;;) {
		r.state = MSGPORT_RECEIVING_WAITING;
		err = receive_once(right, wanted, &r, looked, in);
		if (err != -EINPROGRESS)
			break;
		if (!wait_told(port, &r, wanted->deadline, &err))
			return err;
		if (likely(r.state == MSGPORT_RECEIVING_HANDED)) {
			describe(in, r.message);
			err = 0;
			break;
		}
		looked = true;
	}
	if (likely(!err && !in->peeked))
		msgport_stamp_fill(&in->stamp, in->message);
	return err;
}

static void unpeek(struct msgport_receive_right *right, struct msgport_message *m)
{
	struct msgport_port *port = right->port;
	u32 cost = msgport_cost(m);
	bool last;

	spin_lock(&port->lock);
	last = !--m->pins && m->state == MSGPORT_ENDED;
	spin_unlock(&port->lock);
	if (last)
		msgport_message_free(m);
	msgport_pending_uncharge(right->account, cost);
}

/* The message has reached the user. */
static void commit(struct msgport_port *port, struct msgport_inbound *in)
{
	struct msgport_message *m = in->message;
	struct msgport_send_right *sender;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	bool pinned;

	msgport_wakeups_init(&wk);
	trace_msgport_receive(port->id, in->stamp.source, in->stamp.sequence, in->size);
	spin_lock(&port->lock);
	msgport_untake(port, m, true);
	port->traffic->ledger.received++;
	pinned = m->pins;
	sender = msgport_port_end(port, m, &wk);
	msgport_port_settle(port, sender, &wk);
	if (likely(!pinned))
		msgport_message_free(m);
}

/*
 * The message has not: as if it had not been taken.  The port is alive, for the
 * taker holds a receive right.
 */
static void put_back(struct msgport_port *port, struct msgport_message *m)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	if (unlikely(expired(m))) {
		msgport_untake(port, m, true);
		msgport_port_discard(port, m, MSGPORT_EXPIRED);
		return;
	}
	msgport_untake(port, m, false);
	msgport_deliver(port, m, &wk);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
}

/**
 * msgport_receive_finish() - the second step: commit, or put back
 * @right: that the message was taken through
 * @in: of msgport_receive()
 * @err: of the copy to the user
 *
 * A task that is being killed will not look at what it got: that goes back too.
 * Returns @err, or -EINTR.
 */
int msgport_receive_finish(struct msgport_receive_right *right,
			   struct msgport_inbound *in, int err)
{
	if (unlikely(!err && fatal_signal_pending(current)))
		err = -EINTR;
	if (unlikely(in->peeked))
		unpeek(right, in->message);
	else if (likely(!err))
		commit(right->port, in);
	else
		put_back(right->port, in->message);
	return err;
}
