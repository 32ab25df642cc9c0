// SPDX-License-Identifier: GPL-2.0-only
/*
 * guard.c - from what the user called a driver to its guarded image in memory.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "contracts.h"
#include "group.h"
#include "guard.h"

#define RUNNING_BTF "/sys/kernel/btf/vmlinux"

static int find_core(struct out *out, struct guard *guard)
{
	char *dir = NULL;
	int status;

	if (guard->core_path)
		return EXIT_SUCCESS;
	if (guard->kernel_dir)
		return modules_core(out, guard->kernel_dir, &guard->core_path);
	status = modules_dir(out, guard->modules, guard->path, &dir);
	if (!status)
		status = modules_core(out, dir, &guard->core_path);
	free(dir);
	return status;
}

/* Is the kernel that suture.ko was built for the one that runs here? */
static bool fits_running(const struct guard *guard)
{
	const char *vermagic = suture_core_vermagic(guard->core);
	struct utsname name;
	size_t len;

	if (!vermagic || uname(&name))
		return false;
	len = strlen(name.release);
	return strncmp(vermagic, name.release, len) == 0 &&
	       (vermagic[len] == ' ' || vermagic[len] == '\0');
}

static int add_packs(struct out *out, struct guard *guard)
{
	struct suture_rewrite_error err;
	struct core_files files;
	int status;
	size_t i;

	status = core_files_find(out, guard->core_path, &files);
	for (i = 1; !status && i < files.count; i++)
		if (suture_core_add(guard->core, files.list[i], &err) < 0)
			status = out_fail(out, "%s", err.text);
	core_files_end(&files);
	return status;
}

static int open_core(struct out *out, struct guard *guard)
{
	struct suture_rewrite_error err;
	struct utsname name;
	int status;

	if (suture_core_open(guard->core_path, &guard->core, &err) < 0)
		return out_fail(out, "%s", err.text);
	status = add_packs(out, guard);
	if (status)
		return status;
	if (!guard->running || fits_running(guard) || uname(&name))
		return EXIT_SUCCESS;
	return out_fail(out,
			"%s: was built for kernel %.*s, this is %s; build it for this one "
			"(`dkms install suture -k %s`)",
			guard->core_path, (int)strcspn(suture_core_vermagic(guard->core), " "),
			suture_core_vermagic(guard->core), name.release, name.release);
}

/* The vmlinuz of the kernel that suture.ko was built for, if it can be read. */
static char *kernel_file(const struct guard *guard)
{
	const char *vermagic = suture_core_vermagic(guard->core);
	char *path;

	if (asprintf(&path, "%s/boot/vmlinuz-%.*s", guard->root ? guard->root : "",
		     (int)strcspn(vermagic, " "), vermagic) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Without the kernel's types all goes well, only with less knowledge. */
static int open_types(struct out *out, struct guard *guard)
{
	struct suture_rewrite_error err;
	const char *path = guard->btf;
	char *installed = NULL;
	int status = EXIT_SUCCESS;

	if (!path && !guard->root && fits_running(guard) && !access(RUNNING_BTF, R_OK))
		path = RUNNING_BTF;
	if (!path && guard->installed)
		path = installed = kernel_file(guard);
	if (!path)
		return EXIT_SUCCESS;
	if (suture_types_open(path, &guard->types, &err) == 0)
		goto done;
	if (guard->btf)
		status = out_fail(out, "%s", err.text);
	else
		out_warn(out, "%s; going on without prototypes", err.text);
done:
	free(installed);
	return status;
}

/* Those of the packs that the image imports from. */
static int note_packs(struct out *out, struct guard *guard)
{
	const struct suture_report *report = &guard->guarded->report;
	json_t *seen = json_object(), *value;
	const char *path;
	size_t i;

	for (i = 0; i < report->nimports; i++) {
		path = report->imports[i].wrapper ?
			       suture_core_pack(guard->core, report->imports[i].name) :
			       NULL;
		if (path)
			json_object_set_new(seen, path, json_true());
	}
	guard->packs = json_array();
	json_object_foreach(seen, path, value)
		json_array_append_new(guard->packs, json_string(path));
	json_decref(seen);
	return guard->packs ? EXIT_SUCCESS : out_fail(out, "out of memory");
}

static int rewrite(struct out *out, struct guard *guard)
{
	struct suture_rewrite_error err;

	if (suture_rewrite_file(guard->path, guard->core, guard->types, guard->flags,
				&guard->guarded, &err) < 0)
		return out_fail(out, "%s", err.text);
	guard->depends = modules_info(guard->modules, guard->path, "depends");
	return note_packs(out, guard);
}

int guard_open(struct out *out, struct guard *guard)
{
	int status = EXIT_SUCCESS;

	if (!guard->modules)
		status = modules_open(out, guard->root, guard->kernel_dir, &guard->modules);
	if (!status)
		status = find_core(out, guard);
	if (!status)
		status = open_core(out, guard);
	if (!status)
		status = open_types(out, guard);
	if (!status && !(guard->flags & SUTURE_REWRITE_ENTRIES_ONLY))
		status = contracts_use(out, guard->core, guard->root, guard->contracts,
				       guard->running || guard->installed);
	return status;
}

/* A part is one, whoever loads it: drivers may come later. */
static int rewrite_driver(struct out *out, struct guard *guard)
{
	char *name = modules_name(guard->modules, guard->path);

	if (name && group_known(name))
		guard->flags |= SUTURE_REWRITE_PART;
	free(name);
	return rewrite(out, guard);
}

int guard_prepare(struct out *out, struct guard *guard, const char *what)
{
	int status;

	status = modules_open(out, guard->root, guard->kernel_dir, &guard->modules);
	if (!status)
		status = modules_find(out, guard->modules, what, &guard->path);
	if (!status)
		status = guard_open(out, guard);
	return status ? status : rewrite_driver(out, guard);
}

static void borrow(const struct guard *open, char *path, unsigned int flags, struct guard *guard)
{
	*guard = *open;
	guard->flags = flags;
	guard->path = path;
	guard->depends = NULL;
	guard->packs = NULL;
	guard->guarded = NULL;
}

int guard_driver(struct out *out, const struct guard *open, char *path, unsigned int flags,
		 struct guard *driver)
{
	borrow(open, path, flags, driver);
	return rewrite_driver(out, driver);
}

int guard_part(struct out *out, const struct guard *driver, char *path, struct guard *part)
{
	borrow(driver, path, driver->flags | SUTURE_REWRITE_PART, part);
	return rewrite(out, part);
}

void guard_part_end(struct guard *part)
{
	suture_guarded_free(part->guarded);
	json_decref(part->packs);
	free(part->depends);
	free(part->path);
}

void guard_end(struct guard *guard)
{
	guard_part_end(guard);
	suture_types_free(guard->types);
	suture_core_free(guard->core);
	modules_close(guard->modules);
	free(guard->core_path);
}
