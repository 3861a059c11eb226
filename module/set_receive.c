// SPDX-License-Identifier: GPL-2.0
/* Receiving from a set: look at those that are ready, take or wait. */

#include <linux/sched.h>

#include "compat.h"
#include "deliver.h"
#include "limits.h"
#include "message.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "set.h"
#include "wake.h"

/* Something was taken: the next one's turn. */
static void turn_on(const struct msgport_member *member)
{
	WRITE_ONCE(member->set->turn,
		   member->slot < MSGPORT_SLOT_MAX ? member->slot + 1 : 0);
}

/* It went back; if nobody has taken since it is the same one's turn again. */
static void turn_back(const struct msgport_member *member)
{
	cmpxchg(&member->set->turn,
		member->slot < MSGPORT_SLOT_MAX ? member->slot + 1 : 0, member->slot);
}

/* Those of a stretch that are ready; see look(). */
static int look_at(struct msgport_set *set, unsigned long slot, unsigned long last,
		   const struct msgport_wanted *once, struct msgport_inbound *in)
{
	struct msgport_member *member;
	int err;

	for (; (member = msgport_set_next_ready(set, &slot, last)); slot++) {
		err = msgport_receive_try(member, once, in);
		if (likely(!err)) {
			if (likely(!in->peeked))
				turn_on(member);
			return 0;
		}
		msgport_member_unpin(member);
		if (err != -ENODATA)
			return err;
		cond_resched();
	}
	return -ENODATA;
}

/*
 * Once round the members that are ready, from whose turn it is.  0 with a message
 * in hand or pinned, and its member pinned; -ENODATA; or an error.
 */
static int look(struct msgport_set *set, const struct msgport_wanted *once,
		struct msgport_inbound *in)
{
	unsigned long turn = READ_ONCE(set->turn);
	int err = look_at(set, turn, MSGPORT_SLOT_MAX, once, in);

	if (err == -ENODATA && turn)
		err = look_at(set, 0, turn - 1, once, in);
	return err;
}

/* Who chooses is in the list before it looks, if there is a place. */
static void begin(struct msgport_set *set, struct msgport_receiving *r)
{
	r->state = MSGPORT_RECEIVING_WAITING;
	r->claimed = false;
	if (!msgport_is_chooser(r->wanted) || r->wanted->flags & MSGPORT_NONBLOCK)
		return;
	xa_lock(&set->members);
	if (!r->has_place && set->choosers < MSGPORT_FILTERED_MAX) {
		r->has_place = true;
		set->choosers++;
	}
	if (r->has_place)
		list_add_tail(&r->list, &set->choosing);
	xa_unlock(&set->members);
}

/* Senders that poll a rendezvous in vain are told that somebody waits. */
static void tell_senders(struct msgport_set *set)
{
	struct msgport_member *member;
	unsigned long slot;

	for (slot = 1; (member = msgport_set_next(set, &slot)); slot++) {
		msgport_receive_waits(member->port);
		msgport_member_unpin(member);
		cond_resched();
	}
}

/* Nothing there: -EINPROGRESS to sleep, -EAGAIN to look again, or -EDQUOT. */
static int decide(struct msgport_set *set, struct msgport_receiving *r)
{
	bool chooser = msgport_is_chooser(r->wanted);
	bool offers = false;
	int err = -EINPROGRESS;

	xa_lock(&set->members);
	if (chooser && !r->has_place) {
		err = -EDQUOT;
	} else if (chooser ? r->claimed : msgport_set_is_ready(set)) {
		list_del_init(&r->list);
		err = -EAGAIN;
	} else {
		if (!chooser) {
			list_add_tail(&r->list, &set->receiving);
			offers = set->offers;
			set->offers = false;
		}
		r->sleeping = true;
		set->waiting++;
	}
	xa_unlock(&set->members);
	if (unlikely(offers))
		tell_senders(set);
	return err;
}

/* Sleeps until told; an error, with the record out of the lists, on giving up. */
static int wait_told(struct msgport_set *set, struct msgport_receiving *r)
{
	int err = msgport_sleep(&r->state, MSGPORT_RECEIVING_WAITING, r->wanted->deadline);

	if (likely(!err))
		return 0;
	xa_lock(&set->members);
	if (r->state == MSGPORT_RECEIVING_WAITING) {
		list_del_init(&r->list);
		set->waiting--;
		r->sleeping = false;
	} else {
		err = 0;
	}
	xa_unlock(&set->members);
	return err;
}

/* Out of the lists; who was told to look makes the next one look. */
static void leave(struct msgport_set *set, struct msgport_receiving *r, bool looked)
{
	bool owed;

	xa_lock(&set->members);
	list_del_init(&r->list);
	if (r->has_place) {
		r->has_place = false;
		set->choosers--;
	}
	if ((looked || r->claimed) && msgport_set_is_ready(set))
		msgport_set_claim_next(set);
	owed = !list_empty(&set->claimed);
	xa_unlock(&set->members);
	if (unlikely(owed))
		msgport_set_tell(set, NULL);
}

static void take_handed(struct msgport_receiving *r, struct msgport_inbound *in)
{
	in->member = r->member;
	msgport_describe(in, r->message);
	turn_on(r->member);
}

/* A message in hand or pinned, waiting for it. */
static int obtain(struct msgport_set *set, const struct msgport_wanted *wanted,
		  struct msgport_inbound *in)
{
	struct msgport_receiving r = { .wanted = wanted, .task = current };
	struct msgport_wanted once = *wanted;
	bool looked = false;
	int err;

	INIT_LIST_HEAD(&r.list);
	once.flags |= MSGPORT_NONBLOCK;
	for (;;) {
		begin(set, &r);
		err = look(set, &once, in);
		if (err != -ENODATA)
			break;
		if (wanted->flags & MSGPORT_NONBLOCK) {
			err = -EAGAIN;
			break;
		}
		err = decide(set, &r);
		if (err == -EAGAIN)
			continue;
		if (err != -EINPROGRESS)
			break;
		err = wait_told(set, &r);
		if (err)
			break;
		if (likely(r.state == MSGPORT_RECEIVING_HANDED)) {
			take_handed(&r, in);
			return 0;
		}
		looked = true;
	}
	if (unlikely(looked || r.has_place || r.claimed))
		leave(set, &r, looked);
	return err;
}

/**
 * msgport_set_receive() - take the next message of any member, waiting for it
 * @set: pinned by its file
 * @wanted: what, and how much can be taken
 * @in: filled on success; @in->size also on -EMSGSIZE
 *
 * As msgport_receive(); the caller ends with msgport_set_receive_finish().
 */
int msgport_set_receive(struct msgport_set *set, const struct msgport_wanted *wanted,
			struct msgport_inbound *in)
{
	int err;

	in->peeked = false;
	in->settle = wanted->flags & MSGPORT_SETTLE;
	do {
		err = obtain(set, wanted, in);
		if (unlikely(err || in->peeked))
			return err;
		err = msgport_receive_prepare(in->member->right, in);
		if (unlikely(err)) {
			turn_back(in->member);
			msgport_member_unpin(in->member);
		}
		/* the membership ended while the message was in hand */
	} while (unlikely(err == -ESTALE));
	return err;
}

/* See msgport_receive_finish(). */
int msgport_set_receive_finish(struct msgport_inbound *in, int err)
{
	struct msgport_member *member = in->member;

	err = msgport_receive_finish(member->right, in, err);
	if (unlikely(err && !in->peeked))
		turn_back(member);
	msgport_member_unpin(member);
	return err;
}

/* May messages be chosen by a scan?  See msgport_must_scan(). */
bool msgport_set_scannable(struct msgport_set *set)
{
	struct msgport_member *member;
	bool scannable = true;
	unsigned long slot;

	for (slot = 1; scannable && (member = msgport_set_next(set, &slot)); slot++) {
		scannable = READ_ONCE(member->port->gate.limit) <= MSGPORT_SCAN_MAX;
		msgport_member_unpin(member);
		cond_resched();
	}
	return scannable;
}
