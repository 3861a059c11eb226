/* SPDX-License-Identifier: GPL-2.0 */
/*
 * askers.pml - who sends: one way, with a return address, or a call that waits
 * for its answer, is interrupted, resumed and withdrawn.
 */
#define THERE		ORIGIN(q)
/* nobody will take it: a send that waits for room is told so as well */
#define IS_REFUSED(q)	(dead[THERE] || (IS_KEPT(THERE) && ASKS(q) && \
					 !BROKEN(KEPT_PORT_ADMITS)))
#define GOES_ON(q)	(used[THERE] < MAX_MSGS || \
			 (IS_REFUSED(q) && (dead[THERE] || \
					    !BROKEN(KEPT_PORT_TELLS_NOBODY))))

inline end_record()
{
	alive[q] = 0;
	finished[q] = 1
}

inline accept(q)
{
	asked_once = (place[q] == NOWHERE);
	assert(asked_once);
	sent[THERE]++;
	used[THERE]++;
	number_age(q);
	if
	:: KIND(q) != ONE_WAY -> due[q] = OPEN
	:: else
	fi;
	if
	:: WAITS_FOR_IT(q) ->
		asked++;
		state[q] = WAITING;
		alive[q] = 1;
		running[ASKER_TASK(q)] = 0
	:: else
	fi;
	offer(q)
}

proctype Asker(byte q)
{
	byte flying = NOBODY;

	if
	:: KIND(q) == TO_PORT ->
		/* a place for the answer, or ENOBUFS; a dead home is ENOTCONN */
		atomic { !lock[HOME(q)] -> d_step {
			if
			:: !dead[HOME(q)] && (places[HOME(q)] < MAX_ANSWERS ||
					      BROKEN(PLACE_NOT_LOOKED_AT)) ->
				places[HOME(q)]++;
				due[q] = RESERVED
			:: else
			fi;
			unlock()
		};
		if
		:: due[q] == NO_DUE -> goto ask_end
		:: else
		fi }
	:: KIND(q) != TO_PORT
	fi;

ask_again:
	if
	:: atomic { !lock[THERE] && GOES_ON(q) ->
		/* a call's id is in user memory first; if that fails nothing was sent */
		if
		:: WAITS_FOR_IT(q) && faults > 0 && !BROKEN(ID_WRITTEN_LAST) ->
			faults--; goto ask_end
		:: skip
		fi;
		d_step {
			if
			:: IS_REFUSED(q) -> skip	/* EPIPE */
			:: else -> accept(q)
			fi;
			unlock()
		}}
	:: atomic { signals > 0 && !GOES_ON(q) -> signals-- }	/* EINTR */
	fi;

	if
	:: due[q] == RESERVED ->	/* refused: its answer's place goes */
		atomic { !lock[HOME(q)] -> d_step {
			places[HOME(q)] = places[HOME(q)] -
					  !BROKEN(REFUSED_KEEPS_ITS_PLACE);
			due[q] = NO_DUE;
			unlock()
		}};
		goto ask_end
	:: due[q] != RESERVED && !alive[q] -> goto ask_end
	:: else
	fi;

call_sleep:
	if
	:: atomic { running[ASKER_TASK(q)] -> goto call_copy }
	:: atomic {
		signals > 0 -> signals--;
		/* by id it waits on, or it is given up: cancel, exit, deadline */
		if
		:: goto call_sleep
		:: goto call_withdraw
		:: BROKEN(ID_WRITTEN_LAST) -> goto ask_again
		fi }
	fi;

call_copy:
	/* no lock; if the caller's buffer fails, the answer is kept for the next try */
	atomic {
		!lock[THERE];
		if
		:: faults > 0 ->
			faults--;
			if
			:: BROKEN(FAULT_ENDS_THE_CALL) -> answer[q] = 0
			:: else -> goto call_copy
			fi
		:: skip
		fi;
		d_step {
			caller_is_told_the_truth = (answer[q] != 0) &&
				(answer[q] != RETURNED || number[q] == 0) &&
				((KIND(q) == SYNC && answer[q] == ACKNOWLEDGED) ->
				 place[q] == ENDED : 1);
			assert(caller_is_told_the_truth);
			end_record()
		}
	};
	goto ask_end;

call_withdraw:
	atomic { !lock[THERE] -> d_step {
		if
		:: state[q] == WAITING ->
			due[q] = NO_DUE;
			if
			:: BROKEN(GIVEN_UP_STAYS_LINKED) -> skip
			:: else -> given_up++; state[q] = GIVEN_UP
			fi;
			if
			:: place[q] == QUEUED || (BROKEN(WITHDRAWS_WHAT_IS_TAKEN) &&
						  place[q] == IN_HAND) ->
				taken_is_not_withdrawn = (place[q] == QUEUED);
				assert(taken_is_not_withdrawn);
				discard(q)
			:: else
			fi
		:: else		/* it was answered meanwhile */
		fi;
		end_record();
		running[ASKER_TASK(q)] = 1;
		unlock()
	}};

ask_end:
	finished[q] = 1
}
