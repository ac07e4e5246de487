/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/finding_text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "model/audit.h"
#include "util/units.h"
#include "views/phrases.h"
#include "views/quiet.h"
#include "views/refusal_text.h"
#include "views/sentence.h"

/**
 * struct words - one row of the table of sentences
 * @id: of the rules
 * @text: what was seen, a template (sentence.h)
 * @part: lists the parts behind it, each by this; NULL = not so
 * @go_on: continues that; NULL = that is all
 * @advice: what to do, likewise
 * @advise: continues @advice
 */
struct words {
	const char *id;
	const char *text;
	void (*part)(struct sentence *s, const struct fact *part);
	void (*go_on)(struct sentence *s);
	const char *advice;
	void (*advise)(struct sentence *s);
};

static bool has(const struct sentence *s, const char *name)
{
	return finding_fact(s->finding, name);
}

/* The kind of the pool that a finding is about. */
static enum pool_kind kind_of_pool(const struct sentence *s)
{
	return snapshot_pool(s->snap, s->finding->pool_id)->kind;
}

/*
 * Blocks and mappings
 */

static void say_owner(struct sentence *s, const struct fact *part)
{
	const bool many = part->value != 1 && !*part->text;

	say_plain(s, "%" PRId64 " by %s%s", part->value,
		  many ? "unknown devices" : device_or_unknown(part->text),
		  has(s, "orphaned") ? " (gone)" : "");
}

static void say_leak(struct sentence *s, const struct fact *part)
{
	say_plain(s, "%" PRId64 " by %s%s", part->value,
		  device_or_unknown(part->text),
		  leak_reason_text((enum leak_reason)part->detail));
}

static void say_rate(struct sentence *s, int64_t per_hour)
{
	if (per_hour >= 2 * 3600)
		say_plain(s, "%" PRId64 " a second", (per_hour + 1800) / 3600);
	else if (per_hour >= 2 * 60)
		say_plain(s, "%" PRId64 " a minute", (per_hour + 30) / 60);
	else
		say_plain(s, "%" PRId64 " an hour", per_hour);
}

/* How fast a device leaks, of those that do so all the time. */
static void say_growth(struct sentence *s)
{
	if (!has(s, "grown"))
		return;
	say_rate(s, sentence_figure(s, "per_hour"));
	say(s, ": {grown} mapping{|s} more than {over} before, all the time, "
	       "while others of it come and go[; pool {pool} is full in "
	       "{full_in}][{then?}, and grows then]");
}

/* Who did that, and what the first time was like. */
static void say_unmap(struct sentence *s, const struct fact *part)
{
	const struct wrong_unmap *wrong = &s->snap->wrong_unmaps[part->detail];

	say_plain(s, "%" PRId64 " by %s", part->value,
		  device_or_unknown(part->text));
	if (wrong->fault == UNMAP_WRONG_DEVICE && *wrong->mapped_by)
		say_plain(s, ", mapped by %s", wrong->mapped_by);
	if (wrong->fault == UNMAP_WRONG_SIZE)
		say_plain(s,
			  ", such as %" PRIu64 " instead of %" PRIu64 " bytes",
			  wrong->unmapped_bytes, wrong->mapped_bytes);
}

/* The devices that copies were made for, and each one's time. */
static void say_cost(struct sentence *s, const struct fact *part)
{
	say_plain(s, "%s by %s", DURATION((uint64_t)part->value),
		  device_or_unknown(part->text));
}

static void say_redundant(struct sentence *s)
{
	say(s, "[; {redundant% of time} of it at map for what the device only "
	       "writes]");
}

/* Where such mappings come from, if stacks were taken. */
static void say_unsynced(struct sentence *s)
{
	for (size_t i = 0; i < s->snap->nr_live_groups; i++) {
		const struct mapping_group *group = &s->snap->live_groups[i];

		if (!group->unsynced || !group->stack.depth ||
		    strcmp(group->device, s->finding->subject))
			continue;
		say_plain(s, "; the report has the stacks");
		return;
	}
}

/*
 * Pools and boot
 */

/* What was made in the window for one mapping each. */
static void say_made(struct sentence *s)
{
	if (!has(s, "made") && !has(s, "failed"))
		return;
	if (has(s, "dynamic") || has(s, "transient"))
		say_plain(s, "; ");
	say(s, "in the window [{made} mapping{ was|s were} made a pool of "
	       "{its|their} own, which took {took}][{made?}{failed?}, and ]"
	       "[for {failed} there was no memory]");
}

/* How often an invariant does not hold, and where the first time. */
static void say_broken(struct sentence *s, const struct fact *part)
{
	char place[PHRASE_LEN];

	say_plain(s, "%s %" PRId64, part->text, part->value);
	if (*audit_place_text(s->snap, &s->snap->audit[part->detail], place,
			      sizeof(place)))
		say_plain(s, " (%s)", place);
}

/* The invariant of the first part, and what follows from it. */
static void advise_audit(struct sentence *s)
{
	const struct audit_result *row = s->snap->audit;

	while (!row->errors)
		row++;
	say_plain(s,
		  "a kernel fault, or memory that something else wrote to: "
		  "%s; keep a report of it, and reboot",
		  audit_table[row->rule].broken);
}

static void advise_full(struct sentence *s)
{
	say(s, kind_of_pool(s) == POOL_DEFAULT
		       ? "boot with a larger pool ('swiotlb advise' tells the "
			 "size), unless a leak fills it"
		       : "give the device a larger pool, unless a leak fills "
			 "it");
}

/*
 * Failures
 */

/* Sizes and limits of a refusal; the device only if it differs from the last.
 */
static void say_refusal(struct sentence *s, const struct fact *part)
{
	const struct refusal *refusal = &s->snap->refusals[part->detail];
	char text[160];

	if (part == s->finding->evidence || part[-1].kind != FACT_PART ||
	    strcmp(part[-1].text, part->text))
		say_plain(s, "%s ", device_or_unknown(part->text));
	say_plain(s, "%s", refusal_sizes_text(refusal, text, sizeof(text)));
	if (*refusal_limits_text(refusal, text, sizeof(text)))
		say_plain(s, " (%s)", text);
}

static void say_refusals(struct sentence *s)
{
	if (!say_parts(s, ": ", ", ", 3, say_refusal))
		say(s, "[ (most by {most_by})]");
}

static void say_reach(struct sentence *s)
{
	say_refusals(s);
	say(s, "[; pool {pool} lies from {start} to {end}]");
}

/* A device, and how far it reaches. */
static void say_unreached(struct sentence *s, const struct fact *part)
{
	const struct bounce_device *device =
		&s->snap->bounce_devices[part->detail];
	char reach[32];

	say_plain(s, "%s (%s%s%s)", part->text,
		  *device->driver ? device->driver : "",
		  *device->driver ? ", " : "",
		  bounce_reach_text(&device->bounce, reach, sizeof(reach)));
	if (part->value < sentence_figure(s, "slots"))
		say_plain(s, " not %" PRId64 " of its slots", part->value);
}

static void say_holder(struct sentence *s)
{
	say_refusals(s);
	say(s, "[; {holder} holds {held% of slots} of pool {pool}, in "
	       "{mappings} mapping{|s}, the oldest for {oldest}]");
}

static void advise_exhausted(struct sentence *s)
{
	const struct fact *kind = finding_fact(s->finding, "pool_kind");

	if (has(s, "most_by") && kind &&
	    strcmp(kind->text, pool_kind_name(POOL_DEFAULT)))
		say(s, "give {most_by} a larger pool than {pool} ({bytes of "
		       "slots})");
	else
		say(s, "boot with a larger pool ('swiotlb advise' tells the "
		       "size)");
	say(s, ", or find what holds it");
}

static void say_log_entry(struct sentence *s, const struct fact *part)
{
	const struct log_entry *entry = &s->snap->log_entries[part->detail];

	say_plain(s, "%" PRId64 " %s%s%s, %s%s ago", part->value, entry->cause,
		  *part->text ? " by " : "", part->text,
		  part->value > 1 ? "last " : "", DURATION(entry->last_ago_ns));
}

static void say_log(struct sentence *s)
{
	say_parts(s, ": ", "; ", 3, say_log_entry);
}

/*
 * Locks
 */

static void advise_contended(struct sentence *s)
{
	if (kind_of_pool(s) == POOL_RESTRICTED)
		say(s, "a restricted pool has one area: only fewer or larger "
		       "mappings, or a pool for each of the devices that share "
		       "it, help");
	else if (!has(s, "cpus"))
		say(s, "there are areas for all CPUs: look for devices whose "
		       "interrupts and queues sit on few CPUs, and for areas "
		       "so full that others' requests move in");
	else if (kind_of_pool(s) == POOL_DEFAULT &&
		 snapshot_blocks_known(s->snap))
		say(s, ", or give the busiest device a pool of its own with "
		       "swiotlb_device_allocate()");
}

static void say_cpu(struct sentence *s, const struct fact *part)
{
	say_plain(s, "%zu (%" PRId64 ")", part->detail, part->value);
}

static void say_thieves(struct sentence *s)
{
	say_parts(s, ": CPU ", ", ", 4, say_cpu);
	say(s, "[; they took {holds} of {all_holds} times its lock]");
}

static void advise_stolen(struct sentence *s)
{
	say(s, has(s, "home_area")
		       ? "area {home_area}, their own, was full ({home_peak% "
			 "of home_slots} at its peak), so that their mappings "
			 "move in: boot with a larger pool, or find what fills "
			 "that area (--level mappings)"
		       : "their own areas had room, so they unmap here what "
			 "other CPUs mapped: let each queue's interrupts come "
			 "to the CPUs that fill the queue; --level callers "
			 "tells the device and the code");
}

/*
 * What the tool missed
 */

static void say_loss(struct sentence *s, const struct fact *part)
{
	say_plain(s, "%s %" PRId64, part->text, part->value);
}

static void say_losses(struct sentence *s)
{
	say_parts(s, "; ", "; ", UINT_MAX, say_loss);
}

#define FAILED	    "{failures} mapping{|s} failed: "
#define ALLOCATIONS "{failures} device allocation{|s} failed"
#define STACKS	    "; the report has the stacks"

/* clang-format off */
static const struct words words_table[] = {
	{ .id = "block-leak", .part = say_owner,
	  .text = "[{orphaned} block{|s}][{kept} block{|s}] ({bytes}) leaked",
	  .advice = "[{orphaned?}the driver must call swiotlb_device_free() before its device goes "
		"away][{kept?}taken in the window and kept after it: a leak unless the driver keeps its pool for the "
		"device's life]; --stacks shows where the blocks were allocated" },
	{ .id = "mapping-leak", .part = say_leak, .go_on = say_growth,
	  .text = "[{leaked} mapping{|s} leaked][{grown?}{subject} leaks ]",
	  .advice = "each dma_map needs its dma_unmap, on error paths too[{leaked?}, before the memory is freed or "
		"the device goes; --stacks shows where those that were made while the tool ran come from][{grown?}; "
		"--stacks shows where what is live comes from]" },
	{ .id = "unmap-twice", .part = say_unmap,
	  .text = "{unmaps} unmap{|s} of slots where nothing was mapped any more",
	  .advice = "each dma_map needs just one dma_unmap: one too many frees the buffer of whoever has the slot by "
		"then, whose data is corrupted" STACKS },
	{ .id = "unmap-wrong-device", .part = say_unmap,
	  .text = "{unmaps} unmap{|s} of what another device had mapped",
	  .advice = "a buffer that a device may still use was given back, and is soon somebody else's: data is "
		"corrupted; dma_map and dma_unmap need the same device" STACKS },
	{ .id = "unmap-wrong-size", .part = say_unmap,
	  .text = "{unmaps} unmap{|s} of another size than had been mapped",
	  .advice = "what the device wrote is copied back in part only, or too much is asked for; dma_unmap needs "
		"the size of its dma_map" STACKS },
	{ .id = "unreclaimed-blocks",
	  .text = "{unreclaimed} block{|s} ({bytes}) listed free, but their slots are still taken",
	  .advice = "a kernel fault: freeing a block does not give its slots back, so the pool shrinks with every "
		"free; only a reboot helps now" },
	{ .id = "list-errors",
	  .text = "pool {subject}: run lengths contradict their neighbours: [{block_errors} in the block "
		"list][{block_errors?}{slot_errors?}, ][{slot_errors} in the slot list]",
	  .advice = "a kernel fault: memory in use may be handed out a second time; stop the workload and look at "
		"what frees blocks and slots" },
	{ .id = "stale-pool",
	  .text = "pool {subject}: given back to pool {parent}, but its device still has it[{used?} and bounces "
		"through memory that others may get]",
	  .advice = "a kernel fault: swiotlb_device_free() must give the device its former pool again; until then it "
		"must not map" },
	{ .id = "used-drift",
	  .text = "pool {subject}: the kernel's used counter of {areas} area{|s} differs from the slots taken, in "
		"total by {+drift}",
	  .advice = "a kernel fault: io_tlb_used in debugfs is wrong by as much; the slots counted one by one are "
		"the truth" },
	{ .id = "audit-error", .part = say_broken, .advise = advise_audit,
	  .text = "the allocator's own data contradicts itself {errors} time{|s}" },
	{ .id = "refusal-storm",
	  .text = "{subject} was refused the same {size} {failures} times in {window}, cause {cause}",
	  .advice = "its driver asks again and again, and what waits behind that request does not get through; the "
		"finding about the cause says what helps" },
	{ .id = "oversize-requests", .go_on = say_refusals,
	  .text = FAILED "larger than their device can ever map at once",
	  .advice = "a larger pool does not help: the driver must respect dma_max_mapping_size() (256 KiB, less with "
		"min_align_mask)" },
	{ .id = "out-of-reach", .go_on = say_reach,
	  .text = FAILED "the pool lies beyond what the device reaches",
	  .advice = "a larger pool does not help, it has to lie lower: give the device a restricted pool in its "
		"reach (restricted-dma-pool of the device tree), let its driver set a wider DMA mask, or put an "
		"IOMMU in front of it" },
	{ .id = "pool-out-of-reach", .part = say_unreached,
	  .text = "pool {subject}[, from {start} to {end},] is out of reach of {devices} device{|s}, and what {it "
		"bounces|they bounce} fails",
	  .advice = "a larger pool does not help, it has to lie lower: give such a device a restricted pool in its "
		"reach (restricted-dma-pool of the device tree), let its driver set a wider DMA mask, or put an "
		"IOMMU in front of it" },
	{ .id = "wrong-kind-of-pool", .go_on = say_refusals,
	  .text = FAILED "the pool is of the other kind of memory: shared with the host, or not",
	  .advice = "a larger pool does not help: the device has to be bounced through memory that the host sees and "
		"its pool is private, or the other way round; assign the device another pool" },
	{ .id = "no-pool", .go_on = say_refusals,
	  .text = FAILED "there is no pool",
	  .advice = "find out why there is none: swiotlb=noforce, a size that could not be allocated at boot, or a "
		"kernel that thought that none is needed (the kernel's log has it; swiotlb explain)" },
	{ .id = "disabled-pool", .go_on = say_refusals,
	  .text = FAILED "the kernel has disabled the pool, as its memory could not be decrypted",
	  .advice = "a larger pool does not help, and all of its slots look used: the hypervisor refused to share "
		"memory, which the kernel's log tells; reboot" },
	{ .id = "misaligned-requests", .go_on = say_refusals,
	  .text = FAILED "long enough runs were free, none aligned as asked",
	  .advice = "a larger pool hardly helps: look at the device's min_align_mask and the alignment its driver "
		"asks for" },
	{ .id = "fragmented-requests", .go_on = say_refusals,
	  .text = FAILED "enough slots were free, but not in a row",
	  .advice = "a larger pool helps ('swiotlb advise' tells the size); so does giving devices with many small mappings "
		"a pool of their own" },
	{ .id = "exhausted-by-leak", .go_on = say_refusals,
	  .text = FAILED "what leaked takes the slots",
	  .advice = "a larger pool only delays it: {leaked} of {slots} slots ({bytes of leaked}) have leaked, and "
		"the findings about leaks name whose they are" },
	{ .id = "exhausted", .go_on = say_holder, .advise = advise_exhausted,
	  .text = FAILED "too few slots were free" },
	{ .id = "refused-before", .go_on = say_log,
	  .text = "the kernel's log has {requests} failed request{|s}",
	  .advice = "'swiotlb explain /dev/kmsg' says what each line proves and what to do; the log has fewer lines "
		"than requests failed; those before a 'dmesg --clear' do not count" },
	{ .id = "block-failed-with-room",
	  .text = ALLOCATIONS " while an area had enough free blocks in a row",
	  .advice = "a kernel fault: its search does not look at every area; a larger pool helps little" },
	{ .id = "block-failed",
	  .text = ALLOCATIONS ": no area had a long enough run of free blocks",
	  .advice = "boot with a larger pool (swiotlb=SLOTS), ask for less, or free the pools of idle devices" },
	{ .id = "contended-area", .advise = advise_contended,
	  .text = "pool {subject}: {areas} of {all_areas} areas contended: {waits} wait{|s}, total {total} ({total% "
		"of window} of one CPU), p99 {p99}, max {max}; most in area {area}",
	  .advice = "[{cpus} CPUs share {all_areas} area{|s}: give the pool as many areas as CPUs use it (boot with "
		"swiotlb=SLOTS,{cpus}; 'swiotlb advise' tells whether fewer do)]" },
	{ .id = "area-stolen", .go_on = say_thieves, .advise = advise_stolen,
	  .text = "pool {subject}: in {areas} of {all_areas} areas other areas' CPUs wait; most in area {area}, "
		"{waits} of {all_waits} waits, total {total}" },
	{ .id = "pool-nearly-full", .advise = advise_full,
	  .text = "pool {subject} was {peak% of slots} full: {peak} of {slots} slots at its peak, {used} now" },
	{ .id = "boot-ignored",
	  .text = "of the boot argument swiotlb={asked} the kernel ignored \"{ignored}\"[, so it asked for "
		"{asked_slots} slots ({bytes of asked_slots})]",
	  .advice = "write {argument}: slots of 2 KiB, not bytes; then the areas; then force or noforce" },
	{ .id = "boot-reduced",
	  .text = "{asked_slots} slots ({bytes of asked_slots}) were asked for at boot, and the pool has {slots} "
		"({bytes of slots}): no larger piece of memory was free below 4 GiB",
	  .advice = "write {argument} for what there is room for; more takes memory below 4 GiB that is free at boot "
		"(crashkernel=, cma= and hugepages= take it)" },
	{ .id = "boot-rounded",
	  .text = "swiotlb={asked} was rounded at boot: to {slots} slots ({bytes of slots}) in {areas} area{|s}; "
		"both become powers of two, and an area has 128 slots at least",
	  .advice = "write {argument} for the same[; for {asked_slots} slots ({bytes of asked_slots}) at most: "
		"{smaller_argument}]" },
	{ .id = "pool-grown",
	  .go_on = say_made,
	  .text = "the default pool of {slots} slots was full: [the kernel added {dynamic} pool{|s} of "
		"{dynamic_slots} slots in total][{dynamic?}{transient?}, and ][{transient} mapping{ has|s have} a "
		"pool of {its|their} own ({transient_slots} slots)]",
	  .advice = "a mapping that finds no free slot allocates memory first, which is slow and can fail: boot with "
		"swiotlb={enough} or more, unless a leak fills the pools[; {failed?}where memory was short, mappings were refused]" },
	{ .id = "fragmented-area",
	  .text = "pool {subject}: {areas} of {all_areas} areas fragmented: area {area} has {free} free slots, but a "
		"mapping can take {largest_free} at most ({bytes of largest_free})",
	  .advice = "many small, long-lived mappings break up the segments: find their device (--level mappings) and "
		"give it, or those that map large buffers, a pool of their own" },
	{ .id = "crowded-area",
	  .text = "pool {subject}: {areas} of {all_areas} areas full while the pool had room: area {area} has {used} "
		"of {area_slots} slots in use, the pool {peak} of {slots} at its peak",
	  .advice = "CPUs whose own area is full take other areas' locks and slots: let more CPUs do what fills it "
		"(queues and interrupts), or boot with fewer areas or a larger pool, so that an area is larger ('swiotlb "
		"advise' tells the size)" },
	{ .id = "oversized-pool",
	  .text = "pool {subject} of {slots} slots takes {bytes} of memory, and {peak} slots were in use at most "
		"[since boot {since_boot} ago][in the {watched} watched]",
	  .advice = "swiotlb={enough_slots} would do for twice as much, and takes {enough_bytes}, unless a load is to "
		"come that maps more; 'swiotlb advise' says what that rests on" },
	{ .id = "mapping-growth",
	  .text = "{subject} has {grown} mapping{|s} more than {over} before, {live} in all",
	  .advice = "buffers that a driver keeps for its life, or a leak: look again in a while, or unload the "
		"driver and see what has leaked then" },
	{ .id = "bounce-cost", .part = say_cost, .go_on = say_redundant,
	  .text = "copies took {time}, {time% of available} of a CPU: {to_device} to devices, {from_device} from them",
	  .advice = "spare the copies: a wider DMA mask, an IOMMU, or no swiotlb=force where none is needed; where memory "
		"is encrypted they remain[; {redundant?}the kernel copies at map as well what the device only writes, "
		"to keep the bytes that it leaves: map no more than it fills]" },
	{ .id = "never-synced", .go_on = say_unsynced,
	  .text = "{subject}: {unsynced} mapping{|s} written on one side and never synced: the other side reads old data",
	  .advice = "what is mapped for long needs dma_sync_single_for_cpu() before the CPU reads and "
		"dma_sync_single_for_device() before the device does, or coherent memory; without swiotlb it may seem to "
		"work" },
	{ .id = "not-attached",
	  .text = "nothing of level {subject} is attached: {reason}",
	  .advice = "its figures are unknown, not zero; 'swiotlb doctor' says more" },
	{ .id = "tracing-loss", .go_on = say_losses,
	  .text = "{lost} event{|s} missed while tracing",
	  .advice = "waits, owners and ages may be incomplete by as many; figures read from the kernel's state are "
		"not" },
};
/* clang-format on */

static const struct words *words_of(const struct rule *rule)
{
	for (size_t i = 0; i < sizeof(words_table) / sizeof(*words_table); i++)
		if (!strcmp(words_table[i].id, rule->id))
			return &words_table[i];
	return NULL;
}

static char *write_words(const struct finding *finding,
			 const struct snapshot *snap, bool advice, char *text)
{
	const struct words *words = words_of(finding->rule);
	const char *begin = advice ? words->advice : words->text;
	void (*rest)(struct sentence *) = advice ? words->advise : words->go_on;
	struct sentence s = {
		.text = text,
		.len = FINDING_TEXT_LEN,
		.finding = finding,
		.snap = snap,
	};

	*text = '\0';
	if (begin)
		say(&s, begin);
	if (words->part && !advice)
		say_parts(&s, ": ", ", ", 3, words->part);
	if (rest)
		rest(&s);
	return text;
}

char *finding_text(const struct finding *finding, const struct snapshot *snap,
		   char *text)
{
	return write_words(finding, snap, false, text);
}

char *finding_advice(const struct finding *finding, const struct snapshot *snap,
		     char *text)
{
	return write_words(finding, snap, true, text);
}

bool finding_has_text(const struct rule *rule)
{
	return words_of(rule);
}

/* What the tool missed says nothing of the machine. */
static bool of_the_machine(const struct finding *finding)
{
	return strcmp(finding->rule->id, "tracing-loss") &&
	       strcmp(finding->rule->id, "not-attached");
}

enum severity findings_verdict(const struct snapshot *snap,
			       const struct findings *findings, char *text,
			       size_t len)
{
	struct sentence s = { .text = text, .len = len };
	enum severity worst = SEVERITY_NOTE;
	char finding[FINDING_TEXT_LEN];
	size_t same = 0, about = 0;

	*text = '\0';
	for (size_t i = 0; i < findings->count; i++)
		about += of_the_machine(&findings->list[i]);
	if (!about)
		quiet_text(snap, text, len);
	if (findings->count)
		worst = findings->list[0].severity;
	for (; same < findings->count; same++) {
		if (findings->list[same].severity != worst)
			break;
		if (same < 2)
			say_plain(&s, "%s%s", *text ? "; " : "",
				  finding_text(&findings->list[same], snap,
					       finding));
	}
	if (same > 2)
		say_plain(&s, "; and %zu more", same - 2);
	return worst;
}
