/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dues.pml - a message comes to a taker or into the queue, and ends; the answer
 * that is due for it; what holds whenever a lock is free.
 */
#define IN_PORT(i)	(place[i] == QUEUED || place[i] == IN_HAND || \
			 place[i] == OUTSTANDING)

/* a call, or a synchronous send, that was given up */
#define IS_WITHDRAWN(i)	(!IS_ANSWER(i) && WAITS_FOR_IT(i) && state[i] == GIVEN_UP)

/* nobody receives, and yet it is not dead: what asks for an answer is refused */
#define ASKS(i)		(!IS_ANSWER(i) && KIND(i) != ONE_WAY)
#define IS_KEPT(p)	(KEPT(p) && receive_rights[p] == 0)

/* its port still has use for it */
#define STAYS(m)	(!dead[PORT(m)] && !(IS_KEPT(PORT(m)) && ASKS(m)))

/* ---- the queue's order: age ---------------------------------------------- */
#define QUEUE_BEFORE(i, l) \
	(at_tail[i] < at_tail[l] || (at_tail[i] == at_tail[l] && seq[i] < seq[l]))

/* the youngest at its port */
inline number_age(m)
{
	n = 1;
	for (j : 0 .. ITEMS - 1) {
		n = n + (PORT(j) == PORT(m) && IN_PORT(j))
	}
	seq[m] = n
}

/* it has ended: the younger ones move up */
inline forget_age(m)
{
	for (j : 0 .. ITEMS - 1) {
		if
		:: PORT(j) == PORT(m) && seq[j] > seq[m] -> seq[j]--
		:: else
		fi
	}
	seq[m] = 0;
	at_tail[m] = 0
}

/* ---- a message comes, or comes back -------------------------------------- */
/* whoever takes gets the oldest, redelivered or not */
inline check_order(m)
{
	order_is_kept = 1;
	for (j : 0 .. ITEMS - 1) {
		order_is_kept = order_is_kept &&
			!(PORT(j) == PORT(m) && j != (m) &&
			  place[j] == QUEUED && seq[j] < seq[m])
	}
	assert(order_is_kept)
}

inline take(m, r)
{
	check_order(m);
	nobody_serves_the_gone = !IS_WITHDRAWN(m);
	assert(nobody_serves_the_gone);
	place[m] = IN_HAND;
	listener[r] = HANDED;
	hand[r] = m
}

/* to the first who listens at its port, or into the queue */
inline offer(m)
{
	best = NOBODY;
	for (j : 0 .. TAKERS - 1) {
		if
		:: best == NOBODY && listener[j] == LISTENING &&
		   PORT_OF(RIGHT(j)) == PORT(m) -> best = j
		:: else
		fi
	}
	if
	:: best != NOBODY && !(number[m] != 0 && BROKEN(REDELIVERY_TELLS_NOBODY)) ->
		take(m, best);
		running[best] = 1
	:: else -> place[m] = QUEUED
	fi
}

/* ---- and ends ------------------------------------------------------------ */
inline end_item(m)
{
	forget_age(m);
	place[m] = ENDED;
	holder[m] = 0;
	if
	:: IS_ANSWER(m) -> places[PORT(m)]--
	:: else -> used[PORT(m)]--
	fi
}

inline discard(m)
{
	discarded[PORT(m)]++;
	end_item(m)
}

/* the caller's record: its answer is there, or the news that there is none */
inline complete_call(q, how)
{
	record_exists = alive[q];
	assert(record_exists);
	answer[q] = how;
	due[q] = ARRIVED;
	if
	:: how == REPLY || how == ACKNOWLEDGED -> answered++
	:: else -> gone++
	fi;
	state[q] = DONE;
	running[ASKER_TASK(q)] = !BROKEN(ANSWER_WAKES_NOBODY)
}

/*
 * The answer due for q, if there still is one, under the lock of its port: who
 * comes first takes it off.  To a call it comes at once, for the record is under
 * this lock; else it is ours alone, to carry home without the lock (fly).
 */
inline answer_due(q, how)
{
	if
	:: WAITS_FOR_IT(q) && state[q] == WAITING -> complete_call(q, how)
	:: KIND(q) == TO_PORT && (due[q] == OPEN || due[q] == ON_TOKEN) ->
		flying = q;
		due[q] = (BROKEN(TOKEN_STAYS_GOOD) && due[q] == ON_TOKEN ->
			  ON_TOKEN : FLYING)
	:: else
	fi
}

/* received, on an acknowledging port settled */
inline count_received(m)
{
	received[PORT(m)]++;
	end_item(m);
	if
	:: !IS_ANSWER(m) && KIND(m) == SYNC -> answer_due(m, ACKNOWLEDGED)
	:: else
	fi
}

/* nobody will take it any more: back to its return address, or discarded */
inline end_undelivered(m)
{
	if
	:: !IS_ANSWER(m) && KIND(m) == TO_PORT ->
		returned[PORT(m)]++;
		end_item(m);
		answer_due(m, RETURNED)
	:: !IS_ANSWER(m) && WAITS_FOR_IT(m) ->
		discard(m);
		if	/* EPIPE if nobody ever had it, else ESRCH */
		:: number[m] == 0 || BROKEN(EPIPE_THOUGH_TAKEN) ->
			answer_due(m, RETURNED)
		:: else -> answer_due(m, GONE)
		fi
	:: else -> discard(m)
	fi
}

/*
 * What was in a hand or outstanding goes back to its place.  Not if the port
 * died meanwhile, or is kept and nobody can answer; nor if it was handed out too
 * often; nor if its caller has gone: what is not taken is withdrawn.
 */
inline put_back(m)
{
	if
	:: dead[PORT(m)] && !BROKEN(DEAD_PORT_TAKES_BACK) -> end_undelivered(m)
	:: IS_KEPT(PORT(m)) && ASKS(m) && !BROKEN(KEPT_PORT_TAKES_BACK) ->
		end_undelivered(m)
	:: STAYS(m) && number[m] == MAX_DELIVERIES &&
	   !BROKEN(NEVER_EXHAUSTED) -> end_undelivered(m)
	:: STAYS(m) && number[m] != MAX_DELIVERIES && IS_WITHDRAWN(m) &&
	   !BROKEN(GONE_CALLER_IS_SERVED) -> discard(m)
	:: else ->
		at_tail[m] = BROKEN(GIVEN_BACK_AT_TAIL);
		offer(m)
	fi
}

/* ---- the way home, under the home's lock alone --------------------------- */
inline arrive(q)
{
	one_answer = !came[q];
	assert(one_answer);
	came[q] = 1;
	sent[HOME(q)]++;
	number_age(ANSWER_TO(q));
	if
	:: due[q] == FLYING -> due[q] = ARRIVED
	:: else
	fi;
	if
	:: dead[HOME(q)] && !BROKEN(DEAD_HOME_QUEUES) -> discard(ANSWER_TO(q))
	:: else -> offer(ANSWER_TO(q))
	fi
}

inline fly()
{
	do
	:: flying == NOBODY -> break
	:: else -> atomic {
			!lock[HOME(flying)] -> d_step {
				arrive(flying);
				lock[ORIGIN(flying)] = 0;
				flying = NOBODY;
				check_rest()
			}}
	od
}

/* the end of a section that may have an answer to carry */
inline unlock()
{
	if
	:: flying != NOBODY && BROKEN(ANSWERS_UNDER_THE_LOCK) ->
		lock[ORIGIN(flying)] = 1
	:: else
	fi;
	check_rest()
}

/* ---- what holds whenever a lock is free ---------------------------------- */
inline check_port(p)
{
	n = 0; u = 0; a = 0;
	for (j : 0 .. ITEMS - 1) {
		if
		:: PORT(j) == p && IN_PORT(j) ->
			n++;
			u = u + !IS_ANSWER(j);
			a = a + IS_ANSWER(j)
		:: else
		fi
	}
	for (j : 0 .. QUESTIONS - 1) {
		a = a + (KIND(j) == TO_PORT && HOME(j) == p &&
			 !came[j] && due[j] != NO_DUE)
	}
	ledger_balances = (sent[p] == received[p] + returned[p] + discarded[p] + n);
	assert(ledger_balances);
	room_is_accounted = (used[p] == u);
	assert(room_is_accounted);
	answers_have_places = (places[p] == a);
	assert(answers_have_places);
	limits_are_kept = (u <= MAX_MSGS && a <= MAX_ANSWERS);
	assert(limits_are_kept)
}

inline check_takers()
{
	no_taker_overlooked = 1;
	for (k : 0 .. ITEMS - 1) {
		for (j : 0 .. TAKERS - 1) {
			no_taker_overlooked = no_taker_overlooked &&
				!(place[k] == QUEUED && listener[j] == LISTENING &&
				  PORT_OF(RIGHT(j)) == PORT(k))
		}
	}
	assert(no_taker_overlooked)
}

inline check_calls()
{
	n = 0;
	for (j : 0 .. QUESTIONS - 1) {
		n = n + (state[j] == WAITING)
	}
	calls_balance = (asked == answered + gone + given_up + n);
	assert(calls_balance)
}

inline check_rest()
{
	for (k : 0 .. PORTS - 1) {
		check_port(k)
	}
	check_calls();
	check_takers()
}
