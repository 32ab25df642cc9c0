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

static int check_guarded(struct out *out, struct link *link, const char *name)
{
	struct records drivers = { 0 };
	bool guarded;
	int status;

	status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, &drivers);
	if (status)
		return status;
	guarded = records_find(&drivers, SUTURE_A_DOMAIN, name) != NULL;
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
	uint64_t before, events;
	json_t *answer;
	int status, ret;

	status = check_guarded(out, link, name);
	if (status)
		return status;

	before = events_so_far(link);
	if (syscall(SYS_delete_module, name, O_NONBLOCK)) {
		ret = -errno;
		list_users(name, users, sizeof(users));
		words_facts(&facts);
		words_unload(words, sizeof(words), ret, name, users, &facts);
		return out_fail(out, "%s: %s", name, words);
	}
	/* A removal is when leaks come to light. */
	events = events_so_far(link);
	events = events > before ? events - before : 0;

	out_text(out, "%s: unloaded", name);
	if (events)
		out_text(out, "; %s meanwhile, see `suture events --since %" PRIu64 "`",
			 text_count(many, sizeof(many), events, "event", "events"), before + 1);
	out_text(out, "\n");

	answer = json_object();
	out_set(answer, "driver", name);
	out_set_number(answer, "events", events);
	return out_json(out, answer);
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
	.help = "Takes a guarded driver out of the kernel; refuses one that is not guarded, and says\n"
		"who uses one that is busy.\n\n",
};
