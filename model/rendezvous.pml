/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rendezvous.pml - a port without a queue: a message is offered, and its
 * sender waits until a receiver takes it, which is its acceptance; or takes it
 * back (deadline, signal, time to live); or the port dies.  Somebody may be
 * peeking at it all the while: its memory is freed once, by the last who has
 * to do with it.
 *
 *   section here        function of the module
 *   ------------        ----------------------
 *   send_enter          submit()
 *   send_settle         resolve(), withdraw()
 *   take_look           receive_once() of one who takes
 *   take_commit, take_put_back   commit(), put_back()
 *   peek_look, peek_end receive_once() of one who peeks, unpeek()
 *   close               msgport_port_close_receiver(), msgport_port_drain()
 *
 *	common.pml	deliberate changes, tasks, waking
 *	rendezvous.pml	sizes, states, everything that the lock guards
 *	offers.pml	memory, offers, meetings, what must hold
 *	partners.pml	sender, taker, peeker
 *
 * Each sender sends one message, so that m is a sender and its message.  All
 * are of one right, whose window is the gate before the offer; gates.pml is
 * about gates.
 */
#ifndef SENDERS
#define SENDERS		2
#endif
#ifndef TAKERS
#define TAKERS		1
#endif
#ifndef PEEKERS
#define PEEKERS		1
#endif
#ifndef PEEKS
#define PEEKS		2	/* of each peeker; then it closes its right */
#endif
#ifndef WINDOW
#define WINDOW		9
#endif
#ifndef IMPATIENT
#define IMPATIENT(s)	0	/* may time out or get a signal */
#endif
#ifndef NONBLOCKING
#define NONBLOCKING(s)	0	/* EAGAIN rather than waiting */
#endif
#ifndef MORTAL
#define MORTAL(m)	0	/* its time to live may end at any moment */
#endif
#ifndef CHOOSES
#define CHOOSES(r)	0	/* what this taker has in hand stays linked */
#endif
#ifndef FAULTS
#define FAULTS		1	/* failing copies and receivers that give up */
#endif

#define RECEIVERS	(TAKERS + PEEKERS)
#define TASKS		(SENDERS + RECEIVERS)
#define RECEIVER_TASK(r) (SENDERS + (r))
#define IS_PEEKER(r)	((r) >= TAKERS)

#include "common.pml"

mtype = { WAITING, WOKEN, DEAD, REFUSED };		/* a sender */
mtype = { BUILT, OFFERED, QUEUED, IN_HAND, ENDED };	/* a message */
mtype = { IDLE, LISTENING, HANDED, TOLD };		/* a receiver */

bit dead;
byte receive_rights = RECEIVERS;
byte window_used, port_used;
byte sent, received, discarded;

mtype place[SENDERS] = BUILT;
bit listed[SENDERS];		/* linked in the queue */
byte pins[SENDERS];		/* peeks under way */
bit expired[SENDERS];
mtype state[SENDERS] = REFUSED;
bit at_window[SENDERS];		/* waits for credit, has nothing yet */
bit returned[SENDERS];

bit alive[SENDERS];		/* ghosts: the sender's record exists, */
bit accepted[SENDERS];		/* counted as sent, */
bit met[SENDERS];		/* in a receiver's hand at some time, */
bit freed[SENDERS];		/* its memory is gone */

mtype listener[RECEIVERS] = IDLE;
byte hand[RECEIVERS];
byte faults = FAULTS;

/* scratch, meaningful within one d_step only */
hidden byte i, j, n, u, best, found;

/* what the assertions are called; `check` looks for these names */
hidden byte ledger_balances, room_is_accounted, accepted_once;
hidden byte no_taker_overlooked, no_peeker_overlooked, no_waiter_overlooked;
hidden byte sender_is_told_the_truth, taken_is_not_withdrawn;
hidden byte found_is_available, record_exists, memory_exists, freed_once;
hidden byte pinned_is_not_freed, only_the_ended_is_freed, nothing_leaked;
hidden byte every_wakeup_arrives, nothing_lost, no_deadlock;

#include "offers.pml"
#include "partners.pml"

/* ---- time ------------------------------------------------------------- */
proctype Clock(byte m)
{
end_clock:
	d_step { !freed[m] -> expired[m] = 1 }
}

/* ---- the end: nothing can run any more -------------------------------- */
proctype Final()
{
	timeout -> d_step {
		no_deadlock = 1; every_wakeup_arrives = 1; nothing_lost = 1;
		nothing_leaked = 1;
		for (i : 0 .. SENDERS - 1) {
			if
			:: !returned[i] && state[i] == WAITING -> no_deadlock = 0
			:: !returned[i] && state[i] != WAITING ->
				every_wakeup_arrives = 0
			:: else
			fi;
			nothing_lost = nothing_lost &&
				       place[i] != QUEUED && place[i] != IN_HAND;
			nothing_leaked = nothing_leaked &&
					 (freed[i] || place[i] != ENDED)
		}
		for (j : 0 .. RECEIVERS - 1) {
			if
			:: !running[RECEIVER_TASK(j)] &&
			   listener[j] != LISTENING ->
				every_wakeup_arrives = 0
			:: else
			fi
		}
		assert(every_wakeup_arrives);
		assert(nothing_lost);
		assert(no_deadlock);
		assert(nothing_leaked)
	}
}

init {
	atomic {
		byte k;
		for (k : 0 .. SENDERS - 1) {
			run Sender(k);
			if
			:: MORTAL(k) -> run Clock(k)
			:: else
			fi
		}
		for (k : 0 .. TAKERS - 1) { run Taker(k) }
		for (k : TAKERS .. RECEIVERS - 1) { run Peeker(k) }
		run Final();
		k = 0
	}
}
