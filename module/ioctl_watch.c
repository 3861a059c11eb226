// SPDX-License-Identifier: GPL-2.0
/* Verbs that watch and stop watching. */

#include <linux/file.h>

#include "compat.h"
#include "ioctl.h"
#include "port.h"
#include "right.h"
#include "watch.h"

/* What a right of either kind has to do with watches. */
static struct msgport_port *watched(const struct msgport_request *req,
				    struct rb_root **owner)
{
	struct msgport_receive_right *receive = req->file->private_data;
	struct msgport_send_right *send = req->file->private_data;

	if (req->kind == MSGPORT_IS_SEND) {
		*owner = &send->watches;
		return send->port;
	}
	*owner = &receive->watches;
	return receive->port;
}

static bool has_subject(u32 what)
{
	return what == MSGPORT_WATCH_BADGE || what == MSGPORT_WATCH_SOURCE;
}

/* The id is written by the kernel's own copy once the watch can only succeed. */
static long watch(struct msgport_request *req, struct msgport_receive_right *home)
{
	struct msgport_watch __user *user = req->user;
	struct msgport_watch_request request = {
		.home = home,
		.what = req->watch.what,
		.subject = req->watch.badge,
		.cookie = req->watch.cookie,
	};
	u64 id;
	int err;

	request.port = watched(req, &request.owner);
	/* a structure that cannot be written changes nothing */
	if (put_user(0, &user->id))
		return -EFAULT;
	err = msgport_watch_add(&request, &id);
	if (err)
		return err;
	if (likely(!put_user(id, &user->id)))
		return 0;
	/* it could a moment ago; the event may have arrived already */
	msgport_watch_remove(request.port, request.owner, id);
	return -EFAULT;
}

long msgport_verb_watch(struct msgport_request *req)
{
	const struct msgport_watch *arg = &req->watch;
	struct msgport_receive_right *home;
	struct fd f;
	long err = -EBADF;

	if (!arg->what || arg->what > MSGPORT_WATCH_SOURCE || arg->reserved ||
	    (arg->badge && !has_subject(arg->what)))
		return -EINVAL;
	f = fdget(arg->event_fd);
	if (!fd_file(f))
		return err;
	home = msgport_receive_right_of(fd_file(f));
	if (home)
		err = watch(req, home);
	fdput(f);
	return err;
}

long msgport_verb_unwatch(struct msgport_request *req)
{
	struct msgport_port *port;
	struct rb_root *owner;

	if (req->unwatch.flags)
		return -EINVAL;
	port = watched(req, &owner);
	return msgport_watch_remove(port, owner, req->unwatch.id);
}
