/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libmsgport: message ports through /dev/msgport.
 *
 * A port is a bounded queue of messages in the kernel.  A receive right takes
 * messages out of it, a send right puts messages in; both are ordinary file
 * descriptors, made close-on-exec, and end with close(2).  The last close of a
 * port's last receive right ends the port.
 *
 * What holds for every function
 *   - -1 and errno on failure, as with mq_send(3) and its family.
 *   - The library keeps no state, allocates nothing and starts nothing: a call
 *     is a conversion and one ioctl.  Any thread may call anything at any
 *     time, a signal handler too.
 *   - What the caller passes stays the caller's; nothing is kept after the
 *     call returns.  Descriptors that a call returns are the caller's to close.
 *   - A NULL pointer where one is needed is EFAULT, and NULL data with a size
 *     of 0 an empty payload.  The kernel checks the addresses of payloads,
 *     pieces and descriptors (EFAULT, nothing changed); a name or a structure
 *     of this header is read in the caller's own context, as by any function
 *     of libc, and so are pieces in a 32-bit program.
 *   - EINTR is handed to the caller, never retried: a signal came while the
 *     call waited, and nothing was sent or taken.  After a handler of
 *     SA_RESTART the kernel goes on waiting by itself.
 *   - A structure that a call fills is left alone when the call fails, unless
 *     its description says otherwise.
 *   - Sizes are bytes, times nanoseconds, deadlines absolute CLOCK_MONOTONIC.
 *   - @control may be MSGPORT_DEFAULT: the call opens /dev/msgport for itself,
 *     closes it again, and can fail with the errors of msgport_open() too.  A
 *     control descriptor fixes the network namespace whose names it sees.
 *
 * All functions are there since ABI 0; msgport_version() tells the module's.
 * The flags, constants and structures with a kernel side are described in
 * <linux/msgport.h>, which this header includes.
 */
#ifndef MSGPORT_H
#define MSGPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <linux/msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MSGPORT_DEFAULT		(-1)	/* open /dev/msgport for this one call */

/* ------------------------------------------------------------------ *
 * The device
 * ------------------------------------------------------------------ */

/**
 * msgport_open - open /dev/msgport: a control descriptor
 *
 * The descriptor belongs to the network namespace of the opener, for as long
 * as it lives, wherever it is handed to.
 *
 * Return: the descriptor, close-on-exec, for the caller to close; -1 on error.
 * Errors:
 *   EACCES       the device's mode and group do not let the caller in
 *   EMFILE       the process has no free descriptor
 *   ENFILE       the whole system has no free descriptor
 *   ENOMEM       there is no memory
 *   ENXIO        the module is not loaded (modprobe msgport)
 * Since ABI 0.
 */
int msgport_open(void);

/**
 * msgport_version - ask what the module speaks
 * @fd: any descriptor of msgport: control, send right or receive right
 * @version: filled: abi (MSGPORT_ABI of the module) and features
 *	(MSGPORT_FEATURE_*)
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @fd is not an open descriptor
 *   EFAULT       @version is NULL
 *   ENOTTY       @fd is a descriptor of something else than msgport
 * Since ABI 0.
 */
int msgport_version(int fd, struct msgport_version *version);

/* ------------------------------------------------------------------ *
 * Ports and their names
 * ------------------------------------------------------------------ */

/**
 * struct msgport_options - how a port is to be
 * @flags: MSGPORT_KEEP, MSGPORT_RENDEZVOUS and the other flags of struct
 *	msgport_create
 * @mode: permission bits of the name, within 0666: w connects a send right, r
 *	a receive right; 0 for 0600
 * @gid: the group that the middle digit of @mode is for; (gid_t)-1 for the
 *	effective group.  0 is the group root, as everywhere: begin with
 *	MSGPORT_OPTIONS_INIT
 * @max_msgs: messages in transit; 0 for 256
 * @max_size: bytes of the largest message; 0 for 65,536
 * @max_answers: places for answers; 0 for @max_msgs
 * @uid_share: messages in transit of any one user but the owner; 0 for half of
 *	@max_msgs
 * @max_deliveries: how often an acknowledging port hands a message out; 0 for
 *	MSGPORT_DELIVERIES
 * @max_bytes: bytes that the messages in transit take with their own
 *	structures; 0 for 262,144, or more if @max_msgs and @max_size need it
 *
 * The exact meaning of each is that of the same field of struct msgport_create.
 */
struct msgport_options {
	unsigned int flags;
	mode_t mode;
	gid_t gid;
	unsigned int max_msgs;
	unsigned int max_size;
	unsigned int max_answers;
	unsigned int uid_share;
	unsigned int max_deliveries;
	uint64_t max_bytes;
};

/* Every default, the effective group among them. */
#ifdef __cplusplus
#define MSGPORT_OPTIONS_INIT	{ 0, 0, (gid_t)-1, 0, 0, 0, 0, 0, 0 }
#else
#define MSGPORT_OPTIONS_INIT	{ .gid = (gid_t)-1 }
#endif

/**
 * msgport_create - make a port
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: 1 to MSGPORT_NAME_MAX bytes, any but 0; NULL for a port without a name
 * @options: limits, mode and flags; NULL for MSGPORT_OPTIONS_INIT
 *
 * The memory of the port's messages is reserved from the caller's quota here,
 * so that no later send fails for it.  msgport_stat() tells the port's id.
 *
 * Return: the port's first receive right, close-on-exec, for the caller to
 * close; -1 on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more ports, rights, kept ports or
 *                bytes than the limits of the module allow
 *   EEXIST       the name is taken
 *   EINVAL       @name is empty; an unknown flag; bits of @mode outside
 *                0666; @gid is no group of the user namespace;
 *                MSGPORT_KEEP without a name; @max_msgs or @uid_share
 *                with MSGPORT_RENDEZVOUS; @max_size over MSGPORT_SIZE_MAX
 *                (16 MiB); @max_bytes too small for one message of
 *                @max_size; @uid_share over @max_msgs; another value out
 *                of range
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       the network namespace of @control has ended
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 *   EOPNOTSUPP   a flag that this module does not build: see
 *                msgport_version()
 *   EPERM        the name begins with "sys." and the caller lacks
 *                CAP_SYS_ADMIN over the network namespace; or @gid is not
 *                a group of the caller's
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_create(int control, const char *name,
		   const struct msgport_options *options);

/**
 * msgport_connect - get a right to the port of a name
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: the name
 * @flags: 0 for a send right, which needs w of the port's mode;
 *	MSGPORT_CONNECT_RECEIVE for another receive right, which needs r
 *
 * A send right from here has badge 0 and carries priorities up to 31 for the
 * port owner's user, up to 15 for others.  What it sends counts against the
 * share of the user that connected, whoever holds the right later.
 * msgport_stat() tells its source id.
 *
 * Return: the right, close-on-exec, for the caller to close; -1 on error.
 * Errors:
 *   EACCES       the mode of the port does not let the caller connect, or
 *                a security module refuses
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more rights than the limit of the
 *                module allows
 *   EFAULT       @name is NULL
 *   EINVAL       @name is empty, or an unknown flag
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       no port of the network namespace has the name
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_connect(int control, const char *name, unsigned int flags);

/**
 * msgport_connect_owner - get a right to a name that a given user must own
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: the name
 * @flags: as for msgport_connect()
 * @owner: user that must own the port, as the caller's user namespace numbers
 *	it; (uid_t)-1 for any
 *
 * Names are first come first served.  Stating the owner keeps a client from
 * talking to somebody who took the name before the server did.
 *
 * Return: the right, close-on-exec, for the caller to close; -1 on error.
 * Errors:
 *   EACCES       the port does not belong to @owner; its mode does not
 *                let the caller connect; or a security module refuses
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more rights than the limit of the
 *                module allows
 *   EFAULT       @name is NULL
 *   EINVAL       @name is empty, or an unknown flag
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       no port of the network namespace has the name
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_connect_owner(int control, const char *name, unsigned int flags,
			  uid_t owner);

/**
 * msgport_unlink - take a name away from its port
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: the name
 *
 * Rights to the port keep working.  A port kept by MSGPORT_KEEP that nobody
 * has a receive right to ends here.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EFAULT       @name is NULL
 *   EINVAL       @name is empty
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENOENT       no port of the network namespace has the name
 *   ENOTTY       @control is a descriptor of something else than msgport
 *   EPERM        the caller neither owns the port nor has CAP_SYS_ADMIN
 *                over the network namespace
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_unlink(int control, const char *name);

/* ------------------------------------------------------------------ *
 * Rights
 * ------------------------------------------------------------------ */

/**
 * msgport_mint - make a send right to one's own port
 * @receive_right: of the port
 * @badge: any number; it stands in the stamp of every message sent through the
 *	right, and the sender cannot change it
 * @window: messages of this right in transit at a time; 0 for as many as the
 *	port takes
 * @max_priority: greatest priority that the right carries, 0 to
 *	MSGPORT_PRIORITY_MAX
 * @flags: MSGPORT_MINT_*, 0 for none
 *
 * What the right sends counts against the share of the user that minted it.
 * Hand the right on by fork(2) or SCM_RIGHTS.  msgport_stat() tells its source
 * id.  The badge is seL4's idea, the right good for one message Mach's.
 *
 * Return: the send right, close-on-exec, for the caller to close; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EDQUOT       the user would have more rights than the limit of the
 *                module allows
 *   EINVAL       an unknown flag, or @max_priority over
 *                MSGPORT_PRIORITY_MAX (31)
 *   EMFILE       the process has no free descriptor
 *   ENFILE       the whole system has no free descriptor
 *   ENOMEM       there is no memory
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a flag that this module does not build: see
 *                msgport_version()
 * Since ABI 0.
 */
int msgport_mint(int receive_right, uint64_t badge, unsigned int window,
		 unsigned int max_priority, unsigned int flags);

/**
 * msgport_reopen - make a second, independent receive right to the same port
 * @receive_right: of the port
 *
 * dup(2) gives a second descriptor of the same right; this gives a right of
 * its own, one for each worker process, whose end tells of that worker's alone.
 *
 * Return: the receive right, close-on-exec, for the caller to close; -1 on
 * error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EDQUOT       the user would have more rights than the limit of the
 *                module allows
 *   EMFILE       the process has no free descriptor
 *   ENFILE       the whole system has no free descriptor
 *   ENOMEM       there is no memory
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 * Since ABI 0.
 */
int msgport_reopen(int receive_right);

/* ------------------------------------------------------------------ *
 * Messages
 * ------------------------------------------------------------------ */

/**
 * struct msgport_message - a message, to send or received
 * @data: payload to send, or buffer to receive into; the caller's
 * @size: bytes of the payload, or of the buffer; after a receive: bytes of the
 *	message, so set it again before the next.  Ignored by a send, and by a
 *	receive on its way in, when @iov_count is not 0
 * @iov: pieces that make up the payload or the buffer, instead of @data; used
 *	when @iov_count is not 0; the caller's, and never written
 * @iov_count: elements of @iov, up to MSGPORT_IOV_MAX
 * @tag: any number of the sender's choice; after a receive: as sent
 * @priority: 0 to the right's greatest, higher first; after a receive: as sent
 * @ttl: for a send: nanoseconds from the call after which the message expires
 *	if nobody has taken it; 0 for never.  A receive leaves it alone
 * @fds: descriptors to send along, which stay open here; for a receive: room
 *	for those that come, which are then the caller's to close
 * @fd_count: elements of @fds, up to MSGPORT_FDS_MAX; after a receive: how many
 *	came, so set it again before the next
 * @token: after a receive: what an answer or acknowledgement names; 0 if none
 *	is due.  Ignored by a send
 * @cookie: after a receive: of the answer or event.  Ignored by a send
 * @stamp: after a receive: who sent it, vouched for by the kernel.  Ignored by
 *	a send
 *
 * Zero it before first use, or initialise it by field names.  A send writes
 * nothing to it, so a message as received can be sent on as it is.
 */
struct msgport_message {
	void *data;
	size_t size;
	const struct iovec *iov;
	unsigned int iov_count;
	uint64_t tag;
	unsigned int priority;
	uint64_t ttl;
	int *fds;
	unsigned int fd_count;
	uint64_t token;
	uint64_t cookie;
	struct msgport_stamp stamp;
};

/**
 * struct msgport_filter - which messages a receive takes
 * @by: MSGPORT_BY_SOURCE, MSGPORT_BY_BADGE, MSGPORT_BY_PROCESS, MSGPORT_BY_TAG,
 *	MSGPORT_BY_PRIORITY, or several: all must fit.  0: anything
 * @source: with MSGPORT_BY_SOURCE: id of the send right
 * @badge: with MSGPORT_BY_BADGE: badge of the send right
 * @tag: with MSGPORT_BY_TAG: what the tag must be, where @tag_mask has ones
 * @tag_mask: likewise; 0: all bits
 * @start_time: with MSGPORT_BY_PROCESS: start time of the process, from a stamp;
 *	0 for the process that has the pid at the time of the call
 * @pid: with MSGPORT_BY_PROCESS: process id, as the caller's pid namespace
 *	numbers it
 * @priority: with MSGPORT_BY_PRIORITY: the least priority
 *
 * Zero it before use; fields without their bit in @by are not looked at.
 */
struct msgport_filter {
	unsigned int by;
	uint64_t source;
	uint64_t badge;
	uint64_t tag;
	uint64_t tag_mask;
	uint64_t start_time;
	uint32_t pid;
	unsigned int priority;
};

/**
 * msgport_send - send bytes
 * @send_right: to the port
 * @data: payload; may be NULL if @size is 0
 * @size: bytes, up to the port's max_size
 * @flags: MSGPORT_NONBLOCK not to wait for room; 0
 *
 * Returns as soon as the port has accepted the message, not when somebody has
 * received it.  Waits while the right's window, the user's share or the port is
 * full; room is given strictly by priority, then first come first served.  The
 * tag and the priority are 0, and there is no deadline: msgport_send_message()
 * has all of these.
 *
 * Return: 0; -1 on error, and then nothing was sent.
 * Errors:
 *   EAGAIN       the call would have to wait, and MSGPORT_NONBLOCK or
 *                O_NONBLOCK is set
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right
 *   EFAULT       @data is a bad address. Nothing was sent
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was sent
 *   EINVAL       an unknown flag
 *   EMSGSIZE     the message is larger than the port's @max_size
 *   ENOMEM       there is no memory
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a flag that this module does not build: see
 *                msgport_version()
 *   EPIPE        the port is dead: its last receive right is closed. No
 *                signal is sent
 * Since ABI 0.
 */
int msgport_send(int send_right, const void *data, size_t size,
		 unsigned int flags);

/**
 * msgport_send_message - send a message with all its fields
 * @send_right: to the port
 * @message: what to send; only read
 * @flags: MSGPORT_NONBLOCK not to wait for room; MSGPORT_SYNC to return when
 *	the message has ended; 0
 * @deadline: when to give up waiting for room: msgport_deadline() of a time
 *	from now, or MSGPORT_FOREVER.  A deadline that passes once the message
 *	is accepted is no error
 *
 * Return: 0; -1 on error, and then nothing was sent.
 * Errors:
 *   EAGAIN       the call would have to wait, and MSGPORT_NONBLOCK or
 *                O_NONBLOCK is set
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right
 *   EFAULT       @message is NULL, or the payload, the array of pieces or
 *                @fds is a bad address. Nothing was sent
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was sent
 *   EINVAL       an unknown flag; @priority over MSGPORT_PRIORITY_MAX
 *                (31); @iov_count over MSGPORT_IOV_MAX; @fd_count over
 *                MSGPORT_FDS_MAX; pieces of more than 2 GiB in all
 *   EMSGSIZE     the message is larger than the port's @max_size
 *   ENOMEM       there is no memory
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a flag that this module does not build, or a descriptor
 *                that may not travel: see msgport_version()
 *   EPERM        the right does not carry a priority this high
 *   EPIPE        the port is dead: its last receive right is closed. No
 *                signal is sent
 *   ETIMEDOUT    @deadline passed before there was room. Nothing was sent
 * Since ABI 0.
 */
int msgport_send_message(int send_right, const struct msgport_message *message,
			 unsigned int flags, uint64_t deadline);

/**
 * msgport_receive - take the next message's bytes
 * @receive_right: of the port
 * @buffer: for the payload; the caller's; may be NULL if @size is 0
 * @size: bytes of @buffer
 * @flags: MSGPORT_NONBLOCK not to wait, MSGPORT_PEEK to look without taking,
 *	MSGPORT_DISCARD_LARGE to be rid of a message that does not fit, or 0
 *
 * Takes the oldest message of the highest priority, and waits for one if there
 * is none.  A receive that fails loses nothing, unless MSGPORT_DISCARD_LARGE asks
 * for it: then a message that does not fit is discarded and counted, the call
 * fails with EMSGSIZE all the same, and the next call finds the next message.
 *
 * Return: bytes of the message, 0 for an empty one; -1 on error.
 * Errors:
 *   EAGAIN       no message is there, and MSGPORT_NONBLOCK or O_NONBLOCK
 *                is set
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EDQUOT       MSGPORT_PEEK would have to wait, and
 *                MSGPORT_FILTERED_MAX (64) receivers that choose or peek
 *                wait on the port
 *   EFAULT       @buffer is a bad address. The message stays
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was taken
 *   EINVAL       an unknown flag, or one of MSGPORT_BY_*: those belong in
 *                the filter of msgport_receive_message()
 *   EMSGSIZE     the message is larger than @size, or carries
 *                descriptors. It stays, unless MSGPORT_DISCARD_LARGE is
 *                set; msgport_receive_message() tells the sizes needed
 *   ENOMEM       there is no memory
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a flag that this module does not build: see
 *                msgport_version()
 * Since ABI 0.
 */
ssize_t msgport_receive(int receive_right, void *buffer, size_t size,
			unsigned int flags);

/**
 * msgport_receive_message - take the next message, or a chosen one
 * @receive_right: of the port
 * @message: on entry the buffer (data and size, or iov and iov_count) and the
 *	room for descriptors (fds and fd_count); on return all of the message
 * @filter: which message; NULL for any
 * @flags: as for msgport_receive()
 * @deadline: when to give up waiting: msgport_deadline() of a time from now, or
 *	MSGPORT_FOREVER
 *
 * Takes, of the messages that the filter lets through, the oldest of the
 * highest priority.  What fails loses nothing, as with msgport_receive().
 *
 * Return: 0; -1 on error, and then @message is unchanged but for what EMSGSIZE
 * says.
 * Errors:
 *   EAGAIN       no message that fits the filter is there, and
 *                MSGPORT_NONBLOCK or O_NONBLOCK is set
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EDQUOT       the call would have to wait with a filter or
 *                MSGPORT_PEEK, and MSGPORT_FILTERED_MAX (64) such
 *                receivers wait on the port
 *   EFAULT       @message is NULL, or the buffer, the array of pieces or
 *                @fds is a bad address. The message stays
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was taken
 *   EINVAL       an unknown flag; one of MSGPORT_BY_* in @flags instead
 *                of @filter->by; anything else in @filter->by; @iov_count
 *                over MSGPORT_IOV_MAX; @fd_count over MSGPORT_FDS_MAX;
 *                pieces of more than 2 GiB in all; a filter's value out
 *                of range
 *   EMFILE       the process has too few free descriptors for those of
 *                the message. It stays
 *   EMSGSIZE     the buffer or @fds is too small. The message stays,
 *                unless MSGPORT_DISCARD_LARGE is set; @message->size and
 *                @message->fd_count say what it needs
 *   ENOMEM       there is no memory
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   MSGPORT_BY_TAG, or MSGPORT_BY_PROCESS together with
 *                MSGPORT_BY_SOURCE or MSGPORT_BY_BADGE, on a port with
 *                more than MSGPORT_SCAN_MAX (4096) places; or a flag that
 *                this module does not build: see msgport_version()
 *   ESRCH        MSGPORT_BY_PROCESS with a @start_time of 0, and no
 *                process has the @pid
 *   ETIMEDOUT    @deadline passed and no message that fits had come
 * Since ABI 0.
 */
int msgport_receive_message(int receive_right, struct msgport_message *message,
			    const struct msgport_filter *filter,
			    unsigned int flags, uint64_t deadline);

/**
 * msgport_deadline - the moment that lies some time ahead
 * @nanoseconds_from_now: how far
 *
 * Return: absolute CLOCK_MONOTONIC nanoseconds; MSGPORT_FOREVER when the sum is
 * greater than the clock can say.  It cannot fail.
 * Since ABI 0.
 */
uint64_t msgport_deadline(uint64_t nanoseconds_from_now);

/* ------------------------------------------------------------------ *
 * Looking
 * ------------------------------------------------------------------ */

/**
 * msgport_stat - read everything there is to read
 * @fd: a right, or a control descriptor for the sum over its namespace
 * @stat: filled
 *
 * In every answer about a right, sent = received + returned + discarded +
 * queued + outstanding, read at one moment.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @fd is not an open descriptor
 *   EFAULT       @stat is NULL
 *   ENOTTY       @fd is a descriptor of something else than msgport
 * Since ABI 0.
 */
int msgport_stat(int fd, struct msgport_stat *stat);

/**
 * msgport_limits - read or change a port's limits
 * @receive_right: of the port
 * @limits: flags (MSGPORT_SET_*) says which fields to set, 0 for none; on
 *	return all fields are the port's, and flags is as it was
 *
 * Lowering a limit drops nothing: the port fills no further until it is below.
 *
 * Return: 0; -1 on error, and then no limit has changed.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EDQUOT       the user's quota does not allow the greater @max_bytes
 *   EFAULT       @limits is NULL
 *   EINVAL       an unknown flag, or a value out of range
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EPERM        a limit would be raised, and the caller does not own the
 *                port
 * Since ABI 0.
 */
int msgport_limits(int receive_right, struct msgport_limits *limits);

/**
 * msgport_list - read which ports the caller may see, a page a call
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @after: begin with 0; on return where the next page begins
 * @ports: room for @count elements; the caller's
 * @count: elements
 *
 * Shows the ports of the namespace that the caller owns, or may connect to by
 * their names.  Call until the result is 0.
 *
 * Return: elements filled, 0 at the end; -1 on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EFAULT       @after is NULL, or @ports is NULL or a bad address
 *   ENOTTY       @control is a descriptor of something else than msgport
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
ssize_t msgport_list(int control, uint64_t *after,
		     struct msgport_port_info *ports, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* MSGPORT_H */
