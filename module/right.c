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
#include "set.h"
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
static struct msgport_account *my_account_pays(void)
{
	return msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RIGHTS);
}

/**
 * msgport_receive_right_new() - one more receive right
 * @port: NEW or LIVE; -EPIPE if dead
 *
 * Counts from now on; undone by msgport_receive_right_close().
 */
struct msgport_receive_right *msgport_receive_right_new(struct msgport_port *port)
{
	struct msgport_receive_right *right;
	int err;

	right = kmem_cache_zalloc(receive_cache, GFP_KERNEL);
	if (!right)
		return ERR_PTR(-ENOMEM);
	right->account = my_account_pays();
	if (IS_ERR(right->account)) {
		err = PTR_ERR(right->account);
		goto free;
	}
	err = msgport_port_add_receiver(port);
	if (err)
		goto uncharge;
	right->port = msgport_port_get(port);
	refcount_set(&right->refs, 1);
	return right;
uncharge:
	msgport_account_refund(right->account, MSGPORT_CHARGE_RIGHTS);
free:
	kmem_cache_free(receive_cache, right);
	return ERR_PTR(err);
}

void msgport_receive_right_put(struct msgport_receive_right *right)
{
	if (!refcount_dec_and_test(&right->refs))
		return;
	msgport_port_close_receiver(right->port);
	msgport_takers_end(right, NULL);
	msgport_watches_end(right->port, &right->watches);
	msgport_port_put(right->port);
	msgport_account_refund(right->account, MSGPORT_CHARGE_RIGHTS);
	kmem_cache_free(receive_cache, right);
}

/**
 * msgport_receive_right_close() - its last descriptor has gone
 * @right: leaves its sets; a receive under way through one of them ends it afterwards
 */
void msgport_receive_right_close(struct msgport_receive_right *right)
{
	msgport_memberships_end(right);
	msgport_receive_right_put(right);
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

/* Somebody can send through it from now on. */
static void open_right(struct msgport_port *port, struct msgport_send_right *right)
{
	right->open = true;
	right->badge->open++;
	port->traffic->had_senders = true;
	port->traffic->senders++;
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
		if (likely(right->source == right)) {
			source_insert(port->traffic, right);
			open_right(port, right);
		} else {
			right->source->pins++;
		}
	}
	spin_unlock(&port->lock);
	return err;
}

static void init_right(struct msgport_send_right *right, struct msgport_port *port,
		       u8 max_priority)
{
	right->port = port;
	right->source = right;
	right->max_priority = max_priority;
	msgport_gate_init(&right->gate, U32_MAX, U64_MAX);
	msgport_queue_init(&right->queue);
	INIT_LIST_HEAD(&right->source_watches);
	init_waitqueue_head(&right->writers);
	msgport_wish_init(&right->wish, &right->writers, &port->traffic->fasync);
}

/* A right joins its port; freed if it cannot. */
static struct msgport_send_right *join_or_free(struct msgport_send_right *right, u64 badge)
{
	struct msgport_badge *spare_badge = kmalloc(sizeof(*spare_badge), GFP_KERNEL_ACCOUNT);
	struct msgport_share *spare_share = kmalloc(sizeof(*spare_share), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (spare_badge && spare_share)
		err = join_port(right->port, right, badge, &spare_badge, &spare_share);
	kfree(spare_badge);
	kfree(spare_share);
	if (!err) {
		msgport_port_get(right->port);
		return right;
	}
	msgport_account_refund(right->account, MSGPORT_CHARGE_RIGHTS);
	kmem_cache_free(send_cache, right);
	return ERR_PTR(err);
}

/* One that does nothing yet, charged to @account, whose reference it takes. */
static struct msgport_send_right *new_right(struct msgport_port *port,
					    struct msgport_account *account,
					    u8 max_priority)
{
	struct msgport_send_right *right;
	int err;

	if (IS_ERR(account))
		return ERR_CAST(account);
	err = msgport_port_prepare_traffic(port);
	right = err ? NULL : kmem_cache_zalloc(send_cache, GFP_KERNEL);
	if (!right) {
		msgport_account_refund(account, MSGPORT_CHARGE_RIGHTS);
		return ERR_PTR(-ENOMEM);
	}
	init_right(right, port, max_priority);
	right->account = account;
	return right;
}

/* An id that no source had or will have. */
u64 msgport_source_new(void)
{
	return atomic64_inc_return(&last_source);
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
	struct msgport_send_right *right = new_right(port, my_account_pays(), max_priority);

	if (IS_ERR(right))
		return right;
	right->id = msgport_source_new();
	right->mint_flags = flags;
	right->manual = flags & (MSGPORT_MINT_ONCE | MSGPORT_MINT_MANUAL);
	if (flags & MSGPORT_MINT_ONCE)
		window = 1;
	if (window || right->manual)
		right->gate.limit = window;
	return join_or_free(right, badge);
}

/* The source of an earlier membership, if messages of it are still there. */
static struct msgport_send_right *revive(struct msgport_port *port, u64 id)
{
	struct msgport_send_right *right = NULL;

	spin_lock(&port->lock);
	if (port->traffic)
		right = msgport_source_find(port->traffic, id);
	if (right) {
		right->pins++;
		open_right(port, right);
	}
	spin_unlock(&port->lock);
	return right;
}

/**
 * msgport_source_right() - what a member's port knows a group by
 * @port: of the member
 * @id: the group's; no right of the port that is open has it
 *
 * Nothing is sent through it, but through lanes of it.  Counts as a sender; ended
 * by msgport_send_right_close().
 */
struct msgport_send_right *msgport_source_right(struct msgport_port *port, u64 id)
{
	struct msgport_send_right *right = revive(port, id);

	if (right)
		return right;
	right = new_right(port, my_account_pays(), MSGPORT_PRIORITY_MAX);
	if (IS_ERR(right))
		return right;
	right->id = id;
	return join_or_free(right, 0);
}

/**
 * msgport_lane_new() - a send right whose messages are those of another source
 * @source: of msgport_source_right(); pinned by the lane
 * @account: pays for it, and has the share that its messages count against
 *
 * Ended by msgport_lane_put(); its messages may outlive it.
 */
struct msgport_send_right *msgport_lane_new(struct msgport_send_right *source,
					    struct msgport_account *account)
{
	struct msgport_send_right *lane;

	account = msgport_account_pay(msgport_account_hold(account), MSGPORT_CHARGE_RIGHTS);
	lane = new_right(source->port, account, MSGPORT_PRIORITY_MAX);
	if (IS_ERR(lane))
		return lane;
	lane->source = source;
	lane->id = source->id;
	return join_or_free(lane, 0);
}

void msgport_lane_put(struct msgport_send_right *lane)
{
	struct msgport_port *port = msgport_port_get(lane->port);
	struct msgport_gone *gone;

	spin_lock(&port->lock);
	msgport_send_right_unpin(lane);
	gone = msgport_gone_take(&port->traffic->gone);
	spin_unlock(&port->lock);
	msgport_gone_free(gone);
	msgport_port_put(port);
}

static void free_gone_right(struct msgport_gone *gone)
{
	struct msgport_send_right *right =
		container_of(gone, struct msgport_send_right, gone);

	msgport_queue_destroy(&right->queue);
	msgport_account_refund(right->account, MSGPORT_CHARGE_RIGHTS);
	kfree(right->idle_call);
	if (right->idle_object)
		msgport_object_free(right->idle_object, 0);
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
	if (likely(right->source == right))
		rb_erase(&right->node, &traffic->sources);
	else
		msgport_send_right_unpin(right->source);
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
	else if (!right->manual || right->mint_flags & MSGPORT_MINT_ONCE ||
		 credits >= U32_MAX - right->gate.limit)
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
