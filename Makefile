# SPDX-License-Identifier: GPL-2.0-only
#
# The two commands of a newcomer: `make demo` and `make check`. What a target needs, it
# installs (lab/packages.sh, lab/kernel) or builds first. All results land in build/.

KERNELS ?= 6.1 6.12
# What is shown and tried by hand runs on this one.
KERNEL ?= 6.1

help:
	@echo 'make demo      a stock kernel brought down by a driver, then the same, guarded'
	@echo 'make check     all tests (up to 40 minutes on two cores)'
	@echo
	@echo 'make shell     a shell in a stock kernel with a guarded driver (DRIVER=e1000)'
	@echo 'make bench     what guarding costs, in instructions per packet'
	@echo 'make sweep     rewrite every module of the stock kernels and check each'
	@echo 'make system-check  install, enable and boot it on a real Debian (a quarter of an hour)'
	@echo 'make recovery  crash and hang stock drivers in each entry, while they are used (hours)'
	@echo 'make rules     write docs/rules.md, the catalogue of the rules'
	@echo 'make json      write docs/json.md, what programs are answered'
	@echo 'make rules-report  which tests, results and drivers each rule has'
	@echo 'make mutants   try the tests of the rules with each rule switched off: they must fail'
	@echo 'make lint      style and static checks; make format puts the format right'
	@echo 'make deb       the Debian packages suture and suture-dkms, in build/deb'
	@echo 'make build     the command, suture.ko and the test drivers, for $(KERNELS)'
	@echo 'make packages  install the Debian packages that all of this needs'
	@echo 'make clean     remove build/ (downloads stay in the cache)'
	@echo
	@echo 'KERNELS="6.1 6.12" and KERNEL=6.1 choose the kernels.'

packages:
	@lab/packages.sh

build: kernel cli drivers

# suture.ko, one for each kernel
kernel: packages
	@for k in $(KERNELS); do lab/module $$k kernel build/kernel/$$k || exit; done

# the library that rewrites modules
rewrite: packages
	@$(MAKE) -C rewrite

# the command: build/bin/suture
cli: rewrite
	@$(MAKE) -C cli
	@for k in $(KERNELS); do lab/contracts $$k build/kernel/$$k/contracts || exit; done

# bad drivers and helpers of the tests
drivers: packages
	@for k in $(KERNELS); do lab/module $$k tests/drivers build/drivers/$$k || exit; done

check: packages
	@lab/check

# Debian packages: build/deb/*.deb
deb: packages
	@lab/deb
	@ls -1 build/deb/*.deb

# a real Debian with systemd and udev: packages, DKMS, boot
system-check: packages
	@tests/system/run

# the matrix of crashes: build/results/recovery.json
recovery: packages
	@tests/recovery/run $(KERNELS:%=--kernel %)

# docs/rules.md, from the rules of both kernels
rules: cli
	@$(MAKE) kernel KERNELS='6.1 6.12'
	@lab/catalogue

# docs/json.md, from docs/schema.json
json:
	@lab/json

# what is known of each rule: a table, and build/results/rules.json
rules-report: kernel cli
	@tests/vm/report $(KERNELS)

mutants: packages
	@for k in $(KERNELS); do tests/vm/run --kernel $$k --off || exit; done

lint: packages
	@lab/lint

format: packages
	clang-format -i $$(git ls-files -co --exclude-standard 'rewrite/*.[ch]' 'cli/*.[ch]' \
		'tests/*.[ch]' 'demo/*.[ch]' | grep -v '^tests/drivers/')

demo: packages
	@$(MAKE) kernel cli KERNELS=$(KERNEL)
	@KERNEL=$(KERNEL) demo/run

bench: packages
	@$(MAKE) kernel cli KERNELS=$(KERNEL)
	@bench/run --kernel $(KERNEL)

sweep: kernel cli
	@tests/checker/sweep $(KERNELS)

DRIVER ?= e1000
shell: packages
	@lab/shell --kernel $(KERNEL) $(DRIVER)

clean:
	rm -rf build

.PHONY: help packages build kernel rewrite cli drivers check deb system-check recovery rules json rules-report mutants lint format demo bench sweep shell clean
