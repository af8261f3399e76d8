#include "base_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"

static void what_is_missing_is_removed_already(void **state)
{
	(void)state;
	struct err err = {0};

	test_write("f", "");
	assert_int_equal(fs_remove_tree("missing", &err), 0);
	assert_int_equal(fs_remove_tree("missing/below", &err), 0);
	assert_int_equal(fs_remove_tree("f/below", &err), 0);
	assert_true(test_is_there("f"));
}

static void files_links_and_trees_are_removed(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(fs_mkdirs("keep", &err), 0);
	test_write("keep/f", "keep");
	assert_int_equal(fs_mkdirs("t/a/b", &err), 0);
	test_write("t/a/b/f", "");
	test_write("t/-rf", "");
	test_write("t/a\nb \xff", "");
	assert_int_equal(symlink("../keep", "t/dir_link"), 0);
	assert_int_equal(symlink("../keep/f", "t/file_link"), 0);
	assert_int_equal(symlink("nowhere", "t/dangling"), 0);
	assert_int_equal(mkfifo("t/pipe", 0666), 0);
	assert_int_equal(link("keep/f", "t/hard"), 0);
	assert_int_equal(fs_remove_tree("t", &err), 0);
	assert_false(test_is_there("t"));
	test_assert_file("keep/f", "keep");

	assert_int_equal(symlink("keep", "l"), 0);
	assert_int_equal(fs_remove_tree("l", &err), 0);
	assert_false(test_is_there("l"));
	test_assert_file("keep/f", "keep");
	assert_int_equal(fs_remove_tree("keep/f", &err), 0);
	assert_false(test_is_there("keep/f"));
	assert_int_equal(fs_mkdirs("slash", &err), 0);
	assert_int_equal(fs_remove_tree("slash/", &err), 0);
	assert_false(test_is_there("slash"));
}

static void a_very_deep_tree_is_removed(void **state)
{
	(void)state;
	struct err err = {0};

	test_make_deep("t", 5000);
	assert_int_equal(fs_remove_tree("t", &err), 0);
	assert_false(test_is_there("t"));
}

static bool read_only_trees_go(void)
{
	struct err err = {0};

	if (fs_mkdirs("t/ro/inner", &err) < 0 || fs_mkdirs("t/none", &err) < 0)
		return false;
	test_write("t/ro/f", "");
	test_write("t/ro/inner/g", "");
	test_write("t/none/h", "");
	if (chmod("t/ro/inner", 0500) || chmod("t/ro", 0555) || chmod("t/none", 0) ||
		chmod("t", 0500))
		return false;
	return fs_remove_tree("t", &err) == 0 && !test_is_there("t");
}

static void read_only_directories_in_the_tree_do_not_stop_it(void **state)
{
	(void)state;
	assert_true(test_as_nobody(read_only_trees_go));
}

static bool protected_is_named(void)
{
	struct err err = {0};

	if (fs_mkdirs("p/t/a", &err) < 0)
		return false;
	test_write("p/t/a/f", "");
	if (chmod("p", 0555))
		return false;
	bool result = fs_remove_tree("p/t", &err) == -1 && err.sys == EACCES &&
		      strstr(err.text, "'p/t'") != NULL;
	return chmod("p", 0755) == 0 && result;
}

static void a_tree_that_may_not_go_is_an_error_that_names_it(void **state)
{
	(void)state;
	assert_true(test_as_nobody(protected_is_named));
}

static void nothing_outside_goes_while_links_are_swapped_in(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(fs_mkdirs("outside/deep", &err), 0);
	for (int i = 0; i < 20; i++) {
		char path[64];
		snprintf(path, sizeof path, "outside/deep/f%d", i);
		test_write(path, "keep");
	}
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* t/sub is now a directory, now a link that leads outside */
		for (;;) {
			if (symlink("../outside", "link") < 0 && errno != EEXIST)
				_exit(1);
			syscall(SYS_renameat2, AT_FDCWD, "link", AT_FDCWD, "t/sub", 2);
			syscall(SYS_renameat2, AT_FDCWD, "link", AT_FDCWD, "t/sub", 2);
		}
	}
	struct timespec end, now;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 1;
	do {
		fs_mkdirs("t/sub/deep", NULL);
		if (!fs_is_dir("link"))
			unlink("link");
		int fd = open("t/sub/deep/x", O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd >= 0)
			close(fd);
		err_clear(&err);
		fs_remove_tree("t", &err); /* may fail: someone is at work in it */
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (
		now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 20; i++) {
		char path[64];
		snprintf(path, sizeof path, "outside/deep/f%d", i);
		test_assert_file(path, "keep");
	}
}

static int collect(void *ctx, const char *rel, char type)
{
	buf_fmt(ctx, "%c%s ", type, rel);
	return strcmp(rel, "stop") == 0 ? 5 : 0;
}

static void a_walk_is_sorted_and_can_be_stopped(void **state)
{
	(void)state;
	struct buf seen = {0};
	struct err err = {0};

	assert_int_equal(fs_mkdirs("t/b", &err), 0);
	test_write("t/a", "");
	test_write("t/b/c", "");
	test_write("t/b.x", "");
	assert_int_equal(symlink("b", "t/l"), 0);
	assert_int_equal(fs_walk("t", collect, &seen, &err), 0);
	assert_string_equal(buf_text(&seen), "fa db fb/c fb.x ll ");
	buf_reset(&seen);
	test_write("t/stop", "");
	test_write("t/z", "");
	assert_int_equal(fs_walk("t", collect, &seen, &err), 5);
	assert_string_equal(buf_text(&seen), "fa db fb/c fb.x ll fstop ");
	assert_int_equal(fs_walk("missing", collect, &seen, &err), -1);
	buf_free(&seen);
}

static void a_list_is_sorted_and_without_dots(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct err err = {0};
	char **names;
	size_t count;

	test_write("b", "");
	test_write("a", "");
	test_write(".h", "");
	assert_int_equal(fs_list(&arena, ".", &names, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(names[0], ".h");
	assert_string_equal(names[1], "a");
	assert_string_equal(names[2], "b");
	assert_int_equal(fs_list(&arena, "a", &names, &count, &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
	assert_int_equal(count, 0);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_is_missing_is_removed_already),
		TEST_IN_DIR(files_links_and_trees_are_removed),
		TEST_IN_DIR(a_very_deep_tree_is_removed),
		TEST_IN_DIR(read_only_directories_in_the_tree_do_not_stop_it),
		TEST_IN_DIR(a_tree_that_may_not_go_is_an_error_that_names_it),
		TEST_IN_DIR(nothing_outside_goes_while_links_are_swapped_in),
		TEST_IN_DIR(a_walk_is_sorted_and_can_be_stopped),
		TEST_IN_DIR(a_list_is_sorted_and_without_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
