/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_LIBRARY_H
#define UTIL_LIBRARY_H

/*
 * Libraries that few commands use. Linked, each of them and what it needs would
 * be in the memory of every process; they are loaded when they are first used.
 *
 * A user lists the functions that it calls once:
 *
 *	#define FUNCTIONS(OF) OF(sd_listen_fds) OF(sd_is_socket)
 *	static struct {
 *		FUNCTIONS(LIBRARY_POINTER)
 *	} systemd;
 *	static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) NULL };
 *
 * and calls systemd.sd_listen_fds() once library_load() has succeeded. The
 * pointers have the types of the library's header.
 */

/** LIBRARY_POINTER() - a member of a struct: points to a function */
#define LIBRARY_POINTER(function) typeof(function) *function;

/** LIBRARY_NAME() - an element of an array: the name of a function */
#define LIBRARY_NAME(function) #function,

/**
 * struct library - a library
 * @soname: its file, as the dynamic linker finds it
 * @package: what it is in, on Debian
 */
struct library {
	const char *soname;
	const char *package;
};

extern const struct library library_microhttpd;
extern const struct library library_systemd;

/**
 * library_load() - load a library, which stays until the process ends
 * @library: the library; nothing happens twice if it is loaded already
 * @names: functions of it, with a NULL behind the last
 * @functions: a struct of pointers, one for each name in the same order; set to
 *	the functions when all were found, else left alone
 *
 * Opens files: to be called before confine(). Logs why when it fails.
 *
 * Return: 0 or -ELIBACC.
 */
int library_load(const struct library *library, const char *const *names,
		 void *functions);

#endif
