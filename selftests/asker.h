/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who asks, in any of the three ways to send: a thread or a child.  A number
 * goes out and another comes back, so that nobody takes one for the other.
 */
#ifndef MSGPORT_ASKER_H
#define MSGPORT_ASKER_H

#include <pthread.h>
#include <sys/time.h>

#include "taken.h"

#define QUESTION	41
#define ANSWER		42
#define COOKIE		77
#define WRONG_ANSWER	255	/* status of an asker that got another answer */

enum way {
	ONE_WAY,
	RETURN_ADDRESS,
	CALL,
};

struct question {
	enum way way;
	int right;
	int home;		/* of a return address */
};

/* Sends it, and waits for the answer to a call; the errno, or 0. */
static inline int put_question(const struct question *q)
{
	uint64_t number = QUESTION, answer = 0;
	struct msgport_due due = {
		.receive_right = q->home,
		.cookie = COOKIE,
		.size = sizeof(answer),
	};
	struct msgport_message message = { .data = &number, .size = sizeof(number) };
	ssize_t size;

	if (q->way != CALL) {
		message.due = q->way == RETURN_ADDRESS ? &due : NULL;
		return error_of(msgport_send_message(q->right, &message, 0,
						     MSGPORT_FOREVER));
	}
	size = msgport_call(q->right, &number, sizeof(number), &answer, sizeof(answer),
			    MSGPORT_FOREVER);
	if (size < 0)
		return errno;
	return size == sizeof(answer) && answer == ANSWER ? 0 : WRONG_ANSWER;
}

struct asker {
	struct question question;
	pthread_t thread;
	pid_t pid;		/* 0: a thread */
};

static inline void *asking_thread(void *argument)
{
	return (void *)(intptr_t)put_question(argument);
}

static inline void start_asking_thread(struct asker *asker)
{
	asker->pid = 0;
	errno = pthread_create(&asker->thread, NULL, asking_thread, &asker->question);
	if (errno)
		give_up("pthread_create");
}

/* A child keeps no port alive that it only sends to: @receive is closed there. */
static inline void start_asking_child(struct asker *asker, int receive)
{
	asker->pid = start_child();
	if (asker->pid)
		return;
	close(receive);
	_exit(put_question(&asker->question));
}

/* What came of it: the errno, or 0. */
static inline int end_of_asker(struct asker *asker)
{
	void *result;

	if (asker->pid)
		return child_status(asker->pid);
	errno = pthread_join(asker->thread, &result);
	if (errno)
		give_up("pthread_join");
	return (intptr_t)result;
}

static inline int answer_number(int receive, uint64_t token)
{
	uint64_t number = ANSWER;

	return msgport_reply(receive, token, &number, sizeof(number));
}

/* ---- calls that are interrupted and left so ---- */

static inline void on_alarm(int signal)
{
	(void)signal;
}

/* SIGALRM again and again, so that one comes while the call waits; 0: none. */
static inline void alarm_every(unsigned int us, int flags)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };
	struct itimerval every = {
		.it_interval.tv_usec = us,
		.it_value.tv_usec = us,
	};

	/* the handler stays: one may be on its way */
	if ((us && sigaction(SIGALRM, &action, NULL)) ||
	    setitimer(ITIMER_REAL, &every, NULL))
		give_up("alarm");
}

/* Calls, or resumes the call of this id, without end; the errno. */
static inline int call_until_signal(int right, uint64_t *id, uint64_t *answer, size_t room)
{
	uint64_t number = QUESTION;
	struct msgport_message request = { .data = &number, .size = sizeof(number) };
	struct msgport_message reply = { .data = answer, .size = room };
	int error;

	alarm_every(2000, 0);
	error = error_of(msgport_call_message(right, &request, &reply, 0,
					      MSGPORT_FOREVER, id));
	alarm_every(0, 0);
	return error;
}

/* The id of a call that was interrupted: its question is sent. */
static inline uint64_t parked_call(int right)
{
	uint64_t id = 0, answer;

	if (call_until_signal(right, &id, &answer, sizeof(answer)) != EINTR || !id)
		give_up("a call that a signal interrupts");
	return id;
}

#endif
