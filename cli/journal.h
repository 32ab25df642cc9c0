/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal.h - events in the systemd journal, with fields of their own.
 */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "out.h"
#include "record.h"

/* Every event has this MESSAGE_ID: `journalctl MESSAGE_ID=...` finds them all. */
#define JOURNAL_MESSAGE_ID "5b850ad2e2964195adf0d749a17de3e3"

/* Exit code. A field is there if the event has it; suture-events(7) lists them. */
int journal_send(struct out *out, const struct record *event);

#endif /* CLI_JOURNAL_H */
