/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ioctls.  Only the files called ioctl*.c copy argument structures.
 *
 *	ioctl.c		the table: each verb's structure, its size, the kinds of
 *			descriptor it works on, its handler; copies in
 *	ioctl_right.c	verbs that make and end rights and names
 *	ioctl_message.c	send and receive
 *	ioctl_look.c	version, stat, limits, list
 *
 * A handler gets the structure in kernel memory and answers what has changed.
 */
#ifndef _MSGPORT_IOCTL_H
#define _MSGPORT_IOCTL_H

#include <linux/uaccess.h>
#include <linux/msgport.h>

#include "right.h"

/* One ioctl under way: the descriptor, and the structure in both places. */
struct msgport_request {
	struct file *file;
	u32 kind;			/* MSGPORT_IS_*, what the descriptor is */
	void __user *user;
	union {
		u32 size;
		struct msgport_version version;
		struct msgport_create create;
		struct msgport_connect connect;
		struct msgport_mint mint;
		struct msgport_reopen reopen;
		struct msgport_unlink unlink;
		struct msgport_send send;
		struct msgport_receive receive;
		struct msgport_stat stat;
		struct msgport_limits limits;
		struct msgport_list list;
	};
};

static inline int msgport_answer(const struct msgport_request *req, const void *arg,
				 size_t size)
{
	return copy_to_user(req->user, arg, size) ? -EFAULT : 0;
}

long msgport_ioctl(struct file *file, u32 kind, unsigned int cmd, unsigned long arg);

long msgport_verb_version(struct msgport_request *req);
long msgport_verb_create(struct msgport_request *req);
long msgport_verb_connect(struct msgport_request *req);
long msgport_verb_mint(struct msgport_request *req);
long msgport_verb_reopen(struct msgport_request *req);
long msgport_verb_unlink(struct msgport_request *req);
long msgport_verb_send(struct msgport_request *req);
long msgport_verb_receive(struct msgport_request *req);
long msgport_verb_stat(struct msgport_request *req);
long msgport_verb_limits(struct msgport_request *req);
long msgport_verb_list(struct msgport_request *req);

#endif
