/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flow control: three gates in a row.
 *
 * A message in transit holds a place at each of
 *
 *	its right's gate	limit: the right's window
 *	its uid's share		limit: uid_share and that part of max_bytes
 *	the port's gate		limit: max_msgs and max_bytes
 *
 * from the moment it is accepted until it ends.  A sender passes the gates in
 * this order.  Rules, all under the port's lock:
 *
 *   1. A gate is open to a message if nobody of the same or a higher priority
 *      waits at it and there is a place and there are bytes.  (A gate with no
 *      message behind it lets any one pass, whatever its bytes: a limit that
 *      was lowered must not hold a waiting message for ever.)
 *   2. Who finds a gate closed waits at it, keeping the places at the gates
 *      behind him.  Waiters stand by priority, then first come first served.
 *   3. Whoever gives places back (a message ended, a sender gave up) moves on,
 *      in the same locked section, everybody who can pass now.  So a waiter
 *      is always waiting for something, and nobody overtakes him.
 *
 * The order of the gates is what makes rule 2 free of deadlock: nobody at an
 * earlier gate holds anything that one at a later gate waits for.
 *
 * With manual credit the limit of the right's gate goes down with each message that
 * ends, and up with a grant only.  (Answers and events pass no gate: answer.h.)
 *
 * On a rendezvous port nobody waits at the port's gate: the message is offered
 * in the queue instead, and its place is taken when a receiver takes it.
 */
#ifndef _MSGPORT_GATE_H
#define _MSGPORT_GATE_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct msgport_message;
struct msgport_port;
struct msgport_send_right;
struct msgport_wakeups;
struct task_struct;

struct msgport_gate {
	u32 used;			/* places taken */
	u32 limit;
	u64 bytes;			/* taken */
	u64 max_bytes;
	struct rb_root_cached waiting;	/* struct msgport_sending, best first */
};

enum msgport_gate_stage {
	MSGPORT_GATE_RIGHT,
	MSGPORT_GATE_SHARE,
	MSGPORT_GATE_PORT,
	MSGPORT_GATES
};

/*
 * States of a waiting send.  WAITING may become ADMITTED (its message is
 * accepted, its task not woken yet), WOKEN or DEAD; ADMITTED becomes WOKEN.
 * WOKEN and DEAD are stored with release, and the record is not touched after.
 * One of a group is PROMISED instead, and may be KICKED (group.h).
 */
enum msgport_sending_state {
	MSGPORT_SENDING_WAITING,
	MSGPORT_SENDING_ADMITTED,
	MSGPORT_SENDING_WOKEN,
	MSGPORT_SENDING_DEAD,
	MSGPORT_SENDING_PROMISED,
	MSGPORT_SENDING_KICKED,
};

/* A send that waits, on its own stack; all under the port's lock. */
struct msgport_sending {
	int state;			/* enum msgport_sending_state */
	u8 stage;			/* the gate it waits at */
	struct rb_node node;		/* there */
	u64 ticket;			/* when it came to that gate */
	struct list_head list;		/* traffic->blocked, then ->gathered or
					 * ->promises
					 */
	u64 age;			/* of a group's: smaller is older; else 0 */
	struct list_head peers;		/* of a group's: membership->waiting */
	struct msgport_message *message;
	struct task_struct *task;
	struct hrtimer timer;		/* bounds how long a wake-up is gathered */
};

void msgport_gate_init(struct msgport_gate *gate, u32 limit, u64 max_bytes);
bool msgport_gate_has_room(const struct msgport_gate *gate, u64 cost);
void msgport_gate_take(struct msgport_gate *gate, u64 cost);

enum msgport_gate_stage msgport_gates_pass(struct msgport_send_right *right,
					   enum msgport_gate_stage stage,
					   u8 priority, u64 cost);
bool msgport_gates_pass_plain(struct msgport_send_right *right, u64 cost);
u32 msgport_gates_pass_many(struct msgport_send_right *right,
			    struct msgport_message *const *messages, u32 count,
			    u64 *bytes);
void msgport_gates_leave_many(struct msgport_send_right *right, u32 count, u64 bytes);
void msgport_gates_leave(struct msgport_send_right *right,
			 enum msgport_gate_stage stage, u64 cost);
bool msgport_gates_rob(struct msgport_send_right *right, enum msgport_gate_stage stage,
		       u64 cost, struct msgport_sending *s);
void msgport_gate_wait(struct msgport_sending *s, enum msgport_gate_stage stage);
void msgport_gate_unwait(struct msgport_sending *s);
bool msgport_gates_advance(struct msgport_send_right *right,
			   struct msgport_wakeups *wk);
bool msgport_gates_resized(struct msgport_port *port, unsigned long *after,
			   struct msgport_wakeups *wk);

#endif
