/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - what is known at one place of a function, for flow.c.
 */
#ifndef SUTURE_STATE_H
#define SUTURE_STATE_H

#include <Zydis/Zydis.h>

#include "code.h"

/* A dereference that far from a bad pointer still hits nothing. */
#define MAX_OFFSET 0x7fff
#define SLOTS	   12

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, REGISTERS = 16 };

enum kind { ANYTHING, ARGUMENT, CONSTANT };

struct value {
	uint8_t kind;
	uint8_t argument;
	int32_t n; /* what is added to the argument; or the constant */
};

struct slot {
	int32_t at; /* from the stack pointer at entry */
	struct value value;
};

struct state {
	struct value reg[REGISTERS];
	struct slot slots[SLOTS];
	int32_t sp;
	int32_t escaped; /* slots from here on up may be written by others */
	uint8_t nslots;
	uint8_t seen; /* arguments that have been dereferenced */
	bool sp_known;
};

bool state_meet(struct state *into, const struct state *from);
void state_dereference(struct state *s, uint8_t *may, const ZydisDecodedInstruction *insn,
		       const ZydisDecodedOperand *ops);
void state_step(struct state *s, uint8_t *may, const ZydisDecodedInstruction *insn,
		const ZydisDecodedOperand *ops, bool may_fault);

#endif /* SUTURE_STATE_H */
