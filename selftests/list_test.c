// SPDX-License-Identifier: GPL-2.0
/* list: the ports that one may see, a page a call. */

#include "kselftest_harness.h"
#include "taken.h"

/* The line of one port, found among all; false if it is not there. */
static bool find_port(int control, uint64_t id, struct msgport_port_info *found)
{
	struct msgport_port_info info[8];
	uint64_t after = 0;
	ssize_t n, i;

	while ((n = msgport_list(control, &after, info, 8)) > 0) {
		for (i = 0; i < n; i++) {
			if (info[i].id == id) {
				*found = info[i];
				return true;
			}
		}
	}
	return false;
}

FIXTURE(list)
{
	int control;
};

FIXTURE_SETUP(list)
{
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
}

FIXTURE_TEARDOWN(list)
{
	close(self->control);
}

TEST_F(list, list_shows_everything_of_a_port)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("list");
	struct msgport_port_info info;
	int port, right, second;
	pid_t sender;

	options.mode = 0640;
	options.max_msgs = 2;
	options.max_bytes = 100000;
	port = msgport_create(self->control, name, &options);
	ASSERT_LE(0, port);
	second = msgport_reopen(port);
	right = msgport_connect(self->control, name, 0);
	ASSERT_LE(0, right);
	ASSERT_EQ(2, fill(right));
	sender = start_sender(right, 1, 0);
	ASSERT_TRUE(wait_for_senders(port, 1));

	ASSERT_TRUE(find_port(self->control, stat_of(port).port, &info));
	EXPECT_EQ(100000, info.max_bytes);
	EXPECT_EQ(384, info.bytes);
	EXPECT_EQ(2, info.max_msgs);
	EXPECT_EQ(2, info.queued);
	EXPECT_EQ(geteuid(), info.uid);
	EXPECT_EQ(getegid(), info.gid);
	EXPECT_EQ(0640, info.mode);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(2, info.receivers);
	EXPECT_EQ(1, info.senders);
	EXPECT_EQ(1, info.waiting_senders);
	EXPECT_EQ(0, info.waiting_receivers);
	EXPECT_EQ(strlen(name), info.name_len);
	EXPECT_STREQ(name, (char *)info.name);
	EXPECT_EQ(0, info.sets);
	end_child(sender);
	close(second);
	close(right);
	close(port);
}

TEST_F(list, list_shows_a_receive_that_waits)
{
	struct pair pair = new_pair(NULL);
	pid_t receiver = start_receiver(pair.receive, 1);
	struct msgport_port_info info;

	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	ASSERT_TRUE(find_port(self->control, stat_of(pair.receive).port, &info));
	EXPECT_EQ(1, info.waiting_receivers);
	end_child(receiver);
	close_pair(&pair);
}

/* What is outstanding is in no queue; an answer that has arrived is in one. */
TEST_F(list, list_counts_as_queued_what_can_be_received)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_due due = { .cookie = 1 };
	struct msgport_message question = { .due = &due };
	struct msgport_port_info info;
	struct pair pair;
	uint64_t token;

	options.flags = MSGPORT_ACK;
	pair = new_pair(&options);
	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	ASSERT_EQ(0, send_number(pair.send, 2, 0));
	ASSERT_EQ(1, take_number(pair.receive, &token));
	ASSERT_TRUE(find_port(self->control, stat_of(pair.receive).port, &info));
	EXPECT_EQ(1, info.queued);
	EXPECT_EQ(384, info.bytes);

	ASSERT_EQ(2, take_number(pair.receive, &token));
	due.receive_right = pair.receive;
	question.ttl = 1;
	ASSERT_EQ(0, msgport_send_message(pair.send, &question, 0, MSGPORT_FOREVER));
	/* it comes back where it went to */
	ASSERT_EQ(1, stat_of(pair.receive).returned);
	ASSERT_TRUE(find_port(self->control, stat_of(pair.receive).port, &info));
	EXPECT_EQ(1, info.queued);
	close_pair(&pair);
}

TEST_F(list, list_shows_the_callers_own_port_without_a_name)
{
	int port = new_port(NULL);
	struct msgport_port_info info;

	ASSERT_TRUE(find_port(self->control, stat_of(port).port, &info));
	EXPECT_EQ(0, info.name_len);
	EXPECT_EQ(0, info.name[0]);
	EXPECT_EQ(0600, info.mode);
	close(port);
}

TEST_F(list, list_drops_the_name_with_unlink_and_the_port_with_its_death)
{
	const char *name = new_name("list");
	int port = msgport_create(self->control, name, NULL);
	int right = msgport_connect(self->control, name, 0);
	struct msgport_port_info info;
	uint64_t id = stat_of(port).port;

	ASSERT_LE(0, port);
	ASSERT_EQ(0, msgport_unlink(self->control, name));
	ASSERT_TRUE(find_port(self->control, id, &info));
	EXPECT_EQ(0, info.name_len);
	close(port);
	EXPECT_EQ(1, stat_of(right).dead);
	EXPECT_FALSE(find_port(self->control, id, &info));
	close(right);
}

TEST_F(list, list_gives_names_back_byte_for_byte)
{
	static const char *const names[] = {
		"a/b", "..", " ", "\n\t\x01", "\xff\xfe\x80\xc0", "n\xc3\xa4me",
		"123456789012345678901234567890123456789012345678901234567890123",
	};
	struct msgport_port_info info;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		int port = msgport_create(self->control, names[i], NULL);

		ASSERT_LE(0, port);
		ASSERT_TRUE(find_port(self->control, stat_of(port).port, &info));
		ASSERT_EQ(strlen(names[i]), info.name_len);
		EXPECT_EQ(0, memcmp(names[i], info.name, info.name_len));
		for (j = info.name_len; j < sizeof(info.name); j++) {
			EXPECT_EQ(0, info.name[j]);
		}
		close(port);
	}
}

TEST_F(list, list_goes_through_all_ports_in_pages)
{
	struct msgport_port_info info[3];
	uint64_t after, last, ids[10];
	int ports[10], seen[10] = { 0 };
	ssize_t n, i, j;

	for (i = 0; i < 10; i++) {
		ports[i] = new_port(NULL);
		ASSERT_LE(0, ports[i]);
		ids[i] = stat_of(ports[i]).port;
	}
	after = ids[0] - 1;
	last = after;
	while ((n = msgport_list(self->control, &after, info, 3)) > 0) {
		ASSERT_GE(3, n);
		for (i = 0; i < n; i++) {
			EXPECT_LT(last, info[i].id);
			last = info[i].id;
			for (j = 0; j < 10; j++)
				seen[j] += ids[j] == last;
		}
		EXPECT_LE(last, after);
	}
	EXPECT_EQ(0, n);
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(1, seen[i]);
		close(ports[i]);
	}
}

TEST_F(list, list_begins_behind_the_id_given)
{
	int one = new_port(NULL), two = new_port(NULL);
	uint64_t after = stat_of(one).port;
	struct msgport_port_info info;

	ASSERT_EQ(1, msgport_list(self->control, &after, &info, 1));
	EXPECT_EQ(stat_of(two).port, info.id);
	EXPECT_EQ(0, msgport_list(self->control, &after, &info, 1));
	after = UINT64_MAX;
	EXPECT_EQ(0, msgport_list(self->control, &after, &info, 1));
	close(one);
	close(two);
}

TEST_F(list, list_of_no_elements_gives_0)
{
	int port = new_port(NULL);
	uint64_t after = 0;

	EXPECT_EQ(0, msgport_list(self->control, &after, NULL, 0));
	close(port);
}

TEST_F(list, list_clears_what_larger_elements_have_more)
{
	struct {
		struct msgport_port_info known;
		uint64_t more[3];
	} info[2];
	int one = new_port(NULL), two = new_port(NULL);
	struct msgport_list argument = {
		.after = stat_of(one).port - 1,
		.ports = address_of(info),
		.count = 2,
		.element_size = sizeof(info[0]),
	};
	int i, j;

	memset(info, 0xff, sizeof(info));
	ASSERT_EQ(2, raw_list(self->control, &argument));
	EXPECT_EQ(stat_of(one).port, info[0].known.id);
	EXPECT_EQ(stat_of(two).port, info[1].known.id);
	for (i = 0; i < 2; i++)
		for (j = 0; j < 3; j++) {
			EXPECT_EQ(0, info[i].more[j]);
		}
	close(one);
	close(two);
}

TEST_F(list, list_with_bad_arguments_fails_with_their_errno)
{
	struct msgport_port_info info[2];
	int one = new_port(NULL), two = new_port(NULL);
	struct msgport_list good = {
		.after = stat_of(one).port - 1,
		.ports = address_of(info),
		.count = 2,
		.element_size = sizeof(info[0]),
	}, argument;

	argument = good;
	argument.flags = MSGPORT_LIST_GROUPS << 1;
	EXPECT_EQ(EINVAL, error_of(raw_list(self->control, &argument)));
	argument = good;
	argument.element_size--;
	EXPECT_EQ(EINVAL, error_of(raw_list(self->control, &argument)));
	argument = good;
	argument.ports = address_of(bytes_before_hole(sizeof(info) - 1));
	EXPECT_EQ(EFAULT, error_of(raw_list(self->control, &argument)));
	EXPECT_EQ(good.after, argument.after);
	argument = good;
	EXPECT_EQ(EBADF, error_of(raw_list(one, &argument)));
	close(one);
	close(two);
}

TEST_HARNESS_MAIN
