/* SPDX-License-Identifier: GPL-2.0 */
/* What a process of the throng was in the middle of, when it was killed. */
#ifndef MSGPORT_THRONG_FOUND_H
#define MSGPORT_THRONG_FOUND_H

#include "throng.h"
#include "traced.h"

enum found {
	ASKER_BETWEEN,
	ASKER_AT_RIGHT,
	ASKER_AT_SHARE,
	ASKER_AT_PORT,
	CALLER_AT_GATE,
	ASKER_COPYING,
	ASKER_AT_HOME,
	SYNC_QUEUED,
	SYNC_TAKEN,
	CALL_QUEUED,
	CALL_TAKEN,
	PARKED_QUEUED,
	PARKED_TAKEN,
	PARKED_ANSWERED,
	WORKER_BETWEEN,
	WORKER_HOLDING,
	WORKER_AT_PORT,
	WORKER_PEEKING,
	WORKER_IN_HAND,
	WORKER_REPLIED,
	WORKER_SETTLING,
	FOUND_BASIC,
	WORKER_AT_SET = FOUND_BASIC,
	ASKER_AT_MEMBER,
	MEMBER_BETWEEN,
	MEMBER_WAITING,
	FOUND_STATES,
	FOUND_OTHERWISE = FOUND_STATES,	/* in a call, on the processor */
	FOUND_MOVING,			/* went on before it died */
	FOUND_KINDS
};

static const char * const found_names[FOUND_KINDS] = {
	[ASKER_BETWEEN] = "asker, between two calls",
	[ASKER_AT_RIGHT] = "sender, waiting for its window",
	[ASKER_AT_SHARE] = "sender, waiting for its user's share",
	[ASKER_AT_PORT] = "sender, waiting for room in the port",
	[CALLER_AT_GATE] = "caller, waiting for room for its request",
	[ASKER_COPYING] = "sender, half of its message copied in",
	[ASKER_AT_HOME] = "sender, waiting at home for an answer",
	[SYNC_QUEUED] = "synchronous sender, its message not taken",
	[SYNC_TAKEN] = "synchronous sender, its message with a worker",
	[CALL_QUEUED] = "caller, its request not taken",
	[CALL_TAKEN] = "caller, its request with a worker",
	[PARKED_QUEUED] = "interrupted, its message not taken",
	[PARKED_TAKEN] = "interrupted, its message with a worker",
	[PARKED_ANSWERED] = "interrupted, answered, the answer not taken",
	[WORKER_BETWEEN] = "worker, holding nothing",
	[WORKER_HOLDING] = "worker, holding messages or tokens",
	[WORKER_AT_PORT] = "worker, waiting on a port",
	[WORKER_PEEKING] = "worker, waiting to peek",
	[WORKER_IN_HAND] = "worker, a message in its hand",
	[WORKER_REPLIED] = "worker, between its reply and the next message",
	[WORKER_SETTLING] = "worker, in ack, release or reply",
	[WORKER_AT_SET] = "worker, waiting on a set",
	[ASKER_AT_MEMBER] = "sender, waiting for a full member of a group",
	[MEMBER_BETWEEN] = "member, between two receives",
	[MEMBER_WAITING] = "member, waiting",
	[FOUND_OTHERWISE] = "in a call otherwise",
	[FOUND_MOVING] = "went on before it died",
};

/* 'S' sleeps, 'R' runs or is about to; 0 if it has gone. */
static inline char sleeps_or_runs(pid_t pid)
{
	char path[32], text[256] = "", *at;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		text[0] = '\0';
	close(fd);
	at = strrchr(text, ')');
	return at ? at[2] : 0;
}

static inline enum found at_gate(const char *line, bool calls)
{
	if (calls)
		return CALLER_AT_GATE;
	if (strstr(line, "gate=right"))
		return ASKER_AT_RIGHT;
	return strstr(line, "gate=share") ? ASKER_AT_SHARE : ASKER_AT_PORT;
}

/* Its message is accepted, and it waits for what comes of it, or it is parked. */
static inline enum found waits_for_end(const struct record *record, enum doing doing)
{
	if (doing == DOING_PARKED)
		return record->given ? PARKED_ANSWERED :
		       record->taken ? PARKED_TAKEN : PARKED_QUEUED;
	if (doing == DOING_SYNC)
		return record->taken ? SYNC_TAKEN : SYNC_QUEUED;
	return record->taken ? CALL_TAKEN : CALL_QUEUED;
}

static inline enum found asker_found(struct throng *throng, unsigned int who, pid_t pid)
{
	const struct desk *desk = &throng->desk[who];
	const struct record *record = &throng->record[who][desk->number];
	enum doing doing = desk->doing;
	bool sleeps = sleeps_or_runs(pid) != 'R';
	char line[256] = "";

	if (doing == DOING_NOTHING)
		return ASKER_BETWEEN;
	if (doing == DOING_PARKED)
		return waits_for_end(record, doing);
	if (!sleeps)
		return FOUND_OTHERWISE;
	if (doing == DOING_HOME)
		return ASKER_AT_HOME;
	if (doing == DOING_STALLED_SEND)
		return ASKER_COPYING;
	if (where_it_waits(pid, line, sizeof(line)) && strstr(line, "gate="))
		return doing == DOING_GROUP ? ASKER_AT_MEMBER :
		       at_gate(line, doing == DOING_CALL);
	if (doing == DOING_CALL || doing == DOING_SYNC)
		return waits_for_end(record, doing);
	return doing == DOING_GROUP ? ASKER_AT_MEMBER : FOUND_OTHERWISE;
}

static inline enum found worker_found(const struct desk *desk, pid_t pid)
{
	bool sleeps = sleeps_or_runs(pid) != 'R';
	char line[256];

	switch (desk->doing) {
	case DOING_NOTHING:
		return WORKER_BETWEEN;
	case DOING_HOLD:
		return WORKER_HOLDING;
	case DOING_SETTLE:
		return WORKER_SETTLING;
	case DOING_PEEK:
		return sleeps ? WORKER_PEEKING : FOUND_OTHERWISE;
	case DOING_SET:
		return sleeps ? WORKER_AT_SET : FOUND_OTHERWISE;
	case DOING_STALLED_RECEIVE:
		if (!sleeps)
			return FOUND_OTHERWISE;
		return where_it_waits(pid, line, sizeof(line)) ? WORKER_AT_PORT :
								 WORKER_IN_HAND;
	case DOING_REPLY_RECEIVE:
		return desk->take.token ? FOUND_OTHERWISE : WORKER_REPLIED;
	default:
		return sleeps ? WORKER_AT_PORT : FOUND_OTHERWISE;
	}
}

static inline enum found member_found(const struct desk *desk, pid_t pid)
{
	if (desk->doing == DOING_NOTHING)
		return MEMBER_BETWEEN;
	return sleeps_or_runs(pid) != 'R' ? MEMBER_WAITING : FOUND_OTHERWISE;
}

static inline enum found what_it_does(struct throng *throng, unsigned int who, pid_t pid)
{
	if (who < ASKERS)
		return asker_found(throng, who, pid);
	if (who < ASKERS + WORKERS)
		return worker_found(&throng->desk[who], pid);
	return member_found(&throng->desk[who], pid);
}

#endif
