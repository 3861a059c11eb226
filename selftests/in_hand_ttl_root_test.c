// SPDX-License-Identifier: GPL-2.0
/*
 * A message whose time to live passes while a receiver has it in its hand, and
 * which then comes back.  Root, because the copy is made to stall.
 */
#include "kselftest_harness.h"
#include "stall.h"

#define TTL_MS	500

FIXTURE(held)
{
	struct pair port;
	pid_t holder;
};

/* How it was taken: who chooses leaves it in its place meanwhile. */
FIXTURE_VARIANT(held)
{
	bool chooses;
};

FIXTURE_VARIANT_ADD(held, anyone) { .chooses = false };
FIXTURE_VARIANT_ADD(held, chooser) { .chooses = true };

static const struct msgport_filter any_priority = { .by = MSGPORT_BY_PRIORITY };

static pid_t start_holder(int receive, bool chooses)
{
	pid_t pid = start_child();
	struct msgport_message message = { .size = 64 };

	if (pid)
		return pid;
	receive = keep_only(receive);
	message.data = stalling_page();
	_exit(error_of(msgport_receive_message(receive, &message,
					       chooses ? &any_priority : NULL, 0,
					       MSGPORT_FOREVER)));
}

static int send_mortal(int right, uint64_t number, unsigned int ttl_ms)
{
	struct msgport_message message = {
		.data = &number, .size = sizeof(number), .ttl = ttl_ms * NS_PER_MS,
	};

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

FIXTURE_SETUP(held)
{
	if (!can_stall())
		SKIP(return, "the kernel has no userfaultfd");
	self->port = new_pair(NULL);
	self->holder = start_holder(self->port.receive, variant->chooses);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ASSERT_EQ(0, send_mortal(self->port.send, 5, TTL_MS));
	ASSERT_TRUE(wait_for_in_hand(self->port.receive, 1));
}

FIXTURE_TEARDOWN(held)
{
	if (self->holder)
		end_child(self->holder);
	close_pair(&self->port);
}

/* The receiver dies, and what it had in its hand comes back. */
static void let_go(FIXTURE_DATA(held) *self)
{
	end_child(self->holder);
	self->holder = 0;
}

static void outlive(void)
{
	pause_ms(TTL_MS + 20);
}

TEST_F(held, message_in_the_hand_does_not_expire_there)
{
	outlive();
	EXPECT_EQ(0, stat_of(self->port.receive).expired);
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	EXPECT_EQ(1, stat_of(self->port.receive).in_hand);
}

TEST_F(held, message_that_comes_back_after_its_time_to_live_ends_as_expired)
{
	struct msgport_port_info info;
	struct msgport_stat stat;
	uint64_t after = stat_of(self->port.receive).port - 1;

	outlive();
	let_go(self);
	/* the list ends nothing: it was over when it came back */
	ASSERT_EQ(1, msgport_list(MSGPORT_DEFAULT, &after, &info, 1));
	EXPECT_EQ(0, info.queued);
	stat = stat_of(self->port.receive);
	EXPECT_EQ(1, stat.expired);
	EXPECT_EQ(0, stat.in_hand);
	EXPECT_TRUE(balanced(&stat));
}

/*
 *	first receiver:  takes 5, stalls --- 5 expires --- is killed
 *	second:          waits ------------------------------ waits on --- has 6
 */
TEST_F(held, message_that_comes_back_too_late_is_handed_to_nobody)
{
	pid_t waiting = start_receiver(self->port.receive, 6);

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	outlive();
	let_go(self);
	EXPECT_EQ(1, stat_of(self->port.receive).waiting_receivers);
	EXPECT_TRUE(child_runs(waiting));
	ASSERT_EQ(0, send_number(self->port.send, 6, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_EQ(1, stat_of(self->port.receive).expired);
}

TEST_F(held, message_that_comes_back_in_time_is_handed_on)
{
	pid_t waiting = start_receiver(self->port.receive, 5);

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	let_go(self);
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_EQ(0, stat_of(self->port.receive).expired);
}

TEST_HARNESS_MAIN
