// SPDX-License-Identifier: GPL-2.0-only
/*
 * config.c - the policy files: what they say, line by line.
 *
 * inih takes a line apart into name and value. It is fed by a reader of ours, which sees each line
 * first: it knows the number of the line, takes sections apart (theirs are ours), and keeps
 * from inih what that would cut off or pass over in silence.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "config.h"
#include "scope.h"

/* inih's own limit, with the end of the line. */
#define LINE_LONGEST (INI_MAX_LINE - 3)
/* Nobody writes so much by hand; what is larger is another kind of file. */
#define FILE_LARGEST (1 << 20)
/* After so many one has seen enough. */
#define PROBLEMS_MAX 100

const char *const config_actions[] = { "off",	      "observe", "repair",     "unwind",
				       "power-cycle", "restart", "quarantine", NULL };

struct key {
	const char *name;
	uint64_t min, max; /* of numbers */
};

static const struct key keys[] = {
	[KEY_PROFILE] = { .name = "profile" },
	[KEY_ACTION] = { .name = "action" },
	[KEY_CEILING] = { .name = "ceiling" },
	[KEY_REPAIRS] = { .name = "repairs" },
	[KEY_ESCALATE_UNWINDS] = { "escalate_unwinds", 0, 1000000 },
	[KEY_ESCALATE_REPAIRS] = { "escalate_repairs", 0, 1000000 },
	[KEY_ESCALATE_MS] = { "escalate_ms", 1, 86400000 },
	[KEY_BUDGET_TASK_MS] = { "budget_task_ms", 100, 3600000 },
	[KEY_BUDGET_SOFTIRQ_MS] = { "budget_softirq_ms", 40, 3600000 },
	[KEY_BUDGET_IRQOFF_MS] = { "budget_irqoff_ms", 0, 3600000 },
};

#define KEY_WORDS                                                                              \
	"profile, action, ceiling, repairs, escalate_unwinds, escalate_repairs, escalate_ms, " \
	"budget_task_ms, budget_softirq_ms, budget_irqoff_ms"

const char *key_name(enum config_key key)
{
	return keys[key].name;
}

int key_find(const char *name)
{
	int i;

	for (i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return i;
	return -1;
}

int word_find(const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* ------------------------------------------------------------ problems */

void config_problem(struct config *config, const char *file, unsigned int line, const char *word,
		    const char *fmt, ...)
{
	struct problem *more, *p;
	va_list args;

	if (config->nproblems == PROBLEMS_MAX)
		return;
	more = realloc(config->problems, (config->nproblems + 1) * sizeof(*more));
	if (!more) {
		config->nomem = true;
		return;
	}
	config->problems = more;
	p = &more[config->nproblems];
	p->file = strdup(file);
	p->line = line;
	p->word = strdup(word ? word : "");
	va_start(args, fmt);
	if (vasprintf(&p->text, fmt, args) < 0)
		p->text = NULL;
	va_end(args);
	config->nproblems++;
	if (!p->file || !p->word || !p->text)
		config->nomem = true;
}

int config_complain(struct out *out, const struct config *config)
{
	json_t *list, *one;
	size_t i;

	if (config->nomem)
		return out_fail(out, "out of memory");
	if (config->failed)
		return config->failed;
	if (!config->nproblems)
		return EXIT_SUCCESS;
	list = json_array();
	for (i = 0; i < config->nproblems; i++) {
		const struct problem *p = &config->problems[i];
		char line[24] = "";

		if (p->line)
			snprintf(line, sizeof(line), ":%u", p->line);
		if (!out->json)
			out_fail(out, "%s%s: %s", p->file, line, p->text);
		one = json_object();
		out_set(one, "file", p->file);
		out_set_number(one, "line", p->line);
		out_set(one, "word", p->word);
		out_set(one, "message", p->text);
		json_array_append_new(list, one);
	}
	if (out->json) {
		one = json_object();
		out_set(one, "error", config->problems[0].text);
		json_object_set(one, "problems", list);
		out_json(out, one);
	}
	json_decref(list);
	return EXIT_FAILURE;
}

/* --------------------------------------------------------------- lines */

static void add(struct config *config, const char *file, unsigned int line,
		const struct scope *scope, enum config_key key, const char *value, uint64_t number)
{
	struct setting *more, *s;

	more = realloc(config->settings, (config->nsettings + 1) * sizeof(*more));
	if (!more) {
		config->nomem = true;
		return;
	}
	config->settings = more;
	s = &more[config->nsettings++];
	*s = (struct setting){ .line = line, .section = config->sections, .key = key };
	s->file = strdup(file);
	s->scope = *scope;
	s->value = strdup(value);
	s->number = number;
	if (!s->file || !s->value)
		config->nomem = true;
}

static bool is_number(const char *text, uint64_t *n)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || text[digits] || digits > 12)
		return false;
	*n = strtoull(text, NULL, 10);
	return true;
}

/* The names of a rule's repairs, in the order in which they may be used. */
static void add_repairs(struct config *config, const char *file, unsigned int line,
			const struct scope *scope, const char *value)
{
	const struct config_rule *rule = rule_named(config, scope->rule);
	char all[96] = "", *copy, *word, *rest;
	size_t used = 0;

	if (!scope->rule[0]) {
		config_problem(config, file, line, "repairs",
			       "\"repairs\": each rule has its own; it belongs into a section "
			       "with a rule, as in [rule NET-FREE]");
		return;
	}
	copy = strdup(value);
	for (word = copy ? strtok_r(copy, " \t,", &rest) : NULL; word;
	     word = strtok_r(NULL, " \t,", &rest)) {
		if (rule && !word_in(rule->repairs, word)) {
			config_problem(config, file, line, word,
				       "repairs: \"%s\" is no repair of %s; %s%s", word,
				       scope->rule,
				       *rule->repairs ? "one or more of: " : "it has none",
				       rule->repairs);
			break;
		}
		if (word_in(all, word)) {
			config_problem(config, file, line, word,
				       "repairs: \"%s\" stands there twice", word);
			break;
		}
		if (used + strlen(word) + 2 > sizeof(all)) {
			config_problem(config, file, line, word, "repairs: \"%s\" is one too many",
				       word);
			break;
		}
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", used ? " " : "",
					 word);
	}
	free(copy);
	if (!copy)
		config->nomem = true;
	else if (!word && used)
		add(config, file, line, scope, KEY_REPAIRS, all, 0);
	else if (!word)
		config_problem(config, file, line, "",
			       "repairs: which? to have none, set the action "
			       "to observe");
}

static void add_action(struct config *config, const char *file, unsigned int line,
		       const struct scope *scope, enum config_key key, const char *value)
{
	static const char *const all[] = {
		[KEY_ACTION] = "off, observe, repair, unwind, power-cycle, restart",
		[KEY_CEILING] = "observe, repair, unwind, power-cycle, restart, quarantine",
	};
	int found = word_find(config_actions, value);

	if (found < (key == KEY_CEILING) || found > 5 + (key == KEY_CEILING))
		config_problem(config, file, line, value, "%s: \"%s\" will not do; one of %s",
			       key_name(key), value, all[key]);
	else
		add(config, file, line, scope, key, value, (uint64_t)found);
}

/* One line NAME = VALUE of a section. */
static void add_line(struct config *config, const char *file, unsigned int line,
		     const struct scope *scope, const char *name, const char *value)
{
	bool general = scope_weight(scope) == 0;
	int key = key_find(name);
	uint64_t n;

	if (key < 0) {
		config_problem(config, file, line, name, "\"%s\" is no key; one of " KEY_WORDS,
			       name);
		return;
	}
	if (!general && (key == KEY_PROFILE || key == KEY_BUDGET_IRQOFF_MS)) {
		config_problem(config, file, line, name,
			       "\"%s\" is the machine's as a whole; it belongs into [suture]",
			       name);
		return;
	}
	switch (key) {
	case KEY_PROFILE:
		if (profile_find(value))
			add(config, file, line, scope, KEY_PROFILE, value, 0);
		else
			config_problem(
				config, file, line, value,
				"profile: \"%s\" will not do; one of observe, desktop, server, "
				"developer",
				value);
		break;
	case KEY_ACTION:
	case KEY_CEILING:
		add_action(config, file, line, scope, (enum config_key)key, value);
		break;
	case KEY_REPAIRS:
		add_repairs(config, file, line, scope, value);
		break;
	default:
		if (is_number(value, &n) && n >= keys[key].min && n <= keys[key].max)
			add(config, file, line, scope, (enum config_key)key, value, n);
		else
			config_problem(config, file, line, value,
				       "%s: \"%s\" will not do; a whole number from %llu to %llu",
				       name, value, (unsigned long long)keys[key].min,
				       (unsigned long long)keys[key].max);
		break;
	}
}

/* --------------------------------------------------------------- files */

/* What is being read, and how far we are. */
struct text {
	struct config *config;
	const char *file;
	const char *at, *end;
	unsigned int line;
	struct scope scope;
	bool inside; /* a section has begun */
	bool skip;   /* one that is wrong: what is in it cannot be judged */
};

/* A line that begins with '['. What follows it on the line may only be a comment. */
static void section_begins(struct text *t, char *line)
{
	char *close, *p;

	/* ']' stands in patterns, too; the last one ends the section. */
	for (p = line; *p; p++)
		if ((*p == ';' || *p == '#') && isspace((unsigned char)p[-1]))
			*p = '\0';
	close = strrchr(line, ']');
	t->inside = true;
	t->skip = true;
	if (!close || close[1 + strspn(close + 1, " \t\r")]) {
		config_problem(t->config, t->file, t->line, line,
			       "%s: the section does not end with ]", line);
		return;
	}
	*close = '\0';
	t->config->sections++;
	t->skip = !config_scope(t->config, t->file, t->line, line + 1, &t->scope);
	if (t->config->sections == CONFIG_SECTIONS_MAX + 1)
		config_problem(t->config, t->file, t->line, "",
			       "more than %u sections; put like ones together, with a pattern",
			       CONFIG_SECTIONS_MAX);
}

/* For inih: the next line, without what it cannot take. Sections are not for it. */
static char *next_line(char *buf, int size, void *data)
{
	struct text *t = data;
	const char *from, *end;
	size_t n;

	buf[0] = '\0';
	if (t->at == t->end)
		return NULL;
	from = t->at;
	end = memchr(from, '\n', (size_t)(t->end - from));
	t->at = end ? end + 1 : t->end;
	t->line++;
	if (t->line == 1 && t->end - from >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0)
		from += 3;
	/* Indented lines would be taken as more of the value before. */
	while (from < t->at && isspace((unsigned char)*from))
		from++;
	n = (size_t)(t->at - from);
	while (n && isspace((unsigned char)from[n - 1]))
		n--;
	if (!end) {
		config_problem(t->config, t->file, t->line, "",
			       "the file ends in the middle of a line; was it cut off? If not, end "
			       "the line");
		return buf;
	}
	if (memchr(from, '\0', n)) {
		config_problem(t->config, t->file, t->line, "", "a NUL byte; this is no text file");
		return buf;
	}
	if (n > LINE_LONGEST || n + 2 > (size_t)size) {
		config_problem(t->config, t->file, t->line, "",
			       "the line is longer than %d characters", LINE_LONGEST);
		return buf;
	}
	memcpy(buf, from, n);
	buf[n] = '\0';
	if (*buf == '[') {
		section_begins(t, buf);
		buf[0] = '\0';
	} else if (*buf && *buf != '#' && *buf != ';' && buf[strcspn(buf, "=:")] == '\0') {
		config_problem(t->config, t->file, t->line, buf,
			       "\"%s\" is neither [SECTION] nor KEY = VALUE", buf);
		buf[0] = '\0';
	}
	return buf;
}

static int take_value(void *data, const char *section, const char *name, const char *value)
{
	struct text *t = data;

	(void)section;
	if (!t->inside)
		config_problem(t->config, t->file, t->line, name,
			       "\"%s\" stands before the first section; [suture] is for what holds "
			       "everywhere",
			       name);
	else if (!t->skip)
		add_line(t->config, t->file, t->line, &t->scope, name, value);
	return 1;
}

void config_text(struct config *config, const char *path, const char *text, size_t size)
{
	struct text t = { .config = config, .file = path, .at = text, .end = text + size };
	size_t before = config->nproblems;
	int line;

	line = ini_parse_stream(next_line, &t, take_value, &t);
	/* What inih does not like we should have seen before. */
	if (line && config->nproblems == before)
		config_problem(config, path, line > 0 ? (unsigned int)line : 0, "",
			       "cannot be understood");
}

/* The whole file, at most FILE_LARGEST; an errno if it cannot be had. */
static int slurp(const char *path, char **text, size_t *size)
{
	struct stat st;
	ssize_t got;
	int fd, err = 0;

	*text = NULL;
	*size = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st))
		err = errno;
	else if (S_ISDIR(st.st_mode))
		err = EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = ENODEV;
	else if (st.st_size > FILE_LARGEST)
		err = EFBIG;
	else if (!(*text = malloc(FILE_LARGEST + 1)))
		err = ENOMEM;
	while (!err && *size <= FILE_LARGEST) {
		got = read(fd, *text + *size, FILE_LARGEST + 1 - *size);
		if (got < 0 && errno != EINTR)
			err = errno;
		if (got == 0)
			break;
		if (got > 0)
			*size += (size_t)got;
	}
	if (!err && *size > FILE_LARGEST)
		err = EFBIG;
	close(fd);
	return err;
}

void config_file(struct config *config, const char *path)
{
	char *text;
	size_t size;
	int err = slurp(path, &text, &size);

	if (err == EFBIG)
		config_problem(config, path, 0, "", "is larger than 1 MiB; this is no policy");
	else if (err == ENODEV)
		config_problem(config, path, 0, "", "is no regular file");
	else if (err)
		config_problem(config, path, 0, "", "cannot be read: %s", strerror(err));
	else
		config_text(config, path, text, size);
	free(text);
}

static int is_drop_in(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* In the order of bytes, wherever the user lives. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A drop-in, or what shall take its place. */
static void drop_in(struct config *config, const char *dir, const char *name, const char *text)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		config->nomem = true;
		return;
	}
	if (text)
		config_text(config, path, text, strlen(text));
	else
		config_file(config, path);
	free(path);
}

void config_read(struct config *config, const char *dir, const char *name, const char *text)
{
	struct dirent **entries = NULL;
	char *main_file, *drop;
	int i, n;

	if (asprintf(&main_file, "%s/" CONFIG_MAIN, dir) < 0)
		main_file = NULL;
	if (asprintf(&drop, "%s/" CONFIG_DROP, dir) < 0)
		drop = NULL;
	if (!main_file || !drop) {
		config->nomem = true;
		goto out;
	}
	if (access(main_file, F_OK) == 0 || errno != ENOENT)
		config_file(config, main_file);
	n = scandir(drop, &entries, is_drop_in, by_bytes);
	if (n < 0 && errno != ENOENT)
		config_problem(config, drop, 0, "", "cannot be read: %s", strerror(errno));
	for (i = 0; i < n; i++) {
		int order = name ? strcmp(name, entries[i]->d_name) : 1;

		if (name && order <= 0) {
			drop_in(config, drop, name, text);
			name = NULL;
		}
		if (order)
			drop_in(config, drop, entries[i]->d_name, NULL);
		free(entries[i]);
	}
	if (name)
		drop_in(config, drop, name, text);
	free(entries);
	config_close(config);
out:
	free(main_file);
	free(drop);
}

void config_close(struct config *config)
{
	const struct scope everywhere = { .driver = "" };
	const struct profile *profile;
	size_t i, said = config->nsettings;
	struct setting *all;
	char from[40];

	config->profile = PROFILE_DEFAULT;
	for (i = 0; i < said; i++)
		if (config->settings[i].key == KEY_PROFILE)
			config->profile = config->settings[i].value;
	profile = profile_find(config->profile);
	snprintf(from, sizeof(from), "profile %s", profile->name);
	for (i = 0; i < sizeof(profile->says) / sizeof(profile->says[0]); i++)
		if (profile->says[i].value)
			add_line(config, from, 0, &everywhere, key_name(profile->says[i].key),
				 profile->says[i].value);
	if (!config->nsettings)
		return;
	/* The profile's lines are the least of all: they come first. */
	all = malloc((config->nsettings + 1) * sizeof(*all));
	if (!all) {
		config->nomem = true;
		return;
	}
	memcpy(all, config->settings + said, (config->nsettings - said) * sizeof(*all));
	if (said)
		memcpy(all + (config->nsettings - said), config->settings, said * sizeof(*all));
	for (i = 0; i < config->nsettings - said; i++)
		all[i].section = 0;
	free(config->settings);
	config->settings = all;
}

void config_end(struct config *config)
{
	size_t i;

	for (i = 0; i < config->nsettings; i++) {
		free(config->settings[i].file);
		free(config->settings[i].value);
	}
	for (i = 0; i < config->nproblems; i++) {
		free(config->problems[i].file);
		free(config->problems[i].word);
		free(config->problems[i].text);
	}
	free(config->settings);
	free(config->problems);
	config->settings = NULL;
	config->problems = NULL;
	config->nsettings = config->nproblems = 0;
}

const struct setting *config_find(const struct config *config, enum config_key key,
				  const struct config_rule *rule, const char *driver,
				  const char *function)
{
	const struct setting *found = NULL, *s;

	for (s = config->settings; s < config->settings + config->nsettings; s++)
		if (s->key == key && scope_holds(&s->scope, rule, driver, function) &&
		    (!found || scope_weight(&s->scope) >= scope_weight(&found->scope)))
			found = s;
	return found;
}

uint64_t config_digest(const struct config *config)
{
	const struct setting *s;
	uint64_t sum = 0xcbf29ce484222325ULL;
	char scope[256], *line;
	const char *p;

	for (s = config->settings; s < config->settings + config->nsettings; s++) {
		scope_text(scope, sizeof(scope), &s->scope);
		if (asprintf(&line, "%s|%s|%s\n", scope, key_name(s->key), s->value) < 0)
			continue;
		for (p = line; *p; p++)
			sum = (sum ^ (unsigned char)*p) * 0x100000001b3ULL;
		free(line);
	}
	for (p = config->profile; *p; p++)
		sum = (sum ^ (unsigned char)*p) * 0x100000001b3ULL;
	/* Programs that read JSON may have signed numbers only. */
	sum &= INT64_MAX;
	return sum ? sum : 1;
}
