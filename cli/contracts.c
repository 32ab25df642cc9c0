// SPDX-License-Identifier: GPL-2.0-only
/*
 * contracts.c - the file of what was learnt from a kernel: where it is, and making it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contracts.h"

int contracts_paths(struct out *out, const char *release, struct contracts_paths *paths)
{
	if (asprintf(&paths->kernel, "/boot/vmlinuz-%s", release) < 0)
		paths->kernel = NULL;
	if (asprintf(&paths->modules, "/lib/modules/%s", release) < 0)
		paths->modules = NULL;
	if (asprintf(&paths->cache, CONTRACTS_CACHE "/%s/contracts", release) < 0)
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

/* The folders above @path. What cannot be made is said when the file cannot be. */
static void make_folders(const char *path)
{
	char *copy = strdup(path), *slash;

	for (slash = copy ? strchr(copy + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	free(copy);
}

int contracts_learn(struct out *out, const char *kernel, const char *modules, const char *output,
		    struct suture_learned *learned)
{
	struct suture_rewrite_error err;

	make_folders(output);
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
		make_folders(paths->cache);
		if (suture_learn(paths->kernel, paths->modules, paths->cache, &learned, &err) < 0)
			out_warn(out, "%s; going on without checks of arguments", err.text);
	}
	if (access(paths->cache, R_OK))
		return EXIT_SUCCESS;
	if (suture_core_contracts(core, paths->cache, &err) < 0)
		out_warn(out, "%s; going on without checks of arguments", err.text);
	return EXIT_SUCCESS;
}

int contracts_use(struct out *out, struct suture_core *core, const char *given, bool make)
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
	status = release ? contracts_paths(out, release, &paths) : out_fail(out, "out of memory");
	if (!status)
		status = use_cache(out, core, &paths, make);
	contracts_paths_end(&paths);
	free(release);
	return status;
}
