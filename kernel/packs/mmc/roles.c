// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - hosts of memory cards: what their entries are for.
 */
#include <linux/mmc/host.h>

#include <suture/pack.h>
#include <suture/rule.h>
#include "role.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_mmc, "mmc", -EIO);
ROLE(role_mmc_void, "mmc_void", 0);

#define MMC(field, which) { offsetof(struct mmc_host_ops, field), &(which) }
static const struct suture_role_slot slots[] = {
	MMC(post_req, role_mmc_void),
	MMC(pre_req, role_mmc_void),
	MMC(request, role_mmc_void),
	MMC(request_atomic, role_mmc),
	MMC(set_ios, role_mmc_void),
	MMC(get_ro, role_mmc),
	MMC(get_cd, role_mmc),
	MMC(enable_sdio_irq, role_mmc_void),
	MMC(ack_sdio_irq, role_mmc_void),
	MMC(init_card, role_mmc_void),
	MMC(start_signal_voltage_switch, role_mmc),
	MMC(card_busy, role_mmc_void),
	MMC(execute_tuning, role_mmc),
	MMC(prepare_hs400_tuning, role_mmc),
	MMC(execute_hs400_tuning, role_mmc),
	MMC(hs400_prepare_ddr, role_mmc),
	MMC(hs400_downgrade, role_mmc_void),
	MMC(hs400_complete, role_mmc_void),
	MMC(hs400_enhanced_strobe, role_mmc_void),
	MMC(select_drive_strength, role_mmc_void),
	MMC(card_hw_reset, role_mmc_void),
	MMC(card_event, role_mmc_void),
	MMC(init_sd_express, role_mmc),
};

SUTURE_DEFINE(int, mmc_add_host, struct mmc_host *host)
{
	suture_role_set_ops(host->ops, slots, ARRAY_SIZE(slots));
	return mmc_add_host(host);
}
SUTURE_WRAPPER(mmc_add_host);

static struct suture_rule *const rules[] = { NULL };
SUTURE_PACK("hosts of memory cards", rules);
