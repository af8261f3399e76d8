#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "run/attempt/stagelog.h"

static char path[] = "/tmp/restage-stagelog-XXXXXX";

static int setup(void **state)
{
	(void)state;
	strcpy(path, "/tmp/restage-stagelog-XXXXXX");
	int fd = mkstemp(path);
	close(fd);
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* The log's lines without their time. */
static void read_log(struct buf *out)
{
	struct buf text = {0};

	assert_int_equal(fs_read(path, 1 << 30, &text, NULL), 0);
	for (const char *p = text.data, *end = p + text.len; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		assert_non_null(eol);
		assert_true(eol - p >= 22 && p[0] == '[' && p[20] == ']' && p[21] == ' ');
		buf_add(out, p + 22, (size_t)(eol - p) - 21);
		p = eol + 1;
	}
	buf_free(&text);
}

static struct stagelog *open_log(void)
{
	struct stagelog *log = stagelog_open(AT_FDCWD, path, "mix", false, NULL);

	assert_non_null(log);
	return log;
}

static void every_line_has_its_prefix_however_it_comes(void **state)
{
	(void)state;
	struct buf lines = {0};
	struct stagelog *log = open_log();

	stagelog_feed(log, "one\ntw", 6);
	stagelog_feed(log, "o\n\nerror: three", 15);
	assert_int_equal(stagelog_close(log, NULL), 0);
	read_log(&lines);
	assert_string_equal(buf_text(&lines),
		"[mix] [INFO] one\n[mix] [INFO] two\n[mix] [INFO]\n[mix] [ERROR] error: three\n");
	buf_free(&lines);
}

static void our_lines_do_not_break_into_an_unended_one(void **state)
{
	(void)state;
	struct buf lines = {0};
	struct stagelog *log = open_log();

	stagelog_feed(log, "half", 4);
	stagelog_add(log, LOG_DEBUG, "ours", 4);
	stagelog_feed(log, "rest\n", 5);
	assert_int_equal(stagelog_close(log, NULL), 0);
	read_log(&lines);
	assert_string_equal(
		buf_text(&lines), "[mix] [INFO] half\n[mix] [DEBUG] ours\n[mix] [INFO] rest\n");
	buf_free(&lines);
}

static void bytes_of_any_kind_are_kept(void **state)
{
	(void)state;
	static const char odd[] = "a\0b\xff\x1b[31m\tc\n";
	struct buf text = {0};
	struct stagelog *log = open_log();

	stagelog_feed(log, odd, sizeof odd - 1);
	assert_int_equal(stagelog_close(log, NULL), 0);
	assert_int_equal(fs_read(path, 1 << 20, &text, NULL), 0);
	assert_non_null(memmem(text.data, text.len, odd, sizeof odd - 1));
	buf_free(&text);
}

static void a_very_long_line_stays_one_line(void **state)
{
	(void)state;
	enum {
		PIECE = 70000,
		PIECES = 50
	};
	struct buf text = {0};
	char *piece = mem_alloc(PIECE);
	struct stagelog *log = open_log();

	memset(piece, 'x', PIECE);
	for (int i = 0; i < PIECES; i++)
		stagelog_feed(log, piece, PIECE);
	stagelog_feed(log, "\nnext\n", 6);
	assert_int_equal(stagelog_close(log, NULL), 0);
	assert_int_equal(fs_read(path, 1 << 30, &text, NULL), 0);
	size_t lines = 0;
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	assert_int_equal(lines, 2);
	assert_int_equal(text.len,
		(size_t)PIECE * PIECES + 4 + 2 + 2 * strlen("[2025-11-27 14:09:15] [mix] [INFO] "));
	free(piece);
	buf_free(&text);
}

static void a_second_attempt_is_appended(void **state)
{
	(void)state;
	struct buf lines = {0};
	struct stagelog *log = open_log();

	stagelog_add(log, LOG_INFO, "first", 5);
	stagelog_close(log, NULL);
	log = stagelog_open(AT_FDCWD, path, "mix", true, NULL);
	stagelog_add(log, LOG_INFO, "second", 6);
	stagelog_close(log, NULL);
	read_log(&lines);
	assert_string_equal(buf_text(&lines), "[mix] [INFO] first\n[mix] [INFO] second\n");
	buf_free(&lines);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(symlink("/tmp/restage-stagelog-target", path), 0);
	assert_null(stagelog_open(AT_FDCWD, path, "mix", false, NULL));
	assert_false(fs_exists("/tmp/restage-stagelog-target"));
}

/* What the log holds after these pieces of output, without prefixes, '|' behind each line. */
static const char *shown(const char *const *pieces, size_t count)
{
	static char text[2000];
	struct buf lines = {0};
	struct stagelog *log = open_log();
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		stagelog_feed(log, pieces[i], strlen(pieces[i]));
	assert_int_equal(stagelog_close(log, NULL), 0);
	read_log(&lines);
	for (const char *p = buf_text(&lines); *p; p += strcspn(p, "\n") + 1) {
		const char *at = strstr(strstr(p, "] [") + 1, "] ");
		const char *end = p + strcspn(p, "\n");
		bool is_empty = !at || at > end;
		len += (size_t)snprintf(text + len, sizeof text - len, "%.*s|",
			is_empty ? 0 : (int)(end - at - 2), is_empty ? "" : at + 2);
	}
	buf_free(&lines);
	return text;
}

#define SHOWN(...) \
	shown((const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define TWO "2 states of progress were replaced by later ones|"
#define ONE "1 state of progress was replaced by later ones|"

static void of_a_progress_bar_its_last_state_is_kept(void **state)
{
	(void)state;
	assert_string_equal(SHOWN("10%\r20%\r100%\n"), "100%|" TWO);
	assert_string_equal(SHOWN("\r10%", "\r20%", "\r100%", "\n"), "100%|" TWO);
	assert_string_equal(SHOWN("10%\r20%\r100%"), "100%|" TWO);
	assert_string_equal(SHOWN("10%\r20%\r100%\r"), "100%|" TWO);
	assert_string_equal(SHOWN("10%\r20%\r", "\n"), "20%|" ONE);
	assert_string_equal(SHOWN("10%\r20%\r\r\nend\n"), "20%|end|" ONE);
	assert_string_equal(SHOWN("10%\r20%\rend\n"), "end|" TWO);
	assert_string_equal(SHOWN("a\n\n\rb\n"), "a||b|");
}

static void a_return_and_a_newline_end_a_line(void **state)
{
	(void)state;
	assert_string_equal(SHOWN("a\r\nb\r\n"), "a|b|");
	assert_string_equal(SHOWN("a\r", "\nb", "\r", "\n"), "a|b|");
	assert_string_equal(SHOWN("\r\n\r\n"), "||");
	assert_string_equal(SHOWN("\r", "\r", "x", "\r"), "x|");
}

static void our_lines_leave_a_state_unwritten(void **state)
{
	(void)state;
	struct buf lines = {0};
	struct stagelog *log = open_log();

	stagelog_feed(log, "10%\r", 4);
	stagelog_add(log, LOG_INFO, "ours", 4);
	stagelog_feed(log, "20%\r", 4);
	stagelog_end_output(log);
	stagelog_add(log, LOG_ERROR, "end", 3);
	assert_int_equal(stagelog_close(log, NULL), 0);
	read_log(&lines);
	assert_string_equal(buf_text(&lines),
		"[mix] [INFO] ours\n[mix] [INFO] 20%\n[mix] [DEBUG] 1 state of progress was "
		"replaced by later ones\n[mix] [ERROR] end\n");
	buf_free(&lines);
}

struct heard {
	uint32_t lines, states;
};

static void hear(void *ctx, enum log_level level, const char *text, size_t len, bool is_state)
{
	struct heard *heard = ctx;
	(void)level;

	assert_true(len == 0 || text);
	if (is_state)
		heard->states++;
	else
		heard->lines++;
}

static void states_are_told_like_lines(void **state)
{
	(void)state;
	struct heard heard = {0};
	struct stagelog *log = open_log();

	stagelog_on_line(log, hear, &heard);
	stagelog_feed(log, "a\n10%\r20%\rend\n", 14);
	assert_int_equal(stagelog_close(log, NULL), 0);
	assert_int_equal(heard.lines, 2);
	assert_int_equal(heard.states, 2);
}

static void the_last_lines_are_those_of_the_command(void **state)
{
	(void)state;
	struct arena arena = {0};
	const char **lines;
	char *huge = mem_alloc(5000);
	struct stagelog *log = open_log();

	assert_int_equal(stagelog_last(log, &arena, &lines), 0);
	for (int i = 0; i < 5000; i++)
		stagelog_feed(log, "line\n", 5);
	memset(huge, 'x', 5000);
	stagelog_feed(log, huge, 5000);
	stagelog_feed(log, "\n\n  \nlast but one\nlast", 22);
	stagelog_add(log, LOG_INFO, "ours", 4);
	assert_int_equal(stagelog_last(log, &arena, &lines), STAGELOG_LAST);
	assert_string_equal(lines[STAGELOG_LAST - 1], "last");
	assert_string_equal(lines[STAGELOG_LAST - 2], "last but one");
	assert_int_equal(strlen(lines[STAGELOG_LAST - 3]), STAGELOG_LINE_MAX);
	assert_string_equal(lines[0], "line");
	stagelog_close(log, NULL);
	free(huge);
	arena_free(&arena);
}

static void the_cause_is_the_last_error_or_else_the_last_line(void **state)
{
	(void)state;
	static const struct {
		const char *output, *cause;
	} cases[] = {
		{"", ""},
		{"\n \n", ""},
		{"a\nb\n\n", "b"},
		{"a\nerror: bad\nb\n", "error: bad"},
		{"error: one\nERROR two\nbye\n", "ERROR two"},
		{"Traceback (most recent call last):\n  File \"x\"\nKeyError: 'a'\n",
			"KeyError: 'a'"},
		{"Traceback (most recent call last):\n  File \"x\"\nStopHere\nbye\n", "StopHere"},
		{"warning: old\nx\n", "x"},
		{"sort: bad option\nTry 'sort --help' for more.\n", "sort: bad option"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stagelog *log = open_log();
		bool is_error;
		stagelog_feed(log, cases[i].output, strlen(cases[i].output));
		assert_string_equal(stagelog_cause(log, &is_error), cases[i].cause);
		stagelog_close(log, NULL);
	}
}

static void output_that_was_logged_elsewhere_is_known(void **state)
{
	static const char *const lines[] = {"one", "error: two"};
	struct arena arena = {0};
	struct stagelog *log = open_log();
	const char **last;
	bool is_error = false;

	(void)state;
	stagelog_recall(log, lines, 2, "error: two", true);
	assert_int_equal(stagelog_last(log, &arena, &last), 2);
	assert_string_equal(last[1], "error: two");
	assert_string_equal(stagelog_cause(log, &is_error), "error: two");
	assert_true(is_error);
	stagelog_close(log, NULL);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_line_has_its_prefix_however_it_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(
			our_lines_do_not_break_into_an_unended_one, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes_of_any_kind_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(a_very_long_line_stays_one_line, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_attempt_is_appended, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_link_in_its_place_is_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			of_a_progress_bar_its_last_state_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(a_return_and_a_newline_end_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(our_lines_leave_a_state_unwritten, setup, teardown),
		cmocka_unit_test_setup_teardown(states_are_told_like_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_last_lines_are_those_of_the_command, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_cause_is_the_last_error_or_else_the_last_line, setup, teardown),
		cmocka_unit_test_setup_teardown(
			output_that_was_logged_elsewhere_is_known, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
