/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "util/log.h"

const struct library library_microhttpd = {
	.soname = "libmicrohttpd.so.12",
	.package = "libmicrohttpd12",
};

const struct library library_systemd = {
	.soname = "libsystemd.so.0",
	.package = "libsystemd0",
};

/* A function has an address that is not NULL. */
static const char *find_missing(void *handle, const char *const *names)
{
	while (*names && dlsym(handle, *names))
		names++;
	return *names;
}

/* ISO C knows no way from void * to a pointer to a function but its bytes. */
static void set_functions(void *handle, const char *const *names,
			  void *functions)
{
	for (size_t i = 0; names[i]; i++) {
		void *address = dlsym(handle, names[i]);

		memcpy((char *)functions + i * sizeof(address), &address,
		       sizeof(address));
	}
}

int library_load(const struct library *library, const char *const *names,
		 void *functions)
{
	void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);

	if (!handle || find_missing(handle, names)) {
		log_error("cannot load %s: %s; install or upgrade that "
			  "library, on Debian the package %s",
			  library->soname, dlerror(), library->package);
		if (handle)
			dlclose(handle);
		return -ELIBACC;
	}
	set_functions(handle, names, functions);
	return 0;
}
