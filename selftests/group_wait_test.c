// SPDX-License-Identifier: GPL-2.0
/* Sends to a group that wait: what they hold meanwhile, and who is told of what. */

#include <poll.h>
#include <sys/epoll.h>

#include "errand.h"
#include "groups.h"
#include "kselftest_harness.h"

#define LATER		32
/* With its memory all of the 16 MiB that may be pending but one page. */
#define NEARLY_ALL	(4086 * 4096)

/*
 *	pending:	nearly all that its user may have pending
 *	group send:	waits at the member, with room for one copy of the message
 *	direct send:	behind it
 *	32 ports join:	that many copies have no room
 */
TEST(group_send_that_waits_to_copy_more_gives_its_place_to_the_next)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair busy, member = new_pair_for(1);
	pid_t pending, sender, direct;
	int group, later[LATER], i;
	const char *name;

	options.max_msgs = 1;
	options.max_size = NEARLY_ALL;
	busy = new_pair(&options);
	ASSERT_EQ(0, send_number(busy.send, 1, MSGPORT_NONBLOCK));
	pending = start_errand((struct errand){ .right = busy.send, .size = NEARLY_ALL });
	ASSERT_TRUE(wait_for_senders(busy.receive, 1));
	group = new_group(&name, NULL);
	ASSERT_EQ(0, msgport_join(member.receive, name, 0));
	ASSERT_EQ(0, send_number(member.send, 1, MSGPORT_NONBLOCK));
	sender = start_sender(group, 2, 0);
	ASSERT_TRUE(wait_for_senders(member.receive, 1));
	direct = start_sender(member.send, 3, 0);
	ASSERT_TRUE(wait_for_senders(member.receive, 2));
	for (i = 0; i < LATER; i++)
		later[i] = new_member(name, 1, 0);
	EXPECT_EQ(1, receive_number(member.receive, 0));
	ASSERT_EQ(3, choose_number(member.receive, NULL, 0, in_ms(PATIENCE_MS), NULL));
	EXPECT_TRUE(child_runs(sender));
	end_child(pending);
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(0, child_status(direct));
	EXPECT_EQ(2, next_number(member.receive, NULL));
	for (i = 0; i < LATER; i++) {
		EXPECT_EQ(2, next_number(later[i], NULL));
		close(later[i]);
	}
	EXPECT_TRUE(port_balanced(member.receive));
	close(group);
	close_pair(&member);
	close_pair(&busy);
}

TEST(group_tells_who_polls_that_the_full_member_has_become_lossy)
{
	struct msgport_group_options options = { .stall = 30 * NS_PER_MS };
	struct epoll_event event = { .events = EPOLLOUT };
	int epoll = epoll_create1(EPOLL_CLOEXEC), group, full;
	const char *name;

	group = new_group(&name, &options);
	full = new_member(name, 1, 0);
	ASSERT_EQ(0, send_number(group, 1, 0));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, group, &event));
	ASSERT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	/* waits for as long as it takes */
	ASSERT_EQ(0, send_number(group, 2, 0));
	ASSERT_EQ(1, stat_of(full).missed);
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	close(epoll);
	close(group);
	close(full);
}

TEST_HARNESS_MAIN
