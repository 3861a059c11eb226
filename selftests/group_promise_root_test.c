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

/* It runs until it sleeps, if that is before the test. */
static void let_be(pid_t pid, int urgency)
{
	process_runs_before(pid, urgency ? SCHED_FIFO : SCHED_OTHER, urgency);
}

struct sending {
	int right;
	uint64_t number;		/* the first eight bytes of the message */
	size_t size;
	unsigned int priority;
	int urgency;
	int go;				/* a pipe: begins when there is a byte; 0: at once */
};

static void wait_to_go(int pipe)
{
	char byte;

	if (pipe && read(pipe, &byte, 1) != 1)
		give_up("read");
}

/* A child that sends; its status is the errno. */
static pid_t start_sending(const struct sending *s)
{
	static char bytes[2000];
	struct msgport_message message = {
		.data = bytes, .size = s->size, .priority = s->priority,
	};
	pid_t pid = start_child();

	if (pid) {
		let_be(pid, s->urgency);
		return pid;
	}
	memcpy(bytes, &s->number, sizeof(s->number));
	wait_to_go(s->go);
	_exit(error_of(msgport_send_message(s->right, &message, 0, MSGPORT_FOREVER)));
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

/* Urgent, and waits at the second member. */
static pid_t start_robber(FIXTURE_DATA(promise) *self, size_t size)
{
	struct sending robber = {
		.right = self->group, .number = 10, .size = size, .urgency = URGENT,
	};
	pid_t pid;

	if (send_number(self->second.send, 1, MSGPORT_NONBLOCK))
		give_up("send");
	pid = start_sending(&robber);
	if (!wait_for_senders(self->second.receive, 1))
		give_up("robber");
	return pid;
}

/* Large, lazy, and waits at the first member. */
static pid_t start_owner(FIXTURE_DATA(promise) *self, unsigned int priority)
{
	struct sending owner = {
		.right = self->group, .number = 20, .size = 2000, .priority = priority,
	};
	pid_t pid;

	pid = start_sending(&owner);
	if (!wait_for_senders(self->first.receive, 1))
		give_up("owner");
	return pid;
}

/* The owner is promised its place, and does not run. */
static bool promise_owner(FIXTURE_DATA(promise) *self)
{
	become_as(TEST);
	return take_now(self->first.receive) == 2 &&
	       !stat_of(self->first.receive).waiting_senders;
}

/* The owner, then the robber, each at both members. */
static bool owner_goes_first(FIXTURE_DATA(promise) *self, pid_t owner, pid_t robber)
{
	become_as(LEISURE);
	return !child_status(owner) &&
	       take_now(self->first.receive) == 20 &&
	       take_now(self->second.receive) == 20 &&
	       !child_status(robber) &&
	       take_now(self->first.receive) == 10 &&
	       take_now(self->second.receive) == 10;
}

/*
 *	robber	older, waits at the second member
 *	owner	younger, waits at the first one
 *	test	makes room at the first, which the owner is promised, then at the
 *		second, where the robber is: it tries them all, in their order
 */
TEST_F(promise, older_group_send_takes_the_place_promised_to_a_younger_one)
{
	pid_t robber = start_robber(self, 2000), owner;

	ASSERT_EQ(0, send_large(self->first.send, 2));
	owner = start_owner(self, 0);
	ASSERT_TRUE(promise_owner(self));
	EXPECT_EQ(1, take_now(self->second.receive));
	EXPECT_EQ(10, take_now(self->first.receive));
	EXPECT_EQ(10, take_now(self->second.receive));
	become_as(LEISURE);
	EXPECT_EQ(0, child_status(robber));
	EXPECT_EQ(0, child_status(owner));
	EXPECT_EQ(20, take_now(self->first.receive));
	EXPECT_EQ(20, take_now(self->second.receive));
	EXPECT_TRUE(port_balanced(self->first.receive));
	EXPECT_EQ(0, stat_of(self->first.receive).bytes);
}

TEST_F(promise, older_group_send_leaves_one_of_a_higher_priority_what_it_was_promised)
{
	pid_t robber = start_robber(self, 2000), owner;

	ASSERT_EQ(0, send_large(self->first.send, 2));
	owner = start_owner(self, 9);
	ASSERT_TRUE(promise_owner(self));
	EXPECT_EQ(1, take_now(self->second.receive));
	EXPECT_EQ(-1, take_now(self->first.receive));
	EXPECT_TRUE(owner_goes_first(self, owner, robber));
}

TEST_F(promise, younger_group_send_leaves_an_older_one_what_it_was_promised)
{
	struct sending younger = {
		.right = self->group, .number = 10, .size = 2000, .urgency = URGENT,
	};
	pid_t robber, owner;
	int go[2];

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, send_large(self->first.send, 2));
	owner = start_owner(self, 0);
	younger.go = go[0];
	robber = start_sending(&younger);
	ASSERT_TRUE(promise_owner(self));
	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(1, stat_of(self->first.receive).waiting_senders);
	EXPECT_EQ(-1, take_now(self->first.receive));
	EXPECT_TRUE(owner_goes_first(self, owner, robber));
	close(go[0]);
	close(go[1]);
}

/*
 * The robber is small, and a third, of a higher priority than the owner, waits for
 * bytes at the first member when the owner has been promised its place.
 */
TEST_F(promise, bytes_that_an_older_group_send_leaves_go_to_who_waits_for_them)
{
	struct sending third = {
		.right = self->first.send, .number = 30, .size = 8, .priority = 9,
		.urgency = URGENT,
	};
	pid_t robber = start_robber(self, 8), owner, waits;
	int go[2];

	ASSERT_EQ(0, pipe(go));
	third.go = go[0];
	waits = start_sending(&third);
	ASSERT_EQ(0, send_large(self->first.send, 2));
	/* so that there is no room beside a large one */
	ASSERT_EQ(0, send_number(self->first.send, 3, MSGPORT_NONBLOCK));
	owner = start_owner(self, 0);
	ASSERT_TRUE(promise_owner(self));
	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(1, stat_of(self->first.receive).waiting_senders);
	EXPECT_EQ(1, take_now(self->second.receive));
	/* with nothing more received here: the owner alone waits */
	EXPECT_EQ(3, stat_of(self->first.receive).queued);
	EXPECT_EQ(1, stat_of(self->first.receive).waiting_senders);
	become_as(LEISURE);
	EXPECT_EQ(30, take_now(self->first.receive));
	EXPECT_EQ(3, take_now(self->first.receive));
	EXPECT_EQ(10, take_now(self->first.receive));
	EXPECT_EQ(10, take_now(self->second.receive));
	EXPECT_EQ(0, child_status(robber));
	EXPECT_EQ(0, child_status(owner));
	EXPECT_EQ(0, child_status(waits));
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

	if (pid) {
		let_be(pid, URGENT);
		return pid;
	}
	wait_to_go(go);
	if (read(port, &number, sizeof(number)) != 8)
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
	struct sending sending = { .number = 2, .size = 8 };
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
	sending.right = group;
	sender = start_sending(&sending);
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
	if (!ended)
		end_child(cat);
	close(group);
	close(member.receive);
	close(go[0]);
	close(go[1]);
}

/* Its one place is promised to a send of another group all the time. */
TEST(member_that_has_taken_all_there_was_does_not_stall)
{
	struct msgport_group_options options = { .stall = 30 * NS_PER_MS };
	struct sending sending = { .number = 2, .size = 8 };
	struct pair member = new_pair_for(1);
	const char *name, *others;
	int group = new_group(&name, &options), other = new_group(&others, NULL);
	uint64_t begun;
	pid_t sender;

	stay_on_one_processor();
	ASSERT_EQ(0, msgport_join(member.receive, name, 0));
	ASSERT_EQ(0, msgport_join(member.receive, others, 0));
	ASSERT_EQ(0, send_number(member.send, 1, MSGPORT_NONBLOCK));
	sending.right = other;
	sender = start_sending(&sending);
	ASSERT_TRUE(wait_for_senders(member.receive, 1));
	become_as(TEST);
	EXPECT_EQ(1, take_now(member.receive));
	begun = now_ns();
	EXPECT_EQ(EAGAIN, error_of(send_number(group, 3, MSGPORT_NONBLOCK)));
	while (now_ns() - begun < 2 * options.stall)
		;
	EXPECT_EQ(EAGAIN, error_of(send_number(group, 3, MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(member.receive).missed);
	become_as(LEISURE);
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, take_now(member.receive));
	close(group);
	close(other);
	close_pair(&member);
}

TEST_HARNESS_MAIN
