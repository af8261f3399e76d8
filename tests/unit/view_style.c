#include "view/words/words.h"

#include "view_test.h"

static int clean(void **state)
{
	(void)state;
	unsetenv("NO_COLOR");
	unsetenv("CLICOLOR");
	unsetenv("CLICOLOR_FORCE");
	return setenv("TERM", "xterm", 1);
}

static void a_terminal_is_coloured_and_a_pipe_is_not(void **state)
{
	(void)state;
	assert_true(style_decide(STYLE_AUTO, true));
	assert_false(style_decide(STYLE_AUTO, false));
}

static void a_choice_beats_everything(void **state)
{
	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_true(style_decide(STYLE_ALWAYS, false));
	unsetenv("NO_COLOR");
	setenv("CLICOLOR_FORCE", "1", 1);
	assert_false(style_decide(STYLE_NEVER, true));
}

static void no_color_counts_only_with_a_value(void **state)
{
	(void)state;
	setenv("NO_COLOR", "", 1);
	assert_true(style_decide(STYLE_AUTO, true));
	setenv("NO_COLOR", "0", 1);
	assert_false(style_decide(STYLE_AUTO, true));
}

static void no_color_beats_clicolor_force(void **state)
{
	(void)state;
	setenv("CLICOLOR_FORCE", "1", 1);
	assert_true(style_decide(STYLE_AUTO, false));
	setenv("NO_COLOR", "1", 1);
	assert_false(style_decide(STYLE_AUTO, false));
}

static void a_dumb_terminal_is_not_coloured(void **state)
{
	(void)state;
	setenv("TERM", "dumb", 1);
	assert_false(style_decide(STYLE_AUTO, true));
}

static void clicolor_0_and_force_0_mean_no(void **state)
{
	(void)state;
	setenv("CLICOLOR_FORCE", "0", 1);
	assert_false(style_decide(STYLE_AUTO, false));
	setenv("CLICOLOR", "0", 1);
	assert_false(style_decide(STYLE_AUTO, true));
}

static void text_in_a_tone_cannot_move_the_cursor(void **state)
{
	struct buf out = {0};

	(void)state;
	style_add(&out, true, TONE_BAD, "a\033[2Jb");
	assert_string_equal(buf_text(&out), "\033[31ma\\x1b[2Jb\033[0m");
	buf_reset(&out);
	style_add(&out, false, TONE_BAD, "a\nb");
	assert_string_equal(buf_text(&out), "a\\nb");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_terminal_is_coloured_and_a_pipe_is_not, clean),
		cmocka_unit_test_setup(a_choice_beats_everything, clean),
		cmocka_unit_test_setup(no_color_counts_only_with_a_value, clean),
		cmocka_unit_test_setup(no_color_beats_clicolor_force, clean),
		cmocka_unit_test_setup(a_dumb_terminal_is_not_coloured, clean),
		cmocka_unit_test_setup(clicolor_0_and_force_0_mean_no, clean),
		cmocka_unit_test(text_in_a_tone_cannot_move_the_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
