// SPDX-License-Identifier: GPL-2.0
/* Descriptors of groups: poll, signals, write, and what /proc tells. */

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/uio.h>

#include "compat.h"
#include "group.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "port.h"
#include "quota.h"
#include "right.h"
#include "send.h"
#include "uring.h"

/* Would the caller's own account take a message of a page more? */
static bool can_pay(struct msgport_publisher *publisher)
{
	struct msgport_account *account = msgport_account_get();
	u32 cost = msgport_message_cost(PAGE_SIZE, false) +
		   READ_ONCE(publisher->group->count) * MSGPORT_OBJECT;
	bool room;

	if (!account)
		return true;
	room = msgport_pending_room(account, cost, &publisher->wish);
	msgport_account_put(account);
	return room;
}

static __poll_t group_poll(struct file *file, poll_table *wait)
{
	struct msgport_publisher *publisher = file->private_data;

	poll_wait(file, &publisher->group->writers, wait);
	if (msgport_group_has_room(publisher) && can_pay(publisher))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}

static int group_fasync(int fd, struct file *file, int on)
{
	struct msgport_publisher *publisher = file->private_data;

	return fasync_helper(fd, file, on, &publisher->group->fasync);
}

static ssize_t group_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct msgport_outbound out MSGPORT_UNINITIALIZED;
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	int err = msgport_write_begin(iocb, from, &buffer, &out);

	if (!err)
		err = msgport_group_send(iocb->ki_filp->private_data, &out);
	if (err)
		return err;
	iov_iter_advance(from, buffer.size);
	return buffer.size;
}

/* The end of a line; under the group's lock. */
void msgport_membership_show(struct seq_file *seq, struct msgport_membership *member,
			     struct msgport_publisher *publisher)
{
	seq_printf(seq, "port %llu", member->port->id);
	if (member->lossy)
		seq_puts(seq, " lossy");
	if (member->missed)
		seq_printf(seq, " missed %llu", member->missed);
	if (msgport_membership_full(member, publisher))
		seq_puts(seq, " full");
	seq_putc(seq, '\n');
}

static void group_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct msgport_publisher *publisher = file->private_data;
	struct msgport_group *group = publisher->group;
	struct rb_node *node;

	mutex_lock(&group->lock);
	seq_printf(seq, "msgport-kind:\tgroup\nmsgport-source:\t%llu\nmsgport-members:\t%u\n"
			"msgport-max-members:\t%u\nmsgport-sent:\t%llu\nmsgport-missed:\t%llu\n",
		   group->id, group->count, group->max_members, group->sent,
		   group->missed);
	for (node = rb_first(&group->members); node; node = rb_next(node)) {
		seq_puts(seq, "msgport-member:\t");
		msgport_membership_show(seq, rb_entry(node, struct msgport_membership, node),
					publisher);
		cond_resched();
	}
	msgport_group_unlock(group);
}

static int group_release(struct inode *inode, struct file *file)
{
	msgport_publisher_close(file->private_data);
	return 0;
}

static long group_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return msgport_ioctl(file, MSGPORT_IS_GROUP, cmd, arg);
}

#if MSGPORT_HAS_URING
static int group_uring(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return msgport_uring(cmd, issue_flags, MSGPORT_IS_GROUP);
}
#endif

static const struct file_operations group_fops = {
	.owner = THIS_MODULE,
	.release = group_release,
	.poll = group_poll,
	.fasync = group_fasync,
	.write_iter = group_write,
	.unlocked_ioctl = group_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
#if MSGPORT_HAS_URING
	.uring_cmd = group_uring,
#endif
	.show_fdinfo = group_show_fdinfo,
	.llseek = noop_llseek,
};

/* A new descriptor's file; it owns the publisher. */
struct file *msgport_group_open(struct msgport_group *group, u8 max_priority)
{
	struct msgport_publisher *publisher = msgport_publisher_new(group, max_priority);
	struct file *file;

	if (IS_ERR(publisher))
		return ERR_CAST(publisher);
	file = msgport_right_file("[msgport-group]", &group_fops, publisher, O_WRONLY);
	if (IS_ERR(file))
		msgport_publisher_close(publisher);
	return file;
}
