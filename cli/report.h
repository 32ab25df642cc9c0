/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what is guarded in an image, what not and why, for `suture check`.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "guard.h"

/* Shows the report of @guard->guarded; with @verbose also its lists. Exit code. */
int report_show(struct out *out, const struct guard *guard, bool verbose);

/* Call sites of kernel functions that have no wrapper, and no pointer to check. */
uint64_t report_left(const struct suture_report *report);

/* Why the calls of @import go where they go, in a few words. */
const char *report_why(const struct suture_report_import *import, bool entries_only);

#endif /* CLI_REPORT_H */
