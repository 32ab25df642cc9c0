// SPDX-License-Identifier: GPL-2.0-only
/*
 * status.c - `suture status`: the guarded drivers and how they are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "link.h"
#include "table.h"
#include "text.h"
#include "uapi/linux/suture.h"

static void print_info(struct out *out, const struct records *info, size_t drivers)
{
	const struct record *record = info->count ? info->list[0] : NULL;
	uint64_t lost = record ? record_number(record, SUTURE_A_LOST) : 0;
	char many[48], events[48];

	out_text(out, "suture.ko %s: %s guarded, %s",
		 record ? record_text(record, SUTURE_A_VERSION) : "",
		 text_count(many, sizeof(many), drivers, "driver", "drivers"),
		 text_count(events, sizeof(events),
			    record ? record_number(record, SUTURE_A_EVENTS) : 0, "event",
			    "events"));
	if (lost)
		out_text(out, " (%" PRIu64 " of them overwritten before they were read)", lost);
	out_text(out, "\n");
}

/* @group, if it has more than one member: then it is worth a column. */
static const char *shared(const struct records *drivers, const char *group)
{
	size_t i, n = 0;

	for (i = 0; group && i < drivers->count; i++) {
		const char *other = record_raw(drivers->list[i], SUTURE_A_GROUP);

		n += other && strcmp(other, group) == 0;
	}
	return n > 1 ? group : NULL;
}

static void print_drivers(struct out *out, const struct records *drivers)
{
	struct table table;
	char bytes[32];
	size_t i;

	if (drivers->count == 0)
		return;
	table_start(
		&table,
		"DRIVER|GROUP|STATE|>ENTRIES|>SITES|>OBJECTS|>HOLDS|>EVENTS|>UNWINDS|>RESTARTS");
	for (i = 0; i < drivers->count; i++) {
		const struct record *record = drivers->list[i];

		text_bytes(bytes, sizeof(bytes), record_number(record, SUTURE_A_BYTES));
		table_cell(&table, record_raw(record, SUTURE_A_DOMAIN));
		table_cell(&table, shared(drivers, record_raw(record, SUTURE_A_GROUP)));
		table_cell(&table, record_raw(record, SUTURE_A_STATE));
		table_number(&table, record_number(record, SUTURE_A_NENTRIES));
		table_number(&table, record_number(record, SUTURE_A_NWRAPPED));
		table_number(&table, record_number(record, SUTURE_A_OBJECTS));
		table_cell(&table, bytes);
		table_number(&table, record_number(record, SUTURE_A_EVENTS));
		table_number(&table, record_number(record, SUTURE_A_UNWINDS));
		table_number(&table, record_number(record, SUTURE_A_RESTARTS));
	}
	table_end(&table, out, 0);
}

static void print_entries(struct out *out, const char *driver, const struct records *entries)
{
	struct table table;
	char armed[80];
	size_t i;

	out_text(out, "\n%s:\n", driver);
	table_start(&table, "ENTRY|ROLE|>FAILURES|ARMED");
	for (i = 0; i < entries->count; i++) {
		const struct record *record = entries->list[i];
		const char *inject = record_text(record, SUTURE_A_INJECT);

		armed[0] = '\0';
		if (*inject && strcmp(inject, "none") != 0)
			snprintf(armed, sizeof(armed), "%s at call %" PRIu64, inject,
				 record_number(record, SUTURE_A_NTH));
		table_cell(&table, record_raw(record, SUTURE_A_ENTRY));
		table_cell(&table, record_raw(record, SUTURE_A_ROLE));
		table_number(&table, record_number(record, SUTURE_A_FAILURES));
		table_cell(&table, armed);
	}
	table_end(&table, out, 2);
}

/* Asks for the entries of @driver and shows them, or puts them into @object. */
static int show_entries(struct out *out, struct link *link, const struct record *driver,
			json_t *object)
{
	struct records entries = { 0 };
	json_t *list;
	size_t i;
	int ret;

	link_begin(link, SUTURE_CMD_GET_ENTRY);
	link_put_string(link, SUTURE_A_DOMAIN, record_raw(driver, SUTURE_A_DOMAIN));
	ret = link_dump(link, &entries);
	if (ret == -EINTR)
		out_warn(out, "%s: its entries went on changing while they were read",
			 record_text(driver, SUTURE_A_DOMAIN));
	else if (ret)
		return link_fail(out, link, record_text(driver, SUTURE_A_DOMAIN), ret);

	list = json_array();
	for (i = 0; i < entries.count; i++)
		json_array_append_new(list, record_json(entries.list[i]));
	json_object_set_new(object, "entries", list);
	if (!out->json)
		print_entries(out, record_text(driver, SUTURE_A_DOMAIN), &entries);
	records_clear(&entries);
	return EXIT_SUCCESS;
}

/* Leaves only the driver called @name. */
static int keep_one(struct out *out, struct records *drivers, const char *name)
{
	struct record *found = NULL;
	size_t i;

	for (i = 0; i < drivers->count; i++) {
		const char *raw = record_raw(drivers->list[i], SUTURE_A_DOMAIN);

		if (!found && raw && strcmp(raw, name) == 0)
			found = drivers->list[i];
		else
			record_free(drivers->list[i]);
	}
	drivers->count = 0;
	if (!found)
		return out_fail(out,
				"%s: is not guarded; see `suture status` for what is, "
				"or `suture load %s`",
				name, name);
	drivers->list[drivers->count++] = found;
	return EXIT_SUCCESS;
}

static int show(struct out *out, struct link *link, const char *name, bool verbose)
{
	struct records info = { 0 }, drivers = { 0 };
	json_t *list = json_array();
	json_t *answer = json_object();
	int status, ret;
	size_t i;

	link_begin(link, SUTURE_CMD_GET_INFO);
	ret = link_do(link, &info);
	if (ret) {
		status = link_fail(out, link, "suture.ko", ret);
		goto done;
	}
	status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, &drivers);
	if (status)
		goto done;

	if (!name)
		print_info(out, &info, drivers.count);
	else
		status = keep_one(out, &drivers, name);
	if (status)
		goto done;
	print_drivers(out, &drivers);

	for (i = 0; i < drivers.count && !status; i++) {
		json_t *object = record_json(drivers.list[i]);

		json_array_append_new(list, object);
		if (verbose)
			status = show_entries(out, link, drivers.list[i], object);
	}
	if (status)
		goto done;

	json_object_set_new(answer, "suture",
			    info.count ? record_json(info.list[0]) : json_object());
	json_object_set(answer, "drivers", list);
	status = out_json(out, json_incref(answer));
done:
	json_decref(list);
	json_decref(answer);
	records_clear(&info);
	records_clear(&drivers);
	return status;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ 0 },
	};
	bool verbose = false;
	struct link *link;
	char *name = NULL;
	int option, status;

	while ((option = option_next(out, &status_command, argc, argv, "v", longs)) != OPTION_END) {
		if (option != 'v')
			return option_exit(option);
		verbose = true;
	}
	status = operands(out, &status_command, argc, 0, 1);
	if (status)
		return status;

	status = link_start(out, &link);
	if (status)
		return status;
	if (optind < argc)
		name = module_name(argv[optind]);
	status = show(out, link, name, verbose);
	free(name);
	link_close(link);
	return status;
}

const struct command status_command = {
	.name = "status",
	.run = run,
	.brief = "show the guarded drivers",
	.usage = "status [-v] [DRIVER]",
	.help = "Shows what suture.ko guards: entries (functions that the kernel can call), call\n"
		"sites that go to a wrapper, and what each driver holds at the moment. Modules that are\n"
		"one driver have the same GROUP.\n\n"
		"  -v, --verbose          also the entries of each driver and their roles\n",
};
