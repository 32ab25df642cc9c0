/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * survey.h - `suture check` for whole systems: a table of many modules.
 */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include "guard.h"

/*
 * Checks every module of the kernel that @guard names, or with @loaded those that are in the kernel
 * now; nothing of @guard is open. @verbose: also the rules of each. Exit code.
 */
int survey(struct out *out, struct guard *guard, bool loaded, bool verbose);

#endif /* CLI_SURVEY_H */
