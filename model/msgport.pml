/* SPDX-License-Identifier: GPL-2.0 */
/*
 * msgport.pml - one port: send, blocked senders, the two steps of a receive,
 * death.  The pictures, the properties and the table of deliberate changes
 * are in README.rst; `check` runs all of it.
 *
 * How to read it against the kernel module
 * ----------------------------------------
 * One spin lock guards everything of a port.  A locked section is one d_step
 * that waits for `!lock`: nobody else sees its middle.  (Where a jump leads to
 * it, an atomic is around it: spin lets no jump end at a d_step.)  What reads
 * without the lock is a sleeper looking at its own state, so the sections that
 * publish such states one after another (flush) hold `lock` over several
 * steps.  Copies, sleeping and waking are steps of their own, outside.
 *
 *   section here        step of the module
 *   ------------        ------------------
 *   send_enter          a send has its copy and asks for room
 *   send_settle         a blocked send ended otherwise than by WOKEN: timeout,
 *                       signal, death, its timer
 *   Timer               callback of a sender's timer; takes no lock
 *   receive_look        take the best message, or register as a listener
 *   receive_give_up     timeout or signal of a listener
 *   receive_commit      second step of taking, the copy was good
 *   receive_put_back    second step of taking, the copy failed
 *   flush               gathered wake-ups of senders already admitted
 *   close_mark, close_chunk   death of the port
 *   limits_raise        max_msgs grows
 *
 * A configuration (see `check`) sets the sizes; a deliberate change is a
 * define that begins with BREAK_.
 */

/* ---- sizes of the world ------------------------------------------------ */
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
#ifndef LOW_WATER
#define LOW_WATER	0	/* at so few messages gathered senders are woken */
#endif
#ifndef WAKE_BATCH
#define WAKE_BATCH	9	/* 1: the lock is let go after each of them */
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
#define RECEIVER_TASK(r) (SENDERS + (r))

/* ---- gates ------------------------------------------------------------- */
#define NO_GATE		0
#define WINDOW_GATE	1	/* of the sender's right */
#define SHARE_GATE	2	/* of its uid on this port */
#define PORT_GATE	3	/* max_msgs, max_bytes */
#define PASSED_ALL	4

/* ---- states ------------------------------------------------------------ */
mtype = { WAITING, ADMITTED, WOKEN, DEAD, REFUSED };		/* a sender */
mtype = { NOWHERE, QUEUED, IN_HAND, RECEIVED, DISCARDED };	/* a message */
mtype = { IDLE, LISTENING, HANDED, TOLD, ENDED };		/* a receiver */

/* the port; everything here is guarded by its lock */
bit lock;
bit dead;
byte max_msgs = MAX_MSGS;
byte port_msgs, port_bytes;	/* used at the port's gate */
byte window_used[2];		/* by right */
byte share_used[2];		/* by uid */
byte sent, received, discarded;	/* the ledger */
byte gathered;			/* set of senders: admitted, wake-up is due */

/* messages: m = sender * EACH + how many it sent before */
mtype place[MESSAGES] = NOWHERE;
byte seq[MESSAGES];		/* given at admission, kept at a put-back */
#ifdef BREAK_PUT_BACK_AT_TAIL
bit at_tail[MESSAGES];
#endif

/* senders' records; they live on the senders' stacks */
mtype state[SENDERS] = REFUSED;
byte at[SENDERS];		/* the gate it waits at */
byte ticket[SENDERS];		/* who came first to this gate */
byte done[SENDERS];		/* how many of its sends have returned */
bit timer[SENDERS];		/* armed; that of the first one gathered only */
bit alive[SENDERS];		/* ghost: the record exists */

/* receivers' records */
mtype listener[RECEIVERS] = IDLE;
byte turn[RECEIVERS];		/* who registered first */
byte hand[RECEIVERS];		/* the message handed or taken */
bit grown[RECEIVERS];		/* after EMSGSIZE: it comes with a larger buffer */

/* the scheduler: a task with running = 0 sleeps until it is set */
bit running[TASKS] = 1;
byte faults = FAULTS;

/* scratch, meaningful within one d_step only */
#ifdef BREAK_TIMER_BEFORE_STATE
byte unsaid;
#endif
hidden byte i, j, g, n, me, best, wake_set, b_bytes;
hidden byte flag, moved, found;
hidden byte u_window[2], u_share[2];

/* what the assertions are called; `check` looks for these names */
hidden byte ledger_balances, room_is_accounted, limits_are_kept;
hidden byte no_waiter_overlooked, no_listener_overlooked;
hidden byte no_barging, order_is_kept, received_once, nothing_lost;
hidden byte record_exists, sender_is_told_the_truth;
hidden byte every_wakeup_arrives, no_deadlock;

/* ---- order ------------------------------------------------------------- */
#define OUTRANKS(a, b) \
	(PRIORITY(a) > PRIORITY(b) || \
	 (PRIORITY(a) == PRIORITY(b) && ticket[a] < ticket[b]))

/* a sender told DEAD waits no more, but holds its units until it has left */
#define WAITS(s)	(at[s] != NO_GATE && state[s] != DEAD)
#define WAITS_AT(gate, s) (at[s] == (gate) && state[s] != DEAD)

/* both wait at, or come to, the very same gate */
#define SAME_GATE(gate, a, b) \
	((gate) == PORT_GATE || \
	 ((gate) == WINDOW_GATE && RIGHT(a) == RIGHT(b)) || \
	 ((gate) == SHARE_GATE && UID(a) == UID(b)))

#define HAS_ROOM(gate, s) \
	(((gate) == WINDOW_GATE && window_used[RIGHT(s)] < WINDOW) || \
	 ((gate) == SHARE_GATE && share_used[UID(s)] < SHARE) || \
	 ((gate) == PORT_GATE && port_msgs < max_msgs && \
	  port_bytes + SIZE(s) <= MAX_BYTES))

/* the queue's order: priority, then age */
#define GOES_BEFORE(a, b) \
	(PRIORITY(SENDER_OF(a)) > PRIORITY(SENDER_OF(b)) || \
	 (PRIORITY(SENDER_OF(a)) == PRIORITY(SENDER_OF(b)) && seq[a] < seq[b]))

#ifdef BREAK_PUT_BACK_AT_TAIL
#define QUEUE_BEFORE(a, b) \
	(at_tail[a] < at_tail[b] || (at_tail[a] == at_tail[b] && GOES_BEFORE(a, b)))
#else
#define QUEUE_BEFORE(a, b)	GOES_BEFORE(a, b)
#endif

/* the row of gates, the same for everybody */
#ifdef BREAK_ROW_OF_GATES
/* sender 1: its share, then its window, then the port */
#define FIRST_GATE(s)	(WINDOW_GATE + ((s) == 1))
#define NEXT_GATE(gate, s) \
	((gate) + 1 + ((s) == 1 && (gate) == WINDOW_GATE) - \
	 2 * ((s) == 1 && (gate) == SHARE_GATE))
#define HOLDS_WINDOW(s)	(at[s] == PORT_GATE || (at[s] == SHARE_GATE && (s) != 1))
#define HOLDS_SHARE(s)	(at[s] == PORT_GATE || (at[s] == WINDOW_GATE && (s) == 1))
#else
#define FIRST_GATE(s)	WINDOW_GATE
#define NEXT_GATE(gate, s) ((gate) + 1)
#define HOLDS_WINDOW(s)	(at[s] > WINDOW_GATE)
#define HOLDS_SHARE(s)	(at[s] > SHARE_GATE)
#endif

/* ---- receivers: hand over, or tell ------------------------------------- */

#ifdef BREAK_TOLD_STAYS_LISTENING
#define CAN_BE_HANDED(r)	(listener[r] == LISTENING || listener[r] == TOLD)
#else
#define CAN_BE_HANDED(r)	(listener[r] == LISTENING)
#endif

/* found, best: the listener that registered first and can take so much */
inline find_listener(bytes)
{
	found = 0;
	for (j : 0 .. RECEIVERS - 1) {
		if
		:: CAN_BE_HANDED(j) && CAPACITY(j) >= bytes &&
		   (!found || turn[j] < turn[best]) -> found = 1; best = j
		:: else
		fi
	}
}

/* a message waits that no listener can take: the first one looks again */
inline tell_first_listener()
{
	find_listener(0);
	if
	:: found ->
		listener[best] = TOLD;
		turn[best] = 0;
		wake_set = wake_set | (1 << RECEIVER_TASK(best))
	:: else
	fi
}

/*
 * The single receiver is promised order: nothing in the queue may go before
 * what it gets.
 */
inline check_order(m)
{
	order_is_kept = 1;
	for (j : 0 .. MESSAGES - 1) {
		if
		:: RECEIVERS == 1 && j != (m) && place[j] == QUEUED &&
		   GOES_BEFORE(j, m) -> order_is_kept = 0
		:: else
		fi
	}
	assert(order_is_kept)
}

/* a message has ended, or leaves its place in the limits */
inline leave_gates(m)
{
#ifndef BREAK_SLOT_FREE_AT_TAKING
	seq[m] = 0;
#endif
	port_msgs--;
	port_bytes = port_bytes - SIZE_OF(m);
	share_used[UID(SENDER_OF(m))]--;
	window_used[RIGHT(SENDER_OF(m))]--
}

/* message m comes to the port, or comes back to it */
inline offer(m)
{
	find_listener(SIZE_OF(m));
	if
	:: found ->
		place[m] = IN_HAND;
		listener[best] = HANDED;
		hand[best] = m;
		turn[best] = 0;
		wake_set = wake_set | (1 << RECEIVER_TASK(best));
#ifdef BREAK_SLOT_FREE_AT_TAKING
		leave_gates(m);
#endif
		check_order(m)
	:: else ->
		place[m] = QUEUED;
		tell_first_listener()
	fi
}

/* ---- senders: the row of gates ----------------------------------------- */

/* flag: nobody who waits at this gate goes before s */
inline is_first_at_gate(gate, s)
{
	flag = 1;
	for (j : 0 .. SENDERS - 1) {
		if
		:: j != (s) && WAITS_AT(gate, j) && SAME_GATE(gate, s, j) &&
#ifdef BREAK_NO_PRIORITY
		   ticket[j] < ticket[s] -> flag = 0
#else
		   OUTRANKS(j, s) -> flag = 0
#endif
		:: else
		fi
	}
}

/*
 * s is about to get a slot: nobody goes before s at the port's gate, and nobody
 * of higher priority stands at an earlier gate that has room by now.
 */
inline check_barging(s)
{
	no_barging = 1;
	for (j : 0 .. SENDERS - 1) {
		if
		:: j != (s) && WAITS_AT(PORT_GATE, j) && OUTRANKS(j, s) ->
			no_barging = 0
		:: j != (s) && PRIORITY(j) > PRIORITY(s) &&
		   ((WAITS_AT(SHARE_GATE, j) && HAS_ROOM(SHARE_GATE, j)) ||
		    (WAITS_AT(WINDOW_GATE, j) && HAS_ROOM(WINDOW_GATE, j) &&
		     HAS_ROOM(SHARE_GATE, j))) ->
			no_barging = 0
		:: else
		fi
	}
	assert(no_barging)
}

/* s has passed every gate: its message is accepted */
inline admit(s)
{
	sent++;
	best = 0;
	for (j : 0 .. MESSAGES - 1) {
		if
		:: seq[j] > best -> best = seq[j]
		:: else
		fi
	}
	seq[s * EACH + done[s]] = best + 1;
	ticket[s] = 0;
	if
	:: s == me -> state[s] = WOKEN		/* own send: nobody to wake */
	:: else ->
#ifdef BREAK_TIMER_BEFORE_STATE
		if
		:: me == SENDERS + 1 -> unsaid = unsaid | (1 << s)
		:: else -> state[s] = ADMITTED
		fi;
#else
		state[s] = ADMITTED;
#endif
#ifndef BREAK_NO_TIMER
		timer[s] = timer[s] || (gathered == 0);
#endif
		gathered = gathered | (1 << s)
	fi;
	offer(s * EACH + done[s])
}

inline take_unit(gate, s)
{
	if
	:: gate == WINDOW_GATE -> window_used[RIGHT(s)]++
	:: gate == SHARE_GATE -> share_used[UID(s)]++
	:: gate == PORT_GATE ->
		check_barging(s);
		port_msgs++;
		port_bytes = port_bytes + SIZE(s)
	fi
}

/* s stands behind those who are there */
inline come_to_gate(s, gate)
{
	at[s] = gate;
	ticket[s] = 0;
	best = 0;
	for (j : 0 .. SENDERS - 1) {
		if
		:: at[j] == at[s] && ticket[j] > best -> best = ticket[j]
		:: else
		fi
	}
	ticket[s] = best + 1
}

/*
 * Everybody who can pass, passes.  Earlier gates come first, so that a sender
 * who has just got its credit competes for the port's room with its priority.
 * `me` is the sender that runs this for itself, or SENDERS.
 */
inline advance()
{
	moved = 1;
	do
	:: !moved -> break
	:: else ->
		moved = 0;
		for (n : 1 .. 3) {
#ifdef BREAK_LATE_GATES_FIRST
			g = 4 - n;
#else
			g = n;
#endif
			for (i : 0 .. SENDERS - 1) {
				if
				:: WAITS_AT(g, i) && HAS_ROOM(g, i) ->
#ifdef BREAK_BARGE
					if
					:: i == me -> flag = 1
					:: else -> is_first_at_gate(g, i)
					fi;
#else
#ifdef BREAK_PAST_THE_HEAD
					flag = 1;
#else
					is_first_at_gate(g, i);
#endif
#endif
					if
					:: flag ->
						moved = 1;
						take_unit(g, i);
						come_to_gate(i, NEXT_GATE(g, i));
						if
						:: at[i] == PASSED_ALL ->
							at[i] = NO_GATE;
							admit(i)
						:: else
						fi
					:: else
					fi
				:: else
				fi
			}
		}
	od
}

/* a waiting sender goes: what it holds is free */
inline leave_held(s)
{
#ifndef BREAK_GIVING_UP_KEEPS_ITS_UNITS
	if
	:: HOLDS_SHARE(s) -> share_used[UID(s)]--
	:: else
	fi;
	if
	:: HOLDS_WINDOW(s) -> window_used[RIGHT(s)]--
	:: else
	fi;
#endif
	at[s] = NO_GATE;
	ticket[s] = 0
}

/* ---- what holds whenever the lock is free ------------------------------- */

inline check_ledger()
{
	n = 0; b_bytes = 0;
	u_window[0] = 0; u_window[1] = 0; u_share[0] = 0; u_share[1] = 0;
	for (i : 0 .. MESSAGES - 1) {
		if
		:: place[i] == QUEUED || place[i] == IN_HAND ->
			n++;
			b_bytes = b_bytes + SIZE_OF(i);
			u_window[RIGHT(SENDER_OF(i))]++;
			u_share[UID(SENDER_OF(i))]++
		:: else
		fi
	}
	ledger_balances = (sent == received + discarded + n);
	assert(ledger_balances);
	limits_are_kept = (n <= max_msgs && b_bytes <= MAX_BYTES &&
			   u_window[0] <= WINDOW && u_window[1] <= WINDOW &&
			   u_share[0] <= SHARE && u_share[1] <= SHARE);
	assert(limits_are_kept);
	for (i : 0 .. SENDERS - 1) {
		if
		:: at[i] != NO_GATE && HOLDS_WINDOW(i) -> u_window[RIGHT(i)]++
		:: else
		fi;
		if
		:: at[i] != NO_GATE && HOLDS_SHARE(i) -> u_share[UID(i)]++
		:: else
		fi
	}
#ifndef BREAK_SLOT_FREE_AT_TAKING
	room_is_accounted = (port_msgs == n && port_bytes == b_bytes &&
		window_used[0] == u_window[0] && window_used[1] == u_window[1] &&
		share_used[0] == u_share[0] && share_used[1] == u_share[1]);
	assert(room_is_accounted)
#else
	skip
#endif
}

/* a living port leaves nobody waiting for what is there */
inline check_waiters()
{
	no_waiter_overlooked = 1;
	for (i : 0 .. SENDERS - 1) {
		if
		:: WAITS(i) && HAS_ROOM(at[i], i) ->
			is_first_at_gate(at[i], i);
			no_waiter_overlooked = no_waiter_overlooked && !flag
		:: else
		fi
	}
	assert(no_waiter_overlooked);

	moved = 0;	/* somebody was told and has not looked yet */
	found = 0;	/* somebody listens */
	no_listener_overlooked = 1;
	for (j : 0 .. RECEIVERS - 1) {
		moved = moved || (listener[j] == TOLD);
		found = found || (listener[j] == LISTENING)
	}
	for (i : 0 .. MESSAGES - 1) {
		if
		:: place[i] == QUEUED && found && !moved ->
			no_listener_overlooked = 0
		:: else
		fi;
		for (j : 0 .. RECEIVERS - 1) {
			if
			:: place[i] == QUEUED && listener[j] == LISTENING &&
			   CAPACITY(j) >= SIZE_OF(i) ->
				no_listener_overlooked = 0
			:: else
			fi
		}
	}
	assert(no_listener_overlooked)
}

inline check_rest()
{
	check_ledger();
	if
	:: !dead -> check_waiters()
	:: else
	fi
}

/* ---- waking ------------------------------------------------------------- */

/* wake_up_process on pinned tasks, after the unlock, one by one */
inline wake_pinned()
{
	do
	:: wakes == 0 -> break
	:: else -> d_step {
			i = 0;
			do
			:: wakes & (1 << i) -> break
			:: else -> i++
			od;
			wakes = wakes & ~(1 << i);
			running[i] = 1;
			i = 0
		}
	od
}

/* whoever writes or reads a sender's record, the sender itself apart */
inline touch(s)
{
	record_exists = alive[s];
	assert(record_exists)
}

/*
 * The senders gathered so far are woken, the one whose timer runs first.
 * Entered with the lock held, leaves it free.  A sender looks at its state
 * without the lock: WOKEN is the last that happens to its record (release, with
 * the sender's acquire), and the task is pinned before.  What was begun is
 * carried through over all batches, because no timer runs for the rest.
 */
inline flush(goes_on)
{
#ifdef BREAK_WOKEN_OUTSIDE_THE_LOCK
	d_step { list = gathered; gathered = 0; check_rest(); lock = 0 };
	do
	:: list == 0 -> break
	:: else -> d_step {
			i = 0;
			do
			:: list & (1 << i) -> break
			:: else -> i++
			od;
			list = list & ~(1 << i);
			touch(i);
			state[i] = WOKEN;
			wakes = wakes | (1 << i)
		}
	od;
#else
	do
	:: gathered == 0 || !(goes_on) -> break
	:: else ->
		d_step {
			list = SENDERS;
			for (i : 0 .. SENDERS - 1) {
				if
				:: (gathered & (1 << i)) &&
				   (list == SENDERS || timer[i]) -> list = i
				:: else
				fi
			}
			touch(list);
			wakes = wakes | (1 << list);
#ifdef BREAK_WOKEN_BEFORE_UNLINK
			state[list] = WOKEN
#else
			gathered = gathered & ~(1 << list)
#endif
		}
		d_step {
			touch(list);
#ifdef BREAK_WOKEN_BEFORE_UNLINK
			gathered = gathered & ~(1 << list);
#else
			state[list] = WOKEN;
#endif
			list = 0
		}
#if WAKE_BATCH == 1
		d_step { check_rest(); lock = 0 };
		wake_pinned();
		skip;	/* spin lets no jump end at a d_step */
		d_step { !lock -> lock = 1 }
#endif
	od;
	skip;
	d_step { check_rest(); lock = 0 };
#endif
	wake_pinned()
}

/* the end of a section: free the lock, or keep it for the flush */
inline unlock_or_flush(condition)
{
	wakes = wake_set;
	if
	:: (condition) && gathered != 0 -> lock = 1; flushing = 1
	:: else -> check_rest()
	fi
}

inline after_unlock()
{
	if
	:: flushing -> flushing = 0; flush(1)
	:: else -> wake_pinned()
	fi
}

/* ---- a sender ------------------------------------------------------------ */
proctype Sender(byte s)
{
	byte wakes, list;
	bit flushing;

send_enter:
	atomic { !lock -> d_step {
		wake_set = 0; me = s;
		alive[s] = 1;
		if
		:: dead -> state[s] = REFUSED
		:: else ->
			state[s] = WAITING;
			come_to_gate(s, FIRST_GATE(s));
			advance();
			if
			:: state[s] == WAITING && NONBLOCKING(s) ->
				leave_held(s);
				advance();
				state[s] = REFUSED
			:: else
			fi
		fi;
		check_rest();
		wakes = wake_set
	}};
	wake_pinned();
	if
	:: state[s] == REFUSED -> goto send_return
	:: else
	fi;

send_sleep:
#ifndef BREAK_LOOK_THEN_SLEEP
	running[s] = 0;
#endif
	if
	:: state[s] == WAITING
	:: atomic {	/* woken by the timer or for no reason */
#ifdef BREAK_ADMITTED_IS_ENOUGH
		state[s] == ADMITTED ->
		state[s] = WOKEN; running[s] = 1; goto send_return }
#else
		state[s] == ADMITTED -> running[s] = 1; goto send_settle }
#endif
	:: atomic {	/* acquire, no lock */
		state[s] == WOKEN -> running[s] = 1; goto send_return }
	:: atomic {	/* EPIPE, once it has given its units back */
		state[s] == DEAD -> running[s] = 1; goto send_settle }
	fi;
#ifdef BREAK_LOOK_THEN_SLEEP
	running[s] = 0;
#endif
	if
	:: running[s] -> goto send_sleep
	:: atomic { IMPATIENT(s) -> running[s] = 1 }
	fi;

send_settle:
	/* timeout, signal, death, or an admission that nobody told of yet */
	atomic { !lock -> d_step {
		wake_set = 0; me = SENDERS;
		found = 0;	/* it was admitted */
		if
		:: state[s] == ADMITTED ->
			found = 1;
			gathered = gathered & ~(1 << s);
#ifdef BREAK_SENDER_GIVES_UP_BLINDLY
			state[s] = REFUSED
#else
			state[s] = WOKEN
#endif
		:: state[s] == WAITING || state[s] == DEAD ->
			leave_held(s);
			state[s] = REFUSED;
#ifndef BREAK_GIVING_UP_PASSES_NOTHING_ON
			advance();
#endif
			found = 0
		:: else
		fi;
#ifdef BREAK_LEAVES_THE_OTHERS_GATHERED
		unlock_or_flush(0)
#else
		/* the timer may have been its own: nobody stays behind */
		unlock_or_flush(found)
#endif
	}};
	after_unlock();

send_return:
	/* the record is gone from here on; the caller has its answer */
	atomic { skip; d_step {
#ifndef BREAK_TIMER_NOT_CANCELLED
		timer[s] = 0;	/* without the lock; waits for its callback */
#endif
		alive[s] = 0;
		sender_is_told_the_truth =
			((state[s] == WOKEN) == (place[s * EACH + done[s]] != NOWHERE));
		assert(sender_is_told_the_truth);
		state[s] = REFUSED;
		done[s]++
	}};
	if
	:: done[s] < SENDS(s) -> goto send_enter
	:: else
	fi
}

/* ---- a receiver ---------------------------------------------------------- */

inline drop_hand(r)
{
	listener[r] = IDLE;
	hand[r] = 0
}

proctype Receiver(byte r)
{
	byte wakes, list;
	bit flushing;

receive_look:
	atomic { !lock -> d_step {
		wake_set = 0; me = SENDERS;
		listener[r] = IDLE;
		found = 0;
		for (i : 0 .. MESSAGES - 1) {
			if
			:: place[i] == QUEUED &&
			   (!found || QUEUE_BEFORE(i, best)) ->
				found = 1; best = i
			:: else
			fi
		}
		if
		:: dead -> listener[r] = ENDED; unlock_or_flush(0)
		:: !dead && found && SIZE_OF(best) <= CAPACITY(r) ->
			check_order(best);
#ifndef BREAK_COPY_FROM_THE_QUEUE
			place[best] = IN_HAND;
#endif
#ifdef BREAK_SLOT_FREE_AT_TAKING
			leave_gates(best);
#endif
			hand[r] = best;
			listener[r] = HANDED;
#ifdef BREAK_SLOT_FREE_AT_TAKING
			advance();
#endif
			unlock_or_flush(0)
		:: !dead && found && SIZE_OF(best) > CAPACITY(r) ->
			/* EMSGSIZE: the message stays, the next one may try */
#ifndef BREAK_TOO_SMALL_TELLS_NOBODY
			tell_first_listener();
#endif
			grown[r] = 1;
			unlock_or_flush(0)
		:: else ->
			n = 0;
			for (j : 0 .. RECEIVERS - 1) {
				if
				:: turn[j] > n -> n = turn[j]
				:: else
				fi
			}
			turn[r] = n + 1;
			listener[r] = LISTENING;
			unlock_or_flush(1)	/* it is going to sleep */
		fi
	}};
	after_unlock();
	if
	:: listener[r] == HANDED -> goto receive_copy
	:: listener[r] == ENDED -> goto receive_end
	:: listener[r] == IDLE -> goto receive_look	/* EMSGSIZE, next call */
	:: listener[r] == LISTENING || listener[r] == TOLD
	fi;

receive_sleep:
	running[RECEIVER_TASK(r)] = 0;
	if
	:: atomic { listener[r] != LISTENING -> running[RECEIVER_TASK(r)] = 1 }
	:: else ->
end_listening:
		if
		:: running[RECEIVER_TASK(r)] -> goto receive_sleep
		:: atomic {
			faults > 0 ->
			faults--;
			running[RECEIVER_TASK(r)] = 1;
			goto receive_give_up }
		fi
	fi;
	if
	:: listener[r] == HANDED -> goto receive_copy
	:: listener[r] == TOLD -> goto receive_look
	:: listener[r] == ENDED -> goto receive_end
	fi;

receive_give_up:
	/* a message handed over meanwhile is taken, or put back below */
	atomic { !lock -> d_step {
		wake_set = 0; me = SENDERS;
		if
		:: listener[r] == LISTENING ->
			turn[r] = 0;
			listener[r] = IDLE
#ifdef BREAK_RECEIVER_GIVES_UP_BLINDLY
		:: listener[r] == HANDED -> drop_hand(r)
#endif
		:: listener[r] == TOLD ->
			/* it leaves without looking: somebody else must */
			listener[r] = IDLE
#ifndef BREAK_TOLD_LEAVES_SILENTLY
			;
			found = 0;
			for (i : 0 .. MESSAGES - 1) {
				found = found || (place[i] == QUEUED)
			}
			if
			:: found -> tell_first_listener()
			:: else
			fi
#endif
		:: else
		fi;
		unlock_or_flush(0)
	}};
	after_unlock();
	if
	:: listener[r] == HANDED -> goto receive_copy
	:: listener[r] == ENDED -> goto receive_end
	:: else -> goto receive_look		/* the next call */
	fi;

receive_copy:
	/* no lock: the copy to user memory, which may stall or fail */
	if
	:: atomic { faults > 0 -> faults--; goto receive_put_back }
	:: skip
	fi;

/* receive_commit: */
	d_step {
		!lock ->
		wake_set = 0; me = SENDERS;
#ifdef BREAK_TIMER_BEFORE_STATE
		me = SENDERS + 1;
#endif
		received_once = (place[hand[r]] == IN_HAND);
#ifdef BREAK_COPY_FROM_THE_QUEUE
		received_once = (place[hand[r]] == QUEUED);
#endif
		assert(received_once);
		place[hand[r]] = RECEIVED;
		received++;
#ifndef BREAK_SLOT_FREE_AT_TAKING
		leave_gates(hand[r]);
#endif
		drop_hand(r);
		advance();
#ifdef BREAK_TIMER_BEFORE_STATE
		wakes = wake_set;
		lock = 1
	};
	d_step {
		for (i : 0 .. SENDERS - 1) {
			if
			:: unsaid & (1 << i) -> state[i] = ADMITTED
			:: else
			fi
		}
		unsaid = 0;
		lock = 0
	};
	wake_pinned();
#else
		unlock_or_flush(port_msgs <= LOW_WATER)
	};
#ifdef BREAK_LOW_WATER_ASKED_AGAIN
	if
	:: flushing -> flushing = 0; flush(port_msgs <= LOW_WATER)
	:: else -> wake_pinned()
	fi;
#else
	after_unlock();
#endif
#endif
#ifdef WAITS_ELSEWHERE
	/* this consumer needs the senders to go on before it receives again */
#ifdef SPINS
	do
	:: WAITS_ELSEWHERE -> break
	:: else
	od;
#else
	WAITS_ELSEWHERE;
#endif
#endif
	goto receive_look;

receive_put_back:
	atomic { !lock -> d_step {
		wake_set = 0; me = SENDERS;
		i = hand[r];
		drop_hand(r);
		if
		:: dead ->
			place[i] = DISCARDED;
#ifndef BREAK_DISCARD_NOT_COUNTED
			discarded++;
#endif
			leave_gates(i);
			advance()
		:: else ->
#ifdef BREAK_SLOT_FREE_AT_TAKING
			port_msgs++;
			port_bytes = port_bytes + SIZE_OF(i);
			window_used[RIGHT(SENDER_OF(i))]++;
			share_used[UID(SENDER_OF(i))]++;
#endif
#ifdef BREAK_PUT_BACK_AT_TAIL
			at_tail[i] = 1;
#endif
#ifdef BREAK_PUT_BACK_TELLS_NOBODY
			place[i] = QUEUED
#else
#ifdef BREAK_FAILED_COPY_LOSES
			place[i] = NOWHERE;
			leave_gates(i);
			advance()
#else
			offer(i)
#endif
#endif
		fi;
		unlock_or_flush(0)
	}};
	after_unlock();
	goto receive_look;

receive_end:	skip
}

/* ---- timers: a gathered wake-up comes after 1 ms at the latest -------------- */
/* The callback takes no lock: it wakes the task, which finds ADMITTED. */
proctype Timer()
{
end_timer:
	do
	:: d_step { timer[0] -> timer[0] = 0; touch(0); running[0] = 1 }
#if SENDERS > 1
	:: d_step { timer[1] -> timer[1] = 0; touch(1); running[1] = 1 }
#endif
#if SENDERS > 2
	:: d_step { timer[2] -> timer[2] = 0; touch(2); running[2] = 1 }
#endif
	od
}

#ifdef BREAK_MESSAGES_BEFORE_SENDERS
#define SENDERS_PHASE	3
#define MESSAGES_PHASE	2
#else
#define SENDERS_PHASE	2
#define MESSAGES_PHASE	3
#endif

/* ---- death: the last receive right closes --------------------------------- */
proctype Closer()
{
	byte wakes, list, phase;
	bit flushing;

/* close_mark: */
#ifndef BREAK_MARKED_DEAD_LAST
	d_step { !lock -> dead = 1; check_rest() };
#endif
	/*
	 * Listeners (1), then blocked senders (2), then messages (3): a sender
	 * that still stands at a gate may be admitted by whoever gives up or
	 * settles meanwhile, and its message must be found here.
	 */
	phase = 1;
	do
	:: phase > 3 -> break
	:: else ->
	/* close_chunk: a little work, then the lock is let go */
		d_step {
			!lock ->
			wake_set = 0; me = SENDERS; found = 0; best = 0;
			if
			:: phase == 1 ->
				for (i : 0 .. RECEIVERS - 1) {
					if
					:: listener[i] == LISTENING -> found = 1; best = i
					:: else
					fi
				}
			:: phase == SENDERS_PHASE ->
				for (i : 0 .. SENDERS - 1) {
					if
					:: WAITS(i) -> found = 1; best = i
					:: else
					fi
				}
			:: phase == MESSAGES_PHASE ->
				for (i : 0 .. MESSAGES - 1) {
					if
					:: place[i] == QUEUED -> found = 1; best = i
					:: else
					fi
				}
			fi;
			if
			:: found && phase == 1 ->
				turn[best] = 0;
				listener[best] = ENDED;
				wake_set = wake_set | (1 << RECEIVER_TASK(best))
			:: found && phase == SENDERS_PHASE ->
				touch(best);
				state[best] = DEAD;	/* release, last touch */
#ifndef BREAK_DEATH_WAKES_NO_SENDERS
				wake_set = wake_set | (1 << best)
#endif
			:: found && phase == MESSAGES_PHASE ->
				place[best] = DISCARDED;
				discarded++;
				leave_gates(best);
				advance();
				found = 1
			:: else -> phase++
			fi;
			unlock_or_flush(!found)
		};
		after_unlock()
	od;
	phase = 0;
#ifdef BREAK_MARKED_DEAD_LAST
	d_step { !lock -> dead = 1; check_rest() };
#endif
}

/* ---- the owner raises a limit ---------------------------------------------- */
proctype Raiser()
{
	byte wakes;

/* limits_raise: */
	d_step {
		!lock ->
		wake_set = 0; me = SENDERS;
		max_msgs++;
#ifndef BREAK_RAISING_MOVES_NOBODY
		advance();
#endif
		check_rest();
		wakes = wake_set
	};
	wake_pinned()
}

/* ---- the end: nothing can run any more ------------------------------------- */
proctype Final()
{
	timeout -> d_step {
		no_deadlock = 1; every_wakeup_arrives = 1; nothing_lost = 1;
		for (i : 0 .. SENDERS - 1) {
			if
			:: done[i] < SENDS(i) && state[i] == WAITING -> no_deadlock = 0
			:: done[i] < SENDS(i) && state[i] != WAITING ->
				every_wakeup_arrives = 0
			:: else
			fi
		}
		for (j : 0 .. RECEIVERS - 1) {
			if
			:: !running[RECEIVER_TASK(j)] && listener[j] != LISTENING ->
				every_wakeup_arrives = 0
			:: !running[RECEIVER_TASK(j)] && dead ->
				every_wakeup_arrives = 0
			:: else
			fi
		}
		assert(every_wakeup_arrives);
		for (i : 0 .. MESSAGES - 1) {
			if
			:: place[i] == QUEUED || place[i] == IN_HAND ->
				nothing_lost = 0
			:: else
			fi
		}
		assert(nothing_lost);
		assert(no_deadlock)
	}
}

init {
	atomic {
		byte k;
		for (k : 0 .. SENDERS - 1) { run Sender(k) }
		for (k : 0 .. RECEIVERS - 1) { run Receiver(k) }
		run Timer();
#ifdef WITH_DEATH
		run Closer();
#endif
#ifdef WITH_RAISE
		run Raiser();
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
