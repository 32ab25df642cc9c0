// SPDX-License-Identifier: GPL-2.0-only
/*
 * text.c - .suture.text: an entry thunk for each function that the kernel can
 * call, a stub for each tail call. Their bytes are laid down in
 * kernel/include/suture/image.h.
 *
 * No thunk has a return or an indirect branch of its own, so that none of the
 * kernel's mitigations has to patch them.
 */
#include "internal.h"

#define INT3	   0xcc
#define TEXT_ALIGN 16

void emit(struct rewrite *rw, const void *bytes, size_t size)
{
	buffer_add(&rw->text, bytes, size);
}

static void emit32(struct rewrite *rw, uint32_t value)
{
	emit(rw, &value, sizeof(value));
}

/* From here on the return address is @offset - 8 bytes above the stack pointer. */
void orc_here(struct rewrite *rw, int16_t offset)
{
	struct orc_row row = { rw->text.size, offset };

	buffer_add(&rw->orc_rows, &row, sizeof(row));
}

/* A 32-bit field that is relative to its own end. */
void emit_relative(struct rewrite *rw, uint32_t symbol, uint32_t type, int64_t addend)
{
	size_t at = buffer_add(&rw->text, NULL, 4);

	fixup_add(&rw->text_fixups, at, symbol, type, addend - 4);
}

static void emit_call(struct rewrite *rw, uint32_t symbol)
{
	emit(rw, "\xe8", 1);
	emit_relative(rw, symbol, R_X86_64_PLT32, 0);
}

void emit_jump(struct rewrite *rw, uint32_t symbol)
{
	emit(rw, "\xe9", 1);
	emit_relative(rw, symbol, R_X86_64_PLT32, 0);
}

/*
 * The stack arguments stand above the frame and the return address, and have to
 * stand above the return address of the thunk's own call. Pushing from the last
 * to the first moves the stack pointer by as much as the next one is nearer: the
 * displacement is the same for all.
 */
static void emit_copies(struct rewrite *rw, unsigned int words)
{
	unsigned int i;

	for (i = 1; i <= words; i++) {
		emit(rw, "\xff\xb4\x24", 3); /* push disp32(%rsp) */
		emit32(rw, SUTURE_FRAME_SIZE + 8 * words);
		orc_here(rw, SUTURE_FRAME_SIZE + 8 + 8 * i);
	}
}

static void emit_thunk(struct rewrite *rw, const struct function *f, uint32_t image, uint64_t entry)
{
	unsigned int words = f->proto.stack_words;

	orc_here(rw, 8);
	emit(rw, "\xf3\x0f\x1e\xfa", 4); /* endbr64 */
	emit(rw, "\x48\x81\xec", 3);	 /* sub $imm32, %rsp */
	emit32(rw, SUTURE_FRAME_SIZE);
	orc_here(rw, SUTURE_FRAME_SIZE + 8);
	emit(rw, "\x4c\x8d\x15", 3); /* lea rel32(%rip), %r10 */
	emit_relative(rw, image, R_X86_64_PC32, entry);
	emit_call(rw, rw->enter);
	emit_copies(rw, words);
	emit_call(rw, f->symbol);
	if (words) {
		emit(rw, "\x48\x81\xc4", 3); /* add $imm32, %rsp */
		emit32(rw, 8 * words);
		orc_here(rw, SUTURE_FRAME_SIZE + 8);
	}
	emit_jump(rw, rw->leave);
}

/* Name what stands from @start to the end of the text so far. */
uint32_t add_code(struct rewrite *rw, const char *name, uint64_t start)
{
	uint32_t symbol;

	symbol = symbol_add(rw, name, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			    added_index(rw, ADDED_TEXT), start, rw->text.size - start);
	if (!start)
		rw->text_symbol = symbol;
	return symbol;
}

static int build_thunks(struct rewrite *rw, uint32_t image)
{
	uint32_t i, start;

	for (i = 0; i < rw->nfunctions; i++)
		rw->nentries += rw->functions[i].sites && !rw->functions[i].proto.reason;
	rw->entries = arena_zalloc(&rw->work, rw->nentries, sizeof(*rw->entries));
	if (!rw->entries)
		return -ENOMEM;
	if (rw->nentries) {
		rw->enter = symbol_import(rw, SUTURE_SYM_ENTER);
		rw->leave = symbol_import(rw, SUTURE_SYM_LEAVE);
	}
	rw->nentries = 0;
	for (i = 0; i < rw->nfunctions; i++) {
		struct function *f = &rw->functions[i];

		if (!f->sites || f->proto.reason)
			continue;
		buffer_align(&rw->text, TEXT_ALIGN, INT3);
		start = rw->text.size;
		emit_thunk(rw, f, image,
			   sizeof(struct suture_image) +
				   rw->nentries * sizeof(struct suture_entry));
		f->thunk = symbol_unique(rw, "suture_", elf_symbol_name(&rw->elf, f->symbol));
		if (!f->thunk)
			return -ENOMEM;
		f->thunk_offset = start;
		f->thunk_symbol = add_code(rw, f->thunk, start);
		rw->entries[rw->nentries++] = i;
		rw->edges_in += f->sites;
	}
	return 0;
}

/* Before any thunk gets a name: that of a wrapper cannot be changed. */
static void import_wrappers(struct rewrite *rw)
{
	const struct call_site *sites = (struct call_site *)rw->call_sites.data;
	size_t i, n = rw->call_sites.size / sizeof(*sites);

	for (i = 0; i < n; i++) {
		struct import *import = &rw->imports[sites[i].import];

		if (import->wrapper && !import->wrapper_symbol)
			import->wrapper_symbol = symbol_import(rw, import->wrapper);
	}
	rw->nwrapped = n;
}

/*
 * A stub calls the wrapper or the check with one more return address on the stack, so that
 * arguments on the stack would be found in the wrong place. Such a call jumps to
 * the wrapper itself: it is checked, only its call site has no name. A tail call
 * has stack arguments only if its caller was given as many, so either prototype
 * tells; that of a variadic function does not. Where both are unknown, such a call
 * of a function that is not variadic is too unlikely to do without names.
 */
static bool needs_stub(const struct rewrite *rw, const struct import *import,
		       const struct function *caller)
{
	struct prototype proto;
	bool open = false;

	if (rw->types && types_get(rw->types, import->name, &proto)) {
		if (!proto.reason)
			return !proto.stack_words;
		open = true;
	}
	if (rw->known && caller && !caller->ambiguous &&
	    prototypes_get(rw->known, elf_symbol_name(&rw->elf, caller->symbol), &proto))
		return !proto.reason && !proto.stack_words;
	return !open;
}

static int build_stub(struct rewrite *rw, struct call_site *site)
{
	const struct import *import = &rw->imports[site->import];
	uint32_t section = rw->elf.sections[site->rela].h.sh_info;
	const struct function *f = function_around(rw, section, site->insn);
	const char *name;

	if (!needs_stub(rw, import, f))
		return 0;
	if (!rw->tail_return)
		rw->tail_return = symbol_import(rw, SUTURE_SYM_TAIL_RETURN);
	buffer_align(&rw->text, TEXT_ALIGN, INT3);
	site->stub_offset = rw->text.size;
	orc_here(rw, 8);
	emit_call(rw, import_target(import));
	emit_jump(rw, rw->tail_return);
	name = symbol_unique(rw, "suture_tail_",
			     f ? elf_symbol_name(&rw->elf, f->symbol) : import->name);
	if (!name)
		return -ENOMEM;
	site->stub_symbol = add_code(rw, name, site->stub_offset);
	rw->ntails++;
	return 0;
}

static int build_stubs(struct rewrite *rw)
{
	struct call_site *sites = (struct call_site *)rw->call_sites.data;
	size_t i, n = rw->call_sites.size / sizeof(*sites);

	for (i = 0; i < n; i++) {
		if (sites[i].tail && build_stub(rw, &sites[i]))
			return -ENOMEM;
	}
	return 0;
}

/* text_build() - build .suture.text with its relocations and symbols */
int text_build(struct rewrite *rw)
{
	uint32_t image;

	image = symbol_add(rw, SUTURE_IMAGE_SYMBOL, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
			   added_index(rw, ADDED_DATA), 0, sizeof(struct suture_image));
	rw->image_symbol = image;
	import_wrappers(rw);
	if (build_thunks(rw, image) || checks_build(rw) || build_stubs(rw) || rw->text.failed ||
	    rw->text_fixups.failed || rw->orc_rows.failed)
		return complain_nomem(rw->err, rw->elf.name);
	return 0;
}
