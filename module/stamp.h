/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who sent it: what messages of one badge and of one process have in common.
 *
 * A receiver may choose by source, badge or process.  Each of these is an
 * object of the port with a queue of its own: the send right itself, struct
 * msgport_badge and struct msgport_process.  A message is tied to all three by
 * msgport_attach() when its sender has the port's lock for the first time, and
 * untied by msgport_detach() when it ends.
 *
 * A process is known by its struct pid and its start time.  The object lives
 * while a message of it is in transit or a send right remembers it as the last
 * that sent; so a process that keeps sending finds it without a search.
 * What attaching may need is allocated beforehand, in struct msgport_spares.
 */
#ifndef _MSGPORT_STAMP_H
#define _MSGPORT_STAMP_H

#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/msgport.h>

#include "gone.h"
#include "queue.h"

struct msgport_due;
struct msgport_message;
struct msgport_port;
struct msgport_send_right;
struct msgport_traffic;
struct pid;

/* All fields under the port's lock; @tgid and @start_time are constant. */
struct msgport_process {
	union {
		struct rb_node node;	/* in traffic->processes, by start time */
		struct msgport_gone gone; /* without users */
	};
	struct pid *tgid;		/* pinned */
	u64 start_time;			/* CLOCK_BOOTTIME, ns */
	u32 users;			/* messages, and rights that remember it */
	struct msgport_queue queue;
};

struct msgport_badge {
	union {
		struct rb_node node;	/* in traffic->badges */
		struct msgport_gone gone; /* without users */
	};
	u64 badge;			/* constant */
	u32 users;			/* rights */
	u32 open;			/* of these, with a descriptor */
	struct list_head watches;	/* for the last of these to go */
	struct msgport_queue queue;
};

/* Memory that attaching a message may use; on the sender's stack. */
struct msgport_spares {
	bool used;			/* there is something to put */
	struct msgport_process *process;
	struct msgport_lasts *tables[MSGPORT_ORDERS];
};

int msgport_spares_get(struct msgport_spares *spares,
		       struct msgport_send_right *right, u8 priority);
void msgport_spares_put(struct msgport_spares *spares);
bool msgport_attachable(const struct msgport_send_right *right,
			const struct msgport_message *m);
void msgport_attach_near(struct msgport_message *m, struct msgport_send_right *right);
bool msgport_attach(struct msgport_message *m, struct msgport_send_right *right,
		    struct msgport_spares *spares);
struct msgport_send_right *msgport_detach(struct msgport_message *m);
void msgport_process_put(struct msgport_traffic *traffic,
			 struct msgport_process *process);
struct msgport_process *msgport_process_find(struct msgport_traffic *traffic,
					     u64 start_time, u32 pid);
struct msgport_badge *msgport_badge_find(struct msgport_traffic *traffic, u64 badge);
struct msgport_badge *msgport_badge_get(struct msgport_traffic *traffic, u64 badge,
					struct msgport_badge **spare);
void msgport_badge_put(struct msgport_traffic *traffic, struct msgport_badge *badge);
void msgport_message_name(struct msgport_message *m, u64 now);
void msgport_message_sign(struct msgport_message *m, u8 kind);
void msgport_stamp_self(struct msgport_stamp *stamp, u32 kind);
void msgport_stamp_due(struct msgport_stamp *stamp, const struct msgport_due *due);
void msgport_stamp_fill(struct msgport_stamp *stamp, struct msgport_message *m);
void msgport_stamp_next(struct msgport_stamp *stamp, struct msgport_message *m,
			const struct msgport_message *before);

#endif
