// SPDX-License-Identifier: GPL-2.0-only
/*
 * block.c - disks whose driver is recovered: what is in flight is done again.
 *
 * A disk cannot be parked: whatever is mounted on it holds its queue. So it is
 * power-cycled. Some drivers see to their own requests when their function is reset
 * (reset_prepare() and reset_done()). For the others, the queues stand still, and what
 * was given to the device is put back on them when the device has forgotten it. Then a
 * sector is read from each disk: only that says that the device works.
 */
#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#include <suture/class.h>
#include "../rules/disk.h"

/* How long a device may take until it answers again. */
#define ANSWER_MS 10000

/**
 * struct member - a disk that a guarded driver has registered
 * @node:	in the list of all
 * @disk:	the disk, with a reference
 * @dev:	the device that its driver is on
 * @cycler:	task that power-cycles it; its queue stands still
 * @sleeping:	the queue was stopped by this class
 * @answer:	the sector that is read afterwards
 */
struct member {
	struct list_head node;
	struct gendisk *disk;
	struct device *dev;
	struct task_struct *cycler;
	bool sleeping;
	struct answer *answer;
};

static LIST_HEAD(members);
static DEFINE_MUTEX(members_lock);

/* A read that may come to its end long after anybody has waited for it. */
struct answer {
	struct kref ref;
	struct completion done;
	struct bio *bio;
	struct page *page;
	blk_status_t status;
};

static void answer_release(struct kref *ref)
{
	struct answer *answer = container_of(ref, struct answer, ref);

	__free_page(answer->page);
	kfree(answer);
}

static void answer_end(struct bio *bio)
{
	struct answer *answer = bio->bi_private;

	answer->status = bio->bi_status;
	bio_put(bio);
	complete(&answer->done);
	kref_put(&answer->ref, answer_release);
}

/* Ask a disk for its first sector. Return: NULL if there is none, or no memory to ask. */
static struct answer *answer_ask(struct gendisk *disk)
{
	struct answer *answer;
	struct bio *bio;

	if (!get_capacity(disk) || !disk_live(disk) || disk->flags & GENHD_FL_HIDDEN)
		return NULL;
	answer = kzalloc(sizeof(*answer), GFP_NOIO);
	if (!answer)
		return NULL;
	answer->page = alloc_page(GFP_NOIO);
	if (!answer->page) {
		kfree(answer);
		return NULL;
	}
	kref_init(&answer->ref);
	kref_get(&answer->ref);
	init_completion(&answer->done);
	bio = bio_alloc(disk->part0, 1, REQ_OP_READ, GFP_NOIO);
	bio->bi_iter.bi_sector = 0;
	bio->bi_private = answer;
	bio->bi_end_io = answer_end;
	__bio_add_page(bio, answer->page, queue_logical_block_size(disk->queue), 0);
	submit_bio(bio);
	return answer;
}

static int answer_wait(struct answer *answer, unsigned long until)
{
	unsigned long left = time_before(jiffies, until) ? until - jiffies : 1;
	int err = -ETIMEDOUT;

	if (wait_for_completion_timeout(&answer->done, left))
		err = blk_status_to_errno(answer->status);
	kref_put(&answer->ref, answer_release);
	return err;
}

/* Does its driver see to its requests itself when the function is reset? */
static bool sees_to_itself(const struct device *dev)
{
	return dev_is_pci(dev) && suture_pci_resets(to_pci_dev(dev));
}

/* What the device was given, and will never answer. */
static bool put_back(struct request *rq, void *data)
{
	unsigned int *count = data;

	if (blk_mq_request_completed(rq))
		return true;
	++*count;
	/* What a program has sent by itself may not be done twice. */
	if (blk_rq_is_passthrough(rq))
		blk_mq_end_request(rq, BLK_STS_IOERR);
	else
		blk_mq_requeue_request(rq, false);
	return true;
}

static bool give_up(struct request *rq, void *data)
{
	if (!blk_mq_request_completed(rq))
		blk_mq_end_request(rq, BLK_STS_IOERR);
	return true;
}

/* Of each of the device's disks; the list stays locked, and with it the disks registered. */
#define for_each_disk(m, of)							\
	list_for_each_entry(m, &members, node)					\
		if (m->dev != (of))						\
			continue;						\
		else

static int block_hold(struct device *dev, enum suture_action rung)
{
	bool quiesce = rung == SUTURE_CYCLE && !sees_to_itself(dev);
	struct member *m;

	/* Nobody will answer what is in flight. It may not write to memory after it ended. */
	if (rung == SUTURE_RESTART && dev_is_pci(dev))
		pci_clear_master(to_pci_dev(dev));
	mutex_lock(&members_lock);
	for_each_disk(m, dev) {
		m->cycler = rung == SUTURE_CYCLE ? current : NULL;
		if (quiesce && m->disk->queue->tag_set) {
			/* Also waits for calls of queue_rq() that have begun. */
			blk_mq_quiesce_queue(m->disk->queue);
			m->sleeping = true;
		}
		if (rung == SUTURE_RESTART) {
			blk_mark_disk_dead(m->disk);
			if (dev_is_pci(dev) && m->disk->queue->tag_set)
				blk_mq_tagset_busy_iter(m->disk->queue->tag_set, give_up, NULL);
		}
	}
	mutex_unlock(&members_lock);
	return 0;
}

static void wake(struct member *m, bool stopped)
{
	struct request_queue *q = m->disk->queue;
	unsigned int count = 0;

	m->cycler = NULL;
	if (!m->sleeping)
		return;
	m->sleeping = false;
	if (stopped) {
		/* What was on its way to its end when the device stopped. */
		blk_mq_tagset_wait_completed_request(q->tag_set);
		blk_mq_tagset_busy_iter(q->tag_set, put_back, &count);
	}
	blk_mq_unquiesce_queue(q);
	blk_mq_kick_requeue_list(q);
}

static int block_resume(struct device *dev, enum suture_action rung, int err)
{
	unsigned long until = jiffies + msecs_to_jiffies(ANSWER_MS);
	struct member *m;
	int failed;

	mutex_lock(&members_lock);
	for_each_disk(m, dev)
		wake(m, !err);
	for_each_disk(m, dev)
		m->answer = err ? NULL : answer_ask(m->disk);
	for_each_disk(m, dev) {
		failed = m->answer ? answer_wait(m->answer, until) : 0;
		m->answer = NULL;
		err = err ?: failed;
	}
	mutex_unlock(&members_lock);
	return err;
}

/* A second try of the first: what comes after it is a new disk. */
static const struct suture_class class = {
	.name = "block",
	.rungs = { SUTURE_CYCLE, SUTURE_CYCLE, SUTURE_RESTART },
	.hold = block_hold,
	.resume = block_resume,
};

/**
 * suture_block_added() - a guarded driver has registered a disk
 * @parent:	its parent; may be NULL
 * @disk:	the disk
 * @site:	call site
 *
 * Context: task, may sleep.
 */
void suture_block_added(struct device *parent, struct gendisk *disk, unsigned long site)
{
	struct device *dev = suture_recoverable(parent, &class, site);
	struct member *m;

	if (!dev)
		return;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return;
	m->disk = disk;
	m->dev = dev;
	get_device(disk_to_dev(disk));
	mutex_lock(&members_lock);
	list_add_tail(&m->node, &members);
	mutex_unlock(&members_lock);
}

/**
 * suture_block_removed() - a disk is about to be deleted
 * @disk:	the disk
 *
 * Context: task, may sleep. Waits for a recovery that uses the disk.
 */
void suture_block_removed(struct gendisk *disk)
{
	struct member *m, *next, *found = NULL;

	mutex_lock(&members_lock);
	list_for_each_entry_safe(m, next, &members, node)
		if (m->disk == disk) {
			list_del(&m->node);
			found = m;
			break;
		}
	if (found)
		wake(found, false);
	mutex_unlock(&members_lock);
	if (!found)
		return;
	put_device(disk_to_dev(disk));
	kfree(found);
}

/**
 * suture_block_cycling() - does the caller power-cycle the disk of a queue?
 * @q:		the queue
 *
 * Context: task, may sleep.
 */
bool suture_block_cycling(const struct request_queue *q)
{
	struct member *m;
	bool cycling = false;

	mutex_lock(&members_lock);
	list_for_each_entry(m, &members, node)
		if (m->disk->queue == q)
			cycling |= m->cycler == current;
	mutex_unlock(&members_lock);
	return cycling;
}
