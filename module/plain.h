/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plain way, of most messages.
 *
 *	in	nothing special about it (no answer due, descriptors or time to live, not
 *		to a rendezvous port), its sender known to the right, and nobody in its
 *		way: checked, charged, numbered and delivered in one locked section
 *	out	the same, and nothing to be settled: ended in one locked section, which
 *		leaves its memory to the port
 *
 * Each does what the general way does (send.h, receive.h), with the questions left out
 * whose answers are known; whatever is not plain after all goes by that.
 */
#ifndef _MSGPORT_PLAIN_H
#define _MSGPORT_PLAIN_H

#include "message.h"
#include "receive.h"

struct msgport_account;
struct msgport_outbound;
struct msgport_send_right;

int msgport_send_plain(struct msgport_send_right *right, struct msgport_account *account,
		       const struct msgport_outbound *out);
bool msgport_take_plain(struct msgport_port *port, const struct msgport_wanted *wanted,
			struct msgport_inbound *in);
void msgport_end_plain(struct msgport_port *port, struct msgport_message *m);

/* Once it was taken: is its having reached the user all that is left to say? */
static inline bool msgport_was_plain(const struct msgport_inbound *in)
{
	const struct msgport_message *m = in->message;

	return !(in->peeked | m->has_extra) && !in->taker && !msgport_is_answer(m);
}

#endif
