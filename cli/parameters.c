// SPDX-License-Identifier: GPL-2.0-only
/*
 * parameters.c - module parameters as one string that the kernel takes apart again.
 *
 * The kernel splits at spaces and knows one way to keep a space: double quotes around
 * a value. It knows no way to write a double quote, so a value with one is refused
 * here instead of swallowing the parameters that follow it there.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parameters.h"

static const char *name_fault(const char *word, size_t len)
{
	size_t i;

	if (len == 0)
		return "has no name before the =";
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)word[i]) && !strchr("_-.", word[i]))
			return "has a name with a character that no parameter has";
	/* "--" would end the kernel's list. */
	if (word[0] == '-')
		return "has a name that starts with -";
	return NULL;
}

static int has_space(const char *s)
{
	for (; *s; s++)
		if (isspace((unsigned char)*s))
			return 1;
	return 0;
}

static const char *put(FILE *to, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const char *fault = name_fault(word, len);
	size_t size;

	if (fault)
		return fault;
	fprintf(to, "%.*s", (int)len, word);
	if (!value)
		return NULL;

	/* The shell took one pair of quotes; another pair was meant for the kernel. */
	size = strlen(value);
	if (size >= 2 && value[0] == '"' && value[size - 1] == '"' &&
	    memchr(value + 1, '"', size - 2) == NULL) {
		fprintf(to, "=%s", value);
		return NULL;
	}
	if (strchr(value, '"'))
		return "has a double quote in its value, which the kernel cannot take";
	fprintf(to, has_space(value) ? "=\"%s\"" : "=%s", value);
	return NULL;
}

int parameters_join(const char *first, char **words, int n, char **joined, const char **bad,
		    const char **why)
{
	size_t size;
	FILE *to;
	int i;

	*joined = NULL;
	to = open_memstream(joined, &size);
	if (!to)
		return -ENOMEM;

	if (first)
		fputs(first, to);
	for (i = 0; i < n; i++) {
		if (i || (first && *first))
			fputc(' ', to);
		*why = put(to, words[i]);
		if (*why) {
			*bad = words[i];
			fclose(to);
			free(*joined);
			*joined = NULL;
			return -EINVAL;
		}
	}
	if (fclose(to)) {
		free(*joined);
		*joined = NULL;
		return -ENOMEM;
	}
	return 0;
}
