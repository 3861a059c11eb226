// SPDX-License-Identifier: GPL-2.0
/* Who pays: accounts, charges, ceilings. */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "limits.h"
#include "quota.h"

static DEFINE_SPINLOCK(accounts_lock);
static struct rb_root accounts = RB_ROOT;	/* accounts_lock */

static kuid_t accounting_uid(void)
{
	struct user_namespace *ns = current_user_ns();
	kuid_t uid = current_euid();

	for (; unlikely(ns != &init_user_ns); ns = ns->parent)
		if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
			uid = ns->owner;
	return uid;
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
	INIT_LIST_HEAD(&spare->wishes);
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
	case MSGPORT_CHARGE_RECORDS:
		return READ_ONCE(msgport_max_records);
	case MSGPORT_CHARGE_FDS:
		return READ_ONCE(msgport_max_fds);
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

/**
 * msgport_account_pay() - let an account pay for one object
 * @account: its reference goes over to the object; NULL: there was no memory for it
 * @what: the object is
 *
 * Returns @account, or an error with the reference dropped.
 */
struct msgport_account *msgport_account_pay(struct msgport_account *account,
					    enum msgport_charge what)
{
	int err = account ? msgport_charge(account, what, 1) : -ENOMEM;

	if (likely(!err))
		return account;
	msgport_account_put(account);
	return ERR_PTR(err);
}

/* The object has gone. */
void msgport_account_refund(struct msgport_account *account, enum msgport_charge what)
{
	msgport_uncharge(account, what, 1);
	msgport_account_put(account);
}

/* Is this the account that the caller's charges go to? */
bool msgport_account_is_mine(const struct msgport_account *account)
{
	return uid_eq(accounting_uid(), account->uid);
}

/**
 * msgport_account_near() - the caller's account, which as a rule is at hand
 * @guess: the account that it may be, pinned by the caller
 *
 * Without the lock that all accounts share.  Returns it with a reference, or NULL.
 */
struct msgport_account *msgport_account_near(struct msgport_account *guess)
{
	return likely(msgport_account_is_mine(guess)) ? msgport_account_hold(guess) :
							 msgport_account_get();
}

/* One message may always be pending, however small the ceiling. */
static bool pending_fits(long used, unsigned long bytes)
{
	return !used || used + bytes <= READ_ONCE(msgport_max_pending);
}

/* Asked again and again, so that it must not fill the audit log. */
static bool may_exceed(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE);
}

/**
 * msgport_pending_try() - room for a message that is not accepted yet
 * @account: who sends it, or peeks at it
 * @bytes: msgport_message_cost()
 *
 * Ended by msgport_pending_uncharge().
 */
bool msgport_pending_try(struct msgport_account *account, unsigned long bytes)
{
	long used = atomic_long_read(&account->pending);

	do {
		if (unlikely(!pending_fits(used, bytes)) && !may_exceed())
			return false;
	} while (!atomic_long_try_cmpxchg(&account->pending, &used, used + bytes));
	return true;
}

/* Its wait queue is told under this lock, which is what keeps it there. */
static DEFINE_SPINLOCK(wishes_lock);

void msgport_wish_init(struct msgport_wish *wish, wait_queue_head_t *queue,
		       struct fasync_struct **fasync)
{
	INIT_LIST_HEAD(&wish->node);
	wish->account = NULL;
	wish->queue = queue;
	wish->fasync = fasync;
}

/* False if the wish is already made to another account. */
static bool make_wish(struct msgport_account *account, struct msgport_wish *wish)
{
	bool made;

	spin_lock(&wishes_lock);
	if (!wish->account) {
		wish->account = msgport_account_hold(account);
		list_add_tail(&wish->node, &account->wishes);
	}
	made = wish->account == account;
	spin_unlock(&wishes_lock);
	return made;
}

/* Before the wait queue goes. */
void msgport_wish_cancel(struct msgport_wish *wish)
{
	struct msgport_account *account;

	spin_lock(&wishes_lock);
	account = wish->account;
	wish->account = NULL;
	list_del_init(&wish->node);
	spin_unlock(&wishes_lock);
	msgport_account_put(account);
}

/* The caller has a reference to the account beside those of the wishes. */
static void grant_wishes(struct msgport_account *account)
{
	struct msgport_wish *wish;
	LIST_HEAD(wishes);

	spin_lock(&wishes_lock);
	list_splice_init(&account->wishes, &wishes);
	while ((wish = list_first_entry_or_null(&wishes, struct msgport_wish, node))) {
		list_del_init(&wish->node);
		wish->account = NULL;
		wake_up_interruptible_poll(wish->queue, EPOLLOUT | EPOLLWRNORM);
		kill_fasync(wish->fasync, SIGIO, POLL_OUT);
		spin_unlock(&wishes_lock);
		msgport_account_put(account);
		cond_resched();
		spin_lock(&wishes_lock);
	}
	spin_unlock(&wishes_lock);
}

/**
 * msgport_pending_room() - would there be room?  If not, ask to be told
 * @account: who would send
 * @bytes: of the message
 * @wish: of the right.  It is one: if another user's has been made and not been
 *	granted, this one is told yes and finds out by sending.
 */
bool msgport_pending_room(struct msgport_account *account, unsigned long bytes,
			  struct msgport_wish *wish)
{
	if (likely(pending_fits(atomic_long_read(&account->pending), bytes)) ||
	    may_exceed())
		return true;
	if (!make_wish(account, wish))
		return true;
	/* pairs with the full barrier of msgport_pending_uncharge()'s subtraction */
	smp_mb();
	return pending_fits(atomic_long_read(&account->pending), bytes);
}

/* The wish comes before the last try: whoever fails has left it behind. */
bool msgport_pending_try_or_wish(struct msgport_account *account, unsigned long bytes,
				 struct msgport_wish *wish)
{
	make_wish(account, wish);
	/* as in msgport_pending_room() */
	smp_mb();
	return msgport_pending_try(account, bytes);
}

void msgport_pending_uncharge(struct msgport_account *account, unsigned long bytes)
{
	/* a full barrier: pairs with prepare_to_wait() and msgport_pending_room() */
	atomic_long_sub_return(bytes, &account->pending);
	/* nobody who came after the subtraction needs to be woken */
	if (unlikely(waitqueue_active(&account->room)))
		wake_up_all(&account->room);
	if (unlikely(!list_empty_careful(&account->wishes)))
		grant_wishes(account);
}
