// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - ATA ports: what their entries are for.
 */
#include <linux/libata.h>

#include <suture/pack.h>
#include <suture/rule.h>
#include "role.h"
#include "rules/handler.h"
#include "libata.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_ata, "ata", -EIO);
/* Void; or none, unknown; or of qc_defer: now, so that qc_issue gets to fail. */
ROLE(role_ata_void, "ata_void", 0);
ROLE(role_command, "ata_command", AC_ERR_SYSTEM);
/* No DMA for this one. */
ROLE(role_atapi, "ata_atapi_dma", 1);
/* As from a bus with nothing on it. */
ROLE(role_status, "ata_status", 0xff);

#define ATA(field, which) { offsetof(struct ata_port_operations, field), &(which) }
static const struct suture_role_slot slots[] = {
	ATA(qc_defer, role_ata_void),
	ATA(check_atapi_dma, role_atapi),
	ATA(qc_prep, role_command),
	ATA(qc_issue, role_command),
	ATA(qc_fill_rtf, role_ata_void),
	ATA(cable_detect, role_ata_void),
	ATA(mode_filter, role_ata_void),
	ATA(set_piomode, role_ata_void),
	ATA(set_dmamode, role_ata_void),
	ATA(set_mode, role_ata),
	ATA(read_id, role_command),
	ATA(dev_config, role_ata_void),
	ATA(freeze, role_ata_void),
	ATA(thaw, role_ata_void),
	ATA(error_handler, role_ata_void),
	ATA(lost_interrupt, role_ata_void),
	ATA(post_internal_cmd, role_ata_void),
	ATA(sched_eh, role_ata_void),
	ATA(end_eh, role_ata_void),
	ATA(scr_read, role_ata),
	ATA(scr_write, role_ata),
	ATA(pmp_attach, role_ata_void),
	ATA(pmp_detach, role_ata_void),
	ATA(set_lpm, role_ata),
	ATA(port_suspend, role_ata),
	ATA(port_resume, role_ata),
	ATA(port_start, role_ata),
	ATA(port_stop, role_ata_void),
	ATA(host_stop, role_ata_void),
#ifdef CONFIG_ATA_SFF
	ATA(sff_dev_select, role_ata_void),
	ATA(sff_set_devctl, role_ata_void),
	ATA(sff_check_status, role_status),
	ATA(sff_check_altstatus, role_status),
	ATA(sff_tf_load, role_ata_void),
	ATA(sff_tf_read, role_ata_void),
	ATA(sff_exec_command, role_ata_void),
	ATA(sff_data_xfer, role_ata_void),
	ATA(sff_irq_on, role_ata_void),
	ATA(sff_irq_check, role_ata_void),
	ATA(sff_irq_clear, role_ata_void),
	ATA(sff_drain_fifo, role_ata_void),
#endif
#ifdef CONFIG_ATA_BMDMA
	ATA(bmdma_setup, role_ata_void),
	ATA(bmdma_start, role_ata_void),
	ATA(bmdma_stop, role_ata_void),
	ATA(bmdma_status, role_ata_void),
#endif
	ATA(em_show, role_ata),
	ATA(em_store, role_ata),
	ATA(sw_activity_show, role_ata),
	ATA(sw_activity_store, role_ata),
	ATA(transmit_led_message, role_ata),
};

/* A table has what its driver sets; the rest it inherits when the host is started. */
static void label(const struct ata_host *host)
{
	const struct ata_port_operations *ops;
	unsigned int i;

	for (i = 0; i < host->n_ports; i++)
		for (ops = host->ports[i]->ops; ops; ops = ops->inherits)
			suture_role_set_ops(ops, slots, ARRAY_SIZE(slots));
}

SUTURE_DEFINE(int, ata_host_register, struct ata_host *host, API_SCSI_TEMPLATE * template)
{
	int err;

	label(host);
	err = ata_host_register(host, template);
	if (!err)
		suture_ata_added(host, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(ata_host_register);

SUTURE_DEFINE(int, ata_host_activate,
	      struct ata_host *host, int irq, irq_handler_t handler, unsigned long flags,
	      API_SCSI_TEMPLATE * template)
{
	int err;

	label(host);
	suture_handler_roles(handler, NULL);
	err = ata_host_activate(host, irq, handler, flags, template);
	if (!err)
		suture_ata_added(host, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(ata_host_activate);

static struct suture_rule *const rules[] = { NULL };
SUTURE_PACK("ATA ports", rules);
