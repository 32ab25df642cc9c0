// SPDX-License-Identifier: GPL-2.0-only
/*
 * elf.c - read an ELF file that may be hostile.
 *
 * libelf reads, this file judges: libelf is lenient by design (it hands out
 * sections that overlap, symbols of sections that do not exist), so every number
 * that a later step uses as an index or a range is checked here, once, and no
 * step behind it has to.
 *
 * One thing has to be refused before libelf is asked: it would unpack a string
 * table that is marked as compressed, to whatever size.
 */
#include <stdlib.h>

#include "internal.h"

/* More than any module has, few enough that no sum of them overflows. */
#define MAX_SECTIONS 0xf000u
#define MAX_ALIGN    (1u << 21)

static bool range_ok(uint64_t offset, uint64_t size, uint64_t whole)
{
	return offset <= whole && size <= whole - offset;
}

static int check_header(struct elf *elf, struct suture_rewrite_error *err)
{
	const GElf_Ehdr *eh = &elf->eh;

	/* elf_memory() has no const, but reads only: it implies ELF_C_READ. */
	elf_version(EV_CURRENT);
	elf->handle = elf_memory((char *)elf->data, elf->size);
	if (elf_kind(elf->handle) != ELF_K_ELF || !gelf_getehdr(elf->handle, &elf->eh))
		return complain(err, ENOEXEC,
				"%s: not an ELF file (%zu bytes); give a kernel module", elf->name,
				elf->size);
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh->e_machine != EM_X86_64)
		return complain(
			err, ENOEXEC,
			"%s: ELF class %u, data %u, machine %u is not x86-64; modules of other machines cannot be guarded yet",
			elf->name, eh->e_ident[EI_CLASS], eh->e_ident[EI_DATA], eh->e_machine);
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_ehsize != sizeof(Elf64_Ehdr))
		return complain(
			err, ENOEXEC,
			"%s: ELF header claims section headers of %u bytes; the file is damaged",
			elf->name, eh->e_shentsize);
	if (!eh->e_shnum || eh->e_shnum > MAX_SECTIONS || eh->e_shstrndx >= eh->e_shnum)
		return complain(
			err, ENOEXEC,
			"%s: ELF header claims %u sections with their names in section %u; the file is damaged",
			elf->name, eh->e_shnum, eh->e_shstrndx);
	/* If they do not all fit into the file, there are none for libelf. */
	if (!elf_getscn(elf->handle, eh->e_shnum - 1))
		return complain(
			err, ENOEXEC,
			"%s: section headers at %#llx reach beyond the end of the file (%zu bytes); the file is truncated",
			elf->name, (unsigned long long)eh->e_shoff, elf->size);
	return 0;
}

/*
 * Is the section's extent within the file? Its bytes are taken from there.
 * elf_rawdata() would point at the same, but give nothing at all, and no reason,
 * for a section whose size does not go with its type.
 */
static int check_extent(struct elf *elf, uint32_t i, struct suture_rewrite_error *err)
{
	struct section *s = &elf->sections[i];

	if (s->h.sh_type == SHT_NOBITS || s->h.sh_type == SHT_NULL)
		return 0;
	if (!range_ok(s->h.sh_offset, s->h.sh_size, elf->size))
		return complain(
			err, ENOEXEC,
			"%s: section %s: %#llx bytes at %#llx reach beyond the end of the file (%zu bytes); the file is truncated",
			elf->name, s->name, (unsigned long long)s->h.sh_size,
			(unsigned long long)s->h.sh_offset, elf->size);
	s->data = elf->data + s->h.sh_offset;
	return 0;
}

static int check_section(struct elf *elf, uint32_t i, struct suture_rewrite_error *err)
{
	const struct section *s = &elf->sections[i];

	if ((s->h.sh_addralign & (s->h.sh_addralign - 1)) || s->h.sh_addralign > MAX_ALIGN)
		return complain(
			err, ENOEXEC,
			"%s: section %s: alignment %#llx is not a power of two up to 2 MiB; the file is damaged",
			elf->name, s->name, (unsigned long long)s->h.sh_addralign);
	return check_extent(elf, i, err);
}

/* If a string can start at its last byte, all strings in it have an end. */
static int check_strings(struct elf *elf, uint32_t i, struct suture_rewrite_error *err)
{
	const struct section *s = &elf->sections[i];

	if ((s->h.sh_flags & SHF_COMPRESSED) || !elf_strptr(elf->handle, i, s->h.sh_size - 1))
		return complain(err, ENOEXEC,
				"%s: section %s: is not a proper string table; the file is damaged",
				elf->name, s->name);
	return 0;
}

/* The names come first, so that all further messages can use them. */
static int read_names(struct elf *elf, struct suture_rewrite_error *err)
{
	struct section *s = &elf->sections[elf->shstrtab];
	uint32_t i;
	int r;

	s->name = "(section names)";
	r = check_extent(elf, elf->shstrtab, err);
	if (!r)
		r = check_strings(elf, elf->shstrtab, err);
	if (r)
		return r;
	for (i = 0; i < elf->nsections; i++) {
		s = &elf->sections[i];
		s->name = elf_strptr(elf->handle, elf->shstrtab, s->h.sh_name);
		if (!s->name)
			return complain(
				err, ENOEXEC,
				"%s: section %u: name at %#x is outside of the string table; the file is damaged",
				elf->name, i, s->h.sh_name);
	}
	return 0;
}

/*
 * elf_parse() - read the headers of any x86-64 ELF file
 *
 * Symbols and relocations are not looked at. Whatever comes out of it,
 * @elf->handle is the caller's to end.
 */
int elf_parse(struct elf *elf, struct arena *arena, const char *name, const void *data, size_t size,
	      struct suture_rewrite_error *err)
{
	uint32_t i;
	int r;

	memset(elf, 0, sizeof(*elf));
	elf->name = name;
	elf->data = data;
	elf->size = size;
	r = check_header(elf, err);
	if (r)
		return r;
	elf->nsections = elf->eh.e_shnum;
	elf->shstrtab = elf->eh.e_shstrndx;
	elf->sections = arena_zalloc(arena, elf->nsections, sizeof(*elf->sections));
	if (!elf->sections)
		return complain_nomem(err, name);
	for (i = 0; i < elf->nsections; i++)
		if (!gelf_getshdr(elf_getscn(elf->handle, i), &elf->sections[i].h))
			return complain_nomem(err, name);
	r = read_names(elf, err);
	for (i = 0; i < elf->nsections && !r; i++)
		r = check_section(elf, i, err);
	return r;
}

struct extent {
	uint64_t start;
	uint64_t end;
	const char *name;
};

static int compare_extents(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* Two sections in the same bytes: an edit of one would change the other. */
static int check_overlap(struct elf *elf, struct arena *arena, struct suture_rewrite_error *err)
{
	struct extent *extents;
	uint32_t i, n = 0;

	extents = arena_zalloc(arena, elf->nsections + 2, sizeof(*extents));
	if (!extents)
		return complain_nomem(err, elf->name);
	extents[n++] = (struct extent){ 0, sizeof(Elf64_Ehdr), "the ELF header" };
	extents[n++] =
		(struct extent){ elf->eh.e_shoff,
				 elf->eh.e_shoff + (uint64_t)elf->nsections * sizeof(Elf64_Shdr),
				 "the section headers" };
	for (i = 0; i < elf->nsections; i++) {
		const struct section *s = &elf->sections[i];

		if (s->data && s->h.sh_size)
			extents[n++] = (struct extent){ s->h.sh_offset,
							s->h.sh_offset + s->h.sh_size, s->name };
	}
	qsort(extents, n, sizeof(*extents), compare_extents);
	for (i = 1; i < n; i++)
		if (extents[i].start < extents[i - 1].end)
			return complain(err, ENOEXEC,
					"%s: %s and %s overlap at %#llx; the file is damaged",
					elf->name, extents[i - 1].name, extents[i].name,
					(unsigned long long)extents[i].start);
	return 0;
}

static int check_symbol(struct elf *elf, uint32_t i, struct suture_rewrite_error *err)
{
	const struct section *table = &elf->sections[elf->symtab];
	const Elf64_Sym *sym = &elf->symbols[i];
	const struct section *s;

	if (!elf_symbol_name(elf, i))
		return complain(
			err, ENOEXEC,
			"%s: section %s: symbol %u: name at %#x is outside of the string table; the file is damaged",
			elf->name, table->name, i, sym->st_name);
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS)
		return 0;
	if (sym->st_shndx >= elf->nsections)
		return complain(
			err, ENOEXEC,
			"%s: section %s: symbol %s: there is no section %u; the file is damaged",
			elf->name, table->name, elf_symbol_name(elf, i), sym->st_shndx);
	s = &elf->sections[sym->st_shndx];
	if (section_loaded(s) &&
	    !range_ok(sym->st_value, ELF64_ST_TYPE(sym->st_info) == STT_FUNC ? sym->st_size : 0,
		      s->h.sh_size))
		return complain(
			err, ENOEXEC,
			"%s: section %s: symbol %s: offset %#llx and size %#llx reach beyond the section's %#llx bytes; the file is damaged",
			elf->name, s->name, elf_symbol_name(elf, i),
			(unsigned long long)sym->st_value, (unsigned long long)sym->st_size,
			(unsigned long long)s->h.sh_size);
	return 0;
}

static int read_symbols(struct elf *elf, struct suture_rewrite_error *err)
{
	const struct section *s;
	const Elf_Data *symbols;
	uint32_t i;
	int r;

	for (i = 1; i < elf->nsections; i++) {
		if (elf->sections[i].h.sh_type == SHT_SYMTAB_SHNDX)
			return complain(
				err, EOPNOTSUPP,
				"%s: section %s: more sections than a symbol can name; such modules cannot be guarded",
				elf->name, elf->sections[i].name);
		if (elf->sections[i].h.sh_type != SHT_SYMTAB)
			continue;
		if (elf->symtab)
			return complain(
				err, ENOEXEC,
				"%s: section %s: a second symbol table; the file is damaged",
				elf->name, elf->sections[i].name);
		elf->symtab = i;
	}
	if (!elf->symtab)
		return complain(
			err, ENOEXEC,
			"%s: no symbol table; give a module that is not stripped of its symbols",
			elf->name);
	s = &elf->sections[elf->symtab];
	elf->strtab = s->h.sh_link;
	/* Aligned, which the bytes in the file need not be. */
	symbols = elf_getdata(elf_getscn(elf->handle, elf->symtab), NULL);
	if (!symbols || !symbols->d_size || s->h.sh_entsize != sizeof(Elf64_Sym) ||
	    s->h.sh_size % sizeof(Elf64_Sym) || s->h.sh_size / sizeof(Elf64_Sym) > UINT32_MAX / 4 ||
	    elf->strtab >= elf->nsections)
		return complain(
			err, ENOEXEC,
			"%s: section %s: %#llx bytes in entries of %#llx, strings in section %u; the file is damaged",
			elf->name, s->name, (unsigned long long)s->h.sh_size,
			(unsigned long long)s->h.sh_entsize, s->h.sh_link);
	r = check_strings(elf, elf->strtab, err);
	if (r)
		return r;
	elf->symbols = symbols->d_buf;
	elf->nsymbols = symbols->d_size / sizeof(Elf64_Sym);
	for (i = 0; i < elf->nsymbols; i++) {
		r = check_symbol(elf, i, err);
		if (r)
			return r;
	}
	return 0;
}

/* Bytes that a relocation fills in; 0: the kernel does not know this type. */
static unsigned int field_size(uint32_t type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_32:
	case R_X86_64_32S:
		return 4;
	}
	return 0;
}

static int read_rela(struct elf *elf, uint32_t i, struct suture_rewrite_error *err)
{
	struct section *s = &elf->sections[i], *target;
	const Elf_Data *relas;
	uint32_t j;

	if (s->h.sh_info >= elf->nsections || !s->h.sh_info)
		return complain(
			err, ENOEXEC,
			"%s: section %s: relocations of section %u, which is not there; the file is damaged",
			elf->name, s->name, s->h.sh_info);
	target = &elf->sections[s->h.sh_info];
	if (!section_loaded(target))
		return 0;
	if (s->h.sh_type == SHT_REL)
		return complain(
			err, ENOEXEC,
			"%s: section %s: relocations without addends, which x86-64 does not have; the file is damaged",
			elf->name, s->name);
	relas = elf_getdata(elf_getscn(elf->handle, i), NULL);
	if (!relas || relas->d_size != s->h.sh_size || s->h.sh_entsize != sizeof(Elf64_Rela) ||
	    s->h.sh_size % sizeof(Elf64_Rela) || s->h.sh_size / sizeof(Elf64_Rela) > UINT32_MAX ||
	    s->h.sh_link != elf->symtab)
		return complain(
			err, ENOEXEC,
			"%s: section %s: %#llx bytes in entries of %#llx, symbols in section %u; the file is damaged",
			elf->name, s->name, (unsigned long long)s->h.sh_size,
			(unsigned long long)s->h.sh_entsize, s->h.sh_link);
	if (target->rela)
		return complain(
			err, EOPNOTSUPP,
			"%s: section %s: a second table of relocations for section %s; such modules cannot be guarded",
			elf->name, s->name, target->name);
	target->rela = i;
	s->relas = relas->d_buf;
	s->nrelas = relas->d_size / sizeof(Elf64_Rela);
	for (j = 0; j < s->nrelas; j++) {
		const Elf64_Rela *rela = &s->relas[j];
		uint32_t type = ELF64_R_TYPE(rela->r_info);
		unsigned int size = field_size(type);

		if (type == R_X86_64_NONE)
			continue;
		if (!size)
			return complain(
				err, EOPNOTSUPP,
				"%s: section %s: relocation %u: type %u is not known to the kernel's loader; such modules cannot be guarded",
				elf->name, s->name, j, type);
		if (!target->data || !range_ok(rela->r_offset, size, target->h.sh_size))
			return complain(
				err, ENOEXEC,
				"%s: section %s: relocation %u: offset %#llx is outside of section %s; the file is damaged",
				elf->name, s->name, j, (unsigned long long)rela->r_offset,
				target->name);
		if (ELF64_R_SYM(rela->r_info) >= elf->nsymbols)
			return complain(
				err, ENOEXEC,
				"%s: section %s: relocation %u: there is no symbol %llu; the file is damaged",
				elf->name, s->name, j,
				(unsigned long long)ELF64_R_SYM(rela->r_info));
	}
	return 0;
}

/* elf_parse_object() - read a relocatable object, with symbols and relocations */
int elf_parse_object(struct elf *elf, struct arena *arena, const char *name, const void *data,
		     size_t size, struct suture_rewrite_error *err)
{
	uint32_t i;
	int r;

	r = elf_parse(elf, arena, name, data, size, err);
	if (r)
		return r;
	if (elf->eh.e_type != ET_REL)
		return complain(err, ENOEXEC,
				"%s: ELF type %u is not a relocatable object; give a kernel module",
				name, elf->eh.e_type);
	r = check_overlap(elf, arena, err);
	if (r)
		return r;
	r = read_symbols(elf, err);
	if (r)
		return r;
	for (i = 1; i < elf->nsections; i++) {
		if (elf->sections[i].h.sh_type != SHT_RELA && elf->sections[i].h.sh_type != SHT_REL)
			continue;
		r = read_rela(elf, i, err);
		if (r)
			return r;
	}
	return 0;
}

/* elf_find() - index of the section @name, or 0 */
uint32_t elf_find(const struct elf *elf, const char *name)
{
	uint32_t i;

	for (i = 1; i < elf->nsections; i++)
		if (!strcmp(elf->sections[i].name, name))
			return i;
	return 0;
}

const char *elf_symbol_name(const struct elf *elf, uint32_t symbol)
{
	return elf_strptr(elf->handle, elf->strtab, elf->symbols[symbol].st_name);
}

/*
 * modinfo_get() - value of the first "@key=" in .modinfo, or NULL
 *
 * The section may hold empty strings between the entries, and must end with a
 * NUL for anything to be found in it.
 */
const char *modinfo_get(const struct elf *elf, const char *key)
{
	const struct section *s = &elf->sections[elf_find(elf, ".modinfo")];
	const char *p = (const char *)s->data, *end;
	size_t length = strlen(key);

	if (!p || !s->h.sh_size || p[s->h.sh_size - 1])
		return NULL;
	for (end = p + s->h.sh_size; p < end; p += strlen(p) + 1)
		if (!strncmp(p, key, length) && p[length] == '=')
			return p + length + 1;
	return NULL;
}
