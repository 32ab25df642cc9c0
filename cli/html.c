// SPDX-License-Identifier: GPL-2.0-only
/*
 * html.c - text into a page, so that it stays text.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "text.h"

static void escape(FILE *to, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '&':
			fputs("&amp;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\'':
			fputs("&#39;", to);
			break;
		default:
			fputc(*text, to);
		}
	}
}

void html_text(FILE *to, const char *text)
{
	char *clean = text_clean(text ? text : "");

	escape(to, clean ? clean : "");
	free(clean);
}

void html_lines(FILE *to, const char *text)
{
	size_t length;
	char *line;

	for (; *text; text += length) {
		if (*text == '\n' || *text == '\t') {
			fputs(*text == '\n' ? "\n" : "    ", to);
			length = 1;
			continue;
		}
		length = strcspn(text, "\n\t");
		line = strndup(text, length);
		html_text(to, line);
		free(line);
	}
}

void html_element(FILE *to, const char *lead, const char *element, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(to, "%s<%s>", lead, element);
	html_text(to, text);
	/* An element may come with attributes. */
	fprintf(to, "</%.*s>", (int)strcspn(element, " "), element);
}

void html_time(FILE *to, uint64_t ns, size_t from)
{
	char iso[48], *seen;
	size_t length;

	text_utc(iso, sizeof(iso), ns);
	fprintf(to, "<time datetime=\"%s\">", iso);
	seen = strchr(iso, 'T');
	if (seen)
		*seen = ' ';
	length = strlen(iso);
	/* Without the Z: the page says what its times are. */
	if (length && iso[length - 1] == 'Z')
		iso[--length] = '\0';
	html_text(to, iso + (from < length ? from : 0));
	fputs("</time>", to);
}

void html_second(FILE *to, uint64_t ns)
{
	char iso[48];

	text_utc(iso, sizeof(iso), ns);
	fprintf(to, "<time datetime=\"%s\">%.10s %.8s</time>", iso, iso, iso + 11);
}

void html_count(FILE *to, uint64_t n, const char *one, const char *many)
{
	fprintf(to, "%" PRIu64 " %s", n, n == 1 ? one : many);
}
