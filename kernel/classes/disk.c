// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - disks and their queues: what their entries are for.
 *
 * A request must not get lost with the call that got it: see suture_queue_rq_abandon()
 * and suture_request_abandon().
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>

#include <suture/rule.h>
#include "../group.h"
#include "../role.h"
#include "../rules/disk.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_disk, "disk", -EIO);
ROLE(role_disk_void, "disk_void", 0);
ROLE(role_queue, "queue", -EIO);
/* Void, or zero for none; of a budget: there is one, so that queue_rq() gets to fail. */
ROLE(role_queue_void, "queue_void", 0);
/* Not done, but asked for again later. */
ROLE(role_timeout, "blk_timeout", BLK_EH_RESET_TIMER);

/* From the crash until the recovery begins, which then sees to it itself. */
static bool queue_refuse(const struct suture_visit *visit, const struct suture_group *group)
{
	return READ_ONCE(group->state) == SUTURE_LIVE;
}

static const struct suture_role role_queue_rq = {
	.name = "queue_rq",
	.failed = (__force u8)BLK_STS_IOERR,
	.enter = suture_queue_rq_enter,
	.leave = suture_queue_rq_leave,
	.abandon = suture_queue_rq_abandon,
	.refuse = queue_refuse,
};

/* What it leaves on the list goes to queue_rq(). */
static const struct suture_role role_queue_rqs = {
	.name = "queue_rqs",
	.refuse = queue_refuse,
	.enter = suture_queue_rqs_enter,
};

static const struct suture_role role_complete = {
	.name = "blk_complete",
	.abandon = suture_request_abandon,
};

#define QUEUE(field, which) { offsetof(struct blk_mq_ops, field), &(which) }
static const struct suture_role_slot queue_slots[] = {
	QUEUE(queue_rq, role_queue_rq),
	QUEUE(commit_rqs, role_queue_void),
	QUEUE(queue_rqs, role_queue_rqs),
	QUEUE(get_budget, role_queue_void),
	QUEUE(put_budget, role_queue_void),
	QUEUE(set_rq_budget_token, role_queue_void),
	QUEUE(get_rq_budget_token, role_queue_void),
	QUEUE(timeout, role_timeout),
	QUEUE(poll, role_queue_void),
	QUEUE(complete, role_complete),
	QUEUE(init_hctx, role_queue),
	QUEUE(exit_hctx, role_queue_void),
	QUEUE(init_request, role_queue),
	QUEUE(exit_request, role_queue_void),
	QUEUE(cleanup_rq, role_queue_void),
	QUEUE(busy, role_queue_void),
	QUEUE(map_queues, role_queue_void),
};

#define DISK(field, which) { offsetof(struct block_device_operations, field), &(which) }
static const struct suture_role_slot disk_slots[] = {
	DISK(submit_bio, role_disk_void),
	DISK(poll_bio, role_disk_void),
	DISK(open, role_disk),
	DISK(release, role_disk_void),
	DISK(ioctl, role_disk),
	DISK(compat_ioctl, role_disk),
	DISK(check_events, role_disk_void),
	DISK(unlock_native_capacity, role_disk_void),
	DISK(getgeo, role_disk),
	DISK(set_read_only, role_disk),
	DISK(free_disk, role_disk_void),
	DISK(swap_slot_free_notify, role_disk_void),
	DISK(report_zones, role_disk),
	DISK(devnode, role_disk_void),
	DISK(get_unique_id, role_disk),
	DISK(alternative_gpt_sector, role_disk),
};

/**
 * suture_disk_roles() - label the entries of a disk
 * @ops:	its operations; may be NULL
 *
 * Context: any.
 */
void suture_disk_roles(const struct block_device_operations *ops)
{
	suture_role_set_ops(ops, disk_slots, ARRAY_SIZE(disk_slots));
}

/**
 * suture_queue_roles() - label the entries of a driver's queues
 * @ops:	operations of their tag set; may be NULL
 *
 * Context: any.
 */
void suture_queue_roles(const struct blk_mq_ops *ops)
{
	suture_role_set_ops(ops, queue_slots, ARRAY_SIZE(queue_slots));
}
