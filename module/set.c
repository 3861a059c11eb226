// SPDX-License-Identifier: GPL-2.0
/* Sets: made, joined, left, closed. */

#include <linux/slab.h>

#include "delivery.h"
#include "limits.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "set.h"
#include "trace.h"
#include "wake.h"

static struct kmem_cache *set_cache;
static struct kmem_cache *member_cache;
static atomic64_t last_id;

int msgport_set_init(void)
{
	set_cache = KMEM_CACHE(msgport_set, SLAB_ACCOUNT);
	member_cache = KMEM_CACHE(msgport_member, SLAB_ACCOUNT);
	if (set_cache && member_cache)
		return 0;
	msgport_set_exit();
	return -ENOMEM;
}

void msgport_set_exit(void)
{
	kmem_cache_destroy(member_cache);
	kmem_cache_destroy(set_cache);
}

/* An empty set, for a file to own; it is charged as a right is. */
struct msgport_set *msgport_set_new(void)
{
	struct msgport_set *set = kmem_cache_zalloc(set_cache, GFP_KERNEL);
	int err;

	if (!set)
		return ERR_PTR(-ENOMEM);
	set->account = msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RIGHTS);
	if (IS_ERR(set->account)) {
		err = PTR_ERR(set->account);
		kmem_cache_free(set_cache, set);
		return ERR_PTR(err);
	}
	set->id = atomic64_inc_return(&last_id);
	refcount_set(&set->refs, 1);
	xa_init_flags(&set->members, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&set->receiving);
	INIT_LIST_HEAD(&set->choosing);
	INIT_LIST_HEAD(&set->claimed);
	init_waitqueue_head(&set->readers);
	return set;
}

static void set_put(struct msgport_set *set)
{
	if (!refcount_dec_and_test(&set->refs))
		return;
	msgport_account_refund(set->account, MSGPORT_CHARGE_RIGHTS);
	kmem_cache_free(set_cache, set);
}

struct msgport_member *msgport_member_get(struct msgport_member *member)
{
	refcount_inc(&member->refs);
	return member;
}

void msgport_member_put(struct msgport_member *member)
{
	if (!member || !refcount_dec_and_test(&member->refs))
		return;
	set_put(member->set);
	msgport_port_put(member->port);
	msgport_account_refund(member->account, MSGPORT_CHARGE_RECORDS);
	kmem_cache_free(member_cache, member);
}

/* Of msgport_set_next() and its like. */
void msgport_member_unpin(struct msgport_member *member)
{
	struct msgport_receive_right *right = member->right;

	msgport_member_put(member);
	msgport_receive_right_put(right);
}

/* A NEW member with a slot; whoever finds it there finds nothing of it. */
static struct msgport_member *member_new(struct msgport_set *set,
					 struct msgport_receive_right *right, u64 cookie)
{
	struct msgport_member *member = kmem_cache_zalloc(member_cache, GFP_KERNEL);
	int err;

	if (!member)
		return ERR_PTR(-ENOMEM);
	member->account = msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RECORDS);
	if (IS_ERR(member->account)) {
		err = PTR_ERR(member->account);
		kmem_cache_free(member_cache, member);
		return ERR_PTR(err);
	}
	refcount_set(&member->refs, 1);
	refcount_inc(&set->refs);
	member->set = set;
	member->right = right;
	member->port = msgport_port_get(right->port);
	member->cookie = cookie;
	err = xa_alloc(&set->members, &member->slot, member,
		       XA_LIMIT(1, MSGPORT_SLOT_MAX), GFP_KERNEL_ACCOUNT);
	if (!err)
		return member;
	msgport_member_put(member);
	return ERR_PTR(err == -EBUSY ? -EDQUOT : err);
}

/* The membership of a right in a set, or NULL. */
static struct msgport_member *member_of(struct msgport_set *set,
					const struct msgport_receive_right *right)
{
	struct msgport_member *member;

	lockdep_assert_held(&right->port->lock);
	hlist_for_each_entry(member, &right->port->members, node)
		if (member->set == set && member->right == right)
			return member;
	return NULL;
}

/* From LEFT, or from NEW for the first time. */
static void join(struct msgport_member *member, struct msgport_wakeups *wk)
{
	struct msgport_set *set = member->set;
	struct msgport_port *port = member->port;

	if (member->state == MSGPORT_MEMBER_NEW) {
		hlist_add_head(&member->node, &port->members);
		port->memberships++;
	}
	member->state = MSGPORT_MEMBER_JOINED;
	xa_lock(&set->members);
	set->count++;
	xa_unlock(&set->members);
	if (msgport_port_readable(port))
		msgport_sets_look(port, NULL, wk);
	trace_msgport_set_add(port->id, set->id, member->cookie);
}

/* The place of the list goes; the caller puts its reference after unlocking. */
static void member_gone(struct msgport_member *member)
{
	struct msgport_set *set = member->set;

	hlist_del(&member->node);
	member->port->memberships--;
	member->state = MSGPORT_MEMBER_GONE;
	xa_lock(&set->members);
	__xa_erase(&set->members, member->slot);
	xa_unlock(&set->members);
}

/* From JOINED to LEFT or GONE.  Returns true if the list's reference is to be put. */
static bool leave(struct msgport_member *member)
{
	struct msgport_set *set = member->set;

	msgport_member_idle(member);
	xa_lock(&set->members);
	set->count--;
	xa_unlock(&set->members);
	member->state = MSGPORT_MEMBER_LEFT;
	trace_msgport_set_remove(member->port->id, set->id, member->cookie);
	if (member->takers)
		return false;
	member_gone(member);
	return true;
}

/* Something was taken through it that needs settling. */
void msgport_member_take(struct msgport_member *member)
{
	lockdep_assert_held(&member->port->lock);
	member->takers++;
	msgport_member_get(member);
}

/* All of a taker has been settled; its reference is put by the caller, unlocked. */
void msgport_member_untake(struct msgport_member *member)
{
	lockdep_assert_held(&member->port->lock);
	if (--member->takers || member->state != MSGPORT_MEMBER_LEFT)
		return;
	member_gone(member);
	/* not the last: the taker has one */
	refcount_dec(&member->refs);
}

/**
 * msgport_set_add() - receive from this port too
 * @set: pinned by its file
 * @right: likewise
 * @cookie: comes with each message of this member
 *
 * What the port has already is there at once.
 */
int msgport_set_add(struct msgport_set *set, struct msgport_receive_right *right,
		    u64 cookie)
{
	struct msgport_member *fresh = member_new(set, right, cookie), *old;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = right->port;
	int err = 0;

	if (IS_ERR(fresh))
		return PTR_ERR(fresh);
	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	old = member_of(set, right);
	if (old && msgport_member_joined(old)) {
		err = -EEXIST;
	} else if (old) {
		old->cookie = cookie;
		join(old, &wk);
	} else if (port->memberships >= MSGPORT_MEMBERSHIPS_MAX) {
		err = -EDQUOT;
	} else {
		join(fresh, &wk);
		fresh = NULL;
	}
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	if (!fresh)
		return 0;
	xa_erase(&set->members, fresh->slot);
	msgport_member_put(fresh);
	return err;
}

/**
 * msgport_set_remove() - not from this port any more
 * @set: pinned by its file
 * @right: likewise
 *
 * What was taken stays taken.
 */
int msgport_set_remove(struct msgport_set *set, struct msgport_receive_right *right)
{
	struct msgport_port *port = right->port;
	struct msgport_member *member;
	bool gone;

	spin_lock(&port->lock);
	member = member_of(set, right);
	if (!member || !msgport_member_joined(member)) {
		spin_unlock(&port->lock);
		return -ENOENT;
	}
	gone = leave(member);
	spin_unlock(&port->lock);
	if (gone)
		msgport_member_put(member);
	return 0;
}

/* A membership of a right that is JOINED, or NULL. */
static struct msgport_member *joined_of(const struct msgport_receive_right *right)
{
	struct msgport_member *member;

	hlist_for_each_entry(member, &right->port->members, node)
		if (member->right == right && msgport_member_joined(member))
			return member;
	return NULL;
}

/**
 * msgport_memberships_end() - the last descriptor of a receive right is closed
 * @right: still pinned
 *
 * Memberships that something was taken through are GONE with the right's takers.
 */
void msgport_memberships_end(struct msgport_receive_right *right)
{
	struct msgport_port *port = right->port;
	struct msgport_member *member;
	bool gone;

	spin_lock(&port->lock);
	while ((member = joined_of(right))) {
		gone = leave(member);
		spin_unlock(&port->lock);
		if (gone)
			msgport_member_put(member);
		cond_resched();
		spin_lock(&port->lock);
	}
	spin_unlock(&port->lock);
}

/**
 * msgport_set_next() - walk a set
 * @set: pinned
 * @slot: the first to look at; that of the member on return
 *
 * Returns it pinned, with its right, for msgport_member_unpin(); NULL at the end.
 * Rights that are being freed are passed over: they take their members along.
 */
struct msgport_member *msgport_set_next(struct msgport_set *set, unsigned long *slot)
{
	struct msgport_member *member;

	xa_lock(&set->members);
	member = xa_find(&set->members, slot, MSGPORT_SLOT_MAX, XA_PRESENT);
	while (member && !refcount_inc_not_zero(&member->right->refs))
		member = xa_find_after(&set->members, slot, MSGPORT_SLOT_MAX, XA_PRESENT);
	if (member)
		msgport_member_get(member);
	xa_unlock(&set->members);
	return member;
}

/**
 * msgport_set_find() - what right does a token belong to?
 * @set: pinned
 * @token: of something that was taken through the set
 *
 * Returns it pinned, or -ESRCH.
 */
struct msgport_receive_right *msgport_set_find(struct msgport_set *set, u64 token)
{
	unsigned long slot = token & MSGPORT_SLOT_MAX, wanted = slot;
	struct msgport_member *member = slot ? msgport_set_next(set, &slot) : NULL;
	struct msgport_receive_right *right;
	bool good = false;

	if (!member)
		return ERR_PTR(-ESRCH);
	right = member->right;
	if (slot == wanted)
		good = msgport_delivery_is_of(right, member, token);
	msgport_member_put(member);
	if (good)
		return right;
	msgport_receive_right_put(right);
	return ERR_PTR(-ESRCH);
}

/**
 * msgport_set_leave() - a descriptor of this set is closed
 * @set: pinned by its file
 * @table: that the descriptor was in; see msgport_taker_leave()
 *
 * If it was the last there, what was taken with it is given back.
 */
void msgport_set_leave(struct msgport_set *set, const void *table)
{
	struct msgport_member *member;
	unsigned long slot;

	if (table == current->files && msgport_table_has(set))
		return;
	/* a receive under way looks again at its end, since this has changed */
	xa_lock(&set->members);
	set->leaves++;
	xa_unlock(&set->members);
	for (slot = 1; (member = msgport_set_next(set, &slot)); slot++) {
		msgport_member_leave(member, table);
		msgport_member_unpin(member);
		cond_resched();
	}
}

/* The last descriptor of a set is closed: nobody receives from it, or settles. */
void msgport_set_close(struct msgport_set *set)
{
	struct msgport_member *member;
	unsigned long slot;
	bool gone;

	for (slot = 1; (member = msgport_set_next(set, &slot)); slot++) {
		spin_lock(&member->port->lock);
		gone = msgport_member_joined(member) && leave(member);
		spin_unlock(&member->port->lock);
		if (gone)
			msgport_member_put(member);
		msgport_takers_end(member->right, member);
		msgport_member_unpin(member);
		cond_resched();
	}
	set_put(set);
}
