/* Placeholders: where they begin and end, their filters, literal braces, and every mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/command/template.h"

/* "text<name:filters>text" or "text!mistake!" */
static char *read_all(const char *text, bool unescape)
{
	static const char filters[] = "sndcrSR";
	struct template_hole hole;
	struct buf out = {0}, mistake = {0};
	size_t pos = 0;

	for (;;) {
		buf_reset(&mistake);
		int found = template_next(text, &pos, &hole, &out, unescape, &mistake);
		if (found == 0)
			break;
		if (found < 0) {
			buf_fmt(&out, "!%s!", buf_text(&mistake));
			continue;
		}
		buf_fmt(&out, "<%.*s", (int)hole.name_len, hole.name);
		for (size_t i = 0; i < hole.filter_count; i++)
			buf_fmt(&out, "%c%c", i ? ' ' : ':', filters[hole.filters[i]]);
		buf_char(&out, '>');
		assert_true(memcmp(text + hole.offset, "{{", 2) == 0);
		assert_true(memcmp(text + hole.offset + hole.len - 2, "}}", 2) == 0);
		assert_int_equal(hole.offset + hole.len, pos);
	}
	buf_free(&mistake);
	return buf_steal(&out);
}

static void assert_read(const char *text, const char *expected)
{
	char *got = read_all(text, true);

	assert_string_equal(got, expected);
	free(got);
}

static void text_without_placeholders_is_text(void **state)
{
	(void)state;
	assert_read("", "");
	assert_read("a {b} }} c", "a {b} }} c");
	assert_read("a { b", "a { b");
	assert_read("{", "{");
}

static void placeholders_are_found(void **state)
{
	(void)state;
	assert_read("{{a}}", "<a>");
	assert_read("x{{ a.b }}y{{c}}z", "x<a.b>y<c>z");
	assert_read("{{a}}{{b}}", "<a><b>");
	assert_read("{{a}}}", "<a>}");
	assert_read("{{ input.video\t|stem | raw}}", "<input.video:s r>");
	assert_read("{{a|name|dir|ext}}", "<a:n d c>");
}

/* What stands behind `else`, as a text or [placeholder], and the canonical form. */
static void check_other(const char *text, const char *other, const char *form)
{
	struct template_hole hole, nested;
	struct buf got = {0}, back = {0};
	size_t pos = 0;

	assert_int_equal(template_next(text, &pos, &hole, NULL, true, NULL), 1);
	assert_int_equal(pos, strlen(text));
	if (template_other(&hole, &nested, &got)) {
		buf_char(&got, '[');
		template_add_hole(&got, &nested);
		buf_char(&got, ']');
	}
	assert_string_equal(buf_text(&got), other);
	template_add_hole(&back, &hole);
	assert_string_equal(buf_text(&back), form);
	buf_free(&got);
	buf_free(&back);
}

static void what_stands_behind_else_is_found(void **state)
{
	(void)state;
	check_other("{{a.b|else x/y.z}}", "x/y.z", "{{a.b | else x/y.z}}");
	check_other("{{a.b | else}}", "", "{{a.b | else}}");
	check_other(
		"{{a.b | stem | else x/y.z | name}}", "y.z", "{{a.b | stem | else x/y.z | name}}");
	check_other("{{a.b | else 'x | }} y'}}", "x | }} y", "{{a.b | else 'x | }} y'}}");
	check_other("{{a.b | else \"q\\\"\\\\\"}}", "q\"\\", "{{a.b | else \"q\\\"\\\\\"}}");
	check_other("{{a.b | else {{c.d | dir}} | name}}", "[{{c.d | dir | name}}]",
		"{{a.b | else {{c.d | dir}} | name}}");
	struct buf text = {0};
	buf_str(&text, "{{a.b | else ");
	template_add_other(&text, "q\"\\ | }}'");
	buf_str(&text, "}}");
	check_other(buf_text(&text), "q\"\\ | }}'", buf_text(&text));
	buf_free(&text);
	assert_read(
		"{{a | else b c}}", "!'else' takes one word, a quoted text or one placeholder!");
	assert_read(
		"{{a | else 'b' c}}", "!'else' takes one word, a quoted text or one placeholder!");
	assert_read("{{a | elsewhere}}", "!unknown filter 'elsewhere'!");
	const char *nested = "!a placeholder stands inside another: only the brackets of "
			     "{{STAGE[...].LABEL}} and what is behind 'else' may hold one!";
	struct buf expected = {0};
	buf_fmt(&expected, "%s, <c>", nested);
	assert_read("{{a | stem {{b}}}}, {{c}}", buf_text(&expected));
	assert_read("{{a.{{b}}.x}}, {{c}}", buf_text(&expected));
	buf_free(&expected);
	assert_read("{{a {{b}}, {{c}}",
		"!'}}' is missing after '{{'; write {{{{ for a literal {{!<b>, <c>");
}

static void doubled_braces_are_literal(void **state)
{
	(void)state;
	assert_read("awk '{{{{print}}'", "awk '{{print}}'");
	assert_read("{{{{a}}", "{{a}}");
	assert_read("{{{{{{a}}", "{{<a>");
	assert_read("{{{a}}}", "{<a>}");
	assert_read("{{{{{", "{{{");
	assert_read("{{{{{{{a}}", "{{{<a>");
	assert_read("{{{{{{{{", "{{{{");
	char *got = read_all("{{{{ {{a}} {{{b}}", false);
	assert_string_equal(got, "{{{{ <a> {<b>");
	free(got);
}

static void mistakes_are_told_and_passed(void **state)
{
	const char *missing = "!'}}' is missing after '{{'; write {{{{ for a literal {{!";
	struct buf expected = {0};
	(void)state;

	buf_fmt(&expected, "a%s", missing);
	assert_read("a{{", buf_text(&expected));
	buf_reset(&expected);
	buf_fmt(&expected, "%s<b>", missing);
	assert_read("{{a {{b}}", buf_text(&expected));
	buf_reset(&expected);
	buf_fmt(&expected, "%s\n<b>", missing);
	assert_read("{{a\n{{b}}", buf_text(&expected));
	buf_free(&expected);
	assert_read("{{}}x", "!a placeholder is empty; write {{{{ for a literal {{!x");
	assert_read("{{ | raw}}x", "!a placeholder is empty; write {{{{ for a literal {{!x");
	assert_read("{{a|}}x", "!a filter is missing after '|' in a placeholder!x");
	assert_read("{{a|stam}}x", "!unknown filter 'stam'; did you mean 'stem'?!x");
	assert_read("{{a|basename}}x", "!unknown filter 'basename'!x");
	assert_read("{{a|raw|raw|raw|raw|raw|raw|raw|raw|raw}}",
		"!more than 8 filters on one placeholder!");
}

static void holes_can_be_asked(void **state)
{
	struct template_hole hole;
	size_t pos = 0;
	(void)state;

	assert_int_equal(template_next("{{ root | raw }}", &pos, &hole, NULL, true, NULL), 1);
	assert_int_equal(hole.name_len, strlen("root"));
	assert_memory_equal(hole.name, "root", hole.name_len);
	assert_true(template_hole_has(&hole, FILTER_RAW));
	assert_false(template_hole_has(&hole, FILTER_DIR));
}

static void assert_filter(enum template_filter filter, const char *value, const char *expected)
{
	struct buf out = {0};

	template_filter(&out, value, filter);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void filters_take_paths_apart(void **state)
{
	(void)state;
	assert_filter(FILTER_STEM, "in/talk.tar.gz", "talk.tar");
	assert_filter(FILTER_STEM, "in/.hidden", ".hidden");
	assert_filter(FILTER_STEM, "talk", "talk");
	assert_filter(FILTER_STEM, "in.d/talk", "talk");
	assert_filter(FILTER_NAME, "in/talk.mp4", "talk.mp4");
	assert_filter(FILTER_NAME, "in/dir/", "dir");
	assert_filter(FILTER_NAME, "/", "");
	assert_filter(FILTER_DIR, "in/deep/talk.mp4", "in/deep");
	assert_filter(FILTER_DIR, "in/dir/", "in");
	assert_filter(FILTER_DIR, "talk.mp4", ".");
	assert_filter(FILTER_DIR, "/talk.mp4", "/");
	assert_filter(FILTER_DIR, "", ".");
	assert_filter(FILTER_EXT, "in/talk.tar.gz", "gz");
	assert_filter(FILTER_EXT, "in.d/talk", "");
	assert_filter(FILTER_RAW, "a b", "a b");
}

static void whatever_is_added_comes_back(void **state)
{
	static const char bytes[] = "{{{}a ";
	(void)state;

	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct buf script = {0}, expected = {0};
		for (int part = 0; part < 4; part++) {
			char text[8];
			size_t len = (size_t)rand() % 6;
			for (size_t i = 0; i < len; i++)
				text[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
			text[len] = '\0';
			template_add_literal(&script, text);
			buf_str(&expected, text);
			if (rand() % 3 == 0) {
				buf_str(&script, "{{x}}");
				buf_str(&expected, "<x>");
			}
		}
		char *got = read_all(buf_text(&script), true);
		assert_string_equal(got, buf_text(&expected));
		free(got);
		buf_free(&script);
		buf_free(&expected);
	}
}

static void any_bytes_are_read(void **state)
{
	static const char bytes[] = "{{{{}}}}||| arw\n\t\xff";
	(void)state;

	srand(2);
	for (int round = 0; round < 20000; round++) {
		char text[24];
		size_t len = (size_t)rand() % sizeof text;
		for (size_t i = 0; i < len; i++)
			text[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		char *exact = malloc(len + 1); /* so that a sanitizer sees one byte too many */
		memcpy(exact, text, len);
		exact[len] = '\0';
		free(read_all(exact, round % 2));
		free(exact);
	}
}

static void assert_filtered(const char *hole_text, const char *value, const char *expected)
{
	struct template_hole hole;
	struct buf out = {0}, again = {0};
	size_t pos = 0;

	assert_int_equal(template_next(hole_text, &pos, &hole, NULL, false, NULL), 1);
	buf_str(&out, value);
	template_filter_all(&out, &hole);
	assert_string_equal(buf_text(&out), expected);
	template_add_hole(&again, &hole);
	assert_string_equal(buf_text(&again), hole_text);
	buf_free(&out);
	buf_free(&again);
}

static void filters_with_words_change_texts(void **state)
{
	(void)state;
	assert_filtered("{{a | strip _R1.fastq.gz}}", "in/A_R1.fastq.gz", "in/A");
	assert_filtered("{{a | strip .gz}}", "A.bz2", "A.bz2");
	assert_filtered("{{a | replace _R1 _R2}}", "x_R1/A_R1.fq", "x_R2/A_R2.fq");
	assert_filtered("{{a | replace \"a b\" \"\"}}", "1a b2", "12");
	assert_filtered("{{a | replace \"|\" '}}'}}", "1|2", "1}}2");
	assert_filtered("{{a | replace \"\\\"\" x | strip x}}", "1\"", "1");
	assert_filtered("{{a | strip aa | raw}}", "aaa", "a");
	assert_read("{{a | strip}}", "!'strip' takes one word, in quotes if it holds blanks!");
	assert_read("{{a | strip a b}}", "!'strip' takes one word, in quotes if it holds blanks!");
	assert_read(
		"{{a | replace a}}", "!'replace' takes two words, in quotes if they hold blanks!");
	assert_read("{{a | replace \"\" b}}",
		"!'replace' takes two words, in quotes if they hold blanks!");
	assert_read("{{a | stem x}}", "!unknown filter 'stem x'; did you mean 'stem'?!");
	assert_read("{{a[{{b | stem}}, c=1].d | name}}", "<a[{{b | stem}}, c=1].d:n>");
	assert_read("{{a[{{b}}.c}}",
		"!'}}' is missing after '{{'; write {{{{ for a literal {{!<b>.c}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_without_placeholders_is_text),
		cmocka_unit_test(placeholders_are_found),
		cmocka_unit_test(what_stands_behind_else_is_found),
		cmocka_unit_test(doubled_braces_are_literal),
		cmocka_unit_test(mistakes_are_told_and_passed),
		cmocka_unit_test(holes_can_be_asked),
		cmocka_unit_test(filters_take_paths_apart),
		cmocka_unit_test(filters_with_words_change_texts),
		cmocka_unit_test(whatever_is_added_comes_back),
		cmocka_unit_test(any_bytes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
