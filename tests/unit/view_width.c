#include "view/words/words.h"

#include <locale.h>

#include "view_test.h"

static void assert_cut(const char *text, size_t columns, const char *expected)
{
	struct buf out = {0};
	size_t used = width_cut(&out, text, strlen(text), columns);

	assert_string_equal(buf_text(&out), expected);
	assert_int_equal(used, width_of(expected, strlen(expected)));
	assert_true(used <= columns);
	buf_free(&out);
}

static size_t width(const char *text)
{
	return width_of(text, strlen(text));
}

static void letters_take_one_column(void **state)
{
	(void)state;
	assert_int_equal(width(""), 0);
	assert_int_equal(width("demux"), 5);
	assert_int_equal(width("größe"), 5);
	assert_int_equal(width("…×▶"), 3);
}

static void wide_characters_take_two_columns(void **state)
{
	(void)state;
	assert_int_equal(width("日本"), 4);
	assert_int_equal(width("한"), 2);
	assert_int_equal(width("✅"), 2);
	assert_int_equal(width("😀"), 2);
}

static void combining_marks_take_none(void **state)
{
	(void)state;
	assert_int_equal(width("e\xcc\x81"), 1);
	assert_int_equal(width("\xe2\x80\x8b"), 0); /* zero width space */
}

static void the_locale_of_the_user_is_left_alone(void **state)
{
	locale_t usual = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	(void)state;
	assert_non_null(usual);
	uselocale(usual);
	assert_int_equal(width("日本"), 4);
	assert_ptr_equal(uselocale((locale_t)0), usual);
	uselocale(LC_GLOBAL_LOCALE);
	freelocale(usual);
}

static void unassigned_characters_take_one_column(void **state)
{
	(void)state;
	assert_int_equal(width("\xf0\x90\xa8\x84"), 1); /* U+10A04 */
}

static void invalid_bytes_take_one_column_each(void **state)
{
	(void)state;
	assert_int_equal(width("a\xff\xfe"), 3);
	assert_int_equal(width("\xe6\x97"), 2); /* a torn character */
}

static void what_fits_is_not_cut(void **state)
{
	(void)state;
	assert_cut("demux", 5, "demux");
	assert_cut("demux", 50, "demux");
	assert_cut("日本", 4, "日本");
}

static void what_does_not_fit_ends_in_an_ellipsis(void **state)
{
	(void)state;
	assert_cut("demux", 4, "dem…");
	assert_cut("demux", 1, "…");
	assert_cut("demux", 0, "");
}

static void a_wide_character_is_never_halved(void **state)
{
	(void)state;
	assert_cut("日本語", 5, "日本…");
	assert_cut("日本語", 4, "日…");
	assert_cut("日本語", 3, "日…");
	assert_cut("日本語", 2, "…");
}

static void marks_stay_with_their_letter(void **state)
{
	(void)state;
	assert_cut("ae\xcc\x81xyz", 3, "ae\xcc\x81…");
}

static void padding_fills_up_and_never_takes_away(void **state)
{
	struct buf out = {0};

	(void)state;
	width_pad(&out, 2, 5);
	assert_string_equal(buf_text(&out), "   ");
	width_pad(&out, 7, 5);
	assert_string_equal(buf_text(&out), "   ");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_take_one_column),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(combining_marks_take_none),
		cmocka_unit_test(the_locale_of_the_user_is_left_alone),
		cmocka_unit_test(unassigned_characters_take_one_column),
		cmocka_unit_test(invalid_bytes_take_one_column_each),
		cmocka_unit_test(what_fits_is_not_cut),
		cmocka_unit_test(what_does_not_fit_ends_in_an_ellipsis),
		cmocka_unit_test(a_wide_character_is_never_halved),
		cmocka_unit_test(marks_stay_with_their_letter),
		cmocka_unit_test(padding_fills_up_and_never_takes_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
