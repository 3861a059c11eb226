// SPDX-License-Identifier: GPL-2.0
/* Names and who may use them: owner, group, others, capabilities. */

#include "kselftest_harness.h"
#include "testlib.h"

/* The people of these tests. */
#define OWNER	2000		/* uid of who creates */
#define GROUP	2100		/* gid that the middle digit is for */
#define MEMBER	2200		/* uid of somebody in GROUP */
#define OTHER	2300		/* uid of somebody else */

FIXTURE(names)
{
	const char *name;
	int control;
	int port;
};

/* Effective ids only, so that root can come back. */
static void act_as(uid_t uid, gid_t gid)
{
	if (seteuid(0) || setgroups(1, &gid) || setegid(gid) || seteuid(uid))
		give_up("act_as");
}

static void act_as_root(void)
{
	act_as(0, 0);
}

static int create_by_owner(int control, const char *name, unsigned int mode)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int fd, error;

	options.mode = mode;
	act_as(OWNER, GROUP);
	fd = msgport_create(control, name, &options);
	error = errno;
	act_as_root();
	errno = error;
	return fd;
}

FIXTURE_SETUP(names)
{
	self->name = new_name("names");
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	self->port = create_by_owner(self->control, self->name, 0);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(names)
{
	act_as_root();
	close(self->port);
	close(self->control);
}

/* Connects as somebody; the errno. */
static int connect_as(uid_t uid, gid_t gid, int control, const char *name,
		      unsigned int flags)
{
	int fd, error;

	act_as(uid, gid);
	fd = msgport_connect(control, name, flags);
	error = error_of(fd);
	if (fd >= 0)
		close(fd);
	act_as_root();
	return error;
}

static int unlink_as(uid_t uid, gid_t gid, int control, const char *name)
{
	int error;

	act_as(uid, gid);
	error = error_of(msgport_unlink(control, name));
	act_as_root();
	return error;
}

TEST_F(names, port_is_its_owners_alone_by_default)
{
	EXPECT_EQ(0, connect_as(OWNER, OWNER, self->control, self->name, 0));
	EXPECT_EQ(EACCES, connect_as(MEMBER, GROUP, self->control, self->name, 0));
	EXPECT_EQ(EACCES, connect_as(OTHER, OTHER, self->control, self->name, 0));
	EXPECT_EQ(EACCES, connect_as(OTHER, OTHER, self->control, self->name,
				     MSGPORT_CONNECT_RECEIVE));
}

/*
 * Of the three digits the one for the caller decides, and only that one: an
 * owner that is not let in by his digit is not let in by the others'.
 */
TEST_F(names, mode_lets_in_whom_a_file_would)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		unsigned int shift;
	} people[] = {
		{ OWNER, OTHER, 6 }, { MEMBER, GROUP, 3 }, { OTHER, OTHER, 0 },
	};
	static const unsigned int modes[] = {
		0400, 0200, 0040, 0020, 0004, 0002, 0066, 0606, 0660, 0642, 0264, 0666,
	};
	unsigned int i, j, digit;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		const char *name = new_name("mode");
		int port = create_by_owner(self->control, name, modes[i]);

		ASSERT_LE(0, port);
		for (j = 0; j < ARRAY_SIZE(people); j++) {
			digit = modes[i] >> people[j].shift;
			EXPECT_EQ(digit & 2 ? 0 : EACCES,
				  connect_as(people[j].uid, people[j].gid,
					     self->control, name, 0))
				TH_LOG("mode %o, send, person %u", modes[i], j);
			EXPECT_EQ(digit & 4 ? 0 : EACCES,
				  connect_as(people[j].uid, people[j].gid,
					     self->control, name,
					     MSGPORT_CONNECT_RECEIVE))
				TH_LOG("mode %o, receive, person %u", modes[i], j);
		}
		close(port);
	}
}

TEST_F(names, mode_is_passed_by_cap_dac_override)
{
	EXPECT_EQ(0, error_of(close(msgport_connect(self->control, self->name, 0))));
	EXPECT_EQ(0, connect_as(0, 0, self->control, self->name,
				MSGPORT_CONNECT_RECEIVE));
}

TEST_F(names, group_given_at_create_is_the_one_let_in)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("group");
	int port;

	options.mode = 0620;
	options.gid = GROUP;
	EXPECT_EQ(0, setgroups(0, NULL));
	EXPECT_EQ(EPERM, error_of(msgport_create(self->control, name, &options)));
	act_as(OWNER, GROUP);
	port = msgport_create(self->control, name, &options);
	act_as_root();
	ASSERT_LE(0, port);
	EXPECT_EQ(0, connect_as(MEMBER, GROUP, self->control, name, 0));
	EXPECT_EQ(EACCES, connect_as(MEMBER, MEMBER, self->control, name, 0));
	close(port);
}

TEST_F(names, connect_by_another_user_carries_the_lower_priorities)
{
	const char *name = new_name("priority");
	int port = create_by_owner(self->control, name, 0622), right;

	ASSERT_LE(0, port);
	act_as(OTHER, OTHER);
	right = msgport_connect(self->control, name, 0);
	ASSERT_LE(0, right);
	EXPECT_EQ(15, stat_of(right).max_priority);
	EXPECT_EQ(0, send_urgent(right, 1, 15));
	EXPECT_EQ(EPERM, error_of(send_urgent(right, 2, 16)));
	close(right);
	act_as_root();
	close(port);
}

TEST_F(names, connect_expects_the_owner_even_of_who_may_pass_the_mode)
{
	int right = msgport_connect_owner(self->control, self->name, 0, OWNER);

	EXPECT_LE(0, right);
	close(right);
	EXPECT_EQ(EACCES, error_of(msgport_connect_owner(self->control, self->name,
							 0, 0)));
	EXPECT_EQ(EACCES, error_of(msgport_connect_owner(self->control, self->name,
							 0, OTHER)));
}

TEST_F(names, system_name_needs_cap_sys_admin)
{
	int port = msgport_create(self->control, "sys.names", NULL);

	EXPECT_LE(0, port);
	close(port);
	EXPECT_EQ(EPERM, error_of(create_by_owner(self->control, "sys.names", 0)));
}

TEST_F(names, unlink_is_for_the_owner_and_for_cap_sys_admin)
{
	const char *name = new_name("unlinked");
	int port = create_by_owner(self->control, name, 0666);

	ASSERT_LE(0, port);
	EXPECT_EQ(EPERM, unlink_as(OTHER, OTHER, self->control, name));
	EXPECT_EQ(EPERM, unlink_as(MEMBER, GROUP, self->control, name));
	EXPECT_EQ(0, unlink_as(OWNER, OTHER, self->control, name));
	EXPECT_EQ(ENOENT, unlink_as(OWNER, OTHER, self->control, name));
	EXPECT_EQ(0, unlink_as(0, 0, self->control, self->name));
	close(port);
}

/* Checked once, at connect: afterwards possession is authority. */
TEST_F(names, right_works_in_the_hands_of_whom_the_mode_would_refuse)
{
	int right = msgport_connect(self->control, self->name, 0);
	struct msgport_message message;

	ASSERT_LE(0, right);
	act_as(OTHER, OTHER);
	EXPECT_EQ(0, send_number(right, 5, 0));
	EXPECT_EQ(5, choose_number(self->port, NULL, MSGPORT_NONBLOCK, 0, &message));
	EXPECT_EQ(OTHER, message.stamp.uid);
	EXPECT_EQ(OTHER, message.stamp.gid);
	close(right);
}

/* Which of the ports the caller sees: bit i for ports[i]. */
static unsigned int visible(int control, const int *ports, unsigned int count)
{
	struct msgport_port_info info[4];
	unsigned int seen = 0, i;
	uint64_t after = 0;
	ssize_t n, j;

	while ((n = msgport_list(control, &after, info, 4)) > 0)
		for (j = 0; j < n; j++)
			for (i = 0; i < count; i++)
				if (info[j].id == stat_of(ports[i]).port)
					seen |= 1U << i;
	return seen;
}

TEST_F(names, list_shows_what_one_owns_or_may_connect_to)
{
	int ports[] = {
		create_by_owner(self->control, new_name("list"), 0600),
		create_by_owner(self->control, new_name("list"), 0640),
		create_by_owner(self->control, new_name("list"), 0602),
		create_by_owner(self->control, NULL, 0666),
	};

	act_as(OWNER, OWNER);
	EXPECT_EQ(0xf, visible(self->control, ports, 4));
	act_as(MEMBER, GROUP);
	EXPECT_EQ(0x2, visible(self->control, ports, 4));
	act_as(OTHER, OTHER);
	EXPECT_EQ(0x4, visible(self->control, ports, 4));
	act_as_root();
	EXPECT_EQ(0x7, visible(self->control, ports, 4));
	close(ports[0]);
	close(ports[1]);
	close(ports[2]);
	close(ports[3]);
}

TEST_HARNESS_MAIN
