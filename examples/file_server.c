// SPDX-License-Identifier: GPL-2.0
/*
 * A server that hands out open files.
 *
 * The client may not look into the server's directory.  It asks for a document
 * by its name, and sends along a send right to a port of its own; the server
 * opens the document, for reading only, and sends the descriptor there.
 *
 *     client ---- name, send right to the client's port ----> "librarian"
 *     client's port <---- the open document, or an error ---- server
 *
 * Nobody needs a name for the client's port, and no stranger can send to it: who
 * has the right, has it from the client.  The document is read from the file
 * itself and passes through no message.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define SERVER	"librarian"

static int port_with_descriptors(const char *name)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int port;

	options.flags = MSGPORT_DESCRIPTORS;
	port = msgport_create(MSGPORT_DEFAULT, name, &options);
	if (port < 0)
		err(1, "create");
	return port;
}

/* ---- the server ---- */

/* Only what is directly in the directory. */
static int open_document(int directory, const char *name)
{
	if (strchr(name, '/')) {
		errno = EACCES;
		return -1;
	}
	return openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* Without blocking: a client that does not read its answers holds up nobody. */
static void hand_out(int right, int directory, const char *name)
{
	int document = open_document(directory, name);
	int error = document < 0 ? errno : 0;
	struct msgport_message message = {
		.data = &error,
		.size = sizeof(error),
		.fds = &document,
		.fd_count = document < 0 ? 0 : 1,
	};

	if (msgport_send_message(right, &message, MSGPORT_NONBLOCK, MSGPORT_FOREVER))
		warn("no answer about %s", name);
	if (document >= 0)
		close(document);
}

static _Noreturn void serve(int port, int directory)
{
	for (;;) {
		char name[64] = "";
		int right = -1;
		struct msgport_message message = {
			.data = name,
			.size = sizeof(name) - 1,
			.fds = &right,
			.fd_count = 1,
		};

		if (msgport_receive_message(port, &message, NULL, MSGPORT_DISCARD_LARGE,
					    MSGPORT_FOREVER)) {
			if (errno == EMSGSIZE)
				continue;	/* not one of our requests */
			err(1, "receive");
		}
		if (message.fd_count) {
			hand_out(right, directory, name);
			close(right);
		}
	}
}

/* ---- the client ---- */

/* The document, open; or -1 with the server's errno. */
static int get(int server, int port, const char *name)
{
	int right = msgport_mint(port, 0, 1, 0, 0), error = 0, document = -1;
	struct msgport_message request = {
		.data = (char *)name,
		.size = strlen(name),
		.fds = &right,
		.fd_count = 1,
	};
	struct msgport_message message = {
		.data = &error,
		.size = sizeof(error),
		.fds = &document,
		.fd_count = 1,
	};

	if (right < 0 || msgport_send_message(server, &request, 0, MSGPORT_FOREVER))
		err(1, "ask for %s", name);
	close(right);		/* the message has its own */
	if (msgport_receive_message(port, &message, NULL, 0, MSGPORT_FOREVER))
		err(1, "receive the answer about %s", name);
	errno = error;
	return document;
}

static void show(int server, int port, const char *name)
{
	int document = get(server, port, name);
	char text[80];
	ssize_t length;

	if (document < 0) {
		printf("%s: %s\n", name, strerror(errno));
		return;
	}
	length = read(document, text, sizeof(text));
	printf("%s: %.*s\n", name, (int)length, text);
	if (write(document, "x", 1) < 0)
		printf("%s cannot be written to: %s\n", name, strerror(errno));
	close(document);
}

/* ---- both ---- */

static void put_document(int directory, const char *name, const char *text)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", name);
	close(fd);
}

int main(void)
{
	char path[] = "/tmp/file_server.XXXXXX";
	int port = port_with_descriptors(SERVER), own, server, directory;
	pid_t pid;

	if (!mkdtemp(path))
		err(1, "%s", path);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		err(1, "%s", path);
	put_document(directory, "poem", "so much depends upon");
	put_document(directory, "recipe", "flour, water, salt");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid)
		serve(port, directory);
	close(port);

	own = port_with_descriptors(NULL);
	server = msgport_connect(MSGPORT_DEFAULT, SERVER, 0);
	if (server < 0)
		err(1, "connect");
	show(server, own, "poem");
	show(server, own, "recipe");
	show(server, own, "diary");
	show(server, own, "../../etc/passwd");

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlinkat(directory, "poem", 0);
	unlinkat(directory, "recipe", 0);
	return rmdir(path) ? 1 : 0;
}
