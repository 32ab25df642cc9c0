/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * binding.h - a guarded driver on a device, from its probe to the moment when the
 * driver core has released what it manages for the driver.
 *
 * A binding is a managed resource (devres) of the device, the driver's first, so the
 * last to be released: what the driver handed over to devm is gone by then.
 */
#ifndef SUTURE_BINDING_H
#define SUTURE_BINDING_H

#include "release.h"

#include <linux/types.h>

#include "role.h"

struct device;
struct suture_domain;
struct suture_group;

/**
 * SUTURE_ROLE_PROBE() - role of an entry that binds the driver to a device
 * @ident:	name of the role
 * @type:	type of what the first argument points to
 * @member:	the struct device in it
 */
#define SUTURE_ROLE_PROBE(ident, type, member)					\
	static const struct suture_role ident = {				\
		.name = "probe",						\
		.failed = -EIO,							\
		.enter = suture_probe_enter,					\
		.leave = suture_probe_leave,					\
		.abandon = suture_probe_abandon,				\
		.device = offsetof(type, member),				\
	}

/* SUTURE_ROLE_REMOVE() - role of the entry that takes the driver off it again */
#define SUTURE_ROLE_REMOVE(ident, type, member)					\
	static const struct suture_role ident = {				\
		.name = "remove",						\
		.enter = suture_remove_enter,					\
		.refuse = suture_release_wanted,				\
		.abandon = suture_remove_abandon,				\
		.device = offsetof(type, member),				\
	}

void suture_probe_enter(struct suture_visit *visit);
long suture_probe_leave(struct suture_visit *visit, long ret);
long suture_probe_abandon(struct suture_visit *visit, long failed);
void suture_remove_enter(struct suture_visit *visit);
long suture_remove_abandon(struct suture_visit *visit, long failed);
void suture_init_enter(struct suture_visit *visit);
long suture_init_leave(struct suture_visit *visit, long ret);
long suture_init_abandon(struct suture_visit *visit, long failed);

u32 suture_binding_era(void);
struct device *suture_binding_find(struct suture_domain *domain,
				   bool (*match)(const struct device *dev, unsigned long what),
				   unsigned long what);
struct device *suture_binding_sole(const struct suture_group *group);
void suture_binding_early(struct device *dev);
bool suture_binding_last(struct suture_domain *domain, const struct device *dev);
void suture_bindings_stop(const struct suture_group *group);
bool suture_bound(unsigned long site, const struct device *dev);
void suture_step(int err, unsigned long site, const char *api);

void suture_bury(unsigned long thunk, unsigned int arg, unsigned long value);
void suture_exhume_slow(unsigned long value);
bool suture_buried(struct suture_visit *visit);
void suture_bindings_close(struct suture_domain *domain);

extern bool suture_graves;

/**
 * suture_exhume() - an object of that address is in use again
 * @value:	the object
 *
 * Context: any but NMI.
 */
static inline void suture_exhume(unsigned long value)
{
	if (unlikely(READ_ONCE(suture_graves)))
		suture_exhume_slow(value);
}

#endif /* SUTURE_BINDING_H */
