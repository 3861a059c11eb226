/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A monitor: data, and procedures that run one at a time.
 *
 * The data lives in a server process and nowhere else; the procedures are
 * functions of that process.  A client enters by calling: its request waits at
 * the door, which is the monitor's port, until the procedure it names is run for
 * it, and what that returns is the answer.  Nothing is shared and nothing is
 * locked: one process does one thing at a time.
 *
 *     clients              entry door               inside: nobody or one
 *     enter ---. call    .-----------.    enters    .---------------.
 *     enter ---+-------> | the port's| -----------> | a procedure   | --> leaves
 *     enter ---'         | queue     |              '---------------'     (reply)
 *                        '-----------'     waits  |  ^
 *                                                 v  | is signalled
 *                                           condition variables
 *
 * The door is as the notes of operating-system courses draw it:
 *   - It is open when nobody is inside.
 *   - Whoever enters closes it.
 *   - It is opened by leaving, or by waiting, unless somebody was signalled: then
 *     it stays closed, and the monitor is handed straight to the one who was.
 *
 * Condition variables are queues without memory.  A procedure that waits stops
 * where it is and lets others in.  A signal takes the one that has waited longest
 * out of the queue, and is forgotten if there is none.  It returns at once, for
 * it must be the last thing done: who was signalled runs as soon as the procedure
 * returns, with the data as they were at the signal, and nobody gets in between.
 * So the condition that was signalled holds after the wait, and an "if" does
 * where other monitors need a "while".  This is held up at run time: after a
 * signal the procedure may build its answer and read the data, but wait and
 * signal fail with EPERM, and writing to the data is a segmentation fault.
 *
 * Clients may die or give up at any moment:
 *   - At the door: the kernel withdraws the call.
 *   - Inside: the procedure runs to its end, and there is nobody to answer.
 *   - While waiting: a signal passes over who has gone, so it is not lost on the
 *     dead.  The procedure's own accounts may have to be put right, so it is
 *     resumed once: its wait fails with ESRCH, after whoever was signalled has
 *     left and before the door opens.  It can do no more than leave or signal.
 * Nothing is noticed before a signal comes, or the places to wait run out: a
 * client that has gone harms nobody until then.
 *
 * If the server dies, clients inside get ESRCH and those at the door EPIPE.
 *
 * Each procedure runs on a stack of its own, so that it can stop in its middle;
 * all memory is allocated at create.  One thread serves a monitor.  Procedures
 * must not leave by longjmp(3).  A message sent without a call enters too, and
 * gets no answer.
 *
 * The hand-over is Brinch Hansen's and Hoare's; the signal that comes last is
 * Concurrent Pascal's.
 */
#ifndef MSGPORT_MONITOR_H
#define MSGPORT_MONITOR_H

#include <msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

struct msgport_monitor;

/**
 * struct msgport_entry - somebody inside: what a procedure is given
 * @data: the monitor's data
 * @request: what the client sent; good until the procedure returns
 * @request_size: its bytes
 * @answer: where the answer goes
 * @answer_size: room there, in bytes: what monitor and client both can take
 * @stamp: who entered, vouched for by the kernel
 */
struct msgport_entry {
	void *data;
	const void *request;
	size_t request_size;
	void *answer;
	size_t answer_size;
	struct msgport_stamp stamp;
};

/*
 * A procedure returns how many bytes of the answer it has written, or -1 with
 * errno, which the client's msgport_monitor_enter() then fails with.
 */
typedef ssize_t (*msgport_procedure)(struct msgport_monitor *monitor,
				     const struct msgport_entry *entry);

/**
 * struct msgport_monitor_options - how a monitor is to be
 * @procedures: what can be entered, by number from 0; must outlive the monitor
 * @procedure_count: elements of @procedures, at least 1
 * @condition_count: condition variables, by number from 0
 * @max_waiting: procedures that may be stopped in waits at a time; 0 for 64
 * @mode: who may connect by name: the bits 0222; 0 for 0200
 * @max_request: bytes of the largest request; 0 for 4096
 * @max_answer: bytes of the largest answer; 0 for 4096
 * @stack_size: bytes of each procedure's stack; 0 for 65,536
 * @data: the data to begin with, copied; NULL for zeros
 * @data_size: its bytes; may be 0
 */
struct msgport_monitor_options {
	const msgport_procedure *procedures;
	unsigned int procedure_count;
	unsigned int condition_count;
	unsigned int max_waiting;
	mode_t mode;
	size_t max_request;
	size_t max_answer;
	size_t stack_size;
	const void *data;
	size_t data_size;
};

/**
 * msgport_monitor_create - make a monitor
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: what clients connect to; NULL for send rights minted from
 *	msgport_monitor_port()
 * @options: its procedures and sizes
 *
 * Nobody is let in before msgport_monitor_serve().  A process that forks the
 * server frees its own copy of the monitor: while it holds the port, clients
 * would wait for a server that has died.
 *
 * Return: the monitor, for msgport_monitor_free(); NULL with errno on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more ports, rights or bytes than the
 *                limits of the module allow
 *   EEXIST       the name is taken
 *   EFAULT       @options is NULL, or its @procedures
 *   EINVAL       @name is empty; there is no procedure; bits of the mode
 *                outside 0222; a size out of range
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       the network namespace of @control has ended
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 *   EPERM        the name begins with "sys." and the caller lacks
 *                CAP_SYS_ADMIN over the network namespace
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
struct msgport_monitor *
msgport_monitor_create(int control, const char *name,
		       const struct msgport_monitor_options *options);

/**
 * msgport_monitor_free - end a monitor
 * @monitor: not being served; NULL is allowed
 *
 * Closes the port, unless another process has its right too: then clients at
 * the door and inside learn that nobody will answer.  Procedures stopped in a
 * wait are not run again.
 *
 * Return: nothing; it cannot fail.
 * Since ABI 0.
 */
void msgport_monitor_free(struct msgport_monitor *monitor);

/**
 * msgport_monitor_port - the port at the monitor's door
 * @monitor: the monitor
 *
 * To mint send rights from, to poll, and to read counters of.  To receive from
 * it is to take away who waits at the door.
 *
 * Return: the receive right, which stays the monitor's.  It cannot fail.
 * Since ABI 0.
 */
int msgport_monitor_port(const struct msgport_monitor *monitor);

/**
 * msgport_monitor_serve - let clients in, one at a time
 * @monitor: the monitor
 * @deadline: when to return if nobody is at the door: msgport_deadline() of a
 *	time from now, or MSGPORT_FOREVER
 *
 * Runs until a procedure calls msgport_monitor_stop().  Whoever is inside has
 * left or waits when it returns, with an error too, so it can be called again.
 *
 * Return: 0 when it was stopped; -1 on error.
 * Errors:
 *   EINTR        a signal came while nobody was inside, and its handler is
 *                not one of SA_RESTART
 *   ENOMEM       there is no memory
 *   EPERM        a procedure of this monitor called it
 *   ETIMEDOUT    @deadline passed
 * Since ABI 0.
 */
int msgport_monitor_serve(struct msgport_monitor *monitor, uint64_t deadline);

/**
 * msgport_monitor_stop - let nobody else in
 * @monitor: the monitor
 *
 * Called by a procedure.  msgport_monitor_serve() returns when everybody who was
 * handed the monitor has left or waits.
 *
 * Return: nothing; it cannot fail.
 * Since ABI 0.
 */
void msgport_monitor_stop(struct msgport_monitor *monitor);

/**
 * msgport_monitor_wait - stop until somebody signals
 * @monitor: the monitor
 * @condition: number of the condition variable
 *
 * Called by a procedure that has not signalled.  Others are let in meanwhile.
 *
 * Return: 0 when it was signalled, and then nobody was inside since; -1 on error.
 * Errors:
 *   EDQUOT       max_waiting procedures wait already.  The caller is still
 *                inside and nobody else was
 *   EINVAL       there is no such condition variable
 *   EPERM        the procedure has signalled; or the caller is none
 *   ESRCH        the client has died or given up: put the data right, and
 *                return
 * Since ABI 0.
 */
int msgport_monitor_wait(struct msgport_monitor *monitor,
			 unsigned int condition);

/**
 * msgport_monitor_signal - hand the monitor to who waits longest, at the end
 * @monitor: the monitor
 * @condition: number of the condition variable
 *
 * The last thing that a procedure does: it returns at once, and the procedure
 * must return too.  If nobody waits, nothing is remembered.  From here on the
 * data may be read but not written.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EINVAL       there is no such condition variable
 *   EPERM        the procedure has signalled; or the caller is none
 * Since ABI 0.
 */
int msgport_monitor_signal(struct msgport_monitor *monitor,
			   unsigned int condition);

/**
 * msgport_monitor_waiting - how many wait for a condition variable
 * @monitor: the monitor
 * @condition: number of the condition variable
 *
 * Those whose clients have gone count until a signal passes over them.
 *
 * Return: how many; 0 if there is no such condition variable.  It cannot fail.
 * Since ABI 0.
 */
unsigned int msgport_monitor_waiting(const struct msgport_monitor *monitor,
				     unsigned int condition);

/**
 * msgport_monitor_enter - have a procedure run, and wait for what it answers
 * @send_right: to the monitor's port
 * @procedure: its number
 * @request: what it is given; may be NULL if @request_size is 0
 * @request_size: bytes
 * @answer: where the answer goes; may be NULL if @answer_size is 0
 * @answer_size: room there, in bytes
 * @deadline: when to give up: msgport_deadline() of a time from now, or
 *	MSGPORT_FOREVER
 *
 * Goes on by itself after a signal.
 *
 * Return: bytes of the answer; -1 on error.  An error of the procedure's own may
 * have any errno; those listed here come from elsewhere.
 * Errors:
 *   EBADF        @send_right is not an open descriptor, or not a send
 *                right
 *   EDQUOT       the user has too many interrupted calls, or too many
 *                bytes of answers asked for
 *   EFAULT       @request or @answer is a bad address
 *   EMSGSIZE     the request is larger than the monitor takes; or the
 *                procedure has written more than there was room for
 *   ENOMEM       there is no memory
 *   ENOTTY       @send_right is a descriptor of something else than
 *                msgport
 *   EOPNOTSUPP   there is no such procedure
 *   EPIPE        the monitor has ended, and nobody was let in
 *   ESRCH        the monitor has ended while the caller was inside
 *   ETIMEDOUT    @deadline passed.  The procedure may run or have run
 * Since ABI 0.
 */
ssize_t msgport_monitor_enter(int send_right, unsigned int procedure,
			      const void *request, size_t request_size,
			      void *answer, size_t answer_size,
			      uint64_t deadline);

#ifdef __cplusplus
}
#endif

#endif /* MSGPORT_MONITOR_H */
