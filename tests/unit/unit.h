/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
