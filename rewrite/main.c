// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - suture-rewrite, the library as a filter: one module in, one guarded
 * image out. For tests and for measuring; users have the command "suture".
 */
#include <bpf/libbpf.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "suture_rewrite.h"

static const char usage[] =
	"usage: suture-rewrite IN.ko OUT.ko --core SUTURE.KO [--pack PACK.KO]...\n"
	"                      [--contracts FILE] [--btf VMLINUX] [--entries-only] [--part] [--json]\n"
	"\n"
	"Write the guarded image of the module IN.ko (may be compressed) to OUT.ko.\n"
	"\n"
	"  --core SUTURE.KO  the suture.ko that OUT.ko will be loaded against\n"
	"  --pack PACK.KO    a rule pack that goes with it; may be given several times\n"
	"  --contracts FILE  what pointers the kernel's functions cannot do without\n"
	"  --btf VMLINUX     the kernel's types: vmlinux, vmlinuz, or\n"
	"                    /sys/kernel/btf/vmlinux\n"
	"  --entries-only    leave calls into the kernel alone\n"
	"  --part            the image is a part of the drivers that import from it\n"
	"  --json            print the report as JSON\n";

/* A JSON string; the names in a module can be any bytes. */
static void print_string(const char *s)
{
	if (!s) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s < ' ' || *s > '~')
			printf("\\u%04x", (unsigned char)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void print_member(const char *key, const char *value)
{
	printf("\"%s\": ", key);
	print_string(value);
	fputs(", ", stdout);
}

static void print_entries(const struct suture_report *r)
{
	size_t i;

	printf("\"entries\": [");
	for (i = 0; i < r->nentries; i++) {
		const struct suture_report_entry *e = &r->entries[i];

		fputs(i ? ",\n {" : "\n {", stdout);
		print_member("name", e->name);
		print_member("section", e->section);
		print_member("thunk", e->thunk);
		print_member("reason", e->reason);
		printf("\"sites\": %u, \"flags\": %u, \"ret\": %u, \"nargs\": %u, \"stack_words\": %u}",
		       e->sites, e->flags, e->ret, e->nargs, e->stack_words);
	}
	printf("],\n");
}

static void print_imports(const struct suture_report *r)
{
	size_t i;

	printf("\"imports\": [");
	for (i = 0; i < r->nimports; i++) {
		const struct suture_report_import *m = &r->imports[i];

		fputs(i ? ",\n {" : "\n {", stdout);
		print_member("name", m->name);
		print_member("wrapper", m->wrapper);
		printf("\"strong\": %u, \"weak\": %u, ", m->strong, m->weak);
		printf("\"calls\": %u, \"tails\": %u, \"taken\": %u}", m->calls, m->tails,
		       m->taken);
	}
	printf("],\n");
}

static const char *word(bool b)
{
	return b ? "true" : "false";
}

static void print_json(const struct suture_report *r)
{
	putchar('{');
	print_member("module", r->module);
	print_member("vermagic", r->vermagic);
	putchar('\n');
	print_entries(r);
	print_imports(r);
	printf("\"thunks\": %u, \"edges_in\": %u, \"edges_left\": %u, \"wrapped\": %u, \"checks\": %u, \"tails\": %u, \"taken\": %u,\n",
	       r->nthunks, r->edges_in, r->edges_left, r->nwrapped, r->nchecks, r->ntails,
	       r->ntaken);
	printf("\"indirect_calls\": %u, \"inner_refs\": %u,\n", r->indirect_calls, r->inner_refs);
	printf("\"has_versions\": %s, \"has_orc\": %s, \"has_btf\": %s, \"typed\": %s, \"stripped\": %s}\n",
	       word(r->has_versions), word(r->has_orc), word(r->has_btf), word(r->typed),
	       word(r->stripped));
}

static void print_text(const struct suture_report *r)
{
	size_t i;

	printf("%s: %u thunks for %u edges in, %u calls wrapped (%u tail stubs), %u edges left alone\n",
	       r->module, r->nthunks, r->edges_in, r->nwrapped, r->ntails, r->edges_left);
	for (i = 0; i < r->nentries; i++)
		if (r->entries[i].reason)
			printf("%s: %s left alone: %s\n", r->module, r->entries[i].name,
			       r->entries[i].reason);
}

/* libbpf would print what it thinks of a damaged .BTF. */
static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "core", required_argument, NULL, 'c' },
		{ "btf", required_argument, NULL, 'b' },
		{ "pack", required_argument, NULL, 'p' },
		{ "contracts", required_argument, NULL, 'k' },
		{ "entries-only", no_argument, NULL, 'e' },
		{ "part", no_argument, NULL, 'P' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *core_path = NULL, *btf_path = NULL, *contracts_path = NULL;
	struct suture_guarded *guarded = NULL;
	struct suture_types *types = NULL;
	struct suture_core *core = NULL;
	struct suture_rewrite_error err;
	unsigned int flags = 0;
	bool json = false;
	const char **packs;
	size_t npacks = 0, i;
	int c, r = 0;

	/* No more than there are words. */
	packs = calloc(argc, sizeof(*packs));
	if (!packs) {
		fputs("suture-rewrite: out of memory\n", stderr);
		return 1;
	}

	while ((c = getopt_long(argc, argv, "c:b:p:k:ePjh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			core_path = optarg;
			break;
		case 'b':
			btf_path = optarg;
			break;
		case 'p':
			packs[npacks++] = optarg;
			break;
		case 'k':
			contracts_path = optarg;
			break;
		case 'e':
			flags |= SUTURE_REWRITE_ENTRIES_ONLY;
			break;
		case 'P':
			flags |= SUTURE_REWRITE_PART;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 2 || !core_path) {
		fputs(usage, stderr);
		return 2;
	}
	libbpf_set_print(quiet);
	r = suture_core_open(core_path, &core, &err);
	for (i = 0; !r && i < npacks; i++)
		r = suture_core_add(core, packs[i], &err);
	if (!r && contracts_path)
		r = suture_core_contracts(core, contracts_path, &err);
	if (!r && btf_path)
		r = suture_types_open(btf_path, &types, &err);
	if (!r)
		r = suture_rewrite_file(argv[optind], core, types, flags, &guarded, &err);
	if (!r)
		r = suture_guarded_write(guarded, argv[optind + 1], &err);
	if (r)
		fprintf(stderr, "suture-rewrite: %s\n", err.text);
	else if (json)
		print_json(&guarded->report);
	else
		print_text(&guarded->report);
	suture_guarded_free(guarded);
	suture_types_free(types);
	suture_core_free(core);
	free(packs);
	return r ? 1 : 0;
}
