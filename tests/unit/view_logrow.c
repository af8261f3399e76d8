/* A line of a log as a row of a terminal. */
#include "view/viewer/logrow.h"

#include "view/viewer/logmatch.h"
#include "view/words/width.h"
#include "view_test.h"

static const struct logrow_look plain = {.level = LOG_INFO};

static void assert_row(const struct logrow_look *look, const char *text, size_t left,
	size_t columns, const char *expected, bool expects_more)
{
	struct buf out = {0};
	bool has_more;
	size_t used = logrow_add(&out, look, text, strlen(text), left, columns, &has_more);

	assert_string_equal(buf_text(&out), expected);
	assert_true(used <= columns);
	assert_int_equal(has_more, expects_more);
	buf_free(&out);
}

static void a_line_is_seen_from_a_column_on(void **state)
{
	(void)state;
	assert_row(&plain, "abcdef", 0, 10, "abcdef", false);
	assert_row(&plain, "abcdef", 0, 6, "abcdef", false);
	assert_row(&plain, "abcdef", 0, 5, "abcde", true);
	assert_row(&plain, "abcdef", 2, 3, "cde", true);
	assert_row(&plain, "abcdef", 4, 3, "ef", false);
	assert_row(&plain, "abcdef", 9, 3, "", false);
}

static void wide_letters_are_not_cut_in_two(void **state)
{
	(void)state;
	assert_row(&plain, "日本語", 0, 6, "日本語", false);
	assert_row(&plain, "日本語", 0, 5, "日本 ", true);
	assert_row(&plain, "日本語", 1, 4, " 本 ", true);
	assert_row(&plain, "日本語", 2, 4, "本語", false);
}

static void marks_stay_with_their_letters(void **state)
{
	(void)state;
	assert_row(&plain, "ae\xcc\x81x", 0, 2, "ae\xcc\x81", true);
	assert_row(&plain, "ae\xcc\x81x", 2, 2, "x", false);
	assert_row(&plain, "e\xcc\x81", 0, 1, "e\xcc\x81", false);
}

static void tabs_reach_to_the_next_eighth_column(void **state)
{
	(void)state;
	assert_row(&plain, "a\tb", 0, 20, "a       b", false);
	assert_row(&plain, "a\tb", 4, 20, "    b", false);
	assert_row(&plain, "12345678\tb", 0, 20, "12345678        b", false);
	assert_row(&plain, "a\tb", 0, 4, "a   ", true);
}

static void no_control_reaches_the_terminal(void **state)
{
	(void)state;
	assert_row(&plain, "a\033[2Jb", 0, 20, "a\\x1b[2Jb", false);
	assert_row(&plain, "\033]0;t\007", 0, 20, "\\x1b]0;t\\x07", false);
	assert_row(&plain, "a\rb\x7f", 0, 20, "a\\x0db\\x7f", false);
	assert_row(&plain, "\xc2\x9b"
			   "2J",
		0, 20, "\\xc2\\x9b2J", false);
	assert_row(&plain, "\xff\xe6\x97", 0, 20, "\\xff\\xe6\\x97", false);
	assert_row(&plain, "a\xe2\x80\xae"
			   "b",
		0, 20, "a\\xe2\\x80\\xaeb", false);
	assert_row(&plain, "\033[2J", 2, 4, "1b[2", true);
}

static void colours_are_shown_or_taken_off(void **state)
{
	struct logrow_look color = {.color = true, .level = LOG_INFO};

	(void)state;
	assert_row(&color, "a\033[31mb\033[0mc", 0, 20, "a\033[0;31mb\033[0mc", false);
	assert_row(&plain, "a\033[31mb\033[0mc", 0, 20, "abc", false);
	assert_row(&color, "a\033[31mbc", 0, 2, "a\033[0;31mb\033[0m", true);
	assert_row(&color, "\033[31mabc", 2, 2, "\033[0;31mc\033[0m", false);
	color.level = LOG_ERROR;
	assert_row(&color, "a\033[32mb\033[0mc", 0, 9, "\033[0;31ma\033[0;32mb\033[0;31mc\033[0m", false);
}

static void what_was_searched_for_is_in_reverse(void **state)
{
	struct logmatch match = {0};
	struct logrow_look look = {.match = &match, .level = LOG_INFO};

	(void)state;
	logmatch_set(&match, "ab", 2);
	assert_row(&look, "xABx", 0, 9, "x\033[0;7mAB\033[0mx", false);
	assert_row(&look, "ab-ab", 0, 9, "\033[0;7mab\033[0m-\033[0;7mab\033[0m", false);
	assert_row(&look, "xa\033[31mb", 0, 9, "x\033[0;7mab\033[0m", false);
	assert_row(&look, "xaby", 2, 9, "\033[0;7mb\033[0my", false);
	logmatch_free(&match);
}

static void the_plain_text_is_without_colours_only(void **state)
{
	struct buf out = {0};
	const char *text = "\033[1ma\033[0m\033b\033[2J\xff\033";

	(void)state;
	logrow_plain(&out, text, strlen(text));
	assert_string_equal(buf_text(&out), "a\033b\033[2J\xff\033");
	buf_free(&out);
}

static void columns_of_a_place_in_the_plain_text(void **state)
{
	const char *text = "\033[1m日\033[0mx\ty";

	(void)state;
	assert_int_equal(logrow_columns(text, strlen(text), 0), 0);
	assert_int_equal(logrow_columns(text, strlen(text), 3), 2);
	assert_int_equal(logrow_columns(text, strlen(text), 4), 3);
	assert_int_equal(logrow_columns(text, strlen(text), 5), 8);
	assert_int_equal(logrow_columns(text, strlen(text), SIZE_MAX), 9);
}

/* Any bytes, from any column, never give more columns than there are, nor a control but our own. */
static void any_bytes_stay_within_their_row(void **state)
{
	struct logrow_look color = {.color = true, .level = LOG_WARNING};
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct buf text = {0}, out = {0}, bare = {0};
		bool has_more;

		for (unsigned i = 0; i < seed % 61; i++) {
			static const char *const parts[] = {"\033[", "31m", "日", "\xcc\x81", "\t", "\033",
				"x", "\xff", "\xe2\x80\xae", "ab", "[0;1m", "\n"};

			seed = seed * 1103515245 + 12345;
			buf_str(&text, parts[(seed >> 16) % (sizeof parts / sizeof *parts)]);
		}
		seed = seed * 1103515245 + 12345;
		logrow_add(&out, &color, buf_text(&text), text.len, (seed >> 16) % 30,
			(seed >> 20) % 30, &has_more);
		logrow_plain(&bare, buf_text(&out), out.len);
		assert_true(width_of(buf_text(&bare), bare.len) <= (seed >> 20) % 30);
		for (size_t i = 0; i < bare.len; i++)
			assert_true((unsigned char)bare.data[i] >= ' ' && bare.data[i] != 0x7f);
		buf_free(&text);
		buf_free(&out);
		buf_free(&bare);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_seen_from_a_column_on),
		cmocka_unit_test(wide_letters_are_not_cut_in_two),
		cmocka_unit_test(marks_stay_with_their_letters),
		cmocka_unit_test(tabs_reach_to_the_next_eighth_column),
		cmocka_unit_test(no_control_reaches_the_terminal),
		cmocka_unit_test(colours_are_shown_or_taken_off),
		cmocka_unit_test(what_was_searched_for_is_in_reverse),
		cmocka_unit_test(the_plain_text_is_without_colours_only),
		cmocka_unit_test(columns_of_a_place_in_the_plain_text),
		cmocka_unit_test(any_bytes_stay_within_their_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
