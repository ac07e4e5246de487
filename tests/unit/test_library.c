/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/library.h"

/**
 * struct functions - what a user of a library has
 * @first: a function
 * @second: another one
 */
struct functions {
	const char *(*first)(void);
	int (*second)(void);
};

/* library_load() and what it says, of which there is room for one line. */
static int load(const struct library *library, const char *const *names,
		struct functions *functions, char message[256])
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO), err;

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	err = library_load(library, names, functions);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	if (!fgets(message, 256, file))
		*message = '\0';
	fclose(file);
	return err;
}

static void assert_says(const char *message, const char *text)
{
	if (!strstr(message, text))
		fail_msg("'%s' is not in: %s", text, message);
}

static void a_library_is_loaded(void **state)
{
	static const char *const names[] = { "MHD_get_version",
					     "MHD_is_feature_supported", NULL };
	struct functions functions = { 0 };
	char message[256];

	(void)state;
	/* As often as there are users. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(load(&library_microhttpd, names, &functions,
				      message),
				 0);
		assert_string_equal(message, "");
		assert_non_null(functions.second);
		assert_int_equal(*functions.first(),
				 '0' + MHD_VERSION / 0x1000000);
	}
}

static void what_is_not_there_is_named(void **state)
{
	static const struct library absent = { "libabsent.so.1", "libabsent1" };
	static const char *const names[] = { "one", "two", NULL };
	struct functions functions = { 0 };
	char message[256];

	(void)state;
	assert_int_equal(load(&absent, names, &functions, message), -ELIBACC);
	assert_says(message, "cannot load libabsent.so.1: ");
	assert_says(message, "No such file or directory; ");
	assert_says(message, "the package libabsent1\n");
	assert_null(functions.first);
}

/* Of a library without all functions nothing is used. */
static void what_lacks_a_function_is_not_used(void **state)
{
	static const char *const names[] = { "sd_booted", "sd_absent", NULL };
	struct functions functions = { 0 };
	char message[256];

	(void)state;
	assert_int_equal(load(&library_systemd, names, &functions, message),
			 -ELIBACC);
	assert_says(message, "cannot load libsystemd.so.0: ");
	assert_says(message, "undefined symbol: sd_absent; ");
	assert_says(message, "the package libsystemd0\n");
	assert_null(functions.first);
	assert_null(functions.second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_library_is_loaded),
		cmocka_unit_test(what_is_not_there_is_named),
		cmocka_unit_test(what_lacks_a_function_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
