// SPDX-License-Identifier: GPL-2.0
/* Verbs that look: version, verify, stat, limits, list. */

#include <linux/sched/signal.h>

#include "files.h"
#include "group.h"
#include "compat.h"
#include "ioctl.h"
#include "limits.h"
#include "name.h"
#include "port.h"
#include "right.h"
#include "stat.h"

long msgport_verb_version(struct msgport_request *req)
{
	req->version.abi = MSGPORT_ABI;
	req->version.features = MSGPORT_FEATURE_PORTS | MSGPORT_FEATURE_CALLS |
				MSGPORT_FEATURE_ACK | MSGPORT_FEATURE_WATCH |
				MSGPORT_FEATURE_SETS | MSGPORT_FEATURE_GROUPS |
				MSGPORT_FEATURE_BATCHES |
				(MSGPORT_HAS_URING ? MSGPORT_FEATURE_URING : 0) |
				MSGPORT_FEATURE_VERIFY | msgport_files_features();
	return msgport_answer(req, &req->version, sizeof(req->version));
}

/*
 * The number is looked up first, then the start time compared: a descriptor that
 * was opened by the number before is proven to be of the same process, if that
 * has not ended meanwhile.
 */
long msgport_verb_verify(struct msgport_request *req)
{
	struct task_struct *task;
	long err = -ESRCH;

	rcu_read_lock();
	task = pid_task(find_vpid(req->verify.pid), PIDTYPE_TGID);
	if (task && task->start_boottime == req->verify.start_time &&
	    atomic_read(&task->signal->live))
		err = 0;
	rcu_read_unlock();
	return err;
}

long msgport_verb_stat(struct msgport_request *req)
{
	void *object = req->file->private_data;
	u32 size = req->stat.size;

	memset(&req->stat, 0, sizeof(req->stat));
	req->stat.size = size;
	req->stat.what = req->kind;
	if (req->kind == MSGPORT_IS_CONTROL)
		msgport_stat_ns(object, &req->stat);
	else if (req->kind == MSGPORT_IS_RECEIVE)
		msgport_stat_port(((struct msgport_receive_right *)object)->port,
				  &req->stat);
	else if (req->kind == MSGPORT_IS_GROUP)
		msgport_stat_group(object, &req->stat);
	else if (req->kind == MSGPORT_IS_SET)
		msgport_stat_set(object, &req->stat);
	else
		msgport_stat_send(object, &req->stat);
	return msgport_answer(req, &req->stat, sizeof(req->stat));
}

long msgport_verb_limits(struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;
	long err;

	if (req->limits.flags & ~MSGPORT_LIMITS_FLAGS)
		return -EINVAL;
	/* what it says already: a structure that cannot be written changes nothing */
	err = msgport_answer(req, &req->limits, sizeof(req->limits));
	if (err)
		return err;
	err = msgport_limits_set(right->port, &req->limits);
	if (err)
		return err;
	return msgport_answer(req, &req->limits, sizeof(req->limits));
}

static bool next_of_list(struct msgport_ns *ns, struct msgport_list *arg,
			 struct msgport_port_info *info)
{
	if (arg->flags & MSGPORT_LIST_GROUPS)
		return msgport_list_next_group(ns, &arg->after, info);
	return msgport_list_next(ns, &arg->after, info);
}

long msgport_verb_list(struct msgport_request *req)
{
	struct msgport_ns *ns = req->file->private_data;
	struct msgport_list *arg = &req->list;
	struct msgport_port_info info;
	u64 to = arg->ports;
	u32 n = 0;
	int err;

	if (arg->flags & ~MSGPORT_LIST_FLAGS || arg->element_size < sizeof(info))
		return -EINVAL;
	while (n < arg->count && next_of_list(ns, arg, &info)) {
		if (copy_to_user(u64_to_user_ptr(to), &info, sizeof(info)) ||
		    clear_user(u64_to_user_ptr(to + sizeof(info)),
			       arg->element_size - sizeof(info)))
			return -EFAULT;
		to += arg->element_size;
		n++;
		cond_resched();
		if (signal_pending(current))
			break;
	}
	err = msgport_answer(req, arg, sizeof(*arg));
	return err ?: n;
}

