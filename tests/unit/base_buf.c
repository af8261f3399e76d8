#include "base_test.h"

#include "base/buf.h"

/* The sanitizers end the program at an impossible malloc unless told otherwise. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void an_empty_buffer_has_empty_text(void **state)
{
	(void)state;
	struct buf buf = {0};

	assert_string_equal(buf_text(&buf), "");
	buf_str(&buf, "");
	assert_string_equal(buf_text(&buf), "");
	buf_drop(&buf, 3);
	buf_reset(&buf);
	buf_free(&buf);
}

static void bytes_of_any_kind_are_kept(void **state)
{
	(void)state;
	struct buf buf = {0};

	buf_add(&buf, "a\0b", 3);
	buf_char(&buf, '\0');
	buf_str(&buf, "c");
	assert_int_equal(buf.len, 5);
	assert_memory_equal(buf.data, "a\0b\0c", 6);
	buf_free(&buf);
}

static void formatting_grows_and_appends(void **state)
{
	(void)state;
	struct buf buf = {0};

	for (int i = 0; i < 1000; i++)
		buf_fmt(&buf, "%d,", i);
	buf_fmt(&buf, "%s", "");
	assert_int_equal(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_memory_equal(buf.data, "0,1,2,", 6);
	assert_string_equal(buf.data + buf.len - 4, "999,");
	buf_fmt(&buf, "%0100000d", 7);
	assert_int_equal(strlen(buf.data), buf.len);
	buf_free(&buf);
}

static void text_that_just_fits_is_not_cut(void **state)
{
	(void)state;
	for (size_t before = 0; before < 130; before++) {
		struct buf buf = {0};
		for (size_t i = 0; i < before; i++)
			buf_char(&buf, '.');
		buf_fmt(&buf, "%s", "0123456789");
		assert_int_equal(buf.len, before + 10);
		assert_string_equal(buf.data + before, "0123456789");
		buf_free(&buf);
	}
}

static void dropping_takes_from_the_front(void **state)
{
	(void)state;
	struct buf buf = {0};

	buf_str(&buf, "hello");
	buf_drop(&buf, 2);
	assert_string_equal(buf_text(&buf), "llo");
	buf_drop(&buf, 0);
	buf_drop(&buf, 100);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf.len, 0);
	buf_free(&buf);
}

static void reset_keeps_the_memory(void **state)
{
	(void)state;
	struct buf buf = {0};

	buf_str(&buf, "hello");
	char *data = buf.data;
	buf_reset(&buf);
	assert_string_equal(buf_text(&buf), "");
	buf_str(&buf, "x");
	assert_ptr_equal(buf.data, data);
	buf_free(&buf);
	assert_null(buf.data);
}

static void a_stolen_string_is_the_callers(void **state)
{
	(void)state;
	struct buf buf = {0};

	buf_str(&buf, "mine");
	char *text = buf_steal(&buf);
	assert_string_equal(text, "mine");
	assert_null(buf.data);
	free(text);
	text = buf_steal(&buf);
	assert_string_equal(text, "");
	free(text);
}

static void reserving_saves_moves(void **state)
{
	(void)state;
	struct buf buf = {0};

	buf_reserve(&buf, 1000);
	assert_true(buf.cap > 1000);
	assert_string_equal(buf_text(&buf), "");
	char *data = buf.data;
	for (int i = 0; i < 1000; i++)
		buf_char(&buf, 'x');
	assert_ptr_equal(buf.data, data);
	buf_free(&buf);
}

static void a_soft_buffer_says_that_something_is_missing(void **state)
{
	(void)state;
	struct buf buf = BUF_SOFT;

	buf_str(&buf, "start");
	buf_reserve(&buf, SIZE_MAX - 100);
	assert_true(buf.failed);
	assert_string_equal(buf_text(&buf), "start");
	/* no hole in the middle */
	buf_str(&buf, "a");
	buf_char(&buf, 'b');
	buf_fmt(&buf, "%d", 1);
	assert_string_equal(buf_text(&buf), "start");
	buf_reset(&buf);
	assert_false(buf.failed);
	buf_str(&buf, "again");
	assert_string_equal(buf_text(&buf), "again");
	buf_free(&buf);
	assert_true(buf.soft);
}

static void a_length_that_overflows_is_no_memory(void **state)
{
	(void)state;
	struct buf buf = BUF_SOFT;

	buf_char(&buf, 'x');
	buf_reserve(&buf, SIZE_MAX);
	assert_true(buf.failed);
	buf_free(&buf);
	buf_reserve(&buf, SIZE_MAX - 1);
	assert_true(buf.failed);
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_has_empty_text),
		cmocka_unit_test(bytes_of_any_kind_are_kept),
		cmocka_unit_test(formatting_grows_and_appends),
		cmocka_unit_test(text_that_just_fits_is_not_cut),
		cmocka_unit_test(dropping_takes_from_the_front),
		cmocka_unit_test(reset_keeps_the_memory),
		cmocka_unit_test(a_stolen_string_is_the_callers),
		cmocka_unit_test(reserving_saves_moves),
		cmocka_unit_test(a_soft_buffer_says_that_something_is_missing),
		cmocka_unit_test(a_length_that_overflows_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
