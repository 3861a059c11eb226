// SPDX-License-Identifier: GPL-2.0
/* A member that is full at every moment, and gets on with what it has. */

#include "groups.h"
#include "kselftest_harness.h"

#define BEFORE	9
#define PAUSE	250		/* ms: together longer than the limit */
#define STALL	(2 * NS_PER_S)

FIXTURE(busy)
{
	int home;
};

/* How each of its messages ends. */
FIXTURE_VARIANT(busy)
{
	bool returned;
};

FIXTURE_VARIANT_ADD(busy, discarding) { .returned = false };
FIXTURE_VARIANT_ADD(busy, returning) { .returned = true };

FIXTURE_SETUP(busy)
{
	self->home = new_port(NULL);
	ASSERT_LE(0, self->home);
}

FIXTURE_TEARDOWN(busy)
{
	close(self->home);
}

static pid_t start_asker(int right, int home, bool asks)
{
	struct msgport_due due = { .receive_right = home };
	struct msgport_message message = {
		.data = "before",
		.size = 6,
		.due = asks ? &due : NULL,
	};
	pid_t pid = start_child();

	if (!pid)
		_exit(error_of(msgport_send_message(right, &message, 0, MSGPORT_FOREVER)));
	return pid;
}

TEST_F(busy, member_whose_messages_end_otherwise_does_not_stall)
{
	struct msgport_group_options options = { .stall = STALL };
	const char *name;
	int group = new_group(&name, &options);
	int member = new_member(name, 1, 0), direct = mint_plain(member);
	pid_t before[BEFORE], sender;
	uint64_t begun;
	char byte;
	int i;

	for (i = 0; i < BEFORE; i++)
		before[i] = start_asker(direct, self->home, variant->returned);
	ASSERT_TRUE(wait_for_senders(member, BEFORE - 1));
	begun = now_ns();
	sender = start_sender(group, 2, 0);
	ASSERT_TRUE(wait_for_senders(member, BEFORE));
	for (i = 0; i < BEFORE; i++) {
		pause_ms(PAUSE);
		EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(member, &byte, 1,
							     MSGPORT_DISCARD_LARGE)));
	}
	EXPECT_EQ(2, receive_number(member, 0));
	EXPECT_LT(STALL, now_ns() - begun);
	EXPECT_EQ(0, stat_of(member).missed);
	EXPECT_EQ(variant->returned ? BEFORE : 0, stat_of(member).returned);
	EXPECT_EQ(variant->returned ? 0 : BEFORE, stat_of(member).too_large);
	for (i = 0; i < BEFORE; i++) {
		EXPECT_EQ(0, child_status(before[i]));
	}
	EXPECT_EQ(0, child_status(sender));
	close(direct);
	close(member);
	close(group);
}

TEST_HARNESS_MAIN
