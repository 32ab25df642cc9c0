// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn.c - what an instruction does with the field that a relocation fills in.
 *
 * x86 instructions have no fixed length, so the one that holds a field is found
 * by decoding from a place where an instruction is known to start. Branches are
 * an exception, and they are nearly all there is: the byte before a 32-bit
 * PC-relative field is the opcode of a branch (E8, E9, or 80..8F after 0F), or
 * it is the ModRM byte of a RIP-relative operand, whose upper two bits are 00
 * and lower three 101. No byte is both.
 */
#include <Zydis/Zydis.h>

#include "internal.h"

static bool decode(const uint8_t *code, uint64_t size, ZydisDecodedInstruction *insn)
{
	ZydisDecoder decoder;

	return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
					     ZYDIS_STACK_WIDTH_64)) &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, code, size, insn));
}

static enum operand branch_operand(const ZydisDecodedInstruction *insn)
{
	return insn->mnemonic == ZYDIS_MNEMONIC_CALL ? OPERAND_CALL : OPERAND_JUMP;
}

/*
 * insn_is_branch() - is the field the destination of a direct branch?
 *
 * The guess from the opcode byte is confirmed by the decoder: the field has to
 * be the branch's only operand and its end.
 */
bool insn_is_branch(const uint8_t *code, uint64_t size, uint64_t field, struct insn_use *use)
{
	ZydisDecodedInstruction insn;
	uint64_t start;

	if (field < 1 || size < 4 || field > size - 4)
		return false;
	if (code[field - 1] == 0xe8 || code[field - 1] == 0xe9)
		start = field - 1;
	else if (field >= 2 && (code[field - 1] & 0xf0) == 0x80 && code[field - 2] == 0x0f)
		start = field - 2;
	else
		return false;
	if (!decode(code + start, size - start, &insn) || start + insn.length != field + 4 ||
	    !insn.raw.imm[0].is_relative)
		return false;
	use->operand = branch_operand(&insn);
	use->insn = start;
	use->tail = 4;
	return true;
}

/* What the instruction at @start does with the field at @field. */
static enum operand classify(const ZydisDecodedInstruction *insn, uint64_t start, uint64_t field)
{
	uint64_t at = field - start;
	bool rip_relative, absolute;
	int i;

	for (i = 0; i < 2; i++) {
		if (!insn->raw.imm[i].size || insn->raw.imm[i].offset != at)
			continue;
		if (insn->raw.imm[i].size < 32)
			return OPERAND_UNKNOWN;
		return insn->raw.imm[i].is_relative ? branch_operand(insn) : OPERAND_ADDRESS;
	}
	if (insn->raw.disp.size < 32 || insn->raw.disp.offset != at)
		return OPERAND_UNKNOWN;
	if (insn->mnemonic != ZYDIS_MNEMONIC_LEA)
		return OPERAND_MEMORY;
	/* lea func(%rip) and lea func are addresses; lea func(%rax) is not. */
	rip_relative = insn->raw.modrm.mod == 0 && insn->raw.modrm.rm == 5;
	absolute = insn->raw.modrm.mod == 0 && insn->raw.modrm.rm == 4 && insn->raw.sib.base == 5 &&
		   insn->raw.sib.index == 4;
	return rip_relative || absolute ? OPERAND_ADDRESS : OPERAND_MEMORY;
}

/*
 * insn_find() - find the instruction that holds a field
 * @cursor:	the code, and where the last look ended
 * @start:	where an instruction starts: that of the function
 * @field:	offset of the field
 * @use:	where to put what was found
 *
 * Return: false if the bytes between cannot be decoded or no instruction has
 * an operand in exactly that place.
 */
bool insn_find(struct insn_cursor *cursor, uint64_t start, uint64_t field, struct insn_use *use)
{
	ZydisDecodedInstruction insn;

	if (cursor->start != start || cursor->at > field) {
		cursor->start = start;
		cursor->at = start;
	}
	while (cursor->at <= field && cursor->at < cursor->size) {
		if (!decode(cursor->code + cursor->at, cursor->size - cursor->at, &insn))
			return false;
		if (cursor->at + insn.length > field) {
			use->operand = classify(&insn, cursor->at, field);
			use->insn = cursor->at;
			use->tail = cursor->at + insn.length - field;
			return use->operand != OPERAND_UNKNOWN;
		}
		cursor->at += insn.length;
	}
	return false;
}

/*
 * insn_read() - one instruction
 * @code:	code
 * @size:	its size
 * @at:		where the instruction starts
 * @step:	where to put what was found
 *
 * Return: false if it cannot be decoded.
 */
bool insn_read(const uint8_t *code, uint64_t size, uint64_t at, struct insn_step *step)
{
	ZydisDecodedInstruction insn;

	if (at >= size || !decode(code + at, size - at, &insn))
		return false;
	step->length = insn.length;
	step->branch = insn.raw.imm[0].size && insn.raw.imm[0].is_relative;
	step->field = at + insn.raw.imm[0].offset;
	step->target = at + insn.length + (uint64_t)insn.raw.imm[0].value.s;
	return true;
}
