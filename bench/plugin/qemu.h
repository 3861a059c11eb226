/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is used of version 1 of QEMU's plugin interface, whose own header is in
 * no Debian package. QEMU resolves the functions when it loads the plugin.
 */
#ifndef MSGPORT_BENCH_QEMU_H
#define MSGPORT_BENCH_QEMU_H

#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_tb;		/* a translated block */
struct qemu_plugin_insn;

enum { INLINE_ADD_U64 = 0, CB_NO_REGS = 0 };

typedef void (*translated_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_cb)(unsigned int cpu, void *data);

/* The plugin's own: QEMU calls it once. */
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translated_cb cb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *counter, uint64_t value);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, executed_cb cb,
					  int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    executed_cb cb, int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

#endif
