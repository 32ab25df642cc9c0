/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.h - what the rewriter puts into a guarded image and suture.ko reads.
 *
 * Shared by rewrite/ (user space) and kernel/ (suture.ko). All fields have
 * fixed widths; a field named "address" holds 0 in the file and is filled by
 * the kernel's module loader through a R_X86_64_64 relocation.
 *
 * A guarded image is the driver's own module with three sections appended:
 *
 *   .suture.text  AX, align 16   entry thunks and tail-call stubs
 *   .suture.data  WA, align 64   struct suture_image, its entries, tails, checks
 *   .suture.str   A              NUL-terminated names
 *
 * and a hidden symbol "suture_image" (STT_OBJECT) at offset 0 of .suture.data.
 * suture.ko finds it in the module's symbol table when the loader announces
 * MODULE_STATE_COMING, before any code of the driver has run.
 */
#ifndef SUTURE_IMAGE_H
#define SUTURE_IMAGE_H

#ifndef __ASSEMBLY__
#include <linux/types.h>
#endif

#define SUTURE_IMAGE_SYMBOL	"suture_image"
#define SUTURE_IMAGE_MAGIC	0x75747573	/* "sutu", little endian */
#define SUTURE_IMAGE_ABI	1

#define SUTURE_TEXT_SECTION	".suture.text"
#define SUTURE_DATA_SECTION	".suture.data"
#define SUTURE_STR_SECTION	".suture.str"

/* The symbol namespace of everything suture.ko exports to guarded images. */
#define SUTURE_NAMESPACE	"SUTURE"

/* Exports of suture.ko that thunks and stubs branch to. */
#define SUTURE_SYM_ENTER	"suture_enter"
#define SUTURE_SYM_LEAVE	"suture_leave"
#define SUTURE_SYM_TAIL_RETURN	"suture_tail_return"
#define SUTURE_SYM_BAD_ARGUMENT	"suture_bad_argument"

/*
 * Section of suture.ko itself that lists its wrappers, for the rewriter: a
 * sequence of pairs of NUL-terminated strings, "API\0WRAPPER\0". Empty strings
 * between the pairs are padding.
 */
#define SUTURE_WRAPPERS_SECTION	".suture.wrappers"

/*
 * Section of suture.ko and of rule packs that lists their rules: addresses of arrays of
 * addresses of struct suture_rule (rule.h), each array ended by 0. What stands in a rule,
 * by its offset; strings are addresses, 0 for none.
 */
#define SUTURE_RULES_SECTION	".suture.rules"

#define SUTURE_RULE_ID		0	/* string */
#define SUTURE_RULE_CLASS	8	/* string */
#define SUTURE_RULE_CONTRACT	16	/* string */
#define SUTURE_RULE_SOURCE	24	/* string */
#define SUTURE_RULE_EXAMPLE	32	/* string */
#define SUTURE_RULE_LOOK	40	/* string */
#define SUTURE_RULE_ACTION	48	/* enum suture_action, 32 bits */
#define SUTURE_RULE_REPAIRS	56	/* pairs of strings; a name of 0 ends them */
#define SUTURE_REPAIR_SIZE	16

/*
 * Section of suture.ko and of rule packs that names the kernel functions whose wrappers
 * check the pointers that they get by themselves, so that no check stands before them:
 * NUL-terminated strings.
 */
#define SUTURE_CHECKED_SECTION	".suture.checked"

/* Bytes of stack that a thunk reserves for struct suture_visit. */
#define SUTURE_FRAME_SIZE	160

/*
 * An entry thunk, with the entry's address in r10:
 *
 *	endbr64
 *	sub	$SUTURE_FRAME_SIZE, %rsp
 *	lea	entry(%rip), %r10
 *	call	suture_enter		; preserves every argument register
 *	[copies of stack arguments]
 *	call	driver_function
 *	[add	$8 * copies, %rsp]
 *	jmp	suture_leave		; drops the frame and returns
 *
 * A function with more than six arguments finds the rest on the stack, so the
 * thunk copies them: exactly as many as its BTF prototype says, or
 * SUTURE_WIDE_WORDS when the module carries no prototype for it.
 *
 * A tail-call stub:
 *
 *	call	wrapper
 *	jmp	suture_tail_return	; a bare return
 *
 * A check of the arguments of a kernel function, to which the driver's calls of it go.
 * All pointers that are looked at go into r11, so that its upper seven bits are
 * zero if they are good: a pointer that the function dereferences whatever happens
 * (strong) is, with 0x1000 added, in the uppermost part of the address space; of any
 * other (weak) the uppermost eight bits are equal.
 *
 *	lea	0x1000(strong), %r11	; the first of them; the others:
 *	[lea	0x1000(strong), %r10
 *	and	%r10, %r11]
 *	not	%r11
 *	[lea	(weak,weak), %r10
 *	xor	weak, %r10
 *	or	%r10, %r11]
 *	shr	$57, %r11
 *	jnz	1f
 *	jmp	function		; its wrapper, if there is one
 * 1:	lea	check(%rip), %r10
 *	jmp	suture_bad_argument
 *
 * Without a strong one, the first weak one is made in r11 itself. Strong ones
 * stand in the order of the registers, then weak ones.
 *
 * A tail call whose function takes arguments on the stack (more than six, or
 * variadic) cannot have a stub: its jump goes to the wrapper, and the site that
 * the wrapper sees is that of the driver's caller.
 */
#define SUTURE_WIDE_WORDS	6

#ifndef __ASSEMBLY__
/* What a driver function returns, from its BTF prototype. */
enum suture_ret {
	SUTURE_RET_UNKNOWN = 0,
	SUTURE_RET_VOID,
	SUTURE_RET_INT,		/* signed integer of 32 bits or an enum */
	SUTURE_RET_LONG,	/* signed integer of 64 bits */
	SUTURE_RET_UNSIGNED,	/* unsigned integer of any width */
	SUTURE_RET_BOOL,
	SUTURE_RET_POINTER,
	SUTURE_RET_OTHER,	/* struct by value */
};
#endif

#define SUTURE_NARGS_UNKNOWN	0xff

#ifndef __ASSEMBLY__
/* What a kernel function returns when it fails. */
enum suture_fail {
	SUTURE_FAIL_NONE = 0,	/* nothing that its caller would understand */
	SUTURE_FAIL_VOID,	/* it returns nothing */
	SUTURE_FAIL_ERRNO,	/* a negative error number */
	SUTURE_FAIL_FALSE,	/* false */
	SUTURE_FAIL_NULL,	/* a null pointer */
	SUTURE_FAIL_ERR_PTR,	/* an error pointer */
};
#endif

/* struct suture_entry.flags as written by the rewriter (low half) ... */
#define SUTURE_ENTRY_INIT	0x00000001	/* module_init() */
#define SUTURE_ENTRY_EXIT	0x00000002	/* module_exit() */
#define SUTURE_ENTRY_EXPORT	0x00000004	/* in __ksymtab* */
#define SUTURE_ENTRY_WIDE	0x00000008	/* thunk copies stack words */
/* ... and by suture.ko (high half): suture_enter() takes its slow path. */
#define SUTURE_ENTRY_GATED	0x00010000	/* refused: quarantine */
#define SUTURE_ENTRY_INJECT	0x00020000	/* a tester's fault is armed */
#define SUTURE_ENTRY_WATCHED	0x00040000	/* its role sees each call */
#define SUTURE_ENTRY_BURIED	0x00080000	/* refused for some objects: see binding.h */
#define SUTURE_ENTRY_MEMBER	0x00100000	/* other members of its group call it, too */
#define SUTURE_ENTRY_PAUSED	0x00200000	/* a restart is due: its role may refuse */
#define SUTURE_ENTRY_SLOW	0xffff0000

/* struct suture_image.flags */
#define SUTURE_IMAGE_PART	0x00000001	/* one driver with the guarded modules that
						 * import from it: libahci
						 */

#ifndef __ASSEMBLY__
/**
 * struct suture_entry - one driver function that the kernel can call
 * @image:	address of the struct suture_image
 * @func:	address of the driver's function
 * @thunk:	address of its thunk
 * @name:	address of its name, NUL-terminated
 * @flags:	SUTURE_ENTRY_*
 * @ret:	enum suture_ret
 * @nargs:	number of arguments, or SUTURE_NARGS_UNKNOWN
 * @reserved:	zero
 * @role:	run time only: const struct suture_role *; zero in the file
 * @inject:	run time only: calls left before an armed fault strikes
 * @failures:	run time only: how often this entry was unwound
 */
struct suture_entry {
	__u64 image;
	__u64 func;
	__u64 thunk;
	__u64 name;
	__u32 flags;
	__u8 ret;
	__u8 nargs;
	__u16 reserved;
	__u64 role;
	__u64 inject;
	__u64 failures;
};

/**
 * struct suture_tail - a stub that gives a tail call a call site of its own
 * @stub:	address of the stub
 * @site:	address of the driver's jump that now goes to the stub
 */
struct suture_tail {
	__u64 stub;
	__u64 site;
};

/**
 * struct suture_check - a check of the arguments of a kernel function
 * @stub:	address of its code
 * @function:	address of what it goes on to: the function or its wrapper
 * @name:	address of the function's name, NUL-terminated
 * @strong:	arguments that the function dereferences whatever happens: bit 0 is
 *		the first argument, in rdi
 * @weak:	arguments that have to be canonical addresses
 * @fail:	enum suture_fail
 * @reserved:	zero
 */
struct suture_check {
	__u64 stub;
	__u64 function;
	__u64 name;
	__u8 strong;
	__u8 weak;
	__u8 fail;
	__u8 reserved[5];
};

/**
 * struct suture_image - head of .suture.data
 * @magic:	SUTURE_IMAGE_MAGIC
 * @abi:	SUTURE_IMAGE_ABI; suture.ko refuses any other
 * @frame_size:	SUTURE_FRAME_SIZE; suture.ko refuses any other
 * @module:	address of the driver's struct module
 * @entries:	address of struct suture_entry[@nentries], ordered by @thunk
 * @tails:	address of struct suture_tail[@ntails], ordered by @stub
 * @taken:	address of __u64[@ntaken]: names (addresses of strings) of wrapped
 *		kernel functions whose address the driver also takes; calls
 *		through those pointers are not seen by Suture
 * @nentries:	number of entries
 * @ntails:	number of tails
 * @ntaken:	number of names in @taken
 * @nwrapped:	number of call sites that go to a wrapper or a check, for status
 * @domain:	run time only: struct suture_domain *
 * @checks:	address of struct suture_check[@nchecks], ordered by @stub
 * @nchecks:	number of checks
 * @flags:	SUTURE_IMAGE_*
 * @reserved:	zero
 */
struct suture_image {
	__u32 magic;
	__u16 abi;
	__u16 frame_size;
	__u64 module;
	__u64 entries;
	__u64 tails;
	__u64 taken;
	__u32 nentries;
	__u32 ntails;
	__u32 ntaken;
	__u32 nwrapped;
	__u64 domain;
	__u64 checks;
	__u32 nchecks;
	__u32 flags;
	__u64 reserved[6];
};

#endif /* __ASSEMBLY__ */
#endif /* SUTURE_IMAGE_H */
