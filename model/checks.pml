/* SPDX-License-Identifier: GPL-2.0 */
/* checks.pml - what holds whenever the lock is free, and what holds at rest. */

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
	/* of bytes the largest limit there was */
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
	room_is_accounted = BROKEN(SLOT_FREE_AT_TAKING) ||
		(port_msgs == n && port_bytes == b_bytes &&
		 window_used[0] == u_window[0] && window_used[1] == u_window[1] &&
		 share_used[0] == u_share[0] && share_used[1] == u_share[1]);
	assert(room_is_accounted)
}

/* a living port leaves nobody waiting for what is there */
inline check_waiters()
{
	no_waiter_overlooked = 1;
	for (i : 0 .. SENDERS - 1) {
		if
		:: WAITS(i) && HAS_ROOM(at[i], i) ->
			find_first(at[i], i);
			no_waiter_overlooked = no_waiter_overlooked && (first != i)
		:: else
		fi
	}
	assert(no_waiter_overlooked);

	told = 0;	/* somebody was told and has not looked yet */
	found = 0;	/* somebody listens */
	no_listener_overlooked = 1;
	for (j : 0 .. RECEIVERS - 1) {
		told = told || (listener[j] == TOLD);
		found = found || (listener[j] == LISTENING)
	}
	for (i : 0 .. MESSAGES - 1) {
		if
		:: place[i] == QUEUED && found && !told ->
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

/* a record's memory goes with the send's return, and the caller has its answer */
inline check_return(s)
{
	sender_is_told_the_truth =
		((state[s] == WOKEN) == (place[s * EACH + done[s]] != NOWHERE));
	assert(sender_is_told_the_truth)
}

/* the end: nothing can run any more */
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
			:: else
			fi
		}
		/* who stands at a gate of a dead port should have been told */
		every_wakeup_arrives = every_wakeup_arrives && !(dead && !no_deadlock);
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
