// SPDX-License-Identifier: GPL-2.0
/* Groups: one send reaches every member, or waits; one order; who misses what. */

#include <poll.h>
#include <sys/epoll.h>

#include "groups.h"
#include "kselftest_harness.h"

FIXTURE(group)
{
	const char *name;
	int group;
};

FIXTURE_SETUP(group)
{
	self->group = new_group(&self->name, NULL);
}

FIXTURE_TEARDOWN(group)
{
	close(self->group);
}

TEST_F(group, group_send_reaches_every_member_once)
{
	int member[3], i;

	for (i = 0; i < 3; i++)
		member[i] = new_member(self->name, 4, 0);
	ASSERT_EQ(0, send_number(self->group, 7, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(7, next_number(member[i], NULL));
		EXPECT_EQ(-1, next_number(member[i], NULL));
		EXPECT_EQ(EAGAIN, errno);
		close(member[i]);
	}
}

TEST_F(group, group_without_members_takes_messages_for_nobody)
{
	ASSERT_EQ(0, send_number(self->group, 7, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(self->group).sent);
}

TEST_F(group, group_message_has_the_stamp_of_its_sender_and_the_source_of_the_group)
{
	int member = new_member(self->name, 4, 0);
	struct msgport_message message;
	uint64_t source = stat_of(self->group).source;

	ASSERT_EQ(0, send_tagged(self->group, 7, 77));
	ASSERT_EQ(7, choose_number(member, NULL, 0, in_ms(1000), &message));
	EXPECT_EQ(source, message.stamp.source);
	EXPECT_EQ(getpid(), message.stamp.pid);
	EXPECT_EQ(geteuid(), message.stamp.uid);
	EXPECT_EQ(0, message.stamp.badge);
	EXPECT_EQ(0, message.stamp.missed);
	EXPECT_EQ(1, message.stamp.sequence);
	EXPECT_EQ(MSGPORT_KIND_DATA, message.stamp.kind);
	EXPECT_EQ(77, message.tag);
	close(member);
}

TEST_F(group, group_messages_are_chosen_by_the_source_of_the_group)
{
	struct msgport_filter filter = {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(self->group).source,
	};
	int member = new_member(self->name, 4, 0), direct = mint_plain(member);

	ASSERT_EQ(0, send_number(direct, 1, 0));
	ASSERT_EQ(0, send_number(self->group, 2, 0));
	EXPECT_EQ(2, choose_number(member, &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(1, next_number(member, NULL));
	close(direct);
	close(member);
}

TEST_F(group, group_messages_of_all_senders_are_of_one_source)
{
	struct msgport_filter filter = {
		.by = MSGPORT_BY_SOURCE,
		.source = stat_of(self->group).source,
	};
	int other = msgport_connect(MSGPORT_DEFAULT, self->name, 0);
	int member = new_member(self->name, 4, 0);

	ASSERT_LE(0, other);
	EXPECT_EQ(filter.source, stat_of(other).source);
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(0, send_number(other, 2, 0));
	ASSERT_EQ(0, send_number(self->group, 3, 0));
	EXPECT_EQ(1, choose_number(member, &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(2, choose_number(member, &filter, MSGPORT_NONBLOCK, 0, NULL));
	EXPECT_EQ(3, choose_number(member, &filter, MSGPORT_NONBLOCK, 0, NULL));
	close(other);
	close(member);
}

TEST_F(group, group_messages_stand_in_a_members_queue_by_priority)
{
	int member = new_member(self->name, 4, 0);

	ASSERT_EQ(0, send_urgent(self->group, 1, 0));
	ASSERT_EQ(0, send_urgent(self->group, 2, 31));
	ASSERT_EQ(0, send_urgent(self->group, 3, 9));
	EXPECT_EQ(2, next_number(member, NULL));
	EXPECT_EQ(3, next_number(member, NULL));
	EXPECT_EQ(1, next_number(member, NULL));
	close(member);
}

TEST_F(group, group_payload_of_any_size_is_whole_at_every_member)
{
	static const size_t sizes[] = { 0, 1, 8, 64, 65, 4000, 4096, 65536 };
	static char sent[65536], got[65536];
	int one = new_member(self->name, 16, 0), two = new_member(self->name, 16, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill_pattern(sent, sizes[i], i);
		ASSERT_EQ(0, msgport_send(self->group, sent, sizes[i], 0));
		ASSERT_EQ(sizes[i], msgport_receive(one, got, sizeof(got), 0));
		EXPECT_TRUE(has_pattern(got, sizes[i], i));
		memset(got, 0, sizeof(got));
		ASSERT_EQ(sizes[i], msgport_receive(two, got, sizeof(got), 0));
		EXPECT_TRUE(has_pattern(got, sizes[i], i));
	}
	close(one);
	close(two);
}

TEST_F(group, group_message_counts_in_full_at_every_member)
{
	int one = new_member(self->name, 16, 0), two = new_member(self->name, 16, 0);
	static char bytes[10000];

	ASSERT_EQ(0, msgport_send(self->group, bytes, sizeof(bytes), 0));
	EXPECT_LE(sizeof(bytes), stat_of(one).bytes);
	EXPECT_EQ(stat_of(one).bytes, stat_of(two).bytes);
	close(one);
	close(two);
}

TEST_F(group, group_send_with_one_member_full_reaches_nobody)
{
	int room = new_member(self->name, 4, 0), full = new_member(self->name, 1, 0);
	int last = new_member(self->name, 4, 0);

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(1, next_number(room, NULL));
	EXPECT_EQ(EAGAIN, error_of(send_number(self->group, 2, MSGPORT_NONBLOCK)));
	EXPECT_EQ(ETIMEDOUT, error_of(send_until(self->group, 2, in_ms(20))));
	EXPECT_EQ(-1, next_number(room, NULL));
	EXPECT_EQ(0, stat_of(room).queued);
	EXPECT_EQ(1, stat_of(room).sent);
	EXPECT_EQ(1, stat_of(last).sent);
	EXPECT_EQ(1, stat_of(self->group).sent);
	EXPECT_EQ(1, next_number(full, NULL));
	EXPECT_EQ(0, send_number(self->group, 3, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, next_number(room, NULL));
	EXPECT_EQ(3, next_number(full, NULL));
	close(room);
	close(full);
	close(last);
}

TEST_F(group, group_send_waits_for_the_member_that_is_full)
{
	int room = new_member(self->name, 4, 0), full = new_member(self->name, 1, 0);
	pid_t sender;

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	sender = start_sender(self->group, 2, 0);
	ASSERT_TRUE(wait_for_publishers(self->group, 1));
	EXPECT_EQ(1, stat_of(full).waiting_senders);
	EXPECT_EQ(1, stat_of(room).queued);
	EXPECT_EQ(1, next_number(full, NULL));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(2, next_number(full, NULL));
	EXPECT_EQ(1, next_number(room, NULL));
	EXPECT_EQ(2, next_number(room, NULL));
	EXPECT_TRUE(port_balanced(full));
	EXPECT_TRUE(port_balanced(room));
	close(room);
	close(full);
}

TEST_F(group, group_send_that_waits_holds_no_place_at_the_others)
{
	int room = new_member(self->name, 2, 0), full = new_member(self->name, 1, 0);
	int direct = mint_plain(room);
	pid_t sender;

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	sender = start_sender(self->group, 2, 0);
	ASSERT_TRUE(wait_for_publishers(self->group, 1));
	EXPECT_EQ(0, send_number(direct, 9, MSGPORT_NONBLOCK));
	end_child(sender);
	EXPECT_EQ(0, stat_of(full).waiting_senders);
	EXPECT_EQ(2, stat_of(room).queued);
	close(direct);
	close(room);
	close(full);
}

TEST_F(group, group_send_takes_its_turn_among_those_who_send_to_the_member_directly)
{
	int full = new_member(self->name, 1, 0), direct = mint_plain(full);
	pid_t first, second, third;

	ASSERT_EQ(0, send_number(direct, 1, 0));
	first = start_sender(direct, 2, 0);
	ASSERT_TRUE(wait_for_senders(full, 1));
	second = start_sender(self->group, 3, 0);
	ASSERT_TRUE(wait_for_senders(full, 2));
	third = start_sender(direct, 4, 0);
	ASSERT_TRUE(wait_for_senders(full, 3));
	EXPECT_EQ(1, receive_number(full, 0));
	EXPECT_EQ(2, receive_number(full, 0));
	EXPECT_EQ(3, receive_number(full, 0));
	EXPECT_EQ(4, receive_number(full, 0));
	EXPECT_EQ(0, child_status(first));
	EXPECT_EQ(0, child_status(second));
	EXPECT_EQ(0, child_status(third));
	close(direct);
	close(full);
}

TEST_F(group, death_of_the_full_member_wakes_the_sender)
{
	int room = new_member(self->name, 4, 0), full = new_member(self->name, 1, 0);
	pid_t sender;

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	sender = start_child();
	if (!sender) {
		/* ours is the last receive right */
		close(full);
		_exit(error_of(send_number(self->group, 2, 0)));
	}
	ASSERT_TRUE(wait_for_publishers(self->group, 1));
	close(full);
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(1, stat_of(self->group).ports);
	EXPECT_EQ(1, next_number(room, NULL));
	EXPECT_EQ(2, next_number(room, NULL));
	close(room);
}

TEST_F(group, group_sender_that_is_killed_while_it_waits_sends_nothing)
{
	int room = new_member(self->name, 4, 0), full = new_member(self->name, 1, 0);
	pid_t sender;

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	sender = start_sender(self->group, 2, 0);
	ASSERT_TRUE(wait_for_publishers(self->group, 1));
	end_child(sender);
	EXPECT_EQ(0, stat_of(self->group).waiting_senders);
	EXPECT_EQ(0, stat_of(full).waiting_senders);
	EXPECT_EQ(1, next_number(full, NULL));
	EXPECT_EQ(-1, next_number(full, NULL));
	EXPECT_EQ(1, next_number(room, NULL));
	EXPECT_EQ(-1, next_number(room, NULL));
	close(room);
	close(full);
}

TEST_F(group, lossy_member_misses_what_it_has_no_room_for)
{
	int room = new_member(self->name, 8, 0);
	int lossy = new_member(self->name, 1, MSGPORT_JOIN_LOSSY);
	uint64_t missed;
	int i;

	for (i = 1; i <= 4; i++)
		ASSERT_EQ(0, send_number(self->group, i, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, stat_of(lossy).missed);
	EXPECT_EQ(3, stat_of(self->group).missed);
	EXPECT_EQ(1, next_number(lossy, &missed));
	EXPECT_EQ(0, missed);
	ASSERT_EQ(0, send_number(self->group, 5, 0));
	EXPECT_EQ(5, next_number(lossy, &missed));
	EXPECT_EQ(3, missed);
	ASSERT_EQ(0, send_number(self->group, 6, 0));
	EXPECT_EQ(6, next_number(lossy, &missed));
	EXPECT_EQ(0, missed);
	for (i = 1; i <= 6; i++)
		EXPECT_EQ(i, next_number(room, NULL));
	EXPECT_EQ(0, stat_of(room).missed);
	EXPECT_TRUE(port_balanced(lossy));
	close(room);
	close(lossy);
}

/* The one that was to tell ends before it is taken, with another behind it or none. */
TEST_F(group, lossy_member_is_told_what_it_missed_by_the_next_that_it_takes)
{
	int lossy = new_member(self->name, 2, MSGPORT_JOIN_LOSSY);
	struct msgport_message mortal = { .ttl = NS_PER_MS };
	uint64_t missed;
	int behind;

	for (behind = 0; behind < 2; behind++) {
		ASSERT_EQ(0, send_number(self->group, 1, 0));
		ASSERT_EQ(0, send_number(self->group, 2, 0));
		ASSERT_EQ(0, send_number(self->group, 3, 0));
		ASSERT_EQ(1, next_number(lossy, NULL));
		ASSERT_EQ(2, next_number(lossy, NULL));
		ASSERT_EQ(0, msgport_send_message(self->group, &mortal, 0,
						  MSGPORT_FOREVER));
		if (behind) {
			ASSERT_EQ(0, send_number(self->group, 4, 0));
		}
		while (stat_of(lossy).expired == (uint64_t)behind)
			pause_ms(1);
		if (!behind) {
			ASSERT_EQ(0, send_number(self->group, 4, 0));
		}
		EXPECT_EQ(4, next_number(lossy, &missed));
		EXPECT_EQ(1, missed);
		ASSERT_EQ(0, send_number(self->group, 5, 0));
		EXPECT_EQ(5, next_number(lossy, &missed));
		EXPECT_EQ(0, missed);
	}
	close(lossy);
}

TEST_F(group, lossy_member_misses_nothing_that_was_not_sent)
{
	int full = new_member(self->name, 1, 0);
	int lossy = new_member(self->name, 1, MSGPORT_JOIN_LOSSY);

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(EAGAIN, error_of(send_number(self->group, 2, MSGPORT_NONBLOCK)));
	ASSERT_EQ(ETIMEDOUT, error_of(send_until(self->group, 2, in_ms(10))));
	EXPECT_EQ(0, stat_of(lossy).missed);
	EXPECT_EQ(0, stat_of(self->group).missed);
	close(full);
	close(lossy);
}

TEST(member_that_stalls_becomes_lossy)
{
	struct msgport_group_options options = { .stall = 30 * NS_PER_MS };
	const char *name;
	int group = new_group(&name, &options);
	int room = new_member(name, 4, 0), full = new_member(name, 1, 0);
	uint64_t begun, missed;

	ASSERT_EQ(0, send_number(group, 1, 0));
	begun = now_ns();
	ASSERT_EQ(0, send_number(group, 2, 0));
	EXPECT_LE(options.stall, now_ns() - begun);
	EXPECT_EQ(1, stat_of(full).missed);
	/* and for good: nobody waits for it again */
	ASSERT_EQ(0, send_number(group, 3, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, stat_of(full).missed);
	EXPECT_EQ(1, next_number(full, NULL));
	ASSERT_EQ(0, send_number(group, 4, MSGPORT_NONBLOCK));
	EXPECT_EQ(4, next_number(full, &missed));
	EXPECT_EQ(2, missed);
	EXPECT_EQ(4, stat_of(room).queued);
	close(room);
	close(full);
	close(group);
}

TEST(member_that_stalls_lets_all_go_on_who_wait_for_it)
{
	struct msgport_group_options options = { .stall = 50 * NS_PER_MS };
	const char *name;
	int group = new_group(&name, &options);
	int full = new_member(name, 1, 0);
	pid_t sender[3];
	int i;

	ASSERT_EQ(0, send_number(group, 1, 0));
	for (i = 0; i < 3; i++)
		sender[i] = start_sender(group, 2, 0);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, child_status(sender[i]));
	EXPECT_EQ(3, stat_of(full).missed);
	EXPECT_EQ(0, stat_of(full).waiting_senders);
	close(full);
	close(group);
}

/* The group waits for longer than the limit, behind others who are served. */
TEST(member_that_takes_messages_does_not_stall)
{
	enum { BEFORE = 12 };
	struct msgport_group_options options = { .stall = 3 * NS_PER_S };
	const char *name;
	int group = new_group(&name, &options);
	int slow = new_member(name, 1, 0), direct = mint_plain(slow);
	pid_t before[BEFORE], sender;
	uint64_t begun;
	int i;

	for (i = 0; i < BEFORE; i++)
		before[i] = start_sender(direct, 1, 0);
	ASSERT_TRUE(wait_for_senders(slow, BEFORE - 1));
	begun = now_ns();
	sender = start_sender(group, 2, 0);
	ASSERT_TRUE(wait_for_senders(slow, BEFORE));
	for (i = 0; i < BEFORE; i++) {
		pause_ms(300);
		EXPECT_EQ(1, choose_number(slow, NULL, 0, in_ms(PATIENCE_MS), NULL));
	}
	EXPECT_EQ(2, choose_number(slow, NULL, 0, in_ms(PATIENCE_MS), NULL));
	EXPECT_LT(options.stall, now_ns() - begun);
	EXPECT_EQ(0, stat_of(slow).missed);
	for (i = 0; i < BEFORE; i++)
		EXPECT_EQ(0, child_status(before[i]));
	EXPECT_EQ(0, child_status(sender));
	close(direct);
	close(slow);
	close(group);
}

TEST_F(group, group_message_larger_than_a_member_takes_fails_with_emsgsize)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int large = new_member(self->name, 4, 0), small;
	char bytes[200] = "";

	options.max_size = 100;
	small = new_port(&options);
	ASSERT_EQ(0, msgport_join(small, self->name, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->group, bytes, 200, 0)));
	EXPECT_EQ(0, stat_of(large).queued);
	ASSERT_EQ(0, msgport_leave(small, self->name));
	/* one that may miss messages misses these */
	ASSERT_EQ(0, msgport_join(small, self->name, MSGPORT_JOIN_LOSSY));
	EXPECT_EQ(0, msgport_send(self->group, bytes, 200, 0));
	EXPECT_EQ(1, stat_of(small).missed);
	EXPECT_EQ(1, stat_of(large).queued);
	close(small);
	close(large);
}

TEST_F(group, group_takes_no_answers_and_no_end_to_wait_for)
{
	int home = new_port(NULL);
	struct msgport_due due = { .receive_right = home, .size = 8 };
	struct msgport_message message = { .due = &due };
	char answer[8];

	EXPECT_EQ(EOPNOTSUPP, error_of(msgport_send_message(self->group, &message, 0,
							    MSGPORT_FOREVER)));
	message.due = NULL;
	EXPECT_EQ(EINVAL, error_of(msgport_send_message(self->group, &message,
							MSGPORT_SYNC, MSGPORT_FOREVER)));
	EXPECT_EQ(EBADF, error_of(msgport_call(self->group, "q", 1, answer,
					       sizeof(answer), MSGPORT_FOREVER)));
	EXPECT_EQ(EBADF, error_of(msgport_mint(self->group, 0, 0, 0, 0)));
	EXPECT_EQ(EBADF, error_of(msgport_join(self->group, self->name, 0)));
	EXPECT_EQ(-1, read(self->group, answer, sizeof(answer)));
	close(home);
}

TEST_F(group, group_takes_no_descriptors)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_send argument = { .deadline = MSGPORT_FOREVER };
	struct pair member;
	int fd;

	options.flags = MSGPORT_DESCRIPTORS;
	member = new_pair(&options);
	ASSERT_EQ(0, msgport_join(member.receive, self->name, 0));
	/* one that could travel to the member itself */
	fd = member.send;
	argument.message.fds = address_of(&fd);
	argument.message.fd_count = 1;
	ASSERT_EQ(0, raw_send(member.send, &argument));
	EXPECT_EQ(EOPNOTSUPP, error_of(raw_send(self->group, &argument)));
	EXPECT_EQ(1, stat_of(member.receive).sent);
	close_pair(&member);
}

TEST_F(group, write_to_a_group_sends_one_message)
{
	int member = new_member(self->name, 1, 0);
	uint64_t number = 5;

	ASSERT_EQ(8, write(self->group, &number, sizeof(number)));
	EXPECT_EQ(5, next_number(member, NULL));
	EXPECT_EQ(-1, write(self->group, &number, 0));
	EXPECT_EQ(EINVAL, errno);
	close(member);
}

TEST_F(group, group_message_that_expires_goes_at_each_member_by_itself)
{
	int one = new_member(self->name, 4, 0), two = new_member(self->name, 4, 0);
	struct msgport_message message = { .ttl = NS_PER_MS };

	ASSERT_EQ(0, msgport_send_message(self->group, &message, 0, MSGPORT_FOREVER));
	while (stat_of(one).queued)
		pause_ms(1);
	EXPECT_EQ(1, stat_of(one).expired);
	EXPECT_EQ(-1, next_number(two, NULL));
	EXPECT_EQ(1, stat_of(two).expired);
	close(one);
	close(two);
}

TEST_F(group, group_polls_writable_when_every_member_has_room)
{
	int room = new_member(self->name, 4, 0), full = new_member(self->name, 1, 0);
	struct pollfd poller = { .fd = self->group, .events = POLLOUT };

	EXPECT_EQ(1, poll(&poller, 1, 0));
	EXPECT_EQ(POLLOUT, poller.revents);
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	EXPECT_EQ(0, poll(&poller, 1, 0));
	EXPECT_EQ(1, next_number(full, NULL));
	EXPECT_EQ(1, poll(&poller, 1, 0));
	close(room);
	close(full);
}

TEST_F(group, group_does_not_wait_for_room_at_a_lossy_member_to_poll_writable)
{
	int lossy = new_member(self->name, 1, MSGPORT_JOIN_LOSSY);
	struct pollfd poller = { .fd = self->group, .events = POLLOUT };

	ASSERT_EQ(0, send_number(self->group, 1, 0));
	EXPECT_EQ(1, poll(&poller, 1, 0));
	close(lossy);
}

/* What ends the wait of somebody who polls. */
static void receive_it(int member, const char *name)
{
	(void)name;
	receive_number(member, 0);
}

static void leave_it(int member, const char *name)
{
	msgport_leave(member, name);
}

static void close_it(int member, const char *name)
{
	(void)name;
	close(member);
}

TEST_F(group, group_tells_who_polls_that_the_full_member_has_room_or_has_gone)
{
	void (*ends[])(int member, const char *name) = { receive_it, leave_it, close_it };
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC), member;
	unsigned int i;
	pid_t child;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->group, &event));
	for (i = 0; i < 3; i++) {
		member = new_member(self->name, 1, 0);
		ASSERT_EQ(0, send_number(self->group, 1, 0));
		while (epoll_wait(epoll, &event, 1, 0) > 0)
			;
		/* a send that found no room will be told, too */
		ASSERT_EQ(EAGAIN, error_of(send_number(self->group, 2, MSGPORT_NONBLOCK)));
		child = start_child();
		if (!child) {
			close(member);
			_exit(epoll_wait(epoll, &event, 1, PATIENCE_MS) != 1);
		}
		while (stat_of(self->group).ports != 1)
			pause_ms(1);
		ends[i](member, self->name);
		EXPECT_EQ(0, child_status(child));
		close(member);
	}
	close(epoll);
}

TEST_F(group, port_of_an_acknowledging_kind_may_be_a_member)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_message message;
	int port;

	options.flags = MSGPORT_ACK;
	options.max_msgs = 1;
	port = new_port(&options);
	ASSERT_EQ(0, msgport_join(port, self->name, 0));
	ASSERT_EQ(0, send_number(self->group, 1, 0));
	ASSERT_EQ(1, choose_number(port, NULL, 0, in_ms(1000), &message));
	/* it holds its place until it is settled */
	EXPECT_EQ(EAGAIN, error_of(send_number(self->group, 2, MSGPORT_NONBLOCK)));
	ASSERT_EQ(0, msgport_release(port, message.token));
	ASSERT_EQ(1, choose_number(port, NULL, 0, in_ms(1000), &message));
	EXPECT_EQ(1, message.stamp.deliveries);
	ASSERT_EQ(0, msgport_ack(port, message.token));
	EXPECT_EQ(0, send_number(self->group, 2, MSGPORT_NONBLOCK));
	close(port);
}

TEST_HARNESS_MAIN
