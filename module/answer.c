// SPDX-License-Identifier: GPL-2.0
/* Answers: reserved with the question, delivered once. */

#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "answer.h"
#include "call.h"
#include "compat.h"
#include "deliver.h"
#include "delivery.h"
#include "limits.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

/* Bytes that nobody can have over are not reserved; nor are descriptors. */
int msgport_due_charge(struct msgport_due *due, struct msgport_account *guess, size_t bytes)
{
	int err;

	due->account = msgport_account_near(guess);
	if (!due->account)
		return -ENOMEM;
	err = msgport_charge(due->account, MSGPORT_CHARGE_BYTES, bytes);
	if (err)
		return err;
	due->charged = bytes;
	if (likely(!due->fds))
		return 0;
	err = msgport_charge(due->account, MSGPORT_CHARGE_FDS, due->fds);
	if (!err)
		due->charged_fds = due->fds;
	return err;
}

/* All but what the answer has; the account is the caller's to put, or to hand on. */
static void uncharge(struct msgport_due *due, u64 kept)
{
	msgport_uncharge(due->account, MSGPORT_CHARGE_BYTES, due->charged - kept);
	if (unlikely(due->charged_fds))
		msgport_uncharge(due->account, MSGPORT_CHARGE_FDS, due->charged_fds);
}

void msgport_due_uncharge(struct msgport_due *due)
{
	if (due->charged)
		uncharge(due, 0);
	msgport_account_put(due->account);
}

/* Both queues that an answer stands in must take its priority. */
static bool widen_for(struct msgport_port *port, struct msgport_lasts **tables)
{
	if (!port->queue.wide) {
		if (!tables[0])
			return false;
		msgport_queue_widen(&port->queue, tables[0]);
		tables[0] = NULL;
	}
	if (!port->traffic->unsent.wide) {
		if (!tables[1])
			return false;
		msgport_queue_widen(&port->traffic->unsent, tables[1]);
		tables[1] = NULL;
	}
	return true;
}

static void tables_free(struct msgport_lasts **tables, u8 priority)
{
	if (likely(!priority))
		return;
	kfree(tables[0]);
	kfree(tables[1]);
}

static int tables_new(struct msgport_lasts **tables, u8 priority)
{
	tables[0] = NULL;
	tables[1] = NULL;
	if (!priority)
		return 0;
	tables[0] = kzalloc(sizeof(*tables[0]), GFP_KERNEL_ACCOUNT);
	tables[1] = kzalloc(sizeof(*tables[1]), GFP_KERNEL_ACCOUNT);
	return tables[0] && tables[1] ? 0 : -ENOMEM;
}

/**
 * msgport_place_reserve() - a place for what will come through no right
 * @port: the caller has one of its receive rights
 * @priority: that it will have
 *
 * Given back by msgport_place_free(), or taken by msgport_arrive().
 */
int msgport_place_reserve(struct msgport_port *port, u8 priority)
{
	struct msgport_lasts *tables[2];
	int err = msgport_port_prepare_traffic(port);

	if (err)
		return err;
	err = tables_new(tables, priority);
	if (err)
		goto free;
	spin_lock(&port->lock);
	if (port->state == MSGPORT_PORT_DEAD)
		err = -ENOTCONN;
	else if (port->traffic->answers >= port->max_answers)
		err = -ENOBUFS;
	else
		port->traffic->answers++;
	if (!err && priority)
		widen_for(port, tables);
	spin_unlock(&port->lock);
free:
	tables_free(tables, priority);
	return err;
}

void msgport_place_free(struct msgport_port *port)
{
	spin_lock(&port->lock);
	port->traffic->answers--;
	spin_unlock(&port->lock);
}

/* A message of no bytes, with the asker's name on it. */
static struct msgport_message *empty_new(u64 cookie, u8 priority)
{
	struct msgport_message *m = msgport_message_new(0, true, NULL);

	if (!m)
		return NULL;
	msgport_message_name(m, ktime_get_ns());
	msgport_message_sign(m, MSGPORT_KIND_GONE);
	msgport_extra(m)->cookie = cookie;
	m->priority = priority;
	return m;
}

/* Bytes that a due takes until its answer comes, with the answer that may come. */
static size_t due_cost(size_t size)
{
	return msgport_message_cost(size, true) + msgport_message_cost(0, true) +
	       sizeof(struct msgport_due);
}

/**
 * msgport_due_new() - reserve all that an answer to a port may need
 * @to: the return address
 * @request: bytes of the question's payload, which may come back
 * @priority: of the question
 *
 * Consumed by the acceptance of the message; until then msgport_due_free().
 */
struct msgport_due *msgport_due_new(const struct msgport_return_address *to,
				    size_t request, u8 priority)
{
	struct msgport_due *due = kzalloc(sizeof(*due), GFP_KERNEL_ACCOUNT);
	struct msgport_port *home = to->right->port;
	int err = -ENOMEM;

	if (!due)
		return ERR_PTR(err);
	/* a port that has not opted in gets none, not as an answer either */
	if (to->fds && !(home->flags & MSGPORT_DESCRIPTORS)) {
		kfree(due);
		return ERR_PTR(-EOPNOTSUPP);
	}
	due->size = to->size;
	due->fds = to->fds;
	due->cookie = to->cookie;
	due->empty = empty_new(to->cookie, priority);
	if (due->empty)
		err = msgport_due_charge(due, home->account,
					 due_cost(max_t(size_t, to->size, request)));
	if (!err)
		err = msgport_place_reserve(home, priority);
	if (err) {
		msgport_due_free(due);
		return ERR_PTR(err);
	}
	due->home = msgport_port_get(home);
	return due;
}

/* One that was not used: nobody else knows it. */
void msgport_due_free(struct msgport_due *due)
{
	if (!due)
		return;
	if (due->home) {
		msgport_place_free(due->home);
		msgport_port_put(due->home);
	}
	msgport_due_uncharge(due);
	msgport_message_free(due->empty);
	kfree(due);
}

/* Takes what is due off a message that is about to end; under its port's lock. */
struct msgport_due *msgport_due_take(struct msgport_message *m)
{
	struct msgport_due *due = msgport_due_of(m);

	if (due) {
		msgport_extra(m)->due = NULL;
		due->message = NULL;
	}
	return due;
}

/**
 * msgport_arrive() - an answer or event comes to its port
 * @port: pinned, unlocked; a place is reserved
 * @m: BUILT and signed; consumed
 * @tables: memory for its priority, or NULL: then the queues are wide, or it
 *	comes without
 *
 * Returns false if the port is dead: it is counted there as discarded.
 */
bool msgport_arrive(struct msgport_port *port, struct msgport_message *m,
		    struct msgport_lasts **tables)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_lasts *none[2] = {};
	struct msgport_traffic *traffic = port->traffic;
	bool alive;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	alive = port->state != MSGPORT_PORT_DEAD;
	m->sequence = ++port->sequence;
	traffic->ledger.sent++;
	trace_msgport_answer(port->id, m->sequence, m->size, msgport_extra(m)->kind,
			     msgport_extra(m)->cookie);
	if (m->priority && !widen_for(port, tables ?: none))
		m->priority = 0;
	if (likely(alive)) {
		traffic->here++;
		msgport_deliver(port, m, &wk);
	} else {
		traffic->answers--;
		traffic->ledger.discarded[MSGPORT_DIED_WITH_PORT]++;
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	if (unlikely(!alive))
		msgport_message_free(m);
	return alive;
}

/* The answer gets what was reserved for it; the rest of the due goes. */
static bool send_home(struct msgport_due *due, struct msgport_message *m,
		      struct msgport_lasts **tables)
{
	struct msgport_extra *extra = msgport_extra(m);
	u32 cost = msgport_cost(m);
	bool alive;

	extra->cookie = due->cookie;
	extra->account = due->account;
	uncharge(due, cost);
	if (m != due->empty)
		msgport_message_free(due->empty);
	alive = msgport_arrive(due->home, m, tables);
	msgport_port_put(due->home);
	kfree(due);
	return alive;
}

/**
 * msgport_answer_from() - turn a question into its own answer: returned
 * @m: in no queue and no hand, its due taken; under its port's lock
 * @due: what was due
 * @reason: MSGPORT_REASON_*
 *
 * The message belongs to its old port no more; msgport_due_return() follows.
 */
void msgport_answer_from(struct msgport_message *m, struct msgport_due *due, u8 reason)
{
	struct msgport_process *process = m->process;
	struct msgport_traffic *traffic = m->right->port->traffic;
	struct msgport_extra *extra = msgport_extra(m);

	extra->tgid = get_pid(process->tgid);
	extra->start_time = process->start_time;
	extra->cookie = due->cookie;
	extra->account = NULL;
	extra->kind = MSGPORT_KIND_RETURNED;
	extra->reason = reason;
	m->deliveries = 0;
	m->right = NULL;
	m->subject = 0;
	msgport_process_put(traffic, process);
}

void msgport_due_return(struct msgport_due *due, struct msgport_message *m)
{
	m->state = MSGPORT_BUILT;
	send_home(due, m, NULL);
}

static void send_home_empty(struct msgport_due *due, u8 kind)
{
	msgport_extra(due->empty)->kind = kind;
	due->empty->sent_at = ktime_get_ns();
	send_home(due, due->empty, NULL);
}

/**
 * msgport_due_gone() - whoever took the question ended without an answer
 * @port: locked, unlocked on return; pinned
 * @due: claimed
 */
void msgport_due_gone(struct msgport_port *port, struct msgport_due *due)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	/* a call that is complete is its thread's, and may be gone */
	bool home = due->home;

	msgport_wakeups_init(&wk);
	if (!home)
		msgport_call_complete(due, NULL, -ESRCH, &wk);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	if (home)
		send_home_empty(due, MSGPORT_KIND_GONE);
}

/* The answer to what was taken, or the empty one; the port is not locked. */
static int hand_to_asker(struct msgport_due *due, struct msgport_message *m,
			 struct msgport_lasts **tables)
{
	if (m)
		return send_home(due, m, tables) ? 0 : -ESRCH;
	send_home_empty(due, MSGPORT_KIND_ACKNOWLEDGED);
	return 0;
}

/* An outstanding message is done with.  See msgport_settle_taken(). */
static int settle(struct msgport_port *port, struct msgport_message *m,
		  struct msgport_message *reply, struct msgport_lasts **tables)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_due *due = msgport_due_take(m);
	bool wanted = due && !(due->sync && reply);
	bool home = due && due->home;
	struct msgport_send_right *sender;
	bool gone = m->pins;

	msgport_wakeups_init(&wk);
	if (due && !home)
		msgport_call_complete(due, wanted ? reply : NULL, 0, &wk);
	msgport_untake(port, m, true);
	port->traffic->ledger.received++;
	sender = msgport_port_end(port, m, &wk);
	gone = gone || msgport_message_leave(m, port);
	msgport_port_settle(port, sender, &wk);
	if (unlikely(!gone))
		msgport_message_used(m, port);
	if (wanted)
		return home ? hand_to_asker(due, reply, tables) : 0;
	if (!reply)
		return 0;
	msgport_message_free(reply);
	return -ESRCH;
}

/**
 * msgport_settle_taken() - an outstanding message is acknowledged
 * @port: locked, unlocked on return; pinned
 * @m: claimed from its delivery; ended
 * @reply: the answer, consumed; NULL: the empty one
 *
 * Returns -ESRCH if nobody takes a reply.
 */
int msgport_settle_taken(struct msgport_port *port, struct msgport_message *m,
			 struct msgport_message *reply)
	__releases(&port->lock)
{
	return settle(port, m, reply, NULL);
}

static struct msgport_due *due_of_delivery(struct msgport_delivery *d)
{
	return d->due ?: msgport_due_of(msgport_delivered(d));
}

/* Would the answer be taken?  Says how large it may be, if it is too large. */
static int check_answer(struct msgport_delivery *d, const struct msgport_outbound *out,
			struct msgport_outgoing *limits)
{
	struct msgport_due *due;

	if (!d)
		return -ESRCH;
	due = due_of_delivery(d);
	/* nobody takes it, but it settles what was taken */
	if (!due || due->sync)
		return out->buffer->size <= MSGPORT_SIZE_MAX ? 0 : -EMSGSIZE;
	if (out->buffer->size <= due->size && out->fd_count <= due->fds)
		return 0;
	limits->answer_size = due->size;
	limits->answer_fds = due->fds;
	return -EMSGSIZE;
}

/* Before anything large is allocated and copied for nothing. */
static int check_early(struct msgport_receive_right *right, u64 token,
		       const struct msgport_outbound *out,
		       struct msgport_outgoing *limits)
{
	int err;

	if (likely(out->buffer->size <= MSGPORT_OBJECT && !out->fd_count))
		return 0;
	spin_lock(&right->port->lock);
	err = check_answer(msgport_delivery_find(right, token), out, limits);
	spin_unlock(&right->port->lock);
	return err;
}

/*
 * From here on the descriptors of an answer are paid for by who asked, who has reserved
 * them.  Returns who has paid so far, to be put without the lock, or NULL.
 */
static struct msgport_account *change_payer(struct msgport_due *due,
					    struct msgport_message *m)
{
	struct msgport_files *files = msgport_message_files(m);

	if (likely(!files) || !due || due->sync)
		return NULL;
	due->charged_fds -= files->count;
	return msgport_files_charged_to(files, due->account);
}

/* Under the lock: the token is good, or nothing has happened. */
static int answer_token(struct msgport_receive_right *right, u64 token,
			const struct msgport_outbound *out, struct msgport_message *m,
			struct msgport_lasts **tables, struct msgport_outgoing *limits)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = right->port;
	struct msgport_account *payer;
	struct msgport_delivery *d;
	struct msgport_due *due;
	bool home;
	int err;

	msgport_wakeups_init(&wk);
	wk.lend = out->lend;
	spin_lock(&port->lock);
	d = msgport_delivery_find(right, token);
	err = check_answer(d, out, limits);
	if (unlikely(err)) {
		spin_unlock(&port->lock);
		msgport_message_free(m);
		return err;
	}
	payer = change_payer(due_of_delivery(d), m);
	due = d->due;
	msgport_delivery_remove(port, d);
	if (!due) {
		err = settle(port, msgport_delivered(d), m, tables);
	} else {
		home = due->home;
		if (!home)
			msgport_call_complete(due, m, 0, &wk);
		spin_unlock(&port->lock);
		msgport_wake(port, &wk);
		err = home ? hand_to_asker(due, m, tables) : 0;
	}
	msgport_account_put(payer);
	return err;
}

/**
 * msgport_reply() - answer, once
 * @right: that the question was taken through
 * @token: of that delivery
 * @out: the answer
 * @limits: answer_size and answer_fds are set on -EMSGSIZE
 *
 * After -ESRCH the token is spent; after any other error it is as good as before.
 */
int msgport_reply(struct msgport_receive_right *right, u64 token,
		  const struct msgport_outbound *out, struct msgport_outgoing *limits)
{
	struct msgport_lasts *tables[2];
	struct msgport_message *m;
	int err;

	if (out->priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	err = check_early(right, token, out, limits);
	if (err)
		return err;
	err = tables_new(tables, out->priority);
	if (!err)
		err = msgport_message_build(out, true, msgport_port_pool(right->port), &m);
	if (!err) {
		msgport_message_sign(m, MSGPORT_KIND_REPLY);
		err = answer_token(right, token, out, m, tables, limits);
	}
	tables_free(tables, out->priority);
	return err;
}
