/* Makefile rules as compilers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/manifest/depfile.h"

static void add(void *ctx, const char *path)
{
	buf_fmt(ctx, "<%s>", path);
}

static void assert_read(const char *text, const char *expected)
{
	struct buf out = {0};
	struct err err = {0};

	assert_int_equal(depfile_read(text, strlen(text), "x.d", add, &out, &err), 0);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void assert_refused(const char *text, size_t len, const char *expected)
{
	struct buf out = {0};
	struct err err = {0};

	assert_int_equal(depfile_read(text, len, "x.d", add, &out, &err), -1);
	assert_int_equal(err.code, EXIT_STAGE);
	assert_string_equal(err.text, expected);
	buf_free(&out);
}

static void nothing_is_fine(void **state)
{
	(void)state;
	assert_read("", "");
	assert_read("\n \n\t\n", "");
	assert_read("x.o:", "");
	assert_read("# comment: not a rule\n", "");
}

static void rules_of_compilers_are_read(void **state)
{
	(void)state;
	assert_read("x.o: x.c a.h \\\n b.h\n", "<x.c><a.h><b.h>");
	assert_read("x.o: x.c a.h \\\r\n b.h\r\n", "<x.c><a.h><b.h>");
	assert_read("x.o y.o : x.c", "<x.c>");
	assert_read("x.o:\\\n x.c\n", "<x.c>");
	assert_read("x.o: x.c\n\na.h:\n\nb.h:\n", "<x.c>");
	assert_read("x.o: x.c\ny.o: x.c y.c\n", "<x.c><x.c><y.c>");
	assert_read("x.d: src/main.rs\n\n# env-dep:HOME=/root\n", "<src/main.rs>");
}

static void names_are_unescaped(void **state)
{
	(void)state;
	assert_read("x: a\\ b", "<a b>");
	assert_read("x: a\\\tb", "<a\tb>");
	assert_read("x: a\\\\\\ b", "<a\\ b>");
	assert_read("x: a\\\\ b", "<a\\><b>");
	assert_read("x: a\\#b", "<a#b>");
	assert_read("x: a#b", "<a#b>");
	assert_read("x: a$$b", "<a$b>");
	assert_read("x: a$b", "<a$b>");
	assert_read("x: a\\:b", "<a:b>");
	assert_read("x: a\\b\\c", "<a\\b\\c>");
	assert_read("x: a\\", "<a\\>");
	assert_read("x: a\\\\\nb: c\n", "<a\\><b:><c>");
}

static void colons_may_be_a_part_of_names(void **state)
{
	(void)state;
	assert_read("c:/x.o: c:/x.c http://y", "<c:/x.c><http://y>");
	assert_read("x: a: b", "<a:><b>");
}

static void text_that_is_no_rule_is_refused(void **state)
{
	(void)state;
	assert_refused("x.o x.c\n", 8, "x.d:1: no rule of a Makefile: ':' is missing");
	assert_refused(
		"x: a \\\n b\n\n\xff\xfe\n", 14, "x.d:4: no rule of a Makefile: ':' is missing");
	assert_refused("x: a\0b", 6, "x.d: a NUL byte at offset 4");
}

static void any_bytes_are_read(void **state)
{
	static const char bytes[] = "ab::\\\\\\   \n\r\t#$$\xff";
	(void)state;

	srand(1);
	for (int round = 0; round < 50000; round++) {
		size_t len = (size_t)rand() % 24;
		char *exact = malloc(len ? len : 1); /* not terminated */
		struct buf out = {0};
		struct err err = {0};
		for (size_t i = 0; i < len; i++)
			exact[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		depfile_read(exact, len, "x.d", add, &out, &err);
		buf_free(&out);
		free(exact);
	}
}

static void a_megabyte_of_backslashes_takes_no_time(void **state)
{
	size_t len = 1 << 20;
	char *text = malloc(len);
	struct buf out = {0};
	struct err err = {0};
	(void)state;

	memset(text, '\\', len);
	assert_int_equal(depfile_read(text, len, "x.d", add, &out, &err), -1);
	memcpy(text, "x: ", 3);
	err_clear(&err);
	assert_int_equal(depfile_read(text, len, "x.d", add, &out, &err), 0);
	assert_int_equal(out.len, len - 3 + 2);
	buf_free(&out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_fine),
		cmocka_unit_test(rules_of_compilers_are_read),
		cmocka_unit_test(names_are_unescaped),
		cmocka_unit_test(colons_may_be_a_part_of_names),
		cmocka_unit_test(text_that_is_no_rule_is_refused),
		cmocka_unit_test(any_bytes_are_read),
		cmocka_unit_test(a_megabyte_of_backslashes_takes_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
