// SPDX-License-Identifier: GPL-2.0
/* Verbs of groups: group_create, join, leave, expel. */

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "group.h"
#include "ioctl.h"
#include "limits.h"
#include "name.h"
#include "port.h"
#include "right.h"

static int check_create(const struct msgport_group_create *arg)
{
	if (arg->flags || arg->reserved || arg->mode & ~0666 ||
	    arg->max_members > MSGPORT_MEMBERS_MAX || (!arg->name && arg->name_len))
		return -EINVAL;
	return 0;
}

/* Published last: nobody finds a name whose descriptor could not be made. */
static long create(struct msgport_request *req, struct msgport_group *group,
		   struct msgport_name **name)
{
	struct file *file;
	int fd, err;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = msgport_group_open(group, MSGPORT_PRIORITY_MAX);
	err = PTR_ERR_OR_ZERO(file);
	if (!err) {
		err = msgport_group_publish(group, *name);
		if (err)
			fput(file);
	}
	if (err) {
		put_unused_fd(fd);
		return err;
	}
	*name = NULL;
	fd_install(fd, file);
	return fd;
}

long msgport_verb_group_create(struct msgport_request *req)
{
	const struct msgport_group_create *arg = &req->group_create;
	struct msgport_ns *ns = req->file->private_data;
	struct msgport_name *name = NULL;
	struct msgport_group *group;
	long fd = check_create(arg);

	if (fd)
		return fd;
	if (arg->name) {
		name = msgport_name_new(arg->name, arg->name_len);
		if (IS_ERR(name))
			return PTR_ERR(name);
		if (!msgport_name_allowed(ns, name)) {
			kfree(name);
			return -EPERM;
		}
	}
	group = msgport_group_new(ns, arg);
	fd = PTR_ERR_OR_ZERO(group);
	if (!fd) {
		fd = create(req, group, &name);
		/* the descriptor has it, if there is one */
		msgport_group_close(group);
		msgport_group_put(group);
	}
	kfree(name);
	return fd;
}

/* The group of a name in the namespace of the caller's port, pinned. */
static struct msgport_group *find_group(struct msgport_request *req, u64 name, u32 len)
{
	struct msgport_receive_right *right = req->file->private_data;
	struct msgport_named found;
	int err = msgport_find_named(right->port->ns, name, len, &found);

	if (err)
		return ERR_PTR(err);
	if (found.group)
		return found.group;
	msgport_named_put(found);
	return ERR_PTR(-ENOENT);
}

long msgport_verb_join(struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;
	const struct msgport_join *arg = &req->join;
	struct msgport_group *group;
	long err = -EACCES;

	if (arg->flags & ~MSGPORT_JOIN_FLAGS || arg->reserved)
		return -EINVAL;
	group = find_group(req, arg->name, arg->name_len);
	if (IS_ERR(group))
		return PTR_ERR(group);
	if (msgport_may_connect(group->ns, group->uid, group->gid, group->mode, 0004))
		err = msgport_join(group, right->port, arg->flags & MSGPORT_JOIN_LOSSY);
	msgport_group_put(group);
	return err;
}

long msgport_verb_leave(struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;
	const struct msgport_leave *arg = &req->leave;
	struct msgport_group *group;
	long err;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	group = find_group(req, arg->name, arg->name_len);
	if (IS_ERR(group))
		return PTR_ERR(group);
	err = msgport_leave(group, right->port->id);
	msgport_group_put(group);
	return err;
}

long msgport_verb_expel(struct msgport_request *req)
{
	struct msgport_publisher *publisher = req->file->private_data;

	if (req->expel.flags)
		return -EINVAL;
	if (!uid_eq(current_euid(), publisher->group->uid))
		return -EPERM;
	return msgport_leave(publisher->group, req->expel.port);
}
