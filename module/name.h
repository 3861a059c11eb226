/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names, one set for each network namespace, as for abstract UNIX sockets.
 *
 * A namespace of ours outlives the network namespace it belongs to while a
 * control descriptor or a port still points at it: then it has no names and
 * takes none, and rights keep working.
 *
 * A name is that of a port or of a group.  It holds a reference to it and is freed,
 * with that reference, by whoever takes it out of the tree.  It is in the tree exactly
 * while port->name or group->name points to it; both change together under ns->lock.
 */
#ifndef _MSGPORT_NAME_H
#define _MSGPORT_NAME_H

#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <linux/msgport.h>

#include "port.h"

struct msgport_group;
struct user_namespace;

struct msgport_ns {
	spinlock_t lock;		/* of the fields that say so */
	refcount_t refs;		/* network namespace, control files, ports */
	bool ended;			/* lock: the network namespace has gone */
	struct rb_root names;		/* lock */
	struct user_namespace *user_ns;	/* constant, pinned: owns the namespace */
	struct xarray ports;		/* all ports by id, until they are freed */
	struct xarray groups;		/* all groups by id; its own lock */
	struct msgport_ledger folded;	/* lock: of the ports that were freed */
	struct list_head list;		/* of all namespaces; its lock */
};

/* What a name stands for: one of these, the other is NULL. */
struct msgport_named {
	struct msgport_port *port;
	struct msgport_group *group;
};

struct msgport_name {
	struct rb_node node;		/* ns->lock */
	struct msgport_named of;	/* set on insertion; pinned */
	u32 hash;			/* constant, as are the next two */
	u8 len;
	char bytes[];			/* no zero at the end */
};

int msgport_ns_init(void);
void msgport_ns_exit(void);
struct msgport_ns *msgport_ns_current(void);
struct msgport_ns *msgport_ns_get(struct msgport_ns *ns);
void msgport_ns_put(struct msgport_ns *ns);
struct msgport_ns *msgport_ns_next(struct msgport_ns *ns);

struct msgport_name *msgport_name_new(u64 bytes, u32 len);
bool msgport_name_allowed(const struct msgport_ns *ns, const struct msgport_name *name);
int msgport_name_insert(struct msgport_ns *ns, struct msgport_name *name,
			struct msgport_named of);
void msgport_name_erase(struct msgport_ns *ns, struct msgport_name *name);
bool msgport_name_find(struct msgport_ns *ns, const struct msgport_name *name,
		       struct msgport_named *found);
void msgport_named_put(struct msgport_named of);
bool msgport_may_connect(const struct msgport_ns *ns, kuid_t uid, kgid_t gid,
			 unsigned int mode, unsigned int want);

static inline bool msgport_name_permits(const struct msgport_port *port, unsigned int want)
{
	return msgport_may_connect(port->ns, port->uid, port->gid, port->mode, want);
}

#endif
