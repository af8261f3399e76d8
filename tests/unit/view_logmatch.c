/* Searching for plain text. */
#include "view/viewer/logmatch.h"

#include "base/text.h"
#include "view_test.h"

static size_t find(const char *sought, const char *in)
{
	struct logmatch match = {0};
	char *text = strdup(in);
	size_t at;

	logmatch_set(&match, sought, strlen(sought));
	logmatch_prepare(&match, text, strlen(text));
	at = logmatch_find(&match, text, strlen(text), 0);
	logmatch_free(&match);
	free(text);
	return at;
}

static void small_letters_find_capitals(void **state)
{
	(void)state;
	assert_int_equal(find("error", "an Error"), 3);
	assert_int_equal(find("größe", "die GRÖßE"), 4);
	assert_int_equal(find("ошибка", "ОШИБКА"), 0);
	assert_int_equal(find("λάθος", "Λάθος"), 0);
	assert_int_equal(find("šířka", "ŠÍŘKA"), 0);
	assert_int_equal(find("żółw", "ŻÓŁW"), 0);
}

static void a_capital_finds_only_itself(void **state)
{
	(void)state;
	assert_true(find("Error", "an error") == SIZE_MAX);
	assert_int_equal(find("Error", "an Error"), 3);
	assert_true(find("Größe", "größe") == SIZE_MAX);
}

static void it_is_plain_text(void **state)
{
	(void)state;
	assert_true(find("a.c", "abc") == SIZE_MAX);
	assert_int_equal(find("[0-9]*", "x [0-9]*"), 2);
	assert_true(find("", "abc") == SIZE_MAX);
	assert_true(find("abcd", "abc") == SIZE_MAX);
}

static void no_byte_moves_and_torn_letters_do_no_harm(void **state)
{
	struct logmatch match = {0};
	char all[256 * 2];

	(void)state;
	logmatch_set(&match, "x", 1);
	for (unsigned c = 0x80; c < 0x800; c++) {
		char letter[3] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)), 0};

		logmatch_prepare(&match, letter, 2);
		assert_int_equal(text_utf8_len((unsigned char *)letter, 2), 2);
	}
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)(i * 7);
	for (size_t len = 0; len <= sizeof all; len++)
		logmatch_prepare(&match, all, len);
	logmatch_free(&match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_letters_find_capitals),
		cmocka_unit_test(a_capital_finds_only_itself),
		cmocka_unit_test(it_is_plain_text),
		cmocka_unit_test(no_byte_moves_and_torn_letters_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
