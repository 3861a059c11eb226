/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every bound in one place: constants of the ABI that the module computes with,
 * and the ceilings that the administrator may move (module parameters, per
 * accounting uid; CAP_SYS_RESOURCE passes them).
 */
#ifndef _MSGPORT_LIMITS_H
#define _MSGPORT_LIMITS_H

#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/msgport.h>

/* What a port gets that does not say. */
#define MSGPORT_DEFAULT_MSGS	256
#define MSGPORT_DEFAULT_SIZE	SZ_64K
#define MSGPORT_DEFAULT_BYTES	SZ_256K
#define MSGPORT_MSGS_MAX	(1U << 20)
#define MSGPORT_BYTES_MAX	(1ULL << 40)

/* Flags that this version understands, by structure. */
#define MSGPORT_CREATE_FLAGS	(MSGPORT_ACK | MSGPORT_KEEP | \
				 MSGPORT_RENDEZVOUS | MSGPORT_DESCRIPTORS)
#define MSGPORT_MINT_FLAGS	(MSGPORT_MINT_ONCE | MSGPORT_MINT_NO_FDS | \
				 MSGPORT_MINT_MANUAL)
#define MSGPORT_SEND_FLAGS	(MSGPORT_NONBLOCK | MSGPORT_SYNC)
#define MSGPORT_CHOICES		(MSGPORT_BY_SOURCE | MSGPORT_BY_BADGE | \
				 MSGPORT_BY_PROCESS | MSGPORT_BY_TAG | \
				 MSGPORT_BY_PRIORITY)
#define MSGPORT_RECEIVE_FLAGS	(MSGPORT_NONBLOCK | MSGPORT_PEEK | \
				 MSGPORT_DISCARD_LARGE | MSGPORT_SETTLE | \
				 MSGPORT_CHOICES)
#define MSGPORT_JOIN_FLAGS	MSGPORT_JOIN_LOSSY
#define MSGPORT_LIST_FLAGS	MSGPORT_LIST_GROUPS
#define MSGPORT_LIMITS_FLAGS	(MSGPORT_SET_MAX_MSGS | MSGPORT_SET_MAX_BYTES | \
				 MSGPORT_SET_MAX_SIZE | \
				 MSGPORT_SET_MAX_ANSWERS | \
				 MSGPORT_SET_UID_SHARE)

/* Members that a group gets that does not say, and at most. */
#define MSGPORT_DEFAULT_MEMBERS	64
#define MSGPORT_MEMBERS_MAX	1024

/* Watches for room at one port, of all users and of each. */
#define MSGPORT_ROOM_WATCHES		64
#define MSGPORT_ROOM_WATCHES_EACH	16

/* Messages or waiters handled before a port's lock is let go. */
#define MSGPORT_BATCH		64
/*
 * Tasks woken after one locked section: one message may concern every receiver
 * that chooses, one that does not, and its own sender.
 */
#define MSGPORT_WAKE_ONE	(MSGPORT_FILTERED_MAX + 2)
#define MSGPORT_WAKE_BATCH	(MSGPORT_WAKE_ONE + 14)
/* How long the wake-up of an admitted sender may be gathered, in ns. */
#define MSGPORT_GATHER_NS	1000000

/* Ceilings for each accounting uid; see main.c. */
extern unsigned int msgport_max_ports;
extern unsigned long msgport_max_bytes;
extern unsigned int msgport_max_rights;
extern unsigned long msgport_max_pending;
extern unsigned int msgport_max_kept;
extern unsigned int msgport_max_records;
extern unsigned int msgport_max_fds;

#endif
