// SPDX-License-Identifier: GPL-2.0
/*
 * A QEMU plugin that looks for the longest stretches in which the guest could
 * not have run another task, for the module's sake, between two marks in the
 * guest (bench/mark.h).
 *
 *	-plugin stretch.so,preempt=HEX,schedule=HEX,resched=HEX,unlock_bh=HEX...,
 *		output=FILE
 *
 * preempt is the per-processor address of the kernel's preemption count,
 * schedule and resched the addresses of __schedule() and __cond_resched(), each
 * unlock_bh that of one of the kernel's functions which are called so. The
 * count is followed by the instructions that change it, wherever they are, so
 * that nothing of what the module says about its locks is believed.
 *
 * Four kinds, all in instructions, exact to one block of code:
 *	stretch    the count is above none, and code of the module runs meanwhile;
 *	           interrupts in it are left out
 *	callee     the same, but without code of the module, since the last moment
 *	           of the next sort that is followed by some: what it calls, with
 *	           locks of the kernel's own
 *	run        from one moment at which even a kernel that preempts nothing
 *	           would have changed tasks (user space, cond_resched(),
 *	           schedule()) to the module's last instruction before the next
 *	interrupt  one interrupt, or one batch of deferred ones, in which code
 *	           of the module ran
 *
 * For each pair of marks it writes a line
 *	interval STRETCHES MOMENTS BROKEN
 * and for each block of the module at which something began
 *	place KIND LENGTH BEGIN END
 * BROKEN is how often the count was not none in user space: the plugin has
 * missed something then, and no figure is worth anything.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../mark.h"
#include "preempt.h"
#include "qemu.h"

/* Read by QEMU. */
int qemu_plugin_version = 1;

/* Of x86-64: user space ends, modules begin and end. */
#define USER_END	(1ULL << 47)
#define MODULES_BEGIN	0xffffffffc0000000ULL
#define MODULES_END	0xffffffffff000000ULL

enum kind { STRETCH, CALLEE, RUN, INTERRUPT, KINDS };

static const char * const kind_names[] = { "stretch", "callee", "run", "interrupt" };

/* One translated block of the module; lives as long as QEMU. */
struct place {
	struct place *next;
	uint64_t address;		/* in the guest */
	uint64_t longest[KINDS];	/* that began here */
	const struct place *end[KINDS];	/* the module's last block in it */
};

/* What runs: a process, or an interrupt in what the level below is. */
struct level {
	int64_t count;			/* of preemption, without interrupts */
	uint64_t entered;		/* executed, when the interrupt came */
	uint64_t away;			/* instructions of interrupts in it */
	uint64_t blocks;		/* of the module that ran here */
	struct place *first, *last;	/* of them, since the last moment */
};

#define LEVELS	16

static struct level levels[LEVELS];
static unsigned int level;
static uint64_t executed;		/* raised by the translated code itself */

/* Of the process. */
static uint64_t stretch_began, stretch_blocks;
static struct place *stretch_opener;
static uint64_t run_began;
static bool switching, unlocking_bh;

static uint64_t stretches, moments, broken;

static struct place *places;
static uint64_t preempt_address, schedule_address, resched_address;
static uint64_t unlock_bh_addresses[4];
static unsigned int unlock_bh_count;
static const char *output;

static uint64_t now(void)
{
	return executed - levels[level].away;
}

static void note(enum kind kind, struct place *place, const struct place *end,
		 uint64_t length)
{
	if (length <= place->longest[kind])
		return;
	place->longest[kind] = length;
	place->end[kind] = end;
}

static void moment(void)
{
	moments++;
	run_began = now();
	levels[0].first = NULL;
}

static void stretch_begins(void)
{
	stretch_began = now();
	stretch_blocks = levels[0].blocks;
	/* what locks is the block that ran last, if this run is the module's */
	stretch_opener = levels[0].first ? levels[0].last : NULL;
}

static void stretch_ends(void)
{
	bool inside = levels[0].blocks != stretch_blocks;
	struct place *place = stretch_opener ? stretch_opener : levels[0].first;

	if (place && (inside || stretch_opener)) {
		stretches += inside;
		note(inside ? STRETCH : CALLEE, place, levels[0].last,
		     now() - stretch_began);
	}
	if (switching) {
		switching = false;
		moment();
	}
}

static void interrupt_begins(void)
{
	if (++level == LEVELS)
		abort();
	levels[level] = (struct level){ .entered = executed };
}

static void interrupt_ends(void)
{
	struct level *this = &levels[level];

	if (!level) {
		broken++;
		return;
	}
	if (this->first)
		note(INTERRUPT, this->first, this->last, now() - this->entered);
	level--;
	levels[level].away += executed - this->entered;
}

static void count_changes(unsigned int cpu, void *data)
{
	int64_t by = (intptr_t)data, before = levels[level].count;

	(void)cpu;
	if (by >= COUNT_INTERRUPT || by == COUNT_SERVING) {
		interrupt_begins();
		return;
	}
	if (by <= -COUNT_INTERRUPT || by == -COUNT_SERVING) {
		interrupt_ends();
		return;
	}
	levels[level].count += by;
	if (level)
		return;
	if (!before)
		stretch_begins();
	else if (!levels[0].count)
		stretch_ends();
}

/*
 * The first part of enabling deferred interrupts, which leaves one to the dec
 * that follows.
 */
static void enables_bh(unsigned int cpu, void *data)
{
	intptr_t by = 1 - COUNT_NO_BH;

	(void)data;
	if (unlocking_bh)
		by--;
	unlocking_bh = false;
	count_changes(cpu, (void *)by);
}

static void unlocks_bh(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	unlocking_bh = true;
}

static void in_module(unsigned int cpu, void *data)
{
	struct level *this = &levels[level];
	struct place *place = data;

	(void)cpu;
	this->blocks++;
	this->last = place;
	if (!this->first)
		this->first = place;
	if (!level)
		note(RUN, this->first, place, now() - run_began);
}

static void in_user_space(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (level || levels[0].count) {
		broken++;
		level = 0;
		levels[0].count = 0;
	}
	moment();
}

static void rescheduled(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (!level && !levels[0].count)
		moment();
}

/* In __schedule(): what it does is not the module's, and then a run begins. */
static void switches(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (level)
		return;
	levels[0].first = NULL;
	stretch_opener = NULL;
	switching = true;
}

static void begin(unsigned int cpu, void *data)
{
	struct place *place;

	(void)cpu;
	(void)data;
	for (place = places; place; place = place->next)
		memset(place->longest, 0, sizeof(place->longest));
	memset(levels, 0, sizeof(levels));
	level = 0;
	switching = false;
	unlocking_bh = false;
	stretches = 0;
	moments = 0;
	broken = 0;
	moment();
}

static void print_place(FILE *file, const struct place *place)
{
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		if (place->longest[kind])
			fprintf(file, "place %s %" PRIu64 " %" PRIx64 " %" PRIx64 "\n",
				kind_names[kind], place->longest[kind],
				place->address, place->end[kind]->address);
}

static void end(unsigned int cpu, void *data)
{
	const struct place *place;
	FILE *file = fopen(output, "a");

	(void)cpu;
	(void)data;
	if (!file) {
		perror(output);
		return;
	}
	fprintf(file, "interval %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		stretches, moments, broken);
	for (place = places; place; place = place->next)
		print_place(file, place);
	fclose(file);
}

static void on_execution(struct qemu_plugin_insn *insn, executed_cb cb, void *data)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, cb, CB_NO_REGS, data);
}

static void look_at(struct qemu_plugin_insn *insn)
{
	static const unsigned char first[] = MARK_BEGIN, last[] = MARK_END;
	const void *code = qemu_plugin_insn_data(insn);
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	unsigned int i;
	int64_t change;

	for (i = 0; i < unlock_bh_count; i++)
		if (address == unlock_bh_addresses[i])
			on_execution(insn, unlocks_bh, NULL);
	if (address == resched_address)
		on_execution(insn, rescheduled, NULL);
	else if (address == schedule_address)
		on_execution(insn, switches, NULL);
	if (qemu_plugin_insn_size(insn) == MARK_BYTES && !memcmp(code, first, MARK_BYTES))
		on_execution(insn, begin, NULL);
	else if (qemu_plugin_insn_size(insn) == MARK_BYTES && !memcmp(code, last, MARK_BYTES))
		on_execution(insn, end, NULL);
	change = change_of(insn, preempt_address);
	if (change == CHANGE_OF_REGISTER)
		on_execution(insn, enables_bh, NULL);
	else if (change)
		on_execution(insn, count_changes, (void *)(intptr_t)change);
}

static struct place *new_place(uint64_t address)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		abort();
	place->address = address;
	place->next = places;
	places = place;
	return place;
}

/* One processor, and so one thread that translates and executes. */
static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t i, instructions = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &executed,
						 instructions);
	if (address < USER_END)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, in_user_space, CB_NO_REGS, NULL);
	else if (address >= MODULES_BEGIN && address < MODULES_END)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, in_module, CB_NO_REGS,
						     new_place(address));
	for (i = 0; i < instructions; i++)
		look_at(qemu_plugin_tb_get_insn(tb, i));
}

/* Is the argument "KEY=VALUE"?  Then its value, by address. */
static bool is_value(const char *argument, const char *key, const char **value)
{
	size_t length = strlen(key);

	if (strncmp(argument, key, length))
		return false;
	*value = argument + length;
	return true;
}

static bool parse(const char *argument)
{
	const char *value;

	if (is_value(argument, "preempt=", &value))
		preempt_address = strtoull(value, NULL, 16);
	else if (is_value(argument, "schedule=", &value))
		schedule_address = strtoull(value, NULL, 16);
	else if (is_value(argument, "resched=", &value))
		resched_address = strtoull(value, NULL, 16);
	else if (is_value(argument, "unlock_bh=", &value) && unlock_bh_count < 4)
		unlock_bh_addresses[unlock_bh_count++] = strtoull(value, NULL, 16);
	else if (is_value(argument, "output=", &value))
		output = strdup(value);
	else
		return false;
	return true;
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++)
		if (!parse(argv[i]))
			return -1;
	if (!preempt_address || !schedule_address || !resched_address || !output)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
