// SPDX-License-Identifier: GPL-2.0
/*
 * Conservation under everything at once.  Root, because two users take part, for
 * pages that stall, and to see who waits where.
 * timeout: 420
 */
#include <fcntl.h>

#include "kselftest_harness.h"
#include "slabs.h"
#include "throng_ledger.h"
#include "throng_stage.h"

#define KILLS		2000		/* at least, and until every state was met */
#define KILLING_S	1000		/* far more than but a debug kernel needs */
#define PACE_LENGTH	25		/* kills before the pace changes */

FIXTURE(conservation)
{
	struct stage stage;
};

FIXTURE_SETUP(conservation)
{
	struct meeting_place *place = &self->stage.place;
	struct stage *stage = &self->stage;
	struct msgport_version version;
	sigset_t set;
	unsigned int i;

	/* until a process can take it */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stage->slab_bytes = settled_slab_bytes();
	stage->quota_bytes = quota_left();
	place->control = msgport_open();
	ASSERT_EQ(0, msgport_version(place->control, &version));
	place->features = version.features;
	stage->before = stat_of(place->control);
	make_ports(place);
	make_rights(place);
	make_group(place);
	ASSERT_EQ(0, pipe2(place->token, O_CLOEXEC));
	place->throng = mmap(NULL, sizeof(*place->throng), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, place->throng);
	stage->seed = getpid() + now_ns();
	fprintf(stderr, "# seed %u\n", stage->seed);
	for (i = 0; i < everybody(stage); i++)
		stage->pids[i] = start_one(place, i);
}

FIXTURE_TEARDOWN(conservation)
{
}

TEST_F_TIMEOUT(conservation, killed_anywhere_2000_times_nothing_is_lost_or_doubled, 1500)
{
	uint64_t deadline = msgport_deadline(KILLING_S * NS_PER_S);
	struct stage *stage = &self->stage;
	struct judgement judgement = { 0 };
	struct group_judgement group = { 0 };
	struct logs logs;
	unsigned int i;

	while (!stage->fallen && (stage->kills < KILLS || !all_states_found(stage)) &&
	       now_ns() < deadline) {
		stage->place.throng->pace = stage->kills / PACE_LENGTH % 3 ?
					    PACE_FULL : PACE_EMPTY;
		let_live(stage);
		kill_one(stage);
		for (i = 0; i < TARGETS; i++) {
			if (stage->place.receive[i] >= 0) {
				ASSERT_TRUE(port_balanced(stage->place.receive[i]));
			}
		}
	}
	show_histogram(stage);
	EXPECT_GE(stage->kills, KILLS);
	EXPECT_EQ(0, come_to_rest(stage));
	EXPECT_EQ(0, stage->fallen);

	logs = gather_logs(stage->place.throng);
	EXPECT_EQ(0, doubled_tokens(&logs));
	EXPECT_EQ(0, find_order(&logs));
	judge_all(stage->place.throng, &logs, &judgement, &group);
	fprintf(stderr, "# %llu messages, %llu deliveries, %u with several possible fates\n",
		(unsigned long long)judgement.messages,
		(unsigned long long)judgement.deliveries, judgement.unclear);
	EXPECT_LT(judgement.unclear, stage->kills);
	EXPECT_EQ(0, bad_dead_homes(stage, &judgement));
	EXPECT_EQ(0, bad_columns(stage, TARGET_WORK, &judgement));
	EXPECT_EQ(0, bad_columns(stage, TARGET_PLAIN, &judgement));
	EXPECT_EQ(0, judgement.faults);
	EXPECT_EQ(0, not_at_rest(stage->place.receive[TARGET_WORK]));
	EXPECT_EQ(0, not_at_rest(stage->place.receive[TARGET_PLAIN]));
	EXPECT_EQ(0, bad_homes(stage, &judgement));
	if (stage->place.group >= 0) {
		EXPECT_EQ(0, bad_members(stage, &group));
		EXPECT_EQ(0, group_disorder(&logs));
	}
	for (i = 0; i < ASKERS * 2; i++) {
		int right = stage->place.right[i / 2][i % 2];

		if (right >= 0) {
			EXPECT_EQ(0, stat_of(right).in_transit);
		}
	}
	EXPECT_TRUE(all_states_found(stage));

	close_all(stage);
	EXPECT_TRUE(pipe_ended(stage->place.token[0]));
	EXPECT_EQ(stage->slab_bytes, settled_slab_bytes());
	EXPECT_EQ(stage->quota_bytes, quota_left());
}

TEST_HARNESS_MAIN
