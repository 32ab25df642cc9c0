// SPDX-License-Identifier: GPL-2.0-only
/*
 * fpu.c - the kernel's use of the FPU, which a visit that is abandoned gives back.
 */
#include <linux/export.h>

#include <asm/fpu/api.h>

#include <suture/rule.h>
#include "../../visit.h"

SUTURE_DEFINE(void, kernel_fpu_begin_mask, unsigned int mask)
{
	struct suture_visit *v = suture_visit_current();

	kernel_fpu_begin_mask(mask);
	if (v)
		v->state |= SUTURE_STATE_FPU;
}
SUTURE_WRAPPER(kernel_fpu_begin_mask);

SUTURE_DEFINE(void, kernel_fpu_end, void)
{
	struct suture_visit *v = suture_visit_current();

	if (v)
		v->state &= ~SUTURE_STATE_FPU;
	kernel_fpu_end();
}
SUTURE_WRAPPER(kernel_fpu_end);
