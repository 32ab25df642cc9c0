/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * running.h - does any task still run in a driver?
 */
#ifndef SUTURE_RUNNING_H
#define SUTURE_RUNNING_H

#include <linux/types.h>

struct module;
struct suture_group;

bool suture_running(const struct suture_group *group, const struct module *mod);
bool suture_running_wait(const struct suture_group *group, const struct module *mod,
			 unsigned int ms);

#endif /* SUTURE_RUNNING_H */
