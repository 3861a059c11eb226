// SPDX-License-Identifier: GPL-2.0
/* max_bytes bounds what a port holds, whichever way it came there. */

#include "kselftest_harness.h"
#include "testlib.h"

#define MIB	(1024 * 1024)

/* A child that sends a message of so many bytes. */
static pid_t start_large_sender(int right, size_t size, uint64_t tag)
{
	struct msgport_message message = { .size = size, .tag = tag };
	pid_t pid = start_child();

	if (pid)
		return pid;
	message.data = calloc(1, size);
	_exit(error_of(msgport_send_message(right, &message, 0, MSGPORT_FOREVER)));
}

static int receive_tag(int right, uint64_t tag, void *buffer, size_t size)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = tag };
	struct msgport_message message = { .data = buffer, .size = size };

	return error_of(msgport_receive_message(right, &message, &filter,
						MSGPORT_NONBLOCK, 0));
}

/*
 *	senders			rendezvous		receiver, bad buffer
 *	offer 1 and 2   -->	1 is taken		copy fails
 *	sender 1 is done	1 is put back, accepted
 *				2 stays an offer: no bytes for it
 */
TEST(failed_receives_at_a_rendezvous_gather_no_more_than_max_bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_stat stat;
	struct pair port;
	pid_t one, two;
	void *buffer = calloc(1, MIB);

	options.flags = MSGPORT_RENDEZVOUS;
	options.max_size = MIB;
	port = new_pair(&options);
	one = start_large_sender(port.send, MIB, 1);
	two = start_large_sender(port.send, MIB, 2);
	ASSERT_TRUE(wait_for_senders(port.receive, 2));

	EXPECT_EQ(EFAULT, receive_tag(port.receive, 1, (void *)16, MIB));
	EXPECT_EQ(0, child_status(one));
	EXPECT_EQ(EAGAIN, receive_tag(port.receive, 2, (void *)16, MIB));
	ASSERT_EQ(0, msgport_stat(port.receive, &stat));
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(1, stat.waiting_senders);
	EXPECT_LE(stat.bytes, stat.max_bytes);

	EXPECT_EQ(0, receive_tag(port.receive, 1, buffer, MIB));
	EXPECT_EQ(0, receive_tag(port.receive, 2, buffer, MIB));
	EXPECT_EQ(0, child_status(two));
	free(buffer);
	close_pair(&port);
}

/* A failed receive has left a message of tag 1 in it that takes all its bytes. */
static struct pair rendezvous_without_bytes(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair port;
	pid_t sender;

	options.flags = MSGPORT_RENDEZVOUS;
	options.max_size = MIB;
	port = new_pair(&options);
	sender = start_large_sender(port.send, MIB, 1);
	if (!wait_for_senders(port.receive, 1) ||
	    receive_tag(port.receive, 1, (void *)16, MIB) != EFAULT || child_status(sender))
		give_up("a rendezvous without bytes");
	return port;
}

/* A receiver that found no bytes for the offer is told when there are some. */
TEST(receiver_waiting_at_a_rendezvous_gets_the_offer_when_bytes_return)
{
	struct pair port;
	pid_t two, receiver;
	void *buffer = calloc(1, MIB);

	port = rendezvous_without_bytes();
	two = start_large_sender(port.send, MIB, 2);
	ASSERT_TRUE(wait_for_senders(port.receive, 1));

	receiver = start_child();
	if (!receiver) {
		struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 2 };
		struct msgport_message message = { .data = buffer, .size = MIB };

		_exit(error_of(msgport_receive_message(port.receive, &message, &filter,
						       0, MSGPORT_FOREVER)));
	}
	ASSERT_TRUE(wait_for_receivers(port.receive, 1));
	EXPECT_EQ(0, receive_tag(port.receive, 1, buffer, MIB));
	EXPECT_EQ(0, child_status(receiver));
	EXPECT_EQ(0, child_status(two));
	free(buffer);
	close_pair(&port);
}

/* Nor does a message go straight to a receiver, if there are no bytes for it. */
TEST(send_to_a_receiver_waiting_at_a_rendezvous_over_max_bytes_fails_with_eagain)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_TAG, .tag = 2 };
	void *buffer = calloc(1, MIB);
	struct msgport_message message = { .data = buffer, .size = MIB, .tag = 2 };
	struct pair port;
	pid_t receiver;

	port = rendezvous_without_bytes();
	receiver = start_child();
	if (!receiver)
		_exit(error_of(msgport_receive_message(port.receive, &message, &filter,
						       0, MSGPORT_FOREVER)));
	ASSERT_TRUE(wait_for_receivers(port.receive, 1));
	EXPECT_EQ(EAGAIN, error_of(msgport_send_message(port.send, &message,
							MSGPORT_NONBLOCK, 0)));
	EXPECT_LE(stat_of(port.receive).bytes, stat_of(port.receive).max_bytes);
	EXPECT_EQ(0, receive_tag(port.receive, 1, buffer, MIB));
	EXPECT_EQ(0, msgport_send_message(port.send, &message, MSGPORT_NONBLOCK, 0));
	EXPECT_EQ(0, child_status(receiver));
	free(buffer);
	close_pair(&port);
}

static int create_reserving(uint64_t bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_bytes = bytes;
	return new_port(&options);
}

/* The large message that waits will be let into the empty port: paid for still. */
TEST(lowered_limits_leave_paid_what_a_waiting_message_will_take)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_SIZE | MSGPORT_SET_MAX_BYTES,
		.max_size = 1, .max_bytes = 256,
	};
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char *buffer = calloc(1, 8 * MIB);
	struct pair port;
	pid_t sender;
	int other;

	options.max_msgs = 1;
	options.max_size = 8 * MIB;
	port = new_pair(&options);
	ASSERT_EQ(0, msgport_send(port.send, "x", 1, 0));
	sender = start_large_sender(port.send, 8 * MIB, 0);
	ASSERT_TRUE(wait_for_senders(port.receive, 1));
	ASSERT_EQ(0, msgport_limits(port.receive, &limits));

	EXPECT_EQ(1, msgport_receive(port.receive, buffer, 8 * MIB, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(EDQUOT, error_of(create_reserving(250ULL * MIB)));
	other = create_reserving(247ULL * MIB);
	EXPECT_LE(0, other);
	EXPECT_EQ(8 * MIB, msgport_receive(port.receive, buffer, 8 * MIB, 0));
	close(other);
	free(buffer);
	close_pair(&port);
}

TEST_HARNESS_MAIN
