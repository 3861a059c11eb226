/* SPDX-License-Identifier: GPL-2.0 */
/* Callers and senders of the throng. */
#ifndef MSGPORT_THRONG_ASK_H
#define MSGPORT_THRONG_ASK_H

#include "throng.h"

struct asker {
	const struct meeting_place *place;
	struct throng *throng;
	struct desk *desk;
	unsigned int who;
	unsigned int seed;
	int right[2];
	int home;			/* -1: none */
	bool mortal;			/* the home is this process's own */
	char *data;			/* LARGE bytes */
	int fds[2];			/* what travels */
	struct record *record;		/* of the message that is being sent */
	uint32_t id;
};

/* Writes the record before anything can have happened. */
static inline bool next_record(struct asker *self, enum target target, enum manner manner)
{
	struct desk *desk = self->desk;

	if (desk->number + 1 >= NUMBERS)
		return false;
	self->id = id_of(self->who, desk->number + 1);
	self->record = record_of(self->throng, self->id);
	self->record->target = target;
	self->record->manner = manner;
	self->record->mortal = self->mortal;
	self->record->fate = FATE_ABOUT;
	desk->number++;
	return true;
}

/* A descriptor in every third message, and a send right in some of these. */
static inline void attach_descriptors(struct asker *self, struct msgport_outgoing *m)
{
	uint64_t features = self->place->features;

	if (self->record->target == TARGET_GROUP || random_below(&self->seed, 3))
		return;
	if (features & MSGPORT_FEATURE_FDS)
		self->fds[m->fd_count++] = self->place->token[1];
	if (features & MSGPORT_FEATURE_SEND_RIGHTS && !random_below(&self->seed, 2))
		self->fds[m->fd_count++] = self->right[TARGET_WORK];
	m->fds = address_of(self->fds);
}

static inline void write_message(struct asker *self, struct msgport_outgoing *m)
{
	struct label label = { .id = self->id, .manner = self->record->manner };
	size_t size = random_below(&self->seed, 6) ? SMALL : LARGE;

	memcpy(self->data, &label, sizeof(label));
	memcpy(self->data + size - sizeof(label), &label, sizeof(label));
	memset(m, 0, sizeof(*m));
	m->data = address_of(self->data);
	m->data_size = size;
	m->tag = self->id;
	m->priority = random_below(&self->seed, 8) ? 0 : 5;
	attach_descriptors(self, m);
}

/* Some give up by themselves. */
static inline uint64_t patience(struct asker *self)
{
	return random_below(&self->seed, 16) ? MSGPORT_FOREVER : in_ms(10);
}

/* Some stay until the answer has come, and a while longer. */
static inline void stay_parked(struct asker *self)
{
	unsigned int looks = random_below(&self->seed, 40);

	idle_us(random_below(&self->seed, 10000));
	while (looks-- && !self->record->given)
		idle_us(2000);
	idle_us(random_below(&self->seed, 20000));
}

/* What interrupted calls and synchronous sends do: go on, or give up. */
static inline bool goes_on(struct asker *self, enum doing doing, uint64_t id)
{
	struct msgport_cancel cancel = { .size = sizeof(cancel), .id = id };
	int right = self->right[self->record->target];

	self->record->fate = FATE_ACCEPTED;
	begin(self->desk, DOING_PARKED);
	stay_parked(self);
	if (random_below(&self->seed, 4)) {
		begin(self->desk, doing);
		return true;
	}
	self->record->gave_up = 1;
	if (ioctl(right, MSGPORT_IOC_CANCEL, &cancel))
		_exit(10);
	self->record->gone_at = now_ns();
	return false;
}

/* A call or a synchronous send has come to its end: 0 if that is as it may be. */
static inline int note_end(struct asker *self, int error)
{
	struct record *record = self->record;

	switch (error) {
	case 0:
	case ESRCH:
		record->error = error;
		record->ended = 1;
		record->fate = FATE_ACCEPTED;
		return 0;
	case ETIMEDOUT:
		/* whether it was accepted before, the others know */
		record->gave_up = 1;
		record->gone_at = now_ns();
		return 0;
	case EINTR:
		if (record->fate == FATE_ABOUT)
			record->fate = FATE_REFUSED;
		return 0;
	default:
		return 11;
	}
}

/* ---- callers ---- */

static inline int note_answer(struct asker *self, const struct msgport_incoming *m)
{
	const struct answer *answer = (const void *)self->desk->in;

	if (!m->data_size)
		return 0;
	if (m->data_size != sizeof(*answer) || answer->id != self->id)
		return 12;
	self->record->by = answer->token;
	return 0;
}

static inline int call_once(struct asker *self, enum target target)
{
	struct msgport_call *arg = &self->desk->call;
	int error, bad;

	if (!next_record(self, target, MANNER_CALL))
		return 0;
	memset(arg, 0, sizeof(*arg));
	arg->size = sizeof(*arg);
	write_message(self, &arg->request);
	arg->answer.data = address_of(self->desk->in);
	arg->answer.data_size = ANSWER_SIZE;
	arg->deadline = patience(self);
	begin(self->desk, DOING_CALL);
	do {
		error = error_of(ioctl(self->right[target], MSGPORT_IOC_CALL, arg));
	} while (error == EINTR && arg->id && goes_on(self, DOING_CALL, arg->id));
	bad = error ? 0 : note_answer(self, &arg->answer);
	if (!bad)
		bad = note_end(self, error);
	end(self->desk);
	return bad;
}

/* ---- senders ---- */

/* At home: what has come of what was sent with an answer due. */
static inline int note_return(struct asker *self, const struct msgport_incoming *m)
{
	const struct answer *answer = (const void *)self->desk->in;
	struct record *record;

	if (m->cookie >= ASKERS * NUMBERS || m->cookie / NUMBERS != self->who)
		return 13;
	record = record_of(self->throng, m->cookie);
	record->kind = m->stamp.kind;
	record->reason = m->stamp.reason;
	if (record->kind == MSGPORT_KIND_REPLY) {
		if (answer->id != m->cookie)
			return 14;
		record->by = answer->token;
	}
	record->answers++;
	return 0;
}

/* Takes one answer; ETIMEDOUT and EINTR are no faults. */
static inline int look_home(struct asker *self, uint64_t deadline)
{
	struct msgport_receive *arg = &self->desk->take.receive;
	int fds[4], error;
	unsigned int i;

	memset(&self->desk->take, 0, sizeof(self->desk->take));
	arg->size = sizeof(*arg);
	arg->deadline = deadline;
	arg->message.data = address_of(self->desk->in);
	arg->message.data_size = LARGE;
	arg->message.fds = address_of(fds);
	arg->message.fd_count = 4;
	begin(self->desk, DOING_HOME);
	error = error_of(ioctl(self->home, MSGPORT_IOC_RECEIVE, arg));
	if (!error && note_return(self, &arg->message))
		_exit(15);
	for (i = 0; !error && i < arg->message.fd_count; i++)
		close(fds[i]);
	arg->message.cookie = 0;
	end(self->desk);
	return error;
}

static inline void make_home(struct asker *self)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_size = LARGE;
	options.max_answers = 6;
	if (self->place->features & MSGPORT_FEATURE_FDS)
		options.flags = MSGPORT_DESCRIPTORS;
	self->home = msgport_create(self->place->control, NULL, &options);
	if (self->home < 0)
		_exit(16);
}

/* Errors after which a send was not accepted, and nothing is wrong. */
static inline bool may_be_refused(int error)
{
	return error == ETIMEDOUT || error == EINTR || error == ENOBUFS;
}

static inline int send_once(struct asker *self, int right, enum doing doing)
{
	struct msgport_send *arg = &self->desk->send;
	struct record *record = self->record;
	int error;

	begin(self->desk, doing);
	error = error_of(ioctl(right, MSGPORT_IOC_SEND, arg));
	if (!error)
		record->fate = FATE_ACCEPTED;
	else if (may_be_refused(error))
		record->fate = FATE_REFUSED;
	end(self->desk);
	if (error == ENOBUFS)
		look_home(self, in_ms(TURN_MS));
	return !error || may_be_refused(error) ? 0 : 17;
}

static inline void prepare_send(struct asker *self)
{
	struct msgport_send *arg = &self->desk->send;

	memset(arg, 0, sizeof(*arg));
	arg->size = sizeof(*arg);
	write_message(self, &arg->message);
	arg->deadline = patience(self);
}

static inline int send_plainly(struct asker *self, enum target target)
{
	struct msgport_send *arg = &self->desk->send;
	enum doing doing = DOING_SEND;

	if (!next_record(self, target, MANNER_ONE_WAY))
		return 0;
	prepare_send(self);
	if (!random_below(&self->seed, 16)) {
		self->record->expires = 1;
		arg->message.ttl = 5 * NS_PER_MS;
	}
	if (self->throng->pace < PACE_STOP && !is_stranger(self->who) &&
	    !random_below(&self->seed, 20)) {
		arg->message.data = address_of(stalling_page());
		arg->message.data_size = SMALL;
		doing = DOING_STALLED_SEND;
	}
	return send_once(self, self->right[target], doing);
}

static inline int send_due(struct asker *self, enum target target)
{
	struct msgport_send *arg = &self->desk->send;

	if (!next_record(self, target, MANNER_DUE))
		return 0;
	prepare_send(self);
	arg->message.flags = MSGPORT_ANSWER;
	arg->message.answer_fd = self->home;
	arg->message.answer_size = ANSWER_SIZE;
	arg->message.cookie = self->id;
	if (!random_below(&self->seed, 16)) {
		self->record->expires = 1;
		arg->message.ttl = 5 * NS_PER_MS;
	}
	return send_once(self, self->right[target], DOING_SEND);
}

static inline int send_sync(struct asker *self, enum target target)
{
	struct msgport_send *arg = &self->desk->send;
	int error, bad;

	if (!next_record(self, target, MANNER_SYNC))
		return 0;
	prepare_send(self);
	arg->flags = MSGPORT_SYNC;
	begin(self->desk, DOING_SYNC);
	do {
		error = error_of(ioctl(self->right[target], MSGPORT_IOC_SEND, arg));
	} while (error == EINTR && arg->id && goes_on(self, DOING_SYNC, arg->id));
	bad = note_end(self, error);
	end(self->desk);
	return bad;
}

static inline int send_to_group(struct asker *self)
{
	if (!next_record(self, TARGET_GROUP, MANNER_ONE_WAY))
		return 0;
	prepare_send(self);
	return send_once(self, self->place->group, DOING_GROUP);
}

/* A home that goes while answers are on their way. */
static inline void move_house(struct asker *self)
{
	close(self->home);
	make_home(self);
}

static inline int sender_step(struct asker *self, enum target target)
{
	unsigned int choice = random_below(&self->seed, 32);

	if (self->mortal && !choice)
		move_house(self);
	if (choice < 6)
		look_home(self, in_ms(TURN_MS));
	if (choice < 16)
		return send_due(self, target);
	if (choice < 20)
		return send_sync(self, target);
	if (choice < 26 && self->place->group >= 0)
		return send_to_group(self);
	return send_plainly(self, target);
}

/* ---- both ---- */

static inline void connect_for_oneself(struct asker *self)
{
	int target;

	become(STRANGER_UID, DEVICE_GID);
	for (target = 0; target < 2; target++) {
		self->right[target] = msgport_connect(self->place->control,
						      self->place->name[target], 0);
		if (self->right[target] < 0)
			_exit(18);
	}
}

static inline void close_receive_rights(const struct meeting_place *place)
{
	int target;

	for (target = 0; target < TARGETS; target++)
		close(place->receive[target]);
}

/* All answers that are due, from earlier lives too. */
static inline void wait_for_answers(struct asker *self)
{
	while (stat_of(self->home).answers)
		look_home(self, in_ms(TURN_MS));
}

/* Long enough for slow servers to find nothing; at once again when they are to. */
static inline void rest_between(struct asker *self)
{
	unsigned int slices = random_below(&self->seed, 200);

	idle_us(random_below(&self->seed, 500));
	while (self->throng->pace == PACE_EMPTY && slices--)
		idle_us(5000);
}

static inline int asker_main(const struct meeting_place *place, unsigned int who)
{
	struct asker self = {
		.place = place,
		.throng = place->throng,
		.desk = &place->throng->desk[who],
		.who = who,
		.seed = getpid(),
		.right = { place->right[who][0], place->right[who][1] },
		.home = place->home[who],
		.data = calloc(1, LARGE),
	};
	enum target target;
	int bad = 0;

	close_receive_rights(place);
	if (is_stranger(who))
		connect_for_oneself(&self);
	self.mortal = who >= CALLERS && self.home < 0;
	if (self.mortal)
		make_home(&self);
	be_interruptible(getpid() % 4 == 0);
	while (!bad && self.throng->pace < PACE_STOP) {
		target = random_below(&self.seed, 3) ? TARGET_WORK : TARGET_PLAIN;
		bad = who < CALLERS ? call_once(&self, target) :
				      sender_step(&self, target);
		rest_between(&self);
	}
	if (!bad && self.home >= 0)
		wait_for_answers(&self);
	return bad;
}

#endif
