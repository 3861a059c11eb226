/* SPDX-License-Identifier: GPL-2.0 */
/*
 * receiver.pml - a receive: take or listen, copy, commit or put back; and the
 * close of its right, of which the last is the port's death.
 */

inline drop_hand(r)
{
	listener[r] = IDLE;
	hand[r] = 0
}

proctype Receiver(byte r)
{
	byte wakes, list, phase;
	bit flushing, saying;
	bit looked;	/* told to look, it owes the next one a word */

receive_call:
#ifdef WITH_DEATH
	/* a call holds the right: it is closed between calls */
	if
	:: goto receive_close
	:: skip
	fi;
#endif

receive_look:
	atomic { !lock -> d_step {
		wake_set = 0;
		listener[r] = IDLE;
		message = NOBODY;
		for (i : 0 .. MESSAGES - 1) {
			if
			:: place[i] == QUEUED &&
			   (message == NOBODY || QUEUE_BEFORE(i, message)) ->
				message = i
			:: else
			fi
		}
		if
		:: message == NOBODY -> come_to_listen(r)
		:: message != NOBODY && SIZE_OF(message) <= CAPACITY(r) ->
			take(message, r);
			if
			:: BROKEN(COPY_FROM_THE_QUEUE) -> place[message] = QUEUED
			:: BROKEN(SLOT_FREE_AT_TAKING) -> advance(SENDER_OF(hand[r]))
			:: else
			fi
		:: else ->	/* EMSGSIZE: the message stays */
			grown[r] = 1
		fi;
		flag = 0;
		for (i : 0 .. MESSAGES - 1) {
			flag = flag || (place[i] == QUEUED)
		}
		if
		:: looked && listener[r] != LISTENING && flag &&
		   !BROKEN(LOOKED_TELLS_NOBODY) -> tell_first_listener()
		:: else
		fi;
		looked = looked && (listener[r] == LISTENING);
		unlock_or_flush(listener[r] == LISTENING)	/* it will sleep */
	}};
	after_unlock();
	if
	:: listener[r] == HANDED -> goto receive_copy
	:: listener[r] == IDLE -> goto receive_call
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
	:: listener[r] == TOLD -> looked = 1; goto receive_look
	fi;

receive_give_up:
	/* what came meanwhile is taken, or looked at */
	atomic { !lock -> d_step {
		wake_set = 0;
		if
		:: listener[r] == LISTENING ->
			leave_list(r);
			listener[r] = IDLE
		:: listener[r] == HANDED && BROKEN(RECEIVER_GIVES_UP_BLINDLY) ->
			drop_hand(r)
		:: listener[r] == TOLD && BROKEN(TOLD_LEAVES_SILENTLY) ->
			listener[r] = IDLE
		:: else
		fi;
		looked = (listener[r] == TOLD);
		check_rest()
	}};
	if
	:: listener[r] == HANDED -> goto receive_copy
	:: listener[r] == TOLD -> goto receive_look
	:: else -> goto receive_call
	fi;

receive_copy:
	/* no lock: the copy to user memory, which may stall or fail */
	if
	:: atomic { faults > 0 -> faults--; looked = 0; goto receive_put_back }
	:: looked = 0
	fi;

/* receive_commit: */
	d_step {
		!lock ->
		wake_set = 0;
		message = hand[r];
		received_once = (place[message] == IN_HAND) ||
			(place[message] == QUEUED && BROKEN(COPY_FROM_THE_QUEUE));
		assert(received_once);
		place[message] = RECEIVED;
		received++;
		drop_hand(r);
		end_message(message);
		unlock_or_flush(IS_LOW)
	};
	after_unlock();
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
	goto receive_call;

receive_put_back:
	/* the port lives: this call holds a receive right */
	atomic { !lock -> d_step {
		wake_set = 0;
		message = hand[r];
		drop_hand(r);
		at_tail[message] = BROKEN(PUT_BACK_AT_TAIL);
		if
		:: BROKEN(SLOT_FREE_AT_TAKING) ->
			port_msgs++;
			port_bytes = port_bytes + SIZE_OF(message);
			window_used[RIGHT(SENDER_OF(message))]++;
			share_used[UID(SENDER_OF(message))]++
		:: else
		fi;
		if
		:: BROKEN(PUT_BACK_TELLS_NOBODY) -> place[message] = QUEUED
		:: BROKEN(FAILED_COPY_LOSES) ->
			place[message] = NOWHERE;
			end_message(message)
		:: else -> deliver(message)
		fi;
		unlock_or_flush(0)
	}};
	after_unlock();
	goto receive_call;

receive_close:
#ifdef WITH_DEATH
	atomic {
		!lock -> d_step {
			receive_rights--;
			dead = (receive_rights == 0) && !BROKEN(MARKED_DEAD_LAST);
			check_rest()
		};
		if
		:: receive_rights != 0 -> goto receive_end
		:: else
		fi
	};
	drain();
	d_step { !lock -> dead = 1 };
receive_end:
#endif
	skip
}
