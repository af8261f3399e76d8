#include "view/words/words.h"

#include "view_test.h"

/* What becomes of a text that comes in pieces of so many bytes. */
static const char *shown(struct buf *out, bool color, const char *text, size_t len, size_t piece)
{
	struct logsafe safe = {.color = color};

	buf_reset(out);
	for (size_t at = 0; at < len; at += piece)
		logsafe_add(&safe, out, text + at, len - at < piece ? len - at : piece);
	logsafe_end(&safe, out);
	return buf_text(out);
}

static void assert_shown(bool color, const char *text, const char *expected)
{
	struct buf out = {0};

	for (size_t piece = 1; piece <= strlen(text) + 1; piece++)
		assert_string_equal(shown(&out, color, text, strlen(text), piece), expected);
	buf_free(&out);
}

static void text_and_colours_stay(void **state)
{
	(void)state;
	assert_shown(true, "", "");
	assert_shown(true, "a\tb\nc", "a\tb\nc");
	assert_shown(true, "größe 日本 😀 e\xcc\x81\n", "größe 日本 😀 e\xcc\x81\n");
	assert_shown(true, "\033[1;32mgreen\033[0m \033[38:5:1mx\033[m",
		"\033[1;32mgreen\033[0m \033[38:5:1mx\033[m");
}

static void colours_are_left_out_where_they_are_not_wanted(void **state)
{
	(void)state;
	assert_shown(false, "\033[1;32mgreen\033[0m", "green");
	assert_shown(false, "\033[2Jx", "\\x1b[2Jx");
}

static void any_other_control_is_shown_as_text(void **state)
{
	(void)state;
	assert_shown(true, "\033[2J\033[Hx", "\\x1b[2J\\x1b[Hx");
	assert_shown(true, "\033]0;title\007", "\\x1b]0;title\\x07");
	assert_shown(true, "a\rb\x7f", "a\\x0db\\x7f");
	assert_shown(true,
		"\xc2\x9b"
		"2J",
		"\\xc2\\x9b2J");
	assert_shown(true, "\033[1\033[1m", "\\x1b[1\033[1m");
	assert_shown(true, "\033", "\\x1b");
	assert_shown(true, "\033[1;2", "\\x1b[1;2");
	assert_shown(true, "\033[?25l", "\\x1b[?25l");
}

static void invalid_bytes_are_shown_as_text(void **state)
{
	(void)state;
	assert_shown(true,
		"a\xff\xfe"
		"b",
		"a\\xff\\xfeb");
	assert_shown(true, "\xe6\x97", "\\xe6\\x97");
	assert_shown(true, "\xe6\x97\n", "\\xe6\\x97\n");
}

static void what_turns_the_direction_is_shown_as_text(void **state)
{
	(void)state;
	assert_shown(true,
		"a\xe2\x80\xae"
		"b",
		"a\\xe2\\x80\\xaeb");
	assert_shown(true, "\xe2\x81\xa6\xd8\x9c", "\\xe2\\x81\\xa6\\xd8\\x9c");
	assert_shown(true, "\xe2\x80\xa6", "…");
}

static void a_nul_is_a_byte_like_others(void **state)
{
	static const char text[] = "a\0\033[\0m";
	struct buf out = {0};

	(void)state;
	for (size_t piece = 1; piece <= sizeof text; piece++)
		assert_string_equal(
			shown(&out, true, text, sizeof text - 1, piece), "a\\x00\\x1b[\\x00m");
	buf_free(&out);
}

/* What never ends is not held for ever. */
static void a_sequence_that_is_too_long_is_none(void **state)
{
	struct logsafe safe = {.color = true};
	struct buf out = {0}, text = {0};

	(void)state;
	buf_str(&text, "\033[");
	for (int i = 0; i < 200; i++)
		buf_char(&text, '1');
	logsafe_add(&safe, &out, buf_text(&text), text.len);
	assert_int_equal(out.len, text.len + 3);
	logsafe_end(&safe, &out);
	buf_free(&out);
	buf_free(&text);
}

/* No byte that could move a cursor comes through, whatever comes in. */
static void noise_does_not_reach_the_terminal(void **state)
{
	static const char *const bits[] = {"\033", "[", "m", "1", ";", "\xe2", "\x80", "\xae",
		"\xc2", "\x9b", "x", "\r", "\n", "\x07", "]", "J"};
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct buf text = {0}, out = {0};

		for (int i = 0; i < 40; i++) {
			seed = seed * 1103515245 + 12345;
			buf_str(&text, bits[(seed >> 16) % (sizeof bits / sizeof *bits)]);
		}
		shown(&out, false, buf_text(&text), text.len, 1 + (seed >> 8) % 7);
		for (size_t i = 0; i < out.len; i++)
			assert_true((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n');
		buf_free(&text);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_colours_stay),
		cmocka_unit_test(colours_are_left_out_where_they_are_not_wanted),
		cmocka_unit_test(any_other_control_is_shown_as_text),
		cmocka_unit_test(invalid_bytes_are_shown_as_text),
		cmocka_unit_test(what_turns_the_direction_is_shown_as_text),
		cmocka_unit_test(a_nul_is_a_byte_like_others),
		cmocka_unit_test(a_sequence_that_is_too_long_is_none),
		cmocka_unit_test(noise_does_not_reach_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
