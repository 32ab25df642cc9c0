/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - what the files of the rewriter share.
 *
 * A rewrite goes through these steps, one file each, and every step only adds
 * to struct rewrite:
 *
 *	elf.c		read the object through libelf, every range checked
 *	module.c	is it a module that can be guarded?
 *	function.c	where the driver's functions start
 *	edge.c		which relocations cross between driver and kernel
 *	prototype.c	what the entries take and return, from BTF
 *	text.c		.suture.text: thunks and tail-call stubs
 *	check.c		.suture.text: checks of arguments
 *	orc.c		unwind entries for them
 *	symbol.c	the symbols of what is added
 *	table.c		.suture.data, .suture.str, imports' CRCs and namespace
 *	layout.c	the image: old bytes, edited relocations, what is added
 *
 * All memory of a rewrite comes from an arena and is freed with it, so that no
 * step has to undo anything when a later one refuses the module.
 */
#ifndef SUTURE_REWRITE_INTERNAL_H
#define SUTURE_REWRITE_INTERNAL_H

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "suture/image.h"
#include "suture_rewrite.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* error.c */

int complain(struct suture_rewrite_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int complain_nomem(struct suture_rewrite_error *err, const char *name);

/* arena.c: memory that is freed all at once */

struct arena {
	struct arena_chunk *chunks;
};

void *arena_zalloc(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *s);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void arena_free(struct arena *arena);

/*
 * A buffer that grows. Running out of memory is remembered in @failed and
 * looked at once, when the buffer is complete.
 */
struct buffer {
	struct arena *arena;
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed;
};

size_t buffer_add(struct buffer *b, const void *data, size_t size);
size_t buffer_string(struct buffer *b, const char *s);
void buffer_align(struct buffer *b, size_t align, uint8_t fill);

/* A map from strings to numbers; the strings are not copied. */
struct map {
	struct arena *arena;
	struct map_slot *slots;
	size_t capacity;
	size_t count;
};

int map_put(struct map *map, const char *key, uint32_t value);
bool map_get(const struct map *map, const char *key, uint32_t *value);

/* file.c */

int file_read(const char *path, void **data, size_t *size, struct suture_rewrite_error *err);
int file_write(const char *path, const void *data, size_t size, struct suture_rewrite_error *err);
int write_all(int fd, const uint8_t *data, size_t size);
int unpack_payload(const char *path, const void *data, size_t size, void **out, size_t *out_size,
		   struct suture_rewrite_error *err);

/* section.c: the table of known sections */

enum section_action {
	SECTION_KEEP,	/* describes code; nothing in it is an edge */
	SECTION_EDIT,	/* data; addresses of functions in it are entry edges */
	SECTION_EXPORT, /* the same, and they are exported functions */
	SECTION_CODE,	/* instructions; holds both kinds of edges */
	SECTION_REFUSE, /* the module cannot be guarded */
};

struct section_rule {
	const char *pattern;
	enum section_action action;
	uint32_t entsize;
	const char *why;
};

const struct section_rule *section_rule(const char *name);

/* elf.c: the object, checked */

struct section {
	const char *name;
	Elf64_Shdr h;
	const uint8_t *data;	 /* NULL if it has no bytes in the file */
	uint32_t rela;		 /* index of its relocations, or 0 */
	const Elf64_Rela *relas; /* if it is such a table itself */
	uint32_t nrelas;
	const struct section_rule *rule; /* of sections that are loaded */
};

struct elf {
	const char *name;
	const uint8_t *data;
	size_t size;
	Elf *handle; /* for elf_end(); may be NULL */
	Elf64_Ehdr eh;
	struct section *sections;
	uint32_t nsections;
	uint32_t shstrtab;
	/* relocatable objects only */
	uint32_t symtab;
	uint32_t strtab;
	const Elf64_Sym *symbols;
	uint32_t nsymbols;
};

/* Nothing in it changes once it is read. */
int elf_parse(struct elf *elf, struct arena *arena, const char *name, const void *data, size_t size,
	      struct suture_rewrite_error *err);
int elf_parse_object(struct elf *elf, struct arena *arena, const char *name, const void *data,
		     size_t size, struct suture_rewrite_error *err);
uint32_t elf_find(const struct elf *elf, const char *name);
const char *elf_symbol_name(const struct elf *elf, uint32_t symbol);
const char *modinfo_get(const struct elf *elf, const char *key);

static inline bool section_loaded(const struct section *s)
{
	return s->h.sh_flags & SHF_ALLOC;
}

/* kernel.c */

int kernel_vmlinux(const char *path, const void *data, size_t size, void **unpacked,
		   const void **elf, size_t *elf_size, struct suture_rewrite_error *err);

int kernel_btf(const char *path, const void *data, size_t size, void **vmlinux, const void **btf,
	       size_t *btf_size, struct suture_rewrite_error *err);

/* core.c */

struct contract;

bool core_crc(const struct suture_core *core, const char *name, uint32_t *crc);
const struct contract *core_contract(const struct suture_core *core, const char *api);

/* prototype.c */

struct prototype {
	const char *reason; /* why no thunk can stand before it, or NULL */
	uint8_t ret;
	uint8_t nargs;
	uint8_t stack_words;
};

struct prototypes;

int prototypes_open(struct arena *arena, const void *btf, size_t size,
		    const struct suture_types *types, struct prototypes **out);
void prototypes_close(struct prototypes *p);
bool prototypes_get(const struct prototypes *p, const char *name, struct prototype *proto);
bool types_get(const struct suture_types *types, const char *name, struct prototype *proto);

/* What contract.c wants to know of a function. Bits are argument registers: rdi, rsi, ... */
struct pointer_args {
	uint8_t pointers; /* arguments that are pointers */
	uint8_t objects;  /* those of them that point to a struct or to a pointer */
	uint8_t numbers;  /* those that point to a character or a number */
	uint8_t ret;	  /* enum suture_ret */
	bool answer;	  /* what it returns is an enum */
};

bool prototypes_pointers(const struct prototypes *p, const struct suture_types *types,
			 const char *name, struct pointer_args *sig);

/* contract.c */

struct contract {
	uint8_t strong; /* arguments that are dereferenced whatever happens */
	uint8_t weak;	/* arguments that have to be canonical */
	uint8_t fail;	/* enum suture_fail */
};

struct contracts;

int contracts_open(const char *path, const char *vermagic, struct contracts **out,
		   struct suture_rewrite_error *err);
const struct contract *contracts_get(const struct contracts *c, const char *name);
void contracts_free(struct contracts *c);
char *contract_text(const struct contract *c, char text[32]);

/* The rewrite itself */

struct function {
	uint32_t section;
	uint64_t value;
	uint64_t size;
	uint32_t symbol;
	bool ambiguous; /* another function has the same name */
	uint32_t flags; /* SUTURE_ENTRY_* */
	uint32_t sites; /* relocations that take its address */
	struct prototype proto;
	const char *thunk; /* name of the thunk, or NULL */
	uint32_t thunk_symbol;
	uint32_t thunk_offset;
};

/* A relocation that takes the address of a function. */
struct entry_site {
	uint32_t rela; /* section */
	uint32_t index;
	uint32_t function;
	int64_t addend; /* what is added to the address of the thunk */
};

/* A relocation that branches to an imported function with a wrapper or a check. */
struct call_site {
	uint32_t rela;
	uint32_t index;
	uint32_t import;
	bool tail;
	uint64_t insn;	      /* offset of the branch instruction */
	uint32_t stub_symbol; /* tail calls: its stub, or 0 */
	uint32_t stub_offset;
};

struct import {
	const char *name;
	const char *wrapper;
	const struct contract *contract; /* what to check before a call, or NULL */
	uint32_t symbol;
	uint32_t wrapper_symbol;
	uint32_t check_symbol; /* of the check's code, or 0 */
	uint32_t calls;
	uint32_t tails;
	uint32_t taken;
};

/* Bytes from here on in .suture.text are this far below the return address. */
struct orc_row {
	uint32_t offset;
	int16_t sp_offset;
};

struct rewrite {
	struct elf elf;
	struct arena work;
	struct suture_rewrite_error *err;
	const struct suture_core *core;
	const struct suture_types *types;
	unsigned int flags;
	struct arena *keep; /* lives as long as the report */

	/* module.c */
	uint32_t this_module; /* symbol __this_module */
	uint32_t modinfo;     /* sections; 0 if there is none */
	uint32_t versions;
	uint32_t orc_ip;
	uint32_t orc;
	const char *vermagic;
	bool stripped;

	/* function.c: ordered by section and value */
	struct function *functions;
	uint32_t nfunctions;

	/* edge.c */
	struct import *imports;
	uint32_t nimports;
	uint32_t *import_of; /* symbol -> import + 1, or 0 */
	struct buffer entry_sites;
	struct buffer call_sites;
	uint32_t edges_left;
	uint32_t indirect_calls;
	uint32_t inner_refs;
	struct prototypes *known; /* NULL without BTF */

	/* text.c */
	uint32_t *entries; /* functions with a thunk, ordered by thunk */
	uint32_t nentries;
	uint32_t nchecks;
	uint32_t ntails;
	uint32_t edges_in;
	uint32_t nwrapped;
	struct map names;	 /* of symbols: old and new */
	uint32_t image_symbol;	 /* start of .suture.data */
	uint32_t text_symbol;	 /* start of .suture.text; 0: it is empty */
	uint32_t strings_symbol; /* start of .suture.str */
	uint32_t enter;
	uint32_t leave;
	uint32_t tail_return;
	uint32_t bad_argument;
	struct buffer text;
	struct buffer text_fixups; /* Elf64_Rela, like all fixups */
	struct buffer orc_rows;

	/* orc.c: what is appended */
	struct buffer orc_bytes;
	struct buffer orc_ip_bytes;
	struct buffer orc_fixups;

	/* table.c */
	uint32_t ntaken;
	struct buffer table;
	struct buffer table_fixups;
	struct buffer strings;
	struct buffer modinfo_bytes;
	struct buffer version_bytes;
	struct buffer symbols;	   /* Elf64_Sym, appended to .symtab */
	struct buffer name_bytes;  /* appended to .strtab */
	struct buffer new_imports; /* const char *, what comes from suture.ko */

	/* layout.c */
	Elf64_Shdr *headers; /* of the image */
	struct buffer out;
};

/*
 * st_shndx of symbols in the sections that are added, until layout.c knows
 * their indices.
 */
enum added_section {
	ADDED_TEXT,
	ADDED_TEXT_RELA,
	ADDED_DATA,
	ADDED_DATA_RELA,
	ADDED_STR,
	NADDED,
};

static inline uint32_t added_index(const struct rewrite *rw, enum added_section added)
{
	return rw->elf.nsections + added;
}

/* Where .suture.str starts; suture.ko does not look for it. */
#define SUTURE_STRINGS_SYMBOL "suture_strings"

/* What a call of the function goes to in the end. */
static inline uint32_t import_function(const struct import *import)
{
	return import->wrapper_symbol ? import->wrapper_symbol : import->symbol;
}

/* What it goes to first. */
static inline uint32_t import_target(const struct import *import)
{
	return import->check_symbol ? import->check_symbol : import_function(import);
}

int module_check(struct rewrite *rw);

int functions_find(struct rewrite *rw);
struct function *function_at(const struct rewrite *rw, uint32_t section, uint64_t value);
struct function *function_around(const struct rewrite *rw, uint32_t section, uint64_t offset);

int edges_find(struct rewrite *rw);

int text_build(struct rewrite *rw);
void emit(struct rewrite *rw, const void *bytes, size_t size);
void emit_relative(struct rewrite *rw, uint32_t symbol, uint32_t type, int64_t addend);
void emit_jump(struct rewrite *rw, uint32_t symbol);
void orc_here(struct rewrite *rw, int16_t offset);
uint32_t add_code(struct rewrite *rw, const char *name, uint64_t start);
int checks_build(struct rewrite *rw);
int orc_build(struct rewrite *rw);
int table_build(struct rewrite *rw);
int symbols_begin(struct rewrite *rw);
uint32_t symbol_add(struct rewrite *rw, const char *name, uint8_t info, uint16_t section,
		    uint64_t value, uint64_t size);
uint32_t symbol_import(struct rewrite *rw, const char *name);
char *symbol_unique(struct rewrite *rw, const char *prefix, const char *name);
void fixup_add(struct buffer *fixups, uint64_t offset, uint32_t symbol, uint32_t type,
	       int64_t addend);

int layout_build(struct rewrite *rw);

/* insn.c: what an instruction does with the field that is relocated */

enum operand {
	OPERAND_UNKNOWN, /* no instruction has a field there */
	OPERAND_CALL,	 /* call rel32 */
	OPERAND_JUMP,	 /* jmp rel32, jcc rel32 */
	OPERAND_ADDRESS, /* mov $imm, lea disp(%rip): takes an address */
	OPERAND_MEMORY,	 /* reads or writes what is there */
};

struct insn_use {
	enum operand operand;
	uint64_t insn; /* offset of the instruction */
	uint32_t tail; /* bytes from the field's start to its end */
};

/*
 * Reads a section's instructions forward; going on from where the last look
 * ended keeps a whole section linear.
 */
struct insn_cursor {
	const uint8_t *code;
	uint64_t size;
	uint64_t start; /* where reading began */
	uint64_t at;
};

/* One instruction, and where it goes if it is a direct branch. */
struct insn_step {
	uint32_t length;
	bool branch;
	uint64_t field;	 /* offset of the branch's displacement */
	uint64_t target; /* offset that it branches to */
};

bool insn_is_branch(const uint8_t *code, uint64_t size, uint64_t field, struct insn_use *use);
bool insn_find(struct insn_cursor *cursor, uint64_t start, uint64_t field, struct insn_use *use);
bool insn_read(const uint8_t *code, uint64_t size, uint64_t at, struct insn_step *step);

#endif /* SUTURE_REWRITE_INTERNAL_H */
