// SPDX-License-Identifier: GPL-2.0-only
/*
 * ramdisk.c - breaks BLK-DONE, BLK-RET, BLK-FREEZE, BLK-DISK and BLK-LOST.
 *
 * A small disk of memory, /dev/ramdisk. A word about requests lets the next request of
 * the disk go wrong, and makes that request; a word about disks uses a second disk.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/vmalloc.h>

#define BAD_PROBED
#include "bad.h"

#define RAM_SECTORS 512

struct ram {
	struct blk_mq_tag_set tags;
	struct gendisk *disk;
	unsigned long requests;
};

static struct ram ram, second;
static char *ram_data;
static int ram_major;

/* What the next request is to suffer. */
static const char *fault;
static struct request *kept;

/* ------------------------------------------------------------ requests */

static blk_status_t ram_copy(struct request *rq)
{
	size_t pos = (size_t)blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec bvec;

	if (pos + blk_rq_bytes(rq) > RAM_SECTORS << SECTOR_SHIFT)
		return BLK_STS_IOERR;
	rq_for_each_segment(bvec, rq, iter) {
		if (rq_data_dir(rq) == WRITE)
			memcpy_from_bvec(ram_data + pos, &bvec);
		else
			memcpy_to_bvec(&bvec, ram_data + pos);
		pos += bvec.bv_len;
	}
	return BLK_STS_OK;
}

static noinline void end_twice(struct request *rq)
{
	blk_mq_start_request(rq);
	blk_mq_end_request(rq, BLK_STS_OK);
	blk_mq_end_request(rq, BLK_STS_OK);
}

static noinline void complete_twice(struct request *rq)
{
	blk_mq_start_request(rq);
	blk_mq_complete_request(rq);
	blk_mq_complete_request(rq);
}

static noinline void complete_unstarted(struct request *rq)
{
	blk_mq_complete_request(rq);
	barrier();
}

static noinline void start_twice(struct request *rq)
{
	blk_mq_start_request(rq);
	blk_mq_start_request(rq);
	blk_mq_complete_request(rq);
}

static noinline void end_requeued(struct request *rq)
{
	struct request_queue *q = rq->q;

	blk_mq_start_request(rq);
	blk_mq_requeue_request(rq, false);
	blk_mq_end_request(rq, BLK_STS_OK);
	blk_mq_delay_kick_requeue_list(q, 10);
}

static noinline blk_status_t busy_ended(struct request *rq)
{
	blk_mq_start_request(rq);
	blk_mq_end_request(rq, BLK_STS_OK);
	return BLK_STS_RESOURCE;
}

static blk_status_t ram_fault(struct request *rq)
{
	const char *which = fault;

	fault = NULL;
	if (!strcmp(which, "end-twice"))
		end_twice(rq);
	else if (!strcmp(which, "complete-twice"))
		complete_twice(rq);
	else if (!strcmp(which, "not-started"))
		complete_unstarted(rq);
	else if (!strcmp(which, "start-twice"))
		start_twice(rq);
	else if (!strcmp(which, "end-requeued"))
		end_requeued(rq);
	else if (!strcmp(which, "busy-ended"))
		return busy_ended(rq);
	else if (!strcmp(which, "status"))
		return (__force blk_status_t)(u8)-EIO;
	else if (!strcmp(which, "lose"))
		blk_mq_start_request(rq);
	else if (!strcmp(which, "end-refused"))
		return BLK_STS_IOERR;
	return BLK_STS_OK;
}

static blk_status_t ram_queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct ram *r = hctx->queue->queuedata;
	struct request *rq = bd->rq;

	r->requests++;
	if (fault) {
		kept = rq;
		return ram_fault(rq);
	}
	blk_mq_start_request(rq);
	blk_mq_complete_request(rq);
	return BLK_STS_OK;
}

static void ram_complete(struct request *rq)
{
	blk_mq_end_request(rq, ram_copy(rq));
}

static const struct blk_mq_ops ram_queue_ops = {
	.queue_rq = ram_queue_rq,
	.complete = ram_complete,
};

static const struct block_device_operations ram_ops = {
	.owner = THIS_MODULE,
};

/* One request: sector 0 to or from @page. */
static int ram_io(struct gendisk *disk, struct page *page, blk_opf_t how)
{
	struct bio_vec vec;
	struct bio bio;
	int err;

	bio_init(&bio, disk->part0, &vec, 1, how);
	__bio_add_page(&bio, page, SECTOR_SIZE, 0);
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

static int ram_read(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int err;

	if (!page)
		return -ENOMEM;
	err = ram_io(ram.disk, page, REQ_OP_READ);
	__free_page(page);
	return err;
}

static int bad_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	char *data;
	int err;

	if (!page)
		return -ENOMEM;
	data = page_address(page);
	memset(data, 0x5a, SECTOR_SIZE);
	err = ram_io(ram.disk, page, REQ_OP_WRITE);
	memset(data, 0, SECTOR_SIZE);
	err = err ?: ram_io(ram.disk, page, REQ_OP_READ);
	if (!err && memchr_inv(data, 0x5a, SECTOR_SIZE))
		err = -EBUSY;
	__free_page(page);
	return err;
}

static noinline void end_refused(void)
{
	blk_mq_end_request(kept, BLK_STS_OK);
	barrier();
}

static noinline int free_twice(void)
{
	struct request *rq = blk_mq_alloc_request(ram.disk->queue, REQ_OP_DRV_IN, 0);

	if (IS_ERR(rq))
		return PTR_ERR(rq);
	blk_mq_free_request(rq);
	blk_mq_free_request(rq);
	return 0;
}

static noinline void unfreeze(void)
{
	blk_mq_freeze_queue(ram.disk->queue);
	blk_mq_unfreeze_queue(ram.disk->queue);
	blk_mq_unfreeze_queue(ram.disk->queue);
}

static noinline void unquiesce(void)
{
	blk_mq_unquiesce_queue(ram.disk->queue);
	barrier();
}

static noinline void freeze_wait(void)
{
	blk_mq_freeze_queue_wait(ram.disk->queue);
	barrier();
}

/* --------------------------------------------------------------- disks */

static int ram_alloc(struct ram *r)
{
	memset(r, 0, sizeof(*r));
	r->tags.ops = &ram_queue_ops;
	r->tags.nr_hw_queues = 1;
	r->tags.queue_depth = 8;
	r->tags.numa_node = NUMA_NO_NODE;
	r->tags.flags = BLK_MQ_F_NO_SCHED;
	return blk_mq_alloc_tag_set(&r->tags);
}

/* Where a queue has features, its limits are an argument. */
#ifdef BLK_FEAT_WRITE_CACHE
#define ram_disk_new(set, data)	blk_mq_alloc_disk(set, NULL, data)
#else
#define ram_disk_new(set, data)	blk_mq_alloc_disk(set, data)
#endif

static int ram_make(struct ram *r, const char *name, int minor)
{
	int err = ram_alloc(r);

	if (err)
		return err;
	r->disk = ram_disk_new(&r->tags, r);
	if (IS_ERR(r->disk)) {
		blk_mq_free_tag_set(&r->tags);
		return PTR_ERR(r->disk);
	}
	r->disk->major = ram_major;
	r->disk->first_minor = minor;
	r->disk->minors = 1;
	r->disk->fops = &ram_ops;
	r->disk->flags |= GENHD_FL_NO_PART;
	strscpy(r->disk->disk_name, name, DISK_NAME_LEN);
	set_capacity(r->disk, RAM_SECTORS);
	return 0;
}

static int ram_add(struct ram *r)
{
	int err = device_add_disk(NULL, r->disk, NULL);

	if (err) {
		put_disk(r->disk);
		blk_mq_free_tag_set(&r->tags);
	}
	return err;
}

static noinline void delete_disk(void)
{
	del_gendisk(second.disk);
	barrier();
}

static noinline void put(void)
{
	put_disk(second.disk);
	barrier();
}

static noinline void free_tags(void)
{
	blk_mq_free_tag_set(&second.tags);
	barrier();
}

static noinline int add_again(void)
{
	int err = device_add_disk(NULL, second.disk, NULL);

	barrier();
	return err;
}

static noinline int major_twice(void)
{
	int major = register_blkdev(0, "bad_major");

	if (major < 0)
		return major;
	unregister_blkdev(major, "bad_major");
	unregister_blkdev(major, "bad_major");
	return 0;
}

/* A disk that the driver leaves behind, with a request that it never completes. */
static struct page *left_page;
static struct bio_vec left_vec;
static struct bio left_bio;

static int leave(void)
{
	left_page = alloc_page(GFP_KERNEL);
	if (!left_page)
		return -ENOMEM;
	fault = "lose";
	bio_init(&left_bio, second.disk->part0, &left_vec, 1, REQ_OP_READ);
	__bio_add_page(&left_bio, left_page, SECTOR_SIZE, 0);
	submit_bio(&left_bio);
	return 0;
}

static int bad_disk(const char *word)
{
	bool added = !bad_is(word, "tags-unadded");
	int err = ram_make(&second, "ramdisk2", 1);

	if (!err && added)
		err = ram_add(&second);
	if (err)
		return err;
	if (bad_is(word, "leave"))
		return leave();
	if (bad_is(word, "add-twice"))
		err = add_again();
	if (bad_is(word, "tags-live") || !added)
		free_tags();
	if (added && !bad_is(word, "put-live"))
		delete_disk();
	if (bad_is(word, "delete-twice"))
		delete_disk();
	put();
	if (bad_is(word, "put-twice"))
		put();
	if (bad_is(word, "delete-put"))
		delete_disk();
	if (added && !bad_is(word, "tags-live"))
		free_tags();
	if (bad_is(word, "tags-twice"))
		free_tags();
	return err;
}

static int bad_do(const char *word)
{
	static const char * const faults[] = {
		"end-twice", "complete-twice", "not-started", "start-twice", "end-requeued",
		"busy-ended", "status", "end-refused", "none",
	};
	size_t i;
	int err;

	if (bad_is(word, "free-twice"))
		return free_twice();
	if (bad_is(word, "unfreeze")) {
		unfreeze();
		return 0;
	}
	if (bad_is(word, "unquiesce")) {
		unquiesce();
		return 0;
	}
	if (bad_is(word, "freeze-wait")) {
		freeze_wait();
		return 0;
	}
	if (bad_is(word, "major-twice"))
		return major_twice();
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!bad_is(word, faults[i]))
			continue;
		fault = i < ARRAY_SIZE(faults) - 1 ? faults[i] : NULL;
		err = ram_read();
		if (!bad_is(word, "end-refused"))
			return err;
		end_refused();
		return 0;
	}
	return bad_disk(word);
}

static int __init ram_init(void)
{
	int err;

	ram_data = vzalloc(RAM_SECTORS << SECTOR_SHIFT);
	if (!ram_data)
		return -ENOMEM;
	ram_major = register_blkdev(0, "ramdisk");
	err = ram_major < 0 ? ram_major : 0;
	if (err)
		goto free;
	err = ram_make(&ram, "ramdisk", 0);
	if (err)
		goto unregister;
	err = ram_add(&ram);
	if (err)
		goto unregister;
	err = misc_register(&bad_misc);
	if (!err)
		return 0;
	del_gendisk(ram.disk);
	put_disk(ram.disk);
	blk_mq_free_tag_set(&ram.tags);
unregister:
	unregister_blkdev(ram_major, "ramdisk");
free:
	vfree(ram_data);
	return err;
}

static void __exit ram_exit(void)
{
	misc_deregister(&bad_misc);
	del_gendisk(ram.disk);
	put_disk(ram.disk);
	blk_mq_free_tag_set(&ram.tags);
	unregister_blkdev(ram_major, "ramdisk");
	vfree(ram_data);
}

module_init(ram_init);
module_exit(ram_exit);
