/* SPDX-License-Identifier: GPL-2.0 */
/*
 * members.pml - a port that is a member of groups: senders in its row, messages,
 * the receiver, death.
 */

/* best: the first in the row of p, or NOBODY */
inline find_first(p)
{
	best = NOBODY;
	for (i : 0 .. SENDERS - 1) {
		if
		:: at[i] == p && (best == NOBODY || turn[i] < turn[best]) -> best = i
		:: else
		fi
	}
}

inline enter_row(s, p)
{
	n = 1;
	for (i : 0 .. SENDERS - 1) {
		n = n + (at[i] == p)
	}
	turn[s] = n;
	at[s] = p;
	state[s] = WAITING
}

inline leave_row(s)
{
	for (i : 0 .. SENDERS - 1) {
		if
		:: i != (s) && at[i] == at[s] && turn[i] > turn[s] -> turn[i]--
		:: else
		fi
	}
	at[s] = NOBODY;
	turn[s] = 0
}

inline publish(s, p)
{
	sent[p]++;
	arrivals[p]++;
	arrival[COPY(s, p)] = arrivals[p];
	place[COPY(s, p)] = QUEUED
}

inline tell(s)
{
	told_by[s] = at[s];
	if
	:: BROKEN(ONE_WORD_AT_A_TIME) -> owes[s] = NOBODY
	:: else
	fi;
	leave_row(s);
	state[s] = TOLD;
	asleep[s] = 0
}

/*
 * There may be room: who sends to this port alone has its place and is done; who
 * sends to a group is told to try again, and then owes the next one a word.
 */
inline advance(p)
{
	do
	:: find_first(p);
	   if
	   :: best == NOBODY || dead[p] || used[p] >= MAX_MSGS -> break
	   :: else ->
		if
		:: PLAIN(best) ->
			leave_row(best);
			used[p]++;
			publish(best, p);
			state[best] = SENT;
			asleep[best] = 0
		:: else ->
			if
			:: BROKEN(TOLD_HAS_ITS_PLACE) ->
				used[p]++;
				held[best] = held[best] | (1 << (p))
			:: else
			fi;
			tell(best);
			break
		fi
	   fi
	od
}

inline end_copy(s, p, how)
{
	place[COPY(s, p)] = how;
	used[p]--
}

/* ---- the receiver -------------------------------------------------------- */
proctype Receiver(byte p)
{
	byte m;

	do
	:: d_step {
		m = NOBODY;
		for (i : 0 .. SENDERS - 1) {
			if
			:: place[COPY(i, p)] == QUEUED &&
			   (m == NOBODY || arrival[COPY(i, p)] < arrival[COPY(m, p)]) ->
				m = i
			:: else
			fi
		}
	   };
end_receive:
	   if
	   :: atomic { deaths > 0 -> deaths--; break }
	   :: atomic {
		!IDLE(p) && m != NOBODY -> d_step {
			place[COPY(m, p)] = IN_HAND;
			check_rest()
		}};
		d_step {
			end_copy(m, p, RECEIVED);
			received[p]++;
			m = 0;
			advance(p);
			check_rest()
		}
	   :: m == NOBODY && arrivals[p] != received[p]
	   fi
	od;

	/* death: all who wait are told, then what is queued ends */
	skip;	/* spin lets no jump end at a d_step */
	d_step {
		m = 0;
		dead[p] = 1;
		for (j : 0 .. SENDERS - 1) {
			if
			:: at[j] == p && !BROKEN(DEATH_TELLS_NO_GROUP) -> tell(j)
			:: at[j] == p && PLAIN(j) && BROKEN(DEATH_TELLS_NO_GROUP) -> tell(j)
			:: else
			fi
		}
		for (j : 0 .. SENDERS - 1) {
			if
			:: place[COPY(j, p)] == QUEUED ->
				end_copy(j, p, DISCARDED);
				discarded[p]++
			:: else
			fi
		}
		check_rest()
	}
}
