// SPDX-License-Identifier: GPL-2.0
/* Groups: made, joined, left, and their end. */

#include <linux/cred.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "gate.h"
#include "group.h"
#include "limits.h"
#include "name.h"
#include "port.h"
#include "right.h"
#include "send.h"
#include "sort.h"
#include "trace.h"
#include "wake.h"

/* Everybody who polls the group looks again. */
static void wake_pollers(struct msgport_group *group)
{
	/* wq_has_sleeper() has the barrier that pairs with poll_wait()'s */
	if (wq_has_sleeper(&group->writers))
		wake_up_interruptible_poll(&group->writers, EPOLLOUT | EPOLLWRNORM);
	kill_fasync(&group->fasync, SIGIO, POLL_OUT);
}

/* ---- memberships ---- */

/* Of a tree by port id: the node of this id, or NULL and where it would be. */
static struct msgport_membership *find(struct msgport_group *group, u64 port,
				       struct rb_node ***link, struct rb_node **parent)
{
	*link = &group->members.rb_node;
	*parent = NULL;
	while (**link) {
		struct msgport_membership *member;

		*parent = **link;
		member = rb_entry(*parent, struct msgport_membership, node);
		if (port == member->port->id)
			return member;
		*link = port < member->port->id ? &(*parent)->rb_left :
						  &(*parent)->rb_right;
	}
	return NULL;
}

/* The membership of a port, or NULL; under the group's lock. */
struct msgport_membership *msgport_membership_find(struct msgport_group *group, u64 port)
{
	struct rb_node **link, *parent;

	lockdep_assert_held(&group->lock);
	return find(group, port, &link, &parent);
}

/**
 * msgport_membership_kick() - nobody need wait for room at a member any more
 * @member: under its group's lock
 *
 * All sends of the group that wait there try again, and who polls looks again.
 */
void msgport_membership_kick(struct msgport_membership *member)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_port *port = member->port;
	struct msgport_sending *s;
	bool more;

	do {
		msgport_wakeups_init(&wk);
		spin_lock(&port->lock);
		while ((s = list_first_entry_or_null(&member->waiting,
						     struct msgport_sending, peers))) {
			if (!msgport_wakeups_room(&wk))
				break;
			if (s->state == MSGPORT_SENDING_WAITING) {
				msgport_gate_unwait(s);
				port->traffic->waiting--;
			}
			msgport_sender_release(port, s, MSGPORT_SENDING_KICKED, &wk);
		}
		more = s;
		spin_unlock(&port->lock);
		msgport_wake(port, &wk);
		cond_resched();
	} while (more);
	wake_pollers(member->group);
}

/* Under no lock, or the group's: nobody finds it any more. */
static void membership_free(struct msgport_membership *member)
{
	if (!IS_ERR_OR_NULL(member->source))
		msgport_send_right_close(member->source);
	msgport_port_put(member->port);
	msgport_account_refund(member->account, MSGPORT_CHARGE_RECORDS);
	kfree(member);
}

static void end_lanes(struct msgport_group *group, u64 port)
{
	struct msgport_publisher *publisher;
	struct msgport_send_right *lane;

	list_for_each_entry(publisher, &group->senders, list) {
		lane = msgport_lane_find(publisher, port);
		if (!lane)
			continue;
		rb_erase(&lane->node, &publisher->lanes);
		msgport_lane_put(lane);
		cond_resched();
	}
}

/* Whichever end it is; under the group's lock. */
static void membership_end(struct msgport_membership *member)
{
	struct msgport_group *group = member->group;
	struct msgport_port *port = member->port;

	lockdep_assert_held(&group->lock);
	trace_msgport_leave(group->id, port->id);
	rb_erase(&member->node, &group->members);
	WRITE_ONCE(group->count, group->count - 1);
	end_lanes(group, port->id);
	spin_lock(&port->lock);
	list_del_init(&member->link);
	list_del_init(&member->wish);
	spin_unlock(&port->lock);
	msgport_membership_kick(member);
	membership_free(member);
}

static struct msgport_membership *membership_new(struct msgport_group *group,
						 struct msgport_port *port, bool lossy)
{
	struct msgport_membership *member = kzalloc(sizeof(*member), GFP_KERNEL_ACCOUNT);
	struct msgport_account *account;

	if (!member)
		return ERR_PTR(-ENOMEM);
	account = msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RECORDS);
	if (IS_ERR(account)) {
		kfree(member);
		return ERR_CAST(account);
	}
	member->account = account;
	member->group = group;
	member->port = msgport_port_get(port);
	member->lossy = lossy;
	INIT_LIST_HEAD(&member->link);
	INIT_LIST_HEAD(&member->wish);
	INIT_LIST_HEAD(&member->waiting);
	INIT_LIST_HEAD(&member->missing);
	return member;
}

/* Into the group and the port; under the group's lock. */
static int membership_begin(struct msgport_membership *member)
{
	struct msgport_group *group = member->group;
	struct msgport_port *port = member->port;
	struct rb_node **link, *parent;
	int err = 0;

	if (!atomic_read(&group->publishers))
		return -ENOENT;
	if (find(group, port->id, &link, &parent))
		return -EEXIST;
	if (group->count >= group->max_members)
		return -EDQUOT;
	member->source = msgport_source_right(port, group->id);
	if (IS_ERR(member->source))
		return PTR_ERR(member->source);
	spin_lock(&port->lock);
	if (port->state == MSGPORT_PORT_DEAD)
		err = -EPIPE;
	else
		list_add_tail(&member->link, &port->traffic->memberships);
	/* of an earlier membership; it lives on while its messages do */
	member->source->missed = 0;
	spin_unlock(&port->lock);
	if (err)
		return err;
	rb_link_node(&member->node, parent, link);
	rb_insert_color(&member->node, &group->members);
	WRITE_ONCE(group->count, group->count + 1);
	trace_msgport_join(group->id, port->id, member->lossy);
	return 0;
}

/*
 * What may take long, and so not under the group's lock: a source's next message is to be
 * found, see pass_on_missed().
 */
static int prepare(struct msgport_port *port)
{
	int err = msgport_port_prepare_traffic(port);

	if (err)
		return err;
	spin_lock(&port->lock);
	err = msgport_sort(port);
	spin_unlock(&port->lock);
	return err;
}

/**
 * msgport_join() - a port becomes a member
 * @group: pinned
 * @port: pinned by one of its receive rights
 * @lossy: misses messages rather than stall the group
 */
int msgport_join(struct msgport_group *group, struct msgport_port *port, bool lossy)
{
	struct msgport_membership *member;
	int err;

	/* nothing can be placed where there are no places */
	if (msgport_port_rendezvous(port))
		return -EOPNOTSUPP;
	member = membership_new(group, port, lossy);
	if (IS_ERR(member))
		return PTR_ERR(member);
	err = prepare(port);
	if (!err)
		err = msgport_group_lock(group);
	if (!err) {
		err = membership_begin(member);
		msgport_group_unlock(group);
	}
	if (err)
		membership_free(member);
	return err;
}

/**
 * msgport_leave() - end a membership
 * @group: pinned
 * @port: id of the member
 *
 * -ENOENT if it is none.
 */
int msgport_leave(struct msgport_group *group, u64 port)
{
	struct msgport_membership *member;
	int err = msgport_group_lock(group);

	if (err)
		return err;
	member = msgport_membership_find(group, port);
	if (member)
		membership_end(member);
	msgport_group_unlock(group);
	return member ? 0 : -ENOENT;
}

/* ---- the lock, and what is done for those who cannot wait for it ---- */

static void publisher_free(struct msgport_publisher *publisher)
{
	struct msgport_send_right *lane;
	struct rb_node *node;

	while ((node = rb_first(&publisher->lanes))) {
		lane = rb_entry(node, struct msgport_send_right, node);
		rb_erase(node, &publisher->lanes);
		msgport_lane_put(lane);
		cond_resched();
	}
	list_del(&publisher->list);
	msgport_account_refund(publisher->account, MSGPORT_CHARGE_RIGHTS);
	msgport_group_put(publisher->group);
	kfree(publisher);
}

/* Under the group's lock; the caller has a reference of its own. */
static void tidy(struct msgport_group *group)
{
	struct msgport_publisher *publisher, *next;
	bool ended;
	struct rb_node *node, *after;

	WRITE_ONCE(group->untidy, false);
	/* what is said before untidy is seen: pairs with tidy_up() */
	smp_mb();
	ended = !atomic_read(&group->publishers);
	for (node = rb_first(&group->members); node; node = after) {
		struct msgport_membership *member =
			rb_entry(node, struct msgport_membership, node);

		after = rb_next(node);
		if (ended || READ_ONCE(member->port->state) == MSGPORT_PORT_DEAD)
			membership_end(member);
		cond_resched();
	}
	llist_for_each_entry_safe(publisher, next, llist_del_all(&group->closed), closed)
		publisher_free(publisher);
}

/* -ERESTARTSYS if a signal comes first. */
int msgport_group_lock(struct msgport_group *group)
{
	return mutex_lock_interruptible(&group->lock) ? -ERESTARTSYS : 0;
}

/* The caller has a reference to the group beside what it unlocks for. */
void msgport_group_unlock(struct msgport_group *group)
{
	do {
		if (unlikely(READ_ONCE(group->untidy)))
			tidy(group);
		mutex_unlock(&group->lock);
		/* pairs with the one in tidy_up() */
		smp_mb();
	} while (unlikely(READ_ONCE(group->untidy)) && mutex_trylock(&group->lock));
}

/* Something has ended, and was said to have.  Never waits. */
static void tidy_up(struct msgport_group *group)
{
	WRITE_ONCE(group->untidy, true);
	/* pairs with the one in msgport_group_unlock() */
	smp_mb();
	if (mutex_trylock(&group->lock))
		msgport_group_unlock(group);
}

/* The port is dead, and pinned: it is a member of nothing any more. */
void msgport_groups_end(struct msgport_port *port)
{
	struct msgport_membership *member;
	struct msgport_group *group;

	if (!port->traffic)
		return;
	for (;;) {
		spin_lock(&port->lock);
		member = list_first_entry_or_null(&port->traffic->memberships,
						  struct msgport_membership, link);
		if (!member)
			break;
		list_del_init(&member->link);
		list_del_init(&member->wish);
		group = msgport_group_get(member->group);
		spin_unlock(&port->lock);
		tidy_up(group);
		msgport_group_put(group);
		cond_resched();
	}
	spin_unlock(&port->lock);
}

/* There is room in a port: tell who polled groups and found none in it. */
void msgport_groups_wake(struct msgport_port *port)
{
	struct msgport_membership *member;
	struct msgport_group *group;

	for (;;) {
		spin_lock(&port->lock);
		member = list_first_entry_or_null(&port->traffic->wishes,
						  struct msgport_membership, wish);
		if (!member)
			break;
		list_del_init(&member->wish);
		group = msgport_group_get(member->group);
		spin_unlock(&port->lock);
		wake_pollers(group);
		msgport_group_put(group);
		cond_resched();
	}
	spin_unlock(&port->lock);
}

/* ---- publishers ---- */

/* The send right of a publisher to a member, or NULL; under the group's lock. */
struct msgport_send_right *msgport_lane_find(struct msgport_publisher *publisher, u64 port)
{
	struct rb_node *node = publisher->lanes.rb_node;

	while (node) {
		struct msgport_send_right *lane =
			rb_entry(node, struct msgport_send_right, node);

		if (port == lane->port->id)
			return lane;
		node = port < lane->port->id ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void lane_insert(struct msgport_publisher *publisher,
			struct msgport_send_right *lane)
{
	struct rb_node **link = &publisher->lanes.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = lane->port->id <
		       rb_entry(parent, struct msgport_send_right, node)->port->id ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&lane->node, parent, link);
	rb_insert_color(&lane->node, &publisher->lanes);
}

/**
 * msgport_lane_get() - the send right of a publisher to a member
 * @publisher: open; pays for a new one
 * @member: under the group's lock
 *
 * -EPIPE if the member is dead.
 */
struct msgport_send_right *msgport_lane_get(struct msgport_publisher *publisher,
					    struct msgport_membership *member)
{
	struct msgport_send_right *lane = msgport_lane_find(publisher, member->port->id);

	if (likely(lane))
		return lane;
	lane = msgport_lane_new(member->source, publisher->account);
	if (IS_ERR(lane))
		return lane;
	lane_insert(publisher, lane);
	if (list_empty(&publisher->list))
		list_add_tail(&publisher->list, &publisher->group->senders);
	return lane;
}

/**
 * msgport_publisher_new() - one more descriptor of a group
 * @group: -ENOENT if the last has gone
 * @max_priority: the greatest that its messages may have
 */
struct msgport_publisher *msgport_publisher_new(struct msgport_group *group,
						u8 max_priority)
{
	struct msgport_publisher *publisher = kzalloc(sizeof(*publisher), GFP_KERNEL_ACCOUNT);
	struct msgport_account *account;

	if (!publisher)
		return ERR_PTR(-ENOMEM);
	account = msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RIGHTS);
	if (IS_ERR(account)) {
		kfree(publisher);
		return ERR_CAST(account);
	}
	if (!atomic_inc_not_zero(&group->publishers)) {
		msgport_account_refund(account, MSGPORT_CHARGE_RIGHTS);
		kfree(publisher);
		return ERR_PTR(-ENOENT);
	}
	publisher->account = account;
	publisher->group = msgport_group_get(group);
	publisher->max_priority = max_priority;
	INIT_LIST_HEAD(&publisher->list);
	msgport_wish_init(&publisher->wish, &group->writers, &group->fasync);
	return publisher;
}

/* The last descriptor has gone: the name goes, and the memberships. */
void msgport_group_close(struct msgport_group *group)
{
	if (atomic_dec_and_test(&group->publishers))
		msgport_group_unname(group);
	tidy_up(group);
}

void msgport_publisher_close(struct msgport_publisher *publisher)
{
	struct msgport_group *group = msgport_group_get(publisher->group);

	msgport_wish_cancel(&publisher->wish);
	llist_add(&publisher->closed, &group->closed);
	msgport_group_close(group);
	msgport_group_put(group);
}

/* ---- groups ---- */

/**
 * msgport_group_new() - a group without a name or publisher
 * @ns: where it will have its name
 * @arg: checked by the caller
 *
 * Ended by msgport_group_close(), and its one reference with msgport_group_put().
 */
struct msgport_group *msgport_group_new(struct msgport_ns *ns,
					const struct msgport_group_create *arg)
{
	struct msgport_group *group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	struct msgport_account *account;
	int err;

	if (!group)
		return ERR_PTR(-ENOMEM);
	account = msgport_account_pay(msgport_account_get(), MSGPORT_CHARGE_RECORDS);
	if (IS_ERR(account)) {
		kfree(group);
		return ERR_CAST(account);
	}
	mutex_init(&group->lock);
	refcount_set(&group->refs, 1);
	atomic_set(&group->publishers, 1);
	group->account = account;
	group->ns = msgport_ns_get(ns);
	group->mode = arg->mode ?: 0600;
	group->max_members = arg->max_members ?: MSGPORT_DEFAULT_MEMBERS;
	group->stall = arg->stall;
	group->uid = current_euid();
	group->gid = current_egid();
	group->id = msgport_source_new();
	group->members = RB_ROOT;
	init_llist_head(&group->closed);
	INIT_LIST_HEAD(&group->senders);
	init_waitqueue_head(&group->writers);
	err = xa_err(xa_store(&ns->groups, group->id, group, GFP_KERNEL_ACCOUNT));
	if (err) {
		msgport_group_put(group);
		return ERR_PTR(err);
	}
	return group;
}

void msgport_group_put(struct msgport_group *group)
{
	struct msgport_ns *ns = group->ns;

	if (!refcount_dec_and_test(&group->refs))
		return;
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&group->members));
	/* who walks looks under its lock: nobody does when this returns */
	xa_erase(&ns->groups, group->id);
	msgport_account_refund(group->account, MSGPORT_CHARGE_RECORDS);
	msgport_ns_put(ns);
	kfree(group);
}

/* The next group above an id, pinned; those that are being freed are passed over. */
struct msgport_group *msgport_group_next(struct msgport_ns *ns, u64 *after)
{
	struct msgport_group *group;
	unsigned long id = *after;
	bool pinned;

	do {
		xa_lock(&ns->groups);
		group = xa_find_after(&ns->groups, &id, ULONG_MAX, XA_PRESENT);
		pinned = group && refcount_inc_not_zero(&group->refs);
		xa_unlock(&ns->groups);
	} while (group && !pinned);
	if (group)
		*after = id;
	return group;
}

/* Others may find it from here on.  The name is the tree's, if this succeeds. */
int msgport_group_publish(struct msgport_group *group, struct msgport_name *name)
{
	struct msgport_named of = { .group = group };
	struct msgport_ns *ns = group->ns;
	int err = 0;

	spin_lock(&ns->lock);
	if (name)
		err = msgport_name_insert(ns, name, of);
	else if (ns->ended)
		err = -ENOENT;
	spin_unlock(&ns->lock);
	return err;
}

/* Returns false if it had no name.  The caller has the group pinned. */
bool msgport_group_unname(struct msgport_group *group)
{
	struct msgport_ns *ns = group->ns;
	struct msgport_name *name;

	spin_lock(&ns->lock);
	name = group->name;
	if (name)
		msgport_name_erase(ns, name);
	spin_unlock(&ns->lock);
	if (!name)
		return false;
	kfree(name);
	msgport_group_put(group);
	return true;
}
