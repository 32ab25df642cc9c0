// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - columns that line up, for people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "text.h"

/* What @s takes on the terminal: characters, not bytes. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	return n;
}

static void add(struct table *table, char *text)
{
	size_t column = table->cells % table->columns;
	size_t wide = text ? width(text) : 0;
	char **more;

	if (table->cells == table->room) {
		table->room = table->room ? table->room * 2 : 64;
		more = realloc(table->cell, table->room * sizeof(*more));
		if (!more)
			abort();
		table->cell = more;
	}
	if (wide > table->width[column])
		table->width[column] = wide;
	if (wide && table->cells >= table->columns)
		table->used[column] = true;
	table->cell[table->cells++] = text;
}

void table_start(struct table *table, const char *heads)
{
	const char *p = heads;
	size_t i;

	memset(table, 0, sizeof(*table));
	table->columns = 1;
	for (p = heads; *p; p++)
		if (*p == '|')
			table->columns++;
	if (table->columns > TABLE_COLUMNS)
		abort();

	for (i = 0, p = heads; i < table->columns; i++) {
		size_t len = strcspn(p, "|");

		table->right[i] = *p == '>';
		add(table, strndup(p + table->right[i], len - table->right[i]));
		p += len + (p[len] == '|');
	}
}

void table_cell(struct table *table, const char *text)
{
	add(table, text_clean(text ? text : ""));
}

void table_number(struct table *table, unsigned long long n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%llu", n);
	add(table, strdup(buf));
}

static void row(struct table *table, struct out *out, size_t first, int indent)
{
	size_t i, last = 0;
	bool begun = false;

	for (i = 0; i < table->columns; i++)
		if (table->used[i] && table->cell[first + i] && *table->cell[first + i])
			last = i;

	for (i = 0; i <= last; i++) {
		const char *text = table->cell[first + i] ? table->cell[first + i] : "";
		int pad = (int)(table->width[i] - width(text));

		if (!table->used[i])
			continue;
		out_text(out, "%*s", begun ? 2 : indent, "");
		begun = true;
		if (table->right[i])
			out_text(out, "%*s%s", pad, "", text);
		else
			out_text(out, "%s%*s", text, i == last ? 0 : pad, "");
	}
	out_text(out, "\n");
}

void table_end(struct table *table, struct out *out, int indent)
{
	size_t i;

	/* Titles over nothing would say nothing. */
	if (table->cells == table->columns)
		out_text(out, "%*snone\n", indent, "");
	for (i = 0; table->cells > table->columns && i + table->columns <= table->cells;
	     i += table->columns)
		row(table, out, i, indent);
	for (i = 0; i < table->cells; i++)
		free(table->cell[i]);
	free(table->cell);
	memset(table, 0, sizeof(*table));
}
