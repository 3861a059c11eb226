// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/msgport/state: every port, and who waits where. */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>

#include "debugfs.h"
#include "limits.h"
#include "message.h"
#include "name.h"
#include "port.h"
#include "receive.h"
#include "right.h"
#include "stamp.h"
#include "stat.h"

static struct dentry *directory;

static const char * const gates[] = { "right", "share", "port" };
static const char * const states[] = { "new", "live", "dead" };

/* A bounded number of lines for each list: the file is read by people. */
static void show_senders(struct seq_file *seq, struct msgport_traffic *traffic)
{
	struct msgport_sending *s;
	unsigned int lines = 0;

	list_for_each_entry(s, &traffic->blocked, list) {
		if (lines++ == MSGPORT_BATCH)
			break;
		seq_printf(seq, "  send pid=%d comm=%s gate=%s%s source=%llu priority=%u size=%u\n",
			   s->task->pid, s->task->comm, gates[s->stage],
			   s->message->state == MSGPORT_OFFERED ? " offered" : "",
			   s->message->right->id, s->message->priority,
			   s->message->size);
	}
	lines = 0;
	list_for_each_entry(s, &traffic->gathered, list) {
		if (lines++ == MSGPORT_BATCH)
			break;
		seq_printf(seq, "  send pid=%d comm=%s admitted\n",
			   s->task->pid, s->task->comm);
	}
}

static void show_receivers(struct seq_file *seq, const struct list_head *list)
{
	struct msgport_receiving *r;
	unsigned int lines = 0;

	list_for_each_entry(r, list, list) {
		if (lines++ == MSGPORT_BATCH)
			break;
		seq_printf(seq, "  receive pid=%d comm=%s flags=0x%x room=%zu\n",
			   r->task->pid, r->task->comm, r->wanted->flags,
			   r->wanted->room);
	}
}

static void show_port(struct seq_file *seq, struct msgport_port *port)
{
	char name[MSGPORT_NAME_MAX + 1] = "";

	spin_lock(&port->ns->lock);
	if (port->name)
		memcpy(name, port->name->bytes, port->name->len);
	spin_unlock(&port->ns->lock);

	spin_lock(&port->lock);
	seq_printf(seq, "port %llu name=", port->id);
	seq_escape_str(seq, name, ESCAPE_SPACE | ESCAPE_SPECIAL | ESCAPE_NP, NULL);
	seq_printf(seq, " state=%s uid=%u queued=%u/%u bytes=%llu/%llu in_hand=%u receivers=%u",
		   states[port->state], from_kuid_munged(&init_user_ns, port->uid),
		   port->gate.used, port->gate.limit, port->gate.bytes,
		   port->gate.max_bytes, port->in_hand_count, port->receivers);
	if (port->traffic) {
		const struct msgport_ledger *l = &port->traffic->ledger;

		seq_printf(seq, " senders=%u sent=%llu received=%llu returned=%llu expired=%llu died=%llu too_large=%llu withdrawn=%llu exhausted=%llu redelivered=%llu outstanding=%u answers=%u/%u asked=%llu answered=%llu gone=%llu given_up=%llu\n",
			   port->traffic->senders, l->sent, l->received, l->returned,
			   l->discarded[MSGPORT_EXPIRED],
			   l->discarded[MSGPORT_DIED_WITH_PORT],
			   l->discarded[MSGPORT_TOO_LARGE],
			   l->discarded[MSGPORT_WITHDRAWN],
			   l->discarded[MSGPORT_EXHAUSTED], l->redelivered,
			   port->traffic->outstanding, port->traffic->answers,
			   port->max_answers, l->asked, l->answered, l->gone,
			   l->given_up);
		show_senders(seq, port->traffic);
	} else {
		seq_puts(seq, " senders=0\n");
	}
	show_receivers(seq, &port->choosing);
	show_receivers(seq, &port->receiving);
	spin_unlock(&port->lock);
}

static void show_ns(struct seq_file *seq, struct msgport_ns *ns)
{
	struct msgport_port *port;
	u64 after = 0;

	while ((port = msgport_port_next(ns, &after))) {
		show_port(seq, port);
		msgport_port_put(port);
		cond_resched();
	}
}

static int state_show(struct seq_file *seq, void *unused)
{
	struct msgport_ns *ns = NULL;

	while ((ns = msgport_ns_next(ns)))
		show_ns(seq, ns);
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
