// SPDX-License-Identifier: GPL-2.0-only
/*
 * load.c - `suture load`: puts a guarded driver into the kernel.
 *
 * In this order, so that nothing is changed before all that can be known
 * beforehand is known: find the files, rewrite, then load suture.ko; then for each part of the
 * driver and for itself what it needs, the rule packs that its image imports from, the image.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "contracts.h"
#include "force.h"
#include "group.h"
#include "guard.h"
#include "kmsg.h"
#include "link.h"
#include "parameters.h"
#include "text.h"
#include "uapi/linux/suture.h"
#include "words.h"

#define CORE_NAME "suture"

/* A refusal of the kernel to take module @name in words, with what it logged. */
static int refused(struct out *out, int log, int error, const char *object, const char *name)
{
	struct words_facts facts;
	char words[512];

	kmsg_close(out, log, name);
	words_facts(&facts);
	words_load(words, sizeof(words), error, name, &facts);
	return out_fail(out, "%s: %s", object, words);
}

/* Is the suture.ko in the kernel the one that the image was made for? */
static void compare_core(struct out *out, const struct guard *guard)
{
	char loaded[64] = "";
	char *file;
	FILE *from;

	from = fopen("/sys/module/" CORE_NAME "/srcversion", "re");
	if (!from)
		return;
	if (fgets(loaded, sizeof(loaded), from))
		loaded[strcspn(loaded, "\n")] = '\0';
	fclose(from);

	file = modules_info(guard->modules, guard->core_path, "srcversion");
	if (file && strcmp(file, loaded) != 0)
		out_warn(out,
			 "%s: is not the suture.ko that is loaded (srcversion %s, loaded %s); "
			 "if the driver is refused, `rmmod suture` and load again",
			 guard->core_path, file, loaded);
	free(file);
}

static int load_core(struct out *out, const struct guard *guard, json_t *loaded)
{
	int log, ret;

	if (modules_loaded(CORE_NAME)) {
		compare_core(out, guard);
		return EXIT_SUCCESS;
	}
	log = kmsg_open();
	ret = modules_load_file(guard->modules, guard->core_path);
	if (ret)
		return refused(out, log, ret, guard->core_path, CORE_NAME);
	if (log >= 0)
		close(log);
	json_array_append_new(loaded, json_string(CORE_NAME));
	return EXIT_SUCCESS;
}

/* Looked at before anything is loaded: the answer would be EEXIST at the very end. */
static int check_absent(struct out *out, const char *name)
{
	struct records drivers = { 0 };
	struct link *link;
	bool guarded = false;

	if (!modules_loaded(name))
		return EXIT_SUCCESS;
	if (link_open(&link) == 0) {
		link_begin(link, SUTURE_CMD_GET_DOMAIN);
		link_dump(link, &drivers);
		guarded = records_find(&drivers, SUTURE_A_DOMAIN, name) != NULL;
		records_clear(&drivers);
		link_close(link);
	}
	if (guarded)
		return out_fail(out,
				"%s: is loaded and guarded already; to load it anew, "
				"`suture unload %s` first",
				name, name);
	return out_fail(out, "%s: is loaded already, without guard; `rmmod %s` first", name, name);
}

/* What the image imports its wrappers from, and what that needs. */
static int load_packs(struct out *out, const struct guard *guard, json_t *loaded)
{
	int log, ret, status = EXIT_SUCCESS;
	const char *path;
	json_t *item;
	char *name;
	size_t i;

	json_array_foreach(guard->packs, i, item) {
		path = json_string_value(item);
		name = modules_name(guard->modules, path);
		if (status || (name && modules_loaded(name))) {
			free(name);
			continue;
		}
		status = modules_load_needed(out, guard->modules, path, MODULES_BEFORE, loaded);
		log = kmsg_open();
		ret = status ? 0 : modules_load_file(guard->modules, path);
		if (ret)
			status = refused(out, log, ret, path, name ? name : path);
		else if (log >= 0)
			close(log);
		if (!status && name)
			json_array_append_new(loaded, json_string(name));
		free(name);
	}
	return status;
}

static int insert(struct out *out, const struct guard *guard, const char *parameters)
{
	const char *name = guard->guarded->report.module;
	int log = kmsg_open();

	if (syscall(SYS_init_module, guard->guarded->image, guard->guarded->size, parameters))
		return refused(out, log, -errno, name, name);
	if (log >= 0)
		close(log);
	return EXIT_SUCCESS;
}

static void show_one(struct out *out, const struct record *driver, const char *how)
{
	char entries[48], sites[48];

	text_count(entries, sizeof(entries), record_number(driver, SUTURE_A_NENTRIES), "entry",
		   "entries");
	text_count(sites, sizeof(sites), record_number(driver, SUTURE_A_NWRAPPED), "call site",
		   "call sites");
	out_text(out, "%s: loaded and guarded%s: %s, %s checked\n",
		 record_text(driver, SUTURE_A_DOMAIN), how, entries, sites);
}

/* What suture.ko says that it guards now. */
static int show(struct out *out, const struct guard *guard, const struct group *group,
		const char *parameters, json_t *loaded)
{
	const char *name = guard->guarded->report.module;
	struct records drivers = { 0 };
	const struct record *driver;
	json_t *answer, *parts;
	const char *together;
	struct link *link;
	int status;
	size_t i;

	status = link_start(out, &link);
	if (status)
		return status;
	status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, &drivers);
	link_close(link);
	if (status)
		return status;

	driver = records_find(&drivers, SUTURE_A_DOMAIN, name);
	if (!driver) {
		records_clear(&drivers);
		return out_fail(out,
				"%s: was loaded, but suture.ko does not guard it; "
				"look at dmesg, then `rmmod %s`",
				name, name);
	}
	show_one(out, driver, "");

	together = record_text(driver, SUTURE_A_GROUP);
	answer = json_object();
	json_object_set_new(answer, "driver", record_json(driver));
	parts = json_array();
	for (i = 0; i < group->nparts; i++) {
		driver = records_find(&drivers, SUTURE_A_DOMAIN,
				      group->parts[i].guard.guarded->report.module);
		if (!driver)
			continue;
		if (strcmp(record_text(driver, SUTURE_A_GROUP), together) != 0)
			out_warn(out,
				 "%s: was guarded as a driver by itself, and stays so; "
				 "unload it to have it guarded as a part of %s",
				 record_text(driver, SUTURE_A_DOMAIN), name);
		if (group->parts[i].fresh)
			show_one(out, driver, ", as a part of it");
		json_array_append_new(parts, record_json(driver));
	}
	json_object_set_new(answer, "parts", parts);
	out_set(answer, "file", guard->path);
	out_set(answer, "core", guard->core_path);
	out_set(answer, "parameters", parameters);
	json_object_set(answer, "loaded", loaded);
	records_clear(&drivers);
	return out_json(out, answer);
}

/* One module of the driver, with all that it needs. */
static int load_one(struct out *out, const struct guard *guard, const char *parameters,
		    json_t *loaded)
{
	const char *name = guard->guarded->report.module;
	int status;

	if (modules_install_line(guard->modules, name))
		out_warn(out, "%s: modprobe.d has an install line for it, which is not run", name);
	status = modules_load_needed(out, guard->modules, guard->path, MODULES_BEFORE, loaded);
	if (!status)
		status = load_packs(out, guard, loaded);
	if (!status)
		status = insert(out, guard, parameters);
	if (!status)
		status = modules_load_needed(out, guard->modules, guard->path, MODULES_AFTER,
					     loaded);
	return status;
}

static int load_parts(struct out *out, struct group *group, json_t *loaded)
{
	int status = EXIT_SUCCESS;
	char *options;
	size_t i;

	for (i = 0; !status && i < group->nparts; i++) {
		struct part *part = &group->parts[i];
		const char *name = part->guard.guarded->report.module;

		if (part->there || part->outside)
			continue;
		options = modules_options(part->guard.modules, name);
		status = load_one(out, &part->guard, options ? options : "", loaded);
		free(options);
		part->fresh = !status;
	}
	return status;
}

/* Without the driver its parts are of no use. */
static void unload_parts(const struct group *group)
{
	size_t i;

	for (i = group->nparts; i--;)
		if (group->parts[i].fresh)
			syscall(SYS_delete_module, group->parts[i].guard.guarded->report.module,
				O_NONBLOCK);
}

static int load(struct out *out, struct guard *guard, struct group *group, char **words, int n)
{
	const char *name = guard->guarded->report.module;
	char *options = modules_options(guard->modules, name);
	json_t *loaded = json_array();
	struct force policy = { 0 };
	const char *bad, *why;
	char *parameters = NULL;
	int status, ret;

	status = check_absent(out, name);
	if (status)
		goto done;

	/* As with modprobe: what modprobe.d says comes first, so that the words win. */
	ret = parameters_join(options, words, n, &parameters, &bad, &why);
	if (ret == -EINVAL)
		status = out_usage(out, "load: %s: %s", bad, why);
	else if (ret)
		status = out_fail(out, "out of memory");
	if (status)
		goto done;

	/* What policy says holds from the driver's first instruction on. */
	status = force_read(out, guard->core_path, &policy);
	if (!status)
		status = load_core(out, guard, loaded);
	if (!status)
		status = force_policy(out, &policy);
	if (!status)
		status = group_look(out, group, guard);
	if (!status)
		status = load_parts(out, group, loaded);
	if (!status)
		status = load_one(out, guard, parameters, loaded);
	if (status)
		unload_parts(group);
	else
		status = show(out, guard, group, parameters, loaded);
done:
	force_end(&policy);
	json_decref(loaded);
	free(parameters);
	free(options);
	return status;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "core", required_argument, NULL, OPTION_LONG },
		{ "contracts", required_argument, NULL, OPTION_LONG + 4 },
		{ "entries-only", no_argument, NULL, OPTION_LONG + 1 },
		{ "with", required_argument, NULL, OPTION_LONG + 2 },
		{ "alone", no_argument, NULL, OPTION_LONG + 3 },
		{ 0 },
	};
	struct guard guard = { .running = true };
	struct group group = { 0 };
	const char *core = NULL;
	int option, status;

	while ((option = option_next(out, &load_command, argc, argv, "", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LONG:
			core = optarg;
			break;
		case OPTION_LONG + 1:
			guard.flags |= SUTURE_REWRITE_ENTRIES_ONLY;
			break;
		case OPTION_LONG + 2:
			status = group_with(out, &group, optarg);
			if (status)
				return status;
			break;
		case OPTION_LONG + 3:
			group.alone = true;
			break;
		case OPTION_LONG + 4:
			guard.contracts = optarg;
			break;
		default:
			return option_exit(option);
		}
	}
	status = operands(out, &load_command, argc, 1, -1);
	if (status)
		return status;

	guard.core_path = core ? strdup(core) : NULL;
	status = guard_prepare(out, &guard, argv[optind]);
	if (!status)
		status = group_prepare(out, &group, &guard);
	if (!status)
		status = load(out, &guard, &group, argv + optind + 1, argc - optind - 1);
	group_end(&group);
	guard_end(&guard);
	return status;
}

const struct command load_command = {
	.name = "load",
	.run = run,
	.brief = "load a driver guarded",
	.usage = "load [options] MODULE [PARAM=VALUE...]",
	.help = "Loads suture.ko if it is not there, what the driver needs, and then the driver with\n"
		"Suture's checks stitched in. MODULE is a file, or the name or alias of a module.\n"
		"Its file on disk stays as it is. Options in modprobe.d apply as with modprobe.\n\n"
		"  --core FILE            the suture.ko to use (default: the one installed for the\n"
		"                         running kernel)\n"
		"  --contracts FILE       what `suture learn` has learnt from the kernel (default:\n"
		"                         from " CONTRACTS_CACHE ")\n"
		"  --entries-only         guard only the driver's entries: crashes and hangs are\n"
		"                         caught, its calls are not checked\n"
		"  --with MODULE          guard MODULE, too, which the driver imports from, as a part\n"
		"                         of it; parts that are known come along by themselves\n"
		"  --alone                without its parts\n",
};
