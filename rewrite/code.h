/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * code.h - machine code at its addresses, for learning from it.
 *
 *	code.c		the code of a kernel or module, and what patches it at run time
 *	state.c		what is known at one place, and what an instruction does to it
 *	flow.c		what a function does with its arguments on every path
 *	prototype.c	which arguments are pointers, from BTF
 *	learn.c		all that a kernel exports: its contracts
 */
#ifndef SUTURE_CODE_H
#define SUTURE_CODE_H

#include "internal.h"

/* What is special about the byte of code at an address; any number at once. */
enum code_mark {
	CODE_EXCEPTION = 1,   /* may fault and go on elsewhere: user access */
	CODE_ALTERNATIVE = 2, /* may be replaced when the kernel starts */
	CODE_REPLACED = 4,    /* a replacement ends before it */
	CODE_LABEL = 8,	      /* a jump or none, changed while the kernel runs */
	CODE_WARN = 16,	      /* ud2 that is printed about, and passed */
	CODE_BUG = 32,	      /* ud2 that is the end */
};

/* Where control may go besides what the instruction says. */
struct code_edge {
	uint64_t from;
	uint64_t to;
	uint8_t mark; /* enum code_mark */
	uint8_t reg;  /* CODE_EXCEPTION: a register that is set on the way */
};

struct code_range {
	uint64_t start;
	uint64_t size;
	const uint8_t *bytes;
	uint8_t *marks; /* one for each byte */
};

struct code {
	struct arena *arena;
	struct code_range ranges[64];
	unsigned int nranges;
	struct code_edge *edges; /* ordered by @from */
	size_t nedges;
	struct buffer found; /* while they are collected */
};

/* Addresses that stand for functions that a module imports. */
#define CODE_IMPORTS	 0xffffffffe0000000ull
#define CODE_IMPORT_SIZE 16
#define CODE_MODULE	 0xffffffffc0000000ull

int code_add(struct code *code, uint64_t start, const uint8_t *bytes, uint64_t size);
struct code_range *code_at(const struct code *code, uint64_t address);
const struct code_edge *code_edges(const struct code *code, uint64_t address, size_t *count);

/* A table's bytes, and where they lie. */
struct code_table {
	const uint8_t *bytes;
	uint64_t address;
	uint64_t size;
};

void code_exceptions(struct code *code, struct code_table table);
int code_alternatives(struct code *code, struct code_table table);
void code_bugs(struct code *code, struct code_table table);
void code_labels(struct code *code, struct code_table table);
int code_finish(struct code *code);

/* flow.c */

/* What is certain about a function. Bits are argument registers: rdi, rsi, ... */
struct summary {
	uint8_t must; /* is dereferenced whatever happens */
	uint8_t may;  /* is dereferenced on some path, and not as user memory */
	bool error;   /* returns a constant that is an error pointer, on some path */
	bool null;    /* returns a constant 0, on some path */
};

/* Functions that are not what their call looks like; 0: there is none. */
struct oddities {
	uint64_t fentry;       /* preserves every register */
	uint64_t return_thunk; /* a jump there is a return */
	uint64_t indirect[32]; /* thunks of calls through pointers */
	unsigned int nindirect;
};

struct flow;

/* What is certain about the function that @address in CODE_IMPORTS stands for, or NULL. */
typedef const struct summary *import_summary(void *context, uint64_t address);

struct flow *flow_open(const struct code *code, const struct oddities *odd, import_summary *import,
		       void *context);
void flow_close(struct flow *flow);
struct summary flow_function(struct flow *flow, uint64_t address);
void flow_again(struct flow *flow);
bool flow_failed(const struct flow *flow);

#endif /* SUTURE_CODE_H */
