/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/output.h"

/* Nobody's, as far as these tests are concerned. */
#define USER  54321
#define OTHER 54322

static int enter_directory(void **state)
{
	char *name = strdup("/tmp/swiotlb-output-XXXXXX");

	*state = name;
	return !name || !mkdtemp(name) || chmod(name, 0755) || chdir(name);
}

/* Fails if anything was left: each test removes what it made. */
static int leave_directory(void **state)
{
	int err = chdir("/") || rmdir(*state);

	free(*state);
	return err;
}

static void assert_content(const char *path, const char *expected)
{
	char text[64] = "";
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) == strlen(expected));
	fclose(file);
	assert_string_equal(text, expected);
}

static void a_file_appears_whole(void **state)
{
	struct output *output;
	struct stat status;

	(void)state;
	assert_int_equal(output_open(&output, "new"), 0);
	fputs("content", output_stream(output));
	fflush(output_stream(output));
	assert_int_equal(access("new", F_OK), -1);
	assert_int_equal(output_commit(output), 0);
	assert_content("new", "content");
	assert_int_equal(chmod("new", 0640), 0);
	/* Given up: the older one stays. */
	assert_int_equal(output_open(&output, "new"), 0);
	fputs("other", output_stream(output));
	output_discard(output);
	assert_content("new", "content");
	/* Replaced, through a link, with the same permissions. */
	assert_int_equal(symlink("new", "link"), 0);
	assert_int_equal(output_open(&output, "link"), 0);
	fputs("third", output_stream(output));
	assert_int_equal(output_commit(output), 0);
	assert_content("new", "third");
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat("new", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(unlink("new"), 0);
}

/* What may be large is not in memory, and appears as whole. */
static void a_large_file_appears_whole(void **state)
{
	struct output *output;

	(void)state;
	assert_int_equal(output_open_large(&output, "new"), 0);
	fputs("content", output_stream(output));
	fflush(output_stream(output));
	assert_int_equal(access("new", F_OK), -1);
	assert_int_equal(output_commit(output), 0);
	assert_content("new", "content");
	assert_int_equal(output_open_large(&output, "new"), 0);
	fputs("other", output_stream(output));
	output_discard(output);
	assert_content("new", "content");
	assert_int_equal(unlink("new"), 0);
	/* What is no regular file is written in the end as well. */
	assert_int_equal(output_open_large(&output, "/dev/full"), 0);
	fputs("other", output_stream(output));
	assert_int_equal(output_commit(output), -ENOSPC);
}

static void unwritable_is_told_before(void **state)
{
	struct output *output = NULL;

	(void)state;
	assert_int_equal(output_open(&output, "no/such/file"), -ENOENT);
	assert_int_equal(output_open(&output, "."), -EISDIR);
	assert_int_equal(output_open(&output, "/proc/version/x"), -ENOTDIR);
	assert_null(output);
	output_discard(NULL);
}

static void devices_are_written_in_place(void **state)
{
	struct output *output;

	(void)state;
	assert_int_equal(output_open(&output, "/dev/null"), 0);
	assert_int_equal(output_terminal(output), -1);
	fputs("x", output_stream(output));
	assert_int_equal(output_commit(output), 0);
	assert_int_equal(output_open(&output, "/dev/full"), 0);
	fputs("x", output_stream(output));
	assert_int_equal(output_commit(output), -ENOSPC);
}

/* Writes @text to @path, which is given up when it cannot be opened. */
static int put(const char *path, const char *text)
{
	struct output *output;
	int err = output_open(&output, path);

	if (err)
		return err;
	fputs(text, output_stream(output));
	return output_end(output, 0);
}

static void make_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Cleans up what is there; some of it may not be. */
static void remove_all(const char *const *paths)
{
	for (; *paths; paths++)
		remove(*paths);
}

static void links_are_followed_to_their_end(void **state)
{
	static const char *const made[] = { "d/link", "d/up",	  "d/loop",
					    "e",      "dangling", "new",
					    "born",   "d",	  NULL };

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(symlink("d", "e"), 0);
	assert_int_equal(symlink("..", "d/up"), 0);
	assert_int_equal(symlink("up//new", "d/link"), 0);
	assert_int_equal(put("./e/link", "through"), 0);
	assert_content("new", "through");
	assert_int_equal(put("d/../d/link", "again"), 0);
	assert_content("new", "again");
	/* The shell makes such a file as well. */
	assert_int_equal(symlink("born", "dangling"), 0);
	assert_int_equal(put("dangling", "born"), 0);
	assert_content("born", "born");

	assert_int_equal(symlink("loop", "d/loop"), 0);
	assert_int_equal(put("d/loop", ""), -ELOOP);
	assert_int_equal(put("new/", ""), -ENOTDIR);
	assert_int_equal(put("d/link/", ""), -ENOTDIR);
	assert_int_equal(put("d/", ""), -EISDIR);
	assert_int_equal(put("/", ""), -EISDIR);
	assert_int_equal(put("absent/", ""), -ENOENT);
	assert_int_equal(put("", ""), -ENOENT);
	remove_all(made);
}

static void a_swap_moves_nothing(void **state)
{
	static const char *const made[] = { "d",       "was/f", "was",
					    "other/f", "other", "f",
					    "victim",  NULL };
	struct output *output;

	(void)state;
	/* The directory becomes a link while the tool runs. */
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("other", 0755), 0);
	make_file("other/f", "other's");
	assert_int_equal(output_open(&output, "d/f"), 0);
	assert_int_equal(rename("d", "was"), 0);
	assert_int_equal(symlink("other", "d"), 0);
	fputs("ours", output_stream(output));
	assert_int_equal(output_commit(output), 0);
	assert_content("other/f", "other's");
	assert_content("was/f", "ours");
	/* The file does. */
	make_file("victim", "whole");
	make_file("f", "old");
	assert_int_equal(output_open(&output, "f"), 0);
	assert_int_equal(unlink("f"), 0);
	assert_int_equal(symlink("victim", "f"), 0);
	fputs("ours", output_stream(output));
	assert_int_equal(output_commit(output), 0);
	assert_content("victim", "whole");
	assert_content("f", "ours");
	remove_all(made);
}

static void only_root_can_test_this(void)
{
	if (geteuid())
		skip();
}

static void own_link(const char *target, const char *link, uid_t uid)
{
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(lchown(link, uid, uid), 0);
}

static void the_links_of_others_are_refused(void **state)
{
	static const char *const made[] = { "tmp/theirs", "tmp/dir",
					    "tmp/roots",  "tmp/own",
					    "tmp",	  "target",
					    NULL };

	(void)state;
	only_root_can_test_this();
	make_file("target", "whole");
	assert_int_equal(chown("target", USER, USER), 0);
	assert_int_equal(mkdir("tmp", 0755), 0);
	assert_int_equal(chmod("tmp", 01777), 0);
	own_link("../target", "tmp/theirs", OTHER);
	own_link("..", "tmp/dir", OTHER);
	own_link("../target", "tmp/roots", 0);
	own_link("../target", "tmp/own", USER);
	assert_int_equal(put("tmp/theirs", "astray"), -EACCES);
	assert_int_equal(put("tmp/dir/target", "astray"), -EACCES);
	assert_int_equal(put("tmp/own", "astray"), -EACCES);
	assert_content("target", "whole");
	assert_int_equal(put("tmp/roots", "root"), 0);
	assert_content("target", "root");
	/* An ordinary user follows root's links and its own. */
	assert_int_equal(chown(".", USER, USER), 0);
	assert_int_equal(seteuid(USER), 0);
	assert_int_equal(put("tmp/theirs", "astray"), -EACCES);
	assert_int_equal(put("tmp/roots", "user"), 0);
	assert_int_equal(put("tmp/own", "again"), 0);
	assert_int_equal(seteuid(0), 0);
	assert_content("target", "again");
	/* Where not anyone can put one, a link is what its owner wants. */
	assert_int_equal(chmod("tmp", 0755), 0);
	assert_int_equal(put("tmp/theirs", "fine"), 0);
	assert_content("target", "fine");
	remove_all(made);
}

static void assert_owned(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, uid);
	assert_int_equal(status.st_gid, gid);
	assert_int_equal(status.st_mode & 07777, mode);
}

static void a_replaced_file_keeps_its_owner(void **state)
{
	static const char *const made[] = { "file", NULL };

	(void)state;
	only_root_can_test_this();
	make_file("file", "old");
	assert_int_equal(chown("file", USER, OTHER), 0);
	assert_int_equal(chmod("file", 06754), 0);
	assert_int_equal(put("file", "new"), 0);
	assert_owned("file", USER, OTHER, 0754);
	/* A user who may not give it that group gives its rights to none. */
	assert_int_equal(chmod("file", 0664), 0);
	assert_int_equal(chown(".", USER, USER), 0);
	assert_int_equal(setegid(USER), 0);
	assert_int_equal(seteuid(USER), 0);
	assert_int_equal(put("file", "newer"), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_owned("file", USER, USER, 0644);
	assert_content("file", "newer");
	remove_all(made);
}

static void descriptors_are_written_to(void **state)
{
	static const char *const made[] = { "file", NULL };
	char path[64], text[8] = "";
	int fd, ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	assert_int_equal(put(path, "pipe"), 0);
	assert_int_equal(read(ends[0], text, sizeof(text)), 4);
	assert_string_equal(text, "pipe");
	close(ends[0]);
	close(ends[1]);
	make_file("file", "old");
	fd = open("file", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(put(path, "new"), 0);
	close(fd);
	assert_content("file", "new");
	remove_all(made);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_appears_whole),
		TEST(a_large_file_appears_whole),
		TEST(unwritable_is_told_before),
		TEST(devices_are_written_in_place),
		TEST(links_are_followed_to_their_end),
		TEST(a_swap_moves_nothing),
		TEST(the_links_of_others_are_refused),
		TEST(a_replaced_file_keeps_its_owner),
		TEST(descriptors_are_written_to),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
