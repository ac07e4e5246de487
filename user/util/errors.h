/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_ERRORS_H
#define UTIL_ERRORS_H

/**
 * error_text() - an error number in words
 * @error: an errno, or its negative; also those that the kernel keeps to itself
 *	and yet returns, such as ENOTSUPP (524), which strerror() does not know
 *
 * Return: a text that is not the caller's, valid until the next call.
 */
const char *error_text(int error);

#endif
