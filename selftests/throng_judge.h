/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must have become of each message of the throng, from the logs alone.
 *
 * A message has the fates that the logs leave possible: one, if everybody who knew
 * lived to say so.  None is a message lost, or one whose takers and sender tell
 * different stories.  From the fates comes what each counter of the module must
 * at least be, and at most.
 */
#ifndef MSGPORT_THRONG_JUDGE_H
#define MSGPORT_THRONG_JUDGE_H

#include "throng.h"

enum column {
	COLUMN_SENT,
	COLUMN_RECEIVED,
	COLUMN_RETURNED,
	COLUMN_EXPIRED,
	COLUMN_WITHDRAWN,
	COLUMN_EXHAUSTED,
	COLUMN_REDELIVERED,
	COLUMN_ASKED,
	COLUMN_ANSWERED,
	COLUMN_GONE,
	COLUMN_GIVEN_UP,
	COLUMN_NOT_ASKED,		/* sent, and no call */
	COLUMNS
};

static const char * const column_names[COLUMNS] = {
	"sent", "received", "returned", "expired", "withdrawn", "exhausted",
	"redelivered", "asked", "answered", "gone", "given_up", "not asked",
};

#define BIT(column)	(1U << (column))

struct judgement {
	uint64_t least[2][COLUMNS];	/* of TARGET_WORK and TARGET_PLAIN */
	uint64_t most[2][COLUMNS];
	uint64_t deliveries, messages;
	uint64_t due_at[ASKERS];	/* answers that came to a home that lives */
	uint64_t mortal_least, mortal_most; /* answers to homes that died */
	uint64_t mortal_taken_least, mortal_taken_most;
	unsigned int unclear;		/* messages with more than one fate */
	unsigned int faults;
};

/* All that the logs say of one message. */
struct story {
	const struct record *record;
	const struct delivery *at;	/* sorted by how often it was taken before */
	unsigned int count;
	uint32_t id;
};

/* One thing that must not be; the first of them are shown. */
static inline void blame(struct judgement *judgement, const struct story *story,
			 const char *what)
{
	const struct record *r = story->record;
	unsigned int i;

	if (judgement->faults++ > 10)
		return;
	fprintf(stderr, "# message %u: %s: target %u manner %u fate %u ", story->id, what,
		r->target, r->manner, r->fate);
	fprintf(stderr, "ended %u error %u gave_up %u expires %u mortal %u ", r->ended,
		r->error, r->gave_up, r->expires, r->mortal);
	fprintf(stderr, "answers %u+%u kind %u reason %u by %llu\n", r->answers,
		r->doubtful_answers, r->kind, r->reason, (unsigned long long)r->by);
	for (i = 0; i < story->count; i++)
		fprintf(stderr,
			"#   delivery %u token %llu place %llu%s settling %u settled %u error %u\n",
			story->at[i].deliveries, (unsigned long long)story->at[i].token,
			(unsigned long long)story->at[i].sequence,
			story->at[i].doubtful ? " doubtful" : "",
			story->at[i].settling, story->at[i].settled,
			story->at[i].error);
}

static inline bool is_call(const struct record *r)
{
	return r->manner == MANNER_CALL || r->manner == MANNER_SYNC;
}

/* Its taker knows that it settled it; a reply that nobody takes settles as well. */
static inline bool surely_settled(const struct delivery *d)
{
	if (!d->settled || d->settling == SETTLE_RELEASE)
		return false;
	return !d->error || (d->settling == SETTLE_REPLY && d->error == ESRCH);
}

/* Its taker was killed over it. */
static inline bool maybe_settled(const struct delivery *d)
{
	return !d->settled && (d->settling == SETTLE_ACK || d->settling == SETTLE_REPLY);
}

static inline const struct delivery *last_of(const struct story *story)
{
	return story->count ? &story->at[story->count - 1] : NULL;
}

/* ---- fates ---- */

/* Those that no receiver has a part in. */
static inline unsigned int fates_without(const struct story *story)
{
	const struct record *r = story->record;
	unsigned int fates = 0;

	if (r->expires)
		fates |= BIT(r->manner == MANNER_DUE ? COLUMN_RETURNED : COLUMN_EXPIRED);
	if (is_call(r) && !r->ended)
		fates |= BIT(COLUMN_WITHDRAWN);
	return fates;
}

static inline unsigned int fates_on_plain(const struct story *story)
{
	unsigned int i;

	for (i = 0; i < story->count; i++)
		if (!story->at[i].doubtful)
			return BIT(COLUMN_RECEIVED);
	return fates_without(story) | (story->count ? BIT(COLUMN_RECEIVED) : 0);
}

static inline unsigned int fates_on_work(const struct story *story)
{
	const struct delivery *last = last_of(story);
	unsigned int fates = fates_without(story), i;

	for (i = 0; i < story->count; i++) {
		if (surely_settled(&story->at[i]))
			return BIT(COLUMN_RECEIVED);
		if (maybe_settled(&story->at[i]) &&
		    story->at[i].deliveries == last->deliveries)
			fates |= BIT(COLUMN_RECEIVED);
	}
	if (last && last->deliveries == MAX_DELIVERIES - 1)
		fates |= BIT(story->record->manner == MANNER_DUE ? COLUMN_RETURNED :
								   COLUMN_EXHAUSTED);
	return fates;
}

/* What the answer, or the outcome of the call, leaves of them. */
static inline unsigned int told_by_answer(const struct record *r)
{
	if (is_call(r) && r->ended)
		return r->error && r->target == TARGET_WORK ? BIT(COLUMN_EXHAUSTED) :
							      BIT(COLUMN_RECEIVED);
	if (r->answers)
		return r->kind == MSGPORT_KIND_RETURNED ? BIT(COLUMN_RETURNED) :
							  BIT(COLUMN_RECEIVED);
	return ~0U;
}

static inline unsigned int fates_of(const struct story *story)
{
	unsigned int fates = story->record->target == TARGET_WORK ?
			     fates_on_work(story) : fates_on_plain(story);

	return fates & told_by_answer(story->record);
}

/* Whether it may be that it was never accepted. */
static inline bool may_be_unsent(const struct story *story)
{
	const struct record *r = story->record;

	return r->fate == FATE_ABOUT && !story->count && !r->answers &&
	       !r->doubtful_answers;
}

static inline void add_one(struct judgement *judgement, unsigned int target,
			   unsigned int columns, bool unsent)
{
	unsigned int column;

	for (column = 0; column < COLUMNS; column++) {
		if (!(columns & BIT(column)))
			continue;
		judgement->most[target][column]++;
		if (columns == BIT(column) && !unsent)
			judgement->least[target][column]++;
	}
}

/* Each number of deliveries is one time that it was given back, but the last. */
static inline void count_redelivered(struct judgement *judgement,
				     const struct story *story, unsigned int fates)
{
	const struct delivery *last = last_of(story);
	uint64_t *least = &judgement->least[TARGET_WORK][COLUMN_REDELIVERED];
	uint64_t *most = &judgement->most[TARGET_WORK][COLUMN_REDELIVERED];
	bool sure = false;
	unsigned int i;

	if (!last)
		return;
	for (i = 0; i < story->count; i++)
		sure |= story->at[i].deliveries == last->deliveries &&
			!story->at[i].doubtful;
	*least += last->deliveries + (sure && !(fates & BIT(COLUMN_RECEIVED)));
	*most += last->deliveries + (fates != BIT(COLUMN_RECEIVED));
}

/* ---- calls ---- */

static inline unsigned int outcomes_of(const struct story *story, unsigned int fates)
{
	const struct record *r = story->record;
	unsigned int outcomes = BIT(COLUMN_GIVEN_UP), i;

	if (r->ended)
		return BIT(r->error ? COLUMN_GONE : COLUMN_ANSWERED);
	if (fates & BIT(COLUMN_EXHAUSTED))
		outcomes |= BIT(COLUMN_GONE);
	for (i = 0; i < story->count; i++) {
		const struct delivery *d = &story->at[i];

		if (r->manner == MANNER_CALL && d->settling == SETTLE_REPLY &&
		    d->settled && !d->error)
			return BIT(COLUMN_ANSWERED);
		if (r->manner == MANNER_SYNC || maybe_settled(d) ||
		    d->settling == SETTLE_ACK)
			outcomes |= BIT(COLUMN_ANSWERED);
		if (r->target == TARGET_PLAIN && !d->settled)
			outcomes |= BIT(COLUMN_GONE);
	}
	return outcomes;
}

/* ---- what must hold of each message ---- */

/*
 * Who gave up a call takes its request back.  Who gave up a synchronous send takes
 * back what is queued; what a worker has is sent, and comes again if it is given back.
 */
static inline bool comes_to_nobody(const struct record *r, const struct delivery *d)
{
	return is_call(r) && r->gone_at && d->began > r->gone_at &&
	       (r->manner == MANNER_CALL || !d->deliveries);
}

/* Once for each number of deliveries; none is left out; settled is the last. */
static inline void check_deliveries(struct judgement *judgement, const struct story *story)
{
	unsigned int i, sure[MAX_DELIVERIES] = { 0 }, any[MAX_DELIVERIES] = { 0 };
	const struct delivery *last = last_of(story);

	for (i = 0; i < story->count; i++) {
		const struct delivery *d = &story->at[i];

		if (d->deliveries >= MAX_DELIVERIES || d->target != story->record->target) {
			blame(judgement, story, "delivered where it cannot be");
			return;
		}
		any[d->deliveries]++;
		sure[d->deliveries] += !d->doubtful;
		if (surely_settled(d) && d->deliveries != last->deliveries)
			blame(judgement, story, "delivered after it was settled");
		if (!d->doubtful && comes_to_nobody(story->record, d))
			blame(judgement, story, "came, and nobody waited for it any more");
		if (d->sequence != last->sequence)
			blame(judgement, story, "has two places in the order");
		if (d->target == TARGET_WORK && !d->token)
			blame(judgement, story, "has no token");
	}
	for (i = 0; last && i <= last->deliveries; i++) {
		if (!any[i])
			blame(judgement, story, "was given back by nobody");
		if (sure[i] > 1)
			blame(judgement, story, "was doubled");
	}
}

/* Is there a delivery with this token that may have been answered? */
static inline bool somebody_answered(const struct story *story, uint64_t token)
{
	unsigned int i;

	for (i = 0; i < story->count; i++) {
		const struct delivery *d = &story->at[i];

		if (token && d->token == token && d->settling == SETTLE_REPLY &&
		    (!d->settled || !d->error))
			return true;
		if (!token && d->settling == SETTLE_ACK && (!d->settled || !d->error))
			return true;
	}
	return false;
}

/* Is there a taker that may have gone with it? */
static inline bool somebody_went(const struct story *story)
{
	unsigned int i;

	for (i = 0; i < story->count; i++)
		if (!story->at[i].settled)
			return true;
	return false;
}

/* What the workers say of their replies, against what came of them. */
static inline void check_replies(struct judgement *judgement, const struct story *story)
{
	const struct record *r = story->record;
	bool asker_may_be_gone = r->mortal || (is_call(r) && !r->ended);
	unsigned int i;

	for (i = 0; i < story->count; i++) {
		const struct delivery *d = &story->at[i];

		if (d->settling != SETTLE_REPLY || !d->settled)
			continue;
		if (!d->error && r->by != d->token && !asker_may_be_gone &&
		    !r->doubtful_answers)
			blame(judgement, story, "was answered, and nobody has the answer");
		if (!d->error && r->manner != MANNER_CALL && r->manner != MANNER_DUE)
			blame(judgement, story, "was answered, and nobody had asked");
		if (d->error && (r->manner == MANNER_CALL || r->manner == MANNER_DUE) &&
		    !asker_may_be_gone)
			blame(judgement, story, "its answer was refused");
	}
}

static inline void check_answer(struct judgement *judgement, const struct story *story)
{
	const struct record *r = story->record;

	if (r->manner == MANNER_CALL && r->ended && !r->error &&
	    !somebody_answered(story, r->by))
		blame(judgement, story, "has an answer that nobody gave");
	if (is_call(r) && r->ended && r->error && r->target == TARGET_PLAIN &&
	    (!somebody_went(story) || r->manner == MANNER_SYNC))
		blame(judgement, story, "its receiver is said to be gone");
	if (r->manner != MANNER_DUE)
		return;
	if (r->answers > 1)
		blame(judgement, story, "has two answers");
	if (r->fate == FATE_ACCEPTED && !r->mortal && !r->answers && !r->doubtful_answers)
		blame(judgement, story, "has no answer");
	if (r->answers && (r->kind == MSGPORT_KIND_REPLY ||
			   r->kind == MSGPORT_KIND_ACKNOWLEDGED) &&
	    !somebody_answered(story, r->by))
		blame(judgement, story, "has an answer that nobody gave");
	if (r->answers && r->kind == MSGPORT_KIND_GONE &&
	    (r->target == TARGET_WORK || !somebody_went(story)))
		blame(judgement, story, "its receiver is said to be gone");
}

/* ---- all of them ---- */

static inline void judge_due(struct judgement *judgement, const struct story *story)
{
	const struct record *r = story->record;

	if (!r->mortal) {
		judgement->due_at[story->id / NUMBERS] += r->answers || r->doubtful_answers;
		return;
	}
	judgement->mortal_most++;
	judgement->mortal_least += !may_be_unsent(story);
	judgement->mortal_taken_least += r->answers;
	judgement->mortal_taken_most += r->answers || r->doubtful_answers;
}

/* One message to a port. */
static inline void judge_message(struct judgement *judgement, const struct story *story)
{
	const struct record *r = story->record;
	unsigned int fates, unsent;

	if (r->fate == FATE_NONE || r->fate == FATE_REFUSED) {
		if (story->count || r->answers)
			blame(judgement, story, "came, and was not sent");
		return;
	}
	unsent = may_be_unsent(story);
	fates = fates_of(story);
	/* nobody has it, and nothing can have ended it */
	if (unsent && !fates)
		return;
	judgement->messages++;
	check_deliveries(judgement, story);
	check_replies(judgement, story);
	check_answer(judgement, story);
	if (!fates)
		blame(judgement, story, "is lost");
	judgement->unclear += unsent || fates & (fates - 1);
	add_one(judgement, r->target, BIT(COLUMN_SENT), unsent);
	add_one(judgement, r->target, fates, unsent);
	if (r->target == TARGET_WORK)
		count_redelivered(judgement, story, fates);
	add_one(judgement, r->target,
		BIT(is_call(r) ? COLUMN_ASKED : COLUMN_NOT_ASKED), unsent);
	if (is_call(r))
		add_one(judgement, r->target, outcomes_of(story, fates), unsent);
	else if (r->manner == MANNER_DUE)
		judge_due(judgement, story);
}

/* A column is what the others leave of a sum. */
static inline void narrow(struct judgement *judgement, unsigned int target,
			  enum column column, enum column sum, unsigned int others)
{
	int64_t least = judgement->least[target][sum], most = judgement->most[target][sum];
	uint64_t *low = &judgement->least[target][column];
	uint64_t *high = &judgement->most[target][column];
	unsigned int other;

	for (other = 0; other < COLUMNS; other++) {
		if (!(others & BIT(other)))
			continue;
		least -= judgement->most[target][other];
		most -= judgement->least[target][other];
	}
	if (least > (int64_t)*low)
		*low = least;
	if (most < (int64_t)*high)
		*high = most > 0 ? most : 0;
}

/*
 * How many messages were accepted is known to the last: they are numbered without
 * a gap.  So it is known how many were accepted that nobody ever took.
 */
static inline void know_sent(struct judgement *judgement, unsigned int target,
			     uint64_t sent)
{
	if (sent < judgement->least[target][COLUMN_SENT] ||
	    sent > judgement->most[target][COLUMN_SENT])
		judgement->faults++;
	judgement->least[target][COLUMN_SENT] = sent;
	judgement->most[target][COLUMN_SENT] = sent;
	narrow(judgement, target, COLUMN_WITHDRAWN, COLUMN_SENT,
	       BIT(COLUMN_RECEIVED) | BIT(COLUMN_RETURNED) | BIT(COLUMN_EXPIRED) |
	       BIT(COLUMN_EXHAUSTED));
	narrow(judgement, target, COLUMN_ASKED, COLUMN_SENT, BIT(COLUMN_NOT_ASKED));
	narrow(judgement, target, COLUMN_GIVEN_UP, COLUMN_ASKED,
	       BIT(COLUMN_ANSWERED) | BIT(COLUMN_GONE));
}

#endif
