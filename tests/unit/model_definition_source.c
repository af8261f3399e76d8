#include "base_test.h"

#include "base/digest.h"
#include "model/load/definition_source.h"

static struct digest now(enum source_kind kind, const char *path)
{
	struct digest digest;
	struct err err = {0};

	assert_int_equal(source_digest(kind, path, &digest, &err), 0);
	return digest;
}

static void a_file_is_the_same_while_its_bytes_are(void **state)
{
	(void)state;
	test_write("p.ini", "a");
	struct digest before = now(SOURCE_DEFINITION, "p.ini"), want = digest_bytes("a", 1);
	assert_true(digest_eq(&before, &want));
	test_write("p.ini", "b");
	struct digest after = now(SOURCE_DEFINITION, "p.ini");
	assert_false(digest_eq(&before, &after));
}

static void a_missing_file_is_an_error(void **state)
{
	struct digest digest;
	struct err err = {0};
	(void)state;

	assert_int_equal(source_digest(SOURCE_PARAMS, "none.json", &digest, &err), -1);
	assert_int_not_equal(err.code, EXIT_OK);
}

static void a_pattern_is_the_same_while_its_matches_are(void **state)
{
	(void)state;
	test_write("a.txt", "");
	struct digest before = now(SOURCE_GLOB, "*.txt");
	test_write("a.txt", "other content");
	test_write("b.md", "");
	struct digest same = now(SOURCE_GLOB, "*.txt");
	assert_true(digest_eq(&before, &same));
	test_write("b.txt", "");
	struct digest after = now(SOURCE_GLOB, "*.txt");
	assert_false(digest_eq(&before, &after));
}

static void a_probe_sees_what_kind_of_thing_is_there(void **state)
{
	(void)state;
	assert_int_equal(source_probe("x"), '0');
	assert_int_equal(symlink("nowhere", "x"), 0);
	assert_int_equal(source_probe("x"), 'l');
	test_write("nowhere", "");
	assert_int_equal(source_probe("x"), 'f');
	assert_int_equal(source_probe("."), 'd');
	assert_int_equal(source_probe("/dev/null"), 'o');
	assert_int_equal(source_probe("x/y"), '0');
	struct digest file = now(SOURCE_PROBE, "x"), other = now(SOURCE_PROBE, "nowhere");
	assert_true(digest_eq(&file, &other));
	other = now(SOURCE_PROBE, ".");
	assert_false(digest_eq(&file, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_file_is_the_same_while_its_bytes_are),
		TEST_IN_DIR(a_missing_file_is_an_error),
		TEST_IN_DIR(a_pattern_is_the_same_while_its_matches_are),
		TEST_IN_DIR(a_probe_sees_what_kind_of_thing_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
