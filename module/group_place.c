// SPDX-License-Identifier: GPL-2.0
/* A place for a group's message at each member, or in the line of one. */

#include <linux/ktime.h>
#include <linux/sched.h>

#include "compat.h"
#include "gate.h"
#include "group.h"
#include "group_place.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

struct msgport_message *msgport_spare_take(struct msgport_publishing *p)
{
	struct msgport_message *m = hlist_entry(p->spare.first, struct msgport_message,
						link[0]);

	hlist_del_init(&m->link[0]);
	return m;
}

static void spare_put(struct msgport_publishing *p, struct msgport_message *m)
{
	hlist_add_head(&m->link[0], &p->spare);
}

/*
 * Places that it holds go back to who waits for them.  Unlocks the port, which
 * the caller has pinned.
 */
void msgport_place_leave(struct msgport_publishing *p, struct msgport_port *port,
			 struct msgport_message *m, enum msgport_gate_stage stage)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;

	msgport_wakeups_init(&wk);
	msgport_gates_leave(m->right, stage, msgport_cost(m));
	if (stage == MSGPORT_GATES) {
		port->traffic->reserved--;
		msgport_port_place_freed(port, &wk);
	}
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
static bool rob(struct msgport_port *port, const struct msgport_publishing *p,
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
void msgport_place_abandon(struct msgport_publishing *p)
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
	msgport_place_leave(p, port, m, s->stage);
	msgport_port_put(port);
}

/* ---- one member ---- */

/*
 * Full, and has it been so without taking anything for too long?  What has nothing to
 * take is full of places that others hold, which is not its fault.
 */
static bool stalls(struct msgport_membership *member)
{
	const struct msgport_ledger *ledger = &member->port->traffic->ledger;
	u64 ended = ledger->received + ledger->returned, now = ktime_get_ns();
	int i;

	for (i = 0; i < MSGPORT_REASONS; i++)
		ended += ledger->discarded[i];
	if (!member->stalled_at || member->ended != ended ||
	    !msgport_port_in_transit(member->port)) {
		member->stalled_at = now;
		member->ended = ended;
	}
	return member->group->stall && now - member->stalled_at >= member->group->stall;
}

/* Its own wait here is over, if it has come to that; under the port's lock. */
static enum msgport_place claim(struct msgport_publishing *p)
{
	struct msgport_sending *s = &p->sending;

	if (s->state != MSGPORT_SENDING_PROMISED)
		return MSGPORT_PLACE_FULL;
	list_del(&s->list);
	list_del(&s->peers);
	hlist_add_head(&s->message->link[0], &p->placed);
	s->message = NULL;
	return MSGPORT_PLACE_HELD;
}

/*
 * Through the gates; the port is locked, and @m attached to its lane there.  @robbed:
 * bytes may be left over of what another send had.
 */
static enum msgport_place enter(struct msgport_publishing *p, struct msgport_port *port,
				struct msgport_message *m, bool *robbed)
{
	enum msgport_gate_stage stage;

	stage = msgport_gates_pass(m->right, MSGPORT_GATE_RIGHT, m->priority,
				   msgport_cost(m));
	*robbed = stage != MSGPORT_GATES && rob(port, p, m, stage);
	if (stage != MSGPORT_GATES && !*robbed) {
		/* nobody could have moved on for it */
		msgport_gates_leave(m->right, stage, msgport_cost(m));
		return MSGPORT_PLACE_FULL;
	}
	port->traffic->reserved++;
	return MSGPORT_PLACE_HELD;
}

/* Who waits for what is left over moves on.  Unlocks the port. */
static noinline_for_stack void share_out(struct msgport_port *port,
					 struct msgport_send_right *lane)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;

	msgport_wakeups_init(&wk);
	lane->pins++;
	msgport_port_settle(port, lane, &wk);
}

/* Not placed: back to the spare ones.  Unlocks the port. */
static void turn_away(struct msgport_publishing *p, struct msgport_port *port,
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

static enum msgport_place without_place(struct msgport_publishing *p,
					struct msgport_membership *member)
{
	if (!member->lossy)
		return MSGPORT_PLACE_FULL;
	list_add_tail(&member->missing, &p->missing);
	return MSGPORT_PLACE_MISSED;
}

/* The same for one that must not stall the group any longer. */
static enum msgport_place full(struct msgport_publishing *p,
			       struct msgport_membership *member, bool stalled)
{
	if (stalled && !member->lossy) {
		member->lossy = true;
		msgport_membership_kick(member);
	}
	return without_place(p, member);
}

/* Does this send wait at this member? */
bool msgport_place_waits_at(const struct msgport_publishing *p,
			    const struct msgport_send_right *lane)
{
	return p->sending.message && p->sending.message->right == lane;
}

/* One that it waits at: its turn may have come, or it must go on waiting. */
static int try_again(struct msgport_publishing *p, struct msgport_membership *member)
{
	struct msgport_port *port = member->port;
	enum msgport_place outcome;
	bool stalled = false;

	spin_lock(&port->lock);
	outcome = claim(p);
	if (outcome == MSGPORT_PLACE_FULL && p->sending.state == MSGPORT_SENDING_WAITING)
		stalled = stalls(member);
	spin_unlock(&port->lock);
	return outcome == MSGPORT_PLACE_HELD ? MSGPORT_PLACE_HELD : full(p, member, stalled);
}

/* A place for a message that is attached.  Unlocks the port. */
static enum msgport_place place(struct msgport_publishing *p,
				struct msgport_membership *member, struct msgport_message *m)
	__releases(&member->port->lock)
{
	struct msgport_port *port = member->port;
	bool stalled, robbed;

	if (port->state == MSGPORT_PORT_DEAD) {
		turn_away(p, port, m);
		return MSGPORT_PLACE_SKIPPED;
	}
	if (enter(p, port, m, &robbed) == MSGPORT_PLACE_HELD) {
		hlist_add_head(&m->link[0], &p->placed);
		if (unlikely(robbed))
			share_out(port, m->right);
		else
			spin_unlock(&port->lock);
		return MSGPORT_PLACE_HELD;
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
static void stand(struct msgport_publishing *p, struct msgport_membership *member,
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
static int attach(struct msgport_publishing *p, struct msgport_membership *member,
		  struct msgport_send_right *lane, bool in_line)
{
	struct msgport_message *m = msgport_spare_take(p);
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
int msgport_place_try(struct msgport_publishing *p, struct msgport_membership *member)
{
	struct msgport_port *port = member->port;
	struct msgport_send_right *lane;

	if (READ_ONCE(port->state) == MSGPORT_PORT_DEAD)
		return MSGPORT_PLACE_SKIPPED;
	lane = msgport_lane_get(p->publisher, member);
	if (IS_ERR(lane))
		return PTR_ERR(lane) == -EPIPE ? MSGPORT_PLACE_SKIPPED : PTR_ERR(lane);
	if (msgport_place_waits_at(p, lane))
		return try_again(p, member);
	if (p->payload->size > READ_ONCE(port->max_size))
		return without_place(p, member) == MSGPORT_PLACE_MISSED ?
		       MSGPORT_PLACE_MISSED : -EMSGSIZE;
	return attach(p, member, lane, false);
}

static void forget_missing(struct msgport_publishing *p)
{
	struct msgport_membership *member, *next;

	list_for_each_entry_safe(member, next, &p->missing, missing)
		list_del_init(&member->missing);
}

/* Every place is given back, but what it waits for. */
void msgport_places_give_back(struct msgport_publishing *p)
{
	struct msgport_message *m;
	struct msgport_port *port;

	while (!hlist_empty(&p->placed)) {
		m = hlist_entry(p->placed.first, struct msgport_message, link[0]);
		hlist_del_init(&m->link[0]);
		port = msgport_port_get(m->right->port);
		spin_lock(&port->lock);
		msgport_place_leave(p, port, m, MSGPORT_GATES);
		msgport_port_put(port);
		cond_resched();
	}
	forget_missing(p);
}

/**
 * msgport_place_stand() - wait in a member's line
 * @p: waits nowhere
 * @member: that had no place
 * @lane: to it
 *
 * Under the group's lock.  Returns 0, or an error for want of memory.
 */
int msgport_place_stand(struct msgport_publishing *p, struct msgport_membership *member,
			struct msgport_send_right *lane)
{
	return attach(p, member, lane, true);
}
