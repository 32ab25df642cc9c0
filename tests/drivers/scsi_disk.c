// SPDX-License-Identifier: GPL-2.0-only
/*
 * scsi_disk.c - breaks SCSI-DONE, SCSI-RET, SCSI-HOST and, with commands, BLK-LOST.
 *
 * A SCSI host with one small disk of memory. A word about commands lets the next TEST
 * UNIT READY go wrong, and sends it; a word about hosts uses a second host.
 */
#include <linux/blk-mq.h>
#include <linux/vmalloc.h>
#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_eh.h>
#include <scsi/scsi_host.h>

#define BAD_PROBED
#include "bad.h"

#define SECTOR		512
#define SECTORS		16384

static struct Scsi_Host *mini, *second;
static char *disk;

/* What the next TEST UNIT READY is to suffer. */
static const char *fault;
static struct scsi_cmnd *kept;

/* ------------------------------------------------------------ commands */

static int transfer(struct scsi_cmnd *cmd, bool write)
{
	const u8 *c = cmd->cmnd;
	u64 at = (u64)c[2] << 24 | c[3] << 16 | c[4] << 8 | c[5], n = c[7] << 8 | c[8];

	if (at + n > SECTORS)
		return DID_ERROR << 16;
	if (write)
		scsi_sg_copy_to_buffer(cmd, disk + at * SECTOR, n * SECTOR);
	else
		scsi_sg_copy_from_buffer(cmd, disk + at * SECTOR, n * SECTOR);
	return 0;
}

static int command(struct scsi_cmnd *cmd)
{
	static const char inquiry[36] = {
		TYPE_DISK, 0, 5, 2, 31, 0, 0, 0, 'S', 'u', 't', 'u', 'r', 'e', ' ', ' ',
		'd', 'i', 's', 'k', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
		'1', ' ', ' ', ' ',
	};
	static const __be32 capacity[] = {
		cpu_to_be32(SECTORS - 1), cpu_to_be32(SECTOR),
	};

	switch (cmd->cmnd[0]) {
	case TEST_UNIT_READY:
	case START_STOP:
	case SYNCHRONIZE_CACHE:
		return 0;
	case INQUIRY:
		if (cmd->cmnd[1] & 1)
			break;
		scsi_sg_copy_from_buffer(cmd, inquiry, sizeof(inquiry));
		return 0;
	case READ_CAPACITY:
		scsi_sg_copy_from_buffer(cmd, capacity, sizeof(capacity));
		return 0;
	case READ_10:
	case WRITE_10:
		return transfer(cmd, cmd->cmnd[0] == WRITE_10);
	}
	scsi_build_sense(cmd, 0, ILLEGAL_REQUEST, 0x20, 0);
	return cmd->result;
}

static noinline void done_twice(struct scsi_cmnd *cmd)
{
	scsi_done(cmd);
	scsi_done(cmd);
	barrier();
}

static noinline int busy_done(struct scsi_cmnd *cmd)
{
	scsi_done(cmd);
	return SCSI_MLQUEUE_HOST_BUSY;
}

static int mini_fault(struct scsi_cmnd *cmd)
{
	const char *which = fault;

	fault = NULL;
	kept = cmd;
	if (!strcmp(which, "done-twice"))
		done_twice(cmd);
	else if (!strcmp(which, "busy-done"))
		return busy_done(cmd);
	else if (strcmp(which, "lose"))
		scsi_done(cmd);
	return 0;
}

static int mini_queuecommand(struct Scsi_Host *host, struct scsi_cmnd *cmd)
{
	if (cmd->device->id || cmd->device->lun)
		cmd->result = DID_NO_CONNECT << 16;
	else
		cmd->result = command(cmd);
	if (fault && cmd->cmnd[0] == TEST_UNIT_READY)
		return mini_fault(cmd);
	host->unique_id++;
	scsi_done(cmd);
	return 0;
}

static const struct scsi_host_template mini_template = {
	.module = THIS_MODULE,
	.name = "bad SCSI host",
	.proc_name = "scsi_disk",
	.queuecommand = mini_queuecommand,
	.can_queue = 4,
	.this_id = -1,
	.sg_tablesize = SG_ALL,
	.max_sectors = 128,
};

static struct scsi_host_template template;

/* A TEST UNIT READY for the disk; nobody waits for it unless @wait. */
static int ready(struct Scsi_Host *host, bool wait)
{
	struct scsi_device *sdev;
	struct scsi_sense_hdr sense;
	struct request *rq;
	int err = 0, i = 100;

	/* The host may still be scanned. */
	while (!(sdev = scsi_device_lookup(host, 0, 0, 0))) {
		if (!i--)
			return -ENXIO;
		msleep(BAD_MOMENT_MS);
	}
	if (wait) {
		err = scsi_test_unit_ready(sdev, HZ, 0, &sense) ? -EIO : 0;
	} else {
		rq = scsi_alloc_request(sdev->request_queue, REQ_OP_DRV_IN, 0);
		if (IS_ERR(rq)) {
			err = PTR_ERR(rq);
		} else {
			struct scsi_cmnd *cmd = blk_mq_rq_to_pdu(rq);

			cmd->cmd_len = 6;
			memset(cmd->cmnd, 0, 6);
			rq->timeout = 60 * HZ;
			blk_execute_rq_nowait(rq, true);
		}
	}
	scsi_device_put(sdev);
	return err;
}

static noinline void done_late(void)
{
	scsi_done(kept);
	barrier();
}

static int bad_ok(void)
{
	return ready(mini, true);
}

/* --------------------------------------------------------------- hosts */

static struct Scsi_Host *host_new(void)
{
	struct Scsi_Host *host = scsi_host_alloc(&template, 0);

	if (host) {
		host->max_id = 1;
		host->max_lun = 1;
	}
	return host;
}

static noinline int add(struct Scsi_Host *host)
{
	int err = scsi_add_host(host, NULL);

	barrier();
	return err;
}

static noinline void scan(struct Scsi_Host *host)
{
	scsi_scan_host(host);
	barrier();
}

static noinline void remove_host(struct Scsi_Host *host)
{
	scsi_remove_host(host);
	barrier();
}

static noinline void put(struct Scsi_Host *host)
{
	scsi_host_put(host);
	barrier();
}

static int bad_host(const char *word)
{
	bool added = !bad_is(word, "remove-never") && !bad_is(word, "scan-never");
	int err = 0;

	second = host_new();
	if (!second)
		return -ENOMEM;
	if (added)
		err = add(second);
	if (err)
		goto out;
	if (bad_is(word, "leave")) {
		scan(second);
		fault = "lose";
		return ready(second, false);
	}
	if (bad_is(word, "add-twice"))
		err = add(second);
	if (bad_is(word, "scan-never"))
		scan(second);
	if (bad_is(word, "remove-never"))
		remove_host(second);
	if (added && !bad_is(word, "put-added"))
		remove_host(second);
	if (bad_is(word, "remove-twice"))
		remove_host(second);
	if (bad_is(word, "scan-removed"))
		scan(second);
out:
	put(second);
	if (bad_is(word, "put-twice"))
		put(second);
	if (bad_is(word, "remove-put"))
		remove_host(second);
	return err;
}

static int bad_do(const char *word)
{
	int err;

	if (!bad_is(word, "done-twice") && !bad_is(word, "busy-done") &&
	    !bad_is(word, "done-late"))
		return bad_host(word);
	fault = word;
	err = ready(mini, true);
	fault = NULL;
	if (!err && bad_is(word, "done-late"))
		done_late();
	return err;
}

static int __init mini_init(void)
{
	int err = -ENOMEM;

	template = mini_template;
	disk = vzalloc(SECTORS * SECTOR);
	if (!disk)
		return err;
	mini = host_new();
	if (!mini)
		goto free;
	err = scsi_add_host(mini, NULL);
	if (err)
		goto put;
	scsi_scan_host(mini);
	err = misc_register(&bad_misc);
	if (!err)
		return 0;
	scsi_remove_host(mini);
put:
	scsi_host_put(mini);
free:
	vfree(disk);
	return err;
}

static void __exit mini_exit(void)
{
	misc_deregister(&bad_misc);
	scsi_remove_host(mini);
	scsi_host_put(mini);
	vfree(disk);
}

module_init(mini_init);
module_exit(mini_exit);
