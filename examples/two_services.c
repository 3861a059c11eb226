// SPDX-License-Identifier: GPL-2.0
/*
 * One server, two services, one loop.
 *
 *     clients ---- "double this" ----> port \
 *                                            set ----> server
 *     clients ---- "square this" ----> port /
 *
 * Each service is a port; both are members of a set.  The server waits on the set
 * and is told by the message's cookie which service was asked.  Its answer goes by
 * the set as well: answering one question and waiting for the next is one system
 * call, whichever services they are for.
 */
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

enum { DOUBLE, SQUARE, SERVICES };

static _Noreturn void serve(int set)
{
	int64_t question, answer = 0;
	struct msgport_message next = { .data = &question };
	struct msgport_message reply = { .data = &answer, .size = sizeof(answer) };
	uint64_t token = 0;

	for (;;) {
		next.size = sizeof(question);
		if (msgport_reply_receive_message(set, &token, &reply, &next, NULL, 0,
						  MSGPORT_FOREVER, NULL))
			err(1, "reply_receive");
		answer = next.cookie == DOUBLE ? 2 * question : question * question;
		token = next.token;
	}
}

static int64_t ask(int service, int64_t question)
{
	int64_t answer;

	if (msgport_call(service, &question, sizeof(question), &answer, sizeof(answer),
			 MSGPORT_FOREVER) != sizeof(answer))
		err(1, "call");
	return answer;
}

int main(void)
{
	int set = msgport_set_create(MSGPORT_DEFAULT), services[SERVICES], i;
	pid_t server;

	if (set < 0)
		err(1, "set_create");
	for (i = 0; i < SERVICES; i++) {
		int port = msgport_create(MSGPORT_DEFAULT, NULL, NULL);

		services[i] = msgport_mint(port, 0, 0, 0, 0);
		if (services[i] < 0 || msgport_set_add(set, port, i))
			err(1, "service");
	}
	server = fork();
	if (server < 0)
		err(1, "fork");
	if (!server)
		serve(set);
	for (i = 3; i < 7; i++)
		printf("%d doubled is %d, squared %d\n", i, (int)ask(services[DOUBLE], i),
		       (int)ask(services[SQUARE], i));
	/* it waits on its set */
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	return 0;
}
