#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "run/engine/stagelog.h"

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
	static const char odd[] = "a\0b\xff\x1b[31m\rc\n";
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

static void the_tail_is_the_last_lines(void **state)
{
	(void)state;
	struct buf tail = {0};
	struct stagelog *log = open_log();

	for (int i = 0; i < 5000; i++)
		stagelog_feed(log, "line\n", 5);
	stagelog_feed(log, "last but one\nlast", 17);
	stagelog_close(log, NULL);
	stagelog_tail(path, 2, &tail);
	assert_non_null(strstr(buf_text(&tail), "last but one\n"));
	assert_non_null(strstr(buf_text(&tail), "] last\n"));
	assert_null(strstr(buf_text(&tail), "] line"));
	buf_free(&tail);
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
		cmocka_unit_test_setup_teardown(the_tail_is_the_last_lines, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
