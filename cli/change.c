// SPDX-License-Identifier: GPL-2.0-only
/*
 * change.c - one line of the drop-in that `suture policy set` writes.
 *
 * The drop-in may have been edited: whatever else stands in it stays, comments too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change.h"

#define HEAD "# Written by `suture policy set`; may be edited. See suture.conf(5).\n"

/* The section that a line begins; false: it is no such line. */
static bool section_of(const char *line, struct scope *scope)
{
	struct config nobody = { 0 };
	const char *close;
	char *words;
	bool is;

	line += strspn(line, " \t");
	close = *line == '[' ? strrchr(line, ']') : NULL;
	if (!close)
		return false;
	words = strndup(line + 1, (size_t)(close - line - 1));
	is = words && config_scope(&nobody, "", 0, words, scope);
	config_end(&nobody);
	free(words);
	return is;
}

static bool sets(const char *line, const char *key)
{
	size_t n = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, n) != 0)
		return false;
	line += n + strspn(line + n, " \t");
	return *line == '=' || *line == ':';
}

/* Copies @from, with the line in its place: the end of its section, where it is the last. */
static void copy(FILE *from, FILE *to, const struct scope *scope, const char *key,
		 const char *value)
{
	bool inside = false, seen = false, done = !value;
	struct scope found;
	size_t room = 0;
	char *line = NULL;

	while (from && getline(&line, &room, from) > 0) {
		seen = true;
		if (line[strspn(line, " \t")] == '[') {
			if (inside && !done)
				fprintf(to, "%s = %s\n", key, value);
			done |= inside;
			inside = section_of(line, &found) && scope_same(&found, scope);
		}
		if (inside && sets(line, key))
			continue;
		/* Blank lines before the next section stay behind the new one. */
		if (inside && !done && !line[strspn(line, " \t\r\n")]) {
			fprintf(to, "%s = %s\n", key, value);
			done = true;
		}
		fputs(line, to);
		if (!strchr(line, '\n'))
			fputc('\n', to);
	}
	free(line);
	if (!seen)
		fputs(HEAD, to);
	if (!done && !inside) {
		char words[300];

		scope_text(words, sizeof(words), scope);
		fprintf(to, "\n[%s]\n", words);
	}
	if (!done)
		fprintf(to, "%s = %s\n", key, value);
}

int change_text(struct out *out, const char *path, const char *words, const struct scope *scope,
		const char *key, const char *value, char **text)
{
	size_t size = 0;
	FILE *from, *to;

	*text = NULL;
	/* Then it would be another line. */
	if (value && value[strcspn(value, "\n\r")])
		return out_fail(out, "%s: %s: a value is one line", words, key);
	from = fopen(path, "re");
	if (!from && errno != ENOENT)
		return out_fail(out, "%s: cannot be read: %s", path, strerror(errno));
	to = open_memstream(text, &size);
	if (!to) {
		if (from)
			fclose(from);
		return out_fail(out, "out of memory");
	}
	copy(from, to, scope, key, value);
	if (from)
		fclose(from);
	if (fclose(to)) {
		free(*text);
		*text = NULL;
		return out_fail(out, "out of memory");
	}
	return EXIT_SUCCESS;
}

static int make_dir(struct out *out, const char *dir)
{
	if (mkdir(dir, 0755) && errno != EEXIST)
		return out_fail(out, "%s: cannot be made: %s", dir, strerror(errno));
	return EXIT_SUCCESS;
}

int change_write(struct out *out, const char *dir, const char *path, const char *text)
{
	char *drop = NULL, *new = NULL;
	size_t size = strlen(text);
	int fd, status;

	status = make_dir(out, dir);
	if (!status &&
	    (asprintf(&drop, "%s/" CONFIG_DROP, dir) < 0 || asprintf(&new, "%s.new", path) < 0))
		status = out_fail(out, "out of memory");
	if (!status)
		status = make_dir(out, drop);
	if (status)
		goto done;
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || write(fd, text, size) != (ssize_t)size || fsync(fd)) {
		status = out_fail(out, "%s: cannot be written: %s", new, strerror(errno));
		unlink(new);
	}
	if (fd >= 0)
		close(fd);
	if (!status && rename(new, path)) {
		status = out_fail(out, "%s: cannot be written: %s", path, strerror(errno));
		unlink(new);
	}
done:
	free(drop);
	free(new);
	return status;
}
