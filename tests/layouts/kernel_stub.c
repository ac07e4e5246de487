// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_stub.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "flow.h"
#include "model/preemption.h"
#include "probes/kernel.h"
#include "probes/multi.h"

#define BTF_PATH    "/sys/kernel/btf/vmlinux"
#define PROBE_TYPES "/sys/bus/event_source/devices/"
#define FDS_MAX	    1024
/* include/linux/errno.h, what attaching to a trampoline gives without one */
#define ENO_TRAMPOLINE 524
/* What trampolines need (kernel/bpf/trampoline.c); arm64 has it from 6.4 on. */
#define TRAMPOLINES "register_ftrace_direct"
/* What links to many functions need (kernel/trace/bpf_trace.c) */
#define FPROBES "register_fprobe_ips"

/**
 * struct object - a map or a program, by its descriptor
 * @map: what the kernel tells of a map
 * @frozen: a map whose values stay as they are
 * @trampoline: a program that needs one
 * @context: what a program writes to its context
 */
struct object {
	struct bpf_map_info map;
	bool frozen;
	bool trampoline;
	struct flow_context context;
};

static struct object objects[FDS_MAX];
static const char *types_file;
static unsigned int refused;

int stub_kernel(const char *btf)
{
	types_file = btf;
	return access(btf, R_OK) ? -errno : 0;
}

unsigned int stub_refused(void)
{
	return refused;
}

/* Files of the kernel */

static const char *redirect(const char *path)
{
	return strcmp(path, BTF_PATH) ? path : types_file;
}

FILE *fopen64(const char *path, const char *mode)
{
	static char type[] = "6\n", return_bit[] = "config:0\n";
	FILE *(*next)(const char *path, const char *mode) =
		dlsym(RTLD_NEXT, "fopen64");

	if (strncmp(path, PROBE_TYPES, strlen(PROBE_TYPES)))
		return next(redirect(path), mode);
	if (strstr(path, "/format/"))
		return fmemopen(return_bit, strlen(return_bit), "r");
	return fmemopen(type, strlen(type), "r");
}

/* By this name our own sources call it. */
FILE *fopen(const char *path, const char *mode)
{
	FILE *(*next)(const char *path, const char *mode) =
		dlsym(RTLD_NEXT, "fopen");

	return next(redirect(path), mode);
}

int faccessat(int directory, const char *path, int mode, int flags)
{
	int (*next)(int directory, const char *path, int mode, int flags) =
		dlsym(RTLD_NEXT, "faccessat");

	return next(directory, redirect(path), mode, flags);
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

/* Maps and programs */

static int fails(int error)
{
	errno = error;
	return -1;
}

/* Return: a descriptor, of memory that can be mapped; -1 and errno */
static int new_object(struct object **object)
{
	int fd = memfd_create("stub", MFD_CLOEXEC);

	if (fd >= FDS_MAX) {
		close(fd);
		return fails(EMFILE);
	}
	if (fd < 0)
		return fd;
	memset(&objects[fd], 0, sizeof(objects[fd]));
	*object = &objects[fd];
	return fd;
}

/* libbpf gives a map that it is handed a descriptor of its own. */
int dup3(int from, int to, int flags)
{
	int (*next)(int from, int to, int flags) = dlsym(RTLD_NEXT, "dup3");

	if (from < FDS_MAX && to < FDS_MAX)
		objects[to] = objects[from];
	return next(from, to, flags);
}

static off_t entry_offset(const struct bpf_map_info *map, uint64_t key)
{
	uint64_t stride = (map->value_size + 7) / 8 * 8;

	return *(const uint32_t *)(uintptr_t)key * stride;
}

static int create_map(const union bpf_attr *attr)
{
	struct object *map;
	int fd = new_object(&map);

	if (fd < 0)
		return fd;
	map->map = (struct bpf_map_info){
		.type = attr->map_type,
		.key_size = attr->key_size,
		.value_size = attr->value_size,
		.max_entries = attr->max_entries,
		.map_flags = attr->map_flags,
	};
	memcpy(map->map.name, attr->map_name, sizeof(map->map.name));
	/* Pages beyond the last value are mapped as well. */
	if (ftruncate(fd, (attr->value_size + 8ull) * attr->max_entries +
				  sysconf(_SC_PAGESIZE))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int update_entry(const union bpf_attr *attr)
{
	const struct bpf_map_info *map = &objects[attr->map_fd].map;

	if (map->type != BPF_MAP_TYPE_ARRAY)
		return 0;
	return pwrite(attr->map_fd, (const void *)(uintptr_t)attr->value,
		      map->value_size, entry_offset(map, attr->key)) < 0
		       ? -1
		       : 0;
}

static int look_up_entry(const union bpf_attr *attr)
{
	const struct bpf_map_info *map = &objects[attr->map_fd].map;

	if (map->type != BPF_MAP_TYPE_ARRAY)
		return fails(ENOENT);
	return pread(attr->map_fd, (void *)(uintptr_t)attr->value,
		     map->value_size, entry_offset(map, attr->key)) < 0
		       ? -1
		       : 0;
}

/* Of maps; of other objects nothing is known. */
static int describe(const union bpf_attr *attr)
{
	size_t len = attr->info.info_len;

	if (len > sizeof(struct bpf_map_info))
		len = sizeof(struct bpf_map_info);
	memcpy((void *)(uintptr_t)attr->info.info,
	       &objects[attr->info.bpf_fd].map, len);
	return 0;
}

static bool read_constant(int map_fd, uint32_t offset, unsigned int size,
			  uint64_t *value)
{
	*value = 0;
	return objects[map_fd].frozen &&
	       pread(map_fd, value, size, offset) == size;
}

/* As the verifier says it, which libbpf explains further. */
static void say_refusal(const union bpf_attr *attr, long at, int function)
{
	if (!attr->log_size)
		return;
	snprintf((char *)(uintptr_t)attr->log_buf, attr->log_size,
		 "%ld: (85) call unknown#%d\ninvalid func unknown#%d\n"
		 "processed 0 insns\n",
		 at, function, function);
}

static int load_program(const union bpf_attr *attr)
{
	const struct flow_program program = {
		.insns = (const void *)(uintptr_t)attr->insns,
		.count = attr->insn_cnt,
		.constant = read_constant,
	};
	struct flow_context context;
	long missing = flow_check(&program, &context);
	struct object *object;
	int fd;

	if (missing >= 0) {
		/* libbpf comes again with a buffer for the reason. */
		refused += attr->log_size > 0;
		say_refusal(attr, missing, program.insns[missing].imm);
		return fails(EINVAL);
	}
	if (missing != -ENOENT)
		return fails(-missing);
	fd = new_object(&object);
	if (fd < 0)
		return fd;
	object->trampoline = attr->prog_type == BPF_PROG_TYPE_TRACING &&
			     attr->expected_attach_type != BPF_TRACE_RAW_TP;
	object->context = context;
	return fd;
}

/* It has done what it does in any case, and nothing else. */
static int run_program(const union bpf_attr *attr)
{
	const struct flow_context *context =
		&objects[attr->test.prog_fd].context;
	uint32_t *words = (void *)(uintptr_t)attr->test.ctx_in;

	for (size_t i = 0; i < attr->test.ctx_size_in / 4; i++)
		if (i < FLOW_CONTEXT_WORDS && context->known[i])
			words[i] = context->words[i];
	return 0;
}

/* Attaching */

static int new_link(void)
{
	struct object *link;

	return new_object(&link);
}

static int attach_traced(unsigned int program_fd)
{
	if (objects[program_fd].trampoline && !kernel_has_function(TRAMPOLINES))
		return fails(ENO_TRAMPOLINE);
	return new_link();
}

static int attach_multi(const union bpf_attr *attr)
{
	const char *const *names =
		(const void *)(uintptr_t)attr->link_create.kprobe_multi.syms;

	if (!kernel_has_function(FPROBES))
		return fails(EOPNOTSUPP);
	if (names && !kernel_has_function(names[0]))
		return fails(ESRCH);
	return new_link();
}

static int create_link(const union bpf_attr *attr)
{
	switch (attr->link_create.attach_type) {
	case BPF_PERF_EVENT:
		/* How libbpf finds out whether there are such links */
		return attr->link_create.target_fd == UINT32_MAX ? fails(EBADF)
								 : new_link();
	case BPF_TRACE_KPROBE_MULTI:
	case TRACE_KPROBE_SESSION:
		return attach_multi(attr);
	default:
		return attach_traced(attr->link_create.prog_fd);
	}
}

static int probe_function(const struct perf_event_attr *attr)
{
	const char *name = (const char *)(uintptr_t)attr->kprobe_func;

	return kernel_has_function(name) ? new_link() : fails(ENOENT);
}

static int bpf(int command, union bpf_attr *attr)
{
	switch (command) {
	case BPF_MAP_CREATE:
		return create_map(attr);
	case BPF_MAP_UPDATE_ELEM:
		return update_entry(attr);
	case BPF_MAP_LOOKUP_ELEM:
		return look_up_entry(attr);
	case BPF_MAP_FREEZE:
		objects[attr->map_fd].frozen = true;
		return 0;
	case BPF_PROG_LOAD:
		return load_program(attr);
	case BPF_PROG_TEST_RUN:
		return run_program(attr);
	case BPF_RAW_TRACEPOINT_OPEN:
		return attach_traced(attr->raw_tracepoint.prog_fd);
	case BPF_LINK_CREATE:
		return create_link(attr);
	case BPF_BTF_LOAD:
		return new_link();
	case BPF_OBJ_GET_INFO_BY_FD:
		return describe(attr);
	case BPF_PROG_BIND_MAP:
		return 0;
	default:
		return fails(ENOENT);
	}
}

long syscall(long number, ...)
{
	long (*next)(long number, ...) = dlsym(RTLD_NEXT, "syscall");
	long words[6];
	va_list arguments;

	va_start(arguments, number);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		words[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_bpf)
		return bpf(words[0], (union bpf_attr *)words[1]);
	if (number == SYS_perf_event_open)
		return probe_function((const void *)words[0]);
	return next(number, words[0], words[1], words[2], words[3], words[4],
		    words[5]);
}

/* Probes are switched on by it; descriptors of ours know none. */
int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int fd, unsigned long request, ...) =
		dlsym(RTLD_NEXT, "ioctl");
	va_list arguments;
	void *argument;

	if (request == PERF_EVENT_IOC_ENABLE ||
	    request == PERF_EVENT_IOC_DISABLE)
		return 0;
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return next(fd, request, argument);
}

/* What is of the machine, not of its kernel's types */

enum preemption __wrap_kernel_preemption(void);
bool __wrap_kernel_dma_is_direct(const char **reason);

enum preemption __wrap_kernel_preemption(void)
{
	return kernel_has_member("spinlock", "lock") ? PREEMPTION_RT
						     : PREEMPTION_VOLUNTARY;
}

bool __wrap_kernel_dma_is_direct(const char **reason)
{
	(void)reason;
	return true;
}
