#include "model_definition_test.h"

#include "base/arena.h"
#include "model/load/expand_glob.h"

/* What the disk gives for a pattern is what glob_matches says of the names there. */
static void matching_names_is_what_matching_files_does(void **state)
{
	static const char *const dirs[] = {"a", "a/b", "a/b/c", "x", ".h", "a/.h"};
	static const char *const files[] = {"a/1.txt", "a/b/2.txt", "a/b/c/3.txt", "x/1.txt",
		"4.txt", ".h/5.txt", "a/.h/6.txt", "a/.7.txt", "a/[8].txt", "a/b/c/x.md"};
	static const char *const patterns[] = {"*.txt", "*/*.txt", "**/*.txt", "a/**/*.txt",
		"a/**/c/*", "**/b/**/*.txt", "**/[0-9].txt", "a/[[]8].txt", "?/?.txt", ".h/*.txt",
		"**/c/3.txt", "a/*/*", "a/.*.txt", "a/b/c/[!x]*"};
	(void)state;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		assert_int_equal(mkdir(dirs[i], 0777), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		test_write(files[i], "");
	for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
		struct arena arena = {0};
		struct err err = {0};
		char **found;
		size_t count;
		assert_int_equal(fs_glob(&arena, patterns[p], &found, &count, &err), 0);
		for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
			bool is_found = false;
			for (size_t n = 0; n < count; n++)
				is_found |= !strcmp(found[n], files[i]);
			if (is_found != glob_matches(patterns[p], files[i]))
				fail_msg("'%s' and '%s': %d on disk", patterns[p], files[i],
					is_found);
		}
		arena_free(&arena);
	}
}

static void many_stars_take_no_time(void **state)
{
	struct buf pattern = {0}, path = {0};
	(void)state;

	for (int i = 0; i < 60; i++) {
		buf_str(&pattern, "**/a/");
		buf_str(&path, "a/a/a/");
	}
	buf_str(&pattern, "b");
	buf_str(&path, "c");
	assert_false(glob_matches(buf_text(&pattern), buf_text(&path)));
	buf_free(&pattern);
	buf_free(&path);
}

static void a_pattern_is_read_from_disk_once(void **state)
{
	uint32_t count = 0;
	(void)state;

	test_write("a.txt", "");
	load_good(
		"[stage:a]\ncommand = true\ninput.i = *.txt\n[stage:b]\ncommand = true\nforeach.e = *.txt\n"
		"input.i = *.txt\n");
	for (uint32_t i = 0; i < graph->source_count; i++)
		count += graph->sources[i].kind == SOURCE_GLOB;
	assert_int_equal(count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(matching_names_is_what_matching_files_does),
		TEST_DEFINITION(many_stars_take_no_time),
		TEST_DEFINITION(a_pattern_is_read_from_disk_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
