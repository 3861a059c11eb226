/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's preemption count, of x86-64: who changes it, and by how much. */
#ifndef MSGPORT_BENCH_PREEMPT_H
#define MSGPORT_BENCH_PREEMPT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "qemu.h"

#define COUNT_SERVING	0x100		/* deferred interrupts run */
#define COUNT_NO_BH	0x200		/* they do not; a lock: one more */
#define COUNT_INTERRUPT	0x10000		/* and above */

/* What is added from a register cannot be seen: only __local_bh_enable_ip() does. */
#define CHANGE_OF_REGISTER	1000000

static inline int32_t number_at(const unsigned char *bytes)
{
	int32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

/*
 * By how much an instruction changes the count at this address; 0: not at all.
 * All that do are %gs:DISPLACEMENT(%rip), with inc, dec, add, or sub.
 */
static inline int64_t change_of(const struct qemu_plugin_insn *insn, uint64_t count)
{
	const unsigned char *code = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn);
	unsigned int operation;
	int64_t value;

	if (size < 7 || code[0] != 0x65 || (code[2] & 0xc7) != 0x05 ||
	    qemu_plugin_insn_vaddr(insn) + size + number_at(code + 3) != count)
		return 0;
	operation = code[2] >> 3 & 7;
	if (code[1] == 0xff && operation <= 1)
		return operation ? -1 : 1;
	if (code[1] == 0x01)
		return CHANGE_OF_REGISTER;
	if (code[1] != 0x81 && code[1] != 0x83)
		return 0;
	value = code[1] == 0x81 ? number_at(code + 7) : (signed char)code[7];
	if (operation == 5)
		value = -value;
	else if (operation)
		return 0;
	return value;
}

#endif
