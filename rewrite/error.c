// SPDX-License-Identifier: GPL-2.0-only
/*
 * error.c - messages for people, made of names that come from hostile files.
 */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"

/*
 * complain() - write the message and hand back the negative errno
 *
 * A terminal obeys escape sequences, so that nothing but printable ASCII of a
 * file's names gets through.
 */
int complain(struct suture_rewrite_error *err, int code, const char *format, ...)
{
	va_list args;
	char *c;

	if (err) {
		va_start(args, format);
		vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
		for (c = err->text; *c; c++)
			if (*c < ' ' || *c > '~')
				*c = '?';
	}
	return -code;
}

int complain_nomem(struct suture_rewrite_error *err, const char *name)
{
	return complain(err, ENOMEM, "%s: out of memory; free some and try again", name);
}
