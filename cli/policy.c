// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy.c - `suture policy`: what may be done, where, and who says so.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "command.h"
#include "force.h"
#include "scope.h"
#include "table.h"
#include "uapi/linux/suture.h"

/* What all of its subcommands have. */
struct ask {
	struct out *out;
	const char *dir;
	const char *core;
	struct force_rules rules;
	struct config config;
	struct link *link; /* NULL: suture.ko is not loaded */
	uint64_t now;	   /* digest of what is in force */
	char profile[32];  /* of what is in force */
};

/* Where a value comes from, as FILE:LINE. */
static const char *from(char *buf, size_t size, const struct setting *s, const char *otherwise)
{
	if (!s)
		snprintf(buf, size, "%s", otherwise);
	else if (s->line)
		snprintf(buf, size, "%s:%u", s->file, s->line);
	else
		snprintf(buf, size, "%s", s->file);
	return buf;
}

/* The link is optional: without suture.ko the files can be looked at all the same. */
static int ask_kernel(struct ask *ask)
{
	if (link_open(&ask->link)) {
		ask->link = NULL;
		return EXIT_SUCCESS;
	}
	return force_now(ask->out, ask->link, &ask->now, ask->profile, sizeof(ask->profile));
}

/* Are the files what is in force? In words. */
static const char *state(const struct ask *ask)
{
	if (!ask->link)
		return "no: suture.ko is not loaded";
	if (!ask->now)
		return "no: suture.ko has got no policy yet; `suture policy apply`";
	if (ask->now != config_digest(&ask->config))
		return "no: the files have changed since; `suture policy apply`";
	return "yes";
}

/* ---------------------------------------------------------------- show */

static json_t *setting_json(const struct setting *s)
{
	json_t *object = json_object();
	char scope[300];

	scope_text(scope, sizeof(scope), &s->scope);
	out_set(object, "section", scope);
	out_set(object, "key", key_name(s->key));
	out_set(object, "value", s->value);
	out_set(object, "file", s->file);
	out_set_number(object, "line", s->line);
	return object;
}

/* Is it about a function that the driver has, or may have? */
static bool exception(const struct scope *scope, const char *driver)
{
	struct scope where = { .driver = "" };

	memcpy(where.driver, scope->driver, sizeof(where.driver));
	return *scope->function && scope_holds(&where, NULL, driver, NULL);
}

/* All lines; or of a driver those about its functions. */
static json_t *show_lines(struct ask *ask, const char *driver)
{
	const struct config *c = &ask->config;
	json_t *list = json_array();
	char scope[300], place[512];
	struct table table;
	size_t i, shown = 0;

	table_start(&table, "SECTION|KEY|VALUE|FROM");
	for (i = 0; i < c->nsettings; i++) {
		const struct setting *s = &c->settings[i];

		if (driver && !exception(&s->scope, driver))
			continue;
		scope_text(scope, sizeof(scope), &s->scope);
		table_cell(&table, scope);
		table_cell(&table, key_name(s->key));
		table_cell(&table, s->value);
		table_cell(&table, from(place, sizeof(place), s, ""));
		json_array_append_new(list, setting_json(s));
		shown++;
	}
	if (driver && shown)
		out_text(ask->out, "exceptions for functions\n");
	if (shown)
		table_end(&table, ask->out, 2);
	else if (!driver)
		out_text(ask->out, "no file says anything; see suture.conf(5)\n");
	return list;
}

/* What the kernel does now for a rule of @driver, by rule. */
static int kernel_rules(struct ask *ask, const char *driver, const char *function,
			struct records *records)
{
	int ret;

	if (!ask->link)
		return EXIT_SUCCESS;
	link_begin(ask->link, SUTURE_CMD_GET_RULE);
	link_put_string(ask->link, SUTURE_A_DOMAIN, driver);
	if (function)
		link_put_string(ask->link, SUTURE_A_FUNCTION, function);
	ret = link_dump(ask->link, records);
	return ret && ret != -EINTR ? link_fail(ask->out, ask->link, driver, ret) : EXIT_SUCCESS;
}

/* One rule of a driver: what the files say, what the kernel does, and why. */
static json_t *show_rule(struct ask *ask, const struct config_rule *rule, const char *driver,
			 const char *function, const struct record *kernel, struct table *table)
{
	const struct config *c = &ask->config;
	const struct setting *action = config_find(c, KEY_ACTION, rule, driver, function);
	const struct setting *ceiling = config_find(c, KEY_CEILING, rule, driver, function);
	const struct setting *repairs = config_find(c, KEY_REPAIRS, rule, driver, function);
	const char *does = action ? action->value : rule->action, *says;
	const char *top = ceiling ? ceiling->value : "quarantine";
	const struct setting *why = action;
	json_t *object = json_object();
	char place[512];

	if (word_find(config_actions, does) > word_find(config_actions, top)) {
		does = top;
		why = ceiling;
	}
	from(place, sizeof(place), why, "the rule's default");
	says = kernel ? record_text(kernel, SUTURE_A_ACTION) : does;
	if (strcmp(says, does) != 0)
		snprintf(place, sizeof(place), "%s",
			 ask->now == config_digest(c) ? "`suture rules set`" :
							"what is in force now, not the files");
	table_cell(table, rule->id);
	table_cell(table, says);
	table_cell(table, top);
	table_cell(table, repairs ? repairs->value : rule->repairs);
	table_cell(table, place);
	out_set(object, "rule", rule->id);
	out_set(object, "action", says);
	out_set(object, "ceiling", top);
	out_set(object, "repairs", repairs ? repairs->value : rule->repairs);
	out_set(object, "from", place);
	if (repairs || ceiling) {
		out_set(object, "ceiling_from", from(place, sizeof(place), ceiling, ""));
		out_set(object, "repairs_from", from(place, sizeof(place), repairs, ""));
	}
	return object;
}

/* A parameter of the loaded suture.ko, which counts where the files do not say. */
static void parameter(char *buf, size_t size, const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/suture/parameters/%s", name);
	file = fopen(path, "re");
	buf[0] = '\0';
	if (file && fgets(buf, (int)size, file))
		buf[strcspn(buf, "\n")] = '\0';
	if (file)
		fclose(file);
	if (!*buf)
		snprintf(buf, size, "-");
}

static json_t *show_numbers(struct ask *ask, const char *driver, const char *function)
{
	const struct config_rule *rule;
	json_t *list = json_array(), *one;
	char place[512], value[32];
	const struct setting *s;
	struct table table;
	int key;

	table_start(&table, "KEY|>VALUE|FROM");
	for (key = KEY_ESCALATE_UNWINDS; key < KEYS; key++) {
		/* Budgets are those of CB-TIME; what leads up the ladder may differ by rule. */
		rule = NULL;
		if (key >= KEY_BUDGET_TASK_MS)
			for (rule = ask->rules.list; rule && rule->id; rule++)
				if (strcmp(rule->id, "CB-TIME") == 0)
					break;
		s = config_find(&ask->config, (enum config_key)key, rule && rule->id ? rule : NULL,
				driver, function);
		if (s)
			snprintf(value, sizeof(value), "%s", s->value);
		else
			parameter(value, sizeof(value), key_name((enum config_key)key));
		from(place, sizeof(place), s, "parameter of suture.ko");
		table_cell(&table, key_name((enum config_key)key));
		table_cell(&table, value);
		table_cell(&table, place);
		one = json_object();
		out_set(one, "key", key_name((enum config_key)key));
		out_set(one, "value", value);
		out_set(one, "from", place);
		json_array_append_new(list, one);
	}
	table_end(&table, ask->out, 2);
	return list;
}

static int show_driver(struct ask *ask, const char *driver, const char *function, json_t *answer)
{
	struct records records = { 0 };
	json_t *list = json_array();
	struct table table;
	int status;
	size_t i;

	rules_wanted(&ask->config);
	status = ask->config.failed;
	if (!status)
		status = kernel_rules(ask, driver, function, &records);
	table_start(&table, "RULE|ACTION|CEILING|REPAIRS|FROM");
	for (i = 0; !status && i < ask->rules.count; i++) {
		const struct config_rule *rule = &ask->rules.list[i];

		json_array_append_new(
			list, show_rule(ask, rule, driver, function,
					records_find(&records, SUTURE_A_RULE, rule->id), &table));
	}
	table_end(&table, ask->out, 2);
	records_clear(&records);
	out_set(answer, "driver", driver);
	json_object_set_new(answer, "rules", list);
	json_object_set_new(answer, "numbers", show_numbers(ask, driver, function));
	if (!function)
		json_object_set_new(answer, "exceptions", show_lines(ask, driver));
	return status;
}

static int show(struct ask *ask, int argc, char **argv)
{
	const struct profile *profile = profile_find(ask->config.profile);
	const struct setting *said = config_find(&ask->config, KEY_PROFILE, NULL, NULL, NULL);
	char *driver = argc ? module_name(argv[0]) : NULL;
	json_t *answer = json_object();
	char place[512];
	int status;

	status = config_complain(ask->out, &ask->config);
	if (!status)
		status = ask_kernel(ask);
	if (status)
		goto done;
	from(place, sizeof(place), said, "no file says otherwise");
	out_text(ask->out, "profile   %s (%s): %s\n", profile->name, place, profile->brief);
	out_text(ask->out, "in force  %s\n", state(ask));
	if (ask->link && strcmp(ask->profile, profile->name) != 0)
		out_text(ask->out, "          suture.ko has the profile %s\n", ask->profile);
	out_text(ask->out, "faults    %s by `suture inject`\n",
		 profile->inject ? "may be injected" : "are refused, if asked for");
	out_set(answer, "profile", profile->name);
	out_set(answer, "profile_from", place);
	out_set(answer, "in_force", state(ask));
	json_object_set_new(answer, "inject", json_boolean(profile->inject));
	if (driver)
		status = show_driver(ask, driver, argc > 1 ? argv[1] : NULL, answer);
	else
		json_object_set_new(answer, "settings", show_lines(ask, NULL));
	if (!status)
		status = out_json(ask->out, json_incref(answer));
done:
	free(driver);
	json_decref(answer);
	return status;
}

/* ----------------------------------------------------- check and apply */

static int checked(struct ask *ask, const char *what)
{
	struct out *out = ask->out;
	json_t *answer;
	char lines[48];
	size_t i, n = 0;
	int status;

	status = config_complain(out, &ask->config);
	if (status)
		return status;
	if (ask->rules.tried && !ask->rules.list)
		out_warn(out,
			 "no suture.ko is installed for this kernel: names of rules, classes and "
			 "repairs are not checked; --core FILE names one");
	for (i = 0; i < ask->config.nsettings; i++)
		n += ask->config.settings[i].line != 0;
	snprintf(lines, sizeof(lines), "%zu line%s", n, n == 1 ? "" : "s");
	out_text(out, "%s: good: profile %s, %s\n", what, ask->config.profile, lines);
	answer = json_object();
	out_set(answer, "profile", ask->config.profile);
	out_set_number(answer, "lines", n);
	return out_json(out, answer);
}

static int check(struct ask *ask, int argc, char **argv)
{
	int i;

	if (!argc)
		return checked(ask, ask->dir);
	config_end(&ask->config);
	for (i = 0; i < argc; i++)
		config_file(&ask->config, argv[i]);
	config_close(&ask->config);
	return checked(ask, argc == 1 ? argv[0] : "the files");
}

static int apply(struct ask *ask)
{
	json_t *answer;
	int status;

	status = config_complain(ask->out, &ask->config);
	if (!status)
		status = link_start(ask->out, &ask->link);
	if (!status)
		status = force_apply(ask->out, ask->link, &ask->config);
	if (status)
		return status;
	out_text(ask->out, "in force: profile %s\n", ask->config.profile);
	answer = json_object();
	out_set(answer, "profile", ask->config.profile);
	return out_json(ask->out, answer);
}

/* ----------------------------------------------------------------- set */

static void config_again(struct ask *ask, const char *text)
{
	config_end(&ask->config);
	ask->config.sections = 0;
	config_read(&ask->config, ask->dir, text ? CHANGE_FILE : NULL, text);
}

/* A later file, or a more specific section of an earlier one, may say something else there. */
static void warn_hidden(struct ask *ask, const struct scope *scope, const char *path,
			const char *key)
{
	const struct setting *s, *last = NULL;

	for (s = ask->config.settings; s < ask->config.settings + ask->config.nsettings; s++)
		if (strcmp(key_name(s->key), key) == 0 && scope_same(&s->scope, scope))
			last = s;
	if (last && strcmp(last->file, path) != 0 && last->line)
		out_warn(ask->out, "%s:%u comes later, and sets %s = %s", last->file, last->line,
			 key, last->value);
}

/* Are section, key and value good by themselves? */
static int understood(struct ask *ask, const char *words, const char *key, const char *value,
		      struct scope *scope)
{
	struct config alone = { .rules = ask->rules.list, .nrules = ask->rules.count };
	char *line;
	int status;
	size_t i;

	/* As far as the files have wanted to know. */
	alone.want = ask->config.want;
	alone.data = ask->config.data;

	if (config_scope(&alone, "policy", 0, words, scope)) {
		if (asprintf(&line, "[%s]\n%s = %s\n", words, key, value ? value : "") < 0)
			return out_fail(ask->out, "out of memory");
		if (value || key_find(key) < 0)
			config_text(&alone, "policy", line, strlen(line));
		free(line);
	}
	/* They do not stand in any line yet. */
	for (i = 0; i < alone.nproblems; i++)
		alone.problems[i].line = 0;
	if (!alone.want) {
		ask->config.want = NULL;
		ask->config.rules = alone.rules;
		ask->config.nrules = alone.nrules;
	}
	status = config_complain(ask->out, &alone);
	config_end(&alone);
	return status;
}

/*
 * First what would stand there is tried, then suture.ko takes it, then it is written: what is refused
 * changes nothing.
 */
static int change(struct ask *ask, const char *words, const char *key, const char *value)
{
	struct scope scope;
	char *path, *text = NULL;
	json_t *answer;
	int status;

	if (asprintf(&path, "%s/" CONFIG_DROP "/" CHANGE_FILE, ask->dir) < 0)
		return out_fail(ask->out, "out of memory");
	status = understood(ask, words, key, value, &scope);
	if (!status)
		status = change_text(ask->out, path, words, &scope, key, value, &text);
	if (status)
		goto done;
	config_again(ask, text);
	status = config_complain(ask->out, &ask->config);
	if (!status)
		status = ask_kernel(ask);
	if (!status && ask->dir == (const char *)CONFIG_DIR && geteuid() != 0)
		status = out_fail(ask->out, "%s: not permitted; try again as root", path);
	if (!status && ask->link)
		status = force_apply(ask->out, ask->link, &ask->config);
	if (!status)
		status = change_write(ask->out, ask->dir, path, text);
	if (status)
		goto done;
	warn_hidden(ask, &scope, path, key);
	if (value)
		out_text(ask->out, "%s: %s = %s", words, key, value);
	else
		out_text(ask->out, "%s: %s is not set here any more", words, key);
	out_text(ask->out, ask->link ? ", from now on\n" : ", once suture.ko is loaded\n");
	answer = json_object();
	out_set(answer, "section", words);
	out_set(answer, "key", key);
	if (value)
		out_set(answer, "value", value);
	out_set(answer, "file", path);
	json_object_set_new(answer, "in_force", json_boolean(ask->link != NULL));
	status = out_json(ask->out, answer);
done:
	free(text);
	free(path);
	return status;
}

/* SCOPE may be one argument or several words. */
static int set(struct ask *ask, int argc, char **argv, bool unset)
{
	int i, tail = unset ? 1 : 2, status;
	char *words = NULL, *more;

	if (argc <= tail)
		return out_usage(ask->out, "policy: something is missing; usage: suture %s",
				 policy_command.usage);
	for (i = 0; i < argc - tail; i++) {
		if (asprintf(&more, "%s%s%s", words ? words : "", words ? " " : "", argv[i]) < 0)
			more = NULL;
		free(words);
		words = more;
		if (!words)
			return out_fail(ask->out, "out of memory");
	}
	status = change(ask, words, argv[argc - tail], unset ? NULL : argv[argc - 1]);
	free(words);
	return status;
}

static int act(struct ask *ask, int argc, char **argv)
{
	const char *what = argv[0];

	if (strcmp(what, "show") == 0 && argc <= 3)
		return show(ask, argc - 1, argv + 1);
	if (strcmp(what, "check") == 0)
		return check(ask, argc - 1, argv + 1);
	if (strcmp(what, "apply") == 0 && argc == 1)
		return apply(ask);
	if (strcmp(what, "set") == 0 || strcmp(what, "unset") == 0)
		return set(ask, argc - 1, argv + 1, strcmp(what, "unset") == 0);
	return out_usage(ask->out, "policy: %s: not understood; usage: suture %s", argv[argc - 1],
			 policy_command.usage);
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "core", required_argument, NULL, OPTION_LONG },
		{ "config", required_argument, NULL, OPTION_LONG + 1 },
		{ 0 },
	};
	struct ask ask = { .out = out, .dir = CONFIG_DIR };
	int option, status;

	while ((option = option_next(out, &policy_command, argc, argv, "", longs)) != OPTION_END) {
		if (option == OPTION_LONG)
			ask.core = optarg;
		else if (option == OPTION_LONG + 1)
			ask.dir = optarg;
		else
			return option_exit(option);
	}
	status = operands(out, &policy_command, argc, 1, -1);
	if (status)
		return status;
	force_rules(out, ask.core, &ask.rules, &ask.config);
	config_read(&ask.config, ask.dir, NULL, NULL);
	status = act(&ask, argc - optind, argv + optind);
	if (ask.link)
		link_close(ask.link);
	config_end(&ask.config);
	force_rules_end(&ask.rules);
	return status;
}

const struct command policy_command = {
	.name = "policy",
	.run = run,
	.brief = "show or change what may be done, and where",
	.usage = "policy [options] show [DRIVER [FUNCTION]] | check [FILE...] | apply | "
		 "set SECTION KEY VALUE | unset SECTION KEY",
	.help = "Policy stands in " CONFIG_DIR "/" CONFIG_MAIN " and " CONFIG_DIR "/" CONFIG_DROP
		"/*.conf; suture.conf(5) has\nthe words.\n\n"
		"  show                   the profile, and all that the files say\n"
		"  show DRIVER [FUNCTION] what holds for this driver, and which line says so\n"
		"  check [FILE...]        is something wrong in the files?\n"
		"  apply                  put the files into force, for drivers that are loaded, too\n"
		"  set SECTION KEY VALUE  change one line, from now on and for later\n"
		"  unset SECTION KEY      take it out again\n\n"
		"SECTION is what stands in the brackets: suture, \"driver e1000\", \"rule LCK-SLEEP\",\n"
		"\"driver e1000 function e1000_clean rule LCK-SLEEP\".\n\n"
		"  --config DIR           the files in DIR instead of " CONFIG_DIR "\n"
		"  --core FILE            rules of this suture.ko and the packs beside it\n",
};
