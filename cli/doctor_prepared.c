// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor_prepared.c - `suture doctor`: what `suture enable` has prepared, and whether it is used.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "doctor.h"
#include "prepare.h"

/* A driver that suture.ko guards uses it, which sysfs shows without asking suture.ko. */
static bool is_there(const struct doctor *doctor, const char *fmt, const char *name)
{
	char *path = NULL, *file = NULL;
	bool there = false;

	if (asprintf(&path, fmt, name) >= 0)
		file = root_path(&doctor->root, "%s", path);
	there = file && access(file, F_OK) == 0;
	free(path);
	free(file);
	return there;
}

static void check_driver(struct doctor *doctor, const struct prepare *prepare, const char *name)
{
	char buf[512];
	const char *why = prepare_stale(prepare, name, buf, sizeof(buf));

	if (why)
		doctor_say(doctor, "prepared", HEALTH_BAD, "suture enable --refresh",
			   "%s: %s; the stock driver is used", name, why);
	else if (doctor->runs && is_there(doctor, "/sys/module/%s/initstate", name) &&
		 !is_there(doctor, "/sys/module/suture/holders/%s", name))
		doctor_say(
			doctor, "prepared", HEALTH_NOTE,
			"boot, or unload it and `modprobe` it; if it was so after boot, `dmesg | grep "
			"suture:` has the reason",
			"%s: is prepared, but loaded without guard", name);
	else
		doctor_say(doctor, "prepared", HEALTH_GOOD, NULL, "%s: is up to date", name);
}

void doctor_prepared(struct out *out, struct doctor *doctor)
{
	struct enabled_list enabled;
	struct prepare prepare = {
		.root = &doctor->root,
		.release = doctor->release,
		.enabled = &enabled,
		.core_path = modules_core_there(doctor->dir),
	};
	size_t i;

	if (enabled_read(out, &doctor->root, &enabled)) {
		doctor_say(doctor, "prepared", HEALTH_BAD, "put " ENABLED_FILE " right",
			   ENABLED_FILE " cannot be understood");
		free(prepare.core_path);
		return;
	}
	if (prepare_open(out, &prepare))
		doctor_say(doctor, "prepared", HEALTH_BAD, "suture enable --refresh",
			   "what is prepared for %s cannot be read", doctor->release);
	else
		for (i = 0; i < enabled.count; i++)
			check_driver(doctor, &prepare, enabled.list[i].name);
	if (!enabled.count && prepare.old.count)
		doctor_say(doctor, "prepared", HEALTH_BAD, "suture enable --refresh",
			   "modules are prepared for %s, though no driver is enabled",
			   doctor->release);
	else if (!enabled.count)
		doctor_say(doctor, "prepared", HEALTH_GOOD, NULL, "no driver is enabled");
	if (enabled.count && !is_there(doctor, BOOT_CONF "%s", ""))
		doctor_say(doctor, "prepared", HEALTH_BAD, "suture enable --refresh",
			   BOOT_CONF " is not there: a suture.ko that is refused would keep the "
				     "drivers from being loaded at all");
	if (enabled.count && !is_there(doctor, BOOT_MODPROBE "%s", ""))
		doctor_say(doctor, "prepared", HEALTH_BAD, "install the package suture again",
			   BOOT_MODPROBE " is not there: a suture.ko that is refused would keep "
					 "the drivers from being loaded at all");
	prepare_end(&prepare);
	enabled_end(&enabled);
}
