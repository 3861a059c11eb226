// SPDX-License-Identifier: GPL-2.0
/* Quotas: whose they are, who passes them, and how they are moved.  Root. */
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "users.h"

#define PARAMETERS	"/sys/module/msgport/parameters/"
#define MIB		(1ULL << 20)
#define MAX_PORTS	1024
#define MAX_BYTES	(256 * MIB)
#define MAX_KEPT	16

static int port_of_bytes(int control, uint64_t bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 1;
	options.max_size = 64;
	options.max_bytes = bytes;
	return msgport_create(control, NULL, &options);
}

static int new_port_of_bytes(uint64_t bytes)
{
	return port_of_bytes(MSGPORT_DEFAULT, bytes);
}

/* In a child, as a user: what a function says. */
static int run_as(uid_t uid, int (*function)(void *), void *argument)
{
	pid_t pid = start_child();

	if (!pid) {
		become(uid, DEVICE_GID);
		_exit(function(argument));
	}
	return child_status(pid);
}

/* A parameter of the module that is put back when the test ends. */
FIXTURE(parameter)
{
	char path[128];
	char before[32];
};

FIXTURE_SETUP(parameter)
{
}

FIXTURE_TEARDOWN(parameter)
{
	if (self->before[0])
		write_file(self->path, self->before);
}

static void set_parameter(FIXTURE_DATA(parameter) *self, const char *name,
			  const char *value)
{
	int fd;

	snprintf(self->path, sizeof(self->path), PARAMETERS "%s", name);
	fd = open(self->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (!self->before[0] &&
		       read(fd, self->before, sizeof(self->before) - 1) < 1))
		give_up(self->path);
	close(fd);
	write_file(self->path, value);
}

TEST(cap_sys_resource_passes_the_quota_of_ports)
{
	struct rlimit limit = { 4096, 4096 };
	int i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < MAX_PORTS + 10; i++)
		ASSERT_GE(new_port_of_bytes(4096), 0);
}

TEST(cap_sys_resource_passes_the_quota_of_bytes)
{
	int first = new_port_of_bytes(MAX_BYTES), second = new_port_of_bytes(MAX_BYTES);

	EXPECT_GE(first, 0);
	EXPECT_GE(second, 0);
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

TEST(cap_sys_resource_passes_the_quota_of_kept_ports)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char name[MSGPORT_NAME_MAX + 1];
	int rights[MAX_KEPT + 2], i;

	options.flags = MSGPORT_KEEP;
	for (i = 0; i < MAX_KEPT + 2; i++) {
		snprintf(name, sizeof(name), "kept.%d.%d", getpid(), i);
		rights[i] = msgport_create(MSGPORT_DEFAULT, name, &options);
		EXPECT_GE(rights[i], 0);
		EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	}
	for (i = 0; i < MAX_KEPT + 2; i++)
		EXPECT_EQ(0, close(rights[i]));
}

static int make_three(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < 3; i++)
		if (new_port_of_bytes(4096) < 0)
			return 100 + i;
	return error_of(new_port_of_bytes(4096));
}

TEST_F(parameter, lowered_quota_of_ports_holds_at_once)
{
	set_parameter(self, "max_ports", "3");
	EXPECT_EQ(EDQUOT, run_as(ALICE, make_three, NULL));
	EXPECT_EQ(0, make_three(NULL));
}

static int mint_three(void *unused)
{
	int receive = new_port_of_bytes(4096), i;

	(void)unused;
	for (i = 0; i < 3; i++)
		if (mint_plain(receive) < 0)
			return 100 + i;
	return error_of(mint_plain(receive));
}

TEST_F(parameter, lowered_quota_of_rights_holds_at_once)
{
	set_parameter(self, "max_rights", "4");
	EXPECT_EQ(EDQUOT, run_as(ALICE, mint_three, NULL));
	EXPECT_EQ(0, mint_three(NULL));
}

static int connect_one(void *name)
{
	int right = msgport_connect(MSGPORT_DEFAULT, name, 0);

	return error_of(right < 0 ? -1 : msgport_connect(MSGPORT_DEFAULT, name, 0));
}

/* Who connects pays for the right, not who made the port. */
TEST_F(parameter, right_counts_against_who_connects)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("quota");
	int receive;

	options.mode = 0666;
	receive = msgport_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_GE(receive, 0);
	set_parameter(self, "max_rights", "1");
	EXPECT_EQ(EDQUOT, run_as(ALICE, connect_one, (void *)name));
	set_parameter(self, "max_rights", "2");
	EXPECT_EQ(0, run_as(ALICE, connect_one, (void *)name));
	EXPECT_EQ(0, close(receive));
}

/* With a descriptor, for those whom the device would not let in. */
struct reservation {
	int control;
	uint64_t bytes;
};

static int reserve(void *argument)
{
	struct reservation *r = argument;

	return error_of(port_of_bytes(r->control, r->bytes));
}

/* A child of a user that holds so much until it is ended. */
static pid_t start_holder(uid_t uid, uint64_t bytes)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready))
		give_up("pipe");
	pid = start_child();
	if (!pid) {
		become(uid, DEVICE_GID);
		if (new_port_of_bytes(bytes) >= 0 && write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		give_up("holder");
	close(ready[0]);
	return pid;
}

TEST(quota_of_one_user_is_not_touched_by_another)
{
	pid_t alice = start_holder(ALICE, MAX_BYTES);
	struct reservation all = { MSGPORT_DEFAULT, MAX_BYTES };

	EXPECT_EQ(EDQUOT, run_as(ALICE, reserve, &all));
	EXPECT_EQ(0, run_as(BOB, reserve, &all));
	end_child(alice);
	EXPECT_EQ(0, run_as(ALICE, reserve, &all));
}

/* Whoever one is in one's own namespace, root included. */
TEST(mapped_users_of_a_user_namespace_have_the_quota_of_its_owner)
{
	pid_t alice = start_holder(ALICE, MAX_BYTES - MIB);
	struct reservation some = { msgport_open(), 2 * MIB };
	uid_t mapped;

	for (mapped = 0; mapped < 3; mapped++)
		EXPECT_EQ(EDQUOT, run_mapped(ALICE, mapped, reserve, &some));
	EXPECT_EQ(0, run_mapped(BOB, 0, reserve, &some));
	some.bytes = MIB;
	EXPECT_EQ(0, run_mapped(ALICE, 1, reserve, &some));
	end_child(alice);
	EXPECT_EQ(0, close(some.control));
}

TEST(raising_limits_of_anothers_port_fails_with_eperm)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 2 };
	int receive = new_port_of_bytes(4096);
	pid_t alice = start_child();

	if (!alice) {
		become(ALICE, DEVICE_GID);
		_exit(error_of(msgport_limits(receive, &limits)));
	}
	EXPECT_EQ(EPERM, child_status(alice));
	EXPECT_EQ(1, stat_of(receive).max_msgs);
	EXPECT_EQ(0, close(receive));
}

static int reserve_in_a_namespace_of_ones_own(void *argument)
{
	if (unshare(CLONE_NEWUSER))
		give_up("unshare");
	return reserve(argument);
}

/* The outermost counts: a mapped user is the owner of the inner one. */
TEST(namespace_within_a_namespace_has_the_quota_of_the_outer_owner)
{
	pid_t alice = start_holder(ALICE, MAX_BYTES - MIB);
	struct reservation some = { msgport_open(), 2 * MIB };

	EXPECT_EQ(EDQUOT, run_mapped(ALICE, 1, reserve_in_a_namespace_of_ones_own, &some));
	EXPECT_EQ(0, run_mapped(BOB, 1, reserve_in_a_namespace_of_ones_own, &some));
	end_child(alice);
	EXPECT_EQ(0, close(some.control));
}

TEST_HARNESS_MAIN
