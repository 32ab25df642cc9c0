/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * patient.h - devices of guarded drivers that a class knows how to recover.
 */
#ifndef SUTURE_PATIENT_H
#define SUTURE_PATIENT_H

#include <suture/class.h>

struct suture_domain;
struct suture_group;

/**
 * struct suture_patient - a device that is to be recovered
 * @dev:	the device, with a reference
 * @class:	its class
 * @domain:	the driver that is on it
 * @rung:	index of the rung that is tried
 * @held:	its class has stopped its use
 * @err:	how that went
 * @done:	it is recovered
 */
struct suture_patient {
	struct device *dev;
	const struct suture_class *class;
	struct suture_domain *domain;
	unsigned int rung;
	bool held;
	int err;
	bool done;
};

unsigned int suture_patients(const struct suture_group *group, enum suture_action ceiling,
			     struct suture_patient *patients, unsigned int most);
void suture_patients_forget(const struct suture_domain *domain);

#endif /* SUTURE_PATIENT_H */
