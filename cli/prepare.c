// SPDX-License-Identifier: GPL-2.0-only
/*
 * prepare.c - the guarded images of the enabled drivers, as files, for one kernel.
 *
 * All of a kernel's prepared modules are made together, in a folder beside the one that is in
 * use, which they then replace: what depmod sees is never half of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "kernel/version.h"
#include "prepare.h"

#define NEW_FOLDER PREPARED_FOLDER ".new"
#define OLD_FOLDER PREPARED_FOLDER ".old"

/* FNV-1a; it has to tell builds apart, not to withstand anybody. */
static void mix(uint64_t *sum, const char *text)
{
	for (; *text; text++)
		*sum = (*sum ^ (unsigned char)*text) * 0x100000001b3ull;
}

/* The version, and a sum of the build ids of suture.ko and its packs. */
static int find_rules(struct out *out, struct prepare *prepare)
{
	uint64_t sum = 0xcbf29ce484222325ull;
	struct suture_rewrite_error err;
	char id[SUTURE_BUILD_ID];
	struct core_files files;
	int status;
	size_t i;

	status = core_files_find(out, prepare->core_path, &files);
	for (i = 0; !status && i < files.count; i++) {
		if (suture_build_id(files.list[i], id, &err) < 0)
			status = out_fail(out, "%s", err.text);
		else
			mix(&sum, id);
	}
	core_files_end(&files);
	if (!status && asprintf(&prepare->rules, SUTURE_VERSION "+%016" PRIx64, sum) < 0)
		status = out_fail(out, "out of memory");
	return status;
}

int prepare_open(struct out *out, struct prepare *prepare)
{
	char *dir = root_path(prepare->root, "/lib/modules/%s", prepare->release);
	int status;

	prepare->changed = json_array();
	prepare->drivers = json_array();
	/* As libkmod has it: /lib is a link to /usr/lib, and stock files are told from there on. */
	prepare->dir = dir ? realpath(dir, NULL) : NULL;
	if (!prepare->dir && dir)
		status = out_fail(out, "%s: cannot be opened: %s", dir, strerror(errno));
	else if (!dir)
		status = out_fail(out, "out of memory");
	else
		status = EXIT_SUCCESS;
	free(dir);
	if (status)
		return status;
	status = manifest_read(out, prepare->dir, &prepare->old);
	if (!status && prepare->core_path)
		status = find_rules(out, prepare);
	return status;
}

void prepare_end(struct prepare *prepare)
{
	manifest_end(&prepare->old);
	manifest_end(&prepare->new_);
	json_decref(prepare->changed);
	json_decref(prepare->drivers);
	sign_end(&prepare->sign);
	free(prepare->core_path);
	free(prepare->rules);
	free(prepare->dir);
}

static const char *module_stale(const struct prepare *prepare, const struct prepared *module,
				char *buf, size_t size)
{
	struct suture_rewrite_error err;
	char id[SUTURE_BUILD_ID];
	const char *why = NULL;
	char *path;

	if (!prepare->rules)
		return "there is no suture.ko for this kernel";
	if (strcmp(module->rules, prepare->rules) != 0)
		return "suture.ko has changed";
	if (asprintf(&path, "%s/" PREPARED_FOLDER "/%s.ko", prepare->dir, module->name) < 0)
		return "out of memory";
	if (access(path, R_OK))
		why = "the prepared file has gone";
	free(path);
	if (why)
		return why;
	if (asprintf(&path, "%s/%s", prepare->dir, module->stock) < 0)
		return "out of memory";
	if (suture_build_id(path, id, &err) < 0) {
		snprintf(buf, size, "%s", err.text);
		why = buf;
	} else if (strcmp(id, module->build_id) != 0) {
		snprintf(buf, size, "the kernel's %s has changed", module->name);
		why = buf;
	}
	free(path);
	return why;
}

const char *prepare_stale(const struct prepare *prepare, const char *name, char *buf, size_t size)
{
	const struct enabled *enabled = enabled_find(prepare->enabled, name);
	const char *why = NULL;
	bool there = false;
	size_t i;

	for (i = 0; !why && i < prepare->old.count; i++) {
		const struct prepared *module = &prepare->old.list[i];

		if (!modules_same(module->driver, name))
			continue;
		there |= modules_same(module->name, name);
		if (enabled && strcmp(module->words, enabled->words) != 0)
			why = "it was enabled with other words";
		else
			why = module_stale(prepare, module, buf, size);
	}
	return !why && !there ? "it has not been prepared" : why;
}

bool prepare_due(const struct prepare *prepare)
{
	char buf[512];
	size_t i;

	for (i = 0; i < prepare->enabled->count; i++)
		if (prepare_stale(prepare, prepare->enabled->list[i].name, buf, sizeof(buf)))
			return true;
	for (i = 0; i < prepare->old.count; i++)
		if (!enabled_find(prepare->enabled, prepare->old.list[i].driver))
			return true;
	return false;
}

static int write_module(struct out *out, struct prepare *prepare, const struct enabled *driver,
			const struct guard *guard)
{
	const char *name = guard->guarded->report.module;
	struct suture_rewrite_error err;
	size_t len = strlen(prepare->dir);
	char id[SUTURE_BUILD_ID], *path;
	struct prepared prepared = { 0 };
	int status = EXIT_SUCCESS;

	if (manifest_find(&prepare->new_, name))
		return EXIT_SUCCESS; /* a part of two drivers */
	if (strncmp(guard->path, prepare->dir, len) != 0 || guard->path[len] != '/')
		return out_fail(out, "%s: is not in %s", guard->path, prepare->dir);
	if (suture_build_id(guard->path, id, &err) < 0)
		return out_fail(out, "%s", err.text);
	if (asprintf(&path, "%s/" NEW_FOLDER "/%s.ko", prepare->dir, name) < 0)
		return out_fail(out, "out of memory");
	if (suture_guarded_write(guard->guarded, path, &err) < 0)
		status = out_fail(out, "%s", err.text);
	if (!status)
		status = sign_module(out, &prepare->sign, path);
	free(path);
	if (status)
		return status;
	prepared.name = strdup(name);
	prepared.stock = strdup(guard->path + len + 1);
	prepared.build_id = strdup(id);
	prepared.rules = strdup(prepare->rules);
	prepared.mark = strdup(prepare->sign.key ? "signed" : "unsigned");
	prepared.driver = strdup(driver->name);
	prepared.words = strdup(driver->words);
	return manifest_add(out, &prepare->new_, &prepared);
}

static json_t *tell(const struct prepare *prepare, const struct enabled *driver,
		    const struct guard *guard, const struct group *group)
{
	const struct suture_report *report = &guard->guarded->report;
	json_t *object = json_object(), *parts = json_array();
	uint64_t entries = report->nthunks, sites = report->nwrapped;
	size_t i;

	for (i = 0; i < group->nparts; i++) {
		report = &group->parts[i].guard.guarded->report;
		entries += report->nthunks;
		sites += report->nwrapped;
		json_array_append_new(parts, out_string(report->module));
	}
	out_set(object, "driver", driver->name);
	out_set(object, "kernel", prepare->release);
	out_set_number(object, "entries", entries);
	out_set_number(object, "call_sites", sites);
	json_object_set_new(object, "parts", parts);
	json_object_set_new(object, "signed", json_boolean(prepare->sign.key));
	return object;
}

/* One driver with its parts. */
static int make_driver(struct out *out, struct prepare *prepare, const struct guard *open,
		       const struct enabled *enabled)
{
	struct guard driver = { 0 };
	struct group group = { 0 };
	unsigned int flags = open->flags;
	char *path = NULL, *words = NULL;
	int status;
	size_t i;

	status = modules_find(out, open->modules, enabled->name, &path);
	if (status)
		return status;
	status = enabled_apply(out, enabled, &words, &flags, &group);
	if (status) {
		free(path);
		free(words);
		return status;
	}
	status = guard_driver(out, open, path, flags, &driver);
	if (!status)
		status = group_prepare(out, &group, &driver);
	for (i = 0; !status && i < group.nparts; i++)
		status = write_module(out, prepare, enabled, &group.parts[i].guard);
	if (!status)
		status = write_module(out, prepare, enabled, &driver);
	if (!status)
		json_array_append_new(prepare->drivers, tell(prepare, enabled, &driver, &group));
	group_end(&group);
	guard_part_end(&driver);
	free(words);
	return status;
}

static bool strict(const struct prepare *prepare, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(prepare->strict, i, item) {
		if (modules_same(json_string_value(item), name))
			return true;
	}
	return false;
}

static int make_all(struct out *out, struct prepare *prepare, const struct guard *open)
{
	struct out words = *out;
	char *text = NULL, *said;
	size_t size, i;
	int status;

	for (i = 0; i < prepare->enabled->count; i++) {
		const struct enabled *enabled = &prepare->enabled->list[i];

		if (strict(prepare, enabled->name)) {
			status = make_driver(out, prepare, open, enabled);
			if (status)
				return status;
			continue;
		}
		/* What stops one of the others is a warning. */
		words.json = false;
		words.to = words.err = open_memstream(&text, &size);
		if (!words.to)
			return out_fail(out, "out of memory");
		status = make_driver(&words, prepare, open, enabled);
		fclose(words.to);
		said = strncmp(text, "suture: ", 8) ? text : text + 8;
		said[strcspn(said, "\n")] = '\0';
		if (status)
			out_warn(out, "%s: %s: is not prepared, the stock driver is used: %s",
				 prepare->release, enabled->name, said);
		free(text);
		text = NULL;
	}
	return EXIT_SUCCESS;
}

static void find_changes(struct prepare *prepare)
{
	const struct prepared *module;
	size_t i;

	for (i = 0; i < prepare->new_.count; i++) {
		module = &prepare->new_.list[i];
		if (!prepared_same(module, manifest_find(&prepare->old, module->name)))
			json_array_append_new(prepare->changed, json_string(module->name));
	}
	for (i = 0; i < prepare->old.count; i++) {
		module = &prepare->old.list[i];
		if (!manifest_find(&prepare->new_, module->name))
			json_array_append_new(prepare->changed, json_string(module->name));
	}
}

int prepare_make(struct out *out, struct prepare *prepare)
{
	struct guard open = {
		.root = prepare->root->dir,
		.kernel_dir = prepare->dir,
		.installed = true,
	};
	int status;
	char *path;

	if (asprintf(&path, "%s/" NEW_FOLDER "/", prepare->dir) < 0)
		return out_fail(out, "out of memory");
	status = folder_remove(out, path);
	if (!status && prepare->enabled->count) {
		file_folders(path);
		if (access(path, W_OK))
			status = out_fail(
				out, "%s: cannot be written: %s%s", path, strerror(errno),
				errno == ENOENT || errno == EACCES ? "; try again as root" : "");
		if (!status && !prepare->unsigned_)
			status = sign_open(out, prepare->root, prepare->release, &prepare->sign);
		if (!status) {
			open.core_path = strdup(prepare->core_path);
			status = guard_open(out, &open);
		}
		if (!status)
			status = make_all(out, prepare, &open);
		if (!status)
			status = manifest_write(out, path, &prepare->new_);
		guard_end(&open);
	}
	free(path);
	find_changes(prepare);
	return status;
}

static int swap_folders(struct out *out, const char *dir, bool any)
{
	char *new = NULL, *now = NULL, *old = NULL;
	int status = EXIT_SUCCESS;

	if (asprintf(&new, "%s/" NEW_FOLDER, dir) < 0 ||
	    asprintf(&now, "%s/" PREPARED_FOLDER, dir) < 0 ||
	    asprintf(&old, "%s/" OLD_FOLDER, dir) < 0)
		return out_fail(out, "out of memory");
	status = folder_remove(out, old);
	if (!status && rename(now, old) && errno != ENOENT)
		status = out_fail(out, "%s: cannot be replaced: %s", now, strerror(errno));
	if (!status && any && rename(new, now)) {
		status = out_fail(out, "%s: cannot be replaced: %s", now, strerror(errno));
		rename(old, now);
	}
	if (!status)
		status = folder_remove(out, old);
	free(new);
	free(now);
	free(old);
	return status;
}

int prepare_install(struct out *out, struct prepare *prepare)
{
	const char *argv[] = { "depmod", NULL, NULL, NULL, NULL };
	int status;

	status = swap_folders(out, prepare->dir, prepare->new_.count > 0);
	if (status)
		return status;
	if (prepare->root->dir) {
		argv[1] = "-b";
		argv[2] = prepare->root->dir;
	}
	argv[prepare->root->dir ? 3 : 1] = prepare->release;
	status = program_run(argv);
	if (status)
		return out_fail(out, "depmod %s: left with status %d; see above, then repeat it",
				prepare->release, status);
	return EXIT_SUCCESS;
}

void prepare_drop(struct out *out, struct prepare *prepare)
{
	char *path;

	if (asprintf(&path, "%s/" NEW_FOLDER, prepare->dir) < 0)
		return;
	folder_remove(out, path);
	free(path);
}
