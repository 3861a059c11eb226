// SPDX-License-Identifier: GPL-2.0
/* Who pays: accounts, charges, ceilings. */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "limits.h"
#include "quota.h"

static DEFINE_SPINLOCK(accounts_lock);
static struct rb_root accounts = RB_ROOT;	/* accounts_lock */

static kuid_t accounting_uid(void)
{
	struct user_namespace *ns = current_user_ns();

	if (ns == &init_user_ns)
		return current_euid();
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return ns->owner;
}

/* Finds the account, or links @spare as a new one. */
static struct msgport_account *account_find(kuid_t uid, struct msgport_account *spare)
{
	struct rb_node **link = &accounts.rb_node, *parent = NULL;

	while (*link) {
		struct msgport_account *a;

		parent = *link;
		a = rb_entry(parent, struct msgport_account, node);
		if (uid_eq(uid, a->uid)) {
			refcount_inc(&a->refs);
			return a;
		}
		link = uid_lt(uid, a->uid) ? &parent->rb_left : &parent->rb_right;
	}
	if (spare) {
		rb_link_node(&spare->node, parent, link);
		rb_insert_color(&spare->node, &accounts);
	}
	return spare;
}

/* The caller's account, or NULL if there is no memory for it. */
struct msgport_account *msgport_account_get(void)
{
	kuid_t uid = accounting_uid();
	struct msgport_account *account, *spare;

	spin_lock(&accounts_lock);
	account = account_find(uid, NULL);
	spin_unlock(&accounts_lock);
	if (account)
		return account;

	spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	if (!spare)
		return NULL;
	spare->uid = uid;
	refcount_set(&spare->refs, 1);
	init_waitqueue_head(&spare->room);
	spin_lock(&accounts_lock);
	account = account_find(uid, spare);
	spin_unlock(&accounts_lock);
	if (account != spare)
		kfree(spare);
	return account;
}

struct msgport_account *msgport_account_hold(struct msgport_account *account)
{
	refcount_inc(&account->refs);
	return account;
}

void msgport_account_put(struct msgport_account *account)
{
	if (!account || !refcount_dec_and_lock(&account->refs, &accounts_lock))
		return;
	rb_erase(&account->node, &accounts);
	spin_unlock(&accounts_lock);
	kfree(account);
}

static unsigned long ceiling(enum msgport_charge what)
{
	switch (what) {
	case MSGPORT_CHARGE_PORTS:
		return READ_ONCE(msgport_max_ports);
	case MSGPORT_CHARGE_BYTES:
		return READ_ONCE(msgport_max_bytes);
	case MSGPORT_CHARGE_RIGHTS:
		return READ_ONCE(msgport_max_rights);
	default:
		return READ_ONCE(msgport_max_kept);
	}
}

/**
 * msgport_charge() - let an account pay
 * @account: who
 * @what: for what
 * @amount: how much; the caller has bounded it so that a sum cannot overflow
 *
 * Returns 0, or -EDQUOT with nothing charged.
 */
int msgport_charge(struct msgport_account *account, enum msgport_charge what,
		   unsigned long amount)
{
	unsigned long now = atomic_long_add_return(amount, &account->used[what]);

	if (likely(now <= ceiling(what)) || capable(CAP_SYS_RESOURCE))
		return 0;
	msgport_uncharge(account, what, amount);
	return -EDQUOT;
}

void msgport_uncharge(struct msgport_account *account, enum msgport_charge what,
		      unsigned long amount)
{
	atomic_long_sub(amount, &account->used[what]);
}

/* One message may always be pending, however small the ceiling. */
static bool pending_try(struct msgport_account *account, unsigned long bytes)
{
	long used = atomic_long_read(&account->pending);

	do {
		if (used && used + bytes > READ_ONCE(msgport_max_pending))
			return false;
	} while (!atomic_long_try_cmpxchg(&account->pending, &used, used + bytes));
	return true;
}

static int pending_wait(struct msgport_account *account, unsigned long bytes,
			u64 deadline)
{
	ktime_t expires = deadline > KTIME_MAX ? KTIME_MAX : deadline;
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		/* queued before the test: pairs with wq_has_sleeper() */
		prepare_to_wait(&account->room, &wait,
				TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (pending_try(account, bytes))
			break;
		if (signal_pending(current)) {
			err = -ERESTARTSYS;
			break;
		}
		if (!schedule_hrtimeout_range_clock(deadline == MSGPORT_FOREVER ?
						    NULL : &expires,
						    current->timer_slack_ns,
						    HRTIMER_MODE_ABS, CLOCK_MONOTONIC)) {
			err = -ETIMEDOUT;
			break;
		}
	}
	finish_wait(&account->room, &wait);
	return err;
}

/**
 * msgport_pending_charge() - room for a message that is not accepted yet
 * @account: of the uid whose share the message will count in
 * @bytes: msgport_message_cost()
 * @nonblock: -EAGAIN instead of waiting
 * @deadline: of the host, or MSGPORT_FOREVER
 *
 * Waits in no particular order.
 */
int msgport_pending_charge(struct msgport_account *account, unsigned long bytes,
			   bool nonblock, u64 deadline)
{
	if (likely(pending_try(account, bytes)))
		return 0;
	return nonblock ? -EAGAIN : pending_wait(account, bytes, deadline);
}

void msgport_pending_uncharge(struct msgport_account *account, unsigned long bytes)
{
	atomic_long_sub(bytes, &account->pending);
	if (unlikely(wq_has_sleeper(&account->room)))
		wake_up_all(&account->room);
}
