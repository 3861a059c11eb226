// SPDX-License-Identifier: GPL-2.0
/* Verbs that settle, answer and grant, sets and groups, as commands of io_uring. */

#include "groups.h"
#include "kselftest_harness.h"
#include "ring.h"
#include "taken.h"

FIXTURE(uring_settle)
{
	struct pair port;	/* acknowledging, with room for two */
	struct ring ring;
	bool open;
	uint64_t number;
	uint64_t token;
};

FIXTURE_SETUP(uring_settle)
{
	struct msgport_version version;
	int error = ring_open(&self->ring);

	if (error == ENOSYS || error == EPERM)
		SKIP(return, "io_uring_setup: %s", strerror(error));
	ASSERT_EQ(0, error);
	self->open = true;
	self->port = new_ack_pair(2);
	ASSERT_EQ(0, msgport_version(self->port.send, &version));
	if (!(version.features & MSGPORT_FEATURE_URING))
		SKIP(return, "this kernel has no commands of io_uring");
}

FIXTURE_TEARDOWN(uring_settle)
{
	if (!self->open)
		return;
	EXPECT_TRUE(port_balanced(self->port.receive));
	ring_close(&self->ring);
	close_pair(&self->port);
}

/* What the verb comes to. */
static int run(struct ring *ring, int fd, unsigned int verb, const void *argument)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_URING_CMD, .fd = fd, .user_data = 1,
		.cmd_op = verb, .addr3 = address_of(argument),
	};

	ring_submit(ring, &request);
	return ring_wait(ring, 1);
}

TEST_F(uring_settle, ack_by_command_settles_once)
{
	struct msgport_ack ack = { .size = sizeof(ack) };

	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	ASSERT_EQ(5, take_number(self->port.receive, &self->token));
	EXPECT_EQ(1, stat_of(self->port.receive).outstanding);
	ack.token = self->token;
	EXPECT_EQ(0, run(&self->ring, self->port.receive, MSGPORT_IOC_ACK, &ack));
	EXPECT_EQ(0, stat_of(self->port.receive).outstanding);
	EXPECT_EQ(1, stat_of(self->port.receive).received);
	EXPECT_EQ(-ESRCH, run(&self->ring, self->port.receive, MSGPORT_IOC_ACK, &ack));
}

TEST_F(uring_settle, release_by_command_gives_it_back)
{
	struct msgport_release release = { .size = sizeof(release) };

	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	ASSERT_EQ(5, take_number(self->port.receive, &self->token));
	release.token = self->token;
	EXPECT_EQ(0, run(&self->ring, self->port.receive, MSGPORT_IOC_RELEASE, &release));
	EXPECT_EQ(0, stat_of(self->port.receive).outstanding);
	EXPECT_EQ(5, take_number(self->port.receive, &self->token));
	EXPECT_EQ(0, msgport_ack(self->port.receive, self->token));
}

TEST_F(uring_settle, reply_by_command_arrives_once)
{
	struct msgport_reply reply = { .size = sizeof(reply) };
	int home = new_port(NULL);
	uint64_t answer = 42;

	ASSERT_EQ(0, ask(self->port.send, 5, home, 77, 8));
	ASSERT_EQ(5, take_number(self->port.receive, &self->token));
	reply.token = self->token;
	reply.answer.data = address_of(&answer);
	reply.answer.data_size = 9;
	EXPECT_EQ(-EMSGSIZE, run(&self->ring, self->port.receive, MSGPORT_IOC_REPLY, &reply));
	EXPECT_EQ(8, reply.answer.answer_size);
	reply.answer.answer_size = 0;
	reply.answer.data_size = 8;
	EXPECT_EQ(0, run(&self->ring, self->port.receive, MSGPORT_IOC_REPLY, &reply));
	EXPECT_EQ(42, receive_number(home, MSGPORT_NONBLOCK));
	EXPECT_EQ(-ESRCH, run(&self->ring, self->port.receive, MSGPORT_IOC_REPLY, &reply));
	close(home);
}

TEST_F(uring_settle, grant_by_command_gives_credit)
{
	struct msgport_grant grant = { .size = sizeof(grant), .credits = 1 };
	int right = msgport_mint(self->port.receive, 0, 0, 0, MSGPORT_MINT_MANUAL);

	ASSERT_LE(0, right);
	grant.source = stat_of(right).source;
	EXPECT_EQ(-1, send_number(right, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(0, run(&self->ring, self->port.receive, MSGPORT_IOC_GRANT, &grant));
	EXPECT_EQ(0, send_number(right, 5, MSGPORT_NONBLOCK));
	EXPECT_EQ(-1, send_number(right, 6, MSGPORT_NONBLOCK));
	EXPECT_EQ(5, take_number(self->port.receive, &self->token));
	EXPECT_EQ(0, msgport_ack(self->port.receive, self->token));
	close(right);
}

TEST_F(uring_settle, cancel_by_command_of_what_was_never_asked_fails_with_esrch)
{
	struct msgport_cancel cancel = { .size = sizeof(cancel), .id = 1 };

	EXPECT_EQ(-ESRCH, run(&self->ring, self->port.send, MSGPORT_IOC_CANCEL, &cancel));
}

TEST_F(uring_settle, receive_by_command_from_a_set_tells_the_members_cookie)
{
	struct msgport_receive receive = {
		.size = sizeof(receive), .deadline = MSGPORT_FOREVER,
		.message = { .data = address_of(&self->number), .data_size = 8 },
	};
	struct pair member = new_pair(NULL);
	int set = msgport_set_create(MSGPORT_DEFAULT);

	ASSERT_LE(0, set);
	ASSERT_EQ(0, msgport_set_add(set, member.receive, 101));
	ASSERT_EQ(0, send_number(member.send, 9, 0));
	EXPECT_EQ(0, run(&self->ring, set, MSGPORT_IOC_RECEIVE, &receive));
	EXPECT_EQ(9, self->number);
	EXPECT_EQ(101, receive.message.cookie);
	close(set);
	close_pair(&member);
}

TEST_F(uring_settle, send_by_command_to_a_group_reaches_every_member)
{
	struct msgport_send send = {
		.size = sizeof(send), .deadline = MSGPORT_FOREVER,
		.message = { .data = address_of(&self->number), .data_size = 8 },
	};
	const char *name;
	int group = new_group(&name, NULL), members[2], i;

	self->number = 9;
	for (i = 0; i < 2; i++)
		members[i] = new_member(name, 4, 0);
	EXPECT_EQ(0, run(&self->ring, group, MSGPORT_IOC_SEND, &send));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(9, next_number(members[i], NULL));
		close(members[i]);
	}
	close(group);
}

TEST_HARNESS_MAIN
