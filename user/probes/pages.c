// SPDX-License-Identifier: GPL-2.0-only
#include "probes/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probes/kernel.h"
#include "probes/slots.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP		"/proc/self/pagemap"
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_FRAME	((1ull << 55) - 1)

/**
 * struct own_page - a page that only this process uses
 * @fd: the file that it is all of
 * @memory: where it is mapped
 * @size: of it, in bytes
 */
struct own_page {
	int fd;
	void *memory;
	size_t size;
};

static void own_page_free(struct own_page *page)
{
	if (page->memory)
		munmap(page->memory, page->size);
	close(page->fd);
}

static int own_page_make(struct own_page *page)
{
	void *memory = MAP_FAILED;

	page->memory = NULL;
	page->size = sysconf(_SC_PAGESIZE);
	page->fd = memfd_create("swiotlb-page", MFD_CLOEXEC);
	if (page->fd < 0)
		return -errno;
	if (!ftruncate(page->fd, page->size))
		memory = mmap(NULL, page->size, PROT_READ | PROT_WRITE,
			      MAP_SHARED, page->fd, 0);
	if (memory == MAP_FAILED) {
		int error = -errno;

		own_page_free(page);
		return error;
	}
	page->memory = memory;
	*(volatile char *)memory = 1; /* there is a page from now on */
	return 0;
}

/* Return: its number; 0 = unknown, as page 0 is never given to a file */
static uint64_t frame_of(const struct own_page *page)
{
	off_t place = (uintptr_t)page->memory / page->size * sizeof(uint64_t);
	int fd = open(PAGEMAP, O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), place) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry & PAGEMAP_PRESENT ? entry & PAGEMAP_FRAME : 0;
}

/* The kernel may move the page while its struct is asked for: ask again. */
static int find_by_file(const struct bpf_program *by_file,
			const struct own_page *page, __u64 *array)
{
	struct file_page_request request = { .fd = page->fd };
	uint64_t before = frame_of(page);
	int error;

	*array = 0;
	if (!before)
		return 0;
	error = program_run(by_file, &request, sizeof(request));
	if (!error && request.page && frame_of(page) == before)
		*array = request.page - before * request.page_bytes;
	return error;
}

int pages_find(const struct bpf_program *by_symbol,
	       const struct bpf_program *by_file,
	       struct page_array_request *out)
{
	struct own_page page;
	int error;

	*out = (struct page_array_request){ 0 };
	error = program_run(by_symbol, out, sizeof(*out));
	/* With SPARSEMEM_VMEMMAP one array has the pages of all memory. */
	if (error || out->page_array ||
	    !kernel_has_function("vmemmap_populate"))
		return error;
	error = own_page_make(&page);
	if (error)
		return error;
	error = find_by_file(by_file, &page, &out->page_array);
	out->whole = out->page_array != 0;
	own_page_free(&page);
	return error;
}
