// SPDX-License-Identifier: GPL-2.0
/*
 * Memory whose page does not come: userfaultfd stops whoever touches it until
 * we give the page, seconds later or never.  While one stands still in the
 * middle of a copy, nobody else on the port may wait for it.  Root, since only
 * root may stop the kernel's own accesses.
 *
 * timeout: 90
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define STALL_MS	5000
#define ROUNDS		200
#define SEED		31
#define BYTES		64

/* ---- a page that comes when we say so ---- */

struct late_page {
	int uffd;
	char *start;			/* ordinary memory, and then */
	char *page;			/* the late one */
	size_t size;			/* of the page */
};

static struct late_page new_late_page(size_t before)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct late_page late = {
		.uffd = syscall(SYS_userfaultfd, O_CLOEXEC),
		.size = page_size(),
	};

	late.start = mmap(NULL, before + late.size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	late.page = late.start + before;
	range.range.start = address_of(late.page);
	range.range.len = late.size;
	if (late.uffd < 0 || late.start == MAP_FAILED ||
	    ioctl(late.uffd, UFFDIO_API, &api) ||
	    ioctl(late.uffd, UFFDIO_REGISTER, &range))
		give_up("userfaultfd");
	return late;
}

/* Returns when somebody stands still at the page. */
static void wait_for_stall(const struct late_page *late)
{
	struct uffd_msg event;

	if (read(late->uffd, &event, sizeof(event)) != sizeof(event) ||
	    event.event != UFFD_EVENT_PAGEFAULT)
		give_up("page fault");
}

/* Gives the page, with a pattern; the one who stands still goes on. */
static void give_page(const struct late_page *late)
{
	char *content = mmap(NULL, late->size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_copy copy = {
		.dst = address_of(late->page), .src = address_of(content),
		.len = late->size,
	};

	fill_pattern(content, BYTES, SEED);
	if (ioctl(late->uffd, UFFDIO_COPY, &copy))
		give_up("UFFDIO_COPY");
	munmap(content, late->size);
}

/* ---- somebody who stands still: a thread, and one verb ---- */

struct stalled {
	struct late_page late;
	pthread_t thread;
	int (*verb)(struct stalled *self);
	int right;
	int result;			/* what the verb returned */
	int error;
	_Atomic bool done;
};

static void *call_verb(void *argument)
{
	struct stalled *self = argument;

	self->result = self->verb(self);
	self->error = error_of(self->result);
	self->done = true;
	return NULL;
}

static int send_late(struct stalled *self)
{
	return msgport_send(self->right, self->late.page, BYTES, 0);
}

static int send_most_late(struct stalled *self)
{
	return msgport_send(self->right, self->late.start, MSGPORT_SIZE_MAX, 0);
}

static int receive_late(struct stalled *self)
{
	return msgport_receive(self->right, self->late.page, BYTES, 0);
}

static int read_late(struct stalled *self)
{
	return read(self->right, self->late.page, BYTES);
}

static int stat_late(struct stalled *self)
{
	return ioctl(self->right, MSGPORT_IOC_STAT, self->late.page);
}

static struct stalled *start_stalled_behind(size_t before, int right,
					    int (*verb)(struct stalled *self))
{
	struct stalled *self = calloc(1, sizeof(*self));

	self->late = new_late_page(before);
	self->right = right;
	self->verb = verb;
	if (pthread_create(&self->thread, NULL, call_verb, self))
		give_up("thread");
	wait_for_stall(&self->late);
	return self;
}

static struct stalled *start_stalled(int right, int (*verb)(struct stalled *self))
{
	return start_stalled_behind(0, right, verb);
}

/* Lets it go, and waits until it is through. */
static void finish_stalled(struct stalled *self)
{
	give_page(&self->late);
	if (pthread_join(self->thread, NULL))
		give_up("join");
}

static void free_stalled(struct stalled *self)
{
	close(self->late.uffd);
	munmap(self->late.start, self->late.page + self->late.size - self->late.start);
	free(self);
}

/* ---- everybody else ---- */

/*
 * A sender and a receiver in processes of their own exchange messages through
 * the port; how long that took, in ms, or -1 if one of them failed.
 */
static long traffic_ms(struct pair port, int64_t first)
{
	uint64_t start = now_ns();
	pid_t sender = start_child(), receiver;
	int i, failed;

	if (!sender) {
		for (i = 0; i < ROUNDS; i++)
			if (send_number(port.send, first + i, 0))
				_exit(1);
		_exit(0);
	}
	receiver = start_child();
	if (!receiver) {
		for (i = 0; i < ROUNDS; i++)
			if (receive_number(port.receive, 0) != first + i)
				_exit(1);
		_exit(0);
	}
	failed = child_status(sender);
	failed |= child_status(receiver);
	return failed ? -1 : (long)((now_ns() - start) / NS_PER_MS);
}

/* Sleeps for what is left of the stall, so that it has its full length. */
static void stand_still_until(uint64_t end)
{
	while (now_ns() < end)
		pause_ms(50);
}

FIXTURE(stall)
{
	struct pair port;
	uint64_t start;
};

FIXTURE_SETUP(stall)
{
	self->port = new_pair_for(8);
	self->start = now_ns();
}

FIXTURE_TEARDOWN(stall)
{
	close_pair(&self->port);
}

/*
 *	stalled sender		other sender		other receiver
 *	send, copies in:
 *	stands still
 *	  :			sends 200		receives 200
 *	  :			  five seconds pass
 *	goes on, is queued
 *							receives it
 */
TEST_F(stall, sender_that_stalls_for_5_seconds_delays_nobody)
{
	struct stalled *stalled = start_stalled(self->port.send, send_late);
	char received[BYTES];
	long ms;

	EXPECT_EQ(0, stat_of(self->port.send).sent);
	ms = traffic_ms(self->port, 1000);
	EXPECT_LE(0, ms);
	EXPECT_GT(STALL_MS - 1000, ms);
	stand_still_until(self->start + STALL_MS * NS_PER_MS);
	EXPECT_FALSE(stalled->done);
	EXPECT_EQ(ROUNDS, stat_of(self->port.send).sent);

	finish_stalled(stalled);
	EXPECT_EQ(0, stalled->result);
	EXPECT_EQ(BYTES, msgport_receive(self->port.receive, received, BYTES,
					 MSGPORT_NONBLOCK));
	EXPECT_TRUE(has_pattern(received, BYTES, SEED));
	EXPECT_TRUE(port_balanced(self->port.send));
	free_stalled(stalled);
}

/*
 *	stalled receiver	other sender		other receiver
 *	receive, copies out:
 *	stands still, with the
 *	first message in hand
 *	  :			sends 200		receives 200
 *	  :			  five seconds pass
 *	goes on: has the first
 */
TEST_F(stall, receiver_that_stalls_for_5_seconds_delays_nobody)
{
	char sent[BYTES];
	struct stalled *stalled;
	struct msgport_stat stat;
	long ms;

	fill_pattern(sent, BYTES, SEED + 1);
	ASSERT_EQ(0, msgport_send(self->port.send, sent, BYTES, 0));
	stalled = start_stalled(self->port.receive, receive_late);
	stat = stat_of(self->port.receive);
	EXPECT_EQ(1, stat.in_hand);
	EXPECT_EQ(1, stat.queued);
	ms = traffic_ms(self->port, 2000);
	EXPECT_LE(0, ms);
	EXPECT_GT(STALL_MS - 1000, ms);
	stand_still_until(self->start + STALL_MS * NS_PER_MS);
	EXPECT_FALSE(stalled->done);
	EXPECT_TRUE(port_balanced(self->port.receive));

	finish_stalled(stalled);
	EXPECT_EQ(BYTES, stalled->result);
	EXPECT_TRUE(has_pattern(stalled->late.page, BYTES, SEED + 1));
	stat = stat_of(self->port.receive);
	EXPECT_EQ(ROUNDS + 1, stat.received);
	EXPECT_EQ(0, stat.queued);
	free_stalled(stalled);
}

/* In the hand of one who stands still, a message keeps its place in the port. */
TEST_F(stall, message_in_a_stalled_hand_still_takes_room)
{
	struct stalled *stalled;

	ASSERT_EQ(8, fill(self->port.send));
	stalled = start_stalled(self->port.receive, read_late);
	EXPECT_EQ(EAGAIN, error_of(send_number(self->port.send, 8, MSGPORT_NONBLOCK)));
	finish_stalled(stalled);
	EXPECT_EQ(8, stalled->result);
	EXPECT_EQ(0, send_number(self->port.send, 8, MSGPORT_NONBLOCK));
	free_stalled(stalled);
}

TEST_F(stall, argument_structure_that_stalls_delays_nobody)
{
	struct stalled *stalled = start_stalled(self->port.send, stat_late);

	EXPECT_LE(0, traffic_ms(self->port, 3000));
	EXPECT_FALSE(stalled->done);
	finish_stalled(stalled);
	free_stalled(stalled);
}

/* ---- killed while standing still ---- */

/* A process that stands still for ever in the verb; returns once it does. */
static pid_t start_stalled_process(size_t before, int right,
				   int (*verb)(struct stalled *self))
{
	int pipes[2];
	char byte;
	pid_t pid;

	if (pipe(pipes))
		give_up("pipe");
	pid = start_child();
	if (!pid) {
		start_stalled_behind(before, right, verb);
		if (write(pipes[1], "s", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	if (read(pipes[0], &byte, 1) != 1)
		give_up("stalled process");
	close(pipes[0]);
	return pid;
}

TEST(stalled_sender_that_is_killed_leaves_nothing)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct msgport_stat before, after;
	struct pair port;
	char *bytes = calloc(1, MSGPORT_SIZE_MAX);

	options.max_size = MSGPORT_SIZE_MAX;
	port = new_pair(&options);
	before = stat_of(port.send);
	end_child(start_stalled_process(0, port.send, send_late));
	/* the second one holds all that may be pending of one user */
	end_child(start_stalled_process(MSGPORT_SIZE_MAX - page_size(), port.send,
					send_most_late));
	after = stat_of(port.send);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_EQ(0, msgport_send(port.send, bytes, MSGPORT_SIZE_MAX, MSGPORT_NONBLOCK));
	EXPECT_EQ(MSGPORT_SIZE_MAX, msgport_receive(port.receive, bytes, MSGPORT_SIZE_MAX,
						    MSGPORT_NONBLOCK));
	free(bytes);
	close_pair(&port);
}

/*
 *	stalled receiver		test
 *	takes 1, stands still
 *					receives 2
 *	is killed
 *					receives 1, then 3
 */
TEST_F(stall, message_returns_to_its_place_when_the_stalled_receiver_is_killed)
{
	pid_t pid;
	int64_t i;

	for (i = 1; i <= 3; i++)
		ASSERT_EQ(0, send_number(self->port.send, i, 0));
	pid = start_stalled_process(0, self->port.receive, receive_late);
	EXPECT_EQ(2, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(1, stat_of(self->port.receive).in_hand);
	end_child(pid);
	EXPECT_EQ(0, stat_of(self->port.receive).in_hand);
	EXPECT_EQ(1, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_EQ(3, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_TRUE(port_balanced(self->port.receive));
}

/*
 *	stalled receiver	waiting receiver	test
 *	takes 7, stands still
 *				receive, sleeps
 *	is killed					kills
 *				has 7
 */
TEST_F(stall, message_of_a_killed_receiver_goes_to_one_who_waits)
{
	pid_t stalled, waiting;

	ASSERT_EQ(0, send_number(self->port.send, 7, 0));
	stalled = start_stalled_process(0, self->port.receive, receive_late);
	waiting = start_receiver(self->port.receive, 7);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	end_child(stalled);
	EXPECT_EQ(0, child_status(waiting));
	EXPECT_EQ(1, stat_of(self->port.receive).received);
}

/* Nothing was accepted before the death, so nothing is. */
TEST_F(stall, port_that_dies_under_a_stalled_sender_gives_epipe)
{
	struct stalled *stalled = start_stalled(self->port.send, send_late);

	close(self->port.receive);
	finish_stalled(stalled);
	EXPECT_EQ(-1, stalled->result);
	EXPECT_EQ(EPIPE, stalled->error);
	EXPECT_EQ(0, stat_of(self->port.send).sent);
	EXPECT_EQ(0, stat_of(self->port.send).in_transit);
	self->port.receive = new_port(NULL);
	free_stalled(stalled);
}

TEST_HARNESS_MAIN
