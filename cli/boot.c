// SPDX-License-Identifier: GPL-2.0-only
/*
 * boot.c - what makes prepared modules take effect at boot: modprobe.d and the initramfs.
 *
 * depmod's order alone would do, if nothing ever went wrong. But a driver whose suture.ko is refused
 * would not be loaded at all, and the disk that the system is on may be behind it. So modprobe.d has an
 * install line for each prepared module: boot/modprobe loads the prepared one, and the stock one
 * if Suture is the reason why that cannot be, or if the kernel's command line says "nosuture".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

/* Should the package have gone and this file stayed, all is as without it. */
#define LINE                                                                    \
	"install %1$s if test -x " BOOT_MODPROBE "; then exec " BOOT_MODPROBE   \
	" %1$s $CMDLINE_OPTS; else exec /sbin/modprobe -i %1$s $CMDLINE_OPTS; " \
	"fi\n"

#define HEAD                                                                                  \
	"# Made by `suture enable`, for the drivers in " ENABLED_FILE "; not to be edited.\n" \
	"# With \"nosuture\" on the kernel's command line the stock drivers are loaded.\n"

/* The names of all prepared modules, and of suture.ko and its packs, as keys. */
static int find_names(struct out *out, const struct root *root, json_t *names)
{
	json_t *kernels = root_kernels(root), *item;
	struct core_files files;
	struct manifest manifest;
	int status = EXIT_SUCCESS;
	char *dir, *core, *name;
	size_t i, k;

	json_array_foreach(kernels, i, item) {
		dir = status ? NULL : root_path(root, "/lib/modules/%s", json_string_value(item));
		if (!dir)
			continue;
		status = manifest_read(out, dir, &manifest);
		for (k = 0; !status && k < manifest.count; k++)
			json_object_set_new(names, manifest.list[k].name, json_true());
		core = !status && manifest.count ? modules_core_there(dir) : NULL;
		if (core && !core_files_find(out, core, &files)) {
			for (k = 0; k < files.count; k++) {
				name = strdup(strrchr(files.list[k], '/') + 1);
				name[strcspn(name, ".")] = '\0';
				json_object_set_new(names, name, json_true());
				free(name);
			}
			core_files_end(&files);
		}
		manifest_end(&manifest);
		free(core);
		free(dir);
	}
	json_decref(kernels);
	return status;
}

int boot_conf(struct out *out, const struct root *root)
{
	json_t *names = json_object(), *value;
	char *path = root_path(root, BOOT_CONF), *text = NULL;
	int status = find_names(out, root, names);
	const char *name;
	size_t size;
	FILE *to;

	if (!status && !json_object_size(names)) {
		if (path && unlink(path) && errno != ENOENT)
			status = out_fail(out, "%s: cannot be removed: %s", path, strerror(errno));
	} else if (!status) {
		to = open_memstream(&text, &size);
		if (!to || !path)
			return out_fail(out, "out of memory");
		fputs(HEAD, to);
		json_object_foreach(names, name, value)
			fprintf(to, LINE, name);
		status = fclose(to) ? out_fail(out, "out of memory") : file_put(out, path, text);
		free(text);
	}
	json_decref(names);
	free(path);
	return status;
}

/* "…/e1000.ko", compressed or not; in a prepared module's name there is no dash. */
static bool lists(const char *listing, const char *name)
{
	const char *line = listing, *base, *end;
	size_t len = strlen(name), i;

	for (; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		for (base = end; base > line && base[-1] != '/';)
			base--;
		for (i = 0; i < len && base + i < end; i++)
			if ((base[i] == '-' ? '_' : base[i]) != name[i])
				break;
		if (i == len && strncmp(base + i, ".ko", 3) == 0)
			return true;
	}
	return false;
}

bool boot_in_initramfs(const struct root *root, const char *release, json_t *names)
{
	char *image = root_path(root, "/boot/initrd.img-%s", release), *listing = NULL;
	const char *argv[] = { "lsinitramfs", image, NULL };
	bool found = false;
	json_t *item;
	size_t i;

	if (image && json_array_size(names) && !access(image, R_OK) &&
	    program_there("lsinitramfs") && program_ask(argv, &listing) == 0) {
		json_array_foreach(names, i, item)
			found |= lists(listing, json_string_value(item));
	}
	free(listing);
	free(image);
	return found;
}

int boot_update_initramfs(struct out *out, const struct root *root, const char *release)
{
	const char *argv[] = { "update-initramfs", "-u", "-k", release, NULL };
	char *image = root_path(root, "/boot/initrd.img-%s", release);
	bool there = image && access(image, F_OK) == 0;
	int status;

	free(image);
	if (!there)
		return EXIT_SUCCESS;
	if (root->dir || !program_there("update-initramfs")) {
		out_warn(out, "the initramfs of %s has to be made anew: update-initramfs -u -k %s",
			 release, release);
		return EXIT_SUCCESS;
	}
	status = program_run(argv);
	if (status)
		return out_fail(out,
				"update-initramfs -u -k %s: left with status %d; see above, "
				"then repeat it",
				release, status);
	return EXIT_SUCCESS;
}
