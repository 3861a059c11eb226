/* SPDX-License-Identifier: GPL-2.0 */
/* sender.pml - a send, from asking for room to its return; its timer. */

proctype Sender(byte s)
{
	byte wakes, list;
	bit flushing, saying;

send_enter:
	atomic {
		!lock -> d_step {
			wake_set = 0;
			if
			:: dead -> state[s] = REFUSED
			:: else ->
				at[s] = FIRST_GATE(s);
				pass(s);
				if
				:: at[s] == PASSED_ALL ->
					at[s] = NO_GATE;
					state[s] = WOKEN;
					accept(s)
				:: at[s] != PASSED_ALL && NONBLOCKING(s) ->
					/* held for no time: nobody moves on */
					leave_gates(s);
					state[s] = REFUSED
				:: else ->
					state[s] = WAITING;
					alive[s] = 1;
					wait_at_gate(s)
				fi
			fi;
			check_rest();
			wakes = wake_set
		};
		if
		:: state[s] == WAITING -> goto send_sleep	/* owes nothing */
		:: else
		fi
	};
	wake_pinned();
	goto send_return;

send_sleep:
	/* marked asleep before the state is read */
	running[s] = BROKEN(LOOK_THEN_SLEEP) && running[s];
	if
	:: state[s] == WAITING && !BROKEN(LOOK_THEN_SLEEP)
	:: state[s] == WAITING && BROKEN(LOOK_THEN_SLEEP) -> running[s] = 0
	:: atomic {	/* woken by the timer or for no reason */
		state[s] == ADMITTED ->
		running[s] = 1;
		if
		:: BROKEN(ADMITTED_IS_ENOUGH) -> state[s] = WOKEN; goto send_return
		:: else -> goto send_settle
		fi }
	:: atomic {	/* acquire, no lock */
		state[s] == WOKEN -> running[s] = 1; goto send_return }
	:: atomic {	/* EPIPE, once it has given its units back */
		state[s] == DEAD -> running[s] = 1; goto send_settle }
	fi;
	if
	:: running[s] -> goto send_sleep
	:: atomic { IMPATIENT(s) -> running[s] = 1 }
	fi;

send_settle:
	/* timeout, signal, death, or an admission that nobody told of yet */
	atomic { !lock -> d_step {
		wake_set = 0;
		if
		:: state[s] == ADMITTED ->
			/* it goes alone: the others have their own timers */
			gathered = gathered & ~(1 << s);
			state[s] = (BROKEN(SENDER_GIVES_UP_BLINDLY) -> REFUSED : WOKEN);
			unlock_or_flush(0)
		:: state[s] == WAITING || state[s] == DEAD ->
			if
			:: state[s] == WAITING -> unwait(s)
			:: else
			fi;
			leave_gates(s);
			state[s] = REFUSED;
			if
			:: BROKEN(GIVING_UP_PASSES_NOTHING_ON) -> skip
			:: else -> advance(s)
			fi;
			unlock_or_flush(IS_LOW)
		:: else -> unlock_or_flush(0)
		fi
	}};
	after_unlock();

send_return:
	/* the record is gone from here on; the caller has its answer */
	atomic { skip; d_step {
		/* without the lock; waits for its callback */
		timer[s] = timer[s] && BROKEN(TIMER_NOT_CANCELLED);
		alive[s] = 0;
		check_return(s);
		state[s] = REFUSED;
		done[s]++
	}};
	if
	:: done[s] < SENDS(s) -> goto send_enter
	:: else
	fi
}

/* ---- timers: a gathered wake-up comes after 1 ms at the latest -------- */
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
