// SPDX-License-Identifier: GPL-2.0
/* Trains: accepted together, taken together, received together. */

#include <linux/sched/signal.h>

#include "compat.h"
#include "deliver.h"
#include "gate.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "train.h"
#include "wake.h"

/* Charges one message more; with what is not charged yet, if it is not a common one. */
static bool charge(struct msgport_account *account, struct msgport_train *train, u32 cost)
{
	if (likely(!train->paid && cost == MSGPORT_OBJECT))
		return true;
	if (!msgport_pending_try(account, train->paid ? cost : train->cost + cost))
		return false;
	train->paid = true;
	return true;
}

/**
 * msgport_train_add() - build a message, if there is nothing special about it
 * @right: that it will go through
 * @account: its sender's
 * @train: not full
 * @stock: of memory for it
 * @out: without descriptors or an answer due
 * @now: when the send began
 *
 * May sleep.  Returns 0; MSGPORT_BY_ITSELF, if there is something special about the
 * message, or something in its way; or what building it failed with.
 */
int msgport_train_add(struct msgport_send_right *right, struct msgport_account *account,
		      struct msgport_train *train, struct msgport_stock *stock,
		      const struct msgport_outbound *out, u64 now)
{
	u32 cost = msgport_message_cost(out->buffer->size, false);
	struct msgport_message *m;
	int err;

	if (unlikely(out->ttl) || unlikely(msgport_send_check(right, out)) ||
	    unlikely(train->count && train->cost + cost > MSGPORT_TRAIN_BYTES) ||
	    unlikely(!charge(account, train, cost)))
		return MSGPORT_BY_ITSELF;
	m = msgport_message_from(stock, out->buffer->size, right);
	err = likely(m) ? msgport_message_write(m, out, now) : -ENOMEM;
	if (unlikely(err)) {
		if (train->paid)
			msgport_pending_uncharge(account, cost);
		return err;
	}
	train->messages[train->count++] = m;
	train->cost += cost;
	return 0;
}

/*
 * How many messages one locked section may take through: each is offered to everybody
 * who waits, and may owe each of them one wake-up in all.
 */
static u32 section(const struct msgport_port *port, u32 count)
{
	u32 each = 1 + port->waiting_receivers + port->memberships;

	BUILD_BUG_ON(2 * MSGPORT_TRAIN > MSGPORT_WAKE_BATCH);
	return likely(each <= 2) ? count : min(count, max(1U, 2 * MSGPORT_TRAIN / each));
}

/* Under the lock: so many of these as need not wait.  Returns their cost. */
static u64 accept_many(struct msgport_send_right *right, struct msgport_message **messages,
		       u32 *count, struct msgport_wakeups *wk)
{
	u32 n = section(right->port, *count), i;
	u64 cost;

	*count = 0;
	/* a right for one message is spent when its gate is closed */
	if (unlikely(right->port->state == MSGPORT_PORT_DEAD))
		return 0;
	for (i = 0; i < n && msgport_attachable(right, messages[i]); i++)
		;
	n = msgport_gates_pass_many(right, messages, i, &cost);
	for (i = 0; i < n; i++) {
		msgport_attach_near(messages[i], right);
		msgport_send_accept(right->port, messages[i], wk);
	}
	*count = n;
	return cost;
}

/* One locked section.  Returns how many have been accepted. */
static u32 accept_some(struct msgport_send_right *right, struct msgport_account *account,
		       struct msgport_train *train, u32 first)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = right->port;
	u32 count = train->count - first;
	u64 cost;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	cost = accept_many(right, train->messages + first, &count, &wk);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	train->cost -= cost;
	if (train->paid && cost)
		msgport_pending_uncharge(account, cost);
	return count;
}

/* Under the lock: what the port keeps is nobody's here any more. */
static void leave(struct msgport_port *port, struct msgport_message **messages, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (messages[i] && likely(msgport_message_leave(messages[i], port)))
			messages[i] = NULL;
}

/* Those that are there still, none of which anybody else knows. */
static void used(struct msgport_port *port, struct msgport_message **messages, u32 count)
{
	bool any = false;
	u32 i;

	for (i = 0; i < count; i++) {
		if (likely(!messages[i]))
			continue;
		any = true;
		put_pid(messages[i]->tid);
		messages[i]->tid = NULL;
	}
	if (likely(!any))
		return;
	spin_lock(&port->lock);
	leave(port, messages, count);
	spin_unlock(&port->lock);
	for (i = 0; i < count; i++)
		if (messages[i])
			msgport_message_used(messages[i], port);
}

/* What will not be sent, from message @n on. */
static void uncouple(struct msgport_send_right *right, struct msgport_account *account,
		     struct msgport_train *train, u32 n)
{
	if (likely(n == train->count))
		return;
	used(right->port, train->messages + n, train->count - n);
	if (train->paid)
		msgport_pending_uncharge(account, train->cost);
}

/**
 * msgport_train_send() - send what is built, waiting for room if need be
 * @right: pinned by its file
 * @account: its sender's, charged with the train if that is paid
 * @train: of msgport_train_add(); none of its messages is the caller's afterwards
 * @out: how to wait: deadline and nonblock
 * @err: why the next one was not sent, or 0
 *
 * Returns how many were sent.  Fewer without an error: a signal is pending.
 */
u32 msgport_train_send(struct msgport_send_right *right, struct msgport_account *account,
		       struct msgport_train *train, const struct msgport_outbound *out,
		       int *err)
{
	u32 sent = 0;

	*err = 0;
	for (;;) {
		u32 cost;

		sent += accept_some(right, account, train, sent);
		if (likely(sent == train->count) || (sent && signal_pending(current)))
			break;
		cost = msgport_cost(train->messages[sent]);
		*err = msgport_submit(right, train->messages[sent], out);
		if (train->paid)
			msgport_pending_uncharge(account, cost);
		train->cost -= cost;
		sent++;
		if (*err) {
			uncouple(right, account, train, sent);
			return sent - 1;
		}
		cond_resched();
	}
	uncouple(right, account, train, sent);
	return sent;
}

/**
 * msgport_train_most() - how many messages a receive might take together
 * @port: pinned, unlocked
 * @wanted: what the receive asks for
 *
 * A hint; 0 or 1: it is not worth it, or not possible.
 */
u32 msgport_train_most(const struct msgport_port *port, const struct msgport_wanted *wanted)
{
	if (wanted->flags & ~(MSGPORT_NONBLOCK | MSGPORT_SETTLE | MSGPORT_DISCARD_LARGE))
		return 0;
	if (port->flags & MSGPORT_ACK && !(wanted->flags & MSGPORT_SETTLE))
		return 0;
	return min_t(u32, READ_ONCE(port->available), MSGPORT_TRAIN);
}

/**
 * msgport_train_take() - take what comes next, as far as it is nothing special
 * @port: pinned, unlocked
 * @wanted: one that msgport_train_most() allows
 * @rooms: where the messages are to go
 * @most: of these, up to MSGPORT_TRAIN
 * @train: filled: messages in hand, for msgport_train_finish()
 */
void msgport_train_take(struct msgport_port *port, const struct msgport_wanted *wanted,
			const struct msgport_room *rooms, u32 most,
			struct msgport_train *train)
{
	struct msgport_message *m;
	u32 n;

	spin_lock(&port->lock);
	for (n = 0; n < most; n++) {
		m = msgport_queue_first(&port->queue, MSGPORT_OF_PORT);
		if (!m || unlikely(m->has_extra || m->state != MSGPORT_QUEUED) ||
		    m->size > rooms[n].size)
			break;
		msgport_take(port, m, wanted);
		train->messages[n] = m;
	}
	spin_unlock(&port->lock);
	train->count = n;
}

/* What has been received through the right of the first, from there on. */
static u32 receive_run(struct msgport_port *port, struct msgport_message **messages,
		       u32 most)
{
	struct msgport_send_right *right = messages[0]->right;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	u64 cost = 0;
	u32 n;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	for (n = 0; n < most && messages[n]->right == right; n++) {
		struct msgport_message *m = messages[n];

		trace_msgport_receive(port->id, right->id, m->sequence, m->size, 0);
		msgport_untake(port, m, true);
		m->state = MSGPORT_ENDED;
		cost += msgport_cost(m);
		msgport_process_put(port->traffic, m->process);
		m->process = NULL;
		m->right = NULL;
		/* who peeks at it frees it */
		if (unlikely(m->pins))
			messages[n] = NULL;
	}
	port->traffic->ledger.received += n;
	msgport_gates_leave_many(right, n, cost);
	leave(port, messages, n);
	msgport_port_place_freed(port, &wk);
	/* the last one's is left to settle */
	right->pins -= n - 1;
	msgport_port_settle(port, right, &wk);
	return n;
}

/**
 * msgport_train_finish() - the second step: received, or put back
 * @port: pinned, unlocked
 * @train: of msgport_train_take(); none is the caller's afterwards
 * @copied: so many of its first have reached the user; the others go back
 */
void msgport_train_finish(struct msgport_port *port, struct msgport_train *train,
			  u32 copied)
{
	u32 n;

	for (n = 0; n < copied; )
		n += receive_run(port, train->messages + n, copied - n);
	used(port, train->messages, copied);
	for (; unlikely(n < train->count); n++) {
		spin_lock(&port->lock);
		msgport_put_back(port, train->messages[n]);
	}
}
