/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trains: messages of one vector that pass a port's lock together.
 *
 * The elements of a vector are sent or received one after another, each by itself.
 * Those with nothing special about them are coupled:
 *
 *	send	 built one by one; then, in one locked section, accepted
 *	receive	 taken in one locked section; stamped and copied out one by one;
 *		 then received in one locked section for each run of messages
 *		 through the same right
 *
 * A train only does what needs no waiting and fails in nothing.  It ends before
 * whatever is special, or in the way, and that goes the way of a single message, which
 * alone waits and knows what is wrong:
 *
 *	special to send	   an answer due, descriptors, a time to live, pieces; a
 *			   rendezvous port; a group
 *	special to receive whatever has a struct msgport_extra; what will have a token;
 *			   one in the hand of a receiver that chooses; a receiver that
 *			   chooses or peeks, or a set
 *
 * States are those of message.h: BUILT until accepted, IN_HAND between the two
 * sections.  When something fails:
 *
 *	a closed gate, a dead port, a spent right: those before it have been accepted;
 *		the one goes by itself, and if it is not accepted in the end those
 *		behind it are freed, unsent
 *	memory that cannot be written: those before it are received; it and those
 *		behind it go back to their places
 *	its receiver is being killed: all go back
 *
 * What is built is charged to its sender as pending until it is accepted or freed, but for
 * common messages, if there are no others (send.h); it is bounded, so that a vector that
 * waits does not keep its user's other sends waiting.
 */
#ifndef _MSGPORT_TRAIN_H
#define _MSGPORT_TRAIN_H

#include <linux/sizes.h>
#include <linux/types.h>

#include "message.h"

struct msgport_account;
struct msgport_outbound;
struct msgport_port;
struct msgport_send_right;
struct msgport_wanted;

#define MSGPORT_TRAIN	32		/* messages */
#define MSGPORT_TRAIN_BYTES	SZ_64K		/* of several; one may be larger */
#define MSGPORT_BY_ITSELF	1

/* On the stack of whoever sends or receives. */
struct msgport_train {
	u32 count;
	bool paid;			/* what is built is charged: not all are common */
	u64 cost;			/* bytes of what is not sent yet */
	struct msgport_message *messages[MSGPORT_TRAIN];
};

/* Where one message may go. */
struct msgport_room {
	u64 data;			/* address of the buffer */
	u64 size;			/* bytes */
};

static inline void msgport_train_init(struct msgport_train *train)
{
	train->count = 0;
	train->paid = false;
	train->cost = 0;
}

int msgport_train_add(struct msgport_send_right *right, struct msgport_account *account,
		      struct msgport_train *train, struct msgport_stock *stock,
		      const struct msgport_outbound *out, u64 now);
u32 msgport_train_send(struct msgport_send_right *right, struct msgport_account *account,
		       struct msgport_train *train, const struct msgport_outbound *out,
		       int *err);

u32 msgport_train_most(const struct msgport_port *port,
		       const struct msgport_wanted *wanted);
void msgport_train_take(struct msgport_port *port, const struct msgport_wanted *wanted,
			const struct msgport_room *rooms, u32 most,
			struct msgport_train *train);
void msgport_train_finish(struct msgport_port *port, struct msgport_train *train,
			  u32 copied);

#endif
