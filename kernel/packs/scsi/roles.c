// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - SCSI hosts: what their entries are for.
 */
#include <scsi/scsi.h>
#include <scsi/scsi_host.h>

#include <suture/rule.h>
#include "group.h"
#include "role.h"
#include "scsi.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_scsi, "scsi", -EIO);
ROLE(role_scsi_void, "scsi_void", 0);
ROLE(role_device, "scsi_device", -ENXIO);
ROLE(role_eh, "scsi_eh", FAILED);
/* Finished: there is nothing more to be waited for. */
ROLE(role_scan, "scsi_scan", 1);

/* From the crash until the recovery begins, which then sees to it itself. */
static bool queuecommand_refuse(const struct suture_visit *visit,
				const struct suture_group *group)
{
	return READ_ONCE(group->state) == SUTURE_LIVE;
}

/* The recovery lets commands time out. The driver may not ask for more time. */
static bool timeout_refuse(const struct suture_visit *visit, const struct suture_group *group)
{
	return READ_ONCE(group->state) == SUTURE_RESTARTING;
}

static const struct suture_role role_timeout = {
	.name = "scsi_timeout",
	.failed = API_SCSI_NOT_HANDLED,
	.refuse = timeout_refuse,
};

static const struct suture_role role_queuecommand = {
	.name = "queuecommand",
	.failed = SCSI_MLQUEUE_HOST_BUSY,
	.enter = suture_queuecommand_enter,
	.leave = suture_queuecommand_leave,
	.abandon = suture_queuecommand_abandon,
	.refuse = queuecommand_refuse,
};

#define HOST(field, which) { offsetof(struct scsi_host_template, field), &(which) }
static const struct suture_role_slot host_slots[] = {
	HOST(queuecommand, role_queuecommand),
	HOST(commit_rqs, role_scsi_void),
	HOST(info, role_scsi_void),
	HOST(ioctl, role_scsi),
#ifdef CONFIG_COMPAT
	HOST(compat_ioctl, role_scsi),
#endif
	HOST(init_cmd_priv, role_scsi),
	HOST(exit_cmd_priv, role_scsi_void),
	HOST(eh_abort_handler, role_eh),
	HOST(eh_device_reset_handler, role_eh),
	HOST(eh_target_reset_handler, role_eh),
	HOST(eh_bus_reset_handler, role_eh),
	HOST(eh_host_reset_handler, role_eh),
	HOST(slave_alloc, role_device),
#ifdef SUTURE_HAVE_SCSI_DEVICE_CONFIGURE
	HOST(device_configure, role_device),
#endif
	HOST(slave_configure, role_device),
	HOST(slave_destroy, role_scsi_void),
	HOST(target_alloc, role_device),
	HOST(target_destroy, role_scsi_void),
	HOST(scan_finished, role_scan),
	HOST(scan_start, role_scsi_void),
	HOST(change_queue_depth, role_scsi),
	HOST(map_queues, role_scsi_void),
	HOST(mq_poll, role_scsi_void),
	HOST(dma_need_drain, role_scsi_void),
	HOST(bios_param, role_scsi),
	HOST(unlock_native_capacity, role_scsi_void),
	HOST(show_info, role_scsi),
	HOST(write_info, role_scsi),
	HOST(eh_timed_out, role_timeout),
	HOST(eh_should_retry_cmd, role_scsi_void),
	HOST(host_reset, role_scsi),
};

/**
 * suture_scsi_roles() - label the entries of a host
 * @template:	its template; may be NULL
 *
 * Context: any.
 */
void suture_scsi_roles(const struct scsi_host_template *template)
{
	suture_role_set_ops(template, host_slots, ARRAY_SIZE(host_slots));
}
