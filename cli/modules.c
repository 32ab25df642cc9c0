// SPDX-License-Identifier: GPL-2.0-only
/*
 * modules.c - module files: finding them, asking them, loading what others need.
 */
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "modules.h"
#include "prepared.h"

static const char *const endings[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };

#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

struct modules {
	struct kmod_ctx *ctx;
	char *dir;
};

/* modprobe.d of a system in another folder; NULL: of this one. */
static char **config_paths(const char *root)
{
	static const char *const place[] = { "/etc/modprobe.d", "/run/modprobe.d",
					     "/usr/local/lib/modprobe.d", "/lib/modprobe.d" };
	const size_t n = sizeof(place) / sizeof(place[0]);
	char **paths;
	size_t i;

	paths = root ? calloc(n + 1, sizeof(*paths)) : NULL;
	for (i = 0; paths && i < n; i++)
		if (asprintf(&paths[i], "%s%s", root, place[i]) < 0)
			paths[i] = NULL;
	return paths;
}

int modules_open(struct out *out, const char *root, const char *dir, struct modules **result)
{
	struct modules *modules = calloc(1, sizeof(*modules));
	char **config, **path;
	struct utsname name;

	if (!modules)
		return out_fail(out, "out of memory");
	if (dir) {
		modules->dir = realpath(dir, NULL);
		if (!modules->dir) {
			free(modules);
			return out_fail(out, "%s: cannot be opened: %s", dir, strerror(errno));
		}
	} else if (uname(&name) || asprintf(&modules->dir, "/lib/modules/%s", name.release) < 0) {
		free(modules);
		return out_fail(out, "out of memory");
	}

	config = config_paths(root);
	modules->ctx = kmod_new(modules->dir, (const char *const *)config);
	for (path = config; path && *path; path++)
		free(*path);
	free(config);
	if (!modules->ctx) {
		modules_close(modules);
		return out_fail(out, "%s: libkmod cannot be started", dir ? dir : "libkmod");
	}
	/* We say in our own words what went wrong. */
	kmod_set_log_priority(modules->ctx, 0);
	*result = modules;
	return EXIT_SUCCESS;
}

void modules_close(struct modules *modules)
{
	if (!modules)
		return;
	if (modules->ctx)
		kmod_unref(modules->ctx);
	free(modules->dir);
	free(modules);
}

static bool has_ending(const char *text)
{
	size_t len = strlen(text), i;

	for (i = 0; i < ENDINGS; i++) {
		size_t end = strlen(endings[i]);

		if (len > end && strcmp(text + len - end, endings[i]) == 0)
			return true;
	}
	return false;
}

/*
 * A directory without modules.dep (a kernel package unpacked somewhere) has no index to
 * ask, so look for the file itself. nftw() has no room for a parameter.
 */
static __thread const char *wanted;
static __thread char *walked;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *base = path + ftw->base;
	size_t i;

	(void)st;
	if (type != FTW_F || !has_ending(base))
		return 0;
	for (i = 0; wanted[i] && base[i]; i++) {
		char a = wanted[i] == '-' ? '_' : wanted[i];
		char b = base[i] == '-' ? '_' : base[i];

		if (a != b)
			return 0;
	}
	if (wanted[i] || strncmp(base + i, ".ko", 3) != 0)
		return 0;
	walked = strdup(path);
	return 1;
}

static char *walk(const char *dir, const char *name)
{
	wanted = name;
	walked = NULL;
	/* Not through links: "build" and "source" lead into whole kernel trees. */
	nftw(dir, visit, 16, FTW_PHYS);
	return walked;
}

/* Of a prepared driver its stock file, also if the list of the prepared ones has been lost. */
static char *stock_file(struct modules *modules, struct kmod_module *mod)
{
	char *path = prepared_stock(kmod_module_get_path(mod)), *kernel, *found = NULL;

	if (!path || !strstr(path, "/" PREPARED_FOLDER "/"))
		return path;
	if (asprintf(&kernel, "%s/kernel", modules->dir) >= 0) {
		found = walk(kernel, kmod_module_get_name(mod));
		free(kernel);
	}
	if (!found)
		return path;
	free(path);
	return found;
}

static int find_name(struct out *out, struct modules *modules, const char *name, char **path)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;
	const char *file;
	int status = EXIT_SUCCESS;
	int ret;

	ret = kmod_module_new_from_lookup(modules->ctx, name, &list);
	if (ret < 0 || !list) {
		*path = walk(modules->dir, name);
		if (*path)
			return EXIT_SUCCESS;
		return out_fail(out,
				"%s: no such module in %s; give its path, or see "
				"`modinfo %s`",
				name, modules->dir, name);
	}

	mod = kmod_module_get_module(list);
	file = kmod_module_get_path(mod);
	if (kmod_list_next(list, list))
		status = out_fail(out,
				  "%s: stands for more than one module; name one of them, "
				  "such as %s",
				  name, kmod_module_get_name(mod));
	else if (!file)
		status = out_fail(out, "%s: is built into the kernel; only modules can be guarded",
				  name);
	else
		*path = stock_file(modules, mod);
	kmod_module_unref(mod);
	kmod_module_unref_list(list);
	return status;
}

int modules_find(struct out *out, struct modules *modules, const char *what, char **path)
{
	if (!strchr(what, '/') && !has_ending(what))
		return find_name(out, modules, what, path);

	if (access(what, R_OK))
		return out_fail(out, "%s: cannot be read: %s", what, strerror(errno));
	*path = realpath(what, NULL);
	return *path ? EXIT_SUCCESS :
		       out_fail(out, "%s: cannot be read: %s", what, strerror(errno));
}

static char *info_of(struct kmod_module *mod, const char *key)
{
	struct kmod_list *list = NULL, *item;
	char *value = NULL;

	if (kmod_module_get_info(mod, &list) < 0)
		return NULL;
	kmod_list_foreach(item, list)
	{
		if (strcmp(kmod_module_info_get_key(item), key) == 0) {
			value = strdup(kmod_module_info_get_value(item));
			break;
		}
	}
	kmod_module_info_free_list(list);
	return value;
}

char *modules_info(struct modules *modules, const char *path, const char *key)
{
	struct kmod_module *mod;
	char *value;

	if (kmod_module_new_from_path(modules->ctx, path, &mod) < 0)
		return NULL;
	value = info_of(mod, key);
	kmod_module_unref(mod);
	return value;
}

int modules_dir(struct out *out, struct modules *modules, const char *path, char **dir)
{
	char *vermagic = modules_info(modules, path, "vermagic");
	int ret;

	if (!vermagic)
		return out_fail(out,
				"%s: is no kernel module: it does not say which kernel it "
				"was built for (vermagic)",
				path);
	/* It becomes part of a path, and came out of a file that nobody has checked. */
	vermagic[strcspn(vermagic, " /")] = '\0';
	ret = asprintf(dir, "/lib/modules/%s", vermagic);
	free(vermagic);
	return ret < 0 ? out_fail(out, "out of memory") : EXIT_SUCCESS;
}

char *modules_core_there(const char *dir)
{
	static const char *const place[] = { "updates/dkms", "extra", "updates" };
	size_t i, k;
	char *path;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		for (k = 0; k < ENDINGS; k++) {
			if (asprintf(&path, "%s/%s/suture%s", dir, place[i], endings[k]) < 0)
				return NULL;
			if (access(path, R_OK) == 0)
				return path;
			free(path);
		}
	}
	return NULL;
}

int modules_core(struct out *out, const char *dir, char **path)
{
	*path = modules_core_there(dir);
	if (*path)
		return EXIT_SUCCESS;
	return out_fail(out,
			"suture.ko: not found in %s (updates/dkms, extra, updates); "
			"install it for that kernel with `dkms install suture -k %s`, "
			"or name the file with --core FILE",
			dir, strrchr(dir, '/') ? strrchr(dir, '/') + 1 : dir);
}

int core_files_find(struct out *out, const char *core, struct core_files *files)
{
	const char *slash = strrchr(core, '/');
	int status = EXIT_SUCCESS;
	char *pattern;
	size_t i;

	memset(files, 0, sizeof(*files));
	if (asprintf(&pattern, "%.*ssuture_*.ko{,.gz,.xz,.zst}",
		     slash ? (int)(slash - core + 1) : 0, core) < 0)
		return out_fail(out, "out of memory");
	switch (glob(pattern, GLOB_BRACE, NULL, &files->packs)) {
	case 0:
	case GLOB_NOMATCH:
		break;
	default:
		status = out_fail(out, "%s: cannot be looked for: %s", pattern, strerror(errno));
	}
	free(pattern);
	files->list = calloc(files->packs.gl_pathc + 1, sizeof(*files->list));
	if (!files->list)
		return out_fail(out, "out of memory");
	files->list[files->count++] = core;
	for (i = 0; i < files->packs.gl_pathc; i++)
		files->list[files->count++] = files->packs.gl_pathv[i];
	return status;
}

void core_files_end(struct core_files *files)
{
	free(files->list);
	globfree(&files->packs);
}

char *modules_name(struct modules *modules, const char *path)
{
	struct kmod_module *mod;
	char *name;

	if (kmod_module_new_from_path(modules->ctx, path, &mod) < 0)
		return NULL;
	name = strdup(kmod_module_get_name(mod));
	kmod_module_unref(mod);
	return name;
}

char *modules_options(struct modules *modules, const char *name)
{
	struct kmod_module *mod;
	const char *options;
	char *copy;

	if (kmod_module_new_from_name(modules->ctx, name, &mod) < 0)
		return strdup("");
	options = kmod_module_get_options(mod);
	copy = strdup(options ? options : "");
	kmod_module_unref(mod);
	return copy;
}

bool modules_install_line(struct modules *modules, const char *name)
{
	struct kmod_module *mod;
	const char *line;
	bool has;

	if (kmod_module_new_from_name(modules->ctx, name, &mod) < 0)
		return false;
	line = kmod_module_get_install_commands(mod);
	has = line && !strstr(line, BOOT_MODPROBE);
	kmod_module_unref(mod);
	return has;
}

bool modules_loaded(const char *name)
{
	char path[PATH_MAX];

	/* What is built in has a directory too, but no state. */
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return access(path, F_OK) == 0;
}

/* Puts the name of @mod on the list of those that are about to be loaded. */
static void note(struct kmod_module *mod, json_t *names)
{
	if (kmod_module_get_initstate(mod) < 0)
		json_array_append_new(names, out_string(kmod_module_get_name(mod)));
}

/* Loads @mod and what it needs; one that is there already is no news. */
static int probe(struct kmod_module *mod, json_t *loaded)
{
	struct kmod_list *needs, *item;
	json_t *names;
	int ret;

	if (kmod_module_get_initstate(mod) >= 0)
		return 0;

	names = json_array();
	needs = kmod_module_get_dependencies(mod);
	kmod_list_foreach(item, needs)
	{
		struct kmod_module *need = kmod_module_get_module(item);

		note(need, names);
		kmod_module_unref(need);
	}
	kmod_module_unref_list(needs);
	note(mod, names);

	ret = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
	if (ret >= 0 || ret == -EEXIST) {
		json_array_extend(loaded, names);
		ret = 0;
	}
	json_decref(names);
	return ret;
}

/* NAME.ko beside the module that asks for it: a driver just built has no index. */
static char *sibling(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *file;
	size_t i;

	for (i = 0; slash && i < ENDINGS; i++) {
		if (asprintf(&file, "%.*s/%s%s", (int)(slash - path), path, name, endings[i]) < 0)
			return NULL;
		if (access(file, R_OK) == 0)
			return file;
		free(file);
	}
	return NULL;
}

static int probe_sibling(struct modules *modules, const char *path, const char *name,
			 json_t *loaded)
{
	char *file = sibling(path, name);
	struct kmod_module *mod;
	int ret = -ENOENT;

	if (file && kmod_module_new_from_path(modules->ctx, file, &mod) == 0) {
		ret = kmod_module_insert_module(mod, 0, kmod_module_get_options(mod));
		if (ret == 0)
			json_array_append_new(loaded, out_string(name));
		kmod_module_unref(mod);
	}
	free(file);
	return ret == -EEXIST ? 0 : ret;
}

char *modules_needed(struct modules *modules, const char *path, const char *name)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;
	char *file = NULL;
	bool indexed;

	indexed = kmod_module_new_from_lookup(modules->ctx, name, &list) >= 0 && list;
	if (indexed) {
		mod = kmod_module_get_module(list);
		if (kmod_module_get_path(mod))
			file = stock_file(modules, mod);
		kmod_module_unref(mod);
		kmod_module_unref_list(list);
		return file;
	}
	file = sibling(path, name);
	return file ? file : walk(modules->dir, name);
}

static int load_name(struct out *out, struct modules *modules, const char *path, const char *name,
		     json_t *loaded)
{
	struct kmod_list *list = NULL, *item;
	int ret = 0;

	if (modules_loaded(name))
		return EXIT_SUCCESS;

	kmod_module_new_from_lookup(modules->ctx, name, &list);
	if (!list)
		ret = probe_sibling(modules, path, name, loaded);
	kmod_list_foreach(item, list)
	{
		struct kmod_module *mod = kmod_module_get_module(item);

		if (ret >= 0)
			ret = probe(mod, loaded);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	if (ret < 0)
		return out_fail(out,
				"%s: needs the module %s, which cannot be loaded: %s; "
				"try `modprobe %s` and look at dmesg",
				path, name, strerror(-ret), name);
	return EXIT_SUCCESS;
}

static int load_depends(struct out *out, struct modules *modules, struct kmod_module *mod,
			json_t *loaded)
{
	char *depends = info_of(mod, "depends");
	char *name, *rest = depends;
	int status = EXIT_SUCCESS;

	while (!status && rest && (name = strsep(&rest, ",")))
		if (*name)
			status = load_name(out, modules, kmod_module_get_path(mod), name, loaded);
	free(depends);
	return status;
}

int modules_load_needed(struct out *out, struct modules *modules, const char *path,
			enum modules_when when, json_t *loaded)
{
	struct kmod_list *pre = NULL, *post = NULL, *item;
	struct kmod_module *mod;
	int status = EXIT_SUCCESS;

	if (kmod_module_new_from_path(modules->ctx, path, &mod) < 0)
		return out_fail(out, "%s: cannot be read by libkmod", path);

	/* Soft ones are wishes: the driver works without them, so no word if they fail. */
	kmod_module_get_softdeps(mod, &pre, &post);
	kmod_list_foreach(item, when == MODULES_BEFORE ? pre : post)
	{
		struct kmod_module *soft = kmod_module_get_module(item);

		probe(soft, loaded);
		kmod_module_unref(soft);
	}
	if (when == MODULES_BEFORE)
		status = load_depends(out, modules, mod, loaded);

	kmod_module_unref_list(pre);
	kmod_module_unref_list(post);
	kmod_module_unref(mod);
	return status;
}

int modules_load_file(struct modules *modules, const char *path)
{
	struct kmod_module *mod;
	int ret;

	ret = kmod_module_new_from_path(modules->ctx, path, &mod);
	if (ret < 0)
		return ret;
	ret = kmod_module_insert_module(mod, 0, kmod_module_get_options(mod));
	kmod_module_unref(mod);
	return ret == -EEXIST ? 0 : ret;
}
