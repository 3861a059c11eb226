/* SPDX-License-Identifier: GPL-2.0 */
/*
 * groups.pml - a send to a group reaches every member or waits.  Under the group's
 * mutex a place is taken at each member; if one is full, all places are given
 * back, and the sender waits at that member, holding nothing, not even the mutex.
 * When it is told that there is room it tries all of them anew.
 *
 *	common.pml	deliberate changes
 *	groups.pml	sizes, states, what must hold
 *	members.pml	a port of a group: its row of waiting senders, its receiver
 *	group_sender.pml sends to a group, and to one port; membership ends
 *
 * A section under a port's lock is one step; none looks at two ports.  Waking is in
 * the section that ends the wait.  Each sender sends one message, so that s is a
 * sender and its message.
 */
#ifndef SENDERS
#define SENDERS		2
#endif
#ifndef PORTS
#define PORTS		2
#endif
#ifndef GROUPS
#define GROUPS		2
#endif
#ifndef GROUP
#define GROUP(s)	(s)
#endif
#ifndef PLAIN
#define PLAIN(s)	0	/* sends to port 0 alone */
#endif
#ifndef MAX_MSGS
#define MAX_MSGS	1
#endif
#ifndef IDLE
#define IDLE(p)		0	/* nobody ever receives there */
#endif
#ifndef LOSSY
#define LOSSY(g, p)	0
#endif
#ifndef IMPATIENT
#define IMPATIENT(s)	0	/* may time out or get a signal */
#endif
#ifndef DEATHS
#define DEATHS		0
#endif
#ifndef ENDS
#define ENDS		0	/* changes of the membership of port 0 in group 0 */
#endif

#define TASKS		SENDERS
#define LOCKS		PORTS
#include "common.pml"

#define NOBODY		99
#define MEMBER(g, p)	((g) * PORTS + (p))
#define COPY(s, p)	((s) * PORTS + (p))

/* in which order the members are tried: one for all groups */
#define K_TH(g, k) \
	((g) == 1 && (BROKEN(OWN_ORDER) || BROKEN(HOLDS_IN_OWN_ORDER)) -> \
	 PORTS - 1 - (k) : (k))

mtype = { TRYING, WAITING, TOLD, SENT, GAVE_UP };		/* a sender */
mtype = { NOWHERE, QUEUED, IN_HAND, RECEIVED, DISCARDED };	/* a copy */

/* ---- the groups; each row by its mutex ---------------------------------- */
bit mutex[GROUPS];
bit member[GROUPS * PORTS] = 1;
bit lossy[GROUPS * PORTS];

/* ---- the ports; each row by its lock ------------------------------------ */
bit dead[PORTS];
byte used[PORTS];		/* places: messages, and what is held to try */
byte sent[PORTS], received[PORTS], discarded[PORTS], missed[PORTS];
byte arrivals[PORTS];
mtype place[SENDERS * PORTS] = NOWHERE;
byte arrival[SENDERS * PORTS];	/* which one it was there */
byte turn[SENDERS];		/* in the row of that port, by arrival */
byte at[SENDERS] = NOBODY;	/* the port whose row it is in */

mtype state[SENDERS] = TRYING;
byte told_by[SENDERS] = NOBODY;	/* the port whose row it was told in, */
byte owes[SENDERS] = NOBODY;	/* and while it tries: the next there a word */
byte held[SENDERS];		/* set of ports where it holds a place */

byte deaths, ends;

/* ghosts */
bit asleep[SENDERS];
bit misses[SENDERS * PORTS];	/* counted as missed there */

/* scratch, meaningful within one d_step only */
hidden byte i, j, k, n, h, best, told;

/* what the assertions are called; `check` looks for these names */
hidden byte ledger_balances, room_is_accounted, limits_are_kept;
hidden byte no_waiter_overlooked, waits_holding_nothing, one_order, missed_once;
hidden byte sender_is_told_the_truth, every_member_has_it, no_deadlock;

/* ---- what holds whenever a lock is free ---------------------------------- */
inline check_port(p)
{
	n = 0; h = 0; told = 0; best = NOBODY;
	for (i : 0 .. SENDERS - 1) {
		n = n + (place[COPY(i, p)] == QUEUED || place[COPY(i, p)] == IN_HAND);
		h = h + ((held[i] >> (p)) & 1);
		told = told || (told_by[i] == p) || (owes[i] == p);
		best = (at[i] == p -> i : best)
	}
	ledger_balances = (sent[p] == received[p] + discarded[p] + n);
	assert(ledger_balances);
	room_is_accounted = (used[p] == n + h);
	assert(room_is_accounted);
	limits_are_kept = (used[p] <= MAX_MSGS);
	assert(limits_are_kept);
	no_waiter_overlooked = (best == NOBODY || told ||
				(used[p] == MAX_MSGS && !dead[p]));
	assert(no_waiter_overlooked)
}

/* two messages of a group come in the same order wherever both come */
inline check_order()
{
	one_order = 1;
	for (i : 0 .. SENDERS - 1) {
		for (j : 0 .. SENDERS - 1) {
			one_order = one_order &&
				!(i != j && !PLAIN(i) && !PLAIN(j) &&
				  GROUP(i) == GROUP(j) &&
				  arrival[COPY(i, 0)] != 0 && arrival[COPY(j, 0)] != 0 &&
				  arrival[COPY(i, 1)] != 0 && arrival[COPY(j, 1)] != 0 &&
				  arrival[COPY(i, 0)] < arrival[COPY(j, 0)] &&
				  arrival[COPY(i, 1)] > arrival[COPY(j, 1)])
		}
	}
	assert(one_order)
}

inline check_rest()
{
	for (k : 0 .. PORTS - 1) {
		check_port(k)
	}
	check_order()
}

#include "members.pml"
#include "group_sender.pml"

/* ---- the end: nothing can run any more ---------------------------------- */
#define IS_FULL(p)	(!dead[p] && IDLE(p) && used[p] == MAX_MSGS && n == MAX_MSGS)
#define STALLS(s, p)	(PLAIN(s) || (member[MEMBER(GROUP(s), p)] && \
				      !lossy[MEMBER(GROUP(s), p)]))

proctype Final()
{
	timeout -> d_step {
		no_deadlock = (ends == 0); every_member_has_it = 1;
		sender_is_told_the_truth = 1;
		for (k : 0 .. PORTS - 1) {
			n = 0;
			for (i : 0 .. SENDERS - 1) {
				n = n + (place[COPY(i, k)] == QUEUED)
			}
			for (i : 0 .. SENDERS - 1) {
				/* who waits, waits for an idle receiver's messages */
				no_deadlock = no_deadlock && (state[i] == SENT ||
					state[i] == GAVE_UP || (asleep[i] &&
					(at[i] != k || (IS_FULL(k) &&
							STALLS(i, k)))));
				every_member_has_it = every_member_has_it &&
					(PLAIN(i) || state[i] != SENT || dead[k] ||
					 arrival[COPY(i, k)] != 0 ||
					 misses[COPY(i, k)] ||
					 !member[MEMBER(GROUP(i), k)]);
				sender_is_told_the_truth = sender_is_told_the_truth &&
					(state[i] == SENT || arrival[COPY(i, k)] == 0)
			}
		}
		assert(no_deadlock);
		assert(every_member_has_it);
		assert(sender_is_told_the_truth)
	}
}

init {
	atomic {
		byte l;
		for (l : 0 .. GROUPS - 1) {
			lossy[MEMBER(l, 0)] = LOSSY(l, 0);
			lossy[MEMBER(l, 1)] = LOSSY(l, 1)
		}
		/* how many there are at most; what is left over never happens */
		do
		:: deaths < DEATHS -> deaths++
		:: break
		od;
		do
		:: ends < ENDS -> ends++
		:: break
		od;
		for (l : 0 .. SENDERS - 1) {
			if
			:: PLAIN(l) -> run Plain(l)
			:: else -> run Group_sender(l)
			fi
		}
		for (l : 0 .. PORTS - 1) { run Receiver(l) }
		run Owner();
#ifndef LIVENESS
		run Final();
#endif
		l = 0
	}
}

#ifdef LIVENESS
#define all_returned	(state[0] == SENT && state[1] == SENT)
ltl every_send_returns { <> all_returned }
#endif
