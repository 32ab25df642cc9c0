// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - checks of arguments: code that stands between the driver's calls of a
 * kernel function and the function or its wrapper. kernel/include/suture/image.h has
 * the instructions, and why they suffice.
 */
#include "internal.h"

#define INT3	    0xcc
#define CHECK_ALIGN 16
#define ARGUMENTS   6

/* rdi, rsi, rdx, rcx, r8, r9 as instructions number them */
static const uint8_t registers[ARGUMENTS] = { 7, 6, 2, 1, 8, 9 };

/* r10 and r11 */
enum scratch { R10 = 2, R11 = 3 };

/* lea 0x1000(reg), scratch */
static void emit_strong(struct rewrite *rw, uint8_t reg, enum scratch to)
{
	const uint8_t code[] = { 0x4c | reg >> 3, 0x8d, 0x80 | to << 3 | (reg & 7), 0, 0x10, 0, 0 };

	emit(rw, code, sizeof(code));
}

/* lea (reg,reg), scratch; xor reg, scratch */
static void emit_weak(struct rewrite *rw, uint8_t reg, enum scratch to)
{
	const uint8_t code[] = {
		0x4c | (reg >> 3) * 3,
		0x8d,
		0x04 | to << 3,
		(reg & 7) << 3 | (reg & 7),
		0x49 | (reg >> 3) << 2,
		0x31,
		0xc0 | (reg & 7) << 3 | to,
	};

	emit(rw, code, sizeof(code));
}

static void emit_look(struct rewrite *rw, const struct contract *c)
{
	enum scratch to = R11;
	unsigned int i;

	for (i = 0; i < ARGUMENTS; i++) {
		if (!(c->strong & 1 << i))
			continue;
		emit_strong(rw, registers[i], to);
		if (to == R10)
			emit(rw, "\x4d\x21\xd3", 3); /* and %r10, %r11 */
		to = R10;
	}
	if (c->strong)
		emit(rw, "\x49\xf7\xd3", 3); /* not %r11 */
	for (i = 0; i < ARGUMENTS; i++) {
		if (!(c->weak & 1 << i))
			continue;
		emit_weak(rw, registers[i], to);
		if (to == R10)
			emit(rw, "\x4d\x09\xd3", 3); /* or %r10, %r11 */
		to = R10;
	}
}

static int build_check(struct rewrite *rw, struct import *import, uint64_t record)
{
	const char *name;
	uint64_t start;

	if (!rw->bad_argument)
		rw->bad_argument = symbol_import(rw, SUTURE_SYM_BAD_ARGUMENT);
	buffer_align(&rw->text, CHECK_ALIGN, INT3);
	start = rw->text.size;
	orc_here(rw, 8);
	emit_look(rw, import->contract);
	emit(rw, "\x49\xc1\xeb\x39", 4); /* shr $57, %r11 */
	emit(rw, "\x75\x05", 2);	 /* jnz over the jump */
	emit_jump(rw, import_function(import));
	emit(rw, "\x4c\x8d\x15", 3); /* lea rel32(%rip), %r10 */
	emit_relative(rw, rw->image_symbol, R_X86_64_PC32, record);
	emit_jump(rw, rw->bad_argument);
	name = symbol_unique(rw, "suture_check_", import->name);
	if (!name)
		return -ENOMEM;
	import->check_symbol = add_code(rw, name, start);
	rw->nchecks++;
	return 0;
}

/* checks_build() - the checks of all functions that are called, in order of imports */
int checks_build(struct rewrite *rw)
{
	uint64_t record = sizeof(struct suture_image) + rw->nentries * sizeof(struct suture_entry);
	uint32_t i;

	for (i = 0; i < rw->nimports; i++) {
		struct import *import = &rw->imports[i];

		if (!import->contract || !(import->calls + import->tails))
			continue;
		if (build_check(rw, import, record + rw->nchecks * sizeof(struct suture_check)))
			return -ENOMEM;
	}
	return 0;
}
