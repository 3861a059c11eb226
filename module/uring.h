/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verbs as commands of io_uring: IORING_OP_URING_CMD, whose operation is the ioctl's
 * number and whose command is a struct msgport_uring.
 *
 * A command is issued up to twice:
 *
 *	by who submits	must not wait, since the ring is locked: a verb is tried with
 *			MSGPORT_NONBLOCK; one that would wait for what it has sent
 *			already (call, MSGPORT_SYNC) is not begun
 *	by a worker	if the first said -EAGAIN, or at once with IOSQE_ASYNC: the verb
 *			as it is, which may sleep; a signal is how io_uring cancels it
 *
 * What the first try did does not happen again: a send that fails has sent nothing, a
 * vector that was sent in part is not tried again, and reply_receive has cleared its
 * token in the caller's structure.
 *
 * To io_uring -EAGAIN means "to a worker", and before 6.3 a result above zero would
 * never complete.  So who asked for EAGAIN, and counts, are completed here.
 *
 * A worker shares its process's memory, table of descriptors and process id: takers
 * (delivery.h) and stamps are the process's, but for the thread id, which is the
 * worker's.  A call that is interrupted in a worker belongs to its table instead of
 * its thread (call.h).
 */
#ifndef _MSGPORT_URING_H
#define _MSGPORT_URING_H

#include <linux/types.h>

struct io_uring_cmd;

#if MSGPORT_HAS_URING
int msgport_uring(struct io_uring_cmd *cmd, unsigned int issue_flags, u32 kind);
#endif

#endif
