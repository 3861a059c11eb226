/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sending: a message's way from a sender's memory into a port.
 *
 *	build	    memory and a copy of the payload; everything that can fail
 *	attach	    under the lock: tie it to its right, badge and process
 *	pass	    the gates, as far as they are open (gate.h)
 *	accept	    counted as sent, numbered, delivered: nothing can fail now
 *	wait	    or stand at a gate, and be accepted by whoever makes room
 *
 * What nothing is special about goes a shorter way (plain.h).
 *
 * A sender that waits is woken late on purpose: its message is accepted at
 * once when there is room, but the task stays in traffic->gathered until half
 * of the port is free, or a receiver goes to sleep or polls in vain, or
 * MSGPORT_GATHER_NS have passed.  So a full queue costs a context switch for
 * many messages and not for each.  Each has a timer of its own for that.
 *
 * The copy of a message that is not accepted yet is charged to whoever sends it,
 * not to whom the share belongs: a minted right is no way to another's account.  But for
 * a plain one that fits a common object: that is less than what the thread that sends has
 * for its stack, and not charged either, even where it waits.
 *
 * An answer that is due is reserved before (answer.h), or a call's record made
 * (call.h), and is the message's from the attempt on; a send that fails leaves it to
 * the caller.  A port without a receiver refuses such a send, also when it waits.
 *
 * Giving up (signal, deadline) looks at the state under the lock: an accepted
 * message is a success, whatever came first.
 */
#ifndef _MSGPORT_SEND_H
#define _MSGPORT_SEND_H

#include <linux/types.h>

#include "gate.h"

struct iov_iter;
struct kiocb;
struct msgport_account;
struct msgport_buffer;
struct msgport_message;
struct msgport_pool;
struct msgport_port;
struct msgport_send_right;
struct msgport_sending;
struct msgport_wakeups;

/* What a send asks for, in the kernel's terms. */
struct msgport_outbound {
	const struct msgport_buffer *buffer;
	u64 fds;		/* address of the sender's __s32 */
	u32 fd_count;
	u64 tag;
	u64 ttl;		/* ns, 0: none */
	u64 deadline;		/* of the host, or MSGPORT_FOREVER */
	u32 priority;		/* any value; checked */
	bool nonblock;
	struct msgport_due *due; /* the answer due, or NULL; the message's once accepted */
	struct task_struct **lend; /* gets who is woken, see wake.h; or NULL */
};

int msgport_message_write(struct msgport_message *m, const struct msgport_outbound *out,
			  u64 now);
int msgport_message_build(const struct msgport_outbound *out, bool has_extra,
			  struct msgport_pool *pool, struct msgport_message **built);
int msgport_send_check(const struct msgport_send_right *right,
		       const struct msgport_outbound *out);
int msgport_submit(struct msgport_send_right *right, struct msgport_message *m,
		   const struct msgport_outbound *out);
int msgport_pay_and_send(struct msgport_send_right *right, struct msgport_account *account,
			 const struct msgport_outbound *out);
int msgport_send(struct msgport_send_right *right, const struct msgport_outbound *out);

int msgport_write_begin(struct kiocb *iocb, struct iov_iter *from,
			struct msgport_buffer *buffer, struct msgport_outbound *out);

int msgport_pay_later(struct msgport_account *account, unsigned long cost,
		      u64 deadline, struct msgport_port *port);

/* Under the port's lock, for those who make room or end things. */
void msgport_send_accept(struct msgport_port *port, struct msgport_message *m,
			 struct msgport_wakeups *wk);
void msgport_sender_release(struct msgport_port *port, struct msgport_sending *s,
			    enum msgport_sending_state state,
			    struct msgport_wakeups *wk);
void msgport_send_admit(struct msgport_sending *s, struct msgport_wakeups *wk);
void msgport_send_offer(struct msgport_sending *s, struct msgport_wakeups *wk);
void msgport_send_taken(struct msgport_port *port, struct msgport_message *m,
			struct msgport_wakeups *wk);
bool msgport_senders_wake(struct msgport_port *port, struct msgport_wakeups *wk);
void msgport_senders_flush(struct msgport_port *port, struct msgport_wakeups *wk);
bool msgport_senders_low(const struct msgport_port *port);
void msgport_senders_refuse(struct msgport_port *port);
bool msgport_senders_kill(struct msgport_port *port, struct msgport_wakeups *wk);

#endif
