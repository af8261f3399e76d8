#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "record/manifest/events.h"

static char path[] = "/tmp/restage-events-XXXXXX";

static int setup(void **state)
{
	(void)state;
	strcpy(path, "/tmp/restage-events-XXXXXX");
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

static void append(const char *text, size_t len)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

struct seen {
	unsigned count;
	char last[16];
	char text[64];
};

static bool take(void *ctx, const char *line, size_t len)
{
	struct seen *seen = ctx;
	json *object = json_parse(line, len, NULL);
	const char *name = json_get_str(object, "event", NULL);
	bool is_known = name && strcmp(name, "unheard-of") != 0;

	if (is_known) {
		seen->count++;
		snprintf(seen->last, sizeof seen->last, "%s", name);
		snprintf(seen->text, sizeof seen->text, "%s", json_get_str(object, "path", ""));
	}
	json_free(object);
	return is_known;
}

static int read_all(struct events_reader *reader, bool at_end, struct seen *seen)
{
	int status;

	do {
		status = events_read(reader, at_end, take, seen, NULL);
	} while (status > 0);
	return status;
}

static void much_is_read_piece_by_piece(void **state)
{
	static const char line[] = "{\"event\":\"progress\",\"fraction\":0.5}\n";
	struct seen seen = {0};
	struct events_reader *reader = events_open(path);
	(void)state;

	for (int i = 0; i < 10000; i++)
		append(line, sizeof line - 1);
	assert_int_equal(events_read(reader, true, take, &seen, NULL), 1);
	assert_in_range(seen.count, 1000, 3000);
	assert_int_equal(read_all(reader, true, &seen), 0);
	assert_int_equal(seen.count, 10000);
	assert_int_equal(events_ignored(reader), 0);
	events_close(reader);
}

static void a_hole_is_passed_over_at_once(void **state)
{
	static const char line[] = "\n{\"event\":\"output\",\"path\":\"o\"}\n";
	struct seen seen = {0};
	struct events_reader *reader = events_open(path);
	int status, pieces = 0;
	(void)state;

	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	append(line, sizeof line - 1);
	assert_int_equal(truncate(path, (off_t)1 << 41), 0);
	do {
		status = events_read(reader, true, take, &seen, NULL);
	} while (status > 0 && ++pieces < 10);
	assert_int_equal(status, 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(events_ignored(reader), 2);
	events_close(reader);
}

static void lines_are_taken_as_they_come(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct events_reader *reader = events_open(path);

	append("{\"event\":\"output\",\"path\":\"a\"}\n{\"event\":\"inp", 43);
	assert_int_equal(read_all(reader, false, &seen), 0);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.text, "a");
	append("ut\",\"path\":\"b\"}\n", 16);
	assert_int_equal(read_all(reader, true, &seen), 0);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.last, "input");
	assert_string_equal(seen.text, "b");
	assert_int_equal(events_ignored(reader), 0);
	events_close(reader);
}

static void a_missing_file_has_no_events(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct events_reader *reader = events_open("/tmp/restage-no-such-file");

	assert_int_equal(read_all(reader, true, &seen), 0);
	assert_int_equal(seen.count, 0);
	events_close(reader);
}

static void what_is_no_event_is_passed_over_and_counted(void **state)
{
	(void)state;
	static const char text[] = "not json\n"
				   "[1]\n"
				   "{\"event\":\"unheard-of\"}\n"
				   "{\"event\":7}\n"
				   "\n"
				   "{\"event\":\"log\",\"message\":\"\xff\"}\n"
				   "{\"event\":\"log\",\"unknown\":1,\"message\":\"ok\"}\n"
				   "{\"event\":\"output\",\"path\":\"torn";
	struct seen seen = {0};
	struct events_reader *reader = events_open(path);

	append(text, sizeof text - 1);
	assert_int_equal(read_all(reader, true, &seen), 0);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.last, "log");
	assert_int_equal(events_ignored(reader), 6);
	events_close(reader);
}

static void a_line_over_the_limit_is_passed_over_whole(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct events_reader *reader = events_open(path);
	size_t len = EVENTS_LINE_MAX + 10;
	char *line = mem_alloc(len + 1);

	memset(line, 'x', len);
	line[len] = '\n';
	append(line, len + 1);
	append("{\"event\":\"progress\"}\n", 21);
	free(line);
	assert_int_equal(read_all(reader, true, &seen), 0);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.last, "progress");
	assert_int_equal(events_ignored(reader), 1);
	events_close(reader);
}

static void a_fifo_in_its_place_does_not_block(void **state)
{
	(void)state;
	struct seen seen = {0};

	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	struct events_reader *reader = events_open(path);
	assert_int_equal(read_all(reader, true, &seen), 0);
	assert_int_equal(seen.count, 0);
	events_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(much_is_read_piece_by_piece, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hole_is_passed_over_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_are_taken_as_they_come, setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_file_has_no_events, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_no_event_is_passed_over_and_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_line_over_the_limit_is_passed_over_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_fifo_in_its_place_does_not_block, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
