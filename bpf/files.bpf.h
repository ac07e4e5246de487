/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FILES_BPF_H
#define FILES_BPF_H

/* Files that the loader has open. */

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/** file_of() - the file of a descriptor of the process that runs this program;
 * NULL = there is none
 */
static __always_inline struct file *file_of(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slot = BPF_CORE_READ(table, fd), *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), slot + fd))
		return NULL;
	return file;
}

#endif
