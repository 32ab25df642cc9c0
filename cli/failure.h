/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * failure.h - what a kernel function returns when it fails.
 */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include <stddef.h>
#include <stdint.h>

#include "out.h"

/**
 * failure_value() - the value that @api documents as failure
 * @out:	where to say what is wrong
 * @api:	exported kernel function
 * @error:	what the user asked for: a name (ENOMEM, -EIO), a number, or NULL
 * @value:	gets the value
 *
 * Without @error it is told by a short table of functions that are not like others, else by
 * what the function returns (BTF of the running kernel): a pointer NULL, an
 * integer -ENOMEM if the name says that it allocates and -EIO else, a bool false.
 *
 * Return: an exit code.
 */
int failure_value(struct out *out, const char *api, const char *error, uint64_t *value);

/* @value in words: "-EBUSY", "0xffffffffffffffff". */
void failure_text(char *buf, size_t size, uint64_t value);

#endif /* CLI_FAILURE_H */
