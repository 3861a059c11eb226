// SPDX-License-Identifier: GPL-2.0
/* Verbs that make and end rights and names. */

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "group.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "name.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "trace.h"

/*
 * Each verb that makes a descriptor reserves, builds, answers the caller and
 * publishes last: nothing fails after others can see the new object.
 */

static int check_create(const struct msgport_create *arg)
{
	bool rendezvous = arg->flags & MSGPORT_RENDEZVOUS;
	u32 max_msgs = arg->max_msgs ?: MSGPORT_DEFAULT_MSGS;
	u32 max_size = arg->max_size ?: MSGPORT_DEFAULT_SIZE;

	if (arg->flags & ~MSGPORT_CREATE_FLAGS || arg->mode & ~0666)
		return -EINVAL;
	if (!arg->name && (arg->name_len || arg->flags & MSGPORT_KEEP))
		return -EINVAL;
	/* a port without receive rights could hold a file for ever */
	if (arg->flags & MSGPORT_KEEP && arg->flags & MSGPORT_DESCRIPTORS)
		return -EINVAL;
	if (rendezvous && (arg->max_msgs || arg->uid_share))
		return -EINVAL;
	if (max_msgs > MSGPORT_MSGS_MAX || arg->max_answers > MSGPORT_MSGS_MAX ||
	    max_size > MSGPORT_SIZE_MAX || arg->uid_share > max_msgs)
		return -EINVAL;
	if (arg->max_deliveries > U8_MAX && arg->max_deliveries != MSGPORT_UNLIMITED)
		return -EINVAL;
	if (arg->max_bytes && (arg->max_bytes < msgport_port_smallest_bytes(max_size) ||
			       arg->max_bytes > MSGPORT_BYTES_MAX))
		return -EINVAL;
	return 0;
}

/* A group that the mode gives nothing to may be any. */
static int group_of(const struct msgport_create *arg, kgid_t *gid)
{
	if (arg->gid == MSGPORT_NO_UID || !arg->name || !(arg->mode & 0060)) {
		*gid = current_egid();
		return 0;
	}
	*gid = make_kgid(current_user_ns(), arg->gid);
	if (!gid_valid(*gid))
		return -EINVAL;
	return in_egroup_p(*gid) ? 0 : -EPERM;
}

/* The file of a port's first receive right; it owns the right and the port. */
static struct file *new_port_file(struct msgport_ns *ns, const struct msgport_create *arg,
				  kgid_t gid, struct msgport_port **result)
{
	struct msgport_receive_right *right;
	struct msgport_port *port;
	struct file *file;

	port = msgport_port_new(ns, arg, gid);
	if (IS_ERR(port))
		return ERR_CAST(port);
	right = msgport_receive_right_new(port);
	/* the right has a reference of its own */
	msgport_port_put(port);
	if (IS_ERR(right))
		return ERR_CAST(right);
	file = msgport_receive_file(right);
	if (IS_ERR(file))
		msgport_receive_right_close(right);
	*result = port;
	return file;
}

static int publish(struct msgport_port *port, struct msgport_name **name, u32 flags)
{
	int err = 0;

	if (flags & MSGPORT_KEEP)
		err = msgport_charge(port->account, MSGPORT_CHARGE_KEPT, 1);
	if (err)
		return err;
	err = msgport_port_publish(port, *name);
	if (!err)
		*name = NULL;
	else if (flags & MSGPORT_KEEP)
		msgport_uncharge(port->account, MSGPORT_CHARGE_KEPT, 1);
	return err;
}

long msgport_verb_create(struct msgport_request *req)
{
	struct msgport_create *arg = &req->create;
	struct msgport_ns *ns = req->file->private_data;
	struct msgport_name *name = NULL;
	struct msgport_port *port;
	struct file *file;
	kgid_t gid;
	int fd, err;

	err = check_create(arg);
	if (!err)
		err = group_of(arg, &gid);
	if (err)
		return err;
	if (arg->name) {
		name = msgport_name_new(arg->name, arg->name_len);
		if (IS_ERR(name))
			return PTR_ERR(name);
		err = msgport_name_allowed(ns, name) ? 0 : -EPERM;
		if (err)
			goto free_name;
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	err = fd;
	if (fd < 0)
		goto free_name;
	file = new_port_file(ns, arg, gid, &port);
	err = PTR_ERR_OR_ZERO(file);
	if (err)
		goto put_fd;
	arg->id = port->id;
	err = msgport_answer(req, arg, sizeof(*arg));
	if (!err)
		err = publish(port, &name, arg->flags);
	if (err)
		goto put_file;
	/* nothing fails from here on */
	trace_msgport_create(port->id, port->gate.limit, port->gate.max_bytes);
	fd_install(fd, file);
	return fd;
put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
free_name:
	kfree(name);
	return err;
}

/* A descriptor for a new file; the structure is answered before it is shown. */
long msgport_install(struct msgport_request *req, struct file *file,
		     const void *arg, size_t size)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	int err = fd < 0 ? fd : 0;

	if (!err && arg)
		err = msgport_answer(req, arg, size);
	if (!err) {
		fd_install(fd, file);
		return fd;
	}
	if (fd >= 0)
		put_unused_fd(fd);
	fput(file);
	return err;
}

static long install_receive(struct msgport_request *req, struct msgport_port *port,
			    const void *arg, size_t size)
{
	struct msgport_receive_right *right = msgport_receive_right_new(port);
	struct file *file;

	if (IS_ERR(right))
		return PTR_ERR(right);
	file = msgport_receive_file(right);
	if (IS_ERR(file)) {
		msgport_receive_right_close(right);
		return PTR_ERR(file);
	}
	return msgport_install(req, file, arg, size);
}

/* The id of the right goes into the structure first. */
static long install_send(struct msgport_request *req, struct msgport_send_right *right,
			 u64 *source, const void *arg, size_t size)
{
	struct file *file;

	if (IS_ERR(right))
		return PTR_ERR(right);
	*source = right->id;
	file = msgport_send_file(right);
	if (IS_ERR(file)) {
		msgport_send_right_close(right);
		return PTR_ERR(file);
	}
	return msgport_install(req, file, arg, size);
}

static bool owned_by(kuid_t actual, u32 owner)
{
	kuid_t uid;

	if (owner == MSGPORT_NO_UID)
		return true;
	uid = make_kuid(current_user_ns(), owner);
	return uid_valid(uid) && uid_eq(uid, actual);
}

/**
 * msgport_find_named() - what a name in user memory stands for
 * @ns: where to look
 * @bytes: address of the name
 * @len: its bytes
 * @found: pinned; end it with msgport_named_put()
 */
int msgport_find_named(struct msgport_ns *ns, u64 bytes, u32 len,
		       struct msgport_named *found)
{
	struct msgport_name *name = msgport_name_new(bytes, len);
	bool known;

	if (IS_ERR(name))
		return PTR_ERR(name);
	known = msgport_name_find(ns, name, found);
	kfree(name);
	return known ? 0 : -ENOENT;
}

/* Ordinary priorities for everybody, the upper half for the owner. */
static u8 default_priority(kuid_t owner)
{
	return uid_eq(current_euid(), owner) ? MSGPORT_PRIORITY_MAX :
					       MSGPORT_PRIORITY_MAX / 2;
}

static long connect_port(struct msgport_request *req, struct msgport_port *port)
{
	struct msgport_connect *arg = &req->connect;
	bool receive = arg->flags & MSGPORT_CONNECT_RECEIVE;
	long fd;

	if (!msgport_name_permits(port, receive ? 0004 : 0002) ||
	    !owned_by(port->uid, arg->owner))
		return -EACCES;
	arg->id = port->id;
	arg->source = 0;
	if (receive)
		fd = install_receive(req, port, arg, sizeof(*arg));
	else
		fd = install_send(req,
				  msgport_send_right_new(port, 0, 0,
							 default_priority(port->uid), 0),
				  &arg->source, arg, sizeof(*arg));
	/* it died after we found it: its name went at the same moment */
	return fd == -EPIPE ? -ENOENT : fd;
}

/* To send to a group; nothing is received from one. */
static long connect_group(struct msgport_request *req, struct msgport_group *group)
{
	struct msgport_connect *arg = &req->connect;
	struct file *file;

	if (arg->flags & MSGPORT_CONNECT_RECEIVE)
		return -EOPNOTSUPP;
	if (!msgport_may_connect(group->ns, group->uid, group->gid, group->mode, 0002) ||
	    !owned_by(group->uid, arg->owner))
		return -EACCES;
	arg->id = 0;
	arg->source = group->id;
	file = msgport_group_open(group, default_priority(group->uid));
	return IS_ERR(file) ? PTR_ERR(file) :
			      msgport_install(req, file, arg, sizeof(*arg));
}

long msgport_verb_connect(struct msgport_request *req)
{
	struct msgport_connect *arg = &req->connect;
	struct msgport_named found;
	long fd;

	if (arg->flags & ~MSGPORT_CONNECT_RECEIVE)
		return -EINVAL;
	fd = msgport_find_named(req->file->private_data, arg->name, arg->name_len, &found);
	if (fd)
		return fd;
	fd = found.port ? connect_port(req, found.port) :
			  connect_group(req, found.group);
	msgport_named_put(found);
	return fd;
}

long msgport_verb_mint(struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;
	struct msgport_mint *arg = &req->mint;

	if (arg->flags & ~MSGPORT_MINT_FLAGS || arg->reserved ||
	    arg->max_priority > MSGPORT_PRIORITY_MAX)
		return -EINVAL;
	return install_send(req, msgport_send_right_new(right->port, arg->badge,
							 arg->window,
							 arg->max_priority,
							 arg->flags),
			    &arg->source, arg, sizeof(*arg));
}

long msgport_verb_reopen(struct msgport_request *req)
{
	struct msgport_receive_right *right = req->file->private_data;

	if (req->reopen.flags)
		return -EINVAL;
	return install_receive(req, right->port, NULL, 0);
}

long msgport_verb_unlink(struct msgport_request *req)
{
	struct msgport_ns *ns = req->file->private_data;
	struct msgport_unlink *arg = &req->unlink;
	struct msgport_named found;
	bool gone;
	long err;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	err = msgport_find_named(ns, arg->name, arg->name_len, &found);
	if (err)
		return err;
	if (uid_eq(current_euid(), found.port ? found.port->uid : found.group->uid) ||
	    ns_capable(ns->user_ns, CAP_SYS_ADMIN)) {
		gone = found.port ? msgport_port_unname(found.port) :
				    msgport_group_unname(found.group);
		err = gone ? 0 : -ENOENT;
	} else {
		err = -EPERM;
	}
	msgport_named_put(found);
	return err;
}
