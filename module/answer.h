/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers: what is due for a message, and how it gets home.
 *
 * A sender that wants an answer makes a struct msgport_due.  Its home is a port
 * of the sender's (the return address), or a call's own record (call.h).  Where
 * it is, under the lock of the port that the message was sent to:
 *
 *	on the message	while that is in the port: queued, in hand, outstanding
 *	in the tree	by its own delivery, on an ordinary port that has done with
 *			the message
 *	claimed		whoever takes it from there owns it, and ends it:
 *
 *	what happened			the answer		a call
 *	reply				the reply		the reply
 *	ack				acknowledged		0, an empty answer
 *	the message is discarded	the message, returned	an errno
 *	its taker ended			gone			ESRCH
 *
 * So there is exactly one.  On an acknowledging port the end of a taker is no end:
 * the message goes back to the queue with its due.
 *
 * Everything an answer needs is reserved when the question is sent: a place in
 * max_answers of its home (ENOBUFS), its bytes and descriptors, charged to who sends
 * (EDQUOT): whoever takes no answers must not use up what a replier may have in
 * flight; and an empty message for the answers that the kernel makes, so that death
 * allocates nothing.  Place, bytes and descriptors go over to the answer, and are free when
 * that has been received.
 *
 * The two ports are never locked together.  The question's places are given back
 * before its answer arrives: who has the answer finds room for the next question.
 * If the home is dead the answer is counted there as discarded, and the replier
 * gets ESRCH.
 *
 * A question that ends while somebody peeks at it is returned by the last who
 * does; until then message->delivery.due holds what is due.
 */
#ifndef _MSGPORT_ANSWER_H
#define _MSGPORT_ANSWER_H

#include <linux/types.h>

#include "message.h"
#include "port.h"

struct msgport_outbound;
struct msgport_receive_right;

struct msgport_due {
	struct msgport_delivery delivery;	/* once the message has ended */
	struct msgport_message *message; /* that it hangs on, or NULL */
	u64 size;			/* constant: bytes that can be taken */
	u8 fds;				/* constant: descriptors, likewise */
	u8 charged_fds;			/* of these, until the answer has brought some */
	bool sync;			/* constant: no answer, but the message's end */
	struct msgport_port *home;	/* constant, pinned; NULL: of a call */
	struct msgport_account *account; /* pays; pinned until the answer has it */
	u64 charged;			/* bytes */
	u64 cookie;			/* constant */
	struct msgport_message *empty;	/* for an answer of the kernel's own */
};

/* What a return address asks for, in the kernel's terms. */
struct msgport_return_address {
	struct msgport_receive_right *right;
	u64 cookie;
	u64 size;
	u32 fds;
};

struct msgport_due *msgport_due_new(const struct msgport_return_address *to,
				    size_t request, u8 priority);
void msgport_due_free(struct msgport_due *due);
int msgport_due_charge(struct msgport_due *due, struct msgport_account *guess,
		       size_t bytes);
void msgport_due_uncharge(struct msgport_due *due);
void msgport_due_return(struct msgport_due *due, struct msgport_message *m);
void msgport_due_gone(struct msgport_port *port, struct msgport_due *due)
	__releases(&port->lock);
struct msgport_due *msgport_due_take(struct msgport_message *m);
void msgport_answer_from(struct msgport_message *m, struct msgport_due *due, u8 reason);

int msgport_settle_taken(struct msgport_port *port, struct msgport_message *m,
			 struct msgport_message *answer)
	__releases(&port->lock);
int msgport_reply(struct msgport_receive_right *right, u64 token,
		  const struct msgport_outbound *out, struct msgport_outgoing *limits);

bool msgport_arrive(struct msgport_port *port, struct msgport_message *m,
		    struct msgport_lasts **tables);
int msgport_place_reserve(struct msgport_port *port, u8 priority);
void msgport_place_free(struct msgport_port *port);

#endif
