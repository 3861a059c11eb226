/* SPDX-License-Identifier: GPL-2.0 */
/*
 * takers.pml - a process that receives: it takes, settles by token, gives back,
 * and ends; with the last receive right the port dies.
 */
#define HERE		PORT_OF(RIGHT(r))

/* a token names a message outstanding, or the answer due for one received */
#define HAS_TOKEN(i)	(place[i] == OUTSTANDING || \
			 (!IS_ANSWER(i) && due[i] == ON_TOKEN))

/* of an acknowledging port back into a hand; of an ordinary one the news */
inline take_from_holder(m)
{
	if
	:: place[m] == OUTSTANDING -> place[m] = IN_HAND; returning = 1
	:: else ->
		if
		:: BROKEN(DEATH_TELLS_NOBODY) -> due[m] = NO_DUE
		:: else -> answer_due(m, GONE)
		fi
	fi
}

/* settled by ack (how = ACKNOWLEDGED) or by a reply */
inline settle(m, how)
{
	if
	:: place[m] == OUTSTANDING && BROKEN(ANSWERED_BEFORE_ENDED) ->
		place[m] = IN_HAND;
		returning = 1
	:: place[m] == OUTSTANDING && !BROKEN(ANSWERED_BEFORE_ENDED) ->
		count_received(m)
	:: else
	fi;
	if
	:: !IS_ANSWER(m) -> answer_due(m, how)
	:: else
	fi
}

proctype Taker(byte r)
{
	byte flying = NOBODY;
	byte mine, theirs;	/* messages whose tokens are known */
	byte m, token;		/* the one dealt with */
	mtype how;		/* 0: release */
	bit waits, returning;
	byte phase;

take_call:
	/* between calls; processes that share a right tell each other tokens */
	atomic {
		d_step {
			m = 0; token = 0; how = 0;
			mine = NOBODY; theirs = NOBODY; waits = 0;
			for (j : 0 .. ITEMS - 1) {
				if
				:: HAS_TOKEN(j) && holder[j] == r -> mine = j
				:: HAS_TOKEN(j) && holder[j] != r &&
				   RIGHT(holder[j]) == RIGHT(r) -> theirs = j
				:: else
				fi;
				waits = waits || (place[j] == QUEUED &&
						  PORT(j) == HERE)
			}
		};
		if
		:: deaths > 0 -> deaths--; phase = 1; goto take_close
		:: mine != NOBODY -> m = mine; goto settle_token
		:: theirs != NOBODY -> m = theirs; goto settle_token
		:: mine == NOBODY || (HOARDS(r) && waits) -> goto take_look
		fi
	};

take_look:
	atomic { !lock[HERE] -> d_step {
		best = NOBODY;
		for (j : 0 .. ITEMS - 1) {
			if
			:: place[j] == QUEUED && PORT(j) == HERE &&
			   (best == NOBODY || QUEUE_BEFORE(j, best)) -> best = j
			:: else
			fi
		}
		if
		:: best != NOBODY -> take(best, r)
		:: best == NOBODY && mine == NOBODY ->
			listener[r] = LISTENING;
			running[r] = 0
		:: else		/* EAGAIN: it has something to settle first */
		fi;
		mine = 0; theirs = 0; waits = 0;
		unlock()
	};
	if
	:: listener[r] == HANDED -> goto take_copy
	:: listener[r] == IDLE -> goto take_call
	:: else
	fi };

end_listening:
	if
	:: atomic { running[r] -> goto take_copy }
	:: atomic { deaths > 0 -> running[r] = 1 }	/* a fatal signal */
	fi;
	atomic { !lock[HERE] -> d_step {
		if
		:: listener[r] == LISTENING -> listener[r] = IDLE
		:: else
		fi
	};
	if
	:: listener[r] == IDLE -> goto take_call
	:: else
	fi };

take_copy:
	/* no lock: the copy to user memory, the taker's memory, may stall or fail */
	m = hand[r];

/* take_commit: */
	atomic {
		!lock[HERE];
		if
		:: faults > 0 -> faults--; goto take_put_back
		:: !IS_ANSWER(m) && MORTAL(m) && number[m] == 0 -> goto take_expired
		:: skip
		fi;
		d_step {
			listener[r] = IDLE; hand[r] = 0;
			number[m]++;
			deliveries_are_bounded = (number[m] <= MAX_DELIVERIES);
			assert(deliveries_are_bounded);
			if
			:: IS_ANSWER(m) ->
				got[m - QUESTIONS] = 1;
				room_before_answer = (place[m - QUESTIONS] == ENDED);
				assert(room_before_answer)
			:: else
			fi;
			if
			:: ACKNOWLEDGING(HERE) ->
				place[m] = OUTSTANDING;
				holder[m] = r;
				if
				:: BROKEN(SLOT_FREE_WHEN_TAKEN) -> used[HERE]--
				:: else
				fi
			:: else ->
				count_received(m);
				if
				:: !IS_ANSWER(m) && KIND(m) != SYNC && due[m] == OPEN ->
					due[m] = ON_TOKEN;
					holder[m] = r
				:: else
				fi
			fi;
			unlock()
		}
	};
	fly();
	goto take_call;

take_expired:
	/* its time to live is over when it is to be taken */
	atomic { !lock[HERE] -> d_step {
		listener[r] = IDLE; hand[r] = 0;
		end_undelivered(m);
		unlock()
	}};
	fly();
	goto take_call;

take_put_back:
	/* out of a hand, to its place; or it ends */
	atomic { !lock[HERE] -> d_step {
		if
		:: listener[r] == HANDED -> listener[r] = IDLE; hand[r] = 0
		:: else
		fi;
		returning = 0;
		if
		:: how != 0 -> count_received(m); how = 0 /* ANSWERED_BEFORE_ENDED */
		:: else -> put_back(m)
		fi;
		unlock()
	}};
	fly();
	if
	:: phase != 0 -> goto take_close
	:: else -> goto take_call
	fi;

settle_token:
	token = number[m];

/* settle_claim: */
	atomic {
		!lock[HERE];
		if
		:: ACKNOWLEDGING(HERE) -> how = ACKNOWLEDGED
		:: how = REPLY
		:: ACKNOWLEDGING(HERE) -> how = 0
		:: faults > 0 ->
			/* an answer is built without the lock; if that fails the
			   token stays good */
			faults--;
			if
			:: BROKEN(TAKEN_OFF_BEFORE_BUILT) && !IS_ANSWER(m) &&
			   due[m] == ON_TOKEN -> due[m] = FLYING
			:: else
			fi;
			goto take_call
		fi;
		d_step {
			good = HAS_TOKEN(m) && RIGHT(holder[m]) == RIGHT(r) &&
			       (number[m] == token || BROKEN(OLD_TOKENS_WORK));
			token_is_good_once = !good || (number[m] == token);
			assert(token_is_good_once);
			if
			:: good && how != 0 -> settle(m, how)
			:: good && how == 0 -> take_from_holder(m)
			:: else		/* ESRCH */
			fi;
			how = (returning -> how : 0);
			unlock()
		}
	};
	fly();
	if
	:: returning -> goto take_put_back
	:: else -> goto take_call
	fi;

/*
 * The process exits, or closes its last descriptor of the right.  1: if others
 * hold the right too, what it took, one a section; then its hold on the right; 2:
 * with the last right the queue; 3: what was taken through the right.  Others may
 * settle, give back and close meanwhile.
 */
take_close:
	atomic { !lock[HERE] -> d_step {
		mine = 0; theirs = 0; waits = 0; m = 0; token = 0; how = 0;
		best = NOBODY;
		for (j : 0 .. ITEMS - 1) {
			if
			:: phase == 1 && HAS_TOKEN(j) && holder[j] == r &&
			   PORT(j) == HERE && holders[RIGHT(r)] > 1 &&
			   !BROKEN(ONLY_EXIT_GIVES_BACK) -> best = j
			:: phase == 2 && place[j] == QUEUED && PORT(j) == HERE &&
			   (dead[HERE] || (IS_KEPT(HERE) && ASKS(j))) -> best = j
			:: phase == 3 && HAS_TOKEN(j) && PORT(j) == HERE &&
			   RIGHT(holder[j]) == RIGHT(r) -> best = j
			:: else
			fi
		}
		if
		:: phase == 1 && best == NOBODY ->
			holders[RIGHT(r)]--;
			receive_rights[HERE] = receive_rights[HERE] -
					       (holders[RIGHT(r)] == 0);
			dead[HERE] = (receive_rights[HERE] == 0 && !KEPT(HERE));
			phase = (holders[RIGHT(r)] != 0 -> 4 :
				 (receive_rights[HERE] == 0 -> 2 : 3))
		:: phase != 1 && best == NOBODY -> phase++
		:: phase == 2 && best != NOBODY -> end_undelivered(best)
		:: else -> m = best; take_from_holder(m)
		fi;
		unlock()
	}};
	fly();
	if
	:: returning -> goto take_put_back
	:: !returning && phase < 4 -> goto take_close
	:: else
	fi
}
