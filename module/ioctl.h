/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ioctls.  Only the files called ioctl*.c copy argument structures.
 *
 *	ioctl.c		the table: each verb's structure, its size, the kinds of
 *			descriptor it works on, its handler; copies in
 *	ioctl_right.c	verbs that make and end rights and names
 *	ioctl_message.c	send and receive
 *	ioctl_batch.c	the same with a vector of messages
 *	ioctl_answer.c	call, cancel, reply, reply_receive; ack, release, grant
 *	ioctl_watch.c	watch, unwatch
 *	ioctl_group.c	group_create, join, leave, expel
 *	ioctl_set.c	set_create, set_add, set_remove
 *	ioctl_look.c	version, stat, limits, list, verify
 *
 * A handler gets the structure in kernel memory and answers what has changed.
 */
#ifndef _MSGPORT_IOCTL_H
#define _MSGPORT_IOCTL_H

#include <linux/uaccess.h>
#include <linux/msgport.h>

#include "right.h"

struct msgport_buffer;
struct msgport_calling;
struct msgport_inbound;
struct msgport_named;
struct msgport_ns;
struct msgport_outbound;
struct msgport_wanted;

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
		struct msgport_call call;
		struct msgport_cancel cancel;
		struct msgport_reply reply;
		struct msgport_reply_receive reply_receive;
		struct msgport_ack ack;
		struct msgport_release release;
		struct msgport_grant grant;
		struct msgport_verify verify;
		struct msgport_watch watch;
		struct msgport_unwatch unwatch;
		struct msgport_group_create group_create;
		struct msgport_join join;
		struct msgport_leave leave;
		struct msgport_expel expel;
		struct msgport_set_create set_create;
		struct msgport_set_add set_add;
		struct msgport_set_remove set_remove;
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

/* Parts of verbs that several have. */
int msgport_find_named(struct msgport_ns *ns, u64 bytes, u32 len,
		       struct msgport_named *found);
long msgport_install(struct msgport_request *req, struct file *file,
		     const void *arg, size_t size);
bool msgport_nonblock(const struct msgport_request *req, u32 flags);
u64 msgport_host_deadline(u64 deadline);
int msgport_get_outgoing(const struct msgport_outgoing *m, struct msgport_buffer *buffer,
			 struct msgport_outbound *out);
long msgport_send_recorded(struct msgport_request *req, u64 __user *user_id,
			   struct msgport_calling *call, struct msgport_outbound *out);
void msgport_fill_incoming(struct msgport_incoming *m, const struct msgport_inbound *in);
int msgport_tell_needed(struct msgport_incoming __user *user,
			const struct msgport_inbound *in);
int msgport_hand_out(const struct msgport_inbound *in, const struct msgport_buffer *buffer,
		     struct msgport_incoming *m, struct msgport_incoming __user *user);
void msgport_hand_out_undo(const struct msgport_incoming *m,
			   const struct msgport_buffer *buffer, u32 fd_room,
			   struct msgport_incoming __user *user);
int msgport_get_wanted(struct msgport_request *req, const struct msgport_receive *arg,
		       struct msgport_wanted *wanted);
int msgport_check_incoming(const struct msgport_incoming *m);
long msgport_send_one(struct msgport_request *req, const struct msgport_outgoing *m);
long msgport_receive_one(struct msgport_request *req, struct msgport_wanted *wanted,
			 struct msgport_incoming *m, struct msgport_incoming __user *user,
			 struct msgport_inbound *in);
long msgport_send_vector(struct msgport_request *req);
long msgport_receive_vector(struct msgport_request *req, const struct msgport_receive *arg,
			    struct msgport_wanted *wanted);
long msgport_receive_into(struct msgport_request *req, struct msgport_receive *arg,
			  struct msgport_wanted *wanted,
			  struct msgport_receive __user *user);

int msgport_request_get(struct msgport_request *req, struct file *file, u32 kind,
			unsigned int cmd, unsigned long arg);
long msgport_request_run(struct msgport_request *req, unsigned int cmd);
long msgport_ioctl(struct file *file, u32 kind, unsigned int cmd, unsigned long arg);

long msgport_verb_version(struct msgport_request *req);
long msgport_verb_create(struct msgport_request *req);
long msgport_verb_connect(struct msgport_request *req);
long msgport_verb_mint(struct msgport_request *req);
long msgport_verb_reopen(struct msgport_request *req);
long msgport_verb_unlink(struct msgport_request *req);
long msgport_verb_send(struct msgport_request *req);
long msgport_verb_receive(struct msgport_request *req);
long msgport_verb_call(struct msgport_request *req);
long msgport_verb_cancel(struct msgport_request *req);
long msgport_verb_reply(struct msgport_request *req);
long msgport_verb_reply_receive(struct msgport_request *req);
long msgport_verb_ack(struct msgport_request *req);
long msgport_verb_release(struct msgport_request *req);
long msgport_verb_grant(struct msgport_request *req);
long msgport_verb_watch(struct msgport_request *req);
long msgport_verb_unwatch(struct msgport_request *req);
long msgport_verb_group_create(struct msgport_request *req);
long msgport_verb_join(struct msgport_request *req);
long msgport_verb_leave(struct msgport_request *req);
long msgport_verb_expel(struct msgport_request *req);
long msgport_verb_set_create(struct msgport_request *req);
long msgport_verb_set_add(struct msgport_request *req);
long msgport_verb_set_remove(struct msgport_request *req);
long msgport_verb_verify(struct msgport_request *req);
long msgport_verb_stat(struct msgport_request *req);
long msgport_verb_limits(struct msgport_request *req);
long msgport_verb_list(struct msgport_request *req);

#endif
