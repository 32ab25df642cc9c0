// SPDX-License-Identifier: GPL-2.0-only
/*
 * drmtest.c - a small client of a DRM device: sets the preferred mode, draws, flips pages,
 * reports dirty rectangles, moves a cursor, waits for vertical blanks, shares a buffer, with
 * the bare ioctls. Of what a driver may lack it says what it found.
 *
 *   drmtest [-d DRIVER] [FRAMES]
 *
 * The exit status is 0 only if every page flip was completed. With -d the card is the first of
 * that driver; without, it is the first of all. A card of vgem has no screen, but fences.
 */
#include "drmcard.h"

#include <drm/vgem_drm.h>

/* Bars that move with the frame. */
static void draw(struct buffer *b, uint32_t frame)
{
	uint32_t x, y;

	for (y = 0; y < b->dumb.height; y++)
		for (x = 0; x < b->dumb.width; x++)
			b->pixels[y * b->dumb.pitch / 4 + x] =
				((x + frame * 16) / 64 & 1 ? 0x00ff8000 : 0x000080ff) ^ y;
}

/* Is what was drawn still there? */
static void compare(const struct buffer *b, uint32_t frame)
{
	uint32_t x = b->dumb.width / 3, y = b->dumb.height / 2;
	uint32_t want = ((x + frame * 16) / 64 & 1 ? 0x00ff8000 : 0x000080ff) ^ y;

	errno = EIO;
	if (b->pixels[y * b->dumb.pitch / 4 + x] != want)
		die("a pixel is not what was drawn");
}

/* A cursor comes, moves and goes. */
static const char *cursor(uint32_t crtc)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_mode_destroy_dumb destroy = { 0 };
	struct drm_mode_cursor c = { .flags = DRM_MODE_CURSOR_BO, .crtc_id = crtc };
	int i, ret;

	CALL(MODE_CREATE_DUMB, &dumb);
	c.width = 64;
	c.height = 64;
	c.handle = dumb.handle;
	ret = ioctl(card, DRM_IOCTL_MODE_CURSOR, &c);
	if (ret && errno != ENXIO && errno != ENOSYS)
		die("MODE_CURSOR");
	for (i = 0; !ret && i < 10; i++) {
		c.flags = DRM_MODE_CURSOR_MOVE;
		c.x = i * 20;
		c.y = i * 10;
		CALL(MODE_CURSOR, &c);
	}
	c.flags = DRM_MODE_CURSOR_BO;
	c.handle = 0;
	if (!ret)
		CALL(MODE_CURSOR, &c);
	destroy.handle = dumb.handle;
	CALL(MODE_DESTROY_DUMB, &destroy);
	return ret ? "no cursor" : "a cursor";
}

/* Vertical blanks: waited for, and one that is told by an event. */
static const char *vblank(void)
{
	struct drm_event_vblank event;
	union drm_wait_vblank wait;
	int i;

	for (i = 0; i < 3; i++) {
		memset(&wait, 0, sizeof(wait));
		wait.request.type = _DRM_VBLANK_RELATIVE | (i == 2 ? _DRM_VBLANK_EVENT : 0);
		wait.request.sequence = 1;
		if (!ioctl(card, DRM_IOCTL_WAIT_VBLANK, &wait))
			continue;
		if (errno == EOPNOTSUPP)
			return "no vertical blanks";
		die("WAIT_VBLANK");
	}
	if (read(card, &event, sizeof(event)) != sizeof(event) ||
	    event.base.type != DRM_EVENT_VBLANK)
		die("no vertical blank's event");
	return "vertical blanks";
}

/* The buffer goes out as a file and comes in again: the same handle. */
static const char *share(uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };

	if (ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime)) {
		if (errno != ENOSYS && errno != EOPNOTSUPP)
			die("PRIME_HANDLE_TO_FD");
		return "no sharing";
	}
	prime.handle = 0;
	CALL(PRIME_FD_TO_HANDLE, &prime);
	close(prime.fd);
	errno = EPROTO;
	if (prime.handle != handle)
		die("another handle");
	return "sharing";
}

/* vgem: buffers that are shared, with fences on them. */
static int vgem(uint32_t fences)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };
	uint32_t i, *pixels;

	CALL(MODE_CREATE_DUMB, &dumb);
	map.handle = dumb.handle;
	CALL(MODE_MAP_DUMB, &map);
	pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
	if (pixels == MAP_FAILED)
		die("mmap");
	for (i = 0; i < fences; i++) {
		struct drm_vgem_fence_attach attach = { .handle = dumb.handle,
							.flags = i & 1 ? VGEM_FENCE_WRITE : 0 };
		struct drm_vgem_fence_signal signal = { 0 };

		CALL(VGEM_FENCE_ATTACH, &attach);
		pixels[i] = i;
		signal.fence = attach.out_fence;
		CALL(VGEM_FENCE_SIGNAL, &signal);
	}
	printf("drmtest: vgem, %u fences, %s\n", fences, share(dumb.handle));
	/* One is left for the end of the file to signal. */
	CALL(VGEM_FENCE_ATTACH, &((struct drm_vgem_fence_attach){ .handle = dumb.handle }));
	return 0;
}

int main(int argc, char **argv)
{
	const char *driver = argc > 2 && !strcmp(argv[1], "-d") ? argv[2] : NULL;
	const char *has[3];
	uint32_t frame, frames;
	uint32_t crtcs[8], connectors[8], encoders[8];
	struct drm_mode_card_res res = { .count_crtcs = 8,
					 .count_connectors = 8,
					 .count_encoders = 8 };
	struct drm_mode_get_connector conn = { 0 };
	struct drm_mode_modeinfo modes[64];
	struct drm_mode_crtc set = { 0 };
	struct buffer b[2] = { 0 };
	char name[32] = "";

	if (driver) {
		argc -= 2;
		argv += 2;
	}
	frames = argc > 1 ? (uint32_t)atoi(argv[1]) : 8;
	card_open(driver, name, sizeof(name));
	if (!strcmp(name, "vgem"))
		return vgem(frames);

	res.crtc_id_ptr = user(crtcs);
	res.connector_id_ptr = user(connectors);
	res.encoder_id_ptr = user(encoders);
	CALL(MODE_GETRESOURCES, &res);
	errno = ENODEV;
	if (!res.count_crtcs || !res.count_connectors)
		die("no screen");

	/* With no room for modes the driver is asked to probe the connector anew. */
	conn.connector_id = connectors[0];
	CALL(MODE_GETCONNECTOR, &conn);
	errno = ENOSPC;
	if (!conn.count_modes || conn.count_modes > 64)
		die("number of modes");
	conn.modes_ptr = user(modes);
	conn.count_props = 0;
	conn.count_encoders = 0;
	CALL(MODE_GETCONNECTOR, &conn);

	buffer_make(&b[0], modes[0].hdisplay, modes[0].vdisplay);
	buffer_make(&b[1], modes[0].hdisplay, modes[0].vdisplay);
	draw(&b[0], 0);
	set.crtc_id = crtcs[0];
	set.fb_id = b[0].id;
	set.set_connectors_ptr = user(connectors);
	set.count_connectors = 1;
	set.mode = modes[0];
	set.mode_valid = 1;
	CALL(MODE_SETCRTC, &set);

	for (frame = 1; frame <= frames; frame++) {
		struct buffer *next = &b[frame & 1];
		struct drm_mode_crtc_page_flip flip = { .crtc_id = crtcs[0],
							.fb_id = next->id,
							.flags = DRM_MODE_PAGE_FLIP_EVENT };
		struct drm_clip_rect clip = { 10, 10, 200, 100 };
		struct drm_mode_fb_dirty_cmd dirty = { .fb_id = next->id,
						       .num_clips = 1,
						       .clips_ptr = user(&clip) };

		draw(next, frame);
		CALL(MODE_PAGE_FLIP, &flip);
		await_flip();
		/* Drivers whose memory is the screen have no need of it. */
		if (ioctl(card, DRM_IOCTL_MODE_DIRTYFB, &dirty) && errno != ENOSYS)
			die("MODE_DIRTYFB");
		compare(next, frame);
	}

	has[0] = cursor(crtcs[0]);
	has[1] = vblank();
	has[2] = share(b[0].dumb.handle);

	memset(&set, 0, sizeof(set));
	set.crtc_id = crtcs[0];
	CALL(MODE_SETCRTC, &set);
	buffer_drop(&b[0]);
	buffer_drop(&b[1]);
	printf("drmtest: %s, %u modes, %ux%u, %u page flips, %s, %s, %s\n", name, conn.count_modes,
	       modes[0].hdisplay, modes[0].vdisplay, frames, has[0], has[1], has[2]);
	return 0;
}
