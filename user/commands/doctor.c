/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands/command.h"
#include "model/level.h"
#include "sources/live.h"
#include "util/capabilities.h"
#include "util/confine.h"
#include "util/errors.h"
#include "util/lockdown.h"
#include "util/log.h"
#include "util/output.h"
#include "util/symbols.h"
#include "util/text.h"
#include "views/doctor.h"

/**
 * struct privilege - a capability that the tool makes use of
 * @capability: which
 * @name: as users know it
 * @without: what is missing without it; NULL = the tool does not work
 */
struct privilege {
	enum capability capability;
	const char *name;
	const char *without;
};

static const struct privilege privileges[] = {
	{ CAPABILITY_BPF, "CAP_BPF", NULL },
	{ CAPABILITY_PERFMON, "CAP_PERFMON", NULL },
	{ CAPABILITY_SYSLOG, "CAP_SYSLOG", "stacks have no names" },
	{ CAPABILITY_SYS_ADMIN, "CAP_SYS_ADMIN",
	  "top does not measure the run time of its programs, and the "
	  "kernel refuses kprobes if kernel.perf_event_paranoid is above 2" },
};

#define PRIVILEGES (sizeof(privileges) / sizeof(*privileges))

#define MAX_CHECKS 12

/**
 * struct checks - results of the checks
 * @list: the conditions
 * @count: how many
 */
struct checks {
	struct check list[MAX_CHECKS];
	size_t count;
};

static const char *const synopses[] = { "[-v]", NULL };
static const struct option_row rows[] = { { NULL } };
static const struct option_table table = {
	.command = "doctor",
	.summary = "Check what works on this machine, and say why the rest "
		   "does not.",
	.synopses = synopses,
	.rows = rows,
	.notes = "Exit status: 0 if reports can be made, 2 if not.\n",
};

static struct check *next_check(struct checks *checks, const char *name)
{
	struct check *check = &checks->list[checks->count++];

	check->name = name;
	return check;
}

/* What the symbol mem_section is for, without CAP_SYS_ADMIN: probes/pages.h */
#define NEEDS_DATA_SYMBOLS                                                     \
	"; coherent memory from restricted pools has no owner"

#define SAY(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

static void check_kernel(struct checks *checks)
{
	struct check *check = next_check(checks, "kernel");
	struct utsname name;

	if (uname(&name))
		SAY(check->text, "unknown: %s", strerror(errno));
	else
		SAY(check->text, "Linux %s %s", name.release, name.machine);
}

#define APPEND(field, ...) text_append(field, sizeof(field), __VA_ARGS__)

static void check_privileges(struct checks *checks)
{
	struct check *check = next_check(checks, "privileges");

	for (size_t i = 0; i < PRIVILEGES; i++) {
		const struct privilege *one = &privileges[i];

		if (capability_effective(one->capability))
			APPEND(check->text, "%s%s", *check->text ? ", " : "",
			       one->name);
	}
	for (size_t i = 0; i < PRIVILEGES; i++) {
		const struct privilege *one = &privileges[i];

		if (capability_effective(one->capability))
			continue;
		if (!one->without)
			check->state = CHECK_FATAL;
		else if (check->state == CHECK_GOOD)
			check->state = CHECK_LESS;
		APPEND(check->text, "%swithout %s %s", *check->text ? "; " : "",
		       one->name,
		       one->without ? one->without : "nothing works");
	}
	if (check->state == CHECK_FATAL)
		SAY(check->remedy, "run it as root (sudo swiotlb doctor), or "
				   "with CAP_BPF and CAP_PERFMON");
}

static void check_btf(struct checks *checks)
{
	static const char path[] = "/sys/kernel/btf/vmlinux";
	struct check *check = next_check(checks, "BTF");
	bool readable = !access(path, R_OK);

	check->state = readable ? CHECK_GOOD : CHECK_FATAL;
	SAY(check->text, "%s%s%s", path, readable ? "" : ": ",
	    readable ? "" : strerror(errno));
	if (!readable)
		SAY(check->remedy, "use a kernel built with "
				   "CONFIG_DEBUG_INFO_BTF=y, and mount sysfs");
}

static void check_lockdown(struct checks *checks)
{
	struct check *check = next_check(checks, "lockdown");
	const char *mode = lockdown_mode();

	if (!mode) {
		check->state = CHECK_UNKNOWN;
		SAY(check->text,
		    LOCKDOWN_PATH " cannot be read: confidentiality would "
				  "forbid BPF to read kernel memory");
		SAY(check->remedy, "mount securityfs on " SECURITYFS);
	} else if (lockdown_forbids_bpf()) {
		check->state = CHECK_FATAL;
		SAY(check->text,
		    "confidentiality: BPF may not read kernel memory");
		SAY(check->remedy,
		    "boot with lockdown=integrity or without lockdown");
	} else {
		SAY(check->text, "%s%s", *mode ? mode : "not in this kernel",
		    lockdown_closes_debugfs() ? ": does not restrict BPF here"
					      : "");
	}
}

static void check_symbols(struct checks *checks)
{
	struct check *check = next_check(checks, "symbols");
	const char *lacking = NEEDS_DATA_SYMBOLS;
	const struct symbols *symbols;
	int err;

	symbols = symbols_kernel(&err);
	if (symbols && symbols_have_data(symbols)) {
		SAY(check->text, "/proc/kallsyms shows addresses");
		return;
	}
	if (capability_effective(CAPABILITY_SYS_ADMIN))
		lacking = "";
	check->state = !symbols || *lacking ? CHECK_LESS : CHECK_GOOD;
	if (symbols) {
		SAY(check->text,
		    "/proc/kallsyms shows functions only (no "
		    "CONFIG_KALLSYMS_ALL)%s",
		    lacking);
		return;
	}
	SAY(check->text, "/proc/kallsyms %s, so stacks have no names%s",
	    err == -EPERM ? "hides addresses" : error_text(err), lacking);
	SAY(check->remedy,
	    "run with CAP_SYSLOG and with kernel.kptr_restrict below 2");
}

static void check_preemption(struct checks *checks, enum preemption mode)
{
	struct check *check = next_check(checks, "preemption");
	const char *name = preemption_name(mode);

	if (!preemption_hits_programs(mode)) {
		SAY(check->text, "%s: no BPF program is preempted", name);
		return;
	}
	check->state = name ? CHECK_GOOD : CHECK_UNKNOWN;
	SAY(check->text,
	    "%s: while a task is preempted in an fentry or fexit program, "
	    "events of other tasks on that CPU are lost, and counted; "
	    "kprobes lose none",
	    name ? name : "taken for full");
	if (!name)
		SAY(check->remedy, "have /boot/config-$(uname -r)%s",
		    lockdown_closes_debugfs()
			    ? " (lockdown keeps debugfs from telling)"
			    : ", or mount debugfs on /sys/kernel/debug");
}

static void check_log(struct checks *checks, const struct log_totals *log)
{
	struct check *check = next_check(checks, "kernel log");

	if (log->known) {
		SAY(check->text, "/dev/kmsg shows requests that failed "
				 "before the tool ran");
		return;
	}
	check->state = CHECK_LESS;
	SAY(check->text,
	    "%s; requests that failed before the tool ran are unknown",
	    log->reason);
}

static void check_confinement(struct checks *checks)
{
	struct check *check = next_check(checks, "confinement");
	struct confinement found;
	size_t used;

	confine_probe(&found);
	for (int step = 0; step < CONFINE_STEPS; step++)
		if (found.steps[step].state == CONFINE_MISSING)
			check->state = CHECK_LESS;
	SAY(check->text, "record and export run with ");
	used = strlen(check->text);
	confine_text(&found, check->text + used, sizeof(check->text) - used);
}

static void judge_session(struct checks *checks, int err,
			  const struct snapshot *snap)
{
	const struct hook *pools = snapshot_hook(snap, "pools.state");
	struct check *check = next_check(checks, "session");

	if (err) {
		check->state = CHECK_FATAL;
		SAY(check->text, "cannot load the BPF programs: %s",
		    error_text(err));
		SAY(check->remedy, "the message above names the cause");
	} else if (!snap->nr_pools) {
		check->state = CHECK_FATAL;
		SAY(check->text, "BPF programs load, but no pool can be read");
		SAY(check->remedy, "%s", pools ? pools->reason : "");
	} else {
		SAY(check->text, "BPF programs load, pools can be read");
	}
}

/* Attaches everything once, to see what can be. */
static void try_session(struct checks *checks, struct snapshot *snap)
{
	struct live_options options = { .tolerant = true, .counts_only = true };
	struct source *source;
	int err;

	for (unsigned int i = 0; i < level_count; i++)
		options.levels |= level_table[i].level;
	err = live_open(&source, &options);
	if (!err) {
		err = source_next(source, snap);
		source_close(source);
	}
	if (!err)
		check_preemption(checks, snap->kernel.preemption);
	if (!err)
		check_log(checks, &snap->log);
	judge_session(checks, err, snap);
}

static int show(const struct snapshot *snap, const struct checks *checks)
{
	struct output *output;
	struct page page;
	int err;

	if (output_open(&output, NULL))
		return EXIT_ERROR;
	page_init(&page, output_stream(output), output_terminal(output));
	doctor_view(snap, checks->list, checks->count, &page.pane);
	err = page_write(&page);
	if (err)
		log_error("cannot show it: %s", strerror(-err));
	return output_commit(output) || err ? EXIT_ERROR : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct snapshot snap = { 0 };
	struct checks checks = { 0 };
	enum options_result result;
	char **operands;
	int status;

	result = options_parse(&table, argc, argv, NULL, &operands);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	check_kernel(&checks);
	check_privileges(&checks);
	check_btf(&checks);
	check_lockdown(&checks);
	check_symbols(&checks);
	check_confinement(&checks);
	try_session(&checks, &snap);
	status = show(&snap, &checks);
	for (size_t i = 0; i < checks.count; i++)
		if (checks.list[i].state == CHECK_FATAL)
			status = EXIT_ERROR;
	snapshot_release(&snap);
	return status;
}

const struct command doctor_command = { .options = &table, .run = run };
