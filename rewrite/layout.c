// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout.c - put the image together.
 *
 *	the original file, byte for byte, but for edited relocation entries
 *	and the two header fields that say where the section headers are
 *	----
 *	sections that have grown: a copy, followed by what is new in them
 *	sections that are new
 *	section headers: the old ones in their order, then the new ones
 *
 * What is left in the old place of a section that has grown is dead, and stays.
 *
 * libelf could not write this: even with ELF_F_LAYOUT, elf_update() writes the
 * sections that it is given and fills what is between them, so that the dead
 * bytes would be lost or have to be made sections; and it writes to a file, so
 * that a memfd would stand between the image and its bytes.
 */
#include <stdlib.h>

#include "internal.h"

static void edit_relocation(struct rewrite *rw, uint32_t rela, uint32_t index, uint32_t symbol,
			    int64_t addend)
{
	uint64_t at = rw->elf.sections[rela].h.sh_offset + (uint64_t)index * sizeof(Elf64_Rela);
	Elf64_Rela r;

	memcpy(&r, rw->out.data + at, sizeof(r));
	r.r_info = ELF64_R_INFO((uint64_t)symbol, ELF64_R_TYPE(r.r_info));
	r.r_addend = addend;
	memcpy(rw->out.data + at, &r, sizeof(r));
}

static void edit_relocations(struct rewrite *rw)
{
	const struct entry_site *in = (struct entry_site *)rw->entry_sites.data;
	const struct call_site *out = (struct call_site *)rw->call_sites.data;
	size_t i;

	for (i = 0; i < rw->entry_sites.size / sizeof(*in); i++) {
		const struct function *f = &rw->functions[in[i].function];

		if (f->thunk)
			edit_relocation(rw, in[i].rela, in[i].index, f->thunk_symbol, in[i].addend);
	}
	for (i = 0; i < rw->call_sites.size / sizeof(*out); i++)
		edit_relocation(rw, out[i].rela, out[i].index,
				out[i].stub_symbol ? out[i].stub_symbol :
						     import_target(&rw->imports[out[i].import]),
				-4);
}

/* Move a section to the end, with @more behind it. */
static void grow_section(struct rewrite *rw, uint32_t index, const struct buffer *more)
{
	Elf64_Shdr *h = &rw->headers[index];
	uint64_t from = h->sh_offset, size = h->sh_size;
	size_t at;

	if (!index || !more->size)
		return;
	buffer_align(&rw->out, 64, 0);
	/* buffer_add() may move the bytes that are copied here: make room first. */
	at = buffer_add(&rw->out, NULL, size);
	if (rw->out.failed)
		return;
	memcpy(rw->out.data + at, rw->out.data + from, size);
	buffer_add(&rw->out, more->data, more->size);
	h->sh_offset = at;
	h->sh_size += more->size;
}

struct addition {
	const char *name;
	uint32_t type;
	uint64_t flags;
	uint64_t align;
	const struct buffer *bytes;
};

static void add_sections(struct rewrite *rw)
{
	const struct addition additions[NADDED] = {
		[ADDED_TEXT] = { SUTURE_TEXT_SECTION, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16,
				 &rw->text },
		[ADDED_TEXT_RELA] = { ".rela" SUTURE_TEXT_SECTION, SHT_RELA, SHF_INFO_LINK, 8,
				      &rw->text_fixups },
		[ADDED_DATA] = { SUTURE_DATA_SECTION, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 64,
				 &rw->table },
		[ADDED_DATA_RELA] = { ".rela" SUTURE_DATA_SECTION, SHT_RELA, SHF_INFO_LINK, 8,
				      &rw->table_fixups },
		[ADDED_STR] = { SUTURE_STR_SECTION, SHT_PROGBITS, SHF_ALLOC, 1, &rw->strings },
	};
	uint64_t old_names = rw->elf.sections[rw->elf.shstrtab].h.sh_size;
	struct buffer own = { .arena = &rw->work };
	struct buffer *names = &own;
	uint32_t i;

	/* Some tools keep the names of symbols and of sections together. */
	if (rw->elf.shstrtab == rw->elf.strtab)
		names = &rw->name_bytes;
	for (i = 0; i < NADDED; i++) {
		const struct addition *a = &additions[i];
		Elf64_Shdr *h = &rw->headers[added_index(rw, i)];

		h->sh_name = old_names + buffer_string(names, a->name);
		h->sh_type = a->type;
		h->sh_flags = a->flags;
		h->sh_addralign = a->align;
		h->sh_size = a->bytes->size;
		if (a->type == SHT_RELA) {
			h->sh_link = rw->elf.symtab;
			h->sh_info = added_index(rw, i - 1);
			h->sh_entsize = sizeof(Elf64_Rela);
		}
		buffer_align(&rw->out, a->align, 0);
		h->sh_offset = buffer_add(&rw->out, a->bytes->data, a->bytes->size);
	}
	if (names->failed)
		rw->out.failed = true;
	if (names == &own)
		grow_section(rw, rw->elf.shstrtab, names);
	grow_section(rw, rw->elf.strtab, &rw->name_bytes);
}

static void write_headers(struct rewrite *rw)
{
	Elf64_Ehdr eh = rw->elf.eh;

	buffer_align(&rw->out, 8, 0);
	eh.e_shoff = rw->out.size;
	eh.e_shnum = rw->elf.nsections + NADDED;
	buffer_add(&rw->out, rw->headers, eh.e_shnum * sizeof(*rw->headers));
	if (!rw->out.failed)
		memcpy(rw->out.data, &eh, sizeof(eh));
}

/* layout_build() - the image in rw->out */
int layout_build(struct rewrite *rw)
{
	const struct section *orc_ip = &rw->elf.sections[rw->orc_ip];
	uint32_t i;

	rw->headers = arena_zalloc(&rw->work, rw->elf.nsections + NADDED, sizeof(*rw->headers));
	buffer_add(&rw->out, rw->elf.data, rw->elf.size);
	if (rw->out.failed || !rw->headers)
		return complain_nomem(rw->err, rw->elf.name);
	for (i = 0; i < rw->elf.nsections; i++)
		rw->headers[i] = rw->elf.sections[i].h;
	edit_relocations(rw);
	grow_section(rw, rw->modinfo, &rw->modinfo_bytes);
	grow_section(rw, rw->versions, &rw->version_bytes);
	grow_section(rw, rw->orc, &rw->orc_bytes);
	grow_section(rw, rw->orc_ip, &rw->orc_ip_bytes);
	grow_section(rw, orc_ip->rela, &rw->orc_fixups);
	grow_section(rw, rw->elf.symtab, &rw->symbols);
	add_sections(rw);
	write_headers(rw);
	if (rw->out.failed)
		return complain_nomem(rw->err, rw->elf.name);
	return 0;
}
