// SPDX-License-Identifier: GPL-2.0
/* Which members of a set are ready, and who is told. */

#include <linux/fs.h>
#include <linux/poll.h>

#include "deliver.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "set.h"
#include "wake.h"

#define READY		XA_MARK_1

/**
 * msgport_set_next_ready() - the next member that may have something
 * @set: pinned
 * @slot: the first to look at; that of the member on return
 * @last: the last
 *
 * Returns it pinned, with its right, for msgport_member_unpin(); NULL at the end.
 */
struct msgport_member *msgport_set_next_ready(struct msgport_set *set,
					      unsigned long *slot, unsigned long last)
{
	struct msgport_member *member;

	xa_lock(&set->members);
	member = xa_find(&set->members, slot, last, READY);
	if (member) {
		/* JOINED, so its right has a file */
		refcount_inc(&member->right->refs);
		msgport_member_get(member);
	}
	xa_unlock(&set->members);
	return member;
}

/* Under the set's lock. */
bool msgport_set_is_ready(const struct msgport_set *set)
{
	return xa_marked(&set->members, READY);
}

/* Under the port's lock: nothing is here that anybody could take. */
void msgport_member_idle(struct msgport_member *member)
{
	struct msgport_set *set = member->set;

	lockdep_assert_held(&member->port->lock);
	xa_lock(&set->members);
	if (member->ready) {
		member->ready = false;
		__xa_clear_mark(&set->members, member->slot, READY);
	}
	xa_unlock(&set->members);
}

/* Off its list: whoever does this has claimed it.  Under the set's lock. */
static void take_off(struct msgport_set *set, struct msgport_receiving *r)
{
	list_del_init(&r->list);
	if (r->sleeping)
		set->waiting--;
	r->sleeping = false;
}

static void claim(struct msgport_set *set, struct msgport_receiving *r)
{
	r->claimed = true;
	list_move_tail(&r->list, &set->claimed);
}

/* All that choose and want to see it, and the first that does not choose. */
static void claim_all(struct msgport_set *set, struct msgport_message *m)
{
	struct msgport_receiving *r, *next;

	list_for_each_entry_safe(r, next, &set->choosing, list)
		if (!m || msgport_wants(r->wanted, m))
			claim(set, r);
	msgport_set_claim_next(set);
}

/* Under the set's lock: the first of those that take anything is to look. */
void msgport_set_claim_next(struct msgport_set *set)
{
	struct msgport_receiving *r = list_first_entry_or_null(&set->receiving,
							       struct msgport_receiving,
							       list);

	if (r)
		claim(set, r);
}

/* Notes that the set is to be told; under its lock. */
static void owe(struct msgport_member *member, struct msgport_wakeups *wk)
{
	struct msgport_set *set = member->set;

	if (member->told)
		return;
	/*
	 * Who polls adds itself to the queue before it takes this lock to see what
	 * is ready: waitqueue_active() needs no barrier, it is seen or sees the mark.
	 */
	if (list_empty(&set->claimed) && !set->fasync && !waitqueue_active(&set->readers))
		return;
	member->told = true;
	member->next = wk->tell & MSGPORT_TELL_SETS ? wk->told : NULL;
	wk->tell |= MSGPORT_TELL_SETS;
	wk->told = msgport_member_get(member);
}

/**
 * msgport_sets_look() - something is in the queue: all sets of the port look
 * @port: locked
 * @m: the message; NULL: any of those there
 * @wk: wake-ups owed
 */
void msgport_sets_look(struct msgport_port *port, struct msgport_message *m,
		       struct msgport_wakeups *wk)
{
	struct msgport_member *member;

	lockdep_assert_held(&port->lock);
	hlist_for_each_entry(member, &port->members, node) {
		struct msgport_set *set = member->set;

		if (!msgport_member_joined(member))
			continue;
		xa_lock(&set->members);
		if (!member->ready) {
			member->ready = true;
			__xa_set_mark(&set->members, member->slot, READY);
		}
		claim_all(set, m);
		owe(member, wk);
		xa_unlock(&set->members);
	}
}

/* The first who waits, wants the message and can take it, or NULL. */
static struct msgport_receiving *receiver_of(struct msgport_set *set,
					     struct msgport_message *m)
{
	struct msgport_receiving *r;
	unsigned int looked = 0;

	list_for_each_entry(r, &set->choosing, list)
		if (r->sleeping && !(r->wanted->flags & MSGPORT_PEEK) &&
		    msgport_wants(r->wanted, m) && msgport_fits(r->wanted, m))
			return r;
	list_for_each_entry(r, &set->receiving, list) {
		if (likely(msgport_fits(r->wanted, m)))
			return r;
		if (++looked == MSGPORT_BATCH)
			break;
	}
	return NULL;
}

/* Straight from a sender to who waits on the set.  Under both locks. */
static void hand(struct msgport_member *member, struct msgport_receiving *r,
		 struct msgport_message *m, struct msgport_wakeups *wk)
{
	struct msgport_set *set = member->set;

	msgport_take(member->port, m, r->wanted);
	take_off(set, r);
	if (r->has_place) {
		r->has_place = false;
		set->choosers--;
	}
	refcount_inc(&member->right->refs);
	r->member = msgport_member_get(member);
	r->message = m;
	msgport_wakeups_add(wk, r->task);
	/* pairs with the acquire in msgport_sleep(); not touched after this */
	smp_store_release(&r->state, MSGPORT_RECEIVING_HANDED);
}

/**
 * msgport_sets_hand_over() - does somebody wait on a set of this port?
 * @port: locked
 * @m: numbered, in no queue
 * @wk: wake-ups owed
 *
 * Returns false if nobody does who wants the message and can take it.
 */
bool msgport_sets_hand_over(struct msgport_port *port, struct msgport_message *m,
			    struct msgport_wakeups *wk)
{
	struct msgport_receiving *r = NULL;
	struct msgport_member *member;

	lockdep_assert_held(&port->lock);
	hlist_for_each_entry(member, &port->members, node) {
		struct msgport_set *set = member->set;

		if (!msgport_member_joined(member))
			continue;
		xa_lock(&set->members);
		r = receiver_of(set, m);
		if (r)
			hand(member, r, m, wk);
		xa_unlock(&set->members);
		if (r)
			return true;
	}
	return false;
}

/*
 * Would a send to this rendezvous port meet somebody who waits on a set?  If not,
 * who will next tells who polls.
 */
bool msgport_sets_wait(const struct msgport_port *port)
{
	struct msgport_member *member;
	bool waits = false;

	lockdep_assert_held(&port->lock);
	hlist_for_each_entry(member, &port->members, node) {
		struct msgport_set *set = member->set;

		if (!msgport_member_joined(member))
			continue;
		xa_lock(&set->members);
		waits = !list_empty(&set->receiving);
		if (!waits)
			set->offers = true;
		xa_unlock(&set->members);
		if (waits)
			break;
	}
	return waits;
}

/* So many at once, which are woken with the lock let go. */
#define TELL		16

/**
 * msgport_set_tell() - wake those that were claimed
 * @set: pinned, unlocked
 * @told: the member that this was owed for, or NULL
 */
void msgport_set_tell(struct msgport_set *set, struct msgport_member *told)
{
	struct task_struct *tasks[TELL];
	struct msgport_receiving *r;
	unsigned int n;
	bool more;

	do {
		n = 0;
		xa_lock(&set->members);
		/* only once: it may be owed again as soon as the lock is let go */
		if (told)
			told->told = false;
		told = NULL;
		while (n < TELL && !list_empty(&set->claimed)) {
			r = list_first_entry(&set->claimed, struct msgport_receiving, list);
			take_off(set, r);
			tasks[n++] = msgport_task_get(r->task);
			/* pairs with the acquire in msgport_sleep(); not touched after */
			smp_store_release(&r->state, MSGPORT_RECEIVING_LOOK);
		}
		more = !list_empty(&set->claimed);
		xa_unlock(&set->members);
		msgport_tasks_wake(tasks, n);
	} while (more);
}

/* What a locked section owed to the sets of its port. */
void msgport_sets_tell(struct msgport_member *told)
{
	while (told) {
		struct msgport_member *next = told->next;

		msgport_set_tell(told->set, told);
		msgport_wake_pollers(&told->set->readers, &told->set->fasync);
		msgport_member_put(told);
		told = next;
	}
}

/* For poll: is there a member with a message?  Those that have none are made idle. */
bool msgport_set_readable(struct msgport_set *set)
{
	struct msgport_member *member;
	bool readable = false;
	unsigned long slot;

	for (slot = 1; (member = msgport_set_next_ready(set, &slot, MSGPORT_SLOT_MAX));
	     slot++) {
		readable = msgport_receive_possible(member);
		msgport_member_unpin(member);
		if (readable)
			break;
		cond_resched();
	}
	return readable;
}
