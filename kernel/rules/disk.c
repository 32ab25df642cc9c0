// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - disks and the tag sets of their queues: set up once, taken down once and in
 * order, and gone when the driver is.
 *
 * Whether a disk is registered the kernel's own structure says. Of a disk whose last
 * reference the driver has dropped only the address is remembered.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>

#include <suture/block.h>
#include <suture/ledger.h>
#include "../domain.h"
#include "../restart.h"
#include "disk.h"
#include "gone.h"
#include "rules.h"

static struct suture_rule rule_disk = {
	.id = "BLK-DISK",
	.class = "block",
	.contract = "A disk is added and deleted once, released once after that, its tag set freed once after that, and all before the driver goes.",
	.source = "block/genhd.c: del_gendisk(), put_disk(); block/blk-mq.c: blk_mq_free_tag_set(); Klever block:genhd",
	.example = "blk_mq_free_tag_set(&card->tags);\t/* the queue of the disk still uses it */\n"
		   "del_gendisk(card->disk);\n"
		   "put_disk(card->disk);\n",
	.look = "Of a second put_disk() something is said only if the first was the last reference.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: it is in that state already" },
		{ "delete", "nothing: the disk is deleted first" },
		{ "release", "nothing: what nobody else would release is released" },
		{ "keep", "memory: the tag set stays, as a queue still uses it" },
	},
};

struct suture_rule suture_rule_lost = {
	.id = "BLK-LOST",
	.class = "block",
	.contract = "A driver that is removed has no request or command in flight any more.",
	.source = "Documentation/block/blk-mq.rst; SDV PendedCompletedRequest",
	.example = "static void __exit card_exit(void)\n"
		   "{\n"
		   "\tfree_irq(card->irq, card);\t/* nobody will complete what was started */\n"
		   "}\n",
	.look = "Of a driver that is removed while its disk or host is still there.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "fail", "what was asked for: the request ends with an error" },
	},
};
EXPORT_SYMBOL_GPL(suture_rule_lost);

static struct suture_rule *const rules[] = { &rule_disk, &suture_rule_lost, NULL };

/* Disks whose last reference the driver has dropped, and those that Suture released early. */
SUTURE_GONE_TABLE(gone, 6);
SUTURE_GONE_TABLE(early, 6);
/* Major numbers that were given back. */
SUTURE_GONE_TABLE(majors, 6);

/* Of a disk that the driver has allocated: deleted by Suture, when the driver should have. */
enum { INFO_DELETED };

static void disk_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole);
static void major_left(struct suture_domain *domain, const struct suture_record *record,
		       bool sole);

static const struct suture_kind kind_disk = {
	.name = "disk",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = disk_left,
};

static const struct suture_kind kind_major = {
	.name = "major number of block devices",
	.order = SUTURE_ORDER_REFERENCE,
	.left = major_left,
};

/* ------------------------------------------------------ what was left */

/* What is in flight of a disk that its driver has left, and shall it be ended? */
struct left {
	unsigned int count;
	bool end;
};

static bool request_left(struct request *rq, void *data)
{
	struct left *left = data;

	left->count++;
	if (left->end)
		blk_mq_end_request(rq, BLK_STS_IOERR);
	return true;
}

/* Whoever waits for what is still in flight would do so for ever. */
static void requests_left(struct suture_domain *domain, struct gendisk *disk,
			  unsigned long site)
{
	struct left left = { .end = suture_may_for(domain, &suture_rule_lost, 0, site) };

	if (suture_rule_lost.action == SUTURE_OFF || !disk->queue->tag_set)
		return;
	blk_mq_tagset_busy_iter(disk->queue->tag_set, request_left, &left);
	if (left.count)
		suture_report_for(domain, &suture_rule_lost, SUTURE_DID(suture_rule_lost, 0), site,
				  "%u of %s in flight after removal", left.count, disk->disk_name);
}

static void disk_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole)
{
	struct gendisk *disk = (struct gendisk *)record->key;
	bool live;

	/* Another may have released it. */
	if (!sole || rule_disk.action == SUTURE_OFF)
		return;
	live = disk_live(disk);
	suture_report_for(domain, &rule_disk, SUTURE_DID(rule_disk, 2), record->site,
			  "%s is still %s after removal", disk->disk_name,
			  live ? "registered" : "allocated");
	if (!suture_may_for(domain, &rule_disk, 2, record->site))
		return;
	if (live) {
		suture_quarantine(domain);
		blk_mark_disk_dead(disk);
		requests_left(domain, disk, record->site);
		suture_block_removed(disk);
		del_gendisk(disk);
	}
	put_disk(disk);
}

static void major_left(struct suture_domain *domain, const struct suture_record *record,
		       bool sole)
{
	const char *name = (const char *)record->info[0];

	if (!sole || rule_disk.action == SUTURE_OFF ||
	    !within_module((unsigned long)name, domain->module))
		return;
	suture_report_for(domain, &rule_disk, SUTURE_DID(rule_disk, 2), record->site,
			  "major number %lu (%s) is still registered after removal", record->key,
			  name);
	if (suture_may_for(domain, &rule_disk, 2, record->site))
		unregister_blkdev(record->key, name);
}

/* ------------------------------------------------------------- a disk */

static struct gendisk *disk_new(struct gendisk *disk, unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)disk, .site = site };

	if (IS_ERR_OR_NULL(disk))
		return disk;
	suture_gone_clear(gone, record.key);
	suture_gone_clear(early, record.key);
	suture_ledger_add(&kind_disk, &record);
	return disk;
}

SUTURE_DEFINE(struct gendisk *, __blk_mq_alloc_disk,
	      struct blk_mq_tag_set *set, API_DISK_LIMITS(void *queuedata),
	      struct lock_class_key *key)
{
	return disk_new(__blk_mq_alloc_disk(set, API_DISK_LIMITS_PASS(queuedata), key),
			SUTURE_SITE);
}
SUTURE_WRAPPER(__blk_mq_alloc_disk);

SUTURE_DEFINE(struct gendisk *, __blk_alloc_disk,
	      API_DISK_LIMITS(int node), struct lock_class_key *key)
{
	return disk_new(__blk_alloc_disk(API_DISK_LIMITS_PASS(node), key), SUTURE_SITE);
}
SUTURE_WRAPPER(__blk_alloc_disk);

SUTURE_DEFINE(int, device_add_disk,
	      struct device *parent, struct gendisk *disk, const struct attribute_group **groups)
{
	int err;

	suture_check_pointer(disk, SUTURE_SITE, "device_add_disk");
	suture_disk_roles(disk->fops);
	if (unlikely(disk_live(disk)) && rule_disk.action != SUTURE_OFF) {
		suture_report(&rule_disk, SUTURE_DID(rule_disk, 0), SUTURE_SITE,
			      "device_add_disk of a disk that is registered");
		if (suture_may(&rule_disk, 0, SUTURE_SITE))
			return 0;
	}
	SUTURE_MAY_BLOCK("device_add_disk", err = device_add_disk(parent, disk, groups));
	if (!err)
		suture_block_added(parent, disk, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(device_add_disk);

/* A disk whose last reference the driver has dropped before. */
static bool disk_gone(const struct gendisk *disk, unsigned long site, const char *api)
{
	unsigned long before = suture_gone_site(gone, (unsigned long)disk);

	if (likely(!before) || rule_disk.action == SUTURE_OFF)
		return false;
	suture_report(&rule_disk, SUTURE_DID(rule_disk, 0), site,
		      "%s of a disk released at %pS", api, (void *)before);
	return suture_may(&rule_disk, 0, site);
}

static void deleted_set(struct suture_record *record, bool deleted)
{
	suture_ledger_take(&kind_disk, record->key, NULL);
	record->info[INFO_DELETED] = deleted;
	suture_ledger_add(&kind_disk, record);
}

/* Suture does what the driver ought to have done; that the driver does it late is no news. */
static void delete_early(struct gendisk *disk, struct suture_record *record)
{
	suture_block_removed(disk);
	del_gendisk(disk);
	deleted_set(record, true);
}

static void release_early(struct gendisk *disk, const struct suture_record *record)
{
	suture_ledger_take(&kind_disk, record->key, NULL);
	suture_gone_add(early, record->key, record->site);
	put_disk(disk);
}

/* Is @disk to be deleted now? */
static bool disk_delete(struct gendisk *disk, unsigned long site)
{
	struct suture_record record SUTURE_UNSET;

	if (suture_gone_site(early, (unsigned long)disk) || disk_gone(disk, site, "del_gendisk"))
		return false;
	/* As the kernel asks itself. */
	if (likely(disk_live(disk) || disk->flags & GENHD_FL_HIDDEN) ||
	    rule_disk.action == SUTURE_OFF)
		return true;
	if (suture_ledger_get(&kind_disk, (unsigned long)disk, &record) &&
	    record.info[INFO_DELETED]) {
		deleted_set(&record, false);
		return false;
	}
	suture_report(&rule_disk, SUTURE_DID(rule_disk, 0), site,
		      "del_gendisk of a disk that is not registered");
	return !suture_may(&rule_disk, 0, site);
}

SUTURE_DEFINE(void, del_gendisk, struct gendisk *disk)
{
	suture_check_pointer(disk, SUTURE_SITE, "del_gendisk");
	if (disk_delete(disk, SUTURE_SITE)) {
		if (!suture_atomic())
			suture_block_removed(disk);
		SUTURE_MAY_BLOCK("del_gendisk", del_gendisk(disk));
	}
}
SUTURE_WRAPPER(del_gendisk);

/* Is the driver's reference to @disk to be dropped now? */
static bool disk_put(struct gendisk *disk, unsigned long site)
{
	unsigned long key = (unsigned long)disk;
	struct suture_record record SUTURE_UNSET;

	if (suture_gone_site(early, key)) {
		suture_gone_clear(early, key);
		return false;
	}
	if (disk_gone(disk, site, "put_disk"))
		return false;
	if (unlikely(disk_live(disk)) && rule_disk.action != SUTURE_OFF && !suture_atomic() &&
	    suture_ledger_get(&kind_disk, key, &record)) {
		suture_report(&rule_disk, SUTURE_DID(rule_disk, 1), site,
			      "put_disk of a disk that is registered");
		if (suture_may(&rule_disk, 1, site)) {
			suture_block_removed(disk);
			del_gendisk(disk);
		}
	}
	suture_ledger_take(&kind_disk, key, NULL);
	if (kref_read(&disk_to_dev(disk)->kobj.kref) == 1)
		suture_gone_add(gone, key, site);
	return true;
}

SUTURE_DEFINE(void, put_disk, struct gendisk *disk)
{
	if (!disk || disk_put(disk, SUTURE_SITE))
		put_disk(disk);
}
SUTURE_WRAPPER(put_disk);

/* ---------------------------------------------------------- a tag set */

SUTURE_DEFINE(int, blk_mq_alloc_tag_set, struct blk_mq_tag_set *set)
{
	int err;

	suture_check_pointer(set, SUTURE_SITE, "blk_mq_alloc_tag_set");
	suture_queue_roles(set->ops);
	suture_requests_forget();
	SUTURE_MAY_BLOCK("blk_mq_alloc_tag_set", err = blk_mq_alloc_tag_set(set));
	return err;
}
SUTURE_WRAPPER(blk_mq_alloc_tag_set);

SUTURE_DEFINE(int, blk_mq_alloc_sq_tag_set,
	      struct blk_mq_tag_set *set, const struct blk_mq_ops *ops, unsigned int depth,
	      unsigned int flags)
{
	suture_queue_roles(ops);
	suture_requests_forget();
	return blk_mq_alloc_sq_tag_set(set, ops, depth, flags);
}
SUTURE_WRAPPER(blk_mq_alloc_sq_tag_set);

/* A disk of the driver that uses @set. */
static struct gendisk *disk_of(struct blk_mq_tag_set *set, struct suture_record *record)
{
	struct gendisk *disk = NULL;
	struct request_queue *q;

	mutex_lock(&set->tag_list_lock);
	list_for_each_entry(q, &set->tag_list, tag_set_list) {
		disk = q->disk;
		if (disk && suture_ledger_get(&kind_disk, (unsigned long)disk, record))
			break;
		disk = NULL;
	}
	mutex_unlock(&set->tag_list_lock);
	return disk;
}

/* A queue still uses @set: is it to be freed now? */
static noinline bool tag_set_used(struct blk_mq_tag_set *set, unsigned long site)
{
	struct suture_record record SUTURE_UNSET;
	struct gendisk *disk;
	bool repair;

	if (suture_atomic())
		return true;
	while ((disk = disk_of(set, &record))) {
		repair = suture_may(&rule_disk, disk_live(disk) ? 1 : 2, site);
		suture_report(&rule_disk, SUTURE_DID(rule_disk, disk_live(disk) ? 1 : 2), site,
			      "blk_mq_free_tag_set of the tag set of a disk that is %s",
			      disk_live(disk) ? "registered" : "not released");
		if (!repair)
			return true;
		if (disk_live(disk))
			delete_early(disk, &record);
		else
			release_early(disk, &record);
	}
	if (list_empty(&set->tag_list))
		return true;
	suture_report(&rule_disk, SUTURE_DID(rule_disk, 3), site,
		      "blk_mq_free_tag_set of a tag set that a queue uses");
	return !suture_may(&rule_disk, 3, site);
}

SUTURE_DEFINE(void, blk_mq_free_tag_set, struct blk_mq_tag_set *set)
{
	suture_check_pointer(set, SUTURE_SITE, "blk_mq_free_tag_set");
	if (rule_disk.action == SUTURE_OFF) {
		blk_mq_free_tag_set(set);
		return;
	}
	/* One that is all zeros the kernel does not mind. */
	if (unlikely(!set->tags && set->nr_hw_queues)) {
		suture_report(&rule_disk, SUTURE_DID(rule_disk, 0), SUTURE_SITE,
			      "blk_mq_free_tag_set of a tag set that is free");
		if (suture_may(&rule_disk, 0, SUTURE_SITE))
			return;
	} else if (unlikely(set->tags && !list_empty(&set->tag_list)) &&
		   !tag_set_used(set, SUTURE_SITE)) {
		return;
	}
	blk_mq_free_tag_set(set);
}
SUTURE_WRAPPER(blk_mq_free_tag_set);

/* ------------------------------------------------------- major numbers */

SUTURE_DEFINE(int, __register_blkdev,
	      unsigned int major, const char *name, void (*probe)(dev_t))
{
	struct suture_record record = { .info[0] = (unsigned long)name, .site = SUTURE_SITE };
	int ret = __register_blkdev(major, name, probe);

	if (ret < 0)
		return ret;
	record.key = major ? major : ret;
	suture_gone_clear(majors, record.key);
	suture_ledger_add(&kind_major, &record);
	return ret;
}
SUTURE_WRAPPER(__register_blkdev);

SUTURE_DEFINE(void, unregister_blkdev, unsigned int major, const char *name)
{
	unsigned long before = suture_gone_site(majors, (unsigned long)major);

	if (suture_ledger_take(&kind_major, major, NULL)) {
		suture_gone_add(majors, (unsigned long)major, SUTURE_SITE);
	} else if (before && rule_disk.action != SUTURE_OFF) {
		suture_report(&rule_disk, SUTURE_DID(rule_disk, 0), SUTURE_SITE,
			      "unregister_blkdev of a major number unregistered at %pS",
			      (void *)before);
		if (suture_may(&rule_disk, 0, SUTURE_SITE))
			return;
	}
	unregister_blkdev(major, name);
}
SUTURE_WRAPPER(unregister_blkdev);

int suture_rules_disk_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_disk_stop(void)
{
	suture_rules_remove(rules);
}
