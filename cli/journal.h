/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal.h - events in the systemd journal, with fields of their own.
 */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "out.h"
#include "record.h"

/* Every event has this MESSAGE_ID: `journalctl MESSAGE_ID=...` finds them all. */
#define JOURNAL_MESSAGE_ID "e1cbf1b3b7c34b4a8f7d2b1f6ab3c0d5"

/* Exit code. A field is there if the event has it; suture-events(7) lists them. */
int journal_send(struct out *out, const struct record *event);

#endif /* CLI_JOURNAL_H */
