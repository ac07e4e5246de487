/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands/command.h"
#include "model/level.h"
#include "probes/session.h"
#include "util/output.h"
#include "util/symbols.h"
#include "views/doctor.h"

/* Bits of CapEff, from linux/capability.h. */
#define BIT_SYS_ADMIN 21
#define BIT_PERFMON   38
#define BIT_BPF	      39

#define MAX_CHECKS 8

/**
 * struct checks - what was looked at
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
	.summary = "Say what of the tool works on this machine, and why the "
		   "rest does not.",
	.synopses = synopses,
	.rows = rows,
	.notes = "Exit status: 0 when reports can be made, 2 when not.\n",
};

static struct check *next_check(struct checks *checks, const char *name)
{
	struct check *check = &checks->list[checks->count++];

	check->name = name;
	return check;
}

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

static uint64_t effective_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	uint64_t bits = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %" SCNx64, &bits) == 1)
			break;
	if (file)
		fclose(file);
	return bits;
}

static void check_privileges(struct checks *checks)
{
	struct check *check = next_check(checks, "privileges");
	uint64_t bits = effective_capabilities();
	bool admin = bits >> BIT_SYS_ADMIN & 1;
	bool enough =
		admin || ((bits >> BIT_BPF & 1) && (bits >> BIT_PERFMON & 1));

	check->state = enough ? CHECK_GOOD : CHECK_FATAL;
	SAY(check->text, "%s",
	    admin    ? "CAP_SYS_ADMIN"
	    : enough ? "CAP_BPF and CAP_PERFMON"
		     : "neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON");
	if (!enough)
		SAY(check->remedy, "run it as root (sudo swiotlb doctor)");
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
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char line[128] = "";
	struct check *check;

	if (!file)
		return;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	if (!strstr(line, "[confidentiality]"))
		return;
	check = next_check(checks, "lockdown");
	check->state = CHECK_FATAL;
	SAY(check->text, "confidentiality: BPF may not read kernel memory");
	SAY(check->remedy, "boot with lockdown=integrity or without lockdown");
}

static void check_symbols(struct checks *checks)
{
	struct check *check = next_check(checks, "symbols");
	int err;

	if (symbols_kernel(&err)) {
		SAY(check->text, "/proc/kallsyms shows addresses");
		return;
	}
	check->state = CHECK_LESS;
	if (err == -EPERM)
		SAY(check->text, "/proc/kallsyms hides addresses, so stacks "
				 "have no names");
	else
		SAY(check->text, "/proc/kallsyms: %s", strerror(-err));
	SAY(check->remedy, "run as root with kernel.kptr_restrict below 2");
}

static void check_preemption(struct checks *checks, enum preemption mode)
{
	struct check *check = next_check(checks, "preemption");
	const char *name = preemption_name(mode);

	if (!preemption_hits_programs(mode)) {
		SAY(check->text, "%s: no BPF program is preempted", name);
		return;
	}
	check->state = name ? CHECK_GOOD : CHECK_LESS;
	SAY(check->text,
	    "%s: a task can be preempted in an fentry or fexit program, and "
	    "what other tasks do on that CPU meanwhile is lost and counted; "
	    "kprobes lose nothing",
	    name ? name : "unknown, so taken for full");
	if (!name)
		SAY(check->remedy, "mount debugfs on /sys/kernel/debug, or "
				   "have /boot/config-$(uname -r)");
}

static void judge_session(struct checks *checks, int err,
			  const struct snapshot *snap)
{
	const struct hook *pools = snapshot_hook(snap, "pools.state");
	struct check *check = next_check(checks, "session");

	if (err) {
		check->state = CHECK_FATAL;
		SAY(check->text, "cannot load the BPF programs: %s",
		    strerror(-err));
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
	struct session_options options = { .tolerant = true };
	struct session *session;
	int err;

	for (unsigned int i = 0; i < level_count; i++)
		options.levels |= level_table[i].level;
	err = session_open(&session, &options);
	if (!err) {
		err = session_snapshot(session, snap);
		session_close(session);
	}
	if (!err)
		check_preemption(checks, snap->kernel.preemption);
	judge_session(checks, err, snap);
}

static int show(const struct snapshot *snap, const struct checks *checks)
{
	struct output *output;
	struct page page;

	if (output_open(&output, NULL))
		return EXIT_ERROR;
	page_init(&page, output_stream(output), output_terminal(output));
	doctor_view(snap, checks->list, checks->count, &page);
	return output_commit(output) ? EXIT_ERROR : EXIT_FINE;
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
	try_session(&checks, &snap);
	status = show(&snap, &checks);
	for (size_t i = 0; i < checks.count; i++)
		if (checks.list[i].state == CHECK_FATAL)
			status = EXIT_ERROR;
	snapshot_release(&snap);
	return status;
}

const struct command doctor_command = { .options = &table, .run = run };
