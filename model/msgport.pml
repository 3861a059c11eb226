/* SPDX-License-Identifier: GPL-2.0 */
/*
 * msgport.pml - one port: send, blocked senders, the two steps of a receive,
 * death.  The pictures, the properties and the table of deliberate changes
 * are in README.rst; `check` runs all of it.
 *
 *	common.pml	deliberate changes, tasks, waking
 *	msgport.pml	sizes, states, everything that the lock guards
 *	gates.pml	who may pass, who waits, who moves on
 *	port.pml	a message comes, ends; wake-ups are flushed; the drain
 *	sender.pml	a send, and its timer
 *	receiver.pml	a receive; the last receiver closes the port
 *	checks.pml	what must hold
 *
 * How to read it against the kernel module
 * ----------------------------------------
 * A locked section is one step, copies and sleeping and waking are steps of
 * their own, outside.  What reads without the lock is a sleeper looking at its
 * own state, so the sections that publish such states one after another (the
 * flush) hold `lock` over several steps.
 *
 *   section here        function of the module
 *   ------------        ----------------------
 *   send_enter          submit()
 *   send_settle         resolve(): timeout, signal, death, its own timer
 *   Timer               gathered_long_enough(); takes no lock
 *   receive_look        receive_once()
 *   receive_give_up     wait_told()
 *   receive_commit      commit()
 *   receive_put_back    put_back()
 *   receive_close       msgport_port_close_receiver(), msgport_port_drain()
 *   flush               msgport_senders_wake(), _flush()
 *   Setter              msgport_gates_resized()
 *
 * A configuration (see `check`) sets the sizes; a deliberate change is asked
 * for by BROKEN().
 */

/* ---- sizes of the world ----------------------------------------------- */
#ifndef SENDERS
#define SENDERS		2
#endif
#ifndef RECEIVERS
#define RECEIVERS	1
#endif
#ifndef EACH
#define EACH		1	/* messages of each sender, at most */
#endif
#ifndef SENDS
#define SENDS(s)	EACH	/* messages of this sender */
#endif
#ifndef WINDOW
#define WINDOW		2	/* messages in transit of a right */
#endif
#ifndef SHARE
#define SHARE		9	/* messages in transit of a uid */
#endif
#ifndef MAX_MSGS
#define MAX_MSGS	1
#endif
#ifndef MAX_BYTES
#define MAX_BYTES	99
#endif
#ifndef RIGHT
#define RIGHT(s)	0	/* which send right the sender uses: 0 or 1 */
#endif
#ifndef UID
#define UID(s)		0	/* whose share it counts against: 0 or 1 */
#endif
#ifndef PRIORITY
#define PRIORITY(s)	0
#endif
#ifndef SIZE
#define SIZE(s)		1	/* bytes of its messages */
#endif
#ifndef CAPACITY
#define CAPACITY(r)	9	/* bytes it can take; may look at grown[r] */
#endif
#ifndef IMPATIENT
#define IMPATIENT(s)	0	/* may time out or get a signal */
#endif
#ifndef NONBLOCKING
#define NONBLOCKING(s)	0	/* EAGAIN rather than waiting */
#endif
#ifndef FAULTS
#define FAULTS		0	/* failing copies and listeners that give up, in all */
#endif

#define MESSAGES	(SENDERS * EACH)
#define TASKS		(SENDERS + RECEIVERS)
#define SENDER_OF(m)	((m) / EACH)
#define SIZE_OF(m)	SIZE(SENDER_OF(m))
#define PRIORITY_OF(m)	PRIORITY(SENDER_OF(m))
#define RECEIVER_TASK(r) (SENDERS + (r))
#define NOBODY		99

#include "common.pml"

/* ---- states ----------------------------------------------------------- */
mtype = { WAITING, ADMITTED, WOKEN, DEAD, REFUSED };		/* a sender */
mtype = { NOWHERE, QUEUED, IN_HAND, RECEIVED, DISCARDED };	/* a message */
mtype = { IDLE, LISTENING, HANDED, TOLD };			/* a receiver */

/* ---- the port; everything here is guarded by its lock ----------------- */
bit dead;
byte receive_rights = RECEIVERS;
byte max_msgs = MAX_MSGS;
byte max_bytes = MAX_BYTES;
byte port_msgs, port_bytes;	/* used at the port's gate */
byte window_used[2];		/* by right */
byte share_used[2];		/* by uid */
byte sent, received, discarded;	/* the ledger */
byte gathered;			/* set of senders: admitted, wake-up is due */

/*
 * Messages: m = sender * EACH + how many it sent before.  QUEUED is to be had
 * by who looks, IN_HAND is not, whether it is still linked or not.
 */
mtype place[MESSAGES] = NOWHERE;
byte seq[MESSAGES];		/* among those of its priority; kept in a hand */
bit at_tail[MESSAGES];		/* for PUT_BACK_AT_TAIL */

/* senders' records; they live on the senders' stacks */
mtype state[SENDERS] = REFUSED;
byte at[SENDERS];		/* the gate it waits at; those before are held */
byte ticket[SENDERS];		/* its turn there by arrival; 0: does not wait */
byte done[SENDERS];		/* how many of its sends have returned */
bit timer[SENDERS];		/* runs: a wake-up that is gathered comes late */
bit alive[SENDERS];		/* ghost: the record exists */

/* receivers' records */
mtype listener[RECEIVERS] = IDLE;
byte turn[RECEIVERS];		/* among those who listen; 0: does not */
byte hand[RECEIVERS];		/* the message handed or taken */
bit grown[RECEIVERS];		/* after EMSGSIZE: it comes with a larger buffer */

byte faults = FAULTS;
byte unsaid;			/* for TIMER_BEFORE_STATE */

/* scratch, meaningful within one d_step only */
hidden byte i, j, g, n, step, best, first, mover, message, owner, b_bytes;
hidden byte flag, told, found;
hidden byte u_window[2], u_share[2];

/* what the assertions are called; `check` looks for these names */
hidden byte ledger_balances, room_is_accounted, limits_are_kept;
hidden byte no_waiter_overlooked, no_listener_overlooked;
hidden byte no_barging, order_is_kept, received_once, nothing_lost;
hidden byte record_exists, sender_is_told_the_truth;
hidden byte every_wakeup_arrives, no_deadlock, dead_port_accepts_nothing;

/* whoever writes or reads a sender's record, the sender itself apart */
inline touch(s)
{
	record_exists = alive[s];
	assert(record_exists)
}

#include "gates.pml"
#include "checks.pml"
#include "port.pml"
#include "sender.pml"
#include "receiver.pml"

init {
	atomic {
		byte k;
		for (k : 0 .. SENDERS - 1) { run Sender(k) }
		for (k : 0 .. RECEIVERS - 1) { run Receiver(k) }
		run Timer();
#ifdef WITH_SETTER
		run Setter();
#endif
#ifndef LIVENESS
		run Final();
#endif
		k = 0
	}
}

#ifdef LIVENESS
#define all_returned	(done[0] == SENDS(0) && done[1] == SENDS(1))
ltl every_send_returns { <> all_returned }
#endif
