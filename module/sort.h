/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sorting: the queues by source, badge and process, for who chooses by one of these.
 *
 * Most ports never have such a receiver, and then their messages stand in the port's
 * queue alone.  Who chooses sorts what is there, once and for ever (who is killed
 * meanwhile leaves the rest to the next): from then on each
 * message is sorted as it comes.  Groups, which look for a source's next message, have
 * their members' ports sorted too.
 *
 *	NO	nothing is sorted
 *	   |
 *	   v
 *	SOME	what stands at or behind the mark in the port's queue is; the mark
 *	   |	moves from the end of the queue to its beginning
 *	   v
 *	ALL
 *
 * All under the port's lock, which is let go after MSGPORT_BATCH messages.  The mark is
 * a priority and a sequence number, so that it says of any message, whether it comes,
 * goes, or is put back meanwhile, on which side it belongs; a cursor (receive.h) knows
 * where to go on.  What the mark passes is older than all that is sorted of its priority
 * and comes before all of lower ones: it becomes the first of each of its queues, which
 * is why this takes a few instructions for each message.  Several may sort at once: they
 * have one mark and one cursor, so that together they pass each message once.
 *
 * Answers and events, which have a queue of their own, are always in that.
 */
#ifndef _MSGPORT_SORT_H
#define _MSGPORT_SORT_H

#include "message.h"
#include "port.h"

enum msgport_sorted {
	MSGPORT_SORTED_NO,
	MSGPORT_SORTED_SOME,
	MSGPORT_SORTED_ALL,
};

bool msgport_behind_mark(const struct msgport_traffic *traffic,
			 const struct msgport_message *m);
int msgport_sort(struct msgport_port *port);

/* Is a message of the port's queue in its other three as well, or to be? */
static inline bool msgport_is_sorted(const struct msgport_port *port,
				     const struct msgport_message *m)
{
	const struct msgport_traffic *traffic = port->traffic;

	lockdep_assert_held(&port->lock);
	if (likely(traffic->sorted == MSGPORT_SORTED_NO))
		return false;
	return likely(traffic->sorted == MSGPORT_SORTED_ALL) ||
	       msgport_behind_mark(traffic, m);
}

#endif
