// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors between users: those of an answer are paid for by who asked, so that a
 * client that takes no answers cannot keep a server from giving any.  Root.
 */

#include <signal.h>
#include <sys/eventfd.h>

#include "fds.h"
#include "kselftest_harness.h"
#include "users.h"

#define MAX_FDS		"/sys/module/msgport/parameters/max_fds"
#define EACH		16		/* in one answer */
#define ALL		"64"		/* what a user may have on their way */
#define ANSWERS		4

FIXTURE(fds_users)
{
	char max_fds[32];
	struct pair server;		/* of ALICE */
	struct pair own;		/* of ALICE as well */
	int home;			/* of BOB */
	int event;			/* what is sent */
};

/* The test stays root, and looks. */
static void act_as(uid_t uid)
{
	if (seteuid(0) || setegid(DEVICE_GID) || seteuid(uid))
		give_up("seteuid");
}

FIXTURE_SETUP(fds_users)
{
	FILE *file = fopen(MAX_FDS, "r");
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	if (!file || !fgets(self->max_fds, sizeof(self->max_fds), file))
		give_up("max_fds");
	fclose(file);
	write_file(MAX_FDS, ALL);
	act_as(ALICE);
	self->server = new_fds_pair(0);
	self->own = new_fds_pair(0);
	act_as(BOB);
	options.flags = MSGPORT_DESCRIPTORS;
	self->home = new_port(&options);
	self->event = eventfd(0, 0);
	act_as(0);
}

FIXTURE_TEARDOWN(fds_users)
{
	act_as(0);
	write_file(MAX_FDS, self->max_fds);
	close_pair(&self->server);
	close_pair(&self->own);
	close(self->home);
	close(self->event);
}

/* A question of BOB's, with room for descriptors in its answer. */
static int ask_as_bob(FIXTURE_DATA(fds_users) *self)
{
	struct msgport_due due = {
		.receive_right = self->home,
		.size = sizeof(FDS_PAYLOAD),
		.fd_count = EACH,
	};
	struct msgport_message message = {
		.data = FDS_PAYLOAD,
		.size = sizeof(FDS_PAYLOAD),
		.due = &due,
	};
	int error;

	act_as(BOB);
	error = error_of(msgport_send_message(self->server.send, &message,
					      MSGPORT_NONBLOCK, 0));
	act_as(0);
	return error;
}

static void repeat(int fd, int fds[MSGPORT_FDS_MAX])
{
	int i;

	for (i = 0; i < MSGPORT_FDS_MAX; i++)
		fds[i] = fd;
}

/* ALICE takes the next question and answers with so many descriptors. */
static int answer_as_alice(FIXTURE_DATA(fds_users) *self, unsigned int count)
{
	int fds[MSGPORT_FDS_MAX], error;
	struct msgport_message answer = {
		.data = FDS_PAYLOAD,
		.size = sizeof(FDS_PAYLOAD),
		.fds = fds,
		.fd_count = count,
	};
	unsigned int none = 0;
	uint64_t token;

	repeat(self->event, fds);
	act_as(ALICE);
	error = error_of(receive_fds_token(self->server.receive, NULL, &none, 0, &token));
	if (!error)
		error = error_of(msgport_reply_message(self->server.receive, token, &answer));
	act_as(0);
	return error;
}

/* May this user have all descriptors on their way?  They arrive again. */
static int error_of_all(FIXTURE_DATA(fds_users) *self, uid_t uid)
{
	int fds[MSGPORT_FDS_MAX], error;
	unsigned int count = MSGPORT_FDS_MAX, i;

	repeat(self->event, fds);
	act_as(uid);
	error = error_of(send_fds(self->own.send, fds, MSGPORT_FDS_MAX));
	act_as(0);
	if (error)
		return error;
	if (receive_fds(self->own.receive, fds, &count, 0))
		give_up("receive");
	for (i = 0; i < count; i++)
		close(fds[i]);
	return 0;
}

TEST_F(fds_users, descriptors_of_answers_that_nobody_takes_are_their_askers)
{
	int i;

	for (i = 0; i < ANSWERS; i++) {
		ASSERT_EQ(0, ask_as_bob(self));
	}
	/* whatever comes of them */
	EXPECT_EQ(EDQUOT, ask_as_bob(self));
	for (i = 0; i < ANSWERS; i++) {
		ASSERT_EQ(0, answer_as_alice(self, i ? EACH : 3));
	}
	EXPECT_EQ(0, error_of_all(self, ALICE));
	/* what the first answer had no use for is free */
	EXPECT_EQ(EDQUOT, error_of_all(self, BOB));
	close(self->home);
	EXPECT_EQ(0, error_of_all(self, BOB));
	EXPECT_EQ(0, error_of_all(self, ALICE));
}

TEST_F(fds_users, descriptors_that_an_answer_does_not_bring_are_free)
{
	int i;

	for (i = 0; i < ANSWERS; i++) {
		ASSERT_EQ(0, ask_as_bob(self));
		ASSERT_EQ(0, answer_as_alice(self, 0));
	}
	EXPECT_EQ(0, error_of_all(self, BOB));
	/* and those of questions that get none, or that come back */
	ASSERT_EQ(0, ask_as_bob(self));
	ASSERT_EQ(0, ask_as_bob(self));
	close(self->server.receive);
	EXPECT_EQ(0, error_of_all(self, BOB));
}

/* One call, whose answer stays with the caller. */
static pid_t start_caller(FIXTURE_DATA(fds_users) *self)
{
	pid_t pid = start_child();
	char answer_data[sizeof(FDS_PAYLOAD)];
	int fds[EACH];
	struct msgport_message request = { .data = FDS_PAYLOAD,
					   .size = sizeof(FDS_PAYLOAD) };
	struct msgport_message answer = { .data = answer_data,
					  .size = sizeof(answer_data),
					  .fds = fds, .fd_count = EACH };

	if (pid)
		return pid;
	become(BOB, DEVICE_GID);
	_exit(error_of(msgport_call_message(self->server.send, &request, &answer, 0,
					    MSGPORT_FOREVER, NULL)));
}

static void stop(pid_t pid)
{
	int status;

	if (kill(pid, SIGSTOP) || waitpid(pid, &status, WUNTRACED) != pid ||
	    !WIFSTOPPED(status))
		give_up("stop");
}

TEST_F(fds_users, descriptors_of_an_answer_to_a_stopped_caller_are_its_own)
{
	pid_t pids[ANSWERS];
	int i;

	for (i = 0; i < ANSWERS; i++) {
		pids[i] = start_caller(self);
		ASSERT_TRUE(wait_for_queued(self->server.receive, 1));
		stop(pids[i]);
		ASSERT_EQ(0, answer_as_alice(self, EACH));
	}
	EXPECT_EQ(0, error_of_all(self, ALICE));
	EXPECT_EQ(EDQUOT, error_of_all(self, BOB));
	for (i = 0; i < ANSWERS; i++) {
		kill(pids[i], i ? SIGKILL : SIGCONT);
		EXPECT_EQ(i ? 256 + SIGKILL : 0, child_status(pids[i]));
	}
	EXPECT_EQ(0, error_of_all(self, BOB));
	EXPECT_EQ(0, error_of_all(self, ALICE));
}

TEST_HARNESS_MAIN
