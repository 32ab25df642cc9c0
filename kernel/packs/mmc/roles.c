// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - hosts of memory cards: what their entries are for.
 */
#include <linux/mmc/core.h>
#include <linux/mmc/host.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <suture/given.h>
#include <suture/pack.h>
#include <suture/rule.h>
#include "role.h"
#include "rules/rules.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_mmc, "mmc", -EIO);
ROLE(role_mmc_void, "mmc_void", 0);

/* ----------------------------------------------------------- requests */

static struct suture_given given[SUTURE_GIVEN_SLOTS];

static void request_enter(struct suture_visit *visit)
{
	const void *mrq = (void *)visit->arg[1];

	suture_given_in(suture_given_slot(given, mrq), mrq);
}

/*
 * Longer than drivers wait before they give a request up themselves: sdhci ten seconds. Whoever
 * asked for it waits for ever, so as long as it is not done, it is there.
 */
#define OVERDUE (15 * HZ)

struct overdue {
	struct delayed_work work;
	struct mmc_host *host;
	struct mmc_request *mrq;
	unsigned long site;
};

static void request_overdue(struct work_struct *work)
{
	struct overdue *overdue = container_of(work, struct overdue, work.work);
	struct mmc_request *mrq = overdue->mrq;
	struct suture_given *slot = suture_given_slot(given, mrq);

	if (suture_given_known(slot, mrq) &&
	    !suture_given_out(slot, mrq, SUTURE_GIVEN_ENDED, SUTURE_GIVEN_ALL, overdue->site)) {
		if (mrq->cmd)
			mrq->cmd->error = -EIO;
		mmc_request_done(overdue->host, mrq);
	}
	kfree(overdue);
	module_put(THIS_MODULE);
}

/* Whether the driver has noted it nobody knows: it may yet say that it is done. */
static long request_abandon(struct suture_visit *visit, long failed)
{
	struct mmc_request *mrq = (struct mmc_request *)visit->arg[1];
	struct overdue *overdue;

	/* In quarantine: it has not. */
	if (!visit->rule) {
		mrq->cmd->error = -ENOMEDIUM;
		mmc_request_done((struct mmc_host *)visit->arg[0], mrq);
		return failed;
	}
	overdue = kzalloc(sizeof(*overdue), GFP_ATOMIC);
	if (!overdue || !try_module_get(THIS_MODULE)) {
		kfree(overdue);
		return failed;
	}
	INIT_DELAYED_WORK(&overdue->work, request_overdue);
	overdue->host = (struct mmc_host *)visit->arg[0];
	overdue->mrq = mrq;
	overdue->site = visit->site;
	queue_delayed_work(system_wq, &overdue->work, OVERDUE);
	return failed;
}

static const struct suture_role role_request = {
	.name = "mmc_request",
	.enter = request_enter,
	.abandon = request_abandon,
};

/* Of one that is done already the driver has nothing more to say. */
SUTURE_DEFINE(void, mmc_request_done, struct mmc_host *host, struct mmc_request *mrq)
{
	struct suture_given *slot = suture_given_slot(given, mrq);

	suture_check_pointer(mrq, SUTURE_SITE, "mmc_request_done");
	if (!suture_given_out(slot, mrq, SUTURE_GIVEN_ENDED, SUTURE_GIVEN_ALL, SUTURE_SITE))
		mmc_request_done(host, mrq);
}
SUTURE_WRAPPER(mmc_request_done);

#define MMC(field, which) { offsetof(struct mmc_host_ops, field), &(which) }
static const struct suture_role_slot slots[] = {
	MMC(post_req, role_mmc_void),
	MMC(pre_req, role_mmc_void),
	MMC(request, role_request),
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
