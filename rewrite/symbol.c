// SPDX-License-Identifier: GPL-2.0-only
/*
 * symbol.c - the symbols of what is added, and the relocations that use them.
 *
 * In a symbol table local symbols stand before the others. Appending keeps every
 * index that a relocation has, so all new symbols are global (and hidden). That
 * is harmless: a module exports only what its __ksymtab names.
 */
#include <stdlib.h>

#include "internal.h"

/* Names that are given out later than the first thunk gets its own. */
static const char *const reserved[] = {
	SUTURE_IMAGE_SYMBOL, SUTURE_STRINGS_SYMBOL,  SUTURE_SYM_ENTER,
	SUTURE_SYM_LEAVE,    SUTURE_SYM_TAIL_RETURN, SUTURE_SYM_BAD_ARGUMENT,
};

/* symbols_begin() - learn the names that are in use */
int symbols_begin(struct rewrite *rw)
{
	uint32_t i;

	for (i = 1; i < rw->elf.nsymbols; i++)
		if (map_put(&rw->names, elf_symbol_name(&rw->elf, i), 0))
			return complain_nomem(rw->err, rw->elf.name);
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (map_put(&rw->names, reserved[i], 0))
			return complain_nomem(rw->err, rw->elf.name);
	return 0;
}

static uint32_t append(struct rewrite *rw, const char *name, Elf64_Sym *sym)
{
	const struct section *strtab = &rw->elf.sections[rw->elf.strtab];
	uint32_t index;

	index = rw->elf.nsymbols + rw->symbols.size / sizeof(*sym);
	sym->st_name = strtab->h.sh_size + buffer_string(&rw->name_bytes, name);
	buffer_add(&rw->symbols, sym, sizeof(*sym));
	if (map_put(&rw->names, name, 0))
		rw->symbols.failed = true;
	return index;
}

/* symbol_add() - define a symbol, return its index */
uint32_t symbol_add(struct rewrite *rw, const char *name, uint8_t info, uint16_t section,
		    uint64_t value, uint64_t size)
{
	Elf64_Sym sym = {
		.st_info = info,
		.st_other = STV_HIDDEN,
		.st_shndx = section,
		.st_value = value,
		.st_size = size,
	};

	return append(rw, name, &sym);
}

/* symbol_import() - import from suture.ko, return the symbol's index */
uint32_t symbol_import(struct rewrite *rw, const char *name)
{
	Elf64_Sym sym = {
		.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
		.st_shndx = SHN_UNDEF,
	};

	buffer_add(&rw->new_imports, &name, sizeof(name));
	return append(rw, name, &sym);
}

/* symbol_unique() - a name that nothing else in the module has */
char *symbol_unique(struct rewrite *rw, const char *prefix, const char *name)
{
	char *unique = arena_printf(&rw->work, "%s%s", prefix, name);
	uint32_t i = 0;

	/* Where the search ended last time is kept under the plain name. */
	if (unique && map_get(&rw->names, unique, &i)) {
		char *plain = unique;

		do {
			unique = arena_printf(&rw->work, "%s.%u", plain, ++i);
		} while (unique && map_get(&rw->names, unique, NULL));
		if (map_put(&rw->names, plain, i))
			return NULL;
	}
	return unique;
}

void fixup_add(struct buffer *fixups, uint64_t offset, uint32_t symbol, uint32_t type,
	       int64_t addend)
{
	Elf64_Rela rela = {
		.r_offset = offset,
		.r_info = ELF64_R_INFO((uint64_t)symbol, type),
		.r_addend = addend,
	};

	buffer_add(fixups, &rela, sizeof(rela));
}
