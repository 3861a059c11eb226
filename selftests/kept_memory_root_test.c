// SPDX-License-Identifier: GPL-2.0
/* Memory that a port keeps for its next messages.  Root, to read the state file. */
#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "traced.h"

#define LARGE		65536		/* bytes, 16 pages */
#define PAGE		4096
#define PORTS		1000

FIXTURE(kept)
{
	struct pair pair;
	uint64_t id;
	char *payload;
	char *buffer;
};

FIXTURE_SETUP(kept)
{
	self->pair = new_pair(NULL);
	self->id = stat_of(self->pair.receive).port;
	self->payload = malloc(LARGE);
	self->buffer = malloc(LARGE);
	ASSERT_TRUE(self->payload && self->buffer);
	memset(self->payload, 'a', LARGE);
}

FIXTURE_TEARDOWN(kept)
{
	free(self->payload);
	free(self->buffer);
	close_pair(&self->pair);
}

/* Bytes that a port keeps, as the state file has it; -1: no such port. */
static long bytes_kept(uint64_t id)
{
	char begin[32];
	const char *at;

	snprintf(begin, sizeof(begin), "port %llu ", (unsigned long long)id);
	at = strstr(read_text(STATE_FILE), begin);
	at = at ? strstr(at, " kept=") : NULL;
	return at ? strtol(at + 6, NULL, 10) : -1;
}

/* Whole pages: these tests leave less than one in objects beside them. */
static long pages_kept(uint64_t id)
{
	long bytes = bytes_kept(id);

	return bytes < 0 ? bytes : bytes / PAGE;
}

/* Kernels that look for uses of freed memory keep no objects; this one is such a kernel. */
static int looks_for_mistakes(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

#define send_large(size) \
	msgport_send(self->pair.send, self->payload, size, 0)
#define receive_large() \
	msgport_receive(self->pair.receive, self->buffer, LARGE, 0)

TEST_F(kept, message_received_leaves_its_pages_to_the_next)
{
	EXPECT_EQ(0, pages_kept(self->id));
	ASSERT_EQ(0, send_large(LARGE));
	EXPECT_EQ(0, pages_kept(self->id));
	ASSERT_EQ(LARGE, receive_large());
	EXPECT_EQ(LARGE / PAGE, pages_kept(self->id));
	ASSERT_EQ(0, send_large(LARGE));
	EXPECT_EQ(0, pages_kept(self->id));
	memset(self->buffer, 0, LARGE);
	ASSERT_EQ(LARGE, receive_large());
	EXPECT_EQ(0, memcmp(self->payload, self->buffer, LARGE));
}

/* Sends and receives @size bytes of @letter, and looks at every one. */
static int pass_through(FIXTURE_DATA(kept) *self, size_t size, int letter)
{
	size_t i;

	memset(self->payload, letter, size);
	memset(self->buffer, '-', LARGE);
	if (msgport_send(self->pair.send, self->payload, size, 0) ||
	    msgport_receive(self->pair.receive, self->buffer, LARGE, 0) != (ssize_t)size)
		return 0;
	for (i = 0; i < LARGE; i++)
		if (self->buffer[i] != (i < size ? letter : '-'))
			return 0;
	return 1;
}

FIXTURE(kept_object)
{
};

FIXTURE_VARIANT(kept_object)
{
	size_t size, larger;	/* bytes of payload, and one that takes a larger object */
	long object;		/* bytes */
};

FIXTURE_VARIANT_ADD(kept_object, no_bytes) { 0, 65, 192 };
FIXTURE_VARIANT_ADD(kept_object, all_that_a_common_one_takes) { 64, 65, 192 };
FIXTURE_VARIANT_ADD(kept_object, one_byte_more) { 65, 129, 256 };
FIXTURE_VARIANT_ADD(kept_object, half_a_page) { 1920, 1921, 2048 };
FIXTURE_VARIANT_ADD(kept_object, a_whole_page) { 3968, 3969, 4096 };

FIXTURE_SETUP(kept_object)
{
}

FIXTURE_TEARDOWN(kept_object)
{
}

TEST_F(kept_object, goes_to_the_next_message_that_fits_it)
{
	long each = looks_for_mistakes() ? 0 : variant->object;
	struct pair pair = new_pair(NULL);
	uint64_t id = stat_of(pair.receive).port;
	char bytes[4096] = "";

	EXPECT_EQ(0, bytes_kept(id));
	ASSERT_EQ(0, msgport_send(pair.send, bytes, variant->size, 0));
	ASSERT_EQ(0, msgport_send(pair.send, bytes, variant->size, 0));
	EXPECT_EQ(0, bytes_kept(id));
	ASSERT_EQ((ssize_t)variant->size,
		  msgport_receive(pair.receive, bytes, sizeof(bytes), 0));
	EXPECT_EQ(each, bytes_kept(id));
	ASSERT_EQ((ssize_t)variant->size,
		  msgport_receive(pair.receive, bytes, sizeof(bytes), 0));
	EXPECT_EQ(2 * each, bytes_kept(id));
	/* one takes it, of the smallest along with the next, and a larger one does not */
	ASSERT_EQ(0, msgport_send(pair.send, bytes, variant->size, 0));
	EXPECT_EQ(variant->object > 192 ? each : 0, bytes_kept(id));
	ASSERT_EQ(0, msgport_send(pair.send, bytes, variant->larger, 0));
	EXPECT_EQ(variant->object > 192 ? each : 0, bytes_kept(id));
	close_pair(&pair);
}

TEST_F(kept, small_messages_of_many_sizes_come_back_whole)
{
	unsigned int round;

	for (round = 0; round < 500; round++) {
		ASSERT_TRUE(pass_through(self, round * 7919 % 4000, 'a' + round % 26));
	}
}

/* With each that is sent, the right takes the memory for its next. */
TEST_F(kept, right_takes_one_object_ahead)
{
	long each = looks_for_mistakes() ? 0 : 192;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, msgport_send(self->pair.send, self->payload, 64, 0));
	}
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(64, receive_large());
	}
	ASSERT_EQ(20 * each, bytes_kept(self->id));
	for (i = 1; i <= 20; i++) {
		ASSERT_EQ(0, msgport_send(self->pair.send, self->payload, 64, 0));
		EXPECT_EQ((i < 19 ? 19 - i : 0) * each, bytes_kept(self->id));
	}
}

struct crowded {
	int send, receive;
	unsigned int wrong;
};

static void *send_many(void *argument)
{
	struct crowded *crowded = argument;
	char bytes[64];
	int i;

	for (i = 0; i < 3000; i++) {
		memset(bytes, 'a' + i % 26, sizeof(bytes));
		crowded->wrong += !!msgport_send(crowded->send, bytes, 1 + i % 64, 0);
	}
	return NULL;
}

TEST_F(kept, right_that_four_threads_send_through_gives_each_its_own_memory)
{
	struct crowded crowded[4];
	pthread_t threads[4];
	char bytes[64];
	ssize_t size, n;
	int i;

	for (i = 0; i < 4; i++) {
		crowded[i] = (struct crowded){ self->pair.send, self->pair.receive, 0 };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, send_many, &crowded[i]));
	}
	for (i = 0; i < 4 * 3000; i++) {
		size = msgport_receive(self->pair.receive, bytes, sizeof(bytes), 0);
		ASSERT_LT(0, size);
		for (n = 1; n < size; n++) {
			ASSERT_EQ(bytes[0], bytes[n]);
		}
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, crowded[i].wrong);
	}
}

TEST_F(kept, message_that_comes_through_a_vector_leaves_its_object_too)
{
	long each = looks_for_mistakes() ? 0 : 192;
	char bytes[3][64] = { "" };
	struct msgport_message messages[3];
	int i;

	for (i = 0; i < 3; i++)
		messages[i] = (struct msgport_message){ .data = bytes[i], .size = 64 };
	ASSERT_EQ(3, msgport_send_batch(self->pair.send, messages, 3, 0, 0));
	EXPECT_EQ(0, bytes_kept(self->id));
	ASSERT_EQ(3, msgport_receive_batch(self->pair.receive, messages, 3, NULL, 0, 0));
	EXPECT_EQ(3 * each, bytes_kept(self->id));
	for (i = 0; i < 3; i++)
		messages[i].size = 64;
	ASSERT_EQ(2, msgport_send_batch(self->pair.send, messages, 2, 0, 0));
	EXPECT_EQ(each, bytes_kept(self->id));
}

static void *send_three(void *argument)
{
	struct crowded *crowded = argument;
	char bytes[64] = "";
	int i;

	for (i = 0; i < 3; i++)
		crowded->wrong += !!msgport_send(crowded->send, bytes, sizeof(bytes), 0);
	return NULL;
}

/* Its stamp names the thread, which the memory is not kept with. */
TEST_F(kept, message_of_another_thread_leaves_its_object_too)
{
	struct crowded crowded = { self->pair.send, self->pair.receive, 0 };
	long each = looks_for_mistakes() ? 0 : 192;
	struct msgport_message messages[3];
	char bytes[3][64];
	pthread_t thread;
	int i, round;

	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, send_three, &crowded));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_EQ(0, crowded.wrong);
		EXPECT_EQ(0, bytes_kept(self->id));
		for (i = 0; i < 3; i++)
			messages[i] = (struct msgport_message){ .data = bytes[i], .size = 64 };
		if (round) {
			ASSERT_EQ(3, msgport_receive_batch(self->pair.receive, messages, 3,
							   NULL, 0, 0));
			continue;
		}
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(64, receive_large());
		}
		EXPECT_EQ(3 * each, bytes_kept(self->id));
	}
	EXPECT_EQ(3 * each, bytes_kept(self->id));
}

TEST_F(kept, objects_are_kept_up_to_max_bytes_and_no_further)
{
	struct msgport_message mortal = { .size = 64, .ttl = 1000000000000 };
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair pair;
	uint64_t id;
	int i;

	options.max_size = 64;
	options.max_bytes = 4 * 192;
	pair = new_pair(&options);
	id = stat_of(pair.receive).port;
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, msgport_send(pair.send, self->payload, 64, 0));
	}
	/* the first three leave as much as is no longer in transit */
	for (i = 1; i <= 4; i++) {
		ASSERT_EQ(64, msgport_receive(pair.receive, self->buffer, LARGE, 0));
		EXPECT_EQ(looks_for_mistakes() ? 0 : i * 192, bytes_kept(id));
	}
	/* a larger one, which there is no room for beside them */
	mortal.data = self->payload;
	ASSERT_EQ(0, msgport_send_message(pair.send, &mortal, 0, 0));
	ASSERT_EQ(64, msgport_receive(pair.receive, self->buffer, LARGE, 0));
	EXPECT_EQ(looks_for_mistakes() ? 0 : 4 * 192, bytes_kept(id));
	close_pair(&pair);
}

TEST_F(kept, shorter_message_shows_nothing_of_what_was_in_its_pages)
{
	size_t i;

	ASSERT_EQ(0, send_large(LARGE));
	ASSERT_EQ(LARGE, receive_large());
	memset(self->payload, 'b', LARGE);
	memset(self->buffer, 'z', LARGE);
	ASSERT_EQ(0, send_large(LARGE - 100));
	EXPECT_EQ(0, pages_kept(self->id));
	ASSERT_EQ(LARGE - 100, receive_large());
	for (i = 0; i < LARGE; i++) {
		ASSERT_EQ(i < LARGE - 100 ? 'b' : 'z', self->buffer[i]);
	}
}

TEST_F(kept, pages_of_messages_of_many_sizes_come_back_whole)
{
	unsigned int round;

	for (round = 0; round < 300; round++) {
		size_t size = PAGE + round * 7919 % (LARGE - PAGE);

		memset(self->payload, 'a' + round % 26, size);
		self->payload[size - 1] = 'Z';
		ASSERT_EQ(0, send_large(size));
		ASSERT_EQ((ssize_t)size, receive_large());
		ASSERT_EQ(0, memcmp(self->payload, self->buffer, size));
		/* the port's default is room for 256 KiB */
		ASSERT_GE(64, pages_kept(self->id));
	}
}

TEST_F(kept, what_is_kept_is_not_over_max_bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct pair pair;
	uint64_t id;
	int i;

	options.max_bytes = 3 * (LARGE + PAGE);
	pair = new_pair(&options);
	id = stat_of(pair.receive).port;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, msgport_send(pair.send, self->payload, LARGE, 0));
	}
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(LARGE, msgport_receive(pair.receive, self->buffer, LARGE, 0));
	}
	EXPECT_EQ(3 * LARGE / PAGE, pages_kept(id));
	/* small messages take the room: what is received now is not kept beside them */
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, msgport_send(pair.send, self->payload, 3000, 0));
	}
	ASSERT_EQ(0, msgport_send(pair.send, self->payload, LARGE / 2, 0));
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(3000, msgport_receive(pair.receive, self->buffer, LARGE, 0));
	}
	EXPECT_EQ(3 * LARGE / PAGE, pages_kept(id));
	/* there is no room beside these for its eight pages */
	ASSERT_EQ(LARGE / 2, msgport_receive(pair.receive, self->buffer, LARGE, 0));
	EXPECT_EQ(3 * LARGE / PAGE, pages_kept(id));
	close_pair(&pair);
}

TEST_F(kept, limit_that_is_lowered_leaves_nothing_over_it)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_BYTES,
		.max_bytes = 2 * LARGE,
	};
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, send_large(LARGE));
	}
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(LARGE, receive_large());
	}
	ASSERT_EQ(3 * LARGE / PAGE, pages_kept(self->id));
	ASSERT_EQ(0, msgport_limits(self->pair.receive, &limits));
	EXPECT_GE(2 * LARGE / PAGE, pages_kept(self->id));
	/* and the port keeps again */
	ASSERT_EQ(0, send_large(LARGE));
	ASSERT_EQ(LARGE, receive_large());
	EXPECT_LE(LARGE / PAGE, pages_kept(self->id));
	EXPECT_GE(2 * LARGE / PAGE, pages_kept(self->id));
}

TEST_F(kept, vector_of_larger_messages_leaves_small_objects_where_they_are)
{
	long each = looks_for_mistakes() ? 0 : 192;
	struct msgport_message messages[2];
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, msgport_send(self->pair.send, self->payload, 10, 0));
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(10, receive_large());
	}
	ASSERT_EQ(4 * each, bytes_kept(self->id));
	for (i = 0; i < 2; i++)
		messages[i] = (struct msgport_message){ .data = self->payload, .size = 1000 };
	ASSERT_EQ(2, msgport_send_batch(self->pair.send, messages, 2, 0, 0));
	EXPECT_EQ(4 * each, bytes_kept(self->id));
}

TEST_F(kept, kernel_gets_the_pages_back_when_it_asks)
{
	int i;

	ASSERT_EQ(0, send_large(LARGE));
	ASSERT_EQ(LARGE, receive_large());
	ASSERT_EQ(LARGE / PAGE, pages_kept(self->id));
	for (i = 0; i < 100 && pages_kept(self->id); i++) {
		write_file("/proc/sys/vm/drop_caches", "2");
	}
	EXPECT_EQ(0, pages_kept(self->id));
	/* and the port keeps again */
	ASSERT_EQ(0, send_large(LARGE));
	ASSERT_EQ(LARGE, receive_large());
	EXPECT_EQ(LARGE / PAGE, pages_kept(self->id));
}

TEST_F(kept, message_that_cannot_be_read_gives_its_pages_back)
{
	char *hole = mmap(NULL, 2 * LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, hole);
	ASSERT_EQ(0, munmap(hole + LARGE, LARGE));
	ASSERT_EQ(0, send_large(LARGE));
	ASSERT_EQ(LARGE, receive_large());
	EXPECT_EQ(-1, msgport_send(self->pair.send, hole + LARGE / 2, LARGE, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, pages_kept(self->id));
	ASSERT_EQ(0, send_large(LARGE));
	ASSERT_EQ(LARGE, receive_large());
	EXPECT_EQ(0, memcmp(self->payload, self->buffer, LARGE));
	munmap(hole, LARGE);
}

static void answer_once(int right)
{
	static char question[LARGE];
	uint64_t token = 0;

	if (msgport_reply_receive(right, &token, NULL, 0, question, LARGE) != LARGE)
		_exit(1);
	memset(question, 'q', LARGE);
	_exit(!!msgport_reply(right, token, question, LARGE));
}

TEST_F(kept, question_and_answer_leave_their_pages)
{
	pid_t child = start_child();

	if (!child)
		answer_once(self->pair.receive);
	ASSERT_EQ(LARGE, msgport_call(self->pair.send, self->payload, LARGE, self->buffer,
				      LARGE, MSGPORT_FOREVER));
	EXPECT_EQ('q', self->buffer[LARGE - 1]);
	EXPECT_EQ(0, child_status(child));
	/* the question's were taken for the answer */
	EXPECT_LE(LARGE / PAGE, pages_kept(self->id));
}

static long free_kib(void)
{
	const char *text = read_text("/proc/meminfo");

	return strtol(strstr(text, "MemFree:") + 8, NULL, 10);
}

TEST_F(kept, ports_that_end_keep_nothing)
{
	struct pair pair;
	long before;
	int i, n;

	before = free_kib();
	for (i = 0; i < PORTS; i++) {
		pair = new_pair(NULL);
		for (n = 0; n < 3; n++) {
			ASSERT_EQ(0, msgport_send(pair.send, self->payload, LARGE, 0));
		}
		for (n = 0; n < 3; n++) {
			ASSERT_EQ(LARGE, msgport_receive(pair.receive, self->buffer,
							 LARGE, 0));
		}
		close_pair(&pair);
	}
	/* each kept 192 KiB */
	EXPECT_LT(before - free_kib(), PORTS * 192 / 4);
}

TEST_HARNESS_MAIN
