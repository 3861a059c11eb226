/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receiving: a message's way out of a port, in two steps.
 *
 *	take	under the lock: out of the queues, IN_HAND; it keeps its places
 *	prepare	if it will have a token: memory for that (delivery.h)
 *	copy	without the lock, to user memory, which may fail or stall
 *	install	the descriptors that come along: the last that can fail
 *	finish	under the lock: received, its places given back; on an
 *		acknowledging port outstanding, places kept; or put back to its
 *		place in the queue and offered to who waits
 *
 * So a receive that fails loses nothing, whatever the user's memory does.
 *
 * With MSGPORT_SETTLE, as in read(2), a message is received for good on an
 * acknowledging port too.  What has an answer due needs a token: such a receiver
 * cannot take it (EOPNOTSUPP).
 *
 * A receiver that finds nothing leaves a record of what it wants and how much
 * it can take, and sleeps.  States of the record, under the port's lock:
 *
 *	WAITING --> HANDED	a message that fits is in its hand
 *	        `-> LOOK	something is there to look at: a message that it
 *				may have but cannot take (EMSGSIZE, EOPNOTSUPP),
 *				one to peek at, or the end of the stream
 *
 * HANDED and LOOK are stored with release when the record is out of all lists.
 *
 * Two lists of records: those that choose or peek (at most MSGPORT_FILTERED_MAX,
 * each asked about every message) and those that take anything, first come
 * first served.  What keeps wake-ups from being lost:
 *   1. A message is put in the queue only if no waiting receiver can take it.
 *   2. Of those that want it and cannot take it, all that choose are told to
 *      look, and the first that does not choose; whoever was told to look
 *      tells the next of these when it leaves.
 *   3. A scan that lets go of the lock first leaves its record in the list, so
 *      that what arrives meanwhile is offered to it.
 */
#ifndef _MSGPORT_RECEIVE_H
#define _MSGPORT_RECEIVE_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/msgport.h>

#include "message.h"

struct msgport_member;
struct msgport_port;
struct msgport_receive_right;
struct msgport_taker;
struct msgport_wakeups;
struct pid_namespace;
struct task_struct;

/* What a receive asks for, in the kernel's terms; constant while it waits. */
struct msgport_wanted {
	u32 flags;			/* of msgport_receive */
	u32 pid;			/* in @pid_ns */
	u64 source;
	u64 badge;
	u64 tag;
	u64 tag_mask;
	u64 start_time;
	u32 priority;
	bool stream;			/* read(2): only bytes, until the last sender goes */
	struct pid_namespace *pid_ns;	/* the receiver's own */
	size_t room;			/* bytes of the buffer */
	u32 fd_room;			/* descriptors */
	u64 deadline;			/* of the host, or MSGPORT_FOREVER */
	struct task_struct **lend;	/* whom the receiver has just answered, or NULL */
};

/* What a receive got. */
struct msgport_inbound {
	struct msgport_message *message; /* in hand, or pinned for a peek */
	struct msgport_taker *taker;	/* who will have it outstanding, or NULL */
	u32 leaves;			/* the right's or the set's, when it was prepared */
	struct msgport_member *member;	/* of the set that received it, pinned; or NULL */
	bool peeked;
	bool left;			/* once finished: a descriptor was closed meanwhile */
	bool settle;			/* MSGPORT_SETTLE: ends by being received */
	u64 token;			/* of the delivery, or 0 */
	u64 cookie;			/* of an answer or event, else of the member */
	u32 size;			/* also with EMSGSIZE: what is needed */
	u32 fd_count;			/* likewise */
	u64 fds;			/* set by the caller: address of its __s32 */
	u32 priority;
	u64 tag;
	struct msgport_stamp *stamp;	/* set by the caller: what to fill, or NULL */
};

enum msgport_receiving_state {
	MSGPORT_RECEIVING_WAITING,
	MSGPORT_RECEIVING_HANDED,
	MSGPORT_RECEIVING_LOOK,
};

/* A receive that waits, on its own stack; under the lock of the port or the set. */
struct msgport_receiving {
	int state;			/* enum msgport_receiving_state */
	bool has_place;			/* one of the MSGPORT_FILTERED_MAX */
	bool sleeping;			/* on a set: may be handed a message */
	bool claimed;			/* on a set: is to look, and told soon */
	struct list_head list;		/* choosing, receiving or claimed; empty: none */
	const struct msgport_wanted *wanted;
	struct msgport_message *message; /* once HANDED */
	struct msgport_member *member;	/* on a set: likewise; pinned */
	struct task_struct *task;
};

/*
 * A scan that has let go of the lock: the next message to look at, which
 * msgport_dequeue() moves on when that one leaves.
 */
struct msgport_cursor {
	struct hlist_node node;		/* port->cursors; unhashed: not scanning */
	enum msgport_order order;
	struct msgport_message *next;	/* NULL: at the end */
};

int msgport_receive(struct msgport_receive_right *right,
		    const struct msgport_wanted *wanted, struct msgport_inbound *in);
int msgport_receive_try(struct msgport_member *member, const struct msgport_wanted *wanted,
			struct msgport_inbound *in);
bool msgport_receive_possible(struct msgport_member *member);
void msgport_receive_waits(struct msgport_port *port);
void msgport_describe(struct msgport_inbound *in, struct msgport_message *m);
int msgport_receive_prepare(struct msgport_receive_right *right,
			    struct msgport_inbound *in);
int msgport_receive_finish(struct msgport_receive_right *right,
			   struct msgport_inbound *in, int err);

/* Under the port's lock. */
void msgport_enqueue(struct msgport_port *port, struct msgport_message *m,
		     enum msgport_message_state state);
void msgport_dequeue(struct msgport_port *port, struct msgport_message *m);
bool msgport_hand_over(struct msgport_port *port, struct msgport_message *m,
		       struct msgport_wakeups *wk);
void msgport_deliver(struct msgport_port *port, struct msgport_message *m,
		     struct msgport_wakeups *wk);
void msgport_receivers_look(struct msgport_port *port, struct msgport_message *m,
			    struct msgport_wakeups *wk);
void msgport_receivers_end(struct msgport_port *port, struct msgport_wakeups *wk);

#endif
