// SPDX-License-Identifier: GPL-2.0
/* The plain way: nothing special about a message, and nobody in its way. */

#include <linux/ktime.h>

#include "compat.h"
#include "gate.h"
#include "message.h"
#include "plain.h"
#include "pool.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

static bool nothing_special(const struct msgport_send_right *right,
			    const struct msgport_outbound *out)
{
	return !(out->due || out->fd_count || out->ttl) &&
	       likely(!msgport_port_rendezvous(right->port)) &&
	       likely(!msgport_send_check(right, out));
}

/* The sender's next message finds its memory here. */
static void keep_one(struct msgport_send_right *right)
{
	if (!READ_ONCE(right->idle_object))
		/* pairs with the xchg() of who takes it: what others wrote there came before */
		smp_store_release(&right->idle_object,
				  msgport_pool_take(msgport_port_pool(right->port), 0));
}

/* In one locked section, or not at all. */
static bool accept(struct msgport_send_right *right, struct msgport_message *m, u32 cost)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = right->port;
	bool accepted = false;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	if (likely(port->state != MSGPORT_PORT_DEAD && msgport_attachable(right, m)) &&
	    likely(msgport_gates_pass_plain(right, cost))) {
		msgport_attach_near(m, right);
		msgport_send_accept(port, m, &wk);
		keep_one(right);
		accepted = true;
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	return accepted;
}

/**
 * msgport_send_plain() - send a message, by the plain way if it can go there
 * @right: pinned by its file
 * @account: the caller's, pinned
 * @out: as msgport_send() has it
 */
int msgport_send_plain(struct msgport_send_right *right, struct msgport_account *account,
		       const struct msgport_outbound *out)
{
	u32 cost = msgport_message_cost(out->buffer->size, false);
	bool charged = cost > MSGPORT_OBJECT;
	struct msgport_message *m;
	int err;

	if (unlikely(!nothing_special(right, out)) ||
	    (charged && unlikely(!msgport_pending_try(account, cost))))
		return msgport_pay_and_send(right, account, out);
	m = msgport_message_from(NULL, out->buffer->size, right);
	err = likely(m) ? msgport_message_write(m, out, ktime_get_ns()) : -ENOMEM;
	if (likely(!err) && unlikely(!accept(right, m, cost)))
		err = msgport_submit(right, m, out);
	if (charged)
		msgport_pending_uncharge(account, cost);
	return err;
}

/**
 * msgport_take_plain() - take what is first in the queue, if nothing is special about it
 * @port: locked
 * @wanted: what for
 * @in: filled as by msgport_receive()
 *
 * Returns false, with nothing taken, where msgport_search() knows more.
 */
bool msgport_take_plain(struct msgport_port *port, const struct msgport_wanted *wanted,
			struct msgport_inbound *in)
{
	struct msgport_message *m = msgport_queue_first(&port->queue, MSGPORT_OF_PORT);

	if (unlikely(!m) || unlikely(wanted->flags & (MSGPORT_CHOICES | MSGPORT_PEEK)) ||
	    unlikely(m->state != MSGPORT_QUEUED || m->has_extra) ||
	    unlikely(m->size > wanted->room || (wanted->stream && !m->size)))
		return false;
	msgport_take_first(port, m);
	msgport_describe(in, m);
	return true;
}

/* Under the lock: neither in a hand nor at a gate any more, nor of its process. */
static void untie(struct msgport_port *port, struct msgport_message *m)
{
	msgport_untake(port, m, true);
	m->state = MSGPORT_ENDED;
	msgport_gates_leave_many(m->right, 1, msgport_message_cost(m->size, false));
	msgport_detach(m);
}

/**
 * msgport_end_plain() - a message has been received
 * @port: pinned, unlocked
 * @m: in hand, and msgport_was_plain()
 */
inline void msgport_end_plain(struct msgport_port *port, struct msgport_message *m)
{
	struct msgport_send_right *right = m->right;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct pid *tid = NULL;
	bool gone = true;

	msgport_wakeups_init(&wk);
	trace_msgport_receive(port->id, right->id, m->sequence, m->size, 0);
	spin_lock(&port->lock);
	port->traffic->ledger.received++;
	untie(port, m);
	msgport_port_place_freed(port, &wk);
	/* else who peeks at it frees it */
	if (likely(!m->pins)) {
		tid = m->tid;
		m->tid = NULL;
		gone = msgport_message_leave(m, port);
	}
	msgport_port_settle(port, right, &wk);
	if (unlikely(tid))
		put_pid(tid);
	if (unlikely(!gone))
		msgport_message_used(m, port);
}
