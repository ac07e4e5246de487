// SPDX-License-Identifier: GPL-2.0-only
#include "probes/kernel.h"

#include <assert.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "probes/types.h"
#include "util/capabilities.h"
#include "util/lockdown.h"
#include "util/log.h"

#define BTF_PATH	  "/sys/kernel/btf/vmlinux"
#define PREEMPT_PATH	  "/sys/kernel/debug/sched/preempt"
#define CONFIG_PATH	  "/proc/config.gz"
#define RELEASE_MAX	  sizeof(((struct utsname *)0)->release)
#define BOOT_ID_PATH	  "/proc/sys/kernel/random/boot_id"
#define HYPERVISOR	  "/sys/hypervisor/type"
#define IOMMU_GROUP_TYPES "/sys/kernel/iommu_groups/*/type"

/* Boot arguments that decide about swiotlb, by their beginning. */
static const char *const telling_args[] = {
	"swiotlb=",	"mem_encrypt=",	      "iommu=",
	"intel_iommu=", "amd_iommu=",	      "nopvspin",
	"preempt=",	"iommu.passthrough=", "iommu.strict="
};

/* Return: true, and @text is the first line of a file */
static bool read_line(const char *path, char *text, size_t len)
{
	FILE *file = fopen(path, "re");
	bool found = file && fgets(text, len, file);

	if (file)
		fclose(file);
	if (found)
		text[strcspn(text, "\n")] = 0;
	return found;
}

static bool is_telling(const char *arg)
{
	for (size_t i = 0; i < sizeof(telling_args) / sizeof(*telling_args);
	     i++)
		if (!strncmp(arg, telling_args[i], strlen(telling_args[i])))
			return true;
	return false;
}

static void read_boot_args(char *text, size_t len)
{
	char line[4096], *rest = line, *arg;
	size_t used = 0;

	text[0] = 0;
	if (!read_line("/proc/cmdline", line, sizeof(line)))
		return;
	while ((arg = strsep(&rest, " "))) {
		if (!is_telling(arg) || used + strlen(arg) + 2 > len)
			continue;
		used += snprintf(text + used, len - used, "%s%s",
				 used ? " " : "", arg);
	}
}

/**
 * struct kernel_part - what we need of the kernel's types
 * @read: it was read
 * @types: it
 * @path: of its file
 * @parsed: the file, as libbpf reads it; NULL = not yet
 */
static struct kernel_part {
	bool read;
	struct types types;
	char path[sizeof("/proc/self/fd/") + 10];
	struct btf *parsed;
} part = { .types.file = -1 };

static int read_part(void)
{
	int error = part.read ? 0 : types_read(BTF_PATH, &part.types);

	if (error) {
		log_error("cannot read the kernel's types (%s): %s", BTF_PATH,
			  strerror(-error));
		return error;
	}
	part.read = true;
	snprintf(part.path, sizeof(part.path), "/proc/self/fd/%d",
		 part.types.file);
	return 0;
}

const struct bpf_object_open_opts *kernel_open_options(void)
{
	static const struct bpf_object_open_opts options = {
		.sz = sizeof(options),
		.btf_custom_path = part.path,
	};

	/* What cannot be read fails the load. */
	read_part();
	return &options;
}

/* Return: NULL when it cannot be read */
static const struct btf *part_types(void)
{
	if (!part.parsed && !read_part())
		part.parsed = btf__parse_raw(part.path);
	return part.parsed;
}

void kernel_forget_types(void)
{
	btf__free(part.parsed);
	part.parsed = NULL;
}

void kernel_forget(void)
{
	kernel_forget_types();
	types_release(&part.types);
	part.read = false;
}

const struct kernel_feature kernel_device_blocks = {
	.function = "swiotlb_device_allocate",
	.missing = "this kernel has no device blocks: needs the patched kernel",
};

const struct kernel_feature kernel_growing_pools = {
	.function = "swiotlb_dyn_alloc",
	.missing = "this kernel makes no pools at run time (SWIOTLB_DYNAMIC)",
};

const struct kernel_feature kernel_restricted_pools = {
	.function = "swiotlb_alloc",
	.missing = "this kernel has no restricted pools (DMA_RESTRICTED_POOL)",
};

/* Return: NULL where the kernel has none of that name */
static const struct types_function *find_function(const char *name)
{
	return read_part() ? NULL : types_function(&part.types, name);
}

int kernel_function_id(const char *name)
{
	const struct types_function *function = find_function(name);

	return function ? (int)function->id : -ENOENT;
}

bool kernel_has_function_args(const char *name, unsigned int args)
{
	const struct types_function *function = find_function(name);

	return function && (!args || function->args == args);
}

bool kernel_has_function(const char *name)
{
	return kernel_function_id(name) > 0;
}

/* A member of a structure, or of one nested in it. */
static bool has_inner_member(const struct btf *btf, int id, const char *name,
			     int depth)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const struct btf_member *member;

	if (!type || !btf_is_composite(type) || !depth)
		return false;
	member = btf_members(type);
	for (int i = 0; i < btf_vlen(type); i++, member++)
		if (!strcmp(btf__name_by_offset(btf, member->name_off), name) ||
		    has_inner_member(btf, member->type, name, depth - 1))
			return true;
	return false;
}

/* In the part. Return: negative where the kernel has none of that name */
static int find_type(const char *name, uint32_t kind)
{
	const struct btf *btf = part_types();

	assert(types_named(name));
	return btf ? btf__find_by_name_kind(btf, name, kind) : -ENOENT;
}

/* Return: its number in the kernel's BTF; negative where it has none */
static int kernel_type_id(const char *name, uint32_t kind)
{
	int id = find_type(name, kind);

	return id > 0 ? (int)part.types.ids[id] : id;
}

int kernel_tracepoint_id(const char *name)
{
	char type[NAME_LEN * 2];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return kernel_type_id(type, BTF_KIND_TYPEDEF);
}

uint32_t kernel_slot_type(void)
{
	int id = kernel_has_function("bpf_rdonly_cast")
			 ? kernel_type_id("io_tlb_slot", BTF_KIND_STRUCT)
			 : 0;

	return id > 0 ? (uint32_t)id : 0;
}

bool kernel_has_trampolines(void)
{
	return kernel_has_function("register_ftrace_direct");
}

bool kernel_counts_missed_probes(void)
{
	const struct btf *btf = part_types();
	int id = find_type("bpf_link_info", BTF_KIND_STRUCT);

	return id > 0 && has_inner_member(btf, id, "missed", 4);
}

bool kernel_has_member(const char *name, const char *member)
{
	const struct btf *btf = part_types();
	int id = find_type(name, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (unsigned int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf,
						btf_members(type)[i].name_off),
			    member))
			return true;
	return false;
}

/* Return: false where it cannot be read; zlib reads plain files as well. */
static bool read_config(const char *path, struct preemption_config *config)
{
	gzFile file = gzopen(path, "re");
	char line[512];

	if (!file)
		return false;
	while (gzgets(file, line, sizeof(line)))
		preemption_config_line(config, line);
	gzclose(file);
	return config->known;
}

/* Distributions put it beside the kernel, or among its modules, or both. */
static void find_config(const char *release, struct preemption_config *config)
{
	char boot[sizeof("/boot/config-") + RELEASE_MAX];
	char modules[sizeof("/lib/modules//config") + RELEASE_MAX];

	snprintf(boot, sizeof(boot), "/boot/config-%s", release);
	snprintf(modules, sizeof(modules), "/lib/modules/%s/config", release);
	if (!read_config(CONFIG_PATH, config) && !read_config(boot, config))
		read_config(modules, config);
}

static enum preemption find_preemption(void)
{
	char mode[64], boot_args[4096] = "";
	struct preemption_facts facts = {
		/* include/linux/spinlock_types.h: it is an rt_mutex there */
		.rt = kernel_has_member("spinlock", "lock"),
		.boot_args = boot_args,
		.version = "",
	};
	struct utsname name;

	if (!uname(&name)) {
		facts.version = name.version;
		find_config(name.release, &facts.config);
	}
	read_line("/proc/cmdline", boot_args, sizeof(boot_args));
	if (read_line(PREEMPT_PATH, mode, sizeof(mode)))
		facts.debugfs = mode;
	return preemption_decide(&facts);
}

enum preemption kernel_preemption(void)
{
	static enum preemption preemption;
	static bool asked;

	if (!asked)
		preemption = find_preemption();
	asked = true;
	return preemption;
}

/* What is found once: how the kernel reads swiotlb=, and what it read. */
static struct {
	bool found;
	struct boot_syntax syntax;
	struct boot_request request;
} boot;

static void find_boot_request(void)
{
	char line[4096] = "";

	boot.syntax = (struct boot_syntax){
		.areas = kernel_has_member("io_tlb_area", "used"),
		/* Both came with 7.3: setup_io_tlb_npages(). */
		.prefixes = kernel_has_function("inc_used_and_hiwater_real"),
		.cpus = possible_cpus(),
	};
	read_line("/proc/cmdline", line, sizeof(line));
	boot_parse(line, &boot.syntax, &boot.request);
	boot.found = true;
}

const struct boot_request *kernel_boot_request(void)
{
	if (!boot.found)
		find_boot_request();
	return &boot.request;
}

bool kernel_keeps_peak(void)
{
	return kernel_boot_request()->track_hiwater || !boot.syntax.prefixes;
}

/* The highest number in a list such as "0-3" or "0,2-5", and one. */
static unsigned int count_to_last(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number, last = 0;

	if (!file)
		return 1;
	while (fscanf(file, "%u%*1[-,]", &number) == 1)
		last = number;
	fclose(file);
	return last + 1;
}

unsigned int possible_cpus(void)
{
	static unsigned int cpus;

	if (!cpus)
		cpus = count_to_last("/sys/devices/system/cpu/possible");
	return cpus;
}

/* What stays as it is until the next boot. */
static void find_info(struct kernel_info *info)
{
	struct utsname name;

	if (!uname(&name)) {
		snprintf(info->release, sizeof(info->release), "%.*s",
			 (int)sizeof(info->release) - 1, name.release);
		snprintf(info->arch, sizeof(info->arch), "%.*s",
			 (int)sizeof(info->arch) - 1, name.machine);
	}
	info->preemption = kernel_preemption();
	read_boot_args(info->boot_args, sizeof(info->boot_args));
	read_line(BOOT_ID_PATH, info->boot_id, sizeof(info->boot_id));
}

void kernel_describe(struct kernel_info *info)
{
	static struct kernel_info found;

	if (!found.release[0])
		find_info(&found);
	*info = found;
	info->cpus = sysconf(_SC_NPROCESSORS_ONLN);
}

#define NOT_ALLOWED                                                            \
	"not allowed to load BPF programs that read kernel memory: run as "    \
	"root, or with CAP_BPF and CAP_PERFMON"

#define LOCKED_DOWN                                                            \
	"lockdown is at confidentiality, which forbids BPF programs to read "  \
	"kernel memory: boot with lockdown=integrity or without lockdown"

/*
 * The verifier's word for what takes CAP_PERFMON is -EACCES, or -EINVAL in a
 * global function.
 */
static bool lacks_capabilities(int error)
{
	return (error == -EPERM || error == -EACCES || error == -EINVAL) &&
	       !(capability_effective(CAPABILITY_BPF) &&
		 capability_effective(CAPABILITY_PERFMON));
}

bool kernel_refuses(int error)
{
	if (lacks_capabilities(error))
		log_error(NOT_ALLOWED);
	else if ((error == -EINVAL || error == -EPERM) &&
		 lockdown_forbids_bpf())
		log_error(LOCKED_DOWN);
	else
		return false;
	return true;
}

int kernel_check(void)
{
	int probe;

	if (access(BTF_PATH, R_OK)) {
		log_error("this kernel has no type information (%s): it needs "
			  "CONFIG_DEBUG_INFO_BTF",
			  BTF_PATH);
		return -ENOENT;
	}
	probe = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SYSCALL, NULL);
	if (probe > 0)
		return 0;
	if (!kernel_refuses(-EPERM))
		log_error("this kernel refuses BPF programs even to root: it "
			  "may be locked down, confined to a container, or "
			  "older than 5.14");
	return -EPERM;
}

static bool has_flag(const char *flags, const char *flag)
{
	size_t len = strlen(flag);

	for (const char *at = flags; (at = strstr(at, flag)); at += len)
		if (at != flags && at[-1] == ' ' &&
		    (at[len] == ' ' || at[len] == '\n'))
			return true;
	return false;
}

/* AMD's CPUs show the same flags to who may run such guests. */
static bool flags_tell_encryption(const char *flags)
{
	return has_flag(flags, "tdx_guest") ||
	       (has_flag(flags, "hypervisor") &&
		(has_flag(flags, "sev") || has_flag(flags, "sev_es") ||
		 has_flag(flags, "sev_snp")));
}

bool kernel_encrypts_memory(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	bool encrypts = false;
	char *line = NULL;
	size_t room = 0;

	if (!file)
		return false;
	while (getline(&line, &room, file) > 0) {
		if (strncmp(line, "flags", strlen("flags")))
			continue;
		encrypts = flags_tell_encryption(line);
		break;
	}
	free(line);
	fclose(file);
	return encrypts;
}

/* A group without translation has its DMA mapped as if there were no IOMMU. */
static bool iommu_translates(void)
{
	glob_t groups;
	bool translates = false;
	char type[32];

	if (glob(IOMMU_GROUP_TYPES, 0, NULL, &groups))
		return false;
	for (size_t i = 0; i < groups.gl_pathc && !translates; i++)
		translates =
			!read_line(groups.gl_pathv[i], type, sizeof(type)) ||
			strcmp(type, "identity") != 0;
	globfree(&groups);
	return translates;
}

bool kernel_runs_on_xen(void)
{
	char hypervisor[32];

	return read_line(HYPERVISOR, hypervisor, sizeof(hypervisor)) &&
	       !strcmp(hypervisor, "xen");
}

/* A zone's size comes before its start. */
static uint64_t last_page(FILE *zones)
{
	uint64_t pages = 0, begin, end = 0;
	bool of_device = false;
	char zone[16];
	char line[256];

	while (fgets(line, sizeof(line), zones)) {
		if (sscanf(line, "Node %*u, zone %15s", zone) == 1)
			of_device = !strcmp(zone, "Device");
		else if (sscanf(line, " start_pfn: %" SCNu64, &begin) != 1)
			sscanf(line, " spanned %" SCNu64, &pages);
		else if (pages && !of_device && begin + pages > end)
			end = begin + pages;
	}
	return end;
}

uint64_t kernel_memory_end(void)
{
	static uint64_t end;
	FILE *zones;

	if (end)
		return end;
	zones = fopen("/proc/zoneinfo", "re");
	if (!zones)
		return 0;
	end = last_page(zones) * (uint64_t)sysconf(_SC_PAGESIZE);
	fclose(zones);
	return end;
}

bool kernel_dma_is_direct(const char **reason)
{
	if (kernel_runs_on_xen())
		*reason = "Xen maps without it";
	else if (iommu_translates())
		*reason = "an IOMMU maps without it";
	else
		return true;
	return false;
}

bool kernel_has_session(const char **difference)
{
	*difference = "came with 6.10";
	return kernel_has_function("bpf_session_is_return") &&
	       kernel_has_function("bpf_session_cookie");
}

/*
 * swiotlb_map() returns a bus address. Other machines than x86-64 have buses
 * where that is another one than the physical address: struct
 * device.dma_range_map, of device trees and of ACPI's _DMA.
 */
bool kernel_maps_physical(const char **reason)
{
#ifdef __x86_64__
	return kernel_dma_is_direct(reason);
#else
	*reason = "a bus may have addresses of its own";
	return false;
#endif
}
