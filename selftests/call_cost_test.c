// SPDX-License-Identifier: GPL-2.0
/*
 * A round trip of a call is two system calls in all: call, and reply_receive.
 * The test traces both sides and counts what they enter.
 */

#include <sys/ptrace.h>

#include "asker.h"
#include "kselftest_harness.h"

#define ROUNDS		100

/* Both stop themselves, so that the parent can trace them before the first call. */
static void be_traced(void)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
		_exit(99);
}

/* Begins and ends with a stop; between them @ROUNDS calls and nothing else. */
static void be_client(int right)
{
	uint64_t question = QUESTION, answer = 0;
	int i, wrong = 0;

	be_traced();
	for (i = 0; i < ROUNDS; i++) {
		wrong += msgport_call(right, &question, sizeof(question), &answer,
				      sizeof(answer), MSGPORT_FOREVER) != sizeof(answer);
		wrong += answer != ANSWER;
	}
	_exit(wrong);
}

static void be_server(int right)
{
	uint64_t token = 0, answer = ANSWER, question;

	be_traced();
	for (;;)
		if (msgport_reply_receive(right, &token, &answer, sizeof(answer), &question,
					  sizeof(question)) != sizeof(question))
			_exit(1);
}

static pid_t start_traced(void (*function)(int), int right)
{
	pid_t pid = start_child();
	int status;

	if (!pid)
		function(right);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_SYSCALL, pid, NULL, NULL))
		give_up("ptrace");
	return pid;
}

/*
 * Lets both run until the client has ended; returns its status.  A stop comes at
 * each entry and each exit of a system call.
 */
static int count_stops(pid_t client, pid_t server, unsigned int *at_client,
		       unsigned int *at_server)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			give_up("waitpid");
		if (pid == client && !WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
		if (!WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			++*(pid == client ? at_client : at_server);
		/* the server may have been killed with us */
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) && pid != server)
			give_up("ptrace");
	}
}

TEST(round_trip_of_a_call_is_two_system_calls_in_all)
{
	unsigned int at_client = 0, at_server = 0;
	struct pair pair = new_pair(NULL);
	pid_t client, server;

	server = start_traced(be_server, pair.receive);
	client = start_traced(be_client, pair.send);
	EXPECT_EQ(0, count_stops(client, server, &at_client, &at_server));
	/* two stops a call, and the beginning of its exit */
	EXPECT_EQ(2 * ROUNDS + 1, at_client);
	/* the first receive and one system call more for each; it waits in the last */
	EXPECT_LE(2 * ROUNDS, at_server);
	EXPECT_GE(2 * ROUNDS + 1, at_server);
	EXPECT_EQ(ROUNDS, stat_of(pair.receive).answered);
	end_child(server);
	close_pair(&pair);
}

TEST_HARNESS_MAIN
