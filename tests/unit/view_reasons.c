#include "view/words/words.h"

#include "view_test.h"

static void assert_short(const struct reason *reasons, uint32_t count, const char *expected)
{
	struct buf out = {0};

	reasons_short(&out, reasons, count);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void one_reason_is_its_sentence(void **state)
{
	const struct reason reason = {REASON_INPUT_CHANGED, "in/a.mp4", "input in/a.mp4 changed"};

	(void)state;
	assert_short(&reason, 1, "input in/a.mp4 changed");
}

static void the_first_of_several_stands_for_all(void **state)
{
	const struct reason reasons[] = {
		{REASON_CONFIG_CHANGED, "rate", "config rate changed from '1' to '2'"},
		{REASON_INPUT_CHANGED, "a", "input a changed"},
		{REASON_INPUT_CHANGED, "b", "input b changed"},
	};

	(void)state;
	assert_short(reasons, 3, "config rate changed from '1' to '2' (+2 more)");
	assert_short(reasons, 0, "");
}

static void being_forced_tells_less_than_a_change(void **state)
{
	const struct reason reasons[] = {
		{REASON_FORCED, NULL, "forced"},
		{REASON_INPUT_CHANGED, "a", "input a changed"},
	};

	(void)state;
	assert_short(reasons, 2, "input a changed (+1 more)");
	assert_short(reasons, 1, "forced");
}

static void a_reason_without_message_makes_its_own_sentence(void **state)
{
	const struct reason missing = {REASON_OUTPUT_MISSING, "x.wav", NULL};
	const struct reason bare = {REASON_COMMAND_CHANGED, NULL, ""};

	(void)state;
	assert_short(&missing, 1, "output x.wav is missing");
	assert_short(&bare, 1, "command changed");
}

static void every_kind_has_a_sentence(void **state)
{
	(void)state;
	for (int code = 0; code < REASON_COUNT; code++) {
		struct reason bare = {(enum reason_code)code, NULL, NULL};
		struct buf out = {0};

		reason_sentence(&out, &bare);
		assert_true(out.len > 0);
		buf_reset(&out);
		bare.about = "subject";
		reason_sentence(&out, &bare);
		assert_has(&out, "subject");
		buf_free(&out);
	}
}

static void long_values_are_cut_on_one_line(void **state)
{
	char message[1000];
	const struct reason reason = {REASON_CONFIG_CHANGED, "x", message};
	struct buf out = {0};

	(void)state;
	memset(message, 'a', sizeof message - 1);
	message[sizeof message - 1] = '\0';
	reasons_short(&out, &reason, 1);
	assert_true(out.len < 110);
	assert_has(&out, "…");
	buf_reset(&out);
	reasons_long(&out, &reason, 1, "");
	assert_int_equal(out.len, sizeof message); /* and the newline */
	buf_free(&out);
}

static void many_of_a_kind_are_counted(void **state)
{
	struct reason reasons[31];
	struct buf out = {0};

	(void)state;
	for (int i = 0; i < 30; i++)
		reasons[i] = (struct reason){REASON_INPUT_CHANGED, "a", "input a changed"};
	reasons[30] = (struct reason){REASON_OUTPUT_MISSING, "b", "output b is missing"};
	reasons_long(&out, reasons, 31, "  ");
	assert_has(&out, "  input a changed\n  … and 10 more\n  output b is missing\n");
	buf_free(&out);
}

static void control_bytes_in_names_do_nothing(void **state)
{
	const struct reason reason = {REASON_INPUT_CHANGED, NULL, "input a\nb\033[1m changed"};

	(void)state;
	assert_short(&reason, 1, "input a\\nb\\x1b[1m changed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_reason_is_its_sentence),
		cmocka_unit_test(the_first_of_several_stands_for_all),
		cmocka_unit_test(being_forced_tells_less_than_a_change),
		cmocka_unit_test(a_reason_without_message_makes_its_own_sentence),
		cmocka_unit_test(every_kind_has_a_sentence),
		cmocka_unit_test(long_values_are_cut_on_one_line),
		cmocka_unit_test(many_of_a_kind_are_counted),
		cmocka_unit_test(control_bytes_in_names_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
