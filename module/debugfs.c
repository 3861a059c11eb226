// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/msgport/state: every port, and who waits where. */

#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "debugfs.h"
#include "files.h"
#include "group.h"
#include "limits.h"
#include "message.h"
#include "name.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "set.h"
#include "stamp.h"
#include "stat.h"

static struct dentry *directory;

static const char * const gates[] = { "right", "share", "port" };
static const char * const states[] = { "new", "live", "dead" };

/* A bounded number of lines for each list: the file is read by people. */
#define LINES	MSGPORT_BATCH
#define LISTS	4
#define SET_LISTS	2

enum waiting {
	WAITING_TO_SEND,
	WAITING_ADMITTED,
	WAITING_TO_RECEIVE,
	WAITING_MORE,			/* than the lines allow */
};

/* Who waits: noted under a spinlock, as printing takes too long for that. */
struct waiter {
	enum waiting what;
	u8 gate;
	u8 priority;
	bool offered;
	u32 flags;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	u64 source;
	size_t size;			/* of the message, or room for one */
};

struct waiters {
	unsigned int count;
	struct waiter *waiter;
};

/* A set that the port is in. */
struct in_set {
	struct msgport_member *member;	/* pinned, and with it the set's memory */
	u64 cookie;
	u32 takers;
	bool left;
	bool ready;
};

/* What is noted of one port; a line more for each list that is cut. */
struct notes {
	struct waiters of_port;
	struct waiters of_set;
	unsigned int sets;
	struct in_set in_set[MSGPORT_MEMBERSHIPS_MAX];
	struct waiter port_waiter[LISTS * (LINES + 1)];
	struct waiter set_waiter[SET_LISTS * (LINES + 1)];
};

static void note_more(struct waiters *waiters)
{
	waiters->waiter[waiters->count++].what = WAITING_MORE;
}

static struct waiter *note(struct waiters *waiters, enum waiting what,
			   const struct task_struct *task)
{
	struct waiter *w = &waiters->waiter[waiters->count++];

	w->what = what;
	w->pid = task->pid;
	memcpy(w->comm, task->comm, sizeof(w->comm));
	return w;
}

static void note_senders(struct waiters *waiters, struct msgport_traffic *traffic)
{
	struct msgport_sending *s;
	struct waiter *w;
	unsigned int lines = 0;

	list_for_each_entry(s, &traffic->blocked, list) {
		if (lines++ == LINES) {
			note_more(waiters);
			break;
		}
		w = note(waiters, WAITING_TO_SEND, s->task);
		w->gate = s->stage;
		w->offered = s->message->state == MSGPORT_OFFERED;
		w->source = s->message->right->id;
		w->priority = s->message->priority;
		w->size = s->message->size;
	}
	lines = 0;
	list_for_each_entry(s, &traffic->gathered, list) {
		if (lines++ == LINES) {
			note_more(waiters);
			break;
		}
		note(waiters, WAITING_ADMITTED, s->task);
	}
}

static void note_receivers(struct waiters *waiters, const struct list_head *list)
{
	struct msgport_receiving *r;
	struct waiter *w;
	unsigned int lines = 0;

	list_for_each_entry(r, list, list) {
		if (lines++ == LINES) {
			note_more(waiters);
			break;
		}
		w = note(waiters, WAITING_TO_RECEIVE, r->task);
		w->flags = r->wanted->flags;
		w->size = r->wanted->room;
	}
}

static void note_sets(struct notes *notes, const struct msgport_port *port)
{
	struct msgport_member *member;

	notes->sets = 0;
	hlist_for_each_entry(member, &port->members, node)
		notes->in_set[notes->sets++] = (struct in_set) {
			.member = msgport_member_get(member),
			.cookie = member->cookie,
			.takers = member->takers,
			.left = !msgport_member_joined(member),
			.ready = member->ready,
		};
}

static void show_waiter(struct seq_file *seq, const char *indent, const struct waiter *w)
{
	const char *verb = w->what == WAITING_TO_RECEIVE ? "receive" : "send";

	if (w->what == WAITING_MORE) {
		seq_printf(seq, "%s...\n", indent);
		return;
	}
	seq_printf(seq, "%s%s pid=%d comm=%.*s", indent, verb, w->pid, TASK_COMM_LEN,
		   w->comm);
	if (w->what == WAITING_TO_SEND)
		seq_printf(seq, " gate=%s%s source=%llu priority=%u size=%zu",
			   gates[w->gate], w->offered ? " offered" : "", w->source,
			   w->priority, w->size);
	else if (w->what == WAITING_TO_RECEIVE)
		seq_printf(seq, " flags=0x%x room=%zu", w->flags, w->size);
	else
		seq_puts(seq, " admitted");
	seq_putc(seq, '\n');
}

static void show_waiters(struct seq_file *seq, const char *indent,
			 const struct waiters *waiters)
{
	unsigned int i;

	for (i = 0; i < waiters->count; i++) {
		show_waiter(seq, indent, &waiters->waiter[i]);
		cond_resched();
	}
}

/* Under no port's lock.  Lets go of the set. */
static void show_set(struct seq_file *seq, const struct in_set *in,
		     struct waiters *waiters)
{
	struct msgport_set *set = in->member->set;

	seq_printf(seq, "  set %llu cookie=%llu takers=%u%s%s\n", set->id, in->cookie,
		   in->takers, in->ready ? " ready" : "", in->left ? " left" : "");
	waiters->count = 0;
	xa_lock(&set->members);
	note_receivers(waiters, &set->choosing);
	note_receivers(waiters, &set->receiving);
	xa_unlock(&set->members);
	msgport_member_put(in->member);
	show_waiters(seq, "    ", waiters);
}

static void show_name(struct seq_file *seq, const char *name)
{
	seq_escape_str(seq, name, ESCAPE_SPACE | ESCAPE_SPECIAL | ESCAPE_NP, NULL);
}

static void show_port(struct seq_file *seq, struct msgport_port *port,
		      struct notes *notes)
{
	char name[MSGPORT_NAME_MAX + 1] = "";
	unsigned int i;

	spin_lock(&port->ns->lock);
	if (port->name)
		memcpy(name, port->name->bytes, port->name->len);
	spin_unlock(&port->ns->lock);

	notes->of_port.count = 0;
	spin_lock(&port->lock);
	seq_printf(seq, "port %llu name=", port->id);
	show_name(seq, name);
	seq_printf(seq, " state=%s uid=%u queued=%u/%u bytes=%llu/%llu in_hand=%u receivers=%u",
		   states[port->state], from_kuid_munged(&init_user_ns, port->uid),
		   msgport_port_queued(port), port->gate.limit, port->gate.bytes,
		   port->gate.max_bytes, port->in_hand_count, port->receivers);
	if (port->traffic) {
		const struct msgport_ledger *l = &port->traffic->ledger;

		seq_printf(seq, " senders=%u sent=%llu received=%llu returned=%llu expired=%llu died=%llu too_large=%llu withdrawn=%llu exhausted=%llu redelivered=%llu outstanding=%u answers=%u/%u asked=%llu answered=%llu gone=%llu given_up=%llu kept=%llu\n",
			   port->traffic->senders, l->sent, l->received, l->returned,
			   l->discarded[MSGPORT_EXPIRED],
			   l->discarded[MSGPORT_DIED_WITH_PORT],
			   l->discarded[MSGPORT_TOO_LARGE],
			   l->discarded[MSGPORT_WITHDRAWN],
			   l->discarded[MSGPORT_EXHAUSTED], l->redelivered,
			   port->traffic->outstanding, port->traffic->answers,
			   port->max_answers, l->asked, l->answered, l->gone,
			   l->given_up, READ_ONCE(port->traffic->pool.bytes));
		note_senders(&notes->of_port, port->traffic);
	} else {
		seq_puts(seq, " senders=0\n");
	}
	note_receivers(&notes->of_port, &port->choosing);
	note_receivers(&notes->of_port, &port->receiving);
	note_sets(notes, port);
	spin_unlock(&port->lock);
	for (i = 0; i < notes->sets; i++)
		show_set(seq, &notes->in_set[i], &notes->of_set);
	show_waiters(seq, "  ", &notes->of_port);
}

/* Under the group's lock. */
static void show_members(struct seq_file *seq, struct msgport_group *group)
{
	unsigned int lines = 0;
	struct rb_node *node;

	for (node = rb_first(&group->members); node; node = rb_next(node)) {
		if (lines++ == LINES) {
			seq_puts(seq, "  ...\n");
			break;
		}
		seq_puts(seq, "  member ");
		msgport_membership_show(seq, rb_entry(node, struct msgport_membership, node),
					NULL);
		cond_resched();
	}
}

static void show_group(struct seq_file *seq, struct msgport_group *group)
{
	char name[MSGPORT_NAME_MAX + 1] = "";

	spin_lock(&group->ns->lock);
	if (group->name)
		memcpy(name, group->name->bytes, group->name->len);
	spin_unlock(&group->ns->lock);
	seq_printf(seq, "group %llu name=", group->id);
	show_name(seq, name);
	mutex_lock(&group->lock);
	seq_printf(seq, " uid=%u members=%u/%u publishers=%d waiting=%d sent=%llu missed=%llu\n",
		   from_kuid_munged(&init_user_ns, group->uid), group->count,
		   group->max_members, atomic_read(&group->publishers),
		   atomic_read(&group->waiting), group->sent, group->missed);
	show_members(seq, group);
	msgport_group_unlock(group);
}

static void show_groups(struct seq_file *seq, struct msgport_ns *ns)
{
	struct msgport_group *group;
	u64 after = 0;

	while ((group = msgport_group_next(ns, &after))) {
		show_group(seq, group);
		msgport_group_put(group);
		cond_resched();
	}
}

static void show_ns(struct seq_file *seq, struct msgport_ns *ns, struct notes *notes)
{
	struct msgport_port *port;
	u64 after = 0;

	while ((port = msgport_port_next(ns, &after))) {
		show_port(seq, port, notes);
		msgport_port_put(port);
		cond_resched();
	}
	show_groups(seq, ns);
}

static int state_show(struct seq_file *seq, void *unused)
{
	struct notes *notes = kvmalloc(sizeof(*notes), GFP_KERNEL);
	struct msgport_ns *ns = NULL;
	int fds = msgport_files_in_flight();

	if (!notes)
		return -ENOMEM;
	notes->of_port.waiter = notes->port_waiter;
	notes->of_set.waiter = notes->set_waiter;
	if (fds)
		seq_printf(seq, "descriptors %d in messages\n", fds);
	while ((ns = msgport_ns_next(ns)))
		show_ns(seq, ns, notes);
	kvfree(notes);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

void msgport_debugfs_init(void)
{
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("state", 0400, directory, NULL, &state_fops);
}

void msgport_debugfs_exit(void)
{
	debugfs_remove(directory);
}
