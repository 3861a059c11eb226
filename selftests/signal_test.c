// SPDX-License-Identifier: GPL-2.0
/* Signals while send and receive wait: EINTR, or on as if nothing had been. */

#include "kselftest_harness.h"
#include "testlib.h"

static volatile sig_atomic_t caught;

static void catch(int signal)
{
	(void)signal;
	caught = 1;
}

static void catch_usr1(int flags)
{
	struct sigaction action = { .sa_handler = catch, .sa_flags = flags };

	if (sigaction(SIGUSR1, &action, NULL))
		give_up("sigaction");
}

/* A child that waits in send; 255: the signal was not caught. */
static pid_t start_signalled_sender(int right, int flags)
{
	pid_t pid;
	int error;

	catch_usr1(flags);
	pid = start_child();
	if (pid)
		return pid;
	error = error_of(send_number(right, 7, 0));
	_exit(caught ? error : 255);
}

/* The same in receive, for the number 7. */
static pid_t start_signalled_receiver(int right, int flags)
{
	int64_t number;
	pid_t pid;
	int error;

	catch_usr1(flags);
	pid = start_child();
	if (pid)
		return pid;
	number = receive_number(right, 0);
	error = number == -1 ? errno : number == 7 ? 0 : 254;
	_exit(caught ? error : 255);
}

/*
 * Sends the signal and looks until it is no longer pending: by then the child
 * has stopped waiting, for it takes signals only on its way out of the kernel.
 */
static bool signal_taken(pid_t pid)
{
	char path[64], line[256];
	unsigned long long pending, mask;
	int i;

	kill(pid, SIGUSR1);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	for (i = 0; i < PATIENCE_MS; i++) {
		FILE *status = fopen(path, "r");

		pending = 0;
		while (status && fgets(line, sizeof(line), status))
			if (sscanf(line, "SigPnd: %llx", &mask) == 1 ||
			    sscanf(line, "ShdPnd: %llx", &mask) == 1)
				pending |= mask;
		if (status)
			fclose(status);
		if (!(pending & (1ULL << (SIGUSR1 - 1))))
			return true;
		pause_ms(1);
	}
	return false;
}

TEST(send_interrupted_fails_with_eintr_and_sends_nothing)
{
	struct pair pair = new_pair_for(1);
	pid_t sender;

	ASSERT_EQ(1, fill(pair.send));
	sender = start_signalled_sender(pair.send, 0);
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	kill(sender, SIGUSR1);
	EXPECT_EQ(EINTR, child_status(sender));
	EXPECT_EQ(0, stat_of(pair.receive).waiting_senders);
	EXPECT_EQ(1, stat_of(pair.receive).sent);
	EXPECT_EQ(0, receive_number(pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(receive_number(pair.receive, MSGPORT_NONBLOCK)));
	close_pair(&pair);
}

TEST(send_interrupted_with_sa_restart_goes_on_and_sends_once)
{
	struct pair pair = new_pair_for(1);
	pid_t sender;

	ASSERT_EQ(1, fill(pair.send));
	sender = start_signalled_sender(pair.send, SA_RESTART);
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	ASSERT_TRUE(signal_taken(sender));
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	ASSERT_TRUE(child_runs(sender));
	EXPECT_EQ(0, receive_number(pair.receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(7, receive_number(pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, stat_of(pair.receive).sent);
	EXPECT_EQ(0, stat_of(pair.receive).queued);
	close_pair(&pair);
}

TEST(receive_interrupted_fails_with_eintr_and_takes_nothing)
{
	struct pair pair = new_pair(NULL);
	pid_t receiver = start_signalled_receiver(pair.receive, 0);

	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	kill(receiver, SIGUSR1);
	EXPECT_EQ(EINTR, child_status(receiver));
	EXPECT_EQ(0, stat_of(pair.receive).waiting_receivers);
	EXPECT_EQ(0, send_number(pair.send, 7, 0));
	EXPECT_EQ(7, receive_number(pair.receive, MSGPORT_NONBLOCK));
	close_pair(&pair);
}

TEST(receive_interrupted_with_sa_restart_goes_on_waiting)
{
	struct pair pair = new_pair(NULL);
	pid_t receiver = start_signalled_receiver(pair.receive, SA_RESTART);

	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	ASSERT_TRUE(signal_taken(receiver));
	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	ASSERT_TRUE(child_runs(receiver));
	ASSERT_EQ(0, send_number(pair.send, 7, 0));
	EXPECT_EQ(0, child_status(receiver));
	close_pair(&pair);
}

/* A deadline is absolute: being interrupted again and again moves nothing. */
TEST(receive_restarted_many_times_still_ends_at_its_deadline)
{
	struct pair pair = new_pair(NULL);
	uint64_t deadline = in_ms(300);
	pid_t receiver;
	int status;

	catch_usr1(SA_RESTART);
	receiver = start_child();
	if (!receiver)
		_exit(error_of(choose_number(pair.receive, NULL, 0, deadline, NULL)));
	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	while (child_runs(receiver) && now_ns() < deadline + 10 * NS_PER_S) {
		kill(receiver, SIGUSR1);
		pause_ms(10);
	}
	status = child_runs(receiver) ? -1 : child_status(receiver);
	EXPECT_EQ(ETIMEDOUT, status);
	if (status < 0)
		end_child(receiver);
	close_pair(&pair);
}

TEST(receive_with_a_signal_pending_takes_a_message_that_is_there)
{
	struct pair pair = new_pair(NULL);
	sigset_t usr1;

	catch_usr1(0);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &usr1, NULL));
	raise(SIGUSR1);
	ASSERT_EQ(0, send_number(pair.send, 7, 0));
	EXPECT_EQ(7, receive_number(pair.receive, 0));
	close_pair(&pair);
}

/* A killed waiter leaves at once, and the one behind it moves up. */
TEST(send_killed_while_waiting_passes_its_turn_on)
{
	struct pair pair = new_pair_for(1);
	pid_t first, second;

	ASSERT_EQ(1, fill(pair.send));
	first = start_sender(pair.send, 10, 0);
	ASSERT_TRUE(wait_for_senders(pair.receive, 1));
	second = start_sender(pair.send, 20, 0);
	ASSERT_TRUE(wait_for_senders(pair.receive, 2));
	kill(first, SIGKILL);
	EXPECT_EQ(256 + SIGKILL, child_status(first));
	EXPECT_EQ(0, receive_number(pair.receive, 0));
	EXPECT_EQ(0, child_status(second));
	EXPECT_EQ(20, receive_number(pair.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, stat_of(pair.receive).sent);
	close_pair(&pair);
}

TEST(receive_killed_while_waiting_leaves_the_message_to_the_next)
{
	struct pair pair = new_pair(NULL);
	pid_t first, second;

	first = start_receiver(pair.receive, 7);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	second = start_receiver(pair.receive, 7);
	ASSERT_TRUE(wait_for_receivers(pair.receive, 2));
	kill(first, SIGKILL);
	EXPECT_EQ(256 + SIGKILL, child_status(first));
	ASSERT_EQ(0, send_number(pair.send, 7, 0));
	EXPECT_EQ(0, child_status(second));
	close_pair(&pair);
}

TEST_HARNESS_MAIN
