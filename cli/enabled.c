// SPDX-License-Identifier: GPL-2.0-only
/*
 * enabled.c - the list of drivers that are guarded for good: /etc/suture/enabled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enabled.h"

#define HEAD                                                                                 \
	"# Drivers that are guarded for good, one a line: see suture(8), `suture enable`.\n" \
	"# After a change by hand: suture enable --refresh\n"

#define WITH "with="

static bool is_word(const char *word)
{
	return strcmp(word, "alone") == 0 || strcmp(word, "entries-only") == 0 ||
	       strcmp(word, "initramfs") == 0 ||
	       (strncmp(word, WITH, sizeof(WITH) - 1) == 0 && word[sizeof(WITH) - 1]);
}

/* A name becomes part of paths and of lines in modprobe.d. */
static bool is_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-")];
}

/* A line, cut up. Returns the word that is wrong, or NULL. */
static const char *parse(char *line, char **name, char **words)
{
	char *rest = line, *word, *to;

	line[strcspn(line, "#")] = '\0';
	*name = NULL;
	*words = to = calloc(1, strlen(line) + 1);
	while (to && (word = strsep(&rest, " \t\r"))) {
		if (!*word)
			continue;
		if (!*name) {
			if (!is_name(word))
				return word;
			*name = word;
			continue;
		}
		if (!is_word(word))
			return word;
		to = stpcpy(to == *words ? to : stpcpy(to, " "), word);
	}
	return NULL;
}

int enabled_read(struct out *out, const struct root *root, struct enabled_list *list)
{
	char *path = root_path(root, ENABLED_FILE), *text, *rest, *line, *name, *words;
	int status = EXIT_SUCCESS;
	const char *bad;
	size_t number = 0;

	memset(list, 0, sizeof(*list));
	text = rest = path ? file_text(path) : NULL;
	if (path && !text && errno != ENOENT)
		status = out_fail(out, "%s: cannot be read: %s", path, strerror(errno));
	while (!status && rest && (line = strsep(&rest, "\n"))) {
		number++;
		bad = parse(line, &name, &words);
		if (bad)
			status = out_fail(
				out,
				"%s: line %zu: %s: is not understood; a line is a driver's "
				"name, then any of: alone, entries-only, initramfs, "
				"with=MODULE",
				path, number, bad);
		else if (name)
			status = enabled_set(out, list, name, words ? words : "");
		free(words);
	}
	if (status)
		enabled_end(list);
	free(text);
	free(path);
	return status;
}

int enabled_write(struct out *out, const struct root *root, const struct enabled_list *list)
{
	char *path = root_path(root, ENABLED_FILE), *text = NULL;
	int status = EXIT_SUCCESS;
	size_t size, i;
	FILE *to;

	if (path && !list->count) {
		if (unlink(path) && errno != ENOENT)
			status = out_fail(out, "%s: cannot be removed: %s", path, strerror(errno));
		free(path);
		return status;
	}
	to = open_memstream(&text, &size);
	if (!path || !to)
		return out_fail(out, "out of memory");
	fputs(HEAD, to);
	for (i = 0; i < list->count; i++)
		fprintf(to, "%s%s%s\n", list->list[i].name, *list->list[i].words ? " " : "",
			list->list[i].words);
	status = fclose(to) ? out_fail(out, "out of memory") : file_put(out, path, text);
	free(text);
	free(path);
	return status;
}

void enabled_end(struct enabled_list *list)
{
	while (list->count) {
		list->count--;
		free(list->list[list->count].name);
		free(list->list[list->count].words);
	}
	free(list->list);
	list->list = NULL;
}

const struct enabled *enabled_find(const struct enabled_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (modules_same(list->list[i].name, name))
			return &list->list[i];
	return NULL;
}

int enabled_set(struct out *out, struct enabled_list *list, const char *name, const char *words)
{
	struct enabled new = { .name = strdup(name), .words = strdup(words) }, *more;

	/* In the kernel's spelling, as everywhere else. */
	for (char *p = new.name; p &&*p; p++)
		if (*p == '-')
			*p = '_';
	enabled_drop(list, name);
	more = realloc(list->list, (list->count + 1) * sizeof(*more));
	if (more)
		list->list = more;
	if (!more || !new.name || !new.words) {
		free(new.name);
		free(new.words);
		return out_fail(out, "out of memory");
	}
	list->list[list->count++] = new;
	return EXIT_SUCCESS;
}

bool enabled_drop(struct enabled_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!modules_same(list->list[i].name, name))
			continue;
		free(list->list[i].name);
		free(list->list[i].words);
		list->count--;
		memmove(&list->list[i], &list->list[i + 1],
			(list->count - i) * sizeof(list->list[0]));
		return true;
	}
	return false;
}

bool enabled_has(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word))) {
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
		at += len;
	}
	return false;
}

int enabled_apply(struct out *out, const struct enabled *driver, char **copy, unsigned int *flags,
		  struct group *group)
{
	int status = EXIT_SUCCESS;
	char *rest, *word;

	*copy = rest = strdup(driver->words);
	if (!rest)
		return out_fail(out, "out of memory");
	if (enabled_has(driver->words, "entries-only"))
		*flags |= SUTURE_REWRITE_ENTRIES_ONLY;
	group->alone = enabled_has(driver->words, "alone");
	while (!status && (word = strsep(&rest, " ")))
		if (strncmp(word, WITH, sizeof(WITH) - 1) == 0)
			status = group_with(out, group, word + sizeof(WITH) - 1);
	return status;
}
