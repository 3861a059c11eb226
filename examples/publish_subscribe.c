// SPDX-License-Identifier: GPL-2.0
/*
 * Publish and subscribe: one send reaches every subscriber.
 *
 * A publisher sends the news to a group.  Two archives must have all of it: while
 * one of them is full the publisher waits.  A ticker shows only what is new: it
 * joined as lossy and misses what it has no room for, and each message tells it
 * how many it missed before.
 *
 *                    .--> archive 1
 *     publisher --> group --> archive 2
 *                    '--> ticker, with room for two
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define NEWS	6
#define GROUP	"example.news"

static int subscribe(unsigned int room, unsigned int flags)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int port;

	options.max_msgs = room;
	port = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (port < 0)
		err(1, "create");
	if (msgport_join(port, GROUP, flags))
		err(1, "join");
	return port;
}

/* Takes every piece of news; its exit status is how many came in order. */
static pid_t start_archive(int port)
{
	pid_t pid = fork();
	int number, count;

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	for (count = 0; count < NEWS; count++) {
		if (msgport_receive(port, &number, sizeof(number), 0) != sizeof(number))
			err(1, "receive");
		if (number != count + 1)
			break;
	}
	_exit(count);
}

static void publish(int group, int number)
{
	if (msgport_send(group, &number, sizeof(number), 0))
		err(1, "send");
}

/* Shows what the ticker has room for. */
static void show(int ticker)
{
	int number;
	struct msgport_message message = { .data = &number, .size = sizeof(number) };

	while (!msgport_receive_message(ticker, &message, NULL, MSGPORT_NONBLOCK,
					MSGPORT_FOREVER)) {
		if (message.stamp.missed)
			printf("ticker: (%llu missed)\n",
			       (unsigned long long)message.stamp.missed);
		printf("ticker: news %d\n", number);
		message.size = sizeof(number);
	}
}

int main(void)
{
	int group, ticker, archive[2], status, i;
	pid_t pid[2];

	group = msgport_group_create(MSGPORT_DEFAULT, GROUP, NULL);
	if (group < 0)
		err(1, "group_create");
	for (i = 0; i < 2; i++) {
		archive[i] = subscribe(1, 0);
		pid[i] = start_archive(archive[i]);
	}
	ticker = subscribe(2, MSGPORT_JOIN_LOSSY);

	for (i = 1; i < NEWS; i++)
		publish(group, i);
	show(ticker);
	publish(group, NEWS);
	show(ticker);

	for (i = 0; i < 2; i++) {
		if (waitpid(pid[i], &status, 0) != pid[i])
			err(1, "waitpid");
		printf("archive %d: %d of %d\n", i + 1, WEXITSTATUS(status), NEWS);
		close(archive[i]);
	}
	close(ticker);
	close(group);
	return 0;
}
