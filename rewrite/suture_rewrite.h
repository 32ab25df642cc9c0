/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suture_rewrite.h - the rewriter: a driver's module in, a guarded image out.
 *
 * The library opens nothing but what it is told to open, loads nothing into the
 * kernel and needs no privilege. It keeps no global state: any number of
 * threads may use it at once, each on objects of its own; a struct
 * suture_core and a struct suture_types may be shared by all, as they do not
 * change once they are open.
 *
 * What is in the image is laid down in kernel/include/suture/image.h.
 *
 *	struct suture_rewrite_error err;
 *	struct suture_guarded *g;
 *	struct suture_core *core;
 *
 *	if (suture_core_open("suture.ko", &core, &err) < 0 ||
 *	    suture_rewrite_file("e1000.ko", core, NULL, 0, &g, &err) < 0)
 *		errx(1, "%s", err.text);
 *	init_module(g->image, g->size, "");
 *	suture_guarded_free(g);
 *	suture_core_free(core);
 */
#ifndef SUTURE_REWRITE_H
#define SUTURE_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * struct suture_rewrite_error - why a call failed, in words
 * @text:	"OBJECT: [section NAME: ]what is wrong with which value; next step",
 *		without newline and without the name of a program in front.
 *		Bytes of a hostile file that are not printable ASCII come as '?'.
 *
 * Set by every function that takes one, if and only if it fails. Besides it
 * each function returns a negative errno:
 *
 *	-ENOEXEC	the file is no sound x86-64 kernel module
 *	-EOPNOTSUPP	a sound module, but of a kind that is not guarded
 *	-EALREADY	the module is a guarded image already
 *	-EXDEV		module and suture.ko were built for different kernels
 *	-ENOMEM		out of memory
 *	other		opening, reading, unpacking or writing a file failed
 */
struct suture_rewrite_error {
	char text[512];
};

/**
 * struct suture_core - the suture.ko that the image will be loaded against
 *
 * Opaque. Holds its wrappers, the CRCs of its exports and its vermagic.
 */
struct suture_core;

/**
 * suture_core_open() - read the wrappers and CRCs of a suture.ko
 * @path:	file name; may be compressed (.gz, .xz, .zst)
 * @core:	where to put the result
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_core_open(const char *path, struct suture_core **core, struct suture_rewrite_error *err);

/**
 * suture_core_parse() - the same for a suture.ko that is in memory
 * @name:	what to call it in messages
 * @data:	its bytes, not compressed; not needed any more after the call
 * @size:	their number
 * @core:	where to put the result
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_core_parse(const char *name, const void *data, size_t size, struct suture_core **core,
		      struct suture_rewrite_error *err);

/**
 * suture_core_add() - add the wrappers and CRCs of a rule pack
 * @core:	the suture.ko that it goes with
 * @path:	file name of the pack, as with suture_core_open()
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno: then @core is of no use but to be freed. -EXDEV: the pack
 * was built for another kernel. -EOPNOTSUPP: a function would have two wrappers.
 */
int suture_core_add(struct suture_core *core, const char *path, struct suture_rewrite_error *err);

/**
 * suture_core_pack() - the file of the rule pack that the wrapper of @api is in
 *
 * Return: its name as given to suture_core_add(), valid as long as nothing is added; NULL if
 * the wrapper is in suture.ko itself, or there is none.
 */
const char *suture_core_pack(const struct suture_core *core, const char *api);

/** suture_core_vermagic() - the kernel that @core was built for */
const char *suture_core_vermagic(const struct suture_core *core);

/** suture_core_count() - how many kernel functions have a wrapper in @core */
size_t suture_core_count(const struct suture_core *core);

/** suture_core_wrapper() - name of the wrapper of @api, or NULL */
const char *suture_core_wrapper(const struct suture_core *core, const char *api);

/** suture_core_free() - end of a struct suture_core; NULL is allowed */
void suture_core_free(struct suture_core *core);

/**
 * struct suture_catalogue_repair - one way to put a violation right
 * @name:	its name
 * @gives_up:	what the driver loses by it, or NULL
 */
struct suture_catalogue_repair {
	const char *name;
	const char *gives_up;
};

/**
 * struct suture_catalogue_rule - a rule, as it is declared
 * @id:		identifier
 * @class_:	class
 * @contract:	the contract in a sentence
 * @source:	where it is written down
 * @example:	the mistake in a few lines of C, or NULL
 * @look:	what else to know, or NULL
 * @file:	suture.ko, or the rule pack that it is in
 * @action:	enum suture_action: what is done by default
 * @repairs:	in order of preference
 * @nrepairs:	number of @repairs
 * @checks:	kernel functions whose calls it judges, by name
 * @nchecks:	number of @checks
 * @follows:	kernel functions whose calls it has to know of, to judge others
 * @nfollows:	number of @follows
 */
struct suture_catalogue_rule {
	const char *id;
	const char *class_;
	const char *contract;
	const char *source;
	const char *example;
	const char *look;
	const char *file;
	uint32_t action;
	const struct suture_catalogue_repair *repairs;
	size_t nrepairs;
	const char *const *checks;
	size_t nchecks;
	const char *const *follows;
	size_t nfollows;
};

/** struct suture_catalogue - all rules of a suture.ko and its packs; opaque */
struct suture_catalogue;

/**
 * suture_catalogue_open() - read the rules
 * @paths:	suture.ko, then rule packs; may be compressed
 * @n:		number of @paths, at least one
 * @catalogue:	where to put the result
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_catalogue_open(const char *const *paths, size_t n, struct suture_catalogue **catalogue,
			  struct suture_rewrite_error *err);

/** suture_catalogue_count() - the number of rules */
size_t suture_catalogue_count(const struct suture_catalogue *catalogue);

/** suture_catalogue_rule() - a rule, in the order of registration */
const struct suture_catalogue_rule *suture_catalogue_rule(const struct suture_catalogue *catalogue,
							  size_t i);

/** suture_catalogue_free() - end of a struct suture_catalogue; NULL is allowed */
void suture_catalogue_free(struct suture_catalogue *catalogue);

/**
 * struct suture_types - the kernel's own types, which a module's refer to
 *
 * Opaque. A module's .BTF is only the difference to the kernel's; without
 * the kernel's no prototype is known: thunks then copy SUTURE_WIDE_WORDS
 * stack words and results have kind SUTURE_RET_UNKNOWN.
 */
struct suture_types;

/**
 * suture_types_open() - read the kernel's BTF
 * @path:	/sys/kernel/btf/vmlinux, or an ELF vmlinux with a .BTF section
 * @types:	where to put the result
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_types_open(const char *path, struct suture_types **types,
		      struct suture_rewrite_error *err);

/** suture_types_free() - end of a struct suture_types; NULL is allowed */
void suture_types_free(struct suture_types *types);

/**
 * struct suture_learned - what suture_learn() has found
 * @release:	the kernel's release, as uname -r prints it
 * @functions:	functions that the kernel and its modules export
 * @typed:	those of them whose prototype is known
 * @strong:	those with a pointer that they dereference whatever happens
 * @weak:	those without, but with a pointer that has to be canonical
 * @modules:	modules that export something
 */
struct suture_learned {
	char release[64];
	uint32_t functions;
	uint32_t typed;
	uint32_t strong;
	uint32_t weak;
	uint32_t modules;
};

/**
 * suture_learn() - learn from a kernel which pointers its functions cannot do without
 * @kernel:	its vmlinuz, or a vmlinux with BTF
 * @modules:	/lib/modules/RELEASE, or NULL: only the kernel's own functions
 * @output:	file to write
 * @learned:	figures
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_learn(const char *kernel, const char *modules, const char *output,
		 struct suture_learned *learned, struct suture_rewrite_error *err);

/**
 * suture_core_contracts() - let images that are made for @core check arguments
 * @core:	not in use by a rewrite
 * @path:	what suture_learn() has written, for the same kernel
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_core_contracts(struct suture_core *core, const char *path,
			  struct suture_rewrite_error *err);

/* Flags of suture_rewrite(). */
#define SUTURE_REWRITE_ENTRIES_ONLY 0x1u /* leave every call edge alone */
#define SUTURE_REWRITE_PART	    0x2u /* one driver with the guarded modules that import from it */

/**
 * struct suture_report_entry - a driver function whose address is taken
 * @name:	its name
 * @section:	the section that it is in
 * @thunk:	name of its thunk's symbol, or NULL if it was left alone
 * @reason:	why it was left alone, or NULL if it has a thunk
 * @sites:	number of relocations that take its address
 * @flags:	SUTURE_ENTRY_INIT, _EXIT, _EXPORT, _WIDE
 * @ret:	enum suture_ret
 * @nargs:	number of arguments, or SUTURE_NARGS_UNKNOWN
 * @stack_words: words of stack arguments that the thunk copies
 */
struct suture_report_entry {
	const char *name;
	const char *section;
	const char *thunk;
	const char *reason;
	uint32_t sites;
	uint32_t flags;
	uint8_t ret;
	uint8_t nargs;
	uint8_t stack_words;
};

/**
 * struct suture_report_import - a kernel symbol that the driver imports
 * @name:	its name
 * @wrapper:	name of the wrapper that its calls go to, or NULL if suture.ko
 *		has none for it (or SUTURE_REWRITE_ENTRIES_ONLY was given)
 * @strong:	arguments that are checked before the call to be addresses of the
 *		kernel: bit 0 is the first
 * @weak:	arguments that are checked to be canonical
 * @calls:	number of call sites (call)
 * @tails:	number of tail-call sites (jmp, jcc)
 * @taken:	number of relocations that take its address; always left alone
 */
struct suture_report_import {
	const char *name;
	const char *wrapper;
	uint8_t strong;
	uint8_t weak;
	uint32_t calls;
	uint32_t tails;
	uint32_t taken;
};

/**
 * struct suture_report - what is guarded in an image and what is not
 * @module:	name of the module as the kernel will know it
 * @vermagic:	the kernel that it was built for
 * @entries:	driver functions whose address is taken, thunks first, in order
 *		of their thunks; then those left alone
 * @nentries:	number of @entries
 * @imports:	imported kernel symbols, in order of the symbol table
 * @nimports:	number of @imports
 * @nthunks:	entry thunks
 * @edges_in:	relocations that now go to a thunk
 * @edges_left:	relocations that take the address of a function left alone
 * @nwrapped:	call sites that now go to a wrapper or a check, tail calls included
 * @nchecks:	functions whose arguments are checked
 * @ntails:	tail-call stubs
 * @ntaken:	wrapped kernel functions whose address the driver takes as well
 * @indirect_calls: blind spot: calls through pointers (retpolines) in the driver
 * @inner_refs:	references into the middle of a function, left as they are
 * @has_versions: the module has __versions, so the new imports have CRCs
 * @has_orc:	the module has ORC tables, so thunks and stubs have entries
 * @has_btf:	the module has a .BTF section
 * @typed:	prototypes were used (.BTF and a struct suture_types)
 * @stripped:	a module signature was cut off; the image has to be signed anew
 */
struct suture_report {
	const char *module;
	const char *vermagic;
	const struct suture_report_entry *entries;
	size_t nentries;
	const struct suture_report_import *imports;
	size_t nimports;
	uint32_t nthunks;
	uint32_t edges_in;
	uint32_t edges_left;
	uint32_t nwrapped;
	uint32_t nchecks;
	uint32_t ntails;
	uint32_t ntaken;
	uint32_t indirect_calls;
	uint32_t inner_refs;
	bool has_versions;
	bool has_orc;
	bool has_btf;
	bool typed;
	bool stripped;
};

/**
 * struct suture_guarded - the outcome of a rewrite
 * @image:	the guarded module, ready for init_module()
 * @size:	its size in bytes
 * @report:	what was done
 */
struct suture_guarded {
	void *image;
	size_t size;
	struct suture_report report;
};

/**
 * suture_rewrite() - guard a module that is in memory
 * @name:	what to call it in messages
 * @data:	its bytes, not compressed; not changed, not needed after the call
 * @size:	their number
 * @core:	the suture.ko that it will be loaded against
 * @types:	the kernel's types, or NULL
 * @flags:	SUTURE_REWRITE_*
 * @guarded:	where to put the result; free it with suture_guarded_free()
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_rewrite(const char *name, const void *data, size_t size, const struct suture_core *core,
		   const struct suture_types *types, unsigned int flags,
		   struct suture_guarded **guarded, struct suture_rewrite_error *err);

/**
 * suture_rewrite_file() - guard a module that is in a file
 * @path:	file name; may be compressed (told by its first bytes: gzip, xz, zstd)
 *
 * The other parameters are those of suture_rewrite().
 *
 * Return: 0 or a negative errno.
 */
int suture_rewrite_file(const char *path, const struct suture_core *core,
			const struct suture_types *types, unsigned int flags,
			struct suture_guarded **guarded, struct suture_rewrite_error *err);

/**
 * suture_guarded_write() - write the image to a file
 * @guarded:	the image
 * @path:	file name; written beside it first and then renamed, so that a
 *		half-written image is never seen under this name
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_guarded_write(const struct suture_guarded *guarded, const char *path,
			 struct suture_rewrite_error *err);

/** suture_guarded_free() - end of a struct suture_guarded; NULL is allowed */
void suture_guarded_free(struct suture_guarded *guarded);

/* Room for a build id in hexadecimal digits, with its NUL. */
#define SUTURE_BUILD_ID 129

/**
 * suture_build_id() - the build id of a module, or of another ELF file
 * @path:	file name; may be compressed
 * @text:	where to put it, in hexadecimal digits
 * @err:	where to say what went wrong
 *
 * Return: 0 or a negative errno.
 */
int suture_build_id(const char *path, char text[SUTURE_BUILD_ID], struct suture_rewrite_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* SUTURE_REWRITE_H */
