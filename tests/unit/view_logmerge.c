/* Logs in the order of their times. */
#include "view_log_test.h"

#define ENOUGH 65536

struct merged {
	struct memory memory;
	struct logmerge *merge;
	struct buf out; /* what was given since the last time */
};

static struct merged *merge_of(size_t memory, const char *const *texts, uint32_t count)
{
	static const char *const names[] = {"pipeline", "a", "b", "c"};
	struct merged *merged = calloc(1, sizeof *merged);

	merged->merge = logmerge_new(memory_read, &merged->memory, memory);
	for (uint32_t i = 0; i < count; i++) {
		buf_str(&merged->memory.files[i], texts[i]);
		logmerge_add(merged->merge, names[i], i == 0);
	}
	return merged;
}

static void merge_end(struct merged *merged)
{
	logmerge_free(merged->merge);
	memory_free(&merged->memory);
	buf_free(&merged->out);
	free(merged);
}

/* What comes, a line without its newline with "|" behind it. */
static const char *drain(struct merged *merged, bool is_final)
{
	struct logmerge_line line;
	struct err err = {0};
	enum logmerge_state state;

	buf_reset(&merged->out);
	while ((state = logmerge_next(merged->merge, is_final, &line, &err)) == LOGMERGE_LINE ||
		state == LOGMERGE_BUSY) {
		const struct buf *file = &merged->memory.files[line.file];

		if (state == LOGMERGE_BUSY)
			continue;
		assert_true(line.at + line.len <= file->len);
		if (line.data && line.len)
			assert_memory_equal(line.data, file->data + line.at, line.len);
		buf_add(&merged->out, file->data + line.at, (size_t)line.len);
		buf_str(&merged->out, line.has_newline ? "\n" : "|");
	}
	assert_int_equal(state, LOGMERGE_DRY);
	return buf_text(&merged->out);
}

static void write_more(struct merged *merged, uint32_t file, const char *text)
{
	buf_str(&merged->memory.files[file], text);
	logmerge_wake(merged->merge, file);
}

static void lines_come_by_time_and_in_one_second_by_file(void **state)
{
	static const char *const texts[] = {
		AT_SECOND("01") "[pipeline] [INFO] 1\n" AT_SECOND("03") "[pipeline] [INFO] 4\n",
		AT_SECOND("01") "[a] [INFO] 2\n" AT_SECOND("03") "[a] [INFO] 5\n",
		AT_SECOND("02") "[b] [INFO] 3\n" AT_SECOND("03") "[b] [INFO] 6\n",
	};
	struct merged *merged = merge_of(ENOUGH, texts, 3);

	(void)state;
	assert_string_equal(drain(merged, true),
		AT_SECOND("01") "[pipeline] [INFO] 1\n" AT_SECOND("01") "[a] [INFO] 2\n" AT_SECOND("02") "[b] [INFO] 3\n" AT_SECOND(
			"03") "[pipeline] [INFO] 4\n" AT_SECOND("03") "[a] [INFO] 5\n" AT_SECOND("03") "[b] [INFO] 6\n");
	merge_end(merged);
}

static void the_lines_of_a_file_stay_in_their_order(void **state)
{
	static const char *const texts[] = {
		AT_SECOND("05") "[pipeline] [INFO] 2\n" AT_SECOND("01") "[pipeline] [INFO] 3\n",
		"without\n" AT_SECOND("04") "[a] [INFO] 1\nwithout\n" AT_SECOND(
			"06") "[a] [INFO] 4\n",
	};
	struct merged *merged = merge_of(ENOUGH, texts, 2);

	(void)state;
	assert_string_equal(drain(merged, true),
		"without\n" AT_SECOND("04") "[a] [INFO] 1\nwithout\n" AT_SECOND("05") "[pipeline] [INFO] 2\n" AT_SECOND(
			"01") "[pipeline] [INFO] 3\n" AT_SECOND("06") "[a] [INFO] 4\n");
	merge_end(merged);
}

static void a_line_without_a_head_has_the_level_of_the_one_before(void **state)
{
	static const char *const texts[] = {"x\n" AT_SECOND("05") "[pipeline] [ERROR] y\nz\n"};
	static const enum log_level levels[] = {LOG_INFO, LOG_ERROR, LOG_ERROR};
	struct merged *merged = merge_of(ENOUGH, texts, 1);
	struct logmerge_line line;
	struct err err = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(logmerge_next(merged->merge, true, &line, &err), LOGMERGE_LINE);
		assert_int_equal(line.level, levels[i]);
	}
	merge_end(merged);
}

static void what_the_pipeline_log_repeats_of_a_stage_is_left_out(void **state)
{
	static const char *const texts[] = {
		AT_SECOND("01") "[a] [INFO] said\nmore\n" AT_SECOND("02") "[gone] [INFO] kept\n",
		AT_SECOND("01") "[a] [INFO] said\n" AT_SECOND("03") "[b] [INFO] no copy here\n",
		"",
	};
	struct merged *merged = merge_of(ENOUGH, texts, 3);

	(void)state;
	assert_string_equal(drain(merged, true),
		AT_SECOND("01") "[a] [INFO] said\n" AT_SECOND(
			"02") "[gone] [INFO] kept\n" AT_SECOND("03") "[b] [INFO] no copy here\n");
	merge_end(merged);
}

/* However little is read at once, and however small the buffers are. */
static void pieces_do_not_matter(void **state)
{
	struct buf text = {0}, other = {0}, expected = {0};
	const char *texts[2];

	(void)state;
	for (int i = 10; i < 60; i++) {
		buf_fmt(&text, "[2025-11-27 14:09:%d] [pipeline] [INFO] ", i);
		for (int k = 0; k < i * i * 8; k++)
			buf_char(&text, (char)('a' + k % 26));
		buf_char(&text, '\n');
		buf_fmt(&other, "[2025-11-27 14:09:%d] [a] [INFO] %d\n\n", i, i);
	}
	texts[0] = text.data;
	texts[1] = other.data;
	for (size_t most = 0; most < 3000; most = most * 3 + 1) {
		struct merged *merged = merge_of(most ? 1 : 1 << 20, texts, 2);

		merged->memory.most = most;
		drain(merged, true);
		assert_int_equal(merged->out.len, text.len + other.len);
		if (expected.len)
			assert_string_equal(merged->out.data, expected.data);
		else
			buf_str(&expected, merged->out.data);
		merge_end(merged);
	}
	buf_free(&text);
	buf_free(&other);
	buf_free(&expected);
}

static void a_line_that_has_no_end_yet_is_held_back(void **state)
{
	static const char *const texts[] = {
		AT_SECOND("01") "[pipeline] [INFO] wh", AT_SECOND("02") "[a] [INFO] later\n"};
	struct merged *merged = merge_of(ENOUGH, texts, 2);

	(void)state;
	assert_string_equal(drain(merged, false), AT_SECOND("02") "[a] [INFO] later\n");
	assert_string_equal(drain(merged, false), "");
	write_more(merged, 0, "ole\n");
	assert_string_equal(drain(merged, false), AT_SECOND("01") "[pipeline] [INFO] whole\n");
	merge_end(merged);
}

static void at_the_end_it_is_given_and_what_comes_later_is_its_rest(void **state)
{
	static const char *const texts[] = {AT_SECOND("01") "[pipeline] [INFO] wh"};
	struct merged *merged = merge_of(ENOUGH, texts, 1);
	struct logmerge_line line;
	struct err err = {0};

	(void)state;
	assert_string_equal(drain(merged, true), AT_SECOND("01") "[pipeline] [INFO] wh|");
	write_more(merged, 0, "ole\n" AT_SECOND("02") "[pipeline] [INFO] next\n");
	assert_int_equal(logmerge_next(merged->merge, true, &line, &err), LOGMERGE_LINE);
	assert_true(line.is_rest && line.has_newline && line.len == 3);
	assert_int_equal(logmerge_next(merged->merge, true, &line, &err), LOGMERGE_LINE);
	assert_false(line.is_rest);
	assert_string_equal(drain(merged, true), "");
	merge_end(merged);
}

static void a_line_of_many_megabytes_needs_no_memory_and_does_not_hold_up(void **state)
{
	const size_t size = 20 << 20;
	static const char *const texts[] = {AT_SECOND("01") "[pipeline] [ERROR] "};
	struct merged *merged = merge_of(1, texts, 1);
	struct buf *file = &merged->memory.files[0];
	struct logmerge_line line;
	struct err err = {0};
	unsigned busy = 0;

	(void)state;
	buf_reserve(file, size + 1);
	memset(file->data + file->len, 'x', size);
	file->len += size;
	buf_char(file, '\n');
	while (logmerge_next(merged->merge, false, &line, &err) == LOGMERGE_BUSY)
		busy++;
	assert_true(busy >= 4);
	assert_null(line.data);
	assert_int_equal(line.level, LOG_ERROR);
	assert_int_equal(line.len, file->len - 1);
	assert_int_equal(logmerge_next(merged->merge, false, &line, &err), LOGMERGE_DRY);
	merge_end(merged);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	static const char *const texts[] = {"x\n"};
	struct merged *merged = merge_of(ENOUGH, texts, 1);
	struct logmerge_line line;
	struct err err = {0};

	(void)state;
	merged->memory.fails = true;
	assert_int_equal(logmerge_next(merged->merge, true, &line, &err), LOGMERGE_FAILED);
	assert_int_equal(err.code, EXIT_WORLD);
	merge_end(merged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_by_time_and_in_one_second_by_file),
		cmocka_unit_test(the_lines_of_a_file_stay_in_their_order),
		cmocka_unit_test(a_line_without_a_head_has_the_level_of_the_one_before),
		cmocka_unit_test(what_the_pipeline_log_repeats_of_a_stage_is_left_out),
		cmocka_unit_test(pieces_do_not_matter),
		cmocka_unit_test(a_line_that_has_no_end_yet_is_held_back),
		cmocka_unit_test(at_the_end_it_is_given_and_what_comes_later_is_its_rest),
		cmocka_unit_test(a_line_of_many_megabytes_needs_no_memory_and_does_not_hold_up),
		cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
