// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarantine.c - `suture quarantine`: takes a guarded driver off its devices, whatever state it
 * is in.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "link.h"
#include "uapi/linux/suture.h"

#define LOOK_EVERY_MS 20
#define WAIT_MS	      60000

/* The driver core takes it off its devices in the background. Exit code. */
static int wait_done(struct out *out, struct link *link, const char *driver)
{
	struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	struct records drivers = { 0 };
	const struct record *record;
	int waited, status;
	bool done;

	for (waited = 0; waited < WAIT_MS; waited += LOOK_EVERY_MS) {
		status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, &drivers);
		if (status)
			return status;
		record = records_find(&drivers, SUTURE_A_DOMAIN, driver);
		/* Somebody may have unloaded it meanwhile. */
		done = !record || strcmp(record_text(record, SUTURE_A_STATE), "quarantined") == 0;
		records_clear(&drivers);
		if (done)
			return EXIT_SUCCESS;
		nanosleep(&pause, NULL);
	}
	return out_fail(out, "%s: its entries are refused, but it is still on a device after %d s",
			driver, WAIT_MS / 1000);
}

static int quarantine(struct out *out, struct link *link, const char *driver)
{
	json_t *answer;
	int status, ret;

	link_begin(link, SUTURE_CMD_QUARANTINE);
	link_put_string(link, SUTURE_A_DOMAIN, driver);
	ret = link_do(link, NULL);
	if (ret)
		return link_fail(out, link, driver, ret);
	status = wait_done(out, link, driver);
	if (status)
		return status;
	out_text(out, "%s: in quarantine; `suture unload %s` takes it out of the kernel\n", driver,
		 driver);
	answer = json_object();
	out_set(answer, "driver", driver);
	return out_json(out, answer);
}

static int run(struct out *out, int argc, char **argv)
{
	struct link *link;
	int option, status;
	char *driver;

	while ((option = option_next(out, &quarantine_command, argc, argv, "", NULL)) != OPTION_END)
		return option_exit(option);
	status = operands(out, &quarantine_command, argc, 1, 1);
	if (status)
		return status;

	status = link_start(out, &link);
	if (status)
		return status;
	driver = module_name(argv[optind]);
	status = quarantine(out, link, driver);
	free(driver);
	link_close(link);
	return status;
}

const struct command quarantine_command = {
	.name = "quarantine",
	.run = run,
	.brief = "take a guarded driver off its devices and refuse its entries",
	.usage = "quarantine DRIVER",
	.help = "Stops the driver's devices, takes the driver off them without asking it, releases what\n"
		"it held, and lets nothing enter its code any more. It can be unloaded then.\n\n",
};
