// SPDX-License-Identifier: GPL-2.0
/* Descriptors: poll, signals, read and write, and what /proc tells. */

#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/uio.h>

#include "call.h"
#include "compat.h"
#include "delivery.h"
#include "ioctl.h"
#include "limits.h"
#include "message.h"
#include "payload.h"
#include "name.h"
#include "port.h"
#include "quota.h"
#include "receive.h"
#include "right.h"
#include "send.h"
#include "stamp.h"
#include "uring.h"
#include "wake.h"

/* ---- receive rights ---- */

/* Who polls in vain is about to sleep: wakes senders that were woken late. */
static __poll_t receive_poll(struct file *file, poll_table *wait)
{
	struct msgport_receive_right *right = file->private_data;
	struct msgport_port *port = right->port;
	struct msgport_wakeups wk MSGPORT_UNINITIALIZED;
	__poll_t events = 0;

	poll_wait(file, &port->readers, wait);
	msgport_wakeups_init(&wk);
	spin_lock(&port->lock);
	if (!msgport_port_readable(port))
		msgport_senders_flush(port, &wk);
	if (msgport_port_readable(port))
		events = EPOLLIN | EPOLLRDNORM;
	if (msgport_port_ended(port))
		events |= EPOLLRDHUP | (right->stream ? EPOLLHUP | EPOLLIN : 0);
	spin_unlock(&port->lock);
	msgport_wake(port, &wk);
	return events;
}

static int receive_fasync(int fd, struct file *file, int on)
{
	struct msgport_receive_right *right = file->private_data;

	return fasync_helper(fd, file, on, &right->port->fasync);
}

/* One message a read; what a stream cannot carry stays for receive. */
static ssize_t receive_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct msgport_receive_right *right = iocb->ki_filp->private_data;
	bool nonblock = iocb->ki_filp->f_flags & O_NONBLOCK ||
			iocb->ki_flags & IOCB_NOWAIT;
	struct msgport_wanted wanted = {
		.flags = MSGPORT_SETTLE | (nonblock ? MSGPORT_NONBLOCK : 0),
		.stream = true,
		.room = iov_iter_count(to),
		.fd_room = MSGPORT_FDS_MAX,	/* any is too many for a stream */
		.deadline = MSGPORT_FOREVER,
	};
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	struct msgport_inbound in MSGPORT_UNINITIALIZED;
	int err;

	/* as of a pipe: nothing is taken, nobody waits */
	if (!wanted.room)
		return 0;
	WRITE_ONCE(right->stream, true);
	in.stamp = NULL;
	msgport_buffer_of_iter(&buffer, to);
	err = msgport_receive(right, &wanted, &in);
	if (err)
		return err == -ENODATA ? 0 : err;
	err = msgport_message_copy(in.message, &buffer);
	err = msgport_receive_finish(right, &in, err);
	if (err)
		return err;
	iov_iter_advance(to, in.size);
	return in.size;
}

static void show_port(struct seq_file *seq, struct msgport_port *port)
{
	spin_lock(&port->lock);
	seq_printf(seq, "msgport-port:\t%llu\nmsgport-queued:\t%u\nmsgport-max-msgs:\t%u\n"
			"msgport-bytes:\t%llu\nmsgport-max-bytes:\t%llu\nmsgport-dead:\t%d\nmsgport-sets:\t%u\n",
		   port->id, msgport_port_queued(port), port->gate.limit, port->gate.bytes,
		   port->gate.max_bytes, port->state == MSGPORT_PORT_DEAD,
		   port->memberships);
	spin_unlock(&port->lock);
}

static void receive_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct msgport_receive_right *right = file->private_data;

	seq_puts(seq, "msgport-kind:\treceive\n");
	show_port(seq, right->port);
}

static int receive_flush(struct file *file, fl_owner_t id)
{
	msgport_taker_leave(file->private_data, id);
	return 0;
}

static int receive_release(struct inode *inode, struct file *file)
{
	msgport_receive_right_close(file->private_data);
	return 0;
}

static long receive_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return msgport_ioctl(file, MSGPORT_IS_RECEIVE, cmd, arg);
}

#if MSGPORT_HAS_URING
static int receive_uring(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return msgport_uring(cmd, issue_flags, MSGPORT_IS_RECEIVE);
}
#endif

static const struct file_operations receive_fops = {
	.owner = THIS_MODULE,
	.flush = receive_flush,
	.release = receive_release,
	.poll = receive_poll,
	.fasync = receive_fasync,
	.read_iter = receive_read,
	.unlocked_ioctl = receive_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
#if MSGPORT_HAS_URING
	.uring_cmd = receive_uring,
#endif
	.show_fdinfo = receive_show_fdinfo,
	.llseek = noop_llseek,
};

/* ---- send rights ---- */

/* Would the caller's own account take a message more? */
static bool can_pay(struct msgport_send_right *right, u32 cost)
{
	struct msgport_account *account = right->share->account;
	bool room;

	if (likely(msgport_account_is_mine(account)))
		return msgport_pending_room(account, cost, &right->wish);
	account = msgport_account_get();
	if (!account)
		return true;
	room = msgport_pending_room(account, cost, &right->wish);
	msgport_account_put(account);
	return room;
}

static __poll_t send_poll(struct file *file, poll_table *wait)
{
	struct msgport_send_right *right = file->private_data;
	struct msgport_port *port = right->port;
	struct msgport_share *share = right->share;
	u32 cost = msgport_message_cost(READ_ONCE(port->max_size), true);
	__poll_t events = 0;

	poll_wait(file, &right->writers, wait);
	poll_wait(file, &port->traffic->writers, wait);
	spin_lock(&port->lock);
	/* who polls in vain is told when somebody else has spent it */
	if (unlikely(right->mint_flags & MSGPORT_MINT_ONCE))
		right->wants_credit = true;
	if (port->state == MSGPORT_PORT_DEAD || msgport_send_right_spent(right))
		events = EPOLLHUP | EPOLLERR | EPOLLOUT | EPOLLWRNORM;
	else if (!msgport_gate_has_room(&right->gate, 0))
		right->wants_credit = true;
	else if (!msgport_port_has_room(port) ||
		 !msgport_gate_has_room(&share->gate, cost))
		port->traffic->wants_room = true;
	else
		events = EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&port->lock);
	if (events == (EPOLLOUT | EPOLLWRNORM) && !can_pay(right, cost))
		events = 0;
	return events;
}

static int send_fasync(int fd, struct file *file, int on)
{
	struct msgport_send_right *right = file->private_data;

	return fasync_helper(fd, file, on, &right->port->traffic->fasync);
}

/**
 * msgport_write_begin() - what a write asks to be sent: one message
 * @iocb: of the write
 * @from: its payload
 * @buffer: filled in
 * @out: filled in, with @buffer in it
 *
 * The stamp says who opened the right: a set-uid program that inherits it must not
 * be made to speak for its own user.
 */
int msgport_write_begin(struct kiocb *iocb, struct iov_iter *from,
			struct msgport_buffer *buffer, struct msgport_outbound *out)
{
	struct file *file = iocb->ki_filp;

	msgport_buffer_of_iter(buffer, from);
	*out = (struct msgport_outbound){
		.buffer = buffer,
		.deadline = MSGPORT_FOREVER,
		.nonblock = file->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT,
	};
	if (!buffer->size)
		return -EINVAL;
	if (!uid_eq(current_euid(), file->f_cred->euid) ||
	    !gid_eq(current_egid(), file->f_cred->egid))
		return -EPERM;
	return 0;
}

static ssize_t send_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct msgport_outbound out MSGPORT_UNINITIALIZED;
	struct msgport_buffer buffer MSGPORT_UNINITIALIZED;
	int err = msgport_write_begin(iocb, from, &buffer, &out);

	if (!err)
		err = msgport_send(iocb->ki_filp->private_data, &out);
	if (err)
		return err;
	iov_iter_advance(from, buffer.size);
	return buffer.size;
}

static void send_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct msgport_send_right *right = file->private_data;
	u32 window;

	spin_lock(&right->port->lock);
	window = msgport_send_right_window(right);
	spin_unlock(&right->port->lock);
	seq_printf(seq, "msgport-kind:\tsend\nmsgport-source:\t%llu\nmsgport-badge:\t%llu\n"
			"msgport-max-priority:\t%u\nmsgport-window:\t%u\n"
			"msgport-mint-flags:\t%#x\n", right->id, right->badge->badge,
		   right->max_priority, window, right->mint_flags);
	show_port(seq, right->port);
}

static int send_flush(struct file *file, fl_owner_t id)
{
	msgport_calls_leave(file->private_data, id);
	return 0;
}

static int send_release(struct inode *inode, struct file *file)
{
	msgport_send_right_close(file->private_data);
	return 0;
}

static long send_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return msgport_ioctl(file, MSGPORT_IS_SEND, cmd, arg);
}

#if MSGPORT_HAS_URING
static int send_uring(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return msgport_uring(cmd, issue_flags, MSGPORT_IS_SEND);
}
#endif

static const struct file_operations send_fops = {
	.owner = THIS_MODULE,
	.flush = send_flush,
	.release = send_release,
	.poll = send_poll,
	.fasync = send_fasync,
	.write_iter = send_write,
	.unlocked_ioctl = send_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
#if MSGPORT_HAS_URING
	.uring_cmd = send_uring,
#endif
	.show_fdinfo = send_show_fdinfo,
	.llseek = noop_llseek,
};

/* ---- the control descriptor ---- */

static int control_open(struct inode *inode, struct file *file)
{
	file->private_data = msgport_ns_current();
	return stream_open(inode, file);
}

static int control_release(struct inode *inode, struct file *file)
{
	msgport_ns_put(file->private_data);
	return 0;
}

static void control_show_fdinfo(struct seq_file *seq, struct file *file)
{
	seq_puts(seq, "msgport-kind:\tcontrol\n");
}

/* Messages are read and written on rights; without this it would be EINVAL. */
static ssize_t control_read_write(struct kiocb *iocb, struct iov_iter *iter)
{
	return -EBADF;
}

static long control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return msgport_ioctl(file, MSGPORT_IS_CONTROL, cmd, arg);
}

const struct file_operations msgport_control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.release = control_release,
	.read_iter = control_read_write,
	.write_iter = control_read_write,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = control_show_fdinfo,
	.llseek = noop_llseek,
};

/* A file of a right or group, which it owns. */
struct file *msgport_right_file(const char *name, const struct file_operations *fops,
				void *right, int flags)
{
	struct file *file = anon_inode_getfile(name, fops, right, flags);

	if (!IS_ERR(file)) {
		stream_open(file_inode(file), file);
		/* io_uring tries without waiting, then arms poll */
		file->f_mode |= FMODE_NOWAIT;
	}
	return file;
}

/* A file that owns the receive right; on error the right stays the caller's. */
struct file *msgport_receive_file(struct msgport_receive_right *right)
{
	return msgport_right_file("[msgport-receive]", &receive_fops, right, O_RDONLY);
}

/* The receive right that a descriptor stands for, or NULL. */
struct msgport_receive_right *msgport_receive_right_of(const struct file *file)
{
	return file->f_op == &receive_fops ? file->private_data : NULL;
}

struct file *msgport_send_file(struct msgport_send_right *right)
{
	return msgport_right_file("[msgport-send]", &send_fops, right, O_WRONLY);
}

bool msgport_is_send_file(const struct file *file)
{
	return file->f_op == &send_fops;
}
