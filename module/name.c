// SPDX-License-Identifier: GPL-2.0
/* Names: a port or group is found by one, in its network namespace. */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/stringhash.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "group.h"
#include "name.h"
#include "port.h"

static unsigned int msgport_net_id;

static DEFINE_MUTEX(namespaces_lock);
static LIST_HEAD(namespaces);			/* namespaces_lock */

/* What the network namespace keeps for us. */
struct msgport_net {
	struct msgport_ns *ns;
};

static int __net_init net_begin(struct net *net)
{
	struct msgport_net *mn = net_generic(net, msgport_net_id);
	struct msgport_ns *ns = kzalloc(sizeof(*ns), GFP_KERNEL_ACCOUNT);

	if (!ns)
		return -ENOMEM;
	spin_lock_init(&ns->lock);
	refcount_set(&ns->refs, 1);
	ns->names = RB_ROOT;
	ns->user_ns = get_user_ns(net->user_ns);
	xa_init(&ns->ports);
	xa_init(&ns->groups);
	mutex_lock(&namespaces_lock);
	list_add_tail(&ns->list, &namespaces);
	mutex_unlock(&namespaces_lock);
	mn->ns = ns;
	return 0;
}

static void named_get(struct msgport_named of)
{
	if (of.port)
		msgport_port_get(of.port);
	else
		msgport_group_get(of.group);
}

void msgport_named_put(struct msgport_named of)
{
	if (of.port)
		msgport_port_put(of.port);
	else
		msgport_group_put(of.group);
}

/* The names go as if unlinked, one a locked section. */
static void __net_exit net_end(struct net *net)
{
	struct msgport_net *mn = net_generic(net, msgport_net_id);
	struct msgport_ns *ns = mn->ns;
	struct rb_node *node;

	spin_lock(&ns->lock);
	ns->ended = true;
	while ((node = rb_first(&ns->names))) {
		struct msgport_named of = rb_entry(node, struct msgport_name, node)->of;

		named_get(of);
		spin_unlock(&ns->lock);
		if (of.port)
			msgport_port_unname(of.port);
		else
			msgport_group_unname(of.group);
		msgport_named_put(of);
		cond_resched();
		spin_lock(&ns->lock);
	}
	spin_unlock(&ns->lock);
	msgport_ns_put(ns);
}

static struct pernet_operations net_operations = {
	.init = net_begin,
	.exit = net_end,
	.id = &msgport_net_id,
	.size = sizeof(struct msgport_net),
};

int msgport_ns_init(void)
{
	return register_pernet_subsys(&net_operations);
}

void msgport_ns_exit(void)
{
	unregister_pernet_subsys(&net_operations);
}

struct msgport_ns *msgport_ns_get(struct msgport_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

/* The namespace that the caller is in, for a control descriptor to hold. */
struct msgport_ns *msgport_ns_current(void)
{
	struct msgport_net *mn = net_generic(current->nsproxy->net_ns, msgport_net_id);

	return msgport_ns_get(mn->ns);
}

void msgport_ns_put(struct msgport_ns *ns)
{
	if (!refcount_dec_and_mutex_lock(&ns->refs, &namespaces_lock))
		return;
	list_del(&ns->list);
	mutex_unlock(&namespaces_lock);
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&ns->names));
	WARN_ON_ONCE(!xa_empty(&ns->groups));
	xa_destroy(&ns->ports);
	xa_destroy(&ns->groups);
	put_user_ns(ns->user_ns);
	kfree(ns);
}

/*
 * The namespace after this one, pinned, and this one let go: NULL for the first
 * and after the last.  One in the list has a reference: the last is dropped
 * under the list's lock.
 */
struct msgport_ns *msgport_ns_next(struct msgport_ns *ns)
{
	struct list_head *at;
	struct msgport_ns *next = NULL;

	mutex_lock(&namespaces_lock);
	at = ns ? ns->list.next : namespaces.next;
	if (at != &namespaces)
		next = msgport_ns_get(list_entry(at, struct msgport_ns, list));
	mutex_unlock(&namespaces_lock);
	if (ns)
		msgport_ns_put(ns);
	return next;
}

/**
 * msgport_name_new() - a name from user memory
 * @bytes: its address
 * @len: 1 to MSGPORT_NAME_MAX
 *
 * Any byte but 0 is allowed.  Free it with kfree(), or insert it.
 */
struct msgport_name *msgport_name_new(u64 bytes, u32 len)
{
	struct msgport_name *name;

	if (!len || !bytes)
		return ERR_PTR(-EINVAL);
	if (len > MSGPORT_NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	name = kzalloc(struct_size(name, bytes, len), GFP_KERNEL_ACCOUNT);
	if (!name)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(name->bytes, u64_to_user_ptr(bytes), len)) {
		kfree(name);
		return ERR_PTR(-EFAULT);
	}
	if (memchr(name->bytes, 0, len)) {
		kfree(name);
		return ERR_PTR(-EINVAL);
	}
	name->len = len;
	name->hash = full_name_hash(NULL, name->bytes, len);
	return name;
}

/* Names that begin with "sys." are the system's own. */
bool msgport_name_allowed(const struct msgport_ns *ns, const struct msgport_name *name)
{
	if (name->len < 4 || memcmp(name->bytes, "sys.", 4))
		return true;
	return ns_capable(ns->user_ns, CAP_SYS_ADMIN);
}

/* Any total order will do: the hash first, since it mostly decides. */
static int name_compare(const struct msgport_name *a, const struct msgport_name *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->len);
}

static void point_back(struct msgport_named of, struct msgport_name *name)
{
	if (of.port)
		of.port->name = name;
	else
		of.group->name = name;
}

/**
 * msgport_name_insert() - publish a port or group under a name
 * @ns: locked
 * @name: the tree's from here on, if this succeeds
 * @of: gets a reference, which the name holds
 */
int msgport_name_insert(struct msgport_ns *ns, struct msgport_name *name,
			struct msgport_named of)
{
	struct rb_node **link = &ns->names.rb_node, *parent = NULL;

	lockdep_assert_held(&ns->lock);
	if (ns->ended)
		return -ENOENT;
	while (*link) {
		int order;

		parent = *link;
		order = name_compare(name, rb_entry(parent, struct msgport_name, node));
		if (!order)
			return -EEXIST;
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	named_get(of);
	name->of = of;
	point_back(of, name);
	rb_link_node(&name->node, parent, link);
	rb_insert_color(&name->node, &ns->names);
	return 0;
}

/* Takes the name out; its memory and its reference are the caller's again. */
void msgport_name_erase(struct msgport_ns *ns, struct msgport_name *name)
{
	lockdep_assert_held(&ns->lock);
	point_back(name->of, NULL);
	rb_erase(&name->node, &ns->names);
}

/* What a name stands for, pinned; false if nothing has it. */
bool msgport_name_find(struct msgport_ns *ns, const struct msgport_name *name,
		       struct msgport_named *found)
{
	struct rb_node *node;

	spin_lock(&ns->lock);
	node = ns->names.rb_node;
	while (node) {
		struct msgport_name *n = rb_entry(node, struct msgport_name, node);
		int order = name_compare(name, n);

		if (!order) {
			*found = n->of;
			named_get(n->of);
			break;
		}
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	spin_unlock(&ns->lock);
	return node;
}

/**
 * msgport_may_connect() - may the caller, as if the port or group were a file
 * @ns: where it has its name
 * @uid: its owner
 * @gid: its group
 * @mode: its permission bits
 * @want: S_IROTH for a receive right or to join, S_IWOTH to send
 */
bool msgport_may_connect(const struct msgport_ns *ns, kuid_t uid, kgid_t gid,
			 unsigned int mode, unsigned int want)
{
	if (uid_eq(current_euid(), uid))
		mode >>= 6;
	else if (in_egroup_p(gid))
		mode >>= 3;
	return (mode & want) == want ||
	       ns_capable_noaudit(ns->user_ns, CAP_DAC_OVERRIDE);
}
