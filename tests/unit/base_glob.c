#include "base_test.h"

#include <errno.h>

#include "base/arena.h"
#include "base/buf.h"

static void make_files(void)
{
	struct err err = {0};
	const char *const dirs[] = {"in/a/deep", "in/b", "in/.hidden", "other"};
	const char *const files[] = {"in/1.mp4", "in/2.mp4", "in/x.txt", "in/.dot.mp4",
		"in/a/3.mp4", "in/a/deep/4.mp4", "in/b/5.mp4", "in/.hidden/6.mp4", "other/7.mp4",
		"top.mp4"};

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		assert_int_equal(fs_mkdirs(dirs[i], &err), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		test_write(files[i], "");
	assert_int_equal(symlink("../other", "in/link"), 0);
	assert_int_equal(symlink("nowhere", "in/dangling.mp4"), 0);
}

static void assert_glob(const char *pattern, const char *want)
{
	struct arena arena = {0};
	struct err err = {0};
	struct buf got = {0};
	char **paths;
	size_t count;

	if (fs_glob(&arena, pattern, &paths, &count, &err) < 0)
		fail_msg("%s: %s", pattern, err.text);
	for (size_t i = 0; i < count; i++) {
		buf_str(&got, i ? " " : "");
		buf_str(&got, paths[i]);
	}
	if (strcmp(buf_text(&got), want) != 0)
		fail_msg("%s: %s", pattern, buf_text(&got));
	buf_free(&got);
	arena_free(&arena);
}

static void a_glob_has_one_of_three_characters(void **state)
{
	(void)state;
	assert_true(fs_is_glob("a*"));
	assert_true(fs_is_glob("?"));
	assert_true(fs_is_glob("[a]"));
	assert_false(fs_is_glob("a/b.c"));
	assert_false(fs_is_glob("a\\b{c,d}"));
	assert_false(fs_is_glob(""));
}

static void patterns_match_by_component(void **state)
{
	(void)state;
	make_files();
	assert_glob("in/*.mp4", "in/1.mp4 in/2.mp4 in/dangling.mp4");
	assert_glob("in/[12].mp4", "in/1.mp4 in/2.mp4");
	assert_glob("in/[!1].mp4", "in/2.mp4");
	assert_glob("in/?.txt", "in/x.txt");
	assert_glob("*.mp4", "top.mp4");
	assert_glob("*/*.mp4", "in/1.mp4 in/2.mp4 in/dangling.mp4 other/7.mp4");
	assert_glob("in/*/*.mp4", "in/a/3.mp4 in/b/5.mp4 in/link/7.mp4");
	assert_glob("*/7.mp4", "other/7.mp4");
	assert_glob("i*/a/../b/*.mp4", "in/a/../b/5.mp4");
	assert_glob("./in/*.txt", "./in/x.txt");
	assert_glob("in//*.txt", "in/x.txt");
}

static void a_leading_dot_must_be_given(void **state)
{
	(void)state;
	make_files();
	assert_glob("in/.*.mp4", "in/.dot.mp4");
	assert_glob("in/.*/*.mp4", "in/.hidden/6.mp4");
	assert_glob("in/.hidden/**", "in/.hidden/6.mp4");
	assert_glob("in/[.]*", "");
}

static void two_stars_match_any_depth_also_none(void **state)
{
	(void)state;
	make_files();
	/* links are followed by **, too */
	assert_glob("in/**/*.mp4", "in/1.mp4 in/2.mp4 in/a/3.mp4 in/a/deep/4.mp4 in/b/5.mp4 "
				   "in/dangling.mp4 in/link/7.mp4");
	assert_glob("**/4.mp4", "in/a/deep/4.mp4");
	assert_glob("**/top.mp4", "top.mp4");
	assert_glob("in/a/**", "in/a/3.mp4 in/a/deep in/a/deep/4.mp4");
	assert_glob("in/**/", "in/a in/a/deep in/b in/link");
	assert_glob("in/**/deep/**/*.mp4", "in/a/deep/4.mp4");
	assert_glob("in/**/**/**/4.mp4", "in/a/deep/4.mp4");
	assert_glob("in/**/**", "in/1.mp4 in/2.mp4 in/a in/a/3.mp4 in/a/deep in/a/deep/4.mp4 in/b "
				"in/b/5.mp4 in/dangling.mp4 in/link in/link/7.mp4 in/x.txt");
	assert_glob("in/**/link/*", "in/link/7.mp4");
	assert_glob("in/**.mp4", "in/1.mp4 in/2.mp4 in/dangling.mp4"); /* no component of its own */
}

static void a_slash_at_the_end_wants_directories(void **state)
{
	(void)state;
	make_files();
	assert_glob("in/*/", "in/a in/b in/link");
	assert_glob("top.mp4/", "");
	assert_glob("other/", "other");
}

static void a_path_without_a_glob_is_itself_if_it_is_there(void **state)
{
	(void)state;
	make_files();
	assert_glob("in/x.txt", "in/x.txt");
	assert_glob("in/nope", "");
	assert_glob("in/x.txt/y", "");
	assert_glob("", "");
	assert_glob("/", "/");
	assert_glob("in/dangling.mp4", "in/dangling.mp4");
}

static void what_is_missing_is_no_error(void **state)
{
	(void)state;
	make_files();
	assert_glob("nope/*", "");
	assert_glob("nope/**/x", "");
	assert_glob("top.mp4/*", "");
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_glob("loop/*", "");
	assert_glob("*/nope*", "");
}

static void absolute_patterns_give_absolute_paths(void **state)
{
	(void)state;
	make_files();
	char pattern[4200], want[4200], cwd[4000];
	assert_non_null(getcwd(cwd, sizeof cwd));
	snprintf(pattern, sizeof pattern, "%s/in/**/5.mp4", cwd);
	snprintf(want, sizeof want, "%s/in/b/5.mp4", cwd);
	assert_glob(pattern, want);
}

static void names_are_bytes(void **state)
{
	(void)state;
	test_write("\xff.x", "");
	test_write("a\\b.x", "");
	test_write("a*b.x", "");
	test_write("-rf.x", "");
	test_write("a b.x", "");
	assert_glob("?.x", "\xff.x");
	assert_glob("a\\b*", "a\\b.x"); /* a backslash is itself */
	assert_glob("a[*]b.x", "a*b.x");
	assert_glob("[^a]*.x", "-rf.x \xff.x");
	assert_glob("[", "");
}

static bool unreadable_is_an_error(void)
{
	struct arena arena = {0};
	struct err err = {0};
	char **paths;
	size_t count;

	if (fs_mkdirs("t/closed", &err) < 0 || chmod("t/closed", 0) < 0)
		return false;
	bool result = fs_glob(&arena, "t/*/*", &paths, &count, &err) == -1 && err.sys == EACCES;
	err_clear(&err);
	result = result && fs_glob(&arena, "t/**/*.x", &paths, &count, &err) == -1 &&
		 err.sys == EACCES && strstr(err.text, "t/closed");
	arena_free(&arena);
	return result && chmod("t/closed", 0700) == 0;
}

static void a_directory_that_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	assert_true(test_as_nobody(unreadable_is_an_error));
}

/* What tries every way would not end before the test's time is over, by hours. */
static void hostile_patterns_come_to_an_end(void **state)
{
	(void)state;
	struct buf pattern = {0}, path = {0};
	struct err err = {0};
	char name[201];

	memset(name, 'a', 200);
	name[200] = '\0';
	test_write(name, "");
	for (int i = 0; i < 40; i++)
		buf_str(&pattern, "*a");
	buf_str(&pattern, "b");
	assert_glob(buf_text(&pattern), "");
	/* many ** over a deep chain of equal names */
	for (int i = 0; i < 60; i++)
		buf_str(&path, "a/");
	assert_int_equal(fs_mkdirs(buf_text(&path), &err), 0);
	buf_reset(&pattern);
	for (int i = 0; i < 12; i++)
		buf_str(&pattern, "**/a/");
	buf_str(&pattern, "b");
	assert_glob(buf_text(&pattern), "");
	buf_reset(&pattern);
	for (int i = 0; i < 100000; i++)
		buf_str(&pattern, "**/");
	buf_str(&pattern, "b");
	assert_glob(buf_text(&pattern), "");
	buf_free(&pattern);
	buf_free(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_glob_has_one_of_three_characters),
		TEST_IN_DIR(patterns_match_by_component),
		TEST_IN_DIR(a_leading_dot_must_be_given),
		TEST_IN_DIR(two_stars_match_any_depth_also_none),
		TEST_IN_DIR(a_slash_at_the_end_wants_directories),
		TEST_IN_DIR(a_path_without_a_glob_is_itself_if_it_is_there),
		TEST_IN_DIR(what_is_missing_is_no_error),
		TEST_IN_DIR(absolute_patterns_give_absolute_paths),
		TEST_IN_DIR(names_are_bytes),
		TEST_IN_DIR(a_directory_that_cannot_be_read_is_an_error),
		TEST_IN_DIR(hostile_patterns_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
