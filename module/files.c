// SPDX-License-Identifier: GPL-2.0
/* Descriptors in messages: which may travel, taking them, installing them. */

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/net.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "files.h"
#include "quota.h"
#include "right.h"

static atomic_t in_flight;		/* in all messages, for debugfs */

/* Anonymous inodes that hold no file; see files.h. */
static bool is_harmless_anon(struct file *file)
{
	static const char * const names[] = { "[pidfd]", "[signalfd]", "[timerfd]" };
	const char *name = file->f_path.dentry->d_name.name;
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(file);

	if (!IS_ERR(ctx)) {
		eventfd_ctx_put(ctx);
		return true;
	}
	return match_string(names, ARRAY_SIZE(names), name) >= 0;
}

/*
 * Each of these families was read: its sockets hold packets and kernel memory.
 * AF_UNIX carries descriptors itself; KCM, Bluetooth's and PPP's sockets hold
 * other sockets' files or pass their own on.
 */
static bool is_harmless_socket(struct file *file)
{
	struct socket *sock = sock_from_file(file);

	if (!sock)
		return false;
	switch (READ_ONCE(sock->ops)->family) {
	case PF_INET:
	case PF_INET6:
	case PF_NETLINK:
	case PF_PACKET:
	case PF_VSOCK:
	case PF_TIPC:
	case PF_CAN:
	case PF_XDP:
		return true;
	default:
		return false;
	}
}

/*
 * File systems that nobody can mount are the kernel's own, for objects of all
 * sorts; only a memfd's is for files.
 */
static bool is_plain(const struct inode *inode)
{
	if (S_ISFIFO(inode->i_mode))
		return true;
	if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
		return false;
	return !(inode->i_sb->s_flags & SB_NOUSER) ||
	       inode->i_sb->s_magic == TMPFS_MAGIC;
}

static bool may_travel(struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (msgport_is_send_file(file))
		return true;
	if (!MSGPORT_HAS_RECEIVE_FD || file->f_mode & FMODE_PATH)
		return false;
	switch (inode->i_sb->s_magic) {
	case ANON_INODE_FS_MAGIC:
		return is_harmless_anon(file);
	case PID_FS_MAGIC:
		return true;
	case NSFS_MAGIC:
		/* regular files by their mode, and whole worlds behind them */
		return false;
	case SOCKFS_MAGIC:
		return is_harmless_socket(file);
	default:
		return is_plain(inode);
	}
}

static int take(struct msgport_files *files, const s32 *number)
{
	u32 i;

	for (i = 0; i < files->count; i++) {
		/* raw, so that O_PATH is refused as what it is */
		files->file[i] = fget_raw(number[i]);
		if (!files->file[i])
			return -EBADF;
		if (!may_travel(files->file[i]))
			return -EOPNOTSUPP;
	}
	return 0;
}

/* Room for so many, paid for by the caller. */
static struct msgport_files *files_new(u32 count)
{
	struct msgport_files *files = kzalloc(struct_size(files, file, count),
					      GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!files)
		return ERR_PTR(err);
	files->account = msgport_account_get();
	if (files->account)
		err = msgport_charge(files->account, MSGPORT_CHARGE_FDS, count);
	if (err) {
		msgport_account_put(files->account);
		kfree(files);
		return ERR_PTR(err);
	}
	files->count = count;
	atomic_add(count, &in_flight);
	return files;
}

/**
 * msgport_files_get() - take descriptors of the caller's along
 * @fds: address of the caller's array of __s32
 * @count: elements, 1 to MSGPORT_FDS_MAX
 *
 * Ended by msgport_files_free().  -EFAULT, -EBADF for one that is not open,
 * -EOPNOTSUPP for one that may not travel, -EDQUOT, -ENOMEM.
 */
struct msgport_files *msgport_files_get(u64 fds, u32 count)
{
	s32 number[MSGPORT_FDS_MAX] MSGPORT_UNINITIALIZED;
	struct msgport_files *files;
	int err;

	if (copy_from_user(number, u64_to_user_ptr(fds), count * sizeof(*number)))
		return ERR_PTR(-EFAULT);
	files = files_new(count);
	if (IS_ERR(files))
		return files;
	err = take(files, number);
	if (!err)
		return files;
	msgport_files_close(files);
	return ERR_PTR(err);
}

/* Closes what is in flight.  Never under a port's lock. */
void msgport_files_close(struct msgport_files *files)
{
	u32 i;

	for (i = 0; i < files->count && files->file[i]; i++)
		fput(files->file[i]);
	atomic_sub(files->count, &in_flight);
	msgport_uncharge(files->account, MSGPORT_CHARGE_FDS, files->count);
	msgport_account_put(files->account);
	kfree(files);
}

/**
 * msgport_files_charged_to() - somebody else pays
 * @files: of a message that nobody else knows
 * @account: charged for them already
 *
 * Returns the account that has paid so far, for the caller to put.
 */
struct msgport_account *msgport_files_charged_to(struct msgport_files *files,
						 struct msgport_account *account)
{
	struct msgport_account *before = files->account;

	msgport_uncharge(before, MSGPORT_CHARGE_FDS, files->count);
	files->account = msgport_account_hold(account);
	return before;
}

/* No number that is not the receiver's to use is left behind. */
static void uninstall(const s32 *number, s32 __user *user, u32 count)
{
	while (count--) {
		close_fd(number[count]);
		put_user(-1, user + count);
	}
}

/**
 * msgport_files_install() - give the descriptors to the caller
 * @files: of a message in hand
 * @fds: address of the caller's array of __s32, with room for all
 *
 * The last step that may fail; all else of the message has been copied.  A
 * security module is asked about each, by msgport_receive_fd().  After an error none is
 * left.  The array is written to before the first is installed, so that a bad
 * address is found while no other thread can have seen a descriptor.
 */
int msgport_files_install(const struct msgport_files *files, u64 fds)
{
	s32 number[MSGPORT_FDS_MAX] MSGPORT_UNINITIALIZED;
	s32 __user *user = u64_to_user_ptr(fds);
	u32 i;
	int err;

	for (i = 0; i < files->count; i++)
		if (put_user(-1, user + i))
			return -EFAULT;
	for (i = 0; i < files->count; i++) {
		number[i] = msgport_receive_fd(files->file[i], O_CLOEXEC);
		err = number[i] < 0 ? number[i] : 0;
		if (err)
			break;
		if (put_user(number[i], user + i)) {
			close_fd(number[i]);
			err = -EFAULT;
			break;
		}
	}
	if (likely(i == files->count))
		return 0;
	uninstall(number, user, i);
	return err;
}

/* How many descriptors are in messages. */
int msgport_files_in_flight(void)
{
	return atomic_read(&in_flight);
}

/* The bits of MSGPORT_IOC_VERSION. */
u64 msgport_files_features(void)
{
	return MSGPORT_FEATURE_SEND_RIGHTS |
	       (MSGPORT_HAS_RECEIVE_FD ? MSGPORT_FEATURE_FDS : 0);
}
