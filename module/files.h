/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors in messages: open files on their way from one process to another.
 *
 * What may travel is listed; whatever is not in the list may not.
 *
 *	our send rights			by their file_operations
 *	regular files, directories	of file systems that can be mounted
 *	pipes and FIFOs
 *	memfds				regular files of the kernel's own tmpfs
 *	eventfds			by eventfd's own test
 *	timerfds, signalfds, pidfds	by the name of their anonymous inode
 *	sockets				of the families listed in files.c
 *
 * The name of an anonymous inode cannot be forged: its file system cannot be
 * mounted, has no directory to make or rename anything in, and gives out only
 * what code of the kernel asks for, with the name which that code states.  The
 * file system is looked at before the file's mode, since kernels differ in the
 * mode that they give to such inodes.
 *
 * An O_PATH descriptor is not open on anything, so that there is nothing to
 * tell its kind by: refused as well.
 *
 * Why no cycle can form
 *
 * A port that keeps itself alive would need a chain from one of its messages
 * through open files back to the file of one of its receive rights, for nothing
 * else keeps a port alive.  (A kept port lives without, and so carries no
 * descriptors.)  Every chain begins with a file of the list, and each of these
 * ends it:
 *   - A send right holds its port's memory, not its life.  The last close of a
 *     receive right drains the port, whoever holds send rights, in flight in
 *     that very port or in another, and draining closes them.  It holds the
 *     answers of calls that were interrupted, too, and what travels with these;
 *     but only while the table of descriptors that called has it open (call.h).
 *   - A file or directory holds an inode, a mount, credentials.  Those of proc
 *     hold processes' numbers and the bare struct of an address space, neither
 *     its mappings nor a table of files.  No mapping of a receive right exists.
 *   - Pipes hold pages.  Eventfds, timerfds, signalfds hold a number; a pidfd
 *     holds a process's number and not the process.
 *   - The sockets listed hold packets, and packets hold no files.
 * What does hold open files is not in the list: receive rights, sets, groups,
 * AF_UNIX with what its own messages carry, epoll, io_uring with what is
 * registered, KCM with the sockets that it joins, BPF maps, devices; namespaces,
 * with all that is mounted in them.
 *
 * Two chains are made outside of messages, and are the kernel's own:
 *   - A mount can be given open files by whoever may mount such a thing in the
 *     initial namespace: 9p over descriptors, FUSE with backing files.
 *   - An io_uring lets go of its registered files when its last request has
 *     ended, and a send without a copy ends when the peer has acknowledged it.
 *     While both ends of a connection are kept from closing, by whatever means,
 *     the ring stays.  A ring with both ends registered needs no port for that.
 * What such a chain keeps stays charged to its owner, max_fds at the most.
 *
 * Nor can closing nest: what travels is closed by fput(), which leaves the work
 * to the task's way back to user space, and no file of the list ends a port.
 *
 * Who pays: each file in flight is charged to the account of the sender until it
 * has left the kernel's hands: installed and settled, or closed.  Those of an answer
 * are charged to who asked, as soon as that is an answer.
 */
#ifndef _MSGPORT_FILES_H
#define _MSGPORT_FILES_H

#include <linux/types.h>

struct file;
struct msgport_account;

/* Made by the sender; belongs to one message; constant once that is on its way. */
struct msgport_files {
	u32 count;			/* of @file, and charged */
	struct msgport_account *account; /* pinned: who pays */
	struct file *file[];		/* each pinned; NULL while being built */
};

struct msgport_files *msgport_files_get(u64 fds, u32 count);
void msgport_files_close(struct msgport_files *files);
struct msgport_account *msgport_files_charged_to(struct msgport_files *files,
						 struct msgport_account *account);
int msgport_files_install(const struct msgport_files *files, u64 fds);
int msgport_files_in_flight(void);
u64 msgport_files_features(void);

static inline void msgport_files_free(struct msgport_files *files)
{
	if (unlikely(files))
		msgport_files_close(files);
}

#endif
