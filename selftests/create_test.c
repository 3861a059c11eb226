// SPDX-License-Identifier: GPL-2.0
/* create: what a new port is, and what it refuses to be. */

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "testlib.h"

static struct msgport_create plain(void)
{
	return (struct msgport_create) { .gid = MSGPORT_NO_UID };
}

/* How many ports the caller sees. */
static unsigned int count_ports(void)
{
	struct msgport_port_info info[16];
	unsigned int count = 0;
	uint64_t after = 0;
	ssize_t n;

	while ((n = msgport_list(MSGPORT_DEFAULT, &after, info, 16)) > 0)
		count += n;
	return count;
}

TEST(create_gives_the_receive_right_of_an_empty_live_port)
{
	int fd = new_port(NULL);
	struct msgport_stat stat;

	ASSERT_LE(0, fd);
	stat = stat_of(fd);
	EXPECT_EQ(MSGPORT_IS_RECEIVE, stat.what);
	EXPECT_EQ(1, stat.receivers);
	EXPECT_EQ(0, stat.senders);
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(0, stat.sent);
	EXPECT_EQ(0, stat.dead);
	close(fd);
}

TEST(create_without_options_gives_the_documented_limits)
{
	int fd = new_port(NULL);
	struct msgport_stat stat;

	ASSERT_LE(0, fd);
	stat = stat_of(fd);
	EXPECT_EQ(256, stat.max_msgs);
	EXPECT_EQ(65536, stat.max_size);
	EXPECT_EQ(262144, stat.max_bytes);
	EXPECT_EQ(128, stat.uid_share);
	close(fd);
}

TEST(create_gives_the_limits_asked_for)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_limits limits = { 0 };
	int fd;

	options.max_msgs = 7;
	options.max_size = 1000;
	options.max_bytes = 20000;
	options.max_answers = 3;
	options.uid_share = 2;
	fd = new_port(&options);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, msgport_limits(fd, &limits));
	EXPECT_EQ(7, limits.max_msgs);
	EXPECT_EQ(1000, limits.max_size);
	EXPECT_EQ(20000, limits.max_bytes);
	EXPECT_EQ(3, limits.max_answers);
	EXPECT_EQ(2, limits.uid_share);
	close(fd);
}

TEST(create_for_many_messages_has_bytes_for_all_of_them)
{
	struct pair pair = new_pair_for(4000);
	char small[64] = { 0 };
	int i;

	for (i = 0; i < 4000; i++) {
		ASSERT_EQ(0, msgport_send(pair.send, small, 64, MSGPORT_NONBLOCK));
	}
	EXPECT_EQ(EAGAIN, error_of(msgport_send(pair.send, small, 64,
						MSGPORT_NONBLOCK)));
	close_pair(&pair);
}

TEST(create_for_large_messages_has_bytes_for_one_of_them)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	static char large[1 << 20];
	struct pair pair;

	options.max_size = sizeof(large);
	pair = new_pair(&options);
	EXPECT_EQ(0, msgport_send(pair.send, large, sizeof(large), MSGPORT_NONBLOCK));
	close_pair(&pair);
}

TEST(create_gives_each_port_an_id_of_its_own)
{
	struct msgport_create first = plain(), second = plain();
	int control = msgport_open(), one, two;

	one = raw_create(control, &first);
	ASSERT_LE(0, one);
	close(one);
	two = raw_create(control, &second);
	ASSERT_LE(0, two);
	EXPECT_NE(0, first.id);
	EXPECT_NE(first.id, second.id);
	EXPECT_EQ(second.id, stat_of(two).port);
	close(two);
	close(control);
}

TEST(create_gives_a_descriptor_that_closes_on_exec)
{
	int fd = new_port(NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	close(fd);
}

TEST(create_with_a_name_can_be_connected_to)
{
	const char *name = new_name("create");
	int port = msgport_create(MSGPORT_DEFAULT, name, NULL);
	int right = msgport_connect(MSGPORT_DEFAULT, name, 0);

	ASSERT_LE(0, port);
	ASSERT_LE(0, right);
	EXPECT_EQ(stat_of(port).port, stat_of(right).port);
	close(right);
	close(port);
}

TEST(create_with_a_taken_name_fails_with_eexist)
{
	const char *name = new_name("create");
	int port = msgport_create(MSGPORT_DEFAULT, name, NULL);

	ASSERT_LE(0, port);
	EXPECT_EQ(EEXIST, error_of(msgport_create(MSGPORT_DEFAULT, name, NULL)));
	close(port);
}

TEST(create_with_the_name_of_a_dead_port_succeeds)
{
	const char *name = new_name("create");
	int port = msgport_create(MSGPORT_DEFAULT, name, NULL);
	int right = msgport_connect(MSGPORT_DEFAULT, name, 0);

	ASSERT_LE(0, port);
	ASSERT_LE(0, right);
	close(port);
	port = msgport_create(MSGPORT_DEFAULT, name, NULL);
	EXPECT_LE(0, port);
	EXPECT_EQ(1, stat_of(right).dead);
	close(right);
	close(port);
}

/* Creates with the bytes given as a name; the errno. */
static int create_named(const void *bytes, uint32_t length)
{
	struct msgport_create argument = plain();
	int control = msgport_open(), fd, error;

	argument.name = address_of(bytes);
	argument.name_len = length;
	fd = raw_create(control, &argument);
	error = error_of(fd);
	if (fd >= 0)
		close(fd);
	close(control);
	return error;
}

TEST(create_takes_names_of_1_to_63_bytes)
{
	char name[4096];

	memset(name, 'n', sizeof(name));
	EXPECT_EQ(EINVAL, create_named(name, 0));
	EXPECT_EQ(0, create_named(name, 1));
	EXPECT_EQ(0, create_named(name, 63));
	EXPECT_EQ(ENAMETOOLONG, create_named(name, 64));
	EXPECT_EQ(ENAMETOOLONG, create_named(name, 4096));
	EXPECT_EQ(ENAMETOOLONG, create_named(name, UINT32_MAX));
}

TEST(create_takes_names_with_any_byte_but_zero)
{
	EXPECT_EQ(0, create_named("a/b/../c", 8));
	EXPECT_EQ(0, create_named("/", 1));
	EXPECT_EQ(0, create_named("\xff\xfe\x80 \n\x01", 6));
	EXPECT_EQ(EINVAL, create_named("a\0b", 3));
	EXPECT_EQ(EINVAL, create_named("ab", 3));
}

TEST(create_reads_no_byte_beyond_the_name)
{
	char *name = bytes_before_hole(10);

	memset(name, 'h', 10);
	EXPECT_EQ(0, create_named(name, 10));
	EXPECT_EQ(EFAULT, create_named(name, 11));
}

TEST(create_with_a_system_name_fails_with_eperm_for_a_user)
{
	EXPECT_EQ(EPERM, create_named("sys.x", 5));
	EXPECT_EQ(EPERM, create_named("sys.", 4));
	EXPECT_EQ(0, create_named("sys", 3));
	EXPECT_EQ(0, create_named("system", 6));
}

TEST(create_for_a_group_of_others_fails_with_eperm)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.gid = getegid() + 12345;
	options.mode = 0660;
	EXPECT_EQ(EPERM, error_of(msgport_create(MSGPORT_DEFAULT, new_name("group"),
						 &options)));
}

TEST(create_asks_for_no_group_that_gets_nothing)
{
	struct msgport_options options = { .max_msgs = 4 };
	int named, nameless;

	named = msgport_create(MSGPORT_DEFAULT, new_name("group"), &options);
	EXPECT_LE(0, named);
	options.mode = 0660;
	nameless = new_port(&options);
	EXPECT_LE(0, nameless);
	close(named);
	close(nameless);
}

TEST(create_for_a_group_that_is_not_mapped_fails_with_einval)
{
	struct msgport_create argument = plain();
	int control = msgport_open();
	pid_t pid = start_child();

	argument.gid = 12345;
	argument.mode = 0660;
	argument.name = (uintptr_t)"group";
	argument.name_len = 5;
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			_exit(255);
		_exit(error_of(raw_create(control, &argument)));
	}
	EXPECT_EQ(EINVAL, child_status(pid));
	close(control);
}

TEST(create_with_a_value_out_of_range_fails_with_einval)
{
	struct msgport_create bad[] = {
		{ .max_size = MSGPORT_SIZE_MAX + 1 },
		{ .max_size = UINT32_MAX },
		{ .max_msgs = UINT32_MAX },
		{ .max_answers = UINT32_MAX },
		{ .max_deliveries = 256 },
		{ .max_deliveries = MSGPORT_UNLIMITED - 1 },
		{ .max_msgs = 4, .uid_share = 5 },
		{ .mode = 0777 },
		{ .mode = 01666 },
		{ .max_size = 4096, .max_bytes = 4096 },
		{ .max_bytes = UINT64_MAX },
		{ .flags = MSGPORT_KEEP },
		{ .name_len = 4 },
		{ .flags = MSGPORT_RENDEZVOUS, .max_msgs = 1 },
		{ .flags = MSGPORT_RENDEZVOUS, .uid_share = 1 },
		{ .flags = 1U << 31 },
	};
	int control = msgport_open();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		bad[i].gid = MSGPORT_NO_UID;
		EXPECT_EQ(EINVAL, error_of(raw_create(control, &bad[i])))
			TH_LOG("row %u", i);
	}
	close(control);
}

TEST(create_on_a_right_fails_with_ebadf)
{
	struct pair pair = new_pair(NULL);
	struct msgport_create argument = plain();

	EXPECT_EQ(EBADF, error_of(raw_create(pair.receive, &argument)));
	EXPECT_EQ(EBADF, error_of(raw_create(pair.send, &argument)));
	close_pair(&pair);
}

TEST(create_with_a_structure_from_the_future_fails_with_e2big)
{
	struct {
		struct msgport_create known;
		uint64_t unknown;
	} argument = { .known = plain(), .unknown = 1 };
	int control = msgport_open(), fd;

	argument.known.size = sizeof(argument);
	EXPECT_EQ(E2BIG, error_of(raw_create(control, &argument.known)));
	argument.unknown = 0;
	fd = raw_create(control, &argument.known);
	EXPECT_LE(0, fd);
	close(fd);
	close(control);
}

TEST(create_that_cannot_answer_fails_with_efault_and_leaves_nothing)
{
	const char *name = new_name("create");
	struct msgport_create *argument = bytes_before_hole(page_size());
	int control = msgport_open();
	unsigned int before = count_ports();

	*argument = plain();
	argument->size = sizeof(*argument);
	argument->name = address_of(name);
	argument->name_len = strlen(name);
	ASSERT_EQ(0, mprotect(argument, page_size(), PROT_READ));
	EXPECT_EQ(EFAULT, error_of(raw_create(control, argument)));
	EXPECT_EQ(before, count_ports());
	EXPECT_EQ(ENOENT, error_of(msgport_connect(control, name, 0)));
	close(control);
}

TEST(create_without_a_free_descriptor_fails_with_emfile_and_leaves_nothing)
{
	const char *name = new_name("create");
	struct rlimit limit, none;
	int control = msgport_open();
	unsigned int before = count_ports();

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(EMFILE, error_of(msgport_create(control, name, NULL)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(before, count_ports());
	EXPECT_EQ(ENOENT, error_of(msgport_connect(control, name, 0)));
	close(control);
}

TEST(create_over_the_users_bytes_fails_with_edquot_until_some_are_back)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int large, other;

	options.max_bytes = 200 << 20;
	large = new_port(&options);
	ASSERT_LE(0, large);
	EXPECT_EQ(EDQUOT, error_of(new_port(&options)));
	close(large);
	other = new_port(&options);
	EXPECT_LE(0, other);
	close(other);
}

TEST(create_of_more_than_1024_ports_fails_with_edquot)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int control = msgport_open();
	struct rlimit limit;
	int i, last = -1;

	options.max_size = 64;
	options.max_bytes = 4096;
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_LE(1100, limit.rlim_max);
	limit.rlim_cur = 1100;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < 1024; i++) {
		last = msgport_create(control, NULL, &options);
		ASSERT_LE(0, last);
	}
	EXPECT_EQ(EDQUOT, error_of(msgport_create(control, NULL, &options)));
	close(last);
	EXPECT_LE(0, msgport_create(control, NULL, &options));
}

TEST_HARNESS_MAIN
