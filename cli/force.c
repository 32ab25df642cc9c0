// SPDX-License-Identifier: GPL-2.0-only
/*
 * force.c - from the policy files into the kernel.
 *
 * suture.ko has no word of its own for which section counts more: it gets them in order, the
 * most specific first, of like ones the last, and for each key the first that says something counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "catalogue.h"
#include "force.h"
#include "modules.h"
#include "uapi/linux/suture.h"

static char *names_of(const struct suture_catalogue_rule *rule)
{
	char *all = strdup(""), *more;
	size_t i;

	for (i = 0; all && i < rule->nrepairs; i++) {
		if (asprintf(&more, "%s%s%s", all, *all ? " " : "", rule->repairs[i].name) < 0)
			more = NULL;
		free(all);
		all = more;
	}
	return all;
}

/* The installed suture.ko, if there is one. Nobody is told if not. */
static char *installed_core(void)
{
	struct out quiet = { .to = NULL };
	char *dir = NULL, *core = NULL;
	struct utsname name;

	out_start(&quiet, true);
	quiet.to = quiet.err = fopen("/dev/null", "w");
	if (quiet.to && !uname(&name) && asprintf(&dir, "/lib/modules/%s", name.release) >= 0 &&
	    modules_core(&quiet, dir, &core) != EXIT_SUCCESS)
		core = NULL;
	if (quiet.to)
		fclose(quiet.to);
	free(dir);
	return core;
}

static int find_rules(struct out *out, const char *core, struct force_rules *rules)
{
	char *found = core ? NULL : installed_core();
	int status;
	size_t i;

	rules->tried = true;
	if (!core && !found)
		return EXIT_SUCCESS;
	status = catalogue_open(out, core ? core : found, &rules->catalogue);
	free(found);
	if (status)
		return status;
	rules->list = calloc(suture_catalogue_count(rules->catalogue) + 1, sizeof(*rules->list));
	for (i = 0; rules->list && i < suture_catalogue_count(rules->catalogue); i++) {
		const struct suture_catalogue_rule *rule =
			suture_catalogue_rule(rules->catalogue, i);
		struct config_rule *to = &rules->list[rules->count];

		/* What Suture itself does is no rule that anyone breaks. */
		if (strcmp(rule->class_, "recovery") == 0)
			continue;
		to->id = rule->id;
		to->class_ = rule->class_;
		to->repairs = names_of(rule);
		to->action = rule->action < 6 ? config_actions[rule->action] : "off";
		if (!to->repairs)
			return out_fail(out, "out of memory");
		rules->count++;
	}
	return rules->list ? EXIT_SUCCESS : out_fail(out, "out of memory");
}

static int want(struct config *config)
{
	struct force_rules *rules = config->data;
	int status = find_rules(rules->out, rules->core, rules);

	config->rules = rules->list;
	config->nrules = rules->count;
	return status;
}

void force_rules(struct out *out, const char *core, struct force_rules *rules,
		 struct config *config)
{
	memset(rules, 0, sizeof(*rules));
	rules->out = out;
	rules->core = core;
	config->want = want;
	config->data = rules;
}

void force_rules_end(struct force_rules *rules)
{
	size_t i;

	for (i = 0; rules->list && i < rules->count; i++)
		free((char *)rules->list[i].repairs);
	free(rules->list);
	suture_catalogue_free(rules->catalogue);
	memset(rules, 0, sizeof(*rules));
}

/* ------------------------------------------------------------- sending */

/* A section as the kernel gets it: settings with the same number. */
struct section {
	const struct setting *first;
	size_t count;
	unsigned int weight;
};

/* The most specific first, of like ones the last. */
static int compare(const void *a, const void *b)
{
	const struct section *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->first->section < y->first->section ? 1 : -1;
}

static void put_word(struct link *link, int attr, const char *word)
{
	if (*word)
		link_put_string(link, attr, word);
}

static void put_section(struct link *link, const struct section *section)
{
	/* Of a key that stands there twice the second counts. */
	const struct setting *said[KEYS] = { NULL };
	const struct scope *scope = &section->first->scope;
	void *nest;
	size_t i;
	int key;

	for (i = 0; i < section->count; i++)
		said[section->first[i].key] = &section->first[i];
	nest = link_nest_begin(link, SUTURE_A_SCOPE);
	put_word(link, SUTURE_A_DOMAIN, scope->driver);
	put_word(link, SUTURE_A_RULE, scope->rule);
	put_word(link, SUTURE_A_CLASS, scope->class_);
	put_word(link, SUTURE_A_FUNCTION, scope->function);
	if (said[KEY_ACTION])
		link_put_string(link, SUTURE_A_ACTION, said[KEY_ACTION]->value);
	if (said[KEY_CEILING])
		link_put_string(link, SUTURE_A_CEILING, said[KEY_CEILING]->value);
	if (said[KEY_REPAIRS])
		link_put_string(link, SUTURE_A_REPAIR, said[KEY_REPAIRS]->value);
	for (key = KEY_ESCALATE_UNWINDS; key < KEYS; key++)
		if (said[key])
			link_put_number(link,
					SUTURE_A_ESCALATE_UNWINDS + key - KEY_ESCALATE_UNWINDS,
					said[key]->number);
	link_nest_end(link, nest);
}

int force_apply(struct out *out, struct link *link, const struct config *config)
{
	struct section *sections = calloc(config->nsettings + 1, sizeof(*sections));
	size_t i, n = 0;
	int ret;

	if (!sections)
		return out_fail(out, "out of memory");
	for (i = 0; i < config->nsettings; i++) {
		const struct setting *s = &config->settings[i];

		if (!n || sections[n - 1].first->section != s->section)
			sections[n++] = (struct section){ s, 0, scope_weight(&s->scope) };
		sections[n - 1].count++;
	}
	qsort(sections, n, sizeof(*sections), compare);

	link_begin(link, SUTURE_CMD_SET_POLICY);
	link_put_string(link, SUTURE_A_PROFILE, config->profile);
	link_put_number(link, SUTURE_A_DIGEST, config_digest(config));
	for (i = 0; i < n; i++)
		put_section(link, &sections[i]);
	free(sections);
	ret = link_do(link, NULL);
	return ret ? link_fail(out, link, "policy", ret) : EXIT_SUCCESS;
}

int force_now(struct out *out, struct link *link, uint64_t *digest, char *profile, size_t size)
{
	struct records records = { 0 };
	int ret;

	*digest = 0;
	link_begin(link, SUTURE_CMD_GET_INFO);
	ret = link_do(link, &records);
	if (ret)
		return link_fail(out, link, "suture.ko", ret);
	if (records.count) {
		*digest = record_number(records.list[0], SUTURE_A_DIGEST);
		if (profile)
			snprintf(profile, size, "%s",
				 record_text(records.list[0], SUTURE_A_PROFILE));
	}
	records_clear(&records);
	return EXIT_SUCCESS;
}

/* -------------------------------------------------------- for commands */

int force_read(struct out *out, const char *core, struct force *force)
{
	memset(force, 0, sizeof(*force));
	force_rules(out, core, &force->rules, &force->config);
	config_read(&force->config, CONFIG_DIR, NULL, NULL);
	return config_complain(out, &force->config);
}

void force_end(struct force *force)
{
	config_end(&force->config);
	force_rules_end(&force->rules);
}

int force_policy(struct out *out, const struct force *force)
{
	struct link *link;
	uint64_t now;
	int status;

	status = link_start(out, &link);
	if (status)
		return status;
	status = force_now(out, link, &now, NULL, 0);
	if (!status && now != config_digest(&force->config))
		status = force_apply(out, link, &force->config);
	link_close(link);
	return status;
}

int force_first(struct out *out, struct link *link)
{
	struct force force;
	uint64_t now;
	int status;

	status = force_now(out, link, &now, NULL, 0);
	if (!status && !now) {
		status = force_read(out, NULL, &force);
		if (!status)
			status = force_apply(out, link, &force.config);
		force_end(&force);
	}
	return status;
}
