#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/command/command.h"
#include "run/exec/jobfile.h"

static struct arena arena;

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void write_sample(struct buf *out)
{
	char *cleanup[] = {"/bin/docker", "rm", NULL};
	struct command_redirect redirects[] = {
		{.fd = 1, .from = -1, .flags = O_WRONLY | O_CREAT | O_TRUNC, .path = "a b\n"},
		{.fd = 2, .from = 1},
	};
	struct command commands[] = {
		{.argv = (char *[]){"tool", "", "two\nlines 12 -", "\xff", NULL},
			.redirects = redirects,
			.redirect_count = 2,
			.cleanup = cleanup,
			.is_of_daemon = true},
		{.argv = (char *[]){"true", NULL}},
	};
	struct launch_made made[] = {
		{.at = "o/.work/t-1/o.txt", .path = "o/o.txt", .is_output = true},
		{.at = "o/.work/t-1/rest", .path = "o/rest"},
	};
	struct launch_away away[] = {
		{.token = "t-1",
			.own_dir = "o/.work/t-1",
			.log_path = "o/stage.log",
			.stage = "asr[\"é\"]",
			.number = 2,
			.identity = "abc",
			.made = made,
			.made_count = 2},
		{.token = "t-2",
			.own_dir = "p/.work/t-2",
			.log_path = "p/log",
			.stage = "p",
			.number = 1,
			.identity = ""},
	};
	struct job_task tasks[] = {
		{.index = 0,
			.launch = {.command = &commands[0],
				.away = &away[0],
				.dir = "sub dir",
				.env = (char *[]){"A=1", "B=", NULL},
				.timeout_ms = 1500,
				.grace_ms = 10000,
				.gpus = "0,1"}},
		{.index = 7, .launch = {.command = &commands[1], .away = &away[1]}},
	};
	struct job_batch batch = {
		.name = "rs-1",
		.root = "/a root",
		.jobs_dir = "out/j/jobs",
		.is_limited = true,
		.tasks = tasks,
		.task_count = 2,
	};

	jobfile_write_batch(&batch, out);
}

static void what_is_written_is_read_back(void **state)
{
	struct buf text = {0}, again = {0};
	struct job_batch batch;
	struct err err = {0};

	(void)state;
	write_sample(&text);
	assert_int_equal(jobfile_read_batch(&arena, "f", text.data, text.len, &batch, &err), 0);
	assert_string_equal(batch.root, "/a root");
	assert_int_equal(batch.task_count, 2);
	const struct launch *first = &batch.tasks[0].launch, *second = &batch.tasks[1].launch;
	assert_string_equal(first->command->argv[2], "two\nlines 12 -");
	assert_string_equal(first->command->argv[3], "\xff");
	assert_null(first->command->argv[4]);
	assert_int_equal(first->command->argc, 4);
	assert_string_equal(first->command->redirects[0].path, "a b\n");
	assert_string_equal(first->command->cleanup[1], "rm");
	assert_null(first->command->cleanup[2]);
	assert_true(first->command->is_of_daemon);
	assert_int_equal(first->command->redirects[1].from, 1);
	assert_string_equal(first->env[1], "B=");
	assert_null(first->env[2]);
	assert_int_equal(first->timeout_ms, 1500);
	assert_string_equal(first->away->stage, "asr[\"é\"]");
	assert_true(first->away->made[0].is_output);
	assert_false(first->away->made[1].is_output);
	assert_int_equal(batch.tasks[1].index, 7);
	assert_null(second->dir);
	assert_null(second->gpus);
	assert_int_equal(second->away->made_count, 0);
	jobfile_write_batch(&batch, &again);
	assert_int_equal(again.len, text.len);
	assert_memory_equal(again.data, text.data, text.len);
	buf_free(&again);
	buf_free(&text);
}

static void make_listing(struct listing *out)
{
	struct buf packed = {0};

	buf_add(&packed, "restage listing 2\n", 18);
	buf_add(&packed, "d\0sub\0f\4sub/x\0.\0\0", 17);
	assert_true(listing_unpack(out, packed.data, packed.len));
	out->files = 1;
	out->bytes = 9;
	buf_free(&packed);
}

static void write_result(struct buf *out)
{
	const char *last[] = {"one", "two \t"};
	struct job_line warnings[] = {{.wall_ns = 5, .text = "WARNING: x"}};
	struct job_made made[] = {
		{.at = "o/.work/t-1/o.txt",
			.stat = {.type = 'f', .size = 3, .mtime_ns = -1, .is_executable = true},
			.is_read = true,
			.sum = digest_bytes("abc", 3),
			.size = 3},
		{.at = "o/.work/t-1/d", .stat = {.type = 'd', .ino = UINT64_MAX}, .is_read = true},
		{.at = "o/.work/t-1/l", .stat = {.type = 'l'}},
	};
	struct exec_gpu_use gpu = {.is_known = true, .seconds = 2, .names = "2 x A"};
	struct job_result result = {
		.token = "t-1",
		.job = "12_3",
		.host = "nodea",
		.started_ns = 1764252556000000000,
		.ended_ns = 1764252557000000000,
		.end = {.kind = EXEC_ENDED,
			.text = "the command left 1 process behind, killed now",
			.outcome = {.cause = EXEC_BY_TIMEOUT,
				.exit_code = -1,
				.signal = 15,
				.user_seconds = 1.25,
				.memory_mb = 7.5,
				.read_mb = -1,
				.may_linger = true}},
		.made = made,
		.made_count = 3,
		.last = last,
		.last_count = 2,
		.cause = "two \t",
		.warnings = warnings,
		.warnings_kept = 1,
		.warning_count = 1000,
	};

	result.end.outcome.gpu = &gpu;
	make_listing(&made[1].listing);
	jobfile_write_result(&result, out);
	listing_free(&made[1].listing);
}

static void a_result_is_read_back(void **state)
{
	struct buf text = {0};
	struct job_result result;
	struct digest abc = digest_bytes("abc", 3);
	struct err err = {0};

	(void)state;
	write_result(&text);
	assert_int_equal(jobfile_read_result(&arena, "f", text.data, text.len, &result, &err), 0);
	assert_string_equal(result.host, "nodea");
	assert_int_equal(result.end.kind, EXEC_ENDED);
	assert_int_equal(result.end.outcome.cause, EXEC_BY_TIMEOUT);
	assert_int_equal(result.end.outcome.exit_code, -1);
	assert_int_equal(result.end.outcome.signal, 15);
	assert_true(result.end.outcome.user_seconds == 1.25);
	assert_true(result.end.outcome.read_mb == -1);
	assert_ptr_equal(result.end.outcome.gpu, &result.gpu);
	assert_string_equal(result.gpu.names, "2 x A");
	assert_null(result.fault);
	assert_int_equal(result.made_count, 3);
	assert_true(digest_eq(&result.made[0].sum, &abc));
	assert_true(result.made[0].stat.is_executable);
	assert_int_equal(result.made[0].stat.mtime_ns, -1);
	assert_true(result.made[1].stat.ino == UINT64_MAX);
	assert_int_equal(result.made[1].listing.count, 3);
	assert_int_equal(result.made[1].listing.files, 1);
	assert_int_equal(result.made[1].listing.bytes, 9);
	assert_true(result.made[1].listing.items[1].is_executable);
	assert_int_equal(result.made[2].stat.type, 'l');
	assert_string_equal(result.last[1], "two \t");
	assert_string_equal(result.warnings[0].text, "WARNING: x");
	assert_int_equal(result.warning_count, 1000);
	job_result_free(&result);
	buf_free(&text);
}

static void what_is_cut_or_changed_anywhere_is_refused(void **state)
{
	struct buf text = {0};
	struct job_result result;

	(void)state;
	write_result(&text);
	for (size_t len = 0; len < text.len; len++) {
		struct err err = {0};
		assert_int_equal(
			jobfile_read_result(&arena, "f", text.data, len, &result, &err), -1);
		assert_int_equal(err.code, EXIT_WORLD);
	}
	for (size_t i = 0; i < text.len; i++) {
		text.data[i] ^= 1;
		assert_int_equal(
			jobfile_read_result(&arena, "f", text.data, text.len, &result, NULL), -1);
		text.data[i] ^= 1;
	}
	buf_char(&text, '\n');
	assert_int_equal(jobfile_read_result(&arena, "f", text.data, text.len, &result, NULL), -1);
	buf_free(&text);
}

/* A body with the end that fits it: what stands in it is refused for itself. */
static void refuse_body(const char *body, size_t len, const char *why)
{
	struct buf text = {0};
	struct job_batch batch;
	struct err err = {0};
	char digits[DIGEST_TEXT_SIZE];

	buf_str(&text, "restage batch 1\n");
	buf_add(&text, body, len);
	struct digest sum = digest_bytes(text.data, text.len);
	digest_format(&sum, digits);
	buf_fmt(&text, "end %s\n", digits);
	assert_int_equal(jobfile_read_batch(&arena, "f", text.data, text.len, &batch, &err), -1);
	if (!strstr(err.text, why))
		fail_msg("%s", err.text);
	buf_free(&text);
}

#define REFUSE(body, why) refuse_body(body, sizeof(body) - 1, why)

static void records_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	REFUSE("", "byte 16: another record");
	REFUSE("name 4 rs-1\n", "another record");
	REFUSE("name 4  rs-1\n", "does not end");
	REFUSE("name 04 rs-1\n", "no length");
	REFUSE("name 99999999999999999999 rs-1\n", "no length");
	REFUSE("name -1 rs-1\n", "does not end");
	REFUSE("name -\n", "missing");
	REFUSE("name 4 RS-1\n", "no name of a batch");
	REFUSE("name 8 ../../et\n", "no name of a batch");
	REFUSE("name 4 rs-1\nroot 3 a\0b\n", "zero byte");
#define HEAD "name 4 rs-1\nroot 1 /\njobs_dir 1 j\nis_limited 1 0\n"
	REFUSE(HEAD "tasks 2 -1\n", "out of range");
	REFUSE(HEAD "tasks 9 999999999\n", "out of range");
	REFUSE(HEAD "tasks 1 0\nmore 1 x\n", "more than is expected");
	REFUSE(HEAD "tasks 1 1\nindex 1 0\ntoken 2 .x\n", "no token");
}

static void another_format_is_told_as_such(void **state)
{
	static const char text[] =
		"restage batch 2\nend xxh3-128:00000000000000000000000000000000\n";
	struct job_batch batch;
	struct err err = {0};

	(void)state;
	assert_int_equal(jobfile_read_batch(&arena, "f", text, sizeof text - 1, &batch, &err), -1);
	assert_non_null(strstr(err.text, "another version"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_written_is_read_back, teardown),
		cmocka_unit_test_teardown(a_result_is_read_back, teardown),
		cmocka_unit_test_teardown(what_is_cut_or_changed_anywhere_is_refused, teardown),
		cmocka_unit_test_teardown(records_that_make_no_sense_are_refused, teardown),
		cmocka_unit_test_teardown(another_format_is_told_as_such, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
