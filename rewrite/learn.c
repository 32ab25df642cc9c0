// SPDX-License-Identifier: GPL-2.0-only
/*
 * learn.c - the contracts of all that a kernel and its modules export.
 *
 * A pointer is "strong" if the function itself proves, in the very machine code that
 * will run, that it dereferences it whatever happens (flow.c). It is "weak", and only
 * has to be canonical, if BTF says that it points to a struct, a function or a pointer:
 * whatever else it may be (NULL, an error pointer, a cookie) nobody means such a value. A
 * pointer to a character or a number may be one to user memory, which may be anything: it
 * is "weak" if the function itself dereferences it on some path, as it never does with those.
 *
 * Modules are laid out one by one at addresses of their own and relocated, so that
 * they can be read like the kernel; what they depend on is read before them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "code.h"

/* One function that somebody exports. */
struct export
{
	const char *name;
	struct summary summary;
	struct contract contract;
};

struct learner {
	struct arena arena;
	struct suture_types *types;
	struct map names; /* of functions -> index of @exports */
	struct buffer exports;
	struct map modules; /* name -> index of @paths */
	struct buffer paths;
	uint8_t *read; /* modules that have been read */
	struct suture_learned *figures;
	struct suture_rewrite_error *err;
};

/*
 * Pointers to objects in user memory, which users may choose as they like. BTF does
 * not tell them from others; these are the exported functions that take one to a
 * struct, from the __user marks in the kernel's headers. (Those that are void or char
 * pointers are never looked at.)
 */
static const struct {
	const char *name;
	uint8_t arguments;
} user_pointers[] = {
	{ "get_timespec64", 2 },       { "put_timespec64", 2 },	      { "get_old_timespec32", 2 },
	{ "put_old_timespec32", 2 },   { "get_itimerspec64", 2 },     { "put_itimerspec64", 2 },
	{ "get_old_itimerspec32", 2 }, { "put_old_itimerspec32", 2 }, { "get_compat_sigset", 2 },
	{ "import_iovec", 2 },	       { "iovec_from_user", 1 },      { "__import_iovec", 2 },
};

/* Symbols that are no functions with arguments as C knows them. */
static const char *const strange[] = {
	"__x86_",      "__SCT__",     "__SCK__",      "__fentry__",    "__get_user_",
	"__put_user_", "__stack_chk", "__traceiter_", "__tracepoint_", "suture_",
	"mcount",      "__ubsan_",    "__asan_",
};

static bool is_strange(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(strange); i++)
		if (starts_with(name, strange[i]))
			return true;
	return false;
}

static uint8_t user_arguments(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(user_pointers); i++)
		if (!strcmp(user_pointers[i].name, name))
			return user_pointers[i].arguments;
	return 0;
}

/*
 * What to return instead of a call that is refused. An enum may mean anything by a
 * negative number, an unsigned number is no error number.
 */
static uint8_t failure(const char *name, const struct pointer_args *sig, const struct summary *s)
{
	size_t length = strlen(name);

	/* Any number but 0 would mean that the lock is taken. */
	if (length >= 7 && !strcmp(name + length - 7, "trylock"))
		return SUTURE_FAIL_NONE;
	switch (sig->ret) {
	case SUTURE_RET_VOID:
		return SUTURE_FAIL_VOID;
	case SUTURE_RET_INT:
	case SUTURE_RET_LONG:
		return sig->answer ? SUTURE_FAIL_NONE : SUTURE_FAIL_ERRNO;
	case SUTURE_RET_BOOL:
		return SUTURE_FAIL_FALSE;
	case SUTURE_RET_POINTER:
		return s->error ? SUTURE_FAIL_ERR_PTR :
		       s->null	? SUTURE_FAIL_NULL :
				  SUTURE_FAIL_NONE;
	default:
		return SUTURE_FAIL_NONE;
	}
}

static int add_export(struct learner *l, const struct prototypes *p, const char *name,
		      struct summary summary)
{
	struct export e = { .summary = summary };
	struct pointer_args sig;

	if (map_get(&l->names, name, NULL))
		return 0;
	e.name = arena_strdup(&l->arena, name);
	if (!e.name || map_put(&l->names, e.name, l->exports.size / sizeof(e)))
		return -ENOMEM;
	l->figures->functions++;
	if (prototypes_pointers(p, l->types, name, &sig)) {
		e.contract.strong = summary.must & sig.pointers;
		e.contract.weak = (sig.objects & ~user_arguments(name)) |
				  (sig.numbers & summary.may);
		e.contract.weak &= ~e.contract.strong;
		e.contract.fail = failure(name, &sig, &summary);
		l->figures->typed++;
	}
	l->figures->strong += !!e.contract.strong;
	l->figures->weak += !e.contract.strong && e.contract.weak;
	buffer_add(&l->exports, &e, sizeof(e));
	return l->exports.failed ? -ENOMEM : 0;
}

static const struct export *find_export(const struct learner *l, const char *name)
{
	uint32_t i;

	return map_get(&l->names, name, &i) ? (struct export *)l->exports.data + i : NULL;
}

static void note_odd(struct oddities *odd, const char *name, uint64_t address)
{
	if (!strcmp(name, "__fentry__"))
		odd->fentry = address;
	else if (!strcmp(name, "__x86_return_thunk"))
		odd->return_thunk = address;
	else if (starts_with(name, "__x86_indirect_") && odd->nindirect < ARRAY_SIZE(odd->indirect))
		odd->indirect[odd->nindirect++] = address;
}

static struct code_table table_of(const struct elf *elf, const char *name)
{
	const struct section *s = &elf->sections[elf_find(elf, name)];
	struct code_table t = { s->data, s->h.sh_addr, s->data ? s->h.sh_size : 0 };

	return t;
}

static int read_tables(struct learner *l, struct code *code, const struct elf *elf)
{
	code_exceptions(code, table_of(elf, "__ex_table"));
	code_bugs(code, table_of(elf, "__bug_table"));
	code_labels(code, table_of(elf, "__jump_table"));
	if (code_alternatives(code, table_of(elf, ".altinstructions")))
		return complain(
			l->err, EOPNOTSUPP,
			"%s: section .altinstructions: its format is not known; please report it",
			elf->name);
	return 0;
}

/* --- the kernel itself --- */

static const uint8_t *bytes_at(const struct elf *elf, uint64_t address, uint64_t *left)
{
	uint32_t i;

	for (i = 1; i < elf->nsections; i++) {
		const struct section *s = &elf->sections[i];

		if (!s->data || !section_loaded(s) || address - s->h.sh_addr >= s->h.sh_size)
			continue;
		*left = s->h.sh_size - (address - s->h.sh_addr);
		return s->data + (address - s->h.sh_addr);
	}
	return NULL;
}

typedef int each_export(void *context, const char *name, uint64_t address);

/* struct kernel_symbol: value, name, namespace, each relative to itself. */
static int kernel_exports(const struct elf *elf, each_export *visit, void *context)
{
	static const char *const tables[] = { "__ksymtab", "__ksymtab_gpl" };
	uint64_t at, left;
	const char *name;
	unsigned int i;
	int32_t v[3];
	int r;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		struct code_table t = table_of(elf, tables[i]);

		for (at = 0; at + sizeof(v) <= t.size; at += sizeof(v)) {
			memcpy(v, t.bytes + at, sizeof(v));
			name = (const char *)bytes_at(elf, t.address + at + 4 + (int64_t)v[1],
						      &left);
			if (!name || !memchr(name, 0, left))
				continue;
			r = visit(context, name, t.address + at + (int64_t)v[0]);
			if (r)
				return r;
		}
	}
	return 0;
}

struct kernel_walk {
	struct learner *learner;
	struct code *code;
	struct flow *flow;
	struct oddities odd;
};

static int kernel_odd(void *context, const char *name, uint64_t address)
{
	struct kernel_walk *w = context;

	note_odd(&w->odd, name, address);
	return 0;
}

static int kernel_look(void *context, const char *name, uint64_t address)
{
	struct kernel_walk *w = context;

	if (!is_strange(name) && code_at(w->code, address))
		flow_function(w->flow, address);
	return flow_failed(w->flow) ? -ENOMEM : 0;
}

static int kernel_export(void *context, const char *name, uint64_t address)
{
	struct kernel_walk *w = context;
	struct summary s;

	if (is_strange(name) || !code_at(w->code, address))
		return 0;
	s = flow_function(w->flow, address);
	return flow_failed(w->flow) ? -ENOMEM : add_export(w->learner, NULL, name, s);
}

static int walk_kernel(struct learner *l, struct arena *arena, const struct elf *elf)
{
	struct code code = { .arena = arena, .found.arena = arena };
	struct kernel_walk w = { .learner = l, .code = &code };
	uint32_t i;
	int r = 0;

	for (i = 1; i < elf->nsections && !r; i++) {
		const struct section *s = &elf->sections[i];

		if ((s->h.sh_flags & SHF_EXECINSTR) && s->data)
			r = code_add(&code, s->h.sh_addr, s->data, s->h.sh_size);
	}
	if (r)
		return complain_nomem(l->err, elf->name);
	r = read_tables(l, &code, elf);
	if (r)
		return r;
	/* The linker has put the table of jump labels there, without a name. */
	code_labels(&code, table_of(elf, ".rodata"));
	code_labels(&code, table_of(elf, ".data"));
	r = code_finish(&code);
	if (!r)
		r = kernel_exports(elf, kernel_odd, &w);
	if (!r) {
		w.flow = flow_open(&code, &w.odd, NULL, NULL);
		r = w.flow ? kernel_exports(elf, kernel_look, &w) : -ENOMEM;
		if (!r) {
			flow_again(w.flow);
			r = kernel_exports(elf, kernel_export, &w);
		}
		flow_close(w.flow);
	}
	return r ? complain_nomem(l->err, elf->name) : 0;
}

#define BANNER "Linux version "

static int read_release(struct learner *l, const struct elf *elf)
{
	const struct section *s = &elf->sections[elf_find(elf, ".rodata")];
	const uint8_t *p = s->data ? memmem(s->data, s->h.sh_size, BANNER, strlen(BANNER)) : NULL;
	const uint8_t *end = p ? s->data + s->h.sh_size : NULL;
	size_t n = 0;

	if (p) {
		for (p += strlen(BANNER); p + n < end && p[n] > ' ' && p[n] < 0x7f; n++)
			;
		if (n && n < sizeof(l->figures->release)) {
			memcpy(l->figures->release, p, n);
			return 0;
		}
	}
	return complain(l->err, ENOEXEC,
			"%s: says nowhere which release it is; give the kernel's vmlinuz",
			elf->name);
}

static int learn_kernel(struct learner *l, const char *path)
{
	struct arena arena = { 0 };
	void *data, *vmlinux = NULL;
	struct elf elf = { 0 };
	const void *image;
	size_t size, image_size;
	int r;

	r = suture_types_open(path, &l->types, l->err);
	if (r)
		return r;
	r = file_read(path, &data, &size, l->err);
	if (r)
		return r;
	r = kernel_vmlinux(path, data, size, &vmlinux, &image, &image_size, l->err);
	if (!r)
		r = elf_parse(&elf, &arena, path, image, image_size, l->err);
	if (!r)
		r = read_release(l, &elf);
	if (!r)
		r = walk_kernel(l, &arena, &elf);
	elf_end(elf.handle);
	arena_free(&arena);
	free(vmlinux);
	free(data);
	return r;
}

/* --- modules --- */

/* A module, laid out and relocated. */
struct laid {
	struct learner *learner;
	struct arena arena;
	struct elf elf;
	struct code code;
	struct oddities odd;
	const char **imports; /* names, by number */
	uint32_t nimports;
	uint64_t *values; /* of symbols */
};

static const struct summary *laid_import(void *context, uint64_t address)
{
	const struct laid *m = context;
	uint64_t i = (address - CODE_IMPORTS) / CODE_IMPORT_SIZE;
	const struct export *e;

	if (i >= m->nimports)
		return NULL;
	e = find_export(m->learner, m->imports[i]);
	return e ? &e->summary : NULL;
}

static int lay_out(struct laid *m)
{
	struct elf *elf = &m->elf;
	uint64_t at = CODE_MODULE;
	uint32_t i;

	for (i = 1; i < elf->nsections; i++) {
		struct section *s = &elf->sections[i];
		uint8_t *copy;

		if (!section_loaded(s))
			continue;
		at = (at + 63) & ~63ull;
		s->h.sh_addr = at;
		at += s->h.sh_size;
		if (at >= CODE_IMPORTS)
			return -E2BIG;
		if (!s->data)
			continue;
		copy = arena_zalloc(&m->arena, s->h.sh_size, 1);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, s->data, s->h.sh_size);
		s->data = copy;
	}
	m->values = arena_zalloc(&m->arena, elf->nsymbols, sizeof(*m->values));
	m->imports = arena_zalloc(&m->arena, elf->nsymbols, sizeof(*m->imports));
	if (!m->values || !m->imports)
		return -ENOMEM;
	for (i = 1; i < elf->nsymbols; i++) {
		const Elf64_Sym *sym = &elf->symbols[i];

		if (sym->st_shndx == SHN_UNDEF) {
			m->values[i] = CODE_IMPORTS + m->nimports * CODE_IMPORT_SIZE;
			m->imports[m->nimports++] = elf_symbol_name(elf, i);
			note_odd(&m->odd, elf_symbol_name(elf, i), m->values[i]);
		} else if (sym->st_shndx < SHN_LORESERVE) {
			m->values[i] = elf->sections[sym->st_shndx].h.sh_addr + sym->st_value;
		} else {
			m->values[i] = sym->st_value;
		}
	}
	return 0;
}

static void relocate(const struct laid *m, const struct section *target,
		     const struct section *relas)
{
	uint32_t i, size;
	uint64_t value;

	for (i = 0; i < relas->nrelas; i++) {
		const Elf64_Rela *r = &relas->relas[i];

		value = m->values[ELF64_R_SYM(r->r_info)] + r->r_addend;
		size = 4;
		switch (ELF64_R_TYPE(r->r_info)) {
		case R_X86_64_PC32:
		case R_X86_64_PLT32:
			value -= target->h.sh_addr + r->r_offset;
			break;
		case R_X86_64_32:
		case R_X86_64_32S:
			break;
		case R_X86_64_64:
			size = 8;
			break;
		case R_X86_64_PC64:
			value -= target->h.sh_addr + r->r_offset;
			size = 8;
			break;
		default:
			continue;
		}
		if (r->r_offset <= target->h.sh_size && size <= target->h.sh_size - r->r_offset)
			memcpy((uint8_t *)target->data + r->r_offset, &value, size);
	}
}

static int walk_module(struct laid *m, const struct prototypes *p)
{
	struct elf *elf = &m->elf;
	struct flow *flow;
	struct map functions = { .arena = &m->arena };
	uint32_t i, symbol;
	int r = 0;

	for (i = 1; i < elf->nsections && !r; i++) {
		const struct section *s = &elf->sections[i];

		if (!section_loaded(s) || !s->data)
			continue;
		if (s->rela)
			relocate(m, s, &elf->sections[s->rela]);
		if ((s->h.sh_flags & SHF_EXECINSTR) && s->h.sh_size)
			r = code_add(&m->code, s->h.sh_addr, s->data, s->h.sh_size);
	}
	if (!r)
		r = read_tables(m->learner, &m->code, elf);
	if (!r)
		r = code_finish(&m->code);
	if (r)
		return r;
	for (i = 1; i < elf->nsymbols; i++)
		if (ELF64_ST_TYPE(elf->symbols[i].st_info) == STT_FUNC &&
		    map_put(&functions, elf_symbol_name(elf, i), i))
			return -ENOMEM;
	flow = flow_open(&m->code, &m->odd, laid_import, m);
	if (!flow)
		return -ENOMEM;
	for (i = 1; i < elf->nsymbols && !r; i++) {
		const char *name = elf_symbol_name(elf, i);

		if (!starts_with(name, "__ksymtab_") ||
		    !map_get(&functions, name + strlen("__ksymtab_"), &symbol))
			continue;
		name += strlen("__ksymtab_");
		if (!is_strange(name))
			r = add_export(m->learner, p, name, flow_function(flow, m->values[symbol]));
		if (flow_failed(flow))
			r = -ENOMEM;
	}
	flow_close(flow);
	return r;
}

static int learn_module(struct learner *l, uint32_t number);

/* What it depends on is read first. */
static int learn_depends(struct learner *l, const char *depends)
{
	uint32_t number;
	char *copy, *rest = NULL, *word;
	int r = 0;

	copy = strdup(depends);
	if (!copy)
		return -ENOMEM;
	for (word = strtok_r(copy, ",", &rest); word && !r; word = strtok_r(NULL, ",", &rest))
		if (map_get(&l->modules, word, &number))
			r = learn_module(l, number);
	free(copy);
	return r;
}

static bool exports_something(const struct elf *elf)
{
	return elf_find(elf, "__ksymtab") || elf_find(elf, "__ksymtab_gpl");
}

/* A module that cannot be read, or is of another kernel, teaches nothing. */
static int learn_module(struct learner *l, uint32_t number)
{
	const char *path = ((const char **)l->paths.data)[number], *depends, *vermagic;
	struct suture_rewrite_error ignored;
	struct laid m = { .learner = l };
	struct prototypes *p = NULL;
	const struct section *btf;
	size_t size;
	void *data;
	int r = 0;

	if (l->read[number])
		return 0;
	l->read[number] = 1;
	if (file_read(path, &data, &size, &ignored))
		return 0;
	m.code.arena = m.code.found.arena = &m.arena;
	if (!elf_parse(&m.elf, &m.arena, path, data, size, &ignored) && exports_something(&m.elf)) {
		elf_end(m.elf.handle);
		arena_free(&m.arena);
		memset(&m.elf, 0, sizeof(m.elf));
		if (!elf_parse_object(&m.elf, &m.arena, path, data, size, &ignored)) {
			depends = modinfo_get(&m.elf, "depends");
			vermagic = modinfo_get(&m.elf, "vermagic");
			btf = &m.elf.sections[elf_find(&m.elf, ".BTF")];
			if (vermagic && starts_with(vermagic, l->figures->release)) {
				if (depends)
					r = learn_depends(l, depends);
				if (!r && btf->data && btf->h.sh_size &&
				    prototypes_open(&m.arena, btf->data, btf->h.sh_size, l->types,
						    &p) == -ENOMEM)
					r = -ENOMEM;
				if (!r)
					r = lay_out(&m);
				if (!r)
					r = walk_module(&m, p);
				l->figures->modules++;
			}
		}
	}
	prototypes_close(p);
	elf_end(m.elf.handle);
	arena_free(&m.arena);
	free(data);
	return r;
}

static bool is_module(const char *name, size_t *length)
{
	const char *ko = strstr(name, ".ko");

	if (!ko || (ko[3] && strcmp(ko, ".ko.xz") && strcmp(ko, ".ko.gz") && strcmp(ko, ".ko.zst")))
		return false;
	*length = ko - name;
	return true;
}

static int add_module(struct learner *l, const char *folder, const char *file, size_t length)
{
	const char *path = arena_printf(&l->arena, "%s/%s", folder, file);
	char *name = arena_printf(&l->arena, "%.*s", (int)length, file), *c;

	if (!path || !name)
		return -ENOMEM;
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	if (map_get(&l->modules, name, NULL))
		return 0;
	if (map_put(&l->modules, name, l->paths.size / sizeof(path)))
		return -ENOMEM;
	buffer_add(&l->paths, &path, sizeof(path));
	return l->paths.failed ? -ENOMEM : 0;
}

/* All modules below a folder; links are not followed ("build", "source"). */
static int find_modules(struct learner *l, const char *folder, unsigned int depth)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	struct stat st;
	size_t length;
	char *path;
	int r = 0;

	if (!dir)
		return depth ? 0 : -errno;
	while (!r && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISDIR(st.st_mode) && depth < 20) {
			path = arena_printf(&l->arena, "%s/%s", folder, d->d_name);
			r = path ? find_modules(l, path, depth + 1) : -ENOMEM;
		} else if (is_module(d->d_name, &length)) {
			r = add_module(l, folder, d->d_name, length);
		}
	}
	closedir(dir);
	return r;
}

static int learn_modules(struct learner *l, const char *folder)
{
	uint32_t i, n;
	int r;

	r = find_modules(l, folder, 0);
	if (r && r != -ENOMEM)
		return complain(l->err, -r, "%s: cannot read: %s; give a folder of modules", folder,
				strerror(-r));
	n = l->paths.size / sizeof(char *);
	l->read = r ? NULL : arena_zalloc(&l->arena, n + 1, 1);
	if (!l->read)
		return complain_nomem(l->err, folder);
	for (i = 0; i < n && !r; i++)
		r = learn_module(l, i);
	return r == -ENOMEM ? complain_nomem(l->err, folder) : r;
}

/* --- the file --- */

static int compare_exports(const void *a, const void *b)
{
	const struct export *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int write_contracts(struct learner *l, const char *path)
{
	struct export *e = (struct export *)l->exports.data;
	size_t i, n = l->exports.size / sizeof(*e);
	struct buffer out = { .arena = &l->arena };
	char text[32], *line;

	if (n)
		qsort(e, n, sizeof(*e), compare_exports);
	line = arena_printf(&l->arena, "suture-contracts 1 %s\n", l->figures->release);
	buffer_add(&out, line, line ? strlen(line) : 0);
	for (i = 0; i < n; i++) {
		if (!e[i].contract.strong && !e[i].contract.weak)
			continue;
		line = arena_printf(&l->arena, "%s %s\n", e[i].name,
				    contract_text(&e[i].contract, text));
		buffer_add(&out, line, line ? strlen(line) : 0);
		if (!line)
			out.failed = true;
	}
	if (out.failed)
		return complain_nomem(l->err, path);
	return file_write(path, out.data, out.size, l->err);
}

int suture_learn(const char *kernel, const char *modules, const char *output,
		 struct suture_learned *figures, struct suture_rewrite_error *err)
{
	struct learner l = { .figures = figures, .err = err };
	int r;

	memset(figures, 0, sizeof(*figures));
	l.names.arena = l.exports.arena = l.modules.arena = l.paths.arena = &l.arena;
	r = learn_kernel(&l, kernel);
	if (!r && modules)
		r = learn_modules(&l, modules);
	if (!r)
		r = write_contracts(&l, output);
	suture_types_free(l.types);
	arena_free(&l.arena);
	return r;
}
