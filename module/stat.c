// SPDX-License-Identifier: GPL-2.0
/* Looking: the ledger, the limits, the lists of ports and groups. */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

#include "group.h"
#include "limits.h"
#include "look.h"
#include "message.h"
#include "name.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "set.h"
#include "stamp.h"
#include "stat.h"
#include "wake.h"

/* Serialises changes of limits, so that what is reserved can be reckoned. */
static DEFINE_MUTEX(limits_lock);

static void add_ledger(struct msgport_stat *stat, const struct msgport_ledger *ledger)
{
	int i;

	stat->sent += ledger->sent;
	stat->received += ledger->received;
	stat->returned += ledger->returned;
	stat->expired += ledger->discarded[MSGPORT_EXPIRED];
	stat->died_with_port += ledger->discarded[MSGPORT_DIED_WITH_PORT];
	stat->too_large += ledger->discarded[MSGPORT_TOO_LARGE];
	stat->withdrawn += ledger->discarded[MSGPORT_WITHDRAWN];
	stat->exhausted += ledger->discarded[MSGPORT_EXHAUSTED];
	for (i = 0; i < MSGPORT_REASONS; i++)
		stat->discarded += ledger->discarded[i];
	stat->redelivered += ledger->redelivered;
	stat->missed += ledger->missed;
	stat->asked += ledger->asked;
	stat->answered += ledger->answered;
	stat->gone += ledger->gone;
	stat->given_up += ledger->given_up;
	stat->waiting = stat->asked - stat->answered - stat->gone - stat->given_up;
}

/* What adds up over ports. */
static void add_port(struct msgport_stat *stat, struct msgport_port *port)
{
	lockdep_assert_held(&port->lock);
	if (port->traffic) {
		add_ledger(stat, &port->traffic->ledger);
		stat->senders += port->traffic->senders;
		stat->waiting_senders += port->traffic->waiting;
		stat->outstanding += port->traffic->outstanding;
		stat->answers += port->traffic->answers;
	}
	stat->queued += msgport_port_queued(port);
	stat->bytes += port->gate.bytes;
	stat->max_bytes += port->gate.max_bytes;
	stat->in_hand += port->in_hand_count;
	stat->receivers += port->receivers;
	stat->waiting_receivers += port->waiting_receivers;
	stat->ports += port->state == MSGPORT_PORT_LIVE;
}

static void describe(struct msgport_stat *stat, struct msgport_port *port)
{
	add_port(stat, port);
	stat->port = port->id;
	stat->max_msgs = port->gate.limit;
	stat->max_size = port->max_size;
	stat->max_answers = port->max_answers;
	stat->uid_share = msgport_port_share(port, port->gate.limit);
	stat->flags = port->flags;
	stat->dead = port->state == MSGPORT_PORT_DEAD;
	stat->ports = 1;
}

/* @stat is zero but for what the caller has filled in. */
void msgport_stat_port(struct msgport_port *port, struct msgport_stat *stat)
{
	msgport_expire(port);
	spin_lock(&port->lock);
	describe(stat, port);
	spin_unlock(&port->lock);
}

void msgport_stat_send(struct msgport_send_right *right, struct msgport_stat *stat)
{
	struct msgport_port *port = right->port;

	msgport_expire(port);
	spin_lock(&port->lock);
	describe(stat, port);
	stat->source = right->id;
	stat->badge = right->badge->badge;
	stat->window = msgport_send_right_window(right);
	stat->mint_flags = right->mint_flags;
	stat->in_transit = right->gate.used;
	stat->max_priority = right->max_priority;
	spin_unlock(&port->lock);
}

/* @stat is zero but for what the caller has filled in. */
void msgport_stat_group(struct msgport_publisher *publisher, struct msgport_stat *stat)
{
	struct msgport_group *group = publisher->group;

	stat->source = group->id;
	stat->max_msgs = group->max_members;
	stat->max_priority = publisher->max_priority;
	stat->senders = atomic_read(&group->publishers);
	stat->waiting_senders = atomic_read(&group->waiting);
	mutex_lock(&group->lock);
	stat->sent = group->sent;
	stat->missed = group->missed;
	stat->ports = group->count;
	msgport_group_unlock(group);
}

/* The sum over the members. */
void msgport_stat_set(struct msgport_set *set, struct msgport_stat *stat)
{
	struct msgport_member *member;
	unsigned long slot;

	for (slot = 1; (member = msgport_set_next(set, &slot)); slot++) {
		msgport_expire(member->port);
		spin_lock(&member->port->lock);
		if (msgport_member_joined(member))
			add_port(stat, member->port);
		spin_unlock(&member->port->lock);
		msgport_member_unpin(member);
		cond_resched();
	}
	stat->waiting_receivers += READ_ONCE(set->waiting);
}

/* The next port above an id, pinned; ports that nobody holds are passed over. */
struct msgport_port *msgport_port_next(struct msgport_ns *ns, u64 *after)
{
	unsigned long id = *after;
	struct msgport_port *port;

	rcu_read_lock();
	port = xa_find_after(&ns->ports, &id, ULONG_MAX, XA_PRESENT);
	while (port && !refcount_inc_not_zero(&port->refs))
		port = xa_find_after(&ns->ports, &id, ULONG_MAX, XA_PRESENT);
	rcu_read_unlock();
	if (port)
		*after = id;
	return port;
}

/*
 * The sum over the namespace, with the ports that have been freed.  Looks for no
 * expired messages: who asks may have no right to any of the ports.
 */
void msgport_stat_ns(struct msgport_ns *ns, struct msgport_stat *stat)
{
	struct msgport_port *port;
	u64 after = 0;

	while ((port = msgport_port_next(ns, &after))) {
		spin_lock(&port->lock);
		add_port(stat, port);
		spin_unlock(&port->lock);
		msgport_port_put(port);
		cond_resched();
	}
	spin_lock(&ns->lock);
	add_ledger(stat, &ns->folded);
	spin_unlock(&ns->lock);
}

static bool visible(const struct msgport_port *port, bool named)
{
	return uid_eq(current_euid(), port->uid) ||
	       (named && (msgport_name_permits(port, 0004) ||
			  msgport_name_permits(port, 0002)));
}

/* To send or to join. */
static bool group_reachable(const struct msgport_group *group)
{
	return msgport_may_connect(group->ns, group->uid, group->gid, group->mode, 0002) ||
	       msgport_may_connect(group->ns, group->uid, group->gid, group->mode, 0004);
}

static void fill_name(struct msgport_port_info *info, const struct msgport_name *name)
{
	if (!name)
		return;
	info->name_len = name->len;
	memcpy(info->name, name->bytes, name->len);
}

/* Both locks, so that name and numbers are of one moment. */
static bool fill_info(struct msgport_port *port, struct msgport_port_info *info)
{
	bool live, named;

	memset(info, 0, sizeof(*info));
	spin_lock(&port->ns->lock);
	spin_lock(&port->lock);
	live = port->state == MSGPORT_PORT_LIVE;
	named = port->name;
	fill_name(info, port->name);
	info->id = port->id;
	info->max_bytes = port->gate.max_bytes;
	info->bytes = port->gate.bytes;
	info->max_msgs = port->gate.limit;
	info->queued = msgport_port_queued(port);
	info->mode = port->mode;
	info->flags = port->flags;
	info->receivers = port->receivers;
	info->sets = port->memberships;
	info->waiting_receivers = port->waiting_receivers;
	if (port->traffic) {
		info->senders = port->traffic->senders;
		info->waiting_senders = port->traffic->waiting;
	}
	spin_unlock(&port->lock);
	spin_unlock(&port->ns->lock);
	info->uid = from_kuid_munged(current_user_ns(), port->uid);
	info->gid = from_kgid_munged(current_user_ns(), port->gid);
	return live && visible(port, named);
}

/**
 * msgport_list_next() - the next port that the caller may see
 * @ns: where to look
 * @after: above this id; moved on, also past ports that may not be seen
 * @info: filled
 */
bool msgport_list_next(struct msgport_ns *ns, u64 *after, struct msgport_port_info *info)
{
	struct msgport_port *port;
	bool shown;

	while ((port = msgport_port_next(ns, after))) {
		shown = fill_info(port, info);
		msgport_port_put(port);
		if (shown)
			return true;
		cond_resched();
	}
	return false;
}

/* Without a name nobody can reach it: false. */
static bool fill_group_info(struct msgport_group *group, struct msgport_port_info *info)
{
	memset(info, 0, sizeof(*info));
	spin_lock(&group->ns->lock);
	fill_name(info, group->name);
	spin_unlock(&group->ns->lock);
	info->id = group->id;
	info->max_msgs = group->max_members;
	info->receivers = READ_ONCE(group->count);
	info->senders = atomic_read(&group->publishers);
	info->waiting_senders = atomic_read(&group->waiting);
	info->mode = group->mode;
	info->uid = from_kuid_munged(current_user_ns(), group->uid);
	info->gid = from_kgid_munged(current_user_ns(), group->gid);
	return info->name_len &&
	       (uid_eq(current_euid(), group->uid) || group_reachable(group));
}

/* As msgport_list_next(), of groups. */
bool msgport_list_next_group(struct msgport_ns *ns, u64 *after,
			     struct msgport_port_info *info)
{
	struct msgport_group *group;
	bool shown;

	while ((group = msgport_group_next(ns, after))) {
		shown = fill_group_info(group, info);
		msgport_group_put(group);
		if (shown)
			return true;
		cond_resched();
	}
	return false;
}

/* The limits that a port would have; those not to be set stay. */
static void merge_limits(struct msgport_port *port, struct msgport_limits *l)
{
	if (!(l->flags & MSGPORT_SET_MAX_MSGS))
		l->max_msgs = port->gate.limit;
	if (!(l->flags & MSGPORT_SET_MAX_BYTES))
		l->max_bytes = port->gate.max_bytes;
	if (!(l->flags & MSGPORT_SET_MAX_SIZE))
		l->max_size = port->max_size;
	if (!(l->flags & MSGPORT_SET_MAX_ANSWERS))
		l->max_answers = port->max_answers;
	/* a share that is not set keeps its part of the port */
	if (!(l->flags & MSGPORT_SET_UID_SHARE))
		l->uid_share = msgport_port_share(port, l->max_msgs);
}

static int check_limits(const struct msgport_port *port, const struct msgport_limits *l)
{
	if (msgport_port_rendezvous(port) &&
	    l->flags & (MSGPORT_SET_MAX_MSGS | MSGPORT_SET_UID_SHARE))
		return -EINVAL;
	if (l->max_msgs > MSGPORT_MSGS_MAX || l->max_answers > MSGPORT_MSGS_MAX ||
	    l->max_bytes > MSGPORT_BYTES_MAX || l->max_size > MSGPORT_SIZE_MAX ||
	    !l->max_size)
		return -EINVAL;
	if (!msgport_port_rendezvous(port) &&
	    (!l->max_msgs || !l->uid_share || l->uid_share > l->max_msgs))
		return -EINVAL;
	return l->max_bytes < msgport_port_smallest_bytes(l->max_size) ? -EINVAL : 0;
}

static bool raises(const struct msgport_port *port, const struct msgport_limits *l)
{
	return l->max_msgs > port->gate.limit || l->max_bytes > port->gate.max_bytes ||
	       l->max_size > port->max_size || l->max_answers > port->max_answers ||
	       (l->flags & MSGPORT_SET_UID_SHARE &&
		(u64)l->uid_share * port->share_of > (u64)port->uid_share * l->max_msgs);
}

/* Puts the limits in force; returns the bytes to give back to the account. */
static u64 apply(struct msgport_port *port, const struct msgport_limits *l)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	unsigned long after = 0;
	u64 surplus, keep;
	bool more;

	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	port->gate.limit = l->max_msgs;
	port->gate.max_bytes = l->max_bytes;
	port->max_size = l->max_size;
	port->largest_size = max(port->largest_size, l->max_size);
	port->max_answers = l->max_answers;
	if (l->flags & MSGPORT_SET_UID_SHARE) {
		port->uid_share = l->uid_share;
		port->share_of = l->max_msgs;
	}
	/*
	 * What is in the port stays paid for until limits change again; and one
	 * of the largest messages ever, which may be on its way to an empty port.
	 */
	keep = max3(l->max_bytes, port->gate.bytes,
		    msgport_port_smallest_bytes(port->largest_size));
	surplus = port->reserved - min(port->reserved, keep);
	port->reserved -= surplus;
	for (;;) {
		more = msgport_gates_resized(port, &after, &wk);
		spin_unlock(&port->lock);
		msgport_wake(port, &wk);
		if (!more)
			return surplus;
		cond_resched();
		spin_lock(&port->lock);
	}
}

/**
 * msgport_limits_set() - change what the flags name, and tell all
 * @port: pinned
 * @l: in and out
 */
int msgport_limits_set(struct msgport_port *port, struct msgport_limits *l)
{
	u64 before, surplus = 0;
	int err;

	mutex_lock(&limits_lock);
	before = port->reserved;
	merge_limits(port, l);
	err = l->flags ? check_limits(port, l) : 0;
	if (err || !l->flags)
		goto unlock;
	err = -EPERM;
	if (raises(port, l) && !uid_eq(current_euid(), port->uid))
		goto unlock;
	if (l->max_bytes > before) {
		err = msgport_charge(port->account, MSGPORT_CHARGE_BYTES,
				     l->max_bytes - before);
		if (err)
			goto unlock;
		spin_lock(&port->lock);
		port->reserved = l->max_bytes;
		spin_unlock(&port->lock);
	}
	surplus = apply(port, l);
	err = 0;
unlock:
	mutex_unlock(&limits_lock);
	/* what it keeps was within what it has paid for until now */
	if (surplus && msgport_port_pool(port))
		msgport_pool_empty(msgport_port_pool(port));
	msgport_uncharge(port->account, MSGPORT_CHARGE_BYTES, surplus);
	return err;
}
