// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_flow.c - what is certain about small functions that are written down here in
 * assembly. The tables that go with them stand behind them.
 */
#include "fixture.h"

#include "code.h"

asm("	.pushsection .text.flow, \"ax\", @progbits\n"
    "flow_start:\n"
    "fentry:	ret\n"
    "	int3\n"
    "return_thunk: ret\n"
    "	int3\n"
    "indirect_thunk: jmp *%rax\n"
    "	int3\n"
    "nothing:	ret\n"
    "	int3\n"
    "plain:	call fentry\n"
    "	mov 8(%rdi), %eax\n"
    "	ret\n"
    "	int3\n"
    "written:	movq $1, (%rsi)\n"
    "	jmp return_thunk\n"
    "	int3\n"
    "tested:	test %rdi, %rdi\n"
    "	je 1f\n"
    "	mov (%rdi), %eax\n"
    "1:	ret\n"
    "	int3\n"
    "branches:	test %esi, %esi\n"
    "	je 1f\n"
    "	mov (%rdi), %eax\n"
    "	ret\n"
    "1:	mov 0x100(%rdi), %eax\n"
    "	ret\n"
    "	int3\n"
    "saved:	push %rbx\n"
    "	mov %rdi, %rbx\n"
    "	call nothing\n"
    "	mov (%rbx), %eax\n"
    "	pop %rbx\n"
    "	ret\n"
    "	int3\n"
    "clobbered:	mov %rdi, %rsi\n"
    "	call nothing\n"
    "	mov (%rsi), %eax\n"
    "	ret\n"
    "	int3\n"
    "spilled:	sub $24, %rsp\n"
    "	mov %rdi, 8(%rsp)\n"
    "	call nothing\n"
    "	mov 8(%rsp), %rdx\n"
    "	mov (%rdx), %eax\n"
    "	add $24, %rsp\n"
    "	ret\n"
    "	int3\n"
    "overwritten: sub $24, %rsp\n"
    "	mov %rdi, 8(%rsp)\n"
    "	movl $0, 12(%rsp)\n"
    "	mov 8(%rsp), %rdx\n"
    "	mov (%rdx), %eax\n"
    "	add $24, %rsp\n"
    "	ret\n"
    "	int3\n"
    "escaped:	sub $24, %rsp\n"
    "	mov %rdi, 8(%rsp)\n"
    "	lea 8(%rsp), %rdi\n"
    "	call nothing\n"
    "	mov 8(%rsp), %rdx\n"
    "	mov (%rdx), %eax\n"
    "	add $24, %rsp\n"
    "	ret\n"
    "	int3\n"
    "popped:	push %rdi\n"
    "	call nothing\n"
    "	pop %rdx\n"
    "	mov (%rdx), %eax\n"
    "	ret\n"
    "	int3\n"
    "percpu:	mov %gs:(%rdi), %rax\n"
    "	ret\n"
    "	int3\n"
    "indexed:	mov (%rdi,%rsi), %eax\n"
    "	ret\n"
    "	int3\n"
    "harmless:	lea 8(%rdi), %rax\n"
    "	prefetcht0 (%rdi)\n"
    "	nopl (%rdi)\n"
    "	ret\n"
    "	int3\n"
    "string:	mov %rdx, %rcx\n"
    "	rep movsb\n"
    "	ret\n"
    "	int3\n"
    "far:	mov 0x10000(%rdi), %eax\n"
    "	ret\n"
    "	int3\n"
    "member:	lea 0x40(%rdi), %rax\n"
    "	add $8, %rax\n"
    "	mov -0x10(%rax), %eax\n"
    "	ret\n"
    "	int3\n"
    "passed:	push %rbx\n"
    "	mov %rsi, %rdi\n"
    "	call plain\n"
    "	pop %rbx\n"
    "	ret\n"
    "	int3\n"
    "tail:	lea 16(%rdx), %rdi\n"
    "	jmp plain\n"
    "	int3\n"
    "conditional: test %esi, %esi\n"
    "	je plain\n"
    "	ret\n"
    "	int3\n"
    "loop:	mov (%rdi), %eax\n"
    "	add $8, %rdi\n"
    "	dec %esi\n"
    "	jne loop\n"
    "	ret\n"
    "	int3\n"
    "maybe_loop: test %esi, %esi\n"
    "	je 2f\n"
    "1:	mov (%rdi), %eax\n"
    "	dec %esi\n"
    "	jne 1b\n"
    "2:	ret\n"
    "	int3\n"
    "user:\n"
    "user_access: mov (%rdi), %eax\n"
    "	mov (%rsi), %edx\n"
    "	ret\n"
    "user_fixup: mov $-14, %rax\n"
    "	ret\n"
    "	int3\n"
    "label:\n"
    "label_nop:	.byte 0x0f, 0x1f, 0x44, 0, 0\n"
    "	mov (%rdi), %eax\n"
    "label_off:	ret\n"
    "	int3\n"
    "replaced:\n"
    "replaced_at: mov (%rdi), %eax\n"
    "	nop\n"
    "	mov (%rsi), %eax\n"
    "	ret\n"
    "	int3\n"
    "replacement: xor %eax, %eax\n"
    "replacement_end: int3\n"
    "bug:	test %rdi, %rdi\n"
    "	je bug_at\n"
    "	mov (%rdi), %eax\n"
    "	ret\n"
    "bug_at:	ud2\n"
    "warn:	test %rdi, %rdi\n"
    "	je warn_at\n"
    "	mov (%rdi), %eax\n"
    "	ret\n"
    "warn_at:	ud2\n"
    "	ret\n"
    "	int3\n"
    "trap:	mov (%rdi), %eax\n"
    "	ud2\n"
    "never:	test %rdi, %rdi\n"
    "	je 1f\n"
    "	mov (%rdi), %eax\n"
    "	ret\n"
    "1:	call nothing\n"
    "after:	call fentry\n"
    "	mov (%rsi), %eax\n"
    "	ret\n"
    "	int3\n"
    "pointer:	mov (%rdi), %rax\n"
    "	jmp *%rax\n"
    "	int3\n"
    "thunked:	mov (%rdi), %rax\n"
    "	jmp indirect_thunk\n"
    "	int3\n"
    "static_tail: jmp trampoline\n"
    "	int3\n"
    "trampoline: .byte 0xe9\n"
    "	.long plain - . - 4\n"
    "	.byte 0x0f, 0xb9, 0xcc\n"
    "undecodable: mov (%rdi), %eax\n"
    "	.byte 0x06\n"
    "	ret\n"
    "	int3\n"
    "recursive: push %rbx\n"
    "	mov %rdi, %rbx\n"
    "	test %esi, %esi\n"
    "	je 1f\n"
    "	dec %esi\n"
    "	call recursive\n"
    "	pop %rbx\n"
    "	ret\n"
    "1:	mov (%rbx), %eax\n"
    "	pop %rbx\n"
    "	ret\n"
    "	int3\n"
    "gives_error: mov $-12, %rax\n"
    "	ret\n"
    "	int3\n"
    "gives_null: test %rdi, %rdi\n"
    "	je 1f\n"
    "	mov %rdi, %rax\n"
    "	ret\n"
    "1:	xor %eax, %eax\n"
    "	ret\n"
    "	int3\n"
    "gives_number: mov $-12, %eax\n"
    "	ret\n"
    "	int3\n"
    "flow_end:\n"
    "	.balign 8\n"
    "table_exceptions:\n"
    "	.long user_access - ., user_fixup - ., 0\n"
    "table_exceptions_end:\n"
    "table_bugs:\n"
    "	.long bug_at - ., 0\n"
    "	.word 1, 0\n"
    "	.long warn_at - ., 0\n"
    "	.word 1, 1\n"
    "table_bugs_end:\n"
    "	.balign 8\n"
    "table_labels:\n"
    "	.long label_nop - ., label_off - .\n"
    "	.quad 0\n"
    "table_labels_end:\n"
    "table_alternatives:\n"
    "	.long replaced_at - ., replacement - .\n"
    "	.word 0\n"
    "	.byte 2, replacement_end - replacement\n"
    "table_alternatives_end:\n"
    "	.popsection\n");

extern const uint8_t flow_start[], flow_end[], table_exceptions[], table_exceptions_end[],
	table_bugs[], table_bugs_end[], table_labels[], table_labels_end[], table_alternatives[],
	table_alternatives_end[];
extern const uint8_t fentry[], return_thunk[], indirect_thunk[];

#define FUNCTIONS            \
	X(nothing, 0, 0)     \
	X(plain, 1, 1)       \
	X(written, 2, 2)     \
	X(tested, 0, 1)      \
	X(branches, 1, 1)    \
	X(saved, 1, 1)       \
	X(clobbered, 0, 0)   \
	X(spilled, 1, 1)     \
	X(overwritten, 0, 0) \
	X(escaped, 0, 0)     \
	X(popped, 1, 1)      \
	X(percpu, 0, 0)      \
	X(indexed, 0, 1)     \
	X(harmless, 0, 0)    \
	X(string, 0, 0)      \
	X(far, 0, 0)         \
	X(member, 1, 1)      \
	X(passed, 2, 2)      \
	X(tail, 4, 4)        \
	X(conditional, 0, 1) \
	X(loop, 1, 1)        \
	X(maybe_loop, 0, 1)  \
	X(user, 0, 2)        \
	X(label, 0, 1)       \
	X(replaced, 2, 3)    \
	X(bug, 1, 1)         \
	X(warn, 0, 1)        \
	X(trap, 0, 1)        \
	X(never, 0, 1)       \
	X(pointer, 1, 1)     \
	X(thunked, 1, 1)     \
	X(static_tail, 0, 0) \
	X(undecodable, 0, 1) \
	X(recursive, 0, 1)   \
	X(gives_error, 0, 0) \
	X(gives_null, 0, 0)  \
	X(gives_number, 0, 0)

#define X(name, must, may) extern const uint8_t name[];
FUNCTIONS
#undef X

static struct arena arena;
static struct code code;
static struct oddities odd;
static struct flow *flow;

static struct code_table table(const uint8_t *from, const uint8_t *to)
{
	return (struct code_table){ from, (uint64_t)from, to - from };
}

static int setup(void **state)
{
	(void)state;
	code.arena = code.found.arena = &arena;
	assert_int_equal(code_add(&code, (uint64_t)flow_start, flow_start, flow_end - flow_start),
			 0);
	code_exceptions(&code, table(table_exceptions, table_exceptions_end));
	code_bugs(&code, table(table_bugs, table_bugs_end));
	code_labels(&code, table(table_labels, table_labels_end));
	assert_int_equal(
		code_alternatives(&code, table(table_alternatives, table_alternatives_end)), 0);
	assert_int_equal(code_finish(&code), 0);
	odd.fentry = (uint64_t)fentry;
	odd.return_thunk = (uint64_t)return_thunk;
	odd.indirect[odd.nindirect++] = (uint64_t)indirect_thunk;
	flow = flow_open(&code, &odd, NULL, NULL);
	return flow ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	flow_close(flow);
	arena_free(&arena);
	return 0;
}

static void check_one(const char *name, const uint8_t *function, uint8_t must, uint8_t may)
{
	struct summary s = flow_function(flow, (uint64_t)function);

	if (s.must != must || s.may != may)
		fail_msg("%s: must %#x, may %#x; expected %#x, %#x", name, s.must, s.may, must,
			 may);
}

static void what_is_certain_is_found(void **state)
{
	(void)state;
#define X(name, must, may) check_one(#name, name, must, may);
	FUNCTIONS
#undef X
}

/* The second pass knows of each function what the first found. */
static void a_second_pass_finds_more(void **state)
{
	struct summary s;

	(void)state;
	flow_again(flow);
	s = flow_function(flow, (uint64_t)plain);
	assert_int_equal(s.must, 1);
	s = flow_function(flow, (uint64_t)recursive);
	assert_int_equal(s.must, 0);
}

static void failure_values_are_found(void **state)
{
	struct summary s;

	(void)state;
	s = flow_function(flow, (uint64_t)gives_error);
	assert_true(s.error && !s.null);
	s = flow_function(flow, (uint64_t)gives_null);
	assert_true(!s.error && s.null);
	s = flow_function(flow, (uint64_t)gives_number);
	assert_true(!s.error && !s.null);
}

static void outside_of_code_nothing_is_certain(void **state)
{
	struct summary s;

	(void)state;
	s = flow_function(flow, 0x1000);
	assert_int_equal(s.must, 0);
	s = flow_function(flow, (uint64_t)flow_end - 1);
	assert_int_equal(s.must, 0);
	assert_false(flow_failed(flow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_certain_is_found),
		cmocka_unit_test(a_second_pass_finds_more),
		cmocka_unit_test(failure_values_are_found),
		cmocka_unit_test(outside_of_code_nothing_is_certain),
	};

	return cmocka_run_group_tests_name("flow", tests, setup, teardown);
}
