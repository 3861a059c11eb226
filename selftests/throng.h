/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A throng: everything at once, and anybody killed at any moment and started
 * again.  What each process is about to do, and what it knows is done, stands
 * in shared memory, so that it outlives the process.
 *
 *	eight callers ------------------.      .-> WORK, acknowledging --.
 *	eight senders, one-way, sync or +------+                         +-- four workers,
 *	with an answer due to a home of |      '-> PLAIN ----------------'   by set or port
 *	their own ----------------------'-> group of three -> three members
 *
 * Callers and senders are called askers.  An asker numbers its messages; a number
 * that is not known to be accepted when its process is killed is doubtful.  The
 * arguments of system calls lie in shared memory too, where the kernel writes what
 * a dead process was handed and never came to log.
 *
 *	throng.h	what they share
 *	throng_ask.h	the askers
 *	throng_serve.h	workers and members
 *	throng_found.h	what a process was in the middle of
 *	throng_judge.h	what must have become of each message, from the logs
 */
#ifndef MSGPORT_THRONG_H
#define MSGPORT_THRONG_H

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "stall.h"

#define CALLERS		8
#define SENDERS		8
#define ASKERS		(CALLERS + SENDERS)
#define WORKERS		4
#define MEMBERS		3
#define SERVERS		(WORKERS + MEMBERS)
#define THRONG		(ASKERS + SERVERS)

#define STRANGER_UID	1001
#define DEVICE_GID	1000

#define SMALL		48
#define LARGE		(1U << 16)
#define ANSWER_SIZE	64
#define NUMBERS		(1U << 15)	/* most that one asker sends */
#define LOG_SIZE	(1U << 17)	/* most that one server takes */
#define MAX_DELIVERIES	3
#define HELD		2		/* most that a worker keeps unsettled */
#define TURN_MS		20		/* nobody waits longer for what may not come */

/* Where a message goes. */
enum target {
	TARGET_WORK,
	TARGET_PLAIN,
	TARGET_MEMBER,			/* and the members after it */
	TARGETS = TARGET_MEMBER + MEMBERS,
	TARGET_GROUP,			/* all members */
};

/* What its sender wants to hear of it. */
enum manner {
	MANNER_ONE_WAY,
	MANNER_SYNC,
	MANNER_DUE,
	MANNER_CALL,
};

enum fate {
	FATE_NONE,
	FATE_ABOUT,			/* its sender was killed over it: it may be */
	FATE_ACCEPTED,
	FATE_REFUSED,
};

/* What a process is in the middle of. */
enum doing {
	DOING_NOTHING,
	DOING_SEND,
	DOING_SYNC,
	DOING_GROUP,
	DOING_CALL,
	DOING_PARKED,			/* between a signal and what comes after */
	DOING_HOME,
	DOING_STALLED_SEND,
	DOING_HOLD,			/* a worker, with messages not settled */
	DOING_RECEIVE,
	DOING_SET,
	DOING_PEEK,
	DOING_REPLY_RECEIVE,
	DOING_SETTLE,
	DOING_STALLED_RECEIVE,
};

enum pace {
	PACE_FULL,			/* servers are slow */
	PACE_EMPTY,			/* askers are */
	PACE_STOP,			/* askers end, servers go on */
	PACE_END,			/* servers end */
};

/* One message, as its sender knows it; a few bytes are its takers'. */
struct record {
	uint64_t by;			/* token that its answer names; 0: none */
	uint64_t gone_at;		/* call or sync: when its caller surely had gone */
	uint8_t target;
	uint8_t manner;
	uint8_t fate;
	uint8_t mortal;			/* due: to a home that dies with the process */
	uint8_t expires;		/* has a time to live */
	uint8_t gave_up;		/* call or sync: its caller did */
	uint8_t ended;			/* call or sync: with this ... */
	uint8_t error;			/* ... outcome */
	uint8_t kind;			/* due: of the answer */
	uint8_t reason;
	uint8_t answers;		/* due: how many came home */
	uint8_t doubtful_answers;	/* due: in the hand of a dead asker */
	uint8_t taken;			/* a server had it */
	uint8_t given;			/* a worker answered */
};

enum settling {
	SETTLE_NOT,
	SETTLE_ACK,
	SETTLE_REPLY,
	SETTLE_RELEASE,
};

/* One delivery, in the log of who took it. */
struct delivery {
	uint64_t token;
	uint64_t sequence;
	uint64_t began;			/* when its taker had not begun to receive yet */
	uint32_t id;
	uint8_t target;
	uint8_t deliveries;		/* how often it was taken before */
	uint8_t doubtful;		/* in the hand of a dead server */
	uint8_t settling;		/* tried */
	uint8_t settled;		/* tried, and came back with ... */
	uint8_t error;			/* ... this */
};

/* A process's own. */
struct desk {
	volatile uint32_t doing;
	volatile uint32_t steps;	/* of @doing */
	volatile uint32_t number;	/* asker: of its last message */
	volatile uint32_t logged;	/* server: entries of its log */
	union {
		struct msgport_send send;
		struct msgport_call call;
		struct msgport_reply_receive take; /* a receive is its part */
	};
	char in[LARGE];
};

struct throng {
	volatile uint32_t pace;
	struct desk desk[THRONG];
	struct record record[ASKERS][NUMBERS];
	struct delivery log[SERVERS][LOG_SIZE];
};

/* At both ends of a message's bytes. */
struct label {
	uint32_t id;
	uint32_t manner;
};

struct answer {
	uint64_t token;
	uint32_t id;
	uint32_t unused;
};

/* What the processes inherit. */
struct meeting_place {
	const char *name[2];		/* of TARGET_WORK and TARGET_PLAIN */
	int control;
	int receive[TARGETS];
	int right[ASKERS][2];		/* -1: connects for itself */
	int home[ASKERS];		/* -1: makes one for itself, or needs none */
	int group;			/* -1: this module has none */
	int token[2];			/* a pipe; its end to write to travels */
	uint64_t features;
	struct throng *throng;
};

static inline uint32_t id_of(unsigned int who, uint32_t number)
{
	return who * NUMBERS + number;
}

static inline struct record *record_of(struct throng *throng, uint32_t id)
{
	return &throng->record[id / NUMBERS][id % NUMBERS];
}

static inline bool is_stranger(unsigned int who)
{
	return who < ASKERS && who % 4 == 3;
}

static inline unsigned int random_below(unsigned int *state, unsigned int bound)
{
	*state = *state * 1103515245 + 12345;
	return (*state >> 8) % bound;
}

static inline void begin(struct desk *desk, enum doing doing)
{
	desk->doing = doing;
	desk->steps++;
	__sync_synchronize();
}

static inline void end(struct desk *desk)
{
	__sync_synchronize();
	desk->doing = DOING_NOTHING;
	desk->steps++;
}

static inline void idle_us(unsigned int us)
{
	struct timespec time = { .tv_nsec = us * 1000L };

	nanosleep(&time, NULL);
}

/* Signals that only interrupt; with SA_RESTART in some processes. */
static inline void be_interruptible(bool restart)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = restart ? SA_RESTART : 0,
	};
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

#endif
