/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of deaths, row by row: what becomes of a message, of its answer and
 * of whoever waits, when something ends.  Each row in every combination of
 *
 *	an ordinary or an acknowledging port
 *	one process, or two: the asker is a thread of the test, or a child
 *	one-way, with a return address, or a call
 *
 * The test itself holds the return address and looks at the port.
 */
#ifndef MSGPORT_DEATHS_H
#define MSGPORT_DEATHS_H

#include "asker.h"

struct cast {
	struct pair pair;
	int home;
	struct asker asker;
	bool acknowledging;
	bool apart;		/* two processes */
};

/* Fixture variants: PORT_PROCESSES_WAY. */
#define ROWS_OF(fixture)						\
	ROW(fixture, ordinary_one_process_one_way, 0, false, ONE_WAY)	\
	ROW(fixture, ordinary_one_process_return_address, 0, false, RETURN_ADDRESS) \
	ROW(fixture, ordinary_one_process_call, 0, false, CALL)		\
	ROW(fixture, ordinary_two_processes_one_way, 0, true, ONE_WAY)	\
	ROW(fixture, ordinary_two_processes_return_address, 0, true, RETURN_ADDRESS) \
	ROW(fixture, ordinary_two_processes_call, 0, true, CALL)	\
	ROW(fixture, acknowledging_one_process_one_way, MSGPORT_ACK, false, ONE_WAY) \
	ROW(fixture, acknowledging_one_process_return_address, MSGPORT_ACK, false, \
	    RETURN_ADDRESS)						\
	ROW(fixture, acknowledging_one_process_call, MSGPORT_ACK, false, CALL) \
	ROW(fixture, acknowledging_two_processes_one_way, MSGPORT_ACK, true, ONE_WAY) \
	ROW(fixture, acknowledging_two_processes_return_address, MSGPORT_ACK, true, \
	    RETURN_ADDRESS)						\
	ROW(fixture, acknowledging_two_processes_call, MSGPORT_ACK, true, CALL)

#define ROW(fixture, name, port_flags, two_processes, how)		\
FIXTURE_VARIANT_ADD(fixture, name)					\
{									\
	.flags = port_flags,						\
	.apart = two_processes,						\
	.way = how,							\
};

static inline void assemble(struct cast *cast, unsigned int flags, unsigned int max_msgs,
			    bool apart, enum way way)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = flags;
	options.max_msgs = max_msgs;
	cast->pair = new_pair(&options);
	cast->home = new_port(NULL);
	cast->acknowledging = flags & MSGPORT_ACK;
	cast->apart = apart;
	cast->asker.question = (struct question){
		.way = way, .right = cast->pair.send, .home = cast->home,
	};
}

static inline void disband(struct cast *cast)
{
	close(cast->home);
	close_pair(&cast->pair);
}

static inline void start_asker(struct cast *cast)
{
	if (cast->apart)
		start_asking_child(&cast->asker, cast->pair.receive);
	else
		start_asking_thread(&cast->asker);
}

/* The question is asked, and in the queue. */
static inline bool ask_and_wait(struct cast *cast)
{
	start_asker(cast);
	return wait_for_queued(cast->pair.send, 1);
}

static inline bool wait_for_outstanding(int fd, uint64_t count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (stat_of(fd).outstanding == count)
			return true;
		pause_ms(1);
	}
	return false;
}

static inline bool wait_for_received(int fd, uint64_t count)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (stat_of(fd).received == count)
			return true;
		pause_ms(1);
	}
	return false;
}

/* Received on an ordinary port, outstanding on an acknowledging one. */
static inline bool wait_for_taken(const struct cast *cast)
{
	return cast->acknowledging ? wait_for_outstanding(cast->pair.receive, 1) :
				     wait_for_received(cast->pair.receive, 1);
}

/* Nothing has arrived where answers arrive. */
static inline bool nothing_came(int home)
{
	struct msgport_message m;

	return take(home, &m) == -1 && errno == EAGAIN;
}

/* Exactly one answer came, of this kind; @number: its payload, 0 for none. */
static inline bool one_answer_came(int home, unsigned int kind, int64_t number)
{
	struct msgport_message m;

	return take(home, &m) == number && m.stamp.kind == kind && m.cookie == COOKIE &&
	       nothing_came(home) && !stat_of(home).answers;
}

/* The question came back for this reason, once. */
static inline bool question_came_back(int home, unsigned int reason)
{
	struct msgport_message m;

	return take(home, &m) == QUESTION && m.stamp.kind == MSGPORT_KIND_RETURNED &&
	       m.stamp.reason == reason && m.cookie == COOKIE && nothing_came(home) &&
	       !stat_of(home).answers;
}

/*
 * The question can be taken (again), for the n-th time, and ends as it would have:
 * acknowledged, or answered.
 */
static inline bool question_lives_on(struct cast *cast, unsigned int deliveries)
{
	struct msgport_message m;

	if (take(cast->pair.receive, &m) != QUESTION || m.stamp.deliveries != deliveries)
		return false;
	switch (cast->asker.question.way) {
	case ONE_WAY:
		return !cast->acknowledging || !msgport_ack(cast->pair.receive, m.token);
	case RETURN_ADDRESS:
		return !answer_number(cast->pair.receive, m.token) &&
		       one_answer_came(cast->home, MSGPORT_KIND_REPLY, ANSWER);
	default:
		return !answer_number(cast->pair.receive, m.token);
	}
}

/* Of the port: nothing is left in it, and all adds up. */
static inline bool all_has_ended(int fd)
{
	struct msgport_stat stat = stat_of(fd);

	return balanced(&stat) && !stat.queued && !stat.outstanding && !stat.waiting &&
	       stat.asked == stat.answered + stat.gone + stat.given_up;
}

#endif
