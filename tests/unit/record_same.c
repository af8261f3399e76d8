/* Sameness by its own table: what is recorded of a file, how the file is now, and what that comes
 * to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/judge/same.h"
#include "record/manifest/attempt.h"
#include "record/stamp/stamp.h"

#define SUM \
	{ \
		.bytes = { 1, 2, 3 } \
	}
#define OTHER \
	{ \
		.bytes = { 1, 2, 4 } \
	}
#define THEN 1000000007

static const struct record_file by_content = {.track = TRACK_CONTENT, .sum = SUM, .mtime_ns = THEN};
static const struct record_file by_time = {.track = TRACK_TIME, .mtime_ns = THEN};
static const struct record_file by_existence = {.track = TRACK_EXISTS, .mtime_ns = THEN};

static const struct stamp gone = {.state = STAMP_HASHED};
static const struct stamp dangling = {.state = STAMP_SEEN, .stat = {.type = 'l', .mtime_ns = THEN}};
/* with the digest that it had before */
static const struct stamp seen = {
	.state = STAMP_SEEN, .stat = {.type = 'f', .mtime_ns = THEN}, .sum = SUM};
static const struct stamp touched = {
	.state = STAMP_SEEN, .stat = {.type = 'f', .mtime_ns = THEN + 1}};
static const struct stamp hashed = {
	.state = STAMP_HASHED, .stat = {.type = 'f', .mtime_ns = 5}, .sum = SUM};
static const struct stamp edited = {
	.state = STAMP_HASHED, .stat = {.type = 'f', .mtime_ns = THEN}, .sum = OTHER};
static const struct stamp program = {
	.state = STAMP_HASHED, .stat = {.type = 'f', .is_executable = true}, .sum = SUM};
static const struct stamp directory = {
	.state = STAMP_HASHED, .stat = {.type = 'd', .is_executable = true}, .sum = SUM};
static const struct stamp failed = {.state = STAMP_FAILED};

static struct record_file flagged(const struct record_file *file, uint8_t flags)
{
	struct record_file with = *file;

	with.flags |= flags;
	return with;
}

static void each_way_of_tracking_has_its_rule(void **state)
{
	(void)state;
	static const struct {
		const struct record_file *file;
		const struct stamp *now;
		enum difference is;
	} rows[] = {
		{&by_content, &hashed, SAME},
		{&by_content, &edited, DIFF_CONTENT},
		{&by_content, &seen, DIFF_CONTENT}, /* nobody read it */
		{&by_content, &gone, DIFF_GONE},
		{&by_content, &dangling, DIFF_GONE},
		{&by_content, &failed, DIFF_UNREADABLE},
		{&by_time, &seen, SAME},
		{&by_time, &touched, DIFF_TIME},
		{&by_time, &edited, SAME},
		{&by_time, &gone, DIFF_GONE},
		{&by_existence, &seen, SAME},
		{&by_existence, &touched, SAME},
		{&by_existence, &edited, SAME},
		{&by_existence, &gone, DIFF_GONE},
		{&by_existence, &failed, DIFF_UNREADABLE},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(same_as_recorded(rows[i].file, rows[i].now), rows[i].is);
}

static void what_was_recorded_of_it_goes_before_how_it_is_tracked(void **state)
{
	(void)state;
	const struct record_file *const all[] = {&by_content, &by_time, &by_existence};
	struct record_file file;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		file = flagged(all[i], RECORD_FILE_MISSING);
		assert_int_equal(same_as_recorded(&file, &gone), SAME);
		assert_int_equal(same_as_recorded(&file, &dangling), SAME);
		assert_int_equal(same_as_recorded(&file, &seen), DIFF_APPEARED);
		file = flagged(all[i], RECORD_FILE_CHANGED | RECORD_FILE_MISSING);
		assert_int_equal(same_as_recorded(&file, &hashed), DIFF_UNSETTLED);
		assert_int_equal(same_as_recorded(&file, &failed), DIFF_UNSETTLED);
		file = flagged(all[i], RECORD_FILE_OWN | RECORD_FILE_CHANGED);
		assert_int_equal(same_as_recorded(&file, &gone), SAME);
		assert_int_equal(same_as_recorded(&file, &failed), SAME);
	}
	file = flagged(&by_content, RECORD_FILE_NO_SUM);
	assert_int_equal(same_as_recorded(&file, &hashed), DIFF_UNREAD);
	assert_int_equal(same_as_recorded(&file, &gone), DIFF_GONE);
	file = flagged(&by_time, RECORD_FILE_NO_SUM); /* it needs none */
	assert_int_equal(same_as_recorded(&file, &seen), SAME);
}

static void the_executable_bit_counts_where_it_was_recorded(void **state)
{
	(void)state;
	struct record_file plain = flagged(&by_content, RECORD_FILE_PLAIN);
	struct record_file executable = flagged(&by_content, RECORD_FILE_EXECUTABLE);

	assert_int_equal(same_as_recorded(&by_content, &program), SAME);
	assert_int_equal(same_as_recorded(&plain, &hashed), SAME);
	assert_int_equal(same_as_recorded(&plain, &program), DIFF_MODE);
	assert_int_equal(same_as_recorded(&executable, &program), SAME);
	assert_int_equal(same_as_recorded(&executable, &hashed), DIFF_MODE);
	assert_int_equal(same_as_recorded(&executable, &edited), DIFF_CONTENT);
	assert_int_equal(same_as_recorded(&plain, &directory), SAME); /* its digest tells */
	assert_int_equal(same_mode(&program.stat), RECORD_FILE_EXECUTABLE);
	assert_int_equal(same_mode(&hashed.stat), RECORD_FILE_PLAIN);
	assert_int_equal(same_mode(&directory.stat), RECORD_FILE_PLAIN);
}

static void after_a_failure_what_has_to_exist_counts_by_its_time(void **state)
{
	(void)state;
	struct version after = version_made(&by_existence, 7, true);

	assert_int_equal(after.file, 7);
	assert_int_equal(version_compare(&after, &seen), SAME);
	assert_int_equal(version_compare(&after, &touched), DIFF_TIME);
	after = version_made(&by_existence, 7, false);
	assert_int_equal(version_compare(&after, &touched), SAME);
	after = version_made(&by_content, 7, true);
	assert_int_equal(version_compare(&after, &hashed), SAME);
}

static void what_is_taken_of_a_file_is_the_same_then(void **state)
{
	(void)state;
	const struct stamp *const all[] = {
		&gone, &seen, &touched, &hashed, &edited, &program, &directory};

	for (uint8_t track = 0; track < TRACK_COUNT; track++) {
		for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
			struct attempt_file taken = {.track = track, .flags = RECORD_FILE_MISSING};
			same_take(&taken, all[i]);
			struct record_file file = {.track = track,
				.flags = taken.flags,
				.sum = taken.sum,
				.mtime_ns = taken.mtime_ns};
			bool is_unread = track_reads(track) && all[i]->state == STAMP_SEEN;
			assert_int_equal(
				same_as_recorded(&file, all[i]), is_unread ? DIFF_UNREAD : SAME);
		}
	}
}

static void younger_is_what_came_after_the_manifest(void **state)
{
	(void)state;
	const struct record record = {.manifest = {.mtime_ns = THEN}};
	const struct fs_stat before = {.mtime_ns = THEN - 1, .ctime_ns = THEN - 1};
	const struct fs_stat alike = {.mtime_ns = THEN, .ctime_ns = THEN - 1};
	const struct fs_stat moved = {.mtime_ns = THEN - 1, .ctime_ns = THEN + 1};

	assert_false(same_is_younger(&record, &before, true));
	assert_false(same_is_younger(&record, &alike, false));
	assert_true(same_is_younger(&record, &alike, true));
	assert_true(same_is_younger(&record, &moved, false));
}

static void each_difference_has_its_words(void **state)
{
	(void)state;
	assert_null(difference_text(SAME));
	for (enum difference i = SAME + 1; i < DIFF_COUNT; i++) {
		assert_non_null(difference_text(i));
		for (enum difference k = SAME + 1; k < i; k++)
			assert_string_not_equal(difference_text(i), difference_text(k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_of_tracking_has_its_rule),
		cmocka_unit_test(what_was_recorded_of_it_goes_before_how_it_is_tracked),
		cmocka_unit_test(the_executable_bit_counts_where_it_was_recorded),
		cmocka_unit_test(after_a_failure_what_has_to_exist_counts_by_its_time),
		cmocka_unit_test(what_is_taken_of_a_file_is_the_same_then),
		cmocka_unit_test(younger_is_what_came_after_the_manifest),
		cmocka_unit_test(each_difference_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
