// SPDX-License-Identifier: GPL-2.0
/* Calls: their records, waiting, resuming and giving up. */

#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "answer.h"
#include "call.h"
#include "compat.h"
#include "deliver.h"
#include "delivery.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "trace.h"
#include "wake.h"

static atomic64_t last_call;

static struct msgport_calling *call_of(struct msgport_due *due)
{
	return container_of(due, struct msgport_calling, due);
}

/* Cleared: the right's old one, or a new one. */
static struct msgport_calling *record_get(struct msgport_send_right *right)
{
	struct msgport_calling *call = xchg(&right->idle_call, NULL);

	if (unlikely(!call))
		return kzalloc(sizeof(*call), GFP_KERNEL_ACCOUNT);
	memset(call, 0, sizeof(*call));
	return call;
}

/* A worker of io_uring cannot be asked to go on with what it began. */
static struct pid *owner(void)
{
	return unlikely(current->flags & PF_IO_WORKER) ? NULL : get_pid(task_pid(current));
}

static bool is_mine(const struct msgport_calling *call)
{
	return call->tid ? call->tid == task_pid(current) : call->table == current->files;
}

/**
 * msgport_call_new() - a call of the calling thread, with nothing sent yet
 * @right: that it will be made through
 * @answer_size: bytes that can be taken
 * @answer_fds: descriptors, likewise
 * @sync: no answer is asked for, but the end of the message
 *
 * The record and the answer's bytes are charged to the caller.
 */
struct msgport_calling *msgport_call_new(struct msgport_send_right *right,
					 size_t answer_size, u32 answer_fds, bool sync)
{
	struct msgport_calling *call = record_get(right);
	size_t bytes = sizeof(*call);
	int err;

	if (!call)
		return ERR_PTR(-ENOMEM);
	call->due.size = min_t(size_t, answer_size, MSGPORT_SIZE_MAX);
	call->due.fds = answer_fds;
	call->due.sync = sync;
	call->traffic = right->port->traffic;
	call->port = right->port->id;
	call->id = atomic64_inc_return(&last_call);
	call->tid = owner();
	call->table = current->files;
	call->task = current;
	call->expires = MSGPORT_FOREVER;
	call->state = MSGPORT_CALL_WAITING;
	if (!sync)
		bytes += msgport_message_cost(call->due.size, true);
	err = msgport_due_charge(&call->due, right->share->account, bytes);
	if (!err)
		return call;
	msgport_call_free(call);
	return ERR_PTR(err);
}

static void let_go(struct msgport_calling *call)
{
	msgport_message_free(call->answer);
	msgport_due_uncharge(&call->due);
	if (unlikely(call->lend))
		msgport_task_put(call->lend);
	put_pid(call->tid);
}

/* Nobody else knows it: nothing was sent, or it is DONE, or given up. */
void msgport_call_free(struct msgport_calling *call)
{
	let_go(call);
	kfree(call);
}

/* The same after a call that went well; as a rule it is not the last. */
void msgport_call_over(struct msgport_send_right *right, struct msgport_calling *call)
{
	msgport_message_used(call->answer, right->port);
	call->answer = NULL;
	let_go(call);
	kfree(xchg(&right->idle_call, call));
}

/**
 * msgport_call_complete() - a call's end, whichever it is
 * @due: of the call, claimed; under the lock of the port it was sent to
 * @answer: the call's from here on, or NULL
 * @err: the outcome: 0, -ESRCH and -EPIPE count as what they are, any other
 *	as given up
 * @wk: wake-ups owed
 */
void msgport_call_complete(struct msgport_due *due, struct msgport_message *answer,
			   int err, struct msgport_wakeups *wk)
{
	struct msgport_calling *call = call_of(due);
	struct msgport_traffic *traffic = call->traffic;

	if (!err)
		traffic->ledger.answered++;
	else if (err == -ESRCH || err == -EPIPE)
		traffic->ledger.gone++;
	else
		traffic->ledger.given_up++;
	trace_msgport_call(call->port, call->id, err);
	call->answer = answer;
	call->err = err;
	if (call->task)
		msgport_wakeups_add(wk, call->task);
	/* pairs with the acquire in msgport_sleep(); not touched after this */
	smp_store_release(&call->state, MSGPORT_CALL_DONE);
}

static void park(struct msgport_send_right *right, struct msgport_calling *call)
{
	struct rb_node **link = &right->parked.rb_node, *parent = NULL;

	call->task = NULL;
	while (*link) {
		parent = *link;
		link = call->id < rb_entry(parent, struct msgport_calling, node)->id ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&call->node, parent, link);
	rb_insert_color(&call->node, &right->parked);
}

/* The first parked call with at least this id, or NULL. */
static struct msgport_calling *parked_from(struct msgport_send_right *right, u64 id)
{
	struct rb_node *node = right->parked.rb_node;
	struct msgport_calling *found = NULL;

	while (node) {
		struct msgport_calling *call = rb_entry(node, struct msgport_calling, node);

		if (call->id >= id) {
			found = call;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * msgport_call_resume() - go on with a call that was interrupted
 * @right: that it was made through
 * @id: its id
 *
 * -ESRCH if the calling thread has no such call parked.
 */
struct msgport_calling *msgport_call_resume(struct msgport_send_right *right, u64 id)
{
	struct msgport_calling *call;

	spin_lock(&right->port->lock);
	call = parked_from(right, id);
	if (call && call->id == id && is_mine(call)) {
		rb_erase(&call->node, &right->parked);
		call->task = current;
	} else {
		call = ERR_PTR(-ESRCH);
	}
	spin_unlock(&right->port->lock);
	return call;
}

/* Takes back what can be taken back, and frees the call.  Unlocks the port. */
static void give_up(struct msgport_port *port, struct msgport_calling *call, int err)
	__releases(&port->lock)
{
	struct msgport_message *m = call->due.message;
	bool queued = m && m->state == MSGPORT_QUEUED;

	if (call->state == MSGPORT_CALL_DONE) {
		spin_unlock(&port->lock);
		msgport_call_free(call);
		return;
	}
	port->traffic->ledger.given_up++;
	trace_msgport_call(port->id, call->id, err);
	if (m) {
		msgport_due_take(m);
		/* what a receiver got was sent, to who only waited for its end */
		msgport_extra(m)->orphan = !queued && !(call->due.sync &&
							m->state == MSGPORT_OUTSTANDING);
	} else {
		msgport_delivery_remove(port, &call->due.delivery);
	}
	if (queued) {
		msgport_dequeue(port, m);
		msgport_port_discard(port, m, MSGPORT_WITHDRAWN);
	} else {
		spin_unlock(&port->lock);
	}
	msgport_call_free(call);
}

/* All that is parked, or what is for a table of descriptors. */
static void end_parked(struct msgport_send_right *right, bool all, const void *table)
{
	struct msgport_port *port = right->port;
	struct msgport_calling *call;
	u64 id = 0;

	for (;;) {
		cond_resched();
		spin_lock(&port->lock);
		call = parked_from(right, id);
		if (!call)
			break;
		id = call->id + 1;
		if (!all && call->table != table) {
			spin_unlock(&port->lock);
			continue;
		}
		rb_erase(&call->node, &right->parked);
		give_up(port, call, -EINTR);
	}
	spin_unlock(&port->lock);
}

/* A record was parked, and another thread may have closed the last descriptor. */
static void look_for_descriptor(struct file *file)
{
	/* pairs with msgport_calls_leave() */
	smp_mb();
	if (!msgport_table_has(file->private_data))
		end_parked(file->private_data, false, current->files);
}

/* Leaves a call for its thread to resume; it may be DONE. */
void msgport_call_park(struct file *file, struct msgport_calling *call)
{
	struct msgport_send_right *right = file->private_data;

	spin_lock(&right->port->lock);
	park(right, call);
	spin_unlock(&right->port->lock);
	look_for_descriptor(file);
}

/*
 * Its time may have come: ends its message, or says when to look again.  Who has it in
 * hand or outstanding at that time looks himself when it goes back; before, nobody does.
 */
static void expire_own(struct msgport_port *port, struct msgport_calling *call)
{
	struct msgport_message *m;

	spin_lock(&port->lock);
	m = call->state == MSGPORT_CALL_WAITING ? call->due.message : NULL;
	if (!m) {
		call->expires = MSGPORT_FOREVER;
	} else if (!msgport_expired(m)) {
		call->expires = msgport_extra(m)->expires;
	} else {
		call->expires = MSGPORT_FOREVER;
		if (m->state == MSGPORT_QUEUED) {
			msgport_dequeue(port, m);
			msgport_port_discard(port, m, MSGPORT_EXPIRED);
			return;
		}
	}
	spin_unlock(&port->lock);
}

/* As msgport_sleep(), but that the message has a clock of its own. */
static int sleep_with_message(struct msgport_port *port, struct msgport_calling *call,
			      u64 deadline)
{
	int err;

	for (;;) {
		err = msgport_sleep(&call->state, MSGPORT_CALL_WAITING,
				    min(deadline, call->expires));
		if (likely(err != -ETIMEDOUT || deadline <= call->expires))
			return err;
		expire_own(port, call);
	}
}

/**
 * msgport_call_wait() - sleep until a call is DONE
 * @file: of the right that it was made through
 * @call: sent, or resumed; the caller's still on success, and the outcome in it
 * @deadline: of the host
 *
 * On -ERESTARTSYS it is parked; on any other error it is gone.
 */
int msgport_call_wait(struct file *file, struct msgport_calling *call, u64 deadline)
{
	struct msgport_send_right *right = file->private_data;
	struct msgport_port *port = right->port;
	int err;

	msgport_lend(&call->lend, &right->lend_pause, &call->state, MSGPORT_CALL_WAITING);
	err = sleep_with_message(port, call, deadline);
	if (likely(!err))
		return 0;
	spin_lock(&port->lock);
	if (call->state == MSGPORT_CALL_DONE) {
		spin_unlock(&port->lock);
		return 0;
	}
	if (err == -ERESTARTSYS && !fatal_signal_pending(current)) {
		park(right, call);
		spin_unlock(&port->lock);
		look_for_descriptor(file);
		return err;
	}
	err = err == -ERESTARTSYS ? -EINTR : err;
	give_up(port, call, err);
	return err;
}

/**
 * msgport_cancel() - give up a call that was interrupted
 * @right: that it was made through
 * @id: its id
 */
int msgport_cancel(struct msgport_send_right *right, u64 id)
{
	struct msgport_calling *call = msgport_call_resume(right, id);

	if (IS_ERR(call))
		return PTR_ERR(call);
	spin_lock(&right->port->lock);
	give_up(right->port, call, -EINTR);
	return 0;
}

/**
 * msgport_calls_leave() - a descriptor of this right is closed
 * @right: pinned by its file
 * @table: that the descriptor was in; another than the caller's own goes as a whole
 *
 * What no thread of it can resume any more is given up.
 */
void msgport_calls_leave(struct msgport_send_right *right, const void *table)
{
	/* pairs with look_for_descriptor() */
	smp_mb();
	if (!RB_EMPTY_ROOT(&right->parked) &&
	    (table != current->files || !msgport_table_has(right)))
		end_parked(right, false, table);
}

/* The right is closed: nobody can resume. */
void msgport_calls_end(struct msgport_send_right *right)
{
	if (!RB_EMPTY_ROOT(&right->parked))
		end_parked(right, true, NULL);
}
