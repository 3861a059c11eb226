// SPDX-License-Identifier: GPL-2.0
/* Verbs of port sets. */

#include <linux/file.h>

#include "compat.h"
#include "ioctl.h"
#include "set.h"

long msgport_verb_set_create(struct msgport_request *req)
{
	struct msgport_set *set;
	struct file *file;

	if (req->set_create.flags)
		return -EINVAL;
	set = msgport_set_new();
	if (IS_ERR(set))
		return PTR_ERR(set);
	file = msgport_set_file(set);
	if (IS_ERR(file)) {
		msgport_set_close(set);
		return PTR_ERR(file);
	}
	return msgport_install(req, file, NULL, 0);
}

/* A set is no receive right, so there is none in a set. */
long msgport_verb_set_add(struct msgport_request *req)
{
	const struct msgport_set_add *arg = &req->set_add;
	struct msgport_receive_right *right;
	struct fd f;
	long err = -EBADF;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	f = fdget(arg->receive_fd);
	if (!fd_file(f))
		return err;
	right = msgport_receive_right_of(fd_file(f));
	if (right)
		err = msgport_set_add(req->file->private_data, right, arg->cookie);
	fdput(f);
	return err;
}

long msgport_verb_set_remove(struct msgport_request *req)
{
	const struct msgport_set_remove *arg = &req->set_remove;
	struct msgport_receive_right *right;
	struct fd f;
	long err = -EBADF;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	f = fdget(arg->receive_fd);
	if (!fd_file(f))
		return err;
	right = msgport_receive_right_of(fd_file(f));
	if (right)
		err = msgport_set_remove(req->file->private_data, right);
	fdput(f);
	return err;
}
