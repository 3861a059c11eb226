/* SPDX-License-Identifier: GPL-2.0 */
/* The throng's place, and the one who kills: starting, interrupting and burying. */
#ifndef MSGPORT_THRONG_STAGE_H
#define MSGPORT_THRONG_STAGE_H

#include "throng_ask.h"
#include "throng_found.h"
#include "throng_serve.h"

#define LIFE_US		4000		/* between two kills, on the average */
#define SIGNALS		3		/* in that time */
#define PATIENT_S	100		/* nothing hangs that ends before */

struct stage {
	struct meeting_place place;
	pid_t pids[THRONG];
	unsigned int found[FOUND_KINDS];
	unsigned int kills, signals;
	unsigned int fallen;		/* that ended by themselves */
	unsigned int seed;
	unsigned long slab_bytes;	/* before */
	uint64_t quota_bytes;		/* before: what the stranger's quota had left */
	struct msgport_stat before;	/* of the namespace */
};

/* ---- the place ---- */

static inline void make_ports(struct meeting_place *place)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int target;

	options.mode = 0666;
	options.max_msgs = 8;
	options.uid_share = 3;
	options.max_size = LARGE;
	options.max_bytes = 6 * LARGE;
	options.max_deliveries = MAX_DELIVERIES;
	for (target = 0; target < 2; target++) {
		options.flags = target == TARGET_WORK ? MSGPORT_ACK : 0;
		if (place->features & MSGPORT_FEATURE_FDS)
			options.flags |= MSGPORT_DESCRIPTORS;
		place->name[target] = new_name("throng");
		place->receive[target] = msgport_create(place->control,
							place->name[target], &options);
		if (place->receive[target] < 0)
			give_up("create");
	}
}

/* Every fourth asker has a window of one, every fourth connects for itself. */
static inline void make_rights(struct meeting_place *place)
{
	unsigned int who;
	int target;

	for (who = 0; who < ASKERS; who++) {
		for (target = 0; target < 2; target++)
			place->right[who][target] = is_stranger(who) ? -1 :
				msgport_mint(place->receive[target], who, who % 4 == 1,
					     31, 0);
		place->home[who] = -1;
		if (who < CALLERS || who % 2)
			continue;
		place->home[who] = msgport_create(place->control, NULL,
				    &(struct msgport_options){
				.gid = -1,
				.max_size = LARGE,
				.max_answers = 6,
				.flags = place->features & MSGPORT_FEATURE_FDS ?
					 MSGPORT_DESCRIPTORS : 0,
			});
		if (place->home[who] < 0)
			give_up("home");
	}
}

static inline void make_group(struct meeting_place *place)
{
	struct msgport_group_options options = { .mode = 0666 };
	const char *name = new_name("throng.group");
	unsigned int i;

	place->group = -1;
	for (i = 0; i < MEMBERS; i++)
		place->receive[TARGET_MEMBER + i] = -1;
	if (!(place->features & MSGPORT_FEATURE_GROUPS))
		return;
	place->group = msgport_group_create(place->control, name, &options);
	if (place->group < 0)
		give_up("group_create");
	for (i = 0; i < MEMBERS; i++) {
		int right = msgport_create(place->control, NULL,
			&(struct msgport_options){
				.gid = -1,
				.max_msgs = 3,
				.max_size = LARGE,
			});

		if (right < 0 || msgport_join(right, name, i == 2 ? MSGPORT_JOIN_LOSSY : 0))
			give_up("join");
		place->receive[TARGET_MEMBER + i] = right;
	}
}

/* ---- the dead ---- */

/* What it was handed and did not log. */
static inline void settle_server(struct stage *self, unsigned int which)
{
	struct throng *throng = self->place.throng;
	struct desk *desk = &throng->desk[ASKERS + which];
	const struct msgport_incoming *m = &desk->take.receive.message;
	struct delivery *log = throng->log[which];
	const struct delivery *last = desk->logged ? &log[desk->logged - 1] : NULL;
	unsigned int target = which < WORKERS ? m->cookie : TARGET_MEMBER + which - WORKERS;

	if (!m->stamp.sequence || m->tag >= ASKERS * NUMBERS)
		return;
	if (which < WORKERS)
		target = record_of(throng, m->tag)->target;
	if (last && last->sequence == m->stamp.sequence && last->target == target &&
	    last->token == m->token)
		return;
	log[desk->logged] = (struct delivery){
		.token = m->token,
		.sequence = m->stamp.sequence,
		.id = m->tag,
		.target = target,
		.deliveries = m->stamp.deliveries,
		.doubtful = 1,
	};
	desk->logged++;
}

/* An answer that it had in its hand; and nobody waits for what it asked. */
static inline void settle_asker(struct stage *self, unsigned int who)
{
	struct desk *desk = &self->place.throng->desk[who];
	const struct msgport_incoming *m = &desk->take.receive.message;
	struct record *record = &self->place.throng->record[who][desk->number];

	if (!record->gone_at)
		record->gone_at = now_ns();
	if (desk->doing == DOING_HOME && m->cookie && m->cookie < ASKERS * NUMBERS)
		record_of(self->place.throng, m->cookie)->doubtful_answers = 1;
}

/* Nobody may have ended by himself; returns whether this one did. */
static inline void bury(struct stage *self, unsigned int who)
{
	int status;

	kill(self->pids[who], SIGKILL);
	status = child_status(self->pids[who]);
	if (status != 256 + SIGKILL) {
		fprintf(stderr, "# process %u ended by itself: %d\n", who, status);
		self->fallen++;
	}
	if (who < ASKERS)
		settle_asker(self, who);
	else
		settle_server(self, who - ASKERS);
}

/* ---- the living ---- */

static inline pid_t start_one(const struct meeting_place *place, unsigned int who)
{
	pid_t pid = start_child();

	if (pid)
		return pid;
	/* behind the one who kills, so that he comes at any moment */
	setpriority(PRIO_PROCESS, 0, 10);
	if (who < ASKERS)
		_exit(asker_main(place, who));
	if (who < ASKERS + WORKERS)
		_exit(worker_main(place, who - ASKERS));
	_exit(member_main(place, who - ASKERS - WORKERS));
}

static inline unsigned int everybody(const struct stage *self)
{
	return self->place.group < 0 ? ASKERS + WORKERS : THRONG;
}

static inline void restart_one(struct stage *self, unsigned int who)
{
	struct desk *desk = &self->place.throng->desk[who];

	desk->doing = DOING_NOTHING;
	memset(&desk->take, 0, sizeof(desk->take));
	self->pids[who] = start_one(&self->place, who);
}

/* As many of those who serve as of those who ask, though they are fewer. */
static inline unsigned int choose_victim(struct stage *self)
{
	if (random_below(&self->seed, 2))
		return random_below(&self->seed, ASKERS);
	return ASKERS + random_below(&self->seed, everybody(self) - ASKERS);
}

static inline void kill_one(struct stage *self)
{
	unsigned int who = choose_victim(self);
	struct desk *desk = &self->place.throng->desk[who];
	uint32_t steps = desk->steps;
	enum found found = what_it_does(self->place.throng, who, self->pids[who]);

	bury(self, who);
	self->kills++;
	self->found[desk->steps == steps ? found : FOUND_MOVING]++;
	restart_one(self, who);
}

/* Preferably one who waits for an answer: what is interrupted can be resumed. */
static inline unsigned int choose_interrupted(struct stage *self)
{
	unsigned int try, who = 0;

	for (try = 0; try < 4; try++) {
		who = random_below(&self->seed, ASKERS);
		if (self->place.throng->desk[who].doing == DOING_CALL &&
		    self->place.throng->record[who]
					      [self->place.throng->desk[who].number].taken)
			break;
	}
	return who;
}

/* Lets them go on for a while, and interrupts some. */
static inline void let_live(struct stage *self)
{
	unsigned int i;

	for (i = 0; i < SIGNALS; i++) {
		idle_us(random_below(&self->seed, 2 * LIFE_US / SIGNALS));
		kill(self->pids[choose_interrupted(self)], SIGUSR1);
		self->signals++;
	}
}

/* States that this module has. */
static inline bool state_exists(const struct stage *self, enum found state)
{
	if (state == WORKER_AT_SET)
		return self->place.features & MSGPORT_FEATURE_SETS;
	return state < FOUND_BASIC || self->place.group >= 0;
}

static inline bool all_states_found(const struct stage *self)
{
	unsigned int i;

	for (i = 0; i < FOUND_STATES; i++)
		if (!self->found[i] && state_exists(self, i))
			return false;
	return true;
}

static inline void show_histogram(const struct stage *self)
{
	unsigned int i;

	fprintf(stderr, "# %u kills, %u signals\n", self->kills, self->signals);
	for (i = 0; i < FOUND_KINDS; i++)
		fprintf(stderr, "# %6u  %s\n", self->found[i], found_names[i]);
}

/* ---- the end ---- */

/* Who can never go on is killed for the last time. */
static inline void free_the_stalled(struct stage *self)
{
	unsigned int who;

	pause_ms(2 * TURN_MS);
	for (who = 0; who < everybody(self); who++) {
		enum doing doing = self->place.throng->desk[who].doing;

		if (doing != DOING_STALLED_SEND && doing != DOING_STALLED_RECEIVE)
			continue;
		bury(self, who);
		self->kills++;
		restart_one(self, who);
	}
}

/* How many of these had to be killed, or ended badly. */
static inline unsigned int wait_for_all(struct stage *self, unsigned int first,
					unsigned int end)
{
	uint64_t deadline = msgport_deadline(PATIENT_S * NS_PER_S);
	unsigned int who, bad = 0;
	int status;

	for (who = first; who < end; who++) {
		while (child_runs(self->pids[who]) && now_ns() < deadline)
			pause_ms(1);
		if (child_runs(self->pids[who])) {
			fprintf(stderr, "# process %u hangs: %s\n", who,
				found_names[what_it_does(self->place.throng, who,
							 self->pids[who])]);
			bad++;
			bury(self, who);
			continue;
		}
		status = child_status(self->pids[who]);
		bad += !!status;
		if (status)
			fprintf(stderr, "# process %u ended with %d\n", who, status);
	}
	return bad;
}

static inline unsigned int come_to_rest(struct stage *self)
{
	struct throng *throng = self->place.throng;
	unsigned int bad, target;

	throng->pace = PACE_STOP;
	free_the_stalled(self);
	bad = wait_for_all(self, 0, ASKERS);
	/* members' ports too: who ends with messages in its port has not seen them */
	for (target = 0; target < TARGETS; target++)
		if (self->place.receive[target] >= 0)
			bad += !wait_for_queued(self->place.receive[target], 0);
	throng->pace = PACE_END;
	return bad + wait_for_all(self, ASKERS, everybody(self));
}

static inline void close_all(struct stage *self)
{
	unsigned int i, target;

	for (i = 0; i < ASKERS; i++) {
		for (target = 0; target < 2; target++)
			close(self->place.right[i][target]);
		close(self->place.home[i]);
	}
	for (i = 0; i < TARGETS; i++)
		close(self->place.receive[i]);
	close(self->place.group);
	close(self->place.control);
	close(self->place.token[1]);
}

static inline bool may_reserve(uint64_t bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int right;

	options.max_msgs = 1;
	options.max_size = 1;
	options.max_bytes = bytes;
	right = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (right < 0 && errno != EDQUOT)
		give_up("create");
	close(right);
	return right >= 0;
}

/*
 * The most that one port of the stranger's could reserve: to the byte what nothing
 * of his is charged for.  Records of calls and answers are, which are in no slab
 * cache of our own.
 */
static inline uint64_t find_quota(void)
{
	uint64_t low = 1 << 12, high = 1ULL << 40, middle;

	become(STRANGER_UID, DEVICE_GID);
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (may_reserve(middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}

static inline uint64_t quota_left(void)
{
	uint64_t left = 0;
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		give_up("pipe");
	pid = start_child();
	if (!pid) {
		left = find_quota();
		_exit(write(ends[1], &left, sizeof(left)) != sizeof(left));
	}
	close(ends[1]);
	if (read(ends[0], &left, sizeof(left)) != sizeof(left) || child_status(pid))
		give_up("quota");
	close(ends[0]);
	return left;
}

/* True if nobody has the other end, in a table or in a message. */
static inline bool pipe_ended(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLHUP;
}

#endif
