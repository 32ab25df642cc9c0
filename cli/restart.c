// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart.c - `suture restart`: stops a guarded driver and starts it from clean data.
 */
#include <stdlib.h>

#include "command.h"
#include "link.h"
#include "text.h"
#include "uapi/linux/suture.h"

static int restart(struct out *out, const char *driver)
{
	struct records records = { 0 };
	uint64_t duration = 0;
	struct link *link;
	json_t *answer;
	char buf[32];
	int status, ret;

	status = link_start(out, &link);
	if (status)
		return status;

	link_begin(link, SUTURE_CMD_RESTART);
	link_put_string(link, SUTURE_A_DOMAIN, driver);
	ret = link_do(link, &records);
	if (ret) {
		status = link_fail(out, link, driver, ret);
		link_close(link);
		return status;
	}
	link_close(link);

	answer = json_object();
	out_set(answer, "driver", driver);
	if (records.count)
		duration = record_number(records.list[0], SUTURE_A_DURATION);
	if (duration) {
		text_duration(buf, sizeof(buf), duration);
		out_text(out, "%s: restarted in %s\n", driver, buf);
		out_set_number(answer, "duration_ns", duration);
	} else {
		out_text(out, "%s: restart asked for; see `suture events`\n", driver);
	}
	records_clear(&records);
	return out_json(out, answer);
}

static int run(struct out *out, int argc, char **argv)
{
	int option, status;
	char *driver;

	while ((option = option_next(out, &restart_command, argc, argv, "", NULL)) != OPTION_END)
		return option_exit(option);
	status = operands(out, &restart_command, argc, 1, 1);
	if (status)
		return status;

	driver = module_name(argv[optind]);
	status = restart(out, driver);
	free(driver);
	return status;
}

const struct command restart_command = {
	.name = "restart",
	.run = run,
	.brief = "restart a guarded driver; what uses it does not notice",
	.usage = "restart DRIVER",
	.help = "Stops the driver, releases what it still holds, and starts it again with its\n"
		"identity retained: a network interface keeps its name, addresses and sockets.\n\n",
};
