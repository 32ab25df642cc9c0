/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handler.h - the labels of interrupt handlers.
 */
#ifndef SUTURE_RULES_HANDLER_H
#define SUTURE_RULES_HANDLER_H

#include <linux/interrupt.h>

/* rules/handler.c */
void suture_handler_roles(irq_handler_t handler, irq_handler_t thread);

#endif /* SUTURE_RULES_HANDLER_H */
