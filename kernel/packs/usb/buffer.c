// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffer.c - memory for transfers: fit for DMA, and coherent buffers given back as they came.
 *
 * The address that a device gets is computed as for memory in the direct map. For a stack, a
 * module's own data or vmalloc() that is the address of somebody else's memory.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/usb.h>
#include <linux/usb/hcd.h>

#include <suture/block.h>
#include <suture/ledger.h>

#include "rules/bounds.h"
#include "rules/gone.h"
#include "rules/rules.h"
#include "usb.h"

struct suture_rule suture_usb_rule_stackbuf = {
	.id = "USB-STACKBUF",
	.class = "USB",
	.contract = "Buffers of transfers are fit for DMA: not on a stack, not data of a module, not from vmalloc().",
	.source = "Documentation/driver-api/usb/dma.rst; WARN 'transfer buffer is on stack' in drivers/usb/core/hcd.c; smatch check_dma_on_stack",
	.example = "u8 status[2];\n"
		   "\n"
		   "usb_control_msg(udev, usb_rcvctrlpipe(udev, 0), GET_STATUS, USB_DIR_IN, 0, 0,\n"
		   "\t\tstatus, sizeof(status), 1000);\t/* status is on the stack */\n",
	.look = "usb_control_msg_send() and usb_control_msg_recv() copy for themselves: with these it is no mistake. Buffers with URB_NO_TRANSFER_DMA_MAP and scatter lists are not looked at.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "bounce", "time: the transfer goes through a buffer that is fit, and is copied" },
		{
			.name = "refuse",
			.gives_up = "the transfer: the driver gets -EINVAL; done for data that would be written to a stack later, when its function may have returned",
		},
	},
};

struct suture_rule suture_usb_rule_coherent = {
	.id = "USB-COH",
	.class = "USB",
	.contract = "A coherent buffer is freed once, with the size, address and device that it was allocated with.",
	.source = "Documentation/driver-api/usb/dma.rst; drivers/usb/core/buffer.c; Klever usb:core:usb:coherent; LDV 68",
	.example = "buf = usb_alloc_coherent(udev, 2 * size, GFP_KERNEL, &dma);\n"
		   "...\n"
		   "usb_free_coherent(udev, size, buf, dma);\t/* goes into the pool of another size */\n",
	.look = "A device for which a module that is not guarded allocates, too, is left alone. A buffer that is held at removal is only reported, as its device may be gone.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the buffer has been given back already" },
		{ "correct", "nothing: the call gets the arguments of the allocation" },
	},
};

enum { STACKBUF_BOUNCE, STACKBUF_REFUSE };
enum { COHERENT_DROP, COHERENT_CORRECT };

/* --------------------------------------------------- fit for a transfer */

enum { FIT, UNFIT_STACK, UNFIT_VMALLOC, UNFIT_MODULE, UNFIT_OTHER };

static const char *const unfit_name[] = {
	[UNFIT_STACK] = "on the stack",
	[UNFIT_VMALLOC] = "from vmalloc()",
	[UNFIT_MODULE] = "in the data of a module",
	[UNFIT_OTHER] = "outside of the memory that devices reach",
};

/* What is wrong with this address? */
static noinline int unfit_kind(const void *ptr)
{
	struct suture_record record;

	if (object_is_on_stack(ptr))
		return UNFIT_STACK;
	if ((unsigned long)ptr >= MODULES_VADDR && (unsigned long)ptr < MODULES_END)
		return UNFIT_MODULE;
	/* What is not known to be memory may be the stack of an interrupt. */
	if (is_vmalloc_addr(ptr) && suture_memory_at(ptr, &record) && !record.freed)
		return UNFIT_VMALLOC;
	return UNFIT_OTHER;
}

/* A host controller without DMA takes any memory. */
static __always_inline int unfit(const struct usb_device *udev, const void *ptr)
{
	if (likely(virt_addr_valid(ptr)) || !hcd_uses_dma(bus_to_hcd(udev->bus)))
		return FIT;
	return unfit_kind(ptr);
}

/* A copy that is fit; @from may turn out not to be memory at all. */
static void *stand_in_for(const void *from, size_t n, gfp_t gfp)
{
	void *to = kmalloc(n, gfp);

	if (to && !copy_from_kernel_nofault(to, from, n))
		return to;
	kfree(to);
	return NULL;
}

static noinline bool unfit_reported(int what, int repair, unsigned long site,
				    const char *api)
{
	if (suture_usb_rule_stackbuf.action == SUTURE_OFF)
		return false;
	suture_report(&suture_usb_rule_stackbuf, SUTURE_DID(suture_usb_rule_stackbuf, repair),
		      site, "%s with a buffer %s", api, unfit_name[what]);
	return suture_may(&suture_usb_rule_stackbuf, repair, site);
}

/* Would data be written to a place that may be somebody else's by then? */
static bool stays_unfit(const struct urb *urb, int data)
{
	const struct usb_ctrlrequest *request = (struct usb_ctrlrequest *)urb->setup_packet;

	if (data != UNFIT_STACK && data != UNFIT_OTHER)
		return false;
	if (!usb_pipecontrol(urb->pipe))
		return usb_pipein(urb->pipe);
	/* The direction of a control transfer stands in its setup packet. */
	return !request || request->bRequestType & USB_DIR_IN;
}

static noinline int bounce(struct urb *urb, struct suture_bounce *b, gfp_t gfp, int data,
			   int setup, unsigned long site)
{
	bool refuse = stays_unfit(urb, data);

	if (!unfit_reported(data ?: setup, refuse ? STACKBUF_REFUSE : STACKBUF_BOUNCE, site,
			    "usb_submit_urb"))
		return 0;
	if (refuse)
		return -EINVAL;
	if (data) {
		b->stand_in = stand_in_for(urb->transfer_buffer, urb->transfer_buffer_length,
					   gfp);
		if (!b->stand_in)
			return -ENOMEM;
	}
	if (setup) {
		b->setup = stand_in_for(urb->setup_packet, sizeof(struct usb_ctrlrequest), gfp);
		if (!b->setup) {
			kfree(b->stand_in);
			return -ENOMEM;
		}
	}
	if (data) {
		b->own = urb->transfer_buffer;
		urb->transfer_buffer = b->stand_in;
	}
	if (setup) {
		b->own_setup = urb->setup_packet;
		urb->setup_packet = b->setup;
	}
	return 0;
}

/**
 * suture_usb_bounce() - put a buffer that is fit in the place of one that is not
 * @urb:	a URB that is about to be submitted
 * @b:		zero; gets what suture_usb_bounce_end() needs
 * @gfp:	flags that the context allows
 * @site:	call site
 *
 * Context: any in which URBs are submitted.
 * Return: 0; or the error that the driver shall get.
 */
int suture_usb_bounce(struct urb *urb, struct suture_bounce *b, gfp_t gfp, unsigned long site)
{
	int data = FIT, setup = FIT;

	/* usbcore refuses that. */
	if (!urb->dev)
		return 0;
	if (urb->transfer_buffer && urb->transfer_buffer_length && !urb->num_sgs &&
	    !(urb->transfer_flags & URB_NO_TRANSFER_DMA_MAP))
		data = unfit(urb->dev, urb->transfer_buffer);
	if (usb_pipecontrol(urb->pipe) && urb->setup_packet)
		setup = unfit(urb->dev, urb->setup_packet);
	if (likely(!data && !setup))
		return 0;
	return bounce(urb, b, gfp, data, setup, site);
}

/**
 * suture_usb_bounce_end() - give the URB the driver's own buffers back
 * @urb:	the URB, not in flight any more
 * @b:		as filled by suture_usb_bounce()
 * @copy:	copy what has arrived
 *
 * Context: that of a completion.
 */
void suture_usb_bounce_end(struct urb *urb, struct suture_bounce *b, bool copy)
{
	u32 n;

	if (likely(!b->own && !b->own_setup))
		return;
	if (b->own) {
		/* Packets of an isochronous transfer lie anywhere in the buffer. */
		n = usb_pipeisoc(urb->pipe) ? urb->transfer_buffer_length :
		    min(urb->actual_length, urb->transfer_buffer_length);
		if (copy && usb_urb_dir_in(urb))
			memcpy(b->own, b->stand_in, n);
		urb->transfer_buffer = b->own;
		kfree(b->stand_in);
	}
	if (b->own_setup) {
		urb->setup_packet = b->own_setup;
		kfree(b->setup);
	}
}

/* ----------------------------------------------- transfers with a wait */

/*
 * A buffer for a call that returns when the transfer has ended.
 * Return: NULL if that of the driver is to be used, or an error pointer.
 */
static void *sync_bounce(const struct usb_device *dev, const void *data, size_t len,
			 unsigned long site, const char *api)
{
	int what = data && len ? unfit(dev, data) : FIT;
	void *stand_in;

	if (likely(!what) || !unfit_reported(what, STACKBUF_BOUNCE, site, api))
		return NULL;
	/* As usbcore allocates for the same call: a disk may wait for this transfer. */
	stand_in = stand_in_for(data, len, GFP_NOIO);
	return stand_in ?: ERR_PTR(-ENOMEM);
}

SUTURE_DEFINE(int, usb_control_msg,
	      struct usb_device *dev, unsigned int pipe, u8 request, u8 type, u16 value,
	      u16 index, void *data, u16 size, int timeout)
{
	unsigned long site = SUTURE_SITE;
	void *stand_in;
	int ret;

	suture_check_pointer(dev, site, "usb_control_msg");
	if (suture_usb_disconnected(dev, site, "usb_control_msg"))
		return -ENODEV;
	stand_in = suture_must_not_block() ? NULL :
		   sync_bounce(dev, data, size, site, "usb_control_msg");
	if (IS_ERR(stand_in))
		return PTR_ERR(stand_in);
	SUTURE_MAY_BLOCK("usb_control_msg",
			 ret = usb_control_msg(dev, pipe, request, type, value, index,
					       stand_in ?: data, size, timeout));
	if (unlikely(stand_in)) {
		if (type & USB_DIR_IN && ret > 0)
			memcpy(data, stand_in, ret);
		kfree(stand_in);
	}
	return ret;
}
SUTURE_WRAPPER(usb_control_msg);

#define MESSAGE(api)								\
	SUTURE_DEFINE(int, api,							\
		      struct usb_device *dev, unsigned int pipe, void *data, int len,	\
		      int *actual, int timeout)					\
	{									\
		void *stand_in;							\
		int ret, n = 0;							\
										\
		suture_check_pointer(dev, SUTURE_SITE, #api);			\
		if (suture_usb_disconnected(dev, SUTURE_SITE, #api))		\
			return -ENODEV;						\
		stand_in = suture_must_not_block() || len < 0 ? NULL :		\
			   sync_bounce(dev, data, len, SUTURE_SITE, #api);		\
		if (IS_ERR(stand_in))						\
			return PTR_ERR(stand_in);				\
		SUTURE_MAY_BLOCK(#api, ret = api(dev, pipe, stand_in ?: data, len, &n, timeout));\
		if (actual)							\
			*actual = n;						\
		if (unlikely(stand_in)) {					\
			if (usb_pipein(pipe))					\
				memcpy(data, stand_in, n);			\
			kfree(stand_in);					\
		}								\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api)

MESSAGE(usb_bulk_msg);
MESSAGE(usb_interrupt_msg);

/* --------------------------------------------------- coherent buffers */

static void coherent_left(struct suture_domain *domain, const struct suture_record *record,
			  bool sole);

/* info[0] is the device, info[1] the address that it sees. */
static const struct suture_kind kind_coherent = {
	.name = "coherent USB buffer",
	.order = SUTURE_ORDER_DMA,
	.left = coherent_left,
};

/* Buffers given back lately, and devices for which others than guarded drivers allocate. */
SUTURE_GONE_TABLE(gone, 8);
#define MIXED_BITS 8
static DECLARE_BITMAP(mixed_devices, 1 << MIXED_BITS);

SUTURE_DEFINE(void *, usb_alloc_coherent,
	      struct usb_device *dev, size_t size, gfp_t gfp, dma_addr_t *dma)
{
	void *cpu;

	suture_check_pointer(dev, SUTURE_SITE, "usb_alloc_coherent");
	gfp = suture_gfp_check(gfp, SUTURE_SITE, "usb_alloc_coherent");
	cpu = usb_alloc_coherent(dev, size, gfp, dma);
	if (cpu) {
		struct suture_record record = {
			.key = (unsigned long)cpu, .size = size,
			.info = { (unsigned long)dev, *dma }, .site = SUTURE_SITE,
		};

		suture_gone_clear(gone, suture_gone_key(record.key, NULL));
		if (!suture_ledger_add(&kind_coherent, &record))
			set_bit(hash_ptr(dev, MIXED_BITS), mixed_devices);
	}
	return cpu;
}
SUTURE_WRAPPER(usb_alloc_coherent);

/* A buffer that the driver does not hold. Return: true if it shall not be freed. */
static bool coherent_again(const struct usb_device *dev, unsigned long key, unsigned long site)
{
	unsigned long before = suture_gone_site(gone, suture_gone_key(key, NULL));

	if (!before || test_bit(hash_ptr(dev, MIXED_BITS), mixed_devices)) {
		set_bit(hash_ptr(dev, MIXED_BITS), mixed_devices);
		return false;
	}
	if (suture_usb_rule_coherent.action == SUTURE_OFF)
		return false;
	suture_report(&suture_usb_rule_coherent,
		      SUTURE_DID(suture_usb_rule_coherent, COHERENT_DROP), site,
		      "usb_free_coherent of a buffer freed at %pS", (void *)before);
	return suture_may(&suture_usb_rule_coherent, COHERENT_DROP, site);
}

/* Return: true if the arguments of the allocation shall be used. */
static bool coherent_differs(const struct suture_record *record, const struct usb_device *dev,
			     size_t size, dma_addr_t dma, unsigned long site)
{
	if (suture_usb_rule_coherent.action == SUTURE_OFF)
		return false;
	if (record->size != size)
		suture_report(&suture_usb_rule_coherent,
			      SUTURE_DID(suture_usb_rule_coherent, COHERENT_CORRECT), site,
			      "usb_free_coherent of %zu bytes, allocated at %pS: %zu", size,
			      (void *)record->site, record->size);
	else
		suture_report(&suture_usb_rule_coherent,
			      SUTURE_DID(suture_usb_rule_coherent, COHERENT_CORRECT), site,
			      "usb_free_coherent with another %s than allocated with at %pS",
			      record->info[1] != dma ? "DMA address" : "device",
			      (void *)record->site);
	return suture_may(&suture_usb_rule_coherent, COHERENT_CORRECT, site);
}

SUTURE_DEFINE(void, usb_free_coherent,
	      struct usb_device *dev, size_t size, void *cpu, dma_addr_t dma)
{
	unsigned long key = (unsigned long)cpu;
	struct suture_record record;

	if (!cpu || !dev) {
		usb_free_coherent(dev, size, cpu, dma);
		return;
	}
	if (!suture_ledger_take(&kind_coherent, key, &record)) {
		if (coherent_again(dev, key, SUTURE_SITE))
			return;
	} else {
		if (suture_ledger_maybe_inside(key))
			suture_ledger_inside(key, record.size, SUTURE_SITE, "usb_free_coherent");
		if (unlikely(record.size != size || record.info[1] != dma ||
			     record.info[0] != (unsigned long)dev) &&
		    coherent_differs(&record, dev, size, dma, SUTURE_SITE)) {
			dev = (struct usb_device *)record.info[0];
			size = record.size;
			dma = record.info[1];
		}
		suture_gone_add(gone, suture_gone_key(key, NULL), SUTURE_SITE);
	}
	usb_free_coherent(dev, size, cpu, dma);
}
SUTURE_WRAPPER(usb_free_coherent);

/* Its device, and with it what it came from, may be gone: it stays. */
static void coherent_left(struct suture_domain *domain, const struct suture_record *record,
			  bool sole)
{
	if (sole && suture_usb_rule_coherent.action != SUTURE_OFF)
		suture_report_for(domain, &suture_usb_rule_coherent, SUTURE_OBSERVE,
				  SUTURE_NO_REPAIR, record->site,
				  "coherent buffer of %zu bytes held after removal", record->size);
}
