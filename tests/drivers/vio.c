// SPDX-License-Identifier: GPL-2.0-only
/*
 * vio.c - a driver of QEMU's virtio-rng device that lets it be wrongly: gives it buffers
 * where it cannot reach, uses it after a reset, leaves without one. It also plays a
 * device that lies, by writing into the ring what the device would.
 */
#define BAD_PROBED
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>
#include <linux/vmalloc.h>

#include "bad.h"

#define SIZE 64

static struct virtio_device *vio;
static struct virtqueue *queue;
static unsigned int answers;
static bool no_reset;
static void *buffer;

static void answered(struct virtqueue *vq)
{
	WRITE_ONCE(answers, answers + 1);
}

/* Give the device @at to write to, and tell it. */
static noinline int post(void *at, unsigned int size)
{
	struct scatterlist sg;
	int err;

	sg_init_one(&sg, at, size);
	err = virtqueue_add_inbuf(queue, &sg, 1, at, GFP_KERNEL);
	if (!err)
		virtqueue_kick(queue);
	return err;
}

/* Return: what the device has written, as it says. */
static noinline int collect(void *at)
{
	unsigned int len = 0, i;

	for (i = 0; i < 2000; i++) {
		if (virtqueue_get_buf(queue, &len) == at)
			return len;
		usleep_range(1000, 2000);
	}
	return -ETIMEDOUT;
}

static int fill(void *at, unsigned int size)
{
	int err;

	memset(at, 0, size);
	err = post(at, size);
	if (err)
		return err;
	err = collect(at);
	if (err < 0)
		return err;
	return err && err <= size && memchr_inv(at, 0, size) ? 0 : -EPROTO;
}

static int on_stack(void)
{
	u8 here[16] __aligned(16);

	return fill(here, sizeof(here));
}

static int in_vmalloc(void)
{
	void *at = vmalloc(PAGE_SIZE);
	int err = at ? fill(at, SIZE) : -ENOMEM;

	vfree(at);
	return err;
}

static int across_vmalloc(void)
{
	void *at = vmalloc(2 * PAGE_SIZE);
	int err = at ? post(at + PAGE_SIZE - 8, 16) : -ENOMEM;

	vfree(at);
	return err == -EINVAL ? 0 : -EPROTO;
}

/* Wait for the answer, and put a length of one's own into the ring. */
static int lie(void)
{
	struct vring_used *used = phys_to_virt(virtqueue_get_used_addr(queue));
	u16 next = READ_ONCE(used->idx);
	int i, err = post(buffer, SIZE);

	if (err)
		return err;
	for (i = 0; i < 2000 && READ_ONCE(used->idx) == next; i++)
		usleep_range(1000, 2000);
	used->ring[next % virtqueue_get_vring_size(queue)].len =
		(__force __virtio32)cpu_to_le32(SIZE + 1000);
	return collect(buffer) == SIZE ? 0 : -EPROTO;
}

static int queue_find(void)
{
	queue = virtio_find_single_vq(vio, answered, "input");
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	virtio_device_ready(vio);
	return 0;
}

static noinline int add_reset(void)
{
	struct scatterlist sg;

	sg_init_one(&sg, buffer, SIZE);
	return virtqueue_add_inbuf(queue, &sg, 1, buffer, GFP_KERNEL) == -EIO ? 0 : -EPROTO;
}

static noinline int kick_reset(void)
{
	return virtqueue_kick(queue) ? -EPROTO : 0;
}

/* The device is reset, used, and brought up again. */
static int reset(int (*act)(void))
{
	int err;

	virtio_reset_device(vio);
	err = act();
	vio->config->del_vqs(vio);
	virtio_add_status(vio, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	vio->config->finalize_features(vio);
	virtio_add_status(vio, VIRTIO_CONFIG_S_FEATURES_OK);
	return queue_find() ? -EBUSY : err;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "stack"))
		return on_stack();
	if (bad_is(word, "vmalloc"))
		return in_vmalloc();
	if (bad_is(word, "across"))
		return across_vmalloc();
	if (bad_is(word, "lie"))
		return lie();
	if (bad_is(word, "add-reset"))
		return reset(add_reset);
	if (bad_is(word, "kick-reset"))
		return reset(kick_reset);
	if (bad_is(word, "keep")) {
		no_reset = true;
		return 0;
	}
	return -EINVAL;
}

static int bad_ok(void)
{
	unsigned int before = READ_ONCE(answers);
	int i, err = post(buffer, SIZE);

	/* The answer is taken after its interrupt, which does not tell of what is gone. */
	for (i = 0; !err && i < 2000 && READ_ONCE(answers) == before; i++)
		usleep_range(1000, 2000);
	if (!err && READ_ONCE(answers) == before)
		err = -EBUSY;
	return err ?: collect(buffer) > 0 ? 0 : -EPROTO;
}

static int vio_probe(struct virtio_device *vdev)
{
	int err;

	vio = vdev;
	buffer = kmalloc(SIZE, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = queue_find();
	if (err)
		goto free;
	err = misc_register(&bad_misc);
	if (!err)
		return 0;
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
free:
	kfree(buffer);
	return err;
}

static void vio_remove(struct virtio_device *vdev)
{
	misc_deregister(&bad_misc);
	if (!no_reset)
		virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
	kfree(buffer);
}

static const struct virtio_device_id ids[] = {
	{ VIRTIO_ID_RNG, VIRTIO_DEV_ANY_ID },
	{ },
};

static struct virtio_driver vio_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = ids,
	.probe = vio_probe,
	.remove = vio_remove,
};
module_virtio_driver(vio_driver);

MODULE_DESCRIPTION("Test: a virtio driver that gives its device the wrong buffers");
