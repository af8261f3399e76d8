/* Keys of a terminal. */
#include "view/viewer/logkeys.h"

#include "view_test.h"

static void assert_key(const char *bytes, enum key_kind kind, const char *text)
{
	struct key key;
	size_t len = logkeys_take(bytes, strlen(bytes), false, &key);

	assert_int_equal(len, strlen(bytes));
	assert_int_equal(key.kind, kind);
	assert_string_equal(key.text, text);
	for (size_t i = 0; i + 1 < len; i++) /* each part by itself is not a key yet */
		assert_int_equal(logkeys_take(bytes, i, false, &key), 0);
}

static void letters_are_text(void **state)
{
	(void)state;
	assert_key("q", KEY_TEXT, "q");
	assert_key("ö", KEY_TEXT, "ö");
	assert_key("日", KEY_TEXT, "日");
	assert_key("😀", KEY_TEXT, "😀");
}

static void sequences_are_keys(void **state)
{
	(void)state;
	assert_key("\033[A", KEY_UP, "");
	assert_key("\033OB", KEY_DOWN, "");
	assert_key("\033[1;5C", KEY_RIGHT, "");
	assert_key("\033[5~", KEY_PAGE_UP, "");
	assert_key("\033[6;3~", KEY_PAGE_DOWN, "");
	assert_key("\033[H", KEY_HOME, "");
	assert_key("\033[1~", KEY_HOME, "");
	assert_key("\033OF", KEY_END, "");
	assert_key("\033[8~", KEY_END, "");
	assert_key("\033[15~", KEY_UNKNOWN, "");
	assert_key("\033[200~", KEY_UNKNOWN, "");
}

static void controls_have_names(void **state)
{
	(void)state;
	assert_key("\r", KEY_ENTER, "");
	assert_key("\t", KEY_TAB, "");
	assert_key("\x7f", KEY_BACKSPACE, "");
	assert_key("\x06", KEY_CONTROL, "f");
}

static void an_escape_alone_is_a_key_when_nothing_follows(void **state)
{
	struct key key;

	(void)state;
	assert_int_equal(logkeys_take("\033", 1, false, &key), 0);
	assert_int_equal(logkeys_take("\033", 1, true, &key), 1);
	assert_int_equal(key.kind, KEY_ESCAPE);
	assert_int_equal(logkeys_take("\033q", 2, false, &key), 1);
	assert_int_equal(key.kind, KEY_ESCAPE);
	assert_int_equal(logkeys_take("\033[", 2, true, &key), 2);
	assert_int_equal(key.kind, KEY_UNKNOWN);
}

static void anything_is_taken_in_the_end(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char bytes[40];
		size_t len;
		struct key key;

		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1103515245 + 12345;
			bytes[i] = (char)(seed >> 16);
			if (seed >> 24 < 100)
				bytes[i] = "\033[O;"[seed >> 16 & 3];
		}
		for (size_t at = 0; at < sizeof bytes; at += len) {
			len = logkeys_take(bytes + at, sizeof bytes - at, true, &key);
			assert_true(len > 0 && len <= sizeof bytes - at);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_are_text),
		cmocka_unit_test(sequences_are_keys),
		cmocka_unit_test(controls_have_names),
		cmocka_unit_test(an_escape_alone_is_a_key_when_nothing_follows),
		cmocka_unit_test(anything_is_taken_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
