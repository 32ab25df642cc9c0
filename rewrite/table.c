// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - .suture.data and .suture.str, which tell suture.ko what is in the
 * image, and what tells the kernel's loader about the new imports: their CRCs
 * in __versions, their namespace in .modinfo.
 */
#include "internal.h"

/* Let the word at @at hold the address of @symbol + @addend. */
static void point(struct rewrite *rw, size_t at, uint32_t symbol, int64_t addend)
{
	fixup_add(&rw->table_fixups, at, symbol, R_X86_64_64, addend);
}

static void point_at_string(struct rewrite *rw, size_t at, const char *s)
{
	point(rw, at, rw->strings_symbol, buffer_string(&rw->strings, s));
}

static void build_entries(struct rewrite *rw)
{
	uint32_t i;

	for (i = 0; i < rw->nentries; i++) {
		const struct function *f = &rw->functions[rw->entries[i]];
		struct suture_entry entry = {
			.flags = f->flags,
			.ret = f->proto.ret,
			.nargs = f->proto.nargs,
		};
		size_t at = buffer_add(&rw->table, &entry, sizeof(entry));

		point(rw, at + offsetof(struct suture_entry, image), rw->image_symbol, 0);
		point(rw, at + offsetof(struct suture_entry, func), f->symbol, 0);
		point(rw, at + offsetof(struct suture_entry, thunk), f->thunk_symbol, 0);
		point_at_string(rw, at + offsetof(struct suture_entry, name),
				elf_symbol_name(&rw->elf, f->symbol));
	}
}

static void build_checks(struct rewrite *rw)
{
	uint32_t i;

	for (i = 0; i < rw->nimports; i++) {
		const struct import *import = &rw->imports[i];
		struct suture_check check = { 0 };
		size_t at;

		if (!import->check_symbol)
			continue;
		check.strong = import->contract->strong;
		check.weak = import->contract->weak;
		check.fail = import->contract->fail;
		at = buffer_add(&rw->table, &check, sizeof(check));
		point(rw, at + offsetof(struct suture_check, stub), import->check_symbol, 0);
		point(rw, at + offsetof(struct suture_check, function), import_function(import), 0);
		point_at_string(rw, at + offsetof(struct suture_check, name), import->name);
	}
}

/*
 * Find a symbol to express the place of an instruction by: the function around
 * it, or anything else in its section.
 */
static uint32_t symbol_near(const struct rewrite *rw, uint32_t section, uint64_t offset)
{
	const struct function *f = function_around(rw, section, offset);
	uint32_t i;

	if (f)
		return f->symbol;
	for (i = 1; i < rw->elf.nsymbols; i++)
		if (rw->elf.symbols[i].st_shndx == section)
			return i;
	return 0;
}

static int build_tails(struct rewrite *rw)
{
	const struct call_site *sites = (struct call_site *)rw->call_sites.data;
	size_t i, n = rw->call_sites.size / sizeof(*sites), at;
	uint32_t section, symbol;

	for (i = 0; i < n; i++) {
		if (!sites[i].stub_symbol)
			continue;
		section = rw->elf.sections[sites[i].rela].h.sh_info;
		symbol = symbol_near(rw, section, sites[i].insn);
		if (!symbol)
			return complain(
				rw->err, EOPNOTSUPP,
				"%s: section %s: offset %#llx: a tail call in a section without symbols; give a module that is not stripped of its symbols",
				rw->elf.name, rw->elf.sections[section].name,
				(unsigned long long)sites[i].insn);
		at = buffer_add(&rw->table, NULL, sizeof(struct suture_tail));
		point(rw, at + offsetof(struct suture_tail, stub), sites[i].stub_symbol, 0);
		point(rw, at + offsetof(struct suture_tail, site), symbol,
		      sites[i].insn - rw->elf.symbols[symbol].st_value);
	}
	return 0;
}

static void build_taken(struct rewrite *rw)
{
	uint32_t i;

	for (i = 0; i < rw->nimports; i++) {
		if (!rw->imports[i].wrapper || !rw->imports[i].taken)
			continue;
		point_at_string(rw, buffer_add(&rw->table, NULL, 8), rw->imports[i].name);
		rw->ntaken++;
	}
}

static int build_table(struct rewrite *rw)
{
	struct suture_image image = {
		.magic = SUTURE_IMAGE_MAGIC,
		.abi = SUTURE_IMAGE_ABI,
		.frame_size = SUTURE_FRAME_SIZE,
		.nentries = rw->nentries,
		.ntails = rw->ntails,
		.nwrapped = rw->nwrapped,
		.flags = rw->flags & SUTURE_REWRITE_PART ? SUTURE_IMAGE_PART : 0,
		.nchecks = rw->nchecks,
	};
	size_t entries, checks, tails, taken;
	int r;

	buffer_add(&rw->strings, "", 1);
	rw->strings_symbol = symbol_add(rw, SUTURE_STRINGS_SYMBOL,
					ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
					added_index(rw, ADDED_STR), 0, 0);
	buffer_add(&rw->table, NULL, sizeof(image));
	entries = rw->table.size;
	build_entries(rw);
	checks = rw->table.size;
	build_checks(rw);
	tails = rw->table.size;
	r = build_tails(rw);
	if (r)
		return r;
	taken = rw->table.size;
	build_taken(rw);
	image.ntaken = rw->ntaken;
	if (rw->table.failed)
		return complain_nomem(rw->err, rw->elf.name);
	memcpy(rw->table.data, &image, sizeof(image));
	point(rw, offsetof(struct suture_image, module), rw->this_module, 0);
	point(rw, offsetof(struct suture_image, entries), rw->image_symbol, entries);
	point(rw, offsetof(struct suture_image, checks), rw->image_symbol, checks);
	point(rw, offsetof(struct suture_image, tails), rw->image_symbol, tails);
	point(rw, offsetof(struct suture_image, taken), rw->image_symbol, taken);
	return 0;
}

/* An entry of __versions. */
struct version {
	uint64_t crc;
	char name[56];
};

static int build_versions(struct rewrite *rw)
{
	const char **names = (const char **)rw->new_imports.data;
	size_t i, n = rw->new_imports.size / sizeof(*names);
	struct version v;
	uint32_t crc;

	if (!rw->versions)
		return 0;
	for (i = 0; i < n; i++) {
		if (!core_crc(rw->core, names[i], &crc))
			return complain(
				rw->err, EXDEV,
				"%s: section __versions: suture.ko has no CRC for %s; build suture.ko for this kernel with CONFIG_MODVERSIONS",
				rw->elf.name, names[i]);
		memset(&v, 0, sizeof(v));
		v.crc = crc;
		strncpy(v.name, names[i], sizeof(v.name) - 1);
		buffer_add(&rw->version_bytes, &v, sizeof(v));
	}
	return 0;
}

/* table_build() - build the tables; the last symbols get their indices here */
int table_build(struct rewrite *rw)
{
	int r;

	r = build_table(rw);
	if (r)
		return r;
	r = build_versions(rw);
	if (r)
		return r;
	buffer_string(&rw->modinfo_bytes, "import_ns=" SUTURE_NAMESPACE);
	if (rw->table.failed || rw->table_fixups.failed || rw->strings.failed ||
	    rw->symbols.failed || rw->name_bytes.failed || rw->new_imports.failed ||
	    rw->version_bytes.failed || rw->modinfo_bytes.failed)
		return complain_nomem(rw->err, rw->elf.name);
	return 0;
}
