/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

/* Room for a name, as of a device; the end is cut. */
#define NAME_LEN 64

#endif
