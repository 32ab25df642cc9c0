// SPDX-License-Identifier: GPL-2.0-only
/*
 * usbreset.c - has each USB device reset that is no hub, while it is in use.
 *
 *   usbreset
 *
 * The driver of its host controller has to address it anew. Exits with 0 if that worked with
 * all, and there was one.
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	unsigned char descriptor[USB_DT_DEVICE_SIZE];
	int devices = 0, failed = 0;
	glob_t nodes;
	size_t i;
	int fd;

	if (glob("/dev/bus/usb/*/*", 0, NULL, &nodes))
		return 1;
	for (i = 0; i < nodes.gl_pathc; i++) {
		fd = open(nodes.gl_pathv[i], O_RDWR);
		if (fd < 0)
			continue;
		if (read(fd, descriptor, sizeof(descriptor)) == sizeof(descriptor) &&
		    descriptor[4] != USB_CLASS_HUB) {
			devices++;
			if (ioctl(fd, USBDEVFS_RESET, 0)) {
				perror(nodes.gl_pathv[i]);
				failed++;
			}
		}
		close(fd);
	}
	globfree(&nodes);
	return failed || !devices;
}
