// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart.c - `suture restart`: stops a guarded driver and starts it from clean data.
 *
 * suture.ko restarts in the background, so that a driver may ask for it from anywhere. A person
 * wants to know how it went: we look until the count of restarts has moved.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "link.h"
#include "text.h"
#include "uapi/linux/suture.h"

#define LOOK_EVERY_MS 20
#define WAIT_MS	      60000

/* How the driver is now. Exit code. */
static int look(struct out *out, struct link *link, const char *driver, struct records *drivers,
		const struct record **record)
{
	int status;

	records_clear(drivers);
	status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, drivers);
	if (status)
		return status;
	*record = records_find(drivers, SUTURE_A_DOMAIN, driver);
	if (!*record)
		return out_fail(out, "%s: is not guarded; see `suture status`", driver);
	return EXIT_SUCCESS;
}

static int wait_done(struct out *out, struct link *link, const char *driver, uint64_t before,
		     struct records *drivers, const struct record **record)
{
	struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	const char *state;
	int waited, status;

	for (waited = 0; waited < WAIT_MS; waited += LOOK_EVERY_MS) {
		status = look(out, link, driver, drivers, record);
		if (status)
			return status;
		state = record_text(*record, SUTURE_A_STATE);
		if (strcmp(state, "quarantined") == 0 || strcmp(state, "detaching") == 0)
			return out_fail(out,
					"%s: could not be restarted and is quarantined now; "
					"see `suture events %s`",
					driver, driver);
		if (record_number(*record, SUTURE_A_RESTARTS) > before &&
		    strcmp(state, "restarting") != 0)
			return EXIT_SUCCESS;
		nanosleep(&pause, NULL);
	}
	return out_fail(out, "%s: is still not restarted after %d s; see `suture events %s`",
			driver, WAIT_MS / 1000, driver);
}

static int restart(struct out *out, struct link *link, const char *driver, bool wait)
{
	struct records drivers = { 0 };
	const struct record *record;
	uint64_t before, duration;
	json_t *answer;
	char buf[32];
	int status, ret;

	status = look(out, link, driver, &drivers, &record);
	if (status)
		goto done;
	before = record_number(record, SUTURE_A_RESTARTS);

	link_begin(link, SUTURE_CMD_RESTART);
	link_put_string(link, SUTURE_A_DOMAIN, driver);
	ret = link_do(link, NULL);
	if (ret) {
		status = link_fail(out, link, driver, ret);
		goto done;
	}

	answer = json_object();
	out_set(answer, "driver", driver);
	if (wait) {
		status = wait_done(out, link, driver, before, &drivers, &record);
		if (status) {
			json_decref(answer);
			goto done;
		}
		duration = record_number(record, SUTURE_A_DURATION);
		text_duration(buf, sizeof(buf), duration);
		out_text(out, "%s: restarted in %s\n", driver, buf);
		out_set_number(answer, "duration_ns", duration);
	} else {
		out_text(out, "%s: restart asked for; see `suture events`\n", driver);
	}
	status = out_json(out, answer);
done:
	records_clear(&drivers);
	return status;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "no-wait", no_argument, NULL, OPTION_LONG },
		{ 0 },
	};
	bool wait = true;
	struct link *link;
	int option, status;
	char *driver;

	while ((option = option_next(out, &restart_command, argc, argv, "", longs)) != OPTION_END) {
		if (option != OPTION_LONG)
			return option_exit(option);
		wait = false;
	}
	status = operands(out, &restart_command, argc, 1, 1);
	if (status)
		return status;

	status = link_start(out, &link);
	if (status)
		return status;
	driver = module_name(argv[optind]);
	status = restart(out, link, driver, wait);
	free(driver);
	link_close(link);
	return status;
}

const struct command restart_command = {
	.name = "restart",
	.run = run,
	.brief = "restart a guarded driver; what uses it does not notice",
	.usage = "restart [--no-wait] DRIVER",
	.help = "Stops the driver, releases what it still holds, and starts it again with its\n"
		"identity retained: a network interface keeps its name, addresses and sockets.\n\n"
		"  --no-wait              do not wait for the end of it\n",
};
