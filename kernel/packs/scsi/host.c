// SPDX-License-Identifier: GPL-2.0-only
/*
 * host.c - SCSI hosts: allocated, added, removed and released in this order, and gone
 * when the driver is. And the module around the pack.
 */
#include <scsi/scsi.h>
#include <scsi/scsi_host.h>

#include <suture/block.h>
#include <suture/ledger.h>
#include <suture/pack.h>
#include "restart.h"
#include "rules/disk.h"
#include "rules/gone.h"
#include "rules/rules.h"
#include "scsi.h"

static struct suture_rule rule_host = {
	.id = "SCSI-HOST",
	.class = "block",
	.contract = "A SCSI host is added, scanned, removed and released in this order, each of it once, before the driver goes.",
	.source = "Documentation/scsi/scsi_mid_low_api.rst; drivers/scsi/hosts.c",
	.example = "static void card_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tscsi_host_put(card->host);\t/* without scsi_remove_host() */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: it is in that state already, or not yet in one to leave" },
		{ "remove", "nothing: scsi_remove_host() is called first" },
	},
};

static struct suture_rule *const rules[] = {
	&suture_rule_scsi_done, &suture_rule_scsi_ret, &rule_host, NULL,
};

/* Hosts whose last reference the driver has dropped. */
SUTURE_GONE_TABLE(gone, 5);

static void host_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole);

/* A host that the driver has allocated; its number is kept to find it again. */
enum { INFO_NUMBER };
static const struct suture_kind kind_host = {
	.name = "SCSI host",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = host_left,
};

/* One object for each time that the driver has taken a further reference. */
static const struct suture_kind kind_reference = {
	.name = "reference to a SCSI host",
	.order = SUTURE_ORDER_REFERENCE,
	.many = true,
};

/* Is it registered, and nobody removing it? */
static bool host_added(const struct Scsi_Host *host)
{
	enum scsi_host_state state = READ_ONCE(host->shost_state);

	return state == SHOST_RUNNING || state == SHOST_RECOVERY;
}

/* A host whose last reference the driver has dropped before. */
static bool host_gone(const struct Scsi_Host *host, unsigned long site, const char *api)
{
	unsigned long before = suture_gone_site(gone, (unsigned long)host);

	if (likely(!before) || rule_host.action == SUTURE_OFF)
		return false;
	suture_report(&rule_host, SUTURE_DID(rule_host, 0), site,
		      "%s of a host released at %pS", api, (void *)before);
	return suture_may(&rule_host, 0, site);
}

/* A call for a host in a state that rules it out. */
static bool host_wrong(bool wrong, unsigned long site, const char *api, const char *state)
{
	if (likely(!wrong) || rule_host.action == SUTURE_OFF)
		return false;
	suture_report(&rule_host, SUTURE_DID(rule_host, 0), site, "%s of a host that is %s", api,
		      state);
	return suture_may(&rule_host, 0, site);
}

/* The driver is gone; its host finds its functions refused, and goes as well. */
static void host_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole)
{
	struct Scsi_Host *host;
	int busy;

	if (rule_host.action == SUTURE_OFF)
		return;
	/* Only if the number still stands for the same host it is there for certain. */
	host = scsi_host_lookup(record->info[INFO_NUMBER]);
	if (!host)
		return;
	if ((unsigned long)host != record->key || !host_added(host))
		goto out;
	suture_report_for(domain, &rule_host, SUTURE_DID(rule_host, 1), record->site,
			  "host%u is still there after removal", host->host_no);
	if (!suture_may_for(domain, &rule_host, 1, record->site))
		goto out;
	suture_quarantine(domain);
	busy = scsi_host_busy(host);
	if (busy && suture_rule_lost.action != SUTURE_OFF) {
		suture_report_for(domain, &suture_rule_lost, SUTURE_DID(suture_rule_lost, 0),
				  record->site, "%d of host%u in flight after removal", busy,
				  host->host_no);
		if (suture_may_for(domain, &suture_rule_lost, 0, record->site))
			scsi_host_complete_all_commands(host, DID_NO_CONNECT);
	}
	suture_host_removed(host);
	scsi_remove_host(host);
	/* The driver's own. */
	scsi_host_put(host);
out:
	scsi_host_put(host);
}

SUTURE_DEFINE(struct Scsi_Host *, scsi_host_alloc, API_SCSI_TEMPLATE * template, int size)
{
	struct suture_record record = { .site = SUTURE_SITE };
	struct Scsi_Host *host;

	suture_check_pointer(template, SUTURE_SITE, "scsi_host_alloc");
	suture_scsi_roles(template);
	host = scsi_host_alloc(template, size);
	if (host) {
		record.key = (unsigned long)host;
		record.info[INFO_NUMBER] = host->host_no;
		suture_gone_clear(gone, record.key);
		suture_ledger_add(&kind_host, &record);
	}
	return host;
}
SUTURE_WRAPPER(scsi_host_alloc);

SUTURE_DEFINE(int, scsi_add_host_with_dma,
	      struct Scsi_Host *host, struct device *dev, struct device *dma_dev)
{
	int err;

	suture_check_pointer(host, SUTURE_SITE, "scsi_add_host");
	if (host_gone(host, SUTURE_SITE, "scsi_add_host"))
		return -ENODEV;
	if (host_wrong(host_added(host), SUTURE_SITE, "scsi_add_host", "added"))
		return 0;
	/* Drivers fill in or change the template after they have allocated. */
	suture_scsi_roles(host->hostt);
	suture_commands_forget();
	SUTURE_MAY_BLOCK("scsi_add_host", err = scsi_add_host_with_dma(host, dev, dma_dev));
	if (!err)
		suture_host_added(host, dev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(scsi_add_host_with_dma);

SUTURE_DEFINE(void, scsi_scan_host, struct Scsi_Host *host)
{
	enum scsi_host_state state;

	suture_check_pointer(host, SUTURE_SITE, "scsi_scan_host");
	if (host_gone(host, SUTURE_SITE, "scsi_scan_host"))
		return;
	state = READ_ONCE(host->shost_state);
	if (!host_wrong(state == SHOST_CREATED, SUTURE_SITE, "scsi_scan_host", "not added") &&
	    !host_wrong(state == SHOST_DEL, SUTURE_SITE, "scsi_scan_host", "removed"))
		SUTURE_MAY_BLOCK("scsi_scan_host", scsi_scan_host(host));
}
SUTURE_WRAPPER(scsi_scan_host);

SUTURE_DEFINE(void, scsi_remove_host, struct Scsi_Host *host)
{
	enum scsi_host_state state;

	suture_check_pointer(host, SUTURE_SITE, "scsi_remove_host");
	if (host_gone(host, SUTURE_SITE, "scsi_remove_host"))
		return;
	state = READ_ONCE(host->shost_state);
	if (!host_wrong(state == SHOST_CREATED, SUTURE_SITE, "scsi_remove_host", "not added") &&
	    !host_wrong(state == SHOST_DEL, SUTURE_SITE, "scsi_remove_host", "removed")) {
		if (!suture_atomic())
			suture_host_removed(host);
		SUTURE_MAY_BLOCK("scsi_remove_host", scsi_remove_host(host));
	}
}
SUTURE_WRAPPER(scsi_remove_host);

SUTURE_DEFINE(struct Scsi_Host *, scsi_host_get, struct Scsi_Host *host)
{
	struct suture_record record = { .key = (unsigned long)host, .site = SUTURE_SITE };

	suture_check_pointer(host, SUTURE_SITE, "scsi_host_get");
	if (host_gone(host, SUTURE_SITE, "scsi_host_get"))
		return NULL;
	host = scsi_host_get(host);
	if (host)
		suture_ledger_add(&kind_reference, &record);
	return host;
}
SUTURE_WRAPPER(scsi_host_get);

/* Is the reference that the driver drops the one that scsi_host_alloc() gave it? */
static bool host_last(struct Scsi_Host *host)
{
	unsigned long key = (unsigned long)host;
	struct suture_record record SUTURE_UNSET;

	return suture_ledger_claim(&kind_reference, key, 0, 0, &record) == SUTURE_CLAIM_NONE &&
	       suture_ledger_take(&kind_host, key, NULL);
}

SUTURE_DEFINE(void, scsi_host_put, struct Scsi_Host *host)
{
	suture_check_pointer(host, SUTURE_SITE, "scsi_host_put");
	if (host_gone(host, SUTURE_SITE, "scsi_host_put"))
		return;
	if (host_last(host) && host_added(host) && !suture_atomic() &&
	    rule_host.action != SUTURE_OFF) {
		suture_report(&rule_host, SUTURE_DID(rule_host, 1), SUTURE_SITE,
			      "scsi_host_put of a host that is not removed");
		if (suture_may(&rule_host, 1, SUTURE_SITE)) {
			suture_host_removed(host);
			scsi_remove_host(host);
		}
	}
	if (kref_read(&host->shost_gendev.kobj.kref) == 1)
		suture_gone_add(gone, (unsigned long)host, SUTURE_SITE);
	scsi_host_put(host);
}
SUTURE_WRAPPER(scsi_host_put);

SUTURE_PACK("SCSI hosts and commands", rules);
