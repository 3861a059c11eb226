// SPDX-License-Identifier: GPL-2.0
/*
 * A peek at an offer whose sender's deadline passes while the peek copies.  The
 * copy stalls at a page that userfaultfd fills when the test says so; for faults
 * in the kernel that needs root.  On the debug kernel this also looks at who
 * frees what, and when.
 */
#include <poll.h>
#include <pthread.h>

#include "kselftest_harness.h"
#include "stall.h"

#define TRUTH		41
#define OTHERS		42
#define DEADLINE_MS	1000
#define LARGEST		(2U << 20)

FIXTURE(offer)
{
	struct pair port;
	char *buffer;
	char *page;		/* the last of the buffer: not there until filled */
	int uffd;
	size_t size;		/* of the message; it ends with the buffer */
};

FIXTURE_VARIANT(offer)
{
	size_t size;
};

/* How a message lies in memory: in one object, in a larger one, in pages. */
FIXTURE_VARIANT_ADD(offer, small) { .size = 48 };
FIXTURE_VARIANT_ADD(offer, medium) { .size = 1500 };
FIXTURE_VARIANT_ADD(offer, large) { .size = LARGEST };

/* Where the peek copies to. */
struct peeking {
	int port;
	char *to;
	size_t size;
	int error;
};

FIXTURE_SETUP(offer)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	stay_on_one_processor();
	self->size = variant->size;
	self->buffer = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buffer);
	/* the first page of what is copied, so that all the rest comes after */
	self->page = self->buffer + (LARGEST - self->size) / page_size() * page_size();
	self->uffd = open_userfaultfd(self->page);
	options.flags = MSGPORT_RENDEZVOUS;
	options.max_size = LARGEST;
	self->port = new_pair(&options);
}

FIXTURE_TEARDOWN(offer)
{
	close(self->uffd);
	munmap(self->buffer, LARGEST);
	close_pair(&self->port);
}

static char *new_pattern(size_t size, uint32_t seed)
{
	char *bytes = malloc(size);

	if (!bytes)
		give_up("malloc");
	fill_pattern(bytes, size, seed);
	return bytes;
}

/* Offers the truth until the deadline; holds nothing but its send right. */
static pid_t start_offer(int right, size_t size)
{
	struct msgport_message message = { .size = size };
	pid_t pid = start_child();

	if (pid)
		return pid;
	right = keep_only(right);
	message.data = new_pattern(size, TRUTH);
	_exit(error_of(msgport_send_message(right, &message, 0, in_ms(DEADLINE_MS))));
}

static void *peek(void *argument)
{
	struct peeking *p = argument;

	p->error = error_of(msgport_receive(p->port, p->to, p->size,
					    MSGPORT_PEEK | MSGPORT_NONBLOCK));
	return NULL;
}

/* Until the copy has come to the page that is not there. */
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

/* Messages of the same kind that take whatever memory has been freed. */
static struct pair many_others(size_t offered)
{
	/* no smaller than the others of its kind: its payload lies further on */
	size_t size = offered < 64 ? 64 : offered;
	unsigned int count = size == LARGEST ? 16 : 512, i;
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	char *bytes = new_pattern(size, OTHERS);
	struct pair pair;

	options.max_msgs = count;
	options.max_size = size;
	options.max_bytes = (size + 8192ULL) * count;
	pair = new_pair(&options);
	for (i = 0; i < count; i++)
		if (msgport_send(pair.send, bytes, size, MSGPORT_NONBLOCK))
			give_up("others");
	free(bytes);
	return pair;
}

/*
 *	sender: offers ------------------ its deadline passes
 *	peeker:          peeks, stalls ---------------------------- copies
 *	others:                                                sent --
 */
TEST_F(offer, peek_at_an_offer_whose_deadline_passes_meanwhile_shows_it)
{
	struct peeking peeking = {
		.port = self->port.receive,
		.to = self->buffer + LARGEST - self->size,
		.size = self->size,
	};
	pid_t sender = start_offer(self->port.send, self->size);
	struct pair others;
	pthread_t peeker;

	ASSERT_TRUE(wait_for_senders(self->port.receive, 1));
	ASSERT_EQ(0, pthread_create(&peeker, NULL, peek, &peeking));
	ASSERT_TRUE(wait_for_stall(self->uffd));
	ASSERT_EQ(ETIMEDOUT, child_status(sender));
	EXPECT_EQ(EAGAIN, error_of(receive_number(self->port.receive, MSGPORT_NONBLOCK)));
	others = many_others(self->size);
	end_stall(self->uffd, self->page);
	ASSERT_EQ(0, pthread_join(peeker, NULL));
	EXPECT_EQ(0, peeking.error);
	EXPECT_TRUE(has_pattern(peeking.to, self->size, TRUTH));
	EXPECT_EQ(0, stat_of(self->port.receive).sent);
	close_pair(&others);
}

/*
 *	sender: offers ------------------ its deadline passes
 *	peeker:          peeks, stalls --------------------------- is killed
 */
TEST_F(offer, peeker_killed_after_the_offer_has_gone_leaves_a_port_that_works)
{
	pid_t sender = start_offer(self->port.send, self->size), peeker;
	char *received = malloc(self->size);

	ASSERT_TRUE(wait_for_senders(self->port.receive, 1));
	peeker = start_child();
	if (!peeker) {
		/* what the parent registered is not the child's */
		open_userfaultfd(self->page);
		_exit(error_of(msgport_receive(self->port.receive,
					       self->buffer + LARGEST - self->size,
					       self->size, MSGPORT_PEEK)));
	}
	ASSERT_EQ(ETIMEDOUT, child_status(sender));
	EXPECT_TRUE(child_runs(peeker));
	end_child(peeker);
	EXPECT_EQ(0, stat_of(self->port.receive).waiting_receivers);
	sender = start_offer(self->port.send, self->size);
	EXPECT_EQ((ssize_t)self->size,
		  msgport_receive(self->port.receive, received, self->size, 0));
	EXPECT_EQ(0, child_status(sender));
	EXPECT_TRUE(has_pattern(received, self->size, TRUTH));
	free(received);
}

TEST_HARNESS_MAIN
