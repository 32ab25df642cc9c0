// SPDX-License-Identifier: GPL-2.0-only
/*
 * usb_buffer.c - transfers with buffers that no device can reach, and coherent buffers
 * given back in the wrong way.
 */
#include <linux/vmalloc.h>

#include "serial.h"

module_usb_driver(serial_driver);

static DECLARE_COMPLETION(done);
static struct usb_device_descriptor module_descriptor;
static struct usb_ctrlrequest module_request;
static struct urb *urb;

static noinline int read_to_stack(void)
{
	struct usb_device_descriptor descriptor = {};

	return serial_check(&descriptor, serial_descriptor(bad_unknown(&descriptor)));
}

static noinline int read_to_module(void)
{
	memset(&module_descriptor, 0, sizeof(module_descriptor));
	return serial_check(&module_descriptor, serial_descriptor(&module_descriptor));
}

static noinline int read_to_vmalloc(void)
{
	void *descriptor = vmalloc(PAGE_SIZE);
	int err = -ENOMEM;

	if (descriptor)
		err = serial_check(descriptor, serial_descriptor(descriptor));
	vfree(descriptor);
	return err;
}

static noinline int write_from_stack(void)
{
	char text[8] = "no more";
	int err, n = 0;

	err = usb_bulk_msg(serial, serial_pipe_out, bad_unknown(text), sizeof(text), &n,
			   SERIAL_WAIT_MS);
	return err ?: n == sizeof(text) ? 0 : -EPROTO;
}

static void finished(struct urb *u)
{
	complete(&done);
}

static int sent(void)
{
	int err;

	reinit_completion(&done);
	err = usb_submit_urb(urb, GFP_KERNEL);
	if (err)
		return err;
	return wait_for_completion_timeout(&done, msecs_to_jiffies(SERIAL_WAIT_MS)) ?
	       urb->status : -EPROTO;
}

static struct usb_ctrlrequest request(void)
{
	return (struct usb_ctrlrequest){
		.bRequestType = USB_DIR_IN,
		.bRequest = USB_REQ_GET_DESCRIPTOR,
		.wValue = cpu_to_le16(USB_DT_DEVICE << 8),
		.wLength = cpu_to_le16(USB_DT_DEVICE_SIZE),
	};
}

static int ask(struct usb_ctrlrequest *setup, struct usb_device_descriptor *descriptor)
{
	int err;

	usb_fill_control_urb(urb, serial, usb_rcvctrlpipe(serial, 0), (void *)setup, descriptor,
			     sizeof(*descriptor), finished, NULL);
	err = sent();
	if (urb->transfer_buffer != descriptor || urb->setup_packet != (void *)setup)
		return -EPROTO;
	return err ?: serial_check(descriptor, urb->actual_length);
}

static noinline int submit_module(void)
{
	struct usb_ctrlrequest *setup = kmalloc(sizeof(*setup), GFP_KERNEL);
	int err;

	if (!setup)
		return -ENOMEM;
	*setup = request();
	memset(&module_descriptor, 0, sizeof(module_descriptor));
	err = ask(setup, &module_descriptor);
	kfree(setup);
	return err;
}

static noinline int submit_setup(void)
{
	struct usb_device_descriptor *descriptor = kzalloc(sizeof(*descriptor), GFP_KERNEL);
	int err;

	if (!descriptor)
		return -ENOMEM;
	module_request = request();
	err = ask(&module_request, descriptor);
	kfree(descriptor);
	return err;
}

/* It waits here, but that cannot be known where it is submitted. */
static noinline int submit_stack(void)
{
	char text[64];

	usb_fill_bulk_urb(urb, serial, serial_pipe_in, bad_unknown(text), sizeof(text), finished,
			  NULL);
	return sent() == -EINVAL ? 0 : -EPROTO;
}

static noinline int submit_stack_out(void)
{
	char text[8] = "no more";

	usb_fill_bulk_urb(urb, serial, serial_pipe_out, bad_unknown(text), sizeof(text), finished,
			  NULL);
	return sent();
}

#define SIZE 4096

static void *allocate(dma_addr_t *dma)
{
	return usb_alloc_coherent(serial, SIZE, GFP_KERNEL, dma);
}

static noinline int free_size(void)
{
	dma_addr_t dma;
	void *cpu = allocate(&dma);

	usb_free_coherent(serial, 2 * SIZE, cpu, dma);
	return cpu ? 0 : -ENOMEM;
}

static noinline int free_address(void)
{
	dma_addr_t dma;
	void *cpu = allocate(&dma);

	usb_free_coherent(serial, SIZE, cpu, dma + 16);
	return cpu ? 0 : -ENOMEM;
}

static noinline int free_twice(void)
{
	dma_addr_t dma;
	void *cpu = allocate(&dma);

	usb_free_coherent(serial, SIZE, cpu, dma);
	usb_free_coherent(serial, SIZE, cpu, dma);
	return cpu ? 0 : -ENOMEM;
}

static int bad_do(const char *word)
{
	int err;

	urb = usb_alloc_urb(0, GFP_KERNEL);
	if (!urb)
		return -ENOMEM;
	if (bad_is(word, "stack"))
		err = read_to_stack();
	else if (bad_is(word, "module"))
		err = read_to_module();
	else if (bad_is(word, "vmalloc"))
		err = read_to_vmalloc();
	else if (bad_is(word, "write"))
		err = write_from_stack();
	else if (bad_is(word, "submit-module"))
		err = submit_module();
	else if (bad_is(word, "submit-setup"))
		err = submit_setup();
	else if (bad_is(word, "submit-stack"))
		err = submit_stack();
	else if (bad_is(word, "submit-stack-out"))
		err = submit_stack_out();
	else if (bad_is(word, "free-size"))
		err = free_size();
	else if (bad_is(word, "free-address"))
		err = free_address();
	else if (bad_is(word, "free-twice"))
		err = free_twice();
	else
		err = -EINVAL;
	usb_free_urb(urb);
	return err;
}

static int bad_ok(void)
{
	dma_addr_t dma[3];
	void *cpu[3];
	int i;

	for (i = 0; i < 3; i++) {
		cpu[i] = usb_alloc_coherent(serial, SIZE << i, GFP_KERNEL, &dma[i]);
		if (!cpu[i])
			return -ENOMEM;
		memset(cpu[i], 0x55, SIZE << i);
	}
	for (i = 0; i < 3; i++)
		usb_free_coherent(serial, SIZE << i, cpu[i], dma[i]);
	return serial_ok();
}

MODULE_DESCRIPTION("Test: transfers with buffers that no device can reach");
