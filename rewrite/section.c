// SPDX-License-Identifier: GPL-2.0-only
/*
 * section.c - the one table of sections that a module is known to have.
 *
 * Only sections that are loaded (SHF_ALLOC) matter here. A loaded section that
 * is not in the table and refers to code, or holds code, makes the module
 * refused by that section's name: nobody has thought about it yet. To mend that,
 * find out who reads the section. If it describes instructions (where to patch,
 * how to unwind), keep it. If the kernel will call what it finds there, edit it.
 *
 * The first pattern that fits counts; a '*' at the end stands for anything.
 */
#include "internal.h"

static const struct section_rule rules[] = {
	/* Code. */
	{ ".text", SECTION_CODE, 0, "the driver" },
	{ ".text.*", SECTION_CODE, 0, "the driver" },
	{ ".init.text", SECTION_CODE, 0, "freed after init" },
	{ ".exit.text", SECTION_CODE, 0, "the driver" },
	{ ".ref.text", SECTION_CODE, 0, "may refer to init code" },
	{ ".meminit.text", SECTION_CODE, 0, "the driver" },
	{ ".memexit.text", SECTION_CODE, 0, "the driver" },
	{ ".noinstr.text", SECTION_CODE, 0, "not traceable" },
	{ ".sched.text", SECTION_CODE, 0, "left out of wchan" },
	{ ".entry.text", SECTION_CODE, 0, "not traceable" },
	{ ".cpuidle.text", SECTION_CODE, 0, "the driver" },
	{ ".kprobes.text", SECTION_CODE, 0, "not to be probed" },
	{ ".spinlock.text", SECTION_CODE, 0, "the driver" },
	{ ".irqentry.text", SECTION_CODE, 0, "the driver" },
	{ ".softirqentry.text", SECTION_CODE, 0, "the driver" },
	{ ".fixup", SECTION_CODE, 0, "where faults continue" },
	{ ".altinstr_aux", SECTION_CODE, 0, "slow path of static_cpu_has()" },

	/* Code that the kernel copies over other code, or patches. */
	{ ".altinstr_replacement", SECTION_KEEP, 0, "copied over other instructions" },
	{ ".static_call.text", SECTION_KEEP, 0, "trampolines, patched" },
	{ ".alt_instr*", SECTION_REFUSE, 0, "unknown kind of alternatives" },

	/* Tables that describe code. */
	{ ".orc_unwind_ip", SECTION_KEEP, 4, "where unwind entries start" },
	{ ".orc_unwind", SECTION_KEEP, 6, "unwind entries" },
	{ ".orc_header", SECTION_KEEP, 0, "hash of the unwind format" },
	{ ".orc_lookup", SECTION_KEEP, 0, "index of unwind entries" },
	{ "__mcount_loc", SECTION_KEEP, 8, "ftrace call sites" },
	{ "__patchable_function_entries", SECTION_KEEP, 8, "ftrace call sites" },
	{ "__jump_table", SECTION_KEEP, 16, "static branches" },
	{ "__bug_table", SECTION_KEEP, 12, "addresses of BUG() and WARN()" },
	{ "__ex_table", SECTION_KEEP, 12, "where faults continue" },
	{ ".return_sites", SECTION_KEEP, 4, "returns to patch" },
	{ ".retpoline_sites", SECTION_KEEP, 4, "indirect branches to patch" },
	{ ".call_sites", SECTION_KEEP, 4, "calls to patch" },
	{ ".cfi_sites", SECTION_REFUSE, 4, "built with clang's kCFI" },
	{ ".kcfi_traps", SECTION_REFUSE, 4, "built with clang's kCFI" },
	{ ".static_call_sites", SECTION_KEEP, 8, "static calls to patch" },
	{ ".static_call_tramp_key", SECTION_KEEP, 8, "static calls to patch" },
	{ ".altinstructions", SECTION_KEEP, 0, "alternatives" },
	{ ".parainstructions", SECTION_KEEP, 0, "paravirt calls to patch" },
	{ ".smp_locks", SECTION_KEEP, 4, "lock prefixes to patch" },
	{ ".ibt_endbr_seal", SECTION_KEEP, 4, "endbr64 to overwrite" },
	{ "_kprobe_blacklist", SECTION_KEEP, 8, "functions not to be probed" },
	{ "_error_injection_whitelist", SECTION_KEEP, 0,
	  "functions whose result a tester may replace" },
	{ ".discard", SECTION_KEEP, 0, "for objtool only" },
	{ ".discard.*", SECTION_KEEP, 0, "for objtool only" },
	{ ".eh_frame", SECTION_KEEP, 0, "unwind data, not used" },
	{ ".init.eh_frame", SECTION_KEEP, 0, "unwind data, not used" },
	{ ".printk_index", SECTION_KEEP, 0, "where messages are printed" },
	{ ".codetag.*", SECTION_KEEP, 0, "where memory is allocated" },
	{ "__dyndbg", SECTION_KEEP, 0, "where messages are printed" },
	{ "__dyndbg_classes", SECTION_KEEP, 0, "where messages are printed" },

	/* Exports. */
	{ "__ksymtab_strings", SECTION_KEEP, 0, "names" },
	{ "__ksymtab*", SECTION_EXPORT, 0, "exported functions" },
	{ "__kcrctab*", SECTION_KEEP, 4, "CRCs of exports" },

	/* Data. */
	{ ".gnu.linkonce.this_module", SECTION_EDIT, 0, "init and exit" },
	{ ".data", SECTION_EDIT, 0, "data" },
	{ ".data.*", SECTION_EDIT, 0, "data" },
	{ ".data..*", SECTION_EDIT, 0, "data" },
	{ ".rodata", SECTION_EDIT, 0, "constants" },
	{ ".rodata.*", SECTION_EDIT, 0, "constants" },
	{ ".init.data", SECTION_EDIT, 0, "data, freed after init" },
	{ ".init.rodata", SECTION_EDIT, 0, "constants, freed after init" },
	{ ".exit.data", SECTION_EDIT, 0, "data" },
	{ ".ref.data", SECTION_EDIT, 0, "may refer to init code" },
	{ ".meminit.data", SECTION_EDIT, 0, "data" },
	{ ".memexit.data", SECTION_EDIT, 0, "data" },
	{ ".init_array", SECTION_EDIT, 8, "constructors" },
	{ ".init_array.*", SECTION_EDIT, 8, "constructors" },
	{ ".ctors", SECTION_EDIT, 8, "constructors" },
	{ "__param", SECTION_EDIT, 40, "parameters and their callbacks" },
	{ "__tracepoints", SECTION_EDIT, 0, "callbacks of tracepoints" },
	{ "__bpf_raw_tp_map", SECTION_EDIT, 32, "callbacks of tracepoints" },

	/* The module has been through here, or is one of ours. */
	{ ".suture.wrappers", SECTION_REFUSE, 0, "a part of Suture itself" },
};

/* section_rule() - what to do with the loaded section @name, NULL: not known */
const struct section_rule *section_rule(const char *name)
{
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		length = strlen(rules[i].pattern);
		if (rules[i].pattern[length - 1] == '*' ?
			    strncmp(name, rules[i].pattern, length - 1) == 0 :
			    strcmp(name, rules[i].pattern) == 0)
			return &rules[i];
	}
	return NULL;
}
