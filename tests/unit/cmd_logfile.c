/* Printing a log while it grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/logs/logs.h"

#define STAMP "[2025-11-27 14:09:16] [asr] "

static char path[] = "/tmp/restage-logfile.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_log(const char *mode, const char *text)
{
	FILE *file = fopen(path, mode);

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* All that is new, as one string that is valid until the next call. */
static const char *read_news(struct logfile *log)
{
	static struct buf out;
	struct err err = {0};
	int status;

	buf_free(&out);
	do
		status = logfile_read(log, &out, &err);
	while (status > 0);
	assert_int_equal(status, 0);
	return buf_text(&out);
}

static void all_of_it_is_printed_as_it_is(void **state)
{
	struct logfile *log = logfile_new(path, LOG_DEBUG);

	(void)state;
	write_log("w", "no prefix\n" STAMP "[DEBUG] d\nno end");
	assert_string_equal(read_news(log), "no prefix\n" STAMP "[DEBUG] d\nno end");
	assert_string_equal(read_news(log), "");
	write_log("a", " yet\n");
	assert_string_equal(read_news(log), " yet\n");
	logfile_free(log);
}

static void lines_below_the_level_are_left_out(void **state)
{
	struct logfile *log = logfile_new(path, LOG_WARNING);

	(void)state;
	write_log("w",
		STAMP "[INFO] i\n" STAMP "[WARNING] w\n" STAMP "[ERROR] e\n" STAMP "[DEBUG] d\n");
	assert_string_equal(read_news(log), STAMP "[WARNING] w\n" STAMP "[ERROR] e\n");
	write_log("a", STAMP "[ERROR]\n");
	assert_string_equal(read_news(log), STAMP "[ERROR]\n");
	logfile_free(log);
}

static void a_line_that_comes_in_pieces_is_judged_once(void **state)
{
	struct logfile *log = logfile_new(path, LOG_WARNING);

	(void)state;
	write_log("w", "[2025-11-27 14:0");
	assert_string_equal(read_news(log), "");
	write_log("a", "9:16] [asr] [ERROR] half");
	assert_string_equal(read_news(log), "");
	write_log("a", " and half\n" STAMP "[INFO] no\n");
	assert_string_equal(read_news(log), STAMP "[ERROR] half and half\n");
	logfile_free(log);
}

static void a_line_without_a_prefix_goes_with_the_one_before_it(void **state)
{
	struct logfile *log = logfile_new(path, LOG_WARNING);

	(void)state;
	write_log(
		"w", STAMP "[ERROR] e\nmore of it\n" STAMP "[INFO] i\nmore of that\n[x] [y] [z\n");
	assert_string_equal(read_news(log), STAMP "[ERROR] e\nmore of it\n");
	logfile_free(log);
}

static void a_very_long_line_needs_no_memory(void **state)
{
	struct logfile *log = logfile_new(path, LOG_WARNING);
	FILE *file = fopen(path, "w");
	struct buf out = {0};
	size_t total = 0;
	int status;

	(void)state;
	fputs(STAMP "[WARNING] ", file);
	for (int i = 0; i < 100000; i++)
		fputs("0123456789", file);
	fputs("\n" STAMP "[INFO] ", file);
	for (int i = 0; i < 100000; i++)
		fputs("9876543210", file);
	fputs("\n", file);
	fclose(file);
	do {
		buf_reset(&out);
		status = logfile_read(log, &out, NULL);
		assert_true(out.len <= 128 * 1024);
		assert_null(memchr(buf_text(&out), 'I', 1));
		total += out.len;
	} while (status > 0);
	assert_int_equal(total, strlen(STAMP "[WARNING] \n") + 1000000);
	buf_free(&out);
	logfile_free(log);
}

static void a_log_that_begins_anew_is_read_from_its_beginning(void **state)
{
	struct logfile *log = logfile_new(path, LOG_DEBUG);

	(void)state;
	write_log("w", "old and long\n");
	assert_string_equal(read_news(log), "old and long\n");
	write_log("w", "new\n");
	assert_string_equal(read_news(log), "new\n");
	unlink(path);
	assert_string_equal(read_news(log), "");
	write_log("w", "newest and longer\n");
	assert_string_equal(read_news(log), "newest and longer\n");
	logfile_free(log);
}

static void a_file_that_is_not_there_yet_is_empty(void **state)
{
	struct logfile *log = logfile_new("/tmp/restage-logfile.none/stage.log", LOG_DEBUG);

	(void)state;
	assert_string_equal(read_news(log), "");
	logfile_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_printed_as_it_is),
		cmocka_unit_test(lines_below_the_level_are_left_out),
		cmocka_unit_test(a_line_that_comes_in_pieces_is_judged_once),
		cmocka_unit_test(a_line_without_a_prefix_goes_with_the_one_before_it),
		cmocka_unit_test(a_very_long_line_needs_no_memory),
		cmocka_unit_test(a_log_that_begins_anew_is_read_from_its_beginning),
		cmocka_unit_test(a_file_that_is_not_there_yet_is_empty),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
