/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.h - what the rules about disks and requests, and the class in classes/disk.c,
 * ask of each other.
 */
#ifndef SUTURE_RULES_DISK_H
#define SUTURE_RULES_DISK_H

struct blk_mq_ops;
struct block_device_operations;
struct device;
struct gendisk;
struct request;
struct request_queue;
struct suture_rule;
struct suture_visit;

/* classes/disk.c */
void suture_disk_roles(const struct block_device_operations *ops);
void suture_queue_roles(const struct blk_mq_ops *ops);

/* classes/block.c */
void suture_block_added(struct device *parent, struct gendisk *disk, unsigned long site);
void suture_block_removed(struct gendisk *disk);
bool suture_block_cycling(const struct request_queue *q);

/* rules/request.c */
int suture_rules_request_start(void);
void suture_rules_request_stop(void);
void suture_requests_forget(void);
void suture_queue_rq_enter(struct suture_visit *visit);
long suture_queue_rq_leave(struct suture_visit *visit, long ret);
long suture_queue_rq_abandon(struct suture_visit *visit, long failed);
void suture_queue_rqs_enter(struct suture_visit *visit);
long suture_request_abandon(struct suture_visit *visit, long failed);

/* rules/disk.c */
extern struct suture_rule suture_rule_lost;
int suture_rules_disk_start(void);
void suture_rules_disk_stop(void);

#endif /* SUTURE_RULES_DISK_H */
