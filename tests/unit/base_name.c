#include "base_test.h"

#include "base/buf.h"
#include "base/name.h"
#include "base/text.h"

static void assert_json(const char *name, const char *want)
{
	struct buf text = {0}, back = {0};

	name_to_json(&text, name);
	if (want)
		assert_string_equal(buf_text(&text), want);
	assert_true(text_is_utf8(buf_text(&text), text.len));
	name_from_json(&back, buf_text(&text));
	assert_string_equal(buf_text(&back), name);
	buf_free(&text);
	buf_free(&back);
}

static void names_in_utf8_stay_as_they_are(void **state)
{
	(void)state;
	assert_json("", "");
	assert_json("audio.wav", "audio.wav");
	assert_json("é€😀\n\x1b\"", "é€😀\n\x1b\"");
	assert_json("e\xCC\x81", "e\xCC\x81"); /* no normalisation */
}

static void other_bytes_become_private_characters(void **state)
{
	(void)state;
	assert_json("\xff", "\xEE\xBF\xBF");
	assert_json("\x80", "\xEE\xBE\x80");
	assert_json("a\xC3", "a\xEE\xBF\x83");
	assert_json("\xED\xA0\x80", NULL); /* a surrogate */
	assert_json("\xC0\xAF", NULL);     /* too long a form */
}

static void a_name_that_holds_an_escape_survives(void **state)
{
	(void)state;
	assert_json("\xEE\xBE\x80", "\xEE\xBF\xAE\xEE\xBE\xBE\xEE\xBE\x80");
	assert_json("\xEE\xBF\xBF", NULL);
	assert_json("\xEE\xBE\xEE\xBE\x80", NULL);
	assert_json("\xEE\xBD\xBF", "\xEE\xBD\xBF"); /* the character before the range */
	assert_json("\xEF\x80\x80", "\xEF\x80\x80"); /* and the one behind it */
}

static void every_name_comes_back(void **state)
{
	(void)state;
	unsigned seed = 7;
	const unsigned char hot[] = {0xEE, 0xBE, 0xBF, 0x80, 0xC3, 0xED, 0xA0, 0xF0, 'a'};

	for (int round = 0; round < 100000; round++) {
		char name[9];
		seed = seed * 1103515245 + 12345;
		size_t len = (seed >> 16) % 9;
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245 + 12345;
			unsigned r = seed >> 8;
			name[i] = (char)(r % 3 ? hot[(r >> 4) % sizeof hot] : 1 + (r >> 4) % 255);
		}
		name[len] = '\0';
		assert_json(name, NULL);
	}
}

static void what_is_no_utf8_in_json_passes_through(void **state)
{
	(void)state;
	struct buf back = {0};

	name_from_json(&back, "a\xff\xEE\xBE");
	assert_string_equal(buf_text(&back), "a\xff\xEE\xBE");
	buf_free(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_utf8_stay_as_they_are),
		cmocka_unit_test(other_bytes_become_private_characters),
		cmocka_unit_test(a_name_that_holds_an_escape_survives),
		cmocka_unit_test(every_name_comes_back),
		cmocka_unit_test(what_is_no_utf8_in_json_passes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
