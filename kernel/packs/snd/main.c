// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the rules about sound drivers.
 */
#include <suture/pack.h>

#include "snd.h"

static struct suture_rule *const rules[] = {
	&suture_rule_snd_life,
	&suture_rule_snd_buf,
	&suture_rule_snd_ptr,
	&suture_rule_snd_period,
	&suture_rule_snd_ctl,
	NULL,
};

SUTURE_PACK("sound", rules);
