// SPDX-License-Identifier: GPL-2.0-only
/*
 * flow.c - what a function does with its arguments on every path.
 *
 * A forward walk over all paths from a function's first instruction to where it ends.
 * Along a path it is known which registers and stack slots still hold an argument (or one
 * plus a small constant), and which arguments have been dereferenced. Where paths
 * meet, only what holds on each of them is kept. An argument that every path has
 * dereferenced at its end must be a good pointer: the call crashes otherwise.
 *
 * What does not count, as it may go well with a bad pointer: accesses relative to gs
 * or fs, with an index register (per-CPU data), listed in __ex_table (user memory),
 * prefetches, string instructions (they may be told to do nothing). What is not
 * understood ends the path with nothing known.
 *
 * A jump out of the function is followed like any other, so tail calls need no care. A
 * call uses what is certain about the called function.
 */
#include <stdlib.h>

#include "state.h"

#define ALL_ARGUMENTS 0x3f
#define MAX_STEPS     60000
#define MAX_DEPTH     40

static const uint8_t argument_register[] = { RDI, RSI, RDX, RCX, R8, R9 };
static const uint8_t scratch[] = { RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11 };

struct node {
	uint64_t address;
	struct state state;
	uint32_t next; /* in the list of those to walk, + 1 */
	bool queued;
};

struct known {
	uint64_t address;
	uint32_t pass; /* that has looked at it, or is about to */
	struct summary summary;
};

struct flow {
	const struct code *code;
	const struct oddities *odd;
	import_summary *import;
	void *context;
	ZydisDecoder decoder;
	struct known *known; /* hashed by address */
	size_t capacity;
	size_t count;
	unsigned int depth;
	uint32_t pass;
	bool failed;
};

/* One function. */
struct walk {
	struct flow *flow;
	struct node *nodes;
	uint32_t *index; /* hashed by address: node + 1 */
	uint32_t nnodes;
	uint32_t capacity; /* of the index, twice that of the nodes */
	uint32_t queue;
	uint32_t steps;
	bool ended;
	bool unclear;
	struct summary found;
};

static size_t hash(uint64_t address)
{
	address *= 0x9e3779b97f4a7c15ull;
	return address ^ address >> 32;
}

static bool grow_index(struct walk *w)
{
	uint32_t capacity = w->capacity ? w->capacity * 2 : 64, i;
	uint32_t *index = calloc(capacity, sizeof(*index));
	struct node *nodes = realloc(w->nodes, capacity / 2 * sizeof(*nodes));
	size_t h;

	if (nodes)
		w->nodes = nodes;
	if (!index || !nodes) {
		free(index);
		w->flow->failed = true;
		return false;
	}
	for (i = 0; i < w->nnodes; i++) {
		for (h = hash(nodes[i].address); index[h & (capacity - 1)]; h++)
			;
		index[h & (capacity - 1)] = i + 1;
	}
	free(w->index);
	w->index = index;
	w->capacity = capacity;
	return true;
}

static struct node *find_node(const struct walk *w, uint64_t address)
{
	size_t h;

	if (!w->capacity)
		return NULL;
	for (h = hash(address); w->index[h & (w->capacity - 1)]; h++)
		if (w->nodes[w->index[h & (w->capacity - 1)] - 1].address == address)
			return &w->nodes[w->index[h & (w->capacity - 1)] - 1];
	return NULL;
}

/* A path arrives at @address in this state. */
static void arrive(struct walk *w, uint64_t address, const struct state *s)
{
	struct node *node = find_node(w, address);
	size_t h;

	if (node) {
		if (!state_meet(&node->state, s) || node->queued)
			return;
	} else {
		if (w->nnodes == w->capacity / 2 && !grow_index(w))
			return;
		for (h = hash(address); w->index[h & (w->capacity - 1)]; h++)
			;
		node = &w->nodes[w->nnodes++];
		w->index[h & (w->capacity - 1)] = w->nnodes;
		node->address = address;
		node->state = *s;
	}
	node->queued = true;
	node->next = w->queue;
	w->queue = node - w->nodes + 1;
}

/* A path ends here, and nothing but this is known of it. */
static void end(struct walk *w, uint8_t seen)
{
	w->ended = true;
	w->found.must &= seen;
}

static void end_return(struct walk *w, const struct state *s)
{
	const struct value *v = &s->reg[RAX];

	end(w, s->seen);
	if (v->kind == CONSTANT && v->n < 0 && v->n >= -4095)
		w->found.error = true;
	if (v->kind == CONSTANT && !v->n)
		w->found.null = true;
}

static bool is_indirect(const struct flow *flow, uint64_t address)
{
	unsigned int i;

	for (i = 0; i < flow->odd->nindirect; i++)
		if (flow->odd->indirect[i] == address)
			return true;
	return false;
}

/* "jmp somewhere; ud1 %esp, %ecx": where it jumps changes while the kernel runs. */
static bool is_static_call(const struct flow *flow, uint64_t address)
{
	const struct code_range *r = code_at(flow->code, address);
	uint64_t at;

	if (!r)
		return false;
	at = address - r->start;
	return at + 8 <= r->size && !memcmp(r->bytes + at + 5, "\x0f\xb9\xcc", 3);
}

/* What is certain about the function at @address, if anything can be said. */
static struct summary called(struct walk *w, uint64_t address)
{
	const struct summary *s;
	struct summary nothing = { 0 };

	if (address >= CODE_IMPORTS) {
		s = w->flow->import ? w->flow->import(w->flow->context, address) : NULL;
		return s ? *s : nothing;
	}
	if (is_indirect(w->flow, address) || is_static_call(w->flow, address))
		return nothing;
	return flow_function(w->flow, address);
}

/* Does a register argument still hold one of ours? */
static bool passes_argument(const struct state *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(argument_register); i++) {
		if (s->reg[argument_register[i]].kind == ARGUMENT)
			return true;
	}
	return false;
}

static void pass_arguments(struct walk *w, struct state *s, const struct summary *to)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(argument_register); i++) {
		const struct value *v = &s->reg[argument_register[i]];

		if (v->kind != ARGUMENT)
			continue;
		if (to->must & 1 << i)
			s->seen |= 1 << v->argument;
		if (to->may & 1 << i)
			w->found.may |= 1 << v->argument;
	}
}

static void call(struct walk *w, struct state *s, bool known, uint64_t target)
{
	struct summary to;
	size_t i;

	if (known && target == w->flow->odd->fentry)
		return;
	if (known && passes_argument(s)) {
		to = called(w, target);
		pass_arguments(w, s, &to);
	}
	for (i = 0; i < ARRAY_SIZE(scratch); i++)
		s->reg[scratch[i]] = (struct value){ ANYTHING, 0, 0 };
}

/* Edges that the instruction itself does not show. Return: it is not reached. */
static bool more_edges(struct walk *w, uint64_t at, const struct state *s, bool first)
{
	const struct code_edge *e;
	bool gone = false;
	struct state other;
	size_t i, n;

	e = code_edges(w->flow->code, at, &n);
	for (i = 0; i < n; i++) {
		switch (e[i].mark) {
		case CODE_EXCEPTION:
			other = *s;
			other.reg[RAX] = other.reg[RCX] = other.reg[RDX] = other.reg[e[i].reg] =
				(struct value){ ANYTHING, 0, 0 };
			arrive(w, e[i].to, &other);
			break;
		case CODE_ALTERNATIVE:
		case CODE_LABEL:
			arrive(w, e[i].to, s);
			break;
		case CODE_REPLACED:
			/* A replacement may begin where another ends. */
			if (!first) {
				arrive(w, e[i].to, s);
				gone = true;
			}
			break;
		}
	}
	return gone;
}

/* A jump. Return: the path goes on behind it. */
static bool jump(struct walk *w, struct state *s, const ZydisDecodedInstruction *insn,
		 const ZydisDecodedOperand *ops, uint64_t next, bool label)
{
	bool conditional = insn->meta.category == ZYDIS_CATEGORY_COND_BR;
	struct summary to;
	struct state there;
	uint64_t target;

	if (!insn->raw.imm[0].is_relative) {
		/* Through a pointer: a switch, or a tail call of something. */
		state_dereference(s, &w->found.may, insn, ops);
		end(w, s->seen);
		return false;
	}
	target = next + ops[0].imm.value.s;
	if (target == w->flow->odd->return_thunk) {
		end_return(w, s);
	} else if (target >= CODE_IMPORTS || is_indirect(w->flow, target) ||
		   is_static_call(w->flow, target)) {
		there = *s;
		to = called(w, target);
		pass_arguments(w, &there, &to);
		end(w, there.seen);
		w->found.error |= to.error;
		w->found.null |= to.null;
	} else {
		arrive(w, target, s);
	}
	return conditional || label;
}

/* The compiler begins nearly every function with one of these. */
static bool starts_function(const struct flow *flow, uint64_t at,
			    const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *ops)
{
	if (insn->mnemonic == ZYDIS_MNEMONIC_CALL && insn->raw.imm[0].is_relative)
		return flow->odd->fentry &&
		       at + insn->length + ops[0].imm.value.s == flow->odd->fentry;
	return insn->mnemonic == ZYDIS_MNEMONIC_ENDBR64;
}

static void walk_from(struct walk *w, uint64_t first, struct state s)
{
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	struct code_range *r = NULL;
	uint64_t at = first;
	bool endbr = false;
	uint8_t marks;

	for (;; at += insn.length) {
		if (!r || at - r->start >= r->size)
			r = code_at(w->flow->code, at);
		if (++w->steps > MAX_STEPS)
			w->unclear = true;
		marks = r ? r->marks[at - r->start] : 0;
		if (!r) {
			/* Perhaps behind a replacement at the end of its section. */
			r = code_at(w->flow->code, at - 1);
			marks = r ? r->marks[at - r->start] : 0;
			if (!(marks & CODE_REPLACED))
				w->unclear = true;
		}
		if (w->unclear || w->flow->failed)
			return;
		if (marks && more_edges(w, at, &s, at == first))
			return;
		if (at - r->start >= r->size ||
		    !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&w->flow->decoder,
							 r->bytes + (at - r->start),
							 r->size - (at - r->start), &insn, ops))) {
			w->unclear = true;
			return;
		}
		if (at != first && starts_function(w->flow, at, &insn, ops) &&
		    !(at - first == 4 && endbr)) {
			/* What was called before it does not return. */
			end(w, s.seen);
			return;
		}
		if (at != first && find_node(w, at)) {
			arrive(w, at, &s);
			return;
		}
		endbr = at == first && insn.mnemonic == ZYDIS_MNEMONIC_ENDBR64;
		switch (insn.mnemonic) {
		case ZYDIS_MNEMONIC_RET:
			end_return(w, &s);
			return;
		case ZYDIS_MNEMONIC_INT3:
		case ZYDIS_MNEMONIC_HLT:
			end(w, s.seen);
			return;
		case ZYDIS_MNEMONIC_UD2:
			if (marks & CODE_WARN)
				continue;
			/* BUG() is a crash whatever the arguments are: no end of a call. */
			if (!(marks & CODE_BUG))
				end(w, 0);
			return;
		default:
			break;
		}
		switch (insn.meta.category) {
		case ZYDIS_CATEGORY_CALL:
			if (!insn.raw.imm[0].is_relative)
				state_dereference(&s, &w->found.may, &insn, ops);
			call(w, &s, insn.raw.imm[0].is_relative,
			     at + insn.length + ops[0].imm.value.s);
			continue;
		case ZYDIS_CATEGORY_UNCOND_BR:
		case ZYDIS_CATEGORY_COND_BR:
			if (!jump(w, &s, &insn, ops, at + insn.length, marks & CODE_LABEL))
				return;
			continue;
		case ZYDIS_CATEGORY_SYSRET:
		case ZYDIS_CATEGORY_RET:
			end(w, s.seen);
			return;
		default:
			state_step(&s, &w->found.may, &insn, ops, marks & CODE_EXCEPTION);
		}
	}
}

static struct summary look_at(struct flow *flow, uint64_t address)
{
	struct walk w = { .flow = flow, .found.must = ALL_ARGUMENTS };
	struct state s = { .sp_known = true, .escaped = INT32_MAX };
	unsigned int i;
	uint32_t node;

	for (i = 0; i < ARRAY_SIZE(argument_register); i++)
		s.reg[argument_register[i]] = (struct value){ ARGUMENT, i, 0 };
	/* Not as a node: of a loop that begins there the first round is walked by itself. */
	walk_from(&w, address, s);
	while (w.queue && !w.unclear && !flow->failed) {
		node = w.queue - 1;
		w.queue = w.nodes[node].next;
		w.nodes[node].queued = false;
		walk_from(&w, w.nodes[node].address, w.nodes[node].state);
	}
	if (w.unclear || !w.ended || flow->failed)
		w.found.must = 0;
	free(w.nodes);
	free(w.index);
	return w.found;
}

static struct known *slot_of(const struct flow *flow, uint64_t address)
{
	size_t h;

	for (h = hash(address); flow->known[h & (flow->capacity - 1)].address; h++)
		if (flow->known[h & (flow->capacity - 1)].address == address)
			break;
	return &flow->known[h & (flow->capacity - 1)];
}

static bool grow_known(struct flow *flow)
{
	struct flow bigger = *flow;
	size_t i;

	bigger.capacity = flow->capacity ? flow->capacity * 2 : 4096;
	bigger.known = calloc(bigger.capacity, sizeof(*bigger.known));
	if (!bigger.known) {
		flow->failed = true;
		return false;
	}
	for (i = 0; i < flow->capacity; i++)
		if (flow->known[i].address)
			*slot_of(&bigger, flow->known[i].address) = flow->known[i];
	free(flow->known);
	*flow = bigger;
	return true;
}

/*
 * flow_function() - what is certain about the function at @address
 *
 * Of a function that calls itself in the end, only what was found by the pass before is
 * believed meanwhile: nothing by the first.
 */
struct summary flow_function(struct flow *flow, uint64_t address)
{
	struct summary nothing = { 0 }, found;
	struct known *k;

	if (!address || (flow->count * 2 >= flow->capacity && !grow_known(flow)))
		return nothing;
	k = slot_of(flow, address);
	if (k->pass == flow->pass || flow->depth >= MAX_DEPTH)
		return k->summary;
	if (!k->address) {
		k->address = address;
		flow->count++;
	}
	k->pass = flow->pass;
	flow->depth++;
	found = look_at(flow, address);
	flow->depth--;
	slot_of(flow, address)->summary = found;
	return found;
}

/* flow_again() - begin another pass, which may find more */
void flow_again(struct flow *flow)
{
	flow->pass++;
}

bool flow_failed(const struct flow *flow)
{
	return flow->failed;
}

struct flow *flow_open(const struct code *code, const struct oddities *odd, import_summary *import,
		       void *context)
{
	struct flow *flow = calloc(1, sizeof(*flow));

	if (!flow || !ZYAN_SUCCESS(ZydisDecoderInit(&flow->decoder, ZYDIS_MACHINE_MODE_LONG_64,
						    ZYDIS_STACK_WIDTH_64))) {
		free(flow);
		return NULL;
	}
	flow->code = code;
	flow->odd = odd;
	flow->import = import;
	flow->context = context;
	flow->pass = 1;
	return flow;
}

void flow_close(struct flow *flow)
{
	if (flow)
		free(flow->known);
	free(flow);
}
