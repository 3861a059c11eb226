/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message: bytes, and what the kernel vouches for.
 *
 * Life of a message; all moves but the first are under the port's lock
 *
 *	BUILT      its sender's own: being copied, or waiting at a gate
 *	   |
 *	   |----------> OFFERED   rendezvous: in the queues, its sender waits
 *	   v               |
 *	QUEUED <-------.   |      accepted: in the port's queues
 *	   |           |   |
 *	   v           |   v
 *	IN_HAND -------|          one receiver's: being copied to user memory;
 *	   |  |        |          still holds its place at the gates
 *	   |  v        |
 *	   | OUTSTANDING          acknowledging ports: taken, not settled; likewise
 *	   v  v
 *	ENDED                     counted once: received, returned or discarded
 *
 * Answers and events are messages too.  They come through no send right: @right
 * is NULL, they hold a place in max_answers instead of places at gates, and they
 * stand in two queues only, the port's and that of source 0.  A returned message
 * becomes an answer as it is.
 *
 * A receiver waiting takes a message straight from BUILT to IN_HAND.  A message
 * in the hand of a receiver that chooses stays linked in the queues, since its
 * place may be in the middle; others take the first and unlink it.
 *
 * A peek pins the message while it copies: an ENDED message that is pinned is
 * freed by the last who unpins it.  Everything else frees it where it ends,
 * after unlocking; so does a sender that takes its message back.
 *
 * The payload of a group's message is held once, by a message that stays BUILT and
 * goes with the last of those that share it.  Each of them counts at its port as
 * if it had a copy: whoever is last is the one that it is kept for.
 *
 * Memory: up to 64 bytes of payload live behind the structure in one object of
 * 192 bytes; up to about a page in one larger object; more in runs of pages,
 * whose addresses stand behind the structure.  High orders are taken when they
 * come for nothing and never needed.
 */
#ifndef _MSGPORT_MESSAGE_H
#define _MSGPORT_MESSAGE_H

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include <linux/msgport.h>

#include "files.h"
#include "queue.h"

struct msgport_account;
struct msgport_pool;
struct msgport_port;
struct msgport_due;
struct msgport_process;
struct msgport_send_right;
struct msgport_sending;
struct msgport_taker;

enum msgport_message_state {
	MSGPORT_BUILT,
	MSGPORT_OFFERED,
	MSGPORT_QUEUED,
	MSGPORT_IN_HAND,
	MSGPORT_OUTSTANDING,
	MSGPORT_ENDED,
};

/*
 * That something was taken, and must be settled or answered yet; all under the
 * port's lock.  Part of an OUTSTANDING message, whose links nobody uses then, or of
 * the answer due for a message that an ordinary port has done with.
 */
struct msgport_delivery {
	struct rb_node node;		/* traffic->deliveries, by token */
	struct hlist_node link;		/* taker->deliveries */
	u64 token;
	struct msgport_taker *taker;	/* who took it */
	struct msgport_due *due;	/* that it is part of; NULL: of a message */
};

/* Exactly two cache lines, so that 64 bytes of payload make it three. */
struct msgport_message {
	union {				/* port's lock */
		struct hlist_node link[MSGPORT_ORDERS];	/* [0] also while in hand */
		struct msgport_delivery delivery;	/* while OUTSTANDING */
		refcount_t shared_by;	/* of one that holds a group's payload */
	};
	struct msgport_send_right *right;	/* pinned from attach to detach */
	union {
		struct msgport_process *process; /* likewise */
		u64 subject;		/* of an event: what was watched */
	};
	struct pid *tid;			/* pinned; NULL: the main thread */
	u64 sequence;				/* port's lock, set on acceptance */
	u64 sent_at;				/* the rest is constant once built: */
	u64 tag;
	kuid_t uid;
	kgid_t gid;
	u32 size;				/* bytes of payload */
	u8 priority:6;
	u8 shared:1;				/* the payload is another message's */
	u8 has_extra:1;
	u8 state:7;				/* port's lock, as is all below */
	u8 linked:1;				/* in the port's queues */
	u8 deliveries;
	u8 pins;				/* peeks under way */
	u8 data[];				/* [extra] payload or page runs */
};

/* What few messages have; at the beginning of @data. */
struct msgport_extra {
	union {
		struct {		/* of what was sent */
			u64 expires;	/* CLOCK_MONOTONIC, MSGPORT_FOREVER: never */
			struct msgport_sending *sending; /* lock: OFFERED: who waits */
			struct msgport_due *due; /* port's lock: the answer due */
		};
		struct {		/* of answers and events */
			struct pid *tgid;	/* who answered; pinned, or NULL */
			u64 start_time;		/* of that process */
			u64 cookie;
			struct msgport_account *account; /* pays; pinned, or NULL */
		};
	};
	struct msgport_files *files;	/* that travel with it, or NULL */
	u32 missed;			/* of a group's messages, before this one */
	u8 kind;			/* MSGPORT_KIND_* */
	u8 reason;			/* MSGPORT_REASON_*, of a returned one */
	bool orphan;			/* port's lock: its caller gave up while it was taken */
};

#define MSGPORT_OBJECT		192	/* bytes of the common object */

/* Bytes of the structure with everything but the payload's pages. */
static inline size_t msgport_message_object(size_t size, bool has_extra)
{
	size_t head = sizeof(struct msgport_message) +
		      (has_extra ? sizeof(struct msgport_extra) : 0);

	if (head + size <= PAGE_SIZE)
		return max_t(size_t, head + size, MSGPORT_OBJECT);
	return max_t(size_t, MSGPORT_OBJECT,
		     head + DIV_ROUND_UP(size, PAGE_SIZE) * sizeof(unsigned long));
}

static inline bool msgport_message_paged(size_t size, bool has_extra)
{
	return sizeof(struct msgport_message) + size +
	       (has_extra ? sizeof(struct msgport_extra) : 0) > PAGE_SIZE;
}

/* Is all of it in one common object?  (Also one in pages may have such an object.) */
static inline bool msgport_message_common(size_t size, bool has_extra)
{
	return !has_extra && size <= MSGPORT_OBJECT - sizeof(struct msgport_message);
}

/**
 * msgport_message_cost() - what a message takes of max_bytes
 * @size: bytes of payload
 * @has_extra: with a time to live, an answer due or descriptors, or on a
 *	rendezvous port
 *
 * The memory it occupies, allocator's rounding included.
 */
static inline u32 msgport_message_cost(size_t size, bool has_extra)
{
	size_t object = msgport_message_object(size, has_extra);

	if (object > MSGPORT_OBJECT)
		object = object <= PAGE_SIZE ? roundup_pow_of_two(object) :
					       PAGE_ALIGN(object);
	if (msgport_message_paged(size, has_extra))
		object += PAGE_ALIGN(size);
	return object;
}

static inline u32 msgport_cost(const struct msgport_message *m)
{
	return msgport_message_cost(m->size, m->has_extra);
}

static inline struct msgport_extra *msgport_extra(struct msgport_message *m)
{
	return m->has_extra ? (struct msgport_extra *)m->data : NULL;
}

/* Answers and events; not to be asked of a message that is BUILT. */
static inline bool msgport_is_answer(const struct msgport_message *m)
{
	return !m->right;
}

/* The answer due for a message in a port; under the port's lock. */
static inline struct msgport_due *msgport_due_of(struct msgport_message *m)
{
	if (likely(!m->has_extra) || msgport_is_answer(m))
		return NULL;
	return msgport_extra(m)->due;
}

/* Descriptors with the message, or NULL. */
static inline struct msgport_files *msgport_message_files(const struct msgport_message *m)
{
	return unlikely(m->has_extra) ?
	       ((const struct msgport_extra *)m->data)->files : NULL;
}

static inline u32 msgport_message_fds(const struct msgport_message *m)
{
	const struct msgport_files *files = msgport_message_files(m);

	return unlikely(files) ? files->count : 0;
}

/* Memory for common messages, got together. */
#define MSGPORT_STOCK	32
struct msgport_stock {
	u32 count;
	void *objects[MSGPORT_STOCK];
};

int msgport_message_init(void);
void msgport_message_exit(void);
struct msgport_message *msgport_message_new(size_t size, bool has_extra,
					    struct msgport_pool *pool);
void msgport_object_free(void *object, unsigned int class);
void msgport_stock_fill(struct msgport_stock *stock, u32 count, struct msgport_pool *pool);
void msgport_stock_free(struct msgport_stock *stock, struct msgport_port *port);
struct msgport_message *msgport_message_from(struct msgport_stock *stock, size_t size,
					     struct msgport_send_right *right);
void msgport_message_free(struct msgport_message *m);
void msgport_message_used(struct msgport_message *m, struct msgport_port *port);
bool msgport_message_leave(struct msgport_message *m, struct msgport_port *port);

struct msgport_message *msgport_message_share(struct msgport_message *holder);
void msgport_message_unshare(struct msgport_message *holder);

#endif
