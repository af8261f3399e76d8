#include "base_test.h"

#include <errno.h>

static void an_error_returns_minus_one_and_its_text(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(err_set(&err, EXIT_USAGE, "%s: %d", "a", 1), -1);
	assert_string_equal(err.text, "a: 1");
	assert_int_equal(err.code, EXIT_USAGE);
	assert_int_equal(err.sys, 0);
}

static void the_first_error_stays(void **state)
{
	(void)state;
	struct err err = {0};

	err_sys(&err, ENOENT, "open", "a");
	err_set(&err, EXIT_USAGE, "later");
	err_sys(&err, EACCES, "open", "b");
	assert_string_equal(err.text, "cannot open 'a': No such file or directory");
	assert_int_equal(err.sys, ENOENT);
	assert_int_equal(err.code, EXIT_WORLD);
	err_clear(&err);
	assert_int_equal(err.code, EXIT_OK);
	err_set(&err, EXIT_USAGE, "now");
	assert_string_equal(err.text, "now");
}

static void nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, EXIT_WORLD, "x"), -1);
	assert_int_equal(err_sys(NULL, ENOENT, "open", "a"), -1);
	err_clear(NULL);
}

static void a_remedy_is_named_where_one_is_known(void **state)
{
	(void)state;
	const int known[] = {ENOSPC, EMFILE, EACCES, EROFS, EDQUOT, ENFILE};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct err err = {0};
		err_sys(&err, known[i], "write", "f");
		assert_non_null(strstr(err.text, "; "));
		assert_non_null(strstr(err.text, "'f'"));
	}
	struct err err = {0};
	err_sys(&err, EIO, "write", "f");
	assert_null(strstr(err.text, "; "));
}

static void a_name_from_the_disk_cannot_move_the_cursor(void **state)
{
	(void)state;
	struct err err = {0};

	err_sys(&err, ENOENT, "open", "a\x1b[2Jb\nc\xff");
	assert_string_equal(
		err.text, "cannot open 'a\\x1b[2Jb\\nc\\xff': No such file or directory");
}

static void percent_signs_in_names_are_only_bytes(void **state)
{
	(void)state;
	struct err err = {0};

	err_sys(&err, ENOENT, "open", "%s%n%d");
	assert_string_equal(err.text, "cannot open '%s%n%d': No such file or directory");
}

static void a_long_text_is_cut_between_characters(void **state)
{
	(void)state;
	char name[3000];

	for (size_t shift = 0; shift < 4; shift++) {
		memset(name, 'x', sizeof name);
		for (size_t i = shift; i + 3 < sizeof name; i += 3)
			memcpy(name + i, "\xE2\x82\xAC", 3);
		name[sizeof name - 1] = '\0';
		struct err err = {0};
		err_set(&err, EXIT_WORLD, "%s", name);
		size_t len = strlen(err.text);
		assert_true(len >= sizeof err.text - 4 && len < sizeof err.text);
		assert_null(strchr(err.text, '\\'));
		/* the last character is whole */
		if (err.text[len - 1] != 'x')
			assert_memory_equal(err.text + len - 3, "\xE2\x82\xAC", 3);
	}
	/* escapes grow: still in bounds */
	memset(name, '\x01', sizeof name - 1);
	struct err err = {0};
	err_set(&err, EXIT_WORLD, "%s", name);
	assert_true(strlen(err.text) < sizeof err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_returns_minus_one_and_its_text),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(nobody_needs_to_listen),
		cmocka_unit_test(a_remedy_is_named_where_one_is_known),
		cmocka_unit_test(a_name_from_the_disk_cannot_move_the_cursor),
		cmocka_unit_test(percent_signs_in_names_are_only_bytes),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
