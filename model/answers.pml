/* SPDX-License-Identifier: GPL-2.0 */
/*
 * answers.pml - what becomes of a question: it is taken, settled, given back,
 * withdrawn, or its port dies; and of the answer due for it, which goes to a
 * return address on another port, or to a call that waits.
 *
 *	common.pml	deliberate changes, tasks, waking
 *	answers.pml	sizes, states, everything that the locks guard
 *	dues.pml	a message comes and ends, the answer due, what must hold
 *	takers.pml	takes, settles, gives back, dies; the death of a port
 *	askers.pml	sends with an answer due, calls
 *
 * How to read it against the kernel module
 * ----------------------------------------
 * Each port has a lock of its own.  A section is one step under one of them; an
 * answer's way from port to port is two sections.
 *
 *   section here        function of the module
 *   ------------        ----------------------
 *   take_look, take_commit, take_put_back	receive.c
 *   settle_claim        msgport_ack(), msgport_release(), a reply
 *   take_close          msgport_taker_exit(), msgport_takers_end(), the drain
 *   fly                 an answer comes to its home
 *   ask_submit          submit(); waiting for room is a guard, for gates.pml and
 *			 sender.pml are about that
 *   call_withdraw       cancel, a fatal signal, the exit of the caller
 *
 * Each asker asks one question, so that q is an asker and its question.  An item
 * is a question or an answer, a message at its port either way.
 */
#ifndef QUESTIONS
#define QUESTIONS	2
#endif
#ifndef PORTS
#define PORTS		2
#endif
#ifndef TAKERS
#define TAKERS		2	/* processes that receive */
#endif
#ifndef RIGHT
#define RIGHT(r)	(r)	/* through which receive right */
#endif
#ifndef PORT_OF
#define PORT_OF(w)	(w)	/* of this right */
#endif
#ifndef KIND
#define KIND(q)		TO_PORT
#endif
#ifndef ORIGIN
#define ORIGIN(q)	0	/* the port it is sent to */
#endif
#ifndef HOME
#define HOME(q)		1	/* the port its answer goes to */
#endif
#ifndef ACKNOWLEDGING
#define ACKNOWLEDGING(p) 0
#endif
#ifndef KEPT
#define KEPT(p)		0	/* does not die with its last receive right */
#endif
#ifndef MAX_MSGS
#define MAX_MSGS	2
#endif
#ifndef MAX_ANSWERS
#define MAX_ANSWERS	2
#endif
#ifndef MAX_DELIVERIES
#define MAX_DELIVERIES	2
#endif
#ifndef MORTAL
#define MORTAL(q)	0	/* its time to live may end while it is queued */
#endif
#ifndef HOARDS
#define HOARDS(r)	0	/* takes another before it settles the first */
#endif
#ifndef FAULTS
#define FAULTS		1	/* copies and allocations that fail, in all */
#endif
#ifndef SIGNALS
#define SIGNALS		0	/* that interrupt a call */
#endif
#ifndef DEATHS
#define DEATHS		1	/* takers that exit, or close their last descriptor */
#endif

#define ITEMS		(2 * QUESTIONS)
#define IS_ANSWER(i)	((i) >= QUESTIONS)
#define ANSWER_TO(q)	(QUESTIONS + (q))
#define PORT(i)		(IS_ANSWER(i) -> HOME((i) - QUESTIONS) : ORIGIN(i))
#define TASKS		(TAKERS + QUESTIONS)
#define ASKER_TASK(q)	(TAKERS + (q))
#define NOBODY		99

/* kinds: no answer, a return address, a call, a synchronous send */
#define ONE_WAY		0
#define TO_PORT		1
#define CALL		2
#define SYNC		3
#define WAITS_FOR_IT(q)	(KIND(q) >= CALL)

#define LOCKS		PORTS
#include "common.pml"

mtype = { NOWHERE, QUEUED, IN_HAND, OUTSTANDING, ENDED };	/* an item */
mtype = { NO_DUE, RESERVED, OPEN, ON_TOKEN, FLYING, ARRIVED };	/* an answer due */
mtype = { REPLY, ACKNOWLEDGED, RETURNED, GONE };		/* what it became */
mtype = { NOT_ASKED, WAITING, DONE, GIVEN_UP };			/* a call's record */
mtype = { IDLE, LISTENING, HANDED };				/* a taker */

/* ---- the ports; each row is guarded by the lock of its port ------------- */
bit dead[PORTS];
byte receive_rights[PORTS];
byte used[PORTS];		/* messages in transit: slot and credit alike */
byte places[PORTS];		/* of MAX_ANSWERS: due here, or here */
byte sent[PORTS], received[PORTS], returned[PORTS], discarded[PORTS];
byte holders[TAKERS];		/* by receive right: processes that hold it */

/* by its port */
mtype place[ITEMS] = NOWHERE;
byte seq[ITEMS];		/* age among those at its port */
bit at_tail[ITEMS];		/* for GIVEN_BACK_AT_TAIL */
byte number[ITEMS];		/* deliveries; with the item that is the token */
byte holder[ITEMS];		/* who took it last */

/*
 * The answer due, by the port of the question until it is FLYING; then it is of
 * the one task that took it off; RESERVED it is of its asker.
 */
mtype due[QUESTIONS] = NO_DUE;

/* calls, by the lock of the port that is called */
mtype state[QUESTIONS] = NOT_ASKED;
byte asked, answered, gone, given_up;

mtype listener[TAKERS] = IDLE;
byte hand[TAKERS];
byte faults = FAULTS, signals, deaths;

/* ghosts */
mtype answer[QUESTIONS];	/* what its answer was */
bit came[QUESTIONS];		/* it had one */
bit got[QUESTIONS];		/* and somebody received that */
bit alive[QUESTIONS];		/* the call's record exists */
bit finished[QUESTIONS];	/* the asker has gone on */

/* scratch, meaningful within one d_step only */
hidden byte j, k, n, u, a, best;
hidden byte good;

/* what the assertions are called; `check` looks for these names */
hidden byte ledger_balances, calls_balance, room_is_accounted;
hidden byte answers_have_places, limits_are_kept, one_answer, no_answer_lost;
hidden byte token_is_good_once, deliveries_are_bounded, order_is_kept;
hidden byte room_before_answer, taken_is_not_withdrawn, record_exists;
hidden byte asked_once, caller_is_told_the_truth, no_taker_overlooked;
hidden byte nobody_serves_the_gone, no_deadlock;
hidden byte every_wakeup_arrives, nothing_lost, nobody_waits_for_ever;

#include "dues.pml"
#include "takers.pml"
#include "askers.pml"

/* ---- the end: nothing can run any more ---------------------------------- */
proctype Final()
{
	timeout -> d_step {
		nothing_lost = 1; no_answer_lost = 1;
		nobody_waits_for_ever = 1; every_wakeup_arrives = 1;
		no_deadlock = 1;
		for (j : 0 .. PORTS - 1) {
			no_deadlock = no_deadlock && !lock[j]
		}
		for (j : 0 .. ITEMS - 1) {
			/* a kept port that nobody has keeps what asks for nothing */
			nothing_lost = nothing_lost && (!IN_PORT(j) ||
				(place[j] == QUEUED && !ASKS(j) && IS_KEPT(PORT(j))))
		}
		for (j : 0 .. QUESTIONS - 1) {
			no_answer_lost = no_answer_lost &&
				(due[j] == NO_DUE || due[j] == ARRIVED) &&
				(KIND(j) != TO_PORT || due[j] != ARRIVED ||
				 got[j] || dead[HOME(j)] ||
				 number[ANSWER_TO(j)] == MAX_DELIVERIES);
			every_wakeup_arrives = every_wakeup_arrives &&
				(finished[j] || state[j] != DONE);
			nobody_waits_for_ever = nobody_waits_for_ever && finished[j]
		}
		for (j : 0 .. TAKERS - 1) {
			every_wakeup_arrives = every_wakeup_arrives &&
				(running[j] || listener[j] == LISTENING)
		}
		assert(no_deadlock);
		assert(every_wakeup_arrives);
		assert(nothing_lost);
		assert(no_answer_lost);
		assert(nobody_waits_for_ever)
	}
}

init {
	atomic {
		byte i;
		for (i : 0 .. TAKERS - 1) {
			if
			:: holders[RIGHT(i)] == 0 ->
				receive_rights[PORT_OF(RIGHT(i))]++
			:: else
			fi;
			holders[RIGHT(i)]++
		}
		/* how many there are at most; what is left over never happens */
		do
		:: signals < SIGNALS -> signals++
		:: break
		od;
		do
		:: deaths < DEATHS -> deaths++
		:: break
		od;
		for (i : 0 .. TAKERS - 1) { run Taker(i) }
		for (i : 0 .. QUESTIONS - 1) { run Asker(i) }
		run Final();
		i = 0
	}
}
