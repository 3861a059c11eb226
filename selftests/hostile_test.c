// SPDX-License-Identifier: GPL-2.0
/*
 * Values that nobody sends by mistake: names, sizes and pieces at and beyond
 * every edge.  Pointers and memory that changes are in hostile_memory_test.c.
 */
#include "kselftest_harness.h"
#include "testlib.h"

#define MOST		MSGPORT_SIZE_MAX
#define SEED		11

/* ---- names, as they are in the ABI: an address and a length ---- */

struct outcome {
	int create;
	int connect;
	int unlink;
};

/* The errno of each verb that takes a name; what succeeds is undone. */
static struct outcome name_outcome(int control, const void *name, uint32_t len)
{
	struct msgport_create create = {
		.size = sizeof(create), .name = address_of(name), .name_len = len,
		.gid = MSGPORT_NO_UID,
	};
	struct msgport_connect connect = {
		.size = sizeof(connect), .name = address_of(name), .name_len = len,
		.owner = MSGPORT_NO_UID,
	};
	struct msgport_unlink unlink = {
		.size = sizeof(unlink), .name = address_of(name), .name_len = len,
	};
	int receive = raw_create(control, &create), send;
	struct outcome outcome = { .create = error_of(receive) };

	send = raw_connect(control, &connect);
	outcome.connect = error_of(send);
	outcome.unlink = error_of(raw_unlink(control, &unlink));
	if (send >= 0)
		close(send);
	if (receive >= 0)
		close(receive);
	return outcome;
}

FIXTURE(hostile_name)
{
	int control;
	char bytes[4096];
};

FIXTURE_SETUP(hostile_name)
{
	self->control = msgport_open();
	ASSERT_LE(0, self->control);
	memset(self->bytes, 'n', sizeof(self->bytes));
}

FIXTURE_TEARDOWN(hostile_name)
{
	close(self->control);
}

#define EXPECT_OUTCOME(error, name, len) do {				\
	struct outcome outcome = name_outcome(self->control, name, len); \
									\
	EXPECT_EQ(error, outcome.create);				\
	EXPECT_EQ(error, outcome.connect);				\
	EXPECT_EQ(error, outcome.unlink);				\
} while (0)

TEST_F(hostile_name, name_of_no_bytes_fails_with_einval)
{
	EXPECT_OUTCOME(EINVAL, self->bytes, 0);
}

TEST_F(hostile_name, length_without_a_name_fails_with_einval)
{
	EXPECT_OUTCOME(EINVAL, NULL, 5);
}

TEST_F(hostile_name, name_of_63_bytes_works)
{
	EXPECT_OUTCOME(0, self->bytes, MSGPORT_NAME_MAX);
}

TEST_F(hostile_name, name_of_64_bytes_fails_with_enametoolong)
{
	EXPECT_OUTCOME(ENAMETOOLONG, self->bytes, 64);
}

TEST_F(hostile_name, name_of_4096_bytes_fails_with_enametoolong)
{
	EXPECT_OUTCOME(ENAMETOOLONG, self->bytes, 4096);
}

TEST_F(hostile_name, name_of_4_gigabytes_fails_with_enametoolong)
{
	EXPECT_OUTCOME(ENAMETOOLONG, self->bytes, UINT32_MAX);
}

TEST_F(hostile_name, name_with_a_zero_byte_fails_with_einval)
{
	EXPECT_OUTCOME(EINVAL, "\0ab", 3);
	EXPECT_OUTCOME(EINVAL, "a\0b", 3);
	EXPECT_OUTCOME(EINVAL, "ab", 3);
}

TEST_F(hostile_name, name_that_runs_into_a_hole_fails_with_efault)
{
	char *start = bytes_before_hole(5);

	memcpy(start, "holey", 5);
	EXPECT_OUTCOME(EFAULT, start, 6);
	EXPECT_OUTCOME(0, start, 5);
}

/* A name is no path: "/" and ".." mean nothing, and nothing is stripped. */
TEST_F(hostile_name, name_with_slashes_is_found_by_the_same_bytes_only)
{
	static const char *const others[] = { "b", "/b", "a/../b", "b//", "./a/../b//" };
	int receive = msgport_create(self->control, "a/../b//", NULL), send;
	size_t i;

	ASSERT_LE(0, receive);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_EQ(ENOENT, error_of(msgport_connect(self->control, others[i], 0)))
			TH_LOG("%s", others[i]);
	}
	send = msgport_connect(self->control, "a/../b//", 0);
	EXPECT_LE(0, send);
	close(send);
	close(receive);
}

/* Every byte but zero, in names as long as can be. */
TEST_F(hostile_name, name_of_bytes_that_are_no_text_works)
{
	unsigned int first, i;

	for (first = 1; first < 256; first += MSGPORT_NAME_MAX) {
		for (i = 0; i < MSGPORT_NAME_MAX; i++)
			self->bytes[i] = first + i < 256 ? first + i : 0xff;
		EXPECT_OUTCOME(0, self->bytes, MSGPORT_NAME_MAX);
	}
}

TEST_F(hostile_name, name_that_is_no_text_is_listed_byte_for_byte)
{
	static const char name[] = "\xff\n\x01/\x80\x1b[31m ";
	struct msgport_port_info info;
	uint64_t after = 0;
	int receive = msgport_create(self->control, name, NULL);
	bool found = false;

	ASSERT_LE(0, receive);
	while (msgport_list(self->control, &after, &info, 1) == 1)
		found |= info.name_len == sizeof(name) - 1 &&
			 !memcmp(info.name, name, sizeof(name));
	EXPECT_TRUE(found);
	close(receive);
}

/* ---- sizes ---- */

TEST(limits_of_a_port_beyond_all_bounds_fail_with_einval)
{
	int control = msgport_open(), i;
	struct msgport_create attempts[] = {
		{ .max_size = MOST + 1 }, { .max_size = UINT32_MAX },
		{ .max_msgs = UINT32_MAX }, { .max_answers = UINT32_MAX },
		{ .max_bytes = UINT64_MAX }, { .max_bytes = 1 },
		{ .uid_share = UINT32_MAX }, { .max_deliveries = 256 },
		{ .max_deliveries = MSGPORT_UNLIMITED - 1 },
	};

	ASSERT_LE(0, control);
	for (i = 0; i < (int)ARRAY_SIZE(attempts); i++) {
		attempts[i].gid = MSGPORT_NO_UID;
		EXPECT_EQ(EINVAL, error_of(raw_create(control, &attempts[i])))
			TH_LOG("attempt %d", i);
	}
	EXPECT_EQ(0, stat_of(control).ports);
	close(control);
}

TEST(list_of_elements_that_run_beyond_memory_fails_with_efault)
{
	struct msgport_port_info *info = bytes_before_hole(sizeof(*info));
	struct msgport_list list = {
		.ports = address_of(info), .count = UINT32_MAX,
		.element_size = UINT32_MAX,
	};
	int port = new_port(NULL), control = msgport_open();

	ASSERT_LE(0, port);
	EXPECT_EQ(EFAULT, error_of(raw_list(control, &list)));
	EXPECT_EQ(0, list.after);
	list.element_size = sizeof(*info) - 1;
	EXPECT_EQ(EINVAL, error_of(raw_list(control, &list)));
	close(control);
	close(port);
}

FIXTURE(hostile_size)
{
	struct pair port;
	char *bytes;
};

FIXTURE_VARIANT(hostile_size)
{
	size_t size;
};

FIXTURE_VARIANT_ADD(hostile_size, small) { .size = 40 };
FIXTURE_VARIANT_ADD(hostile_size, page) { .size = 4096 };
FIXTURE_VARIANT_ADD(hostile_size, largest) { .size = MOST };

/* A port whose largest message has the variant's size. */
FIXTURE_SETUP(hostile_size)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_size = variant->size;
	self->port = new_pair(&options);
	self->bytes = malloc(variant->size + 1);
	ASSERT_NE(NULL, self->bytes);
	fill_pattern(self->bytes, variant->size, SEED);
}

FIXTURE_TEARDOWN(hostile_size)
{
	free(self->bytes);
	close_pair(&self->port);
}

/* Nothing is in the port, and nothing has ever been. */
static bool untouched(int fd)
{
	struct msgport_stat stat = stat_of(fd);

	return !stat.sent && !stat.queued && !stat.bytes && !stat.in_transit &&
	       !stat.in_hand && balanced(&stat);
}

TEST_F(hostile_size, message_one_byte_over_max_size_fails_with_emsgsize)
{
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->port.send, self->bytes,
						  variant->size + 1, 0)));
	EXPECT_TRUE(untouched(self->port.send));
	EXPECT_EQ(0, msgport_send(self->port.send, self->bytes, variant->size, 0));
}

TEST_F(hostile_size, message_larger_than_memory_fails_with_emsgsize)
{
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->port.send, self->bytes,
						  UINT32_MAX, 0)));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->port.send, self->bytes,
						  SIZE_MAX, 0)));
	EXPECT_TRUE(untouched(self->port.send));
}

TEST_F(hostile_size, buffer_one_byte_short_leaves_the_message_as_it_was)
{
	struct msgport_message message = {
		.data = self->bytes, .size = variant->size - 1,
	};
	int i;

	ASSERT_EQ(0, msgport_send(self->port.send, self->bytes, variant->size, 0));
	memset(self->bytes, 0, variant->size);
	for (i = 0; i < 2; i++) {
		message.size = variant->size - 1;
		EXPECT_EQ(EMSGSIZE, error_of(msgport_receive_message(self->port.receive,
								     &message, NULL, 0,
								     in_ms(1000))));
		EXPECT_EQ(variant->size, message.size);
		EXPECT_EQ(1, stat_of(self->port.send).in_transit);
		EXPECT_TRUE(port_balanced(self->port.receive));
	}
	/* of what does not fit, not a byte is shown */
	EXPECT_EQ(0, self->bytes[0]);
	EXPECT_EQ(variant->size, msgport_receive(self->port.receive, self->bytes,
						 variant->size, MSGPORT_NONBLOCK));
	EXPECT_TRUE(has_pattern(self->bytes, variant->size, SEED));
}

TEST_F(hostile_size, buffer_larger_than_memory_takes_the_message)
{
	ASSERT_EQ(0, msgport_send(self->port.send, self->bytes, variant->size, 0));
	memset(self->bytes, 0, variant->size);
	EXPECT_EQ(variant->size, msgport_receive(self->port.receive, self->bytes,
						 SIZE_MAX, MSGPORT_NONBLOCK));
	EXPECT_TRUE(has_pattern(self->bytes, variant->size, SEED));
}

TEST_HARNESS_MAIN
