// SPDX-License-Identifier: GPL-2.0
/*
 * A send to a group that has been promised its place at one member and has not run
 * since: whom it may hold up.
 * Root, for the test runs before such a send on its processor, and lets others run
 * before itself.
 *
 *	urgent		runs whenever it can
 *	the test	runs unless one of these can
 *	lazy		runs when the test sleeps or is at leisure
 */
#include "groups.h"
#include "kselftest_harness.h"
#include "processor.h"

enum { LEISURE, TEST, URGENT };

static void become_as(int urgency)
{
	run_before(urgency ? SCHED_FIFO : SCHED_OTHER, urgency);
}

/* A child that sends so many bytes, of which the first are a number. */
static pid_t start_sending(int right, uint64_t number, size_t size, unsigned int priority,
			   int urgency)
{
	static char bytes[4096];
	struct msgport_message message = {
		.data = bytes, .size = size, .priority = priority,
	};
	pid_t pid = start_child();

	if (pid)
		return pid;
	memcpy(bytes, &number, sizeof(number));
	become_as(urgency);
	_exit(error_of(msgport_send_message(right, &message, 0, MSGPORT_FOREVER)));
}

/* The number of the next message of any size, if there is one. */
static int64_t take_now(int port)
{
	int64_t bytes[512];

	return msgport_receive(port, bytes, sizeof(bytes), MSGPORT_NONBLOCK) < 0 ?
	       -1 : bytes[0];
}

static bool wait_for_end(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS && child_runs(pid); i++)
		pause_ms(1);
	return !child_runs(pid);
}

/* Members of one group, tried in this order, and senders of their own. */
FIXTURE(promise)
{
	const char *name;
	int group;
	struct pair first, second;
};

FIXTURE_SETUP(promise)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	stay_on_one_processor();
	/* room for one large message, or several small ones */
	options.max_msgs = 4;
	options.max_size = 2000;
	options.max_bytes = 4096 + 192;
	self->group = new_group(&self->name, NULL);
	self->first = new_pair(&options);
	self->second = new_pair_for(1);
	ASSERT_EQ(0, msgport_join(self->first.receive, self->name, 0));
	ASSERT_EQ(0, msgport_join(self->second.receive, self->name, 0));
}

FIXTURE_TEARDOWN(promise)
{
	become_as(LEISURE);
	close_pair(&self->first);
	close_pair(&self->second);
	close(self->group);
}

static int send_large(int right, uint64_t number)
{
	uint64_t bytes[250] = { number };

	return msgport_send(right, bytes, sizeof(bytes), MSGPORT_NONBLOCK);
}

/*
 *	older	urgent, waits at the second member
 *	younger	lazy, waits at the first one
 *	test	makes room at the first, then at the second
 */
TEST_F(promise, older_group_send_takes_the_place_promised_to_a_younger_one)
{
	pid_t older, younger;

	ASSERT_EQ(0, send_number(self->second.send, 1, MSGPORT_NONBLOCK));
	older = start_sending(self->group, 10, 2000, 0, URGENT);
	ASSERT_TRUE(wait_for_senders(self->second.receive, 1));
	ASSERT_EQ(0, send_large(self->first.send, 2));
	younger = start_sending(self->group, 20, 2000, 0, LEISURE);
	ASSERT_TRUE(wait_for_senders(self->first.receive, 1));
	become_as(TEST);
	EXPECT_EQ(2, take_now(self->first.receive));
	EXPECT_EQ(0, stat_of(self->first.receive).waiting_senders);
	EXPECT_EQ(1, take_now(self->second.receive));
	EXPECT_EQ(10, take_now(self->first.receive));
	EXPECT_EQ(10, take_now(self->second.receive));
	become_as(LEISURE);
	EXPECT_EQ(0, child_status(older));
	EXPECT_EQ(0, child_status(younger));
	EXPECT_EQ(20, take_now(self->first.receive));
	EXPECT_EQ(20, take_now(self->second.receive));
	EXPECT_TRUE(port_balanced(self->first.receive));
	EXPECT_EQ(0, stat_of(self->first.receive).bytes);
}

/*
 * The same, the older one small, and another who came to wait at the first member
 * when the younger, of lower priority, had been promised its place.
 */
TEST_F(promise, bytes_that_an_older_group_send_leaves_go_to_who_waits_for_them)
{
	pid_t older, younger, third;
	int go[2];
	char byte;

	ASSERT_EQ(0, pipe(go));
	third = start_child();
	if (!third) {
		become_as(URGENT);
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(error_of(send_urgent(self->first.send, 30, 9)));
	}
	ASSERT_EQ(0, send_number(self->second.send, 1, MSGPORT_NONBLOCK));
	older = start_sending(self->group, 10, 8, 0, URGENT);
	ASSERT_TRUE(wait_for_senders(self->second.receive, 1));
	ASSERT_EQ(0, send_large(self->first.send, 2));
	ASSERT_EQ(0, send_number(self->first.send, 3, MSGPORT_NONBLOCK));
	younger = start_sending(self->group, 20, 2000, 0, LEISURE);
	ASSERT_TRUE(wait_for_senders(self->first.receive, 1));
	become_as(TEST);
	EXPECT_EQ(2, take_now(self->first.receive));
	EXPECT_EQ(0, stat_of(self->first.receive).waiting_senders);
	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(1, stat_of(self->first.receive).waiting_senders);
	EXPECT_EQ(1, take_now(self->second.receive));
	/* with nothing more received here: the younger one alone waits */
	EXPECT_EQ(3, stat_of(self->first.receive).queued);
	EXPECT_EQ(1, stat_of(self->first.receive).waiting_senders);
	become_as(LEISURE);
	EXPECT_EQ(30, take_now(self->first.receive));
	EXPECT_EQ(3, take_now(self->first.receive));
	EXPECT_EQ(10, take_now(self->first.receive));
	EXPECT_EQ(10, take_now(self->second.receive));
	EXPECT_EQ(0, child_status(older));
	EXPECT_EQ(0, child_status(younger));
	EXPECT_EQ(0, child_status(third));
	EXPECT_EQ(20, take_now(self->first.receive));
	EXPECT_EQ(20, take_now(self->second.receive));
	close(go[0]);
	close(go[1]);
}

/* A child that reads one number, then nothing more; urgent, once it is told to. */
static pid_t start_cat(int port, int go)
{
	pid_t pid = start_child();
	uint64_t number;
	char byte;

	if (pid)
		return pid;
	become_as(URGENT);
	if (read(go, &byte, 1) != 1 || read(port, &number, sizeof(number)) != 8)
		_exit(1);
	_exit(read(port, &number, sizeof(number)) != 0);
}

/*
 * The member leaves while a send has a place there that it will not use: who reads
 * until the last sender has gone hears of it when the place is given back.
 */
TEST(stream_ends_though_a_group_send_had_been_promised_a_place)
{
	const char *name;
	int group = new_group(&name, NULL), go[2];
	struct pair member = new_pair_for(1);
	pid_t cat, sender;
	bool ended;

	stay_on_one_processor();
	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, msgport_join(member.receive, name, 0));
	ASSERT_EQ(0, send_number(member.send, 1, MSGPORT_NONBLOCK));
	close(member.send);
	cat = start_cat(member.receive, go[0]);
	sender = start_sending(group, 2, 8, 0, LEISURE);
	ASSERT_TRUE(wait_for_senders(member.receive, 1));
	become_as(TEST);
	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(0, stat_of(member.receive).queued);
	EXPECT_EQ(0, stat_of(member.receive).waiting_senders);
	EXPECT_EQ(1, stat_of(member.receive).waiting_receivers);
	ASSERT_EQ(0, msgport_leave(member.receive, name));
	become_as(LEISURE);
	EXPECT_EQ(0, child_status(sender));
	ended = wait_for_end(cat);
	EXPECT_TRUE(ended);
	if (!ended) {
		end_child(cat);
	} else {
		EXPECT_EQ(0, child_status(cat));
	}
	close(group);
	close(member.receive);
	close(go[0]);
	close(go[1]);
}

TEST_HARNESS_MAIN
