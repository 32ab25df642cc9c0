// SPDX-License-Identifier: GPL-2.0-only
/*
 * videocard.c - a video card without a screen, which breaks a rule of DRM devices, mode
 * setting, vertical blanks, GEM objects, fences or ww_mutexes with each word.
 *
 * Some words only say what the card is to do wrong when it is used next, by drmtest: those
 * begin with "next-". A timer is the screen's vertical blank.
 */
#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_edid.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_managed.h>
#include <drm/drm_modes.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_simple_kms_helper.h>
#include <drm/drm_vblank.h>
#include <linux/dma-fence.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/ww_mutex.h>

#define BAD_PROBED
#include "bad.h"

/* The call sites of the events are in functions with these very names. */
#define __noipa __attribute__((noipa))

#define WIDTH 640
#define HEIGHT 480

struct card {
	struct drm_device drm;
	struct drm_simple_display_pipe pipe;
	struct drm_connector connector;
	struct timer_list blank;
	bool blanks;
};

static struct platform_device *platform;
static struct card *card;
static bool forgets;

static DEFINE_WD_CLASS(ww_class);
static struct ww_mutex ww_one, ww_two;

/* What is to be done wrong next. */
static char deed[32];

static bool deed_is(const char *which)
{
	if (!bad_is(deed, which))
		return false;
	deed[0] = '\0';
	return true;
}

/* ------------------------------------------------------------------ mode setting */

static void card_blank(struct timer_list *timer)
{
	struct card *c = container_of(timer, struct card, blank);

	drm_crtc_handle_vblank(&c->pipe.crtc);
	if (READ_ONCE(c->blanks))
		mod_timer(timer, jiffies + HZ / 50);
}

static int card_enable_vblank(struct drm_simple_display_pipe *pipe)
{
	struct card *c = container_of(pipe, struct card, pipe);

	WRITE_ONCE(c->blanks, true);
	mod_timer(&c->blank, jiffies + HZ / 50);
	return 0;
}

static void card_disable_vblank(struct drm_simple_display_pipe *pipe)
{
	struct card *c = container_of(pipe, struct card, pipe);

	WRITE_ONCE(c->blanks, false);
}

static void card_enable(struct drm_simple_display_pipe *pipe, struct drm_crtc_state *state,
			struct drm_plane_state *plane)
{
	drm_crtc_vblank_on(&pipe->crtc);
}

static void card_disable(struct drm_simple_display_pipe *pipe)
{
	drm_crtc_vblank_off(&pipe->crtc);
}

static __noipa void send_unlocked(struct drm_crtc *crtc, struct drm_pending_vblank_event *e)
{
	drm_crtc_send_vblank_event(crtc, e);
}

static __noipa void send_again(struct drm_crtc *crtc, struct drm_pending_vblank_event *e)
{
	drm_crtc_send_vblank_event(crtc, bad_unknown(e));
}

static __noipa void arm_again(struct drm_crtc *crtc, struct drm_pending_vblank_event *e)
{
	drm_crtc_arm_vblank_event(crtc, bad_unknown(e));
}

static __noipa void enter_keep(struct card *c)
{
	int idx;

	if (drm_dev_enter(&c->drm, &idx))
		barrier();
}

static __noipa void enter_crash(struct card *c)
{
	int idx;

	if (drm_dev_enter(&c->drm, &idx)) {
		*(int *)bad_unknown(NULL) = idx;
		drm_dev_exit(idx);
	}
}

static void card_event(struct drm_crtc *crtc)
{
	struct drm_pending_vblank_event *e = crtc->state->event;
	bool armed = false;

	crtc->state->event = NULL;
	if (e->base.file_priv && deed_is("next-vbl-unlocked")) {
		send_unlocked(crtc, e);
		return;
	}
	spin_lock_irq(&crtc->dev->event_lock);
	if (e->base.file_priv && deed_is("next-vbl-twice")) {
		drm_crtc_send_vblank_event(crtc, e);
		send_again(crtc, e);
	} else if (!drm_crtc_vblank_get(crtc)) {
		drm_crtc_arm_vblank_event(crtc, e);
		armed = true;
	} else {
		drm_crtc_send_vblank_event(crtc, e);
	}
	if (armed && deed_is("next-vbl-armed"))
		arm_again(crtc, e);
	spin_unlock_irq(&crtc->dev->event_lock);
}

static void card_update(struct drm_simple_display_pipe *pipe, struct drm_plane_state *old)
{
	struct card *c = container_of(pipe, struct card, pipe);
	int idx;

	if (deed_is("next-enter-keep"))
		enter_keep(c);
	if (deed_is("next-enter-crash"))
		enter_crash(c);
	if (drm_dev_enter(&c->drm, &idx))
		drm_dev_exit(idx);
	if (pipe->crtc.state->event)
		card_event(&pipe->crtc);
}

static const struct drm_simple_display_pipe_funcs card_pipe = {
	.enable = card_enable,
	.disable = card_disable,
	.update = card_update,
	.enable_vblank = card_enable_vblank,
	.disable_vblank = card_disable_vblank,
};

static const u32 card_formats[] = { DRM_FORMAT_XRGB8888 };

static int card_get_modes(struct drm_connector *connector)
{
	int n = drm_add_modes_noedid(connector, WIDTH, HEIGHT);

	drm_set_preferred_mode(connector, WIDTH, HEIGHT);
	return n;
}

static const struct drm_connector_helper_funcs card_connector_helper = {
	.get_modes = card_get_modes,
};

static const struct drm_connector_funcs card_connector = {
	.fill_modes = drm_helper_probe_single_connector_modes,
	.destroy = drm_connector_cleanup,
	.reset = drm_atomic_helper_connector_reset,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

static const struct drm_mode_config_funcs card_config = {
	.fb_create = drm_gem_fb_create,
	.atomic_check = drm_atomic_helper_check,
	.atomic_commit = drm_atomic_helper_commit,
};

/* ------------------------------------------------------------------- GEM objects */

static void dead_free(struct drm_gem_object *obj)
{
	drm_gem_object_release(obj);
}

static const struct drm_gem_object_funcs dead_funcs = { .free = dead_free };
static struct drm_gem_object dead;

/* A handle for an object that is gone; its memory is not. */
static __noipa void gem_dead(struct drm_file *file, struct drm_device *drm)
{
	u32 handle;

	memset(&dead, 0, sizeof(dead));
	dead.funcs = &dead_funcs;
	drm_gem_private_object_init(drm, &dead, PAGE_SIZE);
	drm_gem_object_put(&dead);
	if (!drm_gem_handle_create(file, &dead, &handle))
		drm_gem_handle_delete(file, handle);
}

static __noipa void gem_put(struct drm_gem_object *obj)
{
	drm_gem_object_put(obj);
}

static __noipa void ww_keep(void)
{
	if (!ww_mutex_lock(&ww_one, NULL))
		barrier();
}

static int card_dumb_create(struct drm_file *file, struct drm_device *drm,
			    struct drm_mode_create_dumb *args)
{
	struct drm_gem_shmem_object *shmem;
	int ret;

	args->pitch = args->width * DIV_ROUND_UP(args->bpp, 8);
	args->size = PAGE_ALIGN(args->pitch * args->height);
	shmem = drm_gem_shmem_create(drm, args->size);
	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	ret = drm_gem_handle_create(file, &shmem->base, &args->handle);
	drm_gem_object_put(&shmem->base);
	if (!ret && deed_is("next-gem-put"))
		gem_put(&shmem->base);
	if (deed_is("next-gem-dead"))
		gem_dead(file, drm);
	if (deed_is("next-ww-keep"))
		ww_keep();
	return ret;
}

/* -------------------------------------------------------------------- the device */

DEFINE_DRM_GEM_FOPS(card_fops);

static const struct drm_driver card_driver = {
	.driver_features = DRIVER_MODESET | DRIVER_ATOMIC | DRIVER_GEM,
	.fops = &card_fops,
	.name = "videocard",
	.desc = "a video card without a screen",
	.date = "20261123",
	.major = 1,
	.dumb_create = card_dumb_create,
};

static void card_leave(void *data)
{
	struct card *c = data;

	card = NULL;
	if (!forgets)
		drm_dev_unplug(&c->drm);
	drm_atomic_helper_shutdown(&c->drm);
	del_timer_sync(&c->blank);
}

static int card_probe(struct platform_device *pdev)
{
	struct card *c = devm_drm_dev_alloc(&pdev->dev, &card_driver, struct card, drm);
	struct drm_device *drm;
	int ret;

	if (IS_ERR(c))
		return PTR_ERR(c);
	drm = &c->drm;
	timer_setup(&c->blank, card_blank, 0);
	ret = drmm_mode_config_init(drm);
	if (ret)
		return ret;
	drm->mode_config.max_width = 2048;
	drm->mode_config.max_height = 2048;
	drm->mode_config.funcs = &card_config;
	ret = drm_connector_init(drm, &c->connector, &card_connector, DRM_MODE_CONNECTOR_VIRTUAL);
	if (ret)
		return ret;
	drm_connector_helper_add(&c->connector, &card_connector_helper);
	ret = drm_simple_display_pipe_init(drm, &c->pipe, &card_pipe, card_formats,
					   ARRAY_SIZE(card_formats), NULL, &c->connector);
	if (ret)
		return ret;
	ret = drm_vblank_init(drm, 1);
	if (ret)
		return ret;
	drm_mode_config_reset(drm);
	ret = drm_dev_register(drm, 0);
	if (ret)
		return ret;
	card = c;
	return devm_add_action_or_reset(&pdev->dev, card_leave, c);
}

static struct platform_driver card_platform = {
	.probe = card_probe,
	.driver.name = "videocard",
};

/* A device without mode-setting objects, not registered. */
static __noipa struct drm_device *scratch(void)
{
	struct drm_device *drm = drm_dev_alloc(&card_driver, &platform->dev);

	if (!IS_ERR(drm) && drmm_mode_config_init(drm)) {
		drm_dev_put(drm);
		return ERR_PTR(-ENOMEM);
	}
	return drm;
}

static __noipa void register_twice(struct drm_device *drm)
{
	if (drm_dev_register(drm, 0))
		barrier();
}

static __noipa void put_parents(struct drm_device *drm)
{
	drm_dev_put(drm);
}

static __noipa void put_freed(struct drm_device *drm)
{
	drm_dev_put(drm);
}

static __noipa void unregister_again(struct drm_device *drm)
{
	drm_dev_unregister(drm);
}

static __noipa void unplug_again(struct drm_device *drm)
{
	drm_dev_unplug(drm);
}

static __noipa int life(const char *word)
{
	struct drm_device *drm;

	if (bad_is(word, "life-twice")) {
		register_twice(&card->drm);
		return 0;
	}
	if (bad_is(word, "life-put")) {
		put_parents(&card->drm);
		return 0;
	}
	if (bad_is(word, "life-forgets")) {
		forgets = true;
		device_release_driver(&platform->dev);
		forgets = false;
		return device_attach(&platform->dev) == 1 ? 0 : -ENODEV;
	}
	if (!bad_is(word, "life-freed") && !bad_is(word, "life-unregister") &&
	    !bad_is(word, "life-unplug") && !bad_is(word, "life-left"))
		return -EINVAL;
	drm = scratch();
	if (IS_ERR(drm))
		return PTR_ERR(drm);
	if (bad_is(word, "life-left"))
		return 0;
	if (!bad_is(word, "life-freed") && !drm_dev_register(drm, 0)) {
		if (bad_is(word, "life-unplug"))
			drm_dev_unplug(drm);
		else
			drm_dev_unregister(drm);
		if (bad_is(word, "life-unplug"))
			unplug_again(drm);
		else
			unregister_again(drm);
	}
	drm_dev_put(drm);
	if (bad_is(word, "life-freed"))
		put_freed(bad_unknown(drm));
	return 0;
}

/* ------------------------------------------------------------------------ objects */

static const struct drm_encoder_funcs encoder_funcs = { .destroy = drm_encoder_cleanup };

static const struct drm_plane_funcs plane_funcs = {
	.destroy = drm_plane_cleanup,
	.atomic_duplicate_state = drm_atomic_helper_plane_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_plane_destroy_state,
};

static const struct drm_crtc_funcs crtc_funcs = {
	.destroy = drm_crtc_cleanup,
	.atomic_duplicate_state = drm_atomic_helper_crtc_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_crtc_destroy_state,
};

struct objects {
	struct drm_encoder encoder;
	struct drm_plane plane;
	struct drm_crtc crtc;
	struct drm_connector connector;
};

static __noipa int init_encoder(struct drm_device *drm, struct drm_encoder *encoder)
{
	return drm_encoder_init(drm, encoder, &encoder_funcs, DRM_MODE_ENCODER_VIRTUAL, "%s-%d",
				"encoder", 7) ? -EIO : 0;
}

static __noipa int init_plane(struct drm_device *drm, struct drm_plane *plane)
{
	return drm_universal_plane_init(drm, plane, 1, &plane_funcs, card_formats,
					ARRAY_SIZE(card_formats), NULL, DRM_PLANE_TYPE_PRIMARY,
					NULL) ? -EIO : 0;
}

static __noipa int init_crtc(struct drm_device *drm, struct drm_crtc *crtc,
			     struct drm_plane *plane)
{
	return drm_crtc_init_with_planes(drm, crtc, plane, NULL, &crtc_funcs, NULL) ? -EIO : 0;
}

static __noipa int init_connector(struct drm_device *drm, struct drm_connector *connector)
{
	return drm_connector_init(drm, connector, &card_connector,
				  DRM_MODE_CONNECTOR_VIRTUAL) ? -EIO : 0;
}

static __noipa void cleanup_encoder(struct drm_encoder *encoder)
{
	drm_encoder_cleanup(encoder);
}

static __noipa void cleanup_plane(struct drm_plane *plane)
{
	drm_plane_cleanup(plane);
}

static __noipa void cleanup_crtc(struct drm_crtc *crtc)
{
	drm_crtc_cleanup(crtc);
}

static __noipa void cleanup_connector(struct drm_connector *connector)
{
	drm_connector_cleanup(connector);
}

/* Each object is initialised and cleaned up; what @word names, twice. */
static int objects(const char *word)
{
	struct objects *o = kzalloc(sizeof(*o), GFP_KERNEL);
	struct drm_device *drm = scratch();
	int ret;

	if (!o || IS_ERR(drm)) {
		kfree(o);
		return -ENOMEM;
	}
	ret = init_encoder(drm, &o->encoder);
	ret = ret ?: init_plane(drm, &o->plane);
	ret = ret ?: init_crtc(drm, &o->crtc, &o->plane);
	ret = ret ?: init_connector(drm, &o->connector);
	if (!ret && strcmp(o->encoder.name, "encoder-7"))
		ret = -EBUSY;
	if (bad_is(word, "init-encoder"))
		ret = ret ?: init_encoder(drm, &o->encoder);
	if (bad_is(word, "init-plane"))
		ret = ret ?: init_plane(drm, &o->plane);
	if (bad_is(word, "init-crtc"))
		ret = ret ?: init_crtc(drm, &o->crtc, &o->plane);
	if (bad_is(word, "init-connector"))
		ret = ret ?: init_connector(drm, &o->connector);
	cleanup_connector(&o->connector);
	if (bad_is(word, "cleanup-connector"))
		cleanup_connector(&o->connector);
	cleanup_crtc(&o->crtc);
	if (bad_is(word, "cleanup-crtc"))
		cleanup_crtc(&o->crtc);
	cleanup_plane(&o->plane);
	if (bad_is(word, "cleanup-plane"))
		cleanup_plane(&o->plane);
	cleanup_encoder(&o->encoder);
	if (bad_is(word, "cleanup-encoder"))
		cleanup_encoder(&o->encoder);
	drm_dev_put(drm);
	kfree(o);
	return ret;
}

/* ------------------------------------------------------------------------- fences */

static const char *fence_name(struct dma_fence *fence)
{
	return "videocard";
}

static const struct dma_fence_ops fence_ops = {
	.get_driver_name = fence_name,
	.get_timeline_name = fence_name,
};

static DEFINE_SPINLOCK(fence_lock);
static int fence_error;

static void fence_told(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	fence_error = fence->error;
}

static __noipa void signal_held(struct dma_fence *fence)
{
	spin_lock_irq(&fence_lock);
	dma_fence_signal(fence);
	spin_unlock_irq(&fence_lock);
}

static __noipa void signal_unlocked(struct dma_fence *fence)
{
	dma_fence_signal_locked(fence);
}

static __noipa void signal_blank(struct dma_fence *fence)
{
	dma_fence_signal(fence);
}

static __noipa void put_awaited(struct dma_fence *fence)
{
	dma_fence_put(fence);
}

static int fence(const char *word)
{
	struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL);
	struct dma_fence_cb cb;
	int ret = 0;

	if (!f)
		return -ENOMEM;
	if (bad_is(word, "fence-blank")) {
		signal_blank(f);
		kfree(f);
		return 0;
	}
	dma_fence_init(f, &fence_ops, &fence_lock, dma_fence_context_alloc(1), 1);
	fence_error = 1;
	ret = dma_fence_add_callback(f, &cb, fence_told);
	if (bad_is(word, "fence-awaited")) {
		put_awaited(f);
		return ret ?: fence_error == -EDEADLK ? 0 : -EIO;
	}
	if (bad_is(word, "fence-held"))
		signal_held(f);
	else if (bad_is(word, "fence-unlocked"))
		signal_unlocked(f);
	else
		dma_fence_signal(f);
	/* A later time does nothing. */
	dma_fence_signal(f);
	if (!dma_fence_is_signaled(f) || fence_error)
		ret = -EIO;
	dma_fence_put(f);
	return ret;
}

/* --------------------------------------------------------------------- ww_mutexes */

static __noipa void unlock_free(void)
{
	ww_mutex_unlock(&ww_one);
}

static __noipa int lock_twice(void)
{
	int ret = ww_mutex_lock(&ww_one, NULL);

	ret = ret ?: ww_mutex_lock(&ww_one, NULL);
	ww_mutex_unlock(&ww_one);
	ww_mutex_unlock(&ww_one);
	return ret;
}

static __noipa int lock_again(struct ww_mutex *lock, struct ww_acquire_ctx *ctx)
{
	return ww_mutex_lock(lock, ctx);
}

/* The younger context has to back off; @again: and does not. */
static int deadlock(bool again)
{
	struct ww_acquire_ctx older, younger;
	int ret;

	ww_acquire_init(&older, &ww_class);
	ww_acquire_init(&younger, &ww_class);
	ret = ww_mutex_lock(&ww_one, &older);
	ret = ret ?: ww_mutex_lock(&ww_two, &younger);
	if (!ret && ww_mutex_lock(&ww_one, &younger) != -EDEADLK)
		ret = -EIO;
	if (!ret && again && lock_again(&ww_one, &younger) != -EDEADLK)
		ret = -EIO;
	ww_mutex_unlock(&ww_two);
	ww_mutex_unlock(&ww_one);
	ww_mutex_lock_slow(&ww_one, &younger);
	ww_mutex_unlock(&ww_one);
	ww_acquire_fini(&younger);
	ww_acquire_fini(&older);
	return ret;
}

/* -------------------------------------------------------------------------- words */

static __noipa void exit_section(void)
{
	drm_dev_exit(0);
}

static __noipa void vblank_put(struct drm_crtc *crtc)
{
	drm_crtc_vblank_put(crtc);
}

static int bad_do(const char *word)
{
	if (!card)
		return -ENODEV;
	if (!strncmp(word, "next-", 5)) {
		strscpy(deed, word, sizeof(deed));
		return 0;
	}
	if (!strncmp(word, "init-", 5) || !strncmp(word, "cleanup-", 8))
		return objects(word);
	if (!strncmp(word, "life-", 5))
		return life(word);
	if (!strncmp(word, "fence-", 6))
		return fence(word);
	if (bad_is(word, "vbl-put")) {
		vblank_put(&card->pipe.crtc);
		return 0;
	}
	if (bad_is(word, "enter-none")) {
		exit_section();
		return 0;
	}
	if (bad_is(word, "ww-free")) {
		unlock_free();
		return 0;
	}
	if (bad_is(word, "ww-double"))
		return lock_twice();
	if (bad_is(word, "ww-again"))
		return deadlock(true);
	return -EINVAL;
}

static int bad_ok(void)
{
	int ret, idx;

	if (!card || !card->drm.registered || deed[0] || ww_mutex_is_locked(&ww_one) ||
	    ww_mutex_is_locked(&ww_two) || bad_locked(&card->drm.event_lock))
		return -EBUSY;
	if (!drm_dev_enter(&card->drm, &idx))
		return -ENODEV;
	drm_dev_exit(idx);
	drm_dev_get(&card->drm);
	drm_dev_put(&card->drm);
	ret = objects("ok");
	ret = ret ?: fence("ok");
	return ret ?: deadlock(false);
}

static int __init card_init(void)
{
	int ret;

	ww_mutex_init(&ww_one, &ww_class);
	ww_mutex_init(&ww_two, &ww_class);
	platform = platform_device_register_simple("videocard", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(platform))
		return PTR_ERR(platform);
	ret = platform_driver_register(&card_platform);
	if (ret)
		goto no_driver;
	ret = misc_register(&bad_misc);
	if (ret)
		goto no_misc;
	return 0;

no_misc:
	platform_driver_unregister(&card_platform);
no_driver:
	platform_device_unregister(platform);
	return ret;
}
module_init(card_init);

static void __exit card_exit(void)
{
	misc_deregister(&bad_misc);
	platform_driver_unregister(&card_platform);
	platform_device_unregister(platform);
}
module_exit(card_exit);
