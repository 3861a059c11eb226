// SPDX-License-Identifier: GPL-2.0
/* The library's pidfd of a sender: the sender's, or none. */

#include "kselftest_harness.h"
#include "testlib.h"

/* What the next descriptor of this process would be. */
static int next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

/* The pid that a pidfd stands for, as the kernel tells it; -1 for no pidfd. */
static int pid_of(int pidfd)
{
	char path[64], line[256];
	FILE *info;
	int pid = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	info = fopen(path, "r");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (info)
		fclose(info);
	return pid;
}

/* A port, and a child that sent to it and waits. */
FIXTURE(sender)
{
	struct pair pair;
	struct msgport_message message;
	pid_t child;
};

FIXTURE_SETUP(sender)
{
	int64_t number;

	self->pair = new_pair(NULL);
	self->child = start_child();
	if (!self->child) {
		send_number(self->pair.send, 1, 0);
		for (;;)
			pause();
	}
	memset(&self->message, 0, sizeof(self->message));
	self->message.data = &number;
	self->message.size = sizeof(number);
	ASSERT_EQ(0, msgport_receive_message(self->pair.receive, &self->message, NULL, 0,
					     in_ms(PATIENCE_MS)));
}

FIXTURE_TEARDOWN(sender)
{
	if (self->child)
		end_child(self->child);
	close_pair(&self->pair);
}

TEST_F(sender, pidfd_of_a_sender_that_lives_is_of_that_process)
{
	int pidfd = msgport_pidfd(self->pair.receive, &self->message.stamp);

	ASSERT_GE(pidfd, 0);
	EXPECT_EQ(self->child, pid_of(pidfd));
	close(pidfd);
}

TEST_F(sender, pidfd_is_had_through_any_descriptor_of_msgport)
{
	int control = msgport_open(), through[2], i;

	through[0] = msgport_pidfd(control, &self->message.stamp);
	through[1] = msgport_pidfd(self->pair.send, &self->message.stamp);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(self->child, pid_of(through[i]));
		close(through[i]);
	}
	close(control);
}

TEST_F(sender, pidfd_of_a_sender_that_has_ended_fails_with_esrch)
{
	int next = next_descriptor();

	end_child(self->child);
	self->child = 0;
	EXPECT_EQ(ESRCH, error_of(msgport_pidfd(self->pair.receive,
						&self->message.stamp)));
	EXPECT_EQ(next, next_descriptor());
}

/* Not reaped yet: its number is taken, but it is no process any more. */
TEST_F(sender, pidfd_of_a_sender_that_nobody_has_waited_for_fails_with_esrch)
{
	siginfo_t info;

	ASSERT_EQ(0, kill(self->child, SIGKILL));
	ASSERT_EQ(0, waitid(P_PID, self->child, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(ESRCH, error_of(msgport_pidfd(self->pair.receive,
						&self->message.stamp)));
}

/* As it would be if the number were another's by then. */
TEST_F(sender, pidfd_of_a_process_that_has_the_pid_since_later_fails_and_leaves_nothing)
{
	struct msgport_stamp older = self->message.stamp;
	int next = next_descriptor();

	older.start_time--;
	EXPECT_EQ(ESRCH, error_of(msgport_pidfd(self->pair.receive, &older)));
	EXPECT_EQ(next, next_descriptor());
}

TEST_F(sender, pidfd_of_a_sender_that_is_not_visible_fails_with_esrch)
{
	struct msgport_stamp hidden = self->message.stamp;

	hidden.pid = 0;
	EXPECT_EQ(ESRCH, error_of(msgport_pidfd(self->pair.receive, &hidden)));
}

TEST_F(sender, pidfd_through_another_kind_of_descriptor_fails_and_leaves_nothing)
{
	int next = next_descriptor();

	EXPECT_EQ(ENOTTY, error_of(msgport_pidfd(STDIN_FILENO, &self->message.stamp)));
	EXPECT_EQ(EBADF, error_of(msgport_pidfd(-1, &self->message.stamp)));
	EXPECT_EQ(EFAULT, error_of(msgport_pidfd(self->pair.receive, NULL)));
	EXPECT_EQ(next, next_descriptor());
}

TEST_HARNESS_MAIN
