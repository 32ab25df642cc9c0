// SPDX-License-Identifier: GPL-2.0-only
/*
 * usb_urb.c - frees URBs twice, and URBs and buffers that are in flight.
 */
#include "serial.h"

module_usb_driver(serial_driver);

#define SIZE 64

struct inner {
	char before[100];
	struct urb urb;
	char buffer[SIZE];
};

static DECLARE_COMPLETION(done);
static DEFINE_SPINLOCK(lock);
static struct urb *urb, *other;
static void *buffer;
static unsigned int calls;

static void finished(struct urb *u)
{
	calls++;
	complete(&done);
}

static bool wait(void)
{
	return wait_for_completion_timeout(&done, msecs_to_jiffies(SERIAL_WAIT_MS));
}

/* A URB that reads, with a buffer; it stays in flight. */
static int fresh(void)
{
	calls = 0;
	reinit_completion(&done);
	urb = usb_alloc_urb(0, GFP_KERNEL);
	buffer = kzalloc(SIZE, GFP_KERNEL);
	if (!urb || !buffer)
		return -ENOMEM;
	usb_fill_bulk_urb(urb, serial, serial_pipe_in, buffer, SIZE, finished, NULL);
	return 0;
}

static noinline void free_twice(void)
{
	usb_free_urb(urb);
	usb_free_urb(urb);
}

/* The second reference is usbcore's, which is still needed. */
static noinline int free_flying(void)
{
	int err = usb_submit_urb(urb, GFP_KERNEL);

	usb_free_urb(urb);
	usb_free_urb(urb);
	usb_unlink_urb(urb);
	return err ?: wait() && calls == 1 ? 0 : -EPROTO;
}

static noinline void free_in_completion(struct urb *u)
{
	usb_free_urb(u);
	usb_free_urb(u);
	finished(u);
}

static int completing(void (*function)(struct urb *))
{
	int err;

	usb_fill_bulk_urb(urb, serial, serial_pipe_out, buffer, 8, function, NULL);
	err = usb_submit_urb(urb, GFP_KERNEL);
	return err ?: wait() ? 0 : -EPROTO;
}

static noinline int submit_freed(void)
{
	usb_free_urb(urb);
	return usb_submit_urb(urb, GFP_KERNEL) == -EINVAL ? 0 : -EPROTO;
}

static noinline int submit_twice(void)
{
	int err = usb_submit_urb(urb, GFP_KERNEL);

	if (!err && usb_submit_urb(urb, GFP_KERNEL) != -EBUSY)
		err = -EPROTO;
	usb_kill_urb(urb);
	usb_free_urb(urb);
	return err ?: calls == 1 ? 0 : -EPROTO;
}

/* What was read would be written to memory that is somebody else's. */
static noinline int free_buffer(void)
{
	int err = usb_submit_urb(urb, GFP_KERNEL);

	kfree(buffer);
	buffer = NULL;
	if (!err && calls != 1)
		err = -EPROTO;
	usb_free_urb(urb);
	return err;
}

static noinline int free_locked(void)
{
	int err = usb_submit_urb(urb, GFP_KERNEL);

	spin_lock(&lock);
	kfree(buffer);
	spin_unlock(&lock);
	buffer = NULL;
	if (!err && !wait())
		err = -EPROTO;
	usb_free_urb(urb);
	return err;
}

static noinline int free_around(void)
{
	struct inner *inner = kzalloc(sizeof(*inner), GFP_KERNEL);
	int err;

	usb_free_urb(urb);
	if (!inner)
		return -ENOMEM;
	usb_init_urb(&inner->urb);
	usb_fill_bulk_urb(&inner->urb, serial, serial_pipe_in, buffer, SIZE, finished, NULL);
	err = usb_submit_urb(&inner->urb, GFP_KERNEL);
	kfree(inner);
	return err ?: calls == 1 ? 0 : -EPROTO;
}

static noinline int free_coherent(void)
{
	dma_addr_t dma;
	void *cpu = usb_alloc_coherent(serial, SIZE, GFP_KERNEL, &dma);
	int err;

	if (!cpu)
		return -ENOMEM;
	urb->transfer_buffer = cpu;
	urb->transfer_dma = dma;
	urb->transfer_flags |= URB_NO_TRANSFER_DMA_MAP;
	err = usb_submit_urb(urb, GFP_KERNEL);
	usb_free_coherent(serial, SIZE, cpu, dma);
	if (!err && calls != 1)
		err = -EPROTO;
	usb_free_urb(urb);
	return err;
}

static noinline int submit_locked(void)
{
	int err;

	spin_lock(&lock);
	err = usb_submit_urb(urb, GFP_KERNEL);
	spin_unlock(&lock);
	usb_kill_urb(urb);
	usb_free_urb(urb);
	return err;
}

static noinline int kill_locked(void)
{
	int err = usb_submit_urb(urb, GFP_KERNEL);

	spin_lock(&lock);
	usb_kill_urb(urb);
	spin_unlock(&lock);
	usb_free_urb(urb);
	return err ?: calls == 1 ? 0 : -EPROTO;
}

/* Not its own, which would wait for itself. */
static noinline void kill_in_completion(struct urb *u)
{
	usb_kill_urb(other);
	finished(u);
}

/* The completion is abandoned; usbcore ends the URB as if it had come to its end. */
static noinline int kill_completing(void)
{
	int err;

	other = usb_alloc_urb(0, GFP_KERNEL);
	if (!other)
		return -ENOMEM;
	usb_fill_bulk_urb(other, serial, serial_pipe_in, buffer, SIZE, finished, NULL);
	err = usb_submit_urb(other, GFP_KERNEL);
	usb_fill_bulk_urb(urb, serial, serial_pipe_out, buffer, 8, kill_in_completion, NULL);
	if (!err)
		err = usb_submit_urb(urb, GFP_KERNEL);
	msleep(5 * BAD_MOMENT_MS);
	if (calls)
		err = -EPROTO;
	usb_kill_urb(urb);
	usb_kill_urb(other);
	usb_free_urb(urb);
	usb_free_urb(other);
	return err ?: calls == 1 ? 0 : -EPROTO;
}

static noinline int leave_urb(void)
{
	return usb_alloc_urb(4, GFP_KERNEL) ? 0 : -ENOMEM;
}

static noinline int leave_memory(void)
{
	return kmalloc(1000, GFP_KERNEL) ? 0 : -ENOMEM;
}

static int bad_do(const char *word)
{
	int err = 0;

	if (bad_is(word, "leave-urb"))
		return leave_urb();
	if (bad_is(word, "leave-memory"))
		return leave_memory();
	err = fresh();
	if (err)
		return err;
	if (bad_is(word, "free-twice"))
		free_twice();
	else if (bad_is(word, "free-flying"))
		err = free_flying();
	else if (bad_is(word, "free-completing"))
		err = completing(free_in_completion);
	else if (bad_is(word, "submit-freed"))
		err = submit_freed();
	else if (bad_is(word, "submit-twice"))
		err = submit_twice();
	else if (bad_is(word, "free-buffer"))
		err = free_buffer();
	else if (bad_is(word, "free-locked"))
		err = free_locked();
	else if (bad_is(word, "free-around"))
		err = free_around();
	else if (bad_is(word, "free-coherent"))
		err = free_coherent();
	else if (bad_is(word, "submit-locked"))
		err = submit_locked();
	else if (bad_is(word, "kill-locked"))
		err = kill_locked();
	else if (bad_is(word, "kill-completing"))
		err = kill_completing();
	else
		err = -EINVAL;
	kfree(buffer);
	return err;
}

static void resubmit(struct urb *u)
{
	if (++calls < 3)
		usb_submit_urb(u, GFP_ATOMIC);
	else
		complete(&done);
}

/* All ways in which URBs are passed round and come to their end. */
static int bad_ok(void)
{
	struct usb_anchor anchor;
	struct inner *inner;
	int err = fresh();

	if (err)
		return err;
	/* The buffer is usbcore's from here on, and so is the last reference. */
	urb->transfer_flags |= URB_FREE_BUFFER;
	usb_fill_bulk_urb(urb, serial, serial_pipe_out, buffer, 8, finished, NULL);
	init_usb_anchor(&anchor);
	usb_anchor_urb(urb, &anchor);
	err = usb_submit_urb(urb, GFP_KERNEL);
	usb_free_urb(urb);
	if (err || !wait() || !usb_wait_anchor_empty_timeout(&anchor, SERIAL_WAIT_MS))
		return -EBUSY;
	/* Never submitted, with its buffer. */
	if (fresh())
		return -ENOMEM;
	urb->transfer_flags |= URB_FREE_BUFFER;
	usb_free_urb(urb);
	/* Freed in its completion. */
	if (fresh() || completing(resubmit) || calls != 3)
		return -EBUSY;
	usb_get_urb(urb);
	usb_free_urb(urb);
	usb_free_urb(urb);
	/* Embedded, killed, and then freed. */
	inner = kzalloc(sizeof(*inner), GFP_KERNEL);
	if (!inner)
		return -ENOMEM;
	usb_init_urb(&inner->urb);
	usb_fill_bulk_urb(&inner->urb, serial, serial_pipe_in, buffer, SIZE, finished, NULL);
	err = usb_submit_urb(&inner->urb, GFP_KERNEL);
	usb_kill_urb(&inner->urb);
	kfree(buffer);
	kfree(inner);
	return err || calls != 4 ? -EBUSY : serial_ok();
}

MODULE_DESCRIPTION("Test: frees URBs twice, and while they are in flight");
