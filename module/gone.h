/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What went under a port's lock and is freed after unlocking.
 *
 * A free may make the allocator give a whole list of pages back, some 150,000
 * instructions: too much to hold a lock for. So the last user of a send right,
 * badge, share or process only takes it out of its tree and puts it here; who
 * unlocks takes the list along and frees it. Nothing is lost if nobody does: the
 * next will, at the latest when the port is freed.
 */
#ifndef _MSGPORT_GONE_H
#define _MSGPORT_GONE_H

/* In the object, in place of its links in the tree that it has left. */
struct msgport_gone {
	struct msgport_gone *next;		/* port's lock, until taken */
	void (*free)(struct msgport_gone *gone);
};

/* Under the port's lock. */
static inline void msgport_gone_add(struct msgport_gone **list, struct msgport_gone *gone,
				    void (*free)(struct msgport_gone *gone))
{
	gone->next = *list;
	gone->free = free;
	*list = gone;
}

/* Under the port's lock: all of them, which are the caller's then. */
static inline struct msgport_gone *msgport_gone_take(struct msgport_gone **list)
{
	struct msgport_gone *gone = *list;

	*list = NULL;
	return gone;
}

/* Unlocked; the port that they are of is pinned. */
static inline void msgport_gone_free(struct msgport_gone *gone)
{
	while (gone) {
		struct msgport_gone *next = gone->next;

		gone->free(gone);
		gone = next;
	}
}

#endif
