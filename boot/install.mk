# SPDX-License-Identifier: GPL-2.0-only
# What belongs where on a Debian system. Used by debian/rules; installs what was built before.
#
#	make -f boot/install.mk install DESTDIR=...		the command, and what boots with it
#	make -f boot/install.mk install-dkms DESTDIR=...	the source of suture.ko

TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
BUILD ?= $(TOP)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' $(TOP)/kernel/dkms.conf)
SOURCE := /usr/src/suture-$(VERSION)

install:
	install -D -m 755 $(BUILD)/bin/suture $(DESTDIR)/usr/bin/suture
	install -D -m 755 $(TOP)/boot/modprobe $(DESTDIR)/usr/lib/suture/modprobe
	install -D -m 755 $(TOP)/boot/initramfs-hook $(DESTDIR)/usr/share/initramfs-tools/hooks/suture
	install -D -m 755 $(TOP)/boot/kernel-postinst $(DESTDIR)/etc/kernel/postinst.d/suture
	install -D -m 755 $(TOP)/boot/kernel-postinst $(DESTDIR)/etc/kernel/header_postinst.d/suture
	install -D -m 755 $(TOP)/boot/kernel-postrm $(DESTDIR)/etc/kernel/postrm.d/suture
	install -D -m 644 $(TOP)/boot/suture.service $(DESTDIR)/lib/systemd/system/suture.service
	install -D -m 644 $(TOP)/cli/suture.bash $(DESTDIR)/usr/share/bash-completion/completions/suture
	for page in $(wildcard $(BUILD)/man/*.[0-9]); do \
		install -D -m 644 $$page $(DESTDIR)/usr/share/man/man$${page##*.}/$${page##*/} || exit; \
	done

install-dkms:
	mkdir -p $(DESTDIR)$(SOURCE)
	cp -r $(TOP)/kernel/. $(DESTDIR)$(SOURCE)
	find $(DESTDIR)$(SOURCE) -type f ! -name refresh -exec chmod 644 {} +

.PHONY: install install-dkms
