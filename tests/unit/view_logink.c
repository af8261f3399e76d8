/* Colours of a text on a terminal. */
#include "view/viewer/logink.h"

#include "view_test.h"

static const struct ink none = {0};

static void assert_ink(const char *sequences, const char *expected)
{
	struct buf out = {0};
	struct ink ink = none;

	for (const char *at = sequences; *at;) {
		size_t len = ink_sequence(at, strlen(at));

		assert_true(len > 0);
		ink_apply(&ink, &none, at, len);
		at += len;
	}
	ink_add(&out, &ink);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void colours_are_understood_and_written_anew(void **state)
{
	(void)state;
	assert_ink("\033[31m", "\033[0;31m");
	assert_ink("\033[1;4;92;44m", "\033[0;1;4;92;44m");
	assert_ink("\033[38;5;208m", "\033[0;38;5;208m");
	assert_ink("\033[38:5:3m", "\033[0;33m");
	assert_ink("\033[48;2;1;22;255m", "\033[0;48;2;1;22;255m");
	assert_ink("\033[38;5;1;48;5;200;3m", "\033[0;3;31;48;5;200m");
	assert_ink("\033[1;31m\033[22m\033[39m", "\033[0m");
	assert_ink("\033[1;2;3;4;7;9m\033[23;24;27;29m", "\033[0;1;2m");
	assert_ink("\033[1;31m\033[m", "\033[0m");
	assert_ink("\033[100;107m", "\033[0;107m");
}

static void hiding_and_blinking_are_passed_over(void **state)
{
	(void)state;
	assert_ink("\033[5;6;8;31m", "\033[0;31m");
	assert_ink("\033[38;5;999m\033[38;2;1;2m\033[38m\033[123456789m", "\033[0m");
}

static void only_colour_is_a_sequence(void **state)
{
	static const char *const others[] = {"", "\033", "\033[", "\033[2J", "\033[1;1H", "\033]0;x\007",
		"\033[?25m", "\033[31", "\033[>4m", "\033[31 m", "31m"};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_int_equal(ink_sequence(others[i], strlen(others[i])), 0);
	assert_int_equal(ink_sequence("\033[m", 3), 3);
	assert_int_equal(ink_sequence("\033[m", 2), 0);
}

static void a_reset_gives_what_the_line_began_with(void **state)
{
	const struct ink red = {.fore = INK_PALETTE(1)};
	struct ink ink = red;

	(void)state;
	ink_apply(&ink, &red, "\033[1;32m", 7);
	assert_false(ink_eq(&ink, &red));
	ink_apply(&ink, &red, "\033[0m", 4);
	assert_true(ink_eq(&ink, &red));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_are_understood_and_written_anew),
		cmocka_unit_test(hiding_and_blinking_are_passed_over),
		cmocka_unit_test(only_colour_is_a_sequence),
		cmocka_unit_test(a_reset_gives_what_the_line_began_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
