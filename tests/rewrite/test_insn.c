// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_insn.c - what an instruction does with a field, for each kind of
 * instruction that a relocation is found in.
 */
#include "fixture.h"

struct sample {
	const char *text;
	uint8_t code[16];
	uint8_t size;
	uint8_t field; /* offset of the relocated field */
	enum operand operand;
	uint8_t tail; /* bytes from the field's start to the end */
};

static const struct sample samples[] = {
	{ "call rel32", { 0xe8 }, 5, 1, OPERAND_CALL, 4 },
	{ "jmp rel32", { 0xe9 }, 5, 1, OPERAND_JUMP, 4 },
	{ "je rel32", { 0x0f, 0x84 }, 6, 2, OPERAND_JUMP, 4 },
	{ "jne,pn rel32", { 0x2e, 0x0f, 0x85 }, 7, 3, OPERAND_JUMP, 4 },
	{ "lea disp(%rip), %r10", { 0x4c, 0x8d, 0x15 }, 7, 3, OPERAND_ADDRESS, 4 },
	{ "lea abs, %rax", { 0x48, 0x8d, 0x04, 0x25 }, 8, 4, OPERAND_ADDRESS, 4 },
	{ "lea disp(%rax), %rax", { 0x48, 0x8d, 0x80 }, 7, 3, OPERAND_MEMORY, 4 },
	{ "lea disp(,%rax,8), %rax", { 0x48, 0x8d, 0x04, 0xc5 }, 8, 4, OPERAND_MEMORY, 4 },
	{ "mov $imm32, %rdi", { 0x48, 0xc7, 0xc7 }, 7, 3, OPERAND_ADDRESS, 4 },
	{ "mov $imm32, %edi", { 0xbf }, 5, 1, OPERAND_ADDRESS, 4 },
	{ "movabs $imm64, %rdx", { 0x48, 0xba }, 10, 2, OPERAND_ADDRESS, 8 },
	{ "push $imm32", { 0x68 }, 5, 1, OPERAND_ADDRESS, 4 },
	{ "cmp $imm32, %rax", { 0x48, 0x3d }, 6, 2, OPERAND_ADDRESS, 4 },
	{ "movq $imm32, 8(%rdi)", { 0x48, 0xc7, 0x47, 8 }, 8, 4, OPERAND_ADDRESS, 4 },
	{ "movq $imm32, disp(%rip): the immediate", { 0x48, 0xc7, 0x05 }, 11, 7, OPERAND_ADDRESS, 4 },
	{ "movq $imm32, disp(%rip): the displacement",
	  { 0x48, 0xc7, 0x05 },
	  11,
	  3,
	  OPERAND_MEMORY,
	  8 },
	{ "cmpb $1, disp(%rip)", { 0x80, 0x3d, 0, 0, 0, 0, 1 }, 7, 2, OPERAND_MEMORY, 5 },
	{ "mov disp(%rip), %rax", { 0x48, 0x8b, 0x05 }, 7, 3, OPERAND_MEMORY, 4 },
	{ "call *disp(%rip)", { 0xff, 0x15 }, 6, 2, OPERAND_MEMORY, 4 },
	{ "jmp *disp(,%rax,8)", { 0xff, 0x24, 0xc5 }, 7, 3, OPERAND_MEMORY, 4 },
	{ "mov %gs:abs, %rax", { 0x65, 0x48, 0x8b, 0x04, 0x25 }, 9, 5, OPERAND_MEMORY, 4 },
	{ "movabs abs64, %al", { 0xa0 }, 9, 1, OPERAND_MEMORY, 8 },
};

static bool is_branch(const struct sample *s)
{
	return s->operand == OPERAND_CALL || s->operand == OPERAND_JUMP;
}

static void each_operand_is_told(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];
		uint8_t code[64];
		struct insn_cursor cursor = { code, sizeof(code), UINT64_MAX, 0 };
		struct insn_use use = { 0 };

		/* Behind two other instructions, and in front of more. */
		memset(code, 0x90, sizeof(code));
		memcpy(code, "\xf3\x0f\x1e\xfa\x55", 5);
		memcpy(code + 5, s->code, s->size);
		if (!insn_find(&cursor, 0, 5 + s->field, &use))
			fail_msg("%s: not found", s->text);
		if (use.operand != s->operand || use.insn != 5 || use.tail != s->tail)
			fail_msg("%s: operand %d of an instruction at %d, %u bytes", s->text,
				 use.operand, (int)use.insn, use.tail);
		if (insn_is_branch(code, sizeof(code), 5 + s->field, &use) != is_branch(s))
			fail_msg("%s: %s taken for a branch", s->text, is_branch(s) ? "not" : "is");
		if (is_branch(s) &&
		    (use.operand != s->operand || use.tail != 4 ||
		     use.insn + s->size != 5u + s->field + 4 + (s->code[0] == 0x2e)))
			if (s->code[0] != 0x2e)
				fail_msg("%s: branch at %d", s->text, (int)use.insn);
	}
}

static void a_field_must_be_a_whole_operand(void **state)
{
	/* mov $imm32, %rdi; mov $1, %al; garbage */
	const uint8_t code[] = { 0x48, 0xc7, 0xc7, 0, 0, 0, 0, 0xb0, 1, 0x06, 0x06, 0, 0, 0 };
	struct insn_cursor cursor = { code, sizeof(code), UINT64_MAX, 0 };
	struct insn_use use;

	(void)state;
	assert_true(insn_find(&cursor, 0, 3, &use));
	assert_false(insn_find(&cursor, 0, 2, &use));	/* ModRM */
	assert_false(insn_find(&cursor, 0, 4, &use));	/* inside of it */
	assert_false(insn_find(&cursor, 0, 8, &use));	/* one byte only */
	assert_false(insn_find(&cursor, 0, 10, &use));	/* not decodable */
	assert_false(insn_find(&cursor, 0, 100, &use)); /* beyond the end */
	assert_true(insn_find(&cursor, 0, 3, &use));	/* back again */
}

static void branches_at_the_edge_of_a_section(void **state)
{
	const uint8_t code[] = { 0xe8, 0, 0, 0, 0 };
	struct insn_use use;

	(void)state;
	assert_true(insn_is_branch(code, 5, 1, &use));
	assert_int_equal(use.insn, 0);
	assert_false(insn_is_branch(code, 5, 0, &use));
	assert_false(insn_is_branch(code, 5, 2, &use));
	assert_false(insn_is_branch(code, 4, 1, &use));
	assert_false(insn_is_branch(code, 3, 1, &use));
	assert_false(insn_is_branch(code, 5, UINT64_MAX, &use));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operand_is_told),
		cmocka_unit_test(a_field_must_be_a_whole_operand),
		cmocka_unit_test(branches_at_the_edge_of_a_section),
	};

	return cmocka_run_group_tests_name("insn", tests, NULL, NULL);
}
