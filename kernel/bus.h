/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.h - what a module has registered on buses, whether or not Suture saw it do so.
 */
#ifndef SUTURE_BUS_H
#define SUTURE_BUS_H

#include <linux/types.h>

struct device;
struct device_driver;
struct module;

struct device_driver *suture_bus_driver(const struct module *mod, struct device_driver *after);
struct device *suture_bus_device(struct device_driver *drv);
bool suture_device_stop(struct device *dev);

#endif /* SUTURE_BUS_H */
