/* SPDX-License-Identifier: GPL-2.0 */
/* The logs of the throng put together: by message, by token, by place in a port. */
#ifndef MSGPORT_THRONG_LOGS_H
#define MSGPORT_THRONG_LOGS_H

#include "throng_judge.h"

struct logs {
	struct delivery *all;		/* by message, then by number of deliveries */
	size_t count;
	uint32_t *order[TARGETS];	/* ids by sequence number on the port */
	uint64_t last[TARGETS];		/* greatest sequence number */
};

static inline int compare_deliveries(const void *a, const void *b)
{
	const struct delivery *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->target != y->target)
		return (int)x->target - y->target;
	if (x->deliveries != y->deliveries)
		return (int)x->deliveries - y->deliveries;
	/* what is sure comes last */
	return (int)y->doubtful - x->doubtful;
}

static inline int compare_tokens(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static inline struct logs gather_logs(const struct throng *throng)
{
	struct logs logs = { 0 };
	unsigned int which;

	for (which = 0; which < SERVERS; which++)
		logs.count += throng->desk[ASKERS + which].logged;
	logs.all = calloc(logs.count + 1, sizeof(*logs.all));
	if (!logs.all)
		give_up("calloc");
	logs.count = 0;
	for (which = 0; which < SERVERS; which++) {
		size_t count = throng->desk[ASKERS + which].logged;

		memcpy(logs.all + logs.count, throng->log[which],
		       count * sizeof(*logs.all));
		logs.count += count;
	}
	qsort(logs.all, logs.count, sizeof(*logs.all), compare_deliveries);
	return logs;
}

/* How many tokens stand for more than one delivery. */
static inline unsigned int doubled_tokens(const struct logs *logs)
{
	uint64_t *tokens = calloc(logs->count + 1, sizeof(*tokens));
	unsigned int doubled = 0;
	size_t i, count = 0;

	if (!tokens)
		give_up("calloc");
	for (i = 0; i < logs->count; i++)
		if (logs->all[i].token)
			tokens[count++] = logs->all[i].token;
	qsort(tokens, count, sizeof(*tokens), compare_tokens);
	for (i = 1; i < count; i++)
		doubled += tokens[i] == tokens[i - 1];
	free(tokens);
	return doubled;
}

/* Who stands where in each port; how many places are taken by two messages. */
static inline unsigned int find_order(struct logs *logs)
{
	unsigned int target, bad = 0;
	size_t i;

	for (i = 0; i < logs->count; i++)
		if (logs->all[i].sequence > logs->last[logs->all[i].target])
			logs->last[logs->all[i].target] = logs->all[i].sequence;
	for (target = 0; target < TARGETS; target++) {
		logs->order[target] = calloc(logs->last[target] + 1, sizeof(uint32_t));
		if (!logs->order[target])
			give_up("calloc");
	}
	for (i = 0; i < logs->count; i++) {
		const struct delivery *d = &logs->all[i];
		uint32_t *place = &logs->order[d->target][d->sequence];

		bad += *place && *place != d->id;
		*place = d->id;
	}
	return bad;
}

static inline struct story story_of(const struct throng *throng, const struct logs *logs,
				    uint32_t id, size_t *at)
{
	struct story story = {
		.record = &throng->record[id / NUMBERS][id % NUMBERS],
		.id = id,
		.at = &logs->all[*at],
	};

	while (*at < logs->count && logs->all[*at].id == id) {
		++*at;
		story.count++;
	}
	return story;
}

/* ---- groups ---- */

/* Was it seen there?  Two times sure is two times too many. */
static inline bool member_saw(struct judgement *judgement, const struct story *story,
			      unsigned int member)
{
	unsigned int i, sure = 0, any = 0;

	for (i = 0; i < story->count; i++)
		if (story->at[i].target == TARGET_MEMBER + member) {
			any++;
			sure += !story->at[i].doubtful;
		}
	if (sure > 1)
		blame(judgement, story, "came twice to a member");
	return any;
}

struct group_judgement {
	uint64_t seen[MEMBERS];
	uint64_t least, most;		/* accepted */
};

/* To all who are not lossy, or to none. */
static inline void judge_group_message(struct judgement *judgement,
				       struct group_judgement *group,
				       const struct story *story)
{
	bool saw[MEMBERS], refused = story->record->fate == FATE_REFUSED;
	unsigned int i;

	for (i = 0; i < MEMBERS; i++) {
		saw[i] = member_saw(judgement, story, i);
		group->seen[i] += saw[i];
	}
	if (refused && story->count)
		blame(judgement, story, "came, and was not sent");
	if (refused)
		return;
	group->most++;
	group->least += saw[0] || story->record->fate == FATE_ACCEPTED;
	if (saw[0] != saw[1] || (saw[2] && !saw[0]))
		blame(judgement, story, "came to one member and not to another");
	if (story->record->fate == FATE_ACCEPTED && !saw[0])
		blame(judgement, story, "is lost");
}

/* Both members that miss nothing saw one order; the lossy one a part of it. */
static inline unsigned int group_disorder(const struct logs *logs)
{
	const uint32_t *whole = logs->order[TARGET_MEMBER];
	const uint32_t *part = logs->order[TARGET_MEMBER + 2];
	unsigned int bad = 0;
	uint64_t i, at = 0;

	if (logs->last[TARGET_MEMBER] != logs->last[TARGET_MEMBER + 1])
		return 1;
	for (i = 1; i <= logs->last[TARGET_MEMBER]; i++)
		bad += whole[i] != logs->order[TARGET_MEMBER + 1][i];
	for (i = 1; i <= logs->last[TARGET_MEMBER + 2]; i++) {
		while (at <= logs->last[TARGET_MEMBER] && whole[at] != part[i])
			at++;
		bad += at > logs->last[TARGET_MEMBER];
	}
	return bad;
}

static inline void judge_all(const struct throng *throng, const struct logs *logs,
			     struct judgement *judgement, struct group_judgement *group)
{
	unsigned int who, number;
	size_t at = 0;

	judgement->deliveries = logs->count;
	for (who = 0; who < ASKERS; who++) {
		for (number = 0; number < NUMBERS; number++) {
			struct story story = story_of(throng, logs,
						      id_of(who, number), &at);

			if (story.record->target == TARGET_GROUP)
				judge_group_message(judgement, group, &story);
			else
				judge_message(judgement, &story);
		}
	}
}

#endif
