// SPDX-License-Identifier: GPL-2.0-only
/*
 * contract.c - which pointers a kernel function cannot do without.
 *
 * A file of them is made for each kernel by learn.c. It is text:
 *
 *	suture-contracts 1 RELEASE
 *	FUNCTION ARGUMENTS FAILURE
 *	...
 *
 * in the order of names; a line that begins with # says nothing. ARGUMENTS has a letter for each argument register: S the
 * function dereferences it whatever happens, w it has to be a canonical address,
 * - nothing is known. FAILURE is what the function returns when it fails.
 */
#include <stdlib.h>

#include "internal.h"

#define MAGIC	  "suture-contracts 1 "
#define ARGUMENTS 6

static const char *const failures[] = {
	[SUTURE_FAIL_NONE] = "none",   [SUTURE_FAIL_VOID] = "void", [SUTURE_FAIL_ERRNO] = "errno",
	[SUTURE_FAIL_FALSE] = "false", [SUTURE_FAIL_NULL] = "null", [SUTURE_FAIL_ERR_PTR] = "error",
};

struct contracts {
	struct arena arena;
	struct map names; /* function -> index */
	struct contract *all;
	uint32_t count;
};

/* contract_text() - the second and third word of a line */
char *contract_text(const struct contract *c, char text[32])
{
	unsigned int i, n = 0;

	for (i = 0; i < ARGUMENTS; i++) {
		text[i] = c->strong & 1 << i ? 'S' : c->weak & 1 << i ? 'w' : '-';
		if (text[i] != '-')
			n = i + 1;
	}
	text[n] = ' ';
	strcpy(text + n + 1, failures[c->fail]);
	return text;
}

static bool parse_arguments(const char *word, struct contract *c)
{
	unsigned int i;

	for (i = 0; word[i]; i++) {
		if (i == ARGUMENTS)
			return false;
		if (word[i] == 'S')
			c->strong |= 1 << i;
		else if (word[i] == 'w')
			c->weak |= 1 << i;
		else if (word[i] != '-')
			return false;
	}
	return c->strong || c->weak;
}

static bool parse_failure(const char *word, struct contract *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		if (strcmp(word, failures[i]))
			continue;
		c->fail = i;
		return true;
	}
	return false;
}

/* One line, which is cut into its words. */
static int parse_line(struct contracts *c, char *line)
{
	struct contract *contract = &c->all[c->count];
	char *rest = NULL, *name = strtok_r(line, " ", &rest), *arguments, *failure;

	arguments = strtok_r(NULL, " ", &rest);
	failure = strtok_r(NULL, " ", &rest);
	if (!name || !arguments || !failure || strtok_r(NULL, " ", &rest) ||
	    !parse_arguments(arguments, contract) || !parse_failure(failure, contract) ||
	    map_get(&c->names, name, NULL))
		return -EINVAL;
	return map_put(&c->names, name, c->count++);
}

static int parse(const char *path, char *text, const char *vermagic, struct contracts *c,
		 struct suture_rewrite_error *err)
{
	size_t release = strcspn(vermagic, " "), lines = 0, at = 1;
	char *line, *next;
	int r;

	next = strchr(text, '\n');
	if (!starts_with(text, MAGIC) || !next)
		return complain(err, EINVAL,
				"%s: does not begin with \"" MAGIC
				"RELEASE\"; make it with `suture learn`",
				path);
	*next++ = '\0';
	if (strlen(text + strlen(MAGIC)) != release ||
	    strncmp(text + strlen(MAGIC), vermagic, release))
		return complain(
			err, EXDEV,
			"%s: was learnt from kernel %s, not %.*s; run `suture learn` for this one",
			path, text + strlen(MAGIC), (int)release, vermagic);
	for (line = next; *line; line++)
		lines += *line == '\n';
	c->all = arena_zalloc(&c->arena, lines + 1, sizeof(*c->all));
	if (!c->all)
		return complain_nomem(err, path);
	for (line = next; *line; line = next) {
		at++;
		next = strchr(line, '\n');
		if (!next)
			return complain(err, EINVAL,
					"%s: line %zu has no end; make it anew with `suture learn`",
					path, at);
		*next++ = '\0';
		if (*line == '#')
			continue;
		r = parse_line(c, line);
		if (r == -ENOMEM)
			return complain_nomem(err, path);
		if (r)
			return complain(
				err, EINVAL,
				"%s: line %zu is no contract; make the file anew with `suture learn`",
				path, at);
	}
	return 0;
}

/*
 * contracts_open() - read a file of contracts
 * @vermagic:	that of suture.ko; the file has to be for the same kernel
 */
int contracts_open(const char *path, const char *vermagic, struct contracts **out,
		   struct suture_rewrite_error *err)
{
	struct contracts *c;
	char *text = NULL;
	void *data;
	size_t size;
	int r;

	r = file_read(path, &data, &size, err);
	if (r)
		return r;
	c = calloc(1, sizeof(*c));
	if (c)
		text = arena_zalloc(&c->arena, 1, size + 1);
	if (text) {
		memcpy(text, data, size);
		c->names.arena = &c->arena;
		r = parse(path, text, vermagic, c, err);
	} else {
		r = complain_nomem(err, path);
	}
	free(data);
	if (r) {
		contracts_free(c);
		return r;
	}
	*out = c;
	return 0;
}

/* contracts_get() - what is known of a function, or NULL */
const struct contract *contracts_get(const struct contracts *c, const char *name)
{
	uint32_t i;

	return c && map_get(&c->names, name, &i) ? &c->all[i] : NULL;
}

void contracts_free(struct contracts *c)
{
	if (!c)
		return;
	arena_free(&c->arena);
	free(c);
}
