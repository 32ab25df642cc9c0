// SPDX-License-Identifier: GPL-2.0-only
/*
 * function.c - where the driver's functions start.
 *
 * A function is what an STT_FUNC symbol in a code section names. Several symbols
 * may name one place (init_module is an alias of the driver's own name); it is
 * then called by the name that a reader of the driver's source knows.
 */
#include <stdlib.h>

#include "internal.h"

/*
 * Not everything that has a symbol of this type is called: gcc moves the unlikely
 * half of a function elsewhere and calls it "NAME.cold", and objtool names the
 * padding before a function "__pfx_NAME".
 */
static bool is_part(const char *name)
{
	const char *cold = strstr(name, ".cold");

	return starts_with(name, "__pfx_") || (cold && (!cold[5] || cold[5] == '.'));
}

static bool is_function(const struct rewrite *rw, uint32_t i)
{
	const Elf64_Sym *sym = &rw->elf.symbols[i];
	const struct section *s;

	if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || sym->st_shndx == SHN_UNDEF ||
	    sym->st_shndx >= SHN_LORESERVE)
		return false;
	s = &rw->elf.sections[sym->st_shndx];
	return section_loaded(s) && s->rule && s->rule->action == SECTION_CODE && s->data &&
	       sym->st_value < s->h.sh_size && !is_part(elf_symbol_name(&rw->elf, i));
}

static int compare_places(const struct function *f, uint32_t section, uint64_t value)
{
	if (f->section != section)
		return f->section < section ? -1 : 1;
	return f->value < value ? -1 : f->value > value;
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *x = a, *y = b;
	int order = compare_places(x, y->section, y->value);

	if (order)
		return order;
	return x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

static bool is_init(const char *name)
{
	return !strcmp(name, "init_module");
}

static bool is_exit(const char *name)
{
	return !strcmp(name, "cleanup_module");
}

/* Is @b a better name for the place than @a? */
static bool better_name(const struct rewrite *rw, const struct function *a,
			const struct function *b)
{
	const char *x = elf_symbol_name(&rw->elf, a->symbol);
	const char *y = elf_symbol_name(&rw->elf, b->symbol);
	bool x_alias = is_init(x) || is_exit(x) || !*x;
	bool y_alias = is_init(y) || is_exit(y) || !*y;

	if (x_alias != y_alias)
		return x_alias;
	return !a->size && b->size;
}

/* Fold the symbols of one place into one function. */
static void merge_aliases(struct rewrite *rw)
{
	struct function *out = rw->functions, *f;
	uint32_t i, n = 0;

	for (i = 0; i < rw->nfunctions; i++) {
		f = &rw->functions[i];
		if (n && !compare_places(&out[n - 1], f->section, f->value)) {
			f->flags |= out[n - 1].flags;
			if (better_name(rw, &out[n - 1], f))
				out[n - 1] = *f;
			else
				out[n - 1].flags = f->flags;
			continue;
		}
		out[n++] = *f;
	}
	rw->nfunctions = n;
}

/*
 * C allows any number of static functions of one name in a module, but BTF has
 * one prototype for them: it is of no use then.
 */
static int mark_ambiguous(struct rewrite *rw)
{
	struct map first = { .arena = &rw->work };
	uint32_t i, place;

	for (i = 1; i < rw->elf.nsymbols; i++) {
		const Elf64_Sym *sym = &rw->elf.symbols[i];
		const char *name = elf_symbol_name(&rw->elf, i);
		struct function *f;

		if (!is_function(rw, i))
			continue;
		f = function_at(rw, sym->st_shndx, sym->st_value);
		if (!map_get(&first, name, &place)) {
			if (map_put(&first, name, f - rw->functions))
				return -ENOMEM;
		} else if (&rw->functions[place] != f) {
			rw->functions[place].ambiguous = true;
			f->ambiguous = true;
		}
	}
	return 0;
}

/* functions_find() - fill in rw->functions */
int functions_find(struct rewrite *rw)
{
	uint32_t i, n = 0;

	for (i = 1; i < rw->elf.nsymbols; i++)
		n += is_function(rw, i);
	rw->functions = arena_zalloc(&rw->work, n, sizeof(*rw->functions));
	if (!rw->functions)
		return complain_nomem(rw->err, rw->elf.name);
	for (i = 1; i < rw->elf.nsymbols; i++) {
		const Elf64_Sym *sym = &rw->elf.symbols[i];
		const char *name = elf_symbol_name(&rw->elf, i);
		struct function *f;

		if (!is_function(rw, i))
			continue;
		f = &rw->functions[rw->nfunctions++];
		f->section = sym->st_shndx;
		f->value = sym->st_value;
		f->size = sym->st_size;
		f->symbol = i;
		if (ELF64_ST_BIND(sym->st_info) != STB_LOCAL)
			f->flags = is_init(name) ? SUTURE_ENTRY_INIT :
				   is_exit(name) ? SUTURE_ENTRY_EXIT :
						   0;
	}
	qsort(rw->functions, rw->nfunctions, sizeof(*rw->functions), compare_functions);
	merge_aliases(rw);
	if (mark_ambiguous(rw))
		return complain_nomem(rw->err, rw->elf.name);
	return 0;
}

/* The last function that starts at or before @offset in @section. */
static struct function *function_before(const struct rewrite *rw, uint32_t section, uint64_t offset)
{
	uint32_t low = 0, high = rw->nfunctions, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_places(&rw->functions[middle], section, offset) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (!low || rw->functions[low - 1].section != section)
		return NULL;
	return &rw->functions[low - 1];
}

/* function_at() - the function that starts exactly there, or NULL */
struct function *function_at(const struct rewrite *rw, uint32_t section, uint64_t value)
{
	struct function *f = function_before(rw, section, value);

	return f && f->value == value ? f : NULL;
}

/*
 * function_around() - the function whose code is there, or NULL
 *
 * Assembly may forget to give a size, so that the last function before the place
 * has to do.
 */
struct function *function_around(const struct rewrite *rw, uint32_t section, uint64_t offset)
{
	return function_before(rw, section, offset);
}
