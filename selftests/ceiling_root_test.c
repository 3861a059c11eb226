// SPDX-License-Identifier: GPL-2.0
/* Every verb that makes a right, when there may be no more of them. */

#include <fcntl.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define USER		2000
#define MAX_RIGHTS	"/sys/module/msgport/parameters/max_rights"
#define MAX_FILES	"/proc/sys/fs/file-max"

/* A port of root's that everybody may connect to. */
FIXTURE(ceiling)
{
	const char *name;
	int control;
	int port;
	long rights, files;
};

static long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long number;

	if (!file || fscanf(file, "%ld", &number) != 1)
		give_up(path);
	fclose(file);
	return number;
}

static void write_number(const char *path, long number)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%ld", number) < 0 || fclose(file))
		give_up(path);
}

FIXTURE_SETUP(ceiling)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	self->rights = read_number(MAX_RIGHTS);
	self->files = read_number(MAX_FILES);
	self->name = new_name("ceiling");
	self->control = msgport_open();
	options.mode = 0666;
	self->port = msgport_create(self->control, self->name, &options);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(ceiling)
{
	write_number(MAX_RIGHTS, self->rights);
	write_number(MAX_FILES, self->files);
	close(self->port);
	close(self->control);
}

/* Tries all five ways to a right: 0 if each failed with this errno. */
static int try_all(int control, int port, const char *name, int expected)
{
	if (error_of(mint_plain(port)) != expected)
		return 101;
	if (error_of(msgport_reopen(port)) != expected)
		return 102;
	if (error_of(msgport_connect(control, name, 0)) != expected)
		return 103;
	if (error_of(msgport_connect(control, name, MSGPORT_CONNECT_RECEIVE)) != expected)
		return 104;
	if (error_of(msgport_create(control, NULL, NULL)) != expected)
		return 105;
	return 0;
}

static bool nothing_is_left(int control, int port)
{
	return stat_of(port).senders == 0 && stat_of(port).receivers == 1 &&
	       stat_of(control).ports == 1;
}

TEST_F(ceiling, verbs_over_the_users_rights_fail_with_edquot_and_leave_nothing)
{
	pid_t pid;

	write_number(MAX_RIGHTS, 0);
	pid = start_child();
	if (!pid) {
		become(USER, USER);
		_exit(try_all(self->control, self->port, self->name, EDQUOT));
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_TRUE(nothing_is_left(self->control, self->port));
}

TEST_F(ceiling, verbs_over_the_systems_files_fail_with_enfile_and_leave_nothing)
{
	int ready[2], i;
	char byte = 0;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	/* the count is rough: a processor may keep some dozens to itself */
	for (i = 0; i < 500; i++) {
		ASSERT_LE(0, open("/dev/null", O_RDONLY | O_CLOEXEC));
	}
	pid = start_child();
	if (!pid) {
		become(USER, USER);
		if (read(ready[0], &byte, 1) != 1)
			_exit(255);
		_exit(try_all(self->control, self->port, self->name, ENFILE));
	}
	write_number(MAX_FILES, 1);
	if (write(ready[1], &byte, 1) != 1)
		give_up("write");
	EXPECT_EQ(0, child_status(pid));
	EXPECT_TRUE(nothing_is_left(self->control, self->port));
}

TEST_HARNESS_MAIN
