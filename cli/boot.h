/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot.h - what makes prepared modules take effect at boot: modprobe.d and the initramfs.
 */
#ifndef CLI_BOOT_H
#define CLI_BOOT_H

#include "prepare.h"

#define BOOT_CONF "/etc/modprobe.d/suture.conf"

/*
 * Writes the install lines for all modules that are prepared for any kernel, and for suture.ko
 * and its packs; without any, removes them. Exit code.
 */
int boot_conf(struct out *out, const struct root *root);

/*
 * Is one of the modules @names (an array) in the initramfs of the kernel @release? Nothing can be
 * said without initramfs-tools: then it is not.
 */
bool boot_in_initramfs(const struct root *root, const char *release, json_t *names);

/* Has the initramfs of the kernel @release made anew, if it has one. Exit code. */
int boot_update_initramfs(struct out *out, const struct root *root, const char *release);

#endif /* CLI_BOOT_H */
