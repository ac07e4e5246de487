/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/errors.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Those of include/linux/errno.h (6.1) that attaching may end with. */
static const struct {
	int error;
	const char *text;
} kernel_errors[] = {
	{ 512, "interrupted" },			 /* ERESTARTSYS */
	{ 517, "not ready yet" },		 /* EPROBE_DEFER */
	{ 524, "not supported by this kernel" }, /* ENOTSUPP */
};

const char *error_text(int error)
{
	error = abs(error);
	for (size_t i = 0; i < sizeof(kernel_errors) / sizeof(*kernel_errors);
	     i++)
		if (kernel_errors[i].error == error)
			return kernel_errors[i].text;
	return strerror(error);
}
