/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.h - columns that line up, for people.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "out.h"

#define TABLE_COLUMNS 10

struct table {
	size_t columns;
	size_t width[TABLE_COLUMNS];
	bool right[TABLE_COLUMNS]; /* numbers */
	bool used[TABLE_COLUMNS];  /* some row says something here */
	char **cell;		   /* rows * columns */
	size_t cells;
	size_t room;
};

/*
 * @heads: titles separated by '|'; one that starts with '>' is aligned right. The
 * titles are the first row. A column that stays empty is not printed.
 */
void table_start(struct table *table, const char *heads);

/* The next cell, row by row; cleaned for the terminal. NULL is an empty cell. */
void table_cell(struct table *table, const char *text);
void table_number(struct table *table, unsigned long long n);

/* Prints with @indent spaces in front and frees the table. */
void table_end(struct table *table, struct out *out, int indent);

#endif /* CLI_TABLE_H */
