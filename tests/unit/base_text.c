#include "base_test.h"

#include "base/buf.h"
#include "base/text.h"

static void null_equals_only_null(void **state)
{
	(void)state;
	assert_true(text_eq(NULL, NULL));
	assert_false(text_eq(NULL, ""));
	assert_false(text_eq("", NULL));
	assert_true(text_eq("a", "a"));
	assert_false(text_eq("a", "A"));
}

static void starts_and_ends_are_told(void **state)
{
	(void)state;
	assert_true(text_starts("input.video", "input."));
	assert_true(text_starts("a", ""));
	assert_false(text_starts("in", "input"));
	assert_true(text_ends("input.type", ".type"));
	assert_true(text_ends("a", ""));
	assert_false(text_ends("e", ".type"));
}

static void the_nearest_name_is_suggested(void **state)
{
	(void)state;
	const char *const names[] = {"command", "input", "output", "timeout", "tags", "threads"};
	const size_t n = sizeof names / sizeof *names;

	assert_string_equal(text_nearest("comand", names, n), "command");
	assert_string_equal(text_nearest("commnad", names, n), "command"); /* a swap is one */
	assert_string_equal(text_nearest("inptu", names, n), "input");
	assert_string_equal(text_nearest("tag", names, n), "tags");
	assert_string_equal(text_nearest("thread", names, n), "threads");
	assert_string_equal(text_nearest("output", names, n), "output");
	assert_null(text_nearest("zzz", names, n));
	assert_null(text_nearest("cmnd", names, n)); /* three off, one allowed */
	assert_null(text_nearest("inupttt", names, 0));
	assert_null(text_nearest("", names, n));
}

static void short_words_may_be_off_by_one(void **state)
{
	(void)state;
	const char *const names[] = {"ab", "a"};

	assert_string_equal(text_nearest("b", names, 2), "ab");
	assert_string_equal(text_nearest("ba", names, 2), "ab");
	assert_string_equal(text_nearest("", names, 2), "a");
}

static void the_first_of_equally_near_names_wins(void **state)
{
	(void)state;
	const char *const names[] = {"xat", "cat", "bat"};

	assert_string_equal(text_nearest("rat", names, 3), "xat");
}

static void endless_words_get_no_suggestion(void **state)
{
	(void)state;
	char word[1000], name[1000];

	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	memcpy(name, word, sizeof name);
	const char *const names[] = {name, "a"};
	assert_null(text_nearest(word, names, 2));
	word[255] = '\0';
	name[254] = '\0';
	assert_ptr_equal(text_nearest(word, names, 2), name);
}

/* distance by the book, to compare with */
static size_t slow_distance(const char *a, const char *b)
{
	size_t d[16][16], la = strlen(a), lb = strlen(b);

	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

static void nearest_agrees_with_the_definition_of_distance(void **state)
{
	(void)state;
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		char texts[4][13];
		const char *names[3] = {texts[1], texts[2], texts[3]};
		for (int t = 0; t < 4; t++) {
			seed = seed * 1103515245 + 12345;
			size_t len = (seed >> 16) % 13;
			for (size_t i = 0; i < len; i++) {
				seed = seed * 1103515245 + 12345;
				texts[t][i] = (char)('a' + (seed >> 16) % 3);
			}
			texts[t][len] = '\0';
		}
		size_t limit = strlen(texts[0]) / 3 ? strlen(texts[0]) / 3 : 1;
		const char *want = NULL;
		for (int i = 0; i < 3; i++) {
			size_t d = slow_distance(texts[0], names[i]);
			if (d <= limit && (!want || d < slow_distance(texts[0], want)))
				want = names[i];
		}
		assert_ptr_equal(text_nearest(texts[0], names, 3), want);
	}
}

static void assert_word(const char *text, const char *want)
{
	struct buf buf = {0};

	text_add_shell_word(&buf, text);
	assert_string_equal(buf_text(&buf), want);
	buf_free(&buf);
}

static void shell_words_are_quoted_only_when_they_must_be(void **state)
{
	(void)state;
	assert_word("examples/asr.py", "examples/asr.py");
	assert_word("-c:v", "-c:v");
	assert_word("--rate=16000", "--rate=16000");
	assert_word("", "''");
	assert_word("a b", "'a b'");
	assert_word("it's", "'it'\\''s'");
	assert_word("'", "''\\'''");
	assert_word("$(id)", "'$(id)'");
	assert_word("a;b", "'a;b'");
	assert_word("*", "'*'");
	assert_word("~", "'~'");
	assert_word("a\nb", "'a\nb'");
	assert_word("A=b", "'A=b'"); /* would be an assignment at the front */
	assert_word("\xff", "'\xff'");
	assert_word("#x", "'#x'");
	assert_word("{a,b}", "'{a,b}'");
}

static void the_shell_gives_back_what_was_quoted(void **state)
{
	(void)state;
	for (unsigned a = 1; a < 256; a++) {
		char text[4] = {(char)a, 'x', (char)(a == 255 ? 1 : a + 1), '\0'};
		struct buf command = {0};
		char got[16] = {0};
		if (a % 4 != 3 && (a < 30 || a > 64)) /* a process each: not all */
			continue;
		buf_str(&command, "printf %s ");
		text_add_shell_word(&command, text);
		FILE *pipe = popen(buf_text(&command), "r");
		assert_non_null(pipe);
		assert_true(fread(got, 1, sizeof got - 1, pipe) > 0);
		assert_int_equal(pclose(pipe), 0);
		assert_string_equal(got, text);
		buf_free(&command);
	}
}

static void assert_printable(const char *text, size_t len, const char *want)
{
	struct buf buf = {0};

	text_add_printable(&buf, text, len);
	assert_string_equal(buf_text(&buf), want);
	buf_free(&buf);
}

static void nothing_printable_can_move_a_cursor(void **state)
{
	(void)state;
	assert_printable("a\tb\nc", 5, "a\\tb\\nc");
	assert_printable("\x1b[2J\r\x7f", 6, "\\x1b[2J\\x0d\\x7f");
	assert_printable("\0", 1, "\\x00");
	assert_printable("\xff\xc3", 2, "\\xff\\xc3");
	assert_printable("é€😀", 9, "é€😀");
	assert_printable("\xc2\x9b[2J", 5, "\\xc2\\x9b[2J"); /* CSI in one character */
	assert_printable("\xc2\xa0", 2, "\xc2\xa0");
	assert_printable("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");     /* a surrogate */
	assert_printable("a\xe2\x80\xae!", 5, "a\\xe2\\x80\\xae!"); /* turns what follows */
	assert_printable("\xe2\x81\xa9\xd8\x9c", 5, "\\xe2\\x81\\xa9\\xd8\\x9c");
	assert_printable("\xe2\x80\xaf", 3, "\xe2\x80\xaf"); /* a blank behind them */
	assert_printable("", 0, "");
}

/* by the table of the Unicode standard */
static uint32_t slow_decode(const unsigned char *p, size_t left, size_t *len)
{
	uint32_t c = 0;

	*len = 0;
	if (left == 0)
		return 0;
	size_t n = p[0] < 0x80       ? 1
		   : p[0] >> 5 == 6  ? 2
		   : p[0] >> 4 == 14 ? 3
		   : p[0] >> 3 == 30 ? 4
				     : 0;
	if (n == 0 || left < n)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3F);
	}
	const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*len = n;
	return c;
}

static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
	(void)state;
	unsigned char p[4];
	size_t want;
	const unsigned char tails[] = {
		0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
	const size_t n = sizeof tails;

	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			for (size_t rest = 0; rest < n * n; rest++) {
				p[0] = (unsigned char)a;
				p[1] = (unsigned char)b;
				p[2] = tails[rest / n];
				p[3] = tails[rest % n];
				for (size_t left = 0; left <= 4; left++) {
					slow_decode(p, left, &want);
					if (text_utf8_len(p, left) != want)
						fail();
				}
			}
		}
	}
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("aé€😀\0b", 12));
	assert_false(text_is_utf8("a\xe2\x82", 3));
}

static void lines_of_a_list_are_those_that_say_something(void **state)
{
	char text[] = "\n one\t\r\n\r\n  \ntwo words \n\nlast", nothing[] = " \r\n\t";
	char *rest = text;

	(void)state;
	assert_string_equal(text_list_line(&rest), "one");
	assert_string_equal(text_list_line(&rest), "two words");
	assert_string_equal(text_list_line(&rest), "last");
	assert_null(text_list_line(&rest));
	assert_null(text_list_line(&rest));
	rest = nothing;
	assert_null(text_list_line(&rest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_equals_only_null),
		cmocka_unit_test(starts_and_ends_are_told),
		cmocka_unit_test(the_nearest_name_is_suggested),
		cmocka_unit_test(short_words_may_be_off_by_one),
		cmocka_unit_test(the_first_of_equally_near_names_wins),
		cmocka_unit_test(endless_words_get_no_suggestion),
		cmocka_unit_test(nearest_agrees_with_the_definition_of_distance),
		cmocka_unit_test(shell_words_are_quoted_only_when_they_must_be),
		cmocka_unit_test(the_shell_gives_back_what_was_quoted),
		cmocka_unit_test(nothing_printable_can_move_a_cursor),
		cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
		cmocka_unit_test(lines_of_a_list_are_those_that_say_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
