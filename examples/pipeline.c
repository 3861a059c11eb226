// SPDX-License-Identifier: GPL-2.0
/*
 * A pipeline of processes: the sieve of Eratosthenes.
 *
 * The first process sends the numbers from 2 on.  Each further one keeps the
 * first number that reaches it, which is a prime, and passes on those that its
 * prime does not divide.  When a number gets to the end of the pipeline, the
 * last process makes a port and forks its successor.  (The pipeline is
 * McIlroy's; Hoare's "Communicating Sequential Processes" has it as well.)
 *
 *     numbers --> [ 2 ] --> [ 3 ] --> [ 5 ] --> [ 7 ] --> ...
 *
 * An empty message ends it: each process passes it on, and waits for its
 * successor to end.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define LIMIT	4		/* messages between two processes */
#define LAST	50

struct stage {
	int send_right;		/* to its port; -1: there is no such process */
	pid_t pid;
};

static void pass_on(const struct stage *next, const int *number)
{
	if (msgport_send(next->send_right, number, number ? sizeof(*number) : 0, 0))
		err(1, "send");
}

/* Returns whether there was one: an empty message says that there is none. */
static int take(int port, int *number)
{
	ssize_t size = msgport_receive(port, number, sizeof(*number), 0);

	if (size < 0)
		err(1, "receive");
	return size > 0;
}

static void sieve(int port);

/* Forks a process that runs the sieve on a new port. */
static struct stage append_stage(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct stage stage;
	int port;

	options.max_msgs = LIMIT;
	port = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (port < 0)
		err(1, "create");
	stage.send_right = msgport_mint(port, 0, 0, 0, 0);
	if (stage.send_right < 0)
		err(1, "mint");
	stage.pid = fork();
	if (stage.pid < 0)
		err(1, "fork");
	if (stage.pid == 0) {
		close(stage.send_right);
		sieve(port);
	}
	close(port);
	return stage;
}

/* Ends what follows, and waits until all of it has ended. */
static int finish(const struct stage *next)
{
	int status;

	if (next->send_right < 0)
		return 0;
	pass_on(next, NULL);
	waitpid(next->pid, &status, 0);
	return status != 0;
}

static _Noreturn void sieve(int port)
{
	struct stage next = { .send_right = -1 };
	int prime, number;

	if (!take(port, &prime))
		exit(0);
	printf("%d\n", prime);
	fflush(stdout);
	while (take(port, &number)) {
		if (number % prime == 0)
			continue;
		if (next.send_right < 0)
			next = append_stage();
		pass_on(&next, &number);
	}
	exit(finish(&next));
}

int main(void)
{
	struct stage first = append_stage();
	int number;

	for (number = 2; number <= LAST; number++)
		pass_on(&first, &number);
	return finish(&first);
}
