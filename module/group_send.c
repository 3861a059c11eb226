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
#include "limits.h"
#include "message.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

/* Age of a send: smaller is older. */
static atomic64_t last_age;

/* A send under way, on its own stack. */
struct publishing {
	struct msgport_publisher *publisher;
	const struct msgport_outbound *out;
	struct msgport_account *account;	/* the sender's own */
	struct msgport_message *payload;
	u64 expires;
	u64 deadline;
	struct hlist_head spare;	/* messages for members */
	u32 have;			/* of them, and of those placed */
	struct hlist_head placed;	/* those that have their places */
	struct list_head missing;	/* lossy members that have none */
	struct msgport_spares spares;	/* for attaching them */
	u64 charged;			/* pending bytes */
	struct msgport_sending sending;	/* its message is NULL: waits nowhere */
};

/* Outcomes of trying one member, beside errors. */
enum outcome {
	PLACED,
	SKIPPED,		/* it is dead */
	MISSED,			/* it is lossy, and has no room */
	FULL,
};

/* ---- messages ---- */

static int build_payload(struct publishing *p)
{
	struct msgport_outbound payload = *p->out;
	int err;

	payload.ttl = 0;
	err = msgport_message_build(&payload, false, &p->payload);
	if (err)
		return err;
	refcount_set(&p->payload->shared_by, 1);
	p->expires = MSGPORT_FOREVER;
	if (p->out->ttl && check_add_overflow(p->payload->sent_at, p->out->ttl, &p->expires))
		p->expires = MSGPORT_FOREVER;
	return 0;
}

/* All at once: who held a part could wait for it himself. */
static int pay(struct publishing *p, u64 bytes)
{
	int err = 0;

	if (p->charged)
		msgport_pending_uncharge(p->account, p->charged);
	p->charged = 0;
	if (likely(msgport_pending_try(p->account, bytes)))
		err = 0;
	else if (!p->out->nonblock)
		err = msgport_pay_later(p->account, bytes, p->deadline, NULL);
	else if (!msgport_pending_try_or_wish(p->account, bytes, &p->publisher->wish))
		err = -EAGAIN;
	if (!err)
		p->charged = bytes;
	return err;
}

/* Payload, and a message for each member that is known; nothing is held meanwhile. */
static int build(struct publishing *p, u32 count)
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

static struct msgport_message *spare_take(struct publishing *p)
{
	struct msgport_message *m = hlist_entry(p->spare.first, struct msgport_message,
						link[0]);

	hlist_del_init(&m->link[0]);
	return m;
}

static void spare_put(struct publishing *p, struct msgport_message *m)
{
	hlist_add_head(&m->link[0], &p->spare);
}

/*
 * Places that it holds go back to who waits for them.  Unlocks the port, which
 * the caller has pinned.
 */
static void leave(struct publishing *p, struct msgport_port *port,
		  struct msgport_message *m, enum msgport_gate_stage stage)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;

	msgport_wakeups_init(&wk);
	if (stage == MSGPORT_GATES)
		port->traffic->reserved--;
	msgport_gates_leave(m->right, stage, msgport_cost(m));
	msgport_port_settle(port, msgport_detach(m), &wk);
	spare_put(p, m);
}

/* ---- waiting ---- */

/**
 * msgport_sending_promise() - a send of a group has come through the gates
 * @s: in the port's list of those that wait, at no gate; holds them all
 * @wk: wake-ups owed
 */
void msgport_sending_promise(struct msgport_sending *s, struct msgport_wakeups *wk)
{
	struct msgport_port *port = s->message->right->port;

	trace_msgport_wake(port->id, s->task->pid, false);
	list_move_tail(&s->list, &port->traffic->promises);
	s->stage = MSGPORT_GATES;
	port->traffic->waiting--;
	port->traffic->reserved++;
	msgport_wakeups_add(wk, s->task);
	/* pairs with the acquire in msgport_sleep(); others may still change it */
	smp_store_release(&s->state, MSGPORT_SENDING_PROMISED);
}

/* A younger one has to go back to the line.  True if the places are @m's. */
static bool rob(struct msgport_port *port, const struct publishing *p,
		struct msgport_message *m, enum msgport_gate_stage stage)
{
	unsigned int looked = 0;
	struct msgport_sending *s;

	list_for_each_entry(s, &port->traffic->promises, list) {
		if (looked++ == MSGPORT_BATCH)
			break;
		if (s->age < p->sending.age || s->message->priority > m->priority ||
		    !msgport_gates_rob(m->right, stage, msgport_cost(m), s))
			continue;
		list_move_tail(&s->list, &port->traffic->blocked);
		port->traffic->waiting++;
		port->traffic->reserved--;
		/* it is awake, and will sleep again when it sees this */
		WRITE_ONCE(s->state, MSGPORT_SENDING_WAITING);
		return true;
	}
	return false;
}

/* Waits nowhere any more; what it held there goes back. */
static void abandon(struct publishing *p)
{
	struct msgport_sending *s = &p->sending;
	struct msgport_message *m = s->message;
	struct msgport_port *port;

	if (!m)
		return;
	port = msgport_port_get(m->right->port);
	spin_lock(&port->lock);
	if (s->state == MSGPORT_SENDING_WAITING) {
		msgport_gate_unwait(s);
		port->traffic->waiting--;
	}
	if (s->state == MSGPORT_SENDING_WAITING || s->state == MSGPORT_SENDING_PROMISED) {
		list_del(&s->list);
		list_del(&s->peers);
	}
	s->message = NULL;
	leave(p, port, m, s->stage);
	msgport_port_put(port);
}

/* ---- one member ---- */

/* Full, and has it been so without taking anything for too long? */
static bool stalls(struct msgport_membership *member)
{
	const struct msgport_ledger *ledger = &member->port->traffic->ledger;
	u64 ended = ledger->received + ledger->returned, now = ktime_get_ns();
	int i;

	for (i = 0; i < MSGPORT_REASONS; i++)
		ended += ledger->discarded[i];
	if (!member->stalled_at || member->ended != ended) {
		member->stalled_at = now;
		member->ended = ended;
	}
	return member->group->stall && now - member->stalled_at >= member->group->stall;
}

/* Its own wait here is over, if it has come to that; under the port's lock. */
static enum outcome claim(struct publishing *p)
{
	struct msgport_sending *s = &p->sending;

	if (s->state != MSGPORT_SENDING_PROMISED)
		return FULL;
	list_del(&s->list);
	list_del(&s->peers);
	hlist_add_head(&s->message->link[0], &p->placed);
	s->message = NULL;
	return PLACED;
}

/* Through the gates; the port is locked, and @m attached to its lane there. */
static enum outcome enter(struct publishing *p, struct msgport_port *port,
			  struct msgport_message *m)
{
	enum msgport_gate_stage stage;

	stage = msgport_gates_pass(m->right, MSGPORT_GATE_RIGHT, m->priority,
				   msgport_cost(m));
	if (stage != MSGPORT_GATES && !rob(port, p, m, stage)) {
		/* nobody could have moved on for it */
		msgport_gates_leave(m->right, stage, msgport_cost(m));
		return FULL;
	}
	port->traffic->reserved++;
	return PLACED;
}

/* Not placed: back to the spare ones.  Unlocks the port. */
static void turn_away(struct publishing *p, struct msgport_port *port,
		      struct msgport_message *m)
	__releases(&port->lock)
{
	struct msgport_gone *gone;

	msgport_send_right_unpin(msgport_detach(m));
	gone = msgport_gone_take(&port->traffic->gone);
	spin_unlock(&port->lock);
	msgport_gone_free(gone);
	spare_put(p, m);
}

static enum outcome without_place(struct publishing *p, struct msgport_membership *member)
{
	if (!member->lossy)
		return FULL;
	list_add_tail(&member->missing, &p->missing);
	return MISSED;
}

/* The same for one that must not stall the group any longer. */
static enum outcome full(struct publishing *p, struct msgport_membership *member,
			 bool stalled)
{
	if (stalled && !member->lossy) {
		member->lossy = true;
		msgport_membership_kick(member);
	}
	return without_place(p, member);
}

/* Does this send wait at this member? */
static bool waits_at(const struct publishing *p, const struct msgport_send_right *lane)
{
	return p->sending.message && p->sending.message->right == lane;
}

/* One that it waits at: its turn may have come, or it must go on waiting. */
static int try_again(struct publishing *p, struct msgport_membership *member)
{
	struct msgport_port *port = member->port;
	enum outcome outcome;
	bool stalled = false;

	spin_lock(&port->lock);
	outcome = claim(p);
	if (outcome == FULL && p->sending.state == MSGPORT_SENDING_WAITING)
		stalled = stalls(member);
	spin_unlock(&port->lock);
	return outcome == PLACED ? PLACED : full(p, member, stalled);
}

/* A place for a message that is attached.  Unlocks the port. */
static enum outcome place(struct publishing *p, struct msgport_membership *member,
			  struct msgport_message *m)
	__releases(&member->port->lock)
{
	struct msgport_port *port = member->port;
	bool stalled;

	if (port->state == MSGPORT_PORT_DEAD) {
		turn_away(p, port, m);
		return SKIPPED;
	}
	if (enter(p, port, m) == PLACED) {
		spin_unlock(&port->lock);
		hlist_add_head(&m->link[0], &p->placed);
		return PLACED;
	}
	stalled = stalls(member);
	if (p->out->nonblock && !member->lossy && list_empty(&member->wish))
		list_add_tail(&member->wish, &port->traffic->wishes);
	turn_away(p, port, m);
	return full(p, member, stalled);
}

/*
 * In the line of a member that had no place a moment ago; if it has one meanwhile,
 * that is as good as promised.  Unlocks the port.
 */
static void stand(struct publishing *p, struct msgport_membership *member,
		  struct msgport_message *m)
	__releases(&member->port->lock)
{
	struct msgport_sending *s = &p->sending;
	struct msgport_port *port = member->port;

	if (port->state == MSGPORT_PORT_DEAD) {
		turn_away(p, port, m);
		return;
	}
	s->message = m;
	list_add_tail(&s->peers, &member->waiting);
	s->stage = msgport_gates_pass(m->right, MSGPORT_GATE_RIGHT, m->priority,
				      msgport_cost(m));
	if (s->stage == MSGPORT_GATES) {
		list_add_tail(&s->list, &port->traffic->promises);
		port->traffic->reserved++;
		s->ticket = port->traffic->ticket++;
		s->state = MSGPORT_SENDING_PROMISED;
	} else {
		trace_msgport_block(port->id, m->right->id, s->stage);
		list_add_tail(&s->list, &port->traffic->blocked);
		port->traffic->waiting++;
		s->state = MSGPORT_SENDING_WAITING;
		msgport_gate_wait(s, s->stage);
	}
	spin_unlock(&port->lock);
}

/* Ties a message to a lane, then places it or has it stand in line. */
static int attach(struct publishing *p, struct msgport_membership *member,
		  struct msgport_send_right *lane, bool in_line)
{
	struct msgport_message *m = spare_take(p);
	struct msgport_port *port = member->port;
	int err;

	for (;;) {
		err = msgport_spares_get(&p->spares, lane, m->priority);
		if (unlikely(err)) {
			spare_put(p, m);
			return err;
		}
		spin_lock(&port->lock);
		if (likely(msgport_attach(m, lane, &p->spares)))
			break;
		spin_unlock(&port->lock);
	}
	if (likely(!in_line))
		return place(p, member, m);
	stand(p, member, m);
	return 0;
}

/* A place at one member.  Under the group's lock; an outcome, or an error. */
static int try(struct publishing *p, struct msgport_membership *member)
{
	struct msgport_port *port = member->port;
	struct msgport_send_right *lane;

	if (READ_ONCE(port->state) == MSGPORT_PORT_DEAD)
		return SKIPPED;
	lane = msgport_lane_get(p->publisher, member);
	if (IS_ERR(lane))
		return PTR_ERR(lane) == -EPIPE ? SKIPPED : PTR_ERR(lane);
	if (waits_at(p, lane))
		return try_again(p, member);
	if (p->payload->size > READ_ONCE(port->max_size))
		return without_place(p, member) == MISSED ? MISSED : -EMSGSIZE;
	return attach(p, member, lane, false);
}

/* ---- all members ---- */

static void forget_missing(struct publishing *p)
{
	struct msgport_membership *member, *next;

	list_for_each_entry_safe(member, next, &p->missing, missing)
		list_del_init(&member->missing);
}

/* Every place is given back, but what it waits for. */
static void give_back(struct publishing *p)
{
	struct msgport_message *m;
	struct msgport_port *port;

	while (!hlist_empty(&p->placed)) {
		m = hlist_entry(p->placed.first, struct msgport_message, link[0]);
		hlist_del_init(&m->link[0]);
		port = msgport_port_get(m->right->port);
		spin_lock(&port->lock);
		leave(p, port, m, MSGPORT_GATES);
		msgport_port_put(port);
		cond_resched();
	}
	forget_missing(p);
}

/* What a member is told with the next message that it gets. */
static u32 take_missed(struct msgport_membership *member)
{
	u32 missed = member->missed;

	member->missed = 0;
	return missed;
}

/* At one member.  If it has died since, nobody gets it there. */
static void commit_one(struct publishing *p, struct msgport_message *m)
{
	struct msgport_port *port = msgport_port_get(m->right->port);
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_membership *member =
		msgport_membership_find(p->publisher->group, port->id);

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	if (unlikely(port->state == MSGPORT_PORT_DEAD)) {
		leave(p, port, m, MSGPORT_GATES);
	} else {
		port->traffic->reserved--;
		p->have--;
		msgport_extra(m)->missed = take_missed(member);
		msgport_send_accept(port, m, &wk);
		spin_unlock(&port->lock);
		msgport_wake(port, &wk);
	}
	msgport_port_put(port);
}

static void miss_one(struct msgport_membership *member)
{
	struct msgport_port *port = member->port;

	spin_lock(&port->lock);
	if (port->state != MSGPORT_PORT_DEAD) {
		port->traffic->ledger.missed++;
		if (member->missed < U32_MAX)
			member->missed++;
		member->group->missed++;
		trace_msgport_miss(port->id, member->group->id, member->missed);
	}
	spin_unlock(&port->lock);
}

/* From here on nothing can fail. */
static void commit(struct publishing *p)
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
static u64 patience(const struct publishing *p, const struct msgport_membership *member)
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
static int attempt(struct publishing *p, u64 *until)
{
	struct msgport_membership *member = NULL;
	struct msgport_send_right *lane;
	struct rb_node *node;
	int result = PLACED;

	for (node = rb_first(&p->publisher->group->members); node; node = rb_next(node)) {
		member = rb_entry(node, struct msgport_membership, node);
		result = try(p, member);
		if (result < 0 || result == FULL)
			break;
		cond_resched();
	}
	if (result >= 0 && result != FULL) {
		commit(p);
		return 0;
	}
	give_back(p);
	if (result == FULL && p->out->nonblock)
		result = -EAGAIN;
	if (result < 0)
		return result;
	*until = patience(p, member);
	lane = msgport_lane_find(p->publisher, member->port->id);
	if (waits_at(p, lane))
		return -EINPROGRESS;
	abandon(p);
	return attach(p, member, lane, true) ?: -EINPROGRESS;
}

/* With messages for all members there are, the lock taken. */
static int begin(struct publishing *p)
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

/* Sleeps until something about its wait has changed, or @until. */
static int wait(struct publishing *p, u64 until)
{
	struct msgport_group *group = p->publisher->group;
	int err;

	if (!p->sending.message)
		return 0;
	atomic_inc(&group->waiting);
	err = msgport_sleep(&p->sending.state, MSGPORT_SENDING_WAITING, until);
	atomic_dec(&group->waiting);
	/* what to look at again is not the deadline */
	return err == -ETIMEDOUT && until < p->deadline ? 0 : err;
}

static int publish(struct publishing *p)
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
			abandon(p);
		err = attempt(p, &until);
		msgport_group_unlock(p->publisher->group);
		if (err != -EINPROGRESS)
			break;
		err = wait(p, until);
		if (err)
			break;
	}
	abandon(p);
	return err;
}

/* What was not sent goes, and what it cost. */
static void release(struct publishing *p)
{
	while (!hlist_empty(&p->spare)) {
		msgport_message_free(spare_take(p));
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
	struct publishing p = {
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

static bool member_has_room(struct msgport_publisher *publisher,
			    struct msgport_membership *member)
{
	struct msgport_send_right *lane = msgport_lane_find(publisher, member->port->id);
	struct msgport_port *port = member->port;
	u32 cost;
	bool room;

	spin_lock(&port->lock);
	cost = msgport_message_cost(port->max_size, true);
	room = port->state == MSGPORT_PORT_DEAD ||
	       (msgport_port_has_room(port) &&
		(!lane || msgport_gate_has_room(&lane->share->gate, cost)));
	if (!room && list_empty(&member->wish))
		list_add_tail(&member->wish, &port->traffic->wishes);
	spin_unlock(&port->lock);
	return room;
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
