// SPDX-License-Identifier: GPL-2.0-only
/*
 * module.c - is this object a module that can be guarded?
 *
 * Whatever is refused is refused here or in edge.c, before anything is built.
 */
#include "internal.h"

static int find_this_module(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;
	uint32_t section = elf_find(elf, ".gnu.linkonce.this_module"), i;

	if (!section)
		return complain(
			rw->err, ENOEXEC,
			"%s: no section .gnu.linkonce.this_module: this object is not a kernel module; give a .ko file",
			elf->name);
	for (i = 1; i < elf->nsymbols; i++) {
		if (elf->symbols[i].st_shndx == section && !elf->symbols[i].st_value &&
		    !strcmp(elf_symbol_name(elf, i), "__this_module")) {
			rw->this_module = i;
			return 0;
		}
	}
	return complain(
		rw->err, ENOEXEC,
		"%s: section .gnu.linkonce.this_module: no symbol __this_module; the file is damaged",
		elf->name);
}

static int check_symbols(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;
	uint32_t i;

	for (i = 1; i < elf->nsymbols; i++) {
		const char *name = elf_symbol_name(elf, i);

		if (!strcmp(name, SUTURE_IMAGE_SYMBOL))
			return complain(
				rw->err, EALREADY,
				"%s: symbol " SUTURE_IMAGE_SYMBOL
				": this module is a guarded image already; give the driver's original",
				elf->name);
		if (starts_with(name, "__cfi_") || starts_with(name, "__kcfi_typeid_"))
			return complain(
				rw->err, EOPNOTSUPP,
				"%s: symbol %s: built with clang's kCFI, which checks what thunks change; such kernels cannot be guarded",
				elf->name, name);
		if (elf->symbols[i].st_shndx == SHN_UNDEF && starts_with(name, "suture_"))
			return complain(
				rw->err, EOPNOTSUPP,
				"%s: symbol %s: imports from suture.ko by itself; parts of Suture are not guarded",
				elf->name, name);
	}
	return 0;
}

/* Every loaded section is known, or has nothing to do with code. */
static int check_sections(struct rewrite *rw)
{
	struct elf *elf = &rw->elf;
	uint32_t i;

	for (i = 1; i < elf->nsections; i++) {
		struct section *s = &elf->sections[i];

		if (starts_with(s->name, ".klp.") || starts_with(s->name, "__version_ext_"))
			return complain(
				rw->err, EOPNOTSUPP,
				"%s: section %s: modules with such a section cannot be guarded",
				elf->name, s->name);
		if (!section_loaded(s))
			continue;
		s->rule = section_rule(s->name);
		if (s->rule && s->rule->action == SECTION_REFUSE)
			return complain(rw->err, EOPNOTSUPP,
					"%s: section %s: %s; such modules cannot be guarded",
					elf->name, s->name, s->rule->why);
		if ((s->h.sh_flags & SHF_EXECINSTR) &&
		    (!s->rule ||
		     (s->rule->action != SECTION_CODE && s->rule->action != SECTION_KEEP)))
			return complain(
				rw->err, EOPNOTSUPP,
				"%s: section %s: holds code, and what it is for is not known; please report it",
				elf->name, s->name);
		if (s->rule && s->rule->entsize && s->h.sh_size % s->rule->entsize)
			return complain(
				rw->err, EOPNOTSUPP,
				"%s: section %s: %#llx bytes are no multiple of its entries' %u; its format is not known",
				elf->name, s->name, (unsigned long long)s->h.sh_size,
				s->rule->entsize);
	}
	return 0;
}

static uint32_t find_loaded(const struct elf *elf, const char *name)
{
	uint32_t i = elf_find(elf, name);

	return i && elf->sections[i].data ? i : 0;
}

static int check_modinfo(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;
	const char *core = suture_core_vermagic(rw->core), *livepatch;

	rw->modinfo = find_loaded(elf, ".modinfo");
	rw->vermagic = modinfo_get(elf, "vermagic");
	if (!rw->vermagic)
		return complain(rw->err, ENOEXEC,
				"%s: section .modinfo: no vermagic; give a kernel module",
				elf->name);
	livepatch = modinfo_get(elf, "livepatch");
	if (livepatch)
		return complain(
			rw->err, EOPNOTSUPP,
			"%s: section .modinfo: livepatch=%s: a live patch changes the kernel itself and is not guarded",
			elf->name, livepatch);
	if (strcmp(rw->vermagic, core))
		return complain(
			rw->err, EXDEV,
			"%s: section .modinfo: vermagic \"%s\" is not the \"%s\" of suture.ko; build suture.ko for this kernel",
			elf->name, rw->vermagic, core);
	return 0;
}

/*
 * The unwind tables come as a pair; half of one, or lengths that do not agree,
 * would make the kernel read past the end of the shorter.
 */
static int find_orc(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;

	rw->orc_ip = find_loaded(elf, ".orc_unwind_ip");
	rw->orc = find_loaded(elf, ".orc_unwind");
	if (!rw->orc_ip && !rw->orc)
		return 0;
	if (!rw->orc_ip || !rw->orc ||
	    elf->sections[rw->orc_ip].h.sh_size / 4 != elf->sections[rw->orc].h.sh_size / 6)
		return complain(
			rw->err, EOPNOTSUPP,
			"%s: section .orc_unwind: does not go with .orc_unwind_ip; the unwind format is not known",
			elf->name);
	if (!elf->sections[rw->orc_ip].h.sh_size)
		rw->orc_ip = rw->orc = 0;
	return 0;
}

static int find_versions(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;

	rw->versions = find_loaded(elf, "__versions");
	if (rw->versions && elf->sections[rw->versions].h.sh_size % 64)
		return complain(
			rw->err, EOPNOTSUPP,
			"%s: section __versions: %#llx bytes are no multiple of its entries' 64; its format is not known",
			elf->name, (unsigned long long)elf->sections[rw->versions].h.sh_size);
	return 0;
}

/* module_check() - refuse what is not a module, or not one we understand */
int module_check(struct rewrite *rw)
{
	int r;

	r = find_this_module(rw);
	if (!r)
		r = check_symbols(rw);
	if (!r)
		r = check_sections(rw);
	if (!r)
		r = check_modinfo(rw);
	if (!r)
		r = find_orc(rw);
	if (!r)
		r = find_versions(rw);
	return r;
}
