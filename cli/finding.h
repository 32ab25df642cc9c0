/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding.h - what a static checker found, out of its SARIF 2.1.0 log.
 */
#ifndef CLI_FINDING_H
#define CLI_FINDING_H

#include <stddef.h>

#include "out.h"

/**
 * struct finding - one result
 * @checker:	name of the tool
 * @rule:	what the tool calls it
 * @cwe:	number of the weakness, if the log says; or 0
 * @function:	where; "" if the log does not say
 * @file:	file of the source, as the log has it; or ""
 * @line:	of it, or 0
 * @text:	what was found, in words
 */
struct finding {
	char *checker;
	char *rule;
	unsigned int cwe;
	char *function;
	char *file;
	int line;
	char *text;
};

struct findings {
	struct finding *list;
	size_t count;
	size_t skipped; /* suppressed, passed, or of no interest to the tool itself */
};

/* Adds the results in @path ("-": standard input). Exit code. */
int findings_read(struct out *out, struct findings *findings, const char *path);
void findings_end(struct findings *findings);

#endif /* CLI_FINDING_H */
