/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * msgport: ports that messages are sent to and received from.
 *
 * This header is the whole interface of /dev/msgport.  open("/dev/msgport")
 * gives a control descriptor; every other object is a descriptor too, made by
 * an ioctl on the control descriptor or on a right.  All descriptors made
 * here are close-on-exec.
 *
 * Rules that hold for every argument structure
 *   - The first field is its size in bytes, so that a structure may grow at
 *     its end.  Shorter than this header's: EINVAL.  Longer, with anything but
 *     zeros in the tail that the kernel does not know: E2BIG.
 *   - Unknown flags and non-zero reserved fields: EINVAL.
 *   - Pointers are __u64, so that 32-bit programs need no translation.
 *   - A structure is written back only when the ioctl succeeds, or where a
 *     field says otherwise.
 *   - Times are nanoseconds; deadlines are absolute CLOCK_MONOTONIC, in the
 *     caller's time namespace, all ones (MSGPORT_FOREVER) for none.
 *   - An ioctl that makes a descriptor returns it; others return 0, or a
 *     count where they say so.
 *
 * What a kernel cannot do answers EOPNOTSUPP and lacks its bit in the features
 * of MSGPORT_IOC_VERSION; a flag's comment names the bit.  ABI 0 may change until
 * release 1.0 freezes it.
 *
 * Errors: one errno, one meaning
 *   EAGAIN        the call would have to wait, and must not
 *   ETIMEDOUT     the deadline passed
 *   EINTR         a signal came first; nothing was sent or taken
 *   EPIPE         the port is dead: its last receive right is closed
 *   ENOTCONN      the return address is dead
 *   ESRCH         the caller has gone, or the token is spent; no such process
 *   EMSGSIZE      the message is over max_size, the buffer is too small for
 *                 it, or the answer is larger than asked for (the structure
 *                 is written back with the sizes needed)
 *   ENOBUFS       no place for an answer
 *   EDQUOT        the user, or the port, is over one of its limits
 *   ENOMEM        no memory
 *   EMFILE        no free descriptor (ENFILE: none in the whole system)
 *   EOPNOTSUPP    a descriptor that may not travel; a feature that this port or
 *                 this kernel lacks; what read(2) cannot carry; an answer is
 *                 due, and the receiver wants no token
 *   EEXIST        the name is taken; the port or the right is a member already
 *   ENOENT        no port or group has the name; no such member
 *   ENAMETOOLONG  the name is longer than MSGPORT_NAME_MAX
 *   EACCES        the port's mode, its owner or a security module refuses
 *   EPERM         a capability is missing, the right does not carry the
 *                 priority or descriptors, or the writer is not who opened the
 *                 right
 *   EINVAL        unknown flag, non-zero reserved field, value out of range
 *   E2BIG         a structure from the future
 *   EBADF         not a right, or not of the kind that the verb is on; a
 *                 descriptor to send that is not open
 *   ENOTTY        not an ioctl of msgport
 *   EFAULT        bad pointer; nothing changed
 */
#ifndef _UAPI_LINUX_MSGPORT_H
#define _UAPI_LINUX_MSGPORT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MSGPORT_ABI		0

/* Sizes in bytes, counts in messages or descriptors. */
#define MSGPORT_NAME_MAX	63		/* without a final zero byte */
#define MSGPORT_SIZE_MAX	(16U << 20)	/* largest message */
#define MSGPORT_PRIORITY_MAX	31		/* 0 is the lowest */
#define MSGPORT_FDS_MAX		64		/* descriptors in one message */
#define MSGPORT_IOV_MAX		1024		/* elements of an iovec */
#define MSGPORT_SCAN_MAX	4096		/* deepest port with tag filters */
#define MSGPORT_FILTERED_MAX	64		/* choosy receivers waiting on one port or set */
#define MSGPORT_MEMBERSHIPS_MAX	64		/* memberships of one port in sets */
#define MSGPORT_DELIVERIES	16		/* max_deliveries, unless stated */
#define MSGPORT_UNLIMITED	(~0U)		/* max_deliveries: for ever */
#define MSGPORT_FOREVER		(~0ULL)		/* no deadline */
#define MSGPORT_NO_UID		(~0U)		/* any owner; any group */

/**
 * struct msgport_iovec - one piece of a payload in user memory
 * @base: address
 * @len: bytes
 */
struct msgport_iovec {
	__u64 base;
	__u64 len;
};

/* What a message is: msgport_stamp.kind. */
#define MSGPORT_KIND_DATA		0	/* somebody sent it */
#define MSGPORT_KIND_REPLY		1	/* the answer to something you sent */
#define MSGPORT_KIND_ACKNOWLEDGED	2	/* the empty answer: it was settled */
#define MSGPORT_KIND_RETURNED	3	/* your message came back, undelivered */
#define MSGPORT_KIND_GONE		4	/* its receiver ended without an answer */
#define MSGPORT_KIND_EVENT		5	/* something you watch happened */

/* Why a message was not delivered: msgport_stamp.reason. */
#define MSGPORT_REASON_EXPIRED	1	/* over its time to live */
#define MSGPORT_REASON_DIED	2	/* the port died */
#define MSGPORT_REASON_TOO_LARGE 3	/* discarded by MSGPORT_DISCARD_LARGE */
#define MSGPORT_REASON_WITHDRAWN 4	/* its caller ended */
#define MSGPORT_REASON_EXHAUSTED 5	/* handed out max_deliveries times */

/**
 * struct msgport_stamp - what the kernel vouches for, about one message
 * @badge: the send right's badge, chosen by who minted it; 0 from connect
 * @source: id of the send right, never used twice
 * @sequence: counts the messages of the port, in the order of acceptance (with
 *	gaps on a rendezvous port, where an offer may be withdrawn)
 * @sent_at: CLOCK_MONOTONIC, when the send began, in the receiver's time namespace
 * @start_time: when the sending process started, CLOCK_BOOTTIME of the initial
 *	time namespace; with @pid it names a process for ever
 * @answer_size: largest answer, in bytes, that the sender can take
 * @missed: messages of the group that this lossy member did not take between the
 *	one of it that it took last and this
 * @pid: sending process, in the receiver's pid namespace; 0 if not visible there
 * @tid: sending thread, likewise
 * @uid: effective user of the sender, in the receiver's user namespace
 *	(the overflow uid, as a rule 65534, if not mapped there)
 * @gid: effective group of the sender, likewise
 * @deliveries: how often this message was taken before
 * @answer_fds: how many descriptors the sender can take in an answer
 * @kind: MSGPORT_KIND_DATA and so on
 * @reason: with MSGPORT_KIND_RETURNED: MSGPORT_REASON_*; else 0
 *
 * Answers and events come through no send right: their badge and source are 0
 * (an event's badge: what was watched).  What the kernel makes itself, all kinds
 * but data and reply, names the process that sent the question.  The badge is
 * seL4's idea, the returned message TIPC's.
 */
struct msgport_stamp {
	__u64 badge;
	__u64 source;
	__u64 sequence;
	__u64 sent_at;
	__u64 start_time;
	__u64 answer_size;
	__u64 missed;
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 gid;
	__u32 deliveries;
	__u32 answer_fds;
	__u32 kind;
	__u32 reason;
};

/* ------------------------------------------------------------------ *
 * On the control descriptor
 * ------------------------------------------------------------------ */

/* Features: what this module can do. */
#define MSGPORT_FEATURE_PORTS		(1ULL << 0)	/* create to receive, stat, limits, list */
#define MSGPORT_FEATURE_CALLS		(1ULL << 1)	/* call, cancel, reply, reply_receive */
#define MSGPORT_FEATURE_ACK		(1ULL << 2)	/* ack, release, grant, sync send */
#define MSGPORT_FEATURE_WATCH		(1ULL << 3)
#define MSGPORT_FEATURE_SETS		(1ULL << 4)
#define MSGPORT_FEATURE_GROUPS		(1ULL << 5)
#define MSGPORT_FEATURE_SEND_RIGHTS	(1ULL << 6)	/* send rights in messages */
#define MSGPORT_FEATURE_FDS		(1ULL << 7)	/* other descriptors in messages */
#define MSGPORT_FEATURE_BATCHES		(1ULL << 8)
#define MSGPORT_FEATURE_VERIFY		(1ULL << 9)
#define MSGPORT_FEATURE_URING		(1ULL << 10)	/* commands of io_uring */

/**
 * struct msgport_version - MSGPORT_IOC_VERSION: what this module speaks
 * @size: of this structure
 * @abi: out: MSGPORT_ABI of the module
 * @features: out: MSGPORT_FEATURE_*
 *
 * Works on every descriptor of msgport.
 */
struct msgport_version {
	__u32 size;
	__u32 abi;
	__u64 features;
};

/* msgport_create.flags */
#define MSGPORT_ACK		(1U << 0)	/* messages end when acknowledged (FEATURE_ACK) */
#define MSGPORT_KEEP		(1U << 1)	/* the named port survives its rights */
#define MSGPORT_RENDEZVOUS	(1U << 2)	/* no queue: a send meets a receiver */
/* Messages may carry descriptors (FEATURE_SEND_RIGHTS); not with MSGPORT_KEEP. */
#define MSGPORT_DESCRIPTORS	(1U << 3)

/**
 * struct msgport_create - MSGPORT_IOC_CREATE: make a port
 * @size: of this structure
 * @flags: MSGPORT_ACK and so on
 * @name: address of the name's bytes, or 0 for a port without a name
 * @name_len: bytes, 1 to MSGPORT_NAME_MAX; any byte but 0 is allowed
 * @mode: who may connect, as a file's: r for a receive right, w for a send
 *	right; the bits 0666; 0 means 0600
 * @gid: the group that the middle digit of @mode is for, in the caller's user
 *	namespace, one of the caller's own; MSGPORT_NO_UID: the effective group.
 *	Looked at only for a name whose mode gives the group something
 * @max_msgs: messages in transit; 0 for 256 (for none with MSGPORT_RENDEZVOUS)
 * @max_size: largest message in bytes, up to MSGPORT_SIZE_MAX; 0 for 65,536
 * @max_answers: places for answers to what is sent in this port's name; 0 for
 *	@max_msgs
 * @max_bytes: memory that the messages in transit may take, each with its own
 *	structure (192 bytes with a payload of up to 64); 0 for the largest
 *	of 262,144, what @max_msgs small messages need and what one of @max_size
 *	needs.
 *	Reserved from the caller's quota as long as the port lives.
 * @uid_share: how many of @max_msgs another user than the port's owner may have
 *	in transit, with the same part of @max_bytes; 0 for half
 * @max_deliveries: how often an acknowledging port hands a message out; 0 for
 *	MSGPORT_DELIVERIES; at most 255, or MSGPORT_UNLIMITED: a message that is
 *	given back is handed out again for ever (@deliveries of its stamp stays
 *	at 255)
 * @id: out: the port's id, never used twice
 *
 * Returns the port's first receive right.  Names that begin with "sys." need
 * CAP_SYS_ADMIN over the network namespace.
 * Errors: EINVAL, E2BIG, EFAULT, ENAMETOOLONG, EEXIST, EPERM (a "sys." name; a
 * group that is not the caller's), EDQUOT, ENOMEM, EMFILE; ENOENT if the
 * network namespace has ended.
 */
struct msgport_create {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_len;
	__u32 mode;
	__u32 gid;
	__u32 max_msgs;
	__u32 max_size;
	__u32 max_answers;
	__u64 max_bytes;
	__u32 uid_share;
	__u32 max_deliveries;
	__u64 id;
};

/* msgport_connect.flags */
#define MSGPORT_CONNECT_RECEIVE	(1U << 0)	/* a receive right, not a send right */

/**
 * struct msgport_connect - MSGPORT_IOC_CONNECT: a right to the port of a name
 * @size: of this structure
 * @flags: MSGPORT_CONNECT_RECEIVE
 * @name: address of the name's bytes
 * @name_len: bytes
 * @owner: the uid that must own the port, in the caller's user namespace, so
 *	that nobody can squat on a name; MSGPORT_NO_UID: any
 * @id: out: the port's id
 * @source: out: the id of the send right, as its messages' stamps will carry
 *
 * Returns a send right with badge 0 (the mode must allow w), or a receive
 * right (r).  The name of a group gives a descriptor to send to it with, @id 0 and
 * in @source the source of all the group's messages; nothing is received from a
 * group (EOPNOTSUPP).  Errors: EINVAL, E2BIG, EFAULT, ENAMETOOLONG, ENOENT, EACCES
 * (mode, or @owner does not own it), EDQUOT, ENOMEM, EMFILE.
 */
struct msgport_connect {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_len;
	__u32 owner;
	__u64 id;
	__u64 source;
};

/**
 * struct msgport_unlink - MSGPORT_IOC_UNLINK: take a name away
 * @size: of this structure
 * @flags: 0
 * @name: address of the name's bytes
 * @name_len: bytes
 * @reserved: 0
 *
 * Rights keep working.  A kept port without a receive right ends.
 * For the port's owner, or CAP_SYS_ADMIN over the network namespace.
 * Errors: EINVAL, E2BIG, EFAULT, ENAMETOOLONG, ENOENT, EPERM.
 */
struct msgport_unlink {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_len;
	__u32 reserved;
};

/**
 * struct msgport_port_info - one line of MSGPORT_IOC_LIST
 * @id: of the port
 * @max_bytes: its limit
 * @bytes: of the messages in transit
 * @max_msgs: its limit
 * @queued: messages waiting or in a receiver's hand
 * @uid: owner, in the caller's user namespace
 * @gid: group, likewise
 * @mode: permission bits
 * @flags: of msgport_create
 * @receivers: receive rights
 * @senders: send rights
 * @waiting_senders: sends that wait for room
 * @waiting_receivers: receives that wait for a message
 * @name_len: bytes of @name, 0 for a port without a name
 * @sets: how often the receive rights are members of sets
 * @name: the name, zeros behind it
 *
 * With MSGPORT_LIST_GROUPS it is a group, and only these are not 0: @id, the source
 * of its messages, as in msgport_stat and msgport_stamp; @max_msgs, the most members;
 * @receivers, its members; @senders, its descriptors; @waiting_senders; @uid, @gid,
 * @mode, @name_len and @name.
 */
struct msgport_port_info {
	__u64 id;
	__u64 max_bytes;
	__u64 bytes;
	__u32 max_msgs;
	__u32 queued;
	__u32 uid;
	__u32 gid;
	__u32 mode;
	__u32 flags;
	__u32 receivers;
	__u32 senders;
	__u32 waiting_senders;
	__u32 waiting_receivers;
	__u32 name_len;
	__u32 sets;
	__u8  name[64];
};

/* msgport_list.flags */
#define MSGPORT_LIST_GROUPS	(1U << 0)	/* the groups, not the ports */

/**
 * struct msgport_list - MSGPORT_IOC_LIST: the ports that the caller may see
 * @size: of this structure
 * @flags: MSGPORT_LIST_GROUPS
 * @after: in: list ports with ids above this; out: the last id looked at.
 *	Begin with 0, call until the result is 0.
 * @ports: address of an array of struct msgport_port_info
 * @count: elements of the array
 * @element_size: bytes of one element, at least that of this header's
 *
 * Returns how many elements were written: ports of this namespace that the
 * caller owns, or that have a name and a mode that lets the caller connect.
 * With MSGPORT_LIST_GROUPS groups and no ports: those of this namespace that have
 * a name and that the caller owns or may join or connect to.
 * Errors: EINVAL, E2BIG, EFAULT.
 */
struct msgport_list {
	__u32 size;
	__u32 flags;
	__u64 after;
	__u64 ports;
	__u32 count;
	__u32 element_size;
};

/* ------------------------------------------------------------------ *
 * Rights
 * ------------------------------------------------------------------ */

/* msgport_mint.flags */
/* Mach's send-once right: good for one message (FEATURE_CALLS); POLLHUP after that. */
#define MSGPORT_MINT_ONCE	(1U << 0)
#define MSGPORT_MINT_NO_FDS	(1U << 1)	/* its messages carry no descriptors */
/* Credit is given by MSGPORT_IOC_GRANT alone (FEATURE_ACK). */
#define MSGPORT_MINT_MANUAL	(1U << 2)

/**
 * struct msgport_mint - MSGPORT_IOC_MINT: a new send right, on a receive right
 * @size: of this structure
 * @flags: MSGPORT_MINT_ONCE and so on
 * @badge: any number, in the stamp of every message sent through the right
 * @window: messages of this right in transit; 0 for as many as the port's.
 *	With MSGPORT_MINT_MANUAL: the credits it begins with, 0 for none; each
 *	message accepted costs one
 * @max_priority: the greatest priority the right carries, 0 to 31
 * @reserved: 0
 * @source: out: the id of the right
 *
 * Returns the send right.  What it sends counts against the share of the uid
 * that minted it.  Errors: EINVAL, E2BIG, EFAULT, EBADF, EDQUOT, ENOMEM,
 * EMFILE.
 */
struct msgport_mint {
	__u32 size;
	__u32 flags;
	__u64 badge;
	__u32 window;
	__u32 max_priority;
	__u64 reserved;
	__u64 source;
};

/**
 * struct msgport_reopen - MSGPORT_IOC_REOPEN: another receive right of the port
 * @size: of this structure
 * @flags: 0
 *
 * On a receive right; returns an independent one: one for each worker process.
 * Errors: EINVAL, E2BIG, EFAULT, EBADF, EDQUOT, ENOMEM, EMFILE.
 */
struct msgport_reopen {
	__u32 size;
	__u32 flags;
};

/* msgport_send.flags, msgport_receive.flags and so on */
#define MSGPORT_NONBLOCK	(1U << 0)	/* as O_NONBLOCK on the descriptor */
#define MSGPORT_SYNC		(1U << 1)	/* send: return when it has ended (FEATURE_ACK) */
#define MSGPORT_PEEK		(1U << 2)	/* receive: look, do not take */
#define MSGPORT_DISCARD_LARGE	(1U << 3)	/* receive: discard what does not fit */
#define MSGPORT_BY_SOURCE	(1U << 4)	/* receive: from this source */
#define MSGPORT_BY_BADGE	(1U << 5)	/* receive: with this badge */
#define MSGPORT_BY_PROCESS	(1U << 6)	/* receive: from this process */
#define MSGPORT_BY_TAG		(1U << 7)	/* receive: with this tag, under tag_mask */
#define MSGPORT_BY_PRIORITY	(1U << 8)	/* receive: of at least this priority */
#define MSGPORT_SETTLE		(1U << 9)	/* receive: settle it at once, no token */

/* msgport_outgoing.flags */
#define MSGPORT_ANSWER		(1U << 0)	/* an answer is due, to answer_fd */

/**
 * struct msgport_outgoing - a message to send
 * @data: address of the payload or, with @iov_count, of an array of struct
 *	msgport_iovec
 * @data_size: bytes of the payload (with @iov_count: 0; the pieces say it)
 * @fds: address of an array of __s32, descriptors to send along
 * @tag: of the sender's choice
 * @ttl: nanoseconds from now after which the message expires unread; 0: never.
 *	Noticed when a receiver comes to it, by MSGPORT_IOC_STAT, and by who waits
 *	for its end (a call, MSGPORT_SYNC) at once.
 *	On a rendezvous port: after which the send gives up (ETIMEDOUT).
 *	Begins anew when a signal restarts the call; a deadline does not
 * @cookie: with MSGPORT_ANSWER: given back with the answer
 * @answer_size: largest answer that can be taken, in bytes
 * @iov_count: elements, up to MSGPORT_IOV_MAX; 0: @data is the payload itself
 * @fd_count: elements of @fds, up to MSGPORT_FDS_MAX
 * @priority: 0 to the right's greatest
 * @flags: MSGPORT_ANSWER
 * @answer_fd: with MSGPORT_ANSWER: a receive right of the sender's own
 * @answer_fds: descriptors that can be taken with the answer; with any here or in
 *	@fds the port of @answer_fd must have MSGPORT_DESCRIPTORS (EOPNOTSUPP)
 * @error: out, in a vector: 0, or why this element was not sent
 * @reserved: 0
 *
 * What travels, on a port made with MSGPORT_DESCRIPTORS: send rights and, with
 * FEATURE_FDS, regular files, directories, pipes and FIFOs, memfds, eventfds,
 * timerfds, signalfds, pidfds, and sockets of IP, netlink, packet, vsock, TIPC,
 * CAN and XDP.  All else, O_PATH among it, is EOPNOTSUPP.  They stay open in the
 * sender, whose user pays for them until they are received for good; for those of an
 * answer the user who asked does, for all of @answer_fds from the question on (EDQUOT).
 */
struct msgport_outgoing {
	__u64 data;
	__u64 data_size;
	__u64 fds;
	__u64 tag;
	__u64 ttl;
	__u64 cookie;
	__u64 answer_size;
	__u32 iov_count;
	__u32 fd_count;
	__u32 priority;
	__u32 flags;
	__s32 answer_fd;
	__u32 answer_fds;
	__s32 error;
	__u32 reserved;
};

/**
 * struct msgport_send - MSGPORT_IOC_SEND: send, waiting only for room
 * @size: of this structure
 * @flags: MSGPORT_NONBLOCK, MSGPORT_SYNC
 * @deadline: gives up waiting for room; once accepted, a send succeeds
 * @vector: address of an array of struct msgport_outgoing, or 0 for @message
 * @count: elements of @vector
 * @element_size: bytes of one element
 * @id: with MSGPORT_SYNC, in: 0; out, written before the message is sent: names
 *	the send, so that a restarted one waits on and does not send twice
 * @message: the message, when @vector is 0; nothing is written back to it
 *
 * With MSGPORT_SYNC the call returns when the message has ended: 0 if it was
 * received (on an acknowledging port: settled), else EPIPE, ETIMEDOUT (expired, or
 * the deadline), EMSGSIZE (discarded as too large) or ESRCH (handed out
 * max_deliveries times).  Not for vectors, nor with MSGPORT_ANSWER, nor on a group.
 * On a send right or a group.  Returns 0, or with @vector how many were sent.
 * On an error nothing was sent.  Errors: EINVAL, E2BIG, EFAULT, EBADF, EPIPE,
 * EMSGSIZE, EPERM (priority, descriptors), EAGAIN, ETIMEDOUT, EINTR, ENOMEM;
 * ENOTCONN and ENOBUFS with MSGPORT_ANSWER; EDQUOT for too many descriptors on
 * their way or asked for; EOPNOTSUPP for those that may not travel or go to a port that has
 * not opted in.
 */
struct msgport_send {
	__u32 size;
	__u32 flags;
	__u64 deadline;
	__u64 vector;
	__u32 count;
	__u32 element_size;
	__u64 id;
	struct msgport_outgoing message;
};

/**
 * struct msgport_incoming - a message received
 * @data: in: address of the buffer or, with @iov_count, of an array of struct
 *	msgport_iovec
 * @data_size: in: bytes of the buffer (with @iov_count: 0); out: of the message
 * @fds: in: address of an array of __s32
 * @tag: out: as sent
 * @token: out: what a reply, ack or release names; 0 if none is due
 * @cookie: out: of an answer or event (@stamp.kind is not MSGPORT_KIND_DATA) its
 *	own; else of the member of the set that was received from; else 0
 * @iov_count: in: elements; 0: @data is the buffer itself
 * @fd_count: in: room in @fds; out: descriptors in the message
 * @priority: out: as sent
 * @error: out, in a vector: 0, or why this element failed
 * @stamp: out: who sent it, says the kernel
 *
 * On EMSGSIZE @data_size and @fd_count are written back and say what is needed.
 * Descriptors are installed last, close-on-exec; if one cannot be, none is, what was
 * written to @fds is -1, and @data_size and @fd_count are again what they were.  A
 * peek needs no room for them and takes none.
 */
struct msgport_incoming {
	__u64 data;
	__u64 data_size;
	__u64 fds;
	__u64 tag;
	__u64 token;
	__u64 cookie;
	__u32 iov_count;
	__u32 fd_count;
	__u32 priority;
	__s32 error;
	struct msgport_stamp stamp;
};

/**
 * struct msgport_receive - MSGPORT_IOC_RECEIVE: the next message, or a chosen one
 * @size: of this structure
 * @flags: MSGPORT_NONBLOCK, MSGPORT_PEEK, MSGPORT_DISCARD_LARGE, MSGPORT_SETTLE
 *	(not with MSGPORT_PEEK), MSGPORT_BY_* (all that are given must fit)
 * @deadline: gives up waiting
 * @source: with MSGPORT_BY_SOURCE: msgport_stamp.source
 * @badge: with MSGPORT_BY_BADGE
 * @tag: with MSGPORT_BY_TAG: compared with the message's in the bits of @tag_mask
 * @tag_mask: likewise; 0: all bits
 * @start_time: with MSGPORT_BY_PROCESS: msgport_stamp.start_time of the process,
 *	which may have ended; 0: of the process that has the pid now
 * @pid: with MSGPORT_BY_PROCESS: msgport_stamp.pid
 * @priority: with MSGPORT_BY_PRIORITY: the least
 * @vector: address of an array of struct msgport_incoming, or 0 for @message
 * @count: elements of @vector; the call waits for the first message only
 * @element_size: bytes of one element
 * @message: the message, when @vector is 0
 *
 * On a receive right or a set.  Of the messages that fit, the one of the
 * highest priority, and of these the oldest, is taken; from a set that of the
 * member whose turn it is.  A receive that fails takes nothing.  From an empty
 * set it waits.  By source, badge or process alone costs the same at any depth, but
 * for the first time at a port, which sorts what is queued there.
 * By tag, or by process together with source or badge, looks through the queue:
 * a port with max_msgs over MSGPORT_SCAN_MAX, or a set with such a member, has
 * not got it (EOPNOTSUPP).  At most MSGPORT_FILTERED_MAX receivers that choose or
 * peek may wait on one port or set (EDQUOT).  With MSGPORT_DISCARD_LARGE a message
 * that does not fit is ended, and the call still fails with EMSGSIZE.  A peek is
 * EAGAIN, whatever the flags, while 255 others look at the same message, or while
 * the user's other peeks and waiting sends hold all the bytes that may be pending.
 *
 * With MSGPORT_SETTLE a message is settled by being received, on an acknowledging
 * port too, and @token is 0.  One that would fit and has an answer due, which only a
 * token can give, stays, and the call fails with EOPNOTSUPP.
 *
 * Returns 0, or with @vector how many were received.  Errors: EINVAL, E2BIG,
 * EFAULT, EBADF, EAGAIN, ETIMEDOUT, EINTR, EMSGSIZE, EMFILE, EACCES (a security
 * module), EDQUOT, EOPNOTSUPP, ENOMEM, ESRCH (no process has the pid).
 */
struct msgport_receive {
	__u32 size;
	__u32 flags;
	__u64 deadline;
	__u64 source;
	__u64 badge;
	__u64 tag;
	__u64 tag_mask;
	__u64 start_time;
	__u32 pid;
	__u32 priority;
	__u64 vector;
	__u32 count;
	__u32 element_size;
	struct msgport_incoming message;
};

/**
 * struct msgport_call - MSGPORT_IOC_CALL: send, and wait for the answer
 * @size: of this structure
 * @flags: MSGPORT_NONBLOCK (for room only)
 * @deadline: gives up waiting for room or for the answer
 * @id: in: 0; out, written before the message is sent: names the call, so that
 *	a restarted call waits on and does not send twice
 * @request: what to send; MSGPORT_ANSWER is understood, and the fields that go
 *	with it are 0: @answer says what can be taken
 * @answer: where the answer goes
 *
 * On a send right.  A call that a signal interrupted is resumed by calling again
 * with @id as it was left, by the same thread; or given up by MSGPORT_IOC_CANCEL.
 * Once the call has ended, whatever the outcome, @id is 0 again.  Errors: those of
 * MSGPORT_IOC_SEND; EPIPE when the port died before the request was taken; ESRCH
 * when its receiver ended without an answer, or there is no such call to resume;
 * ETIMEDOUT (the request is withdrawn, or its answer will be discarded); EMSGSIZE
 * with @id not 0: the answer does not fit the buffer, which was made smaller (call
 * again); EFAULT, EMFILE and EACCES (a security module) likewise: the answer is
 * kept.  EDQUOT: too many calls
 * interrupted, or too many bytes or descriptors of answers asked for.  The scheme is QNX's
 * MsgSend.
 */
struct msgport_call {
	__u32 size;
	__u32 flags;
	__u64 deadline;
	__u64 id;
	struct msgport_outgoing request;
	struct msgport_incoming answer;
};

/**
 * struct msgport_cancel - MSGPORT_IOC_CANCEL: give up a call that was interrupted
 * @size: of this structure
 * @flags: 0
 * @id: of msgport_call
 *
 * On the send right, by the thread that called.  A request that was not taken is
 * discarded; else its answer will be.  Also ends a send with MSGPORT_SYNC.
 * Errors: EINVAL, E2BIG, EFAULT, EBADF, ESRCH.
 */
struct msgport_cancel {
	__u32 size;
	__u32 flags;
	__u64 id;
};

/**
 * struct msgport_reply - MSGPORT_IOC_REPLY: answer, once
 * @size: of this structure
 * @flags: 0
 * @token: of msgport_incoming
 * @answer: the answer; it never waits for room
 *
 * On the receive right that the question was taken through or, if it was received
 * from a set, on either.  On an acknowledging
 * port it settles the question as well, also when nobody takes the answer any more
 * (ESRCH).  After EMSGSIZE, with @answer.answer_size and @answer.answer_fds saying
 * what can be taken, and after EFAULT, ENOMEM and what a descriptor of the answer
 * fails with (EBADF, EDQUOT, EOPNOTSUPP) the token stays good.
 * Errors: EINVAL, E2BIG, EFAULT, EBADF, ESRCH, EMSGSIZE, EDQUOT, ENOMEM, EOPNOTSUPP.
 */
struct msgport_reply {
	__u32 size;
	__u32 flags;
	__u64 token;
	struct msgport_outgoing answer;
};

/**
 * struct msgport_reply_receive - MSGPORT_IOC_REPLY_RECEIVE: a server's loop
 * @size: of this structure
 * @reply_error: out, if @token was not 0: 0, or the errno of a reply that failed;
 *	the receive happens all the same
 * @token: in: what to answer, 0 for nothing; cleared before the answer is sent
 * @answer: the answer
 * @receive: the next question, as MSGPORT_IOC_RECEIVE
 *
 * On a receive right or a set, which finds by the token which of its members is
 * to answer.  What is wrong with @receive itself (but for the elements of a vector and
 * bad addresses), or that no process has its pid, is told before anything is answered,
 * and @token stays.  Errors: those of MSGPORT_IOC_RECEIVE.
 */
struct msgport_reply_receive {
	__u32 size;
	__s32 reply_error;
	__u64 token;
	struct msgport_outgoing answer;
	struct msgport_receive receive;
};

/**
 * struct msgport_ack - MSGPORT_IOC_ACK: settle an outstanding message
 * @size: of this structure
 * @flags: 0
 * @token: of msgport_incoming
 *
 * On the receive right that the message was taken through or, if it was received
 * from a set, on either; of an acknowledging port.  If an answer is due, the sender
 * gets the empty one, MSGPORT_KIND_ACKNOWLEDGED.  Errors: EINVAL, E2BIG, EFAULT,
 * EBADF, ESRCH, EOPNOTSUPP.
 */
struct msgport_ack {
	__u32 size;
	__u32 flags;
	__u64 token;
};

/**
 * struct msgport_release - MSGPORT_IOC_RELEASE: give an outstanding message back
 * @size: of this structure
 * @flags: 0
 * @token: of msgport_incoming
 *
 * It returns to its place in the queue, its deliveries counted.  Errors: as
 * MSGPORT_IOC_ACK.
 */
struct msgport_release {
	__u32 size;
	__u32 flags;
	__u64 token;
};

/**
 * struct msgport_grant - MSGPORT_IOC_GRANT: add credit to a right with manual credit
 * @size: of this structure
 * @credits: messages
 * @source: of the send right, as minted
 *
 * On a receive right.  The textbook's second send-receive, from consumer to
 * producer.  Errors: EINVAL, E2BIG, EFAULT, EBADF, ESRCH, EOPNOTSUPP.
 */
struct msgport_grant {
	__u32 size;
	__u32 credits;
	__u64 source;
};

/* ------------------------------------------------------------------ *
 * Watches, sets, groups
 * ------------------------------------------------------------------ */

/* msgport_watch.what; the tag of the event */
#define MSGPORT_WATCH_DEATH	1	/* the port died */
#define MSGPORT_WATCH_SENDERS	2	/* its last send right went */
#define MSGPORT_WATCH_BADGE	3	/* the last right with the badge went */
#define MSGPORT_WATCH_ROOM	4	/* there is room again */
#define MSGPORT_WATCH_SOURCE	5	/* the send right of this source went */

/**
 * struct msgport_watch - MSGPORT_IOC_WATCH: one event, once
 * @size: of this structure
 * @what: MSGPORT_WATCH_*
 * @badge: with MSGPORT_WATCH_BADGE the badge, with MSGPORT_WATCH_SOURCE the source
 * @cookie: comes with the event
 * @event_fd: receive right on whose port the event arrives
 * @reserved: 0
 * @id: out: for MSGPORT_IOC_UNWATCH
 *
 * What is so already is told at once; when the port dies every watch tells, with
 * the tag MSGPORT_WATCH_DEATH.
 * EDQUOT: the user would have too many watches and memberships, or too many bytes
 * (192 for the event, until it is received); or 16 watches of the user's, or 64 of
 * all users', wait for room at this port.
 *
 * On a receive right or a send right.  Errors: EINVAL, E2BIG, EFAULT, EBADF,
 * EPIPE, ENOTCONN, ENOBUFS, EDQUOT, ENOMEM, EOPNOTSUPP, ESRCH (nobody has the
 * badge or the source).
 */
struct msgport_watch {
	__u32 size;
	__u32 what;
	__u64 badge;
	__u64 cookie;
	__s32 event_fd;
	__u32 reserved;
	__u64 id;
};

/**
 * struct msgport_unwatch - MSGPORT_IOC_UNWATCH: stop watching
 * @size: of this structure
 * @flags: 0
 * @id: of msgport_watch
 *
 * Errors: EINVAL, E2BIG, EFAULT, EBADF, ESRCH (it has happened, or never was).
 */
struct msgport_unwatch {
	__u32 size;
	__u32 flags;
	__u64 id;
};

/**
 * struct msgport_set_create - MSGPORT_IOC_SET_CREATE: an empty port set
 * @size: of this structure
 * @flags: 0
 *
 * On the control descriptor; returns the set.  Members with a message are received
 * from in turn; priority orders the messages of one member only.  The set holds no
 * right open.  What a process took through it and has not settled goes back, or
 * becomes MSGPORT_KIND_GONE, when the process has no descriptor of the set left.
 * Errors: EINVAL, E2BIG, EFAULT, EDQUOT (a set counts as a right), ENOMEM, EMFILE.
 */
struct msgport_set_create {
	__u32 size;
	__u32 flags;
};

/**
 * struct msgport_set_add - MSGPORT_IOC_SET_ADD: receive from this port too
 * @size: of this structure
 * @flags: 0
 * @cookie: comes with each message of this member; answers and events have their own
 * @receive_fd: a receive right
 * @reserved: 0
 *
 * On a set.  The membership is the receive right's, and ends with its last
 * descriptor.  A right may be in several sets, and be received from by itself.
 * Errors: EINVAL, E2BIG, EFAULT, EBADF (@receive_fd is no receive right: there is no
 * set in a set), EEXIST (it is a member), EDQUOT (the user has too many memberships,
 * the port MSGPORT_MEMBERSHIPS_MAX, or the set 65,535), ENOMEM.
 */
struct msgport_set_add {
	__u32 size;
	__u32 flags;
	__u64 cookie;
	__s32 receive_fd;
	__u32 reserved;
};

/**
 * struct msgport_set_remove - MSGPORT_IOC_SET_REMOVE: not from this port any more
 * @size: of this structure
 * @flags: 0
 * @receive_fd: the member
 * @reserved: 0
 *
 * On a set.  Messages stay in the port; what was taken through the set can still be
 * settled, on the set as on the right.  Errors: EINVAL, E2BIG, EFAULT, EBADF, ENOENT
 * (it is no member).
 */
struct msgport_set_remove {
	__u32 size;
	__u32 flags;
	__s32 receive_fd;
	__u32 reserved;
};

/**
 * struct msgport_group_create - MSGPORT_IOC_GROUP_CREATE: one send, many receivers
 * @size: of this structure
 * @flags: 0
 * @name: address of the name's bytes, or 0: then nobody can join
 * @name_len: bytes
 * @mode: r to join, w to send; the bits 0666; 0 means 0600
 * @stall: nanoseconds after which a member that is full, and has taken nothing
 *	meanwhile, becomes lossy for good; 0: never
 * @max_members: 0 for 64, at most 1,024
 * @reserved: 0
 *
 * On the control descriptor; returns a descriptor of the group, to send and expel
 * with.  The group lives while it has a descriptor, and its name as long or until
 * it is unlinked.
 *
 * A send reaches every member, or waits: for the deadline, a signal, or with
 * MSGPORT_NONBLOCK not at all.  Until all have room none has the message.  All
 * members see the messages of a group in one order.  A member that dies meanwhile
 * is passed over; a lossy one that has no room misses the message.  EMSGSIZE if it
 * is over the max_size of a member that is not lossy.  A group takes no answers, no
 * calls and no descriptors.  At a member's port a message counts against the share
 * of the user who opened the descriptor that it was sent through.
 * POLLOUT: every member that is not lossy has room.
 * Errors: as MSGPORT_IOC_CREATE.
 */
struct msgport_group_create {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_len;
	__u32 mode;
	__u64 stall;
	__u32 max_members;
	__u32 reserved;
};

/* msgport_join.flags */
#define MSGPORT_JOIN_LOSSY	(1U << 0)	/* miss messages rather than stall the group */

/**
 * struct msgport_join - MSGPORT_IOC_JOIN: become a member
 * @size: of this structure
 * @flags: MSGPORT_JOIN_LOSSY
 * @name: address of the group's name
 * @name_len: bytes
 * @reserved: 0
 *
 * On a receive right; the port becomes the member, until it leaves, is expelled or
 * dies, or the group ends.  Messages of the group come with the group's source and
 * badge 0.  Errors: EINVAL, E2BIG, EFAULT, EBADF, ENOENT, ENAMETOOLONG, EACCES,
 * EEXIST, EDQUOT (the group has its max_members, or the user too many
 * memberships), ENOMEM, EOPNOTSUPP (a rendezvous port has no places to fill).
 */
struct msgport_join {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_len;
	__u32 reserved;
};

/**
 * struct msgport_leave - MSGPORT_IOC_LEAVE: stop being a member
 * @size: of this structure
 * @flags: 0
 * @name: address of the group's name
 * @name_len: bytes
 * @reserved: 0
 *
 * On a receive right.  What was received stays.  Errors: EINVAL, E2BIG, EFAULT,
 * EBADF, ENOENT, ENAMETOOLONG.
 */
struct msgport_leave {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_len;
	__u32 reserved;
};

/**
 * struct msgport_expel - MSGPORT_IOC_EXPEL: end somebody's membership
 * @size: of this structure
 * @flags: 0
 * @port: id of the member
 *
 * On a group, by its owner.  Errors: EINVAL, E2BIG, EFAULT, EBADF, EPERM,
 * ENOENT.
 */
struct msgport_expel {
	__u32 size;
	__u32 flags;
	__u64 port;
};

/* ------------------------------------------------------------------ *
 * Looking
 * ------------------------------------------------------------------ */

/**
 * struct msgport_verify - MSGPORT_IOC_VERIFY: is the process of this stamp alive
 * @size: of this structure
 * @pid: msgport_stamp.pid
 * @start_time: msgport_stamp.start_time
 *
 * On any descriptor of msgport; 0 if the very process is alive.  Errors:
 * EINVAL, E2BIG, EFAULT, ESRCH, EOPNOTSUPP.
 */
struct msgport_verify {
	__u32 size;
	__u32 pid;
	__u64 start_time;
};

/* msgport_limits.flags: which fields to set; none reads them all */
#define MSGPORT_SET_MAX_MSGS	(1U << 0)
#define MSGPORT_SET_MAX_BYTES	(1U << 1)
#define MSGPORT_SET_MAX_SIZE	(1U << 2)
#define MSGPORT_SET_MAX_ANSWERS	(1U << 3)
#define MSGPORT_SET_UID_SHARE	(1U << 4)

/**
 * struct msgport_limits - MSGPORT_IOC_LIMITS: read or change a port's limits
 * @size: of this structure
 * @flags: MSGPORT_SET_*
 * @max_bytes: as in msgport_create; all fields are in for those of @flags, out
 *	for all
 * @max_msgs: likewise
 * @max_size: likewise
 * @max_answers: likewise
 * @uid_share: likewise
 *
 * On a receive right.  Lowering drops nothing: the port fills no further until
 * it is below, and what it holds stays paid for until limits change again.
 * Raising is for the port owner's uid (EPERM) and its quota (EDQUOT).  When
 * @max_msgs changes and @uid_share does not, the share keeps its part.  A send
 * that waits already may be larger than the new @max_size.
 * Errors: EINVAL, E2BIG, EFAULT, EBADF, EPERM, EDQUOT.
 */
struct msgport_limits {
	__u32 size;
	__u32 flags;
	__u64 max_bytes;
	__u32 max_msgs;
	__u32 max_size;
	__u32 max_answers;
	__u32 uid_share;
};

/* msgport_stat.what: what the descriptor is */
#define MSGPORT_IS_CONTROL	0
#define MSGPORT_IS_RECEIVE	1
#define MSGPORT_IS_SEND		2
#define MSGPORT_IS_SET		3
#define MSGPORT_IS_GROUP	4

/**
 * struct msgport_stat - MSGPORT_IOC_STAT: everything there is to read
 * @size: of this structure
 * @what: out: MSGPORT_IS_*
 * @port: id of the port (0 on a control descriptor, where the ledger is the sum
 *	over the namespace's ports, the dead ones included, and on a set, where it
 *	is the sum over the members' ports)
 * @source: of a send right: its id
 * @badge: of a send right
 * @sent: messages accepted
 * @received: taken, for good
 * @returned: gone back to their return addresses
 * @discarded: ended otherwise; the reasons below add up to it, @exhausted too
 * @expired: of these, over their time to live
 * @died_with_port: of these, still queued when the port died
 * @too_large: of these, by MSGPORT_DISCARD_LARGE
 * @withdrawn: of these, taken back when their caller ended
 * @queued: in the queue or in a receiver's hand
 * @outstanding: taken, not yet acknowledged
 * @bytes: that the messages in transit take
 * @max_bytes: the limit
 * @max_msgs: the limit
 * @max_size: the limit
 * @uid_share: the limit
 * @in_hand: of @queued, being copied to a receiver now
 * @receivers: receive rights
 * @senders: send rights
 * @waiting_senders: sends that wait for room
 * @waiting_receivers: receives that wait for a message
 * @window: of a send right: messages in transit it may have; 0: as many as the
 *	port takes.  With MSGPORT_MINT_MANUAL or MSGPORT_MINT_ONCE in @mint_flags it is
 *	exact, 0 included: @in_transit and what it may send yet
 * @in_transit: of a send right: messages in transit it has
 * @max_priority: of a send right
 * @flags: of msgport_create
 * @dead: 1 when the port is dead
 * @ports: on a control descriptor: ports alive in the namespace; on a set:
 *	members; else 1
 * @exhausted: of @discarded, handed out max_deliveries times
 * @redelivered: how often an outstanding message was given back
 * @missed: messages of groups that the port did not take
 * @asked: calls and synchronous sends accepted; what became of them:
 * @answered: by a reply, an acknowledgement, or (synchronous sends) their end
 * @gone: because the receiver, or the port, ended
 * @given_up: because the caller did, or its message expired or was discarded
 * @waiting: of @asked, still open: asked = answered + gone + given_up + waiting
 * @max_answers: the limit
 * @answers: of @max_answers, places taken: answers due, answers and events here
 * @mint_flags: of a send right: MSGPORT_MINT_*, as it was minted; 0 from connect
 * @reserved: 0
 *
 * Answers and events count as @sent on the port that they arrive at, and in
 * @queued, not in @bytes.
 *
 * Always: sent = received + returned + discarded + queued + outstanding, read
 * at one moment.  On a control descriptor, exact when nothing moves.
 * On a right, messages whose time to live has passed are ended before counting.
 *
 * On a group only these are not 0: @source, of its messages; @sent; @missed, by its
 * lossy members; @senders, its descriptors; @waiting_senders; @max_priority; @ports,
 * its members; @max_msgs, the most members.  A membership counts as one of a port's
 * @senders.
 */
struct msgport_stat {
	__u32 size;
	__u32 what;
	__u64 port;
	__u64 source;
	__u64 badge;
	__u64 sent;
	__u64 received;
	__u64 returned;
	__u64 discarded;
	__u64 expired;
	__u64 died_with_port;
	__u64 too_large;
	__u64 withdrawn;
	__u64 queued;
	__u64 outstanding;
	__u64 bytes;
	__u64 max_bytes;
	__u32 max_msgs;
	__u32 max_size;
	__u32 uid_share;
	__u32 in_hand;
	__u32 receivers;
	__u32 senders;
	__u32 waiting_senders;
	__u32 waiting_receivers;
	__u32 window;
	__u32 in_transit;
	__u32 max_priority;
	__u32 flags;
	__u32 dead;
	__u32 ports;
	__u64 exhausted;
	__u64 redelivered;
	__u64 missed;
	__u64 asked;
	__u64 answered;
	__u64 gone;
	__u64 given_up;
	__u64 waiting;
	__u32 max_answers;
	__u32 answers;
	__u32 mint_flags;
	__u32 reserved;
};

/**
 * struct msgport_uring - a verb as a command of io_uring
 * @argument: address of the verb's structure, as of the ioctl
 * @reserved: 0
 *
 * The last 16 bytes of an io_uring_sqe whose opcode is IORING_OP_URING_CMD and whose
 * cmd_op is MSGPORT_IOC_ and one of SEND, RECEIVE, CALL, CANCEL, REPLY, REPLY_RECEIVE,
 * ACK, RELEASE, GRANT (FEATURE_URING).  The result is the ioctl's, as a negative errno
 * if it failed.  The structure and what it points to stay until then.
 *
 * A verb that would have to wait, a call and a send with MSGPORT_SYNC go to a worker
 * thread of the ring, of which there are few: IORING_REGISTER_IOWQ_MAX_WORKERS, of the
 * bounded kind.  A vector whose first elements were sent at once and whose next would
 * have to wait ends with the count.  In stamps the pid is the process's, the tid that
 * of the thread that ran the command.  The descriptor stays open while it is used as a
 * registered file: what is received through one that is closed is given back at once.
 *
 * Errors: the verb's; EOPNOTSUPP for another verb of msgport, or with
 * IORING_SETUP_IOPOLL; ENOTTY for what is none; EINVAL for @reserved, or a registered
 * buffer; ECANCELED if it was cancelled before a worker began with it; EINTR if after,
 * or if the process was stopped: nothing was sent or taken.  But a call with @id not 0,
 * or such a MSGPORT_SYNC, was sent: any thread of the process resumes it as after a
 * signal, by command or ioctl, or cancels it.
 */
struct msgport_uring {
	__u64 argument;
	__u64 reserved;
};

/* ------------------------------------------------------------------ *
 * Numbers.  _IO, without a size: the structure carries its own.
 * ------------------------------------------------------------------ */
#define MSGPORT_IOC_TYPE		0xBD

#define MSGPORT_IOC_VERSION		_IO(MSGPORT_IOC_TYPE, 0x00)
#define MSGPORT_IOC_CREATE		_IO(MSGPORT_IOC_TYPE, 0x01)
#define MSGPORT_IOC_CONNECT		_IO(MSGPORT_IOC_TYPE, 0x02)
#define MSGPORT_IOC_MINT		_IO(MSGPORT_IOC_TYPE, 0x03)
#define MSGPORT_IOC_REOPEN		_IO(MSGPORT_IOC_TYPE, 0x04)
#define MSGPORT_IOC_UNLINK		_IO(MSGPORT_IOC_TYPE, 0x05)
#define MSGPORT_IOC_SEND		_IO(MSGPORT_IOC_TYPE, 0x06)
#define MSGPORT_IOC_RECEIVE		_IO(MSGPORT_IOC_TYPE, 0x07)
#define MSGPORT_IOC_CALL		_IO(MSGPORT_IOC_TYPE, 0x08)
#define MSGPORT_IOC_CANCEL		_IO(MSGPORT_IOC_TYPE, 0x09)
#define MSGPORT_IOC_REPLY		_IO(MSGPORT_IOC_TYPE, 0x0a)
#define MSGPORT_IOC_REPLY_RECEIVE	_IO(MSGPORT_IOC_TYPE, 0x0b)
#define MSGPORT_IOC_ACK			_IO(MSGPORT_IOC_TYPE, 0x0c)
#define MSGPORT_IOC_RELEASE		_IO(MSGPORT_IOC_TYPE, 0x0d)
#define MSGPORT_IOC_GRANT		_IO(MSGPORT_IOC_TYPE, 0x0e)
#define MSGPORT_IOC_WATCH		_IO(MSGPORT_IOC_TYPE, 0x0f)
#define MSGPORT_IOC_UNWATCH		_IO(MSGPORT_IOC_TYPE, 0x10)
#define MSGPORT_IOC_SET_CREATE		_IO(MSGPORT_IOC_TYPE, 0x11)
#define MSGPORT_IOC_SET_ADD		_IO(MSGPORT_IOC_TYPE, 0x12)
#define MSGPORT_IOC_SET_REMOVE		_IO(MSGPORT_IOC_TYPE, 0x13)
#define MSGPORT_IOC_GROUP_CREATE	_IO(MSGPORT_IOC_TYPE, 0x14)
#define MSGPORT_IOC_JOIN		_IO(MSGPORT_IOC_TYPE, 0x15)
#define MSGPORT_IOC_LEAVE		_IO(MSGPORT_IOC_TYPE, 0x16)
#define MSGPORT_IOC_EXPEL		_IO(MSGPORT_IOC_TYPE, 0x17)
#define MSGPORT_IOC_VERIFY		_IO(MSGPORT_IOC_TYPE, 0x18)
#define MSGPORT_IOC_STAT		_IO(MSGPORT_IOC_TYPE, 0x19)
#define MSGPORT_IOC_LIMITS		_IO(MSGPORT_IOC_TYPE, 0x1a)
#define MSGPORT_IOC_LIST		_IO(MSGPORT_IOC_TYPE, 0x1b)

#endif /* _UAPI_LINUX_MSGPORT_H */
