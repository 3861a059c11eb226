/* SPDX-License-Identifier: GPL-2.0 */
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
#ifndef MSGPORT_FAIL_NTH_H
#define MSGPORT_FAIL_NTH_H

#include <fcntl.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define TRIES_MAX	200
#define LARGE		(64 * 1024)

FIXTURE(fail_nth)
{
	int nth;		/* /proc/self/fail-nth */
	int control;
	struct pair pair;
	char *large;
};

static inline void set_up_injection(const char *what)
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
static inline void arm(int nth, int n)
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
static inline bool disarm(int nth)
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

static inline bool balances(int right)
{
	struct msgport_stat stat;

	return !msgport_stat(right, &stat) && !stat.in_hand &&
	       stat.sent == stat.received + stat.returned + stat.discarded +
			    stat.queued + stat.outstanding;
}

/* A verb: returns a descriptor, 0 or a size; -1 with errno. */
typedef long (*verb_fn)(FIXTURE_DATA(fail_nth) *self);

static inline bool is_a_reason(int error)
{
	return error == ENOMEM || error == EFAULT || error == ENFILE || error == EMFILE;
}

/* Sweeps a verb; @undo sets back what it did when it worked. */
static inline void sweep(struct __test_metadata *_metadata,
			 FIXTURE_DATA(fail_nth) *self, verb_fn verb, verb_fn undo)
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

#endif
