// SPDX-License-Identifier: GPL-2.0-only
/*
 * contracts.c - the file of what was learnt from a kernel: where it is, and making it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contracts.h"
#include "system.h"

int contracts_paths(struct out *out, const char *root, const char *release,
		    struct contracts_paths *paths)
{
	if (!root)
		root = "";
	if (asprintf(&paths->kernel, "%s/boot/vmlinuz-%s", root, release) < 0)
		paths->kernel = NULL;
	if (asprintf(&paths->modules, "%s/lib/modules/%s", root, release) < 0)
		paths->modules = NULL;
	if (asprintf(&paths->cache, "%s" CONTRACTS_CACHE "/%s/contracts", root, release) < 0)
		paths->cache = NULL;
	if (paths->kernel && paths->modules && paths->cache)
		return EXIT_SUCCESS;
	contracts_paths_end(paths);
	return out_fail(out, "out of memory");
}

void contracts_paths_end(struct contracts_paths *paths)
{
	free(paths->kernel);
	free(paths->modules);
	free(paths->cache);
	memset(paths, 0, sizeof(*paths));
}

int contracts_learn(struct out *out, const char *kernel, const char *modules, const char *output,
		    struct suture_learned *learned)
{
	struct suture_rewrite_error err;

	file_folders(output);
	if (suture_learn(kernel, modules, output, learned, &err) < 0)
		return out_fail(out, "%s", err.text);
	return EXIT_SUCCESS;
}

/* Was the file made before the kernel's was? */
static bool outdated(const struct contracts_paths *paths)
{
	struct stat kernel, cache;

	return !stat(paths->kernel, &kernel) && !stat(paths->cache, &cache) &&
	       kernel.st_mtime > cache.st_mtime;
}

/* What goes wrong here is no reason not to guard the driver: it is, without these checks. */
static int use_cache(struct out *out, struct suture_core *core, const struct contracts_paths *paths,
		     bool make)
{
	struct suture_rewrite_error err;
	struct suture_learned learned;

	if (make && (access(paths->cache, R_OK) || outdated(paths)) &&
	    !access(paths->kernel, R_OK)) {
		file_folders(paths->cache);
		if (suture_learn(paths->kernel, paths->modules, paths->cache, &learned, &err) < 0)
			out_warn(out, "%s; going on without checks of arguments", err.text);
	}
	if (access(paths->cache, R_OK))
		return EXIT_SUCCESS;
	if (suture_core_contracts(core, paths->cache, &err) < 0)
		out_warn(out, "%s; going on without checks of arguments", err.text);
	return EXIT_SUCCESS;
}

int contracts_use(struct out *out, struct suture_core *core, const char *root, const char *given,
		  bool make)
{
	const char *vermagic = suture_core_vermagic(core);
	struct contracts_paths paths = { 0 };
	struct suture_rewrite_error err;
	char *release;
	int status;

	if (given) {
		if (suture_core_contracts(core, given, &err) < 0)
			return out_fail(out, "%s", err.text);
		return EXIT_SUCCESS;
	}
	release = strndup(vermagic, strcspn(vermagic, " "));
	status = release ? contracts_paths(out, root, release, &paths) :
			   out_fail(out, "out of memory");
	if (!status)
		status = use_cache(out, core, &paths, make);
	contracts_paths_end(&paths);
	free(release);
	return status;
}
