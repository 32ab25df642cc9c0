// SPDX-License-Identifier: GPL-2.0-only
/*
 * catalogue.c - the rules in suture.ko and its packs, read from the files.
 *
 * A rule is declared once, as a struct suture_rule; the section .suture.rules leads
 * to it. Which kernel functions it is about is declared nowhere: that is read from the code
 * (reach.c).
 */
#include <stdlib.h>

#include "catalogue.h"

/* Where the relocation at @offset of section @index points to. */
bool object_pointer(const struct object *o, uint32_t index, uint64_t offset, struct place *to)
{
	const struct section *s = &o->elf.sections[index], *r = &o->elf.sections[s->rela];
	uint32_t i;

	for (i = 0; s->rela && i < r->nrelas; i++) {
		const Elf64_Rela *rela = &r->relas[i];
		const Elf64_Sym *sym = &o->elf.symbols[ELF64_R_SYM(rela->r_info)];

		if (rela->r_offset != offset || ELF64_R_TYPE(rela->r_info) != R_X86_64_64)
			continue;
		if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= o->elf.nsections)
			return false;
		to->section = sym->st_shndx;
		to->offset = sym->st_value + rela->r_addend;
		return true;
	}
	return false;
}

static int damaged(const struct object *o, const char *what, struct suture_rewrite_error *err)
{
	return complain(err, ENOEXEC,
			"%s: section " SUTURE_RULES_SECTION ": %s; the file is damaged",
			o->elf.name, what);
}

/* A string of a rule; NULL if there is none. */
static int read_string(struct suture_catalogue *c, const struct object *o, struct place rule,
		       uint64_t field, const char **out, struct suture_rewrite_error *err)
{
	const struct section *s;
	struct place at;

	*out = NULL;
	if (!object_pointer(o, rule.section, rule.offset + field, &at))
		return 0;
	s = &o->elf.sections[at.section];
	if (!s->data || at.offset >= s->h.sh_size ||
	    !memchr(s->data + at.offset, 0, s->h.sh_size - at.offset))
		return damaged(o, "a string of a rule has no end", err);
	*out = arena_strdup(&c->arena, (const char *)s->data + at.offset);
	return *out ? 0 : complain_nomem(err, o->elf.name);
}

static int read_repairs(struct suture_catalogue *c, const struct object *o, struct place at,
			struct suture_catalogue_rule *rule, struct suture_rewrite_error *err)
{
	struct suture_catalogue_repair *repairs;
	const char *name;
	size_t n = 0;
	int r;

	repairs = arena_zalloc(&c->arena, SUTURE_CATALOGUE_REPAIRS, sizeof(*repairs));
	if (!repairs)
		return complain_nomem(err, o->elf.name);
	rule->repairs = repairs;
	at.offset += SUTURE_RULE_REPAIRS;
	for (; n < SUTURE_CATALOGUE_REPAIRS; n++, at.offset += SUTURE_REPAIR_SIZE) {
		r = read_string(c, o, at, 0, &name, err);
		if (r || !name)
			break;
		repairs[n].name = name;
		r = read_string(c, o, at, sizeof(uint64_t), &repairs[n].gives_up, err);
		if (r)
			break;
	}
	rule->nrepairs = n;
	return r;
}

static int read_rule(struct suture_catalogue *c, struct object *o, struct place at,
		     struct suture_rewrite_error *err)
{
	const struct section *s = &o->elf.sections[at.section];
	struct suture_catalogue_rule rule = { .file = o->file };
	const struct {
		uint64_t field;
		const char **to;
		bool needed;
	} strings[] = {
		{ SUTURE_RULE_ID, &rule.id, true },
		{ SUTURE_RULE_CLASS, &rule.class_, true },
		{ SUTURE_RULE_CONTRACT, &rule.contract, true },
		{ SUTURE_RULE_SOURCE, &rule.source, true },
		{ SUTURE_RULE_EXAMPLE, &rule.example, false },
		{ SUTURE_RULE_LOOK, &rule.look, false },
	};
	size_t i;
	int r;

	if (!s->data || s->h.sh_size < SUTURE_RULE_REPAIRS ||
	    at.offset > s->h.sh_size - SUTURE_RULE_REPAIRS)
		return damaged(o, "a rule lies outside of its section", err);
	for (i = 0; i < ARRAY_SIZE(strings); i++) {
		r = read_string(c, o, at, strings[i].field, strings[i].to, err);
		if (r)
			return r;
		if (strings[i].needed && !*strings[i].to)
			return damaged(o, "a rule without a name or a sentence", err);
	}
	memcpy(&rule.action, s->data + at.offset + SUTURE_RULE_ACTION, sizeof(rule.action));
	r = read_repairs(c, o, at, &rule, err);
	if (r)
		return r;
	buffer_add(&c->rules, &rule, sizeof(rule));
	buffer_add(&o->rules, &at, sizeof(at));
	return c->rules.failed || o->rules.failed ? complain_nomem(err, o->elf.name) : 0;
}

/* The section is a list of arrays of addresses of rules. */
static int read_rules(struct suture_catalogue *c, struct object *o,
		      struct suture_rewrite_error *err)
{
	uint32_t index = elf_find(&o->elf, SUTURE_RULES_SECTION);
	struct place array, rule;
	uint64_t at;
	int r;

	o->first_rule = c->rules.size / sizeof(struct suture_catalogue_rule);
	for (at = 0; at < o->elf.sections[index].h.sh_size; at += sizeof(uint64_t)) {
		if (!object_pointer(o, index, at, &array))
			return damaged(o, "an address is missing", err);
		for (; object_pointer(o, array.section, array.offset, &rule);
		     array.offset += sizeof(uint64_t)) {
			r = read_rule(c, o, rule, err);
			if (r)
				return r;
		}
	}
	return 0;
}

static int object_open(struct suture_catalogue *c, struct object *o, struct arena *work,
		       const char *path, struct suture_rewrite_error *err)
{
	const char *slash = strrchr(path, '/');
	size_t size;
	int r;

	o->rules.arena = work;
	o->file = arena_strdup(&c->arena, slash ? slash + 1 : path);
	if (!o->file)
		return complain_nomem(err, path);
	r = file_read(path, &o->bytes, &size, err);
	if (!r)
		r = elf_parse_object(&o->elf, work, path, o->bytes, size, err);
	return r ? r : read_rules(c, o, err);
}

int suture_catalogue_open(const char *const *paths, size_t n, struct suture_catalogue **out,
			  struct suture_rewrite_error *err)
{
	struct suture_catalogue *c = calloc(1, sizeof(*c));
	struct arena work = { 0 };
	struct object *objects;
	size_t i;
	int r = 0;

	if (!c)
		return complain_nomem(err, paths[0]);
	c->rules.arena = &c->arena;
	objects = arena_zalloc(&work, n, sizeof(*objects));
	if (!objects)
		r = complain_nomem(err, paths[0]);
	for (i = 0; i < n && !r; i++)
		r = object_open(c, &objects[i], &work, paths[i], err);
	if (!r && !c->rules.size)
		r = complain(err, ENOEXEC,
			     "%s: no rules in section " SUTURE_RULES_SECTION "; give a suture.ko",
			     paths[0]);
	if (!r)
		r = reach_find(c, objects, n, &work, err);
	for (i = 0; i < n && objects; i++) {
		elf_end(objects[i].elf.handle);
		free(objects[i].bytes);
	}
	arena_free(&work);
	if (r) {
		suture_catalogue_free(c);
		return r;
	}
	*out = c;
	return 0;
}

size_t suture_catalogue_count(const struct suture_catalogue *c)
{
	return c->rules.size / sizeof(struct suture_catalogue_rule);
}

const struct suture_catalogue_rule *suture_catalogue_rule(const struct suture_catalogue *c,
							  size_t i)
{
	return (const struct suture_catalogue_rule *)c->rules.data + i;
}

void suture_catalogue_free(struct suture_catalogue *c)
{
	if (!c)
		return;
	arena_free(&c->arena);
	free(c);
}
