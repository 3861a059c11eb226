// SPDX-License-Identifier: GPL-2.0
/* Rights: made, found, and gone. */

#include <linux/cred.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "call.h"
#include "delivery.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "stamp.h"
#include "wake.h"
#include "watch.h"

static struct kmem_cache *receive_cache;
static struct kmem_cache *send_cache;
static atomic64_t last_source;

int msgport_right_init(void)
{
	receive_cache = KMEM_CACHE(msgport_receive_right, SLAB_ACCOUNT);
	send_cache = KMEM_CACHE(msgport_send_right, SLAB_ACCOUNT);
	if (receive_cache && send_cache)
		return 0;
	msgport_right_exit();
	return -ENOMEM;
}

void msgport_right_exit(void)
{
	kmem_cache_destroy(send_cache);
	kmem_cache_destroy(receive_cache);
}

/* The caller's account, charged for a right; or an error. */
static struct msgport_account *charge_right(void)
{
	struct msgport_account *account = msgport_account_get();
	int err;

	if (!account)
		return ERR_PTR(-ENOMEM);
	err = msgport_charge(account, MSGPORT_CHARGE_RIGHTS, 1);
	if (!err)
		return account;
	msgport_account_put(account);
	return ERR_PTR(err);
}

static void uncharge_right(struct msgport_account *account)
{
	msgport_uncharge(account, MSGPORT_CHARGE_RIGHTS, 1);
	msgport_account_put(account);
}

/**
 * msgport_receive_right_new() - one more receive right
 * @port: NEW or LIVE; -EPIPE if dead
 *
 * Counts from now on; undone by msgport_receive_right_free().
 */
struct msgport_receive_right *msgport_receive_right_new(struct msgport_port *port)
{
	struct msgport_receive_right *right;
	int err;

	right = kmem_cache_zalloc(receive_cache, GFP_KERNEL);
	if (!right)
		return ERR_PTR(-ENOMEM);
	right->account = charge_right();
	if (IS_ERR(right->account)) {
		err = PTR_ERR(right->account);
		goto free;
	}
	err = msgport_port_add_receiver(port);
	if (err)
		goto uncharge;
	right->port = msgport_port_get(port);
	return right;
uncharge:
	uncharge_right(right->account);
free:
	kmem_cache_free(receive_cache, right);
	return ERR_PTR(err);
}

void msgport_receive_right_free(struct msgport_receive_right *right)
{
	msgport_port_close_receiver(right->port);
	msgport_takers_end(right);
	msgport_watches_end(right->port, &right->watches);
	msgport_port_put(right->port);
	uncharge_right(right->account);
	kmem_cache_free(receive_cache, right);
}

/*
 * The part of a port that another uid than its owner's may have in transit.  Who
 * may have all of it has no gate here: it would close together with the port's,
 * and its senders would wait behind all who wait at the port's.
 */
static void share_resize(const struct msgport_port *port, struct msgport_share *share)
{
	u32 whole = port->gate.limit;
	u32 part = msgport_port_share(port, whole);

	share->gate.limit = U32_MAX;
	share->gate.max_bytes = U64_MAX;
	if (!whole || uid_eq(share->account->uid, port->account->uid) ||
	    port->uid_share >= port->share_of)
		return;
	share->gate.limit = part;
	share->gate.max_bytes = mul_u64_u64_div_u64(port->gate.max_bytes, part, whole);
}

/**
 * msgport_share_resize_next() - after the port's limits have changed
 * @port: locked
 * @after: address of the account whose share was the last; only compared
 *
 * Returns the next share, with its new limits, or NULL.
 */
struct msgport_share *msgport_share_resize_next(struct msgport_port *port,
						unsigned long after)
{
	struct rb_node *node = port->traffic->shares.rb_node;
	struct msgport_share *share, *found = NULL;

	lockdep_assert_held(&port->lock);
	while (node) {
		share = rb_entry(node, struct msgport_share, node);
		if ((unsigned long)share->account > after) {
			found = share;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	if (found)
		share_resize(port, found);
	return found;
}

/* The share of an account, from the tree or from @spare. */
static struct msgport_share *share_get(struct msgport_port *port,
				       struct msgport_account *account,
				       struct msgport_share **spare)
{
	struct rb_node **link = &port->traffic->shares.rb_node, *parent = NULL;
	struct msgport_share *share;

	while (*link) {
		parent = *link;
		share = rb_entry(parent, struct msgport_share, node);
		if (account == share->account) {
			share->users++;
			return share;
		}
		link = account < share->account ? &parent->rb_left : &parent->rb_right;
	}
	share = *spare;
	*spare = NULL;
	share->account = msgport_account_hold(account);
	share->users = 1;
	msgport_gate_init(&share->gate, 0, 0);
	share_resize(port, share);
	rb_link_node(&share->node, parent, link);
	rb_insert_color(&share->node, &port->traffic->shares);
	return share;
}

static void free_gone_share(struct msgport_gone *gone)
{
	struct msgport_share *share = container_of(gone, struct msgport_share, gone);

	msgport_account_put(share->account);
	kfree(share);
}

static void share_put(struct msgport_traffic *traffic, struct msgport_share *share)
{
	if (--share->users)
		return;
	rb_erase(&share->node, &traffic->shares);
	msgport_gone_add(&traffic->gone, &share->gone, free_gone_share);
}

/* Ids only grow, so a new source is always the last. */
static void source_insert(struct msgport_traffic *traffic, struct msgport_send_right *right)
{
	struct rb_node **link = &traffic->sources.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = right->id < rb_entry(parent, struct msgport_send_right, node)->id ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&right->node, parent, link);
	rb_insert_color(&right->node, &traffic->sources);
}

/* The send right of a source while it has a pin, or NULL. */
struct msgport_send_right *msgport_source_find(struct msgport_traffic *traffic, u64 id)
{
	struct rb_node *node = traffic->sources.rb_node;

	while (node) {
		struct msgport_send_right *right =
			rb_entry(node, struct msgport_send_right, node);

		if (id == right->id)
			return right;
		node = id < right->id ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* Everything of a right that needs the port's lock; spares are used up. */
static int join_port(struct msgport_port *port, struct msgport_send_right *right,
		     u64 badge_number, struct msgport_badge **badge,
		     struct msgport_share **share)
{
	int err = 0;

	spin_lock(&port->lock);
	if (port->state == MSGPORT_PORT_DEAD) {
		err = -EPIPE;
	} else {
		right->badge = msgport_badge_get(port->traffic, badge_number, badge);
		right->share = share_get(port, right->account, share);
		right->pins = 1;
		right->open = true;
		right->badge->open++;
		port->traffic->had_senders = true;
		source_insert(port->traffic, right);
		port->traffic->senders++;
	}
	spin_unlock(&port->lock);
	return err;
}

/**
 * msgport_send_right_new() - a send right to a port
 * @port: -EPIPE if dead
 * @badge: in every stamp
 * @window: messages in transit; 0: as many as the port takes; with manual credit
 *	the credits to begin with
 * @max_priority: the greatest that it carries
 * @flags: MSGPORT_MINT_*
 *
 * Counts as a sender from now on; ended by msgport_send_right_close().
 */
struct msgport_send_right *msgport_send_right_new(struct msgport_port *port, u64 badge,
						  u32 window, u8 max_priority, u32 flags)
{
	struct msgport_send_right *right = kmem_cache_zalloc(send_cache, GFP_KERNEL);
	struct msgport_badge *spare_badge = kmalloc(sizeof(*spare_badge), GFP_KERNEL_ACCOUNT);
	struct msgport_share *spare_share = kmalloc(sizeof(*spare_share), GFP_KERNEL_ACCOUNT);
	int err = msgport_port_prepare_traffic(port);

	if (!right || !spare_badge || !spare_share)
		err = -ENOMEM;
	if (err)
		goto free;
	right->account = charge_right();
	if (IS_ERR(right->account)) {
		err = PTR_ERR(right->account);
		goto free;
	}
	right->id = atomic64_inc_return(&last_source);
	right->max_priority = max_priority;
	right->port = port;
	right->no_fds = flags & MSGPORT_MINT_NO_FDS;
	right->once = flags & MSGPORT_MINT_ONCE;
	right->manual = flags & (MSGPORT_MINT_ONCE | MSGPORT_MINT_MANUAL);
	if (right->once)
		window = 1;
	msgport_gate_init(&right->gate, window || right->manual ? window : U32_MAX,
			  U64_MAX);
	msgport_queue_init(&right->queue);
	INIT_LIST_HEAD(&right->source_watches);
	init_waitqueue_head(&right->writers);
	msgport_wish_init(&right->wish, &right->writers, &port->traffic->fasync);
	err = join_port(port, right, badge, &spare_badge, &spare_share);
	if (err) {
		uncharge_right(right->account);
		goto free;
	}
	msgport_port_get(port);
	kfree(spare_badge);
	kfree(spare_share);
	return right;
free:
	kfree(spare_badge);
	kfree(spare_share);
	if (right)
		kmem_cache_free(send_cache, right);
	return ERR_PTR(err);
}

static void free_gone_right(struct msgport_gone *gone)
{
	struct msgport_send_right *right =
		container_of(gone, struct msgport_send_right, gone);

	msgport_queue_destroy(&right->queue);
	uncharge_right(right->account);
	kmem_cache_free(send_cache, right);
}

/**
 * msgport_send_right_unpin() - one user less
 * @right: gone with its last pin, and freed after unlocking (gone.h)
 *
 * Under the port's lock; the caller holds a reference to the port beside the
 * right's own.
 */
void msgport_send_right_unpin(struct msgport_send_right *right)
{
	struct msgport_port *port = right->port;
	struct msgport_traffic *traffic = port->traffic;

	lockdep_assert_held(&port->lock);
	if (--right->pins)
		return;
	rb_erase(&right->node, &traffic->sources);
	msgport_process_put(traffic, right->process);
	msgport_badge_put(traffic, right->badge);
	share_put(traffic, right->share);
	msgport_gone_add(&traffic->gone, &right->gone, free_gone_right);
	msgport_port_put(port);
}

/* The last descriptor of a send right is closed: its file's pin goes. */
void msgport_send_right_close(struct msgport_send_right *right)
{
	struct msgport_port *port = msgport_port_get(right->port);
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_gone *gone;
	LIST_HEAD(fired);

	msgport_calls_end(right);
	msgport_watches_end(port, &right->watches);
	msgport_wish_cancel(&right->wish);
	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	right->open = false;
	list_splice_init(&right->source_watches, &fired);
	if (!--right->badge->open)
		list_splice_init(&right->badge->watches, &fired);
	if (!--port->traffic->senders)
		list_splice_init(&port->traffic->watch_senders, &fired);
	if (msgport_port_ended(port))
		msgport_receivers_end(port, &wk);
	msgport_send_right_unpin(right);
	gone = msgport_gone_take(&port->traffic->gone);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	msgport_gone_free(gone);
	msgport_watches_fire(port, &fired);
	msgport_port_put(port);
}

/**
 * msgport_grant() - add credits to a right that has manual credit
 * @port: pinned
 * @source: the right's id
 * @credits: messages more that may be accepted
 *
 * -ESRCH: no such right; -EINVAL: it has not got manual credit, or too much.
 */
int msgport_grant(struct msgport_port *port, u64 source, u32 credits)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_send_right *right;
	int err = 0;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	right = port->traffic ? msgport_source_find(port->traffic, source) : NULL;
	if (!right)
		err = -ESRCH;
	else if (!right->manual || right->once || credits >= U32_MAX - right->gate.limit)
		err = -EINVAL;
	if (err) {
		spin_unlock(&port->lock);
		return err;
	}
	right->gate.limit += credits;
	right->pins++;
	msgport_port_settle(port, right, &wk);
	return 0;
}
