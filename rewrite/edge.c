// SPDX-License-Identifier: GPL-2.0-only
/*
 * edge.c - which relocations cross between driver and kernel.
 *
 * Entry edges (kernel to driver) are relocations that take the address of a
 * driver's function, in data or as an operand of an instruction. Call edges
 * (driver to kernel) are branches to an imported function that has a wrapper or whose
 * arguments are checked.
 * Everything else stays as it is: branches within the driver, references into
 * the middle of a function (_THIS_IP_, jump tables), tables that describe code.
 */
#include "internal.h"

/* Where calls through pointers go on kernels built with retpolines. */
static const char *const indirect[] = {
	"__x86_indirect_thunk_",
	"__x86_indirect_call_thunk_",
	"__x86_indirect_jump_thunk_",
	"__x86_indirect_its_thunk_",
};

static bool is_indirect(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indirect); i++)
		if (starts_with(name, indirect[i]))
			return true;
	return false;
}

static int find_imports(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;
	struct import *import;
	uint32_t i, n = 0;

	for (i = 1; i < elf->nsymbols; i++)
		n += elf->symbols[i].st_shndx == SHN_UNDEF;
	rw->imports = arena_zalloc(&rw->work, n, sizeof(*rw->imports));
	rw->import_of = arena_zalloc(&rw->work, elf->nsymbols, sizeof(*rw->import_of));
	if (!rw->imports || !rw->import_of)
		return complain_nomem(rw->err, elf->name);
	for (i = 1; i < elf->nsymbols; i++) {
		if (elf->symbols[i].st_shndx != SHN_UNDEF)
			continue;
		import = &rw->imports[rw->nimports++];
		import->name = elf_symbol_name(elf, i);
		import->symbol = i;
		if (!(rw->flags & SUTURE_REWRITE_ENTRIES_ONLY)) {
			import->wrapper = suture_core_wrapper(rw->core, import->name);
			import->contract = core_contract(rw->core, import->name);
		}
		rw->import_of[i] = rw->nimports;
	}
	return 0;
}

/* One relocation, with what is needed to judge it. */
struct reference {
	const struct section *target;
	uint32_t target_index;
	uint32_t rela;
	uint32_t index;
	uint64_t offset;
	uint32_t type;
	int64_t addend;
	const Elf64_Sym *sym;
	struct import *import; /* NULL: the symbol is the driver's own */
	bool code;	       /* the symbol is in a code section */
};

static int refuse(struct rewrite *rw, const struct reference *ref, const char *what)
{
	return complain(rw->err, EOPNOTSUPP,
			"%s: section %s: offset %#llx: %s; such modules cannot be guarded",
			rw->elf.name, ref->target->name, (unsigned long long)ref->offset, what);
}

static void add_entry(struct rewrite *rw, const struct reference *ref, struct function *f,
		      int64_t addend)
{
	struct entry_site site = {
		.rela = ref->rela,
		.index = ref->index,
		.function = f - rw->functions,
		.addend = addend,
	};

	if (ref->target->rule->action == SECTION_EXPORT)
		f->flags |= SUTURE_ENTRY_EXPORT;
	f->sites++;
	buffer_add(&rw->entry_sites, &site, sizeof(site));
}

static bool is_absolute(uint32_t type)
{
	return type == R_X86_64_64 || type == R_X86_64_32 || type == R_X86_64_32S;
}

/* A relocation in data. */
static int look_at_data(struct rewrite *rw, const struct reference *ref)
{
	struct function *f;

	if (ref->import) {
		ref->import->taken++;
		return 0;
	}
	if (!ref->code)
		return 0;
	if (!is_absolute(ref->type) && ref->target->rule->action != SECTION_EXPORT)
		return refuse(rw, ref, "a relative reference to code from data");
	f = function_at(rw, ref->sym->st_shndx, ref->sym->st_value + ref->addend);
	if (f)
		add_entry(rw, ref, f, 0);
	else
		rw->inner_refs++;
	return 0;
}

/* A direct branch. */
static int look_at_branch(struct rewrite *rw, const struct reference *ref,
			  const struct insn_use *use)
{
	struct call_site site = {
		.rela = ref->rela,
		.index = ref->index,
		.tail = use->operand == OPERAND_JUMP,
		.insn = use->insn,
	};

	if (!ref->import)
		return 0;
	if (is_indirect(ref->import->name))
		rw->indirect_calls++;
	if (site.tail)
		ref->import->tails++;
	else
		ref->import->calls++;
	if (!ref->import->wrapper && !ref->import->contract)
		return 0;
	if (ref->addend != -4)
		return refuse(rw, ref, "a branch into the middle of a kernel function");
	site.import = ref->import - rw->imports;
	buffer_add(&rw->call_sites, &site, sizeof(site));
	return 0;
}

/*
 * An operand of an instruction that is no branch. Only an operand that could
 * be the address of a function is decoded: reading from the function's start is
 * what costs time.
 */
static int look_at_operand(struct rewrite *rw, const struct reference *ref,
			   struct insn_cursor *cursor)
{
	static const unsigned int immediates[] = { 0, 1, 2, 4 };
	uint64_t value = ref->sym->st_value + ref->addend;
	struct function *f = NULL, *around;
	struct insn_use use;
	size_t i;

	if (is_absolute(ref->type)) {
		f = function_at(rw, ref->sym->st_shndx, value);
	} else if (ref->type == R_X86_64_PC64) {
		return refuse(rw, ref, "a 64-bit relative reference to code");
	} else {
		/* The field is followed by an immediate of 0 to 4 bytes. */
		for (i = 0; i < ARRAY_SIZE(immediates) && !f; i++)
			f = function_at(rw, ref->sym->st_shndx, value + 4 + immediates[i]);
	}
	if (!f) {
		rw->inner_refs++;
		return 0;
	}
	around = function_around(rw, ref->target_index, ref->offset);
	if (!insn_find(cursor, around ? around->value : 0, ref->offset, &use))
		return refuse(
			rw, ref,
			"takes the address of a function in an instruction that cannot be decoded");
	if (!is_absolute(ref->type))
		f = function_at(rw, ref->sym->st_shndx, value + use.tail);
	switch (use.operand) {
	case OPERAND_ADDRESS:
		if (f) {
			add_entry(rw, ref, f, is_absolute(ref->type) ? 0 : -(int64_t)use.tail);
			return 0;
		}
		break;
	case OPERAND_MEMORY:
		break;
	default:
		return refuse(rw, ref, "a branch with a relocation that is not one of a branch");
	}
	rw->inner_refs++;
	return 0;
}

/* A relocation in code. */
static int look_at_code(struct rewrite *rw, const struct reference *ref, struct insn_cursor *cursor)
{
	struct insn_use use;

	if ((ref->type == R_X86_64_PLT32 || ref->type == R_X86_64_PC32) &&
	    insn_is_branch(cursor->code, cursor->size, ref->offset, &use))
		return look_at_branch(rw, ref, &use);
	if (ref->import) {
		ref->import->taken++;
		return 0;
	}
	return ref->code ? look_at_operand(rw, ref, cursor) : 0;
}

static int look_at_section(struct rewrite *rw, uint32_t index)
{
	const struct elf *elf = &rw->elf;
	const struct section *target = &elf->sections[index];
	const struct section *rela = &elf->sections[target->rela];
	struct insn_cursor cursor = {
		.code = target->data,
		.size = target->h.sh_size,
		.start = UINT64_MAX,
	};
	uint32_t i;
	int r;

	for (i = 0; i < rela->nrelas; i++) {
		const Elf64_Rela *raw = &rela->relas[i];
		const Elf64_Sym *sym = &elf->symbols[ELF64_R_SYM(raw->r_info)];
		struct reference ref = {
			.target = target,
			.target_index = index,
			.rela = target->rela,
			.index = i,
			.offset = raw->r_offset,
			.type = ELF64_R_TYPE(raw->r_info),
			.addend = raw->r_addend,
			.sym = sym,
		};

		if (ref.type == R_X86_64_NONE)
			continue;
		if (sym->st_shndx == SHN_UNDEF) {
			/* Symbol 0 is no import: a plain number. */
			if (!ELF64_R_SYM(raw->r_info))
				continue;
			ref.import = &rw->imports[rw->import_of[ELF64_R_SYM(raw->r_info)] - 1];
		} else if (sym->st_shndx < SHN_LORESERVE) {
			ref.code = elf->sections[sym->st_shndx].h.sh_flags & SHF_EXECINSTR;
		}
		if (!target->rule) {
			if (ref.code)
				return complain(
					rw->err, EOPNOTSUPP,
					"%s: section %s: refers to code, and what the kernel does with it is not known; please report it",
					elf->name, target->name);
			if (ref.import)
				ref.import->taken++;
			continue;
		}
		switch (target->rule->action) {
		case SECTION_CODE:
			r = look_at_code(rw, &ref, &cursor);
			break;
		case SECTION_EDIT:
		case SECTION_EXPORT:
			r = look_at_data(rw, &ref);
			break;
		default:
			if (ref.import)
				ref.import->taken++;
			r = 0;
		}
		if (r)
			return r;
	}
	return 0;
}

/* init_module() and cleanup_module() need no BTF. */
static struct prototype unknown_prototype(const struct function *f)
{
	struct prototype proto = {
		.ret = SUTURE_RET_UNKNOWN,
		.nargs = SUTURE_NARGS_UNKNOWN,
		.stack_words = SUTURE_WIDE_WORDS,
	};

	if (f->flags & (SUTURE_ENTRY_INIT | SUTURE_ENTRY_EXIT)) {
		proto.ret = f->flags & SUTURE_ENTRY_INIT ? SUTURE_RET_INT : SUTURE_RET_VOID;
		proto.nargs = 0;
		proto.stack_words = 0;
	}
	return proto;
}

static int find_prototypes(struct rewrite *rw)
{
	const struct elf *elf = &rw->elf;
	const struct section *s = &elf->sections[elf_find(elf, ".BTF")];
	uint32_t i;
	int r;

	if (rw->types && s->data && s->h.sh_size) {
		r = prototypes_open(&rw->work, s->data, s->h.sh_size, rw->types, &rw->known);
		if (r == -ENOMEM)
			return complain_nomem(rw->err, elf->name);
	}
	for (i = 0; i < rw->nfunctions; i++) {
		struct function *f = &rw->functions[i];

		if (!f->sites)
			continue;
		if (!rw->known || f->ambiguous ||
		    !prototypes_get(rw->known, elf_symbol_name(elf, f->symbol), &f->proto))
			f->proto = unknown_prototype(f);
		if (f->proto.reason)
			rw->edges_left += f->sites;
		else if (f->proto.stack_words)
			f->flags |= SUTURE_ENTRY_WIDE;
	}
	return 0;
}

/* edges_find() - find all edges, and what the entries take and return */
int edges_find(struct rewrite *rw)
{
	uint32_t i;
	int r;

	r = find_imports(rw);
	for (i = 1; i < rw->elf.nsections && !r; i++)
		if (rw->elf.sections[i].rela)
			r = look_at_section(rw, i);
	if (!r && (rw->entry_sites.failed || rw->call_sites.failed))
		r = complain_nomem(rw->err, rw->elf.name);
	if (!r)
		r = find_prototypes(rw);
	return r;
}
