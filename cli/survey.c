// SPDX-License-Identifier: GPL-2.0-only
/*
 * survey.c - `suture check` for whole systems: a table of many modules.
 *
 * Rewrites each module in memory, on all processors, and keeps a row of it. Which rules apply to a
 * module is told by what it imports: a rule judges, or has to know of, calls of certain functions.
 */
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "catalogue.h"
#include "group.h"
#include "prepared.h"
#include "report.h"
#include "survey.h"
#include "system.h"
#include "table.h"
#include "text.h"

#define MAX_RULES   256
#define MAX_THREADS 16

/**
 * struct row - what is told of a module
 * @path:	its file
 * @name:	its name
 * @why:	why it cannot be guarded, or NULL
 * @entries:	entries that are guarded
 * @sites:	call sites that are checked
 * @left:	call sites of kernel functions that nothing is known about
 * @indirect:	calls through pointers
 * @rules:	indices of the rules that apply
 */
struct row {
	char *path;
	char *name;
	char *why;
	uint32_t entries;
	uint32_t sites;
	uint64_t left;
	uint32_t indirect;
	bool rules[MAX_RULES];
};

/* What the threads share; only @next changes. */
struct survey {
	const struct guard *guard;
	const struct suture_catalogue *catalogue;
	json_t *about; /* function -> array of indices of rules */
	struct row *rows;
	size_t count;
	atomic_size_t next;
};

static int add_row(struct survey *survey, const char *path)
{
	struct row *rows = realloc(survey->rows, (survey->count + 1) * sizeof(*rows));
	const char *slash = strrchr(path, '/');
	struct row *row;
	char *c;

	if (!rows)
		return -1;
	survey->rows = rows;
	row = &rows[survey->count];
	memset(row, 0, sizeof(*row));
	row->path = strdup(path);
	row->name = strdup(slash ? slash + 1 : path);
	if (!row->path || !row->name) {
		free(row->path);
		free(row->name);
		return -1;
	}
	row->name[strcspn(row->name, ".")] = '\0';
	for (c = row->name; *c; c++)
		if (*c == '-')
			*c = '_';
	survey->count++;
	return 0;
}

/* nftw() has no room for a parameter. */
static struct survey *walking;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *dot = strstr(path + ftw->base, ".ko");

	(void)st;
	/* Suture's own modules, and what it has prepared, are no drivers. */
	if (type != FTW_F || !dot || strstr(path, "/" PREPARED_FOLDER "/") ||
	    strncmp(path + ftw->base, "suture.", 7) == 0 ||
	    strncmp(path + ftw->base, "suture_", 7) == 0)
		return 0;
	if (strcmp(dot, ".ko") && strcmp(dot, ".ko.xz") && strcmp(dot, ".ko.zst") &&
	    strcmp(dot, ".ko.gz"))
		return 0;
	return add_row(walking, path);
}

static int find_all(struct out *out, struct survey *survey, const char *dir)
{
	int ret;

	walking = survey;
	ret = nftw(dir, visit, 16, FTW_PHYS);
	if (ret || !survey->count)
		return out_fail(out, "%s: there are no modules", dir);
	return EXIT_SUCCESS;
}

/* Built from no file of the kernel's directory, as with insmod: then there is none to look at. */
static int find_loaded(struct out *out, struct survey *survey)
{
	char *text = file_text("/proc/modules"), *rest = text, *line, *path;
	int status = EXIT_SUCCESS;

	if (!text)
		return out_fail(out, "/proc/modules: cannot be read");
	while (!status && (line = strsep(&rest, "\n"))) {
		line[strcspn(line, " ")] = '\0';
		if (!*line || strcmp(line, "suture") == 0 || strncmp(line, "suture_", 7) == 0)
			continue;
		path = modules_needed(survey->guard->modules, "/", line);
		if (!path)
			out_warn(out, "%s: is loaded, but has no file in the kernel's directory",
				 line);
		else if (add_row(survey, path))
			status = out_fail(out, "out of memory");
		free(path);
	}
	free(text);
	if (!status && !survey->count)
		return out_fail(out, "no module is loaded");
	return status;
}

/* Turns the catalogue round: which rules are about a function? */
static json_t *index_rules(const struct suture_catalogue *catalogue)
{
	json_t *about = json_object(), *list;
	size_t i, k;

	for (i = 0; i < suture_catalogue_count(catalogue) && i < MAX_RULES; i++) {
		const struct suture_catalogue_rule *rule = suture_catalogue_rule(catalogue, i);

		for (k = 0; k < rule->nchecks + rule->nfollows; k++) {
			const char *name = k < rule->nchecks ? rule->checks[k] :
							       rule->follows[k - rule->nchecks];

			list = json_object_get(about, name);
			if (!list) {
				list = json_array();
				json_object_set_new(about, name, list);
			}
			json_array_append_new(list, json_integer((json_int_t)i));
		}
	}
	return about;
}

static bool is_general(const struct suture_catalogue_rule *rule)
{
	return !rule->nchecks && !rule->nfollows;
}

static void fill(const struct survey *survey, struct row *row, const struct suture_report *report)
{
	json_t *list, *item;
	size_t i, k;

	row->entries = report->nthunks;
	row->sites = report->nwrapped;
	row->indirect = report->indirect_calls;
	row->left = report_left(report);
	for (i = 0; i < report->nimports; i++) {
		list = json_object_get(survey->about, report->imports[i].name);
		json_array_foreach(list, k, item)
			row->rules[json_integer_value(item)] = true;
	}
	for (i = 0; i < suture_catalogue_count(survey->catalogue) && i < MAX_RULES; i++) {
		const struct suture_catalogue_rule *rule =
			suture_catalogue_rule(survey->catalogue, i);

		row->rules[i] |= is_general(rule) ? row->entries > 0 :
						    !strcmp(rule->id, "ARG-PTR") && report->nchecks;
	}
}

static void *work(void *data)
{
	struct survey *survey = data;
	const struct guard *guard = survey->guard;
	struct suture_rewrite_error err;
	struct suture_guarded *guarded;
	unsigned int flags;
	struct row *row;
	size_t i, len;

	while ((i = atomic_fetch_add(&survey->next, 1)) < survey->count) {
		row = &survey->rows[i];
		flags = guard->flags | (group_known(row->name) ? SUTURE_REWRITE_PART : 0);
		if (suture_rewrite_file(row->path, guard->core, guard->types, flags, &guarded,
					&err) == 0) {
			fill(survey, row, &guarded->report);
			suture_guarded_free(guarded);
			continue;
		}
		/* Which file it is about the row says already. */
		len = strlen(row->path);
		row->why =
			strdup(strncmp(err.text, row->path, len) ? err.text : err.text + len + 2);
	}
	return NULL;
}

static void run_threads(struct survey *survey)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN), i, started = 0;
	pthread_t thread[MAX_THREADS];

	for (i = 1; i < n && i < MAX_THREADS; i++)
		started += pthread_create(&thread[started], NULL, work, survey) == 0;
	work(survey);
	while (started)
		pthread_join(thread[--started], NULL);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

static bool in_sysfs(const char *fmt, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), fmt, name);
	return access(path, F_OK) == 0;
}

/* Of the running kernel's modules: "guarded", "loaded" or "". */
static const char *state_of(const struct survey *survey, const struct row *row)
{
	if (!survey->guard->running || !in_sysfs("/sys/module/%s/initstate", row->name))
		return "";
	return in_sysfs("/sys/module/suture/holders/%s", row->name) ? "guarded" : "loaded";
}

static json_t *row_json(const struct survey *survey, const struct row *row)
{
	json_t *object = json_object(), *rules = json_array(), *blind = json_object();
	size_t i;

	out_set(object, "module", row->name);
	out_set(object, "file", row->path);
	json_object_set_new(object, "guardable", json_boolean(!row->why));
	if (survey->guard->running)
		out_set(object, "state", state_of(survey, row));
	if (row->why) {
		out_set(object, "why", row->why);
		json_decref(rules);
		json_decref(blind);
		return object;
	}
	out_set_number(object, "entries", row->entries);
	out_set_number(object, "call_sites", row->sites);
	for (i = 0; i < suture_catalogue_count(survey->catalogue) && i < MAX_RULES; i++)
		if (row->rules[i])
			json_array_append_new(
				rules,
				json_string(suture_catalogue_rule(survey->catalogue, i)->id));
	json_object_set_new(object, "rules", rules);
	out_set_number(blind, "calls_through_pointers", row->indirect);
	out_set_number(blind, "calls_without_wrapper", row->left);
	json_object_set_new(object, "blind_spots", blind);
	return object;
}

static void show_rules(struct out *out, const struct survey *survey, const struct row *row)
{
	size_t i;

	out_text(out, "%s:", row->name);
	for (i = 0; i < suture_catalogue_count(survey->catalogue) && i < MAX_RULES; i++)
		if (row->rules[i] && !is_general(suture_catalogue_rule(survey->catalogue, i)))
			out_text(out, " %s", suture_catalogue_rule(survey->catalogue, i)->id);
	out_text(out, "\n");
}

static unsigned int count_rules(const struct row *row)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < MAX_RULES; i++)
		n += row->rules[i];
	return n;
}

static int show(struct out *out, const struct survey *survey, bool verbose)
{
	json_t *list = json_array(), *answer;
	size_t refused = 0, i;
	struct table table;

	table_start(&table, "MODULE|STATE|GUARD|>ENTRIES|>SITES|>RULES|>UNSEEN|>POINTERS");
	for (i = 0; i < survey->count; i++) {
		const struct row *row = &survey->rows[i];

		refused += row->why != NULL;
		json_array_append_new(list, row_json(survey, row));
		table_cell(&table, row->name);
		table_cell(&table, state_of(survey, row));
		table_cell(&table, row->why ? "no" : "yes");
		if (row->why) {
			table_cell(&table, NULL);
			table_cell(&table, NULL);
			table_cell(&table, NULL);
			table_cell(&table, NULL);
			table_cell(&table, NULL);
			continue;
		}
		table_number(&table, row->entries);
		table_number(&table, row->sites);
		table_number(&table, count_rules(row));
		table_number(&table, row->left);
		table_number(&table, row->indirect);
	}
	table_end(&table, out, 0);
	if (verbose) {
		out_text(out, "\nrules that apply besides those about every entry:\n");
		for (i = 0; i < survey->count; i++)
			if (!survey->rows[i].why)
				show_rules(out, survey, &survey->rows[i]);
	}
	if (refused)
		out_text(out, "\ncannot be guarded:\n");
	for (i = 0; i < survey->count; i++)
		if (survey->rows[i].why) {
			char *clean = text_clean(survey->rows[i].why);

			out_text(out, "  %s: %s\n", survey->rows[i].name, clean ? clean : "");
			free(clean);
		}
	out_text(out,
		 "\n%zu modules: %zu can be guarded, %zu cannot. UNSEEN are calls of kernel "
		 "functions without a wrapper or a pointer to check, POINTERS calls through "
		 "pointers.\n",
		 survey->count, survey->count - refused, refused);
	answer = json_object();
	json_object_set_new(answer, "modules", list);
	out_set_number(answer, "guardable", survey->count - refused);
	out_set_number(answer, "refused", refused);
	return out_json(out, answer);
}

int survey(struct out *out, struct guard *guard, bool loaded, bool verbose)
{
	struct suture_catalogue *catalogue = NULL;
	struct survey survey = { .guard = guard };
	struct utsname name;
	char *dir = NULL;
	size_t i;
	int status;

	guard->installed = true;
	if (guard->kernel_dir) {
		dir = strdup(guard->kernel_dir);
	} else if (!uname(&name) && asprintf(&dir, "/lib/modules/%s", name.release) >= 0) {
		guard->kernel_dir = dir;
		guard->running = true;
	}
	if (!dir)
		return out_fail(out, "out of memory");
	status = guard_open(out, guard);
	if (!status)
		status = catalogue_open(out, guard->core_path, &catalogue);
	if (!status)
		status = loaded ? find_loaded(out, &survey) : find_all(out, &survey, dir);
	if (!status) {
		survey.catalogue = catalogue;
		survey.about = index_rules(catalogue);
		run_threads(&survey);
		qsort(survey.rows, survey.count, sizeof(*survey.rows), compare);
		status = show(out, &survey, verbose);
	}
	for (i = 0; i < survey.count; i++) {
		free(survey.rows[i].path);
		free(survey.rows[i].name);
		free(survey.rows[i].why);
	}
	free(survey.rows);
	json_decref(survey.about);
	suture_catalogue_free(catalogue);
	free(dir);
	return status;
}
