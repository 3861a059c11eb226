// SPDX-License-Identifier: GPL-2.0
/*
 * A parent shares work out among its children.
 *
 * All children receive from one port: each task goes to whichever of them is
 * free.  Their reports come back through another, and each child has its own
 * send right there, with a badge that the parent chose and the kernel puts on
 * every message.  So the parent can take the reports in the order of the
 * children, whoever is ready first.
 *
 *                         +--> child 1 --+ badge 1
 *     parent ---- tasks --+--> child 2 --+ badge 2 ----> reports ---- parent
 *                         +--> child 3 --+ badge 3
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define CHILDREN	3
#define TASKS		100

struct report {
	int tasks;
	long sum;
};

static int new_port(void)
{
	int port = msgport_create(MSGPORT_DEFAULT, NULL, NULL);

	if (port < 0)
		err(1, "create");
	return port;
}

static int new_send_right(int port, uint64_t badge)
{
	int send_right = msgport_mint(port, badge, 0, 0, 0);

	if (send_right < 0)
		err(1, "mint");
	return send_right;
}

/* Squares numbers until an empty message comes, then reports. */
static _Noreturn void work(int tasks, int reports)
{
	struct report report = { 0 };
	ssize_t size;
	int number;

	while ((size = msgport_receive(tasks, &number, sizeof(number), 0)) > 0) {
		report.tasks++;
		report.sum += (long)number * number;
	}
	if (size < 0)
		err(1, "receive of a task");
	if (msgport_send(reports, &report, sizeof(report), 0))
		err(1, "send of a report");
	exit(0);
}

/* One task for each number, then one empty message for each child. */
static void share_out(int tasks)
{
	int number, i;

	for (number = 1; number <= TASKS; number++)
		if (msgport_send(tasks, &number, sizeof(number), 0))
			err(1, "send of a task");
	for (i = 0; i < CHILDREN; i++)
		if (msgport_send(tasks, NULL, 0, 0))
			err(1, "send of the end");
}

static struct report report_of(int reports, uint64_t badge)
{
	struct report report;
	struct msgport_message message = { .data = &report, .size = sizeof(report) };
	struct msgport_filter from = { .by = MSGPORT_BY_BADGE, .badge = badge };

	if (msgport_receive_message(reports, &message, &from, 0, MSGPORT_FOREVER))
		err(1, "receive of a report");
	if (message.stamp.badge != badge)
		errx(1, "a report of child %llu instead of %llu",
		     (unsigned long long)message.stamp.badge, (unsigned long long)badge);
	return report;
}

int main(void)
{
	int tasks = new_port(), reports = new_port();
	int to_children = new_send_right(tasks, 0);
	struct report report, total = { 0 };
	int status, failed = 0, child;
	pid_t pid;

	for (child = 1; child <= CHILDREN; child++) {
		int to_parent = new_send_right(reports, child);

		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid == 0)
			work(tasks, to_parent);
		close(to_parent);
	}
	share_out(to_children);
	for (child = 1; child <= CHILDREN; child++) {
		report = report_of(reports, child);
		printf("child %d has reported\n", child);
		total.tasks += report.tasks;
		total.sum += report.sum;
	}
	printf("%d tasks done, the squares add up to %ld\n", total.tasks, total.sum);
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}
