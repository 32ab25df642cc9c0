/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - the watchdog over visits.
 */
#ifndef SUTURE_WATCH_H
#define SUTURE_WATCH_H

struct pt_regs;

void suture_watch_get(void);
void suture_watch_put(void);
bool suture_watch_silent(struct pt_regs *regs);

/* arch/x86/nmi.c */
void suture_nmi_send(unsigned int cpu);
int suture_nmi_start(void);
void suture_nmi_stop(void);

#endif /* SUTURE_WATCH_H */
