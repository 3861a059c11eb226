// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation and every copy made to fail, one after the other.
 *
 * /proc/self/fail-nth lets the n-th of them fail, n = 1, 2, 3 ... until a verb
 * gets through without meeting the n-th.  After each try the port's ledger must
 * balance, the verb must have worked or failed with a reason that fits, and
 * the same verb must work when nothing fails.  That nothing leaks is seen by
 * the machine: kmemleak, the state file and the slab caches are read after
 * every program.
 *
 * Needs a kernel with fault injection (scripts/check --debug), and root.
 */
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "fds.h"

#define TRIES_MAX	200
#define LARGE		(64 * 1024)

FIXTURE(fail_nth)
{
	int nth;		/* /proc/self/fail-nth */
	int control;
	struct pair pair;
	char *large;
};

static void set_up_injection(const char *what)
{
	static const struct {
		const char *file, *value;
	} settings[] = {
		{ "probability", "100" },
		{ "interval", "1" },
		{ "times", "-1" },
		{ "task-filter", "N" },
		{ "verbose", "0" },
		{ "ignore-gfp-wait", "N" },
		{ "ignore-gfp-highmem", "N" },
		{ "min-order", "0" },
	};
	char path[128];
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		/* fail-nth alone decides: by chance nothing may fail */
		const char *value = i ? settings[i].value : "0";

		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", what,
			 settings[i].file);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (write(fd, value, strlen(value)) < 0)
			perror(path);
		close(fd);
	}
}

FIXTURE_SETUP(fail_nth)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	self->nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	set_up_injection("failslab");
	set_up_injection("fail_page_alloc");
	set_up_injection("fail_usercopy");
	self->control = msgport_open();
	ASSERT_GE(self->control, 0);
	options.flags = MSGPORT_DESCRIPTORS;
	options.max_msgs = 8;
	options.max_size = LARGE;
	options.max_bytes = 4 * LARGE;
	self->pair = new_pair(&options);
	self->large = calloc(1, LARGE);
	ASSERT_NE(NULL, self->large);
}

FIXTURE_TEARDOWN(fail_nth)
{
	if (self->nth < 0)
		return;
	free(self->large);
	close_pair(&self->pair);
	close(self->control);
	close(self->nth);
}

/* Writing may itself meet the failure that was armed before: once. */
static void arm(int nth, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth, text, len, 0) != len &&
	    (errno != EFAULT || pwrite(nth, text, len, 0) != len))
		give_up("fail-nth");
}

/*
 * True if the verb met the failure: the count has come down to nothing.  If
 * reading the count is what meets it, the verb did not.
 */
static bool disarm(int nth)
{
	char text[16] = "";
	bool met = false;

	if (pread(nth, text, sizeof(text) - 1, 0) >= 0)
		met = atoi(text) == 0;
	else if (errno != EFAULT)
		give_up("fail-nth");
	arm(nth, 0);
	return met;
}

static bool balances(int right)
{
	struct msgport_stat stat;

	return !msgport_stat(right, &stat) && !stat.in_hand &&
	       stat.sent == stat.received + stat.returned + stat.discarded +
			    stat.queued + stat.outstanding;
}

/* A verb: returns a descriptor, 0 or a size; -1 with errno. */
typedef long (*verb_fn)(FIXTURE_DATA(fail_nth) *self);

static bool is_a_reason(int error)
{
	return error == ENOMEM || error == EFAULT || error == ENFILE || error == EMFILE;
}

/* Sweeps a verb; @undo sets back what it did when it worked. */
static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(fail_nth) *self,
		  verb_fn verb, verb_fn undo)
{
	int failures = 0, n;

	for (n = 1; n < TRIES_MAX; n++) {
		long result;
		int error;
		bool met;

		arm(self->nth, n);
		result = verb(self);
		error = error_of(result);
		met = disarm(self->nth);
		ASSERT_TRUE(balances(self->pair.receive));
		if (result < 0) {
			ASSERT_TRUE(met)
				TH_LOG("failed with %d and nothing was injected", error);
			ASSERT_TRUE(is_a_reason(error))
				TH_LOG("try %d failed with errno %d", n, error);
			failures++;
		} else if (undo) {
			ASSERT_GE(undo(self), 0);
		}
		if (!met)
			break;
	}
	ASSERT_LT(n, TRIES_MAX);
	TH_LOG("%d places met, %d of them made the verb fail", n - 1, failures);
	ASSERT_GT(failures, 0);
}

static int made;	/* the descriptor that a verb returned last */

static long close_made(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return close(made);
}

static long open_verb(FIXTURE_DATA(fail_nth) *self __attribute__((unused)))
{
	return made = msgport_open();
}

static long create_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_create(self->control, "fail-nth", NULL);
}

TEST_F(fail_nth, every_failure_of_create_leaves_no_port_and_no_name)
{
	struct msgport_port_info ports[4];
	uint64_t after = 0;

	sweep(_metadata, self, create_verb, close_made);
	EXPECT_EQ(1, msgport_list(self->control, &after, ports, 4));
}

TEST_F(fail_nth, every_failure_of_open_leaves_nothing)
{
	sweep(_metadata, self, open_verb, close_made);
}

static long connect_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_connect(self->control, "fail-nth", 0);
}

TEST_F(fail_nth, every_failure_of_connect_leaves_no_sender)
{
	int port = msgport_create(self->control, "fail-nth", NULL);
	struct msgport_stat stat;

	ASSERT_GE(port, 0);
	sweep(_metadata, self, connect_verb, close_made);
	ASSERT_EQ(0, msgport_stat(port, &stat));
	EXPECT_EQ(0, stat.senders);
	close(port);
}

static long connect_receive_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_connect(self->control, "fail-nth",
				      MSGPORT_CONNECT_RECEIVE);
}

TEST_F(fail_nth, every_failure_of_connecting_a_receive_right_leaves_none)
{
	int port = msgport_create(self->control, "fail-nth", NULL);
	struct msgport_stat stat;

	ASSERT_GE(port, 0);
	sweep(_metadata, self, connect_receive_verb, close_made);
	ASSERT_EQ(0, msgport_stat(port, &stat));
	EXPECT_EQ(1, stat.receivers);
	close(port);
}

static long mint_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_mint(self->pair.receive, 7, 1, MSGPORT_PRIORITY_MAX, 0);
}

TEST_F(fail_nth, every_failure_of_mint_leaves_no_sender)
{
	struct msgport_stat stat;

	sweep(_metadata, self, mint_verb, close_made);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(1, stat.senders);
}

static long reopen_verb(FIXTURE_DATA(fail_nth) *self)
{
	return made = msgport_reopen(self->pair.receive);
}

TEST_F(fail_nth, every_failure_of_reopen_leaves_no_receiver)
{
	struct msgport_stat stat;

	sweep(_metadata, self, reopen_verb, close_made);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(1, stat.receivers);
}

static long take_one(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_receive(self->pair.receive, self->large, LARGE, MSGPORT_NONBLOCK);
}

static long send_small_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send(self->pair.send, "small", 5, MSGPORT_NONBLOCK);
}

TEST_F(fail_nth, every_failure_of_send_accepts_nothing)
{
	struct msgport_stat stat;

	sweep(_metadata, self, send_small_verb, take_one);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(stat.sent, stat.received);
}

static long send_large_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send(self->pair.send, self->large, LARGE, MSGPORT_NONBLOCK);
}

TEST_F(fail_nth, every_failure_of_a_large_send_accepts_nothing)
{
	sweep(_metadata, self, send_large_verb, take_one);
}

static long send_pieces_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct iovec pieces[] = {
		{ .iov_base = self->large, .iov_len = 100 },
		{ .iov_base = self->large + 200, .iov_len = 5000 },
	};
	struct msgport_message message = {
		.iov = pieces,
		.iov_count = 2,
		.priority = 9,
		.ttl = 100 * NS_PER_S,
	};

	return msgport_send_message(self->pair.send, &message, MSGPORT_NONBLOCK, 0);
}

TEST_F(fail_nth, every_failure_of_an_urgent_send_in_pieces_accepts_nothing)
{
	sweep(_metadata, self, send_pieces_verb, take_one);
}

static long receive_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct iovec pieces[] = {
		{ .iov_base = self->large, .iov_len = 3000 },
		{ .iov_base = self->large + 4000, .iov_len = 3000 },
	};
	struct msgport_message message = { .iov = pieces, .iov_count = 2 };

	return msgport_receive_message(self->pair.receive, &message, NULL,
				       MSGPORT_NONBLOCK, 0);
}

static long send_again(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_send(self->pair.send, self->large, 5000, MSGPORT_NONBLOCK);
}

TEST_F(fail_nth, every_failure_of_receive_leaves_the_message)
{
	struct msgport_stat stat;

	ASSERT_EQ(0, send_again(self));
	sweep(_metadata, self, receive_verb, send_again);
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(1, stat.queued);
	EXPECT_EQ(0, stat.discarded);
	EXPECT_EQ(5000, take_one(self));
}

static long limits_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_limits limits = {
		.flags = MSGPORT_SET_MAX_MSGS,
		.max_msgs = 9,
	};

	return msgport_limits(self->pair.receive, &limits);
}

TEST_F(fail_nth, every_failure_of_limits_leaves_the_port_in_order)
{
	sweep(_metadata, self, limits_verb, NULL);
}

static long stat_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_stat stat;

	return msgport_stat(self->control, &stat);
}

TEST_F(fail_nth, every_failure_of_stat_changes_nothing)
{
	sweep(_metadata, self, stat_verb, NULL);
}

static long list_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_port_info ports[4];
	uint64_t after = 0;

	return msgport_list(self->control, &after, ports, 4);
}

TEST_F(fail_nth, every_failure_of_list_changes_nothing)
{
	sweep(_metadata, self, list_verb, NULL);
}

static long unlink_verb(FIXTURE_DATA(fail_nth) *self)
{
	return msgport_unlink(self->control, "fail-nth");
}

static long create_again(FIXTURE_DATA(fail_nth) *self)
{
	close(made);
	return create_verb(self);
}

TEST_F(fail_nth, every_failure_of_unlink_leaves_the_name)
{
	ASSERT_GE(create_verb(self), 0);
	sweep(_metadata, self, unlink_verb, create_again);
	close(made);
}

static long version_verb(FIXTURE_DATA(fail_nth) *self)
{
	struct msgport_version version;

	return msgport_version(self->control, &version);
}

TEST_F(fail_nth, every_failure_of_version_changes_nothing)
{
	sweep(_metadata, self, version_verb, NULL);
}

static long read_verb(FIXTURE_DATA(fail_nth) *self)
{
	return read(self->pair.receive, self->large, LARGE);
}

TEST_F(fail_nth, every_failure_of_read_leaves_the_message)
{
	ASSERT_EQ(0, send_again(self));
	sweep(_metadata, self, read_verb, send_again);
	EXPECT_EQ(5000, take_one(self));
}

static long write_verb(FIXTURE_DATA(fail_nth) *self)
{
	return write(self->pair.send, self->large, 300);
}

TEST_F(fail_nth, every_failure_of_write_accepts_nothing)
{
	sweep(_metadata, self, write_verb, take_one);
}

static int sent[3];

static long send_fds_verb(FIXTURE_DATA(fail_nth) *self)
{
	return send_fds(self->pair.send, sent, 3);
}

static long receive_fds_verb(FIXTURE_DATA(fail_nth) *self)
{
	static int arrived[3];
	struct msgport_message message = {
		.data = self->large,
		.size = LARGE,
		.fds = arrived,
		.fd_count = 3,
	};
	unsigned int i;

	if (msgport_receive_message(self->pair.receive, &message, NULL,
				    MSGPORT_NONBLOCK, 0))
		return -1;
	for (i = 0; i < message.fd_count; i++)
		close(arrived[i]);
	return message.fd_count;
}

/* One of each way of telling what may travel. */
static void open_sent(FIXTURE_DATA(fail_nth) *self)
{
	sent[0] = dup(self->pair.send);
	sent[1] = memfd_create("fail-nth", MFD_CLOEXEC);
	sent[2] = eventfd(0, EFD_CLOEXEC);
}

static void close_sent(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		close(sent[i]);
}

TEST_F(fail_nth, every_failure_of_sending_descriptors_accepts_nothing)
{
	struct msgport_stat stat;

	open_sent(self);
	sweep(_metadata, self, send_fds_verb, receive_fds_verb);
	close_sent();
	ASSERT_EQ(0, msgport_stat(self->pair.receive, &stat));
	EXPECT_EQ(0, stat.queued);
	EXPECT_EQ(stat.sent, stat.received);
}

TEST_F(fail_nth, every_failure_of_receiving_descriptors_leaves_them_in_the_message)
{
	unsigned int before;

	open_sent(self);
	ASSERT_EQ(0, send_fds_verb(self));
	before = open_descriptors();
	sweep(_metadata, self, receive_fds_verb, send_fds_verb);
	EXPECT_EQ(before, open_descriptors());
	EXPECT_EQ(3, receive_fds_verb(self));
	close_sent();
}

TEST_HARNESS_MAIN
