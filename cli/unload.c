// SPDX-License-Identifier: GPL-2.0-only
/*
 * unload.c - `suture unload`: takes a guarded driver out of the kernel.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "link.h"
#include "modules.h"
#include "text.h"
#include "uapi/linux/suture.h"
#include "words.h"

/* "a, b": modules that use @name, and how many other users there are. */
static void list_users(const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];
	struct dirent *entry;
	long count = 0, holders = 0;
	size_t len = 0;
	FILE *from;
	DIR *dir;

	buf[0] = '\0';
	snprintf(path, sizeof(path), "/sys/module/%s/holders", name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		holders++;
		if (len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s",
						len ? ", " : "the module ", entry->d_name);
	}
	if (dir)
		closedir(dir);

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	from = fopen(path, "re");
	if (from && fscanf(from, "%ld", &count) == 1 && count > holders && len < size)
		snprintf(buf + len, size - len, "%s%ld open %s of its device", len ? " and " : "",
			 count - holders, count - holders == 1 ? "use" : "uses");
	if (from)
		fclose(from);
}

/* Number of the newest event; 0 if there is none. */
static uint64_t events_so_far(struct link *link)
{
	struct records info = { 0 };
	uint64_t events = 0;

	link_begin(link, SUTURE_CMD_GET_INFO);
	if (link_do(link, &info) == 0 && info.count)
		events = record_number(info.list[0], SUTURE_A_EVENTS);
	records_clear(&info);
	return events;
}

/* Does the directory @what of module @name have anything in it, or @entry if that is given? */
static bool has_in(const char *name, const char *what, const char *entry)
{
	char path[PATH_MAX];
	struct dirent *found;
	bool any = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/%s", name, what);
	dir = opendir(path);
	while (dir && !any && (found = readdir(dir)))
		any = found->d_name[0] != '.' && (!entry || strcmp(found->d_name, entry) == 0);
	if (dir)
		closedir(dir);
	return any;
}

/*
 * The parts of driver @name: members of its group that it imports from, directly or through
 * another part. One that has a driver of its own stays: it was loaded for that.
 */
static void find_parts(const struct records *drivers, const char *name, json_t *parts)
{
	const struct record *driver = records_find(drivers, SUTURE_A_DOMAIN, name);
	const char *group = record_raw(driver, SUTURE_A_GROUP), *part, *in;
	size_t i;

	for (i = 0; group && i < drivers->count; i++) {
		part = record_raw(drivers->list[i], SUTURE_A_DOMAIN);
		in = record_raw(drivers->list[i], SUTURE_A_GROUP);
		if (!part || !in || strcmp(in, group) != 0 || json_object_get(parts, part) ||
		    !has_in(part, "holders", name) || has_in(part, "drivers", NULL))
			continue;
		json_object_set_new(parts, part, json_true());
		find_parts(drivers, part, parts);
	}
}

/* Takes out those of @parts that nobody uses any more. */
static void unload_parts(json_t *parts, json_t *unloaded)
{
	const char *name;
	json_t *value;
	void *next;
	bool again;

	do {
		again = false;
		json_object_foreach_safe(parts, next, name, value)
		{
			if (has_in(name, "holders", NULL) ||
			    syscall(SYS_delete_module, name, O_NONBLOCK))
				continue;
			json_array_append_new(unloaded, json_string(name));
			json_object_del(parts, name);
			again = true;
		}
	} while (again);
}

static int check_guarded(struct out *out, struct link *link, const char *name, json_t *parts)
{
	struct records drivers = { 0 };
	bool guarded;
	int status;

	status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, &drivers);
	if (status)
		return status;
	guarded = records_find(&drivers, SUTURE_A_DOMAIN, name) != NULL;
	if (guarded)
		find_parts(&drivers, name, parts);
	records_clear(&drivers);
	if (guarded)
		return EXIT_SUCCESS;
	if (modules_loaded(name))
		return out_fail(out, "%s: is loaded, but not guarded; use `rmmod %s`", name, name);
	return out_fail(out, "%s: is not loaded; see `suture status`", name);
}

static int unload(struct out *out, struct link *link, const char *name)
{
	struct words_facts facts;
	char users[512], words[768], many[48];
	json_t *answer, *parts = json_object(), *unloaded = json_array(), *part;
	uint64_t before, events;
	int status, ret;
	size_t i;

	status = check_guarded(out, link, name, parts);
	if (status)
		goto done;

	before = events_so_far(link);
	if (syscall(SYS_delete_module, name, O_NONBLOCK)) {
		ret = -errno;
		list_users(name, users, sizeof(users));
		words_facts(&facts);
		words_unload(words, sizeof(words), ret, name, users, &facts);
		status = out_fail(out, "%s: %s", name, words);
		goto done;
	}
	unload_parts(parts, unloaded);
	/* A removal is when leaks come to light. */
	events = events_so_far(link);
	events = events > before ? events - before : 0;

	out_text(out, "%s: unloaded", name);
	json_array_foreach(unloaded, i, part)
		out_text(out, "%s %s",
			 i			       ? "," :
			 json_array_size(unloaded) > 1 ? ", with its parts" :
							 ", with its part",
			 json_string_value(part));
	if (events)
		out_text(out, "; %s meanwhile, see `suture events --since %" PRIu64 "`",
			 text_count(many, sizeof(many), events, "event", "events"), before + 1);
	out_text(out, "\n");

	answer = json_object();
	out_set(answer, "driver", name);
	json_object_set(answer, "parts", unloaded);
	out_set_number(answer, "events", events);
	status = out_json(out, answer);
done:
	json_decref(parts);
	json_decref(unloaded);
	return status;
}

static int run(struct out *out, int argc, char **argv)
{
	struct link *link;
	int option, status;
	char *name;

	while ((option = option_next(out, &unload_command, argc, argv, "", NULL)) != OPTION_END)
		return option_exit(option);
	status = operands(out, &unload_command, argc, 1, 1);
	if (status)
		return status;

	status = link_start(out, &link);
	if (status)
		return status;
	name = module_name(argv[optind]);
	status = unload(out, link, name);
	free(name);
	link_close(link);
	return status;
}

const struct command unload_command = {
	.name = "unload",
	.run = run,
	.brief = "unload a guarded driver",
	.usage = "unload DRIVER",
	.help = "Takes a guarded driver out of the kernel, with the parts of it that nobody else uses;\n"
		"refuses one that is not guarded, and says who uses one that is busy.\n\n",
};
