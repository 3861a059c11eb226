// SPDX-License-Identifier: GPL-2.0
/*
 * Closes, deaths and withdrawals that meet a receive under way: what was taken is
 * given back once, and nobody is left waiting.
 */

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kselftest_harness.h"
#include "stall.h"
#include "taken.h"

static bool wait_for_stall(int uffd)
{
	struct pollfd poll_fd = { .fd = uffd, .events = POLLIN };
	struct uffd_msg event;

	return poll(&poll_fd, 1, PATIENCE_MS) == 1 &&
	       read(uffd, &event, sizeof(event)) == sizeof(event) &&
	       event.event == UFFD_EVENT_PAGEFAULT;
}

static void end_stall(int uffd, void *page)
{
	struct uffdio_zeropage zero = {
		.range = { .start = address_of(page), .len = page_size() },
	};

	if (ioctl(uffd, UFFDIO_ZEROPAGE, &zero))
		give_up("UFFDIO_ZEROPAGE");
}

struct stall {
	int uffd;
	void *page;
	int port;
	unsigned int flags;
	int error;
	pthread_t thread;
};

static void *stalled(void *argument)
{
	struct stall *s = argument;
	struct msgport_message message = { .data = s->page, .size = 48 };

	/* as a message, with a token */
	s->error = error_of(msgport_receive_message(s->port, &message, NULL, s->flags,
						    MSGPORT_FOREVER));
	return NULL;
}

static void begin_stall(struct stall *s, int port, unsigned int flags)
{
	s->page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->page == MAP_FAILED)
		give_up("mmap");
	s->uffd = open_userfaultfd(s->page);
	s->port = port;
	s->flags = flags;
	s->error = -1;
	if (pthread_create(&s->thread, NULL, stalled, s))
		give_up("pthread_create");
}

TEST(message_returned_from_a_peek_is_peeked_at_and_received_at_home)
{
	struct pair pair = new_pair(NULL);
	int home = new_port(NULL);
	struct stall first, second;
	struct msgport_message m;
	char byte;

	ASSERT_EQ(0, ask(pair.send, 7, home, 3, 8));
	begin_stall(&first, pair.receive, MSGPORT_PEEK);
	ASSERT_TRUE(wait_for_stall(first.uffd));
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(pair.receive, &byte, 1,
						     MSGPORT_DISCARD_LARGE | MSGPORT_NONBLOCK)));
	end_stall(first.uffd, first.page);
	pthread_join(first.thread, NULL);
	ASSERT_TRUE(wait_for_queued(home, 1));
	begin_stall(&second, home, MSGPORT_PEEK);
	ASSERT_TRUE(wait_for_stall(second.uffd));
	EXPECT_EQ(7, take(home, &m));
	EXPECT_EQ(MSGPORT_KIND_RETURNED, m.stamp.kind);
	end_stall(second.uffd, second.page);
	pthread_join(second.thread, NULL);
	EXPECT_EQ(1, stat_of(home).sent);
	EXPECT_EQ(0, stat_of(home).queued);
	EXPECT_TRUE(port_balanced(home));
	close_pair(&pair);
	close(home);
}

#define MANY 300

TEST(right_closed_while_a_thread_receives_through_it_gives_back_all_that_was_taken)
{
	struct pair pair = new_ack_pair(MANY);
	int other = msgport_reopen(pair.receive);
	struct stall s;
	uint64_t token;
	int i;

	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, send_number(pair.send, i, 0));
	}
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(i, take_number(pair.receive, &token));
	}
	begin_stall(&s, pair.receive, 0);
	ASSERT_TRUE(wait_for_receivers(other, 1));
	close(pair.receive);
	ASSERT_TRUE(wait_for_stall(s.uffd));
	end_stall(s.uffd, s.page);
	pthread_join(s.thread, NULL);
	EXPECT_EQ(0, s.error);
	EXPECT_TRUE(wait_for_queued(other, MANY));
	EXPECT_TRUE(port_balanced(other));
	close(pair.send);
	close(other);
}

/* The set lives on in a child; what this process took through it comes back. */
TEST(set_closed_while_a_thread_receives_through_it_gives_back_all_that_was_taken)
{
	int set = msgport_set_create(MSGPORT_DEFAULT);
	struct pair pair = new_ack_pair(2);
	struct stall s;
	uint64_t token;
	pid_t holder;

	ASSERT_LE(0, set);
	ASSERT_EQ(0, msgport_set_add(set, pair.receive, 1));
	holder = start_child();
	if (!holder)
		for (;;)
			pause();
	ASSERT_EQ(0, send_number(pair.send, 1, 0));
	ASSERT_EQ(1, take_number(set, &token));
	ASSERT_EQ(0, send_number(pair.send, 2, 0));
	begin_stall(&s, set, 0);
	ASSERT_TRUE(wait_for_stall(s.uffd));
	close(set);
	end_stall(s.uffd, s.page);
	pthread_join(s.thread, NULL);
	EXPECT_EQ(0, s.error);
	EXPECT_TRUE(wait_for_queued(pair.receive, 2));
	EXPECT_EQ(0, stat_of(pair.receive).outstanding);
	end_child(holder);
	close_pair(&pair);
}

static atomic_int ready;

static void *close_it(void *argument)
{
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < 2)
		;
	close(*(int *)argument);
	return NULL;
}

TEST(duplicates_closed_at_once_by_two_threads_give_back_once)
{
	struct pair pair = new_ack_pair(MANY);
	int round, i, one, two;
	pthread_t thread;
	uint64_t token;

	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, send_number(pair.send, i, 0));
	}
	for (round = 0; round < 30; round++) {
		one = msgport_reopen(pair.receive);
		two = dup(one);
		for (i = 0; i < 10; i++) {
			ASSERT_NE(-1, take_number(one, &token));
		}
		atomic_store(&ready, 0);
		ASSERT_EQ(0, pthread_create(&thread, NULL, close_it, &one));
		close_it(&two);
		pthread_join(thread, NULL);
		ASSERT_TRUE(wait_for_queued(pair.receive, stat_of(pair.receive).sent -
					    stat_of(pair.receive).discarded));
	}
	close_pair(&pair);
}

static pid_t start_call(int send, uint64_t number, unsigned int ms)
{
	pid_t pid = start_child();
	uint64_t answer;

	if (!pid)
		_exit(error_of(msgport_call(send, &number, sizeof(number), &answer,
					    sizeof(answer), in_ms(ms))));
	return pid;
}

TEST(caller_at_the_gate_of_a_kept_port_gets_epipe_with_the_last_receiver_gone)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("kept");
	pid_t first, second;
	int receive, send;

	options.flags = MSGPORT_KEEP;
	options.max_msgs = 1;
	receive = msgport_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_LE(0, receive);
	send = mint_plain(receive);
	fcntl(receive, F_SETFD, FD_CLOEXEC);
	/* the children must not have the receive right */
	first = start_child();
	if (!first) {
		uint64_t n = 1;

		close(receive);
		_exit(error_of(msgport_call(send, &n, 8, &n, 8, in_ms(5000))));
	}
	ASSERT_TRUE(wait_for_queued(send, 1));
	second = start_child();
	if (!second) {
		uint64_t n = 2;

		close(receive);
		_exit(error_of(msgport_call(send, &n, 8, &n, 8, in_ms(5000))));
	}
	ASSERT_TRUE(wait_for_senders(send, 1));
	close(receive);
	EXPECT_EQ(EPIPE, child_status(first));
	EXPECT_EQ(EPIPE, child_status(second));
	EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	close(send);
}

static void *take_one(void *argument)
{
	/* as a message, so that it is the taker's to answer */
	choose_number(*(int *)argument, NULL, 0, MSGPORT_FOREVER, NULL);
	return NULL;
}

TEST(kept_port_closed_while_a_thread_receives_leaves_no_caller_waiting)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("kept");
	int receive, send, status;
	pthread_t thread;
	pid_t caller;

	options.flags = MSGPORT_KEEP | MSGPORT_ACK;
	receive = msgport_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_LE(0, receive);
	send = mint_plain(receive);
	ASSERT_EQ(0, pthread_create(&thread, NULL, take_one, &receive));
	ASSERT_TRUE(wait_for_receivers(send, 1));
	close(receive);
	caller = start_call(send, 1, 5000);
	pthread_join(thread, NULL);
	status = child_status(caller);
	EXPECT_TRUE(status == ESRCH || status == EPIPE);
	EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	close(send);
}

/* A thread waits in @take on a descriptor that its process closes meanwhile. */
static void take_after_close(struct __test_metadata *_metadata, void *(*take)(void *))
{
	struct pair pair = new_ack_pair(4);
	pthread_t thread;
	pid_t child;
	int other;

	child = start_child();
	if (!child) {
		other = msgport_reopen(pair.receive);
		if (pthread_create(&thread, NULL, take, &pair.receive))
			_exit(1);
		if (!wait_for_receivers(other, 1))
			_exit(2);
		close(pair.receive);
		send_number(pair.send, 5, 0);
		pthread_join(thread, NULL);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(0, stat_of(pair.receive).outstanding);
	EXPECT_EQ(1, stat_of(pair.receive).queued);
	close_pair(&pair);
}

TEST(message_taken_after_the_process_closed_the_right_is_given_back)
{
	take_after_close(_metadata, take_one);
}

TEST(acknowledgement_names_the_user_who_asked)
{
	struct msgport_message m;
	struct pair pair;
	uint64_t token;
	int home;

	become(1000, 1000);
	pair = new_ack_pair(2);
	home = new_port(NULL);
	ASSERT_EQ(0, ask(pair.send, 1, home, 77, 0));
	ASSERT_EQ(1, take_number(pair.receive, &token));
	EXPECT_EQ(0, msgport_ack(pair.receive, token));
	ASSERT_EQ(0, take(home, &m));
	EXPECT_EQ(MSGPORT_KIND_ACKNOWLEDGED, m.stamp.kind);
	EXPECT_EQ(1000, m.stamp.uid);
	EXPECT_EQ(1000, m.stamp.gid);
	close_pair(&pair);
	close(home);
}

TEST(room_at_a_rendezvous_port_is_told_when_a_receiver_waits)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int events = new_port(NULL);
	struct pair pair;
	pthread_t thread;
	uint64_t id;

	options.flags = MSGPORT_RENDEZVOUS;
	pair = new_pair(&options);
	ASSERT_EQ(0, msgport_watch(pair.send, MSGPORT_WATCH_ROOM, 0, events, 9, &id));
	ASSERT_EQ(0, stat_of(events).queued);
	ASSERT_EQ(0, pthread_create(&thread, NULL, take_one, &pair.receive));
	ASSERT_TRUE(wait_for_receivers(pair.receive, 1));
	EXPECT_TRUE(wait_for_queued(events, 1));
	send_number(pair.send, 1, 0);
	pthread_join(thread, NULL);
	close_pair(&pair);
	close(events);
}

static void *take_two(void *argument)
{
	uint64_t numbers[2];
	struct msgport_message m[2] = {
		{ .data = &numbers[0], .size = 8 }, { .data = &numbers[1], .size = 8 },
	};

	msgport_receive_batch(*(int *)argument, m, 2, NULL, 0, MSGPORT_FOREVER);
	return NULL;
}

TEST(messages_taken_by_a_vector_after_the_close_are_given_back)
{
	take_after_close(_metadata, take_two);
}

struct releasing {
	int port;
	uint64_t token;
	atomic_int begun;
};

static void *release_it(void *argument)
{
	struct releasing *r = argument;

	atomic_store(&r->begun, 1);
	msgport_release(r->port, r->token);
	return NULL;
}

#define DEEP 30000

TEST(request_withdrawn_while_it_goes_back_is_not_delivered)
{
	struct msgport_filter filter = { .by = MSGPORT_BY_SOURCE };
	struct pair pair = new_ack_pair(DEEP + 100);
	struct releasing r = { .port = pair.receive };
	struct msgport_message m;
	int round, special, left = 0;
	pthread_t thread;
	pid_t caller;
	uint64_t n;
	int i;

	for (i = 0; i < DEEP; i++) {
		ASSERT_EQ(0, send_number(pair.send, i, 0));
	}
	for (round = 0; round < 20 && !left; round++) {
		special = mint_plain(pair.receive);
		caller = start_child();
		if (!caller) {
			n = 1;
			close(pair.receive);
			_exit(error_of(msgport_call(special, &n, 8, &n, 8, MSGPORT_FOREVER)));
		}
		ASSERT_TRUE(wait_for_queued(pair.receive, DEEP + round + 1));
		ASSERT_EQ(0, send_number(pair.send, i, 0));
		filter.source = stat_of(special).source;
		memset(&m, 0, sizeof(m));
		m.data = &n;
		m.size = sizeof(n);
		ASSERT_EQ(0, msgport_receive_message(pair.receive, &m, &filter,
						     MSGPORT_NONBLOCK, 0));
		r.token = m.token;
		atomic_store(&r.begun, 0);
		ASSERT_EQ(0, pthread_create(&thread, NULL, release_it, &r));
		while (!atomic_load(&r.begun))
			;
		kill(caller, SIGKILL);
		child_status(caller);
		pthread_join(thread, NULL);
		m.size = sizeof(n);
		if (!msgport_receive_message(pair.receive, &m, &filter,
					     MSGPORT_NONBLOCK, 0)) {
			left++;
			msgport_ack(pair.receive, m.token);
		}
		close(special);
	}
	EXPECT_EQ(0, left);
	close_pair(&pair);
}

#define BATCH	(2 * MSGPORT_DELIVERIES)

/* How many it got. */
static void *take_batch(void *argument)
{
	struct msgport_message m[BATCH] = { };

	return (void *)msgport_receive_batch(*(int *)argument, m, BATCH, NULL, 0,
					     MSGPORT_FOREVER);
}

/* Else the same message would be taken again and again, until that exhausts it. */
TEST(vector_ends_with_the_first_message_taken_after_the_close)
{
	struct pair pair = new_ack_pair(4);
	struct msgport_stat stat;
	pthread_t thread;
	void *count;
	pid_t child;
	int other;

	child = start_child();
	if (!child) {
		other = msgport_reopen(pair.receive);
		if (pthread_create(&thread, NULL, take_batch, &pair.receive))
			_exit(101);
		if (!wait_for_receivers(other, 1))
			_exit(102);
		close(pair.receive);
		msgport_send(pair.send, NULL, 0, 0);
		pthread_join(thread, &count);
		_exit((intptr_t)count);
	}
	EXPECT_EQ(1, child_status(child));
	stat = stat_of(pair.receive);
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(1, stat.redelivered);
	EXPECT_EQ(0, stat.exhausted);
	close_pair(&pair);
}

TEST_HARNESS_MAIN
