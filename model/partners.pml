/* SPDX-License-Identifier: GPL-2.0 */
/*
 * partners.pml - a rendezvous: who sends, who takes, who peeks, and the close
 * of a receive right.
 */

/* ---- a sender --------------------------------------------------------- */
proctype Sender(byte s)
{
	byte wakes;
	bit ours;

/* send_enter: */
	d_step {
		!lock ->
		wake_set = 0;
		found = 0;
		if
		:: dead -> put_end(s)
		:: !dead && window_used < WINDOW ->
			meet_or_offer(s);
			if
			:: found -> state[s] = WOKEN
			:: !found && NONBLOCKING(s) -> put_end(s)
			:: else -> state[s] = WAITING; alive[s] = 1
			fi
		:: !dead && window_used >= WINDOW && NONBLOCKING(s) -> put_end(s)
		:: else ->
			at_window[s] = 1;
			state[s] = WAITING;
			alive[s] = 1
		fi;
		check_rest()
	};
	wake_pinned();
	if
	:: ours -> free_if_ours(s); goto send_return
	:: !ours && alive[s] -> goto send_sleep
	:: else -> goto send_return
	fi;

send_sleep:
	running[s] = 0;
	if
	:: state[s] == WAITING
	:: atomic {	/* acquire, no lock */
		state[s] == WOKEN -> running[s] = 1; goto send_return }
	:: atomic { state[s] == DEAD -> running[s] = 1; goto send_settle }
	fi;
	if
	:: running[s] -> goto send_sleep
	:: atomic { IMPATIENT(s) -> running[s] = 1 }
	:: atomic { expired[s] && !BROKEN(EXPIRY_WAKES_NOBODY) -> running[s] = 1 }
	fi;

send_settle:
	/* deadline, signal, the end of its time to live, or death */
	atomic { !lock -> d_step {
		wake_set = 0;
		if
		:: state[s] != WOKEN || BROKEN(SENDER_GIVES_UP_BLINDLY) ->
			/* withdraw */
			taken_is_not_withdrawn = !accepted[s];
			assert(taken_is_not_withdrawn);
			window_used = window_used - !at_window[s];
			at_window[s] = at_window[s] && BROKEN(KEEPS_ITS_TURN);
			if
			:: state[s] == WAITING && !BROKEN(WITHDRAWN_STAYS_LINKED) ->
				listed[s] = 0
			:: else
			fi;
			state[s] = REFUSED;
			alive[s] = 0;	/* nobody may look at it from here on */
			put_end(s);
			if
			:: BROKEN(WITHDRAWING_PASSES_NOTHING_ON) -> skip
			:: else -> advance()
			fi
		:: else
		fi;
		check_rest()
	}};
	wake_pinned();
	if
	:: state[s] == REFUSED -> free_if_ours(s)
	:: else
	fi;

send_return:
	/* the record is gone from here on; the caller has its answer */
	atomic { skip; d_step {
		alive[s] = 0;
		sender_is_told_the_truth = ((state[s] == WOKEN) == met[s]);
		assert(sender_is_told_the_truth);
		returned[s] = 1
	}}
}

/* ---- receivers -------------------------------------------------------- */

/* listener: HANDED or TOLD already, or asleep until it is, or gives up */
inline sleep_until_told()
{
	do
	:: running[RECEIVER_TASK(r)] = 0;
	   if
	   :: atomic {
		listener[r] != LISTENING -> running[RECEIVER_TASK(r)] = 1; break }
	   :: else ->
end_listening:
		if
		:: running[RECEIVER_TASK(r)]
		:: atomic { faults > 0 -> faults--; running[RECEIVER_TASK(r)] = 1 };
			d_step {
				!lock ->
				listener[r] = (listener[r] == LISTENING ||
					       BROKEN(TAKER_GIVES_UP_BLINDLY) ->
					       IDLE : listener[r])
			};
			break
		fi
	   fi
	od
}

/* whoever comes upon a message in the queue */
inline find(m)
{
	use(m);
	found_is_available = (place[m] == OFFERED || place[m] == QUEUED);
	assert(found_is_available)
}

/* best: the first that is there for who looks, or SENDERS */
inline look()
{
	best = SENDERS;
	for (i : 0 .. SENDERS - 1) {
		if
		:: listed[i] && best == SENDERS &&
		   (place[i] != IN_HAND || BROKEN(FINDS_WHAT_IS_IN_HAND)) &&
		   !(expired[i] && place[i] == OFFERED &&	/* its sender's own */
		     !BROKEN(EXPIRED_OFFER_IS_DISCARDED)) ->
			best = i;
			find(best)
		:: else
		fi
	}
}

/* if it was an offer, that is its acceptance */
inline send_taken(m)
{
	if
	:: place[m] == OFFERED ->
		count_sent(m);
		release_sender(m, WOKEN)
	:: else
	fi
}

/* between calls: the last right that closes is the port's death */
inline close_right()
{
	atomic { !lock -> d_step {
		wake_set = 0;
		receive_rights--;
		dead = (receive_rights == 0);
		drained = !dead;
		check_rest()
	}};
	wake_pinned();
	do
	:: drained -> break
	:: else -> d_step {	/* senders, then messages, one at a time */
			!lock ->
			wake_set = 0; best = SENDERS; found = 0;
			for (j : 0 .. SENDERS - 1) {
				best = (state[j] == WAITING -> j : best)
			}
			if
			:: best != SENDERS ->
				listed[best] = listed[best] &&
					       BROKEN(KILLED_STAYS_LINKED);
				release_sender(best, DEAD)
			:: else ->
				for (j : 0 .. SENDERS - 1) {
					best = (listed[j] -> j : best)
				}
				if
				:: best != SENDERS -> m = best; find(m); discard(m)
				:: else -> drained = 1
				fi
			fi;
			check_rest()
		};
		wake_pinned();
		free_if_ours(m)
	od
}

proctype Taker(byte r)
{
	byte wakes, m;
	bit ours, drained;

take_call:
	if
	:: goto take_close
	:: skip
	fi;

take_look:
	atomic { !lock -> d_step {
		wake_set = 0;
		listener[r] = IDLE;
		look();
		if
		:: best == SENDERS -> listener[r] = LISTENING
		:: best != SENDERS && expired[best] ->
			m = best;
			send_taken(m);
			discard(m)
		:: else ->
			m = best;
			send_taken(m);
			give_to(m, r)
		fi;
		check_rest()
	};
	if
	:: listener[r] == LISTENING -> goto take_sleep	/* owes nothing */
	:: else
	fi };
	wake_pinned();
	free_if_ours(m);
	if
	:: listener[r] == HANDED -> goto take_copy
	:: listener[r] == IDLE -> goto take_look
	fi;

take_sleep:
	sleep_until_told();
	atomic {
		if
		:: listener[r] == IDLE -> goto take_call
		:: listener[r] == HANDED -> m = hand[r]
		fi
	};

take_copy:
	/* no lock: the copy to user memory, which may stall or fail */
	if
	:: atomic { faults > 0 -> faults--; goto take_put_back }
	:: skip
	fi;

/* take_commit: */
	d_step {
		!lock ->
		wake_set = 0;
		use(m);
		listener[r] = IDLE;
		received++;
		end_message(m);
		check_rest()
	};
	wake_pinned();
	free_if_ours(m);
	goto take_call;

take_put_back:
	/* it was accepted, and stays so: its sender has gone */
	atomic { !lock -> d_step {
		wake_set = 0;
		use(m);
		listener[r] = IDLE;
		find_taker();
		if
		:: expired[m] -> discard(m)
		:: !expired[m] && best != RECEIVERS ->
			give_to(m, best);
			wake_later(RECEIVER_TASK(best))
		:: !expired[m] && best == RECEIVERS && BROKEN(PUT_BACK_AS_AN_OFFER) ->
			enlist(m, OFFERED)
		:: else -> enlist(m, QUEUED)
		fi;
		check_rest()
	}};
	wake_pinned();
	free_if_ours(m);
	goto take_call;

take_close:
	close_right()
}

proctype Peeker(byte r)
{
	byte wakes, m, peeks;
	bit ours, drained;

	do
	:: peeks == PEEKS -> break
	:: else ->
peek_look:
		atomic { !lock -> d_step {
			wake_set = 0;
			look();
			if
			:: best == SENDERS -> listener[r] = LISTENING
			:: else ->
				m = best;
				pins[m] = pins[m] + !BROKEN(PEEKS_WITHOUT_A_PIN);
				listener[r] = HANDED
			fi;
			check_rest() };
			if
			:: listener[r] == HANDED -> goto peek_end
			:: else
			fi
		};
		sleep_until_told();
		if
		:: listener[r] == TOLD -> goto peek_look
		:: listener[r] == IDLE -> break
		fi;
peek_end:	/* the copy is over, good or bad */
		atomic { !lock -> d_step {
			wake_set = 0;
			use(m);
			pins[m] = pins[m] - !BROKEN(PEEKS_WITHOUT_A_PIN);
			ours = (pins[m] == 0) && !BROKEN(UNPEEK_NEVER_FREES) &&
			       !BROKEN(PEEKS_WITHOUT_A_PIN) &&
			       (place[m] == ENDED || BROKEN(UNPEEK_ALWAYS_FREES));
			listener[r] = IDLE;
			check_rest()
		}};
		free_if_ours(m);
		peeks++
	od;
	close_right()
}
