// SPDX-License-Identifier: GPL-2.0
/*
 * What the library adds to the verbs: calls that go on after signals, and leave
 * nothing behind when they fail; batches of more than one system call.
 */

#include <sys/uio.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define BATCH	100		/* three system calls of 32, and one of 4 */

static volatile sig_atomic_t caught;

static void catch(int signal)
{
	(void)signal;
	caught++;
}

/* Without SA_RESTART: the kernel goes on by itself after no other. */
static void catch_usr1(void)
{
	struct sigaction action = { .sa_handler = catch };

	if (sigaction(SIGUSR1, &action, NULL))
		give_up("sigaction");
}

/* Is this signal of the child's still pending? */
static bool pending(pid_t pid, int signal)
{
	char path[64], line[256];
	unsigned long long mask, all = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "r");
	if (!status)
		give_up(path);
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "SigPnd: %llx", &mask) == 1 ||
		    sscanf(line, "ShdPnd: %llx", &mask) == 1)
			all |= mask;
	fclose(status);
	return all & (1ULL << (signal - 1));
}

/* Is the child asleep?  Its own state, the first letter behind its name. */
static bool asleep(pid_t pid)
{
	char path[64], line[256], state = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "r");
	if (!status)
		give_up(path);
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "State: %c", &state) == 1)
			break;
	fclose(status);
	return state == 'S';
}

/* Interrupts the child's wait, and looks until it waits again. */
static bool interrupt(pid_t pid)
{
	int i;

	if (kill(pid, SIGUSR1))
		give_up("kill");
	for (i = 0; i < PATIENCE_MS; i++) {
		if (!pending(pid, SIGUSR1) && asleep(pid))
			return true;
		pause_ms(1);
	}
	return false;
}

/* What the two kinds of call have in common. */
FIXTURE(interrupted)
{
	struct pair pair;
	struct pair go;
	pid_t child;
};

FIXTURE_VARIANT(interrupted)
{
	int (*function)(struct pair *pair, struct pair *go);
	bool wants_answer;
};

/* Says go when it is about to ask; 255 if nothing interrupted it. */
static int call_bytes(struct pair *pair, struct pair *go)
{
	char answer[8];
	ssize_t size;

	send_number(go->send, 1, 0);
	size = msgport_call(pair->send, "ask", 3, answer, sizeof(answer), MSGPORT_FOREVER);
	if (size < 0)
		return errno;
	return caught < 4 ? 255 : size != 4 || memcmp(answer, "told", 4);
}

static int call_message(struct pair *pair, struct pair *go)
{
	struct msgport_message request = { .data = "ask", .size = 3 };
	char buffer[8];
	struct msgport_message answer = { .data = buffer, .size = sizeof(buffer) };

	send_number(go->send, 1, 0);
	if (msgport_call_message(pair->send, &request, &answer, 0, MSGPORT_FOREVER, NULL))
		return errno;
	return caught < 4 ? 255 : answer.size != 4 || memcmp(buffer, "told", 4);
}

static int send_sync(struct pair *pair, struct pair *go)
{
	send_number(go->send, 1, 0);
	if (msgport_send_sync(pair->send, "ask", 3, MSGPORT_FOREVER))
		return errno;
	return caught < 4 ? 255 : 0;
}

static int send_message_sync(struct pair *pair, struct pair *go)
{
	struct msgport_message message = { .data = "ask", .size = 3 };

	send_number(go->send, 1, 0);
	if (msgport_send_message(pair->send, &message, MSGPORT_SYNC, MSGPORT_FOREVER))
		return errno;
	return caught < 4 ? 255 : 0;
}

FIXTURE_VARIANT_ADD(interrupted, call)
{
	.function = call_bytes,
	.wants_answer = true,
};

FIXTURE_VARIANT_ADD(interrupted, call_message)
{
	.function = call_message,
	.wants_answer = true,
};

FIXTURE_VARIANT_ADD(interrupted, send_sync)
{
	.function = send_sync,
};

FIXTURE_VARIANT_ADD(interrupted, send_message_sync)
{
	.function = send_message_sync,
};

FIXTURE_SETUP(interrupted)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_ACK;
	self->pair = new_pair(&options);
	self->go = new_pair(NULL);
	catch_usr1();
	self->child = start_child();
	if (!self->child)
		_exit(variant->function(&self->pair, &self->go));
	receive_number(self->go.receive, 0);
}

FIXTURE_TEARDOWN(interrupted)
{
	close_pair(&self->go);
	close_pair(&self->pair);
}

/* Twice while the message is in the queue, twice while it is in our hands. */
TEST_F(interrupted, library_goes_on_after_any_signal_and_sends_once)
{
	struct msgport_message message = { .size = 0 };
	char buffer[8];

	ASSERT_TRUE(wait_for_queued(self->pair.receive, 1));
	ASSERT_TRUE(interrupt(self->child));
	ASSERT_TRUE(interrupt(self->child));
	message.data = buffer;
	message.size = sizeof(buffer);
	ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &message, NULL, 0,
					     in_ms(PATIENCE_MS)));
	ASSERT_TRUE(interrupt(self->child));
	ASSERT_TRUE(interrupt(self->child));
	ASSERT_TRUE(child_runs(self->child));
	ASSERT_EQ(0, variant->wants_answer ?
		     msgport_reply(self->pair.receive, message.token, "told", 4) :
		     msgport_ack(self->pair.receive, message.token));
	EXPECT_EQ(0, child_status(self->child));
	EXPECT_EQ(1, stat_of(self->pair.receive).sent);
	EXPECT_EQ(0, stat_of(self->pair.receive).waiting);
}

/* 40 times 16 MiB are more than a user's bytes: one left behind would show. */
TEST(library_call_whose_answer_cannot_be_copied_leaves_nothing_behind)
{
	struct pair pair = new_pair(NULL);
	char *hole = bytes_before_hole(0);
	uint64_t token = 0;
	int i, failed = 0;
	pid_t server;
	char byte;

	server = start_child();
	while (!server)
		if (msgport_reply_receive(pair.receive, &token, "told", 4, &byte, 1) < 0)
			_exit(1);
	for (i = 0; i < 40; i++)
		failed += error_of(msgport_call(pair.send, "?", 1, hole, MSGPORT_SIZE_MAX,
						in_ms(PATIENCE_MS))) == EFAULT;
	EXPECT_EQ(40, failed);
	EXPECT_EQ(0, stat_of(pair.send).waiting);
	end_child(server);
	close_pair(&pair);
}

TEST(library_refuses_an_answer_due_to_a_call_and_to_an_answer)
{
	struct pair pair = new_pair(NULL);
	struct msgport_due due = { .receive_right = pair.receive };
	struct msgport_message message = { .due = &due }, next = { .size = 0 };
	uint64_t token = 1;

	EXPECT_EQ(EINVAL, error_of(msgport_call_message(pair.send, &message, &next, 0,
							in_ms(0), NULL)));
	EXPECT_EQ(EINVAL, error_of(msgport_reply_message(pair.receive, 1, &message)));
	EXPECT_EQ(EINVAL, error_of(msgport_reply_receive_message(pair.receive, &token,
								 &message, &next, NULL, 0,
								 in_ms(0), NULL)));
	EXPECT_EQ(1, token);
	EXPECT_EQ(0, stat_of(pair.receive).sent);
	close_pair(&pair);
}

TEST(library_reply_receive_tells_in_errno_why_the_answer_did_not_arrive)
{
	struct pair pair = new_pair(NULL);
	uint64_t token = 12345;
	char byte;

	ASSERT_EQ(0, msgport_send(pair.send, "a", 1, 0));
	EXPECT_EQ(1, msgport_reply_receive(pair.receive, &token, "told", 4, &byte, 1));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(0, token);
	ASSERT_EQ(0, msgport_send(pair.send, "b", 1, 0));
	EXPECT_EQ(1, msgport_reply_receive(pair.receive, &token, NULL, 0, &byte, 1));
	EXPECT_EQ(0, errno);
	EXPECT_EQ('b', byte);
	close_pair(&pair);
}

TEST_HARNESS_MAIN
