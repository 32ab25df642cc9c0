/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.h - what the files of the DRM pack share.
 */
#ifndef SUTURE_DRM_RULES_H
#define SUTURE_DRM_RULES_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include <suture/rule.h>
#include "../../role.h"

struct drm_device;
struct drm_framebuffer_funcs;
struct drm_gem_object_funcs;
struct suture_visit;

/* One for each file of rules. */
extern struct suture_rule suture_drm_rule_life;
extern struct suture_rule suture_drm_rule_object;
extern struct suture_rule suture_drm_rule_vblank;
extern struct suture_rule suture_drm_rule_gem;
extern struct suture_rule suture_drm_rule_fence;
extern struct suture_rule suture_drm_rule_enter;
extern struct suture_rule suture_drm_rule_ww;

/* modeset.c, driver.c: what the entries of a device are for. Context: task. */
void suture_drm_modeset_roles(struct drm_device *dev);
void suture_drm_roles(struct drm_device *dev);
void suture_drm_fb_roles(const struct drm_framebuffer_funcs *funcs);
void suture_drm_gem_roles(const struct drm_gem_object_funcs *funcs);

/* class.c */
void suture_drm_recoverable(struct drm_device *dev, unsigned long site);

/* Does anybody hold it? No assertion, but a question to which no means no. */
static inline bool suture_drm_locked(spinlock_t *lock)
{
#ifdef CONFIG_PREEMPT_RT
	return rt_mutex_base_is_locked(&lock->lock);
#else
	return raw_spin_is_locked(spinlock_check(lock));
#endif
}

/* What a task takes in a driver and has to give back. */
enum suture_drm_taken {
	SUTURE_DRM_SECTION,	/* drm_dev_enter(): by the index that it gave */
	SUTURE_DRM_WW,		/* a ww_mutex */
	SUTURE_DRM_WW_SKIPPED,	/* one that the task had already: its unlock is skipped, too */
	SUTURE_DRM_WW_BACKOFF,	/* no lock, but a context that was told to back off */
};

/**
 * struct suture_drm_slot - one of those
 * @task:	who has taken it; NULL: the slot is free
 * @visit:	visit that has; NULL if that is over
 * @what:	enum suture_drm_taken
 * @level:	kind of context
 * @key:	which
 * @info:	of the kind's own
 * @site:	call site
 */
struct suture_drm_slot {
	struct task_struct *task;
	const struct suture_visit *visit;
	enum suture_drm_taken what;
	u32 level;
	unsigned long key;
	unsigned long info;
	unsigned long site;
};

/* taken.c */
bool suture_drm_take(enum suture_drm_taken what, unsigned long key, unsigned long info,
		     unsigned long site);
struct suture_drm_slot *suture_drm_taken(enum suture_drm_taken what, unsigned long key);
struct suture_drm_slot *suture_drm_taken_elsewhere(enum suture_drm_taken what,
						   unsigned long key);
void suture_drm_give(struct suture_drm_slot *slot);
bool suture_drm_unsure(void);

/* The leave() and abandon() of the roles of this pack. */
long suture_drm_leave(struct suture_visit *visit, long ret);
long suture_drm_abandon(struct suture_visit *visit, long failed);
long suture_drm_abandon_call(struct suture_visit *visit, long failed);
long suture_drm_retry(struct suture_visit *visit, long failed);
long suture_drm_retry_call(struct suture_visit *visit, long failed);
bool suture_drm_again(const struct suture_visit *visit);

/* section.c, wwmutex.c: give back what a visit has left; @said: it is a violation. */
void suture_drm_section_left(struct suture_drm_slot *slot, const char *entry, bool said);
void suture_drm_ww_left(struct suture_drm_slot *slot, const char *entry, bool said);

/* An entry that gives back all that it takes, and what is done when it was abandoned. */
#define SUTURE_DRM_ROLE_DUTY(ident, text, value, bits, duty)			\
	static const struct suture_role ident = {				\
		.name = text,							\
		.failed = (value),						\
		.flags = (bits),						\
		.leave = suture_drm_leave,					\
		.abandon = (duty),						\
	}

#define SUTURE_DRM_ROLE(ident, text, value, bits)				\
	SUTURE_DRM_ROLE_DUTY(ident, text, value, bits, suture_drm_abandon)

/* The same for what a program has called, by an ioctl: it is told to call again. */
#define SUTURE_DRM_ROLE_CALL(ident, text, bits)					\
	SUTURE_DRM_ROLE_DUTY(ident, text, -EIO, bits, suture_drm_abandon_call)

#endif /* SUTURE_DRM_RULES_H */
