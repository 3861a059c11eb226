// SPDX-License-Identifier: GPL-2.0
/* Verbs that move messages, as commands of io_uring. */

#include "compat.h"
#include "ioctl.h"
#include "uring.h"

#if MSGPORT_HAS_URING

/* Where a verb may have to wait: its flags, which say whether it must not. */
static u32 *flags_of(struct msgport_request *req, unsigned int verb)
{
	switch (verb) {
	case MSGPORT_IOC_SEND:
		return &req->send.flags;
	case MSGPORT_IOC_RECEIVE:
		return &req->receive.flags;
	case MSGPORT_IOC_REPLY_RECEIVE:
		return &req->reply_receive.receive.flags;
	default:
		return NULL;
	}
}

static bool is_for_uring(unsigned int verb)
{
	switch (verb) {
	case MSGPORT_IOC_SEND:
	case MSGPORT_IOC_RECEIVE:
	case MSGPORT_IOC_CALL:
	case MSGPORT_IOC_CANCEL:
	case MSGPORT_IOC_REPLY:
	case MSGPORT_IOC_REPLY_RECEIVE:
	case MSGPORT_IOC_ACK:
	case MSGPORT_IOC_RELEASE:
	case MSGPORT_IOC_GRANT:
		return true;
	default:
		return false;
	}
}

/* These sleep when they have sent, which cannot be tried. */
static bool sleeps_after_sending(const struct msgport_request *req, unsigned int verb)
{
	return verb == MSGPORT_IOC_CALL ||
	       (verb == MSGPORT_IOC_SEND && req->send.flags & MSGPORT_SYNC);
}

/* The structure is copied in.  -EAGAIN with @punt: a worker is to do it. */
static long run(struct msgport_request *req, unsigned int verb, bool try, bool *punt)
{
	u32 *flags = flags_of(req, verb);
	long err;

	if (!try)
		return msgport_request_run(req, verb);
	if (sleeps_after_sending(req, verb)) {
		*punt = true;
		return -EAGAIN;
	}
	if (!flags || msgport_nonblock(req, *flags))
		return msgport_request_run(req, verb);
	*flags |= MSGPORT_NONBLOCK;
	err = msgport_request_run(req, verb);
	*punt = err == -EAGAIN;
	return err;
}

/**
 * msgport_uring() - a command of io_uring
 * @cmd: whose operation is the ioctl's number
 * @issue_flags: IO_URING_F_*
 * @kind: MSGPORT_IS_*, what the descriptor is
 */
int msgport_uring(struct io_uring_cmd *cmd, unsigned int issue_flags, u32 kind)
{
	const struct msgport_uring *arg = msgport_uring_payload(cmd);
	struct msgport_request req MSGPORT_UNINITIALIZED;
	/* may be the ring's memory, which the caller can write meanwhile */
	u64 argument = READ_ONCE(arg->argument);
	bool punt = false;
	long err;

	BUILD_BUG_ON(sizeof(struct msgport_uring) != 16);
	if (_IOC_TYPE(cmd->cmd_op) != MSGPORT_IOC_TYPE)
		return -ENOTTY;
	if (!is_for_uring(cmd->cmd_op))
		return -EOPNOTSUPP;
	if (READ_ONCE(arg->reserved) || cmd->flags & IORING_URING_CMD_FIXED)
		return -EINVAL;
	if (argument != (unsigned long)argument)
		return -EFAULT;
	err = msgport_request_get(&req, cmd->file, kind, cmd->cmd_op, argument);
	if (likely(!err))
		err = run(&req, cmd->cmd_op, issue_flags & IO_URING_F_NONBLOCK, &punt);
	if (err == -ERESTARTSYS)
		return -EINTR;
	if (punt || (err <= 0 && err != -EAGAIN))
		return err;
	msgport_uring_done(cmd, err, issue_flags);
	return -EIOCBQUEUED;
}

#endif
