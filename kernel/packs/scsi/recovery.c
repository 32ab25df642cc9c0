// SPDX-License-Identifier: GPL-2.0-only
/*
 * recovery.c - SCSI hosts whose driver is recovered: commands in flight are done again.
 *
 * Only the driver can take back what its adapter was given, and its error handlers are written
 * for that: every command in flight is timed out at once, and the SCSI layer's
 * error handler has each aborted, or the adapter reset, and tries it again. A virtio device needs
 * less: it is reset, and has forgotten all. Then each device is asked whether it is ready.
 */
#include <linux/blk-mq.h>
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_eh.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport.h>

#include <suture/class.h>
#include "scsi.h"

/* How long a device may take to answer, and how often it is asked. */
#define ANSWER		(10 * HZ)
#define ANSWER_TRIES	3
/* Until the commands that were timed out are with the error handler. */
#define HANDOVER_MS	100

/**
 * struct member - a host that a guarded driver has added
 * @node:	in the list of all
 * @host:	the host, with a reference
 * @dev:	the device that its driver is on
 * @sleeping:	the queues of its devices stand still
 * @online:	devices that were usable before
 */
struct member {
	struct list_head node;
	struct Scsi_Host *host;
	struct device *dev;
	bool sleeping;
	unsigned int online;
};

static LIST_HEAD(members);
static DEFINE_MUTEX(members_lock);

#define for_each_host(m, of)							\
	list_for_each_entry(m, &members, node)					\
		if (m->dev != (of))						\
			continue;						\
		else

/* The virtio core's reset takes everything from the device. */
static bool forgets(const struct device *dev)
{
	return dev->bus && !strcmp(dev->bus->name, "virtio");
}

static bool end_one(struct request *rq, void *data)
{
	struct scsi_cmnd *cmd = blk_mq_rq_to_pdu(rq);
	unsigned int *result = data;

	if (blk_mq_request_completed(rq))
		return true;
	suture_command_taken(cmd);
	cmd->result = *result << 16;
	scsi_done(cmd);
	return true;
}

/* Without a handler that could help, the error handler would take the devices offline. */
static bool has_handlers(const struct Scsi_Host *host)
{
	const struct scsi_host_template *t = host->hostt;

	return t->eh_abort_handler || t->eh_device_reset_handler || t->eh_target_reset_handler ||
	       t->eh_bus_reset_handler || t->eh_host_reset_handler ||
	       (host->transportt && host->transportt->eh_strategy_handler);
}

static bool time_out(struct request *rq, void *data)
{
	if (!blk_mq_request_completed(rq))
		blk_abort_request(rq);
	return true;
}

static void host_hold(struct member *m, enum suture_action rung)
{
	unsigned int lost = DID_NO_CONNECT;
	struct scsi_device *sdev;

	if (rung == SUTURE_RESTART) {
		blk_mq_tagset_busy_iter(&m->host->tag_set, end_one, &lost);
		return;
	}
	m->online = 0;
	shost_for_each_device(sdev, m->host) {
		m->online += scsi_device_online(sdev);
		if (forgets(m->dev))
			blk_mq_quiesce_queue(sdev->request_queue);
	}
	m->sleeping = forgets(m->dev);
}

static int hold(struct device *dev, enum suture_action rung)
{
	struct member *m;

	/* Nobody will answer what is in flight. It may not write to memory after it ended. */
	if (rung == SUTURE_RESTART && dev_is_pci(dev))
		pci_clear_master(to_pci_dev(dev));
	mutex_lock(&members_lock);
	for_each_host(m, dev)
		host_hold(m, rung);
	mutex_unlock(&members_lock);
	return 0;
}

static int cycle(struct device *dev)
{
	struct member *m;

	if (forgets(dev))
		return suture_power_cycle(dev);
	mutex_lock(&members_lock);
	for_each_host(m, dev)
		if (has_handlers(m->host))
			blk_mq_tagset_busy_iter(&m->host->tag_set, time_out, NULL);
	mutex_unlock(&members_lock);
	/* As long as the driver may not say that it wants to wait: see roles.c. */
	msleep(HANDOVER_MS);
	return 0;
}

static void wake(struct member *m, bool stopped)
{
	unsigned int again = DID_REQUEUE;
	struct scsi_device *sdev;

	if (!m->sleeping)
		return;
	m->sleeping = false;
	if (stopped) {
		blk_mq_tagset_wait_completed_request(&m->host->tag_set);
		blk_mq_tagset_busy_iter(&m->host->tag_set, end_one, &again);
	}
	/* One that was added meanwhile was not stopped. */
	shost_for_each_device(sdev, m->host)
		if (blk_queue_quiesced(sdev->request_queue))
			blk_mq_unquiesce_queue(sdev->request_queue);
}

/* Does each device that was there before answer? What it answers is its own affair. */
static int ask(struct member *m)
{
	struct scsi_sense_hdr sense;
	struct scsi_device *sdev;
	unsigned int online = 0;
	int result;

	shost_for_each_device(sdev, m->host) {
		if (!scsi_device_online(sdev))
			continue;
		result = scsi_test_unit_ready(sdev, ANSWER, ANSWER_TRIES, &sense);
		online += result >= 0 && host_byte(result) == DID_OK;
	}
	return online < m->online ? -EIO : 0;
}

static int resume(struct device *dev, enum suture_action rung, int err)
{
	struct member *m;

	mutex_lock(&members_lock);
	for_each_host(m, dev)
		wake(m, !err);
	for_each_host(m, dev)
		if (rung == SUTURE_CYCLE && !err)
			err = ask(m);
	mutex_unlock(&members_lock);
	return err;
}

/* A second try of the first: what comes after it is a new host, with new disks. */
static const struct suture_class class = {
	.name = "scsi",
	.rungs = { SUTURE_CYCLE, SUTURE_CYCLE, SUTURE_RESTART },
	.hold = hold,
	.cycle = cycle,
	.resume = resume,
};

/**
 * suture_host_added() - a guarded driver has added a host
 * @host:	the host
 * @dev:	its parent; may be NULL
 * @site:	call site
 *
 * Context: task, may sleep.
 */
void suture_host_added(struct Scsi_Host *host, struct device *dev, unsigned long site)
{
	struct member *m;

	dev = suture_recoverable(dev, &class, site);
	if (!dev)
		return;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return;
	m->dev = dev;
	m->host = scsi_host_get(host);
	if (!m->host) {
		kfree(m);
		return;
	}
	mutex_lock(&members_lock);
	list_add_tail(&m->node, &members);
	mutex_unlock(&members_lock);
}

/**
 * suture_host_removed() - a host is about to be removed
 * @host:	the host
 *
 * Context: task, may sleep. Waits for a recovery that uses it.
 */
void suture_host_removed(struct Scsi_Host *host)
{
	struct member *m, *next, *found = NULL;

	mutex_lock(&members_lock);
	list_for_each_entry_safe(m, next, &members, node)
		if (m->host == host) {
			list_del(&m->node);
			found = m;
			break;
		}
	if (found)
		wake(found, false);
	mutex_unlock(&members_lock);
	if (!found)
		return;
	scsi_host_put(host);
	kfree(found);
}
