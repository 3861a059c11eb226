// SPDX-License-Identifier: GPL-2.0
/* The first choice by source, badge or process: what is queued already is sorted for it. */
#include <pthread.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define RIGHTS		3
#define PRIORITIES	4
#define DEPTH		600		/* of each right: many batches, and few enough to
					 * choose by tag too
					 */

/* Badges 1, 2 and 2. */
FIXTURE(first)
{
	int port;
	int rights[RIGHTS];
};

FIXTURE_VARIANT(first)
{
	unsigned int priorities;
};

FIXTURE_VARIANT_ADD(first, one_priority) { 1 };
FIXTURE_VARIANT_ADD(first, several_priorities) { PRIORITIES };

FIXTURE_SETUP(first)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int i;

	options.max_msgs = 4096;
	options.max_bytes = 4 << 20;
	options.flags = MSGPORT_ACK;
	self->port = new_port(&options);
	ASSERT_LE(0, self->port);
	for (i = 0; i < RIGHTS; i++) {
		self->rights[i] = msgport_mint(self->port, i ? 2 : 1, 0, 31, 0);
		ASSERT_LE(0, self->rights[i]);
	}
}

FIXTURE_TEARDOWN(first)
{
	int i;

	EXPECT_TRUE(port_balanced(self->port));
	for (i = 0; i < RIGHTS; i++)
		close(self->rights[i]);
	close(self->port);
}

/* What is sent says through which right, with which priority, as which of these. */
struct label {
	uint32_t right, priority, number;
};

static int send_label(FIXTURE_DATA(first) *self, struct label label)
{
	struct msgport_message message = {
		.data = &label,
		.size = sizeof(label),
		.priority = label.priority,
		.tag = label.number,
	};

	return msgport_send_message(self->rights[label.right], &message, 0, MSGPORT_FOREVER);
}

/* Numbers from @from on, in turns through all rights with all priorities. */
static int send_all(FIXTURE_DATA(first) *self, uint32_t from, uint32_t count,
		    unsigned int priorities)
{
	uint32_t i, right;

	for (i = from; i < from + count; i++)
		for (right = 0; right < RIGHTS; right++)
			if (send_label(self, (struct label) { right, (i * 7 + right) %
							      priorities, i }))
				return -1;
	return 0;
}

/* Takes the next that is wanted, settled or with a token; 0: there is none. */
static int take(int port, const struct msgport_filter *filter, struct label *label,
		uint64_t *token)
{
	struct msgport_message message = { .data = label, .size = sizeof(*label) };

	if (msgport_receive_message(port, &message, filter,
				    MSGPORT_NONBLOCK | (token ? 0 : MSGPORT_SETTLE),
				    MSGPORT_FOREVER) < 0)
		return 0;
	if (token)
		*token = message.token;
	return message.size == sizeof(*label);
}

static struct msgport_filter by_source(FIXTURE_DATA(first) *self, int right)
{
	return (struct msgport_filter) {
		.by = MSGPORT_BY_SOURCE, .source = stat_of(self->rights[right]).source,
	};
}

/* Is @label what comes after @before, of the same right? */
static int follows(const struct label *before, const struct label *label)
{
	if (before->priority != label->priority)
		return before->priority > label->priority;
	return before->number < label->number;
}

/* How many are taken, each in its order and through a right from @least on; or -1. */
static int drain(int port, const struct msgport_filter *filter, uint32_t least)
{
	struct label last[RIGHTS], label;
	int count = 0, seen[RIGHTS] = {};

	while (take(port, filter, &label, NULL)) {
		if (label.right < least || label.right >= RIGHTS ||
		    (seen[label.right]++ && !follows(&last[label.right], &label)))
			return -1;
		last[label.right] = label;
		count++;
	}
	return count;
}

TEST_F(first, choice_by_source_finds_what_was_queued_before_in_its_order)
{
	struct msgport_filter filter = by_source(self, 1);

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	EXPECT_EQ(DEPTH, drain(self->port, &filter, 1));
	EXPECT_EQ((RIGHTS - 1) * DEPTH, stat_of(self->port).queued);
	EXPECT_EQ((RIGHTS - 1) * DEPTH, drain(self->port, NULL, 0));
}

TEST_F(first, choice_by_badge_finds_what_was_queued_before_in_its_order)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_BADGE, .badge = 2 };

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	EXPECT_EQ(2 * DEPTH, drain(self->port, &filter, 1));
	EXPECT_EQ(DEPTH, drain(self->port, NULL, 0));
}

TEST_F(first, choice_by_process_finds_what_was_queued_before_in_its_order)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_PROCESS, .pid = getpid() };
	pid_t child;

	ASSERT_EQ(0, send_all(self, 0, DEPTH / 2, variant->priorities));
	child = start_child();
	if (!child)
		_exit(send_all(self, DEPTH / 2, DEPTH / 2, variant->priorities) ? 1 : 0);
	ASSERT_EQ(0, child_status(child));
	EXPECT_EQ(RIGHTS * (DEPTH / 2), drain(self->port, &filter, 0));
	EXPECT_EQ(RIGHTS * (DEPTH / 2), drain(self->port, NULL, 0));
}

TEST_F(first, what_comes_after_the_first_choice_stands_behind_what_was_there)
{
	struct msgport_filter filter = by_source(self, 2);
	struct label label;

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	ASSERT_TRUE(take(self->port, &filter, &label, NULL));
	EXPECT_EQ(2, label.right);
	ASSERT_EQ(0, send_all(self, DEPTH, DEPTH, variant->priorities));
	EXPECT_EQ(2 * DEPTH - 1, drain(self->port, &filter, 2));
	EXPECT_EQ(2 * 2 * DEPTH, drain(self->port, NULL, 0));
}

TEST_F(first, message_taken_before_the_first_choice_goes_back_to_its_place)
{
	struct msgport_filter filter = by_source(self, 0);
	uint64_t tokens[10];
	struct label label;
	int i;

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(take(self->port, NULL, &label, &tokens[i]));
	}
	/* one before, the others after */
	ASSERT_EQ(0, msgport_release(self->port, tokens[5]));
	ASSERT_TRUE(take(self->port, &filter, &label, &tokens[5]));
	EXPECT_EQ(0, label.right);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, msgport_release(self->port, tokens[i]));
	}
	EXPECT_EQ(DEPTH, drain(self->port, &filter, 0));
	EXPECT_EQ((RIGHTS - 1) * DEPTH, drain(self->port, NULL, 1));
}

struct sending {
	FIXTURE_DATA(first) *first;
	unsigned int priorities;
	int err;
};

static void *send_more(void *argument)
{
	struct sending *sending = argument;

	sending->err = send_all(sending->first, DEPTH, DEPTH, sending->priorities);
	return NULL;
}

static void *choose_all(void *argument)
{
	struct sending *sending = argument;
	struct msgport_filter filter = by_source(sending->first, 0);
	struct label label;

	/* what comes of a higher priority meanwhile comes first: only who is named matters */
	while (take(sending->first->port, &filter, &label, NULL))
		sending->err |= label.right;
	return NULL;
}

/* One of them, on several processors, begins before the other has sorted all. */
TEST_F(first, two_who_choose_at_first_while_others_send_find_all_in_order)
{
	struct sending sending = { self, variant->priorities, 0 };
	struct sending choosing = { self, variant->priorities, 0 };
	struct msgport_filter filter = { .by = MSGPORT_BY_BADGE, .badge = 2 };
	pthread_t sender, chooser;

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	ASSERT_EQ(0, pthread_create(&sender, NULL, send_more, &sending));
	ASSERT_EQ(0, pthread_create(&chooser, NULL, choose_all, &choosing));
	while (stat_of(self->port).sent < 2 * RIGHTS * DEPTH) {
		struct label label;

		if (take(self->port, &filter, &label, NULL)) {
			EXPECT_LE(1, label.right);
		}
	}
	ASSERT_EQ(0, pthread_join(sender, NULL));
	ASSERT_EQ(0, pthread_join(chooser, NULL));
	EXPECT_EQ(0, sending.err);
	EXPECT_EQ(0, choosing.err);
	/* all are there now: in order */
	EXPECT_LE(0, drain(self->port, &filter, 1));
	filter = by_source(self, 0);
	EXPECT_LE(0, drain(self->port, &filter, 0));
	EXPECT_EQ(0, stat_of(self->port).queued);
	EXPECT_EQ(2 * RIGHTS * DEPTH, stat_of(self->port).received);
}

static void *choose_one(void *argument)
{
	struct sending *sending = argument;
	struct msgport_filter filter = by_source(sending->first, 1);
	struct label label;
	uint64_t token;

	sending->err = !take(sending->first->port, &filter, &label, &token) ||
		       label.right != 1 || msgport_release(sending->first->port, token);
	return NULL;
}

/* From the end, where sorting begins: a scan for a tag needs none. */
static void *take_by_tag(void *argument)
{
	struct sending *sending = argument;
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag_mask = ~0ULL };
	struct label label;
	uint32_t i;

	for (i = DEPTH; i-- > DEPTH / 2; ) {
		filter.tag = i;
		sending->err |= !take(sending->first->port, &filter, &label, NULL) ||
				label.number != i;
	}
	return NULL;
}

TEST_F(first, messages_taken_from_the_middle_while_others_are_sorted_leave_these_in_order)
{
	struct sending sending = { self, variant->priorities, 0 };
	struct sending taking = { self, 0, 0 }, choosing = { self, 0, 0 };
	struct msgport_filter filter = by_source(self, 0);
	pthread_t sender, taker, chooser;
	int count;

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	ASSERT_EQ(0, pthread_create(&chooser, NULL, choose_one, &choosing));
	ASSERT_EQ(0, pthread_create(&taker, NULL, take_by_tag, &taking));
	ASSERT_EQ(0, pthread_create(&sender, NULL, send_more, &sending));
	ASSERT_EQ(0, pthread_join(chooser, NULL));
	ASSERT_EQ(0, pthread_join(taker, NULL));
	ASSERT_EQ(0, pthread_join(sender, NULL));
	EXPECT_EQ(0, sending.err | taking.err | choosing.err);
	count = drain(self->port, &filter, 0);
	EXPECT_LT(0, count);
	filter = (struct msgport_filter) { .by = MSGPORT_BY_BADGE, .badge = 2 };
	EXPECT_EQ(2 * RIGHTS * DEPTH - DEPTH / 2, count + drain(self->port, &filter, 1));
	EXPECT_EQ(0, stat_of(self->port).queued);
}

#define TAKEN	300		/* put back, several batches of them, oldest first */

struct giving_back {
	int port, err;
	uint64_t tokens[TAKEN];
};

static void *give_back(void *argument)
{
	struct giving_back *giving = argument;
	int i;

	for (i = 0; i < TAKEN; i++)
		giving->err |= msgport_release(giving->port, giving->tokens[i]);
	return NULL;
}

TEST_F(first, messages_put_back_while_two_choose_at_first_find_their_places)
{
	struct giving_back giving = { self->port, 0, {} };
	struct sending choosing[2] = { { self, 0, 0 }, { self, 0, 0 } };
	struct msgport_filter filter = by_source(self, 0);
	pthread_t giver, choosers[2];
	struct label label;
	int i;

	ASSERT_EQ(0, send_all(self, 0, DEPTH, variant->priorities));
	for (i = 0; i < TAKEN; i++) {
		ASSERT_TRUE(take(self->port, NULL, &label, &giving.tokens[i]));
	}
	ASSERT_EQ(0, pthread_create(&giver, NULL, give_back, &giving));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&choosers[i], NULL, choose_one, &choosing[i]));
	}
	ASSERT_EQ(0, pthread_join(giver, NULL));
	EXPECT_EQ(0, giving.err);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(choosers[i], NULL));
		EXPECT_EQ(0, choosing[i].err);
	}
	EXPECT_EQ(DEPTH, drain(self->port, &filter, 0));
	filter = (struct msgport_filter) { .by = MSGPORT_BY_BADGE, .badge = 2 };
	EXPECT_EQ(2 * DEPTH, drain(self->port, &filter, 1));
}

TEST_HARNESS_MAIN
