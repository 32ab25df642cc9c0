// SPDX-License-Identifier: GPL-2.0-only
/*
 * rewrite.c - the steps of a rewrite in their order, and the report.
 */
#include <stdlib.h>

#include "internal.h"

/* What suture_guarded_free() has to know beyond the public part. */
struct guarded {
	struct suture_guarded public;
	struct arena keep;
};

#define SIGNATURE_MAGIC "~Module signature appended~\n"

/* Stands before the magic: lengths of what stands before it, in bytes. */
struct signature {
	uint8_t algo, hash, id_type, signer_len, key_id_len, pad[3];
	uint8_t sig_len[4]; /* big endian */
};

/*
 * A signature is appended to the module proper. It cannot hold for the image, and
 * the kernel looks for it at the end of the file.
 */
static int strip_signature(struct rewrite *rw, const char *name, const uint8_t *data, size_t *size)
{
	size_t length = strlen(SIGNATURE_MAGIC), left;
	struct signature s;
	uint64_t total;

	if (*size < length || memcmp(data + *size - length, SIGNATURE_MAGIC, length))
		return 0;
	left = *size - length;
	if (left >= sizeof(s)) {
		left -= sizeof(s);
		memcpy(&s, data + left, sizeof(s));
		total = ((uint64_t)s.sig_len[0] << 24 | s.sig_len[1] << 16 | s.sig_len[2] << 8 |
			 s.sig_len[3]) +
			s.signer_len + s.key_id_len;
		if (total <= left) {
			*size = left - total;
			rw->stripped = true;
			return 0;
		}
	}
	return complain(
		rw->err, ENOEXEC,
		"%s: module signature is longer than the file (%zu bytes); the file is damaged",
		name, *size);
}

static const char *keep_string(struct rewrite *rw, const char *s)
{
	char *copy = arena_strdup(rw->keep, s);

	if (!copy)
		rw->out.failed = true;
	return copy;
}

static void report_function(struct rewrite *rw, const struct function *f,
			    struct suture_report_entry *e)
{
	e->name = keep_string(rw, elf_symbol_name(&rw->elf, f->symbol));
	e->section = keep_string(rw, rw->elf.sections[f->section].name);
	e->thunk = f->thunk ? keep_string(rw, f->thunk) : NULL;
	e->reason = f->proto.reason;
	e->sites = f->sites;
	e->flags = f->flags;
	e->ret = f->proto.ret;
	e->nargs = f->proto.nargs;
	e->stack_words = f->thunk ? f->proto.stack_words : 0;
}

static int report_entries(struct rewrite *rw, struct suture_report *report)
{
	struct suture_report_entry *entries;
	uint32_t i, n = rw->nentries;

	for (i = 0; i < rw->nfunctions; i++)
		n += rw->functions[i].sites && !rw->functions[i].thunk;
	entries = arena_zalloc(rw->keep, n, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (i = 0; i < rw->nentries; i++)
		report_function(rw, &rw->functions[rw->entries[i]], &entries[i]);
	n = rw->nentries;
	for (i = 0; i < rw->nfunctions; i++)
		if (rw->functions[i].sites && !rw->functions[i].thunk)
			report_function(rw, &rw->functions[i], &entries[n++]);
	report->entries = entries;
	report->nentries = n;
	return 0;
}

static int report_imports(struct rewrite *rw, struct suture_report *report)
{
	struct suture_report_import *imports;
	uint32_t i;

	imports = arena_zalloc(rw->keep, rw->nimports, sizeof(*imports));
	if (!imports)
		return -ENOMEM;
	for (i = 0; i < rw->nimports; i++) {
		const struct import *from = &rw->imports[i];

		imports[i].name = keep_string(rw, from->name);
		if (from->wrapper)
			imports[i].wrapper = keep_string(rw, from->wrapper);
		if (from->contract) {
			imports[i].strong = from->contract->strong;
			imports[i].weak = from->contract->weak;
		}
		imports[i].calls = from->calls;
		imports[i].tails = from->tails;
		imports[i].taken = from->taken;
	}
	report->imports = imports;
	report->nimports = rw->nimports;
	return 0;
}

static int build_report(struct rewrite *rw, struct suture_report *report)
{
	const char *module = modinfo_get(&rw->elf, "name");
	uint32_t btf = elf_find(&rw->elf, ".BTF");

	report->module = keep_string(rw, module ? module : "");
	report->vermagic = keep_string(rw, rw->vermagic);
	if (report_entries(rw, report) || report_imports(rw, report) || rw->out.failed)
		return complain_nomem(rw->err, rw->elf.name);
	report->nthunks = rw->nentries;
	report->edges_in = rw->edges_in;
	report->edges_left = rw->edges_left;
	report->nwrapped = rw->nwrapped;
	report->ntails = rw->ntails;
	report->nchecks = rw->nchecks;
	report->ntaken = rw->ntaken;
	report->indirect_calls = rw->indirect_calls;
	report->inner_refs = rw->inner_refs;
	report->has_versions = rw->versions;
	report->has_orc = rw->orc;
	report->has_btf = btf && rw->elf.sections[btf].data;
	report->typed = rw->known;
	report->stripped = rw->stripped;
	return 0;
}

static int run(struct rewrite *rw, const char *name, const void *data, size_t size,
	       struct suture_guarded *g)
{
	int r;

	r = strip_signature(rw, name, data, &size);
	if (!r)
		r = elf_parse_object(&rw->elf, &rw->work, name, data, size, rw->err);
	if (!r)
		r = module_check(rw);
	if (!r)
		r = functions_find(rw);
	if (!r)
		r = edges_find(rw);
	if (!r)
		r = symbols_begin(rw);
	if (!r)
		r = text_build(rw);
	if (!r)
		r = orc_build(rw);
	if (!r)
		r = table_build(rw);
	if (!r)
		r = layout_build(rw);
	if (!r)
		r = build_report(rw, &g->report);
	if (r)
		return r;
	g->image = malloc(rw->out.size);
	if (!g->image)
		return complain_nomem(rw->err, name);
	memcpy(g->image, rw->out.data, rw->out.size);
	g->size = rw->out.size;
	return 0;
}

/* Everything that grows takes its memory from the same arena. */
static void prepare(struct rewrite *rw)
{
	struct buffer *const buffers[] = {
		&rw->entry_sites,   &rw->call_sites,   &rw->text,	  &rw->text_fixups,
		&rw->orc_rows,	    &rw->orc_bytes,    &rw->orc_ip_bytes, &rw->orc_fixups,
		&rw->table,	    &rw->table_fixups, &rw->strings,	  &rw->modinfo_bytes,
		&rw->version_bytes, &rw->symbols,      &rw->name_bytes,	  &rw->new_imports,
		&rw->out,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(buffers); i++)
		buffers[i]->arena = &rw->work;
	rw->names.arena = &rw->work;
}

int suture_rewrite(const char *name, const void *data, size_t size, const struct suture_core *core,
		   const struct suture_types *types, unsigned int flags,
		   struct suture_guarded **guarded, struct suture_rewrite_error *err)
{
	struct guarded *g = calloc(1, sizeof(*g));
	struct rewrite *rw = calloc(1, sizeof(*rw));
	int r = -ENOMEM;

	if (g && rw) {
		prepare(rw);
		rw->keep = &g->keep;
		rw->err = err;
		rw->core = core;
		rw->types = types;
		rw->flags = flags;
		r = run(rw, name, data, size, &g->public);
		prototypes_close(rw->known);
		elf_end(rw->elf.handle);
		arena_free(&rw->work);
	} else {
		complain_nomem(err, name);
	}
	free(rw);
	if (r) {
		if (g)
			suture_guarded_free(&g->public);
		return r;
	}
	*guarded = &g->public;
	return 0;
}

int suture_rewrite_file(const char *path, const struct suture_core *core,
			const struct suture_types *types, unsigned int flags,
			struct suture_guarded **guarded, struct suture_rewrite_error *err)
{
	size_t size;
	void *data;
	int r;

	r = file_read(path, &data, &size, err);
	if (r)
		return r;
	r = suture_rewrite(path, data, size, core, types, flags, guarded, err);
	free(data);
	return r;
}

void suture_guarded_free(struct suture_guarded *guarded)
{
	struct guarded *g = (struct guarded *)guarded;

	if (!g)
		return;
	arena_free(&g->keep);
	free(g->public.image);
	free(g);
}
