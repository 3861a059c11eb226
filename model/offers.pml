/* SPDX-License-Identifier: GPL-2.0 */
/*
 * offers.pml - a rendezvous: who frees a message, offers and meetings, what
 * holds whenever the lock is free.
 */

/* ---- memory ----------------------------------------------------------- */
inline use(m)
{
	memory_exists = !freed[m];
	assert(memory_exists)
}

inline free(m)
{
	freed_once = !freed[m];
	assert(freed_once);
	pinned_is_not_freed = (pins[m] == 0);
	assert(pinned_is_not_freed);
	only_the_ended_is_freed = (place[m] == ENDED && !listed[m]);
	assert(only_the_ended_is_freed);
	freed[m] = 1
}

/*
 * Its end, under the lock: is it ours to free, after unlocking?  Otherwise who
 * peeks at it does that.
 */
inline put_end(m)
{
	place[m] = ENDED;
	if
	:: BROKEN(FREED_THOUGH_PINNED) -> free(m)
	:: else -> ours = (pins[m] == 0) || BROKEN(PINS_READ_AFTER_UNLOCK)
	fi
}

/* the lock is free again */
inline free_if_ours(m)
{
	if
	:: ours -> d_step {
		if
		:: BROKEN(PINS_READ_AFTER_UNLOCK) && pins[m] != 0 -> skip
		:: else -> free(m)
		fi;
		ours = 0
	   }
	:: else
	fi
}

/* ---- offers and meetings ---------------------------------------------- */
inline wake_later(task)
{
	wake_set = wake_set | (1 << (task))
}

/* best: somebody who waits to take, or RECEIVERS */
inline find_taker()
{
	best = RECEIVERS;
	for (j : 0 .. TAKERS - 1) {
		best = (best == RECEIVERS && listener[j] == LISTENING -> j : best)
	}
}

inline give_to(m, r)
{
	place[m] = IN_HAND;
	listed[m] = CHOOSES(r);
	met[m] = 1;
	listener[r] = HANDED;
	hand[r] = m
}

inline count_sent(m)
{
	accepted_once = !accepted[m];
	assert(accepted_once);
	accepted[m] = 1;
	sent++;
	port_used = port_used + !BROKEN(MEETING_TAKES_NO_PLACE)
}

/* in the queue, for anybody: who waits to peek looks again */
inline enlist(m, how)
{
	place[m] = how;
	listed[m] = 1;
	for (j : TAKERS .. RECEIVERS - 1) {
		if
		:: listener[j] == LISTENING && !BROKEN(OFFER_TELLS_NO_PEEKER) ->
			listener[j] = TOLD;
			wake_later(RECEIVER_TASK(j))
		:: else
		fi
	}
}

/* s has its credit: it meets a waiting taker (found), or offers its message */
inline meet_or_offer(s)
{
	window_used++;
	find_taker();
	found = (best != RECEIVERS) && !BROKEN(OFFERS_WITHOUT_LOOKING);
	if
	:: found ->
		count_sent(s);
		give_to(s, best);
		wake_later(RECEIVER_TASK(best))
	:: !found && !NONBLOCKING(s) -> enlist(s, OFFERED)
	:: else -> window_used--
	fi
}

/* whoever reads or writes a waiting sender's record, the sender itself apart */
inline touch(s)
{
	record_exists = alive[s];
	assert(record_exists)
}

/* unlinked, then told; the record is not touched after the state is stored */
inline release_sender(s, how)
{
	touch(s);
	state[s] = how;
	if
	:: how == WOKEN && BROKEN(TAKEN_WAKES_NOBODY) -> skip
	:: how == DEAD && BROKEN(DEATH_WAKES_NOBODY) -> skip
	:: else -> wake_later(s)
	fi
}

/* who waits for credit goes on; the lowest is as good as the first */
inline advance()
{
	for (i : 0 .. SENDERS - 1) {
		if
		:: !dead && at_window[i] && window_used < WINDOW ->
			at_window[i] = 0;
			touch(i);
			meet_or_offer(i);
			if
			:: found -> release_sender(i, WOKEN)
			:: else
			fi
		:: else
		fi
	}
}

inline end_message(m)
{
	listed[m] = listed[m] && BROKEN(COMMIT_LEAVES_IT_LINKED);
	port_used--;
	window_used--;
	put_end(m);
	advance()
}

inline discard(m)
{
	discarded++;
	end_message(m)
}

/* ---- what holds whenever the lock is free ----------------------------- */
inline check_rest()
{
	n = 0; u = 0;
	for (i : 0 .. SENDERS - 1) {
		n = n + (accepted[i] && place[i] != ENDED);
		u = u + (!accepted[i] && place[i] == OFFERED)
	}
	ledger_balances = (sent == received + discarded + n);
	assert(ledger_balances);
	room_is_accounted = (port_used == n && window_used == n + u);
	assert(room_is_accounted);
	no_taker_overlooked = 1; no_peeker_overlooked = 1; no_waiter_overlooked = 1;
	for (i : 0 .. SENDERS - 1) {
		if
		:: !dead && at_window[i] && window_used < WINDOW ->
			no_waiter_overlooked = 0
		:: else
		fi;
		for (j : 0 .. RECEIVERS - 1) {
			if
			:: listed[i] && place[i] != IN_HAND && !expired[i] &&
			   listener[j] == LISTENING ->
				no_peeker_overlooked =
					no_peeker_overlooked && !IS_PEEKER(j);
				no_taker_overlooked =
					no_taker_overlooked && IS_PEEKER(j)
			:: else
			fi
		}
	}
	assert(no_waiter_overlooked);
	assert(no_taker_overlooked);
	assert(no_peeker_overlooked);
	wakes = wake_set
}
