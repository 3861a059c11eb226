/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only code that copies argument structures.  A table gives each verb its
 * structure's size, the kinds of descriptor it works on, and its handler, which
 * gets the structure in kernel memory.
 */
#ifndef _MSGPORT_IOCTL_H
#define _MSGPORT_IOCTL_H

#include "right.h"

long msgport_ioctl(struct file *file, u32 kind, unsigned int cmd,
		   unsigned long arg);

#endif
