// SPDX-License-Identifier: GPL-2.0
/* The stamp: what the kernel says of a sender, who cannot say otherwise. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "errand.h"

FIXTURE(stamped)
{
	struct pair port;
};

FIXTURE_SETUP(stamped)
{
	self->port = new_pair(NULL);
}

FIXTURE_TEARDOWN(stamped)
{
	close_pair(&self->port);
}

static struct msgport_stamp next_stamp(int receive)
{
	struct msgport_message message = { 0 };

	memset(&message.stamp, 0xee, sizeof(message.stamp));
	if (choose_number(receive, NULL, MSGPORT_NONBLOCK, MSGPORT_FOREVER, &message) == -1)
		give_up("receive");
	return message.stamp;
}

/* Field 22 of /proc/PID/stat, in clock ticks; the name before may hold blanks. */
static uint64_t start_ticks(pid_t pid)
{
	char path[64], text[1024], *rest, *field;
	ssize_t length;
	int fd, number;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	/* the name may hold blanks; the third field comes after its parenthesis */
	rest = strrchr(text, ')');
	field = rest ? strtok(rest + 1, " ") : NULL;
	for (number = 3; field && number < 22; number++)
		field = strtok(NULL, " ");
	return field ? strtoull(field, NULL, 10) : 0;
}

TEST_F(stamped, stamp_names_the_sending_process)
{
	struct msgport_stamp stamp;
	uint64_t ticks;
	pid_t sender;

	sender = start_errand((struct errand){ .right = self->port.send });
	ASSERT_TRUE(wait_for_queued(self->port.receive, 1));
	ticks = start_ticks(sender);
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(sender, stamp.pid);
	EXPECT_EQ(sender, stamp.tid);
	EXPECT_EQ(geteuid(), stamp.uid);
	EXPECT_EQ(getegid(), stamp.gid);
	EXPECT_NE(0, ticks);
	EXPECT_EQ(ticks, stamp.start_time / (NS_PER_S / sysconf(_SC_CLK_TCK)));
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(stamped, rest_of_the_stamp_is_what_it_must_be_for_plain_data)
{
	struct msgport_stamp stamp;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(MSGPORT_KIND_DATA, stamp.kind);
	EXPECT_EQ(0, stamp.answer_size);
	EXPECT_EQ(0, stamp.answer_fds);
	EXPECT_EQ(0, stamp.missed);
	EXPECT_EQ(0, stamp.deliveries);
	EXPECT_EQ(0, stamp.reason);
}

static void *send_from_thread(void *right)
{
	send_number(*(int *)right, 2, 0);
	return (void *)(intptr_t)syscall(SYS_gettid);
}

TEST_F(stamped, stamp_tells_threads_of_one_process_apart)
{
	struct msgport_stamp first, second;
	pthread_t thread;
	void *tid;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_from_thread, &self->port.send));
	ASSERT_EQ(0, pthread_join(thread, &tid));
	first = next_stamp(self->port.receive);
	second = next_stamp(self->port.receive);
	EXPECT_EQ(getpid(), first.tid);
	EXPECT_NE(getpid(), (intptr_t)tid);
	/* the thread has ended; its number is what it was or, if gone, 0 */
	EXPECT_TRUE(second.tid == (uintptr_t)tid || second.tid == 0);
	EXPECT_EQ(getpid(), first.pid);
	EXPECT_EQ(getpid(), second.pid);
	EXPECT_EQ(first.start_time, second.start_time);
}

struct live_thread {
	int right;
	pid_t tid;
	pthread_barrier_t sent, seen;
};

static void *send_and_stay(void *argument)
{
	struct live_thread *thread = argument;

	thread->tid = syscall(SYS_gettid);
	send_number(thread->right, 1, 0);
	pthread_barrier_wait(&thread->sent);
	pthread_barrier_wait(&thread->seen);
	return NULL;
}

TEST_F(stamped, stamp_has_the_number_of_a_thread_that_lives)
{
	struct live_thread live = { .right = self->port.send };
	struct msgport_stamp stamp;
	pthread_t thread;

	pthread_barrier_init(&live.sent, NULL, 2);
	pthread_barrier_init(&live.seen, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_and_stay, &live));
	pthread_barrier_wait(&live.sent);
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(live.tid, stamp.tid);
	EXPECT_EQ(getpid(), stamp.pid);
	EXPECT_NE(stamp.tid, stamp.pid);
	pthread_barrier_wait(&live.seen);
	EXPECT_EQ(0, pthread_join(thread, NULL));
}

TEST_F(stamped, stamp_carries_the_badge_and_the_source_of_the_right)
{
	int right = msgport_mint(self->port.receive, 0xfeedfacecafebeefULL, 0, 31, 0);
	struct msgport_stamp plain, badged;

	ASSERT_GE(right, 0);
	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	ASSERT_EQ(0, send_number(right, 2, 0));
	plain = next_stamp(self->port.receive);
	badged = next_stamp(self->port.receive);
	EXPECT_EQ(0, plain.badge);
	EXPECT_EQ(0xfeedfacecafebeefULL, badged.badge);
	EXPECT_EQ(stat_of(self->port.send).source, plain.source);
	EXPECT_EQ(stat_of(right).source, badged.source);
	EXPECT_NE(plain.source, badged.source);
	EXPECT_EQ(0, close(right));
}

TEST_F(stamped, source_of_a_closed_right_is_not_used_again)
{
	uint64_t sources[20];
	int i, j, right;

	for (i = 0; i < 20; i++) {
		right = mint_plain(self->port.receive);
		ASSERT_EQ(0, send_number(right, i, 0));
		ASSERT_EQ(0, close(right));
		sources[i] = next_stamp(self->port.receive).source;
		for (j = 0; j < i; j++)
			EXPECT_NE(sources[j], sources[i]);
	}
}

TEST_F(stamped, stamp_outlives_the_right_it_was_sent_through)
{
	int right = msgport_mint(self->port.receive, 77, 0, 31, 0);
	uint64_t source = stat_of(right).source;
	struct msgport_stamp stamp;

	ASSERT_EQ(0, send_number(right, 1, 0));
	ASSERT_EQ(0, close(right));
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(77, stamp.badge);
	EXPECT_EQ(source, stamp.source);
}

TEST_F(stamped, sequence_numbers_of_a_port_are_consecutive)
{
	uint64_t first;
	int i;

	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, send_number(self->port.send, i, 0));
	first = next_stamp(self->port.receive).sequence;
	for (i = 1; i < 50; i++)
		EXPECT_EQ(first + i, next_stamp(self->port.receive).sequence);
}

TEST_F(stamped, failed_send_uses_no_sequence_number)
{
	char data[65537];
	uint64_t first;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_send(self->port.send, data, sizeof(data), 0)));
	EXPECT_EQ(EFAULT, error_of(msgport_send(self->port.send, (void *)8, 100, 0)));
	ASSERT_EQ(0, send_number(self->port.send, 2, 0));
	first = next_stamp(self->port.receive).sequence;
	EXPECT_EQ(first + 1, next_stamp(self->port.receive).sequence);
}

TEST_F(stamped, sent_at_lies_between_the_clock_before_and_after)
{
	uint64_t before, after, last = 0;
	struct msgport_stamp stamp;
	int i;

	for (i = 0; i < 20; i++) {
		before = now_ns();
		ASSERT_EQ(0, send_number(self->port.send, i, 0));
		after = now_ns();
		stamp = next_stamp(self->port.receive);
		EXPECT_LE(before, stamp.sent_at);
		EXPECT_GE(after, stamp.sent_at);
		EXPECT_LE(last, stamp.sent_at);
		last = stamp.sent_at;
	}
}

/* One right, two processes: the stamp is that of who sends. */
TEST_F(stamped, stamp_of_an_inherited_right_is_of_the_process_that_sends)
{
	struct msgport_stamp stamp;
	pid_t sender;

	ASSERT_EQ(0, send_number(self->port.send, 1, 0));
	sender = start_errand((struct errand){ .right = self->port.send });
	ASSERT_TRUE(wait_for_queued(self->port.receive, 2));
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(getpid(), stamp.pid);
	EXPECT_EQ(start_ticks(getpid()), stamp.start_time / (NS_PER_S / sysconf(_SC_CLK_TCK)));
	stamp = next_stamp(self->port.receive);
	EXPECT_EQ(sender, stamp.pid);
	EXPECT_EQ(0, child_status(sender));
}

TEST_F(stamped, pid_of_a_reaped_sender_is_zero_and_its_start_time_stays)
{
	struct msgport_stamp stamp;
	uint64_t ticks;
	pid_t sender = start_errand((struct errand){ .right = self->port.send });

	ASSERT_TRUE(wait_for_queued(self->port.receive, 1));
	ticks = start_ticks(sender);
	EXPECT_EQ(0, child_status(sender));
	stamp = next_stamp(self->port.receive);
	/* the number is the kernel's memory of the process, not of who has it now */
	EXPECT_TRUE(stamp.pid == (unsigned int)sender || stamp.pid == 0);
	EXPECT_EQ(ticks, stamp.start_time / (NS_PER_S / sysconf(_SC_CLK_TCK)));
}

TEST_HARNESS_MAIN
