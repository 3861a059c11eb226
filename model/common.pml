/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.pml - what both models need: deliberate changes, tasks, waking.
 *
 * Whoever includes it has defined TASKS.
 *
 * A deliberate change is chosen when the search begins, so that one
 * compilation serves all changes of a configuration: BREAK=number in the
 * environment, 0 or nothing for none.  With BREAK as a define it is fixed, and
 * spin itself can replay the trail.  `check` numbers the changes: BREAK_name.
 */
#ifdef BREAK
#define BROKEN(change)	(BREAK == BREAK_##change)
#else
#define BROKEN(change)	c_expr { broken_rule == BREAK_##change }
c_code {
	static int broken_rule;

	__attribute__((constructor)) static void choose_broken_rule(void)
	{
		const char *number = getenv("BREAK");

		broken_rule = number ? atoi(number) : 0;
	}
};
#endif

/*
 * One spin lock guards everything of a port.  A locked section is one d_step
 * that waits for its being free: nobody else sees its middle.  (Where a jump leads to
 * it, an atomic is around it: spin lets no jump end at a d_step.)
 */
#ifdef LOCKS
bit lock[LOCKS];	/* of several ports */
#else
bit lock;
#endif

/* the scheduler: a task with running = 0 sleeps until it is set */
bit running[TASKS] = 1;

/* who is owed a wake-up by the section; both mean something in one d_step only */
hidden byte wake_set, task;

/* wake_up_process on pinned tasks, after the unlock, one by one */
inline wake_pinned()
{
	do
	:: wakes == 0 -> break
	:: d_step {
		wakes != 0 ->
		task = 0;
		do
		:: wakes & (1 << task) -> break
		:: else -> task++
		od;
		wakes = wakes & ~(1 << task);
		running[task] = 1
	   }
	od
}
