/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A crowd: senders and receivers of one port that are killed at any moment and
 * started again.  What each was about to do and what it knows is done stands in
 * shared memory, so that it outlives the process.
 *
 *	four of another user, at the share ---.
 *	two with a window of one -------------+--> port --> four receivers
 *	two with neither bound ---------------'
 *
 * A sender numbers its messages.  A number that is not known to have been sent
 * when its process is killed is doubtful: it may arrive or not.  A receiver
 * receives into its slot in shared memory, so that what a dead one had taken
 * can still be read there.
 */
#ifndef MSGPORT_CROWD_H
#define MSGPORT_CROWD_H

#include <sys/resource.h>

#include "testlib.h"

#define SENDERS		8
#define STRANGERS	4		/* of these, of another user */
#define NARROW		2		/* of these, with a window of one */
#define RECEIVERS	4
#define CROWD		(SENDERS + RECEIVERS)
#define STRANGER_UID	1001
#define DEVICE_GID	1000

#define SMALL		32
#define LARGE		(1U << 18)
#define NUMBERS		(1U << 18)	/* most that one sender sends */
#define LOG_SIZE	(1U << 20)	/* most that one receiver takes */

/* What a member is in the middle of. */
enum doing {
	DOING_NOTHING,			/* between two calls */
	DOING_SEND_SMALL,
	DOING_SEND_LARGE,
	DOING_RECEIVE,
	DOING_CHOOSE,
	DOING_PEEK,
};

/* Who is slow, so that the port is full or empty. */
enum pace {
	PACE_FULL,
	PACE_EMPTY,
	PACE_STOP,			/* senders end, receivers go on */
};

/* At both ends of a message. */
struct label {
	uint16_t sender;
	uint16_t large;
	uint32_t number;		/* from 1: 0 means nothing was written */
};

struct member {
	volatile enum doing doing;
	volatile uint32_t steps;	/* calls begun and ended */
	volatile uint32_t about;	/* sender: number that is being sent */
	volatile uint32_t done;		/* sender: last number that was accepted */
	volatile uint32_t logged;	/* receiver: entries of its log */
};

struct slot {
	struct label first;
	char middle[LARGE - 2 * sizeof(struct label)];
	struct label last;		/* of a large message: its end */
};

struct crowd {
	volatile enum pace pace;
	struct member member[CROWD];
	struct slot slot[RECEIVERS];
	struct label log[RECEIVERS][LOG_SIZE];
};

/* What the processes inherit. */
struct meeting_place {
	const char *name;
	int control;
	int receive;
	int right[SENDERS];		/* -1: connects for itself */
	struct crowd *crowd;
};

static inline unsigned int random_below(unsigned int *state, unsigned int bound)
{
	*state = *state * 1103515245 + 12345;
	return (*state >> 8) % bound;
}

static inline void begin(struct member *self, enum doing doing)
{
	self->doing = doing;
	self->steps++;
	__sync_synchronize();
}

static inline void end(struct member *self)
{
	__sync_synchronize();
	self->doing = DOING_NOTHING;
	self->steps++;
}

static inline void idle_us(unsigned int us)
{
	struct timespec time = { .tv_nsec = us * 1000L };

	nanosleep(&time, NULL);
}

/* ---- senders ---- */

static inline int crowd_send_one(struct member *self, int right, char *data,
				 struct label label, unsigned int *seed)
{
	bool large = !random_below(seed, 4);
	struct msgport_message message = {
		.data = data,
		.size = large ? LARGE : SMALL,
	};
	uint64_t deadline = random_below(seed, 8) ? MSGPORT_FOREVER : in_ms(5);
	int error;

	label.large = large;
	memcpy(data, &label, sizeof(label));
	memcpy(data + message.size - sizeof(label), &label, sizeof(label));
	begin(self, large ? DOING_SEND_LARGE : DOING_SEND_SMALL);
	error = error_of(msgport_send_message(right, &message, 0, deadline));
	if (!error)
		self->done = label.number;
	end(self);
	return error;
}

static inline int crowd_sender(const struct meeting_place *place, unsigned int who)
{
	struct member *self = &place->crowd->member[who];
	unsigned int seed = getpid();
	struct label label = { .sender = who };
	int right = place->right[who], error;
	char *data = calloc(1, LARGE);

	close(place->receive);
	if (right < 0) {
		become(STRANGER_UID, DEVICE_GID);
		right = msgport_connect(place->control, place->name, 0);
	}
	if (right < 0 || !data)
		return 1;
	while (place->crowd->pace != PACE_STOP && self->about + 1 < NUMBERS) {
		/* what was not sent for want of time is sent again */
		if (self->done == self->about)
			self->about++;
		label.number = self->about;
		error = crowd_send_one(self, right, data, label, &seed);
		if (error && error != ETIMEDOUT)
			return 2;
		idle_us(place->crowd->pace == PACE_EMPTY ?
			random_below(&seed, 50000) : random_below(&seed, 200));
	}
	return 0;
}

/* ---- receivers ---- */

static inline int crowd_peek(struct member *self, int right, char *data)
{
	struct msgport_message message = { .data = data, .size = LARGE };
	int error;

	begin(self, DOING_PEEK);
	error = error_of(msgport_receive_message(right, &message, NULL, MSGPORT_PEEK,
						 in_ms(20)));
	end(self);
	return error;
}

/* Into the slot, and from there into the log. */
static inline int crowd_take(struct crowd *crowd, unsigned int which, int right,
			     const struct msgport_filter *filter)
{
	struct member *self = &crowd->member[SENDERS + which];
	struct slot *slot = &crowd->slot[which];
	struct msgport_message message = { .data = slot, .size = LARGE };
	int error;

	slot->last = (struct label){ 0 };
	slot->first = (struct label){ 0 };
	begin(self, filter ? DOING_CHOOSE : DOING_RECEIVE);
	/* whoever chooses must not wait for ever in front of a full port */
	error = error_of(msgport_receive_message(right, &message, filter, 0,
						 filter ? in_ms(20) : MSGPORT_FOREVER));
	if (!error) {
		crowd->log[which][self->logged] = slot->first;
		self->logged++;
	}
	end(self);
	return error;
}

static inline int crowd_receiver(const struct meeting_place *place, unsigned int which)
{
	struct member *self = &place->crowd->member[SENDERS + which];
	struct msgport_filter badge = { .by = MSGPORT_BY_BADGE };
	int right = msgport_reopen(place->receive), error;
	unsigned int seed = getpid(), choice;
	char *data = calloc(1, LARGE);

	if (right < 0 || !data)
		return 1;
	/* so that no page of it is missing later */
	memset(&place->crowd->slot[which], 0, sizeof(struct slot));
	while (self->logged < LOG_SIZE) {
		choice = random_below(&seed, 8);
		badge.badge = STRANGERS + random_below(&seed, SENDERS - STRANGERS);
		if (choice < 2)
			error = crowd_peek(self, right, data);
		else
			error = crowd_take(place->crowd, which, right,
					   choice < 4 ? &badge : NULL);
		if (error && error != ETIMEDOUT)
			return 2;
		if (place->crowd->pace == PACE_FULL)
			idle_us(random_below(&seed, 2000));
	}
	return 3;
}

static inline pid_t start_member(const struct meeting_place *place, unsigned int who)
{
	pid_t pid = start_child();

	if (!pid) {
		/* behind the one who kills, so that he comes at any moment */
		setpriority(PRIO_PROCESS, 0, 10);
		_exit(who < SENDERS ? crowd_sender(place, who) :
				      crowd_receiver(place, who - SENDERS));
	}
	return pid;
}

#endif
