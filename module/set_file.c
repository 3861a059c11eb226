// SPDX-License-Identifier: GPL-2.0
/* The descriptor of a set: poll, signals, and what /proc tells. */

#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "ioctl.h"
#include "port.h"
#include "set.h"
#include "uring.h"

static __poll_t set_poll(struct file *file, poll_table *wait)
{
	struct msgport_set *set = file->private_data;

	poll_wait(file, &set->readers, wait);
	return msgport_set_readable(set) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int set_fasync(int fd, struct file *file, int on)
{
	struct msgport_set *set = file->private_data;

	return fasync_helper(fd, file, on, &set->fasync);
}

static int set_flush(struct file *file, fl_owner_t id)
{
	msgport_set_leave(file->private_data, id);
	return 0;
}

static int set_release(struct inode *inode, struct file *file)
{
	msgport_set_close(file->private_data);
	return 0;
}

static long set_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return msgport_ioctl(file, MSGPORT_IS_SET, cmd, arg);
}

/* Messages are read on a receive right: without this it would be EINVAL. */
static ssize_t set_read_write(struct kiocb *iocb, struct iov_iter *iter)
{
	return -EBADF;
}

static void set_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct msgport_set *set = file->private_data;
	struct msgport_member *member;
	unsigned long slot;

	seq_printf(seq, "msgport-kind:\tset\nmsgport-set:\t%llu\nmsgport-members:\t%u\n"
			"msgport-waiting:\t%u\n",
		   set->id, READ_ONCE(set->count), READ_ONCE(set->waiting));
	for (slot = 1; (member = msgport_set_next(set, &slot)); slot++) {
		seq_printf(seq, "msgport-member:\tport %llu cookie %llu\n",
			   member->port->id, READ_ONCE(member->cookie));
		msgport_member_unpin(member);
		cond_resched();
	}
}

#if MSGPORT_HAS_URING
static int set_uring(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return msgport_uring(cmd, issue_flags, MSGPORT_IS_SET);
}
#endif

static const struct file_operations set_fops = {
	.owner = THIS_MODULE,
	.flush = set_flush,
	.release = set_release,
	.poll = set_poll,
	.fasync = set_fasync,
	.read_iter = set_read_write,
	.write_iter = set_read_write,
	.unlocked_ioctl = set_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
#if MSGPORT_HAS_URING
	.uring_cmd = set_uring,
#endif
	.show_fdinfo = set_show_fdinfo,
	.llseek = noop_llseek,
};

/* A file that owns the set; on error the set stays the caller's. */
struct file *msgport_set_file(struct msgport_set *set)
{
	struct file *file = anon_inode_getfile("[msgport-set]", &set_fops, set, O_RDONLY);

	if (!IS_ERR(file))
		stream_open(file_inode(file), file);
	return file;
}
