// SPDX-License-Identifier: GPL-2.0
/*
 * A peek whose copy stalls while the message ends by other means.  The stall is
 * a page of the peeker's buffer that userfaultfd fills when the test says so;
 * for faults in the kernel that needs root.
 */

#include <poll.h>
#include <pthread.h>

#include "kselftest_harness.h"
#include "stall.h"

/*
 * Message contents.  Long enough that part of a copy comes after the stall, and
 * as large as fits where a message of the rendezvous port lies.
 */
#define SIZE	48
#define TRUTH	0x11
#define OTHERS	0x22

#define MAX_PENDING	"/sys/module/msgport/parameters/max_pending"

FIXTURE(peek)
{
	int uffd;
	char *page;		/* not there until filled */
	struct pair pair;	/* a rendezvous port */
	pthread_t peeker;
};

struct peeking {
	int port;
	void *buffer;
	int error;
};

static struct peeking peeking;

static void *peek(void *argument)
{
	struct peeking *p = argument;

	p->error = error_of(msgport_receive(p->port, p->buffer, SIZE, MSGPORT_PEEK));
	return NULL;
}

FIXTURE_SETUP(peek)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	stay_on_one_processor();
	self->page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	self->uffd = open_userfaultfd(self->page);
	options.flags = MSGPORT_RENDEZVOUS;
	self->pair = new_pair(&options);
	peeking = (struct peeking) { self->pair.receive, self->page, -1 };
}

FIXTURE_TEARDOWN(peek)
{
	close(self->uffd);
	close_pair(&self->pair);
}

/* Until the copy of the peek has come to the page that is not there. */
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

static int send_bytes(int right, int byte, size_t size)
{
	char bytes[64];

	memset(bytes, byte, sizeof(bytes));
	return msgport_send(right, bytes, size, 0);
}

static pid_t start_offer(int right)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(error_of(send_bytes(right, TRUTH, SIZE)));
	return pid;
}

static bool all_true(const char *bytes)
{
	int i;

	for (i = 0; i < SIZE; i++)
		if (bytes[i] != TRUTH)
			return false;
	return true;
}

/* Takes what comes next; is it the truth? */
static bool receive_truth(int port)
{
	char bytes[SIZE];

	return msgport_receive(port, bytes, SIZE, MSGPORT_NONBLOCK) == SIZE &&
	       all_true(bytes);
}

/* Messages that take whatever memory has been freed. */
static struct pair many_others(void)
{
	struct pair pair = new_pair_for(1024);
	int i;

	for (i = 0; i < 1024; i++)
		if (send_bytes(pair.send, OTHERS, 64))
			give_up("send");
	return pair;
}

/*
 *	sender: offers ------------------ gives up
 *	peeker:          peeks, stalls -------------- copies
 *	others:                             sent --
 */
TEST_F(peek, peek_at_an_offer_that_is_given_up_meanwhile_shows_it)
{
	pid_t sender = start_offer(self->pair.send);
	struct pair others;

	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	ASSERT_EQ(0, pthread_create(&self->peeker, NULL, peek, &peeking));
	ASSERT_TRUE(wait_for_stall(self->uffd));
	end_child(sender);
	EXPECT_EQ(0, stat_of(self->pair.receive).waiting_senders);
	others = many_others();
	end_stall(self->uffd, self->page);
	pthread_join(self->peeker, NULL);
	EXPECT_EQ(0, peeking.error);
	EXPECT_TRUE(all_true(self->page));
	close_pair(&others);
}

/* The same where the message is received, which ends it in the ordinary way. */
TEST_F(peek, peek_at_an_offer_that_is_received_meanwhile_shows_it)
{
	pid_t sender = start_offer(self->pair.send);
	struct pair others;

	ASSERT_TRUE(wait_for_senders(self->pair.receive, 1));
	ASSERT_EQ(0, pthread_create(&self->peeker, NULL, peek, &peeking));
	ASSERT_TRUE(wait_for_stall(self->uffd));
	EXPECT_TRUE(receive_truth(self->pair.receive));
	EXPECT_EQ(0, child_status(sender));
	others = many_others();
	end_stall(self->uffd, self->page);
	pthread_join(self->peeker, NULL);
	EXPECT_EQ(0, peeking.error);
	EXPECT_TRUE(all_true(self->page));
	close_pair(&others);
}

TEST_F(peek, peek_at_a_queued_message_that_is_received_meanwhile_shows_it)
{
	struct pair queue = new_pair(NULL), others;

	peeking.port = queue.receive;
	ASSERT_EQ(0, send_bytes(queue.send, TRUTH, SIZE));
	ASSERT_EQ(0, pthread_create(&self->peeker, NULL, peek, &peeking));
	ASSERT_TRUE(wait_for_stall(self->uffd));
	EXPECT_TRUE(receive_truth(queue.receive));
	EXPECT_EQ(0, stat_of(queue.receive).bytes);
	others = many_others();
	end_stall(self->uffd, self->page);
	pthread_join(self->peeker, NULL);
	EXPECT_EQ(0, peeking.error);
	EXPECT_TRUE(all_true(self->page));
	close_pair(&others);
	close_pair(&queue);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up(path);
	close(fd);
}

/* A child that peeks without waiting, and has no capabilities; its errno. */
static int peek_as_a_user(int port)
{
	pid_t pid = start_child();
	char bytes[SIZE];

	if (pid)
		return child_status(pid);
	become(2000, 2000);
	_exit(error_of(msgport_receive(port, bytes, SIZE, MSGPORT_PEEK | MSGPORT_NONBLOCK)));
}

/* What is looked at may outlive its end, so that who looks pays for it meanwhile. */
TEST_F(peek, peek_over_the_users_pending_bytes_fails_with_eagain)
{
	struct pair port = new_pair(NULL);
	int during, after;

	ASSERT_EQ(0, send_bytes(port.send, TRUTH, SIZE));
	peeking.port = port.receive;
	ASSERT_EQ(0, pthread_create(&self->peeker, NULL, peek, &peeking));
	ASSERT_TRUE(wait_for_stall(self->uffd));
	write_text(MAX_PENDING, "1");
	during = peek_as_a_user(port.receive);
	end_stall(self->uffd, self->page);
	pthread_join(self->peeker, NULL);
	/* one may always be had */
	after = peek_as_a_user(port.receive);
	write_text(MAX_PENDING, "16777216");
	EXPECT_EQ(EAGAIN, during);
	EXPECT_EQ(0, peeking.error);
	EXPECT_EQ(0, after);
	close_pair(&port);
}

#define PEEKS	255

static void *peek_at_a_page(void *page)
{
	ssize_t size = msgport_receive(peeking.port, page, SIZE, MSGPORT_PEEK);

	return (void *)(intptr_t)(size != SIZE);
}

/* So many look at one message, and it ends meanwhile. */
TEST_F(peek, peek_256_at_one_message_fails_with_eagain)
{
	struct pair port = new_pair(NULL), others;
	char *pages = mmap(NULL, PEEKS * page_size(), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register region = {
		.range = { .start = address_of(pages), .len = PEEKS * page_size() },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	pthread_t thread[PEEKS];
	char bytes[SIZE];
	void *failed;
	int i;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_REGISTER, &region));
	ASSERT_EQ(0, send_bytes(port.send, TRUTH, SIZE));
	peeking.port = port.receive;
	for (i = 0; i < PEEKS; i++) {
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, peek_at_a_page,
					    pages + i * page_size()));
		ASSERT_TRUE(wait_for_stall(self->uffd));
	}
	EXPECT_EQ(EAGAIN, error_of(msgport_receive(port.receive, bytes, SIZE, MSGPORT_PEEK |
						   MSGPORT_NONBLOCK)));
	EXPECT_TRUE(receive_truth(port.receive));
	others = many_others();
	for (i = 0; i < PEEKS; i++)
		end_stall(self->uffd, pages + i * page_size());
	for (i = 0; i < PEEKS; i++) {
		pthread_join(thread[i], &failed);
		EXPECT_EQ(NULL, failed);
		EXPECT_TRUE(all_true(pages + i * page_size()));
	}
	close_pair(&others);
	close_pair(&port);
	munmap(pages, PEEKS * page_size());
}

TEST_F(peek, peek_that_stalls_delays_nobody)
{
	struct pair queue = new_pair(NULL);

	peeking.port = queue.receive;
	ASSERT_EQ(0, send_bytes(queue.send, TRUTH, SIZE));
	ASSERT_EQ(0, pthread_create(&self->peeker, NULL, peek, &peeking));
	ASSERT_TRUE(wait_for_stall(self->uffd));
	EXPECT_EQ(0, send_number(queue.send, 2, MSGPORT_NONBLOCK));
	EXPECT_TRUE(receive_truth(queue.receive));
	EXPECT_EQ(2, receive_number(queue.receive, MSGPORT_NONBLOCK));
	end_stall(self->uffd, self->page);
	pthread_join(self->peeker, NULL);
	EXPECT_EQ(0, peeking.error);
	close_pair(&queue);
}

TEST_HARNESS_MAIN
