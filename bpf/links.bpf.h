/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LINKS_BPF_H
#define LINKS_BPF_H

/*
 * Calls that links missed, on kernels that count them but do not report them;
 * from 6.7 on struct bpf_link_info has the count. A call is missed if a probe
 * runs on its CPU already, for example because it is in an interrupt, or if
 * there is no node for its return.
 */
#include "files.bpf.h"
#include "layout.bpf.h"

#include "include/links.h"

#define LINK_PERF_EVENT	  7 /* BPF_LINK_TYPE_PERF_EVENT, 5.15 */
#define LINK_KPROBE_MULTI 8 /* BPF_LINK_TYPE_KPROBE_MULTI, 5.18 */

#define MEMBER_OFFSET(type, member) bpf_core_field_offset(type, member)

/* kernel/bpf/syscall.c, kernel/trace/trace_probe.h, trace_kprobe.c */
static __always_inline __u64 missed_by_probe(const struct bpf_link *link)
{
	const struct bpf_perf_link *perf =
		(const void *)link - MEMBER_OFFSET(struct bpf_perf_link, link);
	struct file *file = BPF_CORE_READ(perf, perf_file);
	struct perf_event *event = BPF_CORE_READ(file, private_data);
	const struct trace_probe_event *of =
		(void *)BPF_CORE_READ(event, tp_event) -
		MEMBER_OFFSET(struct trace_probe_event, call);
	const struct trace_probe *probe =
		(void *)BPF_CORE_READ(of, probes.next) -
		MEMBER_OFFSET(struct trace_probe, list);
	const struct trace_kprobe *kprobe =
		(const void *)probe - MEMBER_OFFSET(struct trace_kprobe, tp);

	return BPF_CORE_READ(kprobe, rp.kp.nmissed) +
	       (__u32)BPF_CORE_READ(kprobe, rp.nmissed);
}

SEC("syscall")
int read_link_missed(struct link_request *request)
{
	struct file *file = file_of(request->fd);
	struct bpf_link *link = BPF_CORE_READ(file, private_data);
	__u32 type = BPF_CORE_READ(link, type);

	request->missed = 0;
	if (type == LINK_KPROBE_MULTI && layout_has_multi_links())
		request->missed = layout_multi_missed(link);
	if (type == LINK_PERF_EVENT)
		request->missed = missed_by_probe(link);
	return 0;
}

#endif
