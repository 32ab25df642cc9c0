/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver.h - the labels that rules/driver.c puts on the entries of what is registered.
 */
#ifndef SUTURE_RULES_DRIVER_H
#define SUTURE_RULES_DRIVER_H

struct pci_driver;
struct platform_driver;

/* rules/registration.c, classes/platform.c */
void suture_pci_roles(const struct pci_driver *driver);
void suture_platform_roles(const struct platform_driver *driver);

#endif /* SUTURE_RULES_DRIVER_H */
