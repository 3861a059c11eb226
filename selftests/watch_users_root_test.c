// SPDX-License-Identifier: GPL-2.0
/* Watches of several users: what each may have, and who pays for events.  Root. */

#include "kselftest_harness.h"
#include "users.h"

#define PARAMETERS	"/sys/module/msgport/parameters/"
#define EVENTS		1024		/* places at the port where they arrive */

FIXTURE(watch_users)
{
	char max_bytes[32];
	struct pair pair;		/* of root; full */
};

FIXTURE_SETUP(watch_users)
{
	FILE *file = fopen(PARAMETERS "max_bytes", "r");

	if (!file || !fgets(self->max_bytes, sizeof(self->max_bytes), file))
		give_up("max_bytes");
	fclose(file);
	self->pair = new_pair_for(1);
	fill(self->pair.send);
}

FIXTURE_TEARDOWN(watch_users)
{
	write_file(PARAMETERS "max_bytes", self->max_bytes);
	close_pair(&self->pair);
}

/* A port of the caller's with places for many events. */
static int new_home(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 1;
	options.max_size = 64;
	options.max_bytes = 4096;
	options.max_answers = EVENTS;
	return new_port(&options);
}

static int watch_room(int right, int home)
{
	return msgport_watch(right, MSGPORT_WATCH_ROOM, 0, home, 0, NULL);
}

/* How many watches for room this user gets, with the error that ends them. */
static int watch_all_room(int right, int home, int *error)
{
	int count = 0;

	while (!(*error = error_of(watch_room(right, home))))
		count++;
	return count;
}

static int events_are_paid_for(void *unused)
{
	struct pair pair = new_pair_for(1);
	struct msgport_message m = { .size = 0 };
	int home = new_home(), error;

	(void)unused;
	/* there is room: each is told at once, and its event stays */
	watch_all_room(pair.send, home, &error);
	if (error != EDQUOT)
		return 100;
	/* what has been received is free again */
	if (msgport_receive_message(home, &m, NULL, MSGPORT_NONBLOCK, 0))
		return 101;
	if (watch_room(pair.send, home))
		return 102;
	return error_of(watch_room(pair.send, home));
}

TEST_F(watch_users, events_that_are_not_received_count_against_the_users_bytes)
{
	pid_t pid;

	write_file(PARAMETERS "max_bytes", "400000");
	pid = start_child();
	if (!pid) {
		become(ALICE, DEVICE_GID);
		_exit(events_are_paid_for(NULL));
	}
	EXPECT_EQ(EDQUOT, child_status(pid));
}

/* Watches on a right that was passed on, until told to end. */
static pid_t start_watcher(uid_t uid, int right, int told[2], int end[2])
{
	pid_t pid = start_child();
	int counts[2];
	char byte;

	if (pid)
		return pid;
	become(uid, DEVICE_GID);
	close(end[1]);
	counts[0] = watch_all_room(right, new_home(), &counts[1]);
	if (write(told[1], counts, sizeof(counts)) != sizeof(counts) ||
	    read(end[0], &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

TEST_F(watch_users, user_with_all_watches_for_room_it_gets_leaves_some_to_others)
{
	int told[2], end[2], alice[2], bob[2];
	pid_t pids[2];

	ASSERT_EQ(0, pipe(told));
	ASSERT_EQ(0, pipe(end));
	pids[0] = start_watcher(ALICE, self->pair.send, told, end);
	ASSERT_EQ(sizeof(alice), read(told[0], alice, sizeof(alice)));
	pids[1] = start_watcher(BOB, self->pair.send, told, end);
	ASSERT_EQ(sizeof(bob), read(told[0], bob, sizeof(bob)));
	close(end[1]);
	EXPECT_EQ(0, child_status(pids[0]));
	EXPECT_EQ(0, child_status(pids[1]));
	EXPECT_LT(0, bob[0]);
	EXPECT_EQ(alice[0], bob[0]);
	EXPECT_EQ(EDQUOT, alice[1]);
	EXPECT_EQ(EDQUOT, bob[1]);
}

TEST_HARNESS_MAIN
