// SPDX-License-Identifier: GPL-2.0
/* Where a message goes: to a receiver that waits, or into the queues. */

#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "answer.h"
#include "deliver.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "set.h"
#include "sort.h"
#include "stamp.h"
#include "wake.h"

static bool is_mortal(struct msgport_message *m)
{
	return m->has_extra && !msgport_is_answer(m) &&
	       msgport_extra(m)->expires != MSGPORT_FOREVER;
}

/* Past its time to live? */
bool msgport_expired(struct msgport_message *m)
{
	return unlikely(m->has_extra) && is_mortal(m) &&
	       msgport_extra(m)->expires <= ktime_get_ns();
}

/* The queue of this order that a message of the port's queue stands in, or NULL. */
static struct msgport_queue *queue_of(struct msgport_port *port, struct msgport_message *m,
				      enum msgport_order order)
{
	if (order == MSGPORT_OF_PORT)
		return &port->queue;
	if (unlikely(msgport_is_answer(m)))
		return order == MSGPORT_OF_SOURCE ? &port->traffic->unsent : NULL;
	if (!msgport_is_sorted(port, m))
		return NULL;
	if (order == MSGPORT_OF_SOURCE)
		return &m->right->source->queue;
	return order == MSGPORT_OF_BADGE ? &m->right->badge->queue : &m->process->queue;
}

static __always_inline void link_message(struct msgport_port *port, struct msgport_message *m)
{
	m->linked = true;
	port->traffic->mortal += is_mortal(m);
	msgport_queue_add(&port->queue, MSGPORT_OF_PORT, m);
	if (unlikely(msgport_is_answer(m))) {
		msgport_queue_add(&port->traffic->unsent, MSGPORT_OF_SOURCE, m);
		return;
	}
	if (likely(!msgport_is_sorted(port, m)))
		return;
	msgport_queue_add(&m->right->source->queue, MSGPORT_OF_SOURCE, m);
	msgport_queue_add(&m->right->badge->queue, MSGPORT_OF_BADGE, m);
	msgport_queue_add(&m->process->queue, MSGPORT_OF_PROCESS, m);
}

static void move_cursors(struct msgport_port *port, struct msgport_message *m)
{
	struct msgport_cursor *cursor;

	hlist_for_each_entry(cursor, &port->cursors, node)
		if (cursor->next == m)
			cursor->next = msgport_queue_next(m, cursor->order);
}

static void unlink_message(struct msgport_port *port, struct msgport_message *m)
{
	m->linked = false;
	if (unlikely(!hlist_empty(&port->cursors)))
		move_cursors(port, m);
	port->traffic->mortal -= is_mortal(m);
	msgport_queue_remove(&port->queue, MSGPORT_OF_PORT, m);
	if (unlikely(msgport_is_answer(m))) {
		msgport_queue_remove(&port->traffic->unsent, MSGPORT_OF_SOURCE, m);
		return;
	}
	if (likely(!msgport_is_sorted(port, m)))
		return;
	msgport_queue_remove(&m->right->source->queue, MSGPORT_OF_SOURCE, m);
	msgport_queue_remove(&m->right->badge->queue, MSGPORT_OF_BADGE, m);
	msgport_queue_remove(&m->process->queue, MSGPORT_OF_PROCESS, m);
}

/*
 * It has become readable.  Who polls stands in the wait queue before he takes the lock
 * to look: he is seen here, or sees the message.
 */
void msgport_tell_readers(struct msgport_port *port, struct msgport_wakeups *wk)
{
	lockdep_assert_held(&port->lock);
	/* the lock is the barrier, see above */
	if (waitqueue_active(&port->readers) || unlikely(READ_ONCE(port->fasync)))
		wk->tell |= MSGPORT_TELL_READABLE;
}

/* Into the queues, for anybody to take; it may be linked there already. */
void msgport_enqueue(struct msgport_port *port, struct msgport_message *m,
		     enum msgport_message_state state)
{
	m->state = state;
	port->available++;
	if (!m->linked)
		link_message(port, m);
}

/* Out of the queues, not to be taken by anybody. */
void msgport_dequeue(struct msgport_port *port, struct msgport_message *m)
{
	port->available--;
	unlink_message(port, m);
}

/**
 * msgport_take() - a message comes into one receiver's hand
 * @port: locked
 * @m: available in the queues, or on its way there
 * @wanted: the receiver's
 *
 * Who chooses may have taken it from the middle: there it stays.
 */
void msgport_take(struct msgport_port *port, struct msgport_message *m,
		  const struct msgport_wanted *wanted)
{
	bool stays = msgport_is_chooser(wanted);

	if (m->state == MSGPORT_QUEUED || m->state == MSGPORT_OFFERED)
		port->available--;
	m->state = MSGPORT_IN_HAND;
	port->in_hand_count++;
	if (unlikely(stays)) {
		if (!m->linked)
			link_message(port, m);
		return;
	}
	if (m->linked)
		unlink_message(port, m);
}

/* The same of one that is queued, for who does not choose. */
void msgport_take_first(struct msgport_port *port, struct msgport_message *m)
{
	port->available--;
	port->in_hand_count++;
	m->state = MSGPORT_IN_HAND;
	unlink_message(port, m);
}

/* Out of a receiver's hand; still linked if it was, unless it is to @leave. */
void msgport_untake(struct msgport_port *port, struct msgport_message *m, bool leave)
{
	port->in_hand_count--;
	if (unlikely(m->linked && leave))
		unlink_message(port, m);
	/* in no hand and in no queue's count: as if just accepted */
	m->state = MSGPORT_BUILT;
}

/* Is this message one of those that the receiver chooses from? */
bool msgport_wants(const struct msgport_wanted *wanted, const struct msgport_message *m)
{
	u32 by = wanted->flags & MSGPORT_CHOICES;

	if (likely(!by))
		return true;
	if (by & MSGPORT_BY_PRIORITY && m->priority < wanted->priority)
		return false;
	if (by & MSGPORT_BY_TAG && (m->tag & wanted->tag_mask) != wanted->tag)
		return false;
	if (unlikely(msgport_is_answer(m)))
		return !(by & (MSGPORT_BY_BADGE | MSGPORT_BY_PROCESS)) &&
		       (!(by & MSGPORT_BY_SOURCE) || !wanted->source);
	if (by & MSGPORT_BY_SOURCE && m->right->id != wanted->source)
		return false;
	if (by & MSGPORT_BY_BADGE && m->right->badge->badge != wanted->badge)
		return false;
	return !(by & MSGPORT_BY_PROCESS) ||
	       (m->process->start_time == wanted->start_time &&
		pid_nr_ns(m->process->tgid, wanted->pid_ns) == wanted->pid);
}

/*
 * Can its being received be all?  Not where an answer is due, which needs a token;
 * and read(2) has only bytes to give.
 */
static bool can_settle(const struct msgport_wanted *wanted, struct msgport_message *m)
{
	struct msgport_due *due;

	if (wanted->stream &&
	    (!m->size || msgport_is_answer(m) || msgport_message_fds(m)))
		return false;
	due = msgport_due_of(m);
	return likely(!due) || due->sync;
}

/* A peek shows how many descriptors there are, and takes none. */
bool msgport_has_room(const struct msgport_wanted *wanted, struct msgport_message *m)
{
	u32 fds = msgport_message_fds(m);

	if (m->size > wanted->room)
		return false;
	return likely(!fds) || fds <= wanted->fd_room || wanted->flags & MSGPORT_PEEK;
}

/* Can this receiver take it? */
bool msgport_fits(const struct msgport_wanted *wanted, struct msgport_message *m)
{
	return msgport_has_room(wanted, m) &&
	       (!(wanted->flags & MSGPORT_SETTLE) || can_settle(wanted, m));
}

void msgport_receiving_add(struct msgport_port *port, struct msgport_receiving *r)
{
	port->waiting_receivers++;
	if (!msgport_is_chooser(r->wanted)) {
		list_add_tail(&r->list, &port->receiving);
		return;
	}
	if (!r->has_place) {
		r->has_place = true;
		port->choosers++;
	}
	list_add_tail(&r->list, &port->choosing);
}

void msgport_receiving_remove(struct msgport_port *port, struct msgport_receiving *r)
{
	port->waiting_receivers--;
	list_del_init(&r->list);
}

/* A chooser keeps its place while it looks, so that it can go on waiting. */
void msgport_receiving_leave(struct msgport_port *port, struct msgport_receiving *r)
{
	if (r->has_place) {
		r->has_place = false;
		port->choosers--;
	}
}

static void tell(struct msgport_port *port, struct msgport_receiving *r,
		 enum msgport_receiving_state state, struct msgport_wakeups *wk)
{
	msgport_receiving_remove(port, r);
	if (state == MSGPORT_RECEIVING_HANDED)
		msgport_receiving_leave(port, r);
	msgport_wakeups_add(wk, r->task);
	/* pairs with the acquire in msgport_sleep(); not touched after this */
	smp_store_release(&r->state, state);
}

/* The first receiver that wants the message and can take it, or NULL. */
static struct msgport_receiving *taker_of(struct msgport_port *port,
					  struct msgport_message *m)
{
	struct msgport_receiving *r;
	unsigned int looked = 0;

	list_for_each_entry(r, &port->choosing, list)
		if (!(r->wanted->flags & MSGPORT_PEEK) &&
		    msgport_wants(r->wanted, m) && msgport_fits(r->wanted, m))
			return r;
	list_for_each_entry(r, &port->receiving, list) {
		if (likely(msgport_fits(r->wanted, m)))
			return r;
		if (++looked == MSGPORT_BATCH)
			break;
	}
	return NULL;
}

/**
 * msgport_hand_over() - straight from a sender to a waiting receiver
 * @port: locked
 * @m: numbered, in no queue
 * @wk: wake-ups owed
 *
 * Returns false if nobody waits who wants it and can take it.
 */
bool msgport_hand_over(struct msgport_port *port, struct msgport_message *m,
		       struct msgport_wakeups *wk)
{
	struct msgport_receiving *r;

	r = taker_of(port, m);
	if (!r)
		return port->memberships && msgport_sets_hand_over(port, m, wk);
	msgport_take(port, m, r->wanted);
	r->message = m;
	tell(port, r, MSGPORT_RECEIVING_HANDED, wk);
	return true;
}

/**
 * msgport_receivers_look() - a message is queued: tell who may want to see it
 * @port: locked
 * @m: in the queues; nobody who waits can take it.  NULL: any of those there
 * @wk: with room for all who choose and one more
 */
void msgport_receivers_look(struct msgport_port *port, struct msgport_message *m,
			    struct msgport_wakeups *wk)
{
	struct msgport_receiving *r, *next;

	list_for_each_entry_safe(r, next, &port->choosing, list)
		if (!m || msgport_wants(r->wanted, m))
			tell(port, r, MSGPORT_RECEIVING_LOOK, wk);
	r = list_first_entry_or_null(&port->receiving, struct msgport_receiving, list);
	if (r)
		tell(port, r, MSGPORT_RECEIVING_LOOK, wk);
	if (unlikely(port->memberships))
		msgport_sets_look(port, m, wk);
}

/**
 * msgport_deliver() - an accepted message goes its way
 * @port: locked
 * @m: accepted and numbered, for the first time or put back
 * @wk: wake-ups owed, with room for one message
 */
inline void msgport_deliver(struct msgport_port *port, struct msgport_message *m,
			    struct msgport_wakeups *wk)
{
	bool waiting = port->waiting_receivers | port->memberships;

	if (waiting && msgport_hand_over(port, m, wk))
		return;
	msgport_enqueue(port, m, MSGPORT_QUEUED);
	if (unlikely(waiting))
		msgport_receivers_look(port, m, wk);
	msgport_tell_readers(port, wk);
}

void msgport_cursor_leave(struct msgport_port *port, struct msgport_cursor *cursor,
			  enum msgport_order order, struct msgport_message *next)
{
	cursor->order = order;
	cursor->next = next;
	hlist_add_head(&cursor->node, &port->cursors);
}

/*
 * Puts a message at its place in one queue, searching for it in batches.  Returns
 * false if the port died while the lock was let go.
 */
static bool find_place(struct msgport_port *port, struct msgport_message *m,
		       struct msgport_queue *q, enum msgport_order order)
	__must_hold(&port->lock)
{
	struct msgport_message *at = msgport_queue_place(q, order, m);
	unsigned int budget = MSGPORT_BATCH;
	struct msgport_cursor cursor;

	while (!msgport_queue_seek(m, order, &at, &budget)) {
		msgport_cursor_leave(port, &cursor, order, at);
		spin_unlock(&port->lock);
		cond_resched();
		spin_lock(&port->lock);
		hlist_del(&cursor.node);
		if (port->state == MSGPORT_PORT_DEAD)
			return false;
		at = cursor.next ?: msgport_queue_place(q, order, m);
		budget = MSGPORT_BATCH;
	}
	msgport_queue_insert(q, order, m, at);
	return true;
}

/* Takes it out again from those queues that it has come to. */
static void undo_places(struct msgport_port *port, struct msgport_message *m)
{
	int order;

	for (order = 0; order < MSGPORT_ORDERS; order++) {
		if (hlist_unhashed(&m->link[order]))
			continue;
		move_cursors(port, m);
		msgport_queue_remove(queue_of(port, m, order), order, m);
	}
}

/* IN_HAND all the time, so that nobody takes it from a queue.  Not if the port dies. */
static void relink(struct msgport_port *port, struct msgport_message *m)
	__must_hold(&port->lock)
{
	struct msgport_queue *q;
	int order;

	for (order = 0; order < MSGPORT_ORDERS; order++) {
		q = queue_of(port, m, order);
		if (q && !find_place(port, m, q, order)) {
			undo_places(port, m);
			return;
		}
	}
	m->linked = true;
	port->traffic->mortal += is_mortal(m);
}

/* With wake-ups of its own, which are large: not to be on its caller's stack. */
static noinline_for_stack void
discard_in_hand(struct msgport_port *port, struct msgport_message *m,
		enum msgport_reason reason)
	__releases(&port->lock)
{
	msgport_untake(port, m, true);
	msgport_port_discard(port, m, reason);
}

/* Is there no use in its going back?  Nobody waits for it, or nobody will take it. */
static bool ends(struct msgport_port *port, struct msgport_message *m,
		 enum msgport_reason *reason)
{
	bool has_due = msgport_due_of(m);

	*reason = MSGPORT_DIED_WITH_PORT;
	/* a kept port without a receiver keeps what nobody waits for an answer to */
	if (port->state == MSGPORT_PORT_DEAD || (has_due && !port->receivers))
		return true;
	if (likely(!m->has_extra) || msgport_is_answer(m))
		return false;
	*reason = MSGPORT_WITHDRAWN;
	if (msgport_extra(m)->orphan)
		return true;
	*reason = MSGPORT_EXPIRED;
	return msgport_expired(m);
}

/**
 * msgport_put_back() - a message was taken in vain: as if it had not been
 * @port: locked, unlocked on return; pinned
 * @m: in hand; the caller's no more
 *
 * To who waits for it, or to its place in the queues.  If it has expired, its
 * caller has gone or the port is dead, it ends.
 */
void msgport_put_back(struct msgport_port *port, struct msgport_message *m)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	enum msgport_reason reason;
	bool over;

	msgport_wakeups_init(&wk);
	over = ends(port, m, &reason);
	if (!over && !m->linked) {
		relink(port, m);
		/* the lock may have been let go; if the port died, that is the reason */
		over = ends(port, m, &reason);
	}
	if (unlikely(over)) {
		discard_in_hand(port, m, reason);
		return;
	}
	msgport_untake(port, m, false);
	msgport_deliver(port, m, &wk);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
}

/**
 * msgport_pass_on() - who was told to look leaves: is it the next one's turn?
 * @port: locked
 * @wk: wake-ups owed
 */
void msgport_pass_on(struct msgport_port *port, struct msgport_wakeups *wk)
{
	struct msgport_receiving *r;

	r = list_first_entry_or_null(&port->receiving, struct msgport_receiving, list);
	if (r && port->available)
		tell(port, r, MSGPORT_RECEIVING_LOOK, wk);
	else if (r && msgport_port_ended(port))
		msgport_receivers_end(port, wk);
}

/* The first reader of the stream looks, and tells the next when it leaves. */
void msgport_receivers_end(struct msgport_port *port, struct msgport_wakeups *wk)
{
	struct msgport_receiving *r;

	wk->tell |= MSGPORT_TELL_ENDED;
	list_for_each_entry(r, &port->receiving, list) {
		if (!r->wanted->stream)
			continue;
		tell(port, r, MSGPORT_RECEIVING_LOOK, wk);
		return;
	}
}
