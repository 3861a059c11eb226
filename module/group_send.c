// SPDX-License-Identifier: GPL-2.0
/* Sending to a group: a place at every member, then a message at each. */

#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "gate.h"
#include "group.h"
#include "group_place.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

/* Age of a send: smaller is older. */
static atomic64_t last_age;

/* ---- messages ---- */

static int build_payload(struct msgport_publishing *p)
{
	struct msgport_outbound payload = *p->out;
	int err;

	payload.ttl = 0;
	err = msgport_message_build(&payload, false, NULL, &p->payload);
	if (err)
		return err;
	refcount_set(&p->payload->shared_by, 1);
	p->expires = MSGPORT_FOREVER;
	if (p->out->ttl && check_add_overflow(p->payload->sent_at, p->out->ttl, &p->expires))
		p->expires = MSGPORT_FOREVER;
	return 0;
}

/*
 * All at once: who held a part could wait for it himself.  And not with a place:
 * those whose messages are pending may be waiting for that one.
 */
static int pay(struct msgport_publishing *p, u64 bytes)
{
	int err = 0;

	if (p->charged)
		msgport_pending_uncharge(p->account, p->charged);
	p->charged = 0;
	if (unlikely(!msgport_pending_try(p->account, bytes))) {
		msgport_place_abandon(p);
		if (!p->out->nonblock)
			err = msgport_pay_later(p->account, bytes, p->deadline, NULL);
		else if (!msgport_pending_try_or_wish(p->account, bytes,
						      &p->publisher->wish))
			err = -EAGAIN;
	}
	if (!err)
		p->charged = bytes;
	return err;
}

/* Payload, and a message for each member that is known; nothing is held meanwhile. */
static int build(struct msgport_publishing *p, u32 count)
{
	struct msgport_message *m;
	int err;

	if (likely(p->payload && count <= p->have))
		return 0;
	err = pay(p, msgport_message_cost(p->out->buffer->size, false) +
		  (u64)count * MSGPORT_OBJECT);
	if (!err && !p->payload)
		err = build_payload(p);
	if (err)
		return err;
	for (; p->have < count; p->have++) {
		m = msgport_message_share(p->payload);
		if (!m)
			return -ENOMEM;
		msgport_extra(m)->expires = p->expires;
		hlist_add_head(&m->link[0], &p->spare);
		cond_resched();
	}
	return 0;
}

/* ---- all members ---- */

/* What a member is told with the next message that it gets. */
static u32 take_missed(struct msgport_send_right *source)
{
	u32 missed = source->missed;

	source->missed = 0;
	return missed;
}

/* At one member.  If it has died since, nobody gets it there. */
static void commit_one(struct msgport_publishing *p, struct msgport_message *m)
{
	struct msgport_port *port = msgport_port_get(m->right->port);
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	if (unlikely(port->state == MSGPORT_PORT_DEAD)) {
		msgport_place_leave(p, port, m, MSGPORT_GATES);
	} else {
		port->traffic->reserved--;
		p->have--;
		msgport_extra(m)->missed = take_missed(m->right->source);
		msgport_send_accept(port, m, &wk);
		spin_unlock(&port->lock);
		msgport_wake(port, &wk);
	}
	msgport_port_put(port);
}

static void miss_one(struct msgport_membership *member)
{
	struct msgport_send_right *source = member->source;
	struct msgport_port *port = member->port;

	spin_lock(&port->lock);
	if (port->state != MSGPORT_PORT_DEAD) {
		port->traffic->ledger.missed++;
		if (source->missed < U32_MAX)
			source->missed++;
		member->missed++;
		member->group->missed++;
		trace_msgport_miss(port->id, member->group->id, source->missed);
	}
	spin_unlock(&port->lock);
}

/* From here on nothing can fail. */
static void commit(struct msgport_publishing *p)
{
	struct msgport_group *group = p->publisher->group;
	struct msgport_membership *member, *next;
	struct msgport_message *m;

	group->sent++;
	trace_msgport_group_send(group->id, group->sent, group->count,
				 p->payload->size);
	list_for_each_entry_safe(member, next, &p->missing, missing) {
		list_del_init(&member->missing);
		miss_one(member);
		cond_resched();
	}
	while (!hlist_empty(&p->placed)) {
		m = hlist_entry(p->placed.first, struct msgport_message, link[0]);
		hlist_del_init(&m->link[0]);
		commit_one(p, m);
		cond_resched();
	}
}

/* When it is time to look again: the member may have stalled for too long. */
static u64 patience(const struct msgport_publishing *p, const struct msgport_membership *member)
{
	u64 until;

	if (!member->group->stall ||
	    check_add_overflow(member->stalled_at, member->group->stall, &until))
		return p->deadline;
	return min(until, p->deadline);
}

/*
 * All members, in the order of their ids; under the group's lock.  0: the message
 * is committed; -EINPROGRESS: it waits at the one that is full, and may have to look
 * again at @until; or an error.  A wait begun before may go on.
 */
static int attempt(struct msgport_publishing *p, u64 *until)
{
	struct msgport_membership *member = NULL;
	struct msgport_send_right *lane;
	struct rb_node *node;
	int result = MSGPORT_PLACE_HELD;

	for (node = rb_first(&p->publisher->group->members); node; node = rb_next(node)) {
		member = rb_entry(node, struct msgport_membership, node);
		result = msgport_place_try(p, member);
		if (result < 0 || result == MSGPORT_PLACE_FULL)
			break;
		cond_resched();
	}
	if (result >= 0 && result != MSGPORT_PLACE_FULL) {
		commit(p);
		return 0;
	}
	msgport_places_give_back(p);
	if (result == MSGPORT_PLACE_FULL && p->out->nonblock)
		result = -EAGAIN;
	if (result < 0)
		return result;
	*until = patience(p, member);
	lane = msgport_lane_find(p->publisher, member->port->id);
	if (msgport_place_waits_at(p, lane))
		return -EINPROGRESS;
	msgport_place_abandon(p);
	return msgport_place_stand(p, member, lane) ?: -EINPROGRESS;
}

/* With messages for all members there are, the lock taken. */
static int begin(struct msgport_publishing *p)
{
	struct msgport_group *group = p->publisher->group;
	int err;

	for (;;) {
		err = build(p, READ_ONCE(group->count));
		if (!err)
			err = msgport_group_lock(group);
		if (err || group->count <= p->have)
			return err;
		msgport_group_unlock(group);
	}
}

/*
 * Sleeps until something about its wait has changed, or @until.  Frozen it would be
 * promised a place and could not use it: the freezer's signal ends the wait.
 */
static int wait(struct msgport_publishing *p, u64 until)
{
	struct msgport_group *group = p->publisher->group;
	int err;

	if (!p->sending.message)
		return 0;
	atomic_inc(&group->waiting);
	err = msgport_sleep_unfrozen(&p->sending.state, MSGPORT_SENDING_WAITING, until);
	atomic_dec(&group->waiting);
	/* what to look at again is not the deadline */
	return err == -ETIMEDOUT && until < p->deadline ? 0 : err;
}

static int publish(struct msgport_publishing *p)
{
	u64 until;
	int err;

	for (;;) {
		err = begin(p);
		if (err)
			break;
		/* the membership it waited at may be over, or a lossy one */
		if (p->sending.message && p->sending.state != MSGPORT_SENDING_WAITING &&
		    p->sending.state != MSGPORT_SENDING_PROMISED)
			msgport_place_abandon(p);
		err = attempt(p, &until);
		msgport_group_unlock(p->publisher->group);
		if (err != -EINPROGRESS)
			break;
		err = wait(p, until);
		if (err)
			break;
	}
	msgport_place_abandon(p);
	return err;
}

/* What was not sent goes, and what it cost. */
static void release(struct msgport_publishing *p)
{
	while (!hlist_empty(&p->spare)) {
		msgport_message_free(msgport_spare_take(p));
		cond_resched();
	}
	if (p->payload)
		msgport_message_unshare(p->payload);
	if (p->spares.used)
		msgport_spares_put(&p->spares);
	if (p->charged)
		msgport_pending_uncharge(p->account, p->charged);
	msgport_account_put(p->account);
}

/**
 * msgport_group_send() - send one message to all members, waiting for room
 * @publisher: pinned by its file
 * @out: what to send
 *
 * Returns 0 once every member has it, or has died or missed it; after an error
 * none has.
 */
int msgport_group_send(struct msgport_publisher *publisher,
		       const struct msgport_outbound *out)
{
	struct msgport_publishing p = {
		.publisher = publisher,
		.out = out,
		.deadline = out->deadline,
		.missing = LIST_HEAD_INIT(p.missing),
	};
	int err;

	if (out->priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	if (out->priority > publisher->max_priority)
		return -EPERM;
	if (out->buffer->size > MSGPORT_SIZE_MAX)
		return -EMSGSIZE;
	p.account = msgport_account_get();
	if (!p.account)
		return -ENOMEM;
	p.sending.age = atomic64_inc_return(&last_age);
	p.sending.task = current;
	err = publish(&p);
	release(&p);
	return err;
}

/* ---- polling ---- */

/* Of the port, and of the lane's share if there is one; a dead one stops nobody. */
static bool has_room(const struct msgport_port *port, const struct msgport_send_right *lane)
{
	u32 cost = msgport_message_cost(port->max_size, true);

	return port->state == MSGPORT_PORT_DEAD ||
	       (msgport_port_has_room(port) &&
		(!lane || msgport_gate_has_room(&lane->share->gate, cost)));
}

static bool member_has_room(struct msgport_publisher *publisher,
			    struct msgport_membership *member)
{
	struct msgport_send_right *lane = msgport_lane_find(publisher, member->port->id);
	struct msgport_port *port = member->port;
	bool room;

	spin_lock(&port->lock);
	room = has_room(port, lane);
	if (!room && list_empty(&member->wish))
		list_add_tail(&member->wish, &port->traffic->wishes);
	spin_unlock(&port->lock);
	return room;
}

/**
 * msgport_membership_full() - has a member no room for any message just now
 * @member: under its group's lock
 * @publisher: whose share counts too; NULL: the port alone
 */
bool msgport_membership_full(struct msgport_membership *member,
			     struct msgport_publisher *publisher)
{
	struct msgport_port *port = member->port;
	struct msgport_send_right *lane = NULL;
	bool room;

	if (publisher)
		lane = msgport_lane_find(publisher, port->id);
	spin_lock(&port->lock);
	room = has_room(port, lane);
	spin_unlock(&port->lock);
	return !room;
}

/**
 * msgport_group_has_room() - what POLLOUT promises: any message would be sent at once
 * @publisher: pinned by its file
 *
 * If not, the group's pollers are told when the first that is full has room.
 */
bool msgport_group_has_room(struct msgport_publisher *publisher)
{
	struct msgport_group *group = publisher->group;
	struct rb_node *node;
	bool room = true;

	mutex_lock(&group->lock);
	for (node = rb_first(&group->members); node && room; node = rb_next(node)) {
		struct msgport_membership *member =
			rb_entry(node, struct msgport_membership, node);

		if (!member->lossy)
			room = member_has_room(publisher, member);
		cond_resched();
	}
	msgport_group_unlock(group);
	return room;
}
