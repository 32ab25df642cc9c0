// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - what is guarded in an image, what not and why, for `suture check`.
 *
 * One walk over the rewriter's report fills the totals; text and JSON are both made
 * from them, so that they cannot tell different stories.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "report.h"
#include "suture/image.h"
#include "table.h"
#include "text.h"

struct totals {
	uint64_t wrapped_apis; /* functions whose calls are checked */
	uint64_t checked_apis; /* those of them whose pointers are looked at before the call */
	uint64_t plain_apis;   /* called, without a wrapper */
	uint64_t plain_sites;
	uint64_t helpers;    /* the compiler's own */
	uint64_t taken_apis; /* only their address is used: functions or data */
	uint64_t left_entries;
};

/* What the compiler and the kernel's own patching put in; never redirected. */
static bool is_helper(const char *name)
{
	static const char *const prefix[] = { "__x86_",	      "__SCT__", "__SCK__", "__stack_chk_",
					      "__sanitizer_", "__asan_", "__tsan_" };
	size_t i;

	for (i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		if (strncmp(name, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return strcmp(name, "__fentry__") == 0 || strcmp(name, "mcount") == 0;
}

static uint64_t sites(const struct suture_report_import *import)
{
	return (uint64_t)import->calls + import->tails;
}

static bool is_checked(const struct suture_report_import *import)
{
	return sites(import) && (import->wrapper || import->strong || import->weak);
}

const char *report_why(const struct suture_report_import *import, bool entries_only)
{
	if (is_checked(import) && !import->wrapper && !import->taken)
		return import->strong ? "its pointers are checked" :
					"its pointers are checked to be canonical";
	if (is_checked(import))
		return import->taken ? "checked; where its address is taken it is left alone" :
				       "checked";
	if (is_helper(import->name))
		return "compiler's helper, never redirected";
	if (sites(import) == 0)
		return "only its address is used: data, or a kernel function passed as it is";
	if (entries_only)
		return "only entries are guarded (--entries-only)";
	return "no wrapper in this suture.ko";
}

static void count(const struct suture_report *report, struct totals *totals)
{
	size_t i;

	memset(totals, 0, sizeof(*totals));
	for (i = 0; i < report->nimports; i++) {
		const struct suture_report_import *import = &report->imports[i];

		if (sites(import) && (import->strong || import->weak))
			totals->checked_apis++;
		if (is_checked(import)) {
			totals->wrapped_apis++;
		} else if (is_helper(import->name)) {
			totals->helpers++;
		} else if (sites(import) == 0) {
			totals->taken_apis++;
		} else {
			totals->plain_apis++;
			totals->plain_sites += sites(import);
		}
	}
	for (i = 0; i < report->nentries; i++)
		if (!report->entries[i].thunk)
			totals->left_entries++;
}

uint64_t report_left(const struct suture_report *report)
{
	struct totals totals;

	count(report, &totals);
	return totals.plain_sites;
}

static const char *ret_name(uint8_t ret)
{
	static const char *const name[] = {
		[SUTURE_RET_UNKNOWN] = "unknown",   [SUTURE_RET_VOID] = "void",
		[SUTURE_RET_INT] = "int",	    [SUTURE_RET_LONG] = "long",
		[SUTURE_RET_UNSIGNED] = "unsigned", [SUTURE_RET_BOOL] = "bool",
		[SUTURE_RET_POINTER] = "pointer",   [SUTURE_RET_OTHER] = "other",
	};

	return ret < sizeof(name) / sizeof(name[0]) ? name[ret] : "unknown";
}

/* The one hint at a role that the file itself gives. */
static const char *kind_name(uint32_t flags)
{
	if (flags & SUTURE_ENTRY_INIT)
		return "init";
	if (flags & SUTURE_ENTRY_EXIT)
		return "exit";
	if (flags & SUTURE_ENTRY_EXPORT)
		return "export";
	return "callback";
}

/* A blind spot: in JSON as {"what", "count", "why"}, for people in a sentence. */
static void blind_spot(struct out *out, json_t *list, const char *what, uint64_t n, const char *why)
{
	json_t *object = json_object();
	char *clean = text_clean(why);

	out_set(object, "what", what);
	if (n)
		out_set_number(object, "count", n);
	out_set(object, "why", why);
	json_array_append_new(list, object);

	if (n)
		out_text(out, "  %s: %" PRIu64 "; %s\n", what, n, clean ? clean : "");
	else
		out_text(out, "  %s; %s\n", what, clean ? clean : "");
	free(clean);
}

static bool is_guarded_too(const struct guard *guard, const char *name)
{
	size_t i;

	for (i = 0; guard->group && i < guard->group->nparts; i++)
		if (modules_same(guard->group->parts[i].guard.guarded->report.module, name))
			return true;
	return false;
}

/* What the driver and its parts need and is not guarded with them: "a,b". */
static char *other_modules(const struct guard *guard)
{
	size_t nparts = guard->group ? guard->group->nparts : 0, size, i;
	char *text = NULL, *copy, *rest, *name;
	const char *depends;
	FILE *to = open_memstream(&text, &size);

	for (i = 0; to && i <= nparts; i++) {
		depends = i ? guard->group->parts[i - 1].guard.depends : guard->depends;
		rest = copy = depends ? strdup(depends) : NULL;
		while (rest && (name = strsep(&rest, ","))) {
			fflush(to);
			if (*name && !is_guarded_too(guard, name) && !strstr(text, name))
				fprintf(to, "%s%s", size ? "," : "", name);
		}
		free(copy);
	}
	if (to)
		fclose(to);
	return text;
}

static void blind_spots(struct out *out, const struct guard *guard, json_t *list)
{
	const struct suture_report *report = &guard->guarded->report;
	char *needs, *others;

	out_text(out, "cannot be seen:\n");
	if (report->indirect_calls)
		blind_spot(out, list, "calls through pointers", report->indirect_calls,
			   "the kernel's functions behind them have no wrapper there");
	blind_spot(out, list, "inline functions of the kernel's headers", 0,
		   "they are part of the driver's own code; only the calls inside them are seen");
	if (report->ntaken)
		blind_spot(out, list, "checked functions that are also passed as pointers",
			   report->ntaken, "calls through those pointers are not checked");
	if (report->inner_refs)
		blind_spot(out, list, "references into the middle of functions", report->inner_refs,
			   "jump tables and _THIS_IP_; no entry of the kernel");
	others = other_modules(guard);
	if (others && *others) {
		if (asprintf(&needs, "%s: loaded without guard", others) < 0)
			needs = NULL;
		blind_spot(out, list, "what happens in modules that it needs", 0,
			   needs ? needs : "loaded without guard");
		free(needs);
	}
	free(others);
	if (!report->typed)
		blind_spot(
			out, list, "prototypes of entries", 0,
			report->has_btf ?
				"no kernel types (see --btf): what an entry returns is not known" :
				"the module has no BTF: what an entry returns is not known");
}

static void print_parts(struct out *out, const struct guard *guard)
{
	char entries[48], calls[48];
	size_t i;

	if (guard->flags & SUTURE_REWRITE_PART)
		out_text(out, "  part     of the drivers that import from it\n");
	for (i = 0; guard->group && i < guard->group->nparts; i++) {
		const struct part *part = &guard->group->parts[i];
		const struct suture_report *report = &part->guard.guarded->report;
		char *clean = text_clean(report->module);

		text_count(entries, sizeof(entries), report->nthunks, "entry", "entries");
		text_count(calls, sizeof(calls), report->nwrapped, "call site", "call sites");
		out_text(out, "  part     %s: guarded with it: %s, %s checked (%s)\n",
			 clean ? clean : "", entries, calls, part->why);
		free(clean);
	}
}

static void print_summary(struct out *out, const struct guard *guard, const struct totals *totals)
{
	const struct suture_report *report = &guard->guarded->report;
	char entries[48], calls[48], functions[48], checked[48];
	json_t *pack;
	char *clean;
	size_t i;

	clean = text_clean(report->module ? report->module : "");
	text_count(entries, sizeof(entries), report->nthunks, "entry", "entries");
	text_count(calls, sizeof(calls), report->nwrapped, "call site", "call sites");
	text_count(functions, sizeof(functions), totals->wrapped_apis, "function", "functions");
	text_count(checked, sizeof(checked), totals->checked_apis, "function", "functions");
	out_text(out, "%s: can be guarded: %s; %s of %s checked (tail calls: %" PRIu32 ")\n",
		 clean ? clean : "", entries, calls, functions, report->ntails);
	free(clean);

	clean = text_clean(guard->path);
	out_text(out, "  module   %s\n", clean ? clean : "");
	free(clean);
	clean = text_clean(report->vermagic ? report->vermagic : "");
	out_text(out, "  kernel   %.*s\n", clean ? (int)strcspn(clean, " ") : 0, clean);
	free(clean);
	clean = text_clean(guard->core_path);
	out_text(out, "  core     %s (wrappers for %zu functions)\n", clean ? clean : "",
		 suture_core_count(guard->core));
	free(clean);
	if (totals->checked_apis)
		out_text(out, "  pointers of %s are checked before the call\n", checked);
	json_array_foreach(guard->packs, i, pack) {
		clean = text_clean(json_string_value(pack));
		out_text(out, "  pack     %s\n", clean ? clean : "");
		free(clean);
	}
	print_parts(out, guard);
	if (report->stripped)
		out_text(out, "  signed   yes; the guarded image has to be signed anew where the "
			      "kernel wants signatures\n");
}

static void print_left(struct out *out, const struct guard *guard, const struct totals *totals)
{
	const struct suture_report *report = &guard->guarded->report;
	char sites_text[48], functions[48];

	out_text(out, "left alone:\n");
	text_count(sites_text, sizeof(sites_text), totals->plain_sites, "call site", "call sites");
	text_count(functions, sizeof(functions), totals->plain_apis, "function", "functions");
	out_text(
		out, "  %s of %s: %s\n", sites_text, functions,
		guard->flags & SUTURE_REWRITE_ENTRIES_ONLY ?
			"only entries are guarded (--entries-only)" :
			"no wrapper in this suture.ko (no rule about them), and no pointer to check");
	out_text(out,
		 "  %s whose address alone is used: data, or kernel functions passed as they "
		 "are\n",
		 text_count(functions, sizeof(functions), totals->taken_apis, "symbol", "symbols"));
	out_text(out, "  %s of the compiler\n",
		 text_count(functions, sizeof(functions), totals->helpers, "helper", "helpers"));
	if (totals->left_entries)
		out_text(out, "  %s of the driver's own, taken %" PRIu32 " times (why: -v)\n",
			 text_count(functions, sizeof(functions), totals->left_entries, "function",
				    "functions"),
			 report->edges_left);
}

static void print_entries(struct out *out, const struct suture_report *report)
{
	struct table table;
	char prototype[48];
	size_t i;

	out_text(out, "entries:\n");
	table_start(&table, "FUNCTION|SECTION|KIND|>SITES|PROTOTYPE|LEFT ALONE BECAUSE");
	for (i = 0; i < report->nentries; i++) {
		const struct suture_report_entry *entry = &report->entries[i];

		prototype[0] = '\0';
		if (entry->nargs != SUTURE_NARGS_UNKNOWN)
			snprintf(prototype, sizeof(prototype), "%s(%u)", ret_name(entry->ret),
				 entry->nargs);
		table_cell(&table, entry->name);
		table_cell(&table, entry->section);
		table_cell(&table, kind_name(entry->flags));
		table_number(&table, entry->sites);
		table_cell(&table, prototype);
		table_cell(&table, entry->reason);
	}
	table_end(&table, out, 2);
}

static void print_imports(struct out *out, const struct suture_report *report, bool entries_only)
{
	struct table table;
	size_t i;
	int pass;

	out_text(out, "imported symbols:\n");
	table_start(&table, "SYMBOL|>CALLS|>TAIL CALLS|>TAKEN|WHAT HAPPENS");
	/* The checked ones first: they are what one looks for. */
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < report->nimports; i++) {
			const struct suture_report_import *import = &report->imports[i];

			if (is_checked(import) != (pass == 0))
				continue;
			table_cell(&table, import->name);
			table_number(&table, import->calls);
			table_number(&table, import->tails);
			table_number(&table, import->taken);
			table_cell(&table, report_why(import, entries_only));
		}
	}
	table_end(&table, out, 2);
}

static json_t *entries_json(const struct suture_report *report)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < report->nentries; i++) {
		const struct suture_report_entry *entry = &report->entries[i];
		json_t *object = json_object();

		out_set(object, "name", entry->name);
		out_set(object, "section", entry->section);
		out_set(object, "kind", kind_name(entry->flags));
		out_set_number(object, "sites", entry->sites);
		json_object_set_new(object, "guarded", json_boolean(entry->thunk));
		if (entry->thunk)
			out_set(object, "thunk", entry->thunk);
		if (entry->reason)
			out_set(object, "reason", entry->reason);
		out_set(object, "returns", ret_name(entry->ret));
		if (entry->nargs != SUTURE_NARGS_UNKNOWN)
			out_set_number(object, "arguments", entry->nargs);
		out_set_number(object, "stack_words", entry->stack_words);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *imports_json(const struct suture_report *report, bool entries_only)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < report->nimports; i++) {
		const struct suture_report_import *import = &report->imports[i];
		json_t *object = json_object();

		out_set(object, "name", import->name);
		json_object_set_new(object, "checked", json_boolean(is_checked(import)));
		if (import->strong || import->weak)
			json_object_set_new(object, "generated", json_true());
		if (import->strong)
			out_set_number(object, "strong_arguments", import->strong);
		if (import->weak)
			out_set_number(object, "weak_arguments", import->weak);
		if (import->wrapper)
			out_set(object, "wrapper", import->wrapper);
		out_set_number(object, "calls", import->calls);
		out_set_number(object, "tail_calls", import->tails);
		out_set_number(object, "taken", import->taken);
		out_set(object, "why", report_why(import, entries_only));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *summary_json(const struct guard *guard, const struct totals *totals)
{
	const struct suture_report *report = &guard->guarded->report;
	json_t *object = json_object();

	out_set_number(object, "entry_thunks", report->nthunks);
	out_set_number(object, "edges_in", report->edges_in);
	out_set_number(object, "edges_left", report->edges_left);
	out_set_number(object, "wrapped_sites", report->nwrapped);
	out_set_number(object, "wrapped_functions", totals->wrapped_apis);
	out_set_number(object, "checked_functions", totals->checked_apis);
	out_set_number(object, "tail_stubs", report->ntails);
	out_set_number(object, "plain_sites", totals->plain_sites);
	out_set_number(object, "plain_functions", totals->plain_apis);
	out_set_number(object, "taken_symbols", totals->taken_apis);
	out_set_number(object, "compiler_helpers", totals->helpers);
	out_set_number(object, "entries_left", totals->left_entries);
	out_set_number(object, "core_wrappers", suture_core_count(guard->core));
	json_object_set_new(object, "signature_removed", json_boolean(report->stripped));
	json_object_set_new(object, "prototypes", json_boolean(report->typed));
	return object;
}

static json_t *parts_json(const struct guard *guard)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; guard->group && i < guard->group->nparts; i++) {
		const struct part *part = &guard->group->parts[i];
		json_t *object = json_object();

		out_set(object, "module", part->guard.guarded->report.module);
		out_set(object, "file", part->guard.path);
		out_set(object, "why", part->why);
		out_set_number(object, "entry_thunks", part->guard.guarded->report.nthunks);
		out_set_number(object, "wrapped_sites", part->guard.guarded->report.nwrapped);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *report_json(const struct guard *guard, const struct totals *totals)
{
	const struct suture_report *report = &guard->guarded->report;
	bool entries_only = guard->flags & SUTURE_REWRITE_ENTRIES_ONLY;
	json_t *object = json_object();

	out_set(object, "module", report->module);
	out_set(object, "file", guard->path);
	out_set(object, "core", guard->core_path);
	if (guard->packs)
		json_object_set(object, "packs", guard->packs);
	out_set(object, "vermagic", report->vermagic);
	out_set(object, "depends", guard->depends);
	json_object_set_new(object, "parts", parts_json(guard));
	json_object_set_new(object, "summary", summary_json(guard, totals));
	json_object_set_new(object, "entries", entries_json(report));
	json_object_set_new(object, "imports", imports_json(report, entries_only));
	return object;
}

int report_show(struct out *out, const struct guard *guard, bool verbose)
{
	const struct suture_report *report = &guard->guarded->report;
	json_t *spots = json_array();
	struct totals totals;
	json_t *answer;

	count(report, &totals);
	if (!out->json) {
		print_summary(out, guard, &totals);
		print_left(out, guard, &totals);
	}
	blind_spots(out, guard, spots);
	if (!out->json && verbose) {
		print_entries(out, report);
		print_imports(out, report, guard->flags & SUTURE_REWRITE_ENTRIES_ONLY);
	}

	/* Lists are always in the answer for programs: they can pass over them. */
	answer = report_json(guard, &totals);
	json_object_set_new(answer, "blind_spots", spots);
	return out_json(out, answer);
}
