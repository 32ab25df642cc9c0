/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html.h - text into a page, so that it stays text.
 *
 * Names of drivers, functions and tasks come from a kernel and from files that nobody has
 * checked. All of it goes through html_text(); only literals of the program are printed as markup.
 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include <stdint.h>
#include <stdio.h>

/* @text with <, >, &, " and ' escaped, and control characters and invalid UTF-8 as \xNN. */
void html_text(FILE *to, const char *text);

/* The same for several lines: newlines and tabs stay. */
void html_lines(FILE *to, const char *text);

/* "LEAD<ELEMENT>TEXT</ELEMENT>", nothing if @text is "" or NULL. @lead is markup. */
void html_element(FILE *to, const char *lead, const char *element, const char *text);

/* <time> with the whole date in it, and what of it is to be seen: from @from on. */
void html_time(FILE *to, uint64_t ns, size_t from);

/* The same to the second. */
void html_second(FILE *to, uint64_t ns);

/* "24 repairs" */
void html_count(FILE *to, uint64_t n, const char *one, const char *many);

#endif /* CLI_HTML_H */
