// SPDX-License-Identifier: GPL-2.0
/*
 * The table of deaths: what is in a receiver's hand, its copy not at its end.
 * The copy stalls at a page that userfaultfd fills when the test says so; for
 * faults in the kernel that needs root.
 */

#include <poll.h>

#include "deaths.h"
#include "kselftest_harness.h"
#include "stall.h"

FIXTURE(in_hand_dies)
{
	struct cast cast;
	int uffd;
	char *page;		/* not there until filled */
	pthread_t thread;
};

FIXTURE_VARIANT(in_hand_dies)
{
	unsigned int flags;
	bool apart;
	enum way way;
};

ROWS_OF(in_hand_dies)

FIXTURE_SETUP(in_hand_dies)
{
	assemble(&self->cast, variant->flags, 1, variant->apart, variant->way);
	self->page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	self->uffd = open_userfaultfd(self->page);
}

FIXTURE_TEARDOWN(in_hand_dies)
{
	close(self->uffd);
	munmap(self->page, page_size());
	disband(&self->cast);
}

struct stalled {
	int receive;
	unsigned int flags;
	struct msgport_message message;
	int error;
};

static struct stalled stalled;

static void *receive_and_stall(void *argument)
{
	struct stalled *s = argument;

	s->error = error_of(msgport_receive_message(s->receive, &s->message, NULL, s->flags,
						    MSGPORT_FOREVER));
	return NULL;
}

/* A thread whose receive, or peek, has come to the page that is not there. */
static void start_stalled(FIXTURE_DATA(in_hand_dies) *self, unsigned int flags)
{
	struct pollfd poll_fd = { .fd = self->uffd, .events = POLLIN };
	struct uffd_msg event;

	stalled = (struct stalled){
		.receive = self->cast.pair.receive,
		.flags = flags,
		.message = { .data = self->page, .size = sizeof(uint64_t) },
		.error = -1,
	};
	errno = pthread_create(&self->thread, NULL, receive_and_stall, &stalled);
	if (errno)
		give_up("pthread_create");
	if (poll(&poll_fd, 1, PATIENCE_MS) != 1 ||
	    read(self->uffd, &event, sizeof(event)) != sizeof(event))
		give_up("a fault");
}

/* The page is there, and the copy goes on; the errno of the receive. */
static int end_stalled(FIXTURE_DATA(in_hand_dies) *self)
{
	struct uffdio_zeropage zero = {
		.range = { .start = address_of(self->page), .len = page_size() },
	};

	if (ioctl(self->uffd, UFFDIO_ZEROPAGE, &zero) || pthread_join(self->thread, NULL))
		give_up("the page");
	return stalled.error;
}

/* In a child of its own, which has no receive right. */
static pid_t start_asking_process(struct cast *cast)
{
	pid_t child = start_child();

	if (child)
		return child;
	close(cast->pair.receive);
	put_question(&cast->asker.question);
	for (;;)
		pause();
}

/* A call: it is delivered, and its token is spent. */
TEST_F(in_hand_dies, message_in_hand_is_delivered_when_its_sender_ends)
{
	struct cast *cast = &self->cast;
	int receive = cast->pair.receive;
	pid_t child = start_asking_process(cast);
	uint64_t token;

	ASSERT_TRUE(wait_for_queued(receive, 1));
	start_stalled(self, 0);
	end_child(child);
	ASSERT_EQ(0, end_stalled(self));
	EXPECT_EQ(QUESTION, *(uint64_t *)self->page);
	token = stalled.message.token;
	switch (variant->way) {
	case ONE_WAY:
		if (variant->flags) {
			EXPECT_EQ(0, msgport_ack(receive, token));
		}
		break;
	case RETURN_ADDRESS:
		EXPECT_EQ(0, answer_number(receive, token));
		EXPECT_TRUE(one_answer_came(cast->home, MSGPORT_KIND_REPLY, ANSWER));
		break;
	case CALL:
		EXPECT_EQ(ESRCH, error_of(answer_number(receive, token)));
		EXPECT_EQ(1, stat_of(receive).given_up);
	}
	EXPECT_EQ(1, stat_of(receive).received);
	EXPECT_TRUE(all_has_ended(receive));
}

/* Its copy never came to an end, so it was not taken, whatever the port. */
TEST_F(in_hand_dies, message_in_the_hand_of_a_process_that_is_killed_goes_back)
{
	struct cast *cast = &self->cast;
	pid_t taker;

	ASSERT_TRUE(ask_and_wait(cast));
	taker = start_stalled_receiver(cast->pair.receive);
	ASSERT_TRUE(wait_for_in_hand(cast->pair.receive, 1));
	EXPECT_TRUE(nothing_came(cast->home));
	end_child(taker);
	EXPECT_TRUE(question_lives_on(cast, 0));
	EXPECT_EQ(0, end_of_asker(&cast->asker));
	EXPECT_EQ(1, stat_of(cast->pair.receive).received);
	EXPECT_EQ(0, stat_of(cast->pair.receive).redelivered);
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

/* Nobody waits for its answer any more: it is not offered again. */
TEST_F(in_hand_dies, message_that_goes_back_after_its_sender_ended_stays_and_a_call_does_not)
{
	struct cast *cast = &self->cast;
	int receive = cast->pair.receive;
	pid_t child = start_asking_process(cast), taker;

	ASSERT_TRUE(wait_for_queued(receive, 1));
	taker = start_stalled_receiver(receive);
	ASSERT_TRUE(wait_for_in_hand(receive, 1));
	end_child(child);
	end_child(taker);
	EXPECT_EQ(variant->way == CALL, stat_of(receive).withdrawn);
	if (variant->way != CALL) {
		EXPECT_TRUE(question_lives_on(cast, 0));
	}
	EXPECT_TRUE(all_has_ended(receive));
}

/* Its only receiver, in a process that has the last right, is killed in the copy. */
TEST_F(in_hand_dies, message_in_the_last_hand_dies_with_the_port)
{
	struct cast *cast = &self->cast;
	pid_t taker;

	ASSERT_TRUE(ask_and_wait(cast));
	taker = start_stalled_receiver(cast->pair.receive);
	ASSERT_TRUE(wait_for_in_hand(cast->pair.receive, 1));
	close(cast->pair.receive);
	end_child(taker);
	EXPECT_EQ(variant->way == CALL ? EPIPE : 0, end_of_asker(&cast->asker));
	if (variant->way == RETURN_ADDRESS) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	} else {
		EXPECT_EQ(1, stat_of(cast->pair.send).died_with_port);
	}
	EXPECT_TRUE(all_has_ended(cast->pair.send));
}

/* Somebody looks at it while it ends: it comes back when he has looked. */
TEST_F(in_hand_dies, message_that_ends_under_a_peek_ends_once)
{
	struct cast *cast = &self->cast;
	int receive = cast->pair.receive;
	char byte;

	ASSERT_TRUE(ask_and_wait(cast));
	start_stalled(self, MSGPORT_PEEK);
	EXPECT_EQ(EMSGSIZE, error_of(msgport_receive(receive, &byte, 1,
						     MSGPORT_DISCARD_LARGE |
						     MSGPORT_NONBLOCK)));
	EXPECT_EQ(0, stat_of(receive).queued);
	EXPECT_EQ(0, end_stalled(self));
	EXPECT_EQ(QUESTION, *(uint64_t *)self->page);
	EXPECT_EQ(variant->way == CALL ? EMSGSIZE : 0, end_of_asker(&cast->asker));
	if (variant->way == RETURN_ADDRESS) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_TOO_LARGE));
	} else {
		EXPECT_EQ(1, stat_of(receive).too_large);
	}
	EXPECT_TRUE(all_has_ended(receive));
}

/* It is taken and answered by another, while somebody looks at it. */
TEST_F(in_hand_dies, message_that_is_answered_under_a_peek_has_one_answer)
{
	struct cast *cast = &self->cast;

	ASSERT_TRUE(ask_and_wait(cast));
	start_stalled(self, MSGPORT_PEEK);
	EXPECT_TRUE(question_lives_on(cast, 0));
	EXPECT_EQ(0, end_stalled(self));
	EXPECT_EQ(QUESTION, *(uint64_t *)self->page);
	EXPECT_EQ(0, stalled.message.token);
	EXPECT_EQ(0, end_of_asker(&cast->asker));
	EXPECT_TRUE(nothing_came(cast->home));
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

TEST_HARNESS_MAIN
