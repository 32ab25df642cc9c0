/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libata.h - what the parts of the pack of ATA ports ask of each other.
 */
#ifndef SUTURE_PACK_LIBATA_H
#define SUTURE_PACK_LIBATA_H

struct ata_host;

/* recovery.c */
void suture_ata_added(struct ata_host *host, unsigned long site);

#endif /* SUTURE_PACK_LIBATA_H */
