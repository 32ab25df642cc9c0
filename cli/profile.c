// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile.c - the profiles that a policy starts from.
 *
 * docs/policy.md has the same table with the reasons. What a profile does not say is what the rules
 * and the parameters of suture.ko say by themselves. suture.ko knows the names, too, and which of
 * them let testers ask for faults (kernel/scope.c).
 */
#include <string.h>

#include "config.h"

const struct profile profiles[] = {
	{
		.name = "observe",
		.inject = true,
		.says = { { KEY_CEILING, "observe" } },
		.brief = "report, change nothing: a crash is a crash",
	},
	{
		.name = "desktop",
		.says = {
			{ KEY_ESCALATE_UNWINDS, "10" },
			{ KEY_BUDGET_TASK_MS, "2000" },
			{ KEY_BUDGET_SOFTIRQ_MS, "500" },
			{ KEY_BUDGET_IRQOFF_MS, "500" },
		},
		.brief = "as server, but somebody waits: what hangs or fails again is put right sooner",
	},
	{
		.name = "server",
		.brief = "repair, recover, and close what cannot be recovered",
	},
	{
		.name = "developer",
		.inject = true,
		.brief = "as server, and faults may be injected",
	},
};

const size_t nprofiles = sizeof(profiles) / sizeof(profiles[0]);

const struct profile *profile_find(const char *name)
{
	size_t i;

	for (i = 0; i < nprofiles; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}
