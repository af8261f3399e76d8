#include "base_test.h"

#include <time.h>

#include "base/buf.h"
#include "base/logline.h"

#define NOW (INT64_C(1764252555) * 1000000000)
#define STAMP "[2025-11-27 14:09:15] "

static int use_utc(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void assert_line(const char *message, size_t len, const char *want)
{
	struct buf out = {0};

	log_line(&out, NOW, "demux", LOG_INFO, message, len);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void each_line_has_the_prefix(void **state)
{
	(void)state;
	assert_line("hello", 5, STAMP "[demux] [INFO] hello\n");
	assert_line("a\nb", 3, STAMP "[demux] [INFO] a\n" STAMP "[demux] [INFO] b\n");
	assert_line("a\n", 2, STAMP "[demux] [INFO] a\n");
	assert_line("", 0, STAMP "[demux] [INFO]\n");
	assert_line("\n", 1, STAMP "[demux] [INFO]\n");
	assert_line("a\n\nb", 4,
		STAMP "[demux] [INFO] a\n" STAMP "[demux] [INFO]\n" STAMP "[demux] [INFO] b\n");
}

static void nul_and_invalid_bytes_are_kept(void **state)
{
	(void)state;
	struct buf out = {0};
	const char want[] = STAMP "[demux] [INFO] a\0\xff"
				  "b\n";

	log_line(&out, NOW, "demux", LOG_INFO,
		"a\0\xff"
		"b",
		4);
	assert_int_equal(out.len, sizeof want - 1);
	assert_memory_equal(out.data, want, sizeof want);
	buf_free(&out);
}

static void lines_are_appended(void **state)
{
	(void)state;
	struct buf out = {0};

	log_prefix(&out, NOW, "x", LOG_ERROR);
	assert_string_equal(buf_text(&out), STAMP "[x] [ERROR] ");
	log_line(&out, NOW, "x", LOG_DEBUG, "y", 1);
	assert_string_equal(buf_text(&out), STAMP "[x] [ERROR] " STAMP "[x] [DEBUG] y\n");
	buf_free(&out);
}

static void levels_have_names_and_other_names(void **state)
{
	(void)state;
	enum log_level level;

	for (enum log_level i = LOG_DEBUG; i <= LOG_ERROR; i++) {
		assert_int_equal(log_level_parse(log_level_name(i), &level), 0);
		assert_int_equal(level, i);
	}
	assert_true(log_level_parse("warn", &level) == 0 && level == LOG_WARNING);
	assert_true(log_level_parse("Critical", &level) == 0 && level == LOG_ERROR);
	assert_true(log_level_parse("FATAL", &level) == 0 && level == LOG_ERROR);
	assert_int_equal(log_level_parse("", &level), -1);
	assert_int_equal(log_level_parse("INFO ", &level), -1);
	assert_int_equal(log_level_parse("panic", &level), -1);
	assert_int_equal(log_level_parse("loud", &level), -1);
}

static void the_level_of_a_tools_line_is_guessed_from_its_first_word(void **state)
{
	(void)state;
	const struct {
		const char *line;
		enum log_level level;
	} cases[] = {
		{"[mp3 @ 0x55d0c] error reading header", LOG_ERROR},
		{"[mov,mp4,m4a @ 0x55D0c] [warning] x", LOG_WARNING},
		{"[mp3 @ 0x55d0c] reading header", LOG_INFO},
		{"[mp3 @ 0x55d0g] error", LOG_INFO},
		{"[mp3 @ 0x55d0c]error", LOG_INFO},
		{"ERROR: x", LOG_ERROR},
		{"error", LOG_ERROR},
		{"error]", LOG_ERROR},
		{"Error in y", LOG_ERROR},
		{"fatal: not a git repository", LOG_ERROR},
		{"fatal: x", LOG_ERROR},
		{"fatal error: x.h: no such file", LOG_ERROR},
		{"CRITICAL:root:x", LOG_ERROR},
		{"panic: runtime error", LOG_ERROR},
		{"warning: foo", LOG_WARNING},
		{"[WARNING] x", LOG_WARNING},
		{"[warn]", LOG_WARNING},
		{"WARN\tx", LOG_WARNING},
		{"Warn\tx", LOG_INFO},
		{"Error rate on test set: 0.03", LOG_INFO},
		{"warnings are errors", LOG_INFO},
		{"ERROR something", LOG_ERROR},
		{"ERROR", LOG_ERROR},
		{"ERRORS 3", LOG_INFO},
		{"error=3", LOG_ERROR},
		{"level=error msg=\"x\"", LOG_ERROR},
		{"level=\"warning\" msg=x", LOG_WARNING},
		{"<error> x", LOG_ERROR},
		{"2024-01-01 12:00:00 ERROR x", LOG_ERROR},
		{"2024-01-01T12:00:00.123Z WARN x", LOG_WARNING},
		{"2024-01-01 12:00:00,123 - root - ERROR - x", LOG_ERROR},
		{"[2024/01/01 12:00:00] [main] ERROR com.x.Y: z", LOG_ERROR},
		{"[12:00:00] error: x", LOG_ERROR},
		{"12:00:00 | WARNING | x", LOG_WARNING},
		{"2024-01-01 12:00:00 Error rate 0.1", LOG_INFO},
		{"2024-01-01 12:00:00 all went well, no ERROR x", LOG_INFO},
		{"2024-01-01", LOG_INFO},
		{"x.c:3:5: error: expected ';'", LOG_ERROR},
		{"x.c:3: warning: unused", LOG_WARNING},
		{"x.c:3:10: fatal error: y.h: No such file", LOG_ERROR},
		{"x.c:3:5: note: here", LOG_INFO},
		{"/usr/bin/ld: warning: x", LOG_WARNING},
		{"/usr/bin/bash: line 5: warning: here-document at line 1 delimited by end-of-file",
			LOG_WARNING},
		{"./x.sh: line 5: warnings: none", LOG_INFO},
		{"bwa: error: x", LOG_ERROR},
		{"took: 3 error: 4", LOG_INFO},
		{"make: *** [Makefile:2: x] Error 1", LOG_ERROR},
		{"Error in f(x) : bad", LOG_ERROR},
		{"ValueError: bad", LOG_ERROR},
		{"urllib.error.HTTPError: 404", LOG_ERROR},
		{"java.lang.IllegalStateException: x", LOG_ERROR},
		{"x.py:3: UserWarning: old", LOG_WARNING},
		{"DeprecationWarning: old", LOG_WARNING},
		{"Error: x", LOG_ERROR},
		{"MeanSquaredError: 0.03", LOG_ERROR},
		{"MeanSquaredError 0.03", LOG_INFO},
		{"time=\"2024-01-01T12:00:00Z\" level=warning msg=x", LOG_WARNING},
		{"ts=2024-01-01 caller=a.go:3 lvl=error", LOG_ERROR},
		{"time=3 took long, level=", LOG_INFO},
		{"it said level=error", LOG_INFO},
		{"{\"ts\": 1, \"level\": \"warn\", \"msg\": \"x\"}", LOG_WARNING},
		{"{\"severity\":\"ERROR\"}", LOG_ERROR},
		{"{\"levels\":\"error\"}", LOG_INFO},
		{"{\"level\":", LOG_INFO},
		{"error[E0308]: mismatched types", LOG_ERROR},
		{"warning[x", LOG_INFO},
		{"error[0] = 3", LOG_INFO},
		{"WARN[0001] x", LOG_WARNING},
		{"[W::hts_idx_load3] The index is older", LOG_WARNING},
		{"[E::fai_load3] Failed", LOG_ERROR},
		{"[M::bwa_idx_load] read", LOG_INFO},
		{"W0101 12:00:00.123456 17 x.cc:3] x", LOG_WARNING},
		{"E20240101 12:00:00.123456 17 x.cc:3] x", LOG_ERROR},
		{"I0101 12:00:00.123456 17 x.cc:3] error", LOG_INFO},
		{"W0101", LOG_INFO},
		{"E 3", LOG_INFO},
		{"CMake Warning at CMakeLists.txt:3 (message):", LOG_WARNING},
		{"CMake Error: x", LOG_ERROR},
		{"npm WARN deprecated x", LOG_WARNING},
		{"npm ERR! code 1", LOG_ERROR},
		{"Warning message:", LOG_WARNING},
		{"Exception in thread \"main\" java.lang.X", LOG_ERROR},
		{"Segmentation fault (core dumped)", LOG_ERROR},
		{"debug: x", LOG_DEBUG},
		{"[DEBUG] x", LOG_DEBUG},
		{"INFO:root:error", LOG_INFO},
		{"errors: 0", LOG_INFO},
		{"error_count: 0", LOG_INFO},
		{"error, maybe", LOG_INFO},
		{"[error", LOG_INFO},
		{"[error x]", LOG_INFO},
		{"no error", LOG_INFO},
		{" error: indented", LOG_INFO},
		{"errorlevel", LOG_INFO},
		{"", LOG_INFO},
		{"[", LOG_INFO},
		{"[]", LOG_INFO},
		{"[ @ 0x] error", LOG_ERROR},
		{"[a @ 0x1]", LOG_INFO},
		{"[a @ 0x1] ", LOG_INFO},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		/* a copy of its exact size, so that reading on is seen */
		size_t len = strlen(cases[i].line);
		char *line = malloc(len ? len : 1);
		memcpy(line, cases[i].line, len);
		if (log_guess(line, len) != cases[i].level)
			fail_msg("%s", cases[i].line);
		free(line);
	}
}

static void assert_head(
	const char *line, const char *name, enum log_level level, const char *message)
{
	struct log_head head;

	assert_true(log_parse(line, strlen(line), &head));
	assert_true(head.time == INT64_C(20251127140915));
	assert_int_equal(head.name_len, strlen(name));
	assert_memory_equal(head.name, name, head.name_len);
	assert_int_equal(head.level, level);
	assert_string_equal(line + head.len, message);
}

static void a_head_is_parsed(void **state)
{
	(void)state;
	assert_head(STAMP "[demux] [INFO] hello", "demux", LOG_INFO, "hello");
	assert_head(STAMP "[a/b c] [ERROR]", "a/b c", LOG_ERROR, "");
	assert_head(STAMP "[x] [DEBUG] [y] [ERROR] z", "x", LOG_DEBUG, "[y] [ERROR] z");
	assert_head(STAMP "[x] [y] [WARNING]  z", "x] [y", LOG_WARNING, " z");
	assert_head(STAMP "[] [INFO] z", "", LOG_INFO, "z");
}

static void what_is_no_head_is_none(void **state)
{
	static const char *const lines[] = {"", "[", "hello", STAMP, STAMP "[", STAMP "[x",
		STAMP "[x] [", STAMP "[x] [INFO", STAMP "[x] [LOUD] y",
		"[2025-11-27T14:09:15] [x] [INFO] y", "[2025-11-2x 14:09:15] [x] [INFO] y",
		" " STAMP "[x] [INFO] y", "[2025-11-27 14:09:15][x] [INFO] y"};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t len = strlen(lines[i]);
		/* of its exact size, so that reading on is seen */
		char *line = malloc(len ? len : 1);
		struct log_head head;

		memcpy(line, lines[i], len);
		if (log_parse(line, len, &head))
			fail_msg("%s", lines[i]);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_has_the_prefix),
		cmocka_unit_test(nul_and_invalid_bytes_are_kept),
		cmocka_unit_test(lines_are_appended),
		cmocka_unit_test(levels_have_names_and_other_names),
		cmocka_unit_test(the_level_of_a_tools_line_is_guessed_from_its_first_word),
		cmocka_unit_test(a_head_is_parsed),
		cmocka_unit_test(what_is_no_head_is_none),
	};

	return cmocka_run_group_tests(tests, use_utc, NULL);
}
