// SPDX-License-Identifier: GPL-2.0-only
/*
 * command.c - SCSI commands: done once each time that queuecommand() gets them.
 *
 * A command has the same address in each of its lives, so what is known of it begins
 * with queuecommand(), for the error handler's own commands, too. A driver whose
 * queuecommand() belongs to a module that is not guarded is let alone.
 */
#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

#include <suture/class.h>
#include <suture/given.h>
#include <suture/rule.h>
#include "rules/rules.h"
#include "visit.h"
#include "scsi.h"

struct suture_rule suture_rule_scsi_done = {
	.id = "SCSI-DONE",
	.class = "block",
	.contract = "scsi_done() is called exactly once for each command that queuecommand() accepts.",
	.source = "Documentation/scsi/scsi_mid_low_api.rst; SDV StorPortCompleteRequest, DoubleCompletion",
	.example = "cmd->result = DID_TIME_OUT << 16;\n"
		   "scsi_done(cmd);\t/* the interrupt has done so, as the command was not taken off the list */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the command is not the driver's any more" },
	},
};

struct suture_rule suture_rule_scsi_ret = {
	.id = "SCSI-RET",
	.class = "block",
	.contract = "queuecommand() returns busy only for a command for which it has not called scsi_done().",
	.source = "Documentation/scsi/scsi_mid_low_api.rst, queuecommand; SDV StorPortStartIo",
	.example = "if (card_full(card)) {\n"
		   "\tscsi_done(cmd);\n"
		   "\treturn SCSI_MLQUEUE_HOST_BUSY;\t/* the kernel will send cmd again */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "done", "nothing: 0 is returned, as the command is done" },
	},
};

static struct suture_given given[SUTURE_GIVEN_SLOTS];

/**
 * suture_commands_forget() - there are new commands, where others may have been
 *
 * Context: any.
 */
void suture_commands_forget(void)
{
	suture_given_forget(given);
}

/* suture_command_taken() - from now on the driver has nothing to say of @cmd. Context: any. */
void suture_command_taken(const struct scsi_cmnd *cmd)
{
	suture_given_out(suture_given_slot(given, cmd), cmd, SUTURE_GIVEN_ENDED,
			 SUTURE_GIVEN_ALL, 0);
}

/* suture_queuecommand_enter() - the driver gets a command. Context: queuecommand()'s. */
void suture_queuecommand_enter(struct suture_visit *visit)
{
	const void *cmd = (void *)visit->arg[1];

	suture_given_in(suture_given_slot(given, cmd), cmd);
}

/**
 * suture_queuecommand_leave() - what queuecommand() says of its command
 * @visit:	its visit
 * @ret:	what it returns
 *
 * Context: queuecommand()'s.
 * Return: what the kernel shall get.
 */
long suture_queuecommand_leave(struct suture_visit *visit, long ret)
{
	const void *cmd = (void *)visit->arg[1];
	struct suture_given *slot = suture_given_slot(given, cmd);

	if (likely(!(int)ret))
		return ret;
	/* The kernel takes it back: what the driver does to it from now on is wrong. */
	if (!suture_given_out(slot, cmd, SUTURE_GIVEN_RETURNED, SUTURE_GIVEN_ALL,
			      visit->entry->func) ||
	    suture_rule_scsi_ret.action == SUTURE_OFF)
		return ret;
	suture_report(&suture_rule_scsi_ret, SUTURE_DID(suture_rule_scsi_ret, 0),
		      READ_ONCE(slot->site), "%#x for a command that is done", (int)ret);
	return suture_may(&suture_rule_scsi_ret, 0, READ_ONCE(slot->site)) ? 0 : ret;
}

/**
 * suture_queuecommand_abandon() - a queuecommand() was unwound or refused
 * @visit:	its visit
 * @failed:	what it returns if the command is still its own
 *
 * Whether the device has got it nobody knows. If the driver is recovered, that settles it.
 * Else the command ends with an error, which the kernel tries again a few times; busy would
 * be tried for ever. The device may tell the driver later: then SCSI-DONE drops that.
 *
 * Context: queuecommand()'s.
 * Return: 0, or @failed until the recovery begins.
 */
long suture_queuecommand_abandon(struct suture_visit *visit, long failed)
{
	struct scsi_cmnd *cmd = (struct scsi_cmnd *)visit->arg[1];
	struct suture_given *slot = suture_given_slot(given, cmd);

	/* It was not noted that the driver gets it. */
	if (!visit->rule && !suture_quarantined(visit))
		return failed;
	if (!visit->rule)
		suture_given_in(slot, cmd);
	else if (!suture_given_done(slot, cmd) && suture_recovers(visit))
		return 0;
	if (suture_given_out(slot, cmd, SUTURE_GIVEN_ENDED, SUTURE_GIVEN_ALL, visit->site))
		return 0;
	cmd->result = (visit->rule ? DID_ERROR : DID_NO_CONNECT) << 16;
	scsi_done(cmd);
	return 0;
}

/* True if the command is not the driver's own. */
static __always_inline bool command_gone(struct scsi_cmnd *cmd, unsigned long site,
					 const char *api)
{
	struct suture_given *slot = suture_given_slot(given, cmd);
	unsigned long done = suture_given_out(slot, cmd, SUTURE_GIVEN_ENDED, SUTURE_GIVEN_ALL,
					      site);

	if (likely(!done) || suture_rule_scsi_done.action == SUTURE_OFF)
		return false;
	suture_report(&suture_rule_scsi_done, SUTURE_DID(suture_rule_scsi_done, 0), site,
		      "%s of a command %s at %pS", api,
		      done & SUTURE_GIVEN_RETURNED ? "given back" : "done",
		      (void *)READ_ONCE(slot->site));
	return suture_may(&suture_rule_scsi_done, 0, site);
}

#define DONE(api)								\
	SUTURE_DEFINE(void, api, struct scsi_cmnd *cmd)				\
	{									\
		suture_check_pointer(cmd, SUTURE_SITE, #api);			\
		if (!command_gone(cmd, SUTURE_SITE, #api))			\
			api(cmd);						\
	}									\
	SUTURE_WRAPPER(api)

DONE(scsi_done);
DONE(scsi_done_direct);
