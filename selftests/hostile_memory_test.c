// SPDX-License-Identifier: GPL-2.0
/*
 * User memory that fails in the middle of a message, or changes under the
 * kernel's hands.  A send that fails leaves nothing, a receive loses nothing.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define SEED	21

/* ---- a hole at the payload's last byte ---- */

FIXTURE(hole)
{
	struct pair port;
	char *bytes;
	char *short_of_one;		/* one byte fewer, then a hole */
};

FIXTURE_VARIANT(hole)
{
	size_t size;
};

/* Copied by words, with a rest of bytes; the most that is; and one too many. */
FIXTURE_VARIANT_ADD(hole, odd) { .size = 61 };
FIXTURE_VARIANT_ADD(hole, small) { .size = 64 };
FIXTURE_VARIANT_ADD(hole, one_more) { .size = 65 };
FIXTURE_VARIANT_ADD(hole, object) { .size = 1000 };
FIXTURE_VARIANT_ADD(hole, page) { .size = 4096 };
FIXTURE_VARIANT_ADD(hole, largest) { .size = MSGPORT_SIZE_MAX };

FIXTURE_SETUP(hole)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_size = MSGPORT_SIZE_MAX;
	self->port = new_pair(&options);
	self->bytes = bytes_before_hole(variant->size);
	self->short_of_one = bytes_before_hole(variant->size - 1);
	fill_pattern(self->bytes, variant->size, SEED);
}

FIXTURE_TEARDOWN(hole)
{
	close_pair(&self->port);
}

/* What was sent ends where it must, and arrives as it was. */
static bool arrives(FIXTURE_DATA(hole) *self, size_t size)
{
	memset(self->bytes, 0, size);
	return msgport_receive(self->port.receive, self->bytes, size,
			       MSGPORT_NONBLOCK) == (ssize_t)size &&
	       has_pattern(self->bytes, size, SEED);
}

/* Several times: memory that were not given back would soon be missed. */
TEST_F(hole, send_across_a_hole_fails_with_efault_and_leaves_nothing)
{
	struct iovec pieces[2] = {
		{ .iov_base = self->bytes, .iov_len = variant->size / 2 },
		{ .iov_base = self->short_of_one + variant->size / 2,
		  .iov_len = variant->size - variant->size / 2 },
	};
	struct msgport_message message = { .iov = pieces, .iov_count = 2 };
	struct msgport_stat before = stat_of(self->port.send), after;
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(EFAULT, error_of(msgport_send(self->port.send, self->short_of_one,
							variant->size, MSGPORT_NONBLOCK)));
		EXPECT_EQ(EFAULT, error_of(msgport_send_message(self->port.send, &message,
								MSGPORT_NONBLOCK,
								MSGPORT_FOREVER)));
	}
	after = stat_of(self->port.send);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_EQ(0, msgport_send(self->port.send, self->bytes, variant->size,
				  MSGPORT_NONBLOCK));
	EXPECT_TRUE(arrives(self, variant->size));
}

TEST_F(hole, receive_across_a_hole_fails_with_efault_and_loses_nothing)
{
	struct iovec pieces[2] = {
		{ .iov_base = self->short_of_one, .iov_len = variant->size / 2 },
		{ .iov_base = self->short_of_one + variant->size / 2,
		  .iov_len = variant->size - variant->size / 2 },
	};
	struct msgport_message message = { .iov = pieces, .iov_count = 2 };
	struct msgport_stat before, after;
	int i;

	ASSERT_EQ(0, msgport_send(self->port.send, self->bytes, variant->size, 0));
	before = stat_of(self->port.send);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(EFAULT, error_of(msgport_receive(self->port.receive,
							   self->short_of_one,
							   variant->size,
							   MSGPORT_NONBLOCK)));
		EXPECT_EQ(EFAULT, error_of(msgport_receive_message(self->port.receive,
								   &message, NULL,
								   MSGPORT_NONBLOCK,
								   MSGPORT_FOREVER)));
		EXPECT_EQ(EFAULT, error_of(msgport_receive(self->port.receive,
							   self->short_of_one,
							   variant->size,
							   MSGPORT_NONBLOCK |
							   MSGPORT_PEEK)));
	}
	after = stat_of(self->port.send);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_TRUE(arrives(self, variant->size));
	EXPECT_TRUE(port_balanced(self->port.receive));
}

TEST_F(hole, write_and_read_across_a_hole_fail_with_efault_and_lose_nothing)
{
	EXPECT_EQ(EFAULT, error_of(write(self->port.send, self->short_of_one,
					 variant->size)));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
	ASSERT_EQ(variant->size, write(self->port.send, self->bytes, variant->size));
	EXPECT_EQ(EFAULT, error_of(read(self->port.receive, self->short_of_one,
					variant->size)));
	EXPECT_EQ(1, stat_of(self->port.send).in_transit);
	EXPECT_TRUE(arrives(self, variant->size));
}

/* A message that comes back stands before those that were sent after it. */
TEST(message_that_a_hole_sent_back_stays_first)
{
	struct pair port = new_pair(NULL);
	char *hole = bytes_before_hole(7);

	ASSERT_EQ(0, send_number(port.send, 1, 0));
	ASSERT_EQ(0, send_number(port.send, 2, 0));
	EXPECT_EQ(EFAULT, error_of(msgport_receive(port.receive, hole, 8, 0)));
	EXPECT_EQ(1, receive_number(port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(2, receive_number(port.receive, MSGPORT_NONBLOCK));
	close_pair(&port);
}

/* ---- an argument structure that cannot be written back ---- */

FIXTURE(unwritable)
{
	struct pair port;
	char *pages;			/* two */
	size_t page;
	char payload[8];
};

FIXTURE_SETUP(unwritable)
{
	self->port = new_pair(NULL);
	self->page = page_size();
	self->pages = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->pages);
}

FIXTURE_TEARDOWN(unwritable)
{
	close_pair(&self->port);
}

static struct msgport_receive *receive_at(FIXTURE_DATA(unwritable) *self, char *at)
{
	struct msgport_receive *receive = (void *)at;

	memset(receive, 0, sizeof(*receive));
	receive->size = sizeof(*receive);
	receive->deadline = MSGPORT_FOREVER;
	receive->message.data = address_of(self->payload);
	receive->message.data_size = sizeof(self->payload);
	return receive;
}

/* The payload has been copied by then: it is copied again for who takes it. */
TEST_F(unwritable, receive_into_a_read_only_structure_loses_nothing)
{
	size_t at;

	ASSERT_EQ(0, send_number(self->port.send, 3, 0));
	/* the second page holds nothing but, more and more, of the structure */
	for (at = 8; at <= sizeof(struct msgport_receive); at += 8) {
		struct msgport_receive *receive =
			receive_at(self, self->pages + self->page -
				   sizeof(*receive) + at);

		ASSERT_EQ(0, mprotect(self->pages + self->page, self->page, PROT_READ));
		EXPECT_EQ(EFAULT, error_of(raw_receive(self->port.receive, receive)));
		EXPECT_EQ(1, stat_of(self->port.send).in_transit);
		EXPECT_EQ(0, stat_of(self->port.send).received);
		ASSERT_EQ(0, mprotect(self->pages + self->page, self->page,
				      PROT_READ | PROT_WRITE));
	}
	EXPECT_EQ(3, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_TRUE(port_balanced(self->port.receive));
}

TEST_F(unwritable, needed_size_that_cannot_be_told_fails_with_efault)
{
	struct msgport_receive *receive = receive_at(self, self->pages);

	ASSERT_EQ(0, send_number(self->port.send, 3, 0));
	receive->message.data_size = 7;
	ASSERT_EQ(0, mprotect(self->pages, self->page, PROT_READ));
	EXPECT_EQ(EFAULT, error_of(raw_receive(self->port.receive, receive)));
	EXPECT_EQ(3, receive_number(self->port.receive, MSGPORT_NONBLOCK));
}

struct waiter {
	int right;
	struct msgport_receive *receive;
	int error;
};

static void *receive_in_thread(void *argument)
{
	struct waiter *waiter = argument;

	waiter->error = error_of(raw_receive(waiter->right, waiter->receive));
	return NULL;
}

/*
 *	waiter				test
 *	receive, sleeps
 *					makes the structure read only
 *					sends
 *	copies the payload,
 *	cannot answer: EFAULT
 *					receives the message
 */
TEST_F(unwritable, structure_made_read_only_during_the_wait_loses_nothing)
{
	struct waiter waiter = {
		.right = self->port.receive,
		.receive = receive_at(self, self->pages),
	};
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, receive_in_thread, &waiter));
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ASSERT_EQ(0, mprotect(self->pages, self->page, PROT_READ));
	ASSERT_EQ(0, send_number(self->port.send, 5, 0));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(EFAULT, waiter.error);
	EXPECT_EQ(1, stat_of(self->port.receive).queued);
	EXPECT_EQ(5, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_TRUE(port_balanced(self->port.receive));
}

TEST_F(unwritable, limits_that_cannot_be_answered_are_not_set)
{
	struct msgport_limits *limits = (void *)self->pages;

	limits->size = sizeof(*limits);
	limits->flags = MSGPORT_SET_MAX_MSGS | MSGPORT_SET_UID_SHARE;
	limits->max_msgs = 7;
	limits->uid_share = 7;
	ASSERT_EQ(0, mprotect(self->pages, self->page, PROT_READ));
	EXPECT_EQ(EFAULT, error_of(raw_limits(self->port.receive, limits)));
	EXPECT_EQ(256, stat_of(self->port.receive).max_msgs);
}

/* ---- a structure that another thread changes during the call ---- */

#define ROUNDS		10000

struct flipper {
	atomic_bool stop;
	_Atomic uint32_t *word;
	uint32_t values[4];
};

static void *flip(void *argument)
{
	struct flipper *flipper = argument;
	unsigned int i;

	for (i = 0; !atomic_load_explicit(&flipper->stop, memory_order_relaxed); i++)
		atomic_store_explicit(flipper->word, flipper->values[i % 4],
				      memory_order_relaxed);
	return NULL;
}

static bool one_of(int error, const int *errors)
{
	for (; *errors >= 0; errors++)
		if (error == *errors)
			return true;
	return false;
}

/*
 * Calls many times meanwhile, and until it has succeeded and failed: on a busy
 * machine the other thread may sleep through any number of rounds.  How often
 * it succeeded, -1 for a wrong errno.
 */
static int call_flipped(struct flipper *flipper, int fd, unsigned long number,
			void *argument, const int *errors,
			bool (*after)(int fd))
{
	int i, error, successes = 0;
	pthread_t thread;

	atomic_init(&flipper->stop, false);
	if (pthread_create(&thread, NULL, flip, flipper))
		give_up("thread");
	for (i = 0; i < ROUNDS || !successes || successes == i; i++) {
		error = error_of(ioctl(fd, number, argument));
		if (!one_of(error, errors) || !after(fd)) {
			fprintf(stderr, "# errno %d in round %d\n", error, i);
			successes = -1;
			break;
		}
		successes += !error;
	}
	atomic_store(&flipper->stop, true);
	pthread_join(thread, NULL);
	return successes;
}

static struct pair flipped;

/* Takes what was sent, which is one of two sizes and all of one pattern. */
static bool drain(int fd)
{
	char bytes[64];
	ssize_t size;

	(void)fd;
	while ((size = msgport_receive(flipped.receive, bytes, sizeof(bytes),
				       MSGPORT_NONBLOCK)) >= 0)
		if ((size != 8 && size != 64) || !has_pattern(bytes, size, SEED))
			return false;
	return errno == EAGAIN;
}

TEST_F(unwritable, size_field_that_flips_is_read_once)
{
	static const int errors[] = { 0, EINVAL, E2BIG, -1 };
	struct msgport_send *send = (void *)self->pages;
	struct flipper flipper = {
		.word = (void *)&send->size,
		.values = { sizeof(*send), 0, sizeof(*send) + 64, UINT32_MAX },
	};
	char bytes[8];
	int sent;

	fill_pattern(bytes, sizeof(bytes), SEED);
	send->deadline = MSGPORT_FOREVER;
	send->message.data = address_of(bytes);
	send->message.data_size = sizeof(bytes);
	flipped = self->port;
	sent = call_flipped(&flipper, self->port.send, MSGPORT_IOC_SEND, send,
			    errors, drain);
	EXPECT_LT(0, sent);
	EXPECT_EQ(sent, stat_of(self->port.send).sent);
	EXPECT_TRUE(port_balanced(self->port.send));
}

/* Values that differ in one byte, as a copy may be torn between bytes. */
TEST_F(unwritable, payload_size_that_flips_is_read_once)
{
	static const int errors[] = { 0, EMSGSIZE, -1 };
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_SIZE, .max_size = 64,
	};
	struct msgport_send *send = (void *)self->pages;
	struct flipper flipper = {
		.word = (void *)&send->message.data_size,
		.values = { 8, 64, 200, 64 },
	};
	char bytes[64];
	int sent;

	ASSERT_EQ(0, raw_limits(self->port.receive, &limits));
	fill_pattern(bytes, sizeof(bytes), SEED);
	send->size = sizeof(*send);
	send->deadline = MSGPORT_FOREVER;
	send->message.data = address_of(bytes);
	send->message.data_size = 8;
	flipped = self->port;
	sent = call_flipped(&flipper, self->port.send, MSGPORT_IOC_SEND, send,
			    errors, drain);
	EXPECT_LT(0, sent);
	EXPECT_EQ(sent, stat_of(self->port.send).sent);
	EXPECT_TRUE(port_balanced(self->port.send));
}

/* Keeps a message in the port. */
static bool refill(int fd)
{
	return stat_of(fd).queued || !send_number(flipped.send, 9, MSGPORT_NONBLOCK);
}

/* What is taken is what was there for a moment: never more than the buffer. */
TEST_F(unwritable, buffer_size_that_flips_is_read_once)
{
	static const int errors[] = { 0, EMSGSIZE, -1 };
	char *bytes = bytes_before_hole(8);
	struct msgport_receive *receive = receive_at(self, self->pages);
	struct flipper flipper = {
		.word = (void *)&receive->message.data_size,
		.values = { 8, 7, 0, 8 },
	};
	int taken;

	flipped = self->port;
	ASSERT_TRUE(refill(self->port.receive));
	receive->flags = MSGPORT_NONBLOCK;
	receive->message.data = address_of(bytes);
	taken = call_flipped(&flipper, self->port.receive, MSGPORT_IOC_RECEIVE,
			     receive, errors, refill);
	EXPECT_LT(0, taken);
	EXPECT_EQ(taken, stat_of(self->port.receive).received);
	EXPECT_TRUE(port_balanced(self->port.receive));
}

TEST_HARNESS_MAIN
