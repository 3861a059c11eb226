// SPDX-License-Identifier: GPL-2.0
/* Every priority through one right, by several processes in turns. */
#include "kselftest_harness.h"
#include "testlib.h"

#define PRIORITIES	(MSGPORT_PRIORITY_MAX + 1)
#define ROUNDS		4
#define ROOM		(PRIORITIES * ROUNDS)

/* Sends what it is told to, one at a time: a byte is the message's number. */
struct helper {
	pid_t pid;
	int orders, done;
};

/* From the number alone: spread over all, and none twice in a round. */
static unsigned int priority_of(unsigned int number)
{
	return number * 13 % PRIORITIES;
}

static void serve(int right, int orders, int done)
{
	unsigned char number;

	while (read(orders, &number, 1) == 1)
		if (send_urgent(right, number, priority_of(number)) ||
		    write(done, &number, 1) != 1)
			_exit(1);
	_exit(0);
}

static struct helper start_helper(int right)
{
	int orders[2], done[2];
	struct helper helper;

	if (pipe(orders) || pipe(done))
		give_up("pipe");
	helper.pid = start_child();
	if (!helper.pid) {
		close(orders[1]);
		close(done[0]);
		serve(right, orders[0], done[1]);
	}
	close(orders[0]);
	close(done[1]);
	helper.orders = orders[1];
	helper.done = done[0];
	return helper;
}

static bool let_send(struct helper *helper, unsigned char number)
{
	return write(helper->orders, &number, 1) == 1 &&
	       read(helper->done, &number, 1) == 1;
}

/* Best first; of one priority the oldest first. */
static bool takes_all_in_order(int receive, unsigned int count)
{
	int64_t before = receive_number(receive, MSGPORT_NONBLOCK), number;

	while (--count) {
		number = receive_number(receive, MSGPORT_NONBLOCK);
		if (number < 0 || priority_of(number) > priority_of(before) ||
		    (priority_of(number) == priority_of(before) && number < before))
			return false;
		before = number;
	}
	return receive_number(receive, MSGPORT_NONBLOCK) == -1 && errno == EAGAIN;
}

TEST(priorities_of_two_processes_through_one_right_keep_their_order)
{
	struct pair port = new_pair_for(ROOM);
	struct helper helpers[2];
	unsigned int i;

	helpers[0] = start_helper(port.send);
	helpers[1] = start_helper(port.send);
	for (i = 0; i < ROOM; i++)
		ASSERT_TRUE(let_send(&helpers[i % 2], i));
	EXPECT_TRUE(takes_all_in_order(port.receive, ROOM));
	end_child(helpers[0].pid);
	end_child(helpers[1].pid);
	close_pair(&port);
}

/*
 *	first:   13
 *	second:         0, 26
 */
TEST(process_that_began_with_the_lowest_priority_goes_on_with_higher_ones)
{
	struct pair port = new_pair_for(ROOM);
	struct helper first = start_helper(port.send), second = start_helper(port.send);

	ASSERT_TRUE(let_send(&first, 1));
	ASSERT_TRUE(let_send(&second, 0));
	ASSERT_TRUE(let_send(&second, 2));
	EXPECT_EQ(2, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, receive_number(port.receive, MSGPORT_NONBLOCK));
	end_child(first.pid);
	end_child(second.pid);
	close_pair(&port);
}

TEST_HARNESS_MAIN
