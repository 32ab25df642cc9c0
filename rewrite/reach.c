// SPDX-License-Identifier: GPL-2.0-only
/*
 * reach.c - which wrapped functions a rule is about.
 *
 * A wrapper that a rule is about leads to it: its code, or a function that it calls, refers to
 * the rule. So the functions and variables of suture.ko and its packs are taken as
 * a graph (an arrow for each reference), and each wrapper is followed in two ways:
 *
 *	by code		through direct calls: the rule is checked there and then
 *	by data		through a variable that the code refers to, such as the kind of a
 *			record in the ledger or a role, to the functions named in it: the
 *			call is noted, and the rule is checked later. From there on only
 *			functions of the same file are followed: what
 *			others do is not done for this rule.
 *
 * Calls within a section have no relocation; they are read from the instructions.
 */
#include <stdlib.h>

#include "catalogue.h"

#define NO_RULE UINT32_MAX

/* A function or a variable. */
struct node {
	const char *name;
	const char *api; /* of a wrapper: what it wraps */
	uint64_t value;
	uint64_t size;
	uint32_t section;
	uint32_t rule;
	uint32_t first; /* of its arrows */
	uint32_t arrows;
	bool code;
	bool local;
};

struct arrow {
	uint32_t from;
	uint32_t to;
};

struct graph {
	struct object *objects;
	size_t nobjects;
	struct node *nodes;
	uint32_t nnodes;
	struct buffer arrows; /* struct arrow, ordered by from */
	struct map exports;   /* name -> node */
	uint32_t *queue;
	uint32_t waiting;
	uint8_t *seen; /* of each node: BY_* */
};

#define BY_CODE 1
#define BY_DATA 2

static int compare_nodes(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int compare_arrows(const void *a, const void *b)
{
	const struct arrow *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static bool is_node(const struct elf *elf, uint32_t i)
{
	const Elf64_Sym *sym = &elf->symbols[i];
	uint8_t type = ELF64_ST_TYPE(sym->st_info);

	return (type == STT_FUNC || type == STT_OBJECT) && sym->st_shndx != SHN_UNDEF &&
	       sym->st_shndx < elf->nsections && sym->st_size;
}

static int add_nodes(struct graph *g, struct object *o, struct suture_rewrite_error *err)
{
	struct node *node = &g->nodes[g->nnodes];
	uint32_t i;

	o->first_node = g->nnodes;
	for (i = 1; i < o->elf.nsymbols; i++) {
		const Elf64_Sym *sym = &o->elf.symbols[i];

		if (!is_node(&o->elf, i))
			continue;
		*node++ = (struct node){
			.name = elf_symbol_name(&o->elf, i),
			.section = sym->st_shndx,
			.value = sym->st_value,
			.size = sym->st_size,
			.code = ELF64_ST_TYPE(sym->st_info) == STT_FUNC,
			.local = ELF64_ST_BIND(sym->st_info) == STB_LOCAL,
			.rule = NO_RULE,
		};
		o->nnodes++;
	}
	qsort(&g->nodes[o->first_node], o->nnodes, sizeof(*node), compare_nodes);
	g->nnodes += o->nnodes;
	for (i = o->first_node; i < g->nnodes; i++)
		if (!g->nodes[i].local && map_put(&g->exports, g->nodes[i].name, i))
			return complain_nomem(err, o->elf.name);
	return 0;
}

/* The node that holds the byte, or NULL. */
static struct node *node_at(struct graph *g, const struct object *o, uint32_t section, uint64_t at)
{
	uint32_t low = o->first_node, high = low + o->nnodes;
	struct node *node;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		node = &g->nodes[middle];
		if (node->section < section || (node->section == section && node->value <= at))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == o->first_node)
		return NULL;
	node = &g->nodes[low - 1];
	return node->section == section && at - node->value < node->size ? node : NULL;
}

static void add_arrow(struct graph *g, const struct node *from, const struct node *to)
{
	struct arrow arrow = { from - g->nodes, to - g->nodes };

	if (from != to)
		buffer_add(&g->arrows, &arrow, sizeof(arrow));
}

/* References that have a relocation. A field of an instruction is four bytes from its end. */
static void add_references(struct graph *g, const struct object *o, uint32_t section)
{
	const struct section *s = &o->elf.sections[section], *r = &o->elf.sections[s->rela];
	struct node *from, *to;
	uint32_t i, type, export;

	for (i = 0; s->rela && i < r->nrelas; i++) {
		const Elf64_Rela *rela = &r->relas[i];
		const Elf64_Sym *sym = &o->elf.symbols[ELF64_R_SYM(rela->r_info)];

		type = ELF64_R_TYPE(rela->r_info);
		from = node_at(g, o, section, rela->r_offset);
		if (!from)
			continue;
		if (sym->st_shndx == SHN_UNDEF) {
			if (!map_get(&g->exports,
				     elf_symbol_name(&o->elf, ELF64_R_SYM(rela->r_info)), &export))
				continue;
			to = &g->nodes[export];
		} else {
			to = node_at(g, o, sym->st_shndx,
				     sym->st_value + rela->r_addend +
					     (type == R_X86_64_PC32 || type == R_X86_64_PLT32 ? 4 :
												0));
		}
		if (to)
			add_arrow(g, from, to);
	}
}

/* Branches within a section, which have no relocation. */
static int add_branches(struct graph *g, const struct object *o, uint32_t section,
			struct arena *work, struct suture_rewrite_error *err)
{
	const struct section *s = &o->elf.sections[section], *r = &o->elf.sections[s->rela];
	struct node *from, *to, *end = &g->nodes[o->first_node + o->nnodes];
	struct insn_step step;
	uint8_t *relocated;
	uint64_t at;
	uint32_t i;

	relocated = arena_zalloc(work, s->h.sh_size + 1, 1);
	if (!relocated)
		return complain_nomem(err, o->elf.name);
	for (i = 0; s->rela && i < r->nrelas; i++)
		if (r->relas[i].r_offset < s->h.sh_size)
			relocated[r->relas[i].r_offset] = 1;
	for (from = &g->nodes[o->first_node]; from < end; from++) {
		if (from->section != section || !from->code || from->value > s->h.sh_size ||
		    from->size > s->h.sh_size - from->value)
			continue;
		for (at = from->value; at < from->value + from->size; at += step.length) {
			if (!insn_read(s->data, s->h.sh_size, at, &step))
				break;
			if (!step.branch || relocated[step.field])
				continue;
			to = node_at(g, o, section, step.target);
			if (to)
				add_arrow(g, from, to);
		}
	}
	return 0;
}

static int add_arrows(struct graph *g, struct arena *work, struct suture_rewrite_error *err)
{
	const struct object *o;
	const struct arrow *arrow;
	uint32_t i, n;
	int r;

	for (o = g->objects; o < g->objects + g->nobjects; o++) {
		for (i = 1; i < o->elf.nsections; i++) {
			const struct section *s = &o->elf.sections[i];

			if (!section_loaded(s) || !s->data)
				continue;
			add_references(g, o, i);
			if (!(s->h.sh_flags & SHF_EXECINSTR))
				continue;
			r = add_branches(g, o, i, work, err);
			if (r)
				return r;
		}
	}
	if (g->arrows.failed)
		return complain_nomem(err, g->objects[0].elf.name);
	n = g->arrows.size / sizeof(*arrow);
	if (n)
		qsort(g->arrows.data, n, sizeof(*arrow), compare_arrows);
	arrow = (const struct arrow *)g->arrows.data;
	for (i = 0; i < n; i++)
		if (!g->nodes[arrow[i].from].arrows++)
			g->nodes[arrow[i].from].first = i;
	return 0;
}

/* The pairs of names in .suture.wrappers: the kernel's function, and ours. */
static void name_wrappers(struct graph *g, const struct object *o)
{
	const struct section *s = &o->elf.sections[elf_find(&o->elf, SUTURE_WRAPPERS_SECTION)];
	const char *p = (const char *)s->data, *end, *api = NULL;
	uint32_t node;

	if (!p || !s->h.sh_size || p[s->h.sh_size - 1])
		return;
	for (end = p + s->h.sh_size; p < end; p += strlen(p) + 1) {
		if (!*p)
			continue;
		if (api && map_get(&g->exports, p, &node))
			g->nodes[node].api = api;
		api = api ? NULL : p;
	}
}

static void name_rules(struct graph *g, const struct object *o)
{
	const struct place *place = (const struct place *)o->rules.data;
	size_t i, n = o->rules.size / sizeof(*place);
	struct node *node;

	for (i = 0; i < n; i++) {
		node = node_at(g, o, place[i].section, place[i].offset);
		if (node)
			node->rule = o->first_rule + i;
	}
}

static void visit(struct graph *g, uint32_t node, uint8_t how)
{
	if (g->seen[node])
		return;
	g->seen[node] = how;
	g->queue[g->waiting++] = node;
}

/* Marks all that the wrapper leads to. */
static void follow(struct graph *g, uint32_t wrapper)
{
	const struct arrow *arrows = (const struct arrow *)g->arrows.data;
	uint32_t i, k, reached;

	memset(g->seen, 0, g->nnodes);
	g->waiting = 0;
	visit(g, wrapper, BY_CODE);
	for (i = 0; i < g->waiting; i++) {
		const struct node *node = &g->nodes[g->queue[i]];

		if (!node->code)
			continue;
		for (k = 0; k < node->arrows; k++)
			visit(g, arrows[node->first + k].to, BY_CODE);
	}
	/* Now the variables, and what their functions lead to in turn. */
	reached = g->waiting;
	for (i = 0; i < g->waiting; i++) {
		const struct node *node = &g->nodes[g->queue[i]];

		if (node->rule != NO_RULE || (i < reached && node->code))
			continue;
		for (k = 0; k < node->arrows; k++) {
			const struct node *to = &g->nodes[arrows[node->first + k].to];

			if (!node->code || to->rule != NO_RULE || (to->code && to->local))
				visit(g, arrows[node->first + k].to, BY_DATA);
		}
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
	struct buffer checks; /* const char * */
	struct buffer follows;
};

static int keep_names(struct suture_catalogue *c, struct graph *g, struct names *names,
		      struct suture_rewrite_error *err)
{
	struct suture_catalogue_rule *rules = (struct suture_catalogue_rule *)c->rules.data;
	size_t i, n = suture_catalogue_count(c);
	uint32_t node, k;
	const char *api;

	for (node = 0; node < g->nnodes; node++) {
		if (!g->nodes[node].api)
			continue;
		follow(g, node);
		api = arena_strdup(&c->arena, g->nodes[node].api);
		if (!api)
			return complain_nomem(err, g->objects[0].elf.name);
		for (k = 0; k < g->nnodes; k++) {
			struct names *of;

			if (!g->seen[k] || g->nodes[k].rule == NO_RULE)
				continue;
			of = &names[g->nodes[k].rule];
			buffer_add(g->seen[k] == BY_CODE ? &of->checks : &of->follows, &api,
				   sizeof(api));
		}
	}
	for (i = 0; i < n; i++) {
		if (names[i].checks.failed || names[i].follows.failed)
			return complain_nomem(err, g->objects[0].elf.name);
		rules[i].checks = (const char *const *)names[i].checks.data;
		rules[i].nchecks = names[i].checks.size / sizeof(api);
		rules[i].follows = (const char *const *)names[i].follows.data;
		rules[i].nfollows = names[i].follows.size / sizeof(api);
		if (rules[i].nchecks)
			qsort(names[i].checks.data, rules[i].nchecks, sizeof(api), compare_names);
		if (rules[i].nfollows)
			qsort(names[i].follows.data, rules[i].nfollows, sizeof(api), compare_names);
	}
	return 0;
}

int reach_find(struct suture_catalogue *c, struct object *objects, size_t n, struct arena *work,
	       struct suture_rewrite_error *err)
{
	struct graph g = { .objects = objects, .nobjects = n };
	size_t i, rules = suture_catalogue_count(c), room = 1;
	struct names *names;
	int r = 0;

	g.arrows.arena = work;
	g.exports.arena = work;
	for (i = 0; i < n; i++)
		room += objects[i].elf.nsymbols;
	g.nodes = arena_zalloc(work, room, sizeof(*g.nodes));
	g.queue = arena_zalloc(work, room, sizeof(*g.queue));
	g.seen = arena_zalloc(work, room, 1);
	names = arena_zalloc(work, rules, sizeof(*names));
	if (!g.nodes || !g.queue || !g.seen || !names)
		return complain_nomem(err, objects[0].elf.name);
	for (i = 0; i < rules; i++) {
		names[i].checks.arena = &c->arena;
		names[i].follows.arena = &c->arena;
	}
	for (i = 0; i < n && !r; i++)
		r = add_nodes(&g, &objects[i], err);
	if (!r)
		r = add_arrows(&g, work, err);
	if (r)
		return r;
	for (i = 0; i < n; i++) {
		name_wrappers(&g, &objects[i]);
		name_rules(&g, &objects[i]);
	}
	return keep_names(c, &g, names, err);
}
