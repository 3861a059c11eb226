/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One processor, and who runs first on it: so that a test can act between the
 * moment when somebody is woken and the moment when he runs.
 */
#ifndef MSGPORT_PROCESSOR_H
#define MSGPORT_PROCESSOR_H

#include "testlib.h"

/* Also: what is freed is what is allocated next. */
static inline void stay_on_one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		give_up("sched_setaffinity");
}

/* A process, 0 for the caller, runs before all others of lower priority. */
static inline void process_runs_before(pid_t pid, int policy, int priority)
{
	struct sched_param parameter = { .sched_priority = priority };

	if (sched_setscheduler(pid, policy, &parameter))
		give_up("sched_setscheduler");
}

static inline void run_before(int policy, int priority)
{
	process_runs_before(0, policy, priority);
}

#endif
