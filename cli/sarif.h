/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sarif.h - violations in SARIF 2.1.0, the format of static checkers.
 */
#ifndef CLI_SARIF_H
#define CLI_SARIF_H

#include "story.h"

/*
 * The log; freed by the caller. @debug: a folder where modules and their debug files are looked
 * for before the usual ones, or NULL.
 */
json_t *sarif_json(const struct story *story, const char *debug);

#endif /* CLI_SARIF_H */
