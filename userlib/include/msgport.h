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
 *     is a conversion and one ioctl (of a batch, one for 32 messages).  Any
 *     thread may call anything at any time, a signal handler too.
 *   - What the caller passes stays the caller's; nothing is kept after the
 *     call returns.  Descriptors that a call returns are the caller's to close.
 *   - A NULL pointer where one is needed is EFAULT, and NULL data with a size
 *     of 0 an empty payload.  The kernel checks the addresses of payloads,
 *     pieces and descriptors (EFAULT, nothing changed); a name or a structure
 *     of this header is read in the caller's own context, as by any function
 *     of libc, and so are pieces in a 32-bit program.
 *   - EINTR is handed to the caller: a signal came while the call waited, and
 *     nothing was sent or taken.  After a handler of SA_RESTART the kernel goes
 *     on waiting by itself.  What waits for an answer, or for the end of its
 *     message, goes on after any handler, and says so; msgport_call_message()
 *     leaves the choice.
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
 *	MSGPORT_DELIVERIES, MSGPORT_UNLIMITED for ever
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
 *                MSGPORT_KEEP without a name, or with
 *                MSGPORT_DESCRIPTORS; @max_msgs or @uid_share
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
 * msgport_stat() tells its source id.  The name of a group gives a descriptor to
 * send to the group with.
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
 *   EOPNOTSUPP   MSGPORT_CONNECT_RECEIVE with the name of a group
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
 *   EOPNOTSUPP   MSGPORT_CONNECT_RECEIVE with the name of a group
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
 *	port takes.  With MSGPORT_MINT_MANUAL the credits it begins with
 * @max_priority: greatest priority that the right carries, 0 to
 *	MSGPORT_PRIORITY_MAX
 * @flags: MSGPORT_MINT_ONCE for a right that is spent after one message;
 *	MSGPORT_MINT_MANUAL for credit that msgport_grant() alone gives;
 *	MSGPORT_MINT_NO_FDS for messages without descriptors; 0
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
 * its own, one for each worker process, whose end tells of that worker's alone,
 * and under which alone that worker's messages are outstanding.
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
 * struct msgport_due - where the answer to a message is to go, and its size
 * @receive_right: any receive right of the sender's own; the answer arrives at
 *	its port.  The right is needed during the send only, and keeps nothing
 *	alive
 * @cookie: any number; comes back as the answer's cookie
 * @size: bytes of the largest answer that the sender will take
 * @fd_count: most descriptors that it will take with the answer
 *
 * The answer's place is reserved when the message is sent, among the
 * max_answers of the port it will arrive at.  So it never waits and is never
 * refused, and there is exactly one: the reply (kind MSGPORT_KIND_REPLY), an
 * empty receipt (ACKNOWLEDGED), the message itself (RETURNED, with stamp.reason)
 * or the news that its receiver has gone (GONE).
 */
struct msgport_due {
	int receive_right;
	uint64_t cookie;
	size_t size;
	unsigned int fd_count;
};

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
 *	if nobody has taken it; 0 for never.  Noticed when a receiver comes to it,
 *	by msgport_stat(), and by who waits for its end (a call, MSGPORT_SYNC) at
 *	once.  A receive leaves it alone
 * @fds: descriptors to send along, which stay open here; for a receive: room
 *	for those that come, which are then the caller's to close
 * @fd_count: elements of @fds, up to MSGPORT_FDS_MAX; after a receive: how many
 *	came, so set it again before the next
 * @token: after a receive: what a reply, ack or release names; 0 if none is due.
 *	Each delivery has its own, good once.  Ignored by a send
 * @cookie: after a receive: of the answer (msgport_due.cookie), of the watch, or
 *	of the member of the set.  Ignored by a send
 * @stamp: after a receive: who sent it, vouched for by the kernel, and of what
 *	kind it is.  Ignored by a send
 * @due: for a send: where an answer is due; NULL for none.  A receive leaves it
 *	alone
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
	const struct msgport_due *due;
};

/**
 * struct msgport_filter - which messages a receive takes
 * @by: MSGPORT_BY_SOURCE, MSGPORT_BY_BADGE, MSGPORT_BY_PROCESS, MSGPORT_BY_TAG,
 *	MSGPORT_BY_PRIORITY, or several: all must fit.  0: anything
 * @source: with MSGPORT_BY_SOURCE: id of the send right; 0 for answers and
 *	events
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
 * @send_right: to the port, or a group
 * @data: payload; may be NULL if @size is 0
 * @size: bytes, up to the port's max_size
 * @flags: MSGPORT_NONBLOCK not to wait for room; 0
 *
 * Returns as soon as the port has accepted the message, not when somebody has
 * received it.  Waits while the right's window, the user's share or the port is
 * full, or, with more than 64 bytes, while the user's other sends hold all that
 * may be pending (max_pending of msgport(4)); room is given strictly by priority,
 * then first come first served.  The tag and the priority are 0, and there is no
 * deadline: msgport_send_message() has all of these.
 *
 * Return: 0; -1 on error, and then nothing was sent.
 * Errors:
 *   EAGAIN       the call would have to wait, and MSGPORT_NONBLOCK or
 *                O_NONBLOCK is set
 *   EBADF        @send_right is not an open descriptor, or neither a send
 *                right nor a group
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
 *   ESRCH        the right was good for one message, and is spent
 * Since ABI 0.
 */
int msgport_send(int send_right, const void *data, size_t size,
		 unsigned int flags);

/**
 * msgport_send_message - send a message with all its fields
 * @send_right: to the port, or a group
 * @message: what to send; only read
 * @flags: MSGPORT_NONBLOCK not to wait for room; MSGPORT_SYNC to return when
 *	the message has ended; 0
 * @deadline: when to give up waiting for room: msgport_deadline() of a time
 *	from now, or MSGPORT_FOREVER.  A deadline that passes once the message
 *	is accepted is no error, unless MSGPORT_SYNC waits for its end
 *
 * With @message->due an answer is due, and arrives at the port it names: a call
 * for programs that wait for many things at once.  On a group every member
 * gets the message, or the call waits; a group takes neither answers due, nor
 * descriptors, nor MSGPORT_SYNC.
 *
 * With MSGPORT_SYNC see msgport_send_sync() for the errors after the message was
 * accepted; the call then goes on after signals.
 *
 * Return: 0; -1 on error, and then nothing was sent (with MSGPORT_SYNC: or it
 * ended otherwise than received).
 * Errors:
 *   EAGAIN       the call would have to wait, and MSGPORT_NONBLOCK or
 *                O_NONBLOCK is set
 *   EBADF        @send_right is not an open descriptor, or neither a send
 *                right nor a group; or @message->due names no receive
 *                right; or one of @fds is not open
 *   EDQUOT       the bytes or descriptors of the answer due, or with
 *                MSGPORT_SYNC the bytes kept until the end, or the
 *                descriptors on their way, would take the user over the
 *                limit of the module
 *   EFAULT       @message is NULL, or the payload, the array of pieces or
 *                @fds is a bad address. Nothing was sent
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was sent
 *   EINVAL       an unknown flag; @priority over MSGPORT_PRIORITY_MAX
 *                (31); @iov_count over MSGPORT_IOV_MAX; @fd_count over
 *                MSGPORT_FDS_MAX; pieces of more than 2 GiB in all;
 *                MSGPORT_SYNC with @due or on a group; @due->size over
 *                MSGPORT_SIZE_MAX (16 MiB) or @due->fd_count over
 *                MSGPORT_FDS_MAX
 *   EMSGSIZE     the message is larger than the port's @max_size; with
 *                MSGPORT_SYNC also: it was discarded as too large
 *   ENOBUFS      the port of @due has no place for another answer: its
 *                @max_answers are taken
 *   ENOMEM       there is no memory
 *   ENOTCONN     the port of @due is dead
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a flag that this module does not build: see
 *                msgport_version(); an answer due where none may be;
 *                descriptors to a port without MSGPORT_DESCRIPTORS, or
 *                one that may not travel
 *   EPERM        the right does not carry a priority this high, or no
 *                descriptors
 *   EPIPE        the port is dead: its last receive right is closed. No
 *                signal is sent
 *   ESRCH        the right was good for one message, and is spent; with
 *                MSGPORT_SYNC also: the message was handed out
 *                max_deliveries times, or its receiver has gone
 *   ETIMEDOUT    @deadline passed before there was room. Nothing was sent.
 *                With MSGPORT_SYNC also: it passed, or the message
 *                expired, before the message was received
 * Since ABI 0.
 */
int msgport_send_message(int send_right, const struct msgport_message *message,
			 unsigned int flags, uint64_t deadline);

/**
 * msgport_send_sync - send bytes, and wait until the message has ended
 * @send_right: to the port
 * @data: payload; may be NULL if @size is 0
 * @size: bytes, up to the port's max_size
 * @deadline: when to give up waiting, for room or for the end
 *
 * Returns when the message was received or, on an acknowledging port, settled.
 * The receiver cannot tell it from any other message, and does nothing for it.
 * The tag and the priority are 0; msgport_send_message() with MSGPORT_SYNC has
 * them.  It goes on after signals, whatever their handlers: it never returns
 * EINTR, and never sends twice.
 *
 * Return: 0, the message was received; -1 on error.
 * Errors:
 *   EAGAIN       the call would have to wait for room, and O_NONBLOCK is
 *                set
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right
 *   EDQUOT       the bytes that the kernel keeps until the end would take
 *                the user over the limit of the module
 *   EFAULT       @data is a bad address. Nothing was sent
 *   EINVAL       @send_right is a group
 *   EMSGSIZE     the message is larger than the port's @max_size, or its
 *                receiver discarded it as too large for its buffer
 *   ENOMEM       there is no memory
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   this module does not build it: see msgport_version()
 *   EPIPE        the port is dead, or died before the message was received
 *   ESRCH        the message was handed out max_deliveries times; its
 *                receiver has gone; or the right was good for one message,
 *                and is spent
 *   ETIMEDOUT    @deadline passed, or the message expired. A message that
 *                nobody has taken is withdrawn
 * Since ABI 0.
 */
int msgport_send_sync(int send_right, const void *data, size_t size,
		      uint64_t deadline);

/**
 * msgport_send_batch - send many messages
 * @send_right: to the port, or a group
 * @messages: what to send, in this order; only read
 * @count: elements of @messages
 * @flags: MSGPORT_NONBLOCK not to wait for room; 0
 * @deadline: when to give up waiting for room, once for all of them
 *
 * One system call for 32 messages, converted on the stack (in a 32-bit program
 * also for no more than MSGPORT_IOV_MAX pieces); messages of others may come in
 * between.  It stops at the first message that cannot be sent: if that is not
 * the first of all, the ones before it are sent and counted, and the error is
 * that of the next call, which begins with it.
 *
 * Return: how many were sent, from the first on, 0 if @count is 0; -1 on error,
 * and then none was sent.
 * Errors:
 *   EAGAIN       the call would have to wait, and MSGPORT_NONBLOCK or
 *                O_NONBLOCK is set
 *   EBADF        @send_right is not an open descriptor, or neither a send
 *                right nor a group; or the first message's @due names no
 *                receive right
 *   EDQUOT       the bytes or descriptors of the answer due would take the
 *                user over the limit of the module
 *   EFAULT       @messages is NULL, or the payload, the array of pieces or
 *                @fds of the first is a bad address
 *   EINTR        a signal came while the call waited for room for the
 *                first, and its handler is not one of SA_RESTART
 *   EINVAL       an unknown flag; MSGPORT_SYNC; or a value of the first
 *                message is out of range, as for msgport_send_message()
 *   EMSGSIZE     the first message is larger than the port's @max_size
 *   ENOBUFS      the port of the first message's @due has no place for
 *                another answer
 *   ENOMEM       there is no memory
 *   ENOTCONN     the port of the first message's @due is dead
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a flag that this module does not build, a descriptor
 *                that may not travel, or an answer due or descriptors
 *                where none may be: see msgport_version()
 *   EPERM        the right does not carry a priority this high
 *   EPIPE        the port is dead: its last receive right is closed. No
 *                signal is sent
 *   ESRCH        the right was good for one message, and is spent
 *   ETIMEDOUT    @deadline passed before there was room for the first
 * Since ABI 0.
 */
ssize_t msgport_send_batch(int send_right,
			   const struct msgport_message *messages, size_t count,
			   unsigned int flags, uint64_t deadline);

/**
 * msgport_receive - take the next message's bytes
 * @receive_right: of the port, or a set
 * @buffer: for the payload; the caller's; may be NULL if @size is 0
 * @size: bytes of @buffer
 * @flags: MSGPORT_NONBLOCK not to wait, MSGPORT_PEEK to look without taking,
 *	MSGPORT_DISCARD_LARGE to be rid of a message that does not fit, or 0;
 *	MSGPORT_SETTLE is in it anyhow, but for a peek
 *
 * Takes the oldest message of the highest priority, and waits for one if there
 * is none.  A receive that fails loses nothing, unless MSGPORT_DISCARD_LARGE asks
 * for it: then a message that does not fit is discarded and counted, the call
 * fails with EMSGSIZE all the same, and the next call finds the next message.
 *
 * It tells nothing of a token.  So what it takes it settles, on an acknowledging
 * port too, and what an answer is due for it does not take: EOPNOTSUPP.  Whoever
 * must settle or answer later takes msgport_receive_message().
 *
 * Return: bytes of the message, 0 for an empty one; -1 on error.
 * Errors:
 *   EAGAIN       no message is there, and MSGPORT_NONBLOCK or O_NONBLOCK
 *                is set
 *   EBADF        @receive_right is not an open descriptor, or neither a
 *                receive right nor a set
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
 *   EOPNOTSUPP   an answer is due for the message. It stays, for
 *                msgport_receive_message(); or a flag that this module
 *                does not build: see msgport_version()
 * Since ABI 0.
 */
ssize_t msgport_receive(int receive_right, void *buffer, size_t size,
			unsigned int flags);

/**
 * msgport_receive_message - take the next message, or a chosen one
 * @receive_right: of the port, or a set
 * @message: on entry the buffer (data and size, or iov and iov_count) and the
 *	room for descriptors (fds and fd_count); on return all of the message
 * @filter: which message; NULL for any
 * @flags: as for msgport_receive(); with MSGPORT_SETTLE the message is settled by
 *	being received and has no token, without it not
 * @deadline: when to give up waiting: msgport_deadline() of a time from now, or
 *	MSGPORT_FOREVER
 *
 * Takes, of the messages that the filter lets through, the oldest of the
 * highest priority.  What fails loses nothing, as with msgport_receive().
 *
 * If token is not 0 afterwards, the message is the receiver's to settle: by
 * msgport_reply() where an answer is due, by msgport_ack() or msgport_release()
 * on an acknowledging port.
 *
 * Return: 0; -1 on error, and then @message is unchanged but for what EMSGSIZE
 * says.
 * Errors:
 *   EACCES       a security module does not let the process have one of
 *                the descriptors. The message stays
 *   EAGAIN       no message that fits the filter is there, and
 *                MSGPORT_NONBLOCK or O_NONBLOCK is set
 *   EBADF        @receive_right is not an open descriptor, or neither a
 *                receive right nor a set
 *   EDQUOT       the call would have to wait with a filter or
 *                MSGPORT_PEEK, and MSGPORT_FILTERED_MAX (64) such
 *                receivers wait on the port
 *   EFAULT       @message is NULL, or the buffer, the array of pieces or
 *                @fds is a bad address. The message stays
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was taken
 *   EINVAL       an unknown flag; one of MSGPORT_BY_* in @flags instead
 *                of @filter->by; anything else in @filter->by;
 *                MSGPORT_PEEK together with MSGPORT_SETTLE; @iov_count
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
 *                more than MSGPORT_SCAN_MAX (4096) places; MSGPORT_SETTLE,
 *                and an answer is due for the message, which stays; or a
 *                flag that this module does not build: see
 *                msgport_version()
 *   ESRCH        MSGPORT_BY_PROCESS with a @start_time of 0, and no
 *                process has the @pid
 *   ETIMEDOUT    @deadline passed and no message that fits had come
 * Since ABI 0.
 */
int msgport_receive_message(int receive_right, struct msgport_message *message,
			    const struct msgport_filter *filter,
			    unsigned int flags, uint64_t deadline);

/**
 * msgport_receive_batch - take many messages
 * @right: receive right of the port, or a set
 * @messages: on entry the buffers and the room for descriptors of each, as for
 *	msgport_receive_message(); on return the messages, in the order in
 *	which they were taken
 * @count: elements of @messages
 * @filter: which messages; NULL for any
 * @flags: as for msgport_receive_message(), but for MSGPORT_PEEK
 * @deadline: when to give up waiting for the first; no other is waited for
 *
 * One system call for 32 messages, converted on the stack (in a 32-bit program
 * also for no more than MSGPORT_IOV_MAX pieces).  It stops when no message is
 * there, and at the first that cannot be taken: if that is not the first of all,
 * the ones before it are taken and counted, and the error is that of the next
 * call.  If its buffer was too small, its element's size and fd_count say what
 * it needs, also where the result counts the elements before it.
 *
 * Return: how many were taken, 0 if @count is 0; -1 on error, and then none was
 * taken.  Elements past the count are unchanged but for what EMSGSIZE says.
 * Errors:
 *   EAGAIN       no message that fits the filter is there, and
 *                MSGPORT_NONBLOCK or O_NONBLOCK is set
 *   EBADF        @right is not an open descriptor, or neither a receive
 *                right nor a set
 *   EDQUOT       the call would have to wait with a filter, and
 *                MSGPORT_FILTERED_MAX (64) such receivers wait on the
 *                port
 *   EFAULT       @messages is NULL, or the buffer, the array of pieces or
 *                @fds of the first is a bad address. The message stays
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART. Nothing was taken
 *   EINVAL       MSGPORT_PEEK; or as for msgport_receive_message()
 *   EMFILE       the process has too few free descriptors for those of
 *                the first message. It stays
 *   EMSGSIZE     the first buffer or @fds is too small. The message stays,
 *                unless MSGPORT_DISCARD_LARGE is set; size and fd_count of
 *                the first element say what it needs
 *   ENOMEM       there is no memory
 *   ENOTTY       @right is a descriptor of something else than msgport
 *   EOPNOTSUPP   as for msgport_receive_message(): see msgport_version()
 *   ESRCH        MSGPORT_BY_PROCESS with a @start_time of 0, and no
 *                process has the @pid
 *   ETIMEDOUT    @deadline passed and no message that fits had come
 * Since ABI 0.
 */
ssize_t msgport_receive_batch(int right, struct msgport_message *messages,
			      size_t count, const struct msgport_filter *filter,
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
 * Calls and answers
 * ------------------------------------------------------------------ */

/**
 * msgport_call - send a request, and wait for its answer
 * @send_right: to the server's port
 * @request: payload of the request; may be NULL if @request_size is 0
 * @request_size: bytes, up to the port's max_size
 * @answer: buffer for the answer; the caller's; may be NULL if @answer_size is 0
 * @answer_size: bytes of @answer; a larger answer fails in the server, with
 *	EMSGSIZE, and the call waits on for one that fits, or for @deadline
 * @deadline: when to give up: msgport_deadline() of a time from now, or
 *	MSGPORT_FOREVER
 *
 * One system call for both ways.  The answer has a place of its own, so that it
 * neither waits nor mixes with other messages.  The call goes on after signals,
 * whatever their handlers, and the server sees the request once: it never
 * returns EINTR.  The scheme is QNX's MsgSend.
 *
 * Return: bytes of the answer, 0 for an empty one, as of a request that was
 * settled without a reply; -1 on error.
 * Errors:
 *   EAGAIN       the call would have to wait for room, and O_NONBLOCK is
 *                set. Nothing was sent
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right
 *   EDQUOT       the bytes of the answer, reserved while the call lasts,
 *                would take the user over the limit of the module
 *   EFAULT       @request or @answer is a bad address. If @answer is, the
 *                answer is lost
 *   EMSGSIZE     the request is larger than the port's @max_size, or the
 *                server discarded it as too large for its buffer
 *   ENOMEM       there is no memory
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   this module does not build calls: see msgport_version()
 *   EPIPE        the port is dead, or died before the request was taken
 *   ESRCH        the server ended without an answer after it had taken
 *                the request; or the right was good for one message, and
 *                is spent
 *   ETIMEDOUT    @deadline passed. A request that nobody has taken is
 *                withdrawn, else its answer will be discarded
 * Since ABI 0.
 */
ssize_t msgport_call(int send_right, const void *request, size_t request_size,
		     void *answer, size_t answer_size, uint64_t deadline);

/**
 * msgport_call_message - send a request with all its fields, and wait
 * @send_right: to the server's port
 * @request: what to send; only read; its due is NULL
 * @answer: on entry the buffer and the room for descriptors, which are also the
 *	most that the server can answer with; on return the answer
 * @flags: MSGPORT_NONBLOCK not to wait for room (the answer is waited for all
 *	the same); 0
 * @deadline: when to give up waiting for room, or for the answer
 * @id: NULL to go on after signals, as msgport_call() does.  Else 0 before the
 *	call; after one that a signal interrupted it names the call, and 0 again
 *	when the call has ended, whatever the outcome
 *
 * An interrupted call is resumed by the same thread calling again with @id as it
 * was left: nothing is sent twice.  Or it is given up by msgport_cancel().  While
 * @id is not 0 the answer is kept for that thread, after EINTR as well as after
 * the errors that say so; without @id such an answer is lost.
 *
 * Return: 0; -1 on error, and then @answer is unchanged but for what EMSGSIZE
 * says.
 * Errors:
 *   EACCES       a security module does not let the process have one of
 *                the descriptors of the answer. It is kept
 *   EAGAIN       the call would have to wait for room, and MSGPORT_NONBLOCK
 *                or O_NONBLOCK is set. Nothing was sent
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right; or one of @fds is not open
 *   EDQUOT       the bytes and descriptors of the answer, reserved while
 *                the call lasts, or the descriptors on their way would take
 *                the user over the limit of the module
 *   EFAULT       @request or @answer is NULL; the payload, the array of
 *                pieces or @fds of the request is a bad address, and
 *                nothing was sent; or those of the answer, and it is kept
 *   EINTR        a signal came while the call waited, its handler is not
 *                one of SA_RESTART, and @id is not NULL
 *   EINVAL       @request->due is not NULL; an unknown flag; or a value
 *                out of range, as for msgport_send_message()
 *   EMFILE       the process has too few free descriptors for those of
 *                the answer. It is kept
 *   EMSGSIZE     the request is larger than the port's @max_size, or the
 *                server discarded it as too large for its buffer. With @id
 *                not 0: the answer does not fit the buffer of the resumed
 *                call, and is kept; @answer->size and @answer->fd_count
 *                say what it needs
 *   ENOMEM       there is no memory
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   this module does not build calls, or a flag: see
 *                msgport_version(); descriptors to a port without
 *                MSGPORT_DESCRIPTORS, or one that may not travel
 *   EPERM        the right does not carry a priority this high, or no
 *                descriptors
 *   EPIPE        the port is dead, or died before the request was taken
 *   ESRCH        the server ended without an answer after it had taken
 *                the request; the right was good for one message, and is
 *                spent; or this thread has no call of this @id
 *   ETIMEDOUT    @deadline passed, or the request expired. A request that
 *                nobody has taken is withdrawn, else its answer will be
 *                discarded
 * Since ABI 0.
 */
int msgport_call_message(int send_right, const struct msgport_message *request,
			 struct msgport_message *answer, unsigned int flags,
			 uint64_t deadline, uint64_t *id);

/**
 * msgport_cancel - give up a call that a signal interrupted
 * @send_right: through which the call was made
 * @id: as msgport_call_message() left it
 *
 * By the thread that called.  A request that nobody has taken is withdrawn;
 * else its answer is discarded, and the server's reply fails with ESRCH.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   this module does not build calls: see msgport_version()
 *   ESRCH        this thread has no call of this @id on the right
 * Since ABI 0.
 */
int msgport_cancel(int send_right, uint64_t id);

/**
 * msgport_reply - answer with bytes
 * @receive_right: through which the question was taken; if from a set, that or the
 *	member's
 * @token: of the question
 * @data: payload; may be NULL if @size is 0
 * @size: bytes, up to the question's stamp.answer_size
 *
 * An answer never waits: its place was reserved when the question was sent.  The
 * token is good for one; after the errors that say so it stays good.  On an
 * acknowledging port the answer settles the question, even if nobody takes it
 * any more.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or neither a
 *                receive right nor a set
 *   EFAULT       @data is a bad address. The token stays good
 *   EMSGSIZE     the answer is larger than the sender can take. The token
 *                stays good
 *   ENOMEM       there is no memory. The token stays good
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   this module does not build answers: see
 *                msgport_version()
 *   ESRCH        nobody takes the answer: the sender, or the port that it
 *                was for, has gone, or none was due; or the token is
 *                spent, of another right or unknown
 * Since ABI 0.
 */
int msgport_reply(int receive_right, uint64_t token, const void *data,
		  size_t size);

/**
 * msgport_reply_message - answer with a message
 * @receive_right: through which the question was taken
 * @token: of the question
 * @answer: the answer; only read; its due is NULL and its ttl 0
 *
 * As msgport_reply(), with tag, priority, pieces and descriptors.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or neither a
 *                receive right nor a set; or one of @fds is not open, and
 *                the token stays good
 *   EDQUOT       the user would have more descriptors on their way than
 *                the limit of the module allows. The token stays good
 *   EFAULT       @answer is NULL; or the payload, the array of pieces or
 *                @fds is a bad address. The token stays good
 *   EINVAL       @answer->due is not NULL, or @answer->ttl not 0; or a
 *                value out of range, as for msgport_send_message(). The
 *                token stays good
 *   EMSGSIZE     the answer is larger than the sender can take, or has
 *                more descriptors: stamp.answer_size and stamp.answer_fds
 *                of the question say what it can. The token stays good
 *   ENOMEM       there is no memory. The token stays good
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   a descriptor that may not travel, and the token stays
 *                good; or this module does not build answers: see
 *                msgport_version()
 *   ESRCH        nobody takes the answer: the sender, or the port that it
 *                was for, has gone, or none was due; or the token is
 *                spent, of another right or unknown
 * Since ABI 0.
 */
int msgport_reply_message(int receive_right, uint64_t token,
			  const struct msgport_message *answer);

/**
 * msgport_reply_receive - answer a question, and wait for the next
 * @right: receive right, or a set
 * @token: in: of the question to answer, 0 for none; out: of the next, 0 if no
 *	answer to it is due; after an error 0 as soon as the answer was tried
 * @answer: payload of the answer; not looked at if *@token is 0
 * @answer_size: bytes of it
 * @buffer: for the next question; may be the buffer that @answer lies in
 * @size: bytes of @buffer
 *
 * A server's loop: one system call for a request, in which the kernel clears the
 * token before it answers.  So after EINTR the same call again answers nothing
 * twice.  An answer that fails does not keep the call from receiving; on success
 * errno is 0, or why the answer did not arrive: the errors of msgport_reply().
 * That is told with the next message, however late it comes.  How much the asker
 * can take is not told here: a server whose answers may be larger than that uses
 * msgport_reply_receive_message() and looks at stamp.answer_size.  It has the answer's
 * error apart, too, and all fields.  To answer again, keep a copy of the token.
 *
 * Return: bytes of the next question; -1 on error.
 * Errors:
 *   EAGAIN       no message is there, and O_NONBLOCK is set
 *   EBADF        @right is not an open descriptor, or neither a receive
 *                right nor a set
 *   EFAULT       @token is NULL, or @buffer is a bad address. The message
 *                stays
 *   EINTR        a signal came while the call waited for the next, and its
 *                handler is not one of SA_RESTART. Nothing was taken
 *   EMSGSIZE     the next message is larger than @size, or carries
 *                descriptors. It stays
 *   ENOMEM       there is no memory
 *   ENOTTY       @right is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build it: see msgport_version()
 * Since ABI 0.
 */
ssize_t msgport_reply_receive(int right, uint64_t *token, const void *answer,
			      size_t answer_size, void *buffer, size_t size);

/**
 * msgport_reply_receive_message - answer with a message, receive the next
 * @right: receive right, or a set
 * @token: in: of the question to answer, 0 for none; out: 0 as soon as the
 *	answer was tried.  May be &@next->token
 * @answer: the answer; may be NULL if *@token is 0
 * @next: as for msgport_receive_message(); on return the next message
 * @filter: which message; NULL for any
 * @flags: as for msgport_receive_message()
 * @deadline: when to give up waiting for the next
 * @reply_error: set when an answer was tried, to 0 or to the errno of
 *	msgport_reply_message() with which it failed; else left alone.  May be
 *	NULL
 *
 * What is wrong with the filter or @next is told before anything is answered; then
 * *@token stays.  The receive happens whatever becomes of the answer.  Where @reply_error says
 * that the token stays good, msgport_reply_message() can answer by a copy of it.
 *
 * Return: 0; -1 on error of the receive, and then @next is unchanged but for
 * what EMSGSIZE says.
 * Errors:
 *   EAGAIN       no message that fits the filter is there, and
 *                MSGPORT_NONBLOCK or O_NONBLOCK is set
 *   EBADF        @right is not an open descriptor, or neither a receive
 *                right nor a set
 *   EDQUOT       the call would have to wait with a filter or
 *                MSGPORT_PEEK, and MSGPORT_FILTERED_MAX (64) such
 *                receivers wait on the port
 *   EFAULT       @token or @next is NULL, or @answer is while there is a
 *                token; or the buffer, the array of pieces or @fds of
 *                @next is a bad address. The message stays
 *   EINTR        a signal came while the call waited for the next, and its
 *                handler is not one of SA_RESTART. Nothing was taken
 *   EINVAL       @answer->due is not NULL, and nothing was tried; or as
 *                for msgport_receive_message()
 *   EMFILE       the process has too few free descriptors for those of
 *                the next message. It stays
 *   EMSGSIZE     the buffer or @fds of @next is too small. The message
 *                stays, unless MSGPORT_DISCARD_LARGE is set; @next->size
 *                and @next->fd_count say what it needs
 *   ENOMEM       there is no memory
 *   ENOTTY       @right is a descriptor of something else than msgport
 *   EOPNOTSUPP   as for msgport_receive_message(): see msgport_version()
 *   ESRCH        MSGPORT_BY_PROCESS with a @start_time of 0, and no
 *                process has the @pid
 *   ETIMEDOUT    @deadline passed and no message that fits had come
 * Since ABI 0.
 */
int msgport_reply_receive_message(int right, uint64_t *token,
				  const struct msgport_message *answer,
				  struct msgport_message *next,
				  const struct msgport_filter *filter,
				  unsigned int flags, uint64_t deadline,
				  int *reply_error);

/* ------------------------------------------------------------------ *
 * Acknowledging ports, and credit
 * ------------------------------------------------------------------ */

/**
 * msgport_ack - settle an outstanding message: it is done with
 * @receive_right: through which it was taken; if from a set, that or the member's
 * @token: of the message
 *
 * For ports made with MSGPORT_ACK.  The message's place, bytes and credit are
 * free again.  If an answer is due, its sender gets the empty one of kind
 * MSGPORT_KIND_ACKNOWLEDGED: a receipt.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   the port is not an acknowledging one, or this module does
 *                not build them: see msgport_version()
 *   ESRCH        the message was settled or given back already, or was
 *                taken through another right; or the token is unknown
 * Since ABI 0.
 */
int msgport_ack(int receive_right, uint64_t token);

/**
 * msgport_release - give an outstanding message back
 * @receive_right: through which it was taken; if from a set, that or the member's
 * @token: of the message
 *
 * It returns to its place in the queue, by priority and age, and the next
 * receiver sees it with stamp.deliveries raised and a new token.  After the
 * port's max_deliveries it is returned or discarded instead.  The same happens
 * by itself when the process that took it exits or closes its last descriptor of
 * the right.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   the port is not an acknowledging one, or this module does
 *                not build them: see msgport_version()
 *   ESRCH        the message was settled or given back already, or was
 *                taken through another right; or the token is unknown
 * Since ABI 0.
 */
int msgport_release(int receive_right, uint64_t token);

/**
 * msgport_grant - let a right with manual credit send more messages
 * @receive_right: of the port
 * @source: id of the send right, from msgport_stat() or a stamp
 * @credits: messages
 *
 * For rights minted with MSGPORT_MINT_MANUAL, whose every message costs a
 * credit that nothing else gives back.  It is the second send and receive, from
 * consumer to producer, of the textbooks' producer and consumer.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EINVAL       the right has no manual credit, is good for one message
 *                only, or would have more than a counter holds
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   this module does not build it: see msgport_version()
 *   ESRCH        no send right of the port has this @source
 * Since ABI 0.
 */
int msgport_grant(int receive_right, uint64_t source, unsigned int credits);

/* ------------------------------------------------------------------ *
 * Watches
 * ------------------------------------------------------------------ */

/**
 * msgport_watch - be told, once, when something happens
 * @right: receive right or send right of the port to watch
 * @what: MSGPORT_WATCH_DEATH (the port died), MSGPORT_WATCH_SENDERS (its last
 *	send right went), MSGPORT_WATCH_BADGE, MSGPORT_WATCH_SOURCE (the last
 *	right with a badge went, the right of a source did) or
 *	MSGPORT_WATCH_ROOM (there is room again)
 * @subject: the badge or the source; else 0
 * @event_right: a receive right of the caller's, on whose port the event
 *	arrives; needed during the call only
 * @cookie: any number; comes back as the event's cookie
 * @id: filled with what msgport_unwatch() names; may be NULL
 *
 * The event is an empty message of kind MSGPORT_KIND_EVENT with tag @what, the
 * cookie, and @subject as stamp.badge.  Its place is reserved here, among the
 * max_answers of the port it arrives at, so that it cannot fail to come.  It
 * comes behind what the watched right had sent to the same port.  What is so
 * already is told at once; when the port dies every watch tells, with the tag
 * MSGPORT_WATCH_DEATH.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @right is not an open descriptor, or neither a receive
 *                right nor a send right; or @event_right is not a receive
 *                right
 *   EDQUOT       the user would have more watches and memberships, or with
 *                the event more bytes, than the limits of the module
 *                allow; or 16 watches of the user's, or 64 in all, wait
 *                for room at the port
 *   EINVAL       @what is none of MSGPORT_WATCH_*; or a @subject where
 *                none belongs
 *   ENOBUFS      the port of @event_right has no place for the event
 *   ENOMEM       there is no memory
 *   ENOTCONN     the port of @event_right is dead
 *   ENOTTY       @right is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build watches: see msgport_version()
 *   EPIPE        the port of @right is dead
 *   ESRCH        no send right has the badge, or the source, @subject
 * Since ABI 0.
 */
int msgport_watch(int right, unsigned int what, uint64_t subject,
		  int event_right, uint64_t cookie, uint64_t *id);

/**
 * msgport_unwatch - stop watching
 * @right: on which the watch was set
 * @id: of the watch
 *
 * Return: 0, and no event comes; -1 on error.
 * Errors:
 *   EBADF        @right is not an open descriptor, or neither a receive
 *                right nor a send right
 *   ENOTTY       @right is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build watches: see msgport_version()
 *   ESRCH        it has happened, and the event is there; or there never
 *                was such a watch
 * Since ABI 0.
 */
int msgport_unwatch(int right, uint64_t id);

/* ------------------------------------------------------------------ *
 * Sets
 * ------------------------------------------------------------------ */

/**
 * msgport_set_create - make an empty port set
 * @control: control descriptor, or MSGPORT_DEFAULT
 *
 * A set is received from as a port is, by msgport_receive_message(),
 * msgport_receive_batch() or msgport_reply_receive_message(), and works in
 * poll(2) and epoll(7).  It takes from its members that have a message in turn;
 * priority orders within a member only.
 *
 * Return: the set, close-on-exec, for the caller to close; -1 on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more rights and sets than the limit
 *                of the module allows
 *   EMFILE       the process has no free descriptor
 *   ENFILE       the whole system has no free descriptor
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build sets: see msgport_version()
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_set_create(int control);

/**
 * msgport_set_add - receive from this port too
 * @set: the set
 * @receive_right: the member, which may be in other sets as well
 * @cookie: any number; comes with each message of this member
 *
 * What is taken through the set is answered, acknowledged and given back on the
 * set or on @receive_right.  Answers and events keep their own cookie.  The set
 * holds nothing alive: a member whose last descriptor is closed leaves it.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @set is not an open descriptor, or not a set; or
 *                @receive_right is not a receive right: there is no set in
 *                a set
 *   EDQUOT       the user would have more memberships than the limit of
 *                the module allows, the port MSGPORT_MEMBERSHIPS_MAX, or the
 *                set 65,535
 *   EEXIST       @receive_right is a member already
 *   ENOMEM       there is no memory
 *   ENOTTY       @set is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build sets: see msgport_version()
 * Since ABI 0.
 */
int msgport_set_add(int set, int receive_right, uint64_t cookie);

/**
 * msgport_set_remove - receive from this port no more
 * @set: the set
 * @receive_right: the member
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @set is not an open descriptor, or not a set; or
 *                @receive_right is not a receive right
 *   ENOENT       @receive_right is no member
 *   ENOTTY       @set is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build sets: see msgport_version()
 * Since ABI 0.
 */
int msgport_set_remove(int set, int receive_right);

/* ------------------------------------------------------------------ *
 * Groups
 * ------------------------------------------------------------------ */

/**
 * struct msgport_group_options - how a group is to be
 * @mode: permission bits of the name, within 0666: w sends, r joins; 0 for 0600
 * @stall: nanoseconds for which a full member that takes nothing may hold the group
 *	up, before it becomes lossy for good; 0 for ever
 * @max_members: ports in the group, up to 1,024; 0 for 64
 *
 * Zero it before use, or initialise it by field names.
 */
struct msgport_group_options {
	mode_t mode;
	uint64_t stall;
	unsigned int max_members;
};

/**
 * msgport_group_create - make a group: one send, many receivers
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: 1 to MSGPORT_NAME_MAX bytes, any but 0; NULL for none, and then nobody
 *	can join
 * @options: mode and limits; NULL for the defaults
 *
 * What is sent to the group goes to every member, and all members see the
 * messages of the group in one order.  msgport_connect() by the name gives
 * others a descriptor to send with.
 *
 * Return: the group, a descriptor to send and expel with, close-on-exec, for the
 * caller to close; -1 on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more groups or rights than the limits
 *                of the module allow
 *   EEXIST       the name is taken, by a port or a group
 *   EINVAL       @name is empty; bits of mode outside 0666; or a value out
 *                of range
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       the network namespace of @control has ended
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 *   EPERM        the name begins with "sys." and the caller lacks
 *                CAP_SYS_ADMIN over the network namespace
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_group_create(int control, const char *name,
			 const struct msgport_group_options *options);

/**
 * msgport_join - have the port receive what is sent to a group
 * @receive_right: of the port
 * @group: name of the group, whose mode must allow r
 * @flags: MSGPORT_JOIN_LOSSY to miss messages while the port is full, rather
 *	than hold the group up (stamp.missed counts them); 0
 *
 * The membership is the port's: it ends with the port, by msgport_leave() or by
 * msgport_expel().
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EACCES       the mode of the group does not let the caller join
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EDQUOT       the group has its max_members, or the user would have
 *                more memberships than the limit of the module allows
 *   EEXIST       the port is a member already
 *   EFAULT       @group is NULL
 *   EINVAL       @group is empty, or an unknown flag
 *   ENAMETOOLONG @group is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENOENT       no group of the network namespace has the name
 *   ENOMEM       there is no memory
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   the port is one with MSGPORT_RENDEZVOUS, which has no places
 * Since ABI 0.
 */
int msgport_join(int receive_right, const char *group, unsigned int flags);

/**
 * msgport_leave - have the port receive no more from a group
 * @receive_right: of the port
 * @group: name of the group
 *
 * Messages of the group that are in the port already stay.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @receive_right is not an open descriptor, or not a
 *                receive right
 *   EFAULT       @group is NULL
 *   EINVAL       @group is empty
 *   ENAMETOOLONG @group is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENOENT       no group of the network namespace has the name, or the
 *                port is no member of it
 *   ENOTTY       @receive_right is a descriptor of something else than
 *                msgport
 * Since ABI 0.
 */
int msgport_leave(int receive_right, const char *group);

/**
 * msgport_expel - end somebody's membership
 * @group: descriptor of the group
 * @port: id of the member's port: of fdinfo, msgport_stat() or msgport_list()
 *
 * For the group's owner.  /proc/self/fdinfo of @group has a line for each member,
 * which ends in "full" for one without room: see msgport(4).
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @group is not an open descriptor, or not a group
 *   ENOENT       no member has this id
 *   ENOTTY       @group is a descriptor of something else than msgport
 *   EPERM        the caller does not own the group
 * Since ABI 0.
 */
int msgport_expel(int group, uint64_t port);

/* ------------------------------------------------------------------ *
 * Looking
 * ------------------------------------------------------------------ */

/**
 * msgport_stat - read everything there is to read
 * @fd: a right, or a control descriptor for the sum over its namespace
 * @stat: filled
 *
 * In every answer about a right, sent = received + returned + discarded +
 * queued + outstanding, read at one moment.  @stat->mint_flags of a send right
 * tells whether a @window of 0 means no window or no credit.
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
 * msgport_verify - is the process of a stamp still alive
 * @fd: any descriptor of msgport
 * @stamp: of a message that this process received; pid and start_time count
 *
 * A pid alone may name another process by the time it is read; a pid and the
 * time at which its process started never do.
 *
 * Return: 0, the very process is alive; -1 on error.
 * Errors:
 *   EBADF        @fd is not an open descriptor
 *   EFAULT       @stamp is NULL
 *   ENOTTY       @fd is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build it: see msgport_version()
 *   ESRCH        the process has ended, or is not visible in the caller's
 *                pid namespace
 * Since ABI 0.
 */
int msgport_verify(int fd, const struct msgport_stamp *stamp);

/**
 * msgport_pidfd - a descriptor of the process that sent a message
 * @fd: any descriptor of msgport
 * @stamp: of a message that this process received
 *
 * Opens a pidfd by the stamp's pid and then verifies the stamp, which proves the
 * pidfd to be the sender's: while the sender lives, nobody else has its pid.
 * The pidfd can be polled for the sender's end and signalled without a race.
 *
 * Return: the pidfd, close-on-exec, for the caller to close; -1 on error.
 * Errors:
 *   EBADF        @fd is not an open descriptor
 *   EFAULT       @stamp is NULL
 *   EMFILE       the process has no free descriptor
 *   ENFILE       the whole system has no free descriptor
 *   ENOMEM       there is no memory
 *   ENOTTY       @fd is a descriptor of something else than msgport
 *   EOPNOTSUPP   this module does not build it: see msgport_version()
 *   ESRCH        the sender has ended, or is not visible in the caller's
 *                pid namespace
 * Since ABI 0.
 */
int msgport_pidfd(int fd, const struct msgport_stamp *stamp);

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

/**
 * msgport_list_groups - read which groups the caller may see, a page a call
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @after: begin with 0; on return where the next page begins
 * @groups: room for @count elements; the caller's
 * @count: elements
 *
 * Shows the groups of the namespace that have a name and that the caller owns, or
 * may join or connect to.  Of an element id is the source of the group's messages,
 * receivers the members, max_msgs the most of them, senders the descriptors.  Call
 * until the result is 0.
 *
 * Return: elements filled, 0 at the end; -1 on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EFAULT       @after is NULL, or @groups is NULL or a bad address
 *   ENOTTY       @control is a descriptor of something else than msgport
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
ssize_t msgport_list_groups(int control, uint64_t *after,
			    struct msgport_port_info *groups, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* MSGPORT_H */
