// SPDX-License-Identifier: GPL-2.0
/* set_remove: not from this port any more; what was taken stays taken. */
#include "kselftest_harness.h"
#include "sets.h"

FIXTURE(set_remove)
{
	struct set set;
	int set_fd;
};

FIXTURE_SETUP(set_remove)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_ACK;
	self->set = new_set(&options);
	self->set_fd = self->set.fd;
}

FIXTURE_TEARDOWN(set_remove)
{
	close_set(&self->set);
}

TEST_F(set_remove, messages_of_a_port_removed_stay_in_the_port)
{
	struct pair *port = &self->set.port[1];

	ASSERT_EQ(0, send_number(port->send, 1, 0));
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, port->receive));
	EXPECT_EQ(SET_PORTS - 1, stat_of(self->set_fd).ports);
	EXPECT_EQ(-1, take(self->set_fd).number);
	EXPECT_EQ(1, receive_number(port->receive, MSGPORT_NONBLOCK));
	ASSERT_EQ(0, send_number(port->send, 2, 0));
	EXPECT_EQ(-1, take(self->set_fd).number);
}

TEST_F(set_remove, set_remove_of_what_is_no_member_fails_with_enoent)
{
	int port = new_port(NULL);

	EXPECT_EQ(ENOENT, error_of(msgport_set_remove(self->set_fd, port)));
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, self->set.port[0].receive));
	EXPECT_EQ(ENOENT, error_of(msgport_set_remove(self->set_fd,
						      self->set.port[0].receive)));
	close(port);
}

TEST_F(set_remove, set_remove_of_what_is_no_receive_right_fails_with_ebadf)
{
	EXPECT_EQ(EBADF, error_of(msgport_set_remove(self->set_fd, self->set.port[0].send)));
	EXPECT_EQ(EBADF, error_of(msgport_set_remove(self->set_fd, self->set_fd)));
	EXPECT_EQ(EBADF, error_of(msgport_set_remove(self->set_fd, -1)));
}

TEST_F(set_remove, member_may_come_back_with_another_cookie)
{
	struct pair *port = &self->set.port[1];

	ASSERT_EQ(0, msgport_set_remove(self->set_fd, port->receive));
	ASSERT_EQ(0, send_number(port->send, 1, 0));
	ASSERT_EQ(0, msgport_set_add(self->set_fd, port->receive, 9));
	EXPECT_EQ(9, take(self->set_fd).cookie);
}

TEST_F(set_remove, what_was_taken_before_is_settled_on_the_set_and_on_the_right)
{
	struct pair *port = &self->set.port[1];
	struct taken first, second;

	ASSERT_EQ(0, send_number(port->send, 1, 0));
	ASSERT_EQ(0, send_number(port->send, 2, 0));
	first = take(self->set_fd);
	second = take(self->set_fd);
	ASSERT_EQ(2, second.number);
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, port->receive));
	EXPECT_EQ(2, stat_of(port->send).outstanding);
	EXPECT_EQ(0, msgport_ack(self->set_fd, first.token));
	EXPECT_EQ(0, msgport_ack(port->receive, second.token));
	EXPECT_EQ(2, stat_of(port->send).received);
}

TEST_F(set_remove, member_that_comes_back_knows_what_was_taken_before)
{
	struct pair *port = &self->set.port[1];
	struct taken taken;

	ASSERT_EQ(0, send_number(port->send, 1, 0));
	taken = take(self->set_fd);
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, port->receive));
	ASSERT_EQ(0, msgport_set_add(self->set_fd, port->receive, 9));
	ASSERT_EQ(0, send_number(port->send, 2, 0));
	EXPECT_EQ(9, take(self->set_fd).cookie);
	EXPECT_EQ(0, msgport_ack(self->set_fd, taken.token));
}

/*
 *	worker				test
 *	takes by the set, which is
 *	all it has
 *					removes the port from the set
 *	ends
 *					the message is back in the port
 */
TEST_F(set_remove, what_was_taken_before_comes_back_when_the_worker_ends)
{
	struct pair *port = &self->set.port[1];
	int told[2], go[2];
	pid_t worker;
	char byte = 0;

	ASSERT_EQ(0, pipe(told) | pipe(go));
	ASSERT_EQ(0, send_number(port->send, 1, 0));
	worker = start_child();
	if (!worker) {
		close(port->receive);
		byte = take(self->set_fd).number;
		_exit(write(told[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1);
	}
	ASSERT_EQ(1, read(told[0], &byte, 1));
	EXPECT_EQ(1, byte);
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, port->receive));
	EXPECT_EQ(1, stat_of(port->send).outstanding);
	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(0, child_status(worker));
	EXPECT_EQ(0, stat_of(port->send).outstanding);
	EXPECT_EQ(1, stat_of(port->send).queued);
	EXPECT_EQ(1, stat_of(port->send).redelivered);
}

/*
 *	receiver			test
 *	waits on the set
 *					removes all members but one
 *					sends to one that is removed
 *	waits on
 *					sends to the one
 *	has that
 */
TEST_F(set_remove, receiver_that_waits_hears_of_the_others_only)
{
	pid_t receiver = start_set_receiver(self->set_fd, 2);

	ASSERT_TRUE(wait_for_receivers(self->set_fd, 1));
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, self->set.port[0].receive));
	ASSERT_EQ(0, msgport_set_remove(self->set_fd, self->set.port[1].receive));
	ASSERT_EQ(0, send_number(self->set.port[0].send, 1, 0));
	EXPECT_EQ(1, stat_of(self->set.port[0].send).queued);
	ASSERT_EQ(0, send_number(self->set.port[2].send, 2, 0));
	EXPECT_EQ(0, child_status(receiver));
}

TEST_HARNESS_MAIN
