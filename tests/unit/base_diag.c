#include "base_test.h"

#include "base/buf.h"
#include "base/diag.h"

static void assert_printed(struct diags *diags, const char *want)
{
	struct buf out = {0};

	diag_print(diags, &out);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void mistakes_come_by_file_and_line(void **state)
{
	(void)state;
	struct diags diags = {0};

	diag_add(&diags, "z.ini", 12, "second");
	diag_add(&diags, "a.ini", 1, "other file");
	diag_add(&diags, "z.ini", 3, "first");
	diag_add(&diags, "z.ini", 0, "whole file");
	diag_add(&diags, "z.ini", 12, "third");
	assert_int_equal(diags.count, 5);
	assert_int_equal(diags.error_count, 5);
	assert_printed(&diags, "z.ini: whole file\n"
			       "z.ini:3: first\n"
			       "z.ini:12: second\n"
			       "z.ini:12: third\n"
			       "a.ini:1: other file\n");
	diag_free(&diags);
	assert_int_equal(diags.count, 0);
	assert_printed(&diags, "");
}

static void warnings_are_told_apart_and_do_not_count(void **state)
{
	(void)state;
	struct diags diags = {0};

	diag_warn(&diags, "a.ini", 2, "odd: %d", 5);
	assert_int_equal(diags.count, 1);
	assert_int_equal(diags.error_count, 0);
	assert_printed(&diags, "a.ini:2: warning: odd: 5\n");
	diag_free(&diags);
}

static void equal_messages_at_one_place_are_kept_once(void **state)
{
	(void)state;
	struct diags diags = {0};

	for (int i = 0; i < 3; i++) {
		diag_add(&diags, "a.ini", 2, "same");
		diag_add(&diags, "a.ini", 3, "same");
		diag_add(&diags, "b.ini", 2, "same");
		diag_warn(&diags, "a.ini", 2, "same");
	}
	assert_int_equal(diags.count, 4);
	assert_int_equal(diags.error_count, 3);
	diag_free(&diags);
}

static void the_strings_given_may_go_away(void **state)
{
	(void)state;
	struct diags diags = {0};
	char file[] = "a.ini", text[] = "text";

	diag_add(&diags, file, 1, "%s", text);
	file[0] = text[0] = 'X';
	assert_printed(&diags, "a.ini:1: text\n");
	diag_free(&diags);
}

static void a_message_is_one_line_without_control_bytes(void **state)
{
	(void)state;
	struct diags diags = {0};

	diag_add(&diags, "a\x1b.ini", 1, "bad '%s'", "x\ny\x1b[2J\xff%s");
	assert_printed(&diags, "a\\x1b.ini:1: bad 'x\\ny\\x1b[2J\\xff%s'\n");
	diag_free(&diags);
}

static void a_message_without_a_file_stands_alone(void **state)
{
	(void)state;
	struct diags diags = {0};

	diag_add(&diags, NULL, 0, "nothing to run");
	assert_printed(&diags, "nothing to run\n");
	diag_free(&diags);
}

static void a_hundred_thousand_mistakes_take_no_time(void **state)
{
	(void)state;
	struct diags diags = {0};

	for (uint32_t i = 100000; i > 0; i--)
		diag_add(&diags, i % 2 ? "a" : "b", i, "mistake %u", i);
	assert_int_equal(diags.count, 100000);
	struct buf out = {0};
	diag_print(&diags, &out);
	assert_memory_equal(out.data, "b:2: mistake 2\nb:4: ", 20);
	buf_free(&out);
	diag_free(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_come_by_file_and_line),
		cmocka_unit_test(warnings_are_told_apart_and_do_not_count),
		cmocka_unit_test(equal_messages_at_one_place_are_kept_once),
		cmocka_unit_test(the_strings_given_may_go_away),
		cmocka_unit_test(a_message_is_one_line_without_control_bytes),
		cmocka_unit_test(a_message_without_a_file_stands_alone),
		cmocka_unit_test(a_hundred_thousand_mistakes_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
