// SPDX-License-Identifier: GPL-2.0-only
/*
 * core.c - what suture.ko and its rule packs offer: their wrappers, and the CRCs of their
 * exports.
 *
 * Both are read from the very modules that the image is to be loaded against, so
 * that there is no second list that could disagree.
 */
#include <stdlib.h>

#include "internal.h"

struct suture_core {
	struct arena arena;
	const char *vermagic;
	struct map wrappers; /* API -> index of @names */
	struct map crcs;     /* export -> CRC */
	struct map packs;    /* API whose wrapper is in a pack -> index of @names: its file */
	struct map checked;  /* API whose wrapper looks at its pointers itself */
	struct contracts *contracts;
	struct buffer names; /* of the wrappers, and of packs */
	bool open;	     /* suture.ko itself has been read */
};

/*
 * Never to be redirected: what the compiler or the kernel's own patching puts
 * into code, with a calling convention of its own.
 */
static const char *const untouchable[] = {
	"__fentry__",	"__x86_*",	"__stack_chk_fail", "__SCT__*", "__SCK__*",
	"__get_user_*", "__put_user_*", "__sanitizer_*",    "__tsan_*", "__asan_*",
	"__msan_*",	"__cfi_*",	"__kcfi_*",	    "mcount",	"suture_*",
};

static bool is_untouchable(const char *name)
{
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(untouchable); i++) {
		length = strlen(untouchable[i]);
		if (untouchable[i][length - 1] == '*' ? !strncmp(name, untouchable[i], length - 1) :
							!strcmp(name, untouchable[i]))
			return true;
	}
	return false;
}

/* The longest name that __versions has room for. */
#define MAX_IMPORT 55

static int add_wrapper(struct suture_core *core, const char *name, const char *api,
		       const char *wrapper, struct suture_rewrite_error *err)
{
	size_t at;

	if (is_untouchable(api))
		return complain(err, EOPNOTSUPP,
				"%s: section " SUTURE_WRAPPERS_SECTION
				": %s must never have a wrapper; take it out of suture.ko",
				name, api);
	if (strlen(wrapper) > MAX_IMPORT)
		return complain(err, EOPNOTSUPP,
				"%s: section " SUTURE_WRAPPERS_SECTION
				": %s is longer than %d characters; shorten it",
				name, wrapper, MAX_IMPORT);
	if (map_get(&core->wrappers, api, NULL))
		return complain(err, EOPNOTSUPP,
				"%s: section " SUTURE_WRAPPERS_SECTION
				": %s has two wrappers, the second is %s; remove one",
				name, api, wrapper);
	api = arena_strdup(&core->arena, api);
	at = buffer_string(&core->names, wrapper);
	if (!api || core->names.failed || map_put(&core->wrappers, api, at))
		return complain_nomem(err, name);
	if (!core->open)
		return 0;
	at = buffer_string(&core->names, name);
	if (core->names.failed || map_put(&core->packs, api, at))
		return complain_nomem(err, name);
	return 0;
}

static int read_wrappers(struct suture_core *core, const struct elf *elf,
			 struct suture_rewrite_error *err)
{
	const struct section *s;
	const char *p, *end, *api = NULL;
	int r;

	s = &elf->sections[elf_find(elf, SUTURE_WRAPPERS_SECTION)];
	if (!s->data || !s->h.sh_size)
		return complain(err, ENOEXEC,
				"%s: no section " SUTURE_WRAPPERS_SECTION
				"; give the suture.ko of this kernel",
				elf->name);
	p = (const char *)s->data;
	end = p + s->h.sh_size;
	if (end[-1])
		return complain(err, ENOEXEC,
				"%s: section %s: the last name has no end; the file is damaged",
				elf->name, s->name);
	for (; p < end; p += strlen(p) + 1) {
		if (!*p)
			continue;
		if (!api) {
			api = p;
			continue;
		}
		r = add_wrapper(core, elf->name, api, p, err);
		if (r)
			return r;
		api = NULL;
	}
	if (api)
		return complain(
			err, ENOEXEC,
			"%s: section %s: %s has no wrapper's name after it; the file is damaged",
			elf->name, s->name, api);
	return 0;
}

/* Functions of whose pointers the wrapper takes care. */
static int read_checked(struct suture_core *core, const struct elf *elf,
			struct suture_rewrite_error *err)
{
	const struct section *s = &elf->sections[elf_find(elf, SUTURE_CHECKED_SECTION)];
	const char *p = (const char *)s->data, *end, *api;

	if (!p || !s->h.sh_size)
		return 0;
	end = p + s->h.sh_size;
	if (end[-1])
		return complain(err, ENOEXEC,
				"%s: section %s: the last name has no end; the file is damaged",
				elf->name, s->name);
	for (; p < end; p += strlen(p) + 1) {
		if (!*p)
			continue;
		if (!map_get(&core->wrappers, p, NULL))
			return complain(err, EOPNOTSUPP,
					"%s: section %s: %s has no wrapper; take it out", elf->name,
					s->name, p);
		api = arena_strdup(&core->arena, p);
		if (!api || map_put(&core->checked, api, 0))
			return complain_nomem(err, elf->name);
	}
	return 0;
}

/*
 * "__crc_NAME" is a symbol whose value says where the CRC stands (an offset in
 * section *__kcrctab), or that is the CRC itself (SHN_ABS: kernels before 5.18).
 */
static int read_crcs(struct suture_core *core, const struct elf *elf,
		     struct suture_rewrite_error *err)
{
	uint32_t i, crc;

	for (i = 1; i < elf->nsymbols; i++) {
		const Elf64_Sym *sym = &elf->symbols[i];
		const char *name = elf_symbol_name(elf, i);
		const struct section *s = &elf->sections[sym->st_shndx];

		if (!starts_with(name, "__crc_") || sym->st_shndx == SHN_UNDEF)
			continue;
		if (sym->st_shndx == SHN_ABS) {
			crc = sym->st_value;
		} else {
			if (!s->data || s->h.sh_size < sizeof(crc) ||
			    sym->st_value > s->h.sh_size - sizeof(crc))
				return complain(
					err, ENOEXEC,
					"%s: section %s: %s is outside of it; the file is damaged",
					elf->name, s->name, name);
			memcpy(&crc, s->data + sym->st_value, sizeof(crc));
		}
		name = arena_strdup(&core->arena, name + strlen("__crc_"));
		if (!name || map_put(&core->crcs, name, crc))
			return complain_nomem(err, elf->name);
	}
	return 0;
}

/* A suture.ko or a pack: what it offers is added to @core. */
static int read_module(struct suture_core *core, const char *name, const void *data, size_t size,
		       struct suture_rewrite_error *err)
{
	struct arena work = { 0 };
	const char *vermagic;
	struct elf elf;
	int r;

	r = elf_parse_object(&elf, &work, name, data, size, err);
	vermagic = r ? NULL : modinfo_get(&elf, "vermagic");
	if (!r && !vermagic)
		r = complain(err, ENOEXEC,
			     "%s: section .modinfo: no vermagic; give the suture.ko of this kernel",
			     name);
	if (!r && core->open && strcmp(vermagic, core->vermagic))
		r = complain(
			err, EXDEV,
			"%s: section .modinfo: vermagic \"%s\" is not the \"%s\" of suture.ko; "
			"build both together",
			name, vermagic, core->vermagic);
	if (!r)
		r = read_wrappers(core, &elf, err);
	if (!r)
		r = read_checked(core, &elf, err);
	if (!r)
		r = read_crcs(core, &elf, err);
	if (!r && !core->open) {
		core->vermagic = arena_strdup(&core->arena, vermagic);
		if (!core->vermagic)
			r = complain_nomem(err, name);
	}
	elf_end(elf.handle);
	arena_free(&work);
	return r;
}

int suture_core_parse(const char *name, const void *data, size_t size, struct suture_core **out,
		      struct suture_rewrite_error *err)
{
	struct suture_core *core;
	int r;

	core = calloc(1, sizeof(*core));
	if (!core)
		return complain_nomem(err, name);
	core->wrappers.arena = &core->arena;
	core->crcs.arena = &core->arena;
	core->packs.arena = &core->arena;
	core->checked.arena = &core->arena;
	core->names.arena = &core->arena;
	r = read_module(core, name, data, size, err);
	if (r) {
		suture_core_free(core);
		return r;
	}
	core->open = true;
	*out = core;
	return 0;
}

int suture_core_open(const char *path, struct suture_core **core, struct suture_rewrite_error *err)
{
	size_t size;
	void *data;
	int r;

	r = file_read(path, &data, &size, err);
	if (r)
		return r;
	r = suture_core_parse(path, data, size, core, err);
	free(data);
	return r;
}

int suture_core_add(struct suture_core *core, const char *path, struct suture_rewrite_error *err)
{
	size_t size;
	void *data;
	int r;

	r = file_read(path, &data, &size, err);
	if (r)
		return r;
	r = read_module(core, path, data, size, err);
	free(data);
	return r;
}

const char *suture_core_pack(const struct suture_core *core, const char *api)
{
	uint32_t at;

	return map_get(&core->packs, api, &at) ? (const char *)core->names.data + at : NULL;
}

int suture_core_contracts(struct suture_core *core, const char *path,
			  struct suture_rewrite_error *err)
{
	struct contracts *contracts;
	int r;

	r = contracts_open(path, core->vermagic, &contracts, err);
	if (r)
		return r;
	contracts_free(core->contracts);
	core->contracts = contracts;
	return 0;
}

/* core_contract() - what to check before a call of @api, or NULL */
const struct contract *core_contract(const struct suture_core *core, const char *api)
{
	if (!core->contracts || is_untouchable(api) || map_get(&core->checked, api, NULL))
		return NULL;
	return contracts_get(core->contracts, api);
}

const char *suture_core_vermagic(const struct suture_core *core)
{
	return core->vermagic;
}

size_t suture_core_count(const struct suture_core *core)
{
	return core->wrappers.count;
}

const char *suture_core_wrapper(const struct suture_core *core, const char *api)
{
	uint32_t at;

	return map_get(&core->wrappers, api, &at) ? (const char *)core->names.data + at : NULL;
}

bool core_crc(const struct suture_core *core, const char *name, uint32_t *crc)
{
	return map_get(&core->crcs, name, crc);
}

void suture_core_free(struct suture_core *core)
{
	if (!core)
		return;
	contracts_free(core->contracts);
	arena_free(&core->arena);
	free(core);
}
