/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmsg.h - what the kernel logged about a module while we loaded it.
 */
#ifndef CLI_KMSG_H
#define CLI_KMSG_H

#include <stddef.h>

#include "out.h"

/* Descriptor at the end of the kernel log, or -1 if it may not be read. */
int kmsg_open(void);

/* Notes (out_note()) the lines about @name since then and closes; @fd may be -1. */
void kmsg_close(struct out *out, int fd, const char *name);

/*
 * The text of one /dev/kmsg record ("6,1234,5678,-;text\n KEY=value\n"), cut to @size, if it is
 * about module @name or about suture itself. Returns 1 if so.
 */
int kmsg_line(const char *record, const char *name, char *line, size_t size);

#endif /* CLI_KMSG_H */
