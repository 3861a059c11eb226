/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port.pml - a message comes to a receiver or into the queue, and ends;
 * gathered wake-ups are flushed; a dead port is drained; limits change.
 */

/* ---- the queue's order: priority, then age ---------------------------- */
#define GOES_BEFORE(a, b) \
	(PRIORITY_OF(a) > PRIORITY_OF(b) || \
	 (PRIORITY_OF(a) == PRIORITY_OF(b) && seq[a] < seq[b]))

#define QUEUE_BEFORE(a, b) \
	(at_tail[a] < at_tail[b] || (at_tail[a] == at_tail[b] && GOES_BEFORE(a, b)))

/* the youngest of its priority */
inline number(m)
{
	n = 1;
	for (j : 0 .. MESSAGES - 1) {
		if
		:: seq[j] != 0 && PRIORITY_OF(j) == PRIORITY_OF(m) -> n++
		:: else
		fi
	}
	seq[m] = n
}

/* it has ended: the younger ones move up, which keeps the numbers small */
inline forget_number(m)
{
	for (j : 0 .. MESSAGES - 1) {
		if
		:: seq[j] > seq[m] && PRIORITY_OF(j) == PRIORITY_OF(m) -> seq[j]--
		:: else
		fi
	}
	seq[m] = 0
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

/* ---- receivers: hand over, or tell ------------------------------------ */
#define CAN_BE_HANDED(r) \
	(listener[r] == LISTENING || \
	 (BROKEN(TOLD_STAYS_LISTENING) && listener[r] == TOLD))

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

inline come_to_listen(r)
{
	n = 1;
	for (j : 0 .. RECEIVERS - 1) {
		n = n + (turn[j] != 0)
	}
	turn[r] = n;
	listener[r] = LISTENING
}

/* out of the list, the later ones move up */
inline leave_list(r)
{
	for (j : 0 .. RECEIVERS - 1) {
		if
		:: turn[j] > turn[r] -> turn[j]--
		:: else
		fi
	}
	turn[r] = 0
}

/* a message waits that no listener can take: the first one looks again */
inline tell_first_listener()
{
	find_listener(0);
	if
	:: found ->
		leave_list(best);
		listener[best] = TOLD;
		wake_set = wake_set | (1 << RECEIVER_TASK(best))
	:: else
	fi
}

inline take(m, r)
{
	check_order(m);
	place[m] = IN_HAND;
	if
	:: BROKEN(SLOT_FREE_AT_TAKING) -> give_units(m)
	:: else
	fi;
	listener[r] = HANDED;
	hand[r] = m
}

/* an accepted message comes, or comes back */
inline deliver(m)
{
	find_listener(SIZE_OF(m));
	if
	:: found ->
		leave_list(best);
		take(m, best);
		wake_set = wake_set | (1 << RECEIVER_TASK(best))
	:: else ->
		place[m] = QUEUED;
		tell_first_listener()
	fi
}

/* from here on nothing can fail */
inline accept(s)
{
	dead_port_accepts_nothing = !dead;
	assert(dead_port_accepts_nothing);
	sent++;
	message = s * EACH + done[s];
	number(message);
	deliver(message)
}

/* s waited, and somebody made room: accepted, its wake-up is gathered */
inline admit(s)
{
	accept(s);
	gathered = gathered | (1 << s);
	if
	:: BROKEN(TIMER_BEFORE_STATE) -> unsaid = unsaid | (1 << s)
	:: else -> state[s] = ADMITTED
	fi;
	/* last: a timer that fires at once must find the state */
	timer[s] = !BROKEN(NO_TIMER) &&
		   !(BROKEN(FIRST_TIMER_ONLY) && gathered != (1 << s))
}

/* message m has ended, or is as good as ended for the gates */
inline end_message(m)
{
	owner = SENDER_OF(m);
	forget_number(m);
	if
	:: BROKEN(SLOT_FREE_AT_TAKING) -> skip
	:: else -> give_units(m)
	fi;
	advance(owner)
}

inline discard(m)
{
	place[m] = DISCARDED;
	discarded = discarded + !BROKEN(DISCARD_NOT_COUNTED);
	end_message(m)
}

/* ---- wake-ups that were gathered -------------------------------------- */
#define IS_LOW	(port_msgs <= max_msgs / 2 && port_bytes <= max_bytes / 2)

/*
 * The senders gathered so far are woken.  Entered with the lock held, leaves it
 * free.  A sender looks at its state without the lock: WOKEN is the last that
 * happens to its record (release, with the sender's acquire), and the task is
 * pinned before.  Each has its timer, so this may stop anywhere.
 */
inline flush()
{
	do
	:: gathered == 0 || BROKEN(WOKEN_OUTSIDE_THE_LOCK) -> break
#ifdef FLUSH_STOPS
	:: true -> break
#endif
	:: else ->
		d_step {
			list = 0;
			do
			:: gathered & (1 << list) -> break
			:: else -> list++
			od;
			touch(list);
			wakes = wakes | (1 << list);
			if
			:: BROKEN(WOKEN_BEFORE_UNLINK) -> state[list] = WOKEN
			:: else -> gathered = gathered & ~(1 << list)
			fi
		}
		d_step {
			touch(list);
			gathered = gathered & ~(1 << list);
			state[list] = WOKEN;
			list = 0
		}
#ifdef FLUSH_STOPS
		/* and the lock may be let go after each */
		d_step { check_rest(); lock = 0 };
		wake_pinned();
		skip;	/* spin lets no jump end at a d_step */
		d_step { !lock -> lock = 1 }
#endif
	od;
	skip;
	d_step {
		if
		:: BROKEN(WOKEN_OUTSIDE_THE_LOCK) -> list = gathered; gathered = 0
		:: else
		fi;
		check_rest();
		lock = 0
	};
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
	wake_pinned()
}

/* the end of a section: free the lock, or keep it for the flush */
inline unlock_or_flush(condition)
{
	wakes = wake_set;
	if
	:: unsaid != 0 -> lock = 1; saying = 1
	:: else ->
		if
		:: (condition) && gathered != 0 -> lock = 1; flushing = 1
		:: else -> check_rest()
		fi
	fi
}

inline after_unlock()
{
	if
	:: flushing -> flushing = 0; flush()
	:: saying ->	/* TIMER_BEFORE_STATE: the timer has been started */
		d_step {
			saying = 0;
			for (i : 0 .. SENDERS - 1) {
				if
				:: unsaid & (1 << i) -> state[i] = ADMITTED
				:: else
				fi
			}
			unsaid = 0;
			lock = 0
		};
		wake_pinned()
	:: else -> wake_pinned()
	fi
}

/* ---- death: the last receive right has closed ------------------------- */
/*
 * Blocked senders, then those gathered, then messages, a little at a time: so
 * no place that a message gives back is taken again.  advance() would not give
 * it either; the change drops both rules.  Nobody receives any more, for who
 * does holds a receive right.
 */
#define SENDERS_PHASE	(BROKEN(DEAD_PORT_ADMITS) -> 2 : 1)

inline drain()
{
	phase = 1;
	do
	:: phase > 2 -> break
	:: else ->
		d_step {
			!lock ->
			wake_set = 0; first = NOBODY;
			if
			:: phase == SENDERS_PHASE ->
				for (i : 0 .. SENDERS - 1) {
					first = (WAITS(i) -> i : first)
				}
			:: else ->
				for (i : 0 .. MESSAGES - 1) {
					first = (place[i] == QUEUED -> i : first)
				}
			fi;
			n = first;
			if
			:: n == NOBODY -> phase++; unlock_or_flush(1)
			:: n != NOBODY && phase == SENDERS_PHASE ->
				mover = n;
				unwait(mover);
				touch(mover);
				state[mover] = DEAD;	/* release, last touch */
				if
				:: BROKEN(DEATH_WAKES_NO_SENDERS) -> skip
				:: else -> wake_set = wake_set | (1 << mover)
				fi;
				unlock_or_flush(0)
			:: else ->
				message = n;
				discard(message);
				unlock_or_flush(IS_LOW)
			fi
		};
		after_unlock()
	od;
	phase = 0
}

/* ---- the owner changes a limit ---------------------------------------- */
#ifdef WITH_SETTER
proctype Setter()
{
	byte wakes;

	if
	:: d_step {	/* room for one more */
		!lock ->
		wake_set = 0;
		max_msgs++;
		if
		:: BROKEN(RAISING_MOVES_NOBODY) -> skip
		:: else -> advance_gate(PORT_GATE, 0)
		fi;
		check_rest();
		wakes = wake_set
	   }
	:: d_step {	/* less than what waits is long */
		!lock ->
		max_bytes = 1
	   }
	fi;
	wake_pinned()
}
#endif
