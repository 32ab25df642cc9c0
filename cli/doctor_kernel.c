// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor_kernel.c - `suture doctor`: the kernel, how it was configured, and suture.ko for it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contracts.h"
#include "doctor.h"
#include "kernel/version.h"
#include "modules.h"

/*
 * What is needed of the configuration: without the first ones suture.ko does not work, without the
 * others less is known. A name with "!" must not be set.
 */
static const struct {
	const char *name;
	enum health without;
	const char *why;
} options[] = {
	{ "MODULES", HEALTH_BAD, "there are no modules to guard" },
	{ "KPROBES", HEALTH_BAD, "page faults of a driver are not caught" },
	{ "KALLSYMS", HEALTH_BAD, "functions have no names" },
	{ "UNWINDER_ORC", HEALTH_NOTE, "stacks in records of crashes end early" },
	{ "DEBUG_INFO_BTF", HEALTH_NOTE, "prototypes are not known, nor what a pointer is for" },
	{ "MODVERSIONS", HEALTH_NOTE, "only the kernel's version tells whether a module fits" },
	{ "DYNAMIC_FTRACE", HEALTH_NOTE, "the last calls before a crash cannot be recorded" },
	{ "DEV_COREDUMP", HEALTH_NOTE, "there are no devcoredumps; `suture report` has all" },
	{ "!CFI_CLANG", HEALTH_BAD, "drivers built with clang's CFI are not guarded" },
	{ "!TRIM_UNUSED_KSYMS", HEALTH_BAD, "suture.ko needs exports that were left out" },
	{ "!PREEMPT_RT", HEALTH_NOTE, "locks are others there; Suture is not tested on it" },
};

static bool is_set(const char *config, const char *name)
{
	char *line;
	bool set;

	if (asprintf(&line, "\nCONFIG_%s=", name) < 0)
		return false;
	config = strstr(config, line);
	set = config && (config[strlen(line)] == 'y' || config[strlen(line)] == 'm');
	free(line);
	return set;
}

static void check_config(struct doctor *doctor)
{
	char *path, *config = NULL;
	bool good = true;
	size_t i;

	if (asprintf(&path, "/boot/config-%s", doctor->release) >= 0) {
		config = doctor_read(doctor, path);
		free(path);
	}
	if (!config) {
		doctor_say(
			doctor, "config", HEALTH_NOTE, NULL,
			"/boot/config-%s is not there; how the kernel was configured is not known",
			doctor->release);
		return;
	}
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		bool not = options[i].name[0] == '!';
		const char *name = options[i].name + not ;

		if (is_set(config, name) != not )
			continue;
		good = false;
		doctor_say(doctor, "config", options[i].without,
			   options[i].without == HEALTH_BAD ? "use a kernel of the distribution" :
							      NULL,
			   "CONFIG_%s is %s: %s", name, not ? "set" : "not set", options[i].why);
	}
	if (good)
		doctor_say(doctor, "config", HEALTH_GOOD, NULL,
			   "the kernel has all that Suture makes use of");
	free(config);
}

static void check_release(struct doctor *doctor)
{
	static const char *const tested[] = { "6.1.", "6.12." };
	size_t i;

	for (i = 0; i < sizeof(tested) / sizeof(tested[0]); i++)
		if (strncmp(doctor->release, tested[i], strlen(tested[i])) == 0)
			break;
	if (i < sizeof(tested) / sizeof(tested[0]))
		doctor_say(doctor, "kernel", HEALTH_GOOD, NULL, "%s%s", doctor->release,
			   doctor->runs ? "" : ", which does not run now");
	else
		doctor_say(doctor, "kernel", HEALTH_NOTE, "try each driver on a test machine first",
			   "%s: Suture is tested with Debian's 6.1 and 6.12", doctor->release);
}

static void check_headers(struct doctor *doctor, bool core)
{
	char *path = NULL, *todo = NULL;

	if (asprintf(&path, "%s/build", doctor->dir) < 0 ||
	    asprintf(&todo, "apt-get install linux-headers-%s", doctor->release) < 0) {
		free(path);
		return;
	}
	if (access(path, F_OK) == 0)
		doctor_say(doctor, "headers", HEALTH_GOOD, NULL,
			   "DKMS can build suture.ko for this kernel");
	else
		doctor_say(doctor, "headers", core ? HEALTH_NOTE : HEALTH_BAD, todo,
			   "the kernel's headers are not installed; suture.ko cannot be built%s",
			   core ? " anew" : "");
	free(path);
	free(todo);
}

/* Is the suture.ko that is loaded the one that is installed? */
static void check_loaded(struct doctor *doctor, struct modules *modules, const char *path)
{
	char *loaded = doctor_read(doctor, "/sys/module/suture/srcversion");
	char *file = modules_info(modules, path, "srcversion");

	if (loaded && file && strcmp(loaded, file) != 0)
		doctor_say(doctor, "core", HEALTH_NOTE,
			   "unload the guarded drivers and suture.ko, or boot",
			   "the suture.ko that is loaded is not the one in %s", path);
	free(loaded);
	free(file);
}

static bool check_core(struct out *out, struct doctor *doctor)
{
	char *path = modules_core_there(doctor->dir), *version, *vermagic;
	size_t len = strlen(doctor->release);
	struct modules *modules = NULL;
	char *todo = NULL;

	if (asprintf(&todo, "dkms install suture/" SUTURE_VERSION " -k %s", doctor->release) < 0)
		todo = NULL;
	if (!path) {
		doctor_say(doctor, "core", HEALTH_BAD, todo, "there is no suture.ko for %s",
			   doctor->release);
		free(todo);
		return false;
	}
	if (modules_open(out, doctor->root.dir, doctor->dir, &modules)) {
		free(path);
		free(todo);
		return true;
	}
	version = modules_info(modules, path, "version");
	vermagic = modules_info(modules, path, "vermagic");
	if (!vermagic)
		doctor_say(doctor, "core", HEALTH_BAD, todo, "%s: is no kernel module", path);
	else if (strncmp(vermagic, doctor->release, len) != 0 || vermagic[len] != ' ')
		doctor_say(doctor, "core", HEALTH_BAD, todo, "%s: was built for %.*s", path,
			   (int)strcspn(vermagic, " "), vermagic);
	else if (version && strcmp(version, SUTURE_VERSION) != 0)
		doctor_say(doctor, "core", HEALTH_BAD, todo,
			   "%s: has version %s, this command " SUTURE_VERSION, path, version);
	else
		doctor_say(doctor, "core", HEALTH_GOOD, NULL, "%s", path);
	if (doctor->runs)
		check_loaded(doctor, modules, path);
	free(version);
	free(vermagic);
	modules_close(modules);
	free(path);
	free(todo);
	return true;
}

static void check_contracts(struct out *out, struct doctor *doctor)
{
	struct contracts_paths paths;
	struct stat kernel, learnt;

	if (contracts_paths(out, doctor->root.dir, doctor->release, &paths))
		return;
	if (stat(paths.cache, &learnt))
		doctor_say(doctor, "learnt", HEALTH_NOTE,
			   "nothing: `suture load` and `suture enable` do it by themselves",
			   "nothing has been learnt from this kernel yet (`suture learn`)");
	else if (!stat(paths.kernel, &kernel) && kernel.st_mtime > learnt.st_mtime)
		doctor_say(doctor, "learnt", HEALTH_NOTE,
			   "nothing: `suture load` and `suture enable` do it by themselves",
			   "%s is older than the kernel", paths.cache);
	else
		doctor_say(doctor, "learnt", HEALTH_GOOD, NULL, "%s", paths.cache);
	contracts_paths_end(&paths);
}

void doctor_kernel(struct out *out, struct doctor *doctor)
{
	bool core;

	check_release(doctor);
	check_config(doctor);
	core = check_core(out, doctor);
	check_headers(doctor, core);
	check_contracts(out, doctor);
}
