// SPDX-License-Identifier: GPL-2.0
/*
 * A client and a server, with two ports.
 *
 * Clients find the server's port by its name.  A request carries the name of
 * the port that its client wants the answer sent to.
 *
 *     client ---- request, names the reply port ----> "adder"
 *     "adder.PID" <---- reply ----------------------- server
 *
 * The kernel stamps each request with its sender's user, so the server makes
 * sure that the reply port belongs to that user, and cannot be made to send
 * to a stranger's.  Without blocking, for a client that does not read its
 * replies must not hold up the others.
 *
 * A client whose server dies with the request in hand waits for ever here.
 * msgport_call() sends a request and receives exactly one answer, needs no reply
 * port and no second name, and fails when the server dies: see two_services.c.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define SERVER	"adder"
#define CLIENTS	3

struct request {
	char reply_to[MSGPORT_NAME_MAX + 1];
	int a, b;
};

static void answer(const struct request *request, const struct msgport_stamp *asker)
{
	int sum = request->a + request->b;
	int reply_port = msgport_connect_owner(MSGPORT_DEFAULT, request->reply_to,
					       0, asker->uid);

	if (reply_port < 0) {
		warn("no reply to %.64s", request->reply_to);
		return;
	}
	if (msgport_send(reply_port, &sum, sizeof(sum), MSGPORT_NONBLOCK))
		warn("no reply to %.64s", request->reply_to);
	close(reply_port);
}

static _Noreturn void serve(int port)
{
	struct request request;
	struct msgport_message message = { .data = &request };

	for (;;) {
		message.size = sizeof(request);
		if (msgport_receive_message(port, &message, NULL, 0, MSGPORT_FOREVER))
			err(1, "receive of a request");
		if (message.size != sizeof(request))
			continue;
		request.reply_to[MSGPORT_NAME_MAX] = '\0';
		answer(&request, &message.stamp);
	}
}

static _Noreturn void ask(int a, int b)
{
	struct request request = { .a = a, .b = b };
	int server, reply_port, sum;

	snprintf(request.reply_to, sizeof(request.reply_to), SERVER ".%d", getpid());
	reply_port = msgport_create(MSGPORT_DEFAULT, request.reply_to, NULL);
	if (reply_port < 0)
		err(1, "create of the reply port");
	server = msgport_connect(MSGPORT_DEFAULT, SERVER, 0);
	if (server < 0)
		err(1, "connect to the server");
	if (msgport_send(server, &request, sizeof(request), 0))
		err(1, "send of a request");
	if (msgport_receive(reply_port, &sum, sizeof(sum), 0) != sizeof(sum))
		err(1, "receive of the reply");
	printf("%d + %d = %d\n", a, b, sum);
	exit(0);
}

int main(void)
{
	int port, status, failed = 0, i;
	pid_t server, client;

	/* The port is there before the first client asks for it. */
	port = msgport_create(MSGPORT_DEFAULT, SERVER, NULL);
	if (port < 0)
		err(1, "create");
	server = fork();
	if (server < 0)
		err(1, "fork");
	if (server == 0)
		serve(port);
	close(port);

	for (i = 1; i <= CLIENTS; i++) {
		client = fork();
		if (client < 0)
			err(1, "fork");
		if (client == 0)
			ask(i, 10 * i);
		waitpid(client, &status, 0);
		failed |= status;
	}
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	return failed != 0;
}
