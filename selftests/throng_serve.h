/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Workers and members of the throng.  Two workers have receive rights of their
 * own, two share those that all inherit.
 */
#ifndef MSGPORT_THRONG_SERVE_H
#define MSGPORT_THRONG_SERVE_H

#include "throng.h"

#define STALLS		150		/* one receive in so many never ends */

struct server {
	const struct meeting_place *place;
	struct throng *throng;
	struct desk *desk;
	struct delivery *log;
	unsigned int seed;
	int right[TARGETS];
	int set;			/* -1: this module has none */
	struct delivery *held[HELD];	/* entries not settled */
	enum manner manners[HELD];	/* what their senders wait for */
	int doors[HELD];		/* right or set that they came through */
	unsigned int holds;
	uint64_t began;			/* the last receive */
	int fds[4];			/* room for those that come */
};

static inline void prepare_take(struct server *self, void *buffer)
{
	struct msgport_reply_receive *arg = &self->desk->take;

	self->began = now_ns();
	memset(arg, 0, sizeof(*arg));
	arg->size = sizeof(*arg);
	arg->receive.size = sizeof(arg->receive);
	arg->receive.deadline = in_ms(TURN_MS);
	arg->receive.message.data = address_of(buffer);
	arg->receive.message.data_size = LARGE;
	arg->receive.message.fds = address_of(self->fds);
	arg->receive.message.fd_count = 4;
}

/* Those of a message that came, which must be what was sent. */
static inline bool close_descriptors(struct server *self)
{
	const struct msgport_incoming *m = &self->desk->take.receive.message;
	struct msgport_stat stat;
	struct stat there, here;
	bool good = true;
	unsigned int i;

	for (i = 0; i < m->fd_count; i++) {
		if (fstat(self->place->token[1], &there) || fstat(self->fds[i], &here))
			_exit(20);
		if (there.st_ino != here.st_ino || there.st_dev != here.st_dev)
			good = good && !msgport_stat(self->fds[i], &stat) &&
			       stat.what == MSGPORT_IS_SEND;
		close(self->fds[i]);
	}
	return good;
}

/* The bytes are those of the message that the stamp is of. */
static inline bool is_whole(const struct server *self)
{
	const struct msgport_incoming *m = &self->desk->take.receive.message;
	const struct label *first = (const void *)self->desk->in;
	const struct label *last = (const void *)(self->desk->in + m->data_size -
						  sizeof(*last));

	return m->data_size >= sizeof(*first) && first->id == m->tag &&
	       last->id == m->tag && m->tag < ASKERS * NUMBERS;
}

/* Into the log: the entry counts once the number of entries says so. */
static inline void log_taken(struct server *self, enum target target, int door)
{
	const struct msgport_incoming *m = &self->desk->take.receive.message;
	const struct label *label = (const void *)self->desk->in;
	struct delivery *entry = &self->log[self->desk->logged];

	if (!is_whole(self) || !close_descriptors(self))
		_exit(21);
	*entry = (struct delivery){
		.token = m->token,
		.sequence = m->stamp.sequence,
		.began = self->began,
		.id = m->tag,
		.target = target,
		.deliveries = m->stamp.deliveries,
	};
	__sync_synchronize();
	self->desk->logged++;
	record_of(self->throng, entry->id)->taken = 1;
	if (!entry->token)
		return;
	self->manners[self->holds] = label->manner;
	self->doors[self->holds] = door;
	self->held[self->holds++] = entry;
}

static inline bool may_find_nothing(int error)
{
	return error == ETIMEDOUT || error == EINTR || error == EAGAIN;
}

static inline enum target came_from(const struct server *self, int from)
{
	int target;

	for (target = 0; target < TARGETS; target++)
		if (from == self->right[target])
			return target;
	return self->desk->take.receive.message.cookie;
}

static inline int take_one(struct server *self, int from, enum doing doing)
{
	int error;

	prepare_take(self, doing == DOING_STALLED_RECEIVE ? stalling_page() :
							    self->desk->in);
	begin(self->desk, doing);
	error = error_of(ioctl(from, MSGPORT_IOC_RECEIVE, &self->desk->take.receive));
	if (!error)
		log_taken(self, came_from(self, from), from);
	end(self->desk);
	return error;
}

static inline int peek_one(struct server *self, int from)
{
	struct msgport_message message = { .data = self->desk->in, .size = LARGE };
	int fds[4], error;

	message.fds = fds;
	message.fd_count = 4;
	prepare_take(self, self->desk->in);
	begin(self->desk, DOING_PEEK);
	error = error_of(msgport_receive_message(from, &message, NULL, MSGPORT_PEEK,
						 in_ms(TURN_MS)));
	end(self->desk);
	return error;
}

/* ---- settling ---- */

static inline void drop_held(struct server *self, unsigned int which)
{
	self->holds--;
	for (; which < self->holds; which++) {
		self->held[which] = self->held[which + 1];
		self->manners[which] = self->manners[which + 1];
		self->doors[which] = self->doors[which + 1];
	}
}

static inline struct answer answer_to(const struct delivery *entry)
{
	return (struct answer){ .token = entry->token, .id = entry->id };
}

static inline void note_settled(struct server *self, struct delivery *entry, int error)
{
	entry->error = error;
	entry->settled = 1;
	if (!error && entry->settling == SETTLE_REPLY)
		record_of(self->throng, entry->id)->given = 1;
}

/* Only replies are for ordinary ports, and only to those who asked, as a rule. */
static inline enum settling how_to_settle(struct server *self, unsigned int which)
{
	bool asked = self->manners[which] == MANNER_CALL ||
		     self->manners[which] == MANNER_DUE;
	unsigned int choice = random_below(&self->seed, 16);

	if (self->held[which]->target == TARGET_PLAIN)
		return SETTLE_REPLY;
	if (choice < 3 && self->throng->pace < PACE_STOP)
		return SETTLE_RELEASE;
	if (choice == 3)
		return asked ? SETTLE_ACK : SETTLE_REPLY;
	return asked ? SETTLE_REPLY : SETTLE_ACK;
}

static inline int settle_by(struct server *self, const struct delivery *entry)
{
	int right = self->right[entry->target];
	struct answer answer = answer_to(entry);

	if (entry->settling == SETTLE_ACK)
		return error_of(msgport_ack(right, entry->token));
	if (entry->settling == SETTLE_RELEASE)
		return error_of(msgport_release(right, entry->token));
	return error_of(msgport_reply(right, entry->token, &answer, sizeof(answer)));
}

static inline int settle_one(struct server *self, unsigned int which)
{
	struct delivery *entry = self->held[which];
	int error;

	begin(self->desk, DOING_SETTLE);
	entry->settling = how_to_settle(self, which);
	__sync_synchronize();
	error = settle_by(self, entry);
	note_settled(self, entry, error);
	end(self->desk);
	drop_held(self, which);
	/* nobody takes a reply any more, or nobody had asked for it */
	return error && !(error == ESRCH && entry->settling == SETTLE_REPLY) ? 22 : 0;
}

/* One call: the answer to one message, and the next, through the same door. */
static inline int settle_and_take(struct server *self, unsigned int which)
{
	struct msgport_reply_receive *arg = &self->desk->take;
	struct delivery *entry = self->held[which];
	struct answer answer = answer_to(entry);
	int error, from = self->doors[which];

	prepare_take(self, self->desk->in);
	arg->token = entry->token;
	arg->answer.data = address_of(&answer);
	arg->answer.data_size = sizeof(answer);
	begin(self->desk, DOING_REPLY_RECEIVE);
	entry->settling = SETTLE_REPLY;
	__sync_synchronize();
	error = error_of(ioctl(from, MSGPORT_IOC_REPLY_RECEIVE, arg));
	note_settled(self, entry, arg->reply_error);
	drop_held(self, which);
	if (!error)
		log_taken(self, came_from(self, from), from);
	end(self->desk);
	if (arg->token && error)
		return 23;
	if (arg->reply_error && arg->reply_error != ESRCH)
		return 24;
	return error && !may_find_nothing(error) ? 25 : 0;
}

/* ---- workers ---- */

/* Mostly the set; the ports too, since both wake who waits. */
static inline int choose_door(struct server *self, enum doing *doing)
{
	unsigned int choice = random_below(&self->seed, 8);

	*doing = DOING_RECEIVE;
	if (choice < 4 && self->set >= 0) {
		*doing = DOING_SET;
		return self->set;
	}
	return self->right[choice < 6 ? TARGET_WORK : TARGET_PLAIN];
}

static inline int work(struct server *self)
{
	unsigned int choice = random_below(&self->seed, 32);
	bool stops = self->throng->pace >= PACE_STOP;
	unsigned int which = random_below(&self->seed, self->holds ?: 1);
	enum doing doing;
	int error, door = choose_door(self, &doing);

	if (self->holds && choice < 4 && self->manners[which] != MANNER_ONE_WAY)
		return settle_and_take(self, which);
	if (self->holds == HELD || (self->holds && (choice < 16 || stops)))
		return settle_one(self, which);
	if (choice > 28 && !stops)
		error = peek_one(self, self->right[TARGET_WORK]);
	else if (!stops && !random_below(&self->seed, STALLS))
		error = take_one(self, self->right[choice & 1], DOING_STALLED_RECEIVE);
	else
		error = take_one(self, door, doing);
	return error && !may_find_nothing(error) ? 26 : 0;
}

/* Between two calls, a worker that holds something is what is to be found. */
static inline void rest_a_while(struct server *self)
{
	unsigned int us = self->throng->pace == PACE_FULL ? 4000 : 200;

	if (self->holds)
		begin(self->desk, DOING_HOLD);
	idle_us(random_below(&self->seed, us));
	if (self->holds)
		end(self->desk);
}

static inline void reopen_rights(struct server *self)
{
	int target;

	for (target = 0; target < 2; target++) {
		self->right[target] = msgport_reopen(self->place->receive[target]);
		if (self->right[target] < 0)
			_exit(27);
	}
}

static inline void make_set(struct server *self)
{
	int target;

	self->set = msgport_set_create(self->place->control);
	if (self->set < 0)
		_exit(28);
	for (target = 0; target < 2; target++)
		if (msgport_set_add(self->set, self->right[target], target))
			_exit(29);
}

static inline struct server new_server(const struct meeting_place *place,
				       unsigned int which)
{
	struct server self = {
		.place = place,
		.throng = place->throng,
		.desk = &place->throng->desk[ASKERS + which],
		.log = place->throng->log[which],
		.seed = getpid(),
		.set = -1,
	};

	memcpy(self.right, place->receive, sizeof(self.right));
	be_interruptible(getpid() & 1);
	return self;
}

static inline int worker_main(const struct meeting_place *place, unsigned int which)
{
	struct server self = new_server(place, which);
	int bad = 0;

	if (which < WORKERS / 2)
		reopen_rights(&self);
	if (place->features & MSGPORT_FEATURE_SETS)
		make_set(&self);
	while (!bad && (self.throng->pace < PACE_END || self.holds)) {
		if (self.desk->logged + 2 >= LOG_SIZE)
			return 30;
		bad = work(&self);
		rest_a_while(&self);
	}
	return bad;
}

/* ---- members ---- */

static inline int member_main(const struct meeting_place *place, unsigned int which)
{
	struct server self = new_server(place, WORKERS + which);
	int error = 0;

	if (place->group < 0)
		return 0;
	while (self.throng->pace < PACE_END && self.desk->logged + 2 < LOG_SIZE) {
		error = take_one(&self, self.right[TARGET_MEMBER + which],
				 DOING_RECEIVE);
		if (error && !may_find_nothing(error))
			return 31;
		idle_us(random_below(&self.seed,
				     self.throng->pace == PACE_FULL ? 80000 : 200));
	}
	return 0;
}

#endif
