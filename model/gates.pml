/* SPDX-License-Identifier: GPL-2.0 */
/* gates.pml - flow control: who may pass, who waits, who moves on. */

#define NO_GATE		0
#define WINDOW_GATE	1	/* of the sender's right */
#define SHARE_GATE	2	/* of its uid on this port */
#define PORT_GATE	3	/* max_msgs, max_bytes */
#define PASSED_ALL	4

/* the row of gates, the same for everybody; or, for sender 1, share first */
#define TURNED(s)	(BROKEN(ROW_OF_GATES) && (s) == 1)
#define FIRST_GATE(s)	(TURNED(s) -> SHARE_GATE : WINDOW_GATE)
#define NEXT_GATE(gate, s) \
	(!TURNED(s) || (gate) == PORT_GATE -> (gate) + 1 : \
	 ((gate) == SHARE_GATE -> WINDOW_GATE : PORT_GATE))
#define HOLDS_WINDOW(s) \
	(at[s] > WINDOW_GATE && !(TURNED(s) && at[s] == SHARE_GATE))
#define HOLDS_SHARE(s) \
	(at[s] > SHARE_GATE || (TURNED(s) && at[s] == WINDOW_GATE))

/* a sender told DEAD waits no more, but holds its units until it has left */
#define WAITS(s)	(ticket[s] != 0)
#define WAITS_AT(gate, s) (at[s] == (gate) && WAITS(s))

/* both wait at, or come to, the very same gate */
#define SAME_GATE(gate, a, b) \
	((gate) == PORT_GATE || \
	 ((gate) == WINDOW_GATE && RIGHT(a) == RIGHT(b)) || \
	 ((gate) == SHARE_GATE && UID(a) == UID(b)))

/* with no message behind it a gate lets any one pass, whatever its bytes */
#define BYTES_FIT(s) \
	(port_bytes + SIZE(s) <= max_bytes || \
	 (port_msgs == 0 && !BROKEN(LOWERED_LIMIT_HOLDS)))

#define HAS_ROOM(gate, s) \
	(((gate) == WINDOW_GATE && window_used[RIGHT(s)] < WINDOW) || \
	 ((gate) == SHARE_GATE && share_used[UID(s)] < SHARE) || \
	 ((gate) == PORT_GATE && port_msgs < max_msgs && BYTES_FIT(s)))

/* who wait at the same gate; one without a ticket has just come */
#define OUTRANKS(a, b) \
	(PRIORITY(a) > PRIORITY(b) || (PRIORITY(a) == PRIORITY(b) && \
	 (ticket[b] == 0 || ticket[a] < ticket[b])))

#define STANDS_BEFORE(a, b) \
	(BROKEN(NO_PRIORITY) -> ticket[a] < ticket[b] : OUTRANKS(a, b))

/* first: the best who waits at this gate of s, or NOBODY */
inline find_first(gate, s)
{
	first = NOBODY;
	for (j : 0 .. SENDERS - 1) {
		if
		:: WAITS_AT(gate, j) && SAME_GATE(gate, s, j) &&
		   (first == NOBODY || STANDS_BEFORE(j, first)) &&
		   (!BROKEN(PAST_THE_HEAD) || HAS_ROOM(gate, j)) -> first = j
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

/* all units of a message that was accepted */
inline give_units(m)
{
	port_msgs--;
	port_bytes = port_bytes - SIZE_OF(m);
	share_used[UID(SENDER_OF(m))]--;
	window_used[RIGHT(SENDER_OF(m))]--
}

/* s holds the gates before at[s]: on through those that are open */
inline pass(s)
{
	do
	:: at[s] == PASSED_ALL -> break
	:: else ->
		find_first(at[s], s);
		flag = HAS_ROOM(at[s], s) &&
		       (first == NOBODY || BROKEN(BARGE) ||
			(PRIORITY(first) < PRIORITY(s) && !BROKEN(NO_PRIORITY)));
		if
		:: !flag -> break
		:: else ->
			take_unit(at[s], s);
			at[s] = NEXT_GATE(at[s], s)
		fi
	od
}

/* s stands behind those who are there */
inline wait_at_gate(s)
{
	n = 1;
	for (j : 0 .. SENDERS - 1) {
		if
		:: j != (s) && WAITS_AT(at[s], j) && SAME_GATE(at[s], s, j) -> n++
		:: else
		fi
	}
	ticket[s] = n
}

/* s waits no more; who came later moves up, which keeps the numbers small */
inline unwait(s)
{
	for (j : 0 .. SENDERS - 1) {
		if
		:: WAITS_AT(at[s], j) && SAME_GATE(at[s], s, j) &&
		   ticket[j] > ticket[s] -> ticket[j]--
		:: else
		fi
	}
	ticket[s] = 0
}

/* a sender goes that was not accepted: what it holds is free */
inline leave_gates(s)
{
	if
	:: HOLDS_SHARE(s) && !BROKEN(GIVING_UP_KEEPS_ITS_UNITS) ->
		share_used[UID(s)]--
	:: else
	fi;
	if
	:: HOLDS_WINDOW(s) && !BROKEN(GIVING_UP_KEEPS_ITS_UNITS) ->
		window_used[RIGHT(s)]--
	:: else
	fi;
	at[s] = NO_GATE
}

/* everybody who can pass this gate of s passes, and goes on */
inline advance_gate(gate, s)
{
	do
	:: true ->
		find_first(gate, s);
		mover = first;
		if
		:: mover == NOBODY || !HAS_ROOM(gate, mover) -> break
		:: else ->
			take_unit(gate, mover);
			unwait(mover);
			at[mover] = NEXT_GATE(gate, mover);
			pass(mover);
			if
			:: at[mover] == PASSED_ALL ->
				at[mover] = NO_GATE;
				admit(mover)
			:: else -> wait_at_gate(mover)
			fi
		fi
	od
}

/*
 * Units were given back at the gates of s.  Earlier gates come first, so that a
 * sender who has just got its credit competes for the port's room with its
 * priority.  A dead port admits nobody.
 */
inline advance(s)
{
	if
	:: dead && !BROKEN(DEAD_PORT_ADMITS) -> skip
	:: else ->
		for (step : WINDOW_GATE .. PORT_GATE) {
			g = (BROKEN(LATE_GATES_FIRST) -> 4 - step : step);
			advance_gate(g, s)
		}
	fi
}
