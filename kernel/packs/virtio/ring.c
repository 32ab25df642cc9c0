// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring.c - the buffers that a driver gives to its device, and the lengths that the
 * device gives back.
 *
 * What a device writes is not to be trusted: a length beyond the buffer makes the driver
 * read, or hand on, what lies behind it.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/sched/task_stack.h>
#include <linux/virtio.h>
#include <linux/vmalloc.h>

#include "role.h"
#include "virtio.h"

struct suture_rule suture_rule_vio_ring = {
	.id = "VIO-RING",
	.class = "virtio",
	.contract = "A buffer that goes to the device lies in memory that the device can reach: not on a stack, not in vmalloc space.",
	.source = "Documentation/core-api/dma-api-howto.rst; include/linux/scatterlist.h sg_set_buf()",
	.example = "u8 status;\n"
		   "\n"
		   "sg_init_one(&sg, &status, 1);\t/* a page of the stack has no such address */\n"
		   "virtqueue_add_inbuf(vq, &sg, 1, &status, GFP_KERNEL);\n",
	.look = "Seen is an address for which there is no page. The address of a static variable of a module may pass for one.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "argument",
			.gives_up = "nothing, if the buffer stays where it is until the device is done with it",
		},
		{ "refuse", "the buffer: the driver gets -EINVAL" },
	},
};

struct suture_rule suture_rule_vio_len = {
	.id = "VIO-LEN",
	.class = "virtio",
	.contract = "A length that the device gives back is no more than the buffer holds.",
	.source = "Virtual I/O Device (VIRTIO) 1.2, section 2.7.8; 'virtio_ring: validate used buffer length'",
	.example = "buf = virtqueue_get_buf(vq, &len);\n"
		   "memcpy(to, buf->data, len);\t/* the device says how much is read */\n",
	.look = "The device, or the host, is what breaks this contract. Buffers that a device only reads are not looked at: some devices give a length for them, and no driver minds. Of a queue it is said once; each length is corrected.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "clamp", "nothing: there is no more in the buffer than that" },
	},
};

#define rule_ring suture_rule_vio_ring
#define rule_len suture_rule_vio_len

/* ---------------------------------------------------- queue callbacks */

static const struct suture_role role_queue = { .name = "virtqueue" };

/*
 * Queues whose callback has its role. They are found by a call through a pointer, which is not
 * seen, so the first call for a queue has to do.
 */
#define QUEUE_BITS 6
static struct virtqueue *queues[1 << QUEUE_BITS];
/* Queues of which it was said that a length is too long. */
static struct virtqueue *told[1 << QUEUE_BITS];

/* suture_virtio_queues_forget() - queues may have gone. Context: any. */
void suture_virtio_queues_forget(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(queues); i++) {
		WRITE_ONCE(queues[i], NULL);
		WRITE_ONCE(told[i], NULL);
	}
}

static __always_inline void queue_seen(struct virtqueue *vq)
{
	struct virtqueue **slot = &queues[hash_ptr(vq, QUEUE_BITS)];

	if (likely(READ_ONCE(*slot) == vq))
		return;
	suture_role_set((unsigned long)vq->callback, &role_queue);
	WRITE_ONCE(*slot, vq);
}

static __always_inline bool queue_reset(struct virtqueue *vq, unsigned long site, const char *api)
{
	return unlikely(atomic_read(&suture_virtio_resets)) &&
	       suture_virtio_reset_before(vq->vdev, site, api);
}

/* ------------------------------------------------------------ lengths */

/*
 * How much the device may write into a buffer, found by queue and token. One word a buffer, so
 * that it is read and written whole: half of the hash, so that another buffer in the
 * same place is told from it, and the size. A size that is lost says nothing.
 */
#define POSTED_BITS 13
static u64 posted[1 << POSTED_BITS];

static u64 *posted_slot(const struct virtqueue *vq, const void *data, u32 *tag)
{
	u64 hash = ((unsigned long)data ^ rol64((unsigned long)vq, 20)) * GOLDEN_RATIO_64;

	*tag = hash >> (32 - POSTED_BITS);
	return &posted[hash >> (64 - POSTED_BITS)];
}

static __always_inline void posted_add(const struct virtqueue *vq, const void *data, u64 size)
{
	u32 tag;
	u64 *slot = posted_slot(vq, data, &tag);

	/* The same token again: which of them comes back first is not known. */
	if (unlikely(READ_ONCE(*slot) >> 32 == tag))
		size = size ? max_t(u64, size, (u32)READ_ONCE(*slot)) : 0;
	/* What the device says about a buffer that it only reads is of no consequence. */
	else if (!size)
		return;
	WRITE_ONCE(*slot, size && size <= U32_MAX ? (u64)tag << 32 | size : 0);
}

static noinline void too_long(const struct virtqueue *vq, unsigned int *len, u32 size,
			      unsigned long site)
{
	struct virtqueue **slot = &told[hash_ptr((void *)vq, QUEUE_BITS)];

	if (rule_len.action == SUTURE_OFF)
		return;
	/* A device that does so does it again and again. */
	if (READ_ONCE(*slot) != vq)
		suture_report(&rule_len, SUTURE_DID(rule_len, 0), site,
			      "%s says that it wrote %u bytes into a buffer of %u of queue %u",
			      dev_name(&vq->vdev->dev), *len, size, vq->index);
	WRITE_ONCE(*slot, (struct virtqueue *)vq);
	if (suture_may(&rule_len, 0, site))
		*len = size;
}

static __always_inline void posted_take(const struct virtqueue *vq, const void *data,
					unsigned int *len, unsigned long site)
{
	u64 *slot, word;
	u32 tag;

	if (!data)
		return;
	slot = posted_slot(vq, data, &tag);
	word = READ_ONCE(*slot);
	if (word >> 32 != tag || !word)
		return;
	WRITE_ONCE(*slot, 0);
	if (unlikely(*len > (u32)word))
		too_long(vq, len, word, site);
}

SUTURE_DEFINE(void *, virtqueue_get_buf_ctx, struct virtqueue *vq, unsigned int *len, void **ctx)
{
	void *data;

	data = virtqueue_get_buf_ctx(vq, len, ctx);
	posted_take(vq, data, len, SUTURE_SITE);
	return data;
}
SUTURE_WRAPPER(virtqueue_get_buf_ctx);

SUTURE_DEFINE(void *, virtqueue_get_buf, struct virtqueue *vq, unsigned int *len)
{
	void *data;

	data = virtqueue_get_buf(vq, len);
	posted_take(vq, data, len, SUTURE_SITE);
	return data;
}
SUTURE_WRAPPER(virtqueue_get_buf);

/* ------------------------------------------------------------ buffers */

static unsigned long pages_span __ro_after_init;

/* suture_virtio_ring_start() - how much memory there is. Context: the pack's init. */
void __init suture_virtio_ring_start(void)
{
	pages_span = (unsigned long)(virt_to_page(high_memory - 1) + 1) -
		     (unsigned long)pfn_to_page(0);
}

/*
 * An entry made from the address of a stack or of vmalloc space names a page that does not
 * exist; the address can be had back from it. Return: 0 if it names the right page now.
 */
static noinline int perhaps_out_of_reach(struct scatterlist *sg, unsigned long site,
					 const char *api)
{
	/* The inverse of what virt_to_page() did, which is no more than arithmetic. */
	void *addr = (void *)((unsigned long)__va(page_to_phys(sg_page(sg))) + sg->offset);
	bool fits = is_vmalloc_addr(addr) && offset_in_page(addr) + sg->length <= PAGE_SIZE;
	struct page *page = fits ? vmalloc_to_page(addr) : NULL;

	if (pfn_valid(page_to_pfn(sg_page(sg))) || rule_ring.action == SUTURE_OFF)
		return 0;
	suture_report(&rule_ring, SUTURE_DID(rule_ring, !page), site,
		      "%s of %u bytes %s", api, sg->length,
		      object_is_on_stack(addr) ? "on the stack" :
		      is_vmalloc_addr(addr) ? "in vmalloc space" : "where no memory is");
	if (!suture_may(&rule_ring, !page, site))
		return 0;
	if (!page)
		return -EINVAL;
	sg_set_page(sg, page, sg->length, offset_in_page(addr));
	return 0;
}

/*
 * Is it one of the pages between the first and the last of those that there were at the start?
 * An address of a stack or of vmalloc space names one far behind.
 */
static __always_inline bool page_known(const struct page *page)
{
	return likely((unsigned long)page - (unsigned long)pfn_to_page(0) < pages_span);
}

static __always_inline int entry_check(struct scatterlist *sg, unsigned long site,
				       const char *api)
{
	const struct page *page = sg_page(sg);

	/* Without a page the driver has mapped it itself. */
	return likely(!page || page_known(page)) ? 0 : perhaps_out_of_reach(sg, site, api);
}

/* Return: an error if the list is not to be posted; @size gets what it holds. */
static __always_inline int list_check(struct scatterlist *sg, u64 *size, unsigned long site,
				      const char *api)
{
	int err = 0;

	for (*size = 0; sg && !err; sg = sg_is_last(sg) ? NULL : sg_next(sg)) {
		*size += sg->length;
		err = entry_check(sg, site, api);
	}
	return err;
}

/*
 * What stands before one list is posted, before it is there: it may come back at once.
 * Return: an error if it is not to be posted.
 */
static noinline int posting(struct virtqueue *vq, struct scatterlist *sg, void *data, bool in,
			    unsigned long site, const char *api)
{
	u64 size;
	int err;

	queue_seen(vq);
	if (queue_reset(vq, site, api))
		return -EIO;
	err = list_check(sg, &size, site, api);
	if (likely(!err))
		posted_add(vq, data, in ? size : 0);
	return err;
}

/* Is it one buffer in plain memory, for a queue that is known? Most are. */
static __always_inline bool posts_plain(const struct virtqueue *vq, struct scatterlist *sg)
{
	return likely(READ_ONCE(queues[hash_ptr((void *)vq, QUEUE_BITS)]) == vq) &&
	       likely(!atomic_read(&suture_virtio_resets)) &&
	       likely(sg && sg_is_last(sg) && page_known(sg_page(sg)));
}

#define POSTING(name, in, call)							\
	int err;								\
										\
	if (posts_plain(vq, sg)) {						\
		posted_add(vq, data, (in) ? sg->length : 0);			\
		return call;							\
	}									\
	err = posting(vq, sg, data, in, SUTURE_SITE, name);			\
	return err ?: call

SUTURE_DEFINE(int, virtqueue_add_inbuf, struct virtqueue *vq, struct scatterlist *sg,
	      unsigned int num, void *data, gfp_t gfp)
{
	POSTING("virtqueue_add_inbuf", true, virtqueue_add_inbuf(vq, sg, num, data, gfp));
}
SUTURE_WRAPPER(virtqueue_add_inbuf);

SUTURE_DEFINE(int, virtqueue_add_inbuf_ctx, struct virtqueue *vq, struct scatterlist *sg,
	      unsigned int num, void *data, void *ctx, gfp_t gfp)
{
	POSTING("virtqueue_add_inbuf", true, virtqueue_add_inbuf_ctx(vq, sg, num, data, ctx, gfp));
}
SUTURE_WRAPPER(virtqueue_add_inbuf_ctx);

SUTURE_DEFINE(int, virtqueue_add_outbuf, struct virtqueue *vq, struct scatterlist *sg,
	      unsigned int num, void *data, gfp_t gfp)
{
	POSTING("virtqueue_add_outbuf", false, virtqueue_add_outbuf(vq, sg, num, data, gfp));
}
SUTURE_WRAPPER(virtqueue_add_outbuf);

SUTURE_DEFINE(int, virtqueue_add_sgs, struct virtqueue *vq, struct scatterlist **sgs,
	      unsigned int out_sgs, unsigned int in_sgs, void *data, gfp_t gfp)
{
	u64 size, in = 0;
	unsigned int i;
	int err;

	queue_seen(vq);
	if (queue_reset(vq, SUTURE_SITE, "virtqueue_add_sgs"))
		return -EIO;
	for (i = 0; i < out_sgs + in_sgs; i++) {
		err = list_check(sgs[i], &size, SUTURE_SITE, "virtqueue_add_sgs");
		if (unlikely(err))
			return err;
		if (i >= out_sgs)
			in += size;
	}
	posted_add(vq, data, in);
	return virtqueue_add_sgs(vq, sgs, out_sgs, in_sgs, data, gfp);
}
SUTURE_WRAPPER(virtqueue_add_sgs);

/* -------------------------------------------------------------- kicks */

SUTURE_DEFINE(bool, virtqueue_kick, struct virtqueue *vq)
{
	return !queue_reset(vq, SUTURE_SITE, "virtqueue_kick") && virtqueue_kick(vq);
}
SUTURE_WRAPPER(virtqueue_kick);

SUTURE_DEFINE(bool, virtqueue_notify, struct virtqueue *vq)
{
	return !queue_reset(vq, SUTURE_SITE, "virtqueue_notify") && virtqueue_notify(vq);
}
SUTURE_WRAPPER(virtqueue_notify);
