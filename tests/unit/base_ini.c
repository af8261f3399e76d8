#include "base_test.h"

#include "base/buf.h"
#include "base/ini.h"

static void on_section(void *ctx, uint32_t line, const char *section)
{
	buf_fmt(ctx, "%u [%s]\n", line, section);
}

static void on_entry(void *ctx, const struct ini_line *line)
{
	buf_fmt(ctx, "%u %s.%s%s", line->number, line->section, line->key,
		line->is_more ? "+" : "=");
	if (line->is_more && line->empty)
		buf_fmt(ctx, "(%u)", line->empty);
	buf_fmt(ctx, "%s\n", line->value);
}

static void on_mistake(void *ctx, uint32_t line, const char *text)
{
	buf_fmt(ctx, "%u ! %s\n", line, text);
}

static void assert_bytes(const char *text, size_t len, const char *want)
{
	struct buf got = {0};
	const struct ini_handlers handlers = {on_section, on_entry, on_mistake, &got};
	/* a copy of its exact size, so that reading on is seen */
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	ini_read(copy, len, &handlers);
	assert_string_equal(buf_text(&got), want);
	free(copy);
	buf_free(&got);
}

static void assert_ini(const char *text, const char *want)
{
	assert_bytes(text, strlen(text), want);
}

static void sections_and_keys_have_their_lines(void **state)
{
	(void)state;
	assert_ini("[pipeline]\nname = subtitles\n\n; comment\n[stage:a]\ninput.x=y\n",
		"1 [pipeline]\n2 pipeline.name=subtitles\n5 [stage:a]\n6 stage:a.input.x=y\n");
}

static void an_empty_file_has_nothing(void **state)
{
	(void)state;
	assert_ini("", "");
	assert_ini("\n\n", "");
	assert_ini("\xEF\xBB\xBF", "");
	assert_ini(" ", "");
	assert_ini("; only a comment", "");
}

static void the_last_line_needs_no_end(void **state)
{
	(void)state;
	assert_ini("[a]\nk=v", "1 [a]\n2 a.k=v\n");
	assert_ini("[a]", "1 [a]\n");
	assert_ini("[a]\nk=1\n more", "1 [a]\n2 a.k=1\n3 a.k+ more\n");
}

static void all_line_ends_count_as_one(void **state)
{
	(void)state;
	assert_ini("[a]\r\nk=v\r\n\r\nl=w\r\n", "1 [a]\n2 a.k=v\n4 a.l=w\n");
	assert_ini("[a]\rk=v\r\rl=w\r", "1 [a]\n2 a.k=v\n4 a.l=w\n");
	assert_ini("[a]\n\rk=v\r\n\nl=w", "1 [a]\n3 a.k=v\n5 a.l=w\n");
	assert_ini("[a]\nk=v\r", "1 [a]\n2 a.k=v\n");
}

static void a_bom_is_no_part_of_the_first_line(void **state)
{
	(void)state;
	assert_ini("\xEF\xBB\xBF[a]\nk=v\n", "1 [a]\n2 a.k=v\n");
	assert_ini("\xEF\xBB\xBF\xEF\xBB\xBF[a]\n",
		"1 ! '\xEF\xBB\xBF[a]' stands before the first section, such as [stage:NAME]\n");
}

static void comment_signs_in_values_are_plain(void **state)
{
	(void)state;
	assert_ini("[a]\nk = a ; b # c %s $x\nl = ;\nm=#\n",
		"1 [a]\n2 a.k=a ; b # c %s $x\n3 a.l=;\n4 a.m=#\n");
	assert_ini("[a]\n;k=1\n#k=2\n  ; k=3\n\t# k = 4\n", "1 [a]\n");
}

static void equals_or_colon_ends_the_name(void **state)
{
	(void)state;
	assert_ini("[a]\nk=a=b:c\nl:a=b\nm = \nn==\no:=\n",
		"1 [a]\n2 a.k=a=b:c\n3 a.l=a=b\n4 a.m=\n5 a.n==\n6 a.o==\n");
	assert_ini("[a]\nlong name with blanks \t = v \t\v\f \n",
		"1 [a]\n2 a.long name with blanks=v\n");
}

static void indented_lines_continue_the_key_above(void **state)
{
	(void)state;
	assert_ini("[a]\nk =\n  one\n\ttwo  \n\n   ; kept\n# dropped\n  three = 3\n  [four]\nl "
		   "= x\n",
		"1 [a]\n2 a.k=\n3 a.k+  one\n4 a.k+\ttwo\n6 a.k+(1)   ; kept\n8 a.k+  three = 3\n"
		"9 a.k+  [four]\n10 a.l=x\n");
}

static void empty_lines_between_belong_to_the_value(void **state)
{
	(void)state;
	assert_ini("[a]\nk = v\n\n \t\n# none\n\n  x\n\n\nl=1\n\n",
		"1 [a]\n2 a.k=v\n7 a.k+(3)  x\n10 a.l=1\n");
	assert_ini("[a]\nk = v\n\n\n[b]\nl=1\n m\n", "1 [a]\n2 a.k=v\n5 [b]\n6 b.l=1\n7 b.l+ m\n");
}

static void the_same_key_again_is_no_continuation(void **state)
{
	(void)state;
	assert_ini("[a]\nk=1\nk=2\n k=3\n", "1 [a]\n2 a.k=1\n3 a.k=2\n4 a.k+ k=3\n");
}

static void an_indented_line_without_a_key_is_a_mistake_told_once(void **state)
{
	(void)state;
	assert_ini("[a]\n  k = 1\n  l = 2\nm = 3\n n\n[b]\n\tx\n",
		"1 [a]\n2 ! 'k = 1' is indented, but there is no key above to continue\n4 a.m=3\n"
		"5 a.m+ n\n6 [b]\n7 ! 'x' is indented, but there is no key above to continue\n");
	assert_ini(" [a]\nk=1\n",
		"1 ! '[a]' is indented, but there is no key above to continue\n"
		"2 ! 'k=1' stands before the first section, such as [stage:NAME]\n");
}

static void what_continues_a_mistake_is_not_told_again(void **state)
{
	(void)state;
	assert_ini("[a]\nk=1\nbad\n  x\n  y\nl=2\n",
		"1 [a]\n2 a.k=1\n3 ! 'bad' has no '=': what continues a value is indented\n6 a.l=2\n");
	assert_ini(
		"[a]\nk=1\n= 5\n  x\nl=2\n", "1 [a]\n2 a.k=1\n3 ! no name before '= 5'\n5 a.l=2\n");
}

static void keys_before_any_section_are_mistakes(void **state)
{
	(void)state;
	assert_ini("k=1\n more\nl=2\n[a]\nm=3\n",
		"1 ! 'k=1' stands before the first section, such as [stage:NAME]\n"
		"3 ! 'l=2' stands before the first section, such as [stage:NAME]\n4 [a]\n5 a.m=3\n");
}

static void a_section_header_may_have_blanks_and_a_comment(void **state)
{
	(void)state;
	assert_ini("[ a b ]  ; comment\nk=1\n[c]# x\n[d] \n", "1 [a b]\n2 a b.k=1\n3 [c]\n4 [d]\n");
	assert_ini("[a;b]\nk=1\n[c # d]\n", "1 [a;b]\n2 a;b.k=1\n3 [c # d]\n");
}

static void a_broken_section_header_is_told_and_its_keys_are_still_read(void **state)
{
	(void)state;
	assert_ini("[x]\n[a\nk=1\nbad\n",
		"1 [x]\n2 ! section header '[a' has no ']'\n2 [a]\n3 "
		"a.k=1\n4 ! 'bad' has no '=': what continues a value is indented\n");
	assert_ini(
		"[a] tail\nk=1\n", "1 ! 'tail' stands behind a section header\n1 [a]\n2 a.k=1\n");
	assert_ini("[a]]\n", "1 ! ']' stands behind a section header\n1 [a]\n");
}

static void a_section_without_a_name_hides_its_keys(void **state)
{
	(void)state;
	assert_ini("[x]\n[]\nk=1\n more\n[ ]\nbad\n[b]\nk=2\n",
		"1 [x]\n2 ! section without a name\n5 ! section without a name\n7 [b]\n8 b.k=2\n");
}

#define NAME49 "0123456789012345678901234567890123456789012345678"

static void names_over_49_bytes_are_mistakes(void **state)
{
	(void)state;
	assert_int_equal(strlen(NAME49), INI_NAME_MAX);
	assert_ini("[" NAME49 "]\n" NAME49 "=v\n", "1 [" NAME49 "]\n2 " NAME49 "." NAME49 "=v\n");
	assert_ini("[x]\n[" NAME49 "9]\nk=1\n[a]\n" NAME49 "9 = v\n more\nk=2\n",
		"1 [x]\n2 ! section name '012345678901234567890123...' is longer than 49 bytes\n"
		"4 [a]\n5 ! name '012345678901234567890123...' is longer than 49 bytes\n7 a.k=2\n");
	/* in a multiple of bytes that are no multiple of characters */
	assert_ini("[x]\n0€€€€€€€€€€€€€€€€€ = v\n",
		"1 [x]\n2 ! name '0€€€€€€€...' is longer than 49 bytes\n");
}

static void a_nul_byte_is_a_mistake_of_its_line(void **state)
{
	(void)state;
	const char a[] = "[a]\nk=1\0 2\n more\nl=3\n", b[] = "[a\0]\n[b]\nk=1\n x\0\n y\n";

	assert_bytes(a, sizeof a - 1, "1 [a]\n2 ! NUL byte\n4 a.l=3\n");
	assert_bytes(b, sizeof b - 1, "1 ! NUL byte\n2 [b]\n3 b.k=1\n4 ! NUL byte\n5 b.k+ y\n");
	const char c[] = "[a]\n; in a comment \0 it hurts nobody\nk=1\n";
	assert_bytes(c, sizeof c - 1, "1 [a]\n3 a.k=1\n");
	assert_bytes("\0", 1, "1 ! NUL byte\n");
}

static void control_bytes_in_a_mistake_are_made_visible(void **state)
{
	(void)state;
	assert_ini("[a]\n\x1b[2J\xff\n",
		"1 [a]\n2 ! '\\x1b[2J\\xff' has no '=': what continues a value is indented\n");
}

static void all_mistakes_are_told_in_one_go(void **state)
{
	(void)state;
	assert_ini("k\n[a\nb\n=c\n[a] x\nok=1\n",
		"1 ! 'k' stands before the first section, such as [stage:NAME]\n2 ! "
		"section header '[a' has no ']'\n2 [a]\n"
		"3 ! 'b' has no '=': what continues a value is indented\n4 ! no name before '=c'\n5 "
		"! 'x' stands behind a section header\n"
		"5 [a]\n6 a.ok=1\n");
}

struct length {
	size_t value, more;
	uint32_t line, mistakes;
};

static void no_section(void *ctx, uint32_t line, const char *section)
{
	(void)ctx;
	(void)line;
	(void)section;
}

static void measure(void *ctx, const struct ini_line *line)
{
	struct length *length = ctx;

	*(line->is_more ? &length->more : &length->value) = strlen(line->value);
	length->line = line->number;
}

static void count_mistake(void *ctx, uint32_t line, const char *text)
{
	struct length *length = ctx;
	(void)line;
	(void)text;

	length->mistakes++;
}

static void lines_of_every_length_near_the_buffers_size_are_whole(void **state)
{
	(void)state;
	struct buf text = {0};

	for (size_t len = 1; len<40000; len += len> 4060 && len < 4130 ? 1 : len < 300 ? 1 : 97) {
		struct length length = {0};
		const struct ini_handlers handlers = {no_section, measure, count_mistake, &length};
		buf_reset(&text);
		buf_str(&text, "[a]\nk=");
		for (size_t i = 0; i < len; i++)
			buf_char(&text, 'x');
		buf_str(&text, "\n ");
		for (size_t i = 0; i < 2 * len; i++)
			buf_char(&text, 'y');
		if (len % 2)
			buf_char(&text, '\n');
		ini_read(text.data, text.len, &handlers);
		assert_int_equal(length.value, len);
		assert_int_equal(length.more, 2 * len + 1); /* with its indentation */
		assert_int_equal(length.line, 3);
		assert_int_equal(length.mistakes, 0);
	}
	buf_free(&text);
}

static void read_lengths(const struct buf *text, struct length *length)
{
	const struct ini_handlers handlers = {no_section, measure, count_mistake, length};

	ini_read(text->data, text->len, &handlers);
}

/* In these two anything but linear time would not end before the test's time is over. */
static void a_line_of_ten_mebibytes_is_read_whole(void **state)
{
	(void)state;
	struct buf text = {0};
	struct length length = {0};
	const size_t len = (size_t)10 << 20;

	buf_str(&text, "[a]\nk=");
	for (size_t i = 0; i < len; i++)
		buf_char(&text, i % 7 ? 'x' : ' ');
	buf_str(&text, "x\n");
	read_lengths(&text, &length);
	assert_int_equal(length.value, len); /* without its first byte, which is blank */
	buf_free(&text);
}

static void many_lines_of_any_end_take_linear_time(void **state)
{
	(void)state;
	const char *const ends[] = {"\n", "\r", "\r\n"};

	for (size_t e = 0; e < 3; e++) {
		struct buf text = {0};
		struct length length = {0};
		buf_str(&text, "[a]");
		buf_str(&text, ends[e]);
		for (int i = 0; i < 1000000; i++) {
			buf_str(&text, "k=some value");
			buf_str(&text, ends[e]);
		}
		read_lengths(&text, &length);
		assert_int_equal(length.line, 1000001);
		buf_free(&text);
	}
}

static void no_bytes_can_crash_it(void **state)
{
	(void)state;
	const char alphabet[] = "[]=:;# \t\r\n\0ax\xEF\xBB\xBF\v";
	unsigned seed = 3;

	for (int round = 0; round < 30000; round++) {
		struct length length = {0};
		const struct ini_handlers handlers = {no_section, measure, count_mistake, &length};
		seed = seed * 1103515245 + 12345;
		size_t len = (seed >> 16) % 60;
		char *text = malloc(len ? len : 1);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		}
		ini_read(text, len, &handlers);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_and_keys_have_their_lines),
		cmocka_unit_test(an_empty_file_has_nothing),
		cmocka_unit_test(the_last_line_needs_no_end),
		cmocka_unit_test(all_line_ends_count_as_one),
		cmocka_unit_test(a_bom_is_no_part_of_the_first_line),
		cmocka_unit_test(comment_signs_in_values_are_plain),
		cmocka_unit_test(equals_or_colon_ends_the_name),
		cmocka_unit_test(indented_lines_continue_the_key_above),
		cmocka_unit_test(empty_lines_between_belong_to_the_value),
		cmocka_unit_test(the_same_key_again_is_no_continuation),
		cmocka_unit_test(an_indented_line_without_a_key_is_a_mistake_told_once),
		cmocka_unit_test(what_continues_a_mistake_is_not_told_again),
		cmocka_unit_test(keys_before_any_section_are_mistakes),
		cmocka_unit_test(a_section_header_may_have_blanks_and_a_comment),
		cmocka_unit_test(a_broken_section_header_is_told_and_its_keys_are_still_read),
		cmocka_unit_test(a_section_without_a_name_hides_its_keys),
		cmocka_unit_test(names_over_49_bytes_are_mistakes),
		cmocka_unit_test(a_nul_byte_is_a_mistake_of_its_line),
		cmocka_unit_test(control_bytes_in_a_mistake_are_made_visible),
		cmocka_unit_test(all_mistakes_are_told_in_one_go),
		cmocka_unit_test(lines_of_every_length_near_the_buffers_size_are_whole),
		cmocka_unit_test(a_line_of_ten_mebibytes_is_read_whole),
		cmocka_unit_test(many_lines_of_any_end_take_linear_time),
		cmocka_unit_test(no_bytes_can_crash_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
