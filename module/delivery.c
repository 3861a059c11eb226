// SPDX-License-Identifier: GPL-2.0
/* Deliveries: tokens, who took what, and giving it back. */

#include <linux/fdtable.h>
#include <linux/sched.h>
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
#include "set.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"

static atomic64_t last_token;

static struct msgport_taker *taker_new(struct msgport_receive_right *right,
				       struct msgport_member *member)
{
	struct msgport_taker *taker = kzalloc(sizeof(*taker), GFP_KERNEL_ACCOUNT);

	if (!taker)
		return NULL;
	taker->table = current->files;
	taker->right = right;
	taker->member = member;
	return taker;
}

/* Takers stand by member, those without one first, and then by table. */
static int compare(const struct msgport_member *member, const void *table,
		   const struct msgport_taker *taker)
{
	if (member != taker->member)
		return member < taker->member ? -1 : 1;
	if (table != taker->table)
		return table < taker->table ? -1 : 1;
	return 0;
}

/* That of a table of descriptors, from the tree or from @spare, or NULL. */
static struct msgport_taker *taker_get(struct msgport_receive_right *right,
				       struct msgport_member *member,
				       const void *table,
				       struct msgport_taker **spare)
{
	struct rb_node **link = &right->takers.rb_node, *parent = NULL;
	struct msgport_taker *taker;
	int order;

	while (*link) {
		parent = *link;
		taker = rb_entry(parent, struct msgport_taker, node);
		order = compare(member, table, taker);
		if (!order)
			return taker;
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	taker = *spare;
	if (!taker)
		return NULL;
	*spare = NULL;
	if (member)
		msgport_member_take(member);
	rb_link_node(&taker->node, parent, link);
	rb_insert_color(&taker->node, &right->takers);
	return taker;
}

/**
 * msgport_taker_put() - a receive that was prepared has come to its end
 * @in: of the receive
 *
 * Under the port's lock.  Returns true if a descriptor of the right was closed
 * meanwhile: msgport_taker_check() is to follow, unlocked.
 */
bool msgport_taker_put(const struct msgport_inbound *in)
{
	const struct msgport_taker *taker = in->taker;

	in->taker->users--;
	if (unlikely(taker->member))
		return READ_ONCE(taker->member->set->leaves) != in->leaves;
	return taker->right->leaves != in->leaves;
}

/**
 * msgport_delivery_prepare() - before a message that will have a token is copied
 * @right: that it was taken through
 * @in: the message in hand; gets a taker, a token, and what answer is due
 *
 * Returns 0, -ENOMEM, or -ESTALE if the right is not a member of the set any more
 * that received it; the caller ends with msgport_receive_finish() in any case.
 */
int msgport_delivery_prepare(struct msgport_receive_right *right,
			     struct msgport_inbound *in)
{
	struct msgport_taker *spare = NULL, *taker;
	struct msgport_port *port = right->port;
	struct msgport_due *due;
	bool made = false;

	for (;;) {
		spin_lock(&port->lock);
		if (unlikely(in->member && !msgport_member_joined(in->member))) {
			spin_unlock(&port->lock);
			kfree(spare);
			return -ESTALE;
		}
		taker = taker_get(right, in->member, current->files, &spare);
		if (taker)
			break;
		spin_unlock(&port->lock);
		spare = taker_new(right, in->member);
		if (!spare)
			return -ENOMEM;
		made = true;
	}
	taker->users++;
	in->taker = taker;
	in->leaves = in->member ? READ_ONCE(in->member->set->leaves) : right->leaves;
	due = msgport_due_of(in->message);
	msgport_stamp_due(in->stamp, due);
	if (port->flags & MSGPORT_ACK || (due && !due->sync))
		in->token = atomic64_inc_return(&last_token) << MSGPORT_SLOT_BITS |
			    (in->member ? in->member->slot : 0);
	spin_unlock(&port->lock);
	if (likely(!made))
		return 0;
	kfree(spare);
	/* a taker that is new may be one that was ended: the last close came before */
	if (!msgport_table_has(in->member ? (void *)in->member->set : right))
		in->leaves--;
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

/* Does this token stand for something that was taken through this member of a set? */
bool msgport_delivery_is_of(struct msgport_receive_right *right,
			    const struct msgport_member *member, u64 token)
{
	struct msgport_delivery *d;
	bool is;

	spin_lock(&right->port->lock);
	d = msgport_delivery_find(right, token);
	is = d && d->taker->member == member;
	spin_unlock(&right->port->lock);
	return is;
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

/*
 * All that a taker took: newest first, so that each goes back to the front.  Out of
 * the tree at once, so that nobody finds it while the lock is let go.
 */
static void taker_end(struct msgport_port *port, struct msgport_taker *taker)
	__releases(&port->lock)
{
	struct msgport_member *member = taker->member;

	rb_erase(&taker->node, &taker->right->takers);
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
	if (member)
		msgport_member_untake(member);
	spin_unlock(&port->lock);
	kfree(taker);
	msgport_member_put(member);
}

static int is_of(const void *object, struct file *file, unsigned int fd)
{
	return file->private_data == object;
}

/* Has the caller's table a descriptor of it?  @object: its file's private data. */
bool msgport_table_has(const void *object)
{
	return iterate_fd(current->files, 0, is_of, object);
}

/* Ends what a table has taken, if nobody who uses that takes more just now. */
static void end_of(struct msgport_receive_right *right, struct msgport_member *member,
		   const void *table)
	__releases(&right->port->lock)
{
	struct msgport_taker *none = NULL;
	struct msgport_taker *taker = taker_get(right, member, table, &none);

	if (taker && !taker->users) {
		taker_end(right->port, taker);
		return;
	}
	/*
	 * A receive that began after the descriptor was closed, and before the table was
	 * looked through, looks again at its end.
	 */
	if (taker && !member)
		right->leaves++;
	spin_unlock(&right->port->lock);
}

/**
 * msgport_taker_leave() - a descriptor of this right is closed
 * @right: pinned by its file
 * @table: that the descriptor was in, and is out of; another than the caller's own
 *	goes as a whole
 *
 * If it was the last there, what was taken with it is given back.
 */
void msgport_taker_leave(struct msgport_receive_right *right, const void *table)
{
	struct msgport_taker *none = NULL, *taker;
	struct msgport_port *port = right->port;
	bool idle;

	spin_lock(&port->lock);
	/* a receive under way looks again at its end, since this has changed */
	right->leaves++;
	taker = taker_get(right, NULL, table, &none);
	idle = taker && !taker->users;
	spin_unlock(&port->lock);
	if (!idle || (table == current->files && msgport_table_has(right)))
		return;
	spin_lock(&port->lock);
	end_of(right, NULL, table);
}

/* The same for what was taken through a member of a set, which is let go of. */
void msgport_member_leave(struct msgport_member *member, const void *table)
{
	spin_lock(&member->port->lock);
	end_of(member->right, member, table);
}

/* After a receive: the last descriptor may have been closed while it went on. */
void msgport_taker_check(struct msgport_receive_right *right,
			 struct msgport_member *member)
{
	if (member)
		msgport_set_leave(member->set, current->files);
	else
		msgport_taker_leave(right, current->files);
}

/* The first of all takers, or of those through one member of a set. */
static struct msgport_taker *first_taker(const struct msgport_receive_right *right,
					 const struct msgport_member *member)
{
	struct rb_node *node = right->takers.rb_node, *first = NULL;

	if (!member)
		return rb_entry_safe(rb_first(&right->takers), struct msgport_taker, node);
	while (node) {
		struct msgport_taker *taker = rb_entry(node, struct msgport_taker, node);

		if (taker->member == member)
			first = node;
		node = member <= taker->member ? node->rb_left : node->rb_right;
	}
	return rb_entry_safe(first, struct msgport_taker, node);
}

/**
 * msgport_takers_end() - nobody uses it any more: all that was taken goes back
 * @right: through this
 * @member: of a set that is closed; NULL: in any way, the right is closed
 */
void msgport_takers_end(struct msgport_receive_right *right,
			struct msgport_member *member)
{
	struct msgport_port *port = right->port;
	struct msgport_taker *taker;

	if (RB_EMPTY_ROOT(&right->takers))
		return;
	for (;;) {
		spin_lock(&port->lock);
		taker = first_taker(right, member);
		if (!taker)
			break;
		taker_end(port, taker);
		cond_resched();
	}
	spin_unlock(&port->lock);
}
