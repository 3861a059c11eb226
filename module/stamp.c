// SPDX-License-Identifier: GPL-2.0
/* Who sent it: processes and badges of a port, and the stamp on a message. */

#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "answer.h"
#include "compat.h"
#include "message.h"
#include "port.h"
#include "right.h"
#include "stamp.h"

static struct msgport_process *process_new(void)
{
	struct msgport_process *process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);

	if (!process)
		return NULL;
	process->tgid = get_pid(task_tgid(current));
	process->start_time = current->group_leader->start_boottime;
	msgport_queue_init(&process->queue);
	return process;
}

static void process_free(struct msgport_process *process)
{
	if (!process)
		return;
	msgport_queue_destroy(&process->queue);
	put_pid(process->tgid);
	kfree(process);
}

static void free_gone_process(struct msgport_gone *gone)
{
	process_free(container_of(gone, struct msgport_process, gone));
}

/* By start time; those that started in the same nanosecond, by address. */
static int process_compare(u64 start_time, const struct pid *tgid,
			   const struct msgport_process *process)
{
	if (start_time != process->start_time)
		return start_time < process->start_time ? -1 : 1;
	if (tgid != process->tgid)
		return tgid < process->tgid ? -1 : 1;
	return 0;
}

/* The calling process's object, from the tree or from @spare; NULL: neither. */
static struct msgport_process *process_get(struct msgport_traffic *traffic,
					   struct msgport_process **spare)
{
	struct rb_node **link = &traffic->processes.rb_node, *parent = NULL;
	u64 start_time = current->group_leader->start_boottime;
	struct msgport_process *process;

	while (*link) {
		int order;

		parent = *link;
		process = rb_entry(parent, struct msgport_process, node);
		order = process_compare(start_time, task_tgid(current), process);
		if (!order) {
			process->users++;
			return process;
		}
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	process = *spare;
	if (!process)
		return NULL;
	*spare = NULL;
	process->users = 1;
	rb_link_node(&process->node, parent, link);
	rb_insert_color(&process->node, &traffic->processes);
	return process;
}

void msgport_process_put(struct msgport_traffic *traffic,
			 struct msgport_process *process)
{
	if (!process || --process->users)
		return;
	rb_erase(&process->node, &traffic->processes);
	msgport_gone_add(&traffic->gone, &process->gone, free_gone_process);
}

/**
 * msgport_process_find() - the process of a stamp
 * @traffic: under the port's lock
 * @start_time: of the stamp
 * @pid: of the stamp, in the caller's pid namespace
 *
 * The number is compared with what the messages hold, so that a process that
 * has ended is found too.
 */
struct msgport_process *msgport_process_find(struct msgport_traffic *traffic,
					     u64 start_time, u32 pid)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct rb_node *node = traffic->processes.rb_node;
	struct msgport_process *process, *found = NULL;

	/* the first of those that started then */
	while (node) {
		process = rb_entry(node, struct msgport_process, node);
		if (process->start_time >= start_time) {
			found = process;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	while (found && found->start_time == start_time) {
		if (pid_nr_ns(found->tgid, ns) == pid)
			return found;
		found = rb_entry_safe(rb_next(&found->node),
				      struct msgport_process, node);
	}
	return NULL;
}

struct msgport_badge *msgport_badge_find(struct msgport_traffic *traffic, u64 badge)
{
	struct rb_node *node = traffic->badges.rb_node;

	while (node) {
		struct msgport_badge *b = rb_entry(node, struct msgport_badge, node);

		if (badge == b->badge)
			return b;
		node = badge < b->badge ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/**
 * msgport_badge_get() - the object of a badge, for one more right
 * @traffic: under the port's lock
 * @badge: the number
 * @spare: used, and set to NULL, if the badge is new
 */
struct msgport_badge *msgport_badge_get(struct msgport_traffic *traffic, u64 badge,
					struct msgport_badge **spare)
{
	struct rb_node **link = &traffic->badges.rb_node, *parent = NULL;
	struct msgport_badge *b;

	while (*link) {
		parent = *link;
		b = rb_entry(parent, struct msgport_badge, node);
		if (badge == b->badge) {
			b->users++;
			return b;
		}
		link = badge < b->badge ? &parent->rb_left : &parent->rb_right;
	}
	b = *spare;
	*spare = NULL;
	b->badge = badge;
	b->users = 1;
	b->open = 0;
	INIT_LIST_HEAD(&b->watches);
	msgport_queue_init(&b->queue);
	rb_link_node(&b->node, parent, link);
	rb_insert_color(&b->node, &traffic->badges);
	return b;
}

static void free_gone_badge(struct msgport_gone *gone)
{
	struct msgport_badge *badge = container_of(gone, struct msgport_badge, gone);

	msgport_queue_destroy(&badge->queue);
	kfree(badge);
}

void msgport_badge_put(struct msgport_traffic *traffic, struct msgport_badge *badge)
{
	if (--badge->users)
		return;
	rb_erase(&badge->node, &traffic->badges);
	msgport_gone_add(&traffic->gone, &badge->gone, free_gone_badge);
}

/**
 * msgport_spares_get() - allocate what attaching is likely to need
 * @spares: what it holds already is kept
 * @right: looked at without the lock, which is only a hint
 * @priority: of the message
 *
 * Returns -ENOMEM or 0.  msgport_attach() tells if it was not enough.
 */
int msgport_spares_get(struct msgport_spares *spares,
		       struct msgport_send_right *right, u8 priority)
{
	bool mine = READ_ONCE(right->last_tgid) == task_tgid(current);
	int i;

	/* compared, never followed: the object may go at any moment */
	if (!spares->process && !mine) {
		spares->used = true;
		spares->process = process_new();
		if (!spares->process)
			return -ENOMEM;
	}
	if (!priority || (mine && READ_ONCE(right->all_wide)))
		return 0;
	spares->used = true;
	for (i = 0; i < MSGPORT_ORDERS; i++) {
		if (!spares->tables[i])
			spares->tables[i] = kzalloc(sizeof(*spares->tables[i]),
						    GFP_KERNEL_ACCOUNT);
		if (!spares->tables[i])
			return -ENOMEM;
	}
	return 0;
}

void msgport_spares_put(struct msgport_spares *spares)
{
	int i;

	process_free(spares->process);
	for (i = 0; i < MSGPORT_ORDERS; i++)
		kfree(spares->tables[i]);
}

static bool widen(struct msgport_queue *q, struct msgport_lasts **table)
{
	if (likely(q->wide))
		return true;
	if (!*table)
		return false;
	msgport_queue_widen(q, *table);
	*table = NULL;
	return true;
}

static bool widen_all(struct msgport_message *m, struct msgport_spares *spares)
{
	return widen(&m->right->port->queue, &spares->tables[MSGPORT_OF_PORT]) &&
	       widen(&m->right->source->queue, &spares->tables[MSGPORT_OF_SOURCE]) &&
	       widen(&m->right->badge->queue, &spares->tables[MSGPORT_OF_BADGE]) &&
	       widen(&m->process->queue, &spares->tables[MSGPORT_OF_PROCESS]);
}

static bool attach_process(struct msgport_message *m, struct msgport_send_right *right,
			   struct msgport_spares *spares)
{
	struct msgport_traffic *traffic = right->port->traffic;

	/* as a rule it is the one that sent last through this right */
	if (likely(right->process && right->process->tgid == task_tgid(current))) {
		m->process = right->process;
		m->process->users++;
		return true;
	}
	m->process = process_get(traffic, &spares->process);
	if (!m->process)
		return false;
	msgport_process_put(traffic, right->process);
	right->process = m->process;
	right->process->users++;
	WRITE_ONCE(right->last_tgid, right->process->tgid);
	WRITE_ONCE(right->all_wide, false);
	return true;
}

/* Has its sender sent last through the right, and do the queues take its priority? */
bool msgport_attachable(const struct msgport_send_right *right,
			const struct msgport_message *m)
{
	return likely(right->process && right->process->tgid == task_tgid(current)) &&
	       (likely(!m->priority) || right->all_wide);
}

/* msgport_attach() of what is attachable. */
void msgport_attach_near(struct msgport_message *m, struct msgport_send_right *right)
{
	m->right = right;
	m->process = right->process;
	right->pins++;
	right->process->users++;
}

/**
 * msgport_attach() - tie a message to its right, badge and process
 * @m: BUILT, by the calling process
 * @right: that it is sent through
 * @spares: of msgport_spares_get()
 *
 * Under the port's lock.  Returns false if something must be allocated first:
 * unlock, msgport_spares_get(), and try again.
 */
bool msgport_attach(struct msgport_message *m, struct msgport_send_right *right,
		    struct msgport_spares *spares)
{
	if (!attach_process(m, right, spares))
		return false;
	m->right = right;
	right->pins++;
	if (likely(!m->priority))
		return true;
	if (!widen_all(m, spares)) {
		msgport_send_right_unpin(msgport_detach(m));
		return false;
	}
	WRITE_ONCE(right->all_wide, true);
	return true;
}

/**
 * msgport_detach() - untie a message that is in no queue and at no gate
 * @m: attached
 *
 * Under the port's lock.  Returns the right, with the message's pin on it, so
 * that it is still there when its gates advance and its pollers are told; the
 * caller ends with msgport_send_right_unpin().
 */
struct msgport_send_right *msgport_detach(struct msgport_message *m)
{
	struct msgport_send_right *right = m->right;

	msgport_process_put(right->port->traffic, m->process);
	m->process = NULL;
	m->right = NULL;
	return right;
}

/* Who sends it, and since when: the calling thread. */
void msgport_message_name(struct msgport_message *m, u64 now)
{
	m->sent_at = now;
	m->uid = current_euid();
	m->gid = current_egid();
	if (task_pid(current) != task_tgid(current))
		m->tid = get_pid(task_pid(current));
}

/**
 * msgport_message_sign() - make an answer or event of a message
 * @m: BUILT, with an extra
 * @kind: MSGPORT_KIND_*, not data
 *
 * In the calling process's name.
 */
void msgport_message_sign(struct msgport_message *m, u8 kind)
{
	struct msgport_extra *extra = msgport_extra(m);

	extra->kind = kind;
	extra->tgid = get_pid(task_tgid(current));
	extra->start_time = current->group_leader->start_boottime;
	extra->cookie = 0;
	extra->account = NULL;
	m->subject = 0;
}

/* The caller's name for a user and a group, as a rule the kernel's own. */
static u32 uid_here(kuid_t uid)
{
	struct user_namespace *ns = current_user_ns();

	return likely(ns == &init_user_ns) ? __kuid_val(uid) : from_kuid_munged(ns, uid);
}

static u32 gid_here(kgid_t gid)
{
	struct user_namespace *ns = current_user_ns();

	return likely(ns == &init_user_ns) ? __kgid_val(gid) : from_kgid_munged(ns, gid);
}

/* Of an answer that the kernel makes for a call, in the caller's name; zeros before. */
void msgport_stamp_self(struct msgport_stamp *stamp, u32 kind)
{
	stamp->kind = kind;
	stamp->sent_at = ktime_get_ns() + msgport_time_offset();
	stamp->start_time = current->group_leader->start_boottime;
	stamp->pid = task_tgid_vnr(current);
	stamp->tid = task_pid_vnr(current);
	stamp->uid = uid_here(current_euid());
	stamp->gid = gid_here(current_egid());
}

/* What the receiver is told of the answer that is due; under the port's lock. */
void msgport_stamp_due(struct msgport_stamp *stamp, const struct msgport_due *due)
{
	if (!due || due->sync)
		return;
	stamp->answer_size = due->size;
	stamp->answer_fds = due->fds;
}

/* By which right and process it was sent. */
static void fill_sent(struct msgport_stamp *stamp, const struct msgport_message *m,
		      struct pid_namespace *ns)
{
	stamp->badge = m->right->badge->badge;
	stamp->source = m->right->id;
	stamp->start_time = m->process->start_time;
	stamp->pid = pid_nr_ns(m->process->tgid, ns);
	stamp->kind = MSGPORT_KIND_DATA;
	stamp->reason = 0;
}

/* An answer or event: through no right. */
static void fill_answer(struct msgport_stamp *stamp, const struct msgport_message *m,
			const struct msgport_extra *extra, struct pid_namespace *ns)
{
	stamp->badge = m->subject;
	stamp->source = 0;
	stamp->start_time = extra->start_time;
	stamp->pid = pid_nr_ns(extra->tgid, ns);
	stamp->kind = extra->kind;
	stamp->reason = extra->reason;
}

/**
 * msgport_stamp_fill() - the kernel's word, in the receiver's namespaces
 * @stamp: all of it is written
 * @m: in hand, or under the port's lock; or an answer
 */
void msgport_stamp_fill(struct msgport_stamp *stamp, struct msgport_message *m)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	if (unlikely(msgport_is_answer(m)))
		fill_answer(stamp, m, msgport_extra(m), ns);
	else
		fill_sent(stamp, m, ns);
	stamp->sequence = m->sequence;
	stamp->sent_at = m->sent_at + msgport_time_offset();
	stamp->answer_size = 0;
	stamp->missed = m->has_extra ? msgport_extra(m)->missed : 0;
	stamp->tid = m->tid ? pid_nr_ns(m->tid, ns) : stamp->pid;
	stamp->uid = uid_here(m->uid);
	stamp->gid = gid_here(m->gid);
	stamp->deliveries = m->deliveries;
	stamp->answer_fds = 0;
}

/* Would all that the kernel says of who sent them be the same? */
static bool same_sender(const struct msgport_message *a, const struct msgport_message *b)
{
	return a->right == b->right && a->process == b->process &&
	       uid_eq(a->uid, b->uid) && gid_eq(a->gid, b->gid) && !a->tid && !b->tid;
}

/**
 * msgport_stamp_next() - the same for one of several messages
 * @stamp: as filled for @before
 * @m: in hand, without an extra
 * @before: likewise; NULL: none yet
 */
void msgport_stamp_next(struct msgport_stamp *stamp, struct msgport_message *m,
			const struct msgport_message *before)
{
	if (!before || unlikely(!same_sender(m, before))) {
		msgport_stamp_fill(stamp, m);
		return;
	}
	stamp->sequence = m->sequence;
	stamp->sent_at = m->sent_at + msgport_time_offset();
	stamp->deliveries = m->deliveries;
}
