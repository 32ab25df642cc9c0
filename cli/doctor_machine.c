// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor_machine.c - `suture doctor`: the processor, signatures and lockdown, kdump, and what else
 * meddles with the kernel.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "enabled.h"
#include "modules.h"
#include "sign.h"
#include "words.h"

static bool there(const struct doctor *doctor, const char *path)
{
	char *file = root_path(&doctor->root, "%s", path);
	bool is = file && access(file, F_OK) == 0;

	free(file);
	return is;
}

static bool has_flag(const char *cpuinfo, const char *flag)
{
	const char *flags = strstr(cpuinfo, "\nflags"), *end;
	size_t len = strlen(flag);

	flags = flags ? strchr(flags, ':') : NULL;
	end = flags ? flags + strcspn(flags, "\n") : NULL;
	while (flags && (flags = strstr(flags, flag)) && flags < end) {
		if (flags[-1] == ' ' && (flags[len] == ' ' || flags[len] == '\n' || !flags[len]))
			return true;
		flags += len;
	}
	return false;
}

static void check_processor(struct doctor *doctor)
{
	char *cpuinfo = doctor_read(doctor, "/proc/cpuinfo");
	bool ibt;

	if (!cpuinfo)
		return;
	ibt = has_flag(cpuinfo, "ibt") && !doctor_cmdline(doctor, "ibt=off");
	if (!has_flag(cpuinfo, "smap") || doctor_cmdline(doctor, "nosmap"))
		doctor_say(
			doctor, "processor", HEALTH_NOTE,
			"nothing, if the processor has none; else take nosmap off the command line",
			"SMAP is not in use: a driver that dereferences a pointer to user memory is "
			"not always seen");
	else
		doctor_say(doctor, "processor", HEALTH_GOOD, NULL, "SMAP is in use%s",
			   ibt ? ", and IBT, which guarded images are made for" : "");
	free(cpuinfo);
}

/* The first line of modinfo's signer, or "". */
static char *signer_of(struct out *out, const struct doctor *doctor)
{
	char *path = modules_core_there(doctor->dir), *signer = NULL;
	struct modules *modules = NULL;

	if (path && !modules_open(out, doctor->root.dir, doctor->dir, &modules)) {
		signer = modules_info(modules, path, "signer");
		modules_close(modules);
	}
	free(path);
	return signer;
}

static void check_signatures(struct out *out, struct doctor *doctor)
{
	char *enforce = doctor_read(doctor, "/sys/module/module/parameters/sig_enforce");
	char *line = doctor_read(doctor, "/sys/kernel/security/lockdown");
	char *signer = signer_of(out, doctor), lockdown[32] = "";
	bool key = there(doctor, SIGN_KEY), wanted;

	words_lockdown(line ? line : "", lockdown, sizeof(lockdown));
	wanted = doctor->runs && ((enforce && enforce[0] == 'Y') || lockdown[0]);
	if (!doctor->runs || (!enforce && !line))
		doctor_say(
			doctor, "signatures", HEALTH_NOTE, NULL,
			"whether the kernel will want signed modules is not known; suture.ko is %s",
			signer ? "signed" : "not signed");
	else if (!wanted)
		doctor_say(doctor, "signatures", HEALTH_GOOD, NULL,
			   "the kernel takes modules that are not signed");
	else if (!signer)
		doctor_say(
			doctor, "signatures", HEALTH_BAD,
			"let DKMS have a key (`dkms generate_mok`), build suture.ko again, and enrol "
			"the key: `mokutil --import " SIGN_CERT "`, then boot",
			"the kernel takes signed modules only (%s), and suture.ko is not signed",
			lockdown[0] ? lockdown : "module.sig_enforce");
	else if (!key)
		doctor_say(
			doctor, "signatures", HEALTH_BAD,
			"sign with the key that suture.ko was signed with: `suture enable --key FILE "
			"--cert FILE`",
			"the kernel takes signed modules only, and " SIGN_KEY
			" is not there: guarded images cannot be signed");
	else
		doctor_say(doctor, "signatures", HEALTH_NOTE,
			   "if suture.ko is refused, enrol the key: `mokutil --import " SIGN_CERT
			   "`, then boot; `suture load` cannot sign, `suture enable` does",
			   "the kernel takes signed modules only; suture.ko is signed by \"%s\"",
			   signer);
	free(signer);
	free(line);
	free(enforce);
}

static void check_disabled(struct doctor *doctor)
{
	char *disabled = doctor_read(doctor, "/proc/sys/kernel/modules_disabled");

	if (doctor->runs && disabled && disabled[0] == '1')
		doctor_say(
			doctor, "modules", HEALTH_BAD,
			"boot; keep kernel.modules_disabled from being set before the drivers are "
			"loaded",
			"modules can be neither loaded nor unloaded until the next boot "
			"(kernel.modules_disabled is 1)");
	free(disabled);
	if (doctor_cmdline(doctor, "nosuture"))
		doctor_say(
			doctor, "modules", HEALTH_NOTE,
			"boot without it to have the enabled drivers guarded",
			"\"nosuture\" is on the kernel's command line: stock drivers are loaded");
}

/* kdump's own kernel starts with the same drivers, in little memory, to save what is left. */
static void check_kdump(struct doctor *doctor)
{
	char *loaded = doctor_read(doctor, "/sys/kernel/kexec_crash_loaded");
	char *oops = doctor_read(doctor, "/proc/sys/kernel/panic_on_oops");
	char *tools = doctor_read(doctor, "/etc/default/kdump-tools");
	const char *append = tools ? strstr(tools, "\nKDUMP_CMDLINE_APPEND=") : NULL;
	bool nosuture = false;
	char *line;

	if (append) {
		line = strndup(append + 1, strcspn(append + 1, "\n"));
		nosuture = line && strstr(line, "nosuture");
		free(line);
	}
	if (tools && !nosuture && there(doctor, ENABLED_FILE))
		doctor_say(
			doctor, "kdump", HEALTH_BAD,
			"add nosuture to KDUMP_CMDLINE_APPEND in /etc/default/kdump-tools, then "
			"`kdump-config reload`",
			"the kernel that writes the dump would guard its drivers, too, with little "
			"memory and nobody there to restart them for");
	if (loaded && loaded[0] == '1')
		doctor_say(doctor, "kdump", HEALTH_NOTE, NULL,
			   "a dump is not written for what Suture catches, as there is no oops%s; "
			   "`suture report` has the record of it",
			   oops && oops[0] == '1' ? " (panic_on_oops holds for all else)" : "");
	else if (!tools)
		doctor_say(doctor, "kdump", HEALTH_GOOD, NULL, "is not in use");
	free(loaded);
	free(oops);
	free(tools);
}

/* A live patch redirects functions of a driver that a guarded image has elsewhere, or not at all. */
static unsigned int check_livepatch(struct doctor *doctor, const struct enabled_list *enabled)
{
	char *folder = root_path(&doctor->root, "/sys/kernel/livepatch"), *path;
	struct dirent *patch;
	DIR *dir = folder ? opendir(folder) : NULL;
	unsigned int found = 0;
	size_t i;

	while (dir && (patch = readdir(dir))) {
		bool hit = false;

		if (patch->d_name[0] == '.')
			continue;
		found++;
		for (i = 0; i < enabled->count; i++) {
			if (asprintf(&path, "/sys/kernel/livepatch/%s/%s", patch->d_name,
				     enabled->list[i].name) < 0)
				continue;
			if (there(doctor, path)) {
				hit = true;
				doctor_say(
					doctor, "livepatch", HEALTH_BAD,
					"disable the driver (`suture disable`), or the patch",
					"the live patch %s changes %s, which is guarded: its calls "
					"would go past Suture",
					patch->d_name, enabled->list[i].name);
			}
			free(path);
		}
		if (!hit)
			doctor_say(doctor, "livepatch", HEALTH_NOTE, NULL,
				   "the live patch %s is in place; it concerns no enabled driver",
				   patch->d_name);
	}
	if (dir)
		closedir(dir);
	free(folder);
	return found;
}

/* Tools that watch the kernel's code, or are in the same places. */
static const struct {
	const char *path;
	const char *name;
	enum health health;
	const char *what;
	const char *todo;
} tools[] = {
	{ "/sys/module/lkrg", "LKRG", HEALTH_BAD,
	  "takes the probes that Suture sets for changes of the kernel's code",
	  "use one of the two; or sysctl lkrg.kint_enforce=0 lkrg.pint_enforce=0, and test it" },
	{ "/sys/module/p_lkrg", "LKRG", HEALTH_BAD,
	  "takes the probes that Suture sets for changes of the kernel's code",
	  "use one of the two; or sysctl lkrg.kint_enforce=0 lkrg.pint_enforce=0, and test it" },
	{ "/sys/module/kpatch", "kpatch", HEALTH_NOTE,
	  "patches functions of the running kernel; guarded drivers must not be among them",
	  "look at `kpatch list`" },
	{ "/sys/module/ksplice", "ksplice", HEALTH_BAD,
	  "rewrites the kernel's code, also where Suture has set probes", "use one of the two" },
};

static void check_tools(struct out *out, struct doctor *doctor)
{
	struct enabled_list enabled = { 0 };
	unsigned int found = 0;
	char *probes = doctor_read(doctor, "/sys/kernel/debug/kprobes/enabled");
	size_t i;

	/* A list that cannot be read is told of elsewhere. */
	if (there(doctor, ENABLED_FILE))
		enabled_read(out, &doctor->root, &enabled);
	if (!doctor->runs)
		goto done;
	found = check_livepatch(doctor, &enabled);
	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (!there(doctor, tools[i].path))
			continue;
		found++;
		doctor_say(doctor, "tools", tools[i].health, tools[i].todo, "%s is loaded; it %s",
			   tools[i].name, tools[i].what);
	}
	if (probes && probes[0] == '0') {
		found++;
		doctor_say(doctor, "tools", HEALTH_BAD, "echo 1 >/sys/kernel/debug/kprobes/enabled",
			   "kprobes are switched off: page faults of a driver are not caught");
	}
	if (!found)
		doctor_say(doctor, "tools", HEALTH_GOOD, NULL,
			   "nothing is loaded that is known not to go with Suture");
done:
	enabled_end(&enabled);
	free(probes);
}

void doctor_machine(struct out *out, struct doctor *doctor)
{
	if (doctor->runs)
		check_processor(doctor);
	check_signatures(out, doctor);
	check_disabled(doctor);
	check_kdump(doctor);
	check_tools(out, doctor);
}
