/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUTURE_VERSION_H
#define SUTURE_VERSION_H

#define SUTURE_VERSION "0.1.0"

#endif /* SUTURE_VERSION_H */
