// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Deadlines: moments of CLOCK_MONOTONIC. */

#include <time.h>

#include "internal.h"

#define NANOSECONDS_PER_SECOND	1000000000ULL

MSGPORT_EXPORT uint64_t msgport_deadline(uint64_t nanoseconds_from_now)
{
	struct timespec time;
	uint64_t now;

	/* This clock is always there and the address is good: no error. */
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND +
	      (uint64_t)time.tv_nsec;
	if (nanoseconds_from_now > MSGPORT_FOREVER - now)
		return MSGPORT_FOREVER;
	return now + nanoseconds_from_now;
}
