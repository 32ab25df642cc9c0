/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.h - a driver's own writable data, put back for a new start.
 */
#ifndef SUTURE_DATA_H
#define SUTURE_DATA_H

struct suture_domain;
struct suture_unbound;

void suture_data_keep(struct suture_domain *domain);
unsigned int suture_data_restore(const struct suture_unbound *left);
void suture_data_forget(struct suture_domain *domain);

#endif /* SUTURE_DATA_H */
