#include "base_test.h"

#include <errno.h>

#include "base/arena.h"

static size_t entries(const char *dir)
{
	struct arena arena = {0};
	char **names;
	size_t count = 0;

	assert_int_equal(fs_list(&arena, dir, &names, &count, NULL), 0);
	arena_free(&arena);
	return count;
}

static void a_file_moves_and_replaces_a_file(void **state)
{
	(void)state;
	struct err err = {0};

	test_write("a", "new");
	assert_int_equal(fs_move("a", "b", "mark", &err), 0);
	test_assert_file("b", "new");
	assert_false(test_is_there("a"));
	test_write("c", "newer");
	assert_int_equal(fs_move("c", "b", "mark", &err), 0);
	test_assert_file("b", "newer");
	assert_int_equal(entries("."), 1);
}

static void a_directory_replaces_a_full_directory(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(fs_mkdirs("new/x", &err), 0);
	test_write("new/f", "new");
	assert_int_equal(fs_mkdirs("old/y", &err), 0);
	test_write("old/g", "old");
	assert_int_equal(fs_move("new", "old", "mark", &err), 0);
	test_assert_file("old/f", "new");
	assert_true(fs_is_dir("old/x"));
	assert_false(test_is_there("old/g"));
	assert_int_equal(entries("."), 1);
}

static void a_file_replaces_a_directory_and_a_directory_a_file(void **state)
{
	(void)state;
	struct err err = {0};

	test_write("f", "file");
	assert_int_equal(fs_mkdirs("d/x", &err), 0);
	assert_int_equal(fs_move("f", "d", "mark", &err), 0);
	test_assert_file("d", "file");
	assert_int_equal(fs_mkdirs("e/x", &err), 0);
	assert_int_equal(fs_move("e", "d", "mark", &err), 0);
	assert_true(fs_is_dir("d/x"));
	assert_int_equal(entries("."), 1);
}

static void links_move_as_links(void **state)
{
	(void)state;
	struct err err = {0};
	struct stat st;

	test_write("target", "t");
	assert_int_equal(symlink("target", "l"), 0);
	assert_int_equal(symlink("target", "old"), 0);
	assert_int_equal(fs_move("l", "old", "mark", &err), 0);
	assert_true(lstat("old", &st) == 0 && S_ISLNK(st.st_mode));
	test_assert_file("target", "t");
	assert_int_equal(entries("."), 2);
}

static void two_names_of_one_file_become_one(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(fs_mkdirs("d", &err), 0);
	test_write("a", "x");
	assert_int_equal(link("a", "b"), 0);
	assert_int_equal(link("a", "d/b"), 0);
	assert_int_equal(fs_move("a", "b", "mark", &err), 0);
	assert_false(test_is_there("a"));
	test_assert_file("b", "x");
	assert_int_equal(fs_move("b", "d/b", "mark", &err), 0); /* the same base elsewhere */
	assert_false(test_is_there("b"));
	test_assert_file("d/b", "x");
}

static void a_file_moved_onto_itself_stays(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(fs_mkdirs("d", &err), 0);
	test_write("d/a", "x");
	assert_int_equal(symlink("d", "l"), 0);
	assert_int_equal(fs_move("d/a", "d/a", "mark", &err), 0);
	assert_int_equal(fs_move("d/a", "d/./a", "mark", &err), 0);
	assert_int_equal(fs_move("l/a", "d/a", "mark", &err), 0);
	test_assert_file("d/a", "x");
}

static void what_cannot_move_is_an_error_and_stays(void **state)
{
	(void)state;
	struct err err = {0};

	test_write("a", "x");
	assert_int_equal(fs_move("missing", "b", "mark", &err), -1);
	assert_int_equal(err.sys, ENOENT);
	assert_non_null(strstr(err.text, "missing"));
	err_clear(&err);
	assert_int_equal(fs_move("a", "no/where", "mark", &err), -1);
	assert_non_null(strstr(err.text, "no/where"));
	test_assert_file("a", "x");
	err_clear(&err);
	assert_int_equal(fs_mkdirs("d/e", &err), 0);
	assert_int_equal(fs_move("d", "d/e/f", "mark", &err), -1);
	assert_int_equal(fs_move("d/e", "d", "mark", &err), -1);
	assert_true(fs_is_dir("d/e"));
}

/* A directory on another file system, NULL if there is none. */
static char *other_file_system(char *dir)
{
	static const char template[] = "/dev/shm/restage-test-XXXXXX";
	struct stat here, there;

	if (stat(".", &here) < 0 || stat("/dev/shm", &there) < 0 || here.st_dev == there.st_dev)
		return NULL;
	memcpy(dir, template, sizeof template);
	return mkdtemp(dir);
}

static void a_tree_moves_to_another_file_system(void **state)
{
	(void)state;
	struct err err = {0};
	struct stat st;
	char dir[64], to[100], path[200], target[10] = {0};

	if (!other_file_system(dir))
		skip();
	snprintf(to, sizeof to, "%s/to", dir);
	assert_int_equal(fs_mkdirs("t/ro", &err), 0);
	test_write("t/f", "content");
	test_write("t/ro/g", "");
	assert_int_equal(chmod("t/f", 0751), 0);
	assert_int_equal(symlink("f", "t/l"), 0);
	assert_int_equal(mkfifo("t/p", 0600), 0);
	const struct timespec times[2] = {{5, 6}, {7, 8}};
	assert_int_equal(utimensat(AT_FDCWD, "t/f", times, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, "t/ro", times, 0), 0);
	assert_int_equal(chmod("t/ro", 0555), 0);
	/* where something is already */
	assert_int_equal(mkdir(to, 0777), 0);
	snprintf(path, sizeof path, "%s/old", to);
	test_write(path, "old");

	assert_int_equal(fs_move("t", to, "mark", &err), 0);
	assert_false(test_is_there("t"));
	assert_false(test_is_there(path));
	snprintf(path, sizeof path, "%s/f", to);
	test_assert_file(path, "content");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_true(st.st_mtim.tv_sec == 7 && st.st_mtim.tv_nsec == 8);
	snprintf(path, sizeof path, "%s/ro", to);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0555);
	assert_int_equal(st.st_mtim.tv_sec, 7);
	snprintf(path, sizeof path, "%s/l", to);
	assert_int_equal(readlink(path, target, sizeof target), 1);
	assert_string_equal(target, "f");
	snprintf(path, sizeof path, "%s/p", to);
	assert_true(lstat(path, &st) == 0 && S_ISFIFO(st.st_mode));
	assert_int_equal(entries(dir), 1);

	test_write("single", "x");
	assert_int_equal(fs_move("single", to, "mark", &err), 0);
	test_assert_file(to, "x");
	assert_int_equal(entries(dir), 1);
	assert_int_equal(entries("."), 0);
	assert_int_equal(fs_remove_tree(dir, &err), 0);
}

static void a_move_elsewhere_that_fails_leaves_both_sides(void **state)
{
	(void)state;
	struct err err = {0};
	char dir[64], to[100];

	if (!other_file_system(dir))
		skip();
	snprintf(to, sizeof to, "%s/none/to", dir);
	test_write("f", "x");
	assert_int_equal(fs_move("f", to, "mark", &err), -1);
	test_assert_file("f", "x");
	assert_int_equal(entries(dir), 0);
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_file_moves_and_replaces_a_file),
		TEST_IN_DIR(a_directory_replaces_a_full_directory),
		TEST_IN_DIR(a_file_replaces_a_directory_and_a_directory_a_file),
		TEST_IN_DIR(links_move_as_links),
		TEST_IN_DIR(two_names_of_one_file_become_one),
		TEST_IN_DIR(a_file_moved_onto_itself_stays),
		TEST_IN_DIR(what_cannot_move_is_an_error_and_stays),
		TEST_IN_DIR(a_tree_moves_to_another_file_system),
		TEST_IN_DIR(a_move_elsewhere_that_fails_leaves_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
