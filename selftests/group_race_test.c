// SPDX-License-Identifier: GPL-2.0
/*
 * Groups under load: one order for all members, two groups that share their
 * members, and conservation recomputed from what the processes noted themselves.
 */

#include "groups.h"
#include "kselftest_harness.h"

#define SENDERS		4
#define EACH		150
#define ALL		(SENDERS * EACH)

/* What one process noted; in memory that all share. */
struct log {
	uint64_t count;
	uint64_t missed;		/* said the stamps */
	uint64_t entry[2 * ALL];
};

static struct log *new_logs(unsigned int count)
{
	void *memory = mmap(NULL, count * sizeof(struct log), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		give_up("mmap");
	return memory;
}

static void free_logs(struct log *logs, unsigned int count)
{
	munmap(logs, count * sizeof(*logs));
}

static uint64_t number_of(unsigned int sender, unsigned int i)
{
	return (uint64_t)sender << 32 | i;
}

/* A sender that notes what was accepted. */
static pid_t start_publisher(int group, unsigned int sender, struct log *log)
{
	pid_t pid = start_child();
	unsigned int i;

	if (pid)
		return pid;
	for (i = 0; i < EACH; i++) {
		if (send_number(group, number_of(sender, i), 0))
			_exit(errno);
		log->entry[log->count++] = number_of(sender, i);
	}
	_exit(0);
}

/* One message into the log; false if there is none in time. */
static bool note_next(int member, struct log *log, uint64_t deadline)
{
	struct msgport_message message;
	int64_t number = choose_number(member, NULL, 0, deadline, &message);

	if (number == -1)
		return false;
	log->missed += message.stamp.missed;
	log->entry[log->count++] = number;
	return true;
}

/* A member that takes as many as there will be. */
static pid_t start_reader(int member, unsigned int count, struct log *log)
{
	pid_t pid = start_child();
	unsigned int i;

	if (pid)
		return pid;
	for (i = 0; i < count; i++)
		if (!note_next(member, log, in_ms(PATIENCE_MS)))
			_exit(1);
	_exit(0);
}

/* Each sender's messages in its own order, none twice. */
static bool in_order_of_senders(const struct log *log)
{
	int64_t last[SENDERS] = { -1, -1, -1, -1 };
	uint64_t i;

	for (i = 0; i < log->count; i++) {
		unsigned int sender = log->entry[i] >> 32;
		int64_t number = (uint32_t)log->entry[i];

		if (sender >= SENDERS || number <= last[sender])
			return false;
		last[sender] = number;
	}
	return true;
}

TEST(members_see_the_messages_of_racing_senders_in_one_order)
{
	const unsigned int members = 3;
	struct log *sent = new_logs(SENDERS), *got = new_logs(members);
	int member[3], group;
	pid_t sender[SENDERS], reader[3];
	const char *name;
	unsigned int i;

	group = new_group(&name, NULL);
	for (i = 0; i < members; i++) {
		member[i] = new_member(name, 1 + 2 * i, 0);
		reader[i] = start_reader(member[i], ALL, &got[i]);
	}
	for (i = 0; i < SENDERS; i++)
		sender[i] = start_publisher(group, i, &sent[i]);
	for (i = 0; i < SENDERS; i++)
		EXPECT_EQ(0, child_status(sender[i]));
	for (i = 0; i < members; i++) {
		EXPECT_EQ(0, child_status(reader[i]));
		ASSERT_EQ(ALL, got[i].count);
		EXPECT_TRUE(in_order_of_senders(&got[i]));
		EXPECT_EQ(0, memcmp(got[0].entry, got[i].entry,
				    ALL * sizeof(got[0].entry[0])));
		EXPECT_TRUE(port_balanced(member[i]));
		EXPECT_EQ(ALL, stat_of(member[i]).received);
		close(member[i]);
	}
	EXPECT_EQ(ALL, stat_of(group).sent);
	close(group);
	free_logs(sent, SENDERS);
	free_logs(got, members);
}

/*
 *	group one --> p, q <-- group two, joined the other way round
 *
 * Each port has one place, and nobody receives until both are full: of the sends
 * that race, one must get both.
 */
TEST(two_groups_of_the_same_members_in_opposite_order_do_not_block_each_other)
{
	struct log *sent = new_logs(SENDERS);
	int one, two, p = new_port_for(1), q = new_port_for(1);
	pid_t sender[SENDERS];
	const char *name;
	unsigned int i;

	one = new_group(&name, NULL);
	ASSERT_EQ(0, msgport_join(p, name, 0));
	ASSERT_EQ(0, msgport_join(q, name, 0));
	two = new_group(&name, NULL);
	ASSERT_EQ(0, msgport_join(q, name, 0));
	ASSERT_EQ(0, msgport_join(p, name, 0));
	for (i = 0; i < SENDERS; i++)
		sender[i] = start_publisher(i % 2 ? one : two, i, &sent[i]);
	for (i = 0; i < ALL; i++) {
		int64_t number;

		ASSERT_TRUE(wait_for_queued(p, 1))
			TH_LOG("nobody got both places after %u messages", i);
		ASSERT_TRUE(wait_for_queued(q, 1))
			TH_LOG("nobody got both places after %u messages", i);
		number = next_number(p, NULL);
		ASSERT_EQ(number, next_number(q, NULL));
	}
	for (i = 0; i < SENDERS; i++)
		EXPECT_EQ(0, child_status(sender[i]));
	EXPECT_TRUE(port_balanced(p));
	EXPECT_TRUE(port_balanced(q));
	close(one);
	close(two);
	close(p);
	close(q);
	free_logs(sent, SENDERS);
}

/* The same with one who sends to each of the ports directly. */
TEST(two_groups_of_the_same_members_go_on_among_others_who_send_there)
{
	struct log *sent = new_logs(SENDERS), *got = new_logs(2);
	int port[2], send[2], group[2];
	pid_t sender[SENDERS], reader[2];
	const char *name;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		port[i] = new_port_for(1);
		send[i] = mint_plain(port[i]);
	}
	for (i = 0; i < 2; i++) {
		group[i] = new_group(&name, NULL);
		ASSERT_EQ(0, msgport_join(port[i], name, 0));
		ASSERT_EQ(0, msgport_join(port[!i], name, 0));
		sender[i] = start_publisher(group[i], i, &sent[i]);
		sender[2 + i] = start_publisher(send[i], 2 + i, &sent[2 + i]);
	}
	/* of two groups all, of one direct sender its own */
	for (i = 0; i < 2; i++)
		reader[i] = start_reader(port[i], 3 * EACH, &got[i]);
	for (i = 0; i < SENDERS; i++)
		EXPECT_EQ(0, child_status(sender[i]));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, child_status(reader[i]));
		EXPECT_EQ(3 * EACH, got[i].count);
		EXPECT_TRUE(in_order_of_senders(&got[i]));
		close(port[i]);
		close(send[i]);
		close(group[i]);
	}
	free_logs(sent, SENDERS);
	free_logs(got, 2);
}

/* Members that come and go: die, leave, are expelled, in turn. */
static pid_t start_fickle(const char *name, int group)
{
	pid_t pid = start_child();
	unsigned int i;
	int port;

	if (pid)
		return pid;
	for (i = 0;; i++) {
		port = new_port_for(1);
		if (port < 0 || msgport_join(port, name, 0))
			_exit(1);
		/* full as soon as one message is there */
		if (i % 4)
			wait_for_queued(port, 1);
		if (i % 3 == 1 && msgport_leave(port, name))
			_exit(2);
		if (i % 3 == 2 && msgport_expel(group, stat_of(port).port))
			_exit(3);
		close(port);
	}
}

/*
 * Each accepted send is at each member that stays exactly once, or counted as
 * missed; recomputed from the logs.
 */
TEST(group_conserves_messages_while_members_come_and_go)
{
	struct log *sent = new_logs(SENDERS), *steady = new_logs(1), *lossy = new_logs(1);
	int group, to_steady, to_lossy;
	pid_t sender[SENDERS], reader[2], fickle;
	struct msgport_stat stat;
	const char *name;
	unsigned int i;

	group = new_group(&name, NULL);
	to_steady = new_member(name, 3, 0);
	to_lossy = new_member(name, 2, MSGPORT_JOIN_LOSSY);
	reader[0] = start_reader(to_steady, ALL, steady);
	reader[1] = start_child();
	if (!reader[1]) {
		/* slower than all others */
		while (note_next(to_lossy, lossy, MSGPORT_FOREVER))
			pause_ms(1);
		_exit(1);
	}
	fickle = start_fickle(name, group);
	for (i = 0; i < SENDERS; i++)
		sender[i] = start_publisher(group, i, &sent[i]);
	for (i = 0; i < SENDERS; i++) {
		EXPECT_EQ(0, child_status(sender[i]));
		EXPECT_EQ(EACH, sent[i].count);
	}
	EXPECT_EQ(0, child_status(reader[0]));
	EXPECT_TRUE(child_runs(fickle));
	end_child(fickle);
	ASSERT_TRUE(wait_for_queued(to_lossy, 0));
	ASSERT_TRUE(wait_for_receivers(to_lossy, 1));
	end_child(reader[1]);

	EXPECT_EQ(ALL, steady->count);
	EXPECT_TRUE(in_order_of_senders(steady));
	EXPECT_EQ(0, stat_of(to_steady).missed);
	EXPECT_TRUE(in_order_of_senders(lossy));
	stat = stat_of(to_lossy);
	EXPECT_EQ(ALL, lossy->count + stat.missed);
	EXPECT_EQ(stat.received, lossy->count);

	EXPECT_EQ(ALL, stat_of(group).sent);
	EXPECT_EQ(2, stat_of(group).ports);
	EXPECT_TRUE(port_balanced(to_steady));
	EXPECT_TRUE(port_balanced(to_lossy));
	/* one more, which it has room for, tells the rest */
	ASSERT_EQ(0, send_number(group, number_of(0, EACH), 0));
	ASSERT_TRUE(note_next(to_lossy, lossy, in_ms(1000)));
	EXPECT_EQ(stat.missed, lossy->missed);
	close(to_steady);
	close(to_lossy);
	close(group);
	free_logs(sent, SENDERS);
	free_logs(steady, 1);
	free_logs(lossy, 1);
}

/* Senders killed at any moment: what reached one member reached both. */
TEST(killed_group_senders_leave_nothing_half_sent)
{
	struct log *log = new_logs(3);
	int group, one, two, rounds;
	const char *name;
	pid_t reader[2], sender;
	unsigned int i;

	group = new_group(&name, NULL);
	one = new_member(name, 1, 0);
	two = new_member(name, 2, 0);
	for (i = 0; i < 2; i++) {
		reader[i] = start_child();
		if (!reader[i])
			while (note_next(i ? two : one, &log[i], MSGPORT_FOREVER))
				if (log[i].count == 2 * ALL)
					_exit(0);
	}
	for (rounds = 0; rounds < 60; rounds++) {
		uint64_t before = log[0].count;

		sender = start_publisher(group, 0, &log[2]);
		while (log[0].count == before && child_runs(sender))
			sched_yield();
		end_child(sender);
		log[2].count = 0;
		if (log[0].count > ALL)
			break;
	}
	ASSERT_TRUE(wait_for_receivers(one, 1));
	ASSERT_TRUE(wait_for_receivers(two, 1));
	end_child(reader[0]);
	end_child(reader[1]);
	EXPECT_LT(0, log[0].count);
	EXPECT_EQ(log[0].count, log[1].count);
	EXPECT_EQ(0, memcmp(log[0].entry, log[1].entry,
			    log[0].count * sizeof(log[0].entry[0])));
	EXPECT_EQ(stat_of(group).sent, log[0].count);
	EXPECT_EQ(0, stat_of(one).waiting_senders);
	EXPECT_TRUE(port_balanced(one));
	EXPECT_TRUE(port_balanced(two));
	close(one);
	close(two);
	close(group);
	free_logs(log, 3);
}

TEST_HARNESS_MAIN
