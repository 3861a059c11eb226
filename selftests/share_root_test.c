// SPDX-License-Identifier: GPL-2.0
/* uid_share: what one user may take of another's port.  Root, to be several. */
#include <fcntl.h>
#include <sys/socket.h>

#include "kselftest_harness.h"
#include "users.h"

#define ROOM	8
#define SHARE	3

FIXTURE(shared)
{
	int control, receive;
	const char *name;
};

FIXTURE_SETUP(shared)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.mode = 0666;
	options.max_msgs = ROOM;
	options.uid_share = SHARE;
	self->name = new_name("shared");
	self->control = msgport_open();
	self->receive = msgport_create(self->control, self->name, &options);
	ASSERT_GE(self->receive, 0);
}

FIXTURE_TEARDOWN(shared)
{
	close(self->receive);
	close(self->control);
}

static int connect_as(FIXTURE_DATA(shared) *self, uid_t uid)
{
	int right;

	if (seteuid(uid))
		give_up("seteuid");
	right = msgport_connect(self->control, self->name, 0);
	if (seteuid(0) || right < 0)
		give_up("connect");
	return right;
}

TEST_F(shared, another_user_may_have_only_its_share_in_transit)
{
	int right = connect_as(self, ALICE);

	EXPECT_EQ(SHARE, fill(right));
	EXPECT_EQ(0, receive_number(self->receive, 0));
	EXPECT_EQ(1, fill(right));
	EXPECT_EQ(0, close(right));
}

TEST_F(shared, share_is_half_of_the_port_unless_stated)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int right;

	options.mode = 0666;
	options.max_msgs = 10;
	ASSERT_EQ(0, close(self->receive));
	self->receive = msgport_create(self->control, self->name, &options);
	ASSERT_GE(self->receive, 0);
	right = connect_as(self, ALICE);
	EXPECT_EQ(5, fill(right));
	EXPECT_EQ(5, stat_of(right).uid_share);
	EXPECT_EQ(0, close(right));
}

TEST_F(shared, owner_of_the_port_may_fill_it)
{
	int right = connect_as(self, 0);

	EXPECT_EQ(ROOM, fill(right));
	EXPECT_EQ(0, close(right));
}

/*
 *	owner: all places, and one sender that waits ---.
 *	bob: came later -------------------------------+--> port
 *
 * The owner has no share to be short of: both wait for the port, by age.
 */
TEST_F(shared, owner_that_has_waited_longer_gets_room_before_another_user)
{
	int owner = connect_as(self, 0), bob = connect_as(self, BOB), i;
	pid_t first, second;

	ASSERT_EQ(ROOM, fill(owner));
	first = start_errand((struct errand){ .right = owner, .number = 100 });
	ASSERT_TRUE(wait_for_senders(self->receive, 1));
	second = start_errand((struct errand){ .right = bob, .number = 101 });
	ASSERT_TRUE(wait_for_senders(self->receive, 2));
	for (i = 0; i < ROOM; i++)
		EXPECT_EQ(i, receive_number(self->receive, 0));
	EXPECT_EQ(100, receive_number(self->receive, 0));
	EXPECT_EQ(101, receive_number(self->receive, 0));
	EXPECT_EQ(0, child_status(first));
	EXPECT_EQ(0, child_status(second));
	EXPECT_EQ(0, close(owner));
	EXPECT_EQ(0, close(bob));
}

TEST_F(shared, two_rights_of_one_user_have_one_share)
{
	int one = connect_as(self, ALICE), two = connect_as(self, ALICE);

	EXPECT_EQ(SHARE, fill(one));
	EXPECT_EQ(0, fill(two));
	EXPECT_EQ(0, close(one));
	/* what is in transit counts on */
	EXPECT_EQ(0, fill(two));
	EXPECT_EQ(0, close(two));
}

TEST_F(shared, share_bounds_bytes_in_the_same_proportion)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char data[8192];
	int right;

	/* a quarter of it has room for one large message, and for nothing else */
	options.mode = 0666;
	options.max_msgs = ROOM;
	options.uid_share = ROOM / 4;
	options.max_size = sizeof(data);
	options.max_bytes = 34000;
	ASSERT_EQ(0, close(self->receive));
	self->receive = msgport_create(self->control, self->name, &options);
	ASSERT_GE(self->receive, 0);
	right = connect_as(self, ALICE);
	EXPECT_EQ(0, msgport_send(right, data, sizeof(data), MSGPORT_NONBLOCK));
	EXPECT_EQ(EAGAIN, error_of(msgport_send(right, data, sizeof(data), MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, fill(right));
	EXPECT_EQ(0, close(right));
	right = connect_as(self, BOB);
	EXPECT_EQ(0, msgport_send(right, data, sizeof(data), MSGPORT_NONBLOCK));
	EXPECT_EQ(0, close(right));
}

/*
 *	alice: her share, and ten senders that wait for more ---.
 *	bob -----------------------------------------------------+--> port
 */
TEST_F(shared, flood_of_one_user_does_not_lock_another_out)
{
	int alice = connect_as(self, ALICE), bob = connect_as(self, BOB), i;
	pid_t senders[10];

	ASSERT_EQ(SHARE, fill(alice));
	for (i = 0; i < 10; i++)
		senders[i] = start_errand((struct errand){ .right = alice, .priority = 15 });
	ASSERT_TRUE(wait_for_senders(self->receive, 10));
	EXPECT_EQ(SHARE, fill(bob));
	EXPECT_EQ(2 * SHARE, stat_of(self->receive).queued);
	/* and the owner has what is left */
	EXPECT_EQ(0, close(alice));
	alice = connect_as(self, 0);
	EXPECT_EQ(ROOM - 2 * SHARE, fill(alice));
	EXPECT_EQ(0, close(alice));
	EXPECT_EQ(0, close(bob));
	for (i = 0; i < 10; i++)
		end_child(senders[i]);
}

TEST_F(shared, sender_waiting_at_its_share_goes_on_when_one_of_its_messages_ends)
{
	int alice = connect_as(self, ALICE), bob = connect_as(self, BOB);
	pid_t sender;

	ASSERT_EQ(1, fill(bob) - SHARE + 1);
	ASSERT_EQ(SHARE, fill(alice));
	sender = start_errand((struct errand){ .right = alice, .number = 50 });
	ASSERT_TRUE(wait_for_senders(self->receive, 1));
	/* those of bob come first, and are of no use to her */
	EXPECT_EQ(0, receive_number(self->receive, 0));
	EXPECT_EQ(1, receive_number(self->receive, 0));
	EXPECT_EQ(2, receive_number(self->receive, 0));
	EXPECT_TRUE(child_runs(sender));
	EXPECT_EQ(1, stat_of(self->receive).waiting_senders);
	EXPECT_EQ(0, receive_number(self->receive, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(0, close(alice));
	EXPECT_EQ(0, close(bob));
}

TEST_F(shared, raising_the_share_lets_waiting_senders_in)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_UID_SHARE,
		.uid_share = SHARE + 1,
	};
	int right = connect_as(self, ALICE);
	pid_t sender;

	ASSERT_EQ(SHARE, fill(right));
	sender = start_errand((struct errand){ .right = right });
	ASSERT_TRUE(wait_for_senders(self->receive, 1));
	EXPECT_EQ(0, msgport_limits(self->receive, &limits));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_EQ(0, fill(right));
	EXPECT_EQ(0, close(right));
}

TEST_F(shared, sender_waiting_at_its_share_when_the_port_dies_gets_epipe)
{
	int right = connect_as(self, ALICE);
	pid_t sender;

	ASSERT_EQ(SHARE, fill(right));
	sender = start_errand((struct errand){ .right = right });
	ASSERT_TRUE(wait_for_senders(self->receive, 1));
	ASSERT_EQ(0, close(self->receive));
	EXPECT_EQ(EPIPE, child_status(sender));
	EXPECT_EQ(0, close(right));
	self->receive = dup(0);
}

/* Sends the descriptor through a socket, and gives up its own. */
static void pass_on(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(socket, &header, 0) != 1)
		give_up("sendmsg");
	close(fd);
}

static int take_over(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(socket, &header, 0) != 1 || !CMSG_FIRSTHDR(&header))
		give_up("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(fd));
	return fd;
}

/* alice fills her share and hands her right to bob, who has none of it left. */
TEST_F(shared, share_travels_with_the_right)
{
	int sockets[2], right;
	pid_t alice, bob;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	alice = start_child();
	if (!alice) {
		become(ALICE, DEVICE_GID);
		right = msgport_connect(self->control, self->name, 0);
		if (fill(right) != SHARE)
			_exit(1);
		pass_on(sockets[0], right);
		_exit(0);
	}
	bob = start_child();
	if (!bob) {
		become(BOB, DEVICE_GID);
		right = take_over(sockets[1]);
		if (fill(right))
			_exit(1);
		_exit(fill(msgport_connect(self->control, self->name, 0)) == SHARE ? 0 : 2);
	}
	EXPECT_EQ(0, child_status(alice));
	EXPECT_EQ(0, child_status(bob));
	EXPECT_EQ(2 * SHARE, stat_of(self->receive).queued);
}

TEST_F(shared, right_that_the_owner_minted_counts_as_the_owners)
{
	int right = mint_plain(self->receive);
	pid_t alice = start_child();

	if (!alice) {
		become(ALICE, DEVICE_GID);
		_exit(fill(right) == ROOM ? 0 : 1);
	}
	EXPECT_EQ(0, child_status(alice));
	EXPECT_EQ(0, close(right));
}

static int connect_and_fill(void *argument)
{
	FIXTURE_DATA(shared) *self = argument;
	int right = msgport_connect(self->control, self->name, 0);

	return right < 0 ? 100 : fill(right);
}

/* In a namespace of hers, alice has ten uids: all of them are she. */
TEST_F(shared, mapped_users_of_a_user_namespace_share_what_its_owner_has)
{
	int sum = 0, mapped;

	for (mapped = 0; mapped < 4; mapped++)
		sum += run_mapped(ALICE, mapped, connect_and_fill, self);
	EXPECT_EQ(SHARE, sum);
	/* and so is she outside */
	EXPECT_EQ(0, fill(connect_as(self, ALICE)));
	EXPECT_EQ(SHARE, fill(connect_as(self, BOB)));
}

TEST_HARNESS_MAIN
