/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the files of the library share.
 *
 * The way of every call: check the pointers that are read here, fill in the
 * kernel's structure, one ioctl, copy the results out.  Everything else is the
 * kernel's business, and its errno reaches the caller untouched.
 */
#ifndef MSGPORT_INTERNAL_H
#define MSGPORT_INTERNAL_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "msgport.h"

/* Everything is hidden but what carries this and stands in the symbol map. */
#define MSGPORT_EXPORT __attribute__((visibility("default")))

/* The kernel takes pointers as 64-bit numbers, whatever the program's width. */
static inline __u64 address_of(const void *pointer)
{
	return (uintptr_t)pointer;
}

/*
 * Bytes of a name.  One byte too many is enough for the kernel to refuse it, so
 * no more are looked at.
 */
static inline __u32 name_bytes(const char *name)
{
	return (__u32)strnlen(name, MSGPORT_NAME_MAX + 1);
}

static inline int fail(int error)
{
	errno = error;
	return -1;
}

int msgport_control_ioctl(int control, unsigned long request, void *argument);
void msgport_give_up(int send_right, uint64_t id);

#endif /* MSGPORT_INTERNAL_H */
