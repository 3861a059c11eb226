// SPDX-License-Identifier: GPL-2.0
/* Watches: made, fired, ended. */

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "answer.h"
#include "compat.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "stamp.h"
#include "watch.h"

static atomic64_t last_id;

/* One that is in no list: unmade, or taken out. */
static void watch_free(struct msgport_watching *w)
{
	if (w->home) {
		msgport_place_free(w->home);
		msgport_port_put(w->home);
	}
	msgport_message_free(w->event);
	if (w->account)
		msgport_account_refund(w->account, MSGPORT_CHARGE_RECORDS);
	kfree(w);
}

/* Takes it out of all lists; it is the caller's alone. */
static void detach(struct msgport_port *port, struct msgport_watching *w)
{
	if (w->event->tag == MSGPORT_WATCH_ROOM)
		port->traffic->room_watches--;
	rb_erase(&w->node, w->owner);
	list_del(&w->list);
	list_del(&w->all);
}

/* Its place goes over to the event. */
static void deliver(struct msgport_watching *w)
{
	w->event->sent_at = ktime_get_ns();
	msgport_arrive(w->home, w->event, NULL);
	msgport_port_put(w->home);
	w->home = NULL;
	w->event = NULL;
	watch_free(w);
}

/* The event may outlive the watch by far: its bytes are paid for until it is received. */
static int pay_for_event(struct msgport_message *event)
{
	struct msgport_account *account = msgport_account_get();
	int err = account ? msgport_charge(account, MSGPORT_CHARGE_BYTES,
					   msgport_cost(event)) : -ENOMEM;

	if (err)
		msgport_account_put(account);
	else
		msgport_extra(event)->account = account;
	return err;
}

static struct msgport_watching *watch_new(const struct msgport_watch_request *request)
{
	struct msgport_watching *w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	struct msgport_account *account;
	int err = -ENOMEM;

	if (!w)
		return ERR_PTR(err);
	w->id = atomic64_inc_return(&last_id);
	w->owner = request->owner;
	w->event = msgport_message_new(0, true, NULL);
	if (!w->event)
		goto free;
	msgport_message_name(w->event, ktime_get_ns());
	msgport_message_sign(w->event, MSGPORT_KIND_EVENT);
	w->event->tag = request->what;
	w->event->subject = request->subject;
	msgport_extra(w->event)->cookie = request->cookie;
	err = pay_for_event(w->event);
	if (err)
		goto free;
	account = msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RECORDS);
	err = PTR_ERR_OR_ZERO(account);
	if (err)
		goto free;
	w->account = account;
	err = msgport_place_reserve(request->home->port, 0);
	if (err)
		goto free;
	w->home = msgport_port_get(request->home->port);
	return w;
free:
	watch_free(w);
	return ERR_PTR(err);
}

/* Ids only grow, so a new one is always the last. */
static void insert(struct msgport_watching *w)
{
	struct rb_node **link = &w->owner->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&w->node, parent, link);
	rb_insert_color(&w->node, w->owner);
}

/* The list of those that wait for the same, and whether it is so already. */
static struct list_head *list_for(const struct msgport_watch_request *request, bool *now)
{
	struct msgport_traffic *traffic = request->port->traffic;
	struct msgport_send_right *right;
	struct msgport_badge *badge;

	*now = false;
	switch (request->what) {
	case MSGPORT_WATCH_SENDERS:
		*now = traffic->had_senders && !traffic->senders;
		return &traffic->watch_senders;
	case MSGPORT_WATCH_ROOM:
		*now = msgport_port_has_room(request->port);
		return &traffic->watch_room;
	case MSGPORT_WATCH_BADGE:
		badge = msgport_badge_find(traffic, request->subject);
		return badge && badge->open ? &badge->watches : NULL;
	case MSGPORT_WATCH_SOURCE:
		right = msgport_source_find(traffic, request->subject);
		return right && right->open ? &right->source_watches : NULL;
	default:
		return &traffic->watch_death;
	}
}

/* Once more for room?  Whoever makes it tells them all; no user may have all places. */
static bool may_watch_room(const struct msgport_traffic *traffic,
			   const struct msgport_account *account)
{
	const struct msgport_watching *w;
	unsigned int own = 0;

	list_for_each_entry(w, &traffic->watch_room, list)
		own += w->account == account;
	return own < MSGPORT_ROOM_WATCHES_EACH &&
	       traffic->room_watches < MSGPORT_ROOM_WATCHES;
}

/**
 * msgport_watch_add() - watch for something
 * @request: what, through which right, and where the event goes
 * @id: out: for msgport_watch_remove()
 *
 * -EPIPE if the port is dead, -ESRCH if nobody has the badge or source, -ENOBUFS
 * if there is no place for the event, -EDQUOT if the user, or all users, have too many
 * watches for room.
 */
int msgport_watch_add(const struct msgport_watch_request *request, u64 *id)
{
	struct msgport_port *port = request->port;
	struct msgport_watching *w;
	bool is_room = request->what == MSGPORT_WATCH_ROOM;
	struct list_head *list;
	bool now = false;
	int err = msgport_port_prepare_traffic(port);

	if (err)
		return err;
	w = watch_new(request);
	if (IS_ERR(w))
		return PTR_ERR(w);
	*id = w->id;
	spin_lock(&port->lock);
	list = list_for(request, &now);
	if (port->state == MSGPORT_PORT_DEAD)
		err = -EPIPE;
	else if (!list)
		err = -ESRCH;
	else if (is_room && !now && !may_watch_room(port->traffic, w->account))
		err = -EDQUOT;
	if (!err && !now) {
		port->traffic->room_watches += is_room;
		insert(w);
		list_add_tail(&w->list, list);
		list_add_tail(&w->all, &port->traffic->watches);
	}
	spin_unlock(&port->lock);
	if (err)
		watch_free(w);
	else if (now)
		deliver(w);
	return err;
}

/**
 * msgport_watch_remove() - stop watching
 * @port: pinned
 * @owner: watches of the right that it was made through
 * @id: of msgport_watch_add()
 *
 * -ESRCH if it has happened, or never was.
 */
int msgport_watch_remove(struct msgport_port *port, struct rb_root *owner, u64 id)
{
	struct msgport_watching *w, *found = NULL;
	struct rb_node *node;

	spin_lock(&port->lock);
	node = owner->rb_node;
	while (node && !found) {
		w = rb_entry(node, struct msgport_watching, node);
		if (id == w->id)
			found = w;
		node = id < w->id ? node->rb_left : node->rb_right;
	}
	if (found)
		detach(port, found);
	spin_unlock(&port->lock);
	if (!found)
		return -ESRCH;
	watch_free(found);
	return 0;
}

/* The right is closed: nobody else can use it. */
void msgport_watches_end(struct msgport_port *port, struct rb_root *owner)
{
	struct msgport_watching *w;
	struct rb_node *node;

	if (RB_EMPTY_ROOT(owner))
		return;
	for (;;) {
		spin_lock(&port->lock);
		node = rb_first(owner);
		if (!node)
			break;
		w = rb_entry(node, struct msgport_watching, node);
		detach(port, w);
		spin_unlock(&port->lock);
		watch_free(w);
		cond_resched();
	}
	spin_unlock(&port->lock);
}

/**
 * msgport_watches_fire() - what these watches wait for has happened
 * @port: pinned, unlocked
 * @fired: a list of the caller's own, which others still take watches out of
 */
void msgport_watches_fire(struct msgport_port *port, struct list_head *fired)
{
	struct msgport_watching *w;

	for (;;) {
		spin_lock(&port->lock);
		w = list_first_entry_or_null(fired, struct msgport_watching, list);
		if (!w)
			break;
		detach(port, w);
		spin_unlock(&port->lock);
		deliver(w);
		cond_resched();
	}
	spin_unlock(&port->lock);
}

/* There is room: all who watch for it are told, as all who poll are. */
void msgport_watches_room(struct msgport_port *port)
{
	LIST_HEAD(fired);

	spin_lock(&port->lock);
	list_splice_init(&port->traffic->watch_room, &fired);
	spin_unlock(&port->lock);
	msgport_watches_fire(port, &fired);
}

/* The port is dead: no watch can be added any more. */
void msgport_watches_died(struct msgport_port *port)
{
	struct msgport_watching *w;

	if (!port->traffic)
		return;
	for (;;) {
		spin_lock(&port->lock);
		w = list_first_entry_or_null(&port->traffic->watches,
					     struct msgport_watching, all);
		if (!w)
			break;
		detach(port, w);
		spin_unlock(&port->lock);
		w->event->tag = MSGPORT_WATCH_DEATH;
		deliver(w);
		cond_resched();
	}
	spin_unlock(&port->lock);
}
