/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - the watchdog over visits.
 */
#ifndef SUTURE_WATCH_H
#define SUTURE_WATCH_H

void suture_watch_get(void);
void suture_watch_put(void);

#endif /* SUTURE_WATCH_H */
