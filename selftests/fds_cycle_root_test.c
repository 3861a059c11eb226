// SPDX-License-Identifier: GPL-2.0
/*
 * Ports whose messages hold what leads back to them: a process builds such a
 * knot, as far as it is let, and exits.  Nothing may be left.
 *
 *	port --> message --> send right --> port
 *	   \--> message --> writer of a pipe <-- the test sees its end
 *
 * In every test the knot holds a writer of a pipe, whose end the test reads,
 * and the memory of our caches is the same afterwards.  Root, for the caches.
 */
#include <linux/io_uring.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "fds.h"
#include "slabs.h"

#define MANY	200

FIXTURE(fds_cycle)
{
	int reader, writer;
	bool can_count;
	unsigned long bytes;	/* often none */
};

FIXTURE_SETUP(fds_cycle)
{
	int fds[2];

	if (access(SLAB_DIRECTORY, R_OK))
		SKIP(return, "the kernel does not show its caches");
	if (pipe2(fds, O_CLOEXEC))
		give_up("pipe");
	self->reader = fds[0];
	self->writer = fds[1];
	self->bytes = settled_slab_bytes();
	self->can_count = true;
}

FIXTURE_TEARDOWN(fds_cycle)
{
	if (self->can_count) {
		EXPECT_TRUE(pipe_ends(self->reader));
		EXPECT_EQ(self->bytes, settled_slab_bytes());
	}
	close(self->reader);
}

/* Builds the knot in a process that exits with everything open. */
static int built(FIXTURE_DATA(fds_cycle) *self, int (*build)(int writer))
{
	pid_t child = start_child();
	int status;

	if (!child)
		_exit(build(self->writer));
	status = child_status(child);
	close(self->writer);
	return status;
}

/* A port with a message that holds a send right to it, and the writer. */
static struct pair knotted(int writer)
{
	struct pair pair = new_fds_pair(0);
	int fds[2] = { pair.send, writer };

	if (send_fds(pair.send, fds, 2))
		give_up("knot");
	return pair;
}

static int build_own_send_right(int writer)
{
	knotted(writer);
	return 0;
}

TEST_F(fds_cycle, port_that_holds_its_own_send_right_ends_with_its_process)
{
	EXPECT_EQ(0, built(self, build_own_send_right));
}

static int build_ring_of_ports(int writer)
{
	struct pair pairs[MANY];
	int i;

	for (i = 0; i < MANY; i++)
		pairs[i] = new_fds_pair(0);
	for (i = 0; i < MANY; i++) {
		int fds[2] = { pairs[(i + 1) % MANY].send, writer };

		if (send_fds(pairs[i].send, fds, 2))
			return 1;
	}
	/* the last send rights are in messages */
	for (i = 0; i < MANY; i++)
		close(pairs[i].send);
	return 0;
}

TEST_F(fds_cycle, ports_that_hold_each_others_send_rights_end_with_their_process)
{
	EXPECT_EQ(0, built(self, build_ring_of_ports));
}

static int send_over(int socket, const int *fds, int count)
{
	char control[CMSG_SPACE(4 * sizeof(int))] = "", byte = 0;
	struct iovec piece = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
	return sendmsg(socket, &header, 0) == 1 ? 0 : -1;
}

/*
 *	socket --> its own message --> itself, and the receive right
 *	receive right --> port --> message --> send right, writer; not the socket
 */
static int build_with_unix_sockets(int writer)
{
	struct pair pair = knotted(writer);
	int sockets[2], sent[3];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) ||
	    error_of(send_fd(pair.send, sockets[0])) != EOPNOTSUPP)
		return 1;
	sent[0] = sockets[0];
	sent[1] = sockets[1];
	sent[2] = pair.receive;
	return send_over(sockets[1], sent, 3) || send_over(sockets[0], sent, 3);
}

TEST_F(fds_cycle, receive_right_in_a_cycle_of_unix_sockets_ends_with_its_process)
{
	int fds[2];

	EXPECT_EQ(0, built(self, build_with_unix_sockets));
	/* the kernel collects its own cycles when some socket is closed */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	close(fds[0]);
	close(fds[1]);
}

static int build_with_epoll(int writer)
{
	struct pair pair = knotted(writer);
	struct epoll_event event = { .events = EPOLLIN };
	int outer = epoll_create1(0), inner = epoll_create1(0);

	return error_of(send_fd(pair.send, inner)) != EOPNOTSUPP ||
	       epoll_ctl(inner, EPOLL_CTL_ADD, pair.receive, &event) ||
	       epoll_ctl(inner, EPOLL_CTL_ADD, pair.send, &event) ||
	       epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
}

TEST_F(fds_cycle, receive_right_in_an_epoll_ends_with_its_process)
{
	EXPECT_EQ(0, built(self, build_with_epoll));
}

#define NO_RING	2

/* The ring holds the receive right itself, and its mapping holds the ring. */
static int build_with_io_uring(int writer)
{
	struct pair pair = knotted(writer);
	struct io_uring_params params = { 0 };
	int ring = syscall(SYS_io_uring_setup, 4, &params);
	int fds[2] = { pair.receive, pair.send };

	if (ring < 0)
		return NO_RING;
	if (mmap(NULL, params.sq_entries * sizeof(struct io_uring_sqe),
		 PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		 IORING_OFF_SQES) == MAP_FAILED)
		return 1;
	return error_of(send_fd(pair.send, ring)) != EOPNOTSUPP ||
	       syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, fds, 2);
}

TEST_F(fds_cycle, receive_right_registered_with_io_uring_ends_with_its_process)
{
	int status = built(self, build_with_io_uring);

	if (status == NO_RING)
		SKIP(return, "the kernel has no io_uring");
	EXPECT_EQ(0, status);
}

/* A mapping holds its file, which is in the message; a right has no mapping. */
static int build_with_mappings(int writer)
{
	struct pair pair = new_fds_pair(0);
	int memory = memfd_create("fds", 0);
	int fds[3] = { memory, pair.send, writer };

	if (ftruncate(memory, page_size()) ||
	    mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, memory,
		 0) == MAP_FAILED)
		return 1;
	if (mmap(NULL, page_size(), PROT_READ, MAP_SHARED, pair.receive, 0) != MAP_FAILED)
		return 1;
	return send_fds(pair.send, fds, 3) ? 1 : 0;
}

TEST_F(fds_cycle, mapped_file_in_a_message_ends_with_its_process)
{
	EXPECT_EQ(0, built(self, build_with_mappings));
}

/* Files that tell of the process itself, and of its descriptors. */
static int build_with_the_process(int writer)
{
	struct pair pair = new_fds_pair(0);
	int fds[6] = {
		syscall(SYS_pidfd_open, getpid(), 0),
		open("/proc/self/mem", O_RDONLY),
		open("/proc/self/fd", O_RDONLY | O_DIRECTORY),
		open("/proc/self/maps", O_RDONLY),
		pair.send,
		writer,
	};

	return send_fds(pair.send, fds, 6) ? 1 : 0;
}

TEST_F(fds_cycle, process_whose_own_files_are_in_its_port_ends)
{
	EXPECT_EQ(0, built(self, build_with_the_process));
}

/* A port that another process still receives from lets go when that ends, too. */
static int build_shared(int writer)
{
	struct pair pair = knotted(writer);
	pid_t child = start_child();

	if (!child) {
		close(pair.send);
		_exit(wait_for_queued(pair.receive, 1) ? 0 : 1);
	}
	return child_status(child);
}

TEST_F(fds_cycle, port_shared_by_two_processes_ends_with_the_last)
{
	EXPECT_EQ(0, built(self, build_shared));
}

/* ---- the answer to a call that was interrupted ---- */

/* Answers with the send right that the call came through. */
static pid_t start_answering(const struct pair *pair, int writer)
{
	pid_t child = start_child();
	int fds[2] = { pair->send, writer };
	struct msgport_message message = { .fds = fds, .fd_count = 2 };
	struct msgport_message request = { 0 };

	if (child)
		return child;
	if (msgport_receive_message(pair->receive, &request, NULL, 0, MSGPORT_FOREVER))
		_exit(errno);
	_exit(error_of(msgport_reply_message(pair->receive, request.token, &message)));
}

/* No descriptor is free for those of the answer: it stays with the call. */
static int call_in_vain(int right)
{
	int fds[2];
	struct msgport_message request = { 0 }, answer = { .fds = fds, .fd_count = 2 };
	struct rlimit limit;
	uint64_t id = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	limit.rlim_cur = 0;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	return error_of(msgport_call_message(right, &request, &answer, 0, MSGPORT_FOREVER,
					     &id)) != EMFILE || !id;
}

static int build_kept_answer(int writer)
{
	struct pair pair = new_fds_pair(0);
	pid_t server = start_answering(&pair, writer);

	return call_in_vain(pair.send) || child_status(server);
}

TEST_F(fds_cycle, send_right_in_the_answer_to_its_own_call_ends_with_its_process)
{
	EXPECT_EQ(0, built(self, build_kept_answer));
}

/* Two processes with one table of descriptors: who called exits first. */
static int build_kept_answer_in_a_shared_table(int writer)
{
	struct pair pair = new_fds_pair(0);
	pid_t server = start_answering(&pair, writer);
	pid_t caller = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);

	if (!caller)
		_exit(call_in_vain(pair.send));
	return child_status(caller) || child_status(server);
}

TEST_F(fds_cycle, send_right_in_its_answer_ends_with_who_shares_the_callers_table)
{
	EXPECT_EQ(0, built(self, build_kept_answer_in_a_shared_table));
}

/* The other process closes the right while the caller lives on. */
static int build_kept_answer_closed_by_another(int writer)
{
	struct pair pair = new_fds_pair(0);
	pid_t server = start_answering(&pair, writer);
	pid_t caller = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	uint64_t patience = PATIENCE_MS;

	if (!caller) {
		if (call_in_vain(pair.send))
			_exit(1);
		for (;;)
			pause();
	}
	if (child_status(server))
		return 1;
	/* the call has come back when its answer counts as given */
	while (stat_of(pair.receive).answered != 1 && patience--)
		pause_ms(1);
	close(pair.send);
	end_child(caller);
	return 0;
}

TEST_F(fds_cycle, send_right_in_its_answer_ends_when_the_table_closes_it)
{
	EXPECT_EQ(0, built(self, build_kept_answer_closed_by_another));
}

TEST_HARNESS_MAIN
