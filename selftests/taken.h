/* SPDX-License-Identifier: GPL-2.0 */
/* Questions, and messages that were taken and are not settled yet. */
#ifndef MSGPORT_TAKEN_H
#define MSGPORT_TAKEN_H

#include "testlib.h"

/* An acknowledging port with room for so many messages, and a right to it. */
static inline struct pair new_ack_pair(unsigned int max_msgs)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_ACK;
	options.max_msgs = max_msgs;
	return new_pair(&options);
}

/* The next message without waiting: its number, or -1 with errno. */
static inline int64_t take(int right, struct msgport_message *m)
{
	int64_t number = 0;

	memset(m, 0, sizeof(*m));
	m->data = &number;
	m->size = sizeof(number);
	if (msgport_receive_message(right, m, NULL, MSGPORT_NONBLOCK, 0))
		return -1;
	return number;
}

static inline int64_t take_number(int right, uint64_t *token)
{
	struct msgport_message m;
	int64_t number = take(right, &m);

	*token = m.token;
	return number;
}

/* Sends a number; its answer is due at @home. */
static inline int ask(int right, uint64_t number, int home, uint64_t cookie,
		      size_t answer_size)
{
	struct msgport_due due = {
		.receive_right = home,
		.cookie = cookie,
		.size = answer_size,
	};
	struct msgport_message message = {
		.data = &number,
		.size = sizeof(number),
		.due = &due,
	};

	return msgport_send_message(right, &message, MSGPORT_NONBLOCK, 0);
}

/* The kind of what comes next, which has this cookie; -1: nothing, or another. */
static inline int next_kind(int home, uint64_t cookie)
{
	struct msgport_message m;

	if (take(home, &m) < 0 || m.cookie != cookie)
		return -1;
	return m.stamp.kind;
}

#endif
