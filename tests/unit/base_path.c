#include "base_test.h"

#include "base/arena.h"
#include "base/path.h"

static void paths_have_one_normal_form(void **state)
{
	(void)state;
	const char *const pairs[][2] = {
		{"", "."},
		{".", "."},
		{"./", "."},
		{"./.", "."},
		{"a", "a"},
		{"./a", "a"},
		{"a/", "a"},
		{"a//b", "a/b"},
		{"x//y///", "x/y"},
		{"a/./b", "a/b"},
		{"a/../b", "b"},
		{"a/..", "."},
		{"a/../..", ".."},
		{"a/../../b", "../b"},
		{"..", ".."},
		{"../", ".."},
		{"../..", "../.."},
		{"../../a/..", "../.."},
		{"../a/../b", "../b"},
		{"/", "/"},
		{"//", "/"},
		{"/.", "/"},
		{"/..", "/"},
		{"/../a", "/a"},
		{"/a/..", "/"},
		{"/a/../../b", "/b"},
		{"/a/b/", "/a/b"},
		{"...", "..."},
		{"..a", "..a"},
		{"a..", "a.."},
		{".a", ".a"},
		{"a/.b/..c", "a/.b/..c"},
		{"-rf", "-rf"},
		{" a / b ", " a / b "},
		{"a\n/b", "a\n/b"},
		{"a/b/../../..", ".."},
		{"a/b/../c/../../d", "d"},
		{"./../a", "../a"},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *once = path_norm(&arena, pairs[i][0]);
		assert_string_equal(once, pairs[i][1]);
		assert_string_equal(path_norm(&arena, once), once);
	}
	arena_free(&arena);
}

static void joining_lets_absolute_paths_win(void **state)
{
	(void)state;
	struct arena arena = {0};

	assert_string_equal(path_join(&arena, "a", "b"), "a/b");
	assert_string_equal(path_join(&arena, "a", "../b"), "b");
	assert_string_equal(path_join(&arena, "a", "/b/"), "/b");
	assert_string_equal(path_join(&arena, ".", "b"), "b");
	assert_string_equal(path_join(&arena, "", "b"), "b");
	assert_string_equal(path_join(&arena, "/", "b"), "/b");
	assert_string_equal(path_join(&arena, "/a", ""), "/a");
	assert_string_equal(path_join(&arena, "a", ".."), ".");
	arena_free(&arena);
}

static void below_is_by_components_not_by_letters(void **state)
{
	(void)state;
	assert_true(path_is_under("a", "a"));
	assert_true(path_is_under("a", "a/b"));
	assert_false(path_is_under("a", "ab"));
	assert_false(path_is_under("a/b", "a"));
	assert_false(path_is_under("a", "."));
	assert_true(path_is_under(".", "a"));
	assert_true(path_is_under(".", "."));
	assert_true(path_is_under(".", "..a"));
	assert_true(path_is_under(".", "..."));
	assert_false(path_is_under(".", ".."));
	assert_false(path_is_under(".", "../a"));
	assert_false(path_is_under(".", "/a"));
	assert_true(path_is_under("/", "/a"));
	assert_true(path_is_under("/", "/"));
	assert_false(path_is_under("/", "a"));
	assert_true(path_is_under("..", "../a"));
	assert_false(path_is_under("..", "../.."));
	assert_false(path_is_under("..", "../../a"));
	assert_false(path_is_under("/a", "/"));
}

static void the_part_below_is_borrowed(void **state)
{
	(void)state;
	assert_string_equal(path_below("a", "a/b/c"), "b/c");
	assert_string_equal(path_below("a", "a"), "");
	assert_string_equal(path_below(".", "a/b"), "a/b");
	assert_string_equal(path_below(".", "."), "");
	assert_string_equal(path_below("/", "/a/b"), "a/b");
	assert_string_equal(path_below("/", "/"), "");
	assert_null(path_below("a", "b"));
}

static void a_relative_path_leads_from_one_directory_to_another(void **state)
{
	struct arena arena = {0};
	const struct {
		const char *from, *to, *path;
	} cases[] = {
		{"a", "b", "../b"},
		{"a/b", "a/c/d", "../c/d"},
		{"a", "a", "."},
		{"a", "a/b", "b"},
		{"a/b", "a", ".."},
		{"a/b", ".", "../.."},
		{".", "a/b", "a/b"},
		{"ab", "a", "../a"},
		{"a", "ab/c", "../ab/c"},
		{"a/bc", "a/bd", "../bd"},
		{"/x/y", "/x/z", "../z"},
		{"/x", "/y/z", "../y/z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(
			path_relative(&arena, cases[i].from, cases[i].to), cases[i].path);
	arena_free(&arena);
}

static void a_name_has_directory_base_stem_and_extension(void **state)
{
	(void)state;
	const struct {
		const char *path, *dir, *base, *stem, *ext;
	} cases[] = {
		{"a/b.txt", "a", "b.txt", "b", "txt"},
		{"b.tar.gz", ".", "b.tar.gz", "b.tar", "gz"},
		{"/b", "/", "b", "b", ""},
		{"/", "/", "", "", ""},
		{"a//b", "a", "b", "b", ""},
		{"//b", "/", "b", "b", ""},
		{".x", ".", ".x", ".x", ""},
		{"d.x/f", "d.x", "f", "f", ""},
		{".x.y", ".", ".x.y", ".x", "y"},
		{"x.", ".", "x.", "x.", ""},
		{"..", ".", "..", "..", ""},
		{"a/b/", "a/b", "", "", ""},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(path_dir(&arena, cases[i].path), cases[i].dir);
		assert_string_equal(path_base(cases[i].path), cases[i].base);
		assert_string_equal(path_stem(&arena, cases[i].path), cases[i].stem);
		assert_string_equal(path_ext(cases[i].path), cases[i].ext);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_have_one_normal_form),
		cmocka_unit_test(joining_lets_absolute_paths_win),
		cmocka_unit_test(below_is_by_components_not_by_letters),
		cmocka_unit_test(the_part_below_is_borrowed),
		cmocka_unit_test(a_relative_path_leads_from_one_directory_to_another),
		cmocka_unit_test(a_name_has_directory_base_stem_and_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
