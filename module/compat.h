/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one file that knows kernel versions.  Each wrapper has the newest
 * kernel's spelling or, where that would clash, a msgport_ name.
 */
#ifndef _MSGPORT_COMPAT_H
#define _MSGPORT_COMPAT_H

#include <linux/device.h>
#include <linux/file.h>
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/io_uring.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/time_namespace.h>
#include <linux/uio.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#include <linux/io_uring/cmd.h>
#endif

/*
 * For what is large, on the stack and written before it is read: a kernel that
 * zeroes all of its stack would pay for it on every call.
 */
#define MSGPORT_UNINITIALIZED	__attribute__((uninitialized))

/*
 * Is a directed yield no more than that?  Since 6.6 it moves the deadline of who yields
 * away by a whole slice each time, and since 6.12 who sleeps for a moment stays in the
 * queue of his processor without our help.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define MSGPORT_CAN_LEND	true
static inline void msgport_yield_to(struct task_struct *task)
{
	yield_to(task, false);
}
#else
#define MSGPORT_CAN_LEND	false
static inline void msgport_yield_to(struct task_struct *task)
{
}
#endif

/* struct fd is opaque since 6.12. */
#ifndef fd_file
#define fd_file(f)	((f).file)
#endif

/* device_type.devnode takes a const device since 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define MSGPORT_DEVNODE_CONST	const
#else
#define MSGPORT_DEVNODE_CONST
#endif

/* __assign_str() finds its source by itself since 6.10. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define msgport_assign_str(dst, src)	__assign_str(dst)
#else
#define msgport_assign_str(dst, src)	__assign_str(dst, src)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup_on_stack(struct hrtimer *timer,
					  enum hrtimer_restart (*function)(struct hrtimer *),
					  clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = function;
}
#endif

/* Where descriptors of processes live since 6.9; before, on an anonymous inode. */
#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC	0x50494446
#endif

/*
 * Asks the security modules and installs; exported since 6.1.  Where it is not,
 * only our own send rights travel, about which no security module can be asked:
 * anonymous inodes are private to it there.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define MSGPORT_HAS_RECEIVE_FD	1
#else
#define MSGPORT_HAS_RECEIVE_FD	0
#endif

/* Takes the address to write the number to since 6.8. */
static inline int msgport_receive_fd(struct file *file, unsigned int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return receive_fd(file, NULL, flags);
#elif MSGPORT_HAS_RECEIVE_FD
	return receive_fd(file, flags);
#else
	int fd = get_unused_fd_flags(flags);

	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
#endif
}

/* Made and registered at once; allocated by the kernel since 6.7, with a name since 6.0. */
static inline struct shrinker *
msgport_shrinker_new(const char *name,
		     unsigned long (*count)(struct shrinker *, struct shrink_control *),
		     unsigned long (*scan)(struct shrinker *, struct shrink_control *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);
#else
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
#endif

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	shrinker_register(shrinker);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
	if (register_shrinker(shrinker, "%s", name)) {
		kfree(shrinker);
		return NULL;
	}
#else
	if (register_shrinker(shrinker)) {
		kfree(shrinker);
		return NULL;
	}
#endif
	return shrinker;
}

static inline void msgport_shrinker_free(struct shrinker *shrinker)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

/*
 * The user's memory that an iterator stands for if it is one piece, or NULL.  That of
 * read(2) and write(2) is one of its own kind since 6.0.
 */
static inline void __user *msgport_iter_piece(const struct iov_iter *iter)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
	if (iter_is_ubuf(iter))
		return iter->ubuf + iter->iov_offset;
#endif
	return NULL;
}

/* Commands of io_uring, as they are since 6.1. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0) && defined(CONFIG_IO_URING)
#define MSGPORT_HAS_URING	1
#else
#define MSGPORT_HAS_URING	0
#endif

#if MSGPORT_HAS_URING
/* What follows the request's fields; by the whole entry since 6.5. */
static inline const void *msgport_uring_payload(const struct io_uring_cmd *cmd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return cmd->sqe->cmd;
#else
	return cmd->cmd;
#endif
}

/* Has no second result since 6.18. */
static inline void msgport_uring_done(struct io_uring_cmd *cmd, long result,
				      unsigned int issue_flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	io_uring_cmd_done(cmd, result, issue_flags);
#else
	io_uring_cmd_done(cmd, result, 0, issue_flags);
#endif
}
#endif

/*
 * CLOCK_MONOTONIC of the caller's time namespace is the host's plus an offset.
 * The kernel's own conversions are not exported; the offset is there to read.
 */
static inline s64 msgport_time_offset(void)
{
#ifdef CONFIG_TIME_NS
	return timespec64_to_ns(&current->nsproxy->time_ns->offsets.monotonic);
#else
	return 0;
#endif
}

#endif
