/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - the one place that knows kernel versions.
 *
 * Macros are named for the feature, never for the version. Nothing else in the
 * tree mentions LINUX_VERSION_CODE.
 */
#ifndef SUTURE_COMPAT_H
#define SUTURE_COMPAT_H

#include <linux/version.h>

/* current and preempt_count share one cache line, "pcpu_hot" (6.2 to 6.14). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define SUTURE_HAVE_PCPU_HOT
#endif

/* struct module keeps its memory as mod->mem[type] (6.4). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define SUTURE_HAVE_MODULE_MEM
#endif

/* Symbol namespaces became string literals (6.13). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define SUTURE_EXPORT(sym)	EXPORT_SYMBOL_NS(sym, "SUTURE")
#else
#define SUTURE_EXPORT(sym)	EXPORT_SYMBOL_NS(sym, SUTURE)
#endif

/* Allocation functions are called NAME_noprof (6.10). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define API_KMALLOC		__kmalloc_noprof
#define API_KMALLOC_CACHE	__kmalloc_cache_noprof
#define API_KMALLOC_CACHE_NODE	__kmalloc_cache_node_noprof
#define API_KMALLOC_LARGE	__kmalloc_large_noprof
#define API_KMALLOC_NODE	__kmalloc_node_noprof
#define API_KVMALLOC_NODE	__kvmalloc_node_noprof
#define API_KREALLOC		krealloc_noprof
#define API_KMEMDUP		kmemdup_noprof
#define API_KMEM_CACHE_ALLOC	kmem_cache_alloc_noprof
#define API_VMALLOC		vmalloc_noprof
#define API_VZALLOC		vzalloc_noprof
#define API_KMEM_CACHE_ALLOC_NODE	kmem_cache_alloc_node_noprof
#else
#define API_KMALLOC		__kmalloc
#define API_KMALLOC_CACHE	kmalloc_trace
#define API_KMALLOC_CACHE_NODE	kmalloc_node_trace
#define API_KMALLOC_LARGE	kmalloc_large
#define API_KMALLOC_NODE	__kmalloc_node
#define API_KVMALLOC_NODE	kvmalloc_node
#define API_KREALLOC		krealloc
#define API_KMEMDUP		kmemdup
#define API_KMEM_CACHE_ALLOC	kmem_cache_alloc
#define API_VMALLOC		vmalloc
#define API_VZALLOC		vzalloc
#define API_KMEM_CACHE_ALLOC_NODE	kmem_cache_alloc_node
#endif

/* Size parameters may carry a set of buckets (6.11, CONFIG_SLAB_BUCKETS). */
#ifdef CONFIG_SLAB_BUCKETS
#define API_BUCKETS(size)	size_t size, kmem_buckets *buckets
#define API_BUCKETS_PASS(size)	size, buckets
#else
#define API_BUCKETS(size)	size_t size
#define API_BUCKETS_PASS(size)	size
#endif

/* List checks are split into a fast inline part and a report (6.6). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define API_LIST_ADD_VALID	__list_add_valid_or_report
#define API_LIST_DEL_VALID	__list_del_entry_valid_or_report
#define API_LIST_VALID_CALL	__list_valid_slowpath
#else
#define API_LIST_ADD_VALID	__list_add_valid
#define API_LIST_DEL_VALID	__list_del_entry_valid
#define API_LIST_VALID_CALL
#endif

/* FORTIFY_SOURCE says what overflowed by how much (6.9). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define SUTURE_HAVE_FORTIFY_SIZES
#endif

/* strlcpy() is gone, strscpy() is sized_strscpy() (6.8). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define API_STRSCPY		sized_strscpy
#else
#define API_STRLCPY		strlcpy
#define API_STRSCPY		strscpy
#endif

/* kvfree_call_rcu() gets the object, not the offset of its rcu_head (6.3). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define SUTURE_HAVE_KVFREE_RCU_PTR
#endif

/* kfree_skb() became a wrapper of sk_skb_reason_drop() (6.11). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define SUTURE_HAVE_SK_SKB_REASON
#endif

/* dev_kfree_skb_any() and its like take a drop reason (6.6). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define API_DEV_KFREE_SKB_ANY	dev_kfree_skb_any_reason
#define API_DEV_KFREE_SKB_IRQ	dev_kfree_skb_irq_reason
#define API_SKB_REASON		enum skb_drop_reason
#else
#define API_DEV_KFREE_SKB_ANY	__dev_kfree_skb_any
#define API_DEV_KFREE_SKB_IRQ	__dev_kfree_skb_irq
#define API_SKB_REASON		enum skb_free_reason
#endif

/* pci_alloc_irq_vectors() is a function of its own; inline on 6.1 (6.12 at the latest). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define SUTURE_HAVE_PCI_ALLOC_IRQ_VECTORS
#endif

/* snd_card_free() and snd_card_free_when_closed() return nothing (6.6). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define SUTURE_SND_CARD_RET	void
#define SUTURE_SND_CARD_OK
#else
#define SUTURE_SND_CARD_RET	int
#define SUTURE_SND_CARD_OK	0
#endif

/* copy() of a PCM stream takes an iov_iter; there were two of them before (6.6). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define SUTURE_HAVE_PCM_COPY
#define SUTURE_PCM_COPIES(ops)	((ops)->copy)
#else
#define SUTURE_PCM_COPIES(ops)	((ops)->copy_user)
#endif

/* register_virtio_driver() is a macro that passes the module (6.12). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define SUTURE_HAVE_VIRTIO_OWNER
#endif

/* A disk is allocated with the limits of its queue (6.9). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define API_DISK_LIMITS(next)		struct queue_limits *lim, next
#define API_DISK_LIMITS_PASS(next)	lim, next
#else
#define API_DISK_LIMITS(next)		next
#define API_DISK_LIMITS_PASS(next)	next
#endif

/* The last of the block layer's status codes (6.10 at the latest). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define API_BLK_STS_LAST	BLK_STS_INVAL
#else
#define API_BLK_STS_LAST	BLK_STS_OFFLINE
#endif

/* SCSI hosts have a constant template, and an answer of their own to a timeout (6.6, 6.2). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define API_SCSI_TEMPLATE	const struct scsi_host_template
#define API_SCSI_NOT_HANDLED	SCSI_EH_NOT_HANDLED
#else
#define API_SCSI_TEMPLATE	struct scsi_host_template
#define API_SCSI_NOT_HANDLED	BLK_EH_DONE
#endif

/* SCSI devices are configured together with the limits of their queue (6.10). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define SUTURE_HAVE_SCSI_DEVICE_CONFIGURE
#endif

/* Shadow planes of DRM are mapped by begin_fb_access() (6.2). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define SUTURE_HAVE_DRM_FB_ACCESS
#endif

/* drm_driver lost lastclose, dumb_destroy, gem_prime_mmap (6.12 at the latest). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define SUTURE_HAVE_DRM_LASTCLOSE
#endif

/* drm_fb_helper_prepare() takes the bits per pixel (6.3). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define API_DRM_FB_BPP()	unsigned int bpp,
#define API_DRM_FB_BPP_PASS()	bpp,
#else
#define API_DRM_FB_BPP()
#define API_DRM_FB_BPP_PASS()
#endif

/* USB drivers are told of a shutdown (6.9). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define SUTURE_HAVE_USB_SHUTDOWN
#endif

/* Attributes of a generic netlink dump (6.7). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define SUTURE_DUMP_ATTRS(cb)	(genl_info_dump(cb)->attrs)
#else
#define SUTURE_DUMP_ATTRS(cb)	(genl_dumpit_info(cb)->attrs)
#endif

#ifndef __ASSEMBLY__
#include <linux/hrtimer.h>
#include <linux/module.h>

/* suture_module_data() - what a module may write to at run time: .data and .bss */
static inline unsigned long suture_module_data(const struct module *mod, unsigned long *size)
{
#ifdef SUTURE_HAVE_MODULE_MEM
	*size = mod->mem[MOD_DATA].size;
	return (unsigned long)mod->mem[MOD_DATA].base;
#else
	*size = mod->core_layout.size - mod->core_layout.ro_after_init_size;
	return (unsigned long)mod->core_layout.base + mod->core_layout.ro_after_init_size;
#endif
}

/*
 * suture_module_keep() - the memory of a module that is going is not freed
 *
 * To be called by the last that looks at the module: its addresses are no module's
 * any more then.
 */
static inline void suture_module_keep(struct module *mod)
{
#ifdef SUTURE_HAVE_MODULE_MEM
	for_each_mod_mem_type(type)
		mod->mem[type].base = NULL;
#else
	mod->core_layout.base = NULL;
#endif
}

/* hrtimer_init() and the function pointer became hrtimer_setup() (6.13). */
static inline void suture_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*fn)(struct hrtimer *),
					enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = fn;
#endif
}

/*
 * The driver core's part of a struct usb_driver; its name differs even within 6.1, so what
 * leads from it to the whole has to tell where it is.
 */
#define SUTURE_USB_DRIVER(drv) ((struct device_driver *)((unsigned long)(drv) - \
				(unsigned long)to_usb_driver((struct device_driver *)NULL)))
#endif /* __ASSEMBLY__ */

#endif /* SUTURE_COMPAT_H */
