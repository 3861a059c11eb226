// SPDX-License-Identifier: GPL-2.0
/* A port's life, and the ends of its messages. */

#include <linux/cred.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "answer.h"
#include "call.h"
#include "deliver.h"
#include "group.h"
#include "limits.h"
#include "look.h"
#include "message.h"
#include "name.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "set.h"
#include "stamp.h"
#include "trace.h"
#include "wake.h"
#include "watch.h"

static struct kmem_cache *port_cache;
static struct kmem_cache *traffic_cache;
static atomic64_t last_port;

int msgport_port_init(void)
{
	port_cache = KMEM_CACHE(msgport_port, SLAB_ACCOUNT);
	traffic_cache = KMEM_CACHE(msgport_traffic, SLAB_ACCOUNT);
	if (port_cache && traffic_cache)
		return 0;
	msgport_port_exit();
	return -ENOMEM;
}

void msgport_port_exit(void)
{
	kmem_cache_destroy(traffic_cache);
	kmem_cache_destroy(port_cache);
}

static void port_free_rcu(struct rcu_head *rcu)
{
	struct msgport_port *port = container_of(rcu, struct msgport_port, rcu);

	if (port->traffic)
		kmem_cache_free(traffic_cache, port->traffic);
	kmem_cache_free(port_cache, port);
}

static void fold(struct msgport_ledger *sum, const struct msgport_ledger *ledger)
{
	int i;

	sum->sent += ledger->sent;
	sum->received += ledger->received;
	sum->returned += ledger->returned;
	for (i = 0; i < MSGPORT_REASONS; i++)
		sum->discarded[i] += ledger->discarded[i];
	sum->redelivered += ledger->redelivered;
	sum->missed += ledger->missed;
	sum->asked += ledger->asked;
	sum->answered += ledger->answered;
	sum->gone += ledger->gone;
	sum->given_up += ledger->given_up;
}

/*
 * Its owner has its place and its bytes again, when it is dead and empty or was never
 * made.  What remains is paid for by who holds a right to it.
 */
static void port_uncharge(struct msgport_port *port)
{
	u64 reserved;

	spin_lock(&port->lock);
	reserved = port->reserved;
	port->reserved = 0;
	spin_unlock(&port->lock);
	if (!reserved)
		return;
	msgport_uncharge(port->account, MSGPORT_CHARGE_BYTES, reserved);
	msgport_uncharge(port->account, MSGPORT_CHARGE_PORTS, 1);
}

/* Undoes whatever of a port was done; nobody else knows it any more. */
static void port_destroy(struct msgport_port *port)
{
	struct msgport_ns *ns = port->ns;

	trace_msgport_destroy(port->id);
	if (port->id)
		xa_erase(&ns->ports, port->id);
	if (port->traffic) {
		msgport_gone_free(port->traffic->gone);
		spin_lock(&ns->lock);
		fold(&ns->folded, &port->traffic->ledger);
		spin_unlock(&ns->lock);
		msgport_queue_destroy(&port->traffic->unsent);
		msgport_pool_empty(&port->traffic->pool);
	}
	msgport_queue_destroy(&port->queue);
	port_uncharge(port);
	msgport_account_put(port->account);
	msgport_ns_put(ns);
	call_rcu(&port->rcu, port_free_rcu);
}

void msgport_port_put(struct msgport_port *port)
{
	if (refcount_dec_and_test(&port->refs))
		port_destroy(port);
}

/* What a port must have so that any message fits when it is empty. */
u64 msgport_port_smallest_bytes(u32 max_size)
{
	return msgport_message_cost(max_size, true);
}

static u64 default_bytes(u32 max_msgs, u32 max_size)
{
	u64 bytes = (u64)max_msgs * MSGPORT_OBJECT;

	bytes = max_t(u64, bytes, MSGPORT_DEFAULT_BYTES);
	return max_t(u64, bytes, msgport_port_smallest_bytes(max_size));
}

static void port_set_limits(struct msgport_port *port, const struct msgport_create *arg)
{
	bool rendezvous = arg->flags & MSGPORT_RENDEZVOUS;
	u32 max_msgs = arg->max_msgs;
	u64 max_bytes = arg->max_bytes;

	if (!max_msgs && !rendezvous)
		max_msgs = MSGPORT_DEFAULT_MSGS;
	port->max_size = arg->max_size ?: MSGPORT_DEFAULT_SIZE;
	port->largest_size = port->max_size;
	port->max_answers = arg->max_answers ?: max_msgs;
	if (arg->max_deliveries != MSGPORT_UNLIMITED)
		port->max_deliveries = arg->max_deliveries ?: MSGPORT_DELIVERIES;
	/* a rendezvous has no queue to share: everybody may offer */
	port->uid_share = arg->uid_share ?:
			  rendezvous ? U32_MAX : DIV_ROUND_UP(max_msgs, 2);
	port->share_of = max_msgs;
	if (!max_bytes)
		max_bytes = default_bytes(max_msgs, port->max_size);
	msgport_gate_init(&port->gate, max_msgs, max_bytes);
}

static int port_charge(struct msgport_port *port)
{
	int err;

	port->account = msgport_account_get();
	if (!port->account)
		return -ENOMEM;
	err = msgport_charge(port->account, MSGPORT_CHARGE_PORTS, 1);
	if (err)
		return err;
	err = msgport_charge(port->account, MSGPORT_CHARGE_BYTES, port->gate.max_bytes);
	if (err) {
		msgport_uncharge(port->account, MSGPORT_CHARGE_PORTS, 1);
		return err;
	}
	port->reserved = port->gate.max_bytes;
	return 0;
}

static int port_number(struct msgport_port *port)
{
	u64 id = atomic64_inc_return(&last_port);
	int err = xa_err(xa_store(&port->ns->ports, id, port, GFP_KERNEL_ACCOUNT));

	if (!err)
		port->id = id;
	return err;
}

/**
 * msgport_port_new() - a NEW port, without rights
 * @ns: where it will have its name
 * @arg: checked by the caller
 * @gid: of @arg, in the kernel's terms
 *
 * Returns it with one reference, or an error.
 */
struct msgport_port *msgport_port_new(struct msgport_ns *ns,
				      const struct msgport_create *arg, kgid_t gid)
{
	struct msgport_port *port = kmem_cache_zalloc(port_cache, GFP_KERNEL);
	int err;

	if (!port)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&port->lock);
	refcount_set(&port->refs, 1);
	port->ns = msgport_ns_get(ns);
	port->flags = arg->flags;
	port->mode = arg->mode ?: 0600;
	port->uid = current_euid();
	port->gid = gid;
	msgport_queue_init(&port->queue);
	INIT_LIST_HEAD(&port->receiving);
	INIT_LIST_HEAD(&port->choosing);
	init_waitqueue_head(&port->readers);
	port_set_limits(port, arg);
	err = port_charge(port);
	if (!err)
		err = port_number(port);
	if (err) {
		msgport_port_put(port);
		return ERR_PTR(err);
	}
	return port;
}

/**
 * msgport_port_publish() - from NEW to LIVE
 * @port: with its first receive right counted
 * @name: taken over on success; NULL for none
 */
int msgport_port_publish(struct msgport_port *port, struct msgport_name *name)
{
	struct msgport_ns *ns = port->ns;
	int err = 0;

	spin_lock(&ns->lock);
	if (name)
		err = msgport_name_insert(ns, name,
					  (struct msgport_named){ .port = port });
	else if (ns->ended)
		err = -ENOENT;
	if (!err) {
		spin_lock(&port->lock);
		port->state = MSGPORT_PORT_LIVE;
		spin_unlock(&port->lock);
	}
	spin_unlock(&ns->lock);
	if (!err && port->flags & MSGPORT_KEEP)
		__module_get(THIS_MODULE);
	return err;
}

/* One more receive right, unless the port is dead. */
int msgport_port_add_receiver(struct msgport_port *port)
{
	int err = 0;

	spin_lock(&port->lock);
	if (port->state == MSGPORT_PORT_DEAD)
		err = -EPIPE;
	else
		port->receivers++;
	spin_unlock(&port->lock);
	return err;
}

static bool kept(const struct msgport_port *port)
{
	return port->flags & MSGPORT_KEEP && port->name;
}

/* Takes the name away; what it held is released after unlocking. */
static struct msgport_name *take_name(struct msgport_port *port)
{
	struct msgport_name *name = port->name;

	if (name)
		msgport_name_erase(port->ns, name);
	return name;
}

static void free_name(struct msgport_port *port, struct msgport_name *name)
{
	if (!name)
		return;
	kfree(name);
	if (port->flags & MSGPORT_KEEP) {
		msgport_uncharge(port->account, MSGPORT_CHARGE_KEPT, 1);
		module_put(THIS_MODULE);
	}
	msgport_port_put(port);
}

/* What is being put back now is ended by who does so. */
static struct msgport_message *first_queued(const struct msgport_port *port)
{
	struct msgport_message *m = msgport_queue_first(&port->queue, MSGPORT_OF_PORT);

	while (m && m->state != MSGPORT_QUEUED)
		m = msgport_queue_next(m, MSGPORT_OF_PORT);
	return m;
}

/*
 * The end of everything that was in a dead port, which the caller has pinned; no
 * new sender can come.  Allocates nothing, waits for nothing.  Senders first, so
 * that no place that a message gives back is taken again.
 */
static void drain(struct msgport_port *port)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_message *m;
	bool more;

	msgport_wakeups_init(&wk);
	do {
		spin_lock(&port->lock);
		more = msgport_senders_kill(port, &wk);
		spin_unlock(&port->lock);
		if (!more)
			wk.tell |= MSGPORT_TELL_DIED;
		msgport_wake(port, &wk);
		cond_resched();
	} while (more);

	for (;;) {
		spin_lock(&port->lock);
		m = first_queued(port);
		if (!m)
			break;
		msgport_dequeue(port, m);
		msgport_port_discard(port, m, MSGPORT_DIED_WITH_PORT);
		cond_resched();
	}
	spin_unlock(&port->lock);
	/* what is still on its way from a receiver's hand goes with the port */
	if (port->traffic)
		msgport_pool_empty(&port->traffic->pool);
	port_uncharge(port);
	msgport_groups_end(port);
	msgport_watches_died(port);
}

/**
 * msgport_port_close_receiver() - a receive right has gone
 * @port: pinned by the caller
 *
 * If it was the last one the port dies, and its name with it, at one moment.
 */
void msgport_port_close_receiver(struct msgport_port *port)
{
	struct msgport_ns *ns = port->ns;
	struct msgport_name *name = NULL;
	bool last, died = false;

	spin_lock(&ns->lock);
	spin_lock(&port->lock);
	last = !--port->receivers;
	if (last && !kept(port)) {
		name = take_name(port);
		port->state = MSGPORT_PORT_DEAD;
		died = true;
	}
	spin_unlock(&port->lock);
	spin_unlock(&ns->lock);
	free_name(port, name);
	if (died)
		drain(port);
	else if (last)
		msgport_return_dues(port);
}

/**
 * msgport_port_unname() - take a port's name away
 * @port: pinned by the caller
 *
 * A kept port without a receive right dies.  Returns false if it had no name.
 */
bool msgport_port_unname(struct msgport_port *port)
{
	struct msgport_ns *ns = port->ns;
	struct msgport_name *name;
	bool died = false;

	spin_lock(&ns->lock);
	spin_lock(&port->lock);
	name = take_name(port);
	if (name && !port->receivers) {
		port->state = MSGPORT_PORT_DEAD;
		died = true;
	}
	spin_unlock(&port->lock);
	spin_unlock(&ns->lock);
	if (!name)
		return false;
	free_name(port, name);
	if (died)
		drain(port);
	return true;
}

/**
 * msgport_port_prepare_traffic() - before the first send right of a port
 * @port: any state
 *
 * May sleep.
 */
int msgport_port_prepare_traffic(struct msgport_port *port)
{
	struct msgport_traffic *traffic;

	/* pairs with the release below */
	if (smp_load_acquire(&port->traffic))
		return 0;
	traffic = kmem_cache_zalloc(traffic_cache, GFP_KERNEL);
	if (!traffic)
		return -ENOMEM;
	INIT_LIST_HEAD(&traffic->blocked);
	INIT_LIST_HEAD(&traffic->gathered);
	INIT_LIST_HEAD(&traffic->promises);
	INIT_LIST_HEAD(&traffic->memberships);
	INIT_LIST_HEAD(&traffic->wishes);
	INIT_LIST_HEAD(&traffic->watches);
	INIT_LIST_HEAD(&traffic->watch_death);
	INIT_LIST_HEAD(&traffic->watch_senders);
	INIT_LIST_HEAD(&traffic->watch_room);
	msgport_queue_init(&traffic->unsent);
	init_waitqueue_head(&traffic->writers);
	msgport_pool_init(&traffic->pool, &port->lock);
	spin_lock(&port->lock);
	if (!port->traffic) {
		/* pairs with the acquire above: complete when it is seen */
		smp_store_release(&port->traffic, traffic);
		traffic = NULL;
	}
	spin_unlock(&port->lock);
	if (traffic)
		kmem_cache_free(traffic_cache, traffic);
	return 0;
}

/* The share of one uid if the port took so many messages: the part that was set. */
u32 msgport_port_share(const struct msgport_port *port, u32 max_msgs)
{
	if (max_msgs == port->share_of || !port->share_of)
		return port->uid_share;
	return max_t(u32, 1, div_u64((u64)port->uid_share * max_msgs, port->share_of));
}

/* What POLLOUT promises of the port: any message would be accepted at once. */
bool msgport_port_has_room(const struct msgport_port *port)
{
	lockdep_assert_held(&port->lock);
	if (msgport_port_rendezvous(port))
		return (!list_empty(&port->receiving) || msgport_sets_wait(port)) &&
		       msgport_port_may_meet(port, msgport_message_cost(port->max_size, true));
	return RB_EMPTY_ROOT(&port->gate.waiting.rb_root) &&
	       msgport_gate_has_room(&port->gate,
				     msgport_message_cost(port->max_size, true));
}

/* What a place that is free again may let happen at the port itself. */
void msgport_port_place_freed(struct msgport_port *port, struct msgport_wakeups *wk)
{
	lockdep_assert_held(&port->lock);
	if (unlikely(!port->traffic->senders && msgport_port_ended(port)))
		msgport_receivers_end(port, wk);
	/* offers that there were no bytes for may be taken */
	if (unlikely(msgport_port_rendezvous(port) && port->available))
		msgport_receivers_look(port, NULL, wk);
}

/**
 * msgport_port_end() - a message's end, whichever it is
 * @port: locked; the caller has counted the message in the ledger
 * @m: accepted, in no queue and no hand
 * @wk: wake-ups owed
 *
 * Gives its places back and unties it.  Returns the right it was sent through,
 * pinned, for msgport_port_settle(); an answer has none.  The caller frees the
 * message after unlocking, unless it is pinned.
 */
struct msgport_send_right *
msgport_port_end(struct msgport_port *port, struct msgport_message *m,
		 struct msgport_wakeups *wk)
{
	lockdep_assert_held(&port->lock);
	m->state = MSGPORT_ENDED;
	if (unlikely(msgport_is_answer(m))) {
		port->traffic->answers--;
		port->traffic->here--;
		msgport_port_place_freed(port, wk);
		return NULL;
	}
	msgport_gates_leave_many(m->right, 1, msgport_cost(m));
	msgport_port_place_freed(port, wk);
	return msgport_detach(m);
}

/* Nobody waits for a place or polls for one, nothing is to be freed, nor the right. */
static __always_inline bool nothing_to_settle(const struct msgport_port *port,
					      const struct msgport_send_right *right)
{
	const struct msgport_traffic *traffic = port->traffic;

	return !(traffic->waiting | traffic->wants_room | right->wants_credit) &&
	       list_empty(&traffic->watch_room) && list_empty(&traffic->wishes) &&
	       !msgport_senders_low(port) && !traffic->gone && right->pins > 1;
}

/* Everybody who can moves on, in batches.  See msgport_port_settle(). */
static noinline_for_stack void settle_all(struct msgport_port *port,
					  struct msgport_send_right *right,
					  struct msgport_wakeups *wk)
	__releases(&port->lock)
{
	bool more, pinned, flushing = false;
	struct msgport_gone *gone;

	do {
		more = msgport_gates_advance(right, wk);
		/* once begun it is finished, though the port may fill meanwhile */
		flushing = flushing || msgport_senders_low(port);
		if (unlikely(flushing))
			more |= msgport_senders_wake(port, wk);
		pinned = more || wk->tell & MSGPORT_TELL_CREDIT;
		if (likely(!pinned))
			msgport_send_right_unpin(right);
		gone = msgport_gone_take(&port->traffic->gone);
		spin_unlock(&port->lock);
		msgport_wake(port, wk);
		msgport_gone_free(gone);
		if (likely(!pinned))
			return;
		cond_resched();
		spin_lock(&port->lock);
	} while (more);
	msgport_send_right_unpin(right);
	gone = msgport_gone_take(&port->traffic->gone);
	spin_unlock(&port->lock);
	msgport_gone_free(gone);
}

/**
 * msgport_port_settle() - after places were given back: who can move on?
 * @port: locked, unlocked on return; pinned by the caller
 * @right: whose gates; its pin is dropped; NULL: nobody's
 * @wk: wake-ups owed, paid on return
 */
inline void msgport_port_settle(struct msgport_port *port, struct msgport_send_right *right,
				struct msgport_wakeups *wk)
	__releases(&port->lock)
{
	if (unlikely(right && !nothing_to_settle(port, right))) {
		settle_all(port, right, wk);
		return;
	}
	if (likely(right))
		right->pins--;
	spin_unlock(&port->lock);
	msgport_wake(port, wk);
}

/* What a call learns whose message nobody will receive. */
static int call_error(const struct msgport_message *m, enum msgport_reason reason)
{
	switch (reason) {
	case MSGPORT_EXPIRED:
		return -ETIMEDOUT;
	case MSGPORT_TOO_LARGE:
		return -EMSGSIZE;
	case MSGPORT_DIED_WITH_PORT:
		/* who took it before may have acted on it */
		return m->deliveries ? -ESRCH : -EPIPE;
	default:
		return -ESRCH;
	}
}

/* A message goes back to its return address, its places first. */
static void return_home(struct msgport_port *port, struct msgport_message *m,
			struct msgport_due *due, enum msgport_reason reason)
	__releases(&port->lock)
{
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	struct msgport_send_right *right = m->right;
	bool pinned = m->pins;

	msgport_wakeups_init(&wk);
	port->traffic->ledger.returned++;
	trace_msgport_return(port->id, m->sequence, m->size, reason);
	msgport_gates_leave(right, MSGPORT_GATES, msgport_cost(m));
	msgport_answer_from(m, due, MSGPORT_REASON_EXPIRED + reason);
	m->state = MSGPORT_ENDED;
	if (pinned)
		m->delivery.due = due;
	msgport_port_place_freed(port, &wk);
	msgport_port_settle(port, right, &wk);
	/* else by the last who peeks */
	if (!pinned)
		msgport_due_return(due, m);
}

/* What it would have told of a group's messages the next one of that group tells. */
static void pass_on_missed(struct msgport_message *m)
{
	struct msgport_send_right *source = m->right->source;
	struct msgport_message *next =
		msgport_queue_first(&source->queue, MSGPORT_OF_SOURCE);
	u32 *told = next && next->state == MSGPORT_QUEUED ?
		    &msgport_extra(next)->missed : &source->missed;

	if (check_add_overflow(*told, msgport_extra(m)->missed, told))
		*told = U32_MAX;
}

/**
 * msgport_port_discard() - end a message that nobody will receive
 * @port: locked, unlocked on return; pinned by the caller
 * @m: accepted, in no queue and no hand; freed, or returned if an answer is due
 * @reason: for the ledger
 */
void msgport_port_discard(struct msgport_port *port, struct msgport_message *m,
			  enum msgport_reason reason)
	__releases(&port->lock)
{
	struct msgport_due *due = msgport_due_take(m);
	struct msgport_send_right *right;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	bool pinned = m->pins;

	BUILD_BUG_ON(MSGPORT_REASON_EXPIRED + MSGPORT_EXHAUSTED != MSGPORT_REASON_EXHAUSTED);
	if (unlikely(due && due->home)) {
		return_home(port, m, due, reason);
		return;
	}
	msgport_wakeups_init(&wk);
	if (unlikely(due))
		msgport_call_complete(due, NULL, call_error(m, reason), &wk);
	/* who has had it before was told */
	if (unlikely(m->has_extra && msgport_extra(m)->missed && !m->deliveries))
		pass_on_missed(m);
	port->traffic->ledger.discarded[reason]++;
	trace_msgport_discard(port->id, m->sequence, m->size, reason);
	right = msgport_port_end(port, m, &wk);
	msgport_port_settle(port, right, &wk);
	if (!pinned)
		msgport_message_free(m);
}
