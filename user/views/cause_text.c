/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/cause_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/snapshot.h"
#include "util/units.h"

static const struct cause_text texts[NR_CAUSES] = {
	[CAUSE_OVERSIZE] = {
		.title = "one mapping asked for more than any pool can give",
		.proves = "One mapping has 256 KiB at most, 252 KiB for a "
			"device with a min_align_mask of 4095, such as "
			"NVMe. This request can never succeed, however "
			"large and however empty the pool is.",
		.open = "That other requests fit; who made the request so "
			"large.",
		.advice = "Do not raise swiotlb=. Make the requests smaller: "
			"max_sectors_kb of the disk's queue, smaller "
			"buffers in usbfs or the driver, scatter-gather "
			"instead of one buffer; a driver must respect "
			"dma_max_mapping_size(). Or make the device reach "
			"its buffers (64-bit mask, IOMMU), so that it does "
			"not bounce. Only a kernel with a larger "
			"IO_TLB_SEGSIZE has another limit.",
	},
	[CAUSE_EXHAUSTED] = {
		.title = "the pool was full",
		.proves = "No room was left: all slots, or all but a few that "
			"do not lie together, were in use.",
		.open = "Who held them. A burst, a pool too small, or a "
			"leak look the same in one line; the device refused "
			"need not be the one that holds the slots.",
		.advice = "On the machine, 'swiotlb report' says who holds "
			"how much, and 'swiotlb report -t 60' whether it "
			"grows. If it grows without end, a driver leaks, "
			"and no size helps. Else give more slots: "
			"swiotlb=SLOTS on the kernel's command line, a slot "
			"is 2 KiB.",
	},
	[CAUSE_NEARLY_FULL] = {
		.title = "the pool was nearly full",
		.proves = "More than nine tenths of the pool were in use, and "
			"the few slots left had no room that suited the "
			"request.",
		.open = "Whether it fills slowly (a leak) or in bursts (too "
			"small). The kernel prints what was used just after "
			"it searched.",
		.advice = "Compare the used figures of several lines: if they "
			"only rise, a driver leaks. 'swiotlb report -t 60' "
			"names the holder. Else raise swiotlb=SLOTS; a slot "
			"is 2 KiB.",
	},
	[CAUSE_NO_SEGMENT] = {
		.title = "refused with room left: no free run that suits the "
			"request",
		.proves = "The pool was not full, and the request not above "
			"256 KiB. No run of free slots was long enough, "
			"aligned as the device wants and within its segment "
			"boundary.",
		.open = "Which: fragmentation by small mappings, "
			"min_align_mask or alloc_align_mask, a segment "
			"boundary, or other pools than the one counted. It "
			"may also have been full at the moment of the "
			"search: the kernel counts used slots after it.",
		.advice = "On the machine, 'swiotlb report' during such "
			"refusals shows the largest free run and the cause "
			"of each failure. Above 252 KiB a device with a "
			"min_align_mask of 4095 is always refused: make its "
			"requests smaller. A larger pool helps against "
			"fragmentation alone.",
	},
	[CAUSE_EMPTY_POOL] = {
		.title = "a device must bounce, and there is no pool",
		.proves = "The pool had 0 slots: none was allocated, or it "
			"was given back at boot because nothing seemed to "
			"require it.",
		.open = "Why the device bounces: a mask below its buffer, "
			"an untrusted port (Thunderbolt) behind an IOMMU, "
			"swiotlb=force.",
		.advice = "Look for lines of the boot about the pool; remove "
			"swiotlb=noforce; boot with swiotlb=force or "
			"swiotlb=65536 so that one is allocated; for "
			"untrusted devices use a kernel that keeps the pool.",
	},
	[CAUSE_FULL] = {
		.title = "a mapping was refused, and the line does not tell "
			"why",
		.proves = "A request failed. It was not above 256 KiB, if its "
			"size is there.",
		.open = "Whether the pool was full, fragmented or empty: "
			"this wording does not say how many slots it had "
			"and used. The cause cannot be told from it.",
		.advice = "Look for the size of the pool in the boot's lines "
			"('software IO TLB ... mapped'), and in debugfs for "
			"swiotlb/io_tlb_used; 'swiotlb report' says it "
			"where it runs. Kernels from 5.2 on print the slots "
			"themselves.",
	},
	[CAUSE_NO_POOL] = {
		.title = "a device must bounce, and no pool was allocated",
		.proves = "The pool could not be allocated at boot, or was "
			"not wanted (swiotlb=noforce), and this device "
			"cannot reach its buffer. Every such mapping fails; "
			"before 5.13 the kernel panics.",
		.open = "Why there is none: earlier lines of the boot say "
			"it.",
		.advice = "Remove swiotlb=noforce; ask for less "
			"(swiotlb=SLOTS, 2 KiB each), since the pool must "
			"lie below 4 GiB; keep memory there free "
			"(crashkernel=, cma=, hugepages).",
	},
	[CAUSE_REACH] = {
		.title = "the pool lies where the device does not reach",
		.proves = "Slots were found, and their address lies above the "
			"device's mask or the limit of its bus. The mapping "
			"failed. The kernel says this once and stays silent "
			"about all others.",
		.open = "How often it happened since.",
		.advice = "A larger pool does not help. The pool must lie "
			"lower (no SWIOTLB_ANY, memory below the mask free "
			"at boot), or the mask and the bus's dma-ranges "
			"must be right: check the driver's dma_set_mask() "
			"and the device tree. A restricted pool "
			"(restricted-dma-pool) can be put where it is "
			"reached.",
	},
	[CAUSE_DIRECT_REACH] = {
		.title = "a buffer lies where the device does not reach, and "
			"was not bounced",
		.proves = "The buffer lies above the device's mask or its "
			"bus's limit, and swiotlb was not used for it: "
			"there is no pool, it is switched off, or this kind "
			"of mapping does not bounce (dma_map_resource(), "
			"coherent memory). Most kernels say it once.",
		.open = "How often it happened since.",
		.advice = "See that a pool is there (boot without "
			"swiotlb=noforce; swiotlb=force allocates one), "
			"that CONFIG_SWIOTLB is set, and that the driver "
			"sets the mask the device really has. Old 32-bit "
			"kernels bounce in the block layer alone.",
	},
	[CAUSE_NO_MASK] = {
		.title = "a mapping for a device without a DMA mask",
		.proves = "The driver maps for a device that was never set up "
			"for DMA, often the wrong struct device.",
		.open = "",
		.advice = "Report it to the driver's maintainers: "
			"dma_set_mask() is missing, or the parent device "
			"must be used.",
	},
	[CAUSE_COHERENT] = {
		.title = "coherent memory could not be had from the pool",
		.proves = "The page allocator had no memory that the device "
			"reaches, and swiotlb, tried next, had no room for "
			"it either. Above 256 KiB it never has.",
		.open = "Whether the driver had another way: graphics "
			"drivers try large pages first and go on with small "
			"ones, and the line is then harmless.",
		.advice = "If all else works, update the kernel: 4.16 and "
			"later are silent where the driver asked for "
			"silence. Else ask for smaller pieces, or raise "
			"swiotlb= where the size is below 256 KiB.",
	},
	[CAUSE_COHERENT_REACH] = {
		.title = "coherent memory was found where the device does "
			"not reach",
		.proves = "The address lies above the device's coherent mask, "
			"so the allocation failed.",
		.open = "",
		.advice = "Let the driver set the right coherent mask, or "
			"boot with memory free below it.",
	},
	[CAUSE_UNALIGNED] = {
		.title = "an untrusted device needs a bounce buffer, and "
			"none is there",
		.proves = "Behind an IOMMU, a buffer that does not fill whole "
			"pages must be bounced for an untrusted device, and "
			"there is no pool. The mapping failed; the kernel "
			"says it once.",
		.open = "How often it happened since.",
		.advice = "Boot with a pool (no swiotlb=noforce), or, if the "
			"device is trusted, take it out of the untrusted "
			"ports.",
	},
	[CAUSE_ATOMIC_POOL] = {
		.title = "the pool for atomic coherent allocations failed",
		.proves = "A coherent allocation that may not sleep found the "
			"atomic pool empty, or the pool could not be "
			"allocated. That pool is not swiotlb: swiotlb= does "
			"not change it.",
		.open = "",
		.advice = "Raise coherent_pool= on the kernel's command line.",
	},
	[CAUSE_EMERGENCY] = {
		.title = "a mapping failed and a driver may not have checked",
		.proves = "The request was refused, as the line before it "
			"says. The driver got the address of an emergency "
			"buffer, which no data comes from.",
		.open = "Whether the driver checked for it; if not, data "
			"was lost.",
		.advice = "Treat the refusal itself: see the other lines of "
			"this device. Later kernels return an error instead.",
	},
	[CAUSE_PANIC] = {
		.title = "the kernel stopped rather than corrupt memory",
		.proves = "A mapping failed that the driver would not have "
			"checked, and was too large for the emergency "
			"buffer.",
		.open = "",
		.advice = "Treat the refusal itself: see the lines before.",
	},
	[CAUSE_NOT_ALLOCATED] = {
		.title = "no pool could be allocated",
		.proves = "The kernel runs without this pool. Devices that "
			"must bounce fail, all others work.",
		.open = "Whether any device must bounce.",
		.advice = "Ask for less with swiotlb=SLOTS (2 KiB each); keep "
			"memory below 4 GiB free (crashkernel=, cma=, "
			"hugepages). Without a device that must bounce, "
			"nothing is to be done.",
	},
	[CAUSE_ATTEMPT_FAILED] = {
		.title = "a size did not fit, and the kernel tried half of it",
		.proves = "There was no free memory of that size below 4 GiB.",
		.open = "What came in the end: the lines that follow say it "
			"('adjusted ... slabs', 'mapped', 'No low mem').",
		.advice = "Ask for what fits, or give the guest more memory "
			"below 4 GiB.",
	},
	[CAUSE_UNDECRYPTED] = {
		.title = "a pool could not be shared with the host",
		.proves = "The memory could not be decrypted, so the pool is "
			"not usable: 7.x marks all of it used, and reports "
			"of a full pool follow.",
		.open = "",
		.advice = "A matter of the hypervisor or the guest's "
			"firmware: report it there. No size helps.",
	},
	[CAUSE_NOT_GROWN] = {
		.title = "a dynamic pool could not be added",
		.proves = "The pool was found too small, and the memory for "
			"another one was not there. Requests meanwhile had "
			"transient pools, or failed.",
		.open = "Whether requests failed.",
		.advice = "Give a larger pool at boot: swiotlb=SLOTS.",
	},
	[CAUSE_LOWERED] = {
		.title = "the pool is smaller than asked for",
		.proves = "The kernel did not find memory of the wanted size "
			"in one piece below 4 GiB, and halved it until it "
			"fitted.",
		.open = "",
		.advice = "Ask for what fits; give the guest more memory "
			"below 4 GiB, or keep it free (crashkernel=, cma=, "
			"hugepages).",
	},
	[CAUSE_RESTRICTED_PLACE] = {
		.title = "a restricted pool lies outside the linear mapping",
		.proves = "The device has no pool: its reserved memory is "
			"highmem or marked no-map.",
		.open = "",
		.advice = "Move the restricted-dma-pool node of the device "
			"tree, and remove no-map.",
	},
	[CAUSE_BAD_SYNC] = {
		.title = "a driver syncs or unmaps outside what it mapped",
		.proves = "Offset and size of a sync or an unmap go beyond "
			"the mapping. The kernel did not copy; the device "
			"or the CPU sees old data. It says this once.",
		.open = "How often it happened since.",
		.advice = "Report it to the driver's maintainers, with the "
			"stack below the line; CONFIG_DMA_API_DEBUG names "
			"the mapping.",
	},
	[CAUSE_BAD_ALIGNMENT] = {
		.title = "a device's alignment and the pool do not go "
			"together",
		.proves = "The device, or the IOMMU before it, wants an "
			"alignment that requests of the largest size cannot "
			"have, or pages from a pool that does not begin at "
			"one.",
		.open = "Whether a request failed for it.",
		.advice = "Look for refusals of this device; smaller "
			"requests, or pages of 4 KiB, help.",
	},
	[CAUSE_DMA_RANGE] = {
		.title = "a second DMA range for a device was ignored",
		.proves = "dma_direct_set_offset() was called for a device "
			"that has a range map already.",
		.open = "",
		.advice = "Report it to the driver's maintainers.",
	},
	[CAUSE_NO_COHERENT] = {
		.title = "this platform has no coherent memory for devices",
		.proves = "A coherent allocation failed, and all others will.",
		.open = "",
		.advice = "Use a driver that does without, or a kernel "
			"configured for this board.",
	},
	[CAUSE_LOST_DECRYPTED] = {
		.title = "memory of a device was given up",
		.proves = "Its encryption could not be changed, so the kernel "
			"leaks it rather than give it to others.",
		.open = "",
		.advice = "A matter of the hypervisor: if it repeats, report "
			"it there.",
	},
	[CAUSE_ASKED] = {
		.title = "the boot argument swiotlb=",
		.proves = "What was asked for. SLOTS are slots of 2 KiB, not "
			"bytes: a suffix such as M ends the number, and all "
			"after it is ignored.",
		.open = "What came of it: see the line 'mapped'.",
		.advice = "",
	},
	[CAUSE_POOL] = {
		.title = "the pool that was allocated",
		.proves = "Place and size of the default pool at boot. Each "
			"MiB has 512 slots of 2 KiB.",
		.open = "Whether any device uses it.",
		.advice = "",
	},
	[CAUSE_AREAS] = {
		.title = "the areas of the pool",
		.proves = "Each area has a lock of its own. The kernel takes "
			"one for each possible CPU unless "
			"swiotlb=SLOTS,AREAS says otherwise, and fewer "
			"where the pool is small.",
		.open = "",
		.advice = "",
	},
	[CAUSE_ROUNDED] = {
		.title = "the size was raised for the areas",
		.proves = "The pool has a power of two of slots, and 128 for "
			"each area at least.",
		.open = "",
		.advice = "",
	},
	[CAUSE_SIZE_SET] = {
		.title = "the platform chose the size",
		.proves = "A confidential guest gets 6 % of its memory, 64 "
			"MiB to 1 GiB; small machines of arm64 and mips get "
			"less than 64 MiB. swiotlb= overrides it.",
		.open = "",
		.advice = "",
	},
	[CAUSE_RESTRICTED_POOL] = {
		.title = "a restricted pool of the device tree",
		.proves = "Devices that name it bounce through it, all of "
			"their mappings, and through nothing else. It has "
			"one area.",
		.open = "",
		.advice = "",
	},
	[CAUSE_IN_USE] = {
		.title = "swiotlb is switched on",
		.proves = "Devices that do not reach a buffer bounce.",
		.open = "Whether any does.",
		.advice = "",
	},
	[CAUSE_ENCRYPTION] = {
		.title = "memory encryption is active",
		.proves = "Devices cannot read encrypted memory. In a "
			"confidential guest all of them bounce, whatever "
			"their mask.",
		.open = "With SME on bare metal only devices with a small "
			"mask do.",
		.advice = "",
	},
	[CAUSE_TORN_DOWN] = {
		.title = "the pool was given back",
		.proves = "Nothing seemed to require it. A device that must "
			"bounce later finds a pool of 0 slots.",
		.open = "",
		.advice = "",
	},
	[CAUSE_SUPPRESSED] = {
		.title = "more lines, which the kernel held back",
		.proves = "The log is rate-limited (10 lines in 5 s): so many "
			"more were not printed. The lines are a lower bound.",
		.open = "Of which device they are. Before 5.14 lines of "
			"others may be among them.",
		.advice = "",
	},
};

const struct cause_text *cause_text(enum message_cause cause)
{
	return &texts[cause];
}

static void full_note(const struct log_group *group, char *text)
{
	const uint64_t total = group->message.value[FIELD_TOTAL];
	const uint64_t used = group->message.value[FIELD_USED];
	const bool one_size = group->nr_sizes == 1 && group->used_lines > 1;

	if (used > total)
		snprintf(text, LOG_NOTE_LEN,
			 "The count of used slots is damaged.");
	else if (group->message.cause == CAUSE_OVERSIZE &&
		 total - used <= total / 10)
		snprintf(text, LOG_NOTE_LEN,
			 "The pool was nearly full besides, which would have "
			 "refused smaller requests as well.");
	else if (group->used_lines > 1 && !group->used_fell &&
		 used > group->used_first)
		snprintf(text, LOG_NOTE_LEN,
			 "From the first line to the last the slots in use "
			 "rose from %" PRIu64 " to %" PRIu64 ": a leak, or a "
			 "pool too small.",
			 group->used_first, used);
	else if (one_size && group->message.cause == CAUSE_EXHAUSTED)
		snprintf(text, LOG_NOTE_LEN,
			 "One size again and again, with the pool full each "
			 "time: a leak is likely.");
}

/*
 * As the kernel reads it: setup_io_tlb_npages(), kernel/dma/swiotlb.c; bytes
 * are none of what it knows.
 */
static void asked_note(const char *value, char *text)
{
	char *rest;
	const uint64_t slots = strtoull(value, &rest, 0);

	if (!isdigit((unsigned char)*value))
		return;
	if (*rest && *rest != ',')
		snprintf(text, LOG_NOTE_LEN,
			 "Read as %" PRIu64 " slots (%s); all from \"%s\" on "
			 "is ignored.",
			 slots, BYTES(slots * SLOT_BYTES), rest);
	else
		snprintf(text, LOG_NOTE_LEN, "Read as %" PRIu64 " slots (%s).",
			 slots, BYTES(slots * SLOT_BYTES));
}

char *log_group_note(const struct log_group *group, char *text)
{
	*text = '\0';
	if (group->message.cause == CAUSE_ASKED)
		asked_note(group->message.word, text);
	else if (message_has(&group->message, FIELD_USED))
		full_note(group, text);
	else if (group->message.cause == CAUSE_COHERENT &&
		 group->size_max > SEGMENT_SLOTS * SLOT_BYTES)
		snprintf(text, LOG_NOTE_LEN,
			 "The largest is above 256 KiB, which the pool never "
			 "gives.");
	return text;
}
