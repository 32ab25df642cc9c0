/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drmcard.h - a card and its buffers, with the bare ioctls: what the clients of DRM devices
 * have in common. Each reads it once.
 */
#ifndef DRMCARD_H
#define DRMCARD_H

#include <drm/drm.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct buffer {
	struct drm_mode_create_dumb dumb;
	uint32_t *pixels;
	uint32_t id;
};

static int card;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

static void call(const char *what, unsigned long request, void *data)
{
	int ret;

	do {
		ret = ioctl(card, request, data);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	if (ret)
		die(what);
}

#define CALL(request, data) call(#request, DRM_IOCTL_##request, data)

static uint64_t user(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static void buffer_make(struct buffer *b, uint32_t width, uint32_t height)
{
	struct drm_mode_map_dumb map = { 0 };
	struct drm_mode_fb_cmd2 fb = { 0 };

	b->dumb.width = width;
	b->dumb.height = height;
	b->dumb.bpp = 32;
	CALL(MODE_CREATE_DUMB, &b->dumb);
	fb.width = width;
	fb.height = height;
	fb.pixel_format = DRM_FORMAT_XRGB8888;
	fb.handles[0] = b->dumb.handle;
	fb.pitches[0] = b->dumb.pitch;
	CALL(MODE_ADDFB2, &fb);
	b->id = fb.fb_id;
	map.handle = b->dumb.handle;
	CALL(MODE_MAP_DUMB, &map);
	b->pixels = mmap(NULL, b->dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card,
			 (off_t)map.offset);
	if (b->pixels == MAP_FAILED)
		die("mmap");
}

static void buffer_drop(struct buffer *b)
{
	struct drm_mode_destroy_dumb destroy = { .handle = b->dumb.handle };

	munmap(b->pixels, b->dumb.size);
	CALL(MODE_RMFB, &b->id);
	CALL(MODE_DESTROY_DUMB, &destroy);
}

static void await_flip(void)
{
	struct pollfd p = { .fd = card, .events = POLLIN };
	struct drm_event_vblank event;

	errno = ETIMEDOUT;
	if (poll(&p, 1, 10000) != 1 || read(card, &event, sizeof(event)) != sizeof(event))
		die("no page flip event");
	errno = EPROTO;
	if (event.base.type != DRM_EVENT_FLIP_COMPLETE)
		die("another event than the page flip's");
}

/* The card of a driver, or the first of all; its driver's name. */
static void card_open(const char *driver, char *name, size_t size)
{
	struct drm_version version;
	char path[32];
	int i;

	for (i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		card = open(path, O_RDWR | O_CLOEXEC);
		if (card < 0)
			continue;
		memset(&version, 0, sizeof(version));
		memset(name, 0, size);
		version.name = name;
		version.name_len = size - 1;
		CALL(VERSION, &version);
		if (!driver || !strcmp(driver, name))
			return;
		close(card);
	}
	errno = ENODEV;
	die(driver ? driver : "/dev/dri/card0");
}

#endif /* DRMCARD_H */
