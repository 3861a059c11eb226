// SPDX-License-Identifier: GPL-2.0
/* A group of a thousand, and one payload for all.  Root, for so many descriptors. */
#include <sys/resource.h>

#include "groups.h"
#include "kselftest_harness.h"

#define MEMBERS		1000

static void allow_descriptors(unsigned int count)
{
	struct rlimit limit = { .rlim_cur = count, .rlim_max = count };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		give_up("setrlimit");
}

TEST(group_of_a_thousand_delivers_to_each)
{
	struct msgport_group_options options = { .max_members = MEMBERS };
	static int member[MEMBERS];
	const char *name;
	unsigned int i;
	int group;

	allow_descriptors(MEMBERS + 100);
	group = new_group(&name, &options);
	for (i = 0; i < MEMBERS; i++)
		member[i] = new_member(name, 2, 0);
	EXPECT_EQ(MEMBERS, stat_of(group).ports);
	ASSERT_EQ(0, send_number(group, 1, 0));
	ASSERT_EQ(0, send_number(group, 2, 0));
	EXPECT_EQ(EAGAIN, error_of(send_number(group, 3, MSGPORT_NONBLOCK)));
	for (i = 0; i < MEMBERS; i++) {
		ASSERT_EQ(1, next_number(member[i], NULL));
		ASSERT_EQ(1, stat_of(member[i]).queued);
	}
	/* some close with what is there, some leave, the others end with the group */
	for (i = 0; i < MEMBERS; i++) {
		if (i % 3 == 0)
			close(member[i]);
		if (i % 3 == 1) {
			ASSERT_EQ(0, msgport_leave(member[i], name));
		}
	}
	close(group);
	for (i = 0; i < MEMBERS; i++) {
		if (i % 3 == 0)
			continue;
		ASSERT_EQ(2, next_number(member[i], NULL));
		ASSERT_EQ(0, stat_of(member[i]).senders);
		close(member[i]);
	}
}

TEST(large_payload_is_held_once_for_all_members)
{
	static char bytes[1 << 20];
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name;
	int group = new_group(&name, NULL), member[16];
	unsigned int i;
	long before;

	options.max_size = sizeof(bytes);
	options.max_msgs = 1;
	for (i = 0; i < 16; i++) {
		member[i] = new_port(&options);
		ASSERT_EQ(0, msgport_join(member[i], name, 0));
	}
	before = sysconf(_SC_AVPHYS_PAGES);
	ASSERT_EQ(0, msgport_send(group, bytes, sizeof(bytes), 0));
	/* in pages of memory: 256 once, and not 4,096 */
	EXPECT_GT(1000, before - sysconf(_SC_AVPHYS_PAGES));
	for (i = 0; i < 16; i++) {
		EXPECT_EQ(sizeof(bytes), msgport_receive(member[i], bytes, sizeof(bytes), 0));
		close(member[i]);
	}
	close(group);
}

TEST_HARNESS_MAIN
