/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The benchmark's parts: transports carry messages, workloads use them, and
 * measure() says what one step of a workload costs.
 *
 * It runs where one nanosecond of CLOCK_MONOTONIC is one instruction of the
 * machine's only processor (scripts/bench arranges that), so a cost is what
 * all processes and the kernel execute between two readings of that clock.
 *
 * Every transport gets the same shape: messages of one size, and as many of them in
 * transit as depth_for() says, where it can be told.  Both sides touch every payload:
 * see payload.h.
 */
#ifndef MSGPORT_BENCH_H
#define MSGPORT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIZE_DEFAULT	64		/* bytes, of the workloads with one size */
#define SIZE_MAX_EVER	(1 << 20)	/* bytes of the largest message */
#define DEPTH		256		/* messages in transit, of small ones */
#define BATCH		32		/* messages a call, where there are many */

struct shape {
	size_t size;			/* bytes of each message */
	unsigned int depth;		/* messages in transit */
	unsigned int batch;		/* messages a call */
};

/* One direction, or a service that is asked. Both processes have both ends open. */
struct channel {
	struct shape shape;
	int tx, rx;
	void *own;			/* a transport's own, or NULL */
};

/*
 * What carries messages. The functions block, and end the program on any error;
 * only send() may find the channel full, if its descriptor says O_NONBLOCK, and then
 * returns false.
 */
struct transport {
	const char *name;
	size_t smallest, largest;	/* bytes that an ordinary user can send */
	bool outside_gate;		/* the gate does not compare msgport with it */
	bool one_sender;		/* no second one can use the channel */
	bool many;			/* a user can have 1,000, and poll them */
	bool deep;			/* root can have one of 10,000 messages */
	bool (*open)(struct channel *channel);	/* false: not on this machine */
	void (*close)(struct channel *channel);
	bool (*send)(struct channel *channel, const void *payload);
	void (*receive)(struct channel *channel, void *payload);
	/* makes send() return; NULL: as a descriptor does */
	void (*nonblock)(struct channel *channel);
	/* shape.batch messages at once, one after another in memory; NULL: it cannot */
	void (*send_many)(struct channel *channel, const void *payloads);
	unsigned int (*receive_many)(struct channel *channel, void *payloads);
	/* A question and its answer, in place; NULL: by two channels. */
	void (*ask)(struct channel *channel, void *payload);
	void (*serve)(struct channel *channel, void *payload,
		      void (*answer)(void *payload, size_t size));
};

extern const struct transport *const transports[];
extern const size_t transport_count;

extern const struct transport over_msgport, over_msgport_four, over_msgport_rw;
extern const struct transport over_pipe, over_stream, over_seqpacket, over_dgram;
extern const struct transport over_mqueue, over_sysv;
extern const struct transport over_binder, over_tipc, over_tipc_datagrams;
extern const struct transport over_tcp, over_tcp_epoll;
extern const struct transport over_shared_futex, over_shared_eventfd;
extern const struct transport over_shared_semaphores, over_monitor;

/* Does this transport carry messages of this size? */
bool carries(const struct transport *transport, size_t size);

/* Opens for this shape; its depth is depth_for() its size. */
bool open_channel(const struct transport *transport, struct channel *channel,
		  size_t size, unsigned int batch);
void close_ends(struct channel *channel);

/* Messages in transit: 256 KiB of them, but not fewer than 4 nor more than DEPTH. */
unsigned int depth_for(size_t size);

/* What one stretch came to: both counts are of the same stretch; 0 steps: nothing. */
struct result {
	uint64_t steps;
	uint64_t instructions;
};

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t clock_now(void);

/* A step may be @each messages. */
struct result measure(void (*step)(void *context), void *context, unsigned int each);

/* What measure() calls around each stretch that it measures, in its process. */
void measure_between(void (*begin)(void), void (*end)(void));

/*
 * Workloads.  @count: messages a call, producers or ports, as fits.  No steps: this
 * transport cannot, or not here.
 */
struct result round_trip(const struct transport *transport, size_t size, unsigned int count);
struct result one_way(const struct transport *transport, size_t size, unsigned int count);
struct result fan_in(const struct transport *transport, size_t size, unsigned int count);
struct result ports_epoll(const struct transport *transport, size_t size,
			  unsigned int count);
struct result ports_set(const struct transport *transport, size_t size,
			unsigned int count);
struct result sealed_new(const struct transport *transport, size_t size,
			 unsigned int count);
struct result sealed_again(const struct transport *transport, size_t size,
			   unsigned int count);
struct result create(const struct transport *transport, size_t size, unsigned int count);
struct result deep_one_way(const struct transport *transport, size_t size,
			   unsigned int count);
struct result deep_by_source(const struct transport *transport, size_t size,
			     unsigned int count);
struct result deep_death(const struct transport *transport, size_t size,
			 unsigned int count);
struct result names(const struct transport *transport, size_t size, unsigned int count);
unsigned int depth_of(const struct transport *transport);

struct floor {
	const char *name;
	struct result (*run)(void);
};

extern const struct floor floors[];
extern const size_t floor_count;

/* What they weigh: objects.c. */
int run_memory(void);

/* Locks taken and contended: locks.c. */
int run_locks(void);

/* What must not grow: bounds.c. */
int run_bounds(void);

/* A process that dies with its parent, until end_child(). */
pid_t start_child(void (*run)(void *context), void *context);
void end_child(pid_t pid);

/* Memory that parent and children share; never given back. */
void *shared_memory(size_t size);

_Noreturn void die(const char *what);

#endif
