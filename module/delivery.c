// SPDX-License-Identifier: GPL-2.0
/* Deliveries: tokens, who took what, and giving it back. */

#include <linux/fdtable.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "answer.h"
#include "call.h"
#include "compat.h"
#include "deliver.h"
#include "delivery.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

static atomic64_t last_token;

static struct msgport_taker *taker_new(struct msgport_receive_right *right)
{
	struct msgport_taker *taker = kzalloc(sizeof(*taker), GFP_KERNEL_ACCOUNT);

	if (!taker)
		return NULL;
	taker->tgid = get_pid(task_tgid(current));
	taker->right = right;
	return taker;
}

static void taker_free(struct msgport_taker *taker)
{
	if (!taker)
		return;
	put_pid(taker->tgid);
	kfree(taker);
}

/* The calling process's, from the tree or from @spare, or NULL. */
static struct msgport_taker *taker_get(struct msgport_receive_right *right,
				       struct msgport_taker **spare)
{
	struct rb_node **link = &right->takers.rb_node, *parent = NULL;
	const struct pid *tgid = task_tgid(current);
	struct msgport_taker *taker;

	while (*link) {
		parent = *link;
		taker = rb_entry(parent, struct msgport_taker, node);
		if (tgid == taker->tgid)
			return taker;
		link = tgid < taker->tgid ? &parent->rb_left : &parent->rb_right;
	}
	taker = *spare;
	if (!taker)
		return NULL;
	*spare = NULL;
	rb_link_node(&taker->node, parent, link);
	rb_insert_color(&taker->node, &right->takers);
	return taker;
}

/* Returns true if msgport_taker_end() is to follow, unlocked. */
bool msgport_taker_put(struct msgport_taker *taker)
{
	return !--taker->users && taker->left;
}

/**
 * msgport_delivery_prepare() - before a message that will have a token is copied
 * @right: that it was taken through
 * @in: the message in hand; gets a taker, a token, and what answer is due
 *
 * Returns 0 or -ENOMEM; the caller ends with msgport_receive_finish() in any case.
 */
int msgport_delivery_prepare(struct msgport_receive_right *right,
			     struct msgport_inbound *in)
{
	struct msgport_taker *spare = NULL, *taker;
	struct msgport_port *port = right->port;
	struct msgport_due *due;

	for (;;) {
		spin_lock(&port->lock);
		taker = taker_get(right, &spare);
		if (taker)
			break;
		spin_unlock(&port->lock);
		spare = taker_new(right);
		if (!spare)
			return -ENOMEM;
	}
	taker->users++;
	taker->left = false;
	in->taker = taker;
	due = msgport_due_of(in->message);
	msgport_stamp_due(&in->stamp, due);
	if (port->flags & MSGPORT_ACK || (due && !due->sync))
		in->token = atomic64_inc_return(&last_token);
	spin_unlock(&port->lock);
	taker_free(spare);
	return 0;
}

/* Tokens only grow, so a new one is as a rule the last. */
void msgport_delivery_add(struct msgport_port *port, struct msgport_delivery *d,
			  const struct msgport_inbound *in)
{
	struct rb_node **link = &port->traffic->deliveries.rb_node, *parent = NULL;

	d->token = in->token;
	d->taker = in->taker;
	hlist_add_head(&d->link, &in->taker->deliveries);
	while (*link) {
		parent = *link;
		link = d->token < rb_entry(parent, struct msgport_delivery, node)->token ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&d->node, parent, link);
	rb_insert_color(&d->node, &port->traffic->deliveries);
}

/* What a token stands for on this right, or NULL. */
struct msgport_delivery *msgport_delivery_find(struct msgport_receive_right *right,
					       u64 token)
{
	struct msgport_traffic *traffic = right->port->traffic;
	struct rb_node *node = traffic ? traffic->deliveries.rb_node : NULL;

	while (node) {
		struct msgport_delivery *d = rb_entry(node, struct msgport_delivery, node);

		if (token == d->token)
			return d->taker->right == right ? d : NULL;
		node = token < d->token ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* What it stood for is the caller's.  A message is IN_HAND then, linked nowhere. */
void msgport_delivery_remove(struct msgport_port *port, struct msgport_delivery *d)
{
	struct msgport_message *m = msgport_delivered(d);
	int i;

	rb_erase(&d->node, &port->traffic->deliveries);
	hlist_del(&d->link);
	if (!m)
		return;
	port->traffic->outstanding--;
	port->in_hand_count++;
	m->state = MSGPORT_IN_HAND;
	for (i = 0; i < MSGPORT_ORDERS; i++)
		INIT_HLIST_NODE(&m->link[i]);
}

/* A message that was taken through an acknowledging port's right, or NULL. */
static struct msgport_message *claim(struct msgport_receive_right *right, u64 token)
{
	struct msgport_delivery *d = msgport_delivery_find(right, token);

	if (!d)
		return NULL;
	msgport_delivery_remove(right->port, d);
	return msgport_delivered(d);
}

/**
 * msgport_ack() - settle an outstanding message
 * @right: that it was taken through
 * @token: of that delivery
 *
 * Whoever waits for an answer gets the empty one.
 */
int msgport_ack(struct msgport_receive_right *right, u64 token)
{
	struct msgport_port *port = right->port;
	struct msgport_message *m;

	if (!(port->flags & MSGPORT_ACK))
		return -EOPNOTSUPP;
	spin_lock(&port->lock);
	m = claim(right, token);
	if (m) {
		msgport_settle_taken(port, m, NULL);
		return 0;
	}
	spin_unlock(&port->lock);
	return -ESRCH;
}

/* Back to its place; the lock is let go. */
static void give_back(struct msgport_port *port, struct msgport_message *m)
	__releases(&port->lock)
{
	port->traffic->ledger.redelivered++;
	if (m->deliveries < U8_MAX)
		m->deliveries++;
	trace_msgport_release(port->id, m->sequence, m->deliveries);
	if (port->state != MSGPORT_PORT_DEAD && port->max_deliveries &&
	    m->deliveries >= port->max_deliveries) {
		msgport_untake(port, m, true);
		msgport_port_discard(port, m, MSGPORT_EXHAUSTED);
		return;
	}
	msgport_put_back(port, m);
}

/**
 * msgport_release() - give an outstanding message back
 * @right: that it was taken through
 * @token: of that delivery
 */
int msgport_release(struct msgport_receive_right *right, u64 token)
{
	struct msgport_port *port = right->port;
	struct msgport_message *m;

	if (!(port->flags & MSGPORT_ACK))
		return -EOPNOTSUPP;
	spin_lock(&port->lock);
	m = claim(right, token);
	if (m) {
		give_back(port, m);
		return 0;
	}
	spin_unlock(&port->lock);
	return -ESRCH;
}

/* All that a process took: newest first, so that each goes back to the front. */
static void taker_end(struct msgport_port *port, struct msgport_taker *taker)
	__must_hold(&port->lock)
{
	while (!hlist_empty(&taker->deliveries)) {
		struct msgport_delivery *d = hlist_entry(taker->deliveries.first,
							 struct msgport_delivery, link);
		struct msgport_message *m = msgport_delivered(d);

		msgport_delivery_remove(port, d);
		if (m)
			give_back(port, m);
		else
			msgport_due_gone(port, d->due);
		cond_resched();
		spin_lock(&port->lock);
	}
	rb_erase(&taker->node, &taker->right->takers);
	taker_free(taker);
}

static int is_file(const void *file, struct file *other, unsigned int fd)
{
	return other == file;
}

/* Has the caller's table a descriptor of it? */
bool msgport_table_has(struct file *file)
{
	return iterate_fd(current->files, 0, is_file, file);
}

/*
 * In a flush: has the process no descriptor left?  The one that is closed is out
 * of the table already.
 *
 * A thread that exits alone, with a table of its own, leaves nothing: what the
 * process took may be settled by the others.
 */
static bool process_leaves(struct file *file)
{
	if (!current->files)
		return !atomic_read(&current->signal->live);
	return !msgport_table_has(file);
}

/**
 * msgport_taker_leave() - the calling process closes a descriptor of this right
 * @right: pinned by @file
 * @file: its file
 *
 * What it took is given back if it was the last.
 */
void msgport_taker_leave(struct msgport_receive_right *right, struct file *file)
{
	if (!RB_EMPTY_ROOT(&right->takers) && process_leaves(file))
		msgport_taker_end(right);
}

/* What the calling process took is given back, at once or when it lets go of it. */
void msgport_taker_end(struct msgport_receive_right *right)
{
	struct msgport_port *port = right->port;
	struct msgport_taker *none = NULL, *taker;

	spin_lock(&port->lock);
	taker = taker_get(right, &none);
	/* a thread of it may be receiving, with the last descriptor closed by another */
	if (taker && taker->users)
		taker->left = true;
	else if (taker)
		taker_end(port, taker);
	spin_unlock(&port->lock);
}

/* The right is closed: nobody uses it any more. */
void msgport_takers_end(struct msgport_receive_right *right)
{
	struct msgport_port *port = right->port;
	struct rb_node *node;

	if (RB_EMPTY_ROOT(&right->takers))
		return;
	spin_lock(&port->lock);
	while ((node = rb_first(&right->takers)))
		taker_end(port, rb_entry(node, struct msgport_taker, node));
	spin_unlock(&port->lock);
}
