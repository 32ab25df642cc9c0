// SPDX-License-Identifier: GPL-2.0-only
/*
 * catalogue.c - the rules as they stand in the files of suture.ko and its packs.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "catalogue.h"
#include "modules.h"

/* In the order of enum suture_action. */
static const char *const actions[] = { "off",	      "observe", "repair",    "unwind",
				       "power-cycle", "restart", "quarantine" };

int catalogue_open(struct out *out, const char *core, struct suture_catalogue **catalogue)
{
	struct suture_rewrite_error err;
	struct core_files files;
	int status;

	*catalogue = NULL;
	if (!core)
		return EXIT_SUCCESS;
	status = core_files_find(out, core, &files);
	if (!status && suture_catalogue_open(files.list, files.count, catalogue, &err) < 0)
		status = out_fail(out, "%s", err.text);
	core_files_end(&files);
	return status;
}

struct suture_catalogue *catalogue_installed(void)
{
	struct suture_catalogue *catalogue = NULL;
	char *dir = NULL, *core = NULL;
	struct utsname name;
	struct out quiet;

	out_start(&quiet, true);
	quiet.to = quiet.err = fopen("/dev/null", "we");
	if (!quiet.to)
		return NULL;
	if (!uname(&name) && asprintf(&dir, "/lib/modules/%s", name.release) >= 0 &&
	    modules_core(&quiet, dir, &core) == EXIT_SUCCESS)
		catalogue_open(&quiet, core, &catalogue);
	out_finish(&quiet, EXIT_SUCCESS);
	fclose(quiet.to);
	free(core);
	free(dir);
	return catalogue;
}

const struct suture_catalogue_rule *catalogue_find(const struct suture_catalogue *catalogue,
						   const char *id)
{
	size_t i;

	for (i = 0; catalogue && i < suture_catalogue_count(catalogue); i++) {
		const struct suture_catalogue_rule *rule = suture_catalogue_rule(catalogue, i);

		if (strcmp(rule->id, id) == 0)
			return rule;
	}
	return NULL;
}

static json_t *names_json(const char *const *names, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, out_string(names[i]));
	return list;
}

void catalogue_functions(json_t *object, const struct suture_catalogue_rule *rule)
{
	out_set(object, "file", rule->file);
	json_object_set_new(object, "judges", names_json(rule->checks, rule->nchecks));
	json_object_set_new(object, "follows", names_json(rule->follows, rule->nfollows));
}

json_t *catalogue_json(const struct suture_catalogue_rule *rule)
{
	json_t *object = json_object(), *list = json_array(), *one;
	size_t i;

	out_set(object, "rule", rule->id);
	out_set(object, "class", rule->class_);
	out_set(object, "contract", rule->contract);
	out_set(object, "source", rule->source);
	if (rule->action < sizeof(actions) / sizeof(actions[0]))
		out_set(object, "action", actions[rule->action]);
	if (rule->example)
		out_set(object, "example", rule->example);
	if (rule->look)
		out_set(object, "look", rule->look);
	for (i = 0; i < rule->nrepairs; i++) {
		one = json_object();
		out_set(one, "repair", rule->repairs[i].name);
		out_set(one, "gives_up", rule->repairs[i].gives_up);
		json_array_append_new(list, one);
	}
	json_object_set_new(object, "repairs", list);
	catalogue_functions(object, rule);
	return object;
}
