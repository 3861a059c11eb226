/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the test programs share.  Nothing here asserts: helpers return what
 * happened, so that the test that called can say what it expected.  Where a
 * test could not go on at all (no fork, no stat), the helper ends its process
 * with status 1, which the harness reports as a failure.
 *
 * A test that fails leaves its function at once.  So children are killed with
 * the process that made them, and every wait here has a bound.
 */
#ifndef MSGPORT_TESTLIB_H
#define MSGPORT_TESTLIB_H

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <msgport.h>

/*
 * Of the harness, for each test: 30 seconds are too few on debug kernels.  The
 * machine ends a program that hangs.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	240

#define NS_PER_MS	1000000ULL
#define NS_PER_S	1000000000ULL

/* Long enough for a slow machine, far shorter than a test's time limit. */
#define PATIENCE_MS	15000

static inline void give_up(const char *what)
{
	fprintf(stderr, "# %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The errno of a call that returns -1 when it fails; 0 if it did not fail. */
static inline int error_of(long result)
{
	return result == -1 ? errno : 0;
}

/* ---- time ---- */

/* CLOCK_MONOTONIC, nanoseconds. */
static inline uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

/* A deadline so many milliseconds from now. */
static inline uint64_t in_ms(uint64_t ms)
{
	return msgport_deadline(ms * NS_PER_MS);
}

/* Between two looks at something; never instead of looking. */
static inline void pause_ms(unsigned int ms)
{
	struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * NS_PER_MS,
	};

	nanosleep(&time, NULL);
}

/* ---- ports ---- */

struct pair {
	int receive;
	int send;
};

/* A port without a name: its receive right. NULL: the defaults. */
static inline int new_port(const struct msgport_options *options)
{
	return msgport_create(MSGPORT_DEFAULT, NULL, options);
}

/* A port with room for so many messages. */
static inline int new_port_for(unsigned int max_msgs)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = max_msgs;
	return new_port(&options);
}

/* A send right with badge 0 and every priority. */
static inline int mint_plain(int receive_right)
{
	return msgport_mint(receive_right, 0, 0, MSGPORT_PRIORITY_MAX, 0);
}

/* A port and a send right to it; ends the process if that fails. */
static inline struct pair new_pair(const struct msgport_options *options)
{
	struct pair pair;

	pair.receive = new_port(options);
	if (pair.receive < 0)
		give_up("create");
	pair.send = mint_plain(pair.receive);
	if (pair.send < 0)
		give_up("mint");
	return pair;
}

static inline struct pair new_pair_for(unsigned int max_msgs)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = max_msgs;
	return new_pair(&options);
}

static inline void close_pair(struct pair *pair)
{
	close(pair->send);
	close(pair->receive);
}

/* A name that no other test has; valid until the tenth call after this. */
static inline const char *new_name(const char *stem)
{
	static char names[10][MSGPORT_NAME_MAX + 1];
	static unsigned int count;
	char *name = names[count % 10];

	snprintf(name, sizeof(names[0]), "%s.%d.%u", stem, getpid(), count);
	count++;
	return name;
}

/* ---- messages: one number each, where the content does not matter ---- */

static inline int send_number(int right, uint64_t number, unsigned int flags)
{
	return msgport_send(right, &number, sizeof(number), flags);
}

static inline int send_urgent(int right, uint64_t number, unsigned int priority)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.priority = priority,
	};

	return msgport_send_message(right, &message, 0, MSGPORT_FOREVER);
}

static inline int send_tagged(int right, uint64_t number, uint64_t tag)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.tag = tag,
	};

	return msgport_send_message(right, &message, 0, MSGPORT_FOREVER);
}

static inline int send_until(int right, uint64_t number, uint64_t deadline)
{
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
	};

	return msgport_send_message(right, &message, 0, deadline);
}

/* The next number, or -1 with errno; nothing else fits. */
static inline int64_t receive_number(int right, unsigned int flags)
{
	int64_t number;
	ssize_t size = msgport_receive(right, &number, sizeof(number), flags);

	if (size < 0)
		return -1;
	if (size != sizeof(number)) {
		errno = EBADMSG;
		return -1;
	}
	return number;
}

/* The next number that is wanted; the whole message if asked. */
static inline int64_t choose_number(int right, const struct msgport_filter *filter,
				    unsigned int flags, uint64_t deadline,
				    struct msgport_message *whole)
{
	int64_t number;
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
	};

	if (msgport_receive_message(right, &message, filter, flags, deadline))
		return -1;
	if (whole)
		*whole = message;
	return number;
}

/* Sends numbers, not waiting, until there is no room; returns how many. */
static inline unsigned int fill(int send_right)
{
	unsigned int sent = 0;

	while (!send_number(send_right, sent, MSGPORT_NONBLOCK))
		sent++;
	if (errno != EAGAIN)
		give_up("fill");
	return sent;
}

/* ---- what a port says of itself ---- */

static inline struct msgport_stat stat_of(int fd)
{
	struct msgport_stat stat;

	if (msgport_stat(fd, &stat))
		give_up("stat");
	return stat;
}

/* The equation that holds at every moment. */
static inline bool balanced(const struct msgport_stat *stat)
{
	return stat->sent == stat->received + stat->returned + stat->discarded +
			     stat->queued + stat->outstanding;
}

static inline bool port_balanced(int fd)
{
	struct msgport_stat stat = stat_of(fd);

	return balanced(&stat);
}

/* Looks until exactly so many sends wait for room; false if that never is. */
static inline bool wait_for_senders(int fd, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (stat_of(fd).waiting_senders == count)
			return true;
		pause_ms(1);
	}
	return false;
}

/* The same for receives that wait for a message. */
static inline bool wait_for_receivers(int fd, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (stat_of(fd).waiting_receivers == count)
			return true;
		pause_ms(1);
	}
	return false;
}

/* The same for messages in the port, in somebody's hand or not. */
static inline bool wait_for_queued(int fd, uint64_t count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (stat_of(fd).queued == count)
			return true;
		pause_ms(1);
	}
	return false;
}

/* ---- processes ---- */

/* fork(), with a child that goes with its parent. */
static inline pid_t start_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* the parent may have gone before we said so */
	if (getppid() != parent)
		_exit(1);
	return 0;
}

/* Runs a function in a process of its own; what it returns is its status. */
static inline pid_t run_child(int (*function)(void *), void *argument)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(function(argument));
	return pid;
}

/* The child's exit status, 0 to 255; 256 + N if signal N ended it. */
static inline int child_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			give_up("waitpid");
	return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline bool child_runs(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && !info.si_pid;
}

/* Ends a child that would not end by itself. */
static inline void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	child_status(pid);
}

/* A child that sends one number, waiting for room; its status is the errno. */
static inline pid_t start_sender(int right, uint64_t number, unsigned int priority)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(error_of(send_urgent(right, number, priority)));
	return pid;
}

/* A child that receives one number and compares; its status is the errno. */
static inline pid_t start_receiver(int right, int64_t expected)
{
	pid_t pid = start_child();
	int64_t number;

	if (!pid) {
		number = receive_number(right, 0);
		_exit(number == -1 ? errno : number == expected ? 0 : 255);
	}
	return pid;
}

/* For tests that root runs: an ordinary user, without other groups. */
static inline void become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		give_up("become");
	/* a change of user has cleared it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* ---- memory ---- */

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* So many bytes that end where nothing is mapped. */
static inline void *bytes_before_hole(size_t size)
{
	size_t page = page_size();
	size_t room = (size + page - 1) / page * page;
	char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || munmap(memory + room, page))
		give_up("mmap");
	return memory + room - size;
}

/* A pattern in which no two nearby stretches are alike. */
static inline void fill_pattern(void *memory, size_t size, uint32_t seed)
{
	unsigned char *bytes = memory;
	uint32_t state = seed * 2654435761U + 1;
	size_t i;

	for (i = 0; i < size; i++) {
		state = state * 1664525U + 1013904223U;
		bytes[i] = state >> 24;
	}
}

/* Is the pattern there? */
static inline bool has_pattern(const void *memory, size_t size, uint32_t seed)
{
	const unsigned char *bytes = memory;
	uint32_t state = seed * 2654435761U + 1;
	size_t i;

	for (i = 0; i < size; i++) {
		state = state * 1664525U + 1013904223U;
		if (bytes[i] != state >> 24)
			return false;
	}
	return true;
}

/* ---- ioctls as they are; each fills in the size if it is 0 ---- */

#define RAW_VERB(name, NUMBER)						\
static inline int raw_##name(int fd, struct msgport_##name *argument)	\
{									\
	if (!argument->size)						\
		argument->size = sizeof(*argument);			\
	return ioctl(fd, MSGPORT_IOC_##NUMBER, argument);		\
}

RAW_VERB(version, VERSION)
RAW_VERB(create, CREATE)
RAW_VERB(connect, CONNECT)
RAW_VERB(mint, MINT)
RAW_VERB(reopen, REOPEN)
RAW_VERB(unlink, UNLINK)
RAW_VERB(send, SEND)
RAW_VERB(receive, RECEIVE)
RAW_VERB(call, CALL)
RAW_VERB(cancel, CANCEL)
RAW_VERB(reply, REPLY)
RAW_VERB(reply_receive, REPLY_RECEIVE)
RAW_VERB(watch, WATCH)
RAW_VERB(stat, STAT)
RAW_VERB(limits, LIMITS)
RAW_VERB(list, LIST)

static inline uint64_t address_of(const void *pointer)
{
	return (uintptr_t)pointer;
}

#endif
