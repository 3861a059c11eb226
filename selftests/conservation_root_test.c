// SPDX-License-Identifier: GPL-2.0
/*
 * Conservation: whoever is killed, whenever, no message is lost or doubled.
 * Root, because two users take part, and to see who waits where.
 * timeout: 120
 */
#include <fcntl.h>

#include "kselftest_harness.h"
#include "crowd.h"
#include "traced.h"

#define KILLS		600		/* at least, and until every state was met */
#define KILLS_MAX	6000
#define KILLING_S	400	/* far more than but a debug kernel needs */
#define PACE_LENGTH	25		/* kills before the pace changes */

/* What a process was found in the middle of, when it was killed. */
enum found {
	SENDER_BETWEEN,
	SENDER_AT_RIGHT,
	SENDER_AT_SHARE,
	SENDER_AT_PORT,
	SENDER_COPYING_LARGE,
	SENDER_SENDING_SMALL,
	RECEIVER_BETWEEN,
	RECEIVER_WAITING,
	RECEIVER_CHOOSING,
	RECEIVER_PEEKING,
	RECEIVER_COPYING_LARGE,
	RECEIVER_RECEIVING,
	FOUND_STATES,
	FOUND_MOVING = FOUND_STATES,	/* went on before it died */
	FOUND_KINDS
};

static const char * const found_names[FOUND_KINDS] = {
	[SENDER_BETWEEN] = "sender, between two sends",
	[SENDER_AT_RIGHT] = "sender, waiting for its window",
	[SENDER_AT_SHARE] = "sender, waiting for its user's share",
	[SENDER_AT_PORT] = "sender, waiting for room in the port",
	[SENDER_COPYING_LARGE] = "sender, copying a large message in",
	[SENDER_SENDING_SMALL] = "sender, in send with a small message",
	[RECEIVER_BETWEEN] = "receiver, between two receives",
	[RECEIVER_WAITING] = "receiver, waiting for anything",
	[RECEIVER_CHOOSING] = "receiver, waiting for a badge",
	[RECEIVER_PEEKING] = "receiver, waiting to peek",
	[RECEIVER_COPYING_LARGE] = "receiver, a large message in its hand",
	[RECEIVER_RECEIVING] = "receiver, in receive otherwise",
	[FOUND_MOVING] = "went on before it died",
};

FIXTURE(crowd)
{
	struct meeting_place place;
	pid_t pids[CROWD];
	unsigned int found[FOUND_KINDS];
	unsigned int kills, doubtful;
	unsigned int seed;
	uint8_t (*counts)[NUMBERS];	/* by sender: how often a number arrived */
	uint8_t (*doubts)[NUMBERS];	/* by sender: its process was killed over it */
	uint8_t (*hands)[NUMBERS];	/* by sender: a killed receiver had it */
	uint64_t arrived;
};

static enum found sender_state(enum doing doing, const char *line)
{
	if (doing == DOING_NOTHING)
		return SENDER_BETWEEN;
	if (strstr(line, "gate=right"))
		return SENDER_AT_RIGHT;
	if (strstr(line, "gate=share"))
		return SENDER_AT_SHARE;
	if (strstr(line, "gate=port"))
		return SENDER_AT_PORT;
	return doing == DOING_SEND_LARGE ? SENDER_COPYING_LARGE : SENDER_SENDING_SMALL;
}

/* A copy to the slot has begun, and not ended. */
static bool copies_out(const struct slot *slot)
{
	struct label first = slot->first, last = slot->last;

	return first.number && first.large && !last.number;
}

static enum found receiver_state(enum doing doing, const char *line,
				 const struct slot *slot)
{
	if (doing == DOING_NOTHING)
		return RECEIVER_BETWEEN;
	if (!*line)
		return doing != DOING_PEEK && copies_out(slot) ?
		       RECEIVER_COPYING_LARGE : RECEIVER_RECEIVING;
	if (doing == DOING_PEEK)
		return RECEIVER_PEEKING;
	return doing == DOING_CHOOSE ? RECEIVER_CHOOSING : RECEIVER_WAITING;
}

static enum found state_of(FIXTURE_DATA(crowd) *self, unsigned int who)
{
	const struct member *member = &self->place.crowd->member[who];
	const struct slot *slot = &self->place.crowd->slot[who - SENDERS];
	enum doing doing = member->doing;
	char line[256] = "";

	where_it_waits(self->pids[who], line, sizeof(line));
	if (who < SENDERS)
		return sender_state(doing, line);
	return receiver_state(doing, line, slot);
}

static void count_arrival(FIXTURE_DATA(crowd) *self, struct label label)
{
	self->arrived++;
	self->counts[label.sender][label.number]++;
}

/* A number that the dead sender was sending may have been accepted or not. */
static void settle_sender(FIXTURE_DATA(crowd) *self, unsigned int who)
{
	struct member *member = &self->place.crowd->member[who];

	if (member->about == member->done)
		return;
	self->doubts[who][member->about] = 1;
	self->doubtful++;
	/* the next process goes on with the next number */
	member->done = member->about;
}

/*
 * What the dead receiver has in its slot and not in its log it had in its hand:
 * either it was taken then, or it went back to the port and comes again.
 */
static void settle_receiver(FIXTURE_DATA(crowd) *self, unsigned int which)
{
	struct member *member = &self->place.crowd->member[SENDERS + which];
	struct label label = self->place.crowd->slot[which].first;
	struct label *log = self->place.crowd->log[which];

	if (!label.number || label.sender >= SENDERS || label.number >= NUMBERS)
		return;
	if (member->logged &&
	    log[member->logged - 1].sender == label.sender &&
	    log[member->logged - 1].number == label.number)
		return;
	self->hands[label.sender][label.number] = 1;
}

static void settle_dead(FIXTURE_DATA(crowd) *self, unsigned int who)
{
	if (who < SENDERS)
		settle_sender(self, who);
	else
		settle_receiver(self, who - SENDERS);
}

static void kill_one(FIXTURE_DATA(crowd) *self)
{
	unsigned int who = random_below(&self->seed, CROWD);
	struct member *member = &self->place.crowd->member[who];
	uint32_t steps = member->steps;
	enum found state = state_of(self, who);

	end_child(self->pids[who]);
	self->kills++;
	self->found[member->steps == steps ? state : FOUND_MOVING]++;
	settle_dead(self, who);
	member->doing = DOING_NOTHING;
	self->pids[who] = start_member(&self->place, who);
}

static bool all_states_found(const FIXTURE_DATA(crowd) *self)
{
	unsigned int i;

	for (i = 0; i < FOUND_STATES; i++)
		if (!self->found[i])
			return false;
	return true;
}

static void show_histogram(const FIXTURE_DATA(crowd) *self)
{
	unsigned int i;

	fprintf(stderr, "# %u kills, %llu messages arrived, %u doubtful\n", self->kills,
		(unsigned long long)self->arrived, self->doubtful);
	for (i = 0; i < FOUND_KINDS; i++)
		fprintf(stderr, "# %6u  %s\n", self->found[i], found_names[i]);
}

FIXTURE_SETUP(crowd)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct meeting_place *place = &self->place;
	unsigned int i;

	options.mode = 0666;
	options.max_msgs = 6;
	options.uid_share = 3;
	options.max_size = LARGE;
	options.max_bytes = 4 * LARGE;
	place->name = new_name("crowd");
	place->control = msgport_open();
	place->receive = msgport_create(place->control, place->name, &options);
	ASSERT_GE(place->receive, 0);
	for (i = 0; i < SENDERS; i++)
		place->right[i] = i < STRANGERS ? -1 :
			msgport_mint(place->receive, i, i < STRANGERS + NARROW, 31, 0);
	place->crowd = mmap(NULL, sizeof(*place->crowd), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, place->crowd);
	self->counts = calloc(SENDERS, sizeof(*self->counts));
	self->doubts = calloc(SENDERS, sizeof(*self->doubts));
	self->hands = calloc(SENDERS, sizeof(*self->hands));
	self->seed = getpid() + now_ns();
	fprintf(stderr, "# seed %u\n", self->seed);
	for (i = 0; i < CROWD; i++)
		self->pids[i] = start_member(place, i);
}

FIXTURE_TEARDOWN(crowd)
{
}

/* Senders end by themselves; receivers when there is nothing more for them. */
static int come_to_rest(FIXTURE_DATA(crowd) *self)
{
	int status = 0;
	unsigned int i;

	self->place.crowd->pace = PACE_STOP;
	for (i = 0; i < SENDERS; i++)
		status |= child_status(self->pids[i]);
	if (!wait_for_queued(self->place.receive, 0))
		return -1;
	for (i = SENDERS; i < CROWD; i++) {
		end_child(self->pids[i]);
		settle_dead(self, i);
	}
	return status;
}

/*
 * Counts each log, and looks that no sender's numbers go back in it.  Only what
 * was in a killed receiver's hand may come late: others had gone on meanwhile.
 */
static unsigned int out_of_order(FIXTURE_DATA(crowd) *self)
{
	unsigned int i, which, bad = 0;

	for (which = 0; which < RECEIVERS; which++) {
		uint32_t last[SENDERS] = { 0 };

		for (i = 0; i < self->place.crowd->member[SENDERS + which].logged; i++) {
			struct label label = self->place.crowd->log[which][i];

			if (label.sender >= SENDERS || label.number >= NUMBERS) {
				bad++;
				continue;
			}
			count_arrival(self, label);
			if (self->hands[label.sender][label.number])
				continue;
			bad += label.number <= last[label.sender];
			last[label.sender] = label.number;
		}
	}
	return bad;
}

/* What nobody else received was taken by the dead. */
static void count_dead_hands(FIXTURE_DATA(crowd) *self)
{
	struct label label = { 0 };

	for (; label.sender < SENDERS; label.sender++)
		for (label.number = 1; label.number < NUMBERS; label.number++)
			if (self->hands[label.sender][label.number] &&
			    !self->counts[label.sender][label.number])
				count_arrival(self, label);
}

struct verdict {
	unsigned int doubled, missing, invented;
};

static struct verdict judge(const FIXTURE_DATA(crowd) *self)
{
	struct verdict verdict = { 0 };
	unsigned int who, number;

	for (who = 0; who < SENDERS; who++) {
		for (number = 1; number < NUMBERS; number++) {
			unsigned int count = self->counts[who][number];
			bool sent = number <= self->place.crowd->member[who].done;

			verdict.doubled += count > 1;
			verdict.missing += sent && !count && !self->doubts[who][number];
			verdict.invented += count && !sent;
		}
	}
	return verdict;
}

TEST_F_TIMEOUT(crowd, killed_processes_lose_and_double_no_message, 470)
{
	uint64_t deadline = msgport_deadline(KILLING_S * NS_PER_S);
	struct msgport_stat stat;
	struct verdict verdict;
	unsigned int i;

	while (now_ns() < deadline && self->kills < KILLS_MAX &&
	       (self->kills < KILLS || !all_states_found(self))) {
		self->place.crowd->pace = self->kills / PACE_LENGTH % 2 ?
					  PACE_EMPTY : PACE_FULL;
		idle_us(random_below(&self->seed, 4000));
		kill_one(self);
		ASSERT_TRUE(port_balanced(self->place.receive));
	}
	EXPECT_GE(self->kills, 500);
	EXPECT_EQ(0, come_to_rest(self));
	EXPECT_EQ(0, out_of_order(self));
	count_dead_hands(self);
	verdict = judge(self);
	EXPECT_EQ(0, verdict.doubled);
	EXPECT_EQ(0, verdict.missing);
	EXPECT_EQ(0, verdict.invented);

	stat = stat_of(self->place.receive);
	EXPECT_TRUE(balanced(&stat));
	EXPECT_EQ(self->arrived, stat.sent);
	EXPECT_EQ(self->arrived, stat.received);
	EXPECT_EQ(0, stat.discarded);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_EQ(0, stat.in_hand);
	EXPECT_EQ(0, stat.waiting_senders);
	EXPECT_EQ(0, stat.waiting_receivers);
	EXPECT_EQ(1, stat.receivers);
	EXPECT_EQ(SENDERS - STRANGERS, stat.senders);
	for (i = STRANGERS; i < SENDERS; i++)
		EXPECT_EQ(0, stat_of(self->place.right[i]).in_transit);

	show_histogram(self);
	EXPECT_TRUE(all_states_found(self));
}

TEST_HARNESS_MAIN
