/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Sealed memory: a payload of any size that is handed over and not copied.
 *
 * What is larger than a port's max_size, or is sent to many, travels as a descriptor of
 * memory (memfd_create(2)) whose content and size can never change again.  The sender
 * makes it, fills it in place and seals it; the message that carries it has one
 * descriptor, and may have a payload beside.
 *
 *	sender					receiver
 *	msgport_sealed_create()
 *	writes to sealed.data
 *	msgport_sealed_seal()
 *	msgport_send_message()			msgport_receive_message()
 *	  with sealed.fd in fds			  with room for a descriptor
 *						msgport_sealed_accept()
 *						reads sealed.data
 *	msgport_sealed_free()			msgport_sealed_free()
 *
 * The sender may send it again, to others too, and read it; so may each receiver.  The
 * memory goes with the last who has it.
 *
 * A receiver need not trust the sender: msgport_sealed_accept() takes only memory that
 * nobody can write to, cut off, extend or unseal, and that has as many pages as its size
 * needs.  So what has been checked cannot change afterwards.  A sender that means ill can
 * have put pages behind the end instead: reading then takes memory of the reader's, and
 * faults (SIGBUS) if there is none.
 *
 * The port must be made with MSGPORT_DESCRIPTORS, and the module with
 * MSGPORT_FEATURE_FDS.  The seals are the kernel's, David Herrmann's idea.
 */
#ifndef MSGPORT_SEALED_H
#define MSGPORT_SEALED_H

#include <msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct msgport_sealed - memory that is sealed, or will be
 * @data: its first byte; to be written to until it is sealed, read afterwards
 * @size: bytes
 * @fd: the descriptor that travels, close-on-exec
 */
struct msgport_sealed {
	void *data;
	size_t size;
	int fd;
};

/**
 * msgport_sealed_create - make memory to fill
 * @sealed: filled in; ended by msgport_sealed_free()
 * @size: bytes, at least 1; zeros at first
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EFAULT       @sealed is NULL
 *   EINVAL       @size is 0, or more than a file may have
 *   EMFILE       the process has no free descriptor
 *   ENFILE       the whole system has no free descriptor
 *   ENOMEM       there is no memory, or no room for it among the addresses
 * Since ABI 0.
 */
int msgport_sealed_create(struct msgport_sealed *sealed, size_t size);

/**
 * msgport_sealed_seal - let nothing of it change any more
 * @sealed: of msgport_sealed_create(), whose @data nobody else has mapped (a child of
 *	fork(2) has what its parent had)
 *
 * @data stays readable at an address that may be another.  Nothing is done to what is
 * sealed already.  After an error it can still be written to, or is to be freed.
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EAGAIN       another mapping may write to it, or a device does
 *   EFAULT       @sealed is NULL
 *   EINVAL       @sealed was not made by msgport_sealed_create()
 *   ENOMEM       there is no memory, or no room for it among the addresses;
 *                @data is NULL then
 *   EPERM        somebody else has sealed it in another way
 * Since ABI 0.
 */
int msgport_sealed_seal(struct msgport_sealed *sealed);

/**
 * msgport_sealed_accept - check and map what came with a message
 * @sealed: filled in; ended by msgport_sealed_free()
 * @fd: the descriptor that came; @sealed's from here on, but the caller's still
 *	after an error
 * @most: bytes that the caller is ready to take
 *
 * Return: 0; -1 on error.
 * Errors:
 *   EBADF        @fd is not an open descriptor
 *   EFAULT       @sealed is NULL
 *   EMSGSIZE     it has more than @most bytes
 *   ENOMEM       there is no memory, or no room for it among the addresses
 *   EOPNOTSUPP   it is no sealed memory: not all seals are set, it is something
 *                else, or pages of it are not there
 * Since ABI 0.
 */
int msgport_sealed_accept(struct msgport_sealed *sealed, int fd, size_t most);

/**
 * msgport_sealed_free - unmap it and close its descriptor
 * @sealed: of msgport_sealed_create() or msgport_sealed_accept(); empty afterwards.
 *	NULL, or one that is empty: nothing is done
 *
 * Return: nothing; it cannot fail.
 * Since ABI 0.
 */
void msgport_sealed_free(struct msgport_sealed *sealed);

#ifdef __cplusplus
}
#endif

#endif
