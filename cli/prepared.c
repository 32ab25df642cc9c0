// SPDX-License-Identifier: GPL-2.0-only
/*
 * prepared.c - the modules of a kernel that `suture enable` has prepared.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules.h"
#include "prepared.h"
#include "system.h"

#define HEAD \
	"# Made by `suture enable`: module, stock file, its build id, rules, signed, driver, its words\n"

static void free_one(struct prepared *prepared)
{
	free(prepared->name);
	free(prepared->stock);
	free(prepared->build_id);
	free(prepared->rules);
	free(prepared->mark);
	free(prepared->driver);
	free(prepared->words);
}

static int add(struct manifest *manifest, const struct prepared *prepared)
{
	struct prepared *list, copy = *prepared;

	list = realloc(manifest->list, (manifest->count + 1) * sizeof(*list));
	if (list)
		manifest->list = list;
	if (!list || !copy.name || !copy.stock || !copy.build_id || !copy.rules || !copy.mark ||
	    !copy.driver || !copy.words) {
		free_one(&copy);
		return -ENOMEM;
	}
	list[manifest->count++] = copy;
	return 0;
}

int manifest_add(struct out *out, struct manifest *manifest, const struct prepared *prepared)
{
	return add(manifest, prepared) ? out_fail(out, "out of memory") : EXIT_SUCCESS;
}

static char *word(char **rest)
{
	char *word = *rest ? strsep(rest, " \t") : NULL;

	return word && *word ? word : NULL;
}

/* Names become part of paths. */
static bool sound(const struct prepared *p)
{
	return p->name && p->stock && p->build_id && p->rules && p->mark && p->driver &&
	       !strchr(p->name, '/') && p->stock[0] != '/' && !strstr(p->stock, "..");
}

static int read_line(char *line, struct manifest *manifest)
{
	struct prepared p = { 0 };
	char *rest = line;

	p.name = word(&rest);
	p.stock = word(&rest);
	p.build_id = word(&rest);
	p.rules = word(&rest);
	p.mark = word(&rest);
	p.driver = word(&rest);
	if (!sound(&p))
		return -EBADMSG;
	p.name = strdup(p.name);
	p.stock = strdup(p.stock);
	p.build_id = strdup(p.build_id);
	p.rules = strdup(p.rules);
	p.mark = strdup(p.mark);
	p.driver = strdup(p.driver);
	p.words = strdup(rest ? rest : "");
	return add(manifest, &p);
}

/* 0 or a negative errno; -EBADMSG: line @line is damaged. */
static int load(const char *path, struct manifest *manifest, size_t *number)
{
	char *text, *line, *rest;
	int ret = 0;

	memset(manifest, 0, sizeof(*manifest));
	*number = 0;
	text = rest = file_text(path);
	if (!text)
		return errno == ENOENT ? 0 : -errno;
	while (!ret && rest && (line = strsep(&rest, "\n"))) {
		++*number;
		if (*line && *line != '#')
			ret = read_line(line, manifest);
	}
	if (ret)
		manifest_end(manifest);
	free(text);
	return ret;
}

int manifest_read(struct out *out, const char *dir, struct manifest *manifest)
{
	int ret, status = EXIT_SUCCESS;
	size_t number;
	char *path;

	if (asprintf(&path, "%s/" PREPARED_FOLDER "/" PREPARED_MANIFEST, dir) < 0)
		return out_fail(out, "out of memory");
	ret = load(path, manifest, &number);
	if (ret == -EBADMSG)
		status = out_fail(out,
				  "%s: line %zu is damaged; remove the file, then "
				  "`suture enable --refresh` makes the prepared modules anew",
				  path, number);
	else if (ret)
		status = out_fail(out, "%s: cannot be read: %s", path, strerror(-ret));
	free(path);
	return status;
}

int manifest_write(struct out *out, const char *folder, const struct manifest *manifest)
{
	char *path = NULL, *text = NULL;
	size_t size, i;
	FILE *to = open_memstream(&text, &size);
	int status;

	if (!to || asprintf(&path, "%s/" PREPARED_MANIFEST, folder) < 0)
		return out_fail(out, "out of memory");
	fputs(HEAD, to);
	for (i = 0; i < manifest->count; i++) {
		const struct prepared *p = &manifest->list[i];

		fprintf(to, "%s %s %s %s %s %s%s%s\n", p->name, p->stock, p->build_id, p->rules,
			p->mark, p->driver, *p->words ? " " : "", p->words);
	}
	status = fclose(to) ? out_fail(out, "out of memory") : file_put(out, path, text);
	free(text);
	free(path);
	return status;
}

const struct prepared *manifest_find(const struct manifest *manifest, const char *name)
{
	size_t i;

	for (i = 0; i < manifest->count; i++)
		if (modules_same(manifest->list[i].name, name))
			return &manifest->list[i];
	return NULL;
}

void manifest_end(struct manifest *manifest)
{
	while (manifest->count)
		free_one(&manifest->list[--manifest->count]);
	free(manifest->list);
	manifest->list = NULL;
}

bool prepared_same(const struct prepared *a, const struct prepared *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a->stock, b->stock) == 0 && strcmp(a->build_id, b->build_id) == 0 &&
	       strcmp(a->rules, b->rules) == 0 && strcmp(a->mark, b->mark) == 0 &&
	       strcmp(a->words, b->words) == 0;
}

char *prepared_stock(const char *path)
{
	const char *folder = strstr(path, "/" PREPARED_FOLDER "/");
	const struct prepared *prepared;
	struct manifest manifest;
	char *list, *name, *stock = NULL;
	size_t line;
	int len;

	if (!folder)
		return strdup(path);
	len = folder - path;
	name = strdup(folder + sizeof("/" PREPARED_FOLDER "/") - 1);
	if (asprintf(&list, "%.*s/" PREPARED_FOLDER "/" PREPARED_MANIFEST, len, path) < 0)
		list = NULL;
	if (name && list && !load(list, &manifest, &line)) {
		name[strcspn(name, ".")] = '\0';
		prepared = manifest_find(&manifest, name);
		if (prepared && asprintf(&stock, "%.*s/%s", len, path, prepared->stock) < 0)
			stock = NULL;
		manifest_end(&manifest);
	}
	free(list);
	free(name);
	/* Of one that nobody has listed there is nothing better to say than its own name. */
	return stock ? stock : strdup(path);
}
