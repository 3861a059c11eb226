// SPDX-License-Identifier: GPL-2.0
/* Monitors of the library: the door, the conditions, and clients that die. */
#include "kselftest_harness.h"
#include "errand.h"
#include "monitor_server.h"

/* ---- the automaton itself: it must refuse what a monitor may not do ---- */

struct wrong_trace {
	const char *why;
	struct traced traced[10];
	uint32_t count;
};

static const struct wrong_trace wrong_traces[] = {
	{ "entered while another was inside",
	  { { STEP_ENTER, 1, 0 }, { STEP_ENTER, 2, 0 } }, 2 },
	{ "entered between a signal and the waiter's return",
	  { { STEP_ENTER, 1, 0 }, { STEP_WAIT, 1, 0 }, { STEP_ENTER, 2, 0 },
	    { STEP_SIGNAL, 2, 0 }, { STEP_LEAVE, 2, 0 }, { STEP_ENTER, 3, 0 } }, 6 },
	{ "another came back than was signalled",
	  { { STEP_ENTER, 1, 0 }, { STEP_WAIT, 1, 0 }, { STEP_ENTER, 2, 0 },
	    { STEP_WAIT, 2, 1 }, { STEP_ENTER, 3, 0 }, { STEP_SIGNAL, 3, 0 },
	    { STEP_LEAVE, 3, 0 }, { STEP_BACK, 2, 0 } }, 8 },
	{ "entered before one that had gone",
	  { { STEP_ENTER, 1, 0 }, { STEP_WAIT, 1, 0 }, { STEP_ENTER, 2, 0 },
	    { STEP_WAIT, 2, 0 }, { STEP_ENTER, 3, 0 }, { STEP_SIGNAL, 3, 0 },
	    { STEP_LEAVE, 3, 0 }, { STEP_BACK, 2, 0 }, { STEP_LEAVE, 2, 0 },
	    { STEP_ENTER, 4, 0 } }, 10 },
	{ "came back while another was inside",
	  { { STEP_ENTER, 1, 0 }, { STEP_WAIT, 1, 0 }, { STEP_ENTER, 2, 0 },
	    { STEP_SIGNAL, 2, 0 }, { STEP_BACK, 1, 0 } }, 5 },
	{ "came back without a signal",
	  { { STEP_ENTER, 1, 0 }, { STEP_WAIT, 1, 0 }, { STEP_BACK, 1, 0 } }, 3 },
	{ "waited after a signal",
	  { { STEP_ENTER, 1, 0 }, { STEP_SIGNAL, 1, 0 }, { STEP_WAIT, 1, 0 } }, 3 },
	{ "signalled after a signal",
	  { { STEP_ENTER, 1, 0 }, { STEP_SIGNAL, 1, 0 }, { STEP_SIGNAL, 1, 1 } }, 3 },
	{ "did something without being inside",
	  { { STEP_ENTER, 1, 0 }, { STEP_LEAVE, 2, 0 } }, 2 },
	{ "told of its end, and had not waited",
	  { { STEP_GONE, 1, 0 } }, 1 },
};

TEST(automaton_refuses_what_a_monitor_may_not_do)
{
	struct automaton automaton;
	unsigned int i;

	for (i = 0; i < sizeof(wrong_traces) / sizeof(wrong_traces[0]); i++) {
		EXPECT_EQ(wrong_traces[i].count - 1,
			  run_automaton(&automaton, wrong_traces[i].traced,
					wrong_traces[i].count));
		EXPECT_STREQ(wrong_traces[i].why, automaton.wrong);
	}
}

/* ---- one thing at a time ---- */

TEST(procedure_answers_who_enters)
{
	struct monitor_in_child monitor = start_monitor(0);
	char request[100], answer[100] = { 0 };

	fill_pattern(request, sizeof(request), 1);
	EXPECT_EQ(100, msgport_monitor_enter(monitor.right, PROCEDURE_ECHO, request, 100,
					     answer, 100, MSGPORT_FOREVER));
	EXPECT_TRUE(has_pattern(answer, sizeof(answer), 1));
	EXPECT_EQ(10, msgport_monitor_enter(monitor.right, PROCEDURE_ECHO, request, 100,
					    answer, 10, MSGPORT_FOREVER));
	EXPECT_EQ(0, msgport_monitor_enter(monitor.right, PROCEDURE_ECHO, NULL, 0, NULL,
					   0, MSGPORT_FOREVER));
	end_monitor(&monitor);
}

TEST(errors_of_entering_reach_the_client)
{
	struct monitor_in_child monitor = start_monitor(0);
	static char large[5000];

	EXPECT_EQ(EPROTO, error_of(enter(monitor.right, PROCEDURE_FAIL, EPROTO)));
	EXPECT_EQ(EMSGSIZE, error_of(enter(monitor.right, PROCEDURE_OVERFLOW, 0)));
	EXPECT_EQ(EOPNOTSUPP, error_of(enter(monitor.right, PROCEDURES, 0)));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_monitor_enter(monitor.right, PROCEDURE_ECHO,
							   large, sizeof(large), NULL, 0,
							   MSGPORT_FOREVER)));
	EXPECT_EQ(EINVAL, error_of(enter(monitor.right, PROCEDURE_WAIT, 2)));
	EXPECT_EQ(EINVAL, error_of(enter(monitor.right, PROCEDURE_SIGNAL, -1)));
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_WAITING, 0));
	end_monitor(&monitor);
}

TEST(message_without_a_call_enters_too)
{
	struct monitor_in_child monitor = start_monitor(0);
	int number = 0;

	ASSERT_EQ(0, send_tagged(monitor.right, 0, PROCEDURE_PUT));
	EXPECT_EQ(1, look(monitor.right).held);
	/* and may wait, and be signalled */
	ASSERT_EQ(0, enter(monitor.right, PROCEDURE_TAKE, number));
	ASSERT_EQ(0, send_tagged(monitor.right, 0, PROCEDURE_TAKE));
	EXPECT_TRUE(wait_for_waiting(monitor.right, NOT_EMPTY, 1));
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_PUT, number));
	EXPECT_EQ(0, look(monitor.right).held);
	end_monitor(&monitor);
}

TEST(monitor_out_of_range_is_refused)
{
	const char *name = new_name("monitor");
	struct msgport_monitor_options good = { .procedures = procedures,
						.procedure_count = 1 }, bad;
	struct msgport_monitor *monitor;

	monitor = msgport_monitor_create(MSGPORT_DEFAULT, name, &good);
	ASSERT_NE(NULL, monitor);
	EXPECT_EQ(NULL, msgport_monitor_create(MSGPORT_DEFAULT, name, &good));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(NULL, msgport_monitor_create(MSGPORT_DEFAULT, NULL, NULL));
	EXPECT_EQ(EFAULT, errno);
	bad = good;
	bad.procedure_count = 0;
	EXPECT_EQ(NULL, msgport_monitor_create(MSGPORT_DEFAULT, NULL, &bad));
	EXPECT_EQ(EINVAL, errno);
	bad = good;
	bad.mode = 0600;
	EXPECT_EQ(NULL, msgport_monitor_create(MSGPORT_DEFAULT, NULL, &bad));
	EXPECT_EQ(EINVAL, errno);
	bad = good;
	bad.max_answer = MSGPORT_SIZE_MAX + 1;
	EXPECT_EQ(NULL, msgport_monitor_create(MSGPORT_DEFAULT, NULL, &bad));
	EXPECT_EQ(EINVAL, errno);
	/* outside of any procedure */
	EXPECT_EQ(EPERM, error_of(msgport_monitor_wait(monitor, 0)));
	EXPECT_EQ(EPERM, error_of(msgport_monitor_signal(monitor, 0)));
	EXPECT_EQ(0, msgport_monitor_waiting(monitor, 0));
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_monitor_serve(monitor, in_ms(20))));
	msgport_monitor_free(monitor);
	msgport_monitor_free(NULL);
}

TEST(monitor_with_a_name_is_entered_by_it_and_begins_with_its_data)
{
	const char *name = new_name("monitor");
	struct buffer data = { .held = 5, .gone = 6, .waits = 7 }, seen;
	struct msgport_monitor_options options = {
		.procedures = procedures,
		.procedure_count = PROCEDURES,
		.data = &data,
		.data_size = sizeof(data),
	};
	struct msgport_monitor *monitor;
	pid_t server;
	int right;

	monitor = msgport_monitor_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_NE(NULL, monitor);
	server = start_child();
	if (!server)
		_exit(error_of(msgport_monitor_serve(monitor, MSGPORT_FOREVER)));
	msgport_monitor_free(monitor);
	right = msgport_connect(MSGPORT_DEFAULT, name, 0);
	ASSERT_LE(0, right);
	seen = look(right);
	EXPECT_EQ(0, memcmp(&data, &seen, sizeof(data)));
	end_child(server);
	EXPECT_EQ(0, close(right));
}

/* ---- conditions ---- */

TEST(signal_without_a_waiter_is_forgotten)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t waiter;

	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 0));
	waiter = start_client(monitor.right, PROCEDURE_WAIT, 0);
	ASSERT_TRUE(wait_for_waiting(monitor.right, 0, 1));
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 1));
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_WAITING, 0));
	EXPECT_TRUE(child_runs(waiter));
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 0));
	EXPECT_EQ(0, child_status(waiter));
	end_monitor(&monitor);
}

TEST(each_signal_lets_the_longest_waiter_go_on)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t waiter[3];
	int i;

	for (i = 0; i < 3; i++) {
		waiter[i] = start_client(monitor.right, PROCEDURE_WAIT, 0);
		ASSERT_TRUE(wait_for_waiting(monitor.right, 0, i + 1));
	}
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 0));
		EXPECT_EQ(0, child_status(waiter[i]));
		EXPECT_EQ(2 - i, enter(monitor.right, PROCEDURE_WAITING, 0));
	}
	end_monitor(&monitor);
}

/*
 *  inside: staying     at the door: put, then take, then take
 *  waiting: take
 *
 * The put signals the one that waits; the two at the door were there before.
 */
TEST(nobody_at_the_door_gets_in_between_a_signal_and_the_waiter)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t waiter, stays, put, late[2];
	struct automaton automaton;

	waiter = start_client(monitor.right, PROCEDURE_TAKE, 0);
	ASSERT_TRUE(wait_for_waiting(monitor.right, NOT_EMPTY, 1));
	stays = start_client(monitor.right, PROCEDURE_STAY, 0);
	while (!monitor_shared->staying)
		pause_ms(1);
	put = start_client(monitor.right, PROCEDURE_PUT, 0);
	ASSERT_TRUE(wait_for_queued(monitor.right, 1));
	late[0] = start_client(monitor.right, PROCEDURE_TAKE, 0);
	late[1] = start_client(monitor.right, PROCEDURE_TAKE, 0);
	ASSERT_TRUE(wait_for_queued(monitor.right, 3));
	monitor_shared->go = 1;
	EXPECT_EQ(0, child_status(stays));
	EXPECT_EQ(0, child_status(put));
	EXPECT_EQ(0, child_status(waiter));
	/* staying has put one in too: it is for the first of those at the door */
	ASSERT_TRUE(wait_for_waiting(monitor.right, NOT_EMPTY, 1));
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_WAITING, NOT_EMPTY));
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_PUT, 0) < 0);
	EXPECT_EQ(0, child_status(late[0]));
	EXPECT_EQ(0, child_status(late[1]));
	EXPECT_EQ(monitor_shared->trace.count,
		  run_automaton(&automaton, monitor_shared->trace.traced,
				monitor_shared->trace.count));
	EXPECT_STREQ("", automaton.wrong);
	EXPECT_EQ(2, automaton.handovers);
	end_monitor(&monitor);
}

TEST(wait_and_signal_after_a_signal_fail_with_eperm)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t waiter = start_client(monitor.right, PROCEDURE_WAIT, 1);

	ASSERT_TRUE(wait_for_waiting(monitor.right, 1, 1));
	EXPECT_EQ(3, enter(monitor.right, PROCEDURE_AFTER_SIGNAL, 0));
	/* what was refused has done nothing */
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_WAITING, 1));
	EXPECT_TRUE(child_runs(waiter));
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 1));
	EXPECT_EQ(0, child_status(waiter));
	end_monitor(&monitor);
}

TEST(write_after_a_signal_is_a_segmentation_fault)
{
	struct monitor_in_child monitor = start_monitor(0);

	EXPECT_EQ(ESRCH, error_of(enter(monitor.right, PROCEDURE_WRITE_AFTER_SIGNAL, 0)));
	EXPECT_EQ(SEGMENTATION_FAULT, child_status(monitor.server));
	EXPECT_EQ(0, close(monitor.right));
}

TEST(data_is_writable_again_for_the_next_after_a_signal)
{
	struct monitor_in_child monitor = start_monitor(0);

	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_PUT, 0));
	EXPECT_EQ(2, enter(monitor.right, PROCEDURE_PUT, 0));
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_TAKE, 0));
	end_monitor(&monitor);
}

TEST(wait_over_the_limit_fails_with_edquot)
{
	struct monitor_in_child monitor = start_monitor(2);
	pid_t waiter[2];
	int i;

	for (i = 0; i < 2; i++) {
		waiter[i] = start_client(monitor.right, PROCEDURE_WAIT, i);
		ASSERT_TRUE(wait_for_waiting(monitor.right, i, 1));
	}
	EXPECT_EQ(EDQUOT, error_of(enter(monitor.right, PROCEDURE_WAIT, 0)));
	EXPECT_EQ(2, look(monitor.right).waits);
	/* places of the dead are places again */
	end_child(waiter[0]);
	waiter[0] = start_client(monitor.right, PROCEDURE_WAIT, 1);
	ASSERT_TRUE(wait_for_waiting(monitor.right, 1, 2));
	EXPECT_EQ(1, look(monitor.right).gone);
	EXPECT_EQ(2, look(monitor.right).waits);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 1));
	EXPECT_EQ(0, child_status(waiter[0]));
	EXPECT_EQ(0, child_status(waiter[1]));
	end_monitor(&monitor);
}

/* ---- those who die ---- */

TEST(signal_passes_over_a_client_that_was_killed_while_waiting)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t dead, living;

	dead = start_client(monitor.right, PROCEDURE_TAKE, 0);
	ASSERT_TRUE(wait_for_waiting(monitor.right, NOT_EMPTY, 1));
	living = start_client(monitor.right, PROCEDURE_TAKE, 0);
	ASSERT_TRUE(wait_for_waiting(monitor.right, NOT_EMPTY, 2));
	end_child(dead);
	/* one signal: it must not be lost on the dead */
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_PUT, 0));
	EXPECT_EQ(0, child_status(living));
	EXPECT_EQ(0, look(monitor.right).held);
	EXPECT_EQ(1, look(monitor.right).gone);
	EXPECT_EQ(0, look(monitor.right).waits);
	end_monitor(&monitor);
}

TEST(signal_passes_over_a_client_that_gave_up_at_its_deadline)
{
	struct monitor_in_child monitor = start_monitor(0);
	int number = 0;

	EXPECT_EQ(ETIMEDOUT, error_of(msgport_monitor_enter(monitor.right, PROCEDURE_TAKE,
							    &number, sizeof(number),
							    &number, sizeof(number),
							    in_ms(50))));
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_WAITING, NOT_EMPTY));
	EXPECT_EQ(1, enter(monitor.right, PROCEDURE_PUT, 0));
	EXPECT_EQ(1, look(monitor.right).held);
	EXPECT_EQ(1, look(monitor.right).gone);
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_WAITING, NOT_EMPTY));
	end_monitor(&monitor);
}

TEST(second_wait_of_a_procedure_whose_client_has_gone_fails_with_esrch)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t dead = start_client(monitor.right, PROCEDURE_WAIT, 0);

	ASSERT_TRUE(wait_for_waiting(monitor.right, 0, 1));
	end_child(dead);
	EXPECT_EQ(0, enter(monitor.right, PROCEDURE_SIGNAL, 0));
	EXPECT_EQ(1, look(monitor.right).gone);
	EXPECT_EQ(0, look(monitor.right).waits);
	end_monitor(&monitor);
}

TEST(door_opens_after_a_client_that_was_killed_inside)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t inside = start_client(monitor.right, PROCEDURE_STAY, 0), next;

	while (!monitor_shared->staying)
		pause_ms(1);
	next = start_client(monitor.right, PROCEDURE_PUT, 0);
	ASSERT_TRUE(wait_for_queued(monitor.right, 1));
	end_child(inside);
	/* the procedure is inside all the same: nobody else comes in */
	EXPECT_EQ(1, stat_of(monitor.right).queued);
	EXPECT_TRUE(child_runs(next));
	monitor_shared->go = 1;
	EXPECT_EQ(0, child_status(next));
	EXPECT_EQ(2, look(monitor.right).held);
	end_monitor(&monitor);
}

TEST(client_that_was_killed_at_the_door_never_enters)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t inside = start_client(monitor.right, PROCEDURE_STAY, 0), dead;

	while (!monitor_shared->staying)
		pause_ms(1);
	dead = start_client(monitor.right, PROCEDURE_PUT, 0);
	ASSERT_TRUE(wait_for_queued(monitor.right, 1));
	end_child(dead);
	EXPECT_EQ(0, stat_of(monitor.right).queued);
	monitor_shared->go = 1;
	EXPECT_EQ(0, child_status(inside));
	EXPECT_EQ(1, look(monitor.right).held);
	EXPECT_EQ(0, monitor_shared->entries);
	end_monitor(&monitor);
}

TEST(clients_inside_get_esrch_and_those_at_the_door_epipe_when_the_server_dies)
{
	struct monitor_in_child monitor = start_monitor(0);
	pid_t waiting, inside, door;

	waiting = start_client(monitor.right, PROCEDURE_WAIT, 0);
	ASSERT_TRUE(wait_for_waiting(monitor.right, 0, 1));
	inside = start_client(monitor.right, PROCEDURE_STAY, 0);
	while (!monitor_shared->staying)
		pause_ms(1);
	door = start_client(monitor.right, PROCEDURE_PUT, 0);
	ASSERT_TRUE(wait_for_queued(monitor.right, 1));
	end_child(monitor.server);
	EXPECT_EQ(ESRCH, child_status(waiting));
	EXPECT_EQ(ESRCH, child_status(inside));
	EXPECT_EQ(EPIPE, child_status(door));
	EXPECT_EQ(EPIPE, error_of(enter(monitor.right, PROCEDURE_PUT, 0)));
	EXPECT_EQ(0, close(monitor.right));
}

/* ---- serving ---- */

static void interrupt(int signal)
{
	(void)signal;
}

TEST(serve_goes_on_after_stop_deadline_and_signal_with_everybody_still_there)
{
	struct msgport_monitor *monitor = new_monitor(0);
	struct sigaction action = { .sa_handler = interrupt };
	int right = mint_plain(msgport_monitor_port(monitor));
	pid_t waiter, other;

	ASSERT_LE(0, right);
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	waiter = start_client(right, PROCEDURE_WAIT, 0);
	ASSERT_TRUE(wait_for_queued(right, 1));
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_monitor_serve(monitor, in_ms(50))));
	EXPECT_EQ(1, msgport_monitor_waiting(monitor, 0));

	ualarm(20000, 20000);
	EXPECT_EQ(EINTR, error_of(msgport_monitor_serve(monitor, MSGPORT_FOREVER)));
	ualarm(0, 0);

	other = start_client(right, PROCEDURE_STOP, 0);
	EXPECT_EQ(0, msgport_monitor_serve(monitor, MSGPORT_FOREVER));
	EXPECT_EQ(0, child_status(other));

	other = start_client(right, PROCEDURE_SIGNAL, 0);
	EXPECT_EQ(ETIMEDOUT, error_of(msgport_monitor_serve(monitor, in_ms(100))));
	EXPECT_EQ(0, child_status(other));
	EXPECT_EQ(0, child_status(waiter));
	msgport_monitor_free(monitor);
	EXPECT_EQ(0, close(right));
}

/* ---- the automaton over many ---- */

#define CLIENTS	8
#define ENTRIES	10000

/* Half of them put, half take, in turns that the scheduler decides. */
static int racer(int right, unsigned int which)
{
	int i;

	for (i = 0; i < ENTRIES / CLIENTS; i++)
		if (enter(right, which % 2 ? PROCEDURE_PUT : PROCEDURE_TAKE, i) < 0)
			return errno;
	return 0;
}

TEST(monitor_is_the_automaton_over_10000_racing_entries)
{
	struct monitor_in_child monitor = start_monitor(0);
	struct automaton automaton;
	pid_t client[CLIENTS];
	unsigned int i;

	for (i = 0; i < CLIENTS; i++) {
		client[i] = start_child();
		if (!client[i])
			_exit(racer(monitor.right, i));
	}
	for (i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, child_status(client[i]));
	EXPECT_EQ(monitor_shared->trace.count,
		  run_automaton(&automaton, monitor_shared->trace.traced,
				monitor_shared->trace.count));
	EXPECT_STREQ("", automaton.wrong);
	EXPECT_EQ(ENTRIES, automaton.seen[STEP_ENTER]);
	EXPECT_EQ(ENTRIES, automaton.seen[STEP_LEAVE]);
	EXPECT_EQ(automaton.seen[STEP_WAIT], automaton.seen[STEP_BACK]);
	EXPECT_EQ(automaton.handovers, automaton.seen[STEP_BACK]);
	EXPECT_EQ(0, automaton.inside);
	/* the race was one: many waited, and many signals met nobody */
	EXPECT_LT(ENTRIES / 100, automaton.seen[STEP_WAIT]);
	EXPECT_LT(ENTRIES / 100, automaton.lost);
	TH_LOG("%u waits, %u signals without a waiter", automaton.seen[STEP_WAIT],
	       automaton.lost);
	EXPECT_EQ(0, look(monitor.right).held);
	end_monitor(&monitor);
}

/* Clients for ever; the test kills and replaces them. */
static void endless_client(int right, unsigned int which)
{
	for (;;)
		enter(right, which % 2 ? PROCEDURE_PUT : PROCEDURE_TAKE, 0);
}

TEST(monitor_is_the_automaton_while_300_clients_are_killed_at_random)
{
	enum { KILLS = 300 };
	struct monitor_in_child monitor = start_monitor(0);
	struct automaton automaton;
	pid_t client[CLIENTS] = { 0 };
	unsigned int seed = 7, i, which;

	for (i = 0; i < KILLS + CLIENTS; i++) {
		which = i % CLIENTS;
		if (client[which])
			end_child(client[which]);
		client[which] = start_child();
		if (!client[which])
			endless_client(monitor.right, which);
		seed = seed * 1103515245 + 12345;
		usleep((seed >> 16) % 3000);
	}
	for (i = 0; i < CLIENTS; i++)
		end_child(client[i]);
	/* the door is open, and the monitor as good as new */
	while (look(monitor.right).held > 0)
		ASSERT_LE(0, enter(monitor.right, PROCEDURE_TAKE, 0));
	ASSERT_LE(0, enter(monitor.right, PROCEDURE_PUT, 0));
	ASSERT_LE(0, enter(monitor.right, PROCEDURE_TAKE, 0));
	EXPECT_EQ(monitor_shared->trace.count,
		  run_automaton(&automaton, monitor_shared->trace.traced,
				monitor_shared->trace.count));
	EXPECT_STREQ("", automaton.wrong);
	EXPECT_LT(0, automaton.seen[STEP_GONE]);
	EXPECT_GT(TRACE_SIZE, monitor_shared->trace.count);
	TH_LOG("%u entries, %u waits, %u told of their client's end",
	       automaton.seen[STEP_ENTER], automaton.seen[STEP_WAIT],
	       automaton.seen[STEP_GONE]);
	end_monitor(&monitor);
}

TEST_HARNESS_MAIN
