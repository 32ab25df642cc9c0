// SPDX-License-Identifier: GPL-2.0-only
/*
 * enable.c - `suture enable` and `suture disable`: drivers that are guarded for good.
 *
 * Both change the list of enabled drivers; what follows from the list is then made for each
 * kernel: its prepared modules, modprobe.d, and its initramfs if that has a say.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "command.h"
#include "enabled.h"
#include "modules.h"
#include "prepare.h"
#include "table.h"
#include "text.h"

/**
 * struct task - what was asked for
 * @root:	where
 * @release:	for this kernel only; NULL: for all
 * @core:	the suture.ko to use; NULL: the one installed for the kernel
 * @refresh:	nothing new; what is not as it should be is made anew
 * @unsigned_:	no signatures
 * @key:	sign with this
 * @cert:	and this
 * @initramfs:	'y': the initramfs is made anew in any case, 'n': in none, 0: if a driver that
 *		has changed is in it
 * @drivers:	names that were given, in the kernel's spelling: an array
 * @words:	their words
 */
struct task {
	struct root root;
	const char *release;
	const char *core;
	bool refresh;
	bool unsigned_;
	const char *key;
	const char *cert;
	char initramfs;
	json_t *drivers;
	char words[256];
};

static int open_kernel(struct out *out, const struct task *task, const char *release,
		       const struct enabled_list *list, struct prepare *prepare)
{
	char *dir = root_path(&task->root, "/lib/modules/%s", release);

	memset(prepare, 0, sizeof(*prepare));
	prepare->root = &task->root;
	prepare->release = release;
	prepare->enabled = list;
	prepare->unsigned_ = task->unsigned_;
	if (task->key) {
		prepare->sign.key = strdup(task->key);
		prepare->sign.cert = task->cert ? strdup(task->cert) : NULL;
	}
	prepare->core_path = task->core ? strdup(task->core) : dir ? modules_core_there(dir) : NULL;
	free(dir);
	return prepare_open(out, prepare);
}

static void show(struct out *out, const struct prepare *prepare, json_t *answer)
{
	char entries[48], sites[48];
	json_t *item;
	size_t i;

	json_array_foreach(prepare->drivers, i, item) {
		text_count(entries, sizeof(entries),
			   json_integer_value(json_object_get(item, "entries")), "entry",
			   "entries");
		text_count(sites, sizeof(sites),
			   json_integer_value(json_object_get(item, "call_sites")), "call site",
			   "call sites");
		out_text(out, "%s: prepared%s for %s: %s, %s checked\n",
			 json_string_value(json_object_get(item, "driver")),
			 prepare->sign.key ? " and signed" : "", prepare->release, entries, sites);
		json_array_append(answer, item);
	}
}

/* May the driver that the initramfs has be another one than the system's? */
static bool initramfs_due(const struct task *task, const struct prepare *prepare)
{
	size_t i;

	if (task->initramfs)
		return task->initramfs == 'y';
	if (!prepare->made || !json_array_size(prepare->changed))
		return false;
	for (i = 0; i < prepare->enabled->count; i++)
		if (enabled_has(prepare->enabled->list[i].words, "initramfs"))
			return true;
	return boot_in_initramfs(&task->root, prepare->release, prepare->changed);
}

/* The kernels that are meant. */
static json_t *choose(struct out *out, const struct task *task)
{
	json_t *kernels = root_kernels(&task->root), *item;
	bool known = false;
	size_t i;

	if (!task->release)
		return kernels;
	json_array_foreach(kernels, i, item)
		known |= strcmp(json_string_value(item), task->release) == 0;
	json_array_clear(kernels);
	if (known)
		json_array_append_new(kernels, json_string(task->release));
	else
		out_fail(out, "--kernel %s: has no modules in %s/lib/modules", task->release,
			 task->root.dir ? task->root.dir : "");
	return kernels;
}

/* Looks at one kernel and makes what is due for it, beside what is in use. */
static int make_kernel(struct out *out, const struct task *task, struct prepare *prepare)
{
	static const struct enabled_list none;
	bool here = task->release || root_runs(&task->root, prepare->release);

	if (!prepare->core_path && prepare->enabled->count) {
		if (here && !task->refresh)
			return modules_core(out, prepare->dir, &prepare->core_path);
		out_warn(out,
			 "%s: has no suture.ko yet; nothing is prepared for it until DKMS has "
			 "built it",
			 prepare->release);
		/* What was prepared for one that has gone is of no use. */
		prepare->enabled = &none;
	}
	prepare->strict = here ? task->drivers : NULL;
	if (!prepare_due(prepare))
		return EXIT_SUCCESS;
	prepare->made = true;
	return prepare_make(out, prepare);
}

/* Each driver that was named has to work with one kernel at least. */
static int check_named(struct out *out, const struct task *task, const struct prepare *kernels,
		       size_t n)
{
	const struct manifest *manifest;
	json_t *item;
	size_t i, k;

	json_array_foreach(task->drivers, i, item) {
		for (k = 0; k < n; k++) {
			manifest = kernels[k].made ? &kernels[k].new_ : &kernels[k].old;
			if (manifest_find(manifest, json_string_value(item)))
				break;
		}
		if (k == n)
			return out_fail(out,
					"%s: cannot be prepared for any kernel; `suture check "
					"%s` says more",
					json_string_value(item), json_string_value(item));
	}
	return EXIT_SUCCESS;
}

/* All is made: puts it into place, then what tells modprobe, then the initramfs of each kernel. */
static int install(struct out *out, const struct task *task, const struct enabled_list *list,
		   struct prepare *kernels, size_t n, json_t *answer)
{
	int status = EXIT_SUCCESS;
	size_t k;

	for (k = 0; !status && k < n; k++) {
		if (!kernels[k].made)
			continue;
		status = prepare_install(out, &kernels[k]);
		if (!status)
			show(out, &kernels[k], answer);
	}
	if (!status)
		status = boot_conf(out, &task->root);
	if (!status && list)
		status = enabled_write(out, &task->root, list);
	for (k = 0; !status && k < n; k++)
		if (initramfs_due(task, &kernels[k]))
			status = boot_update_initramfs(out, &task->root, kernels[k].release);
	return status;
}

/*
 * All that follows from @list, for all kernels; what is as it should be is left alone. @named: the
 * list is written, and the drivers of the command line have to work.
 */
static int make_all(struct out *out, const struct task *task, const struct enabled_list *list,
		    bool named, bool keep, json_t *answer)
{
	json_t *releases = choose(out, task), *item;
	size_t n = json_array_size(releases), i, able = 0;
	struct prepare *kernels = calloc(n + 1, sizeof(*kernels));
	int status = n ? EXIT_SUCCESS : EXIT_FAILURE;

	if (!n && !task->release)
		out_fail(out, "%s/lib/modules: there is no kernel",
			 task->root.dir ? task->root.dir : "");
	json_array_foreach(releases, i, item) {
		if (!kernels || status)
			break;
		status = open_kernel(out, task, json_string_value(item), list, &kernels[i]);
		able += kernels[i].core_path != NULL;
		if (!status)
			status = make_kernel(out, task, &kernels[i]);
	}
	if (!status && !able && list->count && !task->refresh)
		status = out_fail(
			out, "suture.ko: is not installed for any kernel; see `suture doctor`");
	if (!status && named)
		status = check_named(out, task, kernels, n);
	if (!status)
		status = install(out, task, keep ? NULL : list, kernels, n, answer);
	for (i = 0; kernels && i < n; i++) {
		if (status && kernels[i].made)
			prepare_drop(out, &kernels[i]);
		prepare_end(&kernels[i]);
	}
	free(kernels);
	json_decref(releases);
	return status;
}

/* --- the commands ----------------------------------------------------------- */

static int note_drivers(struct out *out, struct task *task, int argc, char **argv)
{
	char *name, *c;
	int i;

	for (i = optind; i < argc; i++) {
		name = module_name(argv[i]);
		for (c = name; c && *c; c++)
			if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
				    *c))
				break;
		if (!name || !*name || *c) {
			free(name);
			return out_fail(out, "%s: is not the name of a driver; give it as in lsmod",
					argv[i]);
		}
		json_array_append_new(task->drivers, json_string(name));
		free(name);
	}
	return EXIT_SUCCESS;
}

/* Two install lines for one module would leave it open which is run. */
static int check_conf(struct out *out, const struct task *task)
{
	struct modules *modules = NULL;
	int status = modules_open(out, task->root.dir, "/", &modules);
	json_t *item;
	size_t i;

	json_array_foreach(task->drivers, i, item) {
		if (!status && modules_install_line(modules, json_string_value(item)))
			status = out_fail(
				out,
				"%s: modprobe.d has an install line for it already; Suture "
				"would need one, too: remove it, or load the driver with "
				"`suture load`",
				json_string_value(item));
	}
	modules_close(modules);
	return status;
}

/* What is loaded now stays as it is: say so, it is easily taken for guarded. */
static void tell_loaded(struct out *out, const struct task *task, bool enabled)
{
	json_t *item;
	size_t i;

	if (task->root.dir)
		return;
	json_array_foreach(task->drivers, i, item) {
		const char *name = json_string_value(item);

		if (modules_loaded(name))
			out_text(out,
				 "%s: is loaded now, and stays as it is until it is loaded "
				 "again%s\n",
				 name, enabled ? ", at the latest at the next boot" : "");
	}
}

static int enable(struct out *out, struct task *task)
{
	struct enabled_list list;
	json_t *answer = json_array(), *item;
	int status = check_conf(out, task);
	size_t i;

	if (!status && !task->unsigned_ && !task->root.dir && !task->key && sign_wanted() &&
	    access(SIGN_KEY, R_OK))
		status = out_fail(
			out,
			"%s: this kernel takes signed modules only, and there is no key to "
			"sign with; make one and enrol it (`dkms generate_mok`, `mokutil "
			"--import " SIGN_CERT "`), or name one with --key and --cert",
			SIGN_KEY);
	if (!status)
		status = enabled_read(out, &task->root, &list);
	if (status) {
		json_decref(answer);
		return status;
	}
	json_array_foreach(task->drivers, i, item) {
		if (!status)
			status = enabled_set(out, &list, json_string_value(item), task->words);
	}
	if (!status)
		status = make_all(out, task, &list, true, !json_array_size(task->drivers), answer);
	if (!status) {
		if (task->refresh && !json_array_size(answer))
			out_text(out, list.count ? "all prepared modules are up to date\n" :
						   "no driver is enabled\n");
		tell_loaded(out, task, true);
		status = out_json(out, json_pack("{s:O}", "prepared", answer));
	}
	json_decref(answer);
	enabled_end(&list);
	return status;
}

static int disable(struct out *out, struct task *task, bool all, bool keep)
{
	json_t *answer = json_array(), *gone = json_array(), *item;
	struct enabled_list list;
	size_t i;
	int status;

	status = enabled_read(out, &task->root, &list);
	if (status)
		goto done;
	for (i = 0; all && i < list.count; i++)
		json_array_append_new(task->drivers, json_string(list.list[i].name));
	json_array_foreach(task->drivers, i, item) {
		if (enabled_drop(&list, json_string_value(item)))
			json_array_append(gone, item);
		else if (!status)
			status = out_fail(
				out, "%s: is not enabled; `suture enable` lists those that are",
				json_string_value(item));
	}
	if (!status)
		status = make_all(out, task, &list, false, keep, answer);
	if (!status) {
		json_array_foreach(gone, i, item)
			out_text(out, "%s: is not guarded for good any more\n",
				 json_string_value(item));
		tell_loaded(out, task, false);
		status = out_json(out, json_pack("{s:O}", "disabled", gone));
	}
	enabled_end(&list);
done:
	json_decref(answer);
	json_decref(gone);
	return status;
}

/* The enabled drivers and how they stand, a row for each kernel. */
static int list_all(struct out *out, const struct task *task)
{
	json_t *kernels = root_kernels(&task->root), *answer = json_array(), *item, *object;
	struct enabled_list list;
	struct prepare prepare;
	struct table table;
	char buf[512];
	const char *why;
	size_t i, k;
	int status;

	status = enabled_read(out, &task->root, &list);
	if (!status && !list.count)
		out_text(out, "no driver is enabled\n");
	table_start(&table, "DRIVER|KERNEL|STATE|WORDS");
	json_array_foreach(kernels, k, item) {
		const char *release = json_string_value(item);

		if (status)
			break;
		status = open_kernel(out, task, release, &list, &prepare);
		for (i = 0; !status && i < list.count; i++) {
			why = prepare_stale(&prepare, list.list[i].name, buf, sizeof(buf));
			table_cell(&table, list.list[i].name);
			table_cell(&table, release);
			table_cell(&table, why ? why : "prepared");
			table_cell(&table, list.list[i].words);
			object = json_object();
			out_set(object, "driver", list.list[i].name);
			out_set(object, "kernel", release);
			json_object_set_new(object, "prepared", json_boolean(!why));
			if (why)
				out_set(object, "why", why);
			out_set(object, "words", list.list[i].words);
			json_array_append_new(answer, object);
		}
		prepare_end(&prepare);
	}
	if (!status && list.count)
		table_end(&table, out, 0);
	if (!status)
		status = out_json(out, json_pack("{s:O}", "enabled", answer));
	enabled_end(&list);
	json_decref(answer);
	json_decref(kernels);
	return status;
}

static int word(struct out *out, struct task *task, const char *format, const char *value)
{
	size_t len = strlen(task->words);

	if (value[strcspn(value, " \t\n#")])
		return out_usage(out, "enable: --with %s: is not the name of a module", value);
	if ((size_t)snprintf(task->words + len, sizeof(task->words) - len, format, len ? " " : "",
			     value) >= sizeof(task->words) - len)
		return out_usage(out, "enable: too many options");
	return EXIT_SUCCESS;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "with", required_argument, NULL, OPTION_LONG },
		{ "alone", no_argument, NULL, OPTION_LONG + 1 },
		{ "entries-only", no_argument, NULL, OPTION_LONG + 2 },
		{ "initramfs", no_argument, NULL, OPTION_LONG + 3 },
		{ "no-initramfs", no_argument, NULL, OPTION_LONG + 4 },
		{ "refresh", no_argument, NULL, OPTION_LONG + 5 },
		{ "kernel", required_argument, NULL, OPTION_LONG + 6 },
		{ "root", required_argument, NULL, OPTION_LONG + 7 },
		{ "core", required_argument, NULL, OPTION_LONG + 8 },
		{ "key", required_argument, NULL, OPTION_LONG + 9 },
		{ "cert", required_argument, NULL, OPTION_LONG + 10 },
		{ "unsigned", no_argument, NULL, OPTION_LONG + 11 },
		{ "all", no_argument, NULL, OPTION_LONG + 12 },
		{ "keep", no_argument, NULL, OPTION_LONG + 13 },
		{ 0 },
	};
	bool disabling = strcmp(argv[0], "disable") == 0, all = false, keep = false;
	const struct command *command = disabling ? &disable_command : &enable_command;
	struct task task = { .drivers = json_array() };
	int option, status = EXIT_SUCCESS;

	while (!status &&
	       (option = option_next(out, command, argc, argv, "", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LONG:
			status = word(out, &task, "%swith=%s", optarg);
			break;
		case OPTION_LONG + 1:
			status = word(out, &task, "%salone%s", "");
			break;
		case OPTION_LONG + 2:
			status = word(out, &task, "%sentries-only%s", "");
			break;
		case OPTION_LONG + 3:
			status = word(out, &task, "%sinitramfs%s", "");
			task.initramfs = 'y';
			break;
		case OPTION_LONG + 4:
			task.initramfs = 'n';
			break;
		case OPTION_LONG + 5:
			task.refresh = true;
			break;
		case OPTION_LONG + 6:
			task.release = optarg;
			break;
		case OPTION_LONG + 7:
			status = root_set(out, &task.root, optarg);
			break;
		case OPTION_LONG + 8:
			task.core = optarg;
			break;
		case OPTION_LONG + 9:
			task.key = optarg;
			break;
		case OPTION_LONG + 10:
			task.cert = optarg;
			break;
		case OPTION_LONG + 11:
			task.unsigned_ = true;
			break;
		case OPTION_LONG + 12:
			all = true;
			break;
		case OPTION_LONG + 13:
			keep = true;
			break;
		default:
			json_decref(task.drivers);
			return option_exit(option);
		}
	}
	if (!status && !disabling && (all || keep))
		status = out_usage(out, "enable: --all and --keep are for `suture disable`");
	if (!status)
		status = operands(out, command, argc, disabling && !all ? 1 : 0,
				  task.refresh || all ? 0 : -1);
	if (!status)
		status = note_drivers(out, &task, argc, argv);
	if (!status && disabling)
		status = disable(out, &task, all, keep);
	else if (!status && (task.refresh || json_array_size(task.drivers)))
		status = enable(out, &task);
	else if (!status)
		status = list_all(out, &task);
	json_decref(task.drivers);
	return status;
}

const struct command enable_command = {
	.name = "enable",
	.run = run,
	.brief = "guard drivers for good, from boot on",
	.usage = "enable [options] [DRIVER...]",
	.help = "Prepares the guarded image of each DRIVER and of its parts for each installed kernel,\n"
		"signed if there is a key, and has it loaded in place of the stock one from now on: by\n"
		"udev, by modprobe, in the initramfs. New kernels get it when they are installed. With\n"
		"\"nosuture\" on the kernel's command line the stock drivers are loaded. Without DRIVER:\n"
		"lists the enabled drivers and whether what is prepared is up to date.\n\n"
		"  --with MODULE, --alone, --entries-only\n"
		"                         as with `suture load`\n"
		"  --initramfs            put it into the initramfs, and make that anew (default: if a\n"
		"                         driver that changes is in it)\n"
		"  --no-initramfs         leave the initramfs as it is\n"
		"  --refresh              make anew what is not up to date\n"
		"  --kernel VERSION       only for this kernel\n"
		"  --key FILE, --cert FILE\n"
		"                         what to sign with (default: the key of DKMS, " SIGN_KEY
		")\n"
		"  --unsigned             do not sign\n"
		"  --core FILE            the suture.ko to use (default: the one installed)\n"
		"  --root DIR             the system in DIR instead of this one\n",
};

const struct command disable_command = {
	.name = "disable",
	.run = run,
	.brief = "take back what `suture enable` has done",
	.usage = "disable [options] DRIVER...",
	.help = "Removes the prepared images of each DRIVER for all kernels; from the next load on the\n"
		"stock driver is used. What is loaded now stays: `suture unload DRIVER`.\n\n"
		"  --all                  all enabled drivers\n"
		"  --keep                 they stay on the list: `suture enable --refresh` prepares them\n"
		"                         again\n"
		"  --no-initramfs         leave the initramfs as it is\n"
		"  --root DIR             the system in DIR instead of this one\n",
};
