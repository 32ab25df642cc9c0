// SPDX-License-Identifier: GPL-2.0-only
/*
 * orc.c - unwind entries for thunks and stubs, so that stack traces go through.
 *
 * The format of an entry changes between kernel versions, and nothing in a
 * module of 6.1 says which one it has. What is wanted is the entry that every
 * function has at its first instruction ("the caller's frame is 8 bytes above the
 * stack pointer"), with another offset; so one of the module's own is copied.
 * The kernel sorts the tables of a module when it loads it, so ours may simply
 * be appended.
 */
#include "internal.h"

/* In all formats so far: offset from the stack pointer, from the base pointer, */
struct orc_entry {
	int16_t sp_offset;
	int16_t bp_offset;
	uint8_t regs; /* sp_reg in the low half, bp_reg in the high */
	uint8_t type; /* where the formats differ */
} __attribute__((packed));

#define ORC_REG_SP 5 /* with bp_reg "undefined", which is 0 */

static struct orc_entry entry_at(const struct rewrite *rw, size_t index)
{
	struct orc_entry e;

	memcpy(&e, rw->elf.sections[rw->orc].data + index * sizeof(e), sizeof(e));
	return e;
}

/*
 * Does a function start there? Since 6.2 there may be padding before a function
 * (CONFIG_FUNCTION_PADDING_BYTES), and the entry stands at its start.
 */
static bool starts_function(const struct rewrite *rw, uint32_t section, uint64_t value)
{
	static const unsigned int padding[] = { 0, 16, 4, 8, 32, 64 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(padding); i++)
		if (function_at(rw, section, value + padding[i]))
			return true;
	return false;
}

/* Find the entry of some function's first instruction. */
static bool find_template(const struct rewrite *rw, struct orc_entry *template)
{
	const struct section *ip = &rw->elf.sections[rw->orc_ip];
	const struct section *rela = &rw->elf.sections[ip->rela];
	uint32_t i;

	if (!ip->rela)
		return false;
	for (i = 0; i < rela->nrelas; i++) {
		const Elf64_Rela *r = &rela->relas[i];
		const Elf64_Sym *sym = &rw->elf.symbols[ELF64_R_SYM(r->r_info)];

		if (ELF64_R_TYPE(r->r_info) != R_X86_64_PC32 || r->r_offset % 4)
			continue;
		if (!starts_function(rw, sym->st_shndx, sym->st_value + r->r_addend))
			continue;
		*template = entry_at(rw, r->r_offset / 4);
		if (template->sp_offset == 8 && template->bp_offset == 0 &&
		    template->regs == ORC_REG_SP)
			return true;
	}
	return false;
}

static void add_entry(struct rewrite *rw, uint32_t offset, const struct orc_entry *e)
{
	const struct section *ip = &rw->elf.sections[rw->orc_ip];

	fixup_add(&rw->orc_fixups, ip->h.sh_size + rw->orc_ip_bytes.size, rw->text_symbol,
		  R_X86_64_PC32, offset);
	buffer_add(&rw->orc_ip_bytes, NULL, 4);
	buffer_add(&rw->orc_bytes, e, sizeof(*e));
}

/* orc_build() - what has to be appended to the unwind tables */
int orc_build(struct rewrite *rw)
{
	const struct orc_row *rows = (struct orc_row *)rw->orc_rows.data;
	size_t i, n = rw->orc_rows.size / sizeof(*rows);
	struct orc_entry e, end = { 0 };

	if (!rw->orc || !n)
		return 0;
	if (!find_template(rw, &e))
		return complain(
			rw->err, EOPNOTSUPP,
			"%s: section .orc_unwind: no function starts with an entry that could be copied; the unwind format is not known",
			rw->elf.name);
	for (i = 0; i < n; i++) {
		e.sp_offset = rows[i].sp_offset;
		add_entry(rw, rows[i].offset, &e);
	}
	/* All zeros: nothing is known from the end of the section on. */
	add_entry(rw, rw->text.size, &end);
	if (rw->orc_bytes.failed || rw->orc_ip_bytes.failed || rw->orc_fixups.failed)
		return complain_nomem(rw->err, rw->elf.name);
	return 0;
}
