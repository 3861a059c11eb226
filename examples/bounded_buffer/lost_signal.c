// SPDX-License-Identifier: GPL-2.0
/*
 * A signal without a waiter is lost; a message without a receiver waits.
 *
 * Three times the same: one process tells another that something has happened,
 * before the other has begun to wait for it.
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <msgport_monitor.h>

#define PATIENCE_MS	200
#define NS_PER_MS	1000000L

static void run(void (*function)(void))
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		function();
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a process failed");
}

static void tell(const char *way, int came)
{
	printf("%-28s %s\n", way, came ? "it was there" : "nothing came");
	fflush(stdout);
}

/* ---- mutex and condition variable ---- */

static struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t happened;
} *shared;

static void signal_condition(void)
{
	pthread_mutex_lock(&shared->mutex);
	pthread_cond_signal(&shared->happened);
	pthread_mutex_unlock(&shared->mutex);
}

static void wait_for_condition(void)
{
	struct timespec until;
	int error;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_MS * NS_PER_MS;
	until.tv_sec += until.tv_nsec / (1000 * NS_PER_MS);
	until.tv_nsec %= 1000 * NS_PER_MS;
	pthread_mutex_lock(&shared->mutex);
	/* no "while": there is nothing to look at but the signal itself */
	error = pthread_cond_timedwait(&shared->happened, &shared->mutex, &until);
	pthread_mutex_unlock(&shared->mutex);
	tell("signal of a condition:", error != ETIMEDOUT);
}

static void with_a_condition(void)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t condition;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &mutex);
	pthread_condattr_init(&condition);
	pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->happened, &condition);
	run(signal_condition);
	run(wait_for_condition);
}

/* ---- monitor ---- */

enum procedure { SIGNAL, WAIT };

static int right;

static ssize_t signal_it(struct msgport_monitor *monitor,
			 const struct msgport_entry *entry)
{
	(void)entry;
	return msgport_monitor_signal(monitor, 0);
}

static ssize_t wait_for_it(struct msgport_monitor *monitor,
			   const struct msgport_entry *entry)
{
	(void)entry;
	return msgport_monitor_wait(monitor, 0);
}

static void signal_in_the_monitor(void)
{
	if (msgport_monitor_enter(right, SIGNAL, NULL, 0, NULL, 0, MSGPORT_FOREVER))
		err(1, "enter");
}

static void wait_in_the_monitor(void)
{
	uint64_t until = msgport_deadline(PATIENCE_MS * NS_PER_MS);

	if (!msgport_monitor_enter(right, WAIT, NULL, 0, NULL, 0, until))
		tell("signal in a monitor:", 1);
	else if (errno == ETIMEDOUT)
		tell("signal in a monitor:", 0);
	else
		err(1, "enter");
}

static void with_a_monitor(void)
{
	const msgport_procedure procedures[] = { signal_it, wait_for_it };
	struct msgport_monitor_options options = {
		.procedures = procedures,
		.procedure_count = 2,
		.condition_count = 1,
	};
	struct msgport_monitor *monitor;
	pid_t server;

	monitor = msgport_monitor_create(MSGPORT_DEFAULT, NULL, &options);
	if (!monitor)
		err(1, "monitor");
	right = msgport_mint(msgport_monitor_port(monitor), 0, 0, 0, 0);
	if (right < 0)
		err(1, "mint");
	server = fork();
	if (server < 0)
		err(1, "fork");
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		msgport_monitor_serve(monitor, MSGPORT_FOREVER);
		exit(1);
	}
	msgport_monitor_free(monitor);
	run(signal_in_the_monitor);
	run(wait_in_the_monitor);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(right);
}

/* ---- message ---- */

static int receive_right, send_right;

static void send_message(void)
{
	if (msgport_send(send_right, NULL, 0, 0))
		err(1, "send");
}

static void receive_message(void)
{
	struct msgport_message message = { 0 };
	uint64_t until = msgport_deadline(PATIENCE_MS * NS_PER_MS);

	if (!msgport_receive_message(receive_right, &message, NULL, 0, until))
		tell("message:", 1);
	else if (errno == ETIMEDOUT)
		tell("message:", 0);
	else
		err(1, "receive");
}

static void with_a_message(void)
{
	receive_right = msgport_create(MSGPORT_DEFAULT, NULL, NULL);
	if (receive_right < 0)
		err(1, "create");
	send_right = msgport_mint(receive_right, 0, 0, 0, 0);
	if (send_right < 0)
		err(1, "mint");
	run(send_message);
	run(receive_message);
	close(send_right);
	close(receive_right);
}

int main(void)
{
	printf("told before anybody waits:\n");
	fflush(stdout);
	with_a_condition();
	with_a_monitor();
	with_a_message();
	return 0;
}
