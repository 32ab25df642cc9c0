// SPDX-License-Identifier: GPL-2.0-only
/*
 * code.c - the code of a kernel or module, and what patches it at run time.
 *
 * The bytes in the file are not all that a processor may see: alternatives are
 * put in place for its model, jump labels and static calls change while the
 * kernel runs, and an instruction that is listed as an exception may fault and
 * go on elsewhere. All of these are kept as additional edges of the control flow.
 *
 * The tables come from a file of the machine's own kernel; even so, every entry
 * is checked to point into code.
 */
#include <stdlib.h>

#include "code.h"

int code_add(struct code *code, uint64_t start, const uint8_t *bytes, uint64_t size)
{
	struct code_range *r = &code->ranges[code->nranges];

	if (code->nranges == ARRAY_SIZE(code->ranges))
		return -E2BIG;
	r->marks = arena_zalloc(code->arena, size + 1, 1);
	if (!r->marks)
		return -ENOMEM;
	r->start = start;
	r->size = size;
	r->bytes = bytes;
	code->nranges++;
	return 0;
}

/* code_at() - the range of code that holds @address, or NULL */
struct code_range *code_at(const struct code *code, uint64_t address)
{
	unsigned int i;

	for (i = 0; i < code->nranges; i++)
		if (address - code->ranges[i].start < code->ranges[i].size)
			return (struct code_range *)&code->ranges[i];
	return NULL;
}

static void mark(struct code *code, uint64_t from, uint64_t to, uint8_t marks, uint8_t reg)
{
	struct code_edge edge = { from, to, marks, reg };
	struct code_range *r = code_at(code, from);

	/* A replacement may end where its section does. */
	if (!r && marks == CODE_REPLACED)
		r = code_at(code, from - 1);
	if (!r)
		return;
	r->marks[from - r->start] |= marks;
	buffer_add(&code->found, &edge, sizeof(edge));
}

static int32_t get32(const uint8_t *p)
{
	int32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A field that holds where something lies relative to itself. */
static uint64_t relative(const struct code_table *t, uint64_t offset)
{
	return t->address + offset + (int64_t)get32(t->bytes + offset);
}

/* struct exception_table_entry: insn, fixup, data */
void code_exceptions(struct code *code, struct code_table t)
{
	uint64_t i;

	for (i = 0; i + 12 <= t.size; i += 12)
		mark(code, relative(&t, i), relative(&t, i + 4), CODE_EXCEPTION,
		     get32(t.bytes + i + 8) >> 8 & 15);
}

/*
 * struct alt_instr: instr, repl, flags, instrlen, replacementlen. The flags have
 * had two bytes and four.
 */
int code_alternatives(struct code *code, struct code_table t)
{
	static const unsigned int sizes[] = { 12, 14 };
	uint64_t i, instr, repl;
	unsigned int s, size;

	if (!t.size)
		return 0;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		size = sizes[s];
		if (t.size % size)
			continue;
		for (i = 0; i < t.size; i += size)
			if (!code_at(code, relative(&t, i)))
				break;
		if (i == t.size)
			break;
	}
	if (s == ARRAY_SIZE(sizes))
		return -EINVAL;
	for (i = 0; i < t.size; i += size) {
		uint8_t length = t.bytes[i + size - 2], other = t.bytes[i + size - 1];

		instr = relative(&t, i);
		repl = relative(&t, i + 4);
		if (!other) {
			mark(code, instr, instr + length, CODE_ALTERNATIVE, 0);
			continue;
		}
		mark(code, instr, repl, CODE_ALTERNATIVE, 0);
		mark(code, repl + other, instr + length, CODE_REPLACED, 0);
	}
	return 0;
}

/*
 * struct bug_entry: address, file, line, flags. Of another layout nothing is
 * believed; ud2 is then where nothing is known.
 */
void code_bugs(struct code *code, struct code_table t)
{
	const struct code_range *r;
	uint64_t i, at;

	if (t.size % 12)
		return;
	for (i = 0; i < t.size; i += 12) {
		at = relative(&t, i);
		r = code_at(code, at);
		if (!r || at + 2 - r->start > r->size || r->bytes[at - r->start] != 0x0f ||
		    r->bytes[at + 1 - r->start] != 0x0b)
			continue;
		mark(code, at, at + 2, t.bytes[i + 10] & 1 ? CODE_WARN : CODE_BUG, 0);
	}
}

/* Is what stands there a jump to @target, or a no-operation in its place? */
static bool is_label(const struct code *code, uint64_t at, uint64_t target)
{
	const struct code_range *r = code_at(code, at);
	const uint8_t *p;

	if (!r || !code_at(code, target) || at + 5 - r->start > r->size)
		return false;
	p = r->bytes + (at - r->start);
	return (p[0] == 0x66 && p[1] == 0x90) || !memcmp(p, "\x0f\x1f\x44\0\0", 5) ||
	       (p[0] == 0xeb && at + 2 + (int8_t)p[1] == target) ||
	       (p[0] == 0xe9 && at + 5 + (int64_t)get32(p + 1) == target);
}

/*
 * struct jump_entry: code, target, key. In vmlinux this table is somewhere in
 * .rodata, so all that looks like an entry is taken for one: one edge too many
 * makes less certain, one too few would make a mistake.
 */
void code_labels(struct code *code, struct code_table t)
{
	uint64_t i, at, target;

	for (i = 0; i + 16 <= t.size; i += 8) {
		at = relative(&t, i);
		target = relative(&t, i + 4);
		if (at - target + 0x100000 < 0x200000 && is_label(code, at, target))
			mark(code, at, target, CODE_LABEL, 0);
	}
}

static int compare_edges(const void *a, const void *b)
{
	const struct code_edge *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

int code_finish(struct code *code)
{
	if (code->found.failed)
		return -ENOMEM;
	code->edges = (struct code_edge *)code->found.data;
	code->nedges = code->found.size / sizeof(*code->edges);
	if (code->nedges)
		qsort(code->edges, code->nedges, sizeof(*code->edges), compare_edges);
	return 0;
}

/* code_edges() - what is known of @address beyond its instruction */
const struct code_edge *code_edges(const struct code *code, uint64_t address, size_t *count)
{
	size_t low = 0, high = code->nedges, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (code->edges[middle].from < address)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < code->nedges && code->edges[high].from == address; high++)
		;
	*count = high - low;
	return code->edges + low;
}
