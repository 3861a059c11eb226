/* SPDX-License-Identifier: GPL-2.0 */
/*
 * group_sender.pml - who sends to a group, who sends to one of its members
 * alone, and the owner of the group.
 */

/* counted when nothing can fail any more, and not at each try */
inline miss(s, p)
{
	missed_once = !misses[COPY(s, p)];
	assert(missed_once);
	misses[COPY(s, p)] = 1;
	missed[p]++
}

/* one member: a place, or its row; a lossy one misses it, if all goes well */
inline try_member(s, p)
{
	find_first(p);
	/* it was the first there when it was told: those behind it may not stop it */
	best = (owes[s] == p && !BROKEN(TOLD_QUEUES_AGAIN) -> NOBODY : best);
	if
	:: !member[MEMBER(GROUP(s), p)] || dead[p] -> skip
	:: member[MEMBER(GROUP(s), p)] && !dead[p] && ((held[s] >> p) & 1) -> skip
	:: else ->
		if
		:: used[p] < MAX_MSGS && best == NOBODY ->
			used[p]++;
			held[s] = held[s] | (1 << p)
		:: !(used[p] < MAX_MSGS && best == NOBODY) &&
		   lossy[MEMBER(GROUP(s), p)] ->
			skips = skips | (1 << p);
			if
			:: BROKEN(MISSED_AT_EACH_TRY) -> miss(s, p)
			:: else
			fi
		:: else -> enter_row(s, p)
		fi
	fi
}

/* a place is given back, and passed on */
inline give_back(s, p)
{
	held[s] = held[s] & ~(1 << p);
	used[p]--;
	if
	:: BROKEN(GIVING_BACK_PASSES_NOTHING_ON) -> skip
	:: else -> advance(p)
	fi
}

/* it was told, and has done with trying: if there still is room, the next is told */
inline pass_on(s)
{
	if
	:: owes[s] != NOBODY ->
		h = owes[s];
		owes[s] = NOBODY;
		if
		:: BROKEN(TOLD_LEAVES_SILENTLY) -> skip
		:: else -> advance(h)
		fi
	:: else
	fi
}

/* a new try: it may be told again, by another port, before it has passed that on */
inline begin_to_try(s)
{
	state[s] = TRYING;
	owes[s] = told_by[s];
	told_by[s] = NOBODY
}

proctype Group_sender(byte s)
{
	byte l, p, skips;

send_try:
	atomic { !mutex[GROUP(s)] -> d_step { mutex[GROUP(s)] = 1; begin_to_try(s) }};
	do
	:: l == PORTS -> break
	:: l < PORTS && state[s] == TRYING ->
		d_step {
			p = K_TH(GROUP(s), l);
			try_member(s, p);
			p = 0;
			l++;
			check_rest()
		}
	:: l < PORTS && state[s] != TRYING -> break
	od;
	l = 0;
	if
	:: state[s] == TRYING -> goto send_publish
	:: else
	fi;

/* one is full: nothing is held but the turn there */
	do
	:: l == PORTS -> break
	:: l < PORTS -> d_step {
			if
			:: ((held[s] >> l) & 1) &&
			   !(BROKEN(HOLDS_IN_OWN_ORDER) || BROKEN(WAITS_HOLDING)) ->
				give_back(s, l)
			:: else
			fi;
			l++;
			check_rest()
		}
	od;
	skip;	/* spin lets no jump end at a d_step */
	d_step { l = 0; skips = 0; pass_on(s); check_rest() };
	mutex[GROUP(s)] = BROKEN(WAITS_WITH_THE_MUTEX);

/* send_wait: */
	d_step {
		if
		:: state[s] == WAITING ->
			asleep[s] = 1;
			waits_holding_nothing = BROKEN(HOLDS_IN_OWN_ORDER) ||
						(held[s] == 0);
			assert(waits_holding_nothing)
		:: else
		fi
	};
end_wait:
	if
	:: !asleep[s]
	:: atomic { IMPATIENT(s) && asleep[s] -> goto send_give_up }
	fi;
	if
	:: BROKEN(WAITS_WITH_THE_MUTEX) -> mutex[GROUP(s)] = 0
	:: else
	fi;
	goto send_try;

send_give_up:
	/* what it was told meanwhile the next one is told */
	atomic { skip; d_step {
		if
		:: state[s] == WAITING -> leave_row(s)
		:: else
		fi;
		asleep[s] = 0;
		state[s] = GAVE_UP;
		owes[s] = told_by[s];
		told_by[s] = NOBODY;
		pass_on(s);
		check_rest()
	}};
	goto send_end;

send_publish:
	/* a place at each: nothing can fail any more */
	if
	:: BROKEN(PUBLISHES_WITHOUT_THE_MUTEX) -> mutex[GROUP(s)] = 0
	:: else
	fi;
	do
	:: l == PORTS -> break
	:: l < PORTS -> d_step {
			if
			:: ((held[s] >> l) & 1) && dead[l] ->
				held[s] = held[s] & ~(1 << l);
				used[l]--
			:: ((held[s] >> l) & 1) && !dead[l] ->
				held[s] = held[s] & ~(1 << l);
				publish(s, l)
			:: !((held[s] >> l) & 1) && ((skips >> l) & 1) &&
			   !BROKEN(MISSED_AT_EACH_TRY) -> miss(s, l)
			:: else
			fi;
			l++;
			check_rest()
		}
	od;
	skip;
	d_step {
		l = 0; skips = 0;
		pass_on(s);
		state[s] = SENT;
		check_rest()
	};
	if
	:: BROKEN(PUBLISHES_WITHOUT_THE_MUTEX) -> skip
	:: else -> mutex[GROUP(s)] = 0
	fi;
send_end:
	skip
}

/* to port 0 alone */
proctype Plain(byte s)
{
	d_step {
		find_first(0);
		if
		:: dead[0] -> state[s] = GAVE_UP
		:: !dead[0] && used[0] < MAX_MSGS && best == NOBODY ->
			used[0]++;
			publish(s, 0);
			state[s] = SENT
		:: else -> enter_row(s, 0); asleep[s] = 1
		fi;
		check_rest()
	};
end_wait:
	!asleep[s];
	d_step {
		if
		:: state[s] == TOLD -> told_by[s] = NOBODY; state[s] = GAVE_UP
		:: else
		fi
	}
}

/* the owner expels port 0 from group 0, or it becomes lossy */
proctype Owner()
{
	if
	:: ends > 0 ->
		atomic { !mutex[0] -> mutex[0] = 1 };
		if
		:: member[MEMBER(0, 0)] = 0
		:: lossy[MEMBER(0, 0)] = 1
		fi;
		d_step {
			for (j : 0 .. SENDERS - 1) {
				if
				:: at[j] == 0 && !PLAIN(j) && GROUP(j) == 0 &&
				   !BROKEN(EXPELLING_TELLS_NOBODY) -> tell(j)
				:: else
				fi
			}
			check_rest()
		};
		atomic { mutex[0] = 0; ends = 0 }
	:: else
	fi
}
