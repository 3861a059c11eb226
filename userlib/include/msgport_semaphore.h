/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A counting semaphore over a port: so many may be at something at a time, and
 * whoever dies there makes room for the next.
 *
 * The semaphore is an acknowledging port that holds as many empty messages as
 * its value, the tokens.  To wait is to receive one; while it is held it is
 * outstanding, under the receive right it came through and the process that
 * took it.  To post is to release it: it goes back into the queue.
 *
 *              wait = receive
 *     queue  ------------------>  outstanding
 *            <------------------
 *       post = release, by itself when the
 *       holder exits or its right is closed
 *
 * The count is right wherever a process dies, because no step takes a token
 * out of the port and no step can put one too many in:
 *   - In wait, before the token is taken: nothing has happened.  While it is
 *     handed over: it is in hand, and the kernel puts it back in its place.
 *     After that: it is outstanding, and comes back with the process.
 *   - In post: a release is one step under the port's lock.  Before it the token
 *     comes back with the process, after it the token is back; a second post
 *     names a token that is spent, and is refused.
 *   - Between two calls: the token comes back with the process.
 *   - However often: the port hands a message out without limit
 *     (MSGPORT_UNLIMITED), so no token is ever exhausted.
 *   - In create, between the port and its last token: the port has room for
 *     exactly as many messages as the value, and everybody who opens it puts
 *     tokens in until it is full.  A token that is held keeps its place.  So two
 *     who fill it at once make neither one too few nor one too many.
 *
 * A semaphore guards things that are there in a number.  The textbooks' other
 * use, to count events that one process posts and another waits for, is what a
 * port is: send an empty message, receive it.
 *
 * The descriptor of a semaphore is a receive right.  It polls readable while
 * there is a token.  msgport_stat() on it tells the tokens that are there
 * (queued), those that are held (outstanding), and who waits
 * (waiting_receivers).  Over fork(2) a child has the right but not the tokens
 * that its parent holds; threads of one process hold them together.
 * msgport_reopen() makes a right of its own.  Tokens go in the order of waiting.
 * Who may open a semaphore can receive from it in other ways too, and is trusted
 * not to.
 */
#ifndef MSGPORT_SEMAPHORE_H
#define MSGPORT_SEMAPHORE_H

#include <msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * msgport_semaphore_create - make a semaphore
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: 1 to MSGPORT_NAME_MAX bytes; NULL for one that is handed on by fork(2)
 *	or SCM_RIGHTS
 * @value: tokens, from 1
 * @mode: who may open it by name: the bits 0444; 0 for 0400
 * @flags: MSGPORT_KEEP for a semaphore that lives until msgport_unlink(); or 0
 *
 * Return: the semaphore's descriptor, close-on-exec, for the caller to close; -1
 * on error.
 * Errors:
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more ports, rights, kept ports or
 *                bytes than the limits of the module allow
 *   EEXIST       the name is taken
 *   EINVAL       @name is empty; @value is 0 or more than a port takes;
 *                bits of @mode outside 0444; an unknown flag; MSGPORT_KEEP
 *                without a name
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       the network namespace of @control has ended
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 *   EOPNOTSUPP   the module builds no acknowledging ports: see
 *                msgport_version()
 *   EPERM        the name begins with "sys." and the caller lacks
 *                CAP_SYS_ADMIN over the network namespace
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_semaphore_create(int control, const char *name, unsigned int value,
			     mode_t mode, unsigned int flags);

/**
 * msgport_semaphore_open - get the semaphore of a name
 * @control: control descriptor, or MSGPORT_DEFAULT
 * @name: the name
 *
 * Needs r of the semaphore's mode.  Puts in the tokens that its maker did not,
 * if that died too early.
 *
 * Return: a receive right of its own, close-on-exec, for the caller to close; -1
 * on error.
 * Errors:
 *   EACCES       the mode does not let the caller in, or a security module
 *                refuses
 *   EBADF        @control is neither MSGPORT_DEFAULT nor an open
 *                descriptor, or is that of a right
 *   EDQUOT       the user would have more rights than the limit of the
 *                module allows
 *   EFAULT       @name is NULL
 *   EINVAL       @name is empty, or that of a port that is no semaphore
 *   EMFILE       the process has no free descriptor
 *   ENAMETOOLONG @name is longer than MSGPORT_NAME_MAX (63) bytes
 *   ENFILE       the whole system has no free descriptor
 *   ENOENT       nothing in the network namespace has the name
 *   ENOMEM       there is no memory
 *   ENOTTY       @control is a descriptor of something else than msgport
 * With MSGPORT_DEFAULT also those of msgport_open().
 * Since ABI 0.
 */
int msgport_semaphore_open(int control, const char *name);

/**
 * msgport_semaphore_wait - take a token, waiting for one
 * @semaphore: its descriptor
 * @token: filled: what to post, never 0
 * @flags: MSGPORT_NONBLOCK not to wait; 0
 * @deadline: when to give up: msgport_deadline() of a time from now, or
 *	MSGPORT_FOREVER
 *
 * The textbooks' P, or down.  The token is the process's until it is posted, the
 * process exits, or the last descriptor of this right is closed.
 *
 * Return: 0; -1 on error, and then no token was taken.
 * Errors:
 *   EAGAIN       no token is there, and MSGPORT_NONBLOCK or O_NONBLOCK is
 *                set
 *   EBADF        @semaphore is not an open descriptor, or not a receive
 *                right
 *   EFAULT       @token is NULL
 *   EINTR        a signal came while the call waited, and its handler is
 *                not one of SA_RESTART
 *   EINVAL       an unknown flag
 *   EMSGSIZE     @semaphore is the right of another port, with a message
 *                in it
 *   ENOMEM       there is no memory
 *   ENOTTY       @semaphore is a descriptor of something else than msgport
 *   EOPNOTSUPP   @semaphore is the right of a port that does not
 *                acknowledge; an empty message was taken from it
 *   ETIMEDOUT    @deadline passed
 * Since ABI 0.
 */
int msgport_semaphore_wait(int semaphore, uint64_t *token, unsigned int flags,
			   uint64_t deadline);

/**
 * msgport_semaphore_post - give a token back
 * @semaphore: the descriptor that it was taken through
 * @token: of msgport_semaphore_wait()
 *
 * The textbooks' V, or up.  Never waits.  Whoever has waited longest gets it.
 * Another process that shares the right may post for the holder.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @semaphore is not an open descriptor, or not a receive
 *                right
 *   EOPNOTSUPP   @semaphore is the right of a port that does not
 *                acknowledge
 *   ENOTTY       @semaphore is a descriptor of something else than msgport
 *   ESRCH        no such token is held through this right: it was posted
 *                already, or has come back by itself
 * Since ABI 0.
 */
int msgport_semaphore_post(int semaphore, uint64_t token);

#ifdef __cplusplus
}
#endif

#endif /* MSGPORT_SEMAPHORE_H */
