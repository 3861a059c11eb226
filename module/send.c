// SPDX-License-Identifier: GPL-2.0
/* Sending: build, attach, pass the gates, be accepted or wait. */

#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "answer.h"
#include "compat.h"
#include "deliver.h"
#include "gate.h"
#include "group.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "plain.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

static int add_files(struct msgport_message *m, const struct msgport_outbound *out)
{
	struct msgport_files *files;

	if (likely(!out->fd_count))
		return 0;
	files = msgport_files_get(out->fds, out->fd_count);
	if (IS_ERR(files))
		return PTR_ERR(files);
	msgport_extra(m)->files = files;
	return 0;
}

/**
 * msgport_message_write() - payload, and everything of the stamp that the sender decides
 * @m: new; freed on error
 * @out: what is sent
 * @now: when the send began, CLOCK_MONOTONIC of the host
 */
inline int msgport_message_write(struct msgport_message *m, const struct msgport_outbound *out,
				 u64 now)
{
	int err;

	m->tag = out->tag;
	m->priority = out->priority;
	msgport_message_name(m, now);
	if (out->ttl && check_add_overflow(m->sent_at, out->ttl,
					   &msgport_extra(m)->expires))
		msgport_extra(m)->expires = MSGPORT_FOREVER;
	err = add_files(m, out);
	if (likely(!err))
		err = msgport_message_fill(m, out->buffer);
	if (unlikely(err))
		msgport_message_free(m);
	return err;
}

/*
 * A message of the caller's, with its memory; large ones from a pool, if there is one.
 * @built is only written to if it is.
 */
int msgport_message_build(const struct msgport_outbound *out, bool has_extra,
			  struct msgport_pool *pool, struct msgport_message **built)
{
	struct msgport_message *m = msgport_message_new(out->buffer->size, has_extra, pool);
	int err = likely(m) ? msgport_message_write(m, out, ktime_get_ns()) : -ENOMEM;

	if (likely(!err))
		*built = m;
	return err;
}

static void count_sent(struct msgport_port *port, struct msgport_message *m)
{
	port->traffic->ledger.sent++;
	if (unlikely(m->has_extra) && msgport_extra(m)->due && !msgport_extra(m)->due->home)
		port->traffic->ledger.asked++;
	trace_msgport_send(port->id, m->right->id, m->sequence, m->size, m->priority,
			   msgport_message_fds(m));
}

/* From here on nothing can fail: counted, numbered, delivered. */
void msgport_send_accept(struct msgport_port *port, struct msgport_message *m,
			 struct msgport_wakeups *wk)
{
	m->sequence = ++port->sequence;
	count_sent(port, m);
	msgport_deliver(port, m, wk);
}

/* Rendezvous: accepted if a waiting receiver takes it. */
static bool meet(struct msgport_port *port, struct msgport_message *m,
		 struct msgport_wakeups *wk)
{
	if (!msgport_port_may_meet(port, msgport_cost(m)))
		return false;
	/* the receiver reads the number as soon as it has the message */
	m->sequence = port->sequence + 1;
	if (!msgport_hand_over(port, m, wk))
		return false;
	port->sequence++;
	msgport_gate_take(&port->gate, msgport_cost(m));
	count_sent(port, m);
	return true;
}

static enum hrtimer_restart gathered_long_enough(struct hrtimer *timer)
{
	struct msgport_sending *s = container_of(timer, struct msgport_sending, timer);

	wake_up_process(s->task);
	return HRTIMER_NORESTART;
}

/**
 * msgport_send_admit() - accept the message of somebody who waits
 * @s: holds all gates, waits at none
 * @wk: wake-ups owed; not its own, which is gathered
 *
 * Each has a timer of its own, so that nobody depends on when another task is
 * let run.
 */
void msgport_send_admit(struct msgport_sending *s, struct msgport_wakeups *wk)
{
	struct msgport_port *port = s->message->right->port;
	struct msgport_traffic *traffic = port->traffic;

	if (unlikely(s->age)) {
		msgport_sending_promise(s, wk);
		return;
	}
	list_move_tail(&s->list, &traffic->gathered);
	traffic->waiting--;
	msgport_send_accept(port, s->message, wk);
	WRITE_ONCE(s->state, MSGPORT_SENDING_ADMITTED);
	/* last: a timer that fires at once must find the state */
	hrtimer_start(&s->timer, ns_to_ktime(MSGPORT_GATHER_NS), HRTIMER_MODE_REL);
}

/* Stands in the queue until a receiver comes. */
static void offer(struct msgport_port *port, struct msgport_sending *s,
		  struct msgport_wakeups *wk)
{
	struct msgport_message *m = s->message;

	s->stage = MSGPORT_GATE_PORT;
	m->sequence = ++port->sequence;
	msgport_extra(m)->sending = s;
	msgport_enqueue(port, m, MSGPORT_OFFERED);
	msgport_receivers_look(port, m, wk);
	msgport_tell_readers(port, wk);
}

/**
 * msgport_send_offer() - a waiting sender reaches a rendezvous port's gate
 * @s: holds the gates before it
 * @wk: wake-ups owed
 *
 * Meets a waiting receiver, or stands in the queue until one comes.
 */
void msgport_send_offer(struct msgport_sending *s, struct msgport_wakeups *wk)
{
	struct msgport_port *port = s->message->right->port;

	if (!meet(port, s->message, wk)) {
		offer(port, s, wk);
		return;
	}
	port->traffic->waiting--;
	msgport_sender_release(port, s, MSGPORT_SENDING_WOKEN, wk);
}

/* A receiver has taken an offered message: that is its acceptance. */
void msgport_send_taken(struct msgport_port *port, struct msgport_message *m,
			struct msgport_wakeups *wk)
{
	struct msgport_sending *s = msgport_extra(m)->sending;

	msgport_extra(m)->sending = NULL;
	msgport_gate_take(&port->gate, msgport_cost(m));
	count_sent(port, m);
	port->traffic->waiting--;
	msgport_sender_release(port, s, MSGPORT_SENDING_WOKEN, wk);
}

/*
 * Takes back a message that was not accepted, and frees it; somebody may be
 * peeking at it, if it was offered.
 */
static struct msgport_send_right *take_back(struct msgport_message *m,
					    enum msgport_gate_stage stage)
{
	m->state = MSGPORT_ENDED;
	/* the sender's again, who frees it */
	msgport_due_take(m);
	msgport_gates_leave(m->right, stage, msgport_cost(m));
	return msgport_detach(m);
}

/* Gives up what a sender holds that has waited.  Unlocks the port. */
static void withdraw(struct msgport_port *port, struct msgport_message *m,
		     enum msgport_gate_stage stage, struct msgport_wakeups *wk)
	__releases(&port->lock)
{
	bool pinned = m->pins;

	msgport_port_settle(port, take_back(m, stage), wk);
	if (!pinned)
		msgport_message_free(m);
}

/* The same for one that has not: nobody can move on for it. */
static void turn_away(struct msgport_port *port, struct msgport_message *m,
		      enum msgport_gate_stage stage)
	__releases(&port->lock)
{
	struct msgport_gone *gone;

	msgport_send_right_unpin(take_back(m, stage));
	gone = msgport_gone_take(&port->traffic->gone);
	spin_unlock(&port->lock);
	msgport_gone_free(gone);
	msgport_message_free(m);
}

/* Waiting ended without a wake-up, or with the port: what is the outcome? */
static noinline_for_stack int resolve(struct msgport_port *port, struct msgport_sending *s,
				      int err)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_message *m = s->message;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	switch (s->state) {
	case MSGPORT_SENDING_WAITING:
		if (m->state == MSGPORT_OFFERED)
			msgport_dequeue(port, m);
		else
			msgport_gate_unwait(s);
		list_del(&s->list);
		port->traffic->waiting--;
		withdraw(port, m, s->stage, &wk);
		return err;
	case MSGPORT_SENDING_DEAD:
		withdraw(port, m, s->stage, &wk);
		return -EPIPE;
	case MSGPORT_SENDING_ADMITTED:
		list_del(&s->list);
		fallthrough;
	default:
		spin_unlock(&port->lock);
		return 0;
	}
}

/* An offer ends with its time to live; what is in a queue is looked at there. */
static u64 patience(const struct msgport_port *port, struct msgport_message *m,
		    u64 deadline)
{
	if (!msgport_port_rendezvous(port))
		return deadline;
	return min(deadline, msgport_extra(m)->expires);
}

/* Stand at a closed gate.  Unlocks the port; returns when it is settled. */
static int wait_at_gate(struct msgport_port *port, struct msgport_message *m,
			enum msgport_gate_stage stage, u64 deadline)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_sending s = {
		.state = MSGPORT_SENDING_WAITING,
		.message = m,
		.task = current,
	};
	int err;

	msgport_wakeups_init(&wk);
	hrtimer_setup_on_stack(&s.timer, gathered_long_enough, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL);
	trace_msgport_block(port->id, m->right->id, stage);
	deadline = patience(port, m, deadline);
	/* who asks for an answer stands in front: msgport_senders_refuse() */
	if (unlikely(msgport_due_of(m)))
		list_add(&s.list, &port->traffic->blocked);
	else
		list_add_tail(&s.list, &port->traffic->blocked);
	port->traffic->waiting++;
	if (stage == MSGPORT_GATE_PORT && msgport_port_rendezvous(port))
		offer(port, &s, &wk);
	else
		msgport_gate_wait(&s, stage);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);

	err = msgport_sleep(&s.state, MSGPORT_SENDING_WAITING, deadline);
	/* pairs with msgport_sender_release() */
	if (smp_load_acquire(&s.state) != MSGPORT_SENDING_WOKEN)
		err = resolve(port, &s, err);
	else
		err = 0;
	hrtimer_cancel(&s.timer);
	destroy_hrtimer_on_stack(&s.timer);
	return err;
}

/* A non-blocking send that found no room will want to know when there is. */
static void remember_wish(struct msgport_send_right *right, enum msgport_gate_stage stage)
{
	if (stage == MSGPORT_GATE_RIGHT)
		right->wants_credit = true;
	else
		right->port->traffic->wants_room = true;
}

/* What cannot be sent, however long one waits. */
static int refusal(const struct msgport_send_right *right,
		   const struct msgport_outbound *out)
{
	const struct msgport_port *port = right->port;

	if (unlikely(port->state == MSGPORT_PORT_DEAD))
		return -EPIPE;
	/* a kept port without a receiver takes what asks for nothing */
	if (unlikely(out->due && !port->receivers))
		return -EPIPE;
	if (msgport_send_right_spent(right))
		return -ESRCH;
	return 0;
}

/* Under the lock for the first time.  The message is not the caller's after. */
static int submit(struct msgport_send_right *right, struct msgport_message *m,
		  const struct msgport_outbound *out)
	__releases(&right->port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = right->port;
	enum msgport_gate_stage stage;
	int err;

	msgport_wakeups_init(&wk);
	wk.lend = out->lend;
	err = refusal(right, out);
	if (unlikely(err)) {
		turn_away(port, m, MSGPORT_GATE_RIGHT);
		return err;
	}
	stage = msgport_gates_pass(right, MSGPORT_GATE_RIGHT, m->priority,
				   msgport_cost(m));
	if (likely(stage == MSGPORT_GATES)) {
		msgport_send_accept(port, m, &wk);
	} else if (stage != MSGPORT_GATE_PORT || !msgport_port_rendezvous(port) ||
		   !meet(port, m, &wk)) {
		if (!out->nonblock)
			return wait_at_gate(port, m, stage, out->deadline);
		remember_wish(right, stage);
		turn_away(port, m, stage);
		return -EAGAIN;
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	return 0;
}

/**
 * msgport_submit() - send a message that is built, waiting for room if need be
 * @right: pinned by its file
 * @m: BUILT; not the caller's after this, whatever comes out
 * @out: as msgport_send() has it
 */
int msgport_submit(struct msgport_send_right *right, struct msgport_message *m,
		   const struct msgport_outbound *out)
{
	struct msgport_spares spares = {};
	int err;

	for (;;) {
		err = msgport_spares_get(&spares, right, m->priority);
		if (unlikely(err)) {
			msgport_message_free(m);
			break;
		}
		spin_lock(&right->port->lock);
		if (likely(msgport_attach(m, right, &spares))) {
			err = submit(right, m, out);
			break;
		}
		spin_unlock(&right->port->lock);
	}
	if (unlikely(spares.used))
		msgport_spares_put(&spares);
	return err;
}

/* They must be able to come back, if the message is to. */
static int check_fds(const struct msgport_send_right *right,
		     const struct msgport_outbound *out)
{
	if (!(right->port->flags & MSGPORT_DESCRIPTORS))
		return -EOPNOTSUPP;
	if (right->mint_flags & MSGPORT_MINT_NO_FDS)
		return -EPERM;
	if (out->due && out->due->home && !(out->due->home->flags & MSGPORT_DESCRIPTORS))
		return -EOPNOTSUPP;
	return 0;
}

/**
 * msgport_send_check() - what can be said of a message before it is built
 * @right: that it is to go through
 * @out: the message
 */
int msgport_send_check(const struct msgport_send_right *right,
		       const struct msgport_outbound *out)
{
	const struct msgport_port *port = right->port;

	if (out->priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	if (out->priority > right->max_priority)
		return -EPERM;
	if (READ_ONCE(port->state) == MSGPORT_PORT_DEAD)
		return -EPIPE;
	if (out->buffer->size > READ_ONCE(port->max_size))
		return -EMSGSIZE;
	if (unlikely(out->fd_count))
		return check_fds(right, out);
	return 0;
}

/**
 * msgport_pay_later() - wait for the sender's other messages to be accepted
 * @account: the sender's
 * @cost: bytes that are pending on success
 * @deadline: of the host
 * @port: whose end ends the wait (-EPIPE), or NULL
 */
int msgport_pay_later(struct msgport_account *account, unsigned long cost,
		      u64 deadline, struct msgport_port *port)
{
	ktime_t expires = deadline > KTIME_MAX ? KTIME_MAX : deadline;
	DEFINE_WAIT(room);
	DEFINE_WAIT(death);
	int err = 0;

	for (;;) {
		/* queued before the tests: pairs with wq_has_sleeper() */
		if (port)
			prepare_to_wait(&port->traffic->writers, &death,
					TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		prepare_to_wait(&account->room, &room,
				TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (msgport_pending_try(account, cost))
			break;
		if (port && READ_ONCE(port->state) == MSGPORT_PORT_DEAD)
			err = -EPIPE;
		else if (signal_pending(current))
			err = -ERESTARTSYS;
		if (err)
			break;
		if (!schedule_hrtimeout_range_clock(deadline == MSGPORT_FOREVER ?
						    NULL : &expires,
						    current->timer_slack_ns,
						    HRTIMER_MODE_ABS, CLOCK_MONOTONIC)) {
			err = -ETIMEDOUT;
			break;
		}
	}
	finish_wait(&account->room, &room);
	if (port)
		finish_wait(&port->traffic->writers, &death);
	return err;
}

/* The bytes of a message that is not accepted yet are its sender's to pay. */
static int pay(struct msgport_send_right *right, struct msgport_account *account,
	       u32 cost, const struct msgport_outbound *out)
{
	if (likely(msgport_pending_try(account, cost)))
		return 0;
	if (!out->nonblock)
		return msgport_pay_later(account, cost, out->deadline, right->port);
	return msgport_pending_try_or_wish(account, cost, &right->wish) ? 0 : -EAGAIN;
}

/**
 * msgport_pay_and_send() - send whatever it is
 * @right: pinned by its file
 * @account: the caller's, pinned
 * @out: as msgport_send() has it
 */
int msgport_pay_and_send(struct msgport_send_right *right, struct msgport_account *account,
			 const struct msgport_outbound *out)
{
	bool has_extra = out->ttl || out->due || out->fd_count ||
			 msgport_port_rendezvous(right->port);
	u32 cost = msgport_message_cost(out->buffer->size, has_extra);
	struct msgport_message *m;
	int err;

	err = msgport_send_check(right, out);
	if (likely(!err))
		err = pay(right, account, cost, out);
	if (unlikely(err))
		return err;
	err = msgport_message_build(out, has_extra, msgport_port_pool(right->port), &m);
	if (likely(!err)) {
		if (unlikely(out->due)) {
			msgport_extra(m)->due = out->due;
			out->due->message = m;
		}
		err = msgport_submit(right, m, out);
	}
	msgport_pending_uncharge(account, cost);
	return err;
}

/**
 * msgport_send() - send one message, waiting for room if need be
 * @right: pinned by its file
 * @out: what to send
 *
 * Returns 0 once the message is accepted; after an error nothing was sent.
 */
int msgport_send(struct msgport_send_right *right, const struct msgport_outbound *out)
{
	struct msgport_account *account = right->share->account;
	int err;

	/* as a rule who sends is who opened the right, and its account is at hand */
	if (likely(msgport_account_is_mine(account)))
		return msgport_send_plain(right, account, out);
	account = msgport_account_get();
	if (!account)
		return -ENOMEM;
	err = msgport_send_plain(right, account, out);
	msgport_account_put(account);
	return err;
}
