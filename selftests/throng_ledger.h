/* SPDX-License-Identifier: GPL-2.0 */
/* The module's ledgers, against what the throng's logs say. */
#ifndef MSGPORT_THRONG_LEDGER_H
#define MSGPORT_THRONG_LEDGER_H

#include "throng_logs.h"
#include "throng_stage.h"

static inline unsigned int bad_column(unsigned int target, unsigned int column, uint64_t is,
				      const struct judgement *judgement)
{
	uint64_t least = judgement->least[target][column];
	uint64_t most = judgement->most[target][column];

	fprintf(stderr, "# %s %-11s %8llu, from the logs %llu to %llu\n",
		target == TARGET_WORK ? "work " : "plain", column_names[column],
		(unsigned long long)is, (unsigned long long)least,
		(unsigned long long)most);
	return is < least || is > most;
}

/* The number that a last message gets, which is taken at once; 0 if it is not. */
static inline uint64_t next_sequence(int right)
{
	struct msgport_message message = { 0 };
	int send_right = mint_plain(right);

	if (msgport_send(send_right, NULL, 0, MSGPORT_NONBLOCK) ||
	    msgport_receive_message(right, &message, NULL, MSGPORT_NONBLOCK, 0) ||
	    (message.token && msgport_ack(right, message.token)))
		message.stamp.sequence = 0;
	close(send_right);
	return message.stamp.sequence;
}

/* What the port says, against what the logs say. */
static inline unsigned int bad_columns(const struct stage *self,
				       unsigned int target, struct judgement *judgement)
{
	struct msgport_stat stat = stat_of(self->place.receive[target]);
	uint64_t sent = next_sequence(self->place.receive[target]) - 1;
	const uint64_t is[COLUMNS] = {
		[COLUMN_SENT] = stat.sent,
		[COLUMN_RECEIVED] = stat.received,
		[COLUMN_RETURNED] = stat.returned,
		[COLUMN_EXPIRED] = stat.expired,
		[COLUMN_WITHDRAWN] = stat.withdrawn,
		[COLUMN_EXHAUSTED] = stat.exhausted,
		[COLUMN_REDELIVERED] = stat.redelivered,
		[COLUMN_ASKED] = stat.asked,
		[COLUMN_ANSWERED] = stat.answered,
		[COLUMN_GONE] = stat.gone,
		[COLUMN_GIVEN_UP] = stat.given_up,
	};
	unsigned int column, bad = 0;

	know_sent(judgement, target, sent);
	for (column = 0; column < COLUMN_NOT_ASKED; column++)
		bad += bad_column(target, column, is[column], judgement);
	return bad;
}

/* Nothing is in the port, and nobody waits at it. */
static inline unsigned int not_at_rest(int right)
{
	struct msgport_stat stat = stat_of(right);

	return !balanced(&stat) + !!stat.queued + !!stat.outstanding + !!stat.bytes +
	       !!stat.in_hand + !!stat.waiting_senders + !!stat.waiting_receivers +
	       !!stat.waiting + !!stat.answers + !!stat.died_with_port +
	       !!stat.too_large + (stat.receivers != 1) +
	       (stat.asked != stat.answered + stat.gone + stat.given_up) +
	       (stat.discarded != stat.expired + stat.withdrawn + stat.exhausted);
}

static inline unsigned int bad_homes(const struct stage *self,
				     const struct judgement *judgement)
{
	unsigned int who, bad = 0;

	for (who = CALLERS; who < ASKERS; who++) {
		struct msgport_stat stat;

		if (self->place.home[who] < 0)
			continue;
		stat = stat_of(self->place.home[who]);
		bad += not_at_rest(self->place.home[who]);
		bad += stat.sent != judgement->due_at[who] || stat.received != stat.sent;
	}
	return bad;
}

static inline void subtract(struct msgport_stat *from, const struct msgport_stat *stat)
{
	from->sent -= stat->sent;
	from->received -= stat->received;
	from->returned -= stat->returned;
	from->discarded -= stat->discarded;
	from->died_with_port -= stat->died_with_port;
}

/* The sum of the namespace less all that lives: the homes that died. */
static inline unsigned int bad_dead_homes(const struct stage *self,
					  const struct judgement *judgement)
{
	struct msgport_stat dead = stat_of(self->place.control), stat;
	unsigned int i, bad = 0;

	subtract(&dead, &self->before);
	for (i = 0; i < TARGETS; i++) {
		if (self->place.receive[i] < 0)
			continue;
		stat = stat_of(self->place.receive[i]);
		subtract(&dead, &stat);
	}
	for (i = 0; i < ASKERS; i++) {
		if (self->place.home[i] < 0)
			continue;
		stat = stat_of(self->place.home[i]);
		subtract(&dead, &stat);
	}
	fprintf(stderr, "# dead homes: sent %llu, logs %llu to %llu, received %llu, %llu to %llu\n",
		(unsigned long long)dead.sent,
		(unsigned long long)judgement->mortal_least,
		(unsigned long long)judgement->mortal_most,
		(unsigned long long)dead.received,
		(unsigned long long)judgement->mortal_taken_least,
		(unsigned long long)judgement->mortal_taken_most);
	bad += dead.sent < judgement->mortal_least || dead.sent > judgement->mortal_most;
	bad += dead.received < judgement->mortal_taken_least ||
	       dead.received > judgement->mortal_taken_most;
	bad += dead.discarded != dead.died_with_port || dead.returned;
	return bad + (dead.sent != dead.received + dead.discarded);
}

static inline unsigned int bad_members(const struct stage *self,
				       const struct group_judgement *group)
{
	unsigned int i, bad = 0;

	for (i = 0; i < MEMBERS; i++) {
		int right = self->place.receive[TARGET_MEMBER + i];
		struct msgport_stat stat = stat_of(right);
		uint64_t all = stat.sent + stat.missed;

		fprintf(stderr, "# member %u: sent %llu missed %llu, saw %llu of %llu to %llu\n",
			i, (unsigned long long)stat.sent,
			(unsigned long long)stat.missed,
			(unsigned long long)group->seen[i],
			(unsigned long long)group->least,
			(unsigned long long)group->most);
		bad += not_at_rest(right) + (stat.sent != group->seen[i]) +
		       (stat.received != stat.sent) + (i < 2 && stat.missed) +
		       (all < group->least || all > group->most);
	}
	return bad;
}

#endif
