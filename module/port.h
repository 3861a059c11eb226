/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A port: a bounded queue of messages in the kernel.
 *
 * States
 *
 *	NEW ----> LIVE ----> DEAD ----> freed
 *
 * NEW until its first receive right and its name are in place (published
 * last).  DEAD from the moment its last receive right is closed (or, for a
 * kept port, its name taken away without one); the name goes in the same
 * locked section.  Then, in batches with the lock let go in between, waiting
 * senders are told, queued messages returned or discarded, watches fired, and
 * what was taken is given back, to end likewise.  Freed, after a grace
 * period for MSGPORT_IOC_LIST, with the last reference: every right, and the
 * name, holds one.
 *
 * Locks, outer before inner:
 *
 *	ns->lock		names of a namespace, port->name
 *	   port->lock		everything of one port, its rights, its messages
 *	      sets' locks	one at a time (set.h)
 *	         wait queues' own locks, accounts' tree lock
 *
 * No second port's lock is taken under a port's.  Under it nothing is
 * allocated and no user memory touched.  Wake-ups are noted and paid after
 * unlocking (wake.h).
 *
 * The ledger, always under the lock:
 *	sent = received + returned + sum(discarded) + gate.used - reserved + here
 * where gate.used counts the messages accepted and not ended: those queued,
 * in hand and, on acknowledging ports, outstanding; reserved the places among them
 * that a group holds for what it has not accepted yet; and here the answers and
 * events that have arrived and not ended.
 *
 * What only a port with senders needs is in struct msgport_traffic, made
 * with the first send right: an idle port stays small.
 */
#ifndef _MSGPORT_PORT_H
#define _MSGPORT_PORT_H

#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/msgport.h>

#include "gate.h"
#include "pool.h"
#include "queue.h"
#include "receive.h"

struct fasync_struct;
struct msgport_account;
struct msgport_badge;
struct msgport_message;
struct msgport_name;
struct msgport_ns;
struct msgport_wakeups;

enum msgport_port_state {
	MSGPORT_PORT_NEW,
	MSGPORT_PORT_LIVE,
	MSGPORT_PORT_DEAD,
};

/* Why a message was discarded: the columns of the ledger's last entry. */
enum msgport_reason {
	MSGPORT_EXPIRED,
	MSGPORT_DIED_WITH_PORT,
	MSGPORT_TOO_LARGE,
	MSGPORT_WITHDRAWN,
	MSGPORT_EXHAUSTED,
	MSGPORT_REASONS
};

struct msgport_ledger {
	u64 sent;
	u64 received;
	u64 returned;
	u64 discarded[MSGPORT_REASONS];
	u64 redelivered;		/* in no side of the equation, as is @missed */
	u64 missed;
	u64 asked;			/* calls, and what became of them (call.h) */
	u64 answered;
	u64 gone;
	u64 given_up;
};

/* What a port needs once somebody can send to it; all under the port's lock. */
struct msgport_traffic {
	struct msgport_ledger ledger;
	struct rb_root sources;		/* send rights with a pin, by id */
	struct rb_root badges;
	struct rb_root processes;
	struct rb_root shares;		/* by account */
	struct rb_root deliveries;	/* by token */
	struct msgport_queue unsent;	/* source 0: answers and events */
	u32 answers;			/* places of max_answers: due or here */
	u32 here;			/* of these: queued, in hand or outstanding */
	u32 outstanding;		/* messages taken and not settled */
	u32 reserved;			/* places held for what is not accepted yet */
	struct msgport_gone *gone;	/* what is to be freed after unlocking */
	struct list_head blocked;	/* sends that wait at a gate or are offered */
	struct list_head gathered;	/* admitted, their wake-up still owed */
	struct list_head promises;	/* of groups: they have their places here */
	struct list_head memberships;	/* in groups (group.h) */
	struct list_head wishes;	/* of these: somebody polls for room here */
	u64 ticket;			/* next place in a gate's line */
	u32 waiting;			/* sends in @blocked */
	u32 senders;			/* open send rights */
	u32 mortal;			/* queued messages with a time to live */
	bool wants_room;		/* somebody polled and found no room */
	bool had_senders;		/* there was a send right */
	u8 room_watches;		/* in @watch_room, or fired and on their way */
	u8 sorted;			/* enum msgport_sorted; sort.h */
	u8 mark_priority;		/* likewise, while SOME are */
	u64 mark_sequence;		/* likewise */
	struct msgport_cursor sorting;	/* likewise */
	struct list_head watches;	/* of all kinds (watch.h) */
	struct list_head watch_death;
	struct list_head watch_senders;
	struct list_head watch_room;
	struct msgport_pool pool;	/* memory for the next messages */
	wait_queue_head_t writers;	/* who polls a send right */
	struct fasync_struct *fasync;	/* of send rights; its own lock */
};

struct msgport_port {
	spinlock_t lock;		/* of the fields that say so, and of the rights */
	u8 state;			/* lock; enum msgport_port_state */
	u8 max_deliveries;		/* constant; 0: without limit */
	u16 mode;			/* constant: permission bits */
	refcount_t refs;		/* rights, name, short users */
	u32 flags;			/* constant: of struct msgport_create */
	struct msgport_queue queue;	/* lock: what can be received */
	struct msgport_gate gate;	/* lock */
	union {
		struct list_head receiving; /* lock: receives that wait, in order */
		struct rcu_head rcu;	/* once freed */
	};
	struct list_head choosing;	/* lock: those that choose or peek */
	u16 choosers;			/* lock: in @choosing */
	u16 memberships;		/* lock: of its receive rights in sets */
	u32 in_hand_count;		/* lock: being received */
	u32 available;			/* lock: in the queue, in nobody's hand */
	u32 waiting_receivers;		/* lock: in both lists */
	u32 receivers;			/* lock: receive rights */
	u32 max_size;			/* lock; read without it as a hint */
	u32 largest_size;		/* lock: that @max_size ever was */
	u32 uid_share;			/* lock: so many ... */
	u32 share_of;			/* lock: ... of so many messages */
	u32 max_answers;		/* lock */
	kuid_t uid;			/* constant: owner */
	kgid_t gid;			/* constant */
	struct hlist_head cursors;	/* lock: scans under way */
	struct hlist_head members;	/* lock: struct msgport_member; set.h */
	wait_queue_head_t readers;	/* who polls a receive right */
	struct fasync_struct *fasync;	/* of receive rights; its own lock */
	u64 sequence;			/* lock: of the last message */
	u64 reserved;			/* lock: bytes charged to @account; 0: dead */
	u64 id;				/* constant */
	struct msgport_traffic *traffic; /* lock; set once, freed with the port */
	struct msgport_name *name;	/* ns->lock */
	struct msgport_ns *ns;		/* constant, pinned */
	struct msgport_account *account; /* constant, pinned: who pays */
};

static inline bool msgport_port_rendezvous(const struct msgport_port *port)
{
	return port->flags & MSGPORT_RENDEZVOUS;
}

/* Messages accepted through a right and not ended. */
static inline u32 msgport_port_in_transit(const struct msgport_port *port)
{
	lockdep_assert_held(&port->lock);
	return port->gate.used - (port->traffic ? port->traffic->reserved : 0);
}

/* Memory for messages to it; NULL before it had a send right or anything that waits. */
static inline struct msgport_pool *msgport_port_pool(const struct msgport_port *port)
{
	struct msgport_traffic *traffic = READ_ONCE(port->traffic);

	return likely(traffic) ? &traffic->pool : NULL;
}

/* Something a receiver could take. */
static inline bool msgport_port_readable(const struct msgport_port *port)
{
	lockdep_assert_held(&port->lock);
	return port->available;
}

/*
 * A rendezvous port has no places, but what was accepted and is not received
 * yet (in a hand, or put back after a copy that failed) is bounded all the same.
 */
static inline bool msgport_port_may_meet(const struct msgport_port *port, u64 cost)
{
	return !port->gate.used || port->gate.bytes + cost <= port->gate.max_bytes;
}

/* Nothing here, and nobody left who could send: the end of a stream. */
static inline bool msgport_port_ended(const struct msgport_port *port)
{
	lockdep_assert_held(&port->lock);
	return port->traffic && !port->traffic->senders && !port->gate.used &&
	       !port->traffic->here;
}

/* What can be received now or soon: in the queue or in a receiver's hand. */
static inline u32 msgport_port_queued(const struct msgport_port *port)
{
	const struct msgport_traffic *traffic = port->traffic;

	return msgport_port_in_transit(port) +
	       (traffic ? traffic->here - traffic->outstanding : 0);
}

int msgport_port_init(void);
void msgport_port_exit(void);
struct msgport_port *msgport_port_new(struct msgport_ns *ns,
				      const struct msgport_create *arg, kgid_t gid);
void msgport_port_put(struct msgport_port *port);
int msgport_port_publish(struct msgport_port *port, struct msgport_name *name);
int msgport_port_add_receiver(struct msgport_port *port);
void msgport_port_close_receiver(struct msgport_port *port);
bool msgport_port_unname(struct msgport_port *port);
int msgport_port_prepare_traffic(struct msgport_port *port);
u32 msgport_port_share(const struct msgport_port *port, u32 max_msgs);
bool msgport_port_has_room(const struct msgport_port *port);
u64 msgport_port_smallest_bytes(u32 max_size);

void msgport_port_place_freed(struct msgport_port *port, struct msgport_wakeups *wk);
struct msgport_send_right *
msgport_port_end(struct msgport_port *port, struct msgport_message *m,
		 struct msgport_wakeups *wk);
void msgport_port_discard(struct msgport_port *port, struct msgport_message *m,
			  enum msgport_reason reason)
	__releases(&port->lock);
void msgport_port_settle(struct msgport_port *port,
			 struct msgport_send_right *right,
			 struct msgport_wakeups *wk)
	__releases(&port->lock);

static inline struct msgport_port *msgport_port_get(struct msgport_port *port)
{
	refcount_inc(&port->refs);
	return port;
}

#endif
