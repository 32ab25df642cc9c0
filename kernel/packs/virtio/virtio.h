/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio.h - what the files of the virtio pack have in common.
 */
#ifndef SUTURE_VIRTIO_H
#define SUTURE_VIRTIO_H

#include <suture/rule.h>

struct virtio_device;
struct virtqueue;

extern struct suture_rule suture_rule_vio_life;
extern struct suture_rule suture_rule_vio_ring;
extern struct suture_rule suture_rule_vio_len;

/* How many devices their drivers have reset and not left yet. */
extern atomic_t suture_virtio_resets;

/* driver.c */
bool suture_virtio_reset_before(struct virtio_device *vdev, unsigned long site, const char *api);

/* ring.c */
void suture_virtio_ring_start(void);
void suture_virtio_queues_forget(void);

/* cycle.c */
void suture_virtio_recoverable(struct virtio_device *vdev, unsigned long site);

#endif /* SUTURE_VIRTIO_H */
