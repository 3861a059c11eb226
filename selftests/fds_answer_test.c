// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors in questions and answers, in messages that come back, and in those
 * that are handed out again.
 */
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "fds.h"

FIXTURE(fds_answer)
{
	struct pair server;		/* acknowledging */
	struct pair plain;		/* not acknowledging */
	int home;			/* where answers come to */
	int reader, writer;		/* of a pipe */
};

FIXTURE_SETUP(fds_answer)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int fds[2];

	self->server = new_fds_pair(MSGPORT_ACK);
	self->plain = new_fds_pair(0);
	options.flags = MSGPORT_DESCRIPTORS;
	self->home = new_port(&options);
	if (self->home < 0 || pipe2(fds, O_CLOEXEC))
		give_up("set up");
	self->reader = fds[0];
	self->writer = fds[1];
}

FIXTURE_TEARDOWN(fds_answer)
{
	close_pair(&self->server);
	close_pair(&self->plain);
	close(self->home);
	close(self->reader);
}

/* A question with a descriptor, an answer due at home with room for some. */
static int ask(FIXTURE_DATA(fds_answer) *self, int right, int fd, unsigned int answer_fds)
{
	struct msgport_due due = {
		.receive_right = self->home,
		.size = sizeof(FDS_PAYLOAD),
		.fd_count = answer_fds,
	};
	struct msgport_message message = {
		.data = FDS_PAYLOAD,
		.size = sizeof(FDS_PAYLOAD),
		.fds = &fd,
		.fd_count = fd < 0 ? 0 : 1,
		.due = &due,
	};

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER);
}

static int reply_fds(int right, uint64_t token, int *fds, unsigned int count)
{
	struct msgport_message message = {
		.data = FDS_PAYLOAD,
		.size = sizeof(FDS_PAYLOAD),
		.fds = fds,
		.fd_count = count,
	};

	return msgport_reply_message(right, token, &message);
}

/* The next message's token; its descriptors, if any, are closed. */
static uint64_t take(int right)
{
	int fds[MSGPORT_FDS_MAX];
	unsigned int count = MSGPORT_FDS_MAX, i;
	uint64_t token = 0;

	if (receive_fds_token(right, fds, &count, 0, &token))
		return 0;
	for (i = 0; i < count; i++)
		close(fds[i]);
	return token;
}

TEST_F(fds_answer, reply_brings_descriptors_home)
{
	uint64_t token;
	int fd;

	ASSERT_EQ(0, ask(self, self->plain.send, -1, 1));
	token = take(self->plain.receive);
	ASSERT_NE(0, token);
	ASSERT_EQ(0, reply_fds(self->plain.receive, token, &self->writer, 1));
	close(self->writer);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	fd = receive_one_fd(self->home);
	ASSERT_LE(0, fd);
	close(fd);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, question_tells_how_many_descriptors_its_answer_may_have)
{
	char data[sizeof(FDS_PAYLOAD)];
	struct msgport_message message = { .data = data, .size = sizeof(data) };

	ASSERT_EQ(0, ask(self, self->plain.send, -1, 5));
	ASSERT_EQ(0, msgport_receive_message(self->plain.receive, &message, NULL, 0,
					     MSGPORT_FOREVER));
	EXPECT_EQ(5, message.stamp.answer_fds);
	close(self->writer);
}

TEST_F(fds_answer, reply_with_too_many_descriptors_fails_and_the_token_stays_good)
{
	int fds[2] = { self->writer, self->writer }, fd;
	uint64_t token;

	ASSERT_EQ(0, ask(self, self->plain.send, -1, 1));
	token = take(self->plain.receive);
	EXPECT_EQ(EMSGSIZE, error_of(reply_fds(self->plain.receive, token, fds, 2)));
	EXPECT_EQ(0, reply_fds(self->plain.receive, token, fds, 1));
	close(self->writer);
	fd = receive_one_fd(self->home);
	ASSERT_LE(0, fd);
	close(fd);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, reply_with_what_may_not_travel_fails_and_the_token_stays_good)
{
	uint64_t token;

	ASSERT_EQ(0, ask(self, self->plain.send, -1, 1));
	token = take(self->plain.receive);
	EXPECT_EQ(EOPNOTSUPP, error_of(reply_fds(self->plain.receive, token, &self->home, 1)));
	EXPECT_EQ(0, reply_fds(self->plain.receive, token, NULL, 0));
	close(self->writer);
}

TEST_F(fds_answer, reply_to_a_dead_home_fails_with_esrch_and_closes_them)
{
	uint64_t token;

	ASSERT_EQ(0, ask(self, self->plain.send, -1, 1));
	token = take(self->plain.receive);
	close(self->home);
	EXPECT_EQ(ESRCH, error_of(reply_fds(self->plain.receive, token, &self->writer, 1)));
	close(self->writer);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, answer_that_nobody_took_is_closed_with_its_home)
{
	uint64_t token;

	ASSERT_EQ(0, ask(self, self->plain.send, -1, 1));
	token = take(self->plain.receive);
	ASSERT_EQ(0, reply_fds(self->plain.receive, token, &self->writer, 1));
	close(self->writer);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	close(self->home);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, message_returned_by_a_dead_port_brings_its_descriptors_back)
{
	char data[sizeof(FDS_PAYLOAD)];
	int fd = -1;
	struct msgport_message message = {
		.data = data, .size = sizeof(data), .fds = &fd, .fd_count = 1,
	};

	ASSERT_EQ(0, ask(self, self->plain.send, self->writer, 0));
	close(self->writer);
	close(self->plain.receive);
	ASSERT_EQ(0, msgport_receive_message(self->home, &message, NULL, MSGPORT_NONBLOCK,
					     MSGPORT_FOREVER));
	EXPECT_EQ(MSGPORT_KIND_RETURNED, message.stamp.kind);
	EXPECT_EQ(1, message.fd_count);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	close(fd);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, acknowledgement_brings_no_descriptors_and_closes_those_of_the_question)
{
	uint64_t token;
	char data[8];
	int fd = -1;
	struct msgport_message message = {
		.data = data, .size = sizeof(data), .fds = &fd, .fd_count = 1,
	};

	ASSERT_EQ(0, ask(self, self->server.send, self->writer, 1));
	close(self->writer);
	token = take(self->server.receive);
	ASSERT_NE(0, token);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	ASSERT_EQ(0, msgport_ack(self->server.receive, token));
	EXPECT_TRUE(pipe_ends(self->reader));
	ASSERT_EQ(0, msgport_receive_message(self->home, &message, NULL, MSGPORT_NONBLOCK,
					     MSGPORT_FOREVER));
	EXPECT_EQ(MSGPORT_KIND_ACKNOWLEDGED, message.stamp.kind);
	EXPECT_EQ(0, message.fd_count);
}

TEST_F(fds_answer, home_that_has_not_opted_in_gets_no_descriptors_either_way)
{
	struct pair plain_home = new_pair(NULL);
	int home = self->home;

	self->home = plain_home.receive;
	EXPECT_EQ(EOPNOTSUPP, error_of(ask(self, self->plain.send, self->writer, 0)));
	EXPECT_EQ(EOPNOTSUPP, error_of(ask(self, self->plain.send, -1, 1)));
	EXPECT_EQ(0, ask(self, self->plain.send, -1, 0));
	self->home = home;
	EXPECT_EQ(1, stat_of(plain_home.receive).answers);
	close(self->writer);
	close_pair(&plain_home);
}

/* ---- handed out again ---- */

TEST_F(fds_answer, released_message_installs_its_descriptors_anew)
{
	int first = -1, second = -1;
	char byte;
	unsigned int count = 1;
	uint64_t token;

	ASSERT_EQ(0, send_fd(self->server.send, self->writer));
	close(self->writer);
	ASSERT_EQ(0, receive_fds_token(self->server.receive, &first, &count, 0, &token));
	ASSERT_EQ(1, count);
	close(first);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	ASSERT_EQ(0, msgport_release(self->server.receive, token));
	ASSERT_EQ(0, receive_fds_token(self->server.receive, &second, &count, 0, &token));
	ASSERT_EQ(1, count);
	EXPECT_EQ(1, write(second, "x", 1));
	ASSERT_EQ(0, msgport_ack(self->server.receive, token));
	close(second);
	EXPECT_EQ(1, read(self->reader, &byte, 1));
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, message_of_a_worker_that_died_installs_its_descriptors_for_the_next)
{
	pid_t child;
	int fd;

	ASSERT_EQ(0, send_fd(self->server.send, self->writer));
	close(self->writer);
	child = start_child();
	if (!child)
		_exit(receive_one_fd(self->server.receive) < 0);
	ASSERT_EQ(0, child_status(child));
	EXPECT_TRUE(pipe_has_writer(self->reader));
	fd = receive_one_fd(self->server.receive);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	close(fd);
}

TEST_F(fds_answer, descriptors_stay_charged_until_the_message_is_settled)
{
	int fds[MSGPORT_FDS_MAX], i;
	uint64_t token = 0;

	for (i = 0; i < MSGPORT_FDS_MAX; i++)
		fds[i] = self->writer;
	for (i = 0; i < 4096 / MSGPORT_FDS_MAX; i++) {
		ASSERT_EQ(0, send_fds(self->server.send, fds, MSGPORT_FDS_MAX));
	}
	EXPECT_EQ(EDQUOT, error_of(send_fd(self->server.send, self->writer)));
	token = take(self->server.receive);
	ASSERT_NE(0, token);
	EXPECT_EQ(EDQUOT, error_of(send_fd(self->server.send, self->writer)));
	ASSERT_EQ(0, msgport_ack(self->server.receive, token));
	EXPECT_EQ(0, send_fd(self->server.send, self->writer));
	close(self->writer);
}

/* ---- calls ---- */

/* Answers one call with the descriptor; its status is the errno. */
static int serve_once(int right, int fd)
{
	char data[sizeof(FDS_PAYLOAD)];
	struct msgport_message message = { .data = data, .size = sizeof(data) };

	if (msgport_receive_message(right, &message, NULL, 0, MSGPORT_FOREVER))
		return errno;
	return error_of(reply_fds(right, message.token, &fd, 1));
}

static pid_t start_server(FIXTURE_DATA(fds_answer) *self, int fd)
{
	pid_t child = start_child();

	if (!child)
		_exit(serve_once(self->plain.receive, fd));
	return child;
}

/* As a call or, with an id, as its resumption. */
static int call(int right, int *fds, unsigned int *count, uint64_t *id)
{
	static char data[sizeof(FDS_PAYLOAD)];
	struct msgport_message request = {
		.data = FDS_PAYLOAD,
		.size = sizeof(FDS_PAYLOAD),
	};
	struct msgport_message answer = {
		.data = data,
		.size = sizeof(data),
		.fds = fds,
		.fd_count = *count,
	};
	int err = msgport_call_message(right, &request, &answer, 0, MSGPORT_FOREVER, id);

	*count = answer.fd_count;
	return err;
}

TEST_F(fds_answer, call_brings_descriptors_back)
{
	pid_t server = start_server(self, self->writer);
	unsigned int count = 1;
	uint64_t id = 0;
	int fd = -1;

	close(self->writer);
	ASSERT_EQ(0, call(self->plain.send, &fd, &count, &id));
	EXPECT_EQ(1, count);
	EXPECT_EQ(0, child_status(server));
	EXPECT_TRUE(pipe_has_writer(self->reader));
	close(fd);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, call_without_a_free_descriptor_keeps_the_answer_to_be_resumed)
{
	pid_t server = start_server(self, self->writer);
	int fd = -1;
	struct rlimit limit, none;
	unsigned int count = 1;
	uint64_t id = 0;

	close(self->writer);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(EMFILE, error_of(call(self->plain.send, &fd, &count, &id)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, child_status(server));
	ASSERT_NE(0, id);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	count = 1;
	ASSERT_EQ(0, call(self->plain.send, &fd, &count, &id));
	EXPECT_EQ(0, id);
	ASSERT_EQ(1, count);
	close(fd);
	EXPECT_TRUE(pipe_ends(self->reader));
}

/* The answer waits in an interrupted call, of which this is left. */
static uint64_t keep_answer(FIXTURE_DATA(fds_answer) *self, int fd)
{
	pid_t server = start_server(self, fd);
	struct rlimit limit, none;
	unsigned int count = 1;
	uint64_t id = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		give_up("getrlimit");
	none = limit;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	fd = -1;
	if (!call(self->plain.send, &fd, &count, &id) || errno != EMFILE)
		give_up("call");
	setrlimit(RLIMIT_NOFILE, &limit);
	child_status(server);
	return id;
}

TEST_F(fds_answer, cancelled_call_closes_the_descriptors_of_its_answer)
{
	uint64_t id = keep_answer(self, self->writer);

	close(self->writer);
	ASSERT_NE(0, id);
	EXPECT_TRUE(pipe_has_writer(self->reader));
	ASSERT_EQ(0, msgport_cancel(self->plain.send, id));
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_F(fds_answer, closing_the_right_closes_the_descriptors_of_an_answer_kept)
{
	uint64_t id = keep_answer(self, self->writer);

	close(self->writer);
	ASSERT_NE(0, id);
	close(self->plain.send);
	EXPECT_TRUE(pipe_ends(self->reader));
}

TEST_HARNESS_MAIN
