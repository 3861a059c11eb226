// SPDX-License-Identifier: GPL-2.0
/*
 * Calls under a storm of signals: the server sees each exactly once, and each gets
 * its own answer, whether the kernel restarts the call or its caller does.
 */

#include "asker.h"
#include "kselftest_harness.h"

#define CALLS	150
#define CLIENTS	2
#define STORM	700		/* microseconds between two signals */

FIXTURE(storm)
{
	struct pair pair;
	unsigned int *seen;	/* shared: how often, by question */
	unsigned int *alarms;	/* shared: how many */
};

FIXTURE_VARIANT(storm)
{
	int signal_flags;
	unsigned int port_flags;
	bool by_hand;		/* the caller goes on itself, from EINTR with the id */
};

FIXTURE_VARIANT_ADD(storm, with_sa_restart)
{
	.signal_flags = SA_RESTART,
};

FIXTURE_VARIANT_ADD(storm, without_sa_restart)
{
	.signal_flags = 0,
};

FIXTURE_VARIANT_ADD(storm, with_sa_restart_by_hand)
{
	.signal_flags = SA_RESTART,
	.by_hand = true,
};

FIXTURE_VARIANT_ADD(storm, without_sa_restart_by_hand)
{
	.signal_flags = 0,
	.by_hand = true,
};

FIXTURE_VARIANT_ADD(storm, with_sa_restart_on_an_acknowledging_port)
{
	.signal_flags = SA_RESTART,
	.port_flags = MSGPORT_ACK,
};

FIXTURE_VARIANT_ADD(storm, without_sa_restart_by_hand_on_an_acknowledging_port)
{
	.port_flags = MSGPORT_ACK,
	.by_hand = true,
};

static unsigned int *alarm_count;

static void count_alarm(int signal)
{
	(void)signal;
	__atomic_add_fetch(alarm_count, 1, __ATOMIC_RELAXED);
}

static void storm(int flags)
{
	struct sigaction action = { .sa_handler = count_alarm, .sa_flags = flags };
	struct itimerval every = {
		.it_interval.tv_usec = STORM,
		.it_value.tv_usec = STORM,
	};

	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &every, NULL))
		give_up("storm");
}

FIXTURE_SETUP(storm)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = variant->port_flags;
	/* calls wait for room as well as for their answers */
	options.max_msgs = 1;
	self->pair = new_pair(&options);
	self->seen = mmap(NULL, 2 * page_size(), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->seen);
	self->alarms = self->seen + CALLS * CLIENTS;
	alarm_count = self->alarms;
}

FIXTURE_TEARDOWN(storm)
{
	munmap(self->seen, 2 * page_size());
	close_pair(&self->pair);
}

/* Goes on with the same call for as long as signals interrupt it. */
static int call_by_hand(int right, uint64_t question, uint64_t *answer)
{
	struct msgport_message request = { .data = &question, .size = sizeof(question) };
	struct msgport_message reply;
	uint64_t id = 0;
	int error;

	do {
		reply = (struct msgport_message){ .data = answer, .size = sizeof(*answer) };
		error = error_of(msgport_call_message(right, &request, &reply, 0,
						      MSGPORT_FOREVER, &id));
	} while (error == EINTR);
	return error || id ? -1 : 0;
}

/* Status 0 if each answer belongs to its question. */
static int be_client(FIXTURE_DATA(storm) *self, int flags, bool by_hand, uint64_t first)
{
	uint64_t number, answer;

	close(self->pair.receive);
	storm(flags);
	for (number = first; number < first + CALLS; number++) {
		answer = 0;
		if (by_hand && call_by_hand(self->pair.send, number, &answer))
			return 1;
		if (!by_hand && msgport_call(self->pair.send, &number, sizeof(number),
					     &answer, sizeof(answer), MSGPORT_FOREVER) !=
				sizeof(answer))
			return 2;
		if (answer != number + 1000000)
			return 3;
	}
	return 0;
}

/* A storm of its own: reply_receive must not answer twice either. */
static int be_storm_server(FIXTURE_DATA(storm) *self, int flags)
{
	uint64_t token = 0, question, answer = 0;
	unsigned int left = CALLS * CLIENTS;

	storm(flags);
	while (left) {
		if (msgport_reply_receive(self->pair.receive, &token, &answer, sizeof(answer),
					  &question, sizeof(question)) < 0) {
			if (errno != EINTR)
				return 1;
			continue;
		}
		self->seen[question]++;
		answer = question + 1000000;
		left--;
	}
	return msgport_reply(self->pair.receive, token, &answer, sizeof(answer)) ? 2 : 0;
}

TEST_F(storm, server_sees_each_call_once_under_a_storm_of_signals)
{
	pid_t server, clients[CLIENTS];
	struct msgport_stat stat;
	unsigned int i, twice = 0;

	server = start_child();
	if (!server)
		_exit(be_storm_server(self, variant->signal_flags));
	for (i = 0; i < CLIENTS; i++) {
		clients[i] = start_child();
		if (!clients[i])
			_exit(be_client(self, variant->signal_flags, variant->by_hand,
					i * CALLS));
	}
	for (i = 0; i < CLIENTS; i++) {
		EXPECT_EQ(0, child_status(clients[i]));
	}
	EXPECT_EQ(0, child_status(server));
	for (i = 0; i < CLIENTS * CALLS; i++)
		twice += self->seen[i] != 1;
	EXPECT_EQ(0, twice);
	stat = stat_of(self->pair.receive);
	EXPECT_EQ(CLIENTS * CALLS, stat.sent);
	EXPECT_EQ(CLIENTS * CALLS, stat.received);
	EXPECT_EQ(CLIENTS * CALLS, stat.asked);
	EXPECT_EQ(CLIENTS * CALLS, stat.answered);
	EXPECT_EQ(0, stat.waiting);
	/* it was a storm */
	EXPECT_LT(50, *self->alarms);
}

TEST_HARNESS_MAIN
