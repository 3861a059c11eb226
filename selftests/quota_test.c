// SPDX-License-Identifier: GPL-2.0
/* What a user may have of everything, with the default parameters. */
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "errand.h"

#define MAX_PORTS	1024
#define MAX_RIGHTS	16384
#define MAX_KEPT	16
#define MIB		(1ULL << 20)
#define MAX_BYTES	(256 * MIB)
#define SMALL_PORT_BYTES	4096

/* As many descriptors as this user can have; returns how many. */
static unsigned int raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		give_up("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		give_up("setrlimit");
	return limit.rlim_cur;
}

/* A port that takes next to nothing of the bytes. */
static int new_small_port(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = 1;
	options.max_size = 64;
	options.max_bytes = SMALL_PORT_BYTES;
	return new_port(&options);
}

static int new_port_of_bytes(uint64_t bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_bytes = bytes;
	return new_port(&options);
}

/* Makes small ports until that fails; returns how many, and the last one. */
static unsigned int make_ports(int *last)
{
	unsigned int count = 0;
	int port;

	while ((port = new_small_port()) >= 0) {
		*last = port;
		count++;
	}
	return count;
}

TEST(port_over_the_users_1024_fails_with_edquot)
{
	int last = -1;

	ASSERT_GT(raise_descriptor_limit(), MAX_PORTS + 16);
	EXPECT_EQ(MAX_PORTS, make_ports(&last));
	EXPECT_EQ(EDQUOT, error_of(new_small_port()));
	ASSERT_EQ(0, close(last));
	EXPECT_GE(new_small_port(), 0);
	EXPECT_EQ(EDQUOT, error_of(new_small_port()));
}

TEST(ports_of_a_killed_process_are_given_back)
{
	/* what is charged goes with the last thing that a user has: this stays */
	int anchor = new_small_port(), last;
	unsigned int round;
	pid_t child;

	ASSERT_GE(anchor, 0);
	ASSERT_GT(raise_descriptor_limit(), MAX_PORTS + 16);
	for (round = 0; round < 2; round++) {
		child = start_child();
		if (!child) {
			if (make_ports(&last) == MAX_PORTS - 1 && errno == EDQUOT)
				raise(SIGKILL);
			_exit(1);
		}
		EXPECT_EQ(256 + SIGKILL, child_status(child));
	}
	EXPECT_EQ(0, close(anchor));
}

TEST(port_whose_bytes_exceed_the_users_256_mib_fails_with_edquot)
{
	int anchor = new_small_port(), first = new_port_of_bytes(199 * MIB), second;

	ASSERT_GE(anchor, 0);
	ASSERT_GE(first, 0);
	EXPECT_EQ(EDQUOT, error_of(new_port_of_bytes(57 * MIB - SMALL_PORT_BYTES + 1)));
	second = new_port_of_bytes(57 * MIB - SMALL_PORT_BYTES);
	EXPECT_GE(second, 0);
	EXPECT_EQ(EDQUOT, error_of(new_small_port()));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
	first = new_port_of_bytes(MAX_BYTES - SMALL_PORT_BYTES);
	EXPECT_GE(first, 0);
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(anchor));
}

/* A right to a port that has died with a message in it, and had all that is left. */
static int right_to_a_dead_port(void)
{
	int receive = new_port_of_bytes(MAX_BYTES - SMALL_PORT_BYTES), send;

	if (receive < 0)
		give_up("create");
	send = mint_plain(receive);
	if (send_number(send, 1, 0))
		give_up("send");
	close(receive);
	return send;
}

TEST(dead_port_gives_its_bytes_back_with_its_last_right)
{
	int anchor = new_small_port(), receive;

	ASSERT_GE(anchor, 0);
	ASSERT_EQ(0, close(right_to_a_dead_port()));
	receive = new_port_of_bytes(MAX_BYTES - SMALL_PORT_BYTES);
	EXPECT_GE(receive, 0);
	EXPECT_EQ(0, close(receive));
	EXPECT_EQ(0, close(anchor));
}

/* Who holds a right to a dead port has nothing of its owner's. */
TEST(dead_port_gives_its_bytes_and_its_place_back_though_it_has_senders)
{
	int anchor = new_small_port(), receive, send;

	ASSERT_GE(anchor, 0);
	send = right_to_a_dead_port();
	receive = new_port_of_bytes(MAX_BYTES - SMALL_PORT_BYTES);
	EXPECT_GE(receive, 0);
	EXPECT_EQ(0, close(send));
	/* once */
	EXPECT_EQ(EDQUOT, error_of(new_small_port()));
	EXPECT_EQ(0, close(receive));
	EXPECT_EQ(0, close(anchor));
}

TEST(raising_max_bytes_over_the_quota_fails_with_edquot_and_changes_nothing)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_BYTES };
	int first = new_port_of_bytes(MAX_BYTES - 2 * MIB), second = new_port_of_bytes(MIB);

	ASSERT_GE(first, 0);
	ASSERT_GE(second, 0);
	limits.max_bytes = 2 * MIB + 1;
	EXPECT_EQ(EDQUOT, error_of(msgport_limits(second, &limits)));
	EXPECT_EQ(MIB, stat_of(second).max_bytes);
	limits.max_bytes = 2 * MIB;
	EXPECT_EQ(0, msgport_limits(second, &limits));
	EXPECT_EQ(2 * MIB, stat_of(second).max_bytes);
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

TEST(lowering_max_bytes_gives_the_rest_back)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_BYTES };
	int first = new_port_of_bytes(MAX_BYTES), second;

	ASSERT_GE(first, 0);
	limits.max_bytes = MIB;
	ASSERT_EQ(0, msgport_limits(first, &limits));
	second = new_port_of_bytes(MAX_BYTES - MIB);
	EXPECT_GE(second, 0);
	EXPECT_EQ(EDQUOT, error_of(new_port_of_bytes(MIB)));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

/* The port is as it was, and more than it will be; what is in it stays paid for. */
TEST(bytes_of_messages_over_a_lowered_limit_stay_paid_for_until_they_end)
{
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_BYTES, .max_bytes = 66000 };
	int receive = new_port_of_bytes(MAX_BYTES), send = mint_plain(receive), other;
	static char data[60000];
	uint64_t left;
	int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, msgport_send(send, data, sizeof(data), 0));
	limits.flags |= MSGPORT_SET_MAX_SIZE;
	limits.max_size = 60000;
	ASSERT_EQ(0, msgport_limits(receive, &limits));
	left = MAX_BYTES - stat_of(receive).bytes;
	EXPECT_EQ(EDQUOT, error_of(new_port_of_bytes(left + 1)));
	other = new_port_of_bytes(left);
	EXPECT_GE(other, 0);
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(0, close(send));
	EXPECT_EQ(0, close(receive));
}

/* In a child: send rights until that fails; tells how many by the pipe. */
static void mint_all(int receive, unsigned int most, int told)
{
	unsigned int count = 0;

	while (count < most && mint_plain(receive) >= 0)
		count++;
	if (write(told, &count, sizeof(count)) != sizeof(count))
		_exit(1);
	for (;;)
		pause();
}

/* So many take long where every one is watched. */
FIXTURE(many)
{
};

FIXTURE_SETUP(many)
{
}

FIXTURE_TEARDOWN(many)
{
}

/* One process cannot have so many descriptors, so several share the work. */
TEST_F_TIMEOUT(many, right_over_the_users_16384_fails_with_edquot, 200)
{
	unsigned int most = raise_descriptor_limit() - 16, count = 0, part;
	int receive = new_small_port(), pipes[2], i;
	pid_t children[16];

	ASSERT_GE(most, MAX_RIGHTS / 16);
	ASSERT_EQ(0, pipe(pipes));
	for (i = 0; i < 16 && count < MAX_RIGHTS - 1; i++) {
		children[i] = start_child();
		if (!children[i])
			mint_all(receive, most, pipes[1]);
		ASSERT_EQ(sizeof(part), read(pipes[0], &part, sizeof(part)));
		count += part;
		if (part < most)
			break;
	}
	/* with the receive right */
	EXPECT_EQ(MAX_RIGHTS, count + 1);
	EXPECT_EQ(EDQUOT, error_of(mint_plain(receive)));
	EXPECT_EQ(EDQUOT, error_of(msgport_reopen(receive)));
	EXPECT_EQ(EDQUOT, error_of(new_small_port()));
	end_child(children[0]);
	EXPECT_GE(mint_plain(receive), 0);
	while (i-- > 0)
		end_child(children[i + 1]);
}

TEST(kept_port_over_the_users_16_fails_with_edquot)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char name[MAX_KEPT + 1][MSGPORT_NAME_MAX + 1];
	int rights[MAX_KEPT + 1], i;

	options.flags = MSGPORT_KEEP;
	for (i = 0; i <= MAX_KEPT; i++)
		snprintf(name[i], sizeof(name[i]), "kept.%d.%d", getpid(), i);
	for (i = 0; i < MAX_KEPT; i++) {
		rights[i] = msgport_create(MSGPORT_DEFAULT, name[i], &options);
		EXPECT_GE(rights[i], 0);
	}
	EXPECT_EQ(EDQUOT, error_of(msgport_create(MSGPORT_DEFAULT, name[i], &options)));
	/* without a right it counts all the same */
	EXPECT_EQ(0, close(rights[0]));
	EXPECT_EQ(EDQUOT, error_of(msgport_create(MSGPORT_DEFAULT, name[i], &options)));
	EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name[0]));
	rights[i] = msgport_create(MSGPORT_DEFAULT, name[i], &options);
	EXPECT_GE(rights[i], 0);
	for (i = 1; i <= MAX_KEPT; i++) {
		EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name[i]));
		EXPECT_EQ(0, close(rights[i]));
	}
}

TEST_HARNESS_MAIN
