// SPDX-License-Identifier: GPL-2.0
/*
 * A QEMU plugin that counts the instructions executed between two marks in
 * the guest (bench/mark.h), for each block of code that was translated.
 *
 *	-plugin count.so,output=FILE
 *
 * Writes lines: the block's guest address in hex, its instructions, and how
 * often it ran. Blocks end at jumps, so that each lies in one function.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../mark.h"
#include "qemu.h"

/* Read by QEMU. */
int qemu_plugin_version = 1;

/* One translated block; lives as long as QEMU. */
struct block {
	struct block *next;
	uint64_t address;	/* in the guest */
	uint64_t instructions;
	uint64_t runs;		/* raised by the translated code itself */
};

static struct block *blocks;
static const char *output;

static void begin(unsigned int cpu, void *data)
{
	struct block *block;

	(void)cpu;
	(void)data;
	for (block = blocks; block; block = block->next)
		block->runs = 0;
}

static void end(unsigned int cpu, void *data)
{
	struct block *block;
	FILE *file;

	(void)cpu;
	(void)data;
	file = fopen(output, "w");
	if (!file) {
		perror(output);
		return;
	}
	for (block = blocks; block; block = block->next)
		if (block->runs)
			fprintf(file, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n",
				block->address, block->instructions,
				block->runs);
	fclose(file);
}

static void look_for_marks(struct qemu_plugin_insn *insn)
{
	static const unsigned char first[] = MARK_BEGIN, last[] = MARK_END;

	if (qemu_plugin_insn_size(insn) != MARK_BYTES)
		return;
	if (!memcmp(qemu_plugin_insn_data(insn), first, MARK_BYTES))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, CB_NO_REGS, NULL);
	else if (!memcmp(qemu_plugin_insn_data(insn), last, MARK_BYTES))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, end, CB_NO_REGS, NULL);
}

/* One processor, and so one thread that translates and executes. */
static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));
	size_t i;

	(void)id;
	if (!block)
		abort();
	block->address = qemu_plugin_tb_vaddr(tb);
	block->instructions = qemu_plugin_tb_n_insns(tb);
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64,
						 &block->runs, 1);
	for (i = 0; i < block->instructions; i++)
		look_for_marks(qemu_plugin_tb_get_insn(tb, i));
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	static const char key[] = "output=";

	(void)info;
	if (argc != 1 || strncmp(argv[0], key, strlen(key)))
		return -1;
	output = strdup(argv[0] + strlen(key));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
