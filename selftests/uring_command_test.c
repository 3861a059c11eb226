// SPDX-License-Identifier: GPL-2.0
/* Verbs as commands of io_uring: what the ioctl does, without waiting for it. */

#include "kselftest_harness.h"
#include "ring.h"

FIXTURE(uring_command)
{
	struct pair port;
	struct ring ring;
	bool open;
	uint64_t number;
	uint64_t got;
	struct msgport_send send;
	struct msgport_receive receive;
};

static struct io_uring_sqe command(int fd, unsigned int verb, const void *argument,
				   uint64_t id)
{
	/* the last two words are the command, a struct msgport_uring */
	struct io_uring_sqe request = {
		.opcode = IORING_OP_URING_CMD, .fd = fd, .user_data = id,
		.cmd_op = verb, .addr3 = address_of(argument),
	};

	return request;
}

static void submit(struct ring *ring, int fd, unsigned int verb, const void *argument,
		   uint64_t id)
{
	struct io_uring_sqe request = command(fd, verb, argument, id);

	ring_submit(ring, &request);
}

static void prepare(FIXTURE_DATA(uring_command) *self)
{
	self->number = 7;
	self->send = (struct msgport_send){
		.size = sizeof(self->send), .deadline = MSGPORT_FOREVER,
		.message = { .data = address_of(&self->number), .data_size = 8 },
	};
	self->receive = (struct msgport_receive){
		.size = sizeof(self->receive), .deadline = MSGPORT_FOREVER,
		.message = { .data = address_of(&self->got), .data_size = 8 },
	};
}

FIXTURE_SETUP(uring_command)
{
	struct msgport_version version;
	int error = ring_open(&self->ring);

	if (error == ENOSYS || error == EPERM)
		SKIP(return, "io_uring_setup: %s", strerror(error));
	ASSERT_EQ(0, error);
	self->open = true;
	self->port = new_pair_for(2);
	ASSERT_EQ(0, msgport_version(self->port.send, &version));
	ASSERT_TRUE(version.features & MSGPORT_FEATURE_URING);
	prepare(self);
}

FIXTURE_TEARDOWN(uring_command)
{
	if (!self->open)
		return;
	ring_close(&self->ring);
	close_pair(&self->port);
}

TEST_F(uring_command, send_and_receive_by_command_complete_at_once)
{
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, &self->send, 1);
	ASSERT_EQ(0, ring_wait(&self->ring, 1));
	EXPECT_EQ(1, stat_of(self->port.send).queued);
	submit(&self->ring, self->port.receive, MSGPORT_IOC_RECEIVE, &self->receive, 2);
	ASSERT_EQ(0, ring_wait(&self->ring, 2));
	EXPECT_EQ(7, self->got);
	EXPECT_EQ(8, self->receive.message.data_size);
	EXPECT_EQ(getpid(), (pid_t)self->receive.message.stamp.pid);
}

TEST_F(uring_command, receive_by_command_completes_when_a_message_comes)
{
	int result;
	uint64_t id;

	submit(&self->ring, self->port.receive, MSGPORT_IOC_RECEIVE, &self->receive, 3);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	EXPECT_FALSE(ring_result(&self->ring, &id, &result));
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(0, ring_wait(&self->ring, 3));
	EXPECT_EQ(9, self->got);
}

TEST_F(uring_command, send_by_command_to_a_full_port_completes_when_room_returns)
{
	ASSERT_EQ(2, fill(self->port.send));
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, &self->send, 4);
	ASSERT_TRUE(wait_for_senders(self->port.send, 1));
	EXPECT_EQ(0, receive_number(self->port.receive, 0));
	EXPECT_EQ(0, ring_wait(&self->ring, 4));
	EXPECT_EQ(1, receive_number(self->port.receive, 0));
	EXPECT_EQ(7, receive_number(self->port.receive, 0));
	EXPECT_EQ(3, stat_of(self->port.send).sent);
}

TEST_F(uring_command, nonblocking_command_that_would_wait_completes_with_eagain)
{
	int result = 0;
	uint64_t id = 0;

	self->receive.flags = MSGPORT_NONBLOCK;
	submit(&self->ring, self->port.receive, MSGPORT_IOC_RECEIVE, &self->receive, 5);
	ASSERT_TRUE(ring_result(&self->ring, &id, &result));
	EXPECT_EQ(-EAGAIN, result);
	ASSERT_EQ(2, fill(self->port.send));
	self->send.flags = MSGPORT_NONBLOCK;
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, &self->send, 6);
	ASSERT_TRUE(ring_result(&self->ring, &id, &result));
	EXPECT_EQ(-EAGAIN, result);
	EXPECT_EQ(2, stat_of(self->port.send).sent);
}

TEST_F(uring_command, vector_by_command_completes_with_its_count)
{
	struct io_uring_sqe request;
	struct msgport_outgoing messages[2] = { self->send.message, self->send.message };

	self->send.message = (struct msgport_outgoing){ 0 };
	self->send.vector = address_of(messages);
	self->send.count = 2;
	self->send.element_size = sizeof(messages[0]);
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, &self->send, 7);
	EXPECT_EQ(2, ring_wait(&self->ring, 7));
	EXPECT_EQ(7, receive_number(self->port.receive, 0));
	EXPECT_EQ(7, receive_number(self->port.receive, 0));
	/* and in a worker */
	request = command(self->port.send, MSGPORT_IOC_SEND, &self->send, 8);
	request.flags = IOSQE_ASYNC;
	ring_submit(&self->ring, &request);
	EXPECT_EQ(2, ring_wait(&self->ring, 8));
	EXPECT_EQ(4, stat_of(self->port.send).sent);
}

TEST_F(uring_command, command_that_is_wrong_fails_and_does_nothing)
{
	struct io_uring_sqe request;
	struct msgport_stat stat = { .size = sizeof(stat) };

	submit(&self->ring, self->port.send, MSGPORT_IOC_STAT, &stat, 1);
	EXPECT_EQ(-EOPNOTSUPP, ring_wait(&self->ring, 1));
	submit(&self->ring, self->port.send, 1, &self->send, 2);
	EXPECT_EQ(-ENOTTY, ring_wait(&self->ring, 2));
	submit(&self->ring, self->port.receive, MSGPORT_IOC_SEND, &self->send, 3);
	EXPECT_EQ(-EBADF, ring_wait(&self->ring, 3));
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, (void *)8, 4);
	EXPECT_EQ(-EFAULT, ring_wait(&self->ring, 4));
	request = command(self->port.send, MSGPORT_IOC_SEND, &self->send, 5);
	request.__pad2[0] = 1;
	ring_submit(&self->ring, &request);
	EXPECT_EQ(-EINVAL, ring_wait(&self->ring, 5));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
}

/* Both results, of the command and of what cancels it, in any order. */
static int cancelled(struct ring *ring, uint64_t command)
{
	struct io_uring_sqe cancel = {
		.opcode = IORING_OP_ASYNC_CANCEL, .fd = -1, .addr = command,
		.user_data = 99,
	};
	int i, result, outcome = NO_RESULT, seen = 0;
	uint64_t id;

	ring_submit(ring, &cancel);
	for (i = 0; i < PATIENCE_MS && seen < 2; i++) {
		while (ring_result(ring, &id, &result)) {
			outcome = id == command ? result : outcome;
			seen++;
		}
		pause_ms(1);
	}
	return outcome;
}

TEST_F(uring_command, receive_by_command_that_is_cancelled_takes_nothing)
{
	submit(&self->ring, self->port.receive, MSGPORT_IOC_RECEIVE, &self->receive, 1);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	EXPECT_EQ(-EINTR, cancelled(&self->ring, 1));
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(9, receive_number(self->port.receive, MSGPORT_NONBLOCK));
}

static struct msgport_call call_of(FIXTURE_DATA(uring_command) *self)
{
	struct msgport_call call = {
		.size = sizeof(call), .deadline = MSGPORT_FOREVER,
		.request = self->send.message, .answer = self->receive.message,
	};

	return call;
}

TEST_F(uring_command, call_and_reply_receive_by_command_ask_and_answer_once)
{
	struct msgport_call call = call_of(self);
	struct msgport_reply_receive serve = { .size = sizeof(serve) };
	uint64_t question = 0, answer = 8;

	serve.receive.deadline = MSGPORT_FOREVER;
	serve.receive.message.data = address_of(&question);
	serve.receive.message.data_size = 8;
	submit(&self->ring, self->port.send, MSGPORT_IOC_CALL, &call, 1);
	ASSERT_TRUE(wait_for_queued(self->port.receive, 1));
	submit(&self->ring, self->port.receive, MSGPORT_IOC_REPLY_RECEIVE, &serve, 2);
	ASSERT_EQ(0, ring_wait(&self->ring, 2));
	EXPECT_EQ(7, question);
	serve.token = serve.receive.message.token;
	serve.answer.data = address_of(&answer);
	serve.answer.data_size = 8;
	serve.receive.message.data_size = 8;
	submit(&self->ring, self->port.receive, MSGPORT_IOC_REPLY_RECEIVE, &serve, 3);
	/* it answers at once, and then waits */
	EXPECT_EQ(0, ring_wait(&self->ring, 1));
	EXPECT_EQ(8, self->got);
	EXPECT_EQ(0, call.id);
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(0, ring_wait(&self->ring, 3));
	EXPECT_EQ(9, question);
	EXPECT_EQ(0, serve.reply_error);
	EXPECT_EQ(2, stat_of(self->port.send).sent);
}

TEST_F(uring_command, call_by_command_that_is_cancelled_is_resumed_by_its_id)
{
	struct msgport_call call = call_of(self);
	struct msgport_message question = { .data = &self->number, .size = 8 };

	submit(&self->ring, self->port.send, MSGPORT_IOC_CALL, &call, 1);
	ASSERT_TRUE(wait_for_queued(self->port.receive, 1));
	ASSERT_EQ(-EINTR, cancelled(&self->ring, 1));
	ASSERT_NE(0, call.id);
	ASSERT_EQ(0, msgport_receive_message(self->port.receive, &question, NULL, 0,
					     MSGPORT_FOREVER));
	self->number = 11;
	ASSERT_EQ(0, msgport_reply(self->port.receive, question.token, &self->number, 8));
	submit(&self->ring, self->port.send, MSGPORT_IOC_CALL, &call, 2);
	ASSERT_EQ(0, ring_wait(&self->ring, 2));
	EXPECT_EQ(11, self->got);
	EXPECT_EQ(0, call.id);
	EXPECT_EQ(1, stat_of(self->port.send).sent);
}

TEST_F(uring_command, ring_closed_with_a_command_that_waits_leaves_nothing)
{
	struct ring other;

	ASSERT_EQ(0, ring_open(&other));
	submit(&other, self->port.receive, MSGPORT_IOC_RECEIVE, &self->receive, 1);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ring_close(&other);
	EXPECT_TRUE(wait_for_receivers(self->port.receive, 0));
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(9, receive_number(self->port.receive, MSGPORT_NONBLOCK));
}

TEST_F(uring_command, killed_process_with_commands_that_wait_leaves_nothing)
{
	pid_t child = start_child();

	if (!child) {
		struct ring ring;

		if (ring_open(&ring))
			_exit(1);
		submit(&ring, self->port.receive, MSGPORT_IOC_RECEIVE, &self->receive, 1);
		for (;;)
			pause();
	}
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	end_child(child);
	EXPECT_TRUE(wait_for_receivers(self->port.receive, 0));
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(9, receive_number(self->port.receive, MSGPORT_NONBLOCK));
	EXPECT_TRUE(port_balanced(self->port.receive));
}

TEST_F(uring_command, command_linked_to_one_that_waits_runs_after_it)
{
	struct io_uring_sqe first = command(self->port.receive, MSGPORT_IOC_RECEIVE,
					    &self->receive, 1);
	struct pair other = new_pair(NULL);

	first.flags = IOSQE_IO_LINK;
	ring_add(&self->ring, &first);
	submit(&self->ring, other.send, MSGPORT_IOC_SEND, &self->send, 2);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	EXPECT_EQ(0, stat_of(other.send).sent);
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(0, ring_wait(&self->ring, 1));
	EXPECT_EQ(0, ring_wait(&self->ring, 2));
	EXPECT_EQ(9, self->got);
	EXPECT_EQ(7, receive_number(other.receive, 0));
	close_pair(&other);
}

TEST_F(uring_command, command_linked_to_one_that_fails_is_cancelled)
{
	struct io_uring_sqe first = command(self->port.receive, MSGPORT_IOC_RECEIVE,
					    &self->receive, 1);

	self->receive.flags = MSGPORT_NONBLOCK;
	first.flags = IOSQE_IO_LINK;
	ring_add(&self->ring, &first);
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, &self->send, 2);
	EXPECT_EQ(-EAGAIN, ring_wait(&self->ring, 1));
	EXPECT_EQ(-ECANCELED, ring_wait(&self->ring, 2));
	EXPECT_EQ(0, stat_of(self->port.send).sent);
}

TEST_F(uring_command, command_on_a_registered_file_works)
{
	struct io_uring_sqe request = command(0, MSGPORT_IOC_RECEIVE, &self->receive, 1);

	ASSERT_EQ(0, syscall(SYS_io_uring_register, self->ring.fd, IORING_REGISTER_FILES,
			     &self->port.receive, 1));
	request.flags = IOSQE_FIXED_FILE;
	ring_submit(&self->ring, &request);
	ASSERT_TRUE(wait_for_receivers(self->port.receive, 1));
	ASSERT_EQ(0, send_number(self->port.send, 9, 0));
	EXPECT_EQ(0, ring_wait(&self->ring, 1));
	EXPECT_EQ(9, self->got);
}

TEST_F(uring_command, command_that_the_kernel_submits_names_the_process)
{
	struct ring other;
	struct io_uring_sqe request = command(self->port.send, MSGPORT_IOC_SEND,
					      &self->send, 1);

	ASSERT_EQ(0, ring_open_with(&other, IORING_SETUP_SQPOLL));
	ring_add(&other, &request);
	/* its thread may sleep */
	syscall(SYS_io_uring_enter, other.fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
	EXPECT_EQ(0, ring_wait(&other, 1));
	ASSERT_EQ(0, raw_receive(self->port.receive, &self->receive));
	EXPECT_EQ(7, self->got);
	EXPECT_EQ(getpid(), (pid_t)self->receive.message.stamp.pid);
	EXPECT_NE(getpid(), (pid_t)self->receive.message.stamp.tid);
	ring_close(&other);
}

static void make_vector(FIXTURE_DATA(uring_command) *self, struct msgport_outgoing *messages)
{
	messages[0] = self->send.message;
	messages[1] = self->send.message;
	self->send.message = (struct msgport_outgoing){ 0 };
	self->send.vector = address_of(messages);
	self->send.count = 2;
	self->send.element_size = sizeof(messages[0]);
}

TEST_F(uring_command, vector_that_finds_the_port_full_waits)
{
	struct msgport_outgoing messages[2];
	int result = 0;
	uint64_t id;

	make_vector(self, messages);
	ASSERT_EQ(2, fill(self->port.send));
	submit(&self->ring, self->port.send, MSGPORT_IOC_SEND, &self->send, 4);
	ASSERT_TRUE(wait_for_senders(self->port.send, 1));
	EXPECT_FALSE(ring_result(&self->ring, &id, &result));
}

TEST_F(uring_command, vector_that_fails_cancels_what_is_linked_to_it)
{
	struct msgport_outgoing messages[2];
	struct io_uring_sqe first = command(self->port.send, MSGPORT_IOC_SEND, &self->send, 1);
	struct pair other = new_pair(NULL);
	struct msgport_send single = self->send;

	make_vector(self, messages);
	self->send.flags = MSGPORT_NONBLOCK;
	ASSERT_EQ(2, fill(self->port.send));
	first.flags = IOSQE_IO_LINK;
	ring_add(&self->ring, &first);
	submit(&self->ring, other.send, MSGPORT_IOC_SEND, &single, 2);
	EXPECT_EQ(-EAGAIN, ring_wait(&self->ring, 1));
	EXPECT_EQ(-ECANCELED, ring_wait(&self->ring, 2));
	EXPECT_EQ(0, stat_of(other.send).sent);
	close_pair(&other);
}

TEST_F(uring_command, vector_that_is_cancelled_while_it_waits_is_interrupted)
{
	struct msgport_outgoing messages[2];
	struct io_uring_sqe first = command(self->port.send, MSGPORT_IOC_SEND, &self->send, 1);

	make_vector(self, messages);
	ASSERT_EQ(2, fill(self->port.send));
	first.flags = IOSQE_ASYNC;
	ring_submit(&self->ring, &first);
	ASSERT_TRUE(wait_for_senders(self->port.send, 1));
	EXPECT_EQ(-EINTR, cancelled(&self->ring, 1));
}

TEST_HARNESS_MAIN
