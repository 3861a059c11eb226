// SPDX-License-Identifier: GPL-2.0
/* Tracepoints, and the state file: what is there for who wants to look.  Root. */
#include "kselftest_harness.h"
#include "fds.h"
#include "traced.h"

FIXTURE(trace)
{
	struct pair port;
};

FIXTURE_SETUP(trace)
{
	if (!can_trace())
		SKIP(return, "the kernel has no tracefs, or it is not mounted");
	start_trace();
	self->port = new_pair_for(1);
}

FIXTURE_TEARDOWN(trace)
{
	stop_trace();
	close_pair(&self->port);
}

/* A line of the trace about our port, with something in it. */
static bool traced(FIXTURE_DATA(trace) *self, const char *event, const char *what)
{
	return traced_of(self->port.send, event, what);
}

TEST_F(trace, create_is_traced_with_the_limits)
{
	EXPECT_TRUE(traced(self, "create", "max_msgs=1"));
}

TEST_F(trace, send_is_traced_with_source_and_size)
{
	char source[32];

	EXPECT_FALSE(traced(self, "send", ""));
	ASSERT_EQ(0, send_urgent(self->port.send, 1, 3));
	snprintf(source, sizeof(source), "source=%llu",
		 (unsigned long long)stat_of(self->port.send).source);
	EXPECT_TRUE(traced(self, "send", source));
	EXPECT_TRUE(traced(self, "send", "sequence=1 size=8 priority=3"));
}

TEST_F(trace, receive_is_traced_with_sequence_and_size)
{
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_FALSE(traced(self, "receive", ""));
	ASSERT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_TRUE(traced(self, "receive", "sequence=1 size=8"));
}

TEST_F(trace, send_and_receive_are_traced_with_the_number_of_descriptors)
{
	int fds[2];
	unsigned int count = 2;

	close_pair(&self->port);
	self->port = new_fds_pair(0);
	fds[0] = self->port.send;
	fds[1] = self->port.send;
	ASSERT_EQ(0, send_fds(self->port.send, fds, 2));
	EXPECT_TRUE(traced(self, "send", "fds=2"));
	ASSERT_EQ(0, receive_fds(self->port.receive, fds, &count, 0));
	EXPECT_TRUE(traced(self, "receive", "fds=2"));
	close(fds[0]);
	close(fds[1]);
}

TEST_F(trace, state_file_shows_descriptors_in_messages)
{
	struct pair pair = new_fds_pair(0);
	int fds[3] = { pair.send, pair.send, pair.send };

	EXPECT_EQ(NULL, strstr(read_text(STATE_FILE), "descriptors"));
	ASSERT_EQ(0, send_fds(pair.send, fds, 3));
	EXPECT_TRUE(has_line(read_text(STATE_FILE), "descriptors 3 ", "in messages"));
	close_pair(&pair);
	EXPECT_EQ(NULL, strstr(read_text(STATE_FILE), "descriptors"));
}

TEST_F(trace, block_and_wake_are_traced)
{
	pid_t sender;
	char pid[32];

	ASSERT_EQ(1, fill(self->port.send));
	EXPECT_FALSE(traced(self, "block", ""));
	sender = start_errand((struct errand){ .right = self->port.send });
	ASSERT_TRUE(wait_for_senders(self->port.receive, 1));
	EXPECT_TRUE(traced(self, "block", "gate=port"));
	EXPECT_FALSE(traced(self, "wake", ""));
	ASSERT_EQ(0, close(self->port.receive));
	EXPECT_EQ(EPIPE, child_status(sender));
	snprintf(pid, sizeof(pid), "pid=%d dead", sender);
	EXPECT_TRUE(traced(self, "wake", pid));
	self->port.receive = dup(0);
}

TEST_F(trace, discard_is_traced_with_its_reason)
{
	struct errand mortal = { .right = self->port.send, .ttl = 1 };
	char byte;

	ASSERT_EQ(0, run_errand(&mortal));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
	EXPECT_TRUE(traced(self, "discard", "reason=expired"));
	ASSERT_EQ(0, send_number(self->port.send, 2, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(self->port.receive, &byte, 1,
						     MSGPORT_DISCARD_LARGE)));
	EXPECT_TRUE(traced(self, "discard", "reason=too_large"));
	ASSERT_EQ(0, send_number(self->port.send, 3, 0));
	ASSERT_EQ(0, close(self->port.receive));
	EXPECT_TRUE(traced(self, "discard", "reason=died_with_port"));
	self->port.receive = dup(0);
}

TEST_F(trace, destroy_is_traced_when_the_last_right_goes)
{
	unsigned long long port = stat_of(self->port.send).port;
	char line[64];

	snprintf(line, sizeof(line), "msgport_destroy: port=%llu\n", port);
	ASSERT_EQ(0, close(self->port.receive));
	EXPECT_EQ(NULL, strstr(read_text(TRACING "trace"), line));
	ASSERT_EQ(0, close(self->port.send));
	EXPECT_NE(NULL, strstr(read_text(TRACING "trace"), line));
	self->port = new_pair_for(1);
}

/* ---- the state file ---- */

FIXTURE(state)
{
	struct pair port;
	const char *name;
	char begin[128];
};

FIXTURE_SETUP(state)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 2;
	self->name = new_name("state");
	self->port.receive = msgport_create(MSGPORT_DEFAULT, self->name, &options);
	ASSERT_GE(self->port.receive, 0);
	self->port.send = mint_plain(self->port.receive);
	snprintf(self->begin, sizeof(self->begin), "port %llu name=%s ",
		 (unsigned long long)stat_of(self->port.receive).port, self->name);
}

FIXTURE_TEARDOWN(state)
{
	close_pair(&self->port);
}

/* The lines about our port, up to the next one's; the caller's until next call. */
static const char *state_of_port(FIXTURE_DATA(state) *self)
{
	char *from = strstr(read_text(STATE_FILE), self->begin), *end;

	if (!from)
		return "";
	end = strstr(from, "\nport ");
	if (end)
		end[1] = '\0';
	return from;
}

TEST_F(state, state_file_shows_a_port_with_its_name_and_fill)
{
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_TRUE(has_line(state_of_port(self), self->begin, "state=live"));
	EXPECT_TRUE(has_line(state_of_port(self), self->begin, "queued=1/2"));
	EXPECT_TRUE(has_line(state_of_port(self), self->begin, "sent=1 received=0"));
}

TEST_F(state, state_file_shows_who_waits_to_send_and_at_which_gate)
{
	int right = msgport_mint(self->port.receive, 0, 1, 31, 0);
	pid_t at_port, at_right;
	char pid[32];

	ASSERT_EQ(1, fill(right));
	ASSERT_EQ(1, fill(self->port.send));
	at_right = start_errand((struct errand){ .right = right, .priority = 4 });
	at_port = start_errand((struct errand){ .right = self->port.send });
	ASSERT_TRUE(wait_for_senders(self->port.receive, 2));
	snprintf(pid, sizeof(pid), "send pid=%d ", at_right);
	EXPECT_TRUE(has_line(state_of_port(self), pid, "gate=right"));
	EXPECT_TRUE(has_line(state_of_port(self), pid, "priority=4"));
	snprintf(pid, sizeof(pid), "send pid=%d ", at_port);
	EXPECT_TRUE(has_line(state_of_port(self), pid, "gate=port"));
	end_child(at_right);
	end_child(at_port);
	EXPECT_FALSE(has_line(state_of_port(self), "send pid=", ""));
	EXPECT_EQ(0, close(right));
}

TEST_F(state, state_file_shows_who_waits_to_receive)
{
	pid_t receiver = start_receiver(self->port.receive, 1);
	char pid[32];

	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	snprintf(pid, sizeof(pid), "receive pid=%d ", receiver);
	EXPECT_TRUE(has_line(state_of_port(self), pid, "room=8"));
	end_child(receiver);
	EXPECT_FALSE(has_line(state_of_port(self), "receive pid=", ""));
}

TEST_F(state, state_file_shows_who_waits_for_a_choice)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 1 };
	pid_t chooser = start_child();
	char line[64];

	if (!chooser)
		_exit(choose_number(self->port.receive, &filter, 0, MSGPORT_FOREVER, NULL));
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	snprintf(line, sizeof(line), "receive pid=%d ", chooser);
	EXPECT_TRUE(has_line(state_of_port(self), line, "room=8"));
	snprintf(line, sizeof(line), "flags=0x%x ", MSGPORT_BY_TAG);
	EXPECT_TRUE(has_line(state_of_port(self), "receive pid=", line));
	end_child(chooser);
	EXPECT_FALSE(has_line(state_of_port(self), "receive pid=", ""));
}

TEST_F(state, state_file_shows_a_dead_port_while_somebody_holds_it)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "port %llu ",
		 (unsigned long long)stat_of(self->port.receive).port);
	ASSERT_EQ(0, close(self->port.receive));
	EXPECT_TRUE(has_line(read_text(STATE_FILE), begin, "state=dead"));
	ASSERT_EQ(0, close(self->port.send));
	EXPECT_EQ(NULL, strstr(read_text(STATE_FILE), begin));
	self->port = new_pair_for(1);
}

TEST_HARNESS_MAIN
