/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.h - between binding.c and the rules about probe and remove.
 */
#ifndef SUTURE_PROBE_H
#define SUTURE_PROBE_H

#include <linux/list.h>

#include <suture/ledger.h>

struct suture_visit;

/**
 * struct suture_binding - a driver on a device, or in its module_init()
 * @node:	list of all
 * @domain:	the driver
 * @dev:	the device; NULL for module_init()
 * @visit:	probe or init function while it runs
 * @era:	number of that probe
 * @failed:	it failed
 * @distrust:	its remove function was not called, or not to its end
 * @steps:	registrations that succeeded in it
 * @step_err:	error of the last one that did not
 * @step_site:	call site of that
 * @step_api:	function of that
 * @data:	see struct suture_unbound
 * @size:	see struct suture_unbound
 */
struct suture_binding {
	struct list_head node;
	struct suture_domain *domain;
	struct device *dev;
	struct suture_visit *visit;
	u32 era;
	bool failed;
	bool distrust;
	unsigned int steps;
	int step_err;
	unsigned long step_site;
	const char *step_api;
	unsigned long data;
	size_t size;
};

int suture_probe_result(const struct suture_binding *b, int ret);
void suture_settle(struct suture_unbound *left);
bool suture_after(const struct suture_visit *visit);

#endif /* SUTURE_PROBE_H */
