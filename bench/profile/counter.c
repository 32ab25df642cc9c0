// SPDX-License-Identifier: GPL-2.0-only
/*
 * counter.c - plugin of QEMU's TCG that counts how often each instruction of the guest's
 * kernel is executed between two marks.
 *
 * The marks are instructions that do nothing and that no compiler makes: mark.c, run in the
 * guest. The first sets all counters to zero, the second writes those that are not zero to
 * a file: address and count in a line. The argument "to=" says how its name begins; the files
 * are numbered from 1.
 *
 * No Debian package has the header of the interface, so what is used of it stands here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;

enum { QEMU_PLUGIN_INLINE_ADD_U64 };
enum { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *ptr,
						uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int vcpu, void *data), int flags,
					    void *data);

int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);

/* One instruction; they stay where they are, as translated code points to them. */
struct count {
	struct count *next;
	uint64_t address;
	uint64_t n;
};

#define BUCKETS 65536
static struct count *counts[BUCKETS];
static const char *to;

static struct count *count_of(uint64_t address)
{
	struct count **slot = &counts[(address ^ address >> 16) % BUCKETS];
	struct count *c;

	for (c = *slot; c; c = c->next)
		if (c->address == address)
			return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->address = address;
	c->next = *slot;
	*slot = c;
	return c;
}

static void begin(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct count *c = counts[i]; c; c = c->next)
			c->n = 0;
}

static void end(unsigned int vcpu, void *data)
{
	static unsigned int number;
	char path[4096];
	FILE *f;

	(void)vcpu;
	(void)data;
	snprintf(path, sizeof(path), "%s.%u", to, ++number);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		return;
	}
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct count *c = counts[i]; c; c = c->next)
			if (c->n)
				fprintf(f, "%" PRIx64 " %" PRIu64 "\n", c->address, c->n);
	if (fclose(f))
		perror(path);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static const unsigned char first[] = { MARK_BEGIN }, last[] = { MARK_END };

	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (address >> 63) {
			qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
								   &count_of(address)->n, 1);
		} else if (qemu_plugin_insn_size(insn) == sizeof(first)) {
			const void *code = qemu_plugin_insn_data(insn);

			if (!memcmp(code, first, sizeof(first)))
				qemu_plugin_register_vcpu_insn_exec_cb(
					insn, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
			else if (!memcmp(code, last, sizeof(last)))
				qemu_plugin_register_vcpu_insn_exec_cb(
					insn, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
		}
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "to=", 3))
			to = argv[i] + 3;
	if (!to) {
		fprintf(stderr, "counter: want to=FILE\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
