// SPDX-License-Identifier: GPL-2.0-only
/*
 * state.c - what is known at one place of a function, and what an instruction does to it.
 *
 * See flow.c for what counts as a dereference.
 */
#include "state.h"

static bool same_value(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->argument == b->argument && a->n == b->n;
}

static const struct slot *find_slot(const struct state *s, int32_t at)
{
	uint8_t i;

	for (i = 0; i < s->nslots; i++)
		if (s->slots[i].at == at)
			return &s->slots[i];
	return NULL;
}

/* Forget what is stored in [@from, @to). */
static void drop_slots(struct state *s, int64_t from, int64_t to)
{
	uint8_t i, n = 0;

	for (i = 0; i < s->nslots; i++)
		if (s->slots[i].at + 8 <= from || s->slots[i].at >= to)
			s->slots[n++] = s->slots[i];
	s->nslots = n;
}

static void set_slot(struct state *s, int32_t at, struct value value)
{
	drop_slots(s, at, (int64_t)at + 8);
	if (value.kind == ARGUMENT && at < s->escaped && s->nslots < SLOTS)
		s->slots[s->nslots++] = (struct slot){ at, value };
}

/* state_meet() - keep in @into what holds in both; return whether that is less than before. */
bool state_meet(struct state *into, const struct state *from)
{
	const struct slot *other;
	bool changed = false;
	uint8_t i, n = 0;

	for (i = 0; i < REGISTERS; i++) {
		if (into->reg[i].kind == ANYTHING || same_value(&into->reg[i], &from->reg[i]))
			continue;
		into->reg[i] = (struct value){ ANYTHING, 0, 0 };
		changed = true;
	}
	if (into->seen & ~from->seen) {
		into->seen &= from->seen;
		changed = true;
	}
	if (into->sp_known && (!from->sp_known || from->sp != into->sp)) {
		into->sp_known = false;
		into->nslots = 0;
		changed = true;
	}
	if (from->escaped < into->escaped) {
		into->escaped = from->escaped;
		changed = true;
	}
	for (i = 0; i < into->nslots; i++) {
		other = find_slot(from, into->slots[i].at);
		if (other && other->at < into->escaped &&
		    same_value(&other->value, &into->slots[i].value))
			into->slots[n++] = into->slots[i];
	}
	if (n != into->nslots) {
		into->nslots = n;
		changed = true;
	}
	return changed;
}

static int number(ZydisRegister reg)
{
	reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
	return ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_GPR64 ? ZydisRegisterGetId(reg) : -1;
}

static bool is_64(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetClass(op->reg.value) == ZYDIS_REGCLASS_GPR64;
}

static bool is_memory(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_MEMORY;
}

/* An operand at a fixed distance from the stack pointer at entry? */
static bool on_stack(const struct state *s, const ZydisDecodedOperand *op, int64_t *at)
{
	if (!is_memory(op) || op->mem.base != ZYDIS_REGISTER_RSP ||
	    op->mem.index != ZYDIS_REGISTER_NONE || !s->sp_known)
		return false;
	*at = s->sp + op->mem.disp.value;
	return *at > -0x100000 && *at < 0x100000;
}

static bool counts(const ZydisDecodedInstruction *insn)
{
	switch (insn->meta.category) {
	case ZYDIS_CATEGORY_NOP:
	case ZYDIS_CATEGORY_WIDENOP:
	case ZYDIS_CATEGORY_PREFETCH:
	case ZYDIS_CATEGORY_STRINGOP:
	case ZYDIS_CATEGORY_IOSTRINGOP:
		return false;
	default:
		break;
	}
	switch (insn->mnemonic) {
	case ZYDIS_MNEMONIC_INVLPG:
	case ZYDIS_MNEMONIC_CLFLUSH:
	case ZYDIS_MNEMONIC_CLFLUSHOPT:
	case ZYDIS_MNEMONIC_CLWB:
	case ZYDIS_MNEMONIC_CLDEMOTE:
		return false;
	default:
		return true;
	}
}

void state_dereference(struct state *s, uint8_t *may, const ZydisDecodedInstruction *insn,
		       const ZydisDecodedOperand *ops)
{
	unsigned int i;

	if (!counts(insn))
		return;
	for (i = 0; i < insn->operand_count_visible; i++) {
		const ZydisDecodedOperand *op = &ops[i];
		const struct value *v;
		int64_t offset;
		int base;

		if (!is_memory(op) || op->mem.type != ZYDIS_MEMOP_TYPE_MEM || !op->actions ||
		    op->mem.segment == ZYDIS_REGISTER_GS || op->mem.segment == ZYDIS_REGISTER_FS)
			continue;
		base = number(op->mem.base);
		if (base < 0)
			continue;
		v = &s->reg[base];
		offset = v->n + op->mem.disp.value;
		if (v->kind != ARGUMENT || offset < -MAX_OFFSET || offset > MAX_OFFSET)
			continue;
		*may |= 1 << v->argument;
		if (op->mem.index == ZYDIS_REGISTER_NONE)
			s->seen |= 1 << v->argument;
	}
}

static struct value plus(struct value v, int64_t n)
{
	n += v.n;
	if (v.kind == ARGUMENT && n >= -MAX_OFFSET && n <= MAX_OFFSET) {
		v.n = n;
		return v;
	}
	return (struct value){ ANYTHING, 0, 0 };
}

/* What the instruction's first operand holds afterwards, if that can be said. */
static struct value result(const struct state *s, const ZydisDecodedInstruction *insn,
			   const ZydisDecodedOperand *ops)
{
	struct value none = { ANYTHING, 0, 0 }, constant = { CONSTANT, 0, 0 };
	const struct slot *slot;
	int64_t at, n;

	if (ops[0].type != ZYDIS_OPERAND_TYPE_REGISTER)
		return none;
	switch (insn->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		if (ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
			n = ops[1].imm.value.s;
			if (!is_64(&ops[0]))
				n = ops[0].size == 32 ? (int64_t)(uint32_t)n : INT64_MAX;
			constant.n = n;
			return n == constant.n ? constant : none;
		}
		if (is_64(&ops[0]) && is_64(&ops[1]))
			return s->reg[number(ops[1].reg.value)];
		if (is_64(&ops[0]) && on_stack(s, &ops[1], &at)) {
			slot = find_slot(s, at);
			return slot ? slot->value : none;
		}
		return none;
	case ZYDIS_MNEMONIC_LEA:
		if (is_64(&ops[0]) && ops[1].mem.index == ZYDIS_REGISTER_NONE &&
		    ZydisRegisterGetClass(ops[1].mem.base) == ZYDIS_REGCLASS_GPR64)
			return plus(s->reg[number(ops[1].mem.base)], ops[1].mem.disp.value);
		return none;
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
		if (is_64(&ops[0]) && ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
			n = ops[1].imm.value.s;
			return plus(s->reg[number(ops[0].reg.value)],
				    insn->mnemonic == ZYDIS_MNEMONIC_ADD ? n : -n);
		}
		return none;
	case ZYDIS_MNEMONIC_XOR:
		if (ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    ops[0].reg.value == ops[1].reg.value && ops[0].size >= 32)
			return constant;
		return none;
	case ZYDIS_MNEMONIC_POP:
		slot = s->sp_known ? find_slot(s, s->sp) : NULL;
		return slot ? slot->value : none;
	default:
		return none;
	}
}

/* The stack pointer and what is stored at fixed distances from it. */
static void stack(struct state *s, const ZydisDecodedInstruction *insn,
		  const ZydisDecodedOperand *ops, struct state *before)
{
	struct value pushed = { ANYTHING, 0, 0 };
	bool known = before->sp_known;
	unsigned int i;
	int64_t at;

	/* An address that is taken: whoever gets it may write there, upwards. */
	if (insn->mnemonic == ZYDIS_MNEMONIC_LEA && ops[1].mem.base == ZYDIS_REGISTER_RSP &&
	    number(ops[0].reg.value) != RSP) {
		at = known && ops[1].mem.index == ZYDIS_REGISTER_NONE ?
			     before->sp + ops[1].mem.disp.value :
			     INT32_MIN;
		if (at < s->escaped)
			s->escaped = at < INT32_MIN ? INT32_MIN : at;
		drop_slots(s, s->escaped, INT64_MAX);
	}
	for (i = 1; i < insn->operand_count_visible; i++)
		if (ops[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    ops[i].reg.value == ZYDIS_REGISTER_RSP) {
			if (known && before->sp < s->escaped)
				s->escaped = before->sp;
			else if (!known)
				s->escaped = INT32_MIN;
			drop_slots(s, s->escaped, INT64_MAX);
		}
	if (!known)
		return;
	switch (insn->mnemonic) {
	case ZYDIS_MNEMONIC_PUSH:
		if (is_64(&ops[0]))
			pushed = before->reg[number(ops[0].reg.value)];
		s->sp = before->sp - 8;
		set_slot(s, s->sp, pushed);
		return;
	case ZYDIS_MNEMONIC_PUSHFQ:
		s->sp = before->sp - 8;
		set_slot(s, s->sp, pushed);
		return;
	case ZYDIS_MNEMONIC_POP:
	case ZYDIS_MNEMONIC_POPFQ:
		s->sp = before->sp + 8;
		if (insn->mnemonic == ZYDIS_MNEMONIC_POP && number(ops[0].reg.value) == RSP)
			s->sp_known = false;
		break;
	case ZYDIS_MNEMONIC_CALL:
		return;
	default:
		for (i = 0; i < insn->operand_count; i++) {
			if (ops[i].type != ZYDIS_OPERAND_TYPE_REGISTER ||
			    number(ops[i].reg.value) != RSP ||
			    !(ops[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
				continue;
			at = INT64_MAX;
			if (i == 0 && insn->mnemonic == ZYDIS_MNEMONIC_LEA &&
			    ops[1].mem.base == ZYDIS_REGISTER_RSP &&
			    ops[1].mem.index == ZYDIS_REGISTER_NONE)
				at = before->sp + ops[1].mem.disp.value;
			else if (i == 0 && ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
				 insn->mnemonic == ZYDIS_MNEMONIC_ADD)
				at = before->sp + ops[1].imm.value.s;
			else if (i == 0 && ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
				 insn->mnemonic == ZYDIS_MNEMONIC_SUB)
				at = before->sp - ops[1].imm.value.s;
			if (at > 0x100000 || at < -0x100000) {
				s->sp_known = false;
				s->nslots = 0;
				return;
			}
			s->sp = at;
		}
	}
	/* What lies below the stack pointer belongs to interrupts. */
	drop_slots(s, INT64_MIN, s->sp);
	for (i = 0; i < insn->operand_count_visible; i++) {
		if (!on_stack(before, &ops[i], &at)) {
			/* Somewhere on the stack, but where? */
			if (is_memory(&ops[i]) && ops[i].mem.base == ZYDIS_REGISTER_RSP &&
			    ops[i].mem.type == ZYDIS_MEMOP_TYPE_MEM &&
			    (ops[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
				s->nslots = 0;
			continue;
		}
		if (!(ops[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
			continue;
		if (insn->mnemonic == ZYDIS_MNEMONIC_MOV && is_64(&ops[1]))
			set_slot(s, at, before->reg[number(ops[1].reg.value)]);
		else
			drop_slots(s, at, at + (ops[i].size + 7) / 8);
	}
}

/* An instruction that is no branch. */
void state_step(struct state *s, uint8_t *may, const ZydisDecodedInstruction *insn,
		const ZydisDecodedOperand *ops, bool may_fault)
{
	struct state before = *s;
	struct value v = result(s, insn, ops);
	unsigned int i;
	int reg;

	if (!may_fault)
		state_dereference(s, may, insn, ops);
	for (i = 0; i < insn->operand_count; i++) {
		if (ops[i].type != ZYDIS_OPERAND_TYPE_REGISTER ||
		    !(ops[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
			continue;
		reg = number(ops[i].reg.value);
		if (reg >= 0)
			s->reg[reg] = (struct value){ ANYTHING, 0, 0 };
	}
	if (v.kind != ANYTHING) {
		reg = number(ops[0].reg.value);
		if (reg >= 0 && reg != RSP)
			s->reg[reg] = v;
	}
	stack(s, insn, ops, &before);
}
