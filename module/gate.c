// SPDX-License-Identifier: GPL-2.0
/* Flow control: who may pass, who waits, who moves on. */

#include "gate.h"
#include "message.h"
#include "port.h"
#include "right.h"
#include "send.h"
#include "wake.h"

void msgport_gate_init(struct msgport_gate *gate, u32 limit, u64 max_bytes)
{
	gate->used = 0;
	gate->limit = limit;
	gate->bytes = 0;
	gate->max_bytes = max_bytes;
	gate->waiting = RB_ROOT_CACHED;
}

/* Rule 1, but for the waiters. */
bool msgport_gate_has_room(const struct msgport_gate *gate, u64 cost)
{
	return gate->used < gate->limit &&
	       (gate->bytes + cost <= gate->max_bytes || !gate->used);
}

void msgport_gate_take(struct msgport_gate *gate, u64 cost)
{
	gate->used++;
	gate->bytes += cost;
}

static void gate_give(struct msgport_gate *gate, u64 cost)
{
	gate->used--;
	gate->bytes -= cost;
}

static struct msgport_gate *gate_of(struct msgport_send_right *right,
				    enum msgport_gate_stage stage)
{
	switch (stage) {
	case MSGPORT_GATE_RIGHT:
		return &right->gate;
	case MSGPORT_GATE_SHARE:
		return &right->share->gate;
	default:
		return &right->port->gate;
	}
}

static struct msgport_sending *first_waiting(const struct msgport_gate *gate)
{
	struct rb_node *node = rb_first_cached(&gate->waiting);

	return node ? rb_entry(node, struct msgport_sending, node) : NULL;
}

static bool gate_open(const struct msgport_gate *gate, u8 priority, u64 cost)
{
	struct msgport_sending *first = first_waiting(gate);

	if (unlikely(first) && first->message->priority >= priority)
		return false;
	return msgport_gate_has_room(gate, cost);
}

/**
 * msgport_gates_pass() - go through the gates as far as they are open
 * @right: whose gates
 * @stage: the first one to pass; those before are held
 * @priority: of the message
 * @cost: its bytes
 *
 * Returns the first closed gate, those before it held, or MSGPORT_GATES.
 */
enum msgport_gate_stage msgport_gates_pass(struct msgport_send_right *right,
					   enum msgport_gate_stage stage,
					   u8 priority, u64 cost)
{
	for (; stage < MSGPORT_GATES; stage++) {
		struct msgport_gate *gate = gate_of(right, stage);

		if (!gate_open(gate, priority, cost))
			break;
		msgport_gate_take(gate, cost);
	}
	return stage;
}

/**
 * msgport_gates_leave() - give back the places held before a stage
 * @right: whose gates
 * @stage: MSGPORT_GATES for all of them
 * @cost: bytes of the message
 *
 * The caller goes on with msgport_gates_advance().
 */
void msgport_gates_leave(struct msgport_send_right *right,
			 enum msgport_gate_stage stage, u64 cost)
{
	/* a message that ends takes its credit along */
	if (unlikely(right->manual) && stage == MSGPORT_GATES)
		right->gate.limit--;
	while (stage-- > 0)
		gate_give(gate_of(right, stage), cost);
}

static __always_inline bool gate_free(const struct msgport_gate *gate, u64 cost)
{
	return likely(!rb_first_cached(&gate->waiting) && gate->used < gate->limit &&
		      gate->bytes + cost <= gate->max_bytes);
}

/* So many places and bytes more, modulo their types. */
static void gate_add(struct msgport_gate *gate, u32 count, u64 bytes)
{
	gate->used += count;
	gate->bytes += bytes;
}

/* Before others wait, and as many messages as fit into what is left. */
static __always_inline void narrow(const struct msgport_gate *gate, u32 *places, u64 *bytes)
{
	if (unlikely(first_waiting(gate)) || gate->used >= gate->limit ||
	    gate->bytes >= gate->max_bytes) {
		*places = 0;
		return;
	}
	*places = min(*places, gate->limit - gate->used);
	*bytes = min(*bytes, gate->max_bytes - gate->bytes);
}

/**
 * msgport_gates_pass_many() - go through all gates, while nobody waits at any
 * @right: whose gates
 * @messages: in this order
 * @count: of these
 * @bytes: out: the cost of those that passed
 *
 * Returns how many passed.  None, where a message by itself might pass that is of
 * higher priority than who waits, or larger than a gate's limit.
 */
u32 msgport_gates_pass_many(struct msgport_send_right *right,
			    struct msgport_message *const *messages, u32 count,
			    u64 *bytes)
{
	u64 left = U64_MAX, cost = 0;
	u32 n;

	narrow(&right->gate, &count, &left);
	narrow(&right->share->gate, &count, &left);
	narrow(&right->port->gate, &count, &left);
	for (n = 0; n < count; n++) {
		u64 more = cost + msgport_cost(messages[n]);

		if (more > left)
			break;
		cost = more;
	}
	gate_add(&right->gate, n, cost);
	gate_add(&right->share->gate, n, cost);
	gate_add(&right->port->gate, n, cost);
	*bytes = cost;
	return n;
}

/**
 * msgport_gates_pass_plain() - go through all gates, if nobody waits at any
 * @right: whose gates
 * @cost: bytes of the message
 *
 * Returns false, with nothing held, where msgport_gates_pass() knows more.
 */
bool msgport_gates_pass_plain(struct msgport_send_right *right, u64 cost)
{
	if (!gate_free(&right->gate, cost) || !gate_free(&right->share->gate, cost) ||
	    !gate_free(&right->port->gate, cost))
		return false;
	msgport_gate_take(&right->gate, cost);
	msgport_gate_take(&right->share->gate, cost);
	msgport_gate_take(&right->port->gate, cost);
	return true;
}

/* msgport_gates_leave() of so many messages that held all gates. */
void msgport_gates_leave_many(struct msgport_send_right *right, u32 count, u64 bytes)
{
	if (unlikely(right->manual))
		right->gate.limit -= count;
	gate_add(&right->gate, -count, -bytes);
	gate_add(&right->share->gate, -count, -bytes);
	gate_add(&right->port->gate, -count, -bytes);
}

static bool stands_before(const struct msgport_sending *a,
			  const struct msgport_sending *b)
{
	if (a->message->priority != b->message->priority)
		return a->message->priority > b->message->priority;
	return a->ticket < b->ticket;
}

/* At the place in the line that its ticket says. */
static void stand(struct msgport_sending *s, enum msgport_gate_stage stage)
{
	struct msgport_gate *gate = gate_of(s->message->right, stage);
	struct rb_node **link = &gate->waiting.rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	s->stage = stage;
	while (*link) {
		parent = *link;
		if (stands_before(s, rb_entry(parent, struct msgport_sending, node))) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&s->node, parent, link);
	rb_insert_color_cached(&s->node, &gate->waiting, leftmost);
}

/* Rule 2: behind all waiters of the same or a higher priority. */
void msgport_gate_wait(struct msgport_sending *s, enum msgport_gate_stage stage)
{
	s->ticket = s->message->right->port->traffic->ticket++;
	stand(s, stage);
}

/* Would it take these bytes if @cost of another message went? */
static bool room_instead(const struct msgport_gate *gate, u64 gone, u64 cost)
{
	return gate->used <= gate->limit &&
	       (gate->bytes - gone + cost <= gate->max_bytes || gate->used == 1);
}

/**
 * msgport_gates_rob() - take the places that another send was promised
 * @right: who wants them; holds the gates before @stage
 * @stage: the one that is closed
 * @cost: bytes wanted
 * @s: PROMISED; goes back to the line at @stage, where it stood before
 *
 * Under the port's lock.  Returns false, with nothing changed, if the places would
 * not help.
 */
bool msgport_gates_rob(struct msgport_send_right *right, enum msgport_gate_stage stage,
		       u64 cost, struct msgport_sending *s)
{
	u64 gone = msgport_cost(s->message);
	enum msgport_gate_stage i;

	for (i = stage; i < MSGPORT_GATES; i++)
		if (gate_of(right, i) != gate_of(s->message->right, i) ||
		    !room_instead(gate_of(right, i), gone, cost))
			return false;
	for (i = stage; i < MSGPORT_GATES; i++) {
		gate_give(gate_of(right, i), gone);
		msgport_gate_take(gate_of(right, i), cost);
	}
	stand(s, stage);
	return true;
}

void msgport_gate_unwait(struct msgport_sending *s)
{
	struct msgport_gate *gate = gate_of(s->message->right, s->stage);

	rb_erase_cached(&s->node, &gate->waiting);
}

/* A waiter holds all gates before @stage: on to the next ones. */
static void move_on(struct msgport_sending *s, enum msgport_gate_stage stage,
		    struct msgport_wakeups *wk)
{
	struct msgport_message *m = s->message;

	stage = msgport_gates_pass(m->right, stage, m->priority, msgport_cost(m));
	if (stage == MSGPORT_GATES)
		msgport_send_admit(s, wk);
	else if (stage == MSGPORT_GATE_PORT && msgport_port_rendezvous(m->right->port))
		msgport_send_offer(s, wk);
	else
		msgport_gate_wait(s, stage);
}

/* Everybody who can pass this gate passes; true if the batch was used up. */
static bool advance(struct msgport_gate *gate, enum msgport_gate_stage stage,
		    unsigned int *budget, struct msgport_wakeups *wk)
{
	struct msgport_sending *s;

	while ((s = first_waiting(gate)) &&
	       msgport_gate_has_room(gate, msgport_cost(s->message))) {
		if (!*budget || !msgport_wakeups_room(wk))
			return true;
		--*budget;
		msgport_gate_unwait(s);
		msgport_gate_take(gate, msgport_cost(s->message));
		move_on(s, stage + 1, wk);
	}
	return false;
}

/* The gates in their order: a place goes to who has waited at the first. */
static bool advance_gates(struct msgport_send_right *right, struct msgport_wakeups *wk)
{
	enum msgport_gate_stage stage;
	unsigned int budget = MSGPORT_BATCH;

	for (stage = MSGPORT_GATE_RIGHT; stage < MSGPORT_GATES; stage++)
		if (advance(gate_of(right, stage), stage, &budget, wk))
			return true;
	return false;
}

/* Who polled and found no room is told, after those who wait have moved. */
static void tell_pollers(const struct msgport_port *port, struct msgport_wakeups *wk)
{
	if (port->traffic->wants_room && msgport_port_has_room(port)) {
		port->traffic->wants_room = false;
		wk->tell |= MSGPORT_TELL_WRITABLE;
	}
	if (unlikely(!list_empty(&port->traffic->watch_room)) && msgport_port_has_room(port))
		wk->tell |= MSGPORT_TELL_ROOM;
	if (unlikely(!list_empty(&port->traffic->wishes)) && msgport_port_has_room(port))
		wk->tell |= MSGPORT_TELL_GROUPS;
}

/**
 * msgport_gates_advance() - rule 3: move on everybody who can pass
 * @right: whose gates places were given back at; pinned until @wk is paid
 * @wk: wake-ups owed
 *
 * Returns true if the batch was used up before everybody had moved: pay @wk
 * unlocked, then call again.
 */
bool msgport_gates_advance(struct msgport_send_right *right,
			   struct msgport_wakeups *wk)
{
	const struct msgport_port *port = right->port;

	if (unlikely(port->state == MSGPORT_PORT_DEAD))
		return false;
	if (unlikely(port->traffic->waiting) && advance_gates(right, wk))
		return true;
	if (right->wants_credit && (msgport_gate_has_room(&right->gate, 0) ||
				    msgport_send_right_spent(right))) {
		right->wants_credit = false;
		wk->tell |= MSGPORT_TELL_CREDIT;
		wk->credit = right;
	}
	tell_pollers(port, wk);
	return false;
}

/**
 * msgport_gates_resized() - the same after the port's limits have changed
 * @port: locked
 * @after: 0 at first: how far its shares, which may be many, have their new limits
 * @wk: wake-ups owed
 *
 * A share made meanwhile has the new limits from the start.  Until a share's turn
 * comes its senders pass by the old ones, and at the port's gate by the new.
 */
bool msgport_gates_resized(struct msgport_port *port, unsigned long *after,
			   struct msgport_wakeups *wk)
{
	unsigned int budget = MSGPORT_BATCH, shares = 0;
	struct msgport_share *share;

	if (!port->traffic || port->state == MSGPORT_PORT_DEAD)
		return false;
	while ((share = msgport_share_resize_next(port, *after))) {
		if (advance(&share->gate, MSGPORT_GATE_SHARE, &budget, wk))
			return true;
		*after = (unsigned long)share->account;
		if (++shares == MSGPORT_BATCH)
			return true;
	}
	if (advance(&port->gate, MSGPORT_GATE_PORT, &budget, wk))
		return true;
	tell_pollers(port, wk);
	return false;
}
